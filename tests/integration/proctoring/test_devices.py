"""Days before an exam a device is tried and a camera practised with: it is a help, is shown to staff, and touches nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from lms.assessment.models import Attempt, Entry
from lms.core.actor import SYSTEM
from lms.core.models import StoredFile
from lms.proctoring import queries, service
from lms.proctoring.models import (
    DeviceCheck,
    Evidence,
    FindingRow,
    Frame,
    Incident,
    ProctoringSession,
    SessionEvent,
)
from lms.proctoring.rules.devices import shortcomings
from lms.proctoring.types import IdentityMethod
from tests.integration.proctoring.conftest import World
from tests.integration.proctoring.test_pages import as_, post, token  # noqa: F401 - a fixture

As = Callable[[str], FlaskClient]
GOOD = {
    "camera": "dark",
    "microphone": "silent",
    "storage_mb": "12",
    "reply_ms": "40",
    "upload_kb_s": "9",
    "clock_off_s": "-7200",
}


@pytest.fixture
def engine_url(sqlite_url: str) -> str:
    """Return one engine: which one does not matter here."""
    return sqlite_url


def test_what_a_device_can_is_kept_shown_to_who_decides_and_who_watches_and_blocks_nothing(
    world: World,
    as_: As,  # noqa: F811
) -> None:
    entry = world.entry()
    page, pupil = f"/identity/{entry}/camera", as_("sonya")
    assert "data-device-start" in pupil.get(page).text
    assert post(pupil, f"/identity/{entry}/device", page, camera="a lie").status_code == 422
    for words in ({}, GOOD):  # the newest stands in the place of the one before
        assert post(pupil, f"/identity/{entry}/device", page, **words).status_code == 303
    shown = pupil.get(page).text
    for words in ("работает, но темно", "ничего не слышно", "12 МБ", "9 КБ", "врут на 120 минут"):
        assert words in shown
    with world.runtime.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(DeviceCheck)) == 1
        kept = queries.device_check(session, entry)
    assert kept is not None
    assert kept.device_class in {"computer", "unknown"}

    check = world.choose(entry, IdentityMethod.IN_PERSON)
    proctor = as_("gusev")
    assert "врут на 120 минут" in proctor.get(f"/identity/checks/{check}").text
    attempt = world.start(entry)  # the worst device starts as well as the best
    with world.runtime.unit_of_work(world.actor("gromova")) as uow:
        service.set_duty(uow, world.get(Entry, entry).session_id, world.id("gusev"))
    assert "врут на 120 минут" in proctor.get(f"/wall/{world.sitting(attempt).id}").text
    for stranger in ("lev", "gusev", "anna"):
        client = as_(stranger)
        csrf = {"X-CSRFToken": token(client.get("/login", follow_redirects=True).text)}
        for path in ("device", "link", "practice/frames", "practice/events"):
            assert client.post(f"/identity/{entry}/{path}", headers=csrf).status_code in {403, 404}, path
    world.clock.advance(timedelta(days=60))
    with world.runtime.unit_of_work(SYSTEM) as uow:
        service.forget_device_checks(uow)
        assert queries.device_check(uow.session, entry) is None


def test_shortcomings_are_those_of_what_was_measured() -> None:
    assert shortcomings(None, None, None, None) == frozenset()
    assert shortcomings(5000, 80, 900, 3) == frozenset()
    assert shortcomings(3, 80, 900, 3) == {"storage"}
    assert shortcomings(5000, 4000, 900, -3) == {"link"}
    assert shortcomings(5000, 80, 4, 61) == {"link", "clock"}


def test_a_practice_with_the_camera_leaves_nothing_behind(world: World, as_: As, first: list[bytes]) -> None:  # noqa: F811
    entry = world.entry()
    pupil = as_("sonya")
    shown = pupil.get(f"/identity/{entry}/practice").text
    assert f'data-frames="/identity/{entry}/practice/frames"' in shown
    csrf = {"X-CSRFToken": token(pupil.get(f"/identity/{entry}/camera").text)}

    def left() -> list[int]:
        tables = (Attempt, ProctoringSession, Frame, FindingRow, Incident, Evidence, SessionEvent, StoredFile)
        with world.runtime.read() as session:
            return [session.scalar(sa.select(sa.func.count()).select_from(table)) or 0 for table in tables]

    before = left()
    to = f"/identity/{entry}/practice"
    for seq in (1, 2):
        reply = pupil.post(
            f"{to}/frames?seq={seq}&nonce=practice", data=first[0], content_type="image/jpeg", headers=csrf
        )
        assert (reply.status_code, reply.json["seq"], reply.json["next_in_s"]) == (202, seq + 1, 5)
    for news in ("camera_stopped", "hidden", "source"):
        assert pupil.post(f"{to}/events", json={"kind": news}, headers=csrf).status_code == 200
    bad = pupil.post(f"{to}/frames?seq=3&nonce=practice", data=b"<svg/>", headers=csrf)
    assert bad.status_code == 422
    world.work()
    assert left() == before
