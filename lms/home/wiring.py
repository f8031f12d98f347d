"""What the home page hands to the application."""

from __future__ import annotations

from lms.core.feature import Feature
from lms.home.pages.home import blueprint

__all__ = ["feature"]


def feature() -> Feature:
    """Return the home page."""
    return Feature(name="home", blueprints=(blueprint,))
