"""Turn what readers found into the content of installed question types, and contents into what writers take."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Any

from lms.assessment.contracts import ContentError, ItemTest, QuestionType
from lms.assessment.formats.maxima import in_maxima
from lms.assessment.formats.plain_contents import (
    PICTURE_URL,
    answer_notation,
    as_imported,
    asked_tests,
    by_use,
    named,
    picture_url,
    plain_decoys,
    plain_scoring,
    with_dollars,
)
from lms.assessment.formats.values import (
    NO_KEY,
    Area,
    Areas,
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
    MathsRule,
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
    pictures_of,
)
from lms.assessment.maths.tree import MathsError
from lms.assessment.question_types.feedback import MAX_FEEDBACK
from lms.assessment.rules.formulas import FormulaError, line_of, tree_of
from lms.assessment.rules.gaps import gap_names, texts_between
from lms.assessment.rules.items import key_tests
from lms.assessment.rules.search import texts_of
from lms.assessment.rules.variants import as_written, draw, put_in, with_formulas
from lms.assessment.types import MarkStatus
from lms.core.formulas import faulty_formulas, formulas_of
from lms.core.registry import Registry

__all__ = ["PICTURE_URL", "Taken", "as_imported", "found_of", "take"]

#: A sign that LaTeX takes as it stands, as a brace after a backslash.
_ESCAPED = re.compile(r"\\.")

#: Other systems' ordering schemes and ours.
_SCHEMES = {
    "all_or_nothing": "exact",
    "absolute_position": "places",
    "relative_next_exclude_last": "next",
    "relative_next_include_last": "next_or_end",
    "relative_one_previous_and_next": "neighbours",
    "relative_all_previous_and_next": "before_and_after",
    "longest_ordered_subset": "longest_ordered",
    "longest_contiguous_subset": "longest_run",
}
_OUR_SCHEMES = {ours: theirs for theirs, ours in _SCHEMES.items()}
#: The only line of a rubric where the file has none, in the question's language (is it Russian?).
_WHOLE = {True: "Работа в целом", False: "The work as a whole"}
#: What is asked above a text with gaps that says nothing itself.
_FILL_IN = {True: "Заполните пропуски.", False: "Fill in the gaps."}
#: What is said of a program in the same words here and there.
_PROGRAM = ("language", "starter", "model_answer", "needs_all", "seconds", "comparison")
#: The variants that are compared to see whether two questions with variables are the same.
_COMPARED_SEEDS = range(1, 6)
#: The types for files, by the kind of files that they take.
_UPLOADS = {"": "file_upload", "image": "notebook_photo", "audio": "oral_answer"}
#: An answer that is nothing but a variable or a formula of variables.
_PLACE = re.compile(r"\{(?:=(?P<formula>[^{}]+)|(?P<name>[^\W\d]\w*))\}")
#: What a number is where its author said nothing else.
_NUMBER: Mapping[str, Any] = {
    "tolerance": "0",
    "tolerance_kind": "absolute",
    "unit": "",
    "unit_mode": "none",
    "unit_fraction": "0.5",
    "units": (),
    "precision": "none",
    "precision_fraction": "1",
    "digits": 0,
}
Content = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Taken:
    """A question in the words of an installed type, ready to be written.

    Its pictures are not stored yet: they are named by what stands for their addresses in the content.
    """

    found: Found
    type: str
    content: Content
    tests: tuple[ItemTest, ...]
    pictures: Mapping[str, Picture]
    changes: tuple[Reason, ...]


def take(found: Found, types: Registry[QuestionType]) -> Taken:
    """Return a question as content that its type accepts; raise Refusal where it cannot be said."""
    if found.body is None:
        raise Refusal(*(found.reason or Reason("kind.unknown", found.kind)))
    changes = list(found.changes)
    say = _SAY.get(type(found.body))
    if say is None:
        raise Refusal("type.not_installed", found.kind)
    if isinstance(found.body, Essay | Upload) and not found.body.rubric:
        words = _WHOLE[_is_russian(found.prompt.text)]
        found = replace(found, body=replace(found.body, rubric=((words, Decimal(1)),)))
        changes.append(Reason("changed.rubric_added"))
    name, parts = say(found.body, changes)
    kind = types.find(name)
    if kind is None:
        raise Refusal("type.not_installed", name)
    stem, picture = _stem(found.prompt, changes)
    if isinstance(found.body, Areas) and picture is None:
        raise Refusal("picture.missing", next((shown.name for shown in found.prompt.pictures), ""))
    if isinstance(found.body, Info) and not stem["given"] and picture is None:
        stem |= {"prompt": found.title[:1000], "given": stem["prompt"]}
    stem |= {"hints": list(found.hints)} if found.hints else {}
    stem |= _remarks(found, kind, changes)
    stem |= {"explanation": found.explanation} if found.explanation else {}
    try:
        content = kind.validate_content(
            _in_one_way({**parts, "content": {**stem, **parts["content"]}})
            if isinstance(found.body, Varied)
            else {**stem, **parts}
        )
    except ContentError as error:
        field, codes = next(iter(error.problems.items()))
        raise Refusal("content", f"{field}: {codes[0]}") from None
    pictures = _option_pictures(found) | ({PICTURE_URL: picture} if picture else {})
    tests = () if NO_KEY in found.changes else key_tests(kind, content)
    if isinstance(found.body, MathsAnswer):
        tests = tuple(_test(answer, share) for answer, share in found.body.tests)
    changes.extend(_unreadable(content))
    return Taken(found, name, content, tests, pictures, tuple(dict.fromkeys(changes)))


def _unreadable(content: Content) -> list[Reason]:
    """Return the formulas that nobody can read, or whose braces do not pair (the converter would guess where they end)."""
    texts = list(texts_of(content))
    faulty = list(faulty_formulas(texts))
    formulas = (each for text in texts if "\\" in text or "$" in text for each in formulas_of(text))
    for each in formulas:
        bare = _ESCAPED.sub("", each.latex)
        if bare.count("{") != bare.count("}"):
            faulty.append(each.source)
    return [Reason("changed.formula_unreadable", source[:120]) for source in faulty]


def _test(answer: str, share: Decimal) -> ItemTest:
    if share in (0, 1):
        return ItemTest(answer, MarkStatus.RIGHT if share else MarkStatus.WRONG)
    return ItemTest(answer, MarkStatus.PARTIAL, share)


def _is_russian(text: str) -> bool:
    return re.search("[а-яё]", text, re.IGNORECASE) is not None


def _stem(prose: Prose, changes: list[Reason]) -> tuple[Content, Picture | None]:
    """Return prompt (the first line), what is given (the rest) and the picture."""
    prompt, _, given = prose.text.partition("\n")
    first, others = next(iter(prose.pictures), None), prose.pictures[1:]
    if any(picture.data is not None and not picture.alt for picture in others):
        raise Refusal("picture.several", ", ".join(picture.name for picture in prose.pictures)[:120])
    if any(picture.alt for picture in others):
        changes.append(Reason("changed.pictures_in_words"))
    changes += [Reason("changed.picture_missing", other.name[:120]) for other in others if not other.alt]
    stem: Content = {"prompt": prompt, "given": given.strip()}
    if first is None:
        return stem, None
    if first.data is None:
        changes.append(Reason("changed.picture_missing", first.name[:120]))
        words = f"[{first.alt}]" if first.alt else ""
        return {**stem, "given": "\n".join(filter(None, [stem["given"], words]))}, None
    if not first.alt:
        changes.append(Reason("changed.alt_missing", first.name[:120]))
    return {**stem, "picture": {"url": PICTURE_URL, "alt": _words_of(first)}}, first


def _option_pictures(found: Found) -> dict[str, Picture]:
    """Return the pictures of options and of rows by what stands for their addresses."""
    shown = enumerate(pictures_of(found.body))
    return {picture_url(number): picture for number, picture in shown if picture is not None}


def _with_picture(number: int, picture: Picture | None, changes: list[Reason]) -> Content:
    if picture is None:
        return {}
    if not picture.alt:
        changes.append(Reason("changed.alt_missing", picture.name[:120]))
    return {"picture": {"url": picture_url(number), "alt": _words_of(picture)}}


def _words_of(picture: Picture) -> str:
    """Return what a picture shows, its file's name where nobody said it."""
    return picture.alt or picture.name.rpartition("/")[2].rpartition(".")[0] or picture.name


def _options(options: tuple[Option, ...], changes: list[Reason], *, least: Decimal) -> list[Content]:
    rows = []
    for number, option in enumerate(options):
        if option.weight < least:
            changes.append(Reason("changed.negative_share"))
        row = {"id": named(number), "text": option.text, "weight": f"{max(least, option.weight):f}"}
        row |= {"feedback": _kept(option.feedback, changes)} if option.feedback else {}
        rows.append(row | _with_picture(number, option.picture, changes))
    return rows


def _kept(text: str, changes: list[Reason]) -> str:
    """Return a text that is said after the check, nothing where it is too long."""
    if len(text) <= MAX_FEEDBACK:
        return text
    changes.append(Reason("changed.feedback"))
    return ""


def _remarks(found: Found, kind: QuestionType, changes: list[Reason]) -> Content:
    """Return what is said of right and wrong answers, where the type can say it."""
    said = {name: _kept(text, changes) for name, text in found.remarks._asdict().items() if text}
    if said and not any(field.name.startswith("remarks.") for field in kind.author_form({})):
        changes.append(Reason("changed.feedback"))
        return {}
    return {"remarks": said} if said else {}


def _say_single(body: Single, changes: list[Reason]) -> tuple[str, Content]:
    options = _options(body.options, changes, least=Decimal(0))
    return "choice", {"options": options, "shuffle": body.shuffle}


def _say_several(body: Several, changes: list[Reason]) -> tuple[str, Content]:
    options = _options(body.options, changes, least=Decimal(-1))
    parts = {"options": options, "scoring": body.scoring, "shuffle": body.shuffle, "limit": body.limit}
    return "multiple_choice", parts | ({"is_capped": True} if body.is_capped else {})


def _say_true_false(body: TrueFalse, _changes: list[Reason]) -> tuple[str, Content]:
    return "true_false", {"is_true": body.answer}


def _say_typed(body: Typed, _changes: list[Reason]) -> tuple[str, Content]:
    def said(text: str) -> str:
        return text if body.uses_wildcards else text.replace("*", "\\*")

    accepted = [{"text": said(text), "fraction": f"{fraction:f}"} for text, fraction in body.accepted]
    parts: Content = {"accepted": accepted, "is_case_sensitive": body.is_case_sensitive, "size": body.size}
    return "short_text", parts


def _say_number(body: Number, changes: list[Reason]) -> tuple[str, Content]:
    if body.has_odd_end:
        changes.append(Reason("changed.range_end"))
    if len(body.answers) > 1 and body.unit_mode == "none":
        changes.append(Reason("changed.number_as_gap"))
        return _say_gaps(Gaps(("", Gap(body))), changes)
    if len(body.answers) != 1 or body.answers[0].fraction != 1:
        raise Refusal("numeric.several_answers", str(len(body.answers)))
    answer = body.answers[0]
    return "numeric", {
        "answer": f"{answer.value:f}",
        "tolerance": f"{answer.tolerance:f}",
        "tolerance_kind": "relative" if answer.is_relative else "absolute",
        **_unit(body),
        **_precision(body),
    }


def _unit(body: Number | Computed) -> Content:
    """Return the unit of a number, its other names, and how it is asked for."""
    return {
        "unit": body.unit,
        "unit_mode": body.unit_mode,
        "unit_fraction": f"{body.unit_fraction:f}",
        "units": list(body.units),
    }


def _precision(body: Number | Computed) -> Content:
    """Return how a number is rounded before it is compared; one with more digits is as good as it was there."""
    if not body.rounding:
        return {}
    return {"precision": body.rounding, "digits": body.digits, "precision_fraction": "1"}


def _say_pairs(body: Pairs, changes: list[Reason]) -> tuple[str, Content]:
    shown = body.shown or (None,) * len(body.left)
    return "matching", {
        "left": [
            {"id": named(number), "text": text, **_with_picture(number, shown[number], changes)}
            for number, text in enumerate(body.left)
        ],
        "right": [{"id": named(number), "text": text} for number, text in enumerate(body.right)],
        "pairs": {named(row): named(value) for row, value in enumerate(body.pairs)},
        "scoring": body.scoring,
        "shuffle_left": body.shuffle_left,
    }


def _say_order(body: Order, _changes: list[Reason]) -> tuple[str, Content]:
    options = [{"id": named(number), "text": text} for number, text in enumerate(body.items)]
    return "ordering", {"options": options, "scoring": _SCHEMES.get(body.scoring, body.scoring)}


def _say_essay(body: Essay, _changes: list[Reason]) -> tuple[str, Content]:
    rubric = [{"title": title, "points": f"{points:f}"} for title, points in body.rubric]
    limits = {"min_words": body.min_words, "max_words": body.max_words}
    return "essay", {"model_answer": body.model_answer, "rubric": rubric, **limits}


def _say_program(body: Program, _changes: list[Reason]) -> tuple[str, Content]:
    checks = [{**check._asdict(), "points": f"{check.points:f}"} for check in body.checks]
    plain = {name: getattr(body, name) for name in _PROGRAM}
    return "code", {**plain, "checks": checks}


def _say_info(_body: Info, _changes: list[Reason]) -> tuple[str, Content]:
    return "info", {}


def _say_areas(body: Areas, _changes: list[Reason]) -> tuple[str, Content]:
    rows = [
        {
            "id": named(number),
            "text": area.text,
            **{side: f"{getattr(area, side):f}" for side in ("x", "y", "width", "height")},
            "is_right": area.is_right,
        }
        for number, area in enumerate(body.areas)
    ]
    return "hotspot", {"areas": rows}


def _say_varied(body: Varied, changes: list[Reason]) -> tuple[str, Content]:
    """Return a question with variables: another type, and how they are drawn."""
    if isinstance(body.body, Computed):
        name, parts = "numeric", _computed(body.body)
    elif isinstance(body.body, Single):
        name, parts = _say_single(body.body, changes)
    else:
        name, parts = _say_several(body.body, changes)
    variables = [{"name": name, "values": values} for name, values in body.variables]
    return "parametric", {
        "type": name,
        "variables": variables,
        "conditions": list(body.conditions),
        "content": parts,
    }


def _in_one_way(content: Content) -> Content:
    """Return a content with variables, all its formulas written in one way; one that cannot be read stays as it is."""

    def tidy(say: Callable[[str], str], written: str) -> str:
        try:
            return say(written)
        except FormulaError:
            return written  # the type refuses it by name

    def formula(written: str) -> str:
        return tidy(lambda text: line_of(tree_of(text)), written)

    variables = [{**row, "values": tidy(as_written, row["values"])} for row in content["variables"]]
    conditions = [formula(row) for row in content["conditions"]]
    return {
        **content,
        "variables": variables,
        "conditions": conditions,
        "content": with_formulas(content["content"], formula),
    }


def _computed(body: Computed) -> Content:
    formula = body.formula if body.decimals is None else f"round({body.formula}, {body.decimals})"
    kind = "relative" if body.is_relative else "absolute"
    tolerance = {"tolerance": f"{body.tolerance:f}", "tolerance_kind": kind}
    return {"answer": f"{{= {formula}}}", **tolerance, **_unit(body), **_precision(body)}


def _say_maths(body: MathsAnswer, _changes: list[Reason]) -> tuple[str, Content]:
    names = {name for rule in body.rules for name in re.findall(r"(?<![\w%])[A-Za-z]\w+(?![\w(])", rule.text)}
    letters = {name for rule in body.rules for name in re.findall(r"(?<![\w%])[A-Za-z](?![\w(])", rule.text)}
    is_typed = all(rule.typed for rule in body.rules)
    answers = [
        {
            "text": rule.typed if is_typed else rule.text,
            "test": rule.test,
            "option": rule.option,
            "fraction": f"{rule.fraction:f}",
            "says": rule.says,
        }
        for rule in body.rules
    ]
    variables = " ".join(sorted(names | letters)) if names else ""
    if body.variables is not None:
        variables = " ".join(body.variables)
    notation = "school" if is_typed else "maxima"
    return "maths", {"answers": answers, "variables": variables, "notation": notation}


def _say_table(body: Table, _changes: list[Reason]) -> tuple[str, Content]:
    rows = [
        {"id": named(number), "text": text, "right": list(right)}
        for number, (text, right) in enumerate(zip(body.rows, body.right, strict=True))
    ]
    return "table", {"mode": body.mode, "columns": list(body.columns), "rows": rows, "scoring": body.scoring}


def _say_groups(body: Groups, _changes: list[Reason]) -> tuple[str, Content]:
    rows = [
        {"id": named(n), "text": text, "items": list(items)} for n, (text, items) in enumerate(body.groups)
    ]
    return "categorise", {"categories": rows, "scoring": body.scoring}


def _say_words(body: WordBank, _changes: list[Reason]) -> tuple[str, Content]:
    words = [part.word for part in body.parts if isinstance(part, Blank)]
    gaps = [{"id": f"g{number}", "right": word} for number, word in enumerate(words, start=1)]
    parts = _gapped_text(body.parts)
    return "word_bank", {**parts, "gaps": gaps, "decoys": list(body.decoys), "is_once": body.is_once}


def _say_gaps(body: Gaps, changes: list[Reason]) -> tuple[str, Content]:
    """Return a text with gaps; its first line is the prompt when it has no gap."""
    gaps = [part for part in body.parts if isinstance(part, Gap)]
    rows = [_gap(f"g{number}", gap, changes) for number, gap in enumerate(gaps, start=1)]
    parts: Content = {**_gapped_text(body.parts), "gaps": rows}
    cased = {gap.body.is_case_sensitive for gap in gaps if isinstance(gap.body, Typed)}
    if len(cased) > 1:
        raise Refusal("cloze.mixed_case")
    return "cloze", {**parts, "is_case_sensitive": cased == {True}}


def _gapped_text(parts: Sequence[object]) -> Content:
    """Return the text with its gaps named g1, g2, …, and its first line as the prompt where it has no gap."""
    names = (f"{{g{number}}}" for number in range(1, len(parts) + 1))
    text = "".join(part if isinstance(part, str) else next(names) for part in parts).strip()
    first, _, rest = text.partition("\n")
    if rest.strip() and not re.search(r"\{g\d+\}", first):
        return {"prompt": first, "text": rest.strip()}
    return {"text": text, **({"prompt": _FILL_IN[_is_russian(text)]} if len(text) > len("{g1}") else {})}


def _gap(name: str, gap: Gap, changes: list[Reason]) -> Content:
    match gap.body:
        case Single(options):
            right = [option.text for option in options if option.weight == 1]
            wrong = [option.text for option in options if option.weight <= 0]
            if any(option.weight < 0 for option in options):
                changes.append(Reason("changed.negative_share"))
            partly = [option.text for option in options if 0 < option.weight < 1]
            asked: Content = {"kind": "choice", "right": right, "wrong": [*wrong, *partly]}
        case Typed(accepted, _, uses_wildcards):
            partly = [text for text, share in accepted if share != 1]
            texts = [text for text, share in accepted if share == 1]
            asked = {
                "kind": "text",
                "right": texts if uses_wildcards else [t.replace("*", "\\*") for t in texts],
            }
        case Number(answers, has_odd_end=has_odd_end):
            if has_odd_end:
                changes.append(Reason("changed.range_end"))
            partly = [str(answer.value) for answer in answers if answer.fraction != 1]
            whole = [answer for answer in answers if answer.fraction == 1]
            if any(a.is_relative for a in whole):
                raise Refusal("numeric.several_answers", str(len(answers)))
            tolerance = max((a.tolerance for a in whole), default=Decimal(0))
            if len({a.tolerance for a in whole}) > 1:
                numbers = [f"{a.value:f} ± {a.tolerance:f}" for a in whole]
            else:
                numbers = [f"{a.value:f}" for a in whole]
            asked = {"kind": "number", "right": numbers, "tolerance": f"{tolerance:f}"}
    if partly:
        changes.append(Reason("changed.partial_dropped", ", ".join(partly)[:80]))
    return {"id": name, "points": f"{gap.points:f}", **asked}


def _say_upload(body: Upload, _changes: list[Reason]) -> tuple[str, Content]:
    rubric = [{"title": title, "points": f"{points:f}"} for title, points in body.rubric]
    limit = {"most": body.most} if body.most is not None else {}
    return _UPLOADS[body.kind], {"rubric": rubric, "model_answer": body.model_answer, **limit}


_SAY: dict[type, Callable[[Any, list[Reason]], tuple[str, Content]]] = {
    Single: _say_single,
    Several: _say_several,
    TrueFalse: _say_true_false,
    Typed: _say_typed,
    Number: _say_number,
    Pairs: _say_pairs,
    Order: _say_order,
    Essay: _say_essay,
    Program: _say_program,
    Upload: _say_upload,
    Info: _say_info,
    Gaps: _say_gaps,
    WordBank: _say_words,
    Groups: _say_groups,
    Areas: _say_areas,
    Table: _say_table,
    MathsAnswer: _say_maths,
    Varied: _say_varied,
}


def found_of(
    type_name: str,
    content: Mapping[str, Any],
    types: Registry[QuestionType],
    *,
    ref: str,
    title: str,
    tags: tuple[str, ...] = (),
    pictures: Mapping[str, bytes] | None = None,
    tests: Sequence[ItemTest] = (),
) -> Found:
    """Return a content, and its tests, in the words of no format; raise Refusal where these cannot say all of it.

    ``pictures`` are the bytes of its pictures by their addresses.
    """
    ask = _ASK.get(type_name)
    if ask is None:
        raise Refusal("export.unsayable", type_name)
    content = with_dollars(content)
    body = ask(content)
    inner = content["content"] if isinstance(body, Varied) else content  # what is asked, with its variables
    text = "\n".join(filter(None, [str(inner["prompt"]), str(inner.get("given") or "")]))
    text = "" if "gaps" in content else text
    bring = partial(_brought, pictures or {})
    shown = bring(inner)
    hints = tuple(inner.get("hints", ()))
    body = _with_pictures(body, inner, bring)
    if isinstance(body, MathsAnswer):
        body = replace(body, tests=asked_tests(content, tests))
    remarks = Remarks(**inner.get("remarks", {}))
    prose = Prose(text, (shown,) if shown else ())
    why = str(inner.get("explanation", ""))
    found = Found(ref, type_name, "", title, prose, body, None, (), tags, hints, remarks, why)
    if not _is_same(take(found, types).content, content, types.get(type_name), types):
        raise Refusal("export.unsayable", type_name)
    return found


def _is_same(
    again: Content, content: Mapping[str, Any], kind: QuestionType, types: Registry[QuestionType]
) -> bool:
    """Tell whether a question as an import would write it asks the same; of one with variables its first variants are compared."""
    if not getattr(kind, "has_variables", False):
        return again == as_imported(content, kind)
    inner = types.get(content["type"])
    return again["type"] == content["type"] and all(
        _variant(again, inner, seed) == _variant(content, inner, seed) for seed in _COMPARED_SEEDS
    )


def _variant(content: Mapping[str, Any], inner: QuestionType, seed: int) -> Content:
    """Return a variant of a question with variables as an import would write it."""
    rows = [(row["name"], row["values"]) for row in content["variables"]]
    drawn = draw(rows, content["conditions"], seed)
    return as_imported(inner.validate_content(put_in(content["content"], drawn)), inner)


def _brought(pictures: Mapping[str, bytes], row: Mapping[str, Any]) -> Picture | None:
    """Return the picture of a question or a row with its bytes."""
    shown = row.get("picture")
    if not shown:
        return None
    data = pictures.get(shown["url"])
    return Picture(f"picture{_suffix(data)}", str(shown["alt"]), data)


def _with_pictures(
    body: Body, content: Mapping[str, Any], bring: Callable[[Mapping[str, Any]], Picture | None]
) -> Body:
    """Return a body whose options or rows have their pictures."""
    if isinstance(body, Single | Several):
        rows = zip(body.options, content["options"], strict=True)
        return replace(body, options=tuple(option._replace(picture=bring(row)) for option, row in rows))
    if isinstance(body, Pairs) and any(row.get("picture") for row in content["left"]):
        return replace(body, shown=tuple(bring(row) for row in content["left"]))
    return body


def _suffix(data: bytes | None) -> str:
    starts = {b"\x89PNG": ".png", b"\xff\xd8\xff": ".jpg", b"RIFF": ".webp"}
    return next((suffix for start, suffix in starts.items() if (data or b"").startswith(start)), "")


def _asked_options(content: Mapping[str, Any]) -> tuple[Option, ...]:
    return tuple(
        Option(row["text"], Decimal(row["weight"]), feedback=row.get("feedback", ""))
        for row in content["options"]
    )


def _ask_several(content: Mapping[str, Any]) -> Body:
    options = _asked_options(content)
    if content["scoring"] == "all_or_nothing":
        options = tuple(option._replace(weight=Decimal(int(option.weight > 0))) for option in options)
    is_capped = bool(content.get("is_capped"))
    return Several(options, content["scoring"], content["shuffle"], content.get("limit"), is_capped)


def _ask_typed(content: Mapping[str, Any]) -> Body:
    texts = [(row["text"], Decimal(row["fraction"])) for row in content["accepted"]]
    wild = any("*" in text.replace("\\*", "") for text, _ in texts)
    kept = [(text if wild else text.replace("\\*", "*"), fraction) for text, fraction in texts]
    return Typed(tuple(kept), content["is_case_sensitive"], wild, content["size"])


def _ask_number(content: Mapping[str, Any]) -> Body:
    try:
        value = Decimal(content["answer"])
    except ArithmeticError:
        raise Refusal("export.unsayable", "numeric") from None
    is_relative = content["tolerance_kind"] == "relative"
    answer = NumberAnswer(value, Decimal(content["tolerance"]), is_relative)
    mode = content["unit_mode"]
    units = tuple(content["units"])
    number = Number((answer,), content["unit"], mode, Decimal(content["unit_fraction"]), units)
    if content["precision"] == "none" or Decimal(content["precision_fraction"]) != 1:
        return number
    return replace(number, rounding=content["precision"], digits=content["digits"])


def _ask_varied(content: Mapping[str, Any]) -> Body:
    """Return a question with variables: a number that is a formula of them, or a choice."""
    inner = content["content"]
    ask = _ASK_VARIED.get(content["type"])
    if ask is None:
        raise Refusal("export.unsayable", content["type"])
    try:
        body = ask(inner)
    except (KeyError, ArithmeticError):
        raise Refusal("export.unsayable", "parametric") from None
    variables = tuple((row["name"], row["values"]) for row in content["variables"])
    return Varied(variables, body, tuple(content["conditions"]))


def _ask_computed(inner: Mapping[str, Any]) -> Computed:
    """Return the number that a formula gives: its answer is nothing but a variable or a formula."""
    place = _PLACE.fullmatch(str(inner["answer"]).strip())
    number = _ask_number({**_NUMBER, **inner, "answer": "0"})
    if place is None or not isinstance(number, Number):
        raise Refusal("export.unsayable", "parametric")
    answer = number.answers[0]
    return Computed(
        place["formula"] or place["name"],
        answer.tolerance,
        answer.is_relative,
        None,
        number.rounding,
        number.digits,
        number.unit,
        number.unit_mode,
        number.unit_fraction,
        number.units,
    )


def _ask_drawn_options(is_one: bool, inner: Mapping[str, Any]) -> Single | Several:
    rows = [{"text": "", "weight": "0", **row} for row in inner["options"]]
    options = tuple(
        Option(row["text"], Decimal(row["weight"] or 0), feedback=row.get("feedback", "")) for row in rows
    )
    if is_one:
        return Single(options, bool(inner.get("shuffle", True)))
    return Several(
        options,
        inner.get("scoring", "weights"),
        bool(inner.get("shuffle", True)),
        inner.get("limit"),
        bool(inner.get("is_capped")),
    )


_ASK_VARIED: dict[str, Callable[[Mapping[str, Any]], Computed | Single | Several]] = {
    "numeric": _ask_computed,
    "choice": partial(_ask_drawn_options, True),
    "multiple_choice": partial(_ask_drawn_options, False),
}


def _ask_pairs(content: Mapping[str, Any]) -> Body:
    right = by_use(content)
    places = {row["id"]: number for number, row in enumerate(right)}
    return Pairs(
        tuple(row["text"] for row in content["left"]),
        tuple(row["text"] for row in right),
        tuple(places[content["pairs"][row["id"]]] for row in content["left"]),
        content["scoring"],
        content["shuffle_left"],
    )


def _ask_order(content: Mapping[str, Any]) -> Body:
    scheme = content["scoring"]
    return Order(tuple(row["text"] for row in content["options"]), _OUR_SCHEMES.get(scheme, scheme))


def _ask_essay(content: Mapping[str, Any]) -> Body:
    limits = (content["min_words"] or None, content["max_words"] or None)
    return Essay(content["model_answer"], _asked_rubric(content), *limits)


def _asked_rubric(content: Mapping[str, Any]) -> tuple[tuple[str, Decimal], ...]:
    """Return the lines of a rubric; none where it has the one line that an import adds."""
    rubric = tuple((row["title"], Decimal(row["points"])) for row in content["rubric"])
    is_added = len(rubric) == 1 and rubric[0][0] in _WHOLE.values() and rubric[0][1] == 1
    return () if is_added else rubric


def _ask_upload(kind: str, content: Mapping[str, Any]) -> Body:
    return Upload(_asked_rubric(content), content["model_answer"], content["most"], kind)


def _ask_areas(content: Mapping[str, Any]) -> Body:
    areas = []
    for row in content["areas"]:
        x, y, width, height = (Decimal(row[side]) for side in ("x", "y", "width", "height"))
        areas.append(Area(row["text"], x, y, width, height, row["is_right"]))
    return Areas(tuple(areas))


def _ask_groups(content: Mapping[str, Any]) -> Body:
    groups = tuple((row["text"], tuple(row["items"])) for row in content["categories"])
    return Groups(groups, content["scoring"])


def _ask_table(content: Mapping[str, Any]) -> Body:
    """Return a table of choices; one that is written into has contents that no format keeps apart."""
    if content["mode"] == "entries":
        raise Refusal("export.unsayable", "table")
    rows = content["rows"]
    right = tuple(tuple(name for name in content["columns"] if name in row["right"]) for row in rows)
    texts = tuple(row["text"] for row in rows)
    scoring = plain_scoring(content)
    return Table(tuple(content["columns"]), texts, right, scoring, content["mode"])


def _ask_words(content: Mapping[str, Any]) -> Body:
    words = {gap["id"]: gap["right"] for gap in content["gaps"]}
    first, *texts = texts_between(content["text"])
    parts: list[str | Blank] = [f"{content['prompt']}\n{first}"]
    for name, text in zip(gap_names(content["text"]), texts, strict=True):
        parts += [Blank(words[name]), text]
    return WordBank(tuple(parts), plain_decoys(content), content["is_once"])


def _ask_maths(content: Mapping[str, Any]) -> Body:
    words, notation = content["variables"].split(), answer_notation(content)
    try:
        rules = tuple(
            MathsRule(
                row["test"],
                in_maxima(row["text"], notation, words),
                in_maxima(row["option"], "maxima") if row["option"] else "",
                Decimal(row["fraction"]),
                row["says"],
                row["text"] if content["notation"] == "school" else "",
            )
            for row in content["answers"]
        )
    except MathsError:
        raise Refusal("export.unsayable", "maths") from None
    return MathsAnswer(rules, (), tuple(words))


def _ask_program(content: Mapping[str, Any]) -> Body:
    checks = [ProgramCheck(**{**check, "points": Decimal(check["points"])}) for check in content["checks"]]
    return Program(checks=tuple(checks), **{name: content[name] for name in _PROGRAM})


def _ask_gaps(content: Mapping[str, Any]) -> Body:
    by_name = {gap["id"]: gap for gap in content["gaps"]}
    first, *texts = texts_between(content["text"])
    parts: list[str | Gap] = [f"{content['prompt']}\n{first}"]
    for name, text in zip(gap_names(content["text"]), texts, strict=True):
        parts += [_asked_gap(by_name[name], is_case_sensitive=content["is_case_sensitive"]), text]
    return Gaps(tuple(parts))


def _asked_gap(row: Mapping[str, Any], *, is_case_sensitive: bool) -> Gap:
    body: Single | Typed | Number
    if row["kind"] == "choice":
        options = [(text, Decimal(1)) for text in row["right"]] + [
            (text, Decimal(0)) for text in row["wrong"]
        ]
        body = Single(tuple(Option(text, weight) for text, weight in options))
    elif row["kind"] == "number":
        try:
            split = [text.partition("±") for text in row["right"]]
            numbers = tuple(
                NumberAnswer(Decimal(value.strip()), Decimal(own.strip() or row["tolerance"]))
                for value, _, own in split
            )
        except ArithmeticError:
            raise Refusal("export.unsayable", "number") from None
        body = Number(numbers)
    else:
        wild = any("*" in text.replace("\\*", "") for text in row["right"])
        texts = [text if wild else text.replace("\\*", "*") for text in row["right"]]
        body = Typed(tuple((text, Decimal(1)) for text in texts), is_case_sensitive, wild)
    return Gap(body, Decimal(row["points"]))


_ASK: dict[str, Callable[[Mapping[str, Any]], Body]] = {
    "choice": lambda content: Single(_asked_options(content), content["shuffle"]),
    "multiple_choice": _ask_several,
    "true_false": lambda content: TrueFalse(content["is_true"]),
    "short_text": _ask_typed,
    "numeric": _ask_number,
    "matching": _ask_pairs,
    "ordering": _ask_order,
    "essay": _ask_essay,
    "code": _ask_program,
    "info": lambda _content: Info(),
    "cloze": _ask_gaps,
    "word_bank": _ask_words,
    "categorise": _ask_groups,
    "table": _ask_table,
    "hotspot": _ask_areas,
    "maths": _ask_maths,
    "parametric": _ask_varied,
    **{name: partial(_ask_upload, kind) for kind, name in _UPLOADS.items()},
}
