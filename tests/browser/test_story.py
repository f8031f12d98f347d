"""One student's story from first login to digital profile, played on the pages by the people themselves.

The acts follow each other on one installation: each begins where the one before ended. Every kind of page that
somebody sees is looked at once: axe, reflow at 320 pixels, and a quiet console.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from tests.browser.story import course
from tests.browser.story.stage import Stage
from tests.fixtures.chromium import camera_browsers
from tests.fixtures.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Check = Callable[[Page], list[str]]


@pytest.fixture(scope="module")
def reflow(overflowing: Check) -> Check:
    """Return a check at 320 pixels that leaves the window as it was."""

    def check(page: Page) -> list[str]:
        before = page.viewport_size
        page.set_viewport_size({"width": 320, "height": 640})
        found = [f"sticks out at 320 px: {fault}" for fault in overflowing(page)]
        assert before is not None
        page.set_viewport_size(before)
        return found

    return check


@pytest.fixture(scope="module")
def stage(
    make_site: Callable[..., Site],
    bare_demo_folder: Any,
    demo_logins: dict[str, str],
    browser: Browser,
    playwright: Playwright,
    browser_type_launch_args: dict[str, Any],
    tmp_path_factory: pytest.TempPathFactory,
    accessibility_faults: Check,
    reflow: Check,
) -> Iterator[Stage]:
    """Start the demo school before anything has happened to its students."""
    site = make_site(copy_of=bare_demo_folder)
    site.start()
    folder = tmp_path_factory.mktemp("cameras")
    with camera_browsers(playwright, browser_type_launch_args, folder) as camera_browser:
        made = Stage(site, browser, camera_browser, demo_logins, (accessibility_faults, reflow))
        yield made
        made.close()
    site.stop()


@pytest.fixture(autouse=True)
def no_fault_on_any_page(stage: Stage) -> Iterator[None]:
    """Fail an act for whatever was wrong on a page that somebody saw in it."""
    yield
    faults, stage.faults[:] = list(stage.faults), []
    assert faults == []


def test_act_2_the_student_takes_the_course_and_a_gate_opens_the_next_section(stage: Stage) -> None:
    sonya = stage.person("sonya")
    course.see_closed_section(
        sonya, "2. Сколько нужно тепла", "Откроется, когда будет пройден раздел «Температура и тепло»"
    )
    course.begin_from_home(sonya)
    course.go_through(sonya, "Три способа передать тепло")
    sonya.sees("Готово. Следующий раздел открыт.")
    course.watch_captioned_film(sonya)
    sonya.sees(re.compile("^Формула количества теплоты$"))
    expect(sonya.main.locator("math").first).to_be_visible()
    course.go_through(sonya, "Решим вместе")

    course.answer_quiz(sonya, rightly=False)
    sonya.reads("Q = 4200 · 0,5 · 40")  # the reason stands under every answer
    course.see_closed_section(sonya, "3. Когда лёд тает", "хотя бы 60 баллов из 100")
    course.open_again(sonya, "Пять вопросов на пробу")
    sonya.press_main()
    course.answer_quiz(sonya, rightly=True)
    sonya.press_main()
    course.go_through(sonya, "Проверь дома")
    sonya.sees("Курс пройден до конца")

    course.see_how_far_the_student_is(stage.person("kim"), "Ветрова", "Пройден")
