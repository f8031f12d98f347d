"""How closely the statistics of questions follow the definitions of Moodle's report, on tables of random marks."""

from __future__ import annotations

import math
import random
import statistics as ordinary
from decimal import Decimal

from lms.assessment.question_types import builtin
from lms.assessment.rules.item_stats import MarkTable, statistics
from tests.fixtures.figures import Figures

TABLES = 2_000
GRID = ("0", "0.25", "0.3333333", "0.5", "0.9", "1", "2")


def random_table(chance: random.Random) -> tuple[list[list[Decimal]], list[Decimal]]:
    """Return marks of 10 to 60 works on 2 to 12 questions of 1 to 3 points each, abler works above weaker ones."""
    greatest = [Decimal(chance.choice((1, 2, 3))) for _ in range(chance.randint(2, 12))]
    rows = []
    for _ in range(chance.randint(10, 60)):
        able = chance.random()
        row = [
            min(most, Decimal(GRID[-1 if chance.random() < able / 3 else chance.randrange(6)]))
            for most in greatest
        ]
        rows.append(row)
    return rows, greatest


def random_options(chance: random.Random) -> list[str]:
    """Return the shares that two to eight options of a question earn, one of them all."""
    return ["1", *(chance.choice(("0", "0", "0.25", "0.5")) for _ in range(chance.randint(1, 7)))]


def guessed(shares: list[str]) -> Decimal:
    """Return what our choice says that guessing among these options earns."""
    kind = next(kind for kind in builtin() if kind.name == "choice")
    rows = [
        {"id": f"o{place}", "text": f"option {place}", "weight": share} for place, share in enumerate(shares)
    ]
    found = kind.guessed_share(kind.validate_content({"prompt": "?", "options": rows}))  # type: ignore[attr-defined]
    return Decimal(found)


def covariance(xs: list[float], ys: list[float]) -> float:
    a, b = math.fsum(xs) / len(xs), math.fsum(ys) / len(ys)
    return math.fsum((x - a) * (y - b) for x, y in zip(xs, ys, strict=True)) / (len(xs) - 1)


def by_definition(
    rows: list[list[float]], greatest: list[float], options: list[list[float]]
) -> dict[str, float]:
    """Return every figure as docs.moodle.org/dev/Quiz_statistics_calculations writes it, step by step.

    ``options`` are the shares that the options of each question earn: who guesses takes each of them as often.
    """
    n, columns = len(rows), [list(column) for column in zip(*rows, strict=True)]
    totals = [math.fsum(row) for row in rows]
    mean = math.fsum(totals) / n
    m2, m3, m4 = (math.fsum((t - mean) ** power for t in totals) / n for power in (2, 3, 4))
    k2, k3 = n / (n - 1) * m2, n**2 / ((n - 1) * (n - 2)) * m3
    k4 = n**2 / ((n - 1) * (n - 2) * (n - 3)) * ((n + 1) * m4 - 3 * (n - 1) * m2**2)
    count = len(columns)
    cic = 100 * count / (count - 1) * (1 - math.fsum(covariance(c, c) for c in columns) / k2)
    error = 100 * math.sqrt(max(0.0, 1 - cic / 100))
    found = {
        "attempts": n,
        "greatest": math.fsum(greatest),
        "mean": mean,
        "median": ordinary.median(totals),
        "sd": math.sqrt(k2),
        "skewness": k3 / k2**1.5,
        "kurtosis": k4 / k2**2,
        "cic": cic,
        "error_ratio": error,
        "se": error / 100 * math.sqrt(k2),
    }
    roots = [math.sqrt(max(0.0, covariance(column, totals))) for column in columns]
    for j, column in enumerate(columns):
        rest = [total - own for total, own in zip(totals, column, strict=True)]
        together, own, others = covariance(column, rest), covariance(column, column), covariance(rest, rest)
        best = covariance(sorted(column), sorted(rest))
        found |= {
            f"{j}.random_guess": math.fsum(options[j]) / len(options[j]),
            f"{j}.greatest": greatest[j],
            f"{j}.facility": math.fsum(column) / n / greatest[j],
            f"{j}.sd": math.sqrt(own),
            f"{j}.intended_weight": 100 * greatest[j] / math.fsum(greatest),
            f"{j}.effective_weight": 100 * roots[j] / math.fsum(roots),
            f"{j}.discrimination_index": 100 * together / math.sqrt(own * others),
            f"{j}.discrimination_efficiency": 100 * together / best,
            f"{j}.point_biserial": covariance(column, totals) / math.sqrt(own * k2),
        }
        if count > 2:
            variances = math.fsum(covariance(c, c) for k, c in enumerate(columns) if k != j)
            found[f"{j}.alpha_without"] = (count - 1) / (count - 2) * (1 - variances / others)
    return found


def test_every_figure_of_the_report_is_the_definitions(figures: Figures) -> None:
    chance, compared, worst = random.Random(20261122), 0, 0.0
    for _ in range(TABLES):
        rows, greatest = random_table(chance)
        names = tuple(f"q{number}" for number in range(len(greatest)))
        options = [random_options(chance) for _ in greatest]
        guesses = tuple(Decimal(str(guessed(row))) for row in options)
        found = statistics(MarkTable(names, tuple(greatest), guesses, tuple(map(tuple, rows))))
        expected = by_definition(
            [[float(mark) for mark in row] for row in rows],
            [float(g) for g in greatest],
            [[float(share) for share in row] for row in options],
        )
        for key, value in expected.items():
            place, _dot, name = key.rpartition(".")
            said = getattr(found.items[int(place)] if place else found, name)
            if said is None:  # a mark that falls as the total rises has no effective weight
                assert name == "effective_weight" and value == 0
                continue
            compared += 1
            worst = max(worst, abs(said - value))
    figures.note("items", "tables of random marks compared with the report's definitions", TABLES, "")
    figures.note("items", "figures compared in them", compared, "")
    figures.at_most("items", "largest difference of any of them", worst, 1e-6, "")
    assert worst <= 1e-6
