"""Notice words that look like a diagnosis, so that the author is asked: measures say what helps, never why (S5)."""

from __future__ import annotations

import re

__all__ = ["diagnosis_words"]

#: Beginnings of words that name an illness or a disability. A document's number and date contain none of them.
_STEMS = (
    "аутиз",
    "аутист",
    "расстройств",
    "умственн",
    "отсталост",
    "задержк",
    "синдром",
    "эпилепс",
    "шизофрен",
    "депресс",
    "дислекс",
    "дисграф",
    "дискальк",
    "заикан",
    "диабет",
    "паралич",
    "сколиоз",
    "астм",
    "онколог",
    "глух",
    "слабовид",
    "слабослыш",
    "слеп",
    "инвалид",
    "диагноз",
    "autis",
    "epilep",
    "dyslex",
    "diabet",
    "syndrome",
    "disorder",
    "palsy",
    "diagnos",
)
_SHORT = frozenset({"дцп", "зпр", "рас", "тнр", "онр", "сдвг", "нода", "вич", "adhd", "asd"})
#: A code of the international classification of diseases (F84.0, G80), its letter in either alphabet.
_CODE = re.compile(r"\b[A-ZА-Я]\d{2}\.\d{1,2}\b|\b[FGHEJQ]\d{2}\b")
_WORD = re.compile(r"[^\W\d_]+")


def diagnosis_words(text: str) -> list[str]:
    """Return the words of ``text`` that look like a diagnosis, as they are written and in their order."""
    found = [
        word
        for word in _WORD.findall(text)
        if word.casefold() in _SHORT or word.casefold().startswith(_STEMS)
    ]
    return list(dict.fromkeys(found + _CODE.findall(text)))
