"""Share what blocks have in common that open something in a sealed frame, beside an equal text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from flask_babel import gettext as _

from lms.core.markup import markdown
from lms.courses.blocks.base import ShownBlock, require_text, unknown_keys
from lms.courses.contracts import (
    AuthorField,
    BlockAccess,
    BlockContext,
    BlockSample,
    CompletionRule,
    ContentProblem,
    FieldKind,
    Player,
    PlayerKind,
    Rendered,
)
from lms.courses.rules.texts import read_text

__all__ = ["MEDIA", "PackageBlock"]

MEDIA = "0190a0a0-0000-7000-8000-000000000009"
#: A text of fewer words says that something is there, not what is in it.
LEAST_WORDS = 12


class PackageBlock(ShownBlock):
    """Something that runs in a sealed frame. Content: ``media``, ``type``, ``alternative`` (Markdown), ``confirmed``.

    The alternative is equal: whoever cannot or may not run the package learns the same from it. What the package says of
    its learner is practice; when a teacher is to confirm it (``confirmed``), it is handed in like any other work.
    Source: WCAG 2.2, conforming alternate version.
    """

    markdown_fields = ("alternative",)
    player_kind: ClassVar[PlayerKind]
    media_type: ClassVar[str]
    #: Keys of the content beside those of every such block.
    more_keys: ClassVar[frozenset[str]] = frozenset()

    def file_field(self) -> AuthorField:
        """Return the field of the file."""
        raise NotImplementedError

    def fields(self) -> tuple[AuthorField, ...]:
        """Return the file, the equal text, and whether a teacher confirms the result."""
        same = _(
            "Everything that one learns there, in Markdown: for those who cannot run it, see it or hear it. It may lead to an equal task."
        )
        confirmed = _("Without it the result is practice: the student sees it, and it decides nothing.")
        return (
            self.file_field(),
            AuthorField("alternative", _("The same in words"), FieldKind.TEXT, same, rows=8),
            AuthorField(
                "confirmed",
                _("A teacher confirms the result"),
                FieldKind.TICK,
                confirmed,
                is_optional=True,
            ),
        )

    def form_from(self, content: Mapping[str, Any]) -> dict[str, str]:
        """Return the texts and the kind of file."""
        form = super().form_from({name: value for name, value in content.items() if name != "type"})
        return {**form, "media.type": str(content["type"])}

    def content_from(self, form: Mapping[str, str], before: Mapping[str, Any]) -> dict[str, Any]:
        """Return what was filled in, with the kind of file that the host found."""
        content = super().content_from(form, before)
        return {**content, "type": form.get("media.type", "")} if "media" in content else content

    def validate(self, content: Mapping[str, Any]) -> list[ContentProblem]:
        """Ask for a file of the right kind and for the equal text."""
        problems = require_text(content, "media", "course.media_missing")
        if not problems and content.get("type") != self.media_type:
            problems.append(ContentProblem("media", "course.package_kind"))
        problems += require_text(content, "alternative", "course.alternative_missing")
        return problems + unknown_keys(
            content, {"media", "type", "alternative", "confirmed", *self.more_keys}
        )

    def remarks(self, content: Mapping[str, Any]) -> list[ContentProblem]:
        """Look at the form of the equal text, and whether it can be equal at all."""
        found = super().remarks(content)
        if read_text(str(content.get("alternative", ""))).words < LEAST_WORDS:
            found.append(ContentProblem("alternative", "course.alternative_short"))
        return found

    def media(self, content: Mapping[str, Any]) -> list[str]:
        """Return the file."""
        return [str(content["media"])] if content.get("media") else []

    def links(self, content: Mapping[str, Any]) -> list[str]:
        """Return where the links of the equal text lead."""
        return [link.address for link in read_text(str(content.get("alternative", ""))).links]

    def access(self, content: Mapping[str, Any]) -> BlockAccess:
        """Be seen, or read."""
        return BlockAccess(frozenset({"visual", "textual"}), frozenset({"alternativeText"}))

    def completion(self, content: Mapping[str, Any]) -> CompletionRule:
        """Complete by reading on, or when a teacher has accepted what was handed in; never by what the package says."""
        return CompletionRule.ACCEPTED if content.get("confirmed") is True else super().completion(content)

    def player(self, content: Mapping[str, Any]) -> Player:
        """Return the file and what runs it."""
        return Player(self.player_kind, str(content["media"]), str(content.get("alt", "")))

    def render(self, content: Mapping[str, Any], context: BlockContext) -> Rendered:
        """Return the equal text; the host adds the way to the frame."""
        values = {
            "kind": self.player_kind.value,
            "alternative": markdown(content["alternative"], top_level=context.level + 1),
            "is_confirmed": content.get("confirmed") is True,
        }
        return Rendered("courses/blocks/played.html", values)

    def sample(self) -> dict[str, Any]:
        """Return content that may be published."""
        same = "Вода греется дольше ложки: ей нужно больше тепла на каждый градус. Налейте **стакан** воды и проверьте."
        return {"media": MEDIA, "type": self.media_type, "alternative": same}

    def samples(self) -> list[BlockSample]:
        """Return contents, good and bad."""
        good = self.sample()
        return [
            BlockSample(good),
            BlockSample({**good, "confirmed": True}),
            BlockSample({**good, "alternative": " "}, is_valid=False),
            BlockSample({**good, "type": "application/pdf"}, is_valid=False),
            BlockSample({"alternative": good["alternative"]}, is_valid=False),
            BlockSample({**good, "html": "<b>"}, is_valid=False),
        ]
