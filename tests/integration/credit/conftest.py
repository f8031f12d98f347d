"""Offer the credit world to the tests of this folder."""

from tests.fixtures.credit_world import sign_in, world

__all__ = ["sign_in", "world"]
