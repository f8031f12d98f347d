"""What a school asks for in its sittings: seen and set by its heads, for everything or for one exam plan."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from flask_babel import format_decimal, format_percent, gettext
from werkzeug.wrappers import Response

from lms.assessment import queries as assessment
from lms.core.errors import InvalidInput, NotFound
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
from lms.core.web.problems import error_texts
from lms.people import queries as people
from lms.proctoring import queries, service
from lms.proctoring.availability import faces_missing
from lms.proctoring.rules.rates import LEAST_TRIALS
from lms.proctoring.schemas import PolicySchema
from lms.proctoring.types import IdentityMethod, Monitoring, SupervisionPolicy
from lms.proctoring.words import (
    declared_word,
    device_word,
    kind_word,
    level_word,
    method_word,
    monitoring_word,
    step_word,
)

__all__ = ["blueprint"]

blueprint = Blueprint("supervision", __name__, template_folder="../templates", url_prefix="/supervision")


def _titles(org_id: UUID) -> dict[UUID, str]:
    """Return the organisation's exam plans by id."""
    return {card.id: card.title for card in assessment.blueprints_of(read_session(), [org_id])}


@blueprint.get("")
@access("proctoring.set_policy")
def index() -> str:
    """Show what holds in each of the reader's schools, and what held before."""
    session, now = read_session(), runtime().clock.now()
    schools = []
    names = people.organisation_names(session, current_actor().orgs_as("director", "deputy_head"))
    for org_id, name in names.items():
        history = queries.policy_history(session, org_id)
        late = queries.late_reviews(session, [org_id], now, current_actor().person_id)
        newest = {view.blueprint_id: view for view in reversed(history)}
        schools.append(
            {
                "id": org_id,
                "name": name,
                "titles": _titles(org_id),
                "default": newest.pop(None, None),
                "own": list(newest.values()),
                "history": history,
                "late": late,
                # Who reviews here, too, learns from no list that somebody gave an opinion before.
                "shows_steps": org_id not in current_actor().orgs_as("reviewer"),
                "short": queries.short_reviews(session, [org_id], now),
            }
        )
    return render_template(
        "proctoring/supervision.html",
        schools=schools,
        faces_missing=faces_missing(runtime()),
        may_reinstate=runtime().policy.allows_role(current_actor(), "proctoring.reinstate"),
        nothing=SupervisionPolicy(),
        level_word=level_word,
        method_word=method_word,
        monitoring_word=monitoring_word,
        step_word=step_word,
    )


def _form_page(org_id: UUID, blueprint_id: UUID | None, form: Form) -> str:
    authorise("proctoring.set_policy", org_id)
    titles = _titles(org_id)
    if blueprint_id is not None and blueprint_id not in titles:
        raise NotFound("proctoring.no_blueprint")
    session = read_session()
    found = queries.policy_version(session, org_id, blueprint_id) or queries.policy_version(
        session, org_id, None
    )
    return render_template(
        "proctoring/supervision_set.html",
        org_id=org_id,
        blueprint_id=blueprint_id,
        title=titles[blueprint_id] if blueprint_id else "",
        values=form.values or _values(found or SupervisionPolicy()),
        errors=form.errors,
        levels=[{"value": n, "text": level_word(n), "hint": _hints()[n]} for n in range(4)],
        ways=[{"value": m.value, "text": _capital(method_word(m))} for m in IdentityMethod],
        watching=[{"value": m.value, "text": monitoring_word(m)} for m in Monitoring],
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _hints() -> tuple[str, ...]:
    return (
        gettext("For practice and everyday work."),
        gettext("For example a one-time code."),
        gettext("The student picks any way that is offered; all are equal."),
        gettext("Somebody without a camera or a consent picks an equal way in which a person decides."),
    )


def _values(policy: SupervisionPolicy) -> dict[str, Any]:
    return {
        "level": policy.level,
        "methods": [method.value for method in policy.methods or tuple(IdentityMethod)],
        "monitoring": policy.monitoring.value,
        "cadence_s": policy.cadence_s,
        "needs_seb": policy.needs_seb,
    }


@blueprint.get("/<uuid:org_id>/errors")
@access("proctoring.set_policy")
def errors(org_id: UUID) -> str:
    """Show how often comparing, finding and reviewing erred in a school."""
    authorise("proctoring.set_policy", org_id)
    session = read_session()
    return render_template(
        "proctoring/errors.html",
        name=people.organisation_names(session, [org_id])[org_id],
        report=queries.error_report(session, org_id),
        least=LEAST_TRIALS,
        number=lambda value: format_decimal(value, "0.00"),
        percent=lambda share: format_percent(share, "0.0\u00a0%"),
        device_word=device_word,
        declared_word=declared_word,
        kind_word=kind_word,
    )


@blueprint.get("/<uuid:org_id>")
@access("proctoring.set_policy")
def show(org_id: UUID) -> str:
    """Show the form with what holds now, for everything or for one exam plan (``?blueprint_id=``)."""
    return _form_page(org_id, request.args.get("blueprint_id", None, UUID), Form())


@blueprint.post("/<uuid:org_id>")
@access("proctoring.set_policy")
def set_policy(org_id: UUID) -> Response | tuple[str, int]:
    """Set a new version; sittings that run keep what they began with."""
    form = load_form(PolicySchema())
    blueprint_id: UUID | None = form.data.get("blueprint_id")
    if form.is_valid and not form.data["methods"] and form.data["level"]:
        form.fail("methods", gettext("Choose at least one way."))
    if form.is_valid:
        chosen = [IdentityMethod(name) for name in form.data["methods"]]
        try:
            with unit_of_work() as uow:
                service.set_policy(
                    uow,
                    org_id,
                    level=form.data["level"],
                    monitoring=Monitoring(form.data["monitoring"]),
                    cadence_s=form.data["cadence_s"],
                    methods=chosen if len(chosen) < len(IdentityMethod) else (),
                    blueprint_id=blueprint_id,
                    needs_seb=form.data["needs_seb"],
                )
            flash_ok(gettext("The rule is set. Sittings that run keep what they began with."))
            return see_other("supervision.index")
        except InvalidInput as error:
            form.take(error, error_texts())
    return _form_page(org_id, blueprint_id, form), 422
