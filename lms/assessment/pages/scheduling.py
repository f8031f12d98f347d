"""Fix sessions for a class or named students: window, place, commission, roster, debts and re-sits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import format_date, format_datetime, gettext, ngettext, pgettext, to_user_timezone
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from lms.assessment import queries, service
from lms.assessment.access_rules import ORGANISERS, Candidate
from lms.assessment.pages import words
from lms.assessment.queries.debts import DebtView, debts_of
from lms.assessment.queries.scheduling import (
    EntryCard,
    SittingCard,
    commission_of,
    entry_card,
    plan_org,
    sitting_card,
)
from lms.assessment.queries.views import RosterRow
from lms.assessment.rules.resits import COMMISSION_SIZE, MOST_RESITS
from lms.assessment.service.scheduling import (
    NewSitting,
    RosterChange,
    admit_all,
    change_commission,
    change_session,
    schedule,
)
from lms.assessment.service.scheduling import seat as seat_at
from lms.assessment.types import GrantKind, SessionKind, VenueMode
from lms.core.clock import moments_of
from lms.core.db import day_of
from lms.core.errors import Conflict, InvalidInput, LmsError, NotFound
from lms.core.ids import new_id
from lms.core.paging import Page
from lms.core.web.access import access, authorise
from lms.core.web.context import current_actor, read_session, runtime, unit_of_work
from lms.core.web.forms import Form, load_form
from lms.core.web.paging import page_number
from lms.core.web.problems import error_texts, word_error
from lms.core.web.replies import flash_ok, see_other
from lms.people import queries as people
from lms.people.types import RoleKind

__all__ = ["Desk", "bp", "desk_of", "entry_page", "place_on_roster"]

bp = Blueprint("scheduling", __name__, url_prefix="/sessions", template_folder="../templates")

PER_PAGE = 20
#: Roles of those who can sit on a commission.
SEATS = {RoleKind.COMMISSION_MEMBER, RoleKind.COMMISSION_CHAIR}


#: A slip of a key in the year is told; at the ends of the calendar no time zone can be reckoned with.
_IN_OUR_DAYS = validate.Range(
    datetime.fromisoformat("2000-01-01"), datetime.fromisoformat("2200-01-01"), error="Not a valid date"
)


class WindowSchema(Schema):
    """Name, place and window of a session; moments as the reader's clock shows them."""

    title = fields.String(load_default="", validate=validate.Length(max=200))
    venue = fields.String(load_default="", validate=validate.Length(max=200))
    venue_modes = fields.List(fields.Enum(VenueMode, by_value=True), load_default=list)
    opens_at = fields.NaiveDateTime(required=True, validate=_IN_OUR_DAYS)
    closes_at = fields.NaiveDateTime(required=True, validate=_IN_OUR_DAYS)


class ChangeSchema(WindowSchema):
    """What is to hold from now on, and the sign of what the writer was shown."""

    seen = fields.String(load_default=None, validate=validate.Length(max=16))


class SittingSchema(WindowSchema):
    """A new session: what is sat, by whom, before whom."""

    blueprint_version_id = fields.UUID(required=True)
    kind = fields.Enum(SessionKind, by_value=True, required=True)
    class_id = fields.UUID(load_default=None)
    people = fields.String(load_default="", validate=validate.Length(max=8000))
    commission = fields.List(fields.UUID(), load_default=list)
    form_id = fields.UUID(load_default=None)


class CommissionSchema(Schema):
    """Who sits on the commission from now on, and why."""

    commission = fields.List(fields.UUID(), load_default=list)
    reason = fields.String(load_default="", validate=validate.Length(max=500))


class SeatSchema(Schema):
    """Where one student sits."""

    venue_mode = fields.Enum(VenueMode, by_value=True, required=True)


class GrantSchema(Schema):
    """What one person gets on top, and why."""

    kind = fields.Enum(GrantKind, by_value=True, required=True)
    minutes = fields.Integer(load_default=0, validate=validate.Range(0, 10_000))
    reason = fields.String(required=True, validate=validate.Length(1, 500))
    grant_id = fields.UUID(load_default=None)


def _modes() -> list[tuple[str, str]]:
    """Return where a session can be sat, as options of a form."""
    return [(mode.value, words.venue_mode_word(mode).capitalize()) for mode in VenueMode]


def _read_window(form: Form, before: SittingCard | None = None) -> None:
    """Put moments in the place of what was typed by the school's clock; an hour that its clock leaves out is an error.

    Of an hour that comes twice the window has both: it opens the first time and closes the second. What was left as it
    stands in the field stays the moment that it is.
    """
    for name, which in (("opens_at", 0), ("closes_at", -1)):
        known: datetime | None = getattr(before, name, None)
        if known is not None and form.values[name] == _typed(known):
            form.data[name] = known
            continue
        moments = moments_of(form.data[name], ZoneInfo(runtime().settings.core.timezone))
        if moments:
            form.data[name] = moments[which]
        else:
            form.fail(name, gettext("Clocks are put forward over this hour: it does not exist on that day."))


def _typed(moment: datetime) -> str:
    """Return a moment as a field of the reader's clock holds it."""
    return str(to_user_timezone(moment).strftime("%Y-%m-%dT%H:%M"))


def _orgs() -> set[UUID]:
    return {grant.org_id for grant in current_actor().roles if grant.kind in ORGANISERS}


# --- a new session ----------------------------------------------------------------------------------------------


@bp.route("/new", methods=["GET", "POST"])
@access("assessment.schedule")
def new() -> Response | str | tuple[str, int]:
    """Schedule a session for a class or named students, or a re-sit for those who owe one."""
    before = _before(request.values.get("resit_of", type=UUID))
    if request.method == "GET":
        return _form(Form(values=_start(before)), before)
    form = load_form(SittingSchema())
    if form.is_valid:
        _read_window(form)
    if form.is_valid:
        try:
            return _schedule(form.data, before)
        except InvalidInput as error:
            form.take(error, error_texts())
        except NotFound as error:
            if error.code not in {"people.no_such_member", "people.no_class"}:
                raise
            form.fail("people", word_error(error))
    return _form(form, before), 422


def _before(session_id: UUID | None) -> SittingCard | None:
    """Return the session that is to be repeated, or None."""
    if session_id is None:
        return None
    card = sitting_card(read_session(), session_id)
    authorise("assessment.schedule", card)
    return card


def _start(before: SittingCard | None) -> dict[str, Any]:
    """Return the form as it is first shown: tomorrow's lessons, or a re-sit with everything but its day."""
    opens = to_user_timezone(runtime().clock.now()).replace(hour=9, minute=0)
    start: dict[str, Any] = {
        "kind": SessionKind.INTERIM.value,
        "commission": [],
        "venue_modes": [VenueMode.ONLINE.value],
    }
    start["opens_at"], start["closes_at"] = opens.strftime("%Y-%m-%dT%H:%M"), opens.strftime("%Y-%m-%dT20:00")
    if before is not None:
        owe = [debt for debt in _debts() if debt.session_id == before.id]
        codes = people.person_cards(read_session(), [debt.person_id for debt in owe]).values()
        start.update(
            blueprint_version_id=before.blueprint_version_id,
            kind=before.kind.value,
            title=before.title,
            venue=before.venue,
            venue_modes=[mode.value for mode in before.venue_modes],
            people="\n".join(card.code for card in codes),
        )
    elif request.args.get("plan"):
        start["blueprint_version_id"] = request.args["plan"]
    return start


def _schedule(data: dict[str, Any], before: SittingCard | None) -> Response:
    version = plan_org(read_session(), data["blueprint_version_id"])
    authorise("assessment.schedule", version)
    chosen = _chosen(version, data.pop("class_id"), data.pop("people"))
    data["commission"], data["venue_modes"] = tuple(data["commission"]), tuple(data["venue_modes"])
    with unit_of_work() as uow:
        resit_of = None if before is None else before.id
        session_id = schedule(uow, NewSitting(org_id=version, resit_of=resit_of, **data))
        change = admit_all(uow, session_id, chosen)
    flash_ok(gettext("The session is fixed."))
    _tell(change)
    return see_other("sessions.show", session_id=session_id)


def _chosen(org_id: UUID, class_id: UUID | None, typed: str) -> list[UUID]:
    """Return who is meant: everybody of a class of this school, and whoever is named by code or login."""
    reading, now = read_session(), runtime().clock.now()
    chosen: list[UUID] = []
    if class_id is not None:
        if people.class_card(reading, class_id, now).org_id != org_id:
            raise NotFound("people.no_class")
        chosen += people.class_members(reading, class_id, now)
    for line in typed.replace(",", "\n").replace(";", "\n").splitlines():
        if line.strip():
            chosen.append(people.find_member(reading, [org_id], line, now, RoleKind.STUDENT))
    return chosen


def _tell(change: RosterChange) -> None:
    """Say who came onto the roster and who did not, each with the reason."""
    if change.admitted:
        count = len(change.admitted)
        flash_ok(ngettext("%(num)d student is on the roster.", "%(num)d students are on the roster.", count))
    cards, texts = people.person_cards(read_session(), [one for one, _code in change.left_out]), error_texts()
    for person_id, code in change.left_out:
        name = cards[person_id].name if code != "assessment.not_yours" else cards[person_id].code
        flash(
            gettext("%(name)s is not on the roster. %(reason)s", name=name, reason=str(texts[code])), "info"
        )


def _form(form: Form, before: SittingCard | None) -> str:
    reading, orgs, now = read_session(), _orgs(), runtime().clock.now()
    return render_template(
        "assessment/session_new.html",
        plans=queries.blueprints_of(reading, orgs),
        kinds=[(kind.value, words.kind_word(kind)) for kind in SessionKind],
        classes=people.classes_of(reading, orgs, now),
        commission=people.member_codes(reading, orgs, SEATS, now),
        modes=_modes(),
        before=before,
        number=0 if before is None else before.resit_no + 1,
        most=MOST_RESITS,
        size=COMMISSION_SIZE,
        form_id=form.values.get("form_id") or new_id(),
        values=form.values,
        errors=form.errors,
    )


# --- debts ------------------------------------------------------------------------------------------------------


def _debts() -> list[DebtView]:
    """Return the debts of those students for whom the reader is responsible."""
    now = runtime().clock.now()
    can, reading, actor = runtime().policy.can, read_session(), current_actor()
    return [
        debt
        for debt in debts_of(reading, _orgs(), now)
        if can(reading, actor, "assessment.debts", Candidate(debt.person_id, debt.org_id))
    ]


@bp.get("/debts")
@access("assessment.debts")
def debts() -> str:
    """List who has to pass an interim attestation again, until when, and what comes next."""
    asked = request.args.get("q", "").strip()[:80].casefold()
    today = day_of(read_session(), runtime().clock.now())
    every = _debts()
    cards = people.person_cards(read_session(), [debt.person_id for debt in every])
    found = [d for d in every if asked in f"{cards[d.person_id].name} {d.title}".casefold()]
    number = page_number()
    page = Page(found[(number - 1) * PER_PAGE : number * PER_PAGE], number, PER_PAGE, len(found))
    return render_template(
        "assessment/debts.html",
        rows=[_debt_row(debt, cards[debt.person_id].name, today) for debt in page.items],
        total=len(every),
        asked=request.args.get("q", "").strip(),
        page={
            "number": page.number,
            "pages": page.pages,
            "url": url_for("scheduling.debts", q=asked or None) + ("&page=" if asked else "?page="),
        },
    )


def _debt_row(view: DebtView, name: str, today: Any) -> dict[str, Any]:
    debt = view.debt
    row: dict[str, Any] = {
        "title": name,
        "href": url_for("sessions.timetable", person_id=view.person_id),
        "detail": view.title,
        "cells": [
            format_date(debt.since, "d MMMM y"),
            gettext("%(used)s of %(most)s", used=debt.used, most=MOST_RESITS),
            format_date(debt.last_day, "d MMMM y"),
            {"state": _debt_state(view, today)},
        ],
    }
    if debt.planned_on is None and debt.used < MOST_RESITS and today <= debt.last_day:
        href = url_for("scheduling.new", resit_of=view.session_id)
        row["action"] = {"text": gettext("Fix a re-sit"), "href": href}
    else:
        row["action"] = None
    return row


def _debt_state(view: DebtView, today: Any) -> dict[str, str]:
    debt = view.debt
    if debt.planned_on is not None:
        day = format_date(debt.planned_on, "d MMMM")
        return {
            "kind": "info",
            "text": gettext("fixed or being marked, %(day)s", day=day),
            "icon": "calendar",
        }
    if debt.used >= MOST_RESITS or today > debt.last_day:
        return {"kind": "gap", "text": gettext("no re-sit left: the head decides"), "icon": "warning"}
    if debt.needs_commission:
        return {"kind": "part", "text": gettext("next before a commission"), "icon": "people"}
    return {"kind": "part", "text": gettext("a re-sit has to be fixed"), "icon": "calendar"}


# --- the roster and the window of one session -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Desk:
    """What the session's page needs so that its roster and window can be changed."""

    card: SittingCard
    classes: tuple[Any, ...]
    commission: tuple[str, ...]
    may_cancel: bool


def desk_of(session_id: UUID) -> Desk:
    """Return what can be changed on a session's page."""
    reading, now = read_session(), runtime().clock.now()
    card = sitting_card(reading, session_id)
    names = people.person_cards(reading, commission_of(reading, session_id)).values()
    return Desk(
        card,
        tuple(people.classes_of(reading, [card.org_id], now)),
        tuple(sorted(one.name for one in names)),
        not card.has_begun and not card.is_cancelled,
    )


@bp.post("/<uuid:session_id>/roster")
@access("assessment.schedule")
def add(session_id: UUID) -> Response:
    """Put a class, or students by code or login, onto the roster."""
    card = sitting_card(read_session(), session_id)
    authorise("assessment.schedule", card)
    try:
        chosen = _chosen(
            card.org_id, request.form.get("class_id", type=UUID), request.form.get("people", "")[:8000]
        )
        with unit_of_work() as uow:
            _tell(admit_all(uow, session_id, chosen))
    except (NotFound, Conflict) as error:
        flash(word_error(error), "error")
    else:
        if not chosen:
            flash(gettext("Choose a class, or name a student by code or login."), "error")
    return see_other("sessions.show", session_id=session_id)


@bp.route("/<uuid:session_id>/edit", methods=["GET", "POST"])
@access("assessment.schedule")
def edit(session_id: UUID) -> Response | str | tuple[str, int]:
    """Change name, place and window."""
    card = sitting_card(read_session(), session_id)
    authorise("assessment.schedule", card)
    if request.method == "GET":
        return _edit_page(card, Form())
    form = load_form(ChangeSchema())
    if form.is_valid:
        _read_window(form, card)
    if form.is_valid:
        form.data["venue_modes"] = tuple(form.data["venue_modes"])
        try:
            with unit_of_work() as uow:
                change_session(uow, session_id, **form.data)
            flash_ok(gettext("The session is changed. Running clocks follow."))
            return see_other("sessions.show", session_id=session_id)
        except InvalidInput as error:
            form.take(error, error_texts())
        except Conflict as error:
            form.fail("_form", word_error(error))
            if error.code == "assessment.session_changed":
                return _edit_page(sitting_card(read_session(), session_id), form, is_old=True), 409
    return _edit_page(card, form), 422


def _edit_page(card: SittingCard, form: Form, *, is_old: bool = False) -> str:
    reading, named = read_session(), commission_of(read_session(), card.id)
    start = {
        "title": card.title,
        "venue": card.venue,
        "venue_modes": [mode.value for mode in card.venue_modes],
        "opens_at": _typed(card.opens_at),
        "closes_at": _typed(card.closes_at),
        "commission": [str(person_id) for person_id in named],
    }
    return render_template(
        "assessment/session_edit.html",
        card=card,
        commission=people.member_codes(reading, [card.org_id], SEATS, runtime().clock.now()),
        has_commission=(named or card.resit_no == MOST_RESITS) and not card.has_begun,
        size=COMMISSION_SIZE,
        modes=_modes(),
        now=_said_of(card) if is_old else None,
        seen=card.sign if is_old else form.values.get("seen") or card.sign,
        values={**start, **form.values},
        errors=form.errors,
    )


def _said_of(card: SittingCard) -> list[tuple[str, str]]:
    """Return what holds of a session now, in words, for a writer who was shown something else."""
    return [
        (pgettext("exam", "Name"), card.title),
        (gettext("Opens"), format_datetime(card.opens_at, "d MMMM y, HH:mm")),
        (gettext("Closes"), format_datetime(card.closes_at, "d MMMM y, HH:mm")),
        (gettext("How it can be sat"), ", ".join(words.venue_mode_word(mode) for mode in card.venue_modes)),
        (gettext("Room or address"), card.venue or "—"),
    ]


@bp.post("/<uuid:session_id>/commission")
@access("assessment.schedule")
def commission(session_id: UUID) -> Response | tuple[str, int]:
    """Name another commission, with a reason."""
    card = sitting_card(read_session(), session_id)
    authorise("assessment.schedule", card)
    form = load_form(CommissionSchema())
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                change_commission(uow, session_id, form.data["commission"], form.data["reason"])
            flash_ok(gettext("The commission is changed. The reason is kept."))
            return see_other("sessions.show", session_id=session_id)
        except InvalidInput as error:
            form.take(error, error_texts())
        except Conflict as error:
            form.fail("_form", word_error(error))
    return _edit_page(card, form), 422


@bp.route("/<uuid:session_id>/cancel", methods=["GET", "POST"])
@access("assessment.schedule")
def cancel(session_id: UUID) -> Response | str:
    """Ask once, then cancel a session that nobody has begun."""
    card = sitting_card(read_session(), session_id)
    authorise("assessment.schedule", card)
    if request.method == "GET":
        return render_template("assessment/session_cancel.html", card=card)
    try:
        with unit_of_work() as uow:
            service.cancel_session(uow, session_id)
        flash_ok(gettext("The session is cancelled. Its students see that on their page."))
    except Conflict as error:
        flash(word_error(error), "error")
    return see_other("sessions.show", session_id=session_id)


# --- one place on a roster --------------------------------------------------------------------------------------


def place_on_roster(entry_id: UUID) -> tuple[EntryCard, RosterRow]:
    """Return one place on a roster whose name the reader may know; raise NotFound ``assessment.no_entry``."""
    card = entry_card(read_session(), entry_id)
    authorise("assessment.admit", card)
    view = queries.session_for(read_session(), current_actor(), card.session_id, runtime().clock.now())
    row = next((row for row in view.roster if row.entry_id == entry_id and row.person_id), None)
    if row is None:
        raise NotFound("assessment.no_entry")
    return card, row


@bp.post("/entries/<uuid:entry_id>/seat")
@access("assessment.schedule")
def seat(entry_id: UUID) -> Response | tuple[str, int]:
    """Say where one student sits."""
    card, _row = place_on_roster(entry_id)
    form = load_form(SeatSchema())
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                seat_at(uow, entry_id, form.data["venue_mode"])
            flash_ok(gettext("The place is kept. The student sees it on the page of the exam."))
            return see_other("sessions.show", session_id=card.session_id)
        except LmsError as error:
            form.fail("venue_mode", word_error(error))
    return entry_page(entry_id, form), 422


@bp.get("/entries/<uuid:entry_id>")
@access("assessment.admit")
def entry(entry_id: UUID) -> str:
    """Show one place on a roster: give more time, or take it off the roster."""
    return entry_page(entry_id, Form())


def entry_page(entry_id: UUID, form: Form) -> str:
    """Return the page of one place on a roster, with what was typed and what is wrong with it."""
    card, row = place_on_roster(entry_id)
    kinds = {
        GrantKind.EXTRA_TIME: gettext("more working time"),
        GrantKind.WINDOW: gettext("a later end of the window"),
        GrantKind.ATTEMPT: gettext("one more attempt"),
    }
    return render_template(
        "assessment/entry.html",
        card=card,
        row=row,
        ground=words.ground_word(card.ground),
        seat=words.venue_mode_word(card.venue_mode),
        modes=[option for option in _modes() if option[0] in card.venue_modes],
        person=people.person_card(read_session(), card.person_id),
        state=words.attempt_state(row.state),
        number=words.short_number(row.attempt_id) if row.attempt_id is not None else "",
        own_time=words.minutes_words(row.minutes) if row.minutes is not None else gettext("no time limit"),
        kinds=[(kind.value, kinds[kind]) for kind in kinds],
        kind_words={kind.value: word for kind, word in kinds.items()},
        grant_id=form.values.get("grant_id") or new_id(),
        values=form.values,
        errors=form.errors,
    )


@bp.post("/entries/<uuid:entry_id>/grant")
@access("assessment.admit")
def grant(entry_id: UUID) -> Response | tuple[str, int]:
    """Give one person more time, a later end or another attempt, with a reason."""
    place_on_roster(entry_id)
    form = load_form(GrantSchema())
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                service.grant(uow, entry_id, **form.data)
            flash_ok(gettext("It is granted, and holds at once, in a running exam too."))
            return see_other("scheduling.entry", entry_id=entry_id)
        except InvalidInput as error:
            form.take(error, error_texts())
        except LmsError as error:
            if error.status not in {403, 409}:
                raise
            form.fail("_form", word_error(error))
    return entry_page(entry_id, form), 422


@bp.post("/entries/<uuid:entry_id>/withdraw")
@access("assessment.admit")
def withdraw(entry_id: UUID) -> Response:
    """Take somebody off the roster who has not begun; putting them on again undoes it."""
    card, _row = place_on_roster(entry_id)
    try:
        with unit_of_work() as uow:
            service.withdraw_entry(uow, entry_id)
        flash_ok(gettext("The student is off the roster. You can put them on it again here."))
    except Conflict as error:
        flash(word_error(error), "error")
    return see_other("sessions.show", session_id=card.session_id)
