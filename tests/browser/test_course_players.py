"""A package of another system runs in a real browser, sealed: it learns nothing of us, and what it reports is kept as practice."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from lms.app import create_runtime, load_settings
from lms.courses import queries, service
from lms.courses.types import EnrolmentGround, NewBlock, NewCourse, NewSection
from lms.demo.cast import load_cast
from tests.browser.test_course_offline import sign_in
from tests.fixtures.played import scorm
from tests.fixtures.site import Site

pytestmark = pytest.mark.browser

SAME = "Вода греется дольше ложки: на каждый градус ей нужно больше тепла. Налейте стакан воды и проверьте это сами."
PAGE = """<!doctype html><html lang="ru"><head><title>Тепло</title></head><body><main><h1>Тепло</h1>
<button id="go">Готово</button><ul id="seen"></ul><script>
const tell = (text) => { seen.innerHTML += `<li>${text}</li>`; };
tell("kept " + API.LMSInitialize("") + " " + API.LMSGetValue("cmi.suspend_data"));
try { tell("page " + parent.document.title); } catch (error) { tell("page " + error.name); }
document.cookie = "a=b"; localStorage.setItem("c", "d"); tell("jar " + document.cookie + localStorage.getItem("c"));
fetch("/home", { credentials: "include" }).then(() => tell("home open"), () => tell("home shut"));
fetch("https://elsewhere.test/").then(() => tell("away open"), () => tell("away shut"));
fetch("own.json").then((answer) => answer.json()).then((said) => tell("own " + said.a));
go.onclick = () => { API.LMSSetValue("cmi.core.score.raw", "80"); API.LMSSetValue("cmi.core.lesson_status", "passed");
  API.LMSSetValue("cmi.suspend_data", "page=3"); API.LMSCommit(""); };
</script></main></body></html>"""


def publish(site: Site) -> str:
    """Publish a course with the package, enrol Sonya, and return the address of its step."""
    runtime = create_runtime(load_settings({"LMS_DATA_DIR": str(site.folder), "LMS_JOBS_URL": "memory://"}))
    try:
        school = load_cast(runtime)
        with runtime.unit_of_work(school.actor("kim")) as uow:
            course = service.create_course(uow, NewCourse(school.id("school-14"), "Пакеты", "physics"))
            data = scorm({"a.html": PAGE}, **{"own.json": '{"a": 5}'})
            kept = service.add_media(uow, course, data, "a.zip")
            said = {"media": str(kept.id), "type": kept.media_type, "alternative": SAME}
            service.add_section(
                uow, course, NewSection("one", "Первый", (NewBlock("a", "scorm", said, "Тепло"),))
            )
            service.publish_course(uow, course)
            service.enrol(uow, school.id("sonya"), course, EnrolmentGround.TEACHER)
        with runtime.read() as session:
            block: UUID = queries.version_to_show(session, course, None).sections[0].blocks[0].id
        return f"/courses/{course}/steps/{block}"
    finally:
        runtime.dispose()


def test_a_package_is_sealed_and_finds_its_place_again(
    demo_site: Site,
    browser: Browser,
    browser_context_args: dict[str, object],
    accessibility_faults: Callable[[Page], list[str]],
    overflowing: Callable[[Page], list[str]],
) -> None:
    step = publish(demo_site)
    demo_site.start(worker=False)
    page = browser.new_context(**browser_context_args).new_page()  # type: ignore[arg-type]
    sign_in(page, demo_site, "sonya")
    page.goto(demo_site.url + step)
    assert page.locator("iframe").count() == 0, "nothing runs before the click"
    link = page.get_by_role("link", name="Открыть задание")
    link.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    frame = page.frame_locator("iframe")
    seen = frame.locator("#seen li")
    for text in ("page SecurityError", "jar a=bd", "home shut", "away shut", "own 5"):
        expect(seen.filter(has_text=text)).to_have_count(1)
    frame.locator("#go").press("Enter")
    expect(page.locator("[data-result]")).to_have_text("Сохранено: сдано, 80 %.")
    assert accessibility_faults(page) == []
    page.set_viewport_size({"width": 320, "height": 800})
    assert overflowing(page) == []
    page.goto(demo_site.url + step)
    expect(page.locator("main")).to_contain_text("Задание сообщает: сдано, 80 %")
    assert overflowing(page) == [] and accessibility_faults(page) == []
    page.goto(f"{demo_site.url}{step}/play")
    expect(page.frame_locator("iframe").locator("#seen li").first).to_have_text("kept true page=3")
