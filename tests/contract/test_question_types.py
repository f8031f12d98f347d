"""Every installed question type keeps its contract, whoever brought it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from lms.assessment.contracts import QUESTION_TYPES, QuestionType
from lms.assessment.question_types import builtin
from lms.assessment.question_types.english_examples import in_english
from lms.core.registry import Registries, Registry
from lms.testing.contracts.question_types import (
    CHECKS,
    its_player_repeats_and_keeps_the_key,
    what_it_hides_changes_nothing_that_it_shows,
)


def installed() -> Registry[QuestionType]:
    registries = Registries([QUESTION_TYPES])
    registries.load_entry_points()
    return registries.of(QUESTION_TYPES)


@pytest.mark.parametrize("kind", list(installed()), ids=installed().names())
@pytest.mark.parametrize("check", CHECKS, ids=[check.__name__ for check in CHECKS])
def test_it_keeps_the_contract(kind: QuestionType, check: Callable[[QuestionType], None]) -> None:
    check(kind)


def test_the_promised_types_are_installed_and_none_is_missing() -> None:
    names = {
        "choice",
        "multiple_choice",
        "code",
        "maths",
        "numeric",
        "short_text",
        "matching",
        "ordering",
        "essay",
        "true_false",
        "categorise",
        "cloze",
        "dictation",
        "file_upload",
        "hotspot",
        "info",
        "notebook_photo",
        "oral_answer",
        "parametric",
        "table",
        "word_bank",
    }
    assert names <= set(installed().names())
    assert installed().unavailable == []


class ShowsItsKey:
    """A type that breaks the contract on purpose: its player shows the weights."""

    def __init__(self, kind: QuestionType) -> None:
        self._kind = kind

    def __getattr__(self, name: str) -> object:
        return getattr(self._kind, name)

    def player(self, content: dict[str, object], seed: int) -> dict[str, object]:
        return {**self._kind.player(content, seed), "options": content["options"]}


def test_the_suite_catches_a_type_that_shows_its_key() -> None:
    broken = ShowsItsKey(installed().get("choice"))
    with pytest.raises(AssertionError, match="key is shown"):
        its_player_repeats_and_keeps_the_key(broken)  # type: ignore[arg-type]


class TellsHowLongTheAnswerIs(ShowsItsKey):
    """A type whose field is as wide as the longest accepted answer."""

    def player(self, content: dict[str, Any], seed: int) -> dict[str, object]:
        width = max(len(row["text"]) for row in content["accepted"])
        return {**self._kind.player(content, seed), "width": width}


def test_the_suite_catches_a_type_that_tells_how_long_the_answer_is() -> None:
    broken = TellsHowLongTheAnswerIs(installed().get("short_text"))
    with pytest.raises(AssertionError, match="is hidden, and yet told"):
        what_it_hides_changes_nothing_that_it_shows(broken)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", builtin(), ids=lambda kind: kind.name)
def test_the_example_of_the_form_is_good_in_english_too(kind: QuestionType) -> None:
    example = in_english(kind.samples()[0])
    content = kind.validate_content(example.content)
    said = f"{example.title} {json.dumps(content, ensure_ascii=False)}"
    russian = [] if kind.name == "dictation" else re.findall(r"[а-яё]+", said, re.IGNORECASE)
    assert russian == [], "the recording of the dictation alone is in Russian"
