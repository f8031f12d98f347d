"""Read whether an exam is to be sat in Safe Exam Browser, and who asked to sit it without."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.queries.supervision import SittingFacts, sitting_facts
from lms.core.actor import Actor
from lms.core.errors import NotFound
from lms.people import queries as people
from lms.people.types import PersonCard
from lms.proctoring.models import SebWaiver
from lms.proctoring.queries.policies import effective_policy

__all__ = ["SebStanding", "WaiverView", "is_seb_waived", "seb_standing", "waiver_view", "waivers_waiting"]


@dataclass(frozen=True, slots=True)
class WaiverView:
    """One request to sit an exam without the browser; ``is_granted`` is None until somebody decided."""

    id: UUID
    entry_id: UUID
    person: PersonCard
    org_id: UUID
    title: str
    words: str
    asked_at: datetime
    is_granted: bool | None
    note: str
    decided_by: PersonCard | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class SebStanding:
    """Whether the exam of an entry asks for the browser, and the newest request to sit it without."""

    facts: SittingFacts
    is_asked: bool
    waiver: WaiverView | None

    @property
    def is_waived(self) -> bool:
        """Tell whether a person allowed this student to sit it in any browser."""
        return self.waiver is not None and self.waiver.is_granted is True


def seb_standing(session: Session, entry_id: UUID) -> SebStanding:
    """Return how it stands for an entry; raise NotFound ``proctoring.no_entry``."""
    facts = sitting_facts(session, entry_id)
    if facts is None:
        raise NotFound("proctoring.no_entry")
    policy = effective_policy(session, facts.org_id, facts.supervision, facts.blueprint_id)
    row = session.scalar(
        sa.select(SebWaiver)
        .where(SebWaiver.entry_id == entry_id)
        .order_by(SebWaiver.asked_at.desc(), SebWaiver.id.desc())
        .limit(1)
    )
    return SebStanding(facts, policy.needs_seb, None if row is None else _view(session, row))


def is_seb_waived(session: Session, entry_id: UUID) -> bool:
    """Tell whether a person allowed an entry's exam in any browser."""
    found = session.scalar(
        sa.select(SebWaiver.id).where(SebWaiver.entry_id == entry_id, SebWaiver.is_granted.is_(True)).limit(1)
    )
    return found is not None


def waivers_waiting(session: Session, actor: Actor) -> list[WaiverView]:
    """Return the requests that wait for the actor's decision, oldest first."""
    rows = session.scalars(
        sa.select(SebWaiver)
        .where(SebWaiver.is_granted.is_(None), SebWaiver.org_id.in_(actor.orgs_as("registrar", "proctor")))
        .order_by(SebWaiver.asked_at)
    ).all()
    return [_view(session, row) for row in rows if people.is_impartial(session, actor, row.person_id)]


def waiver_view(session: Session, waiver_id: UUID) -> WaiverView:
    """Return one request; raise NotFound ``proctoring.no_check``."""
    row = session.get(SebWaiver, waiver_id)
    if row is None:
        raise NotFound("proctoring.no_check")
    return _view(session, row)


def _view(session: Session, row: SebWaiver) -> WaiverView:
    cards = people.person_cards(session, [row.person_id, row.decided_by])
    return WaiverView(
        id=row.id,
        entry_id=row.entry_id,
        person=cards[row.person_id],
        org_id=row.org_id,
        title=row.title,
        words=row.words,
        asked_at=row.asked_at,
        is_granted=row.is_granted,
        note=row.note,
        decided_by=cards.get(row.decided_by) if row.decided_by else None,
        decided_at=row.decided_at,
    )
