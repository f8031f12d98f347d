"""A marker that hangs or crashes costs nobody points; a limit that was kept leaves no trace."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from typing import Any

import pytest

from lms.assessment.blocks.practice_quiz import PracticeQuiz
from lms.assessment.contracts import ContentError
from lms.assessment.question_types.choice import Choice
from lms.assessment.question_types.dictation import Dictation
from lms.assessment.question_types.words import CONTENT_TEXTS
from lms.assessment.rules import items
from lms.assessment.rules.items import mark_fields_safely, mark_safely
from lms.assessment.rules.time_limits import TimeLimitExceeded, time_limit
from lms.assessment.types import MarkResult, MarkStatus
from lms.courses.types import Need


class Hangs(Choice):
    """A marker that never ends, and holds on to what would stop it."""

    def mark(self, content: Any, seed: int, response: Any) -> MarkResult:
        while True:
            try:
                time.sleep(0.001)
            except Exception:
                continue


class SaysNothing(Choice):
    def mark(self, content: Any, seed: int, response: Any) -> MarkResult:
        return None  # type: ignore[return-value]


@pytest.mark.parametrize("is_main", [True, False])
def test_a_marker_that_hangs_leaves_the_answer_to_a_person(
    monkeypatch: pytest.MonkeyPatch, is_main: bool
) -> None:
    monkeypatch.setattr(items, "MARKING_LIMIT_S", 0.1)
    found: list[MarkResult] = []

    def run() -> None:
        found.append(mark_fields_safely(Hangs(), {}, 1, {"answer": ["x"]}))

    if is_main:
        run()
    else:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join(5)
    assert found == [MarkResult(MarkStatus.ERROR, None, ("took_too_long",))]


def test_a_marker_that_says_nothing_leaves_the_answer_to_a_person() -> None:
    assert mark_safely(SaysNothing(), {}, 1, "x").notes == ("no_mark",)


def test_a_kept_limit_strikes_nobody_later() -> None:
    for _ in range(300):
        with time_limit(0.002):
            pass
    for _ in range(50):
        try:
            with time_limit(0.0005):
                time.sleep(0.0005)
        except TimeLimitExceeded:
            pass
    time.sleep(0.05)


def test_a_limit_after_idle_ones_and_in_a_forked_process_still_fires() -> None:
    with time_limit(0.001):
        pass
    time.sleep(0.01)  # the watcher has nothing to wait for now
    for _ in range(2000):  # over before the watcher looks; none of them wakes it for the one that follows
        with time_limit(60):
            pass
    with pytest.raises(TimeLimitExceeded), time_limit(0.02):
        while True:
            time.sleep(0.001)
    child = os.fork()
    if not child:
        try:
            with time_limit(0.02):
                for _ in range(5000):
                    time.sleep(0.001)
        except TimeLimitExceeded:
            os._exit(7)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_an_inner_limit_ends_before_an_outer_one() -> None:
    with time_limit(5), pytest.raises(TimeLimitExceeded), time_limit(0.02):
        while True:
            time.sleep(0.001)


def test_a_question_of_ten_thousand_options_is_refused_in_words() -> None:
    options = [{"id": str(number), "text": "вариант", "weight": "1"} for number in range(10_000)]
    start = time.process_time()
    with pytest.raises(ContentError) as refused:
        Choice().validate_content({"prompt": "?", "options": options})
    assert time.process_time() - start < 1
    assert all(code in CONTENT_TEXTS for codes in refused.value.problems.values() for code in codes)
    assert refused.value.problems["options"] == ["content.wrong_count"]


def test_a_quiz_with_a_dictation_needs_hearing() -> None:
    statement = {"type": "true_false", "content": {"prompt": "?", "is_true": True}}
    dictation = {"type": "dictation", "content": dict(Dictation().samples()[0].content)}
    assert PracticeQuiz().needs({"questions": [statement]}) == frozenset()
    assert PracticeQuiz().needs({"questions": [statement, dictation]}) == {Need.HEARING}


def test_a_limit_that_was_not_kept_holds_up_nobody_who_traces() -> None:
    """Python's mark that something is due is gone: a traced call would wait for it for ever, so a process of its own tries."""
    program = (
        "import sys\n"
        "from lms.assessment.rules.time_limits import TimeLimitExceeded, time_limit\n"
        "try:\n"
        "    with time_limit(0.01):\n"
        "        while True: pass\n"
        "except TimeLimitExceeded: pass\n"
        "def call(): pass\n"
        "for number in range(100): call()\n"  # enough for Python to take the quick way into it
        "sys.settrace(lambda *told: None)\n"
        "call()\n"
        "print('past it')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=10)
    assert done.stdout == "past it\n"
