"""What strangers send: every marker and every author's form takes anything, every reader of files answers."""

from __future__ import annotations

import contextlib
import gc
import io
import time
import zipfile
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.assessment.contracts import QUESTION_TYPES, ContentError, QuestionType
from lms.assessment.formats import read_file
from lms.assessment.formats.mapping import take
from lms.assessment.formats.values import Refusal
from lms.assessment.maths.latex import latex
from lms.assessment.maths.notation import MAXIMA, SCHOOL
from lms.assessment.maths.parser import parse
from lms.assessment.maths.tree import MathsError
from lms.assessment.question_types import builtin
from lms.assessment.question_types.choice import Choice
from lms.assessment.rules import units
from lms.assessment.rules.items import mark_fields_safely
from lms.assessment.types import MarkResult, MarkStatus
from lms.core.registry import Registry

TYPES: Registry[QuestionType] = Registry(QUESTION_TYPES)
for kind in builtin():
    TYPES.add(kind, "built in")
#: Those that answer at once; programs are run behind walls of their own, and tested there.
QUICK = [kind for kind in builtin() if kind.name not in ("code", "program", "maths")]

LETTERS = st.characters(exclude_categories=["Cs"])
TEXTS = st.text(LETTERS, max_size=20) | st.sampled_from(
    [
        "",
        "a",
        "b",
        "1",
        "-1",
        "1e999",
        "9" * 400,
        "NaN",
        "٣",
        "1,5",
        "<script>alert(1)</script>",
        "\0",
        "true",
    ]
)


@cache
def contents(name: str) -> list[dict[str, Any]]:
    """Return the samples of a type in their normal form."""
    return [TYPES.get(name).validate_content(sample.content) for sample in TYPES.get(name).samples()]


@cache
def field_names(name: str) -> list[str]:
    """Return names of fields that a browser sends for the type's samples."""
    kind, found = TYPES.get(name), {"answer", "value", "unit", "text", "a", "b"}
    for content in contents(name):
        found |= set(kind.fields_for(content, 1, kind.correct_answer(content)))
    return sorted(found)


@pytest.mark.parametrize("kind", QUICK, ids=lambda kind: kind.name)
@settings(max_examples=12, deadline=None)
@given(data=st.data(), seed=st.integers(-(2**63), 2**63 - 1))
def test_any_fields_get_a_mark_within_bounds(kind: QuestionType, data: Any, seed: int) -> None:
    names = st.sampled_from(field_names(kind.name))
    fields = data.draw(st.dictionaries(names, st.lists(TEXTS, max_size=3)))
    for content in contents(kind.name):
        response = kind.parse(fields)
        found = kind.mark(content, seed, response)
        assert found.fraction is None or 0 <= found.fraction <= 1
        assert kind.mark(content, seed, response) == found
        assert isinstance(kind.describe(content, seed, response), str)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("kind", builtin(), ids=lambda kind: kind.name)
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_any_content_is_normal_or_refused_by_field(kind: QuestionType, data: Any) -> None:
    sample = dict(kind.samples()[0].content)
    for name in data.draw(st.lists(st.sampled_from(sorted(sample)), max_size=3)):
        sample[name] = data.draw(JSON)
    try:
        once = kind.validate_content(sample)
    except ContentError:
        return
    assert kind.validate_content(once) == once


class Raises(Choice):
    """A marker with a mistake in it."""

    def mark(self, content: Any, seed: int, response: Any) -> MarkResult:
        raise KeyError(response)


def test_a_marker_that_raises_leaves_the_answer_to_a_person() -> None:
    found = mark_fields_safely(Raises(), {}, 1, {"answer": ["x"]})
    assert (found.status, found.fraction) == (MarkStatus.ERROR, None)


@pytest.mark.parametrize(
    "text",
    [
        "9**9**9",
        "9^9^9",
        "(" * 10_000 + "x",
        "[" * 10_000,
        r"\frac{1}{",
        r"\sqrt[3{x}",
        "x" * 10**6,
        "{" * 5000,
    ],
)
@pytest.mark.parametrize("notation", [SCHOOL, MAXIMA], ids=["school", "maxima"])
def test_no_expression_takes_long_to_read(text: str, notation: Any) -> None:
    before = time.process_time()
    with contextlib.suppress(MathsError):
        assert latex(parse(text, notation))
    assert time.process_time() - before < 0.5


@settings(max_examples=30, deadline=None)
@given(st.text(st.sampled_from("кмчсмгНДж/·*^2-1 .()µ°%kgms"), max_size=16))
def test_any_unit_is_known_or_not(text: str) -> None:
    said = units.conversion_between(text, "м")
    assert said is None or said.factor > 0


AIKEN = "What is it?\nA. one\nB) two\nC. three\nANSWER: B\n\n"
QTI12 = """<questestinterop><item ident="i" title="t"><presentation><material><mattext>Which?</mattext></material>
<response_lid ident="r"><render_choice><response_label ident="a"><material><mattext>one</mattext></material></response_label>
<response_label ident="b"><material><mattext>two</mattext></material></response_label></render_choice></response_lid></presentation>
<resprocessing><outcomes><decvar/></outcomes><respcondition><conditionvar><varequal respident="r">a</varequal></conditionvar>
<setvar action="Set">100</setvar></respcondition></resprocessing></item></questestinterop>"""
QTI2 = """<assessmentItem identifier="i" title="t" adaptive="false"><responseDeclaration identifier="R" cardinality="single"
baseType="identifier"><correctResponse><value>a</value></correctResponse></responseDeclaration><outcomeDeclaration
identifier="SCORE" cardinality="single" baseType="float"/><itemBody><choiceInteraction responseIdentifier="R" maxChoices="1">
<prompt>Which?</prompt><simpleChoice identifier="a">one</simpleChoice><simpleChoice identifier="b">two</simpleChoice>
</choiceInteraction></itemBody><responseProcessing
template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct"/></assessmentItem>"""
QTI3 = QTI2.replace("assessmentItem", "qti-assessment-item").replace("itemBody", "qti-item-body")
MOODLE = """<quiz><question type="multichoice"><name><text>n</text></name><questiontext format="html"><text>Which?</text>
</questiontext><answer fraction="100"><text>one</text></answer><answer fraction="0"><text>two</text></answer><single>true</single>
</question></quiz>"""
FILES = {
    "aiken": AIKEN,
    "qti12": QTI12,
    "qti2": QTI2,
    "qti3": QTI3,
    "moodle": MOODLE,
    "gift": "::a::b {=c ~d #e}\n",
}
BITS = [
    "",
    "<",
    ">",
    "&",
    "]]>",
    "<!--",
    "{",
    "}",
    "=",
    "~",
    "%50%",
    "\0",
    "ANSWER: Z",
    "-1e999",
    "100",
    "<a/>",
    '"',
    "я",
]


@pytest.mark.parametrize("style", FILES)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused(style: str, data: Any) -> None:
    text = FILES[style]
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(text)))
        text = text[:place] + data.draw(st.sampled_from(BITS)) + text[place + data.draw(st.integers(0, 8)) :]
    read = read_file(text.encode())
    assert read.questions or read.reason
    for found in read.questions:
        assert found.place
        with contextlib.suppress(Refusal):
            assert take(found, TYPES).content["prompt"]


def drawn(steps: str, *, right: str = '<variable identifier="x"/>') -> str:
    """Return an item of QTI 2.1 that draws its numbers in these steps."""
    return f"""<assessmentItem identifier="i" title="t"><responseDeclaration identifier="RESPONSE" cardinality="single" baseType="float"/>
<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/>
<templateDeclaration identifier="x" cardinality="single" baseType="float"/><templateProcessing>{steps}
<setCorrectResponse identifier="RESPONSE">{right}</setCorrectResponse></templateProcessing>
<itemBody><p>2 <printedVariable identifier="x"/></p><textEntryInteraction responseIdentifier="RESPONSE"/></itemBody>
<responseProcessing template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct"/></assessmentItem>"""


def marked(test: str) -> str:
    """Return an item of QTI 2.1 whose rules compare a number in a given way."""
    return f"""<assessmentItem identifier="i" title="t"><responseDeclaration identifier="RESPONSE" cardinality="single" baseType="float">
<correctResponse><value>1</value></correctResponse></responseDeclaration>
<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/>
<itemBody><p>2</p><textEntryInteraction responseIdentifier="RESPONSE"/></itemBody><responseProcessing><responseCondition><responseIf>
{test}<setOutcomeValue identifier="SCORE"><baseValue baseType="float">1</baseValue></setOutcomeValue></responseIf>
</responseCondition></responseProcessing></assessmentItem>"""


SET = '<setTemplateValue identifier="{}">{}</setTemplateValue>'
DRAW = SET.format("x", '<randomInteger min="0" max="9"/>')
ONE = '<baseValue baseType="float">1</baseValue>'
BRANCH = f'<{{0}}><lt><variable identifier="x"/>{ONE}</lt>{SET.format("y", ONE)}</{{0}}>'
BRANCHES = BRANCH.format("templateIf") + BRANCH.format("templateElseIf") * 2000
COMPARED = '<variable identifier="RESPONSE"/><baseValue baseType="float">1e250</baseValue>'
#: Items that say nothing sensible: one each fails at another place.
SENSELESS = {
    "no branch": drawn(DRAW + "<templateCondition/>"),
    "no value": drawn(
        DRAW
        + '<templateCondition><templateElse><setTemplateValue identifier="y"/></templateElse></templateCondition>'
    ),
    "many branches": drawn(
        DRAW
        + f"<templateCondition>{BRANCHES}<templateElse>{SET.format('y', ONE)}</templateElse></templateCondition>"
    ),
    "many variables": drawn(DRAW + "".join(SET.format(f"v{n}", ONE) for n in range(8000))),
    "long list": drawn(SET.format("x", f"<random><multiple>{ONE * 20_000}</multiple></random>")),
    **{
        f"{name} {number}": drawn(SET.format("x", f'<randomFloat {low}="0" {name}="{number}"/>'))
        for name, low in (("max", "min"), ("min", "max"))
        for number in ("1e20000000", "1e99999999999999", "1e-3000000", "sNaN", "0." + "1" * 100)
    },
    "rounding": marked(f'<equalRounded roundingMode="decimalPlaces" figures="12">{COMPARED}</equalRounded>'),
    "tolerance": marked(f'<equal toleranceMode="absolute" tolerance="">{COMPARED}</equal>'),
}


@pytest.mark.parametrize("name", SENSELESS, ids=range(len(SENSELESS)))
def test_an_item_without_sense_is_refused_alone_and_at_once(name: str) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.xml", SENSELESS[name])
        archive.writestr("b.xml", drawn(DRAW))
    gc.freeze()  # what other tests left in the process is not counted
    before = time.process_time()
    bad, good = read_file(packed.getvalue()).questions
    spent = time.process_time() - before
    gc.unfreeze()
    assert (bad.body, bad.reason is None, bad.place) == (None, False, "a.xml:1")
    assert (good.body is None, good.reason) == (False, None)
    assert spent < 2


def asked(kind: str, text: str, more: str) -> bytes:
    """Return a question of Moodle XML."""
    return f"""<quiz><question type="{kind}"><name><text>n</text></name><questiontext format="html"><text><![CDATA[{text}]]></text>
</questiontext>{more}</question></quiz>""".encode()


BOXES = "".join(f"<dragbox><text>w{n}</text><group>1</group></dragbox>" for n in range(100))
INPUT = """<input><name>ans1</name><type>algebraic</type><tans>x</tans></input><prt><name>p</name><value>1</value><node><name>0</name>
<answertest>AlgEquiv</answertest><sans>ans1</sans><tans>x</tans><truescore>1</truescore><falsescore>0</falsescore>
<truenextnode>-1</truenextnode><falsenextnode>-1</falsenextnode></node></prt>"""


@pytest.mark.parametrize(
    ("kind", "text", "more"),
    [
        ("stack", "{@" * 29_000, INPUT),
        ("stack", "{#" * 29_000, INPUT),
        ("stack", "{@x@} " + "\\(" * 29_000, INPUT),
        ("stack", "{@x@} " + "\\[" * 29_000, INPUT),
        ("stack", "[[" + " " * 50_000 + "-", INPUT),
        ("stack", "{@x@}" * 11_000, INPUT),
        ("ddwtos", "[[1]]" * 20_000, BOXES),
    ],
    ids=["shown", "typed", "formula", "display", "block", "values", "gaps"],
)
def test_no_text_of_marks_that_do_not_end_takes_long(kind: str, text: str, more: str) -> None:
    before = time.process_time()
    assert len(read_file(asked(kind, text, more)).questions) == 1
    assert time.process_time() - before < 1.5


@settings(max_examples=30, deadline=None)
@given(
    changes=st.lists(st.tuples(st.integers(0, 900), st.integers(0, 255)), min_size=1, max_size=6),
    cut=st.integers(0, 40),
)
def test_a_damaged_package_is_read_or_refused(changes: list[tuple[int, int]], cut: int) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("a/item.xml", QTI2)
        package.writestr("b.xml", MOODLE)
    data = bytearray(buffer.getvalue())
    for place, value in changes:
        data[place % len(data)] = value
    read = read_file(bytes(data[: len(data) - cut]))
    assert read.questions or read.reason
