"""Show a student's examinations and everything before the first question."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext, ngettext, pgettext
from werkzeug.wrappers import Response

from lms.assessment import queries, service
from lms.assessment.access_rules import sees_conditions
from lms.assessment.api.looks import log_look
from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.pages import words
from lms.assessment.pages.journal import debt_rows
from lms.assessment.pages.plan_words import plan_rules
from lms.assessment.pages.practice import practice_feedback, practice_question
from lms.assessment.ports import ATTEMPT_GATES
from lms.assessment.queries.views import EntryView, ExamView
from lms.core.errors import Conflict, Forbidden, InvalidInput
from lms.core.ids import parse_id
from lms.core.web.access import access, authorise
from lms.core.web.context import current_actor, read_session, runtime, unit_of_work
from lms.core.web.dates import clock_time, format_date, format_datetime
from lms.core.web.problems import word_error
from lms.core.web.replies import see_other
from lms.people.queries import children_of, person_card
from lms.people.service import measure_words
from lms.people.types import MeasureCode

__all__ = ["bp"]

bp = Blueprint("exams", __name__, url_prefix="/exams", template_folder="../templates")

#: States in which the work waits for the student right now.
NOW = frozenset({"open", "in_progress", "paused"})


def _person() -> UUID:
    person_id = current_actor().person_id
    if person_id is None:
        raise Forbidden("auth.not_your_role")
    return person_id


@bp.get("")
@access("assessment.exams")
def index() -> Response | str:
    """List one's own examinations, or (``?person=``) those of a child or student: now, ahead, past.

    Who sits none is led on: a parent of one child to that child's, everybody else to the first page.
    """
    own = _person()
    person_id = parse_id(request.args.get("person", "")) or own
    if person_id == own and not current_actor().has_role("student"):
        children = children_of(read_session(), own, runtime().clock.now())
        if len(children) == 1:
            return redirect(url_for("exams.index", person=children[0].id))
        return redirect("/home")
    authorise("assessment.exams", person_id)
    log_look("assessment.exams", person_id)
    exams = queries.exams_for(read_session(), current_actor(), person_id, runtime().clock.now())
    is_own = person_id == own
    groups = {
        "now": [_step(exam) for exam in exams if (exam.state in NOW or exam.may_sit_again) and is_own],
        "ahead": [
            _row(exam) for exam in exams if exam.state == "planned" or (exam.state in NOW and not is_own)
        ],
        "past": [_row(exam) for exam in reversed(exams) if exam.state not in NOW | {"planned"}],
    }
    other = None if is_own else person_card(read_session(), person_id).name
    return render_template(
        "assessment/exams.html",
        groups=groups,
        other=other,
        timetable=url_for("sessions.timetable", person_id=person_id),
        journal=url_for("journal.index", person=None if is_own else person_id),
        debts=debt_rows(person_id),
    )


def _step(exam: ExamView) -> dict[str, Any]:
    """Return the card of an examination that waits for the student now."""
    href = url_for("exams.overview", entry_id=exam.entry_id)
    action, text = gettext("Get ready"), _when(exam)
    if exam.state in {"in_progress", "paused"} and exam.attempt_id is not None:
        href, action = url_for("attempts.enter", attempt_id=exam.attempt_id), gettext("Continue")
        text = pgettext("student", "The work is open. Everything you have answered is saved.")
    elif exam.may_sit_again:
        action, text = pgettext("student", "Sit it again"), pgettext("student", "You can sit it again")
    return {
        "title": exam.title,
        "text": text,
        "href": href,
        "action": action,
        "subject": exam.subject,
        "minutes": words.own_time_words(exam),
    }


def _row(exam: ExamView) -> dict[str, Any]:
    state = words.exam_state(exam)
    if exam.result is not None and exam.state == "released":
        state = {
            **state,
            "text": words.mark_word(exam.result.mark),
            "kind": "ok" if exam.result.is_passed else "part",
        }
    is_over = exam.attempt_id is not None and exam.state not in {"planned", "open"}
    href = url_for("exams.overview", entry_id=exam.entry_id)
    if is_over:
        href = url_for("outcomes.status", attempt_id=exam.attempt_id)
    detail = format_date(exam.ended_at, "d MMMM") if exam.ended_at else _when(exam)
    return {"title": exam.title, "detail": detail, "href": href, "subject": exam.subject, "state": state}


def _when(exam: ExamView) -> str:
    """Return the window in words: one day with its hours, or from one moment to another."""
    if format_date(exam.opens_at) == format_date(exam.closes_at):
        hours = {"start": clock_time(exam.opens_at), "end": clock_time(exam.closes_at)}
        return str(
            gettext(
                "%(day)s, from %(start)s to %(end)s", day=format_date(exam.opens_at, "d MMMM, EEEE"), **hours
            )
        )
    start, end = (format_datetime(moment, "d MMMM, HH:mm") for moment in (exam.opens_at, exam.closes_at))
    return str(gettext("from %(start)s to %(end)s", start=start, end=end))


def _entry(entry_id: UUID) -> EntryView:
    """Return the page's data; somebody else's examination looks like one that does not exist."""
    gates = runtime().registries.of(ATTEMPT_GATES)
    now, actor = runtime().clock.now(), current_actor()
    view = queries.entry_view(read_session(), gates, entry_id, now)
    authorise("assessment.exams", view.exam)
    log_look("assessment.exams", view.exam.person_id, "assessment.entry", entry_id)
    if sees_conditions(read_session(), actor, view.exam.person_id, view.exam.org_id, now):
        return view
    return view.as_common()


@bp.get("/<uuid:entry_id>")
@access("assessment.exams")
def overview(entry_id: UUID) -> Response | str:
    """Show what the examination is, what holds for this student, what is recorded, and what is still to do."""
    view = _entry(entry_id)
    exam = view.exam
    is_own = exam.person_id == current_actor().person_id
    return render_template(
        "assessment/exam.html",
        view=view,
        exam=exam,
        kind=words.kind_word(exam.kind),
        when=_when(exam),
        state=words.exam_state(exam),
        is_own=is_own,
        lead=_lead(view) if is_own else _lead_of_other(exam),
        facts=_facts(view),
        steps=_steps(view) if exam.state in {"planned", "open"} else [],
        plan_rules=plan_rules(view.plan) if view.plan else [],
        record=_record(view) if is_own else _record_of_other(view),
    )


def _lead(view: EntryView) -> dict[str, str]:
    """Return the one main step of the page."""
    exam = view.exam
    own = url_for("exams.ready", entry_id=exam.entry_id)
    if exam.state == "planned":
        opens = format_datetime(exam.opens_at, "d MMMM, HH:mm")
        title = gettext("The exam opens on %(moment)s", moment=opens)
        return {"title": title, "text": pgettext("student", "Everything below can be done beforehand.")}
    if exam.state == "open" and view.may_start:
        return {
            "title": pgettext("student", "You can start"),
            "action": pgettext("exam", "Go on"),
            "href": own,
        }
    if exam.state == "open":
        gate = next(gate for gate in view.gates if not gate.is_open)
        title = pgettext("student", "One step is left before the start")
        return {"title": title, "text": gate.title, "action": gettext("Do it now"), "href": gate.url or ""}
    if exam.state in {"in_progress", "paused"}:
        title = pgettext("student", "The work is open, your answers are saved")
        return {
            "title": title,
            "action": gettext("Continue"),
            "href": url_for("attempts.enter", attempt_id=exam.attempt_id),
        }
    if exam.may_sit_again:
        return {
            "title": pgettext("student", "You can sit it again"),
            "text": gettext("This would be sitting %(number)s.", number=exam.sitting + 1),
            "action": pgettext("exam", "Go on"),
            "href": own,
        }
    if exam.attempt_id is not None:
        href = url_for("outcomes.status", attempt_id=exam.attempt_id)
        return {"title": gettext("The work is over"), "action": gettext("See where it stands"), "href": href}
    title = {"cancelled": gettext("This exam was cancelled")}.get(
        exam.state, gettext("This exam did not take place")
    )
    text = pgettext("student", "Ask your teacher or the school office about another day.")
    return {"title": title, "text": text}


def _lead_of_other(exam: ExamView) -> dict[str, str]:
    """Return where a student's examination stands, for family and staff: nothing here is theirs to press."""
    opens = format_datetime(exam.opens_at, "d MMMM, HH:mm")
    beforehand = gettext("The student can read the rules, try the device and a question beforehand.")
    by_state: dict[str, tuple[str, str]] = {
        "planned": (gettext("The exam opens on %(moment)s", moment=opens), beforehand),
        "open": (gettext("The student can begin at any time while the exam is open"), beforehand),
        "in_progress": (gettext("The student is working"), gettext("What is answered is saved.")),
        "paused": (gettext("The time stands still"), gettext("What is answered is saved.")),
        "cancelled": (
            gettext("This exam was cancelled"),
            gettext("The teacher or the school office names another day."),
        ),
    }
    if exam.state in by_state:
        title, text = by_state[exam.state]
    elif exam.attempt_id is not None:
        title, text = gettext("The work is over"), ""
    else:
        title = gettext("This exam did not take place")
        text = gettext("The teacher or the school office names another day.")
    return {"title": title, "text": text}


def _facts(view: EntryView) -> list[tuple[str, str]]:
    exam = view.exam
    questions = ngettext("%(num)d question", "%(num)d questions", exam.item_count)
    if view.plan is not None and view.plan.adaptive is not None:
        questions = ngettext("at most %(num)d question", "at most %(num)d questions", exam.item_count)
    rows = [(gettext("When"), _when(exam)), (pgettext("exam", "Length"), words.own_time_words(exam))]
    rows.append((gettext("Questions"), questions))
    if view.rest_breaks:
        count, minutes = view.rest_breaks
        breaks = ngettext("%(num)d break", "%(num)d breaks", count)
        rows.append(
            (
                gettext("Breaks"),
                gettext(
                    "%(breaks)s, each %(length)s, the time stops",
                    breaks=breaks,
                    length=words.up_to_words(minutes),
                ),
            )
        )
    agreed = [measure_words(m.code, m.params) for m in view.agreed if m.code not in _SHOWN]
    if agreed:
        rows.append((gettext("Also agreed"), "; ".join(agreed)))
    rows.append((gettext("Where"), words.venue_words([exam.venue_mode], exam.venue)))
    return rows


#: What the page shows by itself: the length, the breaks, the period, the size of the type.
_SHOWN = frozenset(
    {
        MeasureCode.EXTRA_TIME,
        MeasureCode.TIME_FACTOR,
        MeasureCode.REST_BREAKS,
        MeasureCode.EXTENDED_WINDOW,
        MeasureCode.LARGE_TYPE,
    }
)


def _prepared(entry_id: UUID) -> list[str]:
    """Return which of the two own steps this student has done in this sign-in; neither is a condition."""
    return list(session.get("exam_prep", {}).get(str(entry_id), []))


def _note_prepared(entry_id: UUID, step: str) -> None:
    done = dict(session.get("exam_prep", {}))
    done[str(entry_id)] = sorted({*_prepared(entry_id), step})
    session["exam_prep"] = done


def _steps(view: EntryView) -> list[dict[str, Any]]:
    """Return the list of things to do before the start: rules, what the gates ask for, a practice question."""
    entry_id, done = view.exam.entry_id, _prepared(view.exam.entry_id)
    own = [
        (
            "rules",
            gettext("Read the rules"),
            url_for("exams.rules", entry_id=entry_id),
            "list",
            words.minutes_words(1),
        ),
        (
            "practice",
            gettext("Try a practice question"),
            url_for("exams.practice", entry_id=entry_id),
            "edit",
            words.minutes_words(2),
        ),
    ]
    rows = [
        _step_row(title, url, icon, "done" if key in done else "todo", minutes)
        for key, title, url, icon, minutes in own
    ]
    asked = [_step_row(step.title, step.url, "shield", step.state, "") for step in view.steps]
    return [rows[0], *asked, rows[1]]


def _step_row(title: str, url: str | None, icon: str, state: str, minutes: str) -> dict[str, Any]:
    states = {
        "done": {"kind": "ok", "text": gettext("Ready")},
        "current": {"kind": "info", "text": gettext("Now"), "icon": "right"},
        "waiting": {"kind": "info", "text": gettext("Being checked")},
    }
    row: dict[str, Any] = {"title": title, "href": url, "icon": icon}
    row["state"] = states.get(state) or {
        "kind": "",
        "text": minutes or gettext("Not started"),
        "icon": "clock",
    }
    return row


def _record(view: EntryView) -> list[dict[str, str]]:
    """Return what is kept of the sitting, who sees it, and what the machine never does."""
    rows = [
        {
            "icon": "edit",
            "title": gettext("Answers and their times"),
            "text": pgettext(
                "student",
                "Every answer is kept with a receipt. You, your family, the marker and the school office see them.",
            ),
        },
    ]
    if view.steps:
        rows.append(
            {
                "icon": "shield",
                "title": gettext("Proof that it is you"),
                "text": pgettext(
                    "student",
                    "You choose how: the ways are equal, and you need not say why. Pictures, if there are any, are deleted 30 days after the result or the end of an appeal.",
                ),
            }
        )
    rows += [
        {
            "icon": "people",
            "title": gettext("A person decides, never the machine"),
            "text": pgettext(
                "student",
                "No program can lower a mark, stop the work or cancel it. Before anything is decided against you, you are asked first, and two people decide.",
            ),
        },
        {
            "icon": "offline",
            "title": gettext("A lost connection costs nothing"),
            "text": pgettext(
                "student",
                "Answers are kept on the device and sent later. The end of the connection is not the end of the work.",
            ),
        },
    ]
    return rows


def _record_of_other(view: EntryView) -> list[dict[str, str]]:
    """Return the same about a child or a student, to those who are not asked themselves."""
    rows = [
        (
            "edit",
            gettext("Answers and their times"),
            gettext(
                "Every answer is kept with a receipt. The student, the family, the marker and the school office see them."
            ),
        )
    ]
    if view.steps:
        rows.append(
            (
                "shield",
                gettext("Proof of who sits the exam"),
                gettext(
                    "The student chooses how: the ways are equal, and nobody has to say why. Pictures, if there are any, are deleted 30 days after the result or the end of an appeal."
                ),
            )
        )
    rows += [
        (
            "people",
            gettext("A person decides, never the machine"),
            gettext(
                "No program can lower a mark, stop the work or cancel it. Before anything is decided against a student, the student is asked first, and two people decide."
            ),
        ),
        (
            "offline",
            gettext("A lost connection costs nothing"),
            pgettext(
                "student",
                "Answers are kept on the device and sent later. The end of the connection is not the end of the work.",
            ),
        ),
    ]
    return [{"icon": icon, "title": title, "text": text} for icon, title, text in rows]


@bp.route("/<uuid:entry_id>/rules", methods=["GET", "POST"])
@access("assessment.sit")
def rules(entry_id: UUID) -> Response | str:
    """Show the rules; a post says that they were read."""
    view = _entry(entry_id)
    if request.method == "POST":
        _note_prepared(entry_id, "rules")
        return see_other("exams.overview", entry_id=entry_id)
    return render_template("assessment/rules.html", exam=view.exam, rules=_rules(view))


def _rules(view: EntryView) -> list[dict[str, str]]:
    if view.plan is not None:
        return [*_common_rules(view), *plan_rules(view.plan)]
    return _common_rules(view)


def _common_rules(view: EntryView) -> list[dict[str, str]]:
    texts = [
        (
            "person",
            pgettext("student", "Work on your own"),
            pgettext(
                "student",
                "Help with the device, not with the answers, is fine. So is everything that your support plan allows.",
            ),
        ),
        ("list", *_order_words(view)),
        (
            "clock",
            pgettext("student", "The time is yours"),
            pgettext(
                "student",
                "You have %(time)s. The clock can be hidden. When it runs out, everything you wrote is handed in by itself.",
                time=words.own_time_words(view.exam),
            ),
        ),
        (
            "saved",
            pgettext("student", "Answers save themselves"),
            pgettext(
                "student",
                "Beside the buttons you read where the answer is: on this device, or already on the server.",
            ),
        ),
        (
            "offline",
            pgettext("student", "No connection? Keep writing"),
            pgettext(
                "student",
                "Do not close the page. When the connection is back, the answers go off by themselves.",
            ),
        ),
        (
            "question",
            pgettext("student", "Something is wrong? Say so"),
            pgettext(
                "student",
                "A broken picture, a strange question, you feel unwell: press “Something does not work”. That is never a mistake.",
            ),
        ),
    ]
    return [{"icon": icon, "title": title, "text": text} for icon, title, text in texts]


def _order_words(view: EntryView) -> tuple[str, str]:
    """Return whether questions can be skipped and come back to."""
    if view.plan is not None and view.plan.parts() and not view.plan.is_stepwise:
        return pgettext("student", "Any order within a part"), pgettext(
            "student", "Skip a question, come back, change an answer until you leave the part."
        )
    if view.is_one_way:
        return pgettext("student", "One after another"), pgettext(
            "student",
            "The next question opens when you have saved this one. There is no way back to a question you have left.",
        )
    return pgettext("student", "Any order"), pgettext(
        "student", "Skip a question, come back, change an answer as often as you like until you hand in."
    )


@bp.route("/<uuid:entry_id>/practice", methods=["GET", "POST"])
@access("assessment.sit")
def practice(entry_id: UUID) -> str:
    """Let the student try a question; the answer is marked, told and forgotten."""
    view = _entry(entry_id)
    kinds = runtime().registries.of(QUESTION_TYPES)
    if request.method == "GET":
        return render_template(
            "assessment/practice.html", exam=view.exam, question=practice_question(kinds, {})
        )
    fields = {
        name.removeprefix("p."): request.form.getlist(name) for name in request.form if name.startswith("p.")
    }
    _note_prepared(entry_id, "practice")
    question, feedback = practice_question(kinds, fields), practice_feedback(kinds, fields)
    return render_template(
        "assessment/practice.html", exam=view.exam, question=question, answered=True, **feedback
    )


@bp.get("/<uuid:entry_id>/ready")
@access("assessment.sit")
def ready(entry_id: UUID) -> Response:
    """Show the last page before the clock starts."""
    return _ready(entry_id, {}, 200)


def _ready(entry_id: UUID, errors: dict[str, list[str]], status: int) -> Response:
    view = _entry(entry_id)
    exam = view.exam
    if exam.state in {"in_progress", "paused"}:
        return see_other("attempts.enter", attempt_id=exam.attempt_id)
    closed = [
        {
            "title": gate.title,
            "href": gate.url,
            "icon": "shield",
            "state": {"kind": "part", "text": gettext("Still missing")},
        }
        for gate in view.gates
        if not gate.is_open
    ]
    facts = [row for row in _facts(view) if row[0] != gettext("When")]
    page = render_template(
        "assessment/ready.html",
        view=view,
        exam=exam,
        facts=facts,
        closed=closed,
        ends=_ends(exam),
        errors=errors,
    )
    return make_response(page, status)


def _ends(exam: ExamView) -> str:
    """Return when the work would end if it began now."""
    if exam.minutes is None:
        return str(
            gettext(
                "The work is open until %(moment)s", moment=format_datetime(exam.closes_at, "d MMMM, HH:mm")
            )
        )
    end = runtime().clock.now() + timedelta(minutes=exam.minutes)
    return str(pgettext("student", "If you start now, the work ends at %(time)s", time=clock_time(end)))


@bp.post("/<uuid:entry_id>/start")
@access("assessment.sit")
def start(entry_id: UUID) -> Any:
    """Start the attempt and show its first question; a refusal is told on the page before."""
    try:
        with unit_of_work() as uow:
            attempt = service.start_attempt(uow, entry_id)
    except (Conflict, Forbidden, InvalidInput) as refusal:
        return _ready(entry_id, {"_form": [word_error(refusal)]}, 422)
    return see_other("attempts.enter", attempt_id=attempt.id)
