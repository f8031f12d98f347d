"""Write the parts that all items of QTI 3.0 are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from xml.sax.saxutils import escape, quoteattr

from lms.assessment.formats.text import html_of
from lms.assessment.formats.values import Picture

__all__ = ["declaration", "image", "mapping", "names_of", "template", "xhtml"]

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


def names_of(options: Sequence[object]) -> list[str]:
    """Return c1, c2, … for options."""
    return [f"c{number}" for number in range(1, len(options) + 1)]
