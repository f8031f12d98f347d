"""A year with a plan of one's own: negotiated on a telephone, three credits of three kinds, one annulled and brought back.

The family acts at the width of a telephone. After each credit plan, journal and profile are read by the people themselves;
the plan is built and one application made by keyboard alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from lms.demo.credit import sonya_certificate
from tests.browser.story import exam, plan, recognition, records
from tests.browser.story.keyboard import Keyboard
from tests.browser.story.recognition import BLOOD, ELECTRICITY, LANGUAGE
from tests.browser.story.stage import Stage
from tests.fixtures.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WISH = "Готовимся по учебнику, § 20–25."


@pytest.fixture(scope="module")
def stage(
    make_site: Callable[..., Site],
    bare_demo_folder: Any,
    demo_logins: dict[str, str],
    browser: Browser,
    overflowing: Callable[[Page], list[str]],
) -> Iterator[Stage]:
    """Start the demo school before anything has happened to its students; nothing may stick out of any page."""
    site = make_site(copy_of=bare_demo_folder)
    partner = recognition.prepare(site)
    site.start()
    made = Stage(site, browser, lambda scenes: browser, demo_logins, (overflowing,))
    made.notes["partner"] = partner
    yield made
    made.close()
    site.stop()


@pytest.fixture(autouse=True)
def no_fault_on_any_page(stage: Stage) -> Iterator[None]:
    """Fail an act for whatever was wrong on a page that somebody saw in it."""
    yield
    faults, stage.faults[:] = list(stage.faults), []
    if faults:
        pytest.fail("\n".join(faults), pytrace=False)


def certificate(number: str) -> bytes:
    return sonya_certificate((datetime.now(tz=UTC) - timedelta(days=70)).date(), number=number)


def heard(stage: Stage) -> None:
    """Wait until everybody who listens has heard the news."""
    waiting = "SELECT count(*) FROM outbox_event WHERE NOT is_done"
    stage.wait_until(lambda: not stage.ask(waiting), "the worker has not passed on all events")


def told(stage: Stage, item: str) -> dict[str, str]:
    """Return what plan, journal and profile say about an item now, as the family reads it on a telephone."""
    heard(stage)
    sonya = stage.on_phone("sonya")
    said = {"plan": records.item_state(sonya, "sonya", item)}
    sonya.open("/journal")
    said["journal"] = sonya.main.inner_text()
    said["profile"] = records.profile_words(sonya, "sonya")
    return said


def test_a_plan_is_built_negotiated_and_signed_on_a_telephone_and_a_mark_closes_an_item(stage: Stage) -> None:
    kim, anna, gromova = stage.person("kim"), stage.on_phone("anna"), stage.person("gromova")
    plan.build_by_keyboard(kim, "Ветрова", "Начнём с циклов.")
    kim.reads("Изучение дома")
    plan.ask_for_change(anna, f"По русскому: {WISH}")
    plan.answer_wish(kim, LANGUAGE, WISH)
    plan.sign(anna)
    plan.approve_by_order(gromova, "84")
    plan.close_item(kim, plan.PHYSICS, "5")
    assert "5" in told(stage, plan.PHYSICS)["plan"]


def test_what_a_partner_sends_under_an_agreement_is_credited_at_once(stage: Stage) -> None:
    anna, gromova = stage.on_phone("anna"), stage.person("gromova")
    recognition.allow_without_people(gromova)
    yesterday = (datetime.now(tz=UTC) - timedelta(days=1)).date()
    recognition.send_result(stage, stage.notes["partner"], yesterday)
    recognition.take_known_result(anna)
    anna.reads("Зачтено автоматически")
    said = told(stage, ELECTRICITY)
    assert "Зачтено" in said["plan"], said["plan"]
    assert "Зачтено, отметка 5" in said["journal"], said["journal"]
    assert ELECTRICITY in said["profile"], said["profile"]


def test_a_short_check_closes_what_a_course_did_not_teach(stage: Stage) -> None:
    anna, office, sonya = stage.on_phone("anna"), stage.person("mironova"), stage.on_phone("sonya")
    recognition.apply_with_certificate(
        anna, item=BLOOD, source="Меридиан", course="Сердце и сосуды", file=certificate("С-12")
    )
    recognition.compare(office, BLOOD)
    office.reads("12 часов из 16")
    recognition.set_check(office)
    heard(stage)
    recognition.sit_check(sonya, stage.person("kim"), BLOOD)
    exam.hand_in(sonya)
    heard(stage)
    recognition.let_check_count(stage, stage.person("frolova"), BLOOD)
    heard(stage)
    recognition.refer(office, BLOOD)
    office.press_main()
    office.reads("16 часов из 16")
    office.press_main()
    for login in ("sokolov", "dyatlov"):
        recognition.vote(stage.person(login), BLOOD, "За")
    belova = stage.person("belova")
    recognition.vote(belova, BLOOD, "За")
    recognition.grant(belova)
    said = told(stage, BLOOD)
    assert "Зачтено" in said["plan"], said["plan"]
    assert "16 часов из 16" in said["journal"], said["journal"]
    assert BLOOD in said["profile"], said["profile"]


def test_a_refusal_is_appealed_and_other_people_grant_a_part(stage: Stage) -> None:
    anna, office, zimina = stage.on_phone("anna"), stage.person("mironova"), stage.person("zimina")
    recognition.apply_by_keyboard(
        Keyboard(anna.page),
        stage.site.url,
        item=LANGUAGE,
        source="Меридиан",
        title="Пунктуация",
        file=certificate("С-20"),
    )
    recognition.compare(office, LANGUAGE)
    office.press_main()
    for login in ("sokolov", "dyatlov", "belova"):
        recognition.vote(stage.person(login), LANGUAGE, "Против", "Программа курса неизвестна.")
    recognition.refuse(stage.person("belova"), "Программа курса неизвестна.", "Приложить программу курса.")
    recognition.send_refusal(office, LANGUAGE)
    before = told(stage, LANGUAGE)
    assert LANGUAGE not in before["journal"]

    recognition.appeal(anna, LANGUAGE, "Программа есть на сайте центра, вот она.")
    recognition.overturn(zimina, LANGUAGE, "Программу не смотрели. Решат другие.")
    recognition.form_other_commission(stage.person("gromova"), "frolova", ("yudin", "gusev"))
    others = [stage.person(login) for login in ("yudin", "gusev", "frolova")]
    for member in others:
        recognition.vote(member, LANGUAGE, "За")
    recognition.decide_again(others[-1], "Программа курса совпадает с темами 1–4.")
    said = told(stage, LANGUAGE)
    assert "16 часов из 20" in said["plan"], said["plan"]
    assert "Зачтено частично" in said["journal"], said["journal"]
    assert "16 из 20" in said["profile"], said["profile"]
    anna.open("/credit")
    anna.follow(LANGUAGE, within=anna.main)
    anna.reads("Программу не смотрели. Решат другие.")


def test_a_credit_is_suspended_and_comes_back_exactly(stage: Stage) -> None:
    gromova = stage.person("gromova")
    before, rows = told(stage, ELECTRICITY), facts(stage)
    recognition.suspend(gromova, ELECTRICITY, "Партнёр проверяет журнал занятий.")
    doubted = told(stage, ELECTRICITY)
    for place, words in doubted.items():
        assert words != before[place], place
        assert "риостановлен" in words, (place, words)
    assert facts(stage) != rows
    recognition.lift(gromova, "Журнал занятий в порядке.")
    assert told(stage, ELECTRICITY) == before
    assert facts(stage) == rows


#: What a credit leaves, and the columns that say when and why something moved, not what holds.
FACTS = (
    "plan_basis_fact",
    "credit_effect",
    "credit_decision",
    "credit_document",
    "outcome_evidence",
    "outcome_level",
)
MOMENTS = {"changed_at", "updated_at", "reason", "revision"}


def facts(stage: Stage) -> dict[str, list[tuple[object, ...]]]:
    """Return every row that rests on credits, byte for byte, but for the moments of change."""
    return {table: stage.rows(table, without=MOMENTS) for table in FACTS}
