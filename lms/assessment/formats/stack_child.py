"""Compute STACK questions' values in a process of its own: one JSON line in, one out, with limits on time and memory."""

from __future__ import annotations

import json
import resource
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, NoReturn

from sympy.core.parameters import distribute

from lms.assessment.formats.maxima import written
from lms.assessment.formats.stack_values import Variant, shown
from lms.assessment.maths.tree import MathsError, Node

__all__ = ["main"]

CPU_S = 4
MEMORY_BYTES = 2 * 1024**3
RECURSION = 4000


class OutOfTime(BaseException):
    """The job has used its CPU seconds; not an Exception, so that nothing on the way swallows it."""


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    raise OutOfTime


def main() -> None:
    """Answer one job a line: ``variables``, ``feedback``, ``unknown``, ``is_simplified``, ``seed``, and texts."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    sys.setrecursionlimit(RECURSION)
    signal.signal(signal.SIGVTALRM, _stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_limited(json.loads(line))) + "\n")
        sys.stdout.flush()


def _limited(job: dict[str, Any]) -> dict[str, Any]:
    signal.setitimer(signal.ITIMER_VIRTUAL, CPU_S)
    try:
        with distribute(False):  # Maxima leaves 2*(x+y) as it is
            return _answer(job)
    except (OutOfTime, MemoryError):
        return {"error": "time"}
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _answer(job: dict[str, Any]) -> dict[str, Any]:
    try:
        variant = Variant(
            f"{job['variables']};{job['feedback']}",
            is_simplified=job["is_simplified"],
            seed=job["seed"],
            unknown=job["unknown"],
        )
    except (
        MathsError,
        ArithmeticError,
        ValueError,
        TypeError,
        AttributeError,
        IndexError,
        RecursionError,
    ) as error:
        return {"error": _code(error)}

    def each(texts: list[str], say: Callable[[Node], str], *, is_simplified: bool) -> list[dict[str, str]]:
        found = []
        for text in texts:
            try:
                found.append({"value": say(variant.value_of(text, is_simplified=is_simplified))})
            except (
                MathsError,
                ArithmeticError,
                ValueError,
                TypeError,
                AttributeError,
                IndexError,
                RecursionError,
            ) as error:
                found.append({"error": _code(error)})
        return found

    is_simplified = bool(job["is_simplified"])
    return {
        "shown": each(job["show"], shown, is_simplified=is_simplified),
        "typed": each(job["type"], written, is_simplified=is_simplified),
        "rules": each(job["rules"], written, is_simplified=bool(job["rules_simplified"])),
        "tries": each(
            job["tries"], written, is_simplified=False
        ),  # students' answers stand as they were typed
        "has_random": variant.has_random,
    }


def _code(error: Exception) -> str:
    return str(getattr(error, "code", "") or type(error).__name__)


if __name__ == "__main__":
    main()
