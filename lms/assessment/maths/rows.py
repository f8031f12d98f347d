"""Compare rows of JSON lines, for checks from the command line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from lms.assessment.maths.sandbox import Sandbox
from lms.assessment.maths.verdicts import INVALID, Verdict

__all__ = ["WAIT_S", "verdicts"]

#: Nobody sits before a file of rows: a busy machine may take so long for the two seconds of CPU that each row has.
WAIT_S = 20.0


def verdicts(lines: Iterable[str], sandbox: Sandbox) -> Iterator[str]:
    """Yield one JSON line for each line, in order: {verdict: true | false | null, note}.

    A row has ``test``, ``student``, ``teacher`` and, where the test takes one, ``options``.
    """
    for line in lines:
        found = _verdict(line, sandbox)
        yield json.dumps({"verdict": found.result, "note": found.reason}, ensure_ascii=False)


def _verdict(line: str, sandbox: Sandbox) -> Verdict:
    try:
        row: Any = json.loads(line)
    except (json.JSONDecodeError, RecursionError):
        return INVALID("not_json")
    if not isinstance(row, dict) or not all(
        isinstance(row.get(key), str) for key in ("test", "student", "teacher")
    ):
        return INVALID("row_incomplete")
    option = _option(row.get("options"))
    return sandbox.compare(row["test"], row["student"], row["teacher"], option, within_s=WAIT_S)


def _option(value: object) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)
