"""What staff does with works: stop a clock, let it go on, take in a file of answers."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, request
from flask_babel import gettext, ngettext
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from lms.assessment import queries, service
from lms.assessment.access_rules import MARKERS
from lms.assessment.pages.scheduling import entry_page, place_on_roster
from lms.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from lms.core.web.access import access, authorise
from lms.core.web.context import current_actor, read_session, unit_of_work
from lms.core.web.forms import Form, load_form
from lms.core.web.problems import error_texts, word_error
from lms.core.web.replies import flash_ok, see_other

__all__ = ["bp"]

bp = Blueprint("attempt_desk", __name__, url_prefix="/sessions", template_folder="../templates")


class StopForm(Schema):
    """Why a clock is stopped; the student reads it."""

    stop_reason = fields.String(required=True, validate=validate.Length(1, 200))


def _attempt(entry_id: UUID) -> UUID:
    """Return the newest work of a place on a roster; raise NotFound ``assessment.no_attempt`` before it has begun."""
    _card, row = place_on_roster(entry_id)
    if row.attempt_id is None:
        raise NotFound("assessment.no_attempt")
    return row.attempt_id


@bp.post("/entries/<uuid:entry_id>/stop")
@access("assessment.admit")
def stop(entry_id: UUID) -> Response | tuple[str, int]:
    """Stop the clock of a running work, with a reason that the student reads."""
    attempt_id, form = _attempt(entry_id), load_form(StopForm())
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                service.pause_attempt(uow, attempt_id, form.data["stop_reason"])
            flash_ok(gettext("The time stands still until somebody of the school lets it go on."))
            return see_other("scheduling.entry", entry_id=entry_id)
        except (Conflict, Forbidden) as error:
            form.fail("_form", word_error(error))
    return entry_page(entry_id, form), 422


@bp.post("/entries/<uuid:entry_id>/continue")
@access("assessment.admit")
def go_on(entry_id: UUID) -> Response | tuple[str, int]:
    """Let a stopped clock go on; the end moves by as long as it stood still."""
    attempt_id, form = _attempt(entry_id), Form()
    try:
        with unit_of_work() as uow:
            service.resume_attempt(uow, attempt_id)
        flash_ok(gettext("The time goes on. The end has moved by as long as it stood still."))
        return see_other("scheduling.entry", entry_id=entry_id)
    except (Conflict, Forbidden) as error:
        form.fail("_form", word_error(error))
    return entry_page(entry_id, form), 422


@bp.get("/<uuid:session_id>/answers")
@access("assessment.admit")
def answers(session_id: UUID) -> str:
    """Ask for the file of answers that a student's device has saved."""
    return _file_page(session_id, Form())


def _file_page(session_id: UUID, form: Form) -> str:
    card = queries.session_card(read_session(), session_id)
    authorise("assessment.schedule", card.org_id)
    may_mark = current_actor().has_role(*MARKERS)
    return render_template("assessment/answers_file.html", card=card, may_mark=may_mark, errors=form.errors)


@bp.post("/<uuid:session_id>/answers")
@access("assessment.admit")
def take_in(session_id: UUID) -> Response | tuple[str, int]:
    """Take in a file; it names its work itself, so that whoever marks blind may do it, too."""
    form, sent = Form(), request.files.get("file")
    _file_page(session_id, form)
    try:
        with unit_of_work() as uow:
            found = service.take_in_answers(uow, session_id, sent.read() if sent else b"")
        flash_ok(_words(found))
        return see_other("attempt_desk.answers", session_id=session_id)
    except InvalidInput as error:
        form.take(error, error_texts())
    except Forbidden as error:
        form.fail("_form", word_error(error))
    return _file_page(session_id, form), 422


def _words(found: service.Brought) -> str:
    """Say what became of a file."""
    new = len(found.receipts)
    parts = [
        ngettext("%(num)d step is taken in.", "%(num)d steps are taken in.", new)
        if new
        else gettext("Nothing new is in the file.")
    ]
    if found.files:
        parts.append(
            ngettext(
                "With %(num)d recording or photograph.",
                "With %(num)d recordings or photographs.",
                found.files,
            )
        )
    if found.files_refused:
        parts.append(
            gettext(
                "Recordings or photographs that could not be taken in: %(count)s.", count=found.files_refused
            )
        )
    if found.known:
        parts.append(gettext("On the server already: %(count)s.", count=found.known))
    if found.conflicts:
        parts.append(
            gettext("Different from what is on the server, and left out: %(count)s.", count=found.conflicts)
        )
    if new or found.files:
        parts.append(gettext("Whoever marks decides whether they count."))
    return " ".join(parts)
