"""Mathematics typed into a field: an expression, an equation, an interval, a set, a quantity with its unit."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from typing import Any
from unicodedata import digit

from flask_babel import gettext, lazy_gettext

from lms.assessment.contracts import (
    STEM_FIELDS,
    AuthorField,
    FieldKind,
    Fields,
    ItemTest,
    MarkResult,
    MarkStatus,
    PlainForm,
    Sample,
)
from lms.assessment.maths.kinds import parts_of
from lms.assessment.maths.notation import NOTATIONS
from lms.assessment.maths.parser import parse
from lms.assessment.maths.sandbox import Budget, shared_sandbox
from lms.assessment.maths.tree import MathsError, Node, free_names
from lms.assessment.maths.unit_table import find_unit
from lms.assessment.maths.verdicts import Verdict
from lms.assessment.maths.written import latin
from lms.assessment.question_types.feedback import SAYS
from lms.assessment.question_types.maths_reasons import REASONS, is_at_fault, reason_note
from lms.assessment.question_types.reading import ContentReader, given_value, stem
from lms.assessment.rules.author_forms import plain
from lms.core.formulas import formulas_of, pieces_of

__all__ = ["CHECKS", "SAYS", "Maths", "MathsKey", "maths_key", "read_answer"]

#: The answer tests that an author chooses from, with what each asks for.
CHECKS: tuple[tuple[str, Any], ...] = (
    ("AlgEquiv", lazy_gettext("equal, in any form")),
    ("Solved", lazy_gettext("the solutions themselves: x = 2 or x = 3, {2; 3}, (2; +∞)")),
    ("EqualComAss", lazy_gettext("the same but for order and brackets")),
    ("CasEqual", lazy_gettext("written exactly so")),
    ("FacForm", lazy_gettext("factored (name the variable)")),
    ("Expanded", lazy_gettext("multiplied out, whatever its value")),
    ("SingleFrac", lazy_gettext("one fraction")),
    ("LowestTerms", lazy_gettext("fractions in lowest terms")),
    ("PartFrac", lazy_gettext("partial fractions (name the variable)")),
    ("CompSquare", lazy_gettext("completed square (name the variable)")),
    ("SubstEquiv", lazy_gettext("equal with other letters")),
    ("SameType", lazy_gettext("of the same sort: number, equation, set")),
    ("Sets", lazy_gettext("the same set")),
    ("Partly", lazy_gettext("a set, list or matrix: a share for each right part, less the wrong ones")),
    ("SysEquiv", lazy_gettext("a system with the same solutions")),
    ("PropLogic", lazy_gettext("the same truth table")),
    ("Equiv", lazy_gettext("lines that follow from each other")),
    ("Diff", lazy_gettext("a derivative (name the variable)")),
    ("Int", lazy_gettext("an integral with its constant (name the variable)")),
    ("Antidiff", lazy_gettext("an antiderivative (name the variable)")),
    ("GT", lazy_gettext("a greater number")),
    ("GTE", lazy_gettext("a greater number or the same")),
    ("NumRelative", lazy_gettext("within a share (give the share, as 0.05)")),
    ("NumAbsolute", lazy_gettext("within a distance (give the distance)")),
    ("NumSigFigs", lazy_gettext("to significant figures (give how many)")),
    ("NumDecPlaces", lazy_gettext("to decimal places (give how many)")),
    ("Units", lazy_gettext("a quantity in any fitting unit (give how many figures)")),
    ("UnitsStrict", lazy_gettext("a quantity in this unit (give how many figures)")),
    ("UnitsRelative", lazy_gettext("a quantity in any fitting unit, within a share (give the share)")),
    (
        "UnitsAbsolute",
        lazy_gettext("a quantity in any fitting unit, within a distance (give the distance)"),
    ),
)
_WITH_OPTION = frozenset(
    [
        "FacForm",
        "PartFrac",
        "CompSquare",
        "Diff",
        "Int",
        "Antidiff",
        "NumSigFigs",
        "NumDecPlaces",
        "Units",
        "UnitsStrict",
    ]
)
#: Tests that a student's best answer is not the author's own text for.
_NO_MODEL = frozenset({"GT", "Expanded", "SameType"})
#: CPU seconds in which a student's answer must be compared with all answers of a question, and how long a busy server may
#: take over them: so long that the mark does not depend on its load. The start of a child process is not counted.
MARKING_S, MARKING_WAIT_S = 2.0, 40.0
#: Reasons of a verdict for which a person has to look: the answer may well be right.
_UNSETTLED = ("time_limit", "memory_limit", "too_large", "unable")
MAX_ANSWERS, MAX_SAYS = 20, 500
_NAME = re.compile(r"[^\W\d_]\w{0,29}")
#: Signs of equations and inequalities, and what may stand around them in a sentence: no word of more than a letter.
_RELATION_SIGNS = ("=", "<", ">", "≤", "≥", "\\le", "\\ge")
_LETTER = "[A-Za-zА-Яа-яЁё]"
_SIDE = re.compile(rf"(?:(?<!{_LETTER}){_LETTER}(?!{_LETTER})|[\d +–*/^().,²³⁴·√|−-])+")
_SIGN = re.compile("[=<>≤≥]+")
#: So far to each side of a sign is looked; so many equations of a question are copied back, and for so long.
SIDE_LENGTH, COPIES, COPIES_S = 200, 5, 3.0
#: A letter with an index of one digit: x₁, x_1, x_{1}, x1.
_INDEXED = re.compile(r"(?<![^\W\d_])([^\W\d_])_?\{?([0-9₀-₉])(?!\w)")
_CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)
#: What is said where no answer could be compared with; anything else has no value.
_OPEN = {"unit_unknown": "maths_unit_unknown"}


def read_answer(text: str, notation: str, words: Sequence[str] = ()) -> Node:
    """Return the tree of what was typed; ``notation`` is a name of `NOTATIONS`. Raises MathsError."""
    return parse(text, replace(NOTATIONS[notation], words=frozenset(words)))


class Maths(PlainForm):
    """A mathematical answer, compared by answer tests in the author's order: the first that holds decides."""

    name = "maths"
    version = "3"
    title = lazy_gettext("A mathematical answer")
    summary = lazy_gettext("Students type a formula; x(x+1) and x² + x count as the same where you say so.")
    template = "assessment/questions/maths.html"
    form_fields = (
        *STEM_FIELDS,
        AuthorField(
            "answers",
            FieldKind.ROWS,
            lazy_gettext("Answers, and how each is compared"),
            lazy_gettext("The first that holds decides. The first of all should be the right answer."),
            columns=(
                AuthorField("text", FieldKind.TEXT, lazy_gettext("Answer")),
                AuthorField(
                    "test",
                    FieldKind.CHOICE,
                    lazy_gettext("The student's has to be"),
                    choices=CHECKS,
                    default="AlgEquiv",
                ),
                AuthorField(
                    "option",
                    FieldKind.TEXT,
                    lazy_gettext("What the comparison asks for"),
                    lazy_gettext("Only where the line above names it in brackets: a variable, a number."),
                    is_optional=True,
                ),
                AuthorField(
                    "fraction", FieldKind.SHARE, lazy_gettext("Share of the points, %"), default="100"
                ),
                AuthorField(
                    "says", FieldKind.TEXT, lazy_gettext("What the student reads then"), is_optional=True
                ),
            ),
            most=MAX_ANSWERS,
        ),
        AuthorField(
            "variables",
            FieldKind.TEXT,
            lazy_gettext("Letters that may stand in the answer"),
            lazy_gettext(
                "Put spaces between them: x y. Other letters are pointed out before the answer is marked. Name x1 x2 here "
                "where a picture shows a system of equations."
            ),
            is_optional=True,
        ),
        AuthorField(
            "notation",
            FieldKind.CHOICE,
            lazy_gettext("The answers above are written"),
            choices=(
                ("school", lazy_gettext("as students write: 2x, decimal comma")),
                ("maxima", lazy_gettext("as in Maxima: 2*x, decimal point")),
            ),
            default="school",
        ),
        AuthorField(
            "reasons",
            FieldKind.ROWS,
            lazy_gettext("What the student reads instead of the usual words"),
            lazy_gettext("Only where no answer above has a text of its own."),
            columns=(
                AuthorField(
                    "reason",
                    FieldKind.CHOICE,
                    lazy_gettext("Why the answer is not right"),
                    choices=REASONS,
                    default=REASONS[0][0],
                ),
                AuthorField("says", FieldKind.TEXT, lazy_gettext("Your words"), is_optional=True),
            ),
            least=0,
            most=MAX_ANSWERS,
            is_optional=True,
            fold=lazy_gettext("Add your own words for reasons"),
        ),
    )

    def validate_content(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return {…, answers: [{text, test, option, fraction, says}], variables: "x y", notation, reasons: [{reason, says}]}.

        There are no ``reasons`` where the author has no words of their own for them.
        """
        reader = ContentReader(content)
        notation = reader.one_of("notation", ("school", "maxima"))
        variables = reader.text("variables").split()
        if any(not _NAME.fullmatch(name) for name in variables):
            reader.fail("variables", "content.maths_name")
            variables = []
        answers = _read_answers(reader, notation, variables)
        reasons = _read_reasons(reader)
        return reader.done(
            lambda: {
                "answers": answers,
                "variables": " ".join(variables),
                "notation": notation,
                **({"reasons": reasons} if reasons else {}),
            }
        )

    def player(self, content: Mapping[str, Any], seed: int) -> dict[str, Any]:
        """Return the stem, the letters that may be used, and how what is typed will be read."""
        return {**stem(content), "variables": content["variables"], "reading": _student_notation(content)}

    def parse(self, fields: Mapping[str, Sequence[str]]) -> str | None:
        """Return the text as typed."""
        return given_value(fields, "answer") or None

    def fields_for(self, content: Mapping[str, Any], seed: int, answer: Any) -> Fields:
        """Take a text as the answer."""
        return {} if answer is None else {"answer": [str(answer)]}

    def keeps_time(self, content: Mapping[str, Any]) -> bool:
        """Answers are compared in a child process that is ended when it takes too long."""
        return True

    def mark(self, content: Mapping[str, Any], seed: int, response: Any) -> MarkResult:
        """Give what the first answer earns whose test holds; what cannot be read, or compared in time, is not wrong."""
        if not response:
            return MarkResult.of(Decimal(0), "no_answer")
        unread = _why_unread(content, response)
        if unread:
            return MarkResult.invalid(unread)
        partly, open_reasons = Decimal(0), list[str]()
        closed = list[str]()  # why the right answers do not hold
        budget, ends_at = Budget(MARKING_S), time.monotonic() + MARKING_WAIT_S
        for answer in content["answers"]:
            verdict = _verdict(content, answer, response, ends_at - time.monotonic(), budget)
            if verdict.result:
                return _earned(content, answer, closed)
            if verdict.result is None and verdict.reason.startswith(_UNSETTLED):
                return MarkResult(MarkStatus.NEEDS_MARKING, None, ("maths_took_too_long",))
            if verdict.result is None or is_at_fault(verdict.reason):
                open_reasons.append(verdict.reason)
            elif Decimal(answer["fraction"]) == 1:
                closed.append(verdict.reason)
            partly = max(partly, Decimal(answer["fraction"]) * _decimal(verdict.share))
        if partly:
            return MarkResult.of(partly, "maths_partly")
        if open_reasons:
            return MarkResult.invalid(_why_open(open_reasons[0]))
        return MarkResult.of(Decimal(0), *_because(content, closed))

    def is_unread(self, content: Mapping[str, Any], response: Any) -> bool:
        """Tell whether what was typed cannot be read, so that a student may mend it in time."""
        return bool(response) and bool(_why_unread(content, response))

    def correct_answer(self, content: Mapping[str, Any]) -> str | None:
        """Return the first answer that earns everything, where a student could type it so."""
        best = next(answer for answer in content["answers"] if Decimal(answer["fraction"]) == 1)
        is_typed_so = content["notation"] == "school" and best["test"] not in _NO_MODEL
        return str(best["text"]) if is_typed_so else None

    def describe(self, content: Mapping[str, Any], seed: int, response: Any) -> str:
        """Return the text as typed."""
        return response or ""

    def doubts(self, content: Mapping[str, Any]) -> list[str]:
        """Return in words that what the question itself gives would earn all points, and that a picture alone tells unknowns apart."""
        ends_at = time.monotonic() + COPIES_S
        for given in _relations_in(content):
            if time.monotonic() > ends_at:
                break
            if self.mark(content, 1, given).status is MarkStatus.RIGHT:
                return [
                    str(
                        gettext(
                            "Whoever copies %(given)s from the question gets all points. If it is to be solved, choose “the "
                            "solutions themselves” for the answer.",
                            given=given,
                        )
                    ),
                    *_pictured_unknowns(content),
                ]
        return _pictured_unknowns(content)

    def samples(self) -> list[Sample]:
        """Return an expression to factor, an inequality, a quantity, a derivative with its usual mistake, and a set."""
        return [_factoring(), _interval(), _speed(), _derivative(), _roots()]


def _asked_in(content: Mapping[str, Any]) -> str:
    """Return all text of a question, and what its picture shows in words."""
    shown = content.get("picture") or {}
    return f"{content['prompt']}\n{content.get('given') or ''}\n{shown.get('alt') or ''}"


def _relations_in(content: Mapping[str, Any]) -> list[str]:
    """Return the equations and inequalities that stand in the text of a question, as a student would type them."""
    text = _asked_in(content)
    found = [piece.latex for piece in formulas_of(text)]
    plain_text = "\n".join(piece for piece in pieces_of(text) if isinstance(piece, str))
    found += _relations_between(plain_text)
    return [each for each in dict.fromkeys(found) if any(sign in each for sign in _RELATION_SIGNS)][:COPIES]


def _relations_between(text: str) -> list[str]:
    """Return each sign of a relation with what stands on both its sides."""
    found = []
    for sign in islice(_SIGN.finditer(text), COPIES):
        before = text[max(sign.start() - SIDE_LENGTH, 0) : sign.start()]
        left = next((before[at:] for at in range(len(before)) if _SIDE.fullmatch(before, at)), "")
        right = _SIDE.match(text, sign.end(), sign.end() + SIDE_LENGTH)
        if left and right:
            found.append((left + sign[0] + right[0]).strip(" .,;:\n"))
    return found


def _earned(content: Mapping[str, Any], answer: Mapping[str, str], closed: Sequence[str]) -> MarkResult:
    """Return the mark of an answer whose test holds: with the author's words for it, else why it is not all right."""
    fraction = Decimal(answer["fraction"])
    if answer["says"]:
        return MarkResult.of(fraction, SAYS + answer["says"])
    return MarkResult.of(fraction, *(_because(content, closed) if fraction < 1 else ()))


def _because(content: Mapping[str, Any], closed: Sequence[str]) -> tuple[str, ...]:
    """Return the note of why the first of the right answers does not hold."""
    return reason_note(closed[0], content.get("reasons", ()), SAYS) if closed else ()


def _why_open(reason: str) -> str:
    return "maths_question_at_fault" if is_at_fault(reason) else _OPEN.get(reason, "maths_without_value")


def _why_unread(content: Mapping[str, Any], response: str) -> str:
    """Return the code of why an answer cannot be read, or nothing.

    A Russian letter that looks like no Latin one is a letter of the answer only where the author's answers have it.
    """
    words, notation = content["variables"].split(), _student_notation(content)
    try:
        tree = read_answer(response, notation, _own_names(content))
    except MathsError:
        return "maths_unreadable"
    names = free_names(tree)
    if notation != "school":
        is_unknown = any(find_unit(name) is None for name in names - _names_of_answers(content))
        return "maths_unit_unknown" if is_unknown else ""
    known = {*map(latin, words), *_own_names(content)}
    others = names - known if words else set(filter(_CYRILLIC.search, names))
    return "maths_other_letters" if others and (words or others - _names_of_answers(content)) else ""


@dataclass(frozen=True, slots=True)
class MathsKey:
    """How answers to a question of mathematics are read, and what earns all points: (text, answer test)."""

    notation: str
    letters: tuple[str, ...]
    key_notation: str
    right: tuple[tuple[str, str], ...]


def maths_key(content: Mapping[str, Any]) -> MathsKey:
    """Return the key of a question of mathematics, for whoever looks at answers."""
    notation = _student_notation(content)
    best = [answer for answer in content["answers"] if Decimal(answer["fraction"]) == 1]
    return MathsKey(
        notation,
        tuple(_own_names(content)),
        notation if content["notation"] == "school" else "maxima",
        tuple((answer["text"], answer["test"]) for answer in best),
    )


def _names_of_answers(content: Mapping[str, Any]) -> frozenset[str]:
    written = content["notation"] if content["notation"] == "maxima" else _student_notation(content)
    return frozenset().union(
        *(
            free_names(read_answer(answer["text"], written, _own_names(content)))
            for answer in content["answers"]
        )
    )


def _own_names(content: Mapping[str, Any]) -> list[str]:
    """Return the names that are never taken apart: the author's letters, and x₁ and x₂ where the question speaks of both.

    There an index tells one unknown from another; anywhere else ``x₁ = 2; x₂ = 3`` are the roots of one equation.
    """
    own = content["variables"].split()
    named = [(latin(each[1]), str(digit(each[2]))) for name in own if (each := _INDEXED.fullmatch(name))]
    found = [*named, *_told_apart(_asked_in(content), own)]
    return [*own, *(letter + line + index for letter, index in found for line in ("", "_"))]


def _told_apart(text: str, own: Sequence[str]) -> list[tuple[str, str]]:
    """Return (letter, index) of the letters that a text has with several indices; the author's own letters are none of them."""
    names = {
        (latin(each[1]), str(digit(each[2])))
        for each in _INDEXED.finditer(text)
        if latin(each[1]) not in map(latin, own)
    }
    letters = Counter(letter for letter, _index in names)
    return sorted(name for name in names if letters[name[0]] > 1)


def _pictured_unknowns(content: Mapping[str, Any]) -> list[str]:
    """Return in words that nothing but the picture may say whether x₁ and x₂ are two unknowns or two roots."""
    own = content["variables"].split()
    keys = "\n".join(answer["text"] for answer in content["answers"])
    found = [name for name in _told_apart(keys, own) if not {"".join(name), "_".join(name)} & set(own)]
    if not found or not content.get("picture") or _told_apart(_asked_in(content), own):
        return []
    letters = " ".join(letter + index for letter, index in found)
    return [
        str(
            gettext(
                "%(letters)s count as roots of one equation, in any order. Where the picture shows a system, write them under "
                "“Letters that may stand in the answer” or say in the words of the picture what it shows.",
                letters=letters,
            )
        )
    ]


def _student_notation(content: Mapping[str, Any]) -> str:
    has_units = any(answer["test"].startswith("Units") for answer in content["answers"])
    return "quantity" if has_units else "school"


def _verdict(
    content: Mapping[str, Any], answer: Mapping[str, str], response: str, within_s: float, budget: Budget
) -> Verdict:
    notation = _student_notation(content)
    return shared_sandbox().compare(
        answer["test"],
        response,
        answer["text"],
        answer["option"],
        notation=notation,
        teacher_notation=notation if content["notation"] == "school" else "maxima",
        words=_own_names(content),
        within_s=within_s,
        budget=budget,
    )


def _decimal(share: Fraction) -> Decimal:
    return Decimal(share.numerator) / share.denominator


def _read_answers(reader: ContentReader, notation: str, variables: Sequence[str]) -> list[dict[str, str]]:
    """Return the rows {text, test, option, fraction, says}; one must earn everything and all must be readable."""
    raw = reader.raw.get("answers")
    if not isinstance(raw, list) or not raw or not all(isinstance(row, Mapping) for row in raw):
        reader.fail("answers", "content.required")
        return []
    if len(raw) > MAX_ANSWERS:
        reader.fail("answers", "content.wrong_count")
        return []
    rows = [_read_row(reader, row, f"answers.{number}") for number, row in enumerate(raw)]
    if not any(Decimal(row["fraction"]) == 1 for row in rows):
        reader.fail("answers", "content.no_right_option")
    written = notation if notation == "maxima" else _student_notation({"answers": rows})
    for number, row in enumerate(rows):
        for part, how in (("text", written), ("option", "maxima")):
            try:
                tree = read_answer(row[part], how, variables) if row[part] else None
            except MathsError:
                reader.fail(f"answers.{number}.{part}", "content.maths_unreadable")
                continue
            if row["test"] == "Partly" and part == "text" and tree is not None and not parts_of(tree):
                reader.fail(f"answers.{number}.{part}", "content.maths_parts")
    return rows


def _read_reasons(reader: ContentReader) -> list[dict[str, str]]:
    """Return the author's own words [{reason, says}] for reasons."""
    raw = reader.raw.get("reasons", [])
    if (
        not isinstance(raw, list)
        or len(raw) > MAX_ANSWERS
        or not all(isinstance(row, Mapping) for row in raw)
    ):
        reader.fail("reasons", "content.wrong_count")
        return []
    rows = []
    for number, row in enumerate(raw):
        own = ContentReader(row)
        reason, says = own.one_of("reason", [code for code, _ in REASONS]), own.text("says", required=True)
        if len(says) > MAX_SAYS:
            own.fail("says", "content.not_text")
        for name, codes in own.problems.items():
            for code in codes:
                reader.fail(f"reasons.{number}.{name}", code)
        rows.append({"reason": reason, "says": says})
    return rows


def _read_row(reader: ContentReader, row: Mapping[str, Any], at: str) -> dict[str, str]:
    own = ContentReader(row)
    text, option, says = own.text("text", required=True), own.text("option"), own.text("says")
    test = own.one_of("test", [name for name, _ in CHECKS])
    fraction = own.share("fraction", "1")
    if test in _WITH_OPTION and not option:
        own.fail("option", "content.required")
    if len(says) > MAX_SAYS:
        own.fail("says", "content.not_text")
    for name, codes in own.problems.items():
        for code in codes:
            reader.fail(f"{at}.{name}", code)
    return {"text": text, "test": test, "option": option, "fraction": plain(fraction), "says": says}


def _factoring() -> Sample:
    content = {
        "prompt": "Разложи на множители: x² − 5x + 6",
        "variables": "x",
        "answers": [
            {"text": "(x-2)(x-3)", "test": "FacForm", "option": "x"},
            {
                "text": "x^2-5x+6",
                "test": "AlgEquiv",
                "fraction": "0.25",
                "says": "Верно, но это ещё не произведение.",
            },
        ],
    }
    tests = (
        ItemTest("(x-3)(x-2)", MarkStatus.RIGHT),
        ItemTest("(2−x)·(3−x)", MarkStatus.RIGHT),
        ItemTest("x² − 5x + 6", MarkStatus.PARTIAL, Decimal("0.25")),
        ItemTest("(x+2)(x+3)", MarkStatus.WRONG),
        ItemTest("(x-2)(x-3", MarkStatus.INVALID),
        ItemTest("(y-2)(y-3)", MarkStatus.INVALID),
        ItemTest("1/0", MarkStatus.INVALID),
        ItemTest(None, MarkStatus.WRONG),
    )
    return Sample("Разложение на множители", content, tests)


def _interval() -> Sample:
    content = {
        "prompt": "Реши неравенство x² < 9 и запиши промежуток.",
        "variables": "x",
        "answers": [
            {"text": "(-3; 3)"},
            {"text": "-3 < x < 3", "says": "Верно; промежуток пишут так: (−3; 3)."},
        ],
    }
    tests = (
        ItemTest("(−3; 3)", MarkStatus.RIGHT),
        ItemTest("-3 < x < 3", MarkStatus.RIGHT),
        ItemTest("[-3; 3]", MarkStatus.WRONG),
        ItemTest("x < 3", MarkStatus.WRONG),
    )
    return Sample("Неравенство", content, tests)


def _speed() -> Sample:
    content = {
        "prompt": "Путь 150 км пройден за 2 ч. Какова скорость? Запиши число и единицу.",
        "answers": [{"text": "75 км/ч", "test": "UnitsRelative", "option": "0.01"}],
    }
    tests = (
        ItemTest("75 км/ч", MarkStatus.RIGHT),
        ItemTest("20,83 м/с", MarkStatus.RIGHT),
        ItemTest("75 км", MarkStatus.WRONG),
        ItemTest("75", MarkStatus.WRONG),
    )
    return Sample("Скорость", content, tests)


def _derivative() -> Sample:
    content = {
        "prompt": "Найди производную функции y = x·sin x",
        "variables": "x",
        "answers": [
            {"text": "sin(x) + x cos(x)", "test": "Diff", "option": "x"},
            {
                "text": "cos(x)",
                "fraction": "0",
                "says": "Производная произведения не равна произведению производных.",
            },
        ],
    }
    tests = (
        ItemTest("x cos x + sin x", MarkStatus.RIGHT),
        ItemTest("cos x", MarkStatus.WRONG),
        ItemTest("sin(x) + x", MarkStatus.WRONG),
    )
    return Sample("Производная", content, tests)


def _roots() -> Sample:
    content = {
        "prompt": "Запиши множество корней уравнения x³ − 4x = 0.",
        "answers": [{"text": "{-2; 0; 2}", "test": "Partly"}],
    }
    tests = (
        ItemTest("{0; 2; −2}", MarkStatus.RIGHT),
        ItemTest("{2; −2}", MarkStatus.PARTIAL, Decimal("0.666667")),
        ItemTest("{2; −2; 4}", MarkStatus.PARTIAL, Decimal("0.333333")),
        ItemTest("{4}", MarkStatus.WRONG),
        ItemTest("{1,2}", MarkStatus.INVALID),
    )
    return Sample("Корни уравнения", content, tests)
