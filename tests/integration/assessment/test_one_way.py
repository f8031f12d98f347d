"""An examination without a way back: one question is handed out at a time, and one that was left stays as it was."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from lms.assessment import queries, service
from lms.assessment.models import ResponseEvent
from lms.assessment.rules.blueprint import LINEAR
from lms.assessment.types import Operation, OperationKind
from lms.core.errors import NotFound
from tests.integration.assessment.conftest import Sitting
from tests.integration.assessment.test_api import Browser, operation


@pytest.fixture
def one_way(make_sitting: Callable[..., Sitting]) -> Sitting:
    return make_sitting(navigation=LINEAR)


def go_on(sitting: Sitting, slot: int) -> int:
    with sitting.runtime.unit_of_work(sitting.ground.actor(sitting.student.person_id)) as uow:
        return service.go_on(uow, sitting.attempt_id, slot)


def answer(sitting: Sitting, slot: int, value: str) -> Operation:
    return sitting.operation(slot, {"answer": [value]})


def lateness(sitting: Sitting) -> dict[str, bool]:
    with sitting.runtime.read() as session:
        rows = session.scalars(
            sa.select(ResponseEvent).where(
                ResponseEvent.attempt_id == sitting.attempt_id, ResponseEvent.kind == OperationKind.ANSWER
            )
        )
        return {row.payload["fields"]["answer"][0]: row.is_late for row in rows}


def test_the_next_question_is_handed_out_when_the_one_before_is_saved(one_way: Sitting) -> None:
    assert one_way.view().reached == 1
    assert go_on(one_way, 2) == 1
    one_way.save(answer(one_way, 1, ""))
    assert go_on(one_way, 3) == 1
    assert go_on(one_way, 2) == 2
    assert go_on(one_way, 2) == 2
    assert [q.slot for q in one_way.view().handed_out().questions] == [2]


def test_what_is_sent_to_a_question_that_was_left_is_kept_but_counts_only_when_a_teacher_says_so(
    one_way: Sitting,
) -> None:
    one_way.save(answer(one_way, 1, "first"), answer(one_way, 1, "second"))
    go_on(one_way, 2)
    back, ahead, here = answer(one_way, 1, "back"), answer(one_way, 3, "ahead"), answer(one_way, 2, "here")
    flag = one_way.operation(1, {}, kind=OperationKind.FLAG, payload={"on": True})
    savings = one_way.save(back, ahead, here, flag)
    assert [receipt.is_late for receipt in savings.receipts] == [True, True, False, False]
    assert one_way.save(back).receipts == savings.receipts[:1]
    expected = {"first": False, "second": False, "back": True, "ahead": True, "here": False}
    assert lateness(one_way) == expected
    one_way.submit()
    with one_way.runtime.read() as session:
        assert service.verify_attempt(session, one_way.runtime.keys, one_way.attempt_id)
        (card,) = queries.late_queue(session, one_way.ground.teacher, one_way.runtime.clock.now())
    assert (card.slots, card.after_leaving, card.in_break) == ((1, 3), True, False)


def test_the_form_and_the_api_know_one_question_at_a_time(app: Flask, one_way: Sitting) -> None:
    browser, attempt = Browser(app, one_way.student.login), one_way.attempt_id

    def shown() -> list[int]:
        found = browser.client.get(f"/api/v1/attempts/{attempt}").json
        return [question["slot"] for question in found["questions"]]

    def ask(slot: int) -> int:
        address = f"/api/v1/attempts/{attempt}/questions/{slot}"
        return int(browser.put(address, None).status_code)

    assert (shown(), ask(2)) == ([1], 409)
    for slot in (2, 5):
        assert browser.client.get(f"/attempts/{attempt}/q/{slot}").location == f"/attempts/{attempt}/q/1"
    browser.post(f"/attempts/{attempt}/ops", {"ops": [operation(1, "typed")]})
    assert browser.client.get(f"/attempts/{attempt}/q/1").status_code == 200, "a draft closes nothing"
    assert browser.client.get(f"/attempts/{attempt}/q/2").status_code == 200
    assert (shown(), ask(2), ask(1)) == ([2], 204, 409)
    assert browser.client.get(f"/attempts/{attempt}/q/1").location == f"/attempts/{attempt}/q/2"
    form = {
        "csrf_token": browser.token,
        "op_id": operation()["op_id"],
        "client_seq": "9",
        "q1.answer": "back",
    }
    assert browser.client.post(f"/attempts/{attempt}/q/1", data=form).status_code == 303
    assert lateness(one_way) == {"typed": False, "back": True}


def test_the_rules_say_which_way_the_questions_go(app: Flask, one_way: Sitting, sitting: Sitting) -> None:
    client = Browser(app, one_way.student.login).client
    pages = [client.get(f"/exams/{exam.view().entry_id}/rules").text for exam in (one_way, sitting)]
    assert ["Вернуться к вопросу нельзя" in page for page in pages] == [True, False]


def test_nobody_goes_on_for_somebody_else(one_way: Sitting) -> None:
    one_way.save(answer(one_way, 1, "x"))
    other = one_way.ground.actor(one_way.ground.students[1].person_id)
    with pytest.raises(NotFound), one_way.runtime.unit_of_work(other) as uow:
        service.go_on(uow, one_way.attempt_id, 2)


def test_any_order_stays_any_order(sitting: Sitting) -> None:
    savings = sitting.save(*(answer(sitting, slot, str(slot)) for slot in (3, 1, 2, 1)))
    assert {receipt.is_late for receipt in savings.receipts} == {False}
    assert go_on(sitting, 2) == 0
    assert sitting.view().handed_out() == sitting.view()
