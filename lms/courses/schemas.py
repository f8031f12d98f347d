"""Check forms and shape the JSON of courses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validate

from lms.courses.types import EnrolmentGround, LearningOp, LearningOpKind, PlayReport, PlayStatus

__all__ = [
    "AnnouncementForm",
    "AnswerRequest",
    "CompletionForm",
    "CourseOfPersonJson",
    "EnrolClassForm",
    "EnrolForm",
    "MoreTimeForm",
    "OperationsRequest",
    "OutlineJson",
    "PlayReceiptJson",
    "PlayRequest",
    "ProgressJson",
    "StepReceiptJson",
    "SyncReceiptJson",
]


#: Shares are exact, so they travel as text.
SHARE = {"type": ["string", "null"], "description": "A share of 0 to 1, as text."}


class EnrolForm(Schema):
    """Whom to enrol, why, on what paper it rests, and into which cohort."""

    person_id = fields.UUID(required=True)
    ground = fields.Enum(EnrolmentGround, by_value=True, load_default=EnrolmentGround.TEACHER)
    reference = fields.String(load_default="", validate=validate.Length(max=200))
    agreement_id = fields.UUID(load_default=None, allow_none=True)
    cohort_id = fields.UUID(load_default=None, allow_none=True)


class MoreTimeForm(Schema):
    """Until when one learner may go on, and why."""

    until = fields.Date(required=True)
    why = fields.String(load_default="", validate=validate.Length(max=300))


class EnrolClassForm(Schema):
    """Which class to enrol, by which agreement, and into which cohort."""

    class_id = fields.UUID(required=True)
    agreement_id = fields.UUID(load_default=None, allow_none=True)
    cohort_id = fields.UUID(load_default=None, allow_none=True)


class CompletionForm(Schema):
    """Why a teacher completes a course."""

    reason = fields.String(required=True, validate=validate.Length(min=3, max=1000))


class AnnouncementForm(Schema):
    """What a teacher writes to those who take a course; without a class to all of them."""

    text = fields.String(required=True, validate=validate.Length(min=3, max=2000))
    class_id = fields.UUID(load_default=None, allow_none=True)


def _is_text(fields_: Mapping[str, list[str]]) -> None:
    """Refuse halves of characters, which no database keeps."""
    for text in (text for name, values in fields_.items() for text in (name, *values)):
        if any("\ud800" <= letter <= "\udfff" for letter in text):
            raise ValidationError("no text")


class AnswerRequest(Schema):
    """An answer to a block: fields as a form would send them, and the try that the learner saw."""

    fields_ = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        required=True,
        data_key="fields",
        validate=_is_text,
    )
    try_no = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(min=1))


class PlayRequest(Schema):
    """What a package in a sealed frame says of its learner; ``state`` is what it wants back next time."""

    status = fields.Enum(PlayStatus, by_value=True, required=True)
    score = fields.Decimal(
        load_default=None, allow_none=True, allow_nan=False, validate=validate.Range(min=0, max=1)
    )
    state = fields.Raw(load_default=None, allow_none=True)
    part = fields.Integer(load_default=1, validate=validate.Range(min=1, max=200))

    @post_load
    def report(self, data: dict[str, Any], **_: Any) -> PlayReport:
        """Return the report."""
        return PlayReport(**data)


class PlayReceiptJson(Schema):
    """What is kept of a package: practice."""

    block_id = fields.UUID()
    status = fields.Enum(PlayStatus, by_value=True)
    score = fields.Decimal(as_string=True, allow_none=True, metadata=SHARE)


def _is_of_our_time(moment: datetime) -> None:
    """Refuse the edges of the calendar, where no time zone can be changed."""
    if not 2000 <= moment.year <= 2200:
        raise ValidationError("no time")


class OperationRequest(Schema):
    """One thing that was done without a network, as the device has kept it."""

    class Meta:
        """Let a newer page send more than is known here."""

        unknown = EXCLUDE

    op_id = fields.UUID(required=True)
    kind = fields.Enum(LearningOpKind, by_value=True, required=True)
    block_id = fields.UUID(required=True)
    seq = fields.Integer(load_default=0)
    fields_ = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        load_default=dict,
        data_key="fields",
        attribute="fields",
        validate=_is_text,
    )
    try_no = fields.Integer(load_default=1, validate=validate.Range(min=1, max=10_000))
    done_at = fields.AwareDateTime(load_default=None, allow_none=True, validate=_is_of_our_time)

    @post_load
    def made(self, data: dict[str, Any], **_more: Any) -> LearningOp:
        """Return the operation as a value."""
        return LearningOp(**data)


class OperationsRequest(Schema):
    """What a device delivers at once."""

    ops = fields.List(fields.Nested(OperationRequest), required=True)


class OpReceiptJson(Schema):
    """What came of one operation."""

    op_id = fields.UUID()
    t_server = fields.DateTime(attribute="at")
    is_completed = fields.Boolean()
    score = fields.Decimal(allow_none=True, as_string=True, metadata=SHARE)
    refused = fields.String()


class SyncReceiptJson(Schema):
    """What came of a delivery."""

    receipts = fields.List(fields.Nested(OpReceiptJson))
    conflicts = fields.List(fields.UUID())
    next_block_url = fields.String(allow_none=True)
    course_completed = fields.Boolean()


class ProgressJson(Schema):
    """How far somebody is."""

    done = fields.Integer()
    total = fields.Integer()
    minutes_left = fields.Integer()
    next_block_url = fields.String(allow_none=True)
    next_title = fields.String()
    is_completed = fields.Boolean()
    completed_at = fields.DateTime(allow_none=True)
    completion_id = fields.UUID(allow_none=True)


class CardJson(Schema):
    """How a course is shown in lists."""

    id = fields.UUID()
    title = fields.String()
    subject = fields.String()
    grade = fields.Integer(allow_none=True)
    summary = fields.String()
    language = fields.String()
    sections = fields.Integer()
    est_minutes = fields.Integer()
    outcomes = fields.List(fields.UUID())
    url = fields.String()


class CourseOfPersonJson(Schema):
    """A course in which the signed-in person is enrolled."""

    course = fields.Nested(CardJson, attribute="card")
    enrolment_id = fields.UUID()
    state = fields.String()
    progress = fields.Nested(ProgressJson)


class OutlineStepJson(Schema):
    """One step of a section."""

    id = fields.UUID()
    title = fields.String()
    url = fields.String()
    minutes = fields.Integer()
    types = fields.List(fields.String())
    block_ids = fields.List(fields.UUID())
    is_completed = fields.Boolean()
    is_open = fields.Boolean()


class OutlineSectionJson(Schema):
    """One section of a course as its learner sees it."""

    key = fields.String()
    title = fields.String()
    summary = fields.String()
    is_open = fields.Boolean()
    waits_for = fields.List(
        fields.Dict(),
        attribute="gate_json",
        metadata={
            "description": "Terms that do not hold yet: conditions, or rules (all, any, not) over them."
        },
    )
    steps = fields.List(fields.Nested(OutlineStepJson))


class OutlineJson(Schema):
    """A course with its sections and steps."""

    course = fields.Nested(CardJson)
    version_id = fields.UUID()
    number = fields.Integer()
    sections = fields.List(fields.Nested(OutlineSectionJson))


class StepReceiptJson(Schema):
    """What came of completing or answering a block."""

    block_id = fields.UUID()
    is_completed = fields.Boolean()
    score = fields.Decimal(allow_none=True, as_string=True, metadata=SHARE)
    done = fields.Integer()
    total = fields.Integer()
    opened_sections = fields.List(fields.String())
    course_completed = fields.Boolean()
    next_block_url = fields.String(allow_none=True)
