"""Share what the built-in blocks have in common: they only show something, and ask nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from lms.core.sites import site_of
from lms.courses.contracts import (
    CONTRACT_VERSION,
    AuthorField,
    BlockAccess,
    BlockContext,
    BlockOutcome,
    CompletionRule,
    ContentProblem,
    FieldKind,
)
from lms.courses.rules.accessibility import text_remarks
from lms.courses.types import Need

__all__ = [
    "ShownBlock",
    "has_texts",
    "is_address",
    "read_pairs",
    "require_text",
    "unknown_keys",
    "write_pairs",
]

#: What stands between a term and its meaning in a line of an author form.
BETWEEN = " — "


class ShownBlock:
    """A block that is completed by being seen; its content has one text for each field of its author form."""

    contract = CONTRACT_VERSION
    #: Keys of the content that hold Markdown.
    markdown_fields: tuple[str, ...] = ()

    def fields(self) -> tuple[AuthorField, ...]:
        """Return the author's fields; each is a key of the content."""
        raise NotImplementedError

    def author_form(self) -> tuple[AuthorField, ...]:
        """Return the fields of this kind, and whether it is completed with a button of its own."""
        label = _("The student marks it as done")
        hint = _("For something to do away from the screen; else reading on is enough.")
        return (*self.fields(), AuthorField("explicit", label, FieldKind.TICK, hint, is_optional=True))

    def form_from(self, content: Mapping[str, Any]) -> dict[str, str]:
        """Return texts as they are, and "yes" for what is true."""
        return {
            name: "yes" if value is True else str(value)
            for name, value in content.items()
            if value not in (False, None)
        }

    def content_from(self, form: Mapping[str, str], before: Mapping[str, Any]) -> dict[str, Any]:
        """Return one key for each field that was filled in."""
        content: dict[str, Any] = {}
        for field in self.author_form():
            value = form.get(field.name, "").strip()
            if value:
                content[field.name] = True if field.kind is FieldKind.TICK else value
        return content

    def media(self, content: Mapping[str, Any]) -> list[str]:
        """Return no media."""
        return []

    def links(self, content: Mapping[str, Any]) -> list[str]:
        """Return no links."""
        return []

    def remarks(self, content: Mapping[str, Any]) -> list[ContentProblem]:
        """Look at the form of every text that is written in Markdown."""
        return [
            ContentProblem(name, code)
            for name in self.markdown_fields
            for code in text_remarks(str(content.get(name, "")))
        ]

    def needs(self, content: Mapping[str, Any]) -> frozenset[Need]:
        """Need nothing in particular."""
        return frozenset()

    def access(self, content: Mapping[str, Any]) -> BlockAccess:
        """Be read as text, formulas in it as MathML."""
        has_formula = any("$" in str(content.get(name, "")) for name in self.markdown_fields)
        return BlockAccess(features=frozenset({"MathML"} if has_formula else ()))

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


def has_texts(row: Any, *names: str) -> bool:
    """Tell whether a row of content has a text under each of ``names``."""
    return isinstance(row, Mapping) and all(isinstance(row.get(name), str) and row[name] for name in names)


def is_address(value: Any) -> bool:
    """Tell whether a value is a whole address of the web."""
    if not isinstance(value, str) or len(value) > 2000:
        return False
    return value.lower().startswith(("http://", "https://")) and bool(site_of(value))


def read_pairs(text: str, first: str, second: str) -> list[dict[str, str]]:
    """Read lines of the form "term — meaning"; a line without a dash has an empty meaning."""
    rows = []
    for line in text.splitlines():
        if line.strip():
            term, _dash, meaning = line.partition(BETWEEN)
            rows.append({first: term.strip(), second: meaning.strip()})
    return rows


def write_pairs(rows: Sequence[Mapping[str, str]], first: str, second: str) -> str:
    """Return rows as lines that `read_pairs` reads."""
    return "\n".join(f"{row[first]}{BETWEEN}{row[second]}" for row in rows)
