"""Take catalogues of outside courses over: each course is added, changed, left as it is or refused with the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lms.core.errors import InvalidInput
from lms.core.uow import UnitOfWork
from lms.plans.credit_models import ExternalCourse, LearningSource
from lms.plans.schemas.course_catalogue import CatalogueRow
from lms.plans.service.credit.sources import (
    LOWEST_TIER,
    LearnedValue,
    add_external_course,
    new_source,
    rewrite_course,
    search_key,
)
from lms.plans.types.credit import LicenceState

__all__ = ["CatalogueFate", "CatalogueLine", "take_catalogue"]

_ABOUT = ("subject", "grade", "language", "form", "paper", "adapted", "url", "summary", "approved")
_LEARNED = ("title", "hours", "level", "fragment", "tested_by")


class CatalogueFate(StrEnum):
    """What became of a course of a file."""

    ADDED = "added"
    CHANGED = "changed"
    SAME = "same"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class CatalogueLine:
    """One course of a file, its place there, what became of it, and why not (field: code or reasons)."""

    place: str
    title: str
    fate: CatalogueFate
    faults: Mapping[str, Any]


def take_catalogue(uow: UnitOfWork, org_id: UUID, rows: Sequence[CatalogueRow]) -> list[CatalogueLine]:
    """Put the courses of a file on the school's list; taking the same file over again changes nothing.

    A course is known again by its organisation and code. Organisations that are new wait for the register of licences.
    """
    uow.require("credit.manage_sources", org_id)
    sources: dict[str, LearningSource] = {}
    return [_line(uow, org_id, sources, row) for row in rows]


def _line(
    uow: UnitOfWork, org_id: UUID, sources: dict[str, LearningSource], row: CatalogueRow
) -> CatalogueLine:
    if row.faults:
        return CatalogueLine(row.place, row.title, CatalogueFate.REFUSED, row.faults)
    source = _source(uow, org_id, sources, row.values)
    try:
        return CatalogueLine(row.place, row.title, _take(uow, org_id, source, row.values), {})
    except InvalidInput as error:
        return CatalogueLine(
            row.place, row.title, CatalogueFate.REFUSED, error.fields or {"_row": [error.code]}
        )


def _source(
    uow: UnitOfWork, org_id: UUID, sources: dict[str, LearningSource], said: Mapping[str, Any]
) -> LearningSource:
    """Return the organisation of a course by its name: one that the school knows, else a new one that waits."""
    key = search_key(said["organisation"])
    if key not in sources:
        known = uow.session.scalars(
            sa.select(LearningSource).where(
                sa.or_(LearningSource.org_id.is_(None), LearningSource.org_id == org_id),
                LearningSource.search_key.like(key.replace("%", "").replace("_", "") + "%"),
            )
        )
        same = next((one for one in known if search_key(one.name) == key), None)
        sources[key] = same or new_source(
            uow,
            org_id=org_id,
            name=said["organisation"],
            website=said["website"],
            licence_no="",
            state=LicenceState.UNCHECKED,
            tier=LOWEST_TIER,
        )
    return sources[key]


def _take(uow: UnitOfWork, org_id: UUID, source: LearningSource, said: Mapping[str, Any]) -> CatalogueFate:
    about = {name: said[name] for name in _ABOUT if said[name] not in ("", None, [])}
    course = uow.session.scalar(
        sa.select(ExternalCourse).where(
            ExternalCourse.source_id == source.id, ExternalCourse.code == said["code"]
        )
    )
    learned = [LearnedValue(**{name: one[name] for name in _LEARNED}) for one in said["outcomes"]]
    facts = {name: said[name] for name in ("title", "hours", "scale", "scale_max", "is_proctored")}
    if course is None:
        made = add_external_course(uow, source.id, org_id=org_id, learned=learned, **facts)
        course = uow.session.get_one(ExternalCourse, made)
        course.code, course.about = said["code"], about
        return CatalogueFate.ADDED
    written = [tuple(getattr(one, name) for name in _LEARNED) for one in course.outcomes]
    told = [tuple(getattr(one, name) for name in _LEARNED) for one in learned]
    is_same = all(getattr(course, name) == value for name, value in facts.items())
    if is_same and course.about == about and written == told and course.is_listed:
        return CatalogueFate.SAME
    rewrite_course(uow, course.id, org_id=org_id, learned=learned, **facts)
    course.about = about
    return CatalogueFate.CHANGED
