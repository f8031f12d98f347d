"""Show the pages that belong to nobody in particular: landing, reading settings, language, accessibility, health."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from lms.core import migrate
from lms.core.models import WorkerBeat
from lms.core.web.access import access
from lms.core.web.context import current_actor, read_session, runtime
from lms.core.web.i18n import LOCALES
from lms.core.web.prefs import CHOICES, YEAR_S, from_mapping, keep_chosen, reading_prefs
from lms.core.web.replies import safe_next

__all__ = ["blueprint"]

blueprint = Blueprint("core", __name__, template_folder="../templates", static_folder=None)


@blueprint.get("/")
@access("core.public")
def landing() -> Response | str:
    """Show what the product is for; signed-in people go to their own home."""
    if current_actor().is_authenticated:
        return redirect("/home")
    return render_template("core/landing.html")


@blueprint.get("/accessibility")
@access("core.public")
def accessibility() -> str:
    """Show the accessibility statement."""
    return render_template("core/accessibility.html")


@blueprint.route("/reading", methods=["GET", "POST"])
@access("core.public")
def reading() -> Response | str:
    """Let the reader choose size, scheme, spacing, pictures and letters; works for guests and without JavaScript."""
    if request.method == "GET":
        return render_template("core/reading.html", choices=CHOICES, values=reading_prefs(), next=safe_next())
    chosen = from_mapping({} if "reset" in request.form else dict(request.form))
    response = redirect(safe_next("/reading"), code=303)
    keep_chosen(response, chosen)
    return response


@blueprint.post("/locale")
@access("core.public")
def set_locale() -> Response:
    """Switch the language and return to the same page."""
    chosen = request.form.get("locale", "")
    response = redirect(safe_next(), code=303)
    if chosen in LOCALES:
        secure = runtime().settings.core.secure_cookies
        response.set_cookie("locale", chosen, max_age=YEAR_S, samesite="Lax", httponly=True, secure=secure)
    return response


@blueprint.get("/health/live")
@access("core.public")
def live() -> dict[str, str]:
    """Answer while the process can answer at all."""
    return {"status": "alive"}


@blueprint.get("/health/ready")
@access("core.public")
def ready() -> Response:
    """Answer 200 once database, schema and worker are up, else 503 with what is missing."""
    checks = {"database": False, "schema": False, "worker": False}
    try:
        session = read_session()
        checks["database"] = session.scalar(sa.select(sa.literal(1))) == 1
        url = runtime().database.url
        checks["schema"] = migrate.current_revisions(url) == migrate.head_revisions(url)
        since = runtime().clock.now() - timedelta(seconds=runtime().settings.core.worker_heartbeat_s)
        checks["worker"] = bool(session.scalar(sa.select(sa.func.count()).where(WorkerBeat.at >= since)))
    except sa.exc.SQLAlchemyError:
        pass  # what could not be asked stays False and is reported as such
    status = 200 if all(checks.values()) else 503
    body: dict[str, Any] = {"status": "ready" if status == 200 else "not_ready", "checks": checks}
    return make_response(body, status)
