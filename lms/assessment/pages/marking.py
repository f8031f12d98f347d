"""Mark what a machine cannot: blind, answer by answer, with the rubric beside it; and decide on what came late."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, make_response, render_template, request, url_for
from flask_babel import format_datetime, gettext, ngettext, pgettext
from werkzeug.wrappers import Response

from lms.assessment import queries, service
from lms.assessment.access_rules import ORGANISERS
from lms.assessment.api.looks import log_look
from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.pages import words
from lms.assessment.pages.forms import LateForm, mark_form, several_form
from lms.assessment.pages.maths import Reading, read_maths
from lms.assessment.queries.views import LateCard, MarkingCard, MarkingView, SameAnswer, SameQuestion
from lms.assessment.question_types.maths import CHECKS
from lms.assessment.rules.second_marks import Turn
from lms.assessment.types import OPEN_MARKS
from lms.core.errors import Conflict, Forbidden, InvalidInput
from lms.core.web.access import access, authorise
from lms.core.web.context import current_actor, read_session, runtime, unit_of_work
from lms.core.web.forms import Form, load_form
from lms.core.web.problems import error_texts, word_error
from lms.core.web.replies import flash_ok, see_other

__all__ = ["bp"]

bp = Blueprint("marking", __name__, url_prefix="/marking", template_folder="../templates")

#: The one line of an answer that has no rubric.
WHOLE = "points"
SIX_PLACES = Decimal("0.000001")


def _now() -> datetime:
    return runtime().clock.now()


def _view(attempt_item_id: UUID) -> MarkingView:
    """Return the answer, blind; one out of reach looks like one that does not exist."""
    kinds = runtime().registries.of(QUESTION_TYPES)
    view = queries.marking_view(read_session(), kinds, current_actor(), attempt_item_id, _now())
    head = queries.attempt_head(read_session(), view.card.attempt_id)
    authorise("assessment.mark", head)
    log_look("assessment.mark", head.person_id, "assessment.answer", attempt_item_id)
    return view


@bp.get("")
@access("assessment.mark")
def queue() -> str:
    """List the answers that wait for a person, question by question."""
    waiting = _queue()
    late = [_late_row(card) for card in queries.late_queue(read_session(), current_actor(), _now())]
    return render_template(
        "assessment/marking.html",
        rows=_groups(waiting),
        waiting=len(waiting),
        several=_several(waiting),
        late=late,
        marked=[_marked_row(card) for card in queries.marked_queue(read_session(), current_actor(), _now())],
        may_organise=current_actor().has_role(*ORGANISERS),
    )


def _marked_row(card: MarkingCard) -> dict[str, Any]:
    """Return an answer that can still be put right."""
    return {
        "text": f"{card.exam_title}: {card.item_title}, {card.alias}",
        "href": _address(card.attempt_item_id),
        "several": url_for("marking.several", attempt_item_id=card.attempt_item_id),
    }


def _queue() -> list[MarkingCard]:
    return list(queries.marking_queue(read_session(), current_actor(), _now()))


def _way(card: MarkingCard) -> tuple[str, str, str, int]:
    """Return what sorts answers as they are gone through: question by question, within one by alias."""
    return card.exam_title, card.item_title, card.alias, card.slot


def _groups(waiting: list[MarkingCard]) -> list[dict[str, Any]]:
    """Return the queue as one row a question: its answers are marked one after another, from the first on."""
    groups: dict[tuple[str, str], list[MarkingCard]] = {}
    for card in waiting:
        groups.setdefault((card.exam_title, card.item_title), []).append(card)
    for cards in groups.values():
        cards.sort(key=_way)
    return [
        {
            "title": item,
            "detail": exam,
            "cells": [_count(cards), ", ".join(card.alias for card in cards[:4]), _since(cards)],
            "action": {
                "text": pgettext("verb", "Mark"),
                "href": _address(cards[0].attempt_item_id),
                "main": number == 0,
            },
        }
        for number, ((exam, item), cards) in enumerate(groups.items())
    ]


def _several(waiting: list[MarkingCard]) -> list[dict[str, Any]]:
    """Return the questions to which more than one answer waits."""
    groups: dict[tuple[str, UUID | None], list[MarkingCard]] = {}
    for card in waiting:
        groups.setdefault((card.exam_title, card.item_version_id), []).append(card)
    return [
        {
            "title": f"{cards[0].exam_title}: {cards[0].item_title}",
            "count": _count(cards),
            "href": url_for("marking.several", attempt_item_id=cards[0].attempt_item_id),
        }
        for cards in groups.values()
        if len(cards) > 1
    ]


def _count(cards: list[MarkingCard]) -> str:
    return str(ngettext("%(num)d answer", "%(num)d answers", len(cards)))


def _since(cards: list[MarkingCard]) -> str:
    moments = [card.submitted_at for card in cards if card.submitted_at]
    return format_datetime(min(moments), "d MMMM, HH:mm") if moments else ""


def _address(attempt_item_id: UUID | None) -> str:
    return url_for("marking.answer", attempt_item_id=attempt_item_id) if attempt_item_id else ""


def _late_row(card: LateCard) -> dict[str, Any]:
    came = pgettext(
        "exam",
        "%(first)s to %(last)s",
        first=format_datetime(card.first_at, "HH:mm:ss"),
        last=format_datetime(card.last_at, "HH:mm:ss"),
    )
    questions = ", ".join(str(slot) for slot in card.slots)
    if card.in_break:
        came = gettext("%(moments)s, while the time stood still", moments=came)
    if card.after_leaving:
        came = gettext("%(moments)s, to a question without a way back", moments=came)
    return {
        "title": card.exam_title,
        "detail": card.alias,
        "cells": [
            format_datetime(card.deadline_at, "d MMMM, HH:mm"),
            came,
            gettext("questions %(numbers)s", numbers=questions),
        ],
        "action": {"text": gettext("Decide"), "href": url_for("marking.late", attempt_id=card.attempt_id)},
    }


@bp.get("/<uuid:attempt_item_id>")
@access("assessment.mark")
def answer(attempt_item_id: UUID) -> Response:
    """Show one answer with its rubric."""
    return _answer_page(attempt_item_id, Form(), 200)


def _answer_page(attempt_item_id: UUID, form: Form, status: int) -> Response:
    view = _view(attempt_item_id)
    before, after = _neighbours(view.card)
    page = render_template(
        "assessment/mark.html",
        view=view,
        reading=_reading(view),
        key_readings=_key_readings(view),
        values={"comment": view.comment, **form.values},
        errors=form.errors,
        lines=_lines(view),
        state=words.answer_state(view.status),
        earned=words.points_words(view.fraction * view.points) if view.fraction is not None else "",
        notes=[text for note in view.notes if (text := words.note_word(note))],
        points=words.points_words(view.points),
        turn=_turn(view),
        opinions=[
            {"points": words.points_words(opinion.fraction * view.points), "comment": opinion.comment}
            for opinion in view.opinions
        ],
        before=_address(before),
        after=_address(after),
        waiting=_waiting_words(view.waiting),
    )
    return make_response(page, status)


def _reading(view: MarkingView) -> Reading | None:
    """Return how a mathematical answer is read, None for any other."""
    maths = view.maths
    if maths is None or not view.response:
        return None
    return read_maths(view.response, maths.notation, maths.letters)


def _key_readings(view: MarkingView) -> list[dict[str, Any]]:
    """Return what earns all points in a question of mathematics, typeset, each with how answers are compared with it."""
    if view.maths is None:
        return []
    tests = dict(CHECKS)
    return [
        {
            "formula": read_maths(text, view.maths.key_notation).formula or text,
            "test": str(tests.get(test, "")),
        }
        for text, test in view.maths.right
    ]


def _turn(view: MarkingView) -> str:
    """Return in what capacity the reader marks, where two people do."""
    return str(
        {
            Turn.ONCE: "",
            Turn.FIRST: gettext(
                "Two people mark this answer. You are the first; the second one does not see your mark."
            ),
            Turn.SECOND: gettext(
                "Two people mark this answer. You are the second and do not see the first mark."
            ),
            Turn.ADJUDICATE: gettext("Two people marked this answer differently. Your mark decides."),
        }[view.card.turn]
    )


def _waiting_words(count: int) -> str:
    return str(ngettext("%(num)d more answer waits", "%(num)d more answers wait", count)) if count else ""


def _neighbours(card: MarkingCard) -> tuple[UUID | None, UUID | None]:
    """Return the answers before and after in the queue, those to the same question first."""
    ids = [other.attempt_item_id for other in sorted(_queue(), key=_way)]
    if card.attempt_item_id not in ids:
        return None, (ids[0] if ids else None)
    at = ids.index(card.attempt_item_id)
    return (ids[at - 1] if at else None), (ids[at + 1] if at + 1 < len(ids) else None)


def _lines(view: MarkingView) -> list[dict[str, Any]]:
    """Return what points are given for: the lines of the rubric, or the answer as a whole."""
    if not view.rubric:
        return [_line(WHOLE, gettext("The answer as a whole"), view.points)]
    return [_line(f"line-{row['id']}", row["title"], Decimal(str(row["points"]))) for row in view.rubric]


def _line(name: str, title: str, most: Decimal) -> dict[str, Any]:
    return {"name": name, "title": title, "most": most, "most_shown": words.plain_number(most)}


@bp.post("/<uuid:attempt_item_id>")
@access("assessment.mark")
def mark(attempt_item_id: UUID) -> Response:
    """Give the answer its mark and go on to the next one; an error keeps points and comment as typed."""
    view = _view(attempt_item_id)
    _before, after = _neighbours(view.card)
    lines = _lines(view)
    form = load_form(mark_form([(line["name"], line["most"]) for line in lines]))
    if form.is_valid:
        given = {line["name"]: form.data[line["name"]] for line in lines}
        most = sum((line["most"] for line in lines), Decimal(0))
        share = sum(given.values(), Decimal(0)) / most if most else Decimal(0)
        try:
            with unit_of_work() as uow:
                service.grade_manual(
                    uow,
                    attempt_item_id,
                    fraction=share.quantize(SIX_PLACES, ROUND_HALF_UP),
                    comment=form.data["comment"],
                    rubric={name.removeprefix("line-"): str(value) for name, value in given.items()},
                    seen=request.form.get("seen"),
                )
        except InvalidInput as refusal:
            form.take(refusal, error_texts())
        except (Conflict, Forbidden) as refusal:
            form.fail("_form", word_error(refusal))
    if not form.is_valid:
        return _answer_page(attempt_item_id, form, 422)
    flash_ok(gettext("The mark is saved."))
    if after is not None and request.form.get("go") == "next":
        return see_other("marking.answer", attempt_item_id=after)
    return see_other("marking.queue")


@bp.get("/several/<uuid:attempt_item_id>")
@access("assessment.mark")
def several(attempt_item_id: UUID) -> Response:
    """Show all answers to the same question that are not released, to give many of them the same."""
    return _several_page(attempt_item_id, Form(), 200)


def _several_page(attempt_item_id: UUID, form: Form, status: int) -> Response:
    found = _same(attempt_item_id)
    page = render_template(
        "assessment/several.html",
        found=found,
        points=words.plain_number(found.points),
        rows=[
            {
                "value": answer.card.attempt_item_id,
                "text": _several_words(answer, found.points),
                "hint": answer.response or gettext("Left empty."),
            }
            for answer in found.answers
        ],
        values=form.values,
        errors=form.errors,
    )
    return make_response(page, status)


def _several_words(answer: SameAnswer, most: Decimal) -> str:
    """Return which work it is, with the mark that stands; one that changed while the page was open is said to have."""
    card = answer.card
    before = request.form.get(f"seen-{card.attempt_item_id}", answer.seen)
    if card.status in OPEN_MARKS or answer.fraction is None:
        text = str(gettext("Work %(alias)s", alias=card.alias))
    else:
        points = words.points_words(answer.fraction * most)
        text = str(gettext("Work %(alias)s, marked already: %(points)s", alias=card.alias, points=points))
    if before == answer.seen:
        return text
    return str(gettext("%(work)s. Somebody has changed this since you opened the page.", work=text))


def _same(attempt_item_id: UUID) -> SameQuestion:
    """Return the answers to the same question that are not released; each look is written down."""
    authorise("assessment.mark", queries.head_of_answer(read_session(), attempt_item_id))
    kinds = runtime().registries.of(QUESTION_TYPES)
    found = queries.same_question(read_session(), kinds, current_actor(), attempt_item_id, _now())
    for answer in found.answers:
        head = queries.attempt_head(read_session(), answer.card.attempt_id)
        log_look("assessment.mark", head.person_id, "assessment.answer", answer.card.attempt_item_id)
    return found


@bp.post("/several/<uuid:attempt_item_id>")
@access("assessment.mark")
def mark_several(attempt_item_id: UUID) -> Response:
    """Give the chosen answers the same points and the same words, all of them or none."""
    found = _same(attempt_item_id)
    form = load_form(several_form(found.points))
    offered = {answer.card.attempt_item_id for answer in found.answers}
    chosen = form.data.get("chosen", ())
    if not offered.issuperset(chosen):
        form.fail("chosen", gettext("Some of these answers cannot be marked any more. Look at what is left."))
    if form.is_valid:
        points = form.data["points"]
        most = found.points or Decimal(1)  # what asks nothing earns nothing
        share = None if points is None else (points / most).quantize(SIX_PLACES, ROUND_HALF_UP)
        try:
            with unit_of_work() as uow:
                service.grade_several(
                    uow, chosen, fraction=share, comment=form.data["comment"], seen=_signs(chosen)
                )
        except (Conflict, Forbidden) as refusal:
            form.fail("_form", word_error(refusal))
    if not form.is_valid:
        return _several_page(attempt_item_id, form, 422)
    flash_ok(ngettext("%(num)d answer is marked.", "%(num)d answers are marked.", len(chosen)))
    return see_other("marking.queue")


def _signs(chosen: Iterable[UUID]) -> dict[UUID, str]:
    """Return what stood for each of the answers when the page was loaded."""
    return {item_id: sign for item_id in chosen if (sign := request.form.get(f"seen-{item_id}"))}


@bp.get("/late/<uuid:attempt_id>")
@access("assessment.mark")
def late(attempt_id: UUID) -> Response:
    """Show what came after the end of the time, or while the time stood still."""
    return _late_page(attempt_id, Form(), 200)


def _late_page(attempt_id: UUID, form: Form, status: int) -> Response:
    cards = queries.late_queue(read_session(), current_actor(), _now())
    card = next((card for card in cards if card.attempt_id == attempt_id), None)
    if card is None:
        return see_other("marking.queue")
    page = render_template(
        "assessment/late.html", card=card, row=_late_row(card), values=form.values, errors=form.errors
    )
    return make_response(page, status)


@bp.post("/late/<uuid:attempt_id>")
@access("assessment.mark")
def decide_late(attempt_id: UUID) -> Response:
    """Decide whether what came late counts."""
    form = load_form(LateForm())
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                is_accepted = form.data["decision"] == "accept"
                service.decide_late(
                    uow,
                    attempt_id,
                    is_accepted=is_accepted,
                    reason=form.data["reason"],
                    seen_until=request.form.get("until", None, int),
                )
        except InvalidInput as refusal:
            form.take(refusal, error_texts())
        except Conflict as refusal:
            form.fail("_form", word_error(refusal))
            if refusal.code == "assessment.late_decided":  # nothing is left to decide
                flash(word_error(refusal), "error")
                return see_other("marking.queue")
    if not form.is_valid:
        return _late_page(attempt_id, form, 422)
    flash_ok(gettext("The decision is recorded."))
    return see_other("marking.queue")
