"""Read the shape of a version: its sections and blocks without their content, which outlines and progress need no more of.

What is published never changes, so its shape is read once in a process; that of a draft is read each time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.courses.models import Block, CourseVersion, Section
from lms.courses.rules.gates import read_gate
from lms.courses.rules.steps import Step, group_steps
from lms.courses.types import GateTerm, VersionState

__all__ = ["BlockShape", "SectionShape", "VersionShape", "shape_of"]

#: So many blocks of published versions are remembered in one process (about 500 bytes each).
MAX_KEPT_BLOCKS = 20_000

_kept: dict[tuple[UUID, str, datetime | None], VersionShape] = {}


@dataclass(frozen=True, slots=True)
class BlockShape:
    """A block without its content."""

    id: UUID
    key: str
    type: str
    title: str
    est_minutes: int
    with_previous: bool


@dataclass(frozen=True, slots=True)
class StepFace:
    """How a step is called in an outline, how long it takes, which kinds of blocks it has."""

    title: str
    minutes: int
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SectionShape:
    """A section with its gate, its blocks, how they stand on pages (steps) and what an outline says of each."""

    key: str
    title: str
    summary: str
    gate: tuple[GateTerm, ...]
    blocks: tuple[BlockShape, ...]
    steps: tuple[Step, ...]
    faces: tuple[StepFace, ...]


@dataclass(frozen=True, slots=True)
class VersionShape:
    """A version: its sections in order."""

    id: UUID
    course_id: UUID
    number: int
    published_at: datetime | None
    sections: tuple[SectionShape, ...]

    def section_of(self, block_id: UUID) -> SectionShape | None:
        """Return the section in which a block stands, or None."""
        return next((s for s in self.sections if any(block.id == block_id for block in s.blocks)), None)


def shape_of(session: Session, version: CourseVersion) -> VersionShape:
    """Return the shape of a version."""
    if version.state is VersionState.DRAFT:
        return _read(session, version)
    key = (version.id, version.content_hash, version.published_at)
    found = _kept.get(key)
    if found is None:
        found = _kept[key] = _read(session, version)
        for oldest in _too_many():
            _kept.pop(oldest, None)
    return found


def _too_many() -> list[tuple[UUID, str, datetime | None]]:
    """Return the shapes read longest ago that there is no room for; the newest always has room."""
    sizes = [
        (key, sum(len(section.blocks) for section in shape.sections)) for key, shape in _kept.copy().items()
    ]
    total = sum(size for _key, size in sizes)
    gone = []
    for key, size in sizes[:-1]:
        if total <= MAX_KEPT_BLOCKS:
            break
        gone.append(key)
        total -= size
    return gone


def _read(session: Session, version: CourseVersion) -> VersionShape:
    blocks: dict[UUID, list[BlockShape]] = {}
    for row in session.execute(
        sa.select(
            Block.section_id,
            Block.id,
            Block.key,
            Block.type,
            Block.title,
            Block.est_minutes,
            Block.with_previous,
        )
        .join(Section, Section.id == Block.section_id)
        .where(Section.version_id == version.id)
        .order_by(Block.section_id, Block.position)
    ):
        blocks.setdefault(row[0], []).append(BlockShape(row[1], row[2], row[3], row[4], row[5], row[6]))
    rows = session.execute(
        sa.select(Section.id, Section.key, Section.title, Section.summary, Section.gate)
        .where(Section.version_id == version.id)
        .order_by(Section.position)
    )
    sections = tuple(
        _section((key, title, summary, read_gate(gate)), blocks.get(section_id, []))
        for section_id, key, title, summary, gate in rows
    )
    return VersionShape(version.id, version.course_id, version.number, version.published_at, sections)


def _section(said: tuple[str, str, str, tuple[GateTerm, ...]], blocks: list[BlockShape]) -> SectionShape:
    key, title, summary, gate = said
    pages = group_steps(blocks)
    return SectionShape(
        key,
        title,
        summary,
        gate,
        tuple(blocks),
        tuple(Step(key, tuple(block.id for block in page)) for page in pages),
        tuple(
            StepFace(
                next((block.title for block in page if block.title), title),
                sum(block.est_minutes for block in page),
                tuple(block.type for block in page),
            )
            for page in pages
        ),
    )
