"""Statements about one number: where they hold is found, however far out, and held against an evaluation of their own."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lms.assessment.maths.comparing import compare
from lms.assessment.maths.notation import SCHOOL

SAME = [
    ("sqrt(x)>20", "x>400"),
    ("2^x>2^30", "x>30"),
    ("lg(x)>30", "x>10^30"),
    ("(1/2)^x<8", "x>-3"),
    ("floor(x)>25", "x>=26"),
    ("exp(x)>0", "true"),
    ("sin(x)<2", "true"),
    ("sqrt(x)#25", "x>=0 and x#625"),
    ("sqrt(x-1)>=0", "x>=1"),
    ("(x-2)^2*log(x)>0", "x>1 and x#2"),
    ("x^2*exp(x)>0", "x#0"),
    ("oo(minf,inf)", "all"),
    ("sqrt(x^2-6*x+9)", "abs(x-3)"),
    ("sqrt(a)*sqrt(b)", "sqrt(a*b)"),
    ("log(x^2)", "2*log(x)"),
    ("(x^3)^(1/3)", "x"),
    ("abs(x)*abs(y)", "abs(x*y)"),
    ("(assume(a>0),a*sqrt(5))", "sqrt(5*a^2)"),
]
OTHERS = [
    ("sqrt(x)>20", "sqrt(x)>30"),
    ("log(x)>5", "log(x)>6"),
    ("exp(x)>10^20", "exp(x)>10^30"),
    ("floor(x)>25", "floor(x)>26"),
    ("sqrt(x)=25 or x=1", "sqrt(x)=26 or x=1"),
    ("exp(x)=10^10 or x=1", "x=1"),
    ("not(sqrt(x)=25)", "not(sqrt(x)=26)"),
    ("sin(x)<1", "true"),
    ("cos(x)>-1", "cos(x)>=-1"),
    ("(sin(x)-1)^2>0", "true"),
    ("sqrt(x^2-6*x+9)", "x-3"),
    ("sqrt(4*x^2)", "2*x"),
    ("sqrt(1-sin(x)^2)", "cos(x)"),
    ("exp(log(x^2)/2)", "x"),
    ("sqrt(x^2*y^2)", "x*y"),
    ("abs(x*y)", "x*y"),
    ("max(a,b)", "a"),
]


@pytest.mark.parametrize(
    ("student", "teacher", "wanted"), [(*pair, True) for pair in SAME] + [(*pair, False) for pair in OTHERS]
)
def test_what_holds_at_other_numbers_is_another_statement(student: str, teacher: str, wanted: bool) -> None:
    assert compare("AlgEquiv", student, teacher).result is wanted
    assert compare("AlgEquiv", teacher, student).result is wanted


#: As Maxima writes it, as Python reckons it; None where there is no real value.
FUNCTIONS: list[tuple[str, Callable[[float], float]]] = [
    ("x", lambda x: x),
    ("sqrt(x)", math.sqrt),
    ("log(x)", math.log),
    ("2^x", lambda x: 2.0**x),
    ("abs(x)", abs),
    ("x^2", lambda x: x * x),
    ("1/x", lambda x: 1 / x),
    ("sin(x)", math.sin),
    ("sqrt(x^2)", lambda x: math.sqrt(x * x)),
    ("x^3-x", lambda x: x**3 - x),
]
HOLDS: dict[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}
ATOMS = st.tuples(st.sampled_from(FUNCTIONS), st.sampled_from(sorted(HOLDS)), st.integers(-40, 40))
PLACES = [sign * step * 1.0371 for step in (0.01, 0.3, 1, 2, 3, 5, 9, 17, 30, 60, 333) for sign in (-1, 1)]
Atom = tuple[tuple[str, Callable[[float], float]], str, int]


def holds(atom: Atom, place: float) -> bool:
    (_, function), sign, bound = atom
    try:
        return HOLDS[sign](function(place), bound)
    except (ValueError, ZeroDivisionError, OverflowError):
        return False


@settings(max_examples=25, phases=[Phase.reuse, Phase.generate])
@given(ATOMS, ATOMS, st.sampled_from(["and", "or"]), st.booleans())
def test_statements_that_count_as_the_same_hold_at_the_same_numbers(
    first: Atom, second: Atom, word: str, is_joined: bool
) -> None:
    said = [f"{function[0]}{sign}({bound})" for function, sign, bound in (first, second)]
    left = f"{said[0]} {word} {said[1]}" if is_joined else said[0]
    verdict = compare("AlgEquiv", left, said[1]).result
    join = all if word == "and" else any
    differs = any(
        (join([holds(first, place), holds(second, place)]) if is_joined else holds(first, place))
        != holds(second, place)
        for place in PLACES
    )
    assert verdict is not None
    assert not (verdict and differs)
    assert compare("AlgEquiv", left, left).result is True


@pytest.mark.parametrize(
    ("typed", "key", "wanted"),
    [
        ("2 и 3", "{2; 3}", True),
        ("3 или 2", "{2; 3}", True),
        ("2 и 4", "{2; 3}", False),
        ("±2", "{2; -2}", True),
        ("3±√2", "{3-√2; 3+√2}", True),
        ("R", "(−∞; +∞)", True),
        ("x — любое", "(−∞; +∞)", True),
        ("любое действительное число", "(−∞; +∞)", True),
        ("любое", "(0; +∞)", False),
        ("x=π/2+πk, k ∈ Z", "x=π/2+πn", True),
        ("±π/3+2πm", "±π/3+2πn", True),
        ("π/2+2πk", "π/2+πn", False),
        ("k+b", "n+b", False),
        ("√(x²-6x+9)", "x-3", False),
    ],
)
def test_solutions_in_words_and_with_any_letter_for_a_whole_number(
    typed: str, key: str, wanted: bool
) -> None:
    assert compare("AlgEquiv", typed, key, notation=SCHOOL, teacher_notation=SCHOOL).result is wanted


def test_a_unit_typed_with_the_letter_that_looks_the_same_is_that_unit() -> None:
    def verdict(typed: str) -> bool | None:
        return compare("UnitsRelative", typed, "5 Н", "0.01", notation=SCHOOL, teacher_notation=SCHOOL).result

    assert [verdict(typed) for typed in ("5 H", "5 Н", "5 м")] == [True, True, False]
