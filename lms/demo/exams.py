"""Write the demonstration's examinations as the teachers, and open their sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from lms.assessment import queries, service
from lms.assessment.service import Plan, PlannedItem, Section
from lms.assessment.types import SessionKind
from lms.core.actor import SYSTEM
from lms.core.runtime import Runtime
from lms.core.uow import UnitOfWork
from lms.curriculum.queries import curricula_for, curriculum_view, outcome_views
from lms.demo.cast import DemoSchool
from lms.demo.content import blood_exam, heat_exam
from lms.demo.content.blood_exam import ExamQuestion

__all__ = ["TITLE", "build", "session_id"]

TITLE = "Биология: кровь и кровообращение"


@dataclass(frozen=True, slots=True)
class Examination:
    """One examination: what it is called, how long it lasts, its questions in their sections."""

    title: str
    subject: str
    bank: str
    base_minutes: int
    questions: tuple[ExamQuestion, ...]
    sections: tuple[tuple[str, int], ...]
    instructions: str
    tags: tuple[str, ...]


BLOOD = Examination(
    TITLE,
    "biology",
    "Кровь и кровообращение, 8 класс",
    60,
    blood_exam.QUESTIONS,
    blood_exam.SECTIONS,
    blood_exam.INSTRUCTIONS,
    ("8 класс", "кровь"),
)
HEAT = Examination(
    "Физика: тепловые явления",
    "physics",
    "Тепловые явления, 8 класс",
    20,
    heat_exam.QUESTIONS,
    heat_exam.SECTIONS,
    heat_exam.INSTRUCTIONS,
    ("8 класс", "тепло"),
)

#: Organisation, author, and what is sat there.
SCHOOLS = (("school-14", "kim", (BLOOD, HEAT)), ("horizon", "petrenko", (BLOOD,)))


def session_id(runtime: Runtime, school: DemoSchool, org: str) -> UUID:
    """Return the id of the biology session in an organisation (by its code)."""
    with runtime.read() as session:
        cards = queries.sessions_of(session, [school.id(org)])
    return next(card.id for card in cards if card.title == TITLE)


def build(runtime: Runtime, school: DemoSchool) -> None:
    """Write items and plans and open a session of each; a student's plan brings the student to it."""
    for org, author, examinations in SCHOOLS:
        with runtime.unit_of_work(SYSTEM) as uow:
            service.set_review_rule(uow, school.id(org), needs_second=False)
        with runtime.unit_of_work(school.actor(author)) as uow:
            for examination in examinations:
                _open(uow, school.id(org), examination)


def _open(uow: UnitOfWork, org_id: UUID, examination: Examination) -> None:
    version = _write(uow, org_id, examination)
    opens_at = uow.now() - timedelta(hours=1)
    closes_at = uow.now() + timedelta(days=30)
    service.create_session(
        uow, org_id, SessionKind.INTERIM, version, opens_at, closes_at, venue="Дома или в классе"
    )


def _write(uow: UnitOfWork, org_id: UUID, examination: Examination) -> UUID:
    """Write a bank with ready items and the plan over them; return the plan's version."""
    outcomes = _outcomes(uow, org_id, examination.title)
    bank = service.create_bank(uow, org_id=org_id, title=examination.bank, subject=examination.subject)
    items = []
    for question in examination.questions:
        shown = [key for key, words in outcomes.items() if question.topic in words] or list(outcomes)
        version = service.create_item(
            uow,
            bank,
            title=question.title,
            type=question.type,
            content=question.content,
            tests=question.tests,
            outcome_ids=shown,
            tags=examination.tags,
        )
        service.submit_item(uow, version)
        service.approve_item(uow, version)
        items.append(PlannedItem(version, question.points))
    sections = []
    for title, count in examination.sections:
        sections.append(Section(title, tuple(items[:count])))
        items = items[count:]
    plan = Plan(tuple(sections), base_minutes=examination.base_minutes, instructions=examination.instructions)
    return service.create_blueprint(
        uow, org_id=org_id, title=examination.title, subject=examination.subject, plan=plan
    )


def _outcomes(uow: UnitOfWork, org_id: UUID, title: str) -> dict[UUID, str]:
    """Return the outcomes of the curriculum's item of this title with their words, or nothing when there is none."""
    for card in curricula_for(uow.session, org_id, 8):
        for item in curriculum_view(uow.session, card.id).items:
            if item.title == title:
                views = outcome_views(uow.session, [share.outcome_id for share in item.outcomes])
                return {key: view.statement.lower() for key, view in views.items()}
    return {}
