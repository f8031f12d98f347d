"""Say minutes, gates, states and kinds of blocks in the reader's language."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from flask_babel import lazy_gettext, lazy_pgettext

from lms.core.registry import Registries
from lms.core.settings import Settings
from lms.core.web.dates import format_date, format_decimal
from lms.core.web.wording import gettext, ngettext, npgettext, pgettext
from lms.courses.contracts import COURSE_BLOCKS
from lms.courses.models import CourseVersion, Enrolment, Play
from lms.courses.place_reading import CohortView, PlacesView
from lms.courses.queries import MessageView, OutlineSection, OutlineStep
from lms.courses.rules.changes import Change, ChangeKind
from lms.courses.rules.metadata import CourseAccess
from lms.courses.settings import CoursesSettings
from lms.courses.term_reading import Term
from lms.courses.types import (
    Approval,
    Audience,
    CohortEnd,
    ConcernKind,
    CourseOfPerson,
    EnrolmentGround,
    EnrolmentState,
    Hazard,
    Licence,
    PlayStatus,
    ProgressView,
    StuckLearner,
)
from lms.curriculum.types import SUBJECT_WORDS

__all__ = [
    "access_lines",
    "approval",
    "change",
    "cohort",
    "dates",
    "hazards",
    "kind_icon",
    "kinds",
    "licences",
    "message",
    "minutes",
    "on_device",
    "on_play",
    "on_this_device",
    "places",
    "play_result",
    "progress_words",
    "size",
    "state_of",
    "step_detail",
    "stuck",
    "when",
]


def minutes(count: int) -> str:
    """Say a length: minutes up to an hour and a half, then hours."""
    if count < 90:
        return str(npgettext("course", "%(num)d minute", "%(num)d minutes", count))
    hours = round(count / 60)
    return str(ngettext("about %(num)d hour", "about %(num)d hours", hours))


def kinds(registries: Registries, names: tuple[str, ...]) -> str:
    """Say what is in a step: "Text, picture"."""
    blocks = registries.of(COURSE_BLOCKS)
    words = [plugin.label() for name in dict.fromkeys(names) if (plugin := blocks.find(name)) is not None]
    return ", ".join(word if i == 0 else word[:1].lower() + word[1:] for i, word in enumerate(words))


def kind_icon(registries: Registries, names: tuple[str, ...]) -> str:
    """Return the icon of what matters most in a step: what asks or moves, else its first block."""
    blocks = registries.of(COURSE_BLOCKS)
    known = [plugin for name in names if (plugin := blocks.find(name)) is not None]
    special = [plugin for plugin in known if plugin.name not in {"text", "picture", "formula"}]
    return (special or known)[0].icon() if known else "question"


def step_detail(registries: Registries, step: OutlineStep) -> str:
    """Say what a step is and how long it takes."""
    return f"{kinds(registries, step.types)} · {minutes(step.minutes)}"


def progress_words(progress: ProgressView, *, has_begun: bool = False) -> str:
    """Say how far somebody is; ``has_begun``: something was done, though no step is complete yet."""
    if progress.is_completed:
        return str(
            gettext(
                "Completed on %(day)s",
                day=when(progress.completed_at),
            )
        )
    if progress.done == 0 and not has_begun:
        return str(gettext("Not begun yet"))
    return str(
        ngettext(
            "%(done)d of %(num)d step done",
            "%(done)d of %(num)d steps done",
            progress.total,
            done=progress.done,
        )
    )


def state_of(item: CourseOfPerson) -> dict[str, str]:
    """Return the state of somebody's course as kind and word."""
    if item.state is EnrolmentState.COMPLETED:
        return {"kind": "ok", "text": pgettext("course", "Completed")}
    if item.state is EnrolmentState.PAUSED:
        return {"kind": "part", "text": pgettext("course", "Paused"), "icon": "pause"}
    if item.progress.done:
        return {"kind": "info", "text": pgettext("course", "In progress")}
    return {"kind": "", "text": pgettext("course", "Ahead")}


def section_state(section: OutlineSection, *, is_now: bool) -> str:
    """Say how a section stands, for its heading."""
    if section.progress.is_completed:
        return str(pgettext("course", "done"))
    if not section.is_open:
        return str(gettext("closed for now"))
    if section.done:
        return str(
            ngettext(
                "you are here, %(done)d of %(num)d step",
                "you are here, %(done)d of %(num)d steps",
                len(section.steps),
                done=section.done,
            )
        )
    return str(gettext("you are here") if is_now else gettext("open"))


def section_of_child(section: OutlineSection) -> str:
    """Say how a section stands to who follows a child."""
    if section.progress.is_completed:
        return str(pgettext("course", "done"))
    if not section.is_open:
        return str(gettext("closed for now"))
    return str(
        ngettext(
            "%(done)d of %(num)d step done",
            "%(done)d of %(num)d steps done",
            len(section.steps),
            done=section.done,
        )
    )


def why_not_left(enrolment: Enrolment, *, is_planned: bool, is_own: bool) -> str:
    """Say whom to ask where a course is not left by oneself, to the student or to the family; the empty text where it is."""
    own, theirs = "", ""
    if enrolment.state is EnrolmentState.COMPLETED:
        own = theirs = gettext("The course is completed: there is nothing to leave.")
    elif is_planned:
        own = pgettext(
            "student",
            "This course stands in your plan. If it does not suit you, propose a change of the plan or ask your teacher.",
        )
        theirs = gettext(
            "This course stands in the plan. If it does not suit, propose a change of the plan or ask the teacher."
        )
    elif enrolment.ground is EnrolmentGround.CLASS:
        own = pgettext(
            "student", "The whole class takes this course. If it does not suit you, talk with your teacher."
        )
        theirs = gettext("The whole class takes this course. If it does not suit, talk with the teacher.")
    elif enrolment.ground is not EnrolmentGround.SELF:
        own = pgettext(
            "student",
            "The school has put you into this course. If it does not suit you, talk with your teacher.",
        )
        theirs = gettext(
            "The school has put the student into this course. If it does not suit, talk with the teacher."
        )
    return str(own if is_own else theirs)


def size(count: int) -> str:
    """Say a number of bytes: kilobytes up to one megabyte, then megabytes, from a thousand of them on gigabytes."""
    if count < 1024 * 1024:
        return str(gettext("%(size)s KB", size=format_decimal(max(1, round(count / 1024)))))
    if count >= 1000 * 1024 * 1024:
        return str(gettext("%(size)s GB", size=format_decimal(count / 1024**3, "#,##0.#")))
    return str(gettext("%(size)s MB", size=format_decimal(count / 1024 / 1024, "#,##0.#")))


#: Values of the facets of the catalogue, in the words of whoever reads.
_FACETS = {
    ("length", "short"): lazy_gettext("up to an hour"),
    ("length", "middle"): lazy_gettext("up to five hours"),
    ("length", "long"): lazy_gettext("longer"),
    ("form", "own_pace"): lazy_gettext("at one’s own pace"),
    ("form", "dated"): lazy_gettext("together with a group, from a day on"),
    ("form", "live"): lazy_gettext("live lessons by timetable"),
    ("form", "on_site"): lazy_gettext("on site"),
    ("adapted", "without_sight"): lazy_gettext("those who do not see"),
    ("adapted", "without_hearing"): lazy_gettext("those who do not hear"),
    ("adapted", "without_speech"): lazy_gettext("those who do not speak"),
    ("adapted", "keyboard_only"): lazy_gettext("those who use only a keyboard"),
    ("adapted", "low_bandwidth"): lazy_gettext("a slow line"),
    ("counts", "in_plan"): lazy_gettext("stands in it"),
    ("counts", "teaches"): lazy_gettext("teaches what it asks for"),
    ("paper", "none"): lazy_pgettext("facet", "none"),
    ("paper", "of_taking_part"): lazy_gettext("of taking part"),
    ("paper", "of_result"): lazy_gettext("with a checked result"),
    ("paper", "of_state"): lazy_gettext("a document of the state form"),
    ("way", "open"): lazy_gettext("you can begin yourself"),
    ("way", "request"): lazy_gettext("you ask for a place"),
    ("way", "assigned"): lazy_gettext("your teacher enrols you"),
    ("way", "outside"): lazy_gettext("on the site of its organisation"),
    ("whose", "own"): lazy_gettext("of our school"),
    ("whose", "outside"): lazy_gettext("of other organisations"),
    ("language", "ru"): lazy_gettext("Russian"),
    ("language", "en"): lazy_gettext("English"),
}


def facet(name: str, value: str) -> str:
    """Say one value of a facet of the catalogue."""
    if name == "subject":
        return str(SUBJECT_WORDS.get(value, value))
    return str(_FACETS.get((name, value), value))


def message(found: MessageView) -> str:
    """Say what a teacher has written; a kind word is worded for its reason."""
    said = {
        None: found.text,
        ConcernKind.NOT_BEGUN: pgettext(
            "student", "The course waits for you. Shall we begin? The first step is a short one."
        ),
        ConcernKind.SILENT: pgettext(
            "student",
            "You have not been here for a while, and that is all right. One step is enough for today. If something is in the"
            " way, write to me.",
        ),
        ConcernKind.HARD_STEP: pgettext(
            "student",
            "This is a hard place, for many. Leave it for now or ask me: we will go through it together.",
        ),
        ConcernKind.WORK_RETURNED: pgettext(
            "student",
            "Your work came back with a note. It is not far from done: read the note and send it again.",
        ),
    }
    return str(said.get(found.reason, found.text))


def _plays() -> dict[PlayStatus, str]:
    """Say how far a package says that its learner is."""
    return {
        PlayStatus.BEGUN: pgettext("play", "begun"),
        PlayStatus.COMPLETED: pgettext("play", "gone through"),
        PlayStatus.PASSED: pgettext("play", "passed"),
        PlayStatus.FAILED: pgettext("play", "not passed yet"),
    }


def play_result(play: Play | None) -> str:
    """Say what a package has said of its learner; an empty text before it said anything."""
    if play is None:
        return ""
    said = _plays()[play.status]
    return said if play.score is None else f"{said}, {format_decimal(round(play.score * 100))} %"


def on_play() -> str:
    """Say what a package reports and whether it is kept, for the script around its frame: JSON."""
    return json.dumps(
        {
            "kept": pgettext("student", "Kept: {result}."),
            "lost": pgettext("student", "The result could not be kept. Look whether there is a network."),
            **{state.value: text for state, text in _plays().items()},
        }
    )


def upload_limits(settings: Settings) -> str:
    """Say how large a file may be: without a script, other files, films and recordings."""
    own = settings.of(CoursesSettings)
    return str(
        gettext(
            "Up to %(most)s, films and recordings up to %(film)s; a browser without scripts sends up to %(plain)s.",
            most=size(own.media_max_bytes),
            film=size(own.film_max_bytes),
            plain=size(settings.core.upload_max_bytes),
        )
    )


def on_upload() -> str:
    """Say how far a large file is, for the script around the file fields of a step: JSON."""
    return json.dumps(
        {
            "begins": gettext("The file goes up in parts."),
            "progress": gettext("{percent} % of the file are there."),
            "checking": gettext("All of it is there. It is being looked at."),
            "done": gettext("“{name}” is there. Now keep the step."),
            "waits": gettext("No network. It goes on by itself; what is there stays."),
            "stopped": gettext("Broken off. Choose the same file, and it goes on from there."),
            "wait": gettext("The file is still on its way. Keep the step when it is there, or break it off."),
            "failed": gettext("This file could not be taken in. Choose it once more."),
        }
    )


def on_paste() -> str:
    """Say what becomes of a pasted text, for the script around the text fields of an author: JSON."""
    return json.dumps(
        {
            "reading": gettext("The formatted text is being read."),
            "failed": gettext(
                "No network: the bare text was put in, without its form. Ctrl+Z takes it back."
            ),
        }
    )


def on_device() -> str:
    """Say what a device holds and what waits on it, for the scripts of a lesson: JSON."""
    return json.dumps(
        {
            "sending": gettext("Being delivered …"),
            "device": pgettext(
                "student",
                "Saved on this device. It is delivered by itself as soon as there is a network.",
            ),
            "answer": pgettext(
                "student",
                "Your answer is saved on this device. As soon as there is a network it is delivered and checked.",
            ),
            "server": gettext("Delivered at {time}."),
            "signedOut": pgettext("student", "Saved on this device. Sign in again, and it is delivered."),
            "refused": pgettext("student", "The school's server could not use this: {text}"),
            "fetching": gettext("Fetching: {done} of {all}"),
            "taken": pgettext("student", "On this device since {day}. You can learn without a network."),
            "partly": pgettext(
                "student", "Not everything could be fetched. Try again where the network is better."
            ),
            "full": gettext("There is not enough room on this device."),
            "here": pgettext("student", "done, saved on this device"),
            "needsNetwork": pgettext(
                "student",
                "This can only be sent where there is a network. What you wrote stays here until then.",
            ),
            "gone": gettext("Taken off this device."),
        },
        ensure_ascii=False,
    )


def on_this_device() -> str:
    """Say what a device holds, for the page on which all of it is named: JSON."""
    return json.dumps(
        {
            "taken": pgettext("student", "on this device since {day}"),
            "waits": pgettext("student", "Waits to be delivered: {number}. It goes by itself."),
            "nothing": pgettext("student", "Nothing: everything you did is delivered."),
            "reading": gettext("The pack is being checked: {done} of {all}"),
            "opened": pgettext("student", "The pack is on this device: “{title}”. You can learn now."),
            "damaged": pgettext(
                "student", "This is no pack of lessons, or it was damaged on the way. Copy it once more."
            ),
            "altered": pgettext(
                "student",
                "Something in this pack is not what the school has signed. It is not opened. Ask for a new one.",
            ),
            "otherKey": pgettext(
                "student",
                "This pack is signed with another key than your school’s: it is old, or from elsewhere. It is not opened.",
            ),
            "otherChild": pgettext(
                "student", "This pack was made for somebody else. Ask your teacher for one of your own."
            ),
            "tooLarge": gettext("This pack is too large for a browser. Open its page index.html instead."),
            "noCheck": gettext(
                "This browser cannot check who has signed a pack, so it does not open any. Unpack the file and open its page index.html."
            ),
            "full": gettext("There is not enough room on this device."),
        },
        ensure_ascii=False,
    )


def carried() -> dict[str, str]:
    """Say what the page on a flash drive says of the answers typed into it."""
    return {
        "kept": pgettext("student", "Kept in this browser. Save the file before you take the drive away."),
        "none": pgettext("student", "Nothing is answered or marked as read yet."),
        "saved": pgettext("student", "The file {name} is saved, with this many entries: {number}."),
        "cannot": pgettext(
            "student",
            "This browser cannot write the file. Write the answers on paper, or take another browser.",
        ),
    }


def change(registries: Registries, found: Change) -> str:
    """Say one change between two versions."""
    name = found.title or kinds(registries, (found.type,)) or found.block
    where = {"section": found.section, "step": name}
    said = {
        ChangeKind.SECTION_ADDED: gettext("Section “%(section)s” is new.", **where),
        ChangeKind.SECTION_REMOVED: gettext("Section “%(section)s” is gone.", **where),
        ChangeKind.SECTION_CHANGED: gettext("“%(section)s”: the words of the section are others.", **where),
        ChangeKind.SECTION_MOVED: gettext("Section “%(section)s” stands elsewhere.", **where),
        ChangeKind.GATE_CHANGED: gettext("“%(section)s”: something else opens it.", **where),
        ChangeKind.BLOCK_ADDED: gettext("“%(section)s”: the step “%(step)s” is new.", **where),
        ChangeKind.BLOCK_REMOVED: gettext("“%(section)s”: the step “%(step)s” is gone.", **where),
        ChangeKind.BLOCK_CHANGED: gettext("“%(section)s”: the step “%(step)s” is changed.", **where),
        ChangeKind.BLOCK_MOVED: gettext("“%(section)s”: the step “%(step)s” stands elsewhere.", **where),
    }
    return str(said[found.kind])


def stuck(registries: Registries, draft: CourseVersion, found: StuckLearner) -> dict[str, Any]:
    """Say who could not get past which step, what would stay closed, and where to mend it."""
    who = {
        Audience.WITHOUT_SIGHT: gettext("Whoever does not see"),
        Audience.WITHOUT_HEARING: gettext("Whoever does not hear"),
        Audience.WITHOUT_SPEECH: gettext("Whoever does not speak"),
        Audience.KEYBOARD_ONLY: gettext("Whoever uses only a keyboard"),
        Audience.NO_CAMERA: gettext("Whoever has no camera"),
        Audience.LOW_BANDWIDTH: gettext("Whoever has a slow line"),
    }
    titles = {section.key: section.title for section in draft.sections}
    block = next(
        b for s in draft.sections for b in s.blocks if (s.key, b.key) == (found.section, found.block)
    )
    words = [
        gettext(
            "%(who)s would be stuck here: name another step that gives the same.", who=who[found.audience]
        )
    ]
    if found.closed:
        closed = ", ".join(titles[key] for key in found.closed)
        words.append(gettext("Behind it stays closed: %(sections)s.", sections=closed))
    return {
        "block_id": block.id,
        "place": f"{titles[found.section]}: {block.title or kinds(registries, (block.type,))}",
        "text": " ".join(words),
    }


def review_words() -> dict[str, str]:
    """Return what is said to a point of a work."""
    return {
        "yes": gettext("yes, it is there"),
        "partly": gettext("partly"),
        "not_yet": gettext("not yet"),
    }


def when(day: date | None) -> str:
    """Say a date."""
    return str(format_date(day, "d MMMM")) if day else ""


def licences() -> dict[Licence, str]:
    """Return under what terms a block may be used, in words."""
    return {
        Licence.OWN: gettext("own work of the school"),
        Licence.CC0: "CC0",
        Licence.CC_BY: "CC BY 4.0",
        Licence.CC_BY_SA: "CC BY-SA 4.0",
        Licence.PERMITTED: gettext("somebody else’s, with permission"),
    }


def hazards() -> dict[Hazard, str]:
    """Return what could harm a learner, in words."""
    return {
        Hazard.FLASHING: gettext("flashes"),
        Hazard.MOTION: gettext("moves as if one moved oneself"),
        Hazard.SOUND: gettext("sudden or loud sounds"),
    }


def access_lines(access: CourseAccess) -> list[str]:
    """Say what a course does for those who do not see, hear or use a mouse, and what could harm."""
    told = {
        "alternativeText": gettext("Pictures are told in words."),
        "captions": gettext("Films have captions."),
        "transcript": gettext("What is said in films and recordings can be read."),
        "MathML": gettext("Formulas are read aloud."),
    }
    lines = [
        gettext("All of it can be taken by reading alone, also with a screen reader.")
        if access.is_textual
        else gettext(
            "Some steps have to be seen or heard; another step stands beside them where one is needed."
        ),
        *(text for feature, text in told.items() if feature in access.features),
        gettext("All of it works with a keyboard."),
    ]
    found = [text for hazard, text in hazards().items() if hazard.value in access.hazards]
    if found:
        lines.append(gettext("Take care, there are: %(hazards)s.", hazards=", ".join(found)))
    else:
        lines.append(gettext("Its authors know of no flashes, sudden sounds or simulated motion in it."))
    return [*lines, *map(approval, access.approvals)]


def approval(said: Approval) -> str:
    """Say where something stands in the federal list of approved resources."""
    day = format_date(said.on, "d MMMM y")
    return str(
        gettext(
            "From the federal list of approved electronic educational resources: %(reference)s, %(day)s.",
            reference=said.reference,
            day=day,
        )
    )


def dates(each: CohortView) -> str:
    """Say from when to when a cohort learns."""
    starts = str(format_date(each.starts_on, "d MMMM y"))
    if each.ends_on is None:
        return str(gettext("from %(day)s", day=starts))
    said = gettext("from %(day)s to %(end)s", day=starts, end=format_date(each.ends_on, "d MMMM y"))
    if each.afterwards is CohortEnd.READ_ONLY:
        return str(gettext("%(dates)s, after that one can only read", dates=said))
    return str(gettext("%(dates)s, after that one can go on alone", dates=said))


def over(term: Term) -> str:
    """Say that the last day has passed, and what can be done."""
    day = format_date(term.day, "d MMMM y")
    return str(
        pgettext(
            "student",
            "The last day of your group was %(day)s. You can read everything; your teacher can give you more time.",
            day=day,
        )
    )


def until(term: Term) -> str:
    """Say until when a learner may go on, and that it is longer than for the others."""
    day = format_date(term.day, "d MMMM y")
    if term.day > term.cohort_day:
        return str(pgettext("student", "You can go on until %(day)s: your time is longer.", day=day))
    return str(
        pgettext("student", "You can go on until %(day)s; after that you can read everything.", day=day)
    )


def places(found: PlacesView) -> str:
    """Say how many places are taken, free and waited for."""
    if found.seats is None:
        return str(ngettext("%(num)d takes part", "%(num)d take part", found.taken))
    said = [
        ngettext("%(free)d of %(num)d place is free", "%(free)d of %(num)d places are free", found.seats,
                 free=found.free),
    ]  # fmt: skip
    if found.offered:
        said.append(ngettext("%(num)d is held", "%(num)d are held", found.offered))
    if found.waiting:
        said.append(ngettext("%(num)d person waits", "%(num)d people wait", found.waiting))
    return ", ".join(str(part) for part in said)


def cohort(each: CohortView) -> str:
    """Say a cohort as somebody chooses it: its name, when it learns and how many places are free."""
    said = f"{each.title}: {dates(each)}"
    if each.places.seats is None:
        return said
    if each.places.free == 0:
        return str(gettext("%(cohort)s; all places are taken, there is a queue", cohort=said))
    return f"{said}; {places(each.places)}"
