"""Set a tree as LaTeX, so that a person sees how what was typed has been read."""

from __future__ import annotations

from lms.assessment.maths.notation import GREEK
from lms.assessment.maths.tree import App, Name, Node, Num, Text

__all__ = ["latex"]

_CONSTANT = {"%pi": r"\pi", "%e": "e", "%i": "i", "inf": r"\infty", "minf": r"-\infty", "%phi": r"\varphi"}
_WORDS = {"true": r"\text{true}", "false": r"\text{false}", "all": r"\mathbb{R}", "none": r"\varnothing"}
#: Functions with a LaTeX command of their own; the others are set upright.
_COMMANDS = frozenset(
    ["sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "coth", "max", "min", "gcd", "det"]
)
_INVERSE = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "log": "ln", "lg": "lg", "signum": "sgn"}
_SIGNS = {
    "=": "=",
    "#": r"\neq ",
    "∈": r"\in ",
    "<": "<",
    ">": ">",
    "<=": r"\leq ",
    ">=": r"\geq ",
    "and": r"\wedge ",
    "or": r"\vee ",
    "xor": r"\oplus ",
    "implies": r"\Rightarrow ",
    "xnor": r"\Leftrightarrow ",
    "union": r"\cup ",
    "intersection": r"\cap ",
    ":": ":",
    ":=": ":=",
}
#: How strongly each head holds its parts together; brackets go round what holds less.
_STRENGTH = {
    **dict.fromkeys((":", ":="), 1),
    **dict.fromkeys(("implies", "xor", "xnor"), 2),
    "or": 3,
    "and": 4,
    "not": 5,
    **dict.fromkeys(("∈", "=", "#", "<", ">", "<=", ">="), 6),
    **dict.fromkeys(("union", "intersection"), 7),
    **dict.fromkeys(("+", "pm", "mp"), 8),
    "neg": 9,
    "pos": 9,
    "*": 10,
    ".": 10,
    "/": 11,
    "^": 12,
    "factorial": 13,
    "double_factorial": 13,
}
_ATOM = 20


def latex(node: Node) -> str:
    """Return LaTeX for the tree."""
    if isinstance(node, Num):
        return _number(node.text)
    if isinstance(node, Name):
        return _name(node.name)
    if isinstance(node, Text):
        return rf"\text{{{_plain(node.value)}}}"
    shape = _SHAPES.get(node.head)
    if shape is not None:
        return shape(node)
    if node.head in _SIGNS:
        return _SIGNS[node.head].join(_inside(arg, node.head) for arg in node.args)
    return _function(node)


def _number(text: str) -> str:
    mantissa, _, exponent = text.lower().partition("e")
    return mantissa if not exponent else rf"{mantissa}\cdot 10^{{{int(exponent)}}}"


def _name(name: str) -> str:
    if name in _CONSTANT:
        return _CONSTANT[name]
    if name in _WORDS:
        return _WORDS[name]
    head, _, index = name.partition("_")
    if not index and head[-1:].isdigit() and head.rstrip("0123456789"):
        letters = head.rstrip("0123456789")
        head, index = letters, head[len(letters) :]
    shown = "\\" + head if head in GREEK and head not in ("omicron", "Omicron") else _letters(head)
    return shown if not index else f"{shown}_{{{_name(index)}}}"


def _letters(name: str) -> str:
    plain = _plain(name.lstrip("%"))
    return plain if len(plain) == 1 or plain.isdigit() else rf"\mathrm{{{plain}}}"


def _plain(text: str) -> str:
    """Return the text without signs that mean something in LaTeX."""
    return "".join(sign if sign.isalnum() or sign in " .,:;!?()+-=/" else " " for sign in text)


def _inside(node: Node, head: str, *, least: int | None = None) -> str:
    strength = _STRENGTH.get(node.head, _ATOM) if isinstance(node, App) else _ATOM
    shown = latex(node)
    wanted = _STRENGTH[head] if least is None else least
    return rf"\left({shown}\right)" if strength < wanted else shown


def _sum(node: App) -> str:
    parts = [_inside(node.args[0], "+")]
    for term in node.args[1:]:
        if isinstance(term, App) and term.head == "neg":
            parts.append("-" + _inside(term.args[0], "neg", least=10))
        else:
            parts.append("+" + _inside(term, "+", least=9))
    return "".join(parts)


def _product(node: App) -> str:
    shown = _inside(node.args[0], "*", least=9)
    for before, factor in zip(node.args, node.args[1:], strict=False):
        needs_dot = _starts_with_digit(factor) or (isinstance(before, Num) and isinstance(factor, Num))
        shown += (r"\cdot " if needs_dot or node.head == "." else r"\,") + _inside(factor, "*")
    return shown


def _starts_with_digit(node: Node) -> bool:
    while isinstance(node, App) and node.head in ("*", "^", "/", "factorial"):
        node = node.args[0]
    return isinstance(node, Num)


def _power(node: App) -> str:
    base, exponent = node.args
    wrapped = _inside(base, "^", least=13)
    if isinstance(base, App) and base.head not in _STRENGTH and base.head not in _SHAPES:
        wrapped = rf"\left({wrapped}\right)"
    return f"{wrapped}^{{{latex(exponent)}}}"


def _function(node: App) -> str:
    name = node.head.lstrip("'")
    arguments = ", ".join(map(latex, node.args))
    if name in _COMMANDS:
        shown = "\\" + name
    else:
        shown = rf"\mathrm{{{_plain(_INVERSE.get(name, name))}}}" if len(name) > 1 else _name(name)
    return rf"{shown}\left({arguments}\right)"


def _logarithm(node: App) -> str:
    if len(node.args) == 2:
        return rf"\log_{{{latex(node.args[1])}}}\left({latex(node.args[0])}\right)"
    return _function(node)


def _root(node: App) -> str:
    if len(node.args) == 2:
        return rf"\sqrt[{latex(node.args[1])}]{{{latex(node.args[0])}}}"
    return rf"\sqrt{{{latex(node.args[0])}}}"


def _series(node: App) -> str:
    if len(node.args) != 4:
        return _function(node)
    body, variable, low, high = map(latex, node.args)
    if node.head == "int":
        return rf"\int_{{{low}}}^{{{high}}}{body}\,d{variable}"
    sign = r"\sum" if node.head == "sum" else r"\prod"
    return rf"{sign}_{{{variable}={low}}}^{{{high}}}{body}"


def _matrix(node: App) -> str:
    rows = [
        " & ".join(map(latex, row.args)) if isinstance(row, App) and row.head == "list" else latex(row)
        for row in node.args
    ]
    return r"\begin{pmatrix}" + r" \\ ".join(rows) + r"\end{pmatrix}"


def _bracketed(opened: str, closed: str, node: App) -> str:
    return rf"\left{opened}{'; '.join(map(latex, node.args))}\right{closed}"


def _signed(sign: str, node: App) -> str:
    if len(node.args) == 1:
        return sign + _inside(node.args[0], "neg")
    return _inside(node.args[0], "+") + sign + _inside(node.args[1], "+", least=9)


def _index(node: App) -> str:
    return f"{latex(node.args[0])}_{{{', '.join(map(latex, node.args[1:]))}}}"


_SHAPES = {
    "+": _sum,
    "*": _product,
    ".": _product,
    "neg": lambda node: "-" + _inside(node.args[0], "neg", least=10),
    "pos": lambda node: "+" + _inside(node.args[0], "neg", least=10),
    "/": lambda node: rf"\frac{{{latex(node.args[0])}}}{{{latex(node.args[1])}}}",
    "^": _power,
    "pm": lambda node: _signed(r"\pm ", node),
    "mp": lambda node: _signed(r"\mp ", node),
    "not": lambda node: r"\neg " + _inside(node.args[0], "not"),
    "factorial": lambda node: _inside(node.args[0], "factorial") + "!",
    "double_factorial": lambda node: _inside(node.args[0], "factorial") + "!!",
    "sqrt": _root,
    "root": _root,
    "abs": lambda node: rf"\left|{latex(node.args[0])}\right|" if len(node.args) == 1 else _function(node),
    "lg": _logarithm,
    "sum": _series,
    "product": _series,
    "int": _series,
    "matrix": _matrix,
    "list": lambda node: _bracketed("[", "]", node),
    "set": lambda node: _bracketed(r"\{", r"\}", node),
    "tuple": lambda node: _bracketed("(", ")", node),
    "ntuple": lambda node: _bracketed("(", ")", node),
    "oo": lambda node: _bracketed("(", ")", node),
    "oc": lambda node: _bracketed("(", "]", node),
    "co": lambda node: _bracketed("[", ")", node),
    "cc": lambda node: _bracketed("[", "]", node),
    "index": _index,
}
