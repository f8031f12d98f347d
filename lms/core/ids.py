"""Make time-ordered identifiers (UUID version 7).

Source: RFC 9562, section 5.7. Python 3.11 has no ``uuid7``; the layout is 48 bits of Unix milliseconds,
the version, 12 random bits, the variant and 62 random bits.
"""

import secrets
import time
from uuid import UUID

__all__ = ["UUID", "new_id", "parse_id"]


def new_id(now_ms: int | None = None) -> UUID:
    """Return a new UUIDv7; ``now_ms`` (Unix milliseconds) is taken from the system clock when not given."""
    milliseconds = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    random_bits = secrets.randbits(74)
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80
    value |= 0x7 << 76 | (random_bits >> 62) << 64 | 0b10 << 62 | (random_bits & 0x3FFF_FFFF_FFFF_FFFF)
    return UUID(int=value)


def parse_id(text: str) -> UUID | None:
    """Return the identifier written in ``text``, or None when it is not one."""
    try:
        return UUID(text)
    except (ValueError, AttributeError, TypeError):
        return None
