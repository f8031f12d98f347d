"""Check the parameters of support measures."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from lms.people.types import MeasureCode, MeasureValue

__all__ = ["measure_faults"]


def measure_faults(measures: Iterable[MeasureValue]) -> list[str]:
    """Return the codes of what cannot be agreed: no measure at all, or parameters out of range."""
    rows = list(measures)
    if not rows:
        return ["support.needs_measure"]
    return [fault for measure in rows if (fault := _fault(measure))]


def _fault(measure: MeasureValue) -> str:
    params = measure.params
    match measure.code:
        case MeasureCode.EXTRA_TIME if not 5 <= int(params.get("minutes", 0)) <= 240:
            return "support.bad_minutes"
        case MeasureCode.TIME_FACTOR if not 1 < Decimal(str(params.get("factor", 0))) <= 3:
            return "support.bad_minutes"
        case MeasureCode.LARGE_TYPE if int(params.get("size", 0)) not in {125, 150, 200}:
            return "support.bad_size"
        case MeasureCode.REST_BREAKS if not _breaks_fit(
            params.get("count", 0), params.get("minutes_each", 0)
        ):
            return "support.bad_breaks"
    return ""


def _breaks_fit(count: int, minutes_each: int) -> bool:
    return 1 <= int(count) <= 6 and 3 <= int(minutes_each) <= 30
