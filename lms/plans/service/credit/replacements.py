"""Look again at credits whose result another one has replaced: a re-sit, a new marking (C6)."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa

from lms.assessment.queries import outcome_shares, replaced_results
from lms.core.contracts import BasisRef
from lms.core.uow import UnitOfWork
from lms.people.contracts import words_of
from lms.plans.credit_models import CreditCase, CreditDocument, CreditEffect, ExternalOutcome, MatchReport
from lms.plans.rules.conversion import mark_for
from lms.plans.service.credit.annulments import cases_on, origin_of, reinstate_case_on, suspend_case_on
from lms.plans.service.credit.case_inputs import conversion_rules
from lms.plans.service.credit.cases import decision_of
from lms.plans.types.credit import EffectState

__all__ = ["look_again_at_credits"]

RESULT = "assessment.result"


def _l(text: str) -> str:
    """Mark a text for translation; a reason is kept in the school's own language, like one that people have written."""
    return text


_WORDS = words_of(Path(__file__).parents[2] / "translations")
_REPLACED = _l("Another result counts now, and it does not show all that the credit rests on.")


def look_again_at_credits(uow: UnitOfWork, result_id: UUID, attempt_id: UUID, *, is_enough: bool) -> None:
    """Hold every credit that rests on an earlier result of the same place against the result that counts now.

    Where it shows the same, the evidence names it from now on and the credit stands (or comes back). Where it does not, or
    ``is_enough`` is denied, the credit is suspended with all that rests on it, and people look again. Repeating changes nothing.
    """
    now = BasisRef(RESULT, result_id)
    reason = _WORDS(uow.runtime.settings.core.default_locale, _REPLACED)
    for case in cases_on(uow, now):
        _bring_back(uow, case, now, reason)
    shares = outcome_shares(uow.session, attempt_id)
    for earlier_id in replaced_results(uow.session, result_id):
        earlier = BasisRef(RESULT, earlier_id)
        for case in cases_on(uow, earlier):
            weakest = _weakest(uow, case, earlier, shares) if is_enough else None
            if weakest is not None and _still_holds(uow, case, earlier, weakest):
                _bring_back(uow, case, earlier, reason)
                _name_anew(uow, case, earlier, now, weakest)
            elif suspend_case_on(uow, case, earlier, reason, is_replaced=True):
                uow.suspend_dependents(BasisRef("plans.credit_case", case.id), reason)


def _bring_back(uow: UnitOfWork, case: CreditCase, basis: BasisRef, reason: str) -> None:
    if reinstate_case_on(uow, case, basis, reason):
        uow.reinstate_dependents(BasisRef("plans.credit_case", case.id), reason)


def _documents(uow: UnitOfWork, case: CreditCase, basis: BasisRef) -> list[CreditDocument]:
    """Return the evidence of a case that came from a result."""
    return list(
        uow.session.scalars(
            sa.select(CreditDocument)
            .where(
                CreditDocument.case_id == case.id,
                CreditDocument.origin == origin_of(basis),
                CreditDocument.removed_at.is_(None),
            )
            .order_by(CreditDocument.id)
        )
    )


def _weakest(
    uow: UnitOfWork, case: CreditCase, basis: BasisRef, shares: dict[UUID, Decimal]
) -> Decimal | None:
    """Return the least share that the new work reaches in what the old one proved; None where it asked less or too little."""
    courses = {row.course_id for row in _documents(uow, case, basis)}
    wanted = uow.session.scalars(
        sa.select(ExternalOutcome.outcome_id).where(ExternalOutcome.course_id.in_(courses))
    )
    reached = [shares.get(outcome_id, Decimal(-1)) for outcome_id in wanted if outcome_id is not None]
    least = conversion_rules(uow.session, case.org_id).min_share
    return min(reached) if reached and min(reached) >= least else None


def _still_holds(uow: UnitOfWork, case: CreditCase, basis: BasisRef, share: Decimal) -> bool:
    """Tell whether a share reaches what every rule of the decision asked of the evidence, and the mark that it carried."""
    decision = decision_of(uow.session, case.id)
    if decision is None or not _has_effects(uow, case):
        return True
    report = uow.session.get_one(MatchReport, decision.report_id)
    own = {str(row.id) for row in _documents(uow, case, basis)}
    parts = [part for row in report.rows for part in row["parts"] if own & set(part["evidence"])]
    rules = conversion_rules(uow.session, case.org_id)
    is_marked = rules.with_mark and decision.mark is not None
    if is_marked and (mark_for(share, rules) or 0) < (decision.mark or 0):
        return False
    return all(share >= Decimal(part["min_share"]) for part in parts)


def _has_effects(uow: UnitOfWork, case: CreditCase) -> bool:
    statement = sa.select(CreditEffect.id).where(
        CreditEffect.case_id == case.id, CreditEffect.state.in_((EffectState.ACTIVE, EffectState.SUSPENDED))
    )
    return uow.session.scalar(statement.limit(1)) is not None


def _name_anew(uow: UnitOfWork, case: CreditCase, earlier: BasisRef, now: BasisRef, share: Decimal) -> None:
    """Let the evidence of a case name the result that counts now; what it proves stays as it is."""
    for row in _documents(uow, case, earlier):
        row.origin = origin_of(now)
        row.raw_result = format((share * 100).quantize(Decimal("0.1")).normalize(), "f")
    refs = [earlier, now, BasisRef("plans.credit_case", case.id)]
    uow.append_ledger(
        f"org:{case.org_id}", "plans.credit_result_replaced", case.person_id, {"case": case.id}, refs
    )
    uow.session.flush()
