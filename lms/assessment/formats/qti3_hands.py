"""Write for QTI 3.0 what is written at length, handed in, or pointed at on a picture."""

from __future__ import annotations

import io
from collections.abc import Sequence
from decimal import Decimal
from xml.sax.saxutils import quoteattr

from PIL import Image, UnidentifiedImageError

from lms.assessment.formats.qti3_parts import declaration, mapping, names_of, template, xhtml
from lms.assessment.formats.rubrics import MODEL, rubric_table
from lms.assessment.formats.values import Areas, Essay, Picture, Refusal, Upload

__all__ = ["said_by_hand"]

Said = tuple[str, str, str]
#: Characters of a usual word with its space: how large the field is.
_LETTERS = 7


def said_by_hand(body: Essay | Upload | Areas, pictures: Sequence[tuple[str, Picture]]) -> Said:
    """Return the declarations, the interaction and the response processing; raise Refusal for what cannot be said."""
    if isinstance(body, Areas):
        return _areas(body, pictures)
    return _essay(body) if isinstance(body, Essay) else _upload(body)


def _essay(body: Essay) -> Said:
    """Return a field for text; how many words it takes is said by a pattern."""
    correct = [body.model_answer] if body.model_answer else []
    limits = ""
    if body.min_words or body.max_words:
        least, most = (body.min_words or 1) - 1, "" if body.max_words is None else body.max_words - 1
        length = (body.max_words or body.min_words or 1) * _LETTERS
        limits = f' expected-length="{length}" pattern-mask="\\s*\\S+(\\s+\\S+){{{least},{most}}}\\s*"'
    inside = f'<qti-extended-text-interaction response-identifier="RESPONSE"{limits}/>'
    return declaration(correct, "single", "string"), _for_markers("", body) + inside, ""


def _upload(body: Upload) -> Said:
    """Return as many places for a file as files may be handed in."""
    kind = f' type="{body.kind}/*"' if body.kind else ""
    names = [f"RESPONSE{number}" if number > 1 else "RESPONSE" for number in range(1, (body.most or 1) + 1)]
    inside = "".join(f'<qti-upload-interaction response-identifier="{name}"{kind}/>' for name in names)
    declared = "".join(declaration([], "single", "file", name=name) for name in names)
    return declared, _for_markers(body.model_answer, body) + inside, ""


def _for_markers(model_answer: str, body: Essay | Upload) -> str:
    """Return what only markers see."""
    model = f'<div class="{MODEL}">{xhtml(model_answer)}</div>' if model_answer else ""
    notes = (model + rubric_table(body.rubric)).replace("<br>", "<br/>")
    return (
        f'<qti-rubric-block use="scoring" view="scorer"><qti-content-body>{notes}</qti-content-body></qti-rubric-block>'
        if notes
        else ""
    )


def _areas(body: Areas, pictures: Sequence[tuple[str, Picture]]) -> Said:
    """Return places of a picture in its own pixels, each with its words."""
    if not pictures:
        raise Refusal("export.picture_missing")
    address, picture = pictures[0]
    sides = _sides(picture)
    names, right = names_of(body.areas), [area.is_right for area in body.areas]
    places = "".join(
        f'<qti-hotspot-choice identifier="{name}" shape="rect" coords="{_corners(area, sides)}" '
        f"hotspot-label={quoteattr(area[0])}/>"
        for name, area in zip(names, body.areas, strict=True)
    )
    shown = (
        f'<img src={quoteattr(address)} alt={quoteattr(picture.alt)} width="{sides[0]}" height="{sides[1]}"/>'
    )
    inside = (
        f'<qti-hotspot-interaction response-identifier="RESPONSE" max-choices="{sum(right)}">{shown}{places}'
        "</qti-hotspot-interaction>"
    )
    key = [name for name, is_right in zip(names, right, strict=True) if is_right]
    if len(key) == 1:
        return declaration(key, "single", "identifier"), inside, template("match_correct")
    earned = mapping(
        [(name, Decimal(1 if is_right else -1)) for name, is_right in zip(names, right, strict=True)],
        lower=True,
    )
    return declaration(key, "multiple", "identifier", earned), inside, template("map_response")


def _sides(picture: Picture) -> tuple[int, int]:
    try:
        return Image.open(io.BytesIO(picture.data or b""), formats=("PNG", "JPEG", "WEBP")).size
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise Refusal("picture.unusable", picture.name) from None


def _corners(area: tuple[str, Decimal, Decimal, Decimal, Decimal, bool], sides: tuple[int, int]) -> str:
    """Return left, top, right and bottom of a place in pixels."""
    _, x, y, width, height, _ = area
    corners = zip((x, y, x + width, y + height), sides * 2, strict=True)
    return ",".join(f"{(place * side / 100).normalize():f}" for place, side in corners)
