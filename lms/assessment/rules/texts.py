"""Compare what students write with what is accepted: folding, wildcards, patterns, typing errors."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

__all__ = ["fold_text", "is_safe_pattern", "matches_pattern", "matches_wildcard", "typing_errors"]

_DASHES = re.compile(r"\s*[\u2010-\u2015\u2212-]\s*")
_EDGES = " \t\n.,;:!?«»\"'()"

#: A pattern is compared with no longer answers, and may repeat so often at most: it always ends soon.
MAX_PATTERN, MAX_MATCHED, MAX_REPEATS = 200, 200, 3
_PIECES = re.compile(
    r"(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])|(?P<escape>\\.)|(?P<open>\((?:\?:)?)|(?P<close>\))"
    r"|(?P<repeat>[*+?]\??|\{\d*,?\d*\}\??)|(?P<other>.)",
    re.DOTALL,
)
#: What a set may come to mean in a later version of Python.
_ODD_SET = re.compile(r".\[|--|&&|\|\||~~")


def fold_text(text: str, *, is_case_sensitive: bool = False) -> str:
    """Return the form in which texts are compared: ё as е, one kind of dash and space, no outer punctuation."""
    folded = unicodedata.normalize("NFKC", text)
    if not is_case_sensitive:
        folded = folded.casefold()
    folded = folded.replace("ё", "е").replace("Ё", "Е")
    return " ".join(_DASHES.sub("-", folded).split()).strip(_EDGES)


def matches_wildcard(text: str, form: str) -> bool:
    r"""Tell whether ``text`` is ``form``, in which each ``*`` stands for any letters (also none); ``\*`` is a star.

    Takes time in proportion to both lengths.
    """
    parts = [part.replace("\0", "*") for part in form.replace("\\*", "\0").split("*")]
    if len(parts) == 1:
        return text == parts[0]
    first, *middle, last = parts
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    place, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, place, end)
        if found < 0:
            return False
        place = found + len(part)
    return True


@lru_cache(maxsize=2000)
def is_safe_pattern(pattern: str) -> bool:
    """Tell whether a regular expression can be read and cannot take long: few repeats, none within another."""
    if len(pattern) > MAX_PATTERN:
        return False
    repeats = 0
    holds_repeat = [False]
    was_repeating_group = False
    for piece in _PIECES.finditer(pattern):
        kind, text = str(piece.lastgroup), piece[0]
        if kind == "open":
            if pattern[piece.end() : piece.end() + 1] == "?":
                return False
            holds_repeat.append(False)
        elif kind == "close":
            if len(holds_repeat) == 1:
                return False
            was_repeating_group = holds_repeat.pop()
            holds_repeat[-1] |= was_repeating_group
            continue
        elif kind == "repeat":
            if was_repeating_group:
                return False
            holds_repeat[-1] = True
            repeats += 1
        elif (
            (kind == "escape" and text[1].isdecimal())
            or text == "["
            or (kind == "set" and _ODD_SET.search(text))
        ):
            return False
        elif text == "|":  # repeated alternatives can be read in very many ways
            holds_repeat[-1] = True
        was_repeating_group = False
    return repeats <= MAX_REPEATS and _is_readable(pattern)


def _is_readable(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return False
    return True


def matches_pattern(text: str, pattern: str, *, is_case_sensitive: bool) -> bool:
    """Tell whether the whole text matches a safe regular expression."""
    flags = 0 if is_case_sensitive else re.IGNORECASE
    return len(text) <= MAX_MATCHED and re.fullmatch(pattern, text, flags) is not None


def typing_errors(text: str, form: str, most: int) -> int | None:
    """Return how many letters were added, left out, replaced or swapped with a neighbour; None above ``most``.

    Source: the optimal string alignment distance. A form with a digit forgives nothing: 1941 is not 1942.
    """
    if text == form:
        return 0
    is_exact = any(letter.isdigit() for letter in form)
    if is_exact or most <= 0 or abs(len(text) - len(form)) > most or len(text) > 500:
        return None
    before: list[int] = []
    row = list(range(len(form) + 1))
    for i, letter in enumerate(text, start=1):
        older, before, row = before, row, [i]
        for j, wanted in enumerate(form, start=1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == form[j - 2] and text[i - 2] == wanted:
                best = min(best, older[j - 2] + 1)
            row.append(best)
        if min(row) > most:
            return None
    return row[-1] if row[-1] <= most else None
