"""What the feature reports hands to the application."""

from __future__ import annotations

from lms.core.feature import Feature
from lms.core.policy import ANYONE, Action
from lms.reports.pages import BLUEPRINTS

__all__ = ["feature"]


def feature() -> Feature:
    """Return what the feature brings."""
    return Feature(
        name="reports",
        blueprints=BLUEPRINTS,
        actions=(Action("reports.api_reference", ANYONE, "Read the reference of the API."),),
    )
