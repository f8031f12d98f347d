"""Mark a whole session again: a preview first, then an approval, then new grades; nothing is ever rewritten.

The replay itself (`lms.assessment.queries.replay_session`) takes seconds and is done before the transaction begins.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lms.assessment.events import AttemptGraded
from lms.assessment.marking_models import RegradeBatch, RegradeKey, RegradeRow
from lms.assessment.models import Attempt, AttemptItem, AttestationSession, Grade, Result
from lms.assessment.queries.regrades import (
    MARKED,
    PORTION,
    Replay,
    Standing,
    attempts_of_batch,
    plans_of,
    standing_grades,
    work_score,
)
from lms.assessment.rules.scoring import Score, mark_for
from lms.assessment.service.impartial import require_impartial_among
from lms.assessment.service.journal import ATTEMPT, grades_document
from lms.assessment.service.locks import hold_attempts
from lms.assessment.service.marking import policy_of
from lms.assessment.types import AttemptState, GradeSource, RegradeState, ResultState
from lms.core.contracts import BasisRef
from lms.core.db import key_of, known_id
from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.ids import new_id
from lms.core.uow import UnitOfWork

__all__ = ["Regraded", "approve_regrade", "drop_regrade", "propose_regrade"]

#: Rows that one statement writes.
ROWS = 1000


@dataclass(frozen=True, slots=True)
class Regraded:
    """What an approval did: grades written, those left alone because somebody marked meanwhile, new results."""

    grades: int
    stale: int
    results: int


def propose_regrade(uow: UnitOfWork, replay: Replay, reason: str) -> UUID:
    """Keep what a replay found as a preview and return its id; no grade changes yet.

    Raises InvalidInput ``assessment.reason_missing``.
    """
    occasion = uow.session.get(AttestationSession, replay.session_id)
    if occasion is None:
        raise NotFound("assessment.no_session")
    uow.require("assessment.regrade", occasion)
    if not reason.strip():
        raise InvalidInput("assessment.reason_missing", fields={"reason": ["assessment.reason_missing"]})
    batch = RegradeBatch(
        session_id=occasion.id,
        reason=reason.strip(),
        state=RegradeState.PROPOSED,
        checked=replay.checked,
        changed=len(replay.changes),
        created_by=uow.actor.person_id,
        created_at=uow.now(),
    )
    uow.session.add(batch)
    uow.session.flush()
    for asked, key in replay.keys.items():
        uow.session.add(RegradeKey(batch_id=batch.id, item_version_id=asked, key_version_id=key))
    uow.session.flush()
    rows = [
        {
            "batch_id": batch.id,
            "attempt_item_id": change.attempt_item_id,
            "grade_id": change.grade_id,
            "status": change.status,
            "fraction": change.fraction,
            "notes": list(change.notes),
            "grader": change.grader,
        }
        for change in replay.changes
    ]
    for part in _parts(rows):
        uow.session.execute(sa.insert(RegradeRow), part)
    return batch.id


def _parts(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), ROWS):
        yield rows[start : start + ROWS]


def drop_regrade(uow: UnitOfWork, batch_id: UUID) -> None:
    """Drop a preview; its rows stay as a record of what was looked at."""
    batch, occasion = _waiting_batch(uow, batch_id)
    _decide(uow, batch, occasion, RegradeState.DROPPED)


def approve_regrade(uow: UnitOfWork, batch_id: UUID) -> Regraded:
    """Write the previewed marks as new grades and propose the results that follow from them.

    A grade that came since the preview is left alone. A released result goes on counting until its successor is released. A
    corrected key marks from now on whatever is handed in, too. Raises Conflict ``assessment.regrade_decided``,
    ``assessment.regrade_outdated``, Forbidden ``assessment.not_impartial``.
    """
    batch, occasion = _waiting_batch(uow, batch_id)
    keys, ids = _keys(uow, batch_id), attempts_of_batch(uow.session, batch_id)
    _hold_works(uow, batch, keys, ids)
    _decide(uow, batch, occasion, RegradeState.APPROVED)
    _put_keys_right(uow, batch, keys)
    grades = stale = results = 0
    for start in range(0, len(ids), PORTION):
        attempts = _locked(uow, ids[start : start + PORTION])
        require_impartial_among(uow, {attempt.person_id for attempt in attempts})
        standing = standing_grades(uow.session, [attempt.id for attempt in attempts])
        written, late = _write_grades(uow, batch, occasion, attempts, standing)
        grades, stale = grades + written, stale + late
        results += _settle(uow, attempts, standing.values())
    return Regraded(grades, stale, results)


def _waiting_batch(uow: UnitOfWork, batch_id: UUID) -> tuple[RegradeBatch, AttestationSession]:
    """Return a preview that nobody has decided on, its row locked, with its session."""
    batch = uow.session.get(RegradeBatch, batch_id, with_for_update=True, populate_existing=True)
    if batch is None:
        raise NotFound("assessment.no_regrade")
    occasion = uow.session.get_one(AttestationSession, batch.session_id)
    uow.require("assessment.approve_regrade", occasion)
    if batch.state is not RegradeState.PROPOSED:
        raise Conflict("assessment.regrade_decided")
    return batch, occasion


def _hold_works(uow: UnitOfWork, batch: RegradeBatch, keys: Mapping[UUID, UUID], ids: Sequence[UUID]) -> None:
    """Lock the works that change; for a corrected key all of the session: nobody hands in between the count and the change."""
    of_session = sa.select(Attempt.id).where(Attempt.session_id == batch.session_id)
    hold_attempts(uow.session, uow.session.scalars(of_session) if keys else ids)


def _decide(uow: UnitOfWork, batch: RegradeBatch, occasion: AttestationSession, state: RegradeState) -> None:
    """Write a decision on a preview; the works that change are held before."""
    uow.lock("regrade_batch", occasion.id)
    of_session = sa.select(sa.func.max(RegradeBatch.decided_no)).where(RegradeBatch.session_id == occasion.id)
    batch.decided_no = 1 + (uow.session.scalar(of_session) or 0)
    batch.state, batch.decided_by, batch.decided_at = state, uow.actor.person_id, uow.now()
    payload = {"batch_id": batch.id, "state": state, "changed": batch.changed, "reason": batch.reason}
    if keys := _keys(uow, batch.id):
        payload["keys"] = {str(asked): str(key) for asked, key in keys.items()}
    uow.append_ledger(f"org:{occasion.org_id}", "assessment.regrade_decided", None, payload)


def _keys(uow: UnitOfWork, batch_id: UUID) -> dict[UUID, UUID]:
    """Return the versions that were asked with those whose key is to mark them."""
    rows = uow.session.scalars(sa.select(RegradeKey).where(RegradeKey.batch_id == batch_id))
    return {row.item_version_id: row.key_version_id for row in rows}


def _put_keys_right(uow: UnitOfWork, batch: RegradeBatch, keys: Mapping[UUID, UUID]) -> None:
    """Let the corrected keys mark the session's questions, when the preview has looked at every work that has ended."""
    if not keys:
        return
    of_session = Attempt.session_id == batch.session_id
    ended = sa.select(Attempt.id).where(of_session, Attempt.state.in_(MARKED))
    answers = sa.select(sa.func.count()).where(AttemptItem.attempt_id.in_(ended))
    if uow.session.scalar(answers) != batch.checked:
        raise Conflict("assessment.regrade_outdated")
    works = sa.select(Attempt.id).where(of_session)
    for asked, key in keys.items():
        uow.session.execute(
            sa.update(AttemptItem)
            .where(AttemptItem.item_version_id == asked, AttemptItem.attempt_id.in_(works))
            .values(key_version_id=None if key == asked else key)
            .execution_options(synchronize_session=False)
        )


def _locked(uow: UnitOfWork, ids: Sequence[UUID]) -> list[Attempt]:
    return list(
        uow.session.scalars(
            sa.select(Attempt)
            .where(Attempt.id.in_(ids), Attempt.state != AttemptState.ANNULLED)
            .order_by(Attempt.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def _write_grades(
    uow: UnitOfWork,
    batch: RegradeBatch,
    occasion: AttestationSession,
    attempts: Sequence[Attempt],
    standing: dict[Any, Standing],
) -> tuple[int, int]:
    """Add the grades of one portion of works and let them stand; return how many were written and how many overtaken."""
    found = uow.session.execute(
        sa.select(
            key_of(RegradeRow.attempt_item_id),
            key_of(RegradeRow.grade_id),
            RegradeRow.status,
            RegradeRow.fraction,
            RegradeRow.notes,
            RegradeRow.grader,
            AttemptItem.key_version_id,
        )
        .join(AttemptItem, AttemptItem.id == RegradeRow.attempt_item_id)
        .where(RegradeRow.batch_id == batch.id, _in_works(attempts))
    ).all()
    now, rows = uow.now(), list[dict[str, Any]]()
    for item_id, grade_id, status, fraction, notes, grader, key_version_id in found:
        before = standing[item_id]
        if before.key != grade_id:
            continue
        standing[item_id] = before._replace(status=status, fraction=fraction, notes=notes)
        rows.append(
            {
                "id": new_id(),
                "attempt_item_id": known_id(item_id),
                "number": before.number + 1,
                "supersedes": known_id(before.key),
                "status": status,
                "fraction": fraction,
                "notes": notes,
                "comment": "",
                "rubric": None,
                "source": GradeSource.REGRADE,
                "grader": grader,
                "key_version_id": key_version_id,
                "graded_by": uow.actor.person_id,
                "graded_at": now,
            }
        )
    for part in _parts(rows):
        uow.session.execute(sa.insert(Grade), part)
    if rows:
        told = {"batch_id": batch.id, "reason": batch.reason, "grades": grades_document(rows)}
        refs = [BasisRef(ATTEMPT, attempt.id) for attempt in attempts]
        uow.append_ledger(f"org:{occasion.org_id}", "assessment.answers_regraded", None, told, refs)
    return len(rows), len(found) - len(rows)


def _in_works(attempts: Sequence[Attempt]) -> sa.ColumnElement[bool]:
    items = sa.select(AttemptItem.id).where(AttemptItem.attempt_id.in_([attempt.id for attempt in attempts]))
    return RegradeRow.attempt_item_id.in_(items)


def _settle(uow: UnitOfWork, attempts: Sequence[Attempt], standing: Iterable[Standing]) -> int:
    """Count a portion of works again and propose the results that are new; return how many."""
    grades: dict[UUID, list[Standing]] = defaultdict(list)
    for row in standing:
        grades[row.attempt_id].append(row)
    newest = _newest_results(uow, attempts)
    versions = {attempt.blueprint_version_id for attempt in attempts}
    plans = plans_of(uow.session, versions)
    policies = {key: policy_of(uow.session, key) for key in versions}
    rows = []
    for attempt in attempts:
        plan = plans[attempt.blueprint_version_id]
        score = work_score(plan, grades[attempt.id])
        if score is None:
            attempt.state = AttemptState.GRADING
            continue
        before = newest.get(attempt.id)
        policy_id, policy = policies[attempt.blueprint_version_id]
        mark, is_passed = mark_for(policy, score.score)
        if attempt.state is AttemptState.GRADING:
            uow.record(AttemptGraded(attempt.id, attempt.person_id))
            attempt.state = AttemptState.GRADED
        if plan.is_practice:
            continue
        if before is not None and _is_same(before, score, mark):
            if before.state is ResultState.RELEASED:  # it counts already: nothing is left to release
                attempt.state = AttemptState.RELEASED
            continue
        attempt.state = AttemptState.GRADED
        attempt.revision += 1
        rows.append(_result_row(uow, attempt, before, score, mark, is_passed=is_passed, policy_id=policy_id))
    if rows:
        uow.session.execute(sa.insert(Result), rows)
    uow.session.flush()
    return len(rows)


def _is_same(before: Any, score: Score, mark: str) -> bool:
    return before is not None and (before.score, before.points, before.mark) == (
        score.score,
        score.points,
        mark,
    )


def _newest_results(uow: UnitOfWork, attempts: Iterable[Attempt]) -> dict[UUID, Any]:
    rows = uow.session.execute(
        sa.select(
            Result.attempt_id,
            Result.id,
            Result.number,
            Result.score,
            Result.points,
            Result.mark,
            Result.state,
        )
        .where(Result.attempt_id.in_([attempt.id for attempt in attempts]))
        .order_by(Result.number)
    )
    return {row.attempt_id: row for row in rows}


def _result_row(
    uow: UnitOfWork,
    attempt: Attempt,
    before: Any,
    score: Score,
    mark: str,
    *,
    is_passed: bool,
    policy_id: UUID,
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "attempt_id": attempt.id,
        "number": 1 if before is None else before.number + 1,
        "supersedes": None if before is None else before.id,
        "entry_id": attempt.entry_id,
        "session_id": attempt.session_id,
        "person_id": attempt.person_id,
        "points": score.points,
        "max_points": score.max_points,
        "score": score.score,
        "mark": mark,
        "is_passed": is_passed,
        "mark_policy_id": policy_id,
        "state": ResultState.PROPOSED,
        "proposed_at": uow.now(),
    }
