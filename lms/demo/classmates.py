"""Let class 8 «А» have sat a physics test: works, marks, statistics of its questions, a gradebook, two appeals.

Sonya, who learns at home, has sat a work of her own with the same questions: her digital profile begins with it.

Everything happened on earlier days of the school year, so that lists and charts show days like those of a school.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from lms.assessment import queries, service
from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.queries.exams import results_of_attempt
from lms.assessment.queries.mark_policies import policies_of
from lms.assessment.service import Plan, PlannedItem, Section
from lms.assessment.service.contents import questions_of
from lms.assessment.types import (
    CellKind,
    MarkScale,
    MarkStatus,
    Operation,
    OperationKind,
    SessionKind,
    SignIn,
)
from lms.core import outbox
from lms.core.actor import SYSTEM
from lms.core.clock import FixedClock
from lms.core.ids import new_id
from lms.core.runtime import Runtime
from lms.core.uow import UnitOfWork
from lms.demo.cast import DemoSchool
from lms.demo.content.heat_exam import QUESTIONS
from lms.people import service as people
from lms.people.types import AdmissionGround, AssignmentKind

__all__ = ["build", "earlier"]

SCHOOL, TEACHER, HEAD = "school-14", "kim", "gromova"
TITLE, BOOK = "Физика: тепло, контрольная", "Физика, 8 «А», I полугодие"
HOME_TITLE, HOME_ANSWERS = "Физика: тепло, вводная работа", "+++-+"
#: Family name, given name, which of the five questions were answered rightly (+), wrongly (−) or not at all (0), and what the
#: lesson before was worth («н»: absent).
CLASS = (
    ("Абрамов", "Глеб", "+++++", "5"),
    ("Белкина", "Варвара", "++++-", "5"),
    ("Воронцова", "Алиса", "+++-+", "4"),
    ("Гаврилов", "Иван", "++-+-", "4"),
    ("Давыдова", "Полина", "+++-0", "4"),
    ("Егоров", "Матвей", "+-+--", "3"),
    ("Жданова", "Кира", "+++++", "5"),
    ("Зуев", "Степан", "+-0--", "3"),
    ("Игнатова", "Ульяна", "++++-", "н"),
    ("Калинин", "Роман", "--+--", "2"),
    ("Лапина", "Милана", "++-++", "4"),
    ("Маслов", "Тихон", "+++--", "3"),
)
#: How many days ago the class sat, the marks were given, and the two appeals came; the first one was answered the day after.
SAT, RELEASED, APPEALED, APPEALED_AGAIN = 8, 6, 5, 2


@contextmanager
def earlier(runtime: Runtime, days: float) -> Iterator[Runtime]:
    """Give the installation as it was so many days ago, but not before the school year: what is done then is dated then."""
    now = runtime.clock.now()
    moment = max(now - timedelta(days=days), _year_start(now) + timedelta(minutes=_order(days)))
    past = Runtime(runtime.settings, runtime.features, clock=FixedClock(min(moment, now)))
    try:
        yield past
    finally:
        past.dispose()


def _year_start(now: datetime) -> datetime:
    """Return eight in the morning of the first of September."""
    year = now.year if now.month >= 9 else now.year - 1
    return now.replace(year=year, month=9, day=1, hour=8, minute=0, second=0, microsecond=0)


def _order(days: float) -> float:
    """Keep what happened in order in the first days of a school year, too."""
    return max(0.0, 365 - days)


def build(runtime: Runtime, school: DemoSchool) -> None:
    """Register the class, let it sit, mark, enter, appeal: each on its day."""
    with earlier(runtime, 60) as past:
        students = _register(past, school)
    with earlier(runtime, SAT) as past:
        then = DemoSchool(school.ids, past)
        said = [(_login(number), row[2]) for number, row in enumerate(CLASS, start=1)]
        session_id, attempts = _sit(past, then, TITLE, said)
        _session, at_home = _sit(past, then, HOME_TITLE, [("sonya", HOME_ANSWERS)])
    with earlier(runtime, RELEASED) as past:
        _release(past, DemoSchool(school.ids, past), [*attempts, *at_home])
        _keep_book(past, DemoSchool(school.ids, past), students, session_id)
    for days, number, slot, words, answer in (
        (
            APPEALED,
            3,
            3,
            "Мой способ тоже верный.",
            "Способ верный, но спрашивали о другом: отметка остаётся.",
        ),
        (APPEALED_AGAIN, 2, 4, "Я округлила в конце, как в учебнике. Посмотрите, пожалуйста, ещё раз.", ""),
    ):
        _appeal(runtime, school, days, students[number], attempts[number], slot, words, answer)


def _register(runtime: Runtime, school: DemoSchool) -> list[UUID]:
    """Register the class, taught physics by the teacher; return its people."""
    org_id, today = school.id(SCHOOL), runtime.clock.now().date()
    with runtime.unit_of_work(SYSTEM) as uow:
        class_id = people.create_class(uow, org_id=org_id, grade=8, label="8 «А»")
        return [
            _student(uow, school, class_id, number, family, given, today)
            for number, (family, given, *_work) in enumerate(CLASS, start=1)
        ]


def _student(
    uow: UnitOfWork, school: DemoSchool, class_id: UUID, number: int, family: str, given: str, today: date
) -> UUID:
    org_id, born = school.id(SCHOOL), date(today.year - 14, 1 + number % 12, 1 + number)
    person_id = people.create_person(uow, family_name=family, given_name=given, birth_date=born)
    login = _login(number)
    people.create_account(uow, person_id=person_id, login=login, password=f"marshrut-{login}")
    people.admit_student(
        uow,
        person_id=person_id,
        org_id=org_id,
        ground=AdmissionGround.CLASS,
        grade=8,
        class_id=class_id,
        valid_from=today,
    )
    people.assign_staff(
        uow,
        staff_id=school.id(TEACHER),
        student_id=person_id,
        org_id=org_id,
        kind=AssignmentKind.TEACHES,
        subject="physics",
    )
    school.ids[login] = person_id
    return person_id


def _login(number: int) -> str:
    return f"class-a-{number}"


def _sit(
    runtime: Runtime, school: DemoSchool, title: str, said: list[tuple[str, str]]
) -> tuple[UUID, list[UUID]]:
    """Open a session and let everybody sit it (login, answers as in `CLASS`); return the session and the attempts."""
    org_id, now = school.id(SCHOOL), runtime.clock.now()
    with runtime.unit_of_work(school.actor(TEACHER)) as uow:
        found = next(
            b for b in queries.blueprints_of(uow.session, [org_id]) if b.title == "Физика: тепловые явления"
        )
        items = queries.blueprint_view(uow.session, found.id).plan.items
        plan = Plan(
            (Section("", tuple(PlannedItem(item.item_version_id, item.points) for item in items)),),
            base_minutes=20,
            supervision={"level": 0, "monitoring": "none"},
        )
        version = service.create_blueprint(uow, org_id=org_id, title=title, subject="physics", plan=plan)
        window = (now - timedelta(minutes=30), now + timedelta(days=1))
        session_id = service.create_session(
            uow, org_id, SessionKind.CURRENT, version, *window, title=title, venue="Кабинет 21"
        )
        entries = [service.admit(uow, session_id, school.id(login)).id for login, _answers in said]
    attempts = [
        _attempt(runtime, school, login, answers, entry)
        for (login, answers), entry in zip(said, entries, strict=True)
    ]
    outbox.drain(runtime)
    return session_id, attempts


def _attempt(runtime: Runtime, school: DemoSchool, login: str, said: str, entry_id: UUID) -> UUID:
    """Let a student answer as said (see `CLASS`), in one piece, and hand in."""
    types, by_prompt = runtime.registries.of(QUESTION_TYPES), {q.content["prompt"]: q for q in QUESTIONS}
    with runtime.unit_of_work(school.actor(login)) as uow:
        attempt_id = service.start_attempt(uow, entry_id).id
        asked = questions_of(uow.session, attempt_id)
    operations = list[Operation]()
    for item, sign in zip(asked, said, strict=True):
        status = {"+": MarkStatus.RIGHT, "-": MarkStatus.WRONG}.get(sign)
        tests = by_prompt[item.version.content["prompt"]].tests
        answer = next((t.answer for t in tests if t.status is status and t.answer is not None), None)
        if answer is not None:
            kind = types.get(item.version.type)
            fields = dict(kind.fields_for(item.version.content, item.variant_seed, answer))
            payload = {"fields": fields}
            operations.append(Operation(new_id(), OperationKind.ANSWER, item.slot, payload, len(operations)))
    with runtime.unit_of_work(SYSTEM) as uow:
        signed = people.sign_in(uow, login, f"marshrut-{login}")
    sign_in = SignIn(signed.person_id, signed.account_id, signed.session_id, signed.epoch)
    service.save_operations(runtime, sign_in, attempt_id, operations, runtime.clock.now())
    with runtime.unit_of_work(school.actor(login)) as uow:
        service.submit_attempt(uow, attempt_id)
    return attempt_id


def _release(runtime: Runtime, school: DemoSchool, attempts: list[UUID]) -> None:
    """Let the teacher announce the results."""
    with runtime.unit_of_work(school.actor(TEACHER)) as uow:
        for attempt_id in attempts:
            (result,) = results_of_attempt(uow.session, attempt_id, as_staff=True)
            service.release_result(uow, result.id)
    outbox.drain(runtime)


def _keep_book(runtime: Runtime, school: DemoSchool, students: list[UUID], session_id: UUID) -> None:
    """Keep the class's gradebook: a lesson marked by hand, and the test whose results appear by themselves."""
    org_id = school.id(SCHOOL)
    with runtime.unit_of_work(school.actor(TEACHER)) as uow:
        policy = next(p for p in policies_of(uow.session, [org_id]) if p.code == MarkScale.FIVE)
        book = service.create_gradebook(uow, org_id, title=BOOK, subject="Физика", mark_policy_id=policy.id)
        service.seat_students(uow, book, students)
        lessons = service.add_category(uow, book, title="Работа на уроке", weight=Decimal(1), drop_lowest=0)
        tests = service.add_category(uow, book, title="Контрольные", weight=Decimal(3), drop_lowest=0)
        column = service.add_column(
            uow, lessons, title="Опыт: тепло и работа", weight=Decimal(1), max_points=Decimal(5)
        )
        service.add_column(
            uow, tests, title=TITLE, weight=Decimal(1), max_points=Decimal(10), session_id=session_id
        )
        entered = {
            person_id: service.Entered(CellKind.ABSENT, None)
            if mark == "н"
            else service.Entered(CellKind.POINTS, Decimal(mark))
            for person_id, (*_who, mark) in zip(students, CLASS, strict=True)
        }
        service.enter(uow, column, entered)


def _appeal(
    runtime: Runtime,
    school: DemoSchool,
    days: int,
    person_id: UUID,
    attempt_id: UUID,
    slot: int,
    words: str,
    answer: str,
) -> None:
    """Let a student appeal against the mark of a question; with an ``answer`` the director gives it the day after."""
    login = next(name for name, known in school.ids.items() if known == person_id)
    with earlier(runtime, days) as past:
        with past.unit_of_work(DemoSchool(school.ids, past).actor(login)) as uow:
            item = questions_of(uow.session, attempt_id)[slot - 1]
            appeal_id = service.file_appeal(uow, attempt_id, {item.id: words}).id
        outbox.drain(past)
    if answer:
        with earlier(runtime, days - 1) as past:
            with past.unit_of_work(DemoSchool(school.ids, past).actor(HEAD)) as uow:
                service.decide_appeal(uow, appeal_id, {item.id: service.Reply(answer)}, answer)
            outbox.drain(past)
