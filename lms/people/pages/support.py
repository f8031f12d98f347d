"""Support plans: what is agreed for one student, the next version, and its approval."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from flask_babel import gettext as _
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from lms.core.errors import InvalidInput, NotFound
from lms.core.web import (
    Form,
    access,
    authorise,
    current_actor,
    flash_ok,
    load_form,
    log_look,
    read_session,
    runtime,
    see_other,
    unit_of_work,
)
from lms.core.web.problems import error_texts
from lms.people import queries
from lms.people.queries import SupportVersionView, support_versions
from lms.people.service import support as service
from lms.people.support_access import SupportReach
from lms.people.types import MeasureCode, MeasureValue, Relation

__all__ = ["SupportSchema", "blueprint", "measures_from"]

blueprint = Blueprint("support", __name__, template_folder="../templates")

#: Measures that are either agreed or not; the others carry numbers.
PLAIN = (
    MeasureCode.READ_ALOUD,
    MeasureCode.SIMPLIFIED_LAYOUT,
    MeasureCode.ASSISTANT,
    MeasureCode.NO_CAMERA,
    MeasureCode.NO_RANKING,
)


class SupportSchema(Schema):
    """The next version of a support plan."""

    extra_minutes = fields.Integer(load_default=0, validate=validate.Range(0, 240))
    type_size = fields.Integer(load_default=0, validate=validate.OneOf([0, 125, 150, 200]))
    break_count = fields.Integer(load_default=0, validate=validate.Range(0, 6))
    break_minutes = fields.Integer(load_default=0, validate=validate.Range(0, 30))
    plain = fields.List(
        fields.String(validate=validate.OneOf([code.value for code in PLAIN])), load_default=list
    )
    scope = fields.String(load_default="all", validate=validate.OneOf(["all", "exam"]))
    source_ref = fields.String(required=True, validate=validate.Length(max=200))
    valid_from = fields.Date(required=True)
    valid_to = fields.Date(load_default=None)


def measures_from(data: dict[str, Any]) -> list[MeasureValue]:
    """Return the measures that a checked form asks for."""
    scope = (data["scope"],)
    found = []
    if data["extra_minutes"]:
        found.append(MeasureValue(MeasureCode.EXTRA_TIME, {"minutes": data["extra_minutes"]}, scope))
    if data["type_size"]:
        found.append(MeasureValue(MeasureCode.LARGE_TYPE, {"size": data["type_size"]}, ("all",)))
    if data["break_count"]:
        breaks = {"count": data["break_count"], "minutes_each": data["break_minutes"]}
        found.append(MeasureValue(MeasureCode.REST_BREAKS, breaks, scope))
    return found + [MeasureValue(MeasureCode(code), {}, scope) for code in data["plain"]]


def _reach(person_id: UUID) -> SupportReach:
    admission = queries.current_admission(read_session(), person_id, runtime().clock.now().date())
    if admission is None:
        raise NotFound("people.no_person")
    return SupportReach(person_id, admission.org_id, runtime().clock.now())


def _lines(version: SupportVersionView) -> list[dict[str, str]]:
    scopes = {"all": _("always"), "exam": _("at exams")}
    return [
        {"text": service.measure_words(m.code, m.params), "scope": str(scopes.get(m.scope[0], m.scope[0]))}
        for m in version.measures
    ]


@blueprint.get("/support/<uuid:person_id>")
@access("people.support_read")
def show(person_id: UUID) -> str:
    """Show the measures in force, a version that waits for approval, and earlier ones."""
    authorise("people.support_read", _reach(person_id))
    return _show(person_id)


def _show(person_id: UUID) -> str:
    actor, policy, reach = current_actor(), runtime().policy, _reach(person_id)
    relations = queries.relations_in(read_session(), actor, person_id, reach.org_id, reach.at)
    if Relation.GUARDIAN_VIEW not in relations:
        log_look("people.support_read", person_id, "support_plan")
    session = read_session()
    versions = support_versions(session, person_id)
    waiting = next((v for v in versions if v.is_waiting), None)
    roles = {"guardian"} if Relation.GUARDIAN_SIGN in relations else set()
    roles |= {"specialist"} if Relation.SPECIALIST in relations else set()
    can_approve = waiting is not None and any(waiting.approved_by(role) is None for role in roles)
    people = [row.person_id for version in versions for row in version.approvals]
    return render_template(
        "people/support/show.html",
        person=queries.person_card(session, person_id),
        is_self=actor.person_id == person_id,
        is_guardian=Relation.GUARDIAN_VIEW in relations,
        active=next((v for v in versions if v.is_active), None),
        waiting=waiting,
        earlier=[v for v in versions if not v.is_active and not v.is_waiting],
        lines=_lines,
        can_write=policy.can(session, actor, "people.support_write", reach),
        can_approve=can_approve,
        shows_source=bool(
            relations
            & {
                Relation.SELF,
                Relation.GUARDIAN_VIEW,
                Relation.SPECIALIST,
                Relation.DEPUTY_HEAD,
                Relation.DIRECTOR,
            }
        ),
        cards=queries.person_cards(session, people),
    )


@blueprint.route("/support/<uuid:person_id>/new", methods=["GET", "POST"])
@access("people.support_write")
def new(person_id: UUID) -> Response | str | tuple[str, int]:
    """Propose the next version; what was typed stays when something is missing."""
    authorise("people.support_write", _reach(person_id))
    return _save(person_id) if request.method == "POST" else _form(person_id, Form(values=_start(person_id)))


def _save(person_id: UUID) -> Response | tuple[str, int]:
    form = load_form(SupportSchema())
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                service.create_support_plan(
                    uow,
                    person_id=person_id,
                    measures=measures_from(form.data),
                    source_ref=form.data["source_ref"],
                    valid_from=form.data["valid_from"],
                    valid_to=form.data["valid_to"],
                )
            flash_ok(
                _("The measures are proposed. They hold once the specialist and a parent have approved them.")
            )
            return see_other("support.show", person_id=person_id)
        except InvalidInput as error:
            form.take(error, error_texts())
    return _form(person_id, form), 422


def _start(person_id: UUID) -> dict[str, Any]:
    """Return the form filled with the newest version, so that nobody types what is known."""
    values: dict[str, Any] = {
        "valid_from": runtime().clock.now().date().isoformat(),
        "scope": "all",
        "plain": [],
    }
    versions = support_versions(read_session(), person_id)
    for measure in versions[0].measures if versions else ():
        match measure.code:
            case MeasureCode.EXTRA_TIME:
                values.update(extra_minutes=measure.params["minutes"], scope=measure.scope[0])
            case MeasureCode.LARGE_TYPE:
                values["type_size"] = measure.params["size"]
            case MeasureCode.REST_BREAKS:
                values.update(
                    break_count=measure.params["count"], break_minutes=measure.params["minutes_each"]
                )
            case _:
                values["plain"].append(measure.code.value)
    return values


def _form(person_id: UUID, form: Form) -> str:
    return render_template(
        "people/support/form.html",
        person=queries.person_card(read_session(), person_id),
        values=form.values,
        errors=form.errors,
        plain=[(code.value, service.measure_words(code, {})) for code in PLAIN],
    )


@blueprint.post("/support/versions/<uuid:support_plan_id>/approve")
@access("people.support_approve")
def approve(support_plan_id: UUID) -> Response:
    """Approve the waiting version as specialist or parent."""
    with unit_of_work() as uow:
        receipt = service.approve_support_plan(uow, support_plan_id=support_plan_id)
    words = _("The measures are in force from now on, in every timer and page.")
    flash_ok(words if receipt.is_active else _("Your approval is recorded. One more is needed."))
    return see_other("support.show", person_id=receipt.person_id)
