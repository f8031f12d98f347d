"""Count how often comparing, finding and reviewing erred in one organisation, against what people decided.

Nothing is compared for this: false non-matches are counted over pictures of checks that a person confirmed, false matches
over those that a person could not confirm. Faces of different people are never held against each other; no consent
speaks of that.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.proctoring.models import (
    CheckShot,
    Enrolment,
    EnrolmentShot,
    IdentityCheck,
    Incident,
    ProctoringSession,
    ReviewDecision,
)
from lms.proctoring.rules.devices import DEVICE_CLASSES
from lms.proctoring.rules.rates import Rate
from lms.proctoring.types import (
    CheckState,
    EnrolmentState,
    IdentityMethod,
    Outcome,
    SessionOutcome,
    SessionState,
)

__all__ = ["ErrorReport", "error_report", "orgs_with_identity"]


@dataclass(frozen=True, slots=True)
class ErrorReport:
    """Errors of one organisation. A rate over too few trials is not told (see `Rate.is_told`)."""

    fmr: Rate
    fnmr: Rate
    fta: Rate
    could_not_tell: dict[str, Rate]
    disagreement: Rate
    false_alarms: dict[str, Rate]

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON; what is not told is null, its number of trials stays."""
        return {
            "fmr": _told(self.fmr),
            "fnmr": _told(self.fnmr),
            "fta": _told(self.fta),
            "could_not_tell": {name: _told(rate) for name, rate in self.could_not_tell.items()},
            "reviewers_disagree": _told(self.disagreement),
            "false_alarms": {name: _told(rate) for name, rate in self.false_alarms.items()},
        }


def _told(rate: Rate) -> dict[str, Any]:
    if not rate.is_told:
        return {"share": None, "interval": None, "count": rate.count}
    return {"share": rate.share, "interval": list(rate.interval), "count": rate.count}


def orgs_with_identity(session: Session) -> list[UUID]:
    """Return the organisations that have checks or sittings."""
    checked = session.scalars(sa.select(IdentityCheck.org_id).distinct())
    watched = session.scalars(sa.select(ProctoringSession.org_id).distinct())
    return sorted({*checked, *watched})


def error_report(session: Session, org_id: UUID) -> ErrorReport:
    """Return how often comparing, finding and reviewing erred in an organisation."""
    genuine, impostor, by_device = _comparisons(session, org_id)
    return ErrorReport(
        fmr=Rate(impostor[Outcome.MATCH], impostor[Outcome.MATCH] + impostor[Outcome.NO_MATCH]),
        fnmr=Rate(genuine[Outcome.NO_MATCH], genuine[Outcome.MATCH] + genuine[Outcome.NO_MATCH]),
        fta=_acquisition(session, org_id),
        could_not_tell=by_device,
        disagreement=_disagreement(session, org_id),
        false_alarms=_false_alarms(session, org_id),
    )


def _comparisons(session: Session, org_id: UUID) -> tuple[Counter[str], Counter[str], dict[str, Rate]]:
    """Return outcomes of pictures by what a person decided, and how often a class of devices could not tell."""
    rows = session.execute(
        sa.select(IdentityCheck.state, IdentityCheck.device_class, CheckShot.result)
        .join(CheckShot, CheckShot.check_id == IdentityCheck.id)
        .where(IdentityCheck.org_id == org_id, IdentityCheck.method == IdentityMethod.FACE)
    )
    decided: dict[CheckState, Counter[str]] = {CheckState.VERIFIED: Counter(), CheckState.REFUSED: Counter()}
    unsure: Counter[str] = Counter()
    taken: Counter[str] = Counter()
    for state, device, result in rows:
        outcome = result.get("outcome")
        if outcome is None:
            continue  # no worker has looked at it
        taken[device] += 1
        unsure[device] += outcome == Outcome.COULD_NOT_TELL
        if state in decided:
            decided[state][outcome] += 1
    rates = {name: Rate(unsure[name], taken[name]) for name in DEVICE_CLASSES if taken[name]}
    return decided[CheckState.VERIFIED], decided[CheckState.REFUSED], rates


def _acquisition(session: Session, org_id: UUID) -> Rate:
    """Return how many pictures of registrations that a worker looked at could not be used."""
    shots = (
        sa.select(sa.func.count(EnrolmentShot.id))
        .join(Enrolment, Enrolment.id == EnrolmentShot.enrolment_id)
        .where(Enrolment.org_id == org_id, Enrolment.computed_at.is_not(None))
        .where(Enrolment.state != EnrolmentState.QUEUED)
    )
    faulty = session.scalar(shots.where(EnrolmentShot.fault != "")) or 0
    return Rate(faulty, session.scalar(shots) or 0)


def _disagreement(session: Session, org_id: UUID) -> Rate:
    """Return how often the first opinions of two reviewers differed, each given before the other's was shown."""
    rows = session.execute(
        sa.select(
            ReviewDecision.session_id,
            ReviewDecision.round,
            ReviewDecision.reviewer_id,
            ReviewDecision.verdict,
        )
        .join(ProctoringSession, ProctoringSession.id == ReviewDecision.session_id)
        .where(ProctoringSession.org_id == org_id, ReviewDecision.is_blind.is_(True))
        .order_by(ReviewDecision.at, ReviewDecision.id)
    )
    first: dict[tuple[UUID, int], dict[UUID, str]] = {}
    for session_id, turn, reviewer_id, verdict in rows:
        first.setdefault((session_id, turn), {}).setdefault(reviewer_id, verdict)
    pairs = [list(opinions.values())[:2] for opinions in first.values() if len(opinions) > 1]
    return Rate(sum(one != other for one, other in pairs), len(pairs))


def _false_alarms(session: Session, org_id: UUID) -> dict[str, Rate]:
    """Return by kind how many incidents of closed sittings people found nothing in."""
    rows = session.execute(
        sa.select(Incident.kind, ProctoringSession.outcome, sa.func.count())
        .join(ProctoringSession, ProctoringSession.id == Incident.session_id)
        .where(ProctoringSession.org_id == org_id, ProctoringSession.state == SessionState.CLOSED)
        .where(ProctoringSession.outcome != SessionOutcome.NONE)
        .group_by(Incident.kind, ProctoringSession.outcome)
    ).all()
    kinds = sorted({kind for kind, _, _ in rows})
    return {
        kind: Rate(
            sum(n for k, outcome, n in rows if k == kind and outcome is SessionOutcome.NO_QUESTIONS),
            sum(n for k, _, n in rows if k == kind),
        )
        for kind in kinds
    }
