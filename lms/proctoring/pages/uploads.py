"""Read pictures out of a form: taken by the page's script or chosen as files, the same field."""

from __future__ import annotations

from flask import request

__all__ = ["sent_pictures"]


def sent_pictures(field: str = "pictures") -> list[tuple[bytes, str]]:
    """Return the bytes and names of all pictures that were sent; empty fields are left out."""
    found = [(item.read(), item.filename or "") for item in request.files.getlist(field)]
    return [(data, name) for data, name in found if data]
