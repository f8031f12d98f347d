"""Check forms and JSON of identity and review: one schema for both."""

from __future__ import annotations

from marshmallow import EXCLUDE, Schema, fields, validate

from lms.proctoring.rules.devices import CAMERA_WORDS, MICROPHONE_WORDS
from lms.proctoring.types import DeclaredKind, IdentityMethod, Monitoring, Verdict

__all__ = [
    "AppealDecisionSchema",
    "AppealSchema",
    "ApproveSchema",
    "CheckStatusSchema",
    "CheckWaitingSchema",
    "ChooseSchema",
    "CodeSchema",
    "DecisionSchema",
    "DeviceSchema",
    "ErrorReportSchema",
    "ExchangeSchema",
    "FactSchema",
    "FrameQuerySchema",
    "FrameReceiptSchema",
    "GroundsSchema",
    "GroupsSchema",
    "IssuedCodeSchema",
    "MeetingSchema",
    "OpinionResultSchema",
    "OpinionSchema",
    "OptionsSchema",
    "PageNewsSchema",
    "PasskeySchema",
    "PolicyQuerySchema",
    "PolicySchema",
    "PolicyVersionSchema",
    "ReasonSchema",
    "SebAskSchema",
    "SebDecisionSchema",
    "StatementSchema",
    "VouchSchema",
]


class ChooseSchema(Schema):
    """The way a student picks; nothing is picked beforehand."""

    method = fields.String(required=True, validate=validate.OneOf([m.value for m in IdentityMethod]))


class CodeSchema(Schema):
    """The six digits of a one-time code."""

    code = fields.String(required=True, validate=validate.Length(min=4, max=20))


class ExchangeSchema(Schema):
    """The task that shall be another one, or that there shall be none."""

    instead = fields.String(load_default="", validate=validate.Length(max=32))
    none = fields.String(load_default="", validate=validate.OneOf(["", "yes"]))


class PasskeySchema(Schema):
    """What a device answered, as the browser writes it, and what its owner calls the device."""

    credential = fields.String(load_default="", validate=validate.Length(max=20_000))
    label = fields.String(load_default="", validate=validate.Length(max=60))


class VouchSchema(Schema):
    """The question that an adult asked the student."""

    note = fields.String(required=True, validate=validate.Length(max=500))


class MeetingSchema(Schema):
    """The address of a video call."""

    meeting_url = fields.String(required=True, validate=validate.Length(max=300))


class DecisionSchema(Schema):
    """A person's decision about identity."""

    decision = fields.String(required=True, validate=validate.OneOf(["confirm", "refuse"]))
    note = fields.String(load_default="", validate=validate.Length(max=500))
    document_ref = fields.String(load_default="", validate=validate.Length(max=200))


class ApproveSchema(Schema):
    """Approving or refusing a sample."""

    decision = fields.String(required=True, validate=validate.OneOf(["approve", "reject"]))
    document_ref = fields.String(load_default="", validate=validate.Length(max=200))


class OpinionSchema(Schema):
    """A reviewer's opinion with its reason."""

    verdict = fields.String(required=True, validate=validate.OneOf([v.value for v in Verdict]))
    reason = fields.String(load_default="", validate=validate.Length(max=2000))
    #: What one knows of the review: the newest round of an opinion of one's own, a colon, then how many of them are of the present
    #: round, and one more when the student's answer was before one's eyes. Before the first it is "0:0".
    seen = fields.String(load_default="0:0", validate=validate.Length(max=20))


class OpinionResultSchema(Schema):
    """Where a review stands after an opinion."""

    result = fields.String(required=True)
    #: What to send with the next one.
    seen = fields.String(required=True)


class AnnulSchema(Schema):
    """The reason of an annulment, on a page on which an opinion has a reason, too."""

    annul_reason = fields.String(load_default="", validate=validate.Length(max=500))


class ReasonSchema(Schema):
    """A reason in a sentence."""

    reason = fields.String(required=True, validate=validate.Length(max=500))


class PolicySchema(Schema):
    """What a school asks for in its sittings; no ways means all of them."""

    blueprint_id = fields.UUID(load_default=None, allow_none=True)
    level = fields.Integer(required=True, validate=validate.Range(min=0, max=3))
    methods = fields.List(
        fields.String(validate=validate.OneOf([m.value for m in IdentityMethod])), load_default=list
    )
    monitoring = fields.String(required=True, validate=validate.OneOf([m.value for m in Monitoring]))
    cadence_s = fields.Integer(load_default=5, validate=validate.Range(min=1, max=600))
    needs_seb = fields.Boolean(load_default=False)


class GroupsSchema(Schema):
    """What a person says of themselves for counting errors; nothing takes all of it back."""

    kinds = fields.List(
        fields.String(validate=validate.OneOf([kind.value for kind in DeclaredKind])), load_default=list
    )


class PolicyQuerySchema(Schema):
    """Whose policy is asked for: of everything, or of one blueprint."""

    blueprint_id = fields.UUID(load_default=None)


class RateSchema(Schema):
    """A share of errors with its 95 % interval; null where there were too few trials."""

    share = fields.Float(required=True, allow_none=True)
    interval = fields.List(fields.Float(), required=True, allow_none=True)
    count = fields.Integer(required=True)


class AgreementSchema(Schema):
    """How far reviewers agree beyond chance (Krippendorff's alpha) with its 95 % interval; null where there is too little to tell."""

    alpha = fields.Float(required=True, allow_none=True)
    interval = fields.List(fields.Float(), required=True, allow_none=True)
    count = fields.Integer(required=True)


class ComparingSchema(Schema):
    """How often comparing erred, and how often it could not tell."""

    fmr = fields.Nested(RateSchema, required=True)
    fnmr = fields.Nested(RateSchema, required=True)
    could_not_tell = fields.Nested(RateSchema, required=True)


class ErrorReportSchema(Schema):
    """How often comparing, finding and reviewing erred in an organisation, against what people decided."""

    fmr = fields.Nested(RateSchema, required=True)
    fnmr = fields.Nested(RateSchema, required=True)
    fta = fields.Nested(RateSchema, required=True)
    could_not_tell = fields.Nested(RateSchema, required=True)
    by_device = fields.Dict(keys=fields.String(), values=fields.Nested(ComparingSchema), required=True)
    fta_by_device = fields.Dict(keys=fields.String(), values=fields.Nested(RateSchema), required=True)
    by_group = fields.Dict(keys=fields.String(), values=fields.Nested(ComparingSchema), required=True)
    fta_by_group = fields.Dict(keys=fields.String(), values=fields.Nested(RateSchema), required=True)
    reviewers_disagree = fields.Nested(RateSchema, required=True)
    reviewers_agree = fields.Nested(AgreementSchema, required=True)
    false_alarms = fields.Dict(keys=fields.String(), values=fields.Nested(RateSchema), required=True)


class PolicyVersionSchema(PolicySchema):
    """What holds in an organisation's sittings, or in those of one blueprint, and since which version."""

    version = fields.Integer(dump_only=True)


class SebAskSchema(Schema):
    """Why a student cannot use Safe Exam Browser."""

    words = fields.String(required=True, validate=validate.Length(max=500))


class SebDecisionSchema(Schema):
    """Whether a student may sit an exam in any browser, and why."""

    decision = fields.String(required=True, validate=validate.OneOf(["allow", "keep"]))
    note = fields.String(load_default="", validate=validate.Length(max=500))


class StatementSchema(Schema):
    """What the student says."""

    text = fields.String(required=True, validate=validate.Length(max=4000))


class AppealSchema(Schema):
    """What a family says against an annulment."""

    appeal = fields.String(required=True, validate=validate.Length(max=4000))


class AppealDecisionSchema(Schema):
    """Whether an annulled sitting counts again, and why; without an appeal it can only count again."""

    reason = fields.String(required=True, validate=validate.Length(max=500))
    decision = fields.String(load_default="uphold", validate=validate.OneOf(["uphold", "reject"]))


class LineSchema(Schema):
    """A line to the other side of a running sitting."""

    text = fields.String(load_default="", validate=validate.Length(max=500))


class StopSchema(Schema):
    """Why a clock is stopped."""

    stop_reason = fields.String(load_default="", validate=validate.Length(max=200))


class MoreTimeSchema(Schema):
    """Minutes that are given, why, and what tells one sending of the form from the next."""

    grant_id = fields.UUID(load_default=None)
    minutes = fields.Integer(required=True, validate=validate.Range(min=1, max=60))
    why = fields.String(load_default="", validate=validate.Length(max=200))


class DutySchema(Schema):
    """Who is put on duty."""

    person_id = fields.UUID(required=True)


class FrameQuerySchema(Schema):
    """Number and nonce of a picture."""

    seq = fields.Integer(required=True, validate=validate.Range(min=1))
    nonce = fields.String(required=True, validate=validate.Length(max=32))


class PageNewsSchema(Schema):
    """What the exam's page tells about its camera or itself."""

    kind = fields.String(required=True, validate=validate.Length(max=32))
    seconds = fields.Float(load_default=0.0, validate=validate.Range(min=0, max=86_400))
    amount = fields.Integer(load_default=0, validate=validate.Range(min=0, max=1_000_000))
    camera = fields.String(load_default="", validate=validate.Length(max=200))
    gaps = fields.String(load_default="", validate=validate.Length(max=1000))


class DeviceSchema(Schema):
    """What the page measured of a device before an exam."""

    camera = fields.String(load_default="untried", validate=validate.OneOf(CAMERA_WORDS))
    microphone = fields.String(load_default="untried", validate=validate.OneOf(MICROPHONE_WORDS))
    storage_mb = fields.Integer(load_default=None, validate=validate.Range(min=0, max=100_000_000))
    reply_ms = fields.Integer(load_default=None, validate=validate.Range(min=0, max=600_000))
    upload_kb_s = fields.Integer(load_default=None, validate=validate.Range(min=0, max=100_000_000))
    clock_off_s = fields.Integer(
        load_default=None, validate=validate.Range(min=-2_000_000_000, max=2_000_000_000)
    )

    class Meta:
        """What a newer or older page tells besides is left out."""

        unknown = EXCLUDE


class FrameReceiptSchema(Schema):
    """When the next picture should come, and what it must carry."""

    next_in_s = fields.Float(required=True)
    seq = fields.Integer(required=True)
    nonce = fields.String(required=True)


class CheckStatusSchema(Schema):
    """Where an identity check stands."""

    id = fields.UUID(required=True)
    entry_id = fields.UUID(required=True)
    method = fields.String(required=True)
    state = fields.String(required=True)
    level = fields.Integer(allow_none=True)
    outcome = fields.String()
    liveness = fields.String()
    is_computing = fields.Boolean()
    tries = fields.Integer()


class GroundsSchema(ReasonSchema):
    """On what grounds a sitting is annulled or counts again."""


class CheckWaitingSchema(CheckStatusSchema):
    """An identity check that waits for a decision."""

    person_id = fields.UUID()
    title = fields.String()


class OptionsSchema(Schema):
    """The ways that are open for an examination, all of equal force, and the check that counts."""

    entry_id = fields.UUID()
    level = fields.Integer(metadata={"description": "The level of the identity policy, 0 to 3."})
    methods = fields.List(fields.String())
    is_open = fields.Boolean(metadata={"description": "Whether the exam may start as far as identity goes."})
    check = fields.Nested(CheckStatusSchema, allow_none=True)


class IssuedCodeSchema(Schema):
    """A one-time code to pass on."""

    code = fields.String()


class FactSchema(Schema):
    """A fact that was suspended or came back."""

    kind = fields.String()
    id = fields.UUID()
