"""Fill the form of a new item with the course or the outcome that was found."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import request

from lms.core.web import read_session
from lms.courses.queries import catalogue
from lms.curriculum.queries import curriculum_view
from lms.plans import words
from lms.plans.queries.offers import known_courses
from lms.plans.queries.plans import PlanView

__all__ = ["filled_values", "lightest_period"]


def filled_values(plan: PlanView) -> dict[str, Any]:
    """Return what the form of a new item is filled with: what was chosen in the search, else hardly anything."""
    values: dict[str, Any] = {"subject": request.args.get("subject", ""), "period": lightest_period(plan)}
    if course_id := request.args.get("course", type=UUID):
        return values | _own_course(plan, course_id)
    if external_id := request.args.get("external", type=UUID):
        return values | _external_course(plan, external_id)
    if outcome_id := request.args.get("outcome", type=UUID):
        return values | _outcome(plan, outcome_id)
    return values


def lightest_period(plan: PlanView) -> int:
    """Return the period with the fewest hours a week: there a new item does least harm."""
    load = plan.load or {}
    return min(load, key=lambda number: (load[number], number)) if load else 1


def _own_course(plan: PlanView, course_id: UUID) -> dict[str, Any]:
    card = next((row for row in catalogue(read_session(), [plan.org_id]) if row.id == course_id), None)
    if card is None:
        return {}
    hours = Decimal(max(1, round(card.est_minutes / 60)))
    return {
        "subject": card.subject,
        "title": card.title,
        "delivery": "own_course",
        "course_id": card.id,
        "hours": words.number(hours),
        "attestation_form": "current_marks",
    }


def _external_course(plan: PlanView, external_id: UUID) -> dict[str, Any]:
    row = next((c for c in known_courses(read_session(), plan.org_id) if c.id == external_id), None)
    if row is None:
        return {}
    return {
        "title": row.title,
        "delivery": "external",
        "external_course": f"{row.title}, {row.source}",
        "hours": words.number(row.hours),
        "attestation_form": "credit_test",
    }


def _outcome(plan: PlanView, outcome_id: UUID) -> dict[str, Any]:
    for module in curriculum_view(read_session(), plan.curriculum_id).items:
        for share in module.outcomes:
            if share.outcome_id == outcome_id:
                hours = words.number(share.hours)
                return {
                    "subject": module.subject,
                    "title": module.title,
                    "period": module.period,
                    "hours": hours,
                    f"outcome-{outcome_id}": hours,
                    "attestation_form": module.attestation_form.value,
                    "delivery": "home",
                }
    return {}
