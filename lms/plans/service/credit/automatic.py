"""Send an application to the school; what is certain is credited at once, without people (C4)."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from lms.core.uow import UnitOfWork
from lms.plans.credit_models import CreditCase, LearningSource
from lms.plans.rules.credit_states import Act
from lms.plans.rules.match_inputs import MatchInputs
from lms.plans.rules.matching import MatchResult, match
from lms.plans.service.credit import cases
from lms.plans.service.credit.case_inputs import current_inputs, documents_of
from lms.plans.service.credit.cases import CaseStep, move
from lms.plans.service.credit.commission import decide_by_itself
from lms.plans.service.credit.credentials import check_credentials_again
from lms.plans.service.credit.reports import sources_of, store_report
from lms.plans.types.credit import CaseState, LicenceState, Verification, VerificationMethod

__all__ = ["submit_case"]

#: Ways in which a document is verified without anybody's judgement.
BY_MACHINE = frozenset({VerificationMethod.PLATFORM, VerificationMethod.RECORD, VerificationMethod.SIGNATURE})


def submit_case(uow: UnitOfWork, case_id: UUID) -> CaseStep:
    """Send the application (or the completed one) to the school and start the clock of the review.

    Where the school allows it, an approved rule matches exactly, every document came and was verified by itself and no
    question is open, the credit is granted in the same transaction; the family may appeal it like any other.
    Raises InvalidInput naming what is missing, ``credit.not_educational`` (C10), Conflict.
    """
    cases.submit_case(uow, case_id)
    case = uow.session.get_one(CreditCase, case_id)
    check_credentials_again(uow, case)
    if _is_ready(uow, case):
        inputs = current_inputs(uow.session, case, uow.today())
        result = match(inputs, sources_of(uow))
        if result.is_automatic:
            _grant(uow, case, inputs, result)
    return CaseStep(case.id, case.state)


def _is_ready(uow: UnitOfWork, case: CreditCase) -> bool:
    """Tell whether nobody has anything to check: documents verified by machine, licences in the register."""
    documents = documents_of(uow.session, case.id)
    are_sure = all(d.verification is Verification.VERIFIED and d.method in BY_MACHINE for d in documents)
    ids = {d.source_id for d in documents if d.source_id} | ({case.source_id} if case.source_id else set())
    states = set(
        uow.session.scalars(sa.select(LearningSource.licence_state).where(LearningSource.id.in_(sorted(ids))))
    )
    return bool(documents) and are_sure and states == {LicenceState.LICENSED}


def _grant(uow: UnitOfWork, case: CreditCase, inputs: MatchInputs, result: MatchResult) -> None:
    """Take the steps that people would take, and decide by the report."""
    if case.state is CaseState.SUBMITTED:
        move(case, Act.TAKE_UP)
    move(case, Act.MATCH)
    report = store_report(uow, case, inputs, result)
    move(case, Act.CLEAR)
    decide_by_itself(uow, case, report)
