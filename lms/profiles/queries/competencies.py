"""Read a person's competencies with their evidence."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.contracts import BasisRef
from lms.curriculum import queries as curriculum
from lms.profiles.models import OutcomeEvidence, OutcomeLevel
from lms.profiles.types import CompetencyRow, EvidenceView

__all__ = ["competencies"]


def competencies(session: Session, person_id: UUID) -> list[CompetencyRow]:
    """Return every competency of a person by code, each with its evidence, newest first."""
    levels = session.scalars(sa.select(OutcomeLevel).where(OutcomeLevel.person_id == person_id)).all()
    evidence: dict[UUID, list[EvidenceView]] = {}
    rows = session.scalars(
        sa.select(OutcomeEvidence)
        .where(OutcomeEvidence.person_id == person_id)
        .order_by(OutcomeEvidence.at.desc())
    )
    for row in rows:
        view = EvidenceView(BasisRef(row.basis_kind, row.basis_id), row.share, row.at, row.state)
        evidence.setdefault(row.outcome_id, []).append(view)
    outcomes = curriculum.outcome_views(session, [level.outcome_id for level in levels])
    found = []
    for level in levels:
        outcome = outcomes.get(level.outcome_id)
        views = tuple(evidence.get(level.outcome_id, ()))
        found.append(
            CompetencyRow(
                id=level.id,
                outcome_id=level.outcome_id,
                code=outcome.code if outcome else "",
                statement=outcome.statement if outcome else str(level.outcome_id),
                grade=level.grade,
                share=level.share,
                is_suspended=level.is_suspended,
                evidence=views,
                last_at=views[0].at if views else None,
            )
        )
    return sorted(found, key=lambda row: (row.code, row.statement))
