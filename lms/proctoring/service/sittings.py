"""Watch a sitting: begin, take pictures, record what the worker saw, end. Answers are never touched by any of it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa

from lms.assessment.queries.supervision import ran_between, sitting_facts, stood_still
from lms.core import files
from lms.core.db import change_rows, fetch, insert_new
from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.ids import new_id
from lms.core.models import StoredFile
from lms.core.uow import UnitOfWork
from lms.people import queries as people
from lms.proctoring import queries
from lms.proctoring.access_rules import Reach
from lms.proctoring.availability import faces_missing
from lms.proctoring.contracts import FaceBox, Finding, FrameFacts
from lms.proctoring.models import Evidence, Frame, Incident, ProctoringSession, SessionEvent
from lms.proctoring.rules.cadence import is_hurried, next_interval_s
from lms.proctoring.rules.index import weights_from
from lms.proctoring.rules.sitting import can_move
from lms.proctoring.service.claims import MAX_CLAIMS
from lms.proctoring.service.erasure import destroy_empty, evidence_area, keep_until
from lms.proctoring.service.findings import masked_by, masked_kinds, store_finding
from lms.proctoring.service.page_events import look_at_page
from lms.proctoring.settings import ProctoringSettings
from lms.proctoring.types import FrameState, Monitoring, SessionOutcome, SessionState

__all__ = [
    "ClaimedFrame",
    "FrameReceipt",
    "claim_frame",
    "end_sitting",
    "expire_evidence",
    "facts_from",
    "facts_to",
    "forget_last_pictures",
    "mark_unreadable",
    "note_camera",
    "note_lost_cameras",
    "receive_frame",
    "record_findings",
    "release_evidence",
    "start_sitting",
]

#: A picture may come after this share of the time that was asked for, not sooner.
LEAST_SHARE = 0.5
#: So many of the newest waiting pictures are looked at, however late the worker is.
KEEP_WAITING = 3
#: Last pictures that one sweep deletes.
MOST_FORGOTTEN = 500
#: Frames that a check may look back on.
HISTORY = 11
#: What the page may report about its camera.
CAMERA_EVENTS = frozenset({"camera_on", "camera_stopped", "camera_absent", "camera_slow"})


@dataclass(frozen=True, slots=True)
class FrameReceipt:
    """What the camera is told: how long to wait, which number and word the next picture must carry, whether faces are compared."""

    next_in_s: float
    seq: int
    nonce: str
    is_compared: bool = False


@dataclass(frozen=True, slots=True)
class ClaimedFrame:
    """A picture that this worker took, with what it needs to judge it outside a transaction."""

    id: UUID
    session_id: UUID
    seq: int
    at_s: float
    picture: bytes
    person_id: UUID
    verifier: str
    history: tuple[FrameFacts, ...]
    is_repeat: bool = False


def start_sitting(uow: UnitOfWork, attempt_id: UUID, entry_id: UUID) -> UUID | None:
    """Begin the sitting of an attempt in its starting transaction; the policy is frozen with it."""
    facts = sitting_facts(uow.session, entry_id)
    if facts is None:
        return None
    begun_id, check_id = fetch(uow.session, _BEFORE, attempt_id=attempt_id, entry_id=entry_id)[0]
    if begun_id is not None:
        return cast(UUID, begun_id)
    policy = queries.effective_policy(uow.session, facts.org_id, facts.supervision, facts.blueprint_id)
    conditions = people.conditions_for(uow.session, facts.person_id, uow.today(), activity="exam")
    wants_camera = policy.monitoring is Monitoring.CAMERA and conditions.camera_allowed
    is_watched = (
        wants_camera and faces_missing(uow.runtime) is None
    )  # nobody takes pictures that nothing looks at
    settings = uow.runtime.settings.of(ProctoringSettings)
    row = ProctoringSession(
        id=new_id(),
        attempt_id=attempt_id,
        entry_id=entry_id,
        exam_id=facts.session_id,
        person_id=facts.person_id,
        org_id=facts.org_id,
        check_id=check_id,
        title=facts.title,
        state=SessionState.SETUP,
        outcome=SessionOutcome.NONE,
        monitoring=Monitoring.CAMERA if is_watched else Monitoring.NONE,
        cadence_s=policy.cadence_s or settings.cadence_s,
        needs_seb=policy.needs_seb and not queries.is_seb_waived(uow.session, entry_id),
        verifier=settings.verifier,
        index_weights=weights_from(facts.supervision.get("index_weights")),
        masked_findings=sorted(masked_by(conditions)),
        nonce=secrets.token_hex(8),
        started_at=uow.now(),
    )
    _move(row, SessionState.READY)
    _move(row, SessionState.MONITORING)
    insert_new(uow.session, row)
    return row.id


#: The sitting that an attempt has already, and the identity check that counts for its place on a roster.
_BEFORE = sa.select(
    sa.select(ProctoringSession.id)
    .where(ProctoringSession.attempt_id == sa.bindparam("attempt_id"))
    .scalar_subquery(),
    queries.CURRENT_CHECK_ID.scalar_subquery(),
)
_TO_END = (
    sa.select(
        ProctoringSession.id,
        ProctoringSession.state,
        ProctoringSession.monitoring,
        ProctoringSession.last_frame_at,
        sa.exists().where(Incident.session_id == ProctoringSession.id).label("has_incidents"),
    )
    .where(ProctoringSession.attempt_id == sa.bindparam("attempt_id"))
    .with_for_update(of=ProctoringSession)
)
_SESSIONS = cast(sa.Table, ProctoringSession.__table__)
_END = (
    sa.update(_SESSIONS)
    .where(ProctoringSession.id == sa.bindparam("session_id"))
    .values(state=sa.bindparam("to"), ended_at=sa.bindparam("at"), is_camera_on=False)
)
_END_AND_QUEUE = _END.values(review_due_at=sa.bindparam("due_at"), opinion_due_at=sa.bindparam("due_at"))
_END_AND_CLOSE = _END.values(closed_at=sa.bindparam("at"))
#: Nobody watched and nothing was noticed: what nearly every work ends with, in one statement.
_CLOSE_UNWATCHED = (
    sa.update(_SESSIONS)
    .where(
        ProctoringSession.attempt_id == sa.bindparam("of_attempt"),
        ProctoringSession.state.in_([state for state in SessionState if can_move(state, SessionState.ENDED)]),
        ProctoringSession.monitoring == Monitoring.NONE,
        ProctoringSession.last_frame_at.is_(None),
        ~sa.exists().where(Incident.session_id == ProctoringSession.id),
    )
    .values(
        state=SessionState.CLOSED,
        ended_at=sa.bindparam("at"),
        closed_at=sa.bindparam("at"),
        is_camera_on=False,
    )
)


def end_sitting(uow: UnitOfWork, attempt_id: UUID) -> None:
    """End the watching with the attempt; a watched sitting waits for a reviewer, an unwatched one is closed."""
    if change_rows(uow.session, _CLOSE_UNWATCHED, of_attempt=attempt_id, at=uow.now()):
        return
    row = next(iter(fetch(uow.session, _TO_END, attempt_id=attempt_id)), None)
    if row is None or not can_move(row.state, SessionState.ENDED):
        return
    has_news = row.monitoring is not Monitoring.NONE or row.last_frame_at is not None or row.has_incidents
    to = SessionState.QUEUED if has_news else SessionState.CLOSED
    values: dict[str, Any] = {"session_id": row.id, "to": to, "at": uow.now()}
    if has_news:
        days = uow.runtime.settings.of(ProctoringSettings).review_days
        values["due_at"] = queries.term_end(uow.session, uow.now(), days)
    uow.session.connection().execute(_END_AND_QUEUE if has_news else _END_AND_CLOSE, values)


def receive_frame(
    uow: UnitOfWork, session_id: UUID, *, seq: int, nonce: str, data: bytes, chance: float, device: str = ""
) -> FrameReceipt | None:
    """Store one picture, write its row and wake the worker; a picture sent twice is stored once.

    None: "no camera" was agreed since the beginning, so the sitting is watched no longer and the picture is not kept.

    A picture that comes in less than half the time that was asked for is not stored: the answer asks for it again. Raises Conflict ``proctoring.not_watching`` (stop sending) or ``proctoring.frame_order`` (ask where we are), InvalidInput
    ``proctoring.frame_bytes``.
    """
    row = _session(uow, session_id)
    uow.require("proctoring.send_frames", Reach(row.person_id, uow.now()))
    if row.state is not SessionState.MONITORING or row.monitoring is not Monitoring.CAMERA:
        raise Conflict("proctoring.not_watching")
    if _release_camera(uow, row):
        return None
    settings = uow.runtime.settings.of(ProctoringSettings)
    if data[:3] != b"\xff\xd8\xff" or len(data) > settings.frame_max_bytes:
        raise InvalidInput("proctoring.frame_bytes")
    if seq < row.next_seq and uow.session.scalar(
        sa.select(Frame.id).where(Frame.session_id == row.id, Frame.seq == seq)
    ):
        return _receipt(uow, row, settings, chance)  # the answer was lost on the way, the picture was not
    if seq != row.next_seq or nonce != row.nonce:
        raise Conflict("proctoring.frame_order")
    if row.next_frame_from is not None and uow.now() < row.next_frame_from:
        wait = (row.next_frame_from - uow.now()).total_seconds()
        return FrameReceipt(wait, row.next_seq, row.nonce, _is_compared(uow, row))
    stored = uow.store_file(
        data,
        area=evidence_area(row.id),
        media_type="image/jpeg",
        name=f"frame-{seq}",
        owner=row.person_id,
        encrypt_for=row.person_id,
    )
    uow.session.add(
        Frame(
            session_id=row.id,
            seq=seq,
            state=FrameState.STORED,
            file_id=stored.id,
            sha256=stored.sha256,
            received_at=uow.now(),
        )
    )
    _camera_is_on(uow, row)
    _note_device(uow, row, device)
    row.next_seq, row.nonce, row.last_frame_at = seq + 1, secrets.token_hex(8), uow.now()
    uow.session.flush()
    uow.enqueue("proctoring.look", session_id=str(row.id))
    receipt = _receipt(uow, row, settings, chance)
    row.next_frame_from = uow.now() + timedelta(seconds=receipt.next_in_s * LEAST_SHARE)
    return receipt


def _receipt(
    uow: UnitOfWork, row: ProctoringSession, settings: ProctoringSettings, chance: float
) -> FrameReceipt:
    """Say when the next picture should come: sittings that wait slow everybody down, own pictures only oneself."""
    waiting = sa.select(Frame.session_id).where(Frame.state.in_([FrameState.STORED, FrameState.PROCESSING]))
    own = uow.session.scalar(
        sa.select(sa.func.count()).select_from(waiting.where(Frame.session_id == row.id).subquery())
    )
    sittings = uow.session.scalar(sa.select(sa.func.count()).select_from(waiting.distinct().subquery()))
    elapsed = (uow.now() - row.started_at).total_seconds()
    wait = next_interval_s(
        row.cadence_s, settings.jitter_s, int(sittings or 0), int(own or 0), chance, elapsed
    )
    return FrameReceipt(wait, row.next_seq, row.nonce, _is_compared(uow, row))


def _is_compared(uow: UnitOfWork, row: ProctoringSession) -> bool:
    """Tell whether there is a sample in force to compare the pictures of a sitting with."""
    return row.person_id in queries.with_sample(uow.session, [row.person_id], uow.now())


def _release_camera(uow: UnitOfWork, row: ProctoringSession) -> bool:
    """Watch a sitting no longer when its student is to be without a camera by now; tell whether it was so."""
    conditions = people.conditions_for(uow.session, row.person_id, uow.today(), activity="exam")
    if conditions.camera_allowed:
        return False
    row.monitoring, row.is_camera_on = Monitoring.NONE, False
    _event(uow, row, "camera_released")
    return True


def _camera_is_on(uow: UnitOfWork, row: ProctoringSession) -> None:
    """Note that pictures come, or come again."""
    if row.is_camera_on:
        return
    had_frames = row.last_frame_at is not None
    _event(uow, row, "resumed" if had_frames else "camera_on")
    row.is_camera_on = True


def _note_device(uow: UnitOfWork, row: ProctoringSession, device: str) -> None:
    """Remember by a digest of this sitting alone who sends, and note when that changes."""
    if not device:
        return
    digest = hashlib.sha256(f"{row.id}:{device}".encode()).hexdigest()
    if row.device and row.device != digest:
        look_at_page(uow, row, "device")
    row.device = digest


def note_camera(uow: UnitOfWork, session_id: UUID, kind: str) -> FrameReceipt:
    """Write down what the page says about its camera; nothing else follows from it. Returns where the sending stands."""
    row = _session(uow, session_id)
    uow.require("proctoring.send_frames", Reach(row.person_id, uow.now()))
    settings = uow.runtime.settings.of(ProctoringSettings)
    if row.state is SessionState.MONITORING and kind in CAMERA_EVENTS and kind != "camera_on":
        _event(uow, row, kind)
        row.is_camera_on = False
    return _receipt(uow, row, settings, 0.5)


def note_lost_cameras(uow: UnitOfWork) -> int:
    """Note sittings from which no picture came for long while the clock ran: an event and an incident, never more.

    Returns how many. A break or a stop is no part of that time, wherever in it the sweep comes by.
    """
    rows = uow.session.scalars(
        sa.select(ProctoringSession).where(
            ProctoringSession.state == SessionState.MONITORING, ProctoringSession.is_camera_on.is_(True)
        )
    ).all()
    lost = 0
    for row in rows:
        limit = timedelta(seconds=max(30, 6 * row.cadence_s))
        last = row.last_frame_at
        if last is None or uow.now() - last <= limit or _release_camera(uow, row):
            continue
        gone = ran_between(uow.session, row.attempt_id, last, uow.now())
        if gone <= limit:
            continue
        row.is_camera_on = False
        _event(uow, row, "lost")
        since = (last - row.started_at).total_seconds()
        finding = Finding("camera_lost", 0.5, since, gone.total_seconds())
        store_finding(uow, row, "camera_lost", finding, uow.now())
        lost += 1
    return lost


def claim_frame(uow: UnitOfWork, session_id: UUID) -> ClaimedFrame | None:
    """Take the newest picture of a sitting that nobody looked at; beyond `KEEP_WAITING`, older ones are dropped as stale.

    One that was followed sooner than the cadence allows is never dropped: nobody can push a picture out with the
    next. A picture whose worker died is taken again once its time is over, and is never dropped for being old. None when
    there is nothing to do.
    """
    uow.lock("proctoring_session", session_id)
    settings = uow.runtime.settings.of(ProctoringSettings)
    row = _session(uow, session_id)
    chosen = _newest_waiting(uow, row, settings.jitter_s)
    if chosen is None:
        over = uow.now() - timedelta(seconds=settings.claim_timeout_s)
        found = uow.session.scalar(
            sa.select(Frame)
            .where(
                Frame.session_id == session_id, Frame.state == FrameState.PROCESSING, Frame.claimed_at <= over
            )
            .order_by(Frame.seq)
            .limit(1)
        )
        if found is None:
            return None
        chosen = found
        if chosen.claims >= MAX_CLAIMS:
            chosen.state, chosen.done_at = FrameState.UNREADABLE, uow.now()
            _forget(uow, chosen)
            return claim_frame(uow, session_id)
    chosen.state, chosen.claimed_at, chosen.claims = FrameState.PROCESSING, uow.now(), chosen.claims + 1
    _, data = uow.open_file(chosen.file_id)
    return ClaimedFrame(
        id=chosen.id,
        session_id=session_id,
        seq=chosen.seq,
        at_s=(chosen.received_at - row.started_at).total_seconds(),
        picture=data,
        person_id=row.person_id,
        verifier=row.verifier,
        history=_history(uow, session_id, chosen.seq),
        is_repeat=_came_before(uow, chosen),
    )


def _came_before(uow: UnitOfWork, frame: Frame) -> bool:
    """Tell whether the very same bytes were sent before, in this sitting or in any other: no camera takes them twice."""
    same = sa.select(Frame.id).where(
        Frame.sha256 == frame.sha256, Frame.id != frame.id, Frame.received_at <= frame.received_at
    )
    return uow.session.scalar(same.limit(1)) is not None


def _newest_waiting(uow: UnitOfWork, row: ProctoringSession, jitter_s: float) -> Frame | None:
    """Return the newest waiting picture after dropping those that are too old to matter."""
    waiting = uow.session.scalars(
        sa.select(Frame)
        .where(Frame.session_id == row.id, Frame.state == FrameState.STORED)
        .order_by(Frame.seq.desc())
    ).all()
    for newer, old in pairwise(waiting[KEEP_WAITING - 1 :]):
        if not is_hurried((newer.received_at - old.received_at).total_seconds(), row.cadence_s, jitter_s):
            old.state, old.done_at = FrameState.STALE, uow.now()
            _forget(uow, old)
    return waiting[0] if waiting else None


def _history(uow: UnitOfWork, session_id: UUID, before: int) -> tuple[FrameFacts, ...]:
    rows = uow.session.scalars(
        sa.select(Frame.facts)
        .where(Frame.session_id == session_id, Frame.state == FrameState.DONE, Frame.seq < before)
        .order_by(Frame.seq.desc())
        .limit(HISTORY)
    ).all()
    return tuple(facts_from(facts) for facts in reversed(rows) if facts)


def facts_to(facts: FrameFacts) -> dict[str, Any]:
    """Return a frame's facts as JSON."""
    boxes = [[round(v, 5) for v in (b.x, b.y, b.width, b.height, b.score)] for b in facts.faces]
    scores = {name: round(value, 5) for name, value in facts.scores.items()}
    stored: dict[str, Any] = {"seq": facts.seq, "at_s": facts.at_s, "faces": boxes, "scores": scores}
    if facts.light is not None and facts.contrast is not None:
        stored["light"], stored["contrast"] = round(facts.light, 5), round(facts.contrast, 5)
    if facts.is_repeat:
        stored["is_repeat"] = True
    return stored


def facts_from(stored: dict[str, Any]) -> FrameFacts:
    """Return the facts behind `facts_to`."""
    boxes = tuple(FaceBox(*values) for values in stored["faces"])
    return FrameFacts(
        stored["seq"],
        stored["at_s"],
        boxes,
        stored["scores"],
        stored.get("light"),
        stored.get("contrast"),
        stored.get("is_repeat", False),
    )


def record_findings(
    uow: UnitOfWork, frame_id: UUID, facts: FrameFacts, findings: Sequence[tuple[str, Finding]]
) -> None:
    """Write what the worker saw: facts, findings by (check, finding), incidents, evidence; repeating changes nothing.

    The support plan's mask applies before an incident is made: a masked finding is kept apart and counts for nothing.
    Nothing in a picture that came while the clock stood still is a finding: whoever has a break may go away.
    """
    frame = uow.session.get(Frame, frame_id)
    if frame is None or frame.state is not FrameState.PROCESSING:
        return
    row = _session(uow, frame.session_id)
    frame.state, frame.done_at, frame.facts = FrameState.DONE, uow.now(), facts_to(facts)
    masked = masked_kinds(uow, row)
    incident: Incident | None = None
    was_away = stood_still(uow.session, row.attempt_id, frame.received_at)
    for check_name, finding in () if was_away else findings:
        made = store_finding(
            uow, row, check_name, finding, frame.received_at, frame_id=frame.id, masked=masked
        )
        incident = made or incident
    keep_every = uow.runtime.settings.of(ProctoringSettings).keep_every
    is_kept = incident is not None or frame.seq % keep_every == 1 % keep_every
    if is_kept:
        _keep(uow, row, frame, incident)
    _show_newest(uow, row, frame)


def _show_newest(uow: UnitOfWork, row: ProctoringSession, frame: Frame) -> None:
    """Let whoever is on duty see the newest picture until the next one; the one before goes unless it is evidence.

    Where nobody is on duty, none is kept for looking at.
    """
    shown = uow.session.get(Frame, row.live_frame_id) if row.live_frame_id is not None else None
    is_looked_at = row.state is SessionState.MONITORING and uow.session.scalar(
        sa.select(queries.has_watcher(row.exam_id, uow.now()))
    )
    is_newest = is_looked_at and (shown is None or shown.seq < frame.seq)
    if is_newest:
        row.live_frame_id = frame.id
    old = shown if is_newest else frame
    if old is not None and not _is_evidence(uow, old):
        _forget(uow, old)


def forget_last_pictures(uow: UnitOfWork) -> int:
    """Delete the last picture where nobody may look at it any more, unless it is evidence; return of how many sittings.

    That is where the sitting has ended, is to be without a camera by now, or has nobody on duty.
    """
    is_looked_at = sa.and_(
        ProctoringSession.state == SessionState.MONITORING,
        ProctoringSession.monitoring == Monitoring.CAMERA,
        queries.has_watcher(ProctoringSession.exam_id, uow.now()),
    )
    rows = uow.session.scalars(
        sa.select(ProctoringSession)
        .where(ProctoringSession.live_frame_id.is_not(None), sa.not_(is_looked_at))
        .limit(MOST_FORGOTTEN)
    ).all()
    for row in rows:
        frame = uow.session.get(Frame, row.live_frame_id)
        if frame is not None and not _is_evidence(uow, frame):
            _forget(uow, frame)
        row.live_frame_id = None
    return len(rows)


def _is_evidence(uow: UnitOfWork, frame: Frame) -> bool:
    uow.session.flush()
    found = sa.select(Evidence.id).where(Evidence.file_id == frame.file_id, Evidence.deleted_at.is_(None))
    return uow.session.scalar(found.limit(1)) is not None


def mark_unreadable(uow: UnitOfWork, frame_id: UUID) -> None:
    """Put aside a picture that cannot be opened; that is the camera's failure and no finding."""
    frame = uow.session.get(Frame, frame_id)
    if frame is not None and frame.state is FrameState.PROCESSING:
        frame.state, frame.done_at = FrameState.UNREADABLE, uow.now()
        _forget(uow, frame)


def _keep(uow: UnitOfWork, row: ProctoringSession, frame: Frame, incident: Incident | None) -> None:
    days = uow.runtime.settings.of(ProctoringSettings).evidence_waiting_days
    uow.session.add(
        Evidence(
            org_id=row.org_id,
            person_id=row.person_id,
            session_id=row.id,
            incident_id=incident.id if incident else None,
            file_id=frame.file_id,
            sha256=frame.sha256,
            captured_at=frame.received_at,
            expires_at=uow.in_days(days),
        )
    )


def _forget(uow: UnitOfWork, frame: Frame) -> None:
    """Delete the bytes of a picture that nobody needs; its row and hash stay."""
    stored = uow.session.get(StoredFile, frame.file_id)
    if stored is not None and stored.deleted_at is None:
        files.delete_file(uow.session, uow.runtime.files, stored, uow.now())


def release_evidence(uow: UnitOfWork, attempt_id: UUID) -> None:
    """Set the date on which the evidence of a sitting goes: so many days after its result was released."""
    row = uow.session.scalar(sa.select(ProctoringSession).where(ProctoringSession.attempt_id == attempt_id))
    if row is None:
        return
    if row.state is SessionState.QUEUED:
        return  # people still ask: until that is decided
    days = uow.runtime.settings.of(ProctoringSettings).evidence_days
    keep_until(uow, row, uow.in_days(days), is_most=True)


def expire_evidence(uow: UnitOfWork) -> int:
    """Delete evidence whose time is over, its key with the last picture, and write it into the ledger.

    Returns how many pictures went.
    """
    rows = uow.session.scalars(
        sa.select(Evidence).where(Evidence.expires_at <= uow.now(), Evidence.deleted_at.is_(None)).limit(500)
    ).all()
    by_person: dict[tuple[UUID, UUID], list[str]] = {}
    for row in rows:
        stored = uow.session.get_one(StoredFile, row.file_id)
        if stored.deleted_at is None:
            files.delete_file(uow.session, uow.runtime.files, stored, uow.now())
        row.deleted_at = uow.now()
        by_person.setdefault((row.org_id, row.person_id), []).append(stored.area)
    for (org_id, person_id), areas in sorted(by_person.items(), key=str):
        keys = destroy_empty(uow, person_id, areas)
        payload = {"reason": "time_is_over", "pictures": len(areas), "keys": keys}
        uow.append_ledger(f"org:{org_id}", "proctoring.evidence_destroyed", person_id, payload)
    return len(rows)


def _event(uow: UnitOfWork, row: ProctoringSession, kind: str) -> None:
    uow.session.add(SessionEvent(session_id=row.id, kind=kind, at=uow.now()))


def _move(row: ProctoringSession, state: SessionState) -> None:
    if not can_move(row.state, state):
        raise Conflict("proctoring.session_state")
    row.state = state


def _session(uow: UnitOfWork, session_id: UUID) -> ProctoringSession:
    """Return a sitting, locked: pictures of it that come at once follow each other."""
    row = uow.session.get(ProctoringSession, session_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("proctoring.no_session")
    return row
