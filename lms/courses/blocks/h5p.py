"""Play an H5P package in a sealed frame."""

from __future__ import annotations

from flask_babel import gettext as _

from lms.courses.blocks.played import PackageBlock
from lms.courses.contracts import AuthorField, FieldKind, PlayerKind
from lms.courses.rules.media import H5P

__all__ = ["H5pBlock"]


class H5pBlock(PackageBlock):
    """An H5P package, with the libraries that it needs inside."""

    name = "h5p"
    version = "1"
    player_kind = PlayerKind.H5P
    media_type = H5P

    def label(self) -> str:
        """Return what this kind is called."""
        return str(_("H5P package"))

    def icon(self) -> str:
        """Return the icon."""
        return "play"

    def file_field(self) -> AuthorField:
        """Return the field of the package."""
        hint = _("An .h5p file as it is downloaded (“Reuse”), with its libraries inside.")
        return AuthorField("media", _("Package"), FieldKind.FILE, hint, accept=".h5p")
