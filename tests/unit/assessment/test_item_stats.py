"""Statistics of questions: the report's definitions, told apart from our exact sums; fairness; one scale."""

from __future__ import annotations

import io
import itertools
import json
import math
import random
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from lms.assessment.pages.scale_words import _fit_says
from lms.assessment.question_types import builtin
from lms.assessment.rules.item_fairness import difference_between, levels_of, options_chosen, traces_of
from lms.assessment.rules.item_response import ItemFit, chance_of, fit_model, scale_of
from lms.assessment.rules.item_stats import MarkTable, Sums, TooFew, pooled_discrimination, statistics
from lms.assessment.rules.pooled_stats import PlanMarks, pooled_statistics
from lms.assessment.stats_commands import read_marks, stats


def table_of(marks: list[list[str]], greatest: list[str]) -> MarkTable:
    return MarkTable(
        tuple(f"q{number}" for number, _ in enumerate(greatest, 1)),
        tuple(map(Decimal, greatest)),
        tuple(Decimal("0.25") for _ in greatest),
        tuple(tuple(map(Decimal, row)) for row in marks),
    )


def by_the_book(marks: list[list[float]], j: int) -> dict[str, float | None]:
    """Return one question's figures, step by step as the report's documentation writes them."""
    n, sums = len(marks), [sum(row) for row in marks]
    own, rest = [row[j] for row in marks], [total - row[j] for row, total in zip(marks, sums, strict=True)]
    average, rest_average, sum_average = sum(own) / n, sum(rest) / n, sum(sums) / n
    own_variance = sum((x - average) ** 2 for x in own) / (n - 1)
    rest_variance = sum((x - rest_average) ** 2 for x in rest) / (n - 1)
    together = sum((x - average) * (y - rest_average) for x, y in zip(own, rest, strict=True)) / (n - 1)
    most = sum((x - average) * (y - rest_average) for x, y in zip(sorted(own), sorted(rest), strict=True)) / (
        n - 1
    )
    overall = sum((x - average) * (y - sum_average) for x, y in zip(own, sums, strict=True)) / (n - 1)
    product = own_variance * rest_variance
    return {
        "sd": math.sqrt(own_variance),
        "variance": own_variance,
        "discrimination_index": 100 * together / math.sqrt(product) if product > 1e-12 else None,
        "discrimination_efficiency": 100 * together / most if abs(most) > 1e-12 else None,
        "overall": overall,
    }


MARKS = st.integers(2, 6).flatmap(
    lambda k: st.lists(
        st.lists(st.sampled_from(["0", "0.25", "0.3333333", "0.5", "1", "2"]), min_size=k, max_size=k),
        min_size=10,
        max_size=40,
    )
)


@given(MARKS)
def test_every_figure_is_the_reports(rows: list[list[str]]) -> None:
    k = len(rows[0])
    found = statistics(table_of(rows, ["2"] * k))
    marks = [[float(mark) for mark in row] for row in rows]
    book = [by_the_book(marks, j) for j in range(k)]
    roots = [math.sqrt(b["overall"] or 0) if (b["overall"] or 0) >= 0 else 0 for b in book]
    for j, item in enumerate(found.items):
        assert item.facility == pytest.approx(sum(row[j] for row in marks) / len(marks) / 2, abs=1e-9)
        assert item.sd == pytest.approx(book[j]["sd"], abs=1e-7)
        assert item.intended_weight == pytest.approx(100 / k)
        for name in ("discrimination_index", "discrimination_efficiency"):
            if book[j][name] is not None and getattr(item, name) is not None:
                assert getattr(item, name) == pytest.approx(book[j][name], abs=1e-5)
        if item.effective_weight is not None and sum(roots) > 1e-6:
            assert item.effective_weight == pytest.approx(100 * roots[j] / sum(roots), abs=1e-4)
    totals = [sum(row) for row in marks]
    mean = sum(totals) / len(totals)
    k2 = sum((x - mean) ** 2 for x in totals) / (len(totals) - 1)
    if found.cic is not None and k2 > 1e-9:
        cic = 100 * k / (k - 1) * (1 - sum(b["variance"] or 0 for b in book) / k2)
        assert found.cic == pytest.approx(cic, abs=1e-5)
        assert found.error_ratio == pytest.approx(100 * math.sqrt(max(0, 1 - cic / 100)), abs=1e-3)
        assert found.se == pytest.approx((found.error_ratio or 0) * math.sqrt(k2) / 100, abs=1e-6)


def sums_of(rows: list[list[str]], shift: int = 0) -> Sums:
    """Return what a database adds up of the first question of works, ``shift`` points easier or harder as a whole."""
    own = [float(row[0]) / 2 for row in rows]
    rest = [(sum(map(float, row[1:])) + shift) / (2 * (len(row) - 1)) for row in rows]
    squares = [sum(x * x for x in values) for values in (own, rest)]
    together = sum(x * y for x, y in zip(own, rest, strict=True))
    n = len(rows)
    return Sums(n, sum(own), squares[0], n, sum(own), squares[0], sum(rest), squares[1], together)


@given(MARKS, st.integers(-9, 9))
def test_discrimination_over_plans_is_that_of_one_and_no_easier_plan_feigns_it(
    rows: list[list[str]], shift: int
) -> None:
    index = statistics(table_of(rows, ["2"] * len(rows[0]))).items[0].discrimination_index
    for groups in ([sums_of(rows)], [sums_of(rows), sums_of(rows, shift)]):
        assert pooled_discrimination(groups) == (None if index is None else pytest.approx(index, abs=1e-4))


PAIRS = {"prompt": "?", "left": [{"id": "a", "text": "A"}, {"id": "b", "text": "B"}], "pairs": {"a": "1", "b": "2"},
         "right": [{"id": "1", "text": "x"}, {"id": "2", "text": "y"}, {"id": "3", "text": "z"}]}  # fmt: skip
GAPS = {"prompt": "?", "text": "{a} and {b}"}
WORDS = {**GAPS, "gaps": [{"id": "a", "right": "x"}, {"id": "b", "right": "y"}], "decoys": ["z"]}
LISTS = {**GAPS, "gaps": [{"id": "a", "kind": "choice", "right": ["x"], "wrong": ["y", "z"], "points": "3"},
                          {"id": "b", "kind": "choice", "right": ["x"], "wrong": ["y"], "points": "1"}]}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("matching", PAIRS, (("1", "2", "3"), ("1", "2", "3"))),
        ("matching", PAIRS | {"scoring": "all_or_nothing"}, (("1", "2", "3"), ("1", "2", "3"))),
        ("word_bank", WORDS, (("x", "y", "z"), ("x", "y", "z"))),
        ("cloze", LISTS, (("x", "y", "z"), ("x", "y"))),
    ],
)
def test_guessing_earns_the_average_of_all_answers(
    name: str, content: dict[str, Any], words: tuple[tuple[str, ...], ...]
) -> None:
    kind: Any = next(kind for kind in builtin() if kind.name == name)
    made = kind.validate_content(content)
    earned = [
        kind.mark(
            made, 1, kind.parse(kind.fields_for(made, 1, dict(zip("ab", chosen, strict=True))))
        ).fraction
        for chosen in itertools.product(*words)
    ]
    assert kind.guessed_share(made) == pytest.approx(sum(earned) / len(earned))


def test_a_constant_has_no_variance_and_no_discrimination() -> None:
    found = statistics(table_of([["0.1", str(n % 2)] for n in range(12)], ["1", "1"]))
    assert found.items[0].sd == 0
    assert found.items[0].discrimination_index is None
    assert "no_variance:q1" in found.warnings


def test_too_few_attempts_are_refused_and_few_are_warned_of() -> None:
    with pytest.raises(TooFew):
        statistics(table_of([["1", "0"]] * 9, ["1", "1"]))
    assert "thin" in statistics(table_of([["1", "0"]] * 10, ["1", "1"])).warnings


def test_the_command_prints_every_documented_key() -> None:
    rows = "\n".join(f"a{n},{n % 2},{n % 3 / 2},{'' if n == 3 else 1}" for n in range(12))
    result = CliRunner().invoke(
        stats, ["--json"], input=f"attempt,q1,q2,q3\nmax,1,1,1\nguess,0.5,0.25,\n{rows}\n"
    )
    assert result.exit_code == 0
    found = json.loads(result.output)
    assert found["attempts"] == 12
    assert found["reason"] is None
    assert found["items"][0]["random_guess"] == 0.5
    assert found["items"][2]["random_guess"] is None
    assert found["items"][2]["facility"] == pytest.approx(11 / 12)
    assert CliRunner().invoke(stats, [], input=f"attempt,q1\nmax,1\nguess,0\n{rows}").exit_code == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n",
        "attempt,q1\nmax,1\nguess,0",
        "attempt,q1\nmax,x\nguess,0\n1,1",
        "attempt,q1\nmax,1\nguess,0\n1,1e999",
        "attempt,q1\nmax,1\nguess,0\n1,1,2",
        "attempt,q1\n1,1\n2,1",
        "attempt,q1\nmax,1\nguess,0\n1,nan",
        "attempt,q1,q1\nmax,1,1\nguess,0,0" + "\n".join(f"\n{n},1,0" for n in range(10)),
        "attempt,q1\nmax,1\nguess,25" + "\n".join(f"\n{n},1" for n in range(10)),
    ],
)
def test_what_is_no_table_is_refused_with_a_reason(text: str) -> None:
    result = CliRunner().invoke(stats, ["--json"], input=text)
    assert result.exit_code == 2
    assert json.loads(result.output)["reason"]


def test_a_mark_above_the_greatest_is_told() -> None:
    rows = [["1", "0"], ["0", "1"]] * 5
    assert "above_greatest:q1" not in statistics(table_of(rows, ["1", "1"])).warnings
    assert "above_greatest:q1" in statistics(table_of([["3", "0"], *rows], ["1", "1"])).warnings


@given(st.text('max,guess\n0123456789.e-"', max_size=80))
def test_no_file_breaks_the_reader(text: str) -> None:
    assert CliRunner().invoke(stats, ["--json"], input=text).exit_code in {0, 2}


def test_a_good_distractor_draws_the_weak() -> None:
    answers: list[tuple[list[str], float]] = [(["a"], n) for n in range(20, 40)] + [
        (["b"], n) for n in range(20)
    ]
    right, wrong = options_chosen(answers)
    assert (right.option, wrong.option) == ("a", "b")
    assert right.share_of_best == 1
    assert wrong.share_of_weakest == 1
    assert {row.share_of_best for row in options_chosen(answers[:35])} == {None}
    assert (right.point_biserial or 0) > 0.8 > 0 > (wrong.point_biserial or 0)


def simulated(count: int, questions: list[tuple[float, float]], seed: int) -> list[list[bool | None]]:
    drawn = random.Random(seed)
    people = [drawn.gauss(0, 1) for _ in range(count)]
    return [[drawn.random() < 1 / (1 + math.exp(-a * (theta - b))) for a, b in questions] for theta in people]


def test_a_question_that_is_harder_for_one_group_is_noticed_and_a_fair_one_is_not() -> None:
    drawn = random.Random(4)
    rows: dict[str, list[Any]] = {"fair": [], "unfair": []}
    for number in range(1200):
        is_focal, theta = number % 2 == 0, drawn.gauss(0, 1)
        total = float(round(5 * theta))
        rows["fair"].append((is_focal, drawn.random() < 1 / (1 + math.exp(-theta)), total))
        rows["unfair"].append(
            (is_focal, drawn.random() < 1 / (1 + math.exp(-(theta - (1.2 if is_focal else 0)))), total)
        )
    fair, unfair = difference_between(rows["fair"]), difference_between(rows["unfair"])
    assert fair is not None
    assert unfair is not None
    assert fair.size == "A"
    assert unfair.size == "C"
    assert unfair.odds_ratio > 2
    assert unfair.delta < -1.5


def test_answers_by_a_coin_stand_out_and_answers_of_the_model_do_not() -> None:
    places = [(1.0, b) for b in (-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0)]
    fits = fit_model(simulated(3000, [*places, (0.0, 0.0)], 3))
    assert fits is not None
    *good, coin = (fit for fit in fits if fit is not None)
    assert _fit_says(coin) == "Answers are less regular than expected: look for guessing or a second meaning."
    assert {_fit_says(fit) for fit in good} == {"The model describes the answers well."}


def test_both_models_find_the_questions_where_they_were_put() -> None:
    places = [(1.0, b / 2) for b in range(-3, 4)]
    fits = fit_model(simulated(1500, places, 1))
    assert fits is not None
    for (_a, b), fit in zip(places, fits, strict=True):
        assert fit is not None
        assert fit.difficulty == pytest.approx(b, abs=0.3)
        assert 0.8 < fit.infit < 1.2
    steep = [(0.6, -1.0), (2.0, 0.0), (1.0, 1.0), (1.5, -0.5), (1.0, 0.5), (0.8, 0.0)]
    fits = fit_model(simulated(2000, steep, 2), is_rasch=False)
    assert fits is not None
    for (a, b), fit in zip(steep, fits, strict=True):
        assert fit is not None
        assert fit.discrimination == pytest.approx(a, abs=0.45)
        assert fit.difficulty == pytest.approx(b, abs=0.35)


def test_a_question_that_all_solved_has_no_place_and_few_people_have_no_scale() -> None:
    answers = [[True, *row] for row in simulated(60, [(1.0, 0.0), (1.0, 0.5)], 3)]
    fits = fit_model(answers)
    assert fits is not None
    assert fits[0] is None
    assert fits[1] is not None
    assert fit_model(answers[:29]) is None


def test_abler_people_stand_higher_on_the_scale_and_half_solve_a_question_of_their_own_difficulty() -> None:
    answers = simulated(300, [(1.0, b / 2) for b in range(-4, 5)], 7)
    scale = scale_of(answers)
    assert scale is not None
    totals = [sum(answer is True for answer in row) for row in answers]
    placed = sorted(zip(totals, scale.abilities, strict=True))
    assert placed[0][1] < 0 < placed[-1][1]
    assert [total for total, _ in sorted(placed, key=lambda row: row[1])] == sorted(totals)
    assert chance_of(ItemFit(0.7, 1.3, 1, 1), 0.7) == 0.5


@given(st.lists(st.integers(0, 9).map(float), max_size=80), st.integers(1, 9))
def test_levels_part_nobody_with_equal_marks_and_lose_nobody(totals: list[float], most: int) -> None:
    levels = levels_of(totals, most=most)
    assert len(levels) <= most
    assert sum(level.works for level in levels) == (len(totals) if len(totals) >= 10 else 0)
    assert all(level.works >= 10 for level in levels)
    assert all(low.highest < high.lowest for low, high in itertools.pairwise(levels))
    traces = traces_of([(["a"] if total > 4 else ["b"], total) for total in totals], levels)
    for level, shares in enumerate(zip(*(trace.shares for trace in traces), strict=True)):
        assert sum(shares) == pytest.approx(1), level


COLUMNS = {
    "an empty cell": ["", "1", "0", "0.5"],
    "a column of zeros": ["0"] * 4,
    "marks below zero": ["-1", "-0.5", "0", "1"],
    "everybody the same": ["0.5"] * 4,
}


@pytest.mark.parametrize("odd", COLUMNS)
@pytest.mark.parametrize("greatest", ["1", "0"])
def test_odd_columns_have_every_key_and_null_where_nothing_is_defined(odd: str, greatest: str) -> None:
    lines = ["attempt,q1,q2,q3", f"max,{greatest},1,2", "guess,,0.5,"]
    lines += [f"{n},{COLUMNS[odd][n % 4]},{n % 2},{n % 3}" for n in range(12)]
    result = CliRunner().invoke(stats, ["--json"], input="\n".join(lines))
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout, parse_constant=lambda name: pytest.fail(name))
    keys = {frozenset(item) for item in found["items"]}
    assert len(keys) == 1
    first = found["items"][0]
    assert (first["facility"] is None) == (greatest == "0")
    if len(set(COLUMNS[odd])) == 1:
        assert (first["sd"], first["discrimination_index"], first["point_biserial"]) == (0, None, None)
        assert "no_variance:q1" in found["warnings"]


def test_rows_that_are_all_equal_have_no_spread_and_no_shares_of_it() -> None:
    found = statistics(table_of([["1", "0.5"]] * 12, ["1", "1"]))
    assert (found.sd, found.cic, found.error_ratio, found.se, found.skewness) == (0, None, None, None, None)
    assert all(item.effective_weight is None for item in found.items)


def test_a_table_of_a_russian_excel_has_the_figures_of_the_same_table() -> None:
    rows = [("попытка", "в1", "в2"), ("max", "2", "1"), ("guess", "0.5", "")]
    rows += [(f"ученик {n}", str(n % 5 / 2), str(n % 2)) for n in range(12)]
    plain = "\n".join(",".join(row) for row in rows).encode()
    saved = "\r\n".join(";".join(cell.replace(".", ",") for cell in row) for row in rows).encode("cp1251")
    told = [CliRunner().invoke(stats, ["--json"], input=data) for data in (plain, saved)]
    assert told[0].exit_code == told[1].exit_code == 0
    assert told[0].stdout == told[1].stdout


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"attempt,q1\nmax,-2\nguess,\n" + b"".join(b"%d,1\n" % n for n in range(12)), "not below 0"),
        ("attempt,q1\nmax,2\nguess,\n".encode("utf-16"), "no text in UTF-8 or Windows-1251"),
    ],
)
def test_a_table_that_cannot_be_meant_is_refused_in_words(data: bytes, words: str) -> None:
    result = CliRunner().invoke(stats, ["--json"], input=data)
    assert result.exit_code == 2
    assert words in json.loads(result.stdout)["reason"]


def test_a_table_keeps_what_the_file_says() -> None:
    table = read_marks(io.StringIO("attempt,q1\nmax,2\nguess,0.5\nx,1.5\n"))
    assert table.marks == ((Decimal("1.5"),),)


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3), st.integers(0, 6)), min_size=10, max_size=30),
)
def test_figures_over_one_plan_are_those_of_the_plan(rows: list[tuple[int, int, int]]) -> None:
    """What is put together over plans is, of one plan, what Moodle's report defines; another plan alike changes no correlation."""
    greatest = (4, 3, 6)
    table = MarkTable(
        ("q1", "q2", "q3"),
        tuple(map(Decimal, greatest)),
        (None,) * 3,
        tuple(tuple(map(Decimal, row)) for row in rows),
    )
    plan = PlanMarks(
        [row[0] / 4 for row in rows],
        [(row[1] + row[2]) / 9 for row in rows],
        [sum(row) / 13 for row in rows],
        table,
        0,
    )
    whole = statistics(table)
    said, pooled = whole.items[0], pooled_statistics([plan], 0.25)
    twice = pooled_statistics([plan, plan], 0.25)
    assert pooled is not None
    assert twice is not None
    expected = {
        "facility": said.facility,
        "sd": said.sd / 4,
        "discrimination_index": said.discrimination_index,
        "discrimination_efficiency": said.discrimination_efficiency,
        "point_biserial": said.point_biserial,
        "alpha_without": said.alpha_without,
        "standard_error": None if whole.se is None else whole.se / 13,
    }
    for key, value in expected.items():
        assert getattr(pooled, key) == (None if value is None else pytest.approx(value, abs=1e-6)), key
        if key != "sd":
            assert getattr(twice, key) == (None if value is None else pytest.approx(value, abs=1e-6)), key
    assert pooled_statistics([replace(plan, own=plan.own[:9])], None) is None
