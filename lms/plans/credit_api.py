"""The API of credit transfer: cases, one case, its report, and a member's vote."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint as ApiBlueprint

from lms.core.web import access, current_actor, page_number, paginate, read_session, unit_of_work
from lms.plans import credit_words as words
from lms.plans.credit_access import OFFICE, SEATS
from lms.plans.pages.credit import case_in_hand
from lms.plans.queries import credit as queries
from lms.plans.queries.credit import CaseView, OutcomeRow
from lms.plans.schemas.credit import CaseListSchema, CaseSchema, ReportSchema, VoteReceiptSchema, VoteSchema
from lms.plans.service import credit as service

__all__ = ["blueprint"]

blueprint = ApiBlueprint(
    "credit_api", __name__, url_prefix="/api/v1/credit", description="Credit for what was learned elsewhere."
)


def _outcome(row: OutcomeRow) -> dict[str, Any]:
    return {
        "outcome_id": row.outcome_id,
        "title": row.title,
        "verdict": row.verdict.value,
        "hours": row.hours,
        "hours_total": row.hours_total,
        "score": row.score,
        "reason": words.because(row),
        "basis": row.basis,
        "basis_number": row.basis_number,
        "basis_version": row.basis_version,
        "factors": [{"code": f.code, "value": f.value, "fact": f.fact} for f in row.factors],
    }


def _case(view: CaseView) -> dict[str, Any]:
    decision = view.decision
    return {
        "id": view.id,
        "number": view.number,
        "person_id": view.person.id,
        "item_title": view.item_title,
        "course_title": view.course_title,
        "source_name": view.source_name,
        "state": view.state.value,
        "state_words": words.state_badge(view)["text"],
        "submitted_at": view.submitted_at,
        "review_due_on": view.review_due_on,
        "verdict": decision.verdict.value if decision else None,
        "hours": decision.hours if decision else None,
        "hours_total": decision.hours_total if decision else None,
        "reason": decision.reason if decision else "",
        "remedy": decision.remedy if decision else "",
        "outcomes": [_outcome(row) for row in view.outcomes],
    }


@blueprint.get("/cases")
@access("credit.view")
@blueprint.response(200, CaseListSchema)
def list_cases() -> dict[str, Any]:
    """List the cases in one's reach: the family's own, the office's, the commission's (``?page=``)."""
    actor, session = current_actor(), read_session()
    statement = queries.reachable_cases(
        session, actor, offices=actor.orgs_as(*OFFICE), is_seated=actor.has_role(*SEATS)
    )
    page = paginate(session, statement, page_number())
    items = [_case(queries.case_view(session, case_id)) for case_id in page.items]
    return {"items": items, "page": page.number, "pages": page.pages, "total": page.total}


@blueprint.get("/cases/<uuid:case_id>")
@access("credit.view")
@blueprint.response(200, CaseSchema)
def get_case(case_id: UUID) -> dict[str, Any]:
    """Return one case with its outcomes and the decision."""
    case_in_hand(case_id, "credit.view")
    return _case(queries.case_view(read_session(), case_id))


@blueprint.get("/cases/<uuid:case_id>/report")
@access("credit.view")
@blueprint.response(200, ReportSchema)
def get_report(case_id: UUID) -> dict[str, Any]:
    """Return the newest match report with every factor."""
    case_in_hand(case_id, "credit.view")
    report = queries.report_view(read_session(), case_id)
    return {
        "id": report.id,
        "case_id": report.case_id,
        "number": report.number,
        "algorithm": report.algorithm,
        "input_hash": report.input_hash,
        "created_at": report.created_at,
        "hours": report.hours,
        "hours_total": report.hours_total,
        "recommendation": report.recommendation,
        "rows": [_outcome(row) for row in report.rows],
    }


@blueprint.post("/cases/<uuid:case_id>/votes")
@access("credit.vote")
@blueprint.arguments(VoteSchema)
@blueprint.response(201, VoteReceiptSchema)
def post_vote(data: dict[str, Any], case_id: UUID) -> dict[str, Any]:
    """Count one's vote; it can be given once (409 afterwards)."""
    with unit_of_work() as uow:
        receipt = service.vote(uow, case_id, choice=data["choice"], reason=data["reason"])
    return {
        "vote_id": receipt.vote_id,
        "cast": receipt.cast,
        "needed": receipt.needed,
        "has_quorum": receipt.has_quorum,
    }
