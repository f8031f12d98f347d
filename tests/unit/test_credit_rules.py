"""States of a case, results of others, votes."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from lms.core.errors import Conflict
from lms.plans.rules.conversion import ConversionRules, convert, mark_for, number_key, parse_amount
from lms.plans.rules.credit_states import ENDED, TRANSITIONS, Act, allowed, is_editable, next_state
from lms.plans.rules.voting import count_votes, quorum_of
from lms.plans.types.credit import CaseState, ResultScale, VoteChoice


@pytest.mark.parametrize(
    ("raw", "scale", "top", "share"),
    [
        ("86", ResultScale.POINTS, 100, "0.86"),
        ("86,5", ResultScale.POINTS, 100, "0.865"),
        ("86 из 100", ResultScale.POINTS, 100, "0.86"),
        ("43/50", ResultScale.POINTS, 50, "0.86"),
        ("86 %", ResultScale.PERCENT, None, "0.86"),
        ("4", ResultScale.FIVE, None, "0.7"),
        ("зачтено", ResultScale.PASS_FAIL, None, "1"),
        ("Не  зачтено", ResultScale.PASS_FAIL, None, "0"),
        ("Зачтено", ResultScale.POINTS, 100, "0.5"),
    ],
)
def test_results_are_read_as_people_write_them(
    raw: str, scale: ResultScale, top: int | None, share: str
) -> None:
    limit = None if top is None else Decimal(top)
    assert convert(raw, scale, limit, Decimal("0.5")).share == Decimal(share)


@pytest.mark.parametrize(
    ("raw", "scale", "top"),
    [
        ("отлично", ResultScale.POINTS, 100),
        ("101", ResultScale.POINTS, 100),
        ("-1", ResultScale.POINTS, 100),
        ("NaN", ResultScale.POINTS, 100),
        ("Infinity", ResultScale.POINTS, 100),
        ("50", ResultScale.POINTS, None),
        ("50", ResultScale.POINTS, 0),
        ("4.5", ResultScale.FIVE, None),
        ("7", ResultScale.FIVE, None),
        ("наверное", ResultScale.PASS_FAIL, None),
        ("٨٦", ResultScale.POINTS, 100),
    ],
)
def test_an_unreadable_result_is_not_enough_and_not_a_crash(
    raw: str, scale: ResultScale, top: int | None
) -> None:
    converted = convert(raw, scale, None if top is None else Decimal(top), Decimal(0))
    assert converted.share is None
    assert not converted.is_enough


@given(
    st.text(max_size=40), st.sampled_from(list(ResultScale)), st.none() | st.integers(0, 1000).map(Decimal)
)
def test_any_text_converts_to_a_share_or_to_nothing(
    raw: str, scale: ResultScale, top: Decimal | None
) -> None:
    share = convert(raw, scale, top, Decimal(0)).share
    assert share is None or 0 <= share <= 1
    amount = parse_amount(raw)
    assert amount is None or amount.is_finite()


def test_a_certificates_number_is_the_same_however_it_is_typed() -> None:
    assert number_key("М-2241") == number_key("m 2241") == number_key(" м2241 ")
    assert number_key("М-2241") != number_key("М-2242")
    assert number_key(" - ") == ""


def test_a_credit_has_no_mark_unless_the_policy_carries_it_over() -> None:
    assert mark_for(Decimal("0.9"), ConversionRules()) is None
    with_mark = ConversionRules(with_mark=True)
    assert [mark_for(Decimal(s), with_mark) for s in ("0.85", "0.7", "0.5", "0.49")] == [5, 4, 3, None]
    assert mark_for(None, with_mark) is None


@pytest.mark.parametrize(("members", "quorum"), [(2, 2), (3, 2), (4, 3), (5, 4), (6, 4), (7, 5)])
def test_a_quorum_is_two_thirds_rounded_up(members: int, quorum: int) -> None:
    assert quorum_of(members) == quorum


@given(st.integers(2, 9), st.lists(st.sampled_from(list(VoteChoice)), max_size=9))
def test_nothing_is_granted_without_a_quorum_and_a_majority(members: int, votes: list[VoteChoice]) -> None:
    tally = count_votes(members, votes[:members])
    assert tally.cast <= members
    assert tally.has_quorum == (3 * tally.cast >= 2 * members)
    if tally.is_granted:
        assert tally.has_quorum
        assert tally.votes_for > tally.votes_against + tally.votes_abstain


def test_an_unknown_step_is_a_conflict() -> None:
    with pytest.raises(Conflict) as refused:
        next_state(CaseState.DRAFT, Act.DECIDE)
    assert refused.value.code == "credit.not_now"


@pytest.mark.parametrize("state", list(CaseState))
def test_an_application_is_taken_back_in_every_state_before_its_decision_and_in_none_after(
    state: CaseState,
) -> None:
    after = ENDED | {CaseState.DECIDED, CaseState.EFFECTED, CaseState.APPEALED, CaseState.SUSPENDED}
    assert allowed(state, Act.WITHDRAW) is (state not in after)


def test_every_state_is_reached_and_every_end_is_an_end() -> None:
    reached = {CaseState.DRAFT} | {state for state in TRANSITIONS.values() if state is not None}
    assert reached == set(CaseState)
    leaving = {act for state, act in TRANSITIONS if state in ENDED}
    assert leaving <= {Act.APPEAL, Act.SUSPEND}


class Walk(RuleBasedStateMachine):
    """Walk a case at random: only a compared case is decided, by a commission or as clear; what was suspended comes back."""

    def __init__(self) -> None:
        super().__init__()
        self.state, self.before = CaseState.DRAFT, None
        self.seen: list[Act] = []

    @rule(act=st.sampled_from(list(Act)))
    def step(self, act: Act) -> None:
        if not allowed(self.state, act):
            with pytest.raises(Conflict):
                next_state(self.state, act, self.before)
            return
        target = next_state(self.state, act, self.before)
        self.before = self.state if target in {CaseState.SUSPENDED, CaseState.APPEALED} else None
        self.state = target
        self.seen.append(act)

    @invariant()
    def decided_only_after_matching_by_a_commission_or_as_clear(self) -> None:
        if Act.DECIDE in self.seen:
            first = self.seen.index(Act.DECIDE)
            assert Act.MATCH in self.seen[:first]
            assert {Act.REFER, Act.CLEAR} & set(self.seen[:first])

    @invariant()
    def the_family_edits_only_drafts_and_questions(self) -> None:
        assert is_editable(self.state) == (self.state in {CaseState.DRAFT, CaseState.NEED_INFO})


TestWalk = Walk.TestCase
