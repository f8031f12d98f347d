"""Say a content as an import would write it, so that what comes back can be compared with what was given away."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from lms.assessment.contracts import ItemTest, QuestionType
from lms.assessment.formats.maxima import in_maxima
from lms.assessment.formats.text import dollars
from lms.assessment.maths.tree import MathsError
from lms.assessment.rules.gaps import gap_names, gap_pieces
from lms.assessment.types import MarkStatus

__all__ = [
    "PICTURE_URL",
    "answer_notation",
    "as_imported",
    "asked_tests",
    "by_use",
    "named",
    "picture_url",
    "plain_decoys",
    "plain_scoring",
    "with_dollars",
]

#: Stands for the address of a picture that is not stored yet; those of options have their numbers after it.
PICTURE_URL = "picture:"
#: Tests that a student's best answer is not the author's own text for.
_NO_MODEL = {"GT", "Expanded", "SameType"}
Content = dict[str, Any]


def named(number: int) -> str:
    """Return a, b, … z, a1, b1, …: the same for the same place."""
    turn, letter = divmod(number, 26)
    return chr(ord("a") + letter) + (str(turn) if turn else "")


def picture_url(number: int) -> str:
    """Return what stands for the address of the picture of an option (counted from 0)."""
    return f"{PICTURE_URL}{number + 1}"


def _renamed_row(number: int, row: Content) -> Content:
    shown = row.get("picture")
    picture = {"picture": {**shown, "url": picture_url(number)}} if shown else {}
    return {**row, "id": named(number), **picture}


def as_imported(content: Mapping[str, Any], kind: QuestionType) -> Content:
    """Return a content as an import would write it: options named a, b, c, pictures not stored yet.

    Where two ways to write a content mean the same (shares where only the whole set earns points, a cell for a row that
    has one), it is written in one of them; so are formulas.
    """
    plain: Content = with_dollars(content)
    if plain.get("picture"):
        plain["picture"] = {**plain["picture"], "url": PICTURE_URL}
    for key, tidy in _TIDY.items():
        if key in plain:
            tidy(plain)
    return kind.validate_content(plain)


def with_dollars(value: Any) -> Any:
    """Return JSON values with the formulas of all texts between the marks that an import gives them."""
    if isinstance(value, str):
        return dollars(value)
    if isinstance(value, Mapping):
        return {key: with_dollars(part) for key, part in value.items()}
    return [with_dollars(part) for part in value] if isinstance(value, list) else value


def _tidy_pairs(plain: Content) -> None:
    right = by_use(plain)
    left_names = {row["id"]: named(number) for number, row in enumerate(plain["left"])}
    right_names = {row["id"]: named(number) for number, row in enumerate(right)}
    plain["left"] = [_renamed_row(number, row) for number, row in enumerate(plain["left"])]
    plain["right"] = [{**row, "id": right_names[row["id"]]} for row in right]
    plain["pairs"] = {left_names[row]: right_names[value] for row, value in plain["pairs"].items()}


def _tidy_gaps(plain: Content) -> None:
    by_name = {gap["id"]: gap for gap in plain["gaps"]}
    order = [name for name in gap_names(plain["text"]) if name in by_name]
    new = {name: f"g{number}" for number, name in enumerate(order, start=1)}
    pieces = gap_pieces(plain["text"])
    plain["text"] = "".join(f"{{{new.get(piece, piece)}}}" if is_gap else piece for piece, is_gap in pieces)
    plain["gaps"] = [{**by_name[name], "id": new[name]} for name in order]
    if "decoys" in plain:
        plain["decoys"] = list(plain_decoys(plain))


def _tidy_options(plain: Content) -> None:
    is_whole = plain.get("scoring") == "all_or_nothing"
    plain["options"] = [
        _renamed_row(number, row) | ({"weight": str(int(Decimal(row["weight"]) > 0))} if is_whole else {})
        for number, row in enumerate(plain["options"])
    ]


def _tidy_table(plain: Content) -> None:
    plain["rows"] = [
        {**row, "id": named(number), "right": [name for name in plain["columns"] if name in row["right"]]}
        for number, row in enumerate(plain["rows"])
    ]
    plain |= {"tolerance": "0", "scoring": plain_scoring(plain)}


def _renamed(key: str) -> Callable[[Content], None]:
    def tidy(plain: Content) -> None:
        plain[key] = [{**row, "id": named(number)} for number, row in enumerate(plain[key])]

    return tidy


def _tidy_rubric(plain: Content) -> None:
    rows = enumerate(plain["rubric"], start=1)
    plain["rubric"] = [{**row, "id": str(n), "points": f"{Decimal(row['points']):f}"} for n, row in rows]
    plain |= {key: plain[key] or None for key in ("min_words", "max_words") if key in plain}


def _tidy_maths(plain: Content) -> None:
    """Write answers as Maxima writes them where the author did, and options always."""
    notation = answer_notation(plain)

    def said(text: str, how: str) -> str:
        try:
            return in_maxima(text, how) if text else ""
        except MathsError:
            return text

    plain["answers"] = [
        {
            **row,
            "text": row["text"] if notation != "maxima" else said(row["text"], notation),
            "option": said(row["option"], "maxima"),
        }
        for row in plain["answers"]
    ]
    plain["variables"] = " ".join(dict.fromkeys(plain["variables"].split()))


#: What is tidied, by the field that a content of such a type has.
_TIDY: dict[str, Callable[[Content], None]] = {
    "pairs": _tidy_pairs,
    "gaps": _tidy_gaps,
    "options": _tidy_options,
    "columns": _tidy_table,
    "areas": _renamed("areas"),
    "categories": _renamed("categories"),
    "rubric": _tidy_rubric,
    "answers": _tidy_maths,
}


def by_use(content: Mapping[str, Any]) -> list[Content]:
    """Return the values of pairs in the order in which rows use them, decoys last: they are always shown mixed."""
    rows = {row["id"]: number for number, row in enumerate(content["left"])}
    used: dict[str, int] = {}
    for row in sorted(content["pairs"], key=lambda name: rows[name]):
        used.setdefault(content["pairs"][row], len(used))
    return sorted(content["right"], key=lambda row: used.get(row["id"], len(used)))


def plain_decoys(content: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the words that belong nowhere, each once; a word of a gap is none of them."""
    right = {gap["right"] for gap in content["gaps"]}
    return tuple(word for word in dict.fromkeys(content["decoys"]) if word not in right)


def plain_scoring(content: Mapping[str, Any]) -> str:
    """Return how a table is scored; where a row has one cell, a share for each cell is one for each row."""
    is_same = content["mode"] == "single" and content["scoring"] == "per_cell"
    return "per_row" if is_same else str(content["scoring"])


def answer_notation(content: Mapping[str, Any]) -> str:
    """Return the notation in which a mathematical question's answers are written."""
    has_units = any(row["test"].startswith("Units") for row in content["answers"])
    return "maxima" if content["notation"] == "maxima" else "quantity" if has_units else "school"


def asked_tests(content: Mapping[str, Any], tests: Sequence[ItemTest]) -> tuple[tuple[str, Decimal], ...]:
    """Return the tests of a mathematical question as in Maxima, with their shares; without any, its key earns everything.

    An answer that is no answer (blank, unreadable) and one with several parts have no share to write down.
    """
    words, notation = content["variables"].split(), answer_notation({**content, "notation": "school"})
    shares = {MarkStatus.RIGHT: Decimal(1), MarkStatus.WRONG: Decimal(0)}
    rows = [
        (str(test.answer), notation, shares.get(test.status, test.fraction))
        for test in tests
        if test.answer and (test.status in shares or test.status is MarkStatus.PARTIAL)
    ]
    best = next(row for row in content["answers"] if Decimal(row["fraction"]) == 1)
    if not rows and best["test"] not in _NO_MODEL:
        rows = [(best["text"], answer_notation(content), Decimal(1))]
    found: list[tuple[str, Decimal]] = []
    for text, how, share in rows:
        try:
            said = in_maxima(text, how, words)
        except MathsError:
            continue
        if share is not None and "," not in said and '"' not in said:
            found.append((said, share))
    return tuple(found)
