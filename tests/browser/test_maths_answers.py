"""Typed mathematics is shown as it was read while it is typed, on pages that were fetched long ago, too."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_exam_sitting import begin, wait_ready
from tests.fixtures.application import FAST_HASHES
from tests.fixtures.exam import ExamSchool, build_exam_school
from tests.fixtures.site import Site

pytestmark = pytest.mark.browser

FIELD, READ = "input[name$='.answer']", "[data-reading]"


@pytest.fixture
def exam(
    sqlite_template: Path, tmp_path: Path, make_site: Callable[..., Site]
) -> Iterator[tuple[Site, ExamSchool]]:
    """Run a school with an examination in mathematics."""
    for source in sqlite_template.parent.glob("lms.db*"):
        shutil.copyfile(source, tmp_path / source.name)
    order = (("maths", 0), ("maths", 1))
    school = build_exam_school(tmp_path, {**FAST_HASHES, "LMS_JOBS_URL": "memory://"}, order=order)
    site = make_site(copy_of=tmp_path)
    site.start(worker=False)
    yield site, school
    site.stop()


def test_a_formula_is_read_back_while_it_is_typed(page: Page, exam: tuple[Site, ExamSchool]) -> None:
    site, school = exam
    begin(page, site, school)
    wait_ready(page)
    page.locator(FIELD).fill("(x-2)(x-3")
    expect(page.locator(READ)).to_contain_text("закрывающей скобки")
    page.locator(FIELD).fill("1/(x-2)")
    expect(page.locator(f"{READ} mfrac")).to_be_visible()

    page.locator('[data-cell="2"]').click()
    expect(page.locator('form[data-slot="2"]')).to_be_visible()
    page.locator(FIELD).fill("(1; 2")
    expect(page.locator(READ)).to_contain_text("закрывающей скобки")
    page.locator('[data-cell="1"]').click()
    expect(page.locator('form[data-slot="1"]')).to_be_visible()
    expect(page.locator(f"{READ} mfrac")).to_be_visible()

    with page.expect_navigation(url="**/review"):
        page.locator("a[data-turn]").click()
    unread = page.get_by_text("Не удалось прочитать ответ").locator("..")
    with page.expect_navigation(url="**/q/2"):
        unread.get_by_role("link", name="вопрос 2").click()
    expect(page.locator(READ)).to_contain_text("закрывающей скобки")
