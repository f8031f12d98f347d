"""Show how a question worked: over all exam plans, by version and plan; one version or variant closely, on a scale, and by groups."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext, ngettext

from lms.assessment.pages import figure_words, scale_words
from lms.assessment.pages.items import own_item
from lms.assessment.queries.item_pool import (
    PLANS_MAX,
    PlanLine,
    PooledFigures,
    VersionLine,
    item_overview,
)
from lms.assessment.queries.item_scale import ItemScale, VariantView, item_scale, version_scale
from lms.assessment.queries.items import ItemView
from lms.assessment.rules.item_fairness import OptionStats
from lms.assessment.rules.item_response import LEAST_PEOPLE
from lms.assessment.rules.item_stats import LEAST
from lms.core.web.access import access
from lms.core.web.context import read_session, runtime

__all__ = ["bp"]

bp = Blueprint("item_statistics", __name__, template_folder="../templates")


@bp.get("/items/<uuid:item_id>/statistics")
@access("assessment.author")
def show(item_id: UUID) -> str:
    """Show how the question worked over all exam plans, by version and by plan."""
    view = own_item(item_id)
    found = item_overview(read_session(), runtime().registries, item_id)
    return render_template(
        "assessment/item_statistics.html",
        view=view,
        found=found,
        about=_counted(found.whole),
        least=LEAST,
        warnings=figure_words.warning_words(found.whole.warnings),
        versions=[_version_row(item_id, line) for line in found.versions],
        version_bars=[_version_bar(line) for line in found.versions if line.figures.facility is not None],
        option_bars=[_option_bar(option) for option in found.options],
        options=[_option_row(option) for option in found.options],
        plans=[_plan_row(item_id, line) for line in found.plans],
        plan_bars=[_plan_bar(line) for line in found.plans if line.figures.facility is not None],
        is_cut=len(found.plans) == PLANS_MAX,
        most=PLANS_MAX,
    )


@bp.get("/items/<uuid:item_id>/statistics/<uuid:blueprint_version_id>")
@access("assessment.author")
def scale(item_id: UUID, blueprint_version_id: UUID) -> str:
    """Show a question in one plan: its figures, its answers from level to level, its place on a scale, and how groups fared."""
    view = own_item(item_id)
    found = item_scale(read_session(), runtime().registries, item_id, blueprint_version_id)
    figures = found.figures
    return _scale_page(
        view,
        found,
        found.plan_title,
        figure_words.figure_rows(figures.figures, figures.whole)
        if figures and figures.figures and figures.whole
        else [],
        figure_words.warning_words(figures.warnings) if figures else [],
    )


@bp.get("/items/<uuid:item_id>/statistics/versions/<int:number>")
@access("assessment.author")
def version(item_id: UUID, number: int) -> str:
    """Show the same of one version over all plans that gave it, or of one of its variants."""
    view = own_item(item_id)
    found = version_scale(read_session(), runtime().registries, item_id, number)
    asked = request.args.get("variant", "")
    chosen = next((each for each in found.variants if str(each.seed) == asked), None)
    figures = chosen.figures if chosen else found.pooled
    return _scale_page(
        view,
        found,
        gettext("All exam plans"),
        figure_words.pooled_rows(figures) if figures else [],
        figure_words.warning_words(figures.warnings) if figures else [],
        chosen,
    )


def _scale_page(
    view: ItemView,
    found: ItemScale,
    title: str,
    rows: list[dict[str, Any]],
    warnings: list[str],
    variant: VariantView | None = None,
) -> str:
    groups = scale_words.group_tables(found)
    asked = request.args.get("by", "")
    chosen = next((group for group in groups if group["kind"] == asked), groups[0] if groups else None)
    return render_template(
        "assessment/item_scale.html",
        view=view,
        found=found,
        about=f"{title}, {_about(found.item_number, found.works)}",
        figures=rows,
        options=[_option_row(option) for option in (variant or found).options],
        variants=[_variant_row(each) for each in found.variants],
        variant_chips=_variant_chips(found, variant),
        variant=variant,
        warnings=warnings,
        least=LEAST,
        least_for_scale=LEAST_PEOPLE,
        heights=scale_words.heights(),
        answers=scale_words.answers_chart(found),
        curve=scale_words.curve_chart(found),
        fits=scale_words.fit_rows(found),
        group=chosen,
        kinds=[
            {"text": group["title"], "href": f"?by={group['kind']}#groups-part", "current": group is chosen}
            for group in groups
        ],
    )


def _about(number: int, works: int) -> str:
    version = gettext("version %(number)s", number=number)
    return f"{version}, {_works(works)}"


def _works(works: int) -> str:
    return str(ngettext("%(num)d work", "%(num)d works", works))


def _counted(figures: PooledFigures) -> str:
    plans = ngettext("%(num)d exam plan", "%(num)d exam plans", figures.plans)
    return f"{_works(figures.works)}, {plans}"


def _pooled_cells(figures: PooledFigures) -> list[dict[str, Any]]:
    """Return works, facility, spread and discrimination as cells of a table."""
    texts = (
        str(figures.works),
        figure_words.share(figures.facility),
        figure_words.share(figures.sd),
        figure_words.share(None if figures.discrimination is None else figures.discrimination / 100),
    )
    return [{"text": text, "num": True} for text in texts]


def _version_row(item_id: UUID, line: VersionLine) -> dict[str, Any]:
    guess = {"text": figure_words.share(line.guess), "num": True}
    return {
        "title": gettext("version %(number)s", number=line.number),
        "href": url_for("item_statistics.version", item_id=item_id, number=line.number),
        "cells": [*_pooled_cells(line.figures), guess],
    }


def _plan_row(item_id: UUID, line: PlanLine) -> dict[str, Any]:
    return {
        "title": line.title,
        "href": url_for("item_statistics.scale", item_id=item_id, blueprint_version_id=line.plan_id),
        "detail": _plan_detail(line),
        "cells": _pooled_cells(line.figures),
    }


def _plan_detail(line: PlanLine) -> str:
    return str(
        gettext(
            "plan version %(plan)s, question version %(item)s", plan=line.plan_number, item=line.item_number
        )
    )


def _facility_bar(label: str, facility: float | None) -> dict[str, Any]:
    return {"label": label, "value": facility or 0.0, "text": figure_words.share(facility)}


def _version_bar(line: VersionLine) -> dict[str, Any]:
    return _facility_bar(gettext("version %(number)s", number=line.number), line.figures.facility)


def _plan_bar(line: PlanLine) -> dict[str, Any]:
    return _facility_bar(f"{line.title}, {_plan_detail(line)}", line.figures.facility)


def _variant_chips(found: ItemScale, chosen: VariantView | None) -> list[dict[str, Any]]:
    """Return the choice between all variants together and each."""
    if not found.variants:
        return []
    every = {"text": gettext("All variants"), "href": "?#figures-part", "current": chosen is None}
    return [
        every,
        *(
            {
                "text": str(each.seed),
                "href": f"?variant={each.seed}#figures-part",
                "current": each is chosen,
            }
            for each in found.variants
        ),
    ]


def _variant_row(each: VariantView) -> dict[str, Any]:
    """Return the variant with its works, facility, spread, discrimination and its efficiency."""
    found = each.figures
    index, efficiency = found.discrimination_index, found.discrimination_efficiency
    texts = (
        str(found.works),
        figure_words.share(found.facility),
        figure_words.share(found.sd),
        figure_words.share(None if index is None else index / 100),
        figure_words.share(None if efficiency is None else efficiency / 100),
    )
    return {
        "title": gettext("variant %(seed)s", seed=each.seed),
        "href": f"?variant={each.seed}#figures-part",
        "cells": [{"text": text, "num": True} for text in texts],
    }


def _option_bar(option: OptionStats) -> dict[str, Any]:
    return {"label": option.option, "value": option.share, "text": figure_words.share(option.share)}


def _option_row(option: OptionStats) -> dict[str, Any]:
    """Return how often an answer was given: by all, by the best and by the weakest works."""
    shares = (option.share, option.share_of_best, option.share_of_weakest)
    return {
        "title": option.option,
        "cells": [{"text": figure_words.share(share), "num": True} for share in shares],
    }
