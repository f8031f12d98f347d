"""Start the process that computes a STACK question's values, and stop it when it takes too long."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from lms.assessment.formats.values import Refusal

__all__ = ["compute"]

#: The child stops by itself after its CPU seconds; this is for one that cannot.
WALL_S = 60


def compute(job: dict[str, Any]) -> dict[str, Any]:
    """Return what the child answers; raise Refusal ``stack.time`` when it takes too long or the process dies."""
    environment = {
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "PYTHONHASHSEED": "0",
        "LC_ALL": "C.UTF-8",
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", "lms.assessment.formats.stack_child"],
            input=json.dumps(job).encode(),
            capture_output=True,
            timeout=WALL_S,
            env=environment,
            check=False,
        )
        found: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        raise Refusal("stack.time") from None
    return found
