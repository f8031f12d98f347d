"""Say who acts."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

__all__ = ["ANONYMOUS", "SYSTEM", "Actor", "RoleGrant"]


@dataclass(frozen=True, slots=True)
class RoleGrant:
    """One role in one organisation, valid now."""

    kind: str
    org_id: UUID


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a signed-in person, nobody, or the system itself (a job, a handler, the command line)."""

    kind: str
    person_id: UUID | None = None
    account_id: UUID | None = None
    roles: frozenset[RoleGrant] = field(default_factory=frozenset)
    display_name: str = ""
    on_behalf_of: UUID | None = None

    @property
    def is_authenticated(self) -> bool:
        """Tell whether a person is signed in."""
        return self.kind == "person"

    @property
    def is_system(self) -> bool:
        """Tell whether the system acts by itself."""
        return self.kind == "system"

    @property
    def label(self) -> str:
        """Return the pseudonymous label that ledgers and logs carry."""
        return f"person:{self.person_id}" if self.person_id else self.kind

    def has_role(self, *kinds: str, org_id: UUID | None = None) -> bool:
        """Tell whether the actor holds one of ``kinds`` (in ``org_id`` when given)."""
        return any(r.kind in kinds and (org_id is None or r.org_id == org_id) for r in self.roles)

    def orgs_as(self, *kinds: str) -> set[UUID]:
        """Return the organisations in which the actor holds one of ``kinds``."""
        return {r.org_id for r in self.roles if r.kind in kinds}


ANONYMOUS = Actor("anonymous")
SYSTEM = Actor("system", display_name="system")
