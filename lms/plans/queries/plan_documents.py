"""Read a version of a plan as a document that is printed or handed out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.errors import NotFound
from lms.core.keys import KeyRing
from lms.people.queries import person_cards
from lms.plans.models import Approval, PlanVersion
from lms.plans.plan_reading import content_of, frame_of, plan_head
from lms.plans.rules.plan_content import items_hash, to_json
from lms.plans.rules.plan_document import sealed, signed_bytes

__all__ = ["plan_file"]


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
        "items": [
            {"stable_key": item.stable_key, "hash": item.content_hash, "content": to_json(content_of(item))}
            for item in version.items
        ],
        "approvals": [
            {
                "role": row.role.value,
                "name": people[row.person_id].name,
                "item": row.item_key,
                "kind": row.signature_kind.value,
                "signed_at": row.signed_at.isoformat(),
                "signed_hash": row.signed_hash,
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
