"""Turn items and questions to a bank into terms.

One inverted index answers everything that people look for: a term is the stem of a word («дробями» → ``дроб``) or a
property (``#state:ready``, ``#tag:дроби``). Whoever has all asked terms is found. Both engines read the same rows in the
order of the primary key, so a page costs the same in a bank of a thousand items and of a hundred thousand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

import snowballstemmer

from lms.assessment.types import Difficulty
from lms.core.markup import plain_text

__all__ = ["TERMS_MAX", "level_of", "property_term", "terms_of", "words_of"]

#: How many terms one item has at most, and how long a term is at most.
TERMS_MAX, TERM_LENGTH = 400, 80

_WORD = re.compile(r"[^\W_]+")
_RUSSIAN = re.compile(r"[а-яё]")
_STEMMERS = {language: snowballstemmer.stemmer(language) for language in ("russian", "english")}
#: Above which share of points on average an item is easy, and below which it is hard.
_EASY, _HARD = Decimal("0.75"), Decimal("0.4")


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    stemmer = _STEMMERS["russian" if _RUSSIAN.search(word) else "english"]
    return str(stemmer.stemWord(word.replace("ё", "е")))[:TERM_LENGTH]


def words_of(text: str) -> list[str]:
    """Return the stems of the words of a text, each once, in order: case, ё and endings make no difference."""
    return list(dict.fromkeys(_stem(word) for word in _WORD.findall(text.casefold())))


def property_term(name: str, value: object) -> str:
    """Return the term of a property, such as ``#type:choice``."""
    return f"#{name}:{str(value).strip().casefold()}"[:TERM_LENGTH]


def level_of(difficulty: Decimal | None) -> Difficulty | None:
    """Return the level of a facility between 0 (nobody) and 1 (everybody gets it right)."""
    if difficulty is None:
        return None
    if difficulty >= _EASY:
        return Difficulty.EASY
    return Difficulty.HARD if difficulty < _HARD else Difficulty.MEDIUM


def terms_of(
    *,
    title: str,
    content: Mapping[str, Any],
    bank_id: UUID,
    type_name: str,
    states: Iterable[str],
    tags: Iterable[str],
    outcome_ids: Iterable[str],
    difficulty: Decimal | None,
) -> list[str]:
    """Return all terms of an item, properties first, at most `TERMS_MAX`."""
    states = list(states)
    tags = list(tags)
    level = level_of(difficulty)
    found = [
        property_term("bank", bank_id.hex),
        property_term("type", type_name),
        *(property_term("state", state) for state in states),
        *([] if states == ["retired"] else [property_term("in", "use")]),
        *(property_term("tag", tag) for tag in tags),
        *(property_term("outcome", outcome) for outcome in outcome_ids),
        *([property_term("level", level.value)] if level else []),
        *words_of(" ".join([title, *tags])),
    ]
    found.extend(words_of(" ".join(plain_text(text) for text in _texts(content))))
    return list(dict.fromkeys(found))[:TERMS_MAX]


def _texts(value: Any) -> Iterator[str]:
    """Yield every text in JSON values but ids."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if key != "id":
                yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
