"""Replay the marking of a session and read what a replay would change.

A thousand works are replayed without one statement for each: works are read in portions, four statements a portion.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.contracts import QuestionType
from lms.assessment.marking_models import RegradeBatch, RegradeRow
from lms.assessment.models import (
    Attempt,
    AttemptItem,
    AttestationSession,
    BlueprintVersion,
    Entry,
    Grade,
    Item,
    ItemVersion,
    LateDecision,
    ResponseEvent,
)
from lms.assessment.queries.key_choices import KeyUse, keys_of_batch, require_same_questions
from lms.assessment.rules.blueprint import Plan
from lms.assessment.rules.conduct import certainty_notes
from lms.assessment.rules.items import mark_fields_safely
from lms.assessment.rules.scoring import Earned, Score, mark_for, score_of
from lms.assessment.service.contents import ItemContent, contents_of
from lms.assessment.service.marking import mark_answers, policy_of
from lms.assessment.types import AttemptState, GradeSource, MarkStatus, OperationKind, RegradeState
from lms.core.db import fetch, key_of, known_id
from lms.core.errors import NotFound
from lms.core.registry import Registry

__all__ = [
    "BatchView",
    "Change",
    "ChangeCard",
    "MarkMove",
    "Replay",
    "Standing",
    "attempts_of_batch",
    "batch_view",
    "batches_of",
    "plans_of",
    "replay_session",
    "standing_grades",
    "work_score",
]

#: Works read at once.
PORTION = 100
#: Works whose answers are marked and may be marked again; the annulled ones and the running ones are left alone.
MARKED = (AttemptState.GRADING, AttemptState.GRADED, AttemptState.RELEASED)
#: How a grade without notes is stored.
NO_NOTES = "[]"
BY_A_PERSON = frozenset({GradeSource.HUMAN, GradeSource.APPEAL})


@dataclass(frozen=True, slots=True)
class Change:
    """One answer whose mark would change; ``grade_id`` is the grade that stands."""

    attempt_item_id: UUID
    grade_id: UUID
    status: MarkStatus
    fraction: Decimal | None
    notes: tuple[str, ...]
    grader: str


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay found: how many answers were marked again, and those whose mark would change.

    ``keys`` are the questions marked by the key of another version: the version that was asked to the one that marks.
    """

    session_id: UUID
    checked: int
    changes: tuple[Change, ...]
    keys: Mapping[UUID, UUID] = field(default_factory=dict)


def replay_session(
    session: Session,
    types: Registry[QuestionType],
    session_id: UUID,
    keys: Mapping[UUID, UUID] | None = None,
) -> Replay:
    """Mark every answer of a session's ended works again and return what differs; nothing is written.

    ``keys`` names versions whose key takes the place of a wrong one (see `key_choices`). What a person marked is left alone: a
    machine never overrides a person. Raises what `require_same_questions` raises.
    """
    keys = dict(keys or {})
    require_same_questions(session, types, session_id, keys)
    works = session.execute(
        sa.select(Attempt.id, Attempt.blueprint_version_id)
        .where(Attempt.session_id == session_id, Attempt.state.in_(MARKED))
        .order_by(Attempt.id)
    ).all()
    plans = plans_of(session, (version_id for _id, version_id in works))
    conduct = {attempt_id: plans[version_id].conduct for attempt_id, version_id in works}
    checked, changes = 0, list[Change]()
    for portion in _portions(list(conduct)):
        questions = _questions(session, portion, keys)
        events, until = _events(session, portion), _late(session, portion)
        standing = standing_grades(session, portion)
        for attempt_id in portion:
            marked = mark_answers(
                types,
                questions[attempt_id],
                events[attempt_id],
                until.get(attempt_id),
                conduct[attempt_id],
                mark_fields_safely,
            )
            for item, found, grader in marked:
                before = standing[item.id]
                checked += 1
                if before.source in BY_A_PERSON or _told(before) == _told(found):
                    continue
                change = (found.status, found.fraction, found.notes, grader)
                changes.append(Change(known_id(item.id), known_id(before.key), *change))
    return Replay(session_id, checked, tuple(changes), keys)


def _told(mark: Any) -> tuple[MarkStatus, Decimal | None, tuple[str, ...]]:
    """Return what of a mark counts: its status, its share, and how sure the student was."""
    return mark.status, mark.fraction, certainty_notes(mark.notes)


def plans_of(session: Session, version_ids: Iterable[UUID]) -> dict[UUID, Plan]:
    """Return the plans of blueprint versions."""
    rows = session.execute(
        sa.select(BlueprintVersion.id, BlueprintVersion.plan).where(BlueprintVersion.id.in_(set(version_ids)))
    )
    return {version_id: Plan.from_document(document) for version_id, document in rows}


def work_score(plan: Plan, rows: Iterable[Any]) -> Score | None:
    """Return what the grades of a work come to (rows with status, fraction, points, notes, item_version_id)."""
    earned = (Earned(r.status, r.fraction, r.points, r.notes, r.item_version_id) for r in rows)
    return score_of(plan.adaptive, earned)


def _portions(ids: Sequence[UUID]) -> Iterator[list[UUID]]:
    for start in range(0, len(ids), PORTION):
        yield list(ids[start : start + PORTION])


class _Answered(NamedTuple):
    """A question of a work as it is marked; ``id`` is the key as the engine gives it (see `lms.core.db.key_of`)."""

    id: Any
    slot: int
    variant_seed: int
    key: ItemContent


_ANSWERED = sa.select(
    key_of(AttemptItem.attempt_id),
    key_of(AttemptItem.id),
    AttemptItem.slot,
    AttemptItem.variant_seed,
    key_of(AttemptItem.item_version_id),
    key_of(AttemptItem.key_version_id),
).where(AttemptItem.attempt_id.in_(sa.bindparam("attempt_ids", expanding=True)))


def _questions(
    session: Session, attempt_ids: list[UUID], keys: Mapping[UUID, UUID]
) -> dict[UUID, list[_Answered]]:
    """Return the questions of works with the versions whose keys mark them."""
    rows = fetch(session, _ANSWERED, attempt_ids=attempt_ids)
    marks_by = {
        pair: keys.get(known_id(pair[0]), known_id(pair[1] or pair[0]))
        for pair in {(version, key) for *_, version, key in rows}
    }
    contents = contents_of(session, marks_by.values())
    found: dict[UUID, list[_Answered]] = defaultdict(list)
    for attempt, item, slot, seed, version, key in rows:
        found[known_id(attempt)].append(_Answered(item, slot, seed, contents[marks_by[version, key]]))
    return found


_EVENTS = sa.select(
    key_of(ResponseEvent.attempt_id),
    ResponseEvent.kind,
    ResponseEvent.slot,
    sa.type_coerce(ResponseEvent.payload, sa.Text),
    ResponseEvent.client_seq,
    ResponseEvent.t_server,
    key_of(ResponseEvent.op_id),
    ResponseEvent.is_late,
    ResponseEvent.late_no,
    ResponseEvent.check_no,
).where(ResponseEvent.attempt_id.in_(sa.bindparam("attempt_ids", expanding=True)))


class _Event(NamedTuple):
    """An operation as plain values: a row of the ORM would cost more than the mark."""

    attempt_key: Any
    kind: OperationKind
    slot: int
    payload: dict[str, Any]
    client_seq: int
    t_server: datetime
    op_id: Any
    is_late: bool
    late_no: int | None
    check_no: int


#: Read what was sent; many students send the same. Nobody writes into it.
_payload = lru_cache(maxsize=10_000)(json.loads)


def _events(session: Session, attempt_ids: list[UUID]) -> dict[UUID, list[_Event]]:
    """Return the operations of works."""
    found: dict[UUID, list[_Event]] = defaultdict(list)
    for key, kind, slot, sent, *rest in fetch(session, _EVENTS, attempt_ids=attempt_ids):
        found[known_id(key)].append(_Event(key, kind, slot, _payload(sent), *rest))
    return found


def _late(session: Session, attempt_ids: list[UUID]) -> dict[UUID, int]:
    """Return up to which late number operations of a work count; the newest decision counts."""
    rows = session.execute(
        sa.select(LateDecision.attempt_id, LateDecision.is_accepted, LateDecision.until)
        .where(LateDecision.attempt_id.in_(attempt_ids))
        .order_by(LateDecision.number)
    )
    newest = {attempt_id: (accepted, until) for attempt_id, accepted, until in rows}
    return {key: until for key, (accepted, until) in newest.items() if accepted}


class Standing(NamedTuple):
    """The grade that stands for an answer, with what its question is worth; ``key`` and ``item`` as the engine gives them."""

    item: Any
    key: Any
    number: int
    status: MarkStatus
    fraction: Decimal | None
    source: GradeSource
    notes: Sequence[str]
    attempt_id: UUID
    item_version_id: UUID
    points: Decimal


_STANDING = (
    sa.select(
        key_of(Grade.attempt_item_id),
        key_of(Grade.id),
        Grade.number,
        Grade.status,
        Grade.fraction,
        Grade.source,
        sa.type_coerce(Grade.notes, sa.Text),
        key_of(AttemptItem.attempt_id),
        key_of(AttemptItem.item_version_id),
        AttemptItem.points,
    )
    .join(AttemptItem, AttemptItem.id == Grade.attempt_item_id)
    .where(AttemptItem.attempt_id.in_(sa.bindparam("attempt_ids", expanding=True)))
    .order_by(Grade.number)
)


def standing_grades(session: Session, attempt_ids: Iterable[UUID]) -> dict[Any, Standing]:
    """Return the grade that stands for each answer of works, by the answer's key."""
    found: dict[Any, Standing] = {}
    for row in fetch(session, _STANDING, attempt_ids=list(attempt_ids)):
        item, key, number, status, fraction, source, notes, attempt, version, points = row
        told = () if notes == NO_NOTES else tuple(json.loads(notes))
        ids = known_id(attempt), known_id(version)
        found[item] = Standing(item, key, number, status, fraction, source, told, *ids, points)
    return found


@dataclass(frozen=True, slots=True)
class ChangeCard:
    """One change as it is shown: under the alias, never the name."""

    alias: str
    slot: int
    item_title: str
    before_status: MarkStatus
    before: Decimal | None
    after_status: MarkStatus
    after: Decimal | None
    points: Decimal


@dataclass(frozen=True, slots=True)
class MarkMove:
    """What a batch does to the mark of a work; None where a person still has to mark something."""

    alias: str
    before: str | None
    after: str | None
    is_released: bool


@dataclass(frozen=True, slots=True)
class BatchView:
    """A replay with what it would change."""

    id: UUID
    session_id: UUID
    org_id: UUID
    title: str
    reason: str
    state: RegradeState
    checked: int
    changed: int
    created_at: datetime
    decided_at: datetime | None
    changes: tuple[ChangeCard, ...] = ()
    moves: tuple[MarkMove, ...] = ()
    keys: tuple[KeyUse, ...] = ()


def batches_of(session: Session, session_id: UUID) -> list[BatchView]:
    """Return the replays of a session, newest first, without their changes."""
    return _batches(session, RegradeBatch.session_id == session_id)


def _batches(session: Session, where: sa.ColumnElement[bool]) -> list[BatchView]:
    rows = session.execute(
        sa.select(RegradeBatch, AttestationSession.org_id, AttestationSession.title)
        .join(AttestationSession, AttestationSession.id == RegradeBatch.session_id)
        .where(where)
        .order_by(RegradeBatch.created_at.desc(), RegradeBatch.id)
    )
    return [
        BatchView(
            row.id,
            row.session_id,
            org_id,
            title,
            row.reason,
            row.state,
            row.checked,
            row.changed,
            row.created_at,
            row.decided_at,
        )
        for row, org_id, title in rows
    ]


def batch_view(session: Session, batch_id: UUID, *, most: int = 200) -> BatchView:
    """Return a replay with its first ``most`` changes and what they do to marks; raise NotFound ``assessment.no_regrade``."""
    found = _batches(session, RegradeBatch.id == batch_id)
    if not found:
        raise NotFound("assessment.no_regrade")
    rows = session.execute(
        sa.select(RegradeRow, AttemptItem.slot, AttemptItem.points, Item.title, Entry.alias, Grade)
        .join(AttemptItem, AttemptItem.id == RegradeRow.attempt_item_id)
        .join(ItemVersion, ItemVersion.id == AttemptItem.item_version_id)
        .join(Item, Item.id == ItemVersion.item_id)
        .join(Attempt, Attempt.id == AttemptItem.attempt_id)
        .join(Entry, Entry.id == Attempt.entry_id)
        .join(Grade, Grade.id == RegradeRow.grade_id)
        .where(RegradeRow.batch_id == batch_id)
        .order_by(AttemptItem.slot, Entry.alias)
        .limit(most)
    )
    changes = tuple(
        ChangeCard(alias, slot, title, grade.status, grade.fraction, row.status, row.fraction, points)
        for row, slot, points, title, alias, grade in rows
    )
    batch = found[0]
    values = {name: getattr(batch, name) for name in BatchView.__slots__}
    told = {"changes": changes, "moves": tuple(_moves(session, batch_id, most))}
    return BatchView(**{**values, **told, "keys": keys_of_batch(session, batch_id)})


def attempts_of_batch(session: Session, batch_id: UUID) -> list[UUID]:
    """Return the works in which a batch changes something, in one order."""
    return list(
        session.scalars(
            sa.select(AttemptItem.attempt_id)
            .join(RegradeRow, RegradeRow.attempt_item_id == AttemptItem.id)
            .where(RegradeRow.batch_id == batch_id)
            .distinct()
            .order_by(AttemptItem.attempt_id)
        )
    )


def _moves(session: Session, batch_id: UUID, most: int) -> Iterator[MarkMove]:
    """Yield the works whose mark changes, or whose released result a new one will follow."""
    found = {
        row.attempt_item_id: row
        for row in session.scalars(sa.select(RegradeRow).where(RegradeRow.batch_id == batch_id))
    }
    for portion in _portions(attempts_of_batch(session, batch_id)[:most]):
        grades: dict[UUID, list[Any]] = defaultdict(list)
        for row in standing_grades(session, portion).values():
            grades[row.attempt_id].append(row)
        works = session.execute(
            sa.select(Attempt.id, Attempt.state, Attempt.blueprint_version_id, Entry.alias)
            .join(Entry, Entry.id == Attempt.entry_id)
            .where(Attempt.id.in_(portion))
            .order_by(Entry.alias)
        ).all()
        versions = {work[2] for work in works}
        plans, policies = (
            plans_of(session, versions),
            {key: policy_of(session, key)[1] for key in versions},
        )
        for attempt_id, state, version_id, alias in works:
            rows = grades[attempt_id]
            scores = (
                work_score(plans[version_id], rows),
                work_score(plans[version_id], [_after(row, found.get(known_id(row.item))) for row in rows]),
            )
            before, after = (
                None if score is None else mark_for(policies[version_id], score.score)[0] for score in scores
            )
            if before != after:
                yield MarkMove(alias, before, after, state is AttemptState.RELEASED)


def _after(row: Any, change: RegradeRow | None) -> Earned:
    """Return what an answer earns once the change is written."""
    found = row if change is None else change
    return Earned(found.status, found.fraction, row.points, found.notes, row.item_version_id)
