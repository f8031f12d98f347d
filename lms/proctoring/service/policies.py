"""Set what an organisation asks for in its sittings: level, camera, ways. Append-only, each version in the ledger."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lms.assessment import queries as assessment
from lms.core.errors import InvalidInput, NotFound
from lms.core.uow import UnitOfWork
from lms.proctoring import queries
from lms.proctoring.models import SupervisionPolicyVersion
from lms.proctoring.rules.identity import policy_fault
from lms.proctoring.types import IdentityMethod, Monitoring, SupervisionPolicy

__all__ = ["set_policy"]


def set_policy(
    uow: UnitOfWork,
    org_id: UUID,
    *,
    level: int,
    monitoring: Monitoring,
    cadence_s: int,
    methods: Collection[IdentityMethod] = (),
    blueprint_id: UUID | None = None,
    needs_seb: bool = False,
) -> int:
    """Set the policy of an organisation, or of one of its blueprints, as a new version; return its number.

    Sittings that run keep what they began with. No ``methods`` offers every way. Raises InvalidInput
    ``proctoring.policy``, ``proctoring.policy_no_equal`` or ``proctoring.policy_no_open``; NotFound
    ``proctoring.no_blueprint``.
    """
    uow.require("proctoring.set_policy", org_id)
    uow.lock("supervision_policy", org_id)
    if not 0 <= level <= 3 or not 1 <= cadence_s <= 600:
        raise InvalidInput("proctoring.policy")
    if fault := policy_fault(level, methods):
        raise InvalidInput(fault, fields={"methods": [fault]})
    own = {card.id for card in assessment.blueprints_of(uow.session, [org_id])} if blueprint_id else set()
    if blueprint_id is not None and blueprint_id not in own:
        raise NotFound("proctoring.no_blueprint")
    before = queries.policy_version(uow.session, org_id, blueprint_id)
    policy = SupervisionPolicy(
        level, monitoring, cadence_s, tuple(m for m in IdentityMethod if m in methods), needs_seb
    )
    version = _append(uow, org_id, blueprint_id, policy)
    payload = {
        "version": version,
        "blueprint": blueprint_id,
        "before": None if before is None else _document(before),
        "after": _document(policy),
    }
    uow.append_ledger(f"org:{org_id}", "proctoring.policy_set", None, payload)
    return version


def _append(uow: UnitOfWork, org_id: UUID, blueprint_id: UUID | None, policy: SupervisionPolicy) -> int:
    newest = uow.session.scalar(
        sa.select(sa.func.max(SupervisionPolicyVersion.version)).where(
            SupervisionPolicyVersion.org_id == org_id
        )
    )
    row = SupervisionPolicyVersion(
        org_id=org_id,
        blueprint_id=blueprint_id,
        version=(newest or 0) + 1,
        level=policy.level,
        monitoring=policy.monitoring,
        cadence_s=policy.cadence_s,
        methods=[method.value for method in policy.methods],
        needs_seb=policy.needs_seb,
        set_by=uow.actor.person_id,
        set_at=uow.now(),
    )
    uow.session.add(row)
    uow.session.flush()
    return row.version


def _document(policy: SupervisionPolicy) -> dict[str, Any]:
    """Return a policy as the ledger keeps it."""
    return {
        "level": policy.level,
        "monitoring": policy.monitoring.value,
        "cadence_s": policy.cadence_s,
        "methods": [method.value for method in policy.methods],
        "needs_seb": policy.needs_seb,
    }
