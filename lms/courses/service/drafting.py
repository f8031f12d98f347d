"""Change the draft of a course step by step; nobody overwrites what somebody else has written meanwhile."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.uow import UnitOfWork
from lms.courses import structure
from lms.courses.ending_reading import is_first_draft
from lms.courses.models import Block, CourseVersion, Section
from lms.courses.rules.gates import write_gate
from lms.courses.service.authoring import (
    course_to_write,
    draft_of,
    make_block,
    put_at,
    renumber,
)
from lms.courses.types import GateTerm, NewBlock

__all__ = ["add_block", "change_block", "change_section", "move_block", "remove_block", "throw_draft"]

#: What a change of a block leaves as it is.
_KEPT = frozenset({"id", "section_id", "position", "key"})


def _draft(uow: UnitOfWork, course_id: UUID) -> CourseVersion:
    """Return the draft of a course that the actor may write, alone until the end of the transaction."""
    return draft_of(uow, course_to_write(uow, course_id).id)


def _section(draft: CourseVersion, key: str) -> Section:
    found = next((section for section in draft.sections if section.key == key), None)
    if found is None:
        raise NotFound("course.no_section")
    return found


def _block(draft: CourseVersion, block_id: UUID) -> tuple[Section, Block]:
    for section in draft.sections:
        for block in section.blocks:
            if block.id == block_id:
                return section, block
    raise NotFound("course.no_block")


def add_block(uow: UnitOfWork, course_id: UUID, section_key: str, new: NewBlock) -> UUID:
    """Add a block at the end of a section of the draft and return its id.

    Raises NotFound ``course.no_section``, InvalidInput ``course.block_invalid`` or ``course.key_taken``.
    """
    course = course_to_write(uow, course_id)
    draft = _draft(uow, course_id)
    section = _section(draft, section_key)
    if any(block.key == new.key for each in draft.sections for block in each.blocks):
        raise InvalidInput("course.key_taken", key=new.key)
    block = make_block(uow, course, new, len(section.blocks) + 1)
    section.blocks.append(block)
    uow.session.flush()
    return block.id


def change_block(uow: UnitOfWork, course_id: UUID, block_id: UUID, new: NewBlock, *, seen: str) -> None:
    """Give a block of the draft what its author wrote; ``seen`` is the mark (`structure.block_mark`) that was changed.

    Raises NotFound ``course.no_block``, InvalidInput ``course.block_invalid``, Conflict ``course.changed_meanwhile``.
    """
    course = course_to_write(uow, course_id)
    _at, block = _block(_draft(uow, course_id), block_id)
    if structure.block_mark(block) != seen:
        raise Conflict("course.changed_meanwhile")
    made = make_block(uow, course, new, block.position)
    for column in sa.inspect(Block).columns:
        if column.key not in _KEPT:
            value = getattr(made, column.key)
            setattr(block, column.key, block.offline_capable if column.key == "offline_capable" else value)
    uow.session.flush()


def remove_block(uow: UnitOfWork, course_id: UUID, block_id: UUID, *, seen: str = "") -> None:
    """Take a block out of the draft; what is published keeps it. ``seen`` is the mark of what was asked about.

    Raises NotFound ``course.no_block``, Conflict ``course.changed_meanwhile``.
    """
    section, block = _block(_draft(uow, course_id), block_id)
    if seen and structure.block_mark(block) != seen:
        raise Conflict("course.changed_meanwhile")
    section.blocks.remove(block)
    uow.session.delete(block)
    uow.session.flush()
    renumber(uow, section.blocks)


def move_block(uow: UnitOfWork, course_id: UUID, block_id: UUID, section_key: str, to: int) -> None:
    """Put a block at place ``to`` of a section of the draft (from 1; beyond the end means last).

    Raises NotFound ``course.no_block`` or ``course.no_section``.
    """
    draft = _draft(uow, course_id)
    home, block = _block(draft, block_id)
    target = _section(draft, section_key)
    if target is not home:
        home.blocks.remove(block)
        block.position = len(target.blocks) + 1
        target.blocks.append(block)
        uow.session.flush()
        renumber(uow, home.blocks)
    put_at(uow, target.blocks, block.key, to)


def change_section(
    uow: UnitOfWork,
    course_id: UUID,
    key: str,
    title: str,
    summary: str,
    gate: tuple[GateTerm, ...],
    *,
    seen: str,
) -> None:
    """Give a section of the draft another title, summary and gate.

    Raises NotFound ``course.no_section``, InvalidInput ``course.section_title``, Conflict ``course.changed_meanwhile``.
    """
    section = _section(_draft(uow, course_id), key)
    if not title.strip():
        raise InvalidInput("course.section_title", fields={"title": ["course.section_title"]})
    if structure.section_mark(section) != seen:
        raise Conflict("course.changed_meanwhile")
    section.title, section.summary = title.strip(), summary.strip()
    section.gate = write_gate(gate)
    uow.session.flush()


def throw_draft(uow: UnitOfWork, course_id: UUID, *, seen: str) -> None:
    """Throw the draft of a published course away; what is published stays as it is. ``seen`` is the mark of what was asked about.

    Raises Conflict ``course.no_draft``, ``course.first_draft`` (nothing else is there: `delete_course`) or
    ``course.changed_meanwhile``.
    """
    draft = _draft(uow, course_id)
    if is_first_draft(uow.session, course_id):
        raise Conflict("course.first_draft")
    if structure.version_mark(draft) != seen:
        raise Conflict("course.changed_meanwhile")
    sections = sa.select(Section.id).where(Section.version_id == draft.id)
    for statement in (
        sa.delete(Block).where(Block.section_id.in_(sections)),
        sa.delete(Section).where(Section.version_id == draft.id),
        sa.delete(CourseVersion).where(CourseVersion.id == draft.id),
    ):
        uow.session.execute(statement, execution_options={"synchronize_session": False})
    uow.session.expire_all()
