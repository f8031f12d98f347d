"""A teacher writes a course by keyboard, is stopped by the checker, mends and publishes; a student hands work in."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_keyboard import Keyboard
from tests.fixtures.site import Site

pytestmark = pytest.mark.browser

NARROW = {"width": 320, "height": 800}


def signed_in(browser: Browser, arguments: dict[str, Any], site: Site, login: str, password: str) -> Page:
    page = browser.new_context(**arguments).new_page()
    page.goto(f"{site.url}/login")
    page.fill("[name=login]", login)
    page.fill("[name=password]", password)
    with page.expect_navigation():
        page.click("form.form button")
    return page


def photograph() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (300, 200), "#dde").save(made, "JPEG")
    return made.getvalue()


def write_a_course(page: Page, keys: Keyboard, url: str) -> str:
    """Begin a course, write a step whose headings skip a level and an assignment; return the page of the draft."""
    page.goto(f"{url}/courses/new")
    keys.write("[name=title]", "Тени")
    keys.to("[name=subject]")
    page.keyboard.press("ArrowDown")
    keys.to("[name=mode]")
    page.keyboard.press("ArrowDown")
    keys.enter("main button", "Начать")
    draft = page.url
    keys.write("[name=title]", "Откуда тень")
    keys.write("[name=steps]", "## Свет и тень\n# Свет\n\n### Тень\n\nТень там, куда свет не попал.")
    keys.enter("main button", "Добавить раздел")
    keys.enter("main a", "Добавить шаг")
    keys.enter("main a", "Задание")
    keys.write("[name=title]", "Тень дома")
    keys.write("[name=task]", "Сфотографируй тень своей чашки.")
    keys.enter("main button", "Сохранить и посмотреть")
    expect(page.locator("main")).to_contain_text("Сфотографируй тень")
    return draft


def mend_and_publish(page: Page, keys: Keyboard, draft: str) -> None:
    """Be stopped by the checker, go where it leads, mend and publish."""
    page.goto(draft)
    keys.enter("main button", "Опубликовать")
    expect(page.locator("aside")).to_contain_text("перескакивает уровень")
    keys.enter("aside a", "Свет и тень")
    keys.to("[name=markdown]")
    page.keyboard.press("Control+A")
    page.keyboard.type("# Свет\n\n## Тень\n\nТень там, куда свет не попал.")
    keys.enter("main button", "Сохранить и посмотреть")
    page.goto(draft)
    keys.enter("main button", "Опубликовать")
    expect(page.locator("main")).to_contain_text("опубликован")


def test_a_course_is_written_by_keyboard_mended_published_and_learnt(
    make_site: Callable[..., Site],
    demo_folder: Any,
    demo_logins: dict[str, str],
    browser: Browser,
    browser_context_args: dict[str, Any],
    accessibility_faults: Callable[[Page], list[str]],
    overflowing: Callable[[Page], list[str]],
) -> None:
    site = make_site(copy_of=demo_folder)
    site.start()
    try:
        kim = signed_in(browser, browser_context_args, site, "kim", demo_logins["kim"])
        keys = Keyboard(kim)
        draft = write_a_course(kim, keys, site.url)
        mend_and_publish(kim, keys, draft)
        course = draft.removesuffix("/write")

        narrow = {**browser_context_args, "viewport": NARROW}
        sonya = signed_in(browser, narrow, site, "sonya", demo_logins["sonya"])
        sonya.goto(course)
        with sonya.expect_navigation():
            sonya.get_by_role("button", name="Записаться").click()
        sonya.goto(course)
        with sonya.expect_navigation():
            sonya.get_by_role("link", name="Начать").click()
        with sonya.expect_navigation():
            sonya.get_by_role("button", name="Дальше").click()
        assert accessibility_faults(sonya) == [] and overflowing(sonya) == []
        sonya.set_input_files(
            "[name=files]", {"name": "cup.jpg", "mimeType": "image/jpeg", "buffer": photograph()}
        )
        with sonya.expect_navigation():
            sonya.get_by_role("button", name="Сдать").click()
        expect(sonya.locator("#work")).to_contain_text("у учителя")
        assert accessibility_faults(sonya) == [] and overflowing(sonya) == []

        kim.goto(course)
        keys.enter("a", "Работы на проверку")
        keys.enter("main a", "Соня")
        assert accessibility_faults(kim) == []
        keys.write("[name=comment]", "Видно край тени, хорошо.")
        keys.enter("main button", "Принять")
        sonya.reload()
        expect(sonya.locator("#work")).to_contain_text("Видно край тени")
    finally:
        site.stop()
