"""Say what happened: the base of all events that a lower floor records and upper floors listen to.

An event is a frozen dataclass in the past tense with plain values. It is written into the outbox in the
transaction that made it true and delivered at least once to every subscriber.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Self, get_type_hints
from uuid import UUID

if TYPE_CHECKING:
    from lms.core.uow import UnitOfWork

__all__ = ["Event", "Subscription", "decode_value", "encode_value"]


def encode_value(value: Any) -> Any:
    """Turn a field into JSON (UUID, moments and decimals become text)."""
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def decode_value(kind: Any, value: Any) -> Any:
    """Turn JSON back into the field's type; unions are tried member by member."""
    if value is None:
        return None
    for candidate in getattr(kind, "__args__", (kind,)):
        if candidate is UUID:
            return UUID(value)
        if candidate is Decimal:
            return Decimal(value)
        if candidate is datetime:
            return datetime.fromisoformat(value)
        if candidate is date:
            return date.fromisoformat(value)
    return value


@dataclass(frozen=True, slots=True)
class Event:
    """Something that is true from now on. ``KIND`` is its stable dotted name."""

    KIND: ClassVar[str] = ""

    def to_payload(self) -> dict[str, Any]:
        """Return the fields as JSON values."""
        return {item.name: encode_value(getattr(self, item.name)) for item in dataclasses.fields(self)}

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> Self:
        """Rebuild the event from its JSON values."""
        hints = get_type_hints(cls)
        return cls(**{name: decode_value(hints[name], value) for name, value in payload.items()})


@dataclass(frozen=True, slots=True)
class Subscription:
    """Ask to be told: ``name`` is unique and stays the same for ever (it keys what was already handled)."""

    name: str
    event: type[Event]
    handle: Callable[[UnitOfWork, Any], None]
