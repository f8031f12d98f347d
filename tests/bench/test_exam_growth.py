"""How the cost of an examination grows: with its questions, and with all the attempts that lie in the database.

CPU time of this process over SQLite, so that the database's share is in it; each figure is the ratio of two sizes in one run.
"""

from __future__ import annotations

import gc
import re
import shutil
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
def school(sqlite_template: Path, tmp_path: Path) -> Iterator[Callable[[str], ExamGround]]:
    """Return a maker of small schools, each over a database file of its own."""
    made: list[Runtime] = []

    def make(name: str) -> ExamGround:
        (tmp_path / name).mkdir()
        for source in sqlite_template.parent.glob("lms.db*"):
            shutil.copyfile(source, tmp_path / name / source.name)
        settings = {
            **FAST_HASHES,
            "LMS_DATA_DIR": str(tmp_path / name / "data"),
            "LMS_DATABASE_URL": f"sqlite:///{tmp_path / name / 'lms.db'}",
            "LMS_JOBS_URL": "memory://",
        }
        made.append(create_runtime(load_settings(settings)))
        return make_ground(made[-1], students=WAITING)

    yield make
    for runtime in made:
        runtime.dispose()


def cpu_ms(times: int, *works: Callable[[], Any]) -> list[float]:
    """Return the median CPU milliseconds of each work, done in turn after one run that counts for nothing."""
    for work in works:
        work()
    gc.collect()
    spent: list[list[float]] = [[] for _ in works]
    for _ in range(times):
        for work, milliseconds in zip(works, spent, strict=True):
            timed(milliseconds, work)
    return [statistics.median(each) for each in spent]


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


def test_the_cost_grows_with_the_questions_and_no_faster(
    school: Callable[[str], ExamGround], figures: Figures
) -> None:
    ground = school("school")
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


def test_what_others_have_sat_costs_nothing(school: Callable[[str], ExamGround], figures: Figures) -> None:
    few, many = crowded(school("few"), FEW_ATTEMPTS), crowded(school("many"), MANY_ATTEMPTS)
    for what, list_of, times in (("exam list", exam_list, 40), ("marking queue", marking_queue, 10)):
        small, large = cpu_ms(times, partial(list_of, few), partial(list_of, many))
        label = f"{what}, {FEW_ATTEMPTS} to {MANY_ATTEMPTS} attempts"
        figures.note("exams", f"{what} beside {MANY_ATTEMPTS} attempts, CPU in process", large, "ms")
        figures.at_most("exams", label, round(large / small, 2), 1.5, "×")


def crowded(ground: ExamGround, total: int) -> ExamGround:
    """Let every student hand in an essay that waits, beside ``total`` attempts of others that are settled."""
    session_id = open_exam(ground, "essay", 3)
    attempts = [ground.start(session_id, sitter) for sitter in ground.students]
    for sitter, attempt_id in zip(ground.students, attempts, strict=True):
        answer_all(ground, sitter, attempt_id)
        with ground.runtime.unit_of_work(ground.actor(sitter.person_id)) as uow:
            service.submit_attempt(uow, attempt_id)
    grow(ground.runtime, settled_attempt(ground), total)
    return ground


def exam_list(ground: ExamGround) -> None:
    """Read one student's list of examinations."""
    with ground.runtime.read() as session:
        assert queries.exams_of(session, ground.students[0].person_id, ground.runtime.clock.now())


def marking_queue(ground: ExamGround) -> None:
    """Read the first page of what waits for the teacher."""
    with ground.runtime.read() as session:
        assert len(queries.marking_queue(session, ground.teacher, ground.runtime.clock.now())) == 3 * WAITING


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
