"""Read what waits for people: answers to mark, late operations to decide on, results to release. Blind: no names."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from lms.assessment.access_rules import may_mark
from lms.assessment.contracts import QuestionType
from lms.assessment.models import (
    Attempt,
    AttemptItem,
    AttemptPause,
    AttestationSession,
    Entry,
    Grade,
    Item,
    ItemVersion,
    LateDecision,
    ResponseEvent,
    Result,
)
from lms.assessment.ports import AttemptGate
from lms.assessment.queries.answer_files import files_of_answer
from lms.assessment.queries.attempts import asked, describe_answer
from lms.assessment.queries.exams import results_where
from lms.assessment.queries.views import LateCard, MarkingCard, MarkingView, ReleaseCard
from lms.assessment.rules.responses import EMPTY, fold
from lms.assessment.service.marking import current_grades, has_undecided_late, late_accepted_until
from lms.assessment.types import OPEN_MARKS, AttemptState, MarkStatus, ResultState
from lms.core.actor import Actor
from lms.core.db import bulk_in
from lms.core.errors import NotFound
from lms.core.registry import Registry

__all__ = ["late_queue", "marking_queue", "marking_view", "results_to_release"]


class _Reach:
    """Remember whom the actor may mark in which organisation; each pair is asked about once."""

    def __init__(self, session: Session, actor: Actor, at: datetime) -> None:
        self._session, self._actor, self._at = session, actor, at
        self._known: dict[tuple[UUID, UUID], bool] = {}

    def __call__(self, person_id: UUID, org_id: UUID) -> bool:
        key = (person_id, org_id)
        if key not in self._known:
            self._known[key] = may_mark(self._session, self._actor, person_id, org_id, self._at)
        return self._known[key]


def marking_queue(session: Session, actor: Actor, at: datetime) -> list[MarkingCard]:
    """Return the answers that wait for a person and are within the actor's reach, longest waiting first."""
    later = aliased(Grade)
    rows = session.execute(
        sa.select(
            Attempt,
            AttemptItem,
            Grade.status,
            Entry.alias,
            AttestationSession.title,
            AttestationSession.org_id,
            Item.title.label("item"),
        )
        .join(AttemptItem, AttemptItem.attempt_id == Attempt.id)
        .join(Grade, Grade.attempt_item_id == AttemptItem.id)
        .join(Entry, Entry.id == Attempt.entry_id)
        .join(AttestationSession, AttestationSession.id == Attempt.session_id)
        .join(ItemVersion, ItemVersion.id == AttemptItem.item_version_id)
        .join(Item, Item.id == ItemVersion.item_id)
        .where(
            Attempt.state == AttemptState.GRADING,
            Grade.status.in_(OPEN_MARKS),
            ~sa.exists().where(later.attempt_item_id == Grade.attempt_item_id, later.number > Grade.number),
        )
        .order_by(Attempt.ended_at, AttemptItem.slot)
    )
    in_reach = _Reach(session, actor, at)
    return [
        MarkingCard(item.id, attempt.id, alias, title, item_title, item.slot, status, attempt.ended_at)
        for attempt, item, status, alias, title, org_id, item_title in rows
        if in_reach(attempt.person_id, org_id)
    ]


def marking_view(
    session: Session, types: Registry[QuestionType], actor: Actor, attempt_item_id: UUID, at: datetime
) -> MarkingView:
    """Return one answer to be marked (or marked before); raise NotFound ``assessment.no_answer``."""
    row = session.execute(
        sa.select(AttemptItem, ItemVersion, Item, Attempt, Entry.alias, AttestationSession.title)
        .join(ItemVersion, ItemVersion.id == AttemptItem.item_version_id)
        .join(Item, Item.id == ItemVersion.item_id)
        .join(Attempt, Attempt.id == AttemptItem.attempt_id)
        .join(Entry, Entry.id == Attempt.entry_id)
        .join(AttestationSession, AttestationSession.id == Attempt.session_id)
        .where(AttemptItem.id == attempt_item_id)
    ).first()
    if row is None or row[3].ended_at is None:
        raise NotFound("assessment.no_answer")
    item, version, name, attempt, alias, title = row
    grade = current_grades(session, attempt.id).get(item.id)
    events = session.scalars(sa.select(ResponseEvent).where(ResponseEvent.attempt_id == attempt.id)).all()
    answers = fold(events, accept_late_until=late_accepted_until(session, attempt.id))
    fields = answers.get(item.slot, EMPTY).fields
    queue = [card for card in marking_queue(session, actor, at) if card.attempt_item_id != attempt_item_id]
    status = MarkStatus.NEEDS_MARKING if grade is None else grade.status
    return MarkingView(
        card=MarkingCard(item.id, attempt.id, alias, title, name.title, item.slot, status, attempt.ended_at),
        prompt=asked(types, version, item.variant_seed),
        type=version.type,
        response=describe_answer(types, version, item.variant_seed, fields),
        points=item.points,
        rubric=tuple(version.content.get("rubric", ())),
        model_answer=version.content.get("model_answer") or None,
        status=status,
        fraction=None if grade is None else grade.fraction,
        comment="" if grade is None else grade.comment,
        notes=() if grade is None else tuple(grade.notes),
        next_id=queue[0].attempt_item_id if queue else None,
        waiting=len(queue),
        files=files_of_answer(session, attempt.id, item.slot, fields.get("file", ())),
    )


def late_queue(session: Session, actor: Actor, at: datetime) -> list[LateCard]:
    """Return the attempts with late operations (after the end, or in a break) on which nobody has decided yet."""
    decided = (
        sa.select(LateDecision.attempt_id, sa.func.max(LateDecision.until).label("until"))
        .group_by(LateDecision.attempt_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(Attempt, Entry.alias, AttestationSession, ResponseEvent.slot, ResponseEvent.t_server)
        .join(ResponseEvent, ResponseEvent.attempt_id == Attempt.id)
        .join(Entry, Entry.id == Attempt.entry_id)
        .join(AttestationSession, AttestationSession.id == Attempt.session_id)
        .outerjoin(decided, decided.c.attempt_id == Attempt.id)
        .where(
            ResponseEvent.is_late,
            ResponseEvent.slot > 0,
            Attempt.state.in_((AttemptState.GRADING, AttemptState.GRADED)),
            sa.or_(decided.c.until.is_(None), ResponseEvent.t_server > decided.c.until),
        )
        .order_by(ResponseEvent.t_server)
    ).all()
    in_reach = _Reach(session, actor, at)
    found: dict[UUID, list[tuple[Attempt, str, str, int, datetime]]] = {}
    for attempt, alias, occasion, slot, t_server in rows:
        if in_reach(attempt.person_id, occasion.org_id):
            found.setdefault(attempt.id, []).append((attempt, alias, occasion.title, slot, t_server))
    pauses = _pauses_of(session, found)
    return [_late_card(attempt_id, late, pauses.get(attempt_id, [])) for attempt_id, late in found.items()]


def _late_card(
    attempt_id: UUID,
    late: list[tuple[Attempt, str, str, int, datetime]],
    pauses: list[tuple[datetime, datetime | None]],
) -> LateCard:
    """Say of what came late when it came, and whether in a break or to a question that was left."""
    attempt = late[0][0]
    in_break = {t for *_rest, t in late if any(start <= t <= (end or t) for start, end in pauses)}
    before_end = {t for *_rest, t in late if t <= attempt.deadline_at}
    return LateCard(
        attempt_id=attempt_id,
        alias=late[0][1],
        exam_title=late[0][2],
        deadline_at=attempt.deadline_at,
        count=len(late),
        slots=tuple(sorted({slot for *_rest, slot, _at in late})),
        first_at=late[0][4],
        last_at=late[-1][4],
        in_break=bool(in_break),
        after_leaving=attempt.reached > 0 and bool(before_end - in_break),
    )


def _pauses_of(
    session: Session, attempt_ids: Iterable[UUID]
) -> dict[UUID, list[tuple[datetime, datetime | None]]]:
    """Return when the clock of each attempt stood still."""
    found: dict[UUID, list[tuple[datetime, datetime | None]]] = {}
    for batch in bulk_in(attempt_ids):
        rows = session.execute(
            sa.select(AttemptPause.attempt_id, AttemptPause.started_at, AttemptPause.ended_at).where(
                AttemptPause.attempt_id.in_(batch)
            )
        )
        for attempt_id, start, end in rows:
            found.setdefault(attempt_id, []).append((start, end))
    return found


def results_to_release(
    session: Session, gates: Iterable[AttemptGate], actor: Actor, at: datetime
) -> list[ReleaseCard]:
    """Return proposed results within the actor's reach, with what still keeps each of them back."""
    graded = sa.select(Attempt.id).where(Attempt.state == AttemptState.GRADED)
    results = results_where(session, Result.state == ResultState.PROPOSED, Result.attempt_id.in_(graded))
    in_reach = _Reach(session, actor, at)
    gates = list(gates)
    aliases = {
        entry_id: alias
        for entry_id, alias in session.execute(
            sa.select(Entry.id, Entry.alias).where(Entry.id.in_([result.entry_id for result in results]))
        )
    }
    return [
        ReleaseCard(
            result,
            aliases[result.entry_id],
            tuple(gate.may_release(session, result.attempt_id, at) for gate in gates),
            has_undecided_late(session, result.attempt_id),
        )
        for result in results
        if in_reach(result.person_id, result.org_id)
    ]
