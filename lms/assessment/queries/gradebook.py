"""Read a gradebook page by page: a late page costs what the first one costs, whatever the number of students."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.access_rules import HEADS
from lms.assessment.marking_models import (
    Gradebook,
    GradebookCategory,
    GradebookCell,
    GradebookColumn,
    GradebookSeat,
    PeriodMark,
)
from lms.assessment.models import MarkPolicy, Result
from lms.assessment.rules.gradebook import Category, Cell, Line, line, proposal
from lms.assessment.rules.scoring import Policy
from lms.assessment.service.sittings import count_places
from lms.assessment.types import CellKind, ResultState
from lms.core.actor import Actor
from lms.core.db import day_of, key_of, known_id
from lms.core.errors import NotFound
from lms.people.queries import admitted_among, taught_among, taught_ids

__all__ = [
    "BookCard",
    "BookPage",
    "BookRow",
    "CellView",
    "book_card",
    "book_line",
    "book_page",
    "books_of",
    "history_of",
    "line_of",
    "newest_cells",
    "period_marks",
    "policy_values",
    "reached_by",
    "row_of_seat",
    "values_of",
]

#: Students on one page.
PER_PAGE = 30
_RESULT_COLUMNS = (
    Result.person_id,
    Result.entry_id,
    Result.session_id,
    Result.attempt_id,
    Result.points,
    Result.max_points,
    Result.score,
    Result.mark,
    Result.is_passed,
)


@dataclass(frozen=True, slots=True)
class BookCard:
    """A gradebook with its categories and columns in order."""

    id: UUID
    org_id: UUID
    title: str
    subject: str
    created_by: UUID | None
    policy: Policy
    categories: tuple[GradebookCategory, ...]
    columns: tuple[GradebookColumn, ...]


@dataclass(frozen=True, slots=True)
class CellView:
    """What stands in a cell: a share with its points, exempt, absent, or nothing."""

    kind: CellKind | None = None
    points: Decimal | None = None
    share: Fraction | None = None
    is_result: bool = False


@dataclass(frozen=True, slots=True)
class BookRow:
    """One student's line with what it comes to, the proposed mark and the decided one."""

    seat: int
    person_id: UUID
    cells: tuple[CellView, ...]
    found: Line
    proposed: str
    decided: str | None


@dataclass(frozen=True, slots=True)
class BookPage:
    """One page of a gradebook; ``next_after`` is the seat after which the next one begins, None at the end."""

    rows: tuple[BookRow, ...]
    next_after: int | None


def books_of(session: Session, actor: Actor) -> list[Gradebook]:
    """Return the gradebooks that the actor keeps, and as a head those of the whole organisation, by title."""
    heads = actor.orgs_as(*HEADS)
    return list(
        session.scalars(
            sa.select(Gradebook)
            .where(sa.or_(Gradebook.created_by == actor.person_id, Gradebook.org_id.in_(heads)))
            .order_by(Gradebook.title, Gradebook.id)
        )
    )


def book_card(session: Session, gradebook_id: UUID) -> BookCard:
    """Return a gradebook; raise NotFound ``assessment.no_gradebook``."""
    book = session.get(Gradebook, gradebook_id)
    if book is None:
        raise NotFound("assessment.no_gradebook")
    categories = session.scalars(
        sa.select(GradebookCategory)
        .where(GradebookCategory.gradebook_id == gradebook_id)
        .order_by(GradebookCategory.position)
    ).all()
    places = {category.id: category.position for category in categories}
    columns = session.scalars(
        sa.select(GradebookColumn).where(GradebookColumn.gradebook_id == gradebook_id)
    ).all()
    return BookCard(
        book.id,
        book.org_id,
        book.title,
        book.subject,
        book.created_by,
        policy_values(session, book.mark_policy_id),
        tuple(categories),
        tuple(sorted(columns, key=lambda column: (places[column.category_id], column.position))),
    )


def policy_values(session: Session, policy_id: UUID) -> Policy:
    """Return a version of a policy as values."""
    row = session.get_one(MarkPolicy, policy_id)
    return Policy([(Decimal(least), mark) for least, mark in row.thresholds], row.pass_score)


def reached_by(
    session: Session, actor: Actor, org_id: UUID, person_ids: Collection[UUID], at: datetime
) -> set[UUID]:
    """Return those of some persons whose marks the actor may enter in an organisation."""
    if actor.is_system:
        return set(person_ids)
    admitted = admitted_among(session, org_id, person_ids, day_of(session, at))
    if actor.has_role(*HEADS, org_id=org_id):
        return admitted
    return admitted & taught_among(session, actor.person_id, person_ids, at)


def book_page(
    session: Session, actor: Actor, card: BookCard, at: datetime, *, after: int = 0, most: int = PER_PAGE
) -> BookPage:
    """Return the lines after a seat that are within the actor's reach, at most ``most``."""
    seats = (
        sa.select(GradebookSeat.seat, GradebookSeat.person_id)
        .where(GradebookSeat.gradebook_id == card.id, GradebookSeat.seat > after)
        .order_by(GradebookSeat.seat)
        .limit(most + 1)
    )
    if not (actor.is_system or actor.has_role(*HEADS, org_id=card.org_id)):
        seats = seats.where(GradebookSeat.person_id.in_(taught_ids(actor.person_id, at)))
    rows = session.execute(seats).all()
    shown, has_more = rows[:most], len(rows) > most
    people = [person for _seat, person in shown]
    values = values_of(session, card.columns, people)
    decided = _decided(session, card.id, people)
    lines = tuple(
        _row(card, seat, person, values.get(person, {}), decided.get(person)) for seat, person in shown
    )
    return BookPage(lines, shown[-1][0] if has_more else None)


def row_of_seat(session: Session, actor: Actor, card: BookCard, seat: int, at: datetime) -> BookRow | None:
    """Return one student's line, or None when there is none within the actor's reach."""
    page = book_page(session, actor, card, at, after=seat - 1, most=1)
    return next((row for row in page.rows if row.seat == seat), None)


def period_marks(session: Session, gradebook_id: UUID, person_id: UUID) -> list[PeriodMark]:
    """Return the decisions on a student's mark of the period, newest first."""
    return list(
        session.scalars(
            sa.select(PeriodMark)
            .where(PeriodMark.gradebook_id == gradebook_id, PeriodMark.person_id == person_id)
            .order_by(PeriodMark.number.desc())
        )
    )


def history_of(
    session: Session, card: BookCard, person_id: UUID
) -> list[tuple[str, CellView, str, datetime]]:
    """Return everything that was ever entered for a student, newest first: column, value, reason, moment."""
    titles = {column.id: column.title for column in card.columns}
    rows = session.scalars(
        sa.select(GradebookCell)
        .where(GradebookCell.column_id.in_(list(titles)), GradebookCell.person_id == person_id)
        .order_by(GradebookCell.given_at.desc(), GradebookCell.number.desc())
    )
    return [(titles[row.column_id], CellView(row.kind, row.points), row.reason, row.given_at) for row in rows]


def _row(
    card: BookCard, seat: int, person: UUID, values: dict[UUID, CellView], decided: str | None
) -> BookRow:
    cells = tuple(values.get(column.id, _NOTHING) for column in card.columns)
    found = _line(card.categories, card.columns, cells)
    return BookRow(seat, person, cells, found, proposal(card.policy, found), decided)


_NOTHING = CellView()


def _line(
    categories: Sequence[GradebookCategory], columns: Sequence[GradebookColumn], cells: Sequence[CellView]
) -> Line:
    inside: dict[UUID, list[Cell]] = {category.id: [] for category in categories}
    for column, cell in zip(columns, cells, strict=True):
        inside[column.category_id].append(Cell(cell.kind, cell.share, column.weight))
    return line([Category(each.weight, each.drop_lowest, inside[each.id]) for each in categories])


def line_of(session: Session, book: Gradebook, person_id: UUID) -> Line:
    """Return what one student's line comes to now."""
    card = book_card(session, book.id)
    return book_line(card, values_of(session, card.columns, [person_id]).get(person_id, {}))


def book_line(card: BookCard, values: Mapping[UUID, CellView]) -> Line:
    """Return what a student's line comes to, from what stands in its cells by column."""
    return _line(card.categories, card.columns, [values.get(column.id, _NOTHING) for column in card.columns])


def values_of(
    session: Session, columns: Sequence[GradebookColumn], people: Collection[UUID]
) -> dict[UUID, dict[UUID, CellView]]:
    """Return what stands for each person in each column: what was entered, else what counts of its session."""
    found: dict[UUID, dict[UUID, CellView]] = {person: {} for person in people}
    by_session = {column.session_id: column for column in columns if column.session_id is not None}
    if by_session and people:
        results: list[Any] = list(
            session.execute(
                sa.select(*_RESULT_COLUMNS).where(
                    Result.person_id.in_(people),
                    Result.session_id.in_(list(by_session)),
                    Result.state == ResultState.RELEASED,
                )
            )
        )
        counting = count_places(session, results)
        for row in results:
            counts, points = counting[row.entry_id]
            view = CellView(CellKind.POINTS, points, Fraction(counts.score), is_result=True)
            found[row.person_id][by_session[row.session_id].id] = view
    most = {column.id: column.max_points for column in columns}
    for (column_id, person), row in newest_cells(session, list(most), people).items():
        if row.kind is CellKind.BLANK:
            continue
        share = None if row.points is None else _share(row.points, most[column_id])
        found[person][column_id] = CellView(row.kind, row.points, share)
    return found


@lru_cache(maxsize=10_000)
def _share(points: Decimal, most: Decimal) -> Fraction:
    return Fraction(points) / Fraction(most)


def newest_cells(
    session: Session, column_ids: Collection[UUID], people: Collection[UUID]
) -> dict[tuple[UUID, UUID], Any]:
    """Return the newest entry by column and person: key, number, kind, points."""
    if not column_ids or not people:
        return {}
    rows = session.execute(
        sa.select(
            key_of(GradebookCell.column_id),
            key_of(GradebookCell.person_id),
            key_of(GradebookCell.id).label("key"),
            GradebookCell.number,
            GradebookCell.kind,
            GradebookCell.points,
        )
        .where(GradebookCell.column_id.in_(column_ids), GradebookCell.person_id.in_(people))
        .order_by(GradebookCell.number)
    )
    return {(known_id(row[0]), known_id(row[1])): row for row in rows}


def _decided(session: Session, gradebook_id: UUID, people: Iterable[UUID]) -> dict[UUID, str]:
    rows = session.execute(
        sa.select(PeriodMark.person_id, PeriodMark.mark)
        .where(PeriodMark.gradebook_id == gradebook_id, PeriodMark.person_id.in_(list(people)))
        .order_by(PeriodMark.number)
    )
    return {person: mark for person, mark in rows}
