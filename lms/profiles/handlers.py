"""Take released results, credits and completions into the profile."""

from __future__ import annotations

from lms.assessment import queries as assessment
from lms.assessment.events import ResultCounts
from lms.assessment.types import Standing
from lms.core.contracts import BasisRef
from lms.core.uow import UnitOfWork
from lms.plans import queries as plans
from lms.plans.events import CreditDecided
from lms.profiles import service

__all__ = ["credit_decided", "result_counts"]


def result_counts(uow: UnitOfWork, event: ResultCounts) -> None:
    """Record what each item of the sitting that counts shows of its outcomes; a superseded one shows nothing."""
    standing = assessment.result_standing(uow.session, event.result_id)
    if standing is Standing.SUPERSEDED:
        return
    shares = assessment.outcome_shares(uow.session, event.attempt_id)
    basis = BasisRef("assessment.result", event.result_id)
    service.record_evidence(uow, event.person_id, basis, shares, uow.now())
    if standing is Standing.SUSPENDED:
        service.suspend_evidence(uow, basis)


def credit_decided(uow: UnitOfWork, event: CreditDecided) -> None:
    """Record what the credited learning shows of its outcomes."""
    case = plans.case_view(uow.session, event.case_id)
    shares = {row.outcome_id: row.hours / row.hours_total for row in case.outcomes if row.hours > 0}
    basis = BasisRef("plans.credit_case", event.case_id)
    service.record_evidence(uow, event.person_id, basis, shares, uow.now())
