"""How plans stand, for lists: a kept summary is what the plan's own page says, or it is not used."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask.testing import FlaskClient

from lms.core.actor import SYSTEM
from lms.core.cli import RuntimeSource
from lms.core.clock import FixedClock
from lms.core.contracts import BasisRef
from lms.core.errors import Forbidden
from lms.courses import queries as courses
from lms.plans import queries, service
from lms.plans.plan_commands import plan as plan_command
from lms.plans.plan_models import PlanSummary
from lms.plans.queries.summaries import plan_summaries
from lms.plans.rules.plan_summary import SummaryOf
from lms.plans.service.plans.summaries import recompute_all, recompute_summaries
from lms.plans.types import BasisKind, OutcomeHours, PlanReceipt
from tests.integration.plans.conftest import Plans


def live(plans: Plans, receipt: PlanReceipt, today: date) -> SummaryOf:
    """Return what the plan's own page counts."""
    with plans.runtime.read() as session:
        standing = queries.standing_of(queries.plan_view(session, receipt.version_id, today), today)
    assert standing is not None
    late = sum(row.code == "late" for row in standing.deviations)
    return SummaryOf(standing.total, standing.done, len(standing.debts), len(standing.suspended), late)


def listed(plans: Plans, receipt: PlanReceipt, today: date) -> SummaryOf:
    with plans.runtime.read() as session:
        return plan_summaries(session, [receipt.plan_id], today)[receipt.plan_id]


def stated(plans: Plans, receipt: PlanReceipt, today: date) -> dict[str, tuple[object, ...]]:
    """Return what the plan's own page says of each item."""
    with plans.runtime.read() as session:
        plan = queries.plan_view(session, receipt.version_id, today)
        assert queries.active_plan(session, plan.person_id, today) == plan
        newest = {
            item.stable_key: max((f.recorded_at for f in item.facts), default=None) for item in plan.items
        }
    return {item.stable_key: (item.state, item.title, newest[item.stable_key]) for item in plan.items}


def glanced(plans: Plans, receipt: PlanReceipt, today: date) -> dict[str, tuple[object, ...]]:
    """Return what a student's first page says of each item."""
    with plans.runtime.read() as session:
        person_id = queries.plan_head(session, receipt.plan_id).person_id
        begun = [key for key, done in courses.progress_by_course(session, person_id).items() if done.done]
        plan = queries.plan_glance(session, person_id, today, begun)
        newest = queries.newest_version(session, person_id)
        whole = queries.latest_version(session, person_id)
    assert plan is not None
    assert newest is not None
    assert whole is not None
    assert newest == queries.NewestVersion(whole.id, whole.plan_id, whole.state, whole.submitted_at)
    return {item.stable_key: (item.state, item.title, item.changed_at) for item in plan.items}


def kept(plans: Plans) -> list[tuple[object, ...]]:
    with plans.runtime.read() as session:
        return [tuple(row) for row in session.execute(sa.select(PlanSummary.__table__))]


def test_a_list_says_of_each_plan_what_its_page_says_whatever_has_happened(
    plans: Plans, clock: FixedClock
) -> None:
    receipt, other = plans.active(), plans.begun("lev")
    failed, ref = BasisRef("assessment.result", uuid4()), BasisRef("plans.credit_case", uuid4())

    def record(title: str, kind: BasisKind, basis: BasisRef, **more: object) -> None:
        item = plans.item(receipt, title)
        with plans.runtime.unit_of_work(SYSTEM) as uow:
            service.record_basis(
                uow, plan_id=receipt.plan_id, stable_key=item.stable_key, kind=kind, ref=basis, **more
            )

    def part(title: str) -> list[OutcomeHours]:
        return list(plans.item(receipt, title).content.outcomes[:1])

    happenings = [
        lambda: None,
        lambda: record("Биология", BasisKind.ATTESTATION, failed, is_passed=False, mark="2"),
        lambda: record("Информатика", BasisKind.CREDIT, ref, outcomes=part("Информатика")),
        lambda: record("Информатика", BasisKind.CREDIT, ref),
        lambda: suspend(plans, ref),
        lambda: reinstate(plans, ref),
        lambda: record("Биология", BasisKind.ATTESTATION, BasisRef("assessment.result", uuid4()), mark="4"),
        lambda: clock.advance(timedelta(days=200)),
    ]
    seen = set()
    for happen in happenings:
        clock.advance(timedelta(minutes=1))
        happen()
        today = clock.now().date()
        expected = live(plans, receipt, today)
        assert glanced(plans, receipt, today) == stated(plans, receipt, today)
        assert listed(plans, receipt, today) == expected  # what is kept by now holds no more, and is not used
        assert recompute_all(plans.runtime).written <= 1
        before = kept(plans)
        assert recompute_all(plans.runtime).written == 0
        assert kept(plans) == before
        assert listed(plans, receipt, today) == expected
        seen.add(expected.word)
    assert seen == {"debt", "suspended", "late"}
    assert other.plan_id not in {row[0] for row in before}  # a draft stands nowhere yet


def suspend(plans: Plans, ref: BasisRef) -> None:
    with plans.runtime.unit_of_work(SYSTEM) as uow:
        service.suspend_basis(uow, ref, "in doubt")


def reinstate(plans: Plans, ref: BasisRef) -> None:
    with plans.runtime.unit_of_work(SYSTEM) as uow:
        service.reinstate_basis(uow, ref, "it was right")


def test_the_command_goes_on_in_batches_and_says_how_far_it_is(plans: Plans) -> None:
    first = plans.active()
    second = plans.submitted(plans.begun("lev"))
    with plans.uow("irina") as uow:
        service.approve(uow, version_id=second.version_id)
    plans.ordered(second, "85")
    with plans.runtime.unit_of_work(SYSTEM) as uow:
        step = recompute_summaries(uow, most=1)
        rest = recompute_summaries(uow, after=step.last, most=5)
    assert (step.seen, rest.seen, rest.written) == (1, 1, 1)
    assert {row[0] for row in kept(plans)} == {first.plan_id, second.plan_id}
    done = CliRunner().invoke(plan_command, ["recompute"], obj=RuntimeSource(lambda: plans.runtime))
    assert done.exit_code == 0, done.output
    assert "2 plans in force, 0 summaries written" in done.output
    with pytest.raises(Forbidden), plans.uow("kim") as uow:
        recompute_summaries(uow)


def test_the_list_shows_what_needs_attention(
    plans: Plans, clock: FixedClock, sign_in: Callable[[str], FlaskClient]
) -> None:
    receipt = plans.active()
    link = f"/plans/{receipt.plan_id}"
    for day, shown in ((1, "Опаздывает: 2"), (180, "Опаздывает: 8")):
        clock.advance(timedelta(days=day))
        page = sign_in("gromova").get("/plans?state=attention").text
        assert link in page and shown in page, day
    for item in plans.view(receipt).items:
        with plans.runtime.unit_of_work(SYSTEM) as uow:
            service.record_basis(
                uow,
                plan_id=receipt.plan_id,
                stable_key=item.stable_key,
                kind=BasisKind.WAIVER,
                ref=BasisRef("plans.waiver", uuid4()),
            )
    head = sign_in("gromova")
    assert link not in head.get("/plans?state=attention").text
    assert "Закрыто 8 из 8" in head.get("/plans").text
