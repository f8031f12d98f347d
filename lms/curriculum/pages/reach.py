"""Say for which organisations the reader reads and writes curricula and frameworks."""

from __future__ import annotations

from uuid import UUID

from lms.core.errors import NotFound
from lms.core.web import current_actor, read_session, runtime
from lms.people.queries import organisation_names

__all__ = ["may", "org_options", "orgs_where", "own_orgs", "typed_org"]


def own_orgs() -> set[UUID]:
    """Return the organisations in which the reader holds a role."""
    return {role.org_id for role in current_actor().roles}


def may(action: str, org_id: UUID | None) -> bool:
    """Tell whether the reader may do ``action`` there; what all schools share is changed by nobody in a browser."""
    return org_id is not None and runtime().policy.can(read_session(), current_actor(), action, org_id)


def orgs_where(action: str) -> set[UUID]:
    """Return the organisations in which the reader may do ``action``."""
    return {org_id for org_id in own_orgs() if may(action, org_id)}


def typed_org(org_id: UUID | None, action: str = "curriculum.manage") -> UUID:
    """Return the organisation that was chosen, or the only one there is; raise NotFound ``auth.out_of_reach``."""
    mine = orgs_where(action)
    if not mine or (org_id is not None and org_id not in mine):
        raise NotFound("auth.out_of_reach")
    return org_id or min(mine)


def org_options() -> list[tuple[UUID, str]]:
    """Return the organisations in which the reader writes, with their names; a form asks only when there are several."""
    return list(organisation_names(read_session(), orgs_where("curriculum.manage")).items())
