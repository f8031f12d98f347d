"""Say whose signatures a version needs and which of them still stand after a change (P2, P3).

Every signature binds to a hash: of one item's content, or of the composition of the plan (item key None: which items
there are, for whom, in what scope). Changing one item voids the signatures under that item and no others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lms.core.db import canonical_json
from lms.plans.types.plans import ApprovalRole, PlanKind

__all__ = [
    "SENIOR_GRADE",
    "Signature",
    "carried_over",
    "composition_hash",
    "required_roles",
    "sheet_of",
    "unsigned_keys",
]

#: From this grade on a student has finished основное общее образование and signs personally (273-ФЗ art. 34, 44).
SENIOR_GRADE = 10

#: What is to be signed: item keys (None = the composition) with the hash to sign.
Sheet = Mapping[str | None, str]


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature as the rule sees it."""

    role: ApprovalRole
    item_key: str | None
    signed_hash: str


def required_roles(
    *, is_minor: bool, grade: int | None, kind: PlanKind = PlanKind.GENERAL
) -> tuple[ApprovalRole, ...]:
    """Return who must sign: a guardian for a minor, a senior or adult student, and always the director.

    Whoever learns a trade (СПО) has finished основное общее образование, whatever the year of study; a member of staff
    signs alone.
    """
    if kind is PlanKind.STAFF:
        return (ApprovalRole.STUDENT, ApprovalRole.DIRECTOR)
    roles = []
    if is_minor:
        roles.append(ApprovalRole.GUARDIAN)
    is_senior = kind is PlanKind.VOCATIONAL or (grade is not None and grade >= SENIOR_GRADE)
    if not is_minor or is_senior:
        roles.append(ApprovalRole.STUDENT)
    return (*roles, ApprovalRole.DIRECTOR)


def composition_hash(frame: Mapping[str, Any], keys: Iterable[str]) -> str:
    """Return the SHA-256 (hex) of what a plan consists of, whatever stands inside its items."""
    body = {"frame": dict(frame), "keys": sorted(keys)}
    return hashlib.sha256(canonical_json(body).encode()).hexdigest()


def sheet_of(composition: str, item_hashes: Mapping[str, str]) -> dict[str | None, str]:
    """Return everything that is to be signed in one version."""
    sheet: dict[str | None, str] = {None: composition}
    sheet.update(item_hashes)
    return sheet


def unsigned_keys(sheet: Sheet, signatures: Iterable[Signature], role: ApprovalRole) -> list[str | None]:
    """Return what ``role`` has not signed in its present wording; the composition comes first."""
    signed = {(s.item_key, s.signed_hash) for s in signatures if s.role is role}
    return [key for key, digest in sheet.items() if (key, digest) not in signed]


def carried_over(sheet: Sheet, earlier: Iterable[Signature]) -> list[Signature]:
    """Return the signatures of the version before that still stand: those whose wording is unchanged."""
    return [signature for signature in earlier if sheet.get(signature.item_key) == signature.signed_hash]
