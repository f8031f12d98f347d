"""Show the sitting: questions, pauses, the check before handing in, and where the work stands afterwards.

Every page works without scripts: a question is a form, `Save and go on` sends it with an operation id of its own, so
that a form that is sent twice is one answer. The script of the sitting sends the same fields to the save address.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, make_response, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from jinja2 import TemplateNotFound
from werkzeug.wrappers import Response

from lms.assessment import queries, service
from lms.assessment.api.hot import sign_in_from_cookie
from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.pages import plan_words, words
from lms.assessment.pages.forms import OperationForm
from lms.assessment.ports import ATTEMPT_GATES
from lms.assessment.queries.views import AttemptView, QuestionView
from lms.assessment.rules.responses import Answer, without_certainty
from lms.assessment.types import OPEN_STATES, Fields, Operation, OperationKind
from lms.core.errors import Conflict, InvalidInput
from lms.core.ids import new_id
from lms.core.web.access import access, authorise, camera_page
from lms.core.web.assets import STATIC, asset_url
from lms.core.web.context import current_actor, read_session, runtime, unit_of_work
from lms.core.web.forms import load_form
from lms.core.web.problems import word_error
from lms.core.web.replies import page_before, see_other

__all__ = ["bp", "kept_question", "own_attempt"]

bp = Blueprint("attempts", __name__, url_prefix="/attempts", template_folder="../templates")

#: A cookie of its own: a page that is fetched at the same moment must not bring an older session back.
TIMER_COOKIE = "hide_timer"


def own_attempt(attempt_id: UUID) -> AttemptView:
    """Return the student's own attempt; somebody else's looks like one that does not exist."""
    authorise("assessment.sit", queries.attempt_head(read_session(), attempt_id))
    registries = runtime().registries
    kinds, gates = registries.of(QUESTION_TYPES), registries.of(ATTEMPT_GATES)
    return queries.attempt_view(read_session(), kinds, gates, attempt_id, runtime().clock.now())


def _elsewhere(attempt: AttemptView) -> Response | None:
    """Return the way to the page on which an attempt that is not being written now belongs."""
    if attempt.state not in OPEN_STATES:
        return see_other("outcomes.status", attempt_id=attempt.id)
    if attempt.paused_since is not None:
        return see_other("attempts.paused", attempt_id=attempt.id)
    return None


@bp.after_request
def name_account(response: Response) -> Response:
    """Say whose page this is, so that what a browser keeps of it is never taken for another account's."""
    response.headers["Marshrut-Account"] = str(current_actor().account_id or "")
    return response


@bp.get("/<uuid:attempt_id>")
@access("assessment.sit")
def enter(attempt_id: UUID) -> Response:
    """Go to the first question without an answer."""
    attempt = own_attempt(attempt_id)
    return _elsewhere(attempt) or see_other(
        "attempts.question", attempt_id=attempt_id, slot=_first_open(attempt)
    )


def _first_open(attempt: AttemptView) -> int:
    """Return the first open question without an answer, else the first that is open.

    What is only there to be read comes first in a work that is begun; later nobody is led back to it.
    """
    open_now = attempt.handed_out().questions
    is_begun = any(q.is_answered for q in open_now)
    waiting = (q.slot for q in open_now if not q.is_answered and not (is_begun and q.asks_nothing))
    return next(waiting, max(1, attempt.reached))


@bp.get("/<uuid:attempt_id>/q/<int:slot>")
@access("assessment.sit")
@camera_page
def question(attempt_id: UUID, slot: int) -> Any:
    """Show one question; where there is no way back, the next one closes the one before."""
    attempt = own_attempt(attempt_id)
    elsewhere = _elsewhere(attempt)
    if elsewhere is None and attempt.is_one_way and attempt.reached == slot - 1:
        with unit_of_work() as uow:
            reached = service.go_on(uow, attempt_id, slot)
        attempt = _gone_on(attempt, reached)
    return elsewhere or _question_page(attempt, slot)


def _gone_on(attempt: AttemptView, reached: int) -> AttemptView:
    """Return the attempt after a step; an adaptive one has got a question that it did not have, or its end."""
    if attempt.is_adaptive:
        return own_attempt(attempt.id)
    return replace(attempt, reached=reached, reached_to=reached)


def _question_page(
    attempt: AttemptView, slot: int, errors: dict[str, list[str]] | None = None, status: int = 200
) -> Any:
    shown = attempt.question(slot)
    if attempt.part is not None and (attempt.part.is_over or slot == attempt.part.last + 1):
        return see_other("attempts.part", attempt_id=attempt.id)
    if slot == attempt.item_count + 1 and attempt.is_adaptive:
        return see_other("attempts.review", attempt_id=attempt.id)
    if shown is None or not attempt.is_open(slot):
        return see_other("attempts.question", attempt_id=attempt.id, slot=_first_open(attempt))
    is_last = slot == attempt.item_count
    saved_kind, saved_text = words.saved_words(shown)
    page = render_template(
        "assessment/question.html",
        question=shown,
        template=_template(shown),
        errors=errors or {},
        next_url=_next_url(attempt, slot),
        back_url=_url(attempt, slot - 1) if slot > 1 and attempt.is_open(slot - 1) else "",
        is_last=is_last,
        last_label=gettext("Save and check everything"),
        script_label=gettext("Check everything") if is_last else gettext("Next"),
        saved_kind=saved_kind,
        saved_text=saved_text,
        op_id=new_id(),
        check=_check(attempt, shown) if attempt.conduct.checks else None,
        certainties=plan_words.certainty_choices() if attempt.conduct.asks_certainty else (),
        **_frame(attempt, slot),
    )
    return make_response(page, status)


def _check(attempt: AttemptView, shown: QuestionView) -> dict[str, Any]:
    """Return what the checks of a question showed, in words, and whether there is another one."""
    kinds = runtime().registries.of(QUESTION_TYPES)
    found = queries.check_view(read_session(), kinds, attempt.id, shown.slot)
    return plan_words.check_words(found, attempt.conduct.checks)


def _url(attempt: AttemptView, slot: int) -> str:
    return url_for("attempts.question", attempt_id=attempt.id, slot=slot)


def _next_url(attempt: AttemptView, slot: int) -> str:
    if slot >= attempt.item_count:
        return url_for("attempts.review", attempt_id=attempt.id)
    if attempt.part is not None and slot >= attempt.part.last:
        return url_for("attempts.part", attempt_id=attempt.id)
    return _url(attempt, slot + 1)


def _check_url(attempt: AttemptView) -> str:
    """Return the page on which everything that is open is looked at before it is left."""
    is_between = attempt.part is not None and not attempt.part.is_last
    return url_for("attempts.part" if is_between else "attempts.review", attempt_id=attempt.id)


def _template(shown: QuestionView) -> str:
    """Return the template of the question's type, or the one that says that its part is not installed."""
    try:
        current_app.jinja_env.get_template(shown.template)
    except TemplateNotFound:
        return "assessment/questions/unavailable.html"
    return shown.template


def _frame(attempt: AttemptView, slot: int = 0) -> dict[str, Any]:
    """Return what every page of a running attempt needs."""
    before = _url(attempt, 0).removesuffix("0")
    cells = words.strip_cells(attempt, slot, lambda number: f"{before}{number}")
    slim = [{key: cell[key] for key in ("number", "href", "answered", "flagged", "asks")} for cell in cells]
    return {
        "attempt": attempt,
        "cells": cells,
        "cells_json": json.dumps(slim),
        "words": words.script_words(),
        "left": words.left_words(attempt.remaining_s),
        "until": words.until_words(attempt),
        "deadline": words.server_now(attempt.deadline_at),
        "server_now": words.server_now(attempt.server_now),
        "hide_timer": bool(request.cookies.get(TIMER_COOKIE)),
        "ops_url": url_for("attempt_api.save", attempt_id=attempt.id),
        "beat_url": url_for("attempt_api.heartbeat", attempt_id=attempt.id),
        "last_saved": max((q.saved_at for q in attempt.questions if q.saved_at), default=None),
        "open_count": attempt.asked - attempt.answered,
        "unread": []
        if slot
        else [cell for q, cell in zip(attempt.questions, cells, strict=True) if q.is_unread],
        "check_url": _check_url(attempt),
        "part_words": plan_words.part_words(attempt.part) if attempt.part else "",
    }


@bp.post("/<uuid:attempt_id>/q/<int:slot>/check")
@access("assessment.sit")
@camera_page
def check(attempt_id: UUID, slot: int) -> Any:
    """Keep an answer as one that is to be checked, and show what the check says."""
    return _save(attempt_id, slot, OperationKind.CHECK)


@bp.post("/<uuid:attempt_id>/q/<int:slot>")
@access("assessment.sit")
@camera_page
def save(attempt_id: UUID, slot: int) -> Any:
    """Save the answer that a form brings and go where its button says."""
    return _save(attempt_id, slot, OperationKind.ANSWER)


def _save(attempt_id: UUID, slot: int, kind: OperationKind) -> Any:
    arrived = runtime().clock.now()
    fields = service.fields_of(request.form, slot)
    form, go = load_form(OperationForm()), request.form.get("go", "next")
    try:
        if not form.is_valid:
            raise InvalidInput("assessment.operations")
        if kind is OperationKind.CHECK and not Answer(without_certainty(fields)).is_answered:
            raise InvalidInput("assessment.nothing_to_check")
        operations = [_operation(form.data, kind, slot, {"fields": fields})]
        if go == "flag":
            operations.append(_flag(attempt_id, slot, form.data["client_seq"] + 1))
        service.save_operations(runtime(), sign_in_from_cookie(), attempt_id, operations, arrived)
    except (InvalidInput, Conflict) as refusal:
        return kept_question(attempt_id, slot, fields, refusal)
    return _go(attempt_id, slot, go)


def kept_question(attempt_id: UUID, slot: int, fields: Fields, refusal: InvalidInput | Conflict) -> Any:
    """Show the question again with what was typed."""
    attempt = own_attempt(attempt_id)
    elsewhere = _elsewhere(attempt)
    if elsewhere is not None:
        return elsewhere
    questions = tuple(replace(q, fields=fields) if q.slot == slot else q for q in attempt.questions)
    typed = replace(attempt, questions=questions)
    return _question_page(typed, slot, {"_form": [word_error(refusal)]}, refusal.status)


def _operation(data: dict[str, Any], kind: OperationKind, slot: int, payload: dict[str, Any]) -> Operation:
    return Operation(data["op_id"], kind, slot, payload, data["client_seq"], tab="form")


def _flag(attempt_id: UUID, slot: int, client_seq: int) -> Operation:
    shown = own_attempt(attempt_id).question(slot)
    is_on = shown is not None and not shown.is_flagged
    return Operation(new_id(), OperationKind.FLAG, slot, {"on": is_on}, client_seq, tab="form")


def _go(attempt_id: UUID, slot: int, go: str) -> Response:
    """Return the way to the question or page that a button named."""
    if go in {"flag", "check"}:
        return see_other("attempts.question", attempt_id=attempt_id, slot=slot)
    if go == "back" and slot > 1:
        return see_other("attempts.question", attempt_id=attempt_id, slot=slot - 1)
    return redirect(_next_url(own_attempt(attempt_id), slot), code=303)


@bp.post("/<uuid:attempt_id>/timer")
@access("assessment.sit")
def timer(attempt_id: UUID) -> Response:
    """Hide or show the time in this browser."""
    response = redirect(page_before(url_for("attempts.enter", attempt_id=attempt_id)), code=303)
    is_hidden = request.form.get("timer") == "hide"
    secure = runtime().settings.core.secure_cookies
    response.set_cookie(TIMER_COOKIE, "1" if is_hidden else "", httponly=True, samesite="Lax", secure=secure)
    return response


@bp.get("/<uuid:attempt_id>/break")
@access("assessment.sit")
@camera_page
def paused(attempt_id: UUID) -> Any:
    """Show that the time stands still."""
    attempt = own_attempt(attempt_id)
    if attempt.paused_since is None:
        return see_other("attempts.enter", attempt_id=attempt_id)
    left = ngettext("%(num)d break is left", "%(num)d breaks are left", attempt.breaks_left)
    length = words.up_to_words(attempt.break_minutes)
    stop = queries.stop_of(read_session(), attempt_id)
    return render_template(
        "assessment/paused.html", breaks_left_words=left, break_words=length, stop=stop, **_frame(attempt)
    )


@bp.post("/<uuid:attempt_id>/break")
@access("assessment.sit")
def pause(attempt_id: UUID) -> Response:
    """Stop the time for an agreed break."""
    with unit_of_work() as uow:
        service.pause_attempt(uow, attempt_id)
    return see_other("attempts.paused", attempt_id=attempt_id)


@bp.post("/<uuid:attempt_id>/resume")
@access("assessment.sit")
def resume(attempt_id: UUID) -> Response:
    """Let the time go on."""
    with unit_of_work() as uow:
        service.resume_attempt(uow, attempt_id)
    return see_other("attempts.enter", attempt_id=attempt_id)


@bp.get("/<uuid:attempt_id>/help")
@access("assessment.sit")
def help_page(attempt_id: UUID) -> str:
    """Say what to do when something does not work."""
    return render_template(
        "assessment/help.html", attempt=own_attempt(attempt_id), number=words.short_number(attempt_id)
    )


@bp.get("/<uuid:attempt_id>/part")
@access("assessment.sit")
@camera_page
def part(attempt_id: UUID) -> Any:
    """Show the open part's questions before it is left, or that its time is over."""
    attempt = own_attempt(attempt_id)
    if attempt.part is None or (attempt.part.is_last and not attempt.part.is_over):
        return _elsewhere(attempt) or see_other("attempts.review", attempt_id=attempt_id)
    shown = [q for q in attempt.questions if attempt.part.first <= q.slot <= attempt.part.last]
    return _elsewhere(attempt) or render_template(
        "assessment/part.html", part=attempt.part, shown=shown, **_frame(attempt)
    )


@bp.post("/<uuid:attempt_id>/part")
@access("assessment.sit")
def next_part(attempt_id: UUID) -> Response:
    """Close the part and open the next one; a second press on the button changes nothing."""
    number = request.form.get("part", "")
    with unit_of_work() as uow:
        service.next_part(uow, attempt_id, int(number) if number.isdecimal() and len(number) < 4 else 0)
    return see_other("attempts.enter", attempt_id=attempt_id)


@bp.get("/<uuid:attempt_id>/review")
@access("assessment.sit")
@camera_page
def review(attempt_id: UUID) -> Any:
    """Show every question with the state of its answer before the work is handed in."""
    attempt = own_attempt(attempt_id)
    return _elsewhere(attempt) or render_template("assessment/review.html", **_frame(attempt))


@bp.get("/<uuid:attempt_id>/submit")
@access("assessment.sit")
@camera_page
def submit_page(attempt_id: UUID) -> Any:
    """Ask once more."""
    attempt = own_attempt(attempt_id)
    return _elsewhere(attempt) or _submit_page(attempt, {}, 200)


def _submit_page(attempt: AttemptView, errors: dict[str, list[str]], status: int) -> Any:
    page = render_template("assessment/submit.html", op_id=new_id(), errors=errors, **_frame(attempt))
    return make_response(page, status)


@bp.post("/<uuid:attempt_id>/submit")
@access("assessment.sit")
def submit(attempt_id: UUID) -> Any:
    """Hand the work in; a second press on the button changes nothing."""
    try:
        with unit_of_work() as uow:
            service.submit_attempt(uow, attempt_id)
    except (Conflict, InvalidInput) as refusal:
        attempt = own_attempt(attempt_id)
        return _elsewhere(attempt) or _submit_page(attempt, {"_form": [word_error(refusal)]}, 422)
    return see_other("outcomes.status", attempt_id=attempt_id)


@bp.get("/offline.js")
@access("core.public")
def offline() -> Response:
    """Serve the worker that opens questions without a network; its reach is this folder of addresses."""
    response = make_response((STATIC / "dist" / asset_url("exam-offline.js").rsplit("/", 1)[-1]).read_bytes())
    response.content_type = "text/javascript; charset=utf-8"
    response.headers["Cache-Control"] = "no-cache"
    return response
