"""Programs are compared and counted fairly, and what they try to do to the machine does not work.

Where this machine cannot put up the walls, the same tests hold that nothing is run and nothing is a zero.
"""

from __future__ import annotations

import math
import platform
import socket
import struct
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.assessment.contracts import ContentError, MarkStatus
from lms.assessment.programs import sandbox
from lms.assessment.programs.languages import LANGUAGES, SYSTEM_PATH, Language
from lms.assessment.programs.probe import REASONS, Probe, broken_walls, shared_probe
from lms.assessment.programs.sandbox import Ending, Limits, Run, SandboxError, run_program
from lms.assessment.programs.seccomp import filter_for_this_machine
from lms.assessment.question_types.code import Code, reason_words
from lms.assessment.rules.items import BEING_MARKED, mark_at_once, mark_fields_safely
from lms.assessment.rules.programs import earned_share, prints_the_same, whole_program

PYTHON = LANGUAGES["python3"]
IS_HERE = not shared_probe().refusal()
#: A probe that has found that the commands are missing, and does not ask again.
MISSING = Probe("missing", math.inf)


def run(source: str, stdin: str = "", limits: Limits | None = None) -> Run | None:
    """Run a program; None, with the refusal checked, where this machine runs none."""
    if IS_HERE:
        return run_program(PYTHON, source, stdin, limits)
    with pytest.raises(SandboxError) as refusal:
        run_program(PYTHON, source, stdin, limits)
    assert refusal.value.reason in REASONS
    return None


def kind_of_content(**changes: Any) -> tuple[Code, dict[str, Any]]:
    """Return the type and a question: double the number that is read; one check is shown, one is not."""
    kind = Code()
    checks = [
        {"stdin": "4\n", "expected": "8", "is_sample": True},
        {"stdin": "-3\n", "expected": "-6"},
    ]
    return kind, kind.validate_content({"prompt": "?", "checks": checks, **changes})


# ── rules ──


def test_spaces_at_ends_do_not_matter_and_those_at_the_beginning_do() -> None:
    assert prints_the_same("  *\n ***\n", "  * \r\n ***\n\n\n", "lines")
    assert not prints_the_same("  *\n ***", "*\n***", "lines")
    assert prints_the_same("  *\n ***", "*\n***", "words")
    assert not prints_the_same("a b", "ab", "words")


@given(st.text(), st.sampled_from(["lines", "words"]))
def test_every_output_is_like_itself(text: str, how: str) -> None:
    assert prints_the_same(text, text, how)


@given(st.lists(st.tuples(st.decimals(min_value="0.01", max_value=100, places=2), st.booleans()), min_size=1))
def test_a_share_is_one_only_for_all_and_nothing_only_for_none(rows: list[tuple[Decimal, bool]]) -> None:
    points, passed = [row[0] for row in rows], [row[1] for row in rows]
    share = earned_share(points, passed, needs_all=False)
    assert 0 <= share <= 1
    assert (share == 1) == all(passed)
    assert (share == 0) == (not any(passed))
    assert earned_share(points, passed, needs_all=True) == (1 if all(passed) else 0)


def test_the_lines_of_a_check_come_after_the_program() -> None:
    assert whole_program("x = 1", "print(x)") == "x = 1\n\nprint(x)\n"
    assert whole_program("x = 1", "  ") == "x = 1"


# ── walls ──


def test_the_probe_finds_every_wall_standing_or_says_why_there_is_none() -> None:
    assert shared_probe().refusal() in {"", *REASONS}
    if IS_HERE:
        assert broken_walls() == []


@pytest.mark.parametrize(
    ("limits", "broken"),
    [
        (Limits(processes=100, wall_s=10), ["processes"]),
        (Limits(folder_bytes=64 * 2**20, wall_s=10), ["folder"]),
    ],
)
def test_the_probe_notices_a_wall_that_does_not_hold(limits: Limits, broken: list[str]) -> None:
    if IS_HERE:
        assert broken_walls(limits) == broken
    else:
        with pytest.raises(SandboxError):
            broken_walls(limits)


ATTACKS = {
    "reads the accounts of the machine": "print(open('/etc/passwd').read())",
    "reads what runs on the machine": "import os; print(os.listdir('/proc'))",
    "reads home folders": "import os; print(os.listdir('/root'), os.listdir('/home'))",
    "follows a link out": "import os; os.symlink('/etc/passwd', '/tmp/x'); print(open('/tmp/x').read())",
    "climbs out of its folder": "print(open('/tmp/../../../../etc/passwd').read())",
    "writes into the system": "open('/usr/bin/python3', 'w')",
    "writes beside its program": "open('/program/other.py', 'w')",
    "changes its program": "open('/program/program.py', 'a')",
    "opens a socket": "import socket; socket.socket()",
    "opens a socket to the host machine": "import socket; socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)",
    "takes memory that belongs to nobody": "import os; os.memfd_create('x')",
    "takes a lot of memory": "x = bytearray(10**9)",
    "writes a long file": "open('/tmp/x', 'wb').write(bytes(5 * 2**20))",
    "writes many files": "for n in range(9): open(f'/tmp/{n}', 'wb').write(bytes(2**21))",
    "makes a device": "import os, stat; os.mknod('/tmp/d', stat.S_IFCHR | 0o666, os.makedev(1, 1))",
    "becomes root": "import os; os.setuid(0)",
    "opens many files": "held = [open('/dev/null') for _ in range(100)]",
    "starts many threads": (
        "import threading, time\n"
        "for _ in range(50): threading.Thread(target=time.sleep, args=(1,), daemon=True).start()"
    ),
    "starts many processes": (
        "import os, time\n"
        "for _ in range(50):\n"
        "    if os.fork() == 0:\n"
        "        time.sleep(1)\n"
        "        os._exit(0)"
    ),
    "makes walls of its own": "import ctypes, os\nif ctypes.CDLL(None, use_errno=True).unshare(0x10000000): raise OSError",
}


@pytest.mark.parametrize("source", ATTACKS.values(), ids=ATTACKS)
def test_what_a_program_must_not_do_fails_in_it(source: str) -> None:
    done = run(source)
    if done is not None:
        assert done.ending is Ending.FAILED
        assert "root:" not in done.output


def test_nothing_of_the_server_stands_in_the_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LMS_SECRET_KEY", "topsecret")
    source = """
import os
print(sorted(os.environ), sorted(os.listdir("/")), os.getuid(), os.uname().nodename)
for handle in range(3, 256):
    try:
        os.fstat(handle)
        print("handle", handle)
    except OSError:
        pass
"""
    done = run(source)
    if done is not None:
        assert "LMS_SECRET_KEY" not in done.output
        assert "handle" not in done.output
        assert done.output.rstrip().endswith("1000 sandbox")


def test_what_is_expected_is_not_inside() -> None:
    source = """
import os
seen = [open("/program/program.py").read(), *os.environ.values(), *os.listdir("/program"), *os.listdir("/tmp")]
print(chr(10).join(seen))
"""
    kind, content = kind_of_content(checks=[{"code": "print('asked')", "expected": "Antwort 42"}])
    found = kind.mark(content, 1, source)
    done = run(whole_program(source, "print('asked')"))
    if done is not None:
        assert "print('asked')" in done.output
        assert "Antwort" not in done.output
        assert found.status is MarkStatus.WRONG


def test_a_gigabyte_of_output_is_cut_and_kept_nowhere() -> None:
    begun = time.monotonic()
    done = run("while True: print('x' * 10**6)")
    if done is not None:
        assert done.ending is Ending.TOO_MUCH
        assert len(done.output) <= Limits().output_bytes
        assert time.monotonic() - begun < 20


def test_a_program_that_only_waits_is_ended_and_told_from_one_that_computes() -> None:
    waits = run("import time; time.sleep(60)", limits=Limits(wall_s=0.5))
    computes = run("while True: pass", limits=Limits(cpu_s=1, wall_s=60))
    if waits is not None and computes is not None:
        assert (waits.ending, computes.ending) == (Ending.STALLED, Ending.TOO_LONG)


def test_nothing_of_a_run_lives_on() -> None:
    source = """
import os, signal, time
for number in range(3):
    if os.fork() == 0:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for handle in (0, 1, 2):
            os.close(handle)
        time.sleep(30)
        os._exit(0)
print("gone")
"""
    language = replace(PYTHON, file_name=f"program-{uuid4()}.py")
    if IS_HERE:
        assert run_program(language, source) == Run(Ending.DONE, "gone\n")
        assert (
            run_program(language, source + "time.sleep(60)", "", Limits(wall_s=0.5)).ending is Ending.STALLED
        )
    assert not is_running(language.file_name)


def is_running(name: str) -> bool:
    """Tell whether a process has this name in its command."""
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if name.encode() in file.read_bytes():
                return True
    return False


def test_a_program_cannot_end_what_is_outside() -> None:
    source = """
import os, signal
for victim in (1, os.getppid(), -1):
    try:
        os.kill(victim, signal.SIGKILL)
    except OSError:
        pass
print("still here")
"""
    done = run(source)
    if done is not None:
        assert done.ending in {Ending.DONE, Ending.FAILED, Ending.TOO_LONG}
    assert run("print(1)") == (Run(Ending.DONE, "1\n") if IS_HERE else None)


def test_the_network_of_the_machine_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        done = run(f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)")
        listener.settimeout(0.2)
        with pytest.raises(TimeoutError):
            listener.accept()
    assert done is None or done.ending is Ending.FAILED


def test_what_is_not_text_is_shown_as_far_as_it_can_be() -> None:
    done = run("import sys; sys.stdout.buffer.write(b'a\\xff\\x00b')")
    if done is not None:
        assert done.output == "a\ufffd\x00b"


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_of_calls_jumps_to_its_own_ends(machine: str) -> None:
    written = filter_for_this_machine(machine)
    assert written is not None
    rows = [struct.unpack_from("HBBI", written, at) for at in range(0, len(written), 8)]
    allow, refuse = len(rows) - 2, len(rows) - 1
    assert [row[3] for row in rows[allow:]] == [0x7FFF0000, 0x00050001]
    for at, (code, then, _else, _number) in enumerate(rows):
        if code == 0x15 and at > 1:
            assert at + 1 + then == refuse
    assert rows[1][2] + 2 == refuse
    assert rows[3][1] + 4 == refuse
    assert filter_for_this_machine("pdp11") is None
    assert filter_for_this_machine() == filter_for_this_machine(platform.machine())


def test_a_language_that_is_not_installed_is_named_as_the_reason() -> None:
    strange = Language("strange", "Strange", "no-such-interpreter", (), "program.txt")
    assert strange.path() is None
    with pytest.raises(SandboxError) as refusal:
        run_program(strange, "")
    assert refusal.value.reason in {"language", "missing"}
    assert SYSTEM_PATH.startswith("/usr")


# ── marking ──


def test_each_check_earns_its_share_and_only_shown_ones_tell_what_was_printed() -> None:
    kind, content = kind_of_content()
    found = kind.mark(content, 1, "n = int(input())\nprint(n + 4)\n")
    if not IS_HERE:
        assert found.status is MarkStatus.NEEDS_MARKING
        return
    assert (found.status, found.fraction) == (MarkStatus.PARTIAL, Decimal("0.5"))
    assert found.notes == ("check:1:sample:passed:", "check:2:hidden:differs:")
    wrong = kind.mark(content, 1, "print(7)")
    assert wrong.notes == ("check:1:sample:differs:7", "check:2:hidden:differs:")
    broken = kind.mark(content, 1, "print(undefined)")
    assert broken.notes[0] == "check:1:sample:failed:NameError: name 'undefined' is not defined"
    assert broken.notes[1] == "check:2:hidden:failed:"


def test_a_program_that_hangs_is_not_run_for_every_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "CLOCK_MORE_S", 100.0)  # the machine may be as busy as it likes
    kind, content = kind_of_content(checks=[{"expected": str(number)} for number in range(20)], seconds=1)
    found = kind.mark(content, 1, "while True: pass")
    if IS_HERE:
        assert found.fraction == 0
        assert [note.split(":")[3] for note in found.notes] == ["too_long"] * 2 + ["not_run"] * 18
    else:
        assert found.status is MarkStatus.NEEDS_MARKING


def test_a_program_that_sleeps_is_left_to_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "CLOCK_MORE_S", 0.0)
    kind, content = kind_of_content(seconds=1)
    found = kind.mark(content, 1, "import time; time.sleep(60)")
    assert found.status is MarkStatus.NEEDS_MARKING
    assert found.notes in {("program_stalled",), *((f"programs:{reason}",) for reason in REASONS)}


@pytest.mark.parametrize("reason", REASONS)
def test_where_nothing_can_be_run_no_answer_is_a_zero_and_everybody_reads_why(reason: str) -> None:
    kind = Code(Probe(reason, math.inf))
    _, content = kind_of_content()
    found = mark_fields_safely(kind, content, 1, {"answer": ["print(1)"]})
    assert (found.status, found.fraction) == (MarkStatus.NEEDS_MARKING, None)
    assert found.notes == (f"programs:{reason}",)
    assert reason_words(reason) != ""
    assert kind.unavailable() == ("" if reason == "busy" else reason_words(reason)), "there will be a turn"
    assert kind.player(content, 1)["unavailable"] == kind.unavailable()
    assert mark_fields_safely(kind, content, 1, {"answer": [" "]}).fraction == 0


def test_where_nothing_can_be_run_the_type_keeps_its_contract() -> None:
    from lms.testing.contracts.question_types import CHECKS

    for check in CHECKS:
        check(Code(MISSING))


def test_a_server_that_could_not_run_programs_is_asked_again_after_a_while() -> None:
    probe = Probe("missing", time.monotonic() - 61)
    assert probe.refusal() == shared_probe().refusal()


def test_while_somebody_waits_a_program_is_not_run() -> None:
    kind, content = kind_of_content()
    assert mark_at_once(kind, content, 1, {"answer": ["while True: pass"]}).notes == (BEING_MARKED,)
    assert mark_at_once(kind, content, 1, {}).fraction == 0


@given(st.text(alphabet=st.characters(codec=None), max_size=40))
def test_strange_programs_are_read_and_told_without_a_fault(text: str) -> None:
    kind = Code(MISSING)
    _, content = kind_of_content()
    found = mark_fields_safely(kind, content, 1, {"answer": [text]})
    assert found.status in {MarkStatus.NEEDS_MARKING, MarkStatus.WRONG}
    assert isinstance(kind.describe(content, 1, kind.parse({"answer": [text]})), str)


@pytest.mark.parametrize("answer", ["\ud800", "print('\u0000')", "x" * 100_000])
def test_programs_that_cannot_be_read_are_no_fault_of_the_marker(answer: str) -> None:
    kind, content = kind_of_content()
    found = mark_fields_safely(kind, content, 1, {"answer": [answer]})
    assert found.status in {MarkStatus.WRONG, MarkStatus.NEEDS_MARKING}


def test_what_stands_in_the_field_first_is_no_answer() -> None:
    kind, content = kind_of_content(starter="# begin\n")
    assert kind.mark(content, 1, "# begin").notes == ("no_answer",)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"checks": []}, "checks"),
        ({"checks": [{"stdin": "1"}]}, "checks.0.expected"),
        ({"checks": [{"expected": "1", "points": "0"}]}, "checks.0.points"),
        ({"checks": [{"expected": "x" * 10_001}]}, "checks.0.expected"),
        ({"checks": [{"expected": "1"}] * 21}, "checks"),
        ({"seconds": 60}, "seconds"),
        ({"language": "cobol"}, "language"),
        ({"starter": 5}, "starter"),
    ],
)
def test_what_cannot_be_a_question_is_refused_at_its_field(changes: Mapping[str, Any], field: str) -> None:
    with pytest.raises(ContentError) as refusal:
        kind_of_content(**changes)
    assert list(refusal.value.problems) == [field]


def test_spaces_at_the_beginning_survive_the_author_form() -> None:
    from lms.assessment.rules.author_forms import posted_of, read_values

    kind, content = kind_of_content(
        checks=[{"expected": "  *\n ***\n"}], starter="    x = 1\n", model_answer=" y\n"
    )
    values = kind.form_from(content)
    form = kind.author_form(values)
    again = kind.validate_content(kind.content_from(read_values(form, posted_of(form, values))))
    assert again == content
