"""Measure how well faces are told apart on a folder of photographs, with the thresholds that are in force.

Words of ISO/IEC 19795-1. False non-matches (FNMR) are counted over the listed pairs of one person, false matches (FMR)
over all pairs of photographs of different people, listed or not. A photograph without a usable face is a failure to
acquire (FTA) and counts only there. Intervals are Wilson's, 95 %; pairs share photographs, so the true ones are wider.
"""

from __future__ import annotations

import csv
import multiprocessing
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from lms.core.errors import InvalidInput
from lms.proctoring.contracts import Phase
from lms.proctoring.rules.compare import (
    COSINE_AT_LEAST,
    FUSED_AT_MOST,
    L2_AT_MOST,
    cosine_table,
    distance_table,
    fused,
)
from lms.proctoring.rules.rates import Rate
from lms.proctoring.verifiers import builtin
from lms.proctoring.verifiers.dlib_resnet import DlibVerifier
from lms.proctoring.verifiers.pictures import decode_picture
from lms.proctoring.verifiers.sface import SfaceVerifier

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Pair", "Report", "VerifierFigures", "measure_pairs", "person_of", "read_pairs"]

Table: TypeAlias = "NDArray[np.float64]"
#: The vectors of one photograph by the digest of the model that made them.
Vectors: TypeAlias = "Mapping[str, NDArray[np.float32]]"

#: So many photographs are compared with all others at once.
ROWS_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class Pair:
    """Two photographs by their paths below the folder, and whether they show one person."""

    left: str
    right: str
    is_same: bool


@dataclass(frozen=True, slots=True)
class VerifierFigures:
    """How often one way of comparing erred, and at which threshold it said "match"."""

    verifier: str
    metric: str
    threshold: float
    fmr: Rate
    fnmr: Rate
    fta: Rate

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as JSON: rates are shares, not per cent."""
        low_high = {f"{name}_95": list(getattr(self, name).interval) for name in ("fmr", "fnmr", "fta")}
        return {
            "verifier": self.verifier,
            "fmr": self.fmr.share,
            "fnmr": self.fnmr.share,
            "fta": self.fta.share,
            "genuine": self.fnmr.count,
            "impostor": self.fmr.count,
            "photographs": self.fta.count,
            "metric": self.metric,
            "threshold": self.threshold,
            **low_high,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of the verifier in force and of every one that can work here."""

    default: VerifierFigures
    verifiers: tuple[VerifierFigures, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON."""
        return {
            "default": self.default.as_dict(),
            "verifiers": {item.verifier: item.as_dict() for item in self.verifiers},
        }


def read_pairs(path: Path) -> list[Pair]:
    """Return the pairs of a table with the columns a, b and same (1 or 0), separated by tabs; raise ValueError."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t")
        if not {"a", "b", "same"} <= set(rows.fieldnames or ()):
            raise ValueError(f"{path.name}: the columns a, b and same are needed, separated by tabs")
        return [Pair(row["a"], row["b"], row["same"].strip() == "1") for row in rows]


def person_of(name: str) -> str:
    """Return whom a photograph shows: its folder, or without one its name up to the number."""
    path = Path(name)
    return path.parent.as_posix() if path.parent.name else re.sub(r"[_-]?\d+$", "", path.stem)


def _owners(names: Sequence[str], pairs: Iterable[Pair]) -> list[int]:
    """Return a number of the person for each photograph; pairs that are listed as one person make one of two."""
    root: dict[str, str] = {}

    def find(name: str) -> str:
        while root.setdefault(name, name) != name:
            name = root[name]
        return name

    for name in names:
        root[find(f"file:{name}")] = find(f"person:{person_of(name)}")
    for pair in pairs:
        if pair.is_same:
            root[find(f"file:{pair.left}")] = find(f"file:{pair.right}")
    numbers: dict[str, int] = {}
    return [numbers.setdefault(find(f"file:{name}"), len(numbers)) for name in names]


def _vectors(path: str) -> dict[str, NDArray[np.float32]] | None:
    """Return the vectors of one photograph by every net that can work here; None = no usable face."""
    nets = [net for net in (SfaceVerifier(), DlibVerifier()) if not net.unavailable_reason]
    try:
        picture = decode_picture(Path(path).read_bytes())
        found = [template for net in nets for template in net.enrol([picture])]
    except InvalidInput:
        return None
    return {template.model.digest: template.vectors[0] for template in found}


def _embed(paths: Sequence[str], jobs: int) -> Iterator[dict[str, NDArray[np.float32]] | None]:
    """Yield the vectors of all photographs in their order, computed by so many processes."""
    if jobs <= 1:
        yield from map(_vectors, paths)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        yield from pool.map(_vectors, paths, chunksize=8)


def measure_pairs(
    pairs: Sequence[Pair],
    root: Path,
    *,
    default: str,
    jobs: int = 0,
    told: Callable[[int, int], None] | None = None,
) -> Report:
    """Compare the photographs of ``pairs`` below ``root`` and return the figures.

    ``default`` names the verifier in force; ``jobs`` processes work (0: one for each core); ``told`` hears how far it
    is. Raises ValueError when a photograph is missing or the verifier cannot be measured.
    """
    names = sorted({name for pair in pairs for name in (pair.left, pair.right)})
    missing = [name for name in names if not (root / name).is_file()]
    if missing:
        raise ValueError(f"{len(missing)} photographs are missing, the first of them: {missing[0]}")
    measured = [v.name for v in builtin() if v.name in _SCORES and not v.unavailable_reason]
    if default not in measured:
        raise ValueError(f"{default} cannot be measured here; these can: {', '.join(measured) or 'none'}")
    found: dict[str, Vectors] = {}
    for done, (name, vectors) in enumerate(
        zip(names, _embed([str(root / name) for name in names], jobs or os.cpu_count() or 1), strict=True), 1
    ):
        if vectors is not None:
            found[name] = vectors
        if told is not None:
            told(done, len(names))
    fta = Rate(len(names) - len(found), len(names))
    figures = tuple(_figures(name, pairs, found, fta) for name in measured)
    return Report(next(item for item in figures if item.verifier == default), figures)


def _cosines(left: Sequence[Vectors], right: Sequence[Vectors]) -> Table:
    return cosine_table(*_stacked(SfaceVerifier.model.digest, left, right))


def _distances(left: Sequence[Vectors], right: Sequence[Vectors]) -> Table:
    return distance_table(*_stacked(DlibVerifier.model.digest, left, right))


def _fused(left: Sequence[Vectors], right: Sequence[Vectors]) -> Table:
    if DlibVerifier.model.digest not in left[0]:
        return _cosines(left, right)
    return fused(_cosines(left, right), _distances(left, right))


def _stacked(digest: str, *sides: Sequence[Vectors]) -> tuple[NDArray[np.float32], ...]:
    import numpy as np

    return tuple(np.stack([vectors[digest] for vectors in side]) for side in sides)


_SCORES: dict[str, Callable[[Sequence[Vectors], Sequence[Vectors]], Table]] = {
    "sface": _cosines,
    "face_recognition": _distances,
    "cascade": _fused,
}


def _rule(name: str) -> tuple[str, float]:
    """Return the metric and the threshold of a start; the cascade without dlib decides by the cosine."""
    if name == "sface" or (name == "cascade" and DlibVerifier().unavailable_reason):
        return "cosine", COSINE_AT_LEAST[Phase.START]
    if name == "face_recognition":
        return "l2", L2_AT_MOST[Phase.START]
    return "fused", FUSED_AT_MOST[Phase.START]


def _figures(name: str, pairs: Sequence[Pair], found: Mapping[str, Vectors], fta: Rate) -> VerifierFigures:
    """Return one verifier's figures from the vectors of all photographs."""
    import numpy as np

    metric, threshold = _rule(name)
    score = _SCORES[name]

    def matches(table: Table) -> NDArray[np.bool_]:
        return table >= threshold if metric == "cosine" else table <= threshold

    names = list(found)
    place = {photograph: number for number, photograph in enumerate(names)}
    owners = np.array(_owners(names, pairs))
    vectors = list(found.values())
    false_matches = impostors = 0
    for start in range(0, len(names), ROWS_AT_ONCE):
        rows = np.arange(start, min(start + ROWS_AT_ONCE, len(names)))
        wanted = (rows[:, None] < np.arange(len(names))) & (owners[rows][:, None] != owners)
        hits = matches(score([vectors[row] for row in rows], vectors))
        impostors += int(wanted.sum())
        false_matches += int((hits & wanted).sum())
    genuine = {
        tuple(sorted((pair.left, pair.right)))
        for pair in pairs
        if pair.is_same and pair.left in place and pair.right in place
    }
    missed = sum(not matches(score([found[left]], [found[right]]))[0, 0] for left, right in sorted(genuine))
    return VerifierFigures(
        name, metric, threshold, Rate(false_matches, impostors), Rate(int(missed), len(genuine)), fta
    )
