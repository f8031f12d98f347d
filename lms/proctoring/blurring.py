"""Make of a picture a few patches of colour: enough to see light and dark, nobody can be recognised in it."""

from __future__ import annotations

import base64
import io

from PIL import Image, UnidentifiedImageError

__all__ = ["WIDE", "blurred"]

#: So many patches from side to side: of a face that fills the picture some four are left.
WIDE = 8


def blurred(data: bytes) -> str:
    """Return a picture as a ``data:`` address of `WIDE` patches a line, or the empty text when it cannot be opened."""
    try:
        with Image.open(io.BytesIO(data)) as picture:
            picture.draft("RGB", (16 * WIDE, 16 * WIDE))
            high = max(1, round(WIDE * picture.height / picture.width))
            small = picture.convert("RGB").resize((WIDE, high), Image.Resampling.BOX)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError):
        return ""
    buffer = io.BytesIO()
    small.save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
