"""The nights on which clocks are put forward and back: windows, deadlines and days are what the clock on the wall says."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from lms.assessment import service
from lms.assessment.models import Attempt, AttestationSession
from lms.assessment.pages.words import until_words
from lms.assessment.types import SessionKind
from lms.core.clock import FixedClock
from lms.core.db import day_of
from lms.core.runtime import Runtime
from lms.home.sources.week import week_of
from lms.testing.exams import ExamGround, make_ground
from tests.fixtures.application import FAST_HASHES
from tests.integration.assessment.conftest import Sitting
from tests.integration.assessment.test_api import Browser

#: In Berlin clocks go from 02:00 to 03:00 on 28 March 2027, and from 03:00 back to 02:00 on 31 October.
SPRING, AUTUMN = "2027-03-28", "2027-10-31"


@pytest.fixture
def prepared() -> None:
    """Begin with nothing: a school that was prepared stands in one zone only."""


@pytest.fixture
def prepared_ground(runtime: Runtime) -> ExamGround:
    return make_ground(runtime, students=1)


@pytest.fixture
def environment(tmp_path: Path, sqlite_url: str) -> dict[str, str]:
    return {
        **FAST_HASHES,
        "LMS_DATA_DIR": str(tmp_path / "data"),
        "LMS_DATABASE_URL": sqlite_url,
        "LMS_JOBS_URL": "memory://",
        "LMS_TIMEZONE": "Europe/Berlin",
    }


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2027, 3, 1, 9, tzinfo=UTC))


def utc(day: str, clock: str) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}+00:00")


def window_of(ground: ExamGround) -> tuple[datetime, datetime]:
    with ground.runtime.read() as session:
        newest = sa.select(AttestationSession).order_by(AttestationSession.id.desc()).limit(1)
        occasion = session.scalars(newest).one()
        return occasion.opens_at, occasion.closes_at


def test_a_window_is_what_the_clock_on_the_wall_says(app: Flask, ground: ExamGround) -> None:
    teacher = Browser(app, f"{ground.code}-teacher")
    plan = str(ground.write_plan(ground.sample_questions()))

    def fix(opens: str, closes: str, status: int = 303, path: str = "/sessions/new") -> str:
        form = {"blueprint_version_id": plan, "kind": "interim", "venue_modes": "online"}
        form |= {"opens_at": opens, "closes_at": closes}
        reply = teacher.client.post(path, data={**form, "csrf_token": teacher.token, "title": "Ночь"})
        assert reply.status_code == status, re.findall(r"error-message[^>]*>(.*?)</p>", reply.text, re.S)
        return reply.headers["Location"] if status == 303 else reply.text

    fix("2027-03-27T23:00", f"{SPRING}T04:00")  # four hours by the sun
    assert window_of(ground) == (utc("2027-03-27", "22:00"), utc(SPRING, "02:00"))
    fix(f"{SPRING}T09:00", f"{SPRING}T20:00")  # the day itself
    assert window_of(ground) == (utc(SPRING, "07:00"), utc(SPRING, "18:00"))
    refused = fix(f"{SPRING}T02:30", f"{SPRING}T04:00", 422)
    assert "этого часа в нём нет" in refused and f'value="{SPRING}T02:30"' in refused
    made = fix(f"{AUTUMN}T02:00", f"{AUTUMN}T02:30")  # opens the first time, closes the second
    kept = (utc(AUTUMN, "00:00"), utc(AUTUMN, "01:30"))
    assert window_of(ground) == kept
    page = teacher.client.get(made).text
    assert re.search(r"02:00 \([^<]*летнее[^<]*02:30 \([^<]*стандартное", page), "which of the two it is"
    fix(f"{AUTUMN}T02:00", f"{AUTUMN}T02:30", path=f"{made}/edit")
    assert window_of(ground) == kept, "what was left alone stays the moment that it is"
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        second = (utc(AUTUMN, "01:00"), utc(AUTUMN, "01:30"))
        service.create_session(uow, ground.org_id, SessionKind.INTERIM, UUID(plan), *second)
    found = re.findall(r'href="(/sessions/[0-9a-f-]{36})"', teacher.client.get("/sessions").text)
    path = next(path for path in found if path != made and "02:30 (" in teacher.client.get(path).text)
    fix(f"{AUTUMN}T02:00", f"{AUTUMN}T02:30", path=f"{path}/edit")
    assert window_of(ground) == second


@pytest.mark.parametrize(
    ("day", "start", "shown"),
    [(SPRING, "00:50", "03:50"), (AUTUMN, "00:40", "02:40 (Центральная Европа, стандартное время)")],
)
def test_an_hour_of_work_is_an_hour_on_the_night_of_the_change(
    app: Flask, ground: ExamGround, clock: FixedClock, day: str, start: str, shown: str
) -> None:
    clock.move_to(utc(day, start))
    session_id = ground.open_session(ground.write_plan(ground.sample_questions()), hours=3)
    sitter = ground.students[0]
    sitting = Sitting(ground, sitter, session_id, ground.start(session_id, sitter), ground.sign_in(sitter))
    with ground.runtime.read() as session:
        assert session.get_one(Attempt, sitting.attempt_id).deadline_at - clock.now() == timedelta(hours=1)
    with app.test_request_context():
        assert until_words(sitting.view()) == f"закончится в {shown}"
    page = Browser(app, sitter.login).client.get(f"/attempts/{sitting.attempt_id}", follow_redirects=True)
    assert shown in page.text
    clock.advance(timedelta(minutes=59))
    assert not sitting.save(sitting.operation(1, {"answer": ["в срок"]})).receipts[0].is_late
    clock.advance(timedelta(minutes=2))
    assert sitting.save(sitting.operation(1, {"answer": ["поздно"]})).receipts[0].is_late


def test_days_and_weeks_change_at_the_schools_midnight(app: Flask, runtime: Runtime) -> None:
    with runtime.read() as session:
        days = [day_of(session, utc(SPRING, clock)) for clock in ("21:59", "22:00")]
        before = day_of(session, utc("2027-03-27", "22:59"))
    assert [str(day) for day in days] == ["2027-03-28", "2027-03-29"] and str(before) == "2027-03-27"
    with app.test_request_context():
        week = week_of(date.fromisoformat(SPRING))
    assert (week.start, week.end) == (utc("2027-03-21", "23:00"), utc("2027-03-28", "22:00"))
