"""Work on many plans: it goes on without its page, ends once whatever dies, and keeps what people changed by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from lms.core.actor import SYSTEM
from lms.core.clock import FixedClock
from lms.core.errors import Conflict, Forbidden, NotFound
from lms.people.models import Role
from lms.plans import service
from lms.plans.models import PlanSummary, PlanTemplate, PlanVersion
from lms.plans.queries.bulk import bulk_card, bulk_outcomes, template_contents
from lms.plans.service.plans.bulk_runs import SILENT_S, bulk_step, claim_bulk
from lms.plans.tasks import resume_bulk, run_bulk
from lms.plans.types import BulkState, BulkStatus, PlanReceipt
from tests.integration.plans.conftest import Plans, csrf

Enter = Callable[[str], FlaskClient]


def change_template(plans: Plans, start: str, **changes: object) -> int:
    """Change one item of the template and return the revision that is looked at."""
    template_id = plans.templates["school-14"]
    with plans.uow("gromova") as uow:
        contents = template_contents(uow.session.get_one(PlanTemplate, template_id))
        key = next(key for key, item in contents.items() if item.title.startswith(start))
        content = replace(contents[key], **changes)  # type: ignore[arg-type]
        service.edit_template_item(uow, template_id=template_id, stable_key=key, content=content)
        return uow.session.get_one(PlanTemplate, template_id).revision


def asked(plans: Plans, revision: int, *receipts: PlanReceipt, login: str = "gromova") -> UUID:
    with plans.uow(login) as uow:
        return service.begin_bulk(
            uow,
            template_id=plans.templates["school-14"],
            template_revision=revision,
            plan_ids=[receipt.plan_id for receipt in receipts],
            reason="A new century.",
        )


def outcomes(plans: Plans, bulk_id: UUID) -> dict[UUID, BulkStatus]:
    with plans.runtime.read() as session:
        return {row.plan_id: row.status for row in bulk_outcomes(session, bulk_id).items}


def state(plans: Plans, bulk_id: UUID) -> BulkState:
    with plans.runtime.read() as session:
        return bulk_card(session, bulk_id).state


def versions(plans: Plans) -> int:
    with plans.runtime.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(PlanVersion)) or 0


def step(plans: Plans, bulk_id: UUID) -> None:
    with plans.uow("gromova") as uow:
        bulk_step(uow, bulk_id)


@pytest.mark.parametrize("dies_after", [1, 2])
def test_a_worker_that_dies_anywhere_costs_nothing_and_does_nothing_twice(
    plans: Plans, clock: FixedClock, dies_after: int
) -> None:
    drafted, active = plans.begun("lev"), plans.active()
    plans.edited(drafted, "История", hours=Decimal(19), note="By hand")
    revision = change_template(plans, "История", title="История: век", hours=Decimal(22))
    bulk_id = asked(plans, revision, drafted, active)
    before = versions(plans)
    with plans.runtime.unit_of_work(SYSTEM) as uow:
        assert claim_bulk(uow, bulk_id) is not None
    for _ in range(dies_after):
        step(plans, bulk_id)
    if dies_after < 2:
        run_bulk(plans.runtime, {"bulk_id": str(bulk_id)})
        assert state(plans, bulk_id) is BulkState.RUNNING, "the first worker may still be at it"
        clock.advance(timedelta(seconds=SILENT_S))
        resume_bulk(plans.runtime)
    plans.runtime.jobs.run_waiting()
    assert state(plans, bulk_id) is BulkState.DONE
    assert set(outcomes(plans, bulk_id).values()) == {BulkStatus.CHANGED}
    assert versions(plans) == before + 1, "one draft beside the plan in force, however often it was begun"
    item = plans.item(drafted, "История")
    assert (item.title, item.hours, item.note) == ("История: век", 19, "By hand")
    waiting = plans.submitted(drafted)
    again = asked(plans, change_template(plans, "История", title="История: эпоха"), active, waiting)
    plans.runtime.jobs.run_waiting()
    assert outcomes(plans, again) == {
        active.plan_id: BulkStatus.CHANGED,
        waiting.plan_id: BulkStatus.LEFT,
    }
    last = asked(plans, revision + 1, active)
    plans.runtime.jobs.run_waiting()
    assert outcomes(plans, last) == {active.plan_id: BulkStatus.UNCHANGED}


def test_work_ends_with_a_reason_when_nobody_may_go_on_or_nothing_moves(
    plans: Plans, clock: FixedClock
) -> None:
    drafted, active = plans.begun("lev"), plans.active()
    revision = change_template(plans, "История", hours=Decimal(22))
    bulk_id = asked(plans, revision, drafted)
    with pytest.raises(Conflict, match="bulk_running"):
        asked(plans, revision, active)
    for login in ("kim", "anna"):
        with pytest.raises((Forbidden, NotFound)):
            asked(plans, revision, drafted, login=login)
    for _ in range(3):
        with plans.runtime.unit_of_work(SYSTEM) as uow:
            assert claim_bulk(uow, bulk_id) is not None
        clock.advance(timedelta(seconds=SILENT_S))
    run_bulk(plans.runtime, {"bulk_id": str(bulk_id)})
    with plans.runtime.read() as session:
        assert bulk_card(session, bulk_id).code == "plans.bulk_gave_up"
    second = asked(plans, revision, drafted)
    with plans.runtime.unit_of_work(SYSTEM) as uow:
        left = sa.update(Role).where(Role.person_id == plans.school.id("gromova"))
        uow.session.execute(left.values(valid_to=uow.now()))
    plans.runtime.jobs.run_waiting()
    with plans.runtime.read() as session:
        card = bulk_card(session, second)
    assert (card.state, card.code, card.changed) == (BulkState.FAILED, "plans.bulk_no_right", 0)


def test_a_head_counts_anew_and_watches_how_far_it_is(plans: Plans, sign_in: Enter) -> None:
    plans.active()
    gromova = sign_in("gromova")
    page = "/plans/bulk"
    begun = gromova.post(
        f"{page}/recount",
        data={"csrf_token": csrf(gromova, page), "org_id": str(plans.school.id("school-14"))},
    )
    assert begun.status_code == 303
    assert 'data-follow="yes"' in gromova.get(begun.location).text
    plans.runtime.jobs.run_waiting()
    assert 'data-follow="no"' in gromova.get(begun.location).text
    with plans.runtime.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(PlanSummary)) == 1
    assert begun.location.rsplit("/", 1)[1] in gromova.get(page).text
    assert sign_in("kim").get(begun.location).status_code == 403


def test_drafts_follow_their_template_as_work_and_nothing_else_is_touched(
    plans: Plans, sign_in: Enter
) -> None:
    drafted, active = plans.begun("lev"), plans.active()
    change_template(plans, "История", hours=Decimal(22))
    gromova, page = sign_in("gromova"), "/plans/templates"
    address = f"{page}/{plans.templates['school-14']}/recompute"
    begun = gromova.post(address, data={"csrf_token": csrf(gromova, page)})
    assert begun.status_code == 303
    bulk_id = UUID(begun.location.rsplit("/", 1)[1])
    before = versions(plans)
    assert gromova.post(address, data={"csrf_token": csrf(gromova, page)}).status_code == 409
    plans.submitted(drafted)  # meanwhile the draft is gone
    plans.runtime.jobs.run_waiting()
    assert outcomes(plans, bulk_id) == {drafted.plan_id: BulkStatus.LEFT}
    with plans.uow("kim") as uow:
        service.withdraw_version(uow, version_id=drafted.version_id, reason="Not yet.")
        again = service.begin_version(uow, plan_id=drafted.plan_id, reason="Once more.")
    with plans.uow("gromova") as uow:
        bulk_id = service.begin_drafts(uow, template_id=plans.templates["school-14"])
    plans.runtime.jobs.run_waiting()
    assert outcomes(plans, bulk_id) == {drafted.plan_id: BulkStatus.CHANGED}
    assert plans.item(again, "История").hours == 22
    assert versions(plans) == before + 1, "no version of the plan in force was begun"
    assert plans.item(active, "История").hours != 22
