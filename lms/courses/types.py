"""Words and values of courses that other features and block plug-ins use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NewType, TypeAlias
from uuid import UUID

from lms.core.packages import Reason

__all__ = [
    "ADAPTED",
    "AGE_MARKS",
    "Approval",
    "Audience",
    "BlockId",
    "BlockMeta",
    "BlockRemark",
    "CohortEnd",
    "CompletionSource",
    "ConcernKind",
    "CourseCard",
    "CourseId",
    "CourseOfPerson",
    "EnrolmentGround",
    "EnrolmentId",
    "EnrolmentMode",
    "EnrolmentReceipt",
    "EnrolmentState",
    "GateCondition",
    "GateJoin",
    "GateKind",
    "GateRule",
    "GateTerm",
    "Hazard",
    "ImportRow",
    "ImportState",
    "ImportStatus",
    "LearningOp",
    "LearningOpKind",
    "Licence",
    "MediaReceipt",
    "MessageKind",
    "MessageReceipt",
    "Need",
    "NewBlock",
    "NewCourse",
    "NewSection",
    "OpReceipt",
    "PlayReceipt",
    "PlayReport",
    "PlayStatus",
    "PostReceipt",
    "PostState",
    "ProgressView",
    "PublishReceipt",
    "QuestionReceipt",
    "RequestState",
    "ReviewState",
    "StepReceipt",
    "StuckLearner",
    "SyncReceipt",
    "UploadReceipt",
    "UploadState",
    "VersionState",
    "WorkReceipt",
    "WorkState",
    "length_of",
]

CourseId = NewType("CourseId", UUID)
EnrolmentId = NewType("EnrolmentId", UUID)
BlockId = NewType("BlockId", UUID)


class VersionState(StrEnum):
    """Where a version of a course stands; a published one never changes."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class CohortEnd(StrEnum):
    """What comes after a cohort's last day: learning goes on, or what is there can be read only."""

    GOES_ON = "goes_on"
    READ_ONLY = "read_only"


class EnrolmentMode(StrEnum):
    """How students come into a course: by themselves, after a teacher has said yes, or only when staff enrol them."""

    OPEN = "open"
    REQUEST = "request"
    ASSIGNED = "assigned"


class EnrolmentGround(StrEnum):
    """Why somebody is enrolled: an own wish, a teacher, the plan, a class, a network agreement, or some subjects only."""

    SELF = "self"
    TEACHER = "teacher"
    PLAN = "plan"
    CLASS = "class"
    NETWORK = "network"
    PART = "part"


class RequestState(StrEnum):
    """Where a wish for a place stands: with the teacher, in the queue, offered until a day, or over."""

    ASKED = "asked"
    WAITING = "waiting"
    OFFERED = "offered"
    TAKEN = "taken"
    REFUSED = "refused"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


class EnrolmentState(StrEnum):
    """Where an enrolment stands."""

    REQUESTED = "requested"
    ACTIVE = "active"
    PAUSED = "paused"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"


class CompletionSource(StrEnum):
    """What a completion rests on: the rule of the course, a teacher's decision, or a credit."""

    RULE = "rule"
    TEACHER = "teacher"
    CREDIT = "credit"


class GateKind(StrEnum):
    """What a condition of a gate asks: of another section, of the calendar, or of who learns."""

    COMPLETED = "completed"
    SCORE = "score"
    SINCE = "since"
    GROUP = "group"
    MEASURE = "measure"


class GateJoin(StrEnum):
    """How the parts of a rule are put together: all hold, at least one holds, none holds."""

    ALL = "all"
    ANY = "any"
    NOT = "not"


class ImportState(StrEnum):
    """How far the import of a course file is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class ImportStatus(StrEnum):
    """What became of an item of an imported course."""

    IMPORTED = "imported"
    CHANGED = "changed"
    REFUSED = "refused"


class MessageKind(StrEnum):
    """What a teacher writes: to many, or a kind word to one."""

    ANNOUNCEMENT = "announcement"
    NUDGE = "nudge"


class ConcernKind(StrEnum):
    """Why somebody should look after a learner."""

    WAITS_FOR_TEACHER = "waits_for_teacher"
    HARD_STEP = "hard_step"
    WORK_RETURNED = "work_returned"
    NOT_BEGUN = "not_begun"
    SILENT = "silent"


class LearningOpKind(StrEnum):
    """What a learner did without a network: went through a page, answered a block, wrote a note, asked a teacher."""

    DONE = "done"
    ANSWER = "answer"
    NOTE = "note"
    QUESTION = "question"


class Need(StrEnum):
    """What a block asks of the learner when it offers no other way."""

    SIGHT = "sight"
    HEARING = "hearing"
    SPEECH = "speech"
    POINTER = "pointer"
    CAMERA = "camera"
    BANDWIDTH = "bandwidth"


class Audience(StrEnum):
    """Learners whom a publisher checks for: each lacks one thing."""

    WITHOUT_SIGHT = "without_sight"
    WITHOUT_HEARING = "without_hearing"
    WITHOUT_SPEECH = "without_speech"
    KEYBOARD_ONLY = "keyboard_only"
    NO_CAMERA = "no_camera"
    LOW_BANDWIDTH = "low_bandwidth"


#: For whom a course can be fit as a whole; a camera is asked for by no step of a lesson alone.
ADAPTED = (
    Audience.WITHOUT_SIGHT,
    Audience.WITHOUT_HEARING,
    Audience.WITHOUT_SPEECH,
    Audience.KEYBOARD_ONLY,
    Audience.LOW_BANDWIDTH,
)
#: Minutes up to which a course is short, and up to which it is of middle length.
SHORT, MIDDLE = 60, 300


def length_of(minutes: int) -> str:
    """Return how long a course is, in three sizes."""
    return "short" if minutes <= SHORT else "middle" if minutes <= MIDDLE else "long"


class PlayStatus(StrEnum):
    """How far a package says that its learner is."""

    BEGUN = "begun"
    COMPLETED = "completed"
    PASSED = "passed"
    FAILED = "failed"


class PostState(StrEnum):
    """Where a contribution to a discussion stands."""

    WAITING = "waiting"
    SHOWN = "shown"
    HIDDEN = "hidden"


class ReviewState(StrEnum):
    """Where the request to read a fellow learner's work stands; what was not given in time a teacher reads alone."""

    ASKED = "asked"
    GIVEN = "given"
    RELEASED = "released"


class WorkState(StrEnum):
    """Where work that was handed in stands; what was taken back is its learner's draft again, and nobody else reads it."""

    SENT = "sent"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    TAKEN_BACK = "taken_back"


@dataclass(frozen=True, slots=True)
class GateCondition:
    """One condition of a section's gate.

    COMPLETED and SCORE ask about ``section`` (a score of at least 0..1); SINCE about ``day``; GROUP and MEASURE about
    ``name``: the id of a class, the code of a measure of the learner's support plan.
    """

    section: str = ""
    kind: GateKind = GateKind.COMPLETED
    at_least: Decimal | None = None
    day: date | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class GateRule:
    """Conditions and rules put together to one."""

    join: GateJoin
    parts: tuple[GateTerm, ...]


GateTerm: TypeAlias = GateCondition | GateRule


class Licence(StrEnum):
    """Under what terms a block may be used."""

    OWN = "own"
    CC0 = "cc0"
    CC_BY = "cc_by"
    CC_BY_SA = "cc_by_sa"
    PERMITTED = "permitted"


class Hazard(StrEnum):
    """What could harm a learner who watches or listens (schema.org accessibilityHazard)."""

    FLASHING = "flashing"
    MOTION = "motionSimulation"
    SOUND = "sound"


#: Marks of age of the law on protecting children from information (№ 436-ФЗ, article 6).
AGE_MARKS = (0, 6, 12, 16, 18)


@dataclass(frozen=True, slots=True)
class Approval:
    """Where a resource stands in the federal list of approved electronic educational resources, and who has said so.

    ``reference`` names the order and the line of the list, ``on`` is the day of the order; ``by`` is nobody after an import.
    Source: law № 273-ФЗ, article 16, part 3.
    """

    reference: str
    on: date
    by: UUID | None = None


@dataclass(frozen=True, slots=True)
class BlockMeta:
    """What is said of a block beside its content: licence, whose it is, from what age, what could harm, who approved it."""

    licence: Licence = Licence.OWN
    author: str = ""
    age: int = 0
    hazards: tuple[Hazard, ...] = ()
    approval: Approval | None = None


@dataclass(frozen=True, slots=True)
class NewBlock:
    """A block as its author writes it; ``key`` is unique in the course and stays the same in later versions.

    ``with_previous`` puts it on the same page (step) as the block before. ``alternatives`` maps a `Need` to the key of
    another block of the section that serves a learner who lacks it.
    """

    key: str
    type: str
    content: Mapping[str, Any]
    title: str = ""
    outcomes: tuple[UUID, ...] = ()
    est_minutes: int = 1
    with_previous: bool = False
    alternatives: Mapping[str, str] = field(default_factory=dict)
    meta: BlockMeta = field(default_factory=BlockMeta)


@dataclass(frozen=True, slots=True)
class NewSection:
    """A section as its author writes it; all terms of ``gate`` must hold before it opens."""

    key: str
    title: str
    blocks: tuple[NewBlock, ...] = ()
    summary: str = ""
    gate: tuple[GateTerm, ...] = ()


@dataclass(frozen=True, slots=True)
class NewCourse:
    """What a course is, before it has content."""

    org_id: UUID
    title: str
    subject: str
    summary: str = ""
    grade: int | None = None
    language: str = "ru"
    mode: EnrolmentMode = EnrolmentMode.ASSIGNED
    seats: int | None = None


@dataclass(frozen=True, slots=True)
class MediaReceipt:
    """A stored media file of a course; blocks name it by ``id`` (as text) in their content."""

    id: UUID
    name: str
    media_type: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class StuckLearner:
    """A learner who could not get past a block, and the sections that would stay closed."""

    audience: Audience
    section: str
    block: str
    closed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BlockRemark:
    """What would shut somebody out: the block, the field of its author form, and the code of the words."""

    block_id: UUID
    section: str
    title: str
    type: str
    field: str
    code: str


@dataclass(frozen=True, slots=True)
class PublishReceipt:
    """A version that was just published and will never change."""

    course_id: UUID
    version_id: UUID
    number: int
    content_hash: str
    published_at: datetime
    moved_learners: int = 0


@dataclass(frozen=True, slots=True)
class EnrolmentReceipt:
    """An enrolment after the use case that made or changed it."""

    id: UUID
    person_id: UUID
    course_id: UUID
    state: EnrolmentState
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class StepReceipt:
    """What came of completing or answering a block: facts so far and whether the course is now completed."""

    block_id: UUID
    is_completed: bool
    score: Decimal | None
    done: int
    total: int
    opened_sections: tuple[str, ...] = ()
    course_completed: bool = False
    next_block_url: str | None = None


@dataclass(frozen=True, slots=True)
class LearningOp:
    """One thing that a learner did on a device: its id is the device's, ``seq`` its order there.

    ``fields`` and ``try_no`` are those of an answer's form; ``done_at`` is the device's clock.
    """

    op_id: UUID
    kind: LearningOpKind
    block_id: UUID
    seq: int = 0
    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    try_no: int = 1
    done_at: datetime | None = None

    @property
    def payload(self) -> dict[str, Any]:
        """Return what the operation says, as it is kept: the same id must say the same again."""
        if self.kind is LearningOpKind.DONE:
            return {}
        return {"fields": {name: list(values) for name, values in self.fields.items()}, "try_no": self.try_no}


@dataclass(frozen=True, slots=True)
class OpReceipt:
    """What came of one operation; ``refused`` is the code of the reason why it changed nothing."""

    op_id: UUID
    at: datetime
    is_completed: bool = False
    score: Decimal | None = None
    refused: str = ""


@dataclass(frozen=True, slots=True)
class SyncReceipt:
    """What came of a delivery: a receipt for each operation; ``conflicts`` came with an id that says something else."""

    receipts: tuple[OpReceipt, ...]
    conflicts: tuple[UUID, ...]
    next_block_url: str | None = None
    course_completed: bool = False


@dataclass(frozen=True, slots=True)
class ProgressView:
    """How far a person is: completed steps out of all, where to go on, and the completion fact once there is one."""

    done: int
    total: int
    next_block_url: str | None
    is_completed: bool
    completed_at: datetime | None = None
    completion_id: UUID | None = None
    next_title: str = ""
    next_section: str = ""
    minutes_left: int = 0


@dataclass(frozen=True, slots=True)
class ImportRow:
    """What became of one item of a file: its name, kind and place there, and why it was changed or refused."""

    ref: str
    kind: str
    place: str
    status: ImportStatus
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageReceipt:
    """A message that was just written."""

    id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class PlayReport:
    """What a package in a sealed frame says of one of its parts (from 1); ``state`` is what it wants back next time."""

    status: PlayStatus
    score: Decimal | None = None
    state: Any = None
    part: int = 1


class UploadState(StrEnum):
    """How far a file is that comes in parts."""

    RECEIVING = "receiving"
    CHECKING = "checking"  # all of it is there; a worker puts it together and looks at it
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class UploadReceipt:
    """Where an upload stands: what comes next, and the media file that it became or why it was refused."""

    id: UUID
    state: UploadState
    offset: int
    size_bytes: int
    part_bytes: int
    media_id: UUID | None = None
    name: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PlayReceipt:
    """What is kept of a package after a report: practice, which completes nothing."""

    block_id: UUID
    status: PlayStatus
    score: Decimal | None


@dataclass(frozen=True, slots=True)
class PostReceipt:
    """A contribution to a discussion, after the use case that wrote or judged it."""

    id: UUID
    state: PostState


@dataclass(frozen=True, slots=True)
class QuestionReceipt:
    """A question about a step, after the use case that asked or answered it."""

    id: UUID
    is_answered: bool


@dataclass(frozen=True, slots=True)
class WorkReceipt:
    """Work that was handed in, after the use case that sent or judged it."""

    id: UUID
    number: int
    state: WorkState
    step_completed: bool = False
    course_completed: bool = False


@dataclass(frozen=True, slots=True)
class CourseCard:
    """How a course is shown in lists; ``version_id`` is the published version (None while there is none).

    ``parts`` are the titles of its sections, ``needs`` what its blocks ask of a learner (`Need`).
    """

    id: UUID
    org_id: UUID
    title: str
    subject: str
    grade: int | None
    summary: str
    language: str
    mode: EnrolmentMode
    version_id: UUID | None
    sections: int = 0
    est_minutes: int = 0
    outcomes: tuple[UUID, ...] = ()
    seats: int | None = None
    parts: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    is_public: bool = False
    is_archived: bool = False

    @property
    def url(self) -> str:
        """Return the path of the course's page."""
        return f"/courses/{self.id}"


@dataclass(frozen=True, slots=True)
class CourseOfPerson:
    """A course in which somebody is enrolled."""

    card: CourseCard
    enrolment_id: UUID
    state: EnrolmentState
    progress: ProgressView
