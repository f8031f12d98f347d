"""The example distribution stands outside of the product and works like a part of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, render_template, request

from lms.assessment.contracts import QUESTION_TYPES
from lms.core.runtime import Runtime
from lms.courses.contracts import COURSE_BLOCKS
from lms.proctoring.contracts import PROCTORING_CHECKS
from lms.proctoring.words import kind_word

DISTRIBUTION = "marshrut-example-plugins"


def test_both_plug_ins_come_from_outside(runtime: Runtime) -> None:
    assert runtime.registries.of(QUESTION_TYPES).source_of("gaps") == DISTRIBUTION
    assert runtime.registries.of(PROCTORING_CHECKS).source_of("far_face") == DISTRIBUTION


def question(runtime: Runtime) -> Any:
    kind = runtime.registries.of(QUESTION_TYPES).get("gaps")
    (sample,) = kind.samples()
    content = kind.validate_content(sample.content)
    fields = kind.fields_for(content, 5, {"boils": "1"})
    return SimpleNamespace(
        prefix="q1.", player=kind.player(content, 5), fields=fields, template=kind.template
    )


@pytest.mark.parametrize(("language", "word"), [("ru", "выбери слово"), ("en", "choose a word")])
def test_the_outside_template_is_found_and_speaks_both_languages(
    app: Flask, runtime: Runtime, language: str, word: str
) -> None:
    with app.test_request_context("/", headers={"Cookie": f"locale={language}"}):
        assert request.cookies["locale"] == language
        shown = question(runtime)
        page = render_template(shown.template, question=shown)
    assert page.count("<select") == 2
    assert page.count(" selected") == 1
    assert word in page
    assert 'name="q1.gap' in page


@pytest.mark.parametrize(
    ("language", "word"), [("ru", "Лицо далеко от камеры"), ("en", "The face is far from the camera")]
)
def test_an_outside_finding_has_words(app: Flask, language: str, word: str) -> None:
    with app.test_request_context("/", headers={"Cookie": f"locale={language}"}):
        assert kind_word("far_face") == word


def test_a_practice_quiz_takes_the_outside_question(runtime: Runtime) -> None:
    kind = runtime.registries.of(QUESTION_TYPES).get("gaps")
    content = {"questions": [{"type": "gaps", "content": dict(kind.samples()[0].content)}]}
    assert runtime.registries.of(COURSE_BLOCKS).get("practice_quiz").validate(content) == []
