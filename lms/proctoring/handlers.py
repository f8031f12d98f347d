"""Listen: a released result sets the date on which its evidence goes."""

from __future__ import annotations

from lms.assessment.events import ResultReleased
from lms.core.events import Subscription
from lms.core.uow import UnitOfWork
from lms.proctoring import service

__all__ = ["SUBSCRIPTIONS"]


def _on_released(uow: UnitOfWork, event: ResultReleased) -> None:
    service.release_evidence(uow, event.attempt_id)


SUBSCRIPTIONS = (Subscription("proctoring.evidence_date", ResultReleased, _on_released),)
