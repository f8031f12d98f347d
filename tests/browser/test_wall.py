"""A proctor on duty sees what a camera shows, looks, writes, gives time and stops the clock; the student reads it all.

Covered, two people, another face, a consent that is taken back in mid-exam, a camera that is pulled out: the exam goes on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, Playwright, expect

from lms.app import create_runtime, load_settings
from lms.assessment import service as assessment
from lms.core.actor import SYSTEM
from lms.core.runtime import Runtime
from lms.demo.cast import DemoSchool, find_school
from lms.demo.exams import session_id
from lms.people.service import consents
from lms.people.types import ConsentMethod, ConsentPurpose
from lms.proctoring import service
from lms.proctoring.types import IdentityMethod, Monitoring
from tests.browser.story import exam
from tests.browser.story.keyboard import Keyboard
from tests.browser.story.stage import Person, Stage
from tests.browser.story.tour import make_tour
from tests.fixtures.chromium import camera_browsers
from tests.fixtures.faces import FacePhotos, camera_frame, jpeg
from tests.fixtures.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WORKER_MS = 120_000  # the worker loads its nets first, on a busy machine
NEWS_MS = 30_000
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def begin(runtime: Runtime, school: DemoSchool, login: str) -> str:
    """Let a student begin a watched exam after a teacher has confirmed them; return the address of the work."""
    with runtime.unit_of_work(SYSTEM) as uow:
        entry = assessment.admit(uow, session_id(runtime, school, "school-14"), school.id(login)).id
    with runtime.unit_of_work(school.actor(login)) as uow:
        check = service.choose_method(uow, entry, IdentityMethod.KNOWN_TEACHER)
    with runtime.unit_of_work(school.actor("kim")) as uow:
        service.decide_identity(uow, check, is_confirmed=True, note="О чём был твой доклад?")
    with runtime.unit_of_work(school.actor(login)) as uow:
        return f"/attempts/{assessment.start_attempt(uow, entry).id}"


def send_sample(runtime: Runtime, school: DemoSchool, photos: FacePhotos) -> UUID:
    """Let Lev's mother sign for his sample and the pictures of it be sent; the worker looks at them later."""
    with runtime.unit_of_work(school.actor("mironova")) as uow:
        consent = consents.prepare_consent(
            uow,
            subject_id=school.id("lev"),
            org_id=school.id("school-14"),
            given_by=school.id("irina"),
            purpose=ConsentPurpose.BIOMETRICS,
        )
        consents.attach_signed_consent(
            uow, consent, document=PDF, document_name="согласие.pdf", method=ConsentMethod.PAPER_SCAN
        )
    pictures = [(jpeg(camera_frame(photo)), "p.jpg") for photo in photos.first_person]
    with runtime.unit_of_work(school.actor("lev")) as uow:
        return service.submit_sample(uow, school.id("lev"), pictures)


@pytest.fixture(scope="module")
def stage(
    make_site: Callable[..., Site],
    bare_demo_folder: Path,
    demo_logins: dict[str, str],
    browser: Browser,
    playwright: Playwright,
    browser_type_launch_args: dict[str, Any],
    tmp_path_factory: pytest.TempPathFactory,
    face_photos: FacePhotos,
    accessibility_faults: Callable[[Page], list[str]],
    overflowing: Callable[[Page], list[str]],
) -> Iterator[Stage]:
    """Start the demo school with a watched exam; every page that is seen is looked at once."""
    site = make_site(copy_of=bare_demo_folder)
    runtime = create_runtime(load_settings(site.environment))
    school = find_school(runtime)
    assert school is not None
    with runtime.unit_of_work(school.actor("gromova")) as uow:
        service.set_policy(uow, school.id("school-14"), level=2, monitoring=Monitoring.CAMERA, cadence_s=1)
    sample = send_sample(runtime, school, face_photos)
    site.start()
    folder = tmp_path_factory.mktemp("cameras")
    with camera_browsers(playwright, browser_type_launch_args, folder) as launch:
        tour = make_tour(browser, site.url, accessibility_faults, overflowing)
        made = Stage(
            site,
            browser,
            launch,
            demo_logins,
            (accessibility_faults, overflowing),
            [of_wall(c) for c in tour],
        )
        made.notes["begin"] = lambda login: begin(runtime, school, login)

        def approve() -> None:
            state = "SELECT state FROM face_enrolment WHERE id = ?"
            made.wait_until(
                lambda: made.ask(state, sample.hex) == "to_approve", "the worker has not looked at the sample"
            )
            with runtime.unit_of_work(school.actor("mironova")) as uow:
                service.approve_sample(uow, sample, document_ref="паспорт, …07")

        made.notes["approve sample"] = approve
        yield made
        made.close()
    site.stop()
    runtime.dispose()
    assert made.faults == []


def of_wall(check: Callable[[Page], list[str]]) -> Callable[[Page], list[str]]:
    """Return a check that looks at the wall's pages alone: the others are looked at so elsewhere."""
    return lambda page: check(page) if "/wall" in page.url else []


def log_of(page: Page) -> Locator:
    return page.get_by_role("log")


def test_a_covered_camera_is_seen_and_the_student_reads_whatever_is_done(
    stage: Stage, tmp_path: Path
) -> None:
    covered = tmp_path / "covered.png"
    cv2.imwrite(str(covered), np.full((480, 640, 3), 4, np.uint8))
    sonya, gusev = stage.with_camera("sonya", [(covered, 2)]), stage.person("gusev")
    work = stage.notes["begin"]("sonya")
    sonya.open(work)

    with gusev.page.expect_response("**/wall/stream") as stream:
        gusev.open("/wall")
    assert (stream.value.status, stream.value.headers["content-type"]) == (
        200,
        "text/event-stream; charset=utf-8",
    )
    expect(gusev.main).to_contain_text("Камера закрыта или темно", timeout=WORKER_MS)
    expect(gusev.page.get_by_role("status").first).to_contain_text("1 работа ждёт вас", timeout=NEWS_MS)
    hands = Keyboard(gusev.page)
    hands.enter("main a", "Открыть")
    stage.look(gusev)
    expect(gusev.main.locator("img")).to_have_count(0)
    hands.enter("main a", "Открыть снимок")
    expect(gusev.main.get_by_role("img", name="Снимок")).to_be_visible()
    looks = "SELECT count(*) FROM access_log WHERE object_kind = 'frame'"
    assert stage.ask(looks) == 1

    hands.write("[name=text]", "Открой, пожалуйста, камеру.")
    hands.to("main button", "Отправить")
    gusev.page.keyboard.press("Enter")
    expect(log_of(gusev.page)).to_contain_text("Открой, пожалуйста, камеру.", timeout=NEWS_MS)
    said = sonya.page.get_by_role("status").filter(has_text="Школа пишет тебе: Открой, пожалуйста, камеру.")
    expect(said).to_be_visible(timeout=NEWS_MS)  # at the top, read politely; the log below keeps it
    expect(log_of(sonya.page)).to_contain_text("Открой, пожалуйста, камеру.")
    sonya.page.get_by_text("Написать школе").click()
    sonya.page.get_by_label("Что не получается?").fill("Шторка заела")
    sonya.page.get_by_role("button", name="Отправить").press("Enter")
    expect(log_of(sonya.page)).to_contain_text("Ты пишешь: Шторка заела", timeout=NEWS_MS)
    expect(log_of(gusev.page)).to_contain_text("Шторка заела", timeout=NEWS_MS)

    gusev.put(minutes="5", why="Чинили шторку")
    gusev.press("Добавить время")
    expect(log_of(sonya.page)).to_contain_text("Ещё 5 минут: Чинили шторку", timeout=NEWS_MS)
    gusev.put(stop_reason="Подожди минуту")
    gusev.press("Остановить время")
    gusev.sees("Время стоит.")
    expect(log_of(sonya.page)).to_contain_text("Школа остановила время: Подожди минуту", timeout=NEWS_MS)
    sonya.open(work)
    expect(sonya.page.get_by_role("heading", name="Школа остановила время")).to_be_visible()
    gusev.press("Пустить время дальше")
    gusev.sees("камера")


def test_two_people_another_face_a_withdrawn_consent_and_a_lost_camera_and_the_exam_goes_on(
    stage: Stage, face_photos: FacePhotos, tmp_path: Path
) -> None:
    stage.notes["approve sample"]()
    two = tmp_path / "two.png"
    beside = [cv2.resize(camera_frame(photo), (320, 240)) for photo in (face_photos.first_person[0],)]
    picture = camera_frame(face_photos.second_person[0])
    picture[:, 400:] = 128
    picture[120:360, 400:] = beside[0][:, 40:280]
    cv2.imwrite(str(two), picture)
    lev, gusev = stage.with_camera("lev", [(two, 2)]), stage.person("gusev")
    work = stage.notes["begin"]("lev")
    deadline = "SELECT deadline_at FROM attempt WHERE person_id = ?"
    ends = stage.ask(deadline, UUID(stage.id_of("lev")).hex)
    try_device_and_practise(lev)
    lev.open(work)
    said = lev.page.locator("[data-watch-say][role=status]")
    expect(said).to_contain_text("Камера включена")
    Keyboard(lev.page).to("[data-watch-stop]")
    lev.page.keyboard.press("Enter")
    expect(said).to_contain_text("Камера выключена")
    expect(lev.page.locator("[data-watch-start]")).to_be_focused()
    lev.page.keyboard.press("Enter")
    expect(said).to_contain_text("Камера включена")

    sit_with_a_slow_phone(lev)

    gusev.page.route(
        "**/wall/stream", lambda route: route.fulfill(status=204)
    )  # no thread is free: the page asks
    gusev.open("/wall")
    row = gusev.main.get_by_role("row", name="Дорохов")
    expect(row).to_contain_text("В кадре больше одного человека", timeout=WORKER_MS)
    expect(row).to_contain_text("Лицо не похоже на образец", timeout=NEWS_MS)
    told = gusev.page.locator("[role=status][data-fresh-say]")
    expect(told).to_contain_text(re.compile("жд[её]т вас|ждут вас"), timeout=NEWS_MS)
    with gusev.page.expect_navigation():
        row.get_by_role("link", name="Открыть").press("Enter")
    expect(gusev.main).to_contain_text("сравниваются с образцом")
    expect(gusev.main.get_by_role("region", name="Устройство, проверено заранее")).to_contain_text("работает")

    beside_it = lev.context.new_page()
    beside_it.goto(f"{stage.site.url}/identity/sample")
    hands = Keyboard(beside_it)
    hands.enter("a", "Отказаться от биометрии")
    hands.enter("main button")
    beside_it.close()
    expect(said).to_contain_text("Согласие отозвано: лица больше не сравниваются", timeout=NEWS_MS)
    expect(gusev.main).to_contain_text("не сравниваются: посмотрите сами", timeout=NEWS_MS)
    assert stage.ask(deadline, UUID(stage.id_of("lev")).hex) == ends, "taking it back costs no time"

    lev.page.locator("[data-watch-video]").evaluate(
        "video => video.srcObject.getTracks()[0].dispatchEvent(new Event('ended'))"
    )  # what a browser tells the page when the cable is pulled out
    expect(said).to_have_text("Камеры нет. Экзамен идёт и без неё.")
    expect(gusev.main).to_contain_text("камера выключена", timeout=NEWS_MS)
    assert exam.answer(lev, [2]), "and answers are kept as ever"
    exam.hand_in(lev)


def sit_with_a_slow_phone(student: Person) -> None:
    """Sit at a quarter of the speed, on a small screen and a narrow link: pictures shrink and go on, answers go first."""
    page, line = student.page, student.context.new_cdp_session(student.page)
    bar, link = page.locator("[data-watch]"), {"offline": False, "latency": 200, "downloadThroughput": 60_000}
    page.set_viewport_size({"width": 360, "height": 640})
    line.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", {**link, "uploadThroughput": 12_000})
    expect(bar).to_have_attribute("data-wide", "320", timeout=WORKER_MS)
    with page.expect_response("**/frames?**", timeout=NEWS_MS) as sent:
        exam.answer(student, [1])
    assert sent.value.status == 202
    expect(bar).to_have_attribute("data-state", "on")
    line.send("Network.emulateNetworkConditions", {**link, "latency": 0, "uploadThroughput": -1})
    line.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    page.set_viewport_size({"width": 1280, "height": 900})


def try_device_and_practise(student: Person) -> None:
    """Try the device by keyboard, keep the result, and practise with the camera: nothing of the practice is kept."""
    stage, page = student.stage, student.page
    own = UUID(stage.id_of(student.login)).hex
    entry = UUID(stage.ask("SELECT id FROM entry WHERE person_id = ? ORDER BY id DESC", own))
    student.open(f"/identity/{entry}/camera")
    hands = Keyboard(page)
    hands.to("[data-device-start]")
    page.keyboard.press("Enter")
    expect(page.locator("[data-device-keep]")).to_be_focused(timeout=NEWS_MS)
    expect(page.locator("[data-camera-say][role=status]")).to_contain_text("Проверено")
    found = page.get_by_role("log", name="Что получилось")
    expect(found.get_by_role("listitem")).to_have_count(5)
    expect(found).to_contain_text("Камера работает.")
    expect(found).to_contain_text("Часы верные.")
    assert stage.faults == []
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(
        page.get_by_role("status").filter(has_text="Сохранено. Наблюдатель экзамена увидит")
    ).to_be_visible()
    student.open(f"/identity/{entry}/practice")
    pictures = "SELECT count(*) FROM proctoring_frame f, proctoring_session s WHERE s.id = f.session_id AND s.person_id = ?"
    hands.to("[data-watch-start]")
    with page.expect_response("**/practice/frames?**") as sent:
        page.keyboard.press("Enter")
    assert sent.value.status == 202
    expect(page.locator("[data-watch-say][role=status]")).to_contain_text("Камера включена")
    hands.to("[data-watch-stop]")
    page.keyboard.press("Enter")
    expect(page.locator("[data-watch-say]")).to_contain_text("Камера выключена")
    assert stage.ask(pictures, own) == 0
