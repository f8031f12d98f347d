"""Show what is due now, by role; someone with several roles sees all of it."""

from __future__ import annotations

from flask import Blueprint, render_template

from lms.core.web import access, current_actor, read_session, runtime

__all__ = ["blueprint"]

blueprint = Blueprint("home", __name__, template_folder="../templates")


@blueprint.get("/home")
@access("core.home")
def home() -> str:
    """Show the home page of the signed-in person."""
    actor = current_actor()
    return render_template("home/staff.html", now=runtime().clock.now(), tasks=[], session=read_session(), who=actor)
