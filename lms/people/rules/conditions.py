"""Compile support measures into the conditions of one activity.

The algebra (domain S1): time is multiplied first, then minutes are added; rest breaks run outside the timer; the window
is never shorter than the extended time; several measures of one kind: the one better for the student counts.
Source: 273-ФЗ art. 79; «Порядок проведения ГИА» (extra time is additive, +1,5 hours, or a factor by policy).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from lms.people.types import EffectiveConditions, MeasureCode, MeasureValue

__all__ = ["compile_conditions"]


def compile_conditions(
    measures: Iterable[MeasureValue],
    *,
    activity: str,
    base_minutes: int | None = None,
    support_plan_id: UUID | None = None,
) -> EffectiveConditions:
    """Return the conditions for ``activity`` (``exam``, ``lesson``, ``quiz`` …) with a base time in minutes or None."""
    active = [m for m in measures if "all" in m.scope or activity in m.scope]
    factor = max(
        (Decimal(str(p["factor"])) for p in _params(active, MeasureCode.TIME_FACTOR)), default=Decimal(1)
    )
    factor = max(factor, Decimal(1))
    extra = max((int(p["minutes"]) for p in _params(active, MeasureCode.EXTRA_TIME)), default=0)
    minutes = None if base_minutes is None else math.ceil(base_minutes * factor) + extra
    breaks = max(
        ((int(p["count"]), int(p["minutes_each"])) for p in _params(active, MeasureCode.REST_BREAKS)),
        key=lambda row: (row[0] * row[1], row),
        default=None,
    )
    sizes = sorted(int(p.get("size", 150)) for p in _params(active, MeasureCode.LARGE_TYPE))
    methods = [tuple(p["methods"]) for p in _params(active, MeasureCode.IDENTITY_METHODS)]
    masked: set[str] = set()
    for params in _params(active, MeasureCode.DETECTOR_MASK):
        masked.update(params["findings"])
    codes = {m.code for m in active}
    return EffectiveConditions(
        base_minutes=base_minutes,
        minutes=minutes,
        extra_minutes=0 if minutes is None or base_minutes is None else minutes - base_minutes,
        time_factor=factor,
        rest_breaks=breaks,
        text_size=str(sizes[-1]) if sizes else "",
        simplified_layout=MeasureCode.SIMPLIFIED_LAYOUT in codes,
        read_aloud=MeasureCode.READ_ALOUD in codes,
        reader=MeasureCode.READER in codes,
        assistant=MeasureCode.ASSISTANT in codes,
        camera_allowed=MeasureCode.NO_CAMERA not in codes,
        identity_methods=_all_of(methods) if methods else None,
        masked_findings=frozenset(masked),
        window_extra_hours=max(
            (int(p["hours"]) for p in _params(active, MeasureCode.EXTENDED_WINDOW)), default=0
        ),
        formats=tuple(str(p["format"]) for p in _params(active, MeasureCode.ALTERNATIVE_FORMAT)),
        ranking_allowed=MeasureCode.NO_RANKING not in codes,
        screen_minutes=min(
            (int(p["minutes"]) for p in _params(active, MeasureCode.SCREEN_TIME)), default=None
        ),
        peer_review_allowed=MeasureCode.NO_PEER_REVIEW not in codes,
        support_plan_id=support_plan_id if active else None,
    )


def _all_of(lists: list[tuple[str, ...]]) -> tuple[str, ...]:
    """Return every way that any of several measures leaves open, in one order whatever theirs."""
    return tuple(dict.fromkeys(way for ways in sorted(lists) for way in ways))


def _params(measures: list[MeasureValue], code: MeasureCode) -> list[dict[str, Any]]:
    return [measure.params for measure in measures if measure.code is code]
