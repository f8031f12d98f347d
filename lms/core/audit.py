"""Write down who looked at what of whom, and who was refused."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from lms.core.actor import Actor
from lms.core.models import AccessLog

__all__ = ["record_access"]


def record_access(
    session: Session,
    actor: Actor,
    at: datetime,
    action: str,
    *,
    subject: UUID | None,
    object_kind: str,
    object_id: UUID | None = None,
    outcome: str = "shown",
) -> None:
    """Add one row to the access log; ``outcome`` is ``shown``, ``done`` or ``refused``.

    Looking at one's own data is not logged.
    """
    if subject is not None and subject == actor.person_id and outcome == "shown":
        return
    session.add(
        AccessLog(
            at=at,
            actor_person_id=actor.person_id,
            actor=actor.label,
            action=action,
            outcome=outcome,
            subject_person_id=subject,
            object_kind=object_kind,
            object_id=object_id,
        )
    )
