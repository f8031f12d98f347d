"""Support plans: any order of proposals, approvals, ends and days; the form; what a use leaves behind."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from lms.core.actor import SYSTEM
from lms.core.clock import FixedClock
from lms.core.errors import Conflict, InvalidInput, LmsError
from lms.core.runtime import Runtime
from lms.demo.cast import DemoSchool, load_cast
from lms.people import service
from lms.people.models import Person
from lms.people.queries import SupportState, conditions_for, measure_uses, support_versions
from lms.people.rules.diagnosis import diagnosis_words
from lms.people.types import MeasureCode, MeasureValue
from tests.fixtures.papers import paper_faults, paper_text


@pytest.fixture
def school(runtime: Runtime, prepared_cast: None) -> DemoSchool:
    return load_cast(runtime)


class Version:
    """What a version has to be, by the rules as a lawyer would tell them."""

    def __init__(self, key: UUID, minutes: int, first: date, last: date | None) -> None:
        self.id, self.minutes, self.first, self.last = key, minutes, first, last
        self.approved, self.ended = {"specialist"}, False

    @property
    def agreed(self) -> bool:
        return self.approved == {"specialist", "guardian"}

    def holds_on(self, day: date) -> bool:
        in_time = self.first <= day and (self.last is None or day <= self.last)
        return self.agreed and not self.ended and in_time


class SupportPlans(RuleBasedStateMachine):
    """One student's support plan, whatever comes in whatever order; the test says over which self.school."""

    runtime: Runtime
    school: DemoSchool
    clock: FixedClock

    def __init__(self) -> None:
        super().__init__()
        self.versions: list[Version] = []
        with self.runtime.read() as session:
            left = [v.id for v in support_versions(session, self.sonya) if v.superseded_at is None]
        for plan_id in left:
            with self.runtime.unit_of_work(self.school.actor("orlova")) as uow:
                service.withdraw_support_plan(uow, support_plan_id=plan_id, reason="Новый учебный год")

    @property
    def sonya(self) -> UUID:
        return self.school.id("sonya")

    @property
    def today(self) -> date:
        return self.clock.now().date()

    @rule(minutes=st.integers(5, 240), starts=st.integers(-2, 3), lasts=st.none() | st.integers(0, 5))
    def propose(self, minutes: int, starts: int, lasts: int | None) -> None:
        first = self.today + timedelta(days=starts)
        last = None if lasts is None else first + timedelta(days=lasts)
        with self.runtime.unit_of_work(self.school.actor("orlova")) as uow:
            made = service.create_support_plan(
                uow,
                person_id=self.sonya,
                measures=[MeasureValue(MeasureCode.EXTRA_TIME, {"minutes": minutes}, ("exam",))],
                source_ref="Заключение № 12 от 1 сентября",
                valid_from=first,
                valid_to=last,
            )
        for version in self.versions:
            version.ended |= not version.agreed
        self.versions.append(Version(made.id, minutes, first, last))

    @rule(pick=st.integers(0, 20), login=st.sampled_from(["anna", "orlova", "irina", "kim", "zimina"]))
    def approve(self, pick: int, login: str) -> None:
        if not self.versions:
            return
        version = self.versions[pick % len(self.versions)]
        role = {"anna": "guardian", "orlova": "specialist"}.get(login)
        is_over = version.last is not None and version.last < self.today
        may = role is not None and not version.ended and not version.agreed and not is_over
        if self._tried(lambda uow: service.approve_support_plan(uow, support_plan_id=version.id), login):
            assert may and role is not None
            version.approved.add(role)
            if version.agreed:
                is_begun = version.first <= self.today
                for other in self.versions:
                    is_replaced = is_begun or other.first >= version.first
                    other.ended |= other is not version and other.agreed and is_replaced
        else:
            assert not may

    @rule(pick=st.integers(0, 20), login=st.sampled_from(["anna", "orlova", "zimina", "irina", "kim"]))
    def withdraw(self, pick: int, login: str) -> None:
        if not self.versions:
            return
        version = self.versions[pick % len(self.versions)]
        may = login in {"anna", "orlova", "zimina"} and not version.ended
        done = self._tried(
            lambda uow: service.withdraw_support_plan(uow, support_plan_id=version.id, reason="По заявлению"),
            login,
        )
        assert done == may
        version.ended |= done

    @rule(days=st.integers(1, 4))
    def days_pass(self, days: int) -> None:
        self.clock.advance(timedelta(days=days))

    def _tried(self, act: Any, login: str) -> bool:
        try:
            with self.runtime.unit_of_work(self.school.actor(login)) as uow:
                act(uow)
        except LmsError:
            return False
        return True

    @invariant()
    def what_holds_is_what_was_agreed(self) -> None:
        begun = [v for v in self.versions if v.agreed and not v.ended and v.first <= self.today]
        holding = [version for version in begun[-1:] if version.holds_on(self.today)]
        with self.runtime.read() as session:
            found = conditions_for(session, self.sonya, self.today, activity="exam", base_minutes=60)
            states = {v.id: v.state_on(self.today) for v in support_versions(session, self.sonya)}
        assert found.minutes == 60 + (holding[0].minutes if holding else 0)
        in_force = [key for key, state in states.items() if state is SupportState.IN_FORCE]
        assert in_force == [version.id for version in holding]


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_in_any_order_only_what_both_agreed_holds_and_only_in_its_time(
    runtime: Runtime, school: DemoSchool, clock: FixedClock
) -> None:
    run_state_machine_as_test(
        type("ThisSchool", (SupportPlans,), {"runtime": runtime, "school": school, "clock": clock}),
        settings=settings(
            max_examples=12,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Заключение ПМПК № 12 от 1 сентября 2026 г.", []),
        ("Приказ № 61-у, АООП НОО вариант 7.1, рассмотрено советом", []),
        ("Conclusion No. 12 of 1 September, form F-2", []),
        ("Справка: ДЦП, G80.1", ["ДЦП", "G80.1"]),
        ("задержка психического развития", ["задержка"]),
        ("F84", ["F84"]),
        ("Medical diagnosis of dyslexia", ["diagnosis", "dyslexia"]),
    ],
)
def test_words_that_look_like_a_diagnosis_are_found_and_documents_are_not(
    text: str, found: list[str]
) -> None:
    assert diagnosis_words(text) == found


def signed_in(app: Flask, login: str) -> FlaskClient:
    client = app.test_client()
    form = {"login": login, "password": f"marshrut-{login}", "csrf_token": token(client, "/login")}
    assert client.post("/login", data=form).status_code == 303
    return client


def token(client: FlaskClient, path: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(path).text)
    assert found
    return found.group(1)


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_the_form_takes_every_measure_and_asks_about_a_diagnosis(
    app: Flask, runtime: Runtime, school: DemoSchool
) -> None:
    sonya, orlova, anna = school.id("sonya"), signed_in(app, "orlova"), signed_in(app, "anna")
    page = f"/support/{sonya}/new"
    form = {
        "csrf_token": token(orlova, page),
        "time_factor": "1.5",
        "scope_time_factor": "exam",
        "extra_minutes": "20",
        "break_count": "2",
        "break_minutes": "10",
        "window_hours": "24",
        "type_size": "150",
        "format": "paper",
        "scope_alternative_format": "lesson",
        "methods": ["in_person", "known_teacher"],
        "findings": ["no_face"],
        "plain": [
            "read_aloud",
            "simplified_layout",
            "reader",
            "assistant",
            "no_camera",
            "no_ranking",
            "no_peer_review",
        ],
        "screen_minutes": "45",
        "source_ref": "ДЦП, заключение № 12",
        "valid_from": runtime.clock.now().date().isoformat(),
    }
    asked = orlova.post(page, data=form)
    assert asked.status_code == 422 and "is_no_diagnosis" in asked.text and "ДЦП" in asked.text
    for name in ("methods", "findings"):
        unknown = {**form, "is_no_diagnosis": "yes", name: ["telepathy"]}
        assert orlova.post(page, data=unknown).status_code == 422, name
    assert orlova.post(page, data={**form, "is_no_diagnosis": "yes"}).status_code == 303
    with runtime.read() as session:
        (version,) = support_versions(session, sonya)
    assert {measure.code for measure in version.measures} == set(MeasureCode)
    seen = orlova.get(page).text
    assert 'value="24"' in seen and "known_teacher" in seen
    shown = anna.get(f"/support/{sonya}").text
    assert [w for w in ("на бумаге", "на уроках", "лично", "24 часа") if w not in shown] == []
    approve = f"/support/versions/{version.id}/approve"
    assert anna.post(approve, data={"csrf_token": token(anna, f"/support/{sonya}")}).status_code == 303
    end = f"/support/versions/{version.id}/withdraw"
    with_token = {"csrf_token": token(anna, f"/support/{sonya}")}
    assert anna.post(end, data={**with_token, "reason": ""}).status_code == 422
    assert anna.post(end, data={**with_token, "reason": "Больше не нужны"}).status_code == 303
    assert "Больше не нужны" in anna.get(f"/support/{sonya}").text
    assert signed_in(app, "irina").get(f"/support/{sonya}").status_code == 404


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_agreeing_next_months_measures_does_not_end_todays(
    app: Flask, runtime: Runtime, school: DemoSchool, clock: FixedClock
) -> None:
    sonya, anna = school.id("sonya"), signed_in(app, "anna")
    page, today = f"/support/{sonya}", clock.now().date()
    for minutes, starts in ((20, today), (40, today + timedelta(days=30))):
        with runtime.unit_of_work(school.actor("orlova")) as uow:
            made = service.create_support_plan(
                uow,
                person_id=sonya,
                measures=[MeasureValue(MeasureCode.EXTRA_TIME, {"minutes": minutes}, ("exam",))],
                source_ref="Решение совета № 3",
                valid_from=starts,
            )
        approve = f"/support/versions/{made.id}/approve"
        assert anna.post(approve, data={"csrf_token": token(anna, page)}).status_code == 303
    seen = anna.get(page).text
    assert [w for w in ("20 минут", "40 минут", "Действуют", "Начнут действовать") if w not in seen] == []
    for later, minutes in ((0, 80), (29, 80), (30, 100)):
        day = today + timedelta(days=later)
        with runtime.read() as session:
            found = conditions_for(session, sonya, day, activity="exam", base_minutes=60)
        assert found.minutes == minutes, later
    end = f"/support/versions/{made.id}/withdraw"
    assert seen.count(end) == 1, "the one that begins later can be ended, too"
    assert anna.post(end, data={"csrf_token": token(anna, page), "reason": "Передумали"}).status_code == 303
    with runtime.read() as session:
        assert conditions_for(session, sonya, day, activity="exam", base_minutes=60).minutes == 80


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_measures_are_handed_out_on_paper_as_pdf_ua_and_the_ground_to_its_readers_only(
    app: Flask, runtime: Runtime, school: DemoSchool
) -> None:
    sonya = school.id("sonya")
    with runtime.unit_of_work(school.actor("orlova")) as uow:
        made = service.create_support_plan(
            uow,
            person_id=sonya,
            measures=[MeasureValue(MeasureCode.EXTRA_TIME, {"minutes": 20}, ("exam",))],
            source_ref="Заключение № 12",
            valid_from=uow.now().date(),
        )
    page = f"/support/versions/{made.id}/paper"
    assert page in signed_in(app, "anna").get(f"/support/{sonya}").text
    texts = {}
    for login in ("anna", "orlova", "kim"):
        answer = signed_in(app, login).get(page)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf"), login
        assert paper_faults(answer.data) == []
        texts[login] = paper_text(answer.data)
        assert "20 минут" in texts[login] and "на экзаменах" in texts[login] and "ещё нет" in texts[login]
    assert [login for login, text in texts.items() if "№ 12" in text] == ["anna", "orlova"]
    assert signed_in(app, "irina").get(page).status_code == 404


def test_a_use_is_written_down_once_and_a_break_when_it_is_taken(
    runtime: Runtime, school: DemoSchool
) -> None:
    sonya, work = school.id("sonya"), school.id("kim")
    with runtime.unit_of_work(school.actor("orlova")) as uow:
        plan = service.create_support_plan(
            uow,
            person_id=sonya,
            measures=[
                MeasureValue(MeasureCode.EXTRA_TIME, {"minutes": 15}, ("exam",)),
                MeasureValue(MeasureCode.REST_BREAKS, {"count": 1, "minutes_each": 5}, ("exam",)),
                MeasureValue(MeasureCode.READ_ALOUD, {}, ("lesson",)),
            ],
            source_ref="№ 12",
            valid_from=uow.now().date(),
        )
        use = {"support_plan_id": plan.id, "activity": "exam", "object_id": work, "title": "Физика"}
        assert service.note_measures_used(uow, **use) == 1
        assert service.note_measures_used(uow, **use) == 0
        assert service.note_measures_used(uow, **use, taken=(MeasureCode.REST_BREAKS,)) == 1
    with runtime.read() as session:
        found = measure_uses(session, sonya, 1).items
    assert {each.code for each in found} == {MeasureCode.EXTRA_TIME, MeasureCode.REST_BREAKS}


def test_a_measure_is_named_once_and_somewhere(runtime: Runtime, school: DemoSchool) -> None:
    twice = [MeasureValue(MeasureCode.NO_RANKING)] * 2
    nowhere = [MeasureValue(MeasureCode.NO_RANKING, {}, ("moon",))]
    unknown = [
        [MeasureValue(MeasureCode.IDENTITY_METHODS, {"methods": ["in_person", "a_wink"]})],
        [MeasureValue(MeasureCode.DETECTOR_MASK, {"findings": ["bad_mood"]})],
    ]
    for measures in (twice, nowhere, [MeasureValue(MeasureCode.IDENTITY_METHODS, {"methods": []})], *unknown):
        with pytest.raises(InvalidInput), runtime.unit_of_work(school.actor("orlova")) as uow:
            service.create_support_plan(
                uow,
                person_id=school.id("sonya"),
                measures=measures,
                source_ref="№ 1",
                valid_from=uow.now().date(),
            )
    with pytest.raises(Conflict), runtime.unit_of_work(school.actor("orlova")) as uow:
        plan = service.create_support_plan(
            uow,
            person_id=school.id("sonya"),
            measures=twice[:1],
            source_ref="№ 1",
            valid_from=uow.now().date(),
        )
        for _turn in range(2):
            service.withdraw_support_plan(uow, support_plan_id=plan.id, reason="Ошибка")


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_student_who_has_come_of_age_agrees_personally_and_a_minor_does_not(
    app: Flask, runtime: Runtime, school: DemoSchool
) -> None:
    sonya, page = signed_in(app, "sonya"), f"/support/{school.id('sonya')}"
    with runtime.unit_of_work(school.actor("orlova")) as uow:
        proposed = service.create_support_plan(
            uow,
            person_id=school.id("sonya"),
            measures=[MeasureValue(MeasureCode.READER)],
            source_ref="Решение совета № 3",
            valid_from=uow.today(),
        )
    approve = f"/support/versions/{proposed.id}/approve"
    with_token = {"csrf_token": token(sonya, "/account")}
    assert approve not in sonya.get(page).text
    assert "специальные условия" not in sonya.get("/home").text, (
        "the parents of a child are asked, not the child"
    )
    assert sonya.post(approve, data=with_token).status_code == 404
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.get_one(Person, school.id("sonya")).adult_from = uow.today()
    assert signed_in(app, "anna").get(page).status_code == 404, "the mother's rights ended on that day"
    assert approve in sonya.get(page).text
    reminder = "Прочитайте и согласуйте свои специальные условия"
    assert reminder in sonya.get("/home").text
    assert sonya.post(approve, data=with_token).status_code == 303
    assert reminder not in sonya.get("/home").text
    with runtime.read() as session:
        (version,) = support_versions(session, school.id("sonya"))
        assert [version.is_active, version.approved_by("student") is not None] == [True, True]
        today = runtime.clock.now().date()
        assert conditions_for(session, school.id("sonya"), today, activity="exam").reader
    end = f"/support/versions/{version.id}/withdraw"
    assert sonya.post(end, data={**with_token, "reason": "Больше не нужно"}).status_code == 303
