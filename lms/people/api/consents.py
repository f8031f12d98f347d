"""Let programs read, prepare, put in force and withdraw consents."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_smorest.fields import Upload

from lms.core.db import day_of
from lms.core.errors import AuditNote, NotFound
from lms.core.web import ApiBlueprint, access, authorise, current_actor, read_session, runtime, unit_of_work
from lms.people import queries
from lms.people.queries import ConsentView
from lms.people.schemas import (
    AttachSchema,
    ConsentSchema,
    PrepareConsentSchema,
    WithdrawnSchema,
)
from lms.people.service import consents as service
from lms.people.service.consents import ConsentReach
from lms.people.types import ConsentMethod

__all__ = ["blueprint"]

blueprint = ApiBlueprint(
    "people_api", __name__, url_prefix="/api/v1", description="Consents: read, prepare, attach, withdraw"
)


class SignedPaperSchema(AttachSchema):
    """How a consent was signed, and the signed document: a PDF or a picture, or the file of a qualified signature.

    With a signature that cannot be checked here goes the report of an accredited service.
    """

    document = Upload(required=True)
    report = Upload(load_default=None)


def _visible(person_id: UUID) -> list[ConsentView]:
    """Return the consents about a person that the caller may see; out of reach is not found, and audited."""
    session, actor, now = read_session(), current_actor(), runtime().clock.now()
    views = queries.consents_about(session, person_id)
    if actor.person_id == person_id:
        return views
    can = runtime().policy.can
    shown = [
        view
        for view in views
        if can(session, actor, "people.see_consents", ConsentReach(person_id, view.org_id, now))
    ]
    if not shown:
        admission = queries.current_admission(session, person_id, day_of(session, now))
        if admission is None:
            note = AuditNote("people.see_consents", "person", person_id, person_id)
            raise NotFound("auth.out_of_reach", audit=note)
        authorise("people.see_consents", ConsentReach(person_id, admission.org_id, now))
    return shown


@blueprint.get("/persons/<uuid:person_id>/consents")
@access("people.see_consents")
@blueprint.response(200, ConsentSchema(many=True))
def consents(person_id: UUID) -> list[ConsentView]:
    """List the consents about oneself, one's child or a student of one's office, the newest first."""
    return _visible(person_id)


@blueprint.post("/persons/<uuid:person_id>/consents")
@access("people.manage_consents")
@blueprint.arguments(PrepareConsentSchema)
@blueprint.response(201, ConsentSchema)
def prepare(data: dict[str, Any], person_id: UUID) -> ConsentView:
    """Draft a consent to be printed and signed; a draft permits nothing. The same again gives the same draft."""
    with unit_of_work() as uow:
        consent_id = service.prepare_consent(uow, subject_id=person_id, **data)
    return queries.consent_view(read_session(), consent_id)


@blueprint.post("/consents/<uuid:consent_id>/document")
@access("people.manage_consents")
@blueprint.arguments(SignedPaperSchema, location="files")
@blueprint.response(201, ConsentSchema)
def attach(data: dict[str, Any], consent_id: UUID) -> ConsentView:
    """Attach the signed document; from now on the consent is in force."""
    paper, report = data["document"], data["report"]
    with unit_of_work() as uow:
        service.attach_signed_consent(
            uow,
            consent_id,
            document=paper.read(),
            document_name=paper.filename or "",
            method=ConsentMethod(data["method"]),
            report=(report.read(), report.filename or "") if report else (b"", ""),
        )
    return queries.consent_view(read_session(), consent_id)


@blueprint.post("/consents/<uuid:consent_id>/withdraw")
@access("people.withdraw_consent")
@blueprint.response(200, WithdrawnSchema)
def withdraw(consent_id: UUID) -> dict[str, int]:
    """Withdraw a consent: what rests on it is destroyed at once. Again changes nothing."""
    with unit_of_work() as uow:
        return {"destroyed": service.withdraw_consent(uow, consent_id)}
