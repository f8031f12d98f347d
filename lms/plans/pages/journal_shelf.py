"""Put credits into the journal: what was recognised counts there beside the marks of the school itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import url_for
from flask_babel import format_date, gettext
from sqlalchemy.orm import Session

from lms.assessment.ports import JournalLine
from lms.core.actor import Actor
from lms.core.web import runtime
from lms.plans.credit_access import CaseInHand
from lms.plans.credit_models import CreditCase, CreditDecision, ExternalCourse
from lms.plans.credit_words import hours_of
from lms.plans.pages.plan_show import voice_of
from lms.plans.plan_models import BasisFact
from lms.plans.types.credit import CreditVerdict
from lms.plans.types.plans import BasisKind, BasisState

__all__ = ["CreditShelf"]


class CreditShelf:
    """The credits of a student that are in force or suspended, with mark, hours and minutes."""

    name = "credit"

    def title(self) -> str:
        """Return what stands over the shelf."""
        return str(gettext("Credited from elsewhere"))

    def lines(self, session: Session, actor: Actor, person_id: UUID, at: datetime) -> Sequence[JournalLine]:
        """Return the credits that the actor may see, the newest first."""
        found = session.execute(
            sa.select(BasisFact, CreditCase, CreditDecision, ExternalCourse.title)
            .join(CreditCase, CreditCase.id == BasisFact.ref_id)
            .join(CreditDecision, CreditDecision.case_id == CreditCase.id)
            .outerjoin(ExternalCourse, ExternalCourse.id == CreditCase.course_id)
            .where(
                BasisFact.person_id == person_id,
                BasisFact.ref_kind == "plans.credit_case",
                BasisFact.kind == BasisKind.CREDIT,
                BasisFact.state != BasisState.REVOKED,
                CreditDecision.superseded_at.is_(None),
            )
            .order_by(CreditDecision.decided_at.desc(), CreditDecision.id)
        ).all()
        policy = runtime().policy
        page = "credit_staff.look" if voice_of(session, actor, person_id, at) == "staff" else "credit.case"
        return [
            _line(page, *row)
            for row in found
            if policy.can(session, actor, "credit.view", CaseInHand(row[1].id, row[1], at))
        ]


def _line(
    page: str, fact: BasisFact, case: CreditCase, decision: CreditDecision, course: str | None
) -> JournalLine:
    day = format_date(decision.decided_at, "d MMMM y")
    minutes: Any = gettext("minutes No. %(number)s of %(day)s", number=decision.protocol_no, day=day)
    parts = [course, hours_of(decision.hours, decision.hours_total), str(minutes)]
    kind, word = "ok", gettext("Credited")
    if fact.state is BasisState.SUSPENDED:
        kind, word = "part", gettext("Credit suspended")
    elif decision.verdict is CreditVerdict.PART:
        kind, word = "part", gettext("Credited in part")
    if fact.mark and fact.state is BasisState.ACTIVE:
        word = gettext("%(word)s, mark %(mark)s", word=word, mark=fact.mark)
    return JournalLine(
        case.item_title,
        kind,
        str(word),
        " · ".join(part for part in parts if part),
        url_for(page, case_id=case.id),
    )
