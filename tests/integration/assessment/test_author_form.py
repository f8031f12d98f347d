"""One macro renders the form of every installed type, and what a browser sends back is what stood in it."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask, render_template_string

from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.rules.author_forms import groups_of, padded, read_values
from lms.core.runtime import Runtime
from lms.testing.exams import ExamGround
from tests.integration.assessment.test_item_pages import signed_in

PAGE = """{% import "assessment/_author_form.html" as author %}<form>{{ author.fields(groups, values, errors) }}</form>"""


class Sent(HTMLParser):
    """What a browser would send of a form, and which controls have a label."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self.ids: dict[str, str] = {}
        self.labels: set[str] = set()
        self._area: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        name = found.get("name", "")
        if tag == "label":
            self.labels.add(found.get("for", ""))
        if tag in {"input", "textarea", "select"} and found.get("type") != "hidden":
            self.ids[name] = found.get("id", "")
        if tag == "input" and (found.get("type") not in {"checkbox", "radio", "file"} or "checked" in found):
            self.fields[name] = [found.get("value", "")]
        if tag == "textarea":
            self._area, self.fields[name] = name, [""]
        if tag == "select":
            self._select, self.fields[name] = name, [""]
        if tag == "option" and "selected" in found and self._select:
            self.fields[self._select] = [found.get("value", "")]

    def handle_endtag(self, tag: str) -> None:
        self._area = None if tag == "textarea" else self._area

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area][0] += data.removeprefix("\n")


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_form_of_every_type_is_rendered_labelled_and_sent_back(
    app: Flask, runtime: Runtime, language: str
) -> None:
    for kind in runtime.registries.of(QUESTION_TYPES):
        for sample in kind.samples():
            values = kind.form_from(kind.validate_content(sample.content))
            form = kind.author_form(values)
            shown: dict[str, Any] = {"groups": groups_of(form), "values": padded(form, values), "errors": {}}
            with app.test_request_context("/", headers={"Cookie": f"locale={language}"}):
                sent = Sent()
                sent.feed(render_template_string(PAGE, **shown))
            assert read_values(form, sent.fields) == values, kind.name
            assert set(sent.ids.values()) <= sent.labels, f"{kind.name}: a control without a label"


def test_a_problem_stands_at_its_field(app: Flask, runtime: Runtime) -> None:
    kind = runtime.registries.of(QUESTION_TYPES).get("choice")
    values = padded(kind.author_form({}), kind.form_from({}))
    errors = {"prompt": ["Fill this in."], "options": ["Too few."]}
    with app.test_request_context("/"):
        groups = groups_of(kind.author_form({}))
        page = render_template_string(PAGE, groups=groups, values=values, errors=errors)
    assert "Fill this in." in page
    assert "Too few." in page
    assert 'value="add:options"' in page


def test_an_author_looks_at_formulas_before_anything_is_kept(app: Flask, ground: ExamGround) -> None:
    author = signed_in(app, ground)
    address = f"/banks/{author.bank}/new/short_text"
    typed = {
        "title": "Степень",
        "prompt": r"Чему равно \(2^{10}\)? $\foo{x}$",
        "accepted.0.text": "1024",
        "accepted.0.fraction": "100",
        "act": "look",
    }
    page = author.post(address, typed, 200).text
    look = page.partition('id="look"')[2]
    assert 'aria-label="2¹⁰"' in look
    assert "\\foo" in look.partition("</section>")[0]
    assert "Степень" not in author.get(f"/banks/{author.bank}")
    broken = author.post(address, {**typed, "prompt": ""}, 422).text
    assert 'href="#f-prompt"' in broken
    assert 'id="look"' not in broken
