"""Keep a gradebook: its categories and columns, its students, what people enter, the mark of a period."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lms.assessment.marking_models import (
    Gradebook,
    GradebookCategory,
    GradebookCell,
    GradebookColumn,
    GradebookSeat,
    PeriodMark,
)
from lms.assessment.models import AttestationSession, BlueprintVersion, MarkPolicy
from lms.assessment.queries.gradebook import line_of, newest_cells, policy_values, reached_by
from lms.assessment.rules.gradebook import proposal, rounded
from lms.assessment.service.impartial import require_impartial_among
from lms.assessment.types import CellKind
from lms.core.db import bulk_in, known_id
from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.ids import new_id
from lms.core.uow import UnitOfWork

__all__ = [
    "Entered",
    "add_category",
    "add_column",
    "change_category",
    "change_column",
    "create_gradebook",
    "decide_mark",
    "enter",
    "remove_column",
    "seat_students",
    "unseat_student",
]

#: Marks that stand in every gradebook beside those of its scale: not assessed, exempt.
ALWAYS = ("n/a", "exempt")
ROWS = 1000
#: What no column of the tables can hold any more.
TOO_MUCH, LONGEST_TITLE = Decimal(100_000), 200


@dataclass(frozen=True, slots=True)
class Entered:
    """What a person entered for one student; ``points`` belong to the kind ``points``."""

    kind: CellKind
    points: Decimal | None = None


def open_gradebook(
    uow: UnitOfWork,
    org_id: UUID,
    *,
    title: str,
    subject: str,
    mark_policy_id: UUID,
    category: str,
    form_id: UUID | None = None,
) -> UUID:
    """Open a gradebook with its first category; return its id. The same form sent twice is one gradebook.

    ``form_id`` tells the form; another gradebook written on a page that was gone back to is a new one.
    """
    own_id = form_id or new_id()
    uow.lock("gradebook", own_id)
    there = uow.session.get(Gradebook, own_id)
    if there is not None:
        asked = (org_id, title.strip(), subject, mark_policy_id, uow.actor.person_id)
        if (there.org_id, there.title, there.subject, there.mark_policy_id, there.created_by) == asked:
            uow.require("assessment.gradebook", there)
            return there.id
        own_id = new_id()
    create_gradebook(
        uow, org_id, title=title, subject=subject, mark_policy_id=mark_policy_id, gradebook_id=own_id
    )
    add_category(uow, own_id, title=category, weight=Decimal(1))
    return own_id


def create_gradebook(
    uow: UnitOfWork,
    org_id: UUID,
    *,
    title: str,
    subject: str,
    mark_policy_id: UUID,
    gradebook_id: UUID | None = None,
) -> UUID:
    """Open a gradebook of an organisation; return its id."""
    uow.require("assessment.keep_gradebook", org_id)
    policy = uow.session.get(MarkPolicy, mark_policy_id)
    if policy is None or policy.org_id != org_id:
        raise NotFound("assessment.no_policy")
    row = Gradebook(
        id=gradebook_id or new_id(),
        org_id=org_id,
        title=title.strip(),
        subject=subject,
        mark_policy_id=policy.id,
        created_by=uow.actor.person_id,
        created_at=uow.now(),
    )
    uow.session.add(row)
    uow.session.flush()
    return row.id


def _gradebook(uow: UnitOfWork, gradebook_id: UUID) -> Gradebook:
    row = uow.session.get(Gradebook, gradebook_id)
    if row is None:
        raise NotFound("assessment.no_gradebook")
    uow.require("assessment.gradebook", row)
    return row


def add_category(
    uow: UnitOfWork, gradebook_id: UUID, *, title: str, weight: Decimal, drop_lowest: int = 0
) -> UUID:
    """Add columns' category to a gradebook. Raises InvalidInput ``assessment.weight``."""
    _gradebook(uow, gradebook_id)
    _require_weight(weight, drop_lowest)
    row = GradebookCategory(
        gradebook_id=gradebook_id,
        title=title.strip(),
        position=_next(uow, GradebookCategory, gradebook_id),
        weight=weight,
        drop_lowest=drop_lowest,
    )
    uow.session.add(row)
    uow.session.flush()
    return row.id


def _require_weight(weight: Decimal, drop_lowest: int = 0) -> None:
    if not 0 < weight < TOO_MUCH:
        raise InvalidInput("assessment.weight", fields={"weight": ["assessment.weight"]})
    if drop_lowest < 0:
        raise InvalidInput("assessment.weight", fields={"drop_lowest": ["assessment.weight"]})


def _next(uow: UnitOfWork, kind: Any, gradebook_id: UUID) -> int:
    uow.lock("gradebook", gradebook_id)
    last = uow.session.scalar(sa.select(sa.func.max(kind.position)).where(kind.gradebook_id == gradebook_id))
    return int(last or 0) + 1


def change_category(
    uow: UnitOfWork, category_id: UUID, *, title: str, weight: Decimal, drop_lowest: int
) -> None:
    """Change how a category counts; period marks that were decided before stay as they are."""
    row = uow.session.get(GradebookCategory, category_id)
    if row is None:
        raise NotFound("assessment.no_gradebook")
    book = _gradebook(uow, row.gradebook_id)
    _require_weight(weight, drop_lowest)
    told = {"category_id": row.id, "weight": str(weight), "drop_lowest": drop_lowest}
    row.title, row.weight, row.drop_lowest = title.strip(), weight, drop_lowest
    uow.append_ledger(f"org:{book.org_id}", "assessment.category_changed", None, told)


def add_column(
    uow: UnitOfWork,
    category_id: UUID,
    *,
    title: str,
    weight: Decimal,
    max_points: Decimal,
    session_id: UUID | None = None,
) -> UUID:
    """Add a work to a category; with a session its released results appear by themselves.

    Raises InvalidInput ``assessment.weight``, NotFound ``assessment.no_session``, Conflict ``assessment.column_there``.
    """
    category = uow.session.get(GradebookCategory, category_id)
    if category is None:
        raise NotFound("assessment.no_gradebook")
    book = _gradebook(uow, category.gradebook_id)
    _require_weight(weight)
    if session_id is not None:
        title, max_points = _session_values(uow, book, session_id, title)
    if not 0 < max_points < TOO_MUCH:
        raise InvalidInput("assessment.weight", fields={"max_points": ["assessment.weight"]})
    row = GradebookColumn(
        gradebook_id=book.id,
        category_id=category.id,
        title=title.strip(),
        position=_next(uow, GradebookColumn, book.id),
        weight=weight,
        max_points=max_points,
        session_id=session_id,
    )
    uow.session.add(row)
    uow.session.flush()
    return row.id


def change_column(uow: UnitOfWork, column_id: UUID, *, title: str, weight: Decimal) -> None:
    """Change what a column is called and how it counts; period marks that were decided before stay as they are."""
    row, book = _column(uow, column_id)
    _require_weight(weight)
    if not 0 < len(title.strip()) <= LONGEST_TITLE:
        raise InvalidInput("assessment.column_title", fields={"title": ["assessment.column_title"]})
    row.title, row.weight = title.strip(), weight
    told = {"column_id": row.id, "weight": str(weight)}
    uow.append_ledger(f"org:{book.org_id}", "assessment.column_changed", None, told)


def remove_column(uow: UnitOfWork, column_id: UUID) -> None:
    """Take a column away into which nobody has entered anything. Raises Conflict ``assessment.column_used``."""
    row, _book = _column(uow, column_id)
    uow.lock("gradebook", row.gradebook_id)
    if uow.session.scalar(sa.select(GradebookCell.id).where(GradebookCell.column_id == row.id).limit(1)):
        raise Conflict("assessment.column_used")
    uow.session.delete(row)


def _column(uow: UnitOfWork, column_id: UUID) -> tuple[GradebookColumn, Gradebook]:
    row = uow.session.get(GradebookColumn, column_id)
    if row is None:
        raise NotFound("assessment.no_gradebook")
    return row, _gradebook(uow, row.gradebook_id)


def _session_values(uow: UnitOfWork, book: Gradebook, session_id: UUID, title: str) -> tuple[str, Decimal]:
    occasion = uow.session.get(AttestationSession, session_id)
    if occasion is None or occasion.org_id != book.org_id:
        raise NotFound("assessment.no_session")
    there = sa.select(GradebookColumn.id).where(
        GradebookColumn.gradebook_id == book.id, GradebookColumn.session_id == session_id
    )
    if uow.session.scalar(there) is not None:
        raise Conflict("assessment.column_there")
    version = uow.session.get_one(BlueprintVersion, occasion.blueprint_version_id)
    return title.strip() or occasion.title, version.max_points


def seat_students(uow: UnitOfWork, gradebook_id: UUID, person_ids: Iterable[UUID]) -> int:
    """Add students in the order given; those who are there already stay where they are. Return how many are new.

    Only students within the actor's reach can be added; others look like ones who do not exist.
    """
    book = _gradebook(uow, gradebook_id)
    wanted = list(dict.fromkeys(person_ids))
    _require_reach(uow, book, wanted)
    uow.lock("gradebook", gradebook_id)
    rows = uow.session.execute(
        sa.select(GradebookSeat.person_id, GradebookSeat.seat).where(GradebookSeat.gradebook_id == book.id)
    ).all()
    there, last = {person for person, _seat in rows}, max((seat for _person, seat in rows), default=0)
    new = [person for person in wanted if person not in there]
    if new:
        uow.session.execute(
            sa.insert(GradebookSeat),
            [
                {"gradebook_id": book.id, "seat": last + number, "person_id": person}
                for number, person in enumerate(new, start=1)
            ],
        )
    return len(new)


def unseat_student(uow: UnitOfWork, gradebook_id: UUID, person_id: UUID) -> None:
    """Take a student out of whom nothing was entered. Raises Conflict ``assessment.line_used``."""
    book = _gradebook(uow, gradebook_id)
    _require_reach(uow, book, [person_id])
    uow.lock("gradebook", gradebook_id)
    entered = (
        sa.select(GradebookCell.id)
        .join(GradebookColumn, GradebookColumn.id == GradebookCell.column_id)
        .where(GradebookColumn.gradebook_id == book.id, GradebookCell.person_id == person_id)
    )
    decided = sa.select(PeriodMark.id).where(
        PeriodMark.gradebook_id == book.id, PeriodMark.person_id == person_id
    )
    if any(uow.session.scalar(query.limit(1)) for query in (entered, decided)):
        raise Conflict("assessment.line_used")
    uow.session.execute(
        sa.delete(GradebookSeat).where(
            GradebookSeat.gradebook_id == book.id, GradebookSeat.person_id == person_id
        )
    )


def _require_reach(uow: UnitOfWork, book: Gradebook, person_ids: Collection[UUID]) -> None:
    """Raise NotFound unless all are within reach, Forbidden when one of them is close to the actor."""
    within: set[UUID] = set()
    for batch in bulk_in(person_ids):
        within |= reached_by(uow.session, uow.actor, book.org_id, batch, uow.now())
    if set(person_ids) - within:
        raise NotFound("assessment.no_student")
    require_impartial_among(uow, set(person_ids))


def enter(uow: UnitOfWork, column_id: UUID, entries: Mapping[UUID, Entered], *, reason: str = "") -> int:
    """Enter values of a column; what is there already stays, a correction is a new row with a reason.

    In the column of a session only exempt, absent and blank can be entered: its points come from released results.
    Raises InvalidInput ``assessment.points_range``, ``assessment.reason_missing`` (a correction), ``assessment.from_session``.
    """
    column = uow.session.get(GradebookColumn, column_id)
    if column is None:
        raise NotFound("assessment.no_gradebook")
    book = _gradebook(uow, column.gradebook_id)
    _require_seats(uow, book, entries)
    _require_reach(uow, book, list(entries))
    uow.lock("gradebook", book.id)
    before = newest_cells(uow.session, [column.id], list(entries))
    rows = []
    for person_id, given in entries.items():
        _require_fitting(column, person_id, given)
        old = before.get((column.id, person_id))
        was = (CellKind.BLANK, None) if old is None else (old.kind, old.points)
        if was == (given.kind, given.points):
            continue
        if old is not None and not reason.strip():
            raise InvalidInput("assessment.reason_missing", fields={"reason": ["assessment.reason_missing"]})
        rows.append(_cell(uow, column, person_id, old, given, reason))
    for start in range(0, len(rows), ROWS):
        uow.session.execute(sa.insert(GradebookCell), rows[start : start + ROWS])
    if rows:
        told = {
            "column_id": column.id,
            "reason": reason.strip(),
            "cells": {str(row["person_id"]): [row["kind"], str(row["points"])] for row in rows},
        }
        uow.append_ledger(f"org:{book.org_id}", "assessment.cells_entered", None, told)
    return len(rows)


def _require_seats(uow: UnitOfWork, book: Gradebook, person_ids: Iterable[UUID]) -> None:
    wanted, there = set(person_ids), set[UUID]()
    for batch in bulk_in(wanted):
        there |= set(
            uow.session.scalars(
                sa.select(GradebookSeat.person_id).where(
                    GradebookSeat.gradebook_id == book.id, GradebookSeat.person_id.in_(batch)
                )
            )
        )
    if wanted - there:
        raise NotFound("assessment.no_student")


def _require_fitting(column: GradebookColumn, person_id: UUID, given: Entered) -> None:
    field = f"cell-{person_id}"
    if given.kind is not CellKind.POINTS:
        return
    if column.session_id is not None:
        raise InvalidInput("assessment.from_session", fields={field: ["assessment.from_session"]})
    if given.points is None or not 0 <= given.points <= column.max_points:
        raise InvalidInput("assessment.points_range", fields={field: ["assessment.points_range"]})


def _cell(
    uow: UnitOfWork, column: GradebookColumn, person_id: UUID, old: Any, given: Entered, reason: str
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "column_id": column.id,
        "person_id": person_id,
        "number": 1 if old is None else old.number + 1,
        "supersedes": None if old is None else known_id(old.key),
        "kind": given.kind,
        "points": given.points if given.kind is CellKind.POINTS else None,
        "reason": reason.strip() if old is not None else "",
        "given_by": uow.actor.person_id,
        "given_at": uow.now(),
    }


def decide_mark(
    uow: UnitOfWork,
    gradebook_id: UUID,
    person_id: UUID,
    mark: str,
    *,
    reason: str = "",
    seen: int | None = None,
) -> UUID:
    """Decide on a student's mark of the period, beside what the policy proposes; a change is a new row.

    ``seen`` is the number of the decision that stood when the actor looked (0: none): nobody replaces unseen what another
    has decided, and the same form sent twice is one decision. Raises InvalidInput ``assessment.mark_unknown``,
    ``assessment.reason_missing`` when the mark is not the proposed one or replaces an earlier one; Conflict
    ``assessment.decided_meanwhile``.
    """
    book = _gradebook(uow, gradebook_id)
    _require_seats(uow, book, [person_id])
    _require_reach(uow, book, [person_id])
    policy = policy_values(uow.session, book.mark_policy_id)
    if mark not in {*(name for _least, name in policy.thresholds), *ALWAYS}:
        raise InvalidInput("assessment.mark_unknown", fields={"mark": ["assessment.mark_unknown"]})
    uow.lock("gradebook", book.id)
    found = line_of(uow.session, book, person_id)
    proposed = proposal(policy, found)
    old = uow.session.scalar(
        sa.select(PeriodMark)
        .where(PeriodMark.gradebook_id == book.id, PeriodMark.person_id == person_id)
        .order_by(PeriodMark.number.desc())
        .limit(1)
    )
    if old is not None and seen not in {None, old.number}:
        if (old.mark, old.reason, old.given_by) != (mark, reason.strip(), uow.actor.person_id):
            raise Conflict("assessment.decided_meanwhile")
        return old.id
    if (mark != proposed or old is not None) and not reason.strip():
        raise InvalidInput("assessment.reason_missing", fields={"reason": ["assessment.reason_missing"]})
    row = PeriodMark(
        gradebook_id=book.id,
        person_id=person_id,
        number=1 if old is None else old.number + 1,
        supersedes=None if old is None else old.id,
        mark=mark,
        proposed=proposed,
        score=rounded(found.score),
        mark_policy_id=book.mark_policy_id,
        reason=reason.strip(),
        given_by=uow.actor.person_id,
        given_at=uow.now(),
    )
    uow.session.add(row)
    uow.session.flush()
    told = {"gradebook_id": book.id, "period_mark_id": row.id, "mark": mark, "proposed": proposed}
    uow.append_ledger(
        f"org:{book.org_id}", "assessment.period_mark", person_id, {**told, "reason": row.reason}
    )
    uow.log_access("assessment.gradebook", person_id, "assessment.period_mark", row.id)
    return row.id
