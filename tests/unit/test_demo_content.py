"""What the demonstration's courses ask: every key earns all points, every question explains itself, no option stands twice."""

from __future__ import annotations

from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest

from lms.assessment.question_types import builtin
from lms.demo.content import equations, physics, safety, sentences

KINDS = {kind.name: kind for kind in builtin()}


def asked(course: ModuleType) -> list[tuple[str, dict[str, Any]]]:
    quizzes = [value for value in vars(course).values() if isinstance(value, dict) and "questions" in value]
    return [(quiz["intro"], question) for quiz in quizzes for question in quiz["questions"]]


def keys_of(question: dict[str, Any]) -> list[str]:
    """Return what a student types who knows."""
    content = question["content"]
    if question["type"] == "true_false":
        return ["true" if content["is_true"] else "false"]
    return list(content.get("accepted") or [str(content["answer"])])


@pytest.mark.parametrize(
    "course", [equations, physics, safety, sentences], ids=lambda module: module.__name__
)
def test_every_question_of_a_course_has_a_right_key_and_says_why(course: ModuleType) -> None:
    questions = asked(course)
    assert len(questions) >= 8
    for _intro, question in questions:
        kind, content = KINDS[question["type"]], question["content"]
        content = kind.validate_content(content)
        weights = [Decimal(option["weight"]) for option in content.get("options", ())]
        if weights:
            assert max(weights) == 1 and weights.count(Decimal(1)) == 1, content["prompt"]
        else:
            for typed in keys_of(question):
                response = kind.parse({"answer": [typed]})
                assert kind.mark(content, 7, response).fraction == Decimal(1), content["prompt"]
        assert len(question["why"]) > 6, content["prompt"]
        texts = [option["text"] for option in content.get("options", ())]
        assert len(texts) == len(set(texts)), content["prompt"]


@pytest.mark.parametrize(
    ("count", "word"), [(3, "Три"), (4, "Четыре"), (5, "Пять")], ids=("three", "four", "five")
)
def test_an_introduction_that_counts_the_questions_counts_right(count: int, word: str) -> None:
    for course in (equations, physics, safety, sentences):
        for intro, _question in asked(course):
            if intro.startswith(f"{word} вопрос"):
                assert sum(one == intro for one, _ in asked(course)) == count, intro
