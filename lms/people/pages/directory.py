"""Show the people of one's own organisations: search, paging, roles."""

from __future__ import annotations

from flask import render_template, request

from lms.core.web import access, current_actor, page_number, read_session
from lms.people import queries
from lms.people.consent_access import BASIS
from lms.people.pages.account import blueprint

__all__ = ["directory"]


@blueprint.get("/admin/people")
@access("people.list")
def directory() -> str:
    """List persons and their roles in the actor's organisations."""
    orgs = current_actor().orgs_as("director", "deputy_head", "registrar")
    text = request.args.get("q", "").strip()[:80]
    page = queries.directory(read_session(), orgs, text, page_number())
    has_basis = current_actor().has_role(*BASIS)
    return render_template("people/directory.html", page=page, text=text, has_basis=has_basis)
