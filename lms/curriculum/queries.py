"""Read frameworks, outcomes, crosswalks and curricula."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.db import bulk_in
from lms.core.errors import NotFound
from lms.curriculum.models import Crosswalk, Curriculum, CurriculumItem, Framework, Outcome
from lms.curriculum.types import (
    CurriculumItemView,
    CurriculumState,
    CurriculumView,
    EdgeView,
    FrameworkView,
    OutcomeShare,
    OutcomeView,
    PeriodView,
)

__all__ = [
    "crosswalk_edges",
    "curricula_for",
    "curricula_statement",
    "curriculum_view",
    "framework_view",
    "frameworks_for",
    "outcome_views",
    "search_outcomes",
]


def _outcome(row: Outcome) -> OutcomeView:
    return OutcomeView(row.id, row.code, row.statement, row.level, row.framework_id, row.parent_id)


def outcome_views(session: Session, ids: Iterable[UUID]) -> dict[UUID, OutcomeView]:
    """Return the outcomes called for, by id; unknown ids are absent."""
    found: dict[UUID, OutcomeView] = {}
    for batch in bulk_in(dict.fromkeys(ids)):
        for row in session.scalars(sa.select(Outcome).where(Outcome.id.in_(batch))):
            found[row.id] = _outcome(row)
    return found


def search_outcomes(session: Session, text: str, limit: int = 20) -> list[OutcomeView]:
    """Return outcomes whose statement or code contains ``text`` (case as the database compares it)."""
    pattern = f"%{text.strip()}%"
    statement = (
        sa.select(Outcome)
        .where(sa.or_(Outcome.statement.ilike(pattern), Outcome.code.ilike(pattern)))
        .order_by(Outcome.code)
        .limit(limit)
    )
    return [_outcome(row) for row in session.scalars(statement)]


def framework_view(session: Session, framework_id: UUID) -> FrameworkView:
    """Return a framework with its outcomes in order; raise NotFound ``curriculum.no_framework``."""
    row = session.get(Framework, framework_id)
    if row is None:
        raise NotFound("curriculum.no_framework")
    outcomes = session.scalars(
        sa.select(Outcome).where(Outcome.framework_id == framework_id).order_by(Outcome.position)
    )
    return FrameworkView(row.id, row.code, row.title, row.version, tuple(_outcome(o) for o in outcomes))


def frameworks_for(session: Session, org_ids: Iterable[UUID]) -> list[FrameworkView]:
    """Return the frameworks that organisations use (their own and the shared ones), without outcomes."""
    statement = (
        sa.select(Framework)
        .where(sa.or_(Framework.org_id.is_(None), Framework.org_id.in_(list(org_ids))))
        .order_by(Framework.title, Framework.version)
    )
    return [FrameworkView(row.id, row.code, row.title, row.version) for row in session.scalars(statement)]


def crosswalk_edges(
    session: Session, source_ids: Iterable[UUID], target_ids: Iterable[UUID]
) -> list[EdgeView]:
    """Return the edges from any of ``source_ids`` to any of ``target_ids``, in a fixed order."""
    targets = set(target_ids)
    found: list[EdgeView] = []
    for batch in bulk_in(dict.fromkeys(source_ids)):
        rows = session.scalars(sa.select(Crosswalk).where(Crosswalk.source_id.in_(batch)))
        found += [
            EdgeView(row.id, row.source_id, row.target_id, row.relation, row.weight, row.note)
            for row in rows
            if row.target_id in targets
        ]
    return sorted(found, key=lambda edge: (str(edge.target_id), str(edge.source_id)))


def _item(row: CurriculumItem) -> CurriculumItemView:
    shares = tuple(OutcomeShare(share.outcome_id, share.hours) for share in row.outcomes)
    return CurriculumItemView(
        row.id, row.subject, row.title, row.hours, row.period, row.attestation_form, row.is_mandatory, shares
    )


def _curriculum(row: Curriculum, *, with_items: bool = True) -> CurriculumView:
    return CurriculumView(
        id=row.id,
        org_id=row.org_id,
        programme=row.programme,
        title=row.title,
        grade=row.grade,
        year=row.year,
        version=row.version,
        state=row.state,
        weekly_hours_max=row.weekly_hours_max,
        periods=tuple(PeriodView(p.number, p.starts_on, p.ends_on) for p in row.periods),
        items=tuple(_item(item) for item in row.items) if with_items else (),
    )


def curriculum_view(session: Session, curriculum_id: UUID) -> CurriculumView:
    """Return a curriculum with periods, items and outcomes; raise NotFound ``curriculum.no_curriculum``."""
    row = session.get(Curriculum, curriculum_id)
    if row is None:
        raise NotFound("curriculum.no_curriculum")
    return _curriculum(row)


def curricula_for(
    session: Session, org_id: UUID, grade: int | None = None, year: str = ""
) -> list[CurriculumView]:
    """Return an organisation's approved curricula, newest version first; ``year`` like ``2026/27``."""
    statement = sa.select(Curriculum).where(
        Curriculum.org_id == org_id, Curriculum.state == CurriculumState.APPROVED
    )
    if grade is not None:
        statement = statement.where(Curriculum.grade == grade)
    if year:
        statement = statement.where(Curriculum.year == year)
    ordered = statement.order_by(Curriculum.year.desc(), Curriculum.grade, Curriculum.version.desc())
    return [_curriculum(row) for row in session.scalars(ordered)]


def curricula_statement(org_ids: Iterable[UUID], grade: int | None = None) -> sa.Select[Any]:
    """Return the statement behind the list page: every version of the organisations' curricula."""
    statement = sa.select(Curriculum).where(Curriculum.org_id.in_(list(org_ids)))
    if grade is not None:
        statement = statement.where(Curriculum.grade == grade)
    return statement.order_by(
        Curriculum.year.desc(), Curriculum.grade, Curriculum.title, Curriculum.version.desc()
    )
