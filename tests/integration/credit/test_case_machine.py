"""Whatever family, office, commission and head try, in whatever order: a case only ever goes where it may go."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from tempfile import mkdtemp

import sqlalchemy as sa
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from lms.app import create_runtime, load_settings
from lms.core.clock import FixedClock
from lms.core.errors import Forbidden, LmsError, NotFound
from lms.core.uow import UnitOfWork
from lms.demo.cast import find_school
from lms.plans import service
from lms.plans.credit_models import CreditCase, CreditDecision, CreditDocument, CreditEffect, CreditVote
from lms.plans.plan_models import BasisFact
from lms.plans.rules.credit_states import TRANSITIONS
from lms.plans.types import BasisState, CaseState, EffectState, VoteChoice
from tests.fixtures.application import FAST_HASHES, SCHOOL_DAY
from tests.fixtures.credit_world import World

MEMBERS = ("sokolov", "dyatlov", "belova")
BEFORE_A_DECISION = {
    CaseState.SUBMITTED,
    CaseState.VERIFYING,
    CaseState.NEED_INFO,
    CaseState.MATCHED,
    CaseState.ASSESSMENT_REQUIRED,
    CaseState.IN_COMMISSION,
}


class Life(RuleBasedStateMachine):
    """One application of Sonya's family; acts that come too early or too late are refused and change nothing."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(mkdtemp())
        shutil.copytree(self.template, self.folder, dirs_exist_ok=True)
        named = {
            **FAST_HASHES,
            "LMS_DATA_DIR": str(self.folder / "data"),
            "LMS_DATABASE_URL": f"sqlite:///{self.folder / 'lms.db'}",
            "LMS_JOBS_URL": "memory://",
        }
        self.runtime = create_runtime(load_settings(named), clock=FixedClock(SCHOOL_DAY))
        school = find_school(self.runtime)
        assert school is not None
        self.world = World(self.runtime, school)

    def teardown(self) -> None:
        self.runtime.dispose()
        shutil.rmtree(self.folder)

    @property
    def row(self) -> CreditCase:
        with self.runtime.read() as session:
            return session.get_one(CreditCase, self.case_id)

    def attempt(self, login: str, act: Callable[[UnitOfWork], object]) -> str:
        """Do something; return the code of the refusal, after which the case is what it was."""
        before, code = self.row, ""
        try:
            with self.world.uow(login) as uow:
                act(uow)
        except LmsError as refused:
            code = refused.code
        after = self.row
        if code:
            assert (after.state, after.round) == (before.state, before.round), code
            return code
        steps = {target for (state, _), target in TRANSITIONS.items() if state is before.state}
        assert after.state in {before.state, before.state_before, *steps} or self.is_quick(before.state)
        return ""

    @staticmethod
    def is_quick(state: CaseState) -> bool:
        """Tell whether one use case takes two steps from there: taking up and asking, deciding and taking effect."""
        return state in {CaseState.SUBMITTED, CaseState.IN_COMMISSION}

    @initialize(stage=st.sampled_from(["applied", "referred", "granted", "refused"]))
    def apply(self, stage: str) -> None:
        self.case_id = self.world.applied()
        if stage == "applied":
            return
        self.world.referred(self.case_id)
        if stage != "referred":
            choice = VoteChoice.FOR if stage == "granted" else VoteChoice.AGAINST
            self.world.voted(self.case_id, *((login, choice) for login in MEMBERS))
            self.decide(is_granted=stage == "granted")

    @rule()
    def verify(self) -> None:
        if self.row.state in {CaseState.SUBMITTED, CaseState.VERIFYING}:
            self.world.verified(self.case_id)

    @rule()
    def ask(self) -> None:
        self.attempt("mironova", lambda uow: service.ask_family(uow, self.case_id, "What is it?"))

    @rule()
    def answer(self) -> None:
        self.attempt("anna", lambda uow: service.submit_case(uow, self.case_id))

    @rule()
    def compare(self) -> None:
        self.attempt("mironova", lambda uow: service.build_match_report(uow, self.case_id))

    @rule()
    def refer(self) -> None:
        self.attempt("mironova", lambda uow: service.refer_to_commission(uow, self.case_id))

    @rule(choice=st.sampled_from(VoteChoice), members=st.sets(st.sampled_from(MEMBERS), min_size=1))
    def vote(self, choice: VoteChoice, members: set[str]) -> None:
        for login in sorted(members):
            self.attempt(login, lambda uow: service.vote(uow, self.case_id, choice=choice, reason="So."))

    @rule(login=st.sampled_from(["anna", "sonya", "mironova"]))
    def vote_without_a_seat(self, login: str) -> None:
        try:
            with self.world.uow(login) as uow:
                service.vote(uow, self.case_id, choice=VoteChoice.FOR)
        except (NotFound, Forbidden):
            return
        raise AssertionError(f"{login} has voted")

    @rule(is_granted=st.booleans())
    def decides(self, is_granted: bool) -> None:
        self.decide(is_granted=is_granted)

    def decide(self, *, is_granted: bool) -> None:
        """Let the chair record a decision; a second one for the same votes is refused."""
        state = self.row.state
        why = {"reason": "Not enough.", "remedy": "A short attestation."}
        code = self.attempt(
            "belova", lambda uow: service.decide(uow, self.case_id, is_granted=is_granted, **why)
        )
        assert state is CaseState.IN_COMMISSION or code in {"credit.not_now", "auth.out_of_reach"}
        if not code:
            again = self.attempt("belova", lambda uow: service.decide(uow, self.case_id, is_granted=True))
            assert again == "credit.not_now"

    @rule()
    def withdraw(self) -> None:
        before, has_decision = self.row.state, self.decisions() > 0
        code = self.attempt("anna", lambda uow: service.withdraw_case(uow, self.case_id))
        assert (code == "") is (before in BEFORE_A_DECISION and not has_decision)

    @rule()
    def send(self) -> None:
        self.attempt("mironova", lambda uow: service.mark_sent(uow, self.case_id))

    @rule()
    def appeal(self) -> None:
        self.attempt("anna", lambda uow: service.file_appeal(uow, self.case_id, "We disagree."))

    @rule(is_upheld=st.booleans())
    def resolve(self, is_upheld: bool) -> None:
        self.attempt(
            "zimina",
            lambda uow: service.resolve_appeal(uow, self.case_id, is_upheld=is_upheld, answer="Looked at."),
        )

    @rule(ends=st.sampled_from([service.confirm_credit, service.revoke_credit]))
    def suspend_and_end(self, ends: Callable[..., object]) -> None:
        before = self.row.state
        code = self.attempt("gromova", lambda uow: service.suspend_credit(uow, self.case_id, "Doubts."))
        if not code:
            assert self.attempt("gromova", lambda uow: ends(uow, self.case_id, "Looked at.")) == ""
            assert self.row.state in {before, CaseState.REVOKED}

    def decisions(self) -> int:
        with self.runtime.read() as session:
            return len(session.scalars(sa.select(CreditDecision.id)).all())

    @invariant()
    def nothing_is_given_twice_or_without_a_ground(self) -> None:
        with self.runtime.read() as session:
            case = session.scalars(sa.select(CreditCase)).first()
            if case is None:
                return
            effects = session.scalars(sa.select(CreditEffect)).all()
            given = sum((one.hours for one in effects if one.state is EffectState.ACTIVE), Decimal(0))
            documents = session.scalars(sa.select(CreditDocument)).all()
            facts = session.scalars(sa.select(BasisFact).where(BasisFact.ref_id == case.id)).all()
            has_basis = any(fact.state is BasisState.ACTIVE for fact in facts)
            decisions = session.scalars(sa.select(CreditDecision)).all()
            votes = session.scalars(sa.select(CreditVote)).all()
        assert len({one.outcome_id for one in effects if one.state is EffectState.ACTIVE}) == len(
            [one for one in effects if one.state is EffectState.ACTIVE]
        )
        assert all(one.hours_drawn <= one.hours for one in documents)
        if case.state in {CaseState.WITHDRAWN, CaseState.REVOKED}:
            assert given == 0 and not has_basis
        assert has_basis is (given > 0)
        assert sum(one.superseded_at is None for one in decisions) <= 1
        assert len({(one.round, one.member_id) for one in votes}) == len(votes)


def test_a_case_lives_only_as_it_may(sqlite_world: Path) -> None:
    machine = type("LifeOfOne", (Life,), {"template": sqlite_world})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=8, stateful_step_count=10, deadline=None)
    )
