"""The family's week: what it says, to whom, and its letter, which goes out once; cards that want to be repeated."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from lms.core.actor import SYSTEM
from lms.core.clock import FixedClock
from lms.core.runtime import Runtime
from lms.courses import queries, service
from lms.courses.types import NewBlock, NewSection
from lms.demo.cast import DemoSchool, load_cast
from lms.home.letters import WEEK, tell_families
from lms.people.models import Account, Notice
from tests.integration.test_course_pages import signed_in
from tests.integration.test_courses import blocks_of, enrol, publish, write

FRIDAY = datetime(2026, 11, 13, 14, tzinfo=UTC)


@pytest.fixture
def school(runtime: Runtime, prepared_cast: None) -> DemoSchool:
    return load_cast(runtime)


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    """Have a mail server that nobody asks: letters only wait."""
    return {**environment, "LMS_MAIL_HOST": "127.0.0.1", "LMS_MAIL_SENDER": "school@example.org"}


def learn(app: Flask, runtime: Runtime, school: DemoSchool) -> UUID:
    """Go through a lesson, learn two cards, and hand work in; return the course."""
    cards = {"cards": [{"front": "ein Haus", "back": "дом"}, {"front": "ein Baum", "back": "дерево"}]}
    blocks = (
        NewBlock("text", "text", {"markdown": "Текст"}, title="Откуда тень", est_minutes=8),
        NewBlock("cards", "flashcards", cards, title="Слова"),
        NewBlock("task", "assignment", {"task": "Нарисуй тень."}, title="Тень дома"),
    )
    made = write(runtime, school, NewSection("one", "Тени", blocks))
    publish(runtime, school, made)
    enrolment, at = enrol(runtime, school, made), blocks_of(runtime, made)
    page = signed_in(app, "sonya").get(f"/courses/{made}/steps/{at['cards']}").text
    names = set(re.findall(r'name="(b[0-9a-f]{8}\.[0-9a-f]{12})"', page))
    assert len(names) == 2
    with runtime.unit_of_work(school.actor("sonya")) as uow:
        service.complete_step(uow, enrolment, at["text"])
        service.answer_block(uow, enrolment, at["cards"], {name: ["good"] for name in names})
        service.hand_in(uow, enrolment, at["task"], "Готово")
    return made


def test_the_page_says_what_was_done_what_comes_and_what_waits_for_whom(
    app: Flask, runtime: Runtime, school: DemoSchool
) -> None:
    learn(app, runtime, school)
    anna = signed_in(app, "anna")
    assert "/children/week" in anna.get("/children").text
    page = anna.get("/children/week").text
    for words in ("Откуда тень, Слова", "это около 9 минут занятий", "Учитель смотрит «Тень дома»", "из 3"):
        assert words in page, words
    grouped: list[str] = []
    with runtime.read() as session:
        sa.event.listen(session, "do_orm_execute", lambda state: grouped.append(str(state.statement)))
        assert [work.title for work in queries.works_standing(session, school.id("sonya"))] == ["Тень дома"]
    inner = re.search(r"SELECT course_work\.enrolment_id.*?GROUP BY", grouped[0], re.DOTALL)
    assert inner
    assert "person_id" in inner.group(0), "the works of one child are counted, not those of all"
    before = anna.get("/children/week?day=2026-11-04").text
    assert "На этой неделе шагов не было" in before
    assert anna.get("/children/week?day=9999-99-99").status_code == 200
    assert "Соня" not in signed_in(app, "irina").get("/children/week").text
    assert signed_in(app, "kim").get("/children/week").status_code == 403


def test_the_letter_goes_out_once_a_week_to_those_who_want_it_and_may_read_it(
    app: Flask,
    runtime: Runtime,
    school: DemoSchool,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    learn(app, runtime, school)

    def told() -> list[UUID]:
        tell_families(runtime)
        with runtime.read() as session:
            rows = sa.select(Notice.person_id).where(Notice.kind == WEEK).order_by(Notice.id)
            return list(session.scalars(rows))

    def look_while_others_write(session: Session) -> list[UUID]:
        with runtime.unit_of_work(SYSTEM) as uow:
            uow.session.execute(sa.update(Account).values(wants_letters=Account.wants_letters))
        return queries.learners(session)

    monkeypatch.setattr("lms.home.letters.learners", look_while_others_write)

    assert told() == [], "before Friday nothing is told"
    clock.move_to(FRIDAY)
    assert told() == [school.id("anna")]
    assert told() == [school.id("anna")]
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(
            sa.update(Account).where(Account.person_id == school.id("anna")).values(wants_letters=False)
        )
    clock.move_to(FRIDAY + timedelta(days=7))
    assert told() == [school.id("anna")], "who wants no letters gets none"


def test_cards_stand_on_the_first_page_when_they_are_about_to_be_forgotten(
    app: Flask, runtime: Runtime, school: DemoSchool, clock: FixedClock
) -> None:
    made = learn(app, runtime, school)
    with runtime.read() as session:
        assert queries.cards_due(session, school.id("sonya"), clock.now()) == []
    clock.move_to(clock.now() + timedelta(days=20))
    sonya = signed_in(app, "sonya")
    page = sonya.get("/home").text
    assert "Повтори 2 карточки" in page
    found = re.search(rf"/courses/{made}/steps/[0-9a-f-]+\?again=1", page)
    assert found
    assert "ein Haus" in sonya.get(found.group(0)).text
