"""Tables of credit transfer."""

from __future__ import annotations

__all__: list[str] = []
