"""Small numbers in words."""

from __future__ import annotations

import pytest

from lms.home.rules.number_words import count_in_words, minutes_in_words


@pytest.mark.parametrize(
    ("count", "language", "words"),
    [(3, "ru", "три"), (1, "ru", "одно"), (10, "en", "ten"), (11, "ru", "11"), (0, "ru", "0")],
)
def test_things_are_counted_in_words_up_to_ten(count: int, language: str, words: str) -> None:
    assert count_in_words(count, language) == words


@pytest.mark.parametrize(
    ("minutes", "language", "words"),
    [(37, "ru", "тридцать пять"), (40, "ru", "сорок"), (2, "en", "five"), (90, "ru", "90")],
)
def test_minutes_are_rounded_to_five(minutes: int, language: str, words: str) -> None:
    assert minutes_in_words(minutes, language) == words
