"""Read Moodle XML."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from functools import cache, partial

from lms.assessment.formats.cloze import read_cloze, share_of
from lms.assessment.formats.first_match import ANY_OTHER, HIDDEN, hidden_numbers, hidden_texts, read_row
from lms.assessment.formats.gift import plain_number
from lms.assessment.formats.moodle_drawn import drawn_of, names_of_datasets, our_formula, with_our_formulas
from lms.assessment.formats.remarks import remarks_of
from lms.assessment.formats.rubrics import parted
from lms.assessment.formats.stack_reader import read_stack
from lms.assessment.formats.text import prose_of_html, prose_of_markdown, prose_of_plain
from lms.assessment.formats.values import (
    USUAL_SIZE,
    Blank,
    Body,
    Computed,
    Essay,
    Found,
    Gap,
    Gaps,
    Groups,
    Info,
    Number,
    NumberAnswer,
    Option,
    Order,
    Pairs,
    Picture,
    Program,
    ProgramCheck,
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
    Varied,
    WordBank,
)
from lms.assessment.rules.variants import with_formulas
from lms.core.xmltree import Node

__all__ = ["read_moodle"]

#: A question has so many hints, each so long.
MAX_HINTS, MAX_HINT = 5, 1000
#: What a STACK question works out in its texts.
_COMPUTED = re.compile(r"\{[@#]|\[\[")
#: Questions of one file whose values are computed; each may take seconds.
MAX_COMPUTED = 500
#: A text has so many numbered gaps at most.
MAX_NUMBERED = 200
#: Seconds of processor time: what CodeRunner gives a program by itself, and the most that is given here.
USUAL_SECONDS, MAX_SECONDS, MAX_FIGURES = 3, 5, 6
#: An answer has so many files at most; what Moodle calls the files that only pictures or recordings are.
MAX_FILES = 20
_FILE_KINDS = {"image": "image", "web_image": "image", "audio": "audio", "web_audio": "audio"}
#: What stands in a CodeRunner question that is marked in no way of its own.
_USUAL_PROGRAM = {
    "prototypetype": {"", "0"},
    "template": {""},
    "templateparams": {"", "{}"},
    "globalextra": {""},
    "twigall": {"", "0"},
    "grader": {"", "EqualityGrader"},
    "language": {"", "python3"},
    "sandboxparams": {""},
    "attachments": {"", "0"},
}
_ON = {"true", "1", "yes"}
#: Kinds of questions with variables. How a value that is shown is rounded: to so many decimals.
_CALCULATED, _DECIMALS = frozenset({"calculated", "calculatedsimple", "calculatedmulti"}), "1"
#: How the tolerance of a computed number is meant: as a share of the number, or as it stands.
_TOLERANCES = {"1": True, "relative": True, "2": False, "nominal": False, "": False}
_MARK = "\ue000"  # stands for a gap while the text around it is read
_NUMBERED_GAP = re.compile(r"\[\[\s*(\d{1,3})\s*\]\]")
#: The schemes of Moodle's ordering questions by their numbers.
ORDERING = {
    "-1": "all_or_nothing",
    "0": "absolute_position",
    "1": "relative_next_exclude_last",
    "2": "relative_next_include_last",
    "3": "relative_one_previous_and_next",
    "4": "relative_all_previous_and_next",
    "5": "longest_ordered_subset",
    "6": "longest_contiguous_subset",
}


def read_moodle(nodes: Iterable[Node]) -> Iterator[Found]:
    """Yield the questions of the ``<question>`` elements of a quiz, in their order; categories become tags."""
    category, computed = "", 0
    for number, node in enumerate(nodes, start=1):
        if node.attrs.get("type") == "category":
            category = node.text_at("category", "text").rpartition("/")[2].strip()
        else:
            computed += node.attrs.get("type") == "stack"
            yield _Reader(node, number, category).read(can_compute=computed <= MAX_COMPUTED)


class _Reader:
    """Read one ``<question>`` and collect what is lost on the way."""

    def __init__(self, node: Node, number: int, category: str) -> None:
        self.node = node
        self.kind = node.attrs.get("type", "unknown")
        name = self._plain("name")
        self.ref = node.text_at("idnumber") or name or f"question {number}"
        self.title = name
        self.changes: list[Reason] = []
        self.names = names_of_datasets(node) if self.kind in _CALCULATED else {}
        tags = [tag.text_at("text") for tag in (node.first("tags") or node).children("tag")]
        self.tags = tuple(dict.fromkeys(tag for tag in [*tags, category] if tag))

    def _plain(self, *path: str) -> str:
        return prose_of_html(self.node.text_at(*path, "text")).text.replace("\n", " ")

    def read(self, *, can_compute: bool) -> Found:
        """Return the question, or the reason why it cannot be taken over."""
        place = f"line {self.node.line}"
        try:
            ask = _KINDS.get(self.kind)
            if ask is None:
                raise Refusal("kind.unknown", self.kind)
            if self.kind == "stack" and not can_compute:
                raise Refusal("stack.too_many", str(MAX_COMPUTED))
            if self.kind == "stack":
                return self._stack(place)
            prompt = self.prose(self.node.first("questiontext"))
            body = ask(self)
            if isinstance(body, Gaps | WordBank):
                prompt = Prose("", prompt.pictures, prompt.lost)
            elif not prompt.text:
                raise Refusal("question.no_text")
        except Refusal as refusal:
            return Found(self.ref, self.kind, place, title=self.title, reason=refusal.reason, tags=self.tags)
        remarks, explanation, hints = self._remarks(), self._explanation(), self._hints()
        return Found(
            self.ref,
            self.kind,
            place,
            self.title or prompt.text,
            prompt,
            body,
            None,
            tuple(dict.fromkeys(self.changes)),
            self.tags,
            hints,
            remarks,
            explanation,
        )

    def _stack(self, place: str) -> Found:
        """Return a STACK question, its text with the values of one variant."""
        stack = read_stack(self.node)
        text = self.node.first("questiontext")
        prompt = prose_of_html(stack.html, _resolver(text) if text is not None else _no_file)
        if not prompt.text:
            raise Refusal("question.no_text")
        self.changes.extend(stack.changes)
        self.changes.extend(Reason(f"changed.{what}") for what in sorted(prompt.lost))
        explanation, hints = self._explanation(), self._hints()
        self._note_feedback_of_answers()
        changes = tuple(dict.fromkeys(self.changes))
        return Found(
            self.ref,
            self.kind,
            place,
            self.title,
            prompt,
            stack.body,
            None,
            changes,
            self.tags,
            hints,
            explanation=explanation,
        )

    def _remarks(self) -> Remarks:
        """Return what is said of right, partly right and wrong answers; what cannot be said is noted as left out."""
        if self.kind in ("truefalse", "shortanswer", "numerical", "calculated", "calculatedsimple"):
            return remarks_of(
                [(text, share, self._feedback(node)) for node, text, share in self.answers()], self.changes
            )
        if self.kind not in ("multichoice", "calculatedmulti"):
            self._note_feedback_of_answers()
        names = ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback")
        return Remarks(*(self.prose(self.node.first(name)).text for name in names))

    def _explanation(self) -> str:
        """Return what is said to everybody afterwards; it has no pictures here, and nothing is computed in it."""
        prose = self.prose(self.node.first("generalfeedback"))
        is_computed = self.kind == "stack" and _COMPUTED.search(prose.text) is not None
        if prose.pictures or is_computed:
            self.changes.append(Reason("changed.feedback"))
        return "" if is_computed else prose.text

    def _note_feedback_of_answers(self) -> None:
        if any(node.text_at("text") for node in self.node.every("feedback")):
            self.changes.append(Reason("changed.feedback"))

    def _feedback(self, answer: Node) -> str:
        """Return what is said to who gave an answer."""
        prose = self.prose(answer.first("feedback"))
        if prose.pictures:
            self.changes.append(Reason("changed.feedback"))
        return prose.text

    def _hints(self) -> tuple[str, ...]:
        """Return what is said after wrong tries; longer or more hints than a question can have are left out."""
        found = [self.prose(node).text for node in self.node.children("hint")]
        kept = [text for text in found if 0 < len(text) <= MAX_HINT][:MAX_HINTS]
        if len(kept) < sum(bool(text) for text in found):
            self.changes.append(Reason("changed.feedback"))
        return tuple(kept)

    def prose(self, node: Node | None, *, is_option: bool = False, keeps_picture: bool = False) -> Prose:
        """Return a text element's text (see `_read_prose`), variables and formulas in it in our writing."""
        prose = self._read_prose(node, is_option=is_option, keeps_picture=keeps_picture)
        return replace(prose, text=with_our_formulas(prose.text, self.names)) if self.names else prose

    def _read_prose(self, node: Node | None, *, is_option: bool, keeps_picture: bool) -> Prose:
        """Return a text element's text by its format; pictures come from the ``<file>`` elements in it.

        In an option pictures are replaced by their words, except a lone one where the option ``keeps_picture``.
        """
        if node is None:
            return Prose("")
        source, style = node.text_at("text") or _own_text(node), node.attrs.get("format", "html")
        if style == "plain_text":
            return prose_of_plain(source)
        if style == "markdown":
            return prose_of_markdown(source)
        prose = prose_of_html(source, _resolver(node))
        is_kept = keeps_picture and len(prose.pictures) == 1 and prose.pictures[0].data is not None
        if is_option and prose.pictures and not is_kept:
            words = [picture.alt for picture in prose.pictures if picture.alt]
            if not prose.text and len(words) < len(prose.pictures):
                raise Refusal("picture.in_option")
            self.changes.append(Reason("changed.picture_in_option"))
            prose = Prose(" ".join([prose.text, *words]).strip(), (), prose.lost)
        self.changes.extend(Reason(f"changed.{what}") for what in sorted(prose.lost))
        return prose

    def flag(self, name: str, default: bool) -> bool:
        """Return a yes or no of the question."""
        word = self.node.text_at(name).casefold()
        return word in _ON if word else default

    def options(self) -> tuple[Option, ...]:
        """Return the answers of a choice with their pictures."""
        found = []
        for node in self.node.children("answer"):
            prose = self.prose(node, is_option=True, keeps_picture=True)
            share = share_of(node.attrs.get("fraction", "0"))
            picture = next(iter(prose.pictures), None)
            found.append(Option(prose.text, share, picture, self._feedback(node)))
        return tuple(found)

    def answers(self) -> list[tuple[Node, str, Decimal]]:
        """Return (element, text, share) of each answer."""
        rows = []
        for node in self.node.children("answer"):
            prose = self.prose(node, is_option=True)
            rows.append((node, prose.text, share_of(node.attrs.get("fraction", "0"))))
        return rows

    def choice(self) -> Body:
        """Read a multiple choice question with one or several answers."""
        options = self.options()
        if len(options) < 2:
            raise Refusal("question.too_few_options")
        if any(not (option.text or option.picture) for option in options):
            raise Refusal("question.empty_option")
        shuffle = self.flag("shuffleanswers", True)
        return Single(options, shuffle) if self.flag("single", True) else Several(options, shuffle=shuffle)

    def truefalse(self) -> Body:
        """Read a statement."""
        right = [text for _, text, share in self.answers() if share > 0]
        if len(right) != 1 or right[0].casefold() not in ("true", "false"):
            raise Refusal("question.no_right_answer")
        return TrueFalse(right[0].casefold() == "true")

    def shortanswer(self) -> Body:
        """Read accepted texts; an asterisk stands for any characters."""
        rows = [
            (node.text_at("text") or _own_text(node), share_of(node.attrs.get("fraction", "0")))
            for node in self.node.children("answer")
        ]
        accepted = tuple((text, share) for text, share in rows if share > 0)
        if not accepted:
            raise Refusal("question.no_right_answer")
        self.changes += hidden_texts(rows, is_case_sensitive=self.flag("usecase", False))
        wild, size = any("*" in text for text, _ in accepted), self.node.text_at("fieldsize")
        is_size = size.isdecimal() and len(size) < MAX_FIGURES
        return Typed(accepted, self.flag("usecase", False), wild, int(size) if is_size else USUAL_SIZE)

    def numerical(self) -> Body:
        """Read accepted numbers, and units with their multipliers."""
        rows = []
        for node in self.node.children("answer"):
            text, share = node.text_at("text") or _own_text(node), share_of(node.attrs.get("fraction", "0"))
            if text != "*":
                rows += read_row(partial(_number_of, text, node.text_at("tolerance") or "0", share), share)
            elif share > 0:
                self.changes.append(ANY_OTHER)
        answers = [row for row in rows if row.fraction > 0]
        if not answers:
            raise Refusal("question.no_right_answer")
        self.changes += hidden_numbers(rows)
        base, mode, kept, others = self._units()
        return Number(tuple(answers), base, mode, kept, others)

    def _units(self) -> tuple[str, str, Decimal, tuple[str, ...]]:
        """Return the unit of a number, how it is asked for, what stays without it, and its other names."""
        units = [
            (node.text_at("unit_name"), plain_number(node.text_at("multiplier") or "1"))
            for node in (self.node.first("units") or self.node).children("unit")
        ]
        same = list(dict.fromkeys(name for name, times in units if times == 1 and name))
        base = same[0] if same else ""
        if any(times != 1 for _, times in units) and len(units) > 1:
            self.changes.append(Reason("changed.units"))
        mode = (
            "none" if not base else "asked" if self.node.text_at("unitgradingtype") in ("1", "2") else "shown"
        )
        kept = max(Decimal(0), 1 - plain_number(self.node.text_at("unitpenalty") or "0.1"))
        return base, mode, kept if mode == "asked" else Decimal("0.5"), tuple(same[1:])

    def calculated(self) -> Body:
        """Read a number that is a formula of variables."""
        variables, conditions, _is_ours = drawn_of(self.node, self.names)
        rows = [(node, share_of(node.attrs.get("fraction", "0"))) for node in self.node.children("answer")]
        any_other = [
            (node, share) for node, share in rows if (node.text_at("text") or _own_text(node)).strip() == "*"
        ]
        right = [row for row in rows if row[1] > 0 and row not in any_other]
        if any(share > 0 for _node, share in any_other):
            self.changes.append(ANY_OTHER)
        before = rows[: rows.index(right[0])] if right else []
        if any(row not in any_other for row in before):
            self.changes.append(HIDDEN)
        if len(right) != 1 or right[0][1] != 1:
            raise Refusal("numeric.several_answers" if right else "question.no_right_answer", str(len(right)))
        answer, _share = right[0]
        is_relative = _TOLERANCES.get(answer.text_at("tolerancetype").casefold())
        if is_relative is None:
            raise Refusal("qti.scoring", "tolerance")
        formula = our_formula(answer.text_at("text") or _own_text(answer), self.names)
        tolerance = abs(plain_number(answer.text_at("tolerance") or "0"))
        base, mode, kept, others = self._units()
        number = Computed(
            formula, tolerance, is_relative, unit=base, unit_mode=mode, unit_fraction=kept, units=others
        )
        return Varied(variables, number, conditions)

    def calculated_choice(self) -> Body:
        """Read a choice among values of formulas, rounded as they are shown."""
        variables, conditions, is_ours = drawn_of(self.node, self.names)
        body = self.choice()
        assert isinstance(body, Single | Several)
        if not is_ours:
            shown = [
                node.text_at("correctanswerlength")
                if node.text_at("correctanswerformat") == _DECIMALS
                else ""
                for node in self.node.children("answer")
            ]
            rows = zip(body.options, shown, strict=True)
            body = replace(body, options=tuple(_rounded(option, digits) for option, digits in rows))
        return Varied(variables, body, conditions)

    def matching(self) -> Body:
        """Read pairs; a row without text brings a decoy."""
        left, right, pairs, shown = list[str](), list[str](), list[int](), list[Picture | None]()
        keeps_picture = not self.node.text_at("shownas")  # things of groups and rows of tables are words
        for node in self.node.children("subquestion"):
            row = self.prose(node, is_option=True, keeps_picture=keeps_picture)
            value = prose_of_html(node.text_at("answer", "text") or _own_text(node.first("answer"))).text
            if not value:
                raise Refusal("question.pair_incomplete")
            if value not in right:
                right.append(value)
            if row.text or row.pictures:
                left.append(row.text)
                shown.append(next(iter(row.pictures), None))
                pairs.append(right.index(value))
        is_mixed, kept = self.flag("shuffleanswers", True), tuple(shown) if any(shown) else ()
        body = Pairs(tuple(left), tuple(right), tuple(pairs), shuffle_left=is_mixed, shown=kept)
        return _as_shown(body, self.node.text_at("shownas"))

    def ordering(self) -> Body:
        """Read things in their order and the scheme by which a nearly right order is marked."""
        rows = sorted(self.answers(), key=lambda row: plain_number(row[0].attrs.get("fraction", "0")))
        word = self.node.text_at("gradingtype").casefold() or "0"
        scheme = ORDERING.get(word, word)
        if scheme not in ORDERING.values():
            raise Refusal("ordering.scheme", word)
        if self.node.text_at("selecttype").upper() in ("1", "2", "RANDOM", "CONTIGUOUS"):
            self.changes.append(Reason("changed.subset"))
        return Order(tuple(text for _, text, _ in rows), scheme)

    def essay(self) -> Body:
        """Read an essay; notes for graders become the model answer and the rubric."""
        files = self.node.text_at("attachments") or "0"
        has_files, (model_answer, rubric) = files != "0", self._notes()
        if has_files and self.node.text_at("responseformat") == "noinline":
            count = min(int(files), MAX_FILES) if files.isdecimal() and len(files) < MAX_FIGURES else None
            return Upload(
                rubric, model_answer, count, _FILE_KINDS.get(self.node.text_at("filetypeslist"), "")
            )
        if has_files:
            self.changes.append(Reason("changed.attachments"))
        if self.node.text_at("responsetemplate", "text"):
            self.changes.append(Reason("changed.template"))
        least, most = self.node.text_at("minwordlimit"), self.node.text_at("maxwordlimit")
        return Essay(
            model_answer,
            rubric,
            min_words=int(least) if least.isdecimal() and int(least) else None,
            max_words=int(most) if most.isdecimal() and int(most) else None,
        )

    def _notes(self) -> tuple[str, tuple[tuple[str, Decimal], ...]]:
        """Return the sample answer and the rubric of the notes for graders."""
        node = self.node.first("graderinfo")
        if node is None or node.attrs.get("format", "html") != "html":
            return self.prose(node).text, ()
        rest, rubric = parted(node.text_at("text"))
        return (prose_of_html(rest).text if rubric else self.prose(node).text), rubric

    def program(self) -> Body:
        """Read a CodeRunner question that is marked as CodeRunner marks Python by itself; others are refused by name."""
        asked = self.node.text_at("coderunnertype")
        if asked != "python3":
            raise Refusal("program.language", asked)
        for name, usual in _USUAL_PROGRAM.items():
            if self.node.text_at(name) not in usual:
                raise Refusal("program.own_marking", name)
        seconds = self.node.text_at("cputimelimitsecs")
        allowed = int(seconds) if seconds.isdecimal() and len(seconds) < MAX_FIGURES else USUAL_SECONDS
        if allowed > MAX_SECONDS:
            self.changes.append(Reason("changed.seconds"))
        checks = tuple(self._check(node) for node in self.node.every("testcase"))
        if any(not check.is_sample and shown for check, shown in checks):
            self.changes.append(Reason("changed.checks_hidden"))
        return Program(
            "python3",
            tuple(check for check, _shown in checks),
            _raw(self.node.first("answerpreload")),
            _raw(self.node.first("answer")),
            self.node.text_at("allornothing") in {"", "1"},
            min(max(allowed, 1), MAX_SECONDS),
        )

    def _check(self, node: Node) -> tuple[ProgramCheck, bool]:
        """Return a check, and whether students saw it after the marking."""
        if node.attrs.get("testtype", "0") != "0" or node.text_at("extra"):
            raise Refusal("program.own_marking", "testcase")
        check = ProgramCheck(
            _raw(node.first("stdin", "text")),
            _raw(node.first("testcode", "text")),
            _raw(node.first("expected", "text")),
            plain_number(node.attrs.get("mark", "1")),
            node.attrs.get("useasexample") == "1",
        )
        return check, node.text_at("display") == "SHOW"

    def info(self) -> Body:
        """Read a text that asks nothing."""
        return Info()

    def cloze(self) -> Body:
        """Read a text with embedded answers."""
        parts, changes = read_cloze(self.node.text_at("questiontext", "text"))
        self.changes.extend(changes)
        return self._gaps([part for part in parts if isinstance(part, Gap)], _marked(parts))

    def select_gaps(self) -> Body:
        """Read a text with [[1]]-like gaps that each get one of a group of words."""
        words = [
            (self.prose(node, is_option=True).text, node.text_at("group") or "1")
            for node in self.node.children("selectoption", "dragbox")
        ]
        source = self.node.text_at("questiontext", "text")
        numbers = _gap_numbers(source)
        if not numbers or any(not 0 <= number < len(words) for number in numbers):
            raise Refusal("cloze.no_gap")
        gaps = [
            Gap(Single(tuple(Option(text, Decimal(int(index == number))) for index, (text, group) in enumerate(words)
                             if group == words[number][1])))
            for number in numbers
        ]  # fmt: skip
        if any(len(gap.body.options) < 2 for gap in gaps if isinstance(gap.body, Single)):
            raise Refusal("question.too_few_options")
        return self._gaps(gaps, _NUMBERED_GAP.sub(_MARK, source))

    def drag_gaps(self) -> Body:
        """Read words to drag into gaps: words for all gaps, or gaps with groups of words of their own."""
        boxes = list(self.node.children("dragbox"))
        words = [self.prose(box, is_option=True).text for box in boxes]
        source = self.node.text_at("questiontext", "text")
        numbers = _gap_numbers(source)
        endless = {box.first("infinite") is not None for box in boxes}
        are_alike = len({box.text_at("group") or "1" for box in boxes}) == 1 and len(endless) == 1
        if not are_alike or len(set(words)) < max(len(words), 2) or not numbers:
            return self.select_gaps()
        if not all(0 <= number < len(words) for number in numbers):
            raise Refusal("cloze.no_gap")
        is_once = endless == {False}
        if is_once and len(set(numbers)) < len(numbers):
            return self.select_gaps()
        texts = self._around(_NUMBERED_GAP.sub(_MARK, source), len(numbers))
        parts: list[str | Blank] = [texts[0]]
        for number, text in zip(numbers, texts[1:], strict=True):
            parts += [Blank(words[number]), text]
        decoys = tuple(word for number, word in enumerate(words) if number not in numbers)
        return WordBank(tuple(parts), decoys, is_once)

    def _gaps(self, gaps: list[Gap], marked: str) -> Gaps:
        """Return the text around the gaps without its markup, each gap in its place."""
        texts = self._around(marked, len(gaps))
        parts: list[str | Gap] = [texts[0]]
        for gap, text in zip(gaps, texts[1:], strict=True):
            parts += [gap, text]
        return Gaps(tuple(parts))

    def _around(self, marked: str, count: int) -> list[str]:
        """Return the texts before, between and after ``count`` marks."""
        texts = prose_of_html(marked).text.split(_MARK)
        if len(texts) != count + 1:
            raise Refusal("cloze.gap_hidden")
        return texts


def _number_of(text: str, tolerance: str, share: Decimal) -> NumberAnswer:
    return NumberAnswer(plain_number(text), abs(plain_number(tolerance)), False, share)


def _rounded(option: Option, digits: str) -> Option:
    """Return an option whose values are rounded to so many decimals, as they stand where nothing says how many."""
    if not digits.isdecimal() or len(digits) > 1:
        return option
    return option._replace(
        text=with_formulas(option.text, lambda formula: f"round({formula.strip()}, {digits})")
    )


def _gap_numbers(source: str) -> list[int]:
    """Return which word, from 0, stands in each gap of a text; raise Refusal for more than a question can have."""
    numbers = [int(found) - 1 for found in _NUMBERED_GAP.findall(source)]
    if len(numbers) > MAX_NUMBERED:
        raise Refusal("question.too_long", str(len(numbers)))
    return numbers


def _marked(parts: list[str | Gap]) -> str:
    return "".join(part if isinstance(part, str) else _MARK for part in parts)


def _as_shown(pairs: Pairs, shown: str) -> Body:
    """Return pairs as what our own files say that they were: things in groups, or a table."""
    if shown == "categorise" and pairs.left:
        things = [(row, pairs.pairs[number]) for number, row in enumerate(pairs.left)]
        return Groups(tuple(
            (group, tuple(row for row, place in things if place == number)) for number, group in enumerate(pairs.right)
        ))  # fmt: skip
    if shown == "table" and pairs.left:
        right = tuple((pairs.right[place],) for place in pairs.pairs)
        return Table(pairs.right, pairs.left, right, "per_row", "single")
    return pairs


def _own_text(node: Node | None) -> str:
    """Return the text directly in an element: files of before Moodle 1.9 have no ``<text>`` in it."""
    return "" if node is None else "".join(part for part in node.parts if isinstance(part, str)).strip()


def _raw(node: Node | None) -> str:
    """Return the text directly in an element with all its spaces; nothing for nothing but spaces."""
    text = "" if node is None else "".join(part for part in node.parts if isinstance(part, str))
    return text if text.strip() else ""


def _no_file(_source: str) -> bytes | None:
    return None


def _resolver(node: Node) -> Callable[[str], bytes | None]:
    files = {child.attrs.get("name", ""): child for child in node.children("file")}

    @cache  # a picture that a text shows a thousand times is unpacked once
    def resolve(source: str) -> bytes | None:
        child = files.get(source.removeprefix("@@PLUGINFILE@@/").rpartition("/")[2])
        if child is None or child.attrs.get("encoding", "base64") != "base64":
            return None
        try:
            return base64.b64decode("".join(child.text().split()), validate=True)
        except (binascii.Error, ValueError):
            return None

    return resolve


_KINDS: dict[str, Callable[[_Reader], Body]] = {
    "multichoice": _Reader.choice,
    "truefalse": _Reader.truefalse,
    "shortanswer": _Reader.shortanswer,
    "numerical": _Reader.numerical,
    "calculated": _Reader.calculated,
    "calculatedsimple": _Reader.calculated,
    "calculatedmulti": _Reader.calculated_choice,
    "matching": _Reader.matching,
    "match": _Reader.matching,
    "ordering": _Reader.ordering,
    "essay": _Reader.essay,
    "coderunner": _Reader.program,
    "description": _Reader.info,
    "cloze": _Reader.cloze,
    "multianswer": _Reader.cloze,
    "stack": _Reader.info,
    "gapselect": _Reader.select_gaps,
    "ddwtos": _Reader.drag_gaps,
}
