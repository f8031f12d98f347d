"""What marking a session again costs, and what a page of a gradebook costs, small and large; over SQLite.

Rows are written in bulk, as the services write them. All times are CPU of this process, so that the database's share is in them.
"""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from lms.app import create_app, create_runtime, load_settings
from lms.assessment import queries, service
from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.marking_models import Gradebook, GradebookCell, GradebookColumn, GradebookSeat
from lms.assessment.models import (
    Attempt,
    AttemptItem,
    BlueprintItem,
    Entry,
    Grade,
    ItemVersion,
    MarkPolicy,
    ResponseEvent,
    Result,
)
from lms.assessment.service.contents import _kept
from lms.assessment.types import (
    AttemptState,
    CellKind,
    GradeSource,
    MarkStatus,
    OperationKind,
    ResultState,
    VenueMode,
)
from lms.core.ids import new_id
from lms.people.models import IdentityRecord, Person
from lms.people.types import AdmissionGround
from lms.testing.exams import PASSWORD, ExamGround, Question, make_ground
from tests.fixtures.application import FAST_HASHES
from tests.fixtures.figures import Figures

WORKS, QUESTIONS, BATCH, ROUNDS = 1_000, 100, 20_000, 9
FEW, MANY, SOME_COLUMNS = 300, 100_000, 3


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
    yield make_ground(runtime, students=1)
    runtime.dispose()


def write(ground: ExamGround, kind: Any, rows: Sequence[dict[str, Any]]) -> None:
    with ground.runtime.database.engine.begin() as connection:
        for start in range(0, len(rows), BATCH):
            connection.execute(sa.insert(kind), rows[start : start + BATCH])


def make_people(ground: ExamGround, count: int, sign: str) -> list[UUID]:
    """Register persons with names and return their ids."""
    now, ids = ground.runtime.clock.now(), [new_id() for _ in range(count)]
    codes = [f"{sign}{number:07d}" for number in range(count)]
    write(
        ground,
        Person,
        [
            {"id": i, "code": c, "adult_from": None, "created_at": now}
            for i, c in zip(ids, codes, strict=True)
        ],
    )
    names = [
        {"person_code": c, "family_name": f"Ученикова-{c}", "given_name": "Анна", "birth_date": None}
        for c in codes
    ]
    write(ground, IdentityRecord, names)
    return ids


# --- marking again ----------------------------------------------------------------------------------------------


def sit_all(ground: ExamGround, session_id: UUID, version_id: UUID) -> None:
    """Let a thousand people answer a hundred questions rightly, marked by machine, results released."""
    now = ground.runtime.clock.now()
    with ground.runtime.read() as session:
        items = list(
            session.scalars(
                sa.select(BlueprintItem.item_version_id).where(
                    BlueprintItem.blueprint_version_id == version_id
                )
            )
        )
        policy = session.scalars(sa.select(MarkPolicy.id)).one()
    entries, attempts, answers, events, grades, results = [], [], [], [], [], []
    for number, person in enumerate(make_people(ground, WORKS, "R")):
        entry, attempt = new_id(), new_id()
        entries.append(
            {"id": entry, "session_id": session_id, "person_id": person, "reference": "", "alias": f"A{number}",
             "ground": AdmissionGround.CLASS, "venue_mode": VenueMode.SCHOOL, "admitted_at": now}
        )  # fmt: skip
        attempts.append(
            {"id": attempt, "entry_id": entry, "number": 1, "person_id": person, "session_id": session_id,
             "blueprint_version_id": version_id, "seed": number, "form_hash": "0" * 64, "item_count": QUESTIONS,
             "reached": 0, "state": AttemptState.RELEASED, "revision": 3, "started_at": now,
             "deadline_at": now + timedelta(hours=1), "ended_at": now}
        )  # fmt: skip
        results.append(
            {"id": new_id(), "attempt_id": attempt, "number": 1, "entry_id": entry, "session_id": session_id,
             "person_id": person, "points": Decimal(QUESTIONS), "max_points": Decimal(QUESTIONS),
             "score": Decimal(1), "mark": "5", "is_passed": True, "mark_policy_id": policy,
             "state": ResultState.RELEASED, "proposed_at": now, "released_at": now}
        )  # fmt: skip
        for slot, item in enumerate(items, start=1):
            answer = new_id()
            answers.append(
                {"id": answer, "attempt_id": attempt, "slot": slot, "item_version_id": item, "variant_seed": number * QUESTIONS + slot,
                 "points": Decimal(1)}
            )  # fmt: skip
            events.append(
                {"attempt_id": attempt, "op_id": new_id(), "kind": OperationKind.ANSWER, "slot": slot,
                 "payload": {"fields": {"answer": ["true"]}}, "payload_hash": "0" * 64, "client_seq": slot,
                 "tab": "t", "t_server": now, "is_late": False, "check_no": 0}
            )  # fmt: skip
            grades.append(
                {"id": new_id(), "attempt_item_id": answer, "number": 1, "status": MarkStatus.RIGHT,
                 "fraction": Decimal(1), "notes": [], "comment": "", "rubric": None, "source": GradeSource.AUTO,
                 "grader": "true_false/1", "graded_at": now}
            )  # fmt: skip
    for kind, rows in (
        (Entry, entries), (Attempt, attempts), (AttemptItem, answers), (ResponseEvent, events), (Grade, grades),
        (Result, results),
    ):  # fmt: skip
        write(ground, kind, rows)


def turn_keys(ground: ExamGround, count: int) -> None:
    """Turn the keys of the first questions, so that what was right is wrong."""
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        for version in uow.session.scalars(sa.select(ItemVersion).order_by(ItemVersion.id).limit(count)):
            version.content = {**version.content, "is_true": not version.content["is_true"]}
    _kept.clear()


def regrade(ground: ExamGround, session_id: UUID) -> tuple[float, float, service.Regraded]:
    """Replay a session and approve what was found; return the CPU seconds of each, and what was written."""
    began = time.process_time()
    with ground.runtime.read() as session:
        found = queries.replay_session(session, ground.runtime.registries.of(QUESTION_TYPES), session_id)
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        batch = service.propose_regrade(uow, found, "Исправлен ключ")
    middle = time.process_time()
    with ground.runtime.unit_of_work(ground.actor(ground.director_id)) as uow:
        done = service.approve_regrade(uow, batch)
    return middle - began, time.process_time() - middle, done


def test_marking_a_thousand_works_of_a_hundred_questions_again(ground: ExamGround, figures: Figures) -> None:
    sample = ground.runtime.registries.of(QUESTION_TYPES).get("true_false").samples()[0]
    content = {**sample.content, "is_true": True}
    version = ground.write_plan([Question("true_false", content, tuple(sample.tests))] * QUESTIONS)
    session_id = ground.open_session(version)
    sit_all(ground, session_id, version)
    turn_keys(ground, QUESTIONS // 10)
    for what, changed in (("every tenth mark changes", WORKS * QUESTIONS // 10), ("no mark changes", 0)):
        replay, approve, done = regrade(ground, session_id)
        assert (done.grades, done.stale) == (changed, 0)
        assert done.results == (WORKS if changed else 0)
        figures.at_most(
            "exams", f"1,000 × 100 marked again, {what}: preview and approval, CPU", replay + approve, 10, "s"
        )
        figures.note("exams", f"of that the approval ({what})", approve, "s")


# --- gradebooks -------------------------------------------------------------------------------------------------


def make_book(ground: ExamGround, students: int, columns: int, sign: str) -> UUID:
    """Fill a gradebook past the services: every student has points in every column."""
    now = ground.runtime.clock.now()
    with ground.runtime.unit_of_work(ground.actor(ground.director_id)) as uow:
        policy = uow.session.scalars(sa.select(MarkPolicy.id)).one()
        book = service.create_gradebook(
            uow, ground.org_id, title=f"Журнал {sign}", subject="physics", mark_policy_id=policy
        )
        category = service.add_category(uow, book, title="Работы", weight=Decimal(1), drop_lowest=1)
        for number in range(columns):
            service.add_column(
                uow, category, title=f"Работа {number + 1}", weight=Decimal(1), max_points=Decimal(5)
            )
        ids = uow.session.scalars(
            sa.select(GradebookColumn.id).where(GradebookColumn.gradebook_id == book)
        ).all()
    people = make_people(ground, students, sign)
    write(
        ground,
        GradebookSeat,
        [{"gradebook_id": book, "seat": seat, "person_id": p} for seat, p in enumerate(people, start=1)],
    )
    write(
        ground,
        GradebookCell,
        [
            {"id": new_id(), "column_id": column, "person_id": person, "number": 1, "kind": CellKind.POINTS,
             "points": Decimal(number % 5 + 1), "reason": "", "given_at": now}
            for number, person in enumerate(people)
            for column in ids
        ],
    )  # fmt: skip
    return book


def signed_in(ground: ExamGround) -> FlaskClient:
    client = create_app(runtime=ground.runtime).test_client()
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/login").text)
    assert found
    form = {"login": f"{ground.code}-director", "password": PASSWORD, "csrf_token": found[1]}
    assert client.post("/login", data=form).status_code == 303
    return client


def cpu_s(work: Callable[[], Any]) -> float:
    """Return the median CPU seconds of ``work`` after one run that counts for nothing."""
    work()
    spent = []
    for _ in range(ROUNDS):
        before = time.process_time()
        work()
        spent.append(time.process_time() - before)
    return statistics.median(spent)


def test_a_page_of_a_gradebook(ground: ExamGround, figures: Figures) -> None:
    ground.write_plan(ground.sample_questions())  # with it comes the usual scale
    wide = make_book(ground, WORKS, QUESTIONS, "W")
    few, many = make_book(ground, FEW, SOME_COLUMNS, "F"), make_book(ground, MANY, SOME_COLUMNS, "M")
    with ground.runtime.database.engine.begin() as connection:
        connection.execute(sa.text("ANALYZE"))
    client = signed_in(ground)

    def cost(book: UUID, after: int) -> float:
        return cpu_s(lambda: client.get(f"/gradebooks/{book}?after={after}"))

    page = client.get(f"/gradebooks/{wide}")
    assert page.status_code == 200 and page.text.count("<td>") > SOME_COLUMNS * QUESTIONS
    figures.at_most("exams", "gradebook 1,000 × 100, first page: CPU", 1000 * cost(wide, 0), 100, "ms")
    figures.at_most("exams", "gradebook 1,000 × 100, first page: size", len(page.data) / 1000, 300, "kB")
    small = cost(few, FEW // 2)
    figures.at_most(
        "exams", "gradebook page, 100,000 students against 300", cost(many, MANY // 2) / small, 1.5, "×"
    )
    with ground.runtime.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Gradebook)) == len((wide, few, many))
