"""Declare what a question type is.

A question type is pure: content, seed and what the student's form sent go in; something to show or a mark comes out.
It sees no request, no session and no clock. The host owns points, deadlines, order, access and storage. A type describes the
form in which authors write it as a list of `AuthorField`; one page of the host renders it. `PlainForm` is for types whose form
has the shape of their content.

Install one through the entry-point group ``lms.question_types``; `lms.testing.contracts.question_types` checks it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from flask_babel import lazy_gettext, lazy_pgettext

from lms.assessment.rules.author_forms import AuthorField, FieldKind, Values, content_of, values_of
from lms.assessment.rules.seeds import derive_seed, shuffled, shuffled_around, token
from lms.assessment.types import Fields, MarkResult, MarkStatus
from lms.core.registry import Group

__all__ = [
    "GIVEN_FIELD",
    "HINTS_FIELD",
    "PICTURE_FIELDS",
    "PROMPT_FIELD",
    "QUESTION_TYPES",
    "STEM_FIELDS",
    "AuthorField",
    "ContentError",
    "FieldKind",
    "Fields",
    "FileRule",
    "ItemTest",
    "MarkResult",
    "MarkStatus",
    "PlainForm",
    "QuestionType",
    "Sample",
    "Values",
    "derive_seed",
    "picture_columns",
    "picture_fields",
    "shuffled",
    "shuffled_around",
    "token",
]


class ContentError(ValueError):
    """The content of a question cannot be used; ``problems`` maps a dotted field to message codes."""

    def __init__(self, problems: Mapping[str, list[str]]) -> None:
        """Refuse with every problem at once."""
        super().__init__("; ".join(f"{name}: {', '.join(codes)}" for name, codes in problems.items()))
        self.problems = {name: list(codes) for name, codes in problems.items()}


@dataclass(frozen=True, slots=True)
class ItemTest:
    """One case that an item must pass on every seed.

    ``answer`` is written in the author's words (see the type's `QuestionType.fields_for`); None = left blank. A test that an
    author recorded by answering has the ``fields`` instead, as a browser sent them on the variant of ``seed``.
    """

    answer: Any
    status: MarkStatus
    fraction: Decimal | None = None
    fields: Fields | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class FileRule:
    """Which files belong to an answer: kinds of ``picture``, ``pdf``, ``audio``, and how many at most.

    A type whose answers are files has a method ``takes_files(content) -> FileRule``; the host stores them and the fields
    ``file`` of the answer name them by their ids.
    """

    kinds: tuple[str, ...]
    most: int


@dataclass(frozen=True, slots=True)
class Sample:
    """A complete example of a type: usable content and its tests, so that a host can try a type it has never seen."""

    title: str
    content: dict[str, Any]
    tests: tuple[ItemTest, ...] = field(default_factory=tuple)


class QuestionType(Protocol):
    """One kind of question. All methods are pure and total for content that `validate_content` returned.

    The host ends a marker that takes longer than two seconds. A type whose marker works in a process of its own and limits it
    there has a method ``keeps_time(content) -> bool`` that says so. One that takes longer still (it runs programs) has a method
    ``marks_later(content) -> bool``: the host calls its marker after the work was handed in, in a worker. One that needs
    something which not every server has has a method ``unavailable() -> str``: why it cannot mark here, in words, or nothing;
    then it leaves every answer that is not blank to a person. One whose answers can be pictures has a method
    ``depict(content, seed, response)``: the pictures {url, alt} that were chosen, for whoever looks at the answer again.
    One whose answers can be typed so that nobody can read them has a method ``is_unread(content, response) -> bool``: the
    student hears of it before the work is handed in. One that is only there to be read says ``asks_nothing = True``: it earns no
    points in any plan and stands in no pool. One that finds fault with usable content has a method ``doubts(content)``: what its
    author should look at, in sentences.
    """

    #: Stable name, version of the marker (a new one when marks can change), title (translatable), template. A type can have a
    #: ``summary``, too: one sentence for teachers who choose a kind of question.
    name: str
    version: str
    title: Any
    template: str

    def validate_content(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return the content in its normal form; raise ContentError with all problems."""
        ...

    def player(self, content: Mapping[str, Any], seed: int) -> dict[str, Any]:
        """Return what the template shows. The key, or anything from which it follows, must not be in it."""
        ...

    def parse(self, fields: Mapping[str, Sequence[str]]) -> Any:
        """Return the response (JSON values) that a form's fields stand for; None when left blank. Never raises."""
        ...

    def fields_for(self, content: Mapping[str, Any], seed: int, answer: Any) -> Fields:
        """Return the fields that a browser sends for ``answer`` in the author's words (None = left blank)."""
        ...

    def mark(self, content: Mapping[str, Any], seed: int, response: Any) -> MarkResult:
        """Mark a response. Same arguments, same mark, on any machine."""
        ...

    def correct_answer(self, content: Mapping[str, Any]) -> Any:
        """Return a fully right answer in the author's words, or None where there is none (an essay)."""
        ...

    def describe(self, content: Mapping[str, Any], seed: int, response: Any) -> str:
        """Return the response in words, for people and screen readers."""
        ...

    def samples(self) -> Sequence[Sample]:
        """Return at least one complete example with tests."""
        ...

    def author_form(self, values: Mapping[str, Any]) -> Sequence[AuthorField]:
        """Return the form's fields. Few types look at what was filled in so far (empty at first)."""
        ...

    def content_from(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the raw content that a filled-in form stands for; `validate_content` judges it. Never raises."""
        ...

    def form_from(self, content: Mapping[str, Any]) -> Values:
        """Return what the form shows for content that `validate_content` returned, or for {} (a new question)."""
        ...


class PlainForm:
    """Give a type whose form has the shape of its content the three methods of the author's form.

    ``form_fields`` names them; a type that arranges its form otherwise overrides `content_from` and `form_from`.
    """

    form_fields: tuple[AuthorField, ...] = ()

    def author_form(self, values: Mapping[str, Any]) -> tuple[AuthorField, ...]:
        """Return the same fields always."""
        return self.form_fields

    def content_from(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Take every field under its own name."""
        return content_of(self.author_form(values), values)

    def form_from(self, content: Mapping[str, Any]) -> Values:
        """Show every part under its own name."""
        return values_of(self.author_form({}), content)


#: Under these words stands what few questions need.
_MORE = lazy_gettext("Add conditions, a picture, hints, an explanation")


def picture_fields(fold: Any = "") -> tuple[AuthorField, ...]:
    """Return the fields of a picture and its words, optional where they are folded away."""
    return (
        AuthorField(
            "picture.url",
            FieldKind.PICTURE,
            lazy_pgettext("question", "Picture"),
            lazy_gettext("JPEG, PNG, WebP or GIF. Where and with what it was taken is removed from it."),
            is_optional=bool(fold),
            fold=fold,
        ),
        AuthorField(
            "picture.alt",
            FieldKind.TEXT,
            lazy_gettext("What the picture shows"),
            lazy_gettext(
                "It is read aloud in place of the picture. Say what is needed to answer, not the answer."
            ),
            is_optional=bool(fold),
            fold=fold,
        ),
    )


def picture_columns() -> tuple[AuthorField, ...]:
    """Return the columns of a picture in a row and its words, folded away until there is one."""
    return picture_fields(lazy_gettext("Add a picture"))


#: A picture of a question with its words; `STEM_FIELDS` have it.
PICTURE_FIELDS: tuple[AuthorField, ...] = picture_fields(_MORE)

PROMPT_FIELD = AuthorField("prompt", FieldKind.LONG_TEXT, lazy_gettext("Question"))
GIVEN_FIELD = AuthorField(
    "given",
    FieldKind.LONG_TEXT,
    lazy_gettext("What is given"),
    lazy_gettext("Conditions, data, a quotation: it stands under the question."),
    is_optional=True,
    fold=_MORE,
)

HINTS_FIELD = AuthorField(
    "hints",
    FieldKind.LINES,
    lazy_gettext("Hints"),
    lazy_gettext(
        "One on a line. An exam with several tries shows one after each failed try; others show none."
    ),
    is_optional=True,
    fold=_MORE,
)

EXPLANATION_FIELD = AuthorField(
    "explanation",
    FieldKind.LONG_TEXT,
    lazy_gettext("Explanation"),
    lazy_gettext("Why the right answer is right. It is shown together with the right answer, never before."),
    is_optional=True,
    fold=_MORE,
)

#: What every question begins with: the prompt; folded away what is given, a picture, hints, an explanation.
STEM_FIELDS: tuple[AuthorField, ...] = (
    PROMPT_FIELD,
    GIVEN_FIELD,
    *PICTURE_FIELDS,
    HINTS_FIELD,
    EXPLANATION_FIELD,
)


#: Registry of question types; the built-in ones come through the same entry-point group.
QUESTION_TYPES: Group[QuestionType] = Group(
    "lms.question_types",
    (
        "name",
        "version",
        "title",
        "template",
        "validate_content",
        "player",
        "parse",
        "fields_for",
        "mark",
        "correct_answer",
        "describe",
        "samples",
        "author_form",
        "content_from",
        "form_from",
    ),
)
