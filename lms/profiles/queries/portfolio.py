"""Read portfolios: the works of a student, what was said about each, what could be shown by one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.errors import NotFound
from lms.curriculum.queries import outcome_views
from lms.curriculum.types import OutcomeView
from lms.people.queries import person_cards
from lms.plans.queries import active_plan
from lms.profiles.models import PortfolioFile, PortfolioStatement, PortfolioWork
from lms.profiles.types import WorkAct, WorkState

__all__ = [
    "Statement",
    "WorkFile",
    "WorkView",
    "claimable_outcomes",
    "claimed_works",
    "work_view",
    "works_of",
    "works_taken_out",
]


@dataclass(frozen=True, slots=True)
class WorkFile:
    """A file of a piece of work."""

    id: UUID
    file_id: UUID
    name: str
    media_type: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Statement:
    """What somebody said about a piece of work, when and why."""

    act: WorkAct
    said_by: UUID
    name: str
    said_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class WorkView:
    """A piece of work with its files and what was said about it, newest first."""

    id: UUID
    person_id: UUID
    org_id: UUID
    title: str
    description: str
    made_on: date
    hours: Decimal
    link: str
    outcomes: tuple[tuple[UUID, str], ...]
    state: WorkState
    revision: int
    added_at: datetime
    files: tuple[WorkFile, ...]
    statements: tuple[Statement, ...]

    @property
    def confirmed(self) -> Statement | None:
        """Return the confirmation that stands, or None; taking the work out leaves it standing."""
        newest = next((said for said in self.statements if said.act is not WorkAct.WITHDRAW), None)
        return newest if newest is not None and newest.act is WorkAct.CONFIRM else None


def work_view(session: Session, work_id: UUID) -> WorkView:
    """Return one piece of work; raise NotFound ``profiles.no_work``."""
    found = _views(session, PortfolioWork.id == work_id)
    if not found:
        raise NotFound("profiles.no_work")
    return found[0]


def works_of(session: Session, person_id: UUID) -> list[WorkView]:
    """Return the works in a student's portfolio, newest first; what was taken out is not among them."""
    return _views(
        session, sa.and_(PortfolioWork.person_id == person_id, PortfolioWork.state != WorkState.WITHDRAWN)
    )


def works_taken_out(session: Session, person_id: UUID) -> list[WorkView]:
    """Return the works that a student's family has taken out and whose confirmation stands: it can be taken back."""
    gone = sa.and_(PortfolioWork.person_id == person_id, PortfolioWork.state == WorkState.WITHDRAWN)
    return [view for view in _views(session, gone) if view.confirmed]


def claimed_works(session: Session, person_ids: Collection[UUID]) -> list[WorkView]:
    """Return the works of students that nobody has confirmed, oldest first."""
    wanted = sa.and_(PortfolioWork.person_id.in_(list(person_ids)), PortfolioWork.state == WorkState.CLAIMED)
    return _views(session, wanted)[::-1] if person_ids else []


def claimable_outcomes(session: Session, person_id: UUID) -> dict[UUID, str]:
    """Return the outcomes of the student's plan in force that a piece of work may be said to show, in its order."""
    plan = active_plan(session, person_id)
    if plan is None:
        return {}
    return {row.outcome_id: row.statement for item in plan.items for row in item.outcomes}


def _views(session: Session, condition: sa.ColumnElement[bool]) -> list[WorkView]:
    works = session.scalars(sa.select(PortfolioWork).where(condition).order_by(PortfolioWork.id.desc())).all()
    ids = [work.id for work in works]
    files: dict[UUID, list[WorkFile]] = {key: [] for key in ids}
    for row in session.scalars(
        sa.select(PortfolioFile)
        .where(PortfolioFile.work_id.in_(ids), PortfolioFile.removed_at.is_(None))
        .order_by(PortfolioFile.id)
    ):
        files[row.work_id].append(
            WorkFile(row.id, row.file_id, row.name, row.media_type, row.size_bytes, row.sha256)
        )
    said = session.scalars(
        sa.select(PortfolioStatement)
        .where(PortfolioStatement.work_id.in_(ids))
        .order_by(PortfolioStatement.id.desc())
    ).all()
    names = person_cards(session, {one.said_by for one in said})
    statements: dict[UUID, list[Statement]] = {key: [] for key in ids}
    for one in said:
        statements[one.work_id].append(
            Statement(one.act, one.said_by, names[one.said_by].name, one.said_at, one.reason)
        )
    words = outcome_views(session, {UUID(key) for work in works for key in work.outcomes})
    return [_view(work, files[work.id], statements[work.id], words) for work in works]


def _view(
    work: PortfolioWork,
    files: list[WorkFile],
    statements: list[Statement],
    words: Mapping[UUID, OutcomeView],
) -> WorkView:
    named = ((UUID(key), words[UUID(key)].statement) for key in work.outcomes if UUID(key) in words)
    return WorkView(
        id=work.id,
        person_id=work.person_id,
        org_id=work.org_id,
        title=work.title,
        description=work.description,
        made_on=work.made_on,
        hours=work.hours,
        link=work.link,
        outcomes=tuple(named),
        state=work.state,
        revision=work.revision,
        added_at=work.added_at,
        files=tuple(files),
        statements=tuple(statements),
    )
