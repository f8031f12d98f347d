"""Share what the built-in blocks have in common: they only show something, and ask nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from lms.courses.contracts import CONTRACT_VERSION, BlockContext, BlockOutcome, CompletionRule, ContentProblem
from lms.courses.types import Need

__all__ = ["ShownBlock", "require_text", "unknown_keys"]


class ShownBlock:
    """A block that is completed by being seen."""

    contract = CONTRACT_VERSION

    def media(self, content: Mapping[str, Any]) -> list[str]:
        """Return no media."""
        return []

    def needs(self, content: Mapping[str, Any]) -> frozenset[Need]:
        """Need nothing in particular."""
        return frozenset()

    def completion(self, content: Mapping[str, Any]) -> CompletionRule:
        """Complete when seen, or with a button of its own when the author asks for it (``explicit``)."""
        return CompletionRule.EXPLICIT if content.get("explicit") is True else CompletionRule.VIEWED

    def pass_score(self, content: Mapping[str, Any]) -> Decimal:
        """Ask for no score."""
        return Decimal(0)

    def respond(
        self, content: Mapping[str, Any], payload: Mapping[str, Sequence[str]], context: BlockContext
    ) -> BlockOutcome:
        """Refuse answers: nothing was asked."""
        return BlockOutcome(errors={"_form": ["course.no_answer"]})


def require_text(content: Mapping[str, Any], path: str, code: str) -> list[ContentProblem]:
    """Return a problem when ``content[path]`` is not a text with something in it."""
    value = content.get(path)
    return [] if isinstance(value, str) and value.strip() else [ContentProblem(path, code)]


def unknown_keys(content: Mapping[str, Any], known: set[str]) -> list[ContentProblem]:
    """Return a problem for every misspelt key."""
    return [
        ContentProblem(str(key), "course.key_unknown") for key in content if key not in known | {"explicit"}
    ]
