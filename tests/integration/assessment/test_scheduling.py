"""Fixing sessions: a class, named students, the roster, the window; debts, re-sits and their commission."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from lms.assessment import queries
from lms.assessment import service as assessment
from lms.assessment.models import Attempt, AttestationSession, Entry
from lms.assessment.queries.debts import debts_of
from lms.assessment.service.scheduling import NewSitting, admit_all, change_session, schedule
from lms.assessment.types import SessionKind
from lms.core.actor import SYSTEM
from lms.core.clock import FixedClock
from lms.core.errors import InvalidInput
from lms.core.runtime import Runtime
from lms.demo import exams as demo_exams
from lms.demo.cast import DemoSchool, load_cast
from lms.people import service as people


@pytest.fixture
def engine_url(sqlite_url: str) -> str:
    """Return one engine: what differs between them is told elsewhere."""
    return sqlite_url


@pytest.fixture
def school(runtime: Runtime, prepared_cast: None) -> DemoSchool:
    made = load_cast(runtime)
    demo_exams.build(runtime, made)
    return made


def signed_in(app: Flask, login: str) -> FlaskClient:
    client = app.test_client()
    form = {"login": login, "password": f"marshrut-{login}", "csrf_token": csrf(client, "/login")}
    assert client.post("/login", data=form).status_code == 303
    return client


def csrf(client: FlaskClient, path: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(path).text)
    assert found, path
    return found.group(1)


def version(runtime: Runtime, school: DemoSchool) -> UUID:
    with runtime.read() as session:
        return next(
            card.version_id
            for card in queries.blueprints_of(session, [school.id("school-14")])
            if card.title == demo_exams.TITLE
        )


def names_on(runtime: Runtime, session_id: UUID) -> set[UUID]:
    with runtime.read() as session:
        rows = sa.select(Entry.person_id).where(Entry.session_id == session_id, Entry.withdrawn_at.is_(None))
        return set(session.scalars(rows))


def test_a_session_is_fixed_for_a_class_in_the_browser(
    app: Flask, runtime: Runtime, school: DemoSchool
) -> None:
    head = signed_in(app, "zimina")
    page = head.get("/sessions/new").text
    classes = re.search(r'<option value="([^"]+)">8 «Б»', page)
    assert classes
    form = {
        "csrf_token": csrf(head, "/sessions/new"),
        "blueprint_version_id": str(version(runtime, school)),
        "kind": "interim",
        "opens_at": "2026-11-20T09:00",
        "closes_at": "2026-11-20T12:00",
        "venue": "Кабинет 12",
        "venue_modes": ["online", "school"],
        "class_id": classes.group(1),
    }
    nowhere = head.post("/sessions/new", data={**form, "venue_modes": []})
    assert nowhere.status_code == 422 and "Выберите хотя бы один способ" in nowhere.text
    wrong = head.post("/sessions/new", data={**form, "closes_at": "2026-11-20T08:00"})
    assert (
        wrong.status_code == 422 and 'value="Кабинет 12"' in wrong.text and "f-closes_at-error" in wrong.text
    )
    form_id = re.search(r'name="form_id" value="([^"]+)"', wrong.text)
    assert form_id
    form["form_id"] = form_id[1]
    done = head.post("/sessions/new", data=form)
    assert done.status_code == 303
    twice = head.post("/sessions/new", data=form)
    assert twice.headers["Location"] == done.headers["Location"], "a second click fixes no second session"
    back = head.post("/sessions/new", data={**form, "title": "Другая", "class_id": ""})
    assert back.status_code == 303 and back.headers["Location"] != done.headers["Location"]
    made = UUID(done.headers["Location"].rsplit("/", 1)[1])
    assert names_on(runtime, made) == {school.id("sonya"), school.id("lev")}
    with runtime.read() as session:
        opens = session.get_one(AttestationSession, made).opens_at
    assert opens == datetime(2026, 11, 20, 6, 0, tzinfo=UTC), "nine o'clock in Moscow"
    shown = head.get(done.headers["Location"]).text
    assert "онлайн или в школе: Кабинет 12" in shown
    assert seats(runtime, school, made) == {"sonya": ("home", "online"), "lev": ("class", "school")}
    place = re.search(r"/sessions/entries/[\w-]+", shown)
    assert place
    key = csrf(head, place.group())
    assert head.post(f"{place.group()}/withdraw", data={"csrf_token": key}).status_code == 303
    assert len(names_on(runtime, made)) == 1
    again = {"csrf_token": key, "people": "sonya, lev"}
    assert head.post(f"/sessions/{made}/roster", data=again).status_code == 303
    assert len(names_on(runtime, made)) == 2
    grant = {"csrf_token": key, "kind": "extra_time", "minutes": "10", "reason": "Погас свет"}
    place = re.search(r"/sessions/entries/[\w-]+", head.get(f"/sessions/{made}").text)
    assert place
    found = re.search(r'name="grant_id" value="([^"]+)"', head.get(place.group()).text)
    assert found
    for _click in range(2):  # what is given is never taken back, so a second click must not give it again
        once = {**grant, "grant_id": found[1]}
        assert head.post(f"{place.group()}/grant", data=once).status_code == 303
    assert head.get(place.group()).text.count("Погас свет") == 1
    others = f"/sessions/entries/{entry_of(runtime, school, made, 'lev')}/grant"
    if others != f"{place.group()}/grant":
        assert head.post(others, data=once).status_code == 422
    assert head.post(f"{place.group()}/grant", data={**grant, "reason": ""}).status_code == 422
    seat, end = f"/sessions/entries/{entry_of(runtime, school, made, 'lev')}/seat", "2026-11-20T12:00"
    for mode, answer in (("partner", 422), ("online", 303), ("school", 303)):
        assert head.post(seat, data={"csrf_token": key, "venue_mode": mode}).status_code == answer
        window = {
            "csrf_token": key,
            "opens_at": form["opens_at"],
            "closes_at": end,
            "venue_modes": ["online"],
        }
    assert head.post(f"/sessions/{made}/edit", data=window).status_code == 303
    assert seats(runtime, school, made)["lev"] == ("class", "online"), (
        "nobody sits where it cannot be sat any more"
    )
    assert head.post(f"/sessions/{made}/cancel", data={"csrf_token": key}).status_code == 303


def test_an_old_page_overwrites_nothing_and_keeps_what_was_typed(
    app: Flask, runtime: Runtime, school: DemoSchool, clock: FixedClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        edit = f"/sessions/{schedule(uow, plan(runtime, school, clock.now() + timedelta(days=1)))}/edit"
    head, page = signed_in(app, "zimina"), edit
    key, seen = csrf(head, page), re.compile(r'name="seen" value="(\w+)"')
    first, *_ = seen.findall(head.get(page).text)
    shown = dict(re.findall(r'name="(opens_at|closes_at)"[^>]* value="([^"]+)"', head.get(page).text))
    form = {**shown, "csrf_token": key, "seen": first, "venue_modes": ["school"], "title": "Первая"}
    assert [head.post(page, data=form).status_code for _click in range(2)] == [303, 303]
    refused = head.post(page, data={**form, "title": "Вторая", "venue": "Кабинет 3"})
    assert refused.status_code == 409
    for said in ("Первая", 'value="Вторая"', 'value="Кабинет 3"', "Сессию изменили"):
        assert said in refused.text, said
    assert "Первая" in head.get(page).text and "Вторая" not in head.get(page).text
    knowing = {**form, "title": "Вторая", "seen": seen.findall(refused.text)[0]}
    assert head.post(page, data=knowing).status_code == 303
    assert "Вторая" in head.get(page).text


def entry_of(runtime: Runtime, school: DemoSchool, session_id: UUID, login: str) -> UUID:
    with runtime.read() as session:
        found = session.scalars(
            sa.select(Entry.id).where(Entry.session_id == session_id, Entry.person_id == school.id(login))
        )
        return found.one()


def seats(runtime: Runtime, school: DemoSchool, session_id: UUID) -> dict[str, tuple[str, str]]:
    """Return on what ground and where each of the two sits."""
    with runtime.read() as session:
        rows = {
            entry.person_id: (entry.ground.value, entry.venue_mode.value)
            for entry in session.scalars(sa.select(Entry).where(Entry.session_id == session_id))
        }
    return {login: rows[school.id(login)] for login in ("sonya", "lev")}


def test_a_teacher_does_not_bring_strangers_onto_a_roster(runtime: Runtime, school: DemoSchool) -> None:
    now = runtime.clock.now()
    with runtime.unit_of_work(school.actor("kim")) as uow:
        made = schedule(uow, plan(runtime, school, now))
        change = admit_all(uow, made, [school.id("lev"), school.id("timur")])
    assert change.admitted == (school.id("lev"),)
    assert change.left_out == ((school.id("timur"), "assessment.not_yours"),)


def plan(runtime: Runtime, school: DemoSchool, opens: datetime, **more: object) -> NewSitting:
    return NewSitting(
        school.id("school-14"),
        SessionKind.INTERIM,
        version(runtime, school),
        opens,
        opens + timedelta(hours=3),
        **more,  # type: ignore[arg-type]
    )


def test_who_missed_owes_a_resit_and_illness_settles_it(
    app: Flask, runtime: Runtime, school: DemoSchool, clock: FixedClock
) -> None:
    org, lev, missed_on = school.id("school-14"), school.id("lev"), clock.now().date()
    commission = tuple(school.id(name) for name in ("belova", "sokolov", "dyatlov"))
    with runtime.unit_of_work(school.actor("zimina")) as uow:
        first = schedule(uow, plan(runtime, school, clock.now()))
        admit_all(uow, first, [lev])
    with pytest.raises(InvalidInput) as refusal, runtime.unit_of_work(school.actor("zimina")) as uow:
        schedule(uow, plan(runtime, school, clock.now(), commission=(school.id("kim"),)))
    assert refusal.value.code == "assessment.commission_unknown"
    clock.advance(timedelta(days=2))
    assert owed(runtime, org, clock) == [(lev, 0, missed_on)]
    second = resit(runtime, school, first, clock.now())
    assert names_on(runtime, second) == {lev}
    assert resit(runtime, school, first, clock.now(), who="sonya") and not owes(
        runtime, org, clock, "sonya", school
    )
    clock.advance(timedelta(days=2))
    assert owed(runtime, org, clock) == [(lev, 1, missed_on)], "the re-sit was missed, too"
    with pytest.raises(InvalidInput) as refusal:
        resit(runtime, school, second, clock.now())
    assert refusal.value.code == "assessment.resit_needs_commission"
    page = signed_in(app, "zimina").get("/sessions/debts").text
    assert "Дорохов Лев" in page and f"resit_of={second}" in page
    third = resit(runtime, school, second, clock.now(), commission=commission)
    assert names_on(runtime, third) == {lev}
    with pytest.raises(InvalidInput):
        resit(runtime, school, third, clock.now(), commission=commission)
    with runtime.unit_of_work(school.actor("mironova")) as uow:
        people.record_illness(
            uow,
            person_id=lev,
            org_id=org,
            starts_on=missed_on,
            ends_on=date(2026, 11, 30),
            document_ref="№ 5",
        )
    assert owed(runtime, org, clock) == [], "ill on the day is not missed"


def owed(runtime: Runtime, org: UUID, clock: FixedClock) -> list[tuple[UUID, int, date]]:
    with runtime.read() as session:
        views = debts_of(session, [org], clock.now())
    return [(view.person_id, view.debt.used, view.debt.since) for view in views]


def owes(runtime: Runtime, org: UUID, clock: FixedClock, who: str, school: DemoSchool) -> bool:
    return school.id(who) in {person for person, _used, _since in owed(runtime, org, clock)}


def resit(
    runtime: Runtime,
    school: DemoSchool,
    of: UUID,
    opens: datetime,
    *,
    who: str = "lev",
    commission: tuple[UUID, ...] = (),
) -> UUID:
    """Fix a re-sit, put somebody on its roster who owes one, and return its id."""
    with runtime.unit_of_work(school.actor("zimina")) as uow:
        made = schedule(uow, plan(runtime, school, opens, resit_of=of, commission=commission))
        admit_all(uow, made, [school.id(who)])
    return made


def test_a_window_only_grows_once_somebody_has_begun_and_the_clock_follows(
    app: Flask, runtime: Runtime, school: DemoSchool, clock: FixedClock
) -> None:
    opens = clock.now()
    with runtime.unit_of_work(SYSTEM) as uow:
        made = schedule(uow, plan(runtime, school, opens))
        (lev,) = admit_all(uow, made, [school.id("lev")]).admitted
        change_session(uow, made, title="", venue="", opens_at=opens, closes_at=opens + timedelta(hours=1))
    with runtime.read() as session:
        entry = session.scalars(
            sa.select(Entry.id).where(Entry.session_id == made, Entry.person_id == lev)
        ).one()
    clock.advance(timedelta(minutes=30))
    with runtime.unit_of_work(school.actor("lev")) as uow:
        attempt = assessment.start_attempt(uow, entry).id
    with pytest.raises(InvalidInput), runtime.unit_of_work(school.actor("zimina")) as uow:
        change_session(uow, made, title="", venue="", opens_at=opens, closes_at=opens + timedelta(minutes=20))
    with runtime.read() as session:
        before = session.get_one(Attempt, attempt).deadline_at
    with runtime.unit_of_work(school.actor("zimina")) as uow:
        change_session(uow, made, title="", venue="", opens_at=opens, closes_at=opens + timedelta(hours=2))
    with runtime.read() as session:
        after = session.get_one(Attempt, attempt).deadline_at
    assert (before, after) == (opens + timedelta(hours=1), opens + timedelta(hours=1, minutes=30))
    handing_in = signed_in(app, "lev").get(f"/attempts/{attempt}/submit").text
    assert f'href="/attempts/{attempt}/q/1">вопрос 1</a>' in handing_in, (
        "which answers are missing is said by number"
    )
    with runtime.unit_of_work(school.actor("lev")) as uow:
        assessment.submit_attempt(uow, attempt)
    head = signed_in(app, "zimina").get(f"/attempts/{attempt}/status").text
    assert "<h1>Работа сдана</h1>" in head and "закончил" not in head, "staff are not told that they are done"
