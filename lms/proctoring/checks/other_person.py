"""Find stretches in which the face is somebody else's."""

from __future__ import annotations

from collections.abc import Sequence

from lms.proctoring.contracts import CheckSample, FaceBox, Finding, FrameFacts
from lms.proctoring.rules.windows import is_other

__all__ = ["OtherPersonCheck"]

FACE = FaceBox(0.35, 0.25, 0.3, 0.45, 0.95)


class OtherPersonCheck:
    """Three compared frames in a row far from the registered sample; then a person looks."""

    name = "other_person"
    kinds: tuple[str, ...] = ("other_person",)

    def examine(self, history: Sequence[FrameFacts]) -> list[Finding]:
        """Return one finding when the last three compared frames, the newest among them, all say somebody else."""
        scored = [facts for facts in history if is_other(facts) is not None]
        last = scored[-3:]
        if (
            len(last) < 3
            or not history
            or last[-1] is not history[-1]
            or not all(is_other(facts) for facts in last)
        ):
            return []
        since = last[0].at_s
        return [Finding("other_person", 0.9, since, last[-1].at_s - since, {"scores": last[-1].scores})]

    def samples(self) -> list[CheckSample]:
        """Return a substitution, one bad frame, and the grey zone."""

        def run(*scores: float) -> tuple[FrameFacts, ...]:
            return tuple(
                FrameFacts(n, n * 5.0, (FACE,), {"cosine": score}) for n, score in enumerate(scores, 1)
            )

        return [
            CheckSample("another person sits down", run(0.6, 0.05, 0.1, -0.02), frozenset({"other_person"})),
            CheckSample("one bad frame", run(0.6, 0.05, 0.58), frozenset()),
            CheckSample("the grey zone is no finding", run(0.6, 0.28, 0.27, 0.29), frozenset()),
        ]
