"""Course blocks that assessment brings."""

from __future__ import annotations

from lms.assessment.blocks.graded_test import GradedTest
from lms.assessment.blocks.practice_quiz import PracticeQuiz
from lms.courses.contracts import CourseBlock

__all__ = ["builtin"]


def builtin() -> list[CourseBlock]:
    """Return the blocks."""
    return [PracticeQuiz(), GradedTest()]
