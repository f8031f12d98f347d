"""Find the gaps of a text: each is a name in braces. The braces of a formula are its own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lms.core.formulas import Formula, pieces_of

__all__ = ["gap_names", "gap_pieces", "texts_between"]

_GAP = re.compile(r"\{(\w{1,40})\}")
#: In a formula braces belong to what stands before them, as in x^{2} and \frac{1}{2}; others are gaps there, too.
_LOOSE_GAP = re.compile(r"(?<![\\^_}\]A-Za-z])\{\w{1,40}\}")


def gap_pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Yield what a text with gaps consists of, in order: texts, and the names of gaps (True)."""
    for piece in pieces_of(text):
        if isinstance(piece, Formula) and not _LOOSE_GAP.search(piece.source):
            yield piece.source, False
            continue
        source, place = (piece.source if isinstance(piece, Formula) else piece), 0
        for found in _GAP.finditer(source):
            yield source[place : found.start()], False
            yield found[1], True
            place = found.end()
        yield source[place:], False


def gap_names(text: str) -> list[str]:
    """Return the names of the gaps, in order."""
    return [piece for piece, is_gap in gap_pieces(text) if is_gap]


def texts_between(text: str) -> list[str]:
    """Return the texts before, between and behind the gaps: one more than there are gaps."""
    texts = [""]
    for piece, is_gap in gap_pieces(text):
        if is_gap:
            texts.append("")
        else:
            texts[-1] += piece
    return texts
