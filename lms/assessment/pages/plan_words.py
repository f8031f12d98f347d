"""Say in words what a plan of an examination means for whoever sits it: the same words for student and author."""

from __future__ import annotations

from typing import Any

from flask_babel import format_time, gettext, ngettext, pgettext

from lms.assessment.pages import words
from lms.assessment.queries.checks import CheckView
from lms.assessment.queries.views import PartView
from lms.assessment.rules.blueprint import GradeMethod, Part, Plan
from lms.assessment.rules.conduct import Feedback

__all__ = [
    "certainty_choices",
    "check_words",
    "feedback_words",
    "method_words",
    "part_words",
    "plan_rules",
]


def plan_rules(plan: Plan) -> list[dict[str, str]]:
    """Return everything out of the ordinary that holds in a sitting, each with an icon, a title and a sentence."""
    rows = [*_order_rules(plan), *_check_rules(plan), *_sitting_rules(plan)]
    return [{"icon": icon, "title": title, "text": text} for icon, title, text in rows]


def _order_rules(plan: Plan) -> list[tuple[str, str, str]]:
    rows = []
    if plan.adaptive is not None:
        rows.append(
            (
                "path",
                pgettext("student", "The questions follow your answers"),
                pgettext(
                    "student",
                    "Each next question is chosen by how you answered before. Hard ones are meant to be hard: about half right is as it should be. There are %(least)s to %(most)s questions.",
                    least=plan.adaptive.least,
                    most=plan.adaptive.most,
                ),
            )
        )
    if parts := plan.parts():
        listed = "; ".join(_part_words(part) for part in parts)
        rows.append(
            (
                "clock",
                pgettext("student", "Parts with a time of their own"),
                pgettext(
                    "student",
                    "%(parts)s. There is no way back to a part that you have left. With more time for the whole work you have more time for each part.",
                    parts=listed,
                ),
            )
        )
    return rows


def _part_words(part: Part) -> str:
    name = part.title or gettext("Part %(number)s", number=part.number)
    if part.minutes is None:
        return name
    return f"{name}: {words.minutes_words(part.minutes)}"


def _check_rules(plan: Plan) -> list[tuple[str, str, str]]:
    conduct, rows = plan.conduct, []
    if conduct.feedback is Feedback.IMMEDIATE:
        rows.append(
            (
                "check",
                pgettext("student", "An answer can be checked once"),
                pgettext(
                    "student",
                    "Press “Check” when you are sure: after that this answer cannot be changed.",
                ),
            )
        )
    if conduct.feedback is Feedback.TRIES:
        rows.append(("check", pgettext("student", "You can check and try again"), _tries_words(plan)))
    if conduct.asks_certainty:
        rows.append(
            (
                "question",
                pgettext("student", "Say how sure you are"),
                pgettext(
                    "student",
                    "Points for a right answer: not sure 1, fairly sure 2, certain 3. A wrong answer: not sure 0, fairly sure −2, certain −6. Three stand for all points of the question.",
                ),
            )
        )
    return rows


def _tries_words(plan: Plan) -> str:
    tries = ngettext("%(num)d try", "%(num)d tries", plan.conduct.tries)
    if not plan.conduct.penalty:
        return str(
            pgettext("student", "%(tries)s for each question, and a wrong one costs nothing.", tries=tries)
        )
    return str(
        pgettext(
            "student",
            "%(tries)s for each question. Each wrong one takes %(share)s %% of its points; after it a hint may appear.",
            tries=tries,
            share=words.plain_number(round(plan.conduct.penalty * 100, 1)),
        )
    )


def _sitting_rules(plan: Plan) -> list[tuple[str, str, str]]:
    rows = []
    if plan.is_practice:
        rows.append(
            (
                "home",
                pgettext("student", "This is practice"),
                pgettext("student", "No mark comes of it. Try, look at what was right, try again."),
            )
        )
    if plan.sittings == 0:
        text = pgettext("student", "You can sit this work as often as you like while it is open.")
        rows.append(("refresh", pgettext("student", "As often as you like"), text))
    elif plan.sittings > 1 and not plan.is_practice:
        text = ngettext(
            "The work can be sat %(num)d time.", "The work can be sat %(num)d times.", plan.sittings
        )
        rows.append(
            (
                "refresh",
                pgettext("student", "More than one sitting"),
                f"{text} {method_words(plan.grade_method)}",
            )
        )
    return rows


def method_words(method: GradeMethod) -> str:
    """Return which of several sittings counts."""
    return str(
        {
            GradeMethod.HIGHEST: gettext("The best one counts."),
            GradeMethod.LAST: gettext("The last one counts."),
            GradeMethod.FIRST: gettext("The first one counts."),
            GradeMethod.AVERAGE: gettext("The average of all counts."),
        }[method]
    )


def part_words(part: PartView) -> str:
    """Return which part is open and until when its answers count."""
    name = gettext("Part %(number)s of %(of)s", number=part.number, of=part.of)
    name = f"{name}. {part.title}" if part.title else name
    if part.ends_at is None:
        return name
    until = gettext("this part until %(time)s", time=format_time(part.ends_at, "HH:mm"))
    return f"{name} · {until}"


def check_words(found: CheckView | None, checks: int) -> dict[str, Any]:
    """Return what the check of an answer says, as far as it may be said, and what can be done next."""
    if found is None:
        left = ngettext("%(num)d check for this answer", "%(num)d checks for this answer", checks)
        return {"is_open": True, "left": left if checks > 1 else "", "verdict": None}
    tries = ngettext("%(num)d try is left", "%(num)d tries are left", found.tries_left)
    earned = ""
    if found.earned is not None:
        got, most = words.plain_number(found.earned), words.of_points_words(found.points)
        earned = gettext("%(got)s of %(most)s", got=got, most=most)
    return {
        "is_open": not found.is_closed,
        "left": "" if found.is_closed else tries,
        "verdict": words.answer_state(found.status) if found.status is not None else None,
        "earned": earned,
        "because": [text for note in found.notes if (text := words.note_word(note))],
        "hints": found.hints,
        "correct": found.correct,
        "explanation": found.explanation,
    }


def certainty_choices() -> list[tuple[str, str]]:
    """Return how sure a student can be, least first."""
    return [
        ("1", pgettext("certainty", "Not sure")),
        ("2", pgettext("certainty", "Fairly sure")),
        ("3", pgettext("certainty", "Certain")),
    ]


def feedback_words(feedback: Feedback) -> str:
    """Return when an answer is checked, for authors."""
    return str(
        {
            Feedback.DEFERRED: gettext("After the whole work"),
            Feedback.IMMEDIATE: gettext("At once, one check for each question"),
            Feedback.TRIES: gettext("At once, with further tries"),
        }[feedback]
    )
