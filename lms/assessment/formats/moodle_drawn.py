"""Say questions with variables as Moodle's calculated questions do: formulas with names in braces, and rows of values.

Moodle keeps the values of each variable in a list and draws the number of a row; so what is computed is computed here and kept as
values, too. How we draw a variable stands beside its values (``drawnas``), and our conditions beside those; Moodle passes over both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import partial
from xml.sax.saxutils import escape

from lms.assessment.formats.values import Found, Refusal, Remarks, Several, Single, Varied
from lms.assessment.rules.formulas import FormulaError, Term, line_of, tree_of
from lms.assessment.rules.numbers import as_decimal
from lms.assessment.rules.variants import draw
from lms.core.formulas import Formula, pieces_of
from lms.core.xmltree import Node

__all__ = [
    "datasets",
    "drawn_of",
    "in_moodle",
    "names_of_datasets",
    "our_formula",
    "said_in_moodle",
    "with_our_formulas",
]

#: So many rows of values are written; so many are read.
ROWS, MAX_ROWS = 20, 100
#: A value has so many decimals at most.
DECIMALS = 9
_PLACE = re.compile(r"\{=(?P<formula>[^{}]+)\}|\{(?P<name>[^\W\d]\w*)\}")
#: The same in Moodle's writing: names stand in braces, in formulas too.
_THEIRS = re.compile(r"\{=(?P<formula>(?:[^{}]|\{[^{}]*\})+)\}|\{(?P<name>[^{}=][^{}]{0,60})\}")
_NAMED = re.compile(r"\{([^{}]+)\}")
_PI = re.compile(r"\bpi\s*\(\s*\)")
_CALLS = {"sqrt", "abs", "round", "floor", "ceil", "min", "max", "sin", "cos", "tan", "exp"}
_OTHER_NAMES = {"ln": "log", "lg": "log10"}
_OUR_NAMES = {"log": "ln", "log10": "lg"}
_THEIR_CALLS = frozenset(_CALLS | set(_OUR_NAMES) | {"pow"})


def said_in_moodle(formula: str) -> str:
    """Return a formula as Moodle writes it; raise Refusal ``export.unsayable`` where it has no word for a part."""
    try:
        return _said(tree_of(formula))
    except FormulaError:
        raise Refusal("export.unsayable", formula[:60]) from None


def _said(term: Term) -> str:
    if term.kind == "number":
        return term.text
    if term.kind == "name":
        return "pi()" if term.text == "pi" else f"{{{term.text}}}"
    parts = [_said(part) for part in term.parts]
    name = _OTHER_NAMES.get(term.text, term.text)
    if term.kind == "call" and (name in _CALLS or name in _OUR_NAMES):
        return f"{name}({', '.join(parts)})"
    if term.kind == "sign" and term.text == "^":
        return f"pow({', '.join(parts)})"
    if term.kind == "sign" and term.text in ("+", "-", "*", "/"):
        return f"(-{parts[0]})" if len(parts) == 1 else f"({parts[0]} {term.text} {parts[1]})"
    raise Refusal("export.unsayable", term.text)


def in_moodle(question: Found) -> Found:
    """Return a question with variables whose texts are written as Moodle writes them."""
    body = question.body
    assert isinstance(body, Varied)
    say = partial(_text_in_moodle, {name for name, _values in body.variables})
    asked = body.body
    if isinstance(asked, Single | Several):
        options = tuple(
            option._replace(text=say(option.text), feedback=say(option.feedback)) for option in asked.options
        )
        asked = replace(asked, options=options)
    return replace(
        question,
        prompt=replace(question.prompt, text=say(question.prompt.text)),
        body=replace(body, body=asked),
        hints=tuple(map(say, question.hints)),
        remarks=Remarks(*map(say, question.remarks)),
        explanation=say(question.explanation),
    )


def _text_in_moodle(names: Collection[str], text: str) -> str:
    """Return a text with formulas in Moodle's writing; in a typeset formula the value keeps braces round it."""

    def said(shape: str, found: re.Match[str]) -> str:
        if found["name"] is not None:
            return shape.format(found[0]) if found["name"] in names else found[0]
        return shape.format(f"{{={said_in_moodle(found['formula'])}}}")

    return "".join(
        _PLACE.sub(partial(said, "{}"), piece)
        if isinstance(piece, str)
        else _PLACE.sub(partial(said, "{{{}}}"), piece.source)
        for piece in pieces_of(text)
    )


def datasets(body: Varied) -> str:
    """Return the values of the variables in rows that fulfil the conditions; raise Refusal where a value is no number."""
    rows = [draw(body.variables, body.conditions, seed) for seed in range(1, ROWS + 1)]
    said = ""
    for name, written in body.variables:
        values = [row[name] for row in rows]
        if any(isinstance(value, str) for value in values):
            raise Refusal("export.unsayable", name)
        said += _dataset(
            name,
            written,
            [as_decimal(value, DECIMALS).normalize() for value in values if isinstance(value, Fraction)],
        )
    conditions = "".join(f"<condition><text>{escape(each)}</text></condition>\n" for each in body.conditions)
    return f"<dataset_definitions>\n{said}</dataset_definitions>\n{conditions}"


def _dataset(name: str, written: str, values: list[Decimal]) -> str:
    parts = {
        "status": "private",
        "name": name,
        "distribution": "uniform",
        "minimum": f"{min(values):f}",
        "maximum": f"{max(values):f}",
        "decimals": str(max(max(0, -int(value.as_tuple().exponent)) for value in values)),
        "drawnas": written,
    }
    inside = "".join(f"<{part}><text>{escape(text)}</text></{part}>" for part, text in parts.items())
    items = "".join(
        f"<dataset_item><number>{number}</number><value>{value:f}</value></dataset_item>"
        for number, value in enumerate(values, start=1)
    )
    count = len(values)
    return (
        f"<dataset_definition>{inside}<type>calculated</type><itemcount>{count}</itemcount>"
        f"<dataset_items>{items}</dataset_items><number_of_items>{count}</number_of_items></dataset_definition>\n"
    )


def _definitions(node: Node) -> list[Node]:
    return list((node.first("dataset_definitions") or node).children("dataset_definition"))


def names_of_datasets(node: Node) -> dict[str, str]:
    """Return the names of a question's variables, each with the name that it has here."""
    names: dict[str, str] = {}
    for definition in _definitions(node):
        theirs = definition.text_at("name", "text")
        ours = re.sub(r"\W", "_", theirs)[:36] or "_"
        ours = ours if re.match(r"[^\W\d]", ours) else f"v{ours}"
        while ours in names.values():
            ours += "_"
        names[theirs] = ours
    return names


def drawn_of(
    node: Node, names: Mapping[str, str]
) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...], bool]:
    """Return the variables, the conditions and whether the question was written here; raise Refusal ``moodle.datasets``.

    One of another school has a variable for the number of the row, and the others take their value from it.
    """
    definitions = _definitions(node)
    own = [definition.text_at("drawnas", "text") for definition in definitions]
    ours = [names[definition.text_at("name", "text")] for definition in definitions]
    if definitions and all(own):
        conditions = tuple(child.text_at("text") for child in node.children("condition"))
        return tuple(zip(ours, own, strict=True)), conditions, True
    lists = [_values(definition) for definition in definitions]
    count = min(map(len, lists), default=0)
    if not 1 <= count <= MAX_ROWS:
        raise Refusal("moodle.datasets", str(count))
    row = "row"
    while row in ours:
        row += "_"
    drawn = [(name, f"[{row}] {'; '.join(values[:count])}") for name, values in zip(ours, lists, strict=True)]
    return ((row, f"1..{count}"), *drawn), (), False


def _values(definition: Node) -> list[str]:
    """Return the values of a variable in the order of their numbers."""
    items = list((definition.first("dataset_items") or definition).children("dataset_item"))
    rows = [(item.text_at("number"), item.text_at("value").strip()) for item in items]
    if any(not number.isdecimal() or len(number) > 6 or not value for number, value in rows):
        raise Refusal("moodle.datasets", definition.text_at("name", "text")[:60])
    return [value for _number, value in sorted(rows, key=lambda row: int(row[0]))]


def our_formula(text: str, names: Mapping[str, str]) -> str:
    """Return a formula of Moodle's in our writing; raise Refusal ``qti.formula`` for what formulas here cannot say."""

    def named(found: re.Match[str]) -> str:
        if found[1] not in names:
            raise Refusal("qti.formula", found[1][:60])
        return names[found[1]]

    plain = _PI.sub("pi", _NAMED.sub(named, text)).replace(",", ", ")
    try:
        return line_of(_ours(tree_of(plain, _THEIR_CALLS)))
    except FormulaError as error:
        raise Refusal("qti.formula", str(error)[:60]) from None


def _ours(term: Term) -> Term:
    parts = tuple(map(_ours, term.parts))
    if term.kind == "sign" and term.text == "^":
        raise FormulaError("^")  # in PHP it is no power
    if term.kind == "call" and term.text == "pow":
        if len(parts) != 2:
            raise FormulaError("pow")
        return Term("sign", "^", parts)
    text = _OUR_NAMES.get(term.text, term.text) if term.kind == "call" else term.text
    return Term(term.kind, text, parts)


def with_our_formulas(text: str, names: Mapping[str, str], change: Callable[[str], str] = str) -> str:
    """Return a text of Moodle's with our names and formulas, each of these changed."""

    def said(found: re.Match[str]) -> str:
        if found["formula"] is not None:
            return f"{{= {change(our_formula(found['formula'], names))}}}"
        return f"{{{names[found['name']]}}}" if found["name"] in names else found[0]

    def piece_said(piece: str | Formula) -> str:
        if isinstance(piece, str):
            return _THEIRS.sub(said, piece)
        # The value keeps the braces round it that a formula needs: {{a}} is {a} here.
        return re.sub(
            r"\{(\{(?:[^{}]|\{[^{}]*\})*\})\}", lambda found: _THEIRS.sub(said, found[1]), piece.source
        )

    return "".join(map(piece_said, pieces_of(text)))
