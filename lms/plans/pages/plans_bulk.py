"""Change a template, see what that would change in every plan, have it done for those chosen, watch how far it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask_babel import format_datetime
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.web import (
    Form,
    access,
    authorise,
    current_actor,
    flash_ok,
    load_form,
    page_number,
    read_session,
    runtime,
    see_other,
    unit_of_work,
)
from lms.core.web.problems import error_texts, word_error
from lms.curriculum.queries import curriculum_view
from lms.curriculum.types import ATTESTATION_WORDS, AttestationForm, PeriodKind
from lms.people.queries import ClassCard, class_members, classes_of, organisation_names
from lms.plans import service, words
from lms.plans.models import PlanTemplate
from lms.plans.pages.plan_show import change_lines
from lms.plans.pages.plans import blueprint
from lms.plans.queries.bulk import (
    BulkCard,
    BulkRow,
    BulkRowView,
    bulk_card,
    bulk_cards,
    bulk_outcomes,
    bulk_rows,
    plans_of_template,
    template_contents,
)
from lms.plans.schemas.plans import BulkSchema, TemplateItemSchema
from lms.plans.types.plans import BulkStatus, Delivery

__all__ = ["bulk", "bulk_list", "bulk_work", "recount", "template", "template_item"]

#: A template says nothing of courses and partners: those belong to one student.
WAYS = (Delivery.CLASS, Delivery.HOME)


def _template(template_id: UUID) -> PlanTemplate:
    """Return a template of the reader's own school; else it is not found."""
    row = read_session().get(PlanTemplate, template_id)
    if row is None:
        raise NotFound("plans.no_template")
    authorise("plans.templates", row.org_id)
    return row


@blueprint.get("/plans/templates/<uuid:template_id>")
@access("plans.templates")
def template(template_id: UUID) -> str:
    """Show a template item by item, and the way to the plans made from it."""
    row = _template(template_id)
    items = [
        (item.stable_key, content)
        for item, content in zip(row.items, template_contents(row).values(), strict=True)
    ]
    kind = curriculum_view(read_session(), row.curriculum_id).period_kind
    return render_template("plans/template.html", template=row, items=items, kind=kind)


@blueprint.route("/plans/templates/<uuid:template_id>/items/<stable_key>", methods=["GET", "POST"])
@access("plans.templates")
def template_item(template_id: UUID, stable_key: str) -> Response | str | tuple[str, int]:
    """Change one item of a template; plans follow only when they are told to."""
    row = _template(template_id)
    before = template_contents(row).get(stable_key)
    if before is None:
        raise NotFound("plans.no_item")
    if request.method == "GET":
        values = {
            "title": before.title,
            "hours": words.number(before.hours),
            "period": before.period,
            "delivery": before.delivery.value,
            "attestation_form": before.attestation_form.value if before.attestation_form else "",
            "deadline": before.deadline,
            "note": before.note,
        }
        return _item_page(row, before.title, Form(values=values))
    form = load_form(TemplateItemSchema())
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                content = replace(before, **form.data)
                service.edit_template_item(
                    uow, template_id=template_id, stable_key=stable_key, content=content
                )
            flash_ok(_("Saved. The plans made from this template have not changed yet."))
            return see_other("plans.template", template_id=template_id, _anchor=stable_key)
        except InvalidInput as error:
            form.take(error, error_texts())
    return _item_page(row, before.title, form), 422


def _item_page(row: PlanTemplate, title: str, form: Form) -> str:
    periods = curriculum_view(read_session(), row.curriculum_id).periods
    return render_template(
        "plans/template_item.html",
        template=row,
        title=title,
        values=form.values,
        errors=form.errors,
        periods=[(p.number, words.period_word(p.number, p.kind)) for p in periods],
        deliveries=[(way.value, words.delivery_word(way)) for way in WAYS],
        forms=[(kind.value, str(ATTESTATION_WORDS[kind])) for kind in AttestationForm],
    )


@blueprint.route("/plans/templates/<uuid:template_id>/bulk", methods=["GET", "POST"])
@access("plans.templates")
def bulk(template_id: UUID) -> Response | str | tuple[str, int]:
    """Show what would change in each plan of a class or of the school; have it done for the plans that are ticked."""
    row = _template(template_id)
    people = _people()
    if request.method == "GET":
        return _bulk_page(row, Form(), people)
    form = load_form(BulkSchema())
    if not form.is_valid:
        return _bulk_page(row, form, people), 422
    try:
        with unit_of_work() as uow:
            bulk_id = service.begin_bulk(
                uow,
                template_id=template_id,
                template_revision=form.data["revision"],
                plan_ids=_wanted(form.data, template_id, people),
                reason=form.data["reason"],
            )
    except InvalidInput as error:
        form.take(error, error_texts())
        return _bulk_page(row, form, people), 422
    except Conflict as error:
        form.fail("_form", word_error(error))
        return _bulk_page(row, form, people), 409
    return see_other("plans.bulk_work", bulk_id=bulk_id)


def _people() -> list[UUID] | None:
    """Return who is in the class that is asked for; None: the whole school."""
    chosen = request.args.get("class_id", type=UUID)
    if chosen is None:
        return None
    if chosen not in {card.id for card in _classes()}:
        raise NotFound("plans.no_template")
    return class_members(read_session(), chosen, runtime().clock.now())


def _classes() -> list[ClassCard]:
    return classes_of(read_session(), _heads_of(), runtime().clock.now())


def _heads_of() -> set[UUID]:
    return current_actor().orgs_as("director", "deputy_head")


def _wanted(data: dict[str, Any], template_id: UUID, people: list[UUID] | None) -> set[UUID]:
    """Return the plans that are ticked, and those of the other pages where they are asked for too."""
    ticked = set(data["plan_ids"])
    if not data["others"]:
        return ticked
    return ticked | (set(plans_of_template(read_session(), template_id, people)) - set(data["shown"]))


def _bulk_page(row: PlanTemplate, form: Form, people: list[UUID] | None) -> str:
    found = bulk_rows(read_session(), row.id, people, page=page_number())
    chosen = request.args.get("class_id", type=UUID)
    kind = curriculum_view(read_session(), row.curriculum_id).period_kind
    ticked = {str(key) for key in form.values.get("plan_ids", [])} if request.method == "POST" else None
    return render_template(
        "plans/bulk.html",
        template=row,
        classes=[(card.id, card.label) for card in _classes()],
        chosen=chosen,
        page={
            "number": found.number,
            "pages": found.pages,
            "url": url_for("plans.bulk", template_id=row.id, class_id=chosen, page=""),
        },
        others=found.total - len(found.items),
        rows=[
            _line(line, kind) | {"is_ticked": ticked is None or str(line.plan_id) in ticked}
            for line in found.items
        ],
        values=form.values,
        errors=form.errors,
        is_ready=found.pages > 1 or any(line.is_open for line in found.items),
    )


def _line(row: BulkRow, kind: PeriodKind) -> dict[str, Any]:
    return {
        "plan_id": row.plan_id,
        "name": row.name,
        "badge": words.plan_badge(row.state),
        "changes": change_lines(read_session(), list(row.changes), kind),
        "kept": row.kept,
        "waits": row.waits,
        "is_open": row.is_open,
    }


@blueprint.get("/plans/bulk")
@access("plans.templates")
def bulk_list() -> str:
    """Show what was done for many plans at once, and offer a new count of how they stand."""
    cards = bulk_cards(read_session(), _heads_of())
    return render_template(
        "plans/bulk_list.html",
        rows=[_work_row(card) for card in cards],
        schools=organisation_names(read_session(), _heads_of()),
    )


@blueprint.post("/plans/bulk/recount")
@access("plans.templates")
def recount() -> Response:
    """Have it counted anew how all plans in force stand; the page that follows shows how far it is."""
    org_id = request.form.get("org_id", type=UUID)
    if org_id is None:
        raise NotFound("plans.no_bulk")
    with unit_of_work() as uow:
        bulk_id = service.begin_recount(uow, org_id=org_id)
    return see_other("plans.bulk_work", bulk_id=bulk_id)


@blueprint.get("/plans/bulk/<uuid:bulk_id>")
@access("plans.templates")
def bulk_work(bulk_id: UUID) -> str:
    """Show how far work on many plans is and what became of each."""
    card = bulk_card(read_session(), bulk_id)
    authorise("plans.templates", card.org_id)
    asked = request.args.get("status", "")
    status = BulkStatus(asked) if asked in set(BulkStatus) else None
    found = bulk_outcomes(read_session(), bulk_id, status=status, page=page_number())
    return render_template(
        "plans/bulk_work.html",
        card=card,
        title=words.bulk_title(card.kind, card.title),
        state=words.bulk_badge(card.state),
        summary=words.bulk_summary(card),
        reason=word_error(Conflict(card.code)) if card.code else "",
        chips=[
            {
                "text": f"{words.bulk_status(key)}, {count}",
                "href": url_for("plans.bulk_work", bulk_id=card.id, status=key.value),
                "current": key is status,
            }
            for key, count in card.counts.items()
        ],
        rows=[_outcome(row) for row in found.items],
        page={
            "number": found.number,
            "pages": found.pages,
            "url": url_for("plans.bulk_work", bulk_id=card.id, status=asked or None, page=""),
        },
    )


def _work_row(card: BulkCard) -> dict[str, Any]:
    return {
        "title": words.bulk_title(card.kind, card.title),
        "href": url_for("plans.bulk_work", bulk_id=card.id),
        "detail": card.asked_by,
        "cells": [
            {"text": format_datetime(card.created_at, "d MMMM, HH:mm"), "num": True},
            words.bulk_summary(card),
            {"state": words.bulk_badge(card.state)},
        ],
    }


def _outcome(row: BulkRowView) -> dict[str, Any]:
    place = (
        url_for("plans.show", plan_id=row.plan_id)
        if row.version_id is None
        else url_for("plans.version", version_id=row.version_id)
    )
    return {
        "title": row.name,
        "href": place,
        "cells": [
            {"state": words.bulk_status_badge(row.status)},
            word_error(Conflict(row.code)) if row.code else "",
        ],
    }
