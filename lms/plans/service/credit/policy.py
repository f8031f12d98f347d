"""Put versions of the school's conversion policy into force."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lms.core.errors import InvalidInput
from lms.core.uow import UnitOfWork
from lms.plans.credit_models import ConversionPolicy
from lms.plans.rules.match_factors import factors_to_json
from lms.plans.rules.match_inputs import MatchFactors, canonical
from lms.plans.types.credit import Assurance, Rounding

__all__ = ["PolicyValue", "set_conversion_policy"]


@dataclass(frozen=True, slots=True)
class PolicyValue:
    """A policy as it is typed; ``five`` and ``marks`` left empty mean the usual tables.

    ``order_ref`` names the school's act; credit without people needs one.
    """

    min_share: Decimal
    with_mark: bool = False
    rounding: Rounding = Rounding.NONE
    five: dict[int, Decimal] = field(default_factory=dict)
    marks: dict[int, Decimal] = field(default_factory=dict)
    is_automatic: bool = False
    min_assurance: Assurance = Assurance.VERIFIED
    factors: MatchFactors = MatchFactors()
    order_ref: str = ""


def set_conversion_policy(uow: UnitOfWork, *, org_id: UUID, value: PolicyValue) -> int:
    """Put a new version of the school's conversion policy into force; return its number.

    The very same, sent again by the same person, is the version in force.
    Raises InvalidInput ``credit.policy`` with the fields that are wrong: shares outside 0..1, a better mark or a source
    that is known better and stands for less, credit without people and without the school's act (C4).
    """
    uow.require("credit.approve_rule", org_id)
    _check(value)
    uow.lock("conversion_policy", org_id)
    latest = uow.session.scalar(
        sa.select(ConversionPolicy)
        .where(ConversionPolicy.org_id == org_id)
        .order_by(ConversionPolicy.version.desc())
        .limit(1)
    )
    said: dict[str, Any] = {
        "min_share": value.min_share,
        "with_mark": value.with_mark,
        "rounding": value.rounding,
        "five": _written(value.five),
        "marks": _written(value.marks),
        "is_automatic": value.is_automatic,
        "min_assurance": value.min_assurance,
        "factors": factors_to_json(value.factors),
        "order_ref": value.order_ref.strip(),
        "created_by": uow.actor.person_id,
    }
    if latest is not None and all(getattr(latest, name) == one for name, one in said.items()):
        return latest.version
    row = ConversionPolicy(
        **said, org_id=org_id, version=latest.version + 1 if latest else 1, created_at=uow.now()
    )
    uow.session.add(row)
    uow.session.flush()
    payload: dict[str, Any] = {"policy": row.id, "version": row.version, "order": row.order_ref}
    payload |= {"min_share": row.min_share, "with_mark": row.with_mark, "automatic": row.is_automatic}
    uow.append_ledger(f"org:{org_id}", "plans.conversion_policy", None, payload)
    return row.version


def _check(value: PolicyValue) -> None:
    fields: dict[str, list[str]] = {}
    if not Decimal(0) <= value.min_share <= Decimal(1):
        fields["min_share"] = ["credit.share_range"]
    if not _is_ladder(value.five):
        fields["five"] = ["credit.ladder"]
    if not _is_ladder(value.marks):
        fields["marks"] = ["credit.ladder"]
    shares = [share for _name, share in value.factors.relation] + list(value.factors.trust)
    if not all(Decimal(0) <= share <= Decimal(1) for share in shares):
        fields["relation-broader"] = ["credit.share_range"]
    if list(value.factors.trust) != sorted(value.factors.trust, reverse=True):
        fields["trust-2"] = ["credit.trust_order"]
    if not Decimal(0) < value.factors.partial_from <= value.factors.covered_from <= Decimal(1):
        fields["partial_from"] = ["credit.partial_range"]
    if value.is_automatic and not value.order_ref.strip():
        fields["order_ref"] = ["credit.automatic_order"]
    if fields:
        raise InvalidInput("credit.policy", fields=fields)


def _is_ladder(table: dict[int, Decimal]) -> bool:
    """Tell whether a better mark never stands for less, and every share is between 0 and 1."""
    shares = [table[mark] for mark in sorted(table)]
    return shares == sorted(shares) and all(Decimal(0) <= one <= Decimal(1) for one in shares)


def _written(table: dict[int, Decimal]) -> dict[str, str]:
    return {str(mark): canonical(share) for mark, share in table.items()}
