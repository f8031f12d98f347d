"""Find out what a QTI item says after its check: its own rules are asked what they show for the answers that matter.

What is shown by how well an answer does, or by each option that was chosen, can be said here; anything else cannot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import combinations

from lms.assessment.formats.qti_rules import Scorer
from lms.assessment.formats.qti_values import Many
from lms.assessment.formats.values import Body, Number, Remarks, Several, Single, TrueFalse, Typed

__all__ = ["Told", "told_by"]

#: All sets of so many options are asked about.
OPTIONS_MAX = 6
#: What nobody would answer.
NONSENSE = "\u2042"


@dataclass(frozen=True, slots=True)
class Told:
    """A text that is shown when an outcome has a value, or is hidden then."""

    outcome: str
    value: str
    is_hidden: bool
    text: str


@dataclass(frozen=True, slots=True)
class _Answer:
    chosen: tuple[str, ...]
    points: Decimal
    texts: tuple[str, ...]


def told_by(
    scorer: Scorer, name: str, options: Sequence[str], body: Body, texts: Sequence[Told]
) -> tuple[Body, Remarks] | None:
    """Return the body with what is said of its options, and what is said of right and wrong answers; None if these do not explain all.

    ``name`` is the response, ``options`` are the identifiers of its choices in the order of the body's options.
    """
    given = _asked(body, options)
    if given is None:
        return None
    remarks = Remarks()
    for outcome in dict.fromkeys(told.outcome for told in texts):
        own = [told for told in texts if told.outcome == outcome]
        answers = [_answer(scorer, name, chosen, own) for chosen in given]
        by_option = _by_option(body, options, answers)
        by_worth = None if any(remarks) else _by_worth(answers)
        names_options = {told.value for told in own} <= set(options)
        if by_option is not None and (names_options or by_worth is None):
            body = by_option
        elif by_worth is not None:
            remarks = by_worth
        else:
            return None
    return body, remarks


def _asked(body: Body, options: Sequence[str]) -> list[tuple[str, ...]] | None:
    """Return the answers that matter: all sets of a few options, small ones of many; texts that are right, and one that is not."""
    if isinstance(body, Typed):
        return [*((text,) for text, _share in body.accepted), (NONSENSE,)]
    if isinstance(body, Number):
        return [*((f"{answer.value:f}",) for answer in body.answers), (f"{_far(body):f}",)]
    if not isinstance(body, Single | Several | TrueFalse) or not options:
        return None
    if isinstance(body, Single | Several) and len(options) != len(body.options):
        return None
    most = (len(options) if len(options) <= OPTIONS_MAX else 2) if isinstance(body, Several) else 1
    return [chosen for size in range(1, most + 1) for chosen in combinations(options, size)]


def _answer(scorer: Scorer, name: str, chosen: tuple[str, ...], texts: Sequence[Told]) -> _Answer:
    """Return what an answer earns and is told."""
    responses: Mapping[str, Sequence[str]] = {name: list(chosen)}
    outcomes = scorer.outcomes(responses)
    shown = []
    for told in texts:
        value = outcomes.get(told.outcome)
        items = value.items if isinstance(value, Many) else (value,)
        if (told.value in map(str, items)) != told.is_hidden:
            shown.append(told.text)
    return _Answer(chosen, scorer.score(responses), tuple(dict.fromkeys(shown)))


def _by_option(body: Body, options: Sequence[str], answers: Sequence[_Answer]) -> Body | None:
    """Return the body with what each option is told; None where a set of options is told anything else."""
    if not isinstance(body, Single | Several) or any(option.feedback for option in body.options):
        return None
    alone = {one.chosen[0]: one.texts for one in answers if len(one.chosen) == 1}
    if any(set(one.texts) != {text for each in one.chosen for text in alone[each]} for one in answers):
        return None
    rows = zip(body.options, options, strict=True)
    return replace(body, options=tuple(row._replace(feedback=" ".join(alone[key])) for row, key in rows))


def _far(body: Number) -> Decimal:
    """Return a number that is right nowhere."""
    return sum((abs(a.value) + a.tolerance * (abs(a.value) + 1) for a in body.answers), Decimal(1)) * 3


def _by_worth(answers: Sequence[_Answer]) -> Remarks | None:
    """Return what is said of right, partly right and wrong answers; None where equal ones are told different things."""
    most = max(one.points for one in answers)
    said: dict[str, set[str]] = {"right": set(), "partial": set(), "wrong": set()}
    for one in answers:
        worth = "wrong" if one.points <= 0 else "right" if one.points == most else "partial"
        said[worth].add(" ".join(one.texts))
    if any(len(texts) > 1 for texts in said.values()):
        return None
    return Remarks(**{worth: "".join(texts) for worth, texts in said.items()})
