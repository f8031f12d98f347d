"""Comparisons run in a child process with limits; one line in, one line out."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from lms.assessment.cli import maths
from lms.assessment.maths.rows import LONGEST_LINE, verdicts
from lms.assessment.maths.sandbox import Sandbox, shared_sandbox
from lms.assessment.rules.time_limits import TimeLimitExceeded, time_limit


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox()
    yield made
    made.close()


def test_the_child_lives_on_between_comparisons(sandbox: Sandbox) -> None:
    assert sandbox.compare("AlgEquiv", "x+x", "2*x").result is True
    child = sandbox._child
    assert sandbox.compare("AlgEquiv", "x+x", "3*x").result is False
    assert sandbox._child is child


@pytest.mark.parametrize("student", ["9**9**9", "9**9**9**9", "(9^9^9)!", "((x+y+z)^1000)^1000"])
def test_giant_numbers_are_not_worked_out(sandbox: Sandbox, student: str) -> None:
    found = sandbox.compare("AlgEquiv", student, "x")
    assert found.result is not True


def test_a_comparison_that_takes_too_long_says_so_and_the_next_one_works(sandbox: Sandbox) -> None:
    """A pattern that is matched in C for ever is stopped by the CPU it used; the clock would come much later."""
    endless = f'"{"a" * 60}!"'
    found = sandbox.compare("SRegExp", endless, '"(a+)+$"')
    assert found.result is None
    assert found.reason == "time_limit"
    assert sandbox.compare("AlgEquiv", "1+1", "2").result is True


def test_a_child_that_died_is_replaced(sandbox: Sandbox) -> None:
    assert sandbox.compare("AlgEquiv", "1", "1").result is True
    assert sandbox._child is not None
    sandbox._child.kill()
    sandbox._child.wait()
    assert sandbox.compare("AlgEquiv", "1", "1").result is True


def test_an_interrupted_question_is_never_answered_by_the_next_ones_verdict(sandbox: Sandbox) -> None:
    assert sandbox.compare("AlgEquiv", "x", "x").result is True
    with pytest.raises(TimeLimitExceeded), time_limit(0.05):
        for _ in range(10_000):
            sandbox.compare("AlgEquiv", "(x+1)^2", "x^2+2*x+1")
    assert sandbox.compare("AlgEquiv", "x", "y").result is False
    assert sandbox.compare("AlgEquiv", "x+x", "2*x").result is True


def test_threads_wait_for_one_another_only_so_long(sandbox: Sandbox) -> None:
    assert sandbox.compare("AlgEquiv", "x", "x").result is True
    sandbox._lock.acquire()
    try:
        assert sandbox.compare("AlgEquiv", "x", "x", within_s=0.05).reason == "time_limit"
    finally:
        sandbox._lock.release()
    assert sandbox.compare("AlgEquiv", "x", "x").result is True


def test_a_late_answer_is_not_taken_for_another_questions(sandbox: Sandbox) -> None:
    assert sandbox.compare("AlgEquiv", "x", "x").result is True
    assert sandbox._child is not None
    assert sandbox._child.stdin is not None
    sandbox._child.stdin.write(b'{"number": 0, "test": "AlgEquiv", "student": "x", "teacher": "x"}\n')
    sandbox._child.stdin.flush()
    assert sandbox.compare("AlgEquiv", "x", "y").result is not True
    assert sandbox.compare("AlgEquiv", "x", "y").result is False


def test_where_no_child_can_be_started_the_answer_waits(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    found = sandbox.compare("AlgEquiv", "1", "1")
    assert found.result is None
    assert found.reason.startswith("unable")
    monkeypatch.undo()
    assert sandbox.compare("AlgEquiv", "1", "1").result is True


def test_a_gigantic_text_is_not_even_sent(sandbox: Sandbox) -> None:
    assert sandbox.compare("AlgEquiv", "x" * 10**7, "x").reason == "too_long"
    assert sandbox._child is None


def test_a_process_shares_one_sandbox() -> None:
    assert shared_sandbox() is shared_sandbox()


def test_the_command_answers_line_by_line_whatever_comes() -> None:
    rows = [
        {"test": "AlgEquiv", "student": "x+x", "teacher": "2*x", "options": ""},
        {"test": "AlgEquiv", "student": "x", "teacher": "2*x"},
        {"test": "FacForm", "student": "(x-1)*(x+1)", "teacher": "x^2-1", "options": "x"},
        {"test": "AlgEquiv", "student": "1/0", "teacher": "1", "options": None},
        {"test": "AlgEquiv"},
    ]
    text = "\n".join(map(json.dumps, rows)) + "\nnot json\n[]\n" + f"{'9' * 5000}\n"
    result = CliRunner().invoke(maths, ["compare"], input=text)
    assert result.exit_code == 0
    found = [json.loads(line)["verdict"] for line in result.output.splitlines()]
    assert found == [True, False, True, None, None, None, None, None]


class Endless(io.TextIOBase):
    """A file whose second line is far longer than any row, and which refuses to hand it out whole."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces = iter(["not json\n", *["x" * LONGEST_LINE] * 40, "x" * 7 + "\n", "[]\n", "y" * 9])

    def readline(self, size: int | None = -1) -> str:  # type: ignore[override]
        assert size == LONGEST_LINE, "a line is never asked for whole"
        return next(self.pieces, "")


def test_a_line_without_end_is_skipped_piece_by_piece_and_the_order_stays() -> None:
    found = [json.loads(line)["note"] for line in verdicts(Endless(), Sandbox())]
    assert found == ["not_json", "too_long", "row_incomplete", "not_json"]


#: A line a hundred times as long as the limit; one of a gigabyte takes no more memory, but seconds.
LONG = 100 * LONGEST_LINE


def peak_of(process: subprocess.Popen[bytes]) -> int:
    """Return the most memory that a process has had so far, in bytes."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def test_a_line_far_beyond_the_limit_takes_no_memory_of_the_command_and_the_next_is_answered() -> None:
    row = json.dumps({"test": "AlgEquiv", "student": "x+x", "teacher": "2*x"}).encode() + b"\n"
    command = [sys.executable, "-m", "lms", "maths", "compare"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        peaks, notes = [], []
        for size in (LONG // 10, LONG):
            process.stdin.writelines(b"x" * LONGEST_LINE for _ in range(size // LONGEST_LINE))
            process.stdin.write(b"\n" + row)
            process.stdin.flush()
            notes += [json.loads(process.stdout.readline()) for _ in range(2)]
            peaks.append(peak_of(process))
        process.stdin.close()
        assert process.wait() == 0
    assert [(found["verdict"], found["note"] == "too_long") for found in notes] == [
        (None, True),
        (True, False),
    ] * 2
    assert peaks[1] - peaks[0] < 20_000_000
