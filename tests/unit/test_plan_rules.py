"""Plans: content hashes, signatures, states, checks and differences, as pure rules (P1–P7)."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.curriculum.types import (
    AttestationForm,
    CurriculumItemView,
    CurriculumState,
    CurriculumView,
    OutcomeShare,
    PeriodView,
)
from lms.plans.rules.plan_checks import CheckContext, check_plan, weekly_load
from lms.plans.rules.plan_content import (
    ItemContent,
    content_hash,
    from_json,
    items_hash,
    merge_content,
    to_json,
)
from lms.plans.rules.plan_diff import diff_items
from lms.plans.rules.plan_signatures import (
    Signature,
    carried_over,
    composition_hash,
    required_roles,
    sheet_of,
    unsigned_keys,
)
from lms.plans.rules.plan_state import Basis, ItemSituation, derive_item_state
from lms.plans.types.plans import (
    ApprovalRole,
    BasisKind,
    BasisState,
    Delivery,
    ItemState,
    OutcomeHours,
    PlanScope,
    plan_item_reference,
    read_plan_item_reference,
)

SPACE = UUID("00000000-0000-7000-8000-000000000000")


def an_id(name: str) -> UUID:
    return uuid5(SPACE, name)


OUTCOMES = tuple(
    OutcomeHours(an_id(name), Decimal(hours)) for name, hours in (("a", 12), ("b", 8), ("c", 4), ("d", 6))
)
INFORMATICS = ItemContent(
    subject="informatics",
    title="Programs and data",
    hours=Decimal(30),
    period=2,
    delivery=Delivery.EXTERNAL,
    attestation_form=AttestationForm.CREDIT_TEST,
    outcomes=OUTCOMES,
    external_course="Python",
)

hours = st.decimals(min_value="0.5", max_value=200, places=1)
contents = st.builds(
    ItemContent,
    subject=st.sampled_from(["physics", "biology", "maths"]),
    title=st.text("abcde ", min_size=1, max_size=12),
    hours=hours,
    period=st.integers(1, 4),
    delivery=st.sampled_from(Delivery),
    attestation_form=st.none() | st.sampled_from(AttestationForm),
    deadline=st.none() | st.dates(date(2026, 9, 1), date(2027, 8, 31)),
    outcomes=st.lists(
        st.builds(OutcomeHours, st.sampled_from([an_id(x) for x in "abcdef"]), hours),
        max_size=4,
        unique_by=lambda share: share.outcome_id,
    ).map(tuple),
    course_id=st.none() | st.sampled_from([an_id("course-1"), an_id("course-2")]),
    external_course=st.sampled_from(["", "Python", "Robots"]),
    note=st.sampled_from(["", "bring a ruler"]),
)
plans = st.dictionaries(
    st.sampled_from(["one", "two", "three", "four", "five"]), contents, min_size=1, max_size=5
)


def hashes_of(plan: dict[str, ItemContent]) -> dict[str, str]:
    return {key: content_hash(key, item) for key, item in plan.items()}


def sheet(plan: dict[str, ItemContent]) -> dict[str | None, str]:
    return sheet_of(composition_hash({"person": "p"}, plan), hashes_of(plan))


def fully_signed(plan: dict[str, ItemContent]) -> list[Signature]:
    return [Signature(role, key, digest) for role in ApprovalRole for key, digest in sheet(plan).items()]


# --- content ----------------------------------------------------------------------------------------------------


@given(contents)
def test_a_content_survives_json_and_keeps_its_hash(content: ItemContent) -> None:
    again = from_json(to_json(content))
    assert again == content
    assert content_hash("k", again) == content_hash("k", content)


def test_the_same_hours_written_differently_have_the_same_hash() -> None:
    wordy = replace(INFORMATICS, hours=Decimal("30.00"))
    assert content_hash("k", wordy) == content_hash("k", INFORMATICS)


@given(contents, contents)
def test_two_contents_share_a_hash_only_if_they_are_equal(first: ItemContent, second: ItemContent) -> None:
    def agreed(content: ItemContent) -> ItemContent:
        return replace(content, outcomes=tuple(sorted(content.outcomes, key=lambda share: share.outcome_id)))

    assert (content_hash("k", first) == content_hash("k", second)) == (agreed(first) == agreed(second))


@given(contents)
def test_the_order_of_outcomes_is_not_part_of_the_agreement(content: ItemContent) -> None:
    turned = replace(content, outcomes=content.outcomes[::-1])
    assert content_hash("k", turned) == content_hash("k", content)


@given(plans)
def test_a_version_hash_depends_on_every_item_and_on_the_frame(plan: dict[str, ItemContent]) -> None:
    whole = items_hash({"scope": "whole"}, hashes_of(plan))
    assert whole != items_hash({"scope": "subjects"}, hashes_of(plan))
    for key in plan:
        fewer = {name: item for name, item in plan.items() if name != key}
        assert items_hash({"scope": "whole"}, hashes_of(fewer)) != whole


# --- P2: signatures bind to items -------------------------------------------------------------------------------


@given(plans, st.data())
def test_editing_one_item_voids_exactly_its_signatures(
    plan: dict[str, ItemContent], data: st.DataObject
) -> None:
    edited = data.draw(st.sampled_from(sorted(plan)))
    content = data.draw(
        contents.filter(lambda other: content_hash(edited, other) != content_hash(edited, plan[edited]))
    )
    after = sheet({**plan, edited: content})
    standing = carried_over(after, fully_signed(plan))
    for role in ApprovalRole:
        assert unsigned_keys(after, standing, role) == [edited]


@given(plans)
def test_without_a_change_every_signature_stands(plan: dict[str, ItemContent]) -> None:
    assert carried_over(sheet(plan), fully_signed(plan)) == fully_signed(plan)


@given(plans.filter(lambda plan: len(plan) > 1), st.data())
def test_taking_an_item_out_asks_for_the_composition_again(
    plan: dict[str, ItemContent], data: st.DataObject
) -> None:
    gone = data.draw(st.sampled_from(sorted(plan)))
    after = sheet({key: item for key, item in plan.items() if key != gone})
    assert unsigned_keys(after, carried_over(after, fully_signed(plan)), ApprovalRole.GUARDIAN) == [None]


def test_adding_an_item_asks_for_it_and_for_the_composition() -> None:
    before = {"one": INFORMATICS}
    after = sheet({**before, "two": INFORMATICS})
    assert unsigned_keys(after, carried_over(after, fully_signed(before)), ApprovalRole.STUDENT) == [
        None,
        "two",
    ]


def test_an_item_changed_there_and_back_over_two_versions_is_signed_again() -> None:
    first = {"one": INFORMATICS}
    second = {"one": replace(INFORMATICS, hours=Decimal(28))}
    after_second = carried_over(sheet(second), fully_signed(first))
    after_third = carried_over(sheet(first), after_second)
    assert unsigned_keys(sheet(first), after_third, ApprovalRole.GUARDIAN) == ["one"]


@pytest.mark.parametrize(
    ("is_minor", "grade", "expected"),
    [
        (True, 8, {ApprovalRole.GUARDIAN}),
        (True, 9, {ApprovalRole.GUARDIAN}),
        (True, 10, {ApprovalRole.GUARDIAN, ApprovalRole.STUDENT}),
        (False, 11, {ApprovalRole.STUDENT}),
        (False, None, {ApprovalRole.STUDENT}),
        (True, None, {ApprovalRole.GUARDIAN}),
    ],
)
def test_guardians_sign_for_minors_and_students_from_the_tenth_grade_or_eighteen(
    is_minor: bool, grade: int | None, expected: set[ApprovalRole]
) -> None:
    assert set(required_roles(is_minor=is_minor, grade=grade)) == expected | {ApprovalRole.DIRECTOR}


# --- P5: derived states -----------------------------------------------------------------------------------------

SITUATION = ItemSituation(
    Delivery.EXTERNAL, Decimal(30), OUTCOMES, AttestationForm.CREDIT_TEST, has_started=True
)
facts = st.builds(
    Basis,
    id=st.uuids(),
    kind=st.sampled_from(BasisKind),
    state=st.sampled_from(BasisState),
    is_passed=st.booleans(),
    outcomes=st.none()
    | st.lists(
        st.builds(OutcomeHours, st.sampled_from([share.outcome_id for share in OUTCOMES]), hours), max_size=4
    ).map(tuple),
)


def fact(
    kind: BasisKind, *, state: BasisState = BasisState.ACTIVE, passed: bool = True, given: str = ""
) -> Basis:
    outcomes = tuple(
        OutcomeHours(OUTCOMES["abcd".index(part[0])].outcome_id, Decimal(part[1:])) for part in given.split()
    )
    return Basis(an_id(f"{kind}{state}{given}{passed}"), kind, state, passed, outcomes or None, "4")


@given(st.lists(facts, max_size=6))
def test_an_item_is_achieved_only_on_active_facts(rows: list[Basis]) -> None:
    status = derive_item_state(SITUATION, rows)
    active = [row for row in rows if row.state is BasisState.ACTIVE]
    assert (status.state is ItemState.ACHIEVED) == (
        derive_item_state(SITUATION, active).state is ItemState.ACHIEVED
    )
    if status.state is ItemState.ACHIEVED:
        used = {row.id: row for row in rows}
        assert status.basis_ids
        assert all(used[key].state is BasisState.ACTIVE for key in status.basis_ids)


@given(st.lists(facts, max_size=6))
def test_suspending_everything_takes_the_achievement_and_reinstating_brings_it_back(
    rows: list[Basis],
) -> None:
    before = derive_item_state(SITUATION, rows)
    suspended = [
        replace(row, state=BasisState.SUSPENDED) if row.state is BasisState.ACTIVE else row for row in rows
    ]
    assert derive_item_state(SITUATION, suspended).state is not ItemState.ACHIEVED
    back = [
        replace(now, state=was.state) if was.state is BasisState.ACTIVE else now
        for was, now in zip(rows, suspended, strict=True)
    ]
    assert derive_item_state(SITUATION, back) == before


@given(st.lists(facts, max_size=6))
def test_credited_and_remaining_hours_add_up_per_outcome(rows: list[Basis]) -> None:
    status = derive_item_state(SITUATION, rows)
    if status.state not in {ItemState.ACHIEVED}:
        assert status.credited_hours + status.remaining_hours == Decimal(30)
        assert all(share.hours > 0 for share in status.remaining)


def test_twenty_two_hours_of_thirty_leave_two_and_six() -> None:
    status = derive_item_state(SITUATION, [fact(BasisKind.CREDIT, given="a12 b8 c2")])
    assert status.state is ItemState.PARTIALLY_CREDITED
    assert status.credited_hours == 22
    assert [share.hours for share in status.remaining] == [Decimal(2), Decimal(6)]


def test_two_credits_for_one_outcome_never_count_more_than_it_has() -> None:
    twice = [fact(BasisKind.CREDIT, given="a12"), replace(fact(BasisKind.CREDIT, given="a12"), id=an_id("2"))]
    assert derive_item_state(SITUATION, twice).credited_hours == 12


@pytest.mark.parametrize(
    ("rows", "state"),
    [
        ([], ItemState.IN_PROGRESS),
        ([fact(BasisKind.COURSE)], ItemState.AWAITING_ATTESTATION),
        ([fact(BasisKind.ATTESTATION)], ItemState.ACHIEVED),
        ([fact(BasisKind.WAIVER)], ItemState.ACHIEVED),
        ([fact(BasisKind.ATTESTATION, passed=False)], ItemState.DEBT),
        ([fact(BasisKind.ATTESTATION, passed=False), fact(BasisKind.ATTESTATION)], ItemState.ACHIEVED),
        ([fact(BasisKind.CREDIT, given="a12 b8 c4 d6")], ItemState.ACHIEVED),
        ([fact(BasisKind.CREDIT)], ItemState.ACHIEVED),
        ([fact(BasisKind.CREDIT, given="a12"), fact(BasisKind.ATTESTATION)], ItemState.ACHIEVED),
        ([fact(BasisKind.ATTESTATION, state=BasisState.SUSPENDED)], ItemState.SUSPENDED),
        ([fact(BasisKind.ATTESTATION, state=BasisState.REVOKED)], ItemState.IN_PROGRESS),
    ],
)
def test_states_follow_from_facts(rows: list[Basis], state: ItemState) -> None:
    assert derive_item_state(SITUATION, rows).state is state


def test_an_item_lies_ahead_until_its_quarter_begins() -> None:
    assert derive_item_state(replace(SITUATION, has_started=False), []).state is ItemState.PLANNED


def test_a_completed_course_closes_an_item_that_ends_by_the_marks_of_the_term() -> None:
    situation = replace(SITUATION, attestation_form=AttestationForm.CURRENT_MARKS)
    assert derive_item_state(situation, [fact(BasisKind.COURSE)]).by is BasisKind.COURSE


def test_failed_attempts_are_counted() -> None:
    rows = [replace(fact(BasisKind.ATTESTATION, passed=False), id=an_id(str(n))) for n in range(2)]
    assert derive_item_state(SITUATION, rows).failed_attempts == 2


def test_a_reference_is_read_back_and_a_foreign_one_is_not() -> None:
    plan = an_id("plan")
    assert read_plan_item_reference(plan_item_reference(plan, "bio-1")) == (plan, "bio-1")
    for foreign in ("", "course:1", f"plan_item:{plan}", "plan_item:nonsense:bio-1"):
        assert read_plan_item_reference(foreign) is None


# --- P6: recomputing keeps individual changes -------------------------------------------------------------------


@given(contents, contents, contents)
def test_a_recompute_keeps_every_individual_change_and_takes_all_others(
    base: ItemContent, mine: ItemContent, theirs: ItemContent
) -> None:
    merged = merge_content(base, mine, theirs)
    for item in fields(ItemContent):
        own = getattr(mine, item.name)
        changed = own != getattr(base, item.name)
        assert getattr(merged, item.name) == (own if changed else getattr(theirs, item.name))


# --- P7: differences --------------------------------------------------------------------------------------------


@given(plans)
def test_a_plan_does_not_differ_from_itself(plan: dict[str, ItemContent]) -> None:
    assert diff_items(plan, plan) == []


@given(plans, plans)
def test_every_difference_is_told_and_only_those(
    old: dict[str, ItemContent], new: dict[str, ItemContent]
) -> None:
    told = {change.item_key for change in diff_items(old, new)}
    reordered = {
        key
        for key in old.keys() & new.keys()
        if replace(old[key], outcomes=()) == replace(new[key], outcomes=())
        and set(old[key].outcomes) == set(new[key].outcomes)
    }
    differing = {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
    assert told == differing - reordered


# --- P4: checks -------------------------------------------------------------------------------------------------

CURRICULUM = CurriculumView(
    id=an_id("curriculum"),
    org_id=an_id("org"),
    programme="",
    title="",
    grade=8,
    year="2026/27",
    version=1,
    state=CurriculumState.APPROVED,
    weekly_hours_max=Decimal(10),
    periods=(
        PeriodView(1, date(2026, 9, 1), date(2026, 10, 26)),
        PeriodView(2, date(2026, 11, 4), date(2026, 12, 29)),
    ),
    items=(
        CurriculumItemView(
            an_id("module"),
            "informatics",
            "Programs and data",
            Decimal(30),
            2,
            AttestationForm.CREDIT_TEST,
            True,
            tuple(OutcomeShare(share.outcome_id, share.hours) for share in OUTCOMES),
        ),
        CurriculumItemView(an_id("m2"), "biology", "Blood", Decimal(16), 1, AttestationForm.EXAM, True),
    ),
)
CONTEXT = CheckContext(CURRICULUM, PlanScope.WHOLE, published_courses=frozenset({an_id("course-1")}))
BIOLOGY = ItemContent("biology", "Blood", Decimal(16), 1, Delivery.HOME, AttestationForm.EXAM)
GOOD = {"inf": INFORMATICS, "bio": BIOLOGY}


def codes(plan: dict[str, ItemContent], context: CheckContext = CONTEXT) -> set[str]:
    return {finding.code for finding in check_plan(plan, context)}


def test_a_plan_that_covers_the_curriculum_has_no_findings() -> None:
    assert check_plan(GOOD, CONTEXT) == []


@pytest.mark.parametrize(
    ("plan", "code"),
    [
        ({}, "empty"),
        ({"inf": INFORMATICS}, "subject_missing"),
        ({**GOOD, "bio": replace(BIOLOGY, hours=Decimal(14))}, "hours_short"),
        ({**GOOD, "more": replace(BIOLOGY, hours=Decimal(90))}, "overload"),
        ({**GOOD, "inf": replace(INFORMATICS, outcomes=OUTCOMES[:3])}, "outcome_gap"),
        ({**GOOD, "bio": replace(BIOLOGY, attestation_form=None)}, "form_missing"),
        ({**GOOD, "bio": replace(BIOLOGY, delivery=Delivery.OWN_COURSE)}, "course_missing"),
        (
            {**GOOD, "bio": replace(BIOLOGY, delivery=Delivery.OWN_COURSE, course_id=an_id("draft"))},
            "course_not_published",
        ),
        ({**GOOD, "inf": replace(INFORMATICS, external_course=" ")}, "external_missing"),
        ({**GOOD, "inf": replace(INFORMATICS, hours=Decimal(29))}, "outcome_hours_exceed"),
        ({**GOOD, "bio": replace(BIOLOGY, period=7)}, "period_unknown"),
    ],
)
def test_what_forbids_to_submit_is_found(plan: dict[str, ItemContent], code: str) -> None:
    found = [finding for finding in check_plan(plan, CONTEXT) if finding.code == code]
    assert found
    assert all(finding.is_blocking for finding in found)


def test_missing_hours_are_told_as_a_number() -> None:
    (finding,) = check_plan({**GOOD, "bio": replace(BIOLOGY, hours=Decimal(14))}, CONTEXT)
    assert (finding.subject, finding.params["missing"]) == ("biology", Decimal(2))


def test_an_early_deadline_only_warns() -> None:
    (finding,) = check_plan({**GOOD, "bio": replace(BIOLOGY, deadline=date(2026, 8, 1))}, CONTEXT)
    assert (finding.code, finding.is_blocking) == ("deadline_early", False)


def test_a_partial_plan_answers_for_its_own_subjects_only() -> None:
    context = replace(CONTEXT, scope=PlanScope.SUBJECTS, subjects=frozenset({"informatics"}))
    assert codes({"inf": INFORMATICS}, context) == set()


def test_the_weekly_load_divides_hours_by_the_weeks_of_the_period() -> None:
    assert weekly_load(GOOD.values(), CURRICULUM) == {1: Decimal("2.0"), 2: Decimal("3.8")}
