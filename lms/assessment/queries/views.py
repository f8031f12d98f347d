"""The shapes in which pages, the API and other features see assessment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from lms.assessment.ports import Companion, GateVerdict, PrepStep
from lms.assessment.queries.answer_files import FileCard
from lms.assessment.question_types.maths import MathsKey
from lms.assessment.rules.blueprint import Plan
from lms.assessment.rules.conduct import PLAIN, Conduct
from lms.assessment.rules.second_marks import Turn
from lms.assessment.types import (
    AttemptState,
    EndedBy,
    Fields,
    MarkStatus,
    ResultState,
    SessionKind,
    VenueMode,
)
from lms.people.types import AdmissionGround, MeasureValue

__all__ = [
    "AnswerReview",
    "AttemptView",
    "BlueprintCard",
    "EntryView",
    "ExamView",
    "LateCard",
    "MarkingCard",
    "MarkingView",
    "PartView",
    "QuestionView",
    "ReleaseCard",
    "ResultView",
    "ReviewView",
    "RosterRow",
    "SessionCard",
    "SessionView",
]


@dataclass(frozen=True, slots=True)
class ResultView:
    """What an attempt came to. ``score``, ``points`` and ``mark`` are for those who may see them: see ``state``.

    ``shows_score`` is False where the review matrix keeps them from the student for good.
    """

    id: UUID
    attempt_id: UUID
    session_id: UUID
    entry_id: UUID
    person_id: UUID
    org_id: UUID
    title: str
    subject: str
    kind: SessionKind
    resit_no: int
    reference: str
    points: Decimal
    max_points: Decimal
    score: Decimal
    mark: str
    is_passed: bool
    state: ResultState
    proposed_at: datetime
    released_at: datetime | None
    suspended_reason: str | None = None
    shows_score: bool = True


@dataclass(frozen=True, slots=True)
class ExamView:
    """One place on a roster as its student sees it.

    ``state``: planned (not yet open) · open · in_progress · paused · checking (handed in, waiting for marks or release) ·
    done (practice waits for nothing) · released · suspended · annulled · missed · cancelled. ``minutes`` is the person's own
    time, ``base_minutes`` the
    common one; ``result`` is there only when it was released or suspended, and the review matrix shows it.
    """

    entry_id: UUID
    session_id: UUID
    person_id: UUID
    org_id: UUID
    title: str
    subject: str
    kind: SessionKind
    resit_no: int
    venue: str
    venue_mode: VenueMode
    reference: str
    opens_at: datetime
    closes_at: datetime
    base_minutes: int | None
    minutes: int | None
    item_count: int
    state: str
    attempt_id: UUID | None = None
    deadline_at: datetime | None = None
    ended_at: datetime | None = None
    result: ResultView | None = None
    common_closes_at: datetime | None = None
    sitting: int = 0
    may_sit_again: bool = False
    blueprint_id: UUID | None = None
    supervision: Mapping[str, Any] = field(default_factory=dict)

    def as_common(self) -> ExamView:
        """Return the examination as it is for everybody: without what a support plan or a grant gives this person."""
        closes_at = self.common_closes_at or self.closes_at
        return replace(self, minutes=self.base_minutes, closes_at=closes_at, deadline_at=None)

    @property
    def extra_minutes(self) -> int:
        """Return by how much the person's time is longer than the common one."""
        return (self.minutes or 0) - (self.base_minutes or 0)


@dataclass(frozen=True, slots=True)
class EntryView:
    """The page before an examination: what it is, what still stands in the way, what holds for this person."""

    exam: ExamView
    gates: tuple[GateVerdict, ...]
    steps: tuple[PrepStep, ...]
    instructions: str
    rest_breaks: tuple[int, int] | None
    text_size: str
    is_one_way: bool = False
    plan: Plan | None = None
    agreed: tuple[MeasureValue, ...] = ()

    def as_common(self) -> EntryView:
        """Return the page as it is for everybody: without what a support plan gives this person."""
        return replace(self, exam=self.exam.as_common(), rest_breaks=None, text_size="", agreed=())

    @property
    def may_start(self) -> bool:
        """Tell whether the student can start right now."""
        is_open = self.exam.state == "open" or self.exam.may_sit_again
        return is_open and all(gate.is_open for gate in self.gates)


@dataclass(frozen=True, slots=True)
class QuestionView:
    """One question of a running attempt: what its template shows and what was saved. Never a key."""

    slot: int
    section: str
    points: Decimal
    type: str
    template: str
    show: Callable[[], dict[str, Any]] = field(compare=False, repr=False)
    fields: Fields
    is_answered: bool
    is_flagged: bool
    saved_at: datetime | None
    is_available: bool = True
    is_late: bool = False
    certainty: int | None = None
    parts: tuple[int, int] = (0, 0)
    asks_nothing: bool = False
    reads: Callable[[], bool] = field(default=lambda: True, compare=False, repr=False)

    @property
    def is_unread(self) -> bool:
        """Tell whether there is an answer that cannot be read; found out when somebody looks."""
        return self.is_answered and not self.reads()

    @property
    def player(self) -> dict[str, Any]:
        """Return what the template shows; made when somebody looks, since most pages show one question of many."""
        return self.show()

    @property
    def prefix(self) -> str:
        """Return what stands before each of this question's form field names on a page with several."""
        return f"q{self.slot}."


@dataclass(frozen=True, slots=True)
class PartView:
    """The part of a work that is open: its number of how many, its slots, until when its answers count (None = no own limit)."""

    number: int
    of: int
    title: str
    first: int
    last: int
    minutes: int | None
    ends_at: datetime | None
    is_over: bool

    @property
    def is_last(self) -> bool:
        """Tell whether no part comes after it."""
        return self.number == self.of


@dataclass(frozen=True, slots=True)
class AttemptView:
    """A running attempt. The form's questions in order; time by the server's clock alone.

    ``reached`` to ``reached_to`` are the questions that are open where there is no way back; 0 = all of them.
    ``item_count`` is how many there will be: those of an adaptive work come one by one.
    """

    id: UUID
    entry_id: UUID
    session_id: UUID
    person_id: UUID
    title: str
    subject: str
    state: AttemptState
    instructions: str
    navigation: str
    started_at: datetime
    deadline_at: datetime
    server_now: datetime
    base_minutes: int | None
    minutes: int | None
    next_seq: int
    questions: tuple[QuestionView, ...]
    companions: tuple[Companion, ...] = ()
    breaks_left: int = 0
    break_minutes: int = 0
    paused_since: datetime | None = None
    revision: int = 0
    reached: int = 0
    reached_to: int = 0
    item_count: int = 0
    conduct: Conduct = PLAIN
    is_adaptive: bool = False
    part: PartView | None = None

    def handed_out(self) -> AttemptView:
        """Return the attempt with the questions that the student may read now."""
        return replace(self, questions=tuple(q for q in self.questions if self.is_open(q.slot)))

    def is_open(self, slot: int) -> bool:
        """Tell whether a question can be read and answered now."""
        is_over = self.part is not None and self.part.is_over
        return not is_over and (self.reached == 0 or self.reached <= slot <= self.reached_to)

    @property
    def is_one_way(self) -> bool:
        """Tell whether questions come one after another, without a way back."""
        return 0 < self.reached == self.reached_to

    @property
    def is_paged(self) -> bool:
        """Tell whether every page must come from the server anew: what it shows depends on what was done before."""
        return self.reached > 0 or self.conduct.checks > 0

    @property
    def remaining_s(self) -> int:
        """Return the seconds left (0 when the time is over)."""
        return max(0, int((self.deadline_at - self.server_now).total_seconds()))

    @property
    def answered(self) -> int:
        """Return how many questions have an answer; what is only there to be read is none."""
        return sum(question.is_answered for question in self.questions if not question.asks_nothing)

    @property
    def asked(self) -> int:
        """Return how many questions ask for an answer."""
        return sum(not question.asks_nothing for question in self.questions)

    def question(self, slot: int) -> QuestionView | None:
        """Return the question in a place, or None."""
        return self.questions[slot - 1] if 1 <= slot <= len(self.questions) else None


@dataclass(frozen=True, slots=True)
class AnswerReview:
    """One answer after the end. Parts that the review matrix keeps back are None."""

    slot: int
    section: str
    prompt: str
    type: str
    points: Decimal
    response: str | None
    status: MarkStatus | None
    earned: Decimal | None
    notes: tuple[str, ...]
    comment: str
    correct: str | None
    is_late: bool
    attempt_item_id: UUID
    files: tuple[str, ...] = ()
    pictures: tuple[Mapping[str, str], ...] = ()
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class ReviewView:
    """An ended attempt as far as the reader may see it now."""

    attempt_id: UUID
    entry_id: UUID
    session_id: UUID
    person_id: UUID
    title: str
    state: AttemptState
    ended_at: datetime | None
    ended_by: EndedBy | None
    answers: tuple[AnswerReview, ...]
    result: ResultView | None
    late_count: int
    receipts_count: int
    is_practice: bool = False


@dataclass(frozen=True, slots=True)
class MarkingCard:
    """One answer that waits for a person, without a name."""

    attempt_item_id: UUID
    attempt_id: UUID
    alias: str
    exam_title: str
    item_title: str
    slot: int
    status: MarkStatus
    submitted_at: datetime | None
    item_version_id: UUID | None = None
    turn: Turn = Turn.ONCE


@dataclass(frozen=True, slots=True)
class OpinionCard:
    """What one of two markers thinks of an answer, shown to the third person alone; without a name."""

    fraction: Decimal
    comment: str


@dataclass(frozen=True, slots=True)
class SameAnswer:
    """One of several answers to a question: what was given, its share of the points by now, a sign of what stands.

    Whoever sends the sign ``seen`` back has looked at just this mark.
    """

    card: MarkingCard
    response: str
    fraction: Decimal | None
    seen: str


@dataclass(frozen=True, slots=True)
class SameQuestion:
    """Answers of different works to one question, to be marked side by side."""

    exam_title: str
    item_title: str
    prompt: str
    points: Decimal
    answers: tuple[SameAnswer, ...]


@dataclass(frozen=True, slots=True)
class MarkingView:
    """One answer to be marked: what was asked, what was answered, by which rubric; blind."""

    card: MarkingCard
    prompt: str
    type: str
    response: str
    points: Decimal
    rubric: tuple[dict[str, Any], ...]
    model_answer: str | None
    status: MarkStatus
    fraction: Decimal | None
    comment: str
    notes: tuple[str, ...]
    next_id: UUID | None
    waiting: int
    files: tuple[FileCard, ...] = ()
    opinions: tuple[OpinionCard, ...] = ()
    maths: MathsKey | None = None
    #: What stood when it was shown: `service.grade_manual` tells by it whether somebody was faster.
    seen: str = ""


@dataclass(frozen=True, slots=True)
class LateCard:
    """Operations of one attempt that came after the deadline or during a break and wait for a decision."""

    attempt_id: UUID
    alias: str
    exam_title: str
    deadline_at: datetime
    count: int
    slots: tuple[int, ...]
    first_at: datetime
    last_at: datetime
    in_break: bool
    after_leaving: bool
    #: The number of the last one of them.
    until: int = 0
    #: A result of this work was released before they came.
    is_released: bool = False


@dataclass(frozen=True, slots=True)
class ReleaseCard:
    """A proposed result and what still keeps it from counting."""

    result: ResultView
    alias: str
    gates: tuple[GateVerdict, ...]
    waits_for_late: bool = False

    @property
    def may_release(self) -> bool:
        """Tell whether it can be released right now: nobody keeps it back, and what came late is decided on."""
        return not self.waits_for_late and all(gate.is_open for gate in self.gates)


@dataclass(frozen=True, slots=True)
class SessionCard:
    """An attestation session in a list."""

    id: UUID
    org_id: UUID
    title: str
    subject: str
    kind: SessionKind
    resit_no: int
    opens_at: datetime
    closes_at: datetime
    entries: int
    started: int
    ended: int
    is_cancelled: bool


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One person of a session's roster as staff see it, under the name or under the alias, never under both.

    ``person_id`` is None where the reader still has to mark the answers blind; own time is there only for those who may
    know of a support plan (``shows_time``), the result only for those who may read the work (``shows_work``).
    """

    entry_id: UUID
    person_id: UUID | None
    alias: str
    state: str
    minutes: int | None
    attempt_id: UUID | None
    deadline_at: datetime | None
    result: ResultView | None
    shows_time: bool = True
    ground: AdmissionGround | None = None
    venue_mode: VenueMode | None = None
    shows_work: bool = True


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session with its roster."""

    card: SessionCard
    base_minutes: int | None
    item_count: int
    venue: str
    venue_modes: tuple[VenueMode, ...]
    roster: tuple[RosterRow, ...]


@dataclass(frozen=True, slots=True)
class BlueprintCard:
    """A blueprint with its newest version."""

    id: UUID
    version_id: UUID
    title: str
    subject: str
    number: int
    base_minutes: int | None
    item_count: int
    max_points: Decimal
    is_frozen: bool
