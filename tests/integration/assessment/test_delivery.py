"""How a plan can be sat: pools, parts with clocks, tries, certainty, several sittings, practice, adaptive choice, freezing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

from lms.assessment import queries, service
from lms.assessment.contracts import QUESTION_TYPES, ItemTest
from lms.assessment.models import AttemptItem, BlueprintVersion, Grade, Result
from lms.assessment.programs.probe import shared_probe
from lms.assessment.rules.adaptive import Adaptive
from lms.assessment.rules.blueprint import GradeMethod, Plan, PlannedItem, Section
from lms.assessment.rules.conduct import Conduct, Feedback
from lms.assessment.rules.drawing import Draw
from lms.assessment.rules.responses import order_key
from lms.assessment.rules.review import ReviewMatrix
from lms.assessment.service.clock import refresh_deadline
from lms.assessment.service.locks import locked_attempt
from lms.assessment.service.sealing import events_of
from lms.assessment.types import GrantKind, MarkScale, MarkStatus, OperationKind, SessionKind
from lms.core.clock import FixedClock
from lms.core.errors import Conflict, InvalidInput
from lms.people.types import MeasureCode
from lms.testing.exams import ExamGround
from tests.integration.assessment.conftest import Sitting
from tests.integration.assessment.test_api import Browser
from tests.integration.assessment.test_sessions import support

ONCE = Conduct(Feedback.TRIES, 3, Decimal("0.5"))
SHOWS = ReviewMatrix(during=("correctness", "score"), after_end=("responses",))


def bank_of(ground: ExamGround, count: int, tags: tuple[str, ...] = ()) -> tuple[UUID, list[UUID]]:
    """Write a bank of so many ready questions with one right answer of three; return it with their versions."""
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        bank = service.create_bank(uow, org_id=ground.org_id, title="Запас", subject="physics")
        versions = []
        for number in range(count):
            content = {
                "prompt": f"Сколько будет {number} и один?",
                "options": [
                    {"id": "r", "text": f"Ровно {number + 1}", "weight": "1"},
                    {"id": "w", "text": f"Ровно {number + 2}"},
                    {"id": "n", "text": "Ничего из этого", "is_pinned": True},
                ],
                "hints": ["Посчитай на пальцах."],
            }
            version = service.create_item(
                uow,
                bank,
                title=f"Сложение {number}",
                type="choice",
                content=content,
                tests=[ItemTest("r", MarkStatus.RIGHT), ItemTest(None, MarkStatus.WRONG)],
                tags=tags,
            )
            service.approve_item(uow, version)
            versions.append(version)
    return bank, versions


def write(ground: ExamGround, plan: Plan) -> UUID:
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        return service.create_blueprint(
            uow, org_id=ground.org_id, title="План", subject="physics", plan=plan, mark_scale=MarkScale.FIVE
        )


@pytest.fixture
def sit(ground: ExamGround, make_sitting: Callable[..., Sitting]) -> Callable[..., Sitting]:
    """Return a maker of running attempts on a plan."""

    def make(plan: Plan, kind: SessionKind = SessionKind.CURRENT) -> Sitting:
        version, now = write(ground, plan), ground.runtime.clock.now()
        with ground.runtime.unit_of_work(ground.teacher) as uow:
            window = (now - timedelta(minutes=5), now + timedelta(hours=5))
            session_id = service.create_session(uow, ground.org_id, kind, version, *window)
            for student in ground.students:
                service.admit(uow, session_id, student.person_id)
        return make_sitting(session_id=session_id)

    return make


def fixed(versions: list[UUID], **more: Any) -> Plan:
    return Plan((Section("", tuple(PlannedItem(each) for each in versions)),), **{"base_minutes": 60, **more})


def right(sitting: Sitting, slot: int, answer: str = "r", **more: Any) -> Any:
    return sitting.operation(slot, sitting.fields_for(slot, answer), **more)


def grades(sitting: Sitting) -> dict[int, tuple[Decimal | None, list[str]]]:
    with sitting.runtime.read() as session:
        rows = session.execute(
            sa.select(AttemptItem.slot, Grade.fraction, Grade.notes)
            .join(Grade, Grade.attempt_item_id == AttemptItem.id)
            .where(AttemptItem.attempt_id == sitting.attempt_id)
            .order_by(Grade.number)
        )
        return {slot: (fraction, notes) for slot, fraction, notes in rows}


def test_an_item_counts_everybody_to_whom_it_was_given_in_any_version(
    ground: ExamGround, sit: Any, make_sitting: Callable[..., Sitting]
) -> None:
    """The counts on the items' pages rise with each sitting by what this student sees, and by nothing else."""
    bank, versions = bank_of(ground, 5)
    pool = Draw(2, (), Decimal(1), {"bank_id": str(bank)})
    sittings = [sit(Plan((Section("", (PlannedItem(versions[0]),)), Section("", draws=(pool,)))))]
    seen: Counter[str] = Counter()
    for turn in range(2):
        if turn:
            sittings.append(make_sitting(1, session_id=sittings[0].view().session_id))
        seen.update(question.player["prompt"] for question in sittings[turn].view().questions)
        with ground.runtime.read() as session:
            views = [queries.item_view(session, queries.item_of_version(session, each)) for each in versions]
        assert {view.content["prompt"]: view.exposures for view in views if view.exposures} == seen
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        service.revise_item(
            uow, versions[0], content={**views[0].content, "prompt": "Сколько будет?"}, tests=()
        )
    with ground.runtime.read() as session:
        revised = queries.item_view(session, views[0].id)
    assert [card.exposures for card in revised.history] == [0, 2]
    assert revised.exposures == 2


def test_a_form_is_drawn_from_a_pool_and_everybody_gets_the_same_worth(ground: ExamGround, sit: Any) -> None:
    bank, versions = bank_of(ground, 8)
    pool = Draw(3, (), Decimal(2), {"bank_id": str(bank)})
    sitting = sit(Plan((Section("", (PlannedItem(versions[0]),)), Section("", draws=(pool,)))))
    view = sitting.view()
    with ground.runtime.read() as session:
        version = session.scalars(sa.select(BlueprintVersion)).one()
        candidates = Plan.from_document(version.plan).draws[0].candidates
        drawn = session.scalars(sa.select(AttemptItem.item_version_id).order_by(AttemptItem.slot)).all()
    assert (len(view.questions), version.max_points, version.item_count) == (4, Decimal(7), 4)
    assert set(candidates) == set(versions[1:]), "what stands in the plan already is in no pool"
    assert drawn[0] == versions[0]
    assert set(drawn[1:]) <= set(candidates)


def test_a_pool_that_can_run_short_keeps_the_plan_from_being_written(ground: ExamGround) -> None:
    bank, versions = bank_of(ground, 3, tags=("сложение",))
    short = Draw(3, (), Decimal(1), {"bank_id": str(bank), "tag": "сложение"})
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        service.make_enemies(uow, versions[0], 2)
    with pytest.raises(InvalidInput) as refusal:
        write(ground, Plan((Section("", draws=(short,)),)))
    assert refusal.value.fields == {"draws": ["assessment.pool_too_small"]}
    nothing = Draw(1, (), Decimal(1), {"bank_id": str(bank), "tag": "деление"})
    with pytest.raises(InvalidInput):
        write(ground, Plan((Section("", draws=(nothing,)),)))


def test_a_pinned_answer_keeps_its_place(ground: ExamGround, sit: Any) -> None:
    _bank, versions = bank_of(ground, 14)
    shown = [[o["text"] for o in q.player["options"]] for q in sit(fixed(versions)).view().questions]
    assert {options[-1] for options in shown} == {"Ничего из этого"}
    firsts = [options[0][-1] == str(n + 1) for n, options in enumerate(shown)]
    assert not all(firsts), "the others are mixed: fourteen in their own order is once in sixteen thousand"


def test_a_part_has_a_clock_of_its_own_that_the_server_keeps(
    ground: ExamGround, sit: Any, clock: FixedClock
) -> None:
    _bank, versions = bank_of(ground, 4)
    halves = [
        tuple(PlannedItem(each) for each in versions[:2]),
        tuple(PlannedItem(each) for each in versions[2:]),
    ]
    plan = Plan((Section("Первая", halves[0], minutes=10), Section("Вторая", halves[1], minutes=20)), 60)
    sitting = sit(plan)
    assert (sitting.view().reached, sitting.view().reached_to) == (1, 2)
    savings = sitting.save(right(sitting, 1), right(sitting, 3))
    assert [receipt.is_late for receipt in savings.receipts] == [False, True], "part two is not open yet"
    clock.advance(timedelta(minutes=10, seconds=6))
    assert sitting.view().part.is_over
    assert sitting.view().handed_out().questions == ()
    assert sitting.save(right(sitting, 2)).receipts[0].is_late
    actor = ground.actor(sitting.student.person_id)
    for _press in range(2):
        with sitting.runtime.unit_of_work(actor) as uow:
            assert service.next_part(uow, sitting.attempt_id, 2) == 3
    with pytest.raises(Conflict), sitting.runtime.unit_of_work(actor) as uow:
        service.next_part(uow, sitting.attempt_id, 3)
    part = sitting.view().part
    assert (part.number, part.ends_at - clock.now()) == (2, timedelta(minutes=20))
    assert not sitting.save(right(sitting, 3)).receipts[0].is_late
    assert sitting.save(right(sitting, 1)).receipts[0].is_late


def test_a_grant_and_a_break_lengthen_the_part_that_runs(
    ground: ExamGround, sit: Any, clock: FixedClock
) -> None:
    _bank, versions = bank_of(ground, 2)
    parts = tuple(
        Section(f"Часть {n}", (PlannedItem(each),), minutes=10) for n, each in enumerate(versions, 1)
    )
    sitting = sit(Plan(parts, 30))
    began = clock.now()
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        service.grant(uow, sitting.view().entry_id, GrantKind.EXTRA_TIME, minutes=5, reason="Звонок")
        service.pause_attempt(uow, sitting.attempt_id, "Пожарная тревога")
    clock.advance(timedelta(minutes=7))
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        service.resume_attempt(uow, sitting.attempt_id)
    assert sitting.view().part.ends_at == began + timedelta(minutes=22)
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        attempt = locked_attempt(uow.session, sitting.attempt_id)
        refresh_deadline(uow.session, attempt, clock.now())
        assert attempt.part_ends_at == began + timedelta(minutes=22)


def test_a_work_over_new_year_keeps_the_time_that_the_old_years_support_plan_gave(
    ground: ExamGround, sit: Any, clock: FixedClock
) -> None:
    """The plan ends with the last of December: parts that are opened after midnight are as long as those before."""
    _bank, versions = bank_of(ground, 2)
    student, more = ground.students[0], (MeasureCode.EXTRA_TIME, {"minutes": 30})
    support(ground, student, more, until=date(2026, 12, 31))
    clock.move_to(datetime(2026, 12, 31, 20, 50, tzinfo=UTC))  # ten minutes to midnight at school
    parts = tuple(Section(f"Часть {n}", (PlannedItem(each),), minutes=20) for n, each in enumerate(versions))
    sitting = sit(Plan(parts, 60))
    ends = sitting.view().deadline_at
    assert (sitting.view().part.ends_at - clock.now(), ends - clock.now()) == (
        timedelta(minutes=30),
        timedelta(minutes=90),
    )
    clock.advance(timedelta(minutes=25))
    with ground.runtime.unit_of_work(ground.actor(student.person_id)) as uow:
        service.next_part(uow, sitting.attempt_id, 2)
    assert sitting.view().part.ends_at - clock.now() == timedelta(minutes=30)
    assert sitting.view().deadline_at == ends
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        service.grant(uow, sitting.view().entry_id, GrantKind.EXTRA_TIME, minutes=5, reason="Салют")
    assert sitting.view().deadline_at == ends + timedelta(minutes=5), "a grant comes on top of it"
    clock.advance(timedelta(minutes=30))
    assert not sitting.save(right(sitting, 2)).receipts[0].is_late


def test_tries_cost_their_penalty_and_a_replay_gives_the_same_marks(
    ground: ExamGround, sit: Any, clock: FixedClock
) -> None:
    _bank, versions = bank_of(ground, 3)
    sitting = sit(fixed(versions, conduct=ONCE, review=SHOWS))
    for slot, answers in ((1, "r"), (2, "wr")):
        for answer in answers:
            clock.advance(timedelta(seconds=1))
            sitting.save(right(sitting, slot, answer, kind=OperationKind.CHECK))
    sitting.save(right(sitting, 3))
    sitting.submit()
    assert grades(sitting) == {
        1: (Decimal(1), []),
        2: (Decimal("0.5"), ["try:2"]),
        3: (Decimal(1), []),
    }
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        assert service.preview_regrade(uow, sitting.attempt_id) == []


def test_checks_are_numbered_whatever_the_servers_clock_does(
    ground: ExamGround, sit: Any, clock: FixedClock
) -> None:
    """What is sent after the last try stays without effect, whether it comes alone, in a batch, again or late."""
    _bank, versions = bank_of(ground, 1)
    sitting = sit(fixed(versions, conduct=replace(ONCE, tries=2), review=SHOWS))

    def check(answer: str, **more: Any) -> Any:
        return right(sitting, 1, answer, kind=OperationKind.CHECK, **more)

    clock.advance(timedelta(minutes=10))
    sitting.save(right(sitting, 1, "r"))
    first, second = check("w"), check("w")
    sitting.save(right(sitting, 1, "n"), first)
    clock.advance(-timedelta(minutes=3))
    sitting.save(first, second)
    clock.advance(-timedelta(minutes=3))
    sitting.save(check("r", client_seq=0))
    sitting.save(right(sitting, 1, "r"))
    with ground.runtime.read() as session:
        numbers = [
            (e.kind.value, e.check_no) for e in sorted(events_of(session, sitting.attempt_id), key=order_key)
        ]
        assert numbers == [
            ("check", 4),
            ("answer", 0),
            ("check", 1),
            ("check", 3),
            ("answer", 0),
            ("answer", 4),
        ]
    sitting.submit()
    clock.advance(timedelta(hours=6))
    assert sitting.save(check("r")).receipts[0].is_late
    assert grades(sitting)[1][0] == Decimal(0)
    with ground.runtime.read() as session:
        assert service.verify_attempt(session, sitting.runtime.keys, sitting.attempt_id)


def test_certainty_is_part_of_the_answer_and_of_the_score(ground: ExamGround, sit: Any) -> None:
    _bank, versions = bank_of(ground, 3)
    sitting = sit(fixed(versions, conduct=Conduct(asks_certainty=True)))
    for slot, answer, sure in ((1, "r", "3"), (2, "r", "2"), (3, "w", "2")):
        fields = {**sitting.fields_for(slot, answer), "_certainty": [sure]}
        sitting.save(sitting.operation(slot, fields))
    assert [q.certainty for q in sitting.view().questions] == [3, 2, 2]
    sitting.submit()
    with ground.runtime.read() as session:
        result = session.scalars(sa.select(Result)).one()
    assert (result.points, result.max_points) == (Decimal("1.00"), Decimal(3))
    earned = [answer.earned for answer in sitting.review(as_staff=True).answers]
    assert earned == [Decimal("1.00"), Decimal("0.67"), Decimal("-0.67")]


def test_practice_shows_the_key_at_once_makes_no_mark_and_can_be_repeated(
    ground: ExamGround, sit: Any, app: Flask
) -> None:
    _bank, versions = bank_of(ground, 1)
    shows = ReviewMatrix(during=("correctness", "key"), after_end=("responses", "correctness", "key"))
    plan = fixed(versions, conduct=Conduct(Feedback.IMMEDIATE), review=shows, sittings=0, is_practice=True)
    with pytest.raises(InvalidInput):
        sit(plan, SessionKind.INTERIM)
    sitting = sit(plan)
    browser = Browser(app, sitting.student.login)
    address = f"/attempts/{sitting.attempt_id}/q/1"
    assert "Правильный ответ" not in browser.client.get(address).text
    form = {"csrf_token": browser.token, "op_id": str(uuid4()), "client_seq": "1", "go": "check"}
    refused = browser.client.post(f"{address}/check", data=form)
    assert refused.status_code == 422, "an empty answer cannot be checked"
    answer = {f"q1.{name}": values for name, values in sitting.fields_for(1, "w").items()}
    assert browser.client.post(f"{address}/check", data=form | answer).location == address
    shown = browser.client.get(address).text
    assert "Ровно 1" in shown.partition('id="check"')[2]
    sitting.submit()
    with ground.runtime.read() as session:
        assert session.scalars(sa.select(Result)).all() == []
    assert sitting.review().answers[0].correct == "Ровно 1"
    listed = browser.client.get(f"/attempts/{sitting.attempt_id}/receipts").text
    assert "ответ на вопрос 1" in listed
    assert "Потренировались" in browser.client.get("/exams").text
    with ground.runtime.unit_of_work(ground.actor(sitting.student.person_id)) as uow:
        assert service.start_attempt(uow, sitting.review().entry_id).is_new


def test_no_page_of_a_running_work_has_the_key_before_the_matrix_allows_it(
    ground: ExamGround, sit: Any, app: Flask, clock: FixedClock
) -> None:
    """With checks the page says right or wrong and gives hints; which option is right is told nowhere."""
    _bank, versions = bank_of(ground, 1)
    sitting = sit(fixed(versions, conduct=ONCE, review=SHOWS))
    browser = Browser(app, sitting.student.login)
    address = f"/attempts/{sitting.attempt_id}/q/1"
    for turn in range(3):
        clock.advance(timedelta(seconds=1))
        sitting.save(right(sitting, 1, "w", kind=OperationKind.CHECK))
        pages = [browser.client.get(address).text]
        pages.append(json.dumps(browser.client.get(f"/api/v1/attempts/{sitting.attempt_id}").json))
        for text in pages:
            assert '"weight"' not in text
            assert "Правильный ответ" not in text
        assert ("Посчитай на пальцах." in pages[0]) == (turn < 2), "hints help while a try is left"
        assert "Посчитай" not in pages[1], "a hint is no part of the question before its time"


def test_the_key_cannot_be_shown_during_a_work_that_counts(ground: ExamGround) -> None:
    _bank, versions = bank_of(ground, 1)
    with pytest.raises(InvalidInput) as refusal:
        write(ground, fixed(versions, review=ReviewMatrix(during=("key",))))
    assert refusal.value.fields == {"review": ["assessment.key_while_sitting"]}


def test_an_adaptive_work_chooses_by_the_answers_and_ends_when_it_knows_enough(
    ground: ExamGround, sit: Any, app: Flask
) -> None:
    bank, _versions = bank_of(ground, 12)
    pool = Draw(1, (), Decimal(1), {"bank_id": str(bank)})
    plan = Plan((Section("", draws=(pool,)),), 60, adaptive=Adaptive(2, 5, 0.1, 1.0))
    sitting = sit(plan)
    browser = Browser(app, sitting.student.login)
    asked = []
    for slot in range(1, 6):
        page = browser.client.get(f"/attempts/{sitting.attempt_id}/q/{slot}")
        assert page.status_code == 200
        asked.append(sitting.view().questions[-1].player["prompt"])
        sitting.save(right(sitting, slot, "r" if slot % 2 else "w"))
    assert len(set(asked)) == 5
    end = browser.client.get(f"/attempts/{sitting.attempt_id}/q/6")
    assert end.location == f"/attempts/{sitting.attempt_id}/review"
    sitting.submit()
    with ground.runtime.read() as session:
        result = session.scalars(sa.select(Result)).one()
    assert result.max_points == 5
    assert Decimal("0.4") < result.score < Decimal("0.8")
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        assert service.preview_regrade(uow, sitting.attempt_id) == []


def test_an_exact_enough_estimate_ends_an_adaptive_work_early(ground: ExamGround, sit: Any) -> None:
    bank, _versions = bank_of(ground, 6)
    pool = Draw(1, (), Decimal(1), {"bank_id": str(bank)})
    sitting = sit(Plan((Section("", draws=(pool,)),), 60, adaptive=Adaptive(2, 5, 0.99, 1.0)))
    actor = ground.actor(sitting.student.person_id)
    for slot, reached in ((1, 2), (2, 2)):
        sitting.save(right(sitting, slot))
        with ground.runtime.unit_of_work(actor) as uow:
            assert service.go_on(uow, sitting.attempt_id, slot + 1) == reached
    assert sitting.view().item_count == 2


def test_a_version_can_be_rewritten_until_somebody_begins_to_sit_it(ground: ExamGround) -> None:
    _bank, versions = bank_of(ground, 3)
    version = write(ground, fixed(versions[:1]))

    def change(count: int, base: str | None = None) -> UUID:
        with ground.runtime.unit_of_work(ground.teacher) as uow:
            return service.change_blueprint(
                uow,
                version,
                title="План",
                subject="physics",
                plan=fixed(versions[:count]),
                mark_scale=MarkScale.FIVE,
                base_hash=base,
            )

    assert change(2) == version
    with pytest.raises(Conflict):
        change(3, base="somebody else's")
    ground.start(ground.open_session(version), ground.students[0])
    later = change(3)
    assert later != version
    with ground.runtime.read() as session:
        counts = {row.id: row.item_count for row in session.scalars(sa.select(BlueprintVersion))}
    assert counts == {version: 2, later: 3}
    with pytest.raises(Conflict):
        change(1)


def test_a_part_is_left_and_the_next_one_opened_without_scripts(
    ground: ExamGround, sit: Any, app: Flask, clock: FixedClock
) -> None:
    _bank, versions = bank_of(ground, 3)
    items = [PlannedItem(each) for each in versions]
    plan = Plan(
        (Section("Первая", tuple(items[:2]), minutes=10), Section("Вторая", (items[2],), minutes=10)), 30
    )
    sitting = sit(plan)
    browser, base = Browser(app, sitting.student.login), f"/attempts/{sitting.attempt_id}"
    before = browser.client.get(f"/exams/{sitting.view().entry_id}").text
    assert "Первая: 10 минут; Вторая: 10 минут" in before
    page = browser.client.get(f"{base}/q/2").text
    assert 'data-navigation="linear"' in page
    assert f'data-next="{base}/part"' in page
    assert browser.client.get(f"{base}/q/3").location == f"{base}/part"
    assert "Закончить эту часть?" in browser.client.get(f"{base}/part").text
    clock.advance(timedelta(minutes=11))
    assert browser.client.get(f"{base}/q/1").location == f"{base}/part"
    assert "Время этой части вышло" in browser.client.get(f"{base}/part").text
    pages = {"http://localhost" + f"{base}/q/1?a=1": f"{base}/q/1?a=1", "https://elsewhere.example/q/1": base}
    for source, back in {**pages, "": base}.items():
        hides = {"csrf_token": browser.token, "timer": "hide"}
        reply = browser.client.post(f"{base}/timer", data=hides, headers={"Referer": source})
        assert reply.location == back, source
    for _press in range(2):
        reply = browser.client.post(f"{base}/part", data={"csrf_token": browser.token, "part": "2"})
        assert reply.location == base
    assert browser.client.get(base).location == f"{base}/q/3"
    assert browser.client.get(f"{base}/part").location == f"{base}/review", "the last part ends with the work"
    forged = browser.client.post(f"{base}/part", data={"csrf_token": browser.token, "part": "9" * 30})
    assert forged.status_code == 409
    clock.advance(timedelta(minutes=11))
    assert f"{base}/submit" in browser.client.get(f"{base}/part").text


def test_what_holds_in_a_sitting_is_told_before_it(ground: ExamGround, sit: Any, app: Flask) -> None:
    bank, versions = bank_of(ground, 5)
    pool = Draw(1, (), Decimal(1), {"bank_id": str(bank)})
    plans = {
        "3 попытки. Каждая неверная снимает 50 %": fixed(versions[:1], conduct=ONCE, review=SHOWS),
        "«Точно верно» — 3": fixed(versions[:1], conduct=Conduct(asks_certainty=True)),
        "Работу можно написать 2 раза. Засчитывается среднее.": fixed(
            versions[:1], sittings=2, grade_method=GradeMethod.AVERAGE
        ),
        "Вопросы зависят от твоих ответов": Plan(
            (Section("", draws=(pool,)),), 60, adaptive=Adaptive(2, 4, 0.35, 1.0)
        ),
    }
    for words, plan in plans.items():
        sitting = sit(plan)
        entry_id = sitting.view().entry_id
        client = Browser(app, sitting.student.login).client
        for page in (f"/exams/{entry_id}", f"/exams/{entry_id}/rules"):
            assert words in client.get(page).text


def test_what_is_marked_later_stands_in_no_plan_that_needs_marks_at_once(ground: ExamGround) -> None:
    bank, versions = bank_of(ground, 2)
    status = MarkStatus.NEEDS_MARKING if shared_probe().refusal() else MarkStatus.RIGHT
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        program = service.create_item(
            uow,
            bank,
            title="Программа",
            type="code",
            content={"prompt": "Удвой.", "checks": [{"stdin": "1", "expected": "2"}]},
            tests=[ItemTest("print(2)", status), ItemTest(None, MarkStatus.WRONG)],
        )
        service.approve_item(uow, program)
    for conduct in (ONCE, Conduct(Feedback.IMMEDIATE)):
        for plan in (
            fixed([*versions, program], conduct=conduct),
            Plan((Section("", draws=(Draw(1, (program,)),)),), conduct=conduct),
        ):
            with pytest.raises(InvalidInput) as refusal:
                write(ground, plan)
            assert refusal.value.fields == {"feedback": ["assessment.marked_later"]}
    pool = Plan((Section("", draws=(Draw(1, (), Decimal(1), {"bank_id": str(bank)}),)),))
    write(ground, pool)
    write(ground, replace(pool, conduct=ONCE))
    with ground.runtime.read() as session:
        plans = session.scalars(sa.select(BlueprintVersion.plan)).all()
    counts = {plan.conduct.checks: len(plan.named) for plan in map(Plan.from_document, plans)}
    assert counts == {0: 3, 3: 2}, "a pool leaves out what is marked later"


def test_the_page_of_a_question_never_calls_a_slow_marker(
    ground: ExamGround, sit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _bank, versions = bank_of(ground, 1)
    sitting = sit(fixed(versions, conduct=ONCE, review=SHOWS))
    sitting.save(right(sitting, 1, kind=OperationKind.CHECK))
    kinds = ground.runtime.registries.of(QUESTION_TYPES)
    kind = type(kinds.get("choice"))
    monkeypatch.setattr(kind, "marks_later", lambda self, content: True, raising=False)
    with ground.runtime.read() as session:
        shown = queries.check_view(session, kinds, sitting.attempt_id, 1)
    assert shown is not None
    assert (shown.status, shown.earned, shown.notes) == (MarkStatus.NEEDS_MARKING, None, ("being_marked",))
