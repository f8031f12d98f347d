"""What the feature reports hands to the application."""

from __future__ import annotations

from lms.core.feature import Feature

__all__ = ["feature"]


def feature() -> Feature:
    """Return what the feature brings."""
    return Feature(name="reports")
