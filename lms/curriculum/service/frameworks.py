"""Write frameworks of outcomes in versions: a draft is edited, a published version never changes."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa

from lms.core.db import bulk_in
from lms.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from lms.core.ids import new_id
from lms.core.uow import UnitOfWork
from lms.curriculum.formats.case import CasePackage, read_package
from lms.curriculum.models import Framework, Outcome
from lms.curriculum.queries import framework_view, tree_of
from lms.curriculum.rules.trees import MAX_DEPTH, Node, in_tree_order
from lms.curriculum.types import FrameworkState, FrameworkView, OutcomeView

__all__ = [
    "add_outcome",
    "begin_framework_version",
    "create_framework",
    "discard_framework",
    "edit_outcome",
    "import_framework",
    "move_outcome",
    "publish_framework",
    "remove_outcome",
    "shift_outcome",
]

#: The most outcomes that one framework takes.
MAX_OUTCOMES = 5_000


def create_framework(
    uow: UnitOfWork, *, org_id: UUID | None, code: str, title: str, version: str = "1"
) -> FrameworkView:
    """Begin a framework; ``org_id`` None means that every school shares it, which the installation alone may do.

    Raises InvalidInput ``curriculum.needs_code_and_title``, Conflict ``curriculum.framework_exists`` when the code has
    this version already, Forbidden ``curriculum.shared_framework``.
    """
    _may_write(uow, org_id)
    if not code.strip() or not title.strip() or not version.strip():
        raise InvalidInput("curriculum.needs_code_and_title")
    row = _new(uow, org_id, code.strip(), title.strip(), version.strip())
    return framework_view(uow.session, row.id)


def begin_framework_version(
    uow: UnitOfWork, *, framework_id: UUID, org_id: UUID, version: str
) -> FrameworkView:
    """Copy a published version into a draft of ``org_id``: outcomes keep their keys, so that versions can be compared.

    Raises NotFound ``curriculum.no_framework``, InvalidInput ``curriculum.needs_code_and_title``, Conflict
    ``curriculum.framework_exists``.
    """
    _may_write(uow, org_id)
    source = uow.session.get(Framework, framework_id)
    if source is None or source.org_id not in {None, org_id} or source.state is not FrameworkState.PUBLISHED:
        raise NotFound("curriculum.no_framework")
    if not version.strip():
        raise InvalidInput("curriculum.needs_code_and_title")
    row = _new(uow, org_id, source.code, source.title, version.strip())
    row.key, row.previous_id = source.key, source.id
    _write_tree(uow, row, tree_of(uow.session, source.id))
    return framework_view(uow.session, row.id)


def import_framework(
    uow: UnitOfWork, *, org_id: UUID, data: bytes, code: str = "", version: str = ""
) -> FrameworkView:
    """Make a draft from a CASE package; what was left out stands with it, item by item.

    Raises InvalidInput ``curriculum.case_unreadable`` or ``curriculum.case_too_large``, Conflict
    ``curriculum.framework_exists``.
    """
    _may_write(uow, org_id)
    package = read_package(data)
    row = _new(uow, org_id, code.strip() or package.code, package.title, version.strip() or package.version)
    row.key, row.previous_id = package.key, _newest_published(uow, org_id, package.key)
    row.remarks = _remarks(package)
    _write_tree(uow, row, package.nodes)
    return framework_view(uow.session, row.id)


def _remarks(package: CasePackage) -> list[list[str]]:
    found = [[remark.code, remark.about] for remark in package.remarks]
    return found + [["comparison_apart", str(edge.source)] for edge in package.edges]


def _newest_published(uow: UnitOfWork, org_id: UUID, key: UUID) -> UUID | None:
    return uow.session.scalar(
        sa.select(Framework.id)
        .where(
            Framework.key == key,
            Framework.state == FrameworkState.PUBLISHED,
            sa.or_(Framework.org_id == org_id, Framework.org_id.is_(None)),
        )
        .order_by(Framework.published_at.desc(), Framework.id.desc())
        .limit(1)
    )


def _new(uow: UnitOfWork, org_id: UUID | None, code: str, title: str, version: str) -> Framework:
    same_owner = Framework.org_id.is_(None) if org_id is None else Framework.org_id == org_id
    taken = sa.select(Framework.id).where(same_owner, Framework.code == code, Framework.version == version)
    if uow.session.scalar(taken) is not None:
        raise Conflict("curriculum.framework_exists", framework=code, version=version)
    row = Framework(
        org_id=org_id,
        code=code,
        title=title,
        version=version,
        state=FrameworkState.DRAFT,
        created_at=uow.now(),
    )
    uow.session.add(row)
    uow.session.flush()
    return row


def _write_tree(uow: UnitOfWork, row: Framework, nodes: Iterable[Node]) -> None:
    """Write outcomes that come depth first: who stands above is written before who stands below."""
    ids: dict[UUID, UUID] = {}
    rows = []
    for position, node in enumerate(nodes):
        ids[node.key] = new_id()
        rows.append(
            {
                "id": ids[node.key],
                "framework_id": row.id,
                "parent_id": None if node.parent is None else ids[node.parent],
                "key": node.key,
                "code": node.code,
                "statement": node.statement,
                "level": node.level,
                "position": position,
            }
        )
    for batch in bulk_in(rows):
        uow.session.execute(sa.insert(Outcome), batch)


def add_outcome(
    uow: UnitOfWork,
    *,
    framework_id: UUID,
    code: str,
    statement: str,
    level: int = 1,
    parent_id: UUID | None = None,
) -> OutcomeView:
    """Add an outcome to a draft, below ``parent_id`` when given.

    Raises NotFound ``curriculum.no_framework``, InvalidInput ``curriculum.parent_elsewhere``, ``curriculum.too_deep``,
    ``curriculum.too_many_outcomes``, Conflict ``curriculum.outcome_exists`` or ``curriculum.framework_published``.
    """
    framework = _draft(uow, framework_id)
    _require_parent(uow, framework_id, parent_id)
    _require_free_code(uow, framework_id, code, None)
    last, count = uow.session.execute(
        sa.select(sa.func.coalesce(sa.func.max(Outcome.position), -1), sa.func.count()).where(
            Outcome.framework_id == framework_id
        )
    ).one()
    if count >= MAX_OUTCOMES:
        raise InvalidInput("curriculum.too_many_outcomes", most=MAX_OUTCOMES)
    row = Outcome(
        framework_id=framework.id,
        parent_id=parent_id,
        code=code.strip(),
        statement=statement.strip(),
        level=level,
        position=last + 1,
    )
    uow.session.add(row)
    uow.session.flush()
    return OutcomeView(row.id, row.code, row.statement, row.level, row.framework_id, row.parent_id, row.key)


def edit_outcome(uow: UnitOfWork, *, outcome_id: UUID, code: str, statement: str, level: int) -> OutcomeView:
    """Reword an outcome of a draft; raise NotFound, InvalidInput or Conflict as `add_outcome` does."""
    row = _draft_outcome(uow, outcome_id)
    _require_free_code(uow, row.framework_id, code, row.id)
    if not statement.strip():
        raise InvalidInput("curriculum.needs_statement", fields={"statement": ["curriculum.needs_statement"]})
    row.code, row.statement, row.level = code.strip(), statement.strip(), level
    uow.session.flush()
    return OutcomeView(row.id, row.code, row.statement, row.level, row.framework_id, row.parent_id, row.key)


def move_outcome(
    uow: UnitOfWork, *, outcome_id: UUID, parent_id: UUID | None = None, before_id: UUID | None = None
) -> None:
    """Put an outcome of a draft, with all below it, under another one; before ``before_id``, else at the end.

    Raises InvalidInput ``curriculum.parent_elsewhere`` or ``curriculum.below_itself``.
    """
    row = _draft_outcome(uow, outcome_id)
    _require_parent(uow, row.framework_id, parent_id, moved=row.id)
    neighbours = list(
        uow.session.scalars(
            sa.select(Outcome).where(Outcome.framework_id == row.framework_id).order_by(Outcome.position)
        )
    )
    if before_id is not None and not any(n.id == before_id and n.parent_id == parent_id for n in neighbours):
        raise InvalidInput("curriculum.parent_elsewhere")
    if before_id == row.id:
        return
    neighbours.remove(row)
    at = next((n for n, each in enumerate(neighbours) if each.id == before_id), len(neighbours))
    neighbours.insert(at, row)
    row.parent_id = parent_id
    for position, each in enumerate(neighbours):
        if each.position != position:
            each.position = position
    uow.session.flush()


def shift_outcome(uow: UnitOfWork, *, outcome_id: UUID, is_up: bool) -> None:
    """Let an outcome of a draft change places with its neighbour above or below; the first and the last stay."""
    row = _draft_outcome(uow, outcome_id)
    here = Outcome.position < row.position if is_up else Outcome.position > row.position
    nearest = Outcome.position.desc() if is_up else Outcome.position.asc()
    below = Outcome.parent_id.is_(None) if row.parent_id is None else Outcome.parent_id == row.parent_id
    neighbour = uow.session.scalar(
        sa.select(Outcome)
        .where(Outcome.framework_id == row.framework_id, below, here)
        .order_by(nearest)
        .limit(1)
    )
    if neighbour is not None:
        row.position, neighbour.position = neighbour.position, row.position
        uow.session.flush()


def remove_outcome(uow: UnitOfWork, *, outcome_id: UUID) -> None:
    """Take an outcome out of a draft; raise InvalidInput ``curriculum.has_outcomes_below`` while others hang on it."""
    row = _draft_outcome(uow, outcome_id)
    if uow.session.scalar(sa.select(Outcome.id).where(Outcome.parent_id == row.id).limit(1)) is not None:
        raise InvalidInput("curriculum.has_outcomes_below")
    uow.session.delete(row)
    uow.session.flush()


def publish_framework(uow: UnitOfWork, *, framework_id: UUID) -> FrameworkView:
    """Put a version in force; from now on it never changes. Raise InvalidInput ``curriculum.framework_empty``."""
    row = _draft(uow, framework_id, action="curriculum.approve")
    nodes = in_tree_order(tree_of(uow.session, row.id))
    if not nodes:
        raise InvalidInput("curriculum.framework_empty")
    order = {node.key: place for place, node in enumerate(nodes)}
    for outcome in uow.session.scalars(sa.select(Outcome).where(Outcome.framework_id == row.id)):
        outcome.position = order[outcome.key]
    row.state, row.published_at = FrameworkState.PUBLISHED, uow.now()
    uow.session.flush()
    stream = "platform" if row.org_id is None else f"org:{row.org_id}"
    payload = {"framework_id": row.id, "code": row.code, "version": row.version, "outcomes": len(nodes)}
    uow.append_ledger(stream, "curriculum.framework_published", None, payload)
    return framework_view(uow.session, row.id)


def discard_framework(uow: UnitOfWork, *, framework_id: UUID) -> None:
    """Throw a draft away; raise Conflict ``curriculum.framework_published``."""
    row = _draft(uow, framework_id)
    mine = Outcome.framework_id == row.id
    uow.session.execute(sa.update(Outcome).where(mine).values(parent_id=None))
    uow.session.execute(sa.delete(Outcome).where(mine))
    uow.session.delete(row)
    uow.session.flush()


def _may_write(uow: UnitOfWork, org_id: UUID | None, action: str = "curriculum.manage") -> None:
    uow.require(action, org_id)
    if org_id is None and not uow.actor.is_system:
        raise Forbidden("curriculum.shared_framework")


def _draft(uow: UnitOfWork, framework_id: UUID, action: str = "curriculum.manage") -> Framework:
    row = uow.session.get(Framework, framework_id, with_for_update=True)
    if row is None:
        uow.require(action)
        raise NotFound("curriculum.no_framework")
    _may_write(uow, row.org_id, action)
    if row.state is not FrameworkState.DRAFT:
        raise Conflict("curriculum.framework_published")
    return row


def _draft_outcome(uow: UnitOfWork, outcome_id: UUID) -> Outcome:
    row = uow.session.get(Outcome, outcome_id)
    if row is None:
        uow.require("curriculum.manage")
        raise NotFound("curriculum.no_outcome")
    _draft(uow, row.framework_id)
    return row


def _require_free_code(uow: UnitOfWork, framework_id: UUID, code: str, own: UUID | None) -> None:
    same = sa.select(Outcome.id).where(Outcome.framework_id == framework_id, Outcome.code == code.strip())
    found = uow.session.scalar(same)
    if found is not None and found != own:
        raise Conflict("curriculum.outcome_exists", outcome=code)


def _require_parent(
    uow: UnitOfWork, framework_id: UUID, parent_id: UUID | None, moved: UUID | None = None
) -> None:
    """Walk up from the new parent: it has to be in the same framework, not below the outcome, not too deep."""
    here = parent_id
    for _step in range(MAX_DEPTH):
        if here is None:
            return
        parent = uow.session.get(Outcome, here)
        if parent is None or parent.framework_id != framework_id:
            raise InvalidInput("curriculum.parent_elsewhere")
        if here == moved:
            raise InvalidInput("curriculum.below_itself")
        here = parent.parent_id
    raise InvalidInput("curriculum.too_deep")
