"""Print the statistics of a table of marks."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO, TextIO

import click

from lms.assessment.rules.item_stats import LEAST, MarkTable, TestStats, TooFew, statistics

__all__ = ["read_marks", "stats"]

#: Longer numbers are no marks.
MAX_DIGITS, MAX_MAGNITUDE = 40, 9


class BadTable(ValueError):
    """The file is no table of marks."""


@click.command()
@click.argument("file", type=click.File("rb"), default="-")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object; docs/item-statistics.md names its keys."
)
def stats(file: BinaryIO, as_json: bool) -> None:
    """Say how the questions worked.

    FILE has the columns attempt,q1…qk, the rows max and guess, then one an attempt. A table saved by a Russian Excel is read, too:
    semicolons, decimal commas, Windows-1251.
    """
    try:
        found = statistics(read_marks(io.StringIO(_decoded(file.read()), newline="")))
    except (BadTable, TooFew, csv.Error) as error:
        reason = f"fewer than {LEAST} attempts: {error}" if isinstance(error, TooFew) else str(error)
        click.echo(json.dumps({"reason": reason}) if as_json else f"no statistics: {reason}", err=not as_json)
        sys.exit(2)
    if as_json:
        click.echo(json.dumps({**asdict(found), "reason": None}, ensure_ascii=False))
    else:
        click.echo("\n".join(_lines(found)))


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1251"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise BadTable("the file is no text in UTF-8 or Windows-1251")


def read_marks(lines: TextIO) -> MarkTable:
    """Return the table of a CSV file; an empty cell of an attempt counts as no marks. Raises BadTable.

    Where the heading has semicolons and no commas, they part the columns, and numbers may have a decimal comma.
    """
    text = lines.read()
    heading = text.partition("\n")[0]
    delimiter = ";" if ";" in heading and "," not in heading else ","
    found = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows = [row for row in found if any(cell.strip() for cell in row)]
    if len(rows) < 3 or len(rows[0]) < 2:
        raise BadTable("the file needs a heading with questions and the rows max and guess")
    head, first, second, *attempts = rows
    if first[0].strip().lower() != "max" or second[0].strip().lower() != "guess":
        raise BadTable("the first two rows after the heading must be max and guess")
    width = len(head)
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != width:
            raise BadTable(f"row {number} has {len(row)} cells instead of {width}")
    names = [name.strip() for name in head[1:]]
    if len(set(names)) < len(names):
        raise BadTable("two columns have the same name")
    greatest = tuple(_number(cell, "max") for cell in first[1:])
    if any(mark < 0 for mark in greatest):
        raise BadTable("max is the greatest mark of a question, so it is not below 0")
    guess = tuple(_number(cell, "guess") if cell.strip() else None for cell in second[1:])
    if any(share is not None and not 0 <= share <= 1 for share in guess):
        raise BadTable("guess is a share of the greatest mark, from 0 to 1")
    if len({row[0] for row in attempts}) < len(attempts):
        raise BadTable("an attempt stands there twice")
    return MarkTable(
        questions=tuple(names),
        greatest=greatest,
        guess=guess,
        marks=tuple(tuple(_number(cell or "0", f"attempt {row[0]}") for cell in row[1:]) for row in attempts),
    )


def _number(cell: str, where: str) -> Decimal:
    try:
        number = Decimal(cell.strip().replace(",", ".") or "0")
    except InvalidOperation:
        raise BadTable(f"{where}: {cell[:40]!r} is not a number") from None
    if (
        not number.is_finite()
        or len(number.as_tuple().digits) > MAX_DIGITS
        or number.adjusted() > MAX_MAGNITUDE
    ):
        raise BadTable(f"{where}: {cell[:40]!r} is not a mark")
    return number


def _lines(found: TestStats) -> Iterator[str]:
    """Say the figures in a table of text."""
    whole = ("attempts", "mean", "median", "sd", "skewness", "kurtosis", "cic", "error_ratio", "se")
    yield "  ".join(f"{name} {_short(getattr(found, name))}" for name in whole)
    columns = (
        "facility",
        "sd",
        "random_guess",
        "intended_weight",
        "effective_weight",
        "discrimination_index",
        "discrimination_efficiency",
        "point_biserial",
        "alpha_without",
    )
    yield "  ".join(("question", *columns))
    for item in found.items:
        yield "  ".join((item.question, *(_short(getattr(item, name)) for name in columns)))
    yield from (f"warning: {code}" for code in found.warnings)


def _short(value: Any) -> str:
    return "–" if value is None else f"{value:.4g}"
