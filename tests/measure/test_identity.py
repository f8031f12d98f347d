"""How well faces are told apart, on people the thresholds have never seen (ISO/IEC 19795-1: FMR, FNMR, FTA).

Thresholds at FMR 0.1 % are chosen on fold 0 and judged on fold 1; the product's own thresholds are judged on fold 1 too.
False matches are counted over all cross-person pairs, not only the listed ones, and false non-matches over all pairs of
one person. Intervals are Wilson's, 95 %; pairs share photographs, so the true ones are wider.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from lms.proctoring.contracts import Phase
from lms.proctoring.rules.compare import COSINE_AT_LEAST, FUSED_AT_MOST, L2_AT_MOST, fused
from lms.proctoring.verifiers.dlib_resnet import DlibVerifier
from lms.proctoring.verifiers.pictures import count_people, decode_picture, find_faces
from lms.proctoring.verifiers.sface import SfaceVerifier
from tests.fixtures.figures import Figures

FMR = 0.001
#: What the default verifier should hold with the product's own thresholds.
MOST_FMR, MOST_FNMR, MOST_FTA = 0.001, 0.006, 0.002


@dataclass
class Fold:
    """The photographs of one half of the people and their vectors."""

    names: list[str] = field(default_factory=list)
    sface: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    dlib: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    missed: int = 0


def read_folds(folder: Path) -> list[Fold]:
    """Return both folds with their photographs in a fixed order."""
    folds = [Fold(), Fold()]
    with (folder / "pairs.tsv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            fold = folds[int(row["fold"])]
            fold.names += [row["a"], row["b"]]
    for fold in folds:
        fold.names = sorted(set(fold.names))
    return folds


def embed(fold: Fold, folder: Path) -> None:
    """Fill the fold's vectors of both nets for every photograph."""
    sface, dlib = SfaceVerifier(), DlibVerifier()
    for name in fold.names:
        picture = decode_picture((folder / "lfw" / name).read_bytes())
        people = count_people(find_faces(picture))
        if not people:
            fold.missed += 1
            continue
        fold.sface[name] = sface.embed(picture, people[0])
        fold.dlib[name] = dlib.embed(picture, people[0])


def person_of(name: str) -> str:
    return name.partition("/")[0]


def cosines(vectors: dict[str, NDArray[np.float32]], names: list[str]) -> NDArray[np.float64]:
    """Return 1 − cosine between all: lower is more alike, as for the other scores."""
    matrix = np.stack([vectors[name] / np.linalg.norm(vectors[name]) for name in names]).astype(np.float64)
    return 1 - matrix @ matrix.T


def distances(vectors: dict[str, NDArray[np.float32]], names: list[str]) -> NDArray[np.float64]:
    matrix = np.stack([vectors[name] for name in names]).astype(np.float64)
    square = (matrix**2).sum(1)
    return np.sqrt(np.maximum(square[:, None] + square[None, :] - 2 * matrix @ matrix.T, 0))


def fused_scores(near: NDArray[np.float64], far: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what the product fuses, from 1 − cosine and distance."""
    return np.asarray(fused(1 - near, far))  # type: ignore[arg-type]


def split(scores: NDArray[np.float64], names: list[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the scores of the same person (genuine) and of different people (impostor), each pair once."""
    owners = np.array([person_of(name) for name in names])
    same = owners[:, None] == owners[None, :]
    upper = np.triu(np.ones(same.shape, bool), 1)
    return scores[same & upper], scores[~same & upper]


def share(values: Iterable[bool]) -> float:
    return float(np.mean(np.fromiter(values, bool)))


def interval(found: float, count: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share."""
    z = 1.96
    middle = found + z * z / (2 * count)
    half = z * math.sqrt(found * (1 - found) / count + z * z / (4 * count * count))
    return (middle - half) / (1 + z * z / count), (middle + half) / (1 + z * z / count)


def judge(
    figures: Figures,
    what: str,
    choose: tuple[NDArray[np.float64], NDArray[np.float64]],
    hold: tuple[NDArray[np.float64], NDArray[np.float64]],
    own: float,
    *,
    is_default: bool = False,
) -> None:
    """Note FMR and FNMR on the held-out people, with the threshold from the other half and with the product's own."""
    threshold = float(np.quantile(choose[1], FMR))
    figures.note("identity", f"{what}: threshold for FMR 0.1 % from fold 0", threshold, "score")
    figures.note("identity", f"{what}: FMR on fold 1", share(hold[1] <= threshold), "share")
    figures.note("identity", f"{what}: FNMR on fold 1", share(hold[0] > threshold), "share")
    figures.note("identity", f"{what}: the product's threshold", own, "score")
    for name, misses, bound in (("FMR", hold[1] <= own, MOST_FMR), ("FNMR", hold[0] > own, MOST_FNMR)):
        found, title = share(misses), f"{what}: {name} at the product's threshold"
        if is_default:
            figures.at_most("identity", title, found, bound, "share")
        else:
            figures.note("identity", title, found, "share")
        low, high = interval(found, len(misses))
        figures.note("identity", f"{title}, low", low, "share")
        figures.note("identity", f"{title}, high", high, "share")


@pytest.mark.third_party
@pytest.mark.slow
def test_measure_faces(figures: Figures, test_data: Path) -> None:
    folder = test_data / "faces"
    folds = read_folds(folder)
    for fold in folds:
        embed(fold, folder)
    seen = sum(len(fold.sface) for fold in folds)
    missed = sum(fold.missed for fold in folds)
    figures.at_most(
        "identity", "YuNet: FTA over all photographs", missed / (seen + missed), MOST_FTA, "share"
    )
    names = [sorted(fold.sface) for fold in folds]
    cosine = [cosines(fold.sface, own) for fold, own in zip(folds, names, strict=True)]
    euclid = [distances(fold.dlib, own) for fold, own in zip(folds, names, strict=True)]
    sface = [split(scores, own) for scores, own in zip(cosine, names, strict=True)]
    judge(figures, "SFace alone", sface[0], sface[1], 1 - COSINE_AT_LEAST[Phase.START])
    dlib = [split(scores, own) for scores, own in zip(euclid, names, strict=True)]
    judge(figures, "dlib alone", dlib[0], dlib[1], L2_AT_MOST[Phase.START])
    both = [split(fused_scores(near, far), own) for near, far, own in zip(cosine, euclid, names, strict=True)]
    judge(figures, "cascade (default)", both[0], both[1], FUSED_AT_MOST[Phase.START], is_default=True)
    figures.note("identity", "pairs of different people on fold 1", float(len(sface[1][1])), "pairs")
    figures.note("identity", "pairs of the same person on fold 1", float(len(sface[1][0])), "pairs")
