"""Carry an answer that was given on one variant of a question to another variant.

An author tests a question by answering it. What a browser sends names options by tokens of one seed; on every other seed
the same answer has other tokens. Numbers and texts go over as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lms.assessment.contracts import QuestionType
from lms.assessment.rules.seeds import named_tokens, token
from lms.assessment.types import Fields

__all__ = ["carry"]

_TOKEN = re.compile(r"[0-9a-f]{10}")


def carry(kind: QuestionType, content: Mapping[str, Any], fields: Fields, seed: int, other: int) -> Fields:
    """Return the fields that say on the variant ``other`` what ``fields`` say on the variant ``seed``."""
    if seed == other:
        return fields
    with named_tokens() as names:
        kind.player(content, seed)
        kind.mark(content, seed, kind.parse(fields))
    names = {made: parts for made, parts in names.items() if token(seed, *parts) == made}

    def renamed(text: str) -> str:
        return _TOKEN.sub(
            lambda found: token(other, *names[found[0]]) if found[0] in names else found[0], text
        )

    return {renamed(name): [renamed(value) for value in values] for name, values in fields.items()}
