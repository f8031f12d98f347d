"""Rules of identity, watching and review, without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.assessment.rules.timing import ran_for, stands_still
from lms.proctoring.contracts import Comparison, FaceBox, FrameFacts, ModelRef, Phase
from lms.proctoring.rules import cadence, compare, faces, identity, index, quality, sitting, windows
from lms.proctoring.rules.quality import PictureMeasures
from lms.proctoring.rules.rates import agreement_of
from lms.proctoring.types import CheckState, IdentityMethod, Monitoring, Outcome, SupervisionPolicy, Verdict

MODEL = ModelRef("m", "1", "0" * 64)
GOOD = PictureMeasures(faces=1, is_sideways=False, face_px=150, sharpness=300, brightness=120, turn=0.1)
AT = datetime(2026, 11, 11, tzinfo=UTC)


def face(x: float = 0.3, size: float = 0.3, score: float = 0.95) -> FaceBox:
    return FaceBox(x, 0.3, size, size, score)


def comparison(score: float | None, threshold: float = 0.36) -> Comparison:
    return Comparison(compare.decide_higher(score, threshold), "cosine", score, threshold, MODEL)


def frame(seq: int, *boxes: FaceBox, **scores: float) -> FrameFacts:
    return FrameFacts(seq, seq * 5.0, boxes, scores)


def test_ways_without_an_equal_one_are_refused_at_every_level_for_a_blueprint_may_raise_it() -> None:
    face = identity.IdentityMethod.FACE
    assert [identity.policy_fault(level, [face]) for level in range(4)] == [
        *["proctoring.policy_no_open"] * 3,
        "proctoring.policy_no_equal",
    ]
    assert identity.policy_fault(0, []) == ""
    raised = identity.policy_from({"level": 3}, SupervisionPolicy(level=0, methods=(face,)))
    ways = identity.allowed_methods(
        level=raised.level, face_ready=True, camera_allowed=True, named=None, offered=raised.methods
    )
    assert identity.IdentityMethod.IN_PERSON in ways, "whatever was stored before"


# ── faces ───────────────────────────────────────────────────────────────────────────────────────


def test_a_poster_in_the_background_is_no_person() -> None:
    assert len(faces.people_in_view([face(), face(0.8, 0.1)])) == 1


def test_somebody_beside_of_the_same_size_is() -> None:
    assert len(faces.people_in_view([face(0.1), face(0.6, 0.28)])) == 2


def test_a_face_at_the_very_edge_or_hardly_seen_does_not_count() -> None:
    assert len(faces.people_in_view([face(), face(0.84, 0.3), face(0.6, 0.3, 0.65)])) == 1


def test_nobody_is_nobody() -> None:
    assert faces.people_in_view([]) == ()
    assert faces.people_in_view([face(score=0.5)]) == ()


def test_a_jump_or_another_size_is_a_change() -> None:
    assert not faces.has_moved(face(0.3), face(0.35))
    assert faces.has_moved(face(0.1), face(0.6))
    assert faces.has_moved(face(size=0.3), face(size=0.15))


# ── comparing ───────────────────────────────────────────────────────────────────────────────────


def test_a_vector_is_like_itself_and_nothing_is_like_nothing() -> None:
    a = np.array([1, 2, 3], np.float32)
    assert compare.cosine(a, a) == pytest.approx(1)
    assert compare.distance(a, a) == 0
    assert compare.cosine(a, np.zeros(3, np.float32)) == 0


def test_both_boundaries_fuse_to_one() -> None:
    assert compare.fused(0.36, 0.55) == pytest.approx(1)


def test_no_score_is_could_not_tell_and_never_no_match() -> None:
    assert compare.decide_higher(None, 0.36) is Outcome.COULD_NOT_TELL
    assert compare.decide_lower(None, 0.55) is Outcome.COULD_NOT_TELL


@given(st.floats(-1, 1), st.floats(0, 2))
def test_what_follows_a_start_is_never_stricter_than_the_start(cosine: float, distance: float) -> None:
    for at_start, during in (
        (compare.decide_higher(cosine, compare.COSINE_AT_LEAST[p]) for p in (Phase.START, Phase.DURING)),
        (compare.decide_lower(distance, compare.L2_AT_MOST[p]) for p in (Phase.START, Phase.DURING)),
    ):
        assert at_start is not Outcome.MATCH or during is Outcome.MATCH


# ── quality ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({}, ""),
        ({"faces": 0}, "no_face"),
        ({"faces": 0, "is_sideways": True}, "sideways"),
        ({"faces": 2}, "several_faces"),
        ({"face_px": 30}, "too_small"),
        ({"brightness": 20}, "too_dark"),
        ({"sharpness": 12}, "blurred"),
        ({"turn": 0.8}, "turned_away"),
    ],
)
def test_each_fault_has_its_name(changes: dict[str, object], fault: str) -> None:
    values = {**GOOD.as_dict(), **changes}
    assert quality.fault_of(PictureMeasures(**values)) == fault


# ── windows ─────────────────────────────────────────────────────────────────────────────────────


def test_one_bad_picture_of_three_changes_nothing() -> None:
    decided = windows.decide_check([comparison(0.7), comparison(0.1), comparison(0.6)])
    assert decided is not None
    assert decided.outcome is Outcome.MATCH


def test_too_few_usable_pictures_is_the_cameras_failure() -> None:
    decided = windows.decide_check([comparison(None), comparison(None), comparison(0.7)])
    assert decided is not None
    assert decided.outcome is Outcome.COULD_NOT_TELL


def test_a_tie_is_no_match() -> None:
    decided = windows.decide_check([comparison(0.7), comparison(0.1)])
    assert decided is not None
    assert decided.outcome is Outcome.NO_MATCH


def test_nothing_decides_nothing() -> None:
    assert windows.decide_check([]) is None


@given(st.lists(st.one_of(st.none(), st.floats(-1, 1)), min_size=1, max_size=3))
def test_a_match_always_rests_on_a_matching_picture(scores: list[float | None]) -> None:
    decided = windows.decide_check([comparison(score) for score in scores])
    if decided is not None and decided.outcome is Outcome.MATCH:
        assert decided.score is not None
        assert decided.score >= 0.36


def test_the_first_every_third_a_jump_and_a_doubt_are_compared() -> None:
    calm = [frame(1, face(), cosine=0.7), frame(2, face())]
    assert windows.should_embed([], frame(1, face()))
    assert not windows.should_embed(calm[:1], frame(2, face()))
    assert not windows.should_embed(calm[:1], frame(2))
    assert not windows.should_embed(calm, frame(3, face())) or windows.should_embed(calm, frame(4, face()))
    assert windows.should_embed([*calm, frame(3, face())], frame(4, face()))
    assert windows.should_embed(calm, frame(3, face(0.9)))
    assert windows.should_embed([frame(1, face(), cosine=0.2)], frame(2, face()))
    assert windows.should_embed([frame(1, face(), cosine=0.7), frame(2)], frame(3, face()))


# ── ways and states ─────────────────────────────────────────────────────────────────────────────


def test_every_policy_can_be_met_without_camera_and_biometrics() -> None:
    for level in (1, 2, 3):
        ways = identity.allowed_methods(level=level, face_ready=False, camera_allowed=False, named=None)
        assert set(ways) == {IdentityMethod.CODE_AND_ADULT, IdentityMethod.IN_PERSON}


@given(
    st.integers(1, 3),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.one_of(st.none(), st.lists(st.sampled_from([m.value for m in IdentityMethod]))),
)
def test_there_is_always_a_way_and_the_face_only_when_ready(
    level: int, ready: bool, camera: bool, has_device: bool, named: list[str] | None
) -> None:
    ways = identity.allowed_methods(
        level=level, face_ready=ready, camera_allowed=camera, passkey_ready=has_device, named=named
    )
    assert {IdentityMethod.CODE_AND_ADULT, IdentityMethod.IN_PERSON} <= set(ways)
    assert IdentityMethod.FACE not in ways or (ready and camera)
    assert has_device or not identity.PASSKEY_METHODS & set(ways)
    assert all(identity.LEVEL_OF[way] >= min(level, 2) for way in ways)


WAYS = st.sets(st.sampled_from(list(IdentityMethod)))


@given(st.integers(0, 3), WAYS, st.booleans(), st.booleans(), st.booleans())
def test_a_policy_that_can_be_saved_always_leaves_a_way_without_a_camera(
    level: int, offered: set[IdentityMethod], ready: bool, camera: bool, refused: bool
) -> None:
    if identity.policy_fault(level, offered):
        return
    ways = identity.allowed_methods(
        level=level,
        face_ready=ready,
        camera_allowed=camera,
        named=None,
        passkey_ready=True,
        offered=offered,
        was_refused=refused,
    )
    assert bool(set(ways) - identity.CAMERA_METHODS) is (level > 0)
    assert not (refused and {IdentityMethod.CODE_AND_ADULT, IdentityMethod.PASSKEY} & set(ways))
    assert not offered or set(ways) <= offered | {IdentityMethod.IN_PERSON}


@given(WAYS)
def test_the_strictest_policy_needs_an_equal_way_in_which_a_person_decides(
    offered: set[IdentityMethod],
) -> None:
    has_equal = not offered or bool(offered - {IdentityMethod.FACE, IdentityMethod.PASSKEY})
    assert (identity.policy_fault(3, offered) == "proctoring.policy_no_equal") is not has_equal


def test_no_way_takes_more_pages_than_the_camera() -> None:
    assert all(n <= identity.PAGES_TO_SUBMIT[IdentityMethod.FACE] for n in identity.PAGES_TO_SUBMIT.values())


def test_a_match_waits_for_a_person_and_the_machine_never_refuses() -> None:
    assert identity.state_after_face("match", 1, 3) is CheckState.HUMAN_CHECK
    assert identity.state_after_face("no_match", 1, 3) is CheckState.UNCERTAIN
    assert identity.state_after_face("no_match", 3, 3) is CheckState.HUMAN_CHECK
    assert identity.state_after_face("could_not_tell", 3, 3) is CheckState.HUMAN_CHECK


def test_only_verified_and_waived_open_the_door() -> None:
    assert [s for s in CheckState if identity.is_settled(s)] == [CheckState.VERIFIED, CheckState.WAIVED]
    assert not any(identity.can_move(CheckState.VERIFIED, s) for s in CheckState)


def test_nonsense_in_a_blueprint_falls_back_to_the_organisations_policy() -> None:
    default = SupervisionPolicy(2, Monitoring.CAMERA, 7)
    assert identity.policy_from({"level": 9, "monitoring": "drone", "cadence_s": 0}, default) == default
    assert identity.policy_from({"level": 1, "monitoring": "none"}, default) == SupervisionPolicy(
        1, Monitoring.NONE, 7
    )


# ── pace and order ──────────────────────────────────────────────────────────────────────────────


@given(st.floats(0, 1), st.integers(0, 10_000))
def test_the_pace_stays_within_its_bounds(chance: float, backlog: int) -> None:
    calm = cadence.next_interval_s(5, 2, 0, 0, chance)
    for loaded in (
        cadence.next_interval_s(5, 2, backlog, 0, chance),
        cadence.next_interval_s(5, 2, 0, backlog, chance),
    ):
        assert calm <= loaded <= 6 * calm + 0.1
    assert 3 <= calm <= 7
    assert not cadence.is_hurried(calm, 5, 2)


@given(st.floats(0, 10_000), st.lists(st.floats(0, 1), min_size=5, max_size=5))
def test_five_pictures_never_take_more_than_half_a_minute(elapsed: float, chances: list[float]) -> None:
    at = elapsed
    for chance in chances:
        gap = cadence.next_interval_s(5, 2, 0, 0, chance, at)
        assert 3 <= gap <= 7
        at += gap
    assert at - elapsed <= 28.6


def test_the_index_is_a_sum_that_can_be_read_aloud() -> None:
    terms = index.index_terms(
        [("other_person", 0.9), ("no_face", 1.0), ("no_face", 0.5)], index.DEFAULT_WEIGHTS
    )
    assert [(t.kind, t.count, t.points) for t in terms] == [("other_person", 1, 45.0), ("no_face", 2, 12.0)]
    assert index.review_index(terms) == 57


@given(st.lists(st.tuples(st.uuids(), st.integers(0, 3), st.datetimes()), unique_by=lambda row: row[0]))
def test_sittings_without_a_finding_are_mixed_in_blindly(rows: list[tuple[UUID, int, datetime]]) -> None:
    order, index_of = index.blind_order(rows), {key: value for key, value, _end in rows}
    assert sorted(order) == sorted(index_of)
    flagged = [index_of[key] for key in order if index_of[key]]
    assert flagged == sorted(flagged, reverse=True)
    calm = len(rows) - len(flagged)
    for whole in range(min(len(flagged) // 2, calm)):  # of each whole three one has no finding
        assert [bool(index_of[key]) for key in order[3 * whole : 3 * whole + 3]].count(False) == 1


def test_repeats_cannot_drown_everything_else() -> None:
    terms = index.index_terms([("no_face", 1.0)] * 50, index.DEFAULT_WEIGHTS)
    assert index.review_index(terms) == 24


# ── review ──────────────────────────────────────────────────────────────────────────────────────

VERDICTS = st.dictionaries(st.uuids(), st.sampled_from(list(Verdict)), max_size=4)


@given(VERDICTS, st.booleans(), st.booleans())
def test_nothing_adverse_without_two_people_and_the_students_word(
    latest: dict[UUID, Verdict], has_answered: bool, is_over: bool
) -> None:
    due = AT - timedelta(hours=1) if is_over else AT + timedelta(hours=1)
    hindrance = sitting.may_annul(latest, statement_at=AT if has_answered else None, due_at=due, at=AT)
    if not hindrance:
        assert list(latest.values()).count(Verdict.VIOLATION) >= 2
        assert has_answered or is_over


def test_nobody_is_annulled_who_was_never_asked() -> None:
    latest = {uuid4(): Verdict.VIOLATION, uuid4(): Verdict.VIOLATION}
    assert sitting.may_annul(latest, statement_at=None, due_at=None, at=AT) == "not_asked"


def test_one_call_for_a_second_look_is_not_closed_by_its_author() -> None:
    one, two = uuid4(), uuid4()
    assert sitting.review_result({one: Verdict.SECOND_REVIEWER}) == "waiting"
    assert sitting.review_result({one: Verdict.SECOND_REVIEWER, two: Verdict.NO_QUESTIONS}) == "no_questions"
    assert sitting.review_result({one: Verdict.VIOLATION, two: Verdict.SECOND_REVIEWER}) == "waiting"
    assert sitting.review_result({}) == "open"


MINUTES = st.integers(0, 600)


@given(
    st.lists(st.tuples(MINUTES, st.none() | MINUTES, st.none() | st.integers(1, 60)), max_size=4),
    MINUTES,
    MINUTES,
)
def test_the_time_that_ran_is_counted_as_minute_by_minute(
    pauses: list[tuple[int, int | None, int | None]], since: int, length: int
) -> None:
    began = datetime(2026, 3, 2, 9, tzinfo=UTC)

    def at(minute: int) -> datetime:
        return began + timedelta(minutes=minute)

    rows = [(at(start), None if end is None else at(start + end), most) for start, end, most in pauses]
    ran = sum(not stands_still(rows, at(minute)) for minute in range(since, since + length))
    assert ran_for(rows, at(since), at(since + length)) == timedelta(minutes=ran)


def test_agreement_is_what_is_left_beyond_chance_with_an_interval_that_perfect_agreement_has_too() -> None:
    one, other = "0100000010", "1110010000"  # Krippendorff's own example of two observers
    assert agreement_of(list(zip(one, other, strict=True))).alpha == pytest.approx(0.095, abs=0.001)
    same = agreement_of([("yes", "yes")] * 15 + [("no", "no")] * 15)
    assert (same.alpha, same.interval[1]) == (1.0, 1.0)
    assert 0.7 < same.interval[0] < 0.9, "thirty pairs without a difference prove no certainty"
    assert not agreement_of([("yes", "yes")] * 50).is_told, "one word alone says nothing about agreement"
    assert not agreement_of([]).is_told


def test_where_nobody_could_vouch_coming_in_person_is_open_whatever_the_policy_names() -> None:
    ways = identity.IdentityMethod
    asked = {"level": 3, "face_ready": True, "camera_allowed": True, "named": None}
    offered = (ways.FACE, ways.CODE_AND_ADULT)
    assert set(identity.allowed_methods(**asked, offered=offered)) == set(offered)
    assert set(identity.allowed_methods(**asked, offered=offered, adult_ready=False)) == {
        ways.FACE,
        ways.IN_PERSON,
    }


@pytest.mark.parametrize("wanted", [None, [], "much", {"no_face": "8", "other_person": float("nan"), 7: 1.0}])
def test_weights_that_are_nonsense_are_the_built_in_ones(wanted: object) -> None:
    assert index.weights_from(wanted) == index.DEFAULT_WEIGHTS


def test_a_blueprint_sets_weights_of_its_own_within_bounds() -> None:
    found = index.weights_from({"no_face": 3, "other_person": -1, "paste_burst": 1e9, "of_a_plug_in": 4.5})
    assert found == {**index.DEFAULT_WEIGHTS, "no_face": 3.0, "of_a_plug_in": 4.5}
