"""On every desk of the demonstration school something waits, made by those whose work it is."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.app import create_app
from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.models import Attempt, AttemptItem, Entry, Grade
from lms.assessment.queries import session_statistics, sessions_of
from lms.assessment.queries.appeals import appeals_to_decide
from lms.assessment.queries.gradebook import book_card, book_page, books_of, period_marks
from lms.assessment.queries.witness import AssessmentWitness
from lms.core import ledger
from lms.core.actor import SYSTEM
from lms.core.runtime import Runtime
from lms.demo.build import build_demo
from lms.demo.classmates import CLASS, TITLE
from lms.home.sources.family import family
from lms.home.sources.pupils import pupils_of
from lms.home.sources.staff import staff_tasks
from lms.home.sources.student import student_day
from lms.people import queries as members
from lms.people import service as people
from lms.people.models import Person
from lms.plans import queries
from lms.plans.pages.plan_pace import pace_of

#: Who finds what on the own desk.
DESKS = {
    "kim": {"mark", "plans"},
    "lebedeva": {"plans"},
    "orlova": {"approve"},
    "gromova": {"approve"},
    "zimina": {"approve", "plans"},
    "mironova": {"credit", "identity"},
    "belova": {"credit"},
    "sokolov": {"credit"},
    "dyatlov": {"credit"},
    "gusev": {"identity"},
    "frolova": {"review"},
    "yudin": {"review"},
}


@pytest.fixture
def engine_url(sqlite_url: str) -> str:
    """Build the demonstration once: which engine holds it makes no difference here."""
    return sqlite_url


def compare_short_ways(session: Session, at: datetime) -> None:
    """Hold what a first page asks in one question to what the long way says, for everybody in the school."""
    for person_id in session.scalars(sa.select(Person.id)):
        student = members.student_brief(session, person_id, at)
        kinds = {"tutor", "class_teacher"}
        named = {staff for kind, _subject, staff in members.staff_of(session, person_id, at) if kind in kinds}
        assert student.card == members.person_card(session, person_id)
        assert {tutor.id: tutor.name for tutor in student.tutors} == {
            key: value.name for key, value in members.person_cards(session, named).items()
        }
        day = at.date()
        admission = members.current_admission(session, person_id, day)
        grade = None if admission is None else admission.grade
        assert (student.is_minor, student.grade) == (
            members.is_minor(session, person_id, day),
            grade,
        )


def test_something_waits_on_every_desk_and_everybody_is_told_the_same(runtime: Runtime) -> None:
    school = build_demo(runtime)
    at = runtime.clock.now()
    with runtime.read() as session:
        compare_short_ways(session, at)
        book, physics = books_of(session, school.actor("kim"))
        lev = period_marks(session, book.id, school.id("lev"))
        assert [(one.proposed, one.mark) for one in lev] == [("3", "4")]
        assert period_marks(session, book.id, school.id("mila")) == []
        page = book_page(session, school.actor("kim"), book_card(session, physics.id), at)
        assert sum(row.cells[1].is_result for row in page.rows) == len(CLASS)
        assert {row.proposed for row in page.rows} == {"2", "3", "4", "5"}
        cards = sessions_of(session, [school.id("school-14")])
        sat = next(card for card in cards if card.title == TITLE)
        figures = session_statistics(session, runtime.registries.of(QUESTION_TYPES), sat.id)
        assert (figures.works, figures.found is not None) == (len(CLASS), True)
        assert sat.closes_at < at - timedelta(days=5), "the year did not begin today"
        (appeal,) = appeals_to_decide(session, school.actor("gromova"), at)
        assert appeal.exam_title == TITLE
        assert list(ledger.verify(session, runtime.keys)) == []
        assert members.working_days_between(session, date(2025, 12, 31), date(2026, 12, 31)) == 247
        assert list(AssessmentWitness().faults(session, runtime.keys)) == []
    with runtime.unit_of_work(SYSTEM) as uow:
        newcomer = people.create_person(uow, family_name="Новикова", given_name="Ника")
    with create_app(runtime=runtime).test_request_context(), runtime.read() as session:
        found = {
            login: set(staff_tasks(session, school.actor(login), at, runtime.registries)) for login in DESKS
        }
        short = {login: kinds - found[login] for login, kinds in DESKS.items() if kinds - found[login]}
        assert short == {}
        desk = staff_tasks(session, school.actor("gromova"), at, runtime.registries)["mark"]
        assert f"/appeals/{appeal.id}" in {task.url for task in desk}
        for child, parent in (("sonya", "anna"), ("mila", "denis"), ("lev", "irina")):
            plan = queries.active_plan(session, school.id(child), at.date())
            assert plan is not None
            standing, pace = queries.standing_of(plan, at.date()), pace_of(plan, at.date())
            assert standing is not None and pace is not None
            is_late = standing.word in {"late", "behind"}
            pupils = {pupil.url: pupil for pupil in pupils_of(session, school.actor("kim"), at)}
            assert (pupils[f"/plans/{plan.id}"].state == "part") is is_late
            assert is_late == any(line["kind"] in {"gap", "part"} for line in pace["lines"])
            (card,) = family(session, school.actor(parent), at)
            assert card.turns or (card.state == "part") is is_late
        hers = sa.select(Attempt.id).join(Entry).where(Entry.person_id == school.id("mila"))
        graded = sa.select(Grade).join(AttemptItem, AttemptItem.id == Grade.attempt_item_id)
        grades = session.scalars(graded.where(AttemptItem.attempt_id.in_(hers))).all()
        scores = sorted(grade.fraction for grade in grades if grade.fraction is not None)
        assert len(scores) == 9 and scores[0] > 0 and scores[:3] == [Decimal("0.25"), Decimal("0.5"), 1]
        day = student_day(session, school.id("mila"), at)
        assert any("досрочно" in card.title for card in day.cards), "a work that is handed in is spoken of"
        assert not student_day(session, newcomer, at).has_begun
