"""The answer tests by name: one call, one verdict, whatever is put in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sympy.polys.polyerrors import BasePolynomialError

from lms.assessment.maths import (
    answer_calculus,
    answer_forms,
    answer_numbers,
    answer_parts,
    answer_systems,
    answer_texts,
    answer_units,
    reasoning,
)
from lms.assessment.maths.equivalence import equivalent
from lms.assessment.maths.evaluate import assumed_positive, check_defined, evaluate
from lms.assessment.maths.forms import rule_names, same_form
from lms.assessment.maths.notation import MAXIMA, Notation
from lms.assessment.maths.numeric import Undefined
from lms.assessment.maths.parser import indexed_names, parse, with_indices_of
from lms.assessment.maths.statements import is_solved
from lms.assessment.maths.tree import App, MathsError, Name, Node
from lms.assessment.maths.tree import replace as replace_names
from lms.assessment.maths.typed import fitted, is_unsolved
from lms.assessment.maths.verdicts import INVALID, Verdict

__all__ = ["TESTS", "AnswerTest", "compare"]

Test = Callable[[Node, Node, Node | None], Verdict]


@dataclass(frozen=True, slots=True)
class AnswerTest:
    """One answer test; ``nouns``: derivatives that are only named are carried out; ``raw``: nothing is.

    ``has_solutions``: as it is typed at school, a set and a statement of the same solutions are the same.
    """

    run: Test
    nouns: bool = True
    raw: bool = False
    needs_option: bool = False
    has_solutions: bool = False


def _algebraic(student: Node, teacher: Node, option: Node | None) -> Verdict:
    return equivalent(student, teacher)


def _solved(student: Node, teacher: Node, option: Node | None) -> Verdict:
    """Return whether the solutions are the teacher's and stand there by themselves: an equation copied back is no answer."""
    found = equivalent(student, teacher)
    if found.result and not is_solved(student):
        return Verdict.of(False, "not_solved")
    return found


def _same_form(student: Node, teacher: Node, option: Node | None) -> Verdict:
    if same_form(student, teacher):
        return Verdict.of(True, "")
    return Verdict.of(False, _why(student, teacher))


def _same_form_by_rules(student: Node, teacher: Node, option: Node | None) -> Verdict:
    rules = rule_names(option)
    return (
        Verdict.of(True, "")
        if same_form(student, teacher, rules)
        else Verdict.of(False, _why(student, teacher))
    )


def _identical(student: Node, teacher: Node, option: Node | None) -> Verdict:
    if student == teacher:
        return Verdict.of(True, "")
    return Verdict.of(False, _why(student, teacher))


def _why(student: Node, teacher: Node) -> str:
    """Return whether a wrong form is at least equivalent."""
    try:
        return "equivalent_but_other_form" if equivalent(student, teacher).result else "not_equivalent"
    except (MathsError, Undefined):
        return "other_form"


def _validator(student: Node, teacher: Node, option: Node | None) -> Verdict:
    return INVALID("validator_unavailable")


TESTS: dict[str, AnswerTest] = {
    "AlgEquiv": AnswerTest(_algebraic, has_solutions=True),
    "Solved": AnswerTest(_solved, has_solutions=True),
    "AlgEquivNouns": AnswerTest(_algebraic, nouns=False),
    "EqualComAss": AnswerTest(_same_form, nouns=False),
    "EqualComAssRules": AnswerTest(_same_form_by_rules, nouns=False, needs_option=True),
    "CasEqual": AnswerTest(_identical, nouns=False),
    "SameType": AnswerTest(answer_forms.same_type),
    "SubstEquiv": AnswerTest(answer_systems.same_after_renaming),
    "SysEquiv": AnswerTest(answer_systems.same_system),
    "Sets": AnswerTest(answer_systems.same_sets),
    "Partly": AnswerTest(answer_parts.partly_right),
    "PropLogic": AnswerTest(answer_systems.same_truth_table),
    "Expanded": AnswerTest(answer_forms.expanded),
    "FacForm": AnswerTest(answer_forms.factored, needs_option=True),
    "CompSquare": AnswerTest(answer_forms.completed_square, needs_option=True),
    "SingleFrac": AnswerTest(answer_forms.single_fraction),
    "PartFrac": AnswerTest(answer_forms.partial_fractions, needs_option=True),
    "LowestTerms": AnswerTest(answer_forms.lowest_terms),
    "Diff": AnswerTest(answer_calculus.differentiated, needs_option=True),
    "Int": AnswerTest(answer_calculus.integrated, needs_option=True),
    "Antidiff": AnswerTest(answer_calculus.antiderivative, needs_option=True),
    "AddConst": AnswerTest(answer_calculus.add_constant, needs_option=True),
    "GT": AnswerTest(answer_numbers.greater),
    "GTE": AnswerTest(answer_numbers.greater_or_equal),
    "NumRelative": AnswerTest(answer_numbers.numeric_relative),
    "NumAbsolute": AnswerTest(answer_numbers.numeric_absolute),
    "NumSigFigs": AnswerTest(answer_numbers.sig_figs, needs_option=True),
    "SigFigsStrict": AnswerTest(answer_numbers.sig_figs_strict, needs_option=True),
    "NumDecPlaces": AnswerTest(answer_numbers.decimal_places, needs_option=True),
    "NumDecPlacesWrong": AnswerTest(answer_numbers.decimal_places_wrong, needs_option=True),
    "Units": AnswerTest(answer_units.units, raw=True, needs_option=True),
    "UnitsStrict": AnswerTest(answer_units.units_strict, raw=True, needs_option=True),
    "UnitsRelative": AnswerTest(answer_units.units_relative, raw=True),
    "UnitsStrictRelative": AnswerTest(answer_units.units_strict_relative, raw=True),
    "UnitsAbsolute": AnswerTest(answer_units.units_absolute, raw=True),
    "UnitsStrictAbsolute": AnswerTest(answer_units.units_strict_absolute, raw=True),
    "String": AnswerTest(answer_texts.same_text),
    "StringSloppy": AnswerTest(answer_texts.same_text_loosely),
    "SRegExp": AnswerTest(answer_texts.pattern),
    "RegExp": AnswerTest(answer_texts.pattern),
    "Levenshtein": AnswerTest(answer_texts.levenshtein, needs_option=True),
    "Equiv": AnswerTest(reasoning.equivalent_lines),
    "EquivFirst": AnswerTest(reasoning.equivalent_lines_from_first),
    "Validator": AnswerTest(_validator, needs_option=True),
}


#: What mathematics may raise over an answer that nobody thought of: it is then not compared, and never wrong.
_FAILURES = (
    *(BasePolynomialError, ArithmeticError, LookupError, ValueError, TypeError),
    *(NotImplementedError, RecursionError, AttributeError),
)


def compare(
    test: str,
    student: str,
    teacher: str,
    option: str = "",
    *,
    notation: Notation = MAXIMA,
    teacher_notation: Notation = MAXIMA,
) -> Verdict:
    """Return the verdict of one answer test; never raises.

    ``result`` is None when something cannot be read or has no value (1/0, an option that makes no sense). Where an
    option may be left out, one that cannot be read gives no credit. The option is always in Maxima's notation.
    """
    try:
        chosen = TESTS.get(test)
        if chosen is None:
            return INVALID("unknown_test")
        teacher_notation = replace(teacher_notation, latin=notation.latin)
        wanted = _read(teacher, teacher_notation)
        indexed = indexed_names(wanted)
        mine = _read(student, replace(notation, words=notation.words | indexed))
        if notation.decimal_comma and indexed:
            mine = with_indices_of(mine, wanted)
        if notation.decimal_comma and chosen.raw:
            mine = answer_units.in_words_of(mine, wanted)
        elif notation.decimal_comma:
            has_lists = not teacher_notation.decimal_comma
            mine, wanted = fitted(mine, wanted, has_lists=has_lists, has_solutions=chosen.has_solutions)
            if chosen.has_solutions and is_unsolved(mine, wanted, has_lists=has_lists):
                return Verdict.of(False, "not_solved")
        mine, wanted = _as_assumed(mine, wanted)
        mine, wanted = _prepared(mine, chosen), _prepared(wanted, chosen)
        try:
            extra = parse(option) if option.strip() else None
        except MathsError:
            return (
                INVALID("option_unreadable")
                if chosen.needs_option
                else Verdict.of(False, "option_unreadable")
            )
        if extra is None and chosen.needs_option:
            return INVALID("option_missing")
        if extra is not None:
            check_defined(extra)
        return chosen.run(mine, wanted, extra)
    except MathsError as error:
        return INVALID(error.code)
    except Undefined:
        return INVALID("undefined")
    except _FAILURES as error:
        return INVALID(f"unable {type(error).__name__}")


def _read(text: str, notation: Notation) -> Node:
    if not text.strip():
        raise MathsError("empty")
    return parse(text, notation)


def _as_assumed(student: Node, teacher: Node) -> tuple[Node, Node]:
    """Return both with |a| for each a that one of them assumes to be positive."""
    positive = assumed_positive(student) | assumed_positive(teacher)
    sizes: dict[Node, Node] = {Name(name): App("abs", (Name(name),)) for name in positive}
    return (replace_names(student, sizes), replace_names(teacher, sizes)) if sizes else (student, teacher)


def _prepared(tree: Node, test: AnswerTest) -> Node:
    check_defined(tree)
    if test.raw:
        return tree
    tree = evaluate(tree, nouns=test.nouns)
    check_defined(tree)
    return tree
