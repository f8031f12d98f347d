"""Show how the questions of a session worked."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template
from flask_babel import format_decimal, gettext

from lms.assessment import queries
from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.rules.item_stats import ItemStats, TestStats
from lms.core.web.access import access, authorise
from lms.core.web.context import current_actor, read_session, runtime

__all__ = ["bp"]

bp = Blueprint("statistics", __name__, url_prefix="/sessions", template_folder="../templates")


@bp.get("/<uuid:session_id>/statistics")
@access("assessment.schedule")
def show(session_id: UUID) -> str:
    """Show facility, discrimination and weights of each question; nothing with fewer than ten works."""
    view = queries.session_for(read_session(), current_actor(), session_id, runtime().clock.now())
    authorise("assessment.schedule", view.card)
    kinds = runtime().registries.of(QUESTION_TYPES)
    read = queries.session_statistics(read_session(), kinds, session_id)
    found = read.found
    return render_template(
        "assessment/session_statistics.html",
        view=view,
        works=read.works,
        bars=[_bar(read.titles[item.question], item) for item in found.items] if found else [],
        warnings=[_warning(code, read.titles) for code in found.warnings] if found else [],
        head=_head(),
        rows=[_row(read.titles[item.question], item) for item in found.items] if found else [],
        facts=_facts(found) if found else [],
    )


def _number(value: float | None) -> str:
    return "—" if value is None else str(format_decimal(round(value, 2)))


def _bar(title: str, item: ItemStats) -> dict[str, Any]:
    share = item.facility or 0.0
    return {"label": title, "value": share, "text": gettext("%(share)s %%", share=_number(100 * share))}


def _head() -> list[str]:
    return [
        gettext("Question"),
        gettext("Facility, %"),
        gettext("Spread, points"),
        gettext("By guessing, %"),
        gettext("Intended weight, %"),
        gettext("Effective weight, %"),
        gettext("Discrimination, %"),
        gettext("Its efficiency, %"),
        gettext("Point-biserial"),
        gettext("α without it"),
    ]


def _row(title: str, item: ItemStats) -> list[str]:
    share = None if item.facility is None else 100 * item.facility
    guess = None if item.random_guess is None else 100 * item.random_guess
    figures = (
        share,
        item.sd,
        guess,
        item.intended_weight,
        item.effective_weight,
        item.discrimination_index,
        item.discrimination_efficiency,
        item.point_biserial,
        item.alpha_without,
    )
    return [title, *map(_number, figures)]


def _facts(found: TestStats) -> list[tuple[str, str]]:
    return [
        (gettext("Mean, points"), _number(found.mean)),
        (gettext("Median, points"), _number(found.median)),
        (gettext("Spread, points"), _number(found.sd)),
        (gettext("Internal consistency, %"), _number(found.cic)),
        (gettext("Error ratio, %"), _number(found.error_ratio)),
        (gettext("Standard error, points"), _number(found.se)),
    ]


def _warning(code: str, titles: dict[str, str]) -> str:
    """Return what a warning means for who reads the figures."""
    kind, _, question = code.partition(":")
    title = titles.get(question, "")
    return str(
        {
            "thin": gettext("Fewer than fifty works: take the figures as a hint, not as a measure."),
            "negative_discrimination": gettext(
                "“%(title)s” is solved more often by those who solve less. Check its key.", title=title
            ),
            "above_greatest": gettext(
                "“%(title)s” earned somebody more than its greatest mark.", title=title
            ),
            "below_guessing": gettext("“%(title)s” is solved less often than by guessing.", title=title),
            "no_variance": gettext(
                "“%(title)s” earned everybody the same: it tells nobody apart.", title=title
            ),
        }[kind]
    )
