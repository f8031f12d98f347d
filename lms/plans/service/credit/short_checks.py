"""Let a student show what a course did not: a short check of the outcomes that are left, whose result is evidence again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from lms.assessment.contracts import QUESTION_TYPES, QuestionType
from lms.assessment.queries import outcome_shares
from lms.assessment.service.outcome_checks import open_outcome_check, questions_for
from lms.core.contracts import BasisRef
from lms.core.errors import Conflict
from lms.core.ids import parse_id
from lms.core.registry import Registry
from lms.core.uow import UnitOfWork
from lms.plans.credit_models import CreditCase, CreditDocument
from lms.plans.events import CreditCheckAsked
from lms.plans.rules.credit_states import Act, allowed
from lms.plans.service.credit.case_inputs import conversion_rules
from lms.plans.service.credit.cases import CaseStep, load_case, move
from lms.plans.service.credit.known_results import own_source, shown_course, weakest_percent
from lms.plans.service.credit.plan_link import ItemTarget, item_facts
from lms.plans.service.credit.reports import latest_report
from lms.plans.types.credit import (
    CaseState,
    DocumentKind,
    EvidenceKind,
    MatchVerdict,
    ResultScale,
    Verification,
    VerificationMethod,
)

__all__ = [
    "CHECK_PREFIX",
    "ask_for_check",
    "left_outcomes",
    "open_asked_check",
    "read_check_reference",
    "take_check_result",
]

#: How long the check stays open.
OPEN_FOR = timedelta(days=14)
CHECK_PREFIX = "credit_case:"


def left_outcomes(session: Session, kinds: Registry[QuestionType], case: CreditCase) -> dict[UUID, int]:
    """Return the outcomes that the newest report leaves open, with the number of questions that are ready for each."""
    report = latest_report(session, case.id)
    if report is None:
        return {}
    left = [UUID(row["target_id"]) for row in report.rows if row["verdict"] != MatchVerdict.COVERED]
    ready = questions_for(session, kinds, case.org_id, left)
    return {outcome_id: len(ready.get(outcome_id, ())) for outcome_id in left}


def ask_for_check(uow: UnitOfWork, case_id: UUID) -> CaseStep:
    """Ask for a short check of what the report leaves open; a handler opens it.

    Raises Conflict ``credit.no_questions`` when no question is ready for any of it: the way is an attestation.
    """
    case = load_case(uow, case_id, "credit.office")
    if not allowed(case.state, Act.ASSESS):
        raise Conflict("credit.not_now", state=case.state.value, act="assess")
    left = left_outcomes(uow.session, uow.plugins(QUESTION_TYPES), case)
    if not any(left.values()):
        raise Conflict("credit.no_questions")
    move(case, Act.ASSESS)
    case.assessment_session_id = None
    payload = {"case": case.id, "outcomes": [str(one) for one, count in left.items() if count]}
    ref = BasisRef("plans.credit_case", case.id)
    uow.append_ledger(f"org:{case.org_id}", "plans.credit_check_asked", case.person_id, payload, [ref])
    uow.record(CreditCheckAsked(case.id, case.person_id))
    return CaseStep(case.id, case.state)


def open_asked_check(uow: UnitOfWork, case_id: UUID) -> UUID | None:
    """Open the check that was asked for and return its session; harmless when it is open already or no longer wanted."""
    uow.lock("credit_case", case_id)
    case = uow.session.get(CreditCase, case_id)
    if case is None or case.state is not CaseState.ASSESSMENT_REQUIRED:
        return None
    if case.assessment_session_id is not None:
        return case.assessment_session_id
    made = open_outcome_check(
        uow,
        org_id=case.org_id,
        person_id=case.person_id,
        title=case.item_title,
        subject=case.subject,
        outcome_ids=left_outcomes(uow.session, uow.plugins(QUESTION_TYPES), case),
        reference=f"{CHECK_PREFIX}{case.id}",
        closes_at=uow.now() + OPEN_FOR,
    )
    case.assessment_session_id = made.session_id if made is not None else None
    return case.assessment_session_id


def read_check_reference(reference: str) -> UUID | None:
    """Return the case behind a reference of a roster, or None when it is somebody else's."""
    return parse_id(reference.removeprefix(CHECK_PREFIX)) if reference.startswith(CHECK_PREFIX) else None


def take_check_result(
    uow: UnitOfWork, case_id: UUID, *, session_id: UUID, attempt_id: UUID, result_id: UUID
) -> None:
    """Make the outcomes that a check has shown new evidence of the case; the report is made again with it.

    An outcome counts from the school's least share on. A result that comes twice or too late changes nothing.
    """
    uow.lock("credit_case", case_id)
    case = uow.session.get(CreditCase, case_id)
    if case is None or case.state is not CaseState.ASSESSMENT_REQUIRED:
        return
    if case.assessment_session_id != session_id:
        return
    shares = outcome_shares(uow.session, attempt_id)
    least = conversion_rules(uow.session, case.org_id).min_share
    item = item_facts(uow.session, case.plan_id, case.stable_key, without_case=case.id)
    shown = [target for target in item.targets if shares.get(target.outcome_id, Decimal(-1)) >= least]
    if shown:
        _add_evidence(uow, case, shown, shares, result_id)
    move(case, Act.TAKE_RESULT)
    payload = {"case": case.id, "result": result_id, "shown": [str(t.outcome_id) for t in shown]}
    refs = [BasisRef("plans.credit_case", case.id), BasisRef("assessment.result", result_id)]
    uow.append_ledger(f"org:{case.org_id}", "plans.credit_check_taken", case.person_id, payload, refs)


def _add_evidence(
    uow: UnitOfWork,
    case: CreditCase,
    shown: list[ItemTarget],
    shares: Mapping[UUID, Decimal],
    result_id: UUID,
) -> None:
    source_id = own_source(uow, case.org_id, case.org_id).id
    course = shown_course(uow, source_id, case.item_title, shown)
    row = CreditDocument(
        case_id=case.id,
        kind=DocumentKind.OTHER,
        evidence=EvidenceKind.PLATFORM,
        source_id=course.source_id,
        course_id=course.id,
        origin=f"result:{result_id}",
        issued_on=uow.today(),
        hours=course.hours,
        hours_drawn=Decimal(0),
        raw_result=weakest_percent(shares, shown),
        scale=ResultScale.PERCENT,
        attached_by=case.submitted_by or case.opened_by,
        attached_at=uow.now(),
        verification=Verification.VERIFIED,
        method=VerificationMethod.PLATFORM,
        verified_at=uow.now(),
    )
    uow.session.add(row)
    uow.session.flush()
