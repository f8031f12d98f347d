"""Hand a plan out: as a tagged PDF, as a signed file, as a calendar to subscribe to."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from flask import make_response, render_template, request, url_for
from flask_babel import format_date, get_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.core.actor import Actor
from lms.core.errors import NotFound
from lms.core.pdf import as_pdf
from lms.core.web import (
    access,
    authorise,
    current_actor,
    flash_ok,
    read_session,
    runtime,
    see_other,
    unit_of_work,
)
from lms.core.web.replies import file_disposition
from lms.curriculum.types import PeriodKind
from lms.people.queries import organisation_names, person_card, roles_of
from lms.plans import service, words
from lms.plans.pages.plan_pace import table_of
from lms.plans.pages.plan_show import change_lines, voice_of
from lms.plans.pages.plans import blueprint, open_for, reach_of, shows_version, signature_lines, today
from lms.plans.plan_reading import plan_head
from lms.plans.queries import plans as queries
from lms.plans.queries.feeds import feed_entries, feed_of, has_feed
from lms.plans.queries.plan_documents import paper_to_sign, plan_file
from lms.plans.queries.plans import PlanView
from lms.plans.rules.calendar_feed import as_calendar
from lms.plans.types.plans import ApprovalRole, PlanState

__all__ = ["calendar", "document", "feed"]


@blueprint.get("/plans/versions/<uuid:version_id>/documents/<file_form>")
@access("plans.read")
def document(version_id: UUID, file_form: str) -> Response:
    """Give a version as a document; who took it is written down."""
    plan = open_for(version_id, "plans.read")
    if not shows_version(plan) or file_form not in {"plan-pdf", "order-pdf", "plan-json", "to-sign"}:
        raise NotFound("plans.no_version")
    name = f"{_('Study plan')} {plan.year}, {_('Version %(number)s', number=plan.version.no)}"
    if file_form == "plan-pdf":
        data, kind, ending = as_pdf(_printed(plan, name)), "application/pdf", "pdf"
    elif file_form == "order-pdf":
        name = _order_name(plan)
        data, kind, ending = as_pdf(_order(plan, name)), "application/pdf", "pdf"
    elif file_form == "to-sign":
        data, kind, ending = paper_to_sign(read_session(), version_id), "application/json", "json"
        name = _("%(plan)s, to sign", plan=name)
    else:
        file = plan_file(read_session(), runtime().keys, version_id)
        data = json.dumps(file, ensure_ascii=False, indent=1).encode()
        kind, ending = "application/json", "json"
    with unit_of_work() as uow:
        uow.log_access("plans.read", plan.person_id, "plan_version", version_id, outcome="exported")
    response = make_response(data)
    response.headers["Content-Type"] = kind
    way = "inline" if ending == "pdf" else "attachment"
    response.headers["Content-Disposition"] = file_disposition(way, f"{name}.{ending}")
    return response


def _order_name(plan: PlanView) -> str:
    """Return what the order is called; raise NotFound ``plans.no_version`` where nothing was ordered yet."""
    version = plan.version
    if not version.order_no or version.order_date is None:
        raise NotFound("plans.no_version")
    day = format_date(version.order_date, "d MMMM y")
    return str(_("Order No. %(number)s of %(day)s", number=version.order_no, day=day))


def _order(plan: PlanView, name: str) -> str:
    """Return the order that put a version in force: whose plan, on what ground, from when, with what."""
    version = plan.version
    return render_template(
        "plans/documents/order.html",
        lang=str(get_locale()),
        name=name,
        school=organisation_names(read_session(), [plan.org_id]).get(plan.org_id, ""),
        person=person_card(read_session(), plan.person_id),
        plan=plan,
        rows=[row[:-1] for row in table_of(plan)["rows"]],
        head=table_of(plan)["head"][:-1],
        since=version.effective_from or version.order_date,
        director=words.role_word(ApprovalRole.DIRECTOR),
    )


def _printed(plan: PlanView, name: str) -> str:
    person = person_card(read_session(), plan.person_id)
    version = plan.version
    facts = [
        (_("Student"), person.name),
        (_("Programme"), f"{words.kind_word(plan.kind)}, {_('Grade %(grade)s', grade=plan.grade)}"),
        (_("Basis"), plan.basis),
        (_("State"), words.plan_badge(version.state)["text"]),
        (_("Hours"), words.hours_words(plan.hours)),
    ]
    if version.order_no and version.order_date:
        day = format_date(version.order_date, "d MMMM y")
        facts.append((_("Order"), _("Order No. %(number)s of %(day)s", number=version.order_no, day=day)))
    changes = queries.version_changes(read_session(), version.id)
    table = table_of(plan)
    return render_template(
        "plans/documents/plan.html",
        lang=str(get_locale()),
        name=name,
        facts=facts,
        head=table["head"][:-1],
        rows=[row[:-1] for row in table["rows"]],
        lines=change_lines(read_session(), changes, plan.curriculum.period_kind),
        signatures=signature_lines(plan),
        items_hash=version.items_hash,
        is_signed=version.state not in {PlanState.DRAFT, PlanState.VARIANT},
    )


# --- the calendar -----------------------------------------------------------------------------------------------


@blueprint.route("/plans/<uuid:plan_id>/calendar", methods=["GET", "POST"])
@access("plans.read")
def calendar(plan_id: UUID) -> Response | str:
    """Give the reader a secret calendar address of the plan, or end it; the address is shown once."""
    head = plan_head(read_session(), plan_id)
    authorise("plans.read", reach_of(head))
    address = ""
    if request.method == "POST" and request.form.get("do") == "revoke":
        with unit_of_work() as uow:
            service.revoke_feed(uow, plan_id=plan_id)
        flash_ok(_("The address is ended. Calendars that used it get nothing more."))
        return see_other("plans.calendar", plan_id=plan_id)
    if request.method == "POST":
        with unit_of_work() as uow:
            token = service.open_feed(uow, plan_id=plan_id)
        address = url_for("plans.feed", token=token, _external=True)
    actor = current_actor()
    assert actor.person_id is not None
    return render_template(
        "plans/calendar.html",
        plan=head,
        person=person_card(read_session(), head.person_id),
        voice=voice_of(read_session(), actor, head.person_id, runtime().clock.now()),
        address=address,
        has_feed=bool(address) or has_feed(read_session(), actor.person_id, head.person_id),
    )


@blueprint.get("/calendar/<token>.ics")
@access("core.public")
def feed(token: str) -> Response:
    """Give the dates of a plan to a calendar program that knows the secret address.

    Whoever asked for the address must still be allowed to read the plan; otherwise there is nothing here.
    """
    session, now = read_session(), runtime().clock.now()
    owner = feed_of(session, token)
    plan = None if owner is None else queries.active_plan(session, owner.person_id, today())
    if owner is None or plan is None:
        raise NotFound("plans.no_plan")
    reader = Actor("person", owner.reader_id, roles=roles_of(session, owner.reader_id, now))
    if not runtime().policy.can(session, reader, "plans.read", reach_of(plan)):
        raise NotFound("plans.no_plan")
    name = f"{_('Study plan')}: {person_card(session, plan.person_id).short_name}"
    text = as_calendar(name, feed_entries(session, plan, _entry_words(plan.curriculum.period_kind)), now)
    response = make_response(text)
    response.headers["Content-Type"] = "text/calendar; charset=utf-8"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _entry_words(kind: PeriodKind) -> dict[str, Any]:
    """Return the sentences of the calendar's entries."""
    return {
        "deadline": lambda title: _("Finish: %(title)s", title=title),
        "exam": lambda title: _("Exam: %(title)s", title=title),
        "period": lambda number: _("End: %(period)s", period=words.period_word(number, kind)),
    }
