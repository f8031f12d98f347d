"""Say in a sentence what is wrong with each field of an outside course in a catalogue's file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext

from lms.core.web.problems import error_texts

__all__ = ["FIELD_TEXTS", "OUTCOME_TEXTS", "fault_sentences"]

#: What each field of a course has to be: its refusal is the same sentence, whatever else stood there.
FIELD_TEXTS: dict[str, Any] = {
    "code": lazy_gettext("It needs a name in its catalogue: up to 80 characters."),
    "organisation": lazy_gettext("It has to say who teaches it: up to 200 characters."),
    "website": lazy_gettext("The site of the organisation has to begin with https://."),
    "title": lazy_gettext("It needs a title: up to 200 characters."),
    "hours": lazy_gettext("Its hours have to be a number above 0, up to 2000."),
    "subject": lazy_gettext("Its subject is none that is known here; leave it out, and it is “other”."),
    "grade": lazy_gettext("Its grade has to be a whole number from 1 to 11, or nothing."),
    "language": lazy_gettext("Its language has to be a code of two or three letters: ru, en."),
    "form": lazy_gettext("Its form has to be own_pace, dated, live or on_site, or nothing."),
    "paper": lazy_gettext(
        "What one has in the end has to be none, of_taking_part, of_result or of_state, or nothing."
    ),
    "adapted": lazy_gettext(
        "Whom it is fit for has to be a list of the names in the description of the format."
    ),
    "url": lazy_gettext("The page of the course has to begin with https://."),
    "summary": lazy_gettext("What it is about is longer than 1000 characters."),
    "approved": lazy_gettext("Its place in the federal list is longer than 200 characters."),
    "outcomes": lazy_gettext("Its outcomes have to be a list of up to 40."),
    "scale": lazy_gettext("Its results have to be points, percent, five or pass_fail."),
    "scale_max": lazy_gettext("The most points have to be a number from 1 to 10,000."),
    "is_proctored": lazy_gettext("Whether it ends under supervision has to be true or false."),
    "_schema": lazy_gettext("It is no course: a row of names and values is expected."),
}
OUTCOME_TEXTS: dict[str, Any] = {
    "title": lazy_gettext("needs a title: up to 400 characters"),
    "hours": lazy_gettext("needs hours: a number above 0, up to 2000"),
    "level": lazy_gettext("has a level that is not 1, 2 or 3"),
    "fragment": lazy_gettext("names a part that is longer than 400 characters"),
    "tested_by": lazy_gettext("says how it is tested in more than 200 characters"),
    "_schema": lazy_gettext("is no row of names and values"),
}


def fault_sentences(faults: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each field, those of outcomes by their number; what a rule refused is in the rule's words."""
    return [sentence for name in sorted(faults) for sentence in _of_field(name, faults[name])]


def _of_field(name: str, said: Any) -> Iterator[str]:
    if name == "outcomes" and isinstance(said, Mapping):
        for number, parts in sorted(said.items(), key=lambda pair: str(pair[0])):
            shown = int(number) + 1 if str(number).isdecimal() else str(number)
            for part in sorted(parts) if isinstance(parts, Mapping) else ["_schema"]:
                text = OUTCOME_TEXTS.get(str(part), OUTCOME_TEXTS["_schema"])
                yield gettext("Outcome %(number)s %(text)s.", number=shown, text=text)
        return
    texts = error_texts()
    codes = [each for each in said if isinstance(each, str)] if isinstance(said, list) else []
    worded = [str(texts[code]) for code in codes if code in texts]
    if worded:
        yield from worded
    elif name in FIELD_TEXTS:
        yield str(FIELD_TEXTS[name])
    else:
        yield gettext("The field “%(name)s” cannot be used as it is.", name=name)
