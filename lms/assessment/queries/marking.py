"""Read what waits for people: answers to mark, late operations to decide on, results to release. Blind: no names."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from lms.assessment.access_rules import judged_by, markable_among
from lms.assessment.contracts import QuestionType
from lms.assessment.marking_models import DoubleMarking, MarkOpinion
from lms.assessment.models import (
    AnswerFile,
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
from lms.assessment.queries.attempts import AttemptHead, asked, attempt_head, describe_answer
from lms.assessment.queries.exams import results_where
from lms.assessment.queries.views import (
    LateCard,
    MarkingCard,
    MarkingView,
    OpinionCard,
    ReleaseCard,
    SameAnswer,
    SameQuestion,
)
from lms.assessment.question_types.maths import Maths, maths_key
from lms.assessment.rules.responses import EMPTY, fold
from lms.assessment.rules.second_marks import Turn, turn_after
from lms.assessment.service.contents import contents_of
from lms.assessment.service.lateness import has_undecided_late
from lms.assessment.service.marking import current_grades, late_accepted_until, what_stands
from lms.assessment.service.second_marks import opinions_on
from lms.assessment.types import OPEN_MARKS, AttemptState, Fields, MarkStatus, ResultState
from lms.core.actor import Actor
from lms.core.db import bulk_in
from lms.core.errors import NotFound
from lms.core.registry import Registry

__all__ = [
    "answer_ids",
    "fields_of_answers",
    "head_of_answer",
    "late_queue",
    "marked_queue",
    "marking_queue",
    "marking_view",
    "results_to_release",
    "same_question",
]


class _Reach:
    """Know whom of some people (person, organisation) the actor may mark; all of them are asked about together."""

    def __init__(
        self, session: Session, actor: Actor, at: datetime, pairs: Iterable[tuple[UUID, UUID]]
    ) -> None:
        people: dict[UUID, set[UUID]] = {}
        for person_id, org_id in pairs:
            people.setdefault(org_id, set()).add(person_id)
        self._within = {
            org_id: markable_among(session, actor, org_id, ids, at) for org_id, ids in people.items()
        }

    def __call__(self, person_id: UUID, org_id: UUID) -> bool:
        return person_id in self._within[org_id]


def marking_queue(session: Session, actor: Actor, at: datetime) -> list[MarkingCard]:
    """Return the answers that wait for a person and are within the actor's reach, longest waiting first.

    An answer on which the actor has given an opinion waits for somebody else.
    """
    return _queue(session, actor, at, sa.true())


def marked_queue(session: Session, actor: Actor, at: datetime) -> list[MarkingCard]:
    """Return the answers that the actor has marked alone and that are not released, by the end of their works.

    Until the release a slip can still be put right, and words can be added.
    """
    return _queue(session, actor, at, Grade.graded_by == actor.person_id, is_marked=True)


#: Which newest grades wait for a person, and which a person may still change: those that nobody has released.
_WAITS = sa.and_(Attempt.state == AttemptState.GRADING, Grade.status.in_(OPEN_MARKS))
_IS_MARKED = sa.and_(
    Attempt.state.in_((AttemptState.GRADING, AttemptState.GRADED)),
    Grade.status.not_in(OPEN_MARKS),
    Grade.fraction.is_not(None),
    DoubleMarking.session_id.is_(None),
)


def _queue(
    session: Session, actor: Actor, at: datetime, where: sa.ColumnElement[bool], *, is_marked: bool = False
) -> list[MarkingCard]:
    later = aliased(Grade)
    given = sa.select(sa.func.count()).where(MarkOpinion.attempt_item_id == AttemptItem.id).scalar_subquery()
    own = sa.exists().where(
        MarkOpinion.attempt_item_id == AttemptItem.id, MarkOpinion.marker_id == actor.person_id
    )
    rows = session.execute(
        sa.select(
            Attempt.person_id,
            Attempt.ended_at,
            AttemptItem,
            Grade.status,
            Entry.alias,
            AttestationSession.title,
            AttestationSession.org_id,
            Item.title,
            DoubleMarking.session_id,
            given,
        )
        .join(AttemptItem, AttemptItem.attempt_id == Attempt.id)
        .join(Grade, Grade.attempt_item_id == AttemptItem.id)
        .join(Entry, Entry.id == Attempt.entry_id)
        .join(AttestationSession, AttestationSession.id == Attempt.session_id)
        .join(ItemVersion, ItemVersion.id == AttemptItem.item_version_id)
        .join(Item, Item.id == ItemVersion.item_id)
        .outerjoin(DoubleMarking, DoubleMarking.session_id == Attempt.session_id)
        .where(
            where,
            _IS_MARKED if is_marked else _WAITS,
            ~sa.exists().where(later.attempt_item_id == Grade.attempt_item_id, later.number > Grade.number),
            sa.or_(DoubleMarking.session_id.is_(None), ~own),
            judged_by(actor, Attempt.session_id),
        )
        .order_by(Attempt.ended_at, AttemptItem.slot)
    ).all()
    in_reach = _Reach(session, actor, at, ((row[0], row[6]) for row in rows))
    return [
        MarkingCard(
            item.id,
            item.attempt_id,
            alias,
            title,
            item_title,
            item.slot,
            status,
            ended_at,
            item.item_version_id,
            Turn.ONCE if double is None else turn_after(count),
        )
        for person_id, ended_at, item, status, alias, title, org_id, item_title, double, count in rows
        if in_reach(person_id, org_id)
    ]


def same_question(
    session: Session, types: Registry[QuestionType], actor: Actor, attempt_item_id: UUID, at: datetime
) -> SameQuestion:
    """Return the answers to one question of one session, side by side: those that wait, then those that have their mark.

    Raises NotFound ``assessment.no_answer`` when the actor can mark none of them any more.
    """
    like = session.execute(
        sa.select(AttemptItem.item_version_id, Attempt.session_id)
        .join(Attempt, Attempt.id == AttemptItem.attempt_id)
        .where(AttemptItem.id == attempt_item_id)
    ).first()
    if like is None:
        raise NotFound("assessment.no_answer")
    same = sa.and_(AttemptItem.item_version_id == like[0], Attempt.session_id == like[1])
    cards = _queue(session, actor, at, same) + _queue(session, actor, at, same, is_marked=True)
    if not cards:
        raise NotFound("assessment.no_answer")
    items = {
        item.id: item
        for batch in bulk_in(card.attempt_item_id for card in cards)
        for item in session.scalars(sa.select(AttemptItem).where(AttemptItem.id.in_(batch)))
    }
    version = contents_of(session, [like[0]])[like[0]]
    fields = fields_of_answers(session, items.values())
    standing = _standing(session, items.values())
    first = items[cards[0].attempt_item_id]
    return SameQuestion(
        exam_title=cards[0].exam_title,
        item_title=cards[0].item_title,
        prompt=asked(types, version, first.variant_seed),
        points=first.points,
        answers=tuple(
            SameAnswer(
                card,
                describe_answer(
                    types,
                    version,
                    items[card.attempt_item_id].variant_seed,
                    fields.get(card.attempt_item_id, {}),
                ),
                *standing[card.attempt_item_id],
            )
            for card in sorted(cards, key=lambda card: (card.status not in OPEN_MARKS, card.alias))
        ),
    )


def _standing(session: Session, items: Iterable[AttemptItem]) -> dict[UUID, tuple[Decimal | None, str]]:
    """Return what stands for each of many answers: its share of the points, and the sign of it."""
    wanted = {item.id: item.attempt_id for item in items}
    grades: dict[UUID, Grade] = {}
    for batch in bulk_in(wanted):
        rows = sa.select(Grade).where(Grade.attempt_item_id.in_(batch)).order_by(Grade.number)
        grades |= {grade.attempt_item_id: grade for grade in session.scalars(rows)}
    decided: dict[UUID, LateDecision] = {}
    for batch in bulk_in(set(wanted.values())):
        late = sa.select(LateDecision).where(LateDecision.attempt_id.in_(batch)).order_by(LateDecision.number)
        decided |= {decision.attempt_id: decision for decision in session.scalars(late)}
    found = {}
    for item_id, attempt_id in wanted.items():
        grade, decision = grades.get(item_id), decided.get(attempt_id)
        until = decision.until if decision is not None and decision.is_accepted else None
        found[item_id] = (None if grade is None else grade.fraction, what_stands(grade, until))
    return found


def head_of_answer(session: Session, attempt_item_id: UUID) -> AttemptHead:
    """Return the attempt to which an answer belongs; raise NotFound ``assessment.no_answer``."""
    attempt_id = session.scalar(sa.select(AttemptItem.attempt_id).where(AttemptItem.id == attempt_item_id))
    if attempt_id is None:
        raise NotFound("assessment.no_answer")
    return attempt_head(session, attempt_id)


def answer_ids(session: Session, attempt_id: UUID) -> list[tuple[int, UUID]]:
    """Return the questions of an attempt that earn points, in order: number and id of the answer."""
    rows = session.execute(
        sa.select(AttemptItem.slot, AttemptItem.id)
        .where(AttemptItem.attempt_id == attempt_id, AttemptItem.points > 0)
        .order_by(AttemptItem.slot)
    )
    return [(slot, item_id) for slot, item_id in rows]


def fields_of_answers(session: Session, items: Iterable[AttemptItem]) -> dict[UUID, Fields]:
    """Return what stands for each of many answers (of different works); late ones count as a teacher decided."""
    wanted = {item.attempt_id: item for item in items}
    found: dict[UUID, Fields] = {}
    for batch in bulk_in(wanted):
        events: dict[UUID, list[ResponseEvent]] = {}
        for event in session.scalars(sa.select(ResponseEvent).where(ResponseEvent.attempt_id.in_(batch))):
            if event.slot == wanted[event.attempt_id].slot:
                events.setdefault(event.attempt_id, []).append(event)
        for attempt_id, rows in events.items():
            until = late_accepted_until(session, attempt_id) if any(row.is_late for row in rows) else None
            item = wanted[attempt_id]
            found[item.id] = fold(rows, accept_late_until=until).get(item.slot, EMPTY).fields
    return found


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
    key = contents_of(session, (item.key_version_id or version.id,))[item.key_version_id or version.id]
    grade = current_grades(session, attempt.id).get(item.id)
    events = session.scalars(sa.select(ResponseEvent).where(ResponseEvent.attempt_id == attempt.id)).all()
    until = late_accepted_until(session, attempt.id)
    fields = fold(events, accept_late_until=until).get(item.slot, EMPTY).fields
    waiting = marking_queue(session, actor, at)
    own = next((card for card in waiting if card.attempt_item_id == attempt_item_id), None)
    queue = [card for card in waiting if card.attempt_item_id != attempt_item_id]
    turn = Turn.ONCE if own is None else own.turn
    status = MarkStatus.NEEDS_MARKING if grade is None else grade.status
    return MarkingView(
        card=MarkingCard(
            item.id,
            attempt.id,
            alias,
            title,
            name.title,
            item.slot,
            status,
            attempt.ended_at,
            version.id,
            turn,
        ),
        prompt=asked(types, version, item.variant_seed),
        type=version.type,
        response=describe_answer(types, version, item.variant_seed, fields),
        points=item.points,
        rubric=tuple(key.content.get("rubric", ())),
        model_answer=key.content.get("model_answer") or None,
        maths=maths_key(key.content) if version.type == Maths.name else None,
        status=status,
        fraction=None if grade is None else grade.fraction,
        comment="" if grade is None else grade.comment,
        notes=() if grade is None else tuple(grade.notes),
        next_id=queue[0].attempt_item_id if queue else None,
        waiting=len(queue),
        files=files_of_answer(session, attempt.id, item.slot, fields.get("file", ()), until),
        opinions=_opinions(session, item.id) if turn is Turn.ADJUDICATE else (),
        seen=what_stands(grade, until),
    )


def _opinions(session: Session, attempt_item_id: UUID) -> tuple[OpinionCard, ...]:
    """Return both opinions on an answer; only whoever has to decide between them sees them."""
    return tuple(OpinionCard(row.fraction, row.comment) for row in opinions_on(session, attempt_item_id))


def late_queue(session: Session, actor: Actor, at: datetime) -> list[LateCard]:
    """Return the attempts with late operations (after the end, or in a break) on which nobody has decided yet."""
    decided = (
        sa.select(LateDecision.attempt_id, sa.func.max(LateDecision.until).label("until"))
        .group_by(LateDecision.attempt_id)
        .subquery()
    )
    answers, files = (
        sa.select(model.attempt_id, model.slot, at_.label("came_at"), model.late_no).where(
            model.late_no.is_not(None), model.slot > 0
        )
        for model, at_ in ((ResponseEvent, ResponseEvent.t_server), (AnswerFile, AnswerFile.created_at))
    )
    late = answers.union_all(files).subquery()
    rows = session.execute(
        sa.select(Attempt, Entry.alias, AttestationSession, late.c.slot, late.c.came_at, late.c.late_no)
        .join(late, late.c.attempt_id == Attempt.id)
        .join(Entry, Entry.id == Attempt.entry_id)
        .join(AttestationSession, AttestationSession.id == Attempt.session_id)
        .outerjoin(decided, decided.c.attempt_id == Attempt.id)
        .where(
            judged_by(actor, Attempt.session_id),
            Attempt.state.in_((AttemptState.GRADING, AttemptState.GRADED, AttemptState.RELEASED)),
            late.c.late_no > sa.func.coalesce(decided.c.until, 0),
        )
        .order_by(late.c.came_at)
    ).all()
    in_reach = _Reach(session, actor, at, ((row[0].person_id, row[2].org_id) for row in rows))
    found: dict[UUID, list[tuple[Attempt, str, str, int, int, datetime]]] = {}
    for attempt, alias, occasion, slot, t_server, number in rows:
        if in_reach(attempt.person_id, occasion.org_id):
            found.setdefault(attempt.id, []).append((attempt, alias, occasion.title, number, slot, t_server))
    pauses = _pauses_of(session, found)
    return [_late_card(attempt_id, late, pauses.get(attempt_id, [])) for attempt_id, late in found.items()]


def _late_card(
    attempt_id: UUID,
    late: list[tuple[Attempt, str, str, int, int, datetime]],
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
        first_at=late[0][-1],
        last_at=late[-1][-1],
        in_break=bool(in_break),
        after_leaving=attempt.reached > 0 and bool(before_end - in_break),
        until=max(number for *_rest, number, _slot, _at in late),
        is_released=attempt.state is AttemptState.RELEASED,
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
    results = results_where(
        session,
        Result.state == ResultState.PROPOSED,
        Result.attempt_id.in_(graded),
        judged_by(actor, Result.session_id),
    )
    in_reach = _Reach(session, actor, at, ((result.person_id, result.org_id) for result in results))
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
