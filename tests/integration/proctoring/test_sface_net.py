"""The net is cut and its faces are aligned by our own means: the numbers are those of OpenCV's own recogniser."""

from __future__ import annotations

import cv2
import numpy as np

from lms.proctoring.contracts import Phase
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
