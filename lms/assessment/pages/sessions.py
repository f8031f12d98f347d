"""Show the school's attestation sessions: lists, rosters, releases, and the timetable of one student."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from flask_babel import format_date, format_datetime, gettext, ngettext, pgettext
from werkzeug.wrappers import Response

from lms.assessment import queries, service
from lms.assessment.access_rules import ORGANISERS
from lms.assessment.api.looks import log_look
from lms.assessment.pages import words
from lms.assessment.pages.scheduling import desk_of
from lms.assessment.ports import ATTEMPT_GATES
from lms.assessment.queries.views import ExamView, ReleaseCard, RosterRow, SessionCard, SessionView
from lms.assessment.types import AttemptState, ResultState
from lms.core.db import day_of
from lms.core.errors import Conflict
from lms.core.web.access import access, authorise, may_follow
from lms.core.web.context import current_actor, read_session, runtime, unit_of_work
from lms.core.web.dates import clock_time
from lms.core.web.paging import Page, page_number
from lms.core.web.problems import word_error
from lms.core.web.replies import flash_ok, see_other
from lms.people.queries import current_admission, person_card, person_cards
from lms.people.types import AdmissionGround, PersonCard

__all__ = ["bp"]

bp = Blueprint("sessions", __name__, url_prefix="/sessions", template_folder="../templates")

PER_PAGE = 20
STAGES = ("all", "now", "ahead", "past")


@bp.get("")
@access("assessment.schedule")
def index() -> str:
    """List the sessions of one's own organisations, newest first, with search and pages."""
    asked, stage = request.args.get("q", "").strip(), request.args.get("stage", "all")
    now = runtime().clock.now()
    cards = [
        card for card in queries.sessions_of(read_session(), _own_organisations()) if _matches(card, asked)
    ]
    stages = {name: [card for card in cards if name in ("all", _stage(card, now))] for name in STAGES}
    chosen = stages.get(stage, cards)
    number = page_number()
    page = Page(chosen[(number - 1) * PER_PAGE : number * PER_PAGE], number, PER_PAGE, len(chosen))
    return render_template(
        "assessment/sessions.html",
        rows=[_session_row(card, now) for card in page.items],
        page={
            "number": page.number,
            "pages": page.pages,
            "url": url_for("sessions.index", q=asked or None, stage=stage) + "&page=",
        },
        chips=_chips(stages, stage, asked),
        asked=asked,
        total=len(cards),
        shows_debts=runtime().policy.allows_role(current_actor(), "assessment.debts"),
    )


def _matches(card: SessionCard, asked: str) -> bool:
    return asked.casefold() in f"{card.title} {card.subject}".casefold()


def _stage(card: SessionCard, now: Any) -> str:
    if card.opens_at > now:
        return "ahead"
    return "past" if card.closes_at < now or card.is_cancelled else "now"


def _chips(stages: dict[str, list[SessionCard]], stage: str, asked: str) -> list[dict[str, Any]]:
    labels = {
        "all": gettext("All, %(count)s", count=len(stages["all"])),
        "now": gettext("Open, %(count)s", count=len(stages["now"])),
        "ahead": gettext("Ahead, %(count)s", count=len(stages["ahead"])),
        "past": gettext("Over, %(count)s", count=len(stages["past"])),
    }
    return [
        {
            "text": labels[name],
            "href": url_for("sessions.index", stage=name, q=asked or None),
            "current": name == stage,
        }
        for name in STAGES
    ]


def _session_row(card: SessionCard, now: Any) -> dict[str, Any]:
    kind = words.kind_word(card.kind)
    detail = gettext("%(kind)s, resit %(number)s", kind=kind, number=card.resit_no) if card.resit_no else kind
    people = gettext("%(ended)s of %(entries)s handed in", ended=card.ended, entries=card.entries)
    return {
        "title": card.title,
        "href": url_for("sessions.show", session_id=card.id),
        "detail": detail,
        "cells": [_window(card), people, {"state": _stage_state(card, now)}],
    }


def _window(card: SessionCard | ExamView) -> str:
    day, start = format_date(card.opens_at, "d MMMM"), clock_time(card.opens_at)
    end = clock_time(card.closes_at)
    if format_date(card.opens_at) != format_date(card.closes_at):
        end = format_datetime(card.closes_at, "d MMMM, HH:mm")
        return str(gettext("%(start)s to %(end)s", start=f"{day}, {start}", end=end))
    return str(gettext("%(day)s, %(start)s to %(end)s", day=day, start=start, end=end))


def _stage_state(card: SessionCard, now: Any) -> dict[str, str]:
    if card.is_cancelled:
        return {"kind": "", "text": pgettext("exam", "Cancelled"), "icon": "cross"}
    return {
        "ahead": {"kind": "", "text": gettext("Planned"), "icon": "calendar"},
        "now": {"kind": "info", "text": pgettext("session", "Open now"), "icon": "play"},
        "past": {"kind": "ok", "text": gettext("Over"), "icon": "check"},
    }[_stage(card, now)]


@bp.get("/<uuid:session_id>")
@access("assessment.schedule")
def show(session_id: UUID) -> Response:
    """Show a session's roster: who is where, under which conditions, and which results can be released."""
    return _session_page(session_id, {}, 200)


def _session_page(session_id: UUID, errors: dict[str, list[str]], status: int) -> Response:
    now = runtime().clock.now()
    view = queries.session_for(read_session(), current_actor(), session_id, now)
    authorise("assessment.schedule", view.card)
    waiting = {card.result.id: card for card in _to_release(session_id)}
    people = person_cards(read_session(), [row.person_id for row in view.roster])
    page = render_template(
        "assessment/session.html",
        view=view,
        errors=errors,
        kind=words.kind_word(view.card.kind),
        state=_stage_state(view.card, now),
        facts=_session_facts(view),
        tally=_tally(view, waiting),
        rows=[_roster_row(row, people, waiting) for row in view.roster],
        waiting=[_waiting_row(card, people) for card in waiting.values()],
        may_print=runtime().policy.can(read_session(), current_actor(), "assessment.sheet", view.card),
        may_regrade=runtime().policy.can(read_session(), current_actor(), "assessment.regrade", view.card),
        releasable=[card for card in waiting.values() if card.may_release],
        desk=desk_of(session_id),
    )
    return make_response(page, status)


def _own_organisations() -> set[UUID]:
    return {grant.org_id for grant in current_actor().roles if grant.kind in ORGANISERS}


def _to_release(session_id: UUID) -> list[ReleaseCard]:
    """Return the proposed results of a session that the reader may release, with what stands against each."""
    if not runtime().policy.allows_role(current_actor(), "assessment.release"):
        return []
    gates = runtime().registries.of(ATTEMPT_GATES)
    cards = queries.results_to_release(read_session(), gates, current_actor(), runtime().clock.now())
    return [card for card in cards if card.result.session_id == session_id]


def _session_facts(view: SessionView) -> list[tuple[str, str]]:
    rows = [(gettext("When"), _window(view.card))]
    if view.base_minutes is not None:
        rows.append((gettext("Common length"), words.minutes_words(view.base_minutes)))
    rows.append((gettext("Questions"), str(view.item_count)))
    rows.append((gettext("Where"), words.venue_words(view.venue_modes, view.venue)))
    return rows


def _tally(view: SessionView, waiting: dict[UUID, ReleaseCard]) -> list[dict[str, Any]]:
    card = view.card
    writing, released = card.started - card.ended, _released(view)
    waits = ngettext("waits for release", "wait for release", len(waiting))
    return [
        {"kind": "", "icon": "people", "count": card.entries, "text": gettext("on the roster")},
        {
            "kind": "info",
            "icon": "clock",
            "count": writing,
            "text": ngettext("writes now", "write now", writing),
        },
        {"kind": "part", "icon": "edit", "count": len(waiting), "text": waits},
        {
            "kind": "ok",
            "icon": "ok",
            "count": released,
            "text": ngettext("is released", "are released", released),
        },
    ]


def _released(view: SessionView) -> int:
    return sum(
        row.result.state is ResultState.RELEASED
        if row.result is not None
        else not row.shows_work and row.state == AttemptState.RELEASED
        for row in view.roster
    )


def _roster_row(
    row: RosterRow, people: dict[UUID, PersonCard], waiting: dict[UUID, ReleaseCard]
) -> dict[str, Any]:
    """Return one person of the roster: by name, or by alias while the reader has to mark blind."""
    name = people[row.person_id].name if row.person_id in people else ""
    own_time = words.minutes_words(row.minutes) if row.minutes is not None else gettext("no time limit")
    mark = words.mark_word(row.result.mark) if row.result and row.result.state is ResultState.RELEASED else ""
    return {
        "name": name or gettext("alias %(alias)s", alias=row.alias),
        "minutes": own_time if row.shows_time else "",
        "seat": "" if row.venue_mode is None or not name else words.venue_mode_word(row.venue_mode),
        "ground": "" if row.ground is None or not name else words.ground_word(row.ground),
        "state": words.attempt_state(row.state),
        "deadline": row.deadline_at,
        "mark": mark,
        "href": url_for("outcomes.status", attempt_id=row.attempt_id)
        if row.attempt_id and row.shows_work
        else "",
        "timetable": url_for("sessions.timetable", person_id=row.person_id)
        if row.person_id and row.shows_work
        else "",
        "place": url_for("scheduling.entry", entry_id=row.entry_id) if row.person_id else "",
    }


def _waiting_row(card: ReleaseCard, people: dict[UUID, PersonCard]) -> dict[str, Any]:
    """Return a proposed result with what still keeps it from counting, in the words of whoever keeps it."""
    person = people.get(card.result.person_id)
    return {
        "id": card.result.id,
        "name": person.name if person else card.alias,
        "mark": words.mark_word(card.result.mark),
        "points": words.score_words(card.result),
        "may_release": card.may_release,
        "gates": [
            {"title": gate.title, "url": gate.url if gate.url and may_follow(gate.url) else ""}
            for gate in card.gates
            if not gate.is_open
        ],
        "late": url_for("marking.late", attempt_id=card.result.attempt_id) if card.waits_for_late else "",
        "href": url_for("outcomes.status", attempt_id=card.result.attempt_id),
    }


@bp.post("/<uuid:session_id>/release")
@access("assessment.release")
def release(session_id: UUID) -> Response:
    """Release the results that were shown: one, or all that nothing stood against; what cannot be released says why."""
    view = queries.session_for(read_session(), current_actor(), session_id, runtime().clock.now())
    authorise("assessment.schedule", view.card)
    wanted = set(request.form.getlist("result_id"))
    chosen = [card.result.id for card in _to_release(session_id) if str(card.result.id) in wanted]
    try:
        if not wanted or len(chosen) < len(wanted):  # nobody announces a result that was not shown
            raise Conflict("assessment.results_changed")
        with unit_of_work() as uow:
            service.release_results(uow, chosen)
    except Conflict as refusal:
        return _session_page(session_id, {"_form": [word_error(refusal)]}, 422)
    flash_ok(ngettext("%(num)d result is released.", "%(num)d results are released.", len(chosen)))
    return see_other("sessions.show", session_id=session_id)


@bp.get("/timetable/<uuid:person_id>")
@access("assessment.exams")
def timetable(person_id: UUID) -> str:
    """Show staff, student and family when one student sits what: for an extern this is the whole journal.

    Made to be printed.
    """
    authorise("assessment.exams", person_id)
    now, actor = runtime().clock.now(), current_actor()
    log_look("assessment.exams", person_id)
    exams = queries.exams_for(read_session(), actor, person_id, now)
    admission = current_admission(read_session(), person_id, day_of(read_session(), now))
    return render_template(
        "assessment/timetable.html",
        person=person_card(read_session(), person_id),
        is_extern=admission is not None and admission.ground == AdmissionGround.EXTERN,
        is_staff=actor.has_role(*ORGANISERS),
        is_own=actor.person_id == person_id,
        rows=[_timetable_row(exam) for exam in sorted(exams, key=lambda exam: exam.opens_at)],
        made_at=now,
    )


def _timetable_row(exam: ExamView) -> dict[str, Any]:
    kind = words.kind_word(exam.kind)
    mark = words.mark_word(exam.result.mark) if exam.result is not None and exam.state == "released" else ""
    return {
        "title": exam.title,
        "subject": exam.subject,
        "detail": gettext("%(kind)s, resit %(number)s", kind=kind, number=exam.resit_no)
        if exam.resit_no
        else kind,
        "when": _window(exam),
        "length": words.own_time_words(exam),
        "where": words.venue_words([exam.venue_mode], exam.venue),
        "state": words.exam_state(exam),
        "mark": mark,
    }
