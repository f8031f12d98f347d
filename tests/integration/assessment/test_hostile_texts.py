"""A script in any text of any type stays text on every page, and a type that is taken out in mid-exam costs nobody a point."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from flask import Flask

from lms.assessment import service
from lms.assessment.contracts import QUESTION_TYPES, ContentError, ItemTest, QuestionType
from lms.assessment.rules.items import why_unavailable
from lms.assessment.types import MarkStatus
from lms.core.runtime import Runtime
from lms.testing.exams import ExamGround, Question
from tests.integration.assessment.conftest import Sitting
from tests.integration.assessment.test_api import Browser
from tests.integration.assessment.test_item_pages import Author, signed_in

#: A script between tags and between the marks of formulas, a macro that would grow without end, MathML that brings HTML.
POISON = (
    '"><script>alert(1)</script><img src=x onerror="alert(1)">{{7*7}}'
    r" \(\text{<script>alert(1)</script>}\href{javascript:alert(1)}{x}\) $\def\q{\q\q}\q$"
    "<math><mtext><img src=x onerror=alert(1)></mtext></math>"
)


class Elements(HTMLParser):
    """Collect what a page would run: scripts that are not the product's own files, and attributes that run something."""

    def __init__(self) -> None:
        super().__init__()
        self.running: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        own = (given.get("src") or "").startswith("/static/dist/")
        if (tag == "script" and not own) or tag in ("iframe", "object", "embed"):
            self.running.append(f"<{tag}>")
        self.running += [name for name in given if name.startswith("on")]
        self.running += [name for name, value in attrs if (value or "").lower().startswith("javascript:")]


def leaks(page: str) -> list[str]:
    found = Elements()
    found.feed(page)
    return found.running


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every text in a content."""
    if isinstance(value, str):
        yield at
    parts = (
        value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, part in parts:
        yield from places(part, (*at, key))


def with_text(value: Any, at: tuple[Any, ...], text: str) -> Any:
    """Return a copy of a content with a text added at one place."""
    if not at:
        return value + text
    copy = dict(value) if isinstance(value, Mapping) else list(value)
    copy[at[0]] = with_text(value[at[0]], at[1:], text)
    return copy


def poisoned(kind: QuestionType) -> Question:
    """Return a type's example with a script in every text that takes one."""
    content, taken = kind.validate_content(kind.samples()[0].content), 0
    for at in list(places(content)):
        try:
            content = kind.validate_content(with_text(content, at, POISON))
        except ContentError:
            continue
        taken += 1
    assert taken, kind.name
    blank = ItemTest(None, kind.mark(content, 1, kind.parse({})).status)
    if kind.name == "code":  # its program has to run, or it does not become ready
        own = kind.validate_content(kind.samples()[0].content)
        content = {**content, **{name: own[name] for name in ("checks", "model_answer")}}
    return Question(kind.name, content, (blank,))


@pytest.fixture
def engine_url(sqlite_url: str) -> str:
    """Run these on one engine: what pages show does not hang on it."""
    return sqlite_url


@pytest.fixture
def kinds(runtime: Runtime) -> list[QuestionType]:
    return [kind for kind in runtime.registries.of(QUESTION_TYPES) if not why_unavailable(kind)]


def test_a_script_in_a_text_is_shown_and_never_run(
    app: Flask, ground: ExamGround, kinds: list[QuestionType], make_sitting: Callable[..., Sitting]
) -> None:
    questions = [poisoned(kind) for kind in kinds]
    sitting = make_sitting(questions=questions)
    student, shown = Browser(app, sitting.student.login).client, 0
    for question in sitting.view().questions:
        kind = next(each for each in kinds if each.name == question.type)
        fields = {
            name: [POISON]
            for name in ("answer", "text", "gap", "value", *sitting.fields_for(question.slot, None))
        }
        sitting.save(sitting.operation(question.slot, fields))
        page = student.get(f"/attempts/{sitting.attempt_id}/q/{question.slot}").text
        shown += "alert(1)" in page
        assert leaks(page) == [], kind.name
    assert shown == len(kinds), "every type has a text that students read"
    for name in ("review", "submit"):
        assert leaks(student.get(f"/attempts/{sitting.attempt_id}/{name}").text) == []
    sitting.submit()
    status = student.get(f"/attempts/{sitting.attempt_id}/status").text
    assert "alert(1)" in status
    assert leaks(status) == []

    author = signed_in(app, ground)
    for question in questions:
        assert leaks(_pages(author, question)) == [], question.type


def _pages(author: Author, question: Question) -> str:
    """Return the preview of a question, its tried answer, its form and the bank."""
    with author.ground.runtime.unit_of_work(author.ground.teacher) as uow:
        version = service.create_item(
            uow,
            author.bank,
            title=POISON[:99],
            type=question.type,
            content=question.content,
            tests=question.tests,
        )
        item = str(uow.session.get_one(service.items.ItemVersion, version).item_id)
    tried = author.post(f"/items/{item}/try", {"t.answer": POISON, "variant": "1", "act": "check"}, 200).text
    pages = [
        author.get(f"/items/{item}"),
        tried,
        author.get(f"/items/{item}/edit"),
        author.get(f"/banks/{author.bank}"),
    ]
    assert all("alert(1)" in page for page in pages[:3]), question.type
    return "".join(pages)


def test_a_script_in_a_text_leaves_as_text_in_every_export(
    app: Flask, ground: ExamGround, kinds: list[QuestionType]
) -> None:
    author, exported = signed_in(app, ground), 0
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        for kind in kinds:
            question = poisoned(kind)
            service.create_item(uow, author.bank, title=kind.name, type=kind.name, content=question.content)
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        written = {
            style: service.export_bank(uow, author.bank, style) for style in ("moodle", "gift", "qti3")
        }
    for node in ET.fromstring(written["moodle"].data).findall(".//*[@format='html']"):
        text = node.findtext("text") or ""  # other formats are shown as they are
        assert leaks(text) == []
        exported += "alert(1)" in text
    with zipfile.ZipFile(io.BytesIO(written["qti3"].data)) as package:
        items = [package.read(name).decode() for name in package.namelist() if name.endswith(".xml")]
    assert [leak for item in items for leak in leaks(item)] == []
    shown = re.findall(r"\[html\]((?:\\.|[^\\{}\n])*?)(?= -> |[{}\n])", written["gift"].data.decode())
    assert [leak for text in shown for leak in leaks(text.replace("\\", ""))] == []
    assert exported > 20


def test_a_type_that_is_taken_out_in_mid_exam_costs_nobody_a_point(
    app: Flask, runtime: Runtime, make_sitting: Callable[..., Sitting], monkeypatch: pytest.MonkeyPatch
) -> None:
    types = runtime.registries.of(QUESTION_TYPES)
    samples = [(name, types.get(name).samples()[0]) for name in ("numeric", "true_false")]
    sitting = make_sitting(questions=[Question(name, s.content, tuple(s.tests)) for name, s in samples])
    gone = sitting.slot_of("numeric")
    sitting.answer_all_right()
    later = sitting.operation(gone, sitting.view().question(gone).fields)
    kept = types._members.pop("numeric")
    student = Browser(app, sitting.student.login).client
    for name in ("q/1", "q/2", "review", "submit"):
        assert student.get(f"/attempts/{sitting.attempt_id}/{name}").status_code == 200
    assert sitting.save(later).receipts
    sitting.submit()
    marks = {answer.type: answer for answer in sitting.review(as_staff=True).answers}
    assert marks["true_false"].status is MarkStatus.RIGHT
    assert (marks["numeric"].status, marks["numeric"].notes) == (MarkStatus.ERROR, ("type_missing",))
    assert marks["numeric"].earned is None
    assert student.get(f"/attempts/{sitting.attempt_id}/status").status_code == 200
    types._members["numeric"] = kept
