"""Say which running sitting wants somebody first: a student who writes, then a sign, then a camera that is silent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from lms.proctoring.rules.index import DEFAULT_WEIGHTS
from lms.proctoring.types import Need

__all__ = ["FRESH", "Call", "in_order", "need_of"]

#: A sign is news for so long after it was last seen.
FRESH = timedelta(seconds=120)
_ORDER = list(Need)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """Why a sitting wants somebody, how much, since when, and which signs say so."""

    need: Need
    weight: float = 0.0
    since: datetime | None = None
    signs: tuple[str, ...] = ()


def need_of(
    at: datetime,
    *,
    unanswered_since: datetime | None,
    signs: Sequence[tuple[str, datetime, datetime]],
    camera_gone_since: datetime | None,
    is_stopped: bool,
) -> Call:
    """Return what a sitting wants most at ``at``; ``signs`` are kind, beginning and when it was last seen."""
    fresh = sorted(
        (sign for sign in signs if at - sign[2] <= FRESH),
        key=lambda sign: (-_weight(sign[0]), sign[1]),
    )
    kinds = tuple(dict.fromkeys(kind for kind, _since, _last in fresh))
    if unanswered_since is not None:
        return Call(Need.WRITES, 0.0, unanswered_since, kinds)
    if fresh:
        return Call(Need.LOOK, _weight(kinds[0]), fresh[0][1], kinds)
    if is_stopped:
        return Call(Need.STOPPED)
    if camera_gone_since is not None:
        return Call(Need.CAMERA_GONE, 0.0, camera_gone_since)
    return Call(Need.CALM)


def _weight(kind: str) -> float:
    return DEFAULT_WEIGHTS.get(kind, DEFAULT_WEIGHTS["other"])


def in_order(rows: Iterable[tuple[Call, str, T]]) -> list[T]:
    """Return rows by need, then by weight, then who has waited longest, then by name."""

    def key(row: tuple[Call, str, T]) -> tuple[int, float, float, str]:
        call, name, _row = row
        return _ORDER.index(call.need), -call.weight, call.since.timestamp() if call.since else 0.0, name

    return [row[2] for row in sorted(rows, key=key)]
