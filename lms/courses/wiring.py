"""What the feature courses hands to the application."""

from __future__ import annotations

from lms.core.feature import Feature

__all__ = ["feature"]


def feature() -> Feature:
    """Return what the feature brings."""
    return Feature(name="courses")
