"""Read what a student may see of a checked question while the work runs: only what the review matrix allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.contracts import QuestionType
from lms.assessment.models import Attempt, BlueprintVersion, ResponseEvent
from lms.assessment.queries.attempts import HUNDREDTH, describe_key, explained
from lms.assessment.rules.blueprint import Plan
from lms.assessment.rules.conduct import Tried, fold_tries, shown_after_check
from lms.assessment.rules.items import mark_at_once
from lms.assessment.service.contents import questions_of
from lms.assessment.types import MarkStatus
from lms.core.registry import Registry

__all__ = ["CheckView", "check_view"]


@dataclass(frozen=True, slots=True)
class CheckView:
    """What the check of one question showed. Parts that the review matrix keeps back are None or empty."""

    tries_left: int
    is_closed: bool
    status: MarkStatus | None
    earned: Decimal | None
    points: Decimal
    notes: tuple[str, ...]
    hints: tuple[str, ...]
    correct: str | None
    explanation: str = ""


def hints_of(kind: QuestionType, content: Mapping[str, Any], seed: int) -> list[str]:
    """Return the hints of a question in the variant of a seed; a type that keeps them elsewhere has a method ``hints``."""
    own = getattr(kind, "hints", None)
    return [str(hint) for hint in (own(content, seed) if own is not None else content.get("hints", ()))]


def check_view(
    session: Session, types: Registry[QuestionType], attempt_id: UUID, slot: int
) -> CheckView | None:
    """Return what the checks of a question showed, or None while it has not been checked.

    Nobody waits for a slow marker here: what it marks is said to be marked later.
    """
    document = session.scalar(
        sa.select(BlueprintVersion.plan)
        .join(Attempt, Attempt.blueprint_version_id == BlueprintVersion.id)
        .where(Attempt.id == attempt_id)
    )
    item = next((each for each in questions_of(session, attempt_id) if each.slot == slot), None)
    kind = None if item is None else types.find(item.version.type)
    if document is None or item is None or kind is None:
        return None
    plan = Plan.from_document(document)
    events = session.scalars(
        sa.select(ResponseEvent).where(ResponseEvent.attempt_id == attempt_id, ResponseEvent.slot == slot)
    )
    tried = fold_tries(plan.conduct, events).get(slot, Tried())
    version, seed = item.version, item.variant_seed
    hints = hints_of(kind, version.content, seed)
    mark = partial(mark_at_once, kind, item.key.content, seed)
    shown = shown_after_check(plan.conduct, tried, frozenset(plan.review.during), hints, mark)
    if shown is None:
        return None
    earned = None if shown.earned is None else (shown.earned * item.points).quantize(HUNDREDTH, ROUND_HALF_UP)
    return CheckView(
        tries_left=shown.tries_left,
        is_closed=shown.is_closed,
        status=shown.status,
        earned=earned,
        points=item.points,
        notes=shown.notes,
        hints=shown.hints,
        correct=describe_key(types, item.key, seed) if shown.shows_key else None,
        explanation=explained(kind, item.key.content, seed) if shown.shows_key else "",
    )
