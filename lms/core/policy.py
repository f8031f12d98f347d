"""Decide who may do what: deny by default, by role first and by relation to the object second.

Each feature declares its `Action` objects in its wiring; a route names the action it needs (`lms.core.web.access`) and
a service asks again with the object in hand. An object out of reach looks like one that does not exist (404),
and the attempt is written into the access log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from lms.core.actor import Actor
from lms.core.errors import AuditNote, Forbidden, NotAuthenticated, NotFound

__all__ = ["ANYONE", "SIGNED_IN", "Action", "Policy"]

#: Role sets with a special meaning.
ANYONE = frozenset({"*"})
SIGNED_IN = frozenset({"signed-in"})

Relation = Callable[[Session, Actor, Any], bool]


@dataclass(frozen=True, slots=True)
class Action:
    """One thing people can do: its code, the roles that may, and the relation to the object that is needed.

    ``relation(session, actor, obj)`` gets the object that the service passes to `Policy.require`; None means that
    the role is enough.
    """

    code: str
    roles: frozenset[str]
    doc: str
    relation: Relation | None = None


class Policy:
    """All actions of the installed features."""

    def __init__(self, actions: Iterable[Action]) -> None:
        """Collect ``actions``; a code declared twice is a mistake."""
        self._actions: dict[str, Action] = {}
        for action in actions:
            if action.code in self._actions:
                raise ValueError(f"action declared twice: {action.code}")
            self._actions[action.code] = action

    def action(self, code: str) -> Action:
        """Return the action called ``code``; a misspelt code is a KeyError, never a permission."""
        return self._actions[code]

    def __iter__(self) -> Any:
        """Walk the actions by code."""
        return iter(sorted(self._actions.values(), key=lambda action: action.code))

    def allows_role(self, actor: Actor, code: str) -> bool:
        """Tell whether the actor's roles alone permit the action (its object not yet looked at)."""
        action = self._actions[code]
        if actor.is_system or action.roles == ANYONE:
            return True
        if action.roles == SIGNED_IN:
            return actor.is_authenticated
        return any(actor.has_role(role) for role in action.roles)

    def can(self, session: Session, actor: Actor, code: str, obj: Any = None) -> bool:
        """Tell whether the actor may do ``code`` with ``obj``."""
        if not self.allows_role(actor, code):
            return False
        relation = self._actions[code].relation
        return relation is None or obj is None or actor.is_system or relation(session, actor, obj)

    def require_role(self, actor: Actor, code: str) -> None:
        """Raise NotAuthenticated or Forbidden when the actor's roles do not permit the action."""
        if self.allows_role(actor, code):
            return
        if not actor.is_authenticated:
            raise NotAuthenticated("auth.sign_in")
        raise Forbidden("auth.not_your_role", audit=AuditNote(code, "action", None))

    def require(self, session: Session, actor: Actor, code: str, obj: Any = None) -> None:
        """Raise unless the actor may do ``code`` with ``obj``; out of reach = NotFound, audited."""
        self.require_role(actor, code)
        relation = self._actions[code].relation
        if relation is None or obj is None or actor.is_system or relation(session, actor, obj):
            return
        identifier = getattr(obj, "id", obj if isinstance(obj, UUID) else None)
        person_id = getattr(obj, "person_id", obj if isinstance(obj, UUID) else None)
        raise NotFound("auth.out_of_reach", audit=AuditNote(code, type(obj).__name__, identifier, person_id))
