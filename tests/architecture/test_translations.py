"""Russian and English are both complete."""

from __future__ import annotations

import subprocess
import sys

from tests.fixtures.setup import ROOT


def test_every_string_is_translated_compiled_and_said_one_way() -> None:
    command = [sys.executable, "tools/i18n.py", "check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
