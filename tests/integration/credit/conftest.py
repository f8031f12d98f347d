"""Offer the credit world to the tests of this folder: built once for each engine, copied for each test."""

from tests.fixtures.credit_world import (
    postgres_url,
    postgres_world,
    sign_in,
    sqlite_url,
    sqlite_world,
    world,
)

__all__ = ["postgres_url", "postgres_world", "sign_in", "sqlite_url", "sqlite_world", "world"]
