"""Let students ask for a place and take one that is offered; let staff answer, see the queue and open cohorts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import abort, render_template, request, url_for
from flask_babel import format_date, gettext, ngettext, pgettext
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lms.core.errors import Conflict, InvalidInput
from lms.core.ids import parse_id
from lms.core.web import (
    Form,
    access,
    authorise,
    current_actor,
    flash_ok,
    load_form,
    read_session,
    runtime,
    see_other,
    unit_of_work,
)
from lms.core.web.paging import Page, page_number
from lms.core.web.problems import error_texts, word_error
from lms.courses import queries, service, structure
from lms.courses.access_rules import Look, seen_among
from lms.courses.models import Cohort, Course, PlaceRequest
from lms.courses.pages import words
from lms.courses.pages.catalogue import blueprint, course_of, why_not_left
from lms.courses.place_reading import CohortView, RequestRow, cohorts_of, members_of, places_of, requests_in
from lms.courses.types import CohortEnd, RequestState
from lms.people.queries import person_cards

__all__ = ["ask_place", "leave", "places"]

PER_PAGE = 30


class CohortSchema(Schema):
    """A cohort as it is written."""

    title = fields.String(required=True, validate=validate.Length(1, 120))
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(load_default=None, allow_none=True)
    afterwards = fields.Enum(CohortEnd, by_value=True, load_default=CohortEnd.GOES_ON)
    seats = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, 10_000))
    seen = fields.String(load_default="", validate=validate.Length(max=20))


class WishSchema(Schema):
    """A wish for a place."""

    cohort_id = fields.UUID(load_default=None, allow_none=True)
    note = fields.String(load_default="", validate=validate.Length(max=600))
    person_id = fields.UUID(load_default=None, allow_none=True)


@blueprint.post("/<uuid:course_id>/place")
@access("courses.ask_for_place")
def ask_place(course_id: UUID) -> Response:
    """Ask for a place; where one is free and nobody has to say yes, it is taken at once."""
    course_of(course_id)
    form = load_form(WishSchema())
    if not form.is_valid:
        abort(422)
    with unit_of_work() as uow:
        state = service.ask_for_place(
            uow, course_id, form.data["cohort_id"], form.data["note"], person_id=form.data["person_id"]
        )
    own = {
        RequestState.TAKEN: gettext("You are in. Begin whenever you like."),
        RequestState.WAITING: gettext("You are in the queue. You will hear as soon as a place is free."),
        RequestState.ASKED: gettext("Your wish is with the teachers. The answer will stand here."),
    }
    childs = {
        RequestState.TAKEN: gettext("Your child is in the course and reads that you chose it."),
        RequestState.WAITING: gettext(
            "Your child is in the queue. You both hear as soon as a place is free."
        ),
        RequestState.ASKED: gettext("The wish is with the teachers. You both read the answer here."),
    }
    said = own if form.data["person_id"] in {None, current_actor().person_id} else childs
    flash_ok(said.get(state, said[RequestState.ASKED]))
    return _back(course_id, form.data["person_id"])


def _back(course_id: UUID, person_id: UUID | None) -> Response:
    """Lead to the page of the course, as it is for a child where it was a child's matter."""
    if person_id is None or person_id == current_actor().person_id:
        return see_other("courses.course", course_id=course_id)
    return see_other("courses.course", course_id=course_id, person=person_id)


def _whose(request_id: UUID) -> UUID | None:
    wish = read_session().get(PlaceRequest, request_id)
    return None if wish is None else wish.person_id


@blueprint.post("/<uuid:course_id>/place/<uuid:request_id>/take")
@access("courses.own_wish")
def take_place(course_id: UUID, request_id: UUID) -> Response:
    """Take the place that is held."""
    person_id = _whose(request_id)
    with unit_of_work() as uow:
        service.take_place(uow, request_id)
    is_own = person_id == current_actor().person_id
    flash_ok(
        gettext("You are in. Begin whenever you like.")
        if is_own
        else gettext("Your child is in the course and reads that you chose it.")
    )
    return _back(course_id, person_id)


@blueprint.post("/<uuid:course_id>/place/<uuid:request_id>/leave")
@access("courses.own_wish")
def leave_place(course_id: UUID, request_id: UUID) -> Response:
    """Take one's wish back."""
    person_id = _whose(request_id)
    with unit_of_work() as uow:
        service.give_wish_up(uow, request_id)
    flash_ok(gettext("Your wish is taken back."))
    return _back(course_id, person_id)


@blueprint.route("/<uuid:course_id>/leave", methods=["GET", "POST"])
@access("courses.own_wish")
def leave(course_id: UUID) -> Response | str:
    """Ask once more, then leave a course that was one's own choice, or a child's; else say whom to ask."""
    course, actor = course_of(course_id), current_actor()
    person_id = parse_id(request.args.get("person", "")) or actor.person_id or abort(404)
    authorise("courses.own_wish", Look(person_id, course.org_id, runtime().clock.now()))
    enrolment = queries.enrolment_of(read_session(), person_id, course_id) or abort(404)
    why, is_own = why_not_left(enrolment), person_id == actor.person_id
    if request.method == "GET":
        return render_template(
            "courses/leave.html",
            card=queries.course_card(read_session(), course_id),
            may=not why,
            why=why,
            is_own=is_own,
            person_id=person_id,
            name=person_cards(read_session(), [person_id])[person_id].short_name,
        )
    with unit_of_work() as uow:
        service.leave_course(uow, course_id, person_id)
    flash_ok(
        pgettext(
            "student",
            "You have left the course. What you did is kept; you can come back while there is room.",
        )
        if is_own
        else gettext(
            "Your child has left the course. What was done is kept, and one can come back while there is room."
        )
    )
    return _back(course_id, person_id)


def _course(course_id: UUID) -> Course:
    course = read_session().get(Course, course_id) or abort(404)
    authorise("courses.teach", course)
    return course


@blueprint.get("/<uuid:course_id>/places")
@access("courses.teach")
def places(course_id: UUID) -> str:
    """Show who wishes for a place, the queue in its order, and the cohorts."""
    return _render(_course(course_id), Form())


def _render(course: Course, form: Form) -> str:
    session, actor, at = read_session(), current_actor(), runtime().clock.now()
    can = runtime().policy.can
    wishes = requests_in(session, course.id)
    mine = [
        row
        for row in wishes
        if can(session, actor, "courses.answer_wish", Look(row.person_id, course.org_id, at))
    ]
    return render_template(
        "courses/places.html",
        card=queries.course_card(session, course.id),
        asked=[row for row in mine if row.state is RequestState.ASKED],
        queue=[_queued(row) for row in mine if row.state is not RequestState.ASKED],
        others=len(wishes) - len(mine),
        cohorts=[_cohort(course.id, each) for each in cohorts_of(session, course, at.date())],
        **_taking_part(session, course),
        may_write=can(session, actor, "courses.author", course),
        values=form.values,
        errors=form.errors,
    )


def _taking_part(session: Session, course: Course) -> dict[str, Any]:
    """Return how many take the course in all and in no cohort, and how many places are left for these."""
    count = queries.participant_counts(session, [course.id]).get(course.id, 0)
    alone = places_of(session, course)
    return {
        "total": ngettext("%(num)d takes part", "%(num)d take part", count),
        "alone": alone.taken,
        "has_seats": alone.seats is not None,
        "places": words.places(alone),
    }


def _queued(row: RequestRow) -> dict[str, Any]:
    """Return a row of the queue: its number, or until when a place is held."""
    if row.state is RequestState.OFFERED and row.offered_until is not None:
        day = format_date(row.offered_until, "d MMMM")
        state = {"kind": "info", "text": gettext("a place is held until %(day)s", day=day), "icon": "clock"}
    else:
        number = gettext("next") if row.number == 1 else gettext("number %(number)s", number=row.number)
        state = {"kind": "", "text": number, "icon": "clock"}
    return {
        "title": row.name,
        "cells": [row.cohort or "—", format_date(row.queued_at, "d MMMM"), {"state": state}],
    }


def _taken(each: CohortView) -> str:
    """Say how many are in a cohort, and how many places are left where they are counted."""
    inside = ngettext("%(num)d takes part", "%(num)d take part", each.places.taken)
    return inside if each.places.seats is None else f"{inside}. {words.places(each.places)}"


def _cohort(course_id: UUID, each: CohortView) -> dict[str, Any]:
    state = (
        {"kind": "ok", "text": pgettext("cohort", "takes people in")}
        if each.is_open
        else {"kind": "", "text": pgettext("cohort", "closed"), "icon": "lock"}
    )
    return {
        "title": each.title,
        "href": url_for("courses.cohort", course_id=course_id, cohort_id=each.id),
        "cells": [words.dates(each), _taken(each), {"state": state}],
        "action": {
            "text": pgettext("cohort", "Change"),
            "href": url_for("courses.cohort", course_id=course_id, cohort_id=each.id),
        },
    }


@blueprint.post("/<uuid:course_id>/places/<uuid:request_id>")
@access("courses.answer_wish")
def answer_wish(course_id: UUID, request_id: UUID) -> Response | tuple[str, int]:
    """Say yes or no to a wish."""
    course, is_yes = _course(course_id), request.form.get("act") == "yes"
    form = Form(values={f"answer-{request_id}": request.form.get(f"answer-{request_id}", "")[:600]})
    try:
        with unit_of_work() as uow:
            state = service.answer_wish(
                uow, request_id, is_yes=is_yes, answer=form.values[f"answer-{request_id}"]
            )
    except InvalidInput as error:
        form.fail(f"answer-{request_id}", str(error_texts()[error.code]))
        return _render(course, form), 422
    said = {
        RequestState.TAKEN: gettext("The student is in the course."),
        RequestState.WAITING: gettext("All places are taken: the student waits in the queue."),
    }
    flash_ok(said.get(state, gettext("The student reads your answer.")))
    return see_other("courses.places", course_id=course_id)


@blueprint.post("/<uuid:course_id>/cohorts")
@access("courses.author")
def open_cohort(course_id: UUID) -> Response | tuple[str, int]:
    """Open a cohort."""
    course = _course(course_id)
    authorise("courses.author", course)
    form = load_form(CohortSchema())
    if _wrote(form, lambda uow, new: service.open_new_cohort(uow, course_id, new)):
        flash_ok(gettext("The group is open."))
        return see_other("courses.places", course_id=course_id)
    return _render(course, form), 422


def _wrote(form: Form, act: Any) -> bool:
    """Tell whether what was typed is written; else its errors stand in the form."""
    if not form.is_valid:
        return False
    try:
        with unit_of_work() as uow:
            act(uow, service.NewCohort(**{k: v for k, v in form.data.items() if k != "seen"}))
    except InvalidInput as error:
        form.take(error, error_texts())
        return False
    except Conflict as error:
        form.fail("_form", word_error(error))
        return False
    return True


@blueprint.route("/<uuid:course_id>/cohorts/<uuid:cohort_id>", methods=["GET", "POST"])
@access("courses.author")
def cohort(course_id: UUID, cohort_id: UUID) -> Response | str | tuple[str, int]:
    """Write a cohort anew, or let nobody more into it."""
    course = _course(course_id)
    authorise("courses.author", course)
    row = read_session().get(Cohort, cohort_id)
    if row is None or row.course_id != course_id:
        abort(404)
    if request.method == "POST" and request.form.get("act") == "close":
        with unit_of_work() as uow:
            service.close_cohort(uow, course_id, cohort_id)
        flash_ok(gettext("The group takes nobody in any more. Those who are in it stay."))
        return see_other("courses.places", course_id=course_id)
    written = {name: getattr(row, name) for name in ("title", "starts_on", "ends_on", "seats", "afterwards")}
    mark, closed_at = structure.cohort_mark(row), row.closed_at
    form = Form(values=written) if request.method == "GET" else load_form(CohortSchema())
    if request.method == "POST" and _wrote(
        form,
        lambda uow, new: service.change_cohort(uow, course_id, cohort_id, new, seen=form.data["seen"]),
    ):
        flash_ok(gettext("Kept. New places go to those who have waited longest."))
        return see_other("courses.places", course_id=course_id)
    page = render_template(
        "courses/cohort.html",
        **_members(_course(course_id), cohort_id),
        card=queries.course_card(read_session(), course_id),
        is_closed=closed_at is not None,
        cohort_id=cohort_id,
        seen=mark,
        values=form.values,
        errors=form.errors,
    )
    return (page, 422) if form.errors else page


def _members(course: Course, cohort_id: UUID) -> dict[str, Any]:
    """Return who is in a cohort: by name those whose progress the actor may see, page by page, and how many others."""
    session, number = read_session(), page_number()
    inside = members_of(session, cohort_id)
    mine = seen_among(session, current_actor(), course.org_id, inside, runtime().clock.now())
    names = person_cards(session, mine)
    seen = sorted(mine, key=lambda person_id: (names[person_id].name, person_id))
    shown = queries.roster(session, course.id, seen[(number - 1) * PER_PAGE : number * PER_PAGE])
    page = Page(shown, number, PER_PAGE, len(seen))
    here = url_for("courses.cohort", course_id=course.id, cohort_id=cohort_id)
    return {
        "members": [_member(course.id, row) for row in page.items],
        "pagination": {"number": page.number, "pages": page.pages, "url": f"{here}?page="},
        "unseen": len(inside) - len(seen),
        "count": len(inside),
    }


def _member(course_id: UUID, row: queries.RosterRow) -> dict[str, Any]:
    return {
        "title": row.name,
        "href": url_for("courses.learner", course_id=course_id, enrolment_id=row.enrolment_id),
        "cells": [
            words.progress_words(row.progress, has_begun=row.last_at is not None),
            words.when(row.last_at) if row.last_at else gettext("not yet"),
        ],
    }
