"""Let the summary above a refused form name each field by its own label, and link only to what stands on the page."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from flask import Flask, Response
from markupsafe import escape

__all__ = ["install_error_links", "name_fields"]

_LIST = re.compile(r'<ul class="govuk-error-summary__list">.*?</ul>', re.DOTALL)
_LINK = re.compile(r'<li><a href="#([^"]+)">(.*?)</a></li>', re.DOTALL)
_FIELDS = frozenset({"input", "select", "textarea"})


class _Fields(HTMLParser):
    """Collect the fields of a page with the words that stand for them: a group's legend, else the label."""

    def __init__(self) -> None:
        super().__init__()
        self.words: dict[str, str] = {}
        self.known: set[str] = set()
        self._legends: list[str] = []
        self._grouped: dict[str, str] = {}
        self._about = ""
        self._skipped = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a field, a label or a legend; what stands in a ``span`` of a label is a remark, not its name."""
        values = dict(attrs)
        if values.get("id"):
            self.known.add(str(values["id"]))
        if tag == "fieldset":
            self._legends.append("")
        elif tag == "label" and values.get("for"):
            self._about = str(values["for"])
            self.words.setdefault(self._about, "")
        elif tag == "legend":
            self._about = "legend"
        elif tag == "span" and self._about:
            self._skipped += 1
        elif tag in _FIELDS and values.get("id") and self._is_of_group(tag, values):
            self._grouped[str(values["id"])] = self._legends[-1]

    def handle_endtag(self, tag: str) -> None:
        """Leave a label, a legend, a group."""
        if tag in {"label", "legend"}:
            self._about = ""
        elif tag == "span" and self._skipped:
            self._skipped -= 1
        elif tag == "fieldset" and self._legends:
            self._legends.pop()

    def handle_data(self, data: str) -> None:
        """Take in the words of the label or legend that is open."""
        if not self._about or self._skipped:
            return
        if self._about == "legend" and self._legends:
            self._legends[-1] += data
        elif self._about != "legend":
            self.words[self._about] += data

    def name_of(self, field: str) -> str:
        """Return what a field is called, on one line; an empty text where it has no name."""
        return " ".join((self._grouped.get(field) or self.words.get(field, "")).split())

    def _is_of_group(self, tag: str, values: dict[str, str | None]) -> bool:
        """Tell whether a field is one choice, or one box, of a question that the legend asks."""
        is_choice = values.get("type") in {"radio", "checkbox"} or "govuk-date-input__input" in str(
            values.get("class")
        )
        return tag == "input" and is_choice and bool(self._legends)


def name_fields(page: str) -> str:
    """Return the page with "Label: what is wrong" in its summary of errors; a link that leads nowhere becomes text."""
    summary = _LIST.search(page)
    if summary is None:
        return page
    fields = _Fields()
    fields.feed(page)

    def named(link: re.Match[str]) -> str:
        target, words = link.group(1), link.group(2)
        name = fields.name_of(target)
        name = name.rstrip(":")  # a question needs no colon after its mark
        text = (
            f"{escape(name)}{'' if name[-1:] in '?!.' else ':'} {words}"
            if name and name not in words
            else words
        )
        return f'<li><a href="#{target}">{text}</a></li>' if target in fields.known else f"<li>{text}</li>"

    return page[: summary.start()] + _LINK.sub(named, summary.group()) + page[summary.end() :]


def install_error_links(app: Flask) -> None:
    """Name the fields in the summary of every page that refuses a form."""

    @app.after_request
    def _name(response: Response) -> Response:
        if response.status_code == 422 and response.mimetype == "text/html" and not response.is_streamed:
            response.set_data(name_fields(response.get_data(as_text=True)))
        return response
