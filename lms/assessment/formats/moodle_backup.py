"""Read the questions of a Moodle backup: the same questions as in Moodle XML, told in other elements."""

from __future__ import annotations

from collections.abc import Iterator

from lms.assessment.formats.moodle_reader import read_moodle
from lms.assessment.formats.values import Found
from lms.core.xmltree import Node

__all__ = ["read_backup"]

#: What a backup writes where a database has nothing.
NULL = "$@NULL@$"
#: Types that are called otherwise in Moodle XML.
_TYPES = {"multianswer": "cloze", "match": "matching"}
#: What only holds others together in a backup of a STACK question.
_HOLDERS = {
    "stackoptions", "stackinputs", "stackprts", "stackprtnodes", "stackqtests", "stackqtestinputs",
    "stackqtestexpecteds", "stackdeployedseeds",
}  # fmt: skip
_NAMES = {
    "stackinput": "input",
    "stackprt": "prt",
    "stackprtnode": "node",
    "nodename": "name",
    "stackqtest": "qtest",
    "stackqtestinput": "testinput",
    "inputname": "name",
    "stackqtestexpected": "expected",
    "prtname": "name",
    "seed": "deployedseed",
}


def read_backup(root: Node) -> Iterator[tuple[tuple[str, ...], Found]]:
    """Yield each question of a backup's ``questions.xml`` with the keys by which a quiz names it or its category."""
    asked = [
        (keys, node)
        for category in root.children("question_category")
        for keys, node in _of_category(category)
        if node.text_at("parent") in ("", "0", NULL)  # a part of another question is asked there
    ]
    yield from zip(
        [(*keys, f"question:{node.attrs.get('id', '')}") for keys, node in asked],
        read_moodle(_as_exported(node) for _keys, node in asked),
        strict=True,
    )


def _of_category(category: Node) -> Iterator[tuple[tuple[str, ...], Node]]:
    """Yield the questions of a category: since Moodle 4.0 the newest version of each entry."""
    key = f"category:{category.attrs.get('id', '')}"
    for entry in category.every("question_bank_entry"):
        for node in entry.every("question")[-1:]:
            yield (key, f"entry:{entry.attrs.get('id', '')}"), node
    for questions in category.children("questions"):
        for node in questions.children("question"):
            yield (key,), node


def _as_exported(node: Node) -> Node:
    """Return a question as Moodle XML says it."""
    kind = node.text_at("qtype")
    made = Node("question", {"type": _TYPES.get(kind, kind)}, node.line)
    made.parts.append(_wrapped("name", node.first("name"), node.line))
    made.parts.append(_wrapped("questiontext", node.first("questiontext"), node.line))
    plugin = next((part for part in node.children() if part.tag.startswith("plugin_qtype_")), None)
    if plugin is None:
        return made
    if kind == "stack":
        made.parts.extend(_of_stack(plugin))
        return made
    tolerances = {row.text_at("answer"): row.text_at("tolerance") for row in plugin.every("numerical_record")}
    for answer in plugin.every("answer"):
        if answer.parts and answer.first("answertext") is not None:
            made.parts.append(_answer(answer, tolerances.get(answer.attrs.get("id", ""), "")))
    made.parts.extend(_pairs(plugin))
    made.parts.extend(_options(plugin, kind))
    return made


def _wrapped(tag: str, source: Node | None, line: int) -> Node:
    """Return an element whose text stands in a ``<text>`` of its own."""
    text = (
        ""
        if source is None or source.text() == NULL
        else "".join(p for p in source.parts if isinstance(p, str))
    )
    return Node(tag, {"format": "html"}, line, [Node("text", {}, line, [text])])


def _answer(source: Node, tolerance: str) -> Node:
    try:
        percent = float(source.text_at("fraction") or 0) * 100
    except ValueError:
        percent = 0.0
    made = _wrapped("answer", source.first("answertext"), source.line)
    made.attrs |= {"fraction": f"{percent:.5f}"}
    if tolerance:
        made.parts.append(Node("tolerance", {}, source.line, [tolerance]))
    return made


def _pairs(plugin: Node) -> Iterator[Node]:
    for pair in plugin.every("match"):
        if pair.first("answertext") is not None:
            made = _wrapped("subquestion", pair.first("questiontext"), pair.line)
            made.parts.append(_wrapped("answer", pair.first("answertext"), pair.line))
            yield made


def _options(plugin: Node, kind: str) -> Iterator[Node]:
    """Yield what a question says of itself besides its answers."""
    for name in (kind, "matchoptions", "numerical_option"):
        for holder in plugin.children(name):
            for option in holder.children():
                if (
                    not option.tag.endswith("format")
                    and option.text() != NULL
                    and not list(option.children())
                ):
                    yield _wrapped(option.tag, option, option.line) if option.tag in _TEXTS else option


def _of_stack(node: Node) -> Iterator[Node]:
    """Yield what is in an element of a STACK question as Moodle XML says it."""
    for part in node.children():
        if part.tag in _HOLDERS or (part.tag == "stackdeployedseed" and part.first("seed")):
            yield from _of_stack(part)
        elif part.tag in _TEXTS:
            yield _wrapped(part.tag, part, part.line)
        elif any(part.children()):
            yield Node(_NAMES.get(part.tag, part.tag), {}, part.line, list(_of_stack(part)))
        elif part.text() != NULL:
            yield Node(_NAMES.get(part.tag, part.tag), {}, part.line, list(part.parts))


#: What Moodle XML puts into a ``<text>`` of its own.
_TEXTS = {
    "graderinfo", "responsetemplate", "questionvariables", "feedbackvariables", "truefeedback", "falsefeedback",
    "specificfeedback", "questionnote", "prtcorrect", "prtpartiallycorrect", "prtincorrect",
}  # fmt: skip
