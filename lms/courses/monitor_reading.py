"""Read how the learners of one teacher, or of one class, get on: who needs somebody and why, and which steps are hard.

The number of statements is the same whatever the course has, and their cost is that of the group, not of the course.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
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

__all__ = [
    "BlockHeat",
    "StepTaker",
    "Watched",
    "block_heat",
    "classes_to_watch",
    "group_of",
    "step_takers",
    "watched",
]

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
    came = {
        enrolment_id: (begun, back)
        for enrolment_id, begun, back in session.execute(
            sa.select(Enrolment.id, Enrolment.created_at, Enrolment.came_at).where(Enrolment.id.in_(ids))
        )
    }
    answered, hard = _answers(session, ids)
    returned, waits = _works(session, ids)
    found = []
    for row in rows:
        mine = row.enrolment_id
        begun, back = came[mine]
        last_at = max(filter(None, (row.last_at, answered.get(mine))), default=None)
        facts = LearnerFacts(
            is_going=row.state is EnrolmentState.ACTIVE,
            enrolled_at=back or begun,
            # Whoever left and came back is silent from that day on, not for the time away.
            last_at=max(last_at, back) if last_at and back else last_at,
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
        .where(Work.enrolment_id.in_(ids), Work.state != WorkState.TAKEN_BACK)
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
    """How a group gets on with one block: who has done it, who has tried and not passed, how many tries in all.

    ``key`` names the block in every version of the course.
    """

    key: str
    title: str
    section: str
    type: str
    done: int
    struggling: int
    tries: int
    people: int

    @property
    def ahead(self) -> int:
        """Return how many have not come to it."""
        return max(0, self.people - self.done - self.struggling)


#: Who has answered what, or handed in work that a teacher has looked at: a row for each time.
_TRIES = sa.union_all(
    sa.select(BlockAnswer.enrolment_id, BlockAnswer.block_id, BlockAnswer.at),
    sa.select(Work.enrolment_id, Work.block_id, Work.at).where(
        Work.state.in_((WorkState.RETURNED, WorkState.ACCEPTED))
    ),
).subquery()


def _now(enrolment_id: Any, block_id: Any, ids: Collection[UUID], keys: Collection[str] | None) -> list[Any]:
    """Return what holds for facts about blocks, where each learner is now, of some learners and of some blocks (None: all)."""
    terms = [
        Block.id == block_id,
        Section.id == Block.section_id,
        Enrolment.id == enrolment_id,
        Enrolment.version_id == Section.version_id,
        Enrolment.id.in_(list(ids)),
    ]
    return terms if keys is None else [*terms, Block.key.in_(list(keys))]


def _tried(
    session: Session, enrolment_ids: Collection[UUID], keys: Collection[str] | None
) -> dict[str, tuple[int, int]]:
    """Return for each block how often it was tried, and how many have tried and not passed."""
    return {
        key: (tries, people)
        for key, tries, people in session.execute(
            sa.select(
                Block.key,
                sa.func.count(),
                sa.func.count(sa.case((BlockCompletion.id.is_(None), _TRIES.c.enrolment_id)).distinct()),
            )
            .select_from(_TRIES)
            .join(
                BlockCompletion,
                sa.and_(
                    BlockCompletion.enrolment_id == _TRIES.c.enrolment_id,
                    BlockCompletion.block_id == _TRIES.c.block_id,
                ),
                isouter=True,
            )
            .join(Block, Block.id == _TRIES.c.block_id)
            .join(Section, Section.id == Block.section_id)
            .join(Enrolment, Enrolment.id == _TRIES.c.enrolment_id)
            .where(*_now(_TRIES.c.enrolment_id, _TRIES.c.block_id, enrolment_ids, keys))
            .group_by(Block.key)
        )
    }


def block_heat(
    session: Session, version: CourseVersion, section_key: str | None, enrolment_ids: Collection[UUID]
) -> list[BlockHeat]:
    """Return the blocks of one section in order, or of the whole course (None), each with how the group gets on with it.

    Whoever is in another version is counted at the block of the same key there.
    """
    blocks = [
        (section, block)
        for section in version.sections
        if section_key in (None, section.key)
        for block in section.blocks
    ]
    keys = None if section_key is None else [block.key for _section, block in blocks]
    done_in = _now(BlockCompletion.enrolment_id, BlockCompletion.block_id, enrolment_ids, keys)
    done = {
        key: count
        for key, count in session.execute(
            sa.select(Block.key, sa.func.count()).where(*done_in).group_by(Block.key)
        )
    }
    tried = _tried(session, enrolment_ids, keys)
    return [
        BlockHeat(
            block.key,
            block.title,
            section.title,
            block.type,
            done.get(block.key, 0),
            tried.get(block.key, (0, 0))[1],
            tried.get(block.key, (0, 0))[0],
            len(enrolment_ids),
        )
        for section, block in blocks
    ]


@dataclass(frozen=True, slots=True)
class StepTaker:
    """How one learner gets on with one block: since when it is done (None: not yet), how many tries, when the last one was."""

    row: RosterRow
    done_at: datetime | None
    tries: int
    last_at: datetime | None


def step_takers(session: Session, rows: Collection[RosterRow], block_key: str) -> list[StepTaker]:
    """Return how learners get on with the block of a key: who has tried and not passed first, then who has not come to it."""
    ids, keys = [row.enrolment_id for row in rows], [block_key]
    done = {
        enrolment_id: at
        for enrolment_id, at in session.execute(
            sa.select(Enrolment.id, BlockCompletion.at).where(
                *_now(BlockCompletion.enrolment_id, BlockCompletion.block_id, ids, keys)
            )
        )
    }
    tried = {
        enrolment_id: (tries, at)
        for enrolment_id, tries, at in session.execute(
            sa.select(Enrolment.id, sa.func.count(), sa.func.max(_TRIES.c.at))
            .where(*_now(_TRIES.c.enrolment_id, _TRIES.c.block_id, ids, keys))
            .group_by(Enrolment.id)
        )
    }
    found = [
        StepTaker(
            row, done.get(row.enrolment_id), tried.get(row.enrolment_id, (0, None))[0], tried.get(row.enrolment_id, (0, None))[1]
        )
        for row in rows
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.done_at is not None, -one.tries, one.row.name))
