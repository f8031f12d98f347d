"""Turn items and questions to a bank into terms.

One index answers everything that people look for: a term is the stem of a word («дробями» → ``дроб``) or a property
(``#state:ready``, ``#tag:дроби``), and it keeps one bit for the place of each item, in chunks of `CHUNK` places. Items that
have all asked terms are the bits that remain when the chunks are combined: a hundred thousand items are some fifty short
rows a term, on both engines, and what is found is counted exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from lms.assessment.types import Difficulty
from lms.core.stems import LONGEST_STEM
from lms.core.stems import stems_of as words_of

__all__ = [
    "CHUNK",
    "TERMS_MAX",
    "common",
    "count_of",
    "level_of",
    "places_of",
    "property_term",
    "remaining",
    "terms_of",
    "texts_of",
    "together",
    "with_bit",
    "words_of",
]

#: How many places one row of the index covers.
CHUNK = 2048

#: How many terms one item has at most (a text of two thousand words has fewer).
TERMS_MAX = 3000

#: Above which share of points on average an item is easy, and below which it is hard.
_EASY, _HARD = Decimal("0.75"), Decimal("0.4")


def property_term(name: str, value: object) -> str:
    """Return the term of a property, such as ``#type:choice``."""
    return f"#{name}:{str(value).strip().casefold()}"[:LONGEST_STEM]


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
    found.extend(words_of("\n".join(texts_of(content))))
    return list(dict.fromkeys(found))[:TERMS_MAX]


def texts_of(value: Any) -> Iterator[str]:
    """Yield every text in JSON values but ids."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if key != "id":
                yield from texts_of(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts_of(inner)


def with_bit(bits: bytes, place: int, *, is_on: bool) -> bytes:
    """Return a chunk in which the bit of a place is set or cleared; empty when no bit is left."""
    number, bit = int.from_bytes(bits, "little"), 1 << (place % CHUNK)
    number = number | bit if is_on else number & ~bit
    return number.to_bytes((number.bit_length() + 7) // 8, "little")


def remaining(terms: Sequence[str], rows: Iterable[tuple[str, int, bytes]]) -> dict[int, int]:
    """Return the chunks of the items that have every term, as numbers, the last chunk first; ``rows`` = term, chunk, bits."""
    found: dict[str, dict[int, int]] = {term: {} for term in terms}
    for term, chunk, bits in rows:
        found[term][chunk] = int.from_bytes(bits, "little")
    first, *others = sorted(found.values(), key=len) or [{}]
    kept = {}
    for chunk in sorted(first, reverse=True):
        number = first[chunk]
        for other in others:
            number &= other.get(chunk, 0)
        if number:
            kept[chunk] = number
    return kept


def together(rows: Iterable[tuple[str, int, bytes]]) -> dict[int, int]:
    """Return the chunks of the items that have any of the terms, as numbers; ``rows`` = term, chunk, bits."""
    found: dict[int, int] = {}
    for _term, chunk, bits in rows:
        found[chunk] = found.get(chunk, 0) | int.from_bytes(bits, "little")
    return found


def common(chunks: Mapping[int, int], others: Mapping[int, int]) -> dict[int, int]:
    """Return the chunks of the places that are in both, in the order of the first."""
    both = {chunk: number & others.get(chunk, 0) for chunk, number in chunks.items()}
    return {chunk: number for chunk, number in both.items() if number}


def count_of(chunks: Mapping[int, int]) -> int:
    """Return how many places are in chunks."""
    return sum(number.bit_count() for number in chunks.values())


def places_of(chunks: Mapping[int, int], skip: int, most: int) -> list[int]:
    """Return up to ``most`` places, the highest first, after the first ``skip``."""
    places: list[int] = []
    for chunk, number in chunks.items():
        size = number.bit_count()
        if skip >= size:
            skip -= size
            continue
        while number and len(places) < most:
            bit = number.bit_length() - 1
            number ^= 1 << bit
            if skip:
                skip -= 1
            else:
                places.append(chunk * CHUNK + bit)
    return places
