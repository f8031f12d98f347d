"""Read about people: names, roles, relations, conditions, consents."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from lms.core.actor import Actor, RoleGrant
from lms.core.db import bulk_in, day_of, derive_once, fetch, fetch_once
from lms.core.errors import NotFound
from lms.core.paging import Page
from lms.people.models import (
    Account,
    Admission,
    Assignment,
    BiometricBasis,
    Consent,
    Guardianship,
    IdentityRecord,
    Measure,
    Organisation,
    Person,
    Role,
    SupportPlan,
    WorkingDay,
)
from lms.people.rules.conditions import compile_conditions
from lms.people.rules.consent_text import VOICED
from lms.people.rules.working_days import CalendarDay, add_working_days, count_working_days
from lms.people.types import (
    AdmissionGround,
    AssignmentKind,
    ConsentPurpose,
    ConsentState,
    EffectiveConditions,
    MeasureValue,
    PersonCard,
    Relation,
    RoleKind,
)

__all__ = [
    "AdmissionView",
    "DirectoryRow",
    "StudentBrief",
    "active_consent",
    "active_support_plan",
    "admitted_among",
    "biometric_basis",
    "calendar_of",
    "children_of",
    "conditions_among",
    "conditions_for",
    "current_admission",
    "directory",
    "email_addresses",
    "family_of",
    "guardians_of",
    "guardians_told",
    "holders_of",
    "holds_role",
    "is_impartial",
    "is_minor",
    "may_keep_voice",
    "measures_in_force",
    "person_card",
    "person_cards",
    "relations_among",
    "relations_in",
    "relations_to",
    "roles_of",
    "staff_of",
    "student_brief",
    "student_by_code",
    "students_of",
    "taught_among",
    "taught_ids",
    "teachers_of",
    "unknown_years",
    "working_day_exceptions",
    "working_days_after",
    "working_days_between",
]


#: What `_card` makes a card of.
_CARD_COLUMNS = (
    Person.id,
    Person.code,
    IdentityRecord.family_name,
    IdentityRecord.given_name,
    IdentityRecord.patronymic,
    IdentityRecord.birth_date,
)
_CARDS = (
    sa.select(*_CARD_COLUMNS)
    .outerjoin(IdentityRecord, IdentityRecord.person_code == Person.code)
    .where(Person.id.in_(sa.bindparam("ids", expanding=True)))
)


def person_cards(session: Session, ids: Iterable[UUID | None]) -> dict[UUID, PersonCard]:
    """Return how each person is shown; without an identity record the code stands for the name."""
    cards: dict[UUID, PersonCard] = {}
    for batch in bulk_in(dict.fromkeys(i for i in ids if i is not None)):
        cards |= {row.id: _card(row) for row in fetch(session, _CARDS, ids=batch)}
    return cards


def _card(row: sa.Row[*tuple[Any, ...]]) -> PersonCard:
    return _named(row.id, row.code, row.family_name, row.given_name, row.patronymic, row.birth_date)


def _named(
    person_id: UUID,
    code: str,
    family_name: str | None,
    given_name: str | None,
    patronymic: str | None,
    birth_date: date | None = None,
) -> PersonCard:
    if given_name is None:
        return PersonCard(person_id, code, code, code, code)
    full = " ".join(part for part in (family_name, given_name, patronymic) if part)
    return PersonCard(person_id, code, full, f"{given_name} {family_name}", given_name, birth_date)


def person_card(session: Session, person_id: UUID) -> PersonCard:
    """Return how one person is shown; raise NotFound ``people.no_person``."""
    try:
        return person_cards(session, [person_id])[person_id]
    except KeyError:
        raise NotFound("people.no_person") from None


def email_addresses(session: Session, person_id: UUID) -> tuple[str, ...]:
    """Return the e-mail addresses that the identity store has of a person; none where the store is absent."""
    found = session.scalars(
        sa.select(IdentityRecord.email)
        .join(Person, Person.code == IdentityRecord.person_code)
        .where(Person.id == person_id, IdentityRecord.email != "")
    )
    return tuple(found)


def student_by_code(session: Session, org_id: UUID, code: str, at: datetime) -> UUID | None:
    """Return who in an organisation is a student with this code at ``at``, or None."""
    return session.scalar(
        sa.select(Person.id)
        .join(Role, Role.person_id == Person.id)
        .where(
            Person.code == code.strip(),
            Role.org_id == org_id,
            Role.kind == RoleKind.STUDENT,
            Role.valid_from <= at,
            sa.or_(Role.valid_to.is_(None), Role.valid_to > at),
        )
        .limit(1)
    )


_ROLES = sa.select(Role.kind, Role.org_id).where(
    Role.person_id == sa.bindparam("person_id"),
    Role.valid_from <= sa.bindparam("at"),
    sa.or_(Role.valid_to.is_(None), Role.valid_to > sa.bindparam("at")),
)


def roles_of(session: Session, person_id: UUID, at: datetime) -> frozenset[RoleGrant]:
    """Return the roles that a person holds at ``at``; being a guardian of someone is a role too."""
    rows = fetch(session, _ROLES, person_id=person_id, at=at)
    return frozenset(RoleGrant(kind.value, org_id) for kind, org_id in rows)


def holders_of(session: Session, org_id: UUID, kind: RoleKind, at: datetime) -> list[UUID]:
    """Return who holds the role ``kind`` in an organisation at ``at``."""
    return list(
        session.scalars(
            sa.select(Role.person_id).where(
                Role.org_id == org_id,
                Role.kind == kind,
                Role.valid_from <= at,
                sa.or_(Role.valid_to.is_(None), Role.valid_to > at),
            )
        )
    )


def holds_role(person_id: Any, org_id: Any, kind: RoleKind, at: Any) -> sa.ColumnElement[bool]:
    """Return the condition that a person holds a role in an organisation at ``at``, for use inside of other statements."""
    return sa.exists().where(
        Role.person_id == person_id,
        Role.org_id == org_id,
        Role.kind == kind,
        Role.valid_from <= at,
        sa.or_(Role.valid_to.is_(None), Role.valid_to > at),
    )


@dataclass(frozen=True, slots=True)
class AdmissionView:
    """Where a student belongs."""

    org_id: UUID
    org_name: str
    ground: str
    grade: int | None
    class_label: str


#: Where somebody is admitted to several organisations, the one they belong to answers for the whole child.
_BELONGING = {
    AdmissionGround.CLASS: 0,
    AdmissionGround.HOME: 0,
    AdmissionGround.REMOTE: 0,
    AdmissionGround.EXTERN: 1,
    AdmissionGround.PARTNER: 2,
}


_ADMISSIONS = (
    sa.select(
        Admission.org_id,
        Organisation.name,
        Admission.ground,
        Admission.grade,
        Admission.class_label,
    )
    .join(Organisation, Organisation.id == Admission.org_id)
    .where(
        Admission.person_id == sa.bindparam("person_id"),
        Admission.valid_from <= sa.bindparam("today"),
        sa.or_(Admission.valid_to.is_(None), Admission.valid_to >= sa.bindparam("today")),
    )
    .order_by(sa.case(_BELONGING, value=Admission.ground), Admission.valid_from.desc(), Admission.id.desc())
)


def current_admission(
    session: Session, person_id: UUID, today: date, among: Collection[UUID] | None = None
) -> AdmissionView | None:
    """Return the admission valid ``today``, or None; ``among`` asks about these organisations only.

    Of several it is the one to which the student belongs (a class before an extern, an extern before a partner's
    student), then the newest.
    """
    rows = fetch_once(session, _ADMISSIONS, person_id=person_id, today=today)
    row = next((row for row in rows if among is None or row.org_id in among), None)
    if row is None:
        return None
    return AdmissionView(row.org_id, row.name, row.ground.value, row.grade, row.class_label)


_ADULT_FROM = sa.select(Person.adult_from).where(Person.id == sa.bindparam("person_id"))


def is_minor(session: Session, person_id: UUID, today: date) -> bool:
    """Tell whether the person is under 18; someone whose age is unknown counts as a minor."""
    rows = fetch_once(session, _ADULT_FROM, person_id=person_id)
    adult_from = rows[0].adult_from if rows else None
    return adult_from is None or today < adult_from


_EVER_ADMITTED = sa.select(Admission.org_id).where(
    Admission.person_id == sa.bindparam("person_id"), Admission.valid_from <= sa.bindparam("today")
)
_ADMITTED = _EVER_ADMITTED.where(
    sa.or_(Admission.valid_to.is_(None), Admission.valid_to >= sa.bindparam("today"))
)
_ADMITTED_TO = _EVER_ADMITTED.where(Admission.org_id == sa.bindparam("org_id"))


def relations_to(session: Session, actor: Actor, student_id: UUID, at: datetime) -> frozenset[Relation]:
    """Return every way in which ``actor`` stands to ``student_id`` at ``at``; an empty set means out of reach.

    This says whether somebody knows the person at all. Where a record belongs to an organisation (a plan, an attempt,
    a consent), ask `relations_in`.
    """
    if actor.person_id is None:
        return frozenset()
    offices = _offices(session, actor, _ADMITTED, person_id=student_id, today=day_of(session, at))
    return _personal_relations(session, actor.person_id, student_id, at) | offices


def relations_in(
    session: Session, actor: Actor, student_id: UUID, org_id: UUID, at: datetime
) -> frozenset[Relation]:
    """Return how ``actor`` stands to ``student_id`` in a matter of the organisation ``org_id``.

    An office counts only where it is held: the head of another school to which the student goes too has no say
    here. It reaches those who are admitted to the organisation and those who were, whose records it keeps.
    """
    if actor.person_id is None:
        return frozenset()
    asked = {"person_id": student_id, "org_id": org_id, "today": day_of(session, at)}
    offices = _offices(session, actor, _ADMITTED_TO, **asked)
    return _personal_relations(session, actor.person_id, student_id, at) | offices


_BY_STAFF = (
    Assignment.staff_id == sa.bindparam("staff_id"),
    Assignment.valid_from <= sa.bindparam("at"),
    sa.or_(Assignment.valid_to.is_(None), Assignment.valid_to > sa.bindparam("at")),
)
_RESPONSIBLE_AS = sa.select(Assignment.kind).where(
    *_BY_STAFF, Assignment.student_id == sa.bindparam("student_id")
)
_RESPONSIBLE_AMONG = sa.select(Assignment.student_id, Assignment.kind).where(
    *_BY_STAFF, Assignment.student_id.in_(sa.bindparam("person_ids", expanding=True))
)


def relations_among(
    session: Session, actor: Actor, person_ids: Collection[UUID], org_id: UUID, at: datetime
) -> dict[UUID, frozenset[Relation]]:
    """Return for each of many persons what `relations_in` returns, with a few statements for all of them."""
    found: dict[UUID, set[Relation]] = {person_id: set() for person_id in person_ids}
    if actor.person_id is None:
        return {person_id: frozenset() for person_id in found}
    today = day_of(session, at)
    offices = {_OFFICES[kind] for kind in _OFFICES if org_id in actor.orgs_as(kind.value)}
    for batch in bulk_in(found):
        for row in fetch(
            session, _RESPONSIBLE_AMONG, staff_id=actor.person_id, person_ids=tuple(batch), at=at
        ):
            found[row.student_id].add(Relation(row.kind.value))
        for child_id, rights in _guardians_among(session, actor.person_id, batch, at).items():
            found[child_id] |= rights
        if offices:
            for person_id in admitted_among(session, org_id, batch, today):
                found[person_id] |= offices
    if actor.person_id in found:
        found[actor.person_id].add(Relation.SELF)
    return {person_id: frozenset(relations) for person_id, relations in found.items()}


def _guardians_among(
    session: Session, adult_id: UUID, person_ids: Collection[UUID], at: datetime
) -> dict[UUID, set[Relation]]:
    """Return what an adult may do as a guardian of some persons; nobody is one of oneself."""
    rows: dict[UUID, list[sa.Row[*tuple[Any, ...]]]] = {}
    for row in fetch(session, _GUARDIAN_AMONG, adult_id=adult_id, person_ids=tuple(person_ids), at=at):
        if row.child_id != adult_id:
            rows.setdefault(row.child_id, []).append(row)
    today = day_of(session, at)
    return {
        child_id: _what_guardians_may(own, minor=is_minor(session, child_id, today))
        for child_id, own in rows.items()
        if not any(row.is_restricted for row in own)
    }


def _personal_relations(
    session: Session, actor_id: UUID, student_id: UUID, at: datetime
) -> frozenset[Relation]:
    """Return the relations that hold wherever the student is: oneself, a guardian, staff made responsible."""
    is_self = actor_id == student_id
    found = {Relation.SELF} if is_self else _guardian_relations(session, actor_id, student_id, at)
    rows = fetch_once(session, _RESPONSIBLE_AS, staff_id=actor_id, student_id=student_id, at=at)
    return frozenset(found | {Relation(row.kind.value) for row in rows})


def is_impartial(session: Session, actor: Actor, person_id: UUID) -> bool:
    """Tell whether the actor may judge about a person: not about oneself, one's child, or one's brother or sister.

    A parent stays a parent: a guardianship that was restricted, or has ended, counts too. The system is impartial.
    """
    if actor.person_id is None:
        return actor.is_system
    if actor.person_id == person_id:
        return False
    return person_id not in family_of(session, actor.person_id)


def family_of(session: Session, person_id: UUID) -> set[UUID]:
    """Return who is recorded as the person's parents, children, brothers and sisters, now or ever."""
    pairs = sa.select(Guardianship.child_id, Guardianship.adult_id)
    own = session.execute(
        pairs.where(sa.or_(Guardianship.child_id == person_id, Guardianship.adult_id == person_id))
    ).all()
    parents = {adult for child, adult in own if child == person_id}
    siblings = session.scalars(
        sa.select(Guardianship.child_id).where(Guardianship.adult_id.in_(sorted(parents)))
    )
    return (parents | {child for child, _adult in own} | set(siblings)) - {person_id}


_RIGHTS = (
    Guardianship.may_view,
    Guardianship.may_sign,
    Guardianship.may_consent,
    Guardianship.may_receive,
    Guardianship.is_restricted,
    Guardianship.granted_by_student,
)
_OF_ADULT = (
    Guardianship.adult_id == sa.bindparam("adult_id"),
    Guardianship.valid_from <= sa.bindparam("at"),
    sa.or_(
        Guardianship.is_restricted,
        Guardianship.valid_to.is_(None),
        Guardianship.valid_to > sa.bindparam("at"),
    ),
)
_GUARDIAN_OF = sa.select(*_RIGHTS).where(*_OF_ADULT, Guardianship.child_id == sa.bindparam("child_id"))
_GUARDIAN_AMONG = sa.select(Guardianship.child_id, *_RIGHTS).where(
    *_OF_ADULT, Guardianship.child_id.in_(sa.bindparam("person_ids", expanding=True))
)


def _guardian_relations(session: Session, adult_id: UUID, child_id: UUID, at: datetime) -> set[Relation]:
    """Return what a guardian may do; a court's restriction counts for ever, even when its row has ended."""
    rows = fetch_once(session, _GUARDIAN_OF, adult_id=adult_id, child_id=child_id, at=at)
    if not rows or any(row.is_restricted for row in rows):
        return set()
    return _what_guardians_may(rows, minor=is_minor(session, child_id, day_of(session, at)))


def _what_guardians_may(rows: Sequence[sa.Row[*tuple[Any, ...]]], *, minor: bool) -> set[Relation]:
    found: set[Relation] = set()
    for row in rows:
        if not minor and not row.granted_by_student:
            continue
        pairs = (
            (row.may_view, Relation.GUARDIAN_VIEW),
            (row.may_sign, Relation.GUARDIAN_SIGN),
            (row.may_consent, Relation.GUARDIAN_CONSENT),
            (row.may_receive, Relation.GUARDIAN_RECEIVE),
        )
        found |= {relation for allowed, relation in pairs if allowed}
    return found


_OFFICES = {
    RoleKind.DIRECTOR: Relation.DIRECTOR,
    RoleKind.DEPUTY_HEAD: Relation.DEPUTY_HEAD,
    RoleKind.REGISTRAR: Relation.REGISTRAR,
    RoleKind.COMMISSION_MEMBER: Relation.COMMISSION,
    RoleKind.COMMISSION_CHAIR: Relation.COMMISSION,
    RoleKind.PROCTOR: Relation.PROCTOR,
    RoleKind.REVIEWER: Relation.REVIEWER,
}


def _offices(session: Session, actor: Actor, admitted: sa.Select[UUID], **asked: Any) -> frozenset[Relation]:
    """Return relations by office: the actor's roles in the organisations that ``admitted`` selects."""
    offices = {RoleGrant(kind.value, org) for kind in _OFFICES for org in actor.orgs_as(kind.value)}
    if not offices:
        return frozenset()
    orgs = {org_id for (org_id,) in fetch_once(session, admitted, **asked)}
    return frozenset(_OFFICES[RoleKind(grant.kind)] for grant in offices if grant.org_id in orgs)


def children_of(session: Session, adult_id: UUID, at: datetime) -> list[PersonCard]:
    """Return the children whom an adult may see."""
    ids = session.scalars(
        sa.select(Guardianship.child_id).where(
            Guardianship.adult_id == adult_id,
            Guardianship.valid_from <= at,
            sa.or_(Guardianship.valid_to.is_(None), Guardianship.valid_to > at),
        )
    ).all()
    visible = [i for i in ids if Relation.GUARDIAN_VIEW in _guardian_relations(session, adult_id, i, at)]
    return sorted(person_cards(session, visible).values(), key=lambda card: card.name)


_ADULTS = sa.select(Guardianship.adult_id).where(Guardianship.child_id == sa.bindparam("child_id"))


def guardians_of(session: Session, child_id: UUID, at: datetime, right: Relation) -> list[UUID]:
    """Return the adults who hold ``right`` (a GUARDIAN_* relation) for a child at ``at``."""
    adults = [row.adult_id for row in fetch(session, _ADULTS, child_id=child_id)]
    return [a for a in dict.fromkeys(adults) if right in _guardian_relations(session, a, child_id, at)]


def guardians_told(
    session: Session, child_id: UUID, at: datetime, right: Relation = Relation.GUARDIAN_VIEW
) -> set[UUID]:
    """Return the adults who may be told of a child's matters and hold ``right``: nobody has letters about what they may not open."""
    told = guardians_of(session, child_id, at, Relation.GUARDIAN_RECEIVE)
    return set(told) & set(guardians_of(session, child_id, at, right))


def students_of(
    session: Session, staff_id: UUID, at: datetime, kind: AssignmentKind | None = None
) -> list[PersonCard]:
    """Return the students for whom a member of staff is responsible (in the way ``kind`` when given)."""
    query = sa.select(Assignment.student_id).where(
        Assignment.staff_id == staff_id,
        Assignment.valid_from <= at,
        sa.or_(Assignment.valid_to.is_(None), Assignment.valid_to > at),
    )
    if kind is not None:
        query = query.where(Assignment.kind == kind)
    ids = session.scalars(query.distinct()).all()
    return sorted(person_cards(session, ids).values(), key=lambda card: card.name)


def taught_ids(staff_id: UUID | None, at: datetime) -> sa.Select[UUID]:
    """Return the statement that finds whom a member of staff teaches, for use inside of other statements."""
    return sa.select(Assignment.student_id).where(
        Assignment.staff_id == staff_id,
        Assignment.kind.in_((AssignmentKind.TEACHES, AssignmentKind.HOME_TEACHER)),
        Assignment.valid_from <= at,
        sa.or_(Assignment.valid_to.is_(None), Assignment.valid_to > at),
    )


def teachers_of(session: Session, person_id: UUID, subject: str, at: datetime) -> set[UUID]:
    """Return who teaches a person the subject at ``at``, at school or at home."""
    return set(
        session.scalars(
            sa.select(Assignment.staff_id).where(
                Assignment.student_id == person_id,
                Assignment.subject == subject,
                Assignment.kind.in_((AssignmentKind.TEACHES, AssignmentKind.HOME_TEACHER)),
                Assignment.valid_from <= at,
                sa.or_(Assignment.valid_to.is_(None), Assignment.valid_to > at),
            )
        )
    )


def taught_among(session: Session, staff_id: UUID | None, ids: Collection[UUID], at: datetime) -> set[UUID]:
    """Return those of some persons whom a member of staff teaches, with one statement."""
    return set(session.scalars(taught_ids(staff_id, at).where(Assignment.student_id.in_(ids))))


def admitted_among(session: Session, org_id: UUID, ids: Collection[UUID], today: date) -> set[UUID]:
    """Return those of some persons who are or were admitted to an organisation, with one statement."""
    return set(
        session.scalars(
            sa.select(Admission.person_id).where(
                Admission.person_id.in_(ids), Admission.org_id == org_id, Admission.valid_from <= today
            )
        )
    )


_STAFF = sa.select(Assignment.kind, Assignment.subject, Assignment.staff_id).where(
    Assignment.student_id == sa.bindparam("student_id"),
    Assignment.valid_from <= sa.bindparam("at"),
    sa.or_(Assignment.valid_to.is_(None), Assignment.valid_to > sa.bindparam("at")),
)


def staff_of(session: Session, student_id: UUID, at: datetime) -> list[tuple[str, str, UUID]]:
    """Return (kind, subject, staff person) of everyone responsible for a student."""
    rows = fetch(session, _STAFF, student_id=student_id, at=at)
    return [(kind.value, subject, staff_id) for kind, subject, staff_id in rows]


_tutor = aliased(Person)
_tutor_record = aliased(IdentityRecord)
_GRADE = (
    sa.select(Admission.grade)
    .where(
        Admission.person_id == Person.id,
        Admission.valid_from <= sa.bindparam("today"),
        sa.or_(Admission.valid_to.is_(None), Admission.valid_to >= sa.bindparam("today")),
    )
    .order_by(sa.case(_BELONGING, value=Admission.ground), Admission.valid_from.desc(), Admission.id.desc())
    .limit(1)
)
_BRIEF = (
    sa.select(
        *_CARD_COLUMNS,
        Person.adult_from,
        _GRADE.scalar_subquery().label("grade"),
        _tutor.id.label("tutor_id"),
        _tutor.code.label("tutor_code"),
        _tutor_record.family_name.label("tutor_family_name"),
        _tutor_record.given_name.label("tutor_given_name"),
        _tutor_record.patronymic.label("tutor_patronymic"),
    )
    .outerjoin(IdentityRecord, IdentityRecord.person_code == Person.code)
    .outerjoin(
        Assignment,
        sa.and_(
            Assignment.student_id == Person.id,
            Assignment.kind.in_((AssignmentKind.TUTOR, AssignmentKind.CLASS_TEACHER)),
            Assignment.valid_from <= sa.bindparam("at"),
            sa.or_(Assignment.valid_to.is_(None), Assignment.valid_to > sa.bindparam("at")),
        ),
    )
    .outerjoin(_tutor, _tutor.id == Assignment.staff_id)
    .outerjoin(_tutor_record, _tutor_record.person_code == _tutor.code)
    .where(Person.id == sa.bindparam("person_id"))
    .order_by(Assignment.id)
)


@dataclass(frozen=True, slots=True)
class StudentBrief:
    """How a student is shown, what `is_minor` and `current_admission` say, and tutors and class teachers, each once."""

    card: PersonCard
    is_minor: bool
    grade: int | None
    tutors: tuple[PersonCard, ...]


def student_brief(session: Session, person_id: UUID, at: datetime) -> StudentBrief:
    """Return in one statement what a first page says of a student; raise NotFound ``people.no_person``."""
    today = day_of(session, at)
    rows = fetch(session, _BRIEF, person_id=person_id, at=at, today=today)
    if not rows:
        raise NotFound("people.no_person")
    tutors = {
        row.tutor_id: _named(
            row.tutor_id, row.tutor_code, row.tutor_family_name, row.tutor_given_name, row.tutor_patronymic
        )
        for row in rows
        if row.tutor_id is not None
    }
    adult_from = rows[0].adult_from
    is_child = adult_from is None or today < adult_from
    return StudentBrief(_card(rows[0]), is_child, rows[0].grade, tuple(tutors.values()))


#: Agreed and begun; of several the newest counts, and once its own time has run out none does.
_AGREED = (
    SupportPlan.active_since.is_not(None),
    SupportPlan.superseded_at.is_(None),
    SupportPlan.valid_from <= sa.bindparam("today"),
)
_SUPPORT_IN_FORCE = (SupportPlan.person_id == sa.bindparam("person_id"), *_AGREED)
_SUPPORT_PLAN = sa.select(SupportPlan).where(*_SUPPORT_IN_FORCE).order_by(SupportPlan.version.desc()).limit(1)
_MEASURES = (
    sa.select(SupportPlan.id, SupportPlan.valid_to, Measure.code, Measure.params, Measure.scope)
    .outerjoin(Measure, Measure.support_plan_id == SupportPlan.id)
    .where(*_SUPPORT_IN_FORCE)
    .order_by(SupportPlan.version.desc(), Measure.position)
)
_MEASURES_AMONG = (
    sa.select(
        SupportPlan.person_id,
        SupportPlan.id,
        SupportPlan.valid_to,
        Measure.code,
        Measure.params,
        Measure.scope,
    )
    .outerjoin(Measure, Measure.support_plan_id == SupportPlan.id)
    .where(SupportPlan.person_id.in_(sa.bindparam("person_ids", expanding=True)), *_AGREED)
    .order_by(SupportPlan.version.desc(), Measure.position)
)


def active_support_plan(session: Session, person_id: UUID, today: date) -> SupportPlan | None:
    """Return the support plan version in force ``today``, or None."""
    row = session.scalar(_SUPPORT_PLAN, {"person_id": person_id, "today": today})
    return None if row is None or (row.valid_to is not None and row.valid_to < today) else row


def conditions_for(
    session: Session, person_id: UUID, today: date, *, activity: str, base_minutes: int | None = None
) -> EffectiveConditions:
    """Return what holds for a person in an activity after the support plan is compiled in (domain S1, S4)."""
    plan_id, measures = _in_force(session, person_id, today)
    key = (plan_id, today, activity, base_minutes)
    return derive_once(session, key, lambda: _conditions(plan_id, measures, activity, base_minutes))


def conditions_among(
    session: Session,
    person_ids: Collection[UUID],
    today: date,
    *,
    activity: str,
    base_minutes: int | None = None,
) -> dict[UUID, EffectiveConditions]:
    """Return for each of many persons what `conditions_for` returns, with one statement for all of them."""
    rows: dict[UUID, list[sa.Row[*tuple[Any, ...]]]] = {person_id: [] for person_id in person_ids}
    for batch in bulk_in(rows):
        for row in fetch(session, _MEASURES_AMONG, person_ids=tuple(batch), today=today):
            rows[row.person_id].append(row)
    return {
        person_id: _conditions(*_of_newest(own, today), activity, base_minutes)
        for person_id, own in rows.items()
    }


def _conditions(
    plan_id: UUID | None, measures: list[MeasureValue], activity: str, base_minutes: int | None
) -> EffectiveConditions:
    if not measures:
        return _usual_conditions(activity, base_minutes)
    return compile_conditions(measures, activity=activity, base_minutes=base_minutes, support_plan_id=plan_id)


def measures_in_force(session: Session, person_id: UUID, today: date) -> list[MeasureValue]:
    """Return the measures of a person's support plan in force ``today``, in their order."""
    return _in_force(session, person_id, today)[1]


def _in_force(session: Session, person_id: UUID, today: date) -> tuple[UUID | None, list[MeasureValue]]:
    return _of_newest(fetch_once(session, _MEASURES, person_id=person_id, today=today), today)


def _of_newest(
    rows: Sequence[sa.Row[*tuple[Any, ...]]], today: date
) -> tuple[UUID | None, list[MeasureValue]]:
    """Return the newest support plan of one person and its measures, unless its time has run out."""
    is_over = bool(rows) and rows[0].valid_to is not None and rows[0].valid_to < today
    plan_id = rows[0].id if rows and not is_over else None
    measures = [
        MeasureValue(row.code, row.params, tuple(row.scope))
        for row in rows
        if row.id == plan_id and row.code is not None
    ]
    return plan_id, measures


@lru_cache(maxsize=512)
def _usual_conditions(activity: str, base_minutes: int | None) -> EffectiveConditions:
    """Return what holds for all whose support plan says nothing, which is nearly everybody."""
    return compile_conditions((), activity=activity, base_minutes=base_minutes)


def active_consent(
    session: Session, subject_id: UUID, purpose: ConsentPurpose, at: datetime
) -> Consent | None:
    """Return the consent in force for one purpose at ``at``, or None.

    What a parent agreed to about a child's face or voice ends when the child comes of age: then it is their own to give.
    """
    in_force = (
        sa.select(Consent)
        .where(
            Consent.subject_id == subject_id,
            Consent.purpose == purpose,
            Consent.state == ConsentState.ACTIVE,
            Consent.given_at <= at,
            sa.or_(Consent.valid_to.is_(None), Consent.valid_to > at),
        )
        .order_by(Consent.given_at.desc())
        .limit(1)
    )
    if purpose is ConsentPurpose.BIOMETRICS and not is_minor(session, subject_id, day_of(session, at)):
        in_force = in_force.where(Consent.given_by == subject_id)
    return session.scalar(in_force)


def may_keep_voice(session: Session, subject_id: UUID, at: datetime) -> bool:
    """Tell whether the consent in force speaks of a recording of the voice for confirming who is there."""
    consent = active_consent(session, subject_id, ConsentPurpose.BIOMETRICS, at)
    return consent is not None and consent.text_version in VOICED


def biometric_basis(session: Session, org_id: UUID, *, minors: bool) -> BiometricBasis | None:
    """Return the organisation's recorded legal basis for biometrics of minors or adults; None = switched off."""
    return session.scalar(
        sa.select(BiometricBasis)
        .where(
            BiometricBasis.org_id == org_id,
            BiometricBasis.covers == ("minors" if minors else "adults"),
            BiometricBasis.revoked_at.is_(None),
        )
        .order_by(BiometricBasis.recorded_at.desc())
        .limit(1)
    )


@dataclass(frozen=True, slots=True)
class DirectoryRow:
    """One person in a directory: how they are shown and what they do."""

    card: PersonCard
    roles: tuple[str, ...]
    login: str = ""
    is_active: bool = False


def directory(
    session: Session,
    orgs: set[UUID],
    text: str,
    number: int,
    per_page: int = 25,
    kinds: Collection[RoleKind] = tuple(RoleKind),
) -> Page[DirectoryRow]:
    """Return a page of the people who hold one of ``kinds`` in ``orgs``, by name.

    ``text`` searches name, code and login.

    The search looks at the folded name in Python, because neither engine folds Cyrillic the way readers expect.
    """
    held = session.execute(
        sa.select(Role.person_id, Role.kind).where(Role.org_id.in_(orgs), Role.valid_to.is_(None)).distinct()
    ).all()
    roles: dict[UUID, set[str]] = {}
    for person_id, kind in held:
        roles.setdefault(person_id, set()).add(kind.value)
    wanted_kinds = {kind.value for kind in kinds}
    roles = {person_id: held_there for person_id, held_there in roles.items() if held_there & wanted_kinds}
    accounts: dict[UUID, tuple[str, bool]] = {}
    for batch in bulk_in(roles):
        for person_id, login, is_active in session.execute(
            sa.select(Account.person_id, Account.login, Account.is_active).where(Account.person_id.in_(batch))
        ):
            accounts[person_id] = (login, is_active)
    wanted = _fold(text)
    cards = [
        card
        for card in person_cards(session, roles).values()
        if wanted in _fold(f"{card.name} {card.code} {accounts.get(card.id, ('', False))[0]}")
    ]
    cards.sort(key=lambda card: _fold(card.name))
    chosen = cards[(number - 1) * per_page : number * per_page]
    rows = [DirectoryRow(card, tuple(sorted(roles[card.id])), *accounts.get(card.id, ())) for card in chosen]
    return Page(rows, number, per_page, len(cards))


def _fold(text: str) -> str:
    return text.casefold().replace("ё", "е")


_EXCEPTIONS = sa.select(WorkingDay.day, WorkingDay.is_working)


def working_day_exceptions(session: Session) -> Mapping[date, bool]:
    """Return the table of holidays and working Saturdays."""
    return {day: works for day, works in fetch_once(session, _EXCEPTIONS)}


def calendar_of(session: Session, year: int) -> list[CalendarDay]:
    """Return the exceptions of a year in their order; none = nobody has put the year in."""
    rows = session.scalars(
        sa.select(WorkingDay)
        .where(WorkingDay.day.between(date(year, 1, 1), date(year, 12, 31)))
        .order_by(WorkingDay.day)
    )
    return [CalendarDay(row.day, row.is_working, row.note) for row in rows]


def unknown_years(session: Session, days: Iterable[date | None]) -> list[int]:
    """Return the years of some days for which nobody has put in a calendar: Monday to Friday were counted there."""
    years = {day.year for day in days if day is not None}
    known = {day.year for day in working_day_exceptions(session)}
    return sorted(years - known)


def working_days_between(session: Session, after: date, until: date) -> int:
    """Return how many days after ``after``, up to and with ``until``, work by the table of holidays."""
    return count_working_days(after, until, working_day_exceptions(session))


_EXCEPTIONS_UNTIL = _EXCEPTIONS.where(
    WorkingDay.day > sa.bindparam("start"), WorkingDay.day <= sa.bindparam("until")
)


def working_days_after(session: Session, start: date, count: int) -> date:
    """Return the day ``count`` working days after ``start`` by the table of holidays and working Saturdays.

    The table is read as far as the answer can be expected; where that is not far enough, whole.
    """
    until = start + timedelta(days=3 * count + 14)
    near = {
        row.day: row.is_working for row in fetch_once(session, _EXCEPTIONS_UNTIL, start=start, until=until)
    }
    day, _is_known = add_working_days(start, count, near)
    if day > until:
        day, _is_known = add_working_days(start, count, working_day_exceptions(session))
    return day
