"""Reasons of answer tests in words, and what students write by hand: what has one reading is never wrong for its looks."""

from __future__ import annotations

import ast
import itertools
import time
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lms.assessment.maths
from lms.assessment.contracts import ContentError, MarkStatus
from lms.assessment.maths.figures import exact_value
from lms.assessment.maths.notation import SCHOOL
from lms.assessment.maths.parser import parse
from lms.assessment.maths.tree import MathsError
from lms.assessment.maths.written import as_typed
from lms.assessment.pages.words import note_word
from lms.assessment.question_types.maths import SAYS, Maths
from lms.assessment.question_types.maths_reasons import REASONS, WHY, is_at_fault, reason_code
from lms.assessment.question_types.numeric import Numeric
from lms.assessment.rules.units import read_unit

#: Reasons that say no more than that the answer is wrong.
SILENT = frozenset({"", "generic"})


def content_of(text: str, test: str = "AlgEquiv", option: str = "", **parts: Any) -> dict[str, Any]:
    answer = {"text": text, "test": test, "option": option}
    return Maths().validate_content({"prompt": "?", "answers": [answer], **parts})


def codes_of_false_verdicts() -> set[str]:
    """Return every reason that stands as a text in ``Verdict.of(False, …)`` anywhere in the answer tests."""
    found: set[str] = set()
    for path in Path(lms.assessment.maths.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and ast.unparse(node.func) == "Verdict.of"):
                continue
            is_true = isinstance(node.args[0], ast.Constant) and node.args[0].value is True
            for each in () if is_true else node.args[1:]:
                texts = [each] if not isinstance(each, ast.IfExp) else [each.orelse]
                found |= {text.value for text in texts if isinstance(text, ast.Constant)}
    return found


def test_every_reason_has_words_unless_the_question_is_at_fault() -> None:
    codes = {code for code in codes_of_false_verdicts() if code not in SILENT and not is_at_fault(code)}
    assert {"not_factored", "can_cancel", "wrong_digits", "constant_missing", "no_units"} <= codes
    assert {code for code in codes if not reason_code(code)} == set()
    assert [code for code, _words in REASONS if not note_word(WHY + code)] == []
    assert "3" in note_word(WHY + "line 3")
    assert "1, 3" in note_word(WHY + "list_wrong_entries 1,3")


@pytest.mark.parametrize(
    ("answer", "typed", "code"),
    [
        (("x^2", "Int", "x"), "x^2", "constant_missing"),
        (("x^3+c", "Int", "x"), "3x^2", "differentiated_instead"),
        (("(x-1)(x+1)", "FacForm", "x"), "x^2-1", "not_factored"),
        (("1/2", "LowestTerms"), "2/4", "can_cancel"),
        (("3.14", "NumSigFigs", "3"), "3,1", "wrong_digits"),
        (("3.14", "NumDecPlaces", "2"), "3,1", "wrong_places"),
        (("75 км/ч", "Units", "2"), "75", "no_units"),
        (("75 км/ч", "Units", "2"), "75 кг", "units_incompatible"),
        (("75 км/ч", "UnitsStrict", "2"), "20,8 м/с", "units_compatible_but_other"),
        (("{1; 2}",), "{1; 3}", "set_wrong_entries"),
        (("x > 2",), "x ≥ 2", "inequality_solved"),
        (("x+1", "EqualComAss"), "x+2-1", "equivalent_but_other_form"),
        (("x=1",), "7", "not_equation"),
    ],
)
def test_a_wrong_answer_says_why(answer: tuple[str, ...], typed: str, code: str) -> None:
    found = Maths().mark(content_of(*answer), 1, typed)
    assert (found.status, found.notes) == (MarkStatus.WRONG, (WHY + code,))
    assert note_word(found.notes[0])


def test_an_author_has_words_of_their_own_for_a_reason() -> None:
    own = [{"reason": "not_factored", "says": "Вынеси множитель за скобки."}]
    content = content_of("x(x-1)", "FacForm", "x", reasons=own)
    assert Maths().mark(content, 1, "x^2-x").notes == (SAYS + own[0]["says"],)
    assert Maths().mark(content, 1, "x").notes == (WHY + "not_equivalent",)
    kind = Maths()
    assert kind.validate_content(kind.content_from(kind.form_from(content))) == content
    assert "reasons" not in content_of("x")
    with pytest.raises(ContentError) as refused:
        content_of("x", reasons=[{"reason": "nonsense", "says": ""}])
    assert set(refused.value.problems) == {"reasons.0.reason", "reasons.0.says"}


def test_a_question_that_cannot_be_compared_with_costs_nothing() -> None:
    found = Maths().mark(content_of("5", "Units", "2"), 1, "5 м")
    assert (found.status, found.notes) == (MarkStatus.INVALID, ("maths_question_at_fault",))


@pytest.mark.parametrize(
    ("answer", "typed", "status"),
    [
        (("1/2",), "½", MarkStatus.RIGHT),
        (("7/2",), "3½", MarkStatus.RIGHT),
        (("7/2",), "3 1/2", MarkStatus.RIGHT),
        (("7/2",), "7:2", MarkStatus.RIGHT),
        (("31/2",), "3 1/2", MarkStatus.WRONG),
        (("7/2 x",), "3 1/2x", MarkStatus.INVALID),
        (("1000",), "1 000", MarkStatus.RIGHT),
        (("1/3",), "0,(3)", MarkStatus.RIGHT),
        (("1/6",), "0,1(6)", MarkStatus.RIGHT),
        (("1/2",), r"\frac{1}{2}", MarkStatus.RIGHT),
        (("x^2+1",), "х^{2}+1", MarkStatus.RIGHT),
        (("cos x",), "соs х", MarkStatus.RIGHT),
        (("x^2+1",), "ж^2+1", MarkStatus.INVALID),
        (("x=1 or x=2",), "x=1; x=2", MarkStatus.RIGHT),
        (("x=1 or x=2",), "x₁=1; x₂=2", MarkStatus.RIGHT),
        (("x=1 or x=2",), "x=1; x=3", MarkStatus.WRONG),
        (("x=1 and y=2",), "x=1; y=2", MarkStatus.RIGHT),
        (("x1=1 and x2=2",), "x₁=1; x₂=2", MarkStatus.RIGHT),
        (("x1=1 and x2=2",), "x₁=2; x₂=1", MarkStatus.WRONG),
        (("x₁=1; x₂=2",), "x₁=2; x₂=1", MarkStatus.RIGHT),
        (("{2; 3}",), "x=2; x=3", MarkStatus.RIGHT),
        (("{2; 3}",), "x^2-5x+6=0", MarkStatus.WRONG),
        (("(2; +∞)",), "2<x", MarkStatus.RIGHT),
        (("(2; +∞)",), "2x-4>0", MarkStatus.WRONG),
        (("root(8; 3)",), r"\sqrt[3]{8}", MarkStatus.RIGHT),
        (("root(8; 3)",), r"\sqrt[3]{87", MarkStatus.INVALID),
        (("||x|-1|",), "||x|-1|", MarkStatus.RIGHT),
        (("2 abs(x)",), "2|x|", MarkStatus.RIGHT),
        (("{}",), "нет корней", MarkStatus.RIGHT),
        (("75 км/ч", "UnitsStrict", "2"), "75 km/h", MarkStatus.RIGHT),
        (("75 км/ч", "UnitsStrict", "2"), "75 километров в час", MarkStatus.RIGHT),
        (("75 км/ч", "Units", "2"), "75 кмч", MarkStatus.INVALID),
        (("5,0 Н", "Units", "2"), "5,0 ньютонов", MarkStatus.RIGHT),
        (("5,0 Н", "Units", "2"), "5,0 н", MarkStatus.RIGHT),
        (("10 кДж", "UnitsRelative", "0.01"), "10 кдж", MarkStatus.RIGHT),
        (("10 МПа", "UnitsRelative", "0.01"), "10 мпа", MarkStatus.INVALID),
        (("12,5 ч", "UnitsRelative", "0.01"), "12 ч 30 мин", MarkStatus.INVALID),
    ],
)
def test_what_has_one_reading_is_right_and_what_has_none_is_not_wrong(
    answer: tuple[str, ...], typed: str, status: MarkStatus
) -> None:
    content = content_of(*answer)
    assert Maths().mark(content, 1, typed).status is status
    assert Maths().is_unread(content, typed) == (status is MarkStatus.INVALID)


def test_letters_that_an_author_typed_in_russian_are_the_same_letters() -> None:
    content = content_of("х^2", variables="х")
    assert Maths().mark(content, 1, "x^2").status is MarkStatus.RIGHT


@pytest.mark.parametrize(
    ("unit", "status"),
    [("метров", MarkStatus.RIGHT), ("кг", MarkStatus.WRONG), ("мтр", MarkStatus.INVALID)],
)
def test_a_unit_that_nobody_knows_is_not_a_wrong_one(unit: str, status: MarkStatus) -> None:
    parts = {"answer": "5", "unit": "м", "unit_mode": "asked", "unit_fraction": "0"}
    content = Numeric().validate_content({"prompt": "?", **parts})
    assert Numeric().mark(content, 1, {"value": "5", "unit": unit}).status is status


@pytest.mark.parametrize(
    ("written", "symbol"),
    [
        ("километров в час", "км/ч"),
        ("суток", "сут"),
        ("лет", "год"),
        ("гц", "Гц"),
        ("квт", "кВт"),
        ("миллиампер", "мА"),
        ("молей", "моль"),
    ],
)
def test_units_in_words_and_in_any_case(written: str, symbol: str) -> None:
    assert read_unit(written) == read_unit(symbol) is not None


def test_a_unit_that_could_be_two_is_none() -> None:
    assert (read_unit("мпа"), read_unit("мвт"), read_unit("метро")) == (None, None, None)


@settings(max_examples=60, deadline=None)
@given(
    whole=st.integers(1, 99),
    above=st.integers(1, 98),
    below=st.integers(2, 99),
    still=st.text("0123456789", max_size=3),
)
def test_mixed_numbers_and_periods_have_the_value_that_they_have_on_paper(
    whole: int, above: int, below: int, still: str
) -> None:
    if above < below:
        mixed = exact_value(parse(f"{whole} {above}/{below}", SCHOOL))
        assert mixed is not None
        assert abs(mixed - whole - Fraction(above, below)) < Fraction(1, 10**25)
    periodic = exact_value(parse(f"{whole},{still}({above})", SCHOOL))
    shown = Decimal(f"{whole}.{still}{str(above) * 30}")
    assert periodic is not None
    assert abs(periodic - Fraction(shown)) < Fraction(1, 10**25)


@pytest.mark.parametrize(
    "typed", ["\\frac{", "\\frac{\\frac{", "\\frac{1}{\\sqrt{", "x^{\\frac", "\\sqrt[" * 3]
)
def test_an_unfinished_formula_is_refused_and_not_a_failure(typed: str) -> None:
    with pytest.raises(MathsError):
        parse(as_typed(typed), SCHOOL)


#: What could make one of the patterns look again and again at the same signs.
PIECES = (
    "1", " ", "\t", "\u00a0", "1 ", "1 000 ", "1 1/2 ", "½", "слово ", "х", ",", "0,(", "кв. ", "квадратный ", "где n",
    "n∈", "любое ", "x = ", "решений ", "\\frac{", "\\sqrt[", "x^{2", "{", "}", "$", "\\", "\\left(",
)  # fmt: skip


@pytest.mark.parametrize("has_units", [False, True])
def test_a_long_answer_is_read_at_once(has_units: bool) -> None:
    texts = ["".join(itertools.islice(itertools.cycle(piece), 20_000)) for piece in PIECES]
    texts += [text[:-1] + "!" for text in texts]
    for text in texts:
        began = time.process_time()
        as_typed(text, has_units=has_units)
        assert time.process_time() - began < 0.5, f"{text[:20]!r}…"


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="0123 ,.()/{}\\^_fracsqt½⅔xх;=|:", max_size=40))
def test_any_text_is_read_or_refused(typed: str) -> None:
    assert len(as_typed(typed)) <= 20 * len(typed) + 20
    with suppress(MathsError):
        parse(typed, SCHOOL)
