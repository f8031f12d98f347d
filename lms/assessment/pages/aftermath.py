"""What heads and markers do with a whole session: two markers, marking again, comparing texts, documents."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from flask_babel import format_datetime, gettext, ngettext, pgettext
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from lms.assessment import queries, service
from lms.assessment.api.looks import log_look
from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.pages import words
from lms.assessment.pages.forms import LocalDecimal
from lms.assessment.queries.key_choices import KeyChoice, key_choices, key_field
from lms.assessment.queries.regrades import BatchView
from lms.assessment.queries.similar import SideBySide, TextOfWork, side_by_side, similar_works
from lms.assessment.queries.staff import double_marking_of
from lms.assessment.queries.views import SessionCard
from lms.assessment.rules.winnowing import GUARANTEED, Passage, Word
from lms.assessment.types import RegradeState
from lms.core.errors import Conflict, Forbidden, InvalidInput
from lms.core.web.access import access, authorise
from lms.core.web.context import current_actor, read_session, runtime, unit_of_work
from lms.core.web.forms import Form, load_form
from lms.core.web.problems import error_texts, word_error
from lms.core.web.replies import flash_ok, see_other

__all__ = ["bp"]

bp = Blueprint("aftermath", __name__, template_folder="../templates")

MOMENT = "d MMMM, HH:mm"
#: Pairs of one question that a page shows.
MOST_PAIRS = 50


class ReplayForm(Schema):
    """Why the marking is to be replayed."""

    reason = fields.String(required=True, validate=validate.Length(1, 500))


class MarkersForm(Schema):
    """How many people mark an answer, and by how much two of them may differ (percent of the points)."""

    markers = fields.String(required=True, validate=validate.OneOf(("1", "2")))
    tolerance = LocalDecimal(load_default=Decimal(10), places=2, validate=validate.Range(0, 100))


def _session(session_id: UUID, action: str = "assessment.regrade") -> SessionCard:
    """Return a session; one of another organisation looks like one that does not exist."""
    card = queries.session_card(read_session(), session_id)
    authorise(action, card)
    return card


@bp.get("/sessions/<uuid:session_id>/marking")
@access("assessment.regrade")
def show(session_id: UUID) -> Response:
    """Show how a session is marked: by one or two, what was replayed, where to compare and to print."""
    return _page(session_id, Form(), 200)


def _page(session_id: UUID, form: Form, status: int) -> Response:
    card = _session(session_id)
    tolerance = double_marking_of(read_session(), session_id)
    set_now = {
        "markers": "1" if tolerance is None else "2",
        "tolerance": words.plain_number(Decimal(10) if tolerance is None else 100 * tolerance),
    }
    page = render_template(
        "assessment/aftermath.html",
        card=card,
        values={**set_now, **form.values},
        errors=form.errors,
        keys=[_key_select(choice) for choice in key_choices(read_session(), session_id)],
        rows=[_batch_row(batch) for batch in queries.batches_of(read_session(), session_id)],
    )
    return make_response(page, status)


def _key_select(choice: KeyChoice) -> dict[str, Any]:
    """Return the field that chooses by which version a question is marked; what was chosen before the refusal stays."""
    name = key_field(choice.item_version_id)
    return {
        "name": name,
        "label": choice.title,
        "now": gettext("as now: by version %(number)s", number=choice.key_number),
        "options": [
            (str(version_id), gettext("by version %(number)s", number=number))
            for version_id, number in choice.others
        ],
        "value": request.form.get(name, ""),
    }


def _chosen_keys(session_id: UUID, form: Form) -> dict[UUID, UUID]:
    """Return the versions that were chosen to mark, by the version that was asked."""
    chosen = {}
    for choice in key_choices(read_session(), session_id):
        name = key_field(choice.item_version_id)
        others = {str(version_id): version_id for version_id, _number in choice.others}
        value = request.form.get(name, "")
        if value in others:
            chosen[choice.item_version_id] = others[value]
        elif value:
            form.fail(name, str(error_texts()["assessment.key_unknown"]))
    return chosen


def _batch_row(batch: BatchView) -> dict[str, Any]:
    return {
        "title": batch.reason,
        "href": url_for("aftermath.batch", batch_id=batch.id),
        "cells": [
            format_datetime(batch.created_at, MOMENT),
            ngettext("%(num)d answer", "%(num)d answers", batch.checked),
            ngettext("%(num)d change", "%(num)d changes", batch.changed),
            {"state": _batch_state(batch)},
        ],
    }


def _batch_state(batch: BatchView) -> dict[str, str]:
    return {
        RegradeState.PROPOSED: {"kind": "info", "text": gettext("A preview"), "icon": "clock"},
        RegradeState.APPROVED: {"kind": "ok", "text": pgettext("regrade", "Approved"), "icon": "ok"},
        RegradeState.DROPPED: {"kind": "", "text": pgettext("regrade", "Dropped"), "icon": "cross"},
    }[batch.state]


@bp.post("/sessions/<uuid:session_id>/marking/markers")
@access("assessment.regrade")
def markers(session_id: UUID) -> Response:
    """Have the answers of a session marked by one person or by two."""
    _session(session_id)
    form = load_form(MarkersForm())
    if form.is_valid:
        share = form.data["tolerance"] / 100 if form.data["markers"] == "2" else None
        try:
            with unit_of_work() as uow:
                service.mark_by_two(uow, session_id, share)
        except InvalidInput as refusal:
            form.take(refusal, error_texts())
        except Conflict as refusal:
            form.fail("_form", word_error(refusal))
    if not form.is_valid:
        return _page(session_id, form, 422)
    flash_ok(gettext("It is kept who marks."))
    return see_other("aftermath.show", session_id=session_id)


@bp.post("/sessions/<uuid:session_id>/marking/replay")
@access("assessment.regrade")
def replay(session_id: UUID) -> Response:
    """Replay the marking and keep what would change as a preview; the marking is done before anything is written."""
    _session(session_id)
    form = load_form(ReplayForm())
    keys = _chosen_keys(session_id, form)
    if form.is_valid:
        types = runtime().registries.of(QUESTION_TYPES)
        try:
            found = queries.replay_session(read_session(), types, session_id, keys)
            with unit_of_work() as uow:
                batch_id = service.propose_regrade(uow, found, form.data["reason"])
            return see_other("aftermath.batch", batch_id=batch_id)
        except InvalidInput as refusal:
            form.take(refusal, error_texts())
    return _page(session_id, form, 422)


@bp.get("/regrades/<uuid:batch_id>")
@access("assessment.regrade")
def batch(batch_id: UUID) -> Response:
    """Show what a replayed marking would change, or has changed: answer by answer, under aliases."""
    return _batch_page(batch_id, {}, 200)


def _batch_page(batch_id: UUID, errors: dict[str, list[str]], status: int) -> Response:
    view = queries.batch_view(read_session(), batch_id)
    authorise("assessment.regrade", view)
    page = render_template(
        "assessment/regrade.html",
        view=view,
        errors=errors,
        state=_batch_state(view),
        may_decide=view.state is RegradeState.PROPOSED
        and runtime().policy.can(read_session(), current_actor(), "assessment.approve_regrade", view),
        facts=[
            (gettext("Marked again"), ngettext("%(num)d answer", "%(num)d answers", view.checked)),
            (gettext("Would change"), ngettext("%(num)d answer", "%(num)d answers", view.changed)),
            (pgettext("regrade", "When"), format_datetime(view.created_at, MOMENT)),
        ],
        keys=words.cards(
            [
                key.title,
                gettext("version %(number)s", number=key.number),
                gettext("version %(number)s", number=key.key_number),
            ]
            for key in view.keys
        ),
        moves=words.cards(
            [move.alias, _mark(move.before), _mark(move.after), _released(is_released=move.is_released)]
            for move in view.moves
        ),
        changes=words.cards(
            [
                change.item_title,
                change.alias,
                _points(change.before, change.points),
                _points(change.after, change.points),
            ]
            for change in view.changes
        ),
    )
    return make_response(page, status)


def _mark(mark: str | None) -> str:
    return str(gettext("a person still marks")) if mark is None else words.mark_word(mark)


def _released(*, is_released: bool) -> str:
    return str(gettext("yes, until the new one is released") if is_released else pgettext("regrade", "no"))


def _points(share: Decimal | None, points: Decimal) -> str:
    if share is None:
        return str(gettext("a person decides"))
    most = words.of_points_words(points)
    return str(gettext("%(got)s of %(most)s", got=words.plain_number(share * points), most=most))


@bp.post("/regrades/<uuid:batch_id>")
@access("assessment.approve_regrade")
def decide(batch_id: UUID) -> Response:
    """Let the previewed marks become grades, or drop the preview."""
    view = queries.batch_view(read_session(), batch_id, most=0)
    authorise("assessment.approve_regrade", view)
    try:
        with unit_of_work() as uow:
            if request.form.get("decision") == "approve":
                done = service.approve_regrade(uow, batch_id)
            else:
                service.drop_regrade(uow, batch_id)
                done = None
    except (Conflict, Forbidden) as refusal:
        return _batch_page(batch_id, {"_form": [word_error(refusal)]}, 422)
    if done is None:
        flash_ok(gettext("The preview is dropped. No mark has changed."))
    else:
        flash_ok(ngettext("%(num)d new grade is written.", "%(num)d new grades are written.", done.grades))
    return see_other("aftermath.batch", batch_id=batch_id)


@bp.get("/sessions/<uuid:session_id>/similar")
@access("assessment.mark")
def similar(session_id: UUID) -> str:
    """List the pairs of works that share passages of text: what was found, never what it means."""
    card = _session(session_id)
    kinds = runtime().registries.of(QUESTION_TYPES)
    found = similar_works(read_session(), kinds, current_actor(), session_id, runtime().clock.now())
    return render_template(
        "assessment/similar.html",
        card=card,
        least=GUARANTEED,
        questions=[
            {
                "title": question.title,
                "texts": ngettext("%(num)d text", "%(num)d texts", question.texts),
                "rows": [_pair_row(*pair) for pair in question.pairs[:MOST_PAIRS]],
            }
            for question in found
        ],
    )


def _pair_row(left: TextOfWork, right: TextOfWork, pair: Any) -> dict[str, Any]:
    longest = max(passage.count for passage in pair.passages)
    return {
        "title": gettext("%(left)s and %(right)s", left=left.alias, right=right.alias),
        "href": url_for(
            "aftermath.beside",
            attempt_item_id=left.attempt_item_id,
            other_item_id=right.attempt_item_id,
        ),
        "cells": [
            ngettext("%(num)d shared word", "%(num)d shared words", pair.shared_words),
            gettext("%(share)s %% of the shorter text", share=round(100 * pair.share)),
            ngettext("%(num)d word in a row", "%(num)d words in a row", longest),
        ],
    }


@bp.get("/marking/<uuid:attempt_item_id>/beside/<uuid:other_item_id>")
@access("assessment.mark")
def beside(attempt_item_id: UUID, other_item_id: UUID) -> str:
    """Show two answers side by side with the passages that both have."""
    for item_id in (attempt_item_id, other_item_id):
        head = queries.head_of_answer(read_session(), item_id)
        authorise("assessment.mark", head)
        log_look("assessment.mark", head.person_id, "assessment.answer", item_id)
    kinds = runtime().registries.of(QUESTION_TYPES)
    found = side_by_side(read_session(), kinds, attempt_item_id, other_item_id)
    return render_template(
        "assessment/beside.html",
        found=found,
        texts=_texts(found),
        rows=words.cards(
            [
                gettext("Passage %(number)s", number=number),
                _excerpt(found.left.text, found.words[0], passage),
                ngettext("%(num)d word", "%(num)d words", passage.count),
            ]
            for number, passage in enumerate(_shown(found), start=1)
        ),
    )


def _shown(found: SideBySide) -> list[Passage]:
    return [passage for passage in found.passages if passage.count >= GUARANTEED]


def _excerpt(text: str, row: Sequence[Word], passage: Passage) -> str:
    return text[row[passage.left].start : row[passage.left + passage.count - 1].end]


def _texts(found: SideBySide) -> list[dict[str, Any]]:
    """Return each text in pieces: (words, number of the passage or 0)."""
    sides = []
    for side, text in enumerate((found.left, found.right)):
        marks: dict[int, int] = {}
        for number, passage in enumerate(_shown(found), start=1):
            first = passage.right if side else passage.left
            for at in range(first, first + passage.count):
                marks.setdefault(at, number)
        sides.append({"alias": text.alias, "pieces": _pieces(text.text, found.words[side], marks)})
    return sides


def _pieces(text: str, row: Sequence[Word], marks: dict[int, int]) -> list[tuple[str, int]]:
    pieces: list[tuple[str, int]] = []
    at, place = 0, 0
    while place < len(row):
        number = marks.get(place, 0)
        last = place
        while last + 1 < len(row) and marks.get(last + 1, 0) == number:
            last += 1
        if number:
            pieces += [(text[at : row[place].start], 0), (text[row[place].start : row[last].end], number)]
            at = row[last].end
        place = last + 1
    return [*pieces, (text[at:], 0)]
