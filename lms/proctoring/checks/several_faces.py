"""Find stretches in which another person is in view."""

from __future__ import annotations

from collections.abc import Sequence

from lms.proctoring.contracts import CheckSample, FaceBox, Finding, FrameFacts

__all__ = ["SeveralFacesCheck"]

MAIN = FaceBox(0.2, 0.25, 0.25, 0.4, 0.95)
BESIDE = FaceBox(0.6, 0.2, 0.22, 0.38, 0.9)


class SeveralFacesCheck:
    """More than one person in two of the last three frames. Small and edge faces are filtered out before."""

    name = "several_faces"
    kinds: tuple[str, ...] = ("several_faces",)

    def examine(self, history: Sequence[FrameFacts]) -> list[Finding]:
        """Return one finding when the newest frame and at least one of the two before show several people."""
        window = list(history[-3:])
        several = [facts for facts in window if len(facts.faces) > 1]
        if len(several) < 2 or len(window[-1].faces) < 2:
            return []
        confidence = min(face.score for facts in several for face in facts.faces[1:2])
        since = several[0].at_s
        most = max(len(facts.faces) for facts in several)
        return [Finding("several_faces", confidence, since, window[-1].at_s - since, {"people": most})]

    def samples(self) -> list[CheckSample]:
        """Return a visit and somebody who only passes."""
        visit = tuple(FrameFacts(n, n * 5.0, (MAIN, BESIDE) if n > 1 else (MAIN,)) for n in range(1, 4))
        passing = tuple(FrameFacts(n, n * 5.0, (MAIN, BESIDE) if n == 3 else (MAIN,)) for n in range(1, 4))
        return [
            CheckSample("somebody sits down beside", visit, frozenset({"several_faces"})),
            CheckSample("somebody passes once", passing, frozenset()),
        ]
