"""Questions of other systems that are said otherwise here (drawn numbers, places, orders, pairs) mark alike or are refused by name."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lms.assessment.contracts import QUESTION_TYPES, QuestionType
from lms.assessment.formats import read_file
from lms.assessment.formats.mapping import Taken, take
from lms.assessment.formats.qti_rules import Scorer
from lms.assessment.formats.shapes import places_of
from lms.assessment.formats.values import Refusal
from lms.assessment.question_types import builtin
from lms.core.registry import Registry
from lms.core.xmltree import parse_xml

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

MOODLE = """<quiz><question type="%(kind)s"><name><text>t</text></name><questiontext format="html"><text>
<![CDATA[<p>A cube with edge {long edge} and {n} holes: \\(x^{{n}}\\), {={long edge}*2}, {other}.</p>]]></text></questiontext>
<answer fraction="100"><text>%(answer)s</text><tolerance>0.1</tolerance><tolerancetype>%(way)s</tolerancetype>
<correctanswerformat>1</correctanswerformat><correctanswerlength>1</correctanswerlength></answer>%(more)s
<dataset_definitions><dataset_definition><status><text>private</text></status><name><text>long edge</text></name>
<type>calculated</type><dataset_items><dataset_item><number>2</number><value>1.5</value></dataset_item>
<dataset_item><number>1</number><value>4</value></dataset_item></dataset_items></dataset_definition>
<dataset_definition><name><text>n</text></name><dataset_items><dataset_item><number>1</number><value>3</value></dataset_item>
<dataset_item><number>2</number><value>10</value></dataset_item></dataset_items></dataset_definition></dataset_definitions>
</question></quiz>"""

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


@pytest.mark.parametrize("way", ["1", "2"])
def test_a_calculated_question_of_moodle_takes_its_rows_of_values_together(way: str) -> None:
    answer = "pow({long edge},3) - log10({n})*log(exp(1)) + pi()*0"
    question = taken((MOODLE % {"kind": "calculated", "answer": answer, "way": way, "more": ""}).encode())
    seen = set()
    for seed in range(1, 30):
        drawn = numbers(question, seed)
        edge, holes = drawn["long_edge"], drawn["n"]
        seen.add((edge, holes))
        right = float(edge) ** 3 - {3: 0.4771212547, 10: 1.0}[int(holes)]
        off = 0.1 * right if way == "1" else 0.1
        kind: Any = TYPES.get("parametric")
        text = kind.player(question.content, seed)["prompt"]
        assert f"{float(edge * 2):g}".replace(".", ",") in text
        assert f"x^{{{holes}}}" in text
        assert "{other}" in text
        assert [marked(question, seed, f"{right + part * off:.6f}") for part in (0, 0.98, 1.02)] == [1, 1, 0]
    assert seen == {(4, 3), (Fraction(3, 2), 10)}


def test_a_calculated_choice_of_moodle_is_rounded_as_it_is_shown() -> None:
    wrong = "<answer fraction='0'><text>none of {n}</text></answer>"
    data = MOODLE % {"kind": "calculatedmulti", "answer": "{={long edge}/{n}}", "way": "1", "more": wrong}
    question = taken(data.encode())
    kind: Any = TYPES.get("parametric")
    shown = {
        tuple(sorted(o["text"] for o in kind.player(question.content, s)["options"])) for s in range(1, 30)
    }
    assert shown == {("1.3", "none of 3"), ("0.2", "none of 10")}


@pytest.mark.parametrize(
    ("answer", "way", "code"),
    [
        ("{n} % 2", "1", "qti.formula"),
        ("pow({n}", "1", "qti.formula"),
        ("{m}", "1", "qti.formula"),
        ("rand({n})", "1", "qti.formula"),
        ("2^{n}", "1", "qti.formula"),
        ("{n}", "3", "qti.scoring"),
    ],
)
def test_what_moodle_computes_otherwise_is_refused_by_name(answer: str, way: str, code: str) -> None:
    assert (
        refusal((MOODLE % {"kind": "calculated", "answer": answer, "way": way, "more": ""}).encode()) == code
    )


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


TOWER = """<assessmentItem identifier="o" title="Order"><responseDeclaration identifier="RESPONSE" cardinality="ordered"
baseType="identifier"><correctResponse><value>a</value><value>b</value><value>c</value>%(more)s</correctResponse></responseDeclaration>
<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/><itemBody>
<orderInteraction responseIdentifier="RESPONSE" shuffle="true"><prompt>From the ground to the roof</prompt>
<simpleChoice identifier="c">the third</simpleChoice><simpleChoice identifier="a">the first</simpleChoice>
<simpleChoice identifier="b">the second</simpleChoice>%(choices)s</orderInteraction></itemBody><responseProcessing><responseCondition>
<responseIf><match><variable identifier="RESPONSE"/><correct identifier="RESPONSE"/></match><setOutcomeValue identifier="SCORE">
<baseValue baseType="float">4</baseValue></setOutcomeValue></responseIf><responseElseIf><match><variable identifier="RESPONSE"/><ordered>
<baseValue baseType="identifier">b</baseValue><baseValue baseType="identifier">a</baseValue><baseValue baseType="identifier">c</baseValue>
%(last)s</ordered></match><setOutcomeValue identifier="SCORE"><baseValue baseType="float">3</baseValue></setOutcomeValue></responseElseIf>
</responseCondition></responseProcessing></assessmentItem>"""


def earned(question: Taken, answer: Any) -> Fraction:
    """Return what an answer in the words of an item's test earns."""
    kind: Any = TYPES.get(question.type)
    given_ = kind.parse(kind.fields_for(question.content, 1, answer))
    return Fraction(kind.mark(question.content, 1, given_).fraction or 0)


def test_an_order_whose_single_mistake_earns_a_share_is_chosen_from_all_orders() -> None:
    item = TOWER % {"more": "", "choices": "", "last": ""}
    question, scorer = taken(item.encode()), Scorer(parse_xml(item.encode()))
    words = {"a": "the first", "b": "the second", "c": "the third"}
    by_text = {option["text"]: option["id"] for option in question.content["options"]}
    assert len(by_text) == 6
    for order in permutations("abc"):
        there = scorer.score({"RESPONSE": order}) / 4
        assert earned(question, by_text[" → ".join(words[thing] for thing in order)]) == Fraction(there)
    assert [change.code for change in question.changes] == ["changed.order_as_choice"]
    four = {"more": "<value>d</value>", "last": "<baseValue baseType='identifier'>d</baseValue>"}
    four |= {"choices": "<simpleChoice identifier='d'>the fourth</simpleChoice>"}
    assert refusal((TOWER % four).encode()) == "qti.scoring"


PAIRED = """<assessmentItem identifier="m" title="Pairs"><responseDeclaration identifier="RESPONSE" cardinality="multiple"
baseType="directedPair"><mapping defaultValue="0"><mapEntry mapKey="a x" mappedValue="2"/><mapEntry mapKey="a y" mappedValue="2"/>
<mapEntry mapKey="b y" mappedValue="1"/><mapEntry mapKey="b x" mappedValue="-0.5"/><mapEntry mapKey="b z" mappedValue="-0.5"/>
</mapping></responseDeclaration><outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/><itemBody>
<matchInteraction responseIdentifier="RESPONSE" maxAssociations="{most}"><prompt>What lives where?</prompt><simpleMatchSet>
<simpleAssociableChoice identifier="a" matchMax="{row}">a duck</simpleAssociableChoice>
<simpleAssociableChoice identifier="b" matchMax="0">a carp</simpleAssociableChoice></simpleMatchSet><simpleMatchSet>
<simpleAssociableChoice identifier="x" matchMax="2">on land</simpleAssociableChoice>
<simpleAssociableChoice identifier="y" matchMax="{column}">in water</simpleAssociableChoice>
<simpleAssociableChoice identifier="z" matchMax="2">in fire</simpleAssociableChoice></simpleMatchSet></matchInteraction></itemBody>
<responseProcessing template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/map_response"/></assessmentItem>"""
CELLS = {f"{row} {column}": f"{thing} — {place}" for row, thing in (("a", "a duck"), ("b", "a carp"))
         for column, place in (("x", "on land"), ("y", "in water"), ("z", "in fire"))}  # fmt: skip


@given(st.lists(st.sampled_from(sorted(CELLS)), unique=True))
def test_pairs_that_each_have_their_worth_earn_as_options_what_they_earned(chosen: list[str]) -> None:
    item = PAIRED.format(most=0, row=3, column=2)
    question, scorer = taken(item.encode()), Scorer(parse_xml(item.encode()))
    by_text = {option["text"]: option["id"] for option in question.content["options"]}
    there = max(Fraction(0), Fraction(scorer.score({"RESPONSE": chosen})) / 5)
    assert abs(earned(question, [by_text[CELLS[cell]] for cell in chosen]) - there) < Fraction(1, 10_000)
    assert "changed.pairs_as_options" in {change.code for change in question.changes}


@pytest.mark.parametrize(
    ("most", "row", "column", "outcome"),
    [(6, 3, 2, None), (4, 3, 2, 4), (0, 2, 2, ""), (0, 3, 1, ""), ("many", 3, 2, "")],
)
def test_pairs_of_which_not_all_may_be_made_stay_refused(
    most: int | str, row: int, column: int, outcome: int | str | None
) -> None:
    item = PAIRED.format(most=most, row=row, column=column).encode()
    if outcome == "":
        assert refusal(item) in {"qti.scoring", "qti.value"}
    else:
        assert taken(item).content["limit"] == outcome


TYPED = """<assessmentItem identifier="n" title="Number"><responseDeclaration identifier="RESPONSE" cardinality="single" baseType="float">
<correctResponse><value>%s</value></correctResponse></responseDeclaration>
<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/><itemBody><p>How many?</p>
<p><textEntryInteraction responseIdentifier="RESPONSE"/></p></itemBody><responseProcessing><responseCondition><responseIf>%s
<setOutcomeValue identifier="SCORE"><baseValue baseType="float">1</baseValue></setOutcomeValue></responseIf></responseCondition>
</responseProcessing></assessmentItem>"""
BOTH = "<variable identifier='RESPONSE'/><correct identifier='RESPONSE'/>"
TENTHS = st.integers(-99_999, 99_999).map(lambda number: Decimal(number).scaleb(-3))


@given(
    TENTHS.filter(bool),
    st.sampled_from(["decimalPlaces", "significantFigures"]),
    st.integers(1, 4),
    st.lists(TENTHS, max_size=5),
)
def test_numbers_compared_after_rounding_are_marked_alike_up_to_the_very_edge(
    right: Decimal, mode: str, figures: int, typed: Sequence[Decimal]
) -> None:
    item = TYPED % (right, f"<equalRounded roundingMode='{mode}' figures='{figures}'>{BOTH}</equalRounded>")
    question, scorer = taken(item.encode()), Scorer(parse_xml(item.encode()))
    edges = [right + sign * Decimal(5).scaleb(-place) for sign in (1, -1) for place in range(-1, 5)]
    for answer in (right, round(right, figures), *edges, *typed):
        there = scorer.score({"RESPONSE": [f"{answer:f}"]})
        assert marked(question, 1, f"{answer:f}") == there, answer


def test_a_second_number_that_the_rules_compute_is_not_lost() -> None:
    sum_ = "<sum><correct identifier='RESPONSE'/><baseValue baseType='float'>5</baseValue></sum>"
    either = f"<or><equal>{BOTH}</equal><equal><variable identifier='RESPONSE'/>{sum_}</equal></or>"
    question = taken((TYPED % (10, either)).encode())
    assert question.content["gaps"][0]["right"] == ["10", "15"]


SHARED = """<assessmentItem identifier="s" title="Shared"><responseDeclaration identifier="R" cardinality="single" baseType="float"/>
<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/>
<templateDeclaration identifier="sizes" cardinality="multiple" baseType="integer"/>
<templateDeclaration identifier="a" cardinality="single" baseType="integer"/>
<templateDeclaration identifier="b" cardinality="single" baseType="integer"/>
<templateDeclaration identifier="s" cardinality="single" baseType="float"/>
<templateProcessing><setTemplateValue identifier="sizes"><multiple><baseValue baseType="integer">2</baseValue>
<baseValue baseType="integer">3</baseValue><baseValue baseType="integer">7</baseValue></multiple></setTemplateValue>
<setTemplateValue identifier="a"><random><variable identifier="sizes"/></random></setTemplateValue>
<setTemplateValue identifier="sizes">%s</setTemplateValue>
<setTemplateValue identifier="b"><sum><random><variable identifier="sizes"/></random><baseValue baseType="integer">0</baseValue></sum>
</setTemplateValue><setTemplateValue identifier="s"><product><variable identifier="a"/><variable identifier="b"/></product>
</setTemplateValue></templateProcessing><itemBody><p>A field is <printedVariable identifier="a"/> by
<printedVariable identifier="b"/>: <textEntryInteraction responseIdentifier="R"/></p></itemBody>
<responseProcessing><responseCondition><responseIf><%s><variable identifier="R"/><variable identifier="s"/></%s>
<setOutcomeValue identifier="SCORE"><baseValue baseType="float">1</baseValue></setOutcomeValue>
</responseIf></responseCondition></responseProcessing></assessmentItem>"""
WITHOUT = '<delete><variable identifier="a"/><variable identifier="sizes"/></delete>'


def test_what_was_drawn_from_a_list_is_not_drawn_again_and_rules_may_name_the_right_variable() -> None:
    question = taken((SHARED % (WITHOUT, "equal", "equal")).encode())
    drawn = [numbers(question, seed) for seed in range(1, 80)]
    assert {(each["a"], each["b"]) for each in drawn} == set(permutations((2, 3, 7), 2))
    for seed, each in enumerate(drawn[:9], start=1):
        right = each["a"] * each["b"]
        assert [marked(question, seed, str(answer)) for answer in (right, right + 1)] == [1, 0]


@pytest.mark.parametrize(
    ("change", "rule", "code"),
    [
        (WITHOUT, "lt", "qti.scoring"),
        (WITHOUT.replace('"a"', '"nobody"'), "equal", "qti.template_variables"),
        ('<multiple><variable identifier="sizes"/></multiple>', "equal", "qti.template_variables"),
        (
            '<multiple><baseValue baseType="integer">1</baseValue></multiple>',
            "equal",
            "qti.template_variables",
        ),
    ],
)
def test_other_changes_of_a_list_and_other_rules_are_refused(change: str, rule: str, code: str) -> None:
    assert refusal((SHARED % (change, rule, rule)).encode()) == code


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 10_000))
def test_a_drawn_sum_is_compared_after_rounding(seed: int) -> None:
    third = "<divide><variable identifier='a'/><baseValue baseType='integer'>4</baseValue></divide>"
    text = (DRAWN % third).replace(
        '<equal toleranceMode="absolute" tolerance="0.1">',
        "<equalRounded roundingMode='decimalPlaces' figures='1'>",
    )
    question = taken(text.replace("</equal>", "</equalRounded>").encode())
    right = numbers(question, seed)["a"] / 4
    tenth = Fraction(int(right * 10 + Fraction(1, 2)), 10)
    for step, is_right in (("-0.051", 0), ("-0.05", 1), ("0", 1), ("0.049", 1), ("0.05", 0)):
        assert marked(question, seed, f"{float(tenth + Fraction(step)):.3f}") == is_right


def test_a_further_picture_that_the_file_lacks_and_nobody_described_is_reported() -> None:
    item = """<assessmentItem identifier="t" title="Two"><itemBody><p>Look: <img src="body.png" alt="A body"/>
    <img src="%s"/></p></itemBody></assessmentItem>"""
    question = taken(package("item.xml", item % "gone.png"))
    assert question.content["picture"]["alt"] == "A body"
    assert ("changed.picture_missing", "gone.png") in question.changes
    assert refusal(package("item.xml", item % "body.png")) == "picture.several"
