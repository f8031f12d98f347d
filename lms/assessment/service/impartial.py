"""Keep people from giving something to those who are close to them."""

from __future__ import annotations

from uuid import UUID

from lms.core.errors import Forbidden
from lms.core.uow import UnitOfWork
from lms.people.queries.persons import is_impartial

__all__ = ["require_impartial"]


def require_impartial(uow: UnitOfWork, person_id: UUID) -> None:
    """Raise Forbidden ``assessment.not_impartial`` for the student, a guardian, a brother or sister."""
    if not is_impartial(uow.session, uow.actor, person_id):
        raise Forbidden("assessment.not_impartial")
