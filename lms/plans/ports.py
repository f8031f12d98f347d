"""Ports of plans: what upper floors may implement for plans and credit."""

from __future__ import annotations

__all__: list[str] = []
