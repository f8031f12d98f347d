"""Show who decides on credit in a school, and let its head form another commission."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_babel import gettext
from werkzeug.wrappers import Response

from lms.core.ids import parse_id
from lms.core.uow import UnitOfWork
from lms.core.web import Form, access, flash_ok, read_session, runtime, see_other
from lms.core.web.problems import error_texts
from lms.people import queries as people
from lms.people.types import RoleKind
from lms.plans.pages.credit_rules import own_school
from lms.plans.pages.credit_sources import attempt, blueprint, credit_page, is_head
from lms.plans.queries.credit_rules import commissions_of
from lms.plans.service import credit as service
from lms.plans.settings import PlansSettings

__all__ = ["commissions"]


@blueprint.route("/commissions", methods=["GET", "POST"])
@access("credit.office_queue")
def commissions() -> Response:
    """Show the commission in force and those before it; a head forms a new one."""
    form = Form(values={"member_ids": []})
    if request.method == "POST":
        form = Form(values={name: value.strip()[:200] for name, value in request.form.items()})
        form.values["member_ids"] = request.form.getlist("member_ids")
        if attempt(form, lambda uow: _form_commission(uow, form)):
            flash_ok(gettext("The commission is formed."))
            return see_other("credit_sources.commissions")
    session = read_session()
    chairs, members = _holders(RoleKind.COMMISSION_CHAIR), _holders(RoleKind.COMMISSION_MEMBER)
    found = commissions_of(session, own_school())
    return credit_page(
        "commissions",
        form,
        commissions=found,
        names=people.person_cards(session, {seat for one in found for seat in (one.chair, *one.seats)}),
        chairs=chairs,
        members=list(dict.fromkeys(chairs + members)),
        least=runtime().settings.of(PlansSettings).commission_size,
        is_head=is_head(),
    )


def _holders(kind: RoleKind) -> list[tuple[str, str]]:
    """Return those who hold a role in the school as options, by name."""
    session = read_session()
    ids = people.holders_of(session, own_school(), kind, runtime().clock.now())
    cards = sorted(people.person_cards(session, ids).values(), key=lambda card: card.name)
    return [(str(card.id), card.name) for card in cards]


def _form_commission(uow: UnitOfWork, form: Form) -> Any:
    chair = parse_id(form.values.get("chair_id", ""))
    for name in ("name", "order_ref", "chair_id"):
        if not form.values.get(name) or (name == "chair_id" and chair is None):
            form.fail(name, str(error_texts()["credit.commission"]))
    if chair is None or not form.is_valid:
        return None
    return service.form_commission(
        uow,
        org_id=own_school(),
        name=form.values["name"],
        order_ref=form.values["order_ref"],
        chair_id=chair,
        member_ids=[one for text in form.values["member_ids"] if (one := parse_id(text)) is not None],
    )
