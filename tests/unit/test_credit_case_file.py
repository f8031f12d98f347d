"""The file of an application: read whole or refused with the place, never a crash; the command prints the report."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from marshmallow import ValidationError

from lms.cli import main
from lms.plans.rules.matching import match
from lms.plans.schemas.case_file import read_case
from lms.plans.transfer_rules import builtin

CASE = Path(__file__).parents[1] / "golden" / "credit" / "01-rule-covers-all.json"


def body() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(CASE.read_text(encoding="utf-8"))
    return data


def nested(depth: int) -> dict[str, Any]:
    when: dict[str, Any] = {"course": "c1", "min_result": "0.5"}
    for _ in range(depth):
        when = {"all": [when]}
    return when


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("as_of",), "tomorrow"),
        (("targets", 0, "hours"), "NaN"),
        (("targets", 0, "hours"), "-1"),
        (("evidence", 0, "hours"), "1e999999"),
        (("evidence", 0, "drawn"), "1e-999999"),
        (("evidence", 0, "course"), "elsewhere"),
        (("evidence", 0, "kind"), "rumour"),
        (("rules", 0, "when"), {"any": []}),
        (("rules", 0, "when"), {"at_least": 3, "of": [{"course": "c1", "min_result": "0.5"}]}),
        (("rules", 0, "when"), nested(50)),
        (("rules", 0, "gives", 0, "target"), "t9"),
        (("sources", 0, "tier"), 4),
        (("policy",), {"factors": {"trust": ["1", "1"]}}),
    ],
)
def test_what_is_no_case_is_refused_with_its_place(where: tuple[Any, ...], value: Any) -> None:
    data = copy.deepcopy(body())
    place = data
    for key in where[:-1]:
        place = place[key]
    place[where[-1]] = value
    with pytest.raises(ValidationError) as refused:
        read_case(data)
    assert where[0] in refused.value.messages_dict


def test_an_identifier_that_stands_twice_is_refused() -> None:
    data = body()
    data["targets"].append(data["targets"][0])
    with pytest.raises(ValidationError):
        read_case(data)


def test_numbers_of_the_schools_policy_change_the_answer() -> None:
    data = body()
    data["sources"][0]["tier"] = 3
    assert match(read_case(data), builtin()).recommendation == "part"
    data["policy"] = {"factors": {"trust": ["1", "1", "1"]}}
    assert match(read_case(data), builtin()).recommendation == "full"


def test_the_command_prints_the_report_and_refuses_in_json() -> None:
    runner = CliRunner()
    done = runner.invoke(main, ["credit", "match", str(CASE), "--json"])
    assert done.exit_code == 0, done.output
    report = json.loads(done.output)
    assert report["recommendation"] == "full" and len(report["input_hash"]) == 64
    refused = runner.invoke(main, ["credit", "match", "--json"], input='{"format": "another"}')
    assert refused.exit_code == 2
    assert "format" in json.loads(refused.output)["faults"]
    assert runner.invoke(main, ["credit", "match"], input="[" * 100_000).exit_code == 2
