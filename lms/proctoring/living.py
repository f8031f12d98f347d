"""Look at the pictures of a camera check for what only a head before a camera does; worker processes only."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from lms.proctoring.contracts import IdentityVerifier, Phase, Picture, TemplateValue
from lms.proctoring.rules.liveness import FaceLook, Judged, judge_challenge, typical_look
from lms.proctoring.types import ChallengeKind, ChallengeOutcome, Outcome
from lms.proctoring.verifiers.pictures import count_people, find_faces, steady_points

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["face_look", "judge_picture", "still_shares"]


def face_look(picture: Picture) -> FaceLook | None:
    """Return where the points of the main face are and how open its eyes look, or None without a face."""
    people = count_people(find_faces(picture))
    if not people:
        return None
    points = steady_points(picture, people[0])[4:14].reshape(5, 2)
    return FaceLook(tuple((float(x), float(y)) for x, y in points), _eyes(picture, points))


def _eyes(picture: Picture, points: NDArray[np.float32]) -> float:
    """Return the mean spread of grey in a square around each eye, over that of the whole face."""
    import cv2
    import numpy as np

    right, left = points[0], points[1]
    across = left - right
    angle = float(np.degrees(np.arctan2(across[1], across[0])))
    scale = 48 / max(float(np.linalg.norm(across)), 1e-6)
    middle = (right + left) / 2
    move = cv2.getRotationMatrix2D((float(middle[0]), float(middle[1])), angle, scale)
    move[:, 2] += np.array([48.0, 32.0]) - middle
    grey = cv2.cvtColor(cv2.warpAffine(picture, move, (96, 128)), cv2.COLOR_BGR2GRAY).astype(np.float32)
    spread = [float(grey[24:40, x - 10 : x + 10].std()) for x in (24, 72)]
    return sum(spread) / 2 / max(float(grey.std()), 1.0)


def judge_picture(
    kind: ChallengeKind,
    fronts: Sequence[FaceLook],
    picture: Picture,
    verifier: IdentityVerifier,
    templates: Sequence[TemplateValue],
) -> Judged:
    """Judge the picture of one challenge; a face that is not the sample's proves nothing about who sits there."""
    front = typical_look(fronts) if fronts else None
    shown = None if kind is ChallengeKind.DIGITS else face_look(picture)
    judged = judge_challenge(kind, front, shown)
    if judged.outcome is not ChallengeOutcome.SEEN:
        return judged
    compared = verifier.compare(templates, picture, Phase.DURING)
    return (
        judged if compared.outcome is Outcome.MATCH else Judged(ChallengeOutcome.OTHER_FACE, judged.measures)
    )


def still_shares(pictures: Sequence[Picture]) -> list[float]:
    """Return for each picture and the next one of the same size the share of pixels that did not change at all."""
    import numpy as np

    return [
        float(np.mean((before == after).all(axis=2)))
        for before, after in pairwise(pictures)
        if before.shape == after.shape
    ]
