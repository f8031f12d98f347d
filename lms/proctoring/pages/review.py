"""The reviewer's queue and case page."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask_babel import format_decimal, gettext
from werkzeug.wrappers import Response

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
from lms.core.web.paging import page_number
from lms.core.web.problems import error_texts
from lms.proctoring import queries, service
from lms.proctoring.access_rules import SittingReach
from lms.proctoring.pages.uploads import closed_blurs
from lms.proctoring.schemas import AnnulSchema, AppealDecisionSchema, OpinionSchema, ReasonSchema
from lms.proctoring.settings import ProctoringSettings
from lms.proctoring.types import SessionOutcome, SessionState, Verdict
from lms.proctoring.words import (
    assurance_word,
    event_word,
    kind_word,
    message_word,
    method_word,
    step_word,
    verdict_word,
)

__all__ = ["blueprint"]

blueprint = Blueprint("review", __name__, template_folder="../templates", url_prefix="/review")


@blueprint.get("")
@access("proctoring.review")
def queue() -> str:
    """Show the sittings that wait for a person: searched (``?q=``) and page by page."""
    return _list_page("review.queue", SessionState.QUEUED)


@blueprint.get("/closed")
@access("proctoring.review")
def closed() -> str:
    """Show the sittings that were looked at."""
    return _list_page("review.closed", SessionState.CLOSED)


def _list_page(endpoint: str, state: SessionState) -> str:
    session, actor, now = read_session(), current_actor(), runtime().clock.now()
    asked = request.args.get("q", "").strip()
    shown = queries.review_queue(session, actor, now, state=state, text=asked, number=page_number())
    url = url_for(endpoint, q=asked, page="") if asked else url_for(endpoint, page="")
    return render_template(
        "proctoring/review_queue.html" if state is SessionState.QUEUED else "proctoring/review_closed.html",
        rows=shown.items,
        asked=asked,
        is_long=bool(asked) or shown.pages > 1,
        page={"number": shown.number, "pages": shown.pages, "url": url},
        kind_word=kind_word,
        step_word=step_word,
    )


def _case(session_id: UUID, form: Form) -> str:
    now = runtime().clock.now()
    reach = queries.sitting_reach(read_session(), session_id, now)
    authorise("proctoring.review", reach)
    _log_look("proctoring.review", reach)
    case = queries.case_view(read_session(), session_id, current_actor().person_id, now)
    opened = set(request.args.getlist("open"))
    settings = runtime().settings.of(ProctoringSettings)
    keeps_until = case.keeps_until
    if keeps_until is not None and not case.knows and case.session.state is SessionState.QUEUED:
        # a question prolongs it, and that one was asked is not to be seen yet
        newest = max(picture.captured_at for picture in case.evidence if not picture.is_deleted)
        keeps_until = newest + timedelta(days=settings.evidence_waiting_days)
    return render_template(
        "proctoring/review_case.html",
        case=case,
        opened=opened,
        statement_days=settings.statement_days,
        keeps_until=keeps_until,
        blurs=closed_blurs([picture.id for picture in case.evidence], opened),
        form=form,
        errors=form.errors,
        event_word=event_word,
        lines=queries.messages_of(read_session(), session_id),
        message_word=message_word,
        kind_word=kind_word,
        assurance_word=assurance_word,
        method_word=method_word,
        verdict_word=verdict_word,
        step_word=step_word,
        number=format_decimal,
        hindrance=str(error_texts()[f"proctoring.annul_{case.annul_hindrance}"])
        if case.annul_hindrance
        else "",
    )


def _log_look(action: str, reach: SittingReach) -> None:
    with unit_of_work() as uow:
        uow.log_access(action, reach.person_id, "sitting", reach.id, outcome="shown")


@blueprint.get("/<uuid:session_id>")
@access("proctoring.review")
def case(session_id: UUID) -> str:
    """Show one sitting: what happened, pictures closed until opened, conditions on top."""
    return _case(session_id, Form())


@blueprint.post("/<uuid:session_id>/opinion")
@access("proctoring.review")
def opinion(session_id: UUID) -> Response | tuple[str, int]:
    """Take an opinion."""
    form = load_form(OpinionSchema())
    if "verdict" in form.errors:
        form.errors["verdict"] = [gettext("Choose an opinion.")]
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                result = service.give_opinion(
                    uow,
                    session_id,
                    Verdict(form.data["verdict"]),
                    reason=form.data["reason"],
                    seen=form.data["seen"],
                )
            if result == "no_questions":
                flash_ok(gettext("The review is closed: no questions. The result can be released."))
                return see_other("review.queue")
            flash_ok(
                gettext(
                    "Your opinion is recorded. Now you see the index, the reasons behind it and what others said; you can "
                    "still change your opinion."
                )
            )
            return see_other("review.case", session_id=session_id)
        except InvalidInput as error:
            form.take(error, error_texts())
        except Conflict as error:
            form.fail("_form", str(error_texts()[error.code]))
    return _case(session_id, form), 422


@blueprint.post("/<uuid:session_id>/annul")
@access("proctoring.review")
def annul(session_id: UUID) -> Response | tuple[str, int]:
    """Annul a sitting that two people see as a violation."""
    form = load_form(AnnulSchema())
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                service.annul_sitting(uow, session_id, reason=form.data["annul_reason"])
            flash_ok(gettext("The sitting is annulled; everything that rested on it is suspended."))
            return see_other("review.case", session_id=session_id)
        except InvalidInput as error:
            form.fail("annul_reason", str(error_texts()[error.code]))
        except Conflict as error:
            form.fail("_form", str(error_texts()[error.code]))
    return _case(session_id, form), 422


@blueprint.post("/<uuid:session_id>/reinstate")
@access("proctoring.reinstate")
def reinstate(session_id: UUID) -> Response | tuple[str, int]:
    """Make an annulled sitting count again."""
    form = load_form(ReasonSchema())
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                service.reinstate_sitting(uow, session_id, reason=form.data["reason"])
            flash_ok(gettext("The sitting counts again; everything is as it was before."))
            return see_other("review.case", session_id=session_id)
        except InvalidInput as error:
            form.take(error, error_texts())
        except Conflict as error:
            form.fail("_form", str(error_texts()[error.code]))
    return _case(session_id, form), 422


@blueprint.get("/annulled")
@access("proctoring.reinstate")
def annulled() -> str:
    """Show the annulled sittings that the reader may make count again."""
    asked = request.args.get("q", "").strip()
    shown = queries.annulled_sittings(
        read_session(), current_actor(), runtime().clock.now(), text=asked, number=page_number()
    )
    url = url_for("review.annulled", q=asked, page="") if asked else url_for("review.annulled", page="")
    return render_template(
        "proctoring/annulled.html",
        rows=shown.items,
        asked=asked,
        is_long=bool(asked) or shown.pages > 1,
        page={"number": shown.number, "pages": shown.pages, "url": url},
    )


def _annulled_page(session_id: UUID, form: Form) -> str:
    now = runtime().clock.now()
    reach = queries.sitting_reach(read_session(), session_id, now)
    authorise("proctoring.reinstate", reach)
    case = queries.case_view(read_session(), session_id, None, now)
    if case.session.outcome is not SessionOutcome.ANNULLED:
        raise NotFound("proctoring.no_session")  # while a review runs, opinions are hidden until one's own
    _log_look("proctoring.reinstate", reach)
    opened = set(request.args.getlist("open"))
    return render_template(
        "proctoring/annulled_case.html",
        case=case,
        opened=opened,
        blurs=closed_blurs([picture.id for picture in case.evidence], opened),
        lines=queries.messages_of(read_session(), session_id),
        message_word=message_word,
        kind_word=kind_word,
        form=form,
        errors=form.errors,
        event_word=event_word,
        verdict_word=verdict_word,
    )


@blueprint.get("/annulled/<uuid:session_id>")
@access("proctoring.reinstate")
def annulled_case(session_id: UUID) -> str:
    """Show why a sitting was annulled and ask for the reason to take it back."""
    return _annulled_page(session_id, Form())


@blueprint.post("/annulled/<uuid:session_id>")
@access("proctoring.reinstate")
def take_back(session_id: UUID) -> Response | tuple[str, int]:
    """Make an annulled sitting count again, as its head or reviewer confirms with a reason, or reject the appeal."""
    form = load_form(AppealDecisionSchema())
    if form.is_valid:
        is_rejected = form.data["decision"] == "reject"
        try:
            with unit_of_work() as uow:
                if is_rejected:
                    service.decide_appeal(uow, session_id, is_upheld=False, reason=form.data["reason"])
                else:
                    service.reinstate_sitting(uow, session_id, reason=form.data["reason"])
            if is_rejected:
                flash_ok(gettext("The appeal is rejected; the family reads your reason."))
            else:
                flash_ok(gettext("The sitting counts again; everything is as it was before."))
            return see_other("review.annulled")
        except InvalidInput as error:
            form.take(error, error_texts())
        except Conflict as error:
            if error.code not in {"proctoring.no_appeal", "proctoring.appeal_own"}:
                raise
            form.fail("_form", str(error_texts()[error.code]))
    return _annulled_page(session_id, form), 422
