"""Read QTI 1.2 (``<questestinterop>``), with what Canvas says in its metadata."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import combinations

from lms.assessment.formats.behaviour import Slot, order_body, pairs_body, several_body, slot_body, slots_body
from lms.assessment.formats.qti12_feedback import Feedback, feedback_of
from lms.assessment.formats.qti12_rules import score_of
from lms.assessment.formats.qti_rules import MAX_STEPS
from lms.assessment.formats.qti_values import as_number
from lms.assessment.formats.shapes import box_of, numbers_of, places_of
from lms.assessment.formats.text import prose_of_html, prose_of_node, prose_of_plain
from lms.assessment.formats.values import (
    Areas,
    Body,
    Computed,
    Essay,
    Found,
    Gap,
    Gaps,
    Info,
    Number,
    NumberAnswer,
    Picture,
    Prose,
    Reason,
    Refusal,
    Several,
    Single,
    TrueFalse,
    Typed,
    Upload,
    Varied,
)
from lms.assessment.rules.numbers import as_decimal
from lms.assessment.rules.variants import FormulaError, compute
from lms.core.xmltree import Node

__all__ = ["read_qti12"]

_RESPONSES = (
    "response_lid",
    "response_str",
    "response_num",
    "response_xy",
    "response_grp",
    "response_extension",
)
#: A name of a variable in brackets, as Canvas writes it in a text.
_IN_BRACKETS = re.compile(r"\[(\w{1,40})\]")
#: A name in a formula that is not called as a function.
_NAME = re.compile(r"[^\W\d]\w*(?!\w|\s*\()")
Resolve = Callable[[str], bytes | None]


def read_qti12(root: Node, place: str, resolve: Resolve) -> Iterator[Found]:
    """Yield the items of a file; ``place`` begins with the file's name."""
    for item in root.every("item"):
        ref = item.attrs.get("ident") or f"{place}{item.line}"
        kind = _metadata(item, "question_type").removesuffix("_question") or _kind(item)
        title = item.attrs.get("title", "")
        try:
            yield _Item(item, ref, kind, f"{place}{item.line}", title, resolve).read()
        except Refusal as refusal:
            yield Found(ref, kind, f"{place}{item.line}", title, reason=refusal.reason)


def _metadata(item: Node, label: str) -> str:
    for field in item.every("qtimetadatafield"):
        if field.text_at("fieldlabel") == label:
            return field.text_at("fieldentry")
    return ""


def _kind(item: Node) -> str:
    kinds = sorted({node.tag for node in item.every(*_RESPONSES)})
    return " + ".join(kinds) or "text"


def _variable(node: Node) -> tuple[str, str]:
    """Return a variable's name and how it is drawn: ``1..10:0.01``."""
    low, high = as_number(node.text_at("min") or "0"), as_number(node.text_at("max") or "0")
    scale = node.attrs.get("scale", "0")
    places = int(scale) if scale.isdecimal() and len(scale) == 1 else 0
    step = Decimal(1).scaleb(-places)
    return node.attrs.get("name", ""), f"{low:f}..{high:f}:{step:f}"


def _renamed(formula: str, names: Mapping[str, str]) -> str:
    """Return a formula with the names that its variables have by now."""
    return _NAME.sub(lambda found: names.get(found[0], found[0]), formula.strip())


class _Item:
    """One item while it is read."""

    def __init__(self, item: Node, ref: str, kind: str, place: str, title: str, resolve: Resolve) -> None:
        self.item, self.ref, self.kind, self.place, self.title = item, ref, kind, place, title
        self.resolve = resolve
        self.changes: list[Reason] = []
        self.size = sum(
            len(node.parts) for node in item.every("resprocessing", "respcondition", "conditionvar")
        )
        self.steps = 0
        presentation = item.first("presentation")
        if presentation is None:
            raise Refusal("question.no_text")
        self.presentation = presentation
        self.responses = presentation.every(*_RESPONSES)
        self.cardinalities = {
            node.attrs.get("ident", ""): node.attrs.get("rcardinality", "Single") for node in self.responses
        }

    def read(self) -> Found:
        """Return the question."""
        prompt = self.material(self._stem_nodes())
        body = self._calculated() if self.kind == "calculated" else self._body(prompt)
        if isinstance(body, Varied):
            names = {name for name, _values in body.variables}
            shown = _IN_BRACKETS.sub(
                lambda found: f"{{{found[1]}}}" if found[1] in names else found[0], prompt.text
            )
            prompt = replace(prompt, text=shown.replace("}{", "} · {"))
        if isinstance(body, Gaps):
            prompt = Prose("", prompt.pictures, prompt.lost)
        elif not prompt.text:
            raise Refusal("question.no_text")
        said = self._feedback()
        body = self._with_feedback(body, said)
        title = self.title or prompt.text or self.ref
        changes = tuple(dict.fromkeys(self.changes))
        return Found(
            self.ref,
            self.kind,
            self.place,
            title,
            prompt,
            body,
            None,
            changes,
            remarks=said.remarks(has_partial=not isinstance(body, Single | TrueFalse | Typed | Number)),
            explanation=said.everybody,
        )

    def _feedback(self) -> Feedback:
        texts = {
            node.attrs.get("ident", ""): self.material(node.every("material")).text
            for node in self.item.children("itemfeedback")
        }
        if self.kind != "calculated":
            return feedback_of(self.item, texts)
        return Feedback(is_whole=not any(texts.values()))

    def _with_feedback(self, body: Body, said: Feedback) -> Body:
        """Return a choice with what is said of its options; what has no place in the question is noted."""
        options = body.options if isinstance(body, Single | Several) else ()
        labels = [name for response in self.responses if options for name, _ in self.options(response)]
        has_places = len(options) == len(labels)
        if not said.is_whole or not (has_places and set(said.by_option) <= set(labels)):
            self.changes.append(Reason("changed.feedback"))
        if not has_places or not isinstance(body, Single | Several):
            return body
        rows = zip(options, labels, strict=True)
        told = tuple(row._replace(feedback=said.by_option.get(name, "")) for row, name in rows)
        return replace(body, options=told)

    def _stem_nodes(self) -> list[Node]:
        """Return the materials that belong to no response, and those that a hotspot or a gap brings itself."""
        found, waiting = list[Node](), [self.presentation]
        while waiting:
            node = waiting.pop(0)
            if node.tag == "material":
                found.append(node)
            elif node.tag not in _RESPONSES or self.kind == "hot_spot":
                waiting = [*node.children(), *waiting]
        return found

    def material(self, nodes: Sequence[Node]) -> Prose:
        """Return the text of materials."""
        proses = [self._piece(piece) for node in nodes for piece in node.children()]
        text = "\n".join(prose.text for prose in proses if prose.text)
        pictures = tuple(picture for prose in proses for picture in prose.pictures)
        lost = frozenset[str]().union(*(prose.lost for prose in proses))
        self.changes.extend(Reason(f"changed.{what}") for what in sorted(lost))
        return Prose(text, pictures, lost)

    def _piece(self, node: Node) -> Prose:
        if node.tag == "matimage":
            source = node.attrs.get("uri", "")
            return Prose("", (Picture(source, node.attrs.get("label", ""), self.resolve(source)),))
        if node.tag not in ("mattext", "matemtext"):
            return Prose(
                "", (), frozenset({"media"}) if node.tag in ("mataudio", "matvideo") else frozenset()
            )
        if list(node.children()):
            return prose_of_node(node, self.resolve)
        is_html = node.attrs.get("texttype", "text/plain") == "text/html"
        return prose_of_html(node.text(), self.resolve) if is_html else prose_of_plain(node.text())

    def _label(self, node: Node) -> str:
        prose = self.material(list(node.children("material")) or list(node.every("material")))
        words = [picture.alt for picture in prose.pictures if picture.alt]
        if prose.pictures:
            if not prose.text and not words:
                raise Refusal("picture.in_option")
            self.changes.append(Reason("changed.picture_in_option"))
        return " ".join([prose.text.replace("\n", " "), *words]).strip()

    def options(self, response: Node) -> tuple[tuple[str, str], ...]:
        """Return (id, text) of a response's labels."""
        found = tuple(
            (label.attrs.get("ident", ""), self._label(label)) for label in response.every("response_label")
        )
        if any(not text for _, text in found):
            self.changes.append(Reason("changed.empty_option"))
            found = tuple(option for option in found if option[1])
        if len({name for name, _ in found}) != len(found):
            raise Refusal("qti.identifier_twice")
        return found

    def score(self, given: Mapping[str, Sequence[str]]) -> Decimal:
        """Return the points that the item's own rules give."""
        self.steps += self.size
        if self.steps > MAX_STEPS:
            raise Refusal("qti.too_long")
        return score_of(self.item, self.cardinalities, given)

    def _body(self, prompt: Prose) -> Body:
        if self.kind == "file_upload":
            return Upload()
        if not self.responses:
            return Info()
        if self.kind == "essay":
            return Essay()
        kinds = {node.tag for node in self.responses}
        if self.kind == "hot_spot" and kinds == {"response_xy"}:
            return self._hot_spot()
        if kinds == {"response_lid"}:
            return (
                self._several_lids(prompt)
                if len(self.responses) > 1 or self._is_gapped(prompt)
                else self._lid()
            )
        if len(self.responses) == 1 and kinds <= {"response_str", "response_num"}:
            return self._typed(self.responses[0])
        if len(kinds) > 1 or kinds <= {"response_str", "response_num"}:
            raise Refusal("qti.several_interactions", self.kind)
        raise Refusal("kind.unknown", self.kind)

    def _hot_spot(self) -> Body:
        """Read places of a picture to be pointed at, in shares of its sides, as Canvas has them."""
        whole, shapes = [Decimal(1), Decimal(1)], {"rectangle": "rect", "ellipse": "rect", "bounded": "poly"}
        boxes = []
        for label in self.item.every("response_label"):
            area = label.attrs.get("rarea", "").casefold()
            if len(numbers_of(label.text())) < 4:
                raise Refusal("question.no_right_answer")
            boxes.append(box_of({"shape": shapes.get(area, area), "coords": label.text()}, whole))
        self.changes.append(Reason("changed.places_added"))
        return Areas(places_of(boxes))

    def _calculated(self) -> Body:
        """Read a number that formulas give for drawn variables, as Canvas keeps it beside the item."""
        found = next(iter(self.item.every("calculated")), None)
        formulas = [node.text().strip() for node in found.every("formula")] if found is not None else []
        if found is None or not formulas:
            raise Refusal("question.no_right_answer")
        variables = (
            [_variable(node) for node in found.every("vars")[0].children("var")]
            if found.every("vars")
            else []
        )
        *steps, last = formulas
        names = {name: name for name, _values in variables}
        for number, step in enumerate(steps, start=1):
            name, equals, formula = step.partition("=")
            if not equals or not _NAME.fullmatch(name.strip()):
                raise Refusal("qti.formula", step[:80])
            made = f"{name.strip()}_{number}"
            variables.append((made, f"= {_renamed(formula, names)}"))
            names[name.strip()] = made
        text = found.text_at("answer_tolerance") or "0"
        is_relative = text.strip().endswith("%")
        tolerance = as_number(text.strip().rstrip("%")) / (100 if is_relative else 1)
        head = found.first("formulas")
        places = "" if head is None else head.attrs.get("decimal_places", "")
        is_scientific = head is not None and head.attrs.get("scientific_notation") == "true"
        decimals = int(places) if places.isdecimal() and len(places) < 3 and not is_scientific else None
        answer = Computed(_renamed(last, names), tolerance, is_relative, decimals)
        if variables:
            return Varied(tuple(variables), answer)
        try:
            value = as_decimal(compute(answer.formula, {}), 30)
        except FormulaError:
            raise Refusal("qti.formula", last[:80]) from None
        return Number((NumberAnswer(value, tolerance, is_relative),))

    def _lid(self) -> Body:
        response = self.responses[0]
        name, options = response.attrs.get("ident", ""), self.options(response)
        shuffle = any(
            node.attrs.get("shuffle", "").casefold() == "yes" for node in response.every("render_choice")
        )
        kind = self.cardinalities[name].casefold()
        if kind == "ordered":
            return order_body(name, options, None, self.score)
        if kind == "multiple":
            return several_body(name, options, self.score, limit=None, shuffle=shuffle)
        return slot_body(Slot(name, options, shuffle=shuffle), self.score)

    def _gap_name(self, response: Node) -> str:
        return response.attrs.get("ident", "").removeprefix("response_")

    def _is_gapped(self, prompt: Prose) -> bool:
        return all(f"[{self._gap_name(node)}]" in prompt.text for node in self.responses)

    def _several_lids(self, prompt: Prose) -> Body:
        if self._is_gapped(prompt):
            return self._gaps(prompt)
        names = [
            {label.attrs.get("ident") for label in node.every("response_label")} for node in self.responses
        ]
        if not any(one & other for index, one in enumerate(names) for other in names[index + 1 :]):
            raise Refusal("qti.several_interactions", self.kind)
        values: dict[str, str] = {}
        for node in self.responses:
            values |= dict(self.options(node))
        slots = [Slot(node.attrs.get("ident", ""), tuple(values.items())) for node in self.responses]
        keys = [max(values, key=lambda value, slot=slot: self.score({slot.name: [value]})) for slot in slots]  # type: ignore[misc]
        rows = [self._label(node) for node in self.responses]
        if not all(rows):  # a row without text cannot be shown, so its pair is left out
            self.changes.append(Reason("changed.empty_option"))
        kept = [number for number, row in enumerate(rows) if row]
        if not kept:
            raise Refusal("question.empty_option")
        return pairs_body(
            [slots[n] for n in kept], [rows[n] for n in kept], [keys[n] for n in kept], self.score
        )

    def _gaps(self, prompt: Prose) -> Gaps:
        """Return a text with gaps; their names stand in brackets where they belong."""
        by_name = {self._gap_name(node): node for node in self.responses}
        pattern = "|".join(re.escape(f"[{name}]") for name in by_name)
        pieces = re.split(f"({pattern})", prompt.text)
        order = [piece[1:-1] for piece in pieces[1::2]]
        if sorted(order) != sorted(by_name):
            raise Refusal("cloze.gap_hidden")
        gaps = slots_body([self._gap_slot(by_name[name]) for name in order], self.score)
        parts: list[str | Gap] = [pieces[0]]
        for gap, text in zip(gaps, pieces[2::2], strict=True):
            parts += [gap, text]
        return Gaps(tuple(parts))

    def _gap_slot(self, response: Node) -> Slot:
        """Return a gap: chosen from a list, or typed (then the labels are the accepted texts)."""
        name, options = response.attrs.get("ident", ""), self.options(response)
        labels = response.every("response_label")
        algorithms = {label.attrs.get("scoring_algorithm", "") for label in labels} - {""}
        if algorithms - {"TextEquivalence", "TextInChoices", "Equivalence"}:
            raise Refusal("qti.pattern_forms", ", ".join(sorted(algorithms)))
        is_typed = self.kind == "fill_in_multiple_blanks" and not any(
            label.attrs.get("answer_type", "openEntry") in ("dropdown", "wordbank") for label in labels
        )
        if not is_typed:
            return Slot(name, options)
        texts: dict[str, str] = {}
        for label, text in options:
            texts.setdefault(text.casefold(), label)
        return Slot(
            name, None, tuple(text for _, text in options), encode=lambda text: texts.get(text.casefold(), "")
        )

    def _typed(self, response: Node) -> Body:
        name = response.attrs.get("ident", "")
        fib = next(iter(response.every("render_fib")), response)
        kind = fib.attrs.get("fibtype", "String").casefold()
        is_number = (
            response.tag == "response_num" or kind in ("decimal", "integer") or self.kind == "numerical"
        )
        tests = self.item.every("varequal", "vargte", "varlte", "vargt", "varlt")
        forms = [node.text() for node in tests if node.attrs.get("respident") == name and node.text()]
        if not tests and not is_number:
            return Essay()
        if not is_number:
            return slot_body(Slot(name, None, tuple(forms)), self.score)
        numbers = sorted({as_number(form) for form in forms})
        pairs = list(combinations(numbers[:12], 2))
        middles = [f"{(low + high) / 2:f}" for low, high in pairs]
        tolerances = tuple({(high - low) / 2 for low, high in pairs})
        return slot_body(Slot(name, None, (*forms, *middles), True, tolerances), self.score)
