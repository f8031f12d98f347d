"""Show what is due now: the student's day, the family's children, the staff's work."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask_babel import to_user_timezone
from werkzeug.wrappers import Response

from lms.core.web import access, current_actor, read_session, runtime
from lms.core.web.i18n import current_language
from lms.home.rules.day_words import day_in_words
from lms.home.sources.student import student_day

__all__ = ["blueprint"]

blueprint = Blueprint("home", __name__, template_folder="../templates")


def today_words() -> str:
    """Return today's date in words in the reader's language and the school's time zone."""
    today = to_user_timezone(runtime().clock.now()).date()
    return day_in_words(today, current_language())


@blueprint.get("/home")
@access("core.home")
def home() -> Response | str:
    """Show the student's day; lead everybody else to their own first page."""
    actor = current_actor()
    if actor.has_role("student") and actor.person_id is not None:
        day = student_day(read_session(), actor.person_id, runtime().clock.now())
        return render_template("home/student.html", day=day, today_words=today_words(), stations=())
    if actor.has_role("guardian"):
        return redirect(url_for("home.children"))
    if actor.has_role("technical_admin") and not actor.has_role("director"):
        return redirect(url_for("home.system"))
    return redirect(url_for("home.work"))
