"""Numbers, units, texts and orders: what a marker compares with."""

from __future__ import annotations

import time
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.assessment.contracts import MarkStatus
from lms.assessment.question_types.numeric import Numeric
from lms.assessment.rules.numbers import Rounding, as_decimal, is_given_to, magnitude, read_number, rounded
from lms.assessment.rules.orders import Scheme, score_order
from lms.assessment.rules.texts import is_safe_pattern, matches_pattern, matches_wildcard, typing_errors
from lms.assessment.rules.units import conversion_between, read_unit


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("2,5", "5/2", ""),
        ("−1 000,5 м", "-2001/2", "м"),
        ("1.000.000", "1000000", ""),
        ("1,234.5", "2469/2", ""),
        ("1,2·10^3", "1200", ""),
        ("1,2·10⁻³ кг", "3/2500", "кг"),
        ("3x10**8", "300000000", ""),
        ("3/4", "3/4", ""),
        (".5e2", "50", ""),
        ("5·м", "5", "·м"),
    ],
)
def test_a_number_is_read_as_schools_write_it(text: str, value: str, unit: str) -> None:
    found = read_number(text)
    assert found is not None
    assert (found.value, found.unit) == (Fraction(value), unit)


@pytest.mark.parametrize("text", ["1 2", "12 34", "1 0000", "2 1/2", "1\u00a02", "3,14 1592", "2 10^3"])
def test_digits_with_spaces_that_are_no_groups_of_three_are_asked_back(text: str) -> None:
    assert read_number(text) is None
    numeric = Numeric()
    content = numeric.validate_content({"prompt": "?", "answer": "12"})
    assert numeric.mark(content, 1, {"value": text, "unit": ""}).status is MarkStatus.INVALID


@pytest.mark.parametrize(
    ("text", "value"), [("1 000", 1000), ("12\u202f345 678", 12345678), ("0,123 456 7", Decimal("0.1234567"))]
)
def test_groups_of_three_are_one_number(text: str, value: Decimal) -> None:
    found = read_number(text)
    assert found is not None
    assert found.value == Fraction(value)


@pytest.mark.parametrize("text", ["", ".", "м", "1,23,4", "1/0", "1.5/2", "1e99999", "∞", "nan", "1" * 300])
def test_what_is_no_number_is_none(text: str) -> None:
    found = read_number(text)
    assert found is None or found.unit


@settings(deadline=None)  # the first unit loads the registry
@given(st.text(max_size=40))
def test_whatever_is_typed_is_read_or_refused_at_once(text: str) -> None:
    found = read_number(text)
    assert found is None or found.figures[0] <= found.figures[1]
    read_unit(text)


@given(st.fractions(max_denominator=10**9), st.integers(1, 12), st.sampled_from(Rounding))
def test_rounding_is_near_and_stays(value: Fraction, digits: int, rounding: Rounding) -> None:
    near = rounded(value, rounding, digits)
    assert rounded(near, rounding, digits) == near
    if rounding is Rounding.DECIMALS:
        assert abs(near - value) * 2 <= Fraction(1, 10**digits)
    if rounding is Rounding.FIGURES and value:
        assert abs(near - value) * 2 <= Fraction(10) ** (magnitude(value) - digits + 1)


@given(st.decimals(-(10**6), 10**6, places=4))
def test_a_decimal_stays_itself(value: object) -> None:
    assert as_decimal(Fraction(str(value)), 4) == value


@pytest.mark.parametrize(
    ("text", "digits", "is_strict", "verdict"),
    [("0,10", 2, True, True), ("0,1", 2, True, False), ("0,1", 2, False, True), ("0,1000", 2, False, False)],
)
def test_decimals_are_counted_as_typed(text: str, digits: int, is_strict: bool, verdict: bool) -> None:
    typed = read_number(text)
    assert typed is not None
    assert is_given_to(typed, Rounding.DECIMALS, digits, is_strict=is_strict) is verdict


def test_zeros_at_the_end_of_a_whole_number_may_count_as_figures() -> None:
    typed = read_number("1300")
    assert typed is not None
    assert typed.figures == (2, 4)


@pytest.mark.parametrize(
    ("found", "right", "factor"),
    [
        ("км/ч", "м/с", "5/18"),
        ("Дж/(кг·°C)", "кДж/кг/°С", "1/1000"),
        ("кВт·ч", "Дж", "3600000"),
        ("г/см3", "кг/м³", "1000"),
        ("м", "кг", None),
        ("м^99", "м", None),
        ("попугай", "м", None),
        ("м)", "м", None),
        ("к" + "g", "кг", "1"),  # a Russian and a Latin letter
        ("k" + "Н", "Н", "1000"),
    ],
)
def test_units_are_converted_exactly(found: str, right: str, factor: str | None) -> None:
    assert conversion_between(found, right) == (None if factor is None else (Fraction(factor), 0))


@given(st.fractions(-1000, 1000), st.permutations(["К", "°C", "°F"]))
def test_temperatures_come_back_from_other_scales(value: Fraction, scales: list[str]) -> None:
    first, second, third = scales
    one, two, back = (
        conversion_between(*pair) for pair in ((first, second), (second, third), (third, first))
    )
    assert one is not None
    assert two is not None
    assert back is not None
    assert back.of(two.of(one.of(value))) == value


TEMPERATURE = {"prompt": "?", "answer": "293,15", "unit": "К", "unit_mode": "asked", "tolerance": "0.001"}
HEAT = {"prompt": "?", "answer": "4200", "unit": "Дж/(кг·К)", "unit_mode": "asked"}
DIFFERENCE = {"prompt": "?", "answer": "20", "unit": "К", "units": ["°C"], "unit_mode": "asked"}


@pytest.mark.parametrize(
    ("content", "said", "share", "notes"),
    [
        (TEMPERATURE, "20 °C", 1, ("temperature_converted",)),
        (TEMPERATURE, "68 °F", 1, ("temperature_converted",)),
        (TEMPERATURE, "293,15 К", 1, ()),
        (TEMPERATURE, "20 К", 0, ()),
        (TEMPERATURE, "293,15 °C", 0, ()),
        (HEAT, "4200 Дж/(кг·°C)", 1, ()),
        (HEAT, "4,2 кДж/(кг·К)", 1, ()),
        (DIFFERENCE, "20 °C", 1, ()),
    ],
)
def test_a_temperature_has_an_offset_and_a_difference_has_none(
    content: dict[str, Any], said: str, share: int, notes: tuple[str, ...]
) -> None:
    kind = Numeric()
    made = kind.validate_content(content)
    found = kind.mark(made, 1, kind.parse({"answer": [said]}))
    assert (found.fraction, found.notes) == (share, notes)


ORDERS = st.integers(2, 9).flatmap(lambda count: st.tuples(st.just(count), st.permutations(range(count))))


@given(ORDERS, st.sampled_from(Scheme))
def test_only_the_right_order_earns_everything(order: tuple[int, list[int]], scheme: Scheme) -> None:
    count, placed = order
    share = score_order(scheme, count, placed)
    assert 0 <= share <= 1
    assert (share == 1) == (placed == list(range(count)))


@given(st.integers(2, 6), st.lists(st.none() | st.integers(0, 5), max_size=8), st.sampled_from(Scheme))
def test_gaps_and_doubles_never_earn_everything(count: int, placed: list[int | None], scheme: Scheme) -> None:
    known = [thing if thing is not None and thing < count else None for thing in placed]
    share = score_order(scheme, count, known)
    assert 0 <= share <= 1
    assert share < 1 or known[:count] == list(range(count))


def test_a_wildcard_stands_for_any_letters() -> None:
    assert matches_wildcard("фотосинтезом", "фото*синтез*")
    assert not matches_wildcard("синтез", "фото*")
    assert matches_wildcard("2*3", r"2\*3")
    assert not matches_wildcard("2x3", r"2\*3")
    assert not matches_wildcard("аб", "аб*б")


def test_typing_errors_are_counted_and_digits_forgive_none() -> None:
    assert typing_errors("вогла", "волга", 1) == 1
    assert typing_errors("молоко", "малако", 1) is None
    assert typing_errors("1942", "1941", 3) is None


@pytest.mark.parametrize(
    "pattern", ["(a+)+", "(a|aa)*", "(a?){9}", r"(a)\1", "(?=a)a", "(", "a*b*c*d*", "a" * 999]
)
def test_a_pattern_that_could_take_long_is_refused(pattern: str) -> None:
    assert not is_safe_pattern(pattern)


@given(st.text("ab(|)*+?[]{2}\\.", max_size=14))
def test_a_pattern_that_is_taken_ends_soon(pattern: str) -> None:
    if is_safe_pattern(pattern):
        start = time.process_time()
        matches_pattern("a" * 60, pattern, is_case_sensitive=True)
        assert time.process_time() - start < 1
