"""Places in courses: who gets in, who waits, who is next, until when a place is held; cohorts and their days."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from lms.core.actor import SYSTEM
from lms.core.clock import FixedClock
from lms.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from lms.core.runtime import Runtime
from lms.courses import queries, service
from lms.courses.models import Course, Enrolment, PlaceRequest
from lms.courses.pages.places import PER_PAGE
from lms.courses.place_reading import places_of, requests_in, wish_of
from lms.courses.rules.places import Queued, free_places, last_day, next_in_line, number_in_line
from lms.courses.tasks import lapse_offers
from lms.courses.term_reading import term_of
from lms.courses.types import (
    CohortEnd,
    EnrolmentGround,
    EnrolmentMode,
    LearningOp,
    LearningOpKind,
    NewBlock,
    NewCourse,
    NewSection,
    RequestState,
)
from lms.demo.cast import DemoSchool, load_cast, load_newcomers
from tests.fixtures.application import SCHOOL_DAY
from tests.integration.assessment.test_hot_reads import statements
from tests.integration.test_course_pages import csrf, signed_in
from tests.integration.test_course_work import more_learners
from tests.integration.test_courses import TEXT, publish, write

DAY = timedelta(days=1)
QUEUE = st.lists(
    st.builds(Queued, st.uuids(), st.integers(0, 5).map(lambda day: SCHOOL_DAY + day * DAY)),
    max_size=8,
    unique_by=lambda one: one.id,
)


@pytest.fixture
def school(runtime: Runtime) -> DemoSchool:
    made = load_cast(runtime)
    load_newcomers(runtime, made)
    return made


@given(QUEUE, st.none() | st.integers(0, 9))
def test_nobody_overtakes_anybody_and_a_number_says_how_many_go_before(
    queue: list[Queued], free: int | None
) -> None:
    lucky = next_in_line(queue, free)
    assert len(lucky) == (len(queue) if free is None else min(free, len(queue)))
    since = {one.id: one.queued_at for one in queue}
    left = [one.queued_at for one in queue if one.id not in lucky]
    assert all(since[one] <= earliest for one in lucky for earliest in left)
    numbers = sorted(filter(None, (number_in_line(queue, one.id) for one in queue)))
    assert numbers == list(range(1, len(queue) + 1))
    assert free_places(3, 2, 2) == 0
    assert free_places(None, 9, 9) is None


def made(runtime: Runtime, school: DemoSchool, mode: EnrolmentMode, seats: int | None = None) -> UUID:
    """Publish a course of one text with so many places."""
    course = write(
        runtime, school, NewSection("one", "Первый", (NewBlock("text", "text", TEXT),)), mode=mode.value
    )
    publish(runtime, school, course)
    change(runtime, school, course, mode, seats)
    return course


def change(
    runtime: Runtime, school: DemoSchool, course: UUID, mode: EnrolmentMode, seats: int | None
) -> None:
    with runtime.unit_of_work(school.actor("kim")) as uow:
        new = NewCourse(school.id("school-14"), "Проба", "physics", mode=mode, seats=seats)
        service.change_course(uow, course, new)


def ask(
    runtime: Runtime, school: DemoSchool, login: str, course: UUID, cohort: UUID | None = None
) -> RequestState:
    with runtime.unit_of_work(school.actor(login)) as uow:
        return service.ask_for_place(uow, course, cohort, "Мне интересно")


def wish(runtime: Runtime, school: DemoSchool, login: str, course: UUID) -> PlaceRequest:
    with runtime.read() as session:
        rows = session.scalars(
            sa.select(PlaceRequest).where(
                PlaceRequest.person_id == school.id(login), PlaceRequest.course_id == course
            )
        )
        return sorted(rows, key=lambda row: (row.changed_at, row.id))[-1]


def test_a_place_that_is_given_back_goes_down_the_queue_each_time_until_its_day(
    runtime: Runtime, school: DemoSchool, clock: FixedClock
) -> None:
    course = made(runtime, school, EnrolmentMode.OPEN, 1)
    assert ask(runtime, school, "lev", course) is RequestState.TAKEN
    clock.advance(DAY)
    assert ask(runtime, school, "sonya", course) is RequestState.WAITING
    assert ask(runtime, school, "sonya", course) is RequestState.WAITING, "asked twice, one wish"
    clock.advance(DAY)
    assert ask(runtime, school, "mila", course) is RequestState.WAITING
    with pytest.raises(Conflict, match=r"course\.full"), runtime.unit_of_work(school.actor("sonya")) as uow:
        service.enrol(uow, school.id("sonya"), course, EnrolmentGround.SELF)
    with runtime.read() as session:
        shown = wish_of(session, school.id("mila"), course)
        assert shown is not None
        assert shown.number == 2
    with runtime.unit_of_work(school.actor("kim")) as uow:
        lev = queries.enrolment_of(uow.session, school.id("lev"), course)
        assert lev is not None
        service.withdraw_enrolment(uow, lev.id)
    offered = wish(runtime, school, "sonya", course)
    assert offered.state is RequestState.OFFERED
    assert wish(runtime, school, "mila", course).state is RequestState.WAITING
    with runtime.read() as session:
        found = places_of(session, session.get_one(Course, course))
        assert (found.free, found.offered, found.waiting) == (0, 1, 1)
    with pytest.raises(NotFound), runtime.unit_of_work(school.actor("mila")) as uow:
        service.take_place(uow, offered.id)
    clock.advance(4 * DAY)
    with pytest.raises(Conflict), runtime.unit_of_work(school.actor("sonya")) as uow:
        service.take_place(uow, offered.id)
    lapse_offers(runtime)
    lapse_offers(runtime)
    assert wish(runtime, school, "sonya", course).state is RequestState.LAPSED
    theirs = wish(runtime, school, "mila", course)
    assert theirs.state is RequestState.OFFERED
    with runtime.unit_of_work(school.actor("mila")) as uow:
        assert service.take_place(uow, theirs.id) is RequestState.TAKEN
    assert ask(runtime, school, "sonya", course) is RequestState.WAITING, "one may ask again"
    change(runtime, school, course, EnrolmentMode.OPEN, 2)
    again = wish(runtime, school, "sonya", course)
    assert again.state is RequestState.OFFERED, "a new place is offered at once"
    with runtime.unit_of_work(school.actor("sonya")) as uow:
        service.give_wish_up(uow, again.id)
    with runtime.read() as session:
        assert requests_in(session, course) == []
        assert places_of(session, session.get_one(Course, course)).free == 1


def test_a_teacher_answers_a_wish_and_says_why_not(runtime: Runtime, school: DemoSchool) -> None:
    course = made(runtime, school, EnrolmentMode.REQUEST)
    with pytest.raises(NotFound), runtime.unit_of_work(school.actor("sonya")) as uow:
        service.enrol(uow, school.id("sonya"), course, EnrolmentGround.SELF)
    assert ask(runtime, school, "sonya", course) is RequestState.ASKED
    asked = wish(runtime, school, "sonya", course)
    for login in ("sonya", "petrenko", "anna"):
        with pytest.raises((Forbidden, NotFound)), runtime.unit_of_work(school.actor(login)) as uow:
            service.answer_wish(uow, asked.id, is_yes=True)
    with pytest.raises(InvalidInput), runtime.unit_of_work(school.actor("kim")) as uow:
        service.answer_wish(uow, asked.id, is_yes=False, answer=" ")
    with runtime.unit_of_work(school.actor("kim")) as uow:
        said = service.answer_wish(uow, asked.id, is_yes=False, answer="Сначала пройди вводный курс.")
    assert said is RequestState.REFUSED
    with pytest.raises(Conflict), runtime.unit_of_work(school.actor("kim")) as uow:
        service.answer_wish(uow, asked.id, is_yes=True)
    assert ask(runtime, school, "sonya", course) is RequestState.ASKED
    with runtime.unit_of_work(school.actor("kim")) as uow:
        state = service.answer_wish(uow, wish(runtime, school, "sonya", course).id, is_yes=True)
    assert state is RequestState.TAKEN
    with runtime.read() as session:
        assert queries.enrolment_of(session, school.id("sonya"), course) is not None
    closed = made(runtime, school, EnrolmentMode.ASSIGNED)
    with pytest.raises(NotFound):
        ask(runtime, school, "sonya", closed)
    with pytest.raises(NotFound):
        ask(runtime, school, "timur", course)


def test_a_cohort_begins_on_its_day_for_all_who_are_in_it(
    runtime: Runtime, school: DemoSchool, clock: FixedClock
) -> None:
    course = made(runtime, school, EnrolmentMode.OPEN)
    begins = SCHOOL_DAY.date() + 10 * DAY
    with runtime.unit_of_work(school.actor("kim")) as uow:
        new = service.NewCohort("Осенний поток", begins, begins + 30 * DAY, 1)
        cohort = service.open_new_cohort(uow, course, new)
        for wrong in (("", begins, None, None), ("Х", begins, begins - DAY, None), ("Х", begins, None, 0)):
            with pytest.raises(InvalidInput):
                service.open_new_cohort(uow, course, service.NewCohort(*wrong))
    with pytest.raises(NotFound):
        ask(runtime, school, "sonya", course)
    assert ask(runtime, school, "sonya", course, cohort) is RequestState.TAKEN
    assert ask(runtime, school, "lev", course, cohort) is RequestState.WAITING

    def open_now() -> bool:
        with runtime.read() as session:
            enrolment = queries.enrolment_of(session, school.id("sonya"), course)
            assert enrolment is not None
            view = queries.outline(session, course, enrolment)
            (mine,) = [one for one in queries.courses_of(session, school.id("sonya"))]
            assert bool(mine.progress.next_block_url) == view.sections[0].is_open
            return view.sections[0].is_open

    assert not open_now()
    with runtime.read() as session:
        mine = queries.enrolment_of(session, school.id("sonya"), course)
        assert mine is not None
        step = queries.outline(session, course, mine).steps[0].id
    with pytest.raises(Conflict), runtime.unit_of_work(school.actor("sonya")) as uow:
        service.complete_step(uow, mine.id, step)
    with runtime.unit_of_work(school.actor("kim")) as uow:
        sooner = service.NewCohort("Осенний поток", SCHOOL_DAY.date(), begins, 2)
        service.change_cohort(uow, course, cohort, sooner)
    assert open_now(), "who is in it begins on the new day"
    assert wish(runtime, school, "lev", course).state is RequestState.OFFERED
    with runtime.unit_of_work(school.actor("kim")) as uow:
        service.close_cohort(uow, course, cohort)
    assert wish(runtime, school, "lev", course).state is RequestState.LAPSED
    with pytest.raises(NotFound):
        ask(runtime, school, "lev", course, cohort)


def test_the_ground_of_an_enrolment_is_kept_with_its_paper(runtime: Runtime, school: DemoSchool) -> None:
    course = made(runtime, school, EnrolmentMode.ASSIGNED, 1)
    with pytest.raises(InvalidInput), runtime.unit_of_work(school.actor("kim")) as uow:
        service.enrol(uow, school.id("sonya"), course, EnrolmentGround.NETWORK)
    with runtime.unit_of_work(school.actor("kim")) as uow:
        service.enrol(uow, school.id("sonya"), course, EnrolmentGround.NETWORK, "Договор № 7 от 01.09.2026")
        service.enrol(uow, school.id("lev"), course, EnrolmentGround.PART, "Приказ № 12")
    with runtime.read() as session:
        rows = session.execute(
            sa.select(Enrolment.ground, Enrolment.reference)
            .where(Enrolment.course_id == course)
            .order_by(Enrolment.reference)
        ).all()
    assert [tuple(row) for row in rows] == [
        (EnrolmentGround.NETWORK, "Договор № 7 от 01.09.2026"),
        (EnrolmentGround.PART, "Приказ № 12"),
    ], "staff may go beyond the number of places"
    with (
        pytest.raises(InvalidInput, match=r"course\.no_agreement"),
        runtime.unit_of_work(school.actor("kim")) as uow,
    ):
        service.enrol(uow, school.id("mila"), course, EnrolmentGround.NETWORK, "х", agreement_id=uuid4())


def test_who_signs_for_a_child_asks_in_the_childs_name_and_the_child_reads_who_asked(
    app: Flask, runtime: Runtime, school: DemoSchool, clock: FixedClock
) -> None:
    course = made(runtime, school, EnrolmentMode.REQUEST, 1)
    page, child = f"/courses/{course}", str(school.id("sonya"))
    anna, sonya, irina = (signed_in(app, login) for login in ("anna", "sonya", "irina"))
    shown = anna.get(page).text
    assert "Попросить место" in shown
    sent = {"csrf_token": csrf(anna, page), "person_id": child, "note": "Любит физику"}
    assert anna.post(f"{page}/place", data=sent).headers["Location"].endswith(f"{page}?person={child}")
    theirs = {"csrf_token": csrf(irina, page), "person_id": child}
    assert irina.post(f"{page}/place", data=theirs).status_code in {403, 404}, "another's child"
    mine = wish(runtime, school, "sonya", course)
    assert (mine.state, mine.asked_by) == (RequestState.ASKED, school.id("anna"))
    assert "Ветрова" in sonya.get(page).text and "Ветрова" in signed_in(app, "kim").get(f"{page}/places").text
    back = f"{page}/place/{mine.id}/leave"
    assert irina.post(back, data={"csrf_token": csrf(irina, page)}).status_code in {403, 404}
    assert sonya.post(back, data={"csrf_token": csrf(sonya, page)}).status_code == 303
    assert wish(runtime, school, "sonya", course).state is RequestState.WITHDRAWN, (
        "the child has the last word"
    )
    change(runtime, school, course, EnrolmentMode.OPEN, 1)
    assert ask(runtime, school, "lev", course) is RequestState.TAKEN
    sent["csrf_token"] = csrf(anna, page)
    assert "очеред" in anna.post(f"{page}/place", data=sent, follow_redirects=True).text
    clock.advance(DAY)
    with runtime.unit_of_work(school.actor("kim")) as uow:
        lev = queries.enrolment_of(uow.session, school.id("lev"), course)
        assert lev is not None
        service.withdraw_enrolment(uow, lev.id)
    offered = wish(runtime, school, "sonya", course)
    assert offered.state is RequestState.OFFERED
    anna, sonya = signed_in(app, "anna"), signed_in(app, "sonya")
    taken = anna.post(f"{page}/place/{offered.id}/take", data={"csrf_token": csrf(anna, page)})
    assert taken.status_code == 303
    assert "Ветрова" in sonya.get(page).text
    with pytest.raises((Forbidden, NotFound)), runtime.unit_of_work(school.actor("irina")) as uow:
        service.ask_for_place(uow, course, person_id=school.id("mila"))


def test_what_comes_after_the_last_day_is_said_before_and_holds(
    app: Flask, runtime: Runtime, school: DemoSchool, clock: FixedClock
) -> None:
    course, today = made(runtime, school, EnrolmentMode.OPEN), SCHOOL_DAY.date()
    page, end = f"/courses/{course}", today + 5 * DAY
    with runtime.unit_of_work(school.actor("kim")) as uow:
        bound = service.NewCohort("Поток", today, end, None, CohortEnd.READ_ONLY)
        cohort = service.open_new_cohort(uow, course, bound)
        with pytest.raises(InvalidInput, match=r"course\.cohort_end_missing"):
            service.open_new_cohort(uow, course, replace(bound, ends_on=None))
    sonya = signed_in(app, "sonya")
    assert "дальше можно только читать" in sonya.get(page).text
    ask(runtime, school, "sonya", course, cohort)
    with runtime.unit_of_work(school.actor("kim")) as uow:
        service.change_cohort(uow, course, cohort, replace(bound, ends_on=end + DAY))
        for less in (bound, replace(bound, ends_on=end - DAY)):
            with pytest.raises(InvalidInput, match=r"course\.cohort_promise"):
                service.change_cohort(uow, course, cohort, less)
    with runtime.read() as session:
        mine = queries.enrolment_of(session, school.id("sonya"), course)
        assert mine is not None
        step = queries.outline(session, course, mine).steps[0]
    did = LearningOp(uuid4(), LearningOpKind.DONE, step.id, done_at=clock.now())
    clock.advance(7 * DAY)

    def may_go_on() -> bool:
        with runtime.read() as session:
            enrolment = session.get_one(Enrolment, mine.id)
            term = term_of(session, enrolment, clock.now().date())
            return term is None or not term.is_over

    assert not may_go_on()
    with pytest.raises(Conflict, match=r"course\.over"), runtime.unit_of_work(school.actor("sonya")) as uow:
        service.complete_step(uow, mine.id, step.id)
    sonya = signed_in(app, "sonya")
    shown = sonya.get(step.url).text
    assert "Последний день" in shown and "Прочитано" not in shown
    with runtime.read() as session:
        assert not queries.courses_of(session, school.id("sonya"))[0].progress.next_block_url
    kim = signed_in(app, "kim")
    way = f"{page}/progress/{mine.id}"
    until = (clock.now().date() + 3 * DAY).isoformat()
    for data, status in (
        ({"until": end.isoformat(), "why": "Болела"}, 422),
        ({"until": until}, 422),
        ({"until": until, "why": "Болела"}, 303),
    ):
        sent = {"csrf_token": csrf(kim, way), **data}
        assert kim.post(f"{way}/more-time", data=sent).status_code == status
    assert may_go_on() and "Болела" in kim.get(way).text
    assert "времени больше" in sonya.get(page).text
    clock.advance(4 * DAY)
    assert not may_go_on()
    with runtime.unit_of_work(school.actor("sonya")) as uow:
        late = replace(did, op_id=uuid4(), done_at=clock.now())
        came = service.sync_learning(uow, mine.id, [did, late])
    assert {each.refused for each in came.receipts} == {"", "course.over"}, (
        "what was done in time is taken in"
    )


def test_a_support_plan_with_longer_windows_makes_the_last_day_later() -> None:
    end = SCHOOL_DAY.date()
    assert [last_day(end, None, hours) - end for hours in (0, 1, 24, 48)] == [0 * DAY, DAY, DAY, 2 * DAY]
    assert last_day(end, end - DAY) == end, "more time is never less"


def test_wishes_queue_and_groups_by_hand(app: Flask, runtime: Runtime, school: DemoSchool) -> None:
    course = made(runtime, school, EnrolmentMode.REQUEST, 1)
    sonya, lev, kim = (signed_in(app, login) for login in ("sonya", "lev", "kim"))
    page, places = f"/courses/{course}", f"/courses/{course}/places"
    assert "Попросить место" in sonya.get(page).text
    form = {"csrf_token": csrf(sonya, page), "note": "Хочу <b>понять</b> тепло"}
    assert sonya.post(f"{page}/place", data=form).status_code == 303
    assert "Твоя просьба у учителей" in sonya.get(page).text
    assert "Ответить на просьбы о местах" in kim.get("/work").text
    shown = kim.get(places).text
    assert "Хочу &lt;b&gt;понять" in shown
    row = wish(runtime, school, "sonya", course)
    answer = {"csrf_token": csrf(kim, places), "act": "no", f"answer-{row.id}": ""}
    refused = kim.post(f"{places}/{row.id}", data=answer)
    assert (refused.status_code, "Ошибка" in refused.text) == (422, True)
    assert kim.post(f"{places}/{row.id}", data={**answer, "act": "yes"}).status_code == 303
    assert lev.post(f"{page}/place", data={"csrf_token": csrf(lev, page)}).status_code == 303
    theirs = wish(runtime, school, "lev", course)
    kim.post(f"{places}/{theirs.id}", data={**answer, "act": "yes"})
    assert "Ты в очереди, твой номер: 1" in lev.get(page).text
    assert "следующий" in kim.get(places).text
    assert (
        sonya.post(f"{page}/place/{theirs.id}/take", data={"csrf_token": csrf(sonya, "/courses")}).status_code
        == 404
    )
    change(runtime, school, course, EnrolmentMode.REQUEST, 2)
    assert "Для тебя есть место" in lev.get(page).text
    token = {"csrf_token": csrf(lev, page)}
    assert lev.post(f"{page}/place/{theirs.id}/take", data=token).status_code == 303
    group = {"csrf_token": answer["csrf_token"], "title": "Весна", "starts_on": "2027-03-01", "seats": "20"}
    assert kim.post(f"{page}/cohorts", data={**group, "seats": "много"}).status_code == 422
    assert kim.post(f"{page}/cohorts", data=group).status_code == 303
    shown = kim.get(places).text
    assert "с 1 марта 2027" in shown
    path = shown.split(f'href="{page}/cohorts/')[1].split('"')[0]
    one = f"{page}/cohorts/{path}"
    assert "Пока никого" in kim.get(one).text
    with runtime.unit_of_work(SYSTEM) as uow:
        service.enrol(uow, school.id("timur"), course, EnrolmentGround.CLASS, cohort_id=UUID(path))
        mine = queries.enrolment_of(uow.session, school.id("lev"), course)
        assert mine is not None
        uow.session.get_one(Enrolment, mine.id).cohort_id = UUID(path)
    inside = kim.get(one).text
    assert "Кто в группе: 2" in inside and "Ещё в ней 1 ученик коллег" in inside
    assert f"{page}/progress/{mine.id}" in inside and "Асланов" not in inside
    assert "Участвуют 3 человека, из них вне групп: 1" in kim.get(places).text
    assert kim.post(f"{page}/cohorts/{path}", data={**group, "title": "Весна 2"}).status_code == 303
    assert kim.post(f"{page}/cohorts/{path}", data={**group, "act": "close"}).status_code == 303
    for stranger in ("petrenko", "timur"):
        assert signed_in(app, stranger).get(places).status_code in {403, 404}


def test_a_group_asks_the_same_whether_three_are_in_it_or_more_than_a_page(
    app: Flask, runtime: Runtime, school: DemoSchool
) -> None:
    course = made(runtime, school, EnrolmentMode.ASSIGNED)
    with runtime.unit_of_work(school.actor("kim")) as uow:
        cohort = service.open_new_cohort(uow, course, service.NewCohort("Весна", SCHOOL_DAY.date()))
    kim, page, asked = signed_in(app, "kim"), f"/courses/{course}/cohorts/{cohort}", []
    for more in (3, 9, PER_PAGE):
        more_learners(runtime, school, course, more, cohort)
        kim.get(page)
        with statements(runtime) as sent:
            shown = kim.get(page).text
        asked.append(len(sent))
    assert len(set(asked)) == 1
    codes = [re.findall(r">(C-[0-9a-f]+)<", text) for text in (shown, kim.get(f"{page}?page=2").text)]
    assert [len(part) for part in codes] == [PER_PAGE, 12]
    assert codes[0] + codes[1] == sorted(codes[0] + codes[1])


def test_a_class_is_enrolled_by_who_answers_for_it(app: Flask, runtime: Runtime, school: DemoSchool) -> None:
    course = made(runtime, school, EnrolmentMode.ASSIGNED)
    kim, progress = signed_in(app, "kim"), f"/courses/{course}/progress"
    page = kim.get(progress).text
    box = page.split('name="class_id"')[1].split("</select>")[0]
    options = [part.split('"')[0] for part in box.split('value="')[1:] if part[0] != '"']
    token = csrf(kim, progress)
    for class_id in options:
        answer = kim.post(f"/courses/{course}/classes", data={"csrf_token": token, "class_id": class_id})
        assert answer.status_code == 303
    with runtime.read() as session:
        rows = session.scalars(sa.select(Enrolment).where(Enrolment.course_id == course)).all()
    assert rows
    assert {row.ground for row in rows} == {EnrolmentGround.CLASS}
    assert all(row.reference.startswith("class:") for row in rows)


def test_a_course_that_was_chosen_is_left_with_everything_kept_and_entered_again(
    app: Flask, runtime: Runtime, school: DemoSchool
) -> None:
    texts = (NewBlock("one", "text", TEXT, "Первый шаг"), NewBlock("two", "text", TEXT, "Второй шаг"))
    course = write(runtime, school, NewSection("one", "Первый", texts))
    publish(runtime, school, course)
    change(runtime, school, course, EnrolmentMode.OPEN, 1)
    page, child = f"/courses/{course}", str(school.id("sonya"))
    anna, sonya, lev = (signed_in(app, login) for login in ("anna", "sonya", "lev"))
    assert sonya.get(f"{page}/leave").status_code == 404, "whoever is not in it leaves nothing"
    ask(runtime, school, "sonya", course)
    with runtime.read() as session:
        mine = queries.enrolment_of(session, school.id("sonya"), course)
        assert mine is not None
        step = queries.outline(session, course, mine).steps[0]
    with runtime.unit_of_work(school.actor("sonya")) as uow:
        service.complete_step(uow, mine.id, step.id)
    ask(runtime, school, "lev", course)
    assert f"{page}/leave" in sonya.get(page).text
    asks = sonya.get(f"{page}/leave").text
    assert "Всё сделанное останется" in asks and "Уйти с курса «Проба»?" in asks
    assert lev.get(f"{page}/leave?person={child}").status_code in {403, 404}
    assert signed_in(app, "irina").get(f"{page}/leave?person={child}").status_code in {403, 404}
    assert sonya.post(f"{page}/leave", data={"csrf_token": csrf(sonya, page)}).status_code == 303
    assert "сохранено" in sonya.get(page).text
    assert wish(runtime, school, "lev", course).state is RequestState.OFFERED, "the place goes to the next"
    with runtime.read() as session:
        assert queries.enrolment_of(session, school.id("sonya"), course) is None
    change(runtime, school, course, EnrolmentMode.OPEN, 3)
    ask(runtime, school, "sonya", course)
    with runtime.read() as session:
        again = queries.enrolment_of(session, school.id("sonya"), course)
        assert again is not None
        assert queries.outline(session, course, again).steps[0].is_completed, "she goes on where she stopped"
    there = anna.get(f"{page}?person={child}").text
    assert f"{page}/leave?person={child}" in there
    sent = {"csrf_token": csrf(anna, page)}
    assert anna.post(f"{page}/leave?person={child}", data=sent).headers["Location"].endswith(child)
    with runtime.read() as session:
        assert queries.enrolment_of(session, school.id("sonya"), course) is None


@pytest.mark.parametrize(
    ("ground", "said"),
    [
        (EnrolmentGround.PLAN, "предложи изменить план"),
        (EnrolmentGround.CLASS, "весь класс"),
        (EnrolmentGround.TEACHER, "записала школа"),
    ],
)
def test_what_others_have_prescribed_is_not_left_and_it_is_said_whom_to_ask(
    app: Flask, runtime: Runtime, school: DemoSchool, ground: EnrolmentGround, said: str
) -> None:
    course = made(runtime, school, EnrolmentMode.OPEN)
    with runtime.unit_of_work(school.actor("kim")) as uow:
        service.enrol(uow, school.id("sonya"), course, ground)
    sonya, page = signed_in(app, "sonya"), f"/courses/{course}/leave"
    assert said in sonya.get(page).text
    assert sonya.post(page, data={"csrf_token": csrf(sonya, "/courses")}).status_code == 409
    with pytest.raises(Conflict, match=r"course\.leave"), runtime.unit_of_work(school.actor("sonya")) as uow:
        service.leave_course(uow, course, school.id("sonya"))


def test_who_follows_a_child_reads_on_the_page_of_a_course_how_far_the_child_is(
    app: Flask, runtime: Runtime, school: DemoSchool
) -> None:
    texts = (NewBlock("one", "text", TEXT, "Первый шаг"), NewBlock("two", "text", TEXT, "Второй шаг"))
    course = write(runtime, school, NewSection("one", "Первый", texts))
    publish(runtime, school, course)
    with runtime.unit_of_work(school.actor("kim")) as uow:
        service.enrol(uow, school.id("sonya"), course, EnrolmentGround.CLASS)
        mine = queries.enrolment_of(uow.session, school.id("sonya"), course)
        assert mine is not None
        step = queries.outline(uow.session, course, mine).steps[0]
    with runtime.unit_of_work(school.actor("sonya")) as uow:
        service.complete_step(uow, mine.id, step.id)
    page = f"/courses/{course}"
    anna = signed_in(app, "anna").get(page).text
    assert "Пройдено шагов: 1 из 2" in anna and step.url not in anna, "how far, and no step of it"
    assert "Пройдено шагов" not in signed_in(app, "irina").get(page).text
