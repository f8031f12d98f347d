"""Refine the fixtures of pytest-playwright for Debian's Chromium."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fixtures.chromium import FLAGS
from tests.fixtures.setup import required_tool


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Launch Debian's Chromium quietly, without its own talk to the network."""
    chromium = required_tool("chromium")
    return {**browser_type_launch_args, "executable_path": chromium, "args": list(FLAGS)}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Read as a family in Moscow does, on an ordinary laptop."""
    place = {"locale": "ru-RU", "timezone_id": "Europe/Moscow", "viewport": {"width": 1280, "height": 900}}
    return {**browser_context_args, **place}
