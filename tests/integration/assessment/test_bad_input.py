"""What can go wrong in a sitting, by name: two tabs, two devices, stolen ids, jumping clocks, races at the end, a full disk."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from lms.assessment import service
from lms.assessment.contracts import QUESTION_TYPES, ItemTest
from lms.assessment.models import Attempt, AttemptItem, Grade, ItemVersion, ResponseEvent
from lms.assessment.ports import ATTEMPT_GATES
from lms.assessment.queries.witness import AssessmentWitness
from lms.assessment.question_types.true_false import TrueFalse
from lms.assessment.rules.items import SEEDS, why_unavailable
from lms.assessment.rules.responses import fold
from lms.assessment.service.lateness import has_undecided_late
from lms.assessment.service.marking import late_accepted_until
from lms.assessment.service.sealing import events_of
from lms.assessment.types import AttemptState, EndedBy, GrantKind, ItemState, MarkResult, MarkStatus, Savings
from lms.core.actor import SYSTEM
from lms.core.clock import FixedClock
from lms.core.errors import InvalidInput, NotFound
from lms.core.models import OutboxEvent
from lms.core.runtime import Runtime
from lms.core.uow import UnitOfWork
from lms.testing.contracts.question_types import hidden_texts
from lms.testing.exams import ExamGround, Question
from tests.integration.assessment.conftest import Sitting
from tests.integration.assessment.test_api import Browser, operation
from tests.integration.assessment.test_races import Door

#: How long the second transaction is given to run into the first one's lock.
PATIENCE_S = 0.5


def events(sitting: Sitting) -> dict[UUID, ResponseEvent]:
    with sitting.runtime.read() as session:
        rows = session.scalars(sa.select(ResponseEvent).where(ResponseEvent.attempt_id == sitting.attempt_id))
        return {row.op_id: row for row in rows}


def shown(sitting: Sitting, slot: int) -> Any:
    question = sitting.view().question(slot)
    assert question is not None
    return question.fields


def test_two_tabs_that_count_alike_keep_both_answers_and_everybody_sees_the_same_one_win(
    sitting: Sitting, clock: FixedClock
) -> None:
    one = replace(sitting.operation(1, {"answer": ["left tab"]}), tab="left", client_seq=7)
    two = replace(sitting.operation(1, {"answer": ["right tab"]}), tab="right", client_seq=7)
    sitting.save(one)
    clock.advance(timedelta(seconds=1))
    sitting.save(two)
    assert {op: row.tab for op, row in events(sitting).items()} == {one.op_id: "left", two.op_id: "right"}
    assert shown(sitting, 1) == {"answer": ["right tab"]}


def test_a_second_device_goes_on_where_the_first_one_was(sitting: Sitting) -> None:
    sitting.save(sitting.operation(1, {"answer": ["at school"]}))
    phone = replace(sitting, sign_in=sitting.ground.sign_in(sitting.student), seq=sitting.view().next_seq - 1)
    phone.save(phone.operation(1, {"answer": ["at home"]}))
    assert shown(sitting, 1) == {"answer": ["at home"]}
    forgotten = replace(sitting.operation(2, {"answer": ["never sent"]}), client_seq=1)
    sitting.save(forgotten, sitting.operation(1, {"answer": ["at school again"]}))
    assert (shown(sitting, 1), shown(sitting, 2)) == (
        {"answer": ["at school again"]},
        {"answer": ["never sent"]},
    )
    assert len(events(sitting)) == 4


def test_a_stolen_operation_id_harms_neither_its_owner_nor_the_thief(
    sitting: Sitting, make_sitting: Callable[..., Sitting]
) -> None:
    """The same id in another attempt is another operation; in the owner's attempt the thief finds nothing."""
    thief = make_sitting(1, sitting.session_id)
    mine = sitting.operation(1, {"answer": ["mine"]})
    receipt = sitting.save(mine).receipts[0]
    (theirs,) = thief.save(replace(mine, payload={"fields": {"answer": ["theirs"]}})).receipts
    assert theirs.payload_hash != receipt.payload_hash
    with pytest.raises(NotFound):
        replace(thief, attempt_id=sitting.attempt_id).save(mine)
    assert shown(sitting, 1) == {"answer": ["mine"]}
    assert shown(thief, 1) == {"answer": ["theirs"]}
    assert sitting.save(mine).receipts == (receipt,)


@pytest.mark.parametrize("jump", [timedelta(minutes=-10), timedelta(seconds=-1), timedelta(days=-400)])
def test_a_server_clock_that_is_set_back_loses_and_reorders_nothing(
    sitting: Sitting, clock: FixedClock, jump: timedelta
) -> None:
    first = sitting.operation(1, {"answer": ["first"]})
    receipt = sitting.save(first).receipts[0]
    second = sitting.save(sitting.operation(1, {"answer": ["second"]}), at=clock.now() + jump)
    assert not second.receipts[0].is_late
    assert sitting.save(first).receipts[0] == receipt
    assert shown(sitting, 1) == {"answer": ["second"]}
    sitting.submit()
    with sitting.runtime.read() as session:
        assert service.verify_attempt(session, sitting.runtime.keys, sitting.attempt_id)


def test_a_clock_set_back_between_late_answers_and_decisions_decides_nothing(
    sitting: Sitting, clock: FixedClock
) -> None:
    """Each decision covers what had come before it, and the last decision is the last one, whatever the clock says."""

    def late(answer: str) -> None:
        assert sitting.save(sitting.operation(1, {"answer": [answer]})).receipts[0].is_late

    def decided(*, is_accepted: bool) -> tuple[bool, dict[str, list[str]]]:
        with sitting.runtime.unit_of_work(sitting.ground.teacher) as uow:
            service.decide_late(uow, sitting.attempt_id, is_accepted=is_accepted, reason="Связь пропала")
        return standing()

    def standing() -> tuple[bool, dict[str, list[str]]]:
        with sitting.runtime.read() as session:
            until = late_accepted_until(session, sitting.attempt_id)
            answers = fold(events_of(session, sitting.attempt_id), accept_late_until=until)
            return has_undecided_late(session, sitting.attempt_id), dict(answers[1].fields)

    sitting.save(sitting.operation(1, {"answer": ["in time"]}))
    sitting.submit()
    clock.advance(timedelta(hours=3))
    late("first")
    clock.advance(-timedelta(hours=1))
    assert decided(is_accepted=True) == (False, {"answer": ["first"]})
    clock.advance(-timedelta(hours=1))
    late("second")
    assert standing() == (True, {"answer": ["first"]}), "nobody has decided on the second one"
    assert decided(is_accepted=False) == (False, {"answer": ["in time"]})
    assert decided(is_accepted=True) == (False, {"answer": ["second"]})
    with sitting.runtime.read() as session:
        assert list(AssessmentWitness().faults(session, sitting.runtime.keys)) == []


def test_a_clients_clock_decides_nothing(sitting: Sitting, clock: FixedClock) -> None:
    deadline = sitting.view().deadline_at
    early = replace(sitting.operation(1, {"answer": ["x"]}), t_client=deadline + timedelta(days=900))
    assert not sitting.save(early).receipts[0].is_late
    clock.move_to(deadline + timedelta(minutes=1))
    late = replace(sitting.operation(1, {"answer": ["y"]}), t_client=deadline - timedelta(minutes=30))
    assert sitting.save(late).receipts[0].is_late


def test_an_item_is_tested_on_five_seeds_at_least() -> None:
    assert len(set(SEEDS)) >= 5


class RightOnMostSeeds(TrueFalse):
    """A type whose marker is wrong about one late variant."""

    name = "right_on_most_seeds"

    def mark(self, content: Mapping[str, Any], seed: int, response: Any) -> MarkResult:
        """Mark as the type does, except on the last of the variants that are tested."""
        return MarkResult.of(Decimal(0)) if seed == SEEDS[-1] else super().mark(content, seed, response)


def test_an_item_that_is_right_on_the_first_seeds_only_does_not_become_ready(
    ground: ExamGround, runtime: Runtime
) -> None:
    runtime.registries.of(QUESTION_TYPES).add(RightOnMostSeeds(), "test")
    sample = RightOnMostSeeds().samples()[0]
    with runtime.unit_of_work(ground.teacher) as uow:
        bank = service.create_bank(uow, org_id=ground.org_id, title="Банк", subject="physics")
        version = service.create_item(
            uow,
            bank,
            title="Вопрос",
            type=RightOnMostSeeds.name,
            content=sample.content,
            tests=[ItemTest(True, MarkStatus.RIGHT), ItemTest(None, MarkStatus.WRONG)],
        )
    with pytest.raises(InvalidInput, match="item_tests_failed"), runtime.unit_of_work(ground.teacher) as uow:
        service.approve_item(uow, version)
    with runtime.read() as session:
        assert session.get_one(ItemVersion, version).state is ItemState.DRAFT


class EndDoor(Door):
    """A gate in which a transaction that ends an attempt stands still, with the attempt's row locked."""

    def attempt_ended(self, uow: UnitOfWork, attempt_id: UUID) -> None:
        self._stand()


def at_the_end(
    runtime: Runtime, first: Callable[[], Any], second: Callable[[], Any], *, waits: bool = True
) -> tuple[Any, Any]:
    """Let ``first`` end an attempt up to its gate, start ``second`` against it, then let both come to their ends."""
    door = EndDoor()
    runtime.registries.of(ATTEMPT_GATES).add(door, "test")
    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(first)
        assert door.reached.wait(20)
        two = pool.submit(second)
        try:
            if waits:
                with pytest.raises(TimeoutError):
                    two.result(PATIENCE_S)
        finally:
            door.go_on.set()
    return one.result(), two.result()


def expire(sitting: Sitting) -> service.AttemptEnded:
    with sitting.runtime.unit_of_work(SYSTEM) as uow:
        return service.expire_attempt(uow, sitting.attempt_id)


def ended_once(sitting: Sitting, by: EndedBy) -> None:
    """Check that the attempt ended once, was marked once, told once and is sealed."""
    with sitting.runtime.read() as session:
        attempt = session.get_one(Attempt, sitting.attempt_id)
        assert attempt.ended_by is by
        mine = sa.select(AttemptItem.id).where(AttemptItem.attempt_id == attempt.id)
        grades = session.scalars(sa.select(Grade.number).where(Grade.attempt_item_id.in_(mine))).all()
        assert grades == [1] * attempt.item_count
        told = session.scalars(
            sa.select(OutboxEvent.id).where(OutboxEvent.kind == "assessment.attempt_submitted")
        ).all()
        assert len(told) == 1
        assert service.verify_attempt(session, sitting.runtime.keys, attempt.id)


@pytest.mark.parametrize("by", [EndedBy.STUDENT, EndedBy.EXPIRY])
def test_handing_in_beside_the_expiry_ends_the_attempt_once(
    sitting: Sitting, clock: FixedClock, by: EndedBy
) -> None:
    sitting.answer(sitting.slot_of("choice"), "a")
    clock.move_to(sitting.view().deadline_at + timedelta(minutes=10))
    ways = [sitting.submit, lambda: expire(sitting)]
    first, second = ways if by is EndedBy.STUDENT else reversed(ways)
    at_the_end(sitting.runtime, first, second)
    ended_once(sitting, by)


def test_an_answer_beside_the_handing_in_is_marked_or_said_to_be_late(sitting: Sitting) -> None:
    slot = sitting.slot_of("choice")
    late = sitting.operation(slot, sitting.fields_for(slot, "a"))
    _ended, savings = at_the_end(sitting.runtime, sitting.submit, lambda: sitting.save(late))
    assert [receipt.is_late for receipt in savings.receipts] == [True]
    assert savings.is_submitted
    ended_once(sitting, EndedBy.STUDENT)
    assert sitting.review(as_staff=True).late_count == 1


def test_time_granted_beside_the_handing_in_neither_fails_nor_opens_the_attempt_again(
    sitting: Sitting,
) -> None:
    entry_id, deadline = sitting.view().entry_id, sitting.view().deadline_at

    def give_time() -> UUID:
        with sitting.runtime.unit_of_work(sitting.ground.teacher) as uow:
            return service.grant(uow, entry_id, GrantKind.EXTRA_TIME, 10, "Отключали свет")

    at_the_end(sitting.runtime, sitting.submit, give_time, waits=False)
    ended_once(sitting, EndedBy.STUDENT)
    assert sitting.view().deadline_at >= deadline


def test_one_operation_sent_over_many_connections_at_once_is_one_event(sitting: Sitting) -> None:
    same, barrier = sitting.operation(1, {"answer": ["x"]}), threading.Barrier(8)

    def send(number: int) -> Savings:
        barrier.wait(20)
        return sitting.save(same, replace(same, op_id=UUID(int=number + 1), client_seq=number + 2))

    with ThreadPoolExecutor(8) as pool:
        sent: Sequence[Future[Savings]] = [pool.submit(send, number) for number in range(8)]
    assert len({future.result().receipts[0] for future in sent}) == 1
    assert len(events(sitting)) == 9


def test_an_item_retired_in_mid_exam_stays_in_the_attempt_and_is_marked(sitting: Sitting) -> None:
    slot = sitting.slot_of("choice")
    with sitting.runtime.unit_of_work(sitting.ground.teacher) as uow:
        item = uow.session.query(AttemptItem).filter_by(attempt_id=sitting.attempt_id, slot=slot).one()
        service.retire_item(uow, item.item_version_id)
        assert uow.session.get_one(ItemVersion, item.item_version_id).state is ItemState.RETIRED
    before = sitting.view().question(slot)
    assert before is not None
    assert before.is_available
    sitting.answer(slot, "a")
    sitting.submit()
    marks = {answer.slot: answer.status for answer in sitting.review(as_staff=True).answers}
    assert marks[slot] is MarkStatus.RIGHT


@contextmanager
def full_disk(runtime: Runtime) -> Iterator[None]:
    """Let the database file grow no further."""

    def limit(pages: int) -> Callable[..., None]:
        def on_checkout(connection: Any, *_rest: Any) -> None:
            connection.execute(f"PRAGMA max_page_count = {pages}")

        return on_checkout

    full, roomy = limit(1), limit(1_000_000)
    sa.event.listen(runtime.database.engine, "checkout", full)
    yield
    sa.event.remove(runtime.database.engine, "checkout", full)
    sa.event.listen(runtime.database.engine, "checkout", roomy)


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_full_disk_acknowledges_nothing_and_what_was_acknowledged_stays(
    app: Flask, sitting: Sitting
) -> None:
    browser, address = Browser(app, sitting.student.login), f"/attempts/{sitting.attempt_id}/ops"
    kept = browser.post(address, {"ops": [operation()]}).json["receipts"][0]
    essay = operation(slot=2, value="буква " * 10_000, seq=2)
    app.testing = app.config["PROPAGATE_EXCEPTIONS"] = False
    with full_disk(sitting.runtime):
        refused = browser.post(address, {"ops": [essay]})
        assert refused.status_code >= 500
        assert "receipts" not in refused.json
        with pytest.raises(sa.exc.OperationalError, match="disk is full") as failure:
            sitting.save(sitting.operation(3, {"answer": ["буква " * 10_000]}))
        assert "буква" not in str(failure.value), "what is logged names no answer"
    assert sitting.view().state is AttemptState.IN_PROGRESS
    assert {str(key) for key in events(sitting)} == {kept["op_id"]}
    again = browser.post(address, {"ops": [essay]})
    assert [receipt["op_id"] for receipt in again.json["receipts"]] == [essay["op_id"]]


#: Shorter texts that are hidden, and words that the pages themselves say, are found by chance.
LEAST_SECRET = 4
NAME = re.compile(r"[a-z_]+")
#: Names under which authors write a key.
KEY_NAMES = (
    "weight",
    "accepted",
    "is_true",
    "is_right",
    "model_answer",
    "max_errors",
    "fraction",
    "variant_seed",
)


def test_every_payload_before_the_review_is_scanned_for_the_key(
    app: Flask, runtime: Runtime, make_sitting: Callable[..., Sitting]
) -> None:
    kinds = [kind for kind in runtime.registries.of(QUESTION_TYPES) if not why_unavailable(kind)]
    samples = [(kind.name, kind.samples()[0]) for kind in kinds]
    sitting = make_sitting(questions=[Question(name, s.content, tuple(s.tests)) for name, s in samples])
    browser, attempt = Browser(app, sitting.student.login), f"/attempts/{sitting.attempt_id}"
    asked = [f"{attempt}/q/{question.slot}" for question in sitting.view().questions]
    asked += [f"{attempt}/review", f"{attempt}/submit", f"{attempt}/heartbeat", f"/api/v1{attempt}", "/home"]
    asked += [f"/exams/{sitting.view().entry_id}"]
    payloads = {address: browser.client.get(address, follow_redirects=True).text for address in asked}
    payloads["save"] = browser.post(f"{attempt}/ops", {"ops": [operation()]}).text
    sitting.submit()
    for address in (f"{attempt}/status", f"{attempt}/q/1", f"/api/v1{attempt}", "/home"):
        payloads[f"{address} after the end"] = browser.client.get(address, follow_redirects=True).text
    said = secrets(kinds)
    assert len(said) > len(kinds) / 2, "types hide something"
    names = [f"{quote}{name}{quote}" for name in KEY_NAMES for quote in ('"', "&#34;", "&quot;")]
    found = [(where, word) for where, text in payloads.items() for word in [*said, *names] if word in text]
    assert found == []
    whole = repr(sitting.review(as_staff=True))
    assert [word for word in said if word in whole], "the scan would find a key that is shown"


def secrets(kinds: list[Any]) -> list[str]:
    """Return every text of the samples that their players hide: keys, criteria, tests, model answers."""
    found: list[str] = []
    for kind in kinds:
        content = kind.validate_content(kind.samples()[0].content)
        texts = [text for _path, text in hidden_texts(content, kind.player(content, 1))]
        found += [text for text in texts if len(text) >= LEAST_SECRET and not NAME.fullmatch(text)]
    return found
