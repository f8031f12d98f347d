"""Declare what a kind of course content (a block plug-in, group ``lms.course_blocks``) must offer.

A block is pure: data in, data out. It sees neither request nor session and stores nothing. The host owns order, access,
dates, points and storage; a block checks its content, renders itself and, if it asks questions, marks what was answered.
A published version never changes, so content must be self-contained: a quiz carries its questions, not their ids.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable
from uuid import UUID

from lms.core.registry import Group, Registries
from lms.courses.types import Need

__all__ = [
    "CONTRACT_VERSION",
    "COURSE_BLOCKS",
    "SAMPLE_PREFIX",
    "SAMPLE_SEED",
    "AuthorField",
    "BlockAccess",
    "BlockContext",
    "BlockOutcome",
    "BlockSample",
    "CompletionRule",
    "ContentProblem",
    "CourseBlock",
    "DiscussedBlock",
    "ExaminedBlock",
    "FieldKind",
    "Launch",
    "LaunchedBlock",
    "Meeting",
    "MeetingBlock",
    "PastAnswer",
    "PlayedBlock",
    "Player",
    "PlayerKind",
    "Rendered",
    "ReviewedBlock",
    "TimedBlock",
]

#: Version of this contract; a block says in ``contract`` which one it was written for.
CONTRACT_VERSION = 1

#: With these the contract suite sends the answers of samples.
SAMPLE_PREFIX = "sample"
SAMPLE_SEED = 7


class CompletionRule(StrEnum):
    """When a block counts as completed."""

    VIEWED = "viewed"  # going on to the next step is enough
    EXPLICIT = "explicit"  # the learner says so with a button of its own
    SCORE = "score"  # an answer whose score reaches `pass_score`
    RESULT = "result"  # an upper floor reports a result that counts (`ExaminedBlock`)
    ACCEPTED = (
        "accepted"  # a teacher accepts what the learner handed in; the host collects it and shows the way
    )


class FieldKind(StrEnum):
    """How an author fills a field in."""

    LINE = "line"  # one line of text
    TEXT = "text"  # several lines
    ADDRESS = "address"  # an address on the web
    NUMBER = "number"
    TICK = "tick"  # "yes" or nothing
    CHOICE = "choice"  # one of `AuthorField.options`
    MOMENT = "moment"  # a day and a time of the school's own clock, as a browser sends it: 2027-01-20T14:30
    FILE = "file"  # an upload; the host keeps it and the value is the media id


@dataclass(frozen=True, slots=True)
class AuthorField:
    """One field of a block's author form. Its value is always text; ``accept`` as in HTML, for files.

    Under ``<name>.type`` the host adds the media type of the file that stands in a FILE field. A CHOICE with a ``source``
    has its options from `lms.courses.ports.AuthorChoices` of that name: what this author may take, at this moment.
    """

    name: str
    label: str
    kind: FieldKind = FieldKind.LINE
    hint: str = ""
    is_optional: bool = False
    rows: int = 5
    accept: str = ""
    options: tuple[tuple[str, str], ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class ContentProblem:
    """What is wrong with a block's content: where (dotted path), and in the author's words."""

    path: str
    message: str


@dataclass(frozen=True, slots=True)
class PastAnswer:
    """The learner's last answer to this block as the host kept it: what was sent, the score and the details."""

    payload: Mapping[str, Sequence[str]]
    score: Decimal | None
    details: Mapping[str, Any]
    try_no: int


@dataclass(frozen=True, slots=True)
class BlockContext:
    """What the host tells a block when it renders or marks.

    ``seed`` is the same for one learner, block and try, so variants and shuffles repeat. ``media_url`` turns a media id
    of the content into an address. ``registries`` reaches other plug-ins (question types, say). ``prefix`` makes ids
    unique on the page. ``is_readonly``: a teacher looks at it, or the enrolment is paused. ``last`` is the learner's
    last answer (with the seed of that try), or None before the first one and when the learner begins again. ``draft``
    and ``errors`` are what was just sent and refused. ``before`` is the last answer always, also when the learner begins
    again and while marking; ``now`` is the present moment; ``level`` is that of the first heading inside the block.
    """

    block_id: UUID
    title: str
    language: str
    prefix: str
    seed: int
    media_url: Callable[[str], str]
    registries: Registries
    is_completed: bool = False
    is_readonly: bool = False
    last: PastAnswer | None = None
    draft: Mapping[str, Sequence[str]] | None = None
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)
    before: PastAnswer | None = None
    level: int = 2
    now: datetime = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A Jinja template of the plug-in's own package and its values.

    The template gets the values as ``block`` and is included inside the host's ``<form>`` (for SCORE blocks) or
    ``<section>``; it draws neither form tag, CSRF field nor submit button.
    """

    template: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BlockOutcome:
    """The result of marking one answer: ``score`` 0..1, or None when the answer could not be marked.

    ``errors`` (field → messages) means that the answer is not usable: nothing is stored, the page is shown again (422).
    ``details`` is JSON that `CourseBlock.render` gets back as ``context.last.details``.
    """

    score: Decimal | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BlockSample:
    """Content that the contract suite runs a block with.

    ``is_valid`` False: `validate` must find something. ``answers`` are pairs (payload, expected score) for SCORE blocks,
    written for a context with the prefix `SAMPLE_PREFIX` and the seed `SAMPLE_SEED`.
    """

    content: Mapping[str, Any]
    is_valid: bool = True
    answers: tuple[tuple[Mapping[str, Sequence[str]], Decimal | None], ...] = ()


@dataclass(frozen=True, slots=True)
class BlockAccess:
    """Through which senses a block can be taken, and what it does for those who lack one, in words of schema.org.

    ``modes`` are values of accessMode (an equal text counts as textual), ``features`` of accessibilityFeature.
    """

    modes: frozenset[str] = frozenset({"textual"})
    features: frozenset[str] = frozenset()


class PlayerKind(StrEnum):
    """What is run in a sealed frame."""

    SCORM = "scorm"
    H5P = "h5p"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Player:
    """What a block opens in a sealed frame, on a page of its own: its kind, the media file, and what it shows in words."""

    kind: PlayerKind
    media: str
    alt: str = ""


@runtime_checkable
class PlayedBlock(Protocol):
    """A `CourseBlock` that offers something to run, on the learner's click, beside an equal text.

    The host loads the file on no other page, takes it along to no place without a network, and keeps what it says of its
    learner as practice: no code of a package decides what counts.
    """

    def player(self, content: Mapping[str, Any]) -> Player:
        """Return what is opened; must accept any content that `validate` passes."""
        ...


@dataclass(frozen=True, slots=True)
class Launch:
    """What a block opens at a tool that the school has registered (LTI 1.3): an address there, and what the tool is told.

    ``enough`` is the score (0..1) from which a result of the tool completes the block (rule RESULT), or None for practice.
    With ``is_required`` the block is nothing without such a tool; else its address is an ordinary link where there is none.
    """

    address: str
    custom: Mapping[str, str] = field(default_factory=dict)
    enough: Decimal | None = None
    is_required: bool = True


@runtime_checkable
class LaunchedBlock(Protocol):
    """A `CourseBlock` that opens something at a registered tool; the host signs who comes and takes results in."""

    def launch(self, content: Mapping[str, Any]) -> Launch | None:
        """Return what is opened, None for nothing; must accept any content that `validate` passes."""
        ...


@runtime_checkable
class TimedBlock(Protocol):
    """A `CourseBlock` that plays something in the browser's own player; the host keeps where the learner stopped."""

    def is_timed(self, content: Mapping[str, Any]) -> bool:
        """Tell whether this content has a beginning and an end."""
        ...


@dataclass(frozen=True, slots=True)
class Meeting:
    """When people meet (``at`` by the school's own clock, without a zone), for how long, and under which address."""

    at: datetime
    minutes: int
    address: str


@runtime_checkable
class MeetingBlock(Protocol):
    """A `CourseBlock` that announces a meeting; the host offers it to the learner's calendar."""

    def meeting(self, content: Mapping[str, Any]) -> Meeting:
        """Return the meeting; must accept any content that `validate` passes."""
        ...


@runtime_checkable
class ReviewedBlock(Protocol):
    """A `CourseBlock` whose works fellow learners may read by its criteria; the host draws them and decides nothing by it."""

    def criteria(self, content: Mapping[str, Any]) -> list[str]:
        """Return what a work is looked at for, one line each."""
        ...

    def peers(self, content: Mapping[str, Any]) -> int:
        """Return how many fellow learners read a work; 0 = a teacher only."""
        ...

    def review_days(self, content: Mapping[str, Any]) -> int:
        """Return how many days they have for it."""
        ...


@runtime_checkable
class DiscussedBlock(Protocol):
    """A `CourseBlock` under which those who take the course write to each other; the host keeps and shows what they write."""

    def is_checked_first(self, content: Mapping[str, Any]) -> bool:
        """Tell whether a teacher reads a contribution before the others do."""
        ...


@runtime_checkable
class ExaminedBlock(Protocol):
    """A `CourseBlock` that an examination of the school completes (rule RESULT)."""

    def exam(self, content: Mapping[str, Any]) -> UUID:
        """Return the examination; must accept any content that `validate` passes."""
        ...


class CourseBlock(Protocol):
    """One kind of content. See docs/plugins.md and the built-ins in `lms.courses.blocks`."""

    name: str
    contract: int
    version: str

    def label(self) -> str:
        """Return what this kind is called, in the reader's language (called inside a request)."""
        ...

    def icon(self) -> str:
        """Return the name of an icon of the design system."""
        ...

    def validate(self, content: Mapping[str, Any]) -> list[ContentProblem]:
        """Return everything that is wrong with ``content``; an empty list means that it can be published."""
        ...

    def author_form(self) -> tuple[AuthorField, ...]:
        """Return the fields that an author fills in, worded for the reader (called inside a request)."""
        ...

    def form_from(self, content: Mapping[str, Any]) -> dict[str, str]:
        """Return the author form filled in with ``content``."""
        ...

    def content_from(self, form: Mapping[str, str], before: Mapping[str, Any]) -> dict[str, Any]:
        """Return the content that a filled-in form means; whether it may be published is for `validate` to say.

        ``before`` is the content that the form was filled with ({} for a new block): what the form cannot say is kept.
        Must stand any text in any field.
        """
        ...

    def media(self, content: Mapping[str, Any]) -> list[str]:
        """Return the ids of all media files that ``content`` names."""
        ...

    def links(self, content: Mapping[str, Any]) -> list[str]:
        """Return the addresses outside of the product that ``content`` leads to; the host lets only known hosts pass."""
        ...

    def remarks(self, content: Mapping[str, Any]) -> list[ContentProblem]:
        """Return what would shut somebody out though it can be shown (headings, link texts, tables …).

        A draft may have it; a course is not published with it.
        """
        ...

    def needs(self, content: Mapping[str, Any]) -> frozenset[Need]:
        """Return what a learner must have to get past this block; things with an equal way inside do not count."""
        ...

    def access(self, content: Mapping[str, Any]) -> BlockAccess:
        """Return through which senses the block can be taken, for the statement on the course page."""
        ...

    def completion(self, content: Mapping[str, Any]) -> CompletionRule:
        """Return when the block counts as completed."""
        ...

    def pass_score(self, content: Mapping[str, Any]) -> Decimal:
        """Return the score (0..1) at which a SCORE block is completed; others return 0."""
        ...

    def render(self, content: Mapping[str, Any], context: BlockContext) -> Rendered:
        """Return template and values; must accept any content that `validate` passes."""
        ...

    def respond(
        self, content: Mapping[str, Any], payload: Mapping[str, Sequence[str]], context: BlockContext
    ) -> BlockOutcome:
        """Mark an answer (SCORE blocks only): a pure function of content, payload and context."""
        ...

    def samples(self) -> list[BlockSample]:
        """Return contents, good and bad, with answers: the contract suite runs over them."""
        ...


#: Kinds of course content; built-ins come through the same entry points as everybody's.
COURSE_BLOCKS: Group[CourseBlock] = Group(
    "lms.course_blocks",
    (
        "name",
        "contract",
        "version",
        "label",
        "icon",
        "validate",
        "author_form",
        "form_from",
        "content_from",
        "media",
        "links",
        "remarks",
        "needs",
        "access",
        "completion",
        "pass_score",
        "render",
        "respond",
        "samples",
    ),
)
