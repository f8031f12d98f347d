"""Read what goes on in running sittings, for whoever is on duty; and who is on duty."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment import queries as assessment
from lms.assessment.queries.supervision import ClockFacts, clocks_of
from lms.core.actor import Actor
from lms.core.errors import NotFound
from lms.people import queries as people
from lms.people.types import PersonCard, RoleKind
from lms.proctoring.access_rules import WallReach
from lms.proctoring.models import Frame, Incident, ProctorDuty, ProctoringSession, SittingMessage
from lms.proctoring.queries.identity import with_sample
from lms.proctoring.rules.wall import FRESH, Call, in_order, need_of
from lms.proctoring.types import MessageKind, Monitoring, SessionState

__all__ = [
    "DutyExam",
    "MessageView",
    "WallRow",
    "duty_exams",
    "has_watcher",
    "messages_of",
    "wall_reach",
    "wall_row",
    "wall_rows",
]

#: A camera that has not begun is missed after so long.
BEGINS = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class WallRow:
    """One running sitting: whose, what it wants, its clock, its camera, whether faces are compared, the newest picture's time."""

    session_id: UUID
    person: PersonCard
    title: str
    call: Call
    clock: ClockFacts
    monitoring: Monitoring
    is_camera_on: bool
    picture_at: datetime | None
    is_compared: bool
    entry_id: UUID


@dataclass(frozen=True, slots=True)
class MessageView:
    """One line of a sitting: of which side, what, when."""

    id: UUID
    kind: MessageKind
    text: str
    minutes: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class DutyExam:
    """An exam that runs or comes, who is on duty for it (duty, person), and who could be."""

    exam_id: UUID
    title: str
    opens_at: datetime
    closes_at: datetime
    on_duty: tuple[tuple[UUID, PersonCard], ...]
    free: tuple[PersonCard, ...]


def wall_reach(session: Session, session_id: UUID, at: datetime) -> WallReach:
    """Return what the permission to watch looks at; raise NotFound ``proctoring.no_session``."""
    row = session.get(ProctoringSession, session_id)
    if row is None:
        raise NotFound("proctoring.no_session")
    return WallReach(row.id, at, row.person_id, row.org_id, row.exam_id)


def wall_rows(session: Session, actor: Actor, at: datetime) -> list[WallRow]:
    """Return the running sittings of exams for which the actor is on duty, those who want somebody first."""
    exams = sa.select(ProctorDuty.exam_id).where(
        ProctorDuty.person_id == actor.person_id,
        ProctorDuty.ended_at.is_(None),
        ProctorDuty.org_id.in_(actor.orgs_as("proctor")),
    )
    rows = session.scalars(
        sa.select(ProctoringSession).where(
            ProctoringSession.exam_id.in_(exams), ProctoringSession.state == SessionState.MONITORING
        )
    ).all()
    family = people.family_of(session, actor.person_id) | {actor.person_id} if actor.person_id else set()
    return _rows(session, [row for row in rows if row.person_id not in family], at)


def wall_row(session: Session, session_id: UUID, at: datetime) -> WallRow:
    """Return one running sitting; raise NotFound ``proctoring.no_session`` when it runs no more."""
    row = session.get(ProctoringSession, session_id)
    found = _rows(session, [row], at) if row is not None and row.state is SessionState.MONITORING else []
    if not found:
        raise NotFound("proctoring.no_session")
    return found[0]


def _rows(session: Session, rows: Sequence[ProctoringSession], at: datetime) -> list[WallRow]:
    ids = [row.id for row in rows]
    clocks = clocks_of(session, [row.attempt_id for row in rows])
    cards = people.person_cards(session, [row.person_id for row in rows])
    signs, unanswered = _signs(session, ids, at), _unanswered(session, ids)
    pictures = _pictures(session, rows)
    compared = with_sample(session, [row.person_id for row in rows], at)
    made = []
    for row in rows:
        clock = clocks.get(row.attempt_id)
        if clock is None:
            continue
        call = need_of(
            at,
            unanswered_since=unanswered.get(row.id),
            signs=signs[row.id],
            camera_gone_since=_camera_gone(row, at),
            is_stopped=clock.is_stopped,
        )
        card = cards[row.person_id]
        shown = WallRow(
            row.id,
            card,
            row.title,
            call,
            clock,
            row.monitoring,
            row.is_camera_on,
            pictures.get(row.id),
            row.person_id in compared,
            row.entry_id,
        )
        made.append((call, card.name, shown))
    return in_order(made)


def _camera_gone(row: ProctoringSession, at: datetime) -> datetime | None:
    """Return since when pictures are missed that should come."""
    if row.monitoring is not Monitoring.CAMERA or row.is_camera_on:
        return None
    since = row.last_frame_at or row.started_at
    return since if at - since > BEGINS else None


def _signs(
    session: Session, ids: Collection[UUID], at: datetime
) -> dict[UUID, list[tuple[str, datetime, datetime]]]:
    found: dict[UUID, list[tuple[str, datetime, datetime]]] = defaultdict(list)
    rows = session.execute(
        sa.select(Incident.session_id, Incident.kind, Incident.started_at, Incident.last_at).where(
            Incident.session_id.in_(ids), Incident.last_at >= at - FRESH
        )
    )
    for session_id, kind, since, last in rows:
        found[session_id].append((kind, since, last))
    return found


def _unanswered(session: Session, ids: Collection[UUID]) -> dict[UUID, datetime]:
    rows = session.execute(
        sa.select(SittingMessage.session_id, sa.func.min(SittingMessage.at))
        .where(
            SittingMessage.session_id.in_(ids),
            SittingMessage.kind == MessageKind.STUDENT,
            SittingMessage.answered_at.is_(None),
        )
        .group_by(SittingMessage.session_id)
    )
    return {session_id: at for session_id, at in rows}


def _pictures(session: Session, rows: Sequence[ProctoringSession]) -> dict[UUID, datetime]:
    found = session.execute(
        sa.select(Frame.session_id, Frame.received_at).where(
            Frame.id.in_([row.live_frame_id for row in rows if row.live_frame_id is not None])
        )
    )
    return {session_id: at for session_id, at in found}


def messages_of(session: Session, session_id: UUID) -> list[MessageView]:
    """Return the lines of a sitting, the oldest first."""
    rows = session.scalars(
        sa.select(SittingMessage)
        .where(SittingMessage.session_id == session_id)
        .order_by(SittingMessage.at, SittingMessage.id)
    )
    return [MessageView(row.id, row.kind, row.text, row.minutes, row.at) for row in rows]


def has_watcher(exam_id: Any, at: Any) -> sa.ColumnElement[bool]:
    """Return the condition that a proctor is on duty for an exam at ``at``, for use inside of other statements.

    Whose role has ended can see nothing any more, and is no watcher although the duty is still written down.
    """
    return sa.exists().where(
        ProctorDuty.exam_id == exam_id,
        ProctorDuty.ended_at.is_(None),
        people.holds_role(ProctorDuty.person_id, ProctorDuty.org_id, RoleKind.PROCTOR, at),
    )


def duty_exams(session: Session, org_id: UUID, at: datetime) -> list[DutyExam]:
    """Return the exams of an organisation that are not over, the next first, with who watches them."""
    cards = [
        card
        for card in assessment.sessions_of(session, [org_id])
        if card.closes_at > at and not card.is_cancelled
    ]
    proctors = people.holders_of(session, org_id, RoleKind.PROCTOR, at)
    duties = session.execute(
        sa.select(ProctorDuty.id, ProctorDuty.exam_id, ProctorDuty.person_id)
        .where(ProctorDuty.exam_id.in_([card.id for card in cards]), ProctorDuty.ended_at.is_(None))
        .order_by(ProctorDuty.set_at, ProctorDuty.id)
    ).all()
    named = people.person_cards(session, [*proctors, *(duty.person_id for duty in duties)])
    made = []
    for card in sorted(cards, key=lambda card: (card.opens_at, card.title)):
        on_duty = tuple((duty.id, named[duty.person_id]) for duty in duties if duty.exam_id == card.id)
        busy = {person.id for _duty, person in on_duty}
        free = tuple(named[person_id] for person_id in proctors if person_id not in busy)
        made.append(DutyExam(card.id, card.title, card.opens_at, card.closes_at, on_duty, free))
    return made
