"""Read a question's markup in the order in which a screen reader says it.

This is what an author sees beside the preview: an unnamed field or a picture without words shows at once. It follows the
accessible name computation as far as our templates need it (https://www.w3.org/TR/accname-1.2/): labels, legends,
alternative texts; what is hidden is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser

__all__ = ["Spoken", "reading_order"]

_VOID = {"input", "img", "br", "hr", "wbr", "source", "link", "meta", "col", "area", "track", "embed"}
_CONTROLS = {"input", "select", "textarea"}
_BLOCKS = {
    "p", "div", "li", "ul", "ol", "fieldset", "legend", "label", "table", "tr", "td", "th", "section", "figure", "figcaption",
    "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "dl", "dt", "dd",
}  # fmt: skip
_SILENT = {"script", "style", "template", "annotation"}
_FIELDS = {
    "text": "field",
    "number": "field",
    "search": "field",
    "file": "file",
    "radio": "radio",
    "checkbox": "checkbox",
}


@dataclass(frozen=True, slots=True)
class Spoken:
    """One thing that is said: its role (text, group, heading, picture, field, radio, …), its name, its choices."""

    role: str
    name: str
    choices: tuple[str, ...] = ()


def reading_order(markup: str) -> list[Spoken]:
    """Return everything that is said for ``markup``, in order."""
    labels = _Labels()
    labels.feed(markup)
    labels.close()
    reader = _Reader(labels.names)
    reader.feed(markup)
    reader.close()
    reader.flush()
    return reader.said


class _Labels(HTMLParser):
    """Collect the words of every label (by the id that it is for) and of everything that has an id."""

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, str] = {}
        self._open: list[tuple[str, str]] = []
        self._controls = 0
        self._is_silent = False
        self._is_formula = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self._is_silent = (
            "art-words" in (found.get("class") or "").split()
        )  # they stand where pictures are off
        self._controls += tag in _CONTROLS
        key = f"#{found['id']}" if found.get("id") else None
        if tag == "label":  # one without `for` names the control that stands inside
            key = found.get("for") or f"@{self._controls + 1}"
        if key and tag not in _VOID:
            self._open.append((tag, key))
            self.names.setdefault(key, "")
        if tag == "img" and found.get("alt"):
            self.handle_data(f" {found['alt']} ")
        if tag == "math":
            self.handle_data(_formula(found))
        self._is_formula = self._is_formula or tag == "math"

    def handle_endtag(self, tag: str) -> None:
        self._is_silent = False
        self._is_formula = self._is_formula and tag != "math"
        if self._open and self._open[-1][0] == tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        for _tag, key in self._open if not (self._is_silent or self._is_formula) else ():
            self.names[key] += data


def _formula(found: Mapping[str, str | None]) -> str:
    """Return how a formula is said: by its name, else by its source."""
    return found.get("aria-label") or found.get("alttext") or ""


class _Reader(HTMLParser):
    """Say one thing after another."""

    def __init__(self, names: dict[str, str]) -> None:
        super().__init__()
        self.names = names
        self.said: list[Spoken] = []
        self._text: list[str] = []
        self._role = "text"
        self._hidden: list[str] = []
        self._controls = 0
        self._is_label = False
        self._select: tuple[str, list[str]] | None = None

    def flush(self) -> None:
        """Say the text that was collected."""
        text = " ".join("".join(self._text).split())
        if text:
            self.said.append(Spoken(self._role, text))
        self._text, self._role = [], "text"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self._controls += tag in _CONTROLS
        if self._hidden or self._is_hidden(tag, found):
            if tag not in _VOID:
                self._hidden.append(tag)
            return
        if tag in _BLOCKS:
            self.flush()
            self._role = {"legend": "group"}.get(
                tag, "heading" if tag[0] == "h" and tag[1:].isdigit() else "text"
            )
        self._is_label = self._is_label or tag == "label"
        if tag == "math":
            if not self._is_label:
                self._text.append(_formula(found))
            self._hidden.append(tag)
        self._control(tag, found)

    def _is_hidden(self, tag: str, found: dict[str, str]) -> bool:
        names = found.get("class", "").split()
        is_label = tag == "label" and f"{found.get('for', '')}" in self.names and bool(found.get("for"))
        hidden = "hidden" in found or found.get("aria-hidden") == "true" or found.get("type") == "hidden"
        return hidden or is_label or tag in _SILENT or "art-words" in names

    def _control(self, tag: str, found: dict[str, str]) -> None:
        name = self._name(found)
        if tag == "img" and not self._is_label:  # in a label it is a part of the control's name
            self.flush()
            self.said.append(Spoken("picture", found.get("alt", "")))
        elif tag == "input":
            self.flush()
            self.said.append(
                Spoken(_FIELDS.get(found.get("type", "text"), "button"), name or found.get("value", ""))
            )
        elif tag == "textarea":
            self.flush()
            self.said.append(Spoken("long_field", name))
            self._hidden.append(tag)
        elif tag == "select":
            self.flush()
            self._select = (name, [])
        elif tag == "button":
            self.flush()
            self._role = "button"
        elif tag in {"audio", "video"}:
            self.flush()
            self.said.append(Spoken(tag, found.get("aria-label", "")))

    def _name(self, found: dict[str, str]) -> str:
        parts = [found.get("aria-label", "")]
        parts += [self.names.get(f"#{key}", "") for key in found.get("aria-labelledby", "").split()]
        parts += [self.names.get(found.get("id", ""), "") or self.names.get(f"@{self._controls}", "")]
        return " ".join(" ".join(parts).split())

    def handle_endtag(self, tag: str) -> None:
        if self._hidden:
            if tag == self._hidden[-1]:
                self._hidden.pop()
            return
        if tag == "select" and self._select:
            self._text = []
            self.said.append(
                Spoken("list", self._select[0], tuple(choice for choice in self._select[1] if choice))
            )
            self._select = None
        elif tag == "option" and self._select:
            self._select[1].append(" ".join("".join(self._text).split()))
            self._text = []
        elif tag == "label":
            self._is_label = False
        elif tag in _BLOCKS or tag == "button":
            self.flush()

    def handle_data(self, data: str) -> None:
        if not self._hidden and not self._is_label:
            self._text.append(data)
