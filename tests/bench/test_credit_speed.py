"""What ten thousand stored plans cost when a rule of credit changes: their states follow from facts, set by set, each time the same."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from lms.app import create_runtime, load_settings
from lms.core.clock import FixedClock
from lms.core.ids import new_id
from lms.core.runtime import Runtime
from lms.curriculum.types import AttestationForm
from lms.demo.cast import DemoSchool
from lms.plans import service
from lms.plans.credit_models import EquivalenceRule
from lms.plans.plan_models import BasisFact, Plan, PlanItem, PlanSummary, PlanVersion
from lms.plans.service.plans.summaries import recompute_all
from lms.plans.types import BasisKind, BasisState, Delivery, PlanKind, PlanScope, PlanState
from lms.plans.types.credit import RuleState
from tests.fixtures.application import FAST_HASHES, SCHOOL_DAY
from tests.fixtures.credit_world import build_world
from tests.fixtures.figures import Figures

PLANS, ITEMS, MOST_S = 10_000, 12, 30.0
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgres"])
def school(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Runtime, DemoSchool]]:
    """Return the demonstration school with rules of credit, on each engine."""
    values = {
        **FAST_HASHES,
        "LMS_DATA_DIR": str(tmp_path),
        "LMS_DATABASE_URL": request.getfixturevalue(f"{request.param}_url"),
        "LMS_JOBS_URL": "memory://",
    }
    runtime = create_runtime(load_settings(values), clock=FixedClock(SCHOOL_DAY))
    yield request.param, runtime, build_world(runtime).school
    runtime.dispose()


def fill(runtime: Runtime, cast: DemoSchool) -> None:
    """Put ten thousand plans in force behind the product's back: of each item's facts some are there."""
    with runtime.read() as session:
        curriculum_id = session.scalars(sa.select(Plan.curriculum_id)).first()
    org_id, person_id = cast.id("school-14"), cast.id("sonya")
    outcomes = [{"id": str(UUID(int=n)), "hours": "8"} for n in range(4)]
    for start in range(0, PLANS, 1000):
        plans, versions, items, facts = [], [], [], []
        for _number in range(start, start + 1000):
            plan_id, version_id = new_id(), new_id()
            plans.append(
                {
                    "id": plan_id,
                    "person_id": person_id,
                    "org_id": org_id,
                    "curriculum_id": curriculum_id,
                    "kind": PlanKind.GENERAL,
                    "basis": "Order",
                    "scope": PlanScope.WHOLE,
                    "subjects": [],
                    "created_at": NOW,
                }
            )
            versions.append(
                {"id": version_id, "plan_id": plan_id, "no": 1, "state": PlanState.ACTIVE, "created_at": NOW}
            )
            for position in range(ITEMS):
                items.append(item_row(version_id, position, outcomes))
                if position % 2:
                    facts.append(fact_row(plan_id, person_id, position, outcomes))
        with runtime.database.engine.begin() as connection:
            for model, rows in (
                (Plan, plans),
                (PlanVersion, versions),
                (PlanItem, items),
                (BasisFact, facts),
            ):
                connection.execute(sa.insert(model), rows)


def item_row(version_id: UUID, position: int, outcomes: list[dict[str, str]]) -> dict[str, object]:
    return {
        "id": new_id(),
        "version_id": version_id,
        "stable_key": f"item-{position}",
        "position": position,
        "subject": "physics",
        "title": f"Module {position}",
        "outcomes": outcomes,
        "hours": 32,
        "period": 1 + position % 4,
        "delivery": Delivery.EXTERNAL,
        "attestation_form": AttestationForm.CREDIT_TEST,
        "content_hash": "0" * 64,
    }


def fact_row(
    plan_id: UUID, person_id: UUID, position: int, outcomes: list[dict[str, str]]
) -> dict[str, object]:
    """Return a credit, a passed or a failed attestation, a suspended one: one of four in turn."""
    kind = position % 4
    return {
        "id": new_id(),
        "plan_id": plan_id,
        "stable_key": f"item-{position}",
        "person_id": person_id,
        "kind": BasisKind.CREDIT if kind == 1 else BasisKind.ATTESTATION,
        "ref_kind": "plans.credit_case",
        "ref_id": new_id(),
        "is_passed": position != 7,
        "outcomes": outcomes[:3] if kind == 1 else None,
        "state": BasisState.SUSPENDED if position == 11 else BasisState.ACTIVE,
        "recorded_at": NOW,
        "changed_at": NOW + timedelta(minutes=position),
    }


def timed(runtime: Runtime) -> tuple[float, float, int, int]:
    """Count all plans anew; return seconds of CPU and by the clock, plans and summaries written."""
    began, cpu = time.perf_counter(), time.process_time()
    done = recompute_all(runtime)
    return time.process_time() - cpu, time.perf_counter() - began, done.seen, done.written


def kept(runtime: Runtime) -> str:
    with runtime.read() as session:
        rows = session.execute(sa.select(PlanSummary.__table__).order_by(PlanSummary.plan_id))
        return json.dumps([[str(value) for value in row] for row in rows])


def test_ten_thousand_stored_plans_after_a_rule_has_changed(
    school: tuple[str, Runtime, DemoSchool], figures: Figures
) -> None:
    engine, runtime, cast = school
    fill(runtime, cast)
    first, first_wall, seen, written = timed(runtime)
    assert (seen, written) == (PLANS + 2, PLANS + 2)  # two students of the demonstration have plans in force
    before = kept(runtime)
    with runtime.unit_of_work(cast.actor("zimina")) as uow:
        in_force = sa.select(EquivalenceRule.id).where(EquivalenceRule.state == RuleState.APPROVED)
        service.retire_rule(uow, uow.session.scalars(in_force).first(), "The course has changed.")
    again, again_wall, seen, written = timed(runtime)
    assert (seen, written) == (PLANS + 2, 0)
    assert kept(runtime) == before
    what = f"10,000 stored plans of 12 items, {engine}"
    figures.at_most("plans", f"{what}: counted for the first time (CPU)", round(first, 1), MOST_S, "s")
    figures.at_most("plans", f"{what}: anew after a rule has changed (CPU)", round(again, 1), MOST_S, "s")
    for run, spent in (("first", first_wall), ("second", again_wall)):
        figures.note("plans", f"{what}: by the clock, {run} run", round(spent, 1), "s")
    figures.note("plans", f"{what}: rows written by the second run", written, "rows")
