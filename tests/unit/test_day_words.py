"""The date in words, as in a notebook."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from lms.home.rules.day_words import day_in_words


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 11, 24), "Двадцать четвёртое ноября, вторник"),
        (date(2026, 1, 1), "Первое января, четверг"),
        (date(2026, 8, 20), "Двадцатое августа, четверг"),
        (date(2026, 5, 31), "Тридцать первое мая, воскресенье"),
        (date(2026, 9, 11), "Одиннадцатое сентября, пятница"),
    ],
)
def test_a_date_is_written_as_it_is_read(day: date, words: str) -> None:
    assert day_in_words(day, "ru") == words


def test_english_has_its_own_words() -> None:
    assert day_in_words(date(2026, 11, 24), "en") == "Tuesday, 24 November"


def test_every_day_of_a_year_has_words_of_its_own() -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    assert len({day_in_words(day, "ru") for day in days}) == 365
