"""Carry out the commands in an author's text (differentiate, integrate, expand …) before anything is compared."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import sympy

from lms.assessment.maths.derivative import derivative
from lms.assessment.maths.numeric import (
    Undefined,
    Value,
    constant_value,
    context,
    real_value,
    sample_points,
    vanishes_at,
)
from lms.assessment.maths.sympify import from_sympy, to_sympy
from lms.assessment.maths.tree import (
    App,
    MathsError,
    Name,
    Node,
    Num,
    add,
    app,
    contains,
    free_names,
    is_app,
    negate,
    number,
    replace,
    walk,
)

__all__ = ["assumed_positive", "check_defined", "evaluate"]


def assumed_positive(node: Node) -> frozenset[str]:
    """Return the names of which ``assume(a > 0, …)`` says somewhere in the tree that they are not negative."""
    said = [part for part in walk(node) if isinstance(part, App) and part.head == "assume"]
    return frozenset(
        side.name
        for part in said
        for claim in part.args
        if is_app(claim, ">", ">=", "<", "<=") and isinstance(claim, App)
        for side, other in (claim.args, claim.args[::-1])
        if isinstance(side, Name) and other == number(0) and (claim.head[0] == ">") == (side is claim.args[0])
    )


def evaluate(node: Node, *, nouns: bool = True) -> Node:
    """Return the tree with its commands carried out; ``nouns``: named-only derivatives are carried out too.

    Raises MathsError ``undefined`` where a part without variables has no value, as 1/0.
    """
    if (
        isinstance(node, App)
        and node.head == "tuple"
        and any(is_app(arg, ":", ":=", "assume") for arg in node.args)
    ):
        return _sequence(node, nouns)
    if isinstance(node, App):
        if not (node.head in ("diff", "'diff") and len(node.args) > 1):
            node = App(node.head, tuple(evaluate(arg, nouns=nouns) for arg in node.args))
        node = _command(node, nouns)
    return node


def _sequence(node: App, nouns: bool) -> Node:
    """Return the last item after the assignments before it; switches of a computer algebra system change nothing."""
    known: dict[Node, Node] = {}
    result: Node = number(0)
    for item in node.args:
        if is_app(item, ":") and isinstance(item, App):
            known[item.args[0]] = replace(item.args[1], known)
            continue
        result = replace(item, known)
    return evaluate(result, nouns=nouns)


def _command(node: App, nouns: bool) -> Node:
    head = node.head
    if head.startswith("'"):
        if not nouns or head not in ("'diff", "'int", "'sum", "'product"):
            return node
        head = head[1:]
    action = _ACTIONS.get(head)
    if action is None:
        return _over_matrices(node) if any(is_app(arg, "matrix") for arg in node.args) else _over_items(node)
    try:
        done = action(App(head, node.args))
    except Undefined:
        raise MathsError("undefined") from None
    return node if done is None else done


def _over_matrices(node: App) -> Node:
    """Return sums, multiples, products and transposes of matrices that are written out; the node where they do not fit."""
    grids = [_grid(arg) for arg in node.args]
    known = [grid for grid in grids if grid is not None]
    sizes = {(len(grid), len(grid[0])) for grid in known}
    if node.head in ("+", "neg") and len(known) == len(grids) and len(sizes) == 1:
        rows, columns = next(iter(sizes))
        return _matrix(
            [[App(node.head, tuple(g[i][j] for g in known)) for j in range(columns)] for i in range(rows)]
        )
    if node.head in ("*", "/") and len(known) == 1 and (node.head == "*" or grids[0] is not None):
        return _matrix(
            [
                [
                    App(
                        node.head,
                        tuple(
                            item if g is not None else arg for g, arg in zip(grids, node.args, strict=True)
                        ),
                    )
                    for item in row
                ]
                for row in known[0]
            ]
        )
    if node.head == "transpose" and len(known) == 1:
        return _matrix([list(column) for column in zip(*known[0], strict=True)])
    if node.head == "." and len(known) == 2 and len(known[0][0]) == len(known[1]):
        columns_of = list(zip(*known[1], strict=True))
        cells = [
            [add(*(app("*", a, b) for a, b in zip(row, column, strict=True))) for column in columns_of]
            for row in known[0]
        ]
        return cells[0][0] if len(cells) == len(cells[0]) == 1 else _matrix(cells)
    return node


def _grid(node: Node) -> list[list[Node]] | None:
    """Return the rows of a matrix; None for anything else, and for rows of different length."""
    if not (isinstance(node, App) and node.head == "matrix" and node.args):
        return None
    rows = [list(row.args) for row in node.args if isinstance(row, App) and row.head == "list" and row.args]
    return rows if len(rows) == len(node.args) and len({len(row) for row in rows}) == 1 else None


def _matrix(rows: list[list[Node]]) -> Node:
    return App("matrix", tuple(App("list", tuple(row)) for row in rows))


def _over_items(node: App) -> Node:
    """Return a function of a list as the list of its values, sums of lists item by item, A − B for sets of numbers."""
    if node.head == "+" and len(node.args) == 2 and is_app(node.args[0], "set") and not free_names(node):
        whole, less = node.args
        taken = less.args[0] if isinstance(less, App) and less.head == "neg" else less
        if isinstance(whole, App) and isinstance(taken, App) and taken is not less and taken.head == "set":
            return App("set", tuple(item for item in whole.args if item not in taken.args))
    if node.head in ("neg", "+", "*", "/", "^") or (len(node.args) == 1 and node.head in _ELEMENTWISE):
        lists = [arg for arg in node.args if isinstance(arg, App) and arg.head == "list"]
        if lists and len({len(items.args) for items in lists}) == 1:
            rows = []
            for index in range(len(lists[0].args)):
                args = tuple(
                    arg.args[index] if isinstance(arg, App) and arg.head == "list" else arg
                    for arg in node.args
                )
                rows.append(_over_items(App(node.head, args)))
            return App("list", tuple(rows))
    return node


_ELEMENTWISE = frozenset(
    ["sin", "cos", "tan", "cot", "sec", "csc", "sqrt", "log", "abs", "asin", "acos", "atan"]
)


def _diff(node: App) -> Node | None:
    args = node.args
    if len(args) == 1:
        return None
    result = evaluate(args[0])
    if contains(result, "list", "set", "=", "tuple"):
        return None
    position = 1
    while position < len(args):
        variable = args[position]
        times = 1
        if position + 1 < len(args) and isinstance(args[position + 1], Num):
            times = int(_number(args[position + 1]))
            position += 1
        position += 1
        if not 0 <= times <= 10 or isinstance(variable, Num):
            raise MathsError("undefined")
        for _ in range(times):
            result = derivative(result, variable)
    return _tidy(result)


def _tidy(node: Node) -> Node:
    """Return an expression with its numbers worked out, where SymPy can say it."""
    try:
        return from_sympy(to_sympy(node))
    except MathsError:
        return node


def _number(node: Node) -> Fraction:
    return node.value if isinstance(node, Num) else Fraction(1)


def _integral(node: App) -> Node | None:
    if len(node.args) not in (2, 4):
        return None

    try:
        body, variable = to_sympy(node.args[0]), to_sympy(node.args[1])
        if body.has(sympy.core.function.AppliedUndef) or not variable.is_Symbol:
            return None
        limits = (
            variable if len(node.args) == 2 else (variable, to_sympy(node.args[2]), to_sympy(node.args[3]))
        )
        found = sympy.integrate(body, limits)
        if found.has(sympy.Integral):
            return None
        return from_sympy(found)
    except MathsError:
        return None


def _taylor(node: App) -> Node | None:
    """Return the Taylor polynomial by repeated differentiation."""
    if len(node.args) != 4 or not isinstance(node.args[3], Num):
        return None
    body, variable, centre, order = node.args
    step = add(variable, negate(centre))
    terms: list[Node] = []
    factor = Fraction(1)
    for index in range(min(int(_number(order)), 8) + 1):
        factor *= max(index, 1)
        coefficient = app("/", replace(body, {variable: centre}), number(factor))
        terms.append(app("*", coefficient, app("^", step, number(index))) if index else coefficient)
        body = derivative(body, variable)
    return add(*terms)


def _first(node: App) -> Node | None:
    return node.args[0] if node.args else None


def _substitute(node: App) -> Node | None:
    if len(node.args) == 2 and is_app(node.args[0], "=") and isinstance(node.args[0], App):
        return replace(node.args[1], {node.args[0].args[0]: node.args[0].args[1]})
    if len(node.args) == 3:
        return replace(node.args[2], {node.args[1]: node.args[0]})
    return None


def _shown(node: App) -> Node | None:
    """Return a number that is to be shown with so many decimals as a number that was written so."""
    value = real_value(node.args[0])
    places = real_value(node.args[1]) if len(node.args) > 1 else None
    if value is None or places is None:
        return None
    if node.head in ("displaysf", "dispsf", "significantfigures"):
        size = 0 if value == 0 else int(context.floor(context.log10(abs(value))))
        places = places - 1 - size
    text = _fixed(value, int(places))
    return _written(text)


def _fixed(value: object, places: int) -> str:

    exact = Decimal(context.nstr(value, 30, strip_zeros=False, min_fixed=-400, max_fixed=400))
    if places >= 0:
        return format(exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP), "f")
    return format(exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP), "f").split(".")[0]


def _written(text: str) -> Node:
    if text.startswith("-"):
        return negate(Num(Fraction(text[1:]), text[1:]))
    return Num(Fraction(text), text)


def _scientific(node: App) -> Node | None:
    if len(node.args) != 3:
        return None
    return app("*", node.args[0], app("^", number(10), node.args[2]))


def _round(node: App) -> Node | None:
    value = real_value(node.args[0])
    if value is None or abs(value) > 10**15:
        return None
    return number(int(context.nint(value)))


def _limit(node: App) -> Node | None:
    """Return the limit of an expression (towards a point, from one side where that is said); the node where there is none."""
    if len(node.args) not in (3, 4) or not isinstance(node.args[1], Name):
        return None
    sides: dict[Node, str] = {Name("plus"): "+", Name("minus"): "-"}
    side = sides.get(node.args[-1], "+-")
    try:
        found = sympy.limit(*map(to_sympy, node.args[:3]), dir=side)
    except (ValueError, NotImplementedError):
        return None
    return None if found.has(sympy.Limit, sympy.AccumBounds) else from_sympy(found)


def _integer_p(node: App) -> Node | None:
    value = real_value(node.args[0])
    return Name("true" if value is not None and context.isint(value) else "false")


def _join(node: App) -> Node | None:
    """Return the union of sets that are written out."""
    if not node.args or not all(isinstance(arg, App) and arg.head == "set" for arg in node.args):
        return None
    return App("set", tuple(item for arg in node.args if isinstance(arg, App) for item in arg.args))


_ACTIONS: dict[str, Callable[[App], Node | None]] = {
    "diff": _diff,
    "int": _integral,
    "limit": _limit,
    "taylor": _taylor,
    "subst": _substitute,
    "dispdp": _shown,
    "displaydp": _shown,
    "displaysf": _shown,
    "dispsf": _shown,
    "significantfigures": _shown,
    "decimalplaces": _shown,
    "displaysci": _scientific,
    "round": _round,
    "integerp": _integer_p,
    "union": _join,
    **dict.fromkeys(
        ("ev", "ratsimp", "fullratsimp", "radcan", "expand", "factor", "trigsimp", "simplify", "float"),
        _first,
    ),
    **dict.fromkeys(
        ("trigexpand", "trigreduce", "rat", "num_ensure_rational", "boolean_form", "bfloat"),
        _first,
    ),
}


def check_defined(node: Node) -> None:
    """Raise MathsError ``undefined`` when a part divides by what is zero, takes a logarithm of it, or is a tangent at its pole."""
    for part in walk(node):
        if isinstance(part, App) and part.head in _WITH_POLES and len(part.args) == 1:
            _check_value(part)
        elif isinstance(part, App) and part.head in ("/", "^", "log"):
            _check_base(part)


#: Functions whose poles Maxima refuses.
_WITH_POLES = frozenset({"tan", "sec", "csc", "cot"})


def _check_value(part: App) -> None:
    try:
        constant_value(part)
    except Undefined:
        raise MathsError("undefined") from None
    except MathsError:
        return


def _check_base(part: App) -> None:
    below = part.args[-1] if part.head == "/" else part.args[0]
    try:
        if not _is_nothing(below):
            return
        exponent = real_value(part.args[1]) if part.head == "^" else None
    except Undefined:
        raise MathsError("undefined") from None
    except MathsError:
        return
    if part.head != "^" or (exponent is not None and exponent <= 0):
        raise MathsError("undefined")


def _is_nothing(node: Node) -> bool:
    """Return whether a number, or an expression whatever its letters stand for, is zero. Raises Undefined, MathsError."""
    value = constant_value(node)
    if value is not None:
        return bool(abs(value) <= context.mpf(10) ** -30)
    if not is_app(node, "+", "*", "neg", "/", "^"):
        return False
    points = sample_points(sorted(free_names(node)), count=3)
    return all(_vanishes(node, point) for point in points)


def _vanishes(node: Node, point: dict[str, Value]) -> bool:
    try:
        return vanishes_at(node, point)
    except Undefined:
        return False
