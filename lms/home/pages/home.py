"""Show what is due now: the student's day, the family's children, the staff's work."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import to_user_timezone
from werkzeug.wrappers import Response

from lms.core.web import access, current_actor, read_session, runtime
from lms.core.web.i18n import current_language
from lms.home.rules.day_words import day_in_words
from lms.home.rules.number_words import count_in_words, minutes_in_words
from lms.home.sources.desk import inlets
from lms.home.sources.family import family
from lms.home.sources.pupils import pupils_of
from lms.home.sources.staff import staff_tasks
from lms.home.sources.student import student_day
from lms.home.sources.week import week_of, weeks
from lms.people.contracts import NOTICE_CHANNELS

__all__ = ["blueprint"]

#: Nothing was learnt here before.
FIRST_YEAR = 2000

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
        return render_template(
            "home/student.html",
            day=day,
            today_words=today_words(),
            count_words=count_in_words(len(day.tasks), current_language()),
            minutes_words=minutes_in_words(day.minutes, current_language()),
        )
    if actor.has_role("guardian"):
        return redirect(url_for("home.children"))
    if actor.has_role("technical_admin") and not actor.has_role("director"):
        return redirect(url_for("home.system"))
    return redirect(url_for("home.work"))


@blueprint.get("/children")
@access("home.children")
def children() -> str:
    """Show a card for every child: how it goes and why, what to do, what comes."""
    cards = family(read_session(), current_actor(), runtime().clock.now())
    return render_template("home/children.html", children=cards, today_words=today_words())


@blueprint.get("/children/week")
@access("home.children")
def week() -> str:
    """Show the week of every child: the present one, or that of ``?day=``."""
    at = runtime().clock.now()
    today = to_user_timezone(at).date()
    chosen = week_of(min(_asked_day() or today, today))
    following = chosen.monday + timedelta(days=7)
    return render_template(
        "home/week.html",
        children=weeks(read_session(), current_actor(), chosen, at),
        has_letters=any(each.is_on(runtime().settings) for each in runtime().registries.of(NOTICE_CHANNELS)),
        week=chosen,
        earlier=chosen.monday - timedelta(days=7),
        later=following if following <= today else None,
    )


def _asked_day() -> date | None:
    """Return the day asked for, None when there is none or it cannot be read."""
    try:
        asked = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return None
    return asked if asked.year >= FIRST_YEAR else None


@blueprint.get("/work")
@access("home.work")
def work() -> str:
    """Show what waits for a member of staff, the longest waiting first."""
    here, actor = runtime(), current_actor()
    by_kind = staff_tasks(read_session(), actor, here.clock.now(), here.registries)
    kind = request.args.get("kind", "")
    everything = [task for tasks in by_kind.values() for task in tasks]
    chosen = by_kind.get(kind, everything)
    chosen = sorted(chosen, key=lambda task: (task.order, task.waiting_since or here.clock.now()))
    return render_template(
        "home/work.html",
        inlets=[] if everything else inlets(actor, here.policy),
        tasks=chosen,
        tasks_by_kind=by_kind,
        kind=kind if kind in by_kind else "",
        total=len(everything),
        today_words=today_words(),
        pupils=pupils_of(read_session(), actor, here.clock.now()),
    )
