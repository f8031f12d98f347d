"""Programs come from Moodle's CodeRunner and go back to it unchanged; what is marked in another way is refused by name."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.assessment.formats import read_file
from lms.assessment.formats.mapping import found_of, take
from lms.assessment.formats.values import Program, ProgramCheck, Refusal
from lms.assessment.formats.writing import FORMATS, write_file
from tests.unit.assessment.test_formats import TYPES

LINES = st.text(alphabet="ab <&>'\"\n\t ё", max_size=30)
FILLED = LINES.filter(lambda text: text.strip() != "")


def quiz(inside: str = "", case: str = "", kind: str = "python3") -> bytes:
    """Return a file with one question as CodeRunner writes it."""
    return f"""<?xml version="1.0" encoding="UTF-8"?><quiz><question type="coderunner">
<name><text>Square</text></name><questiontext format="html"><text><![CDATA[<p>Write <b>sqr</b>.</p>]]></text></questiontext>
<coderunnertype>{kind}</coderunnertype><prototypetype>0</prototypetype><allornothing>0</allornothing>
<penaltyregime>10, 20, ...</penaltyregime><answerpreload></answerpreload>
<answer><![CDATA[def sqr(n):
    return n * n
]]></answer>{inside}<testcases>
<testcase testtype="0" useasexample="1" hiderestiffail="0" mark="2.0000000"><testcode><text>print(sqr(11))</text></testcode>
<stdin><text></text></stdin><expected><text>121</text></expected><extra><text></text></extra><display><text>SHOW</text></display></testcase>
<testcase testtype="0" useasexample="0" hiderestiffail="0" mark="1.0000000" {case}><testcode><text>print(sqr(-7))</text></testcode>
<stdin><text></text></stdin><expected><text>49
</text></expected><extra><text></text></extra><display><text>HIDE</text></display></testcase></testcases></question></quiz>""".encode()


def test_a_python_question_is_taken_over_with_its_checks() -> None:
    (found,) = read_file(quiz()).questions
    assert found.reason is None
    assert isinstance(found.body, Program)
    assert found.body.checks == (
        ProgramCheck("", "print(sqr(11))", "121", Decimal("2.0000000"), True),
        ProgramCheck("", "print(sqr(-7))", "49\n", Decimal("1.0000000")),
    )
    taken = take(found, TYPES)
    assert (taken.type, taken.content["needs_all"], taken.content["seconds"]) == ("code", False, 3)
    assert taken.content["model_answer"] == "def sqr(n):\n    return n * n\n"
    assert [check["points"] for check in taken.content["checks"]] == ["2", "1"]
    assert [test.answer for test in taken.tests] == [taken.content["model_answer"], None]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (quiz(kind="java_class"), ("program.language", "java_class")),
        (quiz(kind="python3_w_input"), ("program.language", "python3_w_input")),
        (quiz("<grader>RegexGrader</grader>"), ("program.own_marking", "grader")),
        (quiz("<template>import os</template>"), ("program.own_marking", "template")),
        (quiz('<templateparams>{"a": 1}</templateparams>'), ("program.own_marking", "templateparams")),
        (quiz("<prototypetype>1</prototypetype>").replace(b"<prototypetype>0</prototypetype>", b""), ("program.own_marking", "prototypetype")),
        (quiz().replace(b'testtype="0" useasexample="1"', b'testtype="1" useasexample="1"'), ("program.own_marking", "testcase")),
    ],
)  # fmt: skip
def test_what_is_marked_in_another_way_is_refused_by_name(data: bytes, reason: tuple[str, str]) -> None:
    (found,) = read_file(data).questions
    assert found.reason is not None
    assert (found.reason.code, found.reason.detail) == reason
    assert found.place.startswith("line ")


def test_what_is_lost_is_said() -> None:
    shown = quiz("<cputimelimitsecs>20</cputimelimitsecs>").replace(b"HIDE<", b"SHOW<")
    (found,) = read_file(shown).questions
    assert {change.code for change in found.changes} >= {"changed.seconds", "changed.checks_hidden"}
    assert take(found, TYPES).content["seconds"] == 5


def test_a_question_without_anything_to_print_cannot_be_taken() -> None:
    (found,) = read_file(quiz().replace(b"121", b"")).questions
    with pytest.raises(Refusal, match=r"checks\.0\.expected"):
        take(found, TYPES)


@given(
    checks=st.lists(
        st.fixed_dictionaries(
            {
                "stdin": LINES,
                "code": LINES,
                "expected": FILLED,
                "points": st.sampled_from(["1", "2", "0.5"]),
                "is_sample": st.booleans(),
            }
        ),
        min_size=1,
        max_size=3,
    ),
    starter=LINES,
    model_answer=LINES,
    needs_all=st.booleans(),
    seconds=st.integers(1, 5),
)
def test_what_goes_to_moodle_comes_back_the_same(**parts: Any) -> None:
    content = TYPES.get("code").validate_content({"prompt": "Write it.", **parts})
    found = found_of("code", content, TYPES, ref="q1", title="Program")
    written = write_file([found], FORMATS["moodle"], TYPES)
    assert written.refused == ()
    (again,) = read_file(written.data).questions
    assert take(again, TYPES).content == content


def test_what_a_format_cannot_say_is_refused() -> None:
    checks = [{"expected": "1"}]
    content = TYPES.get("code").validate_content({"prompt": "?", "checks": checks, "comparison": "words"})
    by_words = found_of("code", content, TYPES, ref="q", title="T")
    assert [reason.code for _, reason in write_file([by_words], FORMATS["moodle"], TYPES).refused] == [
        "export.unsayable"
    ]
    by_lines = found_of("code", {**content, "comparison": "lines"}, TYPES, ref="q", title="T")
    for style in ("gift", "qti3"):
        assert write_file([by_lines], FORMATS[style], TYPES).count == 0
