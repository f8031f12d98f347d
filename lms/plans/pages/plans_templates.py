"""Make templates from approved curricula and bring drafts up to date with them."""

from __future__ import annotations

from uuid import UUID

from flask import render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.core.errors import InvalidInput
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
from lms.core.web.problems import error_texts
from lms.curriculum.queries import curriculum_view, newest_curricula
from lms.plans import service
from lms.plans.pages.plans import blueprint
from lms.plans.queries import plans as queries
from lms.plans.schemas.plans import TemplateSchema

__all__ = ["recompute", "templates"]


def _orgs() -> set[UUID]:
    return current_actor().orgs_as("director", "deputy_head")


@blueprint.route("/plans/templates", methods=["GET", "POST"])
@access("plans.templates")
def templates() -> Response | str | tuple[str, int]:
    """List the school's templates and make one from an approved curriculum."""
    form = load_form(TemplateSchema()) if request.method == "POST" else Form()
    if request.method == "POST" and form.is_valid:
        try:
            with unit_of_work() as uow:
                org_id = curriculum_view(uow.session, form.data["curriculum_id"]).org_id
                service.create_template(uow, org_id=org_id, **form.data)
            flash_ok(_("The template is ready: plans can begin with it."))
            return see_other("plans.templates")
        except InvalidInput as error:
            form.take(error, error_texts())
    session = read_session()
    curricula = [row for org_id in sorted(_orgs()) for row in newest_curricula(session, org_id)]
    page = render_template(
        "plans/templates.html",
        templates=queries.templates_for(session, _orgs()),
        curricula=[(row.id, f"{row.title}, {row.year}") for row in curricula],
        values=form.values,
        errors=form.errors,
    )
    return (page, 422) if form.errors else page


@blueprint.post("/plans/templates/<uuid:template_id>/recompute")
@access("plans.templates")
def recompute(template_id: UUID) -> Response:
    """Have every draft made from a template brought up to date; the page that follows shows how far it is."""
    with unit_of_work() as uow:
        bulk_id = service.begin_drafts(uow, template_id=template_id)
    return see_other("plans.bulk_work", bulk_id=bulk_id)
