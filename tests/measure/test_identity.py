"""How well faces are told apart, on people the thresholds have never seen (ISO/IEC 19795-1: FMR, FNMR, FTA).

Thresholds at FMR 0.1 % are chosen on fold 0 and judged on fold 1; the product's own thresholds are judged on fold 1 too.
False matches are counted over all cross-person pairs, not only the listed ones.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from lms.proctoring.contracts import Phase
from lms.proctoring.rules.compare import COSINE_AT_LEAST, FUSED_AT_MOST, L2_AT_MOST
from lms.proctoring.verifiers.dlib_resnet import DlibVerifier
from lms.proctoring.verifiers.pictures import count_people, decode_picture, find_faces
from lms.proctoring.verifiers.sface import SfaceVerifier
from tests.fixtures.figures import Figures

#: Photographs of each fold that dlib sees; more would take longer than it tells more.
DLIB_SAMPLE = 300
FMR = 0.001


@dataclass
class Fold:
    """The photographs of one half of the people, their vectors, and the listed pairs of the same person."""

    names: list[str] = field(default_factory=list)
    pairs: list[tuple[str, str]] = field(default_factory=list)
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
            if row["same"] == "1":
                fold.pairs.append((row["a"], row["b"]))
    for fold in folds:
        fold.names = sorted(set(fold.names))
    return folds


def embed(fold: Fold, folder: Path) -> None:
    """Fill the fold's vectors: SFace for all photographs, dlib for a sample that keeps whole pairs."""
    sface, dlib = SfaceVerifier(), DlibVerifier()
    chosen = random.Random(0).sample(fold.pairs, k=min(len(fold.pairs), DLIB_SAMPLE // 2))
    wanted = {name for pair in chosen for name in pair}
    for name in fold.names:
        picture = decode_picture((folder / "lfw" / name).read_bytes())
        people = count_people(find_faces(picture))
        if not people:
            fold.missed += 1
            continue
        fold.sface[name] = sface.embed(picture, people[0])
        if name in wanted:
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


def split(scores: NDArray[np.float64], names: list[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the scores of the same person (genuine) and of different people (impostor), each pair once."""
    owners = np.array([person_of(name) for name in names])
    same = owners[:, None] == owners[None, :]
    upper = np.triu(np.ones(same.shape, bool), 1)
    return scores[same & upper], scores[~same & upper]


def share(values: Iterable[bool]) -> float:
    return float(np.mean(np.fromiter(values, bool)))


def judge(
    figures: Figures,
    what: str,
    choose: tuple[NDArray[np.float64], NDArray[np.float64]],
    hold: tuple[NDArray[np.float64], NDArray[np.float64]],
    own: float,
    bound_fnmr: float,
) -> None:
    """Note FMR and FNMR on the held-out people, with the threshold from the other half and with the product's own."""
    threshold = float(np.quantile(choose[1], FMR))
    figures.note("identity", f"{what}: threshold for FMR 0.1 % from fold 0", threshold, "score")
    figures.at_most("identity", f"{what}: FMR on fold 1", share(hold[1] <= threshold), 0.004, "share")
    figures.at_most("identity", f"{what}: FNMR on fold 1", share(hold[0] > threshold), bound_fnmr, "share")
    figures.at_most(
        "identity", f"{what}: FMR at the product's threshold", share(hold[1] <= own), 0.005, "share"
    )
    figures.at_most(
        "identity", f"{what}: FNMR at the product's threshold", share(hold[0] > own), bound_fnmr, "share"
    )


@pytest.mark.third_party
@pytest.mark.slow
def test_measure_faces(figures: Figures, test_data: Path) -> None:
    folder = test_data / "faces"
    folds = read_folds(folder)
    for fold in folds:
        embed(fold, folder)
    seen = sum(len(fold.sface) for fold in folds)
    missed = sum(fold.missed for fold in folds)
    figures.at_most("identity", "YuNet: FTA over all photographs", missed / (seen + missed), 0.01, "share")
    all_names = [sorted(fold.sface) for fold in folds]
    sface = [split(cosines(fold.sface, names), names) for fold, names in zip(folds, all_names, strict=True)]
    judge(figures, "SFace alone", sface[0], sface[1], 1 - COSINE_AT_LEAST[Phase.START], 0.03)
    few = [sorted(fold.dlib) for fold in folds]
    dlib = [split(distances(fold.dlib, names), names) for fold, names in zip(folds, few, strict=True)]
    judge(figures, "dlib alone", dlib[0], dlib[1], L2_AT_MOST[Phase.START], 0.12)
    both = [
        split(0.7 * cosines(fold.sface, names) / 0.64 + 0.3 * distances(fold.dlib, names) / 0.55, names)
        for fold, names in zip(folds, few, strict=True)
    ]
    judge(figures, "cascade (fused)", both[0], both[1], FUSED_AT_MOST[Phase.START], 0.03)
    figures.note("identity", "pairs of different people on fold 1, SFace", float(len(sface[1][1])), "pairs")
    figures.note("identity", "pairs of the same person on fold 1, SFace", float(len(sface[1][0])), "pairs")
