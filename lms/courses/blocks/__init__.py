"""Built-in kinds of course content, each in a module of its own."""

from __future__ import annotations

from lms.courses.blocks.assignment import AssignmentBlock
from lms.courses.blocks.audio import AudioBlock
from lms.courses.blocks.discussion import DiscussionBlock
from lms.courses.blocks.file import FileBlock
from lms.courses.blocks.flashcards import FlashcardsBlock
from lms.courses.blocks.formula import FormulaBlock
from lms.courses.blocks.glossary import GlossaryBlock
from lms.courses.blocks.h5p import H5pBlock
from lms.courses.blocks.link import LinkBlock
from lms.courses.blocks.live_lesson import LiveLessonBlock
from lms.courses.blocks.model import ModelBlock
from lms.courses.blocks.picture import PictureBlock
from lms.courses.blocks.scorm import ScormBlock
from lms.courses.blocks.simulation import SimulationBlock
from lms.courses.blocks.text import TextBlock
from lms.courses.blocks.textbook import TextbookBlock
from lms.courses.blocks.tool import ToolBlock
from lms.courses.blocks.video import VideoBlock
from lms.courses.contracts import CourseBlock

__all__ = ["builtin"]


def builtin() -> list[CourseBlock]:
    """Return the built-in blocks; they come through the entry points like everybody's."""
    return [
        TextBlock(),
        PictureBlock(),
        VideoBlock(),
        AudioBlock(),
        FormulaBlock(),
        GlossaryBlock(),
        FileBlock(),
        LinkBlock(),
        TextbookBlock(),
        LiveLessonBlock(),
        FlashcardsBlock(),
        AssignmentBlock(),
        DiscussionBlock(),
        SimulationBlock(),
        ModelBlock(),
        ScormBlock(),
        H5pBlock(),
        ToolBlock(),
    ]
