"""Complete the same content once: who has done a step in one course has done the very same step in another."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from lms.core.uow import UnitOfWork
from lms.courses.models import Block, BlockCompletion, Enrolment, Section
from lms.courses.types import EnrolmentState

__all__ = ["carry_in", "carry_on"]

#: An examination says itself where its result counts.
_CARRIED = ("viewed", "explicit", "score", "accepted")


def _same(one: Any, other: Any) -> sa.ColumnElement[bool]:
    """Tell whether two blocks are the same: kind, title and content, letter by letter."""
    return sa.and_(one.type == other.type, one.title == other.title, one.content == other.content)


def carry_on(uow: UnitOfWork, enrolment: Enrolment, completion: BlockCompletion) -> set[UUID]:
    """Complete the same block in the learner's other courses; return the enrolments in which one was completed."""
    if completion.rule not in _CARRIED:
        return set()
    done, there = aliased(Block), aliased(Block)
    rows = uow.session.execute(
        sa.select(Enrolment.id, there.id)
        .select_from(Enrolment)
        .join(Section, Section.version_id == Enrolment.version_id)
        .join(there, there.section_id == Section.id)
        .join(done, _same(done, there))
        .where(
            done.id == completion.block_id,
            Enrolment.person_id == enrolment.person_id,
            Enrolment.course_id != enrolment.course_id,
            Enrolment.state == EnrolmentState.ACTIVE,
            _is_open(there),
        )
    ).all()
    for enrolment_id, block_id in rows:
        _add(uow, enrolment_id, block_id, completion)
    return {enrolment_id for enrolment_id, _block in rows}


def carry_in(uow: UnitOfWork, enrolment: Enrolment) -> bool:
    """Complete in a course that somebody begins what she has done in others; tell whether there was anything."""
    done, there, theirs = aliased(Block), aliased(Block), aliased(Enrolment)
    rows = uow.session.execute(
        sa.select(there.id, BlockCompletion)
        .select_from(theirs)
        .join(BlockCompletion, BlockCompletion.enrolment_id == theirs.id)
        .join(done, done.id == BlockCompletion.block_id)
        .join(there, _same(done, there))
        .join(Section, Section.id == there.section_id)
        .where(
            theirs.person_id == enrolment.person_id,
            theirs.course_id != enrolment.course_id,
            theirs.state != EnrolmentState.WITHDRAWN,
            Section.version_id == enrolment.version_id,
            BlockCompletion.rule.in_(_CARRIED),
        )
        .order_by(BlockCompletion.at, BlockCompletion.id)
    ).all()
    first = {block_id: completion for block_id, completion in reversed(rows)}
    for block_id, completion in first.items():
        _add(uow, enrolment.id, block_id, completion)
    return bool(first)


def _is_open(block: Any) -> sa.ColumnElement[bool]:
    known = aliased(BlockCompletion)
    return ~sa.exists().where(known.enrolment_id == Enrolment.id, known.block_id == block.id)


def _add(uow: UnitOfWork, enrolment_id: UUID, block_id: UUID, completion: BlockCompletion) -> None:
    """Write the completion down with where it comes from."""
    uow.session.add(
        BlockCompletion(
            enrolment_id=enrolment_id,
            block_id=block_id,
            rule=completion.rule,
            score=completion.score,
            actor=completion.actor,
            at=uow.now(),
            same_as=completion.same_as or completion.id,
        )
    )
    uow.session.flush()
