"""Reading settings: each one changes the page, without scripts, on every page, and is kept for the account."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.test_exam_sitting import exam, exam_folder, sign_in
from tests.fixtures.exam import ExamSchool
from tests.fixtures.site import Site

__all__ = ["exam", "exam_folder"]

pytestmark = pytest.mark.browser

STYLE = """([selector, name]) => {
  const found = document.querySelector(selector);
  return found ? getComputedStyle(found)[name] : `no ${selector}`;
}"""
#: What each choice does to a page: where one looks, at what, and what is seen there before and after.
EFFECTS: list[tuple[str, str, str, str, str, str]] = [
    ("scheme", "black-on-white", "body", "backgroundColor", "rgb(251, 250, 247)", "rgb(255, 255, 255)"),
    ("scheme", "white-on-black", "h1", "color", "rgb(27, 31, 59)", "rgb(255, 255, 255)"),
    ("scheme", "dark", "html", "colorScheme", "light", "dark"),
    ("scheme", "blue", "h1", "color", "rgb(27, 31, 59)", "rgb(6, 40, 77)"),
    ("scheme", "beige", "h1", "color", "rgb(27, 31, 59)", "rgb(59, 42, 26)"),
    ("scheme", "green-on-brown", "h1", "color", "rgb(27, 31, 59)", "rgb(185, 236, 108)"),
    ("leading", "widest", ".lead", "lineHeight", "30px", "40px"),
    ("letters", "wide", ".lead", "letterSpacing", "normal", "2.4px"),
    ("letters", "widest", ".lead", "wordSpacing", "0px", "3.84px"),
    ("font", "andika", "body", "fontFamily", '"Golos Text"', "Andika"),
    ("font", "system", "body", "fontFamily", '"Golos Text"', "system-ui"),
    ("images", "off", ".sample__art .art", "display", "block", "none"),
    ("images", "off", ".sample__art .art-words", "display", "none", "inline"),
    ("images", "grey", ".sample__art .art", "filter", "none", "grayscale(1)"),
    ("motion", "off", ".btn", "transitionDuration", "0.12s", "0s"),
    ("size", "125", ".lead", "fontSize", "20px", "25px"),
    ("size", "200", "html", "fontSize", "16px", "32px"),
]


@pytest.fixture
def scriptless(browser: Browser, browser_context_args: dict[str, Any]) -> BrowserContext:
    """Return a browser in which no script of ours ever runs (the test itself may still look)."""
    context = browser.new_context(**browser_context_args, service_workers="block", color_scheme="light")
    context.route("**/*.js", lambda route: route.abort())
    return context


def choose(page: Page, site: Site, **chosen: str) -> None:
    """Choose on the page of the settings, the rest as usual."""
    page.goto(f"{site.url}/reading")
    with page.expect_navigation():
        page.locator("button[name=reset]").click()
    add(page, site, **chosen)


def add(page: Page, site: Site, **chosen: str) -> None:
    """Choose on the page of the settings, the rest as it is."""
    page.goto(f"{site.url}/reading")
    for name, value in chosen.items():
        page.locator("label.pick__one", has=page.locator(f"[name={name}][value='{value}']")).click()
    with page.expect_navigation():
        page.locator("main form button[type=submit]").first.click()
    page.goto(f"{site.url}/reading")


def test_each_setting_changes_the_page(scriptless: BrowserContext, exam: tuple[Site, ExamSchool]) -> None:
    site, _school = exam
    page = scriptless.new_page()
    choose(page, site)
    usual = [page.evaluate(STYLE, [where, what]) for _name, _value, where, what, _before, _after in EFFECTS]
    wrong = []
    for (name, value, where, what, before, after), first in zip(EFFECTS, usual, strict=True):
        add(page, site, **{name: value})
        then = page.evaluate(STYLE, [where, what])
        if not (first.startswith(before) and then.startswith(after) and first != then):
            wrong.append((name, value, first, then))
    assert "\n".join(map(str, wrong)) == ""
    scriptless.close()


def test_the_settings_go_with_the_account_to_another_device(
    scriptless: BrowserContext,
    browser: Browser,
    browser_context_args: dict[str, Any],
    exam: tuple[Site, ExamSchool],
) -> None:
    site, school = exam
    page = scriptless.new_page()
    sign_in(page, site, school.student)
    choose(page, site, scheme="beige", size="150", images="off")
    page.goto(f"{site.url}/exams/{school.entry_id}")
    expect(page.locator("html")).to_have_attribute("data-scheme", "beige")
    scriptless.close()

    other = browser.new_context(**browser_context_args).new_page()
    sign_in(other, site, school.student)
    for name, value in {"scheme": "beige", "size": "150", "images": "off"}.items():
        expect(other.locator("html")).to_have_attribute(f"data-{name}", value)
    choose(other, site)
    other.context.clear_cookies()
    sign_in(other, site, school.student)
    assert other.locator("html").get_attribute("data-scheme") is None
    assert other.locator("html").get_attribute("data-images") is None
    other.context.close()


def test_a_guests_choice_is_kept_at_sign_in_where_the_account_has_none(
    page: Page, exam: tuple[Site, ExamSchool]
) -> None:
    site, school = exam
    choose(page, site, scheme="dark")
    sign_in(page, site, school.student)
    expect(page.locator("html")).to_have_attribute("data-scheme", "dark")
