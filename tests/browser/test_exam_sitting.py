"""A sitting in a real browser: answers are kept through lost networks, killed servers, second tabs and missing scripts."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.fixtures.application import FAST_HASHES
from tests.fixtures.exam import ExamSchool, build_exam_school
from tests.fixtures.site import Site

pytestmark = pytest.mark.browser

expect.set_options(timeout=15_000)  # two cores, two browsers and a server: five seconds are a race

SAVED = "Сохранено на сервере"
KEPT = "Связь пропала, ответы целы"
FIRST_WAIT = 20_000


@pytest.fixture(scope="module")
def exam_folder(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ExamSchool]:
    """Fill one installation that the tests copy."""
    folder = tmp_path_factory.mktemp("exam-school")
    for source in sqlite_template.parent.glob("lms.db*"):
        shutil.copyfile(source, folder / source.name)
    school = build_exam_school(folder, {**FAST_HASHES, "LMS_JOBS_URL": "memory://"})
    return folder, school


@pytest.fixture
def exam(
    exam_folder: tuple[Path, ExamSchool], make_site: Callable[..., Site]
) -> Iterator[tuple[Site, ExamSchool]]:
    """Run the product on a copy of the exam school."""
    folder, school = exam_folder
    site = make_site(copy_of=folder)
    site.start(worker=False)
    yield site, school
    site.stop()


def sign_in(page: Page, site: Site, login: str) -> None:
    """Sign in as one of the cast."""
    page.goto(f"{site.url}/login")
    page.fill("[name=login]", login)
    page.fill("[name=password]", ExamSchool.password(login))
    page.click("main form button[type=submit]")
    page.wait_for_url(lambda url: "/login" not in url)


def begin(page: Page, site: Site, school: ExamSchool) -> None:
    """Sign in and start the examination from its last page before the clock."""
    sign_in(page, site, school.student)
    page.goto(f"{site.url}/exams/{school.entry_id}/ready")
    page.get_by_role("button", name="Начать").click()
    page.wait_for_url("**/q/1")


def wait_ready(page: Page) -> None:
    """Wait until the script of the sitting listens and this tab may write."""
    page.wait_for_selector("[data-exam][data-ready=yes]")
    expect(page.locator("[data-second-tab]")).to_be_hidden()


def save_words(page: Page) -> Any:
    """Return where the page says that the answer is."""
    return page.locator("[data-save-text]")


def go_on(page: Page) -> None:
    """Press the main button of a question and wait for the next heading."""
    before = page.locator("h1").inner_text()
    page.locator(".exam__go button[value=next]").click()
    expect(page.locator("h1")).not_to_have_text(before)


def stored(site: Site) -> list[tuple[str, int, dict[str, Any]]]:
    """Return the operations that the server keeps, in their order."""
    with sqlite3.connect(f"file:{site.folder}/lms.db?mode=ro", uri=True) as database:
        rows = database.execute(
            "SELECT kind, slot, payload FROM response_event ORDER BY client_seq, t_server"
        ).fetchall()
    return [(kind, slot, json.loads(payload)) for kind, slot, payload in rows]


def wait_idle(page: Page) -> None:
    """Wait until nothing waits in the outbox of this page any more."""
    expect(save_words(page)).to_contain_text(SAVED, timeout=FIRST_WAIT)


def is_submitted(site: Site) -> bool:
    """Tell whether the server knows that the work was handed in."""
    with sqlite3.connect(f"file:{site.folder}/lms.db?mode=ro", uri=True) as database:
        return bool(database.execute("SELECT count(*) FROM attempt WHERE ended_by = 'student'").fetchone()[0])


def test_answers_save_themselves_and_survive_a_reload(page: Page, exam: tuple[Site, ExamSchool]) -> None:
    site, school = exam
    begin(page, site, school)
    wait_ready(page)
    page.locator("label.answer").nth(1).click()
    wait_idle(page)
    expect(page.locator("[data-strip-heading]")).to_have_text(f"Отвечено 1 из {school.questions}")
    page.reload()
    assert page.locator("label.answer input").nth(1).is_checked()
    assert [(kind, slot) for kind, slot, _payload in stored(site)] == [("answer", 1)]


def test_the_whole_work_without_scripts(
    browser: Browser, browser_context_args: dict[str, Any], exam: tuple[Site, ExamSchool]
) -> None:
    site, school = exam
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    page = context.new_page()
    begin(page, site, school)
    fill_everything(page, lambda: page.get_by_role("button", name="Сохранить и").last.click())
    page.get_by_role("link", name="Сдать работу").click()
    page.get_by_role("button", name="Да, сдать").click()
    page.wait_for_url("**/status")
    expect(page.locator("h1")).to_have_text("Работа сдана, это всё")
    answered = {
        slot for kind, slot, payload in stored(site) if kind == "answer" and any(payload["fields"].values())
    }
    assert answered == set(range(1, school.questions + 1))
    context.close()


def fill_everything(page: Page, press: Callable[[], None]) -> None:
    """Answer all seven questions with what needs no script."""
    page.locator("label.answer").nth(0).click()
    press()
    page.locator("label.answer").nth(0).click()
    page.locator("label.answer").nth(1).click()
    press()
    page.locator(".q input.govuk-input").first.fill("75")
    press()
    page.locator(".q input.govuk-input").first.fill("астроном")
    press()
    for select in page.locator(".pairs select").all():
        select.select_option(index=1)
    press()
    for number, select in enumerate(page.locator(".places select").all(), start=1):
        select.select_option(index=number)
    press()
    page.locator("textarea").fill("Лёд легче воды, он плавает сверху и бережёт тепло.")
    press()


def test_a_form_sent_twice_is_one_answer(
    browser: Browser, browser_context_args: dict[str, Any], exam: tuple[Site, ExamSchool]
) -> None:
    site, school = exam
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    page = context.new_page()
    begin(page, site, school)
    page.locator("label.answer").nth(0).click()
    fields = {
        name: page.locator(f"[name='{name}']").first.get_attribute("value")
        for name in ("csrf_token", "op_id", "client_seq")
    }
    chosen = page.locator("label.answer input").nth(0)
    form = {**fields, str(chosen.get_attribute("name")): str(chosen.get_attribute("value")), "go": "next"}
    for _ in range(2):
        assert page.request.post(page.url, form=form).ok
    assert len(stored(site)) == 1
    context.close()


def test_a_lost_network_loses_nothing_and_the_page_says_so(
    page: Page, context: BrowserContext, exam: tuple[Site, ExamSchool]
) -> None:
    site, school = exam
    begin(page, site, school)
    wait_for_questions(page)
    context.set_offline(True)
    page.locator("label.answer").nth(2).click()
    expect(save_words(page)).to_contain_text(KEPT)
    go_on(page)
    page.locator("label.answer").nth(0).click()
    expect(save_words(page)).to_contain_text(KEPT)
    assert stored(site) == []
    context.set_offline(False)
    wait_idle(page)
    assert [slot for _kind, slot, _payload in stored(site)] == [1, 2]


def wait_for_questions(page: Page) -> None:
    """Wait until the browser has kept every question for a time without a network."""
    page.wait_for_selector("[data-exam][data-kept=yes]", timeout=45_000)


def test_a_second_tab_only_looks_until_it_takes_over(
    page: Page, context: BrowserContext, exam: tuple[Site, ExamSchool]
) -> None:
    site, school = exam
    begin(page, site, school)
    expect(page.locator("label.answer input").first).to_be_enabled()
    second = context.new_page()
    second.goto(page.url)
    expect(second.get_by_text("Работа открыта в другой вкладке")).to_be_visible()
    expect(second.locator("label.answer input").first).to_be_disabled()
    second.get_by_role("button", name="Писать здесь").click()
    expect(second.locator("label.answer input").first).to_be_enabled()
    expect(page.locator("label.answer input").first).to_be_disabled()
    second.locator("label.answer").nth(0).click()
    wait_idle(second)


def test_handing_in_waits_for_the_network_and_goes_off_by_itself(
    page: Page, context: BrowserContext, exam: tuple[Site, ExamSchool]
) -> None:
    site, school = exam
    begin(page, site, school)
    page.goto(page.url.replace("/q/1", "/submit"))
    wait_ready(page)
    context.set_offline(True)
    page.get_by_role("button", name="Да, сдать").click()
    expect(page.locator("[data-handing-in]")).to_contain_text("работа уйдёт сама")
    assert not is_submitted(site)
    context.set_offline(False)
    page.wait_for_url("**/status", timeout=FIRST_WAIT)
    assert is_submitted(site)


def test_the_file_of_answers_holds_what_was_not_sent(
    page: Page, context: BrowserContext, exam: tuple[Site, ExamSchool]
) -> None:
    site, school = exam
    begin(page, site, school)
    wait_ready(page)
    context.set_offline(True)
    page.locator("label.answer").nth(2).click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Сохранить файл ответов").click()
    body = json.loads(Path(waiting.value.path()).read_text("utf-8"))
    assert [(op["kind"], op["slot"], op["receipt"]) for op in body["operations"]] == [("answer", 1, None)]


def test_the_whole_work_by_keyboard_alone(page: Page, exam: tuple[Site, ExamSchool]) -> None:
    site, school = exam
    begin(page, site, school)
    wait_ready(page)
    press_until(page, "input[type=radio]")
    page.keyboard.press("Space")
    press_until(page, ".exam__go button[value=next]")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Вопрос 2")
    assert page.evaluate("document.activeElement.tagName") == "H1"
    press_until(page, "input[type=checkbox]")
    page.keyboard.press("Space")
    wait_idle(page)
    press_until(page, ".strip a[data-cell='6']")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Вопрос 6")
    press_until(page, "[data-order-fill]")
    page.keyboard.press("Enter")
    before = [select.input_value() for select in page.locator(".places select").all()]
    press_until(page, "[data-move='1']")
    page.keyboard.press("Enter")
    after = [select.input_value() for select in page.locator(".places select").all()]
    assert sorted(before) == sorted(after)
    assert before != after
    assert "теперь на месте" in page.locator("[data-order-spoken]").inner_text()
    wait_idle(page)
    assert {slot for _kind, slot, _payload in stored(site)} == {1, 2, 6}


def press_until(page: Page, selector: str) -> None:
    """Press Tab until the focus is on an element, as somebody without a mouse does."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"the keyboard never reaches {selector}")


def test_extra_minutes_stand_in_the_timer_and_it_can_be_hidden(
    page: Page, exam: tuple[Site, ExamSchool]
) -> None:
    site, school = exam
    begin(page, site, school)
    wait_ready(page)
    expect(page.locator("[data-timer-words]")).to_have_text("Осталось 1 час 45 минут")
    expect(page.locator("[data-timer-until]")).to_contain_text("твои 45 минут учтены")
    with page.expect_response("**/timer"):
        page.get_by_role("button", name="Скрыть время").click()
    expect(page.locator("[data-timer-words]")).to_be_hidden()
    page.reload()
    expect(page.locator("[data-timer-words]")).to_be_hidden()


def test_a_break_stops_the_time(page: Page, exam: tuple[Site, ExamSchool]) -> None:
    site, school = exam
    begin(page, site, school)
    page.get_by_role("button", name="Перерыв, время остановится").click()
    expect(page.locator("h1")).to_have_text("Перерыв")
    expect(page.get_by_text("Остался 1 перерыв")).to_be_visible()
    page.get_by_role("button", name="Дальше").click()
    expect(page.locator("h1")).to_contain_text("Вопрос 1")
