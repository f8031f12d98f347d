"""Read a session as its documents say it: who sat, what each work came to, by which version of which rule."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.marking_models import Appeal, RegradeBatch
from lms.assessment.models import Attempt, AttestationSession, BlueprintVersion, Entry, MarkPolicy, Result
from lms.assessment.queries.scheduling import commission_of
from lms.assessment.service.sittings import Counted, count_places
from lms.assessment.types import AppealState, AttemptState, RegradeState, ResultState, SessionKind, VenueMode
from lms.core.errors import NotFound
from lms.people.queries import organisation_names, person_cards
from lms.people.types import AdmissionGround

__all__ = ["SheetRow", "SheetView", "session_sheet"]


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One line of the sheet; ``state`` says why there is no mark: absent, annulled, waiting; empty with a mark."""

    name: str
    code: str
    state: str
    ground: AdmissionGround
    venue_mode: VenueMode
    points: Decimal | None = None
    score: Decimal | None = None
    mark: str = ""
    is_passed: bool | None = None
    released_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SheetView:
    """A session with its lines and counts, as of now."""

    session_id: UUID
    org_id: UUID
    org_name: str
    title: str
    subject: str
    kind: SessionKind
    resit_no: int
    opens_at: datetime
    closes_at: datetime
    venue: str
    venue_modes: tuple[VenueMode, ...]
    max_points: Decimal
    plan_number: int
    policy_code: str
    policy_version: int
    rows: tuple[SheetRow, ...]
    examiners: tuple[str, ...]
    commission: tuple[str, ...]
    regrades: int
    appeals: int
    appeals_decided: int

    @property
    def marks(self) -> list[tuple[str, int]]:
        """Return how often each mark was given, the most frequent first."""
        return Counter(row.mark for row in self.rows if row.mark).most_common()

    @property
    def absent(self) -> int:
        """Return how many did not come."""
        return sum(row.state == "absent" for row in self.rows)

    @property
    def ahead(self) -> int:
        """Return how many have not begun and still can."""
        return sum(row.state == "ahead" for row in self.rows)


def session_sheet(session: Session, session_id: UUID, at: datetime) -> SheetView:
    """Return what the documents of a session say at a moment; raise NotFound ``assessment.no_session``.

    Nobody is absent while the session is open.
    """
    found = session.execute(
        sa.select(AttestationSession, BlueprintVersion, MarkPolicy)
        .join(BlueprintVersion, BlueprintVersion.id == AttestationSession.blueprint_version_id)
        .join(MarkPolicy, MarkPolicy.id == BlueprintVersion.mark_policy_id)
        .where(AttestationSession.id == session_id)
    ).first()
    if found is None:
        raise NotFound("assessment.no_session")
    occasion, version, policy = found
    released = _released(session, session_id)
    members = person_cards(session, commission_of(session, session_id))
    signers = members or person_cards(session, {result.released_by for result in released.values()})
    return SheetView(
        session_id=occasion.id,
        org_id=occasion.org_id,
        org_name=organisation_names(session, [occasion.org_id]).get(occasion.org_id, ""),
        title=occasion.title,
        subject=occasion.subject,
        kind=occasion.kind,
        resit_no=occasion.resit_no,
        opens_at=occasion.opens_at,
        closes_at=occasion.closes_at,
        venue=occasion.venue,
        venue_modes=tuple(VenueMode(mode) for mode in occasion.venue_modes),
        max_points=version.max_points,
        plan_number=version.number,
        policy_code=policy.title or policy.code,
        policy_version=policy.version,
        rows=_rows(session, session_id, released, is_over=occasion.closes_at <= at),
        examiners=tuple(sorted(card.name for card in signers.values())),
        commission=tuple(sorted(card.name for card in members.values())),
        regrades=_count(
            session, RegradeBatch.session_id == session_id, RegradeBatch.state == RegradeState.APPROVED
        ),
        appeals=_count(session, Appeal.session_id == session_id, Appeal.state != AppealState.WITHDRAWN),
        appeals_decided=_count(session, Appeal.session_id == session_id, Appeal.state == AppealState.DECIDED),
    )


def _count(session: Session, *where: sa.ColumnElement[bool]) -> int:
    return session.scalar(sa.select(sa.func.count()).where(*where)) or 0


@dataclass(frozen=True, slots=True)
class _Standing:
    """What counts for a place on the roster, who released it and when."""

    counts: Counted
    points: Decimal
    released_by: UUID | None
    released_at: datetime | None


def _released(session: Session, session_id: UUID) -> dict[UUID, _Standing]:
    """Return what counts for each place on the roster."""
    rows = session.scalars(
        sa.select(Result).where(Result.session_id == session_id, Result.state == ResultState.RELEASED)
    ).all()
    by_attempt = {row.attempt_id: row for row in rows}
    found = {}
    for entry_id, (counts, points) in count_places(session, rows).items():
        one = by_attempt[counts.attempt_id]
        found[entry_id] = _Standing(counts, points, one.released_by, one.released_at)
    return found


def _rows(
    session: Session, session_id: UUID, released: dict[UUID, _Standing], *, is_over: bool
) -> tuple[SheetRow, ...]:
    entries = session.execute(
        sa.select(Entry.id, Entry.person_id, Entry.ground, Entry.venue_mode).where(
            Entry.session_id == session_id, Entry.withdrawn_at.is_(None)
        )
    ).all()
    attempts = session.execute(
        sa.select(Attempt.entry_id, Attempt.state)
        .where(Attempt.session_id == session_id)
        .order_by(Attempt.number)
    )
    states = {entry_id: state for entry_id, state in attempts}
    people = person_cards(session, [entry.person_id for entry in entries])
    rows = []
    for entry_id, person, ground, mode in entries:
        card, result, state = people[person], released.get(entry_id), states.get(entry_id)
        if result is None:
            without = "absent" if is_over else "ahead"
            words = {None: without, AttemptState.ANNULLED: "annulled"}.get(state, "waiting")
            rows.append(SheetRow(card.name, card.code, words, ground, mode))
        else:
            rows.append(
                SheetRow(
                    card.name,
                    card.code,
                    "",
                    ground,
                    mode,
                    result.points,
                    result.counts.score,
                    result.counts.mark,
                    result.counts.is_passed,
                    result.released_at,
                )
            )
    return tuple(sorted(rows, key=lambda row: (row.name, row.code)))
