"""What the demonstration hands to the application."""

from __future__ import annotations

from lms.core.feature import Feature
from lms.demo.cli import COMMANDS

__all__ = ["feature"]


def feature() -> Feature:
    """Return the demo's commands."""
    return Feature(name="demo", commands=COMMANDS)
