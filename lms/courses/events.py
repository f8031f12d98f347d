"""What has happened in courses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from lms.core.events import Event

__all__ = ["CourseCompleted"]


@dataclass(frozen=True, slots=True)
class CourseCompleted(Event):
    """Somebody has completed a course: by its rule, a teacher's decision or a credit."""

    KIND: ClassVar[str] = "courses.course_completed"

    enrolment_id: UUID
    person_id: UUID
    course_id: UUID
    completed_at: datetime
