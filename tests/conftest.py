"""Shared fixtures; each topic has its module in tests/fixtures."""

from __future__ import annotations

pytest_plugins = [
    "tests.fixtures.isolation",
    "tests.fixtures.third_party",
    "tests.fixtures.figures",
    "tests.fixtures.servers",
    "tests.fixtures.databases",
    "tests.fixtures.application",
    "tests.fixtures.faces",
    "tests.fixtures.site",
    "tests.fixtures.chromium",
]
