"""Show a digital profile, answer "why" for each of its rows, and show who looked."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template
from flask_babel import gettext
from werkzeug.wrappers import Response

from lms.assessment import queries as assessment
from lms.core.contracts import BasisRef
from lms.core.errors import NotFound
from lms.core.web import (
    access,
    authorise,
    current_actor,
    page_number,
    read_session,
    runtime,
    see_other,
    unit_of_work,
)
from lms.people import queries as people
from lms.plans import queries as plans
from lms.profiles import queries

__all__ = ["blueprint"]

blueprint = Blueprint("profiles", __name__, template_folder="../templates")


@blueprint.get("/profile")
@access("profiles.view")
def own() -> Response:
    """Go to one's own profile."""
    return see_other("profiles.profile", person_id=current_actor().person_id)


@blueprint.get("/profile/<uuid:person_id>")
@access("profiles.view")
def profile(person_id: UUID) -> str:
    """Show competencies with evidence, results and credits; every row answers "why"."""
    authorise("profiles.view", person_id)
    _log_look("profiles.view", person_id)
    session = read_session()
    return render_template(
        "profiles/profile.html",
        person=people.person_card(session, person_id),
        is_own=current_actor().person_id == person_id,
        competencies=queries.competencies(session, person_id),
        results=assessment.results_of(session, person_id),
        credits=[row for row in plans.credit_cases_of(session, person_id) if row.verdict is not None],
        may_see_log=runtime().policy.can(session, current_actor(), "profiles.access_log", person_id),
    )


@blueprint.get("/profile/<uuid:person_id>/why/<string:kind>/<uuid:fact_id>")
@access("profiles.view")
def why(person_id: UUID, kind: str, fact_id: UUID) -> str:
    """Show the chain behind one fact, down to the identity check."""
    authorise("profiles.view", person_id)
    session = read_session()
    chain = queries.chain_of(session, runtime().registries, BasisRef(kind, fact_id), person_id)
    if not chain:
        raise NotFound("profiles.no_fact")
    _log_look("profiles.why", person_id)
    session = read_session()
    return render_template(
        "profiles/why.html",
        person=people.person_card(session, person_id),
        is_own=current_actor().person_id == person_id,
        chain=chain,
        names=people.person_cards(session, [node.step.actor_id for node in chain]),
    )


@blueprint.get("/profile/why/<string:kind>/<uuid:fact_id>")
@access("profiles.view")
def why_fact(kind: str, fact_id: UUID) -> Response:
    """Lead from a fact alone to the chain of the person whom it is about."""
    subject_id = queries.subject_of(read_session(), runtime().registries, BasisRef(kind, fact_id))
    if subject_id is None:
        raise NotFound("profiles.no_fact")
    authorise("profiles.view", subject_id)
    return see_other("profiles.why", person_id=subject_id, kind=kind, fact_id=fact_id)


@blueprint.get("/profile/<uuid:person_id>/access")
@access("profiles.access_log")
def access_log(person_id: UUID) -> str:
    """Show who looked at a person's records, newest first."""
    authorise("profiles.access_log", person_id)
    session = read_session()
    return render_template(
        "profiles/access_log.html",
        person=people.person_card(session, person_id),
        is_own=current_actor().person_id == person_id,
        page=queries.access_log(session, person_id, page_number()),
        words=_action_words(),
    )


def _action_words() -> dict[str, str]:
    """Word the actions that people meet in their access log."""
    return {
        "profiles.view": gettext("the digital profile"),
        "profiles.why": gettext("the reasons behind a row"),
    }


def _log_look(action: str, person_id: UUID) -> None:
    """Write the look into the access log before the page is shown (one's own looks are not logged)."""
    if current_actor().person_id == person_id:
        return
    with unit_of_work() as uow:
        uow.log_access(action, person_id, "profile", person_id, outcome="shown")
