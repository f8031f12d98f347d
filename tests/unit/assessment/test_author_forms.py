"""The form in which an author writes a question: values, rows, content and back, whatever is typed."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lms.assessment.rules.author_forms import (
    AuthorField,
    FieldKind,
    after_act,
    content_of,
    padded,
    posted_of,
    problems_of_form,
    read_values,
    values_of,
)

FORM = (
    AuthorField("prompt", FieldKind.LONG_TEXT, "Question"),
    AuthorField("picture.url", FieldKind.TEXT, "Address", is_optional=True),
    AuthorField("share", FieldKind.SHARE, "Share", is_optional=True),
    AuthorField("count", FieldKind.WHOLE, "Count", default="3"),
    AuthorField("mixed", FieldKind.YES_NO, "Mix", default="yes"),
    AuthorField("words", FieldKind.LINES, "Words"),
    AuthorField(
        "rows",
        FieldKind.ROWS,
        "Rows",
        columns=(
            AuthorField("id", FieldKind.HIDDEN),
            AuthorField("text", FieldKind.TEXT, "Text"),
            AuthorField("part", FieldKind.SHARE, "Part", default="100"),
        ),
        least=2,
        most=4,
    ),
)


def test_typed_values_become_content_part_by_part() -> None:
    posted = {
        "prompt": ["  Почему?\r\nИ как? "],
        "share": ["12,5 %"],
        "count": ["7"],
        "words": ["раз\r\n\r\n два "],
        "rows.0.text": ["один"],
        "rows.0.part": ["50"],
        "rows.1.text": [""],
        "rows.1.part": ["100"],
        "rows.2.text": ["три"],
    }
    assert content_of(FORM, read_values(FORM, posted)) == {
        "prompt": "Почему?\nИ как?",
        "share": "0.125",
        "count": 7,
        "mixed": False,
        "words": ["раз", "два"],
        "rows": [{"text": "один", "part": "0.5", "id": "1"}, {"text": "три", "id": "2"}],
    }


def test_a_row_keeps_its_name_when_others_move_or_go() -> None:
    values: dict[str, Any] = {
        "rows": [{"id": "a", "text": "1"}, {"id": "b", "text": "2"}, {"id": "", "text": "3"}]
    }
    values = after_act(FORM, values, "down:rows:0")
    values = after_act(FORM, values, "drop:rows:2")
    assert [row["id"] for row in values["rows"]] == ["b", "a"]
    values = after_act(FORM, values, "add:rows")
    assert [row["id"] for row in content_of(FORM, values)["rows"]] == ["b", "a", "1"]


def test_no_act_makes_more_rows_than_may_be() -> None:
    values: dict[str, Any] = {"rows": []}
    for _ in range(9):
        values = after_act(FORM, values, "add:rows")
    assert len(values["rows"]) == 4


def test_a_page_shows_the_least_number_of_rows() -> None:
    assert len(padded(FORM, {"rows": [{"text": "x"}]})["rows"]) == 2
    assert padded(FORM, {"rows": []})["rows"][0]["part"] == "100"


def test_a_faulty_form_is_named() -> None:
    form = (
        AuthorField("a", FieldKind.TEXT),
        AuthorField("a", FieldKind.CHOICE, "A"),
        AuthorField(
            "b", FieldKind.ROWS, "B", columns=(AuthorField("c", FieldKind.ROWS, "C", columns=FORM[:1]),)
        ),
    )
    assert len(problems_of_form(form)) == 4
    assert problems_of_form(FORM) == []


text = st.text(max_size=12)


@given(
    st.dictionaries(
        st.sampled_from(["prompt", "rows.0.text", "rows.x", "rows.99999.id", "count"]) | text,
        st.lists(text, max_size=2),
    ),
    text,
)
def test_whatever_is_sent_is_read_and_shown_again(posted: dict[str, list[str]], act: str) -> None:
    values = after_act(FORM, read_values(FORM, posted), act)
    again = read_values(FORM, posted_of(FORM, values))
    assert again == values
    shown = values_of(FORM, content_of(FORM, values))
    assert content_of(FORM, shown) == content_of(FORM, values_of(FORM, content_of(FORM, shown)))
