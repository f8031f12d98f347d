"""Measuring without the data that it reads ends well and says what it left out."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_make_measure_without_data_says_what_it_left_out(tmp_path: Path) -> None:
    written = tmp_path / "measures.json"
    planned = subprocess.run(
        ["make", "-n", "measure", f"ARGS=--figures {written} -m third_party"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    recipe = planned.stdout.splitlines()[-1]
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
