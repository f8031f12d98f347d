"""Walk the chain behind a fact: from a profile row down to the identity check.

Every feature explains its own facts; this walk only follows what each step says it rests on.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from lms.core.contracts import EXPLAINERS, BasisRef, Explainer
from lms.core.registry import Registries
from lms.profiles.types import ChainNode

__all__ = ["chain_of", "subject_of"]

MAX_STEPS = 60


def chain_of(session: Session, registries: Registries, root: BasisRef, subject_id: UUID) -> list[ChainNode]:
    """Return the steps behind ``root`` in reading order (depth first), all about ``subject_id``.

    A root that is about somebody else gives an empty chain; a step about somebody else is left out.
    """
    explainers = {kind: explainer for explainer in registries.of(EXPLAINERS) for kind in explainer.kinds}
    nodes: list[ChainNode] = []
    _walk(session, explainers, root, 0, subject_id, set(), nodes)
    return nodes


def subject_of(session: Session, registries: Registries, ref: BasisRef) -> UUID | None:
    """Return the person whom a fact is about, or None when there is no such fact."""
    for explainer in registries.of(EXPLAINERS):
        if ref.kind in explainer.kinds:
            step = explainer.explain(session, ref)
            return step.subject_id if step else None
    return None


def _walk(
    session: Session,
    explainers: dict[str, Explainer],
    ref: BasisRef,
    depth: int,
    subject_id: UUID,
    seen: set[BasisRef],
    nodes: list[ChainNode],
) -> None:
    if ref in seen or len(nodes) >= MAX_STEPS or ref.kind not in explainers:
        return
    seen.add(ref)
    step = explainers[ref.kind].explain(session, ref)
    if step is None or step.subject_id != subject_id:
        return
    nodes.append(ChainNode(step, depth))
    for below in step.rests_on:
        _walk(session, explainers, below, depth + 1, subject_id, seen, nodes)
