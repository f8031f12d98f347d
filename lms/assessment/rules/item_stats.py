"""Tell how questions and a whole test worked, from the marks of many attempts.

Every figure of Moodle's quiz statistics report is here as that report defines it, and what test theory adds. Marks are
scaled to whole numbers first, so that sums are exact however many attempts there are and a constant has no variance.

Source: docs.moodle.org/dev/Quiz_statistics_calculations.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

__all__ = [
    "LEAST",
    "THIN",
    "ItemStats",
    "MarkTable",
    "Sums",
    "TestStats",
    "TooFew",
    "pooled_discrimination",
    "statistics",
    "warnings_of",
]

#: Below so many attempts nothing is said; below the second, it is said with a warning.
LEAST, THIN = 10, 50

MAX_PLACES = 12


class TooFew(ValueError):
    """There are too few attempts to say anything."""


@dataclass(frozen=True, slots=True)
class MarkTable:
    """Marks of many attempts: a row each, a column for each question; and the greatest and guessed mark of each.

    ``guess`` is the share (0..1) of the greatest mark that guessing earns on average, None where it is not known.
    """

    questions: tuple[str, ...]
    greatest: tuple[Decimal, ...]
    guess: tuple[Decimal | None, ...]
    marks: tuple[tuple[Decimal, ...], ...]


@dataclass(frozen=True, slots=True)
class ItemStats:
    """How one question worked. Shares are 0..1, ``sd`` is in marks, the four of the report's columns are percent.

    ``effective_weight`` is None where the mark falls while the others rise; a figure is None where it is not defined.
    """

    question: str
    greatest: float
    facility: float | None
    sd: float
    random_guess: float | None
    intended_weight: float | None
    effective_weight: float | None
    discrimination_index: float | None
    discrimination_efficiency: float | None
    point_biserial: float | None
    alpha_without: float | None


@dataclass(frozen=True, slots=True)
class TestStats:
    """How the whole test worked: marks, and how far they can be trusted (``cic`` and ``error_ratio`` are percent)."""

    __test__ = False

    attempts: int
    greatest: float
    mean: float
    median: float
    sd: float
    skewness: float | None
    kurtosis: float | None
    cic: float | None
    error_ratio: float | None
    se: float | None
    items: tuple[ItemStats, ...]
    warnings: tuple[str, ...]


def statistics(table: MarkTable, *, least: int = LEAST) -> TestStats:
    """Return all figures of a table of marks; raise TooFew below ``least`` attempts."""
    count = len(table.marks)
    if count < max(least, 2):
        raise TooFew(count)
    scale = 10 ** _places(table)
    columns = [[int(row[j] * scale) for row in table.marks] for j in range(len(table.questions))]
    totals = [sum(row) for row in zip(*columns, strict=True)]
    sums = [_Column(column, totals) for column in columns]
    total = _moments(totals)
    weights = [math.sqrt(column.with_total) if column.with_total >= 0 else None for column in sums]
    whole = sum(weight for weight in weights if weight is not None)
    variances = sum((column.variance for column in sums), Fraction(0))
    items = tuple(
        _item(
            table,
            j,
            sums[j],
            scale,
            100 * weight / whole if weight is not None and whole else None,
            total,
            variances,
        )
        for j, weight in enumerate(weights)
    )
    alpha = _alpha(len(columns), variances, total.variance)
    cic = None if alpha is None else 100 * float(alpha)
    error = None if cic is None else 100 * math.sqrt(max(0.0, 1 - cic / 100))
    sd = _root(total.variance) / scale
    return TestStats(
        attempts=count,
        greatest=float(sum(table.greatest)),
        mean=float(total.mean) / scale,
        median=_median(totals) / scale,
        sd=sd,
        skewness=_skewness(total),
        kurtosis=_kurtosis(total),
        cic=cic,
        error_ratio=error,
        se=None if error is None else error * sd / 100,
        items=items,
        warnings=_warnings(count, items, table),
    )


def _places(table: MarkTable) -> int:
    """Return how many decimals the marks have."""
    exponents = [-int(mark.as_tuple().exponent) for row in table.marks for mark in row]
    return min(max([0, *exponents]), MAX_PLACES)


def _root(value: Fraction) -> float:
    return math.sqrt(value)


def _median(values: Sequence[int]) -> float:
    ordered, half = sorted(values), len(values) // 2
    return float(ordered[half]) if len(values) % 2 else (ordered[half - 1] + ordered[half]) / 2


class _Column:
    """The exact sums of one question: its own variance, and how it goes with the rest and with the whole."""

    def __init__(self, marks: Sequence[int], totals: Sequence[int]) -> None:
        others = [total - mark for mark, total in zip(marks, totals, strict=True)]
        self.mean = Fraction(sum(marks), len(marks))
        self.variance = covariance(marks, marks)
        self.rest_variance = covariance(others, others)
        self.with_rest = covariance(marks, others)
        self.most_with_rest = covariance(sorted(marks), sorted(others))
        self.with_total = covariance(marks, totals)


def covariance(one: Sequence[int], other: Sequence[int]) -> Fraction:
    """Return the covariance of two samples (divided by n - 1)."""
    count = len(one)
    products = sum(a * b for a, b in zip(one, other, strict=True))
    return Fraction(count * products - sum(one) * sum(other), count * (count - 1))


def _item(
    table: MarkTable,
    j: int,
    column: _Column,
    scale: int,
    effective_weight: float | None,
    total: _Moments,
    variances: Fraction,
) -> ItemStats:
    greatest, possible = table.greatest[j], sum(table.greatest)
    product = column.variance * column.rest_variance
    guess = table.guess[j]
    without = _alpha(len(table.questions) - 1, variances - column.variance, column.rest_variance)
    biserial = column.variance * total.variance
    return ItemStats(
        question=table.questions[j],
        greatest=float(greatest),
        facility=float(column.mean / scale / Fraction(greatest)) if greatest else None,
        sd=_root(column.variance) / scale,
        random_guess=None if guess is None else float(guess),
        intended_weight=float(100 * greatest / possible) if possible else None,
        effective_weight=effective_weight,
        discrimination_index=100 * float(column.with_rest) / _root(product) if product else None,
        discrimination_efficiency=(
            100 * float(column.with_rest / column.most_with_rest) if column.most_with_rest else None
        ),
        point_biserial=float(column.with_total) / _root(biserial) if biserial else None,
        alpha_without=None if without is None else float(without),
    )


def _alpha(count: int, variances: Fraction, variance: Fraction) -> Fraction | None:
    """Return Cronbach's alpha of so many questions."""
    return None if count < 2 or not variance else Fraction(count, count - 1) * (1 - variances / variance)


@dataclass(frozen=True, slots=True)
class _Moments:
    count: int
    mean: Fraction
    variance: Fraction
    second: Fraction
    third: Fraction
    fourth: Fraction


def _moments(values: Sequence[int]) -> _Moments:
    """Return the mean, the variance and the central moments, exactly."""
    count, whole = len(values), sum(values)
    second, third, fourth = (
        Fraction(sum((count * value - whole) ** power for value in values), count ** (power + 1))
        for power in (2, 3, 4)
    )
    return _Moments(count, Fraction(whole, count), second * count / (count - 1), second, third, fourth)


def _skewness(of: _Moments) -> float | None:
    if of.count < 3 or not of.variance:
        return None
    k3 = of.count**2 * of.third / ((of.count - 1) * (of.count - 2))
    return float(k3) / _root(of.variance) ** 3


def _kurtosis(of: _Moments) -> float | None:
    n = of.count
    if n < 4 or not of.variance:
        return None
    k4 = n * n * ((n + 1) * of.fourth - 3 * (n - 1) * of.second**2) / ((n - 1) * (n - 2) * (n - 3))
    return float(k4 / of.variance**2)


def _warnings(count: int, items: Sequence[ItemStats], table: MarkTable) -> tuple[str, ...]:
    """Return codes of what a reader should know before believing the figures."""
    found = ["thin"] if count < THIN else []
    for item, greatest, marks in zip(items, table.greatest, zip(*table.marks, strict=True), strict=True):
        if max(marks) > greatest:
            found.append(f"above_greatest:{item.question}")
        codes = warnings_of(THIN, item.facility, item.sd, item.discrimination_index, item.random_guess)
        found.extend(f"{code}:{item.question}" for code in codes)
    return tuple(found)


def warnings_of(
    count: int, facility: float | None, sd: float, discrimination: float | None, guess: float | None
) -> tuple[str, ...]:
    """Return the codes of what is doubtful about one question: ``thin`` and what its own figures say."""
    doubts = {
        "thin": count < THIN,
        "negative_discrimination": discrimination is not None and discrimination < 0,
        "below_guessing": facility is not None and guess is not None and facility < guess,
        "no_variance": not sd,
    }
    return tuple(code for code, is_so in doubts.items() if is_so)


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over the works of one plan: of the share of a question's points, and of the share of all other points beside it.

    ``pairs`` counts the works of which both are known; the sums that follow are over these.
    """

    works: float
    share: float
    share_squared: float
    pairs: float
    pair_share: float
    pair_share_squared: float
    rest: float
    rest_squared: float
    share_rest: float


#: A spread below this is rounding.
_NOTHING = 1e-9


def pooled_discrimination(groups: Sequence[Sums]) -> float | None:
    """Return the correlation (percent) of a question with the rest of the work, within plans, over all of them.

    Deviations are from the means of each plan and then added up; of one plan it is the discrimination index. None where
    the question or the rest does not differ within any plan.
    """
    own = rest = together = 0.0
    for sums in groups:
        if sums.pairs < 2:
            continue
        own += sums.pair_share_squared - sums.pair_share**2 / sums.pairs
        rest += sums.rest_squared - sums.rest**2 / sums.pairs
        together += sums.share_rest - sums.pair_share * sums.rest / sums.pairs
    if own < _NOTHING or rest < _NOTHING:
        return None
    return 100 * max(-1.0, min(1.0, together / math.sqrt(own * rest)))
