"""Read which works of a session share passages of text, for those alone who mark both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.access_rules import may_mark
from lms.assessment.contracts import QuestionType
from lms.assessment.models import Attempt, AttemptItem, AttestationSession, Entry, Item, ItemVersion
from lms.assessment.queries.attempts import asked, describe_answer
from lms.assessment.queries.marking import fields_of_answers
from lms.assessment.rules.winnowing import Pair, Passage, Word, compare, similar_pairs, words_of
from lms.assessment.service.contents import contents_of
from lms.core.actor import Actor
from lms.core.errors import NotFound
from lms.core.registry import Registry

__all__ = ["SideBySide", "SimilarQuestion", "TextOfWork", "side_by_side", "similar_works"]

#: Types whose answers are texts that people write themselves.
TEXTS = frozenset({"essay"})


@dataclass(frozen=True, slots=True)
class TextOfWork:
    """One answer as a text, under its alias."""

    attempt_item_id: UUID
    alias: str
    text: str


@dataclass(frozen=True, slots=True)
class SimilarQuestion:
    """One question of a session with the pairs of answers that share passages."""

    title: str
    texts: int
    pairs: tuple[tuple[TextOfWork, TextOfWork, Pair[UUID]], ...]


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Two answers to one question with what they share."""

    session_id: UUID
    person_ids: tuple[UUID, UUID]
    title: str
    left: TextOfWork
    right: TextOfWork
    words: tuple[list[Word], list[Word]]
    passages: tuple[Passage, ...]


def similar_works(
    session: Session, types: Registry[QuestionType], actor: Actor, session_id: UUID, at: datetime
) -> list[SimilarQuestion]:
    """Return for each question with texts the pairs of works, within the actor's reach, that share passages."""
    rows = session.execute(
        sa.select(AttemptItem, Attempt.person_id, Entry.alias, AttestationSession.org_id, Item.title)
        .join(Attempt, Attempt.id == AttemptItem.attempt_id)
        .join(Entry, Entry.id == Attempt.entry_id)
        .join(AttestationSession, AttestationSession.id == Attempt.session_id)
        .join(ItemVersion, ItemVersion.id == AttemptItem.item_version_id)
        .join(Item, Item.id == ItemVersion.item_id)
        .where(Attempt.session_id == session_id, Attempt.ended_at.is_not(None), ItemVersion.type.in_(TEXTS))
        .order_by(Item.title, Entry.alias)
    ).all()
    reach = {
        person: may_mark(session, actor, person, org_id, at)
        for person, org_id in {(row[1], row[3]) for row in rows}
    }
    groups: dict[UUID, tuple[str, list[tuple[AttemptItem, str]]]] = {}
    for item, person, alias, _org, title in rows:
        if reach[person]:
            groups.setdefault(item.item_version_id, (title, []))[1].append((item, alias))
    return [
        _question(session, types, version_id, title, works) for version_id, (title, works) in groups.items()
    ]


def _question(
    session: Session,
    types: Registry[QuestionType],
    version_id: UUID,
    title: str,
    works: list[tuple[AttemptItem, str]],
) -> SimilarQuestion:
    texts = {
        text.attempt_item_id: text for text in _texts(session, types, version_id, works) if text.text.strip()
    }
    template = asked(types, contents_of(session, [version_id])[version_id], works[0][0].variant_seed)
    pairs = similar_pairs({key: text.text for key, text in texts.items()}, template)
    shown = tuple((texts[pair.left], texts[pair.right], pair) for pair in pairs)
    return SimilarQuestion(title, len(texts), shown)


def _texts(
    session: Session,
    types: Registry[QuestionType],
    version_id: UUID,
    works: list[tuple[AttemptItem, str]],
) -> list[TextOfWork]:
    version = contents_of(session, [version_id])[version_id]
    fields = fields_of_answers(session, [item for item, _alias in works])
    return [
        TextOfWork(
            item.id,
            alias,
            describe_answer(types, version, item.variant_seed, fields.get(item.id, {})) or "",
        )
        for item, alias in works
    ]


def side_by_side(
    session: Session, types: Registry[QuestionType], left_id: UUID, right_id: UUID
) -> SideBySide:
    """Return two answers to the same question of one session; raise NotFound ``assessment.no_answer``."""
    rows = {
        row[0].id: row
        for row in session.execute(
            sa.select(AttemptItem, Attempt, Entry.alias, Item.title, ItemVersion.type)
            .join(Attempt, Attempt.id == AttemptItem.attempt_id)
            .join(Entry, Entry.id == Attempt.entry_id)
            .join(ItemVersion, ItemVersion.id == AttemptItem.item_version_id)
            .join(Item, Item.id == ItemVersion.item_id)
            .where(AttemptItem.id.in_((left_id, right_id)), Attempt.ended_at.is_not(None))
        )
    }
    left, right = rows.get(left_id), rows.get(right_id)
    if left is None or right is None or left_id == right_id or left[4] not in TEXTS:
        raise NotFound("assessment.no_answer")
    if (left[0].item_version_id, left[1].session_id) != (right[0].item_version_id, right[1].session_id):
        raise NotFound("assessment.no_answer")
    version_id = left[0].item_version_id
    first, second = _texts(session, types, version_id, [(left[0], left[2]), (right[0], right[2])])
    words = (words_of(first.text), words_of(second.text))
    template = asked(types, contents_of(session, [version_id])[version_id], left[0].variant_seed)
    return SideBySide(
        left[1].session_id,
        (left[1].person_id, right[1].person_id),
        left[3],
        first,
        second,
        words,
        tuple(compare(*words, words_of(template))),
    )
