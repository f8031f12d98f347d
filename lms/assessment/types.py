"""Words and values of assessment that other features, pages and plug-ins use."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

__all__ = [
    "AppealDecision",
    "AppealState",
    "AttemptState",
    "CellKind",
    "Difficulty",
    "EndedBy",
    "Fields",
    "GradeSource",
    "GrantKind",
    "ImportState",
    "ImportStatus",
    "ItemState",
    "MarkResult",
    "MarkScale",
    "MarkStatus",
    "MediaKind",
    "Operation",
    "OperationKind",
    "OperationStatus",
    "Receipt",
    "RegradeState",
    "ResultState",
    "Savings",
    "SessionKind",
    "SignIn",
    "Standing",
    "VenueMode",
]

#: What one question's form sends, by field name without the question's prefix.
Fields = dict[str, list[str]]


class ItemState(StrEnum):
    """Where an item version stands on its way into examinations."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    READY = "ready"
    RETIRED = "retired"


class Difficulty(StrEnum):
    """How hard an item is, in three steps; the number behind it is the average share of points."""

    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"


class MediaKind(StrEnum):
    """What a file of a question is."""

    PICTURE = "picture"
    SOUND = "sound"


class ImportState(StrEnum):
    """How far a file of questions is on its way into a bank."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class ImportStatus(StrEnum):
    """What became of one question of a file."""

    IMPORTED = "imported"
    CHANGED = "changed"
    REFUSED = "refused"


class SessionKind(StrEnum):
    """What an attestation session is for (273-ФЗ art. 58, 59)."""

    CURRENT = "current"
    INTERIM = "interim"
    FINAL = "final"
    DIAGNOSTIC = "diagnostic"
    MANDATORY = "mandatory"


class VenueMode(StrEnum):
    """Where a session can be sat; a session allows some of these, each place on its roster has one."""

    ONLINE = "online"
    SCHOOL = "school"
    PARTNER = "partner"


class AttemptState(StrEnum):
    """Where an attempt stands; ``grading`` waits for a human mark."""

    CREATED = "created"
    IN_PROGRESS = "in_progress"
    PAUSED = "paused"
    SUBMITTED = "submitted"
    EXPIRED = "expired"
    GRADING = "grading"
    GRADED = "graded"
    RELEASED = "released"
    ANNULLED = "annulled"


#: States of an attempt that has begun and not ended; while it is paused, questions are not handed out.
OPEN_STATES = frozenset({AttemptState.IN_PROGRESS, AttemptState.PAUSED})


class EndedBy(StrEnum):
    """How an attempt came to its end."""

    STUDENT = "student"
    EXPIRY = "expiry"
    STAFF = "staff"


class MarkStatus(StrEnum):
    """What a marker found. ``invalid`` is not ``wrong``: the response could not be read and costs nothing."""

    RIGHT = "right"
    PARTIAL = "partial"
    WRONG = "wrong"
    INVALID = "invalid"
    NEEDS_MARKING = "needs_marking"
    ERROR = "error"


#: Marks that a human still has to settle: none of them is ever counted as a zero.
OPEN_MARKS = frozenset({MarkStatus.INVALID, MarkStatus.NEEDS_MARKING, MarkStatus.ERROR})


class GradeSource(StrEnum):
    """Who or what produced a grade."""

    AUTO = "auto"
    HUMAN = "human"
    REGRADE = "regrade"
    APPEAL = "appeal"


class GrantKind(StrEnum):
    """What was granted to one person in one session on top of the rules; grants never shorten."""

    EXTRA_TIME = "extra_time"
    PAUSE = "pause"
    ATTEMPT = "attempt"
    WINDOW = "window"


class ResultState(StrEnum):
    """Where a result stands; ``suspended`` keeps the state before, ``superseded`` counted until a newer one was released."""

    PROPOSED = "proposed"
    RELEASED = "released"
    SUSPENDED = "suspended"
    SUPERSEDED = "superseded"


class Standing(StrEnum):
    """Whether a result stands for its place on a roster: it does, it is suspended, or another one does."""

    COUNTS = "counts"
    SUSPENDED = "suspended"
    SUPERSEDED = "superseded"


class MarkScale(StrEnum):
    """Scales that a score can become a mark of."""

    FIVE = "five"
    PASS_FAIL = "pass_fail"  # noqa: S105 - a scale
    CUSTOM = "custom"


class RegradeState(StrEnum):
    """Where a replayed marking stands: only a preview, written as new grades, or dropped."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    DROPPED = "dropped"


class AppealState(StrEnum):
    """Where an appeal stands."""

    FILED = "filed"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"


class AppealDecision(StrEnum):
    """What became of an appeal: every ground held, some did, none did."""

    GRANTED = "granted"
    PARTLY = "partly"
    REFUSED = "refused"


class CellKind(StrEnum):
    """What a person entered into a gradebook; ``blank`` takes the entry before back."""

    POINTS = "points"
    EXEMPT = "exempt"
    ABSENT = "absent"
    BLANK = "blank"


class OperationKind(StrEnum):
    """What a student's device reports: an answer, one to be checked, a flag "come back later", the end of the work."""

    ANSWER = "answer"
    CHECK = "check"
    FLAG = "flag"
    SUBMIT = "submit"


class OperationStatus(StrEnum):
    """What became of an operation: stored in time, stored after the deadline, or refused under this id."""

    SAVED = "saved"
    LATE = "late"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class MarkResult:
    """What a marker found: ``fraction`` is 0..1, or None where nothing can be said yet; ``notes`` are codes."""

    status: MarkStatus
    fraction: Decimal | None = None
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, fraction: Decimal, *notes: str) -> MarkResult:
        """Return right, partial or wrong for a fraction (cut to 0..1 and six places)."""
        value = min(max(fraction, Decimal(0)), Decimal(1)).quantize(Decimal("0.000001"))
        if value == 1:
            return cls(MarkStatus.RIGHT, Decimal(1), notes)
        return cls(MarkStatus.PARTIAL if value > 0 else MarkStatus.WRONG, value, notes)

    @classmethod
    def invalid(cls, *notes: str) -> MarkResult:
        """Return that the response could not be read."""
        return cls(MarkStatus.INVALID, None, notes)


@dataclass(frozen=True, slots=True)
class SignIn:
    """Who sends operations, as the signed cookie says; the save statement itself checks that it still holds."""

    person_id: UUID
    account_id: UUID
    session_id: UUID
    epoch: int


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that a student's device reports; sent again unchanged until a receipt comes back.

    ``slot`` is the number of the question (1..n; 0 for ``submit``), ``payload`` for an answer is
    ``{"fields": {name: [values]}}`` exactly as the question's form sends them (so for a check), for a flag ``{"on": bool}``.
    """

    op_id: UUID
    kind: OperationKind
    slot: int = 0
    payload: dict[str, Any] = field(default_factory=dict)
    client_seq: int = 0
    tab: str = ""
    t_client: datetime | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """The server's signed word that it keeps an operation; ``signature`` is Ed25519 over all other fields."""

    attempt_id: UUID
    op_id: UUID
    slot: int
    kind: OperationKind
    payload_hash: str
    t_server: datetime
    is_late: bool
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Savings:
    """What became of a batch of operations, in the order in which they came."""

    receipts: tuple[Receipt, ...]
    conflicts: tuple[UUID, ...] = ()
    is_submitted: bool = False
