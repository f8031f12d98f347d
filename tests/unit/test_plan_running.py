"""What surrounds a plan in force: pace, debts, what a new year takes along, the signed file, the calendar."""

from __future__ import annotations

import copy
import json
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from lms.curriculum.types import AttestationForm, PeriodView
from lms.plans.rules.calendar_feed import CalendarEntry, as_calendar
from lms.plans.rules.plan_bulk import OwnItem, brought_up_to_date, kept_changes
from lms.plans.rules.plan_carry import PastItem, carried_ways, open_items
from lms.plans.rules.plan_content import ItemContent, content_hash, items_hash, to_json
from lms.plans.rules.plan_document import document_faults, sealed, signed_bytes
from lms.plans.rules.plan_progress import RunningItem, deviations, progress_of_plan, resits
from lms.plans.rules.plan_signatures import composition_hash
from lms.plans.types import Delivery, ItemState

YEAR = [
    PeriodView(1, date(2026, 9, 1), date(2026, 10, 25)),
    PeriodView(2, date(2026, 11, 3), date(2026, 12, 29)),
    PeriodView(3, date(2027, 1, 11), date(2027, 3, 20)),
    PeriodView(4, date(2027, 3, 29), date(2027, 5, 26)),
]
DAYS = st.dates(date(2026, 8, 1), date(2027, 7, 1))


def running(**more: Any) -> RunningItem:
    values: dict[str, Any] = {
        "stable_key": "k",
        "title": "Cells",
        "period": 2,
        "hours": Decimal(10),
        "state": ItemState.IN_PROGRESS,
    }
    return RunningItem(**{**values, **more})


# --- pace -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "share", "code"),
    [
        (date(2026, 12, 30), None, "late"),  # the day after the quarter, before New Year
        (date(2027, 1, 1), None, "late"),  # a public holiday is a day like any other for what is late already
        (date(2026, 12, 29), None, ""),  # the last day still counts
        (date(2026, 12, 20), "0.2", "behind"),
        (date(2026, 11, 10), "0.9", "ahead"),
        (date(2026, 10, 30), "0", ""),  # holidays before the quarter: nothing is due
    ],
)
def test_what_does_not_go_as_planned_is_told(today: date, share: str | None, code: str) -> None:
    item = running(share=None if share is None else Decimal(share))
    assert [row.code for row in deviations([item], YEAR, today)] == ([code] if code else [])


@given(DAYS, st.lists(st.tuples(st.integers(1, 4), st.sampled_from(list(ItemState)), st.none() | DAYS)))
def test_what_is_late_is_exactly_what_is_open_and_past_its_last_day(
    today: date, rows: list[tuple[int, ItemState, date | None]]
) -> None:
    items = [running(stable_key=str(n), period=p, state=s, deadline=d) for n, (p, s, d) in enumerate(rows)]
    ends = {period.number: period.ends_on for period in YEAR}
    closed = {ItemState.ACHIEVED, ItemState.WITHDRAWN}
    late = {i.stable_key for i in items if i.state not in closed and (i.deadline or ends[i.period]) < today}
    found = {row.stable_key for row in deviations(items, YEAR, today) if row.code == "late"}
    assert found == late
    progress = progress_of_plan(items, YEAR, today)
    assert progress.closed == sum(10 for i in items if i.state in closed)
    assert progress.lead >= -10 * len(late)


@given(st.lists(DAYS, max_size=5), st.integers(0, 3))
def test_a_debt_lasts_a_year_from_its_first_day_and_resits_only_grow_fewer(
    days: list[date], allowed: int
) -> None:
    debt = resits(days, allowed)
    if not days:
        assert debt is None
        return
    assert debt is not None
    assert debt.until == min(days) + timedelta(days=365)
    assert (debt.used, debt.left) == (len(days) - 1, max(0, allowed - len(days) + 1))


# --- a new year -------------------------------------------------------------------------------------------------


def content(**more: Any) -> ItemContent:
    return ItemContent(**{"subject": "biology", "title": "Cells", "hours": Decimal(10), "period": 3, **more})


@given(st.lists(st.sampled_from(list(ItemState)), max_size=6))
def test_a_new_year_takes_along_exactly_what_is_open(states: list[ItemState]) -> None:
    past = [PastItem(str(n), content(deadline=date(2027, 1, 1)), state) for n, state in enumerate(states)]
    found = open_items(past, 1, "2026/27")
    closed = {ItemState.ACHIEVED, ItemState.WITHDRAWN}
    assert set(found) == {str(n) for n, state in enumerate(states) if state not in closed}
    assert all((c.period, c.deadline, c.note) == (1, None, "2026/27") for c in found.values())


def test_a_subject_studied_at_home_all_year_stays_at_home_and_nothing_else_is_changed() -> None:
    past = [
        PastItem("b", content(delivery=Delivery.HOME), ItemState.ACHIEVED),
        PastItem("m", content(subject="maths", delivery=Delivery.EXTERNAL), ItemState.ACHIEVED),
    ]
    new = {"b2": content(), "m2": content(subject="maths"), "h2": content(subject="history")}
    ways = {key: row.delivery for key, row in carried_ways(past, new).items()}
    assert ways == {"b2": Delivery.HOME, "m2": Delivery.CLASS, "h2": Delivery.CLASS}


# --- a changed template -----------------------------------------------------------------------------------------

CONTENTS = st.builds(
    content,
    title=st.sampled_from(["Cells", "Plants"]),
    hours=st.sampled_from([Decimal(10), Decimal(12)]),
    period=st.integers(1, 4),
    delivery=st.sampled_from([Delivery.CLASS, Delivery.HOME]),
    note=st.sampled_from(["", "Bring a jar."]),
)
OWN = st.builds(OwnItem, CONTENTS, st.none() | CONTENTS)
KEYS = st.sampled_from("abcd")


@given(st.dictionaries(KEYS, OWN), st.dictionaries(KEYS, CONTENTS))
def test_bringing_plans_up_to_date_never_drops_an_individual_change(
    items: dict[str, OwnItem], template: dict[str, ItemContent]
) -> None:
    after = brought_up_to_date(items, template)
    assert set(after) == set(items)  # nothing is put back, nothing is taken out
    kept = 0
    for key, item in items.items():
        if item.base is None or key not in template:
            assert after[key] == item.content
            continue
        for field in fields(ItemContent):
            mine, base, theirs, now = (
                getattr(row, field.name) for row in (item.content, item.base, template[key], after[key])
            )
            assert now == (theirs if mine == base else mine)
            kept += mine not in (base, theirs)
    assert kept_changes(items, template) == kept
    again = {
        key: OwnItem(after[key], template.get(key) if item.base else None) for key, item in items.items()
    }
    assert brought_up_to_date(again, template) == after  # a second time changes nothing


# --- the signed file --------------------------------------------------------------------------------------------

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
PUBLIC = KEY.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw).hex()


def signed_file() -> dict[str, Any]:
    items = {"a": content(), "b": content(title="Plants", attestation_form=AttestationForm.EXAM)}
    hashes = {key: content_hash(key, item) for key, item in items.items()}
    frame = {"person": "p", "scope": "whole"}
    plan = {
        "version": {"no": 2, "state": "active"},
        "frame": frame,
        "items_hash": items_hash(frame, hashes),
        "items": [{"stable_key": k, "hash": hashes[k], "content": to_json(i)} for k, i in items.items()],
        "approvals": [
            {"role": "guardian", "item": None, "signed_hash": composition_hash(frame, hashes)},
            {"role": "guardian", "item": "a", "signed_hash": hashes["a"]},
        ],
    }
    return sealed(plan, PUBLIC, KEY.sign(signed_bytes(plan)).hex())


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the way to every leaf of the plan's part of a file."""
    if isinstance(value, dict):
        return [found for key, inner in value.items() for found in paths(inner, (*path, key))]
    if isinstance(value, list):
        return [found for n, inner in enumerate(value) for found in paths(inner, (*path, n))]
    return [path]


def test_a_whole_file_is_genuine_and_survives_being_written_otherwise() -> None:
    assert document_faults(json.loads(json.dumps(signed_file(), indent=4)), PUBLIC) == []


@given(st.sampled_from(paths(signed_file()["plan"])), st.booleans())
def test_no_leaf_of_a_signed_plan_can_be_changed_unseen(path: tuple[Any, ...], signs_again: bool) -> None:
    file = copy.deepcopy(signed_file())
    place = file["plan"]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = "changed" if place[path[-1]] != "changed" else "other"
    assert document_faults(file, PUBLIC)
    if signs_again:  # somebody else's key over the changed text
        other = Ed25519PrivateKey.from_private_bytes(b"x" * 32)
        raw = other.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        forged = sealed(file["plan"], raw.hex(), other.sign(signed_bytes(file["plan"])).hex())
        assert document_faults(forged, PUBLIC)


@pytest.mark.parametrize("file", [None, [], {}, "x", {"format": 1}, {"plan": {}, "signature": {}}, 7])
def test_what_is_no_plan_is_called_so(file: Any) -> None:
    assert document_faults(file, PUBLIC) == ["not_a_plan"]


# --- the calendar -----------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.text(max_size=120), DAYS, st.text(max_size=200)), max_size=5))
def test_a_calendar_can_be_read_back_whatever_stands_in_it(rows: list[tuple[str, date, str]]) -> None:
    stamp = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    entries = [CalendarEntry(str(n), title, day, note=note) for n, (title, day, note) in enumerate(rows)]
    text = as_calendar("Plan", entries, stamp)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    unfolded = text.replace("\r\n ", "").split("\r\n")
    assert unfolded.count("BEGIN:VEVENT") == unfolded.count("END:VEVENT") == len(rows)
    names = [line.removeprefix("SUMMARY:") for line in unfolded if line.startswith("SUMMARY:")]
    expected = [
        "".join(" " if x.isspace() else x for x in _escaped(title) if x.isspace() or x.isprintable())
        for title, _day, _note in rows
    ]
    assert names == expected
    assert "DTSTAMP:20261231T233000Z" in text or not rows


def test_a_no_break_space_in_a_title_stays_a_space_in_a_calendar() -> None:
    day = date(2026, 12, 31)
    text = as_calendar("Plan", [CalendarEntry("1\r\nX:1", "Закон\xa0Ома\u2009— 1", day)], datetime.now(UTC))
    assert "SUMMARY:Закон Ома — 1\r\n" in text and "\r\nX:1" not in text


def _escaped(text: str) -> str:
    for letter, written in (("\r\n", "\n"), ("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(letter, written)
    return text
