"""Read classes: who is in them, who leads and teaches them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.db import bulk_in, day_of, fetch
from lms.core.errors import NotFound
from lms.people.models import Admission, ClassStaff, Role, StudyClass
from lms.people.queries.persons import person_cards
from lms.people.types import AdmissionGround, PersonCard, RoleKind

__all__ = [
    "ClassCard",
    "ClassStaffRow",
    "class_card",
    "class_members",
    "class_people",
    "class_staff",
    "classes_of",
    "classes_on",
    "current_admission_row",
    "students_without_class",
    "study_forms_on",
]


@dataclass(frozen=True, slots=True)
class ClassCard:
    """One class: its name, grade, and how many are in it."""

    id: UUID
    org_id: UUID
    label: str
    grade: int
    members: int
    is_closed: bool


@dataclass(frozen=True, slots=True)
class ClassStaffRow:
    """Somebody who leads a class or teaches it a subject."""

    id: UUID
    kind: str
    subject: str
    card: PersonCard


def _holds(today: date) -> sa.ColumnElement[bool]:
    return sa.and_(
        Admission.valid_from <= today, sa.or_(Admission.valid_to.is_(None), Admission.valid_to >= today)
    )


def current_admission_row(session: Session, person_id: UUID, org_id: UUID, today: date) -> Admission | None:
    """Return the newest admission to an organisation that holds today; for use cases, which change it."""
    return session.scalar(
        sa.select(Admission)
        .where(Admission.person_id == person_id, Admission.org_id == org_id, _holds(today))
        .order_by(Admission.valid_from.desc(), Admission.id.desc())
        .limit(1)
    )


def class_members(session: Session, class_id: UUID, at: datetime) -> list[UUID]:
    """Return who is in a class at ``at``."""
    return list(
        session.scalars(
            sa.select(Admission.person_id)
            .where(Admission.class_id == class_id, _holds(day_of(session, at)))
            .distinct()
        )
    )


def class_people(session: Session, class_id: UUID, at: datetime) -> list[PersonCard]:
    """Return who is in a class at ``at``, by name."""
    cards = person_cards(session, class_members(session, class_id, at))
    return sorted(cards.values(), key=lambda card: card.name)


def _cards(today: date) -> sa.Select[StudyClass, int]:
    members = (
        sa.select(sa.func.count(Admission.person_id.distinct()))
        .where(Admission.class_id == StudyClass.id, _holds(today))
        .correlate(StudyClass)
        .scalar_subquery()
    )
    return sa.select(StudyClass, members)


def _card(row: StudyClass, members: int) -> ClassCard:
    return ClassCard(row.id, row.org_id, row.label, row.grade, members, row.closed_at is not None)


def classes_of(session: Session, orgs: Collection[UUID], at: datetime) -> list[ClassCard]:
    """Return the open classes of organisations, by grade and name."""
    rows = session.execute(
        _cards(day_of(session, at))
        .where(StudyClass.org_id.in_(orgs), StudyClass.closed_at.is_(None))
        .order_by(StudyClass.grade, StudyClass.label)
    )
    return [_card(row, members) for row, members in rows]


_IN_CLASSES = (
    sa.select(Admission.person_id, Admission.valid_from, Admission.valid_to, StudyClass.id, StudyClass.label)
    .join(StudyClass, StudyClass.id == Admission.class_id)
    .where(Admission.person_id.in_(sa.bindparam("person_ids", expanding=True)))
    .order_by(Admission.valid_from, Admission.id)
)


def classes_on(session: Session, days: Mapping[UUID, date]) -> dict[UUID, tuple[UUID, str]]:
    """Return the class, and its label, that each person was in on a day; those who were in none are left out."""
    found: dict[UUID, tuple[UUID, str]] = {}
    for batch in bulk_in(sorted(days)):
        rows = fetch(session, _IN_CLASSES, person_ids=batch)
        for person_id, since, until, class_id, label in rows:
            if since <= days[person_id] and (until is None or days[person_id] <= until):
                found[person_id] = (class_id, label)
    return found


def study_forms_on(
    session: Session, attended: Mapping[UUID, tuple[UUID, date, UUID]]
) -> dict[UUID, AdmissionGround]:
    """Return in which form each person studied, from (person, day, organisation) by any key; a key without admission is left out.

    Studying at home often has to do with health, so it is not told apart from studying in a class.
    """
    admissions: dict[tuple[UUID, UUID], list[tuple[date, date | None, AdmissionGround]]] = defaultdict(list)
    for batch in bulk_in(sorted({person for person, _day, _org in attended.values()})):
        rows = session.execute(
            sa.select(
                Admission.person_id,
                Admission.org_id,
                Admission.valid_from,
                Admission.valid_to,
                Admission.ground,
            )
            .where(Admission.person_id.in_(batch))
            .order_by(Admission.valid_from.desc(), Admission.id.desc())
        )
        for person, org, since, until, ground in rows:
            admissions[person, org].append((since, until, ground))
    found: dict[UUID, AdmissionGround] = {}
    for key, (person, day, org) in attended.items():
        for since, until, form in admissions[person, org]:
            if since <= day and (until is None or day <= until):
                found[key] = AdmissionGround.CLASS if form is AdmissionGround.HOME else form
                break
    return found


def class_card(session: Session, class_id: UUID, at: datetime) -> ClassCard:
    """Return one class; raise NotFound ``people.no_class``."""
    found = session.execute(_cards(day_of(session, at)).where(StudyClass.id == class_id)).first()
    if found is None:
        raise NotFound("people.no_class")
    return _card(*found)


def class_staff(session: Session, class_id: UUID) -> list[ClassStaffRow]:
    """Return who leads a class and who teaches it what."""
    rows = session.execute(
        sa.select(ClassStaff.id, ClassStaff.kind, ClassStaff.subject, ClassStaff.staff_id)
        .where(ClassStaff.class_id == class_id, ClassStaff.valid_to.is_(None))
        .order_by(ClassStaff.kind, ClassStaff.subject, ClassStaff.id)
    ).all()
    cards = person_cards(session, [row.staff_id for row in rows])
    return [ClassStaffRow(row.id, row.kind.value, row.subject, cards[row.staff_id]) for row in rows]


def students_without_class(session: Session, org_id: UUID, at: datetime) -> list[PersonCard]:
    """Return the students of an organisation who are in no class now, by name."""
    placed = sa.select(Admission.person_id).where(
        Admission.org_id == org_id, Admission.class_id.is_not(None), _holds(day_of(session, at))
    )
    ids = session.scalars(
        sa.select(Role.person_id)
        .where(
            Role.org_id == org_id,
            Role.kind == RoleKind.STUDENT,
            sa.or_(Role.valid_to.is_(None), Role.valid_to > at),
            Role.person_id.not_in(placed),
        )
        .distinct()
    )
    return sorted(person_cards(session, ids).values(), key=lambda card: card.name)
