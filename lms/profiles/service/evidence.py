"""Keep the profile true: take evidence in, suspend and reinstate it, rebuild levels."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from lms.core.contracts import BasisRef
from lms.core.ids import new_id
from lms.core.uow import UnitOfWork
from lms.profiles.models import OutcomeEvidence, OutcomeLevel
from lms.profiles.rules.levels import ALGORITHM_VERSION, best_share, grade_of
from lms.profiles.types import EvidenceState, EvidenceView

__all__ = ["drop_evidence", "rebuild_levels", "record_evidence", "reinstate_evidence", "suspend_evidence"]


def record_evidence(
    uow: UnitOfWork, person_id: UUID, basis: BasisRef, shares: Mapping[UUID, Decimal], at: datetime
) -> None:
    """Take in what one fact shows: a share (0..1) per outcome; recording it again only corrects the share."""
    uow.require("profiles.record")
    for outcome_id, share in shares.items():
        row = uow.session.scalar(
            sa.select(OutcomeEvidence).where(
                OutcomeEvidence.person_id == person_id,
                OutcomeEvidence.outcome_id == outcome_id,
                OutcomeEvidence.basis_kind == basis.kind,
                OutcomeEvidence.basis_id == basis.id,
            )
        )
        if row is None:
            row = OutcomeEvidence(
                person_id=person_id,
                outcome_id=outcome_id,
                basis_kind=basis.kind,
                basis_id=basis.id,
                state=EvidenceState.ACTIVE,
            )
            uow.session.add(row)
        row.share, row.at = share, at
    uow.session.flush()
    _refresh(uow, person_id, set(shares))


def suspend_evidence(uow: UnitOfWork, basis: BasisRef) -> list[BasisRef]:
    """Suspend all evidence that rests on ``basis``, keeping its state before; return the rows as references."""
    rows = _resting_on(uow, basis, EvidenceState.ACTIVE)
    for row in rows:
        row.state_before, row.state = row.state, EvidenceState.SUSPENDED
    return _after_change(uow, rows)


def reinstate_evidence(uow: UnitOfWork, basis: BasisRef) -> list[BasisRef]:
    """Bring all evidence that rests on ``basis`` back to its state before."""
    rows = _resting_on(uow, basis, EvidenceState.SUSPENDED)
    for row in rows:
        row.state, row.state_before = row.state_before or EvidenceState.ACTIVE, None
    return _after_change(uow, rows)


def drop_evidence(uow: UnitOfWork, basis: BasisRef) -> list[BasisRef]:
    """Take away all evidence that rests on ``basis``: the fact was superseded, and its successor shows what is so."""
    rows = [row for state in EvidenceState for row in _resting_on(uow, basis, state)]
    for row in rows:
        uow.session.delete(row)
    return _after_change(uow, rows)


def _resting_on(uow: UnitOfWork, basis: BasisRef, state: EvidenceState) -> list[OutcomeEvidence]:
    return list(
        uow.session.scalars(
            sa.select(OutcomeEvidence).where(
                OutcomeEvidence.basis_kind == basis.kind,
                OutcomeEvidence.basis_id == basis.id,
                OutcomeEvidence.state == state,
            )
        )
    )


def _after_change(uow: UnitOfWork, rows: list[OutcomeEvidence]) -> list[BasisRef]:
    uow.session.flush()
    by_person: dict[UUID, set[UUID]] = {}
    for row in rows:
        by_person.setdefault(row.person_id, set()).add(row.outcome_id)
    for person_id, outcomes in by_person.items():
        _refresh(uow, person_id, outcomes)
    return [BasisRef("profiles.evidence", row.id) for row in rows]


def rebuild_levels(uow: UnitOfWork, person_id: UUID) -> None:
    """Compute every level of a person anew from the evidence; the result is the same as before."""
    uow.require("profiles.record")
    outcomes = set(
        uow.session.scalars(
            sa.select(OutcomeEvidence.outcome_id).where(OutcomeEvidence.person_id == person_id)
        )
    )
    uow.session.execute(sa.delete(OutcomeLevel).where(OutcomeLevel.person_id == person_id))
    _refresh(uow, person_id, outcomes)


def _refresh(uow: UnitOfWork, person_id: UUID, outcomes: set[UUID]) -> None:
    """Project the evidence for some outcomes into their levels."""
    rows = uow.session.scalars(
        sa.select(OutcomeEvidence).where(
            OutcomeEvidence.person_id == person_id, OutcomeEvidence.outcome_id.in_(outcomes)
        )
    ).all()
    levels = {
        level.outcome_id: level
        for level in uow.session.scalars(
            sa.select(OutcomeLevel).where(
                OutcomeLevel.person_id == person_id, OutcomeLevel.outcome_id.in_(outcomes)
            )
        )
    }
    for outcome_id in outcomes:
        evidence = [_view(row) for row in rows if row.outcome_id == outcome_id]
        level = levels.get(outcome_id)
        if not evidence:
            if level is not None:
                uow.session.delete(level)
            continue
        if level is None:
            level = OutcomeLevel(id=new_id(), person_id=person_id, outcome_id=outcome_id)
            uow.session.add(level)
        level.share = best_share(evidence)
        level.grade = grade_of(level.share)
        level.is_suspended = any(e.state is EvidenceState.SUSPENDED for e in evidence)
        level.algorithm_version, level.updated_at = ALGORITHM_VERSION, max(e.at for e in evidence)
    uow.session.flush()


def _view(row: OutcomeEvidence) -> EvidenceView:
    return EvidenceView(BasisRef(row.basis_kind, row.basis_id), row.share, row.at, row.state)
