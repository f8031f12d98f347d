"""Do one thing for many plans without a page waiting for it: plan by plan, from where a killed worker stopped."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from lms.core.errors import Conflict, InvalidInput, LmsError, NotFound
from lms.core.uow import UnitOfWork
from lms.plans.plan_models import PlanBulk, PlanBulkRow
from lms.plans.queries.bulk import drafts_of_template, plans_of_template
from lms.plans.queries.summaries import count_active
from lms.plans.service.plans.bulk import apply_template
from lms.plans.service.plans.summaries import recompute_summaries
from lms.plans.service.plans.templates import open_template
from lms.plans.types.plans import BulkKind, BulkState, BulkStatus

__all__ = [
    "SILENT_S",
    "begin_bulk",
    "begin_drafts",
    "begin_recount",
    "bulk_step",
    "claim_bulk",
    "fail_bulk",
    "is_overdue",
]

#: A worker that has shown nothing for so long is taken to have died.
SILENT_S = 60
#: So often a worker begins without going through one more plan, then the work has failed.
TRIES = 3
#: So many plans are counted in one transaction.
COUNTED = 200
_OPEN = (BulkState.WAITING, BulkState.RUNNING)


@dataclass(frozen=True, slots=True)
class BulkClaim:
    """Work taken by a worker: whose rights it has."""

    id: UUID
    asked_by: UUID


def begin_bulk(
    uow: UnitOfWork, *, template_id: UUID, template_revision: int, plan_ids: Collection[UUID], reason: str
) -> UUID:
    """Ask for what changed in a template to be taken over into plans, and return the id of that work.

    Raises InvalidInput ``plans.needs_plans`` and ``plans.needs_reason``, Conflict ``plans.template_changed`` when the
    template is not the one that was looked at, ``plans.bulk_running`` when the same is being done already.
    """
    template = open_template(uow, template_id)
    if template.revision != template_revision:
        raise Conflict("plans.template_changed")
    chosen = [key for key in plans_of_template(uow.session, template_id) if key in set(plan_ids)]
    if not chosen:
        raise InvalidInput("plans.check_item", fields={"plan_ids": ["plans.needs_plans"]})
    if not reason.strip():
        raise InvalidInput("plans.check_item", fields={"reason": ["plans.needs_reason"]})
    bulk = _begin(uow, template.org_id, BulkKind.TEMPLATE, len(chosen), template_id)
    bulk.template_revision, bulk.reason = template_revision, reason.strip()
    _choose(uow, bulk, chosen)
    return bulk.id


def begin_drafts(uow: UnitOfWork, *, template_id: UUID) -> UUID:
    """Ask for every draft made from a template to be brought up to date with it, and return the id of that work.

    Raises Conflict ``plans.no_drafts``, ``plans.bulk_running``.
    """
    template = open_template(uow, template_id)
    drafts = drafts_of_template(uow.session, template_id)
    if not drafts:
        raise Conflict("plans.no_drafts")
    bulk = _begin(uow, template.org_id, BulkKind.DRAFTS, len(drafts), template_id)
    bulk.template_revision = template.revision
    _choose(uow, bulk, drafts)
    return bulk.id


def _choose(uow: UnitOfWork, bulk: PlanBulk, plan_ids: Sequence[UUID]) -> None:
    """Write down which plans are gone through, and in which order."""
    rows = [
        {"bulk_id": bulk.id, "number": number, "plan_id": key, "status": BulkStatus.WAITING, "code": ""}
        for number, key in enumerate(plan_ids, start=1)
    ]
    uow.session.execute(sa.insert(PlanBulkRow), rows)


def begin_recount(uow: UnitOfWork, *, org_id: UUID) -> UUID:
    """Ask for a new count of how all plans in force of a school stand, and return the id of that work.

    Raises Conflict ``plans.bulk_running``.
    """
    uow.require("plans.templates", org_id)
    return _begin(uow, org_id, BulkKind.RECOUNT, count_active(uow.session, org_id), None).id


def _begin(uow: UnitOfWork, org_id: UUID, kind: BulkKind, total: int, template_id: UUID | None) -> PlanBulk:
    uow.lock("organisation", org_id)
    running = sa.select(PlanBulk.id).where(
        PlanBulk.org_id == org_id,
        PlanBulk.template_id.is_not_distinct_from(template_id),
        PlanBulk.state.in_(_OPEN),
    )
    if uow.session.scalar(running.limit(1)) is not None:
        raise Conflict("plans.bulk_running")
    assert uow.actor.person_id is not None
    bulk = PlanBulk(
        org_id=org_id,
        kind=kind,
        template_id=template_id,
        state=BulkState.WAITING,
        total=total,
        created_by=uow.actor.person_id,
        created_at=uow.now(),
        touched_at=uow.now(),
    )
    uow.session.add(bulk)
    uow.session.flush()
    uow.enqueue("plans.bulk", bulk_id=str(bulk.id))
    return bulk


def is_overdue(now: datetime) -> sa.ColumnElement[bool]:
    """Return the condition that nothing has been heard of open work for too long."""
    return sa.and_(PlanBulk.state.in_(_OPEN), PlanBulk.touched_at <= now - timedelta(seconds=SILENT_S))


def claim_bulk(uow: UnitOfWork, bulk_id: UUID) -> BulkClaim | None:
    """Take work for this worker (the system only); return None when another one has it or it is over.

    Work that three workers began, and none went on with, ends here as failed.
    """
    uow.require("plans.approve")
    taken = uow.session.execute(
        sa.update(PlanBulk)
        .where(
            PlanBulk.id == bulk_id,
            sa.or_(PlanBulk.state == BulkState.WAITING, is_overdue(uow.now())),
        )
        .values(state=BulkState.RUNNING, touched_at=uow.now(), tries=PlanBulk.tries + 1)
        .returning(PlanBulk.created_by, PlanBulk.tries)
    ).first()
    if taken is None:
        return None
    if taken.tries > TRIES:
        fail_bulk(uow, bulk_id, "plans.bulk_gave_up")
        return None
    return BulkClaim(bulk_id, taken.created_by)


def fail_bulk(uow: UnitOfWork, bulk_id: UUID, code: str) -> None:
    """End work as failed, with the reason (the system only); what is done stays done."""
    uow.require("plans.approve")
    bulk = uow.session.get_one(PlanBulk, bulk_id, populate_existing=True)
    bulk.state, bulk.code, bulk.touched_at = BulkState.FAILED, code, uow.now()


def bulk_step(uow: UnitOfWork, bulk_id: UUID) -> bool:
    """Go through the next plan (a count: the next few hundred) and tell whether there is more.

    What became of a plan is written in the transaction that changes it, so nothing is done twice. Raises Conflict
    ``plans.bulk_elsewhere`` when another worker has taken it over.
    """
    bulk = uow.session.get(PlanBulk, bulk_id, with_for_update=True)
    if bulk is None:
        uow.require("plans.templates")
        raise NotFound("plans.no_bulk")
    uow.require("plans.templates", bulk.org_id)
    if bulk.state is not BulkState.RUNNING:
        raise Conflict("plans.bulk_elsewhere")
    has_more = _count_next(uow, bulk) if bulk.kind is BulkKind.RECOUNT else _apply_next(uow, bulk)
    bulk.tries, bulk.touched_at = 0, uow.now()
    if not has_more:
        bulk.state = BulkState.DONE
    return has_more


def _count_next(uow: UnitOfWork, bulk: PlanBulk) -> bool:
    step = recompute_summaries(uow, after=bulk.last_plan_id, most=COUNTED, org_id=bulk.org_id)
    bulk.done += step.seen
    bulk.changed += step.written
    bulk.total = max(bulk.total, bulk.done)
    bulk.last_plan_id = step.last or bulk.last_plan_id
    return step.seen == COUNTED


def _apply_next(uow: UnitOfWork, bulk: PlanBulk) -> bool:
    row = uow.session.get_one(PlanBulkRow, (bulk.id, bulk.done + 1))
    assert bulk.template_id is not None
    assert bulk.template_revision is not None
    try:
        with uow.session.begin_nested():
            made = apply_template(
                uow,
                plan_id=row.plan_id,
                template_revision=bulk.template_revision,
                reason=bulk.reason,
                drafts_only=bulk.kind is BulkKind.DRAFTS,
            )
    except LmsError as error:  # one plan that cannot be changed now does not stop the others
        row.status, row.code = BulkStatus.LEFT, error.code
    else:
        row.status = BulkStatus.UNCHANGED if made is None else BulkStatus.CHANGED
        row.version_id = None if made is None else made.version_id
        bulk.changed += made is not None
    bulk.done += 1
    return bulk.done < bulk.total
