"""Write down what a grade studies in a year; an approved version never changes."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.uow import UnitOfWork
from lms.curriculum.models import (
    Curriculum,
    CurriculumItem,
    CurriculumPeriod,
    Framework,
    ItemOutcome,
    Outcome,
)
from lms.curriculum.queries import curriculum_view
from lms.curriculum.rules.structure import item_faults, period_faults
from lms.curriculum.types import (
    SUBJECT_WORDS,
    AttestationForm,
    CurriculumItemView,
    CurriculumState,
    CurriculumView,
    FrameworkState,
    OutcomeShare,
    PeriodView,
)

__all__ = [
    "add_curriculum_item",
    "approve_curriculum",
    "copy_modules",
    "create_curriculum",
    "remove_curriculum_item",
    "set_item_outcomes",
]


def create_curriculum(
    uow: UnitOfWork,
    *,
    org_id: UUID,
    programme: str,
    title: str,
    grade: int,
    year: str,
    periods: Iterable[PeriodView],
    weekly_hours_max: Decimal,
) -> CurriculumView:
    """Begin the next version of a grade's curriculum for one year (``2026/27``).

    Raises InvalidInput with the code of what is wrong with the periods.
    """
    uow.require("curriculum.manage", org_id)
    rows = list(periods)
    for fault in period_faults(rows):
        raise InvalidInput(fault)
    if weekly_hours_max <= 0:
        raise InvalidInput("curriculum.hours_not_positive")
    newest = uow.session.scalar(
        sa.select(sa.func.max(Curriculum.version)).where(
            Curriculum.org_id == org_id,
            Curriculum.programme == programme,
            Curriculum.grade == grade,
            Curriculum.year == year,
        )
    )
    row = Curriculum(
        org_id=org_id,
        programme=programme,
        title=title,
        grade=grade,
        year=year,
        version=(newest or 0) + 1,
        state=CurriculumState.DRAFT,
        weekly_hours_max=weekly_hours_max,
        period_kind=rows[0].kind,
        created_at=uow.now(),
        periods=[CurriculumPeriod(number=p.number, starts_on=p.starts_on, ends_on=p.ends_on) for p in rows],
        items=[],
    )
    uow.session.add(row)
    uow.session.flush()
    return curriculum_view(uow.session, row.id)


def add_curriculum_item(
    uow: UnitOfWork,
    *,
    curriculum_id: UUID,
    subject: str,
    title: str,
    hours: Decimal,
    period: int,
    attestation_form: AttestationForm,
    outcomes: Iterable[OutcomeShare] = (),
    is_mandatory: bool = True,
) -> CurriculumItemView:
    """Add a module to a draft.

    Raises Conflict ``curriculum.already_approved`` or InvalidInput with the code of what is wrong.
    """
    row = _draft(uow, curriculum_id)
    shares = list(outcomes)
    if subject not in SUBJECT_WORDS:
        raise InvalidInput("curriculum.no_such_subject", fields={"subject": ["curriculum.no_such_subject"]})
    if not title.strip():
        raise InvalidInput("curriculum.needs_title", fields={"title": ["curriculum.needs_title"]})
    for fault in item_faults(hours, period, shares, [p.number for p in row.periods]):
        raise InvalidInput(fault)
    _require_outcomes(uow, row.org_id, shares)
    item = CurriculumItem(
        curriculum_id=row.id,
        position=max((i.position for i in row.items), default=-1) + 1,
        subject=subject,
        title=title.strip(),
        hours=hours,
        period=period,
        attestation_form=attestation_form,
        is_mandatory=is_mandatory,
        outcomes=[
            ItemOutcome(outcome_id=s.outcome_id, hours=s.hours, position=n) for n, s in enumerate(shares)
        ],
    )
    row.items.append(item)
    uow.session.flush()
    return CurriculumItemView(
        item.id, subject, item.title, hours, period, attestation_form, is_mandatory, tuple(shares)
    )


def copy_modules(uow: UnitOfWork, *, source_id: UUID, curriculum_id: UUID) -> CurriculumView:
    """Put every module of another curriculum of the same organisation, with its outcomes, into a draft.

    Raises NotFound ``curriculum.no_curriculum``, Conflict ``curriculum.already_approved``.
    """
    row = _draft(uow, curriculum_id)
    source = uow.session.get(Curriculum, source_id)
    if source is None or source.org_id != row.org_id:
        raise NotFound("curriculum.no_curriculum")
    periods = {period.number for period in row.periods}
    for item in curriculum_view(uow.session, source_id).items:
        add_curriculum_item(
            uow,
            curriculum_id=curriculum_id,
            subject=item.subject,
            title=item.title,
            hours=item.hours,
            period=item.period if item.period in periods else max(periods),
            attestation_form=item.attestation_form,
            outcomes=item.outcomes,
            is_mandatory=item.is_mandatory,
        )
    return curriculum_view(uow.session, curriculum_id)


def remove_curriculum_item(uow: UnitOfWork, *, curriculum_id: UUID, item_id: UUID) -> CurriculumView:
    """Take a module out of a draft; raise Conflict ``curriculum.already_approved`` or NotFound."""
    row = _draft(uow, curriculum_id)
    item = next((i for i in row.items if i.id == item_id), None)
    if item is None:
        raise NotFound("curriculum.no_item")
    uow.session.execute(sa.delete(ItemOutcome).where(ItemOutcome.item_id == item_id))
    uow.session.expunge(item)
    uow.session.execute(sa.delete(CurriculumItem).where(CurriculumItem.id == item_id))
    uow.session.expire(row)
    return curriculum_view(uow.session, curriculum_id)


def set_item_outcomes(
    uow: UnitOfWork, *, curriculum_id: UUID, item_id: UUID, outcomes: Iterable[OutcomeShare]
) -> CurriculumView:
    """Say which outcomes a module of a draft leads to, with the hours of each; what was said before is replaced.

    Raises NotFound ``curriculum.no_item``, Conflict ``curriculum.already_approved``, InvalidInput as
    `add_curriculum_item` does.
    """
    row = _draft(uow, curriculum_id)
    item = next((each for each in row.items if each.id == item_id), None)
    if item is None:
        raise NotFound("curriculum.no_item")
    shares = list(outcomes)
    for fault in item_faults(item.hours, item.period, shares, [p.number for p in row.periods]):
        raise InvalidInput(fault)
    _require_outcomes(uow, row.org_id, shares, {share.outcome_id for share in item.outcomes})
    uow.session.execute(sa.delete(ItemOutcome).where(ItemOutcome.item_id == item_id))
    uow.session.expire(item)
    uow.session.add_all(
        ItemOutcome(item_id=item_id, outcome_id=s.outcome_id, hours=s.hours, position=n)
        for n, s in enumerate(shares)
    )
    uow.session.flush()
    return curriculum_view(uow.session, curriculum_id)


def approve_curriculum(uow: UnitOfWork, *, curriculum_id: UUID) -> CurriculumView:
    """Put a version in force; from now on it never changes. Raise InvalidInput ``curriculum.empty``."""
    row = _draft(uow, curriculum_id, action="curriculum.approve")
    if not row.items:
        raise InvalidInput("curriculum.empty")
    row.state = CurriculumState.APPROVED
    uow.session.flush()
    payload = {"curriculum_id": row.id, "year": row.year, "grade": row.grade, "version": row.version}
    uow.append_ledger(f"org:{row.org_id}", "curriculum.approved", None, payload)
    return curriculum_view(uow.session, row.id)


def _draft(uow: UnitOfWork, curriculum_id: UUID, action: str = "curriculum.manage") -> Curriculum:
    row = uow.session.get(Curriculum, curriculum_id)
    if row is None:
        raise NotFound("curriculum.no_curriculum")
    uow.require(action, row.org_id)
    if row.state is not CurriculumState.DRAFT:
        raise Conflict("curriculum.already_approved")
    return row


def _require_outcomes(
    uow: UnitOfWork, org_id: UUID, shares: list[OutcomeShare], kept: set[UUID] | None = None
) -> None:
    """Take outcomes of published frameworks only, the school's own or shared; what is there already stays."""
    wanted = {share.outcome_id for share in shares} - (kept or set())
    reachable = (
        sa.select(Outcome.id)
        .join(Framework, Framework.id == Outcome.framework_id)
        .where(
            Outcome.id.in_(wanted),
            Framework.state == FrameworkState.PUBLISHED,
            sa.or_(Framework.org_id.is_(None), Framework.org_id == org_id),
        )
    )
    if wanted and wanted - set(uow.session.scalars(reachable)):
        raise InvalidInput("curriculum.no_outcome")
