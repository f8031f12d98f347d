"""Ten thousand examinations under faults in virtual time: what was acknowledged, lost, doubled."""

from __future__ import annotations

import multiprocessing
import shutil
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.fixtures.figures import Figures
from tests.integration.assessment.fault_simulator import play_many, world_in

SCHEDULES, PROCESSES = 10_000, 2
INJECTED = ("kill", "request lost", "answer lost", "request repeated", "browser closed", "clock jump")


def play_share(folder: Path, seeds: range) -> tuple[Counter[str], list[str]]:
    """Play a share of the schedules in a process of its own."""
    with world_in(folder) as world:
        return play_many(world, seeds)


def test_ten_thousand_schedules_of_faults(tmp_path: Path, sqlite_template: Path, figures: Figures) -> None:
    folders = [tmp_path / str(number) for number in range(PROCESSES)]
    for folder in folders:
        folder.mkdir()
        for source in sqlite_template.parent.glob("lms.db*"):
            shutil.copyfile(source, folder / source.name)
    shares = [range(number, SCHEDULES, PROCESSES) for number in range(PROCESSES)]
    counts: Counter[str] = Counter()
    faults: list[str] = []
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as pool:
        for found, wrong in pool.map(play_share, folders, shares):
            counts += found
            faults += wrong
    figures.note("exams", "fault schedules played", SCHEDULES, "")
    for name in ("operation", "file", "request", "mark", "late", *INJECTED):
        figures.note("exams", f"in them: {name}", counts[name], "")
    for name in ("lost", "doubled", "double mark"):
        figures.at_most("exams", f"acknowledged operations: {name}", counts[name], 0, "")
    figures.at_most("exams", "faults of any kind", len(faults), 0, "")
    assert faults == []
