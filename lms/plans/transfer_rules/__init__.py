"""Built-in ways of finding candidates for a credit: approved rules and crosswalk edges."""

from __future__ import annotations

from lms.plans.contracts import TransferRule
from lms.plans.transfer_rules.crosswalk import CrosswalkSource
from lms.plans.transfer_rules.equivalence import EquivalenceSource

__all__ = ["builtin"]


def builtin() -> tuple[TransferRule, ...]:
    """Return the plug-ins of the group ``lms.transfer_rules`` that come with the product."""
    return (CrosswalkSource(), EquivalenceSource())
