"""Decide over several pictures, never over one.

Source of the window of three: one frame in a few dozen is misread in ordinary webcam light; the median of three is not.
"""

from __future__ import annotations

from collections.abc import Sequence

from lms.proctoring.contracts import Comparison, FrameFacts, Phase
from lms.proctoring.rules.compare import (
    COSINE_AT_LEAST,
    FUSED_AT_MOST,
    L2_AT_MOST,
    OTHER_COSINE_BELOW,
    OTHER_FUSED_ABOVE,
    OTHER_L2_ABOVE,
    median_of,
)
from lms.proctoring.rules.faces import has_moved
from lms.proctoring.types import Outcome

__all__ = ["decide_check", "is_doubtful", "is_other", "should_embed"]


def decide_check(comparisons: Sequence[Comparison]) -> Comparison | None:
    """Return the comparison that stands for a start check: the middle one of those that could tell.

    With fewer than two usable pictures the camera failed: the first "could not tell" is returned. None of nothing.
    """
    usable = [item for item in comparisons if item.outcome is not Outcome.COULD_NOT_TELL]
    if len(usable) < min(2, len(comparisons)):
        return next((item for item in comparisons if item.outcome is Outcome.COULD_NOT_TELL), None)
    matches = [item for item in usable if item.outcome is Outcome.MATCH]
    decided = (
        matches if 2 * len(matches) > len(usable) else [i for i in usable if i.outcome is Outcome.NO_MATCH]
    )
    if not decided:
        return None
    middle = median_of([item.score or 0.0 for item in decided]) or 0.0
    return min(decided, key=lambda item: abs((item.score or 0.0) - middle))


def is_other(facts: FrameFacts) -> bool | None:
    """Tell whether a frame's scores say "somebody else"; None when the frame has no score."""
    if "fused" in facts.scores:
        return facts.scores["fused"] > OTHER_FUSED_ABOVE
    if "cosine" in facts.scores:
        return facts.scores["cosine"] < OTHER_COSINE_BELOW
    if "l2" in facts.scores:
        return facts.scores["l2"] > OTHER_L2_ABOVE
    if "decision" in facts.scores:
        return facts.scores["decision"] < 1
    return None


def is_doubtful(facts: FrameFacts) -> bool:
    """Tell whether a frame's score is not a clear match, so that the next frame must be embedded too."""
    scores = facts.scores
    if not scores:
        return False
    if "fused" in scores:
        return scores["fused"] > FUSED_AT_MOST[Phase.DURING]
    if "cosine" in scores:
        return scores["cosine"] < COSINE_AT_LEAST[Phase.DURING]
    if "decision" in scores:
        return scores["decision"] < 1
    return scores.get("l2", 0.0) > L2_AT_MOST[Phase.DURING]


def should_embed(history: Sequence[FrameFacts], current: FrameFacts) -> bool:
    """Tell whether the current frame's face is compared: the first, every third, after a change, or when in doubt."""
    if not current.faces:
        return False
    scored = [facts for facts in history if facts.scores]
    if not scored or not history:
        return True
    last, last_scored = history[-1], scored[-1]
    if is_doubtful(last_scored) or not last.faces or has_moved(last.faces[0], current.faces[0]):
        return True
    since = sum(1 for facts in history if facts.seq > last_scored.seq)
    return since >= 2
