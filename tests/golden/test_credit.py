"""Hold the matching engine against cases that people reasoned out beforehand (`docs/credit-cases.md`)."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from lms.plans.rules.match_inputs import canonical
from lms.plans.rules.matching import MatchResult, match
from lms.plans.schemas.case_file import read_case
from lms.plans.transfer_rules import builtin

CASES = sorted(Path(__file__).parent.joinpath("credit").glob("*.json"))
SOURCES = builtin()


def load(path: Path) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return body


def report(body: dict[str, Any]) -> MatchResult:
    return match(read_case(body), SOURCES)


def told(result: MatchResult) -> dict[str, Any]:
    """Return of a report what the cases state beforehand."""
    rows = []
    for row in result.rows:
        taken = [part for part in row.parts if part.share]
        told_row = {
            "target": row.target_id,
            "verdict": row.verdict.value,
            "score": canonical(row.score),
            "hours": canonical(row.hours),
            "by": sorted(f"{part.basis}:{part.basis_id}" for part in taken),
            "reason": row.reason,
        }
        rows.append({**told_row, "missing": list(row.missing)} if row.missing else told_row)
    answer = {
        "rows": rows,
        "hours": canonical(result.hours),
        "recommendation": result.recommendation,
        "automatic": result.is_automatic,
        "questions": list(result.questions),
    }
    return {**answer, "assurance": result.assurance.value} if result.assurance else answer


def test_there_are_enough_cases_and_each_says_why() -> None:
    assert len(CASES) >= 60
    assert all(len(load(path)["why"]) > 30 for path in CASES)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_engine_answers_as_people_reasoned(path: Path) -> None:
    body = load(path)
    assert told(report(body)) == body["expected"]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_order_of_rows_changes_nothing(path: Path) -> None:
    body = load(path)
    first = report(body)
    shuffle = random.Random(path.stem)
    for _ in range(5):
        assert report(shuffled(body, shuffle)) == first


def shuffled(value: Any, shuffle: random.Random) -> Any:
    """Return the same JSON with every list and object in another order, but for the tiers of trust."""
    if isinstance(value, dict):
        keys = list(value)
        shuffle.shuffle(keys)
        return {key: value[key] if key == "trust" else shuffled(value[key], shuffle) for key in keys}
    if isinstance(value, list):
        items = [shuffled(item, shuffle) for item in value]
        shuffle.shuffle(items)
        return items
    return value


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_verdict_names_its_rule_or_edge(path: Path) -> None:
    for row in report(load(path)).rows:
        if row.verdict.value in ("covered", "partial"):
            assert all(part.basis_id and part.evidence and part.factors for part in row.parts)
        else:
            assert row.reason
