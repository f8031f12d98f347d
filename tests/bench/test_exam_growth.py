"""How the cost of an examination grows: with its questions, and with all the attempts that lie in the database.

CPU time of this process over SQLite, so that the database's share is in it; each figure is the ratio of two sizes in one run.
"""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from lms.app import create_app, create_runtime, load_settings
from lms.assessment import queries, service
from lms.assessment.models import Attempt, AttemptItem, Entry, Grade, Result
from lms.assessment.types import AttemptState, Operation, OperationKind
from lms.core.actor import SYSTEM
from lms.core.db import Base
from lms.core.ids import new_id
from lms.core.runtime import Runtime
from lms.people.models import Person
from lms.testing.exams import PASSWORD, ExamGround, Question, Sitter, make_ground
from tests.bench.answers import right_answers
from tests.fixtures.application import FAST_HASHES
from tests.fixtures.figures import Figures

FEW_QUESTIONS, MANY_QUESTIONS, SITTINGS = 40, 160, 6
MOST_MS_EACH = 0.15
FEW_ATTEMPTS, MANY_ATTEMPTS = 100, 10_000
WAITING = 20
#: Operations in one request.
BATCH = 100
T = TypeVar("T")


@pytest.fixture
def ground(sqlite_url: str, tmp_path: Path) -> Iterator[ExamGround]:
    """Return a small school over a database file of its own."""
    settings = {
        **FAST_HASHES,
        "LMS_DATA_DIR": str(tmp_path / "data"),
        "LMS_DATABASE_URL": sqlite_url,
        "LMS_JOBS_URL": "memory://",
    }
    runtime = create_runtime(load_settings(settings))
    yield make_ground(runtime, students=WAITING)
    runtime.dispose()


def cpu_ms(work: Callable[[], Any], times: int) -> float:
    """Return the median CPU milliseconds of ``work`` after one run that counts for nothing."""
    work()
    spent = []
    for _ in range(times):
        before = time.process_time()
        work()
        spent.append(1000 * (time.process_time() - before))
    return statistics.median(spent)


def questions_of(ground: ExamGround, kind: str, count: int) -> list[Question]:
    """Return ``count`` questions of one type."""
    sample = next(question for question in ground.sample_questions() if question.type == kind)
    return [
        Question(kind, {**sample.content, "prompt": f"{number}. {sample.content['prompt']}"}, sample.tests)
        for number in range(1, count + 1)
    ]


def open_exam(ground: ExamGround, kind: str, count: int) -> UUID:
    """Open an examination without supervision; return its session."""
    plan = ground.write_plan(
        questions_of(ground, kind, count), minutes=240, supervision={"level": 0, "monitoring": "off"}
    )
    return ground.open_session(plan, hours=12)


def signed_in(runtime: Runtime, login: str) -> FlaskClient:
    """Return a client that is signed in."""
    client = create_app(runtime=runtime).test_client()
    found = re.search(r'name="csrf[-_]token"[^>]*(?:value|content)="([^"]+)"', client.get("/login").text)
    form = {"login": login, "password": PASSWORD, "csrf_token": found.group(1) if found else ""}
    assert client.post("/login", data=form).status_code == 303
    return client


def answer_all(ground: ExamGround, student: Sitter, attempt_id: UUID) -> None:
    """Save a right answer to every question, or some words where there is none."""
    sign_in, now = ground.sign_in(student), ground.runtime.clock.now()
    operations = [
        Operation(new_id(), OperationKind.ANSWER, slot, {"fields": fields}, slot)
        for slot, fields in right_answers(ground.runtime, attempt_id).items()
    ]
    for start in range(0, len(operations), BATCH):
        batch = operations[start : start + BATCH]
        service.save_operations(ground.runtime, sign_in, attempt_id, batch, now)


def test_the_cost_grows_with_the_questions_and_no_faster(ground: ExamGround, figures: Figures) -> None:
    small, large = (costs_of(ground, count) for count in (FEW_QUESTIONS, MANY_QUESTIONS))
    for what, many in large.items():
        figures.note("exams", f"{what} of {MANY_QUESTIONS} questions, CPU in process", many, "ms")
        each = (many - small[what]) / (MANY_QUESTIONS - FEW_QUESTIONS)
        label = f"{what}: each question from {FEW_QUESTIONS} to {MANY_QUESTIONS}"
        figures.at_most("exams", label, round(each, 3), MOST_MS_EACH, "ms")


def costs_of(ground: ExamGround, count: int) -> dict[str, float]:
    """Return the median CPU milliseconds of each step of an examination with ``count`` questions; the first sitting warms up."""
    session_id = open_exam(ground, "choice", count)
    spent: dict[str, list[float]] = {"start": [], "page": [], "submit": [], "review": []}
    for sitter in ground.students[:SITTINGS]:
        attempt_id = timed(spent["start"], partial(ground.start, session_id, sitter))
        answer_all(ground, sitter, attempt_id)
        client = signed_in(ground.runtime, sitter.login)
        page, review = (partial(client.get, f"/attempts/{attempt_id}/{end}") for end in ("q/1", "status"))
        assert page().status_code == 200
        timed(spent["page"], page)
        assert timed(spent["submit"], partial(hand_in, ground, sitter, attempt_id)) is AttemptState.GRADED
        assert review().status_code == 200
        timed(spent["review"], review)
    return {what: statistics.median(times[1:]) for what, times in spent.items()}


def timed(spent: list[float], work: Callable[[], T]) -> T:
    """Do some work and add its CPU milliseconds to ``spent``."""
    before = time.process_time()
    done = work()
    spent.append(1000 * (time.process_time() - before))
    return done


def hand_in(ground: ExamGround, sitter: Sitter, attempt_id: UUID) -> AttemptState:
    """Hand an attempt in, have it marked, and return its state."""
    with ground.runtime.unit_of_work(ground.actor(sitter.person_id)) as uow:
        return service.submit_attempt(uow, attempt_id).state


def test_what_others_have_sat_costs_nothing(ground: ExamGround, figures: Figures) -> None:
    session_id = open_exam(ground, "essay", 3)
    attempts = [ground.start(session_id, sitter) for sitter in ground.students]
    for sitter, attempt_id in zip(ground.students, attempts, strict=True):
        answer_all(ground, sitter, attempt_id)
        with ground.runtime.unit_of_work(ground.actor(sitter.person_id)) as uow:
            service.submit_attempt(uow, attempt_id)
    settled = settled_attempt(ground)
    costs = []
    for total in (FEW_ATTEMPTS, MANY_ATTEMPTS):
        grow(ground.runtime, settled, total)
        costs.append(list_costs(ground))
    few, many = costs
    for what, bound in (("exam list", 1.5), ("marking queue", 1.5)):
        label = f"{what}, {FEW_ATTEMPTS} to {MANY_ATTEMPTS} attempts"
        figures.note("exams", f"{what} beside {MANY_ATTEMPTS} attempts, CPU in process", many[what], "ms")
        figures.at_most("exams", label, round(many[what] / few[what], 2), bound, "×")


def list_costs(ground: ExamGround) -> dict[str, float]:
    """Return what one student's exam list and the teacher's queue cost now."""
    runtime, student, teacher = ground.runtime, ground.students[0].person_id, ground.teacher

    def exams() -> None:
        with runtime.read() as session:
            assert queries.exams_of(session, student, runtime.clock.now())

    def queue() -> None:
        with runtime.read() as session:
            assert len(queries.marking_queue(session, teacher, runtime.clock.now())) == 3 * WAITING

    return {"exam list": cpu_ms(exams, 10), "marking queue": cpu_ms(queue, 5)}


def settled_attempt(ground: ExamGround) -> UUID:
    """Sit and release one examination through the services; the others are copies of it."""
    sitter = ground.students[0]
    attempt_id = ground.start(open_exam(ground, "choice", 5), sitter)
    answer_all(ground, sitter, attempt_id)
    with ground.runtime.unit_of_work(ground.actor(sitter.person_id)) as uow:
        assert service.submit_attempt(uow, attempt_id).state is AttemptState.GRADED
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        found = uow.session.scalars(sa.select(Result.id).where(Result.attempt_id == attempt_id)).one()
        service.release_result(uow, found)
    return attempt_id


def grow(runtime: Runtime, attempt_id: UUID, total: int) -> None:
    """Copy a settled attempt, each copy for a person of its own, until ``total`` attempts are there."""
    with runtime.unit_of_work(SYSTEM) as uow:
        session = uow.session
        attempt = session.get_one(Attempt, attempt_id)
        entry, person = session.get_one(Entry, attempt.entry_id), session.get_one(Person, attempt.person_id)
        items = session.scalars(sa.select(AttemptItem).where(AttemptItem.attempt_id == attempt_id)).all()
        grades = {
            grade.attempt_item_id: grade
            for grade in session.scalars(
                sa.select(Grade).where(Grade.attempt_item_id.in_([i.id for i in items]))
            )
        }
        result = session.scalars(sa.select(Result).where(Result.attempt_id == attempt_id)).one()
        have = session.scalar(sa.select(sa.func.count()).select_from(Attempt)) or 0
        rows: dict[type[Base], list[dict[str, Any]]] = {
            model: [] for model in (Person, Entry, Attempt, AttemptItem, Grade, Result)
        }
        for number in range(have, total):
            p, e, a = new_id(), new_id(), new_id()
            rows[Person].append(copy_of(person, id=p, code=f"GROW{number}"))
            rows[Entry].append(copy_of(entry, id=e, person_id=p))
            rows[Attempt].append(copy_of(attempt, id=a, entry_id=e, person_id=p))
            rows[Result].append(copy_of(result, id=new_id(), attempt_id=a, entry_id=e, person_id=p))
            for item in items:
                i = new_id()
                rows[AttemptItem].append(copy_of(item, id=i, attempt_id=a))
                rows[Grade].append(copy_of(grades[item.id], id=new_id(), attempt_item_id=i))
        for model, values in rows.items():
            session.execute(sa.insert(model), values)


def copy_of(row: Base, **changes: Any) -> dict[str, Any]:
    """Return a row's columns with some of them changed."""
    return {column.key: getattr(row, column.key) for column in row.__table__.columns} | changes
