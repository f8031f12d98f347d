"""Tries, penalties, certainty: what the recorded operations come to, whatever the order in which they are read."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.assessment.rules.conduct import (
    Conduct,
    Feedback,
    Tried,
    certainty_share,
    fold_tries,
    mark_tries,
    shown_after_check,
)
from lms.assessment.rules.scoring import Earned, score_of
from lms.assessment.types import Fields, MarkResult, MarkStatus, OperationKind

START = datetime(2026, 9, 1, 9, tzinfo=UTC)
THREE = Conduct(Feedback.TRIES, 3, Decimal("0.25"))
SURE = Conduct(asks_certainty=True)
CHECK, ANSWER = OperationKind.CHECK, OperationKind.ANSWER


@dataclass(frozen=True)
class Event:
    kind: OperationKind
    payload: dict[str, Any]
    number: int
    client_seq: int = 0
    slot: int = 1
    is_late: bool = False
    late_no: int | None = None
    check_no: int = 0
    t_server: datetime = START

    @property
    def op_id(self) -> UUID:
        return UUID(int=self.number)


def event(number: int, kind: OperationKind, value: str, certainty: str = "", seq: int | None = None) -> Event:
    fields = {"answer": [value]} | ({"_certainty": [certainty]} if certainty else {})
    return Event(kind, {"fields": fields}, number, number if seq is None else seq)


def arrived(*events: Event, step_s: int = 1) -> list[Event]:
    """Return the operations as the server stores them in the order of their numbers, by a clock that goes so many seconds on."""
    checks, stored = 0, {}
    for each in sorted(events, key=lambda e: e.number):
        checks += each.kind is CHECK
        at = START + timedelta(seconds=step_s * each.number)
        stored[each.number] = replace(each, check_no=checks, t_server=at)
    return [stored[each.number] for each in events]


def mark(fields: Fields) -> MarkResult:
    """Take the answer itself as the share; ``?`` cannot be read, ``!`` needs a person."""
    value = (fields.get("answer") or [""])[0]
    if value == "?":
        return MarkResult.invalid("unreadable")
    if value == "!":
        return MarkResult(MarkStatus.NEEDS_MARKING)
    return MarkResult.of(Decimal(value or 0))


def worth(conduct: Conduct, *events: Event) -> MarkResult:
    return mark_tries(conduct, fold_tries(conduct, arrived(*events)).get(1, Tried()), mark)


def test_each_failed_try_takes_its_penalty_and_the_best_try_counts() -> None:
    first = worth(THREE, event(1, CHECK, "1"))
    third = worth(THREE, event(1, CHECK, "0"), event(2, CHECK, "0.4"), event(3, CHECK, "1"))
    assert (first.fraction, first.notes) == (Decimal(1), ())
    assert (third.status, third.fraction, third.notes) == (MarkStatus.PARTIAL, Decimal("0.5"), ("try:3",))
    better_before = worth(THREE, event(1, CHECK, "0.9"), event(2, CHECK, "1"))
    assert better_before.fraction == Decimal("0.9")


def test_an_answer_that_was_never_checked_is_the_last_try() -> None:
    assert worth(THREE, event(1, ANSWER, "1")).fraction == 1
    assert worth(THREE, event(1, CHECK, "0"), event(2, ANSWER, "1")).fraction == Decimal("0.75")
    assert worth(THREE, event(1, CHECK, "0"), event(2, ANSWER, "0")).fraction == 0


def test_what_comes_after_the_last_check_does_not_count_whatever_number_the_client_gives_it() -> None:
    """The key may have been seen by then: a client that writes an earlier number into what it sends gains nothing."""
    spent = [event(n, CHECK, "0") for n in (1, 2, 3)]
    for kind in (ANSWER, CHECK):
        assert worth(THREE, *spent, event(4, kind, "1", seq=0)).fraction == 0
    once = Conduct(Feedback.IMMEDIATE)
    assert worth(once, event(1, CHECK, "0.5"), event(2, CHECK, "1", seq=0)).fraction == Decimal("0.5")


@pytest.mark.parametrize("step_s", [1, 0, -60], ids=["onward", "standing", "set-back"])
def test_the_order_of_checks_does_not_hang_on_the_clock_of_the_server(step_s: int) -> None:
    """The try after the last one stays without effect, and what was written after a check stays after it."""
    spent = arrived(*(event(n, CHECK, "0") for n in (1, 2, 3)), event(4, CHECK, "1", seq=0), step_s=step_s)
    assert mark_tries(THREE, fold_tries(THREE, spent)[1], mark).fraction == 0
    more = arrived(event(1, ANSWER, "0"), event(2, CHECK, "0.5"), event(3, ANSWER, "1"), step_s=step_s)
    tried = fold_tries(THREE, more)[1]
    assert ([a.fields for a in tried.checked], tried.now.fields) == ([{"answer": ["0.5"]}], {"answer": ["1"]})


def test_what_cannot_be_read_costs_nothing_and_what_needs_a_person_goes_to_one() -> None:
    assert worth(THREE, event(1, CHECK, "?"), event(2, CHECK, "1")).fraction == 1
    assert worth(THREE, event(1, CHECK, "?")).status is MarkStatus.INVALID
    assert worth(THREE, event(1, CHECK, "0"), event(2, CHECK, "!")).status is MarkStatus.NEEDS_MARKING


def test_an_empty_answer_is_no_try() -> None:
    tried = fold_tries(THREE, arrived(event(1, CHECK, ""), event(2, CHECK, " ")))[1]
    assert (tried.checked, tried.is_open) == ((), True)


@given(
    st.lists(
        st.tuples(st.sampled_from([CHECK, ANSWER]), st.sampled_from(["0", "0.5", "1", "?", ""])), max_size=8
    ),
    st.integers(0, 99),
)
def test_replaying_the_operations_in_any_order_gives_the_same_mark(
    steps: list[tuple[OperationKind, str]], shuffle: int
) -> None:
    events = [event(number, kind, value) for number, (kind, value) in enumerate(steps, start=1)]
    mixed = random.Random(shuffle).sample(events, len(events))
    for conduct in (Conduct(), Conduct(Feedback.IMMEDIATE), THREE):
        found = worth(conduct, *events)
        assert found == worth(conduct, *mixed)
        assert found.fraction is None or 0 <= found.fraction <= 1


@pytest.mark.parametrize(
    ("fraction", "sure", "share"),
    [
        ("1", 1, 1),
        ("1", 2, 2),
        ("1", 3, 3),
        ("0", 1, 0),
        ("0", 2, -2),
        ("0", 3, -6),
        ("0.5", 3, 1.5),
        ("0", 0, 0),
    ],
)
def test_certainty_is_worth_thirds_of_the_points(fraction: str, sure: int, share: float) -> None:
    """Source: the table of Moodle's certainty-based marking."""
    found = certainty_share(Decimal(fraction), (f"certainty:{sure}",)) * 3
    assert round(found, 12) == Decimal(str(share))


def test_certainty_is_recorded_with_the_answer_and_never_seen_by_the_marker() -> None:
    seen: list[Fields] = []

    def listening(fields: Fields) -> MarkResult:
        seen.append(fields)
        return mark(fields)

    tried = fold_tries(SURE, arrived(event(1, ANSWER, "0", "3")))[1]
    found = mark_tries(SURE, tried, listening)
    assert (found.fraction, found.notes, seen) == (Decimal(0), ("certainty:3",), [{"answer": ["0"]}])
    assert worth(SURE, event(1, ANSWER, "1")).notes == ("certainty:1",), "who says nothing is not sure"
    assert worth(SURE).notes == ("certainty:0",), "no answer is never an error made with certainty"


def test_errors_made_with_certainty_lower_the_whole_but_never_below_zero() -> None:
    wrong = Earned(MarkStatus.WRONG, Decimal(0), Decimal(1), ("certainty:3",))
    right = Earned(MarkStatus.RIGHT, Decimal(1), Decimal(3), ("certainty:3",))
    score = score_of(None, [right, wrong])
    assert score is not None
    assert (score.points, score.max_points, score.score) == (Decimal("1.00"), Decimal(4), Decimal("0.25"))
    below = score_of(None, [wrong, wrong])
    assert below is not None
    assert below.score == 0


def test_a_check_shows_only_what_the_matrix_allows_and_the_key_only_of_a_closed_question() -> None:
    parts, hints = frozenset({"correctness", "score", "key"}), ["one", "two", "three"]
    tried = fold_tries(THREE, arrived(event(1, CHECK, "0")))[1]
    shown = shown_after_check(THREE, tried, parts, hints, mark)
    assert shown is not None
    assert (shown.status, shown.tries_left, shown.hints, shown.shows_key) == (
        MarkStatus.WRONG,
        2,
        ("one",),
        False,
    )
    blind = shown_after_check(THREE, tried, frozenset(), hints, mark)
    assert blind is not None
    assert (blind.status, blind.earned, blind.notes, blind.shows_key) == (None, None, (), False)
    closed = fold_tries(THREE, arrived(event(1, CHECK, "0"), event(2, CHECK, "1")))[1]
    shown = shown_after_check(THREE, closed, parts, hints, mark)
    assert shown is not None
    assert (shown.is_closed, shown.tries_left, shown.hints, shown.shows_key) == (True, 0, (), True)
    assert shown.earned == Decimal("0.75")
    assert shown_after_check(THREE, Tried(), parts, hints, mark) is None


@pytest.mark.parametrize("parts", [frozenset(), frozenset({"responses"}), frozenset({"key"})])
def test_a_check_that_shows_no_marks_looks_alike_for_right_and_wrong(parts: frozenset[str]) -> None:
    shown = [
        shown_after_check(THREE, fold_tries(THREE, arrived(event(1, CHECK, given)))[1], parts, ["one"], mark)
        for given in ("0", "1")
    ]
    assert shown[0] == shown[1] and shown[0] is not None
    assert (shown[0].is_closed, shown[0].tries_left, shown[0].shows_key) == (False, 2, False)
