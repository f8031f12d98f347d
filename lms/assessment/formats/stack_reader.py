"""Read STACK's questions of Moodle XML: one input, one tree of answer tests that a list of tests can say, its own tests.

A question with random numbers is taken over in one variant. What cannot be said is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from lms.assessment.formats.cloze import MAX_TEXT, share_of
from lms.assessment.formats.maxima import is_same_answer, names_in
from lms.assessment.formats.stack_process import compute
from lms.assessment.formats.text import prose_of_html
from lms.assessment.formats.values import MathsAnswer, MathsRule, Reason, Refusal
from lms.core.xmltree import Node

__all__ = ["Stack", "read_stack"]

#: What opens ends before the next one opens, so that no text takes longer than its length.
_SHOWN = re.compile(r"\{@((?:(?!\{@).)+?)@\}", re.DOTALL)
_WRITTEN = re.compile(r"\{#((?:(?!\{#).)+?)#\}", re.DOTALL)
_PLACE = re.compile(r"\[\[\s*(?:input|validation|feedback)\s*:\s*\w+\s*\]\]")
#: Longer comments do not stand beside a rule.
MAX_SAYS = 500
_NAME = re.compile(r"[^\W\d_]\w{0,29}")
_BLOCK = re.compile(r"\[\[\s*(?:[#/]\s*)?(\w+)")
_FORMULA = re.compile(r"\\\((?:(?!\\\().)*?\\\)|\\\[(?:(?!\\\[).)*?\\\]|\$\$(?:(?!\$\$).)*\$\$", re.DOTALL)
#: A text shows so many values.
MAX_SHOWN = 200
#: Tests that hold only for answers equal to the author's: they may stand before AlgEquiv with the same answer.
_IMPLYING = {"EqualComAss", "CasEqual", "FacForm", "PartFrac", "SingleFrac", "CompSquare"}
#: Tests that need no option.
_PLAIN = {"AlgEquiv", "SubstEquiv", "SameType", "Sets", "SysEquiv"}
_INPUTS = {"algebraic", "numerical", "units"}
MAX_NODES = 20


@dataclass(frozen=True, slots=True)
class Stack:
    """What a STACK question asks, its text as HTML, and what is lost."""

    html: str
    body: MathsAnswer
    changes: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class _Rule:
    """One answer test with the points that an answer has when it decides."""

    test: str
    answer: str
    option: str
    score: Decimal
    problem: Reason | None = None
    says: str = ""
    typed: str = ""

    @property
    def only_tells(self) -> bool:
        """Whether it earns nothing but tells those who made a known mistake so."""
        is_known = self.test in _PLAIN or self.test in _IMPLYING
        return self.score == 0 and self.problem is None and bool(self.says) and is_known


def read_stack(node: Node) -> Stack:
    """Return a question; raise Refusal ``stack.…`` for what cannot be said."""
    inputs, trees = list(node.children("input")), list(node.children("prt"))
    if len(inputs) != 1 or len(trees) != 1:
        raise Refusal("stack.several_inputs", f"{len(inputs)} inputs, {len(trees)} trees")
    kind, name = inputs[0].text_at("type"), inputs[0].text_at("name")
    if kind not in _INPUTS:
        raise Refusal("stack.input_type", kind)
    html = node.text_at("questiontext", "text")
    if len(html) > MAX_TEXT:
        raise Refusal("question.too_long", str(len(html)))
    rules = _rules(trees[0], name)
    return _Question(node, name, html, rules).read(trees[0])


def _rules(tree: Node, name: str) -> list[_Rule]:
    """Return the tree's tests in an order in which the first that holds decides."""
    nodes = {node.text_at("name"): node for node in tree.children("node")}
    if not nodes or len(nodes) > MAX_NODES:
        raise Refusal("stack.tree", str(len(nodes)))
    targets = {node.text_at(way) for node in nodes.values() for way in ("truenextnode", "falsenextnode")}
    first = next((key for key in nodes if key not in targets), next(iter(nodes)))
    rules, rest = _flat(nodes, first, Decimal(0), name, 0)
    if rest > 0:
        raise Refusal("stack.points_for_the_rest", f"{rest}")
    while rules and rules[-1].score == 0 and not rules[-1].only_tells:  # it only chose a comment
        rules.pop()
    for rule in rules:
        if rule.problem is not None:
            raise Refusal(*rule.problem)
    if not rules:
        raise Refusal("question.no_right_answer")
    return rules


def _flat(
    nodes: dict[str, Node], key: str, score: Decimal, name: str, depth: int
) -> tuple[list[_Rule], Decimal]:
    """Return the rules from a node on, and the points when none of them holds."""
    node = nodes.get(key)
    if node is None or depth > MAX_NODES:
        raise Refusal("stack.tree", key)
    expression = node.text_at("sans")
    problem = None if expression == name else Reason("stack.node_expression", expression[:80])
    held, failed = _scored(node, "true", score), _scored(node, "false", score)
    own = _Rule(
        node.text_at("answertest"),
        node.text_at("tans"),
        node.text_at("testoptions"),
        held,
        problem,
        _says(node),
        node.text_at("description"),
    )
    after, otherwise = node.text_at("truenextnode"), node.text_at("falsenextnode")
    rules = [own]
    if after not in ("", "-1"):
        inner, rest = _flat(nodes, after, held, name, depth + 1)
        if rest == held and all(rule.score == held for rule in inner):
            inner = []  # the tests after it only choose a comment
        elif own.test != "AlgEquiv" or any(r.test not in _IMPLYING or r.answer != own.answer for r in inner):
            raise Refusal("stack.tree_branches", own.test)
        rules = [*inner, replace(own, score=rest)]
    if otherwise in ("", "-1"):
        return rules, failed
    more, rest = _flat(nodes, otherwise, failed, name, depth + 1)
    return [*rules, *more], rest


def _says(node: Node) -> str:
    """Return what a student reads when the test of a node holds, where that is plain text without values in it."""
    source = node.text_at("truefeedback", "text")
    if "{@" in source or "{#" in source or "[[" in source:
        return ""
    prose = prose_of_html(source)
    return "" if prose.pictures or len(prose.text) > MAX_SAYS else prose.text


def _scored(node: Node, way: str, score: Decimal) -> Decimal:
    """Return the points after a node's branch: set, added or taken off, within 0 and 1."""
    points = share_of(node.text_at(f"{way}score")) * 100
    mode = node.text_at(f"{way}scoremode") or "="
    found = {"=": points, "+": score + points, "-": score - points}.get(mode)
    if found is None:
        raise Refusal("stack.tree", mode)
    return min(max(found, Decimal(0)), Decimal(1))


class _Question:
    """One question while its values are computed."""

    def __init__(self, node: Node, name: str, html: str, rules: Sequence[_Rule]) -> None:
        self.node, self.name, self.html, self.rules = node, name, html, rules
        self.tests = [test for test in node.children("qtest") if test.first("testinput") is not None]

    def read(self, tree: Node) -> Stack:
        """Return the question in one variant."""
        html = _PLACE.sub("", self.html)
        if block := _BLOCK.search(html):
            raise Refusal("stack.block", block[1])
        shown, typed = _SHOWN.findall(html), _WRITTEN.findall(html)
        if len(shown) + len(typed) > MAX_SHOWN:
            raise Refusal("question.too_long", str(len(shown) + len(typed)))
        rules = [rule.answer for rule in self.rules] + [rule.option or "0" for rule in self.rules]
        tries = [test.text_at("testinput", "value") or "0" for test in self.tests]
        found = compute(
            {
                "variables": self.node.text_at("questionvariables", "text"),
                "feedback": tree.text_at("feedbackvariables", "text"),
                "unknown": self.name,
                "is_simplified": self.node.text_at("questionsimplify") != "0",
                "seed": self._seed(),
                "rules_simplified": tree.text_at("autosimplify") != "0",
                "show": shown,
                "type": typed,
                "rules": rules,
                "tries": tries,
            }
        )
        if "error" in found:
            raise Refusal(*_why(found["error"]))
        values, texts = ([_value(row) for row in found[key]] for key in ("shown", "typed"))
        changes = [Reason("changed.one_variant")] if found["has_random"] else []
        rows = self._settled(found["rules"])
        if self._loses_comments(tree):
            changes.append(Reason("changed.feedback"))
        body = self._body([_value(row) for row in rows], found["tries"], changes)
        return Stack(_filled(html, values, texts), body, tuple(changes))

    def _loses_comments(self, tree: Node) -> bool:
        """Return whether the tree says something that no rule can say: where a test fails, or with values in it."""
        said = {rule.says for rule in self.rules}
        comments = [
            child
            for node in tree.children("node")
            for child in node.children("truefeedback", "falsefeedback")
        ]
        written = [child for child in comments if child.text_at("text")]
        return any(
            child.tag == "falsefeedback" or prose_of_html(child.text_at("text")).text not in said
            for child in written
        )

    def _seed(self) -> int:
        seed = self.node.text_at("deployedseed")
        return int(seed) if seed.isdecimal() and len(seed) < 12 else 1

    def _settled(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the values of the rules; rules at the end that earn nothing and cannot be computed are given up."""
        count = len(self.rules)
        while count and self.rules[count - 1].score == 0 and "error" in rows[count - 1]:
            count -= 1
        kept = [*rows[:count], *rows[len(self.rules) : len(self.rules) + count]]
        self.rules = self.rules[:count]
        return kept

    def _body(self, texts: list[str], tried: list[dict[str, str]], changes: list[Reason]) -> MathsAnswer:
        count = len(self.rules)
        words = self._words(texts[:count])
        notation = "quantity" if any(rule.test.startswith("Units") for rule in self.rules) else "school"
        typed = [
            rule.typed if rule.typed and is_same_answer(rule.typed, text, notation, words or ()) else ""
            for rule, text in zip(self.rules, texts, strict=False)
        ]
        answers = tuple(
            MathsRule(rule.test, text, option if rule.option else "", rule.score, rule.says, own)
            for rule, text, option, own in zip(self.rules, texts[:count], texts[count:], typed, strict=True)
        )
        tests = []
        for test, row in zip(self.tests, tried, strict=True):
            expected, answer = test.text_at("expected", "expectedscore"), row.get("value", "")
            if expected and answer and "," not in answer and '"' not in answer:
                tests.append((answer, share_of(expected) * 100))
        if len(tests) < len(self.tests):
            changes.append(Reason("changed.tests_left_out", str(len(self.tests) - len(tests))))
        return MathsAnswer(answers, tuple(tests), words)

    def _words(self, texts: Sequence[str]) -> tuple[str, ...] | None:
        """Return the names that the input allows, where they are all that the answers need."""
        given = (self.node.first("input") or self.node).text_at("allowwords")
        words = tuple(dict.fromkeys(word.strip() for word in given.split(",") if word.strip()))
        needed = {name for text in texts for name in names_in(text)}
        are_units = any(rule.test.startswith("Units") for rule in self.rules)
        are_names = bool(words) and all(_NAME.fullmatch(word) for word in words)
        return words if are_names and (are_units or needed <= set(words)) else None


def _why(code: str) -> Reason:
    if code.startswith("command:"):
        return Reason("stack.command", code.removeprefix("command:"))
    return Reason("stack.unsettled" if code == "unsettled" else "stack.unreadable", code)


def _value(row: dict[str, Any]) -> str:
    if "error" in row:
        raise Refusal(*_why(row["error"]))
    return str(row["value"])


def _filled(html: str, values: Sequence[str], texts: Sequence[str]) -> str:
    """Return the text with values in it: inside formulas as they are, elsewhere as formulas."""
    waiting = iter(values)
    inside = [match.span() for match in _FORMULA.finditer(html)]

    def put(match: re.Match[str]) -> str:
        value = next(waiting)
        is_inside = any(start <= match.start() < end for start, end in inside)
        return f"{{{value}}}" if is_inside else rf"\({value}\)"

    written = iter(texts)
    return _WRITTEN.sub(lambda _match: next(written), _SHOWN.sub(put, html))
