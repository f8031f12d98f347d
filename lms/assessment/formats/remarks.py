"""What is said of answers after the check, where a format says it answer by answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from lms.assessment.formats.values import Reason, Remarks

__all__ = ["remark_for", "remarks_of"]

#: An answer that stands for all others, and those of a statement, which stand for themselves.
_ANY_OTHER = ("*", "true", "false")


def remark_for(share: Decimal, remarks: Remarks) -> str:
    """Return what is said of an answer that earns a share of the points."""
    return remarks.right if share == 1 else remarks.partial if share > 0 else remarks.wrong


def remarks_of(answers: Iterable[tuple[str, Decimal, str]], changes: list[Reason]) -> Remarks:
    """Return what (text, share, what is said) rows say of right, partly right and wrong answers.

    Where answers of equal worth are told different things, or a single wrong answer is told something, that is left out and noted.
    """
    rows = [(text.strip().casefold(), share, said) for text, share, said in answers]
    kinds = (
        [row for row in rows if row[1] == 1],
        [row for row in rows if 0 < row[1] < 1],
        [row for row in rows if row[1] <= 0 and row[0] in _ANY_OTHER],
    )
    single = [said for text, share, said in rows if share <= 0 and text not in _ANY_OTHER]
    if any(single) or any(len(_all_said(kind)) > 1 for kind in kinds):
        changes.append(Reason("changed.feedback"))
    right, partial, wrong = (_one(_all_said(kind)) for kind in kinds)
    return Remarks(right, partial, wrong)


def _all_said(rows: Sequence[tuple[str, Decimal, str]]) -> set[str]:
    return {said for _text, _share, said in rows}


def _one(said: set[str]) -> str:
    return next(iter(said)) if len(said) == 1 else ""
