"""Compare face vectors and decide: match, no match, or could not tell.

Thresholds: measured on LFW, chosen on one half of the people and judged on the other (see docs/measures.md and
`tests/measure/test_identity.py`). At the start they are somewhat stricter than FMR ≤ 0.1 % on the first half asks for; what
follows a verified start is more lenient.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from lms.proctoring.contracts import Phase
from lms.proctoring.types import Outcome

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "CLEAR_COSINE",
    "COSINE_AT_LEAST",
    "FUSED_AT_MOST",
    "L2_AT_MOST",
    "cosine",
    "cosine_table",
    "decide_higher",
    "decide_lower",
    "distance",
    "distance_table",
    "fused",
    "median_of",
]

Vector: TypeAlias = "NDArray[np.float32]"
Score = TypeVar("Score", float, "NDArray[np.float64]")

#: Cosine of SFace vectors from which a picture matches.
COSINE_AT_LEAST = {Phase.START: 0.375, Phase.DURING: 0.30}
#: Euclidean distance of dlib vectors up to which a picture matches.
L2_AT_MOST = {Phase.START: 0.535, Phase.DURING: 0.60}
#: Fused score up to which a picture matches (see `fused`).
FUSED_AT_MOST = {Phase.START: 1.035, Phase.DURING: 1.09}
#: Outside this band SFace alone is clear enough; inside, the cascade fuses both scores.
CLEAR_COSINE = (0.20, 0.50)
#: "Somebody else" needs three pictures beyond these, and then a human looks.
OTHER_COSINE_BELOW = 0.25
OTHER_L2_ABOVE = 0.65
OTHER_FUSED_ABOVE = 1.18


def cosine(a: Vector, b: Vector) -> float:
    """Return the cosine of two vectors (-1..1); a vector of zeros is like nothing: 0."""
    import numpy as np  # only the worker compares: the web never loads it

    norm = float(np.linalg.norm(a) * np.linalg.norm(b))
    return 0.0 if norm == 0 else float(np.dot(a, b)) / norm


def distance(a: Vector, b: Vector) -> float:
    """Return the Euclidean distance of two vectors."""
    import numpy as np

    return float(np.linalg.norm(a - b))


def cosine_table(left: Vector, right: Vector) -> NDArray[np.float64]:
    """Return the cosines of every row of ``left`` with every row of ``right``."""
    import numpy as np

    sides = [np.asarray(side, np.float64) for side in (left, right)]
    a, b = (side / np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-12) for side in sides)
    return np.asarray(a @ b.T)


def distance_table(left: Vector, right: Vector) -> NDArray[np.float64]:
    """Return the Euclidean distances of every row of ``left`` from every row of ``right``."""
    import numpy as np

    a, b = np.asarray(left, np.float64), np.asarray(right, np.float64)
    squares = (a**2).sum(1)[:, None] + (b**2).sum(1)[None, :] - 2 * a @ b.T
    return np.asarray(np.sqrt(np.maximum(squares, 0)))


def fused(cosine_value: Score, l2_value: Score) -> Score:
    """Return 0.65·(1−cosine)/0.64 + 0.35·L2/0.55: about 1 at the boundary, lower is more alike."""
    return 0.65 * (1 - cosine_value) / 0.64 + 0.35 * l2_value / 0.55


def decide_higher(score: float | None, at_least: float) -> Outcome:
    """Decide where more is more alike; no score = could not tell."""
    if score is None:
        return Outcome.COULD_NOT_TELL
    return Outcome.MATCH if score >= at_least else Outcome.NO_MATCH


def decide_lower(score: float | None, at_most: float) -> Outcome:
    """Decide where less is more alike; no score = could not tell."""
    if score is None:
        return Outcome.COULD_NOT_TELL
    return Outcome.MATCH if score <= at_most else Outcome.NO_MATCH


def median_of(values: Sequence[float]) -> float | None:
    """Return the median, or None of nothing; one odd picture out of three changes little."""
    return statistics.median(values) if values else None
