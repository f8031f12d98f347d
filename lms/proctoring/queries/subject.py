"""Gather what is kept about a person for identity and watching, and the proof of what was destroyed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.models import LedgerEntry, StoredFile
from lms.people import queries as people
from lms.proctoring.models import (
    Challenge,
    DeviceCheck,
    Enrolment,
    Evidence,
    FaceTemplate,
    IdentityCheck,
    LearnerStatement,
    SebWaiver,
)
from lms.proctoring.queries.errors import declared_by
from lms.proctoring.queries.passkeys import passkeys_of
from lms.proctoring.queries.sittings import AppealView, CaseView, case_view, sittings_of
from lms.proctoring.queries.wall import messages_of
from lms.proctoring.types import SessionState

__all__ = ["Destroyed", "SubjectRecords", "destroyed_of", "subject_records"]

#: What the ledger calls a destruction of pictures, of samples or of what a sitting recorded besides.
DESTRUCTIONS = (
    "proctoring.evidence_destroyed",
    "proctoring.templates_destroyed",
    "proctoring.events_destroyed",
)


@dataclass(frozen=True, slots=True)
class Destroyed:
    """One destruction as the ledger proves it: when, how much, and the entry with its hash."""

    at: datetime
    reason: str
    pictures: int
    templates: int
    events: int
    entry: str
    hash: str


@dataclass(frozen=True, slots=True)
class SubjectRecords:
    """Everything about one person in words and numbers, and the pictures that are still there by their names."""

    document: dict[str, Any]
    pictures: dict[str, UUID]


def destroyed_of(session: Session, person_id: UUID) -> list[Destroyed]:
    """Return what was destroyed of a person's pictures and samples, the newest first."""
    rows = session.scalars(
        sa.select(LedgerEntry)
        .where(LedgerEntry.subject == person_id, LedgerEntry.kind.in_(DESTRUCTIONS))
        .order_by(LedgerEntry.at.desc(), LedgerEntry.seq.desc())
    )
    return [
        Destroyed(
            row.at,
            str(row.payload["reason"]),
            int(row.payload.get("pictures", 0)),
            int(row.payload.get("templates", 0)),
            int(row.payload.get("events", 0)),
            f"{row.stream}#{row.seq}",
            row.hash,
        )
        for row in rows
    ]


def subject_records(session: Session, person_id: UUID, at: datetime) -> SubjectRecords:
    """Return what is kept about a person; the numbers of a face are named and stay where they are encrypted."""
    found = session.execute(
        sa.select(Evidence, StoredFile.media_type)
        .join(StoredFile, StoredFile.id == Evidence.file_id)
        .where(Evidence.person_id == person_id)
    ).all()
    kept = [(row, _name(row, media_type)) for row, media_type in found]
    document: dict[str, Any] = {
        "person": person_id,
        "written_at": at,
        "consents": [
            {"purpose": view.purpose, "state": view.state, "given_at": view.given_at, "signed": view.method}
            | {"given_by": view.giver.name, "text": view.text_version, "withdrawn_at": view.withdrawn_at}
            for view in people.consents_about(session, person_id)
        ],
        "said_of_oneself": sorted(declared_by(session, person_id)),
        "devices": [
            {"label": key.label, "bound_at": key.registered_at, "last_used_at": key.last_used_at}
            for key in passkeys_of(session, person_id)
        ],
        "tried_devices": [
            {"at": row.at, "device": row.device_class, "camera": row.camera, "microphone": row.microphone}
            | {"storage_mb": row.storage_mb, "reply_ms": row.reply_ms, "upload_kb_s": row.upload_kb_s}
            | {"clock_off_s": row.clock_off_s}
            for row in session.scalars(sa.select(DeviceCheck).where(DeviceCheck.person_id == person_id))
        ],
        "requests_without_the_exam_browser": [
            {"exam": row.title, "words": row.words, "asked_at": row.asked_at, "is_granted": row.is_granted}
            | {"note": row.note, "decided_at": row.decided_at}
            for row in session.scalars(sa.select(SebWaiver).where(SebWaiver.person_id == person_id))
        ],
        "samples": _samples(session, person_id),
        "checks": _checks(session, person_id),
        "sittings": _sittings(session, person_id, at),
        "pictures": [
            {"file": name, "taken_at": row.captured_at, "sha256": row.sha256}
            | {"goes_at": row.expires_at, "destroyed_at": row.deleted_at}
            for row, name in kept
        ],
        "destroyed": [
            {"at": done.at, "reason": done.reason, "pictures": done.pictures, "samples": done.templates}
            | {"events": done.events}
            | {"ledger_entry": done.entry, "hash": done.hash}
            for done in destroyed_of(session, person_id)
        ],
    }
    return SubjectRecords(
        document, {name: row.file_id for row, name in kept if row.deleted_at is None and row.expires_at > at}
    )


#: What a file is called at its end, by its type; a picture of a sitting is a JPEG.
_ENDINGS = {
    "image/png": "png",
    "image/webp": "webp",
    "audio/aac": "aac",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "audio/webm": "webm",
    "audio/flac": "flac",
}


def _name(row: Evidence, media_type: str) -> str:
    folder = "recordings" if media_type.startswith("audio/") else "pictures"
    return f"{folder}/{row.captured_at:%Y-%m-%d}-{row.id}.{_ENDINGS.get(media_type, 'jpg')}"


def _samples(session: Session, person_id: UUID) -> list[dict[str, Any]]:
    rows = session.execute(
        sa.select(Enrolment, FaceTemplate)
        .outerjoin(FaceTemplate, FaceTemplate.enrolment_id == Enrolment.id)
        .where(Enrolment.person_id == person_id)
        .order_by(Enrolment.created_at, FaceTemplate.id)
    ).all()
    return [
        {"registered_at": taken.created_at, "state": taken.state, "document": taken.document_ref}
        | _numbers(made)
        for taken, made in rows
    ]


def _numbers(made: FaceTemplate | None) -> dict[str, Any]:
    """Return what is known of the numbers of a sample, but not the numbers."""
    if made is None:
        return {}
    return {
        "model": made.model_id,
        "model_version": made.model_version,
        "model_sha256": made.model_digest,
    } | {
        "numbers": made.state,
        "goes_at": made.expires_at,
        "destroyed_at": made.destroyed_at,
    }


def _checks(session: Session, person_id: UUID) -> list[dict[str, Any]]:
    rows = session.scalars(
        sa.select(IdentityCheck)
        .where(IdentityCheck.person_id == person_id)
        .order_by(IdentityCheck.created_at, IdentityCheck.id)
    ).all()
    cards = people.person_cards(session, [row.decided_by for row in rows])
    tasks: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for one in session.scalars(
        sa.select(Challenge)
        .where(Challenge.check_id.in_([row.id for row in rows]))
        .order_by(Challenge.round, Challenge.no)
    ):
        tasks[one.check_id].append({"task": one.kind, "outcome": one.outcome, "measured": one.measures})
    return [
        {"exam": row.title, "way": row.method, "state": row.state, "level": row.level_reached}
        | {"machine": row.outcome, "metric": row.metric, "score": row.score, "threshold": row.threshold}
        | {"model": row.model, "liveness": row.liveness, "signs": row.signals, "device": row.device_class}
        | {"note": row.note, "document": row.document_ref, "at": row.created_at, "decided_at": row.decided_at}
        | {"tasks": tasks[row.id]}
        | {"decided_by": cards[row.decided_by].name if row.decided_by in cards else None}
        for row in rows
    ]


def _sittings(session: Session, person_id: UUID, at: datetime) -> list[dict[str, Any]]:
    """Return the sittings as their student sees them on the page."""
    found = []
    for one in sittings_of(session, [person_id]):
        statements = session.scalars(
            sa.select(LearnerStatement)
            .where(LearnerStatement.session_id == one.session.id)
            .order_by(LearnerStatement.round)
        )
        case = case_view(session, one.session.id, None, at)
        found.append(
            {"exam": one.title, "began_at": one.session.started_at, "ended_at": one.session.ended_at}
            | {"state": one.session.state, "outcome": one.session.outcome}
            | {"recorded": [{"at": when, "what": kind} for when, kind, _detail in case.timeline]}
            | {"recorded_gone_at": case.events_gone_at}
            | {"asked": [{"question": row.question, "answer": row.text} for row in statements]}
            | {"opinions": _opinions(case)}
            | {"seen_by_reviewers": list(case.accusations), "annulled_because": case.annul_reason}
            | {"appeal": _appeal(case.appeal)}
            | {"lines": [{"at": line.at, "text": line.text} for line in messages_of(session, one.session.id)]}
        )
    return found


def _opinions(case: CaseView) -> list[dict[str, Any]]:
    """Return what reviewers said, once nobody is about to say more; who said it stands in the school's records."""
    if case.session.state is not SessionState.CLOSED:
        return []
    return [{"at": at, "verdict": verdict, "reason": reason} for at, _who, verdict, reason in case.opinions]


def _appeal(made: AppealView | None) -> dict[str, Any] | None:
    """Return an appeal and its answer as the family reads them."""
    if made is None:
        return None
    return {"text": made.text, "filed_at": made.filed_at, "is_upheld": made.is_upheld} | {
        "answer": made.reason,
        "answered_at": made.decided_at,
    }
