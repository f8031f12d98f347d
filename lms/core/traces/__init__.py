"""Take out of a file what its properties say of who made it, for those who must not know: whoever marks blind.

Pictures need nothing here: they lose everything when they are accepted (`lms.core.uploads`). What is said, written or drawn in
the file itself stays.
"""

from __future__ import annotations

from lms.core.traces.sound import SOUNDS

__all__ = ["without_traces"]


def without_traces(data: bytes, media_type: str) -> bytes | None:
    """Return the file without its properties; the file itself where it has none, None where it cannot be read."""
    if media_type == "application/pdf":
        from lms.core.traces.pdf import (
            pdf_without_traces,
        )  # its reader is large, and few answers are documents

        return pdf_without_traces(data)
    clean = SOUNDS.get(media_type)
    return data if clean is None else clean(data)
