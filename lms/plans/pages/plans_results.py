"""Record what lessons bring: a mark for an item, a waiver, the exam that an item goes to."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.web import Form, access, authorise, flash_ok, load_form, read_session, see_other, unit_of_work
from lms.core.web.problems import error_texts, word_error
from lms.people.queries import person_card
from lms.plans import service
from lms.plans.pages.plans import blueprint, reach_of, today
from lms.plans.pages.plans_build import session_options
from lms.plans.plan_reading import plan_head
from lms.plans.queries import plans as queries
from lms.plans.queries.plans import ItemView, PlanView
from lms.plans.schemas.plans import MarkSchema, ReasonSchema, SessionChoiceSchema

__all__ = ["exam", "mark", "waive"]


def _item_of(plan_id: UUID, stable_key: str, action: str) -> tuple[PlanView, ItemView]:
    """Return an item of the plan in force if the actor may do ``action``; else it is not found."""
    head = plan_head(read_session(), plan_id)
    authorise(action, reach_of(head))
    plan = queries.active_plan(read_session(), head.person_id, today())
    if plan is None or plan.id != plan_id:
        raise NotFound("plans.no_item")
    return plan, plan.item(stable_key)


@blueprint.route("/plans/<uuid:plan_id>/items/<stable_key>/mark", methods=["GET", "POST"])
@access("plans.mark")
def mark(plan_id: UUID, stable_key: str) -> Response | str | tuple[str, int]:
    """Record the result of an item that its teacher attests."""
    plan, item = _item_of(plan_id, stable_key, "plans.mark")
    form = load_form(MarkSchema()) if request.method == "POST" else Form()
    if request.method == "POST" and form.is_valid:
        try:
            with unit_of_work() as uow:
                service.record_mark(
                    uow,
                    plan_id=plan_id,
                    stable_key=stable_key,
                    mark=form.data["mark"],
                    is_passed=form.data["passed"] == "yes",
                    note=form.data["note"],
                )
            flash_ok(_("The mark is recorded: “%(title)s”.", title=item.title))
            return see_other("plans.show", plan_id=plan_id, _anchor=stable_key)
        except InvalidInput as error:
            form.take(error, error_texts())
        except Conflict as error:
            form.fail("_form", word_error(error))
    return _page("plans/mark.html", plan, item, form)


@blueprint.route("/plans/<uuid:plan_id>/items/<stable_key>/waive", methods=["GET", "POST"])
@access("plans.waive")
def waive(plan_id: UUID, stable_key: str) -> Response | str | tuple[str, int]:
    """Free the student from an item, with a reason."""
    plan, item = _item_of(plan_id, stable_key, "plans.waive")
    form = load_form(ReasonSchema()) if request.method == "POST" else Form()
    if request.method == "POST" and form.is_valid:
        try:
            with unit_of_work() as uow:
                service.waive_item(uow, plan_id=plan_id, stable_key=stable_key, reason=form.data["reason"])
            flash_ok(_("The student is freed from “%(title)s”.", title=item.title))
            return see_other("plans.show", plan_id=plan_id, _anchor=stable_key)
        except InvalidInput as error:
            form.take(error, error_texts())
    return _page("plans/waive.html", plan, item, form)


@blueprint.route("/plans/<uuid:plan_id>/items/<stable_key>/exam", methods=["GET", "POST"])
@access("plans.edit")
def exam(plan_id: UUID, stable_key: str) -> Response | str | tuple[str, int]:
    """Choose the exam for an item of the plan in force: the student is admitted, the agreed content stays."""
    plan, item = _item_of(plan_id, stable_key, "plans.edit")
    options = session_options(plan.org_id, item.subject)
    form = load_form(SessionChoiceSchema()) if request.method == "POST" else Form()
    if request.method == "POST" and form.is_valid:
        try:
            with unit_of_work() as uow:
                service.assign_session(
                    uow, plan_id=plan_id, stable_key=stable_key, session_id=form.data["session_id"]
                )
            flash_ok(_("The student is admitted to the exam."))
            return see_other("plans.show", plan_id=plan_id, _anchor=stable_key)
        except InvalidInput as error:
            form.take(error, error_texts())
        except Conflict as error:
            form.fail("_form", word_error(error))
    return _page("plans/exam.html", plan, item, form, options=options)


def _page(template: str, plan: PlanView, item: ItemView, form: Form, **more: Any) -> str | tuple[str, int]:
    person = person_card(read_session(), plan.person_id)
    page = render_template(
        template, plan=plan, item=item, person=person, values=form.values, errors=form.errors, **more
    )
    return (page, 422) if form.errors else page
