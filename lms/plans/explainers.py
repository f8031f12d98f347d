"""Answer "why" for items of a plan and the facts that they rest on."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from lms.core.contracts import BasisRef, ExplainStep
from lms.plans.models import Plan, PlanItem, PlanVersion
from lms.plans.plan_reading import content_of
from lms.plans.queries.plans import basis_view, plan_view
from lms.plans.types.plans import BasisState, PlanState
from lms.plans.words import basis_word, delivery_word, state_word

__all__ = ["PlanExplainer"]


class PlanExplainer:
    """Explain plan items (by the id of their row), basis facts and versions."""

    name = "plans"
    kinds: tuple[str, ...] = ("plans.plan_item", "plans.basis", "plans.version")

    def explain(self, session: Session, ref: BasisRef) -> ExplainStep | None:
        """Return the step for ``ref`` in the reader's language, or None when it does not exist."""
        if ref.kind == "plans.plan_item":
            return _explain_item(session, ref)
        return _explain_basis(session, ref) if ref.kind == "plans.basis" else _explain_version(session, ref)


def _explain_item(session: Session, ref: BasisRef) -> ExplainStep | None:
    row = session.get(PlanItem, ref.id)
    if row is None:
        return None
    plan = plan_view(session, row.version_id)
    item = plan.item(row.stable_key)
    facts = tuple(BasisRef("plans.basis", fact.id) for fact in item.facts)
    return ExplainStep(
        ref=ref,
        title=item.title,
        subject_id=plan.person_id,
        detail=_(
            "%(state)s. %(delivery)s.", state=state_word(item.status), delivery=delivery_word(item.delivery)
        ),
        state=item.state.value,
        rests_on=(*facts, BasisRef("plans.version", row.version_id)),
        url=f"/plans/{item.plan_id}#{item.stable_key}",
    )


def _explain_basis(session: Session, ref: BasisRef) -> ExplainStep | None:
    fact = basis_view(session, ref.id)
    if fact is None:
        return None
    item = session.scalar(
        sa.select(PlanItem)
        .join(PlanVersion, PlanVersion.id == PlanItem.version_id)
        .where(PlanVersion.plan_id == fact.plan_id, PlanItem.stable_key == fact.stable_key)
        .order_by(PlanVersion.no.desc())
        .limit(1)
    )
    title = content_of(item).title if item is not None else ""
    detail = fact.reason if fact.state is not BasisState.ACTIVE else (fact.note or fact.mark)
    return ExplainStep(
        ref=ref,
        title=_("%(item)s: %(basis)s", item=title, basis=basis_word(fact)),
        subject_id=fact.person_id,
        detail=detail,
        at=fact.recorded_at,
        actor_id=fact.recorded_by,
        state="valid" if fact.state is BasisState.ACTIVE else fact.state.value,
        rests_on=(fact.ref,),
        url=f"/plans/{fact.plan_id}#{fact.stable_key}",
    )


def _explain_version(session: Session, ref: BasisRef) -> ExplainStep | None:
    row = session.get(PlanVersion, ref.id)
    if row is None:
        return None
    in_force = row.state in {PlanState.ACTIVE, PlanState.SUPERSEDED, PlanState.COMPLETED}
    detail = _("Order No. %(number)s", number=row.order_no) if row.order_no else ""
    return ExplainStep(
        ref=ref,
        title=_("Individual study plan, version %(number)s", number=row.no),
        subject_id=session.get_one(Plan, row.plan_id).person_id,
        detail=detail,
        at=row.activated_at or row.submitted_at or row.created_at,
        actor_id=row.submitted_by,
        state="valid" if in_force else row.state.value,
        url=f"/plans/versions/{row.id}",
    )
