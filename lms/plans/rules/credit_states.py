"""Say which step of a credit case may follow which.

Source: domain "Plans and credit"; 273-ФЗ art. 34 (1) 7 and order 845/369 (application, comparison, assessment, decision).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from lms.core.errors import Conflict
from lms.plans.types.credit import CaseState

__all__ = ["ENDED", "IN_WORK", "OFFICE", "TRANSITIONS", "Act", "allowed", "is_editable", "next_state"]


class Act(StrEnum):
    """What can be done with a case."""

    SUBMIT = "submit"
    TO_ATTESTATION = "to_attestation"
    TAKE_UP = "take_up"
    ASK = "ask"
    MATCH = "match"
    ASSESS = "assess"
    TAKE_RESULT = "take_result"
    CLEAR = "clear"
    REFER = "refer"
    DECIDE = "decide"
    EFFECT = "effect"
    CLOSE = "close"
    WITHDRAW = "withdraw"
    APPEAL = "appeal"
    UPHOLD = "uphold"
    OVERTURN = "overturn"
    SUSPEND = "suspend"
    CONFIRM = "confirm"
    REVOKE = "revoke"


_S = CaseState

#: Every step that exists; ``None`` = back to the state before, which the case keeps.
TRANSITIONS: Mapping[tuple[CaseState, Act], CaseState | None] = {
    (_S.DRAFT, Act.SUBMIT): _S.SUBMITTED,
    (_S.DRAFT, Act.TO_ATTESTATION): _S.ASSESSMENT_REQUIRED,
    (_S.DRAFT, Act.WITHDRAW): _S.WITHDRAWN,
    (_S.SUBMITTED, Act.TAKE_UP): _S.VERIFYING,
    (_S.SUBMITTED, Act.WITHDRAW): _S.WITHDRAWN,
    (_S.VERIFYING, Act.TAKE_UP): _S.VERIFYING,
    (_S.VERIFYING, Act.ASK): _S.NEED_INFO,
    (_S.VERIFYING, Act.MATCH): _S.MATCHED,
    (_S.VERIFYING, Act.TO_ATTESTATION): _S.ASSESSMENT_REQUIRED,
    (_S.VERIFYING, Act.WITHDRAW): _S.WITHDRAWN,
    (_S.NEED_INFO, Act.SUBMIT): _S.VERIFYING,
    (_S.NEED_INFO, Act.TO_ATTESTATION): _S.ASSESSMENT_REQUIRED,
    (_S.NEED_INFO, Act.WITHDRAW): _S.WITHDRAWN,
    (_S.MATCHED, Act.MATCH): _S.MATCHED,
    (_S.MATCHED, Act.ASSESS): _S.ASSESSMENT_REQUIRED,
    (_S.MATCHED, Act.CLEAR): _S.AUTO_DECIDABLE,
    (_S.MATCHED, Act.REFER): _S.IN_COMMISSION,
    (_S.MATCHED, Act.WITHDRAW): _S.WITHDRAWN,
    (_S.ASSESSMENT_REQUIRED, Act.TAKE_RESULT): _S.ASSESSED,
    (_S.ASSESSMENT_REQUIRED, Act.WITHDRAW): _S.WITHDRAWN,
    (_S.ASSESSED, Act.MATCH): _S.MATCHED,
    (_S.ASSESSED, Act.WITHDRAW): _S.WITHDRAWN,
    (_S.AUTO_DECIDABLE, Act.DECIDE): _S.DECIDED,
    (_S.AUTO_DECIDABLE, Act.MATCH): _S.MATCHED,
    (_S.AUTO_DECIDABLE, Act.WITHDRAW): _S.WITHDRAWN,
    (_S.IN_COMMISSION, Act.MATCH): _S.IN_COMMISSION,
    (_S.IN_COMMISSION, Act.DECIDE): _S.DECIDED,
    (_S.IN_COMMISSION, Act.WITHDRAW): _S.WITHDRAWN,
    (_S.DECIDED, Act.EFFECT): _S.EFFECTED,
    (_S.DECIDED, Act.CLOSE): _S.CLOSED,
    (_S.DECIDED, Act.APPEAL): _S.APPEALED,
    (_S.EFFECTED, Act.CLOSE): _S.CLOSED,
    (_S.EFFECTED, Act.APPEAL): _S.APPEALED,
    (_S.CLOSED, Act.APPEAL): _S.APPEALED,
    (_S.APPEALED, Act.UPHOLD): None,
    (_S.APPEALED, Act.OVERTURN): _S.IN_COMMISSION,
    (_S.EFFECTED, Act.SUSPEND): _S.SUSPENDED,
    (_S.CLOSED, Act.SUSPEND): _S.SUSPENDED,
    (_S.SUSPENDED, Act.CONFIRM): None,
    (_S.SUSPENDED, Act.REVOKE): _S.REVOKED,
}

#: Waiting for the office, before the commission.
OFFICE = frozenset(
    {_S.SUBMITTED, _S.VERIFYING, _S.NEED_INFO, _S.MATCHED, _S.ASSESSMENT_REQUIRED, _S.ASSESSED}
)
#: Applied for and not yet decided.
IN_WORK = frozenset(
    {
        _S.SUBMITTED,
        _S.VERIFYING,
        _S.NEED_INFO,
        _S.MATCHED,
        _S.ASSESSED,
        _S.AUTO_DECIDABLE,
        _S.IN_COMMISSION,
    }
)
#: Nothing more happens by itself.
ENDED = frozenset({_S.CLOSED, _S.WITHDRAWN, _S.REVOKED})


def allowed(state: CaseState, act: Act) -> bool:
    """Tell whether ``act`` may follow in ``state``."""
    return (state, act) in TRANSITIONS


def next_state(state: CaseState, act: Act, before: CaseState | None = None) -> CaseState:
    """Return the state after ``act``; ``before`` is where a suspended or appealed case came from.

    Raises Conflict ``credit.not_now`` when the step does not exist: another tab or person was first.
    """
    if not allowed(state, act):
        raise Conflict("credit.not_now", state=state.value, act=act.value)
    target = TRANSITIONS[(state, act)]
    if target is not None:
        return target
    if before is None:
        raise Conflict("credit.not_now", state=state.value, act=act.value)
    return before


def is_editable(state: CaseState) -> bool:
    """Tell whether the family may still change what it says and attaches."""
    return state in {_S.DRAFT, _S.NEED_INFO}
