"""Word a rule of equivalence as sentences, in the reader's language or in another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l

from lms.core.web.wording import in_language
from lms.plans.queries.credit_rules import CourseName, LineView
from lms.plans.rules.match_inputs import AllOf, Condition, Passed
from lms.plans.types.credit import Assurance, LicenceState, ResultScale, Rounding, RuleState, TransferRelation
from lms.plans.words import hours_words, number

__all__ = [
    "LEVEL_WORDS",
    "RELATION_WORDS",
    "ROUNDING_WORDS",
    "SCALE_WORDS",
    "STATE_WORDS",
    "TIER_WORDS",
    "condition_words",
    "in_both_languages",
    "line_words",
    "percent",
    "source_state",
]

STATE_WORDS: Mapping[RuleState, tuple[str, Any]] = {
    RuleState.DRAFT: ("info", _l("Draft")),
    RuleState.APPROVED: ("ok", _l("In force")),
    RuleState.RETIRED: ("", _l("Out of force")),
}
RELATION_WORDS: Mapping[TransferRelation, Any] = {
    TransferRelation.EXACT: _l("exactly this"),
    TransferRelation.BROADER: _l("more than this"),
    TransferRelation.NARROWER: _l("less than this"),
    TransferRelation.RELATED: _l("something near it"),
    TransferRelation.NONE: _l("nothing of it"),
}
ROUNDING_WORDS: Mapping[Rounding, Any] = {
    Rounding.NONE: _l("Not at all"),
    Rounding.HALF_UP: _l("To whole per cent, halves up"),
    Rounding.DOWN: _l("To whole per cent, down"),
}
SCALE_WORDS: Mapping[ResultScale, Any] = {
    ResultScale.POINTS: _l("Points out of a highest number"),
    ResultScale.PERCENT: _l("Per cent"),
    ResultScale.FIVE: _l("Marks from 2 to 5"),
    ResultScale.PASS_FAIL: _l("Passed, or not passed"),
}
LEVEL_WORDS: Mapping[int, Any] = {1: _l("basic"), 2: _l("middle"), 3: _l("high")}
TIER_WORDS: Mapping[int, Any] = {1: _l("Well: full trust"), 2: _l("A little"), 3: _l("Not yet")}


def percent(share: Decimal) -> str:
    """Return a share as people say it: «60 %»."""
    return f"{number((share * 100).quantize(Decimal('0.01')))}\u00a0%"


def source_state(state: LicenceState) -> tuple[str, str]:
    """Return kind and words of what is known of a source, with where it leads."""
    if state is LicenceState.LICENSED:
        return "ok", gettext("Licence is in the register")
    if state is LicenceState.UNLICENSED:
        return "gap", gettext("No licence: the way to attestation")
    return "part", gettext("Licence is not checked yet")


def condition_words(condition: Condition, names: Mapping[str, CourseName]) -> str:
    """Return what has to be passed: "any of: “A” …; “B” …"."""
    if isinstance(condition, Passed):
        return _passed(condition, names)
    parts = "; ".join(condition_words(part, names) for part in condition.parts)
    if len(condition.parts) == 1:
        return parts
    if isinstance(condition, AllOf):
        return str(gettext("all of: [%(parts)s]", parts=parts))
    if condition.count > 1:
        return str(gettext("at least %(count)s of: [%(parts)s]", count=condition.count, parts=parts))
    return str(gettext("any of: [%(parts)s]", parts=parts))


def _passed(condition: Passed, names: Mapping[str, CourseName]) -> str:
    name = names.get(condition.course_id)
    title = (
        gettext("“%(title)s”, %(source)s", title=name.title, source=name.source)
        if name
        else gettext("a course that is not on the list")
    )
    words = [gettext("%(course)s with at least %(share)s", course=title, share=percent(condition.min_share))]
    if condition.min_assurance is Assurance.VERIFIED:
        words.append(gettext("confirmed"))
    if condition.min_level is not None:
        level = LEVEL_WORDS.get(condition.min_level, condition.min_level)
        words.append(str(gettext("every outcome of the level “%(level)s” or higher", level=level)))
    if condition.max_age_years is not None:
        years = condition.max_age_years
        words.append(str(ngettext("at most %(num)s year ago", "at most %(num)s years ago", years)))
    return ", ".join(words)


def line_words(line: LineView) -> str:
    """Return what one line gives: "“Loops” in full (rests on “Branches”; exactly this)"."""
    target = (
        gettext("the whole module “%(title)s”", title=line.target)
        if line.is_module
        else gettext("“%(title)s”", title=line.target)
    )
    if line.hours is not None:
        amount = hours_words(line.hours)
    elif line.share == 1:
        amount = gettext("in full")
    else:
        amount = percent(line.share)
    basis = (
        gettext("rests on “%(title)s”", title=line.learned)
        if line.learned
        else gettext("by the course as a whole")
    )
    return f"{target} — {amount} ({basis}; {RELATION_WORDS[line.relation]})"


def in_both_languages(
    condition: Condition, names: Mapping[str, CourseName], lines: Sequence[LineView]
) -> list[tuple[str, str]]:
    """Return the rule as one sentence in Russian and in English, each with its language."""
    sentences = []
    for language in ("ru", "en"):
        with in_language(language):
            gives = "; ".join(line_words(line) for line in lines if line.share) or "…"
            text = gettext(
                "Whoever has passed %(what)s is credited with: %(gives)s.",
                what=condition_words(condition, names),
                gives=gives,
            )
            sentences.append((language, str(text)))
    return sentences
