"""An answer given on one variant says the same on every other, for each installed type."""

from __future__ import annotations

import pytest

from lms.assessment.contracts import ItemTest, MarkStatus, QuestionType
from lms.assessment.question_types import builtin
from lms.assessment.rules.items import SEEDS, load_tests, run_tests, store_tests
from lms.assessment.rules.recorded import carry


@pytest.mark.parametrize(
    "kind",
    [kind for kind in builtin() if not getattr(kind, "has_variables", False)],
    ids=lambda kind: kind.name,
)
def test_a_recorded_answer_is_marked_the_same_on_every_seed(kind: QuestionType) -> None:
    for sample in kind.samples():
        content = kind.validate_content(sample.content)
        for test in sample.tests:
            for seed in SEEDS[1:]:
                fields = carry(kind, content, kind.fields_for(content, SEEDS[0], test.answer), SEEDS[0], seed)
                expected = kind.mark(content, seed, kind.parse(kind.fields_for(content, seed, test.answer)))
                assert kind.mark(content, seed, kind.parse(fields)) == expected, (sample.title, test)


def test_a_recorded_test_is_stored_and_run_on_every_seed() -> None:
    kind = next(kind for kind in builtin() if kind.name == "matching")
    sample = kind.samples()[0]
    content = kind.validate_content(sample.content)
    right = kind.fields_for(content, 7, kind.correct_answer(content))
    recorded = ItemTest(None, MarkStatus.RIGHT, fields=right, seed=7)
    assert load_tests(store_tests([recorded])) == [recorded]
    assert not run_tests(kind, content, [recorded])
    assert run_tests(kind, content, [ItemTest(None, MarkStatus.WRONG, fields=right, seed=7)])


def test_a_recorded_answer_of_a_question_with_variables_is_run_on_its_own_variant() -> None:
    kind = next(kind for kind in builtin() if kind.name == "parametric")
    content = kind.validate_content(kind.samples()[0].content)
    right = kind.fields_for(content, 7, kind.correct_answer(content))
    assert not run_tests(kind, content, [ItemTest(None, MarkStatus.RIGHT, fields=right, seed=7)])
