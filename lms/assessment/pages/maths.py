"""Show how typed mathematics was read: as a formula, or what is wrong with it in words."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from flask import Blueprint, Flask, render_template, request
from flask_babel import get_locale, gettext, pgettext
from markupsafe import Markup

from lms.assessment.maths.latex import latex
from lms.assessment.maths.tree import MathsError, free_names
from lms.assessment.maths.unit_table import find_unit, meant_units
from lms.assessment.maths.written import latin
from lms.assessment.question_types.maths import read_answer
from lms.core.formulas import formula
from lms.core.runtime import Runtime
from lms.core.web.access import access

__all__ = ["Reading", "bp", "install_reading", "read_maths"]

bp = Blueprint("maths", __name__, url_prefix="/maths", template_folder="../templates")

_DECIMAL = re.compile(r"(?<=\d)\.(?=\d)")
#: The notations in which students type.
TYPED = ("school", "quantity")


@dataclass(frozen=True, slots=True)
class Reading:
    """How a text was read: a formula, or the problem in words; both empty for an empty text."""

    formula: Markup | str = ""
    problem: str = ""


def read_maths(typed: str, notation: str = "school", letters: Sequence[str] = ()) -> Reading:
    """Return the formula that the text was read as, or what is wrong with it."""
    text = str(typed).strip()
    if not text:
        return Reading()
    try:
        tree = read_answer(text, notation, letters)
    except MathsError as error:
        return Reading(problem=problem_word(error))
    others = sorted(free_names(tree) - set(map(latin, letters))) if letters and notation == "school" else []
    if others:
        return Reading(problem=gettext("the letter %(letter)s is not one of those to use.", letter=others[0]))
    if notation == "quantity" and (asked := _unit_asked_back(free_names(tree))):
        return Reading(problem=asked)
    return Reading(formula=formula(_in_readers_words(latex(tree)), words=text))


def _unit_asked_back(names: Collection[str]) -> str:
    """Return a question about a unit that nobody knows, where other letters make it one that is known; else nothing."""
    for name in sorted(names):
        meant = meant_units(name) if find_unit(name) is None else []
        if meant:
            units = pgettext("units", " or ").join(meant[:3])
            return str(
                gettext("the unit %(unit)s is not known. Do you mean %(units)s?", unit=name, units=units)
            )
    return ""


def _in_readers_words(source: str) -> str:
    """Return LaTeX as the reader's school writes it: and, or, not in words, numbers with the comma or point of the language."""
    for sign, word in (
        (r"\wedge ", pgettext("logic", "and")),
        (r"\vee ", pgettext("logic", "or")),
        (r"\neg ", pgettext("logic", "not")),
    ):
        source = source.replace(sign, rf"\text{{ {word} }}")
    return _DECIMAL.sub("{,}", source) if str(get_locale()) == "ru" else source


@bp.post("/reading")
@access("assessment.read_maths")
def reading() -> str:
    """Answer with how a text is read, while it is being typed; nothing is stored and nothing is marked."""
    notation = request.form.get("notation", "")
    letters = request.form.get("letters", "").split()
    found = read_maths(request.form.get("text", ""), notation if notation in TYPED else TYPED[0], letters)
    return render_template("assessment/questions/_reading.html", reading=found)


def problem_word(error: MathsError) -> str:
    """Return what is wrong with a text that could not be read."""
    words = {
        "too_long": gettext("it is too long."),
        "too_deep": gettext("too many brackets stand in each other."),
        "too_many_parts": gettext("it is too long."),
        "number_too_long": gettext("a number is too long."),
        "forbidden_char": gettext("it has a sign that mathematics does not use."),
        "missing_left_bracket": gettext("an opening bracket is missing."),
        "missing_right_bracket": gettext("a closing bracket is missing."),
        "empty_bracket": gettext("there is nothing in a bracket."),
        "final_char": gettext("something is missing at the end or after a sign."),
        "comma": gettext("several answers stand there; put them into brackets."),
        "commas": gettext(
            "a comma can be a decimal one here, or part two numbers. Write (1; 2) for two numbers and 1.2 for one."
        ),
        "not_a_set": gettext("after ∈ an interval or a set must stand, as in x ∈ (1; 2)."),
        "spaces": gettext("a sign is missing between two numbers."),
        "illegal_groups": gettext("a pair in brackets cannot be reckoned with."),
        "function_bracket": gettext("put what the function is taken of into brackets, as in sin(2x)."),
        "apostrophe": gettext("an apostrophe has no meaning here."),
    }
    return str(words.get(error.code, gettext("a sign stands where none can stand.")))


def install_reading(app: Flask, runtime: Runtime) -> None:
    """Give templates the filter ``maths_reading``."""
    app.jinja_env.filters["maths_reading"] = read_maths
