"""Look at single questions more closely: how each option drew answers, and whether groups of equal ability fared alike."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from lms.assessment.rules.item_stats import LEAST

__all__ = [
    "Difference",
    "Level",
    "OptionStats",
    "OptionTrace",
    "difference_between",
    "levels_of",
    "options_chosen",
    "traces_of",
]

#: The share of the best and of the weakest that are compared. Source: Kelley (1939).
END = 0.27


@dataclass(frozen=True, slots=True)
class OptionStats:
    """How often an option was chosen: by all, by the weakest and by the best 27 % (0..1), and their mean total.

    The ends are None where they are fewer than `item_stats.LEAST` works: so few people's answers are not shown apart.
    """

    option: str
    chosen: int
    share: float
    share_of_weakest: float | None
    share_of_best: float | None
    mean_total: float
    point_biserial: float | None


def options_chosen(answers: Sequence[tuple[Iterable[str], float]]) -> list[OptionStats]:
    """Return each option's figures from (chosen options, total mark of the attempt) rows, the most chosen first."""
    count = len(answers)
    if not count:
        return []
    rows = [(frozenset(chosen), total) for chosen, total in sorted(answers, key=lambda row: row[1])]
    end = round(count * END)
    totals = [total for _chosen, total in rows]
    mean = math.fsum(totals) / count
    spread = math.sqrt(math.fsum((total - mean) ** 2 for total in totals) / count)
    found = []
    for option in {name for chosen, _total in rows for name in chosen}:
        theirs = [total for chosen, total in rows if option in chosen]
        share, their_mean = len(theirs) / count, math.fsum(theirs) / len(theirs)
        rest = count - len(theirs)
        biserial = None
        if spread and rest:
            others = (math.fsum(totals) - math.fsum(theirs)) / rest
            biserial = (their_mean - others) / spread * math.sqrt(share * (1 - share))
        weakest = best = None
        if end >= LEAST:
            weakest = sum(option in chosen for chosen, _total in rows[:end]) / end
            best = sum(option in chosen for chosen, _total in rows[-end:]) / end
        found.append(OptionStats(option, len(theirs), share, weakest, best, their_mean, biserial))
    return sorted(found, key=lambda row: (-row.chosen, row.option))


@dataclass(frozen=True, slots=True)
class Level:
    """A stretch of total marks, both ends included, and how many works lie in it."""

    lowest: float
    highest: float
    works: int


@dataclass(frozen=True, slots=True)
class OptionTrace:
    """How often an option was chosen at each level of total marks (0..1), from the weakest level to the best."""

    option: str
    shares: tuple[float, ...]


def levels_of(totals: Sequence[float], *, most: int = 4, least: int = LEAST) -> list[Level]:
    """Return at most ``most`` levels of nearly the same size, none below ``least`` works; equal totals are never parted."""
    ordered = sorted(totals)
    count = min(most, len(ordered) // least)
    if count < 1:
        return []
    ends = sorted({ordered[(place + 1) * len(ordered) // count - 1] for place in range(count)})
    levels = list[Level]()
    lowest = ordered[0]
    for end in ends:
        inside = [total for total in ordered if lowest <= total <= end]
        if inside:
            levels.append(Level(inside[0], end, len(inside)))
        lowest = math.nextafter(end, math.inf)
    return _without_small(levels, least)


def _without_small(levels: list[Level], least: int) -> list[Level]:
    """Return the levels with each that is too small joined to its neighbour."""
    joined = list[Level]()
    for level in levels:
        if joined and (joined[-1].works < least or level.works < least):
            last = joined.pop()
            level = Level(last.lowest, level.highest, last.works + level.works)
        joined.append(level)
    return joined


def traces_of(answers: Sequence[tuple[Iterable[str], float]], levels: Sequence[Level]) -> list[OptionTrace]:
    """Return how each option drew answers from level to level, the most chosen option first."""
    rows = [(frozenset(chosen), total) for chosen, total in answers]
    names = defaultdict[str, int](int)
    for chosen, _total in rows:
        for name in chosen:
            names[name] += 1
    inside = [
        [chosen for chosen, total in rows if level.lowest <= total <= level.highest] for level in levels
    ]
    return [
        OptionTrace(name, tuple(sum(name in chosen for chosen in there) / len(there) for there in inside))
        for name in sorted(names, key=lambda name: (-names[name], name))
    ]


@dataclass(frozen=True, slots=True)
class Difference:
    """What Mantel and Haenszel's test says about two groups of equal ability.

    ``odds_ratio`` above 1: the question was easier for the reference group. ``delta`` is on the ETS scale (below 0: harder
    for the focal group), ``size`` A negligible, B moderate, C large. Source: Holland & Thayer (1988); Zieky (1993).
    """

    odds_ratio: float
    delta: float
    chi_square: float
    p_value: float
    size: str


def difference_between(answers: Iterable[tuple[bool, bool, Hashable]]) -> Difference | None:
    """Compare groups from (is in the focal group, is right, stratum of ability) rows; None where it cannot be told."""
    strata: dict[Hashable, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for is_focal, is_right, total in answers:
        strata[total][2 * is_focal + (not is_right)] += 1
    above = below = spread = difference = 0.0
    for right, wrong, focal_right, focal_wrong in strata.values():
        n = right + wrong + focal_right + focal_wrong
        if n < 2 or not (right + wrong) or not (focal_right + focal_wrong):
            continue
        above += right * focal_wrong / n
        below += wrong * focal_right / n
        difference += right - (right + wrong) * (right + focal_right) / n
        spread += (
            (right + wrong)
            * (focal_right + focal_wrong)
            * (right + focal_right)
            * (wrong + focal_wrong)
            / (n * n * (n - 1))
        )
    if not above or not below or not spread:
        return None
    odds = above / below
    chi_square = max(0.0, abs(difference) - 0.5) ** 2 / spread
    p_value = math.erfc(math.sqrt(chi_square / 2))
    delta = -2.35 * math.log(odds)
    is_certain = p_value < 0.05
    size = "C" if is_certain and abs(delta) >= 1.5 else "B" if is_certain and abs(delta) >= 1 else "A"
    return Difference(odds, delta, chi_square, p_value, size)
