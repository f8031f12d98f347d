"""Write a mathematical answer as a STACK question of Moodle XML: one input, a tree of its answer tests in a row, its tests."""

from __future__ import annotations

from xml.sax.saxutils import escape

from lms.assessment.formats.text import html_of
from lms.assessment.formats.values import MathsAnswer, MathsRule, Refusal

__all__ = ["INPUT_PLACES", "stack_parts"]

_INPUT, _TREE = "ans1", "prt1"
#: Where the answer is typed and read back.
INPUT_PLACES = f"<p>[[input:{_INPUT}]] [[validation:{_INPUT}]]</p>"


def stack_parts(body: MathsAnswer) -> str:
    """Return what stands in the question beside its text; raise Refusal for what is no expression of Maxima."""
    if any("tuple(" in rule.text for rule in body.rules):
        raise Refusal("export.unsayable", "(a; b)")  # an interval or a point: Maxima has to be told which
    for unknown in ("Partly", "Solved", "∈"):
        if any(unknown in (rule.test, rule.text[:1]) for rule in body.rules):
            raise Refusal("export.unsayable", unknown)
    best = next(rule for rule in body.rules if rule.fraction == 1)
    nodes = "".join(
        _node(number, rule, is_last=number + 1 == len(body.rules)) for number, rule in enumerate(body.rules)
    )
    tests = "".join(
        f"<qtest><testcase>{number}</testcase><testinput><name>{_INPUT}</name><value>{escape(answer)}</value></testinput>"
        f"<expected><name>{_TREE}</name><expectedscore>{share:f}</expectedscore></expected></qtest>\n"
        for number, (answer, share) in enumerate(body.tests, start=1)
    )
    return (
        "<questionvariables><text></text></questionvariables>\n"
        f'<specificfeedback format="html"><text>[[feedback:{_TREE}]]</text></specificfeedback>\n'
        "<questionsimplify>0</questionsimplify>\n"
        f"{_input(body, best)}"
        f"<prt><name>{_TREE}</name><value>1</value><autosimplify>0</autosimplify>"
        f"<feedbackvariables><text></text></feedbackvariables>\n{nodes}</prt>\n{tests}"
    )


def _input(body: MathsAnswer, best: MathsRule) -> str:
    kind = "units" if any(rule.test.startswith("Units") for rule in body.rules) else "algebraic"
    return (
        f"<input><name>{_INPUT}</name><type>{kind}</type><tans>{escape(best.text)}</tans><boxsize>20</boxsize>"
        f"<insertstars>1</insertstars><allowwords>{escape(','.join(body.variables or ()))}</allowwords>"
        "<forbidfloat>0</forbidfloat><requirelowestterms>0</requirelowestterms><checkanswertype>0</checkanswertype>"
        "<mustverify>1</mustverify><showvalidation>1</showvalidation></input>\n"
    )


def _node(number: int, rule: MathsRule, *, is_last: bool) -> str:
    """Return a test that ends the tree when it holds; the author's own way to write the answer describes it."""
    says = f'<truefeedback format="html"><text>{escape(html_of(rule.says))}</text></truefeedback>'
    after = -1 if is_last else number + 1
    return (
        f"<node><name>{number}</name><description>{escape(rule.typed)}</description>"
        f"<answertest>{rule.test}</answertest><sans>{_INPUT}</sans><tans>{escape(rule.text)}</tans>"
        f"<testoptions>{escape(rule.option)}</testoptions><quiet>0</quiet>"
        f"<truescoremode>=</truescoremode><truescore>{rule.fraction:f}</truescore><truenextnode>-1</truenextnode>"
        f"<trueanswernote>{_TREE}-{number}-T</trueanswernote>{says}"
        f"<falsescoremode>=</falsescoremode><falsescore>0</falsescore><falsenextnode>{after}</falsenextnode>"
        f'<falseanswernote>{_TREE}-{number}-F</falseanswernote><falsefeedback format="html"><text></text></falsefeedback>'
        "</node>\n"
    )
