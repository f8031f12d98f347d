"""Understand QTI's template variables as far as a question with variables can say them: numbers and words that are drawn, formulas.

An item is filled with the values of a few seeds and read each time by the ordinary reader; what it is and how it is scored must
come out the same, and its right answer must be what the formula gives.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

from lms.assessment.formats.qti_values import as_number
from lms.assessment.formats.values import (
    Computed,
    Found,
    Number,
    Reason,
    Refusal,
    Remarks,
    Several,
    Single,
    Varied,
)
from lms.assessment.rules.formulas import MAX_FORMULA
from lms.assessment.rules.numbers import as_decimal
from lms.assessment.rules.variants import FormulaError, Value, compute, draw
from lms.core.xmltree import Node

__all__ = ["has_templates", "read_varied"]

#: So many fillings must be read alike.
SEEDS = (1, 2, 3)
#: So many variables, branches of a condition, and rules; letters of how one is drawn, digits of a number on each side of its point.
MAX_VARIABLES, MAX_BRANCHES, MAX_RULES, MAX_WRITTEN, MAX_DIGITS = 100, 50, 300, 1000, 40
#: A number that is drawn from a stretch is drawn in so many steps.
STEPS = 1000
_SIGNS = {"sum": "+", "product": "*", "subtract": "-", "divide": "/", "power": "^"}
_COMPARED = {"match": "==", "equal": "==", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_CALLS = {"round": "round", "min": "min", "max": "max", "gcd": "gcd", "integerModulus": "mod"}
_INDEXED = re.compile(r"(?P<list>\w+)\[\w+\]")
_FUNCTIONS = {"sin", "cos", "tan", "ln", "log", "exp", "abs", "floor", "ceil"}
_OUR_NAMES = {"log": "lg"}
#: What draws a value.
_DRAWING = ("randomInteger", "randomFloat", "random")
#: The names that variables can have here.
_NAME = re.compile(r"[^\W\d]\w{0,39}")
#: The parts of a formula that can be written in a line.
_PLAIN_MATHS = {"math", "mrow", "mi", "mo", "mn", "mstyle", "semantics", "msup", "mfrac", "msqrt"}


@dataclass(slots=True)
class _Template:
    """What the template processing of an item says: variables in order, lists, the formula of each right answer.

    What was taken out of a list is not drawn from it: the ``conditions`` say so. ``inlined`` are formulas whose names no variable
    of ours can have: they stand where their names are used.
    """

    variables: list[tuple[str, str]] = field(default_factory=list)
    lists: dict[str, str] = field(default_factory=dict)
    taken_out: dict[str, list[str]] = field(default_factory=dict)
    conditions: list[str] = field(default_factory=list)
    right: dict[str, str] = field(default_factory=dict)
    inlined: dict[str, str] = field(default_factory=dict)

    @property
    def names(self) -> set[str]:
        """Return the variables that there are."""
        return {name for name, _values in self.variables}

    def add(self, name: str, written: str) -> None:
        """Add a variable, written as it is drawn; raise Refusal where there are too many."""
        if len(self.variables) == MAX_VARIABLES or len(written) > MAX_WRITTEN:
            raise Refusal("qti.template_variables", name)
        self.variables.append((name, written))


def has_templates(item: Node) -> bool:
    """Tell whether an item has template variables."""
    return item.first("templateDeclaration") is not None


def read_varied(item: Node, read: Callable[[Node], Found]) -> Found:
    """Return an item with template variables, read by ``read`` once they are filled in; raise Refusal."""
    template = _read(item)
    found: list[Found] = []
    for seed in SEEDS:
        try:
            values = draw(template.variables, template.conditions, seed)
            inlined = {name: compute(formula, values) for name, formula in template.inlined.items()}
            right = {name: compute(formula, values) for name, formula in template.right.items()}
        except FormulaError as error:
            raise Refusal("qti.template_variables", str(error)[:60]) from None
        found.append(read(_filled(item, template, {**values, **inlined}, right)))
        _check(found[-1], right)
    first = _said_alike(found)
    bodies = [_without_value(each.body) for each in found]
    if any(body != bodies[0] for body in bodies) or not isinstance(first.body, Number | Single | Several):
        raise Refusal("qti.template_variables")
    asked: Computed | Single | Several
    if isinstance(first.body, Number):
        (formula,) = template.right.values()
        answer, rounding, digits = first.body.answers[0], first.body.rounding, first.body.digits
        asked = Computed(formula, answer.tolerance, answer.is_relative, rounding=rounding, digits=digits)
    else:
        asked = first.body
    return replace(first, body=Varied(tuple(template.variables), asked, tuple(template.conditions)))


def _said_alike(found: Sequence[Found]) -> Found:
    """Return the first filling, without what is said after the check where the others say it otherwise."""
    first = found[0]
    if all((each.remarks, each.explanation) == (first.remarks, first.explanation) for each in found):
        return first
    changes = tuple(dict.fromkeys([*first.changes, Reason("changed.feedback")]))
    return replace(first, remarks=Remarks(), explanation="", changes=changes)


def _check(found: Found, right: Mapping[str, Fraction]) -> None:
    """Raise Refusal where a number that the rules accept is not the one that the formula gives."""
    if not isinstance(found.body, Number):
        return
    values = [as_decimal(value, 12) for value in right.values()]
    if len(found.body.answers) != 1 or [answer.value for answer in found.body.answers] != values:
        raise Refusal("qti.template_variables")


def _without_value(body: object) -> object:
    if not isinstance(body, Number):
        return body
    return replace(body, answers=tuple(answer._replace(value=Decimal(0)) for answer in body.answers))


def _read(item: Node) -> _Template:
    """Return what the template processing says; raise Refusal for what cannot be said here."""
    template = _Template()
    _given(item, template)
    steps = [node for part in item.children("templateProcessing") for node in part.children()]
    if len(steps) > MAX_RULES:
        raise Refusal("qti.template_variables", str(len(steps)))
    for step in steps:
        name, parts = step.attrs.get("identifier", ""), list(step.children())
        if step.tag == "templateCondition":
            _branches(step, template)
            continue
        if step.tag == "templateConstraint" and len(parts) == 1:
            template.conditions.append(_test(parts[0], template))
            continue
        if step.tag not in ("setTemplateValue", "setCorrectResponse") or len(parts) != 1:
            raise Refusal("qti.template_variables", step.tag)
        if step.tag == "setCorrectResponse":
            template.right[name] = _formula(parts[0], template)
        elif name in template.names:
            raise Refusal("qti.template_variables", name)
        elif name in template.lists:
            template.taken_out.setdefault(name, []).append(_taken_out(name, parts[0], template))
        elif _is_list(parts[0]):
            template.lists[name] = _one_of(parts[0].children())
        elif not _NAME.fullmatch(name) and not any(node.tag in _DRAWING for node in parts[0].walk()):
            template.inlined[name] = _formula(parts[0], template)
        else:
            template.add(name, _drawn(name, parts[0], template))
    template.right |= _compared(item, template)
    shown_at_times = item.every("templateBlock", "templateInline")
    if not template.variables or shown_at_times:
        raise Refusal("qti.template_variables", shown_at_times[0].tag if shown_at_times else "")
    return template


def _given(item: Node, template: _Template) -> None:
    """Add the variables whose declarations say what they are."""
    for declaration in item.children("templateDeclaration"):
        default = declaration.first("defaultValue")
        if default is not None:
            values = [node.text().strip() for node in default.children("value")]
            if len(values) != 1:
                raise Refusal("qti.template_variables", declaration.attrs.get("identifier", ""))
            template.add(declaration.attrs.get("identifier", ""), values[0])


def _is_list(node: Node) -> bool:
    return node.tag in ("ordered", "multiple") and all(part.tag == "baseValue" for part in node.children())


def _taken_out(name: str, node: Node, template: _Template) -> str:
    """Return the variable whose value a list loses; raise Refusal for any other change of a list."""
    parts = [part.attrs.get("identifier", "") for part in node.children() if part.tag == "variable"]
    if node.tag != "delete" or len(parts) != 2 or parts[0] not in template.names or parts[1] != name:
        raise Refusal("qti.template_variables", name)
    return parts[0]


def _drawn(name: str, node: Node, template: _Template) -> str:
    """Return how a variable is drawn, and note that it is none of those whose values its list has lost."""
    if node.tag == "random":
        for part in node.children():
            lost = template.taken_out.get(part.attrs.get("identifier", ""), [])
            template.conditions += [f"{name} != {other}" for other in lost]
        if len(template.conditions) > MAX_VARIABLES:
            raise Refusal("qti.template_variables", name)
    return _values(node, template)


def _compared(item: Node, template: _Template) -> dict[str, str]:
    """Return the variable that the rules compare a response with, where nothing else says what is right.

    Whether it is right is looked at afterwards, with the points that it earns.
    """
    found: dict[str, str] = {}
    nodes = [node for rules in item.children("responseProcessing") for node in rules.walk()]
    for declaration in item.children("responseDeclaration"):
        name, base = (declaration.attrs.get(said, "") for said in ("identifier", "baseType"))
        is_known = name in template.right or declaration.first("correctResponse") is not None
        if is_known or base not in ("integer", "float"):
            continue
        pairs = [
            {part.attrs.get("identifier", "") for part in node.children() if part.tag == "variable"}
            for node in nodes
            if node.tag in ("equal", "equalRounded", "match")
        ]
        others = {other for pair in pairs if name in pair for other in pair & template.names}
        if len(others) == 1:
            found[name] = others.pop()
    return found


def _values(node: Node, template: _Template) -> str:
    """Return how a variable is drawn: a range, one of a list, or a formula."""
    if node.tag == "randomInteger":
        low, high, gap = (
            node.attrs.get(name, default) for name, default in (("min", "0"), ("max", ""), ("step", "1"))
        )
        return f"{_literal(low)}..{_literal(high)}:{_literal(gap)}"
    if node.tag == "randomFloat":
        low, high = _literal(node.attrs.get("min", "0")), _literal(node.attrs.get("max", ""))
        step = (Decimal(high) - Decimal(low)) / STEPS
        return f"{low}..{high}:{step:f}"
    if node.tag == "index" and [part.tag for part in node.children()] == ["ordered"]:
        place = node.attrs.get("n", "")
        if place not in template.names:
            raise Refusal("qti.template_variables", place[:40])
        return f"[{place}] {_one_of(part for box in node.children() for part in box.children())}"
    if (steps := _stepped(node)) is not None:
        return steps
    if node.tag == "random":
        named = [template.lists.get(part.attrs.get("identifier", "")) for part in node.children()]
        if len(named) == 1 and named[0] is not None:
            return named[0]
        return _one_of(part for box in node.children() for part in box.children())
    if node.tag == "baseValue" and node.attrs.get("baseType") in ("string", "identifier"):
        return _one_of([node])
    return f"= {_formula(node, template)}"


def _stepped(node: Node) -> str | None:
    """Return a range of numbers with a step: the least one and so many steps that are drawn; None for anything else."""
    parts = list(node.children())
    if node.tag != "sum" or [part.tag for part in parts] != ["baseValue", "product"]:
        return None
    inner = list(parts[1].children())
    if [part.tag for part in inner] != ["baseValue", "randomInteger"] or _literal(
        inner[1].attrs.get("min", "0")
    ) != "0":
        return None
    low, step = Decimal(_literal(parts[0].text())), Decimal(_literal(inner[0].text()))
    count = Decimal(_literal(inner[1].attrs.get("max", "")))
    return (
        f"{low:f}..{low + step * count:f}:{step:f}"
        if step > 0 and inner[1].attrs.get("step", "1") == "1"
        else None
    )


def _branches(step: Node, template: _Template) -> None:
    """Turn conditions that each set one and the same variable into one formula: each value times whether it is meant."""
    pieces: list[str] = []
    otherwise, names = "1", set[str]()
    branches = list(step.children())
    if not 1 <= len(branches) <= MAX_BRANCHES or branches[-1].tag != "templateElse":
        raise Refusal("qti.template_variables", step.tag)
    for branch in branches:
        rules = list(branch.children())
        test = "1" if branch.tag == "templateElse" else _test(rules.pop(0), template) if rules else ""
        values = [value for rule in rules for value in rule.children()]
        is_plain = [rule.tag for rule in rules] == ["setTemplateValue"] and len(values) == 1
        if not is_plain or not test or len(otherwise) > MAX_FORMULA:
            raise Refusal("qti.template_variables", branch.tag)
        names.add(rules[0].attrs.get("identifier", ""))
        pieces.append(f"{otherwise} * {test} * {_formula(values[0], template)}")
        otherwise = f"{otherwise} * (1 - {test})"
    name, *others = sorted(names)
    if others or name in template.names or name in template.lists:
        raise Refusal("qti.template_variables", step.tag)
    template.add(name, f"= {' + '.join(pieces)}")


def _test(node: Node, template: _Template) -> str:
    """Return a condition as a formula that is 1 or 0."""
    sign, inner = _COMPARED.get(node.tag), list(node.children())
    if node.tag == "not" and len(inner) == 1 and _COMPARED.get(inner[0].tag) == "==":
        node, sign = inner[0], "!="
    if sign is None:
        raise Refusal("qti.template_variables", node.tag)
    parts = [_formula(part, template) for part in node.children()]
    if len(parts) != 2:
        raise Refusal("qti.template_variables", node.tag)
    return f"({parts[0]} {sign} {parts[1]})"


def _literal(text: str) -> str:
    """Return a number as formulas have it; one too long to be meant, or none, raises Refusal."""
    plain = text.strip()
    number = as_number(plain) if len(plain) <= 2 * MAX_DIGITS else None
    if number is None or abs(number.adjusted()) > MAX_DIGITS:
        raise Refusal("qti.template_variables", plain[:40])
    return f"{number:f}"


def _one_of(nodes: Iterable[Node]) -> str:
    """Return a list to draw from; it begins with its sign, so that no text in it is read as a formula or a range."""
    return "; ".join(["", *map(_one, nodes)])


def _one(node: Node) -> str:
    """Return a value of a list; raise Refusal for one that would be read as something else."""
    text = " ".join(node.text().split())
    if node.tag != "baseValue" or not text or set(text) & set(";{}"):
        raise Refusal("qti.template_variables", text[:40])
    return text


def _formula(node: Node, template: _Template) -> str:
    """Return an expression as a formula; what is drawn inside it becomes a variable of its own."""
    if node.tag in ("variable", "correct") and node.attrs.get("identifier") in template.names:
        return node.attrs["identifier"]
    if node.tag == "variable" and node.attrs.get("identifier") in template.inlined:
        return f"({template.inlined[node.attrs['identifier']]})"
    if node.tag == "mathConstant" and node.attrs.get("name") == "pi":
        return "pi"
    if node.tag == "correct" and node.attrs.get("identifier") in template.right:
        return template.right[node.attrs["identifier"]]
    if node.tag == "baseValue":
        return f"({_literal(node.text())})"
    if node.tag in _DRAWING:
        name = f"drawn{len(template.variables) + 1}"
        template.add(name, _drawn(name, node, template))
        return name
    parts = [_formula(part, template) for part in node.children()]
    return _applied(node, parts)


def _applied(node: Node, parts: Sequence[str]) -> str:
    """Return an operator with its operands as a formula; raise Refusal for one that formulas do not have."""
    if sum(map(len, parts)) > MAX_FORMULA:
        raise Refusal("qti.template_variables", node.tag)
    sign, call = _SIGNS.get(node.tag), _CALLS.get(node.tag)
    if node.tag == "subtract" and len(parts) == 2 and parts[0] == "(0)":
        return f"(-{parts[1]})"
    if node.tag == "power" and len(parts) == 2 and parts[1] == "(0.5)":
        return f"sqrt({parts[0]})"
    if sign and parts:
        return f"({f' {sign} '.join(parts)})"
    if call and parts:
        return f"{call}({', '.join(parts)})"
    if node.tag == "integerDivide" and len(parts) == 2:
        return f"floor({parts[0]} / {parts[1]})"
    if node.tag == "integerToFloat" and len(parts) == 1:
        return parts[0]
    if node.tag == "truncate" and len(parts) == 1:
        return f"(({parts[0]} >= 0) * floor({parts[0]}) + ({parts[0]} < 0) * ceil({parts[0]}))"
    digits = node.attrs.get("figures", "")
    is_places = node.attrs.get("roundingMode") == "decimalPlaces" and digits.isdecimal() and len(digits) < 3
    if node.tag == "roundTo" and is_places and len(parts) == 1:
        return f"round({parts[0]}, {digits})"
    name = node.attrs.get("name", "")
    if node.tag == "mathOperator" and name in _FUNCTIONS and len(parts) == 1:
        return f"{_OUR_NAMES.get(name, name)}({parts[0]})"
    raise Refusal("qti.template_variables", node.tag)


def _filled(
    item: Node, template: _Template, values: Mapping[str, Value], right: Mapping[str, Fraction]
) -> Node:
    """Return an item without template variables: their names in braces in its text, their values in its rules."""
    made = _copy(item)
    made.parts = [
        part
        for part in made.parts
        if isinstance(part, str) or part.tag not in ("templateDeclaration", "templateProcessing")
    ]
    for declaration in made.children("responseDeclaration"):
        name = declaration.attrs.get("identifier", "")
        if name in right:
            value = Node("value", {}, declaration.line, [f"{as_decimal(right[name], 12):f}"])
            declaration.parts = [
                Node("correctResponse", {}, declaration.line, [value]),
                *(p for p in declaration.parts if isinstance(p, str) or p.tag != "correctResponse"),
            ]
    for body in made.children("itemBody", "modalFeedback"):
        _name_in(body, template)
    for rules in made.children("responseProcessing"):
        _value_in(rules, values)
    return made


def _copy(node: Node) -> Node:
    parts = [part if isinstance(part, str) else _copy(part) for part in node.parts]
    return Node(node.tag, dict(node.attrs), node.line, parts)


def _name_in(node: Node, template: _Template) -> None:
    """Write variables as ``{name}`` where the text shows them."""
    for place, part in enumerate(node.parts):
        if isinstance(part, str):
            continue
        if part.tag == "printedVariable":
            name = part.attrs.get("identifier", "")
            if name not in template.names and name not in template.inlined:
                raise Refusal("qti.template_variables", name)
            formula = template.inlined.get(name)
            node.parts[place] = f"{{{name}}}" if formula is None else f"{{= {formula}}}"
        elif part.tag == "math" and _shows(part, template):
            node.parts[place] = _in_line(part, template)
        else:
            _name_in(part, template)


def _shows(node: Node, template: _Template) -> bool:
    """Tell whether a formula shows a variable or something of a list."""
    names = (part.text().strip().partition("[")[0] for part in node.walk() if part.tag == "mi")
    return any(name in template.names or name in template.lists for name in names)


def _drawn_from(template: _Template, name: str) -> str:
    """Return the variable that is one of a list, made where it is shown first.

    The index that chooses it may choose nothing else: a second list, or a rule, could not follow it.
    """
    drawn = f"{name}_drawn"
    if drawn not in template.names:
        if name in template.taken_out or any(known.endswith("_drawn") for known in template.names):
            raise Refusal("qti.template_variables", name)
        template.add(drawn, template.lists[name])
    return drawn


def _in_line(node: Node, template: _Template) -> str:
    """Return a simple formula in a line of text, its variables in braces."""
    if node.tag not in _PLAIN_MATHS:
        raise Refusal("qti.template_variables", node.tag)
    text = node.text().strip()
    if node.tag == "mi" and text in template.names:
        return f"{{{text}}}"
    indexed = _INDEXED.fullmatch(text) if node.tag == "mi" else None
    if indexed is not None and indexed["list"] in template.lists:
        return f"{{{_drawn_from(template, indexed['list'])}}}"
    pieces = [part.strip() if isinstance(part, str) else _in_line(part, template) for part in node.parts]
    kept = [piece for piece in pieces if piece]
    if node.tag == "msup":
        return "^".join(kept) if len(kept) == 2 else "".join(f"^{piece}" for piece in kept)
    if node.tag == "mfrac":
        return " / ".join(f"({piece})" for piece in kept)
    return f"√({' '.join(kept)})" if node.tag == "msqrt" else " ".join(kept)


def _value_in(node: Node, values: Mapping[str, Value]) -> None:
    """Write the values of variables into rules."""
    for part in node.children():
        name = part.attrs.get("identifier", "")
        if part.tag == "variable" and name in values:
            value = values[name]
            is_text = isinstance(value, str)
            part.tag, part.attrs = "baseValue", {"baseType": "string" if is_text else "float"}
            part.parts = [value if isinstance(value, str) else f"{as_decimal(value, 12):f}"]
        else:
            _value_in(part, values)
