"""Say the figures of a question in words: rows of tables, bars, warnings."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from lms.assessment.pages import words
from lms.assessment.queries.item_statistics import VersionFigures
from lms.assessment.rules.item_stats import LEAST, ItemStats, TestStats
from lms.assessment.rules.pooled_stats import PooledStats

__all__ = ["beside_item", "figure", "figure_rows", "pooled_rows", "share", "warning_words"]

#: Each figure: its name, where it stands, the factor and unit in which it is read, and what it says.
_FIGURES: tuple[tuple[Any, str, float, str, Any], ...] = (
    (_l("Facility"), "facility", 100, " %", _l("The average share of the points.")),
    (
        _l("By guessing"),
        "random_guess",
        100,
        " %",
        _l("The share of the points that guessing earns on average."),
    ),
    (_l("Standard deviation"), "sd", 1, "", _l("How much the marks differ, in points.")),
    (
        _l("Discrimination index"),
        "discrimination_index",
        1,
        " %",
        _l("How well the mark goes with the marks of all other questions."),
    ),
    (
        _l("Discrimination efficiency"),
        "discrimination_efficiency",
        1,
        " %",
        _l("The same against the most that is possible with such a facility."),
    ),
    (
        _l("Point-biserial correlation"),
        "point_biserial",
        1,
        "",
        _l("How well the mark goes with the mark of the whole work."),
    ),
    (_l("Intended weight"), "intended_weight", 1, " %", _l("Its share of the points of the whole work.")),
    (
        _l("Effective weight"),
        "effective_weight",
        1,
        " %",
        _l("Its share of the differences between works."),
    ),
    (
        _l("Alpha without it"),
        "alpha_without",
        1,
        "",
        _l("How consistent the work would be without the question."),
    ),
)
#: Those that are put together over plans; the spread is then of the share of the points.
_POOLED: tuple[tuple[Any, str, float, str, Any], ...] = (
    *(
        (name, key, 100, " %", _l("How much the share of the points differs."))
        if key == "sd"
        else (name, key, factor, unit, meaning)
        for name, key, factor, unit, meaning in _FIGURES
        if not key.endswith("_weight")
    ),
    (
        _l("Standard error of a mark"),
        "standard_error",
        100,
        " %",
        _l("How far chance moves the mark of the whole work, in percent of its points."),
    ),
)
#: The same of the whole work.
_WHOLE: tuple[tuple[Any, str, float, str, Any], ...] = (
    (_l("Alpha with it"), "cic", 0.01, "", _l("How consistent the whole work is.")),
    (
        _l("Standard error of a mark"),
        "se",
        1,
        "",
        _l("How far chance moves the mark of the whole work, in points."),
    ),
)


def beside_item(found: VersionFigures) -> dict[str, Any]:
    """Return what the page of a question shows beside it: works, every figure of the version over all plans, bars, warnings."""
    figures = found.figures
    return {
        "works": found.works,
        "least": LEAST,
        "rows": [(row["title"], row["cells"][0]) for row in pooled_rows(figures)] if figures else [],
        "bars": _figure_bars(figures) if figures else [],
        "warnings": warning_words(figures.warnings) if figures else [],
    }


def _figure_bars(figures: PooledStats) -> list[dict[str, Any]]:
    """Return the shares that a picture compares: what was earned, what guessing earns, how well it tells works apart."""
    index = figures.discrimination_index
    shares = (
        (gettext("Facility"), figures.facility),
        (gettext("By guessing"), figures.random_guess),
        (gettext("Discrimination index"), None if index is None else index / 100),
    )
    return [
        {"label": label, "value": max(0.0, value), "text": share(value)}
        for label, value in shares
        if value is not None
    ]


def share(value: float | None) -> str:
    """Return a share (0..1) as percent."""
    return "—" if value is None else f"{_percent(value)}\u00a0%"


def _percent(share: float) -> str:
    return words.plain_number(Decimal(str(round(share * 100, 1))))


def pooled_rows(figures: PooledStats) -> list[dict[str, Any]]:
    """Return each figure over several plans with its name, its value and what it says."""
    return [
        {"title": str(name), "cells": [figure(getattr(figures, key), factor, unit), str(meaning)]}
        for name, key, factor, unit, meaning in _POOLED
    ]


def figure_rows(figures: ItemStats, whole: TestStats) -> list[dict[str, Any]]:
    """Return each figure with its name, its value and what it says."""
    rows = [(figures, *row) for row in _FIGURES] + [(whole, *row) for row in _WHOLE]
    return [
        {"title": str(name), "cells": [figure(getattr(found, key), factor, unit), str(meaning)]}
        for found, name, key, factor, unit, meaning in rows
    ]


def figure(value: float | None, factor: float, unit: str) -> str:
    """Return a figure times a factor, with its unit."""
    return (
        "—"
        if value is None
        else words.plain_number(Decimal(str(round(value * factor, 2)))) + unit.replace(" ", "\u00a0")
    )


def warning_words(codes: Iterable[str]) -> list[str]:
    """Return what the codes of `item_stats` warn of."""
    return [text for code in codes if (text := _warning(code))]


def _warning(code: str) -> str:
    texts = {
        "thin": gettext("Few works so far: the figures may still change much."),
        "negative_discrimination": gettext(
            "Those who do well otherwise do worse here. Look at the key and the wording."
        ),
        "below_guessing": gettext("Fewer get it right than by guessing. Look at the key."),
        "no_variance": gettext("Everybody got the same mark, so the question tells nobody apart."),
    }
    return str(texts.get(code.partition(":")[0], ""))
