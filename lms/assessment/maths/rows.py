"""Compare rows of JSON lines, for checks from the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TextIO

from lms.assessment.maths.sandbox import Sandbox
from lms.assessment.maths.verdicts import INVALID, Verdict

__all__ = ["WAIT_S", "verdicts"]

#: Nobody sits before a file of rows: a busy machine may take so long for the two seconds of CPU that each row has.
WAIT_S = 60.0
#: A row of the longest texts that are compared, every character of them escaped, is shorter than this.
LONGEST_LINE = 1_000_000


def verdicts(file: TextIO, sandbox: Sandbox) -> Iterator[str]:
    """Yield one JSON line for each line, in order: {verdict: true | false | null, note}.

    A row has ``test``, ``student``, ``teacher`` and, where the test takes one, ``options``.
    """
    for line in _lines(file):
        found = INVALID("too_long") if line is None else _verdict(line, sandbox)
        yield json.dumps({"verdict": found.result, "note": found.reason}, ensure_ascii=False)


def _lines(file: TextIO) -> Iterator[str | None]:
    """Yield each line, or None in the place of one that is too long: its rest is skipped piece by piece."""
    while line := file.readline(LONGEST_LINE):
        is_whole = len(line) < LONGEST_LINE or line.endswith("\n")
        yield line if is_whole else None
        while not is_whole:
            rest = file.readline(LONGEST_LINE)
            is_whole = len(rest) < LONGEST_LINE or rest.endswith("\n")


def _verdict(line: str, sandbox: Sandbox) -> Verdict:
    try:
        row: Any = json.loads(line)
    except (ValueError, RecursionError):
        return INVALID("not_json")
    if not isinstance(row, dict) or not all(
        isinstance(row.get(key), str) for key in ("test", "student", "teacher")
    ):
        return INVALID("row_incomplete")
    option = _option(row.get("options"))
    return sandbox.compare(row["test"], row["student"], row["teacher"], option, within_s=WAIT_S)


def _option(value: object) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)
