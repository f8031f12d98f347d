"""Look after one person: register, roles, family, account, the link with which a password is set."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request, session, url_for
from flask_babel import gettext as _
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from lms.core.db import day_of
from lms.core.errors import Conflict, InvalidInput, LmsError, NotFound
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
from lms.core.web.problems import error_texts, word_error
from lms.people import queries, service
from lms.people.access_rules import Member
from lms.people.rules.authority import grantable, may_grant
from lms.people.support_access import SupportReach
from lms.people.types import AdmissionGround, RoleKind

__all__ = ["blueprint", "office_orgs", "one_org", "own_kinds", "typed_org"]

blueprint = Blueprint("members", __name__, url_prefix="/admin/people", template_folder="../templates")

OFFICE = ("director", "deputy_head", "registrar")
KINDS = ("student", "parent", "staff")


class MemberSchema(Schema):
    """Somebody to be registered; which fields count depends on what they are."""

    org_id = fields.UUID(load_default=None)
    family_name = fields.String(required=True, validate=validate.Length(1, 80))
    given_name = fields.String(required=True, validate=validate.Length(1, 80))
    patronymic = fields.String(load_default="", validate=validate.Length(max=80))
    birth_date = fields.Date(load_default=None)
    email = fields.Email(load_default="")
    phone = fields.String(load_default="", validate=validate.Length(max=40))
    login = fields.String(load_default="", validate=validate.Length(max=80))


class StudentSchema(MemberSchema):
    """A student: on what ground, in which class or grade."""

    ground = fields.Enum(AdmissionGround, by_value=True, load_default=AdmissionGround.CLASS)
    class_id = fields.UUID(load_default=None)
    grade = fields.Integer(load_default=None, validate=validate.Range(1, 11))


class ParentSchema(MemberSchema):
    """A parent of one of the school's students."""

    child = fields.String(required=True, validate=validate.Length(max=80))
    proof = fields.String(load_default="", validate=validate.Length(max=200))


class StaffSchema(MemberSchema):
    """A member of staff with one role or several."""

    roles = fields.List(fields.Enum(RoleKind, by_value=True), required=True, validate=validate.Length(min=1))


SCHEMAS: dict[str, type[MemberSchema]] = {
    "student": StudentSchema,
    "parent": ParentSchema,
    "staff": StaffSchema,
}


def office_orgs() -> set[UUID]:
    """Return the organisations in whose office the reader works."""
    return current_actor().orgs_as(*OFFICE)


def one_org(person_id: UUID) -> UUID:
    """Return the organisation of one's office in whose matter a person is dealt with: named by the form, or the only one."""
    asked = request.form.get("org_id", type=UUID)
    held = set(queries.held_kinds(read_session(), person_id, runtime().clock.now())) & office_orgs()
    if asked in held and asked is not None:
        return asked
    if not held:
        authorise("people.manage", Member(person_id))
    return min(held or office_orgs())


def typed_org(asked: UUID | None) -> UUID:
    """Return the organisation that a form names, if the reader works there, or the first one."""
    orgs = office_orgs()
    if asked is None:
        return min(orgs)
    if asked not in orgs:
        raise NotFound("auth.out_of_reach")
    return asked


def own_kinds(org_id: UUID) -> frozenset[RoleKind]:
    """Return the reader's roles in an organisation."""
    return frozenset(RoleKind(grant.kind) for grant in current_actor().roles if grant.org_id == org_id)


@blueprint.route("/new", methods=["GET", "POST"])
@access("people.register")
def new() -> Response | str | tuple[str, int]:
    """Register somebody: a student, a parent, a member of staff."""
    kind = request.args.get("kind", "student")
    kind = kind if kind in KINDS else "student"
    if request.method == "GET":
        start = {"child": request.args.get("child", "")[:80], "ground": AdmissionGround.CLASS.value}
        return _new_form(kind, Form(values={**start, "class_id": request.args.get("class", "")}))
    form = load_form(SCHEMAS[kind]())
    if form.is_valid:
        try:
            return _register(kind, form.data)
        except InvalidInput as error:
            form.take(error, error_texts())
        except NotFound as error:
            if error.code != "people.no_such_member":
                raise
            form.fail("child", word_error(error))
    return _new_form(kind, form), 422


def _register(kind: str, data: dict[str, Any]) -> Response:
    org_id = typed_org(data.pop("org_id"))
    if kind == "parent":
        now = runtime().clock.now()
        child = data.pop("child")
        data["child_id"] = queries.find_member(read_session(), [org_id], child, now, RoleKind.STUDENT)
    data["roles"] = tuple(data.get("roles", ()))
    with unit_of_work() as uow:
        person_id = service.register_member(uow, service.NewMember(org_id=org_id, **data))
        invited = service.invite(uow, person_id) if data["login"] else None
    if invited is not None:
        _show_once(invited)
    flash_ok(_("The person is registered."))
    return see_other("members.show", person_id=person_id)


def _new_form(kind: str, form: Form) -> str:
    now, orgs = runtime().clock.now(), office_orgs()
    return render_template(
        "people/member_new.html",
        kind=kind,
        values=form.values,
        errors=form.errors,
        orgs=queries.organisation_names(read_session(), orgs),
        classes=queries.classes_of(read_session(), orgs, now),
        grounds=[ground.value for ground in AdmissionGround],
        roles=[role.value for org in sorted(orgs) for role in grantable(own_kinds(org))],
    )


def _show_once(invited: Any) -> None:
    """Keep a new link for the next page only: nobody can read it again."""
    session["invited"] = [str(invited.person_id), invited.token]


def _shown_once(person_id: UUID) -> str:
    """Return the address of the link that was just made for this person, once."""
    kept = session.pop("invited", None)
    if not kept or kept[0] != str(person_id):
        return ""
    return runtime().settings.core.base_url.rstrip("/") + url_for("invitations.show", token=kept[1])


@blueprint.get("/<uuid:person_id>")
@access("people.manage")
def show(person_id: UUID) -> str:
    """Show one of the organisation's people: roles, class, family, account."""
    return _page(person_id, Form())


def _page(person_id: UUID, form: Form) -> str:
    authorise("people.manage", Member(person_id))
    log_look("people.manage", person_id, "person")
    now, orgs, reading = runtime().clock.now(), office_orgs(), read_session()
    view = queries.member_view(reading, person_id, orgs, now)
    to_self = current_actor().person_id == person_id
    held = {(row.org_id, row.kind) for row in view.roles}
    places = sorted({row.org_id for row in view.roles} or orgs)
    options = [
        (org, kind.value)
        for org in places
        for kind in grantable(own_kinds(org))
        if (org, kind) not in held and may_grant(own_kinds(org), kind, to_self=to_self)
    ]
    return render_template(
        "people/member.html",
        view=view,
        person=view.card,
        is_self=to_self,
        link=_shown_once(person_id),
        endable={r.id for r in view.roles if may_grant(own_kinds(r.org_id), r.kind, to_self=to_self)},
        options=options,
        orgs=queries.organisation_names(reading, orgs),
        org_id=places[0],
        is_student=any(row.kind is RoleKind.STUDENT for row in view.roles),
        may_support=_may_see_support(person_id),
        is_staff=any(row.kind not in {RoleKind.STUDENT, RoleKind.GUARDIAN} for row in view.roles),
        days=service.INVITATION_DAYS,
        illnesses=queries.illnesses_of(reading, [person_id]).get(person_id, []),
        values=form.values,
        errors=form.errors,
    )


def _may_see_support(person_id: UUID) -> bool:
    """Tell whether the reader may follow the link to a student's measures."""
    now = runtime().clock.now()
    admission = queries.current_admission(read_session(), person_id, day_of(read_session(), now))
    if admission is None:
        return False
    reach = SupportReach(person_id, admission.org_id, now)
    return runtime().policy.can(read_session(), current_actor(), "people.support_read", reach)


def _answer(person_id: UUID, form: Form, error: LmsError, field: str = "_form") -> tuple[str, int]:
    """Show the person's page with what did not work."""
    if isinstance(error, InvalidInput) and error.fields:
        form.take(error, error_texts())
    else:
        form.fail(field, word_error(error))
    return _page(person_id, form), 422


@blueprint.post("/<uuid:person_id>/invite")
@access("people.manage")
def invite(person_id: UUID) -> Response | tuple[str, int]:
    """Make a link with which the person sets a password; it is shown once."""
    login = request.form.get("login", "").strip()[:80]
    try:
        with unit_of_work() as uow:
            invited = service.invite(uow, person_id, login)
    except (InvalidInput, Conflict) as error:
        return _answer(person_id, Form(values={"login": login}), error)
    _show_once(invited)
    return see_other("members.show", person_id=person_id)


@blueprint.post("/<uuid:person_id>/deactivate")
@access("people.manage")
def deactivate(person_id: UUID) -> Response | tuple[str, int]:
    """Close the person's account; it can be opened again."""
    try:
        with unit_of_work() as uow:
            service.deactivate(uow, person_id)
    except Conflict as error:
        return _answer(person_id, Form(), error)
    flash_ok(_("The account is closed, and every device is signed out. You can open it again here."))
    return see_other("members.show", person_id=person_id)


@blueprint.post("/<uuid:person_id>/reactivate")
@access("people.manage")
def reactivate(person_id: UUID) -> Response | tuple[str, int]:
    """Open a closed account again."""
    try:
        with unit_of_work() as uow:
            service.reactivate(uow, person_id)
    except Conflict as error:
        return _answer(person_id, Form(), error)
    flash_ok(_("The account is open again."))
    return see_other("members.show", person_id=person_id)


@blueprint.post("/<uuid:person_id>/roles")
@access("people.grant_roles")
def give(person_id: UUID) -> Response | tuple[str, int]:
    """Give the person one more role."""
    authorise("people.manage", Member(person_id))
    org_text, _colon, kind = request.form.get("role", "").partition(":")
    form = Form(values={"role": request.form.get("role", "")})
    org_id = next((org for org in office_orgs() if str(org) == org_text), None)
    if org_id is None or kind not in set(RoleKind):
        return _answer(
            person_id, form, InvalidInput("people.needs_role", fields={"role": ["people.needs_role"]})
        )
    try:
        with unit_of_work() as uow:
            service.give_role(uow, person_id=person_id, org_id=org_id, kind=RoleKind(kind))
    except InvalidInput as error:
        return _answer(person_id, form, error)
    flash_ok(_("The role is given."))
    return see_other("members.show", person_id=person_id)


@blueprint.post("/roles/<uuid:role_id>/end")
@access("people.grant_roles")
def end_role(role_id: UUID) -> Response | tuple[str, int]:
    """End a role; it can be given again."""
    try:
        with unit_of_work() as uow:
            person_id = service.end_role(uow, role_id)
    except Conflict as error:
        return _answer(queries.person_of_role(read_session(), role_id), Form(), error)
    flash_ok(_("The role has ended. You can give it again here."))
    return see_other("members.show", person_id=person_id)


@blueprint.post("/<uuid:person_id>/parents")
@access("people.manage_guardians")
def add_parent(person_id: UUID) -> Response | tuple[str, int]:
    """Record somebody who is registered already as the child's parent."""
    authorise("people.manage", Member(person_id))
    form = Form(
        values={"adult": request.form.get("adult", "").strip()[:80], "proof": request.form.get("proof", "")}
    )
    org_id = one_org(person_id)
    try:
        adult = queries.find_member(
            read_session(), office_orgs(), form.values["adult"], runtime().clock.now()
        )
        with unit_of_work() as uow:
            service.link_guardian(
                uow,
                child_id=person_id,
                adult_id=adult,
                org_id=org_id,
                proof=form.values["proof"].strip()[:200],
            )
    except (InvalidInput, Conflict, NotFound) as error:
        return _answer(person_id, form, error, "adult")
    flash_ok(_("The parent is recorded."))
    return see_other("members.show", person_id=person_id)


class IllnessSchema(Schema):
    """The days of a certified illness."""

    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True)
    document_ref = fields.String(required=True, validate=validate.Length(1, 200))


@blueprint.post("/<uuid:person_id>/illness")
@access("people.record_status")
def illness(person_id: UUID) -> Response | tuple[str, int]:
    """Record the days of a certified illness."""
    authorise("people.manage", Member(person_id))
    form = load_form(IllnessSchema())
    if not form.is_valid:
        return _page(person_id, form), 422
    try:
        with unit_of_work() as uow:
            service.record_illness(uow, person_id=person_id, org_id=one_org(person_id), **form.data)
    except InvalidInput as error:
        return _answer(person_id, form, error)
    flash_ok(_("The illness is recorded: its days do not count against the time for a re-sit."))
    return see_other("members.show", person_id=person_id)


@blueprint.route("/<uuid:person_id>/parents/end", methods=["GET", "POST"])
@access("people.manage_guardians")
def end_parent(person_id: UUID) -> Response | str | tuple[str, int]:
    """Ask once, then end what makes an adult this child's parent here."""
    authorise("people.manage", Member(person_id))
    adult = request.values.get("adult", type=UUID)
    if adult is None:
        raise NotFound("people.no_guardian")
    if request.method == "GET":
        return render_template(
            "people/parent_end.html",
            person=queries.person_card(read_session(), person_id),
            adult=queries.person_card(read_session(), adult),
        )
    try:
        with unit_of_work() as uow:
            service.end_guardian(uow, child_id=person_id, adult_id=adult, org_id=one_org(person_id))
    except Conflict as error:
        return _answer(person_id, Form(), error)
    flash_ok(_("The parent no longer acts for the child from now on."))
    return see_other("members.show", person_id=person_id)
