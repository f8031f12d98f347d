"""An exam in Safe Exam Browser: its configuration opens the door, another browser is noted, a person may lift it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from lms.core.errors import Forbidden, InvalidInput
from lms.core.models import LedgerEntry
from lms.proctoring import queries, service
from lms.proctoring.models import Incident, SebWaiver
from lms.proctoring.rules import seb
from lms.proctoring.types import SessionState
from tests.integration.proctoring.conftest import World
from tests.integration.proctoring.test_pages import as_, post, token  # noqa: F401 - a fixture

As = Callable[[str], FlaskClient]
PLAIN = {"level": 0, "monitoring": "none", "needs_seb": True}

scalars = st.one_of(
    st.booleans(), st.integers(-(2**31), 2**31), st.text("abcÄя 9", max_size=8), st.binary(max_size=6)
)
settings = st.dictionaries(
    st.text("aBcDeF", min_size=1, max_size=6),
    st.one_of(scalars, st.lists(scalars, max_size=3), st.dictionaries(st.text("aB", min_size=1), scalars)),
    max_size=6,
)


@given(settings)
def test_a_configuration_keeps_its_key_through_the_file_and_whoever_wrote_it(
    values: dict[str, object],
) -> None:
    back = seb.read_settings(seb.write_settings({**values, "originatorVersion": "any 1.0"}))
    assert seb.config_key(back) == seb.config_key(dict(reversed(values.items())))


@pytest.mark.third_party
def test_keys_are_those_of_the_published_vectors(test_data: Path) -> None:
    folder, seen = test_data / "assessment" / "seb", set()
    for vector in json.loads((folder / "expected_config_key.json").read_text(encoding="utf-8")):
        names = vector.get("files", [vector["file"]] if "file" in vector else [])
        files = [(folder / name).read_bytes() for name in names] or [vector["input"].encode()]
        if vector.get("rule") == "rejected":
            with pytest.raises(InvalidInput, match="seb_unreadable"):
                seb.read_settings(files[0])
        else:
            values = [seb.read_settings(data) for data in files]
            keys = {seb.config_key(value) for value in values}
            assert len(keys) == 1, vector["id"]
            assert keys == {vector.get("expected_config_key", *keys)}, vector["id"]
            if "json_file" in vector:
                written = (folder / vector["json_file"]).read_text(encoding="utf-8")
                assert seb.canonical_json(values[0]) == written
        seen.add(vector["id"])
    assert len(seen) >= 5


def test_the_canonical_text_is_sorted_without_case_and_leaves_out_what_is_empty() -> None:
    values = {
        "b": [True, 1, {}],
        "Alpha": {},
        "a": {"z": "\\", "Y": datetime(1940, 10, 9, 22, 13, 56, tzinfo=UTC)},
        "c": b"\x00",
    }
    assert (
        seb.canonical_json(values) == '{"a":{"Y":"1940-10-09T22:13:56Z","z":"\\"},"b":[true,1,{}],"c":"AA=="}'
    )
    assert seb.config_key({}) == seb.config_key(seb.read_settings(b""))
    for bad in (b"<?xml This is no XML", b"\x00" * 40, b"<plist><array/></plist>", b"x" * 2_000_000):
        with pytest.raises(InvalidInput, match="seb_unreadable"):
            seb.read_settings(bad)


def headers(world: World, entry: UUID, path: str) -> dict[str, str]:
    """Return what the browser sends when it runs the configuration that the student downloaded."""
    base = world.runtime.settings.core.base_url.rstrip("/")
    key = seb.config_key(seb.exam_settings(base, entry))
    return {seb.HEADER: seb.request_hash(base + path, key)}


def start(world: World, client: FlaskClient, entry: UUID, *, inside: bool) -> str:
    """Press the start button of the exam; return where it led."""
    path = f"/exams/{entry}/start"
    ready = f"/exams/{entry}/ready"
    shown = client.get(ready, headers=headers(world, entry, ready)).text
    sent = headers(world, entry, path) if inside else {}
    return client.post(path, data={"csrf_token": token(shown)}, headers=sent).location or ""


def incidents(world: World) -> list[str]:
    with world.runtime.read() as session:
        return list(session.scalars(sa.select(Incident.kind)))


def test_the_door_opens_in_the_browser_and_another_one_is_noted_for_a_reviewer(world: World, as_: As) -> None:  # noqa: F811
    entry, pupil = world.entry(**PLAIN), as_("sonya")
    page = pupil.get(f"/exams/{entry}").text
    assert f"/identity/{entry}/seb" in page
    served = pupil.get(f"/identity/{entry}/exam.seb")
    assert seb.read_settings(served.data)["startURL"].endswith(f"/exams/{entry}")
    assert as_("timur").get(f"/identity/{entry}/exam.seb").status_code in {403, 404}
    forged = {seb.HEADER: "0" * 64}
    assert "exam.seb" in pupil.get(f"/identity/{entry}/seb", headers=forged).text
    path = f"/identity/{entry}/seb"
    assert "exam.seb" not in pupil.get(path, headers=headers(world, entry, path)).text
    assert "/attempts/" not in start(world, pupil, entry, inside=False)
    address = start(world, pupil, entry, inside=True)
    assert "/attempts/" in address
    attempt = UUID(address.split("/attempts/")[1].split("/")[0])
    question = f"/attempts/{attempt}/q/1"
    assert pupil.get(question, headers=headers(world, entry, question)).status_code == 200
    assert incidents(world) == []
    assert pupil.get(question).status_code == 200  # a running attempt is never shut out
    assert incidents(world) == ["seb_mismatch"]
    world.submit(attempt)
    assert world.sitting(attempt).state is SessionState.QUEUED
    with world.runtime.read() as session:
        waiting = queries.review_queue(session, world.actor("frolova"), world.clock.now()).items
    assert [row.session_id for row in waiting] == [world.sitting(attempt).id]


def test_a_person_may_lift_it_with_a_reason_that_stays(world: World, as_: As) -> None:  # noqa: F811
    entry, pupil, office = world.entry(**PLAIN), as_("sonya"), as_("mironova")
    path = f"/identity/{entry}/seb"
    assert post(pupil, path, words="").status_code == 422
    assert post(pupil, path, words="Не открывается на Linux").status_code == 303
    with world.runtime.read() as session:
        waiver = session.scalars(sa.select(SebWaiver.id)).one()
    assert f"/identity/seb/{waiver}" in office.get("/identity/queue").text
    with pytest.raises(Forbidden), world.runtime.unit_of_work(world.actor("sonya")) as uow:
        service.decide_without_seb(uow, waiver, is_granted=True, note="Сама себе разрешила")
    decided = {"decision": "allow", "note": "Проверили вместе, не идёт"}
    assert post(office, f"/identity/seb/{waiver}", **{**decided, "note": ""}).status_code == 422
    assert post(office, f"/identity/seb/{waiver}", **decided).status_code == 303
    assert "не идёт" in pupil.get(path).text
    address = start(world, pupil, entry, inside=False)
    assert "/attempts/" in address
    pupil.get(address)
    assert incidents(world) == []
    with world.runtime.read() as session:
        written = session.scalars(
            sa.select(LedgerEntry).where(LedgerEntry.kind == "proctoring.seb_waived")
        ).one()
    assert written.payload["reason"] == decided["note"]


def test_a_key_that_was_seen_on_another_page_or_in_another_exam_opens_nothing(world: World, as_: As) -> None:  # noqa: F811
    entry, other, pupil = world.entry(**PLAIN), world.entry(reference="other", **PLAIN), as_("sonya")
    page, start_at = f"/identity/{entry}/seb", f"/exams/{entry}/start"
    base = world.runtime.settings.core.base_url.rstrip("/")
    bare = {seb.HEADER: seb.config_key(seb.exam_settings(base, entry))}
    others = {seb.HEADER: seb.request_hash(base + page, seb.config_key(seb.exam_settings(base, other)))}
    replayed = headers(world, entry, f"/exams/{entry}")
    doubled = {seb.HEADER: headers(world, entry, page)[seb.HEADER] * 2}
    shown = pupil.get(page).text
    for forged in (bare, others, replayed, doubled, {seb.HEADER: "ы" * 64}, {seb.HEADER: ""}):
        assert "exam.seb" in pupil.get(page, headers=forged).text
        begun = pupil.post(start_at, data={"csrf_token": token(shown)}, headers=forged)
        assert "/attempts/" not in (begun.location or "")
    assert "exam.seb" not in pupil.get(page, headers=headers(world, entry, page)).text
