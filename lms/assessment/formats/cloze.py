"""Read Moodle's embedded answers: ``{1:SHORTANSWER:=Berlin~%50%Bonn}`` inside a text."""

from __future__ import annotations

import html
import re
from decimal import Decimal
from functools import partial

from lms.assessment.formats.first_match import ANY_OTHER, hidden_numbers, hidden_texts, read_row
from lms.assessment.formats.text import prose_of_html
from lms.assessment.formats.values import Gap, Number, NumberAnswer, Option, Reason, Refusal, Single, Typed

__all__ = ["MAX_TEXT", "read_cloze", "share_of"]

#: A gap ends before the next one begins, so that no text takes longer than its length.
_GAP = re.compile(r"\{(\d{0,4}):([A-Z_]{2,20}):((?:\\.|[^\\{}]|\{(?!\d{0,4}:[A-Z_]{2,20}:))*)\}", re.DOTALL)
_TEXTS = {"SHORTANSWER", "SA", "MW"}
_EXACT_TEXTS = {"SHORTANSWER_C", "SAC", "MWC"}
_NUMBERS = {"NUMERICAL", "NM"}
_CHOICES = {"MULTICHOICE", "MC", "MULTICHOICE_V", "MCV", "MULTICHOICE_H", "MCH"}
_CHOICES |= {"MULTICHOICE_S", "MCS", "MULTICHOICE_VS", "MCVS", "MULTICHOICE_HS", "MCHS"}
MAX_TEXT = 60_000
_WEIGHT = re.compile(r"\s*(?:%(-?\d+(?:\.\d+)?)%|(=))?(.*)", re.DOTALL)


def share_of(text: str) -> Decimal:
    """Return percent as a share; 0 for what is no number."""
    return Decimal(text) / 100 if re.fullmatch(r"-?\d{1,6}(\.\d{1,12})?", text.strip()) else Decimal(0)


def read_cloze(source: str) -> tuple[list[str | Gap], list[Reason]]:
    """Return texts (still HTML) and gaps in turn, and what is lost; raise Refusal when a gap cannot be read."""
    if len(source) > MAX_TEXT:
        raise Refusal("question.too_long", str(len(source)))
    parts: list[str | Gap] = []
    changes: list[Reason] = []
    place = 0
    for match in _GAP.finditer(source):
        parts += [source[place : match.start()], _gap(match, changes)]
        place = match.end()
    parts.append(source[place:])
    if len(parts) == 1:
        raise Refusal("cloze.no_gap")
    return parts, changes


def _gap(match: re.Match[str], changes: list[Reason]) -> Gap:
    kind = match[2]
    rows = [_row(raw, changes) for raw in re.split(r"(?<!\\)~", match[3]) if raw.strip()]
    points = Decimal(match[1] or "1") or Decimal(1)
    if not any(share == 1 for _, share in rows):
        raise Refusal("question.no_right_answer", match[0][:60])
    if kind in _TEXTS | _EXACT_TEXTS:
        accepted = tuple((text, share) for text, share in rows if share > 0)
        wild = any("*" in text for text, _ in accepted)
        changes += hidden_texts(rows, is_case_sensitive=kind in _EXACT_TEXTS)
        return Gap(Typed(accepted, kind in _EXACT_TEXTS, wild), points)
    if kind in _NUMBERS:
        known = [
            number
            for text, share in rows
            if text.strip() != "*"
            for number in read_row(partial(_number, text, share), share)
        ]
        changes += hidden_numbers(known)
        if any(share > 0 for text, share in rows if text.strip() == "*"):
            changes.append(ANY_OTHER)
        return Gap(Number(tuple(row for row in known if row.fraction > 0)), points)
    if kind in _CHOICES:
        if len(rows) < 2:
            raise Refusal("question.too_few_options", match[0][:60])
        return Gap(
            Single(tuple(Option(text, share) for text, share in rows), shuffle=kind.endswith("S")), points
        )
    raise Refusal("cloze.gap_unknown", kind)


def _row(raw: str, changes: list[Reason]) -> tuple[str, Decimal]:
    answer, sign, feedback = _before_feedback(raw)
    if sign and feedback.strip() and Reason("changed.feedback") not in changes:
        changes.append(Reason("changed.feedback"))
    match = _WEIGHT.fullmatch(answer)
    assert match is not None  # the pattern takes any text
    share = share_of(match[1]) if match[1] else Decimal(int(match[2] is not None))
    plain = prose_of_html(re.sub(r"\\([}#~/\"\\])", r"\1", match[3])).text
    return plain, share


def _before_feedback(raw: str) -> tuple[str, str, str]:
    found = re.search(r"(?<!\\)(?<!&)#", raw)
    return (raw, "", "") if found is None else (raw[: found.start()], "#", raw[found.end() :])


def _number(text: str, share: Decimal) -> NumberAnswer:
    value, _, tolerance = html.unescape(text).partition(":")
    shape = r"[+-]?\d{1,40}([.,]\d{0,40})?([eE][+-]?\d{1,3})?"
    if not re.fullmatch(shape, value.strip()) or (tolerance and not re.fullmatch(shape, tolerance.strip())):
        raise Refusal("question.not_a_number", text[:60])
    allowed = Decimal(tolerance.strip().replace(",", ".") or "0") if tolerance else Decimal(0)
    return NumberAnswer(Decimal(value.strip().replace(",", ".")), abs(allowed), False, share)
