"""Open a task at a tool of somebody else that the school has registered (LTI 1.3), beside an equal text."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext as _

from lms.core.markup import markdown
from lms.courses.blocks.base import ShownBlock, require_text, unknown_keys
from lms.courses.blocks.played import LEAST_WORDS
from lms.courses.contracts import (
    AuthorField,
    BlockAccess,
    BlockContext,
    BlockSample,
    CompletionRule,
    ContentProblem,
    FieldKind,
    Launch,
    Rendered,
)
from lms.courses.rules.lti import usable_address
from lms.courses.rules.texts import read_text

__all__ = ["ToolBlock"]

MAX_CUSTOM = 20


class ToolBlock(ShownBlock):
    """A task elsewhere. Content: ``address``, ``alternative`` (Markdown), ``custom`` {name: value}, ``confirmed``, ``enough``.

    What the tool says of its learner is practice. A teacher may confirm it (``confirmed``: it is handed in), or, where the school
    lets results of this tool count, ``enough`` percent of the points complete the step.
    """

    name = "lti"
    version = "1"
    markdown_fields = ("alternative",)

    def label(self) -> str:
        """Return what this kind is called."""
        return str(_("Task at another tool (LTI)"))

    def icon(self) -> str:
        """Return the icon."""
        return "outside"

    def fields(self) -> tuple[AuthorField, ...]:
        """Return where the task stands, what the tool is told, the equal text, and what a result is worth."""
        where = _("The tool must be registered by your school: see “Tools” among the courses.")
        same = _(
            "Everything that one learns there, in Markdown: for those who cannot run it, see it or hear it. It may lead to an equal task."
        )
        custom = _("One on each line: name=value, as the tool's own instructions say.")
        confirmed = _("Without it the result is practice: the student sees it, and it decides nothing.")
        enough = _("Only for tools whose results count at your school.")
        return (
            AuthorField("address", _("Address of the task"), FieldKind.ADDRESS, where),
            AuthorField("alternative", _("The same in words"), FieldKind.TEXT, same, rows=8),
            AuthorField(
                "custom", _("What the tool is told"), FieldKind.TEXT, custom, is_optional=True, rows=3
            ),
            AuthorField(
                "confirmed", _("A teacher confirms the result"), FieldKind.TICK, confirmed, is_optional=True
            ),
            AuthorField(
                "enough",
                _("From how many percent the step is done"),
                FieldKind.NUMBER,
                enough,
                is_optional=True,
            ),
        )

    def form_from(self, content: Mapping[str, Any]) -> dict[str, str]:
        """Return the texts, what the tool is told line by line."""
        form = super().form_from({name: value for name, value in content.items() if name != "custom"})
        told = content.get("custom")
        if isinstance(told, Mapping):
            form["custom"] = "\n".join(f"{name}={value}" for name, value in told.items())
        return form

    def content_from(self, form: Mapping[str, str], before: Mapping[str, Any]) -> dict[str, Any]:
        """Return what was filled in; a line without a sign of equality is a name without a value."""
        content = super().content_from(form, before)
        lines = [line.partition("=") for line in content.pop("custom", "").splitlines() if line.strip()]
        told = {name.strip(): value.strip() for name, _sign, value in lines}
        return {**content, "custom": told} if told else content

    def validate(self, content: Mapping[str, Any]) -> list[ContentProblem]:
        """Ask for an address that a tool may have, for the equal text, and for a share that can be reached."""
        problems = []
        address = content.get("address")
        if not isinstance(address, str) or not usable_address(address):
            problems.append(ContentProblem("address", "course.tool_address"))
        problems += require_text(content, "alternative", "course.alternative_missing")
        told = content.get("custom", {})
        if not isinstance(told, Mapping) or len(told) > MAX_CUSTOM or not all(map(_is_told, told.items())):
            problems.append(ContentProblem("custom", "course.tool_custom"))
        if "enough" in content and _share(content["enough"]) is None:
            problems.append(ContentProblem("enough", "course.tool_enough"))
        if "enough" in content and content.get("confirmed") is True:
            problems.append(ContentProblem("enough", "course.tool_twice"))
        return problems + unknown_keys(content, {"address", "alternative", "custom", "confirmed", "enough"})

    def remarks(self, content: Mapping[str, Any]) -> list[ContentProblem]:
        """Look at the form of the equal text, and whether it can be equal at all."""
        found = super().remarks(content)
        if read_text(str(content.get("alternative", ""))).words < LEAST_WORDS:
            found.append(ContentProblem("alternative", "course.alternative_short"))
        return found

    def links(self, content: Mapping[str, Any]) -> list[str]:
        """Return where the links of the equal text lead; the task itself is no link: its tool is registered."""
        return [link.address for link in read_text(str(content.get("alternative", ""))).links]

    def access(self, content: Mapping[str, Any]) -> BlockAccess:
        """Be seen there, or read here."""
        return BlockAccess(frozenset({"visual", "textual"}), frozenset({"alternativeText"}))

    def completion(self, content: Mapping[str, Any]) -> CompletionRule:
        """Complete by reading on, when a teacher has accepted what was handed in, or with a result that counts."""
        if "enough" in content:
            return CompletionRule.RESULT
        return CompletionRule.ACCEPTED if content.get("confirmed") is True else super().completion(content)

    def launch(self, content: Mapping[str, Any]) -> Launch:
        """Return the task."""
        enough = _share(content["enough"]) if "enough" in content else None
        return Launch(str(content["address"]), dict(content.get("custom", {})), enough)

    def render(self, content: Mapping[str, Any], context: BlockContext) -> Rendered:
        """Return the equal text; the host adds the way to the tool."""
        values = {
            "alternative": markdown(content["alternative"], top_level=context.level + 1),
            "is_confirmed": content.get("confirmed") is True,
            "enough": content.get("enough", ""),
        }
        return Rendered("courses/blocks/lti.html", values)

    def samples(self) -> list[BlockSample]:
        """Return tasks, good and bad."""
        same = "Вода греется дольше ложки: ей нужно больше тепла на каждый градус. Налейте **стакан** воды и проверьте."
        good = {"address": "https://tool.example/tasks/1", "alternative": same}
        return [
            BlockSample(good),
            BlockSample({**good, "custom": {"level": "8"}, "confirmed": True}),
            BlockSample({**good, "enough": "60"}),
            BlockSample({**good, "address": "http://tool.example/"}, is_valid=False),
            BlockSample({**good, "address": "javascript:alert(1)"}, is_valid=False),
            BlockSample({**good, "custom": {"": "8"}}, is_valid=False),
            BlockSample({**good, "enough": "160"}, is_valid=False),
            BlockSample({**good, "enough": "60", "confirmed": True}, is_valid=False),
            BlockSample({**good, "alternative": " "}, is_valid=False),
        ]


def _is_told(pair: tuple[Any, Any]) -> bool:
    name, value = pair
    return all(isinstance(text, str) for text in pair) and 0 < len(name) <= 60 and len(value) <= 300


def _share(value: Any) -> Decimal | None:
    """Return percent as a share, or None when they are none."""
    try:
        percent = Decimal(str(value))
    except InvalidOperation:
        return None
    return percent / 100 if percent.is_finite() and 0 < percent <= 100 else None
