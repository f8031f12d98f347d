"""Decide whether two expressions are the same function, by values of forty digits at points in general position."""

from __future__ import annotations

from lms.assessment.maths.numeric import (
    OPAQUE,
    Point,
    Undefined,
    Value,
    close,
    context,
    differ_as_reals,
    same_at,
    sample_points,
    vanishes_at,
    whole_names,
)
from lms.assessment.maths.tree import App, MathsError, Name, Node, Num, add, free_names, is_app, negate, walk

__all__ = ["Agreement", "constant_ratio", "is_zero", "same_expression"]

#: Names whose sign is turned, one at a time, to find a place where roots of squares show what they are.
MOST_TURNED = 4


class Agreement:
    """Where two expressions agree among the points at which both have a value."""

    def __init__(self, yes: int, no: int) -> None:
        """Remember how often they agreed and how often not."""
        self.yes, self.no = yes, no


def _agreement(a: Node, b: Node, *, formal: bool) -> Agreement:
    """Compare at each point; one where something grows too large says nothing. Raises MathsError where that is all of them."""
    names = sorted(free_names(a) | free_names(b))
    yes = no = 0
    excess: MathsError | None = None
    for index, values in enumerate(sample_points(names, whole=whole_names(a, b))):
        try:
            same = same_at(a, b, values, formal=formal, salt=index)
        except Undefined:
            continue
        except MathsError as error:
            if error.code != "too_large" or not names:
                raise
            excess = error
            continue
        if same:
            yes += 1
        else:
            no += 1
            if not formal and no >= 6 and not yes:
                break
        if not names:
            break
    if excess is not None and not yes + no:
        raise excess
    return Agreement(yes, no)


def same_expression(a: Node, b: Node) -> bool:
    """Return whether the expressions are equivalent.

    They are when they agree at all real points where both have a value; failing that, when they agree formally
    (√a·√b and √(ab), 2·ln a and ln a²) in a whole region, with |u| and other functions with corners kept apart.
    Raises MathsError ``not_numeric`` for what has no values, ``too_large``.
    """
    if a == b:
        return True
    found = _agreement(a, b, formal=False)
    if found.yes and not found.no:
        return not (_has_corners(a, b) and _differ_where_real(a, b))
    if not found.yes and found.no:
        return False
    if not free_names(a) | free_names(b):
        return _same_infinite(a, b)
    if found.no and not (_has_branches(a) or _has_branches(b)):
        return False
    if found.no and _differ_where_real(a, b):
        return False
    formal = _agreement(a, b, formal=True)
    return formal.yes >= 2


def _differ_where_real(a: Node, b: Node) -> bool:
    """Return whether two expressions differ at a point where every part of both is a real number: √(x²) and x at −1."""
    names, whole = sorted(free_names(a) | free_names(b)), whole_names(a, b)
    for index, values in enumerate(sample_points(names, whole=whole)):
        for turned in ("", *(name for name in names[:MOST_TURNED] if name not in whole)):
            here = {name: -value if name == turned else value for name, value in values.items()}
            try:
                if differ_as_reals(a, b, here, salt=index):
                    return True
            except (Undefined, MathsError):
                continue
    return False


def _has_corners(a: Node, b: Node) -> bool:
    """Return whether signs matter that the points, all of one kind each, may not have: several names under |…| or a root."""
    return len(free_names(a) | free_names(b)) > 1 and any(
        isinstance(part, App)
        and (
            part.head in OPAQUE
            or part.head in _BRANCHED
            or (part.head == "^" and is_app(_unsigned(part.args[1]), "/") and not free_names(part.args[1]))
        )
        for node in (a, b)
        for part in walk(node)
    )


def _has_branches(node: Node) -> bool:
    """Return whether a root, a logarithm or another function of several values stands in the tree."""
    return any(
        isinstance(part, App)
        and (part.head in _BRANCHED or (part.head == "^" and not isinstance(_unsigned(part.args[1]), Num)))
        for part in walk(node)
    )


#: Functions whose values in formal reckoning may differ from the principal ones.
_BRANCHED = frozenset({"sqrt", "root", "log", "lg", "asinh", "acosh", "atanh", "acoth"})


def _unsigned(node: Node) -> Node:
    return node.args[0] if isinstance(node, App) and node.head == "neg" else node


def _same_infinite(a: Node, b: Node) -> bool:
    """Return whether two things without a value are the same sign of infinity."""
    return isinstance(a, Name) and a == b


def is_zero(node: Node) -> bool:
    """Return whether an expression is zero wherever it has a value."""
    return same_expression(node, App("*", (add(node, negate(node)),)))


def constant_ratio(a: Node, b: Node, *, positive: bool = False) -> bool:
    """Return whether a is b times a number that is not zero (and greater than zero where ``positive``)."""
    names = sorted(free_names(a) | free_names(b))
    ratio: Value | None = None
    seen = 0
    for index, values in enumerate(sample_points(names)):
        point = Point(dict(values), salt=index)
        try:
            first, second = point.value(a), point.value(b)
            zero = [vanishes_at(node, values, salt=index) for node in (a, b)]
        except Undefined:
            continue
        if any(zero):
            if all(zero):
                continue
            return False
        here = first / second
        if ratio is None:
            ratio = here
        elif not close(here, ratio):
            return False
        seen += 1
    if ratio is None or not seen:
        return False
    return not positive or bool(abs(context.im(ratio)) < abs(ratio) * 1e-20 and context.re(ratio) > 0)
