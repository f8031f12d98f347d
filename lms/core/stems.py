"""Bring the forms of Russian and English words together, so that a search finds «дроби» by «дробями»."""

from __future__ import annotations

import re
from functools import lru_cache

import snowballstemmer

from lms.core.formulas import in_words

__all__ = ["LONGEST_STEM", "says", "stem_of", "stems_of"]

#: How long a stem is at most.
LONGEST_STEM = 80

_WORD = re.compile(r"[^\W_]+")
#: Raised and lowered figures are words of their own.
_SHIFTED = {ord(sign): f" {number % 10} " for number, sign in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉")}
_RUSSIAN = re.compile(r"[а-яё]")
_STEMMERS = {language: snowballstemmer.stemmer(language) for language in ("russian", "english")}


@lru_cache(maxsize=20_000)
def stem_of(word: str) -> str:
    """Return the stem of a word; of a Russian one that of its stem, and so on.

    Snowball takes the end of a plain nominative for the ending of a verb (канал → кана, эритроцит → эритроц) and leaves it in
    other cases (каналов → канал): only where nothing is left to take away do all forms of a word meet.
    """
    if not _RUSSIAN.search(word):
        return str(_STEMMERS["english"].stemWord(word))[:LONGEST_STEM]
    stem, longer = word.replace("ё", "е"), ""
    while stem != longer:
        stem, longer = str(_STEMMERS["russian"].stemWord(stem)), stem
    return stem[:LONGEST_STEM]


def stems_of(text: str) -> list[str]:
    """Return the stems of the words of a text, each once, in order: case, ё, endings and x² for x^2 make no difference."""
    return list(
        dict.fromkeys(stem_of(word) for word in _WORD.findall(in_words(text).casefold().translate(_SHIFTED)))
    )


@lru_cache(maxsize=4_000)
def _stems(text: str) -> frozenset[str]:
    return frozenset(stems_of(text))


def says(wanted: str, text: str) -> bool:
    """Tell whether a text has every word that is looked for, in some form or as a part of a word."""
    if not wanted.strip():
        return True
    said, stems = text.casefold().replace("ё", "е"), _stems(text)
    parts = wanted.casefold().replace("ё", "е").split()
    return all(part in said or _stems(part) <= stems for part in parts)
