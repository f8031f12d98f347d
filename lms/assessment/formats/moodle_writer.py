"""Write Moodle XML."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import zip_longest
from xml.sax.saxutils import escape, quoteattr

from lms.assessment.formats.moodle_drawn import datasets, in_moodle, said_in_moodle
from lms.assessment.formats.moodle_reader import ORDERING
from lms.assessment.formats.remarks import remark_for
from lms.assessment.formats.rubrics import rubric_table
from lms.assessment.formats.stack_writer import INPUT_PLACES, stack_parts
from lms.assessment.formats.text import html_of
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
    MathsAnswer,
    Number,
    Option,
    Order,
    Pairs,
    Picture,
    Program,
    ProgramCheck,
    Prose,
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

__all__ = ["write_moodle"]

#: With so many decimals Moodle shows what was computed.
_SHOWN_DECIMALS = 4
_SCHEMES = {scheme: number for number, scheme in ORDERING.items()}


def write_moodle(questions: Iterable[Found]) -> str:
    """Return a ``<quiz>``; raise Refusal for what the format cannot say."""
    parts = "".join(_question(question) for question in questions)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n{parts}</quiz>\n'


def _question(question: Found) -> str:
    question = in_moodle(question) if isinstance(question.body, Varied) else question
    kind, inside, gapped = _said(question.body, question.remarks)
    text = _stem(question.prompt, gapped)
    hints = "".join(_html("hint", hint) for hint in question.hints)
    why = _html("generalfeedback", question.explanation) if question.explanation else ""
    tags = "".join(f"<tag>{_text(tag)}</tag>" for tag in question.tags)
    return (
        f'<question type="{kind}">\n<name>{_text(question.title)}</name>\n{text}\n'
        f"<idnumber>{escape(question.ref)}</idnumber>\n{why}{inside}{hints}<tags>{tags}</tags>\n</question>\n"
    )


def _text(text: str) -> str:
    return f"<text>{escape(text)}</text>"


def _html(tag: str, text: str, attributes: str = "") -> str:
    return f'<{tag} format="html"{attributes}>{_text(html_of(text))}</{tag}>\n'


def _stem(prose: Prose, gapped: str) -> str:
    prompt, _, given = prose.text.partition("\n")
    is_maths = gapped == INPUT_PLACES
    body = ("" if is_maths else gapped) or f"<p>{html_of(prompt)}</p>" + (
        f"<p>{html_of(given)}</p>" if given else ""
    )
    body += INPUT_PLACES if is_maths else ""
    files = ""
    for number, picture in enumerate(prose.pictures):
        shown, file = _shown(picture, number)
        body += f"<p>{shown}</p>"
        files += file
    return f'<questiontext format="html">{_text(body)}{files}</questiontext>'


def _shown(picture: Picture | None, number: int = 0) -> tuple[str, str]:
    """Return where a text shows a picture, and the file that stands beside the text; both empty without one."""
    if picture is None:
        return "", ""
    if picture.data is None:
        raise Refusal("export.picture_missing", picture.name)
    name, data = f"{number}-{picture.name}", base64.b64encode(picture.data).decode()
    shown = f'<img src="@@PLUGINFILE@@/{escape(name)}" alt={quoteattr(picture.alt)}>'
    return shown, f'<file name={quoteattr(name)} path="/" encoding="base64">{data}</file>'


def _percent(share: Decimal) -> str:
    return f"{share * 100:f}"


def _answer(text: str, share: Decimal, more: str = "", *, is_html: bool = True) -> str:
    style, shown = ("html", html_of(text)) if is_html else ("moodle_auto_format", text)
    return f'<answer fraction="{_percent(share)}" format="{style}">{_text(shown)}{more}</answer>\n'


def _told(remarks: Remarks) -> str:
    """Return what is said of right, partly right and wrong answers, where the kind has places for it."""
    names = ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback")
    return "".join(_html(name, text) for name, text in zip(names, remarks, strict=True) if text)


def _said(body: Body | None, remarks: Remarks) -> tuple[str, str, str]:
    """Return the kind, what stands in the question, and its text when gaps stand in it."""
    match body:
        case TrueFalse(answer):
            words = [("true", answer), ("false", not answer)]
            return "truefalse", _answers([(word, Decimal(is_so)) for word, is_so in words], remarks), ""
        case Single(options, shuffle):
            return "multichoice", _choice(options, shuffle, is_single=True) + _told(remarks), ""
        case Several(options, scoring="weights", shuffle=shuffle, limit=None, is_capped=False):
            return "multichoice", _choice(options, shuffle, is_single=False) + _told(remarks), ""
        case Typed(accepted, is_case_sensitive, size=size):
            texts = _answers([*accepted, *_any_other(remarks)], remarks)
            width = "" if size in (None, USUAL_SIZE) else f"<fieldsize>{size}</fieldsize>\n"
            return "shortanswer", f"<usecase>{int(is_case_sensitive)}</usecase>\n{width}{texts}", ""
        case Number():
            return "numerical", _number(body, remarks), ""
        case Pairs(scoring="per_pair"):
            return "matching", _pairs(body) + _told(remarks), ""
        case Order(items, scoring) if scoring in _SCHEMES:
            lines = "".join(_answer(text, Decimal(place) / 100) for place, text in enumerate(items, start=1))
            return "ordering", f"<gradingtype>{_SCHEMES[scoring]}</gradingtype>\n{lines}{_told(remarks)}", ""
        case Info():
            return "description", "", ""
        case Gaps(parts):
            return "cloze", "", _gapped(parts)
    return _said_otherwise(body, remarks)


def _said_otherwise(body: Body | None, remarks: Remarks) -> tuple[str, str, str]:
    """Return the same of what is sorted, dragged, computed, run, or read by a person."""
    match body:
        case Groups(groups, scoring="per_item"):
            return "matching", _in_columns(_rows_of(groups), [group for group, _ in groups], "categorise"), ""
        case Table(columns, rows, right, scoring="per_row", mode="single"):
            cells = [(row, found[0]) for row, found in zip(rows, right, strict=True)]
            return "matching", _in_columns(cells, columns, "table"), ""
        case Essay():
            return "essay", _essay(body), ""
        case Upload():
            return "essay", _upload(body), ""
        case MathsAnswer():
            return "stack", stack_parts(body), INPUT_PLACES
        case WordBank():
            return "ddwtos", _boxes(body), _blanked(body)
        case Program(language="python3", comparison="lines"):
            return "coderunner", _program(body), ""
        case Varied(body=Single() | Several(scoring="weights", limit=None, is_capped=False) as asked):
            inside = _choice(asked.options, asked.shuffle, is_single=isinstance(asked, Single)) + _told(
                remarks
            )
            return "calculatedmulti", f"<synchronize>0</synchronize>\n{inside}{datasets(body)}", ""
        case Varied(body=Computed(decimals=None, rounding="") as asked):
            return (
                "calculated",
                f"<synchronize>0</synchronize>\n{_computed(asked, remarks)}{datasets(body)}",
                "",
            )
    raise Refusal("export.unsayable")


def _choice(options: Iterable[Option], shuffle: bool, *, is_single: bool) -> str:
    rows = "".join(_option(option) for option in options)
    flags = f"<single>{str(is_single).lower()}</single>\n<shuffleanswers>{str(shuffle).lower()}</shuffleanswers>\n"
    return flags + rows


def _option(option: Option) -> str:
    shown, file = _shown(option.picture)
    text = _text(html_of(option.text) + shown)
    told = _html("feedback", option.feedback) if option.feedback else ""
    return f'<answer fraction="{_percent(option.weight)}" format="html">{text}{file}{told}</answer>\n'


def _answers(rows: Iterable[tuple[str, Decimal]], remarks: Remarks) -> str:
    """Return answers, each with what is said to such an answer."""
    return "".join(_answer(text, share, _feedback(share, remarks), is_html=False) for text, share in rows)


def _feedback(share: Decimal, remarks: Remarks) -> str:
    said = remark_for(share, remarks)
    return _html("feedback", said) if said else ""


def _any_other(remarks: Remarks) -> list[tuple[str, Decimal]]:
    """Return the answer that stands for all wrong ones, where something is said to them."""
    return [("*", Decimal(0))] if remarks.wrong else []


def _number(body: Number, remarks: Remarks) -> str:
    if any(answer.is_relative for answer in body.answers):
        raise Refusal("export.unsayable", "relative tolerance")
    rows = "".join(
        _answer(
            f"{a.value:f}",
            a.fraction,
            f"<tolerance>{a.tolerance:f}</tolerance>{_feedback(a.fraction, remarks)}",
            is_html=False,
        )
        for a in body.answers
    ) + _answers(_any_other(remarks), remarks)
    return rows + _units(body)


def _computed(body: Computed, remarks: Remarks) -> str:
    """Return a number that is a formula of the variables; no rounding is asked of it."""
    kind = "1" if body.is_relative else "2"
    limits = f"<tolerance>{body.tolerance:f}</tolerance><tolerancetype>{kind}</tolerancetype>"
    shown = f"<correctanswerformat>1</correctanswerformat><correctanswerlength>{_SHOWN_DECIMALS}</correctanswerlength>"
    more = f"{limits}{shown}{_feedback(Decimal(1), remarks)}"
    right = _answer(said_in_moodle(body.formula), Decimal(1), more, is_html=False)
    return right + _answers(_any_other(remarks), remarks) + _units(body)


def _units(body: Number | Computed) -> str:
    """Return the names of a number's unit and what it costs to leave it out."""
    if body.unit_mode == "none":
        return ""
    grading = f"<unitgradingtype>{int(body.unit_mode == 'asked')}</unitgradingtype>\n<unitpenalty>{1 - body.unit_fraction:f}"
    units = "".join(
        f"<unit><multiplier>1</multiplier><unit_name>{escape(name)}</unit_name></unit>"
        for name in (body.unit, *body.units)
    )
    return f"<units>{units}</units>\n{grading}</unitpenalty>\n"


def _pairs(body: Pairs) -> str:
    rows = [(row, body.right[value]) for row, value in zip(body.left, body.pairs, strict=True)]
    rows += [("", value) for place, value in enumerate(body.right) if place not in body.pairs]
    return _subquestions(rows, is_shuffled=body.shuffle_left, shown=body.shown)


def _rows_of(groups: Iterable[tuple[str, tuple[str, ...]]]) -> list[tuple[str, str]]:
    return [(thing, group) for group, things in groups for thing in things]


def _in_columns(rows: list[tuple[str, str]], columns: Iterable[str], shown: str) -> str:
    """Return rows that each have one of the columns; rows without a text come first and keep the columns' order."""
    keys = [("", column) for column in columns]
    inside = _subquestions([*keys, *rows], is_shuffled=shown == "categorise")
    return f"<shownas>{shown}</shownas>\n{inside}"


def _subquestions(
    rows: Iterable[tuple[str, str]], *, is_shuffled: bool, shown: Sequence[Picture | None] = ()
) -> str:
    inside = ""
    for (row, value), picture in zip_longest(rows, shown):
        image, file = _shown(picture)
        answer = f"<answer>{_text(escape(value))}</answer>"
        inside += f'<subquestion format="html">{_text(html_of(row) + image)}{file}{answer}</subquestion>\n'
    return f"<shuffleanswers>{str(is_shuffled).lower()}</shuffleanswers>\n{inside}"


def _essay(body: Essay) -> str:
    limits = "".join(
        f"<{name}>{count}</{name}>\n"
        for name, count in (("minwordlimit", body.min_words), ("maxwordlimit", body.max_words))
        if count
    )
    return f"<responseformat>editor</responseformat>\n{limits}{_notes(body)}"


def _upload(body: Upload) -> str:
    """Return a file to be handed in: an essay without a field for text."""
    kinds = f"<filetypeslist>{body.kind}</filetypeslist>\n" if body.kind else ""
    return (
        "<responseformat>noinline</responseformat>\n<responserequired>0</responserequired>\n"
        f"<attachments>{body.most or -1}</attachments>\n<attachmentsrequired>1</attachmentsrequired>\n{kinds}{_notes(body)}"
    )


def _notes(body: Essay | Upload) -> str:
    """Return what only graders see: the sample answer and the rubric."""
    model = f"<p>{html_of(body.model_answer)}</p>" if body.model_answer else ""
    notes = model + rubric_table(body.rubric)
    return f'<graderinfo format="html">{_text(notes)}</graderinfo>\n' if notes else ""


def _boxes(body: WordBank) -> str:
    """Return the words to drag: those of the gaps in their order, then those that belong nowhere."""
    endless = "" if body.is_once else "<infinite/>"
    return "<shuffleanswers>1</shuffleanswers>\n" + "".join(
        f"<dragbox>{_text(html_of(word))}<group>1</group>{endless}</dragbox>\n" for word in _words(body)
    )


def _words(body: WordBank) -> list[str]:
    right = [part.word for part in body.parts if isinstance(part, Blank)]
    return list(dict.fromkeys([*right, *body.decoys]))


def _blanked(body: WordBank) -> str:
    """Return the text with the numbers of words in its gaps."""
    words = _words(body)
    said = (html_of(p) if isinstance(p, str) else f"[[{words.index(p.word) + 1}]]" for p in body.parts)
    return f"<p>{''.join(said)}</p>"


def _program(body: Program) -> str:
    """Return a program as CodeRunner has it; checks that are kept back stay so in its results, too."""
    checks = "".join(_check(check) for check in body.checks)
    return (
        f"<coderunnertype>python3</coderunnertype>\n<allornothing>{int(body.needs_all)}</allornothing>\n"
        f"<answerpreload>{escape(body.starter)}</answerpreload>\n<answer>{escape(body.model_answer)}</answer>\n"
        f"<cputimelimitsecs>{body.seconds}</cputimelimitsecs>\n<testcases>\n{checks}</testcases>\n"
    )


def _check(check: ProgramCheck) -> str:
    parts = {"testcode": check.code, "stdin": check.stdin, "expected": check.expected, "extra": ""}
    inside = "".join(f"<{name}>{_text(text)}</{name}>" for name, text in parts.items())
    shown = "SHOW" if check.is_sample else "HIDE"
    return (
        f'<testcase testtype="0" useasexample="{int(check.is_sample)}" hiderestiffail="0" mark="{check.points:f}">'
        f"{inside}<display>{_text(shown)}</display></testcase>\n"
    )


def _gapped(parts: tuple[str | Gap, ...]) -> str:
    said = "".join(html_of(part) if isinstance(part, str) else _gap(part) for part in parts)
    return f"<p>{said}</p>"


def _gap(gap: Gap) -> str:
    """Return a gap as Moodle writes it into the text."""
    if gap.points != int(gap.points) or not 1 <= gap.points <= 9999:
        raise Refusal("export.unsayable", "points of a gap")
    match gap.body:
        case Single(options, shuffle):
            kind = "MULTICHOICE_S" if shuffle else "MULTICHOICE"
            rows = [(option.text, option.weight) for option in options]
        case Typed(accepted, is_case_sensitive):
            kind, rows = "SHORTANSWER_C" if is_case_sensitive else "SHORTANSWER", list(accepted)
        case Number(answers, unit_mode="none"):
            kind = "NUMERICAL"
            rows = [(f"{a.value:f}:{a.tolerance:f}", a.fraction) for a in answers]
        case _:
            raise Refusal("export.unsayable", "gap")
    inside = "~".join(f"%{_percent(share)}%{_escaped(text)}" for text, share in rows)
    return f"{{{int(gap.points)}:{kind}:{inside}}}"


def _escaped(text: str) -> str:
    shown = escape(text)
    for sign in ("\\", "}", "#", "~", "/", '"'):
        shown = shown.replace(sign, "\\" + sign)
    return shown
