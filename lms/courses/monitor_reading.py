"""Read how the learners of one teacher, or of one class, get on: who needs somebody and why, and which steps are hard.

The number of statements is the same whatever the course has, and their cost is that of the group, not of the course.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.actor import Actor
from lms.courses.models import (
    Block,
    BlockAnswer,
    BlockCompletion,
    Course,
    CourseVersion,
    Enrolment,
    Section,
    Work,
)
from lms.courses.queries import RosterRow, roster
from lms.courses.rules.attention import (
    Concern,
    HardStep,
    LearnerFacts,
    Limits,
    ReturnedWork,
    concerns_of,
)
from lms.courses.types import EnrolmentState, WorkState
from lms.people.queries import ClassCard, class_members, classes_of, students_of

__all__ = ["BlockHeat", "Watched", "block_heat", "classes_to_watch", "group_of", "watched"]

HEADS = ("deputy_head", "director")


def classes_to_watch(session: Session, actor: Actor, course: Course, at: datetime) -> list[ClassCard]:
    """Return the classes that a head may choose; whoever teaches sees their own students without choosing."""
    return classes_of(session, [course.org_id], at) if actor.has_role(*HEADS, org_id=course.org_id) else []


def group_of(session: Session, actor: Actor, class_id: UUID | None, at: datetime) -> list[UUID]:
    """Return who is meant: a class, else those whom the actor answers for."""
    if class_id is not None:
        return class_members(session, class_id, at)
    if actor.person_id is None:
        return []
    return [card.id for card in students_of(session, actor.person_id, at)]


@dataclass(frozen=True, slots=True)
class Watched:
    """One learner with the reasons why somebody should look after them (none: it goes well)."""

    row: RosterRow
    last_at: datetime | None
    concerns: tuple[Concern, ...]


def watched(
    session: Session, course_id: UUID, person_ids: Collection[UUID], now: datetime, limits: Limits
) -> list[Watched]:
    """Return those of ``person_ids`` who are in the course, by name, each with what is known and why it matters."""
    rows = roster(session, course_id, person_ids)
    ids = [row.enrolment_id for row in rows]
    begun = {
        enrolment_id: at
        for enrolment_id, at in session.execute(
            sa.select(Enrolment.id, Enrolment.created_at).where(Enrolment.id.in_(ids))
        )
    }
    answered, hard = _answers(session, ids)
    returned, waits = _works(session, ids)
    found = []
    for row in rows:
        mine = row.enrolment_id
        last_at = max(filter(None, (row.last_at, answered.get(mine))), default=None)
        facts = LearnerFacts(
            is_going=row.state is EnrolmentState.ACTIVE,
            enrolled_at=begun[mine],
            last_at=last_at,
            hard=tuple(hard.get(mine, ())),
            returned=tuple(returned.get(mine, ())),
            waits_since=waits.get(mine),
        )
        found.append(Watched(row, last_at, concerns_of(facts, now, limits)))
    return found


def _answers(
    session: Session, ids: list[UUID]
) -> tuple[Mapping[UUID, datetime], Mapping[UUID, list[HardStep]]]:
    """Return when each learner last answered, and the blocks that were answered and are not completed."""
    rows = session.execute(
        sa.select(
            BlockAnswer.enrolment_id,
            Block.title,
            Section.title,
            sa.func.count(),
            sa.func.max(BlockAnswer.at),
            sa.func.count(BlockCompletion.id),
        )
        .join(Block, Block.id == BlockAnswer.block_id)
        .join(Section, Section.id == Block.section_id)
        .outerjoin(
            BlockCompletion,
            sa.and_(
                BlockCompletion.enrolment_id == BlockAnswer.enrolment_id,
                BlockCompletion.block_id == BlockAnswer.block_id,
            ),
        )
        .where(BlockAnswer.enrolment_id.in_(ids))
        .group_by(BlockAnswer.enrolment_id, Block.id, Block.title, Section.title)
    )
    last: dict[UUID, datetime] = {}
    hard: dict[UUID, list[HardStep]] = {}
    for enrolment_id, title, section, tries, at, completed in rows:
        last[enrolment_id] = max(at, last.get(enrolment_id, at))
        if not completed:
            hard.setdefault(enrolment_id, []).append(HardStep(title or section, tries, at))
    return last, hard


def _works(
    session: Session, ids: list[UUID]
) -> tuple[Mapping[UUID, list[ReturnedWork]], Mapping[UUID, datetime]]:
    """Return what was sent back and not handed in again, and since when the oldest work waits for a teacher."""
    newest = (
        sa.select(Work.enrolment_id, Work.block_id, sa.func.max(Work.number).label("number"))
        .where(Work.enrolment_id.in_(ids))
        .group_by(Work.enrolment_id, Work.block_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(Work.enrolment_id, Work.state, Work.at, Work.decided_at, Block.title, Section.title)
        .join(
            newest,
            sa.and_(
                newest.c.enrolment_id == Work.enrolment_id,
                newest.c.block_id == Work.block_id,
                newest.c.number == Work.number,
            ),
        )
        .join(Block, Block.id == Work.block_id)
        .join(Section, Section.id == Block.section_id)
        .order_by(Work.at)
    )
    returned: dict[UUID, list[ReturnedWork]] = {}
    waits: dict[UUID, datetime] = {}
    for enrolment_id, state, at, decided_at, title, section in rows:
        if state is WorkState.RETURNED:
            returned.setdefault(enrolment_id, []).append(ReturnedWork(title or section, decided_at or at))
        elif state is WorkState.SENT:
            waits.setdefault(enrolment_id, at)
    return returned, waits


@dataclass(frozen=True, slots=True)
class BlockHeat:
    """How a group gets on with one block: who has done it, who has tried and not passed, how many tries in all."""

    title: str
    type: str
    done: int
    struggling: int
    tries: int
    people: int

    @property
    def ahead(self) -> int:
        """Return how many have not come to it."""
        return max(0, self.people - self.done - self.struggling)


def block_heat(
    session: Session, version: CourseVersion, section_key: str, enrolment_ids: Collection[UUID]
) -> list[BlockHeat]:
    """Return the blocks of one section in order, each with how the group gets on with it."""
    blocks = next((section.blocks for section in version.sections if section.key == section_key), [])
    block_ids, ids = [block.id for block in blocks], list(enrolment_ids)
    done = {
        block_id: count
        for block_id, count in session.execute(
            sa.select(BlockCompletion.block_id, sa.func.count())
            .where(BlockCompletion.block_id.in_(block_ids), BlockCompletion.enrolment_id.in_(ids))
            .group_by(BlockCompletion.block_id)
        )
    }
    tried = {
        block_id: (tries, people)
        for block_id, tries, people in session.execute(
            sa.select(
                BlockAnswer.block_id,
                sa.func.count(),
                sa.func.count(sa.case((BlockCompletion.id.is_(None), BlockAnswer.enrolment_id)).distinct()),
            )
            .outerjoin(
                BlockCompletion,
                sa.and_(
                    BlockCompletion.enrolment_id == BlockAnswer.enrolment_id,
                    BlockCompletion.block_id == BlockAnswer.block_id,
                ),
            )
            .where(BlockAnswer.block_id.in_(block_ids), BlockAnswer.enrolment_id.in_(ids))
            .group_by(BlockAnswer.block_id)
        )
    }
    return [
        BlockHeat(
            block.title,
            block.type,
            done.get(block.id, 0),
            tried.get(block.id, (0, 0))[1],
            tried.get(block.id, (0, 0))[0],
            len(ids),
        )
        for block in blocks
    ]
