"""Give QTI 3.0's names their QTI 2 spelling, so that one reader understands both."""

from __future__ import annotations

import re

from lms.core.xmltree import Node

__all__ = ["in_old_spelling"]

_HYPHEN = re.compile(r"-([a-z])")
_SPECIAL = {
    "qti-duration-lt": "durationLT",
    "qti-duration-gte": "durationGTE",
    "qti-lookup-table": "matchTable",
}


def in_old_spelling(root: Node) -> Node:
    """Return the same tree with ``qti-simple-choice`` as ``simpleChoice``, ``max-choices`` as ``maxChoices``."""
    for node in root.walk():
        is_qti = node.tag.startswith("qti-")
        if is_qti:
            node.tag = _SPECIAL.get(node.tag) or _camel(node.tag.removeprefix("qti-"))
            node.attrs = {
                name if name.startswith("data-") else _camel(name): value
                for name, value in node.attrs.items()
            }
    return root


def _camel(name: str) -> str:
    return _HYPHEN.sub(lambda found: found[1].upper(), name)
