"""The profile: evidence in, levels out, suspended and brought back exactly, rebuilt to the same."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from lms.core.actor import SYSTEM
from lms.core.contracts import BasisRef
from lms.core.runtime import Runtime
from lms.demo.cast import DemoSchool, load_cast
from lms.profiles import service
from lms.profiles.models import OutcomeLevel
from lms.profiles.types import OutcomeGrade

OUTCOME = uuid4()


@pytest.fixture
def school(runtime: Runtime, prepared_cast: None) -> DemoSchool:
    return load_cast(runtime)


def record(runtime: Runtime, person: UUID, basis: BasisRef, share: str) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        service.record_evidence(uow, person, basis, {OUTCOME: Decimal(share)}, uow.now())


def levels(runtime: Runtime) -> list[tuple[OutcomeGrade | None, Decimal | None, bool]]:
    with runtime.read() as session:
        rows = session.scalars(sa.select(OutcomeLevel)).all()
        return [(row.grade, row.share, row.is_suspended) for row in rows]


def test_the_best_evidence_counts(runtime: Runtime, school: DemoSchool) -> None:
    record(runtime, school.id("sonya"), BasisRef("assessment.result", uuid4()), "0.6")
    record(runtime, school.id("sonya"), BasisRef("plans.credit_case", uuid4()), "0.9")
    assert levels(runtime) == [(OutcomeGrade.HIGH, Decimal("0.9"), False)]


def test_a_suspended_basis_takes_the_level_away_and_reinstating_brings_it_back(
    runtime: Runtime, school: DemoSchool
) -> None:
    exam = BasisRef("assessment.result", uuid4())
    record(runtime, school.id("sonya"), BasisRef("plans.credit_case", uuid4()), "0.6")
    record(runtime, school.id("sonya"), exam, "0.9")
    before = levels(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert len(service.suspend_evidence(uow, exam)) == 1
    assert levels(runtime) == [(OutcomeGrade.BASIC, Decimal("0.6"), True)]
    with runtime.unit_of_work(SYSTEM) as uow:
        service.reinstate_evidence(uow, exam)
    assert levels(runtime) == before


def test_with_its_only_basis_suspended_nothing_counts(runtime: Runtime, school: DemoSchool) -> None:
    exam = BasisRef("assessment.result", uuid4())
    record(runtime, school.id("sonya"), exam, "0.9")
    with runtime.unit_of_work(SYSTEM) as uow:
        service.suspend_evidence(uow, exam)
    assert levels(runtime) == [(None, None, True)]


def test_recording_the_same_fact_again_changes_nothing(runtime: Runtime, school: DemoSchool) -> None:
    exam = BasisRef("assessment.result", uuid4())
    record(runtime, school.id("sonya"), exam, "0.9")
    record(runtime, school.id("sonya"), exam, "0.9")
    assert len(levels(runtime)) == 1


def test_levels_rebuilt_from_the_evidence_are_the_same(runtime: Runtime, school: DemoSchool) -> None:
    for share in ("0.2", "0.55", "0.72"):
        record(runtime, school.id("sonya"), BasisRef("assessment.result", uuid4()), share)
    before = levels(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        service.rebuild_levels(uow, school.id("sonya"))
    assert levels(runtime) == before
