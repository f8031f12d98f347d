"""A plan from its template into force, changed, signed again; its items rest on facts (P1–P7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from lms.assessment.events import ResultCounts
from lms.core import ledger, outbox
from lms.core.actor import SYSTEM
from lms.core.clock import FixedClock
from lms.core.contracts import BasisRef
from lms.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from lms.core.models import LedgerEntry, OutboxEvent
from lms.courses import service as courses
from lms.courses.queries import catalogue, enrolment_of
from lms.curriculum.types import AttestationForm
from lms.demo import courses as demo_courses
from lms.people import service as people
from lms.plans import queries, service
from lms.plans.dependents import PlanDependents
from lms.plans.models import PlanItem, PlanItemLink, PlanVersion
from lms.plans.rules.plan_content import from_json
from lms.plans.rules.plan_state import is_marked_by_teacher
from lms.plans.service.plans.signing import _bare_number
from lms.plans.service.plans.templates import edit_template_item
from lms.plans.types import (
    ApprovalRole,
    BasisKind,
    Delivery,
    ItemState,
    OutcomeHours,
    PlanReceipt,
    PlanState,
    plan_item_reference,
)
from tests.integration.plans.conftest import Plans


def state_of(plans: Plans, receipt: Any, title: str) -> ItemState:
    return plans.item(receipt, title).state


# --- from template into force -----------------------------------------------------------------------------------


def test_a_plan_goes_from_its_template_through_signatures_and_an_order_into_force(plans: Plans) -> None:
    receipt = plans.active()
    assert receipt.state is PlanState.ACTIVE
    with plans.runtime.read() as session:
        plan = queries.active_plan(session, plans.school.id("sonya"))
        kinds = set(session.scalars(sa.select(LedgerEntry.kind)))
        events = session.scalars(sa.select(OutboxEvent.kind)).all()
        assert list(ledger.verify(session, plans.runtime.keys)) == []
    assert plan is not None
    assert (plan.version.order_no, len(plan.items)) == ("84", 8)
    assert {"plans.item_approved", "plans.activated"} <= kinds
    assert "plans.plan_activated" in events


@pytest.mark.parametrize(
    ("typed", "kept"), [("Приказ № 2", "2"), ("№ 12-э", "12-э"), (" 84 ", "84"), ("order No. 7", "7")]
)
def test_the_words_before_an_orders_number_are_not_kept_twice(typed: str, kept: str) -> None:
    assert _bare_number(typed) == kept


def test_a_plan_with_a_blocking_finding_cannot_be_submitted(plans: Plans) -> None:
    receipt = plans.begun()
    plans.edited(receipt, "Биология", attestation_form=None)
    with pytest.raises(InvalidInput, match=r"plans\.checks_failed"):
        plans.submitted(receipt)


def test_the_order_waits_for_the_family(plans: Plans) -> None:
    receipt = plans.submitted(plans.begun())
    with pytest.raises(Conflict, match=r"plans\.signatures_missing"):
        plans.ordered(receipt)
    assert waits_for_family(plans, receipt)
    plans.signed(receipt)
    assert not waits_for_family(plans, receipt)


def waits_for_family(plans: Plans, receipt: PlanReceipt) -> bool:
    """Tell whether the director would be asked in vain."""
    with plans.runtime.read() as session:
        today = plans.runtime.clock.now().date()
        return queries.waits_for_family(session, receipt.version_id, plans.school.id("sonya"), today)


def test_a_guardian_without_the_right_to_sign_is_out_of_reach(plans: Plans) -> None:
    receipt = plans.submitted(plans.begun())
    with pytest.raises(NotFound), plans.uow("irina") as uow:
        service.approve(uow, version_id=receipt.version_id)


def test_a_pupil_of_the_eighth_grade_reads_but_does_not_sign(plans: Plans) -> None:
    receipt = plans.submitted(plans.begun())
    with pytest.raises(Forbidden), plans.uow("sonya") as uow:
        service.approve(uow, version_id=receipt.version_id)


def test_an_order_for_later_comes_into_force_on_its_day(plans: Plans, clock: FixedClock) -> None:
    receipt = plans.signed(plans.submitted(plans.begun()))
    later = clock.now().date() + timedelta(days=3)
    with plans.uow("gromova") as uow:
        approved = service.approve_by_order(
            uow,
            version_id=receipt.version_id,
            order_no="84",
            order_date=uow.now().date(),
            effective_from=later,
        )
    assert approved.state is PlanState.APPROVED
    with plans.runtime.unit_of_work(SYSTEM) as uow:
        assert service.activate_due(uow) == 0
    clock.advance(timedelta(days=3))
    with plans.runtime.unit_of_work(SYSTEM) as uow:
        assert service.activate_due(uow) == 1
    assert plans.view(receipt).version.state is PlanState.ACTIVE


def test_a_version_that_was_read_before_it_changed_is_not_signed(plans: Plans) -> None:
    receipt = plans.submitted(plans.begun())
    with pytest.raises(Conflict, match=r"plans\.read_again"), plans.uow("anna") as uow:
        service.approve(uow, version_id=receipt.version_id, items_hash="0" * 64)


def test_a_second_plan_for_the_same_year_is_refused(plans: Plans) -> None:
    plans.begun()
    with pytest.raises(Conflict, match=r"plans\.plan_exists"):
        plans.begun()


def test_a_teacher_of_nobody_here_cannot_open_a_plan(plans: Plans) -> None:
    with pytest.raises(NotFound):
        plans.begun(teacher="petrenko")


# --- the next version -------------------------------------------------------------------------------------------


def test_editing_one_item_later_asks_again_only_for_that_item(plans: Plans) -> None:
    first = plans.active()
    with plans.uow("kim") as uow:
        second = service.begin_version(uow, plan_id=first.plan_id, reason="More time for biology.")
    key = plans.edited(second, "Биология", hours=Decimal(18))
    plans.submitted(second)
    assert plans.unsigned(second, ApprovalRole.GUARDIAN) == [key]
    assert plans.unsigned(second, ApprovalRole.DIRECTOR) == [key]
    with plans.runtime.read() as session:
        (change,) = queries.version_changes(session, second.version_id)
    assert (change.code, change.before, change.after) == ("hours", Decimal(16), Decimal(18))
    plans.ordered(plans.signed(second), "85")
    assert plans.view(first).version.state is PlanState.SUPERSEDED
    assert plans.view(second).version.state is PlanState.ACTIVE


def test_a_returned_version_keeps_its_signatures_where_nothing_changes(plans: Plans) -> None:
    first = plans.submitted(plans.begun())
    plans.signed(first)
    with plans.uow("gromova") as uow:
        service.return_version(uow, version_id=first.version_id, reason="Dictation later, please.")
    with plans.uow("kim") as uow:
        second = service.begin_version(uow, plan_id=first.plan_id, reason="As the director asks.")
    key = plans.edited(second, "Русский язык", period=3)
    plans.submitted(second)
    assert plans.unsigned(second, ApprovalRole.GUARDIAN) == [key]


def test_a_new_version_that_says_the_same_is_refused(plans: Plans) -> None:
    first = plans.active()
    with plans.uow("kim") as uow:
        second = service.begin_version(uow, plan_id=first.plan_id, reason="Nothing really.")
    with pytest.raises(Conflict, match=r"plans\.nothing_changed"):
        plans.submitted(second)


def test_a_submitted_version_never_changes(plans: Plans) -> None:
    receipt = plans.submitted(plans.begun())
    with pytest.raises(Conflict, match=r"plans\.wrong_state"):
        plans.edited(receipt, "Биология", hours=Decimal(20))


def test_two_tabs_never_lose_an_update(plans: Plans) -> None:
    receipt = plans.begun()
    item = plans.item(receipt, "Биология")
    with plans.uow("kim") as uow:
        service.move_item(
            uow,
            version_id=receipt.version_id,
            stable_key=item.stable_key,
            period=3,
            revision=receipt.revision,
        )
    with pytest.raises(Conflict, match=r"plans\.changed_meanwhile"), plans.uow("zimina") as uow:
        service.remove_item(
            uow, version_id=receipt.version_id, stable_key=item.stable_key, revision=receipt.revision
        )
    assert plans.item(receipt, "Биология").period == 3


def test_an_item_taken_out_comes_back_as_it_was(plans: Plans) -> None:
    receipt = plans.begun()
    before = plans.item(receipt, "История")
    with plans.uow("kim") as uow:
        service.remove_item(uow, version_id=receipt.version_id, stable_key=before.stable_key)
        service.restore_item(uow, version_id=receipt.version_id, stable_key=before.stable_key)
    assert plans.item(receipt, "История").content_hash == before.content_hash


def test_the_database_itself_holds_one_active_version(plans: Plans) -> None:
    first = plans.active()
    with plans.uow("kim") as uow:
        second = service.begin_version(uow, plan_id=first.plan_id, reason="Another one.")
    statement = (
        sa.update(PlanVersion).where(PlanVersion.id == second.version_id).values(state=PlanState.ACTIVE)
    )
    with pytest.raises(IntegrityError), plans.runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(statement)


def test_a_recompute_from_the_template_keeps_individual_changes(plans: Plans) -> None:
    receipt = plans.begun()
    key = plans.edited(receipt, "Биология", delivery=Delivery.HOME)
    gone = plans.item(receipt, "История").stable_key
    with plans.uow("kim") as uow:
        service.remove_item(uow, version_id=receipt.version_id, stable_key=gone)
    with plans.uow("zimina") as uow:
        template = queries.template_view(uow.session, plans.templates["school-14"])
        content = next(c for c in template.items if c.subject == "biology")
        changed = from_json({**_json(content), "hours": "20"})
        edit_template_item(uow, template_id=template.id, stable_key=key, content=changed)
        service.begin_drafts(uow, template_id=template.id)
    plans.runtime.jobs.run_waiting()
    biology = plans.item(receipt, "Биология")
    assert (biology.hours, biology.delivery) == (Decimal(20), Delivery.HOME)
    assert gone not in {item.stable_key for item in plans.view(receipt).items}


def _json(content: Any) -> dict[str, Any]:
    from lms.plans.rules.plan_content import to_json

    return to_json(content)


# --- what items rest on -----------------------------------------------------------------------------------------


def release(plans: Plans, receipt: Any, title: str, *, passed: bool = True) -> ResultCounts:
    item = plans.item(receipt, title)
    event = ResultCounts(
        result_id=uuid4(),
        attempt_id=uuid4(),
        session_id=uuid4(),
        person_id=plans.school.id("sonya"),
        reference=plan_item_reference(receipt.plan_id, item.stable_key),
        score=Decimal("0.8"),
        mark="4" if passed else "2",
        is_passed=passed,
    )
    with plans.runtime.unit_of_work(SYSTEM) as uow:
        uow.record(event)
    outbox.drain(plans.runtime)
    return event


def test_a_released_result_closes_its_item_and_a_failed_one_is_a_debt(plans: Plans) -> None:
    receipt = plans.active()
    release(plans, receipt, "Биология", passed=False)
    assert state_of(plans, receipt, "Биология") is ItemState.DEBT
    release(plans, receipt, "Биология")
    assert state_of(plans, receipt, "Биология") is ItemState.ACHIEVED
    assert plans.item(receipt, "Биология").status.mark == "4"


def test_a_result_with_another_persons_reference_changes_nothing(plans: Plans) -> None:
    receipt = plans.active()
    item = plans.item(receipt, "Биология")
    event = ResultCounts(
        uuid4(),
        uuid4(),
        uuid4(),
        plans.school.id("lev"),
        plan_item_reference(receipt.plan_id, item.stable_key),
        Decimal(1),
        "5",
        True,
    )
    with plans.runtime.unit_of_work(SYSTEM) as uow:
        uow.record(event)
    outbox.drain(plans.runtime)
    assert not plans.item(receipt, "Биология").facts


def test_suspending_a_basis_suspends_the_item_and_reinstating_brings_back_the_same(plans: Plans) -> None:
    receipt = plans.active()
    event = release(plans, receipt, "Биология")
    before = plans.item(receipt, "Биология").status
    ref, port = BasisRef("assessment.result", event.result_id), PlanDependents()
    with plans.runtime.unit_of_work(SYSTEM) as uow:
        touched = port.suspend(uow, ref, "another person at the camera")
        assert port.suspend(uow, ref, "twice") == []
    assert [found.kind for found in touched] == ["plans.basis"]
    assert state_of(plans, receipt, "Биология") is ItemState.SUSPENDED
    with plans.runtime.unit_of_work(SYSTEM) as uow:
        assert port.reinstate(uow, ref, "the doubt fell away") == touched
    assert plans.item(receipt, "Биология").status == before


def test_partial_credit_leaves_what_remains_and_an_attestation_closes_it(plans: Plans) -> None:
    receipt = plans.active()
    item = plans.item(receipt, "Информатика")
    given = [Decimal(n) for n in (12, 8, 2)]
    shares = [
        OutcomeHours(row.outcome_id, hours) for row, hours in zip(item.outcomes[:3], given, strict=True)
    ]
    with plans.runtime.unit_of_work(SYSTEM) as uow:
        service.record_basis(
            uow,
            plan_id=receipt.plan_id,
            stable_key=item.stable_key,
            kind=BasisKind.CREDIT,
            ref=BasisRef("plans.credit_case", uuid4()),
            outcomes=shares,
        )
    status = plans.item(receipt, "Информатика").status
    assert (status.state, status.credited_hours, status.remaining_hours) == (
        ItemState.PARTIALLY_CREDITED,
        Decimal(22),
        Decimal(8),
    )
    release(plans, receipt, "Информатика")
    assert state_of(plans, receipt, "Информатика") is ItemState.ACHIEVED


def test_hearing_of_the_same_facts_again_in_another_order_gives_the_same_states(plans: Plans) -> None:
    """The states are derived: replaying every event, twice and backwards, changes nothing."""
    receipt = plans.active()
    events = [
        release(plans, receipt, "Биология", passed=False),
        release(plans, receipt, "Биология"),
        release(plans, receipt, "История"),
    ]
    before = {item.stable_key: item.status for item in plans.view(receipt).items}
    with plans.runtime.unit_of_work(SYSTEM) as uow:
        for event in [*reversed(events), *events]:
            uow.record(event)
    outbox.drain(plans.runtime)
    after = {item.stable_key: item.status for item in plans.view(receipt).items}
    assert {key: status.state for key, status in after.items()} == {
        key: status.state for key, status in before.items()
    }
    assert len(plans.item(receipt, "Биология").facts) == 2


def recorded(plans: Plans, login: str, receipt: PlanReceipt, title: str, note: str = "") -> None:
    key = plans.item(receipt, title).stable_key
    with plans.uow(login) as uow:
        service.record_mark(uow, plan_id=receipt.plan_id, stable_key=key, mark="4", is_passed=True, note=note)


def test_the_teacher_of_the_subject_records_a_mark_and_a_head_waives(plans: Plans) -> None:
    receipt = plans.active()
    history = plans.item(receipt, "История").stable_key
    with pytest.raises(Forbidden, match=r"plans\.not_your_subject"):
        recorded(plans, "kim", receipt, "Алгебра: квадратные корни")
    with pytest.raises(Forbidden, match=r"plans\.not_your_subject"):
        recorded(plans, "lebedeva", receipt, "Алгебра: квадратные корни")
    with pytest.raises(InvalidInput, match=r"plans\.needs_reason"):
        recorded(plans, "zimina", receipt, "Алгебра: квадратные корни")
    recorded(plans, "zimina", receipt, "Алгебра: квадратные корни", "The teacher is ill.")
    with plans.uow("kim") as uow, pytest.raises(Forbidden):
        service.waive_item(uow, plan_id=receipt.plan_id, stable_key=history, reason="no")
    with plans.uow("zimina") as uow:
        service.waive_item(uow, plan_id=receipt.plan_id, stable_key=history, reason="Order No. 90")
    assert plans.item(receipt, "Алгебра: квадратные корни").status.mark == "4"
    assert plans.item(receipt, "История").status.by is BasisKind.WAIVER


def test_a_mark_does_not_pass_by_an_exam_or_a_doubt(plans: Plans) -> None:
    receipt = plans.active()
    with pytest.raises(Conflict, match=r"plans\.exam_decides"):
        recorded(plans, "kim", receipt, "Биология")
    event = release(plans, receipt, "Физика: тепловые")
    with plans.runtime.unit_of_work(SYSTEM) as uow:
        PlanDependents().suspend(uow, BasisRef("assessment.result", event.result_id), "another person")
    with pytest.raises(Conflict, match=r"plans\.item_suspended"):
        recorded(plans, "kim", receipt, "Физика: тепловые")
    assert state_of(plans, receipt, "Физика: тепловые") is ItemState.SUSPENDED


def test_an_arranged_exam_gives_the_result_and_not_the_teacher(plans: Plans) -> None:
    receipt = plans.active()
    item = plans.item(receipt, "Физика: тепловые")
    with plans.runtime.unit_of_work(SYSTEM) as uow:
        link = PlanItemLink(
            plan_id=receipt.plan_id,
            stable_key=item.stable_key,
            kind="session",
            target_id=uuid4(),
            created_at=uow.now(),
        )
        uow.session.add(link)
    with pytest.raises(Conflict, match=r"plans\.exam_decides"):
        recorded(plans, "kim", receipt, "Физика: тепловые")


def test_coming_into_force_admits_to_no_exam_of_another_school(plans: Plans) -> None:
    receipt = plans.begun()
    with plans.runtime.unit_of_work(SYSTEM) as uow:
        item = uow.session.get_one(PlanItem, plans.item(receipt, "Физика: тепловые").id)
        item.session_id = uuid4()
    with pytest.raises(InvalidInput, match=r"plans\.no_such_exam"):
        plans.ordered(plans.signed(plans.submitted(receipt)))


def test_a_teacher_neither_marks_nor_waives_for_the_own_family(plans: Plans) -> None:
    receipt = plans.active()
    with plans.runtime.unit_of_work(SYSTEM) as uow:
        for login in ("kim", "zimina"):
            people.add_guardian(
                uow,
                child_id=plans.school.id("sonya"),
                adult_id=plans.school.id(login),
                org_id=plans.school.id("school-14"),
                proof="1",
            )
    with pytest.raises(Forbidden, match=r"plans\.not_impartial"):
        recorded(plans, "kim", receipt, "Физика: тепловые")
    history = plans.item(receipt, "История").stable_key
    with plans.uow("zimina") as uow, pytest.raises(Forbidden, match=r"plans\.not_impartial"):
        service.waive_item(uow, plan_id=receipt.plan_id, stable_key=history, reason="Mine.")


def test_the_order_is_not_signed_by_the_students_own_parent(plans: Plans) -> None:
    receipt = plans.signed(plans.submitted(plans.begun()))
    with plans.runtime.unit_of_work(SYSTEM) as uow:
        people.add_guardian(
            uow,
            child_id=plans.school.id("sonya"),
            adult_id=plans.school.id("gromova"),
            org_id=plans.school.id("school-14"),
            proof="1",
        )
    with pytest.raises(Forbidden, match=r"plans\.not_impartial"), plans.uow("gromova") as uow:
        service.approve_by_order(
            uow, version_id=receipt.version_id, order_no="84", order_date=uow.now().date()
        )


@given(form=st.sampled_from([None, *AttestationForm]), has_exam=st.booleans())
def test_a_teacher_marks_only_what_no_exam_decides(form: AttestationForm | None, has_exam: bool) -> None:
    may = is_marked_by_teacher(form, has_exam=has_exam)
    assert may is (not has_exam and form not in {None, AttestationForm.EXAM})


def test_coming_into_force_enrols_in_the_plans_own_course_and_its_completion_is_heard(plans: Plans) -> None:
    demo_courses.build(plans.runtime, plans.school)
    course_id = demo_courses.course_id(plans.runtime, plans.school, demo_courses.PHYSICS)
    receipt = plans.begun()
    with plans.uow("kim") as uow:
        other = next(card.id for card in catalogue(uow.session, [plans.school.id("school-14")], "квадратные"))
        for archived in (other, course_id):
            courses.archive_course(uow, archived)
    plans.edited(receipt, "Физика: тепловые", delivery=Delivery.OWN_COURSE, course_id=other)
    with pytest.raises((Conflict, InvalidInput)):
        plans.submitted(receipt)  # nobody new comes into the archive; whoever is in a course there goes on
    plans.edited(receipt, "Физика: тепловые", delivery=Delivery.OWN_COURSE, course_id=course_id)
    receipt = plans.ordered(plans.signed(plans.submitted(receipt)))
    sonya = plans.school.id("sonya")
    with plans.runtime.read() as session:
        enrolment = enrolment_of(session, sonya, course_id)
    assert enrolment is not None
    assert state_of(plans, receipt, "Физика: тепловые") is ItemState.IN_PROGRESS
    with plans.uow("kim") as uow:
        courses.complete_course(uow, enrolment.id, "teacher", reason="Everything was done on paper.")
    outbox.drain(plans.runtime)
    assert state_of(plans, receipt, "Физика: тепловые") is ItemState.AWAITING_ATTESTATION


# --- support measures -------------------------------------------------------------------------------------------


def test_support_measures_hold_once_specialist_and_parent_have_approved(
    plans: Plans, sign_in: Callable[[str], FlaskClient]
) -> None:
    from lms.people.queries import conditions_for
    from lms.people.types import MeasureCode, MeasureValue

    sonya, today = plans.school.id("sonya"), plans.runtime.clock.now().date()
    measures = [MeasureValue(MeasureCode.EXTRA_TIME, {"minutes": 45}, ("exam",))]
    with plans.uow("orlova") as uow:
        receipt = people.create_support_plan(
            uow, person_id=sonya, measures=measures, source_ref="Conclusion No. 12", valid_from=today
        )
    with plans.runtime.read() as session:
        assert conditions_for(session, sonya, today, activity="exam", base_minutes=60).minutes == 60
    waits = f'/support/{sonya}"'
    family = sign_in("anna")
    assert waits in family.get("/children").text, "the first page says that they wait"
    with plans.uow("anna") as uow:
        assert people.approve_support_plan(uow, support_plan_id=receipt.id).is_active
    with plans.runtime.read() as session:
        assert conditions_for(session, sonya, today, activity="exam", base_minutes=60).minutes == 105
    assert waits not in family.get("/children").text
    with pytest.raises(NotFound), plans.uow("irina") as uow:
        people.approve_support_plan(uow, support_plan_id=receipt.id)


def test_measures_out_of_range_are_refused_with_their_fields(plans: Plans) -> None:
    from lms.people.types import MeasureCode, MeasureValue

    with pytest.raises(InvalidInput) as caught, plans.uow("orlova") as uow:
        people.create_support_plan(
            uow,
            person_id=plans.school.id("sonya"),
            measures=[MeasureValue(MeasureCode.EXTRA_TIME, {"minutes": 999})],
            source_ref=" ",
            valid_from=uow.now().date(),
        )
    assert set(caught.value.fields) == {"measures", "source_ref"}
