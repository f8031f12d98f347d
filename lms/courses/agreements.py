"""Find agreements with partners among what upper floors keep on record."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from lms.core.registry import Registries
from lms.courses.ports import AGREEMENTS, AgreementLine

__all__ = ["agreement_named", "agreements_in_force"]


def agreements_in_force(
    session: Session, registries: Registries, org_id: UUID, on: date
) -> list[AgreementLine]:
    """Return the agreements of a school that are in force on a day."""
    found = [line for book in registries.of(AGREEMENTS) for line in book.lines(session, org_id, on)]
    return [line for line in found if line.in_force]


def agreement_named(
    session: Session, registries: Registries, agreement_id: UUID | None, on: date
) -> AgreementLine | None:
    """Return the agreement that an enrolment rests on, as it stands on a day."""
    if agreement_id is None:
        return None
    found = (book.find(session, agreement_id, on) for book in registries.of(AGREEMENTS))
    return next((line for line in found if line is not None), None)
