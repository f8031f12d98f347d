"""Check forms and shape the JSON of courses."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

__all__ = [
    "AnswerRequest",
    "CompletionForm",
    "CourseOfPersonJson",
    "EnrolForm",
    "OutlineJson",
    "ProgressJson",
    "StepReceiptJson",
]


#: Shares are exact, so they travel as text.
SHARE = {"type": ["string", "null"], "description": "A share of 0 to 1, as text."}


class EnrolForm(Schema):
    """Whom to enrol."""

    person_id = fields.UUID(required=True)


class CompletionForm(Schema):
    """Why a teacher completes a course."""

    reason = fields.String(required=True, validate=validate.Length(min=3, max=1000))


class AnswerRequest(Schema):
    """An answer to a block: fields as a form would send them, and the try that the learner saw."""

    fields_ = fields.Dict(
        keys=fields.String(), values=fields.List(fields.String()), required=True, data_key="fields"
    )
    try_no = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(min=1))


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
