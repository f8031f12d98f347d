"""Write tables as CSV and XLSX that a spreadsheet opens as they are meant: numbers as numbers, never a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

__all__ = ["Sheet", "as_csv", "as_xlsx", "plain_cell"]

#: What a spreadsheet takes for the beginning of a formula.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
LONGEST_NAME = 31


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with its title, head and rows; facts stand above the table as (what, value)."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[Any]]
    facts: Sequence[tuple[str, str]] = ()


def plain_cell(value: Any) -> Any:
    """Return a cell that no spreadsheet runs: a text that looks like a formula gets an apostrophe before it."""
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(FORMULA_SIGNS):
        return f"'{value}"
    return value


def as_csv(sheet: Sheet) -> bytes:
    """Return a table as CSV: semicolons, and a byte order mark so that spreadsheets read the letters."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([plain_cell(cell) for cell in sheet.head])
    for row in sheet.rows:
        writer.writerow(
            [f"{cell:f}".replace(".", ",") if isinstance(cell, Decimal) else plain_cell(cell) for cell in row]
        )
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(sheet: Sheet) -> bytes:
    """Return a table as XLSX with one sheet; the head stays in sight."""
    import xlsxwriter  # only exports need it: half a second that a web process never spends otherwise

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        page = book.add_worksheet(
            "".join(c for c in sheet.title if c not in "[]:*?/\\'")[:LONGEST_NAME] or "1"
        )
        for line, (what, value) in enumerate(sheet.facts):
            page.write_string(line, 0, what, bold)
            page.write_string(line, 1, str(plain_cell(value)))
        top = len(sheet.facts) + bool(sheet.facts)
        for column, word in enumerate(sheet.head):
            page.write_string(top, column, str(plain_cell(word)), bold)
        for line, row in enumerate(sheet.rows, start=top + 1):
            for column, cell in enumerate(row):
                if isinstance(cell, Decimal | int | float):
                    page.write_number(line, column, cell)
                else:
                    page.write_string(line, column, str(plain_cell(cell)))
        page.freeze_panes(top + 1, 1)
        page.set_column(0, 0, 32)
    return out.getvalue()
