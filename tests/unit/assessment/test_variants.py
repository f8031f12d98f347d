"""Variables of a question: drawn from a seed, computed without code, put into texts."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.assessment.contracts import ContentError
from lms.assessment.question_types.parametric import Parametric
from lms.assessment.rules.formulas import line_of, tree_of
from lms.assessment.rules.variants import FormulaError, compute, draw, put_in


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("1 + 2*3", "7"),
        ("2^3^2", "512"),
        ("-2^2", "-4"),
        ("(1 + 2) / 4", "3/4"),
        ("sqrt(9/4)", "3/2"),
        ("round(10/3, 2)", "3.33"),
        ("max(a, 2,5)", "4"),
        ("a > 3", "1"),
        ("a ≠ 4", "0"),
        ("6 : 4", "3/2"),
    ],
)
def test_a_formula_is_computed_exactly(formula: str, value: str) -> None:
    assert compute(formula, {"a": Fraction(4)}) == Fraction(value.replace("3.33", "333/100"))


@pytest.mark.parametrize(
    "formula",
    [
        "",
        "1 +",
        "(1",
        "1/0",
        "b",
        "9^9^9",
        "2^99999",
        "__import__('os')",
        "sqrt(-1)",
        "ln(0)",
        "1" * 400,
        "(" * 200,
    ],
)
def test_what_cannot_be_computed_is_refused(formula: str) -> None:
    with pytest.raises(FormulaError):
        compute(formula, {"a": Fraction(4)})


@given(st.text(max_size=40))
def test_no_text_does_anything_but_compute_or_be_refused(text: str) -> None:
    with suppress(FormulaError):
        compute(text, {"a": Fraction(4)})


@given(st.integers(0, 2**53 - 1))
def test_a_seed_gives_one_variant_within_the_bounds(seed: int) -> None:
    written = [("a", "2..10"), ("b", "0.5..2:0.25"), ("c", "3; 5; кот"), ("d", "= a*b")]
    drawn = draw(written, ["a > 4"], seed)
    assert drawn == draw(written, ["a > 4"], seed)
    assert 4 < drawn["a"] <= 10  # type: ignore[operator]
    assert Fraction(1, 2) <= drawn["b"] <= 2  # type: ignore[operator]
    assert drawn["c"] in {Fraction(3), Fraction(5), "кот"}
    assert drawn["d"] == drawn["a"] * drawn["b"]  # type: ignore[operator]


def test_numbers_have_a_comma_within_words_and_none_alone() -> None:
    drawn: dict[str, Any] = {"a": Fraction(5, 2), "b": Fraction(-1, 3)}
    assert put_in("Путь {a} м", drawn) == "Путь 2,5 м"
    assert put_in(["{a}", {"x": "{b}"}, 3, "{gap}"], drawn) == ["2.5", {"x": "-1/3"}, 3, "{gap}"]
    assert put_in("{= a*2} м", drawn) == "5 м"


def test_a_variant_that_cannot_be_used_points_to_its_field() -> None:
    inner = {"prompt": "?", "answer": "{a}"}
    for change, field in (
        ({"variables": [{"name": "a", "values": "10..2"}]}, "variables.0.values"),
        ({"variables": [{"name": "1", "values": "2"}]}, "variables.0.name"),
        ({"conditions": ["a > 99"]}, "conditions"),
        ({"content": {**inner, "answer": "{b}"}}, "content.answer"),
        ({"type": "parametric"}, "type"),
    ):
        content = {"type": "numeric", "variables": [{"name": "a", "values": "2..5"}], "content": inner}
        with pytest.raises(ContentError) as refused:
            Parametric().validate_content({**content, **change})
        assert field in refused.value.problems


NUMBERS = st.sampled_from(["a", "b", "2", "0.5", "π"])
FORMULAS = st.recursive(
    NUMBERS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "^", "<", "=="]), inner).map(
            lambda row: f"({row[0]}){row[1]}({row[2]})"
        ),
        inner.map(lambda text: f"-({text})"),
        st.tuples(inner, inner).map(lambda row: f"max({row[0]}; {row[1]})"),
    ),
    max_leaves=8,
)


@given(FORMULAS)
def test_a_tree_is_written_with_no_other_meaning(formula: str) -> None:
    tree = tree_of(formula)
    assert tree_of(line_of(tree)) == tree


@given(st.integers(0, 2**53 - 1))
def test_lists_that_go_together_are_drawn_together(seed: int) -> None:
    drawn = draw([("n", "1..3"), ("who", "[n] кот; пёс; 3,5"), ("of", "[ n ] 1; 2; 3")], [], seed)
    assert {1: "кот", 2: "пёс", 3: Fraction(7, 2)}[int(drawn["of"])] == drawn["who"]


@pytest.mark.parametrize("written", ["[n] 1; 2", "[m] 1; 2; 3", "[n]"])
def test_a_list_without_the_place_that_is_asked_for_is_refused(written: str) -> None:
    with pytest.raises(FormulaError):
        draw([("n", "3..3"), ("x", written)], [], 1)
