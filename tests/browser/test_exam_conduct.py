"""Every way of sitting a work, and marking by keyboard: practice, tries, certainty, adaptive choice, parts, files by hand."""

from __future__ import annotations

import io
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Playwright, expect

from lms.assessment import tasks
from tests.browser.story.keyboard import Keyboard
from tests.browser.test_exam_pages import dress
from tests.browser.test_exam_sitting import wait_idle, wait_ready
from tests.fixtures.application import FAST_HASHES
from tests.fixtures.chromium import FAKE_CAMERA
from tests.fixtures.hall import ESSAYS, HINTS, Hall, build_hall
from tests.fixtures.site import Site

pytestmark = pytest.mark.browser

SETTINGS = {**FAST_HASHES, "LMS_JOBS_URL": "memory://"}
CHOICE = "input[type=radio][name$='answer']"
SURE = "input[name$='_certainty']"


@pytest.fixture(scope="module")
def hall(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, make_site: Callable[..., Site]
) -> Iterator[tuple[Site, Hall]]:
    """Run one school for all journeys: each sits a work of its own."""
    folder = tmp_path_factory.mktemp("hall")
    for source in sqlite_template.parent.glob("lms.db*"):
        shutil.copyfile(source, folder / source.name)
    built = build_hall(folder, SETTINGS)
    site = make_site(copy_of=folder)
    built.folder = site.folder
    site.start(worker=False)
    yield site, built
    site.stop()


@pytest.fixture
def look(
    accessibility_faults: Callable[[Page], list[str]], overflowing: Callable[[Page], list[str]]
) -> Callable[[Page], None]:
    """Return a look at a page: nothing sticks out, axe finds nothing."""

    def check(page: Page) -> None:
        assert [*accessibility_faults(page), *overflowing(page)] == []

    return check


Look = Callable[[Page], None]


def enter(page: Page, site: Site, hall: Hall, login: str) -> None:
    """Sign in as somebody of the school."""
    page.goto(f"{site.url}/login")
    page.fill("[name=login]", login)
    page.fill("[name=password]", hall.password)
    page.click("main form button[type=submit]")
    page.wait_for_url(lambda url: "/login" not in url)


def begin(page: Page, site: Site, hall: Hall, work: str) -> str:
    """Sign in as the student, start a work, and return its address."""
    enter(page, site, hall, hall.student)
    page.goto(f"{site.url}/exams/{hall.entries[work]}/ready")
    page.locator("main form button").click()
    page.wait_for_url("**/q/1")
    return page.url.rsplit("/q/", 1)[0]


def asked(page: Page, *, is_right: bool) -> str:
    """Return the words of the right or the wrong answer to the question on the page."""
    number = int(page.locator("form[data-question]").inner_text().split("Сколько будет ")[1].split()[0])
    return f"Ровно {number + (1 if is_right else 2)}"


def choose(keys: Keyboard, *, is_right: bool) -> None:
    """Choose the right or the wrong answer by keyboard."""
    keys.choose(CHOICE, asked(keys.page, is_right=is_right))


def change(site: Site, statement: str, *values: Any) -> None:
    """Change the database beside the running product: what only waiting would bring about."""
    with sqlite3.connect(site.folder / "lms.db", timeout=20) as database:
        database.execute(statement, values)


def test_practice_tells_at_once_what_was_right_and_needs_no_scripts(
    browser: Browser, browser_context_args: dict[str, Any], hall: tuple[Site, Hall]
) -> None:
    site, school = hall
    narrow = {**browser_context_args, "viewport": {"width": 320, "height": 800}}
    page = browser.new_context(**narrow, java_script_enabled=False).new_page()
    work = begin(page, site, school, "practice")
    page.get_by_role("button", name="Проверить ответ").click()
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    right = asked(page, is_right=True)
    expect(page.locator("main")).not_to_contain_text("Верный ответ")
    page.get_by_label(asked(page, is_right=False)).check()
    page.get_by_role("button", name="Проверить ответ").click()
    expect(page.locator("#check")).to_contain_text(f"Верный ответ: {right}")
    expect(page.locator("fieldset[disabled]").get_by_label(right)).to_be_disabled()
    page.get_by_role("button", name="Сохранить и дальше").click()
    page.get_by_label(asked(page, is_right=True)).check()
    page.get_by_role("button", name="Проверить ответ").click()
    expect(page.locator("#check")).to_contain_text("Верно")
    page.goto(f"{work}/submit")
    page.get_by_role("button", name="Да, сдать").click()
    page.wait_for_url("**/status")
    expect(page.locator("main")).to_contain_text(f"Верный ответ: {right}")
    page.goto(f"{site.url}/exams/{school.entries['practice']}/ready")
    page.locator("main form button").click()
    page.wait_for_url("**/q/1")
    assert work not in page.url, "practice is a work that can be begun again"
    page.context.close()


def test_tries_hints_and_their_price_by_keyboard_at_double_size(
    browser: Browser, browser_context_args: dict[str, Any], hall: tuple[Site, Hall], look: Look
) -> None:
    site, school = hall
    wide = {**browser_context_args, "viewport": {"width": 640, "height": 720}}
    page = browser.new_context(**wide).new_page()
    dress(page, site, size="200", locale="en")
    work = begin(page, site, school, "tries")
    keys, check = Keyboard(page), page.locator("#check")
    for turn, left in enumerate(("2 tries are left", "1 try is left")):
        wait_ready(page)
        choose(keys, is_right=False)
        keys.enter("button", "Check the answer")
        expect(check).to_contain_text(left)
        for number, hint in enumerate(HINTS):
            expect(check.get_by_text(hint)).to_have_count(1 if number <= turn else 0)
        look(page)
    wait_ready(page)
    choose(keys, is_right=True)
    keys.enter("button", "Check the answer")
    expect(check).to_contain_text("0.5 of 1")
    expect(page.locator(CHOICE).first).to_be_disabled()
    look(page)
    wait_ready(page)
    keys.to(".exam__go button", "Next")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Question 2")
    choose(keys, is_right=True)
    expect(page.locator("[data-save-text]")).to_contain_text("Saved on the server", timeout=20_000)
    page.goto(f"{work}/submit")
    wait_ready(page)
    keys.to("main form button", "Yes")
    page.keyboard.press("Enter")
    page.wait_for_url("**/status")
    assert result(site, "tries", school) == (1.5, 2)
    page.context.close()


def result(site: Site, work: str, school: Hall) -> tuple[float, float]:
    """Return the points of the newest result of a session, and how many there could be."""
    with sqlite3.connect(f"file:{site.folder}/lms.db?mode=ro", uri=True) as database:
        found = database.execute(
            "SELECT points, max_points FROM result WHERE session_id = ? ORDER BY number DESC",
            (school.sessions[work].hex,),
        ).fetchone()
    return float(found[0]), float(found[1])


def test_certainty_is_asked_and_what_a_student_sees_opens_step_by_step(
    page: Page,
    browser: Browser,
    browser_context_args: dict[str, Any],
    hall: tuple[Site, Hall],
    look: Look,
) -> None:
    site, school = hall
    work = begin(page, site, school, "certainty")
    keys, words = Keyboard(page), page.locator("main")
    for slot, is_right in ((1, True), (2, False)):
        wait_ready(page)
        choose(keys, is_right=is_right)
        keys.choose(SURE, "Точно верно")
        wait_idle(page)
        page.reload()
        expect(page.locator(f"{SURE}:checked")).to_have_value("3")
        look(page)
        page.goto(f"{work}/{'q/2' if slot == 1 else 'submit'}")
    wait_ready(page)
    page.get_by_role("button", name="Да, сдать").click()
    page.wait_for_url("**/status")
    expect(words).to_contain_text("Что верно, будет видно после объявления результата")
    expect(words).to_contain_text("Ровно 1")
    hidden = ("Верный ответ", "Пока неверно", "Уверенность")
    for text in hidden:
        expect(words).not_to_contain_text(text)
    teacher = browser.new_context(**browser_context_args).new_page()
    enter(teacher, site, school, school.teacher)
    teacher.goto(f"{site.url}/sessions/{school.sessions['certainty']}")
    Keyboard(teacher).enter("main button", "Объявить")
    teacher.context.close()
    page.reload()
    expect(words).to_contain_text("Уверенность: точно верно")
    expect(words).not_to_contain_text("Верный ответ")
    look(page)
    past = datetime.now(UTC).replace(tzinfo=None) - timedelta(minutes=1)
    closed = "UPDATE attestation_session SET closes_at = ? WHERE id = ?"
    change(site, closed, past.isoformat(" ", "microseconds"), school.sessions["certainty"].hex)
    page.reload()
    expect(words).to_contain_text("Верный ответ: Ровно 2")
    look(page)


def test_an_adaptive_work_goes_forward_by_keyboard_until_enough_is_known(
    page: Page, hall: tuple[Site, Hall], look: Look
) -> None:
    site, school = hall
    work = begin(page, site, school, "adaptive")
    keys, seen = Keyboard(page), []
    for slot in (1, 2, 3):
        expect(page.locator("h1")).to_have_text(f"Вопрос {slot}, всего не больше 3")
        wait_ready(page)
        seen.append(asked(page, is_right=True))
        choose(keys, is_right=slot == 1)
        wait_idle(page)
        if slot == 2:
            page.goto(f"{work}/q/1")
            expect(page.locator("h1")).to_contain_text("Вопрос 2")
            assert page.get_by_role("button", name="Назад").count() == 0
            look(page)
            wait_ready(page)
        keys.enter(".exam__go button")
    assert len(set(seen)) == 3
    page.wait_for_url("**/review")
    page.goto(f"{work}/submit")
    wait_ready(page)
    page.get_by_role("button", name="Да, сдать").click()
    page.wait_for_url("**/status")


def test_parts_have_clocks_and_no_way_back(page: Page, hall: tuple[Site, Hall], look: Look) -> None:
    site, school = hall
    work = begin(page, site, school, "parts")
    keys = Keyboard(page)
    for slot in (1, 2):
        expect(page.locator("h1")).to_contain_text(f"Вопрос {slot}")
        expect(page.locator("main")).to_contain_text("Часть 1 из 2. Первая")
        assert page.get_by_role("button", name="Вернуться к вопросу позже").count() == 0
        wait_ready(page)
        choose(keys, is_right=True)
        wait_idle(page)
        keys.enter(".exam__go button[value=next]")
    expect(page.locator("h1")).to_have_text("Закончить эту часть?")
    look(page)
    page.goto(f"{work}/q/1")
    expect(page.locator("h1")).to_contain_text("Вопрос 2")
    page.goto(f"{work}/part")
    keys.enter("main form button", "Перейти к части 2")
    expect(page.locator("h1")).to_contain_text("Вопрос 3")
    page.goto(f"{work}/q/2")
    expect(page.locator("h1")).to_contain_text("Вопрос 3")
    began = datetime.now(UTC).replace(tzinfo=None) - timedelta(minutes=9, seconds=55)
    moments = [each.isoformat(" ", "microseconds") for each in (began, began + timedelta(minutes=10))]
    attempt = UUID(work.rsplit("/", 1)[1]).hex
    change(site, "UPDATE attempt SET part_started_at = ?, part_ends_at = ? WHERE id = ?", *moments, attempt)
    page.reload()
    wait_ready(page)
    choose(keys, is_right=True)
    page.wait_for_url("**/part", timeout=20_000)
    expect(page.locator("h1")).to_have_text("Время этой части вышло")
    expect(page.locator("main tbody tr .state.ok")).to_have_count(1)
    look(page)
    page.goto(f"{work}/submit")
    wait_ready(page)
    page.get_by_role("button", name="Да, сдать").click()
    page.wait_for_url("**/status")
    assert result(site, "parts", school) == (3, 3)


def marked(site: Site, school: Hall) -> list[float]:
    """Return the shares of the grades that people gave in the session of essays, as they stand."""
    with sqlite3.connect(f"file:{site.folder}/lms.db?mode=ro", uri=True) as database:
        rows = database.execute(
            "SELECT g.fraction FROM grade g JOIN attempt_item i ON i.id = g.attempt_item_id JOIN attempt a ON a.id = i.attempt_id"
            " WHERE a.session_id = ? AND g.source = 'human' ORDER BY g.fraction",
            (school.sessions["essays"].hex,),
        ).fetchall()
    return [round(float(fraction), 2) for (fraction,) in rows]


def give(keys: Keyboard, *points: str, words: str = "") -> None:
    """Fill in the lines of the rubric and the comment, and save with the keys."""
    for number, value in enumerate(points):
        keys.to("form[data-mark] input.govuk-input")
        keys.page.keyboard.press("Control+A")
        keys.page.keyboard.type(value)
        assert keys.page.evaluate("() => document.activeElement.name") != "comment", number
    if words:
        keys.write("form[data-mark] textarea", words)
    with keys.page.expect_navigation():
        keys.page.keyboard.press("Control+Enter")


def turn(page: Page, key: str) -> str:
    """Go to another answer with the keys, and return its text."""
    with page.expect_navigation():
        page.keyboard.press(f"Alt+{key}")
    return page.locator(".response").inner_text()


def test_essays_are_marked_by_two_people_and_a_third_one_by_keyboard_alone(
    browser: Browser, browser_context_args: dict[str, Any], hall: tuple[Site, Hall], look: Look
) -> None:
    site, school = hall
    desks = {}
    for login in (school.teacher, school.member, school.director):
        desks[login] = browser.new_context(**browser_context_args).new_page()
        enter(desks[login], site, school, login)
        desks[login].goto(f"{site.url}/marking")
        assert "Ученикова" not in desks[login].locator("body").inner_text()
    first, second, third = desks.values()
    keys = Keyboard(first)
    keys.enter("main a", "Проверить")
    look(first)
    expect(first.locator("main")).to_contain_text("Вы первый; второй не увидит вашей оценки")
    texts = [first.locator(".response").inner_text(), turn(first, "PageDown"), turn(first, "PageDown")]
    assert sorted(texts) == sorted(ESSAYS)
    assert [turn(first, "PageUp"), turn(first, "PageUp")] == [texts[1], texts[0]]
    lines = first.locator("form[data-mark] input.govuk-input").count()
    whole = [
        first.locator("form[data-mark] .govuk-hint").nth(at).inner_text().split()[-1] for at in range(lines)
    ]
    give(keys, *["0"] * (lines - 1))
    expect(first.get_by_role("alert")).to_contain_text("баллы")
    give(keys, *whole, words="Всё верно.")
    expect(first.get_by_role("status").filter(has_text="Оценка сохранена")).to_be_visible()
    expect(first.locator(".response")).to_have_text(texts[1])
    first.goto(f"{site.url}/marking")
    keys.enter("main a", "Essays")
    for text in texts[1:]:
        keys.space("input[name=chosen]")
        expect(first.locator("input[name=chosen]:focus ~ .govuk-hint")).to_contain_text(text)
    keys.write("[name=points]", "2")
    keys.write("[name=comment]", "Напиши, откуда тепло.")
    look(first)
    keys.enter("main button", "Сохранить для всех выбранных")
    expect(first.get_by_role("status").filter(has_text="2 ответа оценены")).to_be_visible()
    assert marked(site, school) == []

    keys = Keyboard(second)
    second.reload()
    keys.enter("main a", "Проверить")
    expect(second.locator("main")).to_contain_text("Вы второй и не видите первой оценки")
    expect(second.locator("main")).not_to_contain_text("Напиши, откуда тепло")
    while second.locator(".response").inner_text() != texts[0]:
        turn(second, "PageDown")
    give(keys, *["0"] * lines, words="Не согласна.")
    assert marked(site, school) == []

    keys = Keyboard(third)
    third.reload()
    keys.enter("main a", "Проверить")
    while "Решает ваша оценка" not in third.locator("main").inner_text():
        turn(third, "PageDown")
    for said in ("Всё верно.", "Не согласна."):
        expect(third.locator("main")).to_contain_text(said)
    look(third)
    give(keys, "1", *["0"] * (lines - 1), words="Один балл за мысль.")
    assert len(marked(site, school)) == 1
    for desk in desks.values():
        desk.context.close()


@pytest.fixture
def speaker(playwright: Playwright, browser_type_launch_args: dict[str, Any]) -> Iterator[Browser]:
    """Return a browser whose microphone hears a tone."""
    arguments = {**browser_type_launch_args, "args": [*browser_type_launch_args["args"], *FAKE_CAMERA]}
    browser = playwright.chromium.launch(**arguments)
    yield browser
    browser.close()


def photograph() -> dict[str, Any]:
    """Return a picture as a file field takes it."""
    picture = io.BytesIO()
    Image.new("RGB", (400, 300), "white").save(picture, "JPEG")
    return {"name": "Соня.jpg", "mimeType": "image/jpeg", "buffer": picture.getvalue()}


def test_a_recording_and_a_photograph_come_in_the_file_of_answers_when_the_network_never_returns(
    speaker: Browser, browser_context_args: dict[str, Any], hall: tuple[Site, Hall], tmp_path: Path
) -> None:
    site, school = hall
    page = speaker.new_context(**browser_context_args).new_page()
    work = begin(page, site, school, "files")
    wait_ready(page)
    page.wait_for_selector("[data-exam][data-kept=yes]", timeout=45_000)
    page.context.set_offline(True)
    keys, kept = Keyboard(page), "сохранён на этом устройстве и уйдёт на сервер сам"
    keys.to("button", "Записать ответ")
    page.keyboard.press("Enter")
    expect(page.get_by_role("timer")).to_contain_text("0:01")
    page.keyboard.press("Enter")
    expect(page.locator("[data-recorder-heard]")).to_be_visible()
    page.get_by_role("button", name="Приложить файл").click()
    expect(page.get_by_text(kept)).to_be_visible()
    keys.to(".exam__go button", "Дальше")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Вопрос 2")
    page.set_input_files("input[type=file]", photograph())
    page.get_by_role("button", name="Приложить файл").click()
    expect(page.get_by_text(kept)).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Сохранить файл ответов").click()
    brought = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(brought)
    assert brought.suffix == ".answers" and b"\xff\xd8\xff" in brought.read_bytes()
    page.context.close()  # this device is gone
    ago = (datetime.now(UTC).replace(tzinfo=None) - timedelta(hours=3)).isoformat(" ", "microseconds")
    attempt = UUID(work.rsplit("/", 1)[1]).hex
    change(site, "UPDATE attempt SET started_at = ?, deadline_at = ? WHERE id = ?", ago, ago, attempt)
    with school.runtime() as runtime:
        tasks.expire_attempts(runtime)
    staff = speaker.new_context(**browser_context_args).new_page()
    enter(staff, site, school, school.teacher)
    staff.goto(f"{site.url}/sessions/{school.sessions['files']}/answers")
    staff.set_input_files("[name=file]", brought)
    desk = Keyboard(staff)
    desk.enter("main button", "Принять")
    # a page that closes may have sent one of them after all; both are there in the end, each once
    expect(staff.get_by_role("status")).to_contain_text(re.compile(r"С (1 записью|2 записями) или фотогра"))
    desk.enter("main a", "Решить, засчитать ли их")
    desk.enter("main a", "Решить")
    desk.choose("[name=decision]", "Да, проверить")
    desk.write("[name=reason]", "Связи не было до конца.")
    desk.enter("main button", "Записать решение")
    found: list[str] = []
    for title in ("Files",) * 2:
        staff.locator("main tr", has_text=title).nth(len(found)).get_by_role("link", name="Проверить").click()
        assert "Соня" not in staff.content(), "marking is blind to the name of a file, too"
        brought_file = staff.locator("audio, .response ~ ul img").first
        loaded = "e => e.tagName === 'IMG' ? e.decode().then(() => e.naturalWidth) : new Promise(done => {"
        loaded += (
            " const said = () => done(e.duration); e.readyState ? said() : e.onloadedmetadata = said; })"
        )
        assert brought_file.evaluate(loaded) > 0
        found.append(brought_file.evaluate("e => e.tagName"))
        staff.goto(f"{site.url}/marking")
    assert sorted(found) == ["AUDIO", "IMG"]
    staff.context.close()
