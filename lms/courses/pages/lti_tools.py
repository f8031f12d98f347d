"""Register tools of other makers that courses may open (LTI 1.3), and close them: for those who answer for the school."""

from __future__ import annotations

from uuid import UUID

from flask import render_template, url_for
from flask_babel import gettext as _
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from lms.core.errors import InvalidInput, NotFound
from lms.core.web import (
    Form,
    access,
    current_actor,
    flash_ok,
    load_form,
    read_session,
    runtime,
    see_other,
    unit_of_work,
)
from lms.core.web.problems import error_texts
from lms.courses import service
from lms.courses.access_rules import HEADS
from lms.courses.pages.catalogue import blueprint
from lms.courses.tool_reading import tools_of
from lms.people.queries import organisation_names

__all__ = ["tools"]


class ToolSchema(Schema):
    """A tool, as its maker describes it."""

    org_id = fields.UUID(load_default=None)
    name = fields.String(required=True, validate=validate.Length(1, 120))
    address = fields.String(required=True, validate=validate.Length(1, 500))
    login_address = fields.String(required=True, validate=validate.Length(1, 500))
    redirects = fields.String(required=True, validate=validate.Length(1, 5000))
    jwks = fields.String(load_default="", validate=validate.Length(max=20_000))
    tells_names = fields.Boolean(load_default=False)
    counts = fields.Boolean(load_default=False)
    keys_address = fields.String(load_default="", validate=validate.Length(max=500))
    is_framed = fields.Boolean(load_default=False)
    offers_choice = fields.Boolean(load_default=False)


@blueprint.get("/tools")
@access("courses.manage_tools")
def tools() -> str:
    """Show the tools of one's own organisations, and what their makers have to be told."""
    return _page(Form())


@blueprint.post("/tools")
@access("courses.manage_tools")
def register_tool() -> Response | tuple[str, int]:
    """Register a tool."""
    form, own = load_form(ToolSchema()), _own()
    if form.is_valid:
        org_id = form.data.pop("org_id") or min(own)
        if org_id not in own:
            raise NotFound("auth.out_of_reach")
        redirects = form.data.pop("redirects").splitlines()
        try:
            with unit_of_work() as uow:
                made = service.register_tool(uow, org_id, service.NewTool(redirects=redirects, **form.data))
            service.refresh_tool_keys(runtime(), made)  # outside of the transaction: another site is asked
            flash_ok(_("The tool is registered. Tell its maker what stands below its name."))
            return see_other("courses.tools")
        except InvalidInput as error:
            form.take(error, error_texts())
    return _page(form), 422


@blueprint.post("/tools/<uuid:tool_id>/close")
@access("courses.manage_tools")
def close_tool(tool_id: UUID) -> Response:
    """Let nobody go to a tool any more."""
    with unit_of_work() as uow:
        service.close_tool(uow, tool_id)
    flash_ok(_("The tool is closed. Its steps show the same in words."))
    return see_other("courses.tools")


def _own() -> set[UUID]:
    return current_actor().orgs_as(*HEADS)


def _page(form: Form) -> str:
    own, base = _own(), runtime().settings.core.base_url.rstrip("/")
    return render_template(
        "courses/tools.html",
        tools=tools_of(read_session(), list(own)),
        orgs=organisation_names(read_session(), own),
        issuer=base,
        addresses=[
            (_("Where it asks who comes (authentication request)"), base + url_for("courses.tool_asks")),
            (
                _("Where it sends a task that was chosen (deep linking)"),
                base + url_for("courses.task_chosen"),
            ),
            (_("Our public keys (JWKS)"), base + url_for("courses.tool_keys")),
            (_("Where it gets a key for results (access token)"), base + url_for("courses.tool_token")),
        ],
        values=form.values,
        errors=form.errors,
    )
