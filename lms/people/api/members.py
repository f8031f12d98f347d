"""Let programs look after the people of an organisation: list, register, invite, close and open accounts, roles."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from lms.core.web import ApiBlueprint, access, authorise, current_actor, read_session, runtime, unit_of_work
from lms.people import queries, service
from lms.people.access_rules import Member
from lms.people.pages.members import office_orgs, typed_org
from lms.people.types import AdmissionGround, RoleKind

__all__ = ["blueprint"]

blueprint = ApiBlueprint(
    "members_api", __name__, url_prefix="/api/v1", description="People: register, invite, roles, accounts"
)


class MemberQuerySchema(Schema):
    """Which of one's people are wanted."""

    q = fields.String(load_default="", validate=validate.Length(max=80))
    role = fields.Enum(RoleKind, by_value=True, load_default=None)
    page = fields.Integer(load_default=1, validate=validate.Range(1, 1_000_000))


class MemberRowSchema(Schema):
    """One person in a list: the code, and the name where the identity store is present."""

    id = fields.UUID(attribute="card.id")
    code = fields.String(attribute="card.code")
    name = fields.String(attribute="card.name")
    roles = fields.List(fields.String())
    login = fields.String()
    is_active = fields.Boolean()


class MemberPageSchema(Schema):
    """A page of the list."""

    items = fields.List(fields.Nested(MemberRowSchema))
    number = fields.Integer()
    pages = fields.Integer()
    total = fields.Integer()


class HeldRoleSchema(Schema):
    """A role that holds now."""

    id = fields.UUID()
    kind = fields.Enum(RoleKind, by_value=True)
    org_id = fields.UUID()
    valid_from = fields.AwareDateTime()


class AccountSchema(Schema):
    """How somebody signs in."""

    login = fields.String()
    is_active = fields.Boolean()
    has_password = fields.Boolean()
    invited_until = fields.AwareDateTime(allow_none=True)


class MemberSchema(Schema):
    """One person with account and roles in the caller's organisations."""

    id = fields.UUID(attribute="card.id")
    code = fields.String(attribute="card.code")
    name = fields.String(attribute="card.name")
    account = fields.Nested(AccountSchema, allow_none=True)
    roles = fields.List(fields.Nested(HeldRoleSchema))


class NewMemberSchema(Schema):
    """Somebody to be registered: a student (``ground``), a parent (``child_id``, ``proof``), staff (``roles``)."""

    org_id = fields.UUID(load_default=None)
    family_name = fields.String(required=True, validate=validate.Length(1, 80))
    given_name = fields.String(required=True, validate=validate.Length(1, 80))
    patronymic = fields.String(load_default="", validate=validate.Length(max=80))
    birth_date = fields.Date(load_default=None)
    login = fields.String(load_default="", validate=validate.Length(max=80))
    ground = fields.Enum(AdmissionGround, by_value=True, load_default=None)
    grade = fields.Integer(load_default=None, validate=validate.Range(1, 11))
    class_id = fields.UUID(load_default=None)
    child_id = fields.UUID(load_default=None)
    proof = fields.String(load_default="", validate=validate.Length(max=200))
    roles = fields.List(fields.Enum(RoleKind, by_value=True), load_default=list)


class RoleSchema(Schema):
    """A role to be given in one of the caller's organisations."""

    org_id = fields.UUID(load_default=None)
    kind = fields.Enum(RoleKind, by_value=True, required=True)


class InvitedSchema(Schema):
    """A link's secret: it is told once and opens ``/invitation/<token>``."""

    person_id = fields.UUID()
    login = fields.String()
    token = fields.String()


def _view(person_id: UUID) -> queries.MemberView:
    authorise("people.manage", Member(person_id))
    return queries.member_view(read_session(), person_id, office_orgs(), runtime().clock.now())


@blueprint.get("/persons")
@access("people.list")
@blueprint.arguments(MemberQuerySchema, location="query")
@blueprint.response(200, MemberPageSchema)
def members(data: dict[str, Any]) -> Any:
    """List the people of the organisations in whose office the caller works, by name."""
    orgs = current_actor().orgs_as("director", "deputy_head", "registrar")
    kinds = tuple(RoleKind) if data["role"] is None else (data["role"],)
    return queries.directory(read_session(), orgs, data["q"], data["page"], kinds=kinds)


@blueprint.post("/persons")
@access("people.register")
@blueprint.arguments(NewMemberSchema)
@blueprint.response(201, MemberSchema)
def register(data: dict[str, Any]) -> queries.MemberView:
    """Register somebody with what they are at the organisation; a login opens an account without a password."""
    org_id = typed_org(data.pop("org_id"))
    data["roles"] = tuple(data["roles"])
    with unit_of_work() as uow:
        person_id = service.register_member(uow, service.NewMember(org_id=org_id, **data))
    return _view(person_id)


@blueprint.get("/persons/<uuid:person_id>")
@access("people.manage")
@blueprint.response(200, MemberSchema)
def member(person_id: UUID) -> queries.MemberView:
    """Show one person's account and roles."""
    return _view(person_id)


@blueprint.post("/persons/<uuid:person_id>/invitation")
@access("people.manage")
@blueprint.response(201, InvitedSchema)
def invite(person_id: UUID) -> Any:
    """Make a link with which the person sets a password once; earlier links end."""
    with unit_of_work() as uow:
        return service.invite(uow, person_id)


@blueprint.post("/persons/<uuid:person_id>/deactivate")
@access("people.manage")
@blueprint.response(200, MemberSchema)
def deactivate(person_id: UUID) -> queries.MemberView:
    """Close the person's account and sign out every device."""
    with unit_of_work() as uow:
        service.deactivate(uow, person_id)
    return _view(person_id)


@blueprint.post("/persons/<uuid:person_id>/reactivate")
@access("people.manage")
@blueprint.response(200, MemberSchema)
def reactivate(person_id: UUID) -> queries.MemberView:
    """Open a closed account again."""
    with unit_of_work() as uow:
        service.reactivate(uow, person_id)
    return _view(person_id)


@blueprint.post("/persons/<uuid:person_id>/roles")
@access("people.grant_roles")
@blueprint.arguments(RoleSchema)
@blueprint.response(201, MemberSchema)
def give(data: dict[str, Any], person_id: UUID) -> queries.MemberView:
    """Give the person a role that stands no higher than the caller's own."""
    authorise("people.manage", Member(person_id))
    with unit_of_work() as uow:
        service.give_role(uow, person_id=person_id, org_id=typed_org(data["org_id"]), kind=data["kind"])
    return _view(person_id)


@blueprint.post("/roles/<uuid:role_id>/end")
@access("people.grant_roles")
@blueprint.response(200, MemberSchema)
def end_role(role_id: UUID) -> queries.MemberView:
    """End a role that was given by hand."""
    with unit_of_work() as uow:
        person_id = service.end_role(uow, role_id)
    return _view(person_id)
