"""Word for a case the cheapest way to close each outcome that its report leaves open."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flask_babel import gettext
from sqlalchemy.orm import Session

from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.service.outcome_checks import questions_for
from lms.core.errors import NotFound
from lms.core.web import read_session, runtime
from lms.plans.contracts import TRANSFER_RULES
from lms.plans.plan_reading import local_day
from lms.plans.queries.credit import CaseView
from lms.plans.queries.what_if import ways_for_gaps
from lms.plans.rules.ways import WayKind
from lms.plans.service.credit.plan_link import ItemFacts, item_facts
from lms.plans.types.credit import MatchVerdict
from lms.plans.words import hours_words

__all__ = ["GapLine", "gap_lines", "questions_ready"]


@dataclass(frozen=True, slots=True)
class GapLine:
    """One outcome that is not covered, and in words how it is closed most cheaply."""

    title: str
    text: str


def questions_ready(session: Session, item: ItemFacts) -> dict[UUID, int]:
    """Return how many questions are ready for each outcome of an item."""
    targets = [target.outcome_id for target in item.targets]
    found = questions_for(session, runtime().registries.of(QUESTION_TYPES), item.org_id, targets)
    return {outcome_id: len(ready) for outcome_id, ready in found.items()}


def gap_lines(case: CaseView) -> list[GapLine]:
    """Return the gaps of a case's report with their ways; none when the plan has the item no more."""
    if all(row.verdict is MatchVerdict.COVERED for row in case.outcomes):
        return []
    session = read_session()
    try:
        item = item_facts(session, case.plan_id, case.stable_key, without_case=case.id)
    except NotFound:
        return []
    sources = list(runtime().registries.of(TRANSFER_RULES))
    today = local_day(runtime())
    ready = questions_ready(session, item)
    found = []
    for gap in ways_for_gaps(session, item, case.outcomes, today, sources, ready):
        text = (
            gettext("A short check on this platform, with no more lessons.")
            if gap.way.kind is WayKind.CHECK
            else gettext("An attestation with the teacher, with no more lessons.")
        )
        if gap.learning is not None:
            more = gettext(
                "Whoever still has to learn it: “%(title)s”, %(hours)s.",
                title=gap.learning.title,
                hours=hours_words(gap.learning.hours),
            )
            text = f"{text} {more}"
        found.append(GapLine(gap.title, str(text)))
    return found
