"""Read study plans: what is agreed, where each item stands and why, what changed, what is wrong, who has signed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, lazyload

from lms.core.contracts import BasisRef
from lms.core.db import fetch, fetch_once, now_of
from lms.core.errors import NotFound
from lms.courses import queries as courses
from lms.courses.types import CourseCard, ProgressView
from lms.curriculum.queries import curriculum_view, outcome_views
from lms.curriculum.types import AttestationForm, CurriculumView, PeriodView
from lms.people.queries import person_cards
from lms.plans.models import (
    Approval,
    BasisFact,
    Plan,
    PlanItem,
    PlanItemLink,
    PlanTemplate,
    PlanVersion,
)
from lms.plans.plan_reading import (
    check_version,
    content_of,
    plan_head,
    roles_for,
    sheet_of_version,
    signatures_of,
)
from lms.plans.rules.plan_checks import weekly_load
from lms.plans.rules.plan_content import ItemContent, from_json, outcomes_from_json, to_json
from lms.plans.rules.plan_diff import Change, diff_items
from lms.plans.rules.plan_signatures import unsigned_keys
from lms.plans.rules.plan_state import Basis, ItemSituation, ItemStatus, derive_item_state
from lms.plans.types.plans import (
    ApprovalRole,
    BasisKind,
    BasisState,
    Delivery,
    ItemState,
    OutcomeHours,
    PlanKind,
    PlanScope,
    PlanState,
    SignatureKind,
)

__all__ = [
    "ApprovalView",
    "BasisView",
    "ItemView",
    "OutcomeProgress",
    "PlanRow",
    "PlanView",
    "TemplateView",
    "VersionView",
    "active_plan",
    "approvals_of",
    "basis_view",
    "change_count",
    "changes_of",
    "check_version",
    "latest_version",
    "plan_head",
    "plan_item_state",
    "plan_rows",
    "plan_view",
    "reinstatable_facts",
    "roles_for",
    "sheet_of_version",
    "signatures_of",
    "template_view",
    "templates_for",
    "unsigned_by",
    "version_changes",
    "versions_of",
    "waits_for_family",
]

Today = date | None
#: Versions that no list counts as the newest: thrown away, or tried out only.
APART = (PlanState.CANCELLED, PlanState.VARIANT)


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version of a plan."""

    id: UUID
    plan_id: UUID
    no: int
    state: PlanState
    reason: str
    revision: int
    items_hash: str
    based_on_id: UUID | None
    effective_from: date | None
    created_at: datetime
    created_by: UUID | None
    submitted_at: datetime | None
    submitted_by: UUID | None
    returned_at: datetime | None
    returned_by: UUID | None
    return_reason: str
    order_no: str
    order_date: date | None
    activated_at: datetime | None
    removed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class BasisView:
    """One fact that an item's state rests on."""

    id: UUID
    plan_id: UUID
    stable_key: str
    person_id: UUID
    kind: BasisKind
    ref: BasisRef
    is_passed: bool
    state: BasisState
    mark: str
    note: str
    reason: str
    recorded_at: datetime
    recorded_by: UUID | None
    outcomes: tuple[OutcomeHours, ...] | None = None


@dataclass(frozen=True, slots=True)
class OutcomeProgress:
    """An outcome of an item: planned hours and the hours that count already."""

    outcome_id: UUID
    statement: str
    hours: Decimal
    credited: Decimal

    @property
    def kind(self) -> str:
        """Return ``ok``, ``part`` or ``gap``."""
        return "ok" if self.credited >= self.hours else "part" if self.credited > 0 else "gap"


@dataclass(frozen=True, slots=True)
class ItemView:
    """One item with its derived state."""

    id: UUID
    plan_id: UUID
    stable_key: str
    subject: str
    title: str
    hours: Decimal
    period: int
    delivery: Delivery
    attestation_form: AttestationForm | None
    deadline: date | None
    course_id: UUID | None
    external_course: str
    session_id: UUID | None
    note: str
    content: ItemContent
    content_hash: str
    status: ItemStatus
    outcomes: tuple[OutcomeProgress, ...] = ()
    facts: tuple[BasisView, ...] = ()
    course: CourseCard | None = None
    progress: ProgressView | None = None
    sessions: tuple[UUID, ...] = ()
    is_individual: bool = False

    @property
    def state(self) -> ItemState:
        """Return where the item stands."""
        return self.status.state

    @property
    def remaining(self) -> tuple[OutcomeHours, ...]:
        """Return the outcomes that credit has not covered, with the hours left."""
        return self.status.remaining

    @property
    def remaining_hours(self) -> Decimal:
        """Return the hours that credit has not covered."""
        return self.status.remaining_hours


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan in one of its versions."""

    id: UUID
    person_id: UUID
    org_id: UUID
    curriculum_id: UUID
    template_id: UUID | None
    kind: PlanKind
    basis: str
    scope: PlanScope
    subjects: tuple[str, ...]
    grade: int
    year: str
    periods: tuple[PeriodView, ...]
    version: VersionView
    curriculum: CurriculumView
    items: tuple[ItemView, ...] = ()
    load: Mapping[int, Decimal] | None = None
    weekly_hours_max: Decimal = Decimal(0)

    def item(self, stable_key: str) -> ItemView:
        """Return one item; raise NotFound ``plans.no_item``."""
        for item in self.items:
            if item.stable_key == stable_key:
                return item
        raise NotFound("plans.no_item")

    @property
    def hours(self) -> Decimal:
        """Return the hours of all items."""
        return sum((item.hours for item in self.items), Decimal(0))


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """A signature as it is shown."""

    role: ApprovalRole
    person_id: UUID
    item_key: str | None
    kind: SignatureKind
    signed_at: datetime
    signed_hash: str
    is_carried: bool
    document_file_id: UUID | None = None
    report_file_id: UUID | None = None
    certificate: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A line in the list of plans."""

    plan_id: UUID
    person_id: UUID
    name: str
    version_id: UUID
    no: int
    state: PlanState
    changed_at: datetime
    has_active: bool


@dataclass(frozen=True, slots=True)
class TemplateView:
    """A template as the start page shows it."""

    id: UUID
    org_id: UUID
    title: str
    grade: int
    year: str
    curriculum_id: UUID
    items: tuple[ItemContent, ...]

    @property
    def subjects(self) -> tuple[str, ...]:
        """Return the subjects of the template in their order."""
        return tuple(dict.fromkeys(item.subject for item in self.items))

    @property
    def hours(self) -> Decimal:
        """Return the hours of all items."""
        return sum((item.hours for item in self.items), Decimal(0))


#: A row of a table or its object: both name its columns.
Row = Any


def _version(row: Row) -> VersionView:
    return VersionView(
        id=row.id,
        plan_id=row.plan_id,
        no=row.no,
        state=row.state,
        reason=row.reason,
        revision=row.revision,
        items_hash=row.items_hash,
        based_on_id=row.based_on_id,
        effective_from=row.effective_from,
        created_at=row.created_at,
        created_by=row.created_by,
        submitted_at=row.submitted_at,
        submitted_by=row.submitted_by,
        returned_at=row.returned_at,
        returned_by=row.returned_by,
        return_reason=row.return_reason,
        order_no=row.order_no,
        order_date=row.order_date,
        activated_at=row.activated_at,
        removed=tuple((kept["stable_key"], kept["content"]["title"]) for kept in row.removed_items),
    )


_IN_FORCE = (
    sa.select(PlanVersion.__table__)
    .join(Plan, Plan.id == PlanVersion.plan_id)
    .where(Plan.person_id == sa.bindparam("person_id"), PlanVersion.state == PlanState.ACTIVE)
    .order_by(PlanVersion.activated_at.desc())
    .limit(1)
)


def active_plan(session: Session, person_id: UUID, today: Today = None) -> PlanView | None:
    """Return a person's plan in force with each item's derived state, or None; the newest if there are several."""
    found = fetch(session, _IN_FORCE, person_id=person_id)
    return _view_of(session, found[0], today) if found else None


#: The newest version of a person's newest plan, whatever its state.
NEWEST = (
    sa.select(PlanVersion.__table__)
    .join(Plan, Plan.id == PlanVersion.plan_id)
    .where(Plan.person_id == sa.bindparam("person_id"), PlanVersion.state.not_in(APART))
    .order_by(Plan.created_at.desc(), PlanVersion.no.desc())
    .limit(1)
)


def latest_version(session: Session, person_id: UUID) -> VersionView | None:
    """Return the newest version of a person's newest plan whatever its state, or None."""
    found = fetch_once(session, NEWEST, person_id=person_id)
    return _version(found[0]) if found else None


_VERSIONS = (
    sa.select(PlanVersion.__table__)
    .where(PlanVersion.plan_id == sa.bindparam("plan_id"))
    .order_by(PlanVersion.no.desc())
)
_VERSION = sa.select(PlanVersion.__table__).where(PlanVersion.id == sa.bindparam("version_id"))
_ITEMS = (
    sa.select(PlanItem.__table__)
    .where(PlanItem.version_id == sa.bindparam("version_id"))
    .order_by(PlanItem.period, PlanItem.position)
)
_PLAN = sa.select(Plan.__table__).where(Plan.id == sa.bindparam("plan_id"))
_FACTS = (
    sa.select(BasisFact.__table__)
    .where(BasisFact.plan_id == sa.bindparam("plan_id"))
    .order_by(BasisFact.recorded_at, BasisFact.id)
)
_SESSIONS = sa.select(PlanItemLink.stable_key, PlanItemLink.target_id).where(
    PlanItemLink.plan_id == sa.bindparam("plan_id"), PlanItemLink.kind == "session"
)


def versions_of(session: Session, plan_id: UUID) -> list[VersionView]:
    """Return every version of a plan, newest first."""
    return [_version(row) for row in fetch(session, _VERSIONS, plan_id=plan_id)]


def plan_view(session: Session, version_id: UUID, today: Today = None) -> PlanView:
    """Return one version of a plan with its items; raise NotFound ``plans.no_version``."""
    found = fetch(session, _VERSION, version_id=version_id)
    if not found:
        raise NotFound("plans.no_version")
    return _view_of(session, found[0], today)


def _view_of(session: Session, row: Row, today: Today) -> PlanView:
    items = fetch(session, _ITEMS, version_id=row.id)
    plan = fetch(session, _PLAN, plan_id=row.plan_id)[0]
    contents = [content_of(item) for item in items]
    curriculum = curriculum_view(session, plan.curriculum_id)
    return PlanView(
        id=plan.id,
        person_id=plan.person_id,
        org_id=plan.org_id,
        curriculum_id=plan.curriculum_id,
        template_id=plan.template_id,
        kind=plan.kind,
        basis=plan.basis,
        scope=plan.scope,
        subjects=tuple(plan.subjects),
        grade=curriculum.grade,
        year=curriculum.year,
        periods=curriculum.periods,
        version=_version(row),
        curriculum=curriculum,
        items=tuple(_items(session, plan, row, items, contents, curriculum, today or now_of(session).date())),
        load=weekly_load(contents, curriculum),
        weekly_hours_max=curriculum.weekly_hours_max,
    )


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What the items of one plan need besides their own rows, read once for all of them."""

    facts: Mapping[str, list[BasisView]]
    sessions: Mapping[str, list[UUID]]
    statements: Mapping[UUID, str]
    courses: Mapping[UUID, CourseCard]
    progress: Mapping[UUID, ProgressView]
    started: frozenset[int]


def _items(
    session: Session,
    plan: Row,
    version: Row,
    items: Sequence[Row],
    contents: list[ItemContent],
    curriculum: CurriculumView,
    today: date,
) -> list[ItemView]:
    facts: dict[str, list[BasisView]] = {}
    for fact in fetch(session, _FACTS, plan_id=plan.id):
        facts.setdefault(fact.stable_key, []).append(_basis(fact))
    sessions: dict[str, list[UUID]] = {}
    for link in fetch(session, _SESSIONS, plan_id=plan.id):
        sessions.setdefault(link.stable_key, []).append(link.target_id)
    outcome_ids = {share.outcome_id for content in contents for share in content.outcomes}
    around = _Surroundings(
        facts=facts,
        sessions=sessions,
        statements={key: view.statement for key, view in outcome_views(session, outcome_ids).items()},
        courses=courses.course_cards(session, [item.course_id for item in items if item.course_id]),
        progress=courses.progress_by_course(session, plan.person_id)
        if version.state is PlanState.ACTIVE and any(item.course_id for item in items)
        else {},
        started=frozenset(p.number for p in curriculum.periods if p.starts_on <= today),
    )
    return [
        _item(plan, version, item, content, around) for item, content in zip(items, contents, strict=True)
    ]


def _item(plan: Row, version: Row, item: Row, content: ItemContent, around: _Surroundings) -> ItemView:
    facts = around.facts.get(item.stable_key, [])
    progress = around.progress.get(item.course_id)
    has_begun = progress is not None and progress.done > 0
    situation = ItemSituation(
        delivery=item.delivery,
        hours=item.hours,
        outcomes=content.outcomes,
        attestation_form=item.attestation_form,
        is_withdrawn=version.state is PlanState.CANCELLED,
        has_started=version.state is PlanState.ACTIVE and (item.period in around.started or has_begun),
        has_exam=item.stable_key in around.sessions,
    )
    status = derive_item_state(situation, [_as_basis(fact) for fact in facts])
    return ItemView(
        id=item.id,
        plan_id=plan.id,
        stable_key=item.stable_key,
        subject=item.subject,
        title=item.title,
        hours=item.hours,
        period=item.period,
        delivery=item.delivery,
        attestation_form=item.attestation_form,
        deadline=item.deadline,
        course_id=item.course_id,
        external_course=item.external_course,
        session_id=item.session_id,
        note=item.note,
        content=content,
        content_hash=item.content_hash,
        status=status,
        outcomes=_outcome_progress(content, status, around.statements),
        facts=tuple(facts),
        course=around.courses.get(item.course_id) if item.course_id else None,
        progress=progress,
        sessions=tuple(around.sessions.get(item.stable_key, ())),
        is_individual=_differs(item.base, content),
    )


def _differs(base: Mapping[str, Any] | None, content: ItemContent) -> bool:
    """Tell whether an item says something else than what it was made from, however that was written down."""
    if base is None:
        return True
    mine = to_json(content)
    return base != mine and to_json(from_json(base)) != mine


def _outcome_progress(
    content: ItemContent, status: ItemStatus, statements: Mapping[UUID, str]
) -> tuple[OutcomeProgress, ...]:
    """Return how far credit covers each outcome; an item closed otherwise has no shares to show."""
    left = {share.outcome_id: share.hours for share in status.remaining}
    has_credit = status.credited_hours > 0
    return tuple(
        OutcomeProgress(
            share.outcome_id,
            statements.get(share.outcome_id, ""),
            share.hours,
            share.hours - left.get(share.outcome_id, Decimal(0)) if has_credit else Decimal(0),
        )
        for share in content.outcomes
    )


def _as_basis(fact: BasisView) -> Basis:
    return Basis(fact.id, fact.kind, fact.state, fact.is_passed, fact.outcomes, fact.mark)


def _basis(row: Row) -> BasisView:
    return BasisView(
        id=row.id,
        plan_id=row.plan_id,
        stable_key=row.stable_key,
        person_id=row.person_id,
        kind=row.kind,
        ref=BasisRef(row.ref_kind, row.ref_id),
        is_passed=row.is_passed,
        state=row.state,
        mark=row.mark,
        note=row.note,
        reason=row.reason,
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
        outcomes=None if row.outcomes is None else outcomes_from_json(row.outcomes),
    )


def basis_view(session: Session, basis_id: UUID) -> BasisView | None:
    """Return one basis fact, or None."""
    row = session.get(BasisFact, basis_id)
    return None if row is None else _basis(row)


def plan_item_state(session: Session, plan_id: UUID, stable_key: str, today: Today = None) -> ItemStatus:
    """Return where an item of the plan in force stands; raise NotFound ``plans.no_item``."""
    version_id = session.scalar(
        sa.select(PlanVersion.id).where(PlanVersion.plan_id == plan_id, PlanVersion.state == PlanState.ACTIVE)
    )
    if version_id is None:
        raise NotFound("plans.no_item")
    return plan_view(session, version_id, today).item(stable_key).status


def reinstatable_facts(session: Session, ref: BasisRef) -> list[BasisView]:
    """Return the facts that rest on ``ref``, whatever their state."""
    rows = session.scalars(
        sa.select(BasisFact).where(BasisFact.ref_kind == ref.kind, BasisFact.ref_id == ref.id)
    )
    return [_basis(row) for row in rows]


def approvals_of(session: Session, version_id: UUID) -> list[ApprovalView]:
    """Return the signatures of a version as they are shown, oldest first."""
    rows = session.scalars(
        sa.select(Approval).where(Approval.version_id == version_id).order_by(Approval.signed_at)
    )
    return [
        ApprovalView(
            row.role,
            row.person_id,
            row.item_key,
            row.signature_kind,
            row.signed_at,
            row.signed_hash,
            row.carried_from is not None,
            row.document_file_id,
            row.report_file_id,
            row.certificate,
        )
        for row in rows
    ]


def unsigned_by(session: Session, version_id: UUID, role: ApprovalRole) -> list[str | None]:
    """Return what ``role`` has not signed in a version (None = its composition)."""
    return unsigned_keys(sheet_of_version(session, version_id), signatures_of(session, version_id), role)


def waits_for_family(session: Session, version_id: UUID, person_id: UUID, today: date) -> bool:
    """Tell whether somebody of the family still has to sign a version: the director's order comes last."""
    version = session.get_one(PlanVersion, version_id)
    kind = plan_head(session, version.plan_id).kind
    family = [
        role for role in roles_for(session, person_id, today, kind) if role is not ApprovalRole.DIRECTOR
    ]
    return any(unsigned_by(session, version_id, role) for role in family)


def version_changes(session: Session, version_id: UUID, against: UUID | None = None) -> list[Change]:
    """Return what changed in a version against ``against`` or the one it is based on; the first has no changes."""
    version = session.get(PlanVersion, version_id)
    if version is None:
        raise NotFound("plans.no_version")
    before_id = against or version.based_on_id
    before = None if before_id is None else session.get(PlanVersion, before_id)
    if before is None or before.plan_id != version.plan_id:
        return []
    old, new = ({item.stable_key: content_of(item) for item in v.items} for v in (before, version))
    return diff_items(old, new)


def changes_of(session: Session, plan: PlanView) -> list[Change]:
    """Return what changed in a version that was read already, against the one it is based on."""
    if plan.version.based_on_id is None:
        return []
    before = fetch(session, _ITEMS, version_id=plan.version.based_on_id)
    old = {item.stable_key: content_of(item) for item in before}
    return diff_items(old, {item.stable_key: item.content for item in plan.items})


_HASHES = sa.select(PlanItem.stable_key, PlanItem.content_hash).where(
    PlanItem.version_id == sa.bindparam("version_id")
)


def change_count(session: Session, plan: PlanView) -> int:
    """Return how many changes `changes_of` has; the hashes of the items say where one has to look."""
    if plan.version.based_on_id is None:
        return 0
    rows = fetch(session, _HASHES, version_id=plan.version.based_on_id)
    old = {row.stable_key: row.content_hash for row in rows}
    new = {item.stable_key: item.content_hash for item in plan.items}
    if any(old[key] != new[key] for key in old.keys() & new.keys()):
        return len(changes_of(session, plan))
    return len(old.keys() ^ new.keys())


def plan_rows(
    session: Session,
    *,
    org_ids: Iterable[UUID] = (),
    person_ids: Iterable[UUID] = (),
    states: Iterable[PlanState] = (),
    text: str = "",
) -> list[PlanRow]:
    """Return the plans of organisations and of single persons by their newest version, waiting ones first.

    ``text`` is looked for in the student's name or code.
    """
    newest = (
        sa.select(PlanVersion.plan_id, sa.func.max(PlanVersion.no).label("no"))
        .where(PlanVersion.state.not_in(APART))
        .group_by(PlanVersion.plan_id)
        .subquery()
    )
    statement = (
        sa.select(PlanVersion, Plan.person_id)
        .join(newest, sa.and_(newest.c.plan_id == PlanVersion.plan_id, newest.c.no == PlanVersion.no))
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .where(sa.or_(Plan.org_id.in_(list(org_ids)), Plan.person_id.in_(list(person_ids))))
        .options(lazyload(PlanVersion.items))
    )
    wanted = list(states)
    if wanted:
        statement = statement.where(PlanVersion.state.in_(wanted))
    found = session.execute(statement).all()
    cards = person_cards(session, [person_id for _, person_id in found])
    active = set(
        session.scalars(
            sa.select(PlanVersion.plan_id).where(
                PlanVersion.state == PlanState.ACTIVE,
                PlanVersion.plan_id.in_([version.plan_id for version, _ in found]),
            )
        )
    )
    needle = text.strip().casefold()
    rows = [
        PlanRow(
            version.plan_id,
            person_id,
            cards[person_id].name,
            version.id,
            version.no,
            version.state,
            version.activated_at or version.returned_at or version.submitted_at or version.created_at,
            version.plan_id in active,
        )
        for version, person_id in found
        if not needle
        or needle in cards[person_id].name.casefold()
        or needle in cards[person_id].code.casefold()
    ]
    return sorted(rows, key=lambda row: (_URGENCY.get(row.state, 9), row.name))


_URGENCY = {PlanState.SUBMITTED: 0, PlanState.RETURNED: 1, PlanState.DRAFT: 2, PlanState.APPROVED: 3}


def templates_for(session: Session, org_ids: Iterable[UUID], grade: int | None = None) -> list[TemplateView]:
    """Return the templates of organisations, for one grade when given, newest year first."""
    statement = sa.select(PlanTemplate).where(PlanTemplate.org_id.in_(list(org_ids)))
    if grade is not None:
        statement = statement.where(PlanTemplate.grade == grade)
    ordered = statement.order_by(PlanTemplate.year.desc(), PlanTemplate.grade, PlanTemplate.title)
    return [_template(row) for row in session.scalars(ordered)]


def template_view(session: Session, template_id: UUID) -> TemplateView:
    """Return a template; raise NotFound ``plans.no_template``."""
    row = session.get(PlanTemplate, template_id)
    if row is None:
        raise NotFound("plans.no_template")
    return _template(row)


def _template(row: PlanTemplate) -> TemplateView:
    items = tuple(from_json(item.content) for item in row.items)
    return TemplateView(row.id, row.org_id, row.title, row.grade, row.year, row.curriculum_id, items)
