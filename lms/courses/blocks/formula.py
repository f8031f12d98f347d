"""Show a formula as MathML, with the same said in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from lms.core.markup import formula, formula_problem
from lms.courses.blocks.base import ShownBlock, read_pairs, require_text, unknown_keys, write_pairs
from lms.courses.contracts import (
    AuthorField,
    BlockAccess,
    BlockContext,
    BlockSample,
    ContentProblem,
    FieldKind,
    Rendered,
)

__all__ = ["FormulaBlock"]


class FormulaBlock(ShownBlock):
    """A formula. Content: ``latex``, ``words`` (must: how it is read aloud), ``where`` [{symbol, meaning}]."""

    name = "formula"
    version = "1"

    def label(self) -> str:
        """Return what this kind is called."""
        return str(_("Formula"))

    def icon(self) -> str:
        """Return the icon."""
        return "maths"

    def fields(self) -> tuple[AuthorField, ...]:
        """Return the formula, its words and its symbols."""
        rows = _("One on each line: symbol — meaning.")
        return (
            AuthorField("latex", _("Formula in LaTeX")),
            AuthorField("words", _("Read aloud"), hint=_("As you would say it on the telephone.")),
            AuthorField("where", _("Symbols"), FieldKind.TEXT, rows, is_optional=True, rows=4),
        )

    def form_from(self, content: Mapping[str, Any]) -> dict[str, str]:
        """Return the symbols line by line."""
        form = super().form_from({key: value for key, value in content.items() if key != "where"})
        return {**form, "where": write_pairs(content.get("where", ()), "symbol", "meaning")}

    def content_from(self, form: Mapping[str, str], before: Mapping[str, Any]) -> dict[str, Any]:
        """Return the symbols as rows."""
        content = super().content_from(form, before)
        if "where" in content:
            content["where"] = read_pairs(content["where"], "symbol", "meaning")
        return content

    def validate(self, content: Mapping[str, Any]) -> list[ContentProblem]:
        """Ask for LaTeX that can be shown and for the same in words."""
        problems = require_text(content, "words", "course.formula_words_missing")
        if formula_problem(str(content.get("latex", ""))) is not None:
            problems.append(ContentProblem("latex", "course.formula_bad"))
        for row in content.get("where", ()):
            good = isinstance(row, Mapping) and formula_problem(str(row.get("symbol", ""))) is None
            if not good or not str(row.get("meaning", "")).strip():
                problems.append(ContentProblem("where", "course.formula_bad"))
        return problems + unknown_keys(content, {"latex", "words", "where"})

    def access(self, content: Mapping[str, Any]) -> BlockAccess:
        """Be read as MathML."""
        return BlockAccess(features=frozenset({"MathML"}))

    def render(self, content: Mapping[str, Any], context: BlockContext) -> Rendered:
        """Return MathML and words."""
        rows = [(formula(row["symbol"]), row["meaning"]) for row in content.get("where", ())]
        return Rendered(
            "courses/blocks/formula.html",
            {
                "math": formula(content["latex"], is_block=True, words=content["words"]),
                "words": content["words"],
                "where": rows,
            },
        )

    def samples(self) -> list[BlockSample]:
        """Return formulas, good and bad."""
        good = {"latex": r"Q = cm\Delta t", "words": "ку равно цэ эм дельта тэ"}
        return [
            BlockSample({**good, "where": [{"symbol": "Q", "meaning": "количество теплоты, Дж"}]}),
            BlockSample({**good, "words": '"><script>alert(1)</script>'}),
            BlockSample({**good, "latex": r"a^"}, is_valid=False),
            BlockSample({**good, "words": ""}, is_valid=False),
            BlockSample({"words": "ничего"}, is_valid=False),
        ]
