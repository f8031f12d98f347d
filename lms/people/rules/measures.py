"""Check the parameters of support measures."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from lms.people.types import MeasureCode, MeasureValue

__all__ = ["FORMATS", "SCOPES", "measure_faults"]

#: Where a measure may hold: everywhere, or at one kind of activity.
SCOPES = ("all", "exam", "lesson")
#: In what other form tasks can be given.
FORMATS = ("oral", "paper", "large_print", "braille", "typed")


def measure_faults(measures: Iterable[MeasureValue]) -> list[str]:
    """Return the codes of what cannot be agreed: no measure at all, or parameters out of range."""
    rows = list(measures)
    if not rows:
        return ["support.needs_measure"]
    if len({measure.code for measure in rows}) != len(rows):
        return ["support.measure_twice"]
    return [fault for measure in rows if (fault := _scope_fault(measure) or _fault(measure))]


def _scope_fault(measure: MeasureValue) -> str:
    return "" if measure.scope and set(measure.scope) <= set(SCOPES) else "support.bad_scope"


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
        case MeasureCode.EXTENDED_WINDOW if not 1 <= int(params.get("hours", 0)) <= 240:
            return "support.bad_window"
        case MeasureCode.SCREEN_TIME if not 10 <= int(params.get("minutes", 0)) <= 240:
            return "support.bad_minutes"
        case MeasureCode.IDENTITY_METHODS if not params.get("methods"):
            return "support.needs_choice"
        case MeasureCode.DETECTOR_MASK if not params.get("findings"):
            return "support.needs_choice"
        case MeasureCode.ALTERNATIVE_FORMAT if params.get("format") not in FORMATS:
            return "support.needs_choice"
    return ""


def _breaks_fit(count: int, minutes_each: int) -> bool:
    return 1 <= int(count) <= 6 and 3 <= int(minutes_each) <= 30
