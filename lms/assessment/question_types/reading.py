"""Read a question's content field by field and collect everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from lms.assessment.contracts import ContentError

__all__ = ["ContentReader", "given_value", "said", "shown_picture", "stem"]

MAX_TEXT = 10_000
MAX_LINE = 1000
MAX_MAGNITUDE = 60
MAX_HINTS = 5


class ContentReader:
    """Take values out of raw content; problems are collected and raised together by `done`."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        """Read from ``content``; its values may be anything."""
        self.raw = content
        self.problems: dict[str, list[str]] = {}

    def fail(self, name: str, code: str) -> None:
        """Note a problem of one field."""
        self.problems.setdefault(name, []).append(code)

    def text(self, name: str, *, required: bool = False) -> str:
        """Return a text, stripped; empty when it is absent."""
        value = self.raw.get(name, "")
        if not isinstance(value, str) or len(value) > MAX_TEXT:
            self.fail(name, "content.not_text")
            return ""
        if required and not value.strip():
            self.fail(name, "content.required")
        return value.strip()

    def flag(self, name: str, default: bool) -> bool:
        """Return a yes or no."""
        value = self.raw.get(name, default)
        if not isinstance(value, bool):
            self.fail(name, "content.not_yes_or_no")
            return default
        return value

    def one_of(self, name: str, choices: Sequence[str]) -> str:
        """Return one of ``choices``; the first when absent."""
        value = self.raw.get(name, choices[0])
        if value not in choices:
            self.fail(name, "content.not_a_choice")
            return choices[0]
        return str(value)

    def number(self, name: str, default: str | None = None, *, least: Decimal | None = None) -> Decimal:
        """Return a decimal number."""
        value = decimal_of(self.raw.get(name, default))
        if value is None or (least is not None and value < least):
            self.fail(name, "content.not_a_number")
            return Decimal(0)
        return value

    def share(self, name: str, default: str) -> Decimal:
        """Return a number of 0..1."""
        value = self.number(name, default, least=Decimal(0))
        if value > 1:
            self.fail(name, "content.not_a_number")
        return min(value, Decimal(1))

    def whole(self, name: str, default: int | None) -> int | None:
        """Return a whole number from 0, or None."""
        value = self.raw.get(name, default)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            self.fail(name, "content.not_a_number")
            return default
        return value

    def rows(
        self, name: str, *, least: int, most: int = 50, with_pictures: bool = False
    ) -> list[dict[str, Any]]:
        """Return a list of {id, text, …} with unique ids and texts that are not empty.

        Rows ``with_pictures`` may have a ``picture`` {url, alt}; its words can stand for the text.
        """
        value = self.raw.get(name)
        if not isinstance(value, list) or not all(isinstance(row, Mapping) for row in value):
            self.fail(name, "content.not_a_list")
            return []
        if not least <= len(value) <= most:
            self.fail(name, "content.wrong_count")
        rows = [dict(row) for row in value]
        for number, row in enumerate(rows):
            row["id"] = str(row.get("id", ""))
            if not row["id"]:
                self.fail(f"{name}.{number}.id", "content.required")
            shown = (
                self._picture(row.pop("picture", None), f"{name}.{number}.picture") if with_pictures else None
            )
            row |= {"picture": shown} if shown else {}
            text = row.setdefault("text", "") if shown else row.get("text")
            if not isinstance(text, str) or not (shown or text.strip()):
                self.fail(f"{name}.{number}.text", "content.required")
                row["text"] = ""
        if len({row["id"] for row in rows}) != len(rows):
            self.fail(name, "content.id_twice")
        return rows

    def lines_of(self, holder: Mapping[str, Any], name: str, at: str, *, most: int = 100) -> list[str]:
        """Return a list of texts, stripped, without empty ones; ``at`` says where ``holder`` stands ('' for the content)."""
        value = holder.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.fail(f"{at}.{name}".strip("."), "content.not_a_list")
            return []
        if len(value) > most or any(len(item) > MAX_LINE for item in value):
            self.fail(f"{at}.{name}".strip("."), "content.wrong_count")
            return []
        return [item.strip() for item in value if item.strip()]

    def picture(self) -> dict[str, str] | None:
        """Return a picture's address and its text alternative; a picture without one is refused."""
        return self._picture(self.raw.get("picture"), "picture")

    def _picture(self, value: Any, at: str) -> dict[str, str] | None:
        if value is None:
            return None
        if not isinstance(value, Mapping) or not str(value.get("url", "")):
            self.fail(f"{at}.url", "content.required")
            return None
        if not str(value.get("alt", "")).strip():
            self.fail(f"{at}.alt", "content.alt_missing")
        return {"url": str(value["url"]), "alt": str(value.get("alt", ""))}

    def done(self, more: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Return the common parts and ``more``; raise ContentError when anything was wrong."""
        common = {
            "prompt": self.text("prompt", required=True),
            "given": self.text("given"),
            "picture": self.picture(),
        }
        hints = self.lines_of(self.raw, "hints", "", most=MAX_HINTS)
        explanation = self.text("explanation")
        seldom = {
            **({"hints": hints} if hints else {}),
            **({"explanation": explanation} if explanation else {}),
        }
        content = {**common, **seldom, **more()}
        if self.problems:
            raise ContentError(self.problems)
        return content


def decimal_of(value: Any) -> Decimal | None:
    """Return the decimal that a JSON value stands for, or None; sizes beyond all use are no numbers here."""
    if value is None or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) <= MAX_MAGNITUDE else None


def stem(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return what every question shows: the prompt, what is given, the picture."""
    return {"prompt": content["prompt"], "given": content.get("given", ""), "picture": content.get("picture")}


def shown_picture(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return {picture} of a row that has one, else nothing."""
    return {"picture": row["picture"]} if row.get("picture") else {}


def said(row: Mapping[str, Any]) -> str:
    """Return a row in words: its text, or what its picture shows."""
    return str(row["text"] or row["picture"]["alt"])


def given_value(fields: Mapping[str, Sequence[str]], name: str) -> str:
    """Return the last non-empty value of a field, stripped ('' when there is none)."""
    values = [value.strip() for value in fields.get(name, ()) if value.strip()]
    return values[-1] if values else ""
