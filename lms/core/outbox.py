"""Deliver events: at least once, each subscriber in its own transaction, exactly-once effect by `HandledEvent`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError

from lms.core.actor import SYSTEM
from lms.core.models import HandledEvent, OutboxEvent

if TYPE_CHECKING:
    from lms.core.events import Subscription
    from lms.core.runtime import Runtime

__all__ = ["dispatch_waiting", "drain"]

log = structlog.get_logger(__name__)
MAX_TRIES = 12


def dispatch_waiting(runtime: Runtime, limit: int = 100) -> int:
    """Deliver up to ``limit`` waiting events in order; return how many were finished."""
    with runtime.read() as session:
        waiting = session.execute(
            sa.select(OutboxEvent.id, OutboxEvent.kind, OutboxEvent.payload)
            .where(OutboxEvent.is_done.is_(False), OutboxEvent.next_try_at <= runtime.clock.now())
            .order_by(OutboxEvent.id)
            .limit(limit)
        ).all()
    finished = 0
    for event_id, kind, payload in waiting:
        failures = [
            failure
            for subscription in runtime.subscriptions_for(kind)
            if (failure := _deliver(runtime, subscription, event_id, payload)) is not None
        ]
        _settle(runtime, event_id, failures)
        finished += not failures
    return finished


def _deliver(
    runtime: Runtime, subscription: Subscription, event_id: object, payload: dict[str, object]
) -> str | None:
    """Let one subscriber handle one event; return the failure in words, or None."""
    try:
        with runtime.unit_of_work(SYSTEM) as uow:
            if uow.session.get(HandledEvent, (subscription.name, event_id)) is not None:
                return None
            uow.session.add(
                HandledEvent(subscriber=subscription.name, event_id=event_id, handled_at=uow.now())
            )
            uow.session.flush()
            subscription.handle(uow, subscription.event.from_payload(payload))
    except IntegrityError as error:
        if "handled_event" in str(error.orig):
            return None  # another dispatcher was first
        log.exception("event_handler_failed", subscriber=subscription.name, event_id=str(event_id))
        return f"{subscription.name}: {type(error).__name__}"
    except Exception as error:  # one failing subscriber must not stop the others; it is tried again and shown
        log.exception("event_handler_failed", subscriber=subscription.name, event_id=str(event_id))
        return f"{subscription.name}: {type(error).__name__}: {error}"[:500]
    return None


def _settle(runtime: Runtime, event_id: object, failures: list[str]) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        row = uow.session.get(OutboxEvent, event_id)
        if row is None or row.is_done:
            return
        row.tries += 1
        row.is_done = not failures
        row.last_error = "; ".join(failures) or None
        if failures:
            row.next_try_at = uow.now() + timedelta(seconds=min(2**row.tries, 3600))


def drain(runtime: Runtime, rounds: int = 50) -> int:
    """Deliver until nothing is waiting (handlers may record new events); for tests, demo data and shutdown."""
    total = 0
    for _ in range(rounds):
        done = dispatch_waiting(runtime)
        if not done:
            return total
        total += done
    return total
