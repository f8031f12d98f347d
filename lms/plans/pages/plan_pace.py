"""Word how a plan in force goes: ahead or behind, what is late, until when a debt can be closed; and the whole as a table."""

from __future__ import annotations

from datetime import date
from typing import Any

from lms.core.web import runtime
from lms.core.web.dates import format_date
from lms.core.web.wording import gettext as _
from lms.core.web.wording import ngettext
from lms.plans import words
from lms.plans.queries.plans import ItemView, PlanView
from lms.plans.queries.standing import standing_of
from lms.plans.rules.plan_progress import (
    Debt,
    Deviation,
    resits,
)
from lms.plans.settings import PlansSettings
from lms.plans.types.plans import BasisKind, BasisState, ItemState

__all__ = ["debt_of", "debt_sentence", "pace_of", "table_of"]


def pace_of(plan: PlanView, today: date) -> dict[str, Any] | None:
    """Return how the plan goes against the calendar, or None for a version that is not in force."""
    standing = standing_of(plan, today)
    if standing is None:
        return None
    found, progress = standing.deviations, standing.progress
    lines = [{"key": row.stable_key, "text": _deviation(row), "kind": _KINDS[row.code]} for row in found]
    lead = words.hours_words(abs(progress.lead))
    if progress.lead > 0 and standing.word == "ok":
        text, kind = _("Ahead of the calendar by %(hours)s.", hours=lead), "ok"
    elif progress.lead < 0:
        text, kind = _("Behind the calendar by %(hours)s.", hours=lead), "gap"
    else:
        text, kind = "" if found else _("Just as the calendar has it."), "ok"
    return {"text": str(text), "kind": kind, "lines": lines}


_KINDS = {"late": "gap", "behind": "part", "ahead": "ok"}


def _deviation(row: Deviation) -> str:
    if row.code == "late":
        days = ngettext("%(num)s day", "%(num)s days", row.days)
        return str(_("“%(title)s” should have been closed %(days)s ago.", title=row.title, days=days))
    weeks = ngettext("%(num)s week", "%(num)s weeks", max(1, row.days // 7))
    if row.code == "behind":
        return str(_("“%(title)s” is behind an even pace by %(weeks)s.", title=row.title, weeks=weeks))
    return str(_("“%(title)s” is ahead of an even pace by %(weeks)s.", title=row.title, weeks=weeks))


def debt_of(item: ItemView) -> Debt | None:
    """Return how often a debt was tried again and until when it can be closed, or None where there is no debt."""
    if item.state is not ItemState.DEBT:
        return None
    failed = [
        fact.recorded_at.date()
        for fact in item.facts
        if fact.kind is BasisKind.ATTESTATION and not fact.is_passed and fact.state is BasisState.ACTIVE
    ]
    return resits(failed, runtime().settings.of(PlansSettings).debt_resits)


def debt_sentence(debt: Debt) -> str:
    """Return how often a debt can still be tried, and until when; illness and holidays do not count (273-ФЗ art. 58)."""
    day = format_date(debt.until, "d MMMM y")
    if debt.left:
        left = ngettext("%(num)s resit is left", "%(num)s resits are left", debt.left)
        return str(_("%(left)s, until %(day)s; illness does not count.", left=left, day=day))
    return str(
        _("The resits are used up. The school decides with the family what follows, until %(day)s.", day=day)
    )


def table_of(plan: PlanView) -> dict[str, Any]:
    """Return the plan as a table: what the route shows as a picture, in rows."""
    head = [
        _("Item"),
        _("Part of the year"),
        _("Hours"),
        _("How it is studied"),
        _("Form of attestation"),
        _("Until when"),
        _("State"),
    ]
    rows = [
        [
            item.title,
            item.period,
            words.number(item.hours),
            words.delivery_word(item.delivery),
            words.form_word(item.attestation_form),
            format_date(item.deadline, "d MMMM y") if item.deadline else "–",
            words.item_badge(item.status, item.hours)["text"],
        ]
        for item in plan.items
    ]
    return {"head": head, "rows": rows}
