"""Events: written with the fact, delivered at least once, with the effect of once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from lms.core import outbox
from lms.core.actor import SYSTEM
from lms.core.clock import FixedClock
from lms.core.events import Event, Subscription
from lms.core.models import HandledEvent, OutboxEvent
from lms.core.runtime import Runtime
from lms.core.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class SomethingHappened(Event):
    KIND: ClassVar[str] = "test.something_happened"
    thing_id: UUID
    note: str | None = None


@contextmanager
def subscribed(runtime: Runtime, *subscriptions: Subscription) -> Iterator[None]:
    runtime._subscriptions[SomethingHappened.KIND] = list(subscriptions)
    yield
    del runtime._subscriptions[SomethingHappened.KIND]


def _record(runtime: Runtime) -> UUID:
    thing = uuid4()
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.record(SomethingHappened(thing))
    return thing


def test_every_subscriber_hears_of_an_event_once(runtime: Runtime) -> None:
    heard: list[tuple[str, UUID]] = []

    def listener(name: str) -> Subscription:
        return Subscription(name, SomethingHappened, lambda _uow, event: heard.append((name, event.thing_id)))

    with subscribed(runtime, listener("a"), listener("b")):
        thing = _record(runtime)
        assert outbox.drain(runtime) == 1
        assert outbox.drain(runtime) == 0
    assert heard == [("a", thing), ("b", thing)]


def test_a_failing_subscriber_is_tried_again_and_does_not_stop_the_others(
    runtime: Runtime, clock: FixedClock
) -> None:
    heard: list[str] = []
    broken = [True]

    def fragile(_uow: UnitOfWork, _event: SomethingHappened) -> None:
        if broken[0]:
            raise RuntimeError("not yet")
        heard.append("fragile")

    good = Subscription("good", SomethingHappened, lambda _uow, _event: heard.append("good"))
    with subscribed(runtime, Subscription("fragile", SomethingHappened, fragile), good):
        _record(runtime)
        outbox.drain(runtime)
        assert heard == ["good"]
        broken[0] = False
        assert outbox.drain(runtime) == 0, "it waits before the next try"
        clock.advance(timedelta(seconds=10))
        outbox.drain(runtime)
    assert heard == ["good", "fragile"]


def test_what_a_failing_subscriber_wrote_is_rolled_back_with_its_proof(runtime: Runtime) -> None:
    def writes_then_fails(uow: UnitOfWork, _event: SomethingHappened) -> None:
        uow.append_ledger("org:test", "test.fact", None, {})
        raise RuntimeError

    with subscribed(runtime, Subscription("writer", SomethingHappened, writes_then_fails)):
        _record(runtime)
        outbox.drain(runtime)
        with runtime.read() as session:
            assert session.scalar(sa.select(sa.func.count()).select_from(HandledEvent)) == 0
            row = session.scalars(sa.select(OutboxEvent)).one()
            assert not row.is_done and row.tries == 1 and "writer" in (row.last_error or "")


def test_an_event_of_a_rolled_back_use_case_is_never_delivered(runtime: Runtime) -> None:
    with pytest.raises(RuntimeError), runtime.unit_of_work(SYSTEM) as uow:
        uow.record(SomethingHappened(uuid4()))
        raise RuntimeError
    with runtime.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(OutboxEvent)) == 0
