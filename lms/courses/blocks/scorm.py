"""Play a SCORM 1.2 or 2004 package in a sealed frame."""

from __future__ import annotations

from flask_babel import gettext as _

from lms.courses.blocks.played import PackageBlock
from lms.courses.contracts import AuthorField, FieldKind, PlayerKind
from lms.courses.rules.media import SCORM

__all__ = ["ScormBlock"]


class ScormBlock(PackageBlock):
    """A SCORM package. Source: SCORM 1.2 and 2004 4th edition, Run-Time Environment."""

    name = "scorm"
    version = "1"
    player_kind = PlayerKind.SCORM
    media_type = SCORM

    def label(self) -> str:
        """Return what this kind is called."""
        return str(_("SCORM package"))

    def icon(self) -> str:
        """Return the icon."""
        return "play"

    def file_field(self) -> AuthorField:
        """Return the field of the package."""
        hint = _("A .zip of SCORM 1.2 or 2004, as other systems export it.")
        return AuthorField("media", _("Package"), FieldKind.FILE, hint, accept=".zip")
