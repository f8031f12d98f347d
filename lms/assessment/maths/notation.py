"""Say how text is to be read: Maxima's notation for authors, a forgiving one for students."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "ALIASES",
    "FUNCTIONS",
    "GREEK",
    "MAXIMA",
    "NOTATIONS",
    "QUANTITY",
    "SCHOOL",
    "STACK_INPUT",
    "TRIGONOMETRIC",
    "Notation",
]


@dataclass(frozen=True, slots=True)
class Notation:
    """How typed mathematics is read.

    ``implicit``: 2x and (a+b)c are products. ``refuse_spaces``: a space never means a product. ``split_names``:
    an unknown word is a product of its letters. ``decimal_comma``: a comma between digits is a decimal one, lists
    are separated by ``;``. ``only_known``: a function that is not in `FUNCTIONS` is refused when its name is longer
    than a letter. ``nouns``: the apostrophe of Maxima and its assignments are understood. ``words``: names of
    several letters that are never split. ``latin``: Cyrillic letters that look like Latin ones are read as these.
    """

    implicit: bool = False
    refuse_spaces: bool = False
    split_names: bool = False
    decimal_comma: bool = False
    only_known: bool = False
    nouns: bool = True
    words: frozenset[str] = frozenset()
    latin: bool = False


MAXIMA = Notation()
SCHOOL = Notation(
    implicit=True, split_names=True, decimal_comma=True, only_known=True, nouns=False, latin=True
)
#: A student's number with a unit: what stands behind the number is a name, not a product of letters.
QUANTITY = Notation(implicit=True, decimal_comma=True, nouns=False)
STACK_INPUT = Notation(implicit=True, refuse_spaces=True, only_known=True, nouns=False)

#: How each notation is called in stored content.
NOTATIONS = {"maxima": MAXIMA, "school": SCHOOL, "quantity": QUANTITY, "stack": STACK_INPUT}

GREEK = frozenset(
    [
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "zeta",
        "eta",
        "theta",
        "iota",
        "kappa",
        "lambda",
        "mu",
        "nu",
        "xi",
        "omicron",
        "rho",
        "sigma",
        "tau",
        "upsilon",
        "phi",
        "chi",
        "psi",
        "omega",
        "Alpha",
        "Beta",
        "Gamma",
        "Delta",
        "Epsilon",
        "Zeta",
        "Eta",
        "Theta",
        "Iota",
        "Kappa",
        "Lambda",
        "Mu",
        "Nu",
        "Xi",
        "Omicron",
        "Pi",
        "Rho",
        "Sigma",
        "Tau",
        "Upsilon",
        "Phi",
        "Chi",
        "Psi",
        "Omega",
    ]
)

#: Other spellings of a name, and the one that the tree carries.
ALIASES = {
    "pi": "%pi",
    "e": "%e",
    "i": "%i",
    "infty": "inf",
    "Max": "max",
    "Min": "min",
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "arccot": "acot",
    "arcsec": "asec",
    "arccsc": "acsc",
    "arccosec": "acsc",
    "arcsinh": "asinh",
    "arccosh": "acosh",
    "arctanh": "atanh",
    "arsinh": "asinh",
    "arcosh": "acosh",
    "artanh": "atanh",
    "arctg": "atan",
    "arcctg": "acot",
    "tg": "tan",
    "ctg": "cot",
    "cotan": "cot",
    "sh": "sinh",
    "ch": "cosh",
    "th": "tanh",
    "cth": "coth",
    "cosec": "csc",
    "cosech": "csch",
    "ln": "log",
    "logbase": "lg",
    "sgn": "signum",
    "sign": "signum",
    "integrate": "int",
    "nounint": "'int",
    "noundiff": "'diff",
    "nounsum": "'sum",
    "nounand": "and",
    "nounor": "or",
    "nounnot": "not",
    "minus_inf": "minf",
    "Re": "realpart",
    "Im": "imagpart",
    "real": "realpart",
    "imag": "imagpart",
}
#: The aliases that change the meaning of a word in Maxima's notation and are therefore read only from students.
STUDENT_ONLY = frozenset({"Max", "Min", "tg", "ctg", "sh", "ch", "th", "cth", "Re", "Im", "real", "imag"})

#: Trigonometric and hyperbolic functions with their inverses, named as SymPy names them.
TRIGONOMETRIC = (
    "sin",
    "cos",
    "tan",
    "cot",
    "sec",
    "csc",
    "asin",
    "acos",
    "atan",
    "acot",
    "asec",
    "acsc",
    "sinh",
    "cosh",
    "tanh",
    "coth",
    "sech",
    "csch",
    "asinh",
    "acosh",
    "atanh",
    "acoth",
    "asech",
    "acsch",
)
FUNCTIONS = frozenset(
    [
        *TRIGONOMETRIC,
        "log",
        "lg",
        "exp",
        "sqrt",
        "root",
        "abs",
        "signum",
        "floor",
        "ceiling",
        "round",
        "gcd",
        "lcm",
        "min",
        "max",
        "mod",
        "binomial",
        "factorial",
        "gamma",
        "conjugate",
        "realpart",
        "imagpart",
        "carg",
        "cabs",
        "atan2",
        "diff",
        "int",
        "sum",
        "product",
        "limit",
        "matrix",
        "union",
        "intersection",
        "oo",
        "oc",
        "co",
        "cc",
        "vec",
        "transpose",
        "det",
        "rref",
        "ntuple",
        "arg",
        "pow",
        "erf",
        "erfc",
        "beta",
        "zeta",
        "fact",
        "nCr",
        "nPr",
        "permutation",
        "combination",
        "setdifference",
        "stackeq",
        "nounpm",
        "trigrat",
        "delta",
        "phi",
        "psi",
        "Phi",
        "Gamma",
        "rem",
        "quotient",
        "divisors",
        "cross",
        "dot",
        "Li_2",
        "heaviside",
        "dirac_delta",
        "realset",
    ]
)
