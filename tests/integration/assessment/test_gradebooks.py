"""Gradebooks over a real database: results appear by themselves, corrections are rows, pages are cut by seats."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from lms.assessment import service
from lms.assessment.marking_models import GradebookCell, PeriodMark
from lms.assessment.models import MarkPolicy, Result
from lms.assessment.queries.gradebook import BookPage, BookRow, book_card, book_page
from lms.assessment.queries.mark_policies import policies_of
from lms.assessment.service import Entered
from lms.assessment.types import CellKind, MarkScale
from lms.core.actor import Actor
from lms.core.clock import FixedClock
from lms.core.errors import Forbidden, InvalidInput, NotFound
from lms.testing.exams import PASSWORD, ExamGround
from tests.integration.assessment.conftest import Sitting

OWN = [(Decimal("0.9"), "A"), (Decimal("0.4"), "B"), (Decimal(0), "C")]


@pytest.fixture
def book(ground: ExamGround, sitting: Sitting) -> UUID:
    """Return a gradebook of two students with a column of one's own and one of a session."""
    with ground.runtime.read() as session:
        policy = session.scalars(sa.select(MarkPolicy.id)).one()
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        made = service.create_gradebook(
            uow, ground.org_id, title="Физика, 8Б", subject="physics", mark_policy_id=policy
        )
        works = service.add_category(uow, made, title="Работы", weight=Decimal(1))
        exams = service.add_category(uow, made, title="Экзамены", weight=Decimal(2))
        service.add_column(uow, works, title="Доклад", weight=Decimal(1), max_points=Decimal(5))
        service.add_column(
            uow,
            exams,
            title="",
            weight=Decimal(1),
            max_points=Decimal(1),
            session_id=sitting.session_id,
        )
        service.seat_students(uow, made, [student.person_id for student in ground.students])
    return made


def page(ground: ExamGround, book: UUID, actor: Actor | None = None, **more: int) -> BookPage:
    with ground.runtime.read() as session:
        card = book_card(session, book)
        return book_page(session, actor or ground.teacher, card, ground.runtime.clock.now(), **more)


def line(ground: ExamGround, book: UUID, number: int = 0) -> BookRow:
    return page(ground, book).rows[number]


def enter(ground: ExamGround, book: UUID, student: int, given: Entered, reason: str = "") -> int:
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        column = book_card(uow.session, book).columns[0].id
        return service.enter(uow, column, {ground.students[student].person_id: given}, reason=reason)


def points(value: str) -> Entered:
    return Entered(CellKind.POINTS, Decimal(value))


def test_released_results_appear_and_categories_weigh(
    ground: ExamGround, book: UUID, sitting: Sitting
) -> None:
    enter(ground, book, 0, points("2.5"))
    assert line(ground, book).found.score == Decimal("0.5")
    sitting.submit()  # left blank: nothing earned
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        service.release_result(uow, uow.session.scalars(sa.select(Result.id)).one())
    row = line(ground, book)
    assert [cell.is_result for cell in row.cells] == [False, True]
    assert row.found.score is not None and row.found.score * 6 == 1  # (1 × 1/2 + 2 × 0) / 3
    assert (row.proposed, line(ground, book, 1).proposed) == ("2", "n/a")


def test_a_correction_is_a_new_row_with_a_reason(ground: ExamGround, book: UUID) -> None:
    assert enter(ground, book, 0, points("3")) == 1
    assert enter(ground, book, 0, points("3")) == 0
    with pytest.raises(InvalidInput, match="reason_missing"):
        enter(ground, book, 0, points("4"))
    enter(ground, book, 0, points("4"), "Пересчитано")
    enter(ground, book, 0, Entered(CellKind.EXEMPT), "Справка")
    with ground.runtime.read() as session:
        rows = session.scalars(sa.select(GradebookCell).order_by(GradebookCell.number)).all()
    assert [(row.kind, row.points) for row in rows] == [
        (CellKind.POINTS, Decimal(3)),
        (CellKind.POINTS, Decimal(4)),
        (CellKind.EXEMPT, None),
    ]
    assert [row.supersedes for row in rows] == [None, rows[0].id, rows[1].id]
    row = line(ground, book)
    assert (row.cells[0].kind, row.found.score) == (CellKind.EXEMPT, None)
    enter(ground, book, 0, Entered(CellKind.BLANK), "По ошибке")
    assert line(ground, book).cells[0].kind is None


def test_points_fit_the_column_and_those_of_a_session_are_not_typed(ground: ExamGround, book: UUID) -> None:
    with pytest.raises(InvalidInput, match="points_range"):
        enter(ground, book, 0, points("5.5"))
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        column = book_card(uow.session, book).columns[1].id
        with pytest.raises(InvalidInput, match="from_session"):
            service.enter(uow, column, {ground.students[0].person_id: points("1")})
        service.enter(uow, column, {ground.students[0].person_id: Entered(CellKind.ABSENT)})
    assert line(ground, book).found.absent == 1


def test_a_period_mark_is_a_proposal_and_a_decision_with_a_reason(ground: ExamGround, book: UUID) -> None:
    enter(ground, book, 0, points("3.5"))
    who = ground.students[0].person_id
    assert line(ground, book).proposed == "4"
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        with pytest.raises(InvalidInput, match="reason_missing"):
            service.decide_mark(uow, book, who, "5")
        with pytest.raises(InvalidInput, match="mark_unknown"):
            service.decide_mark(uow, book, who, "6", reason="Так")
        service.decide_mark(uow, book, who, "4")
        service.decide_mark(uow, book, who, "5", reason="Олимпиада")
    with ground.runtime.read() as session:
        marks = session.scalars(sa.select(PeriodMark).order_by(PeriodMark.number)).all()
    assert [(row.mark, row.proposed, row.score) for row in marks] == [
        ("4", "4", Decimal("0.7")),
        ("5", "4", Decimal("0.7")),
    ]
    assert line(ground, book).decided == "5"


def test_pages_are_cut_by_seats_and_hold_only_whom_one_reaches(ground: ExamGround, book: UUID) -> None:
    first = page(ground, book, most=1)
    assert ([row.seat for row in first.rows], first.next_after) == ([1], 1)
    second = page(ground, book, after=1, most=1)
    assert ([row.seat for row in second.rows], second.next_after) == ([2], None)
    assert page(ground, book, ground.reviewer).rows == ()
    assert len(page(ground, book, ground.actor(ground.director_id)).rows) == 2


def test_strangers_and_students_keep_no_gradebook(ground: ExamGround, book: UUID) -> None:
    for actor in (ground.actor(ground.students[0].person_id), ground.reviewer):
        with pytest.raises((Forbidden, NotFound)), ground.runtime.unit_of_work(actor) as uow:
            service.seat_students(uow, book, [ground.students[0].person_id])
    with pytest.raises(NotFound), ground.runtime.unit_of_work(ground.teacher) as uow:
        service.seat_students(uow, book, [ground.reviewer_id])


def test_a_scale_gets_a_new_version_and_old_results_keep_theirs(
    ground: ExamGround, make_sitting: Callable[..., Sitting]
) -> None:
    version = ground.write_plan(ground.sample_questions())
    director = ground.actor(ground.director_id)
    with ground.runtime.unit_of_work(director) as uow:
        own = service.write_policy(
            uow, ground.org_id, scale=MarkScale.CUSTOM, thresholds=OWN, pass_score=Decimal("0.4"), title="A–C"
        )
        again = service.write_policy(
            uow,
            ground.org_id,
            scale=MarkScale.CUSTOM,
            thresholds=OWN,
            pass_score=Decimal("0.9"),
            title="A–C",
            code="custom-1",
        )
        with pytest.raises(InvalidInput):
            service.write_policy(
                uow, ground.org_id, scale=MarkScale.CUSTOM, thresholds=OWN, pass_score=Decimal(0)
            )
    with pytest.raises(Forbidden), ground.runtime.unit_of_work(ground.teacher) as uow:
        service.write_policy(
            uow, ground.org_id, scale=MarkScale.CUSTOM, thresholds=OWN, pass_score=Decimal("0.4"), title="x"
        )
    with ground.runtime.read() as session:
        newest = next(p for p in policies_of(session, [ground.org_id]) if p.code == "custom-1")
        assert (newest.id, newest.version) == (again, 2)
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        service.give_policy(uow, version, own)
    sitting = make_sitting(session_id=ground.open_session(version))
    sitting.submit()
    with ground.runtime.read() as session:
        result = session.scalars(sa.select(Result)).one()
        assert (result.mark, result.is_passed, result.mark_policy_id) == ("C", False, own)


def test_the_family_reads_the_journal_and_the_debts_and_nobody_else_does(
    app: Flask, ground: ExamGround, book: UUID, sitting: Sitting, clock: FixedClock
) -> None:
    own = signed_in(app, ground.students[0].login)
    enter(ground, book, 0, points("2.5"))
    assert "Нет оценки за период" in own.get("/journal").text
    assert "2,5 из 5" in own.get("/journal").text.replace("\N{NO-BREAK SPACE}", " ")
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        service.decide_mark(uow, book, ground.students[0].person_id, "4", reason="Доклад и ответы на уроках")
    sitting.submit()
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        service.release_result(uow, uow.session.scalars(sa.select(Result.id)).one())
    clock.advance(timedelta(days=2))
    shown = signed_in(app, ground.students[0].login).get("/journal").text
    assert "4, хорошо" in shown
    assert "Доклад и ответы на уроках" in shown
    assert "Можно сдать ещё 2 раза, до 11 ноября 2027" in shown
    other = signed_in(app, ground.students[1].login)
    assert "Нет оценки за период" in other.get("/journal").text
    assert other.get(f"/journal?person={ground.students[0].person_id}").status_code == 404


def signed_in(app: Flask, login: str) -> FlaskClient:
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    assert client.post("/login", data={"login": login, "password": PASSWORD}).status_code == 303
    client.set_cookie("locale", "ru")
    return client
