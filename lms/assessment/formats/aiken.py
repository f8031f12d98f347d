"""Read Aiken: a line of text, lettered options, ``ANSWER: B``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from lms.assessment.formats.text import prose_of_plain
from lms.assessment.formats.values import Found, Option, Reason, Single

__all__ = ["is_aiken", "read_aiken"]

_OPTION = re.compile(r"([A-Za-z])[.)]\s*(.*\S)")
_ANSWER = re.compile(r"\s*ANSWER\s*:\s*(.*?)\s*", re.IGNORECASE)


def is_aiken(text: str) -> bool:
    """Tell whether a text is Aiken: it has an ANSWER line and a lettered option."""
    lines = text.splitlines()
    return any(_ANSWER.fullmatch(line) for line in lines) and any(_OPTION.fullmatch(line) for line in lines)


def read_aiken(text: str) -> Iterator[Found]:
    """Yield the questions of a file; what stands between them and makes no question is refused at its line."""
    stem: list[str] = []
    options: list[tuple[str, str]] = []
    start = number = 0
    for line_number, line in enumerate([*text.splitlines(), ""], start=1):
        if answer := _ANSWER.fullmatch(line):
            number += 1
            yield _question(number, start or line_number, stem, options, answer[1])
            stem, options, start = [], [], 0
            continue
        option = _OPTION.fullmatch(line.strip())
        if option is not None and (stem or options):
            options.append((option[1].upper(), option[2]))
        elif line.strip():
            if options:  # a new question begins although the last one has no ANSWER line
                number += 1
                yield _refused(number, start, stem, Reason("aiken.no_answer"))
                stem, options, start = [], [], 0
            start = start or line_number
            stem.append(line.strip())
    if stem or options:
        yield _refused(number + 1, start, stem, Reason("aiken.no_answer"))


def _question(number: int, start: int, stem: list[str], options: list[tuple[str, str]], answer: str) -> Found:
    letters = [letter for letter, _ in options]
    if not stem:
        return _refused(number, start, stem, Reason("question.no_text"))
    if len(options) < 2:
        return _refused(number, start, stem, Reason("question.too_few_options"))
    if len(set(letters)) != len(letters):
        return _refused(number, start, stem, Reason("aiken.letter_twice"))
    if answer.strip(".)").upper() not in letters:
        return _refused(number, start, stem, Reason("aiken.answer_unknown", answer))
    right = answer.strip(".)").upper()
    return Found(
        ref=f"question {number}",
        kind="choice",
        place=f"line {start}",
        title=stem[0],
        prompt=prose_of_plain("\n".join(stem)),
        body=Single(tuple(Option(text, Decimal(int(letter == right))) for letter, text in options)),
    )


def _refused(number: int, start: int, stem: list[str], reason: Reason) -> Found:
    return Found(f"question {number}", "choice", f"line {start}", title=" ".join(stem)[:200], reason=reason)
