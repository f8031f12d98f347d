"""Questions of other systems with drawn numbers and places on pictures: what is taken over, and what is refused by name."""

from __future__ import annotations

import io
import zipfile
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lms.assessment.contracts import QUESTION_TYPES, QuestionType
from lms.assessment.formats import read_file
from lms.assessment.formats.mapping import Taken, take
from lms.assessment.formats.shapes import places_of
from lms.assessment.formats.values import Refusal
from lms.assessment.question_types import builtin
from lms.core.registry import Registry

TYPES: Registry[QuestionType] = Registry(QUESTION_TYPES)
for kind in builtin():
    TYPES.add(kind, "built in")

CALCULATED = """<questestinterop><item ident="i" title="t"><itemmetadata><qtimetadata><qtimetadatafield>
<fieldlabel>question_type</fieldlabel><fieldentry>calculated_question</fieldentry></qtimetadatafield></qtimetadata></itemmetadata>
<presentation><material><mattext texttype="text/html">&lt;p&gt;Find [a] times [b], plus [other].&lt;/p&gt;</mattext></material>
<response_str ident="r" rcardinality="Single"><render_fib fibtype="Decimal"><response_label ident="l"/></render_fib></response_str>
</presentation><itemproc_extension><calculated><answer_tolerance>%(tolerance)s</answer_tolerance>
<formulas decimal_places="1">%(formulas)s</formulas><vars><var name="a" scale="1"><min>2</min><max>9</max></var>
<var name="b" scale="0"><min>1</min><max>3</max></var></vars></calculated></itemproc_extension></item></questestinterop>"""

HOT_SPOT = """<questestinterop><item ident="i" title="t"><itemmetadata><qtimetadata><qtimetadatafield>
<fieldlabel>question_type</fieldlabel><fieldentry>hot_spot_question</fieldentry></qtimetadatafield></qtimetadata></itemmetadata>
<presentation><response_xy ident="r" rcardinality="Single"><material><mattext>Show the heart.</mattext></material><render_hotspot>
<material><matimage uri="body.png"/></material><response_label ident="r" rarea="rectangle">%s</response_label>
</render_hotspot></response_xy></presentation></item></questestinterop>"""

POINT = """<assessmentItem identifier="p" title="Point"><responseDeclaration identifier="RESPONSE" cardinality="single" baseType="point">
<correctResponse><value>50 20</value></correctResponse><areaMapping defaultValue="0">
<areaMapEntry shape="circle" coords="50,20,10" mappedValue="1"/>%s</areaMapping></responseDeclaration>
<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/><itemBody>
<selectPointInteraction responseIdentifier="RESPONSE" maxChoices="1"><prompt>Show the heart.</prompt>
<object type="image/png" width="100" height="50" data="body.png">A body</object></selectPointInteraction></itemBody>
<responseProcessing template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/map_response_point"/></assessmentItem>"""

DRAWN = """<assessmentItem identifier="d" title="Drawn"><responseDeclaration identifier="R" cardinality="single" baseType="float"/>
<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/>
<templateDeclaration identifier="a" cardinality="single" baseType="integer"/>
<templateDeclaration identifier="b" cardinality="single" baseType="float"/>
<templateDeclaration identifier="s" cardinality="single" baseType="float"/>
<templateProcessing><setTemplateValue identifier="a"><randomInteger min="2" max="9"/></setTemplateValue>
<templateCondition><templateIf><gt><variable identifier="a"/><baseValue baseType="integer">5</baseValue></gt>
<setTemplateValue identifier="b"><random><multiple><baseValue baseType="float">1.5</baseValue><baseValue baseType="float">2.5</baseValue>
</multiple></random></setTemplateValue></templateIf><templateElse><setTemplateValue identifier="b">
<baseValue baseType="float">-4</baseValue></setTemplateValue></templateElse></templateCondition>
<setTemplateValue identifier="s">%s</setTemplateValue>
<setCorrectResponse identifier="R"><variable identifier="s"/></setCorrectResponse></templateProcessing>
<itemBody><p>Find <math><mi>a</mi><mo>·</mo><mi>b</mi></math> for <printedVariable identifier="a"/> =
<textEntryInteraction responseIdentifier="R"/></p></itemBody>
<responseProcessing><responseCondition><responseIf><equal toleranceMode="absolute" tolerance="0.1"><variable identifier="R"/>
<correct identifier="R"/></equal><setOutcomeValue identifier="SCORE"><baseValue baseType="float">1</baseValue></setOutcomeValue>
</responseIf></responseCondition></responseProcessing></assessmentItem>"""
PRODUCT = '<product><variable identifier="a"/><variable identifier="b"/></product>'


def package(name: str, text: str) -> bytes:
    """Return a package with a picture."""
    picture, buffer = io.BytesIO(), io.BytesIO()
    Image.new("RGB", (100, 50)).save(picture, "PNG")
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr(name, text)
        made.writestr("body.png", picture.getvalue())
    return buffer.getvalue()


def taken(data: bytes) -> Taken:
    """Return the only question of a file as it would be written."""
    (found,) = read_file(data).questions
    return take(found, TYPES)


def refusal(data: bytes) -> str:
    """Return why the only question of a file is refused."""
    (found,) = read_file(data).questions
    assert found.place
    with pytest.raises(Refusal) as refused:
        take(found, TYPES)
    return refused.value.reason.code


def marked(question: Taken, seed: int, answer: str) -> Fraction:
    """Return what a typed answer earns in the variant of a seed."""
    kind: Any = TYPES.get(question.type)
    return Fraction(kind.mark(question.content, seed, kind.parse({"answer": [answer]})).fraction or 0)


def numbers(question: Taken, seed: int) -> dict[str, Fraction]:
    """Return the variables of a variant."""
    kind: Any = TYPES.get(question.type)
    return {name: Fraction(value) for name, value in kind._draw(question.content, seed).items()}


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 10_000))
def test_a_calculated_question_of_canvas_asks_what_its_formulas_give(seed: int) -> None:
    formulas = "<formula>p=a*b</formula><formula>p+1/2</formula>"
    question = taken((CALCULATED % {"tolerance": "10%", "formulas": formulas}).encode())
    drawn = numbers(question, seed)
    right = drawn["a"] * drawn["b"] + Fraction(1, 2)
    kind: Any = TYPES.get("parametric")
    shown = kind.player(question.content, seed)["prompt"]
    assert "[other]" in shown
    assert "[a]" not in shown
    assert marked(question, seed, str(float(right))) == 1
    assert marked(question, seed, str(float(right * Fraction(109, 100)))) == 1
    assert marked(question, seed, str(float(right * Fraction(112, 100)))) == 0


@pytest.mark.parametrize(
    "formulas", ["", "<formula>logistic(a)</formula>", "<formula>a b</formula><formula>1</formula>"]
)
def test_a_formula_that_cannot_be_computed_is_refused(formulas: str) -> None:
    code = refusal((CALCULATED % {"tolerance": "0", "formulas": formulas}).encode())
    assert code in {"question.no_right_answer", "qti.formula", "content"}


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 10_000))
def test_template_variables_of_qti_are_drawn_and_computed(seed: int) -> None:
    question = taken((DRAWN % PRODUCT).encode())
    drawn = numbers(question, seed)
    assert drawn["b"] in ((Fraction(3, 2), Fraction(5, 2)) if drawn["a"] > 5 else (-4,))
    right = drawn["a"] * drawn["b"]
    assert marked(question, seed, str(float(right) + 0.09)) == 1
    assert marked(question, seed, str(float(right) + 0.2)) == 0


LISTED = """<assessmentItem identifier="l" title="Listed"><responseDeclaration identifier="RESPONSE" cardinality="single" baseType="identifier">
<correctResponse><value>f</value></correctResponse></responseDeclaration>
<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/>
<templateDeclaration identifier="cells" cardinality="ordered" baseType="string"/>
<templateDeclaration identifier="i" cardinality="single" baseType="integer"/>
<templateProcessing><setTemplateValue identifier="cells"><ordered><baseValue baseType="string">=A1+B1</baseValue>
<baseValue baseType="string">2..3</baseValue></ordered></setTemplateValue><setTemplateValue identifier="i">
<randomInteger min="1" max="2"/></setTemplateValue></templateProcessing><itemBody><p>A cell holds <math><mi>cells[i]</mi></math></p>%s
<choiceInteraction responseIdentifier="RESPONSE" maxChoices="1"><simpleChoice identifier="f">a text</simpleChoice>
<simpleChoice identifier="g">nothing</simpleChoice></choiceInteraction></itemBody>
<responseProcessing template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct"/></assessmentItem>"""


def test_texts_of_a_list_are_drawn_and_never_read_as_formulas() -> None:
    question = taken((LISTED % "").encode())
    kind: Any = TYPES.get("parametric")
    shown = {kind.player(question.content, seed)["prompt"] for seed in range(1, 30)}
    assert shown == {"A cell holds =A1+B1", "A cell holds 2..3"}
    assert question.tests[0].answer == {"right": True}
    hidden = (
        "<templateBlock templateIdentifier='i' identifier='1' showHide='show'>Only at times.</templateBlock>"
    )
    assert refusal((LISTED % hidden).encode()) == "qti.template_variables"


@pytest.mark.parametrize(
    "expression",
    [
        "<customOperator/>",
        "<variable identifier='nobody'/>",
        "<divide><baseValue baseType='integer'>1</baseValue><baseValue baseType='integer'>0</baseValue></divide>",
        (
            "<power><baseValue baseType='integer'>9</baseValue><power><baseValue baseType='integer'>9</baseValue>"
            "<baseValue baseType='integer'>9</baseValue></power></power>"
        ),
        "<truncate>" * 30 + "<variable identifier='a'/>" + "</truncate>" * 30,
    ],
)
def test_a_template_that_formulas_cannot_say_is_refused_by_name(expression: str) -> None:
    assert refusal((DRAWN % expression).encode()) == "qti.template_variables"


@pytest.mark.parametrize("name", ["items.xml", "point.xml"])
def test_a_place_to_be_pointed_at_stands_among_the_rest_of_the_picture(name: str) -> None:
    text = HOT_SPOT % "0.4,0.2,0.6,0.6" if name == "items.xml" else POINT % ""
    question = taken(package(name, text))
    areas = question.content["areas"]
    assert question.type == "hotspot"
    assert [(area["x"], area["y"], area["width"], area["height"]) for area in areas if area["is_right"]] == [
        ("40", "20", "20", "40")
    ]
    assert len(areas) == 5
    assert any(change.code == "changed.places_added" for change in question.changes)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (HOT_SPOT % "0.4", "question.no_right_answer"),
        (HOT_SPOT % "", "question.no_right_answer"),
        (HOT_SPOT % "0,0,1,1", "qti.shape"),
        (POINT % "<areaMapEntry shape='rect' coords='0,0,9,9' mappedValue='1'/>", "qti.scoring"),
        (POINT % "<areaMapEntry shape='rect' coords='0,0,9,9' mappedValue='-1'/>", "qti.scoring"),
        (POINT.replace('mappedValue="1"', 'mappedValue="0"') % "", "question.no_right_answer"),
    ],
)
def test_places_that_would_be_marked_otherwise_are_refused(text: str, code: str) -> None:
    assert refusal(package("item.xml", text)) == code


BOXES = st.tuples(*(st.decimals(0, 100, places=2) for _ in range(4)))


@given(st.lists(BOXES, min_size=1, max_size=3))
def test_the_places_beside_touch_no_right_one_and_stay_on_the_picture(corners: list[Any]) -> None:
    boxes = [(min(a, c), min(b, d), abs(a - c), abs(b - d)) for a, b, c, d in corners]
    try:
        places = places_of(boxes)
    except Refusal:
        return
    right = [place for place in places if place.is_right]
    assert len(right) == len(boxes)
    for place in places:
        assert 0 <= place.x <= place.x + place.width <= 100
        assert 0 <= place.y <= place.y + place.height <= 100
        for other in right if not place.is_right else []:
            assert (
                place.x + place.width <= other.x
                or other.x + other.width <= place.x
                or place.y + place.height <= other.y
                or other.y + other.height <= place.y
            )
