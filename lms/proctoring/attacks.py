"""Attack the verification flow with still photographs, and count how often it is deceived.

Words of ISO/IEC 30107-3: APCER is the share of presentations of one attack instrument that pass as a living person, BPCER
the share of living people that do not. The attacks are synthesised from stills and named so: a plane in front of a pinhole
camera, 640 x 480, with a camera's noise and JPEG. They are not recordings of attacks. A proxy for living people are two
photographs of one person, one straight ahead and one turned; where there is no proxy there is no figure.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lms.core.errors import InvalidInput
from lms.proctoring.contracts import IdentityVerifier, Picture, TemplateValue
from lms.proctoring.living import face_look, judge_picture
from lms.proctoring.measuring import person_of
from lms.proctoring.rules.liveness import (
    LEAST_PARALLAX,
    LEAST_TURN,
    TURNS,
    FaceLook,
    judge_challenge,
    turn_of,
)
from lms.proctoring.rules.rates import Rate
from lms.proctoring.types import ChallengeKind, ChallengeOutcome
from lms.proctoring.verifiers.pictures import decode_picture

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ATTACKS", "AttackReport", "attack_photographs", "present"]

WIDTH, HEIGHT, FOCAL = 640, 480, 600.0
#: A photograph counts as straight ahead when its nose is off by less than this, in eye distances.
STRAIGHT = 0.08


@dataclass(frozen=True, slots=True)
class Instrument:
    """How a still is presented: tilted by so many degrees, on a screen with a bezel, or photographed again."""

    tilt: tuple[float, float] = (0.0, 5.0)
    has_bezel: bool = False
    is_recaptured: bool = False


#: What is presented while a turn is asked for; every one is shown straight ahead before.
ATTACKS: Mapping[str, Instrument] = {
    "held_photo": Instrument(),
    "tilted_photo": Instrument((35.0, 45.0)),
    "screen_with_bezel": Instrument((35.0, 45.0), has_bezel=True),
    "recapture": Instrument((35.0, 45.0), is_recaptured=True),
}
#: Challenges that a still passes by its nature or for which no picture of living people is at hand.
NOT_MEASURED = ("blink", "approach", "digits")


@dataclass(frozen=True, slots=True)
class AttackReport:
    """APCER for each attack, BPCER by the proxy, and what has no figure."""

    apcer: Mapping[str, Rate]
    reported: Mapping[str, Rate]
    bpcer: Rate
    people: int

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON; rates are shares."""
        return {
            "attacks": {name: _rate("apcer", rate) for name, rate in self.apcer.items()},
            "reported": {name: _rate("apcer", rate) for name, rate in self.reported.items()},
            "bona_fide": {
                "turn": _rate("bpcer", self.bpcer),
                **{name: {"bpcer": "not measured"} for name in NOT_MEASURED},
            },
            "people": self.people,
            "thresholds": {"least_turn": LEAST_TURN, "least_parallax": LEAST_PARALLAX},
            "kind": "synthesised from stills",
        }


def _rate(name: str, rate: Rate) -> dict[str, Any]:
    if not rate.count:
        return {name: "not measured"}
    return {name: rate.share, f"{name}_95": list(rate.interval), "trials": rate.count}


@dataclass(frozen=True, slots=True)
class _Still:
    """One photograph of one person and where its face is."""

    picture: Picture
    look: FaceLook


def attack_photographs(
    root: Path,
    verifier: IdentityVerifier,
    *,
    names: Sequence[str] = (),
    most: int = 0,
    told: Callable[[int, int], None] | None = None,
) -> AttackReport:
    """Present the photographs below ``root`` as attacks and as living people; return the figures.

    ``names``: only these; ``most``: so many people at most are attacked, chosen at random (0: all); living people are
    looked for among all. Raises ValueError without a photograph that shows a face straight ahead.
    """
    by_person = _by_person(root, names)
    people = sorted(by_person)
    chance = random.Random(20260)  # noqa: S311 - the same attacks in every run
    chance.shuffle(people)
    passed: dict[str, list[bool]] = defaultdict(list)
    living: list[bool] = []
    attacked, other = 0, None  # the last head of somebody else that is well turned
    for done, person in enumerate(people, 1):
        stills = list(_stills(root, by_person[person]))
        fronts = [still for still in stills if abs(turn_of(still.look)) < STRAIGHT]
        if fronts:
            if not most or attacked < most:
                attacked += 1
                for name, has_passed in _present_all(fronts[0], other, verifier, chance):
                    passed[name].append(has_passed)
            living += _turned_pairs(fronts[0], stills)
        other = next((one for one in stills if abs(turn_of(one.look)) > LEAST_TURN + STRAIGHT), other)
        if told is not None:
            told(done, len(people))
    if not attacked:
        raise ValueError(f"{root}: no photograph shows a face straight ahead")
    rates = {name: Rate(sum(found), len(found)) for name, found in passed.items()}
    return AttackReport(
        {name: rates[name] for name in ATTACKS},
        {name: rate for name, rate in rates.items() if name not in ATTACKS},
        Rate(living.count(False), len(living)),
        attacked,
    )


def _by_person(root: Path, names: Sequence[str]) -> dict[str, list[str]]:
    wanted = names or [
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.suffix.lower() in {".jpg", ".jpeg", ".png", ".webp"}
    ]
    found: dict[str, list[str]] = defaultdict(list)
    for name in sorted(set(wanted)):
        found[person_of(name)].append(name)
    return found


def _stills(root: Path, names: Sequence[str]) -> Iterator[_Still]:
    for name in names:
        try:
            picture = decode_picture((root / name).read_bytes())
        except InvalidInput:
            continue
        look = face_look(picture)
        if look is not None:
            yield _Still(picture, look)


def _turned_pairs(front: _Still, stills: Sequence[_Still]) -> list[bool]:
    """Return for each photograph on which the head is turned far enough whether it passes as living."""
    found = []
    for still in stills:
        change = turn_of(still.look) - turn_of(front.look)
        if still is not front and abs(change) >= LEAST_TURN:
            kind = next(kind for kind, side in TURNS.items() if side * change > 0)
            judged = judge_challenge(kind, front.look, still.look)
            found.append(judged.outcome is ChallengeOutcome.SEEN)
    return found


def _present_all(
    still: _Still, other: _Still | None, verifier: IdentityVerifier, chance: random.Random
) -> Iterator[tuple[str, bool]]:
    """Yield each attack with one still, to either side, and whether it passed as a living person."""
    templates = verifier.enrol([still.picture])
    for name, instrument in ATTACKS.items():
        fronts = _fronts(still, instrument, chance)
        for kind, side in TURNS.items():
            tilt = side * chance.uniform(*instrument.tilt)
            shown = present(still.picture, instrument, tilt, chance)
            yield name, _passes(kind, fronts, shown, verifier, templates)
    near = present(still.picture, ATTACKS["held_photo"], 0.0, chance, nearer=1.6)
    fronts = _fronts(still, ATTACKS["held_photo"], chance)
    yield "photo_brought_nearer", _passes(ChallengeKind.APPROACH, fronts, near, verifier, templates)
    if other is not None:  # the sample's photograph straight ahead, then somebody else's head that turns
        kind = next(kind for kind, side in TURNS.items() if side * turn_of(other.look) >= 0)
        yield "other_head", _passes(kind, fronts, other.picture, verifier, templates)


def _fronts(still: _Still, instrument: Instrument, chance: random.Random) -> list[FaceLook]:
    shown = [face_look(present(still.picture, instrument, chance.uniform(-5, 5), chance)) for _ in range(3)]
    return [look for look in shown if look is not None]


def _passes(
    kind: ChallengeKind,
    fronts: Sequence[FaceLook],
    shown: Picture,
    verifier: IdentityVerifier,
    templates: Sequence[TemplateValue],
) -> bool:
    judged = judge_picture(kind, fronts, shown, verifier, templates)
    return judged.outcome is ChallengeOutcome.SEEN


def present(
    still: Picture, instrument: Instrument, tilt: float, chance: random.Random, *, nearer: float = 1.0
) -> Picture:
    """Return a camera's picture of a flat still, turned by ``tilt`` degrees about its upright middle."""
    import cv2
    import numpy as np

    shown: NDArray[Any] = _recaptured(still, chance) if instrument.is_recaptured else still
    if instrument.has_bezel:
        shown = cv2.copyMakeBorder(shown, 14, 30, 14, 14, cv2.BORDER_CONSTANT, value=(18, 18, 20))
    height, width = shown.shape[:2]
    away, angle, roll = (
        chance.uniform(1.0, 1.5) / nearer,
        math.radians(tilt),
        math.radians(chance.uniform(-6, 6)),
    )
    corners = []
    for x, y in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)):
        y *= height / width
        x, y = x * math.cos(roll) - y * math.sin(roll), x * math.sin(roll) + y * math.cos(roll)
        depth = away + x * math.sin(angle)
        corners.append((WIDTH / 2 + FOCAL * x * math.cos(angle) / depth, HEIGHT / 2 + FOCAL * y / depth))
    flat = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    carry = cv2.getPerspectiveTransform(flat, np.array(corners, np.float32))
    room = tuple(chance.uniform(90, 150) for _ in range(3))
    seen = cv2.warpPerspective(shown, carry, (WIDTH, HEIGHT), flags=cv2.INTER_AREA, borderValue=room)
    return _by_camera(seen, chance)


def _recaptured(still: Picture, chance: random.Random) -> Picture:
    """Return a still as a screen shows it and a camera takes it: coarser, paler, with a moiré of the two grids."""
    import cv2
    import numpy as np

    soft = cv2.GaussianBlur(still, (0, 0), 0.8).astype(np.float32)
    rows, columns = np.indices(still.shape[:2], np.float32)
    wave = np.sin(columns * chance.uniform(0.4, 0.9) + rows * chance.uniform(0.1, 0.5))
    pale = 255 * (soft / 255) ** 0.85 + 5 * wave[..., None]
    return np.asarray(np.clip(pale, 0, 255), np.uint8)


def _by_camera(seen: NDArray[Any], chance: random.Random) -> Picture:
    """Return a picture with a sensor's noise and the loss of a JPEG."""
    import cv2
    import numpy as np

    noise = np.random.default_rng(chance.getrandbits(32)).normal(0, 2.5, seen.shape)
    noisy = np.clip(seen.astype(np.float32) + noise, 0, 255).astype(np.uint8)
    coded = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 90])[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
