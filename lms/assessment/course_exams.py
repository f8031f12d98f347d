"""Name the examinations of a school that an author of a course may let a step lead to."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import format_datetime, gettext
from sqlalchemy.orm import Session

from lms.assessment.blocks.graded_test import EXAMS
from lms.assessment.models import AttestationSession
from lms.core.ids import parse_id
from lms.courses.ports import Author

__all__ = ["ExamChoices"]

#: More than these are not chosen from a list; the nearest ones stand there.
AT_MOST = 100


class ExamChoices:
    """Examinations that are open or still to come: `lms.courses.ports.AuthorChoices`."""

    name = EXAMS

    def options(self, session: Session, author: Author, kept: str) -> Sequence[tuple[str, str]]:
        """Return the examinations of the course's school that are not over, those of its subject first, then by day.

        What stands in the step is always among them, so that its author can save everything else. Of an examination that is
        not of this school nothing is told, not even whether there is one.
        """
        row, kept_id = AttestationSession, parse_id(kept)
        here = row.org_id == author.org_id
        open_ones = sa.and_(row.closes_at > author.at, row.cancelled_at.is_(None))
        is_kept = row.id == kept_id
        wanted = sa.or_(open_ones, is_kept) if author.may("assessment.schedule") else is_kept
        found = session.scalars(
            sa.select(row)
            .where(here, wanted)
            .order_by(is_kept.desc(), (row.subject == author.subject).desc(), row.opens_at, row.id)
            .limit(AT_MOST)
        )
        options = [(str(each.id), _words(each)) for each in found]
        if kept_id is not None and str(kept_id) not in dict(options):
            options.insert(0, (kept, str(gettext("(an exam of another school)"))))
        return options

    def none(self) -> str:
        """Send those who may plan examinations there, and all others to who may."""
        return str(
            gettext(
                "No exam is ahead that you could choose. Plan one under Attestation, or ask who plans exams."
            )
        )


def _words(row: AttestationSession) -> str:
    day = format_datetime(row.opens_at, "d MMMM y, HH:mm")
    if row.cancelled_at is not None:
        return str(gettext("%(title)s (cancelled)", title=row.title))
    return str(gettext("%(title)s, from %(day)s", title=row.title, day=day))
