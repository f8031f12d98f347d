"""Say in words why something of a course file was changed or refused, and what kind of thing it was."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import gettext, lazy_gettext

from lms.core.packages import Reason
from lms.core.registry import Registries
from lms.courses.contracts import COURSE_BLOCKS
from lms.courses.ports import QUESTION_READERS

__all__ = ["KIND_TEXTS", "REASON_TEXTS", "kind_words", "place_words", "reason_words"]

#: What a reason is about is cut there: an address without spaces would widen the page.
MAX_DETAIL = 50

REASON_TEXTS: dict[str, Any] = {
    "file.no_course": lazy_gettext(
        "This is no course: expected is a Common Cartridge (.imscc), a Moodle backup (.mbz) or a course of this product."
    ),
    "file.newer": lazy_gettext("The course was written by another version of this product."),
    "file.too_large": lazy_gettext("The file is too large."),
    "file.malformed": lazy_gettext("The file is damaged: it cannot be read as what it says to be."),
    "file.too_complex": lazy_gettext("The file is nested or repeated beyond what any course needs."),
    "file.entities": lazy_gettext("The file defines entities of its own; such files are not read."),
    "package.broken": lazy_gettext("The package cannot be opened."),
    "package.too_many_files": lazy_gettext("There are too many files in the package."),
    "package.too_large": lazy_gettext("What is in the package is too large."),
    "package.path": lazy_gettext("A file of the package would lie outside it."),
    "package.link": lazy_gettext("A file of the package is no file but a link."),
    "package.encrypted": lazy_gettext("The package is encrypted."),
    "package.bomb": lazy_gettext("A file of the package is far larger than the package."),
    "package.no_words": lazy_gettext(
        "Nothing says the same in words. Write it: without it the course cannot be published."
    ),
    "resource.none": lazy_gettext("The outline names it, and the package does not describe it."),
    "resource.no_file": lazy_gettext("Its file is not in the package."),
    "picture.not_there": lazy_gettext("A picture is not in the package; its words stand in its place."),
    "picture.kind": lazy_gettext("A picture is of a kind that courses do not show (PNG, JPEG, WebP, SVG)."),
    "picture.no_words": lazy_gettext(
        "A picture has no text for those who do not see it. Write one: without it the course cannot be published."
    ),
    "picture.in_words": lazy_gettext("A picture inside a task is told by its words only."),
    "link.unknown": lazy_gettext("Courses may not lead to this site; the words of the link stay."),
    "link.refused": lazy_gettext(
        "Courses may not lead to this site. Whoever runs the installation can add it to the known ones."
    ),
    "link.inside": lazy_gettext("A link to another page of the old course became plain words."),
    "link.bad": lazy_gettext("It has no whole address (https://…)."),
    "media.left_out": lazy_gettext("A frame, film or recording inside the page was left out."),
    "text.cut": lazy_gettext("The page is too long; its end was left out."),
    "text.none": lazy_gettext("There is nothing on it that could be read."),
    "file.kind": lazy_gettext("Courses do not carry files of this kind."),
    "file.no_words": lazy_gettext(
        "Nothing says what one finds in it: its name stands there. Say it in a sentence."
    ),
    "settings.other": lazy_gettext("Settings of the other system mean nothing here."),
    "discussion.as_work": lazy_gettext("The discussion became work to hand in."),
    "quiz.practice": lazy_gettext("The quiz became practice: answers are marked at once and shown."),
    "quiz.drawn": lazy_gettext("Questions were drawn from a category; now all of it are asked."),
    "quiz.nothing": lazy_gettext("None of its questions could be taken over."),
    "quiz.refused": lazy_gettext("Its quiz could not be taken over."),
    "quiz.cut": lazy_gettext("The quiz is too long; the questions after the first ones were left out."),
    "question.task": lazy_gettext("It became work to hand in: a person has to look at the answer."),
    "question.not_there": lazy_gettext("The question is not in the backup."),
    "availability.lost": lazy_gettext(
        "It was open to some or at some times only; here it is open as its section is."
    ),
    "availability.activity": lazy_gettext(
        "What opened it cannot be said here and was left out; it is open as its section is."
    ),
    "availability.own_section": lazy_gettext(
        "It had a condition of its own: it stands at the beginning of a section that opens under this condition."
    ),
    "availability.section": lazy_gettext(
        "Its section waited for one activity of another section; here it waits for all of that section."
    ),
    "availability.partly": lazy_gettext(
        "A condition that opened its section cannot be said here and was left out."
    ),
    "activity.unknown": lazy_gettext("There is nothing like it here."),
    "forum.news": lazy_gettext("News of the course have no place in its content."),
    "glossary.as_text": lazy_gettext("The glossary became a text of words and meanings."),
    "section.empty": lazy_gettext("Nothing is in it, so it was left out."),
    "gate.left_out": lazy_gettext(
        "What opens it is larger than anybody can follow, or not understood, and was left out. Say it again."
    ),
    "block.shape": lazy_gettext("It is described otherwise than steps are."),
    "outcomes.unknown": lazy_gettext("Outcomes that this school does not know were left out."),
}

#: What the files call their items, in the words of the reader.
KIND_TEXTS: dict[str, Any] = {
    **dict.fromkeys(("page", "label", "summary", "book"), lazy_gettext("page")),
    **dict.fromkeys(("file", "resource", "folder"), lazy_gettext("file")),
    **dict.fromkeys(("link", "url"), lazy_gettext("link")),
    **dict.fromkeys(("discussion", "forum"), lazy_gettext("discussion")),
    **dict.fromkeys(("assignment", "assign"), lazy_gettext("assignment")),
    **dict.fromkeys(("tool", "lti"), lazy_gettext("tool of another site")),
    "quiz": lazy_gettext("quiz"),
    "h5pactivity": lazy_gettext("H5P package"),
    "heading": lazy_gettext("heading"),
    "section": lazy_gettext("section"),
    "settings": lazy_gettext("settings"),
    "glossary": lazy_gettext("glossary"),
}


def reason_words(reason: Reason, registries: Registries, error_texts: Any) -> str:
    """Return a reason in a sentence, with what it is about; ``error_texts`` words what blocks refuse."""
    for reader in registries.of(QUESTION_READERS):
        if reason.code not in REASON_TEXTS and (said := reader.words(reason)):
            return said
    text = str(REASON_TEXTS.get(reason.code) or error_texts.get(reason.code) or reason.code)
    if "%(name)s" in text:
        return text % {"name": reason.detail}
    detail = reason.detail if len(reason.detail) <= MAX_DETAIL else f"{reason.detail[:MAX_DETAIL]}…"
    return f"{text} ({detail})" if detail else text


def kind_words(kind: str, registries: Registries) -> str:
    """Return what a file calls a kind of item in the reader's words; a word that is not known stays as it is."""
    if kind in KIND_TEXTS:
        return str(KIND_TEXTS[kind])
    plugin = registries.of(COURSE_BLOCKS).find(kind)
    if plugin is not None:
        return plugin.label()
    return next((reader.kind_words(kind) for reader in registries.of(QUESTION_READERS)), kind)


def place_words(place: str) -> str:
    """Return a place in a file in the reader's words."""
    return re.sub(r"\bline (\d+)", lambda found: str(gettext("line %(number)s", number=found[1])), place)
