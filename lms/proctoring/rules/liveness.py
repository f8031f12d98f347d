"""Choose what a student is asked to do before the camera, and judge what two pictures of it show.

A printed or shown photograph is flat: whichever way it is held, its points move as one plane. A head is not: when it
turns, the tip of the nose leaves the plane of the eyes and the corners of the mouth. Only that is called liveness here. A
nearer face, shut eyes and shown numbers are told to the person who decides and prove nothing by themselves.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import TypeAlias

from lms.proctoring.types import ChallengeKind, ChallengeOutcome

__all__ = [
    "LEAST_PARALLAX",
    "LEAST_TURN",
    "TURNS",
    "FaceLook",
    "Judged",
    "choose_again",
    "choose_challenges",
    "judge_challenge",
    "liveness_of",
    "next_challenge",
    "parallax_of",
    "turn_of",
    "typical_look",
]

Point: TypeAlias = tuple[float, float]

#: Challenges that move the head, by the side the nose goes to in a picture that is not mirrored (+1: to the right).
TURNS = {ChallengeKind.TURN_LEFT: 1.0, ChallengeKind.TURN_RIGHT: -1.0}
OTHERS = (ChallengeKind.BLINK, ChallengeKind.APPROACH, ChallengeKind.DIGITS)

#: Nose off the middle of the eyes, in eye distances, by which a head must have turned (some 18 degrees).
LEAST_TURN = 0.18
#: Nose off the plane of eyes and mouth, in heights from eyes to mouth, from which a turned face is no flat picture.
#: Chosen on half of the people of LFW, judged on the other half (docs/measures.md).
LEAST_PARALLAX = 0.12
#: The face must have grown so many times.
LEAST_APPROACH = 1.25
#: Both eyes must have fallen to this share of their own mean.
MOST_EYE = 0.75


@dataclass(frozen=True, slots=True)
class FaceLook:
    """Where a face's points are, in pixels (right eye, left eye, nose, right and left corner of the mouth).

    ``eyes``: how much dark and light stand beside each other where the eyes are; it falls when they are shut.
    """

    points: tuple[Point, ...]
    eyes: float = 0.0


@dataclass(frozen=True, slots=True)
class Judged:
    """What a machine says about one challenge, and the numbers it says it from."""

    outcome: ChallengeOutcome
    measures: dict[str, float] = field(default_factory=dict)


def choose_challenges(pick: Callable[[Sequence[ChallengeKind]], ChallengeKind]) -> tuple[ChallengeKind, ...]:
    """Return a turn and one other challenge in an order nobody knows beforehand; ``pick`` chooses one of several."""
    two = (pick(tuple(TURNS)), pick(OTHERS))
    return two if pick(two) is two[0] else (two[1], two[0])


def next_challenge(
    shown: Collection[ChallengeKind], pick: Callable[[Sequence[ChallengeKind]], ChallengeKind]
) -> ChallengeKind | None:
    """Return one that was not shown yet, or None: then a person looks without any.

    Who cannot turn one way is not asked to turn the other way.
    """
    gone = {*shown, *(TURNS if set(shown) & set(TURNS) else ())}
    left = [kind for kind in (*TURNS, *OTHERS) if kind not in gone]
    return pick(left) if left else None


def choose_again(
    asked: Sequence[ChallengeKind],
    refused: Collection[ChallengeKind],
    pick: Callable[[Sequence[ChallengeKind]], ChallengeKind],
) -> tuple[ChallengeKind, ...]:
    """Return as many in the place of those asked: a turn for a turn, another for another, none that was refused."""
    found: list[ChallengeKind] = []
    for kind in asked:
        family = tuple(TURNS) if kind in TURNS else OTHERS
        found.append(pick([one for one in family if one not in refused and one not in found] or [kind]))
    return tuple(reversed(found)) if len(found) > 1 and pick(found) is found[-1] else tuple(found)


def turn_of(look: FaceLook) -> float:
    """Return how far the nose is off the middle of the eyes along their line, in eye distances; + is right."""
    (rx, ry), (lx, ly), (nx, ny) = look.points[:3]
    ax, ay = lx - rx, ly - ry
    square = max(ax * ax + ay * ay, 1e-9)
    return ((nx - (rx + lx) / 2) * ax + (ny - (ry + ly) / 2) * ay) / square


def height_of(look: FaceLook) -> float:
    """Return the distance in pixels from the middle of the eyes to the middle of the mouth; a turn leaves it."""
    (rx, ry), (lx, ly), _, (ax, ay), (bx, by) = look.points
    return max(math.hypot((rx + lx - ax - bx) / 2, (ry + ly - ay - by) / 2), 1e-6)


def parallax_of(front: FaceLook, turned: FaceLook) -> float:
    """Return how far the nose left the plane, along the line of the eyes, in heights from eyes to mouth; + is right.

    Eyes and corners of the mouth fix the one homography that carries the first picture's plane to the second's.
    """
    import numpy as np  # only the worker judges: the web never loads it

    corners = (0, 1, 3, 4)
    rows, sides = [], []
    for corner in corners:
        (x, y), (u, v) = front.points[corner], turned.points[corner]
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        sides += [u, v]
    try:
        h = np.linalg.solve(np.array(rows, np.float64), np.array(sides, np.float64))
    except np.linalg.LinAlgError:  # three corners on one line: no face stands so
        return 0.0
    x, y = front.points[2]
    below = h[6] * x + h[7] * y + 1
    if abs(below) < 1e-9:
        return 0.0
    expected = ((h[0] * x + h[1] * y + h[2]) / below, (h[3] * x + h[4] * y + h[5]) / below)
    (rx, ry), (lx, ly), (nx, ny) = turned.points[:3]
    across = max(math.hypot(lx - rx, ly - ry), 1e-6)
    along = ((nx - expected[0]) * (lx - rx) + (ny - expected[1]) * (ly - ry)) / across
    return float(along / height_of(turned))


def typical_look(looks: Sequence[FaceLook]) -> FaceLook:
    """Return the look of several pictures of one face that stands for all: the one with the middle turn."""
    middle = median(turn_of(look) for look in looks)
    return min(looks, key=lambda look: abs(turn_of(look) - middle))


def judge_challenge(kind: ChallengeKind, front: FaceLook | None, shown: FaceLook | None) -> Judged:
    """Judge one picture against how the face looked straight ahead; whose face it is, is asked elsewhere."""
    if kind is ChallengeKind.DIGITS:
        return Judged(ChallengeOutcome.FOR_A_PERSON)
    if front is None or shown is None:
        return Judged(ChallengeOutcome.NO_FACE)
    if kind in TURNS:
        return _judge_turn(TURNS[kind], front, shown)
    if kind is ChallengeKind.APPROACH:
        grown = height_of(shown) / height_of(front)
        outcome = ChallengeOutcome.SEEN if grown >= LEAST_APPROACH else ChallengeOutcome.NOT_SEEN
        return Judged(outcome, {"grown": round(grown, 3)})
    share = shown.eyes / max(front.eyes, 1e-6)
    outcome = ChallengeOutcome.SEEN if share < MOST_EYE else ChallengeOutcome.NOT_SEEN
    return Judged(outcome, {"eyes": round(share, 3)})


def _judge_turn(side: float, front: FaceLook, shown: FaceLook) -> Judged:
    """Judge a turn: far enough, to the side that was asked for, and not as a flat picture would."""
    turned, off = side * (turn_of(shown) - turn_of(front)), side * parallax_of(front, shown)
    measures = {"turned": round(turned, 3), "parallax": round(off, 3)}
    if turned <= -LEAST_TURN:
        return Judged(ChallengeOutcome.OTHER_WAY, measures)
    if off >= LEAST_PARALLAX and turned >= LEAST_TURN:
        return Judged(ChallengeOutcome.SEEN, measures)
    is_flat = off < LEAST_PARALLAX and (turned >= LEAST_TURN or _narrowing(front, shown) < FLAT_NARROWING)
    return Judged(ChallengeOutcome.FLAT if is_flat else ChallengeOutcome.NOT_SEEN, measures)


#: Eyes that came so much nearer to each other, beside the height of the face, without the nose leaving their plane.
FLAT_NARROWING = 0.85


def _narrowing(front: FaceLook, shown: FaceLook) -> float:
    """Return how the distance of the eyes beside the height of the face changed: 1 is not at all."""

    def shape(look: FaceLook) -> float:
        (rx, ry), (lx, ly) = look.points[:2]
        return math.hypot(lx - rx, ly - ry) / height_of(look)

    return shape(shown) / max(shape(front), 1e-6)


def liveness_of(judged: Sequence[tuple[ChallengeKind, ChallengeOutcome]]) -> str:
    """Return what may honestly be said about liveness: ``turn_seen``, ``turn_not_seen`` or ``not_checked``."""
    turns = [outcome for kind, outcome in judged if kind in TURNS]
    if ChallengeOutcome.SEEN in turns:
        return "turn_seen"
    return "turn_not_seen" if turns else "not_checked"
