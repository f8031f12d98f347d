"""The form in which an author writes a question: values, rows, content and back, whatever is typed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.assessment.contracts import QuestionType
from lms.assessment.pages.version_words import changed_parts
from lms.assessment.question_types import builtin
from lms.assessment.rules.author_forms import (
    AuthorField,
    FieldKind,
    after_act,
    content_of,
    file_fields,
    groups_of,
    padded,
    posted_of,
    problems_of_form,
    read_values,
    values_of,
)
from lms.assessment.rules.differences import Piece

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


CHOICE = (
    AuthorField("is_long", FieldKind.SWITCH, choices=(("", "Short"), ("yes", "Long"))),
    AuthorField("sound", FieldKind.SOUND, "Sound"),
    AuthorField(
        "rows",
        FieldKind.ROWS,
        "Rows",
        columns=(
            AuthorField("text", FieldKind.TEXT, "Text"),
            AuthorField("is_right", FieldKind.ONE, "Right"),
            AuthorField("picture", FieldKind.PICTURE, "Picture"),
        ),
    ),
)


@given(st.lists(st.text("abc", min_size=1), min_size=1, max_size=6), st.data())
def test_one_of_all_rows_is_marked_wherever_it_moves(texts: list[str], data: st.DataObject) -> None:
    marked = data.draw(st.integers(0, len(texts) - 1))
    posted = {f"rows.{number}.text": [text] for number, text in enumerate(texts)}
    values = read_values(CHOICE, posted | {"rows.is_right": [str(marked)]})
    assert [row["is_right"] for row in values["rows"]].count("yes") == 1
    assert content_of(CHOICE, values)["rows"][marked]["is_right"] is True
    assert read_values(CHOICE, posted_of(CHOICE, values)) == values
    assert values_of(CHOICE, content_of(CHOICE, values))["rows"] == values["rows"]
    moved = after_act(CHOICE, values, f"up:rows:{marked}")
    assert moved["rows"][max(marked - 1, 0)]["is_right"] == "yes"


def test_a_switch_turns_the_form_and_is_no_part_of_the_content() -> None:
    values = after_act(CHOICE, {"is_long": "", "rows": []}, "set:is_long:yes")
    assert values["is_long"] == "yes"
    assert "is_long" not in content_of(CHOICE, values)
    assert after_act(CHOICE, values, "set:is_long:other") == values
    assert after_act(CHOICE, values, "set:rows:yes") == values


def test_files_are_named_in_rows_too_and_can_be_taken_out() -> None:
    values = {"sound": "/a", "rows": [{"text": "x", "picture": "/b"}, {"text": "y", "picture": "/c"}]}
    assert [name for name, _kind in file_fields(CHOICE, values)] == [
        "sound",
        "rows.0.picture",
        "rows.1.picture",
    ]
    assert after_act(CHOICE, values, "clear:sound")["sound"] == ""
    left = after_act(CHOICE, values, "clear:rows.1.picture")
    assert [row["picture"] for row in left["rows"]] == ["/b", ""]
    assert after_act(CHOICE, values, "clear:rows.9.picture") == values
    assert after_act(CHOICE, values, "clear:rows") == values


def test_neighbours_of_one_fold_stand_together() -> None:
    form = tuple(
        AuthorField(name, FieldKind.TEXT, name, fold=fold)
        for name, fold in zip("abcd", ("", "x", "x", ""), strict=True)
    )
    assert [(words, [field.name for field in group]) for words, group in groups_of(form)] == [
        ("", ["a"]),
        ("x", ["b", "c"]),
        ("", ["d"]),
    ]


@pytest.mark.parametrize("kind", builtin(), ids=lambda kind: kind.name)
def test_versions_are_compared_in_the_words_of_the_form(kind: QuestionType) -> None:
    content = kind.validate_content(kind.samples()[0].content)
    assert changed_parts(kind, content, content) == []
    parts = changed_parts(kind, {}, content)
    assert len(parts) > 1
    for part in parts:
        assert not re.search(r"\b[a-z]+[._]\w+|^[a-z\d.]+$|: \d", part.title), part.title
    values = kind.form_from(content)
    prompt = next(field for field in kind.author_form(values) if field.kind is FieldKind.LONG_TEXT)
    values[prompt.name] += " Подумай."
    (only,) = changed_parts(kind, content, kind.validate_content(kind.content_from(values)))
    assert (only.title, only.pieces[-1]) == (str(prompt.label), Piece("come", " Подумай."))
