"""Show a three-dimensional model that can be turned around: first its picture, the model itself on a click."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from lms.courses.blocks.base import require_text
from lms.courses.blocks.played import MEDIA, PackageBlock
from lms.courses.contracts import (
    AuthorField,
    BlockContext,
    BlockSample,
    ContentProblem,
    FieldKind,
    PlayerKind,
    Rendered,
)
from lms.courses.rules.media import GLB

__all__ = ["ModelBlock"]


class ModelBlock(PackageBlock):
    """A model. Content: as of every package, with ``poster`` and ``alt``; where a device can, it stands in the room (AR)."""

    name = "model"
    version = "1"
    player_kind = PlayerKind.MODEL
    media_type = GLB
    more_keys = frozenset({"poster", "alt"})

    def label(self) -> str:
        """Return what this kind is called."""
        return str(_("3D model"))

    def icon(self) -> str:
        """Return the icon."""
        return "technology"

    def file_field(self) -> AuthorField:
        """Return the field of the model."""
        hint = _("A .glb file with everything inside, not compressed (no Draco, no meshopt).")
        return AuthorField("media", _("Model"), FieldKind.FILE, hint, accept=".glb")

    def fields(self) -> tuple[AuthorField, ...]:
        """Return the model, its first picture, what it shows, and the equal text."""
        said = _("What the model shows, in one sentence.")
        return (
            self.file_field(),
            AuthorField("poster", _("First picture"), FieldKind.FILE, accept="image/*"),
            AuthorField("alt", _("Text of the picture"), hint=said),
            *super().fields()[1:2],
        )

    def validate(self, content: Mapping[str, Any]) -> list[ContentProblem]:
        """Ask for a model, its picture and the text of both."""
        problems = super().validate(content)
        problems += require_text(content, "poster", "course.poster_missing")
        return problems + require_text(content, "alt", "course.alt_missing")

    def media(self, content: Mapping[str, Any]) -> list[str]:
        """Return the model and its picture."""
        return [*super().media(content), *([str(content["poster"])] if content.get("poster") else [])]

    def render(self, content: Mapping[str, Any], context: BlockContext) -> Rendered:
        """Return the picture and the equal text; the host adds the way to the frame."""
        shown = super().render(content, context)
        poster = {"poster": context.media_url(content["poster"]), "alt": content["alt"]}
        return Rendered(shown.template, {**shown.values, **poster})

    def sample(self) -> dict[str, Any]:
        """Return content that may be published."""
        return {**super().sample(), "poster": MEDIA, "alt": "Кристалл поваренной соли"}

    def samples(self) -> list[BlockSample]:
        """Return models, good and bad."""
        good = self.sample()
        return [
            BlockSample(good),
            BlockSample({**good, "explicit": True}),
            BlockSample({**good, "poster": ""}, is_valid=False),
            BlockSample({**good, "alt": ""}, is_valid=False),
            BlockSample({**good, "alternative": ""}, is_valid=False),
            BlockSample({**good, "type": "image/png"}, is_valid=False),
        ]
