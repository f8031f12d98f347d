"""A child learns where there is no network: takes a week along, reads, answers; all of it arrives once, and only hers."""

from __future__ import annotations

import io
import json
import re
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from lms.core.keys import KeyRing
from tests.browser.beside import Beside, publish_beside
from tests.fixtures.site import Site

pytestmark = pytest.mark.browser

COURSE = "Цифровая грамотность: пароли, обман и личные данные"
KEPT = "() => caches.keys().then(names => names.filter(name => name.startsWith('marshrut-course-')))"


def sign_in(page: Page, site: Site, login: str) -> None:
    page.goto(f"{site.url}/login")
    page.fill("[name=login]", login)
    page.fill("[name=password]", f"marshrut-{login}")
    with page.expect_navigation():
        page.click("form.form button")


def counted(site: Site, table: str) -> int:
    """Return how much of what was done without a network the server has."""
    with closing(sqlite3.connect(site.folder / "lms.db")) as database:
        if table == "course_operation":
            return int(database.execute("SELECT count(*) FROM course_operation").fetchone()[0])
        query = "SELECT count(*) FROM block_answer a JOIN course_operation o ON o.block_id = a.block_id"
        return int(database.execute(query).fetchone()[0])


def take_the_week(page: Page) -> None:
    """Take the course, read how much it weighs, and have it fetched."""
    page.get_by_role("link", name=COURSE).click()
    with page.expect_navigation():
        page.get_by_role("button", name="Взять этот курс").or_(
            page.locator("main .next form button")
        ).first.click()
    page.get_by_role("link", name="Взять с собой").click()
    expect(page.locator("[data-pack]").first).to_contain_text("Размер: около")
    page.get_by_role("button", name="Взять неделю с собой").click()
    expect(page.locator("[data-taken]").first).to_contain_text("На этом устройстве с", timeout=30_000)


def ready(page: Page) -> None:
    expect(page.locator("[data-lesson]")).to_have_attribute("data-ready", "yes")


def read_on(page: Page) -> None:
    """Go on from a page that was read; it opens from this device."""
    ready(page)
    before = page.url
    page.get_by_role("button", name="Прочитано, дальше").click()
    expect(page).not_to_have_url(before)
    ready(page)


def write_beside(page: Page) -> None:
    """Write a note and a question where there is no network; the note is there when the page is opened again."""
    ready(page)
    page.get_by_text("Моя заметка к этому шагу").click()
    page.get_by_label("Заметка").fill("Длина важнее")
    page.get_by_role("button", name="Сохранить заметку").click()
    expect(page.locator("[data-save]")).to_contain_text("Сохранено на этом устройстве", timeout=15_000)
    page.get_by_text("Спросить учителя об этом шаге").click()
    page.get_by_label("Твой вопрос").fill("А если слов три?")
    page.get_by_role("button", name="Спросить учителя").click()
    expect(page.get_by_label("Твой вопрос")).to_have_value("", timeout=15_000)
    page.reload()
    ready(page)
    expect(page.get_by_label("Заметка")).to_have_value("Длина важнее")


def learn(page: Page) -> str:
    """Read both lessons and answer the practice; return the address of the practice."""
    page.locator("main a[href*='/steps/']").first.click()
    write_beside(page)
    read_on(page)
    read_on(page)
    for group in page.locator("#answer-form fieldset").all():
        group.locator("label").first.click()
    for field in page.locator("#answer-form input[type=text]").all():
        field.fill("12")
    page.get_by_role("button", name="Проверить").click()
    expect(page.locator("[data-save]")).to_contain_text(
        "Твой ответ сохранён на этом устройстве", timeout=15_000
    )
    return page.url


#: Where a device brings what was done without a network.
DELIVERY = re.compile("/ops$")


def packed(files: dict[str, bytes], how: int = zipfile.ZIP_STORED) -> dict[str, str | bytes]:
    """Return a file as a browser is given it."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", how) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return {"name": "pack.zip", "mimeType": "application/zip", "buffer": made.getvalue()}


def signed(site: Site, files: dict[str, bytes], **changes: str) -> dict[str, str | bytes]:
    """Return a pack whose list says something else, signed by the school all the same."""
    text = json.dumps({**json.loads(files["manifest.json"]), **changes}).encode()
    signature = KeyRing(site.folder / "keys").sign(b"marshrut-pack/1\n" + text).encode()
    return packed({**files, "manifest.json": text, "manifest.sig": signature})


def carry(page: Page, site: Site, course: str, folder: Path) -> None:
    """Carry the week on a flash drive: to this device without a network, and to any browser; bring the answers back."""
    page.goto(f"{course}/offline")
    with page.expect_download() as given:
        page.get_by_role("button", name="Собрать файл").click()
    given.value.save_as(folder / "week.zip")
    with zipfile.ZipFile(folder / "week.zip") as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
        archive.extractall(folder / "drive")
    page.goto(f"{site.url}/courses/on-device")
    expect(page.locator("[data-on-device]")).to_have_attribute("data-ready", "yes", timeout=15_000)
    page.context.set_offline(True)
    page.goto(f"{site.url}/home")
    one = next(name for name in files if name.startswith("site/0"))
    for spoilt, why in (
        (packed({**files, one: files[one][:-1] + b"!"}), "не такое"),
        (packed({**files, "../../x.html": b"x"}), "не такое"),
        (packed({**files, "manifest.json": files["manifest.json"].replace(b"course", b"COURSE", 1)}), "не такое"),
        (packed(files, zipfile.ZIP_DEFLATED), "повреждён"),
        ({"name": "x.zip", "mimeType": "application/zip", "buffer": b"PK"}, "повреждён"),
        (signed(site, files, account="0190a0a0-0000-7000-8000-000000000002"), "для другого ученика"),
        (signed(site, files, key="00" * 32), "не ключом твоей школы"),
    ):  # fmt: skip
        page.locator("[data-pack-file]").set_input_files(spoilt)  # type: ignore[arg-type]
        expect(page.locator("[data-opened]")).to_contain_text(why)
    assert page.evaluate(KEPT) == [name for name in page.evaluate(KEPT) if not name.endswith(course[-36:])]
    page.locator("[data-pack-file]").set_input_files(folder / "week.zip")
    expect(page.locator("[data-opened]")).to_contain_text("Можно учиться", timeout=15_000)
    page.get_by_role("link", name=COURSE).click()
    page.locator("main a[href*='/steps/']").first.click()
    ready(page)
    page.goto((folder / "drive/index.html").as_uri())
    page.get_by_label("Я это прошёл").last.check()
    for group in page.locator("form[data-answer] fieldset").all():
        group.locator("label").first.click()
    with page.expect_download() as written:
        page.get_by_role("button", name="Сохранить мои ответы файлом").click()
    written.value.save_as(folder / "answers.json")
    page.context.set_offline(False)
    for said in ("из файла", "Уже было здесь"):
        page.goto(f"{course}/offline")
        page.get_by_label("Файл с ответами").set_input_files(folder / "answers.json")
        page.get_by_role("button", name="Принять ответы").click()
        expect(page.locator("main")).to_contain_text(said)


def test_a_week_without_a_network_is_delivered_once_and_stays_its_childs_own(
    demo_site: Site,
    tmp_path: Path,
    browser: Browser,
    browser_context_args: dict[str, object],
    accessibility_faults: Callable[[Page], list[str]],
    overflowing: Callable[[Page], list[str]],
) -> None:
    steps = publish_beside(demo_site)
    demo_site.start(worker=False)
    context = browser.new_context(**browser_context_args)  # type: ignore[arg-type]
    page = context.new_page()
    sign_in(page, demo_site, "sonya")
    page.goto(f"{demo_site.url}/courses")
    take_the_week(page)
    assert accessibility_faults(page) == []
    page.set_viewport_size({"width": 320, "height": 800})
    assert overflowing(page) == []
    course = page.url.removesuffix("/offline")

    context.set_offline(True)
    # a page that is just coming up under load may get past that for a moment
    context.route(DELIVERY, lambda route: route.abort())
    page.goto(course)
    practice = learn(page)
    assert overflowing(page) == []
    page.goto(practice)
    ready(page)
    expect(page.locator("#answer-form input:checked").first).to_be_attached()
    for address in ("/courses", "/home"):
        page.goto(demo_site.url + address)
        expect(page.locator("h1")).to_have_text("Что есть на этом устройстве")
        expect(page.get_by_role("link", name=COURSE)).to_be_visible()
        expect(page.locator("[data-waiting]")).to_contain_text("Ждёт отправки: 5")
    assert counted(demo_site, "course_operation") == 0

    context.clear_cookies()
    context.unroute(DELIVERY)
    context.set_offline(False)
    sign_in(page, demo_site, "mila")
    page.wait_for_load_state("networkidle")
    assert [name for name in page.evaluate(KEPT) if not name.endswith("assets")] == []
    context.set_offline(True)
    with pytest.raises(Error, match="ERR_FAILED"):
        page.goto(practice)
    context.set_offline(False)
    page.goto(f"{demo_site.url}/home")
    with page.expect_navigation():
        page.get_by_role("button", name="Выйти").click()
    assert counted(demo_site, "course_operation") == 0, "nobody sends what is another's"

    sign_in(page, demo_site, "sonya")
    with page.expect_response(re.compile("/ops$")):
        page.goto(f"{demo_site.url}/home")
    assert (counted(demo_site, "course_operation"), counted(demo_site, "block_answer")) == (5, 1)
    page.goto(f"{demo_site.url}/courses/notes")
    expect(page.locator("main")).to_contain_text("Длина важнее")
    page.goto(practice)
    expect(page.locator("main")).not_to_contain_text("Проверить")

    carry(page, demo_site, course, tmp_path)
    page.goto(f"{course}/offline")
    page.get_by_role("button", name="Взять этот раздел").first.click()
    taken = page.locator("[data-taken]", has_text="На этом устройстве с")
    expect(taken.first).to_be_visible(timeout=30_000)
    with page.expect_navigation():
        page.get_by_role("button", name="Выйти").click()
    # styles and scripts are nobody's, and the next page may fetch them at once
    assert [name for name in page.evaluate(KEPT) if not name.endswith("assets")] == []
    context.close()
    hands = Beside(demo_site, browser, browser_context_args, sign_in)
    hands.hears_on(steps["say"], steps["film"])
    hands.works(steps["task"], accessibility_faults, overflowing)
