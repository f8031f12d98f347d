"""Look through the drafts of a bank together: which pass their own tests, which do not and why; make several ready."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from flask_babel import gettext, ngettext
from marshmallow import Schema, fields
from werkzeug.wrappers import Response

from lms.assessment import queries, service
from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.pages.banks import own_bank
from lms.assessment.queries.item_drafts import DraftView, drafts_of
from lms.assessment.queries.items import BankCard
from lms.assessment.rules.items import doubts_of, why_not_ready
from lms.core.errors import Conflict, InvalidInput
from lms.core.web.access import access
from lms.core.web.context import current_actor, read_session, runtime, unit_of_work
from lms.core.web.forms import Form, load_form
from lms.core.web.problems import word_error
from lms.core.web.replies import flash_ok, see_other

__all__ = ["bp"]

bp = Blueprint("drafts", __name__, url_prefix="/banks", template_folder="../templates")

#: So many drafts stand on one page, and so many seconds their tests may take; what was not reached comes on the next.
ROWS, TESTS_S = 50, 10.0


class DraftsForm(Schema):
    """The versions that are to become ready."""

    chosen = fields.List(fields.UUID(), load_default=list)


@bp.get("/<uuid:bank_id>/drafts")
@access("assessment.author")
def index(bank_id: UUID) -> Response:
    """Run the tests of the drafts of a bank, or of one import, and say which can become ready. Nothing is changed."""
    return _page(own_bank(bank_id), Form(), 200)


def _page(bank: BankCard, form: Form, status: int) -> Response:
    of, after = request.args.get("of", type=UUID), request.args.get("after", 0, type=int)
    drafts = drafts_of(read_session(), bank.id, import_id=of, after=after % 10**9, limit=ROWS + 1)
    looked, problems, doubts = _looked_through(bank, drafts[:ROWS])
    ready = [draft for draft in looked if not problems[draft.version_id]]
    page = render_template(
        "assessment/drafts.html",
        bank=bank,
        errors=form.errors,
        of=of,
        choices=[(str(draft.version_id), _name(draft)) for draft in ready],
        chosen=[str(draft.version_id) for draft in ready if draft.version_id not in doubts],
        doubts=[_row(draft, doubts[draft.version_id]) for draft in looked if draft.version_id in doubts],
        rows=[_row(draft, problems[draft.version_id]) for draft in looked if problems[draft.version_id]],
        next_url=url_for("drafts.index", bank_id=bank.id, of=of, after=looked[-1].ref)
        if looked and len(looked) < len(drafts)
        else "",
    )
    return make_response(page, status)


def _row(draft: DraftView, said: str) -> dict[str, Any]:
    """Return the line of a draft in a table, with what is said of it."""
    href = url_for("items.item", item_id=draft.item_id)
    return {"title": _name(draft), "href": href, "detail": _type_title(draft.type), "cells": [said]}


def _looked_through(
    bank: BankCard, drafts: Sequence[DraftView]
) -> tuple[list[DraftView], dict[UUID, str], dict[UUID, str]]:
    """Return the drafts whose tests could be run in time, for each why it cannot become ready, or nothing, and doubts."""
    rule = queries.review_rule(read_session(), bank.org_id, runtime().clock.now())
    writers = queries.writers_of(read_session(), [draft.version_id for draft in drafts])
    ends_at = time.monotonic() + TESTS_S
    looked: list[DraftView] = []
    problems: dict[UUID, str] = {}
    doubts: dict[UUID, str] = {}
    for draft in drafts:
        if looked and time.monotonic() > ends_at:
            break
        looked.append(draft)
        if rule.allows(current_actor().person_id, writers[draft.version_id]):
            problems[draft.version_id] = _problem(draft)
        else:
            problems[draft.version_id] = word_error(Conflict("assessment.second_person"))
        kind = runtime().registries.of(QUESTION_TYPES).find(draft.type)
        if kind is not None and not problems[draft.version_id] and (said := doubts_of(kind, draft.content)):
            doubts[draft.version_id] = " ".join(said)
    return looked, problems, doubts


def _problem(draft: DraftView) -> str:
    kind = runtime().registries.of(QUESTION_TYPES).find(draft.type)
    if kind is None:
        return str(gettext("The part that shows such questions is not installed. What was written is kept."))
    code = why_not_ready(kind, draft.content, draft.tests)
    return word_error(InvalidInput(code)) if code else ""


def _name(draft: DraftView) -> str:
    return f"{gettext('No. %(number)s', number=draft.ref)} {draft.title}"


def _type_title(name: str) -> str:
    kind = runtime().registries.of(QUESTION_TYPES).find(name)
    return name if kind is None else str(kind.title)


@bp.post("/<uuid:bank_id>/drafts")
@access("assessment.author")
def approve(bank_id: UUID) -> Response:
    """Make the chosen drafts ready, each for itself: one that cannot become ready keeps none of the others back.

    Tests are run before and not while the database waits for them; what was not reached in time stays a draft.
    """
    bank, form = own_bank(bank_id), load_form(DraftsForm())
    chosen = form.data["chosen"][:ROWS] if form.is_valid else []
    if not chosen:
        form.fail("chosen", word_error(InvalidInput("assessment.none_chosen")))
        return _page(bank, form, 422)
    count, left = _approve_in_time(drafts_of(read_session(), bank.id, chosen=chosen, limit=ROWS))
    flash_ok(
        ngettext(
            "%(num)d question is ready: exams can take it.",
            "%(num)d questions are ready: exams can take them.",
            count,
        )
    )
    if left:
        flash_ok(
            ngettext(
                "For %(num)d question there was no time left: press the button again.",
                "For %(num)d questions there was no time left: press the button again.",
                left,
            )
        )
    return see_other("drafts.index", bank_id=bank_id, of=request.args.get("of", type=UUID))


def _approve_in_time(drafts: Sequence[DraftView]) -> tuple[int, int]:
    """Return how many became ready, and how many were not reached."""
    ends_at, count = time.monotonic() + TESTS_S, 0
    for at, draft in enumerate(drafts):
        if at and time.monotonic() > ends_at:
            return count, len(drafts) - at
        count += _approved(draft)
    return count, 0


def _approved(draft: DraftView) -> bool:
    """Make one draft ready; why it cannot become so stands on the page that is shown next."""
    if _problem(draft):
        return False
    try:
        with unit_of_work() as uow:
            service.approve_item(uow, draft.version_id, passed=(draft.content, draft.tests))
    except (Conflict, InvalidInput):
        return False
    return True
