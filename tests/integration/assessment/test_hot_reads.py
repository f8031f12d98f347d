"""What nearly every request asks for: as few statements as it takes, and nothing that was written a moment ago is missed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from lms.assessment import queries, service
from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.models import Attempt, AttemptPause, AttestationSession
from lms.assessment.question_types.choice import Choice
from lms.assessment.service.clock import conditions_of, current_deadline
from lms.assessment.types import AttemptState, GrantKind
from lms.core.actor import SYSTEM
from lms.core.clock import FixedClock
from lms.core.db import PlainRows, fetch, fetch_once, insert_new
from lms.core.ids import new_id
from lms.core.runtime import Runtime
from lms.people.models import AccountSession, Person, Role
from lms.people.queries import signed_in_person
from lms.people.types import MeasureCode
from lms.testing.exams import ExamGround
from tests.integration.assessment.conftest import Sitting
from tests.integration.assessment.test_api import Browser
from tests.integration.assessment.test_sessions import support


@pytest.fixture
def ground(prepared_ground: ExamGround) -> ExamGround:
    return prepared_ground


@contextmanager
def statements(runtime: Runtime) -> Iterator[list[str]]:
    """Collect what is sent to the database inside the block."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        sent.append(statement)

    sa.event.listen(runtime.database.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(runtime.database.engine, "before_cursor_execute", note)


def test_a_start_without_supervision_asks_nothing_about_faces_and_consents(ground: ExamGround) -> None:
    choice = next(question for question in ground.sample_questions() if question.type == "choice")
    plan = ground.write_plan([choice], supervision={"level": 0, "monitoring": "off"})
    session_id, student = ground.open_session(plan), ground.add_student()
    with ground.runtime.unit_of_work(SYSTEM) as uow:
        entry_id = service.admit(uow, session_id, student.person_id).id
    actor = ground.actor(student.person_id)
    with statements(ground.runtime) as sent, ground.runtime.unit_of_work(actor) as uow:
        service.start_attempt(uow, entry_id)
    assert [s for s in sent if "face_template" in s or "FROM consent" in s or "biometric_basis" in s] == []


def test_a_question_is_made_when_somebody_looks_and_then_once(
    sitting: Sitting, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    player = Choice.player
    monkeypatch.setattr(Choice, "player", lambda *args: made.append(args[2]) or player(*args))
    view = sitting.view()
    assert made == []
    shown = view.question(sitting.slot_of("choice"))
    assert shown is not None
    assert shown.player is shown.player
    assert len(made) == 1


def test_who_is_signed_in_is_one_statement_and_a_role_that_ended_is_gone_at_once(ground: ExamGround) -> None:
    student, runtime = ground.add_student(), ground.runtime
    now = runtime.clock.now()
    session_id = ground.sign_in(student).session_id
    with statements(runtime) as sent, runtime.read() as session:
        before = signed_in_person(session, session_id, now)
    assert len([s for s in sent if s.startswith("SELECT")]) == 1
    assert before is not None
    assert {role.kind for role in before.roles} == {"student"}
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(
            sa.update(Role)
            .where(Role.person_id == student.person_id)
            .values(valid_to=now - timedelta(hours=1))
        )
    with runtime.read() as session:
        after = signed_in_person(session, session_id, now)
    assert after is not None
    assert after.roles == frozenset()
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(sa.update(AccountSession).values(ended_at=now))
    with runtime.read() as session:
        assert signed_in_person(session, session_id, now) is None


def test_a_hot_read_sees_what_its_own_transaction_has_changed(ground: ExamGround) -> None:
    student = ground.add_student()
    codes = sa.select(Person.code).where(Person.id == sa.bindparam("person_id"))
    with ground.runtime.unit_of_work(SYSTEM) as uow:
        uow.session.get_one(Person, student.person_id).code = "changed"
        assert [row.code for row in fetch(uow.session, codes, person_id=student.person_id)] == ["changed"]


def test_handing_in_reads_the_answers_once_and_writes_the_attempt_once(sitting: Sitting) -> None:
    runtime, actor = sitting.runtime, sitting.ground.actor(sitting.student.person_id)
    with statements(runtime) as sent, runtime.unit_of_work(actor) as uow:
        service.submit_attempt(uow, sitting.attempt_id)
    assert len([s for s in sent if "FROM response_event" in s]) == 1
    assert len([s for s in sent if s.startswith("UPDATE attempt SET")]) == 1
    assert len([s for s in sent if s.startswith("INSERT INTO grade")]) == 1
    assert len([s for s in sent if s.startswith("UPDATE proctoring_session SET")]) <= 1


def test_a_list_of_exams_asks_no_more_for_several_than_for_one(ground: ExamGround) -> None:
    runtime, student = ground.runtime, ground.add_student()
    choice = next(question for question in ground.sample_questions() if question.type == "choice")
    now, counts = runtime.clock.now(), []
    for _ in range(3):
        session_id = ground.open_session(ground.write_plan([choice]))
        with runtime.unit_of_work(SYSTEM) as uow:
            service.admit(uow, session_id, student.person_id)
        with runtime.read() as session:
            queries.exams_of(session, student.person_id, now)  # plans are read once in a process
        with statements(runtime) as sent, runtime.read() as session:
            queries.exams_of(session, student.person_id, now)
        counts.append(len(sent))
    assert len(set(counts)) == 1, counts


def test_a_roster_asks_no_more_for_many_than_for_few_and_knows_the_same_of_each(
    app: Flask, ground: ExamGround, clock: FixedClock
) -> None:
    runtime, teacher = ground.runtime, Browser(app, f"{ground.code}-teacher").client
    choice = next(question for question in ground.sample_questions() if question.type == "choice")
    session_id = ground.open_session(ground.write_plan([choice]), hours=40)
    deadlines, counts = {}, []
    for _ in range(3):
        sits, slow, waits = [ground.add_student() for _ in range(3)]
        support(ground, slow, (MeasureCode.EXTRA_TIME, {"minutes": 45}))
        for student in (sits, slow):
            started = ground.start(session_id, student)
            with runtime.unit_of_work(ground.teacher) as uow:
                entry_id = uow.session.get_one(Attempt, started).entry_id
                service.grant(uow, entry_id, GrantKind.EXTRA_TIME, 7, "Отключали свет")
            deadlines[student.person_id] = started
        with runtime.unit_of_work(SYSTEM) as uow:
            service.admit(uow, session_id, waits.person_id)
        clock.advance(timedelta(minutes=1))
        assert teacher.get(f"/sessions/{session_id}").status_code == 200  # plans are read once in a process
        with statements(runtime) as sent:
            assert teacher.get(f"/sessions/{session_id}").status_code == 200
        counts.append(len(sent))
    assert len(set(counts)) == 1, counts
    with runtime.read() as session:
        view = queries.session_for(session, ground.teacher, session_id, clock.now())
        rows = {row.person_id: row for row in view.roster if row.person_id}
        for person_id, attempt_id in deadlines.items():
            alone = current_deadline(session, session.get_one(Attempt, attempt_id), clock.now())
            assert rows[person_id].deadline_at == alone
        for person_id, row in rows.items():
            assert row.minutes == conditions_of(session, person_id, view.base_minutes, clock.now()).minutes


def test_ones_own_work_is_looked_at_without_asking_for_staff_windows_and_late_decisions(
    sitting: Sitting,
) -> None:
    sitting.submit()
    runtime, student = sitting.runtime, sitting.ground.actor(sitting.student.person_id)
    kinds = runtime.registries.of(QUESTION_TYPES)
    with statements(runtime) as sent, runtime.read() as session:
        head = queries.attempt_head(session, sitting.attempt_id)
        runtime.policy.require(session, student, "assessment.see_result", head)
        view = queries.review_for(session, kinds, student, head, runtime.clock.now())
    assert view.state is not AttemptState.IN_PROGRESS
    unasked = ("FROM assignment", "FROM late_decision", 'FROM "grant"', "FROM support_plan")
    assert [s for s in sent if any(table in s for table in unasked)] == []
    assert len([s for s in sent if "FROM attempt JOIN attestation_session" in s]) == 1


def test_a_session_for_reading_asks_once_and_one_for_writing_every_time(ground: ExamGround) -> None:
    statement = sa.select(sa.func.count()).select_from(Person)
    with statements(ground.runtime) as sent, ground.runtime.read() as session:
        assert fetch_once(session, statement) == fetch_once(session, statement)
    assert len([s for s in sent if "count(" in s]) == 1
    with ground.runtime.unit_of_work(SYSTEM) as uow:
        before = fetch_once(uow.session, statement)[0][0]
        uow.session.add(Person(code="NEW1", created_at=ground.runtime.clock.now()))
        assert fetch_once(uow.session, statement)[0][0] == before + 1


def test_plain_rows_are_what_entities_are_and_one_that_is_not_there_is_none(sitting: Sitting) -> None:
    joined = sa.select(Attempt, AttemptPause, AttestationSession.title).outerjoin(
        AttemptPause, AttemptPause.attempt_id == Attempt.id
    )
    joined = joined.join(AttestationSession, AttestationSession.id == Attempt.session_id)
    rows = PlainRows(joined.where(Attempt.id == sa.bindparam("attempt_id")), without=(Attempt.form_hash,))
    with sitting.runtime.unit_of_work(SYSTEM) as uow:
        [(plain, pause, title)] = rows.fetch(uow.session, attempt_id=sitting.attempt_id)
        attempt = uow.session.get_one(Attempt, sitting.attempt_id)
        values = {each.key: getattr(attempt, each.key) for each in sa.inspect(Attempt).column_attrs}
        assert values.pop("form_hash") and {name: getattr(plain, name) for name in values} == values
        assert (pause, title) == (None, uow.session.get_one(AttestationSession, attempt.session_id).title)
        assert not hasattr(plain, "form_hash") and plain not in uow.session.identity_map.values()


def test_a_new_row_is_written_whole_with_what_its_columns_say_by_themselves(sitting: Sitting) -> None:
    with sitting.runtime.unit_of_work(SYSTEM) as uow:
        old = uow.session.get_one(Attempt, sitting.attempt_id)
        values = {each.key: getattr(old, each.key) for each in sa.inspect(Attempt).column_attrs}
        written = Attempt(**{**values, "id": new_id(), "number": old.number + 1})
        insert_new(uow.session, written)
        assert written not in uow.session
        found = uow.session.get_one(Attempt, written.id)
        assert {name: getattr(found, name) for name in values} == {
            **values,
            "id": written.id,
            "number": old.number + 1,
        }
        person = Person(id=new_id(), code="NEW2", created_at=uow.now())
        insert_new(uow.session, person)
        assert uow.session.get_one(Person, person.id).adult_from is None
