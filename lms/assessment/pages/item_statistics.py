"""Show how a question worked: figures with their meaning, what was answered, by variant."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template
from flask_babel import gettext, ngettext

from lms.assessment.pages import words
from lms.assessment.pages.items import own_item
from lms.assessment.queries.item_statistics import ItemFigures, item_statistics
from lms.assessment.rules.item_stats import LEAST, ItemStats
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


def _plan_figures(each: ItemFigures) -> dict[str, Any]:
    works = ngettext("%(num)d work", "%(num)d works", each.works)
    return {
        "title": each.plan_title,
        "about": gettext("version %(number)s", number=each.item_number) + f", {works}",
        "is_enough": each.figures is not None,
        "least": LEAST,
        "rows": [] if each.figures is None else _figure_rows(each.figures),
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


def _figure_rows(figures: ItemStats) -> list[dict[str, str]]:
    """Return each figure with its name, its value and what it says."""
    rows: list[tuple[str, float | None, float, str, str]] = [
        (gettext("Facility"), figures.facility, 100, " %", gettext("The average share of the points.")),
        (gettext("Standard deviation"), figures.sd, 1, "", gettext("How much the marks differ, in points.")),
        (
            gettext("Discrimination index"),
            figures.discrimination_index,
            1,
            " %",
            gettext("How well the mark goes with the marks of all other questions."),
        ),
        (
            gettext("Discrimination efficiency"),
            figures.discrimination_efficiency,
            1,
            " %",
            gettext("The same against the most that is possible with such a facility."),
        ),
        (
            gettext("Point-biserial correlation"),
            figures.point_biserial,
            1,
            "",
            gettext("The mark against the total without this question."),
        ),
        (
            gettext("Intended weight"),
            figures.intended_weight,
            1,
            " %",
            gettext("Its share of the points of the whole work."),
        ),
        (
            gettext("Effective weight"),
            figures.effective_weight,
            1,
            " %",
            gettext("Its share of the differences between works."),
        ),
        (
            gettext("Alpha without it"),
            figures.alpha_without,
            1,
            "",
            gettext("How consistent the work would be without the question."),
        ),
    ]
    return [
        {
            "name": name,
            "value": "—"
            if value is None
            else words.plain_number(Decimal(str(round(value * factor, 2)))) + unit,
            "meaning": meaning,
        }
        for name, value, factor, unit, meaning in rows
    ]


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
