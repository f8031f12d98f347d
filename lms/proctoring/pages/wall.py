"""The proctor's live wall: running sittings by need, one sitting with its lines and clock, and who is on duty.

Scripts are sent the parts that change by a stream. Where there is none they ask again and again, with the mark of what they have:
mostly the answer is "nothing new" and carries no body. Without a script a link shows the page anew.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from flask_babel import format_time, gettext, ngettext
from werkzeug.wrappers import Response

from lms.assessment import queries as assessment
from lms.core.errors import Conflict, Forbidden, InvalidInput
from lms.core.ids import new_id
from lms.core.uow import UnitOfWork
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
from lms.core.web.problems import error_texts, word_error
from lms.core.web.streams import stream_parts
from lms.people import queries as people
from lms.proctoring import queries, service
from lms.proctoring.schemas import DutySchema, LineSchema, MoreTimeSchema, StopSchema
from lms.proctoring.settings import ProctoringSettings
from lms.proctoring.types import Need
from lms.proctoring.words import camera_word, device_facts, kind_word, message_word, need_word

__all__ = ["blueprint", "fresh_part", "lines_part"]

blueprint = Blueprint("wall", __name__, template_folder="../templates", url_prefix="/wall")


def fresh_part(html: str) -> Response:
    """Return a part of a page with a mark of its content; 304 for who has it already."""
    response = make_response(html)
    response.add_etag()
    response.headers["Cache-Control"] = "private, no-store"
    return response.make_conditional(request.environ)


def lines_part(session_id: UUID, *, is_own: bool) -> Response:
    """Return the lines of a sitting as they come, for staff or for the student whose own it is."""
    found = queries.messages_of(read_session(), session_id)
    return fresh_part(
        render_template("proctoring/_lines.html", lines=found, message_word=message_word, is_own=is_own)
    )


# ── all sittings ────────────────────────────────────────────────────────────────────────────────


def _rows() -> dict[str, Any]:
    """Return what the part of the wall that changes shows."""
    rows = queries.wall_rows(read_session(), current_actor(), runtime().clock.now())
    calls = [row for row in rows if row.call.need not in {Need.CALM, Need.STOPPED}]
    say = (
        gettext(
            "%(count)s. First: %(name)s, %(what)s",
            count=ngettext("%(num)d sitting wants you", "%(num)d sittings want you", len(calls)),
            name=calls[0].person.name,
            what=_what(calls[0]),
        )
        if calls
        else gettext("Nobody wants anything right now")
    )
    return {
        "rows": rows,
        "say": say,
        "what": _what,
        "need_kind": _NEED_KIND,
        "camera_word": camera_word,
    }


_NEED_KIND = {
    Need.WRITES: "info",
    Need.LOOK: "part",
    Need.CAMERA_GONE: "part",
    Need.STOPPED: "",
    Need.CALM: "ok",
}


def _what(row: queries.WallRow) -> str:
    """Return in words what a sitting wants: its signs, or what else it is."""
    words = [need_word(row.call.need)] if row.call.need is not Need.LOOK else []
    text = ". ".join([*words, *(kind_word(kind) for kind in row.call.signs)])
    return (
        gettext("%(what)s, since %(time)s", what=text, time=format_time(row.call.since, "HH:mm"))
        if (row.call.since is not None)
        else text
    )


@blueprint.get("")
@access("proctoring.watch")
def index() -> str:
    """Show the running sittings of exams for which one is on duty, those who want somebody first."""
    return render_template("proctoring/wall.html", **_rows())


@blueprint.get("/rows")
@access("proctoring.watch")
def rows() -> Response:
    """Return the part of the wall that changes."""
    return fresh_part(render_template("proctoring/_wall_rows.html", **_rows()))


@blueprint.get("/stream")
@access("proctoring.watch")
def stream() -> Response:
    """Send the part of the wall that changes whenever it has changed; 204 where the page has to ask."""
    return stream_parts({"rows": url_for("wall.rows")}, _most_streams())


def _most_streams() -> int:
    return runtime().settings.of(ProctoringSettings).wall_streams


# ── one sitting ─────────────────────────────────────────────────────────────────────────────────


def _sitting(session_id: UUID, form: Form) -> str:
    now = runtime().clock.now()
    authorise("proctoring.watch", queries.wall_reach(read_session(), session_id, now))
    row = queries.wall_row(read_session(), session_id, now)
    device = queries.device_check(read_session(), row.entry_id)
    return render_template(
        "proctoring/wall_sitting.html",
        **_state(row),
        device=device,
        device_facts=device_facts(device) if device else [],
        lines=queries.messages_of(read_session(), session_id),
        message_word=message_word,
        is_own=False,
        is_open="open" in request.args,
        form=form,
        errors=form.errors,
        grant_id=form.values.get("grant_id") or new_id(),
    )


def _state(row: queries.WallRow) -> dict[str, Any]:
    """Return what the state of one sitting shows."""
    return {"row": row, "words": _what(row), "kind": _NEED_KIND[row.call.need], "camera_word": camera_word}


@blueprint.get("/<uuid:session_id>")
@access("proctoring.watch")
def sitting(session_id: UUID) -> str:
    """Show one running sitting: state in words, picture closed until opened, lines, clock."""
    return _sitting(session_id, Form())


@blueprint.get("/<uuid:session_id>/state")
@access("proctoring.watch")
def state(session_id: UUID) -> Response:
    """Return the state of one sitting, as it changes."""
    now = runtime().clock.now()
    authorise("proctoring.watch", queries.wall_reach(read_session(), session_id, now))
    row = queries.wall_row(read_session(), session_id, now)
    return fresh_part(render_template("proctoring/_wall_state.html", **_state(row)))


@blueprint.get("/<uuid:session_id>/lines")
@access("proctoring.watch")
def lines(session_id: UUID) -> Response:
    """Return the lines of one sitting, as they come."""
    authorise("proctoring.watch", queries.wall_reach(read_session(), session_id, runtime().clock.now()))
    return lines_part(session_id, is_own=False)


@blueprint.get("/<uuid:session_id>/stream")
@access("proctoring.watch")
def sitting_stream(session_id: UUID) -> Response:
    """Send state and lines of one sitting whenever they have changed; 204 where the page has to ask."""
    authorise("proctoring.watch", queries.wall_reach(read_session(), session_id, runtime().clock.now()))
    parts = {part: url_for(f"wall.{part}", session_id=session_id) for part in ("state", "lines")}
    return stream_parts(parts, _most_streams())


@blueprint.get("/<uuid:session_id>/picture")
@access("proctoring.watch")
def picture(session_id: UUID) -> Response:
    """Show the newest picture; every look is written down."""
    with unit_of_work() as uow:
        stored, data = service.open_live_picture(uow, session_id)
    response = Response(data, mimetype=stored.media_type)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _act(
    session_id: UUID, form: Form, act: Callable[[UnitOfWork], None], words: str, done: str
) -> Response | tuple[str, int]:
    """Do one thing to a sitting and come back to it; what was typed stays when it cannot be done."""
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                act(uow)
            flash_ok(done)
            return see_other("wall.sitting", session_id=session_id)
        except (Conflict, Forbidden, InvalidInput) as error:
            form.fail(words if isinstance(error, InvalidInput) else "_form", word_error(error))
    return _sitting(session_id, form), 422


@blueprint.post("/<uuid:session_id>/lines")
@access("proctoring.watch")
def write(session_id: UUID) -> Response | tuple[str, int]:
    """Write a line to the student."""
    form = load_form(LineSchema())

    def act(uow: UnitOfWork) -> None:
        service.write_to_student(uow, session_id, form.data["text"])

    return _act(session_id, form, act, "text", gettext("The student reads it at once."))


@blueprint.post("/<uuid:session_id>/read")
@access("proctoring.watch")
def read(session_id: UUID) -> Response:
    """Note that nothing has to be answered."""
    with unit_of_work() as uow:
        service.read_messages(uow, session_id)
    return see_other("wall.sitting", session_id=session_id)


@blueprint.post("/<uuid:session_id>/stop")
@access("proctoring.watch")
def stop(session_id: UUID) -> Response | tuple[str, int]:
    """Stop the clock, with a reason that the student reads."""
    form = load_form(StopSchema())

    def act(uow: UnitOfWork) -> None:
        service.stop_sitting(uow, session_id, form.data["stop_reason"])

    done = gettext("The time stands still until somebody of the school lets it go on.")
    return _act(session_id, form, act, "stop_reason", done)


@blueprint.post("/<uuid:session_id>/continue")
@access("proctoring.watch")
def go_on(session_id: UUID) -> Response | tuple[str, int]:
    """Let a stopped clock go on."""
    form = Form()
    try:
        with unit_of_work() as uow:
            service.continue_sitting(uow, session_id)
        flash_ok(gettext("The time goes on. The end has moved by as long as it stood still."))
        return see_other("wall.sitting", session_id=session_id)
    except (Conflict, Forbidden) as error:
        form.fail("_form", word_error(error))
    return _sitting(session_id, form), 422


@blueprint.post("/<uuid:session_id>/extend")
@access("proctoring.watch")
def extend(session_id: UUID) -> Response | tuple[str, int]:
    """Give more time, with a reason."""
    form = load_form(MoreTimeSchema())
    if "minutes" in form.errors:
        form.errors["minutes"] = [str(error_texts()["proctoring.minutes"])]

    def act(uow: UnitOfWork) -> None:
        service.extend_sitting(
            uow, session_id, form.data["minutes"], form.data["why"], grant_id=form.data["grant_id"]
        )

    return _act(session_id, form, act, "why", gettext("The time is added; the student is told."))


# ── who is on duty ──────────────────────────────────────────────────────────────────────────────


def _duties(form: Form) -> str:
    session, now = read_session(), runtime().clock.now()
    names = people.organisation_names(
        session, current_actor().orgs_as("registrar", "deputy_head", "director")
    )
    schools = [(name, queries.duty_exams(session, org_id, now)) for org_id, name in names.items()]
    return render_template("proctoring/duties.html", schools=schools, form=form, errors=form.errors)


@blueprint.get("/duties")
@access("proctoring.set_duty")
def duties() -> str:
    """Show who watches the exams that run or come."""
    return _duties(Form())


@blueprint.post("/duties/exams/<uuid:exam_id>")
@access("proctoring.set_duty")
def set_duty(exam_id: UUID) -> Response | tuple[str, int]:
    """Put a proctor on duty for an exam."""
    authorise("proctoring.set_duty", assessment.session_card(read_session(), exam_id).org_id)
    form = load_form(DutySchema())
    if "person_id" in form.errors:
        form.errors["person_id"] = [str(error_texts()["proctoring.no_proctor"])]
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                service.set_duty(uow, exam_id, form.data["person_id"])
            flash_ok(gettext("On duty. The sittings appear on the wall when the exam begins."))
            return see_other("wall.duties", _anchor=f"x-{exam_id}")
        except InvalidInput as error:
            form.take(error, error_texts())
    return _duties(form), 422


@blueprint.post("/duties/<uuid:duty_id>/end")
@access("proctoring.set_duty")
def end_duty(duty_id: UUID) -> Response:
    """Take a proctor off duty."""
    with unit_of_work() as uow:
        service.end_duty(uow, duty_id)
    flash_ok(gettext("Off duty."))
    return see_other("wall.duties")
