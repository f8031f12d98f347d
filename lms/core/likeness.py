"""Find texts whose words are alike, whatever their endings: this only suggests what a person may compare, and gives no credit.

Words are compared by their stems, Russian and English; the share is Dice's coefficient of the two sets of stems.

Source: L. R. Dice (1945); stems by the Snowball algorithms (`snowballstemmer`).
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

import snowballstemmer

__all__ = ["Alike", "alike_among", "alike_to"]

Key = TypeVar("Key", bound=Hashable)
#: Texts that have less in common are not named; so many are, the most alike first.
LEAST, MOST = 0.3, 3
#: Words that stand in every outcome and say nothing of its subject, by their stems; shorter words count for nothing.
_SHORTEST = 3
_EMPTY = frozenset(
    [
        "для",
        "или",
        "как",
        "что",
        "это",
        "при",
        "над",
        "под",
        "без",
        "его",
        "ее",
        "их",
        "знает",
        "умеет",
        "может",
        "понимает",
        "называет",
        "описывает",
        "объясняет",
        "решает",
        "применяет",
        "использует",
        "определяет",
        "основные",
        "простые",
        "the",
        "and",
        "for",
        "with",
        "from",
        "can",
        "knows",
        "uses",
    ]
)
_CYRILLIC = re.compile("[а-я]")


@dataclass(frozen=True, slots=True)
class Alike(Generic[Key]):
    """A text that has words in common with another: which one, how much, and these words as the other has them."""

    key: Key
    share: float
    words: tuple[str, ...]


@lru_cache(maxsize=4096)
def _stem(word: str) -> str:
    # a stemmer keeps the word that it works on: each call has its own
    language = "russian" if _CYRILLIC.search(word) else "english"
    return str(snowballstemmer.stemmer(language).stemWord(word))


def _stems(text: str) -> dict[str, str]:
    """Return the stems of the words that say something, each with the word as it stands there first."""
    found: dict[str, str] = {}
    for word in re.findall(r"[^\W\d_]+", text.casefold().replace("ё", "е")):
        if len(word) >= _SHORTEST and word not in _EMPTY:
            found.setdefault(_stem(word), word)
    return found


def alike_to(text: str, others: Mapping[Key, str]) -> list[Alike[Key]]:
    """Return the texts among ``others`` whose words are most like those of ``text``, in the same order on any machine."""
    return alike_among([text], others)[0]


def alike_among(texts: Sequence[str], others: Mapping[Key, str]) -> list[list[Alike[Key]]]:
    """Return the same for each of several texts; every text is taken apart once."""
    known = [(key, _stems(other)) for key, other in others.items()]
    return [_nearest(_stems(text), known) for text in texts]


def _nearest(wanted: Mapping[str, str], known: Sequence[tuple[Key, Mapping[str, str]]]) -> list[Alike[Key]]:
    found = []
    for key, stems in known:
        common = wanted.keys() & stems.keys()
        share = 2 * len(common) / (len(wanted) + len(stems)) if common else 0.0
        if share >= LEAST:
            found.append(Alike(key, share, tuple(sorted(wanted[stem] for stem in common))))
    return sorted(found, key=lambda row: (-row.share, str(row.key)))[:MOST]
