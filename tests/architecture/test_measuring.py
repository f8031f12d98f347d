"""Measuring says what it left out and what it was measured against."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.bench.test_exam_speed import note_floor
from tests.fixtures.figures import Figures
from tests.fixtures.setup import planned_by_make

ROOT = Path(__file__).resolve().parents[2]


def test_make_measure_without_data_says_what_it_left_out(tmp_path: Path) -> None:
    written = tmp_path / "measures.json"
    recipe = planned_by_make("measure", f"ARGS=--figures {written} -m third_party")[-1]
    assert "pytest tests/measure" in recipe
    outside = {
        name: value
        for name, value in os.environ.items()
        if name != "LMS_TEST_DATA" and not name.startswith("PYTEST_")
    }
    done = subprocess.run(
        ["bash", "-c", recipe], cwd=ROOT, env=outside, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "left out: test_measure_faces: LMS_TEST_DATA is not set" in done.stdout
    assert json.loads(written.read_text(encoding="utf-8")) == []


def test_the_file_of_figures_says_which_program_was_the_floor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.py"
    other.write_bytes(b"app = None\n")
    figures = Figures()
    monkeypatch.delenv("LMS_BENCH_FLOOR", raising=False)
    note_floor(figures)
    monkeypatch.setenv("LMS_BENCH_FLOOR", str(other))
    note_floor(figures)
    ours, named = figures.rows
    assert ours.what.startswith("floor: our own, SHA-256 ")
    digest = hashlib.sha256(b"app = None\n").hexdigest()[:12]
    assert (named.what, named.value) == (f"floor: named by LMS_BENCH_FLOOR, SHA-256 {digest}", 11)
