"""Say times, states and marks in words, for pages and for the script of the sitting."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from flask_babel import get_locale, get_timezone, gettext, ngettext, npgettext, pgettext

from lms.assessment.queries.views import AttemptView, ExamView, QuestionView, ResultView
from lms.assessment.question_types.code import CHECKED, UNAVAILABLE, reason_words
from lms.assessment.question_types.feedback import SAYS
from lms.assessment.question_types.maths_reasons import WHY, why_word
from lms.assessment.rules.conduct import certainty_shown
from lms.assessment.rules.search import level_of
from lms.assessment.types import (
    AttemptState,
    Difficulty,
    ItemState,
    MarkScale,
    MarkStatus,
    SessionKind,
    VenueMode,
)
from lms.core.web.dates import clock_time, format_datetime, format_decimal, format_time
from lms.people.types import AdmissionGround

__all__ = [
    "answer_state",
    "attempt_state",
    "cards",
    "exam_state",
    "ground_word",
    "kind_word",
    "left_words",
    "mark_word",
    "minutes_words",
    "moment",
    "note_word",
    "of_points_words",
    "own_time_words",
    "plain_number",
    "points_words",
    "saved_words",
    "scale_word",
    "score_words",
    "script_words",
    "server_now",
    "short_mark",
    "short_number",
    "strip_cells",
    "until_words",
    "up_to_words",
    "venue_mode_word",
    "venue_words",
]

HOUR_MINUTES = 60
#: The forms that `Intl.PluralRules` of the two languages can ask for, each with a number that has it.
PLURALS = {"one": 1, "few": 2, "many": 5, "other": 5}


def minutes_words(minutes: int) -> str:
    """Return a length in words: ``45 minutes``, ``105 minutes``."""
    return str(npgettext("exam", "%(num)d minute", "%(num)d minutes", minutes))


def up_to_words(minutes: int) -> str:
    """Return a length as it follows «up to»: ``up to 10 minutes``."""
    return str(npgettext("exam", "up to %(num)d minute", "up to %(num)d minutes", minutes))


def own_time_words(exam: ExamView) -> str:
    """Return the student's own time, with the common one where it differs: ``105 minutes (usually 60)``."""
    if exam.minutes is None:
        return str(gettext("no time limit"))
    own = minutes_words(exam.minutes)
    if exam.extra_minutes > 0 and exam.base_minutes is not None:
        return str(gettext("%(own)s (usually %(common)s)", own=own, common=exam.base_minutes))
    return own


def left_words(seconds: int) -> str:
    """Return the time left in words, minutes rounded up as the script does."""
    minutes = -(-seconds // 60)
    if minutes <= 0:
        return str(gettext("The time is over"))
    if minutes < HOUR_MINUTES:
        return str(ngettext("%(num)d minute left", "%(num)d minutes left", minutes))
    hours, rest = divmod(minutes, HOUR_MINUTES)
    parts = [ngettext("%(num)d hour", "%(num)d hours", hours)]
    if rest:
        parts.append(minutes_words(rest))
    return str(gettext("%(time)s left", time=" ".join(parts)))


def until_words(attempt: AttemptView) -> str:
    """Return when the work ends (with the day, if it is another one), and that the student's own minutes are in it."""
    days = {at.astimezone(get_timezone()).date() for at in (attempt.deadline_at, attempt.server_now)}
    if len(days) > 1:
        end = gettext("ends on %(moment)s", moment=format_datetime(attempt.deadline_at, "d MMMM, HH:mm"))
    else:
        end = gettext("ends at %(time)s", time=clock_time(attempt.deadline_at))
    extra = (attempt.minutes or 0) - (attempt.base_minutes or 0)
    if extra <= 0:
        return str(end)
    own = pgettext("student", "your %(minutes)s are counted", minutes=minutes_words(extra))
    return f"{end}, {own}"


def kind_word(kind: SessionKind) -> str:
    """Return what a session is for."""
    return str(
        {
            SessionKind.CURRENT: gettext("Current check"),
            SessionKind.INTERIM: gettext("Interim attestation"),
            SessionKind.FINAL: gettext("Final attestation"),
            SessionKind.DIAGNOSTIC: gettext("Diagnostic work"),
            SessionKind.MANDATORY: gettext("Mandatory work"),
        }[kind]
    )


def venue_mode_word(mode: VenueMode) -> str:
    """Return where a session is sat."""
    return str(
        {
            VenueMode.ONLINE: gettext("online"),
            VenueMode.SCHOOL: gettext("at school"),
            VenueMode.PARTNER: gettext("at a partner school"),
        }[mode]
    )


def venue_words(modes: Iterable[VenueMode], venue: str) -> str:
    """Return where a session is sat and at what address, as a line of a list."""
    said = pgettext("between ways to sit an exam", " or ").join(venue_mode_word(mode) for mode in modes)
    return f"{said}: {venue}" if venue else said


def ground_word(ground: AdmissionGround) -> str:
    """Return on what ground somebody sits. Being taught at home often has to do with health: it is told as being in a class."""
    return str(
        {
            AdmissionGround.CLASS: gettext("with a class"),
            AdmissionGround.HOME: gettext("with a class"),
            AdmissionGround.REMOTE: pgettext("sits", "remotely"),
            AdmissionGround.EXTERN: gettext("as an extern"),
            AdmissionGround.PARTNER: gettext("through a partner school"),
        }[ground]
    )


def exam_state(exam: ExamView) -> dict[str, str]:
    """Return the state of a place on a roster: kind of plate, word, icon."""
    kinds = {
        "planned": ("", gettext("Planned"), "calendar"),
        "open": ("info", gettext("Open now"), "play"),
        "in_progress": ("info", pgettext("exam", "In progress"), "clock"),
        "paused": ("part", pgettext("exam", "Paused"), "pause"),
        "checking": ("info", gettext("Being checked"), "clock"),
        "done": ("ok", pgettext("practice", "Practised"), "ok"),
        "released": ("ok", gettext("Result is ready"), "ok"),
        "suspended": ("part", pgettext("result", "Suspended"), "pause"),
        "annulled": ("gap", gettext("Annulled"), "gap"),
        "missed": ("part", gettext("Did not take place"), "calendar"),
        "cancelled": ("", pgettext("exam", "Cancelled"), "cross"),
    }
    kind, text, icon = kinds.get(exam.state, ("", exam.state, "calendar"))
    return {"kind": kind, "text": text, "icon": icon}


def attempt_state(state: str) -> dict[str, str]:
    """Return the state of a roster row or an attempt for staff."""
    kinds = {
        "none": ("", gettext("Not started"), "calendar"),
        "planned": ("", gettext("Not started"), "calendar"),
        "open": ("", gettext("Not started"), "calendar"),
        "missed": ("part", gettext("Did not come"), "calendar"),
        "cancelled": ("", pgettext("exam", "Cancelled"), "cross"),
        "withdrawn": ("", pgettext("exam", "Withdrawn"), "cross"),
        AttemptState.CREATED: ("", gettext("Not started"), "calendar"),
        AttemptState.IN_PROGRESS: ("info", gettext("Writes now"), "clock"),
        AttemptState.PAUSED: ("part", pgettext("exam", "Paused"), "pause"),
        AttemptState.SUBMITTED: ("info", gettext("Handed in"), "saved"),
        AttemptState.EXPIRED: ("info", gettext("Time ran out, answers kept"), "clock"),
        AttemptState.GRADING: ("part", gettext("Waits for a mark"), "edit"),
        "checking": ("info", gettext("Being checked"), "clock"),
        AttemptState.GRADED: ("info", gettext("Ready to release"), "check"),
        AttemptState.RELEASED: ("ok", gettext("Released"), "ok"),
        "suspended": ("part", pgettext("result", "Suspended"), "pause"),
        AttemptState.ANNULLED: ("gap", gettext("Annulled"), "gap"),
    }
    kind, text, icon = kinds.get(state, ("", str(state), "calendar"))
    return {"kind": kind, "text": text, "icon": icon}


def answer_state(status: MarkStatus | None) -> dict[str, str]:
    """Return how one answer was marked, as the row of an outcome list wants it."""
    if status is None:
        return {"kind": "", "text": gettext("Not shown yet")}
    kinds = {
        MarkStatus.RIGHT: ("ok", gettext("Right")),
        MarkStatus.PARTIAL: ("part", gettext("Partly right")),
        MarkStatus.WRONG: ("gap", gettext("Not right yet")),
        MarkStatus.INVALID: ("", gettext("Could not be read, a teacher looks at it")),
        MarkStatus.NEEDS_MARKING: ("", gettext("A teacher reads it")),
        MarkStatus.ERROR: ("", gettext("A teacher looks at it")),
    }
    kind, text = kinds[status]
    return {"kind": kind, "text": text}


def mark_words(status: MarkStatus, fraction: Decimal | None) -> str:
    """Return how an answer is marked, for authors: with the share of the points where it is a part of them."""
    text = answer_state(status)["text"]
    if status is not MarkStatus.PARTIAL or fraction is None:
        return text
    return str(gettext("%(status)s, %(share)s %%", status=text, share=plain_number(fraction * 100)))


def item_state(state: ItemState) -> dict[str, str]:
    """Return where an item's version stands, as a badge."""
    kind, text = {
        ItemState.DRAFT: ("part", gettext("Draft")),
        ItemState.IN_REVIEW: ("info", gettext("In review")),
        ItemState.READY: ("ok", pgettext("item", "Ready for exams")),
        ItemState.RETIRED: ("", gettext("Taken out of use")),
    }[state]
    return {"kind": kind, "text": text}


def difficulty_word(level: Difficulty) -> str:
    """Return a level of difficulty."""
    words = {
        Difficulty.EASY: gettext("easy"),
        Difficulty.MEDIUM: gettext("medium"),
        Difficulty.HARD: gettext("hard"),
    }
    return str(words[level])


def difficulty_of(difficulty: Decimal | None) -> str:
    """Return a difficulty with the number behind it, or a dash."""
    level = level_of(difficulty)
    if level is None or difficulty is None:
        return "—"
    share = plain_number(difficulty * 100)
    return str(gettext("%(level)s, solved by %(share)s %%", level=difficulty_word(level), share=share))


def _certainty_word(sure: int) -> str:
    return str(
        {
            0: "",
            1: gettext("Certainty: not sure."),
            2: gettext("Certainty: fairly sure."),
            3: gettext("Certainty: certain."),
        }[sure]
    )


def note_word(note: str) -> str:
    """Return what a marker's note says to people; a note that only machines need is empty."""
    if note.startswith(SAYS):
        return note.removeprefix(SAYS)
    if note.startswith(WHY):
        return why_word(note)
    if note.startswith("maths_"):
        return _maths_word(note)
    if (sure := certainty_shown([note])) is not None:
        return _certainty_word(sure)
    if note.startswith(CHECKED):
        return _check_word(note)
    if note.startswith(UNAVAILABLE):
        reason = reason_words(note.removeprefix(UNAVAILABLE))
        return str(
            gettext("The program could not be run here; a teacher looks at it. %(reason)s", reason=reason)
        )
    return str(
        {
            "no_answer": gettext("There was no answer."),
            "unit_missing": gettext("The number is right, the unit is missing."),
            "unit_wrong": gettext("The number is right, the unit is another one."),
            "temperature_converted": gettext("The temperature was converted from another scale."),
            "unit_unknown": gettext(
                "The number is right, the unit could not be read; that costs nothing until a teacher has looked."
            ),
            "number_unreadable": gettext(
                "The number could not be read; that costs nothing until a teacher has looked."
            ),
            "being_marked": gettext("The program is being run; the mark comes by itself."),
            "program_stalled": gettext(
                "The program waited, or the server was busy, until the time was over; a teacher looks at it."
            ),
            "typing_error": gettext("There is a typing error in the answer."),
            "precision_differs": gettext("The number is right, it is rounded otherwise than asked."),
            "not_lowest_terms": gettext("The number is right, the fraction can be reduced."),
            "fraction_refused": gettext(
                "The answer is to be a decimal, not a fraction; that costs nothing until a teacher has looked."
            ),
            "notation_differs": gettext(
                "The number is written otherwise than asked; that costs nothing until a teacher has looked."
            ),
            "word_twice": gettext("A word was used twice; that costs nothing until a teacher has looked."),
            "file_unknown": gettext("The files of the answer could not be found; a teacher looks at it."),
            "took_too_long": gettext("Marking the answer took too long; a teacher looks at it."),
            "too_many_chosen": gettext("More was chosen than the question allows."),
            "type_missing": gettext(
                "The part that marks such questions is not installed; a teacher looks at it."
            ),
        }.get(note, "")
    )


def _maths_word(note: str) -> str:
    """Return why a mathematical answer could not be marked, or was marked in part."""
    return str(
        {
            "maths_unreadable": gettext(
                "The answer could not be read as mathematics; that costs nothing until a teacher has looked."
            ),
            "maths_other_letters": gettext(
                "The answer has letters that the question does not; that costs nothing until a teacher has looked."
            ),
            "maths_without_value": gettext(
                "The answer has no value, as when something is divided by zero; a teacher looks at it."
            ),
            "maths_unit_unknown": gettext(
                "The unit could not be read; that costs nothing until a teacher has looked."
            ),
            "maths_question_at_fault": gettext(
                "The question itself could not be compared with; that costs nothing, a teacher looks at it."
            ),
            "maths_partly": gettext("Some of the parts are right; wrong ones were taken off."),
            "maths_took_too_long": gettext("Comparing the answer took too long; a teacher looks at it."),
        }.get(note, "")
    )


def _check_word(note: str) -> str:
    """Return what became of one check of a program: ``check:2:sample:differs:what was printed``."""
    _check, number, kind, verdict, told = note.split(":", 4)
    said = {
        "passed": gettext("passed."),
        "differs": gettext("the program prints something else."),
        "failed": gettext("the program stopped with an error."),
        "too_long": gettext("the program used up its time."),
        "too_much": gettext("the program printed too much."),
        "not_run": gettext("not run, because the program had used up its time twice."),
    }[verdict]
    name = gettext("Check %(number)s", number=number)
    if kind == "hidden":
        name = gettext("Check %(number)s (not shown)", number=number)
    if told and verdict == "differs":
        said = gettext("the program prints something else: %(text)s", text=" ⏎ ".join(told.split("\n")))
    elif told and verdict == "failed":
        said = gettext("the program stopped with an error: %(text)s", text=told)
    return f"{name}: {said}"


def plain_number(value: Decimal) -> str:
    """Return a number without trailing zeros, written as the reader's language writes it; a minus is one."""
    text = str(format_decimal(value.normalize() if value else Decimal(0), style="#,##0.##"))
    return text.replace("-", "−")


def points_words(points: Decimal) -> str:
    """Return points with their word: ``1 point``, ``2.5 points``."""
    if points == points.to_integral_value():
        return str(ngettext("%(num)d point", "%(num)d points", int(points)))
    return str(gettext("%(count)s points", count=plain_number(points)))


def of_points_words(points: Decimal) -> str:
    """Return points as they stand after "of": Russian takes another form there."""
    if points == points.to_integral_value():
        return str(npgettext("of", "%(num)d point", "%(num)d points", int(points)))
    return str(gettext("%(count)s points", count=plain_number(points)))


def score_words(result: ResultView) -> str:
    """Return a score in words: points out of points, and about which part of the work that is."""
    shares = (
        (Decimal("0.999"), gettext("the whole work is right")),
        (Decimal("0.85"), gettext("almost everything is right")),
        (Decimal("0.7"), gettext("most of it is right")),
        (Decimal("0.5"), gettext("half of it or more is right")),
        (Decimal("0.3"), gettext("about a third is right")),
    )
    share = next(
        (words for least, words in shares if result.score >= least),
        gettext("only a little worked out so far"),
    )
    got, most = plain_number(result.points), plain_number(result.max_points)
    return str(gettext("%(got)s points of %(most)s: %(share)s", got=got, most=most, share=share))


def mark_word(mark: str) -> str:
    """Return a mark in words; what a policy of the school calls differently stays as it is."""
    return str(
        {
            "5": gettext("5, excellent"),
            "4": gettext("4, good"),
            "3": gettext("3, satisfactory"),
            "2": gettext("2, not yet"),
            "pass": gettext("Passed"),
            "fail": pgettext("exam", "Not passed yet"),
            "n/a": gettext("Not assessed"),
            "exempt": gettext("Exempt"),
        }.get(mark, mark)
    )


def short_number(attempt_id: UUID) -> str:
    """Return the eight signs by which an attempt is named on the telephone: the student reads them out, the school finds them."""
    text = attempt_id.hex[-8:].upper()
    return f"{text[:4]} {text[4:]}"


def short_mark(mark: str) -> str:
    """Return a mark in a few signs, for tables."""
    return str(
        {
            "pass": pgettext("short mark", "pass"),
            "fail": pgettext("short mark", "fail"),
            "n/a": pgettext("short mark", "n/a"),
            "exempt": pgettext("short mark", "exempt"),
        }.get(mark, mark)
    )


def scale_word(scale: MarkScale) -> str:
    """Return what a usual scale is called."""
    return str(
        {
            MarkScale.FIVE: gettext("Marks from 2 to 5"),
            MarkScale.PASS_FAIL: gettext("Passed or not passed"),
            MarkScale.CUSTOM: gettext("A scale of one's own"),
        }[scale]
    )


def cards(rows: Iterable[Sequence[Any]]) -> list[dict[str, Any]]:
    """Return the rows of a plain table as rows of a queue, which become cards on a phone."""
    return [{"title": row[0], "cells": list(row[1:])} for row in rows]


def moment(at: datetime) -> str:
    """Return a moment as tables show it."""
    return str(format_datetime(at, "d MMM y, HH:mm"))


def strip_cells(attempt: AttemptView, current: int, address: Any) -> list[dict[str, Any]]:
    """Return the strip of questions: number, address, state; ``address(slot)`` makes the link."""
    return [
        {
            "number": question.slot,
            "href": address(question.slot),
            "is": _cell_state(question),
            "asks": not question.asks_nothing,
            "current": question.slot == current,
            "answered": question.is_answered,
            "parts": question.parts
            if question.is_answered and question.parts[0] < question.parts[1]
            else None,
            "flagged": question.is_flagged,
        }
        for question in attempt.questions
    ]


def _cell_state(question: QuestionView) -> str:
    """Return how a question stands in the strip."""
    if question.is_flagged or question.is_answered:
        return "flagged" if question.is_flagged else "answered"
    return "read" if question.asks_nothing else "open"


def saved_words(question: QuestionView) -> tuple[str, str]:
    """Return what is known of the saving of an answer when the page is made: kind and words."""
    if question.saved_at is None:
        return "", pgettext("student", "No answer yet")
    if question.is_late:
        return "server", pgettext(
            "student", "Received outside the working time, at %(time)s; a teacher decides whether it counts"
        ) % {"time": format_time(question.saved_at, "HH:mm")}
    return "server", gettext("Saved on the server at %(time)s", time=format_time(question.saved_at, "HH:mm"))


def _forms(word: Callable[[int], Any]) -> dict[str, str]:
    """Return a text in all its plural forms, with ``{n}`` where the number goes."""
    return {form: str(word(number)) for form, number in PLURALS.items()}


def script_words() -> str:
    """Return the texts of the exam's script as JSON, in the reader's language."""
    return _script_words(str(get_locale()), str(get_timezone()))


@lru_cache(maxsize=16)
def _script_words(_language: str, timezone: str) -> str:
    """Put the texts together once for each language: every page of a sitting carries all sixty of them."""
    words: dict[str, Any] = {
        "timezone": timezone,
        "left": _forms(lambda n: ngettext("{n} minute left", "{n} minutes left", n)),
        "hours": _forms(lambda n: ngettext("{n} hour", "{n} hours", n)),
        "minutes": _forms(lambda n: ngettext("{n} minute", "{n} minutes", n)),
        "leftLong": gettext("{time} left"),
        "spoken": gettext("{left}. The work ends at {time}."),
        "until": gettext("ends at {time}"),
        "longer": pgettext("student", "You have been given more time. The work ends at {time}."),
        "over": pgettext("student", "The time is over. Everything you wrote is kept and is being handed in."),
        "overFiles": pgettext(
            "student",
            "The time is over. Your file is still on its way: leave the page open. If it comes too late, "
            "a teacher decides whether it counts.",
        ),
        "showTime": gettext("Show the time"),
        "hideTime": gettext("Hide the time"),
        "typing": gettext("Saving…"),
        "device": gettext("Saved on this device"),
        "server": gettext("Saved on the server at {time}"),
        "late": pgettext(
            "student", "Received outside the working time, at {time}; a teacher decides whether it counts"
        ),
        "offline": pgettext("student", "No connection, your answers are safe. Keep writing"),
        "notDurable": pgettext(
            "student", "Kept on this page only: leave it open until it is saved on the server"
        ),
        "signedOut": pgettext(
            "student", "You were signed out, your answers are safe. Sign in again and they will be sent"
        ),
        "ended": gettext("The work is closed"),
        "answered": gettext("{done} of {of} answered"),
        "is_answered": gettext("answered"),
        "is_flagged": gettext("come back later"),
        "is_open": gettext("no answer yet"),
        "is_read": pgettext("question", "to read"),
        "is_now": gettext("open now"),
        "flag": pgettext("student", "Come back to this question later"),
        "unflag": pgettext("student", "No need to come back any more"),
        "answeredHere": gettext("Answered, saved on this device"),
        "openHere": gettext("No answer, kept so on this device"),
        "moved": gettext("“{what}” is now {at} of {of}"),
        "words": _forms(lambda n: ngettext("{n} word", "{n} words", n)),
        "wordsLeft": _forms(lambda n: ngettext("{n} more would be good", "{n} more would be good", n)),
        "notKept": pgettext(
            "student",
            "This question is not on the device yet. Your answers are safe; it opens when the connection is back.",
        ),
        "sending": pgettext("student", "Sending your last answers…"),
        "waitingToSend": pgettext(
            "student",
            "No connection. All answers are on this device. Leave the page open: the work goes off by itself.",
        ),
    }
    return json.dumps(words, ensure_ascii=False)


def server_now(moment: datetime) -> str:
    """Return a moment as the script reads it (ISO 8601, UTC)."""
    return moment.astimezone(UTC).isoformat()
