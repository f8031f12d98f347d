"""Identity, pictures and reviews over /api/v1."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import request
from flask_smorest.fields import Upload
from marshmallow import Schema, fields, validate

from lms.core.contracts import BasisRef
from lms.core.errors import InvalidInput
from lms.core.web import ApiBlueprint, access, authorise, current_actor, read_session, runtime, unit_of_work
from lms.proctoring import queries, service
from lms.proctoring.access_rules import Reach
from lms.proctoring.pages.monitor import take_frame
from lms.proctoring.schemas import (
    CheckStatusSchema,
    CheckWaitingSchema,
    ChooseSchema,
    CodeSchema,
    DecisionSchema,
    ErrorReportSchema,
    FactSchema,
    FrameQuerySchema,
    FrameReceiptSchema,
    GroundsSchema,
    IssuedCodeSchema,
    MeetingSchema,
    OpinionResultSchema,
    OpinionSchema,
    OptionsSchema,
    PolicyQuerySchema,
    PolicySchema,
    PolicyVersionSchema,
    StatementSchema,
    VouchSchema,
)
from lms.proctoring.types import IdentityMethod, Monitoring, SupervisionPolicy, Verdict

__all__ = ["blueprint"]

blueprint = ApiBlueprint(
    "api_proctoring",
    __name__,
    url_prefix="/api/v1",
    description="Identity checks, pictures of sittings, reviews",
)


class PicturesSchema(Schema):
    """One to three pictures for a camera check."""

    pictures = fields.List(Upload(), required=True, validate=validate.Length(1, 3))


@blueprint.post("/monitor/<uuid:session_id>/frames")
@access("proctoring.send_frames")
@blueprint.arguments(FrameQuerySchema, location="query")
@blueprint.response(202, FrameReceiptSchema)
def send_frame(args: dict[str, Any], session_id: UUID) -> service.FrameReceipt:
    """Send one JPEG of a running sitting (the body); the answer says when the next should come."""
    if request.mimetype != "image/jpeg":
        raise InvalidInput("proctoring.frame_bytes")
    return take_frame(session_id, args["seq"], args["nonce"])


# --- one's own identity -----------------------------------------------------------------------------------------


def _status(view: queries.CheckView) -> dict[str, Any]:
    return {
        "id": view.id,
        "entry_id": view.entry_id,
        "method": view.method.value,
        "state": view.state.value,
        "level": view.level_reached,
        "outcome": view.outcome,
        "liveness": view.liveness,
        "is_computing": view.is_computing,
        "tries": view.tries,
    }


def _own_check(check_id: UUID) -> queries.CheckView:
    view = queries.check_view(read_session(), check_id)
    authorise("proctoring.own_identity", Reach(view.person.id, runtime().clock.now()))
    return view


@blueprint.get("/identity/entries/<uuid:entry_id>")
@access("proctoring.own_identity")
@blueprint.response(200, OptionsSchema)
def options(entry_id: UUID) -> dict[str, Any]:
    """Say which ways of showing who one is are open for an examination, and where the chosen one stands."""
    now = runtime().clock.now()
    found = queries.identity_options(read_session(), entry_id, now)
    authorise("proctoring.own_identity", Reach(found.facts.person_id, now))
    return {
        "entry_id": entry_id,
        "level": found.policy.level,
        "methods": [method.value for method in found.methods],
        "is_open": found.is_open,
        "check": _status(found.check) if found.check is not None else None,
    }


@blueprint.post("/identity/entries/<uuid:entry_id>/checks")
@access("proctoring.own_identity")
@blueprint.arguments(ChooseSchema)
@blueprint.response(201, CheckStatusSchema)
def choose(body: dict[str, Any], entry_id: UUID) -> dict[str, Any]:
    """Choose a way; the same choice again gives the check that runs already."""
    with unit_of_work() as uow:
        check_id = service.choose_method(uow, entry_id, IdentityMethod(body["method"]))
    return _status(queries.check_view(read_session(), check_id))


@blueprint.get("/identity/checks/<uuid:check_id>")
@access("proctoring.own_identity")
@blueprint.response(200, CheckStatusSchema)
def check_status(check_id: UUID) -> dict[str, Any]:
    """Say where one's own identity check stands."""
    return _status(_own_check(check_id))


@blueprint.post("/identity/checks/<uuid:check_id>/pictures")
@access("proctoring.own_identity")
@blueprint.arguments(PicturesSchema, location="files")
@blueprint.response(202, CheckStatusSchema)
def send_pictures(files: dict[str, Any], check_id: UUID) -> dict[str, Any]:
    """Send one to three pictures for a camera check; a worker compares them, a person has the last word."""
    with unit_of_work() as uow:
        service.submit_face_shots(
            uow,
            check_id,
            [(sent.read(), sent.filename or "") for sent in files["pictures"]],
            request.user_agent.string,
        )
    return _status(queries.check_view(read_session(), check_id))


@blueprint.post("/identity/checks/<uuid:check_id>/code")
@access("proctoring.own_identity")
@blueprint.arguments(CodeSchema)
@blueprint.response(200, CheckStatusSchema)
def enter_code(body: dict[str, Any], check_id: UUID) -> dict[str, Any]:
    """Enter the code that an adult passed on; a wrong one is counted (422)."""
    with unit_of_work() as uow:
        is_right = service.enter_code(uow, check_id, body["code"])
    if not is_right:
        raise InvalidInput("proctoring.code_wrong", fields={"code": ["proctoring.code_wrong"]})
    return _status(queries.check_view(read_session(), check_id))


# --- who decides about identity ---------------------------------------------------------------------------------


@blueprint.get("/identity/checks")
@access("proctoring.decide_identity")
@blueprint.response(200, CheckWaitingSchema(many=True))
def waiting() -> list[dict[str, Any]]:
    """List the checks that wait for the caller's decision."""
    rows = queries.checks_waiting(read_session(), current_actor(), runtime().clock.now())
    return [{**_status(row), "person_id": row.person.id, "title": row.title} for row in rows]


@blueprint.post("/identity/checks/<uuid:check_id>/decision")
@access("proctoring.decide_identity")
@blueprint.arguments(DecisionSchema)
@blueprint.response(201, CheckStatusSchema)
def decide(body: dict[str, Any], check_id: UUID) -> dict[str, Any]:
    """Record what a person saw: it is the student, or it could not be confirmed."""
    with unit_of_work() as uow:
        service.decide_identity(
            uow,
            check_id,
            is_confirmed=body["decision"] == "confirm",
            note=body["note"],
            document_ref=body["document_ref"],
        )
    return _status(queries.check_view(read_session(), check_id))


@blueprint.put("/identity/checks/<uuid:check_id>/meeting")
@access("proctoring.decide_identity")
@blueprint.arguments(MeetingSchema)
@blueprint.response(204)
def meeting(body: dict[str, Any], check_id: UUID) -> None:
    """Give the student the address of the video call."""
    with unit_of_work() as uow:
        service.open_meeting(uow, check_id, body["meeting_url"])


@blueprint.post("/identity/checks/<uuid:check_id>/code/new")
@access("proctoring.vouch")
@blueprint.arguments(VouchSchema)
@blueprint.response(201, IssuedCodeSchema)
def vouch(body: dict[str, Any], check_id: UUID) -> dict[str, str]:
    """Vouch for a student with the question that was asked; the one-time code is answered once and never again."""
    with unit_of_work() as uow:
        return {"code": service.issue_code(uow, check_id, question=body["note"])}


# --- what a school asks for -------------------------------------------------------------------------------------


def _policy(org_id: UUID, blueprint_id: UUID | None) -> dict[str, Any]:
    """Return what holds now; version 0 where nothing was set."""
    history = queries.policy_history(read_session(), org_id)
    found = next((view for view in history if view.blueprint_id == blueprint_id), None)
    policy = found.policy if found else SupervisionPolicy()
    return {
        "version": found.version if found else 0,
        "blueprint_id": blueprint_id,
        "level": policy.level,
        "methods": [method.value for method in policy.methods],
        "monitoring": policy.monitoring.value,
        "cadence_s": policy.cadence_s,
        "needs_seb": policy.needs_seb,
    }


@blueprint.get("/supervision/<uuid:org_id>")
@access("proctoring.set_policy")
@blueprint.arguments(PolicyQuerySchema, location="query")
@blueprint.response(200, PolicyVersionSchema)
def policy(args: dict[str, Any], org_id: UUID) -> dict[str, Any]:
    """Say what an organisation asks for in all its sittings, or in those of one blueprint."""
    authorise("proctoring.set_policy", org_id)
    return _policy(org_id, args["blueprint_id"])


@blueprint.put("/supervision/<uuid:org_id>")
@access("proctoring.set_policy")
@blueprint.arguments(PolicySchema)
@blueprint.response(200, PolicyVersionSchema)
def set_policy(body: dict[str, Any], org_id: UUID) -> dict[str, Any]:
    """Set a new version; level 3 without an equal way of level 2 is refused (422). No ways offers all of them."""
    with unit_of_work() as uow:
        service.set_policy(
            uow,
            org_id,
            level=body["level"],
            monitoring=Monitoring(body["monitoring"]),
            cadence_s=body["cadence_s"],
            methods=[IdentityMethod(name) for name in body["methods"]],
            blueprint_id=body["blueprint_id"],
            needs_seb=body["needs_seb"],
        )
    return _policy(org_id, body["blueprint_id"])


@blueprint.get("/supervision/<uuid:org_id>/errors")
@access("proctoring.set_policy")
@blueprint.response(200, ErrorReportSchema)
def errors(org_id: UUID) -> dict[str, Any]:
    """Say how often comparing, finding and reviewing erred in an organisation; null where there is too little to tell."""
    authorise("proctoring.set_policy", org_id)
    return queries.error_report(read_session(), org_id).as_dict()


# --- sittings and their review ----------------------------------------------------------------------------------


@blueprint.put("/sittings/<uuid:session_id>/statement")
@access("proctoring.answer")
@blueprint.arguments(StatementSchema)
@blueprint.response(204)
def write_statement(body: dict[str, Any], session_id: UUID) -> None:
    """Say what one has to say about one's own sitting, once."""
    with unit_of_work() as uow:
        service.write_statement(uow, session_id, body["text"])


@blueprint.post("/review/<uuid:session_id>/opinions")
@access("proctoring.review")
@blueprint.arguments(OpinionSchema)
@blueprint.response(201, OpinionResultSchema)
def give_opinion(body: dict[str, Any], session_id: UUID) -> dict[str, str]:
    """Give an opinion about a sitting; the answer says where the review stands."""
    with unit_of_work() as uow:
        result = service.give_opinion(
            uow, session_id, Verdict(body["verdict"]), reason=body["reason"], seen=body["seen"]
        )
        seen = queries.seen_by(uow.session, session_id, uow.actor.person_id)
    return {"result": result, "seen": seen}


@blueprint.post("/review/<uuid:session_id>/annulment")
@access("proctoring.review")
@blueprint.arguments(GroundsSchema)
@blueprint.response(201, FactSchema(many=True))
def annul(body: dict[str, Any], session_id: UUID) -> list[BasisRef]:
    """Annul a sitting that two people see as a violation; the answer names what is suspended with it."""
    with unit_of_work() as uow:
        return service.annul_sitting(uow, session_id, reason=body["reason"])


@blueprint.post("/review/<uuid:session_id>/reinstatement")
@access("proctoring.reinstate")
@blueprint.arguments(GroundsSchema)
@blueprint.response(201, FactSchema(many=True))
def reinstate(body: dict[str, Any], session_id: UUID) -> list[BasisRef]:
    """Make an annulled sitting count again; the answer names what came back."""
    with unit_of_work() as uow:
        return service.reinstate_sitting(uow, session_id, reason=body["reason"])
