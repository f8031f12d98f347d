"""Read and change the form of a rule of equivalence: groups of courses, lines, buttons that add and take away."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from lms.plans.queries.credit_rules import RuleView
from lms.plans.rules.conversion import parse_amount
from lms.plans.rules.match_inputs import ZERO, AllOf, AtLeast, Condition, Passed
from lms.plans.service import credit as service
from lms.plans.types.credit import Assurance, TransferRelation

__all__ = ["CourseRow", "Group", "LineRow", "RuleForm", "change", "read_form", "value_of", "written"]

MOST_ROWS = 20
LEVELS = frozenset({"1", "2", "3"})
HUNDRED = Decimal(100)


@dataclass(slots=True)
class CourseRow:
    """One course of a group as typed; the result in per cent."""

    course: str = ""
    result: str = "60"
    sure: str = ""
    age: str = ""
    level: str = ""


@dataclass(slots=True)
class Group:
    """Courses that belong together: ``all``, ``any`` or ``some`` (at least ``count``) of them."""

    mode: str = "all"
    count: str = ""
    rows: list[CourseRow] = field(default_factory=lambda: [CourseRow()])


@dataclass(slots=True)
class LineRow:
    """What the rule gives as typed: ``outcome:<id>`` or ``module:<id>``, the share in per cent."""

    target: str = ""
    learned: str = ""
    relation: str = "exact"
    share: str = "100"
    hours: str = ""
    note: str = ""


@dataclass(slots=True)
class RuleForm:
    """The whole form with what is wrong in it, by the name of the field."""

    number: str = ""
    title: str = ""
    subject: str = ""
    valid_from: str = ""
    valid_to: str = ""
    note: str = ""
    find: str = ""
    groups: list[Group] = field(default_factory=lambda: [Group()])
    lines: list[LineRow] = field(default_factory=lambda: [LineRow()])
    errors: dict[str, list[str]] = field(default_factory=dict)


def read_form(data: Mapping[str, str]) -> RuleForm:
    """Return the form as it was sent, row by row."""
    return RuleForm(
        number=data.get("number", "").strip(),
        title=data.get("title", "").strip(),
        subject=data.get("subject", ""),
        note=data.get("note", "").strip(),
        find=data.get("find", "").strip()[:100],
        valid_from=data.get("valid_from", "").strip(),
        valid_to=data.get("valid_to", "").strip(),
        groups=[_group(data, i) for i in range(_count(data, r"g-(\d+)-mode"))],
        lines=[_row(LineRow(), data, f"l-{i}") for i in range(_count(data, r"l-(\d+)-target"))],
    )


def _count(data: Mapping[str, str], pattern: str) -> int:
    found = [
        int(hit.group(1)) for name in data if (hit := re.fullmatch(pattern, name)) and len(hit.group(1)) < 4
    ]
    return min(MOST_ROWS, max(found, default=-1) + 1)


def _group(data: Mapping[str, str], index: int) -> Group:
    count = _count(data, rf"g-{index}-(\d+)-course")
    rows = [_row(CourseRow(), data, f"g-{index}-{j}") for j in range(count)]
    return Group(data.get(f"g-{index}-mode", "all"), data.get(f"g-{index}-count", "").strip(), rows)


def _row(row: Any, data: Mapping[str, str], prefix: str) -> Any:
    for name in row.__dataclass_fields__:
        setattr(row, name, data.get(f"{prefix}-{name}", "").strip())
    return row


def change(form: RuleForm, act: str) -> None:
    """Add or take away a row as the button ``act`` says; what is not understood changes nothing."""
    name, *where = act.split("-")
    at = [int(one) for one in where if one.isascii() and one.isdigit()]
    match name, at:
        case "addgroup", []:
            form.groups = [*form.groups, Group()][:MOST_ROWS]
        case "addcourse", [i] if i < len(form.groups):
            form.groups[i].rows = [*form.groups[i].rows, CourseRow()][:MOST_ROWS]
        case "dropcourse", [i, j] if i < len(form.groups) and j < len(form.groups[i].rows):
            del form.groups[i].rows[j]
            if not form.groups[i].rows:
                del form.groups[i]
        case "addline", []:
            form.lines = [*form.lines, LineRow()][:MOST_ROWS]
        case "dropline", [i] if i < len(form.lines):
            del form.lines[i]
    form.groups = form.groups or [Group()]
    form.lines = form.lines or [LineRow()]


def value_of(form: RuleForm) -> service.RuleValue | None:
    """Return the rule that the form says, or None with the errors put down in it (codes)."""
    groups = [one for i, group in enumerate(form.groups) if (one := _condition(form, i, group)) is not None]
    given = [_line(form, i, line) for i, line in enumerate(form.lines)]
    lines = [line for line in given if line is not None]
    first, last = _day(form, "valid_from", needed=True), _day(form, "valid_to")
    if not form.number:
        form.errors["number"] = ["credit.rule_number"]
    if not groups and not form.errors:
        form.errors["g-0-0-course"] = ["credit.rule_condition"]
    if form.errors or first is None:
        return None
    condition = groups[0] if len(groups) == 1 else AllOf(tuple(groups))
    return service.RuleValue(
        form.number, condition, tuple(lines), first, last, form.title, form.subject, form.note
    )


def _day(form: RuleForm, name: str, *, needed: bool = False) -> date | None:
    text = getattr(form, name)
    try:
        return date.fromisoformat(text) if text or needed else None
    except ValueError:
        form.errors[name] = ["credit.day"]
        return None


def _condition(form: RuleForm, index: int, group: Group) -> Condition | None:
    parts: list[Condition] = []
    for j, row in enumerate(group.rows):
        if not row.course:
            continue
        key = f"g-{index}-{j}"
        share = _share(form, f"{key}-result", row.result)
        age = _whole(form, f"{key}-age", row.age)
        sure = Assurance.VERIFIED if row.sure else Assurance.UNVERIFIED
        level = int(row.level) if row.level in LEVELS else None
        parts.append(Passed(row.course, share, sure, age, level))
    if not parts:
        return None
    if group.mode == "some":
        count = _whole(form, f"g-{index}-count", group.count) or 0
        if not 1 <= count <= len(parts):
            form.errors[f"g-{index}-count"] = ["credit.rule_count"]
        return AtLeast(max(1, count), tuple(parts))
    if len(parts) == 1:
        return parts[0]
    return AtLeast(1, tuple(parts)) if group.mode == "any" else AllOf(tuple(parts))


def _share(form: RuleForm, name: str, text: str) -> Decimal:
    amount = parse_amount(text)
    if amount is None or not 0 <= amount <= HUNDRED:
        form.errors[name] = ["credit.share_range"]
        return ZERO
    return amount / HUNDRED


def _whole(form: RuleForm, name: str, text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 4):
        form.errors[name] = ["credit.whole_number"]
        return None
    return int(text)


def _line(form: RuleForm, index: int, line: LineRow) -> service.RuleLineValue | None:
    kind, _, key = line.target.partition(":")
    if not key:
        return None
    hours = parse_amount(line.hours) if line.hours else None
    if line.hours and (hours is None or not 0 < hours <= 2000):
        form.errors[f"l-{index}-hours"] = ["credit.hours_range"]
    return service.RuleLineValue(
        target_outcome_id=UUID(key) if kind == "outcome" else None,
        target_item_id=UUID(key) if kind == "module" else None,
        learned_id=UUID(line.learned) if line.learned else None,
        relation=TransferRelation(line.relation or "exact"),
        share=_share(form, f"l-{index}-share", line.share),
        hours=hours,
        note=line.note[:400],
    )


def written(view: RuleView) -> RuleForm:
    """Return the form of a rule that is already written."""
    top = view.condition
    is_flat = isinstance(top, AllOf) and any(not isinstance(part, Passed) for part in top.parts)
    parts = top.parts if isinstance(top, AllOf) and is_flat else (top,)
    return RuleForm(
        number=view.number,
        title=view.title,
        subject=view.subject,
        valid_from=view.valid_from.isoformat(),
        valid_to=view.valid_to.isoformat() if view.valid_to else "",
        note=view.note,
        groups=[_written_group(part) for part in parts],
        lines=[
            LineRow(
                f"{'module' if line.is_module else 'outcome'}:{line.target_id}",
                str(line.learned_id or ""),
                line.relation.value,
                _typed(line.share * HUNDRED),
                _typed(line.hours) if line.hours is not None else "",
                line.note,
            )
            for line in view.lines
        ],
    )


def _written_group(condition: Condition) -> Group:
    if isinstance(condition, Passed):
        return Group("all", "", [_written_row(condition)])
    rows = [_written_row(part) for part in condition.parts if isinstance(part, Passed)]
    if isinstance(condition, AllOf):
        return Group("all", "", rows)
    return Group("any", "", rows) if condition.count == 1 else Group("some", str(condition.count), rows)


def _written_row(one: Passed) -> CourseRow:
    age = "" if one.max_age_years is None else str(one.max_age_years)
    sure = "yes" if one.min_assurance is Assurance.VERIFIED else ""
    level = "" if one.min_level is None else str(one.min_level)
    return CourseRow(one.course_id, _typed(one.min_share * HUNDRED), sure, age, level)


def _typed(amount: Decimal) -> str:
    return format(amount.normalize(), "f").replace(".", ",")
