"""Show banks of questions: lists, search, new banks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from flask_babel import format_date, gettext, ngettext, npgettext
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from lms.assessment import queries, service
from lms.assessment.access_rules import AUTHORS
from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.pages import words
from lms.assessment.pages.blueprint_form import write_numbers
from lms.assessment.pages.lists import shown_of
from lms.assessment.queries.blueprints import item_numbers
from lms.assessment.queries.item_reviews import ReviewRow
from lms.assessment.queries.items import BankCard, ItemCard, ItemSearch
from lms.assessment.types import Difficulty, ItemState
from lms.core.errors import InvalidInput
from lms.core.web.access import access, authorise
from lms.core.web.context import current_actor, read_session, runtime, unit_of_work
from lms.core.web.forms import Form, load_form
from lms.core.web.paging import page_number
from lms.core.web.problems import word_error
from lms.core.web.replies import flash_ok, see_other
from lms.curriculum.queries import (
    outcome_path,
    outcome_views,
    outcomes_under,
    outcomes_within,
    search_outcomes,
)
from lms.curriculum.types import SUBJECT_WORDS, OutcomeView
from lms.people.queries import person_cards
from lms.people.queries.sign_ins import organisation_names
from lms.people.types import PersonCard

__all__ = ["bp"]

bp = Blueprint("banks", __name__, url_prefix="/banks", template_folder="../templates")


class BankForm(Schema):
    """A bank's title, subject and organisation."""

    title = fields.String(required=True, validate=validate.Length(1, 200))
    subject = fields.String(required=True, validate=validate.OneOf([*SUBJECT_WORDS, "other"]))
    org_id = fields.UUID(required=True)


class RuleForm(Schema):
    """Who makes a question of a school ready."""

    school = fields.UUID(required=True)
    who = fields.String(required=True, validate=validate.OneOf(["second", "author"]))


class ChosenForm(Schema):
    """Questions that were chosen and what is to be done with them."""

    chosen = fields.List(fields.UUID(), load_default=list)
    tags = fields.String(load_default="")
    act = fields.String(required=True, validate=validate.OneOf(["tag", "retire", "plan"]))


def own_organisations() -> list[UUID]:
    """Return the organisations for which the reader writes questions."""
    return sorted({grant.org_id for grant in current_actor().roles if grant.kind in AUTHORS})


@bp.get("")
@access("assessment.author")
def index() -> Response:
    """List the banks of one's own organisations."""
    return _index_page(Form(), 200)


def _index_page(form: Form, status: int) -> Response:
    cards = queries.banks_of(read_session(), own_organisations())
    shown = shown_of(cards, lambda card: card.title, "banks.index")
    page = render_template(
        "assessment/banks.html",
        rows=[_bank_row(card) for card in shown.items],
        shown=shown,
        values=form.values,
        errors=form.errors,
        subjects=[(key, str(word)) for key, word in SUBJECT_WORDS.items()]
        + [("other", gettext("Another subject"))],
        schools=[
            (str(key), name) for key, name in organisation_names(read_session(), own_organisations()).items()
        ],
        waiting=len(_reviews()),
        rules=_review_rules(),
    )
    return make_response(page, status)


def _reviews() -> list[ReviewRow]:
    return queries.item_reviews(
        read_session(), current_actor().person_id, own_organisations(), runtime().clock.now()
    )


def _review_rules() -> list[dict[str, Any]]:
    """Return the rule of each school of which the reader is a head: who makes a question ready."""
    headed = current_actor().orgs_as("deputy_head", "director")
    rules = []
    for org_id, name in organisation_names(read_session(), headed).items():
        rule = queries.review_rule(read_session(), org_id, runtime().clock.now())
        rules.append({"id": str(org_id), "name": name, "value": "second" if rule.needs_second else "author"})
    return rules


@bp.get("/review")
@access("assessment.author")
def review() -> str:
    """List the questions that wait for somebody else than their author, what waits longest first."""
    rows = _reviews()
    cards = person_cards(read_session(), [row.author_id for row in rows])
    return render_template(
        "assessment/item_reviews.html",
        mine=[_review_row(row, cards) for row in rows if row.can_decide],
        others=[_review_row(row, cards) for row in rows if not row.can_decide],
    )


def _review_row(row: ReviewRow, cards: Mapping[UUID, PersonCard]) -> dict[str, Any]:
    author = cards.get(row.author_id) if row.author_id else None
    kind = runtime().registries.of(QUESTION_TYPES).find(row.type)
    return {
        "title": row.title,
        "href": url_for("items.item", item_id=row.item_id),
        "detail": " · ".join([row.bank_title, gettext("No. %(number)s", number=row.ref)]),
        "cells": [
            str(kind.title) if kind else row.type,
            author.short_name if author else "—",
            format_date(row.written_at, "dd.MM.yyyy"),
        ],
    }


@bp.post("/rule")
@access("assessment.set_policy")
def decide_rule() -> Response:
    """Decide who makes a question of a school ready: somebody else than its author, or the author as well."""
    form = load_form(RuleForm())
    if not form.is_valid:
        return _index_page(form, 422)
    with unit_of_work() as uow:
        service.set_review_rule(uow, form.data["school"], needs_second=form.data["who"] == "second")
    flash_ok(gettext("The rule holds from now on."))
    return see_other("banks.index")


def _bank_row(card: BankCard) -> dict[str, Any]:
    return {
        "title": card.title,
        "href": url_for("banks.bank", bank_id=card.id),
        "detail": str(SUBJECT_WORDS.get(card.subject, "")),
        "cells": [
            {"text": str(card.items), "num": True},
            {"text": str(card.ready), "num": True},
        ],
    }


@bp.post("")
@access("assessment.author")
def create() -> Response:
    """Open a new bank."""
    form = load_form(BankForm())
    if not form.is_valid:
        return _index_page(form, 422)
    with unit_of_work() as uow:
        bank_id = service.create_bank(uow, **form.data)
    flash_ok(gettext("The bank is open. Write its first question."))
    return see_other("banks.bank", bank_id=bank_id)


def own_bank(bank_id: UUID) -> BankCard:
    """Return a bank of the reader's organisation; another one looks like one that does not exist."""
    card = queries.bank_card(read_session(), bank_id)
    authorise("assessment.author", card)
    return card


@bp.get("/<uuid:bank_id>")
@access("assessment.author")
def bank(bank_id: UUID) -> Response:
    """Show a bank: search by words in Russian and English, filter, page through."""
    return _bank_page(bank_id, Form(), 200)


def _bank_page(bank_id: UUID, form: Form, status: int) -> Response:
    card = own_bank(bank_id)
    about = _asked("about")
    found_outcomes = search_outcomes(read_session(), about, org_ids=[card.org_id]) if about else []
    is_unknown = bool(about) and not found_outcomes
    outcome_id, outcomes = _outcome_choice(card.org_id, found_outcomes)
    search = _search(bank_id, outcome_id)
    found = queries.find_items(read_session(), card.org_id, search, page_number())
    page = render_template(
        "assessment/bank.html",
        bank=card,
        values=form.values,
        errors=form.errors,
        choices=[(str(item.item_id), _choice_words(item)) for item in found.items],
        search=search,
        about=about,
        about_errors={"about": [gettext("No outcome has this code or these words.")]} if is_unknown else {},
        outcome_id=str(outcome_id or ""),
        outcomes=outcomes,
        is_asking=search != ItemSearch(bank_id=bank_id),
        rows=[_item_row(item) for item in found.items],
        found=npgettext("item", "%(num)d question", "%(num)d questions", found.total),
        page={"number": found.number, "pages": found.pages, "url": _page_url(bank_id)},
        types=[(kind.name, str(kind.title)) for kind in runtime().registries.of(QUESTION_TYPES)],
        states=[(state.value, words.item_state(state)["text"]) for state in ItemState],
        levels=[(level.value, words.difficulty_word(level)) for level in Difficulty],
        tags=[(tag, tag) for tag in queries.tags_of(read_session(), card.org_id)],
    )
    return make_response(page, status)


def _choice_words(card: ItemCard) -> str:
    return f"{gettext('No. %(number)s', number=card.ref)} {card.title}"


@bp.post("/<uuid:bank_id>/items")
@access("assessment.author")
def change_items(bank_id: UUID) -> Response:
    """Tag the chosen questions of a bank, take them out of use or begin an exam plan with them."""
    bank = own_bank(bank_id)
    form = load_form(ChosenForm())
    if form.is_valid and form.data["act"] == "plan" and form.data["chosen"]:
        numbers = _numbers_of(bank_id, form.data["chosen"])
        return see_other("blueprints.new", org_id=bank.org_id, bank=bank_id, numbers=numbers)
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                if form.data["act"] == "tag":
                    count = service.tag_items(uow, bank_id, form.data["chosen"], form.data["tags"].split(","))
                else:
                    count = service.retire_items(uow, bank_id, form.data["chosen"])
        except InvalidInput as refusal:
            form.fail("tags" if refusal.code == "assessment.tags" else "chosen", word_error(refusal))
    if not form.is_valid:
        return _bank_page(bank_id, form, 422)
    flash_ok(ngettext("%(num)d question is changed.", "%(num)d questions are changed.", count))
    return see_other("banks.bank", bank_id=bank_id)


def _numbers_of(bank_id: UUID, chosen: list[UUID]) -> str:
    """Return the numbers of the chosen questions of a bank as the form of a plan takes them."""
    cards = item_numbers(read_session(), bank_id, chosen)
    return write_numbers(sorted(cards))


def _asked(name: str) -> str:
    return request.args.get(name, "").strip()[:200]


def _search(bank_id: UUID, outcome_id: UUID | None) -> ItemSearch:
    below = outcomes_under(read_session(), outcome_id) if outcome_id else []
    return ItemSearch(
        _asked("q"), bank_id, _asked("state"), _asked("type"), _asked("tag"), _asked("level"), tuple(below)
    )


def _outcome_choice(org_id: UUID, found: list[OutcomeView]) -> tuple[UUID | None, list[tuple[str, str]]]:
    """Return the outcome that is chosen and those that can be: the way down to it, what stands below it, what was ``found``.

    At first these are the tops of the trees. A single one that is found is chosen by itself.
    """
    session, chosen = read_session(), request.args.get("outcome", type=UUID)
    if chosen not in outcome_views(session, [chosen] if chosen else []):
        chosen = found[0].id if len(found) == 1 else None
    way = outcome_path(session, chosen) if chosen else []
    offered = [*way, *outcomes_within(session, [org_id], chosen), *found]
    texts = {str(each.id): f"{each.code} {each.statement}"[:120] for each in offered}
    return chosen, list(texts.items())


def _page_url(bank_id: UUID) -> str:
    asked: dict[str, Any] = {name: value for name, value in request.args.items() if name != "page" and value}
    return url_for("banks.bank", bank_id=bank_id, **asked | {"page": ""})


def _item_row(card: ItemCard) -> dict[str, Any]:
    kinds = runtime().registries.of(QUESTION_TYPES)
    kind = kinds.find(card.type)
    state = words.item_state(card.state)
    if card.ready_number and card.state is not ItemState.READY:
        state = {
            "kind": state["kind"],
            "text": gettext(
                "%(state)s; version %(number)s is in use", state=state["text"], number=card.ready_number
            ),
        }
    return {
        "title": card.title,
        "href": url_for("items.item", item_id=card.item_id),
        "detail": " · ".join(
            [gettext("No. %(number)s", number=card.ref), str(kind.title) if kind else card.type]
        ),
        "cells": [{"text": "", "state": state}, ", ".join(card.tags), words.difficulty_of(card.difficulty)],
    }
