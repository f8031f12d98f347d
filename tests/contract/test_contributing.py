"""The question type that CONTRIBUTING.md adds in ten minutes keeps the contract, as it stands there."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from lms.assessment.contracts import QuestionType
from lms.testing.contracts.question_types import CHECKS
from tests.fixtures.setup import ROOT


def documented_type() -> QuestionType:
    """Return the class of the page, made by running the page's own code."""
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    module: dict[str, Any] = {"__name__": "year"}
    exec(compile(code, "CONTRIBUTING.md", "exec"), module)
    made: QuestionType = module["Year"]()
    return made


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_documented_type_keeps_the_contract(check: Callable[[QuestionType], None]) -> None:
    check(documented_type())


def test_its_template_is_there() -> None:
    assert (ROOT / "lms/assessment/templates" / documented_type().template).exists()
