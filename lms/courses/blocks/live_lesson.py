"""Announce a lesson where people meet; the address of its recording is added in a later version."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import pgettext

from lms.core.markup import markdown
from lms.courses.blocks.base import ShownBlock, is_address, require_text, unknown_keys
from lms.courses.contracts import (
    AuthorField,
    BlockAccess,
    BlockContext,
    BlockSample,
    ContentProblem,
    FieldKind,
    Meeting,
    Rendered,
)

__all__ = ["LiveLessonBlock"]


class LiveLessonBlock(ShownBlock):
    """A meeting. Content: ``at`` (local time), ``minutes``, ``address``, ``about`` (Markdown), ``missed`` (must), ``recording``.

    ``missed`` says how one learns the same who was not there: nobody is stuck on a missed hour.
    """

    name = "live_lesson"
    version = "1"
    markdown_fields = ("about", "missed")

    def label(self) -> str:
        """Return what this kind is called."""
        return str(_("Live lesson"))

    def icon(self) -> str:
        """Return the icon."""
        return "people"

    def fields(self) -> tuple[AuthorField, ...]:
        """Return when, where and what about."""
        missed = _("How to learn the same: pages, a recording, whom to ask. Markdown.")
        later = _("Once the lesson is over: students find it at the step.")
        return (
            AuthorField("at", _("Day and time"), FieldKind.MOMENT, _("In the school's time.")),
            AuthorField("minutes", _("How long, in minutes"), FieldKind.NUMBER),
            AuthorField("address", _("Address of the meeting"), FieldKind.ADDRESS),
            AuthorField("about", pgettext("lesson", "What it is about"), FieldKind.TEXT, rows=4),
            AuthorField("missed", _("For those who were not there"), FieldKind.TEXT, missed, rows=4),
            AuthorField(
                "recording", _("Address of the recording"), FieldKind.ADDRESS, later, is_optional=True
            ),
        )

    def form_from(self, content: Mapping[str, Any]) -> dict[str, str]:
        """Return the texts, the moment as the control of a browser takes it."""
        form = super().form_from(content)
        return {**form, "at": form["at"].replace(" ", "T")} if "at" in form else form

    def content_from(self, form: Mapping[str, str], before: Mapping[str, Any]) -> dict[str, Any]:
        """Return the texts, and the moment however it was written: by the control, or by hand where there is none."""
        content = super().content_from(form, before)
        moment = _typed(content.get("at", ""))
        return {**content, "at": f"{moment:%Y-%m-%d %H:%M}"} if moment else content

    def validate(self, content: Mapping[str, Any]) -> list[ContentProblem]:
        """Ask for a moment, a length, an address, and a way for those who were not there."""
        problems = [] if _moment(content.get("at")) else [ContentProblem("at", "course.moment_bad")]
        minutes = str(content.get("minutes", ""))
        if not (minutes.isascii() and minutes.isdigit() and 1 <= int(minutes[:6]) <= 480):
            problems.append(ContentProblem("minutes", "course.minutes_bad"))
        if not is_address(content.get("address")):
            problems.append(ContentProblem("address", "course.address_bad"))
        problems += require_text(content, "about", "course.text_missing")
        problems += require_text(content, "missed", "course.missed_missing")
        if content.get("recording") is not None and not is_address(content["recording"]):
            problems.append(ContentProblem("recording", "course.address_bad"))
        return problems + unknown_keys(content, {"at", "minutes", "address", "about", "missed", "recording"})

    def links(self, content: Mapping[str, Any]) -> list[str]:
        """Return the addresses of the meeting and of its recording."""
        return [str(content[name]) for name in ("address", "recording") if content.get(name)]

    def access(self, content: Mapping[str, Any]) -> BlockAccess:
        """Be seen and heard: nobody writes down what is said there."""
        return BlockAccess(frozenset({"visual", "auditory"}))

    def meeting(self, content: Mapping[str, Any]) -> Meeting:
        """Return when and where people meet."""
        moment = _moment(content["at"])
        assert moment is not None
        return Meeting(moment, int(content["minutes"]), str(content["address"]))

    def render(self, content: Mapping[str, Any], context: BlockContext) -> Rendered:
        """Return when, where and what about, and what to do when one was not there."""
        moment = _moment(content["at"])
        assert moment is not None
        return Rendered(
            "courses/blocks/live_lesson.html",
            {
                "day": moment.date(),
                "time": moment.strftime("%H:%M"),
                "minutes": int(content["minutes"]),
                "address": content["address"],
                "recording": content.get("recording", ""),
                "level": context.level,
                "about": markdown(content["about"], top_level=context.level),
                "missed": markdown(content["missed"], top_level=context.level),
            },
        )

    def samples(self) -> list[BlockSample]:
        """Return meetings, good and bad."""
        good = {
            "at": "2027-01-20 14:30",
            "minutes": "40",
            "address": "https://meet.example/8a",
            "about": "Разбираем **задачи**.",
            "missed": "Прочитай разбор.",
        }
        return [
            BlockSample(good),
            BlockSample({**good, "about": "<script>alert(1)</script>"}),
            BlockSample({**good, "recording": "https://meet.example/8a/record"}),
            BlockSample({**good, "recording": "javascript:alert(1)"}, is_valid=False),
            BlockSample({**good, "at": "завтра"}, is_valid=False),
            BlockSample({**good, "minutes": "0"}, is_valid=False),
            BlockSample({**good, "address": "meet"}, is_valid=False),
            BlockSample({**good, "missed": ""}, is_valid=False),
        ]


#: How a moment comes: from the control of a browser, and as it is typed where a browser has none.
_WRITTEN = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M", "%d.%m.%Y, %H:%M")


def _typed(text: str) -> datetime | None:
    """Return the moment that somebody wrote in one of the usual ways, or None."""
    for form in _WRITTEN:
        try:
            moment = datetime.strptime(text.strip(), form)  # noqa: DTZ007 - the school's own wall clock
        except ValueError:
            continue
        return moment if moment.year >= 2000 else None
    return None


def _moment(value: Any) -> datetime | None:
    """Return a local date and time, or None when it is none."""
    try:
        return datetime.strptime(str(value), "%Y-%m-%d %H:%M")  # noqa: DTZ007 - the school's own wall clock
    except ValueError:
        return None
