"""Write three courses of the demonstration school and let its students begin them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from lms.core.runtime import Runtime
from lms.core.uow import UnitOfWork
from lms.courses import queries, service
from lms.courses.types import (
    EnrolmentGround,
    EnrolmentMode,
    GateCondition,
    GateKind,
    NewBlock,
    NewCourse,
    NewSection,
)
from lms.demo.cast import DemoSchool
from lms.demo.content import biology, network, physics
from lms.demo.curriculum import outcome_ids

__all__ = ["PHYSICS", "build", "course_id"]

MEDIA = Path(__file__).parent / "media"
PHYSICS = "Физика: тепловые явления"
BIOLOGY = "Биология: кровь и кровообращение"
NETWORK = "Информатика: как данные идут по сети"


def course_id(runtime: Runtime, school: DemoSchool, title: str) -> UUID:
    """Return the id of a demo course by its title."""
    with runtime.read() as session:
        return next(c.id for c in queries.catalogue(session, [school.id("school-14")]) if c.title == title)


def build(runtime: Runtime, school: DemoSchool, *, lived: bool = True) -> None:
    """Write and publish the courses as the teacher; let Lev begin one and, when ``lived``, Sonya two."""
    outcomes = outcome_ids(runtime)
    with runtime.unit_of_work(school.actor("kim")) as uow:
        heat = _physics(uow, school, outcomes)
        blood = _biology(uow, school, outcomes)
        _network(uow, school, outcomes)
        service.enrol(uow, school.id("lev"), heat, EnrolmentGround.TEACHER)
        for course in (heat, blood) if lived else ():
            service.enrol(uow, school.id("sonya"), course, EnrolmentGround.TEACHER)
    _take_steps(runtime, school, "lev", heat, 1)
    if lived:
        _take_steps(runtime, school, "sonya", heat, 2)


def _take_steps(runtime: Runtime, school: DemoSchool, login: str, course: UUID, count: int) -> None:
    """Let a student go through the first steps of a course."""
    with runtime.read() as session:
        enrolment = queries.enrolment_of(session, school.id(login), course)
        assert enrolment is not None
        steps = queries.outline(session, course, enrolment).steps[:count]
    with runtime.unit_of_work(school.actor(login)) as uow:
        for step in steps:
            service.complete_step(uow, enrolment.id, step.id)


def _to(outcomes: dict[str, UUID], *codes: str) -> tuple[UUID, ...]:
    """Return the outcomes that a block leads to; codes of another curriculum are left out."""
    return tuple(outcomes[code] for code in codes if code in outcomes)


def _media(uow: UnitOfWork, course: UUID, name: str) -> str:
    return str(service.add_media(uow, course, (MEDIA / name).read_bytes(), name).id)


def _text(key: str, title: str, markdown: str, minutes: int, **more: Any) -> NewBlock:
    return NewBlock(key, "text", {"markdown": markdown}, title, est_minutes=minutes, **more)


def _physics(uow: UnitOfWork, school: DemoSchool, outcomes: dict[str, UUID]) -> UUID:
    org = school.id("school-14")
    course = service.create_course(uow, NewCourse(org, PHYSICS, "physics", physics.SUMMARY, 8))
    molecules, ways = _media(uow, course, "molecules.svg"), _media(uow, course, "three-ways.svg")
    service.add_section(
        uow,
        course,
        NewSection(
            "warmth",
            "Температура и тепло",
            (
                _text("kettle", "Почему вода в чайнике греется дольше ложки", physics.KETTLE, 3),
                _text("inside", "Что меняется внутри", physics.INSIDE, 3),
                NewBlock(
                    "molecules",
                    "picture",
                    {"media": molecules, **physics.MOLECULES},
                    est_minutes=1,
                    with_previous=True,
                ),
                _text(
                    "ways",
                    "Три способа передать тепло",
                    physics.WAYS,
                    4,
                    outcomes=_to(outcomes, "physics-8-1"),
                ),
                NewBlock(
                    "ways-picture", "picture", {"media": ways, **physics.WAYS_PICTURE}, with_previous=True
                ),
            ),
            physics.WARMTH,
        ),
    )
    service.add_section(uow, course, _heat_section(uow, course, _to(outcomes, "physics-8-2")))
    service.add_section(
        uow,
        course,
        NewSection(
            "states",
            "Когда лёд тает, а вода кипит",
            (
                _text("melting", "Почему термометр замирает", physics.MELTING, 4),
                NewBlock("melting-formula", "formula", physics.MELTING_FORMULA, with_previous=True),
                _text("boiling", "Кипение", physics.BOILING, 4),
                NewBlock(
                    "experiment",
                    "text",
                    {"markdown": physics.EXPERIMENT, "explicit": True},
                    "Проверь дома",
                    _to(outcomes, "physics-8-3"),
                    est_minutes=15,
                ),
            ),
            physics.STATES,
            (GateCondition("heat", GateKind.SCORE, Decimal("0.6")),),
        ),
    )
    service.publish_course(uow, course)
    return course


def _heat_section(uow: UnitOfWork, course: UUID, outcomes: tuple[UUID, ...]) -> NewSection:
    film = {
        "sources": [{"media": _media(uow, course, "two-pots.webm"), "type": "video/webm"}],
        "captions": [
            {"media": _media(uow, course, "two-pots.ru.vtt"), "language": "ru", "label": "Русские субтитры"}
        ],
        "poster": _media(uow, course, "two-pots.webp"),
        "transcript": physics.FILM_TRANSCRIPT,
        "duration_s": 18,
    }
    blocks = (
        NewBlock("film", "video", film, "Опыт: две кастрюли, одинаковые горелки", est_minutes=2),
        _text("film-after", "", physics.AFTER_FILM, 1, with_previous=True),
        _text("formula-text", "Формула количества теплоты", physics.FORMULA_TEXT, 3),
        NewBlock("formula", "formula", physics.FORMULA, est_minutes=2, with_previous=True),
        _text("table", "", physics.HEAT_TABLE, 1, with_previous=True),
        _text("example", "Решим вместе", physics.EXAMPLE, 4, outcomes=outcomes),
        NewBlock("quiz", "practice_quiz", physics.QUIZ, "Пять вопросов на пробу", outcomes, est_minutes=8),
    )
    return NewSection("heat", "Сколько нужно тепла", blocks, physics.HEAT, (GateCondition("warmth"),))


def _biology(uow: UnitOfWork, school: DemoSchool, outcomes: dict[str, UUID]) -> UUID:
    org = school.id("school-14")
    course = service.create_course(uow, NewCourse(org, BIOLOGY, "biology", biology.SUMMARY, 8))
    service.add_section(
        uow,
        course,
        NewSection(
            "blood",
            "Из чего состоит кровь",
            (
                _text("plasma", "Плазма и клетки", biology.PLASMA, 4, outcomes=_to(outcomes, "biology-8-1")),
                _text("groups", "Зачем крови группы", biology.GROUPS, 3),
            ),
        ),
    )
    service.add_section(
        uow,
        course,
        NewSection(
            "circles",
            "Два круга кровообращения",
            (
                _text("heart", "Сердце: два насоса рядом", biology.HEART, 4),
                _text(
                    "circles",
                    "Большой и малый круг",
                    biology.CIRCLES,
                    4,
                    outcomes=_to(outcomes, "biology-8-2"),
                ),
                NewBlock(
                    "pulse",
                    "text",
                    {"markdown": biology.PULSE, "explicit": True},
                    "Измерь свой пульс",
                    _to(outcomes, "biology-8-3"),
                    est_minutes=10,
                ),
            ),
            gate=(GateCondition("blood"),),
        ),
    )
    service.publish_course(uow, course)
    return course


def _network(uow: UnitOfWork, school: DemoSchool, outcomes: dict[str, UUID]) -> UUID:
    org = school.id("school-14")
    new = NewCourse(org, NETWORK, "informatics", network.SUMMARY, 8, mode=EnrolmentMode.OPEN)
    course = service.create_course(uow, new)
    service.add_section(
        uow,
        course,
        NewSection(
            "packets",
            "Письмо по кусочкам",
            (
                _text(
                    "packets",
                    "Что такое пакет",
                    network.PACKETS,
                    4,
                    outcomes=_to(outcomes, "informatics-8-4"),
                ),
                _text("address", "Адреса и маршрутизаторы", network.ADDRESS, 5),
                _text("names", "Имена вместо чисел", network.NAMES, 3),
            ),
        ),
    )
    service.publish_course(uow, course)
    return course
