"""Check that a course block keeps its contract. A distribution with a block of its own runs this over it.

>>> from lms.testing.contracts.course_blocks import CHECKS
>>> for check in CHECKS:
...     check(MyBlock(), registries)
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from flask import Flask
from flask_babel import Babel

from lms.core.registry import Registries
from lms.courses.contracts import (
    CONTRACT_VERSION,
    COURSE_BLOCKS,
    SAMPLE_PREFIX,
    SAMPLE_SEED,
    BlockContext,
    BlockSample,
    CompletionRule,
    CourseBlock,
    PastAnswer,
)

__all__ = ["CHECKS", "sample_context"]

Check = Callable[[CourseBlock, Registries], None]

SEEDS = (0, 1, 7, 2**31, 2**47)

#: Forms that a broken or hostile client might send.
STRANGE_FIELDS: tuple[dict[str, list[str]], ...] = (
    {},
    {"answer": []},
    {"answer": ["", "   "]},
    {"0.answer": ["\x00"], "999999.answer": ["x"], "-1.answer": ["y"]},
    {"q0": ["1" * 5000], "": ["empty name"]},
    {"unknown": ["field"]},
)


def sample_context(registries: Registries, seed: int = SAMPLE_SEED, **more: Any) -> BlockContext:
    """Return a context as the host would make it."""
    return BlockContext(
        block_id=UUID("0190a0a0-0000-7000-8000-0000000000ff"),
        title="Sample",
        language="ru",
        prefix=SAMPLE_PREFIX,
        seed=seed,
        media_url=lambda name: f"/media/{name}",
        registries=registries,
        **more,
    )


def _good(block: CourseBlock) -> list[BlockSample]:
    return [sample for sample in block.samples() if sample.is_valid]


def it_has_every_part(block: CourseBlock, _registries: Registries) -> None:
    """Check that all attributes are there, the name is usable and the contract is the present one."""
    missing = [name for name in COURSE_BLOCKS.required if not hasattr(block, name)]
    assert not missing, f"lacks {missing}"
    assert block.name.isidentifier(), "the name must be a lower-case identifier"
    assert block.name == block.name.lower(), "the name must be a lower-case identifier"
    assert block.contract == CONTRACT_VERSION, (
        f"written for contract {block.contract}, this is {CONTRACT_VERSION}"
    )
    assert str(block.version)


def it_brings_good_and_bad_samples(block: CourseBlock, _registries: Registries) -> None:
    """Check that there is content that may be published and content that may not."""
    samples = block.samples()
    assert any(sample.is_valid for sample in samples), "no usable sample"
    assert any(not sample.is_valid for sample in samples), "no sample that must be refused"


def it_judges_its_samples_rightly(block: CourseBlock, _registries: Registries) -> None:
    """Check that good content passes and bad content is refused with a place and a message."""
    for sample in block.samples():
        problems = block.validate(sample.content)
        assert (not problems) == sample.is_valid, f"{sample.content}: {problems}"
        assert all(problem.path and problem.message for problem in problems)


def it_refuses_nonsense_without_falling(block: CourseBlock, _registries: Registries) -> None:
    """Check that content of the wrong shape is refused, never answered with an exception."""
    for nonsense in (
        {},
        {"unknown": 1},
        {"markdown": 5},
        {"media": None},
        {"sources": "x"},
        {"questions": 3},
    ):
        assert block.validate(nonsense), f"{nonsense} was accepted"


def it_changes_nothing_it_is_given(block: CourseBlock, registries: Registries) -> None:
    """Check that content stays as it was: a published version is shared by all learners."""
    for sample in _good(block):
        before = copy.deepcopy(sample.content)
        block.validate(sample.content)
        block.render(sample.content, sample_context(registries))
        assert sample.content == before


def its_content_is_json(block: CourseBlock, _registries: Registries) -> None:
    """Check that good content survives storage."""
    for sample in _good(block):
        assert json.loads(json.dumps(sample.content)) == sample.content


def it_renders_the_same_for_the_same_seed(block: CourseBlock, registries: Registries) -> None:
    """Check that rendering is a pure function and gives a template of HTML."""
    for sample in _good(block):
        for seed in SEEDS:
            first = block.render(sample.content, sample_context(registries, seed))
            second = block.render(sample.content, sample_context(registries, seed))
            assert first.template.endswith(".html")
            assert repr(first.values) == repr(second.values)


def its_author_form_keeps_its_content(block: CourseBlock, _registries: Registries) -> None:
    """Check that good content goes into the author form and comes out as it was, and that every name is there once."""
    with _in_a_request():
        names = [field.name for field in block.author_form()]
        assert names, "nothing can be written"
        assert len(names) == len(set(names))
        for sample in _good(block):
            form = block.form_from(sample.content)
            assert all(isinstance(value, str) for value in form.values())
            assert {name.removesuffix(".type") for name in form} <= set(names)
            assert block.content_from(form, sample.content) == sample.content


def its_author_form_stands_anything(block: CourseBlock, _registries: Registries) -> None:
    """Check that an empty form is refused, and that strange texts are content that `validate` can judge."""
    with _in_a_request():
        names = [field.name for field in block.author_form()]
        assert block.validate(block.content_from({}, {})), "an empty form was accepted"
        for text in (
            "",
            " ",
            "—",
            "a — b",
            "\r\n\r\n",
            "? \n+\n=",
            "<script>alert(1)</script>",
            "9" * 400,
            "{",
            "🙂",
        ):
            content = block.content_from(dict.fromkeys(names, text), {})
            block.validate(content)
            assert json.loads(json.dumps(content)) == content


@contextmanager
def _in_a_request() -> Iterator[None]:
    """Let labels be worded: outside of the product they stay as they are written."""
    app = Flask(__name__)
    Babel(app)
    with app.test_request_context():
        yield


def it_leads_to_whole_addresses(block: CourseBlock, _registries: Registries) -> None:
    """Check that links of good content are texts."""
    for sample in _good(block):
        assert all(address.strip() for address in block.links(sample.content))


def it_names_the_media_that_it_shows(block: CourseBlock, registries: Registries) -> None:
    """Check that every file asked for while rendering is among those that `media` names."""
    for sample in _good(block):
        asked = _Asked()
        context = sample_context(registries)
        kept = {name: getattr(context, name) for name in context.__slots__ if name != "media_url"}
        block.render(sample.content, BlockContext(**kept, media_url=asked))
        assert asked.names <= set(block.media(sample.content))


class _Asked:
    """A maker of media addresses that remembers what it was asked for."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def __call__(self, name: str) -> str:
        self.names.add(name)
        return f"/media/{name}"


def it_says_when_it_is_completed(block: CourseBlock, _registries: Registries) -> None:
    """Check that the rule is known and that a pass score lies between 0 and 1, above 0 where something is asked."""
    for sample in _good(block):
        rule, needed = block.completion(sample.content), block.pass_score(sample.content)
        assert isinstance(rule, CompletionRule)
        assert 0 <= needed <= 1
        if rule is CompletionRule.SCORE:
            assert sample.answers, "a block that asks brings answers with its samples"


def it_marks_its_samples_rightly(block: CourseBlock, registries: Registries) -> None:
    """Check the scores of sample answers; the same answer gets the same score twice."""
    for sample in _good(block):
        for payload, expected in sample.answers:
            outcomes = [block.respond(sample.content, payload, sample_context(registries)) for _ in range(2)]
            assert outcomes[0] == outcomes[1]
            assert not outcomes[0].errors, outcomes[0].errors
            assert outcomes[0].score == expected, f"{payload}: {outcomes[0].score} instead of {expected}"


def it_shows_what_came_of_an_answer(block: CourseBlock, registries: Registries) -> None:
    """Check that details are JSON and that the block renders with its last answer and with a refused draft."""
    for sample in _good(block):
        for payload, _expected in sample.answers:
            outcome = block.respond(sample.content, payload, sample_context(registries))
            details = json.loads(json.dumps(outcome.details))
            last = PastAnswer(payload, outcome.score, details, 1)
            block.render(sample.content, sample_context(registries, last=last, is_completed=True))
            errors = {"_form": ["no"]}
            block.render(sample.content, sample_context(registries, draft=payload, errors=errors))


def it_stands_strange_answers(block: CourseBlock, registries: Registries) -> None:
    """Check that a hostile form is marked or refused, never answered with an exception."""
    for sample in _good(block):
        for fields in STRANGE_FIELDS:
            outcome = block.respond(sample.content, _as_sent(fields), sample_context(registries))
            assert outcome.score is None or 0 <= outcome.score <= 1


def _as_sent(fields: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    return {name: list(values) for name, values in fields.items()}


CHECKS: tuple[Check, ...] = (
    it_has_every_part,
    it_brings_good_and_bad_samples,
    it_judges_its_samples_rightly,
    it_refuses_nonsense_without_falling,
    it_changes_nothing_it_is_given,
    its_content_is_json,
    it_renders_the_same_for_the_same_seed,
    its_author_form_keeps_its_content,
    its_author_form_stands_anything,
    it_leads_to_whole_addresses,
    it_names_the_media_that_it_shows,
    it_says_when_it_is_completed,
    it_marks_its_samples_rightly,
    it_shows_what_came_of_an_answer,
    it_stands_strange_answers,
)
