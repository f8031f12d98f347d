"""Store what checks found in a sitting: the support plan's mask first, then findings, then incidents of them."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from lms.core.uow import UnitOfWork
from lms.people import queries as people
from lms.people.types import EffectiveConditions
from lms.proctoring.contracts import Finding
from lms.proctoring.models import FindingRow, Incident, ProctoringSession
from lms.proctoring.types import FindingKind

__all__ = ["masked_by", "masked_kinds", "store_finding"]

#: Findings of one kind that come within so many seconds are one incident.
SAME_INCIDENT_S = 60


def masked_kinds(uow: UnitOfWork, row: ProctoringSession) -> frozenset[str]:
    """Return the signs that do not count: agreed at the beginning, or since then and in force now."""
    now = people.conditions_for(uow.session, row.person_id, uow.today(), activity="exam")
    return frozenset(row.masked_findings) | masked_by(now)


def masked_by(conditions: EffectiveConditions) -> frozenset[str]:
    """Return the signs that do not count under the agreed conditions: whoever reads or helps may be in the picture."""
    is_helped = conditions.reader or conditions.assistant
    return conditions.masked_findings | ({FindingKind.SEVERAL_FACES.value} if is_helped else frozenset())


def store_finding(
    uow: UnitOfWork,
    row: ProctoringSession,
    check_name: str,
    finding: Finding,
    until: datetime,
    *,
    frame_id: UUID | None = None,
    masked: AbstractSet[str] | None = None,
) -> Incident | None:
    """Store one finding that was true until then and return its incident.

    The support plan's mask applies before an incident is made: a masked finding is kept apart, counts for nothing, and
    None is returned.
    """
    is_masked = finding.kind in (masked_kinds(uow, row) if masked is None else masked)
    incident = None if is_masked else _incident(uow, row, finding, until)
    uow.session.add(
        FindingRow(
            session_id=row.id,
            frame_id=frame_id,
            incident_id=incident.id if incident else None,
            check_name=check_name,
            kind=finding.kind,
            confidence=finding.confidence,
            since_s=finding.since_s,
            duration_s=finding.duration_s,
            detail=finding.detail,
            is_masked=is_masked,
            at=until,
        )
    )
    return incident


def _incident(uow: UnitOfWork, row: ProctoringSession, finding: Finding, until: datetime) -> Incident:
    """Return the incident of the kind that is still going on, made longer, or a new one."""
    since = row.started_at + timedelta(seconds=finding.since_s)
    newest = uow.session.scalar(
        sa.select(Incident)
        .where(Incident.session_id == row.id, Incident.kind == finding.kind)
        .order_by(Incident.last_at.desc())
        .limit(1)
    )
    if newest is not None and since - newest.last_at <= timedelta(seconds=SAME_INCIDENT_S):
        newest.last_at = max(newest.last_at, until)
        newest.confidence, newest.count = max(newest.confidence, finding.confidence), newest.count + 1
        return newest
    made = Incident(
        session_id=row.id, kind=finding.kind, started_at=since, last_at=until, confidence=finding.confidence
    )
    uow.session.add(made)
    uow.session.flush()
    return made
