"""Write small numbers in words, where a child reads them in a sentence."""

from __future__ import annotations

__all__ = ["count_in_words", "minutes_in_words"]

_THINGS = {
    "ru": ("", "одно", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять", "десять"),
    "en": ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
}
_RUSSIAN_MINUTES = {
    5: "пять",
    10: "десять",
    15: "пятнадцать",
    20: "двадцать",
    25: "двадцать пять",
    30: "тридцать",
    35: "тридцать пять",
    40: "сорок",
    45: "сорок пять",
    50: "пятьдесят",
    55: "пятьдесят пять",
    60: "шестьдесят",
}
_ENGLISH_MINUTES = {
    5: "five",
    10: "ten",
    15: "fifteen",
    20: "twenty",
    25: "twenty-five",
    30: "thirty",
    35: "thirty-five",
    40: "forty",
    45: "forty-five",
    50: "fifty",
    55: "fifty-five",
    60: "sixty",
}


def count_in_words(count: int, language: str) -> str:
    """Return a count of things in words (neuter in Russian: «три»); digits beyond ten."""
    words = _THINGS.get(language, _THINGS["en"])
    return words[count] if 0 < count < len(words) else str(count)


def minutes_in_words(minutes: int, language: str) -> str:
    """Return minutes, rounded to five, in words up to an hour; digits beyond."""
    rounded = max(5, 5 * round(minutes / 5))
    words = _RUSSIAN_MINUTES if language == "ru" else _ENGLISH_MINUTES
    return words.get(rounded, str(rounded))
