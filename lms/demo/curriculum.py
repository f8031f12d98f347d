"""Write the demonstration curricula: grade 8 in both schools, with the outcomes that credit is measured against."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from lms.core.actor import SYSTEM
from lms.core.runtime import Runtime
from lms.curriculum import queries, service
from lms.curriculum.types import AttestationForm, OutcomeShare, PeriodView
from lms.demo.cast import DemoSchool
from lms.people.queries import organisation_ids

__all__ = ["FRAMEWORK_CODE", "GRADE", "MODULES", "build", "outcome_ids", "school_year"]

FRAMEWORK_CODE = "ooo-8"
GRADE = 8
PROGRAMME = "ООП ООО"


@dataclass(frozen=True, slots=True)
class Module:
    """One module of the demonstration curriculum: outcomes as (code, statement, hours)."""

    subject: str
    title: str
    hours: int
    period: int
    form: AttestationForm
    outcomes: tuple[tuple[str, str, int], ...]


F = AttestationForm
MODULES: tuple[Module, ...] = (
    Module(
        "maths",
        "Алгебра: квадратные корни",
        24,
        1,
        F.CONTROL_WORK,
        (
            ("maths-8-1", "Находить значения квадратных корней и оценивать их", 12),
            ("maths-8-2", "Преобразовывать выражения с корнями", 12),
        ),
    ),
    Module(
        "history",
        "История: Россия при Петре I",
        18,
        1,
        F.ORAL,
        (
            ("history-8-1", "Объяснять причины и итоги преобразований Петра I", 10),
            ("history-8-2", "Работать с историческим источником", 8),
        ),
    ),
    Module(
        "informatics",
        "Информатика: программы и данные",
        30,
        2,
        F.CREDIT_TEST,
        (
            ("informatics-8-1", "Составлять программы с ветвлениями и циклами", 12),
            ("informatics-8-2", "Работать со строками и списками", 8),
            ("informatics-8-3", "Считать в двоичной системе", 4),
            ("informatics-8-4", "Объяснять, как данные идут по сети", 6),
        ),
    ),
    Module(
        "physics",
        "Физика: тепловые явления",
        24,
        2,
        F.CREDIT_TEST,
        (
            ("physics-8-1", "Объяснять теплопередачу на примерах из жизни", 8),
            ("physics-8-2", "Рассчитывать количество теплоты", 10),
            ("physics-8-3", "Измерять температуру и оценивать погрешность", 6),
        ),
    ),
    Module(
        "language",
        "Русский язык: обособленные члены",
        20,
        2,
        F.DICTATION,
        (
            ("language-8-1", "Находить обособленные члены предложения", 8),
            ("language-8-2", "Ставить знаки препинания при обособлении", 12),
        ),
    ),
    Module(
        "biology",
        "Биология: кровь и кровообращение",
        16,
        2,
        F.EXAM,
        (
            ("biology-8-1", "Называть части крови и объяснять их работу", 6),
            ("biology-8-2", "Описывать круги кровообращения", 6),
            ("biology-8-3", "Считать пульс и объяснять, от чего он зависит", 4),
        ),
    ),
    Module(
        "physics",
        "Физика: электричество",
        34,
        3,
        F.CONTROL_WORK,
        (
            ("physics-8-4", "Собирать простые электрические цепи по схеме", 16),
            ("physics-8-5", "Применять закон Ома для участка цепи", 18),
        ),
    ),
    Module(
        "maths",
        "Алгебра: квадратные уравнения",
        42,
        3,
        F.CONTROL_WORK,
        (
            ("maths-8-3", "Решать квадратные уравнения", 24),
            ("maths-8-4", "Составлять уравнение по условию задачи", 18),
        ),
    ),
)

#: The author of each school's curriculum.
AUTHORS = {"school-14": "zimina", "horizon": "vlasova"}


def school_year(today: date) -> tuple[str, list[PeriodView]]:
    """Return the school year around ``today`` (``2026/27``) with its four quarters."""
    first = today.year if today.month >= 9 else today.year - 1
    second = first + 1
    return f"{first}/{second % 100:02d}", [
        PeriodView(1, date(first, 9, 1), date(first, 10, 25)),
        PeriodView(2, date(first, 11, 4), date(first, 12, 27)),
        PeriodView(3, date(second, 1, 11), date(second, 3, 21)),
        PeriodView(4, date(second, 3, 30), date(second, 8, 31)),
    ]


def build(runtime: Runtime, school: DemoSchool) -> None:
    """Write the framework of outcomes once and a curriculum for each school, and put both in force."""
    with runtime.unit_of_work(SYSTEM) as uow:
        framework = service.create_framework(
            uow, org_id=None, code=FRAMEWORK_CODE, title="Планируемые результаты, 8 класс"
        )
        for module in MODULES:
            for code, statement, _hours in module.outcomes:
                service.add_outcome(uow, framework_id=framework.id, code=code, statement=statement, level=2)
        service.publish_framework(uow, framework_id=framework.id)
    ids = outcome_ids(runtime)
    for org, author in AUTHORS.items():
        _write_curriculum(runtime, school, org, author, ids)


def _write_curriculum(
    runtime: Runtime, school: DemoSchool, org: str, author: str, outcomes: dict[str, UUID]
) -> None:
    year, periods = school_year(runtime.clock.now().date())
    with runtime.unit_of_work(school.actor(author)) as uow:
        curriculum = service.create_curriculum(
            uow,
            org_id=school.id(org),
            programme=PROGRAMME,
            title=f"Учебный план, {GRADE} класс",
            grade=GRADE,
            year=year,
            periods=periods,
            weekly_hours_max=Decimal(33),
        )
        for module in MODULES:
            service.add_curriculum_item(
                uow,
                curriculum_id=curriculum.id,
                subject=module.subject,
                title=module.title,
                hours=Decimal(module.hours),
                period=module.period,
                attestation_form=module.form,
                outcomes=[OutcomeShare(outcomes[code], Decimal(hours)) for code, _, hours in module.outcomes],
            )
        service.approve_curriculum(uow, curriculum_id=curriculum.id)


def outcome_ids(runtime: Runtime) -> dict[str, UUID]:
    """Return the outcomes of the demonstration framework by their codes (``informatics-8-1``); none before it is built."""
    with runtime.read() as session:
        known = queries.frameworks_for(session, organisation_ids(session).values())
        outcomes = [
            outcome
            for framework in known
            if framework.code == FRAMEWORK_CODE
            for outcome in queries.framework_view(session, framework.id).outcomes
        ]
    return {outcome.code: outcome.id for outcome in outcomes}
