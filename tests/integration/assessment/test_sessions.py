"""Writing, opening, admitting, starting, pausing: who may what, and when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from lms.assessment import queries, service
from lms.assessment.models import AttemptPause, BlueprintVersion, Entry, ItemVersion
from lms.assessment.rules.blueprint import Plan, PlannedItem, Section
from lms.assessment.types import AttemptState, GrantKind, ItemState
from lms.core.actor import SYSTEM
from lms.core.clock import FixedClock
from lms.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from lms.people.models import Admission, Measure, SupportPlan
from lms.people.queries import measure_uses
from lms.people.types import AdmissionGround, MeasureCode
from lms.testing.exams import ExamGround, Sitter
from tests.integration.assessment.conftest import Sitting


def support(
    ground: ExamGround,
    student: Sitter,
    *measures: tuple[MeasureCode, dict[str, object]],
    until: date | None = None,
) -> None:
    """Put an approved support plan in force."""
    with ground.runtime.unit_of_work(SYSTEM) as uow:
        plan = SupportPlan(
            person_id=student.person_id,
            org_id=ground.org_id,
            version=1,
            source_ref="Заключение № 1",
            valid_from=uow.today(),
            valid_to=until,
            created_by=ground.teacher_id,
            created_at=uow.now(),
            active_since=uow.now(),
        )
        plan.measures = [
            Measure(position=number, code=code, params=params, scope=["exam"])
            for number, (code, params) in enumerate(measures)
        ]
        uow.session.add(plan)


def test_an_item_is_ready_only_with_passing_tests(ground: ExamGround) -> None:
    question = next(q for q in ground.sample_questions() if q.type == "choice")
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        bank = service.create_bank(uow, org_id=ground.org_id, title="Банк", subject="physics")
        untested = service.create_item(uow, bank, title="1", type="choice", content=question.content)
        with pytest.raises(InvalidInput, match="item_untested"):
            service.approve_item(uow, untested)
        wrong_key = [{**o, "weight": "1" if o["id"] == "d" else "0"} for o in question.content["options"]]
        content = {**question.content, "options": wrong_key}
        broken = service.create_item(
            uow, bank, title="2", type="choice", content=content, tests=question.tests
        )
        with pytest.raises(InvalidInput, match="item_tests_failed"):
            service.approve_item(uow, broken)
        assert uow.session.get_one(ItemVersion, broken).state is ItemState.DRAFT
        plan = Plan((Section("", (PlannedItem(broken),)),))
        with pytest.raises(InvalidInput, match="item_not_ready"):
            service.create_blueprint(uow, org_id=ground.org_id, title="План", subject="physics", plan=plan)


def test_a_new_version_of_an_item_or_plan_leaves_the_old_one(ground: ExamGround) -> None:
    version_id = ground.write_plan(ground.sample_questions())
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        before = uow.session.get_one(BlueprintVersion, version_id)
        plan = Plan.from_document(before.plan)
        item = uow.session.get_one(ItemVersion, plan.items[0].item_version_id)
        content = {**item.content, "prompt": "По-другому?"}
        newer = service.revise_item(uow, item.id, content=content, tests=())
        assert uow.session.get_one(ItemVersion, newer).number == 2
        assert item.content["prompt"] != "По-другому?"
        next_plan = service.revise_blueprint(uow, version_id, Plan(plan.sections, base_minutes=90))
        assert (before.base_minutes, uow.session.get_one(BlueprintVersion, next_plan).base_minutes) == (
            60,
            90,
        )


def test_content_with_problems_is_refused_at_its_fields(ground: ExamGround) -> None:
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        bank = service.create_bank(uow, org_id=ground.org_id, title="Банк", subject="physics")
        with pytest.raises(InvalidInput) as refused:
            service.create_item(uow, bank, title="1", type="choice", content={"picture": {"url": "/x.png"}})
    assert refused.value.fields["picture.alt"] == ["content.alt_missing"]
    assert "prompt" in refused.value.fields


def test_the_first_attempt_freezes_the_plan(ground: ExamGround) -> None:
    version_id = ground.write_plan(ground.sample_questions())
    session_id = ground.open_session(version_id)
    with ground.runtime.read() as session:
        assert session.get_one(BlueprintVersion, version_id).frozen_at is None
    ground.start(session_id, ground.students[0])
    with ground.runtime.read() as session:
        assert session.get_one(BlueprintVersion, version_id).frozen_at is not None


def test_an_exam_opens_runs_and_is_missed(ground: ExamGround, clock: FixedClock) -> None:
    student = ground.students[0]
    session_id = ground.open_session(ground.write_plan(ground.sample_questions()), starts_in_minutes=30)

    def state() -> str:
        with ground.runtime.read() as session:
            return queries.exams_of(session, student.person_id, clock.now())[0].state

    assert state() == "planned"
    with pytest.raises(Conflict, match="not_open_yet"):
        ground.start(session_id, student)
    clock.advance(timedelta(minutes=31))
    assert state() == "open"
    ground.start(session_id, student)
    assert state() == "in_progress"
    clock.advance(timedelta(hours=4))
    with pytest.raises(Conflict, match="closed"):
        ground.start(session_id, ground.students[1])


def test_one_attempt_for_each_place_and_another_only_if_granted(sitting: Sitting) -> None:
    ground, entry_id = sitting.ground, sitting.view().entry_id
    assert ground.start(sitting.session_id, sitting.student) == sitting.attempt_id
    sitting.submit()
    with pytest.raises(Conflict, match="already_sat"):
        ground.start(sitting.session_id, sitting.student)
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        service.grant(uow, entry_id, GrantKind.ATTEMPT, 0, "Отключали свет")
    assert ground.start(sitting.session_id, sitting.student) != sitting.attempt_id


def test_admitting_twice_is_one_place_and_keeps_the_reference(ground: ExamGround) -> None:
    session_id = ground.open_session(ground.write_plan(ground.sample_questions()))
    student = ground.students[0]
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        again = service.admit(uow, session_id, student.person_id, "plan_item:1:a")
        third = service.admit(uow, session_id, student.person_id)
    assert (again.is_new, third) == (False, again)
    with ground.runtime.read() as session:
        exam = queries.exams_of(session, student.person_id, ground.runtime.clock.now())[0]
    assert exam.reference == "plan_item:1:a"


def test_who_was_taken_off_and_studies_otherwise_now_comes_back_as_studying_now(ground: ExamGround) -> None:
    session_id = ground.open_session(ground.write_plan(ground.sample_questions()))
    student = ground.students[0].person_id
    with ground.runtime.unit_of_work(SYSTEM) as uow:
        entry_id = service.admit(uow, session_id, student).id
        for is_away in (False, True):
            if is_away:
                service.withdraw_entry(uow, entry_id)
            uow.session.execute(
                sa.update(Admission)
                .where(Admission.person_id == student)
                .values(ground=AdmissionGround.EXTERN, class_id=None)
            )
            assert service.admit(uow, session_id, student).id == entry_id
            found = uow.session.scalar(sa.select(Entry.ground).where(Entry.id == entry_id))
            assert (found is AdmissionGround.EXTERN) is is_away


def test_an_exam_that_was_begun_keeps_the_item_of_the_plan_for_which_it_counts(sitting: Sitting) -> None:
    with pytest.raises(Conflict, match="reference_taken"), sitting.runtime.unit_of_work(SYSTEM) as uow:
        service.admit(uow, sitting.session_id, sitting.student.person_id, "plan_item:2:b")
    with sitting.runtime.unit_of_work(SYSTEM) as uow:
        same = service.admit(
            uow, sitting.session_id, sitting.student.person_id, f"test:{sitting.student.login}"
        )
    assert not same.is_new


def test_nobody_sits_in_a_school_to_which_they_are_not_admitted(ground: ExamGround) -> None:
    from lms.testing.exams import make_ground

    other = make_ground(ground.runtime, students=1, code="other")
    session_id = ground.open_session(ground.write_plan(ground.sample_questions()))
    with pytest.raises(Conflict, match="not_admitted"), ground.runtime.unit_of_work(SYSTEM) as uow:
        service.admit(uow, session_id, other.students[0].person_id, "plan_item:1:a")


def test_nobody_is_admitted_or_examined_out_of_reach(ground: ExamGround) -> None:
    from lms.testing.exams import make_ground

    other = make_ground(ground.runtime, students=1, code="other")
    session_id = ground.open_session(ground.write_plan(ground.sample_questions()))
    with pytest.raises(NotFound), ground.runtime.unit_of_work(other.teacher) as uow:
        service.admit(uow, session_id, ground.students[0].person_id)
    with pytest.raises(NotFound), ground.runtime.unit_of_work(other.teacher) as uow:
        service.create_bank(uow, org_id=ground.org_id, title="Чужой", subject="physics")
    with (
        pytest.raises(Forbidden),
        ground.runtime.unit_of_work(ground.actor(ground.students[0].person_id)) as uow,
    ):
        service.admit(uow, session_id, ground.students[0].person_id)


def test_a_support_plan_gives_its_time_unasked(
    ground: ExamGround, make_sitting: Callable[..., Sitting]
) -> None:
    student = ground.students[0]
    support(ground, student, (MeasureCode.EXTRA_TIME, {"minutes": 45}))
    own, common = make_sitting(0), make_sitting(1)
    assert (own.view().minutes, own.view().base_minutes) == (105, 60)
    assert own.view().deadline_at - own.view().started_at == timedelta(minutes=105)
    assert common.view().deadline_at - common.view().started_at == timedelta(minutes=60)


def test_the_page_before_an_exam_names_every_measure_and_the_common_one_none(
    ground: ExamGround, make_sitting: Callable[..., Sitting]
) -> None:
    measures = ((MeasureCode.ASSISTANT, {}), (MeasureCode.ALTERNATIVE_FORMAT, {"format": "paper"}))
    support(ground, ground.students[0], *measures)
    entry, now = make_sitting(0).view().entry_id, ground.runtime.clock.now()
    with ground.runtime.read() as session:
        view = queries.entry_view(session, [], entry, now)
        written = [use.code for use in measure_uses(session, ground.students[0].person_id, 1).items]
    assert [m.code for m in view.agreed] == [MeasureCode.ASSISTANT, MeasureCode.ALTERNATIVE_FORMAT]
    assert view.as_common().agreed == ()
    assert sorted(written) == sorted(code for code, _params in measures), "the use is written down by itself"


def test_a_measure_agreed_in_mid_exam_counts_at_once(sitting: Sitting, clock: FixedClock) -> None:
    before = sitting.view().deadline_at
    support(sitting.ground, sitting.student, (MeasureCode.EXTRA_TIME, {"minutes": 20}))
    assert sitting.view().deadline_at == before + timedelta(minutes=20)
    clock.move_to(before + timedelta(minutes=19))
    assert not sitting.save(sitting.operation(1, {"answer": ["x"]})).receipts[0].is_late


def test_a_rest_break_stops_the_clock_as_long_and_as_often_as_agreed(
    sitting: Sitting, clock: FixedClock
) -> None:
    support(sitting.ground, sitting.student, (MeasureCode.REST_BREAKS, {"count": 1, "minutes_each": 10}))
    me = sitting.ground.actor(sitting.student.person_id)
    before = sitting.view().deadline_at
    assert (sitting.view().breaks_left, sitting.view().break_minutes) == (1, 10)
    with sitting.runtime.unit_of_work(me) as uow:
        assert service.pause_attempt(uow, sitting.attempt_id).state is AttemptState.PAUSED
    clock.advance(timedelta(minutes=15))
    with sitting.runtime.unit_of_work(me) as uow:
        resumed = service.resume_attempt(uow, sitting.attempt_id)
    assert resumed.deadline_at == before + timedelta(minutes=10)
    with pytest.raises(Conflict, match="no_break_left"), sitting.runtime.unit_of_work(me) as uow:
        service.pause_attempt(uow, sitting.attempt_id)


def test_staff_can_stop_the_clock_without_a_limit(sitting: Sitting, clock: FixedClock) -> None:
    before = sitting.view().deadline_at
    with sitting.runtime.unit_of_work(sitting.ground.teacher) as uow:
        service.pause_attempt(uow, sitting.attempt_id, "Пожарная тревога")
    clock.advance(timedelta(minutes=40))
    assert sitting.view().deadline_at == before + timedelta(minutes=40)
    with sitting.runtime.unit_of_work(sitting.ground.teacher) as uow:
        service.resume_attempt(uow, sitting.attempt_id)
        assert uow.session.query(AttemptPause).one().ended_at == clock.now()


def test_a_running_attempt_shows_no_key(sitting: Sitting) -> None:
    shown = repr([question.player for question in sitting.view().questions])
    assert "weight" not in shown
    assert "accepted" not in shown
    assert sitting.review().answers == ()


def test_the_same_seed_lays_out_the_same_form(sitting: Sitting) -> None:
    from lms.assessment.models import Attempt, AttemptItem
    from lms.assessment.rules.blueprint import form_hash, lay_out

    with sitting.runtime.read() as session:
        attempt = session.get_one(Attempt, sitting.attempt_id)
        version = session.get_one(BlueprintVersion, attempt.blueprint_version_id)
        form = lay_out(Plan.from_document(version.plan), attempt.seed)
        rows = session.query(AttemptItem).filter_by(attempt_id=attempt.id).order_by(AttemptItem.slot)
        stored = [(row.slot, row.item_version_id, row.variant_seed, row.points) for row in rows]
        hashes = {v.id: v.content_hash for v in session.query(ItemVersion)}
    assert [(item.slot, item.item_version_id, item.variant_seed, item.points) for item in form] == stored
    assert form_hash(form, hashes) == attempt.form_hash


def test_outcomes_are_shown_by_the_points_of_their_items(sitting: Sitting) -> None:
    with sitting.runtime.unit_of_work(SYSTEM) as uow:
        outcome = sitting.ground.org_id  # any id: outcomes live on another floor
        for version in uow.session.query(ItemVersion).filter(ItemVersion.type.in_(("choice", "numeric"))):
            version.outcome_ids = [str(outcome)]
    slot = next(q.slot for q in sitting.view().questions if q.type == "choice")
    sitting.answer(slot, "a")
    sitting.submit()
    with sitting.runtime.read() as session:
        assert queries.outcome_shares(session, sitting.attempt_id) == {outcome: Decimal("0.5")}
