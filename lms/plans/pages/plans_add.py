"""Add to a draft by search: modules, own and external courses, outcomes of the curriculum."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.core.errors import Conflict, NotFound
from lms.core.web import access, flash_ok, load_form, read_session, see_other, unit_of_work
from lms.courses.queries import catalogue
from lms.curriculum.queries import curriculum_view, outcome_views
from lms.curriculum.types import CurriculumItemView
from lms.people.queries import person_card
from lms.plans import service, words
from lms.plans.pages.plans import blueprint, open_for
from lms.plans.pages.plans_build import WRITTEN, stale
from lms.plans.queries.offers import known_courses
from lms.plans.queries.plans import PlanView
from lms.plans.schemas.plans import RevisionSchema
from lms.plans.service.plans.templates import key_of
from lms.plans.types.plans import Delivery

__all__ = ["add"]

#: How many finds of a kind are shown; a longer word finds less.
MOST = 20


@blueprint.route("/plans/versions/<uuid:version_id>/add", methods=["GET", "POST"])
@access("plans.edit")
def add(version_id: UUID) -> Response | str | tuple[str, int]:
    """Find a module, a course or an outcome and add it."""
    plan = open_for(version_id, "plans.edit")
    if plan.version.state not in WRITTEN:
        return see_other("plans.version", version_id=version_id)
    if request.method == "POST":
        return _add(version_id)
    text = request.args.get("q", "").strip()[:80]
    subject = request.args.get("subject", "")
    modules = curriculum_view(read_session(), plan.curriculum_id).items
    return render_template(
        "plans/add.html",
        plan=plan,
        person=person_card(read_session(), plan.person_id),
        modules=_modules(plan, modules, text, subject),
        courses=_courses(plan, text, subject),
        outcomes=_outcomes(plan, modules, text, subject) if text else [],
        text=text,
        subject=subject,
    )


def _fits(text: str, subject: str, own_subject: str, *where: str) -> bool:
    """Tell whether every word of ``text`` stands in one of the places, the subject's name among them."""
    if subject and own_subject != subject:
        return False
    heap = " ".join([*where, words.subject_word(own_subject)]).casefold()
    return all(word in heap for word in text.casefold().split())


def _modules(
    plan: PlanView, modules: tuple[CurriculumItemView, ...], text: str, subject: str
) -> list[dict[str, Any]]:
    there = {item.stable_key for item in plan.items}
    return [
        {"module": module, "is_there": key_of(module) in there}
        for module in modules
        if _fits(text, subject, module.subject, module.title)
    ]


def _courses(plan: PlanView, text: str, subject: str) -> list[dict[str, Any]]:
    """Return courses of the school, then those of others that the school knows; each leads to a form filled with it."""
    found = [
        {
            "title": card.title,
            "subject": card.subject,
            "detail": words.delivery_word(Delivery.OWN_COURSE),
            "href": _form_url(plan, "course", card.id),
        }
        for card in catalogue(read_session(), [plan.org_id])
        if _fits(text, subject, card.subject, card.title, card.summary)
    ]
    if subject:
        return found[:MOST]  # a course of another house has no school subject of its own
    found += [
        {
            "title": row.title,
            "subject": "",
            "detail": f"{row.source} · {words.hours_words(row.hours)}",
            "href": _form_url(plan, "external", row.id),
        }
        for row in known_courses(read_session(), plan.org_id)
        if text and _fits(text, "", "", row.title, row.source)
    ]
    return found[:MOST]


def _outcomes(
    plan: PlanView, modules: tuple[CurriculumItemView, ...], text: str, subject: str
) -> list[dict[str, Any]]:
    """Return the outcomes of the curriculum that fit, with the hours planned and whether the plan has them."""
    views = outcome_views(read_session(), [share.outcome_id for m in modules for share in m.outcomes])
    planned = {row.outcome_id for item in plan.items for row in item.outcomes}
    found = []
    for module in modules:
        for share in module.outcomes:
            view = views.get(share.outcome_id)
            if view is not None and _fits(text, subject, module.subject, view.statement, view.code):
                found.append(
                    {
                        "title": view.statement,
                        "subject": module.subject,
                        "detail": f"{module.title} · {words.hours_words(share.hours)}",
                        "is_there": share.outcome_id in planned,
                        "href": _form_url(plan, "outcome", share.outcome_id),
                    }
                )
    return found[:MOST]


def _form_url(plan: PlanView, what: str, key: UUID) -> str:
    return f"{url_for('plans.new_item', version_id=plan.version.id)}?{what}={key}"


def _add(version_id: UUID) -> Response | tuple[str, int]:
    module_id = request.form.get("module", type=UUID)
    if module_id is None:
        raise NotFound("plans.no_item")
    form = load_form(RevisionSchema())
    try:
        with unit_of_work() as uow:
            receipt = service.add_from_curriculum(
                uow,
                version_id=version_id,
                curriculum_item_id=module_id,
                revision=form.data.get("revision"),
            )
    except Conflict as error:
        return stale(error, version_id)
    flash_ok(_("Added to the plan."))
    return see_other("plans.build", version_id=version_id, _anchor=receipt.stable_key)
