"""What the statistics of one question cost, however many plans and students had it."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from lms.app import create_runtime, load_settings
from lms.assessment.models import (
    Attempt,
    AttemptItem,
    Blueprint,
    BlueprintVersion,
    Entry,
    Grade,
    ItemVersion,
    ResponseEvent,
    Result,
)
from lms.assessment.queries.item_pool import item_overview
from lms.assessment.queries.item_scale import version_scale
from lms.assessment.types import (
    AttemptState,
    GradeSource,
    MarkStatus,
    OperationKind,
    ResultState,
)
from lms.core import migrate
from lms.core.ids import new_id
from lms.testing.exams import ExamGround, make_ground
from tests.fixtures.application import FAST_HASHES
from tests.fixtures.figures import Figures
from tests.fixtures.servers import PostgresServer

PLANS, WORKS, QUESTIONS, BATCH = 50, 10_000, 10, 1_000


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def held(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, ExamGround, UUID]]:
    """Return a school in which one question was given in fifty plans to ten thousand students."""
    url = f"sqlite:///{tmp_path / 'lms.db'}"
    if request.param == "PostgreSQL":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        url = server.create_database("statistics_speed")
    settings = {
        **FAST_HASHES,
        "LMS_DATA_DIR": str(tmp_path),
        "LMS_DATABASE_URL": url,
        "LMS_JOBS_URL": "memory://",
    }
    migrate.upgrade(url)
    runtime = create_runtime(load_settings(settings))
    ground = make_ground(runtime)
    questions = [q for q in ground.sample_questions() if q.type in {"choice", "true_false"}]
    plan_id = ground.write_plan(questions * (QUESTIONS // 2))
    session_id = ground.open_session(plan_id)
    with runtime.read() as session:
        versions = list(session.scalars(sa.select(ItemVersion).order_by(ItemVersion.type)))
        plan = session.get_one(BlueprintVersion, plan_id)
        entry = session.scalars(sa.select(Entry)).one()
        columns = {
            column.key: getattr(plan, column.key) for column in sa.inspect(BlueprintVersion).column_attrs
        }
    version = versions[0]
    assert version.type == "choice"
    fields = {option: _fields(ground, version, option) for option in "abcd"}
    with runtime.database.engine.begin() as connection:
        plans = [plan_id]
        for number in range(1, PLANS):
            blueprint = {"id": new_id(), "org_id": ground.org_id, "title": f"План {number}", "subject": "physics",
                         "created_at": runtime.clock.now()}  # fmt: skip
            connection.execute(sa.insert(Blueprint), blueprint)
            plans.append(new_id())
            connection.execute(
                sa.insert(BlueprintVersion), {**columns, "id": plans[-1], "blueprint_id": blueprint["id"]}
            )
    chance = random.Random(7)
    for start in range(0, WORKS, BATCH):
        _write(ground, entry, session_id, plans, versions, fields, range(start, start + BATCH), chance)
    with runtime.database.engine.begin() as connection:
        connection.execute(sa.text("ANALYZE"))
    yield request.param, ground, version.item_id
    runtime.dispose()


def _fields(ground: ExamGround, version: ItemVersion, option: str) -> dict[str, list[str]]:
    from lms.assessment.contracts import QUESTION_TYPES

    kind = ground.runtime.registries.of(QUESTION_TYPES).get(version.type)
    return dict(kind.fields_for(version.content, 1, option))


def _write(
    ground: ExamGround,
    entry: Entry,
    session_id: UUID,
    plans: list[UUID],
    versions: list[ItemVersion],
    fields: dict[str, dict[str, list[str]]],
    numbers: range,
    chance: random.Random,
) -> None:
    """Put works into the database, past the services but with the same rows."""
    now = ground.runtime.clock.now()
    rows: dict[type, list[dict[str, object]]] = {
        kind: [] for kind in (Attempt, AttemptItem, Grade, Result, ResponseEvent)
    }
    for number in numbers:
        attempt, able, earned = new_id(), chance.random(), 0
        rows[Attempt].append(
            {"id": attempt, "entry_id": entry.id, "number": number + 1, "person_id": entry.person_id, "session_id": session_id,
             "blueprint_version_id": plans[number % PLANS], "seed": 1, "form_hash": "0", "item_count": QUESTIONS, "state": AttemptState.GRADED,
             "started_at": now, "deadline_at": now, "ended_at": now}
        )  # fmt: skip
        for slot, version in enumerate(versions, start=1):
            item, is_right = new_id(), chance.random() < able
            earned += is_right
            rows[AttemptItem].append(
                {"id": item, "attempt_id": attempt, "slot": slot, "item_version_id": version.id, "variant_seed": 1, "points": Decimal(1)}
            )  # fmt: skip
            rows[Grade].append(
                {"id": new_id(), "attempt_item_id": item, "number": 1, "status": MarkStatus.RIGHT if is_right else MarkStatus.WRONG,
                 "fraction": Decimal(int(is_right)), "notes": [], "source": GradeSource.AUTO, "grader": "1", "graded_at": now}
            )  # fmt: skip
            if slot == 1:
                rows[ResponseEvent].append(
                    {"attempt_id": attempt, "op_id": new_id(), "kind": OperationKind.ANSWER, "slot": 1,
                     "payload": {"fields": fields["a" if is_right else chance.choice("bcd")]}, "payload_hash": "0", "client_seq": 1,
                     "tab": "", "t_server": now, "is_late": False, "check_no": 0}
                )  # fmt: skip
        rows[Result].append(
            {"id": new_id(), "attempt_id": attempt, "entry_id": entry.id, "session_id": session_id, "person_id": entry.person_id,
             "points": Decimal(earned), "max_points": Decimal(QUESTIONS), "score": Decimal(earned) / QUESTIONS, "mark": "4", "is_passed": True,
             "mark_policy_id": _policy(ground), "state": ResultState.PROPOSED, "proposed_at": now}
        )  # fmt: skip
    with ground.runtime.database.engine.begin() as connection:
        for kind, made in rows.items():
            connection.execute(sa.insert(kind), made)


def _policy(ground: ExamGround) -> UUID:
    with ground.runtime.read() as session:
        return session.scalars(sa.select(BlueprintVersion.mark_policy_id).limit(1)).one()


def test_a_question_in_fifty_plans_is_summed_up_at_once(
    held: tuple[str, ExamGround, UUID], figures: Figures
) -> None:
    engine, ground, item_id = held
    for what, read in (
        ("over all plans", lambda session: item_overview(session, ground.runtime.registries, item_id)),
        (
            "a version on a scale",
            lambda session: version_scale(session, ground.runtime.registries, item_id, 1),
        ),
    ):
        spent = []
        for _ in range(3):
            began = time.perf_counter()
            with ground.runtime.read() as session:
                found = read(session)
            spent.append(time.perf_counter() - began)
        assert found
        figures.at_most(
            "items", f"{engine}: question in {PLANS} plans, {WORKS} works, {what}", min(spent), 2, "s"
        )
