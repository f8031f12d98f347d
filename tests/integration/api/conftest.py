"""Offer the school of the credit tests to those of the API, and programs that call it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.fixtures.api import Caller, caller
from tests.fixtures.credit_world import (
    World,
    postgres_url,
    postgres_world,
    sqlite_url,
    sqlite_world,
    world,
)

__all__ = ["call", "postgres_url", "postgres_world", "sqlite_url", "sqlite_world", "world"]


@pytest.fixture
def call(app: Flask, world: World) -> Callable[[str], Caller]:
    """Return a function that signs a program in for one of the cast; each person signs in once."""
    known: dict[str, Caller] = {}

    def sign_in(login: str) -> Caller:
        if login not in known:
            known[login] = caller(app, login)
        return known[login]

    return sign_in
