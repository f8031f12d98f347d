"""Write for QTI 3.0 how a question with variables draws them: template declarations and template processing.

A formula that stands in a text becomes a variable of its own whose name has a hyphen, as no name of ours has: it comes back
as the formula.
"""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from xml.sax.saxutils import escape

from lms.assessment.formats.values import Computed, Found, Refusal, Remarks, Several, Single, Varied
from lms.assessment.rules.formulas import FormulaError, Term, tree_of
from lms.assessment.rules.numbers import as_decimal, read_number
from lms.assessment.rules.variants import choices_of, list_by, range_of
from lms.core.formulas import pieces_of

__all__ = ["Drawn", "drawn_for_qti"]

_PLACE = re.compile(r"\{=(?P<formula>[^{}]+)\}|\{(?P<name>[^\W\d]\w*)\}")
_SHOWN = re.compile(r"\{([^\W\d][\w-]*)\}")
_SIGNS = {"+": "sum", "-": "subtract", "*": "product", "/": "divide", "^": "power"}
_COMPARED = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}
_CALLS = {"min": "min", "max": "max", "gcd": "gcd", "mod": "integer-modulus"}
_FUNCTIONS = {name: name for name in ("sin", "cos", "tan", "ln", "exp", "abs", "floor", "ceil")} | {
    "lg": "log"
}
_EXACT = 'qti-equal tolerance-mode="exact"'


class Drawn:
    """What stands in an item beside its texts: the declarations of its variables and how they get their values."""

    def __init__(self, body: Varied) -> None:
        self._names = {name for name, _values in body.variables}
        self._written = list(body.variables)
        self._conditions = body.conditions
        self._right = body.body.formula if isinstance(body.body, Computed) else ""
        self._shown: dict[str, str] = {}

    def text(self, text: str) -> str:
        """Return a text whose formulas are names of variables; raise Refusal where a typeset formula shows a variable."""

        def named(found: re.Match[str]) -> str:
            if found["name"] is not None:
                return found[0]
            return f"{{{self._shown.setdefault(found['formula'].strip(), f'value-{len(self._shown) + 1}')}}}"

        for piece in pieces_of(text):
            if not isinstance(piece, str) and any(
                found["formula"] or found["name"] in self._names for found in _PLACE.finditer(piece.source)
            ):
                raise Refusal("export.unsayable", piece.source[:60])
        return _PLACE.sub(named, text)

    def put_in(self, xml: str) -> str:
        """Return the body of an item with the places where variables are shown."""
        known = self._names | set(self._shown.values())
        return _SHOWN.sub(
            lambda found: (
                f'<qti-printed-variable identifier="{found[1]}"/>' if found[1] in known else found[0]
            ),
            xml,
        )

    def rules(self) -> tuple[str, str]:
        """Return the declarations and the processing; raise Refusal for what they cannot say."""
        declared = steps = ""
        computed = [(name, f"= {formula}") for formula, name in self._shown.items()]
        for name, written in [*self._written, *computed]:
            base, value = _drawn(written)
            declared += (
                f'<qti-template-declaration identifier="{name}" cardinality="single" base-type="{base}"/>\n'
            )
            steps += f'<qti-set-template-value identifier="{name}">{value}</qti-set-template-value>'
        for condition in self._conditions:
            steps += f"<qti-template-constraint>{_test(_tree(condition))}</qti-template-constraint>"
        if self._right:
            steps += f'<qti-set-correct-response identifier="RESPONSE">{_said(_tree(self._right))}</qti-set-correct-response>'
        return declared, f"<qti-template-processing>{steps}</qti-template-processing>\n"


def drawn_for_qti(question: Found) -> tuple[Found, Drawn]:
    """Return a question with variables as one of the kind that it is, its texts with names alone, and how they are drawn."""
    body = question.body
    assert isinstance(body, Varied)
    drawn = Drawn(body)
    asked = body.body
    if isinstance(asked, Single | Several):
        asked = replace(asked, options=tuple(
            option._replace(text=drawn.text(option.text), feedback=drawn.text(option.feedback)) for option in asked.options
        ))  # fmt: skip
    prompt = replace(question.prompt, text=drawn.text(question.prompt.text))
    remarks = Remarks(*map(drawn.text, question.remarks))
    why = drawn.text(question.explanation)
    return replace(question, prompt=prompt, body=asked, remarks=remarks, explanation=why), drawn


def _tree(formula: str) -> Term:
    try:
        return tree_of(formula)
    except FormulaError:
        raise Refusal("export.unsayable", formula[:60]) from None


def _drawn(written: str) -> tuple[str, str]:
    """Return the type of a variable and the expression that draws it."""
    plain = written.strip()
    if plain.startswith("="):
        return "float", _said(_tree(plain[1:]))
    if (bounds := range_of(plain)) is not None:
        return _range(*bounds)
    by_place = list_by(plain)
    values = choices_of(plain) if by_place is None else by_place[1]
    base, rows = _values(values)
    if by_place is not None:
        return base, f'<qti-index n="{by_place[0]}"><qti-ordered>{rows}</qti-ordered></qti-index>'
    return base, f"<qti-random><qti-multiple>{rows}</qti-multiple></qti-random>"


def _range(low: Fraction, high: Fraction, step: Fraction) -> tuple[str, str]:
    if low.denominator == high.denominator == step.denominator == 1:
        return "integer", f'<qti-random-integer min="{low}" max="{high}" step="{step}"/>'
    count = int((high - low) / step)
    least, gap = (_base("float", _plain(value)) for value in (low, step))
    steps = f'<qti-product>{gap}<qti-random-integer min="0" max="{count}"/></qti-product>'
    return "float", f"<qti-sum>{least}{steps}</qti-sum>"


def _values(values: list[str]) -> tuple[str, str]:
    """Return the type of a list and its values."""
    found = [read_number(value) for value in values]
    numbers = [number.value for number in found if number is not None and not number.unit]
    if len(numbers) < len(values):
        return "string", "".join(_base("string", value) for value in values)
    base = "integer" if all(number.denominator == 1 for number in numbers) else "float"
    return base, "".join(_base(base, _plain(number)) for number in numbers)


def _plain(value: Fraction) -> str:
    """Return a number with a point; raise Refusal where no decimal ends."""
    said = as_decimal(value, 12).normalize()
    if Fraction(said) != value:
        raise Refusal("export.unsayable", str(value))
    return f"{said:f}"


def _base(base: str, value: str) -> str:
    return f'<qti-base-value base-type="{base}">{escape(value)}</qti-base-value>'


def _number(text: str) -> str:
    is_whole = Decimal(text) == Decimal(text).to_integral_value()
    return _base("integer" if is_whole else "float", text)


def _said(term: Term) -> str:
    """Return a formula as an expression."""
    if term.kind == "number":
        return _number(term.text)
    if term.kind == "name":
        is_pi = term.text == "pi"
        return '<qti-math-constant name="pi"/>' if is_pi else f'<qti-variable identifier="{term.text}"/>'
    parts = "".join(map(_said, term.parts))
    if term.kind == "call":
        return _called(term, parts)
    if term.text not in _SIGNS:
        raise Refusal("export.unsayable", term.text)
    if len(term.parts) == 1:
        one = term.parts[0]
        return _number(f"-{one.text}") if one.kind == "number" else _element("subtract", _number("0") + parts)
    return _element(_SIGNS[term.text], parts)


def _called(term: Term, parts: str) -> str:
    name = term.text
    if name == "sqrt":
        return _element("power", parts + _base("float", "0.5"))
    if name == "round" and len(term.parts) == 1:
        return _element("round", parts)
    if name == "round" and term.parts[1].kind == "number" and term.parts[1].text.isdecimal():
        shape = f'qti-round-to rounding-mode="decimalPlaces" figures="{term.parts[1].text}"'
        return f"<{shape}>{_said(term.parts[0])}</qti-round-to>"
    if name in _CALLS:
        return _element(_CALLS[name], parts)
    if name in _FUNCTIONS:
        return f'<qti-math-operator name="{_FUNCTIONS[name]}">{parts}</qti-math-operator>'
    raise Refusal("export.unsayable", name)


def _element(name: str, inside: str) -> str:
    return f"<qti-{name}>{inside}</qti-{name}>"


def _test(term: Term) -> str:
    """Return a condition, which is one comparison."""
    if term.kind != "sign" or term.text not in (*_COMPARED, "==", "!="):
        raise Refusal("export.unsayable", term.text)
    parts = "".join(map(_said, term.parts))
    if term.text in _COMPARED:
        return _element(_COMPARED[term.text], parts)
    equal = f"<{_EXACT}>{parts}</qti-equal>"
    return equal if term.text == "==" else _element("not", equal)
