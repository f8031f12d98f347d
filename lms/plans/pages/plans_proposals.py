"""Propose an item for one's own plan; answer a proposal of the family."""

from __future__ import annotations

from uuid import UUID

from flask import render_template, request
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
    read_session,
    runtime,
    see_other,
    unit_of_work,
)
from lms.core.web.problems import error_texts, word_error
from lms.curriculum.queries import curriculum_view
from lms.curriculum.types import SUBJECT_WORDS
from lms.people.queries import person_card
from lms.plans import service, words
from lms.plans.models import Plan
from lms.plans.pages.plan_show import voice_of
from lms.plans.pages.plans import blueprint, reach_of
from lms.plans.plan_reading import plan_head
from lms.plans.queries.offers import ProposalView, proposal_head
from lms.plans.schemas.plans import ProposalSchema, ReasonSchema
from lms.plans.types.plans import Delivery

__all__ = ["accept", "decline", "propose", "take_back"]

#: Ways of studying that a family may ask for; a course of the school is chosen by the school.
WAYS = (Delivery.EXTERNAL, Delivery.HOME, Delivery.OWN_COURSE, Delivery.CLASS)


@blueprint.route("/plans/<uuid:plan_id>/propose", methods=["GET", "POST"])
@access("plans.propose")
def propose(plan_id: UUID) -> Response | str | tuple[str, int]:
    """Propose an item; the teacher answers."""
    head = plan_head(read_session(), plan_id)
    authorise("plans.propose", reach_of(head))
    form = load_form(ProposalSchema()) if request.method == "POST" else Form(values={"delivery": "external"})
    if request.method == "POST" and form.is_valid:
        try:
            with unit_of_work() as uow:
                service.propose_item(uow, plan_id=plan_id, **form.data)
            flash_ok(_("Your proposal is with the teacher. The answer will stand below the plan."))
            return see_other("plans.show", plan_id=plan_id, _anchor="proposals")
        except InvalidInput as error:
            form.take(error, error_texts())
        except Conflict as error:
            form.fail("_form", word_error(error))
    page = _propose_page(head, form)
    return (page, 422) if form.errors else page


def _propose_page(head: Plan, form: Form) -> str:
    session = read_session()
    periods = curriculum_view(session, head.curriculum_id).periods
    return render_template(
        "plans/propose.html",
        plan=head,
        person=person_card(session, head.person_id),
        voice=voice_of(session, current_actor(), head.person_id, runtime().clock.now()),
        values=form.values,
        errors=form.errors,
        subjects=[(key, str(word)) for key, word in SUBJECT_WORDS.items()],
        periods=[(p.number, words.period_word(p.number, p.kind)) for p in periods],
        ways=[(way.value, words.delivery_word(way)) for way in WAYS],
    )


def _proposal(proposal_id: UUID, action: str) -> tuple[ProposalView, Plan]:
    """Return a proposal with its plan if the reader may do ``action`` there; else it is not found."""
    row = proposal_head(read_session(), proposal_id)
    if row is None:
        raise NotFound("plans.no_proposal")
    head = plan_head(read_session(), row.plan_id)
    authorise(action, reach_of(head))
    return row, head


@blueprint.post("/plans/proposals/<uuid:proposal_id>/withdraw")
@access("plans.propose")
def take_back(proposal_id: UUID) -> Response:
    """Take a proposal back."""
    row, _head = _proposal(proposal_id, "plans.propose")
    with unit_of_work() as uow:
        service.withdraw_proposal(uow, proposal_id=proposal_id)
    flash_ok(_("The proposal is taken back."))
    return see_other("plans.show", plan_id=row.plan_id)


@blueprint.post("/plans/proposals/<uuid:proposal_id>/accept")
@access("plans.edit")
def accept(proposal_id: UUID) -> Response:
    """Put a proposal into the draft."""
    row, _head = _proposal(proposal_id, "plans.edit")
    because = _("Proposed by the family: “%(title)s”.", title=row.title)
    with unit_of_work() as uow:
        receipt = service.accept_proposal(uow, proposal_id=proposal_id, begin_because=because)
    flash_ok(_("“%(title)s” stands in the draft. Check its hours and form of attestation.", title=row.title))
    return see_other("plans.build", version_id=receipt.version_id, _anchor=receipt.stable_key)


@blueprint.route("/plans/proposals/<uuid:proposal_id>/decline", methods=["GET", "POST"])
@access("plans.edit")
def decline(proposal_id: UUID) -> Response | str | tuple[str, int]:
    """Decline a proposal with a reason."""
    row, head = _proposal(proposal_id, "plans.edit")
    form = load_form(ReasonSchema()) if request.method == "POST" else Form()
    if request.method == "POST" and form.is_valid:
        try:
            with unit_of_work() as uow:
                service.decline_proposal(uow, proposal_id=proposal_id, reason=form.data["reason"])
            flash_ok(_("Declined. The family reads your reason."))
            return see_other("plans.show", plan_id=row.plan_id, _anchor="proposals")
        except InvalidInput as error:
            form.take(error, error_texts())
        except Conflict as error:
            form.fail("_form", word_error(error))
    page = render_template(
        "plans/decline.html",
        detail=words.proposal_detail(row, curriculum_view(read_session(), head.curriculum_id).period_kind),
        plan=head,
        proposal=row,
        person=person_card(read_session(), head.person_id),
        values=form.values,
        errors=form.errors,
    )
    return (page, 422) if form.errors else page
