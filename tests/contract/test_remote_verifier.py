"""A service outside compares faces: what it is told, what is taken from it, and that its silence hurts nobody."""

from __future__ import annotations

import base64
import json
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from lms.core.errors import InvalidInput, Unavailable
from lms.proctoring.contracts import Phase, Picture, TemplateValue
from lms.proctoring.types import Outcome
from lms.proctoring.verifiers.remote import RemoteVerifier
from tests.fixtures.face_service import TOKEN, FaceService
from tests.fixtures.faces import FacePhotos, camera_frame

EMPTY = np.full((480, 640, 3), 160, np.uint8)


@pytest.fixture
def first(face_photos: FacePhotos) -> list[Picture]:
    return [camera_frame(photo) for photo in face_photos.first_person]


def test_pixels_go_out_and_only_a_decision_comes_back(
    face_service: FaceService, first: list[Picture]
) -> None:
    verifier = RemoteVerifier(face_service.address, TOKEN)
    (sample,) = verifier.enrol(first)
    found = verifier.compare((sample,), first[0], Phase.START)
    assert [(path, sorted(sent)) for path, _, sent in face_service.asked] == [
        ("/v1/samples", ["pictures"]),
        ("/v1/comparisons", ["phase", "picture", "sample"]),
    ]
    sent = Image.open(BytesIO(base64.b64decode(face_service.asked[1][2]["picture"])))
    assert (sent.format, sent.size, dict(sent.getexif())) == ("JPEG", (640, 480), {})
    assert {name.lower() for name in face_service.asked[1][1]} == {
        *("host", "accept-encoding", "content-length", "content-type", "authorization")
    }
    assert (found.outcome, found.metric, found.score) == (Outcome.MATCH, "decision", 1.0)
    assert (found.model.id, found.model.version) == ("Служба", "7.1")
    verifier.compare((sample,), EMPTY, Phase.DURING)
    assert len(face_service.asked) == 2, "a picture without a face stays here"


@pytest.mark.parametrize(
    "instead",
    [
        (500, b"{}"),
        (302, b"{}"),
        (200, b"<html>"),
        (200, b"[]"),
        (200, b'{"decision": "maybe"}'),
        (200, b'{"decision": ["match"]}'),
        (200, b"[" * 100_000),
        (200, json.dumps({"decision": "match", "more": "x" * 300_000}).encode()),
    ],
    ids=["error", "redirect", "page", "list", "nonsense", "shape", "deep", "long"],
)
def test_a_service_that_talks_nonsense_could_not_tell(
    face_service: FaceService, first: list[Picture], instead: tuple[int, bytes]
) -> None:
    verifier = RemoteVerifier(face_service.address, TOKEN)
    sample = TemplateValue(verifier.models[0], np.zeros((0, 0), np.float32), b"sealed")
    face_service.instead = instead
    found = verifier.compare((sample,), first[0], Phase.START)
    assert (found.outcome, found.score, found.reason) == (Outcome.COULD_NOT_TELL, None, "service_silent")
    with pytest.raises((Unavailable, InvalidInput)):
        verifier.enrol(first[:1])


def test_a_closed_door_a_dead_line_and_another_address_could_not_tell(
    face_service: FaceService, first: list[Picture]
) -> None:
    stranger = RemoteVerifier(face_service.address, "another token")
    sample = TemplateValue(stranger.models[0], np.zeros((0, 0), np.float32), b"sealed")
    assert stranger.compare((sample,), first[0], Phase.START).reason == "service_silent"
    moved = RemoteVerifier("http://127.0.0.1:9", TOKEN, timeout_s=0.5)
    assert moved.compare((sample,), first[0], Phase.START).reason == "no_template"
    with pytest.raises(Unavailable, match="service_silent"):
        moved.enrol(first)
    with pytest.raises(Unavailable, match="service_silent"):
        RemoteVerifier().enrol(first)  # nobody has said where the service is


@pytest.mark.parametrize("address", ["", "http://faces.example", "ftp://faces.example", "https://"])
def test_pictures_leave_over_https_only(address: str) -> None:
    assert "https" in str(RemoteVerifier(address).unavailable_reason)
    assert RemoteVerifier("https://faces.example/v1").unavailable_reason is None
