"""A table: choose in each row, or fill in its cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext

from lms.assessment.contracts import (
    STEM_FIELDS,
    AuthorField,
    FieldKind,
    Fields,
    ItemTest,
    MarkResult,
    MarkStatus,
    PlainForm,
    Sample,
    Values,
)
from lms.assessment.question_types.numeric import mark_number, read_answer
from lms.assessment.question_types.reading import ContentReader, stem
from lms.assessment.rules.author_forms import plain
from lms.assessment.rules.numbers import read_number
from lms.assessment.rules.texts import fold_text

__all__ = ["Table"]

#: One cell of each row · any cells of each row · something is written into every cell.
SINGLE, MULTIPLE, ENTRIES = "single", "multiple", "entries"
PER_ROW, PER_CELL, ALL_OR_NOTHING = "per_row", "per_cell", "all_or_nothing"
MAX_ROWS, MAX_COLUMNS = 40, 12
BETWEEN = " | "


class Table(PlainForm):
    """A table of choices (radio buttons, boxes) or of fields; every control is named by its row and column."""

    name = "table"
    version = "1"
    title = lazy_gettext("A table")
    summary = lazy_gettext("A table in which students tick cells or fill them in.")
    template = "assessment/questions/table.html"
    form_fields = (
        *STEM_FIELDS,
        AuthorField(
            "mode",
            FieldKind.CHOICE,
            lazy_gettext("In each row the student"),
            choices=(
                (SINGLE, lazy_gettext("chooses one column")),
                (MULTIPLE, lazy_gettext("chooses any columns")),
                (ENTRIES, lazy_gettext("fills in every cell")),
            ),
            default=SINGLE,
        ),
        AuthorField(
            "columns", FieldKind.LINES, lazy_gettext("Headings of the columns"), lazy_gettext("One a line.")
        ),
        AuthorField(
            "rows",
            FieldKind.ROWS,
            lazy_gettext("Rows"),
            lazy_gettext(
                "Right are headings of columns or, where cells are filled in, their contents; put | between."
            ),
            columns=(
                AuthorField("id", FieldKind.HIDDEN),
                AuthorField("text", FieldKind.TEXT, lazy_gettext("Row")),
                AuthorField("right", FieldKind.TEXT, lazy_gettext("What is right"), is_optional=True),
            ),
            most=MAX_ROWS,
        ),
        AuthorField(
            "tolerance", FieldKind.NUMBER, lazy_gettext("How far off a number may be in a cell"), default="0"
        ),
        AuthorField(
            "scoring",
            FieldKind.CHOICE,
            lazy_gettext("How it is scored"),
            choices=(
                (PER_ROW, lazy_gettext("a share for each right row")),
                (PER_CELL, lazy_gettext("a share for each right cell")),
                (ALL_OR_NOTHING, lazy_gettext("the whole table, or nothing")),
            ),
            default=PER_ROW,
        ),
    )

    def validate_content(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return {…, mode, columns: [text], rows: [{id, text, right: [text]}], tolerance, scoring}.

        ``right`` names columns, or holds what stands in each cell (mode ``entries``).
        """
        reader = ContentReader(content)
        mode = reader.one_of("mode", (SINGLE, MULTIPLE, ENTRIES))
        columns = reader.lines_of(content, "columns", "")
        if (
            len(set(columns)) < len(columns)
            or not (1 if mode == ENTRIES else 2) <= len(columns) <= MAX_COLUMNS
        ):
            reader.fail("columns", "content.wrong_count")
        rows = []
        for number, row in enumerate(reader.rows("rows", least=1, most=MAX_ROWS)):
            right = reader.lines_of(row, "right", f"rows.{number}")
            if mode == ENTRIES and len(right) != len(columns):
                reader.fail(f"rows.{number}.right", "content.cells_differ")
            if mode != ENTRIES and (not set(right) <= set(columns) or (mode == SINGLE and len(right) != 1)):
                reader.fail(f"rows.{number}.right", "content.cells_unknown")
            rows.append({"id": row["id"], "text": str(row.get("text", "")).strip(), "right": right})
        tolerance = reader.number("tolerance", "0", least=Decimal(0))
        scoring = reader.one_of("scoring", (PER_ROW, PER_CELL, ALL_OR_NOTHING))
        return reader.done(
            lambda: {
                "mode": mode,
                "columns": columns,
                "rows": rows,
                "tolerance": plain(tolerance),
                "scoring": scoring,
            }
        )

    def content_from(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Part what is right in each row at the strokes."""
        content = super().content_from(values)
        for row in content["rows"]:
            row["right"] = [part.strip() for part in str(row.get("right", "")).split("|") if part.strip()]
        return content

    def form_from(self, content: Mapping[str, Any]) -> Values:
        """Join what is right in each row with strokes."""
        values = super().form_from(content)
        for shown, row in zip(values["rows"], content.get("rows", ()), strict=False):
            shown["right"] = BETWEEN.join(row["right"])
        return values

    def player(self, content: Mapping[str, Any], seed: int) -> dict[str, Any]:
        """Return the stem, how to answer, the headings and the rows in the author's order."""
        return {
            **stem(content),
            "mode": content["mode"],
            "columns": list(content["columns"]),
            "rows": [
                {"name": f"row{number}", "text": row["text"]} for number, row in enumerate(content["rows"], 1)
            ],
        }

    def parse(self, fields: Mapping[str, Sequence[str]]) -> dict[str, list[str]] | None:
        """Return by row the numbers of the chosen columns, or by cell what was written into it."""
        given = {
            name: sorted({value.strip() for value in values if value.strip()})
            for name, values in sorted(fields.items())
            if name.startswith(("row", "cell"))
        }
        return {name: values for name, values in given.items() if values} or None

    def fields_for(self, content: Mapping[str, Any], seed: int, answer: Any) -> Fields:
        """Take {row id: [headings]}, or {row id: [contents of the cells]}, as the answer."""
        fields: Fields = {}
        for number, row in enumerate(content["rows"], 1):
            given = (answer or {}).get(row["id"], [])
            if content["mode"] == ENTRIES:
                fields |= {f"cell{number}_{place}": [str(text)] for place, text in enumerate(given, 1)}
            elif given:
                columns = content["columns"]
                fields[f"row{number}"] = [str(columns.index(c) + 1) if c in columns else c for c in given]
        return fields

    def mark(self, content: Mapping[str, Any], seed: int, response: Any) -> MarkResult:
        """Count right rows, or right cells, or ask for the whole table."""
        if not response:
            return MarkResult.of(Decimal(0), "no_answer")
        if not self._is_possible(content, response):
            return MarkResult.invalid("unknown_option")
        cells = [self._cells(content, number, row, response) for number, row in enumerate(content["rows"], 1)]
        if content["scoring"] == PER_CELL:
            return MarkResult.of(self._cell_share(content, response, cells))
        right = sum(all(row) for row in cells)
        if content["scoring"] == ALL_OR_NOTHING:
            return MarkResult.of(Decimal(int(right == len(cells))))
        return MarkResult.of(Decimal(right) / len(cells))

    @staticmethod
    def _is_possible(content: Mapping[str, Any], response: Mapping[str, Sequence[str]]) -> bool:
        """Tell whether a page of this question can send such an answer."""
        rows, columns = range(1, len(content["rows"]) + 1), range(1, len(content["columns"]) + 1)
        if content["mode"] == ENTRIES:
            known = {f"cell{row}_{column}" for row in rows for column in columns}
            return set(response) <= known and all(len(values) == 1 for values in response.values())
        numbers, most = {str(column) for column in columns}, 1 if content["mode"] == SINGLE else len(columns)
        return set(response) <= {f"row{row}" for row in rows} and all(
            set(values) <= numbers and len(values) <= most for values in response.values()
        )

    @staticmethod
    def _cells(
        content: Mapping[str, Any], number: int, row: Mapping[str, Any], response: Mapping[str, Sequence[str]]
    ) -> list[bool]:
        """Return for each cell of a row whether it is as it should be."""
        if content["mode"] == ENTRIES:
            given = [
                response.get(f"cell{number}_{place}", [""])[0] for place in range(1, len(row["right"]) + 1)
            ]
            return [
                _is_entry(right, text, content["tolerance"])
                for right, text in zip(row["right"], given, strict=True)
            ]
        chosen = set(response.get(f"row{number}", ()))
        return [
            (str(place) in chosen) == (column in row["right"])
            for place, column in enumerate(content["columns"], 1)
        ]

    @staticmethod
    def _cell_share(
        content: Mapping[str, Any], response: Mapping[str, Sequence[str]], cells: list[list[bool]]
    ) -> Decimal:
        """Return the share of right cells; where cells are chosen, a wrong choice cancels a right one."""
        if content["mode"] == ENTRIES:
            return Decimal(sum(map(sum, cells))) / sum(map(len, cells))
        wanted = sum(len(row["right"]) for row in content["rows"])
        chosen = sum(map(len, response.values()))
        missed = sum(not is_right for row in cells for is_right in row)
        right = (wanted + chosen - missed) // 2
        if not wanted:
            return Decimal(0)
        wrong = 0 if content["mode"] == SINGLE else chosen - right
        return Decimal(right - wrong) / wanted

    def correct_answer(self, content: Mapping[str, Any]) -> dict[str, list[str]]:
        """Return what is right in each row."""
        return {row["id"]: list(row["right"]) for row in content["rows"]}

    def describe(self, content: Mapping[str, Any], seed: int, response: Any) -> str:
        """Return row by row what was chosen or written."""
        said, given = [], response or {}
        for number, row in enumerate(content["rows"], 1):
            cells = [
                (
                    column,
                    given.get(f"cell{number}_{place}", [""])[0],
                    str(place) in given.get(f"row{number}", ()),
                )
                for place, column in enumerate(content["columns"], 1)
            ]
            words = [
                f"{column} {text}" if text else column
                for column, text, is_chosen in cells
                if text or is_chosen
            ]
            said += [f"{row['text']}: {', '.join(words)}"] if words else []
        return "; ".join(said)

    def samples(self) -> list[Sample]:
        """Return a table of each kind."""
        return [
            Sample(
                "Свойства воды",
                _SINGLE,
                (
                    ItemTest({"a": ["Верно"], "b": ["Неверно"]}, MarkStatus.RIGHT),
                    ItemTest({"a": ["Верно"]}, MarkStatus.PARTIAL, Decimal("0.5")),
                    ItemTest({"a": ["Неверно"], "b": ["Верно"]}, MarkStatus.WRONG),
                    ItemTest({"a": ["Верно", "Неверно"]}, MarkStatus.INVALID),
                    ItemTest({"a": ["Может быть"]}, MarkStatus.INVALID),
                    ItemTest(None, MarkStatus.WRONG),
                ),
            ),
            Sample(
                "Вещества",
                _MULTIPLE,
                (
                    ItemTest({"cu": ["металл", "проводит ток"], "he": ["газ"]}, MarkStatus.RIGHT),
                    ItemTest({"cu": ["металл", "газ"]}, MarkStatus.WRONG, Decimal(0)),
                    ItemTest({"he": ["газ"]}, MarkStatus.PARTIAL, Decimal("0.333333")),
                ),
            ),
            Sample(
                "Умножение",
                _ENTRIES,
                (
                    ItemTest({"1": ["8", "12"], "2": ["10,0", "15"]}, MarkStatus.RIGHT),
                    ItemTest({"1": ["8", "12"], "2": ["10", "16"]}, MarkStatus.PARTIAL, Decimal("0.75")),
                    ItemTest({"1": ["9", ""], "2": ["", ""]}, MarkStatus.WRONG),
                ),
            ),
        ]


def _is_entry(right: str, text: str, tolerance: str) -> bool:
    """Tell whether a cell holds what it should: the same number within the tolerance, or the same words."""
    known = read_number(right)
    if known is not None and not known.unit:
        answer = read_answer(ContentReader({"answer": right, "tolerance": tolerance}))
        return mark_number(answer, text).status is MarkStatus.RIGHT
    return fold_text(text) == fold_text(right)


_SINGLE = {
    "prompt": "Верно ли это о воде?",
    "columns": ["Верно", "Неверно"],
    "rows": [
        {"id": "a", "text": "Лёд легче воды", "right": ["Верно"]},
        {"id": "b", "text": "Вода сжимается, замерзая", "right": ["Неверно"]},
    ],
}
_MULTIPLE = {
    "prompt": "Отметь свойства каждого вещества.",
    "mode": MULTIPLE,
    "scoring": PER_CELL,
    "columns": ["металл", "газ", "проводит ток"],
    "rows": [
        {"id": "cu", "text": "Медь", "right": ["металл", "проводит ток"]},
        {"id": "he", "text": "Гелий", "right": ["газ"]},
    ],
}
_ENTRIES = {
    "prompt": "Дополни таблицу умножения.",
    "mode": ENTRIES,
    "scoring": PER_CELL,
    "columns": ["× 2", "× 3"],
    "rows": [
        {"id": "1", "text": "4", "right": ["8", "12"]},
        {"id": "2", "text": "5", "right": ["10", "15"]},
    ],
}
