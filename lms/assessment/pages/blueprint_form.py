"""The form in which an author writes a plan of an examination: its fields, and the way from what was typed to the plan and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from flask_babel import gettext, pgettext

from lms.assessment.pages import words
from lms.assessment.pages.plan_words import feedback_words, method_words
from lms.assessment.rules.adaptive import Adaptive
from lms.assessment.rules.author_forms import AuthorField, FieldKind, Values, content_of, plain, values_of
from lms.assessment.rules.blueprint import FREE, LINEAR, GradeMethod, Plan, PlannedItem, Section
from lms.assessment.rules.conduct import Conduct, Feedback
from lms.assessment.rules.drawing import Draw
from lms.assessment.rules.review import PARTS, ReviewMatrix
from lms.assessment.types import Difficulty, MarkScale
from lms.core.errors import InvalidInput

__all__ = ["MOMENTS", "PARTS", "Source", "form_groups", "plan_of_values", "review_words", "values_of_plan"]

#: The rows of the review matrix.
MOMENTS = ("during", "after_end", "after_release", "after_close")
#: The choices where there is nothing to choose from.
NOTHING = (("", "—"),)
#: Where a plan keeps what the form calls otherwise.
_PLACES = {"points": "fixed", "items": "fixed", "adaptive": "is_adaptive"}


@dataclass(frozen=True, slots=True)
class Source:
    """What an author chooses from: banks, scales and outcomes as (value, words); the ready questions of a bank by number."""

    banks: Sequence[tuple[str, str]]
    subjects: Sequence[tuple[str, str]]
    scales: Sequence[tuple[str, str]]
    outcomes: Sequence[tuple[str, str]] = ()
    numbers: Mapping[str, Mapping[int, UUID]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that belong together; one that few need is folded away until something stands in it."""

    title: str
    fields: tuple[AuthorField, ...]
    is_folded: bool = False


def form_groups(source: Source) -> list[Group]:
    """Return the form."""
    return [
        Group(gettext("The exam"), _about(source)),
        Group(gettext("Questions"), _questions(source)),
        Group(gettext("Time and order"), _time()),
        Group(pgettext("exam", "How often"), _sittings()),
        Group(gettext("Checks, tries and certainty"), _conduct(), is_folded=True),
        Group(gettext("Questions that follow the answers"), _adaptive(), is_folded=True),
        Group(gettext("What is shown when"), _review(), is_folded=True),
    ]


def _about(source: Source) -> tuple[AuthorField, ...]:
    return (
        AuthorField("title", FieldKind.TEXT, gettext("Title")),
        AuthorField("subject", FieldKind.CHOICE, gettext("Subject"), choices=tuple(source.subjects)),
        AuthorField(
            "scale",
            FieldKind.CHOICE,
            gettext("Marks"),
            choices=tuple(source.scales),
            default=MarkScale.FIVE.value,
        ),
        AuthorField(
            "instructions",
            FieldKind.LONG_TEXT,
            gettext("What students should know"),
            gettext("What may be used, how the answers are written. It stands on the page before the start."),
            is_optional=True,
        ),
        AuthorField(
            "is_practice",
            FieldKind.YES_NO,
            gettext("Practice: no mark comes of it"),
            gettext("Right answers may then be shown at once."),
        ),
    )


def _questions(source: Source) -> tuple[AuthorField, ...]:
    return (
        AuthorField(
            "sections",
            FieldKind.ROWS,
            pgettext("exam", "Parts"),
            gettext("An exam without parts needs nothing here."),
            columns=(
                AuthorField("title", FieldKind.TEXT, gettext("Title")),
                AuthorField("minutes", FieldKind.WHOLE, gettext("Minutes of its own"), is_optional=True),
                AuthorField("is_mixed", FieldKind.YES_NO, gettext("Mix its questions for each student")),
            ),
            least=0,
            most=12,
        ),
        AuthorField(
            "fixed",
            FieldKind.ROWS,
            gettext("Questions that everybody gets"),
            columns=_fixed_columns(source),
            most=30,
        ),
        AuthorField(
            "draws",
            FieldKind.ROWS,
            gettext("Pools to draw from"),
            gettext(
                "Every student gets others of the questions that fit. Which questions fit is settled when the plan is saved."
            ),
            columns=_pool_columns(source),
            least=0,
            most=30,
        ),
        AuthorField(
            "forms",
            FieldKind.WHOLE,
            gettext("How many different forms"),
            gettext("0: one for each student. 2 to 20: so many fixed forms, shared out by chance."),
            default="0",
        ),
    )


def _place_columns(source: Source) -> tuple[AuthorField, AuthorField, AuthorField]:
    """Return what every row has: the part, the bank, the points."""
    return (
        AuthorField("section", FieldKind.WHOLE, pgettext("exam", "Part"), default="1"),
        AuthorField("bank", FieldKind.CHOICE, gettext("Bank"), choices=tuple(source.banks) or NOTHING),
        AuthorField("points", FieldKind.NUMBER, gettext("Points for each"), default="1"),
    )


def _fixed_columns(source: Source) -> tuple[AuthorField, ...]:
    part, bank, points = _place_columns(source)
    example = gettext("Like 1, 3, 5-8. On the page of a bank they can be ticked instead")
    return (
        part,
        bank,
        AuthorField("numbers", FieldKind.TEXT, gettext("Numbers of the questions"), example),
        points,
    )


def _pool_columns(source: Source) -> tuple[AuthorField, ...]:
    part, bank, points = _place_columns(source)
    levels = tuple((level.value, words.difficulty_word(level)) for level in Difficulty)
    outcomes = tuple(source.outcomes) or NOTHING
    return (
        part,
        bank,
        AuthorField("count", FieldKind.WHOLE, gettext("How many to draw")),
        points,
        AuthorField("tag", FieldKind.TEXT, gettext("Only with the tag"), is_optional=True),
        AuthorField(
            "outcome", FieldKind.CHOICE, gettext("Only with the outcome"), choices=outcomes, is_optional=True
        ),
        AuthorField(
            "difficulty",
            FieldKind.CHOICE,
            gettext("Only of the difficulty"),
            choices=levels,
            is_optional=True,
        ),
    )


def _time() -> tuple[AuthorField, ...]:
    ways = (
        (FREE, gettext("Any order, with a way back")),
        (LINEAR, gettext("One after another, without a way back")),
    )
    return (
        AuthorField(
            "base_minutes",
            FieldKind.WHOLE,
            gettext("Minutes for the whole"),
            gettext("Empty: as long as the session is open. Support plans give more by themselves."),
            is_optional=True,
        ),
        AuthorField("navigation", FieldKind.CHOICE, pgettext("exam", "Order"), choices=ways, default=FREE),
    )


def _sittings() -> tuple[AuthorField, ...]:
    methods = tuple((method.value, method_words(method)) for method in GradeMethod)
    return (
        AuthorField(
            "sittings",
            FieldKind.WHOLE,
            gettext("How often one student may sit it"),
            gettext("0: as often as wanted while the session is open."),
            default="1",
        ),
        AuthorField(
            "grade_method",
            FieldKind.CHOICE,
            gettext("What counts of several sittings"),
            choices=methods,
            default=GradeMethod.HIGHEST.value,
        ),
    )


def _conduct() -> tuple[AuthorField, ...]:
    feedbacks = tuple((each.value, feedback_words(each)) for each in Feedback)
    return (
        AuthorField(
            "feedback",
            FieldKind.CHOICE,
            gettext("When an answer is checked"),
            gettext("What the check shows stands under “What is shown when”."),
            choices=feedbacks,
            default=Feedback.DEFERRED.value,
        ),
        AuthorField("tries", FieldKind.WHOLE, gettext("Tries for each question"), default="3"),
        AuthorField(
            "penalty",
            FieldKind.SHARE,
            gettext("What each failed try takes, % of the points"),
            default="33,33",
        ),
        AuthorField(
            "asks_certainty",
            FieldKind.YES_NO,
            gettext("Ask how sure the student is"),
            gettext("Right answers earn 1, 2 or 3 thirds of the points, wrong ones 0, −2 or −6 thirds."),
        ),
    )


def _adaptive() -> tuple[AuthorField, ...]:
    return (
        AuthorField(
            "is_adaptive",
            FieldKind.YES_NO,
            gettext("Choose each question by the answers before"),
            gettext(
                "All questions come from pools; the numbers to draw say how the areas share the exam. Only questions that a machine marks at once are taken."
            ),
        ),
        AuthorField("adaptive.least", FieldKind.WHOLE, gettext("At least so many questions"), default="8"),
        AuthorField("adaptive.most", FieldKind.WHOLE, gettext("At most so many questions"), default="20"),
        AuthorField(
            "adaptive.enough",
            FieldKind.NUMBER,
            gettext("Stop at the standard error (logits)"),
            gettext("0,35 is usual; smaller is more exact and longer."),
            default="0,35",
        ),
        AuthorField(
            "adaptive.cap",
            FieldKind.SHARE,
            gettext("At most so many students see one question, %"),
            default="50",
        ),
    )


def _review() -> tuple[AuthorField, ...]:
    usual = ReviewMatrix()
    return tuple(
        AuthorField(
            f"review.{moment}.{part}",
            FieldKind.YES_NO,
            f"{review_words(part)}, {review_words(moment)}",
            default="yes" if part in getattr(usual, moment) else "",
        )
        for moment in MOMENTS
        for part in PARTS
    )


def review_words(name: str) -> str:
    """Return a row or a column of the review matrix in words."""
    return str(
        {
            "during": gettext("after a check, during the work"),
            "after_end": gettext("right after handing in"),
            "after_release": gettext("when the result is released"),
            "after_close": gettext("when nobody sits it any more"),
            "responses": gettext("One’s answers"),
            "correctness": gettext("Right or wrong"),
            "score": gettext("Points and mark"),
            "comments": gettext("Comments"),
            "key": gettext("Right answers"),
        }[name]
    )


def plan_of_values(source: Source, values: Values, before: Plan | None = None) -> Plan:
    """Return the plan that a filled-in form stands for; what the form does not know stays as it was.

    Raises InvalidInput ``assessment.plan`` for numbers of questions or parts that are none.
    """
    form = [each for group in form_groups(source) for each in group.fields]
    content = content_of(form, values)
    problems: dict[str, list[str]] = {}
    sections = _sections(source, content, problems)
    plan = Plan(
        sections=sections,
        base_minutes=_whole(content, "base_minutes", None, problems),
        navigation=str(content.get("navigation", FREE)),
        instructions=content.get("instructions", ""),
        review=ReviewMatrix(
            **{m: tuple(part for part in PARTS if content["review"][m][part]) for m in MOMENTS}
        ),
        supervision={} if before is None else before.supervision,
        conduct=_conduct_of(content, problems),
        sittings=_whole(content, "sittings", 1, problems) or 0,
        grade_method=GradeMethod(_known(content, "grade_method", GradeMethod.HIGHEST, problems)),
        forms=_whole(content, "forms", 0, problems) or 0,
        is_practice=content["is_practice"],
        adaptive=_adaptive_of(content, problems) if content["is_adaptive"] else None,
    )
    if problems:
        raise InvalidInput("assessment.plan", fields=problems)
    return plan


def _whole(
    content: Mapping[str, Any], name: str, default: int | None, problems: dict[str, list[str]]
) -> int | None:
    found = content.get(name, default)
    if found is None or (isinstance(found, int) and found >= 0):
        return found
    problems[name] = ["content.not_a_number"]
    return default


def _known(content: Mapping[str, Any], name: str, default: StrEnum, problems: dict[str, list[str]]) -> str:
    """Return one of the words of an enumeration; anything else is a problem of the field."""
    found = str(content.get(name, default.value))
    if found in {each.value for each in type(default)}:
        return found
    problems[name] = ["content.not_a_choice"]
    return str(default.value)


def _decimal(text: Any, name: str, problems: dict[str, list[str]], places: int = 6) -> Decimal:
    try:
        number = Decimal(str(text))
    except ArithmeticError:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) > 1000:
        problems[name] = ["content.not_a_number"]
        return Decimal(1)
    return Decimal(plain(round(number, places)))


def _conduct_of(content: Mapping[str, Any], problems: dict[str, list[str]]) -> Conduct:
    feedback = Feedback(_known(content, "feedback", Feedback.DEFERRED, problems))
    asks = content["asks_certainty"]
    if feedback is not Feedback.TRIES:
        return Conduct(feedback, asks_certainty=asks)
    penalty = _decimal(content.get("penalty", "0"), "penalty", problems)
    return Conduct(feedback, _whole(content, "tries", 1, problems) or 0, penalty, asks)


def _adaptive_of(content: Mapping[str, Any], problems: dict[str, list[str]]) -> Adaptive:
    typed = content.get("adaptive", {})
    return Adaptive(
        _whole(typed, "least", 8, problems) or 0,
        _whole(typed, "most", 20, problems) or 0,
        float(_decimal(typed.get("enough", "0.35"), "adaptive.enough", problems)),
        float(_decimal(typed.get("cap", "0.5"), "adaptive.cap", problems)),
    )


def _sections(
    source: Source, content: Mapping[str, Any], problems: dict[str, list[str]]
) -> tuple[Section, ...]:
    heads = [
        Section(
            str(row.get("title", "")),
            minutes=_whole(row, "minutes", None, problems),
            is_mixed=row["is_mixed"],
        )
        for row in content.get("sections", [])
    ] or [Section("")]
    items: list[list[PlannedItem]] = [[] for _ in heads]
    draws: list[list[Draw]] = [[] for _ in heads]
    for place, row in enumerate(content.get("fixed", [])):
        number = _section_number(row, len(heads), f"fixed.{place}.section", problems)
        points = _decimal(row.get("points", "1"), f"fixed.{place}.points", problems, 2)
        known = source.numbers.get(row.get("bank", ""), {})
        asked = read_numbers(str(row.get("numbers", "")))
        missing = [each for each in asked if each not in known]
        if not asked:
            problems[f"fixed.{place}.numbers"] = ["assessment.numbers_unreadable"]
        elif missing:
            problems[f"fixed.{place}.numbers"] = [_not_ready(missing)]
        items[number] += [PlannedItem(known[each], points) for each in asked if each in known]
    for place, row in enumerate(content.get("draws", [])):
        number = _section_number(row, len(heads), f"draws.{place}.section", problems)
        draws[number].append(_draw(row, place, problems))
    return tuple(
        replace(head, items=tuple(items[number]), draws=tuple(draws[number]))
        for number, head in enumerate(heads)
    )


def _not_ready(numbers: Sequence[int]) -> str:
    """Say which numbers of a bank belong to no question that is ready for exams."""
    shown = write_numbers(sorted(set(numbers)))
    return str(gettext("This bank has no ready question with the number: %(numbers)s.", numbers=shown))


def _section_number(row: Mapping[str, Any], count: int, name: str, problems: dict[str, list[str]]) -> int:
    number = row.get("section", 1)
    if isinstance(number, int) and 1 <= number <= count:
        return number - 1
    problems[name] = ["assessment.sections_numbers"]
    return 0


def _draw(row: Mapping[str, Any], place: int, problems: dict[str, list[str]]) -> Draw:
    names = {"bank": "bank_id", "tag": "tag", "outcome": "outcome_id", "difficulty": "difficulty"}
    rule = {kept: row[name] for name, kept in names.items() if row.get(name)}
    points = _decimal(row.get("points", "1"), f"draws.{place}.points", problems, 2)
    count = row.get("count", 0)
    if not isinstance(count, int) or count < 1:
        problems[f"draws.{place}.count"] = ["assessment.draw_count"]
        count = 1
    if "bank_id" not in rule:
        problems[f"draws.{place}.bank"] = ["content.required"]
    return Draw(count, (), points, rule)


def read_numbers(text: str) -> list[int]:
    """Return the numbers of «1, 3, 5-8» in order; nothing when it cannot be read."""
    found: list[int] = []
    for part in text.replace(";", ",").replace("–", "-").replace("—", "-").split(","):
        first, _, last = (piece.strip() for piece in part.partition("-"))
        ends = [first, last or first]
        if not all(end.isascii() and end.isdecimal() and len(end) < 7 for end in ends):
            return []
        numbers = range(int(ends[0]), int(ends[1]) + 1)
        if not 0 < len(numbers) <= 500:
            return []
        found += numbers
    return found


def write_numbers(numbers: Sequence[int]) -> str:
    """Return numbers as `read_numbers` reads them."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and parts[-1][1] + 1 == number:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)


def values_of_plan(
    source: Source,
    title: str,
    subject: str,
    policy_code: str,
    plan: Plan,
    places: Mapping[UUID, tuple[str, int]],
) -> Values:
    """Return what the form shows for a plan; ``places`` are (bank, number) of its fixed questions."""
    conduct, adaptive = plan.conduct, plan.adaptive
    content: dict[str, Any] = {
        "title": title,
        "subject": subject,
        "scale": policy_code,
        "instructions": plan.instructions,
        "is_practice": plan.is_practice,
        "sections": _section_rows(plan),
        "fixed": [row for n, s in enumerate(plan.sections, 1) for row in _fixed_rows(n, s, places)],
        "draws": [_draw_row(n, draw) for n, s in enumerate(plan.sections, 1) for draw in s.draws],
        "forms": plan.forms,
        "base_minutes": plan.base_minutes,
        "navigation": plan.navigation,
        "sittings": plan.sittings,
        "grade_method": plan.grade_method.value,
        "feedback": conduct.feedback.value,
        "asks_certainty": conduct.asks_certainty,
        "is_adaptive": adaptive is not None,
        "review": {m: {part: part in getattr(plan.review, m) for part in PARTS} for m in MOMENTS},
    }
    if conduct.feedback is Feedback.TRIES:
        content |= {"tries": conduct.tries, "penalty": str(conduct.penalty)}
    if adaptive is not None:
        content["adaptive"] = {
            "least": adaptive.least,
            "most": adaptive.most,
            "enough": adaptive.enough,
            "cap": str(adaptive.cap),
        }
    return values_of([each for group in form_groups(source) for each in group.fields], content)


def _section_rows(plan: Plan) -> list[dict[str, Any]]:
    rows = [{"title": s.title, "minutes": s.minutes, "is_mixed": s.is_mixed} for s in plan.sections]
    return [] if rows == [{"title": "", "minutes": None, "is_mixed": False}] else rows


def _fixed_rows(
    number: int, section: Section, places: Mapping[UUID, tuple[str, int]]
) -> list[dict[str, Any]]:
    rows: list[tuple[str, Decimal, list[int]]] = []
    for item in section.items:
        bank, place = places[item.item_version_id]
        if rows and rows[-1][:2] == (bank, item.points):
            rows[-1][2].append(place)
        else:
            rows.append((bank, item.points, [place]))
    return [
        {"section": number, "bank": bank, "numbers": write_numbers(found), "points": _shown(points)}
        for bank, points, found in rows
    ]


def _draw_row(number: int, draw: Draw) -> dict[str, Any]:
    rule = draw.rule
    return {
        "section": number,
        "bank": rule.get("bank_id"),
        "count": draw.count,
        "points": _shown(draw.points),
        "tag": rule.get("tag"),
        "outcome": rule.get("outcome_id"),
        "difficulty": rule.get("difficulty"),
    }


def _shown(points: Decimal) -> str:
    return f"{points.normalize():f}"


def place_problems(fields: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return the problems of a plan under the names of the form."""
    return {_PLACES.get(name, name): codes for name, codes in fields.items()}
