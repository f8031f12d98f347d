"""Read which tools an organisation lets its courses open (LTI 1.3)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.courses.models import Tool, ToolVisit
from lms.courses.rules.lti import same_site

__all__ = ["tool_for", "tools_of", "visit_of"]


def tools_of(session: Session, org_ids: Sequence[UUID]) -> list[Tool]:
    """Return the tools of organisations, those that are closed last."""
    found = sa.select(Tool).where(Tool.org_id.in_(org_ids))
    return sorted(session.scalars(found).all(), key=lambda tool: (tool.closed_at is not None, tool.name))


def tool_for(session: Session, org_id: UUID, address: str) -> Tool | None:
    """Return the tool of an organisation on whose site an address lies; None when none is registered or it was closed."""
    found = sa.select(Tool).where(Tool.org_id == org_id, Tool.closed_at.is_(None)).order_by(Tool.created_at)
    return next((tool for tool in session.scalars(found) if same_site(address, tool.address)), None)


def visit_of(session: Session, block_id: UUID, subject: str) -> ToolVisit | None:
    """Return the visit of a learner whom a tool knows by ``subject``."""
    found = sa.select(ToolVisit).where(ToolVisit.block_id == block_id, ToolVisit.subject == subject)
    return session.scalar(found)
