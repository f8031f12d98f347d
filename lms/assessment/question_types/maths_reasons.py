"""Word why an answer test did not hold, so that students learn more than that it did not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext, lazy_gettext

__all__ = ["REASONS", "WHY", "is_at_fault", "reason_code", "reason_note", "why_word"]

#: A note that begins so holds the reason of the answer test that did not hold.
WHY = "why:"
#: Reasons that lie in the question and not in the answer: nobody loses points by them.
_OF_THE_QUESTION = ("teacher_", "option_", "tolerance_not", "unknown_test")

#: The reasons of verdicts, by the code that stands first in them.
REASONS: tuple[tuple[str, Any], ...] = (
    ("not_equivalent", lazy_gettext("It is not equal to the right answer.")),
    (
        "equivalent_but_other_form",
        lazy_gettext("It is equal to the right answer, but written in another form."),
    ),
    (
        "not_solved",
        lazy_gettext(
            "It is right, but not solved yet: the letter stands alone on one side, a number on the other."
        ),
    ),
    ("other_form", lazy_gettext("It is written in another form than asked for.")),
    ("not_expression", lazy_gettext("An expression is asked for: no equation, set or list.")),
    ("not_equation", lazy_gettext("An equation is asked for.")),
    ("not_inequality", lazy_gettext("An inequality is asked for.")),
    ("not_logic", lazy_gettext("A statement is asked for, as in x = 1 or x = 2.")),
    ("not_set", lazy_gettext("A set is asked for, in braces: {1; 2}.")),
    ("not_realset", lazy_gettext("An interval is asked for, or several: (1; 2].")),
    ("not_list", lazy_gettext("A list is asked for.")),
    ("not_tuple", lazy_gettext("A point or a pair is asked for, as in (1; 2).")),
    ("not_equations", lazy_gettext("Equations are asked for, all parts of the list.")),
    ("not_matrix", lazy_gettext("A matrix or a vector is asked for.")),
    ("not_string", lazy_gettext("A text is asked for.")),
    ("not_function", lazy_gettext("A function is asked for, as in f(x) = 2x.")),
    ("not_number", lazy_gettext("A number is asked for, without letters.")),
    ("not_decimal", lazy_gettext("A decimal number is asked for.")),
    ("not_quantity", lazy_gettext("A number with its unit is asked for.")),
    ("not_factored", lazy_gettext("It is not factored, or not completely.")),
    ("fraction_inside", lazy_gettext("A fraction stands within the fraction.")),
    ("several_parts", lazy_gettext("It has to be one fraction.")),
    ("not_rational", lazy_gettext("A fraction of polynomials is asked for.")),
    ("not_partial_fractions", lazy_gettext("It is not split into partial fractions.")),
    ("not_completed", lazy_gettext("The square is not completed.")),
    ("not_rational_below", lazy_gettext("A root is left in the denominator.")),
    ("can_cancel", lazy_gettext("A fraction can still be reduced.")),
    ("variable_in_neither", lazy_gettext("The variable that the question names is not in it.")),
    ("variable_missing", lazy_gettext("The variable that the question names is not in it.")),
    ("variable_not_in_teacher", lazy_gettext("It has a variable that does not belong there.")),
    ("variables_missing", lazy_gettext("Not all variables of the system are in it.")),
    ("variables_extra", lazy_gettext("It has a variable that the system does not.")),
    ("not_polynomial", lazy_gettext("Equations between polynomials are asked for.")),
    ("constant_missing", lazy_gettext("The constant of integration is missing: + C.")),
    ("several_constants", lazy_gettext("There is more than one constant of integration.")),
    ("constant_weird", lazy_gettext("The constant of integration has to be added.")),
    ("constant_too_much", lazy_gettext("A derivative has no constant + C.")),
    ("integrated_instead", lazy_gettext("It was integrated; the derivative is asked for.")),
    ("differentiated_instead", lazy_gettext("It was differentiated; the integral is asked for.")),
    ("logarithm_of_absolute", lazy_gettext("Inside the logarithm, think of the absolute value: ln|x|.")),
    ("formal_only", lazy_gettext("It is right only in form: the logarithms hold for other numbers.")),
    ("list_wrong_length", lazy_gettext("The list has too few or too many parts.")),
    ("list_wrong_entries", lazy_gettext("Some parts of the list are wrong.")),
    ("wrong_length", lazy_gettext("There are too few or too many numbers.")),
    ("wrong_entries", lazy_gettext("Some of the parts are wrong.")),
    ("set_wrong_size", lazy_gettext("The set has too few or too many elements.")),
    ("set_wrong_entries", lazy_gettext("Some elements of the set are wrong.")),
    ("missing_entries", lazy_gettext("Elements of the set are missing.")),
    ("matrix_wrong_rows", lazy_gettext("The matrix has too few or too many rows.")),
    ("matrix_wrong_columns", lazy_gettext("The matrix has too few or too many columns.")),
    ("matrix_wrong_entries", lazy_gettext("Some entries of the matrix are wrong.")),
    (
        "realset",
        lazy_gettext("The set has other numbers than the right one. Look at the ends and the brackets."),
    ),
    ("logic", lazy_gettext("The statement holds for other numbers than the right one.")),
    ("names", lazy_gettext("The truth tables differ.")),
    ("equation_zero", lazy_gettext("One of the equations holds always; the other does not.")),
    ("equation_different", lazy_gettext("The equation has other solutions.")),
    ("inequality_strictness", lazy_gettext("Look at the sign: whether the end belongs to it.")),
    ("inequality_solved", lazy_gettext("The inequality has other solutions. Look at the sign and the ends.")),
    ("inequality_different", lazy_gettext("The inequality has other solutions.")),
    ("string", lazy_gettext("The texts differ.")),
    ("function_form", lazy_gettext("A function is asked for, as in f(x) = 2x.")),
    ("function_name", lazy_gettext("The function has another name than asked for.")),
    ("function_arguments", lazy_gettext("The function has other arguments than asked for.")),
    ("function_body", lazy_gettext("The function has other values.")),
    ("line", lazy_gettext("A line does not follow from the one above it.")),
    ("first_line", lazy_gettext("The first line is not what was given.")),
    ("denied", lazy_gettext("It has a word that is not allowed.")),
    ("wrong_digits", lazy_gettext("It is not given to as many significant figures as asked for.")),
    ("wrong_places", lazy_gettext("It is not given to as many decimal places as asked for.")),
    ("inaccurate", lazy_gettext("The number is not near enough.")),
    ("no_units", lazy_gettext("The unit is missing.")),
    ("only_units", lazy_gettext("The number before the unit is missing.")),
    ("units_incompatible", lazy_gettext("The unit measures something else.")),
    ("units_compatible_but_other", lazy_gettext("The unit fits, but another one is asked for.")),
)
_WORDS = dict(REASONS)


def reason_code(reason: str) -> str:
    """Return the code of a verdict's reason that has words, or nothing: numbers and names can stand behind it."""
    code = reason.partition(" ")[0]
    return code if code in _WORDS else ""


def is_at_fault(reason: str) -> bool:
    """Tell whether the question itself could not be used to compare with."""
    return reason.startswith(_OF_THE_QUESTION)


def reason_note(reason: str, own: Sequence[dict[str, str]], says: str) -> tuple[str, ...]:
    """Return the note of a reason: the author's own text for it (as a note that ``says`` begins), or its code."""
    code = reason_code(reason)
    told = next((row["says"] for row in own if row["reason"] == code), "")
    return (says + told,) if code and told else (WHY + reason,) if code else ()


def why_word(note: str) -> str:
    """Return the words of a note that holds a reason, with the lines or places that it names."""
    code, _, where = note.removeprefix(WHY).partition(" ")
    if code == "line" and where:
        return str(gettext("Line %(number)s does not follow from the one above it.", number=where))
    if code == "list_wrong_entries" and where:
        return str(gettext("These parts of the list are wrong: %(places)s.", places=where.replace(",", ", ")))
    return str(_WORDS.get(code, ""))
