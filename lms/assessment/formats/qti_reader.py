"""Read items of QTI 2.0 to 3.0."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from functools import partial

from lms.assessment.formats.behaviour import (
    MAX_OPTIONS,
    Slot,
    order_body,
    pairs_body,
    several_body,
    slot_body,
    slots_body,
    table_body,
)
from lms.assessment.formats.probing import pad_for
from lms.assessment.formats.qti_feedback import Told, told_by
from lms.assessment.formats.qti_names import in_old_spelling
from lms.assessment.formats.qti_rules import Scorer
from lms.assessment.formats.qti_templates import has_templates, read_varied
from lms.assessment.formats.qti_typed import typed_slot
from lms.assessment.formats.qti_values import Many, as_number
from lms.assessment.formats.rubrics import rubric_of
from lms.assessment.formats.shapes import box_of, places_of
from lms.assessment.formats.text import prose_of_node
from lms.assessment.formats.values import (
    NO_KEY,
    Area,
    Areas,
    Blank,
    Body,
    Essay,
    Found,
    Gaps,
    Groups,
    Info,
    Option,
    Pairs,
    Picture,
    Prose,
    Reason,
    Refusal,
    Remarks,
    Several,
    Single,
    Table,
    TrueFalse,
    Typed,
    Upload,
    WordBank,
)
from lms.core.xmltree import Node

__all__ = ["ITEM_TAGS", "read_qti_item"]

ITEM_TAGS = ("assessmentItem", "qti-assessment-item")
MARK = "\ue000"
BLANK = "_____"
_UNSAID = frozenset(
    {
        "stylesheet",
        "feedbackBlock",
        "feedbackInline",
        "templateBlock",
        "templateInline",
        "endAttemptInteraction",
    }
)
_UNSAID |= {"companionMaterialsInfo", "catalogInfo", "infoControl"}
_INLINE = {"textEntryInteraction", "inlineChoiceInteraction"}
#: An answer has so many files at most.
MAX_FILES = 20
#: A field for a short text is so wide at most.
MAX_SIZE = 100
#: A pattern that only counts words, as our own files have it.
_WORDS = re.compile(r"\\s\*\\S\+\(\\s\+\\S\+\)\{(\d{1,6}),(\d{0,6})\}\\s\*")
#: A number that no item means.
UNHEARD_NUMBER = "-987654321.5"
#: What an item without sense may end in, where nobody has thought of it: it alone is refused.
_FAULTS = (ArithmeticError, ValueError, LookupError, StopIteration)
Resolve = Callable[[str], bytes | None]


def read_qti_item(root: Node, place: str, resolve: Resolve) -> Found:
    """Return the item of a file, or why it cannot be taken over; ``place`` begins with the file's name."""
    item = in_old_spelling(root)
    ref = item.attrs.get("identifier") or place
    kinds = [
        node.tag
        for node in item.walk()
        if node.tag.endswith("Interaction") and node.tag != "endAttemptInteraction"
    ]
    kind = " + ".join(sorted(set(kinds))) or "text"
    title = item.attrs.get("title", "")

    is_varied = has_templates(item) and item.attrs.get("adaptive") != "true"

    def read(node: Node) -> Found:
        return _Item(node, ref, kind, f"{place}{item.line}", title, resolve).read()

    try:
        return read_varied(item, read) if is_varied else read(item)
    except Refusal as refusal:
        return Found(ref, kind, f"{place}{item.line}", title, reason=refusal.reason)
    except _FAULTS as fault:
        return Found(
            ref, kind, f"{place}{item.line}", title, reason=Reason("qti.value", type(fault).__name__)
        )


class _Item:
    """One item while it is read."""

    def __init__(self, item: Node, ref: str, kind: str, place: str, title: str, resolve: Resolve) -> None:
        body = item.first("itemBody")
        if body is None:
            raise Refusal("question.no_text")
        self.item, self.body, self.ref, self.kind, self.place, self.title = (
            item,
            body,
            ref,
            kind,
            place,
            title,
        )
        self.resolve = resolve
        self.interactions = [
            node
            for node in body.walk()
            if node.tag.endswith("Interaction") and node.tag != "endAttemptInteraction"
        ]
        self.changes: list[Reason] = []
        self.explanation = ""
        self.model_answer, self.rubric = "", tuple[tuple[str, Decimal], ...]()
        if item.attrs.get("adaptive") == "true":
            raise Refusal("qti.adaptive")
        self.scorer = Scorer(item)

    def read(self) -> Found:
        """Return the question."""
        self._drop_rubrics()
        kinds = {node.tag for node in self.interactions}
        if not kinds:
            body: Body = Info()
        elif len(self.interactions) > 1 and kinds <= _INLINE:
            body = self._inline_gaps()
        elif kinds == {"uploadInteraction"}:
            body = self.upload(self.interactions[0])
        elif len(self.interactions) > 1:
            raise Refusal("qti.several_interactions", self.kind)
        else:
            body = self._lone(self.interactions[0])
        prompt = self._blanked(self._prompt())
        if isinstance(body, Gaps | WordBank):
            prompt = Prose("", prompt.pictures if len(prompt.pictures) == 1 else ())
        elif not prompt.text:
            prompt = Prose(self.title, prompt.pictures, prompt.lost)
        if not isinstance(body, Gaps | WordBank) and not prompt.text:
            raise Refusal("question.no_text")
        body, remarks = self._feedback(body)
        has_key = NO_KEY not in self.changes and not isinstance(body, Essay | Upload)
        if self.interactions and self.scorer.is_assumed and has_key:
            self.changes.append(Reason("changed.scoring_assumed"))
        changes = tuple(dict.fromkeys(self.changes))
        title = self.title or prompt.text or self.ref
        return Found(
            self.ref,
            self.kind,
            self.place,
            title,
            prompt,
            body,
            None,
            changes,
            remarks=remarks,
            explanation=self.explanation,
        )

    def _feedback(self, body: Body) -> tuple[Body, Remarks]:
        """Return the body with what is said of its options, and what is said of answers; what cannot be said is noted."""
        nodes = self.item.every("modalFeedback", "feedbackBlock", "feedbackInline", "simpleFeedback")
        if not nodes:
            return body, Remarks()
        found = None
        if {node.tag for node in nodes} <= {"modalFeedback", "feedbackInline"}:
            with suppress(Refusal, *_FAULTS):
                found = self._told(body, nodes)
        if found is None:
            self.changes.append(Reason("changed.feedback"))
            return body, Remarks()
        return found

    def _told(self, body: Body, nodes: Sequence[Node]) -> tuple[Body, Remarks] | None:
        proses = [prose_of_node(node, self.resolve, _UNSAID) for node in nodes]
        if any(prose.pictures for prose in proses):
            return None
        texts = [
            Told(
                node.attrs.get("outcomeIdentifier", ""),
                node.attrs.get("identifier", ""),
                node.attrs.get("showHide", "show") == "hide",
                prose.text.replace("\n", " "),
            )
            for node, prose in zip(nodes, proses, strict=True)
            if prose.text
        ]
        always = [told for told in texts if self._is_always(told)]
        self.explanation = "\n".join(told.text for told in always)
        texts = [told for told in texts if told not in always]
        if not texts:
            return body, Remarks()
        if len(self.interactions) != 1:
            return None
        asked = self.interactions[0]
        options = [choice.attrs.get("identifier", "") for choice in asked.children("simpleChoice")]
        return told_by(self.scorer, self.name(asked), options, body, texts)

    def _is_always(self, told: Told) -> bool:
        """Tell whether a text is shown whatever was answered: nothing sets the outcome that shows it."""
        processing = self.scorer.processing
        setters = [] if processing is None else processing.every("setOutcomeValue", "lookupOutcomeValue")
        is_set = any(node.attrs.get("identifier") == told.outcome for node in setters)
        declared = self.scorer.declared_outcomes.get(told.outcome)
        is_default = declared is not None and str(declared.default) == told.value
        return not is_set and is_default != told.is_hidden

    def _drop_rubrics(self) -> None:
        """Take what only markers see out of the text; a rubric in it is kept."""
        for block in self.body.every("rubricBlock"):
            if "candidate" not in block.attrs.get("view", ""):
                model_answer, rubric = rubric_of(block)
                self.model_answer, self.rubric = self.model_answer or model_answer, self.rubric or rubric
        for node in self.body.walk():
            if any(isinstance(part, Node) and part.tag == "rubricBlock" for part in node.parts):
                node.parts = [
                    part
                    for part in node.parts
                    if isinstance(part, str)
                    or part.tag != "rubricBlock"
                    or "candidate" in part.attrs.get("view", "")
                ]

    def text(self, node: Node, skip: frozenset[str] = frozenset()) -> str:
        """Return the text of an option; a picture in it is said by its text alternative."""
        return self._in_words(prose_of_node(node, self.resolve, _UNSAID | skip))

    def _in_words(self, prose: Prose) -> str:
        words = [picture.alt for picture in prose.pictures if picture.alt]
        if prose.pictures:
            if not prose.text and len(words) < len(prose.pictures):
                raise Refusal("picture.in_option")
            self.changes.append(Reason("changed.picture_in_option"))
        self.changes.extend(Reason(f"changed.{what}") for what in sorted(prose.lost))
        return " ".join([prose.text.replace("\n", " "), *words]).strip()

    def _prompt(self) -> Prose:
        prose = prose_of_node(self.body, self.resolve, _UNSAID | _CHOICES_TAGS)
        self.changes.extend(Reason(f"changed.{what}") for what in sorted(prose.lost))
        return prose

    def _blanked(self, prose: Prose) -> Prose:
        """Show a lone gap as a blank in its sentence; one on a line of its own is only the field."""
        lines = [line for line in prose.text.split("\n") if line.strip() != MARK]
        return replace(prose, text="\n".join(lines).replace(MARK, BLANK))

    def _lone(self, node: Node) -> Body:
        read = _READERS.get(node.tag)
        if read is None:
            raise Refusal("kind.unknown", node.tag)
        return read(self, node)

    def score(self, given: object) -> Decimal:
        """Return the points that the item's own rules give."""
        return self.scorer.score(given)  # type: ignore[arg-type]

    def name(self, node: Node) -> str:
        """Return the response that an interaction fills."""
        name = node.attrs.get("responseIdentifier", "")
        self.scorer_declaration(name)
        return name

    def scorer_declaration(self, name: str) -> str:
        """Return the cardinality of a response; raise Refusal when it is not declared."""
        if name not in self.scorer.responses:
            raise Refusal("qti.variable_unknown", name)
        return self.scorer.responses[name].cardinality

    def options(
        self, nodes: Sequence[Node], shown: dict[str, Picture] | None = None
    ) -> tuple[tuple[str, str], ...]:
        """Return (id, text) of choices; raise Refusal for one without a text.

        Where the kind of question can show them, lone pictures of choices go into ``shown`` by their ids.
        """
        found = tuple((node.attrs.get("identifier", ""), self._option(node, shown)) for node in nodes)
        kept = tuple(option for option in found if option[1] or option[0] in (shown or {}))
        if len(kept) < len(found):  # without a text nobody can mean it; the key is checked without it
            self.changes.append(Reason("changed.empty_option"))
            found = kept
        if len({name for name, _ in found}) != len(found):
            raise Refusal("qti.identifier_twice")
        return found

    def _option(self, node: Node, shown: dict[str, Picture] | None) -> str:
        """Return the text of a choice, its picture kept apart where it can be shown and the file brings it."""
        prose = prose_of_node(node, self.resolve, _UNSAID)
        lone = prose.pictures[0] if len(prose.pictures) == 1 else None
        if shown is None or lone is None or lone.data is None:
            return self._in_words(prose)
        shown[node.attrs.get("identifier", "")] = lone
        return self._in_words(replace(prose, pictures=()))

    def choice(self, node: Node) -> Body:
        """Read a choice of one or several."""
        shown: dict[str, Picture] = {}
        options = self.options(list(node.children("simpleChoice")), shown)
        try:
            body = self._chosen(node, options)
        except Refusal as refusal:
            if refusal.reason.code not in ("question.no_right_answer", "qti.no_processing"):
                raise
            body = self._without_key(node, options)
        if not isinstance(body, Single | Several):
            return body
        pictures = [shown.get(name) for name, _ in options]
        pairs = zip(body.options, pictures, strict=True)
        return replace(body, options=tuple(option._replace(picture=picture) for option, picture in pairs))

    def _chosen(self, node: Node, options: tuple[tuple[str, str], ...]) -> Body:
        name, shuffle = self.name(node), node.attrs.get("shuffle") == "true"
        if self.scorer_declaration(name) == "single":
            body = slot_body(Slot(name, options, shuffle=shuffle), self.score)
            weights = [option.weight for option in body.options] if isinstance(body, Single) else []
            is_statement = [key for key, _ in options] == ["true", "false"] and sorted(weights) == [0, 1]
            return TrueFalse(weights[0] == 1) if is_statement else body
        most = node.attrs.get("maxChoices", "0")
        limit = int(most) if most.isdecimal() and 0 < int(most) < len(options) else None
        return several_body(name, options, self.score, limit=limit, shuffle=shuffle)

    def _without_key(self, node: Node, options: tuple[tuple[str, str], ...]) -> Body:
        """Return a choice whose file does not say what is right, its first option marked until somebody says it."""
        declaration = self.scorer.responses[self.name(node)]
        if declaration.correct is not None or not 2 <= len(options) <= MAX_OPTIONS:
            raise Refusal("question.no_right_answer")
        self.changes.append(NO_KEY)
        marked = tuple(Option(text, Decimal(int(not number))) for number, (_, text) in enumerate(options))
        is_mixed = node.attrs.get("shuffle") == "true"
        if declaration.cardinality == "single":
            return Single(marked, is_mixed)
        return Several(marked, "all_or_nothing", is_mixed)

    def hottext(self, node: Node) -> Body:
        """Read words of a text to be marked as a choice among them."""
        options = self.options(node.every("hottext"))
        self.changes.append(Reason("changed.shown_as_list"))
        return self._chosen(node, options)

    def order(self, node: Node) -> Body:
        """Read things to be put in order."""
        name = self.name(node)
        options = self.options(list(node.children("simpleChoice")))
        if node.attrs.get("maxChoices") or (
            node.attrs.get("minChoices", "0") not in ("0", str(len(options)))
        ):
            raise Refusal("qti.order_of_some")
        correct = self.scorer.responses[name].correct
        right = [str(item) for item in correct.items] if isinstance(correct, Many) else None
        body = order_body(name, options, right, self.score)
        if isinstance(body, Single):
            self.changes.append(Reason("changed.order_as_choice"))
        return body

    def slot(self, node: Node) -> Slot:
        """Return a slot for an inline interaction."""
        name = self.name(node)
        if node.tag == "inlineChoiceInteraction":
            shuffle = node.attrs.get("shuffle") == "true"
            options, correct = (
                self.options(list(node.children("inlineChoice"))),
                self.scorer.responses[name].correct,
            )
            return Slot(name, options, shuffle=shuffle, key=None if correct is None else str(correct))
        return typed_slot(self.scorer, name)

    def inline(self, node: Node) -> Body:
        """Read a lone gap in a text."""
        slot = self.slot(node)
        body = slot_body(slot, self.score)
        self._note_penalties([slot])
        size = node.attrs.get("expectedLength", "")
        if isinstance(body, Typed) and size.isdecimal() and 0 < int(size[:9]) <= MAX_SIZE:
            body = replace(body, size=int(size))
        self._mark([node], MARK)
        return body

    def _note_penalties(self, slots: Sequence[Slot]) -> None:
        """Note that a wrong answer that is typed took points away."""
        for slot in slots:
            wrong = UNHEARD_NUMBER if slot.is_number else pad_for(slot.forms)
            tried = () if slot.options is not None else (wrong, *slot.forms)
            if any(self.score({slot.name: [answer]}) < 0 for answer in tried):
                self.changes.append(Reason("changed.negative_share"))

    def _inline_gaps(self) -> Gaps:
        filled = [node.attrs.get("responseIdentifier", "") for node in self.interactions]
        if len(set(filled)) < len(filled):
            raise Refusal("qti.response_shared")
        slots = [self.slot(node) for node in self.interactions]
        gaps = slots_body(slots, self.score)
        self._note_penalties(slots)
        return self._gapped(self.interactions, gaps)

    def _gapped(self, nodes: Sequence[Node], gaps: Sequence[object]) -> Gaps:
        """Return the body's text around the marked nodes, in the order in which they stand there."""
        self._mark(nodes, MARK)
        texts = self._prompt().text.split(MARK)
        if len(texts) != len(nodes) + 1:
            raise Refusal("cloze.gap_hidden")
        parts: list[object] = [texts[0]]
        for gap, text in zip(gaps, texts[1:], strict=True):
            parts += [gap, text]
        return Gaps(tuple(parts))  # type: ignore[arg-type]

    def _mark(self, nodes: Sequence[Node], mark: str) -> None:
        wanted = {id(node) for node in nodes}
        for node in list(self.body.walk()):
            node.parts = [
                mark if isinstance(part, Node) and id(part) in wanted else part for part in node.parts
            ]

    def extended(self, node: Node) -> Body:
        """Read a longer text; a key of it is the model answer."""
        declaration = self.scorer.responses.get(node.attrs.get("responseIdentifier", ""))
        correct = declaration.correct if declaration is not None else None
        model_answer = correct if isinstance(correct, str) else self.model_answer
        words = _WORDS.fullmatch(node.attrs.get("patternMask", ""))
        least = int(words[1]) + 1 if words is not None and int(words[1]) else None
        most = int(words[2]) + 1 if words is not None and words[2] else None
        return Essay(model_answer, self.rubric, least, most)

    def upload(self, node: Node) -> Body:
        """Read files to be handed in: each place takes one."""
        kind = node.attrs.get("type", "").partition("/")[0]
        count = len(self.interactions)
        if count > MAX_FILES or any(n.attrs.get("type") != node.attrs.get("type") for n in self.interactions):
            raise Refusal("qti.several_interactions", self.kind)
        is_bare = count == 1 and not self.rubric  # the other system says nothing: as many as usual
        return Upload(
            self.rubric,
            self.model_answer,
            None if is_bare else count,
            kind if kind in ("image", "audio") else "",
        )

    def match(self, node: Node) -> Body:
        """Read two sets: each of the first gets one (or several) of the second."""
        sets = list(node.children("simpleMatchSet"))
        if len(sets) != 2:
            raise Refusal("qti.match_sets")
        pictures: dict[str, Picture] = {}
        is_shown = not node.attrs.get("data-shown-as")  # things of groups and rows of tables are words
        left = self.options(list(sets[0].children("simpleAssociableChoice")), pictures if is_shown else None)
        right = self.options(list(sets[1].children("simpleAssociableChoice")))
        name = self.name(node)
        keys = self._partners(name, left, right)
        if not any(keys):
            raise Refusal("question.no_right_answer")
        slots = [Slot(name, right, encode=partial(_joined, row)) for row, _ in left]
        rows = [text or pictures[row].alt for row, text in left]
        shown = node.attrs.get("data-shown-as", "")
        most = {one.attrs.get("matchMax", "0") for one in sets[0].children("simpleAssociableChoice")}
        if shown == "table" and most != {"1"}:
            return table_body(slots, rows, keys, self.score)
        if any(len(found) != 1 for found in keys):
            try:
                return table_body(slots, rows, keys, self.score)
            except Refusal:
                if shown or pictures:
                    raise
                return self._cells(node, left, right)
        try:
            pairs = pairs_body(slots, rows, [found[0] for found in keys], self.score)
            if shown in ("categorise", "table"):
                return _as_shown(pairs, shown)
            if pairs.scoring == "right_minus_wrong":
                raise Refusal("qti.scoring")
        except Refusal:  # rows of different worth: a text with gaps can say that
            gaps = slots_body(slots, self.score)
            self.changes.append(Reason("changed.rows_as_gaps"))
            lines = [part for row, gap in zip(rows, gaps, strict=True) for part in (f"\n{row} — ", gap)]
            return Gaps((self._prompt().text, *lines))
        return _with_pictures(
            replace(pairs, shuffle_left=node.attrs.get("shuffle") == "true"), left, pictures
        )

    def _cells(
        self, node: Node, left: Sequence[tuple[str, str]], right: Sequence[tuple[str, str]]
    ) -> Several:
        """Read pairs of any number, each with a worth of its own, as options; raise Refusal where not all may be made."""
        count, most = len(left) * len(right), node.attrs.get("maxAssociations", "1")
        for choices, partners in zip(node.children("simpleMatchSet"), (right, left), strict=True):
            for choice in choices.children("simpleAssociableChoice"):
                if not _is_free(choice.attrs.get("matchMax", "1"), len(partners)):
                    raise Refusal("qti.scoring")
        limit = None if _is_free(most, count) else int(most)
        cells = [
            (f"{row} {value}", f"{thing} — {partner}") for row, thing in left for value, partner in right
        ]
        body = several_body(self.name(node), cells, self.score, limit=limit, shuffle=False)
        self.changes.append(Reason("changed.pairs_as_options"))
        return body

    def _partners(
        self, name: str, left: Sequence[tuple[str, str]], right: Sequence[tuple[str, str]]
    ) -> list[list[str]]:
        """Return the right partners of each row: those of the key, else those that earn points by themselves."""
        correct = self.scorer.responses[name].correct
        pairs = correct.items if isinstance(correct, Many) else () if correct is None else (correct,)
        if not pairs:
            return [
                [value for value, _ in right if self.score({name: [f"{row} {value}"]}) > 0] for row, _ in left
            ]
        keys: dict[str, list[str]] = {row: [] for row, _ in left}
        for pair in pairs:
            if not isinstance(pair, tuple) or str(pair[0]) not in keys:
                raise Refusal("qti.value", str(pair))
            keys[str(pair[0])].append(str(pair[1]))
        return list(keys.values())

    def hotspot(self, node: Node) -> Body:
        """Read places of a picture, each with the words that it has."""
        shown = node.first("object") or node.first("img")
        if shown is None:
            raise Refusal("picture.several", "")
        sides = [as_number(shown.attrs.get(side, "0")) for side in ("width", "height")]
        if not all(sides):
            raise Refusal("qti.picture_size")
        name = self.name(node)
        nodes = list(node.children("hotspotChoice"))
        options = tuple(
            (n.attrs.get("identifier", ""), n.attrs.get("hotspotLabel") or n.attrs.get("identifier", ""))
            for n in nodes
        )
        if self.scorer_declaration(name) == "single":
            body: Body = slot_body(Slot(name, options), self.score)
        else:
            body = several_body(name, options, self.score, limit=None, shuffle=False)
        weights = [option.weight for option in body.options] if isinstance(body, Single | Several) else []
        right = [weight for weight in weights if weight > 0]
        is_one = isinstance(body, Single) and right == [1] and not any(weight < 0 for weight in weights)
        is_less = (
            isinstance(body, Several)
            and body.scoring == "weights"
            and {abs(w) for w in weights} == {right[0]}
        )
        if not is_one and not is_less:
            raise Refusal("qti.scoring")
        boxes = [box_of(n.attrs, sides) for n in nodes]
        if any(n.attrs.get("shape") != "rect" or not n.attrs.get("hotspotLabel") for n in nodes):
            self.changes.append(Reason("changed.areas_as_boxes"))
        return Areas(tuple(
            Area(text, *box, weight > 0) for (_, text), box, weight in zip(options, boxes, weights, strict=True)
        ))  # fmt: skip

    def select_point(self, node: Node) -> Body:
        """Read a place of a picture that is pointed at: its area, and the rest of the picture around it."""
        shown = node.first("object") or node.first("img")
        sides = [as_number(shown.attrs.get(side, "0")) for side in ("width", "height")] if shown else []
        if not sides or not all(sides):
            raise Refusal("qti.picture_size")
        name = self.name(node)
        areas = self.scorer.responses[name].areas
        entries = [] if areas is None else list(areas.children("areaMapEntry"))
        right = [entry for entry in entries if as_number(entry.attrs.get("mappedValue", "0")) > 0]
        if not right:
            raise Refusal("question.no_right_answer")
        boxes = [box_of(entry.attrs, sides) for entry in right]
        middles = [
            [f"{(x + w / 2) * sides[0] / 100:f} {(y + h / 2) * sides[1] / 100:f}"] for x, y, w, h in boxes
        ]
        earned = {self.score({name: middle}) for middle in middles}
        most = node.attrs.get("maxChoices", "1")
        if (
            len(earned) != 1
            or min(earned) <= 0
            or (len(right) > 1 and most == "1")
            or len(right) < len(entries)
        ):
            raise Refusal("qti.scoring")
        self.changes.append(Reason("changed.places_added"))
        return Areas(places_of(boxes))

    def gap_match(self, node: Node) -> Body:
        """Read a text with gaps that take words from a list."""
        name = self.name(node)
        words = self.options(list(node.children("gapText", "gapImg")))
        gaps = node.every("gap")
        slots = [
            Slot(name, words, encode=partial(_joined_before, gap.attrs.get("identifier", ""))) for gap in gaps
        ]
        bodies = slots_body(slots, self.score)
        found = self._gapped(gaps, bodies)
        endless = {word.attrs.get("matchMax", "1") != "1" for word in node.children("gapText", "gapImg")}
        bank = _word_bank(found, is_once=endless == {False}) if len(endless) == 1 else None
        return bank or found

    def slider(self, node: Node) -> Body:
        """Read a slider as a number to be typed."""
        self.changes.append(Reason("changed.slider"))
        return slot_body(typed_slot(self.scorer, self.name(node)), self.score)


def _is_free(most: str, count: int) -> bool:
    """Tell whether a number of pairs at most, 0 for any, lets ``count`` be made; raise Refusal for what is no number."""
    if not most.isdecimal() or len(most) > 6:
        raise Refusal("qti.value", most[:40])
    return int(most) == 0 or int(most) >= count


def _as_shown(pairs: Pairs, shown: str) -> Body:
    """Return pairs as what our own files say that they were: things in groups, or a table."""
    if shown == "table":
        right = tuple((pairs.right[place],) for place in pairs.pairs)
        scoring = "per_row" if pairs.scoring == "per_pair" else pairs.scoring
        return Table(pairs.right, pairs.left, right, scoring, "single")
    things = list(zip(pairs.left, pairs.pairs, strict=True))
    scoring = "per_item" if pairs.scoring == "per_pair" else pairs.scoring
    groups = [
        (group, tuple(thing for thing, place in things if place == number))
        for number, group in enumerate(pairs.right)
    ]
    return Groups(tuple(groups), scoring)


def _with_pictures(pairs: Pairs, left: Sequence[tuple[str, str]], pictures: Mapping[str, Picture]) -> Pairs:
    """Return pairs whose rows have their pictures beside their own texts."""
    shown = tuple(pictures.get(row) for row, _ in left)
    return replace(pairs, left=tuple(text for _, text in left), shown=shown) if any(shown) else pairs


def _word_bank(found: Gaps, *, is_once: bool) -> WordBank | None:
    """Return gaps of equal worth that share their words, each with one right word, as such; else None."""
    parts: list[str | Blank] = []
    words: list[str] = []
    points = {part.points for part in found.parts if not isinstance(part, str)}
    for part in found.parts:
        if isinstance(part, str):
            parts.append(part)
            continue
        options = part.body.options if isinstance(part.body, Single) else ()
        right = [option.text for option in options if option.weight == 1]
        if len(right) != 1 or any(option.weight not in (0, 1) for option in options) or len(points) > 1:
            return None
        parts.append(Blank(right[0]))
        words = [option.text for option in options]
    used = [part.word for part in parts if isinstance(part, Blank)]
    if len(set(words)) < len(words) or (is_once and len(set(used)) < len(used)):
        return None
    return WordBank(tuple(parts), tuple(word for word in words if word not in used), is_once)


def _joined(first: str, second: str) -> str:
    return f"{first} {second}"


def _joined_before(second: str, first: str) -> str:
    return f"{first} {second}"


_CHOICES_TAGS = frozenset(
    {
        "simpleChoice",
        "simpleMatchSet",
        "gapText",
        "gapImg",
        "simpleAssociableChoice",
        "inlineChoice",
        "label",
        "hotspotChoice",
    }
)
_READERS: dict[str, Callable[[_Item, Node], Body]] = {
    "choiceInteraction": _Item.choice,
    "hottextInteraction": _Item.hottext,
    "orderInteraction": _Item.order,
    "inlineChoiceInteraction": _Item.inline,
    "textEntryInteraction": _Item.inline,
    "extendedTextInteraction": _Item.extended,
    "matchInteraction": _Item.match,
    "gapMatchInteraction": _Item.gap_match,
    "sliderInteraction": _Item.slider,
    "hotspotInteraction": _Item.hotspot,
    "selectPointInteraction": _Item.select_point,
    "uploadInteraction": _Item.upload,
}
