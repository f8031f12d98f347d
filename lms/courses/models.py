"""Tables of courses.

Published versions never change; completions and answers are facts and only ever added. Progress is a projection
of them (`lms.courses.queries`).
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.core.db import Base, JsonText, Ratio, choice_column
from lms.core.ids import new_id
from lms.core.uploads import PLAYED
from lms.courses.types import (
    CohortEnd,
    CompletionSource,
    EnrolmentGround,
    EnrolmentMode,
    EnrolmentState,
    ImportState,
    LearningOpKind,
    MessageKind,
    PlayStatus,
    PostState,
    RequestState,
    ReviewState,
    UploadState,
    VersionState,
    WorkState,
)

__all__ = [
    "Block",
    "BlockAnswer",
    "BlockCompletion",
    "Cohort",
    "CompletionFact",
    "Course",
    "CourseImport",
    "CourseMedia",
    "CourseMessage",
    "CourseOperation",
    "CourseVersion",
    "Encouragement",
    "Enrolment",
    "Note",
    "PeerReview",
    "PlaceRequest",
    "Play",
    "Playback",
    "Post",
    "PostReport",
    "Question",
    "Section",
    "StudyBudget",
    "StudyDay",
    "Tool",
    "ToolVisit",
    "Upload",
    "Work",
    "WorkFile",
    "WorkMark",
]


class Course(Base):
    """A course of one organisation; its content is in versions. ``seats`` is how many may take it at once (None: any number).

    In the archive (``archived_at``) it stands in no list and takes nobody in; who is in it goes on. ``is_public``: guests may read
    what it is about.
    """

    __tablename__ = "course"
    __table_args__ = (sa.Index("ix_course_org", "org_id"), sa.CheckConstraint("seats > 0", "seats"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    title: Mapped[str] = mapped_column(sa.String(200))
    subject: Mapped[str] = mapped_column(sa.String(40))
    grade: Mapped[int | None]
    summary: Mapped[str] = mapped_column(sa.Text, default="")
    language: Mapped[str] = mapped_column(sa.String(8), default="ru")
    mode: Mapped[EnrolmentMode] = mapped_column(choice_column(EnrolmentMode, "mode"))
    seats: Mapped[int | None]
    is_public: Mapped[bool] = mapped_column(default=False)
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]
    archived_by: Mapped[UUID | None]


class CourseVersion(Base):
    """One version of a course's content; immutable once published (``content_hash`` proves it)."""

    __tablename__ = "course_version"
    __table_args__ = (sa.UniqueConstraint("course_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    course_id: Mapped[UUID] = mapped_column(sa.ForeignKey("course.id"))
    number: Mapped[int]
    state: Mapped[VersionState] = mapped_column(choice_column(VersionState, "state"))
    content_hash: Mapped[str] = mapped_column(sa.String(64), default="")
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    published_by: Mapped[UUID | None]
    sections: Mapped[list[Section]] = relationship(order_by="Section.position")


class Section(Base):
    """A part of a version; it opens when every condition of its gate holds."""

    __tablename__ = "course_section"
    __table_args__ = (
        sa.UniqueConstraint("version_id", "key"),
        sa.UniqueConstraint("version_id", "position", name="uq_course_section_position"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("course_version.id"))
    position: Mapped[int]
    key: Mapped[str] = mapped_column(sa.String(60))
    title: Mapped[str] = mapped_column(sa.String(200))
    summary: Mapped[str] = mapped_column(sa.Text, default="")
    gate: Mapped[list[dict[str, Any]]] = mapped_column(JsonText)
    blocks: Mapped[list[Block]] = relationship(order_by="Block.position", lazy="selectin")


class Block(Base):
    """One piece of content, rendered by the plug-in ``type``; ``with_previous`` shares the page of the block before."""

    __tablename__ = "course_block"
    __table_args__ = (
        sa.UniqueConstraint("section_id", "position"),
        sa.UniqueConstraint("section_id", "key", name="uq_course_block_key"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    section_id: Mapped[UUID] = mapped_column(sa.ForeignKey("course_section.id"))
    position: Mapped[int]
    key: Mapped[str] = mapped_column(sa.String(60))
    type: Mapped[str] = mapped_column(sa.String(60))
    type_version: Mapped[str] = mapped_column(sa.String(20))
    title: Mapped[str] = mapped_column(sa.String(200), default="")
    content: Mapped[dict[str, Any]] = mapped_column(JsonText)
    outcomes: Mapped[list[str]] = mapped_column(JsonText)
    est_minutes: Mapped[int] = mapped_column(default=1)
    size_bytes: Mapped[int] = mapped_column(default=0)
    offline_capable: Mapped[bool] = mapped_column(default=True)
    a11y: Mapped[dict[str, Any]] = mapped_column(JsonText)
    meta: Mapped[dict[str, Any]] = mapped_column(JsonText, default=dict)
    alternatives: Mapped[dict[str, str]] = mapped_column(JsonText)
    with_previous: Mapped[bool] = mapped_column(default=False)


class CourseMedia(Base):
    """A media file of a course: content of a known hash that blocks name by id."""

    __tablename__ = "course_media"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    course_id: Mapped[UUID] = mapped_column(sa.ForeignKey("course.id"), index=True)
    file_id: Mapped[UUID] = mapped_column(sa.ForeignKey("stored_file.id"))
    name: Mapped[str] = mapped_column(sa.String(200))
    media_type: Mapped[str] = mapped_column(sa.String(80))
    sha256: Mapped[str] = mapped_column(sa.String(64))
    size_bytes: Mapped[int]
    created_at: Mapped[datetime]


class Upload(Base):
    """A large file on its way into a course, in parts of ``part_bytes``: whoever breaks it off goes on from ``received_bytes``.

    ``mark`` is what the browser says of the file (when it was changed last): the same file is known again by it.
    """

    __tablename__ = "course_upload"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    course_id: Mapped[UUID] = mapped_column(sa.ForeignKey("course.id"), index=True)
    created_by: Mapped[UUID | None]
    name: Mapped[str] = mapped_column(sa.String(200))
    mark: Mapped[str] = mapped_column(sa.String(40))
    media_type: Mapped[str] = mapped_column(sa.String(80))
    size_bytes: Mapped[int]
    part_bytes: Mapped[int]
    received_bytes: Mapped[int] = mapped_column(default=0)
    state: Mapped[UploadState] = mapped_column(choice_column(UploadState, "state"))
    reason: Mapped[str] = mapped_column(sa.String(60), default="")
    media_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("course_media.id"))
    created_at: Mapped[datetime]
    touched_at: Mapped[datetime]


class CourseImport(Base):
    """A course file on its way into a draft, and what became of each of its items: [ref, kind, place, status, reasons] rows.

    ``total`` (items) is None until the file has been read; ``tries`` counts how often a worker began.
    """

    __tablename__ = "course_import"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    course_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("course.id"), unique=True)
    file_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("stored_file.id"))
    name: Mapped[str] = mapped_column(sa.String(200))
    subject: Mapped[str] = mapped_column(sa.String(40))
    is_trial: Mapped[bool] = mapped_column(default=False)
    state: Mapped[ImportState] = mapped_column(choice_column(ImportState, "state"))
    total: Mapped[int | None]
    done: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(sa.String(300), default="")
    place: Mapped[str] = mapped_column(sa.String(300), default="")
    rows: Mapped[list[list[Any]]] = mapped_column(JsonText)
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    touched_at: Mapped[datetime]


class Cohort(Base):
    """Those who take a course together from a day on (to a day, where there is one), and how many there may be."""

    __tablename__ = "course_cohort"
    __table_args__ = (
        sa.CheckConstraint("seats > 0", "seats"),
        sa.CheckConstraint("ends_on >= starts_on", "dates"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    course_id: Mapped[UUID] = mapped_column(sa.ForeignKey("course.id"), index=True)
    title: Mapped[str] = mapped_column(sa.String(120))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    seats: Mapped[int | None]
    afterwards: Mapped[CohortEnd] = mapped_column(
        choice_column(CohortEnd, "afterwards"), default=CohortEnd.GOES_ON
    )
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


_LIVING = sa.text("state != 'withdrawn'")
_WISHING = sa.text("state IN ('asked', 'waiting', 'offered')")


class Enrolment(Base):
    """A person in one version of a course; at most one that is not withdrawn per person and course.

    ``opens_on`` is the first day of the cohort: before it no section is open. ``more_until`` is a last day of one's own, later
    than the cohort's, with the reason; ``agreement_id`` names the agreement on record that the enrolment rests on. ``came_at`` is
    when somebody who had left came back.
    """

    __tablename__ = "enrolment"
    __table_args__ = (
        sa.Index(
            "uq_enrolment_living",
            "person_id",
            "course_id",
            unique=True,
            sqlite_where=_LIVING,
            postgresql_where=_LIVING,
        ),
        sa.Index("ix_enrolment_course", "course_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    course_id: Mapped[UUID] = mapped_column(sa.ForeignKey("course.id"))
    version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("course_version.id"))
    ground: Mapped[EnrolmentGround] = mapped_column(choice_column(EnrolmentGround, "ground"))
    reference: Mapped[str] = mapped_column(sa.String(200), default="")
    state: Mapped[EnrolmentState] = mapped_column(choice_column(EnrolmentState, "state"))
    cohort_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("course_cohort.id"), index=True)
    opens_on: Mapped[date | None]
    more_until: Mapped[date | None]
    more_why: Mapped[str] = mapped_column(sa.String(300), default="")
    agreement_id: Mapped[UUID | None]
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    came_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]
    last_block_id: Mapped[UUID | None]


class PlaceRequest(Base):
    """Somebody's wish for a place in a course, and what became of it; at most one per person and course is alive.

    ``asked_by`` is who asked in a child's name; ``queued_at`` orders the queue; a place that is offered is held until ``offered_until``.
    """

    __tablename__ = "course_request"
    __table_args__ = (
        sa.Index(
            "uq_course_request_living",
            "person_id",
            "course_id",
            unique=True,
            sqlite_where=_WISHING,
            postgresql_where=_WISHING,
        ),
        sa.Index("ix_course_request_course", "course_id", "state"),
        sa.CheckConstraint("state != 'offered' OR offered_until IS NOT NULL", "offered_until"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    course_id: Mapped[UUID] = mapped_column(sa.ForeignKey("course.id"))
    cohort_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("course_cohort.id"))
    state: Mapped[RequestState] = mapped_column(choice_column(RequestState, "state"))
    asked_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("person.id"))
    note: Mapped[str] = mapped_column(sa.String(600), default="")
    queued_at: Mapped[datetime]
    offered_until: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(sa.String(600), default="")
    decided_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("person.id"))
    changed_at: Mapped[datetime]


class BlockCompletion(Base):
    """The fact that somebody has completed a block. Append-only.

    ``same_as``: it was completed in another course, whose block is the same letter by letter.
    """

    __tablename__ = "block_completion"
    __table_args__ = (sa.UniqueConstraint("enrolment_id", "block_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    enrolment_id: Mapped[UUID] = mapped_column(sa.ForeignKey("enrolment.id"))
    block_id: Mapped[UUID] = mapped_column(sa.ForeignKey("course_block.id"))
    rule: Mapped[str] = mapped_column(
        sa.String(16),
        sa.CheckConstraint("rule IN ('viewed', 'explicit', 'score', 'accepted', 'result')", "rule"),
    )
    score: Mapped[Decimal | None] = mapped_column(Ratio)
    actor: Mapped[str] = mapped_column(sa.String(80))
    at: Mapped[datetime]
    same_as: Mapped[UUID | None]


class BlockAnswer(Base):
    """One answer to a block that asks something, with the score it got. Append-only."""

    __tablename__ = "block_answer"
    __table_args__ = (sa.UniqueConstraint("enrolment_id", "block_id", "try_no"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    enrolment_id: Mapped[UUID] = mapped_column(sa.ForeignKey("enrolment.id"))
    block_id: Mapped[UUID] = mapped_column(sa.ForeignKey("course_block.id"))
    try_no: Mapped[int]
    payload: Mapped[dict[str, list[str]]] = mapped_column(JsonText)
    details: Mapped[dict[str, Any]] = mapped_column(JsonText)
    score: Mapped[Decimal | None] = mapped_column(Ratio)
    type_version: Mapped[str] = mapped_column(sa.String(20))
    at: Mapped[datetime]


class CourseOperation(Base):
    """What a device without a network has kept and delivered: once per ``op_id``, with what came of it. Append-only.

    ``done_at`` is the device's clock: it says when the learner worked, and decides nothing.
    """

    __tablename__ = "course_operation"
    __table_args__ = (sa.UniqueConstraint("enrolment_id", "op_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    enrolment_id: Mapped[UUID] = mapped_column(sa.ForeignKey("enrolment.id"))
    op_id: Mapped[UUID]
    kind: Mapped[LearningOpKind] = mapped_column(choice_column(LearningOpKind, "kind"))
    block_id: Mapped[UUID]
    payload: Mapped[dict[str, Any]] = mapped_column(JsonText)
    done_at: Mapped[datetime | None]
    at: Mapped[datetime]
    is_completed: Mapped[bool] = mapped_column(default=False)
    score: Mapped[Decimal | None] = mapped_column(Ratio)
    refused: Mapped[str] = mapped_column(sa.String(60), default="")


class CourseMessage(Base):
    """What a teacher has written: to all who take a course, to those of a class, or a kind word to one of them.

    A kind word carries its ``reason`` and its ``day``: a learner gets one a day at most.
    """

    __tablename__ = "course_message"
    __table_args__ = (
        sa.UniqueConstraint("enrolment_id", "day"),
        sa.Index("ix_course_message_course", "course_id", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    course_id: Mapped[UUID] = mapped_column(sa.ForeignKey("course.id"))
    kind: Mapped[MessageKind] = mapped_column(choice_column(MessageKind, "kind"))
    enrolment_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("enrolment.id"))
    class_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("study_class.id"))
    reason: Mapped[str] = mapped_column(sa.String(32), default="")
    text: Mapped[str] = mapped_column(sa.Text, default="")
    author_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("person.id"))
    at: Mapped[datetime]
    day: Mapped[date | None]


class Work(Base):
    """Work that was handed in for an assignment: texts and files, and what a teacher said to it.

    ``opened_at`` is when somebody who may judge it first looked at it: until then its learner can take it back.
    """

    __tablename__ = "course_work"
    __table_args__ = (
        sa.UniqueConstraint("enrolment_id", "block_id", "number"),
        sa.Index("ix_course_work_state", "state", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    enrolment_id: Mapped[UUID] = mapped_column(sa.ForeignKey("enrolment.id"))
    block_id: Mapped[UUID] = mapped_column(sa.ForeignKey("course_block.id"))
    number: Mapped[int]
    text: Mapped[str] = mapped_column(sa.Text, default="")
    state: Mapped[WorkState] = mapped_column(choice_column(WorkState, "state"))
    at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    comment: Mapped[str] = mapped_column(sa.Text, default="")
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    files: Mapped[list[WorkFile]] = relationship(order_by="WorkFile.id", lazy="selectin")


class WorkFile(Base):
    """A photograph, a recording or a document that was handed in; its bytes are encrypted for the learner."""

    __tablename__ = "course_work_file"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    work_id: Mapped[UUID] = mapped_column(sa.ForeignKey("course_work.id"), index=True)
    file_id: Mapped[UUID] = mapped_column(sa.ForeignKey("stored_file.id"))
    name: Mapped[str] = mapped_column(sa.String(200))
    media_type: Mapped[str] = mapped_column(sa.String(80))

    @property
    def is_unplayed(self) -> bool:
        """Tell whether it is a recording of a kind that browsers do not play."""
        return self.media_type.startswith("audio/") and self.media_type not in PLAYED


class WorkMark(Base):
    """What a teacher drew and wrote on a photograph of a work.

    ``strokes`` are lists of points, ``comments`` are {x, y, text}; places are percent of the picture's width and height.
    """

    __tablename__ = "course_work_mark"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    work_file_id: Mapped[UUID] = mapped_column(sa.ForeignKey("course_work_file.id"), unique=True)
    strokes: Mapped[list[Any]] = mapped_column(JsonText)
    comments: Mapped[list[dict[str, Any]]] = mapped_column(JsonText)
    marked_by: Mapped[UUID | None]
    at: Mapped[datetime]


class PeerReview(Base):
    """The request that a fellow learner reads a work by its criteria: neither knows the other. It decides nothing.

    ``rubric`` has a word for each criterion, by its number.
    """

    __tablename__ = "course_peer_review"
    __table_args__ = (sa.UniqueConstraint("work_id", "enrolment_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    work_id: Mapped[UUID] = mapped_column(sa.ForeignKey("course_work.id"))
    enrolment_id: Mapped[UUID] = mapped_column(sa.ForeignKey("enrolment.id"), index=True)
    state: Mapped[ReviewState] = mapped_column(choice_column(ReviewState, "state"))
    rubric: Mapped[dict[str, str]] = mapped_column(JsonText)
    comment: Mapped[str] = mapped_column(sa.Text, default="")
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    given_at: Mapped[datetime | None]


class Question(Base):
    """What a learner asks a teacher about a step, which keeps its key in later versions, and the answer."""

    __tablename__ = "course_question"
    __table_args__ = (sa.Index("ix_course_question_open", "course_id", "answered_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    course_id: Mapped[UUID] = mapped_column(sa.ForeignKey("course.id"))
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    block_key: Mapped[str] = mapped_column(sa.String(60))
    text: Mapped[str] = mapped_column(sa.Text)
    at: Mapped[datetime]
    answer: Mapped[str] = mapped_column(sa.Text, default="")
    answered_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("person.id"))
    answered_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]


class Note(Base):
    """What a learner writes down for herself at a step, which keeps its key in later versions. Nobody else reads it."""

    __tablename__ = "course_note"
    __table_args__ = (sa.UniqueConstraint("person_id", "course_id", "block_key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    course_id: Mapped[UUID] = mapped_column(sa.ForeignKey("course.id"))
    block_key: Mapped[str] = mapped_column(sa.String(60))
    text: Mapped[str] = mapped_column(sa.Text)
    at: Mapped[datetime]
    changed_at: Mapped[datetime]


class StudyDay(Base):
    """About how long somebody was at lessons on a day, as the server saw it.

    Time from ``seen_at`` on counts until ``counts_until`` at most: who leaves a page open is not at the screen.
    ``offline_seconds`` is what devices have brought of that day, within what is likely.
    """

    __tablename__ = "study_day"
    __table_args__ = (sa.UniqueConstraint("person_id", "day"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    day: Mapped[date]
    seconds: Mapped[int] = mapped_column(default=0)
    offline_seconds: Mapped[int] = mapped_column(default=0)
    seen_at: Mapped[datetime]
    counts_until: Mapped[datetime]


class StudyBudget(Base):
    """How many minutes a day a school advises for lessons at the screen in a grade."""

    __tablename__ = "study_budget"
    __table_args__ = (sa.UniqueConstraint("org_id", "grade"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    grade: Mapped[int]
    minutes: Mapped[int]
    set_by: Mapped[UUID | None]
    at: Mapped[datetime]


class Playback(Base):
    """Where somebody stopped in a film or a recording of a step: any device goes on from there."""

    __tablename__ = "course_playback"
    __table_args__ = (sa.UniqueConstraint("enrolment_id", "block_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    enrolment_id: Mapped[UUID] = mapped_column(sa.ForeignKey("enrolment.id"))
    block_id: Mapped[UUID] = mapped_column(sa.ForeignKey("course_block.id"))
    position_s: Mapped[int]
    at: Mapped[datetime]


class Encouragement(Base):
    """Whether signs of what was achieved are shown to somebody; who has no row is shown what the school shows.

    ``why`` is the reason of a member of staff who switched them; the family and the student need none.
    """

    __tablename__ = "encouragement"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), unique=True)
    is_off: Mapped[bool] = mapped_column(default=False)
    why: Mapped[str] = mapped_column(sa.String(300), default="")
    changed_by: Mapped[UUID | None]
    at: Mapped[datetime]


class Play(Base):
    """What a package in a sealed frame has said of its learner: practice. ``parts`` has a report for each part, by number."""

    __tablename__ = "course_play"
    __table_args__ = (sa.UniqueConstraint("enrolment_id", "block_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    enrolment_id: Mapped[UUID] = mapped_column(sa.ForeignKey("enrolment.id"))
    block_id: Mapped[UUID] = mapped_column(sa.ForeignKey("course_block.id"))
    parts: Mapped[dict[str, dict[str, Any]]] = mapped_column(JsonText)
    status: Mapped[PlayStatus] = mapped_column(choice_column(PlayStatus, "status"))
    score: Mapped[Decimal | None] = mapped_column(Ratio)
    at: Mapped[datetime]


class Tool(Base):
    """A tool of somebody else (LTI 1.3) that an organisation lets its courses open.

    ``address`` is where it begins: tasks lie on the same site. ``redirects`` are the addresses that a signed launch is sent to,
    ``keys`` the tool's own public keys (JWK): pasted, or fetched from ``keys_address`` (``keys_at``: when they came last,
    ``keys_tried_at``: when they were last asked for). ``used`` has the ids of its proofs that are still valid, each taken once.
    ``is_framed``: steps open it inside a page of ours; ``offers_choice``: authors choose its tasks there (deep linking).
    """

    __tablename__ = "course_tool"
    __table_args__ = (sa.Index("ix_course_tool_org", "org_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(sa.String(120))
    address: Mapped[str] = mapped_column(sa.String(500))
    login_address: Mapped[str] = mapped_column(sa.String(500))
    redirects: Mapped[list[str]] = mapped_column(JsonText)
    keys: Mapped[list[dict[str, str]]] = mapped_column(JsonText)
    keys_address: Mapped[str] = mapped_column(sa.String(500), default="")
    keys_at: Mapped[datetime | None]
    keys_tried_at: Mapped[datetime | None]
    used: Mapped[dict[str, int]] = mapped_column(JsonText, default=dict)
    tells_names: Mapped[bool] = mapped_column(default=False)
    counts: Mapped[bool] = mapped_column(default=False)
    is_framed: Mapped[bool] = mapped_column(default=False)
    offers_choice: Mapped[bool] = mapped_column(default=False)
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class ToolVisit(Base):
    """The fact that a learner has opened a step at a tool, and under what name the tool knows them: only then results come back."""

    __tablename__ = "course_tool_visit"
    __table_args__ = (
        sa.UniqueConstraint("enrolment_id", "block_id"),
        sa.Index("ix_course_tool_visit_block", "block_id", "subject"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    tool_id: Mapped[UUID] = mapped_column(sa.ForeignKey("course_tool.id"))
    enrolment_id: Mapped[UUID] = mapped_column(sa.ForeignKey("enrolment.id"))
    block_id: Mapped[UUID] = mapped_column(sa.ForeignKey("course_block.id"))
    subject: Mapped[str] = mapped_column(sa.String(64))
    heard_at: Mapped[datetime | None]
    at: Mapped[datetime]


class Post(Base):
    """A contribution to the discussion of a step, which keeps its key in later versions.

    Students read those of their own class (of those without one, when they are in none) and what staff write (``by_staff``).
    """

    __tablename__ = "course_post"
    __table_args__ = (sa.Index("ix_course_post_place", "course_id", "block_key", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    course_id: Mapped[UUID] = mapped_column(sa.ForeignKey("course.id"))
    block_key: Mapped[str] = mapped_column(sa.String(60))
    class_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("study_class.id"))
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    by_staff: Mapped[bool] = mapped_column(default=False)
    text: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[PostState] = mapped_column(choice_column(PostState, "state"))
    at: Mapped[datetime]
    why: Mapped[str] = mapped_column(sa.String(300), default="")
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]


class PostReport(Base):
    """Somebody's request that a teacher looks at a contribution. Append-only."""

    __tablename__ = "course_post_report"
    __table_args__ = (sa.UniqueConstraint("post_id", "person_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    post_id: Mapped[UUID] = mapped_column(sa.ForeignKey("course_post.id"))
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    why: Mapped[str] = mapped_column(sa.String(300), default="")
    at: Mapped[datetime]


class CompletionFact(Base):
    """The fact that a course is completed, and by what: its rule, a teacher or a credit. Append-only."""

    __tablename__ = "course_completion"
    __table_args__ = (sa.Index("ix_course_completion_person", "person_id", "course_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    enrolment_id: Mapped[UUID] = mapped_column(sa.ForeignKey("enrolment.id"), unique=True)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    course_id: Mapped[UUID] = mapped_column(sa.ForeignKey("course.id"))
    version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("course_version.id"))
    source: Mapped[CompletionSource] = mapped_column(choice_column(CompletionSource, "source"))
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    actor: Mapped[str] = mapped_column(sa.String(80))
    at: Mapped[datetime]
