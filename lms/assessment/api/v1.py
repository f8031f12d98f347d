"""Examinations, attempts, receipts, marking and results for programs, under /api/v1."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView

from lms.assessment import queries, service
from lms.assessment.api.hot import conflict_response, savings_document, sign_in_from_cookie
from lms.assessment.api.looks import log_look
from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.ports import ATTEMPT_GATES
from lms.assessment.schemas import (
    AttemptSchema,
    AttestationResultSchema,
    EndedSchema,
    ExamSchema,
    MarkingCardSchema,
    MarkSchema,
    OperationsSchema,
    ReceiptCheckSchema,
    ReceiptSchema,
    ReviewSchema,
    SavingsSchema,
    StartedSchema,
)
from lms.assessment.types import OPEN_STATES
from lms.core.errors import Conflict
from lms.core.web import ApiBlueprint, access, authorise, current_actor, read_session, runtime, unit_of_work

__all__ = ["blueprint"]

blueprint = ApiBlueprint(
    "assessment_api", __name__, url_prefix="/api/v1", description="Examinations and results"
)


@blueprint.route("/persons/<uuid:person_id>/exams")
class ExamList(MethodView):
    """The examinations of one person."""

    @access("assessment.exams")
    @blueprint.response(200, ExamSchema(many=True))
    def get(self, person_id: UUID) -> list[queries.ExamView]:
        """Return all places on rosters of a person within the caller's reach."""
        authorise("assessment.exams", person_id)
        log_look("assessment.exams", person_id)
        return queries.exams_for(read_session(), current_actor(), person_id, runtime().clock.now())


@blueprint.route("/entries/<uuid:entry_id>/attempt")
class AttemptStart(MethodView):
    """The attempt of a place on a roster."""

    @access("assessment.sit")
    @blueprint.response(200, StartedSchema)
    def post(self, entry_id: UUID) -> service.AttemptStarted:
        """Start one's own attempt, or return the one that is running."""
        with unit_of_work() as uow:
            return service.start_attempt(uow, entry_id)


@blueprint.route("/attempts/<uuid:attempt_id>")
class AttemptOne(MethodView):
    """One running attempt."""

    @access("assessment.sit")
    @blueprint.response(200, AttemptSchema)
    def get(self, attempt_id: UUID) -> queries.AttemptView:
        """Return the questions of one's own running attempt and what was saved; none while its clock stands still."""
        registries = runtime().registries
        view = queries.attempt_view(
            read_session(),
            registries.of(QUESTION_TYPES),
            registries.of(ATTEMPT_GATES),
            attempt_id,
            runtime().clock.now(),
        )
        authorise("assessment.sit", view)
        if view.state not in OPEN_STATES:
            raise Conflict("assessment.not_running")
        if view.paused_since is not None:
            raise Conflict("assessment.paused")
        return view.handed_out()


@blueprint.route("/attempts/<uuid:attempt_id>/questions/<int:slot>")
class AttemptQuestion(MethodView):
    """The next question where there is no way back."""

    @access("assessment.sit")
    @blueprint.response(204)
    def put(self, attempt_id: UUID, slot: int) -> None:
        """Go on to the next question; the one before must have been saved and cannot be changed any more."""
        with unit_of_work() as uow:
            reached = service.go_on(uow, attempt_id, slot)
        if reached not in {0, slot}:
            raise Conflict("assessment.not_reached", slot=reached)


@blueprint.route("/attempts/<uuid:attempt_id>/operations")
class AttemptOperations(MethodView):
    """The save path for programs; the examination page uses /attempts/…/ops, which is the same."""

    @access("assessment.sit")
    @blueprint.arguments(OperationsSchema)
    @blueprint.response(200, SavingsSchema)
    def post(self, body: dict[str, Any], attempt_id: UUID) -> Any:
        """Keep a batch of operations and return a signed receipt for each; 409 with those of the rest of the batch."""
        arrived = runtime().clock.now()
        sign_in = sign_in_from_cookie()
        try:
            savings = service.save_operations(runtime(), sign_in, attempt_id, body["ops"], arrived)
        except service.OperationConflict as conflict:
            return conflict_response(conflict, arrived)
        return savings_document(savings, arrived)


@blueprint.route("/attempts/<uuid:attempt_id>/submit")
class AttemptSubmit(MethodView):
    """Handing in."""

    @access("assessment.sit")
    @blueprint.response(200, EndedSchema)
    def post(self, attempt_id: UUID) -> service.AttemptEnded:
        """Hand in one's own attempt; again changes nothing."""
        with unit_of_work() as uow:
            return service.submit_attempt(uow, attempt_id)


@blueprint.route("/attempts/<uuid:attempt_id>/review")
class AttemptReview(MethodView):
    """An ended attempt."""

    @access("assessment.see_result")
    @blueprint.response(200, ReviewSchema)
    def get(self, attempt_id: UUID) -> queries.ReviewView:
        """Return what the review matrix allows the caller to see now."""
        head = queries.attempt_head(read_session(), attempt_id)
        authorise("assessment.see_result", head)
        log_look("assessment.see_result", head.person_id, "assessment.attempt", attempt_id)
        types = runtime().registries.of(QUESTION_TYPES)
        return queries.review_for(read_session(), types, current_actor(), head, runtime().clock.now())


@blueprint.route("/persons/<uuid:person_id>/results")
class ResultList(MethodView):
    """The results of one person."""

    @access("assessment.see_result")
    @blueprint.response(200, AttestationResultSchema(many=True))
    def get(self, person_id: UUID) -> list[queries.ResultView]:
        """Return released results of a person within the caller's reach."""
        authorise("assessment.see_result", person_id)
        log_look("assessment.see_result", person_id)
        return queries.results_for(read_session(), current_actor(), person_id, runtime().clock.now())


@blueprint.route("/results/<uuid:result_id>/release")
class ResultRelease(MethodView):
    """Releasing."""

    @access("assessment.release")
    @blueprint.response(200, AttestationResultSchema)
    def post(self, result_id: UUID) -> queries.ResultView:
        """Let a proposed result count."""
        with unit_of_work() as uow:
            service.release_result(uow, result_id)
        return queries.result_view(read_session(), result_id)


@blueprint.route("/marking")
class MarkingList(MethodView):
    """What waits for a person."""

    @access("assessment.mark")
    @blueprint.response(200, MarkingCardSchema(many=True))
    def get(self) -> list[queries.MarkingCard]:
        """Return the answers that wait for the caller, without names."""
        return queries.marking_queue(read_session(), current_actor(), runtime().clock.now())


@blueprint.route("/marking/<uuid:attempt_item_id>")
class MarkingOne(MethodView):
    """One answer."""

    @access("assessment.mark")
    @blueprint.arguments(MarkSchema)
    @blueprint.response(204)
    def put(self, body: dict[str, Any], attempt_item_id: UUID) -> None:
        """Give one answer a mark."""
        with unit_of_work() as uow:
            service.grade_manual(uow, attempt_item_id, **body)


@blueprint.route("/receipts/check")
class ReceiptCheck(MethodView):
    """Checking receipts."""

    @access("assessment.check_receipt")
    @blueprint.arguments(ReceiptSchema)
    @blueprint.response(200, ReceiptCheckSchema)
    def post(self, body: dict[str, Any]) -> service.ReceiptCheck:
        """Tell whether a receipt is genuine and what it names is kept unchanged."""
        return service.verify_receipt(read_session(), runtime().keys, service.read_receipt(body))
