"""Work of the worker processes: read in one transaction, compute outside, write in another.

Every job looks up what is undone, so it is safe to repeat; sweeps start again what a killed worker left.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog

from lms.core.actor import SYSTEM
from lms.core.errors import Gone, InvalidInput, Unavailable
from lms.core.jobs import Job, Sweep
from lms.core.runtime import Runtime
from lms.core.uow import UnitOfWork
from lms.proctoring import service
from lms.proctoring.availability import verifier_of
from lms.proctoring.contracts import (
    PROCTORING_CHECKS,
    SPOOF_DETECTORS,
    Comparison,
    IdentityVerifier,
    Phase,
    Picture,
    TemplateValue,
)
from lms.proctoring.living import face_look, judge_picture, still_shares
from lms.proctoring.looking import look_at_frame
from lms.proctoring.models import Challenge, CheckShot, Enrolment, EnrolmentShot, Frame, IdentityCheck
from lms.proctoring.rules.compare import median_of
from lms.proctoring.rules.liveness import judge_challenge
from lms.proctoring.rules.quality import fault_of
from lms.proctoring.service.templates import read_templates
from lms.proctoring.settings import ProctoringSettings
from lms.proctoring.types import (
    ChallengeKind,
    ChallengeOutcome,
    CheckState,
    EnrolmentState,
    FrameState,
    Outcome,
)
from lms.proctoring.verifiers.pictures import decode_picture, measure_picture

__all__ = ["JOBS", "SWEEPS", "enrol", "look", "verify_face", "wake_undone"]

log = structlog.get_logger(__name__)
#: Frames of one sitting that one job looks at before it gives way to others.
FRAMES_A_JOB = 8


# ── samples ─────────────────────────────────────────────────────────────────────────────────────


def enrol(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Judge the pictures of one registration and compute its templates; what always ends its worker is not opened again."""
    enrolment_id = UUID(payload["enrolment_id"])
    with runtime.unit_of_work(SYSTEM) as uow:
        row = uow.session.get(Enrolment, enrolment_id, with_for_update=True, populate_existing=True)
        if row is None or row.state is not EnrolmentState.QUEUED or not service.claim_work(uow, row):
            return
        name, hopeless = row.verifier, service.is_hopeless(row)
        pictures = _enrolment_pictures(uow, enrolment_id)
        if hopeless:
            faults = [service.ShotResult(no, "unreadable", {}) for no, _ in pictures]
            service.record_sample(uow, enrolment_id, faults, ())
            return
    results, good = [], []
    for no, data in pictures:
        fault, measures, picture = _judge(data)
        results.append(service.ShotResult(no, fault, measures))
        if picture is not None and not fault:
            good.append(picture)
    templates: tuple[TemplateValue, ...] = ()
    if len(good) == len(pictures):
        try:
            templates = _templates(runtime, name, good)
        except Unavailable as error:  # it stays in the queue: the sweep comes back to it
            log.warning("sample_waits", enrolment=str(enrolment_id), code=error.code)
            with runtime.unit_of_work(SYSTEM) as uow:
                service.give_back(uow.session.get_one(Enrolment, enrolment_id))
            return
    with runtime.unit_of_work(SYSTEM) as uow:
        service.record_sample(uow, enrolment_id, results, templates)


def _templates(runtime: Runtime, name: str, pictures: list[Picture]) -> tuple[TemplateValue, ...]:
    """Return the templates of good pictures; none when the verifier sees no usable face in them after all."""
    try:
        return verifier_of(runtime, name).enrol(pictures)
    except InvalidInput:
        return ()


def _enrolment_pictures(uow: UnitOfWork, enrolment_id: UUID) -> list[tuple[int, bytes]]:
    shots = uow.session.scalars(
        sa.select(EnrolmentShot).where(EnrolmentShot.enrolment_id == enrolment_id).order_by(EnrolmentShot.no)
    ).all()
    found = []
    for shot in shots:
        try:
            found.append((shot.no, uow.open_file(shot.file_id)[1]))
        except Gone:
            found.append((shot.no, b""))
    return found


def _judge(data: bytes) -> tuple[str, dict[str, Any], Picture | None]:
    """Return fault, measures and the picture itself; what cannot be opened is ``unreadable``."""
    try:
        picture = decode_picture(data)
    except InvalidInput:
        return "unreadable", {}, None
    measures = measure_picture(picture)
    return fault_of(measures), measures.as_dict(), picture


# ── identity ────────────────────────────────────────────────────────────────────────────────────


def verify_face(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Compare the pictures of one camera check with the registered sample, and look at what was asked for besides.

    What always ends its worker is not opened again: it counts as a picture that could not be read.
    """
    check_id = UUID(payload["check_id"])
    name = runtime.settings.of(ProctoringSettings).verifier
    with runtime.unit_of_work(SYSTEM) as uow:
        row = uow.session.get(IdentityCheck, check_id, with_for_update=True, populate_existing=True)
        if row is None or row.state is not CheckState.PENDING or row.shots_at is None or row.superseded_at:
            return
        if not service.claim_work(uow, row):
            return
        if service.is_hopeless(row):
            service.record_face_result(uow, check_id, row.tries, ())
            return
        tries, templates = row.tries, read_templates(uow, row.person_id)
        shots = uow.session.scalars(
            sa.select(CheckShot)
            .where(CheckShot.check_id == check_id, CheckShot.round == tries)
            .order_by(CheckShot.no)
        ).all()
        pictures = [_bytes_or_nothing(uow, shot.file_id) for shot in shots]
        asked = _asked(uow, check_id, tries)
    try:
        verifier = verifier_of(runtime, name)
    except Unavailable:  # nothing about the pictures: the sweep comes back to them
        with runtime.unit_of_work(SYSTEM) as uow:
            service.give_back(uow.session.get_one(IdentityCheck, check_id))
        raise
    comparisons = [_compare(verifier, templates, data) for data in pictures]
    seen = _look_for_life(runtime, verifier, templates, pictures, asked)
    with runtime.unit_of_work(SYSTEM) as uow:
        service.record_face_result(uow, check_id, tries, comparisons, seen)


def _asked(uow: UnitOfWork, check_id: UUID, tries: int) -> list[tuple[UUID, ChallengeKind, bytes]]:
    """Return the tasks of a round with their pictures; what waits for a person, such as a voice, is not opened."""
    rows = uow.session.execute(
        sa.select(Challenge.id, Challenge.kind, Challenge.file_id)
        .where(
            Challenge.check_id == check_id,
            Challenge.round == tries,
            Challenge.outcome == ChallengeOutcome.WAITING,
            Challenge.file_id.is_not(None),
        )
        .order_by(Challenge.no)
    ).all()
    return [(key, kind, _bytes_or_nothing(uow, file_id)) for key, kind, file_id in rows if file_id]


def _look_for_life(
    runtime: Runtime,
    verifier: IdentityVerifier,
    templates: tuple[TemplateValue, ...],
    pictures: list[bytes],
    asked: list[tuple[UUID, ChallengeKind, bytes]],
) -> service.Seen:
    """Judge the tasks against the pictures straight ahead, and look for signs that no camera took them."""
    fronts = [picture for data in pictures if (picture := _decoded(data)) is not None]
    looks = [look for picture in fronts if (look := face_look(picture)) is not None] if asked else []
    judged = {}
    for key, kind, data in asked:
        picture = _decoded(data)
        judged[key] = (
            judge_challenge(kind, None, None)
            if picture is None
            else judge_picture(kind, looks, picture, verifier, templates)
        )
    detectors = [d for d in runtime.registries.of(SPOOF_DETECTORS) if not d.unavailable_reason]
    suspected = any(
        (median_of([detector.suspicion(picture) for picture in fronts]) or 0.0) >= detector.suspicious_from
        for detector in detectors
    )
    return service.Seen(judged, tuple(still_shares(fronts)), bool(fronts) and suspected)


def _decoded(data: bytes) -> Picture | None:
    try:
        return decode_picture(data)
    except InvalidInput:
        return None


def _bytes_or_nothing(uow: UnitOfWork, file_id: UUID) -> bytes:
    try:
        return uow.open_file(file_id)[1]
    except Gone:
        return b""


def _compare(verifier: IdentityVerifier, templates: tuple[TemplateValue, ...], data: bytes) -> Comparison:
    """Compare one picture at a start; a picture that is no good is the camera's failure."""
    model = verifier.models[0]
    try:
        picture = decode_picture(data)
    except InvalidInput:
        return Comparison(Outcome.COULD_NOT_TELL, "", None, 0.0, model, "unreadable")
    fault = fault_of(measure_picture(picture))
    if fault:
        return Comparison(Outcome.COULD_NOT_TELL, "", None, 0.0, model, fault)
    return verifier.compare(templates, picture, Phase.START)


# ── sittings ────────────────────────────────────────────────────────────────────────────────────


def look(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Look at the waiting pictures of one sitting, the newest first."""
    session_id = UUID(payload["session_id"])
    for _ in range(FRAMES_A_JOB):
        with runtime.unit_of_work(SYSTEM) as uow:
            claimed = service.claim_frame(uow, session_id)
            templates = read_templates(uow, claimed.person_id) if claimed else ()
        if claimed is None:
            return
        _look_at(runtime, claimed, templates)


def _look_at(runtime: Runtime, claimed: service.ClaimedFrame, templates: tuple[TemplateValue, ...]) -> None:
    try:
        facts = look_at_frame(
            claimed.picture,
            seq=claimed.seq,
            at_s=claimed.at_s,
            history=claimed.history,
            templates=templates,
            verifier=verifier_of(runtime, claimed.verifier),
        )
    except InvalidInput:
        with runtime.unit_of_work(SYSTEM) as uow:
            service.mark_unreadable(uow, claimed.id)
        return
    facts = replace(facts, is_repeat=claimed.is_repeat)
    history = (*claimed.history, facts)
    findings = [
        (check.name, finding)
        for check in runtime.registries.of(PROCTORING_CHECKS)
        for finding in check.examine(history)
    ]
    with runtime.unit_of_work(SYSTEM) as uow:
        service.record_findings(uow, claimed.id, facts, findings)


# ── sweeps ──────────────────────────────────────────────────────────────────────────────────────


def wake_undone(runtime: Runtime) -> None:
    """Wake the worker for everything that waits too long: its wake-up was lost or its worker died."""
    settings = runtime.settings.of(ProctoringSettings)
    now = runtime.clock.now()
    late, over = (
        now - timedelta(seconds=settings.wake_after_s),
        now - timedelta(seconds=settings.claim_timeout_s),
    )
    with runtime.read() as session:
        sittings = session.scalars(
            sa.select(Frame.session_id)
            .where(
                sa.or_(
                    sa.and_(Frame.state == FrameState.STORED, Frame.received_at <= late),
                    sa.and_(Frame.state == FrameState.PROCESSING, Frame.claimed_at <= over),
                )
            )
            .distinct()
        ).all()
        samples = session.scalars(
            sa.select(Enrolment.id).where(
                Enrolment.state == EnrolmentState.QUEUED,
                Enrolment.created_at <= late,
                sa.or_(Enrolment.claimed_at.is_(None), Enrolment.claimed_at <= over),
            )
        ).all()
        checks = session.scalars(
            sa.select(IdentityCheck.id).where(
                IdentityCheck.state == CheckState.PENDING,
                IdentityCheck.shots_at <= late,
                sa.or_(IdentityCheck.claimed_at.is_(None), IdentityCheck.claimed_at <= over),
                IdentityCheck.superseded_at.is_(None),
            )
        ).all()
    for session_id in sittings:
        runtime.enqueue("proctoring.look", {"session_id": str(session_id)})
    for enrolment_id in samples:
        runtime.enqueue("proctoring.enrol", {"enrolment_id": str(enrolment_id)})
    for check_id in checks:
        runtime.enqueue("proctoring.verify_face", {"check_id": str(check_id)})
    if sittings or samples or checks:
        log.info("proctoring_woken", sittings=len(sittings), samples=len(samples), checks=len(checks))


def _note_lost(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        service.note_lost_cameras(uow)
        service.forget_last_pictures(uow)


def _expire(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        service.expire_evidence(uow)
        service.forget_events(uow)
        service.expire_templates(uow)
        service.forget_device_checks(uow)


def _remind(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        service.tell_heads(uow)
        service.tell_owners(uow)


JOBS = (
    Job("proctoring.verify_face", verify_face, priority=80),
    Job("proctoring.enrol", enrol, priority=70),
    Job("proctoring.look", look, priority=40),
)
SWEEPS = (
    Sweep("proctoring.wake_undone", 5.0, wake_undone),
    Sweep("proctoring.lost_cameras", 15.0, _note_lost),
    Sweep("proctoring.expire", 300.0, _expire),
    Sweep("proctoring.remind", 3600.0, _remind),
)
