"""Every way of showing who one is, walked in a browser: what it takes, and a device that is bound, answers and gets lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import cv2
import numpy as np
import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, CDPSession, Page, Playwright, expect

from lms.app import create_runtime, load_settings
from lms.core.actor import SYSTEM
from lms.demo.cast import find_school
from lms.proctoring import queries, service, tasks
from lms.proctoring.models import Challenge, Passkey
from lms.proctoring.rules.identity import LEVEL_OF, PAGES_TO_SUBMIT, PASSKEY_METHODS
from lms.proctoring.rules.liveness import TURNS
from lms.proctoring.types import ChallengeKind, CheckState, IdentityMethod
from tests.browser.story import identity
from tests.browser.story.keyboard import Keyboard
from tests.browser.story.stage import Person, Stage
from tests.fixtures.chromium import camera_browsers
from tests.fixtures.faces import FacePhotos, camera_frame, jpeg
from tests.fixtures.site import Site
from tests.integration.proctoring.conftest import World
from tests.integration.proctoring.test_steps import DECIDERS

pytestmark = [pytest.mark.browser, pytest.mark.slow]

M = IdentityMethod
#: A device of the student's own that its owner unlocks.
OWN_DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def site(make_site: Callable[..., Site], bare_demo_folder: Path) -> Iterator[Site]:
    """Return the demo school under a name: browsers give no passkeys to an address of digits."""
    made = make_site(copy_of=bare_demo_folder)
    made.url = made.url.replace("127.0.0.1", "localhost")
    made.environment["LMS_BASE_URL"] = made.url
    yield made
    made.stop()


@pytest.fixture
def world(site: Site) -> Iterator[World]:
    """Return the people of the school as the site's own database has them."""
    runtime = create_runtime(load_settings(site.environment))
    school = find_school(runtime)
    assert school is not None
    yield World(runtime, runtime.clock, school)  # type: ignore[arg-type] - the clock only tells the time here
    runtime.dispose()


@pytest.fixture
def stage(
    site: Site,
    demo_logins: dict[str, str],
    browser: Browser,
    playwright: Playwright,
    browser_type_launch_args: dict[str, Any],
    tmp_path: Path,
    accessibility_faults: Callable[[Page], list[str]],
    overflowing: Callable[[Page], list[str]],
) -> Iterator[Stage]:
    """Look once at every kind of page that is seen."""
    with camera_browsers(playwright, browser_type_launch_args, tmp_path) as launch:
        made = Stage(site, browser, launch, demo_logins, (accessibility_faults, overflowing))
        yield made
        made.close()
    assert made.faults == []


def with_device(person: Person) -> CDPSession:
    """Give the person's browser a device that answers."""
    line = person.context.new_cdp_session(person.page)
    line.send("WebAuthn.enable")
    line.send("WebAuthn.addVirtualAuthenticator", {"options": OWN_DEVICE})
    return line


def bind(person: Person) -> None:
    """Bind the device on the page for it."""
    person.open("/identity/passkeys")
    person.put(label="ноутбук в детской")
    person.press_main()
    person.sees("Устройство привязано")


def a_day_passes(world: World) -> None:
    """Let the devices have been bound two days ago."""
    with world.runtime.unit_of_work(SYSTEM) as uow:
        for row in uow.session.scalars(sa.select(Passkey).where(Passkey.registered_at.is_not(None))):
            assert row.registered_at is not None
            row.registered_at -= timedelta(days=2)


def offered(person: Person, entry: UUID) -> set[str]:
    """Return the ways that the page offers for an exam."""
    person.open(f"/identity/{entry}")
    return shown(person)


def shown(person: Person) -> set[str]:
    """Return the ways that the present page offers."""
    return set(person.main.locator("input[name=method]").evaluate_all("all => all.map(one => one.value)"))


def choose(person: Person, entry: UUID, method: M) -> None:
    """Choose a way on the page that offers it."""
    assert method.value in offered(person, entry)
    person.main.locator(f"input[name=method][value={method.value}]").check()
    person.press_main()


def check_of(world: World, entry: UUID) -> UUID:
    with world.runtime.read() as session:
        found = queries.current_check(session, entry)
    assert found is not None
    return found.id


def test_a_device_is_bound_answers_for_an_exam_and_gets_lost(stage: Stage, site: Site, world: World) -> None:
    first, later = world.entry(level=1), world.entry(level=1, reference="later")
    site.start(worker=False)
    sonya = stage.person("sonya")
    line = with_device(sonya)
    bind(sonya)
    assert M.PASSKEY.value not in offered(sonya, first), "it counts from the next day"
    a_day_passes(world)
    choose(sonya, first, M.PASSKEY)
    sonya.main.get_by_role("button", name="Спросить моё устройство").focus()
    with sonya.page.expect_navigation():
        sonya.page.keyboard.press("Enter")
    stage.look(sonya)
    sonya.sees("Это ты. Подтверждено")

    line.send("WebAuthn.disable")  # the device is lost: the browser knows of none that could answer
    line.send("WebAuthn.enable")
    with_device(sonya)
    choose(sonya, later, M.PASSKEY)
    sonya.main.get_by_role("button", name="Спросить моё устройство").press("Enter")
    expect(sonya.main.get_by_role("status")).to_have_text(
        "Устройство не ответило. Попробуй ещё раз или выбери другой способ."
    )
    sonya.open("/identity/passkeys")
    sonya.press("Отвязать: ноутбук в детской")
    sonya.misses("ноутбук в детской")
    sonya.open(f"/identity/{later}")
    sonya.follow("Выбрать другой способ")
    ways = shown(sonya)  # what the lost device left open stays open
    assert M.PASSKEY.value not in ways
    assert M.CODE_AND_ADULT.value in ways


def go(world: World, student: Person, entry: UUID, method: M) -> int:
    """Go a way from choosing to being confirmed; return how many pages the student submitted."""
    student.submitted.clear()
    choose(student, entry, method)
    check = check_of(world, entry)
    if method is M.FACE:
        ask_for_digits(world, check)
        student.page.reload()
        assert "Идёт запись. Прочитай" in " ".join(identity.send_pictures(student, reads_aloud=True))
        identity.wait_for_worker(student)
        hear_the_recording(student)
    elif method in PASSKEY_METHODS:
        student.press_main()
    elif method is M.CODE_AND_ADULT:
        with world.runtime.unit_of_work(world.actor("anna")) as uow:
            code = service.issue_code(uow, check, question="Как зовут кота?")
        student.put(code=code)
        student.press_main()
    student.open("/identity/passkeys")  # a page that waits shows itself anew when it is decided
    if method in DECIDERS:
        who, document = DECIDERS[method]
        world.decide(who, check, doc=document)
    student.open(f"/identity/{entry}")
    student.sees("Это ты. Подтверждено")
    assert world.check(check).state is CheckState.VERIFIED
    return len(student.submitted)


def ask_for_digits(world: World, check: UUID) -> None:
    """Make the task that is no turn of the head one of digits."""
    with world.runtime.unit_of_work(SYSTEM) as uow:
        drawn = sa.select(Challenge).where(Challenge.check_id == check, Challenge.kind.not_in(list(TURNS)))
        for task in uow.session.scalars(drawn):
            task.kind, task.digits = ChallengeKind.DIGITS, "407"


#: Return how many seconds of sound an address holds and whether anything is heard.
HEARD = """async address => {
  const sound = await new AudioContext().decodeAudioData(await (await fetch(address)).arrayBuffer());
  return [sound.duration, Math.max(...sound.getChannelData(0))];
}"""


def hear_the_recording(student: Person) -> None:
    """Hear what was kept: a recording that plays, of about the time that it was read."""
    kept = "SELECT e.id FROM proctoring_evidence e, stored_file f WHERE f.id = e.file_id AND f.media_type = 'audio/webm'"
    evidence = UUID(student.stage.ask(kept))
    seconds, loudest = student.page.evaluate(HEARD, f"/identity/evidence/{evidence}")
    assert 0.8 < seconds < 10 and loudest > 0


def register_sample(world: World, face_photos: FacePhotos) -> None:
    """Register Sonya's sample before the story begins."""
    world.consent()
    made = world.submit_sample([jpeg(camera_frame(photo)) for photo in face_photos.first_person])
    tasks.enrol(world.runtime, {"enrolment_id": str(made)})
    with world.runtime.unit_of_work(world.actor("mironova")) as uow:
        service.approve_sample(uow, made, document_ref="свидетельство, …412")


def scene(folder: Path, photo: Path, *, aside: int = 0, size: float = 1.0) -> Path:
    """Return a photograph as the camera shows it when somebody sits aside of its middle or farther away."""
    move = np.array([[size, 0, 320 - 320 * size - aside], [0, size, 240 - 240 * size]], np.float32)
    path = folder / f"scene-{aside}-{size}.png"
    cv2.imwrite(str(path), cv2.warpAffine(camera_frame(photo), move, (640, 480), borderValue=(128, 128, 128)))
    return path


def hear_where_to_sit_and_take_the_sample_again(stage: Stage, photo: Path, folder: Path) -> None:
    """Hear before the shot where to sit, without a picture leaving the page; take three pictures and one more."""
    aside, far = scene(folder, photo, aside=230), scene(folder, photo, size=0.5)
    sonya = stage.with_camera("sonya", [(aside, 5), (far, 5), (photo, 8)])
    sonya.open("/identity/sample")
    hands, said = Keyboard(sonya.page), sonya.page.locator("[data-camera-say][role=status][aria-live=polite]")
    sent: list[str] = []
    sonya.page.on("request", lambda request: sent.append(request.method))
    hands.to("summary", "Снять образец заново")
    sonya.page.keyboard.press("Enter")
    expect(said).to_have_text("Чуть левее.", timeout=40_000)
    expect(said).to_have_text("Чуть ближе.", timeout=40_000)
    expect(said).to_have_text(re.compile("Хорошо"), timeout=40_000)
    assert "POST" not in sent, "the page itself looks; no picture has left it"
    shots = sonya.page.locator("[data-camera-shots] img")
    hands.to("[data-camera-take]")
    sonya.page.keyboard.press("Enter")
    expect(sonya.page.locator("[data-camera-send]")).to_be_focused()
    expect(shots).to_have_count(3)
    hands.to("[data-camera-more]")
    sonya.page.keyboard.press("Enter")
    expect(shots).to_have_count(4)
    expect(said).to_have_text("Снято: 4 из 4.")
    hands.to("[data-camera-send]")
    with sonya.page.expect_navigation():
        sonya.page.keyboard.press("Enter")
    assert (
        stage.ask(
            "SELECT count(*) FROM face_enrolment_shot s, face_enrolment e WHERE e.id = s.enrolment_id AND e.state != 'approved'"
        )
        == 4
    )


def test_no_way_asks_for_more_pages_than_the_camera(
    stage: Stage, site: Site, world: World, face_photos: FacePhotos, tmp_path: Path
) -> None:
    register_sample(world, face_photos)
    entries = {way: world.entry(level=min(LEVEL_OF[way], 2), reference=way.value) for way in M}
    site.start()
    sonya = stage.with_camera("sonya", [(face_photos.first_person[0], 1)])
    with_device(sonya)
    bind(sonya)
    a_day_passes(world)
    counted = {way: go(world, sonya, entry, way) for way, entry in entries.items()}
    assert counted == PAGES_TO_SUBMIT
    assert max(counted.values()) == counted[M.FACE]
    hear_where_to_sit_and_take_the_sample_again(stage, face_photos.first_person[1], tmp_path)
