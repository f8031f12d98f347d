"""A court's restriction of a guardian: record it, ask for its lifting, confirm what a colleague asked for."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, request
from flask_babel import gettext as _
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from lms.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from lms.core.web import (
    Form,
    access,
    authorise,
    current_actor,
    flash_ok,
    load_form,
    log_look,
    read_session,
    see_other,
    unit_of_work,
)
from lms.core.web.problems import error_texts, word_error
from lms.people import queries, service
from lms.people.access_rules import Member
from lms.people.pages.members import one_org

__all__ = ["blueprint"]

blueprint = Blueprint("restrictions", __name__, url_prefix="/admin/people", template_folder="../templates")


class RestrictionSchema(Schema):
    """What is to be done, and the document it rests on."""

    do = fields.String(required=True, validate=validate.OneOf(["restrict", "ask", "lift"]))
    document = fields.String(load_default="", validate=validate.Length(max=200))


def _adult(person_id: UUID) -> UUID:
    """Return the adult whom the request names, if recorded with the child; raise NotFound ``people.no_guardian``."""
    authorise("people.manage", Member(person_id))
    adult = request.values.get("adult", type=UUID)
    if adult is None or not queries.is_recorded_guardian(read_session(), person_id, adult):
        raise NotFound("people.no_guardian")
    return adult


@blueprint.get("/<uuid:person_id>/parents/restriction")
@access("people.manage_guardians")
def show(person_id: UUID) -> str:
    """Show what a court has restricted, and what can be done about it."""
    adult = _adult(person_id)
    log_look("people.manage_guardians", person_id, "guardian_restriction")
    return _page(person_id, adult, Form())


def _page(person_id: UUID, adult: UUID, form: Form, error: str = "") -> str:
    session = read_session()
    rows = queries.restrictions_of(session, person_id, adult)
    standing = next((row for row in rows if row.is_standing), None)
    return render_template(
        "people/restriction.html",
        person=queries.person_card(session, person_id),
        adult=queries.person_card(session, adult),
        standing=standing,
        earlier=[row for row in rows if not row.is_standing],
        is_own_request=standing is not None and standing.lift_asked_by == current_actor().person_id,
        values=form.values,
        errors=form.errors,
        error=error,
    )


@blueprint.post("/<uuid:person_id>/parents/restriction")
@access("people.manage_guardians")
def change(person_id: UUID) -> Response | tuple[str, int]:
    """Record a restriction, ask for its lifting or confirm that."""
    adult = _adult(person_id)
    form = load_form(RestrictionSchema())
    if form.is_valid:
        try:
            flash_ok(_change(person_id, adult, form.data["do"], form.data["document"]))
            return see_other("restrictions.show", person_id=person_id, adult=adult)
        except InvalidInput as error:
            form.take(error, error_texts())
        except (Conflict, Forbidden) as error:
            return _page(person_id, adult, form, word_error(error)), error.status
    return _page(person_id, adult, form), 422


def _change(person_id: UUID, adult: UUID, what: str, document: str) -> str:
    org_id = one_org(person_id)
    with unit_of_work() as uow:
        if what == "restrict":
            service.restrict_guardian(uow, child_id=person_id, adult_id=adult, org_id=org_id, proof=document)
            return str(_("The restriction is recorded. The child is hidden from this adult from now on."))
        if what == "ask":
            service.ask_to_lift_restriction(
                uow, child_id=person_id, adult_id=adult, org_id=org_id, document_ref=document
            )
            return str(_("The lifting is asked for. A colleague confirms it."))
        service.lift_restriction(uow, child_id=person_id, adult_id=adult, org_id=org_id)
    return str(_("The restriction is lifted."))
