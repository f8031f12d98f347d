"""The student's path by keyboard alone: from signing in to the handed-in exam and the profile, without a mouse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.story import exam, identity
from tests.browser.story.keyboard import Keyboard
from tests.browser.story.stage import Stage
from tests.fixtures.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MOST_STEPS = 8


@pytest.fixture
def stage(
    make_site: Callable[..., Site], demo_folder: Path, demo_logins: dict[str, str], browser: Browser
) -> Iterator[Any]:
    """Start a demo school of this test's own; the pages are looked at by other tests."""
    site = make_site(copy_of=demo_folder)
    site.start()
    made = Stage(site, browser, lambda scenes: browser, demo_logins, ())
    yield made
    made.close()
    site.stop()


def test_a_student_does_everything_with_the_keyboard_alone(stage: Stage, browser: Browser) -> None:
    page = browser.new_page(locale="ru-RU", viewport={"width": 1280, "height": 900})
    page.set_default_timeout(30_000)
    keys = Keyboard(page)
    sign_in(keys, stage)
    study(keys)
    answer_the_quiz(keys)
    read_the_plan(keys)
    show_who_i_am(keys, stage)
    sit_the_exam(keys)
    read_the_profile(keys)
    page.close()


def sign_in(keys: Keyboard, stage: Stage) -> None:
    """Jump over the header with the first link, then fill in the form."""
    keys.page.goto(stage.site.url + "/login")
    keys.to("a.skip")
    keys.page.keyboard.press("Enter")
    keys.write("[name=login]", "sonya")
    keys.write("[name=password]", "marshrut-sonya")
    keys.enter("main button[type=submit]")
    expect(keys.page.locator("h1")).to_contain_text("Соня")


def study(keys: Keyboard) -> None:
    """Go on with the course from the home page."""
    keys.enter("main .btn", "Продолжить")
    before = keys.page.locator("h1").inner_text()
    keys.enter("main button.btn", "Прочитано, дальше")
    expect(keys.page.locator("h1")).not_to_have_text(before)


def answer_the_quiz(keys: Keyboard) -> None:
    """Go on to the questions of the course, choose, type, and read what was right."""
    form = keys.page.locator("#answer-form")
    for _ in range(MOST_STEPS):
        if form.count():
            break
        keys.enter("main .lesson__go .btn:not(.btn--quiet)")
    keys.space("#answer-form input[type=radio]")
    keys.space("#answer-form input[type=radio]")
    keys.write("#answer-form input[inputmode=decimal]", "84")
    keys.space("#answer-form input[type=radio]")
    keys.space("#answer-form input[type=checkbox]")
    keys.enter("main button", "Проверить")
    expect(keys.page.locator("main p[role=status]:not([data-save])")).to_contain_text("из 5")
    expect(keys.page.locator("main")).to_contain_text("84 000 Дж, это 84 кДж")  # the reason


def read_the_plan(keys: Keyboard) -> None:
    """Open the plan from the head of the page."""
    keys.enter("nav a", "План")
    assert keys.page.url.endswith("/plan")
    expect(keys.page.locator("h1")).to_be_visible()


def show_who_i_am(keys: Keyboard, stage: Stage) -> None:
    """Choose a teacher who knows me; the teacher confirms it in another browser."""
    keys.enter("nav a", "Экзамены")
    keys.enter("main .btn", "Подготовиться")
    keys.enter("main a", "Подтверди, что это ты")
    keys.space("[name=method]")
    for _ in range(5):
        if keys.page.locator("[name=method][value=known_teacher]").is_checked():
            break
        keys.page.keyboard.press("ArrowDown")
    keys.enter("main button[type=submit]", "Дальше")
    identity.confirm_by_question(stage.person("kim"), "sonya")
    ready = keys.page.locator("main .btn", has_text="К экзамену")
    expect(ready).to_be_visible(timeout=identity.LONGEST_POLL_MS)  # the page that waits shows itself anew
    keys.page.wait_for_load_state()
    keys.enter("main .btn", "К экзамену")


def sit_the_exam(keys: Keyboard) -> None:
    """Start, answer by arrows, space and typing, look over everything and hand in."""
    page = keys.page
    keys.enter("main .btn")
    keys.enter("main button", "Начать")
    expect(page.locator("[data-exam][data-ready=yes]")).to_be_attached(timeout=exam.SAVE_MS)
    for slot in range(1, exam.COUNT + 1):
        expect(page.locator("h1")).to_contain_text(f"Вопрос {slot} ", timeout=exam.SAVE_MS)
        answer_by_keyboard(keys)
        expect(page.locator("[data-save-text]")).to_contain_text(exam.SAVED, timeout=exam.SAVE_MS)
        if slot < exam.COUNT:
            keys.to(".exam__go button[value=next]")
            page.keyboard.press("Enter")
    keys.enter("a", "Проверить всё и сдать")
    keys.enter("main a.btn", "Сдать работу")
    expect(page.locator("h1")).to_contain_text("Сдать работу?")
    keys.to("main button", "Да, сдать")
    with page.expect_navigation(url="**/status"):
        page.keyboard.press("Enter")


def answer_by_keyboard(keys: Keyboard) -> None:
    """Answer whatever is asked with what a keyboard has."""
    place = keys.page.locator("[data-answer]")
    for kind in ("radio", "checkbox"):
        if place.locator(f"input[type={kind}]").count():
            keys.space(f"[data-answer] input[type={kind}]")
            return
    if place.locator("select").count():
        for number in range(place.locator("select").count()):
            keys.to("[data-answer] select")
            for _ in range(number + 1):
                keys.page.keyboard.press("ArrowDown")
        return
    keys.write("[data-answer] textarea, [data-answer] input", "72")


def read_the_profile(keys: Keyboard) -> None:
    """Open the profile and the reading settings, which are the first links of every page."""
    keys.enter("nav a, .foot a", "Профиль")
    expect(keys.page.locator("h1")).to_contain_text("профиль")
    keys.to("a.skip", "Версия для слабовидящих")
    with keys.page.expect_navigation():
        keys.page.keyboard.press("Enter")
    keys.to("[name=size]")  # what the support plan promises, 150 %, is chosen already
    keys.page.keyboard.press("ArrowDown")
    keys.enter("main button[type=submit]")
    expect(keys.page.locator("html")).to_have_attribute("data-size", "200")
