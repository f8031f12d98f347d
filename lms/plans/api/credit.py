"""Credit transfer for programs: apply for it step by step, follow a case, read its report."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_smorest.fields import Upload
from marshmallow import Schema, fields
from werkzeug.wrappers import Response

from lms.core.web import (
    ApiBlueprint,
    access,
    authorise,
    current_actor,
    page_number,
    paginate,
    read_session,
    runtime,
    unit_of_work,
)
from lms.plans import credit_words as words
from lms.plans.contracts import TRANSFER_RULES
from lms.plans.credit_access import OFFICE, SEATS, StudentInHand
from lms.plans.credit_models import ExternalCourse
from lms.plans.pages.credit import case_in_hand, deliver_file, is_family
from lms.plans.plan_reading import local_day
from lms.plans.queries import credit as queries
from lms.plans.queries.credit import CaseView, DocumentView, OutcomeRow
from lms.plans.schemas.credit import (
    AppealSchema,
    CaseListSchema,
    CaseSchema,
    CertificateSchema,
    CreditItemSchema,
    ExternalCourseSchema,
    KnownCourseSchema,
    NewCaseSchema,
    OutcomeSchema,
    OwnCourseSchema,
    PersonQuerySchema,
    ReportSchema,
    SearchSchema,
    SourceListSchema,
    SourceSchema,
    SuggestSourceSchema,
    WaySchema,
)
from lms.plans.service import credit as service
from lms.plans.service.credit.cases import CertificateValue
from lms.plans.types.credit import DocumentKind

__all__ = ["blueprint", "case_document"]

blueprint = ApiBlueprint(
    "credit_api", __name__, url_prefix="/api/v1/credit", description="Credit for what was learned elsewhere."
)


class DocumentFileSchema(Schema):
    """What a document is, and the document itself: a PDF or a picture."""

    kind = fields.Enum(DocumentKind, by_value=True, required=True)
    file = Upload(required=True)


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


def _document(row: DocumentView) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "name": row.name,
        "media_type": row.media_type,
        "size_bytes": row.size_bytes,
        "sha256": row.sha256,
        "has_file": row.has_file,
        "verification": row.verification,
        "note": row.verification_note,
    }


def _case(view: CaseView) -> dict[str, Any]:
    decision = view.decision
    return {
        "id": view.id,
        "number": view.number,
        "person_id": view.person.id,
        "plan_id": view.plan_id,
        "stable_key": view.stable_key,
        "item_title": view.item_title,
        "source_id": view.source_id,
        "source_name": view.source_name,
        "licence_state": view.licence_state,
        "course_id": view.course_id,
        "course_title": view.course_title,
        "question": view.question,
        "state": view.state.value,
        "state_words": words.state_badge(view)["text"],
        "round": view.round,
        "submitted_at": view.submitted_at,
        "review_due_on": view.review_due_on,
        "protocol_no": decision.protocol_no if decision else None,
        "verdict": decision.verdict.value if decision else None,
        "hours": decision.hours if decision else None,
        "hours_total": decision.hours_total if decision else None,
        "reason": decision.reason if decision else "",
        "remedy": decision.remedy if decision else "",
        "documents": [_document(row) for row in view.documents],
        "outcomes": [_outcome(row) for row in view.outcomes],
    }


def case_document(case_id: UUID) -> dict[str, Any]:
    """Return a case as it stands now, as JSON values."""
    return _case(queries.case_view(read_session(), case_id))


def _look(case_id: UUID) -> None:
    """Raise unless the caller may read the case; whoever is not of the family leaves a line in the access log."""
    row = case_in_hand(case_id, "credit.view")
    if not is_family(row):
        with unit_of_work() as uow:
            uow.log_access("credit.view", row.person_id, "credit_case", row.id, outcome="shown")


# --- reading ----------------------------------------------------------------------------------------------------


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
    _look(case_id)
    return case_document(case_id)


@blueprint.get("/cases/<uuid:case_id>/report")
@access("credit.view")
@blueprint.response(200, ReportSchema)
def get_report(case_id: UUID) -> dict[str, Any]:
    """Return the newest match report with every factor."""
    _look(case_id)
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


@blueprint.get("/cases/<uuid:case_id>/documents/<uuid:document_id>")
@access("credit.view")
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="application/octet-stream")
def get_document(case_id: UUID, document_id: UUID) -> Response:
    """Return a document's file; whoever is not the student leaves a line in the access log."""
    with unit_of_work() as uow:
        row, data = service.open_evidence(uow, case_id, document_id)
    return deliver_file(row.name, row.media_type, data)


# --- the application --------------------------------------------------------------------------------------------


@blueprint.get("/items")
@access("credit.apply")
@blueprint.arguments(PersonQuerySchema, location="query")
@blueprint.response(200, CreditItemSchema(many=True))
def items(query: dict[str, Any]) -> Any:
    """List the items of a student's plan in force that an outside course can count for."""
    authorise("credit.apply", StudentInHand(query["person_id"], runtime().clock.now()))
    return queries.items_to_credit(read_session(), query["person_id"])


@blueprint.post("/cases")
@access("credit.apply")
@blueprint.arguments(NewCaseSchema)
@blueprint.response(201, CaseSchema)
def open_case(data: dict[str, Any]) -> dict[str, Any]:
    """Begin an application for one item; the one that is open for it already is returned."""
    with unit_of_work() as uow:
        step = service.open_case(uow, **data)
    return case_document(step.case_id)


@blueprint.get("/cases/<uuid:case_id>/sources")
@access("credit.edit")
@blueprint.arguments(SearchSchema, location="query")
@blueprint.response(200, SourceListSchema)
def sources(query: dict[str, Any], case_id: UUID) -> dict[str, Any]:
    """Search the school's list of sources (``?q=``, ``?page=``)."""
    row = case_in_hand(case_id, "credit.edit")
    page = paginate(read_session(), queries.sources_statement(row.org_id, query["q"]), query["page"])
    return {"items": page.items, "page": page.number, "pages": page.pages, "total": page.total}


@blueprint.put("/cases/<uuid:case_id>/source")
@access("credit.edit")
@blueprint.arguments(SourceSchema)
@blueprint.response(200, CaseSchema)
def choose_source(data: dict[str, Any], case_id: UUID) -> dict[str, Any]:
    """Say where the course was taken."""
    with unit_of_work() as uow:
        service.choose_source(uow, case_id, data["source_id"])
    return case_document(case_id)


@blueprint.post("/cases/<uuid:case_id>/source")
@access("credit.edit")
@blueprint.arguments(SuggestSourceSchema)
@blueprint.response(201, CaseSchema)
def suggest_source(data: dict[str, Any], case_id: UUID) -> dict[str, Any]:
    """Name a source that is not on the list; the office checks its licence."""
    is_educational = data.pop("licensed") != "no"
    with unit_of_work() as uow:
        service.suggest_source(uow, case_id, is_educational=is_educational, **data)
    return case_document(case_id)


@blueprint.get("/cases/<uuid:case_id>/courses")
@access("credit.edit")
@blueprint.response(200, ExternalCourseSchema(many=True))
def courses(case_id: UUID) -> list[ExternalCourse]:
    """List the courses of the chosen source that the school knows."""
    row = case_in_hand(case_id, "credit.edit")
    return [] if row.source_id is None else queries.courses_of_source(read_session(), row.source_id)


@blueprint.put("/cases/<uuid:case_id>/course")
@access("credit.edit")
@blueprint.arguments(KnownCourseSchema)
@blueprint.response(200, CaseSchema)
def choose_course(data: dict[str, Any], case_id: UUID) -> dict[str, Any]:
    """Say which course of the source it was."""
    with unit_of_work() as uow:
        service.choose_course(uow, case_id, data["course_id"])
    return case_document(case_id)


@blueprint.post("/cases/<uuid:case_id>/course")
@access("credit.edit")
@blueprint.arguments(OwnCourseSchema)
@blueprint.response(201, CaseSchema)
def describe_course(data: dict[str, Any], case_id: UUID) -> dict[str, Any]:
    """Name a course that is not on the list."""
    with unit_of_work() as uow:
        service.describe_course(uow, case_id, **data)
    return case_document(case_id)


@blueprint.put("/cases/<uuid:case_id>/certificate")
@access("credit.edit")
@blueprint.arguments(CertificateSchema)
@blueprint.response(200, CaseSchema)
def describe_certificate(data: dict[str, Any], case_id: UUID) -> dict[str, Any]:
    """Say what the certificate shows."""
    with unit_of_work() as uow:
        service.describe_certificate(uow, case_id, CertificateValue(**data))
    return case_document(case_id)


@blueprint.post("/cases/<uuid:case_id>/documents")
@access("credit.edit")
@blueprint.arguments(DocumentFileSchema, location="files")
@blueprint.response(201, CaseSchema)
def attach_document(data: dict[str, Any], case_id: UUID) -> dict[str, Any]:
    """Attach a PDF or a picture."""
    sent = data["file"]
    with unit_of_work() as uow:
        service.attach_evidence(uow, case_id, kind=data["kind"], data=sent.read(), name=sent.filename or "")
    return case_document(case_id)


@blueprint.delete("/cases/<uuid:case_id>/documents/<uuid:document_id>")
@access("credit.edit")
@blueprint.response(200, CaseSchema)
def remove_document(case_id: UUID, document_id: UUID) -> dict[str, Any]:
    """Take a file away while the application may still be changed."""
    with unit_of_work() as uow:
        service.remove_evidence(uow, case_id, document_id)
    return case_document(case_id)


@blueprint.get("/cases/<uuid:case_id>/preview")
@access("credit.edit")
@blueprint.response(200, OutcomeSchema(many=True))
def preview(case_id: UUID) -> list[dict[str, Any]]:
    """Say what would be credited if the documents hold: nothing is sent, nobody is bound."""
    case_in_hand(case_id, "credit.edit")
    ways = list(runtime().registries.of(TRANSFER_RULES))
    rows = queries.preview_of(read_session(), case_id, local_day(runtime()), ways)
    return [_outcome(row) for row in rows]


@blueprint.post("/cases/<uuid:case_id>/submit")
@access("credit.edit")
@blueprint.response(200, CaseSchema)
def submit(case_id: UUID) -> dict[str, Any]:
    """Send the application, or the completed one, to the school."""
    with unit_of_work() as uow:
        service.submit_case(uow, case_id)
    return case_document(case_id)


@blueprint.post("/cases/<uuid:case_id>/withdraw")
@access("credit.edit")
@blueprint.response(200, CaseSchema)
def withdraw(case_id: UUID) -> dict[str, Any]:
    """Take an application back before it is decided."""
    with unit_of_work() as uow:
        service.withdraw_case(uow, case_id)
    return case_document(case_id)


@blueprint.put("/cases/<uuid:case_id>/way")
@access("credit.edit")
@blueprint.arguments(WaySchema)
@blueprint.response(200, CaseSchema)
def choose_way(data: dict[str, Any], case_id: UUID) -> dict[str, Any]:
    """Say how the rest will be closed."""
    with unit_of_work() as uow:
        service.choose_way(uow, case_id, data["way"])
    return case_document(case_id)


@blueprint.post("/cases/<uuid:case_id>/appeal")
@access("credit.edit")
@blueprint.arguments(AppealSchema)
@blueprint.response(201, CaseSchema)
def appeal(data: dict[str, Any], case_id: UUID) -> dict[str, Any]:
    """Disagree with the decision."""
    with unit_of_work() as uow:
        service.file_appeal(uow, case_id, data["text"])
    return case_document(case_id)
