"""Change a template, see what that would change in every student's plan, and do it for those who were chosen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import render_template, request
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.web import (
    Form,
    access,
    authorise,
    current_actor,
    flash_ok,
    load_form,
    read_session,
    runtime,
    see_other,
    unit_of_work,
)
from lms.core.web.problems import error_texts, word_error
from lms.curriculum.queries import curriculum_view
from lms.curriculum.types import ATTESTATION_WORDS, AttestationForm
from lms.people.queries import class_members, classes_of
from lms.plans import service, words
from lms.plans.models import PlanTemplate
from lms.plans.pages.plan_show import change_lines
from lms.plans.pages.plans import blueprint
from lms.plans.queries.bulk import BulkRow, bulk_rows, template_contents
from lms.plans.schemas.plans import BulkSchema, TemplateItemSchema
from lms.plans.types.plans import Delivery

__all__ = ["bulk", "template", "template_item"]

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
    return render_template("plans/template.html", template=row, items=items)


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
        periods=[(p.number, words.period_word(p.number)) for p in periods],
        deliveries=[(way.value, words.delivery_word(way)) for way in WAYS],
        forms=[(kind.value, str(ATTESTATION_WORDS[kind])) for kind in AttestationForm],
    )


@blueprint.route("/plans/templates/<uuid:template_id>/bulk", methods=["GET", "POST"])
@access("plans.templates")
def bulk(template_id: UUID) -> Response | str | tuple[str, int]:
    """Show what would change in each plan of a class or of the school; do it for the plans that are ticked."""
    row = _template(template_id)
    if request.method == "GET":
        return _bulk_page(row, Form())
    form = load_form(BulkSchema())
    if form.is_valid and not form.data["plan_ids"]:
        form.fail("plan_ids", _("Tick at least one student."))
    if form.is_valid and not form.data["reason"].strip():
        form.fail("reason", _("Give the reason: people will read it."))
    if not form.is_valid:
        return _bulk_page(row, form), 422
    done, left = _apply(form.data)
    flash_ok(ngettext("%(num)s draft is ready.", "%(num)s drafts are ready.", done))
    if left:
        form.fail("_form", " ".join(left))
        return _bulk_page(row, form), 409
    return see_other("plans.index", state="draft")


def _apply(data: dict[str, Any]) -> tuple[int, list[str]]:
    """Bring the chosen plans up to date, each by itself: one that cannot be changed does not stop the others."""
    done, left = 0, []
    for plan_id in data["plan_ids"]:
        try:
            with unit_of_work() as uow:
                made = service.apply_template(
                    uow, plan_id=plan_id, template_revision=data["revision"], reason=data["reason"]
                )
            done += made is not None
        except Conflict as error:
            left.append(word_error(error))
    return done, list(dict.fromkeys(left))


def _bulk_page(row: PlanTemplate, form: Form) -> str:
    session, now = read_session(), runtime().clock.now()
    classes = classes_of(session, current_actor().orgs_as("director", "deputy_head"), now)
    chosen = request.args.get("class_id", type=UUID)
    if chosen is not None and chosen not in {card.id for card in classes}:
        raise NotFound("plans.no_template")
    people = None if chosen is None else class_members(session, chosen, now)
    rows = bulk_rows(session, row.id, people)
    return render_template(
        "plans/bulk.html",
        template=row,
        classes=[(card.id, card.label) for card in classes],
        chosen=chosen,
        rows=[_line(line) for line in rows],
        values=form.values,
        errors=form.errors,
        is_ready=any(line.is_open for line in rows),
    )


def _line(row: BulkRow) -> dict[str, Any]:
    return {
        "plan_id": row.plan_id,
        "name": row.name,
        "badge": words.plan_badge(row.state),
        "changes": change_lines(read_session(), list(row.changes)),
        "kept": row.kept,
        "waits": row.waits,
        "is_open": row.is_open,
    }
