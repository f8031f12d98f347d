"""Read academic debts: who has to pass an interim attestation again, until when, and what is fixed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.models import Attempt, AttestationSession, Entry, Result
from lms.assessment.rules.resits import Debt, Outcome, Sitting, debt_of
from lms.assessment.service.sittings import count_places
from lms.assessment.types import AttemptState, ResultState, SessionKind
from lms.core.db import bulk_in, day_of
from lms.people.queries import illnesses_of

__all__ = ["DebtView", "chain_of", "debt_in", "debts_of", "debts_of_person"]


@dataclass(frozen=True, slots=True)
class DebtView:
    """One person's debt: the newest session of the chain, from which the next re-sit is fixed."""

    person_id: UUID
    org_id: UUID
    session_id: UUID
    title: str
    subject: str
    debt: Debt


def chain_of(session: Session, session_id: UUID) -> list[UUID]:
    """Return the first session of a chain and all its re-sits, in their order."""
    first = session_id
    while before := session.scalar(
        sa.select(AttestationSession.resit_of).where(AttestationSession.id == first)
    ):
        first = before
    found, frontier = [first], [first]
    while frontier:
        frontier = list(
            session.scalars(
                sa.select(AttestationSession.id)
                .where(AttestationSession.resit_of.in_(frontier), AttestationSession.cancelled_at.is_(None))
                .order_by(AttestationSession.resit_no, AttestationSession.opens_at)
            )
        )
        found += frontier
    return found


def debt_in(session: Session, session_id: UUID, person_id: UUID, at: datetime) -> Debt | None:
    """Return what a person owes in the chain of sessions to which ``session_id`` belongs, or None."""
    rows = list(
        session.scalars(
            sa.select(AttestationSession).where(AttestationSession.id.in_(chain_of(session, session_id)))
        )
    )
    sittings = _sittings(session, rows, at, [person_id]).get(person_id, [])
    return debt_of(
        [sitting for _id, sitting in sittings], illnesses_of(session, [person_id]).get(person_id, ())
    )


def debts_of_person(session: Session, person_id: UUID, at: datetime) -> list[DebtView]:
    """Return what one person owes in all schools, the most urgent first."""
    rows = session.scalars(
        sa.select(AttestationSession)
        .join(Entry, Entry.session_id == AttestationSession.id)
        .where(
            Entry.person_id == person_id,
            Entry.withdrawn_at.is_(None),
            AttestationSession.kind == SessionKind.INTERIM,
            AttestationSession.cancelled_at.is_(None),
        )
        .order_by(AttestationSession.resit_no, AttestationSession.opens_at)
    ).all()
    return _owed(session, rows, at, [person_id])


def debts_of(session: Session, org_ids: Iterable[UUID], at: datetime) -> list[DebtView]:
    """Return every debt in organisations, the most urgent first."""
    rows = session.scalars(
        sa.select(AttestationSession)
        .where(
            AttestationSession.org_id.in_(list(org_ids)),
            AttestationSession.kind == SessionKind.INTERIM,
            AttestationSession.cancelled_at.is_(None),
        )
        .order_by(AttestationSession.resit_no, AttestationSession.opens_at)
    ).all()
    return _owed(session, rows, at)


def _owed(
    session: Session,
    rows: Collection[AttestationSession],
    at: datetime,
    people: Collection[UUID] | None = None,
) -> list[DebtView]:
    found: list[DebtView] = []
    for chain in _chains(rows):
        sittings = _sittings(session, chain, at, people)
        ill = illnesses_of(session, sittings)
        for person_id, sat in sittings.items():
            debt = debt_of([sitting for _id, sitting in sat], ill.get(person_id, ()))
            if debt is not None:
                last = next(row for row in chain if row.id == sat[-1][0])
                view = DebtView(person_id, last.org_id, last.id, chain[0].title, chain[0].subject, debt)
                found.append(view)
    return sorted(found, key=lambda view: (view.debt.last_day, view.title))


def _chains(rows: Collection[AttestationSession]) -> list[list[AttestationSession]]:
    """Return the sessions by chains: a re-sit follows the session that it repeats."""
    chains: dict[UUID, list[AttestationSession]] = {}
    place: dict[UUID, UUID] = {}
    for row in rows:
        root = place.get(row.resit_of, row.id) if row.resit_of is not None else row.id
        place[row.id] = root
        chains.setdefault(root, []).append(row)
    return list(chains.values())


def _sittings(
    session: Session,
    chain: Collection[AttestationSession],
    at: datetime,
    people: Collection[UUID] | None = None,
) -> dict[UUID, list[tuple[UUID, Sitting]]]:
    """Return what came of each place on the rosters of a chain, by person, in the order of the chain."""
    occasions = {row.id: row for row in chain}
    query = sa.select(Entry.id, Entry.session_id, Entry.person_id).where(
        Entry.session_id.in_(occasions), Entry.withdrawn_at.is_(None)
    )
    if people is not None:
        query = query.where(Entry.person_id.in_(people))
    entries = session.execute(query).all()
    entry_ids = [entry.id for entry in entries]
    outcomes, annulled = _outcomes(session, entry_ids), _annulled(session, entry_ids)
    found: dict[UUID, list[tuple[UUID, Sitting]]] = {}
    order = list(occasions)
    for entry in sorted(entries, key=lambda entry: order.index(entry.session_id)):
        occasion = occasions[entry.session_id]
        outcome, known_at = outcomes.get(entry.id, (Outcome.PENDING, None))
        if outcome is Outcome.PENDING and occasion.closes_at <= at:
            if entry.id not in outcomes:
                outcome, known_at = Outcome.MISSED, occasion.closes_at
            elif entry.id in annulled:
                outcome, known_at = Outcome.FAILED, max(annulled[entry.id], occasion.closes_at)
        sitting = Sitting(
            occasion.resit_no,
            day_of(session, occasion.opens_at),
            day_of(session, occasion.closes_at),
            outcome,
            day_of(session, known_at or occasion.closes_at),
        )
        found.setdefault(entry.person_id, []).append((occasion.id, sitting))
    return found


def _outcomes(session: Session, entry_ids: Collection[UUID]) -> dict[UUID, tuple[Outcome, datetime | None]]:
    """Return passed, failed or pending for each entry that was begun: what its sittings come to by the plan."""
    found: dict[UUID, tuple[Outcome, datetime | None]] = {}
    for batch in bulk_in(entry_ids):
        for entry_id in session.scalars(sa.select(Attempt.entry_id).where(Attempt.entry_id.in_(batch))):
            found[entry_id] = (Outcome.PENDING, None)
        rows = session.scalars(
            sa.select(Result).where(Result.entry_id.in_(batch), Result.state == ResultState.RELEASED)
        ).all()
        known_at = {row.attempt_id: row.released_at for row in rows}
        for entry_id, (counts, _points) in count_places(session, rows).items():
            outcome = Outcome.PASSED if counts.is_passed else Outcome.FAILED
            found[entry_id] = (outcome, known_at[counts.attempt_id])
    return found


def _annulled(session: Session, entry_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """Return for each entry all of whose works were annulled when the last one was: nothing that counts came of it."""
    found: dict[UUID, datetime] = {}
    for batch in bulk_in(entry_ids):
        stands = sa.select(Attempt.entry_id).where(
            Attempt.entry_id.in_(batch), Attempt.state != AttemptState.ANNULLED
        )
        rows = session.execute(
            sa.select(Attempt.entry_id, Attempt.annulled_at)
            .where(Attempt.entry_id.in_(batch), Attempt.entry_id.not_in(stands))
            .order_by(Attempt.annulled_at)
        )
        found |= {entry_id: at for entry_id, at in rows if at is not None}
    return found
