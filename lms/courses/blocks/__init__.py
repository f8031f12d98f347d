"""Built-in kinds of course content: text, picture, video, formula, file."""

from __future__ import annotations

from lms.courses.blocks.file import FileBlock
from lms.courses.blocks.formula import FormulaBlock
from lms.courses.blocks.picture import PictureBlock
from lms.courses.blocks.text import TextBlock
from lms.courses.blocks.video import VideoBlock
from lms.courses.contracts import CourseBlock

__all__ = ["builtin"]


def builtin() -> list[CourseBlock]:
    """Return the built-in blocks; they come through the entry points like everybody's."""
    return [TextBlock(), PictureBlock(), VideoBlock(), FormulaBlock(), FileBlock()]
