"""Words and values of people that other features use."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, NewType
from uuid import UUID

__all__ = [
    "AdmissionGround",
    "AssignmentKind",
    "ConsentMethod",
    "ConsentPurpose",
    "ConsentState",
    "EffectiveConditions",
    "GuardianRight",
    "MeasureCode",
    "MeasureValue",
    "NoticeState",
    "OrganisationId",
    "OrganisationKind",
    "PersonCard",
    "PersonId",
    "Relation",
    "RoleKind",
    "StatusKind",
]

OrganisationId = NewType("OrganisationId", UUID)
PersonId = NewType("PersonId", UUID)


class OrganisationKind(StrEnum):
    """What an organisation is."""

    SCHOOL = "school"
    FOUNDER = "founder"
    PARTNER = "partner"
    PLATFORM = "platform"


class RoleKind(StrEnum):
    """What a person does in an organisation."""

    STUDENT = "student"
    GUARDIAN = "guardian"
    TEACHER = "teacher"
    CLASS_TEACHER = "class_teacher"
    TUTOR = "tutor"
    SPECIALIST = "specialist"
    HOME_TEACHER = "home_teacher"
    COMMISSION_MEMBER = "commission_member"
    COMMISSION_CHAIR = "commission_chair"
    PROCTOR = "proctor"
    REVIEWER = "reviewer"
    REGISTRAR = "registrar"
    DEPUTY_HEAD = "deputy_head"
    DIRECTOR = "director"
    CONTENT_AUTHOR = "content_author"
    TECHNICAL_ADMIN = "technical_admin"
    PARTNER = "partner"
    AUTHORITY = "authority"


class AssignmentKind(StrEnum):
    """How a member of staff is responsible for one student."""

    TEACHES = "teaches"
    CLASS_TEACHER = "class_teacher"
    TUTOR = "tutor"
    SPECIALIST = "specialist"
    HOME_TEACHER = "home_teacher"


class Relation(StrEnum):
    """How an actor stands to a student right now; reach is by these, never by role alone."""

    SELF = "self"
    GUARDIAN_VIEW = "guardian_view"
    GUARDIAN_SIGN = "guardian_sign"
    GUARDIAN_CONSENT = "guardian_consent"
    GUARDIAN_RECEIVE = "guardian_receive"
    TEACHES = "teaches"
    CLASS_TEACHER = "class_teacher"
    TUTOR = "tutor"
    SPECIALIST = "specialist"
    HOME_TEACHER = "home_teacher"
    REGISTRAR = "registrar"
    DEPUTY_HEAD = "deputy_head"
    DIRECTOR = "director"
    COMMISSION = "commission"
    PROCTOR = "proctor"
    REVIEWER = "reviewer"


class GuardianRight(StrEnum):
    """What a guardian may do for a child."""

    VIEW = "view"
    SIGN = "sign"
    CONSENT = "consent"
    RECEIVE = "receive"


class AdmissionGround(StrEnum):
    """On what ground a student belongs to an organisation."""

    CLASS = "class"
    HOME = "home"
    REMOTE = "remote"
    EXTERN = "extern"
    PARTNER = "partner"


class StatusKind(StrEnum):
    """Dated statuses with a document; independent of each other, never a diagnosis."""

    OVZ = "ovz"
    DISABLED = "disabled"
    HOME_EDUCATION = "home_education"


class ConsentPurpose(StrEnum):
    """What a consent is for: one consent, one purpose."""

    BIOMETRICS = "biometrics"
    PERSONAL_DATA = "personal_data"
    RECORDING = "recording"


class ConsentMethod(StrEnum):
    """How a consent was given; a click alone is not written consent."""

    ELECTRONIC = "electronic"
    QUALIFIED = "qualified"
    PAPER_SCAN = "paper_scan"


class SignatureWorth(StrEnum):
    """What a file turns out to be that is said to be somebody's qualified signature under a text."""

    VALID = "valid"
    OF_ANOTHER = "of_another"
    FORGED = "forged"
    OTHER_CONTENT = "other_content"
    UNTRUSTED = "untrusted"
    REVOKED = "revoked"
    UNCHECKED = "unchecked"
    UNREADABLE = "unreadable"


class NoticeState(StrEnum):
    """What came of a letter: it waits, was sent, was given up, or was not wanted any more."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"


class ConsentState(StrEnum):
    """Where a consent stands."""

    DRAFT = "draft"
    ACTIVE = "active"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class MeasureCode(StrEnum):
    """Support measures; parameters in brackets."""

    EXTRA_TIME = "extra_time"  # minutes: int
    TIME_FACTOR = "time_factor"  # factor: decimal
    REST_BREAKS = "rest_breaks"  # minutes_each: int, count: int
    LARGE_TYPE = "large_type"  # size: 125|150|200
    SIMPLIFIED_LAYOUT = "simplified_layout"
    READ_ALOUD = "read_aloud"
    READER = "reader"  # reads tasks and texts aloud, in person
    ASSISTANT = "assistant"  # helps with the technical side: to write down, to turn pages, to move
    NO_CAMERA = "no_camera"
    IDENTITY_METHODS = "identity_methods"  # methods: list[str]
    DETECTOR_MASK = "detector_mask"  # findings: list[str]
    EXTENDED_WINDOW = "extended_window"  # hours: int
    ALTERNATIVE_FORMAT = "alternative_format"  # format: str
    NO_RANKING = "no_ranking"
    SCREEN_TIME = "screen_time"  # minutes: int, a day
    NO_PEER_REVIEW = "no_peer_review"


@dataclass(frozen=True, slots=True)
class MeasureValue:
    """One approved measure with its parameters and scope (``all`` or activity kinds such as ``exam``)."""

    code: MeasureCode
    params: dict[str, Any] = field(default_factory=dict)
    scope: tuple[str, ...] = ("all",)


@dataclass(frozen=True, slots=True)
class EffectiveConditions:
    """What holds for one person in one activity after the support plan is compiled in (domain S1)."""

    base_minutes: int | None
    minutes: int | None
    extra_minutes: int = 0
    time_factor: Decimal = Decimal(1)
    rest_breaks: tuple[int, int] | None = None
    text_size: str = ""
    simplified_layout: bool = False
    read_aloud: bool = False
    reader: bool = False
    assistant: bool = False
    camera_allowed: bool = True
    identity_methods: tuple[str, ...] | None = None
    masked_findings: frozenset[str] = frozenset()
    window_extra_hours: int = 0
    formats: tuple[str, ...] = ()
    ranking_allowed: bool = True
    screen_minutes: int | None = None
    peer_review_allowed: bool = True
    support_plan_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class PersonCard:
    """How a person is shown: code always, name only where the identity store is present."""

    id: UUID
    code: str
    name: str
    short_name: str
    first_name: str
    birth_date: date | None = None
