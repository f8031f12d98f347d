"""Ask for the words that are missing from a text: a list of words stands in each gap."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext

from lms.assessment.contracts import (
    AuthorField,
    ContentError,
    FieldKind,
    Fields,
    ItemTest,
    MarkResult,
    MarkStatus,
    PlainForm,
    Sample,
    Values,
    shuffled,
    token,
)

__all__ = ["Gaps"]

GAP = re.compile(r"\{(\w+)\}")
MAX_TEXT = 5000


class Gaps(PlainForm):
    """A text with gaps.

    Content: ``prompt``, ``text`` with gaps as ``{name}``, ``gaps`` {name: {``words``: [{id, text}], ``right``: id}}.
    """

    name = "gaps"
    version = "1"
    title = lazy_gettext("Gaps in a text")
    template = "marshrut_example_plugins/gaps.html"
    form_fields = (
        AuthorField("prompt", FieldKind.LONG_TEXT, lazy_gettext("Question")),
        AuthorField(
            "text",
            FieldKind.LONG_TEXT,
            lazy_gettext("Text"),
            lazy_gettext("Each gap is a name in braces, as {boils}."),
        ),
        AuthorField(
            "gaps",
            FieldKind.ROWS,
            lazy_gettext("Gaps"),
            columns=(
                AuthorField("name", FieldKind.TEXT, lazy_gettext("Name of the gap")),
                AuthorField("right", FieldKind.TEXT, lazy_gettext("Right word")),
                AuthorField("others", FieldKind.LINES, lazy_gettext("Other words, one a line")),
            ),
        ),
    )

    def validate_content(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return {prompt, text, gaps}; every gap of the text must be described, and the other way round."""
        problems: dict[str, list[str]] = {}
        for field in ("prompt", "text"):
            value = content.get(field)
            if not isinstance(value, str) or not value.strip():
                problems[field] = ["content.required"]
            elif len(value) > MAX_TEXT:
                problems[field] = ["content.not_text"]
        gaps = content.get("gaps")
        if not isinstance(gaps, Mapping) or not gaps:
            problems["gaps"] = ["content.required"]
        else:
            for name, gap in gaps.items():
                problems.update(_gap_problems(f"gaps.{name}", gap))
            if "text" not in problems and sorted(GAP.findall(str(content["text"]))) != sorted(gaps):
                problems["text"] = ["content.gaps_differ"]
        if problems:
            raise ContentError(problems)
        assert isinstance(gaps, Mapping)
        return {
            "prompt": str(content["prompt"]).strip(),
            "text": str(content["text"]).strip(),
            "gaps": {name: _normal(gap) for name, gap in gaps.items()},
        }

    def content_from(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Give the words of each gap numbers, the right one first."""
        content = super().content_from(values)
        gaps = {}
        for row in content.pop("gaps"):
            texts = [row.get("right", ""), *row["others"]]
            words = [{"id": str(number), "text": text} for number, text in enumerate(texts, start=1)]
            gaps[row.get("name", "")] = {"words": words, "right": "1"}
        return {**content, "gaps": gaps}

    def form_from(self, content: Mapping[str, Any]) -> Values:
        """Part the words of each gap into the right one and the others."""
        values = super().form_from(content)
        values["gaps"] = [
            {
                "name": name,
                "right": next(word["text"] for word in gap["words"] if word["id"] == gap["right"]),
                "others": "\n".join(word["text"] for word in gap["words"] if word["id"] != gap["right"]),
            }
            for name, gap in content.get("gaps", {}).items()
        ]
        return values

    def player(self, content: Mapping[str, Any], seed: int) -> dict[str, Any]:
        """Return the text in parts: words as they are, and gaps with their words in this form's order."""
        parts: list[dict[str, Any]] = []
        for number, piece in enumerate(GAP.split(content["text"])):
            if number % 2 == 0:
                parts.append({"text": piece})
            else:
                words = shuffled(content["gaps"][piece]["words"], seed, piece, key=lambda word: word["id"])
                options = [{"value": token(seed, piece, word["id"]), "text": word["text"]} for word in words]
                parts.append({"name": _field(seed, piece), "number": (number + 1) // 2, "options": options})
        return {"prompt": content["prompt"], "parts": parts}

    def parse(self, fields: Mapping[str, Sequence[str]]) -> dict[str, str] | None:
        """Return the chosen word of each gap that has one."""
        chosen = {
            name: values[-1] for name, values in sorted(fields.items()) if name.startswith("gap") and values
        }
        return {name: value for name, value in chosen.items() if value.strip()} or None

    def fields_for(self, content: Mapping[str, Any], seed: int, answer: Any) -> Fields:
        """Take {gap: word id} as the answer."""
        return {_field(seed, gap): [token(seed, gap, word)] for gap, word in (answer or {}).items()}

    def mark(self, content: Mapping[str, Any], seed: int, response: Any) -> MarkResult:
        """Give the share of gaps that are filled rightly."""
        if not response:
            return MarkResult.of(Decimal(0), "no_answer")
        gaps = content["gaps"]
        known = {
            _field(seed, name): {token(seed, name, w["id"]) for w in gap["words"]}
            for name, gap in gaps.items()
        }
        if any(value not in known.get(field, ()) for field, value in response.items()):
            return MarkResult.invalid("unknown_option")
        right = sum(
            response.get(_field(seed, name)) == token(seed, name, gap["right"]) for name, gap in gaps.items()
        )
        return MarkResult.of(Decimal(right) / len(gaps))

    def correct_answer(self, content: Mapping[str, Any]) -> dict[str, str]:
        """Return the right word of each gap."""
        return {name: gap["right"] for name, gap in content["gaps"].items()}

    def describe(self, content: Mapping[str, Any], seed: int, response: Any) -> str:
        """Return the whole text with the chosen words in it."""
        chosen = response or {}
        if not chosen:
            return ""

        def fill(match: re.Match[str]) -> str:
            name = match[1]
            texts = {
                token(seed, name, word["id"]): str(word["text"]) for word in content["gaps"][name]["words"]
            }
            return texts.get(chosen.get(_field(seed, name), ""), "…")

        return GAP.sub(fill, content["text"])

    def samples(self) -> Sequence[Sample]:
        """Return a text about water with two gaps."""
        content = {
            "prompt": "Вставь пропущенные слова.",
            "text": "На уровне моря вода кипит при {boils} °C, а лёд тает при {melts} °C.",
            "gaps": {
                "boils": {"words": [{"id": "1", "text": "100"}, {"id": "2", "text": "80"}], "right": "1"},
                "melts": {"words": [{"id": "1", "text": "0"}, {"id": "2", "text": "4"}], "right": "1"},
            },
        }
        tests = (
            ItemTest({"boils": "1", "melts": "1"}, MarkStatus.RIGHT),
            ItemTest({"boils": "1"}, MarkStatus.PARTIAL, Decimal("0.5")),
            ItemTest({"boils": "2", "melts": "2"}, MarkStatus.WRONG),
            ItemTest(None, MarkStatus.WRONG),
            ItemTest({"boils": "no such word"}, MarkStatus.INVALID),
        )
        return [Sample("Вода", content, tests)]


def _field(seed: int, gap: str) -> str:
    return "gap" + token(seed, "gap", gap)


def _gap_problems(path: str, gap: Any) -> dict[str, list[str]]:
    words = gap.get("words") if isinstance(gap, Mapping) else None
    if not isinstance(words, list) or len(words) < 2 or not all(isinstance(word, Mapping) for word in words):
        return {f"{path}.words": ["content.wrong_count"]}
    if not all(str(word.get("id", "")) and str(word.get("text", "")).strip() for word in words):
        return {f"{path}.words": ["content.required"]}
    if gap.get("right") not in {word["id"] for word in words}:
        return {f"{path}.right": ["content.no_right_option"]}
    return {}


def _normal(gap: Mapping[str, Any]) -> dict[str, Any]:
    words = [{"id": str(word["id"]), "text": str(word["text"]).strip()} for word in gap["words"]]
    return {"words": words, "right": str(gap["right"])}
