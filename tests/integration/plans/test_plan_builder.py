"""The builder: starts, search, one-step mending, what-if copies, proposals of the family. One engine is enough here."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from lms.core.clock import FixedClock
from lms.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from lms.curriculum.models import Curriculum, CurriculumPeriod
from lms.curriculum.queries import curricula_for
from lms.plans import queries, service
from lms.plans.models import PlanProposal, PlanVersion
from lms.plans.queries.offers import proposals_of
from lms.plans.rules.plan_signatures import required_roles
from lms.plans.types import (
    ApprovalRole,
    Delivery,
    PlanKind,
    PlanReceipt,
    PlanState,
    ProposalState,
)
from tests.integration.plans.conftest import Plans, csrf

Enter = Callable[[str], FlaskClient]


@pytest.fixture
def engine_url(sqlite_url: str) -> str:
    """Return SQLite: nothing here depends on the engine."""
    return sqlite_url


def state_of(plans: Plans, receipt: PlanReceipt) -> PlanState:
    return plans.view(receipt).version.state


# --- beginning --------------------------------------------------------------------------------------------------


def next_year(plans: Plans) -> object:
    """Approve the same curriculum for the year after and return its id."""
    with plans.runtime.unit_of_work(plans.school.actor("zimina")) as uow:
        old = curricula_for(uow.session, plans.school.id("school-14"), 8)[0]
        row = uow.session.get_one(Curriculum, old.id)
        new = Curriculum(
            org_id=row.org_id,
            programme=row.programme,
            title=row.title,
            grade=9,
            year="2027/28",
            version=1,
            state=row.state,
            weekly_hours_max=row.weekly_hours_max,
            created_at=row.created_at,
        )
        new.periods = [
            CurriculumPeriod(
                number=p.number,
                starts_on=p.starts_on + timedelta(days=365),
                ends_on=p.ends_on + timedelta(days=365),
            )
            for p in row.periods
        ]
        uow.session.add(new)
        uow.session.flush()
        return new.id


def test_a_new_year_takes_along_what_is_open_and_how_subjects_were_studied(plans: Plans) -> None:
    old = plans.active()
    open_key, closed = plans.item(old, "Информатика").stable_key, plans.item(old, "История").stable_key
    with plans.uow("gromova") as uow:
        service.waive_item(uow, plan_id=old.plan_id, stable_key=closed, reason="Learned elsewhere.")
    with plans.uow("kim") as uow:
        made = service.create_plan(
            uow,
            person_id=plans.school.id("sonya"),
            start_id=next_year(plans),  # type: ignore[arg-type]
            basis="Order No. 12",
            carry_over=True,
        )
    items = {item.stable_key: item for item in plans.view(made).items}
    assert open_key in items
    assert closed not in items
    carried = items[open_key]
    assert (carried.period, carried.deadline, carried.session_id) == (1, None, None)
    assert carried.delivery is Delivery.EXTERNAL


def test_a_plan_begins_with_the_curriculum_of_the_class_when_there_is_no_template(plans: Plans) -> None:
    with plans.runtime.read() as session:
        curriculum = curricula_for(session, plans.school.id("school-14"), 8)[0]
    with plans.uow("kim") as uow:
        made = service.create_plan(
            uow, person_id=plans.school.id("sonya"), start_id=curriculum.id, basis="Order No. 61"
        )
    assert [item.title for item in plans.view(made).items] == [
        item.title for item in plans.view(plans_of_template(plans)).items
    ]


def plans_of_template(plans: Plans) -> PlanReceipt:
    return plans.begun(student="lev")


def test_a_head_plans_the_development_of_a_teacher_who_signs_alone(plans: Plans) -> None:
    kim = plans.school.id("kim")
    start, today = plans.templates["school-14"], plans.runtime.clock.now().date()
    with pytest.raises((Forbidden, NotFound)), plans.uow("kim") as uow:
        service.create_plan(uow, person_id=kim, start_id=start, basis="Order", kind=PlanKind.STAFF)
    with pytest.raises((InvalidInput, NotFound)), plans.uow("gromova") as uow:
        service.create_plan(uow, person_id=kim, start_id=start, basis="Order")
    with plans.uow("gromova") as uow:
        made = service.create_plan(uow, person_id=kim, start_id=start, basis="Order", kind=PlanKind.STAFF)
        service.submit_version(uow, version_id=made.version_id)
    with plans.uow("kim") as uow:
        service.approve(uow, version_id=made.version_id)
    with plans.uow("gromova") as uow:
        done = service.approve_by_order(uow, version_id=made.version_id, order_no="3", order_date=today)
    assert done.state is PlanState.ACTIVE


def test_who_learns_a_trade_signs_personally_in_any_year_of_study() -> None:
    assert ApprovalRole.STUDENT in required_roles(is_minor=True, grade=1, kind=PlanKind.VOCATIONAL)
    assert ApprovalRole.GUARDIAN in required_roles(is_minor=True, grade=1, kind=PlanKind.VOCATIONAL)


# --- search -----------------------------------------------------------------------------------------------------


def test_the_search_finds_modules_and_outcomes_and_fills_the_form(plans: Plans, sign_in: Enter) -> None:
    receipt = plans.begun()
    biology = plans.item(receipt, "Биология")
    with plans.uow("kim") as uow:
        service.remove_item(uow, version_id=receipt.version_id, stable_key=biology.stable_key)
    kim = sign_in("kim")
    page = f"/plans/versions/{receipt.version_id}/add"
    found = kim.get(page, query_string={"q": "биология кровь"}).text
    assert 'name="module"' in found
    statement = biology.outcomes[0].statement
    found = kim.get(page, query_string={"q": statement.split()[-1][:12]}).text
    link = re.search(r'href="(/plans/versions/[^"]+/items/new\?outcome=[^"]+)"', found)
    assert link
    form = kim.get(link.group(1)).text
    assert f'name="outcome-{biology.outcomes[0].outcome_id}"' in form
    assert biology.title in form


# --- mending ----------------------------------------------------------------------------------------------------


def findings(client: FlaskClient, receipt: PlanReceipt) -> list[str]:
    page = client.get(f"/plans/versions/{receipt.version_id}/edit").text
    return re.findall(r'name="finding" value="([^"]+)"', page)


def test_every_offer_of_the_checks_mends_in_one_step(plans: Plans, sign_in: Enter) -> None:
    receipt = plans.begun()
    with plans.uow("kim") as uow:
        for title in ("Биология", "Информатика: программы"):
            key = plans.item(receipt, title).stable_key
            service.remove_item(uow, version_id=receipt.version_id, stable_key=key)
    item = plans.item(receipt, "История")
    plans.edited(receipt, "История", hours=item.hours / 2, attestation_form=None)
    kim = sign_in("kim")
    base = f"/plans/versions/{receipt.version_id}"
    for _ in range(12):
        offered = findings(kim, receipt)
        if not offered:
            break
        token = csrf(kim, f"{base}/edit")
        sent = kim.post(
            f"{base}/mend", data={"csrf_token": token, "finding": offered[0].replace("&amp;", "&")}
        )
        assert sent.status_code == 303
        assert offered[0] not in findings(kim, receipt)
    assert plans.item(receipt, "История").hours == item.hours
    assert plans.submitted(receipt).state is PlanState.SUBMITTED


def test_a_finding_that_is_gone_changes_nothing(plans: Plans) -> None:
    receipt = plans.begun()
    with pytest.raises(Conflict) as told, plans.uow("kim") as uow:
        service.mend_finding(uow, version_id=receipt.version_id, finding="overload|||3")
    assert told.value.code == "plans.nothing_to_mend"


# --- what if ----------------------------------------------------------------------------------------------------


def test_a_copy_is_tried_out_and_adopted_and_the_draft_is_kept(plans: Plans, sign_in: Enter) -> None:
    draft = plans.begun()
    with plans.uow("kim") as uow:
        copy = service.copy_version(uow, version_id=draft.version_id, reason="Biology at home")
    plans.edited(copy, "Биология", delivery=Delivery.HOME)
    assert plans.item(draft, "Биология").delivery is not Delivery.HOME
    with pytest.raises(Conflict), plans.uow("kim") as uow:
        service.submit_version(uow, version_id=copy.version_id)
    kim = sign_in("kim")
    compared = kim.get(f"/plans/versions/{copy.version_id}/changes?against={draft.version_id}").text
    assert plans.item(copy, "Биология").title in compared
    assert kim.get(f"/plans/versions/{copy.version_id}/edit").status_code == 200
    assert sign_in("anna").get(f"/plans/versions/{copy.version_id}").status_code == 404
    with plans.uow("kim") as uow:
        service.adopt_variant(uow, version_id=copy.version_id)
    assert (state_of(plans, copy), state_of(plans, draft)) == (PlanState.DRAFT, PlanState.VARIANT)
    assert plans.ordered(plans.signed(plans.submitted(copy))).state is PlanState.ACTIVE
    with plans.uow("kim") as uow:
        assert service.discard_draft(uow, version_id=draft.version_id).state is PlanState.CANCELLED


def test_a_copy_does_not_take_the_place_of_a_version_that_collects_signatures(plans: Plans) -> None:
    draft = plans.begun()
    with plans.uow("kim") as uow:
        copy = service.copy_version(uow, version_id=draft.version_id, reason="Another way")
    plans.submitted(draft)
    with pytest.raises(Conflict) as told, plans.uow("kim") as uow:
        service.adopt_variant(uow, version_id=copy.version_id)
    assert told.value.code == "plans.open_version_exists"
    with plans.runtime.read() as session:
        newest = queries.latest_version(session, plans.school.id("sonya"))
    assert newest is not None
    assert newest.id == draft.version_id


def test_copies_are_few(plans: Plans) -> None:
    draft = plans.begun()
    with plans.uow("kim") as uow:
        for number in range(5):
            service.copy_version(uow, version_id=draft.version_id, reason=f"Way {number}")
        with pytest.raises(Conflict):
            service.copy_version(uow, version_id=draft.version_id, reason="One more")


# --- proposals --------------------------------------------------------------------------------------------------


def proposed(plans: Plans, plan: PlanReceipt, login: str = "sonya", title: str = "Robots") -> object:
    with plans.uow(login) as uow:
        return service.propose_item(
            uow,
            plan_id=plan.plan_id,
            title=title,
            subject="technology",
            hours=Decimal(16),
            period=3,
            external_course="Robots, Technopark",
        )


def test_a_proposal_becomes_an_item_of_the_next_draft(plans: Plans) -> None:
    active = plans.active()
    first, second = proposed(plans, active), proposed(plans, active, "anna", "Chess")
    with plans.uow("kim") as uow:
        made = service.accept_proposal(uow, proposal_id=first, begin_because="The family proposes.")  # type: ignore[arg-type]
        service.decline_proposal(uow, proposal_id=second, reason="No room this year.")  # type: ignore[arg-type]
    assert plans.item(made, "Robots").external_course == "Robots, Technopark"
    assert state_of(plans, active) is PlanState.ACTIVE
    with plans.runtime.read() as session:
        answers = {row.title: (row.state, row.answer) for row in proposals_of(session, active.plan_id)}
    assert answers == {
        "Robots": (ProposalState.ACCEPTED, ""),
        "Chess": (ProposalState.DECLINED, "No room this year."),
    }
    with pytest.raises(Conflict), plans.uow("kim") as uow:
        service.decline_proposal(uow, proposal_id=first, reason="Changed my mind.")  # type: ignore[arg-type]


def test_strangers_neither_propose_nor_answer(plans: Plans) -> None:
    active = plans.active()
    mine = proposed(plans, active)
    for login in ("irina", "kim", "lev"):
        with pytest.raises((Forbidden, NotFound)), plans.uow(login) as uow:
            service.withdraw_proposal(uow, proposal_id=mine)  # type: ignore[arg-type]
    with pytest.raises((Forbidden, NotFound)), plans.uow("anna") as uow:
        service.accept_proposal(uow, proposal_id=mine, begin_because="Mine.")  # type: ignore[arg-type]


def test_the_family_proposes_by_a_form_and_reads_the_answer(plans: Plans, sign_in: Enter) -> None:
    active = plans.active()
    page = f"/plans/{active.plan_id}/propose"
    sonya = sign_in("sonya")
    form = {"title": "", "subject": "technology", "hours": "16", "period": "3", "delivery": "external"}
    refused = sonya.post(page, data={"csrf_token": csrf(sonya, page), **form, "reason": "I build them."})
    assert refused.status_code == 422
    assert "I build them." in refused.text
    for _sent_twice in range(2):
        sent = sonya.post(page, data={"csrf_token": csrf(sonya, page), **form, "title": "Robots"})
        assert sent.status_code == 303
    with plans.runtime.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(PlanProposal)) == 1
    kim = sign_in("kim")
    shown = kim.get(f"/plans/{active.plan_id}").text
    decline = re.search(r'href="(/plans/proposals/[^"]+/decline)"', shown)
    assert decline
    sent = {"csrf_token": csrf(kim, decline.group(1)), "reason": "Ask again in May."}
    assert kim.post(decline.group(1), data=sent).status_code == 303
    assert "Ask again in May." in sonya.get("/plan").text


def test_a_copy_never_stands_in_a_list_of_plans(plans: Plans, clock: FixedClock) -> None:
    active = plans.active()
    with plans.uow("kim") as uow:
        service.copy_version(uow, version_id=active.version_id, reason="Next year")
    with plans.runtime.read() as session:
        rows = queries.plan_rows(session, person_ids=[plans.school.id("sonya")])
        states = set(session.scalars(sa.select(PlanVersion.state)))
    assert [row.state for row in rows] == [PlanState.ACTIVE]
    assert PlanState.VARIANT in states


# --- a changed template -----------------------------------------------------------------------------------------


def test_a_head_sees_what_a_template_would_change_and_prepares_drafts(plans: Plans, sign_in: Enter) -> None:
    active, waiting = plans.active(), plans.submitted(plans.begun("lev"))
    template_id = plans.templates["school-14"]
    history = plans.item(active, "История").stable_key
    gromova = sign_in("gromova")
    item = f"/plans/templates/{template_id}/items/{history}"
    form = {"csrf_token": csrf(gromova, item), "title": "История: новый век", "hours": "22", "period": "2"}
    assert gromova.post(item, data={**form, "hours": "0", "delivery": "class"}).status_code == 422
    assert gromova.post(item, data={**form, "delivery": "class"}).status_code == 303
    page = f"/plans/templates/{template_id}/bulk"
    shown = gromova.get(page).text
    assert shown.count("История: новый век") >= 2
    assert plans.item(active, "История").hours != 22  # a look changes nothing
    revision = re.search(r'name="revision" value="(\d+)"', shown)
    assert revision
    offered = re.findall(r'name="plan_ids" value="([^"]+)"', shown)
    assert offered == [str(active.plan_id)]  # the other one collects signatures
    sent = {"csrf_token": csrf(gromova, page), "revision": revision.group(1), "plan_ids": offered}
    assert gromova.post(page, data={**sent, "reason": ""}).status_code == 422
    asked = gromova.post(page, data={**sent, "reason": "A new century."})
    assert asked.status_code == 303
    assert (
        gromova.post(page, data={**sent, "reason": "Twice."}).status_code == 409
    )  # it is being done already
    assert 'data-follow="yes"' in gromova.get(asked.location).text
    plans.runtime.jobs.run_waiting()
    done = gromova.get(asked.location).text
    assert 'data-follow="no"' in done
    assert "A new century." in done
    with plans.runtime.read() as session:
        newest = queries.latest_version(session, plans.school.id("sonya"))
        assert newest is not None
        draft = queries.plan_view(session, newest.id)
    assert draft.version.state is PlanState.DRAFT
    changed = draft.item(history)
    assert (changed.title, changed.hours, changed.period) == ("История: новый век", 22, 2)
    own = {i.title.split(":")[0]: i.delivery for i in draft.items if i.is_individual}
    assert own["Информатика"] is Delivery.EXTERNAL
    assert own["Биология"] is Delivery.HOME
    assert plans.view(waiting).version.state is PlanState.SUBMITTED
    late = {**sent, "revision": "1", "reason": "Too late."}
    assert gromova.post(page, data=late).status_code == 409


def test_items_wait_for_each_other_in_order_and_a_circle_is_refused_in_words(
    plans: Plans, sign_in: Enter
) -> None:
    draft = plans.begun()
    first, second = plans.item(draft, "Биология"), plans.item(draft, "Информатика")
    plans.edited(draft, "Информатика", prerequisites=(first.stable_key,))
    with pytest.raises(InvalidInput, match="prerequisite_circle"):
        plans.edited(draft, "Биология", prerequisites=(second.stable_key,))
    kim = sign_in("kim")
    for shown in (f"/plans/versions/{draft.version_id}/edit", f"/plans/versions/{draft.version_id}"):
        assert f"· после «{first.title}»" in kim.get(shown).text, (
            "what comes first is read where the plan is read"
        )
    page = f"/plans/versions/{draft.version_id}/items/{first.stable_key}"
    text = kim.get(page).text
    form = dict(re.findall(r'<(?:input|select)[^>]* name="(revision|csrf_token)"[^>]*value="([^"]*)"', text))
    form |= {"subject": first.subject, "title": first.title, "hours": "20", "period": str(first.period)}
    form |= {"delivery": "class", "prerequisites": second.stable_key}
    refused = kim.post(page, data=form)
    assert refused.status_code == 422
    assert f"«{first.title}» → «{second.title}» → «{first.title}»" in refused.text
    assert re.search(rf'value="{second.stable_key}"[^>]*checked', refused.text), "what was ticked is kept"
    # taken out of its place: told before the plan is submitted, as a sentence
    plans.edited(draft, "Биология", period=second.period + 1)
    said = kim.get(f"/plans/versions/{draft.version_id}/edit").text
    assert first.title in said and ("раньше" in said or "earlier" in said)
