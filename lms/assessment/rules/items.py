"""Run an item's own tests: an item is ready only when it passes them on several seeds (domain: invariant 6)."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lms.assessment.contracts import ItemTest, QuestionType
from lms.assessment.rules.recorded import carry
from lms.assessment.rules.time_limits import TimeLimitExceeded, time_limit
from lms.assessment.types import Fields, MarkResult, MarkStatus

__all__ = [
    "BEING_MARKED",
    "SEEDS",
    "TestFailure",
    "asks_nothing",
    "doubts_of",
    "is_right_expected",
    "key_tests",
    "lacks_lesser",
    "load_tests",
    "mark_at_once",
    "mark_fields_safely",
    "mark_safely",
    "marks_itself",
    "marks_later",
    "run_tests",
    "sent_by",
    "store_tests",
    "why_not_ready",
    "why_unavailable",
]

#: A marker that takes longer leaves the answer to a person.
MARKING_LIMIT_S = 2.0
#: The note of an answer that a worker marks after the end of the work.
BEING_MARKED = "being_marked"
#: Seconds that all tests of one item may take together.
TESTS_LIMIT_S = 60.0

_LESSER = frozenset({MarkStatus.PARTIAL, MarkStatus.WRONG, MarkStatus.INVALID})

#: The seeds on which an item must pass.
SEEDS = (1, 2, 3, 20_261_111, 9_007_199_254_740_991)


@dataclass(frozen=True, slots=True)
class TestFailure:
    """A case that an item failed: which test, on which seed, what was asked for, what came out (None = not reached in time)."""

    number: int
    seed: int
    test: ItemTest
    found: MarkResult | None

    def __str__(self) -> str:
        """Say it in one line, for logs and failing tests."""
        found = "not run" if self.found is None else _words(self.found.status, self.found.fraction)
        expected = _words(self.test.status, self.test.fraction)
        return f"test {self.number}, seed {self.seed}: expected {expected}, found {found}"


def mark_fields_safely(
    kind: QuestionType, content: Mapping[str, Any], seed: int, fields: Fields
) -> MarkResult:
    """Parse and mark what a form sent; a crash or a hang in either is ``error``, never a zero and never a stop."""
    try:
        with time_limit(MARKING_LIMIT_S):
            response = kind.parse(fields)
    except TimeLimitExceeded:
        return MarkResult(MarkStatus.ERROR, None, ("took_too_long",))
    except Exception as failure:  # noqa: BLE001 - a plug-in's fault must not keep an attempt from ending
        return MarkResult(MarkStatus.ERROR, None, (f"crash:{type(failure).__name__}",))
    return mark_safely(kind, content, seed, response)


def marks_later(kind: QuestionType, content: Mapping[str, Any]) -> bool:
    """Tell whether a type's marker is too slow to be called while somebody waits (``marks_later``, see `contracts`)."""
    later = getattr(kind, "marks_later", None)
    return later is not None and bool(later(content))


def why_unavailable(kind: QuestionType) -> str:
    """Return in words why a type cannot mark on this server, or nothing (``unavailable``, see `contracts`)."""
    why = getattr(kind, "unavailable", None)
    return "" if why is None else str(why())


def asks_nothing(kind: QuestionType | None) -> bool:
    """Tell whether a type is only there to be read (``asks_nothing``, see `contracts`): it earns no points."""
    return bool(getattr(kind, "asks_nothing", False))


def mark_at_once(kind: QuestionType, content: Mapping[str, Any], seed: int, fields: Fields) -> MarkResult:
    """Mark as `mark_fields_safely` does, inside of a transaction: what takes its time is left with a note that it goes on.

    A blank answer needs no time.
    """
    try:
        goes_on = marks_later(kind, content) and kind.parse(fields) is not None
    except Exception:  # noqa: BLE001 - what fails here fails below, too, and is told there
        goes_on = False
    if goes_on:
        return MarkResult(MarkStatus.NEEDS_MARKING, None, (BEING_MARKED,))
    return mark_fields_safely(kind, content, seed, fields)


def _limit(kind: QuestionType, content: Mapping[str, Any]) -> AbstractContextManager[None]:
    """Limit the time of a marker, unless its type keeps the time by itself (``keeps_time``, see `contracts`)."""
    keeps_time = getattr(kind, "keeps_time", None)
    if keeps_time is not None and keeps_time(content):
        return nullcontext()
    return time_limit(MARKING_LIMIT_S)


def mark_safely(kind: QuestionType, content: Mapping[str, Any], seed: int, response: Any) -> MarkResult:
    """Mark a response; a marker that crashes, hangs or answers nonsense gives ``error``, never a zero.

    Source: domain, invariant 3.
    """
    try:
        with _limit(kind, content):
            found: Any = kind.mark(content, seed, response)
    except TimeLimitExceeded:
        return MarkResult(MarkStatus.ERROR, None, ("took_too_long",))
    except Exception as failure:  # noqa: BLE001 - a plug-in's fault must not cost a student points
        return MarkResult(MarkStatus.ERROR, None, (f"crash:{type(failure).__name__}",))
    if not isinstance(found, MarkResult):
        return MarkResult(MarkStatus.ERROR, None, ("no_mark",))
    if found.fraction is not None and not 0 <= found.fraction <= 1:
        return MarkResult(MarkStatus.ERROR, None, ("fraction_out_of_range",))
    return found


def run_tests(
    kind: QuestionType,
    content: Mapping[str, Any],
    tests: Iterable[ItemTest],
    seeds: Sequence[int] = SEEDS,
    *,
    within_s: float = TESTS_LIMIT_S,
) -> list[TestFailure]:
    """Return every failed case. Each answer takes the whole way: browser's fields, parsing, marking.

    A case that was not reached within ``within_s`` seconds counts as failed.
    """
    failures = []
    ends_at = time.monotonic() + within_s
    for number, test in enumerate(tests, start=1):
        for seed in seeds_of(kind, test, seeds):
            if time.monotonic() > ends_at:
                failures.append(TestFailure(number, seed, test, None))
                break
            found = mark_fields_safely(kind, content, seed, sent_by(kind, content, test, seed))
            if found.status is not test.status or (
                test.fraction is not None and found.fraction != test.fraction
            ):
                failures.append(TestFailure(number, seed, test, found))
    return failures


def marks_itself(kind: QuestionType) -> bool:
    """Tell whether a type gives points by itself: one whose own examples never earn all points leaves that to people."""
    return any(test.status is MarkStatus.RIGHT for sample in kind.samples() for test in sample.tests)


def is_right_expected(kind: QuestionType, content: Mapping[str, Any], tests: Iterable[ItemTest]) -> bool:
    """Tell whether one of an item's tests asks for all points, as far as its type gives points by itself here."""
    enough = {MarkStatus.RIGHT}
    if kind.correct_answer(content) is None or why_unavailable(kind):
        enough.add(MarkStatus.NEEDS_MARKING)
    return not marks_itself(kind) or any(test.status in enough for test in tests)


def lacks_lesser(kind: QuestionType, tests: Iterable[ItemTest]) -> bool:
    """Tell whether no test asks for less than all points: such tests would not notice that everything is right."""
    return marks_itself(kind) and not any(test.status in _LESSER for test in tests)


def why_not_ready(kind: QuestionType, content: Mapping[str, Any], tests: Sequence[ItemTest]) -> str:
    """Return the code of why a question cannot become ready by its own tests, or nothing (domain: invariant 6).

    One of them at least asks for all points and one for less: else they would hold for any key. Recorded answers of a type
    with variables belong to one variant, so its key is marked on all.
    """
    if not tests:
        return "assessment.item_untested"
    if not is_right_expected(kind, content, tests):
        return "assessment.item_no_right_test"
    if lacks_lesser(kind, tests):
        return "assessment.item_no_lesser_test"
    if run_tests(kind, content, tests):
        return "assessment.item_tests_failed"
    key = key_tests(kind, content)[:1] if getattr(kind, "has_variables", False) else ()
    return "assessment.item_key_fails" if run_tests(kind, content, key) else ""


def doubts_of(kind: QuestionType, content: Mapping[str, Any]) -> list[str]:
    """Return what a type finds to be looked at in its content (``doubts``, see `contracts`)."""
    doubts = getattr(kind, "doubts", None)
    return [] if doubts is None else list(doubts(content))


def key_tests(kind: QuestionType, content: Mapping[str, Any]) -> tuple[ItemTest, ...]:
    """Return the two tests that follow from a key: it earns everything, a blank nothing. None where there is no key."""
    answer = kind.correct_answer(content)
    if answer is None:
        return ()
    return (ItemTest(answer, MarkStatus.RIGHT), ItemTest(None, MarkStatus.WRONG))


def seeds_of(kind: QuestionType, test: ItemTest, seeds: Sequence[int]) -> Sequence[int]:
    """Return the variants on which a test is run: a recorded answer of a type with variables belongs to its own alone."""
    return (test.seed,) if test.fields is not None and getattr(kind, "has_variables", False) else seeds


def sent_by(kind: QuestionType, content: Mapping[str, Any], test: ItemTest, seed: int) -> Fields:
    """Return what a browser sends for a test's answer on one variant."""
    if test.fields is None:
        return kind.fields_for(content, seed, test.answer)
    return carry(kind, content, test.fields, test.seed, seed)


def _words(status: MarkStatus, fraction: Decimal | None) -> str:
    return status.value if fraction is None else f"{status.value} {fraction.normalize():f}"


def store_tests(tests: Iterable[ItemTest]) -> list[dict[str, Any]]:
    """Return tests as JSON values."""
    return [
        {
            "answer": test.answer,
            "status": test.status.value,
            "fraction": None if test.fraction is None else str(test.fraction),
            **({} if test.fields is None else {"fields": test.fields, "seed": test.seed}),
        }
        for test in tests
    ]


def load_tests(rows: Iterable[Mapping[str, Any]]) -> list[ItemTest]:
    """Rebuild tests from JSON values."""
    return [
        ItemTest(
            row["answer"],
            MarkStatus(row["status"]),
            None if row["fraction"] is None else Decimal(row["fraction"]),
            row.get("fields"),
            row.get("seed", 0),
        )
        for row in rows
    ]
