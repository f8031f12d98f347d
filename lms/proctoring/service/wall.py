"""Watch running sittings as a proctor on duty: look, write, stop the clock, give time. The student reads all of it."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from lms.assessment import queries as assessment
from lms.assessment import service as exams
from lms.assessment.queries.scheduling import is_granted
from lms.assessment.queries.supervision import clocks_of
from lms.assessment.types import GrantKind
from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.ids import new_id
from lms.core.models import StoredFile
from lms.core.uow import UnitOfWork
from lms.people import queries as people
from lms.people.types import RoleKind
from lms.proctoring.access_rules import Reach, WallReach
from lms.proctoring.models import Frame, ProctorDuty, ProctoringSession, SittingMessage
from lms.proctoring.types import MessageKind, Monitoring, SessionState

__all__ = [
    "MOST_MINUTES",
    "continue_sitting",
    "end_duty",
    "extend_sitting",
    "open_live_picture",
    "read_messages",
    "set_duty",
    "stop_sitting",
    "write_to_staff",
    "write_to_student",
]

#: Lines of one side of a sitting, their length, and minutes that are given at once.
MOST_LINES, MOST_LETTERS, MOST_MINUTES = 200, 500, 60


def set_duty(uow: UnitOfWork, exam_id: UUID, person_id: UUID) -> UUID:
    """Put a proctor of the organisation on duty for an exam; twice is once. Raises InvalidInput ``proctoring.no_proctor``."""
    card = assessment.session_card(uow.session, exam_id)
    uow.require("proctoring.set_duty", card.org_id)
    if person_id not in people.holders_of(uow.session, card.org_id, RoleKind.PROCTOR, uow.now()):
        raise InvalidInput("proctoring.no_proctor", fields={"person_id": ["proctoring.no_proctor"]})
    uow.lock("proctor_duty", exam_id)  # put on duty by two people at once, a proctor is so once
    found = uow.session.scalar(
        sa.select(ProctorDuty.id).where(
            ProctorDuty.exam_id == exam_id,
            ProctorDuty.person_id == person_id,
            ProctorDuty.ended_at.is_(None),
        )
    )
    if found is not None:
        return found
    row = ProctorDuty(
        exam_id=exam_id,
        org_id=card.org_id,
        person_id=person_id,
        set_by=uow.actor.person_id,
        set_at=uow.now(),
    )
    uow.session.add(row)
    uow.session.flush()
    return row.id


def end_duty(uow: UnitOfWork, duty_id: UUID) -> None:
    """Take a proctor off duty; raise NotFound ``proctoring.no_session``."""
    row = uow.session.get(ProctorDuty, duty_id)
    if row is None:
        raise NotFound("proctoring.no_session")
    uow.require("proctoring.set_duty", row.org_id)
    uow.session.execute(
        sa.update(ProctorDuty)
        .where(
            ProctorDuty.exam_id == row.exam_id,
            ProctorDuty.person_id == row.person_id,
            ProctorDuty.ended_at.is_(None),
        )
        .values(ended_at=uow.now())
    )


def write_to_student(uow: UnitOfWork, session_id: UUID, text: str) -> None:
    """Write a line to the student of a running sitting; what the student had written is answered with it."""
    row = _watched(uow, session_id)
    _add(uow, row, MessageKind.STAFF, text)
    _answer(uow, row)


def read_messages(uow: UnitOfWork, session_id: UUID) -> None:
    """Note that what the student has written is read and needs no answer."""
    _answer(uow, _watched(uow, session_id))


def write_to_staff(uow: UnitOfWork, session_id: UUID, text: str) -> None:
    """Write a line to whoever watches one's own running sitting."""
    row = _running(uow, session_id)
    uow.require("proctoring.write", Reach(row.person_id, uow.now()))
    _add(uow, row, MessageKind.STUDENT, text)


def stop_sitting(uow: UnitOfWork, session_id: UUID, reason: str) -> None:
    """Stop the clock of a work with a reason that the student reads; raise Conflict ``proctoring.stands_still``."""
    row = _watched(uow, session_id)
    uow.lock("sitting_clock", row.id)  # of two who press at once, one has stopped it
    _check(uow, row, reason)
    if _is_stopped(uow, row):
        raise Conflict("proctoring.stands_still")
    exams.pause_attempt(uow, row.attempt_id, reason.strip())
    _note(uow, row, MessageKind.STOPPED, reason)


def continue_sitting(uow: UnitOfWork, session_id: UUID) -> None:
    """Let a clock go on that staff has stopped; the end moves by as long as it stood still.

    Raises Conflict ``proctoring.not_stopped``, and ``assessment.own_break`` in a break of the student's own.
    """
    row = _watched(uow, session_id)
    uow.lock("sitting_clock", row.id)
    if not _is_stopped(uow, row):
        raise Conflict("proctoring.not_stopped")
    exams.resume_attempt(uow, row.attempt_id)
    _note(uow, row, MessageKind.CONTINUED, "")


def extend_sitting(
    uow: UnitOfWork, session_id: UUID, minutes: int, reason: str, *, grant_id: UUID | None = None
) -> None:
    """Give a running work more time, with a reason. The same form sent twice, which ``grant_id`` tells, gives and says it once.

    Raises InvalidInput ``proctoring.minutes``, Conflict ``assessment.granted_elsewhere`` where the id stands for something else.
    """
    row = _watched(uow, session_id)
    grant_id = grant_id or new_id()
    uow.lock("sitting_clock", row.id)
    said = uow.session.get(SittingMessage, grant_id)
    if said is not None and (said.session_id, said.kind) == (row.id, MessageKind.EXTENDED):
        return
    if said is not None or is_granted(uow.session, grant_id):
        raise Conflict("assessment.granted_elsewhere")
    if not 1 <= minutes <= MOST_MINUTES:
        raise InvalidInput("proctoring.minutes", fields={"minutes": ["proctoring.minutes"]})
    _check(uow, row, reason)
    exams.grant(uow, row.entry_id, GrantKind.EXTRA_TIME, minutes, reason, grant_id=grant_id)
    _note(uow, row, MessageKind.EXTENDED, reason, minutes=minutes, line_id=grant_id)


def open_live_picture(uow: UnitOfWork, session_id: UUID) -> tuple[StoredFile, bytes]:
    """Return the newest picture of a running sitting; every look is written into the access log.

    Raises NotFound ``file.missing`` where there is none, or no camera is agreed by now.
    """
    row = _watched(uow, session_id)
    frame = uow.session.get(Frame, row.live_frame_id) if row.live_frame_id is not None else None
    if frame is None or row.monitoring is not Monitoring.CAMERA:
        raise NotFound("file.missing")
    stored, data = uow.open_file(frame.file_id)
    uow.log_access("proctoring.evidence", row.person_id, "frame", frame.id, outcome="shown")
    return stored, data


def _running(uow: UnitOfWork, session_id: UUID) -> ProctoringSession:
    row = uow.session.get(ProctoringSession, session_id)
    if row is None:
        raise NotFound("proctoring.no_session")
    return row


def _watched(uow: UnitOfWork, session_id: UUID) -> ProctoringSession:
    """Return a sitting that the actor may watch; raise Conflict ``proctoring.is_over`` once it has ended."""
    row = _running(uow, session_id)
    uow.require("proctoring.watch", WallReach(row.id, uow.now(), row.person_id, row.org_id, row.exam_id))
    if row.state is not SessionState.MONITORING:
        raise Conflict("proctoring.is_over")
    return row


def _is_stopped(uow: UnitOfWork, row: ProctoringSession) -> bool:
    clock = clocks_of(uow.session, [row.attempt_id]).get(row.attempt_id)
    return clock is not None and clock.is_stopped


def _check(uow: UnitOfWork, row: ProctoringSession, text: str) -> None:
    """Look whether a line can be added; raise InvalidInput ``proctoring.words_missing``, Conflict ``proctoring.is_over``."""
    if row.state is not SessionState.MONITORING:
        raise Conflict("proctoring.is_over")
    if not text.strip():
        raise InvalidInput("proctoring.words_missing", fields={"text": ["proctoring.words_missing"]})
    count = sa.select(sa.func.count()).where(
        SittingMessage.session_id == row.id, SittingMessage.author_id == uow.actor.person_id
    )
    if (uow.session.scalar(count) or 0) >= MOST_LINES:
        raise Conflict("proctoring.too_many_lines")


def _add(uow: UnitOfWork, row: ProctoringSession, kind: MessageKind, text: str) -> None:
    """Add a line that has words; raise what `_check` raises."""
    _check(uow, row, text)
    _note(uow, row, kind, text)


def _note(
    uow: UnitOfWork,
    row: ProctoringSession,
    kind: MessageKind,
    text: str,
    *,
    minutes: int | None = None,
    line_id: UUID | None = None,
) -> None:
    """Write a line. It holds on to the sitting's row, as handing in does after the work's: so it comes after the work's, too."""
    uow.session.add(
        SittingMessage(
            id=line_id or new_id(),
            session_id=row.id,
            author_id=uow.actor.person_id,
            kind=kind,
            text=text.strip()[:MOST_LETTERS],
            minutes=minutes,
            at=uow.now(),
        )
    )


def _answer(uow: UnitOfWork, row: ProctoringSession) -> None:
    """Note that what the student wrote so far has been read and answered."""
    uow.session.execute(
        sa.update(SittingMessage)
        .where(
            SittingMessage.session_id == row.id,
            SittingMessage.kind == MessageKind.STUDENT,
            SittingMessage.answered_at.is_(None),
        )
        .values(answered_at=uow.now())
    )
