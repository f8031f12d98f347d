"""How often a photograph passes for a living person (ISO/IEC 30107-3), on people the thresholds have never seen.

The attacks are synthesised from stills and named so; living people are photographs of turned heads. What has no proxy has no
figure: blinking, coming nearer and shown numbers.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from lms.proctoring.attacks import attack_photographs
from lms.proctoring.verifiers.sface import SfaceVerifier
from tests.fixtures.figures import Figures

pytestmark = [pytest.mark.third_party, pytest.mark.slow]
#: So many people are attacked, with every instrument to either side; living people are looked for among all.
PEOPLE = 100
MOST_APCER = MOST_BPCER = 0.10


def names_of_fold(folder: Path, fold: str) -> list[str]:
    """Return the photographs of one half of the people."""
    with (folder / "pairs.tsv").open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines, delimiter="\t") if row["fold"] == fold]
    return sorted({row[side] for row in rows for side in ("a", "b")})


def test_measure_attacks(figures: Figures, test_data: Path) -> None:
    folder = test_data / "faces"
    names = names_of_fold(folder, "1")
    report = attack_photographs(folder / "lfw", SfaceVerifier(), names=names, most=PEOPLE)
    for name, rate in report.apcer.items():
        figures.at_most("identity", f"APCER {name}, synthesised from stills", rate.share, MOST_APCER, "share")
        figures.note("identity", f"APCER {name}, high", rate.interval[1], "share")
    for name, rate in report.reported.items():
        figures.note("identity", f"APCER {name}, reported", rate.share, "share")
    figures.at_most("identity", "BPCER of turns, by turned heads", report.bpcer.share, MOST_BPCER, "share")
    figures.note("identity", "turned heads", float(report.bpcer.count), "pairs")
