"""Review, the student's words, annulment and appeal by people who have no mouse, with what a screen reader is told of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from lms.app import create_runtime, load_settings
from lms.assessment import service as assessment
from lms.core.actor import SYSTEM
from lms.demo.cast import find_school
from lms.demo.exams import session_id
from lms.proctoring import service
from lms.proctoring.contracts import FaceBox, Finding, FrameFacts
from lms.proctoring.types import IdentityMethod
from tests.browser.story.exam import TITLE
from tests.browser.story.keyboard import Keyboard
from tests.browser.story.stage import Person, Stage
from tests.fixtures.faces import FacePhotos, camera_frame, jpeg
from tests.fixtures.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SEEN = "На снимке другое лицо."
SAID = "Это сестра принесла воды."


def sit(site: Site, photos: FacePhotos) -> None:
    """Let Sonya sit a watched exam with one picture that a check has found something in."""
    runtime = create_runtime(load_settings(site.environment))
    try:
        school = find_school(runtime)
        assert school is not None
        with runtime.unit_of_work(SYSTEM) as uow:
            entry = assessment.admit(uow, session_id(runtime, school, "school-14"), school.id("sonya")).id
        with runtime.unit_of_work(school.actor("sonya")) as uow:
            check = service.choose_method(uow, entry, IdentityMethod.KNOWN_TEACHER)
        with runtime.unit_of_work(school.actor("kim")) as uow:
            service.decide_identity(uow, check, is_confirmed=True, note="О чём был твой доклад?")
        with runtime.unit_of_work(school.actor("sonya")) as uow:
            attempt = assessment.start_attempt(uow, entry).id
        with runtime.unit_of_work(school.actor("sonya")) as uow:
            sitting, nonce = (
                uow.session.connection().exec_driver_sql("SELECT id, nonce FROM proctoring_session").one()
            )
            receipt = service.receive_frame(
                uow,
                UUID(sitting),
                seq=1,
                nonce=nonce,
                data=jpeg(camera_frame(photos.second_person[0])),
                chance=0.5,
            )
            assert receipt is not None
        with runtime.unit_of_work(SYSTEM) as uow:
            claimed = service.claim_frame(uow, UUID(sitting))
            assert claimed is not None
            facts = FrameFacts(1, 5.0, (FaceBox(0.3, 0.3, 0.3, 0.4, 0.9),), {"fused": 1.6})
            service.record_findings(
                uow, claimed.id, facts, [("other_person", Finding("other_person", 0.9, 5.0, 10.0))]
            )
        with runtime.unit_of_work(school.actor("sonya")) as uow:
            assessment.submit_attempt(uow, attempt)
    finally:
        runtime.dispose()


@pytest.fixture
def stage(
    make_site: Callable[..., Site],
    bare_demo_folder: Path,
    demo_logins: dict[str, str],
    browser: Browser,
    face_photos: FacePhotos,
    accessibility_faults: Callable[[Page], list[str]],
    overflowing: Callable[[Page], list[str]],
) -> Iterator[Stage]:
    """Start the demo school after a watched exam; every page that is seen is looked at once."""
    site = make_site(copy_of=bare_demo_folder)
    sit(site, face_photos)
    site.start(worker=False)
    made = Stage(site, browser, lambda scenes: browser, demo_logins, (accessibility_faults, overflowing))
    yield made
    made.close()
    site.stop()
    assert made.faults == []


def hears(person: Person, words: str) -> None:
    """Expect that a screen reader is told these words politely after what was done."""
    expect(person.page.get_by_role("status").filter(has_text=words)).to_be_visible()
    person.stage.look(person)


def see_violation(reviewer: Person) -> None:
    """Open the sitting and one picture of it, and say what is seen."""
    hands = Keyboard(reviewer.page)
    reviewer.open("/review")
    hands.enter("main a", "Смотреть")
    hands.enter("main a", "Открыть снимок")
    expect(reviewer.main.locator(".shots li > img")).to_have_js_property("complete", True)
    hands.enter("main button", "Записать моё мнение")
    expect(reviewer.page.get_by_role("alert")).to_contain_text("Выберите мнение")
    hands.choose("[name=verdict]", "Нарушение")
    hands.write("[name=reason]", SEEN)
    hands.enter("main button", "Записать моё мнение")
    hears(reviewer, "Мнение записано")


def test_review_statement_annulment_and_appeal_by_keyboard_alone(stage: Stage) -> None:
    people: dict[str, Any] = {
        login: stage.person(login) for login in ("frolova", "yudin", "sonya", "gromova")
    }
    frolova, sonya, gromova = people["frolova"], people["sonya"], people["gromova"]
    see_violation(frolova)
    people["yudin"].open("/review")
    people["yudin"].sees("Ждёт вашего мнения")  # and nothing of the first opinion
    see_violation(people["yudin"])

    hands = Keyboard(sonya.page)
    sonya.open("/sittings")
    hands.enter("main a", TITLE)
    hands.write("[name=text]", "Я не понимаю, о чём речь.")
    hands.enter("main button", "Отправить")
    hears(sonya, "Никто не решит, не прочитав")

    frolova.page.reload()
    frolova.sees("Другой проверяющий ещё не прочитал слова ученика")
    see_violation(people["yudin"])
    frolova.page.reload()
    desk = Keyboard(frolova.page)
    desk.write("[name=annul_reason]", SEEN)
    desk.enter("main button", "Аннулировать экзамен")
    hears(frolova, "Экзамен аннулирован")

    sonya.page.reload()
    sonya.sees("Экзамен аннулировали двое")
    sonya.sees(f"Причина решения: {SEEN}")
    hands.enter("main button", "Отправить апелляцию")
    expect(sonya.page.get_by_role("alert")).to_be_visible()
    hands.write("[name=appeal]", SAID)
    hands.enter("main button", "Отправить апелляцию")
    hears(sonya, "Апелляция у школы")
    sonya.sees("Ответ будет до")

    gromova.open("/review/annulled")
    gromova.sees("Ждёт апелляция")
    head = Keyboard(gromova.page)
    head.enter("main a", "Открыть")
    gromova.sees(SAID)
    head.write("[name=reason]", "Сестра видна на снимке.")
    head.enter("main button", "Вернуть экзамен в силу")
    hears(gromova, "Экзамен снова в силе")
    sonya.page.reload()
    sonya.sees("Удовлетворена: экзамен снова засчитан")
    sonya.sees("Сестра видна на снимке.")
    sonya.stage.look(sonya)
