"""Count time at lessons and films, and let a school say how much of a day lessons at the screen should take."""

from __future__ import annotations

from uuid import UUID

from flask import abort, make_response, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.core.errors import InvalidInput
from lms.core.web import (
    Form,
    access,
    authorise,
    current_actor,
    flash_ok,
    read_session,
    see_other,
    unit_of_work,
)
from lms.core.web.problems import error_texts
from lms.courses import service
from lms.courses.access_rules import HEADS
from lms.courses.pages.catalogue import blueprint, own_enrolment
from lms.courses.presence_reading import budgets_of
from lms.courses.rules.screen_time import GRADES, LEAST_MINUTES, MOST_MINUTES
from lms.people.queries import organisation_names

__all__ = ["beat", "place", "time_of_day"]


@blueprint.post("/<uuid:course_id>/beat")
@access("courses.study")
def beat(course_id: UUID) -> Response:
    """Note that somebody is at work on a lesson's page."""
    enrolment = own_enrolment(course_id) or abort(404)
    with unit_of_work() as uow:
        service.note_beat(uow, enrolment.id)
    return make_response("", 204)


@blueprint.post("/<uuid:course_id>/steps/<uuid:block_id>/place")
@access("courses.study")
def place(course_id: UUID, block_id: UUID) -> Response:
    """Keep where a film or a recording was left."""
    enrolment = own_enrolment(course_id) or abort(404)
    position = request.form.get("position", type=int)
    if position is None:
        abort(422)
    with unit_of_work() as uow:
        service.keep_place(uow, enrolment.id, block_id, position)
    return make_response("", 204)


@blueprint.route("/time", methods=["GET", "POST"])
@access("courses.set_time")
def time_of_day() -> Response | str | tuple[str, int]:
    """Show and change how many minutes a day each grade should be at lessons at the screen."""
    org_id = _org_id()
    authorise("courses.set_time", org_id)
    if request.method == "GET":
        return _time_page(org_id, Form())
    form = Form(values={name: value.strip() for name, value in request.form.items()})
    sent = {grade: form.values.get(f"grade-{grade}", "") for grade in GRADES}
    minutes = {grade: int(text) if text.isdecimal() and len(text) < 4 else 0 for grade, text in sent.items()}
    try:
        with unit_of_work() as uow:
            service.set_budgets(uow, org_id, minutes)
    except InvalidInput as error:
        form.take(error, error_texts())
        return _time_page(org_id, form), 422
    flash_ok(_("Kept. Students and families read the new numbers at once."))
    return see_other("courses.time_of_day", org=org_id)


def _org_id() -> UUID:
    """Return the school that is meant: the one asked for, else the only one, or the first, that the actor leads."""
    leads = sorted(current_actor().orgs_as(*HEADS))
    return request.args.get("org", type=UUID) or (leads[0] if leads else abort(404))


def _time_page(org_id: UUID, form: Form) -> str:
    session = read_session()
    return render_template(
        "courses/time.html",
        school=organisation_names(session, [org_id]).get(org_id, ""),
        grades=list(GRADES),
        values=form.values or {f"grade-{grade}": n for grade, n in budgets_of(session, org_id).items()},
        errors=form.errors,
        least=LEAST_MINUTES,
        most=MOST_MINUTES,
    )
