"""What the law counts in days is counted in the school's days: east and west of Greenwich's midnight alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from lms.assessment import service
from lms.assessment.models import Attempt, AttestationSession, Result
from lms.assessment.queries.debts import debt_in
from lms.assessment.service.clock import conditions_of
from lms.assessment.service.scheduling import NewSitting, admit_all, schedule
from lms.assessment.settings import AssessmentSettings
from lms.assessment.types import SessionKind
from lms.core.clock import FixedClock
from lms.core.contracts import BasisRef
from lms.core.errors import Conflict
from lms.core.runtime import Runtime
from lms.people import queries as people
from lms.people.types import MeasureCode
from lms.testing.exams import ExamGround, make_ground
from tests.fixtures.application import FAST_HASHES
from tests.integration.assessment.conftest import Sitting
from tests.integration.assessment.test_appeals import file, release
from tests.integration.assessment.test_sessions import support

#: Early in the morning by the school's clock it is yesterday in UTC.
ZONES = {"Asia/Kamchatka": time(9, 0), "Europe/Kaliningrad": time(0, 30)}
DAY = date(2026, 11, 11)


@pytest.fixture(params=sorted(ZONES))
def zone(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def prepared() -> None:
    """Begin with nothing: a school that was prepared stands in one zone only."""


@pytest.fixture
def prepared_ground(runtime: Runtime) -> ExamGround:
    return make_ground(runtime, students=2)


@pytest.fixture
def environment(tmp_path: Path, sqlite_url: str, zone: str) -> dict[str, str]:
    return {
        **FAST_HASHES,
        "LMS_DATA_DIR": str(tmp_path / "data"),
        "LMS_DATABASE_URL": sqlite_url,
        "LMS_JOBS_URL": "memory://",
        "LMS_TIMEZONE": zone,
    }


@pytest.fixture
def clock(zone: str) -> FixedClock:
    return FixedClock(morning(zone, DAY))


def morning(zone: str, day: date) -> datetime:
    """Return the moment of a day at which UTC still has the day before."""
    moment = datetime.combine(day, ZONES[zone], ZoneInfo(zone))
    assert moment.astimezone(ZoneInfo("UTC")).date() == day - timedelta(days=1)
    return moment


def evening(zone: str, day: date) -> datetime:
    return datetime.combine(day, time(23, 30), ZoneInfo(zone))


def since(runtime: Runtime, session_id: UUID, person_id: UUID) -> date | None:
    with runtime.read() as session:
        debt = debt_in(session, session_id, person_id, runtime.clock.now())
    return None if debt is None else debt.since


def hold(
    ground: ExamGround, version: UUID, opens: datetime, resit_of: UUID | None = None
) -> tuple[UUID, str]:
    """Fix a session and put the first student on its roster; return it and the code of what keeps the student off."""
    sitting = NewSitting(
        ground.org_id,
        SessionKind.INTERIM,
        version,
        opens,
        opens + timedelta(minutes=20),
        resit_of=resit_of,
    )
    with ground.runtime.unit_of_work(ground.actor(ground.director_id)) as uow:
        made = schedule(uow, sitting)
        change = admit_all(uow, made, [ground.students[0].person_id])
    return made, change.left_out[0][1] if change.left_out else ""


def test_a_debt_begins_and_ends_on_days_of_the_school(
    ground: ExamGround, clock: FixedClock, zone: str
) -> None:
    version, person = ground.write_plan(ground.sample_questions()), ground.students[0].person_id
    first, _code = hold(ground, version, morning(zone, DAY))
    clock.move_to(morning(zone, DAY) + timedelta(hours=1))
    assert since(ground.runtime, first, person) == DAY
    year_later = DAY.replace(year=DAY.year + 1)
    assert hold(ground, version, evening(zone, year_later), first)[1] == ""
    late = morning(zone, year_later + timedelta(days=1))
    assert hold(ground, version, late, first)[1] == "assessment.resit_too_late"


def test_an_appeal_is_in_time_until_the_end_of_the_schools_day(
    make_sitting: Callable[..., Sitting], ground: ExamGround, clock: FixedClock, zone: str
) -> None:
    sitting = release(make_sitting, ground, hours=24 * 60)
    days = ground.runtime.settings.of(AssessmentSettings).appeal_days
    with ground.runtime.read() as session:
        last = people.working_days_after(session, DAY, days)
    clock.move_to(morning(zone, last + timedelta(days=1)))
    with pytest.raises(Conflict, match="appeal_late"):
        file(sitting, "choice")
    clock.move_to(evening(zone, last))
    filed = file(sitting, "choice")
    answer_days = ground.runtime.settings.of(AssessmentSettings).appeal_answer_days
    with ground.runtime.read() as session:
        assert filed.due_on == people.working_days_after(session, last, answer_days)


def test_a_support_plan_holds_from_the_first_minute_of_its_first_day(
    ground: ExamGround, clock: FixedClock, zone: str
) -> None:
    person = ground.students[0].person_id
    support(ground, ground.students[0], (MeasureCode.EXTRA_TIME, {"minutes": 30}))
    with ground.runtime.read() as session:
        assert conditions_of(session, person, 60, clock.now()).minutes == 90
        assert conditions_of(session, person, 60, evening(zone, DAY - timedelta(days=1))).minutes == 60


def test_a_work_that_was_annulled_leaves_a_debt_once_the_window_is_over(
    make_sitting: Callable[..., Sitting], ground: ExamGround, clock: FixedClock, zone: str
) -> None:
    sitting = make_sitting(hours=3)
    person, session_id = sitting.student.person_id, sitting.session_id
    sitting.submit()
    with ground.runtime.unit_of_work(ground.reviewer) as uow:
        service.annul_attempt(uow, sitting.attempt_id, "Писал другой человек")
        uow.suspend_dependents(BasisRef("assessment.attempt", sitting.attempt_id), "Писал другой человек")
    assert since(ground.runtime, session_id, person) is None
    clock.advance(timedelta(days=3))
    assert since(ground.runtime, session_id, person) == DAY
    with ground.runtime.read() as session:
        version = session.get_one(AttestationSession, session_id).blueprint_version_id
    assert hold(ground, version, clock.now() + timedelta(days=1), session_id)[1] == ""
    with ground.runtime.unit_of_work(ground.reviewer) as uow:
        service.reinstate_attempt(uow, sitting.attempt_id, "Разобрались")
        uow.reinstate_dependents(BasisRef("assessment.attempt", sitting.attempt_id), "Разобрались")
        assert uow.session.scalar(sa.select(Attempt.annulled_at)) is None
        assert uow.session.scalar(sa.select(Result.id)) is not None
    assert since(ground.runtime, session_id, person) is None
