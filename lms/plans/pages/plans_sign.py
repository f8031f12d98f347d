"""Sign a plan: the family reads what changed and signs, the office attaches paper, the head approves by an order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import render_template, request
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from lms.core.errors import Conflict, InvalidInput, TooLarge
from lms.core.web import (
    Form,
    access,
    current_actor,
    flash_ok,
    load_form,
    read_session,
    see_other,
    unit_of_work,
)
from lms.core.web import runtime as current_runtime
from lms.core.web.problems import error_texts, word_error
from lms.people.queries import guardians_of, person_card, person_cards
from lms.people.types import PersonCard, Relation
from lms.plans import service
from lms.plans.pages.plan_show import change_lines, voice_of
from lms.plans.pages.plans import blueprint, open_for, signature_lines, today
from lms.plans.pages.plans_build import conditions_of
from lms.plans.plan_reading import roles_for
from lms.plans.queries import plans as queries
from lms.plans.queries.plans import PlanView
from lms.plans.schemas.plans import OrderSchema, PaperSchema, ReasonSchema, SignSchema
from lms.plans.types.plans import ApprovalRole, PlanState

__all__ = ["approve", "paper", "send_back", "sign", "signers_of", "take_version_back"]


def _reading(plan: PlanView, role: ApprovalRole, **more: Any) -> dict[str, Any]:
    """Return what the reading pages share: the changes, the items with what is asked of the reader, the signatures."""
    session = read_session()
    versions = {row.id: row for row in queries.versions_of(session, plan.id)}
    changes = change_lines(
        session, queries.version_changes(session, plan.version.id), plan.curriculum.period_kind
    )
    unsigned = queries.unsigned_by(session, plan.version.id, role)
    return {
        "plan": plan,
        "person": person_card(session, plan.person_id),
        "voice": voice_of(session, current_actor(), plan.person_id, current_runtime().clock.now()),
        "before": versions.get(plan.version.based_on_id) if plan.version.based_on_id else None,
        "lines": changes,
        "unsigned": unsigned,
        "by_period": [(p, [i for i in plan.items if i.period == p.number]) for p in plan.periods],
        "signatures": signature_lines(plan),
        "conditions": conditions_of(plan.person_id),
        **more,
    }


# --- the family -------------------------------------------------------------------------------------------------


@blueprint.route("/plans/versions/<uuid:version_id>/sign", methods=["GET", "POST"])
@access("plans.sign")
def sign(version_id: UUID) -> Response | str | tuple[str, int]:
    """Read a submitted version and sign what has not been signed yet."""
    plan = open_for(version_id, "plans.sign")
    if plan.version.state is not PlanState.SUBMITTED:
        return see_other("plans.version", version_id=version_id)
    if request.method == "GET":
        return _sign_page(plan, Form())
    form = load_form(SignSchema())
    if form.is_valid and not form.data["agree"]:
        form.fail("agree", _("Tick the box if you agree. Nothing was signed."))
    if not form.is_valid:
        return _sign_page(plan, form), 422
    try:
        with unit_of_work() as uow:
            service.approve(uow, version_id=version_id, items_hash=form.data["items_hash"])
    except Conflict as error:
        form.fail("_form", word_error(error))
        return _sign_page(plan, form), 409
    flash_ok(_("Signed. The school is told; after the order the plan is in force."))
    return see_other("plans.version", version_id=version_id)


def _sign_page(plan: PlanView, form: Form) -> str:
    role = ApprovalRole.STUDENT if current_actor().person_id == plan.person_id else ApprovalRole.GUARDIAN
    needed = role in roles_for(read_session(), plan.person_id, today(), plan.kind)
    return render_template(
        "plans/sign.html",
        **_reading(plan, role, values=form.values, errors=form.errors, is_needed=needed),
    )


@blueprint.route("/plans/versions/<uuid:version_id>/return", methods=["GET", "POST"])
@access("plans.return")
def send_back(version_id: UUID) -> Response | str | tuple[str, int]:
    """Return a submitted version to its author with a reason."""
    plan = open_for(version_id, "plans.return")
    if plan.version.state is not PlanState.SUBMITTED:
        return see_other("plans.version", version_id=version_id)
    form = load_form(ReasonSchema()) if request.method == "POST" else Form()
    if request.method == "POST":
        try:
            with unit_of_work() as uow:
                service.return_version(uow, version_id=version_id, reason=form.data.get("reason", ""))
            flash_ok(_("Returned. The teacher sees your reason and prepares another version."))
            return see_other("plans.versions", plan_id=plan.id)
        except InvalidInput as error:
            form.take(error, error_texts())
    page = render_template(
        "plans/return.html",
        plan=plan,
        person=person_card(read_session(), plan.person_id),
        voice=voice_of(read_session(), current_actor(), plan.person_id, current_runtime().clock.now()),
        values=form.values,
        errors=form.errors,
    )
    return (page, 422) if form.errors else page


@blueprint.route("/plans/versions/<uuid:version_id>/withdraw", methods=["GET", "POST"])
@access("plans.edit")
def take_version_back(version_id: UUID) -> Response | str | tuple[str, int]:
    """Take a version back before it is in force, with a reason."""
    plan = open_for(version_id, "plans.edit")
    if plan.version.state not in {PlanState.SUBMITTED, PlanState.APPROVED}:
        return see_other("plans.version", version_id=version_id)
    form = load_form(ReasonSchema()) if request.method == "POST" else Form()
    if request.method == "POST" and form.is_valid:
        try:
            with unit_of_work() as uow:
                service.withdraw_version(uow, version_id=version_id, reason=form.data["reason"])
            flash_ok(_("Taken back. Begin the next version: it starts with what stood here."))
            return see_other("plans.version", version_id=version_id)
        except InvalidInput as error:
            form.take(error, error_texts())
    page = render_template(
        "plans/withdraw.html",
        plan=plan,
        person=person_card(read_session(), plan.person_id),
        values=form.values,
        errors=form.errors,
    )
    return (page, 422) if form.errors else page


# --- the office -------------------------------------------------------------------------------------------------


@blueprint.route("/plans/versions/<uuid:version_id>/paper", methods=["GET", "POST"])
@access("plans.sign_paper")
def paper(version_id: UUID) -> Response | str | tuple[str, int]:
    """Attach the scan of a plan that the family signed on paper."""
    plan = open_for(version_id, "plans.sign_paper")
    if plan.version.state is not PlanState.SUBMITTED:
        return see_other("plans.version", version_id=version_id)
    if request.method == "GET":
        return _paper_page(plan, Form())
    form = load_form(PaperSchema())
    if form.is_valid:
        sent = request.files.get("document")
        try:
            with unit_of_work() as uow:
                service.attach_paper(
                    uow,
                    version_id=version_id,
                    signer_id=form.data["signer"],
                    document=sent.read() if sent else b"",
                    document_name=sent.filename or "" if sent else "",
                )
            flash_ok(_("The paper is attached and counts as the family's signature."))
            return see_other("plans.version", version_id=version_id)
        except InvalidInput as error:
            form.take(error, error_texts()) if error.fields else form.fail("document", word_error(error))
        except (TooLarge, RequestEntityTooLarge):
            limit = current_runtime().settings.core.upload_max_bytes // (1024 * 1024)
            form.fail("document", _("The file is larger than %(max_mb)s MB.", max_mb=limit))
    return _paper_page(plan, form), 422


def _paper_page(plan: PlanView, form: Form) -> str:
    return render_template(
        "plans/paper.html",
        plan=plan,
        person=person_card(read_session(), plan.person_id),
        values=form.values,
        errors=form.errors,
        signers=[(card.id, card.name) for card in signers_of(plan).values()],
        signatures=signature_lines(plan),
    )


def signers_of(plan: PlanView) -> Mapping[UUID, PersonCard]:
    """Return those whose paper signature counts today."""
    needed = roles_for(read_session(), plan.person_id, today(), plan.kind)
    ids: list[UUID] = []
    if ApprovalRole.GUARDIAN in needed:
        now = current_runtime().clock.now()
        ids += guardians_of(read_session(), plan.person_id, now, Relation.GUARDIAN_SIGN)
    if ApprovalRole.STUDENT in needed:
        ids.append(plan.person_id)
    return person_cards(read_session(), ids)


# --- the head ---------------------------------------------------------------------------------------------------


@blueprint.route("/plans/versions/<uuid:version_id>/approve", methods=["GET", "POST"])
@access("plans.approve")
def approve(version_id: UUID) -> Response | str | tuple[str, int]:
    """Approve a version by an order with its number and date."""
    plan = open_for(version_id, "plans.approve")
    if plan.version.state is not PlanState.SUBMITTED:
        return see_other("plans.version", version_id=version_id)
    if request.method == "GET":
        return _approve_page(plan, Form(values={"order_date": today()}))
    form = load_form(OrderSchema())
    status = 422
    if form.is_valid:
        try:
            with unit_of_work() as uow:
                receipt = service.approve_by_order(uow, version_id=version_id, **form.data)
            flash_ok(_approved_text(receipt.no, receipt.state, form.data["order_no"]))
            return see_other("plans.version", version_id=version_id)
        except InvalidInput as error:
            form.take(error, error_texts())
        except Conflict as error:
            form.fail("_form", word_error(error))
            status = 409
    return _approve_page(plan, form), status


def _approved_text(no: int, state: PlanState, order: str) -> str:
    if state is PlanState.ACTIVE:
        return str(
            _("Order No. %(order)s is recorded: version %(no)s is in force from now on.", order=order, no=no)
        )
    return str(
        _("Order No. %(order)s is recorded: version %(no)s comes into force on its day.", order=order, no=no)
    )


def _approve_page(plan: PlanView, form: Form) -> str:
    page = _reading(plan, ApprovalRole.DIRECTOR, values=form.values, errors=form.errors)
    page["is_ready"] = all(line["is_done"] for line in page["signatures"] if not line["is_head"])
    return render_template("plans/approve.html", **page)
