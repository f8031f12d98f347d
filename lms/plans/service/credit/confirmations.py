"""Ask the office that issued a document whether it did, with a link that shows exactly the question and answers once."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from lms.core.contracts import BasisRef
from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.uow import UnitOfWork
from lms.plans.credit_models import CreditCase, CreditDocument
from lms.plans.evidence_models import ConfirmationLook, PartnerConfirmation
from lms.plans.queries.credit_evidence import confirmation_for
from lms.plans.rules.credit_states import Act, allowed
from lms.plans.service.credit.cases import acting_person, load_case, move
from lms.plans.types.credit import CaseState, Verification, VerificationMethod

__all__ = [
    "PartnerLink",
    "answer_confirmation",
    "ask_partner",
    "look_at_confirmation",
    "withdraw_confirmation",
]

#: How long a link works, and the longest that the office may choose.
USUAL_DAYS, MOST_DAYS = 14, 60
#: Only while the documents are being checked does an answer change what is known of them.
OPEN = frozenset({CaseState.SUBMITTED, CaseState.VERIFYING})


@dataclass(frozen=True, slots=True)
class PartnerLink:
    """A new question; the token is shown once and kept nowhere."""

    confirmation_id: UUID
    token: str = field(repr=False)


def ask_partner(
    uow: UnitOfWork,
    case_id: UUID,
    document_id: UUID,
    *,
    partner: str,
    question: str = "",
    days: int = USUAL_DAYS,
) -> PartnerLink:
    """Make a link for the office that issued a document; an open one for the same document ends.

    Raises InvalidInput ``credit.partner_needed``, ``credit.days_range``; Conflict ``credit.not_now``; NotFound.
    """
    case = load_case(uow, case_id, "credit.office")
    if not partner.strip():
        raise InvalidInput("credit.partner_needed", fields={"partner": ["credit.partner_needed"]})
    if not 1 <= days <= MOST_DAYS:
        raise InvalidInput("credit.days_range", fields={"days": ["credit.days_range"]}, most=MOST_DAYS)
    if case.state not in OPEN:
        raise Conflict("credit.not_now", state=case.state.value, act="ask_partner")
    row = uow.session.get(CreditDocument, document_id)
    if row is None or row.case_id != case.id or row.removed_at is not None:
        raise NotFound("auth.out_of_reach")
    move(case, Act.TAKE_UP)
    _end_open(uow, row.id)
    token = secrets.token_urlsafe(24)
    asked = PartnerConfirmation(
        case_id=case.id,
        document_id=row.id,
        token_hash=hashlib.sha256(token.encode()).hexdigest(),
        partner=partner.strip(),
        question=question.strip(),
        asked_by=acting_person(uow),
        asked_at=uow.now(),
        expires_at=uow.now() + timedelta(days=days),
    )
    uow.session.add(asked)
    uow.session.flush()
    _note(uow, case, "plans.partner_asked", {"confirmation": asked.id, "document": row.id})
    return PartnerLink(asked.id, token)


def _end_open(uow: UnitOfWork, document_id: UUID) -> None:
    uow.session.execute(
        sa.update(PartnerConfirmation)
        .where(
            PartnerConfirmation.document_id == document_id,
            PartnerConfirmation.answered_at.is_(None),
            PartnerConfirmation.revoked_at.is_(None),
        )
        .values(revoked_at=uow.now())
    )


def withdraw_confirmation(uow: UnitOfWork, case_id: UUID, document_id: UUID) -> None:
    """End the open link of a document; harmless when there is none."""
    case = load_case(uow, case_id, "credit.office")
    row = uow.session.get(CreditDocument, document_id)
    if row is None or row.case_id != case.id:
        raise NotFound("auth.out_of_reach")
    _end_open(uow, row.id)


def look_at_confirmation(uow: UnitOfWork, token: str) -> UUID:
    """Write down that somebody opened a link: among its looks and in the student's access log.

    Whoever holds the link may: it is the proof. Raises NotFound ``credit.no_link``, Gone ``credit.link_over``.
    """
    found = confirmation_for(uow.session, token, uow.now())
    look = ConfirmationLook(confirmation_id=found.id, at=uow.now())
    uow.session.add(look)
    uow.session.flush()
    uow.log_access("credit.confirm", found.person_id, "credit_document", found.document_id, outcome="shown")
    return look.id


def answer_confirmation(
    uow: UnitOfWork, token: str, *, is_confirmed: bool, answered_by: str, comment: str = ""
) -> None:
    """Keep a partner's answer, once; while the documents are being checked it settles the document.

    Raises NotFound ``credit.no_link``, Gone ``credit.link_over``, InvalidInput ``credit.answerer_needed``,
    ``credit.comment_needed`` (a "no" says why).
    """
    uow.lock("partner_confirmation", confirmation_for(uow.session, token, uow.now()).id)
    found = confirmation_for(uow.session, token, uow.now())
    fields = {}
    if not answered_by.strip():
        fields["answered_by"] = ["credit.answerer_needed"]
    if not is_confirmed and not comment.strip():
        fields["comment"] = ["credit.comment_needed"]
    if fields:
        raise InvalidInput("credit.certificate", fields=fields)
    row = uow.session.get_one(PartnerConfirmation, found.id)
    row.is_confirmed, row.comment = is_confirmed, comment.strip()
    row.answered_by, row.answered_at = answered_by.strip(), uow.now()
    case = uow.session.get_one(CreditCase, found.case_id)
    if case.state in OPEN:
        _settle(uow, uow.session.get_one(CreditDocument, found.document_id), row)
        if allowed(case.state, Act.TAKE_UP):
            move(case, Act.TAKE_UP)
    payload = {"confirmation": row.id, "document": row.document_id, "is_confirmed": is_confirmed}
    _note(uow, case, "plans.partner_answered", payload)


def _settle(uow: UnitOfWork, document: CreditDocument, row: PartnerConfirmation) -> None:
    document.verification = Verification.VERIFIED if row.is_confirmed else Verification.REJECTED
    document.method, document.verified_by, document.verified_at = VerificationMethod.PARTNER, None, uow.now()
    said = f"{row.partner}, {row.answered_by}"
    document.verification_note = f"{said}: {row.comment}" if row.comment else said


def _note(uow: UnitOfWork, case: CreditCase, kind: str, payload: dict[str, object]) -> None:
    ref = BasisRef("plans.credit_case", case.id)
    uow.append_ledger(f"org:{case.org_id}", kind, case.person_id, {"case": case.id, **payload}, [ref])
