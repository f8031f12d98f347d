"""Say where a piece of work stands after what somebody says about it."""

from __future__ import annotations

from lms.profiles.types import WorkAct, WorkState

__all__ = ["state_after"]

_STEPS = {
    (WorkState.CLAIMED, WorkAct.CONFIRM): WorkState.VERIFIED,
    (WorkState.VERIFIED, WorkAct.TAKE_BACK): WorkState.CLAIMED,
    (WorkState.CLAIMED, WorkAct.WITHDRAW): WorkState.WITHDRAWN,
    (WorkState.VERIFIED, WorkAct.WITHDRAW): WorkState.WITHDRAWN,
    (WorkState.WITHDRAWN, WorkAct.TAKE_BACK): WorkState.WITHDRAWN,
}


def state_after(state: WorkState, act: WorkAct, *, is_confirmed: bool) -> WorkState | None:
    """Return the state after ``act``; None where it cannot be said: what was taken out stays out.

    A confirmation that stands can be taken back of a work that was taken out, too: a credit may rest on it.
    """
    if act is WorkAct.TAKE_BACK and not is_confirmed:
        return None
    return _STEPS.get((state, act))
