"""Say what each kind of step is good for, and put the kinds into groups that an author thinks in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import pgettext

from lms.courses.contracts import CourseBlock

__all__ = ["grouped_kinds"]

_GROUPS = (
    ("look", ("text", "picture", "video", "audio", "formula", "glossary", "textbook", "file", "link")),
    ("do", ("practice_quiz", "flashcards", "simulation", "model", "assignment", "graded_test")),
    ("together", ("discussion", "live_lesson")),
    ("brought", ("h5p", "scorm", "lti")),
)


def grouped_kinds(kinds: Iterable[CourseBlock]) -> list[dict[str, Any]]:
    """Return groups with a title and the kinds in them; a kind of somebody else's plug-in stands in the last one."""
    known = {kind.name: kind for kind in kinds}
    hints, titles = _hints(), _titles()
    groups = []
    for key, names in _GROUPS:
        here = [(known.pop(name), hints[name]) for name in names if name in known]
        if here:
            groups.append({"title": titles[key], "kinds": here})
    if known:
        more = sorted(known.values(), key=lambda kind: kind.label())
        groups.append({"title": pgettext("kinds of steps", "More"), "kinds": [(kind, "") for kind in more]})
    return groups


def _titles() -> dict[str, str]:
    return {
        "look": pgettext("kinds of steps", "To read, look at and listen to"),
        "do": pgettext("kinds of steps", "To do"),
        "together": pgettext("kinds of steps", "Together"),
        "brought": pgettext("kinds of steps", "From other systems"),
    }


def _hints() -> dict[str, str]:
    return {
        "text": pgettext("kind of step", "An explanation with headings, lists, tables and formulas."),
        "picture": pgettext("kind of step", "A drawing, photograph or chart with its words."),
        "video": pgettext("kind of step", "A film with captions and its text."),
        "audio": pgettext("kind of step", "A recording with its text."),
        "formula": pgettext("kind of step", "One formula by itself, also read aloud."),
        "glossary": pgettext("kind of step", "The words of the lesson and what they mean."),
        "textbook": pgettext("kind of step", "Pages of a textbook: which, and what to look for."),
        "file": pgettext("kind of step", "A document to take along, with its content in words."),
        "link": pgettext("kind of step", "A page elsewhere, and why to open it."),
        "practice_quiz": pgettext(
            "kind of step", "Questions that the machine checks at once; any number of tries."
        ),
        "flashcards": pgettext(
            "kind of step", "Cards that come back on the days when they are about to be forgotten."
        ),
        "simulation": pgettext("kind of step", "An experiment with sliders, a drawing and a table."),
        "model": pgettext("kind of step", "A body to turn round, with views told in words."),
        "assignment": pgettext(
            "kind of step", "A work in writing, photographs or sound that a teacher reads."
        ),
        "graded_test": pgettext("kind of step", "An exam of your school whose mark counts."),
        "discussion": pgettext("kind of step", "A question that students talk over in writing."),
        "live_lesson": pgettext(
            "kind of step", "A meeting by video, and the way for those who were not there."
        ),
        "h5p": pgettext("kind of step", "An interactive exercise made elsewhere (.h5p)."),
        "scorm": pgettext("kind of step", "A package of another system (.zip)."),
        "lti": pgettext("kind of step", "A task at a tool that your school has registered."),
    }
