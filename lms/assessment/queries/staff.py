"""Read sessions with their rosters, banks, items and blueprints as staff see them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.contracts import QuestionType
from lms.assessment.models import (
    Attempt,
    AttestationSession,
    Bank,
    Blueprint,
    BlueprintVersion,
    Entry,
    Item,
    ItemVersion,
    Result,
)
from lms.assessment.queries.attempts import describe_key
from lms.assessment.queries.exams import exam_state, newest_attempts, results_where
from lms.assessment.queries.views import (
    BankCard,
    BlueprintCard,
    ItemCard,
    ItemPreview,
    RosterRow,
    SessionCard,
    SessionView,
)
from lms.assessment.rules.items import load_tests, run_tests
from lms.assessment.rules.timing import closing_time
from lms.assessment.service.clock import conditions_of, current_deadline, entry_timing
from lms.assessment.types import OPEN_STATES, ItemState
from lms.core.errors import NotFound
from lms.core.registry import Registry

__all__ = [
    "bank_org",
    "banks_of",
    "blueprints_of",
    "item_preview",
    "items_of",
    "session_view",
    "sessions_of",
]


def _session_cards(session: Session, *where: sa.ColumnElement[bool]) -> list[SessionCard]:
    entries = (
        sa.select(sa.func.count())
        .where(Entry.session_id == AttestationSession.id, Entry.withdrawn_at.is_(None))
        .scalar_subquery()
    )
    started = sa.select(sa.func.count()).where(Attempt.session_id == AttestationSession.id).scalar_subquery()
    ended = (
        sa.select(sa.func.count())
        .where(Attempt.session_id == AttestationSession.id, Attempt.ended_at.is_not(None))
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(AttestationSession, entries, started, ended)
        .where(*where)
        .order_by(AttestationSession.opens_at.desc(), AttestationSession.id)
    )
    return [
        SessionCard(
            row.id,
            row.org_id,
            row.title,
            row.subject,
            row.kind,
            row.resit_no,
            row.opens_at,
            row.closes_at,
            entry_count,
            started_count,
            ended_count,
            row.cancelled_at is not None,
        )
        for row, entry_count, started_count, ended_count in rows
    ]


def sessions_of(session: Session, org_ids: Iterable[UUID]) -> list[SessionCard]:
    """Return the attestation sessions of organisations, newest first."""
    return _session_cards(session, AttestationSession.org_id.in_(list(org_ids)))


def session_view(session: Session, session_id: UUID, at: datetime) -> SessionView:
    """Return a session with its roster; raise NotFound ``assessment.no_session``."""
    cards = _session_cards(session, AttestationSession.id == session_id)
    if not cards:
        raise NotFound("assessment.no_session")
    occasion = session.get_one(AttestationSession, session_id)
    version = session.get_one(BlueprintVersion, occasion.blueprint_version_id)
    entries = session.scalars(
        sa.select(Entry)
        .where(Entry.session_id == session_id, Entry.withdrawn_at.is_(None))
        .order_by(Entry.admitted_at)
    ).all()
    attempts = newest_attempts(session, [entry.id for entry in entries])
    results = {r.attempt_id: r for r in results_where(session, Result.session_id == session_id)}
    roster = []
    for entry in entries:
        attempt = attempts.get(entry.id)
        conditions = conditions_of(session, entry.person_id, version.base_minutes, at)
        closes = closing_time(entry_timing(session, entry.id, occasion, version.base_minutes, conditions))
        is_running = attempt is not None and attempt.state in OPEN_STATES
        roster.append(
            RosterRow(
                entry_id=entry.id,
                person_id=entry.person_id,
                alias=entry.alias,
                state=exam_state(occasion, attempt, closes, at) if attempt is None else attempt.state.value,
                minutes=conditions.minutes,
                attempt_id=None if attempt is None else attempt.id,
                deadline_at=current_deadline(session, attempt, at) if attempt and is_running else None,
                result=None if attempt is None else results.get(attempt.id),
            )
        )
    return SessionView(cards[0], version.base_minutes, version.item_count, occasion.venue, tuple(roster))


def banks_of(session: Session, org_ids: Iterable[UUID]) -> list[BankCard]:
    """Return the banks of organisations with how many items they hold and how many are ready."""
    ready = sa.func.count(sa.distinct(sa.case((ItemVersion.state == ItemState.READY, Item.id))))
    rows = session.execute(
        sa.select(Bank, sa.func.count(sa.distinct(Item.id)), ready)
        .outerjoin(Item, Item.bank_id == Bank.id)
        .outerjoin(ItemVersion, ItemVersion.item_id == Item.id)
        .where(Bank.org_id.in_(list(org_ids)))
        .group_by(Bank.id)
        .order_by(Bank.title, Bank.id)
    )
    return [
        BankCard(bank.id, bank.org_id, bank.title, bank.subject, items, done) for bank, items, done in rows
    ]


def bank_org(session: Session, bank_id: UUID) -> UUID:
    """Return the organisation of a bank; raise NotFound ``assessment.no_bank``."""
    org_id = session.scalar(sa.select(Bank.org_id).where(Bank.id == bank_id))
    if org_id is None:
        raise NotFound("assessment.no_bank")
    return org_id


def _newest_versions(*where: sa.ColumnElement[bool]) -> sa.Select[Item, ItemVersion]:
    newest = (
        sa.select(ItemVersion.item_id, sa.func.max(ItemVersion.number).label("number"))
        .group_by(ItemVersion.item_id)
        .subquery()
    )
    return (
        sa.select(Item, ItemVersion)
        .join(newest, newest.c.item_id == Item.id)
        .join(ItemVersion, sa.and_(ItemVersion.item_id == Item.id, ItemVersion.number == newest.c.number))
        .where(*where)
        .order_by(Item.created_at, Item.id)
    )


def _item_card(item: Item, version: ItemVersion) -> ItemCard:
    return ItemCard(
        item.id, version.id, item.title, version.type, version.number, version.state, len(version.item_tests)
    )


def items_of(session: Session, bank_id: UUID) -> list[ItemCard]:
    """Return the newest version of every item of a bank, in the order in which they were written."""
    return [
        _item_card(item, version)
        for item, version in session.execute(_newest_versions(Item.bank_id == bank_id))
    ]


def item_preview(
    session: Session, types: Registry[QuestionType], version_id: UUID, seed: int = 1
) -> ItemPreview:
    """Return an item as its author sees it, with its tests just run; raise NotFound ``assessment.no_item``."""
    version = session.get(ItemVersion, version_id)
    if version is None:
        raise NotFound("assessment.no_item")
    item = session.get_one(Item, version.item_id)
    kind = types.get(version.type)
    failures = run_tests(kind, version.content, load_tests(version.item_tests))
    return ItemPreview(
        card=_item_card(item, version),
        content=version.content,
        player=kind.player(version.content, seed),
        template=kind.template,
        correct=describe_key(types, version, seed),
        failures=tuple(str(failure) for failure in failures),
    )


def blueprints_of(session: Session, org_ids: Iterable[UUID]) -> list[BlueprintCard]:
    """Return the newest version of every blueprint of organisations, by title."""
    newest = (
        sa.select(BlueprintVersion.blueprint_id, sa.func.max(BlueprintVersion.number).label("number"))
        .group_by(BlueprintVersion.blueprint_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(Blueprint, BlueprintVersion)
        .join(newest, newest.c.blueprint_id == Blueprint.id)
        .join(
            BlueprintVersion,
            sa.and_(
                BlueprintVersion.blueprint_id == Blueprint.id, BlueprintVersion.number == newest.c.number
            ),
        )
        .where(Blueprint.org_id.in_(list(org_ids)))
        .order_by(Blueprint.title, Blueprint.id)
    )
    return [
        BlueprintCard(
            blueprint.id,
            version.id,
            blueprint.title,
            blueprint.subject,
            version.number,
            version.base_minutes,
            version.item_count,
            version.max_points,
            version.frozen_at is not None,
        )
        for blueprint, version in rows
    ]
