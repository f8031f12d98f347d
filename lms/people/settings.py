"""Say how letters leave the installation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

__all__ = ["MailSettings"]


def _setting(default: Any, doc: str) -> Any:
    return field(default=default, metadata={"doc": doc})


@dataclass(frozen=True, slots=True)
class MailSettings:
    """The mail server that takes letters; without one nothing is sent."""

    PREFIX: ClassVar[str] = "MAIL"

    host: str = _setting("", "Mail server (SMTP) that takes letters; empty = no letters are sent.")
    port: int = _setting(587, "Its port.")
    security: str = _setting(
        "starttls", "starttls, tls (from the first byte) or none (a server on this machine)."
    )
    user: str = _setting("", "Name to sign in there with; empty = without.")
    password: str = _setting("", "Password to sign in there with.")
    sender: str = _setting("", "Address that letters come from, for example school@example.org.")
    timeout_s: int = _setting(20, "A server that is silent for so many seconds is tried again later.")
