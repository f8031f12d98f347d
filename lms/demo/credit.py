"""Build the credit part of the demonstration: sources, a rule, a commission, a closed case — and more on request.

Everything goes through the services, each step done by the person whose work it is.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from lms.core.runtime import Runtime
from lms.core.uow import UnitOfWork
from lms.demo.cast import CAST, NEWCOMERS, DemoSchool
from lms.demo.certificate import certificate_pdf
from lms.plans import queries, service
from lms.plans.service.credit.plan_link import ItemFacts
from lms.plans.types import (
    DocumentKind,
    LicenceState,
    RemainderWay,
    ResultScale,
    TransferRelation,
    Verification,
    VoteChoice,
)

__all__ = ["STAGES", "apply_for_credit", "build", "carry_to_commission", "sonya_certificate"]

#: How far Sonya's own case is built; the browser story plays it by hand from ``prepared``.
STAGES = ("prepared", "submitted", "in_commission", "decided")

SCHOOL = "school-14"
COURSE = "Python для начинающих"
SOURCE = "Центр «Меридиан»"
UNLICENSED = "Кодинг за неделю"
NOTES = (
    (TransferRelation.EXACT, Decimal(1), "Это модули 2–4 курса."),
    (
        TransferRelation.EXACT,
        Decimal(1),
        "Это модуль 5 и проект «Викторина», который принимает преподаватель.",
    ),
    (TransferRelation.NARROWER, Decimal("0.5"), "Перевод чисел в курсе есть, а сложения и вычитания нет."),
    (TransferRelation.NONE, Decimal(0), "Такой темы в курсе нет."),
)


def build(runtime: Runtime, school: DemoSchool, stage: str = "prepared") -> None:
    """Build sources, rule and commission, Lev's closed case, and Sonya's own case up to ``stage``."""
    _prepare(runtime, school, _informatics(runtime, school, "lev"))
    case_id = apply_for_credit(runtime, school, "lev", "irina", result="71", number="М-2206")
    carry_to_commission(runtime, school, case_id)
    _decide(runtime, school, case_id, VoteChoice.FOR)
    with runtime.unit_of_work(school.actor("irina")) as uow:
        service.choose_way(uow, case_id, RemainderWay.CLASS)
    if STAGES.index(stage) >= STAGES.index("submitted"):
        case_id = apply_for_credit(runtime, school, "sonya", "anna", result="86", number="М-2241")
        if stage != "submitted":
            carry_to_commission(runtime, school, case_id)
        if stage == "decided":
            _decide(runtime, school, case_id, VoteChoice.FOR)


def _informatics(runtime: Runtime, school: DemoSchool, student: str) -> ItemFacts:
    """Return the informatics item of a student's plan in force."""
    with runtime.read() as session:
        items = queries.items_to_credit(session, school.id(student))
    return next(item for item in items if item.subject == "informatics")


def _prepare(runtime: Runtime, school: DemoSchool, item: ItemFacts) -> None:
    org_id = school.id(SCHOOL)
    with runtime.unit_of_work(school.actor("mironova")) as uow:
        source_id = service.add_source(
            uow,
            org_id=org_id,
            name=SOURCE,
            website="meridian.example",
            licence_no="Л035-01298-77/00418126",
            licence_state=LicenceState.LICENSED,
            trust_tier=1,
            tier_reason="Третий год общие курсы; результаты подтверждала аттестация.",
        )
        service.add_source(
            uow,
            org_id=org_id,
            name="Заочная школа «Квант»",
            website="kvant.example",
            licence_no="Л035-01298-77/00297310",
            licence_state=LicenceState.LICENSED,
            trust_tier=2,
            tier_reason="Первый общий курс в прошлом году.",
        )
        service.add_source(
            uow,
            org_id=org_id,
            name=UNLICENSED,
            website="coding-week.example",
            licence_state=LicenceState.UNLICENSED,
            trust_tier=3,
        )
        course_id = service.add_external_course(
            uow,
            source_id,
            org_id=org_id,
            title=COURSE,
            hours=Decimal(24),
            scale=ResultScale.POINTS,
            scale_max=Decimal(100),
            learned=_learned(item),
        )
        rule_id = service.draft_rule(uow, org_id=org_id, value=_rule(uow, course_id, item))
    _approve(runtime, school, rule_id, "3")
    with runtime.unit_of_work(school.actor("mironova")) as uow:
        rule_id = service.copy_rule(uow, rule_id)
    _approve(runtime, school, rule_id, "7")
    with runtime.unit_of_work(school.actor("gromova")) as uow:
        service.form_commission(
            uow,
            org_id=org_id,
            name="Комиссия по зачёту результатов",
            order_ref="Приказ № 58 от 1 сентября",
            chair_id=school.id("belova"),
            member_ids=[school.id("sokolov"), school.id("dyatlov")],
        )


def _approve(runtime: Runtime, school: DemoSchool, rule_id: UUID, minutes_no: str) -> None:
    with runtime.unit_of_work(school.actor("zimina")) as uow:
        service.approve_rule(uow, rule_id, minutes_no=minutes_no, minutes_on=uow.now().date())


def _learned(item: ItemFacts) -> list[service.LearnedValue]:
    level = max(target.level for target in item.targets)
    rows = (
        ("Ветвления и циклы", "12", "Модули 2–4", "Итоговый тест"),
        ("Строки и списки", "8", "Модуль 5, проект «Викторина»", ""),
        ("Двоичная запись чисел", "2", "Модуль 6", ""),
        ("Установка и первая программа", "2", "Модуль 1", ""),
    )
    return [
        service.LearnedValue(title, Decimal(hours), level, fragment, tested_by)
        for title, hours, fragment, tested_by in rows
    ]


def _rule(uow: UnitOfWork, course_id: UUID, item: ItemFacts) -> service.RuleValue:
    """Return the rule of the school about the course «Python для начинающих»."""
    learned = [outcome.id for outcome in queries.course_outcomes(uow.session, course_id)]
    lines = [
        service.RuleLineValue(
            target_outcome_id=target.outcome_id,
            learned_id=learned[number] if share else None,
            relation=relation,
            share=share,
            note=note,
        )
        for number, (target, (relation, share, note)) in enumerate(zip(item.targets, NOTES, strict=True))
    ]
    return service.RuleValue(
        number="14",
        title=COURSE,
        subject=item.subject,
        condition=service.Passed(str(course_id), Decimal("0.6")),
        lines=tuple(lines),
        valid_from=date(uow.now().year - 1, 9, 1),
    )


def sonya_certificate(
    day: date, *, student: str = "sonya", result: str = "86", number: str = "М-2241"
) -> bytes:
    """Return a student's certificate of the course as a PDF (also for the browser story)."""
    person = next(p for p in (*CAST, *NEWCOMERS) if p.login == student)
    return certificate_pdf(
        source=f"{SOURCE} · лицензия Л035-01298-77/00418126",
        course=COURSE,
        name=f"{person.given} {person.family}",
        hours="24 часа",
        result=f"{result} из 100",
        number=number,
        day=day.strftime("%d.%m.%Y"),
    )


def _issued(today: date) -> date:
    """Return the end of the summer before the present school year."""
    return date(today.year if today.month >= 9 else today.year - 1, 8, 30)


def apply_for_credit(
    runtime: Runtime, school: DemoSchool, student: str, parent: str, *, result: str, number: str
) -> UUID:
    """Let a parent apply for the course «Python для начинающих»; return the case."""
    item = _informatics(runtime, school, student)
    with runtime.read() as session:
        source_id = session.scalars(queries.sources_statement(school.id("school-14"), SOURCE)).one().id
        course_id = queries.courses_of_source(session, source_id)[0].id
    with runtime.unit_of_work(school.actor(parent)) as uow:
        day = _issued(uow.now().date())
        step = service.open_case(
            uow, person_id=school.id(student), plan_id=item.plan_id, stable_key=item.stable_key
        )
        service.choose_source(uow, step.case_id, source_id)
        service.choose_course(uow, step.case_id, course_id)
        value = service.CertificateValue(issued_on=day, hours=Decimal(24), raw_result=result, number=number)
        service.describe_certificate(uow, step.case_id, value)
        data = sonya_certificate(day, student=student, result=result, number=number)
        service.attach_evidence(
            uow, step.case_id, kind=DocumentKind.CERTIFICATE, data=data, name="Сертификат Python.pdf"
        )
        service.submit_case(uow, step.case_id)
    return step.case_id


def carry_to_commission(runtime: Runtime, school: DemoSchool, case_id: UUID) -> None:
    """Let the office check the documents, compare, and hand the case over."""
    with runtime.read() as session:
        documents = queries.case_view(session, case_id).documents
    with runtime.unit_of_work(school.actor("mironova")) as uow:
        service.start_verification(uow, case_id)
        for document in documents:
            service.verify_evidence(
                uow,
                case_id,
                document.id,
                verdict=Verification.VERIFIED,
                note="«Меридиан» подтвердил сертификат, лицензия есть в реестре.",
            )
        service.build_match_report(uow, case_id)
        service.refer_to_commission(uow, case_id)


def _decide(runtime: Runtime, school: DemoSchool, case_id: UUID, choice: VoteChoice) -> None:
    """Let the whole commission vote and its chair record the decision."""
    for member in ("sokolov", "dyatlov", "belova"):
        with runtime.unit_of_work(school.actor(member)) as uow:
            service.vote(uow, case_id, choice=choice)
    with runtime.unit_of_work(school.actor("belova")) as uow:
        service.decide(uow, case_id, is_granted=True)
