"""Read a version of a plan as a document that is printed or handed out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.errors import NotFound
from lms.core.keys import KeyRing
from lms.people.queries import person_cards
from lms.plans.models import Approval, PlanVersion, SignatureAnchor
from lms.plans.plan_reading import content_of, frame_of, plan_head
from lms.plans.rules.plan_content import items_hash, to_json
from lms.plans.rules.plan_document import sealed, signed_bytes

__all__ = ["AnchorView", "anchors_of", "paper_to_sign", "plan_file", "signature_files"]


@dataclass(frozen=True, slots=True)
class AnchorView:
    """An authority that a school trusts, and until when its list of revoked certificates is good; None without one."""

    id: UUID
    name: str
    fingerprint: str
    valid_until: datetime
    list_made_at: datetime | None
    list_good_until: datetime | None


#: What the file for a qualified signature calls itself.
TO_SIGN = "marshrut-plan-to-sign-1"


def paper_to_sign(session: Session, version_id: UUID) -> bytes:
    """Return the file that a qualified signature is put under: the same bytes as long as the version says the same.

    It holds what is agreed and nothing that changes while signatures are collected. Raises NotFound ``plans.no_version``.
    """
    version = session.get(PlanVersion, version_id)
    if version is None:
        raise NotFound("plans.no_version")
    frame = frame_of(plan_head(session, version.plan_id))
    hashes = {item.stable_key: item.content_hash for item in version.items}
    agreed = {
        "format": TO_SIGN,
        "version": {"id": str(version.id), "no": version.no},
        "frame": frame,
        "items_hash": items_hash(frame, hashes),
        "items": _items(version),
    }
    return json.dumps(agreed, ensure_ascii=False, indent=1, sort_keys=True).encode()


def _items(version: PlanVersion) -> list[dict[str, Any]]:
    return [
        {"stable_key": item.stable_key, "hash": item.content_hash, "content": to_json(content_of(item))}
        for item in version.items
    ]


def plan_file(session: Session, keys: KeyRing, version_id: UUID) -> dict[str, Any]:
    """Return a version as a file signed by this installation: content, hashes, signatures, order.

    Raises NotFound ``plans.no_version``.
    """
    version = session.get(PlanVersion, version_id)
    if version is None:
        raise NotFound("plans.no_version")
    plan = plan_head(session, version.plan_id)
    rows = session.scalars(
        sa.select(Approval).where(Approval.version_id == version_id).order_by(Approval.signed_at, Approval.id)
    ).all()
    people = person_cards(session, [plan.person_id, *(row.person_id for row in rows)])
    hashes = {item.stable_key: item.content_hash for item in version.items}
    body: dict[str, Any] = {
        "student": {"id": str(plan.person_id), "name": people[plan.person_id].name},
        "version": {"id": str(version.id), "no": version.no, "state": version.state.value},
        "frame": frame_of(plan),
        "items_hash": items_hash(frame_of(plan), hashes),
        "items": _items(version),
        "approvals": [
            {
                "role": row.role.value,
                "name": people[row.person_id].name,
                "item": row.item_key,
                "kind": row.signature_kind.value,
                "signed_at": row.signed_at.isoformat(),
                "signed_hash": row.signed_hash,
                "certificate": row.certificate,
            }
            for row in rows
        ],
        "order": {
            "no": version.order_no,
            "date": version.order_date.isoformat() if version.order_date else None,
            "effective_from": version.effective_from.isoformat() if version.effective_from else None,
        },
    }
    return sealed(body, keys.public_signing_key, keys.sign(signed_bytes(body)))


def anchors_of(session: Session, org_id: UUID) -> list[AnchorView]:
    """Return the authorities that a school trusts now, by name."""
    rows = session.scalars(
        sa.select(SignatureAnchor)
        .where(SignatureAnchor.org_id == org_id, SignatureAnchor.ended_at.is_(None))
        .order_by(SignatureAnchor.name, SignatureAnchor.id)
    )
    return [
        AnchorView(row.id, row.name, row.fingerprint, row.valid_until, row.list_made_at, row.list_good_until)
        for row in rows
    ]


def signature_files(session: Session, version_id: UUID) -> set[UUID]:
    """Return the files that lie behind the signatures of a version."""
    rows = session.execute(
        sa.select(Approval.document_file_id, Approval.report_file_id).where(Approval.version_id == version_id)
    )
    return {file_id for row in rows for file_id in row if file_id is not None}
