"""What happens after an examination, in any order: sittings, grants, marking, release, new keys, annulment, appeals.

A machine does what teachers, students, reviewers and directors may do, and looks after every step whether the rules of the
domain hold: nothing is lost, a mark can be computed again, what was written is never rewritten, a mark follows from its score.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from lms.app import create_runtime, load_settings
from lms.assessment import queries, service
from lms.assessment.contracts import QUESTION_TYPES, ItemTest, MarkStatus
from lms.assessment.marking_models import Appeal, AppealGround
from lms.assessment.models import (
    Attempt,
    AttemptItem,
    Entry,
    Grade,
    ItemVersion,
    MarkPolicy,
    ResponseEvent,
    Result,
)
from lms.assessment.ports import ATTEMPT_GATES
from lms.assessment.queries.witness import AssessmentWitness
from lms.assessment.rules.items import load_tests, run_tests
from lms.assessment.rules.scoring import Policy, mark_for
from lms.assessment.service.marking import current_grades
from lms.assessment.types import (
    OPEN_STATES,
    AppealState,
    AttemptState,
    GrantKind,
    ItemState,
    Operation,
    OperationKind,
    ResultState,
)
from lms.core.actor import Actor
from lms.core.clock import FixedClock
from lms.core.contracts import BasisRef
from lms.core.errors import LmsError
from lms.core.runtime import Runtime
from lms.core.uow import UnitOfWork
from lms.testing.exams import ExamGround, Question, make_ground
from tests.fixtures.application import FAST_HASHES, SCHOOL_DAY

KINDS = ("true_false", "choice", "essay")
SHARES = st.sampled_from([Decimal(0), Decimal("0.5"), Decimal(1)])
WHY = "Так решили, и вот почему."
ENDED = frozenset(AttemptState) - OPEN_STATES


class Afterwards(RuleBasedStateMachine):
    """One student's place on a roster, and everybody who may change what came of it."""

    ground: ExamGround
    clock: FixedClock

    @initialize(sittings=st.integers(1, 2), share=SHARES, is_released=st.booleans(), data=st.data())
    def begin(self, sittings: int, share: Decimal, is_released: bool, data: st.DataObject) -> None:
        self.clock.move_to(SCHOOL_DAY)
        types = self.ground.runtime.registries.of(QUESTION_TYPES)
        samples = [(name, types.get(name).samples()[0]) for name in KINDS]
        version = self.ground.write_plan(
            [Question(name, sample.content, tuple(sample.tests)) for name, sample in samples],
            sittings=sittings,
        )
        self.student = self.ground.add_student()
        self.session_id = self.ground.open_session(version, hours=24 * 30)
        with self._reading() as session:
            self.entry_id = session.scalars(
                sa.select(Entry.id).where(
                    Entry.session_id == self.session_id, Entry.person_id == self.student.person_id
                )
            ).one()
        self.sent: dict[UUID, set[UUID]] = {}
        self.forms: dict[UUID, list[Any]] = {}
        self.written: dict[UUID, Any] = {}
        self.deadlines: dict[UUID, datetime] = {}
        self.batches: list[UUID] = []
        self.once_annulled: set[UUID] = set()
        self.the_student_sits(is_true=True, choice="a", essay="Лёд.")
        self.the_teacher_marks_the_essay(share, data)
        if is_released:
            self.the_teacher_releases(data)

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Any]:
        with self.ground.runtime.read() as session:
            yield session

    @contextlib.contextmanager
    def _trying(self, actor: Actor) -> Iterator[UnitOfWork]:
        """Do something that may be refused: then nothing of it may be left, and what stands is looked at all the same."""
        with contextlib.suppress(LmsError), self.ground.runtime.unit_of_work(actor) as uow:
            yield uow

    @property
    def _student(self) -> Actor:
        return self.ground.actor(self.student.person_id)

    @property
    def _head(self) -> Actor:
        return self.ground.actor(self.ground.director_id)

    def _attempts(self) -> list[Attempt]:
        with self._reading() as session:
            of_place = sa.select(Attempt).where(Attempt.entry_id == self.entry_id)
            return list(session.scalars(of_place.order_by(Attempt.id)))

    def _one(self, data: st.DataObject, *states: AttemptState) -> Attempt | None:
        found = [attempt for attempt in self._attempts() if not states or attempt.state in states]
        return data.draw(st.sampled_from(found)) if found else None

    # --- what may happen ---

    @rule(
        is_true=st.booleans(),
        choice=st.sampled_from(["a", "b", "c", "d"]),
        essay=st.sampled_from(["", "Лёд."]),
    )
    def the_student_sits(self, is_true: bool, choice: str, essay: str) -> None:
        runtime, attempt_id = self.ground.runtime, None
        with self._trying(self._student) as uow:
            attempt_id = service.start_attempt(uow, self.entry_id).id
        if attempt_id is None:
            return
        given = dict(zip(KINDS, (is_true, choice, essay), strict=True))
        with self._reading() as session:
            asked = session.execute(
                sa.select(AttemptItem.slot, AttemptItem.variant_seed, ItemVersion)
                .join(ItemVersion, ItemVersion.id == AttemptItem.item_version_id)
                .where(AttemptItem.attempt_id == attempt_id)
            ).all()
        types = runtime.registries.of(QUESTION_TYPES)
        operations = []
        for number, (slot, seed, version) in enumerate(asked, start=1):
            fields = types.get(version.type).fields_for(version.content, seed, given[version.type])
            payload = {"fields": dict(fields)}
            operations.append(Operation(uuid4(), OperationKind.ANSWER, slot, payload, number))
        operations.append(Operation(uuid4(), OperationKind.SUBMIT, 0, {}, len(operations) + 1))
        sign_in = self.ground.sign_in(self.student)
        for batch in (operations[:1], operations[1:], operations):
            service.save_operations(runtime, sign_in, attempt_id, batch, self.clock.now())
        self.sent[attempt_id] = {op.op_id for op in operations}

    @rule(kind=st.sampled_from([GrantKind.ATTEMPT, GrantKind.EXTRA_TIME, GrantKind.WINDOW]))
    def the_teacher_grants(self, kind: GrantKind) -> None:
        with self._trying(self.ground.teacher) as uow:
            service.grant(uow, self.entry_id, kind, 0 if kind is GrantKind.ATTEMPT else 15, WHY)

    @rule(share=SHARES, data=st.data())
    def the_teacher_marks_the_essay(self, share: Decimal, data: st.DataObject) -> None:
        attempt = self._one(data, *ENDED)
        if attempt is not None:
            with self._trying(self.ground.teacher) as uow:
                service.grade_manual(uow, self._item(attempt.id, "essay"), fraction=share, comment=WHY)

    @rule(data=st.data())
    def the_teacher_releases(self, data: st.DataObject) -> None:
        with self._reading() as session:
            results = session.scalars(sa.select(Result.id).where(Result.entry_id == self.entry_id)).all()
        if results:
            chosen = data.draw(st.sampled_from(sorted(results)))
            with self._trying(self.ground.teacher) as uow:
                service.release_result(uow, chosen)

    @rule(data=st.data(), is_back=st.booleans())
    def a_reviewer_annuls_or_brings_back(self, data: st.DataObject, is_back: bool) -> None:
        attempt = self._one(data, *ENDED)
        if attempt is None:
            return
        self.once_annulled.add(attempt.id)
        before, basis = self._standing(attempt.id), BasisRef("assessment.attempt", attempt.id)
        for back in (False, True) if is_back else (False,):
            with self._trying(self.ground.reviewer) as uow:
                (service.reinstate_attempt if back else service.annul_attempt)(uow, attempt.id, WHY)
                (uow.reinstate_dependents if back else uow.suspend_dependents)(basis, WHY)
        if is_back and attempt.state is not AttemptState.ANNULLED:
            assert self._standing(attempt.id) == before, "what is brought back is what it was"

    @rule(data=st.data())
    def a_reviewer_brings_back(self, data: st.DataObject) -> None:
        attempt = self._one(data, AttemptState.ANNULLED)
        if attempt is not None:
            with self._trying(self.ground.reviewer) as uow:
                service.reinstate_attempt(uow, attempt.id, WHY)
                uow.reinstate_dependents(BasisRef("assessment.attempt", attempt.id), WHY)

    @rule(is_turned=st.booleans(), decided=st.sampled_from([None, True, False]))
    def the_teacher_proposes_another_key(self, is_turned: bool, decided: bool | None) -> None:
        """Turn the key of the first question, or leave it: a preview alone changes no grade."""
        before, keys, types = self._grades(), None, self.ground.runtime.registries.of(QUESTION_TYPES)
        if is_turned:
            with self._trying(self.ground.teacher) as uow:
                keys = self._turn_key(uow)
        with contextlib.suppress(LmsError):
            with self._reading() as session:
                found = queries.replay_session(session, types, self.session_id, keys)
            with self.ground.runtime.unit_of_work(self.ground.teacher) as uow:
                self.batches.append(service.propose_regrade(uow, found, WHY))
        assert self._grades() == before
        if decided is not None and self.batches:
            self._decide(self.batches[-1], is_approved=decided)

    def _decide(self, batch_id: UUID, *, is_approved: bool) -> None:
        with self._trying(self._head) as uow:
            (service.approve_regrade if is_approved else service.drop_regrade)(uow, batch_id)

    def _turn_key(self, uow: UnitOfWork) -> dict[UUID, UUID]:
        asked = uow.session.get_one(ItemVersion, self._asked("true_false"))
        newest = uow.session.scalars(
            sa.select(ItemVersion).where(ItemVersion.item_id == asked.item_id).order_by(ItemVersion.number)
        ).all()[-1]
        is_true = not newest.content["is_true"]
        tests = [ItemTest(is_true, MarkStatus.RIGHT), ItemTest(not is_true, MarkStatus.WRONG)]
        content = {**newest.content, "is_true": is_true}
        key_id = service.revise_item(uow, newest.id, content=content, tests=tests)
        service.approve_item(uow, key_id)
        return {asked.id: key_id}

    @rule(data=st.data(), is_approved=st.booleans())
    def the_director_decides_on_the_new_key(self, data: st.DataObject, is_approved: bool) -> None:
        if self.batches:
            self._decide(data.draw(st.sampled_from(self.batches)), is_approved=is_approved)

    @rule(data=st.data(), kind=st.sampled_from(KINDS), share=SHARES | st.none())
    def the_student_appeals(self, data: st.DataObject, kind: str, share: Decimal | None) -> None:
        attempt = self._one(data, AttemptState.RELEASED)
        if attempt is not None:
            with self._trying(self._student) as uow:
                service.file_appeal(uow, attempt.id, {self._item(attempt.id, kind): WHY})
            if share is not None:
                self.the_appeal_is_decided_or_withdrawn(share, is_withdrawn=False)

    @rule(share=SHARES, is_withdrawn=st.booleans())
    def the_appeal_is_decided_or_withdrawn(self, share: Decimal, is_withdrawn: bool) -> None:
        with self._reading() as session:
            of_place = sa.select(Appeal.id).join(Attempt, Attempt.id == Appeal.attempt_id)
            waiting = session.scalars(
                of_place.where(Attempt.entry_id == self.entry_id, Appeal.state == AppealState.FILED)
            ).first()
            grounds = session.scalars(
                sa.select(AppealGround.attempt_item_id).where(AppealGround.appeal_id == waiting)
            ).all()
        if waiting is None:
            return
        if is_withdrawn:
            with self._trying(self._student) as uow:
                service.withdraw_appeal(uow, waiting)
            return
        before = self._shares()
        with self._trying(self._head) as uow:
            service.decide_appeal(uow, waiting, {one: service.Reply(WHY, share) for one in grounds}, WHY)
        after = self._shares()
        assert all((after[one] or 0) >= (before[one] or 0) for one in before), "an appeal never costs points"

    @rule(hours=st.sampled_from([1, 30]))
    def time_passes(self, hours: int) -> None:
        self.clock.advance(timedelta(hours=hours))

    # --- what is always true ---

    def _item(self, attempt_id: UUID, kind: str) -> UUID:
        with self._reading() as session:
            return session.scalars(
                sa.select(AttemptItem.id)
                .join(ItemVersion, ItemVersion.id == AttemptItem.item_version_id)
                .where(AttemptItem.attempt_id == attempt_id, ItemVersion.type == kind)
            ).one()

    def _asked(self, kind: str) -> UUID:
        with self._reading() as session:
            item_id = self._item(self._attempts()[0].id, kind)
            return session.get_one(AttemptItem, item_id).item_version_id

    def _mine(self, column: Any) -> Any:
        return column.in_(sa.select(Attempt.id).where(Attempt.entry_id == self.entry_id))

    def _grades(self) -> dict[UUID, Any]:
        with self._reading() as session:
            rows = session.scalars(
                sa.select(Grade).join(AttemptItem).where(self._mine(AttemptItem.attempt_id))
            )
            return {row.id: (row.number, row.fraction, row.status, row.source, row.comment) for row in rows}

    def _shares(self) -> dict[UUID, Decimal | None]:
        with self._reading() as session:
            return {
                item: grade.fraction
                for attempt in self._attempts()
                for item, grade in current_grades(session, attempt.id).items()
            }

    def _standing(self, attempt_id: UUID) -> Any:
        with self._reading() as session:
            rows = session.scalars(
                sa.select(Result).where(Result.attempt_id == attempt_id).order_by(Result.number)
            )
            results = [(row.id, row.state, row.mark) for row in rows]
            return session.get_one(Attempt, attempt_id).state, results

    def _waits_for_a_new_key(self, session: Any, grade_id: UUID) -> bool:
        """Tell whether a mark was given by another key than the present one, which was put right while its work was annulled."""
        grade = session.get_one(Grade, grade_id)
        item = session.get_one(AttemptItem, grade.attempt_item_id)
        return grade.key_version_id != item.key_version_id and item.attempt_id in self.once_annulled

    @invariant()
    def each_operation_is_one_event_and_no_form_changes(self) -> None:
        for attempt in self._attempts() if hasattr(self, "sent") else ():
            with self._reading() as session:
                events = session.scalars(
                    sa.select(ResponseEvent.op_id).where(ResponseEvent.attempt_id == attempt.id)
                ).all()
                form = session.execute(
                    sa.select(AttemptItem.slot, AttemptItem.item_version_id, AttemptItem.variant_seed)
                    .where(AttemptItem.attempt_id == attempt.id)
                    .order_by(AttemptItem.slot)
                ).all()
            assert sorted(events) == sorted(self.sent[attempt.id])
            assert self.forms.setdefault(attempt.id, list(form)) == list(form)
            assert attempt.deadline_at >= self.deadlines.get(attempt.id, attempt.deadline_at)
            self.deadlines[attempt.id] = attempt.deadline_at

    @invariant()
    def a_mark_can_be_computed_again_and_what_was_written_stays(self) -> None:
        if not hasattr(self, "sent"):
            return
        with self._reading() as session:
            types = self.ground.runtime.registries.of(QUESTION_TYPES)
            changes = queries.replay_session(session, types, self.session_id).changes
            assert all(self._waits_for_a_new_key(session, change.grade_id) for change in changes)
            results = session.scalars(sa.select(Result).where(Result.entry_id == self.entry_id)).all()
            witness = list(AssessmentWitness().faults(session, self.ground.runtime.keys))
        assert witness == []
        now = self._grades() | {row.id: (row.number, row.score, row.mark, row.points) for row in results}
        assert {key: now.get(key) for key in self.written} == self.written
        self.written = now

    @invariant()
    def what_was_handed_in_is_marked_and_a_mark_follows_from_its_score(self) -> None:
        for attempt in self._attempts() if hasattr(self, "sent") else ():
            with self._reading() as session:
                grades = current_grades(session, attempt.id)
                rows = session.execute(
                    sa.select(Result, MarkPolicy)
                    .join(MarkPolicy, MarkPolicy.id == Result.mark_policy_id)
                    .where(Result.attempt_id == attempt.id)
                    .order_by(Result.number)
                ).all()
            assert attempt.state in ENDED
            assert len(grades) == len(KINDS)
            if attempt.state is AttemptState.GRADING:
                assert any(grade.fraction is None for grade in grades.values())
            counting = [row for row, _policy in rows if row.state is ResultState.RELEASED]
            assert len(counting) <= (
                attempt.state is not AttemptState.ANNULLED
            )  # what counted counts until it is replaced
            assert counting or attempt.state is not AttemptState.RELEASED
            assert all(row.released_at and row.released_by for row in counting), (
                "nothing counts that nobody released"
            )
            assert [row.number for row, _policy in rows] == list(range(1, len(rows) + 1))
            for row, policy in rows:
                rule_ = Policy([(Decimal(a), b) for a, b in policy.thresholds], policy.pass_score)
                assert (row.mark, row.is_passed) == mark_for(rule_, row.score)
                assert row.score == (row.points / row.max_points).quantize(row.score)

    def teardown(self) -> None:
        """No question is ready whose own tests fail."""
        if not hasattr(self, "sent"):
            return
        types = self.ground.runtime.registries.of(QUESTION_TYPES)
        with self._reading() as session:
            for version in session.scalars(
                sa.select(ItemVersion).where(ItemVersion.state == ItemState.READY)
            ):
                tests = load_tests(version.item_tests)
                assert run_tests(types.get(version.type), version.content, tests) == []


@pytest.mark.slow
def test_whatever_happens_after_an_examination_the_rules_of_the_domain_hold(
    tmp_path: Path, sqlite_template: Path
) -> None:
    for source in sqlite_template.parent.glob("lms.db*"):
        shutil.copyfile(source, tmp_path / source.name)
    clock = FixedClock(SCHOOL_DAY)
    environment = {**FAST_HASHES, "LMS_DATA_DIR": str(tmp_path), "LMS_JOBS_URL": "memory://"}
    runtime: Runtime = create_runtime(load_settings(environment), clock=clock)
    runtime.registries.of(ATTEMPT_GATES)._members.clear()
    Afterwards.ground, Afterwards.clock = make_ground(runtime, students=0), clock
    limits = settings(
        max_examples=12, stateful_step_count=16, deadline=None, suppress_health_check=list(HealthCheck)
    )
    try:
        run_state_machine_as_test(Afterwards, settings=limits)
    finally:
        runtime.dispose()
