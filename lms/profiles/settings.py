"""Settings of the digital profile (``LMS_PROFILES_*``)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

__all__ = ["ProfilesSettings"]


@dataclass(frozen=True, slots=True)
class ProfilesSettings:
    """What a school may change about profiles."""

    PREFIX: ClassVar[str] = "PROFILES"

    link_hosts: str = field(
        default="disk.yandex.ru cloud.mail.ru rutube.ru gitflic.ru",
        metadata={
            "doc": "Sites that a piece of work in a portfolio may lead to, between spaces; their subdomains are meant too."
        },
    )
