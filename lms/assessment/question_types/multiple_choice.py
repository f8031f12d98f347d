"""Several of several options: weights for each, or all or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext, lazy_gettext

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
    token,
)
from lms.assessment.question_types.choice import (
    SHARE_COLUMN,
    SHARES_SWITCH,
    SHUFFLE_FIELD,
    options_field,
    read_options,
    shown_options,
    with_marks,
    with_weights,
)
from lms.assessment.question_types.feedback import REMARK_FIELDS, feedback_notes, read_remarks, remarked
from lms.assessment.question_types.reading import ContentReader, said, stem
from lms.assessment.rules.author_forms import values_of

__all__ = ["MultipleChoice"]

#: Each option adds its weight (a wrong one may take something away) · every wrong one cancels a right one · exactly the
#: right ones, or nothing.
WEIGHTS, RIGHT_MINUS_WRONG, ALL_OR_NOTHING = "weights", "right_minus_wrong", "all_or_nothing"

#: Weights such as three times 0.333333 are meant to be everything.
NEARLY_ALL = Decimal("0.999")


LIMIT_FIELD = AuthorField(
    "limit", FieldKind.WHOLE, lazy_gettext("How many may be chosen at most"), is_optional=True
)
#: Absent from contents in which the shares of the right options add up to everything.
CAPPED_FIELD = AuthorField(
    "is_capped",
    FieldKind.YES_NO,
    lazy_gettext("The right answers may add up to more than 100 %: what is above counts as 100 %"),
)


class MultipleChoice(PlainForm):
    """A multiple choice (checkboxes)."""

    name = "multiple_choice"
    version = "2"
    title = lazy_gettext("Several answers of several")
    summary = lazy_gettext(
        "A question with ready answers of which several are right. Answers can be pictures."
    )
    template = "assessment/questions/multiple_choice.html"
    form_fields = (
        *STEM_FIELDS,
        options_field(
            lazy_gettext("Write every answer that is offered and mark all right ones."),
            AuthorField("is_right", FieldKind.YES_NO, lazy_gettext("A right answer")),
        ),
        AuthorField(
            "scoring",
            FieldKind.CHOICE,
            lazy_gettext("How it is scored"),
            choices=(
                (RIGHT_MINUS_WRONG, lazy_gettext("in parts: a wrong answer cancels a right one")),
                (ALL_OR_NOTHING, lazy_gettext("all or nothing: exactly the right answers")),
            ),
            default=RIGHT_MINUS_WRONG,
        ),
        SHARES_SWITCH,
        SHUFFLE_FIELD,
        LIMIT_FIELD,
        *REMARK_FIELDS,
    )
    form_fields_with_shares = (
        *STEM_FIELDS,
        options_field(
            lazy_gettext(
                "The shares of the right answers add up to 100 %. A wrong one may take some away, as −50."
            ),
            SHARE_COLUMN,
        ),
        SHARES_SWITCH,
        CAPPED_FIELD,
        SHUFFLE_FIELD,
        LIMIT_FIELD,
        *REMARK_FIELDS,
    )

    def author_form(self, values: Mapping[str, Any]) -> tuple[AuthorField, ...]:
        """Ask which answers are right; for shares only when the author wants to give them."""
        return self.form_fields_with_shares if values.get("shares") else self.form_fields

    def content_from(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Give right answers the weight 1, or every answer its share."""
        content = super().content_from(values)
        if values.get("shares"):
            return with_marks(content) | {"scoring": WEIGHTS}
        return with_weights(content)

    def form_from(self, content: Mapping[str, Any]) -> Values:
        """Show shares where they count."""
        has_shares = bool(content) and content.get("scoring", WEIGHTS) == WEIGHTS
        form = self.form_fields_with_shares if has_shares else self.form_fields
        return values_of(form, with_marks(content)) | {"shares": "yes" if has_shares else ""}

    def validate_content(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return {…, options, scoring, shuffle, limit, is_capped?, remarks?}.

        A right option has a weight above 0, a wrong one 0 or less; by weights, those of the right ones (with a limit: of the
        best of them) add up to 1, or to more where that is capped. A wrong one with the weight 0 costs nothing.
        """
        reader = ContentReader(content)
        scoring = reader.one_of("scoring", (WEIGHTS, RIGHT_MINUS_WRONG, ALL_OR_NOTHING))
        options = read_options(reader, least_weight=Decimal(-1))
        positive = [option for option in options if Decimal(option["weight"]) > 0]
        limit = reader.whole("limit", None)
        is_capped = reader.flag("is_capped", False)
        best = sorted((Decimal(option["weight"]) for option in positive), reverse=True)[:limit]
        earned = sum(best, Decimal(0))
        if options and not positive:
            reader.fail("options", "content.no_right_option")
        elif scoring == WEIGHTS and options and not _adds_up(earned, is_capped=is_capped):
            reader.fail("options", "content.weights_must_add_up")
        shuffle = reader.flag("shuffle", True)
        if limit is not None and (limit < 1 or (scoring != WEIGHTS and limit < len(positive))):
            reader.fail("limit", "content.limit_too_small")
        remarks = read_remarks(reader)
        return reader.done(
            lambda: {
                **remarks,
                "options": options,
                "scoring": scoring,
                "shuffle": shuffle,
                "limit": limit,
                **({"is_capped": True} if is_capped and earned > 1 else {}),
            }
        )

    def player(self, content: Mapping[str, Any], seed: int) -> dict[str, Any]:
        """Return the stem, the options in this form's order, and how many may be chosen at most (or None)."""
        return {**stem(content), "options": shown_options(content, seed), "limit": content.get("limit")}

    def parse(self, fields: Mapping[str, Sequence[str]]) -> list[str] | None:
        """Return the chosen values, each once, in alphabetical order."""
        chosen = {value for value in fields.get("answer", ()) if value}
        return sorted(chosen) or None

    def fields_for(self, content: Mapping[str, Any], seed: int, answer: Any) -> Fields:
        """Take a list of options' ids as the answer."""
        return {} if not answer else {"answer": [token(seed, name) for name in answer]}

    @remarked
    def mark(self, content: Mapping[str, Any], seed: int, response: Any) -> MarkResult:
        """Add up what was chosen by the question's way of scoring; below zero is zero."""
        if not response:
            return MarkResult.of(Decimal(0), "no_answer")
        weights = {token(seed, option["id"]): Decimal(option["weight"]) for option in content["options"]}
        if not set(response) <= set(weights):
            return MarkResult.invalid("unknown_option")
        limit = content.get("limit")
        if limit is not None and len(response) > limit:
            return MarkResult.invalid("too_many_chosen")
        right = {value for value, weight in weights.items() if weight > 0}
        told = feedback_notes(each for each in content["options"] if token(seed, each["id"]) in response)
        if content["scoring"] == ALL_OR_NOTHING:
            return MarkResult.of(Decimal(int(set(response) == right)), *told)
        if content["scoring"] == RIGHT_MINUS_WRONG:
            return MarkResult.of(Decimal(2 * len(set(response) & right) - len(response)) / len(right), *told)
        earned = sum((weights[value] for value in response), Decimal(0))
        return MarkResult.of(Decimal(1) if earned > NEARLY_ALL else earned, *told)

    def correct_answer(self, content: Mapping[str, Any]) -> list[str]:
        """Return the ids of the right options; with a limit the best of them."""
        right = [option for option in content["options"] if Decimal(option["weight"]) > 0]
        best = sorted(right, key=lambda option: Decimal(option["weight"]), reverse=True)[
            : content.get("limit")
        ]
        return [option["id"] for option in right if option in best]

    def describe(self, content: Mapping[str, Any], seed: int, response: Any) -> str:
        """Return the texts of the chosen options, in the author's order."""
        chosen = set(response or ())
        return "; ".join(said(o) for o in content["options"] if token(seed, o["id"]) in chosen)

    def depict(self, content: Mapping[str, Any], seed: int, response: Any) -> list[dict[str, str]]:
        """Return the pictures of the chosen options."""
        shown = [option for option in content["options"] if option.get("picture")]
        return [option["picture"] for option in shown if token(seed, option["id"]) in (response or ())]

    def doubts(self, content: Mapping[str, Any]) -> list[str]:
        """Return in words that ticking everything would earn all points."""
        weights = sum((Decimal(option["weight"]) for option in content["options"]), Decimal(0))
        if not content.get("is_capped") or content["limit"] is not None or weights <= NEARLY_ALL:
            return []
        return [
            str(
                gettext(
                    "Whoever ticks everything gets all points. Limit how many may be chosen, or let wrong ones cost more."
                )
            )
        ]

    def samples(self) -> list[Sample]:
        """Return one question for each way of scoring, and one with a limit."""
        tests = (
            ItemTest(["a", "b"], MarkStatus.RIGHT),
            ItemTest(["a"], MarkStatus.PARTIAL, Decimal("0.5")),
            ItemTest(["a", "b", "c"], MarkStatus.PARTIAL, Decimal("0.5")),
            ItemTest(["c"], MarkStatus.WRONG),
            ItemTest(None, MarkStatus.WRONG),
            ItemTest(["z"], MarkStatus.INVALID),
        )
        strict = (
            ItemTest(["b", "a"], MarkStatus.RIGHT),
            ItemTest(["a"], MarkStatus.WRONG),
            ItemTest(["a", "b", "c"], MarkStatus.WRONG),
        )
        best_two = (
            ItemTest(["b", "c"], MarkStatus.RIGHT),
            ItemTest(["a", "b"], MarkStatus.PARTIAL, Decimal("0.6")),
            ItemTest(["a", "b", "c"], MarkStatus.INVALID),
        )
        minus = (
            ItemTest(["a", "b"], MarkStatus.RIGHT),
            ItemTest(["a"], MarkStatus.PARTIAL, Decimal("0.5")),
            ItemTest(["a", "b", "c"], MarkStatus.PARTIAL, Decimal("0.5")),
            ItemTest(["a", "c"], MarkStatus.WRONG),
        )
        prompt = "Какие из этих веществ — металлы?"
        marked = {"prompt": prompt, "options": _substances(_METALS, 1, 1, 0, 0)}
        weighted = {"prompt": prompt, "options": _substances(_METALS, "0.5", "0.5", "-0.5", "-0.5")}
        graded = {
            "prompt": "Выбери два металла, которые хуже всего вступают в реакции.",
            "options": _substances(("медь", "золото", "платина"), "0.2", "0.4", "0.6"),
            "limit": 2,
        }
        enough = {
            "prompt": "Назови хотя бы два металла.",
            "options": _substances(("медь", "железо", "цинк", "гелий"), "0.5", "0.5", "0.5", "-0.5"),
            "is_capped": True,
        }
        capped = (
            ItemTest(["a", "c"], MarkStatus.RIGHT),
            ItemTest(["a", "b", "c"], MarkStatus.RIGHT),
            ItemTest(["b"], MarkStatus.PARTIAL, Decimal("0.5")),
            ItemTest(["b", "c", "d"], MarkStatus.PARTIAL, Decimal("0.5")),
        )
        return [
            Sample("Металлы с вычетом", {**marked, "scoring": RIGHT_MINUS_WRONG}, minus),
            Sample("Металлы по весам", weighted, tests),
            Sample("Металлы целиком", {**marked, "scoring": ALL_OR_NOTHING}, strict),
            Sample("Лучшие два", graded, best_two),
            Sample("Любых двух довольно", enough, capped),
        ]


def _adds_up(earned: Decimal, *, is_capped: bool) -> bool:
    return earned > NEARLY_ALL if is_capped else abs(earned - 1) <= 1 - NEARLY_ALL


_METALS = ("медь", "железо", "кислород", "гелий")


def _substances(names: Sequence[str], *weights: object) -> list[dict[str, Any]]:
    """Return options a, b, c … with their weights."""
    return [
        {"id": key, "text": name, "weight": str(weight)}
        for key, name, weight in zip("abcd", names, weights, strict=False)
    ]
