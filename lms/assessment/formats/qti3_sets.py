"""Write for QTI 3.0 what is sorted: things into groups, rows into columns, words into a text.

QTI has one interaction for all that is matched; ``data-shown-as`` says which of ours it was, for others to pass over.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import zip_longest

from lms.assessment.formats.qti3_parts import declaration, mapping, template, xhtml
from lms.assessment.formats.values import Blank, Groups, Refusal, Table, WordBank

__all__ = ["match_interaction", "said_in_sets"]

Said = tuple[str, str, str]


def said_in_sets(body: Groups | Table | WordBank) -> Said:
    """Return the declarations, the interaction and the response processing; raise Refusal for what cannot be said."""
    if isinstance(body, Groups):
        return _groups(body)
    return _table(body) if isinstance(body, Table) else _words(body)


def match_interaction(
    left: Sequence[str], right: Sequence[str], more: str = "", most: int = 1, images: Sequence[str] = ()
) -> str:
    """Return two sets; each of the first (l0, l1, …) gets at most ``most`` of the second (r0, r1, …).

    ``images`` are shown after the texts of the first.
    """
    sets = _matched("l", left, most, images) + _matched("r", right, len(left))
    return (
        f'<qti-match-interaction response-identifier="RESPONSE" max-associations="{len(left) * most}"{more}>'
        f"{sets}</qti-match-interaction>"
    )


def _matched(letter: str, texts: Sequence[str], most: int, images: Sequence[str] = ()) -> str:
    rows = "".join(
        f'<qti-simple-associable-choice identifier="{letter}{number}" match-max="{most}">{xhtml(text)}{image or ""}'
        "</qti-simple-associable-choice>"
        for number, (text, image) in enumerate(zip_longest(texts, images))
    )
    return f"<qti-simple-match-set>{rows}</qti-simple-match-set>"


def _groups(body: Groups) -> Said:
    things = [(thing, number) for number, (_, inside) in enumerate(body.groups) for thing in inside]
    names = [group for group, _ in body.groups]
    inside = match_interaction(
        [thing for thing, _ in things], names, ' shuffle="true" data-shown-as="categorise"'
    )
    pairs = [f"l{row} r{value}" for row, (_, value) in enumerate(things)]
    return _scored(pairs, inside, body.scoring)


def _scored(pairs: Sequence[str], inside: str, scoring: str) -> Said:
    if scoring == "all_or_nothing":
        return declaration(pairs, "multiple", "directedPair"), inside, template("match_correct")
    is_less = scoring in ("right_minus_wrong", "per_cell")
    earned = mapping([(pair, Decimal(1)) for pair in pairs], lower=is_less, default=-1 if is_less else 0)
    return declaration(pairs, "multiple", "directedPair", earned), inside, template("map_response")


def _table(body: Table) -> Said:
    places = {text: number for number, text in enumerate(body.columns)}
    rows = [[f"l{row} r{places[text]}" for text in right] for row, right in enumerate(body.right)]
    most = 1 if body.mode == "single" else len(body.columns)
    inside = match_interaction(body.rows, body.columns, ' shuffle="false" data-shown-as="table"', most)
    pairs = [pair for row in rows for pair in row]
    if not pairs:
        raise Refusal("export.unsayable", "table")
    if body.mode == "single" or body.scoring != "per_row":
        return _scored(pairs, inside, body.scoring)
    rules = "".join(_right_row(number, row, len(body.columns)) for number, row in enumerate(rows))
    processing = (
        "<qti-response-processing><qti-response-condition><qti-response-if><qti-not><qti-is-null>"
        f'<qti-variable identifier="RESPONSE"/></qti-is-null></qti-not>{rules}</qti-response-if>'
        "</qti-response-condition></qti-response-processing>\n"
    )
    return declaration(pairs, "multiple", "directedPair"), inside, processing


def _right_row(number: int, right: Sequence[str], columns: int) -> str:
    """Return the rule that adds a point for a row whose right columns, and no others, are chosen."""
    cells = "".join(
        _chosen(f"l{number} r{place}", is_right=f"l{number} r{place}" in right) for place in range(columns)
    )
    return (
        f"<qti-response-condition><qti-response-if><qti-and>{cells}</qti-and>"
        '<qti-set-outcome-value identifier="SCORE"><qti-sum><qti-variable identifier="SCORE"/>'
        '<qti-base-value base-type="float">1</qti-base-value></qti-sum></qti-set-outcome-value>'
        "</qti-response-if></qti-response-condition>"
    )


def _chosen(pair: str, *, is_right: bool) -> str:
    member = (
        f'<qti-member><qti-base-value base-type="directedPair">{pair}</qti-base-value>'
        '<qti-variable identifier="RESPONSE"/></qti-member>'
    )
    return member if is_right else f"<qti-not>{member}</qti-not>"


def _words(body: WordBank) -> Said:
    """Return a text with gaps and the words for them, those of the gaps first."""
    right = [part.word for part in body.parts if isinstance(part, Blank)]
    words = list(dict.fromkeys([*right, *body.decoys]))
    most = 1 if body.is_once else len(right)
    bank = "".join(
        f'<qti-gap-text identifier="w{number}" match-max="{most}">{xhtml(word)}</qti-gap-text>'
        for number, word in enumerate(words)
    )
    numbers = iter(range(len(right)))
    text = "".join(
        xhtml(part) if isinstance(part, str) else f'<qti-gap identifier="g{next(numbers)}"/>'
        for part in body.parts
    )
    inside = (
        f'<qti-gap-match-interaction response-identifier="RESPONSE" shuffle="true">{bank}<p>{text}</p>'
        "</qti-gap-match-interaction>"
    )
    return _scored([f"w{words.index(word)} g{place}" for place, word in enumerate(right)], inside, "per_gap")
