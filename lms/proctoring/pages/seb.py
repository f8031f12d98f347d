"""Sit an exam in Safe Exam Browser: its configuration, a request to sit it without, and the office's answer."""

from __future__ import annotations

from io import BytesIO
from uuid import UUID

from flask import Blueprint, render_template, send_file
from flask_babel import gettext
from werkzeug.wrappers import Response

from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.web import (
    Form,
    access,
    authorise,
    flash_ok,
    load_form,
    read_session,
    runtime,
    see_other,
    unit_of_work,
)
from lms.core.web.problems import error_texts
from lms.proctoring import queries, service
from lms.proctoring.access_rules import Reach
from lms.proctoring.pages.seb_requests import is_in_browser
from lms.proctoring.rules.seb import exam_settings, write_settings
from lms.proctoring.schemas import SebAskSchema, SebDecisionSchema

__all__ = ["blueprint"]

blueprint = Blueprint("seb", __name__, template_folder="../templates", url_prefix="/identity")


def _standing(entry_id: UUID) -> queries.SebStanding:
    """Return how it stands for one's own exam; one that needs no such browser has no page."""
    standing = queries.seb_standing(read_session(), entry_id)
    authorise("proctoring.own_identity", Reach(standing.facts.person_id, runtime().clock.now()))
    if not standing.is_asked:
        raise NotFound("proctoring.no_entry")
    return standing


def _own_page(entry_id: UUID, form: Form) -> str:
    return render_template(
        "proctoring/seb.html",
        standing=_standing(entry_id),
        is_inside=is_in_browser(entry_id),
        form=form,
        errors=form.errors,
    )


@blueprint.get("/<uuid:entry_id>/seb")
@access("proctoring.own_identity")
def show(entry_id: UUID) -> str:
    """Show how to open the exam in the browser, and how to sit it without."""
    return _own_page(entry_id, Form())


@blueprint.get("/<uuid:entry_id>/exam.seb")
@access("proctoring.own_identity")
def configuration(entry_id: UUID) -> Response:
    """Hand out the configuration of one's own exam."""
    _standing(entry_id)
    data = write_settings(exam_settings(runtime().settings.core.base_url, entry_id))
    response = send_file(
        BytesIO(data), mimetype="application/seb", as_attachment=True, download_name="exam.seb"
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.post("/<uuid:entry_id>/seb")
@access("proctoring.own_identity")
def ask(entry_id: UUID) -> Response | tuple[str, int]:
    """Take the request to sit it without."""
    form = load_form(SebAskSchema())
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                service.ask_without_seb(uow, entry_id, form.data["words"])
            return see_other("seb.show", entry_id=entry_id)
        except InvalidInput as error:
            form.take(error, error_texts())
        except Conflict as error:
            form.fail("_form", str(error_texts()[error.code]))
    return _own_page(entry_id, form), 422


def _waiver_page(waiver_id: UUID, form: Form) -> str:
    waiver = queries.waiver_view(read_session(), waiver_id)
    reach = Reach(waiver.person.id, runtime().clock.now(), org_id=waiver.org_id)
    authorise("proctoring.waive_seb", reach)
    return render_template("proctoring/seb_decide.html", waiver=waiver, form=form, errors=form.errors)


@blueprint.get("/seb/<uuid:waiver_id>")
@access("proctoring.waive_seb")
def waiver(waiver_id: UUID) -> str:
    """Show one request to whoever may decide it."""
    return _waiver_page(waiver_id, Form())


@blueprint.post("/seb/<uuid:waiver_id>")
@access("proctoring.waive_seb")
def decide(waiver_id: UUID) -> Response | tuple[str, int]:
    """Record the decision."""
    form = load_form(SebDecisionSchema())
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                service.decide_without_seb(
                    uow, waiver_id, is_granted=form.data["decision"] == "allow", note=form.data["note"]
                )
            flash_ok(gettext("Recorded. The student sees it at once."))
            return see_other("staff.queue")
        except InvalidInput as error:
            form.take(error, error_texts())
        except Conflict as error:
            form.fail("_form", str(error_texts()[error.code]))
    return _waiver_page(waiver_id, form), 422
