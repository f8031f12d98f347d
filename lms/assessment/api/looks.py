"""Write down who looked at whose examinations and results."""

from __future__ import annotations

from uuid import UUID

from lms.core.web.context import current_actor, unit_of_work

__all__ = ["log_look"]


def log_look(action: str, person_id: UUID, kind: str = "person", object_id: UUID | None = None) -> None:
    """Write a look at somebody's records into the access log before they are shown (one's own is not logged)."""
    if current_actor().person_id == person_id:
        return
    with unit_of_work() as uow:
        uow.log_access(action, person_id, kind, object_id or person_id, outcome="shown")
