"""Say to courses which agreements with partners a school has on record, so that an enrolment can name one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from flask import url_for
from flask_babel import format_date, gettext
from sqlalchemy.orm import Session

from lms.courses.ports import AgreementLine
from lms.plans.credit_models import LearningSource, NetworkAgreement

__all__ = ["NetworkBook"]


class NetworkBook:
    """The network agreements of schools."""

    name = "network"

    def lines(self, session: Session, org_id: UUID, on: date) -> Sequence[AgreementLine]:
        """Return the agreements of a school, the newest first."""
        rows = session.execute(
            _NAMED.where(NetworkAgreement.org_id == org_id).order_by(NetworkAgreement.signed_on.desc())
        )
        return [_line(row, partner, on) for row, partner in rows]

    def find(self, session: Session, agreement_id: UUID, on: date) -> AgreementLine | None:
        """Return one agreement, or None."""
        found = session.execute(_NAMED.where(NetworkAgreement.id == agreement_id)).first()
        return None if found is None else _line(found[0], found[1], on)


_NAMED = sa.select(NetworkAgreement, LearningSource.name).join(
    LearningSource, LearningSource.id == NetworkAgreement.source_id
)


def _line(row: NetworkAgreement, partner: str, on: date) -> AgreementLine:
    is_in_time = row.valid_from <= on and (row.valid_to is None or on <= row.valid_to)
    text = gettext(
        "Agreement %(number)s of %(day)s with %(partner)s",
        number=row.number,
        day=format_date(row.signed_on, "d MMMM y"),
        partner=partner,
    )
    return AgreementLine(
        row.id, str(text), url_for("credit_sources.agreements"), row.revoked_at is None and is_in_time
    )
