"""Make the demonstration's templates, support measures and study plans through the services."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from lms.assessment.queries import sessions_of
from lms.core.runtime import Runtime
from lms.courses.queries import catalogue
from lms.curriculum.queries import curricula_for
from lms.curriculum.types import AttestationForm
from lms.demo.cast import DemoSchool
from lms.demo.curriculum import GRADE, school_year
from lms.people import service as people
from lms.people.types import MeasureCode, MeasureValue
from lms.plans import service
from lms.plans.queries import active_plan, latest_version, plan_view
from lms.plans.service import ItemContent
from lms.plans.types import Delivery, PlanReceipt, PlanScope

__all__ = ["EXTERNAL_COURSE", "build", "build_templates", "change_items", "sign_plan"]

EXTERNAL_COURSE = "«Python для начинающих», центр «Меридиан»"
#: Who makes the template of each school.
AUTHORS = {"school-14": "zimina", "horizon": "vlasova"}

Change = Callable[[ItemContent], ItemContent]


def build(runtime: Runtime, school: DemoSchool, *, lived: bool = True) -> None:
    """Make templates and the plans of Timur and Lev; when ``lived``, also Sonya's support measures and plan."""
    templates = build_templates(runtime, school)
    _build_timur(runtime, school, templates["horizon"])
    _build_lev(runtime, school, templates["school-14"])
    _propose(runtime, school)
    if lived:
        _agree_measures(runtime, school)
        _build_sonya(runtime, school, templates["school-14"])


def build_templates(runtime: Runtime, school: DemoSchool) -> dict[str, UUID]:
    """Make one template of grade 8 for each school; return their ids by the school's code."""
    year, _periods = school_year(runtime.clock.now().date())
    made = {}
    for org, author in AUTHORS.items():
        with runtime.unit_of_work(school.actor(author)) as uow:
            curriculum = curricula_for(uow.session, school.id(org), GRADE, year)[0]
            made[org] = service.create_template(
                uow,
                org_id=school.id(org),
                curriculum_id=curriculum.id,
                title="8 класс, индивидуальный учебный план",
            )
    return made


def _agree_measures(runtime: Runtime, school: DemoSchool) -> None:
    """Let the specialist propose more time and large type, and the parent approve."""
    today = runtime.clock.now().date()
    with runtime.unit_of_work(school.actor("orlova")) as uow:
        receipt = people.create_support_plan(
            uow,
            person_id=school.id("sonya"),
            measures=[
                MeasureValue(MeasureCode.EXTRA_TIME, {"minutes": 45}, ("exam",)),
                MeasureValue(MeasureCode.LARGE_TYPE, {"size": 150}, ("all",)),
            ],
            source_ref="Заключение ППк № 12",
            valid_from=today,
        )
    with runtime.unit_of_work(school.actor("anna")) as uow:
        people.approve_support_plan(uow, support_plan_id=receipt.id)


def change_items(
    runtime: Runtime, school: DemoSchool, teacher: str, version_id: UUID, changes: dict[str, Change]
) -> None:
    """Change items of a draft by the beginning of their titles."""
    with runtime.unit_of_work(school.actor(teacher)) as uow:
        for item in plan_view(uow.session, version_id, uow.now().date()).items:
            for title, change in changes.items():
                if item.title.startswith(title):
                    service.edit_item(
                        uow, version_id=version_id, stable_key=item.stable_key, content=change(item.content)
                    )


def sign_plan(
    runtime: Runtime,
    school: DemoSchool,
    receipt: PlanReceipt,
    *,
    teacher: str,
    parent: str,
    head: str,
    order: str,
) -> None:
    """Submit a version, let the parent sign and the head approve it by an order."""
    with runtime.unit_of_work(school.actor(teacher)) as uow:
        service.submit_version(uow, version_id=receipt.version_id)
    with runtime.unit_of_work(school.actor(parent)) as uow:
        service.approve(uow, version_id=receipt.version_id)
    with runtime.unit_of_work(school.actor(head)) as uow:
        service.approve_by_order(
            uow, version_id=receipt.version_id, order_no=order, order_date=uow.now().date()
        )


def _physics_course(runtime: Runtime, school: DemoSchool) -> UUID | None:
    with runtime.read() as session:
        found = catalogue(session, [school.id("school-14")], "тепловые")
    return found[0].id if found else None


def _biology_exam(runtime: Runtime, org_id: UUID) -> UUID | None:
    """Return the newest biology session of a school that students can still be admitted to."""
    with runtime.read() as session:
        now = runtime.clock.now()
        cards = [
            card
            for card in sessions_of(session, [org_id])
            if card.subject == "biology" and card.closes_at > now and not card.is_cancelled
        ]
    return cards[0].id if cards else None


def _deadline(runtime: Runtime) -> date:
    """Return a day inside the second quarter, and not in the past."""
    _year, periods = school_year(runtime.clock.now().date())
    return max(periods[1].ends_on - timedelta(days=9), runtime.clock.now().date() + timedelta(days=21))


def _build_sonya(runtime: Runtime, school: DemoSchool, template: UUID) -> None:
    """Make Sonya's plan: a first version with the class, a second one with the three items of the story."""
    with runtime.unit_of_work(school.actor("kim")) as uow:
        first = service.create_plan_from_template(
            uow, person_id=school.id("sonya"), template_id=template, basis="Приказ № 61, обучение на дому"
        )
    sign_plan(runtime, school, first, teacher="kim", parent="anna", head="gromova", order="61")
    with runtime.unit_of_work(school.actor("kim")) as uow:
        second = service.begin_version(
            uow,
            plan_id=first.plan_id,
            reason="Физику Соня пройдёт онлайн-курсом, информатику просим зачесть, биологию готовит дома.",
        )
    change_items(runtime, school, "kim", second.version_id, _story_changes(runtime, school))
    sign_plan(runtime, school, second, teacher="kim", parent="anna", head="gromova", order="84")
    _record_first_quarter(runtime, school)


def _story_changes(runtime: Runtime, school: DemoSchool) -> dict[str, Change]:
    course_id, deadline = _physics_course(runtime, school), _deadline(runtime)
    session_id = _biology_exam(runtime, school.id("school-14"))
    changes: dict[str, Change] = {
        "Информатика: программы": lambda c: replace(
            c, delivery=Delivery.EXTERNAL, external_course=EXTERNAL_COURSE
        ),
        "Биология: кровь": lambda c: replace(
            c,
            delivery=Delivery.HOME,
            attestation_form=AttestationForm.EXAM,
            deadline=deadline,
            session_id=session_id,
        ),
    }
    if course_id is not None:
        changes["Физика: тепловые"] = lambda c: replace(c, delivery=Delivery.OWN_COURSE, course_id=course_id)
    return changes


def _propose(runtime: Runtime, school: DemoSchool) -> None:
    """Let Lev's mother propose a course; the teacher has not answered yet."""
    with runtime.read() as session:
        waiting = latest_version(session, school.id("lev"))
    assert waiting is not None
    with runtime.unit_of_work(school.actor("irina")) as uow:
        service.propose_item(
            uow,
            plan_id=waiting.plan_id,
            title="Робототехника: первая модель",
            subject="technology",
            hours=Decimal(16),
            period=4,
            external_course="«Робототехника», детский технопарк",
            reason="Лев занимается там второй год и хотел бы, чтобы это вошло в план.",
        )


def _record_first_quarter(runtime: Runtime, school: DemoSchool) -> None:
    """Close the items of the first quarter, so that the route has a part that lies behind."""
    marks = {
        "Алгебра: квадратные корни": ("4", "Контрольная из дома."),
        "История": ("5", "Устный ответ по видеосвязи."),
    }
    with runtime.unit_of_work(school.actor("zimina")) as uow:
        plan = active_plan(uow.session, school.id("sonya"), uow.now().date())
        assert plan is not None
        for item in plan.items:
            for title, (mark, note) in marks.items():
                if item.title.startswith(title):
                    service.record_mark(
                        uow,
                        plan_id=plan.id,
                        stable_key=item.stable_key,
                        mark=mark,
                        is_passed=True,
                        note=note,
                    )


def _build_timur(runtime: Runtime, school: DemoSchool, template: UUID) -> None:
    """Make Timur's plan at the other school: one subject, learned in the family, closed by the same exam."""
    with runtime.unit_of_work(school.actor("petrenko")) as uow:
        receipt = service.create_plan_from_template(
            uow,
            person_id=school.id("timur"),
            template_id=template,
            basis="Заявление о прохождении промежуточной аттестации экстерном",
            scope=PlanScope.SUBJECTS,
            subjects=["biology"],
        )
    deadline, session_id = _deadline(runtime), _biology_exam(runtime, school.id("horizon"))
    change: dict[str, Change] = {
        "Биология": lambda c: replace(c, delivery=Delivery.HOME, deadline=deadline, session_id=session_id)
    }
    change_items(runtime, school, "petrenko", receipt.version_id, change)
    sign_plan(runtime, school, receipt, teacher="petrenko", parent="ruslan", head="vlasova", order="12-э")


def _build_lev(runtime: Runtime, school: DemoSchool, template: UUID) -> None:
    """Let Lev study two subjects by a plan of his own; its second version waits for his parent's signature."""
    with runtime.unit_of_work(school.actor("kim")) as uow:
        first = service.create_plan_from_template(
            uow,
            person_id=school.id("lev"),
            template_id=template,
            basis="Заявление родителя, спортивные сборы",
            scope=PlanScope.SUBJECTS,
            subjects=["physics", "informatics"],
        )
    external: dict[str, Change] = {
        "Информатика: программы": lambda c: replace(
            c, delivery=Delivery.EXTERNAL, external_course=EXTERNAL_COURSE
        )
    }
    change_items(runtime, school, "kim", first.version_id, external)
    sign_plan(runtime, school, first, teacher="kim", parent="irina", head="gromova", order="71")
    course_id = _physics_course(runtime, school)
    with runtime.unit_of_work(school.actor("kim")) as uow:
        second = service.begin_version(
            uow, plan_id=first.plan_id, reason="На сборах Льву удобнее пройти тепловые явления онлайн-курсом."
        )
    online: dict[str, Change] = {
        "Физика: тепловые": lambda c: replace(c, delivery=Delivery.OWN_COURSE, course_id=course_id)
    }
    change_items(runtime, school, "kim", second.version_id, online)
    with runtime.unit_of_work(school.actor("kim")) as uow:
        service.submit_version(uow, version_id=second.version_id)
