"""Read frameworks, outcomes, crosswalks and curricula."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.db import bulk_in, fetch, read_settled
from lms.core.direct import MOST_LISTED
from lms.core.errors import NotFound
from lms.core.paging import Page, paginate
from lms.curriculum.models import Crosswalk, Curriculum, CurriculumItem, Framework, Outcome
from lms.curriculum.rules.carry import Carried, carried
from lms.curriculum.rules.trees import MAX_DEPTH, Node, in_tree_order
from lms.curriculum.types import (
    BranchView,
    CurriculumItemView,
    CurriculumState,
    CurriculumView,
    EdgeState,
    EdgeView,
    FrameworkState,
    FrameworkView,
    OutcomeShare,
    OutcomeView,
    PeriodView,
)

__all__ = [
    "branch_of",
    "crosswalk_edges",
    "crosswalk_page",
    "curricula_for",
    "curricula_statement",
    "curriculum_view",
    "edges_to_carry",
    "framework_head",
    "framework_remarks",
    "framework_versions",
    "framework_view",
    "frameworks_for",
    "newest_curricula",
    "outcome_path",
    "outcome_views",
    "outcomes_by_key",
    "outcomes_under",
    "outcomes_within",
    "search_outcomes",
    "search_page",
    "tree_of",
]


def _outcome(row: Outcome) -> OutcomeView:
    return OutcomeView(row.id, row.code, row.statement, row.level, row.framework_id, row.parent_id, row.key)


def _framework(row: Framework, outcomes: tuple[OutcomeView, ...] = ()) -> FrameworkView:
    return FrameworkView(
        row.id, row.code, row.title, row.version, outcomes, row.state, row.org_id, row.key, row.previous_id
    )


def _edge(row: Crosswalk) -> EdgeView:
    return EdgeView(
        row.id,
        row.source_id,
        row.target_id,
        row.relation,
        row.weight,
        row.note,
        row.state,
        row.org_id,
        row.created_by,
    )


def _is_found(text: str) -> sa.ColumnElement[bool]:
    """Return the condition that code or statement contains ``text``, also where the engine folds Latin letters only."""
    wanted = text.strip()
    spellings = dict.fromkeys((wanted, wanted.lower(), wanted.capitalize()))
    return sa.or_(
        *(
            column.icontains(spelling, autoescape=True)
            for column in (Outcome.statement, Outcome.code)
            for spelling in spellings
        )
    )


_BY_ID = sa.select(
    Outcome.id,
    Outcome.code,
    Outcome.statement,
    Outcome.level,
    Outcome.framework_id,
    Outcome.parent_id,
    Outcome.key,
).where(Outcome.id.in_(sa.bindparam("ids", expanding=True)))


def outcome_views(session: Session, ids: Iterable[UUID]) -> dict[UUID, OutcomeView]:
    """Return the outcomes called for, by id; unknown ids are absent."""
    found: dict[UUID, OutcomeView] = {}
    wanted = dict.fromkeys(ids)
    is_short = len(wanted) <= 3 * MOST_LISTED
    for batch in bulk_in(wanted, MOST_LISTED) if is_short else bulk_in(wanted):
        if is_short:  # pieces of one length, filled up with their last: how such a question is run is known
            batch += batch[-1:] * (MOST_LISTED - len(batch))
        for row in fetch(session, _BY_ID, ids=batch):
            found[row.id] = OutcomeView(*row)
    return found


def search_outcomes(
    session: Session, text: str, limit: int = 20, *, org_ids: Iterable[UUID] | None = None
) -> list[OutcomeView]:
    """Return published outcomes whose statement or code contains ``text``; ``org_ids`` leaves out other schools' own."""
    statement = (
        sa.select(Outcome)
        .join(Framework, Framework.id == Outcome.framework_id)
        .where(_is_found(text), Framework.state == FrameworkState.PUBLISHED)
    )
    if org_ids is not None:
        statement = statement.where(_reaches(org_ids))
    return [_outcome(row) for row in session.scalars(statement.order_by(Outcome.code).limit(limit))]


def _reaches(org_ids: Iterable[UUID]) -> sa.ColumnElement[bool]:
    return sa.or_(Framework.org_id.is_(None), Framework.org_id.in_(list(org_ids)))


def framework_view(session: Session, framework_id: UUID) -> FrameworkView:
    """Return a framework with its outcomes in order; raise NotFound ``curriculum.no_framework``."""
    outcomes = session.scalars(
        sa.select(Outcome).where(Outcome.framework_id == framework_id).order_by(Outcome.position)
    )
    return _framework(_known(session, framework_id), tuple(_outcome(o) for o in outcomes))


def _known(session: Session, framework_id: UUID) -> Framework:
    row = session.get(Framework, framework_id)
    if row is None:
        raise NotFound("curriculum.no_framework")
    return row


def framework_head(session: Session, framework_id: UUID) -> FrameworkView:
    """Return a framework without its outcomes; raise NotFound ``curriculum.no_framework``."""
    return _framework(_known(session, framework_id))


def framework_remarks(session: Session, framework_id: UUID) -> list[tuple[str, str]] | None:
    """Return what the import said of a framework (code, which part), or None when it came from no file."""
    rows = _known(session, framework_id).remarks
    return None if rows is None else [(str(code), str(about)) for code, about in rows]


def framework_versions(session: Session, framework_id: UUID, org_ids: Iterable[UUID]) -> list[FrameworkView]:
    """Return the versions of a framework that organisations use, newest first."""
    key = _known(session, framework_id).key
    rows = session.scalars(
        sa.select(Framework).where(Framework.key == key, _reaches(org_ids)).order_by(Framework.id.desc())
    )
    return [_framework(row) for row in rows]


def tree_of(session: Session, framework_id: UUID) -> list[Node]:
    """Return the outcomes of a framework depth first, each with the key of the one above."""
    rows = session.scalars(
        sa.select(Outcome).where(Outcome.framework_id == framework_id).order_by(Outcome.position)
    ).all()
    keys = {row.id: row.key for row in rows}
    return in_tree_order(
        [
            Node(
                row.key,
                None if row.parent_id is None else keys[row.parent_id],
                row.code,
                row.statement,
                row.level,
            )
            for row in rows
        ]
    )


def branch_of(
    session: Session, framework_id: UUID, parent_id: UUID | None, page: int, per_page: int = 50
) -> Page[BranchView]:
    """Return one page of the outcomes directly below ``parent_id`` (None: the top), each with how many are below it."""
    under = Outcome.parent_id.is_(None) if parent_id is None else Outcome.parent_id == parent_id
    statement = sa.select(Outcome).where(Outcome.framework_id == framework_id, under)
    return _branches(session, statement.order_by(Outcome.position), page, per_page)


def search_page(
    session: Session, framework_id: UUID, text: str, page: int, per_page: int = 50
) -> Page[BranchView]:
    """Return one page of the outcomes of a framework whose statement or code contains ``text`` (empty: all)."""
    statement = sa.select(Outcome).where(Outcome.framework_id == framework_id, _is_found(text))
    return _branches(session, statement.order_by(Outcome.position), page, per_page)


def _branches(session: Session, statement: sa.Select[Any], page: int, per_page: int) -> Page[BranchView]:
    rows = paginate(session, statement, page, per_page)
    counts = session.execute(
        sa.select(Outcome.parent_id, sa.func.count())
        .where(Outcome.parent_id.in_([row.id for row in rows.items]))
        .group_by(Outcome.parent_id)
    )
    below = {parent: count for parent, count in counts}
    items = [BranchView(_outcome(row), below.get(row.id, 0)) for row in rows.items]
    return Page(items, rows.number, rows.per_page, rows.total)


def outcome_path(session: Session, outcome_id: UUID) -> list[OutcomeView]:
    """Return the way down to an outcome, itself last; raise NotFound ``curriculum.no_outcome``."""
    found: list[OutcomeView] = []
    here: UUID | None = outcome_id
    while here is not None and len(found) < MAX_DEPTH:
        row = session.get(Outcome, here)
        if row is None:
            raise NotFound("curriculum.no_outcome")
        found.append(_outcome(row))
        here = row.parent_id
    return found[::-1]


def outcomes_under(session: Session, outcome_id: UUID) -> list[UUID]:
    """Return an outcome and all that stand below it in its framework, each in every version; nothing where there is none."""
    tree = sa.select(Outcome.id, Outcome.key).where(Outcome.id == outcome_id).cte(recursive=True)
    tree = tree.union_all(sa.select(Outcome.id, Outcome.key).join(tree, Outcome.parent_id == tree.c.id))
    return list(session.scalars(sa.select(Outcome.id).where(Outcome.key.in_(sa.select(tree.c.key)))))


def outcomes_within(
    session: Session, org_ids: Iterable[UUID], parent_id: UUID | None, limit: int = 100
) -> list[OutcomeView]:
    """Return the published outcomes directly below ``parent_id``, or the topmost ones of the frameworks that schools use."""
    under = Outcome.parent_id.is_(None) if parent_id is None else Outcome.parent_id == parent_id
    rows = session.scalars(
        sa.select(Outcome)
        .join(Framework, Framework.id == Outcome.framework_id)
        .where(under, Framework.state == FrameworkState.PUBLISHED, _reaches(org_ids))
        .order_by(Framework.title, Framework.id, Outcome.position)
        .limit(limit)
    )
    return [_outcome(row) for row in rows]


def outcomes_by_key(session: Session, org_id: UUID, keys: Iterable[UUID]) -> dict[UUID, UUID]:
    """Return the outcomes that a school knows by their keys, each in the newest published version."""
    found: dict[UUID, UUID] = {}
    for batch in bulk_in(dict.fromkeys(keys)):
        rows = session.execute(
            sa.select(Outcome.key, Outcome.id)
            .join(Framework, Framework.id == Outcome.framework_id)
            .where(Outcome.key.in_(batch), Framework.state == FrameworkState.PUBLISHED, _reaches([org_id]))
            .order_by(Framework.published_at, Framework.id)
        )
        found.update({key: outcome_id for key, outcome_id in rows})
    return found


def frameworks_for(
    session: Session, org_ids: Iterable[UUID], *, with_drafts: bool = True
) -> list[FrameworkView]:
    """Return the frameworks that organisations use (their own and the shared ones), without outcomes."""
    statement = sa.select(Framework).where(_reaches(org_ids)).order_by(Framework.title, Framework.version)
    if not with_drafts:
        statement = statement.where(Framework.state == FrameworkState.PUBLISHED)
    return [_framework(row) for row in session.scalars(statement)]


def crosswalk_edges(
    session: Session, source_ids: Iterable[UUID], target_ids: Iterable[UUID], *, org_id: UUID
) -> list[EdgeView]:
    """Return a school's approved edges from any of ``source_ids`` to any of ``target_ids``, in a fixed order."""
    targets = set(target_ids)
    found: list[EdgeView] = []
    for batch in bulk_in(dict.fromkeys(source_ids)):
        rows = session.scalars(
            sa.select(Crosswalk).where(
                Crosswalk.source_id.in_(batch),
                Crosswalk.org_id == org_id,
                Crosswalk.state == EdgeState.APPROVED,
            )
        )
        found += [_edge(row) for row in rows if row.target_id in targets]
    return sorted(found, key=lambda edge: (str(edge.target_id), str(edge.source_id)))


def crosswalk_page(
    session: Session,
    org_ids: Iterable[UUID],
    page: int,
    *,
    state: EdgeState | None = None,
    between: tuple[UUID, UUID] | None = None,
    per_page: int = 25,
) -> Page[EdgeView]:
    """Return one page of what schools say of outcomes; ``between`` two frameworks (source, target) when given."""
    statement = sa.select(Crosswalk).where(Crosswalk.org_id.in_(list(org_ids)))
    if state is not None:
        statement = statement.where(Crosswalk.state == state)
    if between is not None:
        for column, framework_id in zip((Crosswalk.source_id, Crosswalk.target_id), between, strict=True):
            inside = sa.select(Outcome.id).where(Outcome.framework_id == framework_id)
            statement = statement.where(column.in_(inside))
    rows = paginate(session, statement.order_by(Crosswalk.id.desc()), page, per_page)
    return Page([_edge(row) for row in rows.items], rows.number, rows.per_page, rows.total)


def edges_to_carry(session: Session, org_id: UUID, framework_id: UUID) -> list[Carried]:
    """Return a school's approved edges of the version before that the published version has not been told of, oldest first.

    What the school has said of the same two outcomes, in whatever state, is not asked again.
    """
    later = framework_view(session, framework_id)
    if later.previous_id is None or later.state is not FrameworkState.PUBLISHED:
        return []
    before = {outcome.id: outcome for outcome in framework_view(session, later.previous_id).outcomes}
    inside = sa.select(Outcome.id).where(Outcome.framework_id == later.previous_id)
    rows = session.scalars(
        sa.select(Crosswalk)
        .where(
            Crosswalk.org_id == org_id,
            Crosswalk.state == EdgeState.APPROVED,
            sa.or_(Crosswalk.source_id.in_(inside), Crosswalk.target_id.in_(inside)),
        )
        .order_by(Crosswalk.id)
    )
    after = {outcome.key: outcome for outcome in later.outcomes if outcome.key is not None}
    found = carried(map(_edge, rows), before, after)
    return [row for row in found if not _is_said(session, org_id, row)]


def _is_said(session: Session, org_id: UUID, row: Carried) -> bool:
    """Tell whether the school has said how the outcomes stand in the later version already."""
    if row.after is None:
        return False
    statement = sa.select(Crosswalk.id).where(
        Crosswalk.org_id == org_id,
        Crosswalk.source_id == row.source_id,
        Crosswalk.target_id == row.target_id,
    )
    return session.scalar(statement) is not None


def _item(row: CurriculumItem) -> CurriculumItemView:
    shares = tuple(OutcomeShare(share.outcome_id, share.hours) for share in row.outcomes)
    return CurriculumItemView(
        row.id, row.subject, row.title, row.hours, row.period, row.attestation_form, row.is_mandatory, shares
    )


def _curriculum(row: Curriculum, *, with_items: bool = True) -> CurriculumView:
    return CurriculumView(
        id=row.id,
        org_id=row.org_id,
        programme=row.programme,
        title=row.title,
        grade=row.grade,
        year=row.year,
        version=row.version,
        state=row.state,
        weekly_hours_max=row.weekly_hours_max,
        periods=tuple(PeriodView(p.number, p.starts_on, p.ends_on, row.period_kind) for p in row.periods),
        items=tuple(_item(item) for item in row.items) if with_items else (),
    )


def curriculum_view(session: Session, curriculum_id: UUID) -> CurriculumView:
    """Return a curriculum with periods, items and outcomes; raise NotFound ``curriculum.no_curriculum``."""

    def read() -> CurriculumView:
        row = session.get(Curriculum, curriculum_id)
        if row is None:
            raise NotFound("curriculum.no_curriculum")
        return _curriculum(row)

    return read_settled(session, curriculum_id, read, lambda view: view.state is CurriculumState.APPROVED)


def curricula_for(
    session: Session, org_id: UUID, grade: int | None = None, year: str = ""
) -> list[CurriculumView]:
    """Return an organisation's approved curricula, newest version first; ``year`` like ``2026/27``."""
    statement = sa.select(Curriculum).where(
        Curriculum.org_id == org_id, Curriculum.state == CurriculumState.APPROVED
    )
    if grade is not None:
        statement = statement.where(Curriculum.grade == grade)
    if year:
        statement = statement.where(Curriculum.year == year)
    ordered = statement.order_by(Curriculum.year.desc(), Curriculum.grade, Curriculum.version.desc())
    return [_curriculum(row) for row in session.scalars(ordered)]


def newest_curricula(
    session: Session, org_id: UUID, grade: int | None = None, year: str = ""
) -> list[CurriculumView]:
    """Return an organisation's approved curricula that no later version has replaced."""
    newest: dict[tuple[str, int, str], CurriculumView] = {}
    for row in curricula_for(session, org_id, grade, year):
        newest.setdefault((row.programme, row.grade, row.year), row)
    return list(newest.values())


def curricula_statement(org_ids: Iterable[UUID], grade: int | None = None) -> sa.Select[Any]:
    """Return the statement behind the list page: every version of the organisations' curricula."""
    statement = sa.select(Curriculum).where(Curriculum.org_id.in_(list(org_ids)))
    if grade is not None:
        statement = statement.where(Curriculum.grade == grade)
    return statement.order_by(
        Curriculum.year.desc(), Curriculum.grade, Curriculum.title, Curriculum.version.desc()
    )
