"""Find passages that two texts share: fingerprints by winnowing, then the words themselves. Evidence, never a verdict.

Runs of `K` words (as stems) are hashed, and of every `WINDOW` neighbouring hashes the least is kept (the rightmost of equals).
Whatever two texts share in a row of ``WINDOW + K - 1`` words or more is found; nothing shorter than ``K`` words ever is.

Source: S. Schleimer, D. Wilkerson, A. Aiken, "Winnowing: Local Algorithms for Document Fingerprinting", SIGMOD 2003,
sections 3.1 and 3.2 (robust winnowing).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Generic, TypeVar

import snowballstemmer

__all__ = ["GUARANTEED", "WINDOW", "K", "Pair", "Passage", "Word", "compare", "similar_pairs", "words_of"]

K, WINDOW = 4, 4
#: Words in a row that are found for certain.
GUARANTEED = WINDOW + K - 1
#: A fingerprint in more than this share of the texts (and in more than so many) is a common phrase of the task.
COMMON_SHARE, COMMON_COUNT = 5, 6

#: Latin letters that look like Cyrillic ones: put into a Russian word they hide it from a plain comparison.
_LOOKALIKES = str.maketrans("aceopxykmhtb", "асеорхукмнтв")
_CYRILLIC = re.compile("[а-я]")
#: Signs inside of a word that nobody sees or that only mark the stress: soft hyphens, joiners, combining accents.
_UNSEEN = "\u00ad\u0300-\u036f\u200b-\u200d\u2060\ufeff"
_WORD = re.compile(rf"[^\W_](?:[^\W_]|[{_UNSEEN}])*")
_HIDDEN = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Word:
    """A word's stem and where it stands in the text."""

    stem: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Passage:
    """Words that stand in both texts: numbers of the first word in each, and how many words in a row."""

    left: int
    right: int
    count: int


@dataclass(frozen=True, slots=True)
class Pair(Generic[Key]):
    """Two texts with what they share; ``share`` is of the shorter text's words, 0..1."""

    left: Key
    right: Key
    shared_words: int
    share: float
    passages: tuple[Passage, ...]


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    stemmer = snowballstemmer.stemmer("russian" if _CYRILLIC.search(word) else "english")
    stem: str = stemmer.stemWord(word)
    return stem


def _folded(word: str) -> str:
    """Return a word as it is compared: one case, ё as е, no stress marks, look-alike letters in a Russian word as Russian."""
    whole = unicodedata.normalize("NFC", _HIDDEN.sub("", word).casefold())
    plain = unicodedata.normalize("NFKD", whole.replace("й", "\0"))
    kept = "".join(c for c in plain if not unicodedata.combining(c)).replace("\0", "й")
    return kept.translate(_LOOKALIKES) if _CYRILLIC.search(kept) else kept


def words_of(text: str) -> list[Word]:
    """Return the words of a text in order, each with its place."""
    return [Word(_stem(_folded(match[0])), match.start(), match.end()) for match in _WORD.finditer(text)]


def _hashes(words: Sequence[Word]) -> list[int]:
    stems = [word.stem for word in words]
    return [
        int.from_bytes(hashlib.blake2b("\0".join(stems[at : at + K]).encode(), digest_size=8).digest(), "big")
        for at in range(len(stems) - K + 1)
    ]


def _fingerprints(hashes: Sequence[int]) -> dict[int, list[int]]:
    """Return the hashes that winnowing keeps, with the places where they stand."""
    kept: dict[int, list[int]] = defaultdict(list)
    last = -1
    for start in range(max(1, len(hashes) - WINDOW + 1)):
        window = hashes[start : start + WINDOW]
        if not window:
            break
        least = min(window)
        at = start + max(place for place, value in enumerate(window) if value == least)
        if at != last:
            kept[least].append(at)
            last = at
    return kept


def compare(left: Sequence[Word], right: Sequence[Word], template: Sequence[Word] = ()) -> list[Passage]:
    """Return the passages that two texts share, each as long as it goes, in the order of the left text.

    What stands in the ``template`` (the task, a text that was given) is nobody's and does not count.
    """
    given = set(_hashes(template))
    prints = _fingerprints(_hashes(right))
    covered: set[tuple[int, int]] = set()
    found = []
    for value, places in sorted(_fingerprints(_hashes(left)).items(), key=lambda row: row[1][0]):
        if value in given:
            continue
        for at in places:
            for there in prints.get(value, ()):
                if (at, there) in covered:
                    continue
                passage = _extended(left, right, at, there)
                covered |= {(passage.left + n, passage.right + n) for n in range(passage.count)}
                found.append(passage)
    return sorted(found, key=lambda passage: (passage.left, passage.right))


def _extended(left: Sequence[Word], right: Sequence[Word], at: int, there: int) -> Passage:
    """Return the longest row of equal words around a common fingerprint."""
    begin = 0
    while at - begin > 0 and there - begin > 0 and left[at - begin - 1].stem == right[there - begin - 1].stem:
        begin += 1
    end = 0
    while (
        at + end < len(left) and there + end < len(right) and left[at + end].stem == right[there + end].stem
    ):
        end += 1
    return Passage(at - begin, there - begin, begin + end)


def similar_pairs(
    texts: Mapping[Key, str], template: str = "", *, least_words: int = GUARANTEED
) -> list[Pair[Key]]:
    """Return the pairs of texts that share a passage of at least ``least_words`` words, most shared words first."""
    words = {key: words_of(text) for key, text in texts.items()}
    given = words_of(template)
    pairs = []
    for left, right in sorted(_candidates(words, set(_hashes(given))), key=_order(list(texts))):
        passages = [
            passage for passage in compare(words[left], words[right], given) if passage.count >= least_words
        ]
        shared = len({passage.left + n for passage in passages for n in range(passage.count)})
        if shared:
            shorter = min(len(words[left]), len(words[right]))
            pairs.append(Pair(left, right, shared, min(1.0, shared / shorter), tuple(passages)))
    return sorted(pairs, key=lambda pair: -pair.shared_words)


def _order(keys: Sequence[Key]) -> Callable[[tuple[Key, Key]], tuple[int, int]]:
    places = {key: number for number, key in enumerate(keys)}
    return lambda pair: (places[pair[0]], places[pair[1]])


def _candidates(words: Mapping[Key, Sequence[Word]], given: set[int]) -> Iterable[tuple[Key, Key]]:
    """Return the pairs with a fingerprint in common that is neither the task's nor everybody's."""
    holders: dict[int, list[Key]] = defaultdict(list)
    for key, text in words.items():
        for value in _fingerprints(_hashes(text)):
            if value not in given:
                holders[value].append(key)
    common = max(COMMON_COUNT, len(words) // COMMON_SHARE)
    return {pair for keys in holders.values() if len(keys) <= common for pair in combinations(keys, 2)}
