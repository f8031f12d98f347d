"""Offer the ways to show who one is, and the signs of observation, to the form of a support plan."""

from __future__ import annotations

from collections.abc import Sequence

from lms.people.types import MeasureCode
from lms.proctoring.types import FindingKind, IdentityMethod
from lms.proctoring.words import kind_word, method_word

__all__ = ["IdentityChoices", "SignChoices"]


class IdentityChoices:
    """The ways to show who one is."""

    name = "identity_methods"
    code = MeasureCode.IDENTITY_METHODS

    def options(self) -> Sequence[tuple[str, str]]:
        """Return every way with its name."""
        return [(method.value, method_word(method)) for method in IdentityMethod]


class SignChoices:
    """The signs that the built-in checks can find."""

    name = "observed_signs"
    code = MeasureCode.DETECTOR_MASK

    def options(self) -> Sequence[tuple[str, str]]:
        """Return every sign with its words."""
        return [(kind.value, kind_word(kind.value)) for kind in FindingKind]
