"""Let two people mark the answers of a session, each blind to the other, and a third decide where they differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.access_rules import HEADS
from lms.assessment.marking_models import DoubleMarking, MarkOpinion
from lms.assessment.models import Attempt, AttemptItem, AttestationSession
from lms.assessment.rules.second_marks import verdict
from lms.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from lms.core.uow import UnitOfWork

__all__ = ["Opinion", "mark_by_two", "opinions_on", "weigh"]

#: Who signs a grade that two agreed on, and one that a third person decided.
AGREED, ADJUDICATED = "human/2", "human/3"


@dataclass(frozen=True, slots=True)
class Opinion:
    """A mark that somebody gives: the share, the words for the student, the points by line, who signs the grade."""

    fraction: Decimal
    comment: str = ""
    rubric: Mapping[str, Any] | None = None
    grader: str = "human/1"


def mark_by_two(uow: UnitOfWork, session_id: UUID, tolerance: Decimal | None) -> None:
    """Have the answers of a session marked by two people (None = by one again); doing it again changes nothing.

    Opinions may differ by ``tolerance`` (a share of the points). Raises InvalidInput ``assessment.tolerance``,
    Conflict ``assessment.opinions_given`` once somebody has given an opinion.
    """
    occasion = uow.session.get(AttestationSession, session_id)
    if occasion is None:
        raise NotFound("assessment.no_session")
    uow.require("assessment.regrade", occasion)
    if tolerance is not None and not 0 <= tolerance <= 1:
        raise InvalidInput("assessment.tolerance", fields={"tolerance": ["assessment.tolerance"]})
    uow.lock("double_marking", session_id)
    row = uow.session.get(DoubleMarking, session_id)
    if tolerance == (None if row is None else row.tolerance):
        return
    if _has_opinions(uow.session, session_id):
        raise Conflict("assessment.opinions_given")
    told = {"session_id": session_id, "tolerance": None if tolerance is None else str(tolerance)}
    uow.append_ledger(f"org:{occasion.org_id}", "assessment.markers_set", None, told)
    if row is not None and tolerance is None:
        uow.session.delete(row)
    elif row is not None and tolerance is not None:
        row.tolerance, row.set_by, row.set_at = tolerance, uow.actor.person_id, uow.now()
    elif tolerance is not None:
        uow.session.add(
            DoubleMarking(
                session_id=session_id, tolerance=tolerance, set_by=uow.actor.person_id, set_at=uow.now()
            )
        )


def _has_opinions(session: Session, session_id: UUID) -> bool:
    given = (
        sa.select(MarkOpinion.id)
        .join(AttemptItem, AttemptItem.id == MarkOpinion.attempt_item_id)
        .join(Attempt, Attempt.id == AttemptItem.attempt_id)
        .where(Attempt.session_id == session_id)
    )
    return session.scalar(given.limit(1)) is not None


def opinions_on(session: Session, attempt_item_id: UUID) -> list[MarkOpinion]:
    """Return the opinions on an answer in the order in which they came."""
    return list(
        session.scalars(
            sa.select(MarkOpinion)
            .where(MarkOpinion.attempt_item_id == attempt_item_id)
            .order_by(MarkOpinion.given_at, MarkOpinion.id)
        )
    )


def weigh(uow: UnitOfWork, attempt: Attempt, attempt_item_id: UUID, given: Opinion) -> Opinion | None:
    """Return the opinion that becomes the grade, or None while somebody else has to mark the answer, too.

    Raises Forbidden ``assessment.opinion_given`` for whoever has given an opinion on it, Forbidden
    ``assessment.settled_by_two`` when it is settled and the actor is no head.
    """
    rule = uow.session.get(DoubleMarking, attempt.session_id)
    if rule is None:
        return given
    before = opinions_on(uow.session, attempt_item_id)
    if verdict([opinion.fraction for opinion in before], rule.tolerance) is not None:
        org_id = uow.session.get_one(AttestationSession, attempt.session_id).org_id
        if not uow.actor.has_role(*HEADS, org_id=org_id):
            raise Forbidden("assessment.settled_by_two")
        return given
    if uow.actor.person_id is None or uow.actor.person_id in {opinion.marker_id for opinion in before}:
        raise Forbidden("assessment.opinion_given")
    uow.session.add(
        MarkOpinion(
            attempt_item_id=attempt_item_id,
            marker_id=uow.actor.person_id,
            fraction=given.fraction,
            comment=given.comment,
            rubric=None if given.rubric is None else dict(given.rubric),
            given_at=uow.now(),
        )
    )
    uow.session.flush()
    found = verdict([*(opinion.fraction for opinion in before), given.fraction], rule.tolerance)
    if found is None:
        return None
    if found.is_adjudicated:
        return Opinion(found.fraction, given.comment, given.rubric, ADJUDICATED)
    words = "\n\n".join(text for text in (before[0].comment, given.comment) if text)
    return Opinion(found.fraction, words, None, AGREED)
