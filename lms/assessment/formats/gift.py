"""Read and write GIFT, Moodle's text format."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from functools import partial

from lms.assessment.formats.first_match import ANY_OTHER, hidden_numbers, hidden_texts, read_row
from lms.assessment.formats.remarks import remark_for, remarks_of
from lms.assessment.formats.text import html_of, prose_of_html, prose_of_markdown, prose_of_plain
from lms.assessment.formats.values import (
    Body,
    Essay,
    Found,
    Gap,
    Gaps,
    Info,
    Number,
    NumberAnswer,
    Option,
    Pairs,
    Prose,
    Reason,
    Refusal,
    Remarks,
    Several,
    Single,
    TrueFalse,
    Typed,
    pictures_of,
)

__all__ = ["percent_of", "plain_number", "read_gift", "write_gift"]

_TITLE = re.compile(r"::(.*?)(?<!\\)::", re.DOTALL)
_FORMAT = re.compile(r"\s*\[(html|moodle|plain|markdown)\]", re.IGNORECASE)
_WEIGHT = re.compile(r"\s*%([+-]?\d+(?:[.,]\d+)?)%")
_TAGS = re.compile(r"\[tag:((?:\\.|[^\\\]])*)\]")
_ID = re.compile(r"\[id:((?:\\.|[^\\\]])*)\]")
_ESCAPED = re.compile(r"\\([~=#{}:\\n\[\]>-])")
_TRUE, _FALSE = {"T", "TRUE"}, {"F", "FALSE"}
GAP = "_____"
#: A comment that says that the text with a missing word is a text with a gap here; MARK stands for it while the text is read.
SHOWN_AS_GAP, MARK = "[shown-as:gap]", "\ue000"
MAX_ANSWERS = 1000
MAX_NOTES, MAX_BLOCK = 2000, 200_000


def read_gift(text: str) -> Iterator[Found]:
    """Yield the questions of a file."""
    category = ""
    for number, (line, notes, block) in enumerate(_blocks(text), start=1):
        first, _, rest = block.partition("\n")
        if first.startswith("$CATEGORY:"):
            category = first.partition(":")[2].strip()
            block = rest
        if block.strip():
            yield _question(f"question {number}", f"line {line}", notes[-MAX_NOTES:], block.strip(), category)


def _blocks(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield (line, comments before it, text) of what stands between blank lines; a brace may hold blank lines."""
    lines, notes, start, depth = list[str](), list[str](), 0, 0
    for number, line in enumerate([*text.replace("\r", "").split("\n"), ""], start=1):
        if line.lstrip().startswith("//"):
            notes.append(line)
            continue
        if depth > 0 and lines and line.startswith("::"):  # the brace before was never closed
            yield start, "\n".join(notes), "\n".join(lines)
            lines, notes, depth = [], [], 0
        if line.strip() or depth > 0:
            start = start if lines else number
            lines.append(line)
            depth = max(0, depth + _depth(line))
        elif lines:
            yield start, "\n".join(notes), "\n".join(lines)
            lines, notes = [], []
    if lines:
        yield start, "\n".join(notes), "\n".join(lines)


def _depth(line: str) -> int:
    bare = re.sub(r"\\.", "", line)
    return bare.count("{") - bare.count("}")


def _question(ref: str, place: str, notes: str, block: str, category: str) -> Found:
    found_id, tags = _ID.search(notes), [_unescape(tag) for tag in _TAGS.findall(notes)]
    ref, is_gap_here = _unescape(found_id[1]) if found_id else ref, SHOWN_AS_GAP in notes
    title, kind = "", "unknown"
    try:
        if len(block) > MAX_BLOCK:
            raise Refusal("question.too_long", str(len(block)))
        if match := _TITLE.match(block):
            title, block = _unescape(match[1]).strip(), block[match.end() :]
        before, answer, after = _parted(block)
        stem, style = _styled(before, "moodle")
        answer, why = (None, None) if answer is None else _cut(answer, "####")
        kind, body, changes, remarks = _body(answer, style)
        if is_gap_here and isinstance(body, Single | Typed | Number):
            body, before, after = _gap(body, before, after, style)
            stem = title or GAP
        tail = after.strip()
        is_gap = bool(tail) and not isinstance(body, Info)
        whole = f"{stem.rstrip()} {GAP} {tail}".strip() if is_gap else stem
        prompt = _prose(whole, style)
        if not prompt.text:
            raise Refusal("question.no_text")
    except Refusal as refusal:
        return Found(ref, kind, place, title=title or block[:80], reason=refusal.reason)
    known = (*tags, category.rpartition("/")[2]) if category else tuple(tags)
    return Found(
        ref,
        kind,
        place,
        title or prompt.text,
        prompt,
        body,
        None,
        tuple(changes),
        tuple(known),
        remarks=remarks,
        explanation=_feedback((why or "").strip(), style),
    )


def _gap(body: Single | Typed | Number, before: str, after: str, style: str) -> tuple[Gaps, str, str]:
    """Return a text with one gap, as our own files say that it was; nothing is left to stand before and after the braces."""
    bare, style = _styled(before, style)
    texts = _prose(f"{bare}{MARK}{after}", style).text.split(MARK)
    if len(texts) != 2:
        raise Refusal("cloze.gap_hidden")
    return Gaps((texts[0], Gap(body), texts[1])), "", ""


def _parted(block: str) -> tuple[str, str | None, str]:
    """Return what stands before, in and after the braces; None without braces."""
    opened = _unescaped(block, "{")
    if opened < 0:
        return block, None, ""
    closed = _unescaped(block, "}", opened)
    if closed < 0:
        raise Refusal("gift.brace_open")
    after = block[closed + 1 :]
    if _unescaped(after, "{") >= 0:
        raise Refusal("gift.two_answers")
    return block[:opened], block[opened + 1 : closed].strip(), after


def _unescaped(text: str, sign: str, start: int = 0) -> int:
    """Return where ``sign`` stands without a backslash before it, or -1."""
    place = start
    while place < len(text):
        if text[place] == "\\":
            place += 2
        elif text.startswith(sign, place):
            return place
        else:
            place += 1
    return -1


def _unescape(text: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] == "n" else found[1], text)


def _styled(text: str, style: str) -> tuple[str, str]:
    match = _FORMAT.match(text)
    return (text[match.end() :], match[1].lower()) if match else (text, style)


def _prose(raw: str, style: str) -> Prose:
    text = _unescape(raw).strip()
    if style == "html":
        return prose_of_html(text)
    if style == "markdown":
        return prose_of_markdown(text)
    if style == "moodle" and re.search(r"<[a-zA-Z/][^<>]*>|&[#\w]{1,30};", text):
        return prose_of_html(text.replace("\n", "<br>"))
    return prose_of_plain(text)


def _body(answer: str | None, style: str) -> tuple[str, Body, list[Reason], Remarks]:
    """Return the kind, what is asked, what is lost of what stands in the braces, and what is said of answers."""
    if answer is None:
        return "description", Info(), [], Remarks()
    changes: list[Reason] = []
    said: list[tuple[str, Decimal, str]] = []
    kind, body = _asked(answer, style, changes, said)
    return kind, body, changes, remarks_of(said, changes)


def _asked(
    answer: str, style: str, changes: list[Reason], said: list[tuple[str, Decimal, str]]
) -> tuple[str, Body]:
    """Return the kind and what is asked; what is said of answers is added to ``said``."""
    if not answer.strip():
        return "essay", Essay()
    if answer.startswith("#"):
        return "numerical", _numbers(answer[1:], changes, said)
    head, told = _cut(answer, "#")
    if head.strip().upper() in _TRUE | _FALSE:
        wrong, right = _cut(told or "", "#")
        said += [
            ("*", Decimal(0), _feedback(wrong, style)),
            ("", Decimal(1), _feedback(right or "", style)),
        ]
        return "truefalse", TrueFalse(head.strip().upper() in _TRUE)
    rows = _rows(answer)
    if any(_unescaped(text, "->") >= 0 for sign, text in rows if sign == "=") and all(
        s == "=" for s, _ in rows
    ):
        return "matching", _pairs(rows, style)
    if any(sign == "~" for sign, _ in rows):
        return "multichoice", _choice(rows, style)
    return "shortanswer", _typed(rows, changes, said)


def _cut(text: str, sign: str) -> tuple[str, str | None]:
    place = _unescaped(text, sign)
    return (text, None) if place < 0 else (text[:place], text[place + len(sign) :])


def _rows(answer: str) -> list[tuple[str, str]]:
    """Return the answers, each with the sign before it."""
    rows: list[tuple[str, str]] = []
    sign, start, place = "", 0, 0
    while place < len(answer):
        char = answer[place]
        if char == "\\":
            place += 1
        elif char in "=~":
            if sign or answer[start:place].strip():
                rows.append((sign, answer[start:place].strip()))
            sign, start = char, place + 1
        place += 1
    rows.append((sign, answer[start:].strip()))
    if len(rows) > MAX_ANSWERS:
        raise Refusal("question.too_many_options", str(len(rows)))
    if any(not sign for sign, _ in rows):
        raise Refusal("gift.answer_unreadable", answer[:60])
    return rows


def _weighted(sign: str, text: str) -> tuple[str, Decimal, str]:
    """Return an answer without weight and feedback, its share, and its feedback as it stands there."""
    match = _WEIGHT.match(text)
    share = percent_of(match[1]) if match else Decimal(int(sign == "="))
    bare, feedback = _cut(text[match.end() :] if match else text, "#")
    return bare.strip(), share, (feedback or "").strip()


def _feedback(raw: str, style: str) -> str:
    bare, own = _styled(raw, style)
    return _prose(bare, own).text


def percent_of(text: str) -> Decimal:
    """Return percent as a share; raise Refusal when it is not a number."""
    return plain_number(text) / 100


def plain_number(text: str) -> Decimal:
    """Return a number written with point or comma; raise Refusal ``question.not_a_number``."""
    try:
        number = Decimal(text.strip().replace(",", ".").replace("\u2212", "-"))
    except InvalidOperation:
        raise Refusal("question.not_a_number", text.strip()[:60]) from None
    if not number.is_finite() or abs(number.adjusted()) > 300:
        raise Refusal("question.not_a_number", text.strip()[:60])
    return number


def _choice(rows: list[tuple[str, str]], style: str) -> Body:
    options = []
    for sign, raw in rows:
        text, share, told = _weighted(sign, raw)
        bare, own = _styled(text, style)
        prose = _prose(bare, own)
        if not prose.text:
            raise Refusal("question.empty_option")
        options.append(Option(prose.text, share, feedback=_feedback(told, own)))
    if len(options) < 2:
        raise Refusal("question.too_few_options")
    return Single(tuple(options)) if any(sign == "=" for sign, _ in rows) else Several(tuple(options))


def _typed(rows: list[tuple[str, str]], changes: list[Reason], said: list[tuple[str, Decimal, str]]) -> Typed:
    known = []
    for sign, raw in rows:
        text, share, told = _weighted(sign, raw)
        said.append((text, share, _feedback(told, "moodle")))
        if text:
            known.append((_unescape(_styled(text, "plain")[0]).strip(), share))
    accepted = [(text, share) for text, share in known if share > 0]
    if not accepted:
        raise Refusal("question.no_right_answer")
    changes += hidden_texts(known)
    return Typed(tuple(accepted), uses_wildcards=any("*" in text for text, _ in accepted))


def _numbers(answer: str, changes: list[Reason], said: list[tuple[str, Decimal, str]]) -> Number:
    rows = (
        _rows(answer)
        if answer.lstrip()[:1] in ("=", "~")
        else [("=", row) for row in [_first(answer, changes)]]
    )
    known = []
    for sign, raw in rows:
        text, share, told = _weighted(sign, raw)
        said.append((text or "*", share, _feedback(told, "moodle")))
        if text not in ("", "*"):
            known += read_row(partial(_number, text, share), share)
        elif share > 0:
            changes.append(ANY_OTHER)
    answers = [row for row in known if row.fraction > 0]
    if not answers:
        raise Refusal("question.no_right_answer")
    changes += hidden_numbers(known)
    return Number(tuple(answers))


def _first(answer: str, changes: list[Reason]) -> str:
    """Return a lone number; what follows it after ``~`` only comments on wrong answers."""
    head, rest = _cut(answer, "~")
    if rest is not None:
        changes.append(Reason("changed.feedback"))
    return head


def _number(text: str, share: Decimal) -> NumberAnswer:
    text = _unescape(text)
    if ".." in text:
        low, high = (plain_number(part) for part in text.split("..", 1))
        return NumberAnswer((low + high) / 2, abs(high - low) / 2, False, share)
    value, _, tolerance = text.partition(":")
    return NumberAnswer(plain_number(value), abs(plain_number(tolerance or "0")), False, share)


def _pairs(rows: list[tuple[str, str]], style: str) -> Pairs:
    left, right, pairs = list[str](), list[str](), list[int]()
    for _, raw in rows:
        row, value = _cut(raw, "->")
        row, own = _styled(row, style)
        text = _unescape(value or "").strip()
        if not text:
            raise Refusal("question.pair_incomplete")
        if text not in right:
            right.append(text)
        if shown := _prose(row, own).text:
            left.append(shown)
            pairs.append(right.index(text))
    return Pairs(tuple(left), tuple(right), tuple(pairs))


def write_gift(questions: Iterable[Found]) -> str:
    """Return a file; raise Refusal for what the format cannot say (see `can` in the caller)."""
    return "\n\n".join(_written(question) for question in questions) + "\n"


def _written(question: Found) -> str:
    if question.prompt.pictures or any(pictures_of(question.body)):
        raise Refusal("export.pictures")
    tags = " ".join(f"[tag:{_escape(tag)}]" for tag in question.tags)
    comment = f"// [id:{_escape(question.ref)}]" + (f" {tags}" if tags else "")
    before, body, after = question.prompt.text, question.body, ""
    if isinstance(body, Gaps):
        before, body, after = _around(body)
        comment += f" {SHOWN_AS_GAP}"
    stem = f"::{_escape(question.title)}::[html]{_escape(html_of(before))}"
    inside = _answer(body, question.remarks)
    why = f"####[html]{_escape(html_of(question.explanation))}" if question.explanation else ""
    return f"{comment}\n{stem}" + ("" if inside is None else f"{{{inside}{why}}}{_escape(html_of(after))}")


def _around(body: Gaps) -> tuple[str, Body, str]:
    """Return what stands before a lone gap, what is asked in it, and what stands after it; raise Refusal for more gaps."""
    if len(body.parts) == 3:
        before, gap, after = body.parts
        if isinstance(before, str) and isinstance(gap, Gap) and isinstance(after, str) and gap.points == 1:
            return before, gap.body, after
    raise Refusal("export.unsayable", "gaps")


def _escape(text: str) -> str:
    escaped = re.sub(r"([\\~=#{}:\[\]])", r"\\\1", text.replace("\r", ""))
    return escaped.replace("->", r"-\>").replace("\n", r"\n")


def _share(weight: Decimal) -> str:
    return f"%{(weight * 100).normalize():f}%"


def _told(text: str) -> str:
    """Return what is said of an answer, as it stands behind it."""
    return f"#[html]{_escape(html_of(text))}" if text else ""


def _answer(body: Body | None, remarks: Remarks) -> str | None:
    """Return what stands in the braces, None without braces."""
    match body:
        case Info():
            return None
        case Essay(rubric=(), min_words=None, max_words=None, model_answer=""):
            return ""
        case TrueFalse(answer):
            told = f"#{_told(remarks.wrong)[1:]}{_told(remarks.right)}" if any(remarks) else ""
            return ("TRUE" if answer else "FALSE") + told
        case Single(options, shuffle=True):
            right = next(option for option in options if option.weight == 1)
            return "".join(_option("=" if option is right else "~", option) for option in options)
        case Several(options, scoring="weights", shuffle=True, limit=None, is_capped=False):
            return "".join(_option("~", option) for option in options)
        case Typed(accepted, is_case_sensitive=False):
            return "".join(
                f"={_share(share)}{_escape(text)}{_told(remark_for(share, remarks))}"
                for text, share in accepted
            ) + _any_other(remarks)
        case Number(answers, unit="", unit_mode="none") if not any(answer.is_relative for answer in answers):
            rows = (
                f"={_share(a.fraction)}{a.value:f}:{a.tolerance:f}{_told(remark_for(a.fraction, remarks))}"
                for a in answers
            )
            return "#" + "".join(rows) + _any_other(remarks)
        case Pairs(left, right, pairs, scoring="per_pair", shuffle_left=False):
            return _written_pairs(left, right, pairs)
    raise Refusal("export.unsayable")


def _option(sign: str, option: Option) -> str:
    weight = "" if sign == "=" else _share(option.weight)
    return f"{sign}{weight}[html]{_escape(html_of(option.text))}{_told(option.feedback)}\n"


def _any_other(remarks: Remarks) -> str:
    """Return the answer that stands for all wrong ones, where something is said to them."""
    return f"=%0%*{_told(remarks.wrong)}" if remarks.wrong else ""


def _written_pairs(left: tuple[str, ...], right: tuple[str, ...], pairs: tuple[int, ...]) -> str:
    rows = [(row, right[value]) for row, value in zip(left, pairs, strict=True)]
    rows += [("", value) for index, value in enumerate(right) if index not in pairs]
    return "".join(f"=[html]{_escape(html_of(row))} -> {_escape(value)}\n" for row, value in rows)
