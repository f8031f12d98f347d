"""Hold an enrolment against everybody else who would change it."""

from __future__ import annotations

from lms.core.uow import UnitOfWork
from lms.courses.models import Enrolment

__all__ = ["hold"]


def hold(uow: UnitOfWork, enrolment: Enrolment) -> None:
    """Hold an enrolment, as it is now, to the end of this transaction: what was read of it before may have changed since.

    Everybody who changes an enrolment, or goes by its state or version, does this first. Several are held in the order of their ids.
    """
    uow.lock("enrolment", enrolment.id)
    uow.session.refresh(enrolment)
