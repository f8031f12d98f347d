"""What a student typed stands below the field as it was read, before anything is marked."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from flask import Flask, render_template

from lms.assessment.pages.maths import read_maths
from lms.assessment.question_types.maths import Maths


def page_of(app: Flask, typed: str) -> str:
    kind = Maths()
    content = kind.validate_content(kind.samples()[0].content)
    question = SimpleNamespace(prefix="q1.", player=kind.player(content, 7), fields={"answer": [typed]})
    with app.test_request_context("/"):
        return render_template(kind.template, question=question)


def test_a_saved_answer_is_shown_typeset(app: Flask) -> None:
    page = page_of(app, "(x²−1)/2")
    assert "<mfrac>" in page
    assert 'aria-describedby="' in page


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("(x-2", "закрывающей скобки"),
        ("x+", "чего-то не хватает"),
        ("y-2", "буквы y"),
        ("12 3", "не хватает знака"),
    ],
)
def test_what_cannot_be_read_is_said_in_words(app: Flask, typed: str, problem: str) -> None:
    page = page_of(app, typed)
    assert problem in page
    assert "<math" not in page


def test_a_script_stays_text(app: Flask) -> None:
    page = page_of(app, '"><script>alert(1)</script>')
    assert "<script" not in page


def test_an_empty_field_says_nothing(app: Flask) -> None:
    with app.test_request_context("/"):
        assert read_maths(" ").formula == ""
        assert read_maths(" ").problem == ""
