"""Read the structure of a version: steps, gates, plans, hashable content. Shared by services and queries."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from lms.core.db import canonical_json
from lms.core.registry import Registries
from lms.courses.contracts import COURSE_BLOCKS, CompletionRule, ContentProblem
from lms.courses.models import Block, Cohort, Course, CourseVersion, Section
from lms.courses.rules.gates import (
    BlockPlan,
    Reader,
    SectionPlan,
    SectionProgress,
    is_meant_for,
    is_open,
    read_gate,
)
from lms.courses.rules.steps import Step
from lms.courses.shapes import SectionShape, VersionShape
from lms.courses.types import BlockRemark, GateTerm, Need

__all__ = [
    "block_content",
    "block_mark",
    "cohort_mark",
    "contents_mark",
    "course_mark",
    "field_prefix",
    "gate_of",
    "meant_sections",
    "media_of",
    "open_keys",
    "remarks_of",
    "section_content",
    "section_mark",
    "section_plans",
    "section_progress",
    "steps_of",
    "version_mark",
]

#: Rules by which a block has a score.
_SCORED = (CompletionRule.SCORE, CompletionRule.RESULT)


def gate_of(section: Section) -> tuple[GateTerm, ...]:
    """Return the gate of a section as values."""
    return read_gate(section.gate)


def meant_sections(shape: VersionShape, reader: Reader) -> list[SectionShape]:
    """Return the sections of a version that are meant for one learner."""
    return [section for section in shape.sections if is_meant_for(section.gate, reader)]


def steps_of(shape: VersionShape, reader: Reader) -> list[Step]:
    """Return the pages of a version that are meant for one learner, in order."""
    return [step for section in meant_sections(shape, reader) for step in section.steps]


def section_plans(version: CourseVersion, registries: Registries) -> list[SectionPlan]:
    """Return what the gate check needs to know."""
    blocks = registries.of(COURSE_BLOCKS)
    return [
        SectionPlan(
            section.key,
            gate_of(section),
            tuple(
                BlockPlan(
                    block.key,
                    frozenset(Need(need) for need in block.a11y.get("needs", ())),
                    block.alternatives,
                    (kind := blocks.find(block.type)) is not None
                    and kind.completion(block.content) in _SCORED,
                )
                for block in section.blocks
            ),
        )
        for section in version.sections
    ]


def section_progress(
    shape: VersionShape, completed: Collection[UUID], best: Mapping[UUID, Decimal], reader: Reader
) -> dict[str, SectionProgress]:
    """Return how one learner stands in each section; its score is the mean of the best scores of answered blocks.

    A section that is not meant for her counts as completed.
    """
    meant = {section.key for section in meant_sections(shape, reader)}
    found: dict[str, SectionProgress] = {}
    for section in shape.sections:
        scores = [best[block.id] for block in section.blocks if block.id in best]
        found[section.key] = SectionProgress(
            section.key not in meant or all(block.id in completed for block in section.blocks),
            sum(scores, Decimal(0)) / len(scores) if scores else None,
        )
    return found


def open_keys(
    shape: VersionShape, completed: Collection[UUID], best: Mapping[UUID, Decimal], reader: Reader
) -> list[str]:
    """Return the keys of the sections that are open to one learner, in order."""
    progress = section_progress(shape, completed, best, reader)
    return [section.key for section in shape.sections if is_open(section.gate, progress, reader)]


def section_content(section: Section) -> dict[str, Any]:
    """Return everything of a section that a learner is given."""
    return {
        "key": section.key,
        "title": section.title,
        "summary": section.summary,
        "gate": section.gate,
        "blocks": [block_content(block) for block in section.blocks],
    }


def block_content(block: Block) -> dict[str, Any]:
    """Return everything of a block that a learner is given."""
    return {
        "key": block.key,
        "type": block.type,
        "type_version": block.type_version,
        "title": block.title,
        "content": block.content,
        "outcomes": block.outcomes,
        "alternatives": block.alternatives,
        "with_previous": block.with_previous,
        "meta": block.meta,
    }


def field_prefix(block_id: UUID) -> str:
    """Return what the names of a block's fields begin with, unique on a page."""
    return f"b{block_id.hex[-8:]}"


def block_mark(block: Block) -> str:
    """Return a mark that is another one as soon as anything was changed that an author writes."""
    return _mark([block_content(block), block.est_minutes])


def section_mark(section: Section) -> str:
    """Return a mark that is another one as soon as title, summary or gate were changed."""
    return _mark([section.title, section.summary, section.gate])


def course_mark(course: Course) -> str:
    """Return a mark that is another one as soon as anything was changed that stands on the page about a course."""
    return _mark(
        [course.title, course.subject, course.summary, course.grade, course.mode.value, course.seats]
    )


def cohort_mark(cohort: Cohort) -> str:
    """Return a mark that is another one as soon as anything was changed that is written of a cohort."""
    days = [day.isoformat() if day else "" for day in (cohort.starts_on, cohort.ends_on)]
    return _mark([cohort.title, *days, cohort.seats, cohort.afterwards.value])


def contents_mark(section: Section) -> str:
    """Return a mark that is another one as soon as anything in a section was changed."""
    return _mark([section_content(section), [block.est_minutes for block in section.blocks]])


def version_mark(version: CourseVersion) -> str:
    """Return a mark that is another one as soon as anything in a version was changed."""
    return _mark([version.number, *(contents_mark(section) for section in version.sections)])


def _mark(values: Any) -> str:
    return hashlib.sha256(canonical_json(values).encode()).hexdigest()[:16]


def media_of(version: CourseVersion, registries: Registries) -> list[str]:
    """Return the ids of all media files that a version names."""
    blocks = registries.of(COURSE_BLOCKS)
    names = {
        name
        for section in version.sections
        for block in section.blocks
        if (kind := blocks.find(block.type)) is not None
        for name in kind.media(block.content)
    }
    return sorted(names)


def remarks_of(version: CourseVersion, registries: Registries) -> list[BlockRemark]:
    """Return everything in a version that would shut somebody out, in order; a link in two places is said twice.

    A step whose kind is not installed any more shuts everybody out.
    """
    kinds, found = registries.of(COURSE_BLOCKS), []
    for section in version.sections:
        for block in section.blocks:
            kind = kinds.find(block.type)
            gone = [ContentProblem("", "plugin.missing")]
            for problem in gone if kind is None else kind.remarks(block.content):
                found.append(
                    BlockRemark(
                        block.id, section.title, block.title, block.type, problem.path, problem.message
                    )
                )
    return found
