"""Write a QTI 3.0 package: one item a file, pictures beside them, a manifest."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from decimal import Decimal
from xml.sax.saxutils import escape, quoteattr

from lms.assessment.formats.qti3_drawn import drawn_for_qti
from lms.assessment.formats.qti3_hands import said_by_hand
from lms.assessment.formats.qti3_parts import (
    declaration,
    image,
    mapping,
    names_of,
    said_after,
    template,
    xhtml,
)
from lms.assessment.formats.qti3_sets import match_interaction, said_in_sets
from lms.assessment.formats.qti_patterns import pattern_of, without_stars
from lms.assessment.formats.values import (
    USUAL_SIZE,
    Areas,
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
    Refusal,
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

__all__ = ["write_qti3"]

_NS = "http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
_CP = "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1"
_LOM = "http://ltsc.ieee.org/xsd/LOM"
_STAMP = (2020, 1, 1, 0, 0, 0)  # the same questions give the same bytes


def write_qti3(questions: Iterable[Found]) -> bytes:
    """Return a package; raise Refusal for what the format cannot say."""
    buffer = io.BytesIO()
    resources = []
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for number, question in enumerate(questions, start=1):
            name = f"items/q{number}.xml"
            pictures = _pictures([*question.prompt.pictures, *pictures_of(question.body)], number)
            _put(package, name, _item(question, number, pictures).encode())
            for address, picture in pictures:
                _put(package, f"items/{address}", picture.data or b"")
            hrefs = [name, *(f"items/{address}" for address, _ in pictures)]
            resources.append(_resource(number, hrefs, question.tags))
        _put(package, "imsmanifest.xml", _manifest(resources).encode())
    return buffer.getvalue()


def _put(package: zipfile.ZipFile, name: str, data: bytes) -> None:
    package.writestr(zipfile.ZipInfo(name, _STAMP), data, zipfile.ZIP_DEFLATED)


def _pictures(pictures: Sequence[Picture | None], number: int) -> list[tuple[str, Picture]]:
    """Return the pictures of a question with their addresses in the package."""
    found = [picture for picture in pictures if picture is not None]
    if any(picture.data is None for picture in found):
        raise Refusal("export.picture_missing", found[0].name)
    return [
        (f"media/q{number}-{place}{_suffix(picture)}", picture)
        for place, picture in enumerate(found, start=1)
    ]


def _suffix(picture: Picture) -> str:
    suffix = picture.name.rpartition(".")[2].casefold()
    return f".{suffix}" if suffix in ("png", "jpg", "jpeg", "webp", "gif") else ""


def _resource(number: int, hrefs: Sequence[str], tags: Sequence[str]) -> str:
    keywords = "".join(f"<keyword><string>{escape(tag)}</string></keyword>" for tag in tags)
    about = f'<metadata><lom xmlns="{_LOM}"><general>{keywords}</general></lom></metadata>' if tags else ""
    files = "".join(f"<file href={quoteattr(href)}/>" for href in hrefs)
    return f'<resource identifier="r{number}" type="imsqti_item_xmlv3p0" href={quoteattr(hrefs[0])}>{about}{files}</resource>'


def _manifest(resources: Sequence[str]) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<manifest xmlns="{_CP}" identifier="package"><metadata>'
        "<schema>QTI Package</schema><schemaversion>3.0.0</schemaversion></metadata><organizations/>"
        f"<resources>{''.join(resources)}</resources></manifest>\n"
    )


def _item(question: Found, number: int, pictures: Sequence[tuple[str, Picture]]) -> str:
    question, drawn = drawn_for_qti(question) if isinstance(question.body, Varied) else (question, None)
    declarations, interaction, processing = _said(question.body, pictures)
    options = question.body.options if isinstance(question.body, Single | Several) else ()
    outcomes, processing, texts = said_after(
        processing,
        options,
        question.remarks,
        question.explanation,
        is_multiple=isinstance(question.body, Several),
    )
    pictures = pictures[: len(question.prompt.pictures)]  # the others stand in the interaction
    prompt, _, given = question.prompt.text.partition("\n")
    lines = [prompt, given] if given else [prompt]
    stem = (
        ""
        if isinstance(question.body, Gaps | WordBank)
        else "".join(f"<p>{xhtml(line)}</p>" for line in lines)
    )
    shown = "".join(f"<p><img src={quoteattr(a)} alt={quoteattr(p.alt)}/></p>" for a, p in pictures)
    shown = "" if isinstance(question.body, Areas) else shown  # there it stands in the interaction
    inside = f"{stem}{shown}{interaction}"
    if drawn is not None:
        declared, steps = drawn.rules()
        outcomes, inside, texts = outcomes + declared + steps, drawn.put_in(inside), drawn.put_in(texts)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<qti-assessment-item xmlns="{_NS}" identifier={quoteattr(question.ref)} '
        f'title={quoteattr(question.title)} adaptive="false" time-dependent="false">\n{declarations}'
        '<qti-outcome-declaration identifier="SCORE" cardinality="single" base-type="float">'
        f"<qti-default-value><qti-value>0</qti-value></qti-default-value></qti-outcome-declaration>\n{outcomes}"
        f"<qti-item-body>{inside}</qti-item-body>\n{processing}{texts}</qti-assessment-item>\n"
    )


def _choices(
    options: Sequence[Option], tag: str = "qti-simple-choice", pictures: Sequence[tuple[str, Picture]] = ()
) -> str:
    return "".join(
        f'<{tag} identifier="{name}">{xhtml(option.text)}{image(option.picture, pictures)}</{tag}>'
        for name, option in zip(names_of(options), options, strict=True)
    )


def _said(body: Body | None, pictures: Sequence[tuple[str, Picture]]) -> tuple[str, str, str]:
    """Return the declarations, the interaction and the response processing."""
    match body:
        case TrueFalse(answer):
            return _true_false(answer)
        case Single():
            return _single(body, pictures)
        case Several():
            return _several(body, pictures)
        case Typed():
            return _typed(body)
        case Number() | Computed():
            return _lone_number(body)
        case Pairs():
            return _pairs(body, pictures)
        case Order(items, scoring=("all_or_nothing" | "absolute_position") as scoring):
            return _order(items, scoring)
        case Essay() | Upload() | Areas():
            return said_by_hand(body, pictures)
        case Groups() | Table() | WordBank():
            return said_in_sets(body)
        case Info():
            return "", "", ""
        case Gaps(parts):
            return _gaps(parts)
    raise Refusal("export.unsayable")


def _true_false(answer: bool) -> tuple[str, str, str]:
    rows = '<qti-simple-choice identifier="true">True</qti-simple-choice>'
    rows += '<qti-simple-choice identifier="false">False</qti-simple-choice>'
    inside = f'<qti-choice-interaction response-identifier="RESPONSE" max-choices="1">{rows}</qti-choice-interaction>'
    return declaration([str(answer).lower()], "single", "identifier"), inside, template("match_correct")


def _single(body: Single, pictures: Sequence[tuple[str, Picture]]) -> tuple[str, str, str]:
    names, shuffle = names_of(body.options), str(body.shuffle).lower()
    right = next(name for name, option in zip(names, body.options, strict=True) if option.weight == 1)
    inside = (
        f'<qti-choice-interaction response-identifier="RESPONSE" max-choices="1" shuffle="{shuffle}">'
        f"{_choices(body.options, pictures=pictures)}</qti-choice-interaction>"
    )
    earned = [(n, o.weight) for n, o in zip(names, body.options, strict=True) if o.weight]
    if len(earned) == 1:
        return declaration([right], "single", "identifier"), inside, template("match_correct")
    return declaration([right], "single", "identifier", mapping(earned)), inside, template("map_response")


def _several(body: Several, pictures: Sequence[tuple[str, Picture]]) -> tuple[str, str, str]:
    names, shuffle = names_of(body.options), str(body.shuffle).lower()
    weights = [(name, option.weight) for name, option in zip(names, body.options, strict=True)]
    right = [name for name, weight in weights if weight > 0]
    inside = (
        f'<qti-choice-interaction response-identifier="RESPONSE" max-choices="{body.limit or 0}" '
        f'shuffle="{shuffle}">{_choices(body.options, pictures=pictures)}</qti-choice-interaction>'
    )
    if body.scoring == "all_or_nothing":
        return declaration(right, "multiple", "identifier"), inside, template("match_correct")
    if body.scoring != "weights":
        raise Refusal("export.unsayable", body.scoring)
    earned_by = mapping([(n, w) for n, w in weights if w], lower=True, upper=body.is_capped)
    return declaration(right, "multiple", "identifier", earned_by), inside, template("map_response")


def _typed(body: Typed, name: str = "RESPONSE") -> tuple[str, str, str]:
    right = next(text for text, share in body.accepted if share == 1)
    earned_by = "" if body.uses_wildcards else mapping(body.accepted, is_cased=body.is_case_sensitive)
    if body.uses_wildcards:
        right = without_stars(right)
    width = "" if body.size in (None, USUAL_SIZE) else f' expected-length="{body.size}"'
    entry = f'<qti-text-entry-interaction response-identifier="{name}"{width}/>'
    return (
        declaration([right], "single", "string", earned_by, name),
        f"<p>{entry}</p>",
        f"<qti-response-processing>{_by_pattern(body, name)}</qti-response-processing>\n"
        if body.uses_wildcards
        else template("map_response"),
    )


def _by_pattern(body: Typed, name: str, points: Decimal = Decimal(1)) -> str:
    """Return the rule that adds the points of the form that is worth most among those that an answer fits."""
    ranked = sorted(body.accepted, key=lambda row: -row[1])
    branches = ""
    for number, (form, share) in enumerate(ranked):
        tag = "qti-response-else-if" if number else "qti-response-if"
        pattern = quoteattr(pattern_of(form, is_case_sensitive=body.is_case_sensitive))
        branches += (
            f'<{tag}><qti-pattern-match pattern={pattern}><qti-variable identifier="{name}"/></qti-pattern-match>'
            f"{_added(share * points)}</{tag}>"
        )
    return f"<qti-response-condition>{branches}</qti-response-condition>"


def _added(points: Decimal) -> str:
    """Return the rule that adds points to the score."""
    return (
        '<qti-set-outcome-value identifier="SCORE"><qti-sum><qti-variable identifier="SCORE"/>'
        f'<qti-base-value base-type="float">{points:f}</qti-base-value></qti-sum></qti-set-outcome-value>'
    )


#: How a number is rounded before it is compared.
_ROUNDED = {"decimals": "decimalPlaces", "figures": "significantFigures"}


def _number(answer: NumberAnswer, body: Number) -> tuple[str, str, str]:
    mode, tolerance = (
        ("relative", answer.tolerance * 100) if answer.is_relative else ("absolute", answer.tolerance)
    )
    how = (
        f'tolerance-mode="{mode}" tolerance="{tolerance:f} {tolerance:f}"'
        if tolerance
        else 'tolerance-mode="exact"'
    )
    compared = f"qti-equal {how}"
    if body.rounding:
        compared = f'qti-equal-rounded rounding-mode="{_ROUNDED[body.rounding]}" figures="{body.digits}"'
    entry = '<p><qti-text-entry-interaction response-identifier="RESPONSE"/></p>'
    processing = (
        f"<qti-response-processing><qti-response-condition><qti-response-if><{compared}>"
        f'<qti-correct identifier="RESPONSE"/><qti-variable identifier="RESPONSE"/></{compared.partition(" ")[0]}>'
        '<qti-set-outcome-value identifier="SCORE"><qti-base-value base-type="float">1</qti-base-value>'
        "</qti-set-outcome-value></qti-response-if></qti-response-condition></qti-response-processing>\n"
    )
    return declaration([f"{answer.value:f}"], "single", "float"), entry, processing


def _lone_number(body: Number | Computed) -> tuple[str, str, str]:
    """Return a number without a unit: one that is right, or one whose right value the template processing sets."""
    if body.unit_mode != "none":
        raise Refusal("export.unsayable", "unit")
    if isinstance(body, Computed):
        return _computed(body)
    if len(body.answers) != 1 or body.answers[0].fraction != 1:
        raise Refusal("export.unsayable", "numeric")
    return _number(body.answers[0], body)


def _computed(body: Computed) -> tuple[str, str, str]:
    answer = NumberAnswer(Decimal(0), body.tolerance, body.is_relative)
    number = Number((answer,), rounding=body.rounding, digits=body.digits)
    _declared, entry, processing = _number(answer, number)
    return declaration([], "single", "float"), entry, processing


def _pairs(body: Pairs, pictures: Sequence[tuple[str, Picture]]) -> tuple[str, str, str]:
    pairs = [f"l{row} r{value}" for row, value in enumerate(body.pairs)]
    shuffle = f' shuffle="{str(body.shuffle_left).lower()}"'
    images = [image(picture, pictures) for picture in body.shown]
    inside = match_interaction(body.left, body.right, shuffle, images=images)
    if body.scoring == "all_or_nothing":
        return declaration(pairs, "multiple", "directedPair"), inside, template("match_correct")
    earned_by = mapping([(pair, Decimal(1)) for pair in pairs])
    return declaration(pairs, "multiple", "directedPair", earned_by), inside, template("map_response")


def _order(items: Sequence[str], scoring: str) -> tuple[str, str, str]:
    names = names_of(items)
    rows = "".join(
        f'<qti-simple-choice identifier="{name}">{xhtml(text)}</qti-simple-choice>'
        for name, text in zip(names, items, strict=True)
    )
    inside = (
        f'<qti-order-interaction response-identifier="RESPONSE" shuffle="true">{rows}</qti-order-interaction>'
    )
    key = declaration(names, "ordered", "identifier")
    if scoring == "all_or_nothing":
        return key, inside, template("match_correct")
    places = "".join(_right_place(place, name) for place, name in enumerate(names, start=1))
    return key, inside, f"<qti-response-processing>{places}</qti-response-processing>\n"


def _right_place(place: int, name: str) -> str:
    """Return the rule that adds a point for what stands in its right place."""
    return (
        f'<qti-response-condition><qti-response-if><qti-match><qti-index n="{place}">'
        '<qti-variable identifier="RESPONSE"/></qti-index>'
        f'<qti-base-value base-type="identifier">{name}</qti-base-value></qti-match>'
        '<qti-set-outcome-value identifier="SCORE"><qti-sum><qti-variable identifier="SCORE"/>'
        '<qti-base-value base-type="float">1</qti-base-value></qti-sum></qti-set-outcome-value>'
        "</qti-response-if></qti-response-condition>"
    )


def _gaps(parts: Sequence[str | Gap]) -> tuple[str, str, str]:
    """Return a text with inline interactions whose points are added up."""
    declarations, body, added, rules, names = "", "", "", "", list[str]()
    for part in parts:
        if isinstance(part, str):
            body += xhtml(part)
            continue
        names.append(f"RESPONSE{len(names) + 1}")
        declared, inside = _gap(part, names[-1])
        declarations, body = declarations + declared, body + inside
        if isinstance(part.body, Number) and any(answer.tolerance for answer in part.body.answers):
            rules += _within(part.body.answers, part.points, names[-1])
        elif isinstance(part.body, Typed) and part.body.uses_wildcards:
            rules += _by_pattern(part.body, names[-1], part.points)
        else:
            added += f'<qti-map-response identifier="{names[-1]}"/>'
    mapped = (
        f'<qti-set-outcome-value identifier="SCORE"><qti-sum>{added}</qti-sum></qti-set-outcome-value>'
        if added
        else ""
    )
    processing = f"<qti-response-processing>{mapped}{rules}</qti-response-processing>\n"
    return declarations, f"<p>{body}</p>", processing


def _gap(gap: Gap, name: str) -> tuple[str, str]:
    match gap.body:
        case Single(options, shuffle):
            names = names_of(options)
            earned_by = mapping(
                [(n, o.weight * gap.points) for n, o in zip(names, options, strict=True) if o.weight]
            )
            right = next(n for n, o in zip(names, options, strict=True) if o.weight == 1)
            inside = (
                f'<qti-inline-choice-interaction response-identifier="{name}" shuffle="{str(shuffle).lower()}">'
                f"{_choices(options, 'qti-inline-choice')}</qti-inline-choice-interaction>"
            )
            return declaration([right], "single", "identifier", earned_by, name), inside
        case Typed(accepted, uses_wildcards=True):
            entry = f'<qti-text-entry-interaction response-identifier="{name}"/>'
            right = without_stars(next(text for text, share in accepted if share == 1))
            return declaration([right], "single", "string", "", name), entry
        case Typed(accepted, is_case_sensitive):
            right = next(text for text, share in accepted if share == 1)
            earned_by = mapping(
                [(t, share * gap.points) for t, share in accepted], is_cased=is_case_sensitive
            )
            entry = f'<qti-text-entry-interaction response-identifier="{name}"/>'
            return declaration([right], "single", "string", earned_by, name), entry
        case Number(answers):
            return _number_gap(answers, gap.points, name)
    raise Refusal("export.unsayable", "gap")


def _number_gap(answers: Sequence[NumberAnswer], points: Decimal, name: str) -> tuple[str, str]:
    """Return a gap for numbers: exact ones are in a mapping, others in the rules (see `_within`)."""
    if any(answer.is_relative for answer in answers):
        raise Refusal("export.unsayable", "tolerance of a gap")
    is_loose = any(answer.tolerance for answer in answers)
    exact = [(f"{answer.value:f}", answer.fraction * points) for answer in answers]
    earned_by = "" if is_loose else mapping(exact)
    entry = f'<qti-text-entry-interaction response-identifier="{name}"/>'
    return declaration([f"{answers[0].value:f}"], "single", "float", earned_by, name), entry


def _within(answers: Sequence[NumberAnswer], points: Decimal, name: str) -> str:
    """Return the rule that adds the points of the first number that the answer is near enough to."""
    branches = "".join(
        f"<qti-response-{'else-if' if number else 'if'}>{_near(answer, name)}"
        f"{_added(answer.fraction * points)}</qti-response-{'else-if' if number else 'if'}>"
        for number, answer in enumerate(answers)
    )
    return f"<qti-response-condition>{branches}</qti-response-condition>"


def _near(answer: NumberAnswer, name: str) -> str:
    limit = 'tolerance-mode="exact"'
    if answer.tolerance:
        limit = f'tolerance-mode="absolute" tolerance="{answer.tolerance:f} {answer.tolerance:f}"'
    return (
        f"<qti-equal {limit}>"
        f'<qti-base-value base-type="float">{answer.value:f}</qti-base-value>'
        f'<qti-variable identifier="{name}"/></qti-equal>'
    )
