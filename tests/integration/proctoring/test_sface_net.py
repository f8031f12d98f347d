"""The net is cut and its faces are aligned by our own means: the numbers are those of OpenCV's own recogniser."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from lms.proctoring.contracts import Phase
from lms.proctoring.verifiers import cascade, dlib_resnet
from lms.proctoring.verifiers.dlib_resnet import DlibVerifier
from lms.proctoring.verifiers.pictures import decode_picture, find_faces
from lms.proctoring.verifiers.sface import SFACE, SfaceVerifier


def test_a_face_has_the_same_numbers_as_from_opencvs_own_recogniser(first: list[bytes]) -> None:
    opencv = cv2.FaceRecognizerSF.create(SFACE.path(), "")
    for data in first:
        picture = decode_picture(data)
        face = find_faces(picture)[0]
        theirs = opencv.feature(opencv.alignCrop(picture, face.row.reshape(1, -1))).ravel()
        ours = SfaceVerifier().embed(picture, face, Phase.DURING)
        like = float(theirs @ ours / np.linalg.norm(theirs) / np.linalg.norm(ours))
        assert like > 0.99999
        assert abs(np.linalg.norm(ours) / np.linalg.norm(theirs) - 1) < 0.01


def test_the_second_net_is_unloaded_when_nobody_asks_and_says_the_same_when_loaded_again(
    first: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cascade, "RELEASE_AFTER", 2)
    verifier = cascade.CascadeVerifier(SfaceVerifier(), DlibVerifier())
    pictures = [decode_picture(data) for data in first]
    templates = verifier.enrol(pictures)
    before = verifier.compare(templates, pictures[0], Phase.START)
    assert hasattr(dlib_resnet._LOCAL, "nets")
    for _ in range(2):
        assert verifier.compare(templates, pictures[0], Phase.DURING).metric == "cosine"
    assert not hasattr(dlib_resnet._LOCAL, "nets")
    again = verifier.compare(templates, pictures[0], Phase.START)
    assert (again.metric, again.score) == ("fused", before.score)
