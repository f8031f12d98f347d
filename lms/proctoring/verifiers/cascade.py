"""Compare faces in two steps: SFace alone when it is clear, both nets fused in the grey zone and at a start."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from lms.proctoring.contracts import Comparison, ModelRef, Phase, Picture, TemplateValue
from lms.proctoring.rules.compare import (
    CLEAR_COSINE,
    COSINE_AT_LEAST,
    FUSED_AT_MOST,
    decide_higher,
    decide_lower,
    fused,
)
from lms.proctoring.types import Outcome
from lms.proctoring.verifiers.dlib_resnet import DlibVerifier
from lms.proctoring.verifiers.pictures import DetectedFace, count_people, find_faces
from lms.proctoring.verifiers.sface import SfaceVerifier

__all__ = ["CascadeVerifier"]


#: The second net is unloaded when it was not asked for so many faces; loading it again takes as long as some ten of them.
RELEASE_AFTER = 80


class CascadeVerifier:
    """The default: FNMR 0.5 % at FMR 0.09 % on unseen people (docs/measures.md)."""

    name = "cascade"

    def __init__(self, sface: SfaceVerifier, dlib: DlibVerifier) -> None:
        """Use these two; without dlib the first one decides alone."""
        self._sface, self._dlib = sface, dlib
        digest = hashlib.sha256(
            "".join(model.digest for model in (sface.model, dlib.model)).encode()
        ).hexdigest()
        self.fused_model = ModelRef("sface+dlib", "fused-2", digest)
        self.models: tuple[ModelRef, ...] = (sface.model, dlib.model)
        self._unasked = 0

    @property
    def unavailable_reason(self) -> str | None:
        """Return what is missing; dlib is optional."""
        return self._sface.unavailable_reason

    def enrol(self, pictures: Sequence[Picture]) -> tuple[TemplateValue, ...]:
        """Return the templates of both nets."""
        first = self._sface.enrol(pictures)
        return first if self._dlib.unavailable_reason else first + self._dlib.enrol(pictures)

    def compare(self, templates: Sequence[TemplateValue], picture: Picture, phase: Phase) -> Comparison:
        """Compare the main face of ``picture``; the record names the net or the pair that decided."""
        people = count_people(find_faces(picture))
        if not people:
            return self._cannot_tell(phase, "no_face")
        if phase is Phase.START and len(people) > 1:
            return self._cannot_tell(phase, "several_faces")
        return self.compare_face(templates, picture, people[0], phase)

    def compare_face(
        self, templates: Sequence[TemplateValue], picture: Picture, face: DetectedFace, phase: Phase
    ) -> Comparison:
        """Compare one found face with the templates."""
        first = self._sface.score(templates, picture, face, phase)
        if first is None:
            return self._cannot_tell(phase, "no_template")
        is_clear = not CLEAR_COSINE[0] <= first <= CLEAR_COSINE[1]
        second = None
        if (phase is Phase.START or not is_clear) and not self._dlib.unavailable_reason:
            second = self._dlib.score(templates, picture, face, phase)
        self._unasked = 0 if second is not None else self._unasked + 1
        if self._unasked == RELEASE_AFTER:
            self._dlib.release()
        if second is None:
            at_least = COSINE_AT_LEAST[phase]
            return Comparison(decide_higher(first, at_least), "cosine", first, at_least, self._sface.model)
        both, at_most = fused(first, second), FUSED_AT_MOST[phase]
        return Comparison(decide_lower(both, at_most), "fused", both, at_most, self.fused_model)

    def _cannot_tell(self, phase: Phase, reason: str) -> Comparison:
        return Comparison(
            Outcome.COULD_NOT_TELL, "fused", None, FUSED_AT_MOST[phase], self.fused_model, reason
        )
