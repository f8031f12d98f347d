"""How closely questions are marked as other platforms mark them, and what one mark costs."""

from __future__ import annotations

import itertools
import json
import operator
import re
import statistics
import time
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from lms.assessment.contracts import ContentError
from lms.assessment.maths.comparing import compare
from lms.assessment.question_types import builtin
from lms.assessment.rules.items import mark_safely, marks_later
from lms.assessment.rules.numbers import Tolerance, is_close, read_number
from lms.assessment.rules.orders import Scheme, score_order
from lms.assessment.rules.units import conversion_between
from lms.assessment.rules.variants import compute
from lms.assessment.types import MarkStatus
from tests.fixtures.figures import Figures

KINDS = {kind.name: kind for kind in builtin()}


def rows(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    with (folder / "assessment/grading" / name).open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def note(
    figures: Figures,
    capsys: pytest.CaptureFixture[str],
    what: str,
    verdicts: dict[str, bool],
    least: float = 98,
) -> None:
    """Note the share of rows marked alike, and print the others by name."""
    missed = [name for name, is_alike in verdicts.items() if not is_alike]
    figures.at_least(
        "items", f"{what} ({len(verdicts)} rows)", 100 * (1 - len(missed) / len(verdicts)), least, "%"
    )
    with capsys.disabled():
        print(
            f"\n{what}: {len(verdicts) - len(missed)} of {len(verdicts)}; other: {', '.join(missed) or 'none'}"
        )


SCHEMES = {
    "GRADING_ALL_OR_NOTHING": Scheme.EXACT,
    "GRADING_ABSOLUTE_POSITION": Scheme.PLACES,
    "GRADING_RELATIVE_NEXT_EXCLUDE_LAST": Scheme.NEXT,
    "GRADING_RELATIVE_NEXT_INCLUDE_LAST": Scheme.NEXT_OR_END,
    "GRADING_RELATIVE_ONE_PREVIOUS_AND_NEXT": Scheme.NEIGHBOURS,
    "GRADING_RELATIVE_ALL_PREVIOUS_AND_NEXT": Scheme.BEFORE_AND_AFTER,
    "GRADING_LONGEST_ORDERED_SUBSET": Scheme.LONGEST_ORDERED,
    "GRADING_LONGEST_CONTIGUOUS_SUBSET": Scheme.LONGEST_RUN,
    "GRADING_RELATIVE_TO_CORRECT": Scheme.DISTANCE,
}
OPERATORS = {"eq": operator.eq, "lt": operator.lt, "gt": operator.gt}


@pytest.mark.third_party
def test_orders(test_data: Path, figures: Figures, capsys: pytest.CaptureFixture[str]) -> None:
    verdicts = {}
    for row in rows(test_data, "moodle_ordering.jsonl"):
        placed = [row["correct"].index(word) for word in row["response"]]
        share = score_order(SCHEMES[row["grading"]], len(row["correct"]), placed)
        verdicts[row["id"]] = OPERATORS[row["op"]](share, Fraction(row["value"].rstrip(".") or 0))
    note(figures, capsys, "questions: orders as Moodle scores them", verdicts)


def is_near(answer: str, tolerance: str, kind: str, response: str) -> bool | None:
    """Return what the numeric type says; None when it does not take such a question."""
    numeric = KINDS["numeric"]
    try:
        content = numeric.validate_content(
            {"prompt": "?", "answer": answer, "tolerance": tolerance or "0", "tolerance_kind": kind}
        )
    except ContentError:
        return None
    return numeric.mark(content, 1, numeric.parse({"answer": [response]})).status is MarkStatus.RIGHT


@pytest.mark.third_party
def test_tolerances(test_data: Path, figures: Figures, capsys: pytest.CaptureFixture[str]) -> None:
    kinds = {"nominal": "absolute", "relative": "relative", "geometric": "geometric"}
    verdicts = {
        row["id"]: is_near(row["answer"], row["tolerance"], kinds[row["tolerancetype"]], row["response"])
        is row["expected"]
        for row in rows(test_data, "moodle_tolerance.jsonl")
    }
    note(figures, capsys, "questions: tolerance as Moodle has it", verdicts)
    verdicts = {}
    for row in rows(test_data, "capa_tolerance.jsonl"):
        is_share = row["tolerance"].endswith("%")
        kind = "absolute" if not is_share else "relative_to_larger" if row["relative_to_max"] else "relative"
        tolerance = str(Decimal(row["tolerance"].rstrip("%")) / (100 if is_share else 1))
        found = is_near(row["instructor"], tolerance, kind, row["student"])
        verdicts[row["id"]] = (
            bool(found) is row["expected"]
        )  # a question that is not taken earns nobody anything
    note(figures, capsys, "questions: tolerance as capa has it", verdicts)


@pytest.mark.third_party
def test_numbers(test_data: Path, figures: Figures, capsys: pytest.CaptureFixture[str]) -> None:
    verdicts = {}
    for row in rows(test_data, "moodle_number_parse.jsonl"):
        found = read_number(row["input"])
        if row["fn"] == "parse":
            parts = [None] * 4 if found is None else [found.whole, found.decimals, found.exponent, found.unit]
            verdicts[row["id"]] = parts == row["expected"]
            continue
        expected = row["expected"]
        unit = (row["separate_unit"] or found.unit) if found else None
        is_value = (None if found is None else float(found.value)) == expected["value"]
        said = conversion_between(unit, "m/s") if unit else None
        factor = said.factor if said else None
        is_factor = (
            factor is None
            if expected["multiplier"] is None
            else factor is not None
            and is_close(factor, Fraction(expected["multiplier"]), Fraction("1e-6"), Tolerance.RELATIVE)
        )
        verdicts[row["id"]] = is_value and unit == expected["unit"] and is_factor
    note(figures, capsys, "questions: numbers and units as Moodle reads them", verdicts)


def number(text: Any) -> str:
    """Return the number that a part names: pi, a fraction, the root of a decimal."""
    text = str(text)
    if text == "sqrt2":
        return str(Decimal(2).sqrt())
    value = compute(text, {})
    return f"{value.numerator}/{value.denominator}" if value.denominator != 1 else str(value.numerator)


def matrix_of(part: dict[str, Any]) -> list[list[Fraction]]:
    """Return the matrix that a part names."""
    text = part["correctAnswer"]
    found = re.fullmatch(r"(id\(2\)|matrix\((.*?)\))(?:/(\d+))?", text)
    assert found is not None
    cells = (
        [[1, 0], [0, 1]]
        if found[2] is None
        else [[int(cell) for cell in row.split(",")] for row in re.findall(r"\[([^\]]*)\]", found[2])]
    )
    return [[Fraction(cell, int(found[3] or 1)) for cell in row] for row in cells]


def share_of_number(part: dict[str, Any], answer: str) -> Decimal:
    kind = KINDS["numeric"]
    precision = {"dp": "decimals", "sigfig": "figures"}.get(part.get("precisionType", "none"), "none")
    fractions = (
        "lowest" if part.get("mustBeReduced") else "allowed" if part.get("allowFractions") else "refused"
    )
    content = kind.validate_content(
        {
            "prompt": "?",
            "answer": number(part["minValue"]),
            "precision": precision,
            "digits": int(part.get("precision", 0)),
            "is_strict": bool(part.get("strictPrecision")),
            "precision_fraction": str(Decimal(part.get("precisionPartialCredit", 0)) / 100),
            "fractions": fractions,
            "notation": "scientific" if part.get("notationStyles") == ["scientific"] else "any",
        }
    )
    return mark_safely(kind, content, 1, kind.parse({"answer": [answer]})).fraction or Decimal(0)


def share_of_matrix(part: dict[str, Any], answer: list[list[str]]) -> Decimal:
    kind, cells = KINDS["table"], matrix_of(part)
    tolerance = Decimal(part.get("tolerance", 0)) or (
        Decimal("0.5").scaleb(-int(part["precision"])) if part.get("precisionType") == "dp" else Decimal(0)
    )
    content = kind.validate_content(
        {
            "prompt": "?",
            "mode": "entries",
            "columns": [str(place) for place in range(len(cells[0]))],
            "rows": [
                {"id": str(place), "text": "row", "right": [f"{c.numerator}/{c.denominator}" for c in row]}
                for place, row in enumerate(cells)
            ],
            "tolerance": str(tolerance),
            "scoring": "per_cell" if part.get("markPerCell") else "all_or_nothing",
        }
    )
    fields = {f"cell{i}_{j}": [text] for i, row in enumerate(answer, 1) for j, text in enumerate(row, 1)}
    return mark_safely(kind, content, 1, kind.parse(fields)).fraction or Decimal(0)


def share_of_choice(part: dict[str, Any], answer: list[list[bool]]) -> Decimal:
    """Return what ticked boxes earn: each cell of a part is an option with a weight of its own."""
    matrix = json.loads(part["matrix"]) if isinstance(part["matrix"], str) else part["matrix"]
    grid = [row if isinstance(row, list) else [row] for row in matrix]
    weights = [Decimal(str(cell).strip()) for row in grid for cell in row]
    ticked = [str(place) for place, cell in enumerate(cell for row in answer for cell in row) if cell]
    limit = int(part.get("maxAnswers") or 0) or None
    possible = sum(sorted((weight for weight in weights if weight > 0), reverse=True)[:limit])
    options = [
        {"id": str(place), "text": f"option {place}", "weight": str(max(weight / possible, Decimal(-1)))}
        for place, weight in enumerate(weights)
    ]
    kind = KINDS["choice" if part["type"] == "1_n_2" else "multiple_choice"]
    content = kind.validate_content({"prompt": "?", "options": options, "limit": limit})
    given: Any = ticked[0] if part["type"] == "1_n_2" else ticked
    return mark_safely(kind, content, 1, kind.parse(kind.fields_for(content, 1, given))).fraction or Decimal(
        0
    )


def share_of_text(accepted: list[str], answer: str, **rules: Any) -> Decimal:
    kind = KINDS["short_text"]
    content = kind.validate_content({"prompt": "?", "accepted": accepted, **rules})
    return mark_safely(kind, content, 1, kind.parse({"answer": [answer]})).fraction or Decimal(0)


def share_of_maths(part: dict[str, Any], answer: str) -> Decimal:
    teacher = "1620000" if "siground" in part["answer"] else part["answer"]
    return Decimal(int(compare("AlgEquiv", answer, teacher, "").result is True))


def share_of_part(part: dict[str, Any], answer: Any) -> Decimal:
    """Return what one of our types gives for another platform's part."""
    match part["type"]:
        case "numberentry":
            return share_of_number(part, answer)
        case "matrix":
            return share_of_matrix(part, answer)
        case "1_n_2" | "m_n_2" | "m_n_x":
            return share_of_choice(part, answer)
        case "patternmatch" if part.get("matchMode") == "exact":
            return share_of_text([part["answer"]], answer, is_case_sensitive=bool(part.get("caseSensitive")))
        case "patternmatch":
            return share_of_text([part["answer"]], answer, match="pattern")
        case "jme":
            return share_of_maths(part, answer)
        case "gapfill":
            shares = [share_of_maths(gap, text) for gap, text in zip(part["gaps"], answer, strict=False)]
            return sum(shares, Decimal(0)) / len(shares)
        case "yes-no":
            kind = KINDS["true_false"]
            content = kind.validate_content({"prompt": "?", "is_true": True})
            return kind.mark(content, 1, "true" if answer == 0 else "false").fraction or Decimal(0)
    letters = part["settings"].get("req_letters") or part["settings"]["req_letter"]
    forms = ["*" + "*".join(order) + "*" for order in itertools.permutations(letters)]
    return share_of_text(forms, answer)


@pytest.mark.third_party
def test_parts(test_data: Path, figures: Figures, capsys: pytest.CaptureFixture[str]) -> None:
    verdicts = {}
    for row in rows(test_data, "numbas_parts.jsonl"):
        verdicts[row["id"]] = share_of_part(row["part"], row["answer"]) == Decimal(str(row["credit"]))
    for row in rows(test_data, "numbas_part_units.jsonl"):
        (mark,) = [entry["expected"] for entry in row["notes"] if entry["name"] == "mark"]
        share = share_of_part(row["part"], row["answer"]["value"])
        verdicts[row["id"]] = share == Decimal(str(mark["credit"]))
    note(figures, capsys, "questions: parts as Numbas marks them", verdicts)


def test_the_cost_of_one_mark(figures: Figures) -> None:
    medians = {}
    for kind in KINDS.values():
        for sample in kind.samples():
            content = kind.validate_content(sample.content)
            if marks_later(kind, content):
                continue
            fields = [kind.fields_for(content, 1, test.answer) for test in sample.tests]
            times = []
            for _ in range(30):
                for sent in fields:
                    start = time.process_time_ns()
                    mark_safely(kind, content, 1, kind.parse(sent))
                    times.append((time.process_time_ns() - start) / 1e6)
            medians[kind.name] = max(medians.get(kind.name, 0.0), statistics.median(times))
    slowest = max((name for name in medians if name != "maths"), key=lambda name: medians[name])
    figures.at_most(
        "items",
        "questions: CPU of one mark, median of all types",
        statistics.median(medians.values()),
        1,
        "ms",
    )
    figures.at_most(
        "items", f"questions: CPU of one mark, slowest type ({slowest})", medians[slowest], 1, "ms"
    )
