"""Devices that students bind: what counts, from when, and what a wrong answer leads to."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lms.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from lms.proctoring import passkeys, queries, service
from lms.proctoring.passkeys import Place
from lms.proctoring.types import CheckState, IdentityMethod, Monitoring
from tests.fixtures.authenticator import PRESENT, Device
from tests.integration.proctoring.conftest import World
from tests.integration.proctoring.test_pages import As, as_, post, token  # noqa: F401 - a fixture

M = IdentityMethod
SITE = "http://localhost"


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    return {**environment, "LMS_BASE_URL": SITE}


def bind(world: World, device: Device, student: str = "sonya") -> UUID:
    with world.runtime.unit_of_work(world.actor(student)) as uow:
        asked = service.begin_passkey(uow)
    with world.runtime.unit_of_work(world.actor(student)) as uow:
        return service.register_passkey(uow, device.create(asked), "мой телефон")


def answer(world: World, check: UUID, device: Device) -> bool:
    with world.runtime.unit_of_work(world.actor("sonya")) as uow:
        asked = service.ask_passkey(uow, check)
    with world.runtime.unit_of_work(world.actor("sonya")) as uow:
        return service.confirm_by_passkey(uow, check, device.get(asked))


def ways(world: World, entry: UUID) -> tuple[IdentityMethod, ...]:
    with world.runtime.read() as session:
        return queries.identity_options(session, entry, world.clock.now()).methods


def is_open(world: World, entry: UUID) -> bool:
    with world.runtime.read() as session:
        return queries.identity_standing(session, entry).is_open


def test_a_device_counts_from_the_next_day_and_alone_for_the_first_level_only(world: World) -> None:
    device, entry, strict = Device(SITE), world.entry(level=1), world.entry(level=3, reference="strict")
    bind(world, device)
    assert not {M.PASSKEY, M.PASSKEY_AND_TALK} & set(ways(world, entry)), (
        "a password alone binds nothing today"
    )
    world.clock.advance(timedelta(days=1))
    assert {M.PASSKEY, M.PASSKEY_AND_TALK} <= set(ways(world, entry))
    assert M.PASSKEY not in ways(world, strict)
    assert M.PASSKEY_AND_TALK in ways(world, strict)
    check = world.choose(entry, M.PASSKEY)
    assert not is_open(world, entry)
    assert answer(world, check, device)
    row = world.check(check)
    assert (row.state, row.level_reached, row.decided_by) == (CheckState.VERIFIED, 1, None)
    assert is_open(world, entry)
    with world.runtime.unit_of_work(world.actor("gromova")) as uow:
        service.set_policy(
            uow,
            world.id("school-14"),
            level=2,
            monitoring=Monitoring.NONE,
            cadence_s=5,
            blueprint_id=queries.identity_options(uow.session, entry, uow.now()).facts.blueprint_id,
        )
    assert not is_open(world, entry), "a stricter rule is not met by what was enough before"
    again = world.choose(entry, M.PASSKEY_AND_TALK)
    assert again != check


def test_with_a_talk_it_is_as_good_as_the_camera(world: World) -> None:
    device, entry = Device(SITE), world.entry(level=3)
    bind(world, device)
    world.clock.advance(timedelta(days=1))
    check = world.choose(entry, M.PASSKEY_AND_TALK)
    assert answer(world, check, device)
    assert world.check(check).state is CheckState.HUMAN_CHECK
    assert not is_open(world, entry)
    with pytest.raises(InvalidInput, match="question_missing"):
        world.decide("kim", check, note="")
    with pytest.raises(Forbidden):
        world.decide("anna", check)
    world.decide("mironova", check, note="Что ты написала в третьем задании?")
    row = world.check(check)
    assert (row.state, row.level_reached) == (CheckState.VERIFIED, 2)
    assert is_open(world, entry)


def test_what_does_not_prove_the_device_is_written_down_and_opens_nothing(world: World) -> None:
    device, entry = Device(SITE), world.entry(level=1)
    first = bind(world, device)
    world.clock.advance(timedelta(days=1))
    check = world.choose(entry, M.PASSKEY)
    assert not answer(world, check, dataclasses.replace(device, origin="https://school.example.evil"))
    assert not answer(world, check, dataclasses.replace(device, flags=PRESENT)), "not unlocked by a person"
    stolen = Device(SITE, credential=device.credential, count=9)
    assert not answer(world, check, stolen), "another key under the same name"
    assert answer(world, check, device)

    later = world.choose(world.entry(level=1, reference="later"), M.PASSKEY)
    with world.runtime.unit_of_work(world.actor("sonya")) as uow:
        asked = service.ask_passkey(uow, later)
    copy = dataclasses.replace(device, count=0)
    with world.runtime.unit_of_work(world.actor("sonya")) as uow:
        assert not service.confirm_by_passkey(uow, later, copy.get(asked)), "the counter went back: a copy"
    with world.runtime.unit_of_work(world.actor("sonya")) as uow:
        assert not service.confirm_by_passkey(uow, later, device.get(asked)), (
            "a challenge is good for one answer"
        )
    with world.runtime.unit_of_work(world.actor("sonya")) as uow:
        asked = service.ask_passkey(uow, later)
    world.clock.advance(timedelta(minutes=6))
    with world.runtime.unit_of_work(world.actor("sonya")) as uow:
        assert not service.confirm_by_passkey(uow, later, device.get(asked)), "too late"

    with pytest.raises(NotFound), world.runtime.unit_of_work(world.actor("lev")) as uow:
        service.remove_passkey(uow, first)
    with world.runtime.unit_of_work(world.actor("sonya")) as uow:
        service.remove_passkey(uow, first)
    with pytest.raises(Conflict, match="no_passkey"):
        answer(world, later, device)
    with pytest.raises(NotFound), world.runtime.unit_of_work(world.actor("sonya")) as uow:
        service.remove_passkey(uow, check)
    with pytest.raises(InvalidInput, match="passkey_wrong"):
        bind(world, device)  # a credential is bound once


def test_a_student_binds_a_device_and_answers_on_the_page(world: World, as_: As) -> None:  # noqa: F811
    pupil, device = as_("sonya"), Device(SITE)
    page = pupil.get("/identity/passkeys").text
    assert "data-passkey" in page
    digits = "http://127.0.0.1"
    names = {"login": "sonya", "password": "marshrut-sonya"}
    names["csrf_token"] = token(pupil.get("/login", base_url=digits).text)
    pupil.post("/login", data=names, base_url=digits)
    elsewhere = pupil.get("/identity/passkeys", base_url=digits).text
    assert "data-passkey" not in elsewhere
    assert f'href="{SITE}/identity/passkeys"' in elsewhere, "browsers know a device by the site's own address"
    headers = {"X-CSRFToken": token(page)}
    asked = pupil.post("/identity/passkeys/options", headers=headers).text
    form = {"csrf_token": token(page), "label": "мой телефон"}
    assert pupil.post("/identity/passkeys", data=form).status_code == 422, (
        "without the device nothing is bound"
    )
    assert "мой телефон" in pupil.post("/identity/passkeys", data=form).text
    asked = pupil.post("/identity/passkeys/options", headers=headers).text
    done = pupil.post("/identity/passkeys", data={**form, "credential": device.create(asked)})
    assert done.status_code == 303
    world.clock.advance(timedelta(days=1))
    pupil = as_("sonya")
    entry = world.entry(level=1)
    own = f"/identity/{entry}"
    assert post(pupil, own, method="passkey").status_code == 303
    with world.runtime.read() as session:
        found = queries.current_check(session, entry)
    assert found is not None
    to = f"/identity/checks/{found.id}/passkey"
    assert post(pupil, to, own, credential="{}").status_code == 422
    page = pupil.get(own).text
    asked = pupil.post(f"{to}/options", headers={"X-CSRFToken": token(page)}).text
    assert post(pupil, to, own, credential=device.get(asked)).status_code == 303
    assert f"/exams/{entry}" in pupil.get(own).text


PLACE = Place("school.example", SITE)
KEY = passkeys.ProvenKey(b"id", b"key", 0)
JSON = st.recursive(
    st.none() | st.text() | st.integers(), lambda one: st.lists(one) | st.dictionaries(st.text(), one)
)
SHAPED = st.fixed_dictionaries(
    {"id": JSON, "rawId": JSON, "type": st.just("public-key") | JSON},
    optional={
        "response": st.dictionaries(
            st.sampled_from(["clientDataJSON", "attestationObject", "authenticatorData", "signature"]), JSON
        )
        | JSON
    },
)


@given(st.text() | JSON.map(json.dumps) | SHAPED.map(json.dumps))
@example("[" * 9_000)
@example('{"id":' * 3_000)
def test_any_answer_is_refused_in_words(answer: str) -> None:
    with pytest.raises(InvalidInput, match="passkey_wrong"):
        passkeys.proven_key(PLACE, "00" * 32, answer)
    with pytest.raises(InvalidInput, match="passkey_wrong"):
        passkeys.proven_count(PLACE, "00" * 32, answer, KEY)


@pytest.mark.parametrize(
    ("base_url", "domain"),
    [
        ("https://school.example", "school.example"),
        ("http://localhost:8000", "localhost"),
        ("http://school.example", None),
        ("https://192.0.2.1", None),
        ("http://127.0.0.1:8000", None),
        ("https://[::1]:443", None),
    ],
)
def test_browsers_offer_passkeys_under_a_name_and_safely_only(base_url: str, domain: str | None) -> None:
    place = Place.of(base_url)
    assert (place.domain if place else None) == domain
