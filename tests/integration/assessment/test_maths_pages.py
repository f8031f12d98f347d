"""What a student typed stands below the field as it was read, before anything is marked."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from flask import Flask, render_template
from flask_babel import force_locale

from lms.assessment.models import AttemptItem, BlueprintVersion
from lms.assessment.pages.maths import read_maths
from lms.assessment.question_types.maths import Maths
from lms.assessment.rules.review import ReviewMatrix
from lms.core.errors import InvalidInput
from lms.testing.exams import Question
from tests.integration.assessment.conftest import Sitting
from tests.integration.assessment.test_api import Browser


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


def test_what_is_shown_back_is_written_as_the_readers_school_writes_it(app: Flask) -> None:
    for language, shown, asked in (
        ("ru", "x = 0,5 или x = 2", "Имеется в виду kJ?"),
        ("en", "x = 0.5 or x = 2", "Do you mean kJ?"),
    ):
        with app.test_request_context("/"), force_locale(language):
            said = re.sub(r"<[^>]+>|\s+|&nbsp;", "", str(read_maths("x=0.5 or x=2").formula))
            assert said == shown.replace(" ", "")
            assert asked in read_maths("10 kj", "quantity").problem


def test_a_script_stays_text(app: Flask) -> None:
    page = page_of(app, '"><script>alert(1)</script>')
    assert "<script" not in page


def test_an_empty_field_says_nothing(app: Flask) -> None:
    with app.test_request_context("/"):
        assert read_maths(" ").formula == ""
        assert read_maths(" ").problem == ""


def test_what_is_being_typed_is_read_by_the_server_and_what_cannot_be_read_is_named_before_the_end(
    make_sitting: Callable[..., Sitting], app: Flask
) -> None:
    factoring, interval = Maths().samples()[:2]
    kept = [Question("maths", each.content, tuple(each.tests)) for each in (factoring, interval, factoring)]
    sitting = make_sitting(questions=kept)
    unread = []
    for question in sitting.view().questions:
        has_letters = "множители" in question.player["prompt"]
        typed = "(x-2)(x-3" if question.slot == 2 else "(y-2)(y-3)" if has_letters else "(−3; 3)"
        unread += [question.slot] * (typed != "(−3; 3)")
        sitting.save(sitting.operation(question.slot, {"answer": [typed]}))
    client = Browser(app, sitting.student.login).client
    for page in ("review", "submit"):
        text = client.get(f"/attempts/{sitting.attempt_id}/{page}").text
        said = re.search(r"Не удалось прочитать ответ:</b>(.*?)</p>", text, re.DOTALL)
        assert said
        assert [int(slot) for slot in re.findall(r'/q/(\d+)">вопрос \d+</a>', said[1])] == unread

    page = client.get(f"/attempts/{sitting.attempt_id}/q/2").text
    place = re.search(r'data-reading="([^"]+)" data-notation="([^"]+)"', page)
    token = re.search(r'name="csrf-token" content="([^"]+)"', page)
    assert place
    assert token

    def reading(text: str, letters: str = "x") -> str:
        data = {"text": text, "letters": letters, "notation": place[2]}
        reply = client.post(place[1], data=data, headers={"X-CSRFToken": token[1]})
        assert reply.status_code == 200
        return reply.text.strip()

    assert "<math" in reading("(x-2)/3")
    assert "закрывающей скобки" in reading("(x-2")
    assert "буквы y" in reading("y-2")
    assert "<script" not in reading('"<script>alert(1)</script>"', "")
    assert reading(" ") == ""
    assert client.post(place[1], data={"text": "x"}).status_code == 409


def test_whoever_marks_mathematics_sees_answer_and_key_set(
    make_sitting: Callable[..., Sitting], app: Flask
) -> None:
    content = {
        "prompt": "Реши.",
        "variables": "x",
        "answers": [{"text": "x=0,5 или x=2", "test": "Solved"}, {"text": "x=2", "fraction": "0.5"}],
    }
    read = {"prompt": "Прочитай.", "given": "Это читают."}
    sitting = make_sitting(questions=[Question("info", read, ()), Question("maths", content, ())])
    sitting.save(sitting.operation(2, {"answer": ["x=0.5 или x=(2"]}))
    student = Browser(app, sitting.student.login).client
    page = student.get(f"/attempts/{sitting.attempt_id}/q/1").text
    assert "Для чтения, страница 1 из 2" in page
    assert "1 из 1 с ответом" in page or "1 из 1" in page, "what is read is none of the questions to answer"
    for address in ("q/2", "review", "submit"):
        page = student.get(f"/attempts/{sitting.attempt_id}/{address}").text
        assert "прочитать" in page
        assert "ответа пока нет" not in page.replace("— ответа пока нет", "")
        assert "Без ответа:" not in page
    sitting.submit()
    with sitting.runtime.read() as session:
        items = session.scalars(sa.select(AttemptItem).order_by(AttemptItem.slot)).all()
        plan = session.scalars(sa.select(BlueprintVersion)).one()
    assert ([item.points for item in items], plan.max_points) == ([0, 1], 1), "what is read earns nothing"
    with pytest.raises(InvalidInput) as refused:
        sitting.ground.write_plan([Question("maths", content, (), Decimal(0))])
    assert refused.value.fields == {"points": ["assessment.points_not_positive"]}
    marking = Browser(app, f"{sitting.ground.code}-teacher").client
    page = marking.get(f"/marking/{items[1].id}").text
    assert 'aria-label="x=0,5 или x=2"' in page
    assert "сами решения" in page
    assert "закрывающей скобки" in page
    assert "от 0 до 1<" in page.replace(".", "")
    assert "1.00" not in page


def test_the_reason_stands_on_the_review_in_the_authors_words(
    make_sitting: Callable[..., Sitting], app: Flask
) -> None:
    content = {
        "prompt": "Реши.",
        "answers": [{"text": "x = 2 или x = 3"}],
        "reasons": [{"reason": "logic", "says": "Есть ещё один корень?"}],
    }
    usual = {"prompt": "Реши неравенство.", "answers": [{"text": "x > 2"}]}
    shown = ReviewMatrix(after_end=("responses", "correctness", "score", "comments"))
    sitting = make_sitting(
        questions=[Question("maths", content, ()), Question("maths", usual, ())], review=shown
    )
    for slot, typed in ((1, "x = 2"), (2, "x >= 2")):
        sitting.save(sitting.operation(slot, {"answer": [typed]}))
    sitting.submit()
    page = Browser(app, sitting.student.login).client.get(f"/attempts/{sitting.attempt_id}/status").text
    assert "Есть ещё один корень?" in page
    assert "Посмотри" in page or "знак" in page
    assert "not_" not in page
    assert "inequality" not in page
