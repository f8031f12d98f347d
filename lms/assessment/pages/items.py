"""Show a question to its authors: try it as a student, read it aloud, test it, move it on."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, make_response, render_template, request, url_for
from flask_babel import format_datetime, gettext, ngettext
from jinja2 import TemplateNotFound
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from lms.assessment import queries, service
from lms.assessment.contracts import QUESTION_TYPES, ItemTest, QuestionType
from lms.assessment.pages import figure_words, words
from lms.assessment.pages.forms import LocalDecimal
from lms.assessment.pages.version_words import changed_parts
from lms.assessment.queries.attempts import explained
from lms.assessment.queries.item_statistics import version_figures
from lms.assessment.queries.items import ItemView, VersionCard
from lms.assessment.rules.items import (
    SEEDS,
    TestFailure,
    doubts_of,
    is_right_expected,
    key_tests,
    lacks_lesser,
    mark_fields_safely,
    marks_later,
    run_tests,
    sent_by,
    why_unavailable,
)
from lms.assessment.rules.reading_order import Spoken, reading_order
from lms.assessment.rules.search import texts_of
from lms.assessment.types import Fields, MarkResult, MarkStatus
from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.formulas import faulty_formulas
from lms.core.uow import UnitOfWork
from lms.core.web.access import access, authorise, camera_page
from lms.core.web.context import current_actor, read_session, runtime, unit_of_work
from lms.core.web.forms import Form, load_form
from lms.core.web.problems import error_texts, word_error
from lms.core.web.replies import flash_ok, see_other
from lms.curriculum.queries import outcome_views, search_outcomes
from lms.people.queries import person_cards

__all__ = ["bp"]

bp = Blueprint("items", __name__, template_folder="../templates")

#: What the fields of a question that is being tried begin with.
PREFIX = "t."
MAX_SHARE = 100
#: How much is shown of a formula that cannot be read.
FAULT_LENGTH = 80
#: Seconds that a page spends on an item's tests; what was not reached is shown as not run.
TESTS_ON_PAGE_S = 3.0
EXPECTED = (
    MarkStatus.RIGHT,
    MarkStatus.PARTIAL,
    MarkStatus.WRONG,
    MarkStatus.INVALID,
    MarkStatus.NEEDS_MARKING,
)


class PropertiesForm(Schema):
    """What a question is about; ``difficulty`` is the share of those who solve it, in percent."""

    title = fields.String(required=True, validate=validate.Length(1, 200))
    tags = fields.String(load_default="")
    difficulty = LocalDecimal(load_default=None, validate=validate.Range(0, MAX_SHARE))
    outcome_ids = fields.List(fields.UUID(), load_default=list)


class TestForm(Schema):
    """What an answer must earn: a status, and for a partly right one the share in percent."""

    status = fields.String(required=True, validate=validate.OneOf([status.value for status in EXPECTED]))
    share = LocalDecimal(load_default=None, validate=validate.Range(0, MAX_SHARE))
    variant = fields.Integer(load_default=1, validate=validate.Range(0, 2**53 - 1))


@dataclass(frozen=True, slots=True)
class TriedQuestion:
    """A question as the template of its type wants it."""

    template: str
    player: dict[str, Any]
    fields: Fields
    prefix: str = PREFIX


def kind_of(name: str) -> QuestionType:
    kind = runtime().registries.of(QUESTION_TYPES).find(name)
    if kind is None:
        raise NotFound("assessment.no_item")
    return kind


def own_item(item_id: UUID, number: int | None = None) -> ItemView:
    """Return a question of the reader's organisation; another one looks like one that does not exist."""
    view = queries.item_view(read_session(), item_id, number)
    authorise("assessment.author", view)
    return view


def base_of(view: ItemView) -> UUID:
    """Return the version from which the author began."""
    try:
        return UUID(request.form.get("base", ""))
    except ValueError:
        return view.version.id


@bp.get("/items/<uuid:item_id>")
@access("assessment.author")
@camera_page
def item(item_id: UUID) -> Response:
    """Show a question: as a student sees it, as a screen reader says it, its tests, versions and use."""
    return _item_page(own_item(item_id, _number()), Form(), {}, 200)


def _number(name: str = "version") -> int | None:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else None


def _variant() -> int:
    text = request.values.get("variant", "1")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 1


def _item_page(
    view: ItemView,
    form: Form,
    typed: Fields,
    status: int,
    found: MarkResult | None = None,
) -> Response:
    kind = runtime().registries.of(QUESTION_TYPES).find(view.type)
    variant = _variant()
    shown = _shown(kind, view, variant, typed) if kind is not None and _has_template(kind) else {}
    page = render_template(
        "assessment/item.html",
        view=view,
        kind_title=str(kind.title) if kind else view.type,
        unavailable=why_unavailable(kind) if kind else "",
        state=words.item_state(view.version.state),
        form_errors=form.errors,
        values=form.values,
        variant=variant,
        next_variant=secrets.randbelow(2**40),
        found=found,
        found_state=words.answer_state(found.status) if found else None,
        found_notes=[text for note in (found.notes if found else ()) if (text := words.note_word(note))],
        expected=[(each.value, words.answer_state(each)["text"]) for each in EXPECTED],
        difficulty=words.difficulty_of(view.difficulty),
        outcomes=[outcome_views(read_session(), [key]).get(key) for key in view.outcome_ids],
        reviewers=_reviewers(view),
        history=[_version_row(view, card) for card in view.history],
        uses=view.uses,
        worked=figure_words.beside_item(
            version_figures(read_session(), runtime().registries, view.version.id)
        ),
        **shown,
    )
    return make_response(page, status)


def _has_template(kind: QuestionType) -> bool:
    """Tell whether the page of a type is installed beside its marker."""
    try:
        current_app.jinja_env.get_template(kind.template)
    except TemplateNotFound:
        return False
    return True


def _shown(kind: QuestionType, view: ItemView, variant: int, typed: Fields) -> dict[str, Any]:
    question = TriedQuestion(kind.template, kind.player(view.content, variant), typed)
    markup = render_template("assessment/item_question.html", question=question)
    failures = run_tests(kind, view.content, view.tests, within_s=TESTS_ON_PAGE_S)
    failed = {failure.number: failure for failure in failures}
    key = kind.correct_answer(view.content)
    right = None if key is None else kind.fields_for(view.content, variant, key)
    return {
        "question": question,
        "script_words": words.script_words(),
        "formula_faults": [*formula_faults(view.content), *doubts_of(kind, view.content)],
        "said": [_said(spoken) for spoken in reading_order(markup)],
        "explanation": explained(kind, view.content, variant),
        "right": "" if right is None else kind.describe(view.content, variant, kind.parse(right)),
        "tests": [
            _test_row(kind, view, number, test, failed) for number, test in enumerate(view.tests, start=1)
        ],
        "seeds": len(SEEDS),
        "missing_tests": _missing_tests(kind, view),
        "has_key_tests": bool(key_tests(kind, view.content)),
    }


def _missing_tests(kind: QuestionType, view: ItemView) -> list[str]:
    """Return in sentences what the question's tests lack before it can become ready."""
    missing = [] if view.tests else [gettext("No tests yet")]
    if not is_right_expected(kind, view.content, view.tests):
        missing.append(gettext("No test asks for all points yet."))
    if lacks_lesser(kind, view.tests):
        missing.append(gettext("No test asks for less than all points yet: a wrong or an empty answer."))
    return missing


def formula_faults(content: Mapping[str, Any]) -> list[str]:
    """Return what an author should know about formulas that are shown as they were typed."""
    reasons = {
        "empty": gettext("there is nothing in it"),
        "too long": gettext("it is too long"),
    }
    return [
        gettext(
            "A formula is shown as it was typed, for it cannot be read: %(formula)s (%(reason)s).",
            formula=source if len(source) <= FAULT_LENGTH else source[:FAULT_LENGTH] + "…",
            reason=gettext("the command %(command)s is not known here", command=problem)
            if problem.startswith("\\")
            else reasons.get(problem, gettext("a bracket or a part is missing")),
        )
        for source, problem in faulty_formulas(texts_of(content)).items()
    ]


def _said(spoken: Spoken) -> dict[str, str]:
    """Return one thing that a screen reader says, with a warning where it has no words."""
    roles = {
        "group": gettext("group"),
        "heading": gettext("heading"),
        "picture": gettext("picture"),
        "field": gettext("text field"),
        "long_field": gettext("text field of several lines"),
        "radio": gettext("one of several"),
        "checkbox": gettext("box to tick"),
        "list": gettext("list to choose from"),
        "button": gettext("button"),
        "file": gettext("choice of a file"),
        "audio": gettext("sound"),
        "video": gettext("film"),
    }
    role = roles.get(spoken.role, "")
    choices = gettext("choices: %(list)s", list="; ".join(spoken.choices)) if spoken.choices else ""
    is_mute = not spoken.name and spoken.role not in {"text", "button"}
    return {
        "role": role,
        "text": spoken.name,
        "choices": choices,
        "warning": gettext("has no words") if is_mute else "",
    }


def _test_row(
    kind: QuestionType, view: ItemView, number: int, test: ItemTest, failed: Mapping[int, TestFailure]
) -> dict[str, Any]:
    sent = sent_by(kind, view.content, test, SEEDS[0])
    failure = failed.get(number)
    return {
        "number": number,
        "answer": kind.describe(view.content, SEEDS[0], kind.parse(sent)) or gettext("no answer"),
        "expected": words.mark_words(test.status, test.fraction),
        "passes": failure is None,
        "found": _found_words(failure) if failure else "",
        "seed": failure.seed if failure else None,
    }


def _found_words(failure: TestFailure) -> str:
    if failure.found is None:
        return str(gettext("not marked in time"))
    return words.mark_words(failure.found.status, failure.found.fraction)


def _reviewers(view: ItemView) -> list[str] | None:
    """Return who else may make a question ready, by name; None where the reader may."""
    rule = queries.review_rule(read_session(), view.org_id, runtime().clock.now())
    writers = queries.writers_of(read_session(), [view.version.id])[view.version.id]
    if rule.allows(current_actor().person_id, writers):
        return None
    cards = person_cards(read_session(), sorted(rule.people - rule.barred(writers)))
    return sorted(card.short_name for card in cards.values())


def _version_row(view: ItemView, card: VersionCard) -> dict[str, Any]:
    authors = person_cards(read_session(), [card.created_by]) if card.created_by else {}
    author = authors.get(card.created_by) if card.created_by else None
    return {
        "number": card.number,
        "is_shown": card.id == view.version.id,
        "state": words.item_state(card.state),
        "when": format_datetime(card.created_at, "d MMMM y, HH:mm"),
        "who": author.short_name if author else "",
        "exposures": ngettext("given %(num)d time", "given %(num)d times", card.exposures),
        "href": url_for("items.item", item_id=view.id, version=card.number),
        "diff": url_for("items.difference", item_id=view.id, version=card.number) if card.number > 1 else "",
    }


@bp.post("/items/<uuid:item_id>/try")
@access("assessment.author")
@camera_page
def try_answer(item_id: UUID) -> Response:
    """Mark an answer as it will be marked, and keep it as a test when asked to. A try leaves nothing behind."""
    view = own_item(item_id)
    kind = kind_of(view.type)
    typed = {
        name.removeprefix(PREFIX): values
        for name, values in request.form.to_dict(flat=False).items()
        if name.startswith(PREFIX)
    }
    found = mark_fields_safely(kind, view.content, _variant(), typed)
    if request.form.get("act") != "keep":
        share = "" if found.fraction is None else words.plain_number(found.fraction * 100)
        return _item_page(
            view, Form(values={"status": found.status.value, "share": share}), typed, 200, found
        )
    form = load_form(TestForm())
    if form.is_valid:
        status, share = MarkStatus(form.data["status"]), form.data["share"]
        fraction = share / 100 if share is not None and status is MarkStatus.PARTIAL else None
        test = ItemTest(None, status, fraction, typed, _variant())
        _set_tests(view, [*view.tests, test], form)
    if not form.is_valid:
        return _item_page(view, form, typed, 422, found)
    flash_ok(gettext("The answer is kept as a test."))
    return see_other("items.item", item_id=item_id)


def _set_tests(view: ItemView, tests: list[ItemTest], form: Form) -> None:
    try:
        with unit_of_work() as uow:
            service.set_item_tests(uow, view.version.id, tests)
    except InvalidInput as refusal:
        form.take(refusal, error_texts())
    except Conflict as refusal:
        form.fail("_form", word_error(refusal))


@bp.post("/items/<uuid:item_id>/tests/<int:number>/drop")
@access("assessment.author")
def drop_test(item_id: UUID, number: int) -> Response:
    """Take a test out."""
    view = own_item(item_id)
    form = Form()
    _set_tests(view, [test for at, test in enumerate(view.tests, start=1) if at != number], form)
    if not form.is_valid:
        return _item_page(view, form, {}, 422)
    flash_ok(gettext("The test is taken out."))
    return see_other("items.item", item_id=item_id)


#: What the buttons of a question do: name → service and what is said when it is done.
_MOVES: dict[str, Callable[[UnitOfWork, UUID], object]] = {
    "tests": service.add_key_tests,
    "submit": service.submit_item,
    "approve": service.approve_item,
    "retire": service.retire_item,
    "restore": service.restore_item,
}


@bp.post("/items/<uuid:item_id>/state")
@access("assessment.author")
def move(item_id: UUID) -> Response:
    """Move the newest version on: to review, back with a reason, into exams, out of use, back into work."""
    view = own_item(item_id)
    act, form = request.form.get("act", ""), Form(values=request.form.to_dict())
    if act in {"approve", "tests"}:
        _mark_beforehand(view)
    try:
        with unit_of_work() as uow:
            if act == "return":
                service.return_item(uow, base_of(view), request.form.get("note", ""))
            elif act in _MOVES:
                _MOVES[act](uow, base_of(view))
            else:
                form.fail("_form", gettext("Choose one of the buttons."))
    except InvalidInput as refusal:
        field_name = "note" if act == "return" else "_form"
        form.fail(field_name, word_error(refusal))
    except Conflict as refusal:
        form.fail("_form", word_error(refusal))
    if not form.is_valid:
        return _item_page(view, form, {}, 422)
    flash_ok(_moved(act))
    return see_other("items.item", item_id=item_id)


def _mark_beforehand(view: ItemView) -> None:
    """Run programs before the transaction in which an item's tests are run: it finds what they did already."""
    kind = runtime().registries.of(QUESTION_TYPES).find(view.type)
    if kind is not None and marks_later(kind, view.content):
        run_tests(kind, view.content, [*view.tests, *key_tests(kind, view.content)])


def _moved(act: str) -> str:
    said = {
        "tests": gettext("The tests that follow from the key are added."),
        "submit": gettext("The question is in review."),
        "approve": gettext("The question is ready: exams can take it."),
        "retire": gettext("The question is out of use. Works that have it keep it."),
        "restore": gettext("The question is a draft again."),
        "return": gettext("The question is back with its author."),
    }
    return str(said[act])


@bp.get("/items/<uuid:item_id>/properties")
@access("assessment.author")
def properties(item_id: UUID) -> Response:
    """Show what a question is about: title, tags, outcomes, difficulty, enemies."""
    view = own_item(item_id)
    difficulty = "" if view.difficulty is None else words.plain_number(view.difficulty * 100)
    values = {
        "title": view.title,
        "tags": ", ".join(view.tags),
        "difficulty": difficulty,
        "outcome_ids": [str(key) for key in view.outcome_ids],
    }
    return _properties_page(view, Form(values=values), 200)


def _properties_page(view: ItemView, form: Form, status: int) -> Response:
    asked = request.values.get("q", "").strip()
    ticked = [UUID(key) for key in request.form.getlist("outcome_ids") if _is_id(key)]
    chosen = outcome_views(read_session(), [*view.outcome_ids, *ticked])
    found = search_outcomes(read_session(), asked, org_ids=[view.org_id]) if asked else []
    offered = {outcome.id: outcome for outcome in [*chosen.values(), *found]}
    page = render_template(
        "assessment/item_properties.html",
        view=view,
        values=form.values,
        errors=form.errors,
        asked=asked,
        found=len(found),
        outcomes=[(str(key), f"{each.code} {each.statement}") for key, each in offered.items()],
    )
    return make_response(page, status)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


@bp.post("/items/<uuid:item_id>/properties")
@access("assessment.author")
def describe(item_id: UUID) -> Response:
    """Keep what a question is about, or look for an outcome: then all that was typed stays in the form."""
    view = own_item(item_id)
    if request.form.get("act") == "find" and request.form.get("q", "").strip():
        typed = request.form.to_dict() | {"outcome_ids": request.form.getlist("outcome_ids")}
        return _properties_page(view, Form(values=typed), 200)
    form = load_form(PropertiesForm())
    if form.is_valid:
        share = form.data["difficulty"]
        try:
            with unit_of_work() as uow:
                service.describe_item(
                    uow,
                    view.version.id,
                    title=form.data["title"],
                    tags=form.data["tags"].split(","),
                    outcome_ids=form.data["outcome_ids"],
                    difficulty=None if share is None else (share / 100).quantize(Decimal("0.000001")),
                )
        except InvalidInput as refusal:
            form.fail("tags", word_error(refusal))
    if not form.is_valid:
        return _properties_page(view, form, 422)
    flash_ok(gettext("Kept."))
    return see_other("items.item", item_id=item_id)


@bp.post("/items/<uuid:item_id>/enemies")
@access("assessment.author")
def enemies(item_id: UUID) -> Response:
    """Add or part an enemy: a question that gives this one away."""
    view = own_item(item_id)
    text = request.form.get("number", "").strip()
    form = Form(values={"number": text})
    change = service.part_enemies if request.form.get("act") == "part" else service.make_enemies
    try:
        with unit_of_work() as uow:
            change(
                uow,
                view.version.id,
                int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0,
            )
    except InvalidInput as refusal:
        form.fail("number", word_error(refusal))
    if not form.is_valid:
        return _item_page(view, form, {}, 422)
    flash_ok(gettext("Kept."))
    return see_other("items.item", item_id=item_id)


@bp.get("/items/<uuid:item_id>/versions/<int:version>")
@access("assessment.author")
def difference(item_id: UUID, version: int) -> str:
    """Show what changed to a version from the one before, or from another one that is asked for."""
    after, before = own_item(item_id, version), own_item(item_id, _number("from") or max(version - 1, 1))
    kind = runtime().registries.of(QUESTION_TYPES).find(after.type)
    return render_template(
        "assessment/item_difference.html",
        after=after,
        before=before,
        others=[(card.number, str(card.number)) for card in after.history],
        rows=changed_parts(kind, before.content, after.content),
        tests_changed=before.tests != after.tests,
    )
