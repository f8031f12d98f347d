"""Show what stands beside a lesson: one's notes, questions to the teacher, today's time; and take these in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import request

from lms.core.db import day_of
from lms.core.web import read_session, runtime, unit_of_work
from lms.courses import service
from lms.courses.asking_reading import QuestionView, notes_on, questions_of, unread_answers
from lms.courses.contracts import COURSE_BLOCKS, TimedBlock
from lms.courses.models import Block, Course, Enrolment
from lms.courses.page_rows import blocks_by_id
from lms.courses.presence_reading import places_in, spent_time, study_row
from lms.courses.queries import OutlineStep
from lms.courses.spoken import time_spent
from lms.courses.types import EnrolmentState

__all__ = ["Beside", "Typed", "beside", "note_visit"]

#: Visits that follow each other faster are one.
SOON = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed beside a lesson and refused, with the reasons."""

    note: str | None = None
    question: str = ""
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside a lesson, and where its films were left."""

    note: str
    question: str
    questions: list[QuestionView]
    blocks: list[tuple[UUID, str]]
    places: Mapping[UUID, int]
    timed: frozenset[UUID]
    spent: str


def beside(course: Course, enrolment: Enrolment | None, here: OutlineStep, typed: Typed) -> Beside | None:
    """Return what stands beside a lesson for its learner; nothing for others."""
    if enrolment is None:
        return None
    session, kinds = read_session(), runtime().registries.of(COURSE_BLOCKS)
    blocks = blocks_by_id(session, here.block_ids)
    keys = [block.key for block in blocks]
    notes = notes_on(session, enrolment.person_id, course.id, keys)
    timed = frozenset(block.id for block in blocks if _is_timed(kinds.find(block.type), block))
    spent = spent_time(session, enrolment.person_id, runtime().clock.now())
    return Beside(
        note=typed.note if typed.note is not None else next((notes[k] for k in keys if k in notes), ""),
        question=typed.question,
        questions=questions_of(session, enrolment.person_id, course.id, keys),
        blocks=[(block.id, _name(block, kinds.find(block.type), here)) for block in blocks],
        places=places_in(session, enrolment.id, timed) if timed else {},
        timed=timed,
        spent=time_spent(spent) if spent is not None else "",
    )


def _is_timed(plugin: object, block: Block) -> bool:
    return isinstance(plugin, TimedBlock) and plugin.is_timed(block.content)


def _name(block: Block, plugin: Any, here: OutlineStep) -> str:
    kind = plugin.label() if plugin is not None else block.type
    return f"{kind}: {block.title}" if block.title and block.title != here.title else str(kind)


def note_visit(course: Course, enrolment: Enrolment | None, here: OutlineStep) -> None:
    """Note that a learner has opened a step: her place, her time, the answers she reads now.

    A page that is taken along is not read yet.
    """
    if "Marshrut-Take" in request.headers or request.method != "GET":
        return
    if enrolment is None or enrolment.state not in {EnrolmentState.ACTIVE, EnrolmentState.COMPLETED}:
        return
    kinds = runtime().registries.of(COURSE_BLOCKS)
    if any(kinds.find(name) is None for name in here.types):
        return  # it was uninstalled meanwhile: one can look at the rest, and nothing is done here
    session, now = read_session(), runtime().clock.now()
    keys = [block.key for block in blocks_by_id(session, here.block_ids)]
    fresh = unread_answers(session, enrolment.person_id, course.id, keys)
    row = study_row(session, enrolment.person_id, day_of(session, now))
    is_new = enrolment.state is EnrolmentState.ACTIVE and enrolment.last_block_id not in here.block_ids
    if is_new or fresh or row is None or now - row.seen_at >= SOON:
        with unit_of_work() as uow:
            service.note_visit(uow, enrolment.id, here.id, here.minutes, is_new_place=is_new, answers=fresh)
