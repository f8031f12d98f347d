"""Keep the summaries of plans in force up to date: from facts, set by set, as often as one likes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from lms.core.actor import SYSTEM
from lms.core.runtime import Runtime
from lms.core.uow import UnitOfWork
from lms.plans.plan_models import PlanSummary
from lms.plans.plan_reading import local_day
from lms.plans.queries.summaries import KeptSummary, active_plans, derive_summaries, kept_summaries

__all__ = ["Recount", "recompute_all", "recompute_summaries"]

#: So many plans are taken at once: one transaction each, so that nobody waits long for the database.
BATCH = 500


@dataclass(frozen=True, slots=True)
class Recount:
    """How many plans were counted and how many summaries were written; ``last`` is the plan to go on after."""

    seen: int = 0
    written: int = 0
    last: UUID | None = None


def recompute_summaries(
    uow: UnitOfWork, *, after: UUID | None = None, most: int = BATCH, org_id: UUID | None = None
) -> Recount:
    """Derive the summaries of the next plans in force from their facts, and write those that differ from what is kept.

    Running it twice writes nothing the second time. ``org_id`` asks for one school's plans only.
    """
    uow.require("plans.approve")
    plans = active_plans(uow.session, after=after, most=most, org_id=org_id)
    if not plans:
        return Recount()
    derived = derive_summaries(uow.session, plans, local_day(uow.runtime))
    kept = kept_summaries(uow.session, derived)
    new = [_row(value) for key, value in derived.items() if key not in kept]
    changed = [_row(value) for key, value in derived.items() if key in kept and kept[key] != value]
    if new:
        uow.session.execute(sa.insert(PlanSummary), new)
    if changed:
        uow.session.execute(sa.update(PlanSummary), changed)
    return Recount(len(plans), len(new) + len(changed), plans[-1].plan_id)


def _row(value: KeptSummary) -> dict[str, object]:
    counts = value.counts
    return {
        "plan_id": value.plan_id,
        "version_id": value.version_id,
        "as_of": value.as_of,
        "fact_count": value.fact_count,
        "facts_changed_at": value.facts_changed_at,
        "total": counts.total,
        "achieved": counts.achieved,
        "debts": counts.debts,
        "suspended": counts.suspended,
        "late": counts.late,
    }


def recompute_all(runtime: Runtime, tell: Callable[[Recount], None] | None = None) -> Recount:
    """Derive the summaries of all plans in force, batch by batch; ``tell`` hears after each how far it has come."""
    done = Recount()
    while True:
        with runtime.unit_of_work(SYSTEM) as uow:
            step = recompute_summaries(uow, after=done.last)
        if not step.seen:
            return done
        done = Recount(done.seen + step.seen, done.written + step.written, step.last)
        if tell is not None:
            tell(done)
