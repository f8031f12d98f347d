"""Disagree with the mark of an answer, and answer with reasons: item by item, with evidence, within a time limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lms.assessment.marking_models import Appeal, AppealFile, AppealGround, MarkOpinion
from lms.assessment.models import Attempt, AttemptItem, Grade, Result
from lms.assessment.rules.conduct import certainty_notes
from lms.assessment.service.journal import grades_document, note_attempt
from lms.assessment.service.locks import locked_attempt
from lms.assessment.service.marking import current_grades, grade_row, settle_again
from lms.assessment.service.notices import APPEAL, tell_family
from lms.assessment.service.results import release, require_nothing_against
from lms.assessment.settings import AssessmentSettings
from lms.assessment.types import (
    AppealDecision,
    AppealState,
    AttemptState,
    GradeSource,
    MarkResult,
    ResultState,
)
from lms.core import uploads
from lms.core.db import day_of
from lms.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from lms.core.uow import UnitOfWork
from lms.people import queries as people

__all__ = [
    "AppealDocument",
    "AppealStep",
    "Reply",
    "decide_appeal",
    "file_appeal",
    "open_appeal_file",
    "withdraw_appeal",
]

#: The area of the file store in which documents of appeals lie, and how many one appeal may have.
AREA, MOST_FILES = "appeals", 5
PDF = b"%PDF-"
LONGEST = 4000


@dataclass(frozen=True, slots=True)
class AppealStep:
    """Where an appeal stands now."""

    id: UUID
    state: AppealState
    due_on: date
    decision: AppealDecision | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered to one ground: the new share of the points (None = the mark stands) and why."""

    text: str
    fraction: Decimal | None = None


@dataclass(frozen=True, slots=True)
class AppealDocument:
    """A document of an appeal with its bytes."""

    name: str
    media_type: str
    data: bytes


def file_appeal(
    uow: UnitOfWork,
    attempt_id: UUID,
    grounds: Mapping[UUID, str],
    documents: Sequence[tuple[str, bytes]] = (),
) -> AppealStep:
    """Appeal against the marks of answers (attempt item → what is wrong with its mark); the school answers until a day.

    Raises InvalidInput ``assessment.appeal_grounds``, ``assessment.appeal_files``; Conflict ``assessment.appeal_early``
    before a result counts, ``assessment.appeal_late`` after the time for it, ``assessment.appealed``.
    """
    attempt = locked_attempt(uow.session, attempt_id)
    uow.require("assessment.appeal", attempt)
    result = _result_of(uow, attempt)
    said = {item_id: text.strip() for item_id, text in grounds.items() if text.strip()}
    _require_grounds(uow, attempt, said)
    if len(documents) > MOST_FILES:
        raise InvalidInput("assessment.appeal_files", fields={"file": ["assessment.appeal_files"]})
    today = uow.today()
    days = uow.runtime.settings.of(AssessmentSettings).appeal_answer_days
    appeal = Appeal(
        attempt_id=attempt.id,
        result_id=result.id,
        person_id=attempt.person_id,
        session_id=attempt.session_id,
        state=AppealState.FILED,
        filed_by=_person(uow),
        filed_at=uow.now(),
        due_on=people.working_days_after(uow.session, today, days),
    )
    uow.session.add(appeal)
    uow.session.flush()
    uow.session.add_all(
        AppealGround(appeal_id=appeal.id, attempt_item_id=item_id, text=text)
        for item_id, text in said.items()
    )
    for name, data in documents:
        _keep_document(uow, appeal, name, data)
    told = {"appeal_id": appeal.id, "result_id": result.id, "items": sorted(map(str, said))}
    note_attempt(uow, attempt, "assessment.appeal_filed", told)
    uow.log_access("assessment.appeal", attempt.person_id, "assessment.appeal", appeal.id)
    return AppealStep(appeal.id, appeal.state, appeal.due_on)


def _person(uow: UnitOfWork) -> UUID:
    if uow.actor.person_id is None:
        raise Forbidden("auth.not_your_role")
    return uow.actor.person_id


def _result_of(uow: UnitOfWork, attempt: Attempt) -> Result:
    """Return the result that counts; raise Conflict unless an appeal against it is possible now."""
    result = uow.session.scalar(
        sa.select(Result)
        .where(Result.attempt_id == attempt.id, Result.state == ResultState.RELEASED)
        .order_by(Result.number.desc())
        .limit(1)
    )
    if result is None or result.released_at is None or attempt.state is AttemptState.ANNULLED:
        raise Conflict("assessment.appeal_early")
    days = uow.runtime.settings.of(AssessmentSettings).appeal_days
    released_on = day_of(uow.session, result.released_at)
    if uow.today() > people.working_days_after(uow.session, released_on, days):
        raise Conflict("assessment.appeal_late")
    if uow.session.scalar(sa.select(Appeal.id).where(Appeal.result_id == result.id)) is not None:
        raise Conflict("assessment.appealed")
    return result


def _require_grounds(uow: UnitOfWork, attempt: Attempt, said: Mapping[UUID, str]) -> None:
    """Raise InvalidInput ``assessment.appeal_grounds`` unless they are of this work, and of what can earn points."""
    own = set(
        uow.session.scalars(
            sa.select(AttemptItem.id).where(AttemptItem.attempt_id == attempt.id, AttemptItem.points > 0)
        ).all()
    )
    if not said or not set(said) <= own or any(len(text) > LONGEST for text in said.values()):
        raise InvalidInput("assessment.appeal_grounds", fields={"_form": ["assessment.appeal_grounds"]})


def _keep_document(uow: UnitOfWork, appeal: Appeal, name: str, data: bytes) -> None:
    most = uow.runtime.settings.core.upload_max_bytes
    is_pdf = data.startswith(PDF)
    accept = uploads.accept_document if is_pdf else uploads.accept_picture
    accepted = accept(data, name, max_bytes=most)
    stored = uow.store_file(
        accepted.data,
        area=AREA,
        media_type=accepted.media_type,
        name=accepted.name,
        owner=appeal.person_id,
    )
    uow.session.add(
        AppealFile(appeal_id=appeal.id, file_id=stored.id, name=accepted.name, media_type=accepted.media_type)
    )


def withdraw_appeal(uow: UnitOfWork, appeal_id: UUID) -> AppealStep:
    """Take back an appeal that nobody has decided on."""
    appeal, attempt = _open_appeal(uow, appeal_id, "assessment.appeal")
    appeal.state = AppealState.WITHDRAWN
    note_attempt(uow, attempt, "assessment.appeal_withdrawn", {"appeal_id": appeal.id})
    return AppealStep(appeal.id, appeal.state, appeal.due_on)


def _open_appeal(uow: UnitOfWork, appeal_id: UUID, action: str) -> tuple[Appeal, Attempt]:
    """Return an appeal that waits for an answer, with its attempt, both rows locked."""
    found = uow.session.get(Appeal, appeal_id)
    if found is None:
        raise NotFound("assessment.no_appeal")
    attempt = locked_attempt(uow.session, found.attempt_id)
    appeal = uow.session.get_one(Appeal, appeal_id, with_for_update=True, populate_existing=True)
    uow.require(action, attempt)
    if appeal.state is not AppealState.FILED:
        raise Conflict("assessment.appeal_decided")
    return appeal, attempt


def decide_appeal(
    uow: UnitOfWork, appeal_id: UUID, replies: Mapping[UUID, Reply], reasons: str
) -> AppealStep:
    """Answer every ground with reasons; where a ground holds, a new grade and a new result count at once.

    An appeal never costs points. Who marked one of the answers, or released the result, does not decide.
    Raises InvalidInput ``assessment.reason_missing``, ``assessment.appeal_lowers``, ``assessment.fraction``;
    Conflict ``assessment.appeal_decided``, ``assessment.appeal_regraded``, ``assessment.result_suspended`` where a ground
    holds but the work was annulled meanwhile, what `require_nothing_against` raises where it holds but nothing can be
    released; Forbidden ``assessment.appeal_own_mark``.
    """
    appeal, attempt = _open_appeal(uow, appeal_id, "assessment.decide_appeal")
    grounds = uow.session.scalars(sa.select(AppealGround).where(AppealGround.appeal_id == appeal.id)).all()
    _require_others_work(uow, appeal, [ground.attempt_item_id for ground in grounds])
    _require_replies(grounds, replies, reasons)
    before = current_grades(uow.session, attempt.id)
    rows = []
    for ground in grounds:
        reply, grade = replies[ground.attempt_item_id], before[ground.attempt_item_id]
        ground.reply = reply.text.strip()
        if reply.fraction is None or reply.fraction == grade.fraction:
            continue
        _require_no_loss(ground, grade, reply.fraction)
        ground.fraction = reply.fraction
        rows.append(_new_grade(uow, grade, reply))
    held = len(rows)
    if held and attempt.state is AttemptState.ANNULLED:
        raise Conflict(
            "assessment.result_suspended"
        )  # new points count at once: an appeal reinstates nothing
    appeal.decision = (
        AppealDecision.REFUSED
        if not held
        else AppealDecision.GRANTED
        if held == len(grounds)
        else AppealDecision.PARTLY
    )
    appeal.state, appeal.reasons = AppealState.DECIDED, reasons.strip()
    appeal.decided_by, appeal.decided_at = uow.actor.person_id, uow.now()
    if rows:
        uow.session.execute(sa.insert(Grade), rows)
        told = {"appeal_id": appeal.id, "grades": grades_document(rows)}
        note_attempt(uow, attempt, "assessment.answers_regraded", told)
        _count_again(uow, attempt, appeal)
    decided = {"appeal_id": appeal.id, "decision": appeal.decision, "reason": appeal.reasons}
    note_attempt(uow, attempt, "assessment.appeal_decided", decided)
    tell_family(uow, APPEAL, appeal.id, attempt.person_id, f"/appeals/{appeal.id}")
    uow.log_access("assessment.decide_appeal", attempt.person_id, "assessment.appeal", appeal.id)
    return AppealStep(appeal.id, appeal.state, appeal.due_on, appeal.decision)


def _require_others_work(uow: UnitOfWork, appeal: Appeal, item_ids: Sequence[UUID]) -> None:
    markers = set(
        uow.session.scalars(
            sa.select(Grade.graded_by).where(
                Grade.attempt_item_id.in_(item_ids), Grade.graded_by.is_not(None)
            )
        )
    )
    markers |= set(
        uow.session.scalars(sa.select(MarkOpinion.marker_id).where(MarkOpinion.attempt_item_id.in_(item_ids)))
    )
    released_by = uow.session.get_one(Result, appeal.result_id).released_by
    if uow.actor.person_id in markers | {released_by, appeal.filed_by}:
        raise Forbidden("assessment.appeal_own_mark")


def _require_replies(grounds: Sequence[AppealGround], replies: Mapping[UUID, Reply], reasons: str) -> None:
    missing = {
        f"reply-{ground.attempt_item_id}": ["assessment.reason_missing"]
        for ground in grounds
        if not (reply := replies.get(ground.attempt_item_id)) or not reply.text.strip()
    }
    if not reasons.strip():
        missing["reasons"] = ["assessment.reason_missing"]
    if missing:
        raise InvalidInput("assessment.reason_missing", fields=missing)


def _require_no_loss(ground: AppealGround, grade: Grade, fraction: Decimal) -> None:
    field = f"points-{ground.attempt_item_id}"
    if not 0 <= fraction <= 1:
        raise InvalidInput("assessment.fraction", fields={field: ["assessment.fraction"]})
    if grade.fraction is not None and fraction < grade.fraction:
        raise InvalidInput("assessment.appeal_lowers", fields={field: ["assessment.appeal_lowers"]})


def _new_grade(uow: UnitOfWork, before: Grade, reply: Reply) -> dict[str, Any]:
    found = MarkResult.of(reply.fraction or Decimal(0), *certainty_notes(before.notes))
    return grade_row(
        uow,
        before.attempt_item_id,
        before.number + 1,
        before.id,
        found,
        GradeSource.APPEAL,
        "human/1",
        comment=reply.text.strip(),
    )


def _count_again(uow: UnitOfWork, attempt: Attempt, appeal: Appeal) -> None:
    """Propose the result that follows and let it count at once: the decision is the release.

    Raises Conflict ``assessment.appeal_regraded`` where the work was marked again and what nobody has released yet would come
    to count with it, below the result that was appealed against; and what `require_nothing_against` raises: an appeal
    announces nothing that could not be released.
    """
    settled = settle_again(uow, attempt)
    result = None if settled.result_id is None else uow.session.get_one(Result, settled.result_id)
    if result is None or result.state is not ResultState.PROPOSED:
        return
    against = uow.session.get_one(Result, appeal.result_id)
    if against.state is ResultState.RELEASED and result.score < against.score:
        raise Conflict("assessment.appeal_regraded")
    require_nothing_against(uow, attempt)
    release(uow, result, attempt, appeal.reasons)


def open_appeal_file(uow: UnitOfWork, appeal_file_id: UUID) -> AppealDocument:
    """Return a document of an appeal to those who may see the appeal; the look is logged."""
    row = uow.session.get(AppealFile, appeal_file_id)
    if row is None:
        raise NotFound("assessment.no_appeal")
    appeal = uow.session.get_one(Appeal, row.appeal_id)
    uow.require("assessment.see_appeal", appeal)
    _stored, data = uow.open_file(row.file_id)
    uow.log_access("assessment.see_appeal", appeal.person_id, "assessment.appeal", appeal.id, outcome="shown")
    return AppealDocument(row.name, row.media_type, data)
