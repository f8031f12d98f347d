"""Make time-ordered identifiers (UUID version 7).

Source: RFC 9562, sections 5.7 and 6.2 (method 3). Python 3.11 has no ``uuid7``; the layout is 48 bits of Unix
milliseconds, the version, 12 bits of the millisecond's fraction (244 ns each), the variant and 62 random bits.
The fraction keeps what one process makes in a row in that order: an imported framework, the questions of a form.
"""

import secrets
import time
from uuid import UUID

__all__ = ["UUID", "new_id", "parse_id"]

_NS = 1_000_000


def new_id(now_ns: int | None = None) -> UUID:
    """Return a new UUIDv7; ``now_ns`` (Unix nanoseconds) is taken from the system clock when not given."""
    milliseconds, rest = divmod(time.time_ns() if now_ns is None else now_ns, _NS)
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80
    value |= 0x7 << 76 | (rest << 12) // _NS << 64 | 0b10 << 62 | secrets.randbits(62)
    return UUID(int=value)


def parse_id(text: str) -> UUID | None:
    """Return the identifier written in ``text``, or None when it is not one."""
    try:
        return UUID(text)
    except (ValueError, AttributeError, TypeError):
        return None
