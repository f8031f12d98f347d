"""Write today's date in words, as in a school notebook."""

from __future__ import annotations

from datetime import date

__all__ = ["day_in_words"]

_UNITS = (
    "",
    "первое",
    "второе",
    "третье",
    "четвёртое",
    "пятое",
    "шестое",
    "седьмое",
    "восьмое",
    "девятое",
    "десятое",
    "одиннадцатое",
    "двенадцатое",
    "тринадцатое",
    "четырнадцатое",
    "пятнадцатое",
    "шестнадцатое",
    "семнадцатое",
    "восемнадцатое",
    "девятнадцатое",
)
_TENS = {20: "двадцатое", 30: "тридцатое"}
_TENS_BEFORE = {2: "двадцать", 3: "тридцать"}
_MONTHS = (
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split()  # noqa: SIM905
)
_WEEKDAYS = ("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье")
_ENGLISH_MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)
_ENGLISH_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _ordinal(day: int) -> str:
    if day < 20:
        return _UNITS[day]
    if day in _TENS:
        return _TENS[day]
    return f"{_TENS_BEFORE[day // 10]} {_UNITS[day % 10]}"


def day_in_words(day: date, language: str) -> str:
    """Return the day in words: «Двадцать четвёртое ноября, вторник» or "Tuesday, 24 November"."""
    if language == "ru":
        return f"{_ordinal(day.day).capitalize()} {_MONTHS[day.month - 1]}, {_WEEKDAYS[day.weekday()]}"
    return f"{_ENGLISH_WEEKDAYS[day.weekday()]}, {day.day} {_ENGLISH_MONTHS[day.month - 1]}"
