"""An exam through ten minutes without a network, a closed browser and a killed server: nothing lost, the truth told.

Once by keyboard alone, once without scripts. The ten minutes pass on the browser's own clock, not on ours.
"""

from __future__ import annotations

import contextlib
import re

import pytest
from playwright.sync_api import Error, Page, expect

from tests.browser.test_exam_device import Profile, profile
from tests.browser.test_exam_sitting import (
    KEPT,
    SAVED,
    begin,
    exam,
    exam_folder,
    is_submitted,
    press_until,
    save_words,
    stored,
    wait_for_questions,
    wait_ready,
)
from tests.fixtures.exam import ExamSchool
from tests.fixtures.site import Site

__all__ = ["exam", "exam_folder", "profile"]

pytestmark = pytest.mark.browser


def says_the_truth(page: Page, site: Site, written: int, *, reached: int) -> None:
    """Check that the page says no more of the answers than is true: where all of them are, or only some."""
    assert len(stored(site)) == reached
    words = save_words(page).inner_text()
    assert (SAVED in words) == (written == reached), words


def answer_by_keyboard(page: Page, number: int) -> None:
    """Choose the first answer of the question shown, with Tab and Space alone."""
    expect(page.locator("h1")).to_contain_text(f"Вопрос {number}")
    press_until(page, ".q input[type=radio], .q input[type=checkbox], .q input.govuk-input")
    page.keyboard.press("Space") if number < 3 else page.keyboard.type("75")


def go_on_by_keyboard(page: Page) -> None:
    """Go to the next question with Tab and Enter alone."""
    before = page.locator("h1").inner_text()
    press_until(page, ".exam__go button[value=next]")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).not_to_have_text(before)


def minutes_left(page: Page) -> int:
    """Return the minutes that the page shows as left."""
    hours, minutes = (
        int(found.group(1))
        if (found := re.search(rf"(\d+) {word}", page.locator("[data-timer-words]").inner_text()))
        else 0
        for word in ("час", "минут")
    )
    return hours * 60 + minutes


def test_ten_minutes_without_a_network_a_closed_browser_and_a_killed_server_by_keyboard_alone(
    profile: Profile, exam: tuple[Site, ExamSchool]
) -> None:
    site, school = exam
    context = profile()
    page = context.pages[0]
    begin(page, site, school)
    wait_for_questions(page)
    page.clock.install()
    answer_by_keyboard(page, 1)
    expect(save_words(page)).to_contain_text(SAVED)
    says_the_truth(page, site, 1, reached=1)

    context.set_offline(True)
    go_on_by_keyboard(page)
    answer_by_keyboard(page, 2)
    expect(save_words(page)).to_contain_text(KEPT)
    before, words = minutes_left(page), page.locator("[data-timer-words]").inner_text()
    page.clock.fast_forward("05:00")
    expect(page.locator("[data-timer-words]")).not_to_have_text(words)  # the page counts once a second
    assert before - minutes_left(page) in {5, 6}, "the time that is left is told without a network, too"
    says_the_truth(page, site, 2, reached=1)
    address = page.url
    context.close()
    site.kill_web()

    context = profile()
    context.set_offline(True)
    page = context.pages[0]
    page.goto(address)
    wait_ready(page)
    page.clock.install()
    expect(page.locator(".q input[type=checkbox]").first).to_be_checked()
    go_on_by_keyboard(page)
    answer_by_keyboard(page, 3)
    page.clock.run_for(2000)  # typing stops, the answer is closed and goes to the device
    expect(save_words(page)).to_contain_text(KEPT)
    page.clock.fast_forward("05:00")
    says_the_truth(page, site, 3, reached=1)

    context.set_offline(False)  # the network is back, the server is not
    expect(save_words(page)).to_contain_text(KEPT)
    says_the_truth(page, site, 3, reached=1)
    site.start_web()
    site.wait_ready("/health/live")
    expect(save_words(page)).to_contain_text(SAVED, timeout=60_000)
    says_the_truth(page, site, 3, reached=3)
    assert [slot for _kind, slot, _payload in stored(site)] == [1, 2, 3]

    page.goto(address.rsplit("/q/", 1)[0] + "/submit")
    press_until(page, "form[data-submit] button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/status")
    assert is_submitted(site)


def press_and_fail(page: Page) -> None:
    """Send the form into a network that is not there."""
    with contextlib.suppress(Error):
        page.get_by_role("button", name="Сохранить и").last.click()
    expect(page).to_have_url(re.compile("^chrome-error:"))


def test_an_examination_without_scripts_through_the_same_three(
    profile: Profile, exam: tuple[Site, ExamSchool]
) -> None:
    site, school = exam
    context = profile(java_script_enabled=False)
    page = context.pages[0]
    begin(page, site, school)
    page.locator("label.answer").nth(0).click()
    page.get_by_role("button", name="Сохранить и").last.click()
    page.wait_for_url("**/q/2")
    address = page.url

    page.locator("label.answer").nth(0).click()
    page.locator("label.answer").nth(1).click()
    context.set_offline(True)
    press_and_fail(page)
    assert len(stored(site)) == 1, "and the browser says itself that nothing was sent"
    context.set_offline(False)
    page.reload()  # as the browser's own page advises; it sends the same form with the same id again
    page.wait_for_url("**/q/3")
    context.close()
    site.kill_web()

    context = profile(java_script_enabled=False)
    page = context.pages[0]
    site.start_web()
    site.wait_ready("/health/live")
    page.goto(address)
    expect(page.locator("label.answer input").nth(1)).to_be_checked()
    expect(page.get_by_text(SAVED)).to_be_visible()
    assert [slot for _kind, slot, _payload in stored(site)] == [1, 2]
    page.goto(address.replace("/q/2", "/submit"))
    page.get_by_role("button", name="Да, сдать").click()
    page.wait_for_url("**/status")
    assert is_submitted(site)
