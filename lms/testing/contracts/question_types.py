"""Check that a question type keeps its contract. A distribution with a type of its own runs this over it.

>>> from lms.testing.contracts.question_types import CHECKS
>>> for check in CHECKS:
...     check(MyType())
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from lms.assessment.contracts import QUESTION_TYPES, ContentError, ItemTest, QuestionType
from lms.assessment.rules.author_forms import FieldKind, posted_of, problems_of_form, read_values
from lms.assessment.rules.items import SEEDS, mark_safely, run_tests, why_unavailable
from lms.assessment.types import MarkResult, MarkStatus

__all__ = ["CHECKS", "hidden_texts"]

#: Forms that a broken or hostile client might send.
STRANGE_FIELDS: tuple[dict[str, list[str]], ...] = (
    {},
    {"answer": []},
    {"answer": [""]},
    {"answer": ["   "]},
    {"answer": ["\x00", "'; drop table grade; --"]},
    {"answer": ["1" * 5000]},
    {"answer": ["1e999999999"]},
    {"place1": ["x"], "place999999": ["y"], "placeone": ["z"]},
    {"row": ["x"], "rowx": ["y", "z"]},
    {"unknown": ["field"]},
)


def _samples(kind: QuestionType) -> Iterator[tuple[dict[str, Any], Sequence[Any]]]:
    for sample in kind.samples():
        yield kind.validate_content(sample.content), sample.tests


def it_has_every_part(kind: QuestionType) -> None:
    """Check that all attributes are there and the names are usable."""
    missing = [name for name in QUESTION_TYPES.required if not hasattr(kind, name)]
    assert not missing, f"lacks {missing}"
    assert kind.name.isidentifier(), "the name must be a lower-case identifier"
    assert kind.name == kind.name.lower(), "the name must be a lower-case identifier"
    assert str(kind.version)
    assert str(kind.title)
    assert kind.template.endswith(".html")
    assert kind.samples(), "a type brings at least one sample"


def its_samples_pass_their_tests(kind: QuestionType) -> None:
    """Check that every sample has tests and passes them on every seed.

    Where a type says that it cannot mark here, all that is not blank must be left to a person instead.
    """
    for content, tests in _samples(kind):
        assert tests, "a sample without tests proves nothing"
        assert not run_tests(kind, content, _possible(kind, content, tests))


def _possible(kind: QuestionType, content: dict[str, Any], tests: Sequence[ItemTest]) -> Sequence[ItemTest]:
    """Return the tests as they can come out on this machine."""
    if not why_unavailable(kind):
        return tests
    blank = MarkResult.of(Decimal(0), "no_answer")
    return [
        test
        if kind.mark(content, 1, kind.parse(kind.fields_for(content, 1, test.answer))) == blank
        else replace(test, status=MarkStatus.NEEDS_MARKING, fraction=None)
        for test in tests
    ]


def its_content_has_one_normal_form(kind: QuestionType) -> None:
    """Check that checked content is JSON, and that checking it again changes nothing."""
    for content, _tests in _samples(kind):
        again = json.loads(json.dumps(content))
        assert again == content
        assert kind.validate_content(again) == content


def it_refuses_unusable_content(kind: QuestionType) -> None:
    """Check that nonsense is refused with named problems, never with another exception."""
    for nonsense in ({}, {"prompt": ""}, {"prompt": 5}, {"prompt": "?", "options": "x"}, {"prompt": None}):
        try:
            kind.validate_content(nonsense)
        except ContentError as error:
            assert error.problems
        else:
            raise AssertionError(f"{nonsense} was accepted")


def its_player_repeats_and_keeps_the_key(kind: QuestionType) -> None:
    """Check that the same seed shows the same, and that neither weights nor the key's names are shown."""
    for content, _tests in _samples(kind):
        for seed in SEEDS:
            shown = kind.player(content, seed)
            assert shown == kind.player(copy.deepcopy(content), seed)
            assert shown["prompt"] == content["prompt"]
            hidden = {
                "weight",
                "fraction",
                "accepted",
                "pairs",
                "is_true",
                "model_answer",
                "tolerance",
                "key",
                "feedback",
                "remarks",
                "explanation",
            }
            assert not hidden & _all_names(shown), "a part of the key is shown"


def what_it_hides_changes_nothing_that_it_shows(kind: QuestionType) -> None:
    """Check for every text of a sample that is not shown: with another text in its place the player is the same.

    So neither an order, a width nor a number tells what is right. Ids count as shown (their hashes are), and drawn
    variants are left out: their numbers are made of texts that nobody sees.
    """
    for content, _tests in _samples(kind):
        if "variables" in content:
            continue
        shown = kind.player(content, 1)
        for path, text in hidden_texts(content, shown):
            for other in (text + "7", text + "ю", "7"):
                try:
                    changed = kind.validate_content(_with(content, path, other))
                except ContentError:
                    continue
                assert kind.player(changed, 1) == shown, f"{'.'.join(map(str, path))} is hidden, and yet told"


def hidden_texts(content: dict[str, Any], shown: dict[str, Any]) -> list[tuple[tuple[Any, ...], str]]:
    """Return the texts of a content, with their places, of which no part is shown; ids are none."""
    words = json.dumps(shown, ensure_ascii=False, default=str)
    return [
        (path, text)
        for path, text in _texts(content)
        if path[-1] != "id" and not any(part in words for part in re.split(r"[\n{}]+", text) if part.strip())
    ]


def _texts(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str]]:
    if isinstance(value, str) and value:
        yield path, value
    elif isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in inner:
            yield from _texts(item, (*path, key))


def _with(content: dict[str, Any], path: Sequence[Any], text: str) -> dict[str, Any]:
    """Return the content with another text at a place."""
    changed = at = copy.deepcopy(content)
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = text
    return changed


def _all_names(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*(_all_names(item) for item in value.values()))
    if isinstance(value, list | tuple):
        return set().union(*(_all_names(item) for item in value))
    return set()


def its_marks_are_pure(kind: QuestionType) -> None:
    """Check that marking the same thing twice gives the same, and changes neither content nor response."""
    for content, tests in _samples(kind):
        for seed in SEEDS:
            for test in tests:
                response = kind.parse(kind.fields_for(content, seed, test.answer))
                before = copy.deepcopy((content, response))
                found = kind.mark(content, seed, response)
                assert found == kind.mark(copy.deepcopy(content), seed, copy.deepcopy(response))
                assert (content, response) == before, "marking changed its arguments"
                assert response == json.loads(json.dumps(response)), "a response must be JSON"


def its_marks_are_in_range(kind: QuestionType) -> None:
    """Check that status and fraction agree and that a fraction is 0..1."""
    for content, tests in _samples(kind):
        for seed in SEEDS:
            for test in tests:
                found = kind.mark(content, seed, kind.parse(kind.fields_for(content, seed, test.answer)))
                settled = found.status in {MarkStatus.RIGHT, MarkStatus.PARTIAL, MarkStatus.WRONG}
                assert settled == (found.fraction is not None)
                assert found.fraction is None or 0 <= found.fraction <= 1
                assert (found.status is MarkStatus.RIGHT) == (found.fraction == Decimal(1))


def its_right_answer_is_right(kind: QuestionType) -> None:
    """Check that the right answer, where there is one, earns everything on every seed."""
    for content, _tests in _samples(kind):
        answer = kind.correct_answer(content)
        for seed in SEEDS if answer is not None else ():
            response = kind.parse(kind.fields_for(content, seed, answer))
            expected = MarkStatus.NEEDS_MARKING if why_unavailable(kind) else MarkStatus.RIGHT
            assert kind.mark(content, seed, response).status is expected
            assert kind.describe(content, seed, response).strip(), "a response must be told in words"


def it_survives_strange_forms(kind: QuestionType) -> None:
    """Check that whatever is sent is parsed, marked and described without an exception."""
    for content, _tests in _samples(kind):
        for fields in STRANGE_FIELDS:
            response = kind.parse(fields)
            assert mark_safely(kind, content, 1, response).status is not MarkStatus.ERROR
            assert isinstance(kind.describe(content, 1, response), str)


def a_blank_answer_costs_no_more_than_a_wrong_one(kind: QuestionType) -> None:
    """Check that nothing filled in parses to None and earns exactly nothing."""
    for content, _tests in _samples(kind):
        assert kind.parse({}) is None
        assert kind.parse(kind.fields_for(content, 1, None)) is None
        assert kind.mark(content, 1, None).fraction == Decimal(0)


def its_author_form_is_whole(kind: QuestionType) -> None:
    """Check that the form can be rendered by a page that has never seen the type."""
    empty = kind.form_from({})
    form = kind.author_form(empty)
    assert form, "a type without a form cannot be written in the browser"
    assert not problems_of_form(form)
    assert set(empty) == {field.name for field in form}, "a new question's values are those of its fields"


def its_author_form_keeps_content(kind: QuestionType) -> None:
    """Check that content survives the way through the form and a browser, and still passes its tests."""
    for content, tests in _samples(kind):
        values = kind.form_from(content)
        form = kind.author_form(values)
        posted = posted_of(form, values)
        assert all(isinstance(text, str) for texts in posted.values() for text in texts)
        again = kind.validate_content(kind.content_from(read_values(form, posted)))
        assert kind.form_from(again) == values
        assert not run_tests(kind, again, _possible(kind, again, tests))


def its_author_form_survives_nonsense(kind: QuestionType) -> None:
    """Check that whatever is typed is read, and refused only in words that point to a field of the form."""
    names = {field.name for field in kind.author_form(kind.form_from({}))}
    for text in ("", "x", "-1", "1e999", "9" * 40, "\u0000", "1,5"):
        typed = {field.name: [text] for field in kind.author_form({}) if field.kind is not FieldKind.ROWS}
        for field in kind.author_form({}):
            typed |= {
                f"{field.name}.{row}.{column.name}": [text] for row in (0, 1) for column in field.columns
            }
        content = kind.content_from(read_values(kind.author_form({}), typed))
        try:
            kind.validate_content(content)
        except ContentError as error:
            strangers = {name for name in error.problems if not _belongs(name, names)}
            assert not strangers, f"{strangers} are no fields of the form"


def _belongs(name: str, names: set[str]) -> bool:
    return any(name == known or name.startswith(known + ".") for known in names)


#: Every check of the suite, each a function of one question type.
CHECKS: tuple[Callable[[QuestionType], None], ...] = (
    it_has_every_part,
    its_samples_pass_their_tests,
    its_content_has_one_normal_form,
    it_refuses_unusable_content,
    its_player_repeats_and_keeps_the_key,
    what_it_hides_changes_nothing_that_it_shows,
    its_marks_are_pure,
    its_marks_are_in_range,
    its_right_answer_is_right,
    it_survives_strange_forms,
    a_blank_answer_costs_no_more_than_a_wrong_one,
    its_author_form_is_whole,
    its_author_form_keeps_content,
    its_author_form_survives_nonsense,
)
