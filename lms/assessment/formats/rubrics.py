"""Write what a person marks by into the notes for markers, and find it there again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from lms.assessment.formats.text import html_of, prose_of_html, prose_of_node
from lms.core.xmltree import Node

__all__ = ["MODEL", "parted", "rubric_of", "rubric_table"]

Rubric = tuple[tuple[str, Decimal], ...]

#: The class of the paragraph that holds a sample answer.
MODEL = "model-answer"
_TABLE = re.compile(r'<table class="rubric">((?:(?!</?table).)*)</table>', re.DOTALL)
_ROW = re.compile(r"<tr><td>([^<]*(?:<br ?/?>[^<]*)*)</td><td>([^<]*)</td></tr>")
_POINTS = re.compile(r"\d{1,6}(?:\.\d{1,6})?")


def rubric_table(rubric: Iterable[tuple[str, Decimal]]) -> str:
    """Return a rubric as a table of criteria and points; '' for one without lines."""
    rows = "".join(f"<tr><td>{html_of(title)}</td><td>{points:f}</td></tr>" for title, points in rubric)
    return f'<table class="rubric">{rows}</table>' if rows else ""


def parted(notes: str) -> tuple[str, Rubric]:
    """Return the notes for markers (HTML) without the rubric that stands in them, and the rubric."""
    found = _TABLE.search(notes)
    rows = _ROW.findall(found[1]) if found is not None else []
    if found is None or not rows or not all(_POINTS.fullmatch(points.strip()) for _, points in rows):
        return notes, ()
    rubric = tuple((prose_of_html(title).text, Decimal(points.strip())) for title, points in rows)
    return notes[: found.start()] + notes[found.end() :], rubric


def rubric_of(block: Node) -> tuple[str, Rubric]:
    """Return the sample answer and the rubric of an element that only markers see."""
    model = next((node for node in block.every("div") if node.attrs.get("class") == MODEL), None)
    table = next((node for node in block.every("table") if node.attrs.get("class") == "rubric"), None)
    rows = [list(row.children("td")) for row in (table.children("tr") if table is not None else ())]
    are_whole = all(len(row) == 2 and _POINTS.fullmatch(row[1].text()) for row in rows)
    rubric = tuple((prose_of_node(row[0]).text, Decimal(row[1].text())) for row in rows) if are_whole else ()
    return prose_of_node(model).text if model is not None else "", rubric
