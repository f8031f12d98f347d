"""Read appeals: what waits for an answer, and one appeal with its grounds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.access_rules import may_decide_appeal
from lms.assessment.contracts import QuestionType
from lms.assessment.marking_models import Appeal, AppealFile, AppealGround
from lms.assessment.models import AttemptItem, AttestationSession, Entry, Grade, ItemVersion
from lms.assessment.queries.attempts import (
    asked,
    attempt_head,
    describe_answer,
    describe_key,
    review_for,
)
from lms.assessment.queries.marking import fields_of_answers
from lms.assessment.queries.views import AnswerReview
from lms.assessment.service.contents import ItemContent, contents_of
from lms.assessment.types import AppealDecision, AppealState, GradeSource
from lms.core.actor import Actor
from lms.core.errors import NotFound
from lms.core.registry import Registry

__all__ = [
    "AppealCard",
    "AppealView",
    "FirstMark",
    "GroundView",
    "appeal_for",
    "appeal_of",
    "appeal_view",
    "appeals_to_decide",
]


@dataclass(frozen=True, slots=True)
class AppealCard:
    """An appeal that waits for an answer, without a name."""

    id: UUID
    exam_title: str
    alias: str
    filed_at: datetime
    due_on: date
    grounds: int


@dataclass(frozen=True, slots=True)
class FirstMark:
    """By what the mark was given that an appeal is against, for those who answer it.

    ``lines`` are the criteria: title, most points, points given (None where they were not given line by line); ``notes`` are the
    reasons of the machine as codes.
    """

    is_by_machine: bool
    key: str | None
    model_answer: str
    lines: tuple[tuple[str, Decimal, Decimal | None], ...]
    comment: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroundView:
    """What is said against one mark: shares before and after the decision (None = the mark stands)."""

    attempt_item_id: UUID
    slot: int
    prompt: str
    points: Decimal
    text: str
    response: str
    before: Decimal | None
    after: Decimal | None
    reply: str
    marked: FirstMark | None


@dataclass(frozen=True, slots=True)
class AppealView:
    """One appeal with everything that belongs to it; files are (id, name)."""

    id: UUID
    attempt_id: UUID
    session_id: UUID
    org_id: UUID
    person_id: UUID
    title: str
    alias: str
    state: AppealState
    filed_at: datetime
    due_on: date
    decision: AppealDecision | None
    reasons: str
    decided_at: datetime | None
    grounds: tuple[GroundView, ...]
    files: tuple[tuple[UUID, str], ...]


def appeals_to_decide(session: Session, actor: Actor, at: datetime) -> list[AppealCard]:
    """Return the appeals within the actor's reach that wait for an answer, the one that is due first on top."""
    count = (
        sa.select(sa.func.count())
        .where(AppealGround.appeal_id == Appeal.id)
        .correlate(Appeal)
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(Appeal, AttestationSession.title, AttestationSession.org_id, Entry.alias, count)
        .join(AttestationSession, AttestationSession.id == Appeal.session_id)
        .join(Entry, sa.and_(Entry.session_id == Appeal.session_id, Entry.person_id == Appeal.person_id))
        .where(Appeal.state == AppealState.FILED)
        .order_by(Appeal.due_on, Appeal.filed_at)
    )
    return [
        AppealCard(appeal.id, title, alias, appeal.filed_at, appeal.due_on, grounds)
        for appeal, title, org_id, alias, grounds in rows
        if may_decide_appeal(session, actor, appeal.person_id, org_id, at)
    ]


def appeal_of(session: Session, attempt_id: UUID) -> Appeal | None:
    """Return the newest appeal against results of an attempt, or None."""
    return session.scalar(
        sa.select(Appeal)
        .where(Appeal.attempt_id == attempt_id)
        .order_by(Appeal.filed_at.desc(), Appeal.id.desc())
        .limit(1)
    )


def appeal_for(
    session: Session, types: Registry[QuestionType], actor: Actor, appeal_id: UUID, at: datetime
) -> AppealView:
    """Return one appeal as a reader may see it; raise NotFound ``assessment.no_appeal``.

    Who decides it sees everything, others of the questions and their points what the review of the work shows them.
    """
    view = appeal_view(session, types, appeal_id)
    if may_decide_appeal(session, actor, view.person_id, view.org_id, at):
        return view
    review = review_for(session, types, actor, attempt_head(session, view.attempt_id), at)
    shown = {answer.attempt_item_id: answer for answer in review.answers}
    return replace(
        view, grounds=tuple(_as_shown(row, shown.get(row.attempt_item_id)) for row in view.grounds)
    )


def _as_shown(row: GroundView, answer: AnswerReview | None) -> GroundView:
    """Return a ground without what the review of its question keeps back."""
    row = replace(row, marked=None)
    if answer is None:
        return replace(row, prompt="", response="", before=None, after=None)
    row = replace(row, response=answer.response or "")
    return replace(row, before=None, after=None) if answer.earned is None else row


def appeal_view(session: Session, types: Registry[QuestionType], appeal_id: UUID) -> AppealView:
    """Return one appeal with everything in it; raise NotFound ``assessment.no_appeal``."""
    row = session.execute(
        sa.select(Appeal, AttestationSession.title, AttestationSession.org_id, Entry.alias)
        .join(AttestationSession, AttestationSession.id == Appeal.session_id)
        .join(Entry, sa.and_(Entry.session_id == Appeal.session_id, Entry.person_id == Appeal.person_id))
        .where(Appeal.id == appeal_id)
    ).first()
    if row is None:
        raise NotFound("assessment.no_appeal")
    appeal, title, org_id, alias = row
    files = session.execute(
        sa.select(AppealFile.id, AppealFile.name)
        .where(AppealFile.appeal_id == appeal_id)
        .order_by(AppealFile.id)
    )
    return AppealView(
        appeal.id,
        appeal.attempt_id,
        appeal.session_id,
        org_id,
        appeal.person_id,
        title,
        alias,
        appeal.state,
        appeal.filed_at,
        appeal.due_on,
        appeal.decision,
        appeal.reasons,
        appeal.decided_at,
        _grounds(session, types, appeal),
        tuple((file_id, name) for file_id, name in files),
    )


def _grounds(session: Session, types: Registry[QuestionType], appeal: Appeal) -> tuple[GroundView, ...]:
    rows = session.execute(
        sa.select(AppealGround, AttemptItem, ItemVersion)
        .join(AttemptItem, AttemptItem.id == AppealGround.attempt_item_id)
        .join(ItemVersion, ItemVersion.id == AttemptItem.item_version_id)
        .where(AppealGround.appeal_id == appeal.id)
        .order_by(AttemptItem.slot)
    ).all()
    before = _before(session, [item.id for _ground, item, _version in rows])
    found = []
    keys = contents_of(session, [item.key_version_id or version.id for _ground, item, version in rows])
    for ground, item, version in rows:
        key, grade = keys[item.key_version_id or version.id], before.get(item.id)
        fields = fields_of_answers(session, [item]).get(item.id, {})
        found.append(
            GroundView(
                item.id,
                item.slot,
                asked(types, version, item.variant_seed),
                item.points,
                ground.text,
                describe_answer(types, version, item.variant_seed, fields) or "",
                None if grade is None else grade.fraction,
                ground.fraction,
                ground.reply,
                None if grade is None else _first_mark(types, key, item.variant_seed, grade),
            )
        )
    return tuple(found)


def _first_mark(types: Registry[QuestionType], key: ItemContent, seed: int, grade: Grade) -> FirstMark:
    """Return by what a grade was given: the key, the criteria, the marker's words, the machine's reasons."""
    given = {line: Decimal(str(points)) for line, points in (grade.rubric or {}).items()}
    return FirstMark(
        is_by_machine=grade.graded_by is None or grade.source is GradeSource.REGRADE,
        key=describe_key(types, key, seed),
        model_answer=str(key.content.get("model_answer") or ""),
        lines=tuple(
            (str(row["title"]), Decimal(str(row["points"])), given.get(str(row["id"])))
            for row in key.content.get("rubric", ())
        ),
        comment=grade.comment,
        notes=tuple(grade.notes),
    )


def _before(session: Session, item_ids: list[UUID]) -> dict[UUID, Grade]:
    """Return the grades that the appeal is against: what stood when it was filed, or stands until it is decided."""
    grades = session.scalars(
        sa.select(Grade)
        .where(Grade.attempt_item_id.in_(item_ids), Grade.source != GradeSource.APPEAL)
        .order_by(Grade.number)
    )
    return {grade.attempt_item_id: grade for grade in grades}
