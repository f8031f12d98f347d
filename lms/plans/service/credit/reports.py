"""Compare a case with the plan: gather the facts, match, keep the report with its whole input."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.contracts import BasisRef
from lms.core.errors import Conflict
from lms.core.registry import Registry
from lms.core.uow import UnitOfWork
from lms.plans.contracts import TRANSFER_RULES, CandidateSource, TransferRule
from lms.plans.credit_models import CreditCase, LearningSource, MatchReport, MatchReportBasis
from lms.plans.rules.credit_states import Act
from lms.plans.rules.match_inputs import MatchInputs, canonical
from lms.plans.rules.matching import MatchResult, input_hash, match
from lms.plans.service.credit.case_inputs import current_inputs, documents_of
from lms.plans.service.credit.cases import load_case, move
from lms.plans.types.credit import CaseState, LicenceState, Verification

__all__ = [
    "ReportReceipt",
    "build_match_report",
    "hash_now",
    "is_stale",
    "latest_report",
    "sources_of",
    "store_report",
]


@dataclass(frozen=True, slots=True)
class ReportReceipt:
    """A stored report: its hash, hours and recommendation."""

    report_id: UUID
    number: int
    input_hash: str
    hours: Decimal
    hours_total: Decimal
    recommendation: str


def sources_of(uow: UnitOfWork) -> Sequence[CandidateSource]:
    """Return the installed ways of finding candidates."""
    registry: Registry[TransferRule] = uow.plugins(TRANSFER_RULES)
    return list(registry)


def latest_report(session: Session, case_id: UUID) -> MatchReport | None:
    """Return the newest report of a case, or None."""
    return session.scalar(
        sa.select(MatchReport)
        .where(MatchReport.case_id == case_id)
        .order_by(MatchReport.number.desc())
        .limit(1)
    )


def hash_now(uow: UnitOfWork, case: CreditCase) -> str:
    """Return the hash of the present input of a case (C3 compares it with the report's)."""
    return input_hash(current_inputs(uow.session, case, uow.today()), sources_of(uow))


def is_stale(session: Session, sources: Iterable[CandidateSource], case: CreditCase, today: date) -> bool:
    """Tell whether a case has a report and something that it rests on is another by now: no vote is taken on it (C3)."""
    report = latest_report(session, case.id)
    if report is None:
        return False
    return report.input_hash != input_hash(current_inputs(session, case, today), list(sources))


def build_match_report(uow: UnitOfWork, case_id: UUID) -> ReportReceipt:
    """Compare the case with the plan and keep the report; the same input gives the report that is already there.

    A new input while the commission votes starts a new round: votes belong to the report they were given on.
    Raises Conflict ``credit.documents_first``, ``credit.licence_first``, ``credit.not_educational``, ``credit.not_now``.
    """
    case = load_case(uow, case_id, "credit.office")
    _check_ready(uow, case)
    inputs = current_inputs(uow.session, case, uow.today())
    result = match(inputs, sources_of(uow))
    latest = latest_report(uow.session, case.id)
    if latest is not None and latest.input_hash == result.input_hash:
        if case.state in {CaseState.VERIFYING, CaseState.ASSESSED}:
            move(case, Act.MATCH)
        return _receipt(latest)
    if case.state is CaseState.IN_COMMISSION:
        case.round += 1
    move(case, Act.MATCH)
    return _receipt(store_report(uow, case, inputs, result))


def store_report(uow: UnitOfWork, case: CreditCase, inputs: MatchInputs, result: MatchResult) -> MatchReport:
    """Keep a report with its whole input and with the rules and edges that it rests on."""
    latest = latest_report(uow.session, case.id)
    row = MatchReport(
        case_id=case.id,
        number=(latest.number if latest else 0) + 1,
        algorithm=result.algorithm,
        input_hash=result.input_hash,
        inputs=canonical(inputs),
        rows=canonical(result.rows),
        hours=result.hours,
        hours_total=result.hours_total,
        recommendation=result.recommendation,
        created_by=uow.actor.label,
        created_at=uow.now(),
    )
    uow.session.add(row)
    uow.session.flush()
    used = {(part.basis, part.basis_id) for one in result.rows for part in one.parts}
    for basis, basis_id in sorted(used):
        key = UUID(basis_id.split("/", 1)[0])
        uow.session.add(MatchReportBasis(report_id=row.id, basis_id=key, basis=basis))
    payload = {"report": row.id, "number": row.number, "input_hash": row.input_hash, "hours": row.hours}
    ref = BasisRef("plans.credit_case", case.id)
    uow.append_ledger(f"org:{case.org_id}", "plans.credit_matched", case.person_id, payload, [ref])
    return row


def _check_ready(uow: UnitOfWork, case: CreditCase) -> None:
    """Refuse to compare while a document or every licence is still to be checked."""
    documents = documents_of(uow.session, case.id)
    ids = {row.source_id for row in documents if row.source_id} | (
        {case.source_id} if case.source_id else set()
    )
    sources = uow.session.scalars(sa.select(LearningSource).where(LearningSource.id.in_(sorted(ids))))
    states = {source.licence_state for source in sources}
    if not states or LicenceState.UNCHECKED in states:
        raise Conflict("credit.licence_first")
    if states == {LicenceState.UNLICENSED}:
        raise Conflict("credit.not_educational")
    if not documents or any(d.verification is Verification.UNVERIFIED for d in documents):
        raise Conflict("credit.documents_first")


def _receipt(row: MatchReport) -> ReportReceipt:
    return ReportReceipt(row.id, row.number, row.input_hash, row.hours, row.hours_total, row.recommendation)
