"""Lead to a page elsewhere on the web: to a host that the installation knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask_babel import gettext as _

from lms.courses.blocks.base import ShownBlock, is_address, require_text, unknown_keys
from lms.courses.contracts import (
    AuthorField,
    BlockContext,
    BlockSample,
    ContentProblem,
    FieldKind,
    Rendered,
)
from lms.courses.types import Need

__all__ = ["LinkBlock"]


class LinkBlock(ShownBlock):
    """A page elsewhere. Content: ``address``, ``label``, ``summary``, ``is_accessible`` (the author checked it)."""

    name = "link"
    version = "1"

    def label(self) -> str:
        """Return what this kind is called."""
        return str(_("Link"))

    def icon(self) -> str:
        """Return the icon."""
        return "link"

    def fields(self) -> tuple[AuthorField, ...]:
        """Return the address, its name and what one finds there."""
        known = _("Only to sites that this installation lets students go to.")
        read = _("I have checked that it works with a keyboard and a screen reader")
        why = _("Else another step has to give the same to those who do not see.")
        return (
            AuthorField("address", _("Address"), FieldKind.ADDRESS, known),
            AuthorField("label", _("Name for students"), hint=_("What one finds there, not “here”.")),
            AuthorField("summary", _("What to do there"), hint=_("One sentence.")),
            AuthorField("is_accessible", read, FieldKind.TICK, why, is_optional=True),
        )

    def validate(self, content: Mapping[str, Any]) -> list[ContentProblem]:
        """Ask for an address, its name and what to do there."""
        problems = (
            [] if is_address(content.get("address")) else [ContentProblem("address", "course.address_bad")]
        )
        problems += require_text(content, "label", "course.label_missing")
        problems += require_text(content, "summary", "course.task_missing")
        return problems + unknown_keys(content, {"address", "label", "summary", "is_accessible"})

    def links(self, content: Mapping[str, Any]) -> list[str]:
        """Return the address."""
        return [str(content["address"])] if content.get("address") else []

    def needs(self, content: Mapping[str, Any]) -> frozenset[Need]:
        """Need sight unless the author checked that the page is for everybody."""
        return frozenset() if content.get("is_accessible") is True else frozenset({Need.SIGHT})

    def render(self, content: Mapping[str, Any], context: BlockContext) -> Rendered:
        """Return the address, the site's name and the words."""
        return Rendered(
            "courses/blocks/link.html",
            {
                "address": content["address"],
                "host": urlsplit(content["address"]).hostname,
                "label": content["label"],
                "summary": content["summary"],
            },
        )

    def samples(self) -> list[BlockSample]:
        """Return links, good and bad."""
        good = {"address": "https://school.example/lesson", "label": "Опыт", "summary": "Повтори опыт."}
        return [
            BlockSample({**good, "is_accessible": True}),
            BlockSample({**good, "label": '"><script>alert(1)</script>'}),
            BlockSample({**good, "address": "javascript:alert(1)"}, is_valid=False),
            BlockSample({**good, "address": "https://[bad"}, is_valid=False),
            BlockSample({**good, "label": ""}, is_valid=False),
            BlockSample({"address": "https://school.example"}, is_valid=False),
        ]
