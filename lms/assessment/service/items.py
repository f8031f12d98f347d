"""Write banks and items: versions that never change, states, properties, and the terms that find them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lms.assessment.contracts import QUESTION_TYPES, ContentError, ItemTest
from lms.assessment.models import Bank, Item, ItemEnemy, ItemTerm, ItemVersion
from lms.assessment.rules.blueprint import content_hash
from lms.assessment.rules.items import (
    is_right_expected,
    key_tests,
    lacks_lesser,
    load_tests,
    run_tests,
    store_tests,
    why_not_ready,
)
from lms.assessment.rules.search import CHUNK, terms_of, with_bit
from lms.assessment.service.item_reviews import require_second_person, tell_reviewers
from lms.assessment.types import ItemState
from lms.core.db import bulk_in
from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.uow import UnitOfWork

__all__ = [
    "add_key_tests",
    "approve_item",
    "create_bank",
    "create_item",
    "describe_item",
    "make_enemies",
    "part_enemies",
    "rename_bank",
    "restore_item",
    "retire_item",
    "return_item",
    "revise_item",
    "set_item_tests",
    "submit_item",
]

TAGS_MAX, TAG_LENGTH, TESTS_MAX = 20, 40, 60


def create_bank(uow: UnitOfWork, *, org_id: UUID, title: str, subject: str) -> UUID:
    """Open an empty bank of items and return its id."""
    uow.require("assessment.author", org_id)
    bank = Bank(
        org_id=org_id, title=title, subject=subject, created_by=uow.actor.person_id, created_at=uow.now()
    )
    uow.session.add(bank)
    uow.session.flush()
    return bank.id


def rename_bank(uow: UnitOfWork, bank_id: UUID, *, title: str, subject: str) -> None:
    """Give a bank another title or subject."""
    bank = _own_bank(uow, bank_id)
    bank.title, bank.subject = title, subject


def create_item(
    uow: UnitOfWork,
    bank_id: UUID,
    *,
    title: str,
    type: str,  # noqa: A002 - the field's word
    content: Mapping[str, Any],
    tests: Iterable[ItemTest] = (),
    outcome_ids: Iterable[UUID] = (),
    tags: Iterable[str] = (),
    difficulty: Decimal | None = None,
) -> UUID:
    """Write the first version (a draft) of a new item and return the version's id."""
    bank = _own_bank(uow, bank_id, lock=True)
    uow.lock("item_term", bank.org_id)
    newest = uow.session.scalar(sa.select(sa.func.max(Item.number)).where(Item.bank_id == bank_id))
    last = uow.session.scalar(sa.select(sa.func.max(Item.place)).where(Item.org_id == bank.org_id))
    item = Item(
        org_id=bank.org_id,
        place=(last or 0) + 1,
        bank_id=bank_id,
        number=(newest or 0) + 1,
        title=title,
        terms=[],
        created_by=uow.actor.person_id,
        created_at=uow.now(),
    )
    uow.session.add(item)
    uow.session.flush()
    version = _version(uow, item, 1, type, content, tests)
    version.outcome_ids = sorted(str(outcome) for outcome in outcome_ids)
    version.tags, version.difficulty = _tags(tags), difficulty
    _make_newest(uow, bank, item, version)
    return version.id


def revise_item(
    uow: UnitOfWork,
    version_id: UUID,
    *,
    content: Mapping[str, Any],
    tests: Iterable[ItemTest] | None = None,
    title: str | None = None,
    outcome_ids: Iterable[UUID] | None = None,
) -> UUID:
    """Write the next version of an item and return its id; what was used before stays as it was.

    ``version_id`` is the version that the author began from: when somebody has written a newer one since, Conflict
    ``assessment.item_newer``. A draft without any change stays the newest version. ``tests`` None keeps the tests.
    """
    before, item, bank = _own_version(uow, version_id, lock=True)
    if item.newest_id != before.id:
        raise Conflict("assessment.item_newer")
    item.title = title or item.title
    kept = load_tests(before.item_tests) if tests is None else tests
    version = _version(uow, item, before.number + 1, before.type, content, kept)
    version.outcome_ids, version.tags, version.difficulty = before.outcome_ids, before.tags, before.difficulty
    if outcome_ids is not None:
        version.outcome_ids = sorted(str(outcome) for outcome in outcome_ids)
    is_same = _examined(version) == _examined(before)
    if is_same and before.type_version == version.type_version and before.state is not ItemState.RETIRED:
        _index(uow, bank, item, before)
        return before.id
    if before.state in {ItemState.DRAFT, ItemState.IN_REVIEW}:
        before.state = ItemState.RETIRED
    _make_newest(uow, bank, item, version)
    return version.id


def _examined(version: ItemVersion) -> tuple[Any, ...]:
    """Return what a review of a version is about; tags and difficulty are not."""
    return version.content_hash, version.item_tests, version.outcome_ids


def _version(
    uow: UnitOfWork,
    item: Item,
    number: int,
    type_name: str,
    content: Mapping[str, Any],
    tests: Iterable[ItemTest],
) -> ItemVersion:
    kind = uow.plugins(QUESTION_TYPES).get(type_name)
    try:
        checked = kind.validate_content(content)
    except ContentError as error:
        raise InvalidInput("assessment.content", fields=error.problems) from error
    return ItemVersion(
        item_id=item.id,
        number=number,
        type=kind.name,
        type_version=kind.version,
        content=checked,
        content_hash=content_hash([kind.name, checked]),
        item_tests=store_tests(tests),
        outcome_ids=[],
        tags=[],
        state=ItemState.DRAFT,
        created_by=uow.actor.person_id,
        created_at=uow.now(),
    )


def _make_newest(uow: UnitOfWork, bank: Bank, item: Item, version: ItemVersion) -> None:
    uow.session.add(version)
    uow.session.flush()
    item.newest_id = version.id
    _index(uow, bank, item, version)


def _tags(tags: Iterable[str]) -> list[str]:
    """Return tags in their normal form: single spaces, each once, in order of the alphabet."""
    cleaned = {" ".join(tag.split()) for tag in tags} - {""}
    if len(cleaned) > TAGS_MAX or any(len(tag) > TAG_LENGTH for tag in cleaned):
        raise InvalidInput("assessment.tags", most=TAGS_MAX, longest=TAG_LENGTH)
    return sorted(cleaned)


def describe_item(
    uow: UnitOfWork,
    version_id: UUID,
    *,
    title: str,
    tags: Iterable[str],
    outcome_ids: Sequence[UUID],
    difficulty: Decimal | None,
) -> None:
    """Set what an item is about. Title, tags and difficulty are not its content, so they make no version.

    Outcomes are credited by exams, so other outcomes for anything but a draft of one's own make the next version, a draft.
    """
    version, item, bank = _own_version(uow, version_id, lock=True)
    item.title = title
    version.tags, version.difficulty = _tags(tags), difficulty
    wanted = sorted(str(outcome) for outcome in outcome_ids)
    if _is_own_draft(uow, version):
        version.outcome_ids = wanted
    elif wanted != version.outcome_ids:
        revise_item(uow, version_id, content=version.content, outcome_ids=outcome_ids)
        return
    _index(uow, bank, item, version)


def set_item_tests(uow: UnitOfWork, version_id: UUID, tests: Iterable[ItemTest]) -> UUID:
    """Replace an item's own tests and return the version that has them.

    Tests belong to what is approved: a draft of one's own takes them as they are, anything else gets a new draft. So whoever
    stands as the author of a version wrote all that a second person looks at.
    """
    version, _item, _bank = _own_version(uow, version_id, lock=True)
    tests = list(tests)
    if len(tests) > TESTS_MAX:
        raise InvalidInput("assessment.tests_too_many", most=TESTS_MAX)
    if not _is_own_draft(uow, version):
        return revise_item(uow, version_id, content=version.content, tests=tests)
    version.item_tests = store_tests(tests)
    return version.id


def _is_own_draft(uow: UnitOfWork, version: ItemVersion) -> bool:
    """Tell whether a version may be changed as it stands: a draft of the actor's own (or the system does it)."""
    return version.state is ItemState.DRAFT and uow.actor.person_id in {None, version.created_by}


def add_key_tests(uow: UnitOfWork, version_id: UUID) -> UUID:
    """Add what an item's tests lack of the two that follow from its key, and return the version that has them.

    Raises InvalidInput ``assessment.no_key_tests`` where there is no key, ``assessment.item_key_fails`` where the key does not
    earn what it should.
    """
    version, _item, _bank = _own_version(uow, version_id)
    kind = uow.plugins(QUESTION_TYPES).get(version.type)
    tests = load_tests(version.item_tests)
    found = key_tests(kind, version.content)
    if not found:
        raise InvalidInput("assessment.no_key_tests")
    right, blank = found
    wanted = [] if is_right_expected(kind, version.content, tests) else [right]
    wanted += [blank] if lacks_lesser(kind, tests) else []
    if run_tests(kind, version.content, wanted):
        raise InvalidInput("assessment.item_key_fails")
    return set_item_tests(uow, version_id, [*tests, *wanted])


def submit_item(uow: UnitOfWork, version_id: UUID) -> None:
    """Hand a draft to review; those who may decide are told by letter."""
    version = _move(uow, version_id, {ItemState.DRAFT}, ItemState.IN_REVIEW)
    tell_reviewers(uow, uow.session.get_one(Item, version.item_id).org_id, version)


def return_item(uow: UnitOfWork, version_id: UUID, note: str) -> None:
    """Hand an item back to its author with what is to be mended."""
    if not note.strip():
        raise InvalidInput("assessment.reason_missing")
    _move(uow, version_id, {ItemState.IN_REVIEW}, ItemState.DRAFT).review_note = note.strip()[:1000]


def approve_item(
    uow: UnitOfWork, version_id: UUID, *, passed: tuple[Mapping[str, Any], Sequence[ItemTest]] | None = None
) -> None:
    """Make an item ready for examinations: only when its own tests pass on every seed (domain: invariant 6).

    ``passed``: content and tests that were found to pass before, so that none is run while others wait to write; they are run
    all the same where the version has others by now.

    Raises InvalidInput with a code of `why_not_ready`, Conflict ``assessment.second_person`` where the organisation wants
    somebody else than the author to do it.
    """
    version, item, _bank = _own_version(uow, version_id, lock=True)
    require_second_person(uow, item.org_id, version)
    kind, tests = uow.plugins(QUESTION_TYPES).get(version.type), list(load_tests(version.item_tests))
    if passed is None or (passed[0], list(passed[1])) != (version.content, tests):
        problem = why_not_ready(kind, version.content, tests)
        if problem:
            raise InvalidInput(problem)
    _move(uow, version_id, {ItemState.DRAFT, ItemState.IN_REVIEW}, ItemState.READY)
    version.ready_at, version.review_note = uow.now(), ""


def retire_item(uow: UnitOfWork, version_id: UUID) -> None:
    """Take a version out of use; attempts that have it keep it."""
    _move(uow, version_id, {ItemState.DRAFT, ItemState.IN_REVIEW, ItemState.READY}, ItemState.RETIRED)


def restore_item(uow: UnitOfWork, version_id: UUID) -> None:
    """Take the newest version back into work as a draft, after it was retired."""
    version, item, _bank = _own_version(uow, version_id, lock=True)
    if item.newest_id != version.id:
        raise Conflict("assessment.item_newer")
    _move(uow, version_id, {ItemState.RETIRED}, ItemState.DRAFT)


def make_enemies(uow: UnitOfWork, version_id: UUID, number: int) -> None:
    """Declare that an item and the one with ``number`` in the same bank never stand in one form."""
    _version_row, item, bank = _own_version(uow, version_id)
    enemy = uow.session.scalar(sa.select(Item).where(Item.bank_id == bank.id, Item.number == number))
    if enemy is None or enemy.id == item.id:
        raise InvalidInput("assessment.no_enemy", number=number)
    for one, other in ((item.id, enemy.id), (enemy.id, item.id)):
        if uow.session.get(ItemEnemy, (one, other)) is None:
            uow.session.add(ItemEnemy(item_id=one, enemy_id=other))


def part_enemies(uow: UnitOfWork, version_id: UUID, number: int) -> None:
    """Let an item and the one with ``number`` stand in one form again."""
    _version_row, item, bank = _own_version(uow, version_id)
    enemy = uow.session.scalar(sa.select(Item).where(Item.bank_id == bank.id, Item.number == number))
    if enemy is None:
        raise InvalidInput("assessment.no_enemy", number=number)
    uow.session.execute(
        sa.delete(ItemEnemy).where(
            sa.or_(
                sa.and_(ItemEnemy.item_id == item.id, ItemEnemy.enemy_id == enemy.id),
                sa.and_(ItemEnemy.item_id == enemy.id, ItemEnemy.enemy_id == item.id),
            )
        )
    )


def _own_bank(uow: UnitOfWork, bank_id: UUID, *, lock: bool = False) -> Bank:
    """Return a bank of the actor's organisation; locked, its numbers can be given out."""
    bank = uow.session.get(Bank, bank_id, with_for_update=lock or None)
    if bank is None:
        raise NotFound("assessment.no_bank")
    uow.require("assessment.author", bank)
    return bank


def _own_version(uow: UnitOfWork, version_id: UUID, *, lock: bool = False) -> tuple[ItemVersion, Item, Bank]:
    """Return an item version of a bank of the actor's organisation; locked by its item, so that states move one by one."""
    statement = (
        sa.select(ItemVersion, Item, Bank)
        .join(Item, Item.id == ItemVersion.item_id)
        .join(Bank, Bank.id == Item.bank_id)
        .where(ItemVersion.id == version_id)
    )
    if lock:
        statement = statement.with_for_update(of=Item).execution_options(populate_existing=True)
    row = uow.session.execute(statement).first()
    if row is None:
        raise NotFound("assessment.no_item")
    version, item, bank = row
    uow.require("assessment.author", bank)
    if lock:
        uow.session.refresh(version)  # as it is now that the lock is held, not when one began to wait for it
    return version, item, bank


def _move(uow: UnitOfWork, version_id: UUID, before: set[ItemState], after: ItemState) -> ItemVersion:
    version, item, bank = _own_version(uow, version_id, lock=True)
    if version.state not in before:
        raise Conflict("assessment.item_state", state=version.state.value)
    version.state = after
    _index(uow, bank, item, uow.session.get_one(ItemVersion, item.newest_id))
    return version


def _index(uow: UnitOfWork, bank: Bank, item: Item, newest: ItemVersion) -> None:
    """Bring the terms that find an item up to date; only the difference is written."""
    uow.session.flush()
    states = set(uow.session.scalars(sa.select(ItemVersion.state).where(ItemVersion.item_id == item.id)))
    shown = {newest.state} | (states & {ItemState.READY})
    terms = terms_of(
        title=item.title,
        content=newest.content,
        bank_id=bank.id,
        type_name=newest.type,
        states=sorted(state.value for state in shown),
        tags=newest.tags,
        outcome_ids=newest.outcome_ids,
        difficulty=newest.difficulty,
    )
    _set_bits(uow, item, set(item.terms) - set(terms), set(terms) - set(item.terms))
    item.terms = terms


def _set_bits(uow: UnitOfWork, item: Item, gone: set[str], come: set[str]) -> None:
    """Clear and set the item's bit in the chunks of terms; writers of one organisation wait for one another."""
    if not gone and not come:
        return
    uow.lock("item_term", item.org_id)
    chunk = item.place // CHUNK
    kept: dict[str, bytes] = {}
    here = sa.and_(ItemTerm.org_id == item.org_id, ItemTerm.chunk == chunk)
    for batch in bulk_in(sorted(gone | come)):
        rows = uow.session.execute(
            sa.select(ItemTerm.term, ItemTerm.bits).where(here, ItemTerm.term.in_(batch))
        )
        kept |= {term: bits for term, bits in rows}
    changed = {term: with_bit(kept.get(term, b""), item.place, is_on=term in come) for term in gone | come}
    for batch in bulk_in([term for term in sorted(kept)]):
        uow.session.execute(sa.delete(ItemTerm).where(here, ItemTerm.term.in_(batch)))
    rows_to_write = [
        {"org_id": item.org_id, "term": term, "chunk": chunk, "bits": bits}
        for term, bits in sorted(changed.items())
        if bits
    ]
    if rows_to_write:
        uow.session.execute(sa.insert(ItemTerm), rows_to_write)
