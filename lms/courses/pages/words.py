"""Say minutes, gates, states and kinds of blocks in the reader's language."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext, ngettext, npgettext, pgettext

from lms.core.registry import Registries
from lms.core.web.dates import format_date, format_decimal
from lms.courses.contracts import COURSE_BLOCKS
from lms.courses.models import CourseVersion
from lms.courses.queries import OutlineSection, OutlineStep, OutlineView
from lms.courses.rules.changes import Change, ChangeKind
from lms.courses.types import (
    Audience,
    CourseOfPerson,
    EnrolmentState,
    GateCondition,
    GateKind,
    ProgressView,
    StuckLearner,
)

__all__ = [
    "change",
    "gate_reason",
    "kind_icon",
    "kinds",
    "minutes",
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


def gate_reason(view: OutlineView, waits_for: tuple[GateCondition, ...]) -> str:
    """Say what opens a section."""
    reasons = [_condition(view, condition) for condition in waits_for]
    return " ".join(reasons)


def _condition(view: OutlineView, condition: GateCondition) -> str:
    title = view.title_of(condition.section)
    if condition.kind is GateKind.SCORE and condition.at_least is not None:
        share = format_decimal(condition.at_least * 100, "#,##0")
        return str(
            gettext(
                "Opens when you have at least %(share)s out of 100 in the questions of “%(title)s”.",
                share=share,
                title=title,
            )
        )
    return str(gettext("Opens when you have gone through “%(title)s”.", title=title))


def progress_words(progress: ProgressView) -> str:
    """Say how far somebody is."""
    if progress.is_completed:
        return str(
            gettext(
                "Completed on %(day)s",
                day=when(progress.completed_at),
            )
        )
    if progress.done == 0:
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


def size(count: int) -> str:
    """Say a number of bytes: kilobytes up to one megabyte, then megabytes."""
    if count < 1024 * 1024:
        return str(gettext("%(size)s KB", size=format_decimal(max(1, round(count / 1024)))))
    return str(gettext("%(size)s MB", size=format_decimal(count / 1024 / 1024, "#,##0.#")))


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


def when(day: date | None) -> str:
    """Say a date."""
    return str(format_date(day, "d MMMM")) if day else ""
