"""Sit an exam without Safe Exam Browser when a person allows it; note requests that came from another browser."""

from __future__ import annotations

from uuid import UUID

from lms.core.contracts import BasisRef
from lms.core.errors import AuditNote, Conflict, InvalidInput, NotFound
from lms.core.uow import UnitOfWork
from lms.proctoring import queries
from lms.proctoring.access_rules import Reach
from lms.proctoring.contracts import Finding
from lms.proctoring.models import ProctoringSession, SebWaiver
from lms.proctoring.service.findings import store_finding
from lms.proctoring.types import FindingKind, SessionState

__all__ = ["ask_without_seb", "decide_without_seb", "note_seb_mismatch"]

MIN_WORDS = 5


def ask_without_seb(uow: UnitOfWork, entry_id: UUID, words: str) -> UUID:
    """Ask to sit an exam without the browser; asking again while nobody decided changes nothing.

    Raises NotFound when the entry is somebody else's, Conflict ``proctoring.seb_not_asked`` when the exam needs no
    such browser or it was allowed already, InvalidInput ``proctoring.seb_words``.
    """
    uow.require("proctoring.own_identity")
    uow.lock("seb_waiver", entry_id)
    standing = queries.seb_standing(uow.session, entry_id)
    uow.require("proctoring.own_identity", Reach(standing.facts.person_id, uow.now()))
    if not standing.is_asked or standing.is_waived:
        raise Conflict("proctoring.seb_not_asked")
    if standing.waiver is not None and standing.waiver.is_granted is None:
        return standing.waiver.id
    if len(words.strip()) < MIN_WORDS:
        raise InvalidInput("proctoring.seb_words", fields={"words": ["proctoring.seb_words"]})
    row = SebWaiver(
        entry_id=entry_id,
        person_id=standing.facts.person_id,
        org_id=standing.facts.org_id,
        title=standing.facts.title,
        words=words.strip()[:500],
        asked_at=uow.now(),
    )
    uow.session.add(row)
    uow.session.flush()
    return row.id


def decide_without_seb(uow: UnitOfWork, waiver_id: UUID, *, is_granted: bool, note: str) -> None:
    """Allow a student to sit an exam without the browser, or not, with a reason; it goes into the ledger.

    Raises Conflict ``proctoring.seb_decided``, InvalidInput ``proctoring.reason_missing``.
    """
    row = uow.session.get(SebWaiver, waiver_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("proctoring.no_check", audit=AuditNote("proctoring.waive_seb", "SebWaiver", waiver_id))
    uow.require("proctoring.waive_seb", Reach(row.person_id, uow.now(), org_id=row.org_id))
    if row.is_granted is not None:
        raise Conflict("proctoring.seb_decided")
    if len(note.strip()) < MIN_WORDS:
        raise InvalidInput("proctoring.reason_missing", fields={"note": ["proctoring.reason_missing"]})
    row.is_granted, row.note = is_granted, note.strip()[:500]
    row.decided_by, row.decided_at = uow.actor.person_id, uow.now()
    uow.append_ledger(
        f"org:{row.org_id}",
        "proctoring.seb_waived" if is_granted else "proctoring.seb_kept",
        row.person_id,
        {"waiver": row.id, "decided_by": row.decided_by, "reason": row.note},
        [BasisRef("assessment.entry", row.entry_id)],
    )


def note_seb_mismatch(uow: UnitOfWork, session_id: UUID) -> None:
    """Note that a page of a running sitting was opened outside the browser that was agreed; nothing else follows."""
    row = uow.session.get(ProctoringSession, session_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("proctoring.no_session")
    uow.require("proctoring.send_frames", Reach(row.person_id, uow.now()))
    if row.state is not SessionState.MONITORING or not row.needs_seb:
        return
    if queries.seb_standing(uow.session, row.entry_id).is_waived:
        return
    at_s = (uow.now() - row.started_at).total_seconds()
    store_finding(uow, row, "seb", Finding(FindingKind.SEB_MISMATCH.value, 1.0, at_s, 0.0), uow.now())
