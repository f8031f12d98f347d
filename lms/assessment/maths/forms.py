"""Bring an expression into a form in which only order and brackets are forgotten, and apply named rules to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from math import gcd

from lms.assessment.maths.tree import App, MathsError, Name, Node, Num, Text, number

__all__ = ["RULES", "RULE_SETS", "canonical", "rule_names", "same_form"]

#: Factor that stands for a minus sign; `recip` is one over its argument.
MINUS = Name("-")
ONE, ZERO = number(1), number(0)
MAX_ROUNDS = 30

RULE_SETS = {
    "ID_TRANS": ("zeroAdd", "zeroMul", "oneMul", "onePow", "idPow", "zeroPow", "zPow", "oneDiv"),
    "ALG_TRANS": (),
    "NEG_TRANS": ("negNeg", "negDiv", "negOrd"),
    "DIV_TRANS": ("oneDiv", "idDiv", "divDiv", "divCancel", "recipMul"),
    "INT_ARITH": ("intAdd", "intMul", "intPow"),
}
#: Rules that need no rewriting: they are how every form is made, or switch that off.
_ALWAYS = frozenset({"assAdd", "assMul", "unAdd", "unMul", "comAdd", "comMul", "testdebug", "nounEq"})
#: Rules that undo each other.
_INCOMPATIBLE = (("intMul", "intFac"), ("negDist", "negOrd"))
_ORDERED = {"noncomAdd": "+", "noncomMul": "*", "noncomEq": "="}


def _key(node: Node) -> str:
    return repr(node)


class Form:
    """Makes canonical trees; ``ordered`` operators keep the order of their arguments."""

    def __init__(self, ordered: Iterable[str] = ()) -> None:
        """Forget the order of everything that is not in ``ordered``."""
        self.ordered = frozenset(ordered)

    def of(self, node: Node) -> Node:
        """Return the canonical form of a parsed tree."""
        if isinstance(node, Num):
            return Num(node.value, "." if node.is_decimal else node.text.lstrip("0") or "0")
        if isinstance(node, Name | Text):
            return node
        args = tuple(self.of(arg) for arg in node.args)
        if node.head == "neg":
            return self.product([MINUS, args[0]])
        if node.head == "pos":
            return args[0]
        if node.head == "+":
            return self.total(args)
        if node.head == "*":
            return self.product(args)
        if node.head == "/":
            return self.product([args[0], App("recip", (args[1],))])
        if node.head in ("=", "#", "and", "or", "set") and node.head not in self.ordered:
            return App(node.head, tuple(sorted(args, key=_key)))
        return App(node.head, args)

    def total(self, terms: Iterable[Node]) -> Node:
        """Return a flat sum."""
        flat = _flatten("+", terms)
        if "+" not in self.ordered:
            flat.sort(key=_key)
        return flat[0] if len(flat) == 1 else App("+", tuple(flat)) if flat else ZERO

    def product(self, factors: Iterable[Node]) -> Node:
        """Return a flat product."""
        flat = _flatten("*", factors)
        if "*" not in self.ordered:
            flat.sort(key=_key)
        else:
            flat.sort(key=lambda factor: factor != MINUS)
        return flat[0] if len(flat) == 1 else App("*", tuple(flat)) if flat else ONE


def _flatten(head: str, parts: Iterable[Node]) -> list[Node]:
    flat: list[Node] = []
    for part in parts:
        if isinstance(part, App) and part.head == head:
            flat += _flatten(head, part.args)
        else:
            flat.append(part)
    return flat


def canonical(node: Node, rules: Iterable[str] = ()) -> Node:
    """Return the form of a tree after the rules have been applied for as long as they change it."""
    chosen = list(rules)
    form = Form(_ORDERED[rule] for rule in chosen if rule in _ORDERED)
    found = form.of(node)
    actions = [action for name, action in RULES.items() if name in chosen]
    for _ in range(MAX_ROUNDS):
        before = found
        found = _everywhere(found, actions, form)
        if found == before:
            return found
    return found


def _everywhere(node: Node, actions: list[Callable[[Node, Form], Node]], form: Form) -> Node:
    if divide_divide in actions:
        node = divide_divide(node, form)
    if isinstance(node, App):
        args = tuple(_everywhere(arg, actions, form) for arg in node.args)
        if node.head == "+":
            node = form.total(args)
        elif node.head == "*":
            node = form.product(args)
        elif node.head in ("=", "set", "and", "or") and node.head not in form.ordered:
            node = App(node.head, tuple(sorted(args, key=_key)))
        else:
            node = App(node.head, args)
    for action in actions:
        node = action(node, form)
    return node


def same_form(a: Node, b: Node, rules: Iterable[str] = ()) -> bool:
    """Return whether two trees have the same form under the rules."""
    chosen = list(rules)
    return canonical(a, chosen) == canonical(b, chosen)


def rule_names(node: Node | None) -> list[str]:
    """Return the rules that an option names. Raises MathsError ``option_wrong`` for none or an unknown one."""
    names: list[str] = []
    for item in _named(node):
        if not isinstance(item, Name):
            raise MathsError("option_wrong")
        names += RULE_SETS.get(item.name, (item.name,))
    known = set(RULES) | _ALWAYS | set(_ORDERED)
    if not names or any(name not in known for name in names):
        raise MathsError("option_wrong")
    if any(one in names and other in names for one, other in _INCOMPATIBLE):
        raise MathsError("option_incompatible")
    return names


def _named(node: Node | None) -> list[Node | None]:
    if isinstance(node, App) and node.head == "list":
        return [name for item in node.args for name in _named(item)]
    return [node]


def _terms(node: Node) -> list[Node]:
    return list(node.args) if isinstance(node, App) and node.head == "+" else [node]


def _factors(node: Node) -> list[Node]:
    return list(node.args) if isinstance(node, App) and node.head == "*" else [node]


def _whole(node: Node) -> int | None:
    """Return the value of a whole number, signed."""
    if isinstance(node, Num) and node.text.isdigit():
        return int(node.value)
    factors = _factors(node)
    if len(factors) == 2 and factors.count(MINUS) == 1:
        inner = _whole(next(factor for factor in factors if factor != MINUS))
        return None if inner is None else -inner
    return None


def _signed(value: int | Fraction, form: Form) -> Node:
    exact = Fraction(value)
    parts: list[Node] = [MINUS] if exact < 0 else []
    parts.append(number(abs(exact.numerator)))
    if exact.denominator != 1:
        parts.append(App("recip", (number(exact.denominator),)))
    return form.product(parts)


def _is_one_over_one(node: Node) -> bool:
    return node == App("recip", (ONE,))


def zero_add(node: Node, form: Form) -> Node:
    """Apply 0 + x = x."""
    if isinstance(node, App) and node.head == "+" and ZERO in node.args:
        return form.total(term for term in node.args if term != ZERO)
    return node


def zero_multiply(node: Node, form: Form) -> Node:
    """Apply 0 · x = 0."""
    return ZERO if isinstance(node, App) and node.head == "*" and ZERO in node.args else node


def one_multiply(node: Node, form: Form) -> Node:
    """Apply 1 · x = x."""
    if isinstance(node, App) and node.head == "*" and ONE in node.args:
        rest = [factor for factor in node.args if factor != ONE]
        return form.product(rest) if any(factor != MINUS for factor in rest) else node
    return node


def one_divide(node: Node, form: Form) -> Node:
    """Apply x / 1 = x."""
    if isinstance(node, App) and node.head == "*" and any(_is_one_over_one(factor) for factor in node.args):
        return form.product(factor for factor in node.args if not _is_one_over_one(factor))
    return node


def one_power(node: Node, form: Form) -> Node:
    """Apply 1 ^ x = 1."""
    return ONE if isinstance(node, App) and node.head == "^" and node.args[0] == ONE else node


def identity_power(node: Node, form: Form) -> Node:
    """Apply x ^ 1 = x."""
    return node.args[0] if isinstance(node, App) and node.head == "^" and node.args[1] == ONE else node


def zero_power(node: Node, form: Form) -> Node:
    """Apply 0 ^ x = 0."""
    return ZERO if isinstance(node, App) and node.head == "^" and node.args[0] == ZERO else node


def power_zero(node: Node, form: Form) -> Node:
    """Apply x ^ 0 = 1."""
    return ONE if isinstance(node, App) and node.head == "^" and node.args[1] == ZERO else node


def minus_minus(node: Node, form: Form) -> Node:
    """Apply −(−x) = x."""
    if isinstance(node, App) and node.head == "*" and node.args.count(MINUS) > 1:
        odd = node.args.count(MINUS) % 2
        return form.product([MINUS] * odd + [factor for factor in node.args if factor != MINUS])
    return node


def minus_divide(node: Node, form: Form) -> Node:
    """Apply a / (−b) = −a / b."""
    if isinstance(node, App) and node.head == "recip" and MINUS in _factors(node.args[0]):
        below = _factors(node.args[0])
        below.remove(MINUS)
        return form.product([MINUS, App("recip", (form.product(below),))])
    return node


def minus_order(node: Node, form: Form) -> Node:
    """Apply b − a = −(a − b): every sum begins with its first term positive, a minus sign before it otherwise."""
    if not (isinstance(node, App) and node.head == "+"):
        return node
    plain = {term: form.product(f for f in _factors(term) if f != MINUS) for term in node.args}
    first = min(node.args, key=lambda term: (isinstance(plain[term], Num), _key(plain[term])))
    if _factors(first).count(MINUS) % 2 == 0:
        return node
    return form.product([MINUS, form.total(_opposite(term, form) for term in node.args)])


def _opposite(term: Node, form: Form) -> Node:
    factors = _factors(term)
    if MINUS in factors:
        factors.remove(MINUS)
        return form.product(factors)
    return form.product([MINUS, *factors])


def minus_distribute(node: Node, form: Form) -> Node:
    """Apply −(a + b) = −a − b."""
    if not (isinstance(node, App) and node.head == "*" and MINUS in node.args):
        return node
    sums = [factor for factor in node.args if isinstance(factor, App) and factor.head == "+"]
    if not sums:
        return node
    rest = list(node.args)
    rest.remove(MINUS)
    rest.remove(sums[0])
    return form.product([*rest, form.total(_opposite(term, form) for term in _terms(sums[0]))])


def join_reciprocals(node: Node, form: Form) -> Node:
    """Apply 1/a · 1/b = 1/(ab)."""
    if not (isinstance(node, App) and node.head == "*"):
        return node
    below = [f.args[0] for f in node.args if isinstance(f, App) and f.head == "recip"]
    if len(below) < 2:
        return node
    above = [f for f in node.args if not (isinstance(f, App) and f.head == "recip")]
    return form.product([*above, App("recip", (form.product(below),))])


def divide_divide(node: Node, form: Form) -> Node:
    """Apply a / (b / c) = ac / b."""
    if not (isinstance(node, App) and node.head == "recip"):
        return node
    factors = _factors(node.args[0])
    lower: list[App] = [f for f in factors if isinstance(f, App) and f.head == "recip"]
    if not lower:
        return node
    rest = [f for f in factors if f not in lower]
    above: list[Node] = [f.args[0] for f in lower]
    return form.product([*above, App("recip", (form.product(rest),))] if rest else above)


def cancel(node: Node, form: Form) -> Node:
    """Apply (ab) / (ac) = b / c."""
    if not (isinstance(node, App) and node.head == "*"):
        return node
    above = [f for f in node.args if not (isinstance(f, App) and f.head == "recip")]
    below = [g for f in node.args if isinstance(f, App) and f.head == "recip" for g in _factors(f.args[0])]
    shared = [factor for factor in above if factor in below and factor != MINUS]
    if not shared:
        return node
    above.remove(shared[0])
    below.remove(shared[0])
    bottom = [App("recip", (form.product(below),))] if below else []
    return form.product([*above, *bottom])


def divide_itself(node: Node, form: Form) -> Node:
    """Apply x / x = 1."""
    factors = _factors(node)
    for factor in factors:
        if App("recip", (factor,)) in factors:
            factors.remove(factor)
            factors.remove(App("recip", (factor,)))
            return form.product(factors)
    return node


def add_integers(node: Node, form: Form) -> Node:
    """Add whole numbers of a sum."""
    return _gather(node, "+", form)


def multiply_integers(node: Node, form: Form) -> Node:
    """Multiply whole numbers of a product; they go to its front."""
    return _gather(node, "*", form)


def _gather(node: Node, head: str, form: Form) -> Node:
    if not (isinstance(node, App) and node.head == head):
        return node
    values = [value for value in map(_whole, node.args) if value is not None]
    rest = [arg for arg in node.args if _whole(arg) is None]
    if len(values) < 2 and not (head == "*" and head in form.ordered and values):
        return node
    if head == "+":
        return form.total([_signed(sum(values), form), *rest])
    product = 1
    for value in values:
        product *= value
    minus = [factor for factor in rest if factor == MINUS]
    return form.product([*minus, _signed(product, form), *(factor for factor in rest if factor != MINUS)])


def power_integers(node: Node, form: Form) -> Node:
    """Raise whole numbers to whole powers."""
    if isinstance(node, App) and node.head == "^":
        base, exponent = _whole(node.args[0]), _whole(node.args[1])
        if base is not None and exponent is not None and 0 <= exponent <= 200 and (base or exponent):
            return _signed(base**exponent, form)
    return node


def factor_integers(node: Node, form: Form) -> Node:
    """Write whole numbers as products of prime powers."""
    if not isinstance(node, Num) or _whole(node) is None or not 3 < node.value < 10**12:
        return node
    rest, factors, prime = int(node.value), [], 2
    while prime * prime <= rest and prime < 10**6:
        count = 0
        while rest % prime == 0:
            rest //= prime
            count += 1
        if count:
            factors.append(number(prime) if count == 1 else App("^", (number(prime), number(count))))
        prime += 1
    if rest > 1:
        factors.append(number(rest))
    return form.product(factors) if factors != [node] else node


def _fraction(node: Node) -> Fraction | None:
    """Return the value of a product of whole numbers and their reciprocals (at least one of those)."""
    value = Fraction(1)
    is_quotient = False
    for factor in _factors(node):
        if factor == MINUS:
            value = -value
        elif isinstance(factor, App) and factor.head == "recip" and _whole(factor.args[0]):
            value /= _whole(factor.args[0]) or 1
            is_quotient = True
        elif _whole(factor) is not None:
            value *= _whole(factor) or 0
        else:
            return None
    return value if is_quotient else None


def lowest_terms(node: Node, form: Form) -> Node:
    """Cancel whole numbers above and below."""
    if not (isinstance(node, App) and node.head == "*"):
        return node
    above = [f for f in node.args if _whole(f) is not None]
    below = [f for f in node.args if isinstance(f, App) and f.head == "recip" and _whole(f.args[0])]
    if len(above) != 1 or len(below) != 1:
        return node
    top, bottom = _whole(above[0]) or 0, _whole(below[0].args[0]) or 1
    if gcd(top, bottom) == 1:
        return node
    rest = [f for f in node.args if f not in (above[0], below[0])]
    return form.product([_signed(Fraction(top, bottom), form), *rest])


def add_fractions(node: Node, form: Form) -> Node:
    """Add fractions of whole numbers."""
    if not (isinstance(node, App) and node.head == "+"):
        return node
    values = [value for value in map(_fraction, node.args) if value is not None]
    if len(values) < 2:
        return node
    rest = [term for term in node.args if _fraction(term) is None]
    return form.total([_signed(sum(values, Fraction(0)), form), *rest])


def join_powers(node: Node, form: Form) -> Node:
    """Apply a^m · a^n = a^(m+n)."""
    factors = _factors(node)
    for index, factor in enumerate(factors):
        for other_index in range(index + 1, len(factors)):
            one, two = _as_power(factor), _as_power(factors[other_index])
            if one[0] == two[0] and one[0] != MINUS:
                rest = [f for i, f in enumerate(factors) if i not in (index, other_index)]
                return form.product([*rest, App("^", (one[0], form.total([one[1], two[1]])))])
    return node


def _as_power(node: Node) -> tuple[Node, Node]:
    if isinstance(node, App) and node.head == "^":
        return node.args[0], node.args[1]
    return node, ONE


def split_power(node: Node, form: Form) -> Node:
    """Apply (ab)^n = a^n · b^n."""
    if (
        isinstance(node, App)
        and node.head == "^"
        and isinstance(node.args[0], App)
        and node.args[0].head == "*"
    ):
        return form.product(App("^", (factor, node.args[1])) for factor in node.args[0].args)
    return node


def root_as_power(node: Node, form: Form) -> Node:
    """Apply √x = x^(1/2)."""
    if isinstance(node, App) and node.head == "sqrt":
        return App("^", (node.args[0], form.product([ONE, App("recip", (number(2),))])))
    return node


def distribute(node: Node, form: Form) -> Node:
    """Apply a(b + c) = ab + ac."""
    factors = _factors(node)
    sums = [factor for factor in factors if isinstance(factor, App) and factor.head == "+"]
    if len(factors) < 2 or not sums:
        return node
    factors.remove(sums[0])
    return form.total(form.product([*factors, term]) for term in _terms(sums[0]))


RULES: dict[str, Callable[[Node, Form], Node]] = {
    "negDiv": minus_divide,
    "divDiv": divide_divide,
    "recipMul": join_reciprocals,
    "oneDiv": one_divide,
    "idDiv": divide_itself,
    "divCancel": cancel,
    "zeroAdd": zero_add,
    "zeroMul": zero_multiply,
    "oneMul": one_multiply,
    "onePow": one_power,
    "idPow": identity_power,
    "zeroPow": zero_power,
    "zPow": power_zero,
    "negOrd": minus_order,
    "negDist": minus_distribute,
    "negNeg": minus_minus,
    "intPow": power_integers,
    "intMul": multiply_integers,
    "ratLow": lowest_terms,
    "ratAdd": add_fractions,
    "intAdd": add_integers,
    "intFac": factor_integers,
    "powLaw": join_powers,
    "expLaw": split_power,
    "sqrtRem": root_as_power,
    "distAdd": distribute,
}
