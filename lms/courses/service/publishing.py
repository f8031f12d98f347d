"""Publish a draft: check that it can be learnt by everybody, take its hash, and never change it again."""

from __future__ import annotations

import hashlib
from uuid import UUID

import sqlalchemy as sa

from lms.core.db import canonical_json
from lms.core.errors import InvalidInput
from lms.core.uow import UnitOfWork
from lms.courses import structure
from lms.courses.models import Course, CourseMedia, CourseVersion
from lms.courses.rules.gates import find_faults, find_stuck
from lms.courses.service.authoring import course_to_write, draft_of
from lms.courses.types import PublishReceipt, VersionState

__all__ = ["content_hash", "publish_course"]


def publish_course(uow: UnitOfWork, course_id: UUID) -> PublishReceipt:
    """Publish the draft of a course; the version published before is retired, its learners stay in it.

    Raises Conflict ``course.no_draft``; InvalidInput ``course.empty``, a gate fault (``course.gate_cycle`` …) or
    ``course.stuck`` with one line for every learner who could not go on.
    """
    course = course_to_write(uow, course_id)
    draft = draft_of(uow, course.id)
    if not draft.sections or any(not section.blocks for section in draft.sections):
        raise InvalidInput("course.empty")
    _check_gates(uow, draft)
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
    return PublishReceipt(course.id, draft.id, draft.number, draft.content_hash, now)


def _check_gates(uow: UnitOfWork, draft: CourseVersion) -> None:
    plans = structure.section_plans(draft, uow.runtime.registries)
    faults = find_faults(plans)
    if faults:
        raise InvalidInput(faults[0].code, sections=", ".join(faults[0].sections))
    stuck = find_stuck(plans)
    if stuck:
        lines = [f"{s.audience.value}: {s.section}/{s.block} → {', '.join(s.closed) or '—'}" for s in stuck]
        raise InvalidInput("course.stuck", fields={"_form": lines}, learners="; ".join(lines))


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
