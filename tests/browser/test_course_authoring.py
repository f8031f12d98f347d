"""A course of every kind of step: written by keyboard, checked, published, learnt on a small screen partly without a network.

A teacher is stopped by the checker and mends; a student reads in double size on 360 px; a second version comes out under her;
her mother follows.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from lms.app import create_runtime, load_settings
from lms.core.actor import SYSTEM
from lms.core.ids import new_id
from lms.courses import service
from lms.demo.cast import load_cast
from tests.browser.story.keyboard import Keyboard
from tests.browser.story.kinds import KEPT_KINDS, MEDIA, MET_KINDS, PART_BYTES, photograph, write_step
from tests.fixtures.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SMALL = {"width": 360, "height": 740}
GO_ON = re.compile("Прочитано, дальше|Прочитано, закончить|Отметить сделанным|Дальше")
#: These begin the two sections and are written in other forms.
WRITTEN_APART = {"text", "assignment"}


def signed_in(browser: Browser, arguments: dict[str, Any], site: Site, login: str, password: str) -> Page:
    page = browser.new_context(**arguments).new_page()
    page.goto(f"{site.url}/login")
    page.fill("[name=login]", login)
    page.fill("[name=password]", password)
    with page.expect_navigation():
        page.click("form.form button")
    return page


def begin_a_course(page: Page, keys: Keyboard, url: str) -> str:
    """Begin a course of two sections; the headings of the first text skip a level. Return the page of the draft."""
    page.goto(f"{url}/courses/new")
    keys.write("[name=title]", "Тени")
    keys.to("[name=subject]")
    page.keyboard.press("ArrowDown")
    keys.to("[name=mode]")
    while not page.locator("[name=mode][value=open]").is_checked():
        page.keyboard.press("ArrowDown")
    keys.enter("main button", "Начать")
    draft = page.url
    for title, text in (
        ("Откуда тень", "## Свет и тень\n# Свет\n\n### Тень\n\nТень там, куда свет не попал."),
        ("Тени вместе", "## Что дальше\nТеперь опыты дома и разговор с классом."),
    ):
        keys.write("[name=title]", title)
        keys.write("[name=steps]", text)
        keys.enter("main button", "Добавить раздел")
    return draft


def write_every_kind(page: Page, keys: Keyboard, draft: str) -> None:
    """Add a step of every kind that is installed, and at the end an assignment."""
    page.goto(draft)
    first, second = (link.get_attribute("href") for link in page.locator("main a[href*='new-step']").all())
    keys.enter("main a", "Добавить шаг")
    offered = [link.get_attribute("href") or "" for link in page.locator("main a[href*='type=']").all()]
    kinds = {address.rsplit("=", 1)[1] for address in offered}
    assert kinds == {*KEPT_KINDS, *MET_KINDS, *WRITTEN_APART}, "a kind that nobody writes here"
    task = {"task": "Сфотографируй тень своей чашки."}
    for section, steps in ((first, KEPT_KINDS), (second, {**MET_KINDS, "assignment": task})):
        for kind, fields in steps.items():
            page.goto(f"{draft.split('/courses', 1)[0]}{section}")
            keys.enter(f"main a[href$='type={kind}']")
            if kind == "video":
                lose_the_network_and_the_page(page)
            write_step(keys, f"Шаг {kind}", fields)
            expect(page.locator("h1")).to_have_text(f"Шаг {kind}")


def lose_the_network_and_the_page(page: Page) -> None:
    """Begin to send a film, lose the network after the first part and then the page; what is there is not sent again."""
    again = f"**/uploads/*?offset={PART_BYTES}"
    page.route(again, lambda route: route.abort())
    film = {"name": "pots.webm", "mimeType": "video/webm", "buffer": (MEDIA / "two-pots.webm").read_bytes()}
    page.set_input_files("[name=film]", film)
    expect(page.locator("[data-status]").first).to_contain_text("Сети нет", timeout=15_000)
    page.unroute(again)
    page.reload()


def mend_and_publish(page: Page, keys: Keyboard, draft: str) -> None:
    """Be stopped by the checker, go where it leads, mend and publish."""
    page.goto(draft)
    keys.enter("main button", "Опубликовать")
    expect(page.locator("aside")).to_contain_text("перескакивает уровень")
    keys.enter("aside a", "Свет и тень")
    rewrite(page, keys, "# Свет\n\n## Тень\n\nТень там, куда свет не попал.")
    page.goto(draft)
    keys.enter("main button", "Опубликовать")
    expect(page.locator("main")).to_contain_text("опубликован")


def paste_from_word(page: Page, keys: Keyboard, draft: str) -> None:
    """Put a copied document into the text of a section: it is Markdown, it is said what is lost, and Ctrl+Z takes it back."""
    page.goto(draft)
    keys.to("[name=steps]")
    page.evaluate(
        """html => { const data = new DataTransfer(); data.setData('text/html', html); data.setData('text/plain', 'bare');
        document.activeElement.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true})); }""",
        "<h1>Тень</h1><p class=MsoNormal>Она <b>там</b>.<img src='file:///c.png' alt='Лампа'></p>",
    )
    expect(page.locator("[data-paste] [role=status]")).to_contain_text("1 картинка")
    written = page.locator("[name=steps]").input_value()
    assert written.startswith("## Тень\n\nОна **там**.\n\n*") and "Лампа" in written
    page.keyboard.press("Control+Z")
    expect(page.locator("[name=steps]")).to_have_value("")


def rewrite(page: Page, keys: Keyboard, text: str) -> None:
    keys.to("[name=markdown]")
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(text)
    keys.enter("main button", "Сохранить и посмотреть")


def publish_again(page: Page, keys: Keyboard, draft: str) -> None:
    """Publish a second version in which the first text is another one; who is under way stays where she is."""
    page.goto(draft)
    keys.enter("main button", "Открыть новый черновик")
    keys.enter("main a", "Свет и тень")
    rewrite(page, keys, "Новый текст второй версии.")
    page.goto(draft)
    expect(page.locator("aside")).to_contain_text("Сейчас учится 1 ученик")
    keys.enter("main button", "Опубликовать")
    expect(page.locator("main")).to_contain_text("опубликован")


def take_along(page: Page, course: str) -> None:
    """Come in, and take the first section along."""
    page.goto(course)
    with page.expect_navigation():
        page.get_by_role("button", name="Записаться").click()
    page.goto(f"{course}/offline")
    pack = page.locator("[data-pack]").nth(1)
    pack.get_by_role("checkbox").check()
    pack.get_by_role("button").click()
    expect(pack.locator("[data-taken]")).to_contain_text("На этом устройстве с", timeout=30_000)


def learn_without_a_network(page: Page, course: str, look: Callable[[], None]) -> None:
    """Go through the first section from this device alone."""
    page.goto(course)
    page.locator("main a[href*='/steps/']").first.click()
    for number in range(len(KEPT_KINDS) + 1):
        expect(page.locator("[data-lesson]")).to_have_attribute("data-ready", "yes")
        look()
        before = page.url
        if page.locator("#answer-form").count():
            for group in page.locator("#answer-form fieldset").all():
                group.locator("label", has_text=re.compile("хорошо|от лампы|сразу")).first.click()
            page.get_by_role("button", name="Проверить").click()
            expect(page.locator("[data-save]")).to_contain_text("сохранён на этом устройстве", timeout=15_000)
            if number < len(KEPT_KINDS):
                page.locator("[data-go-on]").click()
        else:
            page.get_by_role("button", name=GO_ON).click()
        if number < len(KEPT_KINDS):
            expect(page).not_to_have_url(before)


def learn_with_others(page: Page, course: str, look: Callable[[], None]) -> None:
    """Go through the second section as far as one comes without other people, and hand a photograph in."""
    page.goto(course)
    page.locator("main a[href*='/steps/']", has_text="Что дальше").first.click()
    for kind in MET_KINDS:
        with page.expect_navigation():
            page.get_by_role("button", name=GO_ON).or_(page.get_by_role("link", name=GO_ON)).first.click()
        expect(page.locator("h1")).to_have_text(f"Шаг {kind}")
        look()
    page.locator("nav a", has_text="Шаг assignment").first.click()
    expect(page.locator("h1")).to_have_text("Шаг assignment")
    page.set_input_files(
        "[name=files]", {"name": "cup.jpg", "mimeType": "image/jpeg", "buffer": photograph()}
    )
    with page.expect_navigation():
        page.get_by_role("button", name="Сдать").click()
    expect(page.locator("#work")).to_contain_text("у учителя")
    look()


def asked(site: Site, query: str) -> list[Any]:
    with closing(sqlite3.connect(site.folder / "lms.db")) as database:
        return database.execute(query).fetchall()


def register_a_tool(site: Site) -> None:
    """Let the school's courses open a tool of another maker."""
    there = "https://tool.example/"
    runtime = create_runtime(load_settings({"LMS_DATA_DIR": str(site.folder), "LMS_JOBS_URL": "memory://"}))
    try:
        school = load_cast(runtime)
        with runtime.unit_of_work(school.actor("gromova")) as uow:
            tool = service.NewTool("Опыты", there, f"{there}login", [f"{there}launch"])
            service.register_tool(uow, school.id("school-14"), tool)
    finally:
        runtime.dispose()


def pass_the_exam(site: Site, exam: str) -> None:
    """Let the examination that stands in the course come to a good result; how it is sat is played elsewhere."""
    runtime = create_runtime(load_settings({"LMS_DATA_DIR": str(site.folder), "LMS_JOBS_URL": "memory://"}))
    try:
        sonya = load_cast(runtime).id("sonya")
        with runtime.unit_of_work(SYSTEM) as uow:
            taken = service.take_result(uow, sonya, UUID(exam), new_id(), Decimal("0.8"), is_passed=True)
        assert taken == 1
    finally:
        runtime.dispose()


def test_a_course_of_every_kind_is_written_mended_published_and_learnt(
    make_site: Callable[..., Site],
    demo_folder: Any,
    demo_logins: dict[str, str],
    browser: Browser,
    browser_context_args: dict[str, Any],
    accessibility_faults: Callable[[Page], list[str]],
    overflowing: Callable[[Page], list[str]],
) -> None:
    site = make_site(copy_of=demo_folder, LMS_COURSES_UPLOAD_PART_BYTES=str(PART_BYTES))
    site.start()
    try:
        register_a_tool(site)
        kim = signed_in(browser, browser_context_args, site, "kim", demo_logins["kim"])
        keys = Keyboard(kim)
        draft = begin_a_course(kim, keys, site.url)
        write_every_kind(kim, keys, draft)
        paste_from_word(kim, keys, draft)
        mend_and_publish(kim, keys, draft)
        course = draft.removesuffix("/write")

        small = {**browser_context_args, "viewport": SMALL}
        sonya = signed_in(browser, small, site, "sonya", demo_logins["sonya"])
        sonya.goto(f"{site.url}/reading")
        sonya.locator("label.pick__one", has=sonya.locator("[name=size][value='200']")).click()
        with sonya.expect_navigation():
            sonya.locator("main form button[type=submit]").first.click()

        def fits() -> None:
            assert overflowing(sonya) == [], sonya.url

        def whole() -> None:
            assert overflowing(sonya) == [] and accessibility_faults(sonya) == [], sonya.url

        take_along(sonya, course)
        sonya.context.set_offline(True)
        sonya.context.route("**/ops", lambda route: route.abort())
        learn_without_a_network(sonya, course, fits)
        assert asked(site, "SELECT count(*) FROM course_operation") == [(0,)]
        publish_again(kim, keys, draft)
        sonya.context.unroute("**/ops")
        sonya.context.set_offline(False)
        with sonya.expect_response(re.compile("/ops$")):
            sonya.goto(f"{site.url}/home")
        assert asked(site, "SELECT count(*) FROM course_operation") == [(len(KEPT_KINDS) + 1,)]
        sonya.goto(course)
        expect(sonya.locator("main")).not_to_contain_text("Новый текст")
        expect(sonya.locator("html")).to_have_attribute("data-size", "200")
        learn_with_others(sonya, course, fits)
        whole()
        ((test,),) = asked(site, "SELECT content FROM course_block WHERE type = 'graded_test' LIMIT 1")
        pass_the_exam(site, json.loads(test)["exam"])

        kim.goto(course)
        keys.enter("a", "Работы на проверку")
        keys.enter("main a", "Соня")
        assert accessibility_faults(kim) == []
        keys.write("[name=comment]", "Видно край тени, хорошо.")
        keys.enter("main button", "Принять")
        sonya.reload()
        expect(sonya.locator("#work")).to_contain_text("Видно край тени")
        sonya.goto(course)
        expect(sonya.locator("main")).to_contain_text("Путь пройден")
        whole()

        anna = signed_in(browser, small, site, "anna", demo_logins["anna"])
        anna.goto(f"{site.url}/children/week")
        done = len(KEPT_KINDS) + len(MET_KINDS) + 3
        expect(anna.locator("main")).to_contain_text(f"{done} шаг")
        expect(anna.locator("main")).to_contain_text("Тени")
        assert overflowing(anna) == [] and accessibility_faults(anna) == []
    finally:
        site.stop()
