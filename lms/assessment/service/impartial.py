"""Keep people from giving something to those who are close to them."""

from __future__ import annotations

from collections.abc import Iterable, Set
from uuid import UUID

from lms.core.errors import Forbidden
from lms.core.uow import UnitOfWork
from lms.people.queries.persons import family_of, is_impartial

__all__ = ["close_among", "require_impartial", "require_impartial_among"]


def require_impartial(uow: UnitOfWork, person_id: UUID) -> None:
    """Raise Forbidden ``assessment.not_impartial`` for the student, a guardian, a brother or sister."""
    if not is_impartial(uow.session, uow.actor, person_id):
        raise Forbidden("assessment.not_impartial")


def require_impartial_among(uow: UnitOfWork, person_ids: Set[UUID]) -> None:
    """Raise Forbidden ``assessment.not_impartial`` when the actor, or somebody close to the actor, is among them."""
    actor = uow.actor.person_id
    if actor is not None and ({actor} | family_of(uow.session, actor)) & person_ids:
        raise Forbidden("assessment.not_impartial")


def close_among(uow: UnitOfWork, judges: Iterable[UUID], person_ids: Set[UUID]) -> bool:
    """Tell whether one of those who are to judge is among the people, or their parent, child, brother or sister."""
    return any(({judge} | family_of(uow.session, judge)) & person_ids for judge in judges)
