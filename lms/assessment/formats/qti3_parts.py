"""Write the parts that all items of QTI 3.0 are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from xml.sax.saxutils import escape, quoteattr

from lms.assessment.formats.text import html_of
from lms.assessment.formats.values import Option, Picture, Remarks

__all__ = ["declaration", "image", "mapping", "names_of", "said_after", "template", "xhtml"]

_TEMPLATE = "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/"


def xhtml(text: str) -> str:
    """Return a text as XHTML."""
    return html_of(text).replace("<br>", "<br/>")


def image(picture: Picture | None, pictures: Sequence[tuple[str, Picture]]) -> str:
    """Return where a text shows a picture, ``pictures`` being all of the item's with their addresses; '' without one."""
    address = next((address for address, one in pictures if one is picture), None)
    return (
        ""
        if picture is None or address is None
        else f"<img src={quoteattr(address)} alt={quoteattr(picture.alt)}/>"
    )


def template(name: str) -> str:
    """Return the processing by a standard template."""
    return f'<qti-response-processing template="{_TEMPLATE}{name}.xml"/>\n'


def declaration(
    correct: Sequence[str],
    cardinality: str,
    base: str,
    mapping: str = "",
    name: str = "RESPONSE",
) -> str:
    """Return the declaration of a response with its key and its mapping."""
    values = "".join(f"<qti-value>{escape(value)}</qti-value>" for value in correct)
    key = f"<qti-correct-response>{values}</qti-correct-response>" if correct else ""
    return (
        f'<qti-response-declaration identifier="{name}" cardinality="{cardinality}" base-type="{base}">'
        f"{key}{mapping}</qti-response-declaration>\n"
    )


def mapping(
    entries: Iterable[tuple[str, Decimal]],
    *,
    lower: bool = False,
    upper: bool = False,
    is_cased: bool = True,
    default: int = 0,
) -> str:
    """Return points for values; ``default`` for all others, the sum never below zero with ``lower``, above one with ``upper``."""
    case = "" if is_cased else ' case-sensitive="false"'
    rows = "".join(
        f'<qti-map-entry map-key={quoteattr(key)} mapped-value="{value:f}"{case}/>' for key, value in entries
    )
    bounds = (' lower-bound="0"' if lower else "") + (' upper-bound="1"' if upper else "")
    return f'<qti-mapping default-value="{default}"{bounds}>{rows}</qti-mapping>'


def _outcome(name: str, default: str = "", cardinality: str = "single") -> str:
    value = f"<qti-default-value><qti-value>{default}</qti-value></qti-default-value>" if default else ""
    return (
        f'<qti-outcome-declaration identifier="{name}" cardinality="{cardinality}" base-type="identifier">'
        f"{value}</qti-outcome-declaration>\n"
    )


def _spoken(outcome: str, value: str, text: str) -> str:
    return (
        f'<qti-modal-feedback outcome-identifier="{outcome}" identifier="{value}" show-hide="show">'
        f"<qti-content-body><p>{xhtml(text)}</p></qti-content-body></qti-modal-feedback>\n"
    )


#: What the standard templates compute, to be followed by rules of one's own.
_COMPUTED = {
    "match_correct": (
        '<qti-response-condition><qti-response-if><qti-match><qti-variable identifier="RESPONSE"/>'
        '<qti-correct identifier="RESPONSE"/></qti-match><qti-set-outcome-value identifier="SCORE">'
        '<qti-base-value base-type="float">1</qti-base-value></qti-set-outcome-value></qti-response-if></qti-response-condition>'
    ),
    "map_response": (
        '<qti-set-outcome-value identifier="SCORE"><qti-map-response identifier="RESPONSE"/></qti-set-outcome-value>'
    ),
}


def said_after(
    processing: str, options: Sequence[Option], remarks: Remarks, explanation: str, *, is_multiple: bool
) -> tuple[str, str, str]:
    """Return the declarations, the processing and the texts of what is said after the check; ``processing`` computes the score."""
    outcomes = rules = texts = ""
    if any(option.feedback for option in options):
        outcomes += _outcome("CHOSEN", cardinality="multiple" if is_multiple else "single")
        rules += '<qti-set-outcome-value identifier="CHOSEN"><qti-variable identifier="RESPONSE"/></qti-set-outcome-value>'
        rows = zip(names_of(options), options, strict=True)
        texts += "".join(_spoken("CHOSEN", name, row.feedback) for name, row in rows if row.feedback)
    if any(remarks):
        outcomes += _outcome("WORTH")
        rules += _WORTH
        texts += "".join(_spoken("WORTH", name, text) for name, text in remarks._asdict().items() if text)
    if explanation:
        outcomes += _outcome("EXPLAINED", "always")
        texts += _spoken("EXPLAINED", "always", explanation)
    if not rules:
        return outcomes, processing, texts
    for name, computed in _COMPUTED.items():
        if processing == template(name):
            processing = f"<qti-response-processing>{computed}</qti-response-processing>\n"
    end = "</qti-response-processing>"
    before, found, after = processing.rpartition(end)
    return outcomes, f"{before}{rules}{found}{after}" if found else processing, texts


def _worth_rule(tag: str, name: str, test: str) -> str:
    value = f'<qti-base-value base-type="identifier">{name}</qti-base-value>'
    return f'<{tag}>{test}<qti-set-outcome-value identifier="WORTH">{value}</qti-set-outcome-value></{tag}>'


def _score_is(operator: str, points: str) -> str:
    limit = f'<qti-base-value base-type="float">{points}</qti-base-value>'
    return f'<{operator}><qti-variable identifier="SCORE"/>{limit}</{operator}>'


#: Thirds add up to a little less than everything.
_WORTH = (
    "<qti-response-condition>"
    + _worth_rule("qti-response-if", "right", _score_is("qti-gte", "0.999"))
    + _worth_rule("qti-response-else-if", "partial", _score_is("qti-gt", "0"))
    + _worth_rule("qti-response-else", "wrong", "")
    + "</qti-response-condition>"
)


def names_of(options: Sequence[object]) -> list[str]:
    """Return c1, c2, … for options."""
    return [f"c{number}" for number in range(1, len(options) + 1)]
