"""Count how often comparing, finding and reviewing erred in one organisation, against what people decided.

Nothing is compared for this: false non-matches are counted over pictures of checks that a person confirmed, false matches
over those that a person could not confirm. Faces of different people are never held against each other; no consent
speaks of that. Groups are those that people declared for this purpose.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.proctoring.models import (
    CheckShot,
    DeclaredGroup,
    Enrolment,
    EnrolmentShot,
    IdentityCheck,
    Incident,
    ProctoringSession,
    ReviewDecision,
)
from lms.proctoring.rules.devices import DEVICE_CLASSES
from lms.proctoring.rules.rates import Agreement, Rate, agreement_of
from lms.proctoring.types import (
    CheckState,
    DeclaredKind,
    EnrolmentState,
    IdentityMethod,
    Outcome,
    SessionOutcome,
    SessionState,
)

__all__ = ["Comparing", "ErrorReport", "declared_by", "error_report", "orgs_with_identity"]

#: Of fewer people than this nothing is told about a group: one of them could be recognised.
LEAST_PEOPLE = 5


@dataclass(frozen=True, slots=True)
class Comparing:
    """How often comparing erred over some of the pictures of checks, and how often it could not tell."""

    fmr: Rate
    fnmr: Rate
    could_not_tell: Rate

    def as_dict(self) -> dict[str, Any]:
        """Return the rates as JSON."""
        return {
            "fmr": _told(self.fmr),
            "fnmr": _told(self.fnmr),
            "could_not_tell": _told(self.could_not_tell),
        }


@dataclass(frozen=True, slots=True)
class ErrorReport:
    """Errors of one organisation. A rate over too few trials is not told (see `Rate.is_told`)."""

    fmr: Rate
    fnmr: Rate
    fta: Rate
    could_not_tell: Rate
    by_device: dict[str, Comparing]
    fta_by_device: dict[str, Rate]
    by_group: dict[DeclaredKind, Comparing]
    fta_by_group: dict[DeclaredKind, Rate]
    agreement: Agreement
    false_alarms: dict[str, Rate]

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON; what is not told is null, its number of trials stays."""
        return {
            "fmr": _told(self.fmr),
            "fnmr": _told(self.fnmr),
            "fta": _told(self.fta),
            "could_not_tell": _told(self.could_not_tell),
            "by_device": {name: found.as_dict() for name, found in self.by_device.items()},
            "fta_by_device": {name: _told(rate) for name, rate in self.fta_by_device.items()},
            "by_group": {kind.value: found.as_dict() for kind, found in self.by_group.items()},
            "fta_by_group": {kind.value: _told(rate) for kind, rate in self.fta_by_group.items()},
            "reviewers_disagree": _told(self.agreement.differ),
            "reviewers_agree": _agreed(self.agreement),
            "false_alarms": {name: _told(rate) for name, rate in self.false_alarms.items()},
        }


def _told(rate: Rate) -> dict[str, Any]:
    if not rate.is_told:
        return {"share": None, "interval": None, "count": rate.count}
    return {"share": rate.share, "interval": list(rate.interval), "count": rate.count}


def _agreed(found: Agreement) -> dict[str, Any]:
    if not found.is_told:
        return {"alpha": None, "interval": None, "count": found.differ.count}
    return {"alpha": found.alpha, "interval": list(found.interval), "count": found.differ.count}


def orgs_with_identity(session: Session) -> list[UUID]:
    """Return the organisations that have checks or sittings."""
    checked = session.scalars(sa.select(IdentityCheck.org_id).distinct())
    watched = session.scalars(sa.select(ProctoringSession.org_id).distinct())
    return sorted({*checked, *watched})


def declared_by(session: Session, person_id: UUID) -> frozenset[DeclaredKind]:
    """Return what a person said of themselves for counting errors; only for showing it to that person."""
    return frozenset(
        session.scalars(sa.select(DeclaredGroup.kind).where(DeclaredGroup.person_id == person_id))
    )


def error_report(session: Session, org_id: UUID) -> ErrorReport:
    """Return how often comparing, finding and reviewing erred in an organisation."""
    shots = _shots(session, org_id)
    whole = _comparing(shots)
    devices = {name: [shot for shot in shots if shot.device == name] for name in DEVICE_CLASSES}
    taken = _acquisition(session, org_id)
    acquired = {name: _unusable(one for one in taken if one.device == name) for name in DEVICE_CLASSES}
    return ErrorReport(
        fmr=whole.fmr,
        fnmr=whole.fnmr,
        fta=_unusable(taken),
        could_not_tell=whole.could_not_tell,
        by_device={name: _comparing(found) for name, found in devices.items() if found},
        fta_by_device={name: rate for name, rate in acquired.items() if rate.count},
        by_group={
            kind: _comparing([shot for shot in shots if shot.person_id in members])
            for kind, members in _groups(session, {shot.person_id for shot in shots}).items()
        },
        fta_by_group={
            kind: _unusable(one for one in taken if one.person_id in members)
            for kind, members in _groups(session, {one.person_id for one in taken}).items()
        },
        agreement=agreement_of(_first_opinions(session, org_id)),
        false_alarms=_false_alarms(session, org_id),
    )


@dataclass(frozen=True, slots=True)
class _Shot:
    """One picture of a check that a worker has looked at."""

    person_id: UUID
    state: CheckState
    device: str
    outcome: str


def _shots(session: Session, org_id: UUID) -> list[_Shot]:
    rows = session.execute(
        sa.select(IdentityCheck.person_id, IdentityCheck.state, IdentityCheck.device_class, CheckShot.result)
        .join(CheckShot, CheckShot.check_id == IdentityCheck.id)
        .where(IdentityCheck.org_id == org_id, IdentityCheck.method == IdentityMethod.FACE)
    )
    return [
        _Shot(person_id, state, device, result["outcome"])
        for person_id, state, device, result in rows
        if result.get("outcome") is not None
    ]


def _comparing(shots: Sequence[_Shot]) -> Comparing:
    """Return what came of pictures against what a person decided."""
    decided = {
        state: Counter(shot.outcome for shot in shots if shot.state is state)
        for state in (CheckState.VERIFIED, CheckState.REFUSED)
    }
    genuine, impostor = decided[CheckState.VERIFIED], decided[CheckState.REFUSED]
    unsure = sum(shot.outcome == Outcome.COULD_NOT_TELL for shot in shots)
    return Comparing(
        fmr=Rate(impostor[Outcome.MATCH], impostor[Outcome.MATCH] + impostor[Outcome.NO_MATCH]),
        fnmr=Rate(genuine[Outcome.NO_MATCH], genuine[Outcome.MATCH] + genuine[Outcome.NO_MATCH]),
        could_not_tell=Rate(unsure, len(shots)),
    )


def _groups(session: Session, seen: AbstractSet[UUID]) -> dict[DeclaredKind, set[UUID]]:
    """Return who of some people said what of themselves for this; groups of a few people are left out."""
    members: dict[DeclaredKind, set[UUID]] = {kind: set() for kind in DeclaredKind}
    for row in session.scalars(sa.select(DeclaredGroup)):
        members[row.kind] |= {row.person_id} & seen
    return {kind: people for kind, people in members.items() if len(people) >= LEAST_PEOPLE}


@dataclass(frozen=True, slots=True)
class _Taken:
    """One picture of a registration that a worker has looked at."""

    person_id: UUID
    device: str
    is_faulty: bool


def _acquisition(session: Session, org_id: UUID) -> list[_Taken]:
    rows = session.execute(
        sa.select(Enrolment.person_id, Enrolment.device_class, EnrolmentShot.fault != "")
        .join(EnrolmentShot, EnrolmentShot.enrolment_id == Enrolment.id)
        .where(Enrolment.org_id == org_id, Enrolment.computed_at.is_not(None))
        .where(Enrolment.state != EnrolmentState.QUEUED)
    )
    return [_Taken(person_id, device, bool(is_faulty)) for person_id, device, is_faulty in rows]


def _unusable(taken: Iterable[_Taken]) -> Rate:
    """Return how many of some pictures of registrations could not be used."""
    faults = [one.is_faulty for one in taken]
    return Rate(sum(faults), len(faults))


def _first_opinions(session: Session, org_id: UUID) -> list[tuple[str, str]]:
    """Return the first opinions of two reviewers on the same sitting, each given before index and opinions were shown to them."""
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
    found = [tuple(opinions.values()) for opinions in first.values()]
    return [(said[0], said[1]) for said in found if len(said) > 1]


def _false_alarms(session: Session, org_id: UUID) -> dict[str, Rate]:
    """Return by kind how many incidents of closed sittings people found nothing in, as long as the incidents are kept."""
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
