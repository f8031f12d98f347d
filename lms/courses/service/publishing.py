"""Publish a draft: check that it can be learnt by everybody, take its hash, and never change it again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lms.core.db import canonical_json
from lms.core.errors import Conflict, InvalidInput
from lms.core.uow import UnitOfWork
from lms.courses import structure
from lms.courses.models import (
    Block,
    BlockAnswer,
    BlockCompletion,
    Course,
    CourseMedia,
    CourseVersion,
    Enrolment,
    Play,
    Playback,
    Section,
    Work,
)
from lms.courses.queries import gate_faults
from lms.courses.rules.changes import is_same_block
from lms.courses.rules.gate_check import find_stuck
from lms.courses.service.authoring import course_to_write, draft_of
from lms.courses.service.holding import hold
from lms.courses.types import EnrolmentState, PublishReceipt, VersionState

__all__ = ["block_now", "content_hash", "move_learners", "publish_course", "same_blocks"]

_UNDER_WAY = (EnrolmentState.ACTIVE, EnrolmentState.PAUSED)


def publish_course(
    uow: UnitOfWork, course_id: UUID, *, moves_learners: bool = False, seen: str = ""
) -> PublishReceipt:
    """Publish the draft of a course; the version published before is retired. ``seen`` is the mark of what was looked at.

    Its learners stay in it unless ``moves_learners``: then those who are not done go on in the new one, and what did not
    change stays done. Raises Conflict ``course.no_draft`` or ``course.draft_moved``; InvalidInput ``course.empty``, a gate fault
    (``course.gate_cycle`` …), ``course.stuck`` with one line for every learner who could not go on, or
    ``course.not_accessible``.
    """
    course = course_to_write(uow, course_id)
    draft = draft_of(uow, course.id)
    if seen and structure.version_mark(draft) != seen:
        raise Conflict("course.draft_moved")
    if not draft.sections or any(not section.blocks for section in draft.sections):
        raise InvalidInput("course.empty")
    _check_gates(uow, draft)
    remarks = structure.remarks_of(draft, uow.runtime.registries)
    if remarks:
        raise InvalidInput("course.not_accessible", count=len(remarks))
    uow.session.execute(
        sa.update(CourseVersion)
        .where(CourseVersion.course_id == course.id, CourseVersion.state == VersionState.PUBLISHED)
        .values(state=VersionState.RETIRED)
    )
    now = uow.now()
    draft.state = VersionState.PUBLISHED
    draft.published_at = now
    draft.published_by = uow.actor.person_id
    draft.content_hash = content_hash(uow, course, draft)
    uow.session.flush()
    moved = _move_learners(uow, draft) if moves_learners else 0
    return PublishReceipt(course.id, draft.id, draft.number, draft.content_hash, now, moved)


def move_learners(uow: UnitOfWork, course_id: UUID) -> int:
    """Let all who are under way in an earlier version go on in the published one; return how many they are.

    What did not change stays done. Raises Conflict ``course.not_published``.
    """
    course = course_to_write(uow, course_id)
    uow.lock("course", course.id)
    published = uow.session.scalar(
        sa.select(CourseVersion).where(
            CourseVersion.course_id == course.id, CourseVersion.state == VersionState.PUBLISHED
        )
    )
    if published is None:
        raise Conflict("course.not_published")
    return _move_learners(uow, published)


def _move_learners(uow: UnitOfWork, version: CourseVersion) -> int:
    """Let all who are not done go on in ``version``; return how many they are.

    What is being done in this moment is in before, or comes after; who has completed the course or left it meanwhile stays.
    """
    enrolments = uow.session.scalars(
        sa.select(Enrolment)
        .where(
            Enrolment.course_id == version.course_id,
            Enrolment.version_id != version.id,
            Enrolment.state.in_(_UNDER_WAY),
        )
        .order_by(Enrolment.id)
    ).all()
    by_version: dict[UUID, dict[UUID, UUID]] = {}
    moved = 0
    for enrolment in enrolments:
        hold(uow, enrolment)
        if enrolment.state not in _UNDER_WAY:
            continue
        same = by_version.get(enrolment.version_id)
        if same is None:
            before = uow.session.get_one(CourseVersion, enrolment.version_id)
            same = by_version.setdefault(before.id, same_blocks(before, version))
        _take_along(uow, enrolment, same)
        enrolment.version_id, enrolment.changed_at = version.id, uow.now()
        moved += 1
    uow.session.flush()
    return moved


def same_blocks(before: CourseVersion, after: CourseVersion) -> dict[UUID, UUID]:
    """Return which block of ``before`` is which of ``after``: the same key, and nothing to do again."""
    old, new = ({b.key: b for section in side.sections for b in section.blocks} for side in (before, after))
    return {
        block.id: new[key].id
        for key, block in old.items()
        if key in new and is_same_block(structure.block_content(block), structure.block_content(new[key]))
    }


def block_now(uow: UnitOfWork, enrolment: Enrolment, block_id: UUID) -> UUID:
    """Return the block itself, or the same one in the version that the learner was moved to meanwhile."""
    version_id = uow.session.scalar(
        sa.select(Section.version_id).join(Block, Block.section_id == Section.id).where(Block.id == block_id)
    )
    if version_id is None or version_id == enrolment.version_id:
        return block_id
    before, now = (uow.session.get_one(CourseVersion, each) for each in (version_id, enrolment.version_id))
    if before.course_id != enrolment.course_id:
        return block_id
    return same_blocks(before, now).get(block_id, block_id)


def _take_along(uow: UnitOfWork, enrolment: Enrolment, same: dict[UUID, UUID]) -> None:
    """Copy what somebody has done and answered to the blocks of another version; the facts of the old one stay.

    What is still going on (work with the teacher, the place in a film or a package) goes on there.
    """
    _copy_facts(uow, BlockCompletion, enrolment.id, same)
    _copy_facts(uow, BlockAnswer, enrolment.id, same)
    going_on: tuple[type[Work | Play | Playback], ...] = (Work, Play, Playback)
    for kind in going_on:
        here = kind.enrolment_id == enrolment.id
        rows: Any = uow.session.scalars(sa.select(kind).where(here, kind.block_id.in_(same))).all()
        for row in rows:
            row.block_id = same[row.block_id]
    if enrolment.last_block_id is not None:
        enrolment.last_block_id = same.get(enrolment.last_block_id)


def _check_gates(uow: UnitOfWork, draft: CourseVersion) -> None:
    plans = structure.section_plans(draft, uow.runtime.registries)
    faults = gate_faults(uow.session, draft, uow.runtime.registries)
    if faults:
        raise InvalidInput(faults[0].code, sections=", ".join(_titles(draft, faults[0].sections)), who="…")
    stuck = find_stuck(plans)
    if stuck:
        lines = [f"{s.audience.value}: {s.section}/{s.block} → {', '.join(s.closed) or '—'}" for s in stuck]
        raise InvalidInput("course.stuck", fields={"_form": lines}, learners="; ".join(lines))


def _titles(draft: CourseVersion, keys: Sequence[str]) -> list[str]:
    titles = {section.key: section.title for section in draft.sections}
    return [titles.get(key, key) for key in keys]


def content_hash(uow: UnitOfWork, course: Course, version: CourseVersion) -> str:
    """Return the SHA-256 over everything a learner is given: words, blocks, gates and the hashes of the media."""
    media = uow.session.execute(
        sa.select(CourseMedia.id, CourseMedia.sha256).where(CourseMedia.course_id == course.id)
    )
    known = {str(media_id): sha256 for media_id, sha256 in media}
    body = {
        "title": course.title,
        "sections": [structure.section_content(section) for section in version.sections],
        "media": {name: known[name] for name in structure.media_of(version, uow.runtime.registries)},
    }
    return hashlib.sha256(canonical_json(body).encode()).hexdigest()


def _copy_facts(
    uow: UnitOfWork, kind: type[BlockCompletion | BlockAnswer], enrolment_id: UUID, same: dict[UUID, UUID]
) -> None:
    table = kind.__table__
    names = [column.key for column in table.columns if column.key not in {"id", "block_id"}]
    rows = uow.session.execute(
        sa.select(table).where(table.c.enrolment_id == enrolment_id, table.c.block_id.in_(same))
    ).mappings()
    for row in rows.all():
        uow.session.add(kind(block_id=same[row["block_id"]], **{name: row[name] for name in names}))
