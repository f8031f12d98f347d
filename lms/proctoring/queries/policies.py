"""Read what an organisation asks for in its sittings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.db import fetch, fetch_once
from lms.people import queries as people
from lms.people.types import PersonCard
from lms.proctoring.models import SupervisionPolicyVersion
from lms.proctoring.rules.identity import policy_from
from lms.proctoring.types import IdentityMethod, SupervisionPolicy

__all__ = ["PolicyView", "effective_policy", "policy_history", "policy_version"]


@dataclass(frozen=True, slots=True)
class PolicyView:
    """One version of an organisation's policy: for one blueprint, or for everything."""

    version: int
    blueprint_id: UUID | None
    policy: SupervisionPolicy
    set_by: PersonCard | None
    set_at: datetime


def effective_policy(
    session: Session, org_id: UUID, wanted: Mapping[str, Any], blueprint_id: UUID | None = None
) -> SupervisionPolicy:
    """Return the policy of a sitting.

    What the school set for its blueprint comes first, then what the blueprint's version asks for, then what the school
    set for everything.
    """
    found = fetch_once(session, _IN_FORCE, org_id=org_id, blueprint_id=blueprint_id)
    if found and found[0].blueprint_id is not None:
        return _policy(found[0])
    return policy_from(wanted, _policy(found[0]) if found else SupervisionPolicy())


_VERSIONS = (
    sa.select(
        SupervisionPolicyVersion.level,
        SupervisionPolicyVersion.monitoring,
        SupervisionPolicyVersion.cadence_s,
        SupervisionPolicyVersion.methods,
        SupervisionPolicyVersion.needs_seb,
    )
    .where(SupervisionPolicyVersion.org_id == sa.bindparam("org_id"))
    .order_by(SupervisionPolicyVersion.version.desc())
    .limit(1)
)
_FOR_EVERYTHING = _VERSIONS.where(SupervisionPolicyVersion.blueprint_id.is_(None))
#: The newest version for the blueprint, or without one the newest for everything.
_IN_FORCE = (
    sa.select(
        SupervisionPolicyVersion.level,
        SupervisionPolicyVersion.monitoring,
        SupervisionPolicyVersion.cadence_s,
        SupervisionPolicyVersion.methods,
        SupervisionPolicyVersion.needs_seb,
        SupervisionPolicyVersion.blueprint_id,
    )
    .where(
        SupervisionPolicyVersion.org_id == sa.bindparam("org_id"),
        sa.or_(
            SupervisionPolicyVersion.blueprint_id.is_(None),
            SupervisionPolicyVersion.blueprint_id == sa.bindparam("blueprint_id"),
        ),
    )
    .order_by(SupervisionPolicyVersion.blueprint_id.is_(None), SupervisionPolicyVersion.version.desc())
    .limit(1)
)
_FOR_BLUEPRINT = _VERSIONS.where(SupervisionPolicyVersion.blueprint_id == sa.bindparam("blueprint_id"))


def _newest(session: Session, org_id: UUID, blueprint_id: UUID | None) -> sa.Row[*tuple[Any, ...]] | None:
    if blueprint_id is None:
        found = fetch(session, _FOR_EVERYTHING, org_id=org_id)
    else:
        found = fetch(session, _FOR_BLUEPRINT, org_id=org_id, blueprint_id=blueprint_id)
    return found[0] if found else None


def _policy(row: SupervisionPolicyVersion | sa.Row[*tuple[Any, ...]]) -> SupervisionPolicy:
    ways = tuple(IdentityMethod(name) for name in row.methods)
    return SupervisionPolicy(row.level, row.monitoring, row.cadence_s, ways, row.needs_seb)


def policy_version(session: Session, org_id: UUID, blueprint_id: UUID | None) -> SupervisionPolicy | None:
    """Return what an organisation set for a blueprint (None: for everything) and holds now, or None."""
    row = _newest(session, org_id, blueprint_id)
    return None if row is None else _policy(row)


def policy_history(session: Session, org_id: UUID) -> list[PolicyView]:
    """Return every version that an organisation set, the newest first."""
    rows = session.scalars(
        sa.select(SupervisionPolicyVersion)
        .where(SupervisionPolicyVersion.org_id == org_id)
        .order_by(SupervisionPolicyVersion.version.desc())
    ).all()
    cards = people.person_cards(session, [row.set_by for row in rows])
    return [
        PolicyView(
            version=row.version,
            blueprint_id=row.blueprint_id,
            policy=_policy(row),
            set_by=cards.get(row.set_by) if row.set_by else None,
            set_at=row.set_at,
        )
        for row in rows
    ]
