"""Decide how questions are answered: when an answer is checked, how often, what tries, hints and certainty are worth.

Everything here follows from the recorded operations alone, so that a replay gives the same marks. The order of a student's
checks is the order in which the server stored them: what was seen after a check cannot be sent as if it came before, and
a server clock that is set back changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from lms.assessment.rules.responses import (
    EMPTY,
    Answer,
    RecordedOperation,
    answer_fields,
    answer_of,
    fold,
    is_counted,
    order_key,
)
from lms.assessment.types import Fields, MarkResult, MarkStatus, OperationKind

__all__ = [
    "CERTAINTIES",
    "MAX_TRIES",
    "PLAIN",
    "Checks",
    "Conduct",
    "Feedback",
    "Tried",
    "certainty_notes",
    "certainty_share",
    "certainty_shown",
    "fold_tries",
    "mark_tries",
    "shown_after_check",
]

MAX_TRIES = 5
#: How sure a student can be: low, medium, high. Source: A. R. Gardner-Medwin, certainty-based marking.
CERTAINTIES = (1, 2, 3)
_RIGHT = {1: Decimal(1), 2: Decimal(2), 3: Decimal(3)}
_WRONG = {1: Decimal(0), 2: Decimal(-2), 3: Decimal(-6)}
_MOST = Decimal(3)
_CERTAINTY = "certainty:"


class Feedback(StrEnum):
    """When an answer is checked: with the whole work, once on request, or on request with further tries."""

    DEFERRED = "deferred"
    IMMEDIATE = "immediate"
    TRIES = "tries"


@dataclass(frozen=True, slots=True)
class Conduct:
    """How the questions of a plan are answered; ``penalty`` is the share that each failed try costs."""

    feedback: Feedback = Feedback.DEFERRED
    tries: int = 1
    penalty: Decimal = Decimal(0)
    asks_certainty: bool = False

    @property
    def checks(self) -> int:
        """Return how often one answer can be checked."""
        return {Feedback.DEFERRED: 0, Feedback.IMMEDIATE: 1}.get(self.feedback, self.tries)

    def problems(self) -> dict[str, list[str]]:
        """Return what is wrong, by field."""
        found: dict[str, list[str]] = {}
        if not 1 <= self.tries <= MAX_TRIES:
            found["tries"] = ["assessment.tries_out_of_range"]
        if not 0 <= self.penalty <= 1:
            found["penalty"] = ["assessment.penalty_out_of_range"]
        return found

    def to_document(self) -> dict[str, Any]:
        """Return the conduct as JSON values."""
        return {
            "feedback": self.feedback.value,
            "tries": self.tries,
            "penalty": str(self.penalty),
            "asks_certainty": self.asks_certainty,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Conduct:
        """Rebuild the conduct from its JSON values."""
        return cls(
            Feedback(document["feedback"]),
            document["tries"],
            Decimal(document["penalty"]),
            document["asks_certainty"],
        )


PLAIN = Conduct()


@dataclass(frozen=True, slots=True)
class Tried:
    """What was checked of one question, in order, and what stands there now; ``is_open`` = another check is left."""

    checked: tuple[Answer, ...] = ()
    now: Answer = EMPTY
    is_open: bool = True

    @property
    def counted(self) -> tuple[Answer, ...]:
        """Return every answer that is a try: those that were checked, and a later one that was not."""
        is_changed = self.is_open and self.now.fields != (self.checked[-1].fields if self.checked else None)
        return (*self.checked, self.now) if is_changed else self.checked


def fold_tries(
    conduct: Conduct, events: Iterable[RecordedOperation], *, accept_late_until: int | None = None
) -> dict[int, Tried]:
    """Return what was tried of every touched slot; what came after the last possible check does not count."""
    if not conduct.checks:
        plain = fold(events, accept_late_until=accept_late_until)
        return {slot: Tried((), answer) for slot, answer in plain.items()}
    tried: dict[int, Tried] = {}
    for event in sorted(events, key=_check_order):
        if not is_counted(event, accept_late_until):
            continue
        before = tried.get(event.slot, Tried())
        if event.kind is OperationKind.FLAG:
            flagged = replace(before.now, is_flagged=bool(event.payload.get("on")))
            tried[event.slot] = replace(before, now=flagged)
        elif event.kind in {OperationKind.ANSWER, OperationKind.CHECK} and before.is_open:
            answer = answer_of(answer_fields(event.payload) or {}, before.now, event)
            is_check = event.kind is OperationKind.CHECK and answer.is_answered
            checked = (*before.checked, answer) if is_check else before.checked
            tried[event.slot] = Tried(checked, answer, len(checked) < conduct.checks)
    return tried


def _check_order(event: RecordedOperation) -> tuple[int, bool, int, datetime, UUID]:
    """Return what sorts operations by the checks before them; between two checks it is the order of the student's acts."""
    return (event.check_no, event.kind is not OperationKind.CHECK, *order_key(event))


def mark_tries(conduct: Conduct, tried: Tried, mark: Callable[[Fields], MarkResult]) -> MarkResult:
    """Mark a question from all its tries: the best of share minus the penalty of the tries before it.

    Source: the adaptive behaviour of Moodle's quiz. A try that a person has to look at stands for the whole question; one
    that could not be read costs nothing. The certainty of the try that counts goes into the notes.
    """
    best: tuple[MarkResult, Answer] | None = None
    unread: tuple[MarkResult, Answer] | None = None
    failed = 0
    for answer in tried.counted or (tried.now,):
        found = mark(answer.fields)
        if found.status is MarkStatus.INVALID:
            unread = (found, answer)
        elif found.fraction is None:
            return _with_certainty(conduct, found, answer)
        else:
            worth = _after_failures(conduct, found, failed)
            if best is None or (worth.fraction or 0) > (best[0].fraction or 0):
                best = (worth, answer)
            failed += 1
    marked, answer = best or unread or (mark({}), EMPTY)
    return _with_certainty(conduct, marked, answer)


def _after_failures(conduct: Conduct, found: MarkResult, failed: int) -> MarkResult:
    if not failed or found.fraction is None:
        return found
    less = found.fraction - conduct.penalty * failed
    return MarkResult.of(less, *found.notes, f"try:{failed + 1}")


def _with_certainty(conduct: Conduct, found: MarkResult, answer: Answer) -> MarkResult:
    if not conduct.asks_certainty:
        return found
    sure = answer.certainty or CERTAINTIES[0]
    return replace(found, notes=(*found.notes, f"{_CERTAINTY}{sure if answer.is_answered else 0}"))


def certainty_share(fraction: Decimal, notes: Sequence[str]) -> Decimal:
    """Return the share of a question's points, which is below zero for a wrong answer given with certainty.

    Right answers earn 1, 2 or 3 of 3, wrong ones 0, −2 or −6; without a certainty in the notes it is the share itself.
    An empty answer earns nothing and costs nothing. Source: Moodle, certainty-based marking.
    """
    sure = certainty_shown(notes)
    if sure is None:
        return fraction
    if sure == 0:
        return Decimal(0)
    return (_RIGHT[sure] * fraction if fraction > 0 else _WRONG[sure]) / _MOST


def certainty_notes(notes: Sequence[str]) -> tuple[str, ...]:
    """Return the notes that name the certainty of an answer: they stay with every later mark of it."""
    return tuple(note for note in notes if note.startswith(_CERTAINTY))


def certainty_shown(notes: Sequence[str]) -> int | None:
    """Return the certainty that the notes of a mark name (0 = no answer), or None where none was asked for."""
    for note in notes:
        level = note.removeprefix(_CERTAINTY)
        if level != note and level in {"0", "1", "2", "3"}:
            return int(level)
    return None


@dataclass(frozen=True, slots=True)
class Checks:
    """What a student may see of a checked question now; ``hints`` are those that the failed tries have opened."""

    status: MarkStatus | None
    earned: Decimal | None
    tries_left: int
    is_closed: bool
    hints: tuple[str, ...] = ()
    shows_key: bool = False
    notes: tuple[str, ...] = ()


def shown_after_check(
    conduct: Conduct,
    tried: Tried,
    parts: frozenset[str],
    hints: Sequence[str],
    mark: Callable[[Fields], MarkResult],
) -> Checks | None:
    """Return what the review matrix lets a student see of a question while the work runs; None before the first check.

    The key is never seen before the question is closed: out of tries, or answered rightly where that is shown; a question
    that closes would tell it otherwise.
    """
    if not tried.checked:
        return None
    last = mark(tried.checked[-1].fields)
    tells_right = not parts.isdisjoint({"correctness", "score"})
    is_closed = not tried.is_open or (tells_right and last.status is MarkStatus.RIGHT)
    worth = mark_tries(conduct, replace(tried, now=tried.checked[-1]), mark)
    shows_marks = "correctness" in parts
    share = None if worth.fraction is None else certainty_share(worth.fraction, worth.notes)
    return Checks(
        status=last.status if shows_marks else None,
        earned=share if "score" in parts else None,
        tries_left=0 if is_closed else conduct.checks - len(tried.checked),
        is_closed=is_closed,
        hints=() if is_closed else tuple(hints[: len(tried.checked)]),
        shows_key="key" in parts and is_closed,
        notes=last.notes if shows_marks else (),
    )
