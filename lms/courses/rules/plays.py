"""Put together what a package has said of its parts."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from lms.courses.types import PlayStatus

__all__ = ["whole_play"]

#: From the least to the most that can be said of a whole.
_ORDER = (PlayStatus.BEGUN, PlayStatus.FAILED, PlayStatus.COMPLETED, PlayStatus.PASSED)
SIX_PLACES = Decimal("0.000001")


def whole_play(parts: Mapping[str, Mapping[str, Any]]) -> tuple[PlayStatus, Decimal | None]:
    """Return what is true of all parts that were begun, and the mean of the scores that there are (0..1)."""
    said = [PlayStatus(part["status"]) for part in parts.values()]
    scores = [Decimal(part["score"]) for part in parts.values() if part["score"] is not None]
    mean = (sum(scores, Decimal(0)) / len(scores)).quantize(SIX_PLACES) if scores else None
    return min(said, key=_ORDER.index, default=PlayStatus.BEGUN), mean
