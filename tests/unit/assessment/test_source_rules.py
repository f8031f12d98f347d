"""What comes in from QTI marks every answer as its own rules did, those too that nobody named; the rest is refused by name.

The rules are drawn with a reading of their own (`Rule.holds`), which is no part of the product.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lms.assessment.contracts import QUESTION_TYPES, QuestionType
from lms.assessment.formats import read_file
from lms.assessment.formats.mapping import Taken, take
from lms.assessment.formats.values import Refusal
from lms.assessment.formats.words import REASON_TEXTS
from lms.assessment.question_types import builtin
from lms.core.registry import Registry

TYPES: Registry[QuestionType] = Registry(QUESTION_TYPES)
for kind in builtin():
    TYPES.add(kind, "built in")

#: Said beside what is taken over where it marks otherwise.
ADMITTED = {"changed.partial_dropped", "changed.range_end"}


@dataclass(frozen=True)
class Rule:
    """A condition in QTI's words, and whether it holds for an answer."""

    source: str
    holds: Callable[[str], bool]


def taken(rules: list[tuple[Rule, str]], *, base: str, key: str) -> Taken:
    """Return what is taken over of a field whose first rule that holds gives its points; raise Refusal."""
    branches = "".join(
        f"<response{'ElseIf' if number else 'If'}>{rule.source}<setOutcomeValue identifier='SCORE'>"
        f"<baseValue baseType='float'>{points}</baseValue></setOutcomeValue></response{'ElseIf' if number else 'If'}>"
        for number, (rule, points) in enumerate(rules)
    )
    item = (
        f"<assessmentItem identifier='i' title='t'><responseDeclaration identifier='R' cardinality='single' baseType='{base}'>"
        f"<correctResponse><value>{key}</value></correctResponse></responseDeclaration>"
        "<outcomeDeclaration identifier='SCORE' cardinality='single' baseType='float'/><itemBody><p>Which?</p>"
        "<p><textEntryInteraction responseIdentifier='R'/></p></itemBody>"
        f"<responseProcessing><responseCondition>{branches}</responseCondition></responseProcessing></assessmentItem>"
    )
    (found,) = read_file(item.encode()).questions
    return take(found, TYPES)


def earned(question: Taken, answer: str) -> Decimal:
    kind = TYPES.get(question.type)
    responses = {"cloze": {"gap_1": answer}, "numeric": {"value": answer, "unit": ""}}
    response = responses.get(question.type, answer)
    return kind.mark(kind.validate_content(question.content), 1, response).fraction


VARIABLE = "<variable identifier='R'/>"


def texts(word: str, how: str) -> Rule:
    value = f"<baseValue baseType='string'>{word}</baseValue>"
    return {
        "exact": Rule(f"<match>{VARIABLE}{value}</match>", lambda a: a == word),
        "loose": Rule(
            f"<stringMatch caseSensitive='false'>{VARIABLE}{value}</stringMatch>",
            lambda a: a.lower() == word.lower(),
        ),
        "holds": Rule(
            f"<stringMatch caseSensitive='true' substring='true'>{VARIABLE}{value}</stringMatch>",
            lambda a: word in a,
        ),
        "within": Rule(
            f"<substring caseSensitive='false'>{value}{VARIABLE}</substring>",
            lambda a: word.lower() in a.lower(),
        ),
        "part": Rule(f"<substring caseSensitive='true'>{VARIABLE}{value}</substring>", lambda a: a in word),
    }[how]


def numbers(number: int, how: str) -> Rule:
    value, right = f"<baseValue baseType='float'>{number}</baseValue>", Decimal(number)
    share = abs(right) / 20
    return {
        "exact": Rule(f"<match>{VARIABLE}{value}</match>", lambda a: Decimal(a) == right),
        "near": Rule(
            f"<equal toleranceMode='absolute' tolerance='2 2'>{value}{VARIABLE}</equal>",
            lambda a: abs(Decimal(a) - right) <= 2,
        ),
        "share": Rule(
            f"<equal toleranceMode='relative' tolerance='5 5'>{value}{VARIABLE}</equal>",
            lambda a: abs(Decimal(a) - right) <= share,
        ),
        "above": Rule(f"<gte>{VARIABLE}{value}</gte>", lambda a: Decimal(a) >= right),
        "below": Rule(f"<lt>{VARIABLE}{value}</lt>", lambda a: Decimal(a) < right),
        "multiple": Rule(
            f"<equal toleranceMode='exact'><integerModulus>{VARIABLE}<baseValue baseType='integer'>5</baseValue>"
            "</integerModulus><baseValue baseType='integer'>0</baseValue></equal>",
            lambda a: Decimal(a) % 5 == 0,
        ),
        "square": Rule(
            f"<equal toleranceMode='exact'><product>{VARIABLE}{VARIABLE}</product>{value}</equal>",
            lambda a: Decimal(a) ** 2 == right,
        ),
    }[how]


def joined(rules: st.SearchStrategy[Rule]) -> st.SearchStrategy[Rule]:
    both = st.tuples(rules, rules)
    return st.one_of(
        rules,
        rules,
        rules.map(lambda r: Rule(f"<not>{r.source}</not>", lambda a: not r.holds(a))),
        both.map(
            lambda p: Rule(f"<or>{p[0].source}{p[1].source}</or>", lambda a: p[0].holds(a) or p[1].holds(a))
        ),
        both.map(
            lambda p: Rule(
                f"<and>{p[0].source}{p[1].source}</and>", lambda a: p[0].holds(a) and p[1].holds(a)
            )
        ),
    )


WORDS = st.sampled_from(["cat", "Cat", "catfish", "dog", "hot dog", "a"])
TEXT_RULES = joined(st.builds(texts, WORDS, st.sampled_from(["exact", "loose", "holds", "within", "part"])))
TEXTS = st.lists(
    st.sampled_from(["cat", "CAT", "Cat", "fish", "dog", "hot", " ", "b", "a", "1"]), min_size=1, max_size=4
).map(lambda parts: " ".join("".join(parts).split()))
NUMBER_RULES = joined(
    st.builds(
        numbers,
        st.sampled_from([-5, 0, 5, 12, 25, 200]),
        st.sampled_from(["exact", "near", "share", "above", "below", "multiple", "square"]),
    )
)
NUMBERS = st.one_of(
    st.integers(-30, 230).map(str), st.decimals(-30, 230, places=2).map(lambda number: f"{number:f}")
)
POINTS = st.sampled_from(["1", "0.5", "0"])


def hold(rules: list[tuple[Rule, str]], answers: list[str], base: str, key: str) -> bool:
    """Play the rules and what was taken over; return whether something was."""
    try:
        question = taken(rules, base=base, key=key)
    except Refusal as refusal:
        assert refusal.reason.code in REASON_TEXTS, refusal.reason  # noqa: PT017
        return False
    if ADMITTED & {change.code for change in question.changes}:
        return True
    wholes = {Decimal(points) for _, points in rules}  # whichever can be reached
    for answer in filter(None, answers):
        points = next((Decimal(points) for rule, points in rules if rule.holds(answer)), Decimal(0))
        share = earned(question, answer)
        wholes = {whole for whole in wholes if share * whole == points}
        assert wholes, (answer, question.content)
    return True


PLAYED = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@PLAYED
@given(st.lists(st.tuples(TEXT_RULES, POINTS), min_size=1, max_size=3), st.lists(TEXTS, max_size=12), WORDS)
def test_texts_outside_the_key_are_marked_as_the_source_does(
    rules: list[tuple[Rule, str]], answers: list[str], key: str
) -> None:
    hold(rules, answers, "string", key)


@PLAYED
@given(st.lists(st.tuples(NUMBER_RULES, POINTS), min_size=1, max_size=3), st.lists(NUMBERS, max_size=12))
def test_numbers_outside_the_key_are_marked_as_the_source_does(
    rules: list[tuple[Rule, str]], answers: list[str]
) -> None:
    hold(rules, answers, "float", "25")


@pytest.mark.parametrize(
    ("rules", "accepted"),
    [
        ([(texts("cat", "loose"), "1")], ["cat"]),
        ([(texts("cat", "holds"), "1")], ["*cat*"]),
        ([(texts("cat", "within"), "2")], ["*cat*"]),
        ([(texts("cat", "loose"), "2"), (texts("CAT", "within"), "1")], ["cat", "*cat*"]),
        ([(texts("catfish", "within"), "1"), (texts("cat", "within"), "1")], ["*cat*"]),
    ],
)
def test_a_text_that_may_stand_within_another_is_taken_over_with_stars(
    rules: list[tuple[Rule, str]], accepted: list[str]
) -> None:
    question = taken(rules, base="string", key="cat")
    forms = [form["text"].casefold() for form in question.content["accepted"]]
    assert list(dict.fromkeys(forms)) == accepted
    assert hold(rules, ["cat", "a cat b", "Cat", "ca", "catfish", "dog"], "string", "cat")


def test_points_taken_away_for_a_wrong_text_are_named() -> None:
    question = taken([(texts("cat", "loose"), "1"), (texts("dog", "exact"), "-1")], base="string", key="cat")
    assert [change.code for change in question.changes] == ["changed.negative_share"]


RELATIVE_OF_ANSWER = Rule(
    f"<equal toleranceMode='relative' tolerance='5 5'>{VARIABLE}<baseValue baseType='float'>200</baseValue></equal>",
    lambda a: abs(Decimal(a) - 200) <= abs(Decimal(a)) / 20,
)


@pytest.mark.parametrize(
    ("rule", "base", "code"),
    [
        (
            Rule(f"<not>{texts('dog', 'exact').source}</not>", lambda a: a != "dog"),
            "string",
            "qti.open_answer",
        ),
        (texts("cat", "part"), "string", "qti.scoring"),
        (Rule(f"<patternMatch pattern='c.t'>{VARIABLE}</patternMatch>", bool), "string", "qti.pattern_forms"),
        (numbers(5, "multiple"), "integer", "qti.answer_computed"),
        (numbers(25, "square"), "float", "qti.answer_computed"),
        (numbers(25, "above"), "float", "qti.scoring"),
        (RELATIVE_OF_ANSWER, "float", "qti.tolerance_of_answer"),
    ],
)
def test_a_rule_that_lets_through_what_cannot_be_listed_is_refused_by_name(
    rule: Rule, base: str, code: str
) -> None:
    with pytest.raises(Refusal) as refused:
        taken([(rule, "1")], base=base, key="cat" if base == "string" else "25")
    assert refused.value.reason.code == code


def gaps(rule: str) -> str:
    """Return the reason why two fields with a rule are refused, '' when they are taken over."""
    names = ("R1", "R2")
    declared = "".join(
        f"<responseDeclaration identifier='{name}' cardinality='single' baseType='string'>"
        f"<correctResponse><value>{name.lower()}</value></correctResponse></responseDeclaration>"
        for name in names
    )
    fields = "".join(f"<p>One <textEntryInteraction responseIdentifier='{name}'/></p>" for name in names)
    item = (
        f"<assessmentItem identifier='i' title='t'>{declared}<outcomeDeclaration identifier='SCORE' cardinality='single' "
        f"baseType='float'/><itemBody>{fields}</itemBody><responseProcessing>{rule}</responseProcessing></assessmentItem>"
    )
    (found,) = read_file(item.encode()).questions
    try:
        take(found, TYPES)
    except Refusal as refusal:
        return refusal.reason.code
    return ""


def counted(condition: str) -> str:
    return (
        f"<responseCondition><responseIf>{condition}<setOutcomeValue identifier='SCORE'><sum><variable identifier='SCORE'/>"
        "<baseValue baseType='float'>1</baseValue></sum></setOutcomeValue></responseIf></responseCondition>"
    )


def test_fields_that_earn_points_only_together_are_refused_for_that_reason() -> None:
    first, second = (
        f"<match><variable identifier='{name}'/><correct identifier='{name}'/></match>"
        for name in ("R1", "R2")
    )
    crossed = [
        f"<or>{match}<match><variable identifier='{name}'/><correct identifier='{other}'/></match></or>"
        for match, name, other in ((first, "R1", "R2"), (second, "R2", "R1"))
    ]
    twice = "<match><variable identifier='R1'/><variable identifier='R2'/></match>"
    assert gaps(counted(first) + counted(second)) == ""
    assert gaps(counted(f"<and>{first}{second}</and>")) == "qti.all_or_nothing"
    assert gaps("".join(map(counted, crossed))) == ""
    apart = f"<or><isNull><variable identifier='R1'/></isNull><not>{twice}</not></or>"
    assert (
        gaps(counted(crossed[0]) + counted(f"<and>{crossed[1]}<not>{twice}</not></and>"))
        == "qti.all_or_nothing"
    )
    assert gaps(counted(crossed[0]) + counted(f"<and>{crossed[1]}{apart}</and>")) == "qti.scoring"
