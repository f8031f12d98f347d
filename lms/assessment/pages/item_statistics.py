"""Show how a question worked: figures with their meaning, what was answered, by variant; on a scale, and by groups."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l

from lms.assessment.pages import scale_words, words
from lms.assessment.pages.items import own_item
from lms.assessment.queries.item_scale import item_scale
from lms.assessment.queries.item_statistics import ItemFigures, item_statistics
from lms.assessment.rules.item_response import LEAST_PEOPLE
from lms.assessment.rules.item_stats import LEAST, THIN, ItemStats, TestStats
from lms.core.web.access import access
from lms.core.web.context import read_session, runtime

__all__ = ["bp"]

bp = Blueprint("item_statistics", __name__, template_folder="../templates")


@bp.get("/items/<uuid:item_id>/statistics")
@access("assessment.author")
def show(item_id: UUID) -> str:
    """Show how the question worked in the works in which it was given."""
    view = own_item(item_id)
    found = item_statistics(read_session(), runtime().registries, item_id)
    return render_template(
        "assessment/item_statistics.html", view=view, plans=[_plan_figures(each) for each in found]
    )


@bp.get("/items/<uuid:item_id>/statistics/<uuid:blueprint_version_id>")
@access("assessment.author")
def scale(item_id: UUID, blueprint_version_id: UUID) -> str:
    """Show a question's answers from level to level, its place on a scale, and how groups fared, in one plan."""
    view = own_item(item_id)
    found = item_scale(read_session(), runtime().registries, item_id, blueprint_version_id)
    return render_template(
        "assessment/item_scale.html",
        view=view,
        plan=found,
        about=_about(found.item_number, found.works),
        least=LEAST,
        least_for_scale=LEAST_PEOPLE,
        is_thin=found.works < THIN,
        heights=scale_words.heights(),
        answers=scale_words.answers_chart(found),
        curve=scale_words.curve_chart(found),
        fits=scale_words.fit_rows(found),
        groups=scale_words.group_tables(found),
    )


def _about(number: int, works: int) -> str:
    version = gettext("version %(number)s", number=number)
    counted = ngettext("%(num)d work", "%(num)d works", works)
    return f"{version}, {counted}"


def _plan_figures(each: ItemFigures) -> dict[str, Any]:
    return {
        "id": each.plan_id,
        "title": each.plan_title,
        "about": _about(each.item_number, each.works),
        "is_enough": each.figures is not None,
        "least": LEAST,
        "rows": _figure_rows(each.figures, each.whole) if each.figures and each.whole else [],
        "warnings": [text for code in each.warnings if (text := _warning(code))],
        "options": [
            {
                "label": option.option,
                "value": option.share,
                "text": gettext(
                    "%(share)s %%; best works %(best)s %%, weakest %(weakest)s %%",
                    share=_percent(option.share),
                    best=_percent(option.share_of_best),
                    weakest=_percent(option.share_of_weakest),
                ),
            }
            for option in each.options
        ],
        "variants": [
            (str(seed), str(works_of), gettext("%(share)s %% of the points", share=_percent(share)))
            for seed, works_of, share in each.variants
        ],
    }


def _percent(share: float) -> str:
    return words.plain_number(Decimal(str(round(share * 100, 1))))


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


def _figure_rows(figures: ItemStats, whole: TestStats) -> list[dict[str, Any]]:
    """Return each figure with its name, its value and what it says."""
    rows = [(figures, *row) for row in _FIGURES] + [(whole, *row) for row in _WHOLE]
    return [
        {"title": str(name), "cells": [_figure(getattr(found, key), factor, unit), str(meaning)]}
        for found, name, key, factor, unit, meaning in rows
    ]


def _figure(value: float | None, factor: float, unit: str) -> str:
    return "—" if value is None else words.plain_number(Decimal(str(round(value * factor, 2)))) + unit


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
