"""Answer tests: what each accepts and refuses, and what holds for all of them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.assessment.maths.comparing import TESTS, compare
from lms.assessment.maths.notation import QUANTITY, SCHOOL
from lms.assessment.maths.unit_table import meant_units
from tests.unit.assessment.test_maths_reading import TREES, written

CASES = [
    ("AlgEquiv", "(x-1)^2", "x^2-2*x+1", "", True),
    ("AlgEquiv", "x^2-2*x", "x^2-2*x+1", "", False),
    ("AlgEquiv", "sin(x)^2+cos(x)^2", "1", "", True),
    ("AlgEquiv", "sqrt(x^2)", "abs(x)", "", True),
    ("AlgEquiv", "sqrt(x^2)", "x", "", False),
    ("AlgEquiv", "log(a*b)", "log(a)+log(b)", "", True),
    ("AlgEquiv", "0.3333333333", "1/3", "", False),
    ("AlgEquiv", "1/0", "1", "", None),
    ("AlgEquiv", "(x", "1", "", None),
    ("AlgEquiv", "2*x=4", "x=2", "", True),
    ("AlgEquiv", "x=2 or x=-2", "x^2=4", "", True),
    ("AlgEquiv", "x=2", "x^2=4", "", False),
    ("AlgEquiv", "2*x>4", "x>2", "", True),
    ("AlgEquiv", "x^2<9", "-3<x and x<3", "", True),
    ("AlgEquiv", "not(x>2)", "x<=2", "", True),
    ("AlgEquiv", "{2,1,1}", "{1,2}", "", True),
    ("AlgEquiv", "[2,1]", "[1,2]", "", False),
    ("AlgEquiv", "matrix([1,2],[3,2+2])", "matrix([1,2],[3,4])", "", True),
    ("AlgEquiv", "matrix([1,2],[3,4])+2*matrix([1,0],[0,1])", "matrix([3,2],[3,6])", "", True),
    ("AlgEquiv", "matrix([1,2]) . transpose(matrix([3,4]))", "11", "", True),
    ("AlgEquiv", "matrix([1,2])+matrix([1])", "matrix([2,2])", "", False),
    ("AlgEquiv", "2*[1,2]", "[2,4]", "", True),
    ("AlgEquiv", "1=2", "false", "", True),
    ("AlgEquiv", "abs(x)>1", "x>1 or x<-1", "", True),
    ("AlgEquiv", "union(oo(1,2),{3})", "union({3},oo(1,2))", "", True),
    ("AlgEquiv", "oo(1,2)", "oc(1,2)", "", False),
    ("AlgEquiv", "x^30+x-1000000000000000000000", "x^30+x-1000000000000000000001", "", False),
    ("AlgEquiv", "5999*(x-a)^5999", "6000*(x-a)^5999", "", False),
    ("AlgEquiv", "exp(5*x)/5-exp(x)", "c+exp(5*x)/5-exp(x)", "", False),
    ("AlgEquiv", "cosh(20*x)", "exp(20*x)/2", "", False),
    ("AlgEquiv", "exp(200*x)*exp(x)", "exp(201*x)", "", True),
    ("AlgEquiv", "1000!", "1000!+1", "", False),
    ("AlgEquiv", "2^100000+1", "2^100000", "", False),
    ("AlgEquiv", "exp(-y^8)", "exp(-y^8)+y", "", False),
    ("AlgEquiv", "x/(x-x)", "x", "", None),
    ("AlgEquiv", "1/(sin(x)^2+cos(x)^2-1)", "x", "", None),
    ("AlgEquiv", "tan(%pi/2)", "1", "", None),
    ("AlgEquiv", "1/(a-b)+x", "x+1/(a-b)", "", True),
    ("AlgEquiv", "limit((1+1/n)^n,n,inf)", "%e", "", True),
    ("AlgEquiv", "limit(1/x,x,0,plus)", "inf", "", True),
    ("EqualComAss", "1+2*x", "x*2+1", "", True),
    ("EqualComAss", "x+x", "2*x", "", False),
    ("EqualComAssRules", "0+x*1", "x", "ID_TRANS", True),
    ("EqualComAssRules", "sqrt(x)", "x^(1/2)", "[sqrtRem]", True),
    ("EqualComAssRules", "a/(b/c)", "a*c/b", "[ID_TRANS,divDiv]", True),
    ("EqualComAssRules", "x^2*x^3", "x^5", "[powLaw,intAdd]", True),
    ("EqualComAssRules", "12", "2^2*3", "[intFac]", True),
    ("EqualComAssRules", "a*b", "b*a", "[noncomMul]", False),
    ("EqualComAssRules", "x", "x", "[negDist,negOrd]", None),
    ("EqualComAssRules", "x", "x", "[noSuchRule]", None),
    ("CasEqual", "1+x", "x+1", "", False),
    ("SameType", "{1}", "{5,6}", "", True),
    ("SubstEquiv", "a*sin(t)", "k*sin(x)", "", True),
    ("Expanded", "x^2-x", "0", "", True),
    ("Expanded", "x*(x-1)", "0", "", False),
    ("FacForm", "(x-1)*(x+1)", "x^2-1", "x", True),
    ("FacForm", "x^2-1", "x^2-1", "x", False),
    ("FacForm", "x^2+1", "x^2+1", "x", True),
    ("FacForm", "x*(x-4+4/x)", "x^2-4*x+4", "x", False),
    ("FacForm", "(x-sqrt(2))*(x+sqrt(2))", "x^2-2", "x", True),
    ("FacForm", "(x^2+3*x+2)^(3/3)", "(x+2)*(x+1)", "x", False),
    ("FacForm", "sqrt((x^2+3*x+2)^2)", "(x+2)*(x+1)", "x", False),
    ("FacForm", "exp(log(x^2+3*x+2))", "(x+2)*(x+1)", "x", False),
    ("FacForm", "log(exp(x^2+3*x+2))", "(x+2)*(x+1)", "x", False),
    ("FacForm", "(1/(x^2+3*x+2))^(-1)", "(x+2)*(x+1)", "x", False),
    ("FacForm", "(x+1)^(1+1)", "x^2+2*x+1", "x", True),
    ("FacForm", "x*sin(x)*(x+1)", "(x^2+x)*sin(x)", "x", True),
    ("Expanded", "(x+1)^(1+1)", "0", "", False),
    ("Expanded", "(x+1)^(4/2)", "0", "", False),
    ("Expanded", "((x+1)^2)^(1/2+1/2)", "0", "", False),
    ("Expanded", "sqrt((x+1)^4)", "0", "", False),
    ("Expanded", "exp(log((x+1)^2))", "0", "", False),
    ("Expanded", "x*2^(x+1)+sqrt(x+1)", "0", "", True),
    ("CompSquare", "(sqrt(x^2-2*x+1))^2-2", "x^2-2*x-1", "x", False),
    ("CompSquare", "abs(x-1)^2-2", "x^2-2*x-1", "x", False),
    ("EqualComAssRules", "-(a-b)", "-a+b", "[negDist]", True),
    ("FacForm", "(x-a)^6001/6001+c", "x", "x", False),
    ("LowestTerms", "15*x/25", "3/5*x", "", False),
    ("SingleFrac", "(x+1)/(x-1)", "1+2/(x-1)", "", True),
    ("SingleFrac", "1+2/(x-1)", "1+2/(x-1)", "", False),
    ("PartFrac", "1/(x-1)-1/(x+1)", "2/(x^2-1)", "x", True),
    ("PartFrac", "2/(x^2-1)", "2/(x^2-1)", "x", False),
    ("LowestTerms", "2/3", "4/6", "", True),
    ("LowestTerms", "4/6", "2/3", "", False),
    ("CompSquare", "(x-1)^2+4", "x^2-2*x+5", "x", True),
    ("CompSquare", "x^2-2*x+5", "x^2-2*x+5", "x", False),
    ("Diff", "3*x^2", "3*x^2", "x", True),
    ("Diff", "x^4/4", "x^3", "x", False),
    ("Diff", "x", "x", "", None),
    ("Int", "x^3/3+c", "x^3/3", "x", True),
    ("Int", "x^3/3", "x^3/3", "x", False),
    ("Int", "x^3/3", "x^3/3", "[x,NOCONST]", True),
    ("Int", "x^3/3+c^2", "x^3/3", "x", False),
    ("Int", "ln(x)+c", "ln(abs(x))+c", "x", False),
    ("Int", "ln(abs(x))+c", "ln(x)+c", "x", True),
    ("AlgEquiv", "a.b", "b.a", "", False),
    ("AlgEquiv", "atan(x)+atan(1/x)", "pi/2", "", False),
    ("AlgEquiv", "x^(2/3)", "(x^2)^(1/3)", "", True),
    ("AlgEquiv", "realset(x,oo(0,1))", "oo(0,1)", "", True),
    ("Antidiff", "x^3/3+7", "x^3/3", "x", True),
    ("Solved", "x=3 or x=2", "x=2 or x=3", "", True),
    ("AddConst", "sin(x)+c", "sin(x)", "x", True),
    ("GT", "4", "pi", "", True),
    ("GTE", "3", "pi", "", False),
    ("NumRelative", "3.14", "pi", "0.01", True),
    ("NumAbsolute", "{1.41,3.1}", "{pi,sqrt(2)}", "0.1", True),
    ("NumSigFigs", "3.14", "pi", "3", True),
    ("NumSigFigs", "3.142", "pi", "3", False),
    ("NumSigFigs", "3.14", "pi", "x", None),
    ("SigFigsStrict", "1.50", "9", "3", True),
    ("SigFigsStrict", "100", "9", "3", False),
    ("NumDecPlaces", "3.14", "pi", "2", True),
    ("NumDecPlacesWrong", "31.4", "3.14", "3", True),
    ("Units", "25*g", "0.025*kg", "2", True),
    ("Units", "25*м", "0.025*км", "2", True),
    ("Units", "25", "0.025*kg", "2", False),
    ("UnitsStrict", "25*g", "0.025*kg", "2", False),
    ("UnitsRelative", "9.9*m/s", "10*m*s^-1", "0.02", True),
    ("UnitsAbsolute", "9.9*m", "10*m", "0.05*m", False),
    ("UnitsAbsolute", "9.9*m", "10*m", "0.05*cm", False),
    ("Sets", "{1,2}", "{2,1}", "", True),
    ("Partly", "{2,1}", "{1,2}", "", True),
    ("Partly", "[2,1]", "[1,2]", "", False),
    ("Partly", "1", "1", "", None),
    ("SysEquiv", "[x+y=3,x-y=1]", "[x=2,y=1]", "", True),
    ("PropLogic", "not(A and B)", "not A or not B", "", True),
    ("String", '"ab"', '"aB"', "", False),
    ("StringSloppy", '"a b"', '"AB"', "", True),
    ("SRegExp", '"route 66"', '"[0-9]+"', "", True),
    ("Levenshtein", '"atestation"', '[["attestation"],["test"]]', "0.9", True),
    ("Units", "20.000*degC", "293.15*K", "5", True),
    ("UnitsRelative", "293.15*K", "20*degC", "0.001", True),
    ("UnitsAbsolute", "68.1*degF", "20*degC", "0.1", True),
    ("UnitsAbsolute", "20*K", "20*degC", "0.1", False),
    ("UnitsStrictAbsolute", "293.15*K", "20*degC", "0.1", False),
    ("Units", "4200*J/(kg*degC)", "4200*J/(kg*K)", "2", True),
    ("Equiv", "[x^2=9,x=3 or x=-3]", "[x^2=9]", "", True),
    ("Equiv", "[x^2=9,x=3]", "[x^2=9]", "", False),
    ("Equiv", "[x+y=3 and x-y=1,x=2 and y=1]", "[x+y=3]", "", True),
    ("Equiv", "[a^2=b^2,a=b]", "[a=b]", "", False),
    ("Equiv", "[a^2=b^2,a=b]", "[a=b]", "[assumepos]", True),
    ("Equiv", "[x^3=1,x=1]", "[x=1]", "", False),
    ("Equiv", "[x^3=1,x=1]", "[x=1]", "[assumereal]", True),
    ("Equiv", "[x^2+1=0,x=%i or x=-%i]", "[x=1]", "", True),
    ("Equiv", "[(x-1)^2=0,x=1]", "[x=1]", "", True),
    ("Equiv", "[x=1 or x=2,x=1 or 2]", "[x=1]", "", None),
    ("EquivFirst", "[x^2=9,x=3 or x=-3]", "[x^2=4]", "", False),
    ("NoSuchTest", "1", "1", "", None),
]


@pytest.mark.parametrize(("test", "student", "teacher", "option", "expected"), CASES)
def test_the_verdict_is_the_one_a_teacher_gives(
    test: str, student: str, teacher: str, option: str, expected: bool | None
) -> None:
    found = compare(test, student, teacher, option)
    assert found.result is expected, found
    assert found.reason


@settings(max_examples=40)
@given(st.integers(-9, 9), st.integers(1, 9), st.sampled_from(["()", "[]", "(]", "[)"]))
def test_an_interval_is_its_inequality_and_no_other(low: int, width: int, ends: str) -> None:
    def both(high: int, ends: str) -> tuple[str, str]:
        signs = ["<" if end in "()" else "<=" for end in ends]
        return f"{ends[0]}{low}; {high}{ends[1]}", f"{low} {signs[0]} x {signs[1]} {high}"

    def holds(test: str, student: str, teacher: str) -> bool:
        return compare(test, student, teacher, notation=SCHOOL, teacher_notation=SCHOOL).result is True

    interval, said = both(low + width, ends)
    wider, more_said = both(low + width + 1, ends)
    closer, less_said = both(low + width, ends[0] + ("]" if ends[1] == ")" else ")"))
    for test in ("AlgEquiv", "Solved"):
        assert holds(test, interval, said)
        assert holds(test, said, interval)
        assert not any(holds(test, interval, other) for other in (more_said, less_said))
        assert not any(holds(test, said, other) for other in (wider, closer))


@pytest.mark.parametrize(
    ("test", "student", "teacher", "expected"),
    [
        ("AlgEquiv", "{2;3}", "x=2 или x=3", True),
        ("AlgEquiv", "x=2 или x=3", "{2; 3}", True),
        ("AlgEquiv", "{2;4}", "x=2 или x=3", False),
        ("AlgEquiv", "{2;3}", "x=2 и y=3", False),
        ("AlgEquiv", "(2; +∞)", "x > 2", True),
        ("AlgEquiv", "[2; +∞)", "x > 2", False),
        ("AlgEquiv", "(3; 2)", "x > 2", False),
        ("AlgEquiv", "(1;2) и (3;4)", "(1;2) ∪ (3;4)", True),
        ("AlgEquiv", "(1;3) и (2;4)", "(1;4)", False),
        ("AlgEquiv", "(1;2) или (3;4)", "1<x<2 или 3<x<4", True),
        ("AlgEquiv", "2; 3", "x=2 или x=3", None),
        ("AlgEquiv", "x=2", "(2; 3)", False),
        ("Solved", "x^2-5x+6=0", "x=2 или x=3", False),
        ("Solved", "2x > 4", "x > 2", False),
        ("Solved", "x = ±2", "x=2 или x=-2", True),
        ("Solved", "нет корней", "{}", True),
    ],
)
def test_solutions_are_read_as_a_school_writes_them(
    test: str, student: str, teacher: str, expected: bool | None
) -> None:
    assert compare(test, student, teacher, notation=SCHOOL, teacher_notation=SCHOOL).result is expected


@pytest.mark.parametrize(
    ("student", "teacher"),
    [("3 1/2 ч", "3,5 ч"), ("3½ ч", "3,5 ч"), ("75 квадратных метров", "75 м²"), ("2 куб. см", "2 см³")],
)
def test_a_quantity_is_read_as_people_write_it(student: str, teacher: str) -> None:
    assert compare("UnitsRelative", student, teacher, notation=QUANTITY, teacher_notation=QUANTITY).result
    asked_back = compare("UnitsRelative", "10 kj", "10 кДж", notation=QUANTITY, teacher_notation=QUANTITY)
    assert asked_back.result is None
    assert meant_units("kj") == ["kJ"]
    assert meant_units("mw") == ["MW", "mW"]


@pytest.mark.parametrize("typed", ["20 °C", "20°С", "68 °F"])
def test_a_typed_temperature_is_converted_and_says_so(typed: str) -> None:
    found = compare("UnitsAbsolute", typed, "293.15*K", "0.01", notation=QUANTITY)
    assert (found.result, found.reason) == (True, "temperature_converted")


def test_every_answer_test_has_a_case() -> None:
    untried = set(TESTS) - {case[0] for case in CASES} - {"AlgEquivNouns", "RegExp", "Validator"}
    assert untried <= {"UnitsStrictRelative", "UnitsStrictAbsolute"}


@given(TREES)
@settings(max_examples=40, deadline=None)
def test_an_expression_is_equivalent_to_itself_turned_round(tree: object) -> None:
    text = written(tree)  # type: ignore[arg-type]
    turned = f"(1 + 2*({text}) - 1)/2"
    found = compare("AlgEquiv", turned, text)
    assert found.result is not False, found
    assert found.result is True or found.reason in ("undefined", "too_large")


@given(TREES)
@settings(max_examples=40, deadline=None)
def test_an_expression_is_never_equivalent_to_itself_and_one(tree: object) -> None:
    text = written(tree)  # type: ignore[arg-type]
    assert compare("AlgEquiv", f"({text})+1", text).result is not True


@given(TREES, st.integers(1, 400))
@settings(max_examples=30, deadline=None)
def test_what_is_lost_beside_a_giant_is_missed_all_the_same(tree: object, growth: int) -> None:
    giant = f"exp({growth}*x)"
    text = written(tree)  # type: ignore[arg-type]
    found = compare("AlgEquiv", f"{giant}+({text})+1", f"{giant}+({text})")
    assert found.result is not True


@given(TREES, TREES)
@settings(max_examples=30, deadline=None)
def test_order_and_brackets_alone_keep_the_form(a: object, b: object) -> None:
    one, other = written(a), written(b)  # type: ignore[arg-type]
    found = compare("EqualComAss", f"{one}+({other}*3)", f"3*{other}+{one}")
    assert found.result is not False, found


@given(
    st.sampled_from(sorted(TESTS)),
    st.text(alphabet="xy123+-*/^()[]{},=<>\"'!.%pie abc:#", max_size=25),
    st.text(alphabet="xy123+-*/^()[]{},=", max_size=15),
    st.text(alphabet="x12[],()", max_size=6),
)
@settings(max_examples=150, deadline=None)
def test_any_texts_get_a_verdict(test: str, student: str, teacher: str, option: str) -> None:
    assert compare(test, student, teacher, option).result in (True, False, None)


SCHOOLS: dict[str, Any] = {"notation": SCHOOL, "teacher_notation": SCHOOL}
NUMBERS = st.lists(st.integers(0, 9), min_size=1, max_size=6)


@given(mine=NUMBERS, wanted=NUMBERS)
@settings(max_examples=60)
def test_a_share_counts_right_parts_less_wrong_ones(mine: list[int], wanted: list[int]) -> None:
    def written(opened: str, items: list[int], closed: str) -> str:
        return opened + "; ".join(map(str, items)) + closed

    as_set = compare("Partly", written("{", mine, "}"), written("{", wanted, "}"), **SCHOOLS)
    right, wrong = set(mine) & set(wanted), set(mine) - set(wanted)
    assert as_set.share == Fraction(max(0, len(right) - len(wrong)), len(set(wanted)))
    assert as_set.result is (set(mine) == set(wanted))
    as_list = compare("Partly", written("[", mine, "]"), written("[", wanted, "]"), **SCHOOLS)
    same = sum(a == b for a, b in zip(mine, wanted, strict=False))
    assert as_list.share == Fraction(max(0, 2 * same - len(mine)), len(wanted))
    assert as_list.result is (mine == wanted)


def test_a_pair_in_round_brackets_is_no_closed_interval() -> None:
    assert compare("AlgEquiv", "(1; 2)", "[1; 2]", **SCHOOLS).result is False
    assert compare("AlgEquiv", "(1; 2)", "[1, 2]", notation=SCHOOL).result is True
    assert compare("AlgEquiv", "y ∈ (1; 2)", "x ∈ (1; 2)", **SCHOOLS).result is False
