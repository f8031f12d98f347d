"""Name what can go wrong, with stable codes.

A service raises one of these; the web layer words it in the reader's language: what happened, what was
kept, what to do next. The code is part of the public contract (RFC 9457 ``type``), the words are not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

__all__ = [
    "AuditNote",
    "Conflict",
    "Forbidden",
    "Gone",
    "InvalidInput",
    "LmsError",
    "NotAuthenticated",
    "NotFound",
    "TooLarge",
    "TooMany",
    "Unavailable",
]


@dataclass(frozen=True, slots=True)
class AuditNote:
    """What the web layer must write into the access log although the transaction is rolled back."""

    action: str
    subject_kind: str
    subject_id: UUID | None
    person_id: UUID | None = None


class LmsError(Exception):
    """A refusal with a stable dotted code, an HTTP status and parameters for its wording."""

    status: ClassVar[int] = 500

    def __init__(self, code: str, *, audit: AuditNote | None = None, **params: Any) -> None:
        """Refuse with ``code`` (``feature.reason``); ``params`` fill the wording."""
        super().__init__(code)
        self.code = code
        self.params = params
        self.audit = audit

    def __str__(self) -> str:
        """Show the code and its parameters (never answers, names or photographs)."""
        return self.code if not self.params else f"{self.code} {self.params}"


class InvalidInput(LmsError):
    """The input cannot be used. ``fields`` maps a field to its messages."""

    status = 422

    def __init__(self, code: str, *, fields: dict[str, list[str]] | None = None, **params: Any) -> None:
        """Refuse the input; ``fields`` maps a field name to message codes or texts."""
        super().__init__(code, **params)
        self.fields = fields or {}


class NotAuthenticated(LmsError):
    """Nobody is signed in."""

    status = 401


class Forbidden(LmsError):
    """The actor's roles do not allow this kind of act."""

    status = 403


class NotFound(LmsError):
    """There is no such thing, or it is out of the actor's reach: the two look the same from outside."""

    status = 404


class Conflict(LmsError):
    """The state has moved on: another tab, another person, another payload under the same id."""

    status = 409


class Gone(LmsError):
    """It was here and its time is over."""

    status = 410


class TooLarge(LmsError):
    """The upload is larger than the organisation allows."""

    status = 413


class TooMany(LmsError):
    """Too many requests in a short time."""

    status = 429


class Unavailable(LmsError):
    """A needed part is not there right now; trying later may help."""

    status = 503
