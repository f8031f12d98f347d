"""Both plug-ins keep their contracts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from marshrut_example_plugins.far_face import FarFaceCheck
from marshrut_example_plugins.gaps import Gaps

from lms.assessment.contracts import QuestionType
from lms.testing.contracts.checks import check_proctoring_check
from lms.testing.contracts.question_types import CHECKS


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_gaps_keep_the_contract(check: Callable[[QuestionType], None]) -> None:
    check(Gaps())


def test_far_face_keeps_the_contract() -> None:
    check_proctoring_check(FarFaceCheck())
