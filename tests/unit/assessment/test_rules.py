"""Seeds, forms, folding, chains and the review matrix."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.assessment.rules.blueprint import Plan, PlannedItem, Section, content_hash, form_hash, lay_out
from lms.assessment.rules.chain import chain
from lms.assessment.rules.items import load_tests, mark_safely, run_tests, store_tests
from lms.assessment.rules.responses import fold
from lms.assessment.rules.review import ReviewMatrix, visible_parts
from lms.assessment.rules.seeds import derive_seed, shuffled, token
from lms.assessment.types import AttemptState, MarkStatus, OperationKind

NOON = datetime(2026, 11, 11, 12, 0, tzinfo=UTC)
IDS = [UUID(int=number) for number in range(1, 41)]


@dataclass(frozen=True)
class Recorded:
    slot: int
    payload: dict[str, Any]
    client_seq: int
    t_server: datetime = NOON
    kind: OperationKind = OperationKind.ANSWER
    is_late: bool = False
    late_no: int | None = None
    check_no: int = 0
    op_id: UUID = field(default_factory=uuid4)


def answer(slot: int, value: str, seq: int, **more: Any) -> Recorded:
    return Recorded(slot, {"fields": {"answer": [value]}}, seq, **more)


def plan(count: int = 40) -> Plan:
    return Plan((Section("", tuple(PlannedItem(item, Decimal(2)) for item in IDS[:count])),), base_minutes=60)


def test_derived_seeds_and_orders_are_the_same_for_ever() -> None:
    assert derive_seed(1, "item", "a") == 681784852620314
    assert shuffled("abcdef", 7) == list("dfbcae")
    assert token(1, "a") == "6169dcdca9"


@given(st.integers(0, 2**53 - 1), st.lists(st.text(), unique=True))
def test_a_shuffle_loses_and_repeats_nothing(seed: int, values: list[str]) -> None:
    assert sorted(shuffled(values, seed)) == sorted(values)
    assert shuffled(values, seed) == shuffled(reversed(values), seed)


@given(st.integers(0, 2**53 - 1))
def test_the_same_plan_and_seed_lay_out_the_same_form(seed: int) -> None:
    hashes = {item: content_hash(str(item)) for item in IDS}
    first, again = lay_out(plan(), seed), lay_out(Plan.from_document(plan().to_document()), seed)
    assert first == again
    assert form_hash(first, hashes) == form_hash(again, hashes)
    assert form_hash(first, hashes) != form_hash(lay_out(plan(), seed + 1), hashes)


def test_a_plan_survives_its_document() -> None:
    whole = replace(plan(), instructions="Решай сам", review=ReviewMatrix(after_close=("key",)))
    assert Plan.from_document(whole.to_document()) == whole


def test_a_plan_names_everything_that_is_wrong() -> None:
    twice = Plan((Section("", (PlannedItem(IDS[0]), PlannedItem(IDS[0], Decimal(-1)))),), base_minutes=0)
    broken = replace(twice, navigation="sideways", review=ReviewMatrix(after_end=("secrets",)))
    assert set(broken.problems()) == {"items", "points", "base_minutes", "navigation", "review"}
    assert set(Plan(()).problems()) == {"sections"}


@given(st.permutations([answer(1, str(seq), seq) for seq in range(1, 7)]))
def test_the_order_of_arrival_does_not_matter(events: list[Recorded]) -> None:
    assert fold(events)[1].fields == {"answer": ["6"]}


def test_late_answers_count_only_up_to_a_decision() -> None:
    """A decision goes by the numbers of what came late: the moments may say anything."""
    late = answer(1, "late", 2, is_late=True, late_no=2, t_server=NOON - timedelta(hours=1))
    events = [answer(1, "in time", 1), late]
    assert fold(events)[1].fields == {"answer": ["in time"]}
    assert fold(events, accept_late_until=1)[1].fields == {"answer": ["in time"]}
    assert fold(events, accept_late_until=2)[1].fields == {"answer": ["late"]}


def test_an_emptied_answer_is_no_answer() -> None:
    assert not fold([answer(1, "x", 1), answer(1, "  ", 2)])[1].is_answered


@given(st.permutations([answer(slot, "x", slot) for slot in range(1, 6)]))
def test_the_chain_depends_on_content_and_not_on_reading_order(events: list[Recorded]) -> None:
    assert chain(events) == chain(sorted(events, key=lambda event: event.slot))


def test_the_chain_shows_a_change_a_loss_and_an_insertion() -> None:
    events = [answer(slot, "x", slot) for slot in range(1, 6)]
    changed = [replace(events[0], payload={"fields": {"answer": ["y"]}}), *events[1:]]
    assert len({chain(events), chain(changed), chain(events[1:]), chain([*events, answer(9, "x", 9)])}) == 4


@pytest.mark.parametrize("state", list(AttemptState))
def test_the_key_is_never_shown_before_the_window_has_closed(state: AttemptState) -> None:
    everything = ReviewMatrix(("key", "score"), ("key", "score"), ("key",))
    assert "key" not in visible_parts(everything, state, is_window_closed=False)


def test_a_running_or_annulled_attempt_shows_nothing() -> None:
    everything = ReviewMatrix(("responses", "score"), ("key",), ("key",))
    for state in (AttemptState.IN_PROGRESS, AttemptState.PAUSED, AttemptState.ANNULLED):
        assert visible_parts(everything, state, is_window_closed=True) == frozenset()


def test_the_matrix_opens_step_by_step() -> None:
    matrix = ReviewMatrix(("responses",), ("score",), ("key",))
    assert visible_parts(matrix, AttemptState.GRADED, is_window_closed=True) == {"responses"}
    assert visible_parts(matrix, AttemptState.RELEASED, is_window_closed=False) == {"responses", "score"}
    assert visible_parts(matrix, AttemptState.RELEASED, is_window_closed=True) == {
        "responses",
        "score",
        "key",
    }


class Crashing:
    name, version = "crashing", "1"

    def mark(self, content: object, seed: int, response: object) -> None:
        raise ZeroDivisionError

    def parse(self, fields: object) -> str:
        return "x"

    def fields_for(self, content: object, seed: int, answer: object) -> dict[str, list[str]]:
        return {}


def test_a_crashing_marker_is_an_error_and_never_a_zero() -> None:
    found = mark_safely(Crashing(), {}, 1, "x")  # type: ignore[arg-type]
    assert (found.status, found.fraction) == (MarkStatus.ERROR, None)
    assert found.notes == ("crash:ZeroDivisionError",)


def test_an_items_tests_tell_what_was_expected_and_found() -> None:
    from lms.assessment.question_types import builtin

    kind = next(kind for kind in builtin() if kind.name == "numeric")
    sample = kind.samples()[0]
    content = kind.validate_content({**sample.content, "answer": "3"})
    failures = run_tests(kind, content, sample.tests, seeds=(1,))
    assert str(failures[0]) == "test 1, seed 1: expected right, found wrong 0"
    assert load_tests(store_tests(sample.tests)) == list(sample.tests)
