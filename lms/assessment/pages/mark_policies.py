"""Show and write the rules by which scores become marks: 2 to 5, passed or not, scales of one's own."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from flask_babel import format_date, gettext, pgettext
from werkzeug.wrappers import Response

from lms.assessment import service
from lms.assessment.access_rules import AUTHORS, MARKERS
from lms.assessment.pages import words
from lms.assessment.pages.forms import read_percent
from lms.assessment.queries.mark_policies import (
    PolicyView,
    open_plans,
    policies_of,
    policy_history,
    policy_view,
)
from lms.assessment.rules.mark_policies import MARKS
from lms.assessment.types import MarkScale
from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.web.access import access, authorise
from lms.core.web.context import current_actor, read_session, runtime, unit_of_work
from lms.core.web.forms import Form
from lms.core.web.problems import error_texts, word_error
from lms.core.web.replies import flash_ok, see_other

__all__ = ["bp"]

bp = Blueprint("mark_policies", __name__, url_prefix="/mark-policies", template_folder="../templates")

WRITERS = ("deputy_head", "director")
#: Lines that the form of a scale of one's own offers.
OWN_LINES = 8


@bp.get("")
@access("assessment.see_policy")
def index() -> str:
    """List the scales of one's own organisations."""
    orgs = current_actor().orgs_as(*(MARKERS | AUTHORS))
    found = policies_of(read_session(), orgs)
    return render_template(
        "assessment/mark_policies.html",
        rows=[_row(policy) for policy in found],
        may_write=current_actor().has_role(*WRITERS),
    )


def _row(policy: PolicyView) -> dict[str, Any]:
    return {
        "title": _title(policy),
        "href": url_for("mark_policies.show", policy_id=policy.id),
        "cells": [_in_words(policy), gettext("version %(number)s", number=policy.version)],
    }


def _title(policy: PolicyView) -> str:
    return policy.title or words.scale_word(policy.scale)


def _in_words(policy: PolicyView) -> str:
    """Return a rule in one line: ``5 from 85 %, 4 from 70 %…``."""
    return ", ".join(
        gettext("%(mark)s from %(share)s %%", mark=words.mark_word(mark), share=_percent(least))
        for least, mark in policy.thresholds
    )


def _percent(share: Decimal) -> str:
    return words.plain_number(100 * share)


@bp.get("/new")
@access("assessment.set_policy")
def new() -> Response:
    """Show the form of a scale of one's own."""
    return _form_page(None, Form(), 200)


@bp.get("/<uuid:policy_id>")
@access("assessment.see_policy")
def show(policy_id: UUID) -> Response:
    """Show a scale with its versions; those who may, write the next one."""
    return _form_page(_policy(policy_id, "assessment.see_policy"), Form(), 200)


def _policy(policy_id: UUID, action: str) -> PolicyView:
    policy = policy_view(read_session(), policy_id)
    authorise(action, policy)
    return policy


def _form_page(policy: PolicyView | None, form: Form, status: int) -> Response:
    can = runtime().policy.can
    page = render_template(
        "assessment/mark_policy.html",
        policy=policy,
        title=gettext("A scale of one's own") if policy is None else _title(policy),
        is_own=policy is None or policy.scale is MarkScale.CUSTOM,
        may_write=policy is None or can(read_session(), current_actor(), "assessment.set_policy", policy),
        lines=_lines(policy, form),
        values={**_typed(policy), **form.values},
        errors=form.errors,
        history=[] if policy is None else _history(policy),
        plans=[]
        if policy is None or not can(read_session(), current_actor(), "assessment.author", policy)
        else [
            (version_id, title)
            for version_id, title, now in open_plans(read_session(), policy.org_id)
            if now != policy.id
        ],
    )
    return make_response(page, status)


def _lines(policy: PolicyView | None, form: Form) -> list[dict[str, Any]]:
    """Return the lines of the form: a mark and the share from which it is given."""
    known = list(policy.thresholds) if policy is not None else []
    count = len(known) if policy is not None and policy.scale in MARKS else max(OWN_LINES, len(known) + 2)
    return [
        {
            "number": number,
            "mark": form.values.get(f"mark-{number}", known[number - 1][1] if number <= len(known) else ""),
            "word": words.mark_word(known[number - 1][1]) if number <= len(known) else "",
            "least": form.values.get(
                f"least-{number}", _percent(known[number - 1][0]) if number <= len(known) else ""
            ),
        }
        for number in range(1, count + 1)
    ]


def _typed(policy: PolicyView | None) -> dict[str, str]:
    return {} if policy is None else {"title": policy.title, "pass": _percent(policy.pass_score)}


def _history(policy: PolicyView) -> list[dict[str, Any]]:
    return words.cards(
        [
            gettext("Version %(number)s", number=row.version),
            format_date(row.created_at, "d MMMM y"),
            _in_words(row),
        ]
        for row in policy_history(read_session(), policy)
    )


@bp.post("/new")
@access("assessment.set_policy")
def create() -> Response:
    """Write a scale of one's own."""
    return _write(None)


@bp.post("/<uuid:policy_id>")
@access("assessment.set_policy")
def revise(policy_id: UUID) -> Response:
    """Write the next version of a scale; what was marked before stays."""
    return _write(_policy(policy_id, "assessment.set_policy"))


def _write(policy: PolicyView | None) -> Response:
    form = Form(values=dict(request.form.items()))
    thresholds = _thresholds(policy, form)
    pass_score = _share(form, "pass", "pass_score")
    orgs = sorted(current_actor().orgs_as(*WRITERS))
    org_id = policy.org_id if policy is not None else next(iter(orgs), None)
    if org_id is None:
        raise NotFound("assessment.no_policy")
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                written = service.write_policy(
                    uow,
                    org_id,
                    scale=MarkScale.CUSTOM if policy is None else policy.scale,
                    thresholds=thresholds,
                    pass_score=pass_score,
                    title=request.form.get("title", ""),
                    code="" if policy is None else policy.code,
                )
            flash_ok(gettext("The scale is kept. It holds for exam plans written from now on."))
            return see_other("mark_policies.show", policy_id=written)
        except InvalidInput as refusal:
            form.take(refusal, error_texts())
    return _form_page(policy, form, 422)


def _thresholds(policy: PolicyView | None, form: Form) -> list[tuple[Decimal, str]]:
    found = []
    for line in _lines(policy, form):
        name = f"least-{line['number']}"
        given = policy is not None and policy.scale in MARKS
        mark = MARKS[policy.scale][line["number"] - 1] if given and policy else str(line["mark"]).strip()
        if not mark and not str(line["least"]).strip():
            continue
        found.append((_share(form, name, name), mark))
    return found


def _share(form: Form, name: str, field: str) -> Decimal:
    """Return the share that was typed as percent; a text that is none is an error at its field."""
    share = read_percent(str(form.values.get(name, "")))
    if share is None:
        form.fail(field, gettext("This is not a number."))
        return Decimal(0)
    return share


@bp.post("/<uuid:policy_id>/use")
@access("assessment.author")
def use(policy_id: UUID) -> Response:
    """Have an exam plan that nobody has sat marked by this version."""
    policy = _policy(policy_id, "assessment.see_policy")
    authorise("assessment.author", policy)
    try:
        version_id = UUID(request.form.get("plan", ""))
        with unit_of_work() as uow:
            service.give_policy(uow, version_id, policy.id)
    except ValueError:
        form = Form(errors={"plan": [gettext("Choose an exam plan.")]})
        return _form_page(policy, form, 422)
    except Conflict as refusal:
        return _form_page(policy, Form(errors={"plan": [word_error(refusal)]}), 422)
    flash_ok(pgettext("exam plan", "The plan has this scale now."))
    return see_other("mark_policies.show", policy_id=policy.id)
