"""Forget what a sitting recorded besides pictures, a term after people have decided about it; the decision itself stays."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from lms.core.uow import UnitOfWork
from lms.proctoring import queries
from lms.proctoring.models import (
    Evidence,
    FindingRow,
    Frame,
    Incident,
    ProctoringSession,
    SessionEvent,
    SittingAppeal,
    SittingMessage,
)
from lms.proctoring.settings import ProctoringSettings
from lms.proctoring.types import SessionOutcome, SessionState

__all__ = ["forget_events"]

#: Sittings of one sweep: the next one comes soon.
MOST_SITTINGS = 200


def forget_events(uow: UnitOfWork) -> int:
    """Delete events, findings, signs and lines of sittings whose time is over, and write it into the ledger.

    It is over so many days after the review was closed, the annulment taken back and the appeal answered, whichever was last; an appeal
    that waits or may still be written, and a picture that is still kept, keep everything. What a machine saw in a picture goes, too; that
    the picture was there, its time and its hash stay with the decision. Returns of how many sittings something went.
    """
    before = uow.in_days(-uow.runtime.settings.of(ProctoringSettings).event_days)
    keeps = sa.or_(SittingAppeal.decided_at.is_(None), SittingAppeal.decided_at > before)
    appealed = sa.exists().where(SittingAppeal.session_id == ProctoringSession.id, keeps)
    pictured = sa.exists().where(Evidence.session_id == ProctoringSession.id, Evidence.deleted_at.is_(None))
    rows = uow.session.scalars(
        sa.select(ProctoringSession)
        .where(
            ProctoringSession.state == SessionState.CLOSED,
            ProctoringSession.events_gone_at.is_(None),
            ProctoringSession.closed_at <= before,
            sa.or_(ProctoringSession.reinstated_at.is_(None), ProctoringSession.reinstated_at <= before),
            ~appealed,
            ~pictured,
        )
        .order_by(ProctoringSession.closed_at)
        .limit(MOST_SITTINGS)
        .with_for_update()
    ).all()
    # An appeal that was written while this waited for its sitting is seen by another statement only.
    of_rows = sa.select(SittingAppeal.session_id).where(SittingAppeal.session_id.in_(row.id for row in rows))
    kept = set(uow.session.scalars(of_rows.where(keeps)))
    return sum(_forget(uow, row) for row in rows if row.id not in kept and not _may_be_appealed(uow, row))


def _may_be_appealed(uow: UnitOfWork, row: ProctoringSession) -> bool:
    """Tell whether the family has time left to appeal: it needs what was recorded for that."""
    if row.outcome is not SessionOutcome.ANNULLED or row.closed_at is None:
        return False
    days = uow.runtime.settings.of(ProctoringSettings).appeal_days
    return uow.today() <= queries.appeal_until(uow.session, row.closed_at, days)


def _forget(uow: UnitOfWork, row: ProctoringSession) -> bool:
    row.device, row.events_gone_at = "", uow.now()
    gone = _delete_events(uow, row.id)
    if gone:
        payload = {"session": row.id, "reason": "time_is_over", "events": gone}
        uow.append_ledger(f"org:{row.org_id}", "proctoring.events_destroyed", row.person_id, payload)
    return gone > 0


def _delete_events(uow: UnitOfWork, session_id: UUID) -> int:
    """Delete the rows, those that point at others first; return how many there were."""
    uow.session.flush()
    seen = sa.update(Frame).where(Frame.session_id == session_id, Frame.facts.is_not(None))
    uow.session.execute(seen.values(facts=sa.null()))
    signs = sa.update(Evidence).where(Evidence.session_id == session_id, Evidence.incident_id.is_not(None))
    uow.session.execute(signs.values(incident_id=None))
    return sum(
        uow.session.connection().execute(sa.delete(kind).where(kind.session_id == session_id)).rowcount
        for kind in (FindingRow, Incident, SessionEvent, SittingMessage)
    )
