"""A start of the product loads what a start needs: what looks at pictures, formulas and tables is loaded where it is used."""

from __future__ import annotations

import subprocess
import sys

#: Each takes a tenth of a second or several megabytes in every process that loads it.
LATE = (
    "alembic",
    "authlib",
    "cv2",
    "dlib",
    "numpy",
    "openpyxl",
    "sympy",
    "weasyprint",
    "webauthn",
    "xlsxwriter",
)

PROGRAM = f"""
import sys
from lms.app import installed_features
installed_features()
print([name for name in {LATE!r} if name in sys.modules])
"""


def test_a_start_loads_nothing_that_only_some_work_needs() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
