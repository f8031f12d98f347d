"""Parse typed mathematics into a tree with a Pratt parser; nothing is ever evaluated."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

from lms.assessment.maths.lexer import Kind, Token, tokenize
from lms.assessment.maths.notation import ALIASES, FUNCTIONS, GREEK, MAXIMA, STUDENT_ONLY, Notation
from lms.assessment.maths.tree import App, MathsError, Name, Node, Num, Text, free_names, is_app, rebuild
from lms.assessment.maths.typed import as_interval, as_matrices, is_set
from lms.assessment.maths.written import latin

__all__ = ["MAX_BRACKETS", "MAX_DEPTH", "MAX_NODES", "indexed_names", "parse", "with_indices_of"]

#: Brackets in brackets, operators in operators, and levels of the finished tree.
MAX_BRACKETS = 50
MAX_DEPTH = 120
MAX_NODES = 3000

#: Left and right binding power of the infix operators (Maxima's own numbers, so that its text means the same here).
_INFIX = {
    ":=": (180, 20),
    ":": (180, 20),
    "^": (140, 139),
    "**": (140, 139),
    ".": (130, 129),
    "*": (120, 120),
    "/": (120, 120),
    "+": (100, 100),
    "-": (100, 100),
    "#pm#": (100, 100),
    "+-": (100, 100),
    "#mp#": (100, 100),
    "∪": (95, 95),
    "∩": (97, 97),
    "∈": (80, 80),
    "=": (80, 80),
    "#": (80, 80),
    "<": (80, 80),
    ">": (80, 80),
    "<=": (80, 80),
    ">=": (80, 80),
    "and": (65, 65),
    "nand": (62, 62),
    "or": (60, 60),
    "nor": (61, 61),
    "xor": (58, 58),
    "xnor": (58, 58),
    "implies": (55, 55),
}
_CHAINS = frozenset({"+", "*", "and", "or"})
_PREFIX = {"-": 134, "+": 134, "not": 70, "'": 190, "#pm#": 100, "+-": 100, "#mp#": 100, "√": 139, "∛": 139}
_RELATIONS = frozenset({"=", "#", "<", ">", "<=", ">="})
_CLOSING = {"(": ")", "[": "]", "{": "}", "|": "|"}
_WORDS = {"nounand": "and", "nounor": "or", "nounnot": "not", "%and": "and", "%or": "or"}
#: The same words in Russian; read only from students.
_RUSSIAN = {"или": "or", "и": "and", "не": "not"}
_FUNCTION_FIRST = re.compile(r"(?:arc)?(?:sin|cos|ctg|tg|tan|cot)|ln|lg|log|sqrt")
_PRODUCT = (120, 120)


def parse(text: str, notation: Notation = MAXIMA) -> Node:
    """Return the tree of ``text``.

    Raises MathsError with a code: ``empty``, ``too_long``, ``too_deep``, ``too_many_parts``, ``forbidden_char``,
    ``missing_left_bracket``, ``missing_right_bracket``, ``spaces``, ``final_char``, ``spurious_operator``,
    ``bad_postfix``, ``chained_inequalities``, ``comma``, ``commas``, ``not_a_set``, ``apostrophe``, ``forbidden_function``.
    """
    has_units = notation.decimal_comma and not notation.split_names
    tokens = tokenize(text, decimal_comma=notation.decimal_comma, has_units=has_units)
    if notation.latin:
        tokens = [_in_latin(token) for token in tokens]
        notation = replace(notation, words=frozenset(map(latin, notation.words)))
    reader = _Parser(tokens, notation)
    tree = reader.whole()
    _check_size(tree)
    return as_matrices(tree) if notation.decimal_comma else tree


def _single_bars(tokens: list[Token]) -> list[Token]:
    """Return ``||`` as two bars: students know no other meaning of it."""
    return [
        part
        for token in tokens
        for part in ((replace(token, text="|"),) * 2 if token.text == "||" else (token,))
    ]


def _in_latin(token: Token) -> Token:
    """Return a name that looks Latin as one; the words between statements stay Russian."""
    if token.kind is not Kind.NAME or token.text in _RUSSIAN:
        return token
    return replace(token, text=latin(token.text))


def _check_size(tree: Node) -> None:
    """Refuse a tree that is too large or too deep; walks without recursion, for it may be deeper than the stack."""
    waiting = [(tree, 1)]
    count = 0
    while waiting:
        node, depth = waiting.pop()
        count += 1
        if depth > MAX_DEPTH:
            raise MathsError("too_deep")
        if count > MAX_NODES:
            raise MathsError("too_many_parts")
        if isinstance(node, App):
            waiting.extend((arg, depth + 1) for arg in node.args)


class _Parser:
    """One pass over the tokens."""

    def __init__(self, tokens: list[Token], notation: Notation) -> None:
        self.tokens = _single_bars(tokens) if notation.decimal_comma else tokens
        self.notation = notation
        self.at = 0
        self.depth = 0
        self.bars = 0
        self.separators = {",", ";"} if notation.decimal_comma else {","}
        #: Names that occur as a variable: such a name before a bracket is a factor, not a function.
        self.variables = self._plain_variables() if notation.implicit else frozenset()

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        token = self.token
        self.at += 1
        return token

    def refuse(self, code: str, token: Token | None = None) -> MathsError:
        return MathsError(code, (token or self.token).place)

    def whole(self) -> Node:
        """Return the tree of all tokens."""
        self._check_brackets()
        if len(self.tokens) == 1:
            raise MathsError("empty")
        while self.tokens[-2].text in (";", "$") and len(self.tokens) > 2:
            del self.tokens[-2]
        tree = self._roots(self.expression(0))
        rest = self.tokens[self.at]
        if rest.kind is not Kind.END:
            raise self.refuse("comma" if rest.text in self.separators else "spurious_operator")
        return tree

    def _roots(self, first: Node) -> Node:
        """Return ``x = 1; x = 2`` as one statement: or between values of one letter, and between those of several.

        ``x₁ = 1; x₂ = 2`` gives two values of x, unless ``words`` has x₁: as a letter of its own.
        """
        parts, between = [first], list[Token]()
        while self.notation.split_names and self.token.text in self.separators and _is_value(parts[-1]):
            between.append(self.take())
            parts.append(self.expression(0))
        if len(parts) == 1:
            return first
        if not all(map(_is_value, parts)):
            raise self.refuse("comma", between[0])
        if any(token.text == "," for token in between) and any(token.comma for token in self.tokens):
            raise self.refuse("commas", between[0])
        bare = [_without_index(part, self.notation.words) for part in parts]
        letters = {part.args[0] for part in bare}
        if len(letters) == 1:
            return App("or", tuple(bare))
        if len({part.args[0] for part in parts if isinstance(part, App)}) < len(parts):
            raise self.refuse("comma", between[0])
        return App("and", tuple(parts))

    def _check_brackets(self) -> None:
        open_ones: list[Token] = []
        for token in self.tokens:
            if token.kind is not Kind.SIGN:
                continue
            if token.text in "([{":
                open_ones.append(token)
                if len(open_ones) > MAX_BRACKETS:
                    raise MathsError("too_deep", token.place)
            elif token.text in ")]}":
                if not open_ones:
                    raise MathsError("missing_left_bracket", token.place)
                opened = open_ones.pop()
                if _CLOSING[opened.text] != token.text and not self._is_half_open(opened, token):
                    raise MathsError("missing_right_bracket", token.place)
        if open_ones:
            raise MathsError("missing_right_bracket", open_ones[-1].place)

    def _is_half_open(self, opened: Token, closed: Token) -> bool:
        return self.notation.implicit and {opened.text, closed.text} <= set("()[]")

    def _plain_variables(self) -> frozenset[str]:
        return frozenset(
            token.text
            for token, after in zip(self.tokens, self.tokens[1:], strict=False)
            if token.kind is Kind.NAME and after.text != "("
        )

    # Operators

    def expression(self, least: int) -> Node:
        """Return what binds at least as strongly as ``least``."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.refuse("too_deep")
        left, is_open = self.prefix()
        while True:
            token = self.token
            if token.kind is Kind.SIGN and token.text == "!":
                self.take()
                double = self.token.text == "!" and not self.token.spaced
                if double:
                    self.take()
                left, is_open = App("double_factorial" if double else "factorial", (left,)), False
                continue
            if token.text == "'" and not self.notation.nouns:
                raise self.refuse("apostrophe")
            if token.text == "%" and self.notation.implicit:
                self.take()
                left = App("/", (left, Num(Fraction(100), "100")))
                continue
            if token.text == "°":
                self.take()
                left = App("*", (left, App("/", (Name("%pi"), Num(Fraction(180), "180")))))
                continue
            operator = self._operator()
            if operator is None:
                if self._is_product_next():
                    if _PRODUCT[0] < least:
                        break
                    left = self._join("*", left, self.expression(_PRODUCT[1] + 1), is_open)
                    is_open = True
                    continue
                break
            lbp, rbp = _INFIX[operator]
            if lbp < least:
                break
            self.take()
            left, is_open = self._infix(operator, left, rbp, is_open)
        self.depth -= 1
        return left

    def _infix(self, operator: str, left: Node, rbp: int, is_open: bool) -> tuple[Node, bool]:
        sign = self.tokens[self.at - 1]
        if self.token.kind is Kind.END:
            raise self.refuse("final_char", sign)
        right = self.expression(rbp + (1 if rbp in (95, 97, 100, 120, 65, 60, 62, 61, 58, 55, 80) else 0))
        if operator == "**":
            operator = "^"
        if (
            operator in "+-*/^"
            and any(is_app(side, "tuple") for side in (left, right))
            and self.notation.implicit
        ):
            raise self.refuse("illegal_groups", sign)
        if operator in ("#pm#", "+-"):
            return App("pm", (left, right)), False
        if operator == "#mp#":
            return App("mp", (left, right)), False
        if operator in _SET_HEADS:
            return App(_SET_HEADS[operator], (as_interval(left), as_interval(right))), False
        if operator == "∈":
            return self._membership(left, as_interval(right), sign), False
        if operator in _RELATIONS and isinstance(left, App) and left.head in _RELATIONS and is_open:
            return self._chain(operator, left, right), True
        if operator == "-":
            return self._join("+", left, App("neg", (right,)), is_open), True
        if operator in _CHAINS:
            return self._join(operator, left, right, is_open), True
        return App(operator, (left, right)), operator in _RELATIONS

    def _membership(self, name: Node, members: Node, sign: Token) -> Node:
        """Return that a letter is an element of a set."""
        if not isinstance(name, Name) or not is_set(members):
            raise self.refuse("not_a_set", sign)
        if not isinstance(members, App):
            members = App("oo", (App("neg", (Name("inf"),)), Name("inf")))
        return App("∈", (name, members))

    def _chain(self, operator: str, left: App, right: Node) -> Node:
        if self.notation is MAXIMA or self.notation.refuse_spaces:
            raise self.refuse("chained_inequalities")
        return App("and", (left, App(operator, (left.args[1], right))))

    @staticmethod
    def _join(operator: str, left: Node, right: Node, is_open: bool) -> Node:
        """Return the operator over both; a chain without brackets is one application, as in Maxima."""
        if is_open and isinstance(left, App) and left.head == operator:
            return App(operator, (*left.args, right))
        return App(operator, (left, right))

    def _operator(self) -> str | None:
        token = self.token
        if token.kind is Kind.NAME:
            word = self._word(token)
            if self._is_per(token):
                return "/"
            return "∪" if self._is_union(token) else word if word in _INFIX else None
        if token.kind is not Kind.SIGN:
            return None
        sign = {"=<": "<=", "=>": ">=", "!=": "#", "==": "="}.get(token.text, token.text)
        if sign != token.text and self.notation.refuse_spaces:
            raise self.refuse("spurious_operator")
        if sign == "&" and self.notation.split_names:
            return "∩"
        if sign in ("<>", "&&", "||", "..", "::", "&", "@", "~", "?", "\\", "$"):
            raise self.refuse("spurious_operator")
        if sign == "|" and not self.bars and not self._opens_bars():
            raise self.refuse("spurious_operator")
        if sign == "∈" and not self.notation.decimal_comma:
            raise self.refuse("spurious_operator")
        if sign == ":" and self.notation.decimal_comma and self._is_only(":"):
            return "/"
        if sign in (":", ":=") and not self.notation.nouns:
            raise self.refuse("spurious_operator")
        return sign if sign in _INFIX else None

    def _is_only(self, sign: str) -> bool:
        """Return whether a sign stands but once in the text: 6:3 is a quotient, of 1:2:3 nobody knows what is meant."""
        return sum(token.text == sign for token in self.tokens) == 1

    def _opens_bars(self) -> bool:
        """Return whether a bar after a factor can only open, as in 2|x|: it is the first of two."""
        bars = [at for at, token in enumerate(self.tokens) if token.text == "|"]
        return self.notation.decimal_comma and len(bars) == 2 and self.at == bars[0]

    def _word(self, token: Token) -> str:
        """Return the operator that a word stands for, or the word itself."""
        russian = _RUSSIAN.get(token.text, token.text) if self.notation.implicit else token.text
        return _WORDS.get(token.text, russian)

    def _is_per(self, token: Token) -> bool:
        """Return whether a word stands between two units for the sign of division, as in км в час."""
        around = (self.tokens[self.at - 1].kind, self.tokens[self.at + 1].kind)
        is_quantity = self.notation.decimal_comma and not self.notation.split_names
        return is_quantity and token.text in ("в", "за", "на") and around == (Kind.NAME, Kind.NAME)

    def _is_union(self, token: Token) -> bool:
        """Return whether a letter U stands between two brackets, as in [1; 2] U [3; 4]."""
        before, after = self.tokens[self.at - 1], self.tokens[self.at + 1]
        return (
            self.notation.implicit
            and token.text == "U"
            and before.text in (")", "]", "}")
            and after.text in ("(", "[", "{")
        )

    def _is_product_next(self) -> bool:
        token = self.token
        starts = (
            token.kind in (Kind.NUMBER, Kind.NAME)
            or (token.kind is Kind.SIGN and token.text in ("(", "√", "∛"))
            or (token.text in ("[", "{") and self.notation.implicit)
            or (token.text == "|" and self._opens_bars())
        )
        if not starts or self._word(token) in ("not",):
            return False
        if not self.notation.implicit:
            raise self.refuse("missing_operator")
        if token.spaced and self.notation.refuse_spaces:
            raise self.refuse("spaces")
        before = self.tokens[self.at - 1].kind
        is_second = before is Kind.NUMBER or (before is Kind.NAME and not self.notation.split_names)
        if token.kind is Kind.NUMBER and (
            is_second if self.notation.decimal_comma else before is Kind.NUMBER
        ):
            raise self.refuse("spaces")
        return True

    # Operands

    def prefix(self) -> tuple[Node, bool]:
        """Return an operand, and whether a chain may go on in it (it was no bracket)."""
        token = self.take()
        if token.kind is Kind.NUMBER:
            return _number(token), False
        if token.kind is Kind.TEXT:
            return Text(token.text.replace('\\"', '"')), False
        if token.kind is Kind.NAME:
            word = self._word(token)
            if word == "not":
                return App("not", (self.expression(_PREFIX["not"]),)), False
            if word in _INFIX:
                raise self.refuse("spurious_operator", token)
            return self._name(token), False
        if token.kind is Kind.END:
            raise self.refuse("final_char", self.tokens[max(self.at - 2, 0)])
        return self._sign(token)

    def _sign(self, token: Token) -> tuple[Node, bool]:
        sign = token.text
        if sign in ("-", "+"):
            inner = self.expression(_PREFIX[sign])
            return (App("neg", (inner,)) if sign == "-" else App("pos", (inner,))), False
        if sign in ("#pm#", "+-", "#mp#"):
            return App("mp" if sign == "#mp#" else "pm", (self.expression(100),)), False
        if sign in ("√", "∛"):
            inner = self.expression(_PREFIX[sign])
            return (App("sqrt", (inner,)) if sign == "√" else App("root", (inner, _three()))), False
        if sign == "'":
            return self._noun(), False
        if sign == "|" and self.notation.implicit and not self.notation.refuse_spaces:
            return self._absolute(token), False
        if sign in "([{":
            return self._bracket(token), False
        if sign == "!":
            raise self.refuse("bad_postfix", token)
        if sign in (")", "]", "}"):
            before = self.tokens[self.at - 2] if self.at > 1 else token
            raise self.refuse("empty_bracket" if before.text in "([{" else "final_char", token)
        raise self.refuse("spurious_operator", token)

    def _noun(self) -> Node:
        if not self.notation.nouns:
            raise self.refuse("apostrophe")
        inner = self.expression(_PREFIX["'"])
        if isinstance(inner, App) and not inner.head.startswith("'") and inner.head[:1].isalpha():
            return App("'" + inner.head, inner.args)
        return inner

    def _absolute(self, token: Token) -> Node:
        self.bars += 1
        inner = self.expression(0)
        if self.token.text != "|":
            raise self.refuse("missing_right_bracket", token)
        self.take()
        self.bars -= 1
        return App("abs", (inner,))

    def _bracket(self, token: Token) -> Node:
        items = self._items(token)
        closed = self.tokens[self.at - 1].text
        if token.text != "{" and _CLOSING[token.text] != closed:
            return self._interval(token, items, closed)
        if token.text == "[":
            return App("list", items)
        if token.text == "{":
            return App("set", items)
        if not items:
            raise self.refuse("empty_bracket", token)
        inner = items[0] if len(items) == 1 else App("tuple", items)
        if self.token.text == "(" and not self.notation.implicit:
            raise self.refuse("missing_operator")
        return inner

    def _interval(self, token: Token, items: tuple[Node, ...], closed: str) -> Node:
        if len(items) != 2:
            raise self.refuse("missing_right_bracket", token)
        return App(("o" if token.text == "(" else "c") + ("o" if closed == ")" else "c"), items)

    def _items(self, opened: Token, *, least: int = 1) -> tuple[Node, ...]:
        items: list[Node] = []
        between: list[Token] = []
        outer_bars, self.bars = self.bars, 0
        first = self.at
        if self.token.text not in (")", "]", "}"):
            items.append(self.expression(0))
            while self.token.text in self.separators:
                between.append(self.take())
                items.append(self.expression(0))
            self._check_commas(first, between, least)
        if self.token.text not in (")", "]", "}"):
            raise self.refuse("spurious_operator" if self.token.kind is not Kind.END else "final_char")
        self.take()
        self.bars = outer_bars
        return tuple(items)

    def _check_commas(self, first: int, between: list[Token], least: int) -> None:
        """Refuse a bracket of which nobody knows whether its commas part numbers or stand in them, as [1,2] or {0,5, 1}.

        ``least``: how many items belong into the bracket, so that a single number with a comma may be two.
        """
        opened, inside = self.tokens[first - 1], self.tokens[first : self.at]
        number = next((token for token in inside if token.comma), None)
        if number is None:
            return
        is_row = opened.text in ("[", "{") or least > 1 or self._stands_alone(first - 1)
        if any(token.text == "," for token in between) or (is_row and not between):
            raise self.refuse("commas", number)

    def _stands_alone(self, at: int) -> bool:
        """Return whether a bracket with one number in it is no factor and no argument: then it may be a pair, as in (1,2)."""
        before = self.tokens[at - 1].text if at else ""
        after = self.tokens[self.at + 1].text
        is_number = all(
            token.kind is Kind.NUMBER or token.text in "+-" for token in self.tokens[at + 1 : self.at]
        )
        return is_number and before in _BEFORE_PAIR and after in _AFTER_PAIR

    # Names

    def _name(self, token: Token) -> Node:
        name = token.text
        is_call = self.token.text == "(" and not (self.token.spaced and self.notation.refuse_spaces)
        if self.notation.implicit:
            return self._student_name(token, is_call)
        if not is_call:
            return self._indexed(Name(_canonical(name, self.notation)))
        opened = self.take()
        return self._indexed(self._call(_canonical(name, self.notation), self._items(opened)))

    def _indexed(self, node: Node) -> Node:
        while self.token.text == "[" and not self.notation.implicit:
            opened = self.take()
            node = App("index", (node, *self._items(opened)))
        return node

    def _call(self, name: str, args: tuple[Node, ...]) -> Node:
        if name == "exp" and len(args) == 1:
            return App("^", (Name("%e"), args[0]))
        return App(name, args)

    def _student_name(self, token: Token, is_call: bool) -> Node:
        name = token.text
        known = _canonical(name, self.notation)
        if name == "oo" and not is_call:
            return Name("inf")
        base = _LOG_BASE.fullmatch(name)
        if base is not None and (is_call or self._is_bare_logarithm(name)):
            return self._log_base(base[1], is_call)
        if is_call and (known in FUNCTIONS or self._is_function(name)):
            opened = self.take()
            return self._call(known, self._items(opened, least=2 if known in _OF_SEVERAL else 1))
        if is_call and len(name) > 1:
            split = self._split_function(token)
            if split is not None:
                return split
        if known in FUNCTIONS and known not in _BARE_NAMES and not is_call:
            if not self.notation.split_names:
                raise self.refuse("forbidden_variable", token)
            return self._bare_function(known)
        if self._hides_function(name, known):
            raise self.refuse("function_bracket", token)
        return _letters(name, self.notation)

    def _hides_function(self, name: str, known: str) -> bool:
        """Return whether a function runs into its argument, as in sin2x: what belongs to it would be a guess."""
        is_plain = known not in FUNCTIONS and name not in GREEK | self.notation.words
        return self.notation.split_names and is_plain and _FUNCTION_FIRST.match(name) is not None

    def _is_function(self, name: str) -> bool:
        return (name not in self.variables and (len(name) == 1 and name not in "eixyzabc")) or name in (
            "f",
            "g",
        )

    def _split_function(self, token: Token) -> Node | None:
        """Return ``xsin(1)`` as x·sin(1); refuse an unknown function."""
        for cut in range(1, len(token.text)):
            known = _canonical(token.text[cut:], self.notation)
            if known in FUNCTIONS and len(token.text) - cut > 1 and (cut == 1 or self.notation.split_names):
                opened = self.take()
                call = self._call(known, self._items(opened))
                return App("*", (_letters(token.text[:cut], self.notation), call))
        if self.notation.only_known and not self.notation.split_names and token.text not in GREEK:
            raise self.refuse("forbidden_function", token)
        return None

    def _is_bare_logarithm(self, name: str) -> bool:
        """Return whether a logarithm without brackets stands here, as in log₂ 8: its base is written low."""
        return self.notation.split_names and "_" in name and self.token.kind is not Kind.END

    def _log_base(self, base: str, is_call: bool) -> Node:
        under = parse(base, self.notation)
        if not is_call:
            return self._bare_function("lg", under)
        opened = self.take()
        return App("lg", (*self._items(opened), under))

    def _bare_function(self, known: str, *more: Node) -> Node:
        """Return ``sin x`` and ``sin^2 x``: what it is taken of needs no brackets as long as nobody has to guess."""
        exponent: Node | None = None
        if self.token.text in ("^", "**"):
            self.take()
            exponent = self.expression(139)
        if self.token.kind is Kind.END:
            raise self.refuse("final_char")
        call = self._call(known, (self._bare_argument(), *more))
        return App("^", (call, exponent)) if exponent is not None else call

    def _bare_argument(self) -> Node:
        """Return the factors that stand side by side, up to a sign or the next function.

        A written sign of multiplication ends it, but not after a number (``sin 2·x``). A fraction of numbers and π goes
        on (``cos 2π/3``); whether ``tg x/2`` halves the argument or the tangent would be a guess, and is refused.
        """
        left, above = self.expression(_PRODUCT[1] + 1), _PRODUCT[1] + 1
        while True:
            if self.token.text == "/":
                if not _is_constant(left):
                    raise self.refuse("function_bracket")
                self.take()
                left = App("/", (left, self.expression(above)))
            elif self.token.text == "*" and _is_constant(left):
                self.take()
                left = self._join("*", left, self.expression(above), True)
            elif self._operator() is None and not self._is_function_next() and self._is_product_next():
                left = self._join("*", left, self.expression(above), True)
            else:
                return left

    def _is_function_next(self) -> bool:
        token = self.token
        if token.kind is not Kind.NAME:
            return False
        return (
            _canonical(token.text, self.notation) in FUNCTIONS or _LOG_BASE.fullmatch(token.text) is not None
        )


_WHOLE = frozenset({"true", "false", "inf", "minf", "degC", "degF"})
_LOG_BASE = re.compile(r"log_?(\d+|(?<=_)[a-z])")
_ROOT_INDEX = re.compile(r"(?<=^[a-zA-Z])_?[0-9]$")
_SET_HEADS = {"∪": "union", "∩": "intersection"}
#: Functions of two numbers and more.
_OF_SEVERAL = frozenset(
    ["gcd", "lcm", "min", "max", "mod", "binomial", "atan2", "nCr", "nPr", "rem", "quotient"]
)
#: What may stand round a pair in brackets: nothing, or a sign of sets and statements.
_BEFORE_PAIR = frozenset(["", "=", "∈", "∪", "∩", ";", "(", "[", "{"])
_AFTER_PAIR = frozenset(["", "∪", "∩", ";", ")", "]", "}"])
_BARE_NAMES = frozenset(
    {"gamma", "beta", "zeta", "phi", "psi", "Phi", "Gamma", "delta", "dot", "arg", "vec", "int"}
)


def _is_value(node: Node) -> bool:
    """Return whether a node says what one letter is, as x = 2 does."""
    return isinstance(node, App) and node.head == "=" and isinstance(node.args[0], Name)


def indexed_names(tree: Node) -> frozenset[str]:
    """Return the letters of a tree that are told apart by an index, however the index is written."""
    found = {name for name in free_names(tree) if _ROOT_INDEX.search(name)}
    return frozenset(f"{name[0]}{line}{name[-1]}" for name in found for line in ("", "_"))


def with_indices_of(student: Node, teacher: Node) -> Node:
    """Return the student's tree with x_1 as x1 where the teacher writes it so, and the other way round."""
    wanted = {name.replace("_", ""): Name(name) for name in indexed_names(teacher) & free_names(teacher)}

    def change(part: Node) -> Node:
        return wanted.get(part.name.replace("_", ""), part) if isinstance(part, Name) else part

    return rebuild(student, change)


def _without_index(node: Node, words: frozenset[str]) -> App:
    """Return ``x₁ = 1`` as x = 1."""
    assert isinstance(node, App)
    name = node.args[0]
    assert isinstance(name, Name)
    bare = name.name if name.name in words else _ROOT_INDEX.sub("", name.name)
    return App("=", (Name(bare), *node.args[1:]))


def _is_constant(node: Node) -> bool:
    """Return whether a node is made of numbers and π alone."""
    if isinstance(node, App):
        return node.head in ("*", "/", "neg") and all(_is_constant(arg) for arg in node.args)
    return isinstance(node, Num) or (isinstance(node, Name) and node.name == "%pi")


def _three() -> Node:
    return Num(Fraction(3), "3")


def _number(token: Token) -> Node:
    text = token.text.replace("b", "e").replace("B", "e").replace("E", "e")
    return Num(Fraction(text.rstrip(".") if text.endswith(".") else text.replace(".e", ".0e")), text)


def _canonical(name: str, notation: Notation) -> str:
    if name in STUDENT_ONLY and not notation.implicit:
        return name
    return ALIASES.get(name, name)


def _letters(name: str, notation: Notation) -> Node:
    """Return a name, or the product of its letters where the notation splits unknown words."""
    known = ALIASES.get(name, name)
    plain = name.isalpha() and known == name and name not in GREEK and not name.startswith("%")
    if notation.split_names and plain and len(name) > 1 and name not in _WHOLE | notation.words:
        return App("*", tuple(Name(ALIASES.get(letter, letter)) for letter in name))
    return Name(known)
