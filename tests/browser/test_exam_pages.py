"""The pages around a sitting: readable for everybody, on every width, in both languages; marking and release by staff."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from tests.browser.test_exam_sitting import begin, exam, exam_folder, fill_everything, go_on, sign_in
from tests.fixtures.exam import ExamSchool
from tests.fixtures.site import Site

__all__ = ["exam", "exam_folder"]

pytestmark = pytest.mark.browser

FIRST_LOAD_BYTES = 90_000
#: Colours and language; the work goes on in the last one.
LOOKS = [(scheme, locale) for scheme in ("black-on-white", "dark", "") for locale in ("en", "ru")]
#: Width in CSS pixels and size of the text in per cent.
WIDTHS = ((640, "200"), (360, ""), (320, ""))


def look_around(page: Page, site: Site, school: ExamSchool, check: Callable[[str], None]) -> None:
    """Visit every page of a student's examination and call ``check`` on each."""
    sign_in(page, site, school.student)
    for path in (
        "",
        f"/{school.entry_id}",
        f"/{school.entry_id}/rules",
        f"/{school.entry_id}/practice",
        f"/{school.entry_id}/ready",
    ):
        page.goto(f"{site.url}/exams{path}")
        check(page.url)
    page.locator("main form button").click()
    page.wait_for_url("**/q/1")
    for number in range(1, school.questions + 1):
        page.goto(re.sub(r"/q/\d+$", f"/q/{number}", page.url))
        check(page.url)
    for name in ("/help", "/review", "/submit"):
        page.goto(re.sub(r"/(q/\d+|help|review)$", name, page.url))
        check(page.url)
    page.locator("form[data-submit] button").first.click()
    page.wait_for_url("**/status")
    check(page.url)
    page.goto(page.url.replace("/status", "/receipts"))
    check(page.url)


def dress(page: Page, site: Site, *, scheme: str = "", size: str = "", locale: str = "ru") -> None:
    """Choose language and reading settings, as the settings page would; what is looked at next has them."""
    reading = "&".join(f"{name}={value}" for name, value in (("scheme", scheme), ("size", size)) if value)
    page.context.add_cookies(
        [
            {"name": "locale", "value": locale, "url": site.url},
            {"name": "reading", "value": reading, "url": site.url},
        ]
    )


def test_every_page_is_free_of_accessibility_faults(
    page: Page, exam: tuple[Site, ExamSchool], accessibility_faults: Callable[[Page], list[str]]
) -> None:
    site, school = exam
    found: list[str] = []

    def look(url: str) -> None:
        for scheme, locale in LOOKS:
            dress(page, site, scheme=scheme, locale=locale)
            page.goto(url)
            assert page.locator("html").get_attribute("lang") == locale
            assert (page.locator("html").get_attribute("data-scheme") or "") == scheme
            found.extend(f"{scheme or 'light'}, {locale}: {fault}" for fault in accessibility_faults(page))

    look_around(page, site, school, look)
    assert found == []


def test_nothing_sticks_out_of_a_narrow_page(
    page: Page, exam: tuple[Site, ExamSchool], overflowing: Callable[[Page], list[str]]
) -> None:
    site, school = exam
    found: list[str] = []

    def look(url: str) -> None:
        for width, size in WIDTHS:
            page.set_viewport_size({"width": width, "height": 720})
            dress(page, site, size=size)
            page.goto(url)
            assert (page.locator("html").get_attribute("data-size") or "") == size
            found.extend(f"{url} at {width} px {size}: {fault}" for fault in overflowing(page))

    look_around(page, site, school, look)
    assert found == []


def test_the_first_load_of_a_question_stays_within_its_budget(
    page: Page, exam: tuple[Site, ExamSchool]
) -> None:
    site, school = exam
    begin(page, site, school)
    address, loaded = page.url, {}
    fresh = page.context.new_page()
    seen: list[Response] = []
    fresh.on("response", lambda response: seen.append(response))
    fresh.goto(address, wait_until="load")
    for response in seen:
        if response.request.resource_type in {"document", "stylesheet", "script", "font"} and response.ok:
            body = response.body()
            loaded[response.url] = (
                len(body) if response.url.endswith(".woff2") else len(gzip.compress(body, 6))
            )
    assert loaded
    assert sum(loaded.values()) <= FIRST_LOAD_BYTES, loaded


def test_no_page_needs_code_that_the_policy_forbids(page: Page, exam: tuple[Site, ExamSchool]) -> None:
    site, school = exam
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    look_around(page, site, school, lambda _url: None)
    assert complaints == []


def hand_in(page: Page, site: Site, school: ExamSchool) -> None:
    """Sit the whole examination."""
    begin(page, site, school)
    expect(page.locator("label.answer input").first).to_be_enabled()
    fill_everything(
        page,
        lambda: (
            page.locator(".exam__go button[value=next]").click() if page.url.endswith("/q/7") else go_on(page)
        ),
    )
    page.get_by_role("link", name="Сдать работу").click()
    page.get_by_role("button", name="Да, сдать").click()
    page.wait_for_url("**/status")


def test_a_teacher_marks_blind_and_announces_the_result(
    page: Page,
    browser: Browser,
    browser_context_args: dict[str, Any],
    exam: tuple[Site, ExamSchool],
    accessibility_faults: Callable[[Page], list[str]],
) -> None:
    site, school = exam
    hand_in(page, site, school)
    staff = browser.new_context(**browser_context_args).new_page()
    sign_in(staff, site, school.teacher)
    staff.goto(f"{site.url}/marking")
    assert "Ветрова" not in staff.locator("main").inner_text()
    faults = accessibility_faults(staff)
    with staff.expect_navigation():  # the keys work once the page is whole
        staff.get_by_role("link", name="Проверить").first.click()
    staff.locator("textarea").fill("Не хватает плотности воды при 4 °C.")
    with staff.expect_navigation():
        staff.keyboard.press("Control+Enter")
    expect(staff.locator(".govuk-error-summary")).to_contain_text("Поставьте баллы")
    expect(staff.locator("textarea")).to_have_value("Не хватает плотности воды при 4 °C.")
    faults += accessibility_faults(staff)
    for field in staff.locator("form[data-mark] input.govuk-input").all():
        field.fill("1,5")
    staff.keyboard.press("Control+Enter")
    expect(staff.get_by_text("Оценка сохранена")).to_be_visible()
    staff.goto(f"{site.url}/sessions/{school.session_id}")
    faults += accessibility_faults(staff)
    staff.get_by_role("button", name="Объявить результат").click()
    expect(staff.get_by_text("Объявлен 1 результат")).to_be_visible()
    page.reload()
    expect(page.locator("h1")).to_have_text("Результат готов")
    expect(page.get_by_text("Не хватает плотности воды при 4 °C.")).to_be_visible()
    expect(page.get_by_text("комиссию по урегулированию споров")).to_be_visible()
    faults += accessibility_faults(page)
    assert faults == []
    staff.context.close()


def test_another_students_work_looks_like_none(
    page: Page, browser: Browser, browser_context_args: dict[str, Any], exam: tuple[Site, ExamSchool]
) -> None:
    site, school = exam
    begin(page, site, school)
    other = browser.new_context(**browser_context_args).new_page()
    sign_in(other, site, "lev")
    for address in (page.url, page.url.replace("/q/1", "/review"), f"{site.url}/exams/{school.entry_id}"):
        reply = other.goto(address)
        assert reply is not None
        assert reply.status == 404
    other.context.close()


def test_a_receipt_can_be_checked(page: Page, exam: tuple[Site, ExamSchool]) -> None:
    site, school = exam
    hand_in(page, site, school)
    page.get_by_role("link", name="Проверить квитанции").click()
    expect(page.get_by_text("Печать сходится")).to_be_visible()
    number = page.locator(".table tbody th").first.inner_text()
    page.locator("[name=number]").fill(number)
    page.get_by_role("button", name="Проверить").click()
    expect(page.get_by_text("Квитанция подлинная")).to_be_visible()
    page.locator("[name=number]").fill("00000000-0000")
    page.get_by_role("button", name="Проверить").click()
    expect(page.get_by_text("нет ответа с таким номером")).to_be_visible()
