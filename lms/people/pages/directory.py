"""Show the people of one's own organisations: search, paging, roles."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask_babel import pgettext

from lms.core.web import access, current_actor, page_number, read_session
from lms.people import queries
from lms.people.consent_access import BASIS
from lms.people.pages.account import blueprint
from lms.people.types import RoleKind

__all__ = ["directory"]

GROUPS = {
    "all": frozenset(RoleKind),
    "students": frozenset({RoleKind.STUDENT}),
    "parents": frozenset({RoleKind.GUARDIAN}),
    "staff": frozenset(RoleKind) - {RoleKind.STUDENT, RoleKind.GUARDIAN},
}


@blueprint.get("/admin/people")
@access("people.list")
def directory() -> str:
    """List persons and their roles in the actor's organisations."""
    orgs = current_actor().orgs_as("director", "deputy_head", "registrar")
    text, who = request.args.get("q", "").strip()[:80], request.args.get("who", "all")
    who = who if who in GROUPS else "all"
    page = queries.directory(read_session(), orgs, text, page_number(), kinds=GROUPS[who])
    pages = {
        "number": page.number,
        "pages": page.pages,
        "url": url_for("people.directory", q=text or None, who=who) + "&page=",
    }
    return render_template(
        "people/directory.html",
        page=page,
        pages=pages,
        text=text,
        who=who,
        chips=_chips(text, who),
        has_basis=current_actor().has_role(*BASIS),
    )


def _chips(text: str, who: str) -> list[dict[str, Any]]:
    words = {
        "all": pgettext("people", "All"),
        "students": pgettext("people", "Students"),
        "parents": pgettext("people", "Parents"),
        "staff": pgettext("people", "Staff"),
    }
    return [
        {
            "text": word,
            "href": url_for("people.directory", who=name, q=text or None),
            "current": name == who,
        }
        for name, word in words.items()
    ]
