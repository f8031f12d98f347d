"""Say in words and lines how a question lies on a scale: what the charts and tables of its page show."""

from __future__ import annotations

from typing import Any

from flask_babel import format_date, format_decimal, gettext

from lms.assessment.queries.item_scale import GroupView, ItemScale
from lms.assessment.rules.item_fairness import Level
from lms.assessment.rules.item_response import ItemFit, chance_of

__all__ = ["answers_chart", "curve_chart", "fit_rows", "group_tables", "heights"]

#: The curve is drawn between these abilities (logits), in so many steps.
REACH, STEPS = 3.0, 24
#: Mean squares within these say that the model describes the question. Source: Wright & Linacre (1994).
GOOD_FIT = (0.7, 1.3)
#: Beyond so many standard errors, and this mean square, answers are irregular even where the mean squares are good.
SURPRISE, NOTICED = 5.0, 1.1


def answers_chart(found: ItemScale) -> dict[str, Any] | None:
    """Return the lines and the table of what was answered from the weakest level to the best; None without levels."""
    if len(found.levels) < 2 or not found.traces:
        return None
    last = len(found.levels) - 1
    ends = [_ends(level) for level in found.levels]
    heads = [
        gettext("%(ends)s points, %%", ends=text)
        if found.plan_title
        else gettext("works with %(ends)s %% of the points, %%", ends=text)
        for text in ends
    ]
    return {
        "lines": [
            [(place / last, share) for place, share in enumerate(trace.shares)] for trace in found.traces
        ],
        "ticks": [(place / last, text) for place, text in enumerate(ends)],
        "head": [gettext("Answer"), *heads],
        "rows": [
            _row(f"{number}. {trace.option}", *(_percent(share) for share in trace.shares))
            for number, trace in enumerate(found.traces, start=1)
        ],
    }


def _ends(level: Level) -> str:
    if level.lowest == level.highest:
        return _number(level.lowest)
    return f"{_number(level.lowest)}–{_number(level.highest)}"


def _row(title: str, *figures: str) -> dict[str, Any]:
    return {"title": title, "cells": [{"text": figure, "num": True} for figure in figures]}


def curve_chart(found: ItemScale) -> dict[str, Any] | None:
    """Return the curves of both models and what was observed; None where the question has no place on the scale."""
    if found.rasch is None or found.two_parameter is None:
        return None
    return {
        "lines": [_curve(found.rasch), _curve(found.two_parameter)],
        "dots": [(_along(seen.ability), seen.share) for seen in found.observed],
        "ticks": [(_along(place), _number(place)) for place in (-3, -2, -1, 0, 1, 2, 3)],
        "head": [gettext("Mean ability"), gettext("Works"), gettext("Right, %"), gettext("Expected, %")],
        "rows": [
            _row(
                _number(seen.ability),
                str(seen.works),
                _percent(seen.share),
                _percent(chance_of(found.rasch, seen.ability)),
            )
            for seen in found.observed
        ],
    }


def _curve(fit: ItemFit) -> list[tuple[float, float]]:
    places = [2 * REACH * step / STEPS - REACH for step in range(STEPS + 1)]
    return [(_along(place), chance_of(fit, place)) for place in places]


def _along(ability: float) -> float:
    return min(1.0, max(0.0, (ability + REACH) / (2 * REACH)))


def fit_rows(found: ItemScale) -> list[dict[str, Any]]:
    """Return a row for each model: difficulty, discrimination, infit, outfit, and what the fit ``says``."""
    models = [(gettext("Rasch model"), found.rasch), (gettext("Two-parameter model"), found.two_parameter)]
    rows = []
    for number, (name, fit) in enumerate(models, start=1):
        if fit is not None:
            figures = (fit.difficulty, fit.discrimination, fit.infit, fit.outfit)
            rows.append({**_row(f"{number}. {name}", *map(_number, figures)), "says": _fit_says(fit)})
    return rows


def _fit_says(fit: ItemFit) -> str:
    lowest, highest = GOOD_FIT
    worst = max(fit.infit, fit.outfit)
    if worst > highest or (fit.surprise > SURPRISE and worst > NOTICED):
        return str(gettext("Answers are less regular than expected: look for guessing or a second meaning."))
    if min(fit.infit, fit.outfit) < lowest:
        return str(gettext("Answers are more regular than expected: it may repeat another question."))
    return str(gettext("The model describes the answers well."))


def group_tables(found: ItemScale) -> list[dict[str, Any]]:
    """Return for each kind of group that can be compared its title, its bars and its figures."""
    titles = {
        "class": gettext("By class"),
        "form": gettext("By form of study"),
        "school": gettext("By school"),
        "sitting": gettext("By sitting"),
    }
    return [
        {
            "kind": kind,
            "id": f"groups-{kind}",
            "title": title,
            "bars": [_bar(group) for group in found.groups if group.kind == kind],
            "rows": [_figures(group) for group in found.groups if group.kind == kind],
        }
        for kind, title in titles.items()
        if any(group.kind == kind for group in found.groups)
    ]


def _bar(group: GroupView) -> dict[str, Any]:
    """Return the bar of a group: nothing where no difference matters."""
    difference = group.difference
    matters = difference is not None and difference.size != "A"
    return {
        "label": _name(group),
        "value": min(3.0, abs(difference.delta)) if difference is not None and matters else 0.0,
        "text": _says(group),
    }


def _name(group: GroupView) -> str:
    if group.kind == "form":
        forms = {
            "class": gettext("at school or at home"),
            "remote": gettext("at a distance"),
            "extern": gettext("externally"),
            "partner": gettext("from another school"),
        }
        return str(forms[group.name])
    return group.name if group.day is None else f"{group.name}, {format_date(group.day, 'dd.MM.yyyy')}"


def _says(group: GroupView) -> str:
    difference = group.difference
    if difference is None:
        return str(gettext("cannot be told"))
    if difference.size == "A":
        return str(gettext("no difference"))
    harder = difference.delta < 0
    if difference.size == "B":
        return str(gettext("somewhat harder") if harder else gettext("somewhat easier"))
    return str(gettext("much harder") if harder else gettext("much easier"))


def _figures(group: GroupView) -> dict[str, Any]:
    found = group.difference
    sizes = [_name(group), str(group.works), str(group.others)]
    if found is None:
        return _row(*sizes, "—", "—", "—", "—")
    figures = (_number(found.odds_ratio), _number(found.delta), _number(found.p_value, 3), found.size)
    return _row(*sizes, *figures)


def heights() -> list[tuple[float, str]]:
    """Return the lines across a chart of shares, with their words."""
    return [(share, f"{_percent(share)} %") for share in (0.0, 0.5, 1.0)]


def _number(value: float, places: int = 2) -> str:
    return str(format_decimal(round(value, places) + 0.0, format="#,##0.###"))


def _percent(share: float) -> str:
    return _number(share * 100, 1)
