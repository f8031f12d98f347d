"""A flat picture never passes for a turned head, whichever way it is held; a head does; every task can be exchanged."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.proctoring.rules.injection import CameraNews, read_gaps, signals_of
from lms.proctoring.rules.liveness import (
    TURNS,
    FaceLook,
    choose_challenges,
    judge_challenge,
    liveness_of,
    next_challenge,
    parallax_of,
)
from lms.proctoring.types import ChallengeKind, ChallengeOutcome

K, Got = ChallengeKind, ChallengeOutcome
#: Eyes, nose and corners of the mouth in units of the distance of the eyes; the last number is towards the camera.
HEAD = ((-0.5, -0.5, 0.0), (0.5, -0.5, 0.0), (0.0, 0.05, 0.55), (-0.4, 0.55, 0.05), (0.4, 0.55, 0.05))
degrees = st.floats(-60, 60, allow_nan=False)


def look(
    points: tuple[tuple[float, float, float], ...], yaw: float, away: float = 6.0, roll: float = 0.0
) -> FaceLook:
    """Return how a pinhole camera sees points turned about their upright middle; + is to the right of the picture."""
    turn, lean, seen = math.radians(yaw), math.radians(roll), []
    for x, y, z in points:
        x, z = x * math.cos(turn) + z * math.sin(turn), z * math.cos(turn) - x * math.sin(turn)
        x, y = x * math.cos(lean) - y * math.sin(lean), x * math.sin(lean) + y * math.cos(lean)
        seen.append((600 * x / (away - z), 600 * y / (away - z)))
    return FaceLook(tuple(seen))


@given(degrees, st.floats(2, 12), st.floats(-20, 20), st.sampled_from(sorted(TURNS)))
def test_a_flat_picture_is_flat_however_it_is_held(yaw: float, away: float, roll: float, kind: K) -> None:
    photo = tuple((x, y, 0.0) for x, y in look(HEAD, 0.0).points)
    photo = tuple((x / 100, y / 100, 0.0) for x, y, _ in photo)
    front, shown = look(photo, 0.0), look(photo, yaw, away, roll)
    assert abs(parallax_of(front, shown)) < 1e-6
    assert judge_challenge(kind, front, shown).outcome is not Got.SEEN


@given(st.floats(28, 50), st.floats(4, 12), st.floats(-20, 20), st.sampled_from(sorted(TURNS)))
def test_a_head_that_turns_to_the_asked_side_is_seen(yaw: float, away: float, roll: float, kind: K) -> None:
    front = look(HEAD, 0.0)
    asked, other = look(HEAD, yaw * TURNS[kind], away, roll), look(HEAD, -yaw * TURNS[kind], away, roll)
    assert judge_challenge(kind, front, asked).outcome is Got.SEEN
    assert judge_challenge(kind, front, other).outcome is Got.OTHER_WAY


def test_points_on_one_line_are_no_turn() -> None:
    line = FaceLook(tuple((float(n), 0.0) for n in range(5)))
    assert judge_challenge(K.TURN_LEFT, line, line).outcome is not Got.SEEN


def test_the_other_tasks_are_told_and_prove_nothing() -> None:
    front = FaceLook(look(HEAD, 0.0).points, eyes=1.0)
    near, shut = look(HEAD, 0.0, away=4.0), FaceLook(front.points, eyes=0.6)
    assert judge_challenge(K.APPROACH, front, near).outcome is Got.SEEN
    assert judge_challenge(K.APPROACH, front, front).outcome is Got.NOT_SEEN
    assert judge_challenge(K.BLINK, front, shut).outcome is Got.SEEN
    assert judge_challenge(K.BLINK, front, front).outcome is Got.NOT_SEEN
    assert judge_challenge(K.DIGITS, front, None).outcome is Got.FOR_A_PERSON
    assert judge_challenge(K.TURN_LEFT, front, None).outcome is Got.NO_FACE
    assert (
        liveness_of([(K.BLINK, Got.SEEN), (K.APPROACH, Got.SEEN), (K.DIGITS, Got.FOR_A_PERSON)])
        == "not_checked"
    )
    assert liveness_of([(K.TURN_LEFT, Got.FLAT), (K.BLINK, Got.SEEN)]) == "turn_not_seen"
    assert liveness_of([(K.BLINK, Got.NOT_SEEN), (K.TURN_RIGHT, Got.SEEN)]) == "turn_seen"


def test_two_tasks_come_in_every_order_with_one_turn_and_can_be_exchanged_until_none_is_left() -> None:
    pick = random.Random(1).choice
    drawn = {choose_challenges(pick) for _ in range(400)}
    assert len(drawn) == 2 * 3 * 2
    assert all(len(set(two) & set(TURNS)) == 1 for two in drawn)
    for two in drawn:
        shown = list(two)
        while (kind := next_challenge(shown, pick)) is not None:
            assert kind not in shown
            assert kind not in TURNS, "who cannot turn one way is not asked to turn the other way"
            shown.append(kind)
        assert len(shown) == 4


@pytest.mark.parametrize(
    ("news", "still", "seconds", "found"),
    [
        (CameraNews("Integrated Camera (04f2:b6d9)", (33.1, 34.0, 32.7) * 10), [0.02, 0.1], 40.0, []),
        (CameraNews("OBS Virtual Camera"), [], None, ["virtual_camera"]),
        (CameraNews("Dummy video device (0x0000)"), [], 9.0, ["virtual_camera"]),
        (CameraNews("USB", (33.33,) * 30), [], None, ["even_frames"]),
        (CameraNews("USB", (33.33,) * 5), [], None, []),
        (CameraNews(), [0.03, 1.0], None, ["still_pictures"]),
        (CameraNews(), [], 0.4, ["too_fast"]),
        (CameraNews("USB", (0.0,) * 30), [], None, []),
    ],
)
def test_signs_of_pictures_that_no_camera_took(
    news: CameraNews, still: list[float], seconds: float | None, found: list[str]
) -> None:
    assert signals_of(news, still=still, seconds=seconds) == found


@given(st.text(max_size=200))
def test_what_the_page_says_of_gaps_is_numbers_or_nothing(text: str) -> None:
    assert all(0 <= gap < 100_000 for gap in read_gaps(text))
    assert read_gaps("33.3, 34,x,35") == (33.3, 34.0)
