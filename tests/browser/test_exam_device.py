"""What a browser keeps of an examination: every key at once for its owner, nothing for the next person."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, Route, expect

from tests.browser.test_exam_sitting import (
    begin,
    exam,
    exam_folder,
    save_words,
    sign_in,
    stored,
    wait_for_questions,
    wait_idle,
    wait_ready,
)
from tests.fixtures.exam import ExamSchool
from tests.fixtures.site import Site

__all__ = ["exam", "exam_folder"]

pytestmark = pytest.mark.browser

ESSAY = 7
TEXT = "Лёд легче воды."
KEPT_ROWS = """() => new Promise(done => {
  const opening = indexedDB.open('marshrut-exam', 1);
  opening.onsuccess = () => {
    const all = opening.result.transaction('ops').objectStore('ops').getAll();
    all.onsuccess = () => { opening.result.close(); done(all.result.map(op => [op.slot, Boolean(op.receipt)])); };
  };
  opening.onupgradeneeded = () => opening.transaction.abort();
  opening.onerror = () => done([]);
})"""
KEPT_PAGES = "() => caches.keys().then(names => names.filter(name => name !== 'marshrut-exam-assets'))"

KEPT_TEXTS = """() => new Promise((done, failed) => {
  const opening = indexedDB.open('marshrut-exam', 1);
  opening.onerror = () => failed(opening.error);
  opening.onsuccess = () => {
    const all = opening.result.transaction('ops').objectStore('ops').getAll();
    all.onsuccess = () => { opening.result.close(); done(JSON.stringify(all.result.map(op => op.payload))); };
  };
})"""

Profile = Callable[..., BrowserContext]


@pytest.fixture
def profile(
    playwright: Playwright,
    browser_type_launch_args: dict[str, Any],
    browser_context_args: dict[str, Any],
    tmp_path: Path,
) -> Iterator[Profile]:
    """Return an opener of one browser profile on the disk, as often as the test closes it."""
    opened: list[BrowserContext] = []

    def open_again(**more: Any) -> BrowserContext:
        arguments = {**browser_type_launch_args, **browser_context_args, **more}
        opened.append(playwright.chromium.launch_persistent_context(str(tmp_path / "profile"), **arguments))
        return opened[-1]

    yield open_again
    for context in opened:
        with contextlib.suppress(Exception):
            context.close()


def answer_of(site: Site, slot: int) -> str:
    """Return the text of the last answer that the server has for a question."""
    texts = [next(iter(payload["fields"].values()))[0] for _kind, at, payload in stored(site) if at == slot]
    return texts[-1] if texts else ""


def to_the_essay(page: Page) -> Any:
    """Open the last question and return its text area."""
    page.goto(page.url.replace("/q/1", f"/q/{ESSAY}"))
    wait_ready(page)
    return page.locator("textarea")


def test_a_browser_closed_between_two_keys_has_lost_nothing(
    profile: Profile, exam: tuple[Site, ExamSchool]
) -> None:
    site, school = exam
    context = profile()
    page = context.pages[0]
    begin(page, site, school)
    area = to_the_essay(page)
    context.route("**/ops", lambda route: route.abort())  # nothing may reach the server before the end
    area.press_sequentially(TEXT, delay=5)
    assert TEXT in page.evaluate(
        KEPT_TEXTS
    )  # a reading waits for the write that the last key has begun, not for more
    address = page.url
    context.close()
    assert answer_of(site, ESSAY) == ""

    again = profile()
    page = again.pages[0]
    page.goto(address)
    expect(page.locator("textarea")).to_have_value(TEXT)
    wait_idle(page)
    assert answer_of(site, ESSAY) == TEXT


def test_the_page_never_claims_that_the_last_keys_are_saved(
    page: Page, exam: tuple[Site, ExamSchool]
) -> None:
    site, school = exam
    begin(page, site, school)
    area = to_the_essay(page)
    area.press_sequentially("Лёд")
    expect(save_words(page)).to_have_text("Сохраняем…")
    wait_idle(page)
    held: list[Route] = []
    page.route("**/ops", lambda route: held.append(route))
    area.press_sequentially("!")
    assert save_words(page).inner_text() == "Сохраняем…"
    expect(save_words(page)).to_contain_text("Сохранено на этом устройстве")
    area.press_sequentially("?")
    assert save_words(page).inner_text() == "Сохраняем…"
    held[0].continue_()  # the receipt of "Лёд!" is not one of "Лёд!?"
    with page.expect_response("**/ops"):
        pass
    assert "сервере" not in save_words(page).inner_text()
    page.unroute("**/ops")
    for route in held[1:]:
        route.continue_()
    wait_idle(page)
    expect(save_words(page)).to_contain_text("Сохранено на сервере")
    assert answer_of(site, ESSAY) == "Лёд!?"


def test_what_was_typed_before_the_script_listened_is_kept(
    browser: Browser, browser_context_args: dict[str, Any], exam: tuple[Site, ExamSchool]
) -> None:
    site, school = exam
    context = browser.new_context(**browser_context_args, service_workers="block")
    page = context.new_page()
    begin(page, site, school)
    wait_ready(page)
    held: list[Route] = []
    page.route("**/exam.*.js", lambda route: held.append(route))
    with page.expect_request("**/exam.*.js"):
        page.goto(page.url.replace("/q/1", f"/q/{ESSAY}"), wait_until="commit")
    page.locator("textarea").fill(TEXT)
    held[0].continue_()
    wait_idle(page)
    assert answer_of(site, ESSAY) == TEXT
    expect(page.locator("textarea")).to_have_value(TEXT)
    context.close()


def test_a_full_device_is_told_of_offers_the_file_and_the_answers_still_go_to_the_server(
    page: Page, context: BrowserContext, exam: tuple[Site, ExamSchool]
) -> None:
    site, school = exam
    context.add_init_script(
        "IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError'); };"
    )
    begin(page, site, school)
    wait_ready(page)
    context.route("**/ops", lambda route: route.abort())
    page.locator("label.answer").nth(1).click()
    expect(save_words(page)).to_contain_text("Пока только на этой странице")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Сохранить файл ответов").click()
    assert [op["slot"] for op in json.loads(saved.value.path().read_text())["operations"]] == [1]
    assert stored(site) == []
    context.unroute("**/ops")
    wait_idle(page)
    assert [slot for _kind, slot, _payload in stored(site)] == [1]


def finds_nothing(page: Page, address: str) -> None:
    """Open a page of the exam where there is no network: nothing of it is on this device any more.

    A worker that comes up in this moment can slip past the browser's own switch; then the server answers, and to somebody else.
    """
    try:
        shown = page.goto(address)
    except Error as error:
        if "net::ERR_" not in error.message:
            raise
        return
    assert shown is not None and shown.status == 404 and TEXT not in page.content()


def sign_out(page: Page, site: Site) -> None:
    """Sign out on an ordinary page."""
    page.goto(f"{site.url}/account")
    page.get_by_role("button", name="Выйти", exact=True).click()


def asked_at_sign_out(page: Page, site: Site, *, really: bool) -> str:
    """Sign out, answer the browser's question and return it."""
    page.once("dialog", lambda dialog: dialog.accept() if really else dialog.dismiss())
    with page.expect_event("dialog") as asked:
        sign_out(page, site)
    return str(asked.value.message)


def test_signing_out_sends_the_rest_and_leaves_nothing_of_the_exam(
    page: Page, context: BrowserContext, exam: tuple[Site, ExamSchool]
) -> None:
    site, school = exam
    begin(page, site, school)
    wait_for_questions(page)
    address = page.url
    area = to_the_essay(page)
    context.route("**/ops", lambda route: route.abort())
    area.press_sequentially(TEXT)
    page.goto(f"{site.url}/account")
    context.unroute("**/ops")
    assert page.evaluate(KEPT_PAGES)
    sign_out(page, site)
    page.wait_for_url(f"{site.url}/")
    assert answer_of(site, ESSAY) == TEXT
    assert page.evaluate(KEPT_PAGES) == []
    assert page.evaluate(KEPT_ROWS) == []

    sign_in(page, site, "lev")
    context.set_offline(True)
    finds_nothing(page, address)


def test_an_answer_that_cannot_be_sent_stays_for_its_owner_alone(
    page: Page, context: BrowserContext, exam: tuple[Site, ExamSchool]
) -> None:
    site, school = exam
    begin(page, site, school)
    address = page.url
    area = to_the_essay(page)
    context.route("**/ops", lambda route: route.abort())
    area.press_sequentially(TEXT)
    expect(save_words(page)).to_contain_text("Связь пропала")
    other = context.new_page()
    assert "остаётся на этом устройстве" in asked_at_sign_out(other, site, really=False)
    asked_at_sign_out(other, site, really=True)
    other.wait_for_url(f"{site.url}/")
    page.close()
    context.unroute("**/ops")

    sign_in(other, site, "lev")
    reply = other.goto(address)
    assert reply is not None
    assert reply.status == 404
    assert other.evaluate(KEPT_ROWS) == [[ESSAY, False]]
    assert answer_of(site, ESSAY) == ""
    sign_out(other, site)
    other.wait_for_url(f"{site.url}/")

    sign_in(other, site, school.student)
    other.goto(address)
    wait_idle(other)
    assert answer_of(site, ESSAY) == TEXT


def test_the_next_account_in_a_browser_finds_the_former_ones_pages_gone(
    page: Page, context: BrowserContext, exam: tuple[Site, ExamSchool]
) -> None:
    """The first one never signed out: the session was ended elsewhere, and the browser was left as it was."""
    site, school = exam
    begin(page, site, school)
    wait_for_questions(page)
    address = page.url
    page.locator("label.answer").nth(0).click()
    wait_idle(page)
    context.clear_cookies()
    sign_in(page, site, "lev")
    page.wait_for_function("() => !localStorage.getItem('marshrut-exam-account')")
    assert page.evaluate(KEPT_PAGES) == []
    assert page.evaluate(KEPT_ROWS) == []
    context.set_offline(True)
    finds_nothing(page, address)


def test_the_worker_of_the_exam_drops_pages_when_another_account_answers(
    page: Page, context: BrowserContext, exam: tuple[Site, ExamSchool]
) -> None:
    site, school = exam
    begin(page, site, school)
    wait_for_questions(page)
    address = page.url
    context.clear_cookies()
    page.route("**/app.*.js", lambda route: route.abort())  # what other pages tidy up is not asked here
    sign_in(page, site, "lev")
    assert page.evaluate(KEPT_PAGES)
    context.set_offline(True)
    finds_nothing(
        page, address
    )  # the worker has not heard of the other account yet, and asks whose page it is
    context.set_offline(False)
    page.goto(address.replace("/q/1", "/q/2"))
    page.wait_for_function("() => caches.keys().then(names => names.every(name => name.endsWith('-assets')))")
    context.set_offline(True)
    finds_nothing(page, address)


def test_an_essay_without_scripts_outlives_its_sign_in(
    browser: Browser,
    browser_context_args: dict[str, Any],
    exam: tuple[Site, ExamSchool],
    accessibility_faults: Callable[[Page], list[str]],
    overflowing: Callable[[Page], list[str]],
) -> None:
    site, school = exam
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    page = context.new_page()
    begin(page, site, school)
    page.goto(page.url.replace("/q/1", f"/q/{ESSAY}"))
    page.locator("textarea").fill(TEXT * 30)
    context.clear_cookies()
    page.get_by_role("button", name="Сохранить и").last.click()
    expect(page.get_by_text("Написанное сохранено")).to_be_visible()
    page.fill("[name=login]", school.student)
    page.fill("[name=password]", ExamSchool.password(school.student))
    page.click("main form button[type=submit]")
    expect(page.locator("textarea")).to_have_value(TEXT * 30)
    with_scripts = browser.new_page(viewport={"width": 320, "height": 720})
    with_scripts.goto(f"{site.url}/login")
    with_scripts.set_content(page.content())
    assert accessibility_faults(with_scripts) == []
    assert overflowing(with_scripts) == []
    with_scripts.close()
    page.get_by_role("button", name="Отправить снова").click()
    page.wait_for_url("**/review")
    assert answer_of(site, ESSAY) == TEXT * 30
    context.close()
