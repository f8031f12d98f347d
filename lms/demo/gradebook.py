"""Keep the demonstration's gradebook: a term of biology in class 8 «Б», its works, and the teacher's decisions."""

from __future__ import annotations

from decimal import Decimal

from lms.assessment import service
from lms.assessment.queries.mark_policies import policies_of
from lms.assessment.types import CellKind, MarkScale
from lms.core.runtime import Runtime
from lms.demo.cast import DemoSchool

__all__ = ["TITLE", "build"]

TITLE = "Биология, 8 «Б», I четверть"
STUDENTS = ("sonya", "lev", "mila")
#: Category, its weight, how many of the weakest works do not count, and its works: title, most points, what the students got
#: (in their order): points, «н» absent, «осв» exempt.
WORKS = (
    (
        "Работа на уроке",
        "1",
        1,
        (
            ("Ткани организма", "5", ("5", "4", "осв")),
            ("Скелет и мышцы", "5", ("4", "3", "4")),
            ("Дыхание", "5", ("5", "н", "5")),
        ),
    ),
    (
        "Лабораторные работы",
        "2",
        0,
        (
            ("Клетка под микроскопом", "10", ("9", "6", "осв")),
            ("Пульс до и после нагрузки", "10", ("10", "8", "7")),
        ),
    ),
    ("Контрольные работы", "3", 0, (("Опора и движение", "20", ("18", "11", "15")),)),
)
#: Decisions on the term: the mark, and why it is not the one that is proposed.
DECIDED = {"sonya": ("5", ""), "lev": ("4", "Доделал и защитил доклад о дыхании, пропущенный по болезни.")}


def _entered(text: str) -> service.Entered:
    kind = {"н": CellKind.ABSENT, "осв": CellKind.EXEMPT}.get(text, CellKind.POINTS)
    return service.Entered(kind, Decimal(text) if kind is CellKind.POINTS else None)


def build(runtime: Runtime, school: DemoSchool) -> None:
    """Let the teacher enter a term's works and decide on two of three marks; the third waits."""
    org_id = school.id("school-14")
    with runtime.unit_of_work(school.actor("kim")) as uow:
        policies = policies_of(uow.session, [org_id])
        policy = next(policy for policy in policies if policy.code == MarkScale.FIVE)
        book = service.create_gradebook(
            uow, org_id, title=TITLE, subject="Биология", mark_policy_id=policy.id
        )
        service.seat_students(uow, book, [school.id(login) for login in STUDENTS])
        for title, weight, dropped, works in WORKS:
            category = service.add_category(
                uow, book, title=title, weight=Decimal(weight), drop_lowest=dropped
            )
            for name, most, given in works:
                column = service.add_column(
                    uow, category, title=name, weight=Decimal(1), max_points=Decimal(most)
                )
                found = zip(STUDENTS, map(_entered, given), strict=True)
                service.enter(uow, column, {school.id(login): entered for login, entered in found})
        for login, (mark, reason) in DECIDED.items():
            service.decide_mark(uow, book, school.id(login), mark, reason=reason)
