"""Take results from the systems of partner organisations."""

from __future__ import annotations

from typing import Any

from flask import request

from lms.core.actor import ANONYMOUS
from lms.core.errors import NotAuthenticated
from lms.core.web import ApiBlueprint, access, unit_of_work
from lms.plans.schemas.evidence import PartnerRecordSchema, RecordReceiptSchema
from lms.plans.service.credit.partner_records import RecordReceipt, RecordValue, receive_record

__all__ = ["blueprint"]

blueprint = ApiBlueprint(
    "credit_evidence_api", __name__, url_prefix="/api/v1/credit", description="Results that partners send."
)


@blueprint.post("/evidence")
@access("core.public")
@blueprint.arguments(PartnerRecordSchema)
@blueprint.response(201, RecordReceiptSchema)
def receive(data: dict[str, Any]) -> RecordReceipt:
    """Keep a student's result of a partner's course; the partner's key stands in ``Authorization: Bearer``.

    Sent again, a record is the same record (``is_new`` is false); with other content it is a conflict. The family finds
    it in its application and needs no certificate.
    """
    sent = request.authorization
    token = sent.token if sent is not None and sent.type == "bearer" else None
    if not token:
        raise NotAuthenticated("credit.partner_key")
    with unit_of_work(ANONYMOUS) as uow:
        return receive_record(uow, token, RecordValue(**data))
