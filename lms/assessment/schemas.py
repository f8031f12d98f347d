"""Check what comes in and shape what goes out: the same schemas for forms and JSON."""

from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load, validate

from lms.assessment.types import AttemptState, MarkStatus, Operation, OperationKind, ResultState, SessionKind

__all__ = [
    "AttemptSchema",
    "AttestationResultSchema",
    "EndedSchema",
    "ExamSchema",
    "MarkSchema",
    "MarkingCardSchema",
    "OperationSchema",
    "OperationsSchema",
    "ReasonSchema",
    "ReceiptCheckSchema",
    "ReceiptSchema",
    "ReviewSchema",
    "SavingsSchema",
    "StartedSchema",
]


class _Closed(Schema):
    class Meta:
        """Ignore what we do not know."""

        unknown = EXCLUDE


class AttestationResultSchema(Schema):
    """A released (or suspended) result."""

    id = fields.UUID()
    attempt_id = fields.UUID()
    session_id = fields.UUID()
    person_id = fields.UUID()
    title = fields.String()
    subject = fields.String()
    kind = fields.Enum(SessionKind, by_value=True)
    resit_no = fields.Integer()
    points = fields.Decimal(as_string=True)
    max_points = fields.Decimal(as_string=True)
    score = fields.Decimal(as_string=True)
    mark = fields.String()
    is_passed = fields.Boolean()
    state = fields.Enum(ResultState, by_value=True)
    released_at = fields.AwareDateTime(allow_none=True)


class ExamSchema(Schema):
    """A place on a roster as its student sees it."""

    entry_id = fields.UUID()
    session_id = fields.UUID()
    title = fields.String()
    subject = fields.String()
    kind = fields.Enum(SessionKind, by_value=True)
    resit_no = fields.Integer()
    opens_at = fields.AwareDateTime()
    closes_at = fields.AwareDateTime()
    base_minutes = fields.Integer(allow_none=True)
    minutes = fields.Integer(allow_none=True)
    item_count = fields.Integer()
    state = fields.String()
    attempt_id = fields.UUID(allow_none=True)
    deadline_at = fields.AwareDateTime(allow_none=True)
    result = fields.Nested(AttestationResultSchema, allow_none=True)


class StartedSchema(Schema):
    """An attempt that runs."""

    id = fields.UUID()
    deadline_at = fields.AwareDateTime()
    is_new = fields.Boolean()


class EndedSchema(Schema):
    """An attempt that ended."""

    id = fields.UUID()
    state = fields.Enum(AttemptState, by_value=True)


class _QuestionSchema(Schema):
    slot = fields.Integer()
    section = fields.String()
    points = fields.Decimal(as_string=True)
    type = fields.String()
    player = fields.Function(lambda question: _plain(question.player), metadata={"type": "object"})
    fields_saved = fields.Dict(attribute="fields", data_key="fields")
    is_answered = fields.Boolean()
    is_flagged = fields.Boolean()
    saved_at = fields.AwareDateTime(allow_none=True)


def _plain(value: Any) -> Any:
    """Return a value with translated texts written out."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int) else str(value)


class AttemptSchema(Schema):
    """A running attempt with its questions; never a key."""

    id = fields.UUID()
    entry_id = fields.UUID()
    title = fields.String()
    state = fields.Enum(AttemptState, by_value=True)
    navigation = fields.String()
    reached = fields.Integer()
    started_at = fields.AwareDateTime()
    deadline_at = fields.AwareDateTime()
    server_now = fields.AwareDateTime()
    next_seq = fields.Integer()
    questions = fields.List(fields.Nested(_QuestionSchema))


class OperationSchema(_Closed):
    """One thing that a student's device reports."""

    op_id = fields.UUID(required=True)
    kind = fields.Enum(OperationKind, by_value=True, required=True)
    slot = fields.Integer(load_default=0, validate=validate.Range(min=0))
    payload = fields.Dict(load_default=dict)
    client_seq = fields.Integer(data_key="seq", load_default=0, validate=validate.Range(min=0))
    tab = fields.String(load_default="", validate=validate.Length(max=40))
    t_client = fields.AwareDateTime(load_default=None, allow_none=True)

    @post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> Operation:
        """Return the operation."""
        return Operation(**data)


class OperationsSchema(_Closed):
    """A batch of operations."""

    ops = fields.List(fields.Nested(OperationSchema), required=True, validate=validate.Length(min=1, max=100))


class ReceiptSchema(_Closed):
    """A signed receipt, as `SavingsSchema` shows it."""

    attempt_id = fields.String(required=True)
    op_id = fields.String(required=True)
    slot = fields.Integer(required=True)
    kind = fields.String(required=True)
    payload_hash = fields.String(required=True)
    t_server = fields.String(required=True)
    is_late = fields.Boolean(required=True)
    signature = fields.String(required=True)


class SavingsSchema(Schema):
    """What became of a batch."""

    server_now = fields.String()
    receipts = fields.List(fields.Nested(ReceiptSchema))
    conflicts = fields.List(fields.String())
    is_submitted = fields.Boolean()


class ReceiptCheckSchema(Schema):
    """What is true of a receipt."""

    is_genuine = fields.Boolean()
    is_kept = fields.Boolean()


class _AnswerSchema(Schema):
    slot = fields.Integer()
    prompt = fields.String()
    points = fields.Decimal(as_string=True)
    response = fields.String(allow_none=True)
    status = fields.Enum(MarkStatus, by_value=True, allow_none=True)
    earned = fields.Decimal(as_string=True, allow_none=True)
    comment = fields.String()
    correct = fields.String(allow_none=True)
    explanation = fields.String()


class ReviewSchema(Schema):
    """An ended attempt as far as the reader may see it now."""

    attempt_id = fields.UUID()
    title = fields.String()
    state = fields.Enum(AttemptState, by_value=True)
    ended_at = fields.AwareDateTime(allow_none=True)
    late_count = fields.Integer()
    answers = fields.List(fields.Nested(_AnswerSchema))
    result = fields.Nested(AttestationResultSchema, allow_none=True)


class MarkingCardSchema(Schema):
    """One answer that waits for a person, without a name."""

    attempt_item_id = fields.UUID()
    alias = fields.String()
    exam_title = fields.String()
    item_title = fields.String()
    slot = fields.Integer()
    status = fields.Enum(MarkStatus, by_value=True)
    submitted_at = fields.AwareDateTime(allow_none=True)


class MarkSchema(_Closed):
    """A mark given by a person."""

    fraction = fields.Decimal(required=True, validate=validate.Range(min=0, max=1))
    comment = fields.String(load_default="", validate=validate.Length(max=5000))


class ReasonSchema(_Closed):
    """A decision's reason."""

    reason = fields.String(required=True, validate=validate.Length(min=1, max=500))
