"""What stands beside a lesson, in a real browser: a recording that goes on, works that classmates read, the red pen."""

from __future__ import annotations

import io
import re
import wave
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect

from lms import demo
from lms.app import create_runtime, load_settings
from lms.courses import queries, service
from lms.courses.types import EnrolmentGround, NewBlock, NewCourse, NewSection
from lms.demo.cast import load_cast
from tests.fixtures.site import Site

__all__ = ["Beside", "publish_beside"]

FILM = Path(demo.__file__).parent / "media" / "two-pots.webm"
CHAPTERS = b"WEBVTT\n\n00:00.000 --> 00:09.000\nStart\n\n00:09.000 --> 00:18.000\nHeat\n"
Faults = Callable[[Page], list[str]]


def _recording() -> bytes:
    """Return half a minute of silence."""
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(4000)
        file.writeframes(b"\x80" * 4000 * 30)
    return made.getvalue()


def _photograph() -> dict[str, str | bytes]:
    made = io.BytesIO()
    Image.new("RGB", (400, 300), "white").save(made, "JPEG")
    return {"name": "IMG_7.jpg", "mimeType": "image/jpeg", "buffer": made.getvalue()}


def publish_beside(site: Site) -> dict[str, str]:
    """Publish a recording and an assignment that a classmate reads, enrol two, and return the steps' addresses."""
    runtime = create_runtime(load_settings({"LMS_DATA_DIR": str(site.folder), "LMS_JOBS_URL": "memory://"}))
    try:
        school = load_cast(runtime)
        with runtime.unit_of_work(school.actor("kim")) as uow:
            course = service.create_course(uow, NewCourse(school.id("school-14"), "Рядом", "physics"))
            kept = service.add_media(uow, course, _recording(), "a.wav")
            heard = {"media": str(kept.id), "transcript": "Тишина."}
            film = str(service.add_media(uow, course, FILM.read_bytes(), FILM.name).id)
            said = str(service.add_media(uow, course, CHAPTERS, "a.vtt").id)
            seen = {
                "sources": [{"media": film, "type": "video/webm"}] * 2,
                "captions": [{"media": said, "language": "ru", "label": "Русский"}],
                "chapters": said,
                "audio": str(kept.id),
                "transcript": "Две кастрюли.",
            }
            task = {"task": "Нарисуй схему", "criteria": "Есть подписи", "peers": "1"}
            blocks = (
                NewBlock("say", "audio", heard, "Запись"),
                NewBlock("task", "assignment", task, "Схема"),
                NewBlock("film", "video", seen, "Опыт"),
            )
            service.add_section(uow, course, NewSection("one", "Первый", blocks))
            service.publish_course(uow, course)
            for login in ("sonya", "lev"):
                service.enrol(uow, school.id(login), course, EnrolmentGround.TEACHER)
        with runtime.read() as session:
            found = queries.version_to_show(session, course, None).sections[0].blocks
            return {block.key: f"/courses/{course}/steps/{block.id}" for block in found}
    finally:
        runtime.dispose()


class Beside:
    """Two classmates and their teacher, each with a browser of their own."""

    def __init__(
        self, site: Site, browser: Browser, options: dict[str, object], sign_in: Callable[..., None]
    ) -> None:
        self.site, self.browser, self.options, self.sign_in = site, browser, options, sign_in

    def page_of(self, login: str) -> Page:
        page = self.browser.new_context(**self.options).new_page()  # type: ignore[arg-type]
        self.sign_in(page, self.site, login)
        return page

    def hears_on(self, step: str, film: str) -> None:
        """Leave a recording, and find it at that place in a browser that has never seen it."""
        first = self.page_of("lev")
        first.goto(self.site.url + step)
        expect(first.locator("[data-aloud] button")).to_be_visible()
        with first.expect_response(re.compile("/place$")) as kept:
            first.evaluate(
                """async () => { const a = document.querySelector("audio"); a.muted = true;
                if (a.readyState < 1) await new Promise((go) => a.addEventListener("loadedmetadata", go));
                a.currentTime = 12; await a.play(); await new Promise((go) => setTimeout(go, 300)); a.pause(); }"""
            )
        assert kept.value.status == 204
        first.context.close()
        second = self.page_of("lev")
        second.goto(self.site.url + step)
        second.wait_for_function("() => document.querySelector('audio').currentTime >= 12")
        ruler = second.get_by_role("button", name="Линейка для чтения")
        ruler.press("Enter")
        expect(ruler).to_have_attribute("aria-pressed", "true")
        before = second.locator("[data-ruler-shade]").first.bounding_box()
        second.keyboard.press("Alt+ArrowDown")
        after = second.locator("[data-ruler-shade]").first.bounding_box()
        assert before and after and after["height"] > before["height"]
        second.keyboard.press("Escape")
        expect(second.locator("[data-ruler-shade]").first).to_be_hidden()
        self._film(second, film)
        second.context.close()

    def _film(self, page: Page, film: str) -> None:
        """Jump to a chapter, and go on with the sound alone from there."""
        page.goto(self.site.url + film)
        chapters = page.locator("[data-chapters] button")
        expect(chapters).to_have_text(["Start", "Heat"])
        chapters.nth(1).press("Enter")
        page.wait_for_function("() => document.querySelector('video').currentTime >= 9")
        sound = page.get_by_role("link", name="Только звук")
        sound.press("Enter")
        expect(sound).to_have_attribute("aria-current", "true")
        page.wait_for_function(
            "() => [document.querySelector('video')].every((v) => v.currentTime >= 9 && v.duration > 29)"
        )

    def _heard(self, page: Page) -> None:
        """Play the recording of a work, from a place in the middle of it."""
        sound = page.get_by_label("Аудиозапись работы, 1").first
        expect(sound).to_be_visible()
        heard = sound.evaluate(
            """async (a) => { a.muted = true;
            if (a.readyState < 1) await new Promise((go) => a.addEventListener("loadedmetadata", go));
            a.currentTime = 12; await a.play(); await new Promise((go) => setTimeout(go, 400)); a.pause();
            return [Math.round(a.duration), a.currentTime > 12]; }"""
        )
        assert heard == [30, True]

    def works(self, step: str, faults: Faults, overflowing: Faults) -> None:
        """Photograph works, read one without a name, draw on it, return it and hand it in again."""
        sonya, lev, kim = (self.page_of(login) for login in ("sonya", "lev", "kim"))
        for page in (sonya, lev):
            page.goto(self.site.url + step)
            page.set_input_files("[name=files]", _photograph())
            with page.expect_navigation():
                page.get_by_role("button", name="Сдать").click()
        lev.goto(f"{self.site.url}/home")
        lev.get_by_role("link", name=re.compile("Схема")).first.click()
        expect(lev.locator("h1")).to_have_text("Работа кого-то из класса")
        expect(lev.locator("main")).not_to_contain_text("Соня")
        assert faults(lev) == []
        lev.set_viewport_size({"width": 320, "height": 800})
        assert overflowing(lev) == []
        lev.get_by_label("отчасти").check()
        lev.get_by_label("Что хорошо и что сделало бы её лучше").fill("Подпиши стрелки")
        with lev.expect_navigation():
            lev.get_by_role("button", name="Отправить").click()

        kim.goto(f"{self.site.url}/courses/works?q=Соня+Рядом")
        kim.locator("main table a").first.click()
        expect(kim.locator("main")).to_contain_text("Подпиши стрелки")
        assert faults(kim) == []
        kim.get_by_role("link", name="Рисовать и писать на фотографии 1").click()
        box = kim.locator("[data-redpen-lines]").bounding_box()
        assert box
        kim.mouse.move(box["x"] + 20, box["y"] + 20)
        kim.mouse.down()
        kim.mouse.move(box["x"] + 90, box["y"] + 60)
        kim.mouse.up()
        kim.locator("#f-x-1").fill("20")
        kim.locator("#f-y-1").fill("30")
        kim.locator("#f-text-1").fill("Здесь нужна подпись")
        assert faults(kim) == []
        with kim.expect_navigation():
            kim.get_by_role("button", name="Сохранить пометки").click()
        kim.get_by_label("Что вы об этом скажете").or_(kim.locator("[name=comment]")).first.fill(
            "Смотри снимок"
        )
        with kim.expect_navigation():
            kim.get_by_role("button", name="Вернуть").click()

        sonya.reload()
        expect(sonya.locator("#work")).to_contain_text("Подпиши стрелки")
        assert faults(sonya) == []
        sonya.get_by_role("link", name="Что отмечено на фотографии 1").click()
        expect(sonya.locator("main")).to_contain_text("Здесь нужна подпись")
        expect(sonya.locator("polyline")).to_have_count(1)
        assert faults(sonya) == [] and overflowing(sonya) == []
        sonya.goto(self.site.url + step)
        sonya.get_by_label("Твой ответ").fill("С подписями")
        told = {"name": "Голос 1.wav", "mimeType": "audio/wav", "buffer": _recording()}
        sonya.set_input_files("[name=files]", told)
        with sonya.expect_navigation():
            sonya.get_by_role("button", name="Сдать").click()
        expect(sonya.locator("#work")).to_contain_text("у учителя")
        self._heard(sonya)
        assert faults(sonya) == [] and overflowing(sonya) == []
        kim.goto(f"{self.site.url}/courses/works?q=Соня+Рядом")
        kim.locator("main table a").first.click()
        self._heard(kim)
        assert faults(kim) == []
        for page in (sonya, lev, kim):
            page.context.close()
