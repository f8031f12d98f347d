"""Pictures and recordings of questions: brought through the author's form, handed out to those who have the question."""

from __future__ import annotations

import io
import re

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from lms.assessment import service
from lms.assessment.contracts import ItemTest, MarkStatus
from lms.assessment.models import Bank
from lms.core.uploads import accept_picture
from lms.testing.exams import PASSWORD, ExamGround, Question, make_ground
from tests.fixtures.setup import ROOT
from tests.integration.assessment.test_item_pages import Author, signed_in

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
SOUND = (ROOT / "lms/core/static/samples/dictation.wav").read_bytes()


def photograph(kind: str = "JPEG", colour: str = "red") -> bytes:
    """Return a picture that says with what it was taken."""
    buffer, exif = io.BytesIO(), Image.Exif()
    exif[0x010F] = "A telephone"
    Image.new("RGB", (12, 9), colour).save(buffer, kind, exif=exif)
    return buffer.getvalue()


@pytest.fixture
def author(app: Flask, ground: ExamGround) -> Author:
    return signed_in(app, ground)


def bring(
    author: Author, type_name: str, field: str, data: bytes, name: str, status: int = 200, **more: str
) -> str:
    sent = {f"{field}.file": (io.BytesIO(data), name), "act": f"bring:{field}", **more}
    return author.post(f"/banks/{author.bank}/new/{type_name}", sent, status).text


def address_in(page: str, field: str) -> str:
    found = re.search(rf'name="{re.escape(field)}" value="(/item-media/[^"]+)"', page)
    assert found
    return found[1]


def test_a_picture_is_brought_looked_at_and_kept_without_its_origin(author: Author) -> None:
    page = bring(author, "true_false", "picture.url", photograph(), "dir/телефон.jpg", prompt="Это сердце?")
    assert "Это сердце?" in page
    address = address_in(page, "picture.url")
    assert f'<img src="{address}"' in page
    shown = author.client.get(address)
    assert (shown.status_code, shown.mimetype) == (200, "image/jpeg")
    assert b"telephone" not in shown.data
    assert shown.cache_control.private
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    form: dict[str, object] = {
        "title": "Сердце",
        "prompt": "Это сердце?",
        "is_true": "true",
        "picture.url": address,
    }
    author.post(f"/banks/{author.bank}/new/true_false", form, 422)  # without words for who does not see it
    kept = author.post(f"/banks/{author.bank}/new/true_false", form | {"picture.alt": "Схема"})
    item = kept.headers["Location"].rsplit("/", 1)[1]
    assert author.view(item).content["picture"] == {"url": address, "alt": "Схема"}
    gone = author.post(
        f"/items/{item}/edit", form | {"picture.alt": "Схема", "act": "clear:picture.url"}, 200
    )
    assert address not in gone.text


@pytest.mark.parametrize(
    ("kind", "media_type"), [("PNG", "image/png"), ("WEBP", "image/webp"), ("GIF", "image/png")]
)
def test_the_usual_kinds_of_pictures_are_taken(kind: str, media_type: str) -> None:
    assert accept_picture(photograph(kind), "x", max_bytes=10_000).media_type == media_type


def test_what_is_no_picture_and_no_recording_is_refused_and_the_rest_stays(author: Author) -> None:
    for data in (SVG, b"%PDF-1.4", SOUND):
        page = bring(author, "true_false", "picture.url", data, "x.png", 422, prompt="Это сердце?")
        assert "Это сердце?" in page
        assert "govuk-error-message" in page
        assert "/item-media/" not in page
    bring(author, "dictation", "audio", photograph(), "x.mp3", 422)
    page = bring(author, "dictation", "audio", SOUND, "x.wav")
    assert author.client.get(address_in(page, "audio")).mimetype == "audio/wav"


def test_a_file_comes_along_with_the_form_that_is_saved(author: Author) -> None:
    sent = {"title": "Сердце", "prompt": "Это сердце?", "is_true": "true", "picture.alt": "Схема"}
    reply = author.post(
        f"/banks/{author.bank}/new/true_false",
        sent | {"picture.url.file": (io.BytesIO(photograph()), "a.jpg")},
    )
    item = reply.headers["Location"].rsplit("/", 1)[1]
    assert author.view(item).content["picture"]["url"].startswith("/item-media/")


def test_an_option_is_a_picture_with_words_for_who_does_not_see_it(author: Author) -> None:
    path = f"/banks/{author.bank}/new/choice"
    form: dict[str, object] = {"title": "Цвет", "prompt": "Что красное?", "options.is_right": "1"}
    form |= {"options.0.text": "", "options.1.text": ""}
    colours = {"options.0": "green", "options.1": "red"}

    def files() -> dict[str, object]:
        return {
            f"{row}.picture.url.file": (io.BytesIO(photograph(colour=colour)), f"{colour}.jpg")
            for row, colour in colours.items()
        }

    refused = author.post(path, form | files(), 422).text  # no words yet; the pictures stay
    kept = {f"{row}.picture.url": address_in(refused, f"{row}.picture.url") for row in colours}
    words = {"options.0.picture.alt": "Трава", "options.1.picture.alt": "Мак"}
    item = author.post(path, form | kept | words).headers["Location"].rsplit("/", 1)[1]
    shown = author.get(f"/items/{item}")
    for row in colours:
        picture, alt = kept[f"{row}.picture.url"], words[f"{row}.picture.alt"]
        assert f'<img src="{picture}" alt="{alt}">' in shown
        assert author.client.get(picture).status_code == 200
    assert "Верный ответ: Мак" in shown


def client_of(app: Flask, login: str) -> FlaskClient:
    client = app.test_client()
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/login").text)
    assert found
    form = {"login": login, "password": PASSWORD, "csrf_token": found[1]}
    assert client.post("/login", data=form).status_code == 303
    return client


def test_only_those_who_have_the_question_see_its_picture(app: Flask, author: Author) -> None:
    ground = author.ground
    address = address_in(bring(author, "true_false", "picture.url", photograph(), "a.jpg"), "picture.url")
    given, other = ground.add_student(), ground.add_student()
    stranger = make_ground(ground.runtime, code="strangers")
    picture = {"url": address, "alt": "Схема"}
    content = {"prompt": "Это сердце?", "is_true": True, "picture": picture}
    tests = (ItemTest(True, MarkStatus.RIGHT), ItemTest(None, MarkStatus.WRONG))
    session_id = ground.open_session(ground.write_plan([Question("true_false", content, tests)]))
    logins = {
        f"{ground.code}-director": 200,
        f"{ground.code}-reviewer": 200,
        given.login: 403,
        other.login: 403,
        f"{stranger.code}-teacher": 403,
        stranger.students[0].login: 403,
    }
    clients = {login: client_of(app, login) for login in logins}
    for login, status in logins.items():
        assert (clients[login].get(address).status_code == 200) == (status == 200), login
    ground.start(session_id, given)
    assert clients[given.login].get(address).status_code == 200
    assert clients[other.login].get(address).status_code != 200


def test_a_question_that_names_another_schools_picture_opens_it_to_nobody(app: Flask, author: Author) -> None:
    ground = make_ground(author.ground.runtime, code="strangers")
    address = address_in(bring(author, "true_false", "picture.url", photograph(), "a.jpg"), "picture.url")
    content = {"prompt": "Что это?", "is_true": True, "picture": {"url": address, "alt": "Чужое"}}
    session_id = ground.open_session(ground.write_plan([Question("true_false", content, ())]))
    ground.start(session_id, ground.students[0])
    assert client_of(app, ground.students[0].login).get(address).status_code == 404
    with ground.runtime.read() as session:
        bank_id = session.scalars(sa.select(Bank.id).where(Bank.org_id == ground.org_id)).one()
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        written = service.export_bank(uow, bank_id, "moodle")
    assert [reason.code for _, reason in written.refused] == ["export.picture_missing"]


def test_the_same_bytes_are_each_schools_own(app: Flask, author: Author) -> None:
    stranger = signed_in(app, make_ground(author.ground.runtime, code="strangers"))
    first = address_in(bring(author, "true_false", "picture.url", photograph(), "a.jpg"), "picture.url")
    stranger.get(first, 404)
    assert (
        address_in(bring(stranger, "true_false", "picture.url", photograph(), "b.jpg"), "picture.url")
        == first
    )
    assert stranger.client.get(first).status_code == 200


def test_nobody_brings_a_picture_into_a_bank_of_another_school(app: Flask, author: Author) -> None:
    stranger = signed_in(app, make_ground(author.ground.runtime, code="strangers"))
    path = f"/banks/{author.bank}/new/true_false"
    stranger.post(
        path, {"picture.url.file": (io.BytesIO(photograph()), "a.jpg"), "act": "bring:picture.url"}, 404
    )
