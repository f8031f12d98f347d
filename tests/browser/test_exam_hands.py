"""Answers that are no typing: pointing at a picture, speaking into a microphone, photographs, and the red pen on them."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Playwright, Route, expect

from tests.browser.test_exam_sitting import begin, sign_in, stored, wait_idle, wait_ready
from tests.browser.test_keyboard import Keyboard
from tests.fixtures.application import FAST_HASHES
from tests.fixtures.chromium import FAKE_CAMERA
from tests.fixtures.exam import ExamSchool, build_exam_school
from tests.fixtures.site import Site

pytestmark = pytest.mark.browser

HOTSPOT, SPEECH, PHOTO = 1, 2, 3
ORDER = (("hotspot", 0), ("oral_answer", 0), ("notebook_photo", 0))
HEARD = "a => new Promise(done => a.readyState ? done(true) : a.addEventListener('loadedmetadata', () => done(true)))"


@pytest.fixture
def exam(
    sqlite_template: Path, tmp_path: Path, make_site: Callable[..., Site]
) -> Iterator[tuple[Site, ExamSchool]]:
    """Run a school with an examination that is answered by hand and by voice."""
    for source in sqlite_template.parent.glob("lms.db*"):
        shutil.copyfile(source, tmp_path / source.name)
    school = build_exam_school(tmp_path, {**FAST_HASHES, "LMS_JOBS_URL": "memory://"}, order=ORDER)
    site = make_site(copy_of=tmp_path)
    site.start(worker=False)
    yield site, school
    site.stop()


@pytest.fixture
def speaker(playwright: Playwright, browser_type_launch_args: dict[str, Any]) -> Iterator[Browser]:
    """Return a browser whose microphone hears a tone."""
    arguments = {**browser_type_launch_args, "args": [*browser_type_launch_args["args"], *FAKE_CAMERA]}
    browser = playwright.chromium.launch(**arguments)
    yield browser
    browser.close()


def turn_to(page: Page, slot: int) -> None:
    """Go to a question by the strip."""
    page.locator(f'[data-cell="{slot}"]').click()
    expect(page.locator(f'form[data-question][data-slot="{slot}"]')).to_be_visible()


def file_ids(site: Site, slot: int) -> list[str]:
    """Return the files that the stored answer names."""
    fields = [payload["fields"] for kind, at, payload in stored(site) if (kind, at) == ("answer", slot)]
    return list(fields[-1].get("file", [])) if fields else []


def point(page: Page, site: Site) -> None:
    """Point at a place with the mouse, then choose another by keyboard: picture and list always say the same."""
    places, numbers = page.locator("rect[data-value]"), page.locator(".answer input")
    places.nth(1).click()
    expect(numbers.nth(1)).to_be_checked()
    wait_idle(page)
    numbers.nth(1).focus()
    with page.expect_response("**/ops"):
        page.keyboard.press("ArrowUp")
    expect(places.nth(0)).to_have_class("is-chosen")
    expect(places.nth(1)).not_to_have_class("is-chosen")
    chosen = numbers.nth(0).get_attribute("value")
    assert [payload["fields"]["answer"] for _, _, payload in stored(site)][-1] == [chosen]


def speak(page: Page, site: Site) -> None:
    """Record by keyboard, listen, go on without having sent it: it is sent all the same, and can be taken out."""
    Keyboard(page).to("button", "Записать ответ")
    page.keyboard.press("Enter")
    expect(page.get_by_role("timer")).to_contain_text("0:01 из 5:00")
    page.keyboard.press("Enter")  # the button that ends the recording has the focus
    heard = page.locator("[data-recorder-heard]")
    expect(heard).to_be_visible()
    assert heard.evaluate(HEARD)
    page.locator(".exam__go button[value=next]").click()
    expect(page.locator(f'form[data-question][data-slot="{PHOTO}"]')).to_be_visible()
    wait_idle(page)
    turn_to(page, SPEECH)
    sent = page.locator("main audio[src*='/files/']")
    assert sent.evaluate(HEARD)
    assert len(file_ids(site, SPEECH)) == 1
    with page.expect_navigation():
        page.get_by_role("button", name="Убрать файл").click()
    assert file_ids(site, SPEECH) == []
    wait_ready(page)


def end_soon(page: Page, ms: int) -> None:
    """Let the pages of this browser believe that the time is over in so many milliseconds."""

    def shorten(route: Route) -> None:
        reply = route.fetch(max_redirects=0)
        text = reply.text()
        for now in re.findall(r'data-now="([^"]+)"', text):
            ends = datetime.fromisoformat(now) + timedelta(milliseconds=ms)
            text = re.sub(r'data-deadline="[^"]+"', f'data-deadline="{ends.isoformat()}"', text)
        route.fulfill(response=reply, body=text)

    page.route("**/q/*", shorten)


def photograph(page: Page, site: Site) -> str:
    """Bring a photograph by the button beside it and return its id."""
    picture = io.BytesIO()
    Image.new("RGB", (400, 300), "white").save(picture, "JPEG")
    page.set_input_files(
        "input[type=file]", {"name": "1.jpg", "mimeType": "image/jpeg", "buffer": picture.getvalue()}
    )
    page.get_by_role("button", name="Приложить файл").click()
    expect(page.get_by_role("link", name="Файл 1")).to_be_visible()
    (found,) = file_ids(site, PHOTO)
    return found


def hand_in(page: Page) -> None:
    """Hand the work in: only then is it marked."""
    wait_ready(page)
    page.goto(page.url.rsplit("/q/", 1)[0] + "/submit")
    wait_ready(page)
    page.get_by_role("button", name="Да, сдать").click()
    page.wait_for_url("**/status")


def draw(page: Page, address: str) -> None:
    """Draw two lines with the red pen, take the last one back, write a comment, save, and find both again."""
    page.goto(address)
    lines = page.locator("[data-redpen-lines] polyline")
    box = page.locator("[data-redpen-lines]").bounding_box()
    assert box
    for height in (0.3, 0.6):
        page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + height * box["height"])
        page.mouse.down()
        page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + height * box["height"], steps=4)
        page.mouse.up()
    expect(lines).to_have_count(2)
    page.get_by_role("button", name="Убрать последнюю линию").click()
    expect(lines).to_have_count(1)
    box = page.locator("[data-redpen-lines]").bounding_box()
    assert box
    page.mouse.click(box["x"] + 0.2 * box["width"], box["y"] + 0.3 * box["height"])
    expect(page.locator("[name=text]").first).to_be_focused()
    assert [page.locator(f"[name={name}]").first.input_value() for name in "xy"] == ["20", "30"]
    page.keyboard.type("Проверь знак")
    with page.expect_navigation():
        page.get_by_role("button", name="Сохранить пометки").click()
    page.goto(address)
    expect(lines).to_have_count(1)
    first, *_, last = str(lines.get_attribute("points")).split()
    assert [round(float(place.split(",")[1])) for place in (first, last)] == [30, 30]
    expect(page.locator("[data-redpen-numbers] text")).to_have_text("1")


def test_pointing_speaking_photographs_and_the_red_pen(
    speaker: Browser, browser_context_args: dict[str, Any], exam: tuple[Site, ExamSchool]
) -> None:
    site, school = exam
    student = speaker.new_context(**browser_context_args).new_page()
    begin(student, site, school)
    wait_ready(student)
    point(student, site)
    turn_to(student, SPEECH)
    speak(student, site)
    turn_to(student, PHOTO)
    found = photograph(student, site)
    hand_in(student)
    teacher = speaker.new_context(**browser_context_args).new_page()
    sign_in(teacher, site, school.teacher)
    draw(teacher, f"{site.url}/attempts/files/{found}/marks")


def test_a_recording_that_runs_when_the_time_ends_is_kept_through_a_lost_network_and_sent(
    speaker: Browser, browser_context_args: dict[str, Any], exam: tuple[Site, ExamSchool]
) -> None:
    site, school = exam
    student = speaker.new_context(**browser_context_args, service_workers="block").new_page()
    begin(student, site, school)
    student.route("**/heartbeat", lambda route: route.abort())  # it would name the true end
    student.route("**/ops**", lambda route: route.abort())
    end_soon(student, 16_000)
    student.goto(student.url.replace("/q/1", f"/q/{SPEECH}"))
    wait_ready(student)
    student.get_by_role("button", name="Записать ответ").click()
    expect(student.locator("[data-recorder-said]")).to_contain_text("запись остановится сама")
    expect(student.get_by_text("сохранён на этом устройстве и уйдёт на сервер сам")).to_be_visible()
    expect(student.locator("[data-recorder]")).to_be_hidden()
    student.reload()  # the page was closed and opened again
    wait_ready(student)
    expect(student.get_by_text("сохранён на этом устройстве и уйдёт на сервер сам")).to_be_visible()
    assert file_ids(site, SPEECH) == []
    student.unroute("**/ops**")
    expect(student.locator("main audio[src*='/files/']")).to_be_visible(timeout=20_000)
    assert len(file_ids(site, SPEECH)) == 1
    student.wait_for_url("**/status", timeout=30_000)  # at the end of the time the work is handed in
    assert len(file_ids(site, SPEECH)) == 1
