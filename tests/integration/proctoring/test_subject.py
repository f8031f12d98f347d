"""What a person is handed about themselves, and the proof of what was destroyed."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import timedelta

import sqlalchemy as sa

from lms.core.actor import SYSTEM
from lms.core.db import Base
from lms.core.models import AccessLog, LedgerEntry
from lms.proctoring import queries, service
from tests.integration.proctoring.conftest import World
from tests.integration.proctoring.test_pages import As, as_  # noqa: F401 - a fixture

#: Where each table that names a person stands in what the person is handed.
HANDED_OUT = {
    "face_enrolment": "samples",
    "face_template": "samples",
    "identity_check": "checks",
    "passkey": "devices",
    "declared_group": "said_of_oneself",
    "proctoring_session": "sittings",
    "seb_waiver": "requests_without_the_exam_browser",
    "proctoring_evidence": "pictures",
    "device_check": "tried_devices",
}


def test_no_table_that_names_a_person_is_left_out_of_what_they_are_handed(world: World) -> None:
    tables = {
        table.name
        for mapper in Base.registry.mappers
        if mapper.class_.__module__ == "lms.proctoring.models"
        and "person_id" in (table := mapper.local_table).c
    }
    assert tables - {"proctor_duty"} == set(HANDED_OUT), "a duty names a member of staff"
    with world.runtime.read() as session:
        handed = queries.subject_records(session, world.id("sonya"), world.clock.now()).document
    assert set(HANDED_OUT.values()) <= set(handed)


def test_everything_is_handed_out_to_the_person_and_the_family_and_destruction_is_proven(
    world: World,
    as_: As,  # noqa: F811
    first: list[bytes],
) -> None:
    world.register(first)
    attempt = world.start(world.entry())
    world.watch(attempt, [first[0]])
    page = f"/sittings/records/{world.id('sonya')}"
    sonya, anna, kim = as_("sonya"), as_("anna"), as_("kim")
    assert page in sonya.get("/sittings").text
    assert page in anna.get("/sittings").text
    answer = sonya.get(f"{page}/all.zip")
    assert answer.headers["Cache-Control"] == "private, no-store"
    whole = zipfile.ZipFile(io.BytesIO(answer.data))
    words = json.loads(whole.read("identity.json"))
    (picture,) = [name for name in whole.namelist() if name.startswith("pictures/")]
    assert whole.read(picture) == first[0]
    assert [row["way"] for row in words["checks"]] == ["known_teacher"]
    assert [row["opinions"] for row in words["sittings"]] == [[]]
    assert {row["model"] for row in words["samples"]} == {"sface", "dlib-resnet"}
    assert "vectors" not in json.dumps(words)
    assert kim.get(page).status_code == kim.get(f"{page}/all.zip").status_code == 404
    assert anna.get(f"{page}/all.zip").status_code == 200
    with world.runtime.read() as session:
        taken = sa.select(AccessLog.actor_person_id).where(AccessLog.action == "proctoring.export")
        assert session.scalars(taken).all() == [world.id("anna")], "taking one's own is not logged"

    assert "Пока ничего не уничтожено" in sonya.get(page).text
    world.withdraw("anna")
    world.clock.advance(timedelta(days=90))
    with world.runtime.read() as session:
        kept = queries.subject_records(session, world.id("sonya"), world.clock.now())
    assert kept.pictures == {}, "what is over is handed out no more, whether the sweep has come by or not"
    with world.runtime.unit_of_work(SYSTEM) as uow:
        service.expire_evidence(uow)
    with world.runtime.read() as session:
        hashes = session.scalars(
            sa.select(LedgerEntry.hash).where(LedgerEntry.kind.like("proctoring.%_destroyed"))
        ).all()
    sonya = as_("sonya")  # who was signed in then is not any more
    shown = sonya.get(page).text
    assert len(hashes) == 2
    assert all(value[:12] in shown for value in hashes)
    assert {"согласие отозвано", "срок истёк"} <= set(re.findall("согласие отозвано|срок истёк", shown))
    after = zipfile.ZipFile(io.BytesIO(sonya.get(f"{page}/all.zip").data))
    assert after.namelist() == ["identity.json"]
