"""What a camera costs the exam's page: how soon an answer is saved with it on and off, tasks that hold the page up, CPU.

One page, the same question, the camera switched on and off in turn by its own switch, a picture every two seconds (harder
than the five of an ordinary policy). Tasks are taken from Chromium's own trace, by CPU time of the page's main thread where the
trace has it, so that a busy machine does not count as ours.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from lms.app import create_runtime, load_settings
from lms.assessment import service as assessment
from lms.core.actor import SYSTEM
from lms.demo.cast import find_school
from lms.demo.exams import session_id
from lms.proctoring import service
from lms.proctoring.types import IdentityMethod, Monitoring
from tests.fixtures.chromium import FLAGS, camera_browsers
from tests.fixtures.faces import FacePhotos
from tests.fixtures.figures import Figures
from tests.fixtures.setup import required_tool
from tests.fixtures.site import Site

CADENCE_S = 2
ROUNDS, SAVES = 5, 8
LONG_TASK_MS = 50.0
SAVE = """async ([number, pause]) => {
  await new Promise(go => setTimeout(go, pause));
  const labels = [...document.querySelectorAll('label.answer')];
  const words = document.querySelector('[data-save-text]');
  const began = performance.now();
  let left = false;
  const saved = new Promise(done => {
    const look = new MutationObserver(() => {
      const isSaved = words.textContent.includes('Сохранено на сервере');
      left = left || !isSaved;
      if (left && isSaved) { look.disconnect(); done(performance.now() - began); }
    });
    look.observe(words, {childList: true, characterData: true, subtree: true});
  });
  labels[number % 2].click();
  return saved;
}"""


def begin(site: Site) -> str:
    """Let Sonya begin a watched exam after a teacher has confirmed her; return the address of her work."""
    runtime = create_runtime(load_settings(site.environment))
    try:
        school = find_school(runtime)
        assert school is not None
        with runtime.unit_of_work(school.actor("gromova")) as uow:
            org = school.id("school-14")
            service.set_policy(uow, org, level=2, monitoring=Monitoring.CAMERA, cadence_s=CADENCE_S)
        with runtime.unit_of_work(SYSTEM) as uow:
            entry = assessment.admit(uow, session_id(runtime, school, "school-14"), school.id("sonya")).id
        with runtime.unit_of_work(school.actor("sonya")) as uow:
            check = service.choose_method(uow, entry, IdentityMethod.KNOWN_TEACHER)
        with runtime.unit_of_work(school.actor("kim")) as uow:
            service.decide_identity(uow, check, is_confirmed=True, note="О чём был твой доклад?")
        with runtime.unit_of_work(school.actor("sonya")) as uow:
            return f"/attempts/{assessment.start_attempt(uow, entry).id}"
    finally:
        runtime.dispose()


@pytest.fixture
def page(
    make_site: Callable[..., Site],
    bare_demo_folder: Path,
    demo_logins: dict[str, str],
    playwright: Playwright,
    tmp_path: Path,
    face_photos: FacePhotos,
) -> Iterator[Page]:
    """Return a page with a question of a watched exam before a camera; no worker takes the machine's time."""
    site = make_site(copy_of=bare_demo_folder)
    work = begin(site)
    site.start(worker=False)
    arguments = {"executable_path": required_tool("chromium"), "args": list(FLAGS)}
    with camera_browsers(playwright, arguments, tmp_path) as launch:
        browser = launch([(photo, 1) for photo in face_photos.first_person])
        context = browser.new_context(locale="ru-RU", permissions=["camera"])
        opened = context.new_page()
        opened.goto(f"{site.url}/login")
        opened.fill("[name=login]", "sonya")
        opened.fill("[name=password]", demo_logins["sonya"])
        opened.click("main form button[type=submit]")
        opened.wait_for_url(lambda url: "/login" not in url)
        opened.goto(site.url + work)
        opened.wait_for_selector("[data-exam][data-ready=yes]")
        while not opened.locator("label.answer input[type=radio]").count():
            heading = opened.locator("h1").inner_text()
            opened.locator(".exam__go button[value=next]").click()
            expect(opened.locator("h1")).not_to_have_text(heading)
        yield opened
    site.stop()


def switch(page: Page, *, is_on: bool) -> None:
    """Switch the camera on or off as the student does."""
    page.locator("[data-watch-start]" if is_on else "[data-watch-stop]").click()
    expect(page.locator("[data-watch]")).to_have_attribute("data-state", "on" if is_on else "off")


def cpu_of(browser: Browser) -> float:
    """Return the CPU seconds that all pages of a browser have used."""
    found = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    return sum(float(process["cpuTime"]) for process in found if process["type"] == "renderer")


def tasks_of(trace: bytes) -> list[float]:
    """Return how many milliseconds each task of the page's main thread took."""
    events = json.loads(trace)["traceEvents"]
    mains = {
        (event["pid"], event["tid"])
        for event in events
        if event.get("name") == "thread_name" and event["args"].get("name") == "CrRendererMain"
    }
    return [
        float(event.get("tdur") or event.get("dur", 0)) / 1000
        for event in events
        if event.get("ph") == "X"
        and event["name"] in {"RunTask", "ThreadControllerImpl::RunTask"}
        and (event["pid"], event["tid"]) in mains
    ]


def round_of(page: Page, *, is_on: bool) -> dict[str, Any]:
    """Save some answers with the camera on or off; return how long each took, the CPU and the tasks."""
    browser = page.context.browser
    assert browser is not None
    switch(page, is_on=is_on)
    page.evaluate(SAVE, [0, CADENCE_S * 1000])  # the first picture is sent, the connection is open
    page.evaluate(SAVE, [1, 300])
    before, began = cpu_of(browser), page.evaluate("performance.now()")
    browser.start_tracing(page=page, categories=["toplevel", "devtools.timeline", "__metadata"])
    took = [page.evaluate(SAVE, [number, 350 + 37 * number]) for number in range(SAVES)]
    tasks = tasks_of(browser.stop_tracing())
    seconds = (page.evaluate("performance.now()") - began) / 1000
    return {"saves": took, "cpu": (cpu_of(browser) - before) / seconds, "tasks": tasks}


def test_a_camera_costs_the_exams_page_next_to_nothing(page: Page, figures: Figures) -> None:
    expect(page.locator("[data-watch]")).to_have_attribute("data-state", "on")  # it began by itself
    switch(page, is_on=False)
    rounds = [(round_of(page, is_on=True), round_of(page, is_on=False)) for _ in range(ROUNDS)]
    on, off = [first for first, _ in rounds], [second for _, second in rounds]
    saves_on, saves_off = (sorted(took for found in side for took in found["saves"]) for side in (on, off))
    assert len(saves_on) == len(saves_off) == ROUNDS * SAVES
    ratio = statistics.median(saves_on) / statistics.median(saves_off)
    figures.at_most("identity", "an answer's save, camera on ÷ off, median", ratio, 1.1, "×")
    figures.note("identity", "an answer's save, camera off, median", statistics.median(saves_off), "ms")
    late = [side[int(0.95 * len(side))] for side in (saves_on, saves_off)]
    figures.note("identity", "an answer's save, camera on ÷ off, 95 of 100", late[0] / late[1], "×")
    tasks = [took for found in on for took in found["tasks"]]
    assert tasks, "the trace has the page's tasks"
    figures.at_most("identity", "longest task of the exam's page, camera on", max(tasks), LONG_TASK_MS, "ms")
    longest_off = max(took for found in off for took in found["tasks"])
    figures.note("identity", "longest task of the exam's page, camera off", longest_off, "ms")
    for words, side in (("on", on), ("off", off)):
        share = statistics.mean(found["cpu"] for found in side)
        figures.note("identity", f"CPU of the tab, camera {words}, of one core", 100 * share, "%")


#: How much slower a telephone is than this machine, at worst, and how long it is watched.
SLOWER, WATCHED_MS = 6, 60_000
TYPE = """async pause => {
  const held = [];
  const end = performance.now() + pause;
  while (performance.now() < end) {
    const due = performance.now() + 50;
    await new Promise(go => setTimeout(go, 50));
    held.push(performance.now() - due);
  }
  return held.sort((a, b) => a - b);
}"""
#: Note when each picture is sent, and how long after its answer the server wants the next.
PACE = """() => {
  window.pace = [];
  const plain = window.fetch;
  window.fetch = async (to, more) => {
    if (!String(to).includes('/frames?')) return plain(to, more);
    const begun = performance.now();
    const reply = await plain(to, more);
    const told = await reply.clone().json();
    pace.push({begun, ended: performance.now(), next: told.next_in_s, status: reply.status});
    return reply;
  };
}"""


def test_a_slow_telephone_keeps_the_pace_or_the_camera_stops_by_itself(page: Page, figures: Figures) -> None:
    """A sixth of the speed, 360 x 640, camera on and off: pictures in a minute, and how late the page does what is due."""
    line = page.context.new_cdp_session(page)
    page.set_viewport_size({"width": 360, "height": 640})
    line.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    bar = page.locator("[data-watch]")
    switch(page, is_on=False)
    off = page.evaluate(TYPE, WATCHED_MS / 2)
    switch(page, is_on=True)
    page.evaluate(PACE)
    on = page.evaluate(TYPE, WATCHED_MS)
    has_stopped = bar.get_attribute("data-state") == "off"
    sent = page.evaluate("pace")
    late = sorted(
        after["begun"] - before["ended"] - 1000 * before["next"] for before, after in pairwise(sent)
    )
    pictures = len([one for one in sent if one["status"] == 202])
    what = f"a telephone {SLOWER} times slower"
    figures.note("identity", f"{what}: its camera stopped by itself", int(has_stopped), "of 1")
    figures.note("identity", f"{what}: pictures in a minute, at the server's pace", pictures, "1")
    if late:
        figures.note(
            "identity", f"{what}: later than the server's pace, median", statistics.median(late), "ms"
        )
        figures.note("identity", f"{what}: later than the server's pace, at most", late[-1], "ms")
    assert has_stopped or pictures, "pictures come, or the page says that the camera has stopped"
    waits = [side[int(0.95 * len(side))] for side in (on, off)]
    figures.at_most(
        "identity",
        f"{what}: a key waits longer, 95 of 100, camera on less off",
        waits[0] - waits[1],
        100,
        "ms",
    )
    figures.note("identity", f"{what}: a key waits, 95 of 100, camera off", waits[1], "ms")
    figures.note("identity", f"{what}: a key waits longest, camera on", on[-1], "ms")
    figures.note("identity", f"{what}: a key waits longest, camera off", off[-1], "ms")
