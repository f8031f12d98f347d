"""No way of showing who one is asks the learner to submit more pages than the way by camera."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from lms.proctoring import queries, service
from lms.proctoring.rules.identity import LEVEL_OF, PAGES_TO_SUBMIT, PASSKEY_METHODS
from lms.proctoring.types import CheckState, IdentityMethod
from tests.fixtures.authenticator import Device
from tests.integration.proctoring.conftest import World
from tests.integration.proctoring.test_pages import as_, post, shots, token  # noqa: F401 - a fixture
from tests.integration.proctoring.test_passkeys import bind

As = Callable[[str], FlaskClient]
M = IdentityMethod
#: Who decides about each way, and what they write down.
DECIDERS = {
    M.KNOWN_TEACHER: ("kim", ""),
    M.DOCUMENT_VIDEO: ("mironova", "паспорт, …12"),
    M.IN_PERSON: ("mironova", "паспорт, …12"),
    M.FACE: ("gusev", ""),
    M.PASSKEY_AND_TALK: ("kim", ""),
}
SITE = "https://school.example"


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    return {**environment, "LMS_BASE_URL": SITE}


def pages_submitted(world: World, pupil: FlaskClient, method: M, first: list[bytes], device: Device) -> int:
    """Go a way from choosing to being confirmed; return how many pages the learner submitted."""
    entry = world.entry(level=min(LEVEL_OF[method], 2))
    own = f"/identity/{entry}"
    assert post(pupil, own, method=method.value).status_code == 303
    submitted = 1
    with world.runtime.read() as session:
        found = queries.current_check(session, entry)
    assert found is not None
    check = found.id
    if method is M.FACE:
        form = {"csrf_token": token(pupil.get(own).text), "pictures": shots(first)}
        assert pupil.post(f"/identity/checks/{check}/shots", data=form).status_code == 303
        submitted += 1
        world.work()
    if method in PASSKEY_METHODS:
        to, headers = f"/identity/checks/{check}/passkey", {"X-CSRFToken": token(pupil.get(own).text)}
        answer = device.get(pupil.post(f"{to}/options", headers=headers).text)
        assert post(pupil, to, own, credential=answer).status_code == 303
        submitted += 1
    if method is M.CODE_AND_ADULT:
        with world.runtime.unit_of_work(world.actor("anna")) as uow:
            code = service.issue_code(uow, check, question="Как зовут кота?")
        assert post(pupil, f"/identity/checks/{check}/code", own, code=code).status_code == 303
        submitted += 1
    elif method in DECIDERS:
        who, document = DECIDERS[method]
        world.decide(who, check, doc=document)
    assert world.check(check).state is CheckState.VERIFIED
    assert "/exams/" in pupil.get(own).text
    return submitted


def test_no_way_is_longer_than_the_camera(world: World, as_: As, first: list[bytes]) -> None:  # noqa: F811
    world.register(first)
    device = Device(SITE)
    bind(world, device)
    world.clock.advance(timedelta(days=1))
    pupil = as_("sonya")
    counted = {method: pages_submitted(world, pupil, method, first, device) for method in IdentityMethod}
    assert counted == PAGES_TO_SUBMIT
    assert max(counted.values()) == counted[M.FACE]
