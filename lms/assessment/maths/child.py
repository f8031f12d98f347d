"""Compare answers in a process of its own: one JSON line in, one JSON line out, with limits on time and memory."""

from __future__ import annotations

import json
import math
import resource
import signal
import sys
import time
from dataclasses import replace
from types import FrameType
from typing import Any, NoReturn

from lms.assessment.maths.comparing import compare
from lms.assessment.maths.notation import NOTATIONS, Notation
from lms.assessment.maths.verdicts import INVALID, Verdict

__all__ = ["CPU_LIMIT_S", "limit_cpu", "main"]

#: CPU seconds of one comparison, and the memory of the process.
CPU_LIMIT_S = 2.0
MEMORY_BYTES = 2 * 1024**3
#: A comparison that does not come back to Python ends with the process after so many more CPU seconds.
KILLED_AFTER_S = 1
#: Levels of a tree that SymPy may go down.
RECURSION = 5000


class OutOfTime(BaseException):
    """The comparison has used its CPU seconds; not an Exception, so that nothing on the way swallows it."""


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise OutOfTime


def _notation(row: dict[str, Any], key: str) -> Notation:
    return replace(NOTATIONS[row.get(key, "maxima")], words=frozenset(row.get("words", ())))


def limit_cpu(seconds: float) -> None:
    """End the process once it has used so many more seconds of CPU and `KILLED_AFTER_S`, whatever it is doing then."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = math.ceil(used.ru_utime + used.ru_stime + seconds) + KILLED_AFTER_S
    resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))


def limited(row: dict[str, Any]) -> Verdict:
    """Return the verdict of one row, or that its time or memory ran out."""
    limit_cpu(CPU_LIMIT_S)
    signal.setitimer(signal.ITIMER_VIRTUAL, min(CPU_LIMIT_S, row.get("cpu_s") or CPU_LIMIT_S))
    try:
        return compare(
            str(row["test"]),
            str(row["student"]),
            str(row["teacher"]),
            str(row.get("options") or ""),
            notation=_notation(row, "notation"),
            teacher_notation=_notation(row, "teacher_notation"),
        )
    except OutOfTime:
        return INVALID("time_limit")
    except MemoryError:
        return INVALID("memory_limit")
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Answer rows from standard input until it ends."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    sys.setrecursionlimit(RECURSION)
    signal.signal(signal.SIGVTALRM, _stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _say("ready")
    for line in sys.stdin:
        row = json.loads(line)
        begun = time.process_time()
        verdict = limited(row)
        used = time.process_time() - begun
        _say(
            json.dumps(
                {"number": row["number"], "verdict": verdict.result, "note": verdict.reason, "cpu_s": used}
            )
        )


if __name__ == "__main__":
    main()
