"""Readers of what others send: any text is read or refused, never a crash, and what is read stays within its bounds."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lms.assessment.formats.cloze import read_cloze
from lms.assessment.formats.stack_values import statements
from lms.assessment.formats.values import Refusal
from lms.assessment.maths.rows import verdicts
from lms.assessment.maths.sandbox import Sandbox
from lms.assessment.rules.reading_order import reading_order
from lms.core.markups import MAX_COMMENTS, read_comments, read_strokes

#: JSON of every kind, near to drawings and far from them.
NUMBERS = st.floats(allow_nan=True) | st.integers() | st.integers(0, 100)
STROKES = st.lists(st.lists(st.lists(NUMBERS, min_size=1, max_size=3), max_size=4), max_size=4)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
)
PLACES = (
    st.text(max_size=8)
    | st.floats().map(str)
    | st.sampled_from(["", "0", "12,5", "1e999999", "sNaN", "-0", "²"])
)
MARKUP = st.lists(
    st.text(max_size=10)
    | st.sampled_from(
        [
            "<p>",
            "</p>",
            "<label",
            "for=a>",
            "<input",
            "id=a>",
            "<select>",
            "<option>",
            "<script>",
            "</script>",
            "<!--",
            "<![CDATA[",
            "<img",
            "alt='x'>",
            "</fieldset>",
            "<legend>",
            "<math",
            "alttext=y>",
            "<textarea",
            "aria-labelledby=a>",
            "&amp;",
            "&#x110000;",
            "<p",
            "hidden>",
        ]
    ),
    max_size=12,
).map("".join)
CLOZE = st.lists(
    st.text(max_size=6)
    | st.sampled_from(
        ["{1:SA:=", "{:MC:", "~", "%50%", "#", "}", "\\}", "{2:NM:=1,5:0.1", "=", "{1:MRS:~%-33.3%", "*"]
    ),
    max_size=10,
).map("".join)


@given(text=st.text(max_size=40) | STROKES.map(json.dumps) | JSON.map(json.dumps))
def test_a_drawing_is_read_within_the_picture_or_refused(text: str) -> None:
    strokes = read_strokes(text)
    if strokes is not None:
        assert all(0 <= place <= 100 for stroke in strokes for point in stroke for place in point)
        assert read_strokes(json.dumps(strokes)) == strokes


@given(rows=st.lists(st.tuples(PLACES, PLACES, st.text(max_size=12)), max_size=60))
def test_comments_are_read_within_the_picture_or_refused(rows: list[tuple[str, str, str]]) -> None:
    comments = read_comments(rows)
    if comments is not None:
        assert len(comments) <= MAX_COMMENTS
        assert all(
            0 <= each["x"] <= 100 and 0 <= each["y"] <= 100 and each["text"].strip() for each in comments
        )


@given(markup=MARKUP)
def test_any_markup_is_said_aloud_without_what_is_hidden(markup: str) -> None:
    assert all(isinstance(each.name, str) for each in reading_order(markup))
    hidden = reading_order(f"<p>{'да'}</p><script>тайна</script><p hidden>тайна</p>")
    assert "тайна" not in " ".join(each.name for each in hidden)


@given(source=CLOZE)
def test_a_cloze_text_is_cut_without_losing_words_or_refused(source: str) -> None:
    with contextlib.suppress(Refusal):
        parts, _lost = read_cloze(source)
        assert len(parts) % 2 == 1
        texts = [part for part in parts[::2] if isinstance(part, str)]
        assert len(texts) == len(parts[::2])
        assert all(text in source for text in texts)


@given(source=st.text(alphabet='ab:=;,"/*\\()[] \n', max_size=60))
def test_statements_of_a_computer_algebra_system_are_never_empty(source: str) -> None:
    found = statements(source)
    assert all(part.strip() for part in found)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox()
    yield made
    made.close()


ROWS = st.fixed_dictionaries(
    {
        "test": st.sampled_from(["AlgEquiv", "Partly", "Sets", "x"]),
        "student": st.text("12x+;{}()[]", max_size=8),
    },
    optional={"teacher": st.sampled_from(["{1,2}", "x+1", ""]), "options": JSON},
).map(json.dumps)
LINES = st.lists(
    ROWS | JSON.map(json.dumps) | st.text(st.characters(exclude_characters="\n\r"), max_size=12), max_size=5
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=LINES)
def test_every_line_gets_its_verdict_in_its_place(sandbox: Sandbox, lines: list[str]) -> None:
    found = [
        json.loads(line) for line in verdicts(io.StringIO("".join(f"{line}\n" for line in lines)), sandbox)
    ]
    assert [set(each) for each in found] == [{"verdict", "note"}] * len(lines)
    alone = [json.loads(next(verdicts(io.StringIO(f"{line}\n"), sandbox))) for line in lines]
    assert found == alone
