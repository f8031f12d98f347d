"""Show a long course in windows: pages of so many steps, and a way to jump to a section."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol
from uuid import UUID

from flask import request, url_for

from lms.courses.rules.windows import Window, page_of, window

__all__ = ["shown_window", "window_links"]


class Named(Protocol):
    """A section of an outline or of a draft."""

    @property
    def key(self) -> str:
        """Return its key."""
        ...

    @property
    def title(self) -> str:
        """Return its title."""
        ...


def shown_window(sizes: Sequence[int], keys: Sequence[str], place: tuple[int, int] = (0, 0)) -> Window:
    """Return the window that is asked for: ``?page=``, that of ``?section=``, else that of ``place`` (section, row)."""
    number = request.args.get("page", type=int)
    wanted = request.args.get("section", "")
    if number is None and wanted in keys:
        number = page_of(sizes, list(keys).index(wanted))
    return window(sizes, number if number is not None else page_of(sizes, *place))


def window_links(
    shown: Window, endpoint: str, course_id: UUID, sections: Sequence[Named]
) -> dict[str, Any] | None:
    """Return what leads to the other windows of a course; None when all of it is shown."""
    if shown.pages == 1:
        return None
    here = url_for(endpoint, course_id=course_id)
    return {
        "number": shown.number,
        "pages": shown.pages,
        "url": f"{here}?page=",
        "action": here,
        "sections": [(each.key, f"{number}. {each.title}") for number, each in enumerate(sections, 1)],
        "section": sections[shown.parts[0].index].key if shown.parts else "",
    }
