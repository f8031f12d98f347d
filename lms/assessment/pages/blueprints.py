"""Write plans of examinations: what stands in them, how they are sat, and what a student will get."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from flask_babel import format_date, gettext, ngettext, pgettext
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from lms.assessment import queries, service
from lms.assessment.pages import words
from lms.assessment.pages.banks import own_organisations
from lms.assessment.pages.blueprint_form import (
    MOMENTS,
    PARTS,
    Source,
    form_groups,
    place_problems,
    plan_of_values,
    review_words,
    values_of_plan,
)
from lms.assessment.pages.lists import shown_of
from lms.assessment.pages.plan_words import plan_rules
from lms.assessment.queries.blueprints import (
    BlueprintView,
    numbered_items,
    places_of,
    sample_form,
    used_outcomes,
)
from lms.assessment.queries.mark_policies import policies_of
from lms.assessment.queries.views import BlueprintCard
from lms.assessment.rules.author_forms import AuthorField, Values, after_act, padded, read_values, values_of
from lms.assessment.rules.blueprint import LINEAR, Plan
from lms.assessment.rules.seeds import derive_seed
from lms.assessment.types import MarkScale
from lms.core.errors import Conflict, InvalidInput
from lms.core.web.access import access, authorise
from lms.core.web.context import current_actor, read_session, runtime, unit_of_work
from lms.core.web.forms import Form, load_form
from lms.core.web.problems import error_texts, word_error
from lms.core.web.replies import flash_ok, see_other
from lms.curriculum.queries import outcome_views
from lms.curriculum.types import SUBJECT_WORDS
from lms.people.queries.sign_ins import organisation_names

__all__ = ["bp"]

bp = Blueprint("blueprints", __name__, url_prefix="/exam-plans", template_folder="../templates")


class PlanForm(Schema):
    """What every plan has besides its questions and rules."""

    title = fields.String(required=True, validate=validate.Length(1, 200))
    subject = fields.String(required=True, validate=validate.OneOf([*SUBJECT_WORDS, "other"]))
    scale = fields.String(load_default=MarkScale.FIVE.value)


def own_blueprint(blueprint_id: UUID) -> BlueprintView:
    """Return a plan of one's own organisation; another one looks like one that does not exist."""
    view = queries.blueprint_view(read_session(), blueprint_id)
    authorise("assessment.author", view)
    return view


@bp.get("")
@access("assessment.author")
def index() -> str:
    """List the plans of one's own organisations."""
    cards = queries.blueprints_of(read_session(), own_organisations())
    shown = shown_of(cards, lambda card: card.title, "blueprints.index")
    schools = organisation_names(read_session(), own_organisations())
    return render_template(
        "assessment/blueprints.html",
        rows=[_card_row(card) for card in shown.items],
        shown=shown,
        schools=[
            {"text": name, "href": url_for("blueprints.new", org_id=key)} for key, name in schools.items()
        ],
    )


def _card_row(card: BlueprintCard) -> dict[str, Any]:
    count = ngettext("%(num)d question", "%(num)d questions", card.item_count)
    length = gettext("no time limit") if card.base_minutes is None else words.minutes_words(card.base_minutes)
    state = (
        {"kind": "ok", "text": gettext("Being sat")}
        if card.is_frozen
        else {"kind": "", "text": gettext("Can be changed")}
    )
    return {
        "title": card.title,
        "href": url_for("blueprints.show", blueprint_id=card.id),
        "detail": str(SUBJECT_WORDS.get(card.subject, "")),
        "cells": [count, length, {"state": {**state, "icon": "lock" if card.is_frozen else "edit"}}],
    }


@bp.get("/<uuid:blueprint_id>")
@access("assessment.author")
def show(blueprint_id: UUID) -> str:
    """Show a plan in words, and a form as one student will get it."""
    view = own_blueprint(blueprint_id)
    asked = request.args.get("form", "1")
    turn = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else 1
    rows = sample_form(read_session(), view.plan, derive_seed(turn, "sample", view.version_id))
    return render_template(
        "assessment/blueprint.html",
        view=view,
        subject=view.subject,
        may_schedule=runtime().policy.can(
            read_session(), current_actor(), "assessment.schedule", view.org_id
        ),
        facts=_facts(view),
        rules=plan_rules(view.plan),
        matrix=_matrix(view.plan),
        rows=[
            {
                "title": f"{row.slot}. {row.title}",
                "detail": f"{row.bank}, № {row.number}",
                "cells": [row.section or "—", {"text": words.plain_number(row.points), "num": True}],
            }
            for row in rows
        ],
        turn=turn,
        scale_rows=_scale_rows(view.plan),
    )


def _facts(view: BlueprintView) -> list[tuple[str, str]]:
    plan = view.plan
    count = ngettext("%(num)d question", "%(num)d questions", plan.item_count)
    if plan.adaptive is not None:
        count = ngettext("at most %(num)d question", "at most %(num)d questions", plan.item_count)
    pools = sum(len(draw.candidates) for draw in plan.draws)
    if pools:
        count = gettext("%(count)s, drawn from %(pool)s", count=count, pool=pools)
    length = gettext("no time limit") if plan.base_minutes is None else words.minutes_words(plan.base_minutes)
    one_way = gettext("One after another, without a way back")
    return [
        (gettext("Questions"), count),
        (gettext("Points"), words.plain_number(plan.max_points)),
        (gettext("Minutes for the whole"), length),
        (
            pgettext("exam", "Order"),
            one_way if plan.navigation == LINEAR or plan.adaptive else gettext("Any order, with a way back"),
        ),
        *_adaptive_facts(plan),
        (gettext("Version"), _version_words(view)),
    ]


def _adaptive_facts(plan: Plan) -> list[tuple[str, str]]:
    """Return when an adaptive work ends, how it keeps its parts in balance, and how many students may see one question."""
    if plan.adaptive is None:
        return []
    error = words.plain_number(Decimal(str(plan.adaptive.enough)))
    share = words.plain_number(Decimal(str(plan.adaptive.cap)) * 100)
    ends = gettext(
        "after %(least)s questions, once the estimate is exact to %(error)s logits; after %(most)s at the latest",
        least=plan.adaptive.least,
        most=plan.adaptive.most,
        error=error,
    )
    facts = [(pgettext("adaptive", "It ends"), ends)]
    if len(plan.draws) > 1:
        parts = " : ".join(str(draw.count) for draw in plan.draws)
        balance = gettext("%(parts)s, in the order of the pools, however somebody answers", parts=parts)
        facts.append((pgettext("adaptive", "Balance of the pools"), balance))
    shown = gettext(
        "to %(share)s %% of students at most: for each of them a part of every pool is drawn, and nothing else is asked",
        share=share,
    )
    return [*facts, (pgettext("adaptive", "One question is shown"), shown)]


def _version_words(view: BlueprintView) -> str:
    if view.frozen_at is None:
        return str(gettext("%(number)s, nobody has begun to sit it", number=view.number))
    day = format_date(view.frozen_at, "d MMMM y")
    return str(
        gettext(
            "%(number)s, frozen since %(day)s; a change becomes the next version", number=view.number, day=day
        )
    )


def _matrix(plan: Plan) -> list[tuple[str, str]]:
    """Return what is shown at each moment, in words."""
    nothing = pgettext("exam", "nothing more")
    return [
        (
            review_words(moment).capitalize(),
            ", ".join(
                review_words(part) for part in PARTS if part in getattr(plan.review, moment)
            ).capitalize()
            or nothing,
        )
        for moment in MOMENTS
        if moment != "during" or plan.conduct.checks
    ]


def _scale_rows(plan: Plan) -> str:
    """Return from what the places of the questions on the scale come, in words; empty where there is no scale."""
    if plan.adaptive is None:
        return ""
    measured = sum(item.people > 0 for item in plan.adaptive.scale.values())
    return str(
        gettext(
            "%(measured)s of %(count)s questions have their place on the scale from answers, the others from the difficulty that their authors gave.",
            measured=measured,
            count=len(plan.adaptive.scale),
        )
    )


def _source(org_id: UUID) -> Source:
    session = read_session()
    banks = queries.banks_of(session, [org_id])
    outcomes = outcome_views(session, used_outcomes(session, org_id)).values()
    return Source(
        banks=[(str(bank.id), bank.title) for bank in banks],
        subjects=[(key, str(word)) for key, word in SUBJECT_WORDS.items()]
        + [("other", gettext("Another subject"))],
        scales=_scales(org_id),
        outcomes=[(str(each.id), f"{each.code} {each.statement}"[:120]) for each in outcomes],
        numbers={str(bank.id): numbered_items(session, bank.id) for bank in banks},
    )


def _scales(org_id: UUID) -> list[tuple[str, str]]:
    """Return the scales of an organisation: the usual ones, then its own."""
    own = [
        (policy.code, policy.title)
        for policy in policies_of(read_session(), [org_id])
        if policy.scale is MarkScale.CUSTOM
    ]
    return [
        (MarkScale.FIVE.value, gettext("Marks 2 to 5")),
        (MarkScale.PASS_FAIL.value, gettext("Passed or not passed")),
        *own,
    ]


def _fields(source: Source) -> list[AuthorField]:
    return [each for group in form_groups(source) for each in group.fields]


def _write_page(
    source: Source,
    values: Values,
    errors: dict[str, list[str]],
    view: BlueprintView | None,
    status: int = 200,
) -> Response:
    shown = padded(_fields(source), values)
    page = render_template(
        "assessment/blueprint_write.html",
        view=view,
        base=request.form.get("base", view.content_hash if view else ""),
        groups=[(group, _is_open(group.fields, shown, errors)) for group in form_groups(source)],
        values=shown,
        errors=errors,
        parts=[(part, review_words(part)) for part in PARTS],
        moments=[(moment, review_words(moment)) for moment in MOMENTS],
    )
    return make_response(page, status)


def _is_open(fields_of_group: tuple[AuthorField, ...], values: Values, errors: dict[str, list[str]]) -> bool:
    """Tell whether something unusual stands in a group, or something wrong."""
    return any(values.get(each.name, "") != each.default or each.name in errors for each in fields_of_group)


@bp.get("/new/<uuid:org_id>")
@access("assessment.author")
def new(org_id: UUID) -> Response:
    """Show the form: empty, or with the questions that were ticked in a bank (``bank`` and ``numbers``)."""
    authorise("assessment.author", org_id)
    source = _source(org_id)
    ticked: dict[str, Any] = {}
    if request.args.get("bank", "") in source.numbers:
        row = {"section": "1", "bank": request.args["bank"], "numbers": request.args.get("numbers", "")[:400]}
        ticked = {"fixed": [{**row, "points": "1"}]}
    return _write_page(source, values_of(_fields(source), ticked), {}, None)


@bp.post("/new/<uuid:org_id>")
@access("assessment.author")
def create(org_id: UUID) -> Response:
    """Write a plan, or do what a button of the form asks."""
    authorise("assessment.author", org_id)
    return _written(_source(org_id), org_id, None)


@bp.get("/<uuid:blueprint_id>/edit")
@access("assessment.author")
def edit(blueprint_id: UUID) -> Response:
    """Show the form with the newest version in it."""
    view = own_blueprint(blueprint_id)
    source = _source(view.org_id)
    places = places_of(read_session(), [item.item_version_id for item in view.plan.items])
    values = values_of_plan(source, view.title, view.subject, view.policy_code, view.plan, places)
    return _write_page(source, values, {}, view)


@bp.post("/<uuid:blueprint_id>/edit")
@access("assessment.author")
def change(blueprint_id: UUID) -> Response:
    """Change a plan: in place while nobody sits it, else as its next version."""
    view = own_blueprint(blueprint_id)
    return _written(_source(view.org_id), view.org_id, view)


def _written(source: Source, org_id: UUID, view: BlueprintView | None) -> Response:
    form_fields = _fields(source)
    posted = request.form.to_dict(flat=False)
    if "act" in request.form:
        typed = read_values(form_fields, posted, keep_blank=True)
        return _write_page(source, after_act(form_fields, typed, request.form["act"]), {}, view)
    values = read_values(form_fields, posted)
    form = load_form(PlanForm())
    if form.is_valid and form.data["scale"] not in dict(source.scales):
        form.fail("scale", gettext("Choose one of the options."))
    blueprint_id = _kept(source, org_id, view, values, form) if form.is_valid else None
    if blueprint_id is None:
        return _write_page(source, values, form.errors, view, 422)
    flash_ok(gettext("The plan is kept. Below is what a student will get."))
    return see_other("blueprints.show", blueprint_id=blueprint_id)


def _kept(
    source: Source, org_id: UUID, view: BlueprintView | None, values: Values, form: Form
) -> UUID | None:
    """Write the plan and return its id, or put what is wrong into the form."""
    try:
        plan = plan_of_values(source, values, None if view is None else view.plan)
        with unit_of_work() as uow:
            if view is None:
                made = service.create_blueprint(
                    uow,
                    org_id=org_id,
                    title=form.data["title"],
                    subject=form.data["subject"],
                    plan=plan,
                    mark_scale=form.data["scale"],
                )
            else:
                made = service.change_blueprint(
                    uow,
                    view.version_id,
                    title=form.data["title"],
                    subject=form.data["subject"],
                    plan=plan,
                    mark_scale=form.data["scale"],
                    base_hash=request.form.get("base") or None,
                )
            return queries.blueprint_of_version(uow.session, made)
    except InvalidInput as refusal:
        refusal.fields = place_problems(refusal.fields)
        form.take(refusal, error_texts())
    except Conflict as refusal:
        form.fail("_form", word_error(refusal))
    return None
