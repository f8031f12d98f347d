"""State which ways lead to which assurance, which of them a learner may pick, and how a check moves on.

Ladder: L0 account and device, L1 knowledge or possession, L2 a person who knows or sees a document, L3 a biometric
match with liveness. A face match whose liveness was not checked is no L3: a person confirms it and it counts as L2.
Every L3 policy offers L2 of equal rights, and every policy can be met without a camera of one's own and without speech.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from lms.proctoring.types import CheckState, IdentityMethod, Monitoring, SupervisionPolicy

__all__ = [
    "CAMERA_METHODS",
    "LEVEL_OF",
    "PAGES_TO_SUBMIT",
    "PASSKEY_METHODS",
    "TRANSITIONS",
    "allowed_methods",
    "can_move",
    "is_call_address",
    "is_enough",
    "is_settled",
    "policy_fault",
    "policy_from",
    "state_after_face",
]

#: The level that a verified check of each way gives.
LEVEL_OF: dict[IdentityMethod, int] = {
    IdentityMethod.KNOWN_TEACHER: 2,
    IdentityMethod.FACE: 2,
    IdentityMethod.CODE_AND_ADULT: 2,
    IdentityMethod.DOCUMENT_VIDEO: 2,
    IdentityMethod.IN_PERSON: 2,
    IdentityMethod.PASSKEY: 1,
    IdentityMethod.PASSKEY_AND_TALK: 2,
}

#: Ways that need a camera of one's own.
CAMERA_METHODS = frozenset({IdentityMethod.FACE, IdentityMethod.KNOWN_TEACHER, IdentityMethod.DOCUMENT_VIDEO})

#: Ways in which a device that was bound before answers.
PASSKEY_METHODS = frozenset({IdentityMethod.PASSKEY, IdentityMethod.PASSKEY_AND_TALK})

#: Ways that stay open whatever else is shut: no camera, no speech, no biometrics.
ALWAYS_OPEN = (IdentityMethod.CODE_AND_ADULT, IdentityMethod.IN_PERSON)

#: Pages the learner submits from choosing to being verified (a step is one submitted page).
PAGES_TO_SUBMIT: dict[IdentityMethod, int] = {
    IdentityMethod.FACE: 2,
    IdentityMethod.KNOWN_TEACHER: 1,
    IdentityMethod.CODE_AND_ADULT: 2,
    IdentityMethod.DOCUMENT_VIDEO: 1,
    IdentityMethod.IN_PERSON: 1,
    IdentityMethod.PASSKEY: 2,
    IdentityMethod.PASSKEY_AND_TALK: 2,
}

S = CheckState
TRANSITIONS: dict[CheckState, frozenset[CheckState]] = {
    S.REQUIRED: frozenset({S.PENDING, S.HUMAN_CHECK, S.WAIVED}),
    S.PENDING: frozenset({S.UNCERTAIN, S.HUMAN_CHECK, S.VERIFIED, S.REFUSED, S.WAIVED}),
    S.UNCERTAIN: frozenset({S.PENDING, S.HUMAN_CHECK, S.WAIVED}),
    S.HUMAN_CHECK: frozenset({S.VERIFIED, S.REFUSED, S.WAIVED}),
    S.VERIFIED: frozenset(),
    S.REFUSED: frozenset(),
    S.WAIVED: frozenset(),
}


def can_move(before: CheckState, after: CheckState) -> bool:
    """Tell whether a check may go from one state to another."""
    return after in TRANSITIONS[before]


def is_settled(state: CheckState) -> bool:
    """Tell whether the exam may start: verified or waived; pending is never verified."""
    return state in {CheckState.VERIFIED, CheckState.WAIVED}


def is_enough(state: CheckState | None, level_reached: int | None, level: int) -> bool:
    """Tell whether a check opens an exam that asks for a level; ways of level 2 are as good as the camera's.

    A waiver is a person's decision and has no level; an asked level of 2 or 3 is not met by possession alone.
    """
    if state is CheckState.WAIVED:
        return True
    return state is CheckState.VERIFIED and (level_reached or 0) >= min(level, 2)


def policy_fault(level: int, methods: Collection[IdentityMethod]) -> str:
    """Return the code of what is wrong with a policy, or the empty text; no ``methods`` means all of them.

    Level 3 asks for a camera's comparison and so must offer an equal way of level 2 in which a person decides; whatever the
    level, one way must need neither a camera of one's own nor speech. That holds at level 0, too: a blueprint may ask
    for more and takes these ways over.
    """
    if not methods:
        return ""
    if level >= 3 and not {m for m in methods if LEVEL_OF[m] >= 2 and m is not IdentityMethod.FACE}:
        return "proctoring.policy_no_equal"
    return "" if set(methods) & set(ALWAYS_OPEN) else "proctoring.policy_no_open"


def allowed_methods(
    *,
    level: int,
    face_ready: bool,
    camera_allowed: bool,
    named: Iterable[str] | None,
    passkey_ready: bool = False,
    adult_ready: bool = True,
    offered: Collection[IdentityMethod] = (),
    was_refused: bool = False,
) -> tuple[IdentityMethod, ...]:
    """Return the ways a learner may pick, all equal; empty when the policy asks for nothing (L0).

    ``face_ready``: legal basis, consent and approved sample are there. ``named``: ways of the support plan; the ones
    that are always open stay open beside them. ``offered``: ways of the policy, all when it names none. Once a person
    could not confirm who is there, an adult's word or a device alone is not enough: staff look, and coming in person is
    always open. ``passkey_ready``: a device was bound long enough ago. ``adult_ready``: there is a parent or tutor who could vouch; where
    nobody could, coming in person is open in the place of that, whatever the policy names.
    """
    if level <= 0:
        return ()
    order = (
        IdentityMethod.KNOWN_TEACHER,
        IdentityMethod.FACE,
        IdentityMethod.PASSKEY,
        IdentityMethod.PASSKEY_AND_TALK,
        IdentityMethod.CODE_AND_ADULT,
        IdentityMethod.DOCUMENT_VIDEO,
        IdentityMethod.IN_PERSON,
    )
    wanted = None if named is None else {*named}
    shut = {method for method in order if offered and method not in offered}
    if not adult_ready:
        shut |= {IdentityMethod.CODE_AND_ADULT}
    if not set(ALWAYS_OPEN) - shut:  # whatever was written down: a way without a camera and speech is there
        shut -= {IdentityMethod.IN_PERSON}
    shut |= {method for method in order if LEVEL_OF[method] < min(level, 2)}
    if was_refused:
        shut = (shut | {IdentityMethod.CODE_AND_ADULT, IdentityMethod.PASSKEY}) - {IdentityMethod.IN_PERSON}
    return tuple(
        method
        for method in order
        if method not in shut
        and (
            method in ALWAYS_OPEN
            or (
                (face_ready or method is not IdentityMethod.FACE)
                and (passkey_ready or method not in PASSKEY_METHODS)
                and (camera_allowed or method not in CAMERA_METHODS)
                and (wanted is None or method.value in wanted)
            )
        )
    )


def is_call_address(url: str) -> bool:
    """Tell whether a text is the address of a call that a student may be sent to: https, a host, and no name before the host.

    With a name before it (``https://school.example@elsewhere``) an address looks like one host and leads to another.
    """
    try:
        where = urlsplit(url)
        host = where.hostname
    except ValueError:
        return False
    is_plain = url.isprintable() and not set(url) & set(" \"'<>\\")
    return where.scheme == "https" and bool(host) and where.username is None and is_plain


def state_after_face(outcome: str, tries: int, most_tries: int) -> CheckState:
    """Return where a face check goes: a match waits for a person; otherwise another try, in the end a person."""
    if outcome == "match" or tries >= most_tries:
        return CheckState.HUMAN_CHECK
    return CheckState.UNCERTAIN


def policy_from(wanted: Mapping[str, Any], default: SupervisionPolicy) -> SupervisionPolicy:
    """Return the policy written in a blueprint over the organisation's default; nonsense is replaced by the default."""
    level = wanted.get("level", default.level)
    cadence = wanted.get("cadence_s", default.cadence_s)
    watching = str(wanted.get("monitoring", default.monitoring.value))
    return SupervisionPolicy(
        level=level if isinstance(level, int) and 0 <= level <= 3 else default.level,
        monitoring=Monitoring(watching) if watching in {m.value for m in Monitoring} else default.monitoring,
        cadence_s=int(cadence)
        if isinstance(cadence, int | float) and 1 <= cadence <= 600
        else default.cadence_s,
        methods=default.methods,
        needs_seb=bool(wanted.get("needs_seb", default.needs_seb)),
    )
