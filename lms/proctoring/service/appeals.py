"""Appeal against an annulment, and have it decided by somebody who gave no opinion on the sitting."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from lms.core.contracts import BasisRef
from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.uow import UnitOfWork
from lms.proctoring import queries
from lms.proctoring.access_rules import Reach
from lms.proctoring.models import ProctoringSession, SittingAppeal
from lms.proctoring.service.erasure import keep_until
from lms.proctoring.service.notices import ANSWERED, tell_family
from lms.proctoring.service.review import MIN_REASON, reinstate_sitting
from lms.proctoring.settings import ProctoringSettings
from lms.proctoring.types import SessionOutcome

__all__ = ["appeal_annulment", "decide_appeal"]

MOST_LETTERS = 4000


def appeal_annulment(uow: UnitOfWork, session_id: UUID, text: str) -> UUID:
    """Appeal in time against the annulment of one's own or one's child's sitting, once each time it is annulled.

    Raises Conflict ``proctoring.not_annulled``, ``proctoring.appealed`` or ``proctoring.appeal_late``, InvalidInput ``proctoring.reason_missing``.
    """
    row = _session(uow, session_id)
    uow.require("proctoring.appeal", Reach(row.person_id, uow.now()))
    if row.outcome is not SessionOutcome.ANNULLED:
        raise Conflict("proctoring.not_annulled")
    if _of_round(uow, row) is not None:
        raise Conflict("proctoring.appealed")
    settings = uow.runtime.settings.of(ProctoringSettings)
    if row.closed_at is not None and uow.today() > queries.appeal_until(
        uow.session, row.closed_at, settings.appeal_days
    ):
        raise Conflict("proctoring.appeal_late")
    if len(text.strip()) < MIN_REASON:
        raise InvalidInput("proctoring.reason_missing", fields={"appeal": ["proctoring.reason_missing"]})
    assert uow.actor.person_id is not None
    made = SittingAppeal(
        session_id=row.id,
        round=row.review_round,
        text=text.strip()[:MOST_LETTERS],
        filed_by=uow.actor.person_id,
        filed_at=uow.now(),
        answer_due_at=queries.term_end(uow.session, uow.now(), settings.appeal_answer_days),
    )
    uow.session.add(made)
    uow.session.flush()
    keep_until(uow, row, uow.in_days(settings.evidence_waiting_days))
    _note(uow, row, "proctoring.appeal_filed", {"appeal": made.id})
    return made.id


def decide_appeal(uow: UnitOfWork, session_id: UUID, *, is_upheld: bool, reason: str) -> None:
    """Decide an open appeal with a reason that the family reads; upheld, the sitting counts as it did before.

    Whoever gave an opinion on the sitting, in whichever round, does not decide. Raises Conflict ``proctoring.no_appeal`` or
    ``proctoring.appeal_own``, InvalidInput ``proctoring.reason_missing``.
    """
    row = _session(uow, session_id)
    uow.require("proctoring.reinstate", queries.reach_of(row, uow.now()))
    appeal = _of_round(uow, row)
    if appeal is None or appeal.decided_at is not None:
        raise Conflict("proctoring.no_appeal")
    if uow.actor.person_id in queries.reviewers_of(uow.session, row.id):
        raise Conflict("proctoring.appeal_own")
    if len(reason.strip()) < MIN_REASON:
        raise InvalidInput("proctoring.reason_missing", fields={"reason": ["proctoring.reason_missing"]})
    if is_upheld:
        reinstate_sitting(uow, row.id, reason=reason)  # which decides the appeal, too
        return
    appeal.is_upheld, appeal.reason = False, reason.strip()
    appeal.decided_by, appeal.decided_at = uow.actor.person_id, uow.now()
    days = uow.runtime.settings.of(ProctoringSettings).evidence_days
    keep_until(uow, row, uow.in_days(days), is_most=True)
    _note(uow, row, "proctoring.appeal_rejected", {"appeal": appeal.id})
    tell_family(uow, ANSWERED, appeal.id, row)


def _of_round(uow: UnitOfWork, row: ProctoringSession) -> SittingAppeal | None:
    """Return the appeal against the present annulment."""
    return uow.session.scalar(
        sa.select(SittingAppeal).where(
            SittingAppeal.session_id == row.id, SittingAppeal.round == row.review_round
        )
    )


def _note(uow: UnitOfWork, row: ProctoringSession, kind: str, payload: dict[str, UUID]) -> None:
    basis = [BasisRef("assessment.attempt", row.attempt_id)]
    uow.append_ledger(f"org:{row.org_id}", kind, row.person_id, {"session": row.id, **payload}, basis)


def _session(uow: UnitOfWork, session_id: UUID) -> ProctoringSession:
    """Return a sitting, locked: of two decisions at once one is the first."""
    row = uow.session.get(ProctoringSession, session_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("proctoring.no_session")
    return row
