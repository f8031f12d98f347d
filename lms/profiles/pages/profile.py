"""Show a digital profile, answer "why" for each of its rows, and show who looked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template
from flask_babel import gettext
from werkzeug.wrappers import Response

from lms.assessment import queries as assessment
from lms.assessment.queries import ResultView
from lms.core.contracts import BasisRef
from lms.core.errors import NotFound
from lms.core.web import (
    access,
    authorise,
    current_actor,
    log_look,
    page_number,
    read_session,
    runtime,
    see_other,
)
from lms.core.web.dates import format_date, format_decimal
from lms.people import queries as people
from lms.plans import queries as plans
from lms.profiles import queries
from lms.profiles.types import CompetencyRow, OutcomeGrade

__all__ = ["action_words", "blueprint"]

#: So many axes a web of competencies has at least and at most.
FEWEST_AXES, MOST_AXES = 3, 8

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
    log_look("profiles.view", person_id, "profile", person_id)
    session = read_session()
    found = queries.competencies(session, person_id)
    results = assessment.results_for(session, current_actor(), person_id, runtime().clock.now())
    return render_template(
        "profiles/profile.html",
        person=people.person_card(session, person_id),
        is_own=current_actor().person_id == person_id,
        competencies=found,
        results=results,
        web=_web(found),
        tally=_tally(found),
        row_bars=_bars(results),
        credits=[row for row in plans.credit_cases_of(session, person_id) if row.verdict is not None],
        may_see_log=runtime().policy.can(session, current_actor(), "profiles.access_log", person_id),
    )


def grade_words() -> dict[OutcomeGrade, str]:
    """Return the levels in words, the highest first."""
    return {
        OutcomeGrade.HIGH: gettext("High"),
        OutcomeGrade.SURE: gettext("Sure"),
        OutcomeGrade.BASIC: gettext("Basic"),
        OutcomeGrade.BEGINNING: gettext("Beginning"),
    }


def _web(found: Sequence[CompetencyRow]) -> list[dict[str, Any]]:
    """Return the axes of the picture of levels; a picture is worth it from three competencies to eight."""
    words = grade_words()
    rows = [
        {"label": row.statement, "value": row.share or 0, "text": words[row.grade]}
        for row in found
        if row.grade is not None
    ]
    return rows if MOST_AXES >= len(rows) >= FEWEST_AXES else []


def _tally(found: Sequence[CompetencyRow]) -> list[dict[str, Any]]:
    """Return how many competencies stand at each level, where they are too many for one picture."""
    counts = Counter(row.grade for row in found if row.grade is not None)
    if counts.total() <= MOST_AXES:
        return []
    return [
        {"label": word, "value": counts[grade], "text": str(counts[grade])}
        for grade, word in grade_words().items()
    ]


def _bars(results: Sequence[ResultView]) -> list[dict[str, Any]]:
    """Return the results that count now one after another, as shares of the points; one alone needs no picture."""
    rows = [
        {
            "label": f"{row.title}, {format_date(row.released_at, 'd MMMM y')}",
            "value": row.score,
            "text": f"{format_decimal(round(row.score * 100))} %",
        }
        for row in results
        if row.released_at is not None and row.state.value != "suspended"
    ]
    return rows if len(rows) > 1 else []


@blueprint.get("/profile/<uuid:person_id>/why/<string:kind>/<uuid:fact_id>")
@access("profiles.view")
def why(person_id: UUID, kind: str, fact_id: UUID) -> str:
    """Show the chain behind one fact, down to the identity check."""
    authorise("profiles.view", person_id)
    session = read_session()
    chain = queries.chain_of(session, runtime().registries, BasisRef(kind, fact_id), person_id)
    if not chain:
        raise NotFound("profiles.no_fact")
    log_look("profiles.why", person_id, "profile", person_id)
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
        words=action_words,
    )


def action_words(code: str) -> str:
    """Word what somebody wanted to see or do; an act without words of its own is named by the part it belongs to."""
    exact = {
        "people.support_read": gettext("support plan"),
        "people.see_consents": gettext("a signed consent"),
        "plans.read": gettext("the study plan"),
        "credit.view": gettext("an application for credit and its documents"),
        "proctoring.evidence": gettext("pictures of a sitting"),
        "proctoring.review": gettext("a sitting under review"),
        "proctoring.decide_identity": gettext("an identity check"),
        "proctoring.approve_sample": gettext("the sample for recognition"),
        "profiles.portfolio": gettext("the portfolio"),
        "profiles.why": gettext("the reasons behind a row"),
        "profiles.access_log": gettext("this list"),
        "assessment.mark": gettext("answers to be marked"),
        "assessment.admit": gettext("admission to an exam, its time"),
        "assessment.see_result": gettext("exam results"),
    }
    parts = {
        "assessment": gettext("exams and their results"),
        "courses": gettext("progress in courses"),
        "credit": gettext("an application for credit"),
        "people": gettext("personal records"),
        "plans": gettext("the study plan"),
        "proctoring": gettext("identity checks and sittings"),
        "profiles": gettext("the digital profile"),
    }
    return str(exact.get(code) or parts.get(code.partition(".")[0], gettext("other records")))
