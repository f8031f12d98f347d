"""Keep the list of places where people learn, and their courses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from lms.core.errors import Forbidden, InvalidInput, NotFound
from lms.core.uow import UnitOfWork
from lms.people import queries as people
from lms.plans.credit_models import CreditCase, ExternalCourse, ExternalOutcome, LearningSource
from lms.plans.rules.credit_states import IN_WORK
from lms.plans.types.credit import CaseState, LicenceState, ResultScale

__all__ = [
    "LearnedValue",
    "add_external_course",
    "add_source",
    "check_source",
    "rename_source",
    "rewrite_course",
    "search_key",
]

LOWEST_TIER = 3
#: So many former names of a source are kept on the page; the ledger has all.
MOST_FORMER = 20
LONGEST_COURSE_H = Decimal(2000)


@dataclass(frozen=True, slots=True)
class LearnedValue:
    """One outcome of an outside course, as typed; ``outcome_id`` joins it with a framework."""

    title: str
    hours: Decimal
    level: int = 1
    fragment: str = ""
    tested_by: str = ""
    outcome_id: UUID | None = None


def search_key(*parts: str) -> str:
    """Return the text that searching looks through: lower case, ё as е, single spaces."""
    return " ".join(" ".join(parts).casefold().replace("ё", "е").split())


def add_source(
    uow: UnitOfWork,
    *,
    org_id: UUID,
    name: str,
    website: str = "",
    licence_no: str = "",
    licence_state: LicenceState = LicenceState.UNCHECKED,
    trust_tier: int = LOWEST_TIER,
    tier_reason: str = "",
) -> UUID:
    """Put a source on the school's list; the very same sent again is the same source.

    Raises InvalidInput ``credit.name_needed``, ``credit.licence_needed``, ``credit.tier_reason``.
    """
    uow.require("credit.manage_sources", org_id)
    _check_standing(licence_state, licence_no, trust_tier, tier_reason)
    uow.lock("learning_source", org_id)
    same = sa.select(LearningSource.id).where(
        LearningSource.org_id == org_id,
        LearningSource.name == name.strip(),
        LearningSource.website == website.strip(),
        LearningSource.licence_no == licence_no.strip(),
        LearningSource.licence_state == licence_state,
        LearningSource.trust_tier == trust_tier,
        LearningSource.added_by == uow.actor.person_id,
    )
    known = uow.session.scalar(same.limit(1)) if name.strip() else None
    if known is not None:
        return known
    return new_source(
        uow,
        org_id=org_id,
        name=name,
        website=website,
        licence_no=licence_no,
        state=licence_state,
        tier=trust_tier,
        tier_reason=tier_reason,
        is_checked=licence_state is not LicenceState.UNCHECKED,
    ).id


def _check_standing(state: LicenceState, licence_no: str, tier: int, tier_reason: str) -> None:
    """Ask for the number of a licence, and for the reason of trust that is more than the lowest."""
    fields = {}
    if state is LicenceState.LICENSED and not licence_no.strip():
        fields["licence_no"] = ["credit.licence_needed"]
    if tier < LOWEST_TIER and not tier_reason.strip():
        fields["tier_reason"] = ["credit.tier_reason"]
    if fields:
        raise InvalidInput(next(iter(fields.values()))[0], fields=fields)


def new_source(
    uow: UnitOfWork,
    *,
    org_id: UUID,
    name: str,
    website: str,
    licence_no: str,
    state: LicenceState,
    tier: int,
    tier_reason: str = "",
    is_checked: bool = False,
) -> LearningSource:
    """Add the row of a source; the caller has asked for permission. Only checked ones stand on the list."""
    if not name.strip():
        raise InvalidInput("credit.name_needed", fields={"name": ["credit.name_needed"]})
    row = LearningSource(
        org_id=org_id,
        name=name.strip(),
        search_key=search_key(name, website),
        website=website.strip(),
        licence_no=licence_no.strip(),
        licence_state=state,
        trust_tier=tier,
        tier_reason=tier_reason.strip(),
        checked_by=uow.actor.person_id if is_checked else None,
        checked_at=uow.now() if is_checked else None,
        added_by=uow.actor.person_id,
        created_at=uow.now(),
    )
    uow.session.add(row)
    uow.session.flush()
    return row


def get_source(uow: UnitOfWork, source_id: UUID, org_id: UUID) -> LearningSource:
    """Return a source on the school's list; raise NotFound ``credit.no_source``."""
    row = uow.session.get(LearningSource, source_id)
    if row is None or row.org_id not in (None, org_id):
        raise NotFound("credit.no_source")
    return row


def check_source(
    uow: UnitOfWork,
    source_id: UUID,
    *,
    org_id: UUID,
    licence_state: LicenceState,
    licence_no: str,
    trust_tier: int,
    tier_reason: str = "",
) -> None:
    """Record what the register of licences says.

    Raises NotFound, InvalidInput ``credit.licence_needed``, ``credit.tier_reason`` when nobody says why a source is trusted.
    Raises Forbidden ``credit.not_impartial`` to whoever has an open application of the own family with it (C8).
    """
    uow.require("credit.manage_sources", org_id)
    row = get_source(uow, source_id, org_id)
    _check_impartial(uow, row)
    _check_standing(licence_state, licence_no, trust_tier, tier_reason)
    row.licence_state, row.licence_no, row.trust_tier = licence_state, licence_no.strip(), trust_tier
    row.tier_reason = tier_reason.strip() or row.tier_reason
    row.checked_by, row.checked_at = uow.actor.person_id, uow.now()
    payload = {"source": row.id, "licence": licence_state, "licence_no": row.licence_no, "tier": trust_tier}
    uow.append_ledger(f"org:{org_id}", "plans.source_checked", None, payload)


def rename_source(uow: UnitOfWork, source_id: UUID, *, org_id: UUID, name: str, website: str) -> None:
    """Write name and site of a source anew; what stood there before is kept, shown and still found.

    Raises NotFound ``credit.no_source``, InvalidInput ``credit.name_needed``; Forbidden ``credit.not_impartial`` (C8).
    """
    uow.require("credit.manage_sources", org_id)
    row = get_source(uow, source_id, org_id)
    if row.org_id is None:
        raise NotFound("credit.no_source")
    _check_impartial(uow, row)
    if not name.strip():
        raise InvalidInput("credit.name_needed", fields={"name": ["credit.name_needed"]})
    before = {"name": row.name, "website": row.website}
    now = {"name": name.strip(), "website": website.strip()}
    if now == before:
        return
    row.former = [*row.former, {**before, "until": uow.today().isoformat()}][-MOST_FORMER:]
    row.name, row.website = now["name"], now["website"]
    known = dict.fromkeys([now["name"], now["website"], *(one["name"] for one in row.former)])
    row.search_key = search_key(*known)[:400]
    payload = {"source": row.id, "before": before, "now": now}
    uow.append_ledger(f"org:{org_id}", "plans.source_renamed", None, payload)


def _check_impartial(uow: UnitOfWork, source: LearningSource) -> None:
    """Refuse those whose own family's open application the licence would decide (C8)."""
    if uow.actor.person_id is None:
        return
    family = people.family_of(uow.session, uow.actor.person_id) | {uow.actor.person_id}
    own_case = sa.select(CreditCase.id).where(
        CreditCase.source_id == source.id,
        CreditCase.person_id.in_(sorted(family)),
        CreditCase.state.in_(sorted(IN_WORK | {CaseState.DRAFT})),
    )
    if uow.session.scalar(own_case.limit(1)) is not None:
        raise Forbidden("credit.not_impartial")


def add_external_course(
    uow: UnitOfWork,
    source_id: UUID,
    *,
    org_id: UUID,
    title: str,
    hours: Decimal,
    scale: ResultScale,
    scale_max: Decimal | None = None,
    is_proctored: bool = False,
    learned: Sequence[LearnedValue] = (),
) -> UUID:
    """Put a course of a source on the list with its outcomes; raise NotFound ``credit.no_source``.

    The very same sent again is the same course.
    """
    uow.require("credit.manage_sources", org_id)
    source = get_source(uow, source_id, org_id)
    _check_course(title, hours, scale, scale_max)
    uow.lock("learning_source", source.id)
    known = _same_course(uow, source, title, (hours, scale, scale_max, is_proctored), learned)
    if known is not None:
        return known
    course = ExternalCourse(
        source_id=source.id,
        title=title.strip(),
        hours=hours,
        scale=scale,
        scale_max=scale_max,
        is_proctored=is_proctored,
        is_listed=True,
        added_by=uow.actor.person_id,
        created_at=uow.now(),
    )
    course.outcomes = [
        ExternalOutcome(
            position=position,
            title=value.title,
            fragment=value.fragment,
            tested_by=value.tested_by,
            hours=value.hours,
            level=value.level,
            outcome_id=value.outcome_id,
        )
        for position, value in enumerate(learned)
    ]
    uow.session.add(course)
    uow.session.flush()
    return course.id


def _same_course(
    uow: UnitOfWork,
    source: LearningSource,
    title: str,
    facts: tuple[Decimal, ResultScale, Decimal | None, bool],
    learned: Sequence[LearnedValue],
) -> UUID | None:
    """Return the listed course that says the very same, or None."""
    rows = uow.session.scalars(
        sa.select(ExternalCourse).where(
            ExternalCourse.source_id == source.id,
            ExternalCourse.title == title.strip(),
            ExternalCourse.is_listed,
            ExternalCourse.added_by == uow.actor.person_id,
        )
    )
    wanted = [(v.title, v.hours, v.level, v.fragment, v.tested_by, v.outcome_id) for v in learned]
    for row in rows:
        said = [(o.title, o.hours, o.level, o.fragment, o.tested_by, o.outcome_id) for o in row.outcomes]
        if (row.hours, row.scale, row.scale_max, row.is_proctored) == facts and said == wanted:
            return row.id
    return None


def rewrite_course(
    uow: UnitOfWork,
    course_id: UUID,
    *,
    org_id: UUID,
    title: str,
    hours: Decimal,
    scale: ResultScale,
    scale_max: Decimal | None = None,
    is_proctored: bool = False,
    learned: Sequence[LearnedValue] = (),
) -> None:
    """Write a course anew and put it on the list; outcomes keep their place, because rules name them.

    Outcomes may be reworded and added, not taken away. Raises NotFound ``credit.no_course``, InvalidInput as
    `add_external_course` does and ``credit.outcomes_fewer``.
    """
    uow.require("credit.manage_sources", org_id)
    course = uow.session.get(ExternalCourse, course_id)
    if course is None:
        raise NotFound("credit.no_course")
    get_source(uow, course.source_id, org_id)
    _check_course(title, hours, scale, scale_max)
    if len(learned) < len(course.outcomes):
        raise InvalidInput("credit.outcomes_fewer")
    course.title, course.hours, course.is_proctored = title.strip(), hours, is_proctored
    course.scale, course.scale_max, course.is_listed = scale, scale_max, True
    for position, value in enumerate(learned):
        if position >= len(course.outcomes):
            course.outcomes.append(ExternalOutcome(position=position, outcome_id=value.outcome_id))
        row = course.outcomes[position]
        row.title, row.hours, row.level = value.title, value.hours, value.level
        row.fragment, row.tested_by = value.fragment, value.tested_by
    uow.session.flush()


def _check_course(title: str, hours: Decimal, scale: ResultScale, scale_max: Decimal | None) -> None:
    fields: dict[str, list[str]] = {}
    if not title.strip():
        fields["title"] = ["credit.name_needed"]
    if not 0 < hours <= LONGEST_COURSE_H:
        fields["hours"] = ["credit.hours_range"]
    if scale is ResultScale.POINTS and (scale_max is None or scale_max <= 0):
        fields["scale_max"] = ["credit.scale_max"]
    if fields:
        raise InvalidInput("credit.course", fields=fields)
