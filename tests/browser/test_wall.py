"""A proctor on duty sees that a camera is covered, looks, writes, gives time and stops the clock; the student reads it all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, Playwright, expect

from lms.app import create_runtime, load_settings
from lms.assessment import service as assessment
from lms.core.actor import SYSTEM
from lms.demo.cast import find_school
from lms.demo.exams import session_id
from lms.proctoring import service
from lms.proctoring.types import IdentityMethod, Monitoring
from tests.browser.story.stage import Stage
from tests.fixtures.chromium import camera_browsers
from tests.fixtures.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WORKER_MS = 90_000  # the worker loads its nets first, on a busy machine
NEWS_MS = 30_000


def begin(site: Site) -> str:
    """Let Sonya begin a watched exam after a teacher has confirmed her; return the address of her work."""
    runtime = create_runtime(load_settings(site.environment))
    try:
        school = find_school(runtime)
        assert school is not None
        exam = session_id(runtime, school, "school-14")
        with runtime.unit_of_work(school.actor("gromova")) as uow:
            service.set_policy(
                uow, school.id("school-14"), level=2, monitoring=Monitoring.CAMERA, cadence_s=1
            )
        with runtime.unit_of_work(SYSTEM) as uow:
            entry = assessment.admit(uow, exam, school.id("sonya")).id
        with runtime.unit_of_work(school.actor("sonya")) as uow:
            check = service.choose_method(uow, entry, IdentityMethod.KNOWN_TEACHER)
        with runtime.unit_of_work(school.actor("kim")) as uow:
            service.decide_identity(uow, check, is_confirmed=True, note="О чём был твой доклад?")
        with runtime.unit_of_work(school.actor("sonya")) as uow:
            return f"/attempts/{assessment.start_attempt(uow, entry).id}"
    finally:
        runtime.dispose()


@pytest.fixture
def stage(
    make_site: Callable[..., Site],
    bare_demo_folder: Path,
    demo_logins: dict[str, str],
    browser: Browser,
    playwright: Playwright,
    browser_type_launch_args: dict[str, Any],
    tmp_path: Path,
    accessibility_faults: Callable[[Page], list[str]],
    overflowing: Callable[[Page], list[str]],
) -> Iterator[Stage]:
    """Start the demo school with a watched exam that runs; every page that is seen is looked at once."""
    site = make_site(copy_of=bare_demo_folder)
    work = begin(site)
    site.start()
    with camera_browsers(playwright, browser_type_launch_args, tmp_path) as launch:
        made = Stage(site, browser, launch, demo_logins, (accessibility_faults, overflowing))
        made.notes["work"] = work
        yield made
        made.close()
    site.stop()
    assert made.faults == []


def log_of(page: Page) -> Locator:
    return page.get_by_role("log")


def test_a_covered_camera_is_seen_and_the_student_reads_whatever_is_done(
    stage: Stage, tmp_path: Path
) -> None:
    covered = tmp_path / "covered.png"
    cv2.imwrite(str(covered), np.full((480, 640, 3), 4, np.uint8))
    sonya, gusev = stage.with_camera("sonya", [(covered, 2)]), stage.person("gusev")
    sonya.open(stage.notes["work"])

    gusev.open("/wall")
    expect(gusev.main).to_contain_text("Камера закрыта или темно", timeout=WORKER_MS)
    expect(gusev.page.get_by_role("status").first).to_contain_text("1 работа ждёт вас", timeout=NEWS_MS)
    gusev.follow("Открыть", within=gusev.main)
    expect(gusev.main.locator("img")).to_have_count(0)
    gusev.follow("Открыть снимок")
    expect(gusev.main.get_by_role("img", name="Снимок")).to_be_visible()
    looks = "SELECT count(*) FROM access_log WHERE object_kind = 'frame'"
    assert stage.ask(looks) == 1

    gusev.put(text="Открой, пожалуйста, камеру.")
    gusev.press("Отправить")
    said = sonya.page.get_by_role("status").filter(has_text="Школа пишет тебе: Открой, пожалуйста, камеру.")
    expect(said).to_be_visible(timeout=NEWS_MS)  # at the top, read politely; the log below keeps it
    expect(log_of(sonya.page)).to_contain_text("Открой, пожалуйста, камеру.")
    sonya.page.get_by_text("Написать школе").click()
    sonya.page.get_by_label("Что не получается?").fill("Шторка заела")
    sonya.page.get_by_role("button", name="Отправить").press("Enter")
    expect(log_of(sonya.page)).to_contain_text("Ты пишешь: Шторка заела", timeout=NEWS_MS)
    expect(log_of(gusev.page)).to_contain_text("Шторка заела", timeout=NEWS_MS)

    gusev.put(minutes="5", why="Чинили шторку")
    gusev.press("Добавить время")
    expect(log_of(sonya.page)).to_contain_text("Ещё 5 минут: Чинили шторку", timeout=NEWS_MS)
    gusev.put(stop_reason="Подожди минуту")
    gusev.press("Остановить время")
    gusev.sees("Время стоит.")
    expect(log_of(sonya.page)).to_contain_text("Школа остановила время: Подожди минуту", timeout=NEWS_MS)
    sonya.open(stage.notes["work"])
    expect(sonya.page.get_by_role("heading", name="Школа остановила время")).to_be_visible()
    gusev.press("Пустить время дальше")
    gusev.sees("камера")
