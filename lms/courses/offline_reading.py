"""Read what of a course a learner may take along: the sections that are open now, and nothing of the others."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.registry import Registries
from lms.courses.contracts import COURSE_BLOCKS, DiscussedBlock, ExaminedBlock, PlayedBlock
from lms.courses.models import Block, CourseMedia, CourseVersion, Enrolment
from lms.courses.queries import media_path, outline
from lms.courses.rules.packing import OfflinePart

__all__ = ["offline_parts"]

#: What a page weighs around its content.
PAGE_BYTES = 16 * 1024
#: Only these are played; everything else is looked at.
_PLAYED = ("video/", "audio/")
#: Kinds of blocks that lead out of the school's own pages.
_AWAY = frozenset({"link", "live_lesson", "lti"})


def _away_kinds(registries: Registries) -> frozenset[str]:
    """Return the kinds of blocks that need a network: those that lead out, run in a sealed frame, or examine."""
    kinds = registries.of(COURSE_BLOCKS)
    return _AWAY | {kind.name for kind in kinds if isinstance(kind, (PlayedBlock, ExaminedBlock))}


def _talk_kinds(registries: Registries) -> frozenset[str]:
    """Return the kinds of blocks whose text is read anywhere, while people write to each other with a network only."""
    return frozenset(kind.name for kind in registries.of(COURSE_BLOCKS) if isinstance(kind, DiscussedBlock))


def offline_parts(session: Session, enrolment: Enrolment, registries: Registries) -> list[OfflinePart]:
    """Return the sections that are open to a learner now, in order, each with what a device has to fetch."""
    view = outline(session, enrolment.course_id, enrolment)
    version = session.get_one(CourseVersion, enrolment.version_id)
    blocks = {section.key: section.blocks for section in version.sections}
    files = {
        str(media_id): (media_type, size)
        for media_id, media_type, size in session.execute(
            sa.select(CourseMedia.id, CourseMedia.media_type, CourseMedia.size_bytes).where(
                CourseMedia.course_id == enrolment.course_id
            )
        )
    }
    parts, away, talks = [], _away_kinds(registries), _talk_kinds(registries)
    for section in view.sections:
        if not section.is_open:
            continue
        names = _media(blocks[section.key], registries)
        played = [name for name in names if files[name][0].startswith(_PLAYED)]
        looked_at = [name for name in names if name not in played]
        parts.append(
            OfflinePart(
                key=section.key,
                title=section.title,
                minutes=section.minutes,
                is_done=section.progress.is_completed,
                pages=tuple(step.url for step in section.steps),
                media=_paths(enrolment.course_id, looked_at),
                films=_paths(enrolment.course_id, played),
                size_bytes=sum(files[name][1] for name in looked_at)
                + sum(PAGE_BYTES + len(str(block.content).encode()) for block in blocks[section.key]),
                film_bytes=sum(files[name][1] for name in played),
                away=tuple(step.title for step in section.steps if away & set(step.types)),
                talks=tuple(step.title for step in section.steps if talks & set(step.types)),
            )
        )
    return parts


def _media(blocks: list[Block], registries: Registries) -> list[str]:
    kinds = registries.of(COURSE_BLOCKS)
    found: list[str] = []
    for block in blocks:
        kind = kinds.find(block.type)
        if kind is not None:
            played = kind.player(block.content).media if isinstance(kind, PlayedBlock) else ""
            found += [name for name in kind.media(block.content) if name != played]
    return list(dict.fromkeys(found))


def _paths(course_id: UUID, names: list[str]) -> tuple[str, ...]:
    return tuple(media_path(course_id, name) for name in names)
