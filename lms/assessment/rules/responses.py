"""Fold the operations of an attempt into what was answered in the end."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from lms.assessment.types import Fields, OperationKind

__all__ = [
    "CERTAINTY",
    "EMPTY",
    "EVERYTHING",
    "Answer",
    "RecordedOperation",
    "answer_fields",
    "answer_of",
    "fold",
    "is_counted",
    "is_readable",
    "order_key",
    "without_certainty",
]

#: Greater than the number of anything that came late: the student sees all of it while the work runs.
EVERYTHING = 2**62
#: The field of the host beside a question's own: how sure the student is (1 to 3).
CERTAINTY = "_certainty"


class RecordedOperation(Protocol):
    """An operation as it was stored."""

    @property
    def op_id(self) -> UUID:
        """The client's id."""

    @property
    def kind(self) -> OperationKind:
        """What it reports."""

    @property
    def slot(self) -> int:
        """The question's number."""

    @property
    def payload(self) -> dict[str, Any]:
        """What was sent."""

    @property
    def client_seq(self) -> int:
        """The client's running number."""

    @property
    def t_server(self) -> datetime:
        """When the server received it."""

    @property
    def is_late(self) -> bool:
        """Whether it came after the deadline."""

    @property
    def late_no(self) -> int | None:
        """Its number among what came late."""

    @property
    def check_no(self) -> int:
        """How many checks of the attempt had come when it came; a check counts itself."""


#: What tells parts of one answer apart in the names of their fields: a number, a sign made by `rules.seeds.token`, a given name.
_STEM = re.compile(r"(?:_.*|[0-9a-f]{10}|\d+)$")


@dataclass(frozen=True, slots=True)
class Answer:
    """What stands for one question: the fields last sent, the flag, and when it was saved."""

    fields: Fields
    is_flagged: bool = False
    saved_at: datetime | None = None
    is_late: bool = False
    certainty: int | None = None

    @property
    def is_answered(self) -> bool:
        """Tell whether anything was filled in."""
        return any(value.strip() for values in self.fields.values() for value in values)

    @property
    def parts(self) -> tuple[int, int]:
        """Return how many parts of the answer are filled in, of how many that were sent.

        Fields that are named alike (``gap_1``, ``gap_2``) are parts of one answer; another one stands beside it.
        """
        alike: dict[str, list[bool]] = defaultdict(list)
        for name, values in self.fields.items():
            alike[_STEM.sub("", name)].append(any(value.strip() for value in values))
        filled = max(alike.values(), key=len, default=[])
        return sum(filled), len(filled)


EMPTY = Answer({})


def order_key(event: RecordedOperation) -> tuple[int, datetime, UUID]:
    """Return what puts operations into the order of the student's acts, whatever the order of arrival."""
    return (event.client_seq, event.t_server, event.op_id)


def answer_fields(payload: Any) -> Fields | None:
    """Return the form fields of an answer's payload, or None when it is not of the agreed shape."""
    fields = payload.get("fields") if isinstance(payload, dict) else None
    if not isinstance(fields, dict):
        return None
    for name, values in fields.items():
        if not (isinstance(name, str) and isinstance(values, list)):
            return None
        for value in values:
            if not isinstance(value, str):
                return None
    return fields


def is_readable(kind: OperationKind, payload: Any) -> bool:
    """Tell whether an operation's payload has the shape of its kind, so that it can be folded and shown."""
    if kind in {OperationKind.ANSWER, OperationKind.CHECK}:
        return answer_fields(payload) is not None
    if kind is OperationKind.FLAG:
        return isinstance(payload, dict) and isinstance(payload.get("on"), bool)
    return isinstance(payload, dict)


def without_certainty(fields: Fields) -> Fields:
    """Return the fields of the question itself."""
    return {name: values for name, values in fields.items() if name != CERTAINTY}


def answer_of(fields: Fields, before: Answer, event: RecordedOperation) -> Answer:
    """Return what stands for a question after an operation brought ``fields``; the host's own field is taken out."""
    if CERTAINTY not in fields:
        return Answer(fields, before.is_flagged, event.t_server, event.is_late)
    own = without_certainty(fields)
    level = next((value for value in fields[CERTAINTY] if value in {"1", "2", "3"}), None)
    sure = None if level is None else int(level)
    return Answer(own, before.is_flagged, event.t_server, event.is_late, sure)


def is_counted(event: RecordedOperation, accept_late_until: int | None) -> bool:
    """Tell whether an operation counts: what came late does up to the late number that a teacher's decision accepted."""
    if not event.is_late:
        return True
    return accept_late_until is not None and event.late_no is not None and event.late_no <= accept_late_until


def fold(events: Iterable[RecordedOperation], *, accept_late_until: int | None = None) -> dict[int, Answer]:
    """Return the answer of every touched slot: the highest client number wins; what came late see `is_counted`."""
    answers: dict[int, Answer] = {}
    for event in sorted(events, key=order_key):
        if not is_counted(event, accept_late_until):
            continue
        before = answers.get(event.slot, EMPTY)
        if event.kind in {OperationKind.ANSWER, OperationKind.CHECK}:
            answers[event.slot] = answer_of(answer_fields(event.payload) or {}, before, event)
        elif event.kind is OperationKind.FLAG:
            answers[event.slot] = replace(before, is_flagged=bool(event.payload.get("on")))
    return answers
