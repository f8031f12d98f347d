"""Hand out the next question or the next part where there is no way back.

Where the questions follow from the answers (an adaptive work), the next one is chosen here, when the one before was saved.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.models import Attempt, AttemptItem, ResponseEvent
from lms.assessment.rules.adaptive import Adaptive, ability, is_enough, next_item
from lms.assessment.rules.blueprint import (
    FormItem,
    Part,
    Plan,
    PlannedItem,
    form_hash,
    form_item,
    lay_out,
)
from lms.assessment.service.clock import part_end
from lms.assessment.service.contents import contents_of, keys_for, questions_of
from lms.assessment.service.locks import locked_attempt
from lms.assessment.service.marking import mark_answers, plan_of
from lms.assessment.service.sealing import events_of
from lms.assessment.types import AttemptState, OperationKind
from lms.core.db import insert_rows
from lms.core.errors import Conflict
from lms.core.ids import new_id
from lms.core.uow import UnitOfWork

__all__ = ["first_form", "go_on", "next_part", "start_part", "write_form"]


def first_form(plan: Plan, seed: int) -> list[FormItem]:
    """Return what a form begins with: all questions, or the first one of an adaptive work."""
    if plan.adaptive is None:
        return lay_out(plan, seed)
    chosen = next_item(plan.adaptive, plan.draws, (), 0.0, seed)
    return [] if chosen is None else [form_item(seed, 1, PlannedItem(*chosen))]


def write_form(session: Session, attempt_id: UUID, form: Sequence[FormItem]) -> None:
    """Write questions of an attempt; a key that was put right in its session marks them, too."""
    keys = keys_for(session, attempt_id)
    rows = [
        {
            "id": new_id(),
            "attempt_id": attempt_id,
            "slot": item.slot,
            "item_version_id": item.item_version_id,
            "key_version_id": keys.get(item.item_version_id),
            "variant_seed": item.variant_seed,
            "points": item.points,
        }
        for item in form
    ]
    insert_rows(session, AttemptItem, rows)


def go_on(uow: UnitOfWork, attempt_id: UUID, slot: int) -> int:
    """Hand out the next question where there is no way back, and return the first that can be answered now.

    The question before must have been saved (an empty answer is one, too); what is sent to it from now on is kept, but
    counts only when a teacher says so. Anything else changes nothing; the next part is opened by `next_part` alone.
    """
    attempt = locked_attempt(uow.session, attempt_id)
    uow.require("assessment.sit", attempt)
    is_next = 0 < attempt.reached == attempt.reached_to == slot - 1 < attempt.item_count
    if attempt.state is not AttemptState.IN_PROGRESS or not is_next or not _is_saved(uow.session, attempt):
        return attempt.reached
    plan = plan_of(uow.session, attempt)
    if any(part.first == slot for part in plan.parts()):
        return attempt.reached
    if plan.adaptive is None or _add_question(uow, attempt, plan, plan.adaptive):
        attempt.reached = attempt.reached_to = slot
    return attempt.reached


def _is_saved(session: Session, attempt: Attempt) -> bool:
    """Tell whether the question reached has an answer."""
    found = sa.exists().where(
        ResponseEvent.attempt_id == attempt.id,
        ResponseEvent.slot == attempt.reached,
        ResponseEvent.kind.in_((OperationKind.ANSWER, OperationKind.CHECK)),
    )
    return bool(session.scalar(sa.select(found)))


def _add_question(uow: UnitOfWork, attempt: Attempt, plan: Plan, adaptive: Adaptive) -> bool:
    """Choose the next question by the answers so far; False when enough is known, so that the work has no more."""
    questions = questions_of(uow.session, attempt.id)
    events = events_of(uow.session, attempt.id)
    marked = mark_answers(uow.plugins(QUESTION_TYPES), questions, events, None)
    answers = [
        (adaptive.scale[item.version.id], found.fraction)
        for item, found, _grader in marked
        if found.fraction is not None
    ]
    now, given = ability(answers), [item.version.id for item in questions]
    chosen = next_item(adaptive, plan.draws, given, now.theta, attempt.seed, plan.pairs)
    if chosen is None or is_enough(adaptive, len(given), now):
        attempt.item_count = len(given)
        return False
    added = form_item(attempt.seed, len(given) + 1, PlannedItem(*chosen))
    write_form(uow.session, attempt.id, [added])
    form = [FormItem(q.slot, q.version.id, q.variant_seed, q.points) for q in questions] + [added]
    contents = contents_of(uow.session, (item.item_version_id for item in form))
    attempt.form_hash = form_hash(form, {key: kept.content_hash for key, kept in contents.items()})
    return True


def next_part(uow: UnitOfWork, attempt_id: UUID, number: int) -> int:
    """Close a part and open part ``number`` with a clock of its own; return the first question that is open now.

    Opening it again changes nothing. Raises Conflict ``assessment.not_running``, ``assessment.no_part``.
    """
    attempt = locked_attempt(uow.session, attempt_id)
    uow.require("assessment.sit", attempt)
    if attempt.state is not AttemptState.IN_PROGRESS:
        raise Conflict("assessment.not_running")
    plan = plan_of(uow.session, attempt)
    part = next((each for each in plan.parts() if each.number == number), None)
    if part is None or attempt.reached_to < _before(plan, part):
        raise Conflict("assessment.no_part")
    if attempt.reached < part.first:
        start_part(uow, attempt, plan, part)
    return attempt.reached


def _before(plan: Plan, part: Part) -> int:
    """Return the first slot of the part before: only from there one goes on to this one."""
    return next((each.first for each in plan.parts() if each.number == part.number - 1), 0)


def start_part(uow: UnitOfWork, attempt: Attempt, plan: Plan, part: Part) -> None:
    """Let the questions of a part be answered from now on; a part with a limit gets its clock."""
    attempt.reached = part.first
    attempt.reached_to = part.first if plan.is_stepwise else part.last
    attempt.part_started_at, attempt.part_ends_at = uow.now(), None
    attempt.part_ends_at = part_end(uow.session, attempt, uow.now())
