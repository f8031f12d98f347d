"""Write a gate in rows that read like a sentence: each row is one condition, joined by “and” or “or” to the one before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext as _
from flask_babel import pgettext

from lms.core.web import Form
from lms.courses.pages.gate_words import GateNames, measure_names
from lms.courses.rules.gates import MAX_TERMS, SectionPlan, as_rows, from_rows
from lms.courses.types import GateCondition, GateKind, GateTerm

__all__ = ["gate_from", "gate_options", "gate_values", "rows_of"]

#: So many empty rows stand below those that are filled in.
SPARE_ROWS = 2

Literal = tuple[GateCondition, bool]


def gate_values(gate: Sequence[GateTerm]) -> dict[str, Any]:
    """Return a gate as values of the form; ``gate.kept`` tells that it is deeper than rows."""
    groups = as_rows(gate)
    if groups is None:
        return {"gate.kept": "yes"}
    values: dict[str, Any] = {}
    number = 0
    for group in groups:
        for position, (condition, holds) in enumerate(group):
            name = f"gate.{number}"
            values[f"{name}.join"] = "or" if position else "and"
            values[f"{name}.what"] = ("" if holds else "not_") + _what(condition)
            if condition.at_least is not None:
                values[f"{name}.share"] = f"{(condition.at_least * 100).normalize():f}"
            if condition.day is not None:
                values[f"{name}.day"] = condition.day.isoformat()
            number += 1
    return values


def _what(condition: GateCondition) -> str:
    if condition.kind is GateKind.SINCE:
        return condition.kind.value
    return f"{condition.kind.value}:{condition.section or condition.name}"


def rows_of(values: Mapping[str, Any]) -> list[int]:
    """Return the numbers of the rows to show: those filled in and a few more."""
    filled = [n for n in range(MAX_TERMS) if values.get(f"gate.{n}.what")]
    wanted = (filled[-1] + 1 if filled else 0) + SPARE_ROWS
    return list(range(min(MAX_TERMS, wanted)))


def gate_options(plans: Sequence[SectionPlan], names: GateNames, own: str) -> list[tuple[str, str]]:
    """Return what a row can ask, for the gate of the section called ``own``."""
    found = [("", pgettext("gate", "nothing")), (GateKind.SINCE.value, pgettext("gate", "a day has come"))]
    for plan in plans:
        if plan.key == own:
            continue
        title = names.sections[plan.key]
        found.append((f"completed:{plan.key}", pgettext("gate", "gone through: %(title)s", title=title)))
        if any(block.is_scored for block in plan.blocks):
            found.append((f"score:{plan.key}", pgettext("gate", "result in: %(title)s", title=title)))
    for group, label in names.groups.items():
        found.append((f"group:{group}", pgettext("gate", "is in class %(label)s", label=label)))
        found.append((f"not_group:{group}", pgettext("gate", "is not in class %(label)s", label=label)))
    for code, measure in measure_names().items():
        found.append((f"measure:{code}", pgettext("gate", "support plan has: %(measure)s", measure=measure)))
        found.append(
            (f"not_measure:{code}", pgettext("gate", "support plan has no: %(measure)s", measure=measure))
        )
    return found


def gate_from(form: Form, options: Sequence[tuple[str, str]]) -> tuple[GateTerm, ...]:
    """Return the gate that the rows of a form say; what is missing in a row is told at its field."""
    known = {value for value, _text in options if value}
    groups: list[list[Literal]] = []
    for number in range(MAX_TERMS):
        name = f"gate.{number}"
        what = str(form.values.get(f"{name}.what", ""))
        if what not in known:
            continue
        literal = _literal(what, name, form)
        if groups and form.values.get(f"{name}.join") == "or":
            groups[-1].append(literal)
        else:
            groups.append([literal])
    return from_rows(groups)


def _literal(what: str, name: str, form: Form) -> Literal:
    holds = not what.startswith("not_")
    kind_name, _colon, target = what.removeprefix("not_").partition(":")
    kind = GateKind(kind_name)
    if kind is GateKind.SINCE:
        day = _day(str(form.values.get(f"{name}.day", "")))
        if day is None:
            form.fail(f"{name}.day", _("Choose the day."))
        return GateCondition(kind=kind, day=day), True
    if kind in {GateKind.GROUP, GateKind.MEASURE}:
        return GateCondition(kind=kind, name=target), holds
    if kind is GateKind.SCORE:
        share = _share(str(form.values.get(f"{name}.share", "")))
        if share is None:
            form.fail(f"{name}.share", _("A whole number from 1 to 100."))
        return GateCondition(target, kind, share), True
    return GateCondition(target, kind), True


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None


def _share(text: str) -> Decimal | None:
    try:
        share = Decimal(text.strip()[:6].replace(",", ".")) / 100
    except InvalidOperation:
        return None
    return share if share.is_finite() and 0 < share <= 1 else None
