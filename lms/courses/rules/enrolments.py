"""Say which way an enrolment may go."""

from __future__ import annotations

from collections.abc import Mapping

from lms.courses.types import EnrolmentState

__all__ = ["MOVES", "may_move"]

_S = EnrolmentState

#: From each state, the states that may follow. A completed course stays completed; a withdrawn one needs a new enrolment.
MOVES: Mapping[EnrolmentState, frozenset[EnrolmentState]] = {
    _S.REQUESTED: frozenset({_S.ACTIVE, _S.WITHDRAWN}),
    _S.ACTIVE: frozenset({_S.PAUSED, _S.COMPLETED, _S.WITHDRAWN}),
    _S.PAUSED: frozenset({_S.ACTIVE, _S.COMPLETED, _S.WITHDRAWN}),
    _S.COMPLETED: frozenset(),
    _S.WITHDRAWN: frozenset(),
}


def may_move(now: EnrolmentState, then: EnrolmentState) -> bool:
    """Tell whether an enrolment in state ``now`` may become ``then``."""
    return then in MOVES[now]
