"""Write the examination on blood for both schools, as their teachers, and open its sessions."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from lms.assessment import queries, service
from lms.assessment.rules.blueprint import Plan, PlannedItem, Section
from lms.assessment.types import SessionKind
from lms.core.runtime import Runtime
from lms.core.uow import UnitOfWork
from lms.curriculum.queries import curricula_for, curriculum_view, outcome_views
from lms.demo.cast import DemoSchool
from lms.demo.content import blood_exam

__all__ = ["TITLE", "build", "session_id"]

TITLE = "Биология: кровь и кровообращение"
SUBJECT = "biology"
BASE_MINUTES = 60

#: Organisation and author.
SCHOOLS = (("school-14", "kim"), ("horizon", "petrenko"))


def session_id(runtime: Runtime, school: DemoSchool, org: str) -> UUID:
    """Return the id of the session in an organisation (by its code)."""
    with runtime.read() as session:
        cards = queries.sessions_of(session, [school.id(org)])
    return next(card.id for card in cards if card.title == TITLE)


def build(runtime: Runtime, school: DemoSchool) -> None:
    """Write items and plan and open a session at each school; a student's plan brings the student to it."""
    for org, author in SCHOOLS:
        with runtime.unit_of_work(school.actor(author)) as uow:
            version = _write(uow, school.id(org))
            now = uow.now()
            service.create_session(
                uow,
                school.id(org),
                SessionKind.INTERIM,
                version,
                now - timedelta(hours=1),
                now + timedelta(days=30),
                venue="Дома или в классе",
            )


def _write(uow: UnitOfWork, org_id: UUID) -> UUID:
    """Write a bank with ten ready items and the plan over them; return the plan's version."""
    outcomes = _outcomes(uow, org_id)
    bank = service.create_bank(uow, org_id=org_id, title="Кровь и кровообращение, 8 класс", subject=SUBJECT)
    items = []
    for question in blood_exam.QUESTIONS:
        shown = [key for key, words in outcomes.items() if question.topic in words] or list(outcomes)
        version = service.create_item(
            uow,
            bank,
            title=question.title,
            type=question.type,
            content=question.content,
            tests=question.tests,
            outcome_ids=shown,
            tags=("8 класс", "кровь"),
        )
        service.submit_item(uow, version)
        service.approve_item(uow, version)
        items.append(PlannedItem(version, question.points))
    sections = []
    for title, count in blood_exam.SECTIONS:
        sections.append(Section(title, tuple(items[:count])))
        items = items[count:]
    plan = Plan(tuple(sections), base_minutes=BASE_MINUTES, instructions=blood_exam.INSTRUCTIONS)
    return service.create_blueprint(uow, org_id=org_id, title=TITLE, subject=SUBJECT, plan=plan)


def _outcomes(uow: UnitOfWork, org_id: UUID) -> dict[UUID, str]:
    """Return the outcomes of the curriculum's biology item with their words, or nothing when there is none."""
    for card in curricula_for(uow.session, org_id, 8):
        for item in curriculum_view(uow.session, card.id).items:
            if item.title == TITLE:
                views = outcome_views(uow.session, [share.outcome_id for share in item.outcomes])
                return {key: view.statement.lower() for key, view in views.items()}
    return {}
