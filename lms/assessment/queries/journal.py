"""Read a student's journal: what stands in every gradebook about one person, and the decided marks of the periods."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.access_rules import may_read
from lms.assessment.marking_models import Gradebook, GradebookSeat
from lms.assessment.queries.gradebook import CellView, book_card, book_line, period_marks, values_of
from lms.core.actor import Actor

__all__ = ["JournalBook", "JournalWork", "journal_for"]


@dataclass(frozen=True, slots=True)
class JournalWork:
    """One work: what was got for it, out of how much (None where a session's own result stands), its weight."""

    title: str
    cell: CellView
    max_points: Decimal | None
    weight: Decimal
    category: str


@dataclass(frozen=True, slots=True)
class JournalBook:
    """One gradebook as its student sees it; ``mark`` is None until somebody decided on the mark of the period."""

    id: UUID
    title: str
    subject: str
    works: tuple[JournalWork, ...]
    score: Fraction | None
    mark: str | None
    reason: str
    decided_at: datetime | None


def journal_for(session: Session, actor: Actor, person_id: UUID, at: datetime) -> list[JournalBook]:
    """Return the gradebooks that a person has a line in and that the actor may read, by title.

    A mark that the scale proposes is nobody's decision yet: it is left out.
    """
    found = session.execute(
        sa.select(Gradebook.id, Gradebook.org_id)
        .join(GradebookSeat, GradebookSeat.gradebook_id == Gradebook.id)
        .where(GradebookSeat.person_id == person_id)
        .order_by(Gradebook.title, Gradebook.id)
    ).all()
    return [
        _book(session, gradebook_id, person_id)
        for gradebook_id, org_id in found
        if may_read(session, actor, person_id, org_id, at)
    ]


def _book(session: Session, gradebook_id: UUID, person_id: UUID) -> JournalBook:
    card = book_card(session, gradebook_id)
    values = values_of(session, card.columns, [person_id]).get(person_id, {})
    categories = {category.id: category.title for category in card.categories}
    works = tuple(
        JournalWork(
            column.title,
            values.get(column.id, CellView()),
            None if column.session_id is not None else column.max_points,
            column.weight,
            categories[column.category_id],
        )
        for column in card.columns
    )
    decided = next(iter(period_marks(session, gradebook_id, person_id)), None)
    return JournalBook(
        card.id,
        card.title,
        card.subject,
        works,
        book_line(card, values).score,
        decided.mark if decided else None,
        decided.reason if decided else "",
        decided.given_at if decided else None,
    )
