"""Appeal against the marks of answers, and answer appeals: item by item, with documents and reasons."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from flask_babel import format_date, format_datetime, gettext, ngettext, pgettext
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from lms.assessment import queries, service
from lms.assessment.api.looks import log_look
from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.pages import words
from lms.assessment.pages.forms import LocalDecimal
from lms.assessment.queries.appeals import AppealCard, AppealView, FirstMark, appeal_for, appeals_to_decide
from lms.assessment.queries.views import ReviewView
from lms.assessment.types import AppealDecision, AppealState
from lms.core.db import day_of
from lms.core.errors import Conflict, Forbidden, InvalidInput, TooLarge
from lms.core.web.access import access, authorise
from lms.core.web.context import current_actor, read_session, runtime, unit_of_work
from lms.core.web.forms import Form, load_form
from lms.core.web.problems import error_texts, word_error
from lms.core.web.replies import file_disposition, flash_ok, see_other

__all__ = ["bp"]

bp = Blueprint("appeals", __name__, template_folder="../templates")

SIX_PLACES = Decimal("0.000001")


def _review(attempt_id: UUID) -> ReviewView:
    """Return the work as far as the reader may see it."""
    head = queries.attempt_head(read_session(), attempt_id)
    authorise("assessment.appeal", head)
    kinds = runtime().registries.of(QUESTION_TYPES)
    return queries.review_for(read_session(), kinds, current_actor(), head, runtime().clock.now())


@bp.get("/attempts/<uuid:attempt_id>/appeal")
@access("assessment.appeal")
def write(attempt_id: UUID) -> Response:
    """Show the form of an appeal: one field for each question."""
    return _write_page(attempt_id, Form(), 200)


def _write_page(attempt_id: UUID, form: Form, status: int) -> Response:
    view = _review(attempt_id)
    asked = queries.answer_ids(read_session(), attempt_id)
    prompts = {answer.slot: answer for answer in view.answers}
    rows = [
        {
            "name": f"item-{item_id}",
            "number": slot,
            "prompt": prompts[slot].prompt if slot in prompts else "",
            "points": _earned(prompts.get(slot)),
        }
        for slot, item_id in asked
    ]
    page = render_template(
        "assessment/appeal_write.html",
        view=view,
        rows=rows,
        values=form.values,
        errors=form.errors,
        is_own=view.person_id == current_actor().person_id,
    )
    return make_response(page, status)


def _earned(answer: Any) -> str:
    if answer is None or answer.earned is None:
        return ""
    got, most = words.plain_number(answer.earned), words.of_points_words(answer.points)
    return str(gettext("%(got)s of %(most)s", got=got, most=most))


@bp.post("/attempts/<uuid:attempt_id>/appeal")
@access("assessment.appeal")
def file(attempt_id: UUID) -> Response:
    """File an appeal; an error keeps every word."""
    _review(attempt_id)
    form = Form(values={name: text for name, text in request.form.items() if name.startswith("item-")})
    grounds = {
        item_id: form.values.get(f"item-{item_id}", "")
        for _slot, item_id in queries.answer_ids(read_session(), attempt_id)
    }
    sent = [(each.filename or "", each.read()) for each in request.files.getlist("file") if each.filename]
    try:
        with unit_of_work() as uow:
            filed = service.file_appeal(uow, attempt_id, grounds, sent)
    except InvalidInput as refusal:
        form.take(refusal, error_texts())
    except (Conflict, TooLarge) as refusal:
        form.fail("_form", word_error(refusal))
    if not form.is_valid:
        return _write_page(attempt_id, form, 422)
    day = format_date(filed.due_on, "d MMMM")
    flash_ok(gettext("The appeal is filed. The school answers by %(day)s.", day=day))
    return see_other("appeals.show", appeal_id=filed.id)


@bp.get("/appeals")
@access("assessment.decide_appeal")
def queue() -> str:
    """List the appeals that wait for an answer, the one that is due first on top."""
    cards = appeals_to_decide(read_session(), current_actor(), runtime().clock.now())
    today = day_of(read_session(), runtime().clock.now())
    return render_template(
        "assessment/appeals.html", rows=[_row(card, is_late=card.due_on < today) for card in cards]
    )


def _row(card: AppealCard, *, is_late: bool) -> dict[str, Any]:
    due = format_date(card.due_on, "d MMMM")
    return {
        "title": card.exam_title,
        "detail": gettext("Work %(alias)s", alias=card.alias),
        "cells": [
            format_datetime(card.filed_at, "d MMMM, HH:mm"),
            ngettext("%(num)d question", "%(num)d questions", card.grounds),
            {"state": {"kind": "gap", "text": gettext("was due %(day)s", day=due), "icon": "clock"}}
            if is_late
            else due,
        ],
        "action": {
            "text": pgettext("appeal", "Answer"),
            "href": url_for("appeals.show", appeal_id=card.id),
            "main": False,
        },
    }


@bp.get("/appeals/<uuid:appeal_id>")
@access("assessment.see_appeal")
def show(appeal_id: UUID) -> Response:
    """Show an appeal to the family that filed it, and to those who answer it."""
    return _appeal_page(appeal_id, Form(), 200)


def _view(appeal_id: UUID) -> AppealView:
    kinds = runtime().registries.of(QUESTION_TYPES)
    view = appeal_for(read_session(), kinds, current_actor(), appeal_id, runtime().clock.now())
    authorise("assessment.see_appeal", view)
    log_look("assessment.see_appeal", view.person_id, "assessment.appeal", appeal_id)
    return view


def _appeal_page(appeal_id: UUID, form: Form, status: int) -> Response:
    view = _view(appeal_id)
    can = runtime().policy.can
    is_open = view.state is AppealState.FILED
    may_decide = can(read_session(), current_actor(), "assessment.decide_appeal", view)
    page = render_template(
        "assessment/appeal.html",
        view=view,
        state=_state(view),
        facts=_facts(view),
        rows=[_ground(row, shows_answer=may_decide) for row in view.grounds],
        may_decide=is_open and may_decide,
        may_withdraw=is_open and can(read_session(), current_actor(), "assessment.appeal", view),
        is_staff=may_decide,
        values=form.values,
        errors=form.errors,
    )
    return make_response(page, status)


def _state(view: AppealView) -> dict[str, str]:
    if view.state is AppealState.WITHDRAWN:
        return {"kind": "", "text": pgettext("appeal", "Withdrawn"), "icon": "cross"}
    if view.decision is None:
        return {"kind": "info", "text": gettext("Waits for the school's answer"), "icon": "clock"}
    return {
        AppealDecision.GRANTED: {"kind": "ok", "text": pgettext("appeal", "Granted"), "icon": "ok"},
        AppealDecision.PARTLY: {
            "kind": "part",
            "text": pgettext("appeal", "Granted in part"),
            "icon": "part",
        },
        AppealDecision.REFUSED: {"kind": "gap", "text": pgettext("appeal", "The marks stand"), "icon": "gap"},
    }[view.decision]


def _facts(view: AppealView) -> list[tuple[str, str]]:
    rows = [
        (pgettext("appeal", "Filed"), format_datetime(view.filed_at, "d MMMM, HH:mm")),
        (pgettext("appeal", "Answer by"), format_date(view.due_on, "d MMMM y")),
    ]
    if view.decided_at is not None:
        rows.append((pgettext("appeal", "Decided"), format_datetime(view.decided_at, "d MMMM, HH:mm")))
    return rows


def _ground(row: Any, *, shows_answer: bool) -> dict[str, Any]:
    most = words.of_points_words(row.points)
    was = None if row.before is None else words.plain_number(row.before * row.points)
    now = None if row.after is None else words.plain_number(row.after * row.points)
    return {
        "id": row.attempt_item_id,
        "number": row.slot,
        "prompt": row.prompt,
        "text": row.text,
        "response": row.response if shows_answer else "",
        "before": "" if was is None else gettext("%(got)s of %(most)s", got=was, most=most),
        "after": "" if now is None else gettext("%(got)s of %(most)s", got=now, most=most),
        "most": words.plain_number(row.points),
        "typed": was or "",
        "reply": row.reply,
        "marked": _marked(row.marked) if shows_answer and row.marked else [],
    }


def _marked(mark: FirstMark) -> list[tuple[str, str]]:
    """Return by what the mark was given: the rule that an answer to the appeal can name."""
    by = gettext("the machine, by the key") if mark.is_by_machine else gettext("a person")
    rows = [(pgettext("appeal", "Who marked it"), by)]
    if mark.key:
        rows.append((gettext("The right answer"), mark.key))
    for title, most, given in mark.lines:
        points = words.of_points_words(most)
        got = (
            gettext("%(got)s of %(most)s", got=words.plain_number(given), most=points)
            if given is not None
            else ""
        )
        rows.append((title, got or gettext("up to %(most)s", most=points)))
    if mark.model_answer:
        rows.append((gettext("A sample answer"), mark.model_answer))
    if mark.notes:
        reasons = "; ".join(words.note_word(note) or note for note in mark.notes)
        rows.append((gettext("Reasons of the marking"), reasons))
    if mark.comment:
        rows.append((gettext("Comment for the student"), mark.comment))
    return rows


def _decision_form(view: AppealView) -> Schema:
    names: dict[str, fields.Field[Any]] = {"reasons": fields.String(load_default="")}
    for row in view.grounds:
        names[f"reply-{row.attempt_item_id}"] = fields.String(load_default="")
        names[f"points-{row.attempt_item_id}"] = LocalDecimal(
            load_default=None,
            allow_none=True,
            validate=validate.Range(Decimal(0), row.points, error=gettext("From 0 to {max} points.")),
            error_messages={"invalid": gettext("This is not a number.")},
        )
    return Schema.from_dict(names, name="DecisionForm")()


@bp.post("/appeals/<uuid:appeal_id>")
@access("assessment.decide_appeal")
def decide(appeal_id: UUID) -> Response:
    """Answer every ground; new points count at once."""
    view = _view(appeal_id)
    form = load_form(_decision_form(view))
    if form.is_valid:
        replies = {
            row.attempt_item_id: service.Reply(
                form.data[f"reply-{row.attempt_item_id}"],
                _share(form.data[f"points-{row.attempt_item_id}"], row.points),
            )
            for row in view.grounds
        }
        try:
            with unit_of_work() as uow:
                service.decide_appeal(uow, appeal_id, replies, form.data["reasons"])
        except InvalidInput as refusal:
            form.take(refusal, error_texts())
        except (Conflict, Forbidden) as refusal:
            form.fail("_form", word_error(refusal))
    if not form.is_valid:
        return _appeal_page(appeal_id, form, 422)
    flash_ok(gettext("The decision is recorded and the family can read it."))
    return see_other("appeals.show", appeal_id=appeal_id)


def _share(points: Decimal | None, most: Decimal) -> Decimal | None:
    return None if points is None else (points / (most or 1)).quantize(SIX_PLACES, ROUND_HALF_UP)


@bp.post("/appeals/<uuid:appeal_id>/withdraw")
@access("assessment.appeal")
def withdraw(appeal_id: UUID) -> Response:
    """Take back an appeal that waits for its answer."""
    view = _view(appeal_id)
    try:
        with unit_of_work() as uow:
            service.withdraw_appeal(uow, appeal_id)
    except Conflict as refusal:
        form = Form()
        form.fail("_form", word_error(refusal))
        return _appeal_page(appeal_id, form, 422)
    flash_ok(gettext("The appeal is withdrawn. The mark stands."))
    return see_other("outcomes.status", attempt_id=view.attempt_id)


@bp.get("/appeals/files/<uuid:appeal_file_id>")
@access("assessment.see_appeal")
def document(appeal_file_id: UUID) -> Response:
    """Show a document of an appeal."""
    with unit_of_work() as uow:
        found = service.open_appeal_file(uow, appeal_file_id)
    response = make_response(found.data)
    response.headers["Content-Type"] = found.media_type
    response.headers["Content-Disposition"] = file_disposition("inline", found.name)
    return response
