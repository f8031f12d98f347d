"""A package of another system runs in a real browser, sealed: it learns nothing of us, and what it reports is kept as practice."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from lms.app import create_runtime, load_settings
from lms.courses import queries, service
from lms.courses.types import EnrolmentGround, NewBlock, NewCourse, NewSection
from lms.demo.cast import load_cast
from tests.browser.test_course_offline import sign_in
from tests.fixtures.played import scorm
from tests.fixtures.site import Site
from tests.fixtures.tool import OutsideTool

pytestmark = pytest.mark.browser

SAME = "Вода греется дольше ложки: на каждый градус ей нужно больше тепла. Налейте стакан воды и проверьте это сами."
TOOL = "https://tool.example/"
AT_TOOL = """<!doctype html><html lang="ru"><head><title>Вода</title></head><body><main><h1>Вода</h1><ul id="seen"></ul><script>
const tell = (text) => { seen.innerHTML += `<li>${text}</li>`; };
try { tell("page " + parent.document.title); } catch (error) { tell("page " + error.name); }
try { top.location = "https://elsewhere.test/"; tell("top moved"); } catch (error) { tell("top " + error.name); }
</script></main></body></html>"""
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


def publish(site: Site, maker: OutsideTool) -> tuple[str, str, str]:
    """Publish a course with the package and a task at a tool, enrol Sonya and open a draft.

    Return the addresses of the two steps, and of the page on which an author begins a task at a tool.
    """
    runtime = create_runtime(load_settings({"LMS_DATA_DIR": str(site.folder), "LMS_JOBS_URL": "memory://"}))
    try:
        school = load_cast(runtime)
        with runtime.unit_of_work(school.actor("gromova")) as uow:
            tool = service.NewTool(
                "Опыты",
                TOOL,
                f"{TOOL}login",
                [f"{TOOL}launch"],
                maker.jwks(),
                is_framed=True,
                offers_choice=True,
            )
            maker.client_id = str(service.register_tool(uow, school.id("school-14"), tool))
        with runtime.unit_of_work(school.actor("kim")) as uow:
            course = service.create_course(uow, NewCourse(school.id("school-14"), "Пакеты", "physics"))
            data = scorm({"a.html": PAGE}, **{"own.json": '{"a": 5}'})
            kept = service.add_media(uow, course, data, "a.zip")
            said = {"media": str(kept.id), "type": kept.media_type, "alternative": SAME}
            task = {"address": f"{TOOL}tasks/1", "alternative": SAME}
            blocks = (NewBlock("a", "scorm", said, "Тепло"), NewBlock("b", "lti", task, "Вода"))
            service.add_section(uow, course, NewSection("one", "Первый", blocks))
            service.publish_course(uow, course)
            service.enrol(uow, school.id("sonya"), course, EnrolmentGround.TEACHER)
            service.open_draft(uow, course)
        with runtime.read() as session:
            section = queries.version_to_show(session, course, None).sections[0]
            first, second = (f"/courses/{course}/steps/{block.id}" for block in section.blocks)
        return first, second, f"/courses/{course}/write/new-step?section=one&type=lti"
    finally:
        runtime.dispose()


def play_the_tool(page: Page, site: Site) -> None:
    """Let the tool answer as one would: it asks who comes, and shows its task to whom it believes."""

    def answer(route: Route) -> None:
        address, sent = urlsplit(route.request.url), route.request.post_data or ""
        said = {name: values[0] for name, values in parse_qs(address.query).items()}
        if address.path == "/launch" and "id_token=ey" in sent:
            route.fulfill(body=AT_TOOL, content_type="text/html; charset=utf-8")
            return
        asked = {
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "prompt": "none",
            "nonce": "n",
            "state": "s",
        }
        named = {name: said[name] for name in ("client_id", "login_hint", "lti_message_hint")}
        back = f"{site.url}/courses/lti/auth?{urlencode({**asked, **named, 'redirect_uri': f'{TOOL}launch'})}"
        # By a script, as many tools do: the browser takes it for a way from another site and sends no cookie.
        page_text = f"<!doctype html><title>…</title><script>location.replace({back!r})</script>"
        route.fulfill(body=page_text, content_type="text/html; charset=utf-8")

    page.route(f"{TOOL}**", answer)
    # The school of this test lies on the same machine, where sites of the web may not lead without being let to.
    page.context.grant_permissions(["local-network-access"])


def choose_at_the_tool(page: Page, site: Site, maker: OutsideTool, form: str) -> None:
    """Choose a task at the tool as an author does, by keyboard, and keep the step with it."""

    def answer(route: Route) -> None:
        address, sent = urlsplit(route.request.url), parse_qs(route.request.post_data or "")
        if address.path == "/login":
            there = site.url + maker.asks(route.request.url)
            told = f"<!doctype html><title>…</title><script>location.replace({there!r})</script>"
        else:
            body = sent["id_token"][0].split(".")[1]
            asked = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
            back = asked["https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"]
            chosen = maker.chooses(asked, asked["iss"])
            # The form goes by POST from another site: the browser sends no cookie with it.
            told = (
                f'<!doctype html><html lang="ru"><title>Опыты</title><form method="post" action="{back["deep_link_return_url"]}">'
                f'<input type="hidden" name="JWT" value="{chosen}"><button>Взять опыт с водой</button></form></html>'
            )
        route.fulfill(body=told, content_type="text/html; charset=utf-8")

    page.route(f"{TOOL}**", answer)
    page.context.grant_permissions(["local-network-access"])
    page.goto(site.url + form)
    page.get_by_role("link", name="Выбрать задание на сайте «Опыты»").press("Enter")
    page.get_by_role("button", name="Перейти и выбрать").press("Enter")
    page.get_by_role("button", name="Взять опыт с водой").press("Enter")
    expect(page.locator("main")).to_contain_text("выбрано на сайте «Опыты»")
    expect(page.locator("[name=address]")).to_have_value(f"{TOOL}tasks/7")
    page.locator("[name=alternative]").fill(SAME)
    page.get_by_role("button", name="Сохранить и посмотреть").press("Enter")
    expect(page.locator("h1")).to_have_text("Опыт с водой")


def test_a_package_is_sealed_and_finds_its_place_again(
    demo_site: Site,
    browser: Browser,
    browser_context_args: dict[str, object],
    accessibility_faults: Callable[[Page], list[str]],
    overflowing: Callable[[Page], list[str]],
) -> None:
    maker = OutsideTool()
    step, task, form = publish(demo_site, maker)
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

    play_the_tool(page, demo_site)
    page.goto(demo_site.url + task)
    page.get_by_role("link", name="Открыть задание здесь").click()
    expect(page.locator("main")).to_contain_text("Твоего имени он не узнает")
    page.get_by_role("link", name="Открыть здесь").press("Enter")
    told = page.frame_locator("iframe").locator("#seen li")
    expect(told).to_have_text([re.compile("page SecurityError"), re.compile("top (SecurityError|moved)")])
    expect(page).to_have_url(re.compile("/launch/here"))
    expect(page.get_by_role("link", name="Открыть задание в новой вкладке")).to_be_visible()
    assert overflowing(page) == [] and accessibility_faults(page) == []

    kim = browser.new_context(**browser_context_args).new_page()  # type: ignore[arg-type]
    sign_in(kim, demo_site, "kim")
    choose_at_the_tool(kim, demo_site, maker, form)
