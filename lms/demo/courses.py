"""Write the courses of the demonstration school and let its students begin them."""

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
from lms.demo.content import biology, equations, network, physics, safety, sentences
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
        _equations(uow, school, outcomes)
        _sentences(uow, school, outcomes)
        _safety(uow, school)
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


def _picture(key: str, media: str, words: dict[str, Any]) -> NewBlock:
    """Return a picture on the page of the step before it."""
    return NewBlock(key, "picture", {"media": media, **words}, with_previous=True)


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
                _picture("molecules", molecules, physics.MOLECULES),
                _text(
                    "ways",
                    "Три способа передать тепло",
                    physics.WAYS,
                    4,
                    outcomes=_to(outcomes, "physics-8-1"),
                ),
                _picture("ways-picture", ways, physics.WAYS_PICTURE),
                NewBlock("ways-talk", "discussion", physics.WAYS_TALK, "Обсудим", with_previous=True),
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
                _text("melting-example", "", physics.MELTING_EXAMPLE, 1, with_previous=True),
                _text("boiling", "Кипение", physics.BOILING, 4),
                _quiz("states-quiz", "Проверь себя", physics.STATES_QUIZ, 4),
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
        "chapters": _media(uow, course, "two-pots.chapters.ru.vtt"),
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


def _quiz(key: str, title: str, content: dict[str, Any], minutes: int, **more: Any) -> NewBlock:
    return NewBlock(key, "practice_quiz", content, title, est_minutes=minutes, **more)


def _task(key: str, title: str, markdown: str, minutes: int, **more: Any) -> NewBlock:
    """Return something to do away from the screen."""
    content = {"markdown": markdown, "explicit": True}
    return NewBlock(key, "text", content, title, est_minutes=minutes, **more)


def _assignment(
    key: str, title: str, task: str, criteria: str, minutes: int, outcomes: tuple[UUID, ...], peers: str = ""
) -> NewBlock:
    """Return work that a teacher looks at, and so many classmates before."""
    content = {"task": task, "criteria": criteria.strip()}
    if peers:
        content |= {"peers": peers, "peer_days": "5"}
    return NewBlock(key, "assignment", content, title, outcomes, est_minutes=minutes)


def _words(key: str, content: dict[str, Any], **more: Any) -> NewBlock:
    return NewBlock(key, "glossary", content, "Слова урока", est_minutes=2, **more)


def _with_picture(
    uow: UnitOfWork, course: UUID, section: str, place: int, name: str, words: dict[str, Any]
) -> None:
    """Put a picture on the page of the step that stands before ``place``."""
    picture = NewBlock(
        f"picture-{name.removesuffix('.svg')}",
        "picture",
        {"media": _media(uow, course, name), **words},
        with_previous=True,
    )
    block = service.add_block(uow, course, section, picture)
    service.move_block(uow, course, block, section, place)


def _begin(uow: UnitOfWork, new: NewCourse, *sections: NewSection) -> UUID:
    course = service.create_course(uow, new)
    for section in sections:
        service.add_section(uow, course, section)
    return course


def _equations(uow: UnitOfWork, school: DemoSchool, outcomes: dict[str, UUID]) -> None:
    e, solving, composing = equations, _to(outcomes, "maths-8-3"), _to(outcomes, "maths-8-4")
    new = NewCourse(school.id("school-14"), e.TITLE, "maths", e.SUMMARY, 8, mode=EnrolmentMode.OPEN)
    meet = NewSection(
        "meet",
        "Знакомство",
        (
            _text("garden", "Грядка на сорок квадратных метров", e.GARDEN, 4),
            _text("shape", "Как узнать квадратное уравнение", e.SHAPE, 5, outcomes=solving),
            _words("terms", e.TERMS, with_previous=True),
            _text("partial", "Когда формула не нужна", e.PARTIAL, 5, outcomes=solving),
            _quiz("meet-quiz", "Проверь себя", e.MEET_QUIZ, 5, outcomes=solving),
        ),
        e.MEET,
    )
    solve = NewSection(
        "solve",
        "Дискриминант и корни",
        (
            _text("cases", "Сколько корней ждать", e.CASES, 3),
            NewBlock("discriminant", "formula", e.DISCRIMINANT, with_previous=True),
            _text("example", "Решим вместе", e.EXAMPLE, 6, outcomes=solving),
            NewBlock("roots", "formula", e.ROOTS, with_previous=True),
            _text("why", "Откуда взялась формула", e.WHY, 6, outcomes=solving),
            _text("vieta", "Проверка за десять секунд", e.VIETA, 5, outcomes=solving),
            NewBlock("squares", "flashcards", e.SQUARES, "Квадраты, которые стоит помнить", est_minutes=5),
            _quiz("solve-quiz", "Пять уравнений", e.SOLVE_QUIZ, 12, outcomes=solving),
        ),
        e.SOLVE,
        (GateCondition("meet"),),
    )
    tasks = NewSection(
        "tasks",
        "От задачи к уравнению",
        (
            _text("steps", "Четыре шага", e.STEPS, 5, outcomes=composing),
            _assignment("notebook", "Три задачи в тетради", e.NOTEBOOK, e.CRITERIA, 25, composing),
            _quiz("tasks-quiz", "Последняя проверка", e.TASKS_QUIZ, 8, outcomes=composing),
        ),
        e.TASKS,
        (GateCondition("solve", GateKind.SCORE, Decimal("0.6")),),
    )
    course = _begin(uow, new, meet, solve, tasks)
    _with_picture(uow, course, "meet", 2, "garden.svg", e.GARDEN_PICTURE)
    service.publish_course(uow, course)


def _sentences(uow: UnitOfWork, school: DemoSchool, outcomes: dict[str, UUID]) -> None:
    s, finding, marking = sentences, _to(outcomes, "language-8-1"), _to(outcomes, "language-8-2")
    new = NewCourse(school.id("school-14"), s.TITLE, "language", s.SUMMARY, 8, mode=EnrolmentMode.OPEN)
    idea = NewSection(
        "idea",
        "Что такое обособление",
        (
            _text("listen", "Прочитай вслух", s.LISTEN, 4, outcomes=finding),
            _words("terms", s.TERMS),
        ),
        s.IDEA,
    )
    participle = NewSection(
        "participle",
        "Причастный оборот",
        (
            _text("rule", "До слова или после", s.RULE, 6, outcomes=marking),
            _quiz("participle-quiz", "Где запятая", s.PARTICIPLE_QUIZ, 6, outcomes=marking),
        ),
        s.PARTICIPLE,
        (GateCondition("idea"),),
    )
    gerund = NewSection(
        "gerund",
        "Деепричастный оборот",
        (
            _text("gerund-rule", "Где бы он ни стоял", s.GERUND_RULE, 6, outcomes=marking),
            _quiz("gerund-quiz", "Пять предложений", s.GERUND_QUIZ, 7, outcomes=marking),
            _assignment("notebook", "Охота за оборотами", s.NOTEBOOK, s.CRITERIA, 20, finding, peers="2"),
        ),
        s.GERUND,
        (GateCondition("participle", GateKind.SCORE, Decimal("0.6")),),
    )
    course = _begin(uow, new, idea, participle, gerund)
    _with_picture(uow, course, "participle", 2, "clauses.svg", s.SCHEME_PICTURE)
    service.publish_course(uow, course)


def _safety(uow: UnitOfWork, school: DemoSchool) -> None:
    s = safety
    new = NewCourse(school.id("school-14"), s.TITLE, "informatics", s.SUMMARY, 8, mode=EnrolmentMode.OPEN)
    passwords = NewSection(
        "passwords",
        "Пароли",
        (
            _text("length", "Почему длина важнее значков", s.LENGTH, 4),
            _text("habits", "Четыре привычки", s.HABITS, 3),
            _quiz("passwords-quiz", "Проверь себя", s.PASSWORDS_QUIZ, 4),
        ),
        s.PASSWORDS,
    )
    tricks = NewSection(
        "tricks",
        "Письма-ловушки",
        (
            _text("phishing", "Четыре признака обмана", s.PHISHING, 5),
            _task("action", "Что делать и как проверить", s.ACTION, 10),
            _quiz("tricks-quiz", "Узнай ловушку", s.TRICKS_QUIZ, 5),
        ),
        s.TRICKS,
        (GateCondition("passwords"),),
    )
    traces = NewSection(
        "traces",
        "Что о тебе видно",
        (
            _text("personal", "Портрет из мелочей", s.PERSONAL, 4),
            NewBlock("talk", "discussion", s.PERSONAL_TALK, "Обсудим", with_previous=True),
            NewBlock("cards", "flashcards", s.CARDS, "Слова, которые пригодятся", est_minutes=4),
            _task("review", "Ревизия", s.REVIEW, 20),
        ),
        s.TRACES,
        (GateCondition("tricks"),),
    )
    course = _begin(uow, new, passwords, tricks, traces)
    _with_picture(uow, course, "tricks", 2, "letter.svg", s.LETTER_PICTURE)
    service.publish_course(uow, course)
