"""Say how outcomes of two frameworks stand to each other: one person proposes, another approves, and then it counts."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from lms.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from lms.core.uow import UnitOfWork
from lms.curriculum.formats.case import CaseEdge, Remark, read_package
from lms.curriculum.models import Crosswalk, Framework, Outcome
from lms.curriculum.queries import edges_to_carry, framework_head, outcomes_by_key
from lms.curriculum.rules.carry import Carried, CarryKind
from lms.curriculum.rules.structure import RELATION_WEIGHTS
from lms.curriculum.types import EdgeState, EdgeView, FrameworkState, Relation

__all__ = [
    "CarriedEdges",
    "ImportedEdges",
    "approve_crosswalk",
    "carry_crosswalks",
    "import_crosswalks",
    "propose_crosswalk",
    "retire_crosswalk",
]


@dataclass(frozen=True, slots=True)
class ImportedEdges:
    """What came of a package of comparisons: how many are proposed now, and what was left out."""

    proposed: int
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class CarriedEdges:
    """What became of the comparisons of the version before: how many count, wait for a look, have lost their outcome."""

    kept: int
    to_look_at: int
    gone: int


def propose_crosswalk(
    uow: UnitOfWork,
    *,
    org_id: UUID,
    source_id: UUID,
    target_id: UUID,
    relation: Relation,
    weight: Decimal | None = None,
    note: str = "",
) -> EdgeView:
    """Propose how ``source_id`` stands to ``target_id``; the relation gives the weight (0..1) unless one is named.

    What was retired may be proposed anew. Raises NotFound ``curriculum.no_outcome``, InvalidInput
    ``curriculum.weight_out_of_range`` or ``curriculum.edge_to_itself``, Conflict ``curriculum.edge_exists``.
    """
    uow.require("curriculum.manage", org_id)
    frameworks = [_framework_of(uow, org_id, outcome_id) for outcome_id in (source_id, target_id)]
    if frameworks[0] == frameworks[1]:
        raise InvalidInput("curriculum.edge_to_itself")
    value = RELATION_WEIGHTS[relation] if weight is None else weight
    if not 0 < value <= 1:
        raise InvalidInput(
            "curriculum.weight_out_of_range", fields={"weight": ["curriculum.weight_out_of_range"]}
        )
    row = uow.session.scalar(
        sa.select(Crosswalk).where(
            Crosswalk.org_id == org_id, Crosswalk.source_id == source_id, Crosswalk.target_id == target_id
        )
    )
    if row is not None and row.state is not EdgeState.RETIRED:
        raise Conflict("curriculum.edge_exists")
    if row is None:
        row = Crosswalk(org_id=org_id, source_id=source_id, target_id=target_id)
        uow.session.add(row)
    row.relation, row.weight, row.note, row.state = relation, value, note.strip(), EdgeState.PROPOSED
    row.created_by, row.created_at = uow.actor.person_id, uow.now()
    row.decided_by = row.decided_at = None
    uow.session.flush()
    return _view(row)


def _framework_of(uow: UnitOfWork, org_id: UUID, outcome_id: UUID) -> UUID:
    """Return the published framework, of the school or shared, that an outcome belongs to."""
    found = uow.session.scalar(
        sa.select(Framework.id)
        .join(Outcome, Outcome.framework_id == Framework.id)
        .where(
            Outcome.id == outcome_id,
            Framework.state == FrameworkState.PUBLISHED,
            sa.or_(Framework.org_id.is_(None), Framework.org_id == org_id),
        )
    )
    if found is None:
        raise NotFound("curriculum.no_outcome")
    return found


def approve_crosswalk(uow: UnitOfWork, *, crosswalk_id: UUID) -> EdgeView:
    """Let a proposed comparison count from now on; who proposed it does not approve it.

    Raises NotFound ``curriculum.no_edge``, Conflict ``curriculum.edge_decided``, Forbidden ``curriculum.own_proposal``.
    """
    row = _row(uow, crosswalk_id, "curriculum.approve")
    if row.state is not EdgeState.PROPOSED:
        raise Conflict("curriculum.edge_decided")
    if row.created_by == uow.actor.person_id:
        raise Forbidden("curriculum.own_proposal")
    return _decide(uow, row, EdgeState.APPROVED, "curriculum.crosswalk_approved")


def retire_crosswalk(uow: UnitOfWork, *, crosswalk_id: UUID) -> EdgeView:
    """Let a comparison count no longer (or turn a proposal down); reports made before keep what they used.

    Raises NotFound ``curriculum.no_edge``, Conflict ``curriculum.edge_decided``.
    """
    row = _row(uow, crosswalk_id, "curriculum.approve")
    if row.state is EdgeState.RETIRED:
        raise Conflict("curriculum.edge_decided")
    return _decide(uow, row, EdgeState.RETIRED, "curriculum.crosswalk_retired")


def _row(uow: UnitOfWork, crosswalk_id: UUID, action: str) -> Crosswalk:
    row = uow.session.get(Crosswalk, crosswalk_id, with_for_update=True)
    if row is None:
        uow.require(action)
        raise NotFound("curriculum.no_edge")
    uow.require(action, row.org_id)
    return row


def _decide(uow: UnitOfWork, row: Crosswalk, state: EdgeState, kind: str) -> EdgeView:
    row.state, row.decided_by, row.decided_at = state, uow.actor.person_id, uow.now()
    uow.session.flush()
    payload = {
        "crosswalk_id": row.id,
        "source_id": row.source_id,
        "target_id": row.target_id,
        "relation": row.relation.value,
        "weight": str(row.weight),
        "proposed_by": row.created_by,
    }
    uow.append_ledger(f"org:{row.org_id}", kind, None, payload)
    return _view(row)


def import_crosswalks(uow: UnitOfWork, *, org_id: UUID, data: bytes) -> ImportedEdges:
    """Propose every comparison of a CASE package whose outcomes the school knows; the rest is named.

    Raises InvalidInput ``curriculum.case_unreadable`` or ``curriculum.case_too_large``.
    """
    uow.require("curriculum.manage", org_id)
    package = read_package(data)
    known = outcomes_by_key(
        uow.session, org_id, [key for edge in package.edges for key in (edge.source, edge.target)]
    )
    remarks, proposed = list(package.remarks), 0
    for edge in package.edges:
        fault = _propose(uow, org_id, edge, known)
        if fault:
            remarks.append(Remark(fault, f"{edge.source} → {edge.target}"))
        else:
            proposed += 1
    return ImportedEdges(proposed, tuple(remarks))


def _propose(uow: UnitOfWork, org_id: UUID, edge: CaseEdge, known: dict[UUID, UUID]) -> str:
    """Return an empty text when the comparison is proposed, else what is in its way."""
    if edge.source not in known or edge.target not in known:
        return "unknown_node"
    try:
        propose_crosswalk(
            uow,
            org_id=org_id,
            source_id=known[edge.source],
            target_id=known[edge.target],
            relation=edge.relation,
            weight=edge.weight,
            note=edge.note,
        )
    except (Conflict, InvalidInput):
        return "association_twice"
    return ""


def carry_crosswalks(uow: UnitOfWork, *, org_id: UUID, framework_id: UUID) -> CarriedEdges:
    """Take the school's approved comparisons of the version before over to a published version; doing it again adds nothing.

    Where the outcome says the same, the approval holds; where it says something else, the comparison is proposed anew and
    waits in the list of proposals. The old ones stay for those who study by the old version. Raises NotFound
    ``curriculum.no_framework``.
    """
    uow.require("curriculum.approve", org_id)
    later = framework_head(uow.session, framework_id)
    if later.org_id not in {None, org_id}:
        raise NotFound("curriculum.no_framework")
    uow.lock("carry_crosswalks", org_id)
    rows = edges_to_carry(uow.session, org_id, framework_id)
    known = [row for row in rows if row.kind is not CarryKind.GONE]
    made = [_carry(uow, org_id, row) for row in known]
    uow.session.add_all(made)
    uow.session.flush()
    kept = [edge for edge in made if edge.state is EdgeState.APPROVED]
    done = CarriedEdges(len(kept), len(made) - len(kept), len(rows) - len(known))
    payload = {"framework_id": framework_id, "approved": [edge.id for edge in kept]}
    payload |= {"proposed": [edge.id for edge in made if edge.state is EdgeState.PROPOSED], "gone": done.gone}
    uow.append_ledger(f"org:{org_id}", "curriculum.crosswalks_carried", None, payload)
    return done


def _carry(uow: UnitOfWork, org_id: UUID, row: Carried) -> Crosswalk:
    is_same = row.kind is CarryKind.SAME
    return Crosswalk(
        org_id=org_id,
        source_id=row.source_id,
        target_id=row.target_id,
        relation=row.edge.relation,
        weight=row.edge.weight,
        note=row.edge.note,
        state=EdgeState.APPROVED if is_same else EdgeState.PROPOSED,
        created_by=row.edge.created_by,
        created_at=uow.now(),
        decided_by=uow.actor.person_id if is_same else None,
        decided_at=uow.now() if is_same else None,
    )


def _view(row: Crosswalk) -> EdgeView:
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
