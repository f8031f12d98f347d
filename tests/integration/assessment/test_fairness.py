"""Who sees and decides what: only here, never for one's own, never the key before everybody has sat."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from lms.assessment import queries, service
from lms.assessment.access_rules import markable_among, may_mark, may_read, reach_among, sees_conditions
from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.models import AttemptItem, AttestationSession, Entry, Result
from lms.assessment.rules.review import ReviewMatrix
from lms.assessment.types import GrantKind
from lms.core.actor import SYSTEM, Actor
from lms.core.clock import FixedClock
from lms.core.errors import Forbidden, NotFound
from lms.core.models import AccessLog
from lms.people import service as people
from lms.people.types import AdmissionGround, MeasureCode, RoleKind
from lms.testing.exams import PASSWORD, ExamGround, Sitter, make_ground
from tests.integration.assessment.conftest import Sitting
from tests.integration.assessment.test_api import Browser
from tests.integration.assessment.test_sessions import support

KEY_AT_THE_END = ReviewMatrix(("responses",), ("responses", "score"), ("key",))


def result_of(sitting: Sitting) -> UUID:
    with sitting.runtime.read() as session:
        results = sa.select(Result.id).where(Result.attempt_id == sitting.attempt_id)
        return session.scalars(results.order_by(Result.number.desc()).limit(1)).one()


def essay_of(sitting: Sitting) -> UUID:
    slot = next(question.slot for question in sitting.view().questions if question.type == "essay")
    with sitting.runtime.read() as session:
        found = sa.select(AttemptItem.id).where(
            AttemptItem.attempt_id == sitting.attempt_id, AttemptItem.slot == slot
        )
        return session.scalars(found).one()


def release(sitting: Sitting, actor: Actor | None = None) -> None:
    with sitting.runtime.unit_of_work(actor or sitting.ground.teacher) as uow:
        service.release_result(uow, result_of(sitting))


def entry_of(sitting: Sitting) -> UUID:
    with sitting.runtime.read() as session:
        return session.scalars(
            sa.select(Entry.id).where(
                Entry.person_id == sitting.student.person_id, Entry.session_id == sitting.session_id
            )
        ).one()


def head_of_another_school(ground: ExamGround, student: Sitter) -> Actor:
    """Admit a student to another school, too, and return its director, who also sits on its commission."""
    other = make_ground(ground.runtime, students=0, code="another")
    with ground.runtime.unit_of_work(SYSTEM) as uow:
        people.admit_student(
            uow,
            person_id=student.person_id,
            org_id=other.org_id,
            ground=AdmissionGround.EXTERN,
            grade=8,
            valid_from=uow.now().date(),
        )
        for kind in (RoleKind.COMMISSION_MEMBER, RoleKind.REVIEWER, RoleKind.PROCTOR):
            people.grant_role(uow, person_id=other.director_id, org_id=other.org_id, kind=kind)
    return ground.actor(other.director_id)


def test_the_head_of_another_school_has_no_say_in_our_exams(sitting: Sitting, clock: FixedClock) -> None:
    stranger = head_of_another_school(sitting.ground, sitting.student)
    entry_id = entry_of(sitting)
    essay = essay_of(sitting)
    sitting.answer_all_right()
    deeds: list[Callable[[Any], object]] = [
        lambda uow: service.admit(uow, sitting.session_id, sitting.student.person_id),
        lambda uow: service.grant(uow, entry_id, GrantKind.EXTRA_TIME, 30, "Так хочу"),
        lambda uow: service.pause_attempt(uow, sitting.attempt_id, "Так хочу"),
    ]
    for deed in deeds:
        with pytest.raises(NotFound), sitting.runtime.unit_of_work(stranger) as uow:
            deed(uow)
    sitting.submit()
    with sitting.runtime.read() as session:
        assert queries.marking_queue(session, stranger, clock.now()) == []
        assert len(queries.marking_queue(session, sitting.ground.teacher, clock.now())) == 1
    after: list[Callable[[Any], object]] = [
        lambda uow: service.grade_manual(uow, essay, fraction=Decimal(1)),
        lambda uow: service.regrade(uow, sitting.attempt_id),
        lambda uow: service.annul_attempt(uow, sitting.attempt_id, "Так хочу"),
    ]
    for deed in after:
        with pytest.raises(NotFound), sitting.runtime.unit_of_work(stranger) as uow:
            deed(uow)
    with sitting.runtime.unit_of_work(sitting.ground.teacher) as uow:
        service.grade_manual(uow, essay, fraction=Decimal(1))
    with pytest.raises(NotFound):
        release(sitting, stranger)
    release(sitting)
    with sitting.runtime.read() as session:
        reader = (session, stranger, sitting.student.person_id, clock.now())
        assert (queries.exams_for(*reader), queries.results_for(*reader)) == ([], [])


def parent_of(sitting: Sitting, staff_id: UUID) -> Actor:
    """Make a member of staff the parent of the student."""
    with sitting.runtime.unit_of_work(SYSTEM) as uow:
        people.add_guardian(
            uow, child_id=sitting.student.person_id, adult_id=staff_id, org_id=sitting.ground.org_id
        )
    return sitting.ground.actor(staff_id)


def test_nobody_marks_releases_or_annuls_the_work_of_their_own_child(
    sitting: Sitting, clock: FixedClock
) -> None:
    teacher, reviewer = sitting.ground.teacher, sitting.ground.reviewer
    essay = essay_of(sitting)
    sitting.answer_all_right()
    sitting.submit()
    with sitting.runtime.unit_of_work(teacher) as uow:
        service.grade_manual(uow, essay, fraction=Decimal("0.5"))
    parent, close = parent_of(sitting, teacher.person_id), parent_of(sitting, reviewer.person_id)
    deeds: list[tuple[Actor, Callable[[Any], object]]] = [
        (parent, lambda uow: service.grade_manual(uow, essay, fraction=Decimal(1))),
        (parent, lambda uow: service.regrade(uow, sitting.attempt_id)),
        (parent, lambda uow: service.decide_late(uow, sitting.attempt_id, is_accepted=True, reason="Мой")),
        (parent, lambda uow: service.release_result(uow, result_of(sitting))),
        (close, lambda uow: service.annul_attempt(uow, sitting.attempt_id, "Мой")),
    ]
    for actor, deed in deeds:
        with pytest.raises(NotFound), sitting.runtime.unit_of_work(actor) as uow:
            deed(uow)
    with pytest.raises(Forbidden, match="not_impartial"), sitting.runtime.unit_of_work(parent) as uow:
        service.grant(uow, entry_of(sitting), GrantKind.ATTEMPT, 0, "Мой")
    with sitting.runtime.read() as session:
        assert queries.results_to_release(session, [], parent, clock.now()) == []


def test_nobody_stops_the_clock_for_their_own_child(sitting: Sitting) -> None:
    parent = parent_of(sitting, sitting.ground.teacher_id)
    with pytest.raises(Forbidden, match="not_impartial"), sitting.runtime.unit_of_work(parent) as uow:
        service.pause_attempt(uow, sitting.attempt_id, "Пусть отдохнёт")


def office(ground: ExamGround) -> Actor:
    """Give somebody who does not mark the office's role as well, and return them: they organise and know nobody."""
    with ground.runtime.unit_of_work(SYSTEM) as uow:
        people.grant_role(
            uow, person_id=ground.reviewer.person_id, org_id=ground.org_id, kind=RoleKind.REGISTRAR
        )
    return ground.actor(ground.reviewer.person_id)


def roster(sitting: Sitting, actor: Actor) -> list[queries.RosterRow]:
    with sitting.runtime.read() as session:
        view = queries.session_for(session, actor, sitting.session_id, sitting.runtime.clock.now())
        return list(view.roster)


def test_a_roster_shows_the_name_or_the_alias_and_never_both(sitting: Sitting) -> None:
    teacher = sitting.ground.teacher
    assert {(row.person_id is None, row.alias) for row in roster(sitting, teacher)} == {(False, "")}
    essay = essay_of(sitting)
    sitting.answer_all_right()
    sitting.submit()
    blind = [row for row in roster(sitting, teacher) if row.person_id is None]
    assert [bool(row.alias) for row in blind] == [True]
    assert [(row.attempt_id, row.minutes, row.deadline_at) for row in blind] == [(None, None, None)]
    assert [(row.ground, row.venue_mode) for row in blind] == [(None, None)], "few are taught otherwise"
    assert all(row.alias == "" for row in roster(sitting, office(sitting.ground)))
    with sitting.runtime.unit_of_work(teacher) as uow:
        service.grade_manual(uow, essay, fraction=Decimal(1))
    assert {(row.person_id is None, row.alias) for row in roster(sitting, teacher)} == {(False, "")}


def test_a_marker_does_not_read_the_answers_under_the_name(sitting: Sitting) -> None:
    sitting.answer_all_right()
    sitting.submit()
    assert staff_review(sitting, sitting.ground.teacher).answers == ()
    assert staff_review(sitting, office(sitting.ground)).answers != ()


def staff_review(sitting: Sitting, actor: Actor) -> queries.ReviewView:
    with sitting.runtime.read() as session:
        head = queries.attempt_head(session, sitting.attempt_id)
        types = sitting.runtime.registries.of(QUESTION_TYPES)
        return queries.review_for(session, types, actor, head, sitting.runtime.clock.now())


def test_own_time_is_known_to_assigned_staff_alone(
    ground: ExamGround, make_sitting: Callable[..., Sitting], clock: FixedClock
) -> None:
    support(ground, ground.students[0], (MeasureCode.EXTRA_TIME, {"minutes": 45}))
    sitting = make_sitting(0)
    mine = [row for row in roster(sitting, ground.teacher) if row.attempt_id == sitting.attempt_id]
    assert [(row.minutes, row.shows_time, row.deadline_at is None) for row in mine] == [(105, True, False)]
    clerk = office(ground)
    theirs = roster(sitting, clerk)
    assert {(row.minutes, row.shows_time, row.deadline_at) for row in theirs} == {(None, False, None)}
    with ground.runtime.read() as session:
        student = ground.students[0].person_id
        (own,) = queries.exams_for(session, ground.actor(student), student, clock.now())
        (seen,) = queries.exams_for(session, clerk, student, clock.now())
    assert (own.minutes, seen.minutes, seen.deadline_at) == (105, 60, None)
    assert own.closes_at > seen.closes_at


@pytest.mark.parametrize("how", ["running", "window", "another day", "nobody"])
def test_the_key_is_kept_back_while_anybody_may_still_sit_the_form(
    make_sitting: Callable[..., Sitting], clock: FixedClock, how: str
) -> None:
    sitting = make_sitting(0, review=KEY_AT_THE_END, questions=None, minutes=None, hours=3)
    ground = sitting.ground
    other = make_sitting(1, sitting.session_id) if how == "running" else None
    sitting.submit()
    release(sitting)
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        absent = uow.session.scalars(
            sa.select(Entry).where(
                Entry.session_id == sitting.session_id, Entry.person_id == ground.students[1].person_id
            )
        ).one()
        if how == "window":
            service.grant(uow, absent.id, GrantKind.WINDOW, 120, "Болел")
    if other is not None:
        with ground.runtime.unit_of_work(ground.teacher) as uow:
            service.pause_attempt(uow, other.attempt_id, "Пожарная тревога")
    if how == "another day":
        with ground.runtime.read() as session:
            version_id = session.get_one(AttestationSession, sitting.session_id).blueprint_version_id
        ground.open_session(version_id, starts_in_minutes=60 * 24)
    clock.advance(timedelta(hours=4))
    shown = {answer.correct for answer in sitting.review().answers}
    assert (shown == {None}) is (how != "nobody")


def test_a_teacher_who_sat_the_exam_does_not_see_the_own_key(sitting: Sitting) -> None:
    sitting.submit()
    release(sitting)
    with sitting.runtime.unit_of_work(SYSTEM) as uow:
        people.grant_role(
            uow,
            person_id=sitting.student.person_id,
            org_id=sitting.ground.org_id,
            kind=RoleKind.COMMISSION_MEMBER,
        )
    own = staff_review(sitting, sitting.ground.actor(sitting.student.person_id))
    assert {answer.correct for answer in own.answers} == {None}
    assert any(answer.correct for answer in staff_review(sitting, sitting.ground.teacher).answers)


def test_points_that_the_matrix_keeps_back_are_in_no_list(
    app: Flask, make_sitting: Callable[..., Sitting]
) -> None:
    sitting = make_sitting(review=ReviewMatrix(("responses",), ("responses",), ()))
    sitting.submit()
    release(sitting)
    person_id = sitting.student.person_id
    mine = Browser(app, sitting.student.login).client
    (exam,) = mine.get(f"/api/v1/persons/{person_id}/exams").json
    assert (exam["state"], exam["result"]) == ("released", None)
    assert mine.get(f"/api/v1/persons/{person_id}/results").json == []
    teacher = Browser(app, f"{sitting.ground.code}-teacher").client
    (result,) = teacher.get(f"/api/v1/persons/{person_id}/results").json
    assert result["mark"] == "2"


def test_every_look_of_others_is_written_down_and_ones_own_is_not(app: Flask, sitting: Sitting) -> None:
    sitting.submit()
    release(sitting)
    attempt, person = sitting.attempt_id, sitting.student.person_id
    addresses = {
        f"/attempts/{attempt}/status": "assessment.see_result",
        f"/attempts/{attempt}/receipts": "assessment.see_result",
        f"/api/v1/attempts/{attempt}/review": "assessment.see_result",
        f"/api/v1/persons/{person}/results": "assessment.see_result",
        f"/api/v1/persons/{person}/exams": "assessment.exams",
        f"/exams?person={person}": "assessment.exams",
        f"/exams/{entry_of(sitting)}": "assessment.exams",
        f"/sessions/timetable/{person}": "assessment.exams",
    }
    mine, teacher = Browser(app, sitting.student.login), Browser(app, f"{sitting.ground.code}-teacher")
    essay = essay_of(sitting)
    addresses[f"/marking/{essay}"] = "assessment.mark"
    for address in addresses:
        assert teacher.client.get(address).status_code == 200
        if not address.startswith(("/sessions", "/marking")):
            assert mine.client.get(address).status_code == 200
    with sitting.runtime.read() as session:
        rows = session.query(AccessLog).filter_by(subject_person_id=person, outcome="shown").all()
    assert sorted(row.action for row in rows) == sorted(addresses.values())
    assert {row.actor_person_id for row in rows} == {sitting.ground.teacher_id}


def test_a_proctor_reads_neither_works_nor_marks_nor_journals(
    app: Flask, sitting: Sitting, clock: FixedClock
) -> None:
    ground, person_id = sitting.ground, sitting.student.person_id
    with sitting.runtime.unit_of_work(SYSTEM) as uow:
        proctor_id = people.create_person(uow, family_name="Глядова", given_name="Вера")
        people.create_account(uow, person_id=proctor_id, login="proctor", password=PASSWORD)
        people.grant_role(uow, person_id=proctor_id, org_id=ground.org_id, kind=RoleKind.PROCTOR)
    proctor = Browser(app, "proctor").client
    place = f"/sessions/entries/{entry_of(sitting)}"
    stop = proctor.get(place).text  # who sits beside an examination can still stop the clock
    assert proctor.get(place).status_code == 200 and "/stop" in stop
    sitting.submit()
    release(sitting)
    page = proctor.get(f"/sessions/{sitting.session_id}")
    assert page.status_code == 200 and place in page.text
    kept_back = (
        f"/attempts/{sitting.attempt_id}/status",
        f"/attempts/{sitting.attempt_id}/receipts",
        f"/sessions/timetable/{person_id}",
        f"/exams?person={person_id}",
        f"/exams/{entry_of(sitting)}",
        f"/journal?person={person_id}",
        f"/api/v1/persons/{person_id}/exams",
        f"/api/v1/persons/{person_id}/results",
        f"/api/v1/attempts/{sitting.attempt_id}/review",
    )
    reading = Browser(app, f"{ground.code}-teacher").client
    for path in kept_back:
        assert (path, proctor.get(path).status_code) == (path, 404)
        assert (path, reading.get(path).status_code) == (path, 200)
        assert path not in page.text
    assert proctor.get("/sessions/debts").status_code == 403
    (row,) = (row for row in roster(sitting, ground.actor(proctor_id)) if row.attempt_id)
    assert (row.result, row.shows_work) == (None, False)
    with sitting.runtime.read() as session:
        reader = (session, ground.actor(proctor_id), person_id, clock.now())
        assert (queries.exams_for(*reader), queries.results_for(*reader)) == ([], [])


def test_whom_one_marks_is_asked_of_many_as_of_one_and_costs_no_more(
    make_sitting: Callable[..., Sitting], clock: FixedClock
) -> None:
    sitting = make_sitting()
    ground = sitting.ground
    other = make_sitting(1, sitting.session_id)
    for one in (sitting, other):
        one.answer_all_right()
    other.submit()
    stranger = head_of_another_school(ground, sitting.student)
    parent = parent_of(sitting, ground.director_id)
    people_here = [student.person_id for student in ground.students]
    with sitting.runtime.read() as session:
        for actor in (
            ground.teacher,
            ground.reviewer,
            parent,
            stranger,
            ground.actor(people_here[0]),
            SYSTEM,
        ):
            asked = (session, actor, ground.org_id, people_here, clock.now())
            alone = {one for one in people_here if may_mark(session, actor, one, ground.org_id, clock.now())}
            assert markable_among(*asked) == alone
            reach = reach_among(*asked)
            assert reach.marks == alone
            for one in people_here:
                reader = (session, actor, one, ground.org_id, clock.now())
                assert (one in reach.reads) == may_read(*reader)
                assert (one in reach.conditions) == sees_conditions(*reader)
        assert alone == set() and markable_among(session, parent, *asked[2:]) == set(people_here[1:])

    def statements(waiting: int) -> int:
        asked: list[str] = []
        with sitting.runtime.read() as session:
            bind = session.get_bind()
            sa.event.listen(bind, "before_cursor_execute", lambda *what: asked.append(what[2]))
            assert len(queries.marking_queue(session, ground.teacher, clock.now())) == waiting
        return len(asked)

    one_waits = statements(1)
    sitting.submit()
    assert statements(2) == one_waits
