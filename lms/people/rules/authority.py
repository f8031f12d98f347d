"""Say who may give which role, and who may look after whose account."""

from __future__ import annotations

from collections.abc import Collection

from lms.people.types import RoleKind

__all__ = ["GIVEN_OTHERWISE", "OFFICES", "grantable", "may_grant", "may_manage", "rank"]

#: Roles that nobody gives by hand: an admission makes a student, a recorded guardianship a guardian.
GIVEN_OTHERWISE = frozenset({RoleKind.STUDENT, RoleKind.GUARDIAN})

#: The offices that look after people, and how high each stands.
OFFICES = {RoleKind.DIRECTOR: 3, RoleKind.DEPUTY_HEAD: 2, RoleKind.REGISTRAR: 1}

#: How high an office must stand to give a role; those who decide about people are named by the head.
_NEEDED = {
    RoleKind.DIRECTOR: 3,
    RoleKind.DEPUTY_HEAD: 2,
    RoleKind.TECHNICAL_ADMIN: 2,
    RoleKind.COMMISSION_CHAIR: 2,
    RoleKind.COMMISSION_MEMBER: 2,
    RoleKind.REVIEWER: 2,
    RoleKind.SPECIALIST: 2,
}


def rank(kinds: Collection[RoleKind]) -> int:
    """Return how high somebody's office stands: 3 director, 2 deputy head, 1 office, 0 none."""
    return max((OFFICES.get(kind, 0) for kind in kinds), default=0)


def needed(kind: RoleKind) -> int:
    """Return how high an office must stand to give or end a role."""
    return _NEEDED.get(kind, 1)


def may_grant(own: Collection[RoleKind], kind: RoleKind, *, to_self: bool = False) -> bool:
    """Tell whether whoever holds ``own`` may give or end the role ``kind``.

    Nobody gives a role above their own, and nobody but a director gives a role to themselves.
    """
    if kind in GIVEN_OTHERWISE or (to_self and RoleKind.DIRECTOR not in own):
        return False
    return rank(own) >= needed(kind)


def grantable(own: Collection[RoleKind]) -> list[RoleKind]:
    """Return the roles that whoever holds ``own`` may give to somebody else."""
    return [kind for kind in RoleKind if may_grant(own, kind)]


def may_manage(own: Collection[RoleKind], theirs: Collection[RoleKind]) -> bool:
    """Tell whether whoever holds ``own`` may invite, close or open the account of somebody who holds ``theirs``.

    A new invitation opens the account: whoever could send one to somebody higher would become that somebody.
    """
    return 1 <= rank(own) >= max((needed(kind) for kind in theirs if kind not in GIVEN_OTHERWISE), default=1)
