"""One of several options; each option has a weight, so a nearly right one can earn a part."""

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
    picture_fields,
    shuffled_around,
    token,
)
from lms.assessment.question_types.feedback import (
    REMARK_FIELDS,
    feedback_column,
    feedback_notes,
    read_feedback,
    read_remarks,
    remarked,
)
from lms.assessment.question_types.reading import (
    ContentReader,
    decimal_of,
    given_value,
    said,
    shown_picture,
    stem,
)
from lms.assessment.rules.author_forms import plain, values_of

__all__ = [
    "SHARES_SWITCH",
    "SHARE_COLUMN",
    "SHUFFLE_FIELD",
    "Choice",
    "options_field",
    "read_options",
    "shown_options",
    "with_marks",
    "with_weights",
]

#: Whether every student gets an order of their own.
SHUFFLE_FIELD = AuthorField(
    "shuffle", FieldKind.YES_NO, lazy_gettext("Mix the order for each student"), default="yes"
)


#: The column in which an author says what an option earns.
SHARE_COLUMN = AuthorField(
    "weight", FieldKind.SHARE, lazy_gettext("Share of the points, %"), is_optional=True
)
#: The switch between options that are right or wrong and options of which each has a share of the points.
SHARES_SWITCH = AuthorField(
    "shares",
    FieldKind.SWITCH,
    choices=(
        ("", lazy_gettext("Without shares: an answer is right or wrong")),
        ("yes", lazy_gettext("Give answers different shares of the points")),
    ),
)

#: Under these words stands what few options need.
_SELDOM = lazy_gettext("Add a picture or words after the check, fix the place")


def options_field(hint: Any, *earned: AuthorField) -> AuthorField:
    """Return the rows in which an author writes options and says which are right, or what each earns."""
    columns = (
        AuthorField("id", FieldKind.HIDDEN),
        AuthorField("text", FieldKind.TEXT, lazy_gettext("Answer")),
        *earned,
        *picture_fields(_SELDOM),
        AuthorField("is_pinned", FieldKind.YES_NO, lazy_gettext("Always in this place"), fold=_SELDOM),
        feedback_column(_SELDOM),
    )
    return AuthorField("options", FieldKind.ROWS, lazy_gettext("Answers"), hint, columns=columns, least=2)


def with_weights(content: dict[str, Any]) -> dict[str, Any]:
    """Return raw content in which options that are right have the weight 1, and the others none."""
    options = [
        {**option, "weight": "1" if option.get("is_right") else "0"} for option in content.get("options", [])
    ]
    return {**content, "options": options}


def with_marks(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return content in which every option says whether it is right."""
    options = [
        {**option, "is_right": (decimal_of(option.get("weight")) or 0) > 0}
        for option in content.get("options", [])
    ]
    return {**content, "options": options}


def read_options(reader: ContentReader, *, least_weight: Decimal) -> list[dict[str, Any]]:
    """Return the options {id, text, weight, picture?, is_pinned?, feedback?} of a question; a weight that is not given is 0."""
    options = []
    for number, row in enumerate(reader.rows("options", least=2, with_pictures=True)):
        weight = decimal_of(row.get("weight", 0))
        if weight is None or not least_weight <= weight <= 1:
            reader.fail(f"options.{number}.weight", "content.not_a_number")
            weight = Decimal(0)
        option = {"id": row["id"], "text": row["text"].strip(), "weight": plain(weight), **shown_picture(row)}
        option |= {"is_pinned": True} if row.get("is_pinned") is True else {}
        options.append(option | read_feedback(reader, row, f"options.{number}"))
    return options


def shown_options(content: Mapping[str, Any], seed: int) -> list[dict[str, Any]]:
    """Return the options {value, text, picture?} as a form shows them: opaque values, in this form's order."""
    options = content["options"]
    if content.get("shuffle", True):
        options = shuffled_around(
            options,
            seed,
            "options",
            key=lambda option: option["id"],
            is_pinned=lambda option: option.get("is_pinned", False),
        )
    return [
        {"value": token(seed, option["id"]), "text": option["text"], **shown_picture(option)}
        for option in options
    ]


class Choice(PlainForm):
    """A single choice (radio buttons)."""

    name = "choice"
    version = "1"
    title = lazy_gettext("One answer of several")
    summary = lazy_gettext("A question with ready answers of which one is right. Answers can be pictures.")
    template = "assessment/questions/choice.html"
    form_fields = (
        *STEM_FIELDS,
        options_field(
            lazy_gettext("Write every answer that is offered and mark the right one."),
            AuthorField("is_right", FieldKind.ONE, lazy_gettext("This is the right answer")),
        ),
        SHARES_SWITCH,
        SHUFFLE_FIELD,
        *REMARK_FIELDS,
    )
    form_fields_with_shares = (
        *STEM_FIELDS,
        options_field(
            lazy_gettext("The right answer earns 100 %; a nearly right one may earn a part."), SHARE_COLUMN
        ),
        SHARES_SWITCH,
        SHUFFLE_FIELD,
        *REMARK_FIELDS,
    )

    def author_form(self, values: Mapping[str, Any]) -> tuple[AuthorField, ...]:
        """Ask for the right answer; for shares only when the author wants to give them."""
        return self.form_fields_with_shares if values.get("shares") else self.form_fields

    def content_from(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Give the right answer the weight 1."""
        content = super().content_from(values)
        return with_marks(content) if values.get("shares") else with_weights(content)

    def form_from(self, content: Mapping[str, Any]) -> Values:
        """Show shares where one of them is neither everything nor nothing."""
        weights = [decimal_of(option.get("weight", 0)) for option in content.get("options", [])]
        has_shares = bool(set(weights) - {Decimal(0), Decimal(1)}) or weights.count(Decimal(1)) > 1
        form = self.form_fields_with_shares if has_shares else self.form_fields
        return values_of(form, with_marks(content)) | {"shares": "yes" if has_shares else ""}

    def validate_content(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return {prompt, given, picture, options, shuffle, remarks?}; one option must have the weight 1."""
        reader = ContentReader(content)
        options = read_options(reader, least_weight=Decimal(0))
        if options and not any(Decimal(option["weight"]) == 1 for option in options):
            reader.fail("options", "content.no_right_option")
        shuffle = reader.flag("shuffle", True)
        remarks = read_remarks(reader)
        return reader.done(lambda: {"options": options, "shuffle": shuffle, **remarks})

    def player(self, content: Mapping[str, Any], seed: int) -> dict[str, Any]:
        """Return the stem and the options in this form's order."""
        return {**stem(content), "options": shown_options(content, seed)}

    def parse(self, fields: Mapping[str, Sequence[str]]) -> str | None:
        """Return the value that was chosen."""
        return given_value(fields, "answer") or None

    def fields_for(self, content: Mapping[str, Any], seed: int, answer: Any) -> Fields:
        """Take an option's id as the answer."""
        return {} if answer is None else {"answer": [token(seed, answer)]}

    def _chosen(self, content: Mapping[str, Any], seed: int, response: Any) -> Mapping[str, Any] | None:
        if response is None:
            return None
        return next((o for o in content["options"] if token(seed, o["id"]) == response), None)

    @remarked
    def mark(self, content: Mapping[str, Any], seed: int, response: Any) -> MarkResult:
        """Give the weight of the chosen option."""
        if response is None:
            return MarkResult.of(Decimal(0), "no_answer")
        chosen = self._chosen(content, seed, response)
        return (
            MarkResult.invalid("unknown_option")
            if chosen is None
            else MarkResult.of(Decimal(chosen["weight"]), *feedback_notes([chosen]))
        )

    def guessed_share(self, content: Mapping[str, Any]) -> Decimal:
        """Return what guessing earns on average."""
        weights = [Decimal(option["weight"]) for option in content["options"]]
        return sum(weights, Decimal(0)) / len(weights)

    def correct_answer(self, content: Mapping[str, Any]) -> str:
        """Return the id of the first option with the weight 1."""
        return next(str(option["id"]) for option in content["options"] if Decimal(option["weight"]) == 1)

    def describe(self, content: Mapping[str, Any], seed: int, response: Any) -> str:
        """Return the text of the chosen option."""
        chosen = self._chosen(content, seed, response)
        return "" if chosen is None else said(chosen)

    def depict(self, content: Mapping[str, Any], seed: int, response: Any) -> list[dict[str, str]]:
        """Return the picture of the chosen option, when it has one."""
        if not any(option.get("picture") for option in content["options"]):
            return []
        chosen = self._chosen(content, seed, response)
        return [chosen["picture"]] if chosen and chosen.get("picture") else []

    def samples(self) -> list[Sample]:
        """Return a question with one right option, one with a half right option besides, and one with pictures."""
        prompt = "При какой температуре кипит вода на уровне моря?"
        plain_options = [
            {"id": "a", "text": "100 °C", "weight": "1"},
            {"id": "b", "text": "около 99 °C"},
            {"id": "c", "text": "0 °C", "feedback": "При этой температуре вода замерзает."},
            {"id": "d", "text": "36,6 °C"},
        ]
        options = [plain_options[0], {**plain_options[1], "weight": "0.5"}, *plain_options[2:]]
        plain_tests = (
            ItemTest("a", MarkStatus.RIGHT),
            ItemTest("c", MarkStatus.WRONG),
            ItemTest(None, MarkStatus.WRONG),
        )
        tests = (
            ItemTest("a", MarkStatus.RIGHT),
            ItemTest("b", MarkStatus.PARTIAL, Decimal("0.5")),
            ItemTest("c", MarkStatus.WRONG),
            ItemTest(None, MarkStatus.WRONG),
            ItemTest("no such option", MarkStatus.INVALID),
        )
        figures = [
            {
                "id": name,
                "text": "",
                "picture": {"url": f"/static/samples/{name}.png", "alt": alt},
                "weight": weight,
            }
            for name, alt, weight in (
                ("triangle", "Фигура с тремя сторонами", "1"),
                ("square", "Фигура с четырьмя сторонами", "0"),
            )
        ]
        return [
            Sample("Кипение воды", {"prompt": prompt, "options": plain_options, **_SAID}, plain_tests),
            Sample("Кипение воды, с частью", {"prompt": prompt, "options": options}, tests),
            Sample(
                "Треугольник",
                {"prompt": "Какая фигура — треугольник?", "options": figures},
                (ItemTest("triangle", MarkStatus.RIGHT), ItemTest("square", MarkStatus.WRONG)),
            ),
        ]


#: What is said after the check, as an author might.
_SAID = {
    "remarks": {"right": "Так оно и есть.", "wrong": "Вспомни опыт с чайником."},
    "explanation": "Давление пара воды при 100 °C равно давлению воздуха на уровне моря.",
}
