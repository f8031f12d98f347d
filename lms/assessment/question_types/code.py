"""A program: it is run against checks, each of which is what it reads and what it must print.

What it should print never enters the sandbox: a program that looks for it finds nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from flask_babel import lazy_gettext

from lms.assessment.contracts import (
    STEM_FIELDS,
    AuthorField,
    FieldKind,
    Fields,
    ItemTest,
    MarkResult,
    MarkStatus,
    PlainForm,
    Sample,
)
from lms.assessment.programs.languages import LANGUAGES
from lms.assessment.programs.probe import Probe, shared_probe
from lms.assessment.programs.sandbox import Ending, Limits, Run, SandboxError, run_program
from lms.assessment.question_types.reading import ContentReader, stem
from lms.assessment.rules.author_forms import plain
from lms.assessment.rules.programs import COMPARISONS, earned_share, prints_the_same, whole_program

__all__ = ["CHECKED", "UNAVAILABLE", "Code", "reason_words"]

#: A note about one check begins so: ``check:2:sample:differs:what was printed``. Of a hidden check only the verdict is told.
CHECKED = "check:"
#: A note that says why no program could be run begins so; a reason of `REASONS` follows.
UNAVAILABLE = "programs:"
MAX_CHECKS, MAX_SECONDS, DEFAULT_SECONDS = 20, 5, 2
MAX_PROGRAM, MAX_PRINTED, MAX_TOLD = 20_000, 10_000, 300
#: A program that used up its time so often is not run again.
PATIENCE = 2

_REASONS: dict[str, Any] = {
    "missing": lazy_gettext("The programs that wall a student's program in are not installed (bubblewrap)."),
    "language": lazy_gettext("The language of the question is not installed."),
    "machine": lazy_gettext("The processor of this server is not one that the walls are made for."),
    "busy": lazy_gettext("Too many programs are being run at the moment."),
    "start": lazy_gettext("The system of this server does not allow the walls round a program to be put up."),
    "walls": lazy_gettext("A trial has shown that a wall round programs does not hold on this server."),
}


def reason_words(reason: str) -> str:
    """Return in words why no program can be run (one of `REASONS`); nothing for no reason."""
    return str(_REASONS.get(reason, ""))


class _UnsettledError(Exception):
    """A run after which nothing can be said: the machine may be the reason."""


@lru_cache(maxsize=256)
def _settled_run(language: str, program: str, stdin: str, cpu_s: int) -> Run:
    """Run a program; the same program with the same input is run once, however many variants are looked at."""
    run = run_program(LANGUAGES[language], program, stdin, Limits(cpu_s=cpu_s))
    if run.ending is Ending.STALLED:
        raise _UnsettledError
    return run


class Code(PlainForm):
    """A text area for a program; each check that it passes earns its share."""

    name = "code"
    version = "1"
    title = lazy_gettext("A program")
    summary = lazy_gettext("A program in Python that runs on your checks: what it reads, what it must print.")
    template = "assessment/questions/code.html"
    form_fields = (
        *STEM_FIELDS,
        AuthorField(
            "language",
            FieldKind.CHOICE,
            lazy_gettext("Programming language"),
            choices=tuple((language.name, language.title) for language in LANGUAGES.values()),
            default="python3",
        ),
        AuthorField(
            "starter",
            FieldKind.CODE,
            lazy_gettext("What the student begins with"),
            lazy_gettext("It stands in the field already. Handed in unchanged, it counts as no answer."),
            is_optional=True,
        ),
        AuthorField(
            "checks",
            FieldKind.ROWS,
            lazy_gettext("Checks"),
            lazy_gettext(
                "Each runs the program anew. Keep some of them from the student, so that the answer cannot be made to fit."
            ),
            columns=(
                AuthorField(
                    "stdin", FieldKind.CODE, lazy_gettext("What the program reads"), is_optional=True
                ),
                AuthorField(
                    "code",
                    FieldKind.CODE,
                    lazy_gettext("Lines added after the program"),
                    lazy_gettext("To try a function: print(area(2, 3))"),
                    is_optional=True,
                ),
                AuthorField("expected", FieldKind.CODE, lazy_gettext("What it must print")),
                AuthorField("points", FieldKind.NUMBER, lazy_gettext("Weight"), default="1"),
                AuthorField("is_sample", FieldKind.YES_NO, lazy_gettext("The student sees this check")),
            ),
            most=MAX_CHECKS,
        ),
        AuthorField(
            "comparison",
            FieldKind.CHOICE,
            lazy_gettext("How outputs are compared"),
            choices=(
                ("lines", lazy_gettext("line by line; spaces at the ends of lines do not matter")),
                ("words", lazy_gettext("word by word; spaces and line ends do not matter")),
            ),
            default="lines",
        ),
        AuthorField(
            "needs_all",
            FieldKind.YES_NO,
            lazy_gettext("Points only when all checks are passed"),
        ),
        AuthorField(
            "seconds",
            FieldKind.WHOLE,
            lazy_gettext("Seconds of processor time for one check"),
            default=str(DEFAULT_SECONDS),
        ),
        AuthorField(
            "model_answer",
            FieldKind.CODE,
            lazy_gettext("A program that solves it"),
            lazy_gettext("Students see it where the exam shows right answers."),
            is_optional=True,
        ),
    )

    def __init__(self, probe: Probe | None = None) -> None:
        """Ask ``probe`` whether programs can be run; by default that of this process."""
        self._probe = probe or shared_probe()

    def unavailable(self) -> str:
        """Return in words why answers cannot be marked by this server, or nothing when they can.

        That it is busy for a moment is no reason: programs are marked after the work, and tried again until there is a turn.
        """
        reason = self._probe.refusal()
        return "" if reason == "busy" else reason_words(reason)

    def validate_content(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return {…, language, starter, checks: [{stdin, code, expected, points, is_sample}], comparison, needs_all, seconds, model_answer}."""
        reader = ContentReader(content)
        seconds = reader.whole("seconds", DEFAULT_SECONDS)
        if seconds is None or not 1 <= seconds <= MAX_SECONDS:
            reader.fail("seconds", "content.not_a_number")
        checks = _read_checks(reader)
        found = {
            "language": reader.one_of("language", list(LANGUAGES)),
            "starter": _program(reader, "starter"),
            "checks": checks,
            "comparison": reader.one_of("comparison", COMPARISONS),
            "needs_all": reader.flag("needs_all", False),
            "seconds": seconds,
            "model_answer": _program(reader, "model_answer"),
        }
        return reader.done(lambda: found)

    def player(self, content: Mapping[str, Any], seed: int) -> dict[str, Any]:
        """Return the stem, the language, what stands in the field first, and the checks that the student sees."""
        samples = [
            {"number": number, "stdin": check["stdin"], "code": check["code"], "expected": check["expected"]}
            for number, check in enumerate(content["checks"], start=1)
            if check["is_sample"]
        ]
        return {
            **stem(content),
            "language": LANGUAGES[content["language"]].title,
            "starter": content["starter"],
            "samples": samples,
            "hidden_count": len(content["checks"]) - len(samples),
            "seconds": content["seconds"],
            "unavailable": self.unavailable(),
        }

    def parse(self, fields: Mapping[str, Sequence[str]]) -> str | None:
        """Return the program exactly as typed, or None when it is blank."""
        values = fields.get("answer", ())
        return values[-1].replace("\r\n", "\n") if values and values[-1].strip() else None

    def fields_for(self, content: Mapping[str, Any], seed: int, answer: Any) -> Fields:
        """Take a text as the program."""
        return {} if answer is None else {"answer": [str(answer)]}

    def keeps_time(self, content: Mapping[str, Any]) -> bool:
        """Keep the time here: programs are run in processes that are ended when they take too long."""
        return True

    def marks_later(self, content: Mapping[str, Any]) -> bool:
        """Ask for a marking after the work was handed in: running programs takes seconds."""
        return True

    def mark(self, content: Mapping[str, Any], seed: int, response: Any) -> MarkResult:
        """Give what the passed checks earn; what could not be run is left to a person, never a zero."""
        if not response or response.strip() == content["starter"].strip():
            return MarkResult.of(Decimal(0), "no_answer")
        refusal = self._probe.refusal()
        if refusal:
            return _not_run(refusal)
        verdicts: list[str] = []
        notes: list[str] = []
        for number, check in enumerate(content["checks"], start=1):
            verdict, told = "not_run", ""
            if verdicts.count(Ending.TOO_LONG) < PATIENCE:
                try:
                    verdict, told = _check(content, check, response)
                except SandboxError as failure:
                    return _not_run(failure.reason)
                except _UnsettledError:
                    return MarkResult(MarkStatus.NEEDS_MARKING, None, ("program_stalled",))
            verdicts.append(verdict)
            notes.append(_note(number, check, verdict, told))
        points = [Decimal(check["points"]) for check in content["checks"]]
        passed = [verdict == "passed" for verdict in verdicts]
        return MarkResult.of(earned_share(points, passed, needs_all=content["needs_all"]), *notes)

    def correct_answer(self, content: Mapping[str, Any]) -> str | None:
        """Return the author's program, where there is one."""
        return content["model_answer"] or None

    def describe(self, content: Mapping[str, Any], seed: int, response: Any) -> str:
        """Return the program as typed."""
        return response or ""

    def samples(self) -> list[Sample]:
        """Return a program that reads and prints, and a function that is called."""
        return [_sum(), _leap_year()]


def _check(content: Mapping[str, Any], check: Mapping[str, Any], response: str) -> tuple[str, str]:
    """Return the verdict of one check, and what there is to tell about it."""
    program = whole_program(response, check["code"])
    run = _settled_run(content["language"], program, check["stdin"], content["seconds"])
    if run.ending is not Ending.DONE:
        return run.ending.value, run.complaint
    if prints_the_same(check["expected"], run.output, content["comparison"]):
        return "passed", ""
    return "differs", run.output


def _note(number: int, check: Mapping[str, Any], verdict: str, told: str) -> str:
    """Return the note of a check; what a program printed is told only where the student sees the check anyway."""
    if not check["is_sample"]:
        return f"{CHECKED}{number}:hidden:{verdict}:"
    return f"{CHECKED}{number}:sample:{verdict}:{told.strip()[:MAX_TOLD]}"


def _not_run(reason: str) -> MarkResult:
    return MarkResult(MarkStatus.NEEDS_MARKING, None, (f"{UNAVAILABLE}{reason}",))


def _program(reader: ContentReader, name: str, most: int = MAX_PROGRAM) -> str:
    """Return a text with its spaces as they are."""
    value = reader.raw.get(name, "")
    if not isinstance(value, str) or len(value) > most:
        reader.fail(name, "content.not_text")
        return ""
    return value.replace("\r\n", "\n") if value.strip() else ""


def _read_checks(reader: ContentReader) -> list[dict[str, Any]]:
    """Return the checks; each must print something, else a program that does nothing would pass it."""
    raw = reader.raw.get("checks")
    if not isinstance(raw, list) or not raw or not all(isinstance(row, Mapping) for row in raw):
        reader.fail("checks", "content.required")
        return []
    if len(raw) > MAX_CHECKS:
        reader.fail("checks", "content.wrong_count")
        return []
    return [_read_check(reader, row, f"checks.{number}") for number, row in enumerate(raw)]


def _read_check(reader: ContentReader, row: Mapping[str, Any], at: str) -> dict[str, Any]:
    own = ContentReader(row)
    points = own.number("points", "1")
    if points <= 0:
        own.fail("points", "content.not_a_number")
    expected = _program(own, "expected", MAX_PRINTED)
    if not expected:
        own.fail("expected", "content.required")
    found = {
        "stdin": _program(own, "stdin", MAX_PRINTED),
        "code": _program(own, "code", MAX_PRINTED),
        "expected": expected,
        "points": plain(points),
        "is_sample": own.flag("is_sample", False),
    }
    for name, codes in own.problems.items():
        for code in codes:
            reader.fail(f"{at}.{name}", code)
    return found


def _sum() -> Sample:
    content = {
        "prompt": "Программа читает два целых числа, каждое с новой строки, и печатает их сумму. Напиши её.",
        "checks": [
            {"stdin": "2\n3\n", "expected": "5", "is_sample": True},
            {"stdin": "-7\n7\n", "expected": "0"},
            {"stdin": "1000000\n1\n", "expected": "1000001"},
        ],
        "model_answer": "a = int(input())\nb = int(input())\nprint(a + b)\n",
    }
    tests = (
        ItemTest("print(int(input()) + int(input()))", MarkStatus.RIGHT),
        ItemTest("print(abs(int(input())) + abs(int(input())))", MarkStatus.PARTIAL, Decimal("0.666667")),
        ItemTest("print(input() + input())", MarkStatus.WRONG),
        ItemTest("print(2 +", MarkStatus.WRONG),
        ItemTest(None, MarkStatus.WRONG),
    )
    return Sample("Сумма двух чисел", content, tests)


def _leap_year() -> Sample:
    starter = "def is_leap(year):\n    return False\n"
    content = {
        "prompt": "Допиши функцию: она говорит, високосный ли год.",
        "starter": starter,
        "checks": [
            {"code": "print(is_leap(2024))", "expected": "True", "is_sample": True},
            {"code": "print(is_leap(2023), is_leap(1900))", "expected": "False False", "points": "2"},
            {"code": "print(is_leap(2000))", "expected": "True"},
        ],
        "comparison": "words",
        "model_answer": "def is_leap(year):\n    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)\n",
    }
    tests = (
        ItemTest(content["model_answer"], MarkStatus.RIGHT),
        ItemTest("def is_leap(year):\n    return year % 4 == 0\n", MarkStatus.PARTIAL, Decimal("0.5")),
        ItemTest("def is_leap(year):\n    return 0\n", MarkStatus.WRONG),
        ItemTest(starter, MarkStatus.WRONG),
    )
    return Sample("Високосный год", content, tests)
