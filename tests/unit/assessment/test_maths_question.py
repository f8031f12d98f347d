"""A mathematical answer: the first test that holds decides, and what cannot be read or compared is never wrong."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.assessment.contracts import ContentError, MarkResult, MarkStatus
from lms.assessment.maths.sandbox import Sandbox
from lms.assessment.maths.verdicts import Verdict
from lms.assessment.question_types import maths as maths_module
from lms.assessment.question_types.maths import SAYS, Maths


def content_of(**parts: Any) -> dict[str, Any]:
    return Maths().validate_content({"prompt": "?", **parts})


FACTORING = content_of(
    variables="x",
    answers=[
        {"text": "x(x-1)", "test": "FacForm", "option": "x"},
        {"text": "x^2-x", "fraction": "0.5", "says": "Factor it."},
        {"text": "x(x+1)", "fraction": "0", "says": "Look at the sign."},
    ],
)


@pytest.mark.parametrize(
    ("typed", "status", "fraction", "notes"),
    [
        ("(x−1)x", MarkStatus.RIGHT, Decimal(1), ()),
        ("x²−x", MarkStatus.PARTIAL, Decimal("0.5"), (SAYS + "Factor it.",)),
        ("x^2+x", MarkStatus.WRONG, Decimal(0), (SAYS + "Look at the sign.",)),
        ("7", MarkStatus.WRONG, Decimal(0), ("why:not_equivalent",)),
        ("x(x-1", MarkStatus.INVALID, None, ("maths_unreadable",)),
        ("t(t-1)", MarkStatus.INVALID, None, ("maths_other_letters",)),
        ("x/0", MarkStatus.INVALID, None, ("maths_without_value",)),
    ],
)
def test_the_first_answer_that_holds_decides(
    typed: str, status: MarkStatus, fraction: Decimal | None, notes: tuple[str, ...]
) -> None:
    found = Maths().mark(FACTORING, 1, typed)
    assert (found.status, found.fraction, found.notes) == (status, fraction, notes)


def test_what_takes_too_long_waits_for_a_person_and_is_no_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(Sandbox):
        def compare(self, *args: Any, **more: Any) -> Verdict:
            return Verdict(None, "time_limit")

    monkeypatch.setattr(maths_module, "shared_sandbox", Slow)
    found = Maths().mark(FACTORING, 1, "x")
    assert found.status is MarkStatus.NEEDS_MARKING
    assert found.fraction is None
    assert found.notes == ("maths_took_too_long",)


def test_giant_powers_wait_for_a_person() -> None:
    found = Maths().mark(FACTORING, 1, "9^9^9^9 x")
    assert found.status is MarkStatus.NEEDS_MARKING


def test_an_author_may_write_as_in_maxima() -> None:
    content = content_of(notation="maxima", answers=[{"text": "{1/2,-2.5}", "test": "AlgEquiv"}])
    assert Maths().mark(content, 1, "{−2,5; 1/2}").status is MarkStatus.RIGHT
    assert Maths().correct_answer(content) is None


def test_a_name_of_several_letters_is_one_variable_when_the_author_says_so() -> None:
    content = content_of(variables="speed t", answers=[{"text": "speed t"}])
    assert Maths().mark(content, 1, "t·speed").status is MarkStatus.RIGHT


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ({}, "answers"),
        ({"answers": [{"text": "x", "fraction": "0.5"}]}, "answers"),
        ({"answers": [{"text": "x+"}]}, "answers.0.text"),
        ({"answers": [{"text": "x", "test": "FacForm"}]}, "answers.0.option"),
        ({"answers": [{"text": "x", "test": "NoSuchTest"}]}, "answers.0.test"),
        ({"answers": [{"text": "x"}], "variables": "x 2"}, "variables"),
        ({"answers": [{"text": "x"}] * 30}, "answers"),
    ],
)
def test_unusable_content_is_refused_where_it_is_wrong(parts: dict[str, Any], field: str) -> None:
    with pytest.raises(ContentError) as refused:
        content_of(**parts)
    assert field in refused.value.problems


@given(st.text(max_size=30))
@settings(max_examples=40, deadline=None)
def test_any_text_gets_a_mark(typed: str) -> None:
    kind = Maths()
    response = kind.parse({"answer": [typed]})
    found = kind.mark(FACTORING, 1, response)
    assert found.status is not MarkStatus.ERROR
    assert (found.fraction is None) == (found.status in (MarkStatus.INVALID, MarkStatus.NEEDS_MARKING))


def test_right_parts_earn_a_share_until_an_answer_holds_altogether() -> None:
    rows = [
        {"text": "{1; 2; 3}", "test": "Partly"},
        {"text": "{1; 2}", "test": "Sets", "fraction": "0.5", "says": "Look again."},
    ]
    content = content_of(answers=rows)
    for typed, fraction, notes in (
        ("{3; 1; 2}", Decimal(1), ()),
        ("{1; 3}", Decimal("0.666667"), ("maths_partly",)),
        ("{1; 2}", Decimal("0.5"), (SAYS + "Look again.",)),
        ("{4; 5}", Decimal(0), ()),
    ):
        found = Maths().mark(content, 1, typed)
        assert (found.fraction, found.notes) == (fraction, notes)
    with pytest.raises(ContentError) as refused:
        content_of(answers=[{"text": "x", "test": "Partly"}])
    assert refused.value.problems == {"answers.0.text": ["content.maths_parts"]}


def test_all_comparisons_of_one_answer_share_their_seconds_of_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"text": f"(x+1)^99+{number}"} for number in range(20)]
    content = content_of(answers=rows)
    assert Maths().mark(content, 1, "(x+2)^99").status is MarkStatus.WRONG
    monkeypatch.setattr(maths_module, "MARKING_S", 0.001)
    assert Maths().mark(content, 1, "(x+2)^99").status is MarkStatus.NEEDS_MARKING


@pytest.mark.parametrize(
    ("prompt", "key", "given_there"),
    [
        ("Реши уравнение x² − 5x + 6 = 0.", "x = 2 или x = 3", "x² − 5x + 6 = 0"),
        (r"Реши $x^2-5x+6=0$ подробно.", "x = 2 или x = 3", "x^2-5x+6=0"),
        ("Реши неравенство: 2x − 4 > 0, запиши ответ.", "x > 2", "2x − 4 > 0"),
    ],
)
def test_an_author_is_warned_where_the_question_itself_is_the_answer(
    prompt: str, key: str, given_there: str
) -> None:
    kind = Maths()
    for test, is_open in (("AlgEquiv", True), ("Solved", False)):
        content = kind.validate_content({"prompt": prompt, "answers": [{"text": key, "test": test}]})
        assert kind.mark(content, 1, key).status is MarkStatus.RIGHT
        assert (kind.mark(content, 1, given_there).status is MarkStatus.RIGHT) is is_open
        assert [given_there in doubt for doubt in kind.doubts(content)] == [True] * is_open


@pytest.mark.parametrize("asked", ["x₁ + x₂ = 3, x₁ − x₂ = −1", r"$x_1+x_{2}=3$", "х1 + х2 = 3"])
def test_unknowns_that_the_question_tells_apart_by_an_index_are_no_roots_of_one_equation(asked: str) -> None:
    content = Maths().validate_content({"prompt": asked, "answers": [{"text": "x1=1; x2=2"}]})
    for typed, status in (("x_2=2; x_1=1", MarkStatus.RIGHT), ("x₁=2; x₂=1", MarkStatus.WRONG)):
        assert Maths().mark(content, 1, typed).status is status


def test_unknowns_of_a_system_in_a_picture_are_told_apart_by_its_words_or_by_their_names() -> None:
    kind, key = Maths(), {"prompt": "Реши систему.", "answers": [{"text": "x1=1; x2=2"}]}
    shown = {"url": "/item-media/1", "alt": "две строки"}
    doubtful = kind.validate_content({**key, "picture": shown})
    assert [("x1 x2" in said) for said in kind.doubts(doubtful)] == [True]
    assert kind.mark(doubtful, 1, "x₁=2; x₂=1").status is MarkStatus.RIGHT
    said = kind.validate_content({**key, "picture": {**shown, "alt": "x₁ + x₂ = 3 и x₁ − x₂ = −1"}})
    named = kind.validate_content({**key, "picture": shown, "variables": "x1 x2"})
    for content in (said, named):
        assert kind.doubts(content) == []
        assert kind.mark(content, 1, "x₁=2; x₂=1").status is MarkStatus.WRONG
        assert kind.mark(content, 1, "x₂=2; x₁=1").status is MarkStatus.RIGHT


def test_a_long_text_is_looked_through_for_equations_in_no_time_and_few_of_them_are_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[str] = []

    class Counting(Maths):
        def mark(self, content: Any, seed: int, response: Any) -> MarkResult:
            tried.append(response)
            return super().mark(content, seed, response)

    equations = " и ".join(f"x + {number} = 0" for number in range(30))
    content = content_of(prompt=f"{'1 ' * 4000}\n{equations}", answers=[{"text": "5"}])
    began = time.process_time()
    assert Counting().doubts(content) == []
    assert time.process_time() - began < 1
    assert len(tried) == maths_module.COPIES
    monkeypatch.setattr(maths_module, "COPIES_S", -1.0)
    Counting().doubts(content)
    assert len(tried) == maths_module.COPIES
