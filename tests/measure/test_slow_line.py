"""Measure a lesson on a slow line: what comes over the wire first and next, and when the text can be read at 64 kbit/s, 600 ms.

The product runs with its own server; Chromium slows the line down. The reader has been here before only to sign in.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Page, Playwright

from tests.fixtures.chromium import FLAGS
from tests.fixtures.figures import Figures
from tests.fixtures.setup import required_tool
from tests.fixtures.site import Site

SLOW = {"offline": False, "latency": 600, "downloadThroughput": 64_000 / 8, "uploadThroughput": 64_000 / 8}
FAST = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
READABLE = """() => performance.getEntriesByType('paint').find(each => each.name === 'first-contentful-paint')?.startTime"""
LESSON = r'href="(/courses/[0-9a-f-]{36}/steps/[0-9a-f-]{36})"'
ROUNDS = 3
FIRST_KB, NEXT_KB, READABLE_S = 60, 15, 4


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=required_tool("chromium"), args=list(FLAGS))
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def school(make_site: Callable[..., Site], demo_folder: Path) -> Iterator[Site]:
    site = make_site(copy_of=demo_folder, LMS_LOG_LEVEL="warning")
    site.start(worker=False)
    yield site
    site.stop()


class Line:
    """What comes over the wire for one page."""

    def __init__(self, page: Page) -> None:
        self.line: CDPSession = page.context.new_cdp_session(page)
        self.line.send("Network.enable")
        self.bytes = 0.0
        self.line.on("Network.loadingFinished", self._count)

    def _count(self, event: dict[str, Any]) -> None:
        self.bytes += event["encodedDataLength"]

    def forget(self) -> None:
        """Begin with nothing kept of an earlier page."""
        self.line.send("Network.clearBrowserCache")
        self.bytes = 0

    def be(self, how: dict[str, Any]) -> None:
        self.line.send("Network.emulateNetworkConditions", how)


def sign_in(page: Page, site: Site, login: str) -> None:
    page.goto(site.url + "/login")
    page.fill("[name=login]", login)
    page.fill("[name=password]", f"marshrut-{login}")
    with page.expect_navigation():
        page.click("form.form button")


def test_a_lesson_can_be_read_soon_on_a_slow_line(school: Site, chromium: Browser, figures: Figures) -> None:
    context = chromium.new_context(viewport={"width": 360, "height": 740}, locale="ru-RU")
    page = context.new_page()
    sign_in(page, school, "sonya")
    course = re.search(r'href="(/courses/[0-9a-f-]{36})"', page.request.get(school.url + "/courses").text())
    assert course
    steps = re.findall(LESSON, page.request.get(school.url + course.group(1)).text())
    lesson, following = list(dict.fromkeys(steps))[:2]
    line = Line(page)
    line.forget()
    page.goto(school.url + lesson, wait_until="networkidle")
    first = line.bytes
    line.bytes = 0
    page.goto(school.url + following, wait_until="networkidle")
    after = line.bytes
    seen = []
    for _ in range(ROUNDS):
        page.goto("about:blank")
        line.forget()
        line.be(SLOW)
        page.goto(school.url + lesson, wait_until="load", timeout=120_000)
        seen.append(page.evaluate(READABLE) / 1000)
        line.be(FAST)
    context.close()
    figures.at_most("courses", "lesson, first load with all its files", first / 1024, FIRST_KB, "KB")
    figures.at_most("courses", "lesson, the next page", after / 1024, NEXT_KB, "KB")
    readable = statistics.median(seen)
    figures.at_most("courses", "lesson at 64 kbit/s, 600 ms: text readable", readable, READABLE_S, "s")
    assert (first / 1024 <= FIRST_KB, after / 1024 <= NEXT_KB, readable <= READABLE_S) == (True,) * 3, (
        first,
        after,
        seen,
    )
