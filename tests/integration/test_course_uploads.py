"""Large files in parts: nothing is sent twice or lost, what is not what its name says is refused early, room has a bound."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

from lms.core.clock import FixedClock
from lms.core.runtime import Runtime
from lms.courses import service
from lms.courses.models import CourseMedia, Upload
from lms.courses.types import NewCourse
from lms.demo.cast import DemoSchool
from tests.fixtures.played import scorm
from tests.integration.test_course_pages import csrf, signed_in
from tests.integration.test_course_steps import photo
from tests.integration.test_courses import school

__all__ = ["school"]

PART = 1024
FILM = b"\x00\x00\x00\x18ftypmp42" + bytes(range(256)) * 10


@pytest.fixture
def engine_url(sqlite_url: str) -> str:
    """Return one engine: what differs between them is told elsewhere."""
    return sqlite_url


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    """Bound everything low, so that bounds are met."""
    own = {
        "UPLOAD_PART_BYTES": PART,
        "FILM_MAX_BYTES": 5000,
        "MEDIA_MAX_BYTES": 4000,
        "ORG_MEDIA_MAX_BYTES": 9000,
    }
    return {**environment, **{f"LMS_COURSES_{name}": str(value) for name, value in own.items()}}


class Sender:
    """A teacher's browser with the script that sends files in parts."""

    def __init__(self, app: Flask, runtime: Runtime, school: DemoSchool, login: str = "kim") -> None:
        self.runtime = runtime
        with runtime.unit_of_work(school.actor("kim")) as uow:
            self.course = service.create_course(uow, NewCourse(school.id("school-14"), "Проба", "physics"))
        self.client = signed_in(app, login)
        self.headers = {"X-CSRFToken": csrf(self.client, "/account"), "Accept": "application/json"}
        self.base = f"/courses/{self.course}/write/uploads"

    def begin(self, data: bytes, name: str, mark: str = "1", size: int | None = None) -> Any:
        said = {"name": name, "size": len(data) if size is None else size, "mark": mark}
        return self.client.post(self.base, json=said, headers=self.headers)

    def part(self, upload: str, data: bytes, offset: int) -> Any:
        kind = "application/octet-stream"
        path = f"{self.base}/{upload}?offset={offset}"
        return self.client.post(path, data=data, headers=self.headers, content_type=kind)

    def send(self, data: bytes, name: str) -> Any:
        """Send a whole file, let the worker look at it, and return what became of it."""
        at = self.begin(data, name).json
        while at["state"] == "receiving":
            at = self.part(at["id"], data[at["offset"] : at["offset"] + PART], at["offset"]).json
        self.runtime.jobs.run_waiting()
        return self.client.get(f"{self.base}/{at['id']}", headers=self.headers).json


@pytest.fixture
def kim(app: Flask, runtime: Runtime, school: DemoSchool) -> Sender:
    return Sender(app, runtime, school)


def test_a_film_that_was_broken_off_goes_on_and_arrives_as_it_was(kim: Sender) -> None:
    first = kim.begin(FILM, "опыт.mp4").json
    assert (first["offset"], first["part"], first["state"]) == (0, PART, "receiving")
    upload = first["id"]
    assert kim.part(upload, FILM[PART : 2 * PART], PART).status_code == 409, "a part is missing before it"
    assert kim.part(upload, FILM[:100], 0).status_code == 422, "a part that came broken"
    assert kim.part(upload, FILM[:PART], 0).json["offset"] == PART
    again = kim.begin(FILM, "опыт.mp4").json
    assert (again["id"], again["offset"]) == (upload, PART), "the same file goes on after a reload"
    assert kim.begin(FILM, "опыт.mp4", mark="2").json["id"] != upload, "another file of that name does not"
    assert kim.part(upload, b"x" * PART, 0).json["offset"] == PART, "what is there stays as it is"
    done = kim.send(FILM, "опыт.mp4")
    assert done["state"] == "done" and done["offset"] == len(FILM)
    with kim.runtime.read() as session:
        media = session.get_one(CourseMedia, UUID(done["media"]))
        assert (media.media_type, media.size_bytes, media.name) == ("video/mp4", len(FILM), "опыт.mp4")
    assert kim.client.get(f"/courses/{kim.course}/media/{done['media']}").data == FILM
    store = kim.runtime.files
    assert store.filesystem.glob(f"{store.root}/uploads/{UUID(upload).hex}/*") == []


def test_what_is_not_what_its_name_says_is_refused_and_what_is_too_large_at_once(kim: Sender) -> None:
    assert kim.begin(b"MZ", "a.exe").status_code == 422
    assert kim.begin(b"", "a.mp4").status_code == 422
    assert kim.begin(b"", "a.mp4", size=5001).status_code == 413
    assert kim.begin(b"", "a.zip", size=4001).status_code == 413
    for size in ("5", None, -1, 2**40):
        sent = {"name": "a.mp4", "size": size}
        assert kim.client.post(kim.base, json=sent, headers=kim.headers).status_code == 422
    begun = kim.begin(FILM, "страница.mp4").json
    told = kim.part(begun["id"], b"<html>" + FILM[6:PART], 0).json
    assert told["state"] == "refused" and "страница.mp4" in told["problem"], (
        "after the first part, not the last"
    )
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("imsmanifest.xml", "<manifest/>")
        archive.writestr("a.html", b"\0" * 3_000_000)
    for data, name in ((bomb.getvalue(), "a.zip"), (b"\x89PNG\r\n\x1a\n" + b"\0" * 1500, "a.png")):
        told = kim.send(data, name)
        assert told["state"] == "refused" and told["problem"] and told["media"] is None, name
    with kim.runtime.read() as session:
        assert session.scalars(sa.select(CourseMedia)).all() == []


def test_other_files_are_looked_at_whole_as_in_a_form(kim: Sender) -> None:
    assert kim.send(scorm({"a.html": "<p>a" + "б" * 900}), "a.zip")["state"] == "done"
    done = kim.send(photo() + b"", "IMG_1.jpg")
    assert b"Camera of Kim" not in kim.client.get(f"/courses/{kim.course}/media/{done['media']}").data


def test_an_organisation_has_so_much_room_and_no_more(kim: Sender) -> None:
    other = FILM[:-1] + b"!"
    third = FILM[:-1] + b"?"
    assert kim.send(FILM, "a.mp4")["state"] == kim.send(other, "b.mp4")["state"] == "done"
    begun = kim.begin(third, "c.mp4")
    assert begun.status_code == 200
    full = kim.begin(third, "d.mp4")
    assert full.status_code == 413 and "места" in full.json["title"], "what is on its way counts already"
    assert kim.client.post(f"{kim.base}/{begun.json['id']}/drop", headers=kim.headers).status_code == 200
    assert kim.begin(third, "d.mp4").status_code == 200


def test_nobody_goes_on_with_the_upload_of_another(
    app: Flask, runtime: Runtime, school: DemoSchool, kim: Sender
) -> None:
    upload = kim.begin(FILM, "a.mp4").json["id"]
    for login in ("lebedeva", "petrenko", "sonya"):
        stranger = Sender(app, runtime, school, login)
        stranger.base = kim.base
        for answer in (
            stranger.part(upload, FILM[:PART], 0),
            stranger.client.get(f"{kim.base}/{upload}", headers=stranger.headers),
            stranger.client.post(f"{kim.base}/{upload}/drop", headers=stranger.headers),
        ):
            assert answer.status_code in (403, 404), login
    assert kim.part(str(uuid4()), FILM[:PART], 0).status_code == 404
    elsewhere = Sender(app, runtime, school)
    assert elsewhere.part(upload, FILM[:PART], 0).status_code == 404, "in another course"


def test_what_nobody_goes_on_with_is_deleted(kim: Sender) -> None:
    upload = kim.begin(FILM, "a.mp4").json["id"]
    kim.part(upload, FILM[:PART], 0)
    store = kim.runtime.files
    kept = f"{store.root}/uploads/{UUID(upload).hex}/*"
    assert len(store.filesystem.glob(kept)) == 1
    service.drop_stale_uploads(kim.runtime)
    assert len(store.filesystem.glob(kept)) == 1
    clock = kim.runtime.clock
    assert isinstance(clock, FixedClock)
    clock.advance(timedelta(days=8))
    service.drop_stale_uploads(kim.runtime)
    with kim.runtime.read() as session:
        assert session.scalars(sa.select(Upload)).all() == []
    assert store.filesystem.glob(kept) == []
