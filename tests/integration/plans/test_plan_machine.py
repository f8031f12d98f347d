"""Whatever people do with a plan and in whatever order, its versions keep the rules (P1–P5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from lms.core.actor import SYSTEM
from lms.core.clock import FixedClock
from lms.core.contracts import BasisRef
from lms.core.errors import LmsError
from lms.core.uow import UnitOfWork
from lms.plans import service
from lms.plans.models import BasisFact, Plan, PlanVersion
from lms.plans.plan_reading import check_version, plan_head, sheet_of_version, signatures_of
from lms.plans.queries import plans as queries
from lms.plans.rules.plan_signatures import unsigned_keys
from lms.plans.types import ApprovalRole, BasisState, ItemState, PlanState
from tests.integration.plans.conftest import Plans

S = PlanState
#: Every way in which the state of a version may change.
WAYS = {
    (None, S.DRAFT),
    (None, S.VARIANT),
    (S.DRAFT, S.SUBMITTED),
    (S.DRAFT, S.CANCELLED),
    (S.DRAFT, S.VARIANT),
    (S.VARIANT, S.DRAFT),
    (S.VARIANT, S.CANCELLED),
    (S.SUBMITTED, S.RETURNED),
    (S.SUBMITTED, S.APPROVED),
    (S.SUBMITTED, S.ACTIVE),
    (S.APPROVED, S.ACTIVE),
    (S.APPROVED, S.RETURNED),
    (S.RETURNED, S.CANCELLED),
    (S.ACTIVE, S.SUPERSEDED),
    (S.ACTIVE, S.COMPLETED),
}
WRITTEN = {S.DRAFT, S.VARIANT}
PICK = st.integers(0, 40)


@dataclass(frozen=True)
class Seen:
    """What can be seen of a version."""

    state: PlanState
    hashes: tuple[tuple[str, str], ...]
    signed: frozenset[tuple[Any, ...]]


class PlanMachine(RuleBasedStateMachine):
    """Everybody who may do something with one student's plan does it at random moments."""

    plans: ClassVar[Plans]
    clock: ClassVar[FixedClock]

    def __init__(self) -> None:
        super().__init__()
        with self.plans.runtime.unit_of_work(SYSTEM) as uow:  # an earlier run's plan is out of the way
            uow.session.execute(sa.update(PlanVersion).values(state=PlanState.CANCELLED))
        self.receipt = self.plans.begun()
        self.before = self.seen()
        self.frozen: dict[UUID, tuple[tuple[str, str], ...]] = {}

    # --- looking ------------------------------------------------------------------------------------------------

    def seen(self) -> dict[UUID, Seen]:
        with self.plans.runtime.read() as session:
            rows = session.scalars(
                sa.select(PlanVersion).where(PlanVersion.plan_id == self.receipt.plan_id)
            ).all()
            return {
                row.id: Seen(
                    row.state,
                    tuple(sorted((item.stable_key, item.content_hash) for item in row.items)),
                    frozenset((s.role, s.item_key, s.signed_hash) for s in signatures_of(session, row.id)),
                )
                for row in rows
            }

    def version(self, pick: int) -> UUID:
        ids = sorted(self.before)
        return ids[pick % len(ids)]

    def newest(self, *states: PlanState) -> UUID:
        """Return the newest version in one of the states, or any other where there is none."""
        found = [key for key, row in sorted(self.before.items()) if row.state in states]
        return found[-1] if found else max(self.before)

    def act(self, login: str, do: Callable[[UnitOfWork], object]) -> None:
        """Do one thing; refused, it must have changed nothing."""
        try:
            with self.plans.uow(login) as uow:
                do(uow)
        except LmsError:
            assert self.seen() == self.before
            return
        after = self.seen()
        for key, row in after.items():
            was = self.before[key].state if key in self.before else None
            assert was is row.state or (was, row.state) in WAYS, (was, row.state)
        self.before = after

    @initialize(stage=st.sampled_from([2, 2, 4, 1, 0]))
    def come_so_far(self, stage: int) -> None:
        """Begin in a draft, with a version that is being signed, or with a plan in force."""
        for _ in range(stage):
            self.go_on()

    # --- acting -------------------------------------------------------------------------------------------------

    @rule(pick=PICK, note=st.sampled_from(["", "one", "two"]))
    def edit(self, pick: int, note: str) -> None:
        version_id = self.newest(S.DRAFT) if pick % 3 else self.version(pick)
        with self.plans.runtime.read() as session:
            items = queries.plan_view(session, version_id).items
        item = items[pick % len(items)]
        content = replace(item.content, note=note)
        self.act(
            "kim",
            lambda uow: service.edit_item(
                uow, version_id=version_id, stable_key=item.stable_key, content=content
            ),
        )

    @rule(pick=PICK)
    def take_out_or_bring_back(self, pick: int) -> None:
        version_id = self.newest(S.DRAFT)
        keys = [key for key, _digest in self.before[version_id].hashes]
        key = keys[pick % len(keys)]
        self.act("kim", lambda uow: service.remove_item(uow, version_id=version_id, stable_key=key))
        if pick % 2:
            self.act("kim", lambda uow: service.restore_item(uow, version_id=version_id, stable_key=key))

    @rule()
    def go_on(self) -> None:
        """Do what comes next: begin, submit, sign, approve."""
        states = {row.state: key for key, row in sorted(self.before.items())}
        if S.DRAFT in states:
            self.edit(1, f"changed {len(self.before)}")
            self.submit()
        elif S.SUBMITTED in states:
            self.sign(1, "anna")
            self.order(later=False)
        else:
            self.begin()

    @rule()
    def go_on_twice(self) -> None:
        """Do the next two things."""
        self.go_on()
        self.go_on()

    @rule()
    def submit(self) -> None:
        version_id = self.newest(S.DRAFT)
        self.act("kim", lambda uow: service.submit_version(uow, version_id=version_id))

    @rule(pick=PICK, login=st.sampled_from(["anna", "anna", "anna", "sonya", "irina"]))
    def sign(self, pick: int, login: str) -> None:
        version_id = self.newest(S.SUBMITTED)
        keys = None if pick % 2 else [key for key, _digest in self.before[version_id].hashes[: pick % 5]]
        self.act(login, lambda uow: service.approve(uow, version_id=version_id, item_keys=keys))

    @rule(later=st.booleans())
    def order(self, later: bool) -> None:
        version_id = self.newest(S.SUBMITTED)
        today = self.clock.now().date()
        begins = today + timedelta(days=5) if later else None
        self.act(
            "gromova",
            lambda uow: service.approve_by_order(
                uow, version_id=version_id, order_no="7", order_date=today, effective_from=begins
            ),
        )

    @rule(login=st.sampled_from(["anna", "gromova", "kim"]))
    def send_back(self, login: str) -> None:
        version_id = self.newest(S.SUBMITTED)
        self.act(login, lambda uow: service.return_version(uow, version_id=version_id, reason="No."))

    @rule(login=st.sampled_from(["gromova", "kim"]))
    def take_back(self, login: str) -> None:
        version_id = self.newest(S.SUBMITTED, S.APPROVED)
        self.act(login, lambda uow: service.withdraw_version(uow, version_id=version_id, reason="Back."))

    @rule()
    def begin(self) -> None:
        plan_id = self.receipt.plan_id
        self.act("kim", lambda uow: service.begin_version(uow, plan_id=plan_id, reason="Next."))

    @rule(pick=PICK)
    def copy(self, pick: int) -> None:
        version_id = self.version(pick)
        self.act("kim", lambda uow: service.copy_version(uow, version_id=version_id, reason="Try."))

    @rule()
    def adopt(self) -> None:
        version_id = self.newest(S.VARIANT)
        self.act("kim", lambda uow: service.adopt_variant(uow, version_id=version_id))

    @rule(pick=PICK)
    def discard(self, pick: int) -> None:
        version_id = self.version(pick)
        self.act("kim", lambda uow: service.discard_draft(uow, version_id=version_id))

    @rule(days=st.sampled_from([1, 6, 31]))
    def time_passes(self, days: int) -> None:
        self.clock.advance(timedelta(days=days))
        with self.plans.runtime.unit_of_work(SYSTEM) as uow:
            service.activate_due(uow)
            service.expire_unsigned(uow)
        after = self.seen()
        for key, row in after.items():
            was = self.before[key].state
            assert was is row.state or (was, row.state) in WAYS, (was, row.state)
        self.before = after

    @rule(pick=PICK, fate=st.sampled_from(["waive", "suspend", "reinstate", "revoke"]))
    def facts_come_and_go(self, pick: int, fate: str) -> None:
        plan_id, active = self.receipt.plan_id, self.newest(S.ACTIVE)
        key = self.before[active].hashes[pick % len(self.before[active].hashes)][0]
        if fate == "waive":
            self.act(
                "gromova",
                lambda uow: service.waive_item(uow, plan_id=plan_id, stable_key=key, reason="Free."),
            )
            return
        with self.plans.runtime.unit_of_work(SYSTEM) as uow:
            facts = uow.session.scalars(sa.select(BasisFact).where(BasisFact.plan_id == plan_id)).all()
            for fact in facts[:1]:
                ref = BasisRef(fact.ref_kind, fact.ref_id)
                getattr(service, f"{fate}_basis")(uow, ref, "Looked into.")

    # --- what always holds --------------------------------------------------------------------------------------

    @invariant()
    def one_is_in_force_and_one_on_its_way(self) -> None:
        states = [row.state for row in self.before.values()]
        assert states.count(S.ACTIVE) <= 1
        assert sum(state in {S.DRAFT, S.SUBMITTED, S.APPROVED} for state in states) <= 1

    @invariant()
    def what_was_submitted_never_changes(self) -> None:
        for key, row in self.before.items():
            if row.state not in WRITTEN and row.state is not S.CANCELLED:
                assert self.frozen.setdefault(key, row.hashes) == row.hashes

    @invariant()
    def what_is_submitted_passes_the_checks_and_what_is_ordered_is_signed(self) -> None:
        with self.plans.runtime.read() as session:
            plan: Plan = plan_head(session, self.receipt.plan_id)
            for key, row in self.before.items():
                if row.state not in {S.SUBMITTED, S.APPROVED, S.ACTIVE}:
                    continue
                version = session.get_one(PlanVersion, key)
                assert not any(finding.is_blocking for finding in check_version(session, plan, version))
                if row.state is not S.SUBMITTED:
                    sheet, signed = sheet_of_version(session, key), signatures_of(session, key)
                    for role in (ApprovalRole.GUARDIAN, ApprovalRole.DIRECTOR):
                        assert unsigned_keys(sheet, signed, role) == []

    @invariant()
    def an_item_is_achieved_exactly_while_a_fact_carries_it(self) -> None:
        active = [key for key, row in self.before.items() if row.state is S.ACTIVE]
        with self.plans.runtime.read() as session:
            for key in active:
                for item in queries.plan_view(session, key).items:
                    stands = any(fact.state is BasisState.ACTIVE for fact in item.facts)
                    assert (item.state is ItemState.ACHIEVED) is stands


@pytest.fixture
def engine_url(sqlite_url: str) -> str:
    """Return SQLite: the rules are the service's; the database's own guard is tested on both engines elsewhere."""
    return sqlite_url


def test_versions_keep_the_rules_whatever_people_do(plans: Plans, clock: FixedClock) -> None:
    PlanMachine.plans, PlanMachine.clock = plans, clock
    run_state_machine_as_test(
        PlanMachine,
        settings=settings(
            max_examples=8, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
