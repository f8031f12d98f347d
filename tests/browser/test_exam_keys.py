"""Every kind of question answered by keyboard alone on a narrow screen, with a formula in its text, from begin to review."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

import lms.core
from tests.browser.test_exam_sitting import begin, stored, wait_idle, wait_ready
from tests.fixtures.application import FAST_HASHES
from tests.fixtures.exam import ExamSchool, build_exam_school
from tests.fixtures.site import Site

pytestmark = pytest.mark.browser

KINDS = (
    "choice", "multiple_choice", "true_false", "numeric", "short_text", "cloze", "word_bank", "matching", "ordering",
    "categorise", "table", "hotspot", "maths", "parametric", "code", "dictation", "essay", "info", "file_upload",
    "notebook_photo", "oral_answer",
)  # fmt: skip
SAMPLES = Path(lms.core.__file__).parent / "static" / "samples"
PICTURE, SOUND = SAMPLES / "heart.png", SAMPLES / "dictation.wav"
CONTROLS = "[data-answer] :is(input:not([type=hidden]), select, textarea)"
#: What the controls of a question hold; files are named by the hidden fields that the server wrote.
VALUES = """() => [...document.querySelectorAll('[data-answer] :is(input, select, textarea)')]
  .filter(e => e.type !== 'file').map(e => [e.name, ['radio', 'checkbox'].includes(e.type) ? e.checked : e.value])"""
#: The control that has the focus, when it belongs to the answer: its place, its kind, its group.
FOCUS = """selector => {
  const e = document.activeElement;
  const at = [...document.querySelectorAll(selector)].indexOf(e);
  return at < 0 ? null : {at, kind: e.type.startsWith('select') ? 'select' : e.type, name: e.name, code: 'code' in e.dataset};
}"""
#: Roles whose members nobody can use without a name.
UNNAMED = re.compile(
    r"- (?:radio|checkbox|textbox|combobox|button|radiogroup|spinbutton)(?: \[[^\]]*\])?(?::|$)"
)
MOST_TABS = 120


@pytest.fixture
def exam(
    sqlite_template: Path, tmp_path: Path, make_site: Callable[..., Site]
) -> Iterator[tuple[Site, ExamSchool]]:
    """Run a school with an examination that has a question of every kind, each with a formula in it."""
    for source in sqlite_template.parent.glob("lms.db*"):
        shutil.copyfile(source, tmp_path / source.name)
    school = build_exam_school(
        tmp_path,
        {**FAST_HASHES, "LMS_JOBS_URL": "memory://"},
        order=[(kind, 0) for kind in KINDS],
        prompt_end=r" \(x^2 \le \frac{1}{2}\)",
    )
    site = make_site(copy_of=tmp_path)
    site.start(worker=False)
    yield site, school
    site.stop()


def answer(page: Page) -> None:
    """Go through the answer's controls by Tab and use each; a group of radio buttons is one stop."""
    done: set[int | str] = set()
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUS, CONTROLS)
        if found is None:
            if done:
                return
            continue
        key = found["name"] if found["kind"] == "radio" else found["at"]
        if key not in done:
            done.add(key)
            use(page, found)
    pytest.fail(f"the keyboard never leaves the answer at {page.url}", pytrace=False)


def use(page: Page, found: dict[str, Any]) -> None:
    """Give a control what it takes."""
    kind = found["kind"]
    if kind == "file":
        sound = "audio" in (page.locator(CONTROLS).nth(found["at"]).get_attribute("accept") or "audio")
        with page.expect_file_chooser() as chooser:
            page.keyboard.press("Enter")
        chooser.value.set_files(SOUND if sound else PICTURE)
    elif kind in ("radio", "checkbox"):
        page.keyboard.press("Space")
    elif kind == "select":
        for _ in range(1 + found["at"] % 2):
            page.keyboard.press("ArrowDown")
    else:
        page.keyboard.type("print(2)" if found["code"] else "2")


def heard(page: Page, title: str) -> None:
    """See that everything has a name, and that the question's own says the formula in words."""
    tree = page.locator("form[data-question]").aria_snapshot()
    assert [line.strip() for line in tree.splitlines() if UNNAMED.match(line.strip())] == [], title
    assert re.search(r'group ".*x² ≤ 1/2', tree), f"{title}: {tree}"


def press(page: Page, found: Locator) -> None:
    """Go to a button by Tab and press it."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if found.evaluate("e => e === document.activeElement"):
            page.keyboard.press("Enter")
            return
    pytest.fail(f"the keyboard never reaches {found} at {page.url}", pytrace=False)


def drag(page: Page) -> None:
    """Drag the first word of a list into the first gap: the list beside the gap says it."""
    word, gap = page.locator("[data-word-bank] li").first, page.locator(".gap-text select").first
    said = word.inner_text()
    word.drag_to(gap)
    expect(gap.locator("option:checked")).to_have_text(said)


def test_every_kind_is_answered_by_keyboard_on_a_narrow_screen(
    browser: Browser,
    browser_context_args: dict[str, Any],
    exam: tuple[Site, ExamSchool],
    overflowing: Callable[[Page], list[str]],
) -> None:
    site, school = exam
    context = browser.new_context(**{**browser_context_args, "viewport": {"width": 320, "height": 800}})
    page = context.new_page()
    page.on(
        "filechooser", lambda chooser: None
    )  # a listener all along: one that comes with the key may come after it
    begin(page, site, school)
    for slot, kind in enumerate(KINDS, start=1):
        expect(page.locator(f'form[data-question][data-slot="{slot}"]')).to_be_visible()
        wait_ready(page)
        assert overflowing(page) == [], kind
        heard(page, kind)
        if kind == "word_bank":
            drag(page)
            page.evaluate("() => document.activeElement.blur()")
        answer(page)
        if kind in ("file_upload", "notebook_photo", "oral_answer"):
            press(page, page.locator("button[value=add]"))
            expect(page.locator("[data-answer] .pairs__row")).to_have_count(1)
            wait_ready(page)
        wait_idle(page)
        given = page.evaluate(VALUES)
        page.reload()
        wait_ready(page)
        assert page.evaluate(VALUES) == given, kind
        assert any(value not in ("", False) for _name, value in given), kind
        if slot < len(KINDS):
            page.goto(page.url.replace(f"/q/{slot}", f"/q/{slot + 1}"))
    answered = {
        slot for what, slot, payload in stored(site) if what == "answer" and any(payload["fields"].values())
    }
    assert answered == set(range(1, len(KINDS) + 1))
    page.goto(page.url.rsplit("/q/", 1)[0] + "/review")
    wait_ready(page)
    expect(page.locator("[data-review-row] .state.ok")).to_have_count(len(KINDS))
    assert overflowing(page) == []
    expect(page.locator("[data-review-row] th").first).to_contain_text("x² ≤ 1/2")
    page.goto(page.url.replace("/review", "/submit"))
    wait_ready(page)
    press(page, page.get_by_role("button", name="Да, сдать"))
    page.wait_for_url("**/status")
    assert overflowing(page) == []
    expect(page.locator(".outcomes math").first).to_be_visible()
    assert page.locator(".outcomes .answer-given", has_text="не заполнено").count() == 0
    context.close()
