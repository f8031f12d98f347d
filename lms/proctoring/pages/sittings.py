"""One's own sittings: what was asked, what one says, one's own pictures. Parents see the same."""

from __future__ import annotations

from io import BytesIO
from uuid import UUID

from flask import Blueprint, flash, render_template, request, send_file
from flask_babel import gettext
from werkzeug.wrappers import Response

from lms.core.db import day_of
from lms.core.errors import Conflict, InvalidInput, NotFound
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
from lms.people import queries as people
from lms.proctoring import queries, service
from lms.proctoring.access_rules import Reach
from lms.proctoring.pages.uploads import closed_blurs
from lms.proctoring.pages.wall import lines_part
from lms.proctoring.schemas import AppealSchema, LineSchema, StatementSchema
from lms.proctoring.settings import ProctoringSettings
from lms.proctoring.words import event_word, message_word

__all__ = ["blueprint"]

blueprint = Blueprint("sittings", __name__, template_folder="../templates", url_prefix="/sittings")


@blueprint.get("")
@access("proctoring.own_sitting")
def index() -> str:
    """Show one's own and one's children's sittings."""
    session, actor, now = read_session(), current_actor(), runtime().clock.now()
    assert actor.person_id is not None
    people_seen = people.children_of(session, actor.person_id, now)
    if actor.has_role("student"):
        people_seen.insert(0, people.person_card(session, actor.person_id))
    groups = [(card, queries.sittings_of(session, [card.id])) for card in people_seen]
    return render_template("proctoring/sittings.html", groups=groups)


@blueprint.get("/records/<uuid:person_id>")
@access("proctoring.own_sitting")
def records(person_id: UUID) -> str:
    """Show what is kept about a person, what was destroyed with its proof, and offer all of it as a file."""
    session, now = read_session(), runtime().clock.now()
    authorise("proctoring.own_sitting", Reach(person_id, now))
    return render_template(
        "proctoring/records.html",
        person=people.person_card(session, person_id),
        is_self=person_id == current_actor().person_id,
        kept=queries.subject_records(session, person_id, now).document,
        destroyed=queries.destroyed_of(session, person_id),
    )


@blueprint.get("/records/<uuid:person_id>/all.zip")
@access("proctoring.own_sitting")
def export(person_id: UUID) -> Response:
    """Hand out everything that is kept about a person."""
    with unit_of_work(current_actor()) as uow:
        whole = service.export_subject(uow, person_id)
    response = send_file(BytesIO(whole), "application/zip", as_attachment=True, download_name="identity.zip")
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _page(session_id: UUID, form: Form) -> str:
    session, now = read_session(), runtime().clock.now()
    reach = queries.sitting_reach(session, session_id, now)
    authorise("proctoring.own_sitting", Reach(reach.person_id, now))
    summary = next(
        (s for s in queries.sittings_of(session, [reach.person_id]) if s.session.id == session_id), None
    )
    if summary is None:
        raise NotFound("proctoring.no_session")
    case = queries.case_view(session, session_id, None, now)
    is_self, opened = reach.person_id == current_actor().person_id, set(request.args.getlist("open"))
    if not is_self:
        with unit_of_work() as uow:
            uow.log_access("proctoring.own_sitting", reach.person_id, "sitting", reach.id, outcome="shown")
    blurs = closed_blurs([picture.id for picture in case.evidence], opened)
    session = read_session()
    days = runtime().settings.of(ProctoringSettings).appeal_days
    return render_template(
        "proctoring/sitting.html",
        summary=summary,
        case=case,
        appeal_until=queries.appeal_until(session, case.annulled_at, days) if case.annulled_at else None,
        today=day_of(session, now),
        is_self=is_self,
        blurs=blurs,
        may_appeal=runtime().policy.can(
            session, current_actor(), "proctoring.appeal", Reach(reach.person_id, now)
        ),
        person=people.person_card(session, reach.person_id),
        opened=opened,
        event_word=event_word,
        lines=queries.messages_of(session, session_id),
        message_word=message_word,
        form=form,
        errors=form.errors,
    )


@blueprint.get("/<uuid:session_id>")
@access("proctoring.own_sitting")
def sitting(session_id: UUID) -> str:
    """Show one sitting to its student or parent."""
    return _page(session_id, Form())


@blueprint.post("/<uuid:session_id>")
@access("proctoring.answer")
def answer(session_id: UUID) -> Response | tuple[str, int]:
    """Take the student's statement."""
    form = load_form(StatementSchema())
    if "text" in form.errors and not form.values.get("text"):
        form.errors["text"] = [str(error_texts()["proctoring.statement_empty"])]
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                service.write_statement(uow, session_id, form.data["text"])
            flash_ok(gettext("Your words are with the reviewers. Nobody decides without reading them."))
            return see_other("sittings.sitting", session_id=session_id)
        except InvalidInput as error:
            form.take(error, error_texts())
        except Conflict as error:
            form.fail("_form", str(error_texts()[error.code]))
    return _page(session_id, form), 422


@blueprint.post("/<uuid:session_id>/appeal")
@access("proctoring.appeal")
def appeal(session_id: UUID) -> Response | tuple[str, int]:
    """Take what the family says against an annulment."""
    form = load_form(AppealSchema())
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                service.appeal_annulment(uow, session_id, form.data["appeal"])
            flash_ok(gettext("The appeal is with the school. Somebody decides who gave no opinion before."))
            return see_other("sittings.sitting", session_id=session_id)
        except InvalidInput as error:
            form.take(error, error_texts())
        except Conflict as error:
            form.fail("_form", str(error_texts()[error.code]))
    return _page(session_id, form), 422


# ── lines to whoever watches, while the sitting runs ────────────────────────────────────────────


@blueprint.get("/<uuid:session_id>/lines")
@access("proctoring.write")
def lines(session_id: UUID) -> Response:
    """Return what was written beside one's own sitting, as it comes."""
    reach = queries.sitting_reach(read_session(), session_id, runtime().clock.now())
    authorise("proctoring.write", Reach(reach.person_id, reach.at))
    return lines_part(session_id, is_own=True)


@blueprint.post("/<uuid:session_id>/lines")
@access("proctoring.write")
def write(session_id: UUID) -> Response:
    """Take a line from the student; a script stays on the page, a form comes back to the work.

    A line that cannot be taken is no line: a script is told so and keeps it, a form reads why and what was written.
    """
    reach = queries.sitting_reach(read_session(), session_id, runtime().clock.now())
    authorise("proctoring.write", Reach(reach.person_id, reach.at))
    form, is_script = load_form(LineSchema()), request.accept_mimetypes.best == "application/json"
    why = " ".join(form.errors.get("text", ()))
    if not why:
        try:
            with unit_of_work() as uow:
                service.write_to_staff(uow, session_id, form.data["text"])
        except (Conflict, InvalidInput) as error:
            why = word_error(error)
    if is_script:
        return Response(status=422 if why else 204)
    if why:
        written = str(form.values.get("text", "")).strip()[:2000]
        flash(gettext("%(why)s You wrote: %(text)s", why=why, text=written) if written else why, "gap")
    return see_other("attempts.enter", attempt_id=reach.attempt_id)
