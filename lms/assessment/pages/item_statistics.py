"""Show how a question worked: over all exam plans, by version, variant and plan; on a scale, and by groups."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l

from lms.assessment.pages import scale_words, words
from lms.assessment.pages.items import own_item
from lms.assessment.queries.item_pool import (
    PLANS_MAX,
    PlanLine,
    PooledFigures,
    VariantLine,
    VersionLine,
    item_overview,
)
from lms.assessment.queries.item_scale import ItemScale, item_scale, version_scale
from lms.assessment.queries.items import ItemView
from lms.assessment.rules.item_fairness import OptionStats
from lms.assessment.rules.item_response import LEAST_PEOPLE
from lms.assessment.rules.item_stats import LEAST, THIN, ItemStats, TestStats
from lms.core.web.access import access
from lms.core.web.context import read_session, runtime

__all__ = ["bp"]

bp = Blueprint("item_statistics", __name__, template_folder="../templates")


@bp.get("/items/<uuid:item_id>/statistics")
@access("assessment.author")
def show(item_id: UUID) -> str:
    """Show how the question worked over all exam plans, by version, by variant, by plan."""
    view = own_item(item_id)
    found = item_overview(read_session(), runtime().registries, item_id)
    return render_template(
        "assessment/item_statistics.html",
        view=view,
        found=found,
        about=_counted(found.whole),
        least=LEAST,
        warnings=_warnings(found.whole.warnings),
        versions=[_version_row(item_id, line) for line in found.versions],
        version_bars=[_version_bar(line) for line in found.versions if line.figures.facility is not None],
        option_bars=[_option_bar(option) for option in found.options],
        options=[_option_row(option) for option in found.options],
        variants=[_variant_row(line) for line in found.variants],
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
        _figure_rows(figures.figures, figures.whole) if figures and figures.figures and figures.whole else [],
        _warnings(figures.warnings) if figures else [],
    )


@bp.get("/items/<uuid:item_id>/statistics/versions/<int:number>")
@access("assessment.author")
def version(item_id: UUID, number: int) -> str:
    """Show the same of one version over all plans that gave it."""
    view = own_item(item_id)
    found = version_scale(read_session(), runtime().registries, item_id, number)
    thin = ("thin",) if LEAST <= found.works < THIN else ()
    return _scale_page(view, found, gettext("All exam plans"), [], _warnings(thin))


def _scale_page(
    view: ItemView, found: ItemScale, title: str, rows: list[dict[str, Any]], warnings: list[str]
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
        _share(figures.facility),
        _share(figures.sd),
        _share(None if figures.discrimination is None else figures.discrimination / 100),
    )
    return [{"text": text, "num": True} for text in texts]


def _version_row(item_id: UUID, line: VersionLine) -> dict[str, Any]:
    guess = {"text": _share(line.guess), "num": True}
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
    return {"label": label, "value": facility or 0.0, "text": _share(facility)}


def _version_bar(line: VersionLine) -> dict[str, Any]:
    return _facility_bar(gettext("version %(number)s", number=line.number), line.figures.facility)


def _plan_bar(line: PlanLine) -> dict[str, Any]:
    return _facility_bar(f"{line.title}, {_plan_detail(line)}", line.figures.facility)


def _variant_row(line: VariantLine) -> tuple[str, ...]:
    number = gettext("version %(number)s", number=line.item_number)
    share = gettext("%(share)s %% of the points", share=_percent(line.facility))
    return (str(line.seed), number, str(line.works), share)


def _option_bar(option: OptionStats) -> dict[str, Any]:
    return {"label": option.option, "value": option.share, "text": _share(option.share)}


def _option_row(option: OptionStats) -> dict[str, Any]:
    """Return how often an answer was given: by all, by the best and by the weakest works."""
    shares = (option.share, option.share_of_best, option.share_of_weakest)
    return {"title": option.option, "cells": [{"text": _share(share), "num": True} for share in shares]}


def _share(share: float | None) -> str:
    return "—" if share is None else f"{_percent(share)}\u00a0%"


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
    return (
        "—"
        if value is None
        else words.plain_number(Decimal(str(round(value * factor, 2)))) + unit.replace(" ", "\u00a0")
    )


def _warnings(codes: Iterable[str]) -> list[str]:
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
