"""Typed mathematics becomes a tree or is refused with a place; it is never evaluated while it is read."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.assessment.maths.comparing import compare
from lms.assessment.maths.latex import latex
from lms.assessment.maths.notation import MAXIMA, SCHOOL, STACK_INPUT, Notation
from lms.assessment.maths.parser import parse
from lms.assessment.maths.tree import MathsError, Node, add, app, multiply, negate, number, power
from lms.core.formulas import formula_problem


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        ("2x", "2*x"),
        ("(a+b)c", "(a+b)*c"),
        ("2,5x", "2.5*x"),
        ("x²−3x+2", "x^2-3*x+2"),
        ("√(x+1)", "sqrt(x+1)"),
        ("2πr", "2*%pi*r"),
        ("tg x", "tan(x)"),
        ("ctg(2x)", "cot(2*x)"),
        ("sin^2 x + cos²(x)", "sin(x)^2+cos(x)^2"),
        ("sin x·cos x", "sin(x)*cos(x)"),
        ("2 sin x cos x", "2*sin(x)*cos(x)"),
        ("sin α cos β + cos α sin β", "sin(alpha)*cos(beta)+cos(alpha)*sin(beta)"),
        ("ln x · x", "x*log(x)"),
        ("sin 2xy + sin 2·x", "sin(2*x*y)+sin(2*x)"),
        ("cos 2π/3", "cos(2*%pi/3)"),
        ("sin x^2", "sin(x^2)"),
        ("lg 100", "lg(100)"),
        ("ln(x)", "log(x)"),
        ("log_2(8)", "lg(8,2)"),
        ("|x−1|", "abs(x-1)"),
        ("50% · 4", "50/100*4"),
        ("xy", "x*y"),
        ("(1; 2,5]", "oc(1,2.5)"),
        ("{1; 2; 3}", "{1,2,3}"),
        ("x ≤ 3", "x<=3"),
        ("1 < x ≤ 3", "1<x and x<=3"),
        ("x = ±2", "x=#pm#2"),
        ("(−∞; 2) ∪ [3; +∞)", "union(oo(-inf,2),co(3,inf))"),
        ("arcsin(1/2)", "asin(1/2)"),
        ("[1; 2] U (5; oo)", "union(cc(1,2),oo(5,inf))"),
        ("[a; 2a)", "co(a,a+a)"),
        ("{1; 2} − {2; 3}", "{1}"),
        ("[1; 3] & (2; 4)", "oc(2,3)"),
        ("5!", "5!"),
        ("log2(8)", "lg(8,2)"),
        ("x = 2 или x = −2", "x=2 or x=-2"),
        ("x > 1 и не x > 3", "x>1 and not x>3"),
        ("90°", "90*(%pi/180)"),
        ("log₂8 + 2log₂ x · log_3 y", "lg(8,2)+2*lg(x,2)*lg(y,3)"),
        ("log₂² 8", "lg(8,2)^2"),
        ("[[1;2];[3;0,5]]", "matrix([1,2],[3,0.5])"),
        ("((1; 2); (3; 4))", "matrix([1,2],[3,4])"),
        ("matrix([1;2];[3;4])", "[[1,2],[3,4]]"),
        ("(1; 2; 3)", "[1,2,3]"),
        ("(1; 2; 3)", "matrix([1],[2],[3])"),
        ("(1; 2; 3)", "matrix([1,2,3])"),
        ("x ∈ (−1; 2]", "oc(-1,2)"),
        ("x∈(-1;2)", "-1<x and x<2"),
        ("x ∈ (−∞; 1) ∪ [2; +∞)", "x<1 or x>=2"),
        ("x ∈ {1; 2}", "x=1 or x=2"),
        ("x ∈ ℝ", "all"),
        ("x ∈ ∅", "none"),
        ("2(1,5) + sin(0,5) + max(1,5; 2)", "3+sin(1/2)+2"),
    ],
)
def test_what_students_type_is_read_as_meant(typed: str, same: str) -> None:
    found = compare("AlgEquiv", typed, same, notation=SCHOOL)
    assert found.result is True, (typed, parse(typed, SCHOOL), found)


@pytest.mark.parametrize(
    ("text", "notation", "code"),
    [
        ("", SCHOOL, "empty"),
        ("x+", SCHOOL, "final_char"),
        ("(x+1", SCHOOL, "missing_right_bracket"),
        ("x+1)", SCHOOL, "missing_left_bracket"),
        ("x = = 2", SCHOOL, "spurious_operator"),
        ("1; 2", SCHOOL, "comma"),
        ("sin2x", SCHOOL, "function_bracket"),
        ("lnx", SCHOOL, "function_bracket"),
        ("x$y", SCHOOL, "spurious_operator"),
        ("12 3", SCHOOL, "spaces"),
        ("matrix([1,2],[3,4])", SCHOOL, "commas"),
        ("[1,2,3]", SCHOOL, "commas"),
        ("(1,2)", SCHOOL, "commas"),
        ("x = (−1,2)", SCHOOL, "commas"),
        ("{1,2}", SCHOOL, "commas"),
        ("(0,5, 1)", SCHOOL, "commas"),
        ("gcd(12,18)", SCHOOL, "commas"),
        ("x ∈ 5", SCHOOL, "not_a_set"),
        ("x+1 ∈ (1; 2)", SCHOOL, "not_a_set"),
        ("x ∈ oo(1,2)", MAXIMA, "spurious_operator"),
        ("log_28", SCHOOL, "function_bracket"),
        ("x y", STACK_INPUT, "spaces"),
        ("1<x<3", STACK_INPUT, "chained_inequalities"),
        ("x y", MAXIMA, "missing_operator"),
        ("a'", STACK_INPUT, "apostrophe"),
        ("!x", STACK_INPUT, "bad_postfix"),
        ("sin", STACK_INPUT, "forbidden_variable"),
        ("system(1)", STACK_INPUT, "forbidden_function"),
        ("💗", SCHOOL, "forbidden_char"),
        ("9" * 500, SCHOOL, "number_too_long"),
        ("1e99999", MAXIMA, "number_too_long"),
        ("x" * 5000, SCHOOL, "too_long"),
        ("(" * 1900 + "x" + ")" * 1900, SCHOOL, "too_deep"),
        ("-" * 3000 + "x", MAXIMA, "too_deep"),
        ("x" + "!" * 3999, MAXIMA, "too_deep"),
        ("a" + "/a" * 1900, MAXIMA, "too_deep"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(text: str, notation: Notation, code: str) -> None:
    with pytest.raises(MathsError) as refused:
        parse(text, notation)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "text", ["(" * 10_000, "[" * 10_000, "x" * 10**8, "((" * 5000 + "))" * 5000, "√" * 3000]
)
def test_hostile_texts_are_refused_at_once(text: str) -> None:
    before = time.process_time()
    with pytest.raises(MathsError):
        parse(text, SCHOOL)
    assert time.process_time() - before < 0.5


@given(st.text(max_size=60) | st.text(alphabet="xy12+-*/^()[]{},;=<>|!√².sincoslg₂∈ ", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    for notation in (MAXIMA, SCHOOL, STACK_INPUT):
        with contextlib.suppress(MathsError):
            assert latex(parse(text, notation))


LEAVES = st.integers(1, 30).map(number) | st.sampled_from("abxyz").map(lambda name: parse(name))
TREES: st.SearchStrategy[Node] = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds(add, inner, inner)
        | st.builds(multiply, inner, inner)
        | st.builds(negate, inner)
        | st.builds(lambda a, b: app("/", a, b), inner, inner)
        | st.builds(lambda a, b: power(a, b), inner, st.integers(1, 3).map(number))
        | st.builds(lambda a: app("sin", a), inner)
    ),
    max_leaves=8,
)


def written(node: Node) -> str:
    """Return fully bracketed text that means the tree."""
    from lms.assessment.maths.tree import App, Name, Num

    if isinstance(node, Num):
        return node.text
    if isinstance(node, Name):
        return node.name
    assert isinstance(node, App)
    if node.head == "neg":
        return f"(-{written(node.args[0])})"
    if node.head == "sin":
        return f"sin({written(node.args[0])})"
    return "(" + node.head.join(map(written, node.args)) + ")"


@given(TREES)
@settings(max_examples=60)
def test_what_is_written_out_is_read_back(tree: Node) -> None:
    assert parse(written(tree)) == tree
    assert parse(written(tree), SCHOOL) == tree


@given(TREES)
@settings(max_examples=40)
def test_every_tree_can_be_shown(tree: Node) -> None:
    assert formula_problem(latex(tree)) is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x^2/3", r"\frac{x^{2}}{3}"),
        ("-(a-b)", r"-\left(a-b\right)"),
        ("2*x*(y+1)", r"2\,x\,\left(y+1\right)"),
        ("2*3", r"2\cdot 3"),
        ("sqrt(x)", r"\sqrt{x}"),
        ("x>=1 and x<5", r"x\geq 1\wedge x<5"),
        ("alpha_1", r"\alpha_{1}"),
        ("a/(b/c)", r"\frac{a}{\frac{b}{c}}"),
        ("(a/b)^2", r"\left(\frac{a}{b}\right)^{2}"),
        ("a-(b-c)", r"a-\left(b-c\right)"),
    ],
)
def test_brackets_are_shown_where_they_are_needed(text: str, shown: str) -> None:
    assert latex(parse(text)) == shown


@pytest.mark.parametrize("typed", ["tg x / 2", "tg x/2", "sin x/cos x"])
def test_what_a_fraction_belongs_to_is_never_guessed(typed: str) -> None:
    with pytest.raises(MathsError, match="function_bracket"):
        parse(typed, SCHOOL)
