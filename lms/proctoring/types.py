"""Words and values of identity, monitoring and review that other features use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

__all__ = [
    "ChallengeKind",
    "ChallengeOutcome",
    "CheckState",
    "DeclaredKind",
    "EnrolmentState",
    "FindingKind",
    "FrameState",
    "IdentityMethod",
    "IdentityView",
    "MessageKind",
    "Monitoring",
    "Need",
    "Outcome",
    "ReviewRow",
    "ReviewStep",
    "SessionOutcome",
    "SessionState",
    "SessionView",
    "SupervisionPolicy",
    "TemplateState",
    "Verdict",
]


class IdentityMethod(StrEnum):
    """A way to show that it is you; all are equal in rights."""

    KNOWN_TEACHER = "known_teacher"
    FACE = "face"
    CODE_AND_ADULT = "code_and_adult"
    DOCUMENT_VIDEO = "document_video"
    IN_PERSON = "in_person"
    PASSKEY = "passkey"
    PASSKEY_AND_TALK = "passkey_and_talk"


class DeclaredKind(StrEnum):
    """What a person may say of themselves so that the machine's errors are counted for people like them."""

    GLASSES = "glasses"
    HEAD_COVER = "head_cover"
    DARK_SKIN = "dark_skin"
    FEMALE = "female"
    MALE = "male"


class CheckState(StrEnum):
    """Where an identity check stands; pending is never verified."""

    REQUIRED = "required"
    PENDING = "pending"
    VERIFIED = "verified"
    UNCERTAIN = "uncertain"
    HUMAN_CHECK = "human_check"
    REFUSED = "refused"
    WAIVED = "waived"


class ChallengeKind(StrEnum):
    """Something a student is asked to do before the camera; each can be exchanged, without a reason."""

    TURN_LEFT = "turn_left"
    TURN_RIGHT = "turn_right"
    BLINK = "blink"
    APPROACH = "approach"
    DIGITS = "digits"


class ChallengeOutcome(StrEnum):
    """What a machine saw of a challenge; never a verdict, a person decides."""

    WAITING = "waiting"
    SEEN = "seen"
    FLAT = "flat"
    NOT_SEEN = "not_seen"
    OTHER_WAY = "other_way"
    OTHER_FACE = "other_face"
    NO_FACE = "no_face"
    FOR_A_PERSON = "for_a_person"
    NOT_SENT = "not_sent"
    EXCHANGED = "exchanged"


class Outcome(StrEnum):
    """What a comparison says; "could not tell" is the camera's failure, never the person's."""

    MATCH = "match"
    NO_MATCH = "no_match"
    COULD_NOT_TELL = "could_not_tell"


class Monitoring(StrEnum):
    """How a sitting is watched."""

    NONE = "none"
    CAMERA = "camera"


class MessageKind(StrEnum):
    """What a line beside a running sitting is: words of either side, or what staff did to the clock."""

    STUDENT = "student"
    STAFF = "staff"
    STOPPED = "stopped"
    CONTINUED = "continued"
    EXTENDED = "extended"


class Need(StrEnum):
    """Why a running sitting wants somebody now, the most urgent first."""

    WRITES = "writes"
    LOOK = "look"
    CAMERA_GONE = "camera_gone"
    STOPPED = "stopped"
    CALM = "calm"


class SessionState(StrEnum):
    """Where a proctoring session stands."""

    SETUP = "setup"
    READY = "ready"
    MONITORING = "monitoring"
    ENDED = "ended"
    QUEUED = "queued"
    REVIEWED = "reviewed"
    CLOSED = "closed"


class SessionOutcome(StrEnum):
    """What people decided about a sitting."""

    NONE = "none"
    NO_QUESTIONS = "no_questions"
    ANNULLED = "annulled"


class FrameState(StrEnum):
    """Where one picture stands: stored, being looked at, done, dropped because a newer one came, or unreadable."""

    STORED = "stored"
    PROCESSING = "processing"
    DONE = "done"
    STALE = "stale"
    UNREADABLE = "unreadable"


class FindingKind(StrEnum):
    """What the built-in checks can find; it is a reason to look, never a verdict."""

    NO_FACE = "no_face"
    SEVERAL_FACES = "several_faces"
    OTHER_PERSON = "other_person"
    CAMERA_LOST = "camera_lost"
    CAMERA_DARK = "camera_dark"
    TAB_LEFT = "tab_left"
    SECOND_TAB = "second_tab"
    SECOND_SCREEN = "second_screen"
    PASTE_BURST = "paste_burst"
    NETWORK_GAP = "network_gap"
    DEVICE_CHANGE = "device_change"
    SEB_MISMATCH = "seb_mismatch"
    VIRTUAL_CAMERA = "virtual_camera"
    EVEN_FRAMES = "even_frames"
    STILL_PICTURE = "still_picture"
    REPEATED_PICTURE = "repeated_picture"
    OUT_OF_TURN = "out_of_turn"


class EnrolmentState(StrEnum):
    """Where the registration of a sample stands."""

    QUEUED = "queued"
    FAULTY = "faulty"
    TO_APPROVE = "to_approve"
    APPROVED = "approved"
    REJECTED = "rejected"
    DESTROYED = "destroyed"


class TemplateState(StrEnum):
    """Where a face template stands."""

    DRAFT = "draft"
    ACTIVE = "active"
    DESTROYED = "destroyed"


class Verdict(StrEnum):
    """A reviewer's opinion about one sitting."""

    NO_QUESTIONS = "no_questions"
    ASK_STUDENT = "ask_student"
    SECOND_REVIEWER = "second_reviewer"
    VIOLATION = "violation"


class ReviewStep(StrEnum):
    """What the review of a sitting waits for; each step of people has a time limit."""

    FIRST = "first"
    STUDENT = "student"
    SECOND = "second"
    DECISION = "decision"


@dataclass(frozen=True, slots=True)
class SupervisionPolicy:
    """What a sitting asks for: least assurance level 0..3, watching, seconds between pictures, ways, browser.

    A policy that nobody set asks for nothing: an account is enough. One that names no way offers all of them.
    """

    level: int = 0
    monitoring: Monitoring = Monitoring.NONE
    cadence_s: int = 5
    methods: tuple[IdentityMethod, ...] = ()
    needs_seb: bool = False


@dataclass(frozen=True, slots=True)
class IdentityView:
    """One identity check as other features see it."""

    id: UUID
    entry_id: UUID
    person_id: UUID
    org_id: UUID
    method: IdentityMethod
    state: CheckState
    level: int
    decided_at: datetime | None
    decided_by: UUID | None
    score: float | None
    threshold: float | None
    model: str
    liveness: str


@dataclass(frozen=True, slots=True)
class SessionView:
    """One proctoring session as other features see it."""

    id: UUID
    attempt_id: UUID
    entry_id: UUID
    person_id: UUID
    org_id: UUID
    state: SessionState
    outcome: SessionOutcome
    monitoring: Monitoring
    started_at: datetime
    ended_at: datetime | None
    review_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One sitting that waits for a person, as its reader may know it.

    Who gave no opinion in the present round of its review learns nothing of others' (``knows`` is false): not whether there are any,
    nor that the student was asked, nor which step waits; ``due_on`` is then the day by which everybody is asked for one, the
    same for every sitting that ended on one day. Index, reasons and the number of pictures, which follows from what a machine
    found, are absent until an opinion in any round. ``has_news``: the student has answered, and one's own opinion is older than
    one's knowing it.
    """

    session_id: UUID
    person_code: str
    title: str
    ended_at: datetime | None
    minutes: int
    evidence_count: int | None
    knows: bool
    opinions: int
    is_asked: bool
    outcome: SessionOutcome
    index: int | None
    reasons: tuple[str, ...]
    has_news: bool
    step: ReviewStep | None
    due_on: date | None
    is_late: bool
