"""The office and the commission of credit transfer for programs: verify, compare, vote, decide, answer, suspend."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from lms.core.errors import Conflict
from lms.core.web import access, unit_of_work
from lms.plans.api.credit import blueprint, case_document
from lms.plans.pages.credit import case_in_hand
from lms.plans.schemas.credit import (
    AnswerSchema,
    CaseSchema,
    DecisionJsonSchema,
    DecisionReceiptSchema,
    ProposalJsonSchema,
    ProposalReceiptSchema,
    QuestionSchema,
    ReportReceiptSchema,
    SourceCheckSchema,
    SuspensionEndSchema,
    SuspensionSchema,
    VerifySchema,
    VoteReceiptSchema,
    VoteSchema,
)
from lms.plans.service import credit as service

__all__ = ["blueprint"]


# --- the office -------------------------------------------------------------------------------------------------


@blueprint.post("/cases/<uuid:case_id>/verification")
@access("credit.office")
@blueprint.response(200, CaseSchema)
def take_up(case_id: UUID) -> dict[str, Any]:
    """Take a case up; the family sees that somebody works on it."""
    with unit_of_work() as uow:
        service.start_verification(uow, case_id)
    return case_document(case_id)


@blueprint.put("/cases/<uuid:case_id>/documents/<uuid:document_id>/verification")
@access("credit.office")
@blueprint.arguments(VerifySchema)
@blueprint.response(200, CaseSchema)
def verify(data: dict[str, Any], case_id: UUID, document_id: UUID) -> dict[str, Any]:
    """Record what was found out about a document, and how."""
    with unit_of_work() as uow:
        service.verify_evidence(uow, case_id, document_id, **data)
    return case_document(case_id)


@blueprint.put("/cases/<uuid:case_id>/source/licence")
@access("credit.office")
@blueprint.arguments(SourceCheckSchema)
@blueprint.response(200, CaseSchema)
def check_source(data: dict[str, Any], case_id: UUID) -> dict[str, Any]:
    """Record what the register of licences says about the source of a case."""
    row = case_in_hand(case_id, "credit.office")
    if row.source_id is None:
        raise Conflict("credit.source_first")
    source_id, org_id = row.source_id, row.org_id
    with unit_of_work() as uow:
        service.check_source(uow, source_id, org_id=org_id, **data)
    return case_document(case_id)


@blueprint.post("/cases/<uuid:case_id>/questions")
@access("credit.office")
@blueprint.arguments(QuestionSchema)
@blueprint.response(201, CaseSchema)
def ask(data: dict[str, Any], case_id: UUID) -> dict[str, Any]:
    """Ask the family to complete the application."""
    with unit_of_work() as uow:
        service.ask_family(uow, case_id, data["question"])
    return case_document(case_id)


@blueprint.post("/cases/<uuid:case_id>/report")
@access("credit.office")
@blueprint.response(201, ReportReceiptSchema)
def match(case_id: UUID) -> service.ReportReceipt:
    """Compare the course with the programme; the same input gives the report that is already there."""
    with unit_of_work() as uow:
        return service.build_match_report(uow, case_id)


@blueprint.post("/cases/<uuid:case_id>/referral")
@access("credit.office")
@blueprint.response(200, CaseSchema)
def refer(case_id: UUID) -> dict[str, Any]:
    """Hand a compared case to the commission."""
    with unit_of_work() as uow:
        service.refer_to_commission(uow, case_id)
    return case_document(case_id)


@blueprint.post("/cases/<uuid:case_id>/attestation")
@access("credit.view")
@blueprint.response(200, CaseSchema)
def to_attestation(case_id: UUID) -> dict[str, Any]:
    """Lead a case to attestation because its source has no licence: the family asks for it, or the office."""
    with unit_of_work() as uow:
        service.take_to_attestation(uow, case_id)
    return case_document(case_id)


@blueprint.post("/cases/<uuid:case_id>/attestation/arranged")
@access("credit.office")
@blueprint.response(200, CaseSchema)
def arranged(case_id: UUID) -> dict[str, Any]:
    """Record that the attestation stands in the plan."""
    with unit_of_work() as uow:
        service.arrange_attestation(uow, case_id)
    return case_document(case_id)


@blueprint.post("/cases/<uuid:case_id>/decision/sent")
@access("credit.office")
@blueprint.response(200, CaseSchema)
def sent(case_id: UUID) -> dict[str, Any]:
    """Record that a refusal was sent, which stops its clock."""
    with unit_of_work() as uow:
        service.mark_sent(uow, case_id)
    return case_document(case_id)


# --- the heads --------------------------------------------------------------------------------------------------


@blueprint.put("/cases/<uuid:case_id>/appeal/answer")
@access("credit.resolve_appeal")
@blueprint.arguments(AnswerSchema)
@blueprint.response(200, CaseSchema)
def answer(data: dict[str, Any], case_id: UUID) -> dict[str, Any]:
    """Answer an appeal: the decision stands, or the commission decides anew."""
    with unit_of_work() as uow:
        service.resolve_appeal(uow, case_id, is_upheld=data["outcome"] == "stands", answer=data["answer"])
    return case_document(case_id)


@blueprint.post("/cases/<uuid:case_id>/suspension")
@access("credit.suspend")
@blueprint.arguments(SuspensionSchema)
@blueprint.response(201, CaseSchema)
def suspend(data: dict[str, Any], case_id: UUID) -> dict[str, Any]:
    """Suspend a credit whose basis is in doubt, and what rests on it."""
    with unit_of_work() as uow:
        service.suspend_credit(uow, case_id, data["reason"])
    return case_document(case_id)


@blueprint.put("/cases/<uuid:case_id>/suspension/end")
@access("credit.suspend")
@blueprint.arguments(SuspensionEndSchema)
@blueprint.response(200, CaseSchema)
def lift(data: dict[str, Any], case_id: UUID) -> dict[str, Any]:
    """End a suspension: the credit holds exactly as before, or it is revoked."""
    end = service.revoke_credit if data["end"] == "revoke" else service.confirm_credit
    with unit_of_work() as uow:
        end(uow, case_id, data["reason"])
    return case_document(case_id)


# --- the commission ---------------------------------------------------------------------------------------------


@blueprint.post("/cases/<uuid:case_id>/votes")
@access("credit.vote")
@blueprint.arguments(VoteSchema)
@blueprint.response(201, VoteReceiptSchema)
def post_vote(data: dict[str, Any], case_id: UUID) -> service.VoteReceipt:
    """Count one's vote; it can be given once (409 afterwards, and where ``round`` is not the case's any more)."""
    with unit_of_work() as uow:
        return service.vote(
            uow, case_id, choice=data["choice"], reason=data["reason"], seen_round=data["round"]
        )


@blueprint.post("/cases/<uuid:case_id>/proposals")
@access("credit.decide")
@blueprint.arguments(ProposalJsonSchema)
@blueprint.response(201, ProposalReceiptSchema)
def propose(data: dict[str, Any], case_id: UUID) -> service.ProposalReceipt:
    """Put other hours or another mark to the vote than the report has; votes given before on anything else are void."""
    with unit_of_work() as uow:
        return service.propose_hours(
            uow,
            case_id,
            hours={row["outcome_id"]: row["hours"] for row in data["hours"]},
            mark=int(data["mark"]) if data["mark"] else None,
            reason=data["why"],
        )


@blueprint.post("/cases/<uuid:case_id>/decision")
@access("credit.decide")
@blueprint.arguments(DecisionJsonSchema)
@blueprint.response(201, DecisionReceiptSchema)
def decide(data: dict[str, Any], case_id: UUID) -> service.DecisionReceipt:
    """Record the commission's decision: as the report says, with other hours and why, or a refusal."""
    is_other = data["outcome"] == "other"
    with unit_of_work() as uow:
        return service.decide(
            uow,
            case_id,
            is_granted=data["outcome"] != "refuse",
            hours={row["outcome_id"]: row["hours"] for row in data["hours"]} if is_other else None,
            reason=data["reason"],
            remedy=data["remedy"],
            override_reason=data["override_reason"] if is_other else "",
        )
