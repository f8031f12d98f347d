"""Open a short check of a few outcomes for one person, drawn from the questions that are ready for them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.contracts import QUESTION_TYPES, QuestionType
from lms.assessment.models import Attempt, Entry, Item, ItemVersion, Result
from lms.assessment.rules.blueprint import Plan, Section
from lms.assessment.rules.drawing import Draw
from lms.assessment.service.blueprints import create_blueprint
from lms.assessment.service.results import release_result
from lms.assessment.service.sessions import admit, create_session
from lms.assessment.types import ItemState, MarkScale, ResultState, SessionKind
from lms.core.errors import Conflict
from lms.core.registry import Registry
from lms.core.uow import UnitOfWork

__all__ = ["OutcomeCheck", "open_outcome_check", "questions_for", "release_check", "release_waiting_checks"]

#: So many questions of each outcome at most, and so many minutes for each.
EACH, MINUTES = 3, 3


@dataclass(frozen=True, slots=True)
class OutcomeCheck:
    """A session for one person, and which outcomes it asks about."""

    session_id: UUID
    outcomes: tuple[UUID, ...]


def questions_for(
    session: Session, kinds: Registry[QuestionType], org_id: UUID, outcome_ids: Iterable[UUID]
) -> dict[UUID, tuple[UUID, ...]]:
    """Return the ready questions that a machine marks, by outcome; a question stands under one outcome only.

    Of outcomes that share questions, the one with fewer of its own chooses first. An outcome without questions is absent.
    """
    wanted = {str(outcome_id): outcome_id for outcome_id in outcome_ids}
    newest: dict[UUID, ItemVersion] = {}
    rows = session.scalars(
        sa.select(ItemVersion)
        .join(Item, Item.id == ItemVersion.item_id)
        .where(Item.org_id == org_id, ItemVersion.state == ItemState.READY)
        .order_by(ItemVersion.item_id, ItemVersion.number)
    )
    for version in rows:
        kind = kinds.find(version.type)
        if (
            wanted.keys() & set(version.outcome_ids)
            and kind is not None
            and kind.correct_answer(version.content) is not None
        ):
            newest[version.item_id] = version
    by_outcome = {
        outcome_id: [v.id for v in newest.values() if text in v.outcome_ids]
        for text, outcome_id in wanted.items()
    }
    found: dict[UUID, tuple[UUID, ...]] = {}
    taken: set[UUID] = set()
    for outcome_id, versions in sorted(by_outcome.items(), key=lambda one: (len(one[1]), one[0])):
        free = tuple(version for version in versions if version not in taken)[: EACH * 3]
        if free:
            found[outcome_id] = free
            taken.update(free)
    return found


def open_outcome_check(
    uow: UnitOfWork,
    *,
    org_id: UUID,
    person_id: UUID,
    title: str,
    subject: str,
    outcome_ids: Iterable[UUID],
    reference: str,
    closes_at: datetime,
) -> OutcomeCheck | None:
    """Open a diagnostic session with a few questions of each outcome and put the person on its roster.

    ``reference`` comes back with the result. Returns None when no question is ready for any of the outcomes.
    """
    pools = questions_for(uow.session, uow.plugins(QUESTION_TYPES), org_id, outcome_ids)
    if not pools:
        return None
    draws = tuple(Draw(min(EACH, len(pool)), pool) for _outcome, pool in sorted(pools.items()))
    minutes = MINUTES * sum(draw.count for draw in draws)
    plan = Plan(sections=(Section(title, draws=draws),), base_minutes=minutes)
    version_id = create_blueprint(
        uow, org_id=org_id, title=title, subject=subject, plan=plan, mark_scale=MarkScale.PASS_FAIL
    )
    session_id = create_session(
        uow, org_id, SessionKind.DIAGNOSTIC, version_id, uow.now(), closes_at, title=title
    )
    admit(uow, session_id, person_id, reference)
    return OutcomeCheck(session_id, tuple(sorted(pools)))


def release_check(uow: UnitOfWork, attempt_id: UUID, prefix: str) -> None:
    """Let the result of a check count as soon as a machine has marked it: nobody has to read choices.

    Only of rosters whose reference begins with ``prefix``; what something keeps back waits for people like any other result.
    """
    result_id = uow.session.scalar(
        sa.select(Result.id)
        .join(Attempt, Attempt.id == Result.attempt_id)
        .join(Entry, Entry.id == Attempt.entry_id)
        .where(Attempt.id == attempt_id, Entry.reference.startswith(prefix, autoescape=True))
    )
    if result_id is not None:
        with contextlib.suppress(Conflict):
            release_result(uow, result_id)


def release_waiting_checks(uow: UnitOfWork, prefix: str) -> int:
    """Let the results of checks count that were kept back when they were marked and are not any more; return how many.

    A sitting that people had to look at first is such a case: nobody announces that they have.
    """
    waiting = uow.session.scalars(
        sa.select(Result.id)
        .join(Attempt, Attempt.id == Result.attempt_id)
        .join(Entry, Entry.id == Attempt.entry_id)
        .where(Result.state == ResultState.PROPOSED, Entry.reference.startswith(prefix, autoescape=True))
        .order_by(Result.id)
    ).all()
    released = 0
    for result_id in waiting:
        with contextlib.suppress(Conflict):
            release_result(uow, result_id)
            released += 1
    return released
