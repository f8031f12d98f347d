"""See whether answers of which the first that fits counts mark as they do where the best that fits counts.

Moodle and GIFT take the first answer that fits: one that earns less, and stands before a wider one, is what makes it wrong there.
Here the best counts, so such questions are not the same any more, and the report says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from lms.assessment.formats.values import NumberAnswer, Reason, Refusal
from lms.assessment.rules.texts import fold_text, matches_wildcard

__all__ = ["ANY_OTHER", "HIDDEN", "hidden_numbers", "hidden_texts", "read_row"]

#: What is said where the order of the answers decided.
HIDDEN = Reason("changed.first_answer")
#: What is said where any other answer earned a share.
ANY_OTHER = Reason("changed.any_other_answer")
#: More pairs of answers with wildcards are not looked through: somebody has to look.
MOST_PAIRS = 2000


def hidden_texts(rows: Sequence[tuple[str, Decimal]], *, is_case_sensitive: bool = False) -> list[Reason]:
    """Return that an earlier answer of less worth fits what a later one fits, too; ``*`` stands for any letters."""
    folded = [(fold_text(text, is_case_sensitive=is_case_sensitive), share) for text, share in rows]
    tried = 0
    for place, (first, less) in enumerate(folded):
        for second, more in folded[place + 1 :]:
            if more <= less:
                continue
            if "*" not in first and "*" not in second:
                if first == second:
                    return [HIDDEN]
                continue
            tried += 1
            if tried > MOST_PAIRS or _meet(first, second):
                return [HIDDEN]
    return []


def hidden_numbers(rows: Sequence[NumberAnswer]) -> list[Reason]:
    """Return that an earlier number of less worth fits what a later one fits, too."""
    bounds = [(*_bounds(row), row.fraction) for row in rows]
    for place, (low, high, less) in enumerate(bounds):
        for other_low, other_high, more in bounds[place + 1 :]:
            if more > less and low <= other_high and other_low <= high:
                return [HIDDEN]
    return []


def _bounds(row: NumberAnswer) -> tuple[Decimal, Decimal]:
    off = abs(row.value) * row.tolerance if row.is_relative else row.tolerance
    return row.value - off, row.value + off


def _meet(one: str, other: str) -> bool:
    """Tell whether some text fits both forms."""
    if "*" not in one:
        return matches_wildcard(one, other)
    if "*" not in other:
        return matches_wildcard(other, one)
    heads, tails = (
        (one.partition("*")[0], other.partition("*")[0]),
        (one.rpartition("*")[2], other.rpartition("*")[2]),
    )
    return (heads[0].startswith(heads[1]) or heads[1].startswith(heads[0])) and (
        tails[0].endswith(tails[1]) or tails[1].endswith(tails[0])
    )


def read_row(read: Callable[[], NumberAnswer], share: Decimal) -> list[NumberAnswer]:
    """Return a number that is accepted, or one that earns nothing where it can be read at all."""
    try:
        return [read()]
    except Refusal:
        if share > 0:
            raise
        return []
