"""Read the people of an organisation as its office sees them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.db import bulk_in, day_of
from lms.core.errors import NotFound
from lms.core.paging import Page
from lms.people.models import (
    Account,
    Admission,
    Assignment,
    Guardianship,
    IdentityRecord,
    Illness,
    Invitation,
    Organisation,
    PeopleImport,
    PeopleImportRow,
    Person,
    Role,
)
from lms.people.queries.persons import person_card, person_cards
from lms.people.rules.authority import may_manage, rank
from lms.people.types import PersonCard, RoleKind

__all__ = [
    "AccountView",
    "FamilyRow",
    "ImportCard",
    "ImportedRow",
    "InvitationState",
    "MemberView",
    "RoleRow",
    "active_directors",
    "active_holders",
    "ever_held",
    "find_member",
    "held_kinds",
    "illnesses_of",
    "import_card",
    "imported_rows",
    "imports_of",
    "invitation_fault",
    "invitation_state",
    "kinds_in",
    "logins_taken",
    "member_codes",
    "member_view",
    "person_of_role",
    "student_logins",
    "why_not_managed",
]


def _now(at: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(Role.valid_from <= at, sa.or_(Role.valid_to.is_(None), Role.valid_to > at))


def kinds_in(session: Session, person_id: UUID, org_id: UUID, at: datetime) -> frozenset[RoleKind]:
    """Return what a person is at an organisation at ``at``."""
    return frozenset(
        session.scalars(
            sa.select(Role.kind).where(Role.person_id == person_id, Role.org_id == org_id, _now(at))
        )
    )


def held_kinds(session: Session, person_id: UUID, at: datetime) -> dict[UUID, set[RoleKind]]:
    """Return the roles that a person holds at ``at``, by organisation."""
    found: dict[UUID, set[RoleKind]] = {}
    for org_id, kind in session.execute(
        sa.select(Role.org_id, Role.kind).where(Role.person_id == person_id, _now(at))
    ):
        found.setdefault(org_id, set()).add(kind)
    return found


def ever_held(session: Session, person_id: UUID) -> dict[UUID, set[RoleKind]]:
    """Return the roles that a person holds or ever held, by organisation."""
    found: dict[UUID, set[RoleKind]] = {}
    for org_id, kind in session.execute(
        sa.select(Role.org_id, Role.kind).where(Role.person_id == person_id).distinct()
    ):
        found.setdefault(org_id, set()).add(kind)
    return found


def active_directors(session: Session, org_id: UUID, at: datetime) -> set[UUID]:
    """Return the directors of an organisation who can sign in."""
    return active_holders(session, org_id, [RoleKind.DIRECTOR], at)


def active_holders(session: Session, org_id: UUID, kinds: Iterable[str], at: datetime) -> set[UUID]:
    """Return who holds one of these roles in an organisation and can sign in."""
    wanted = [RoleKind(kind) for kind in kinds]
    return set(
        session.scalars(
            sa.select(Role.person_id)
            .join(Account, Account.person_id == Role.person_id)
            .where(Role.org_id == org_id, Role.kind.in_(wanted), Account.is_active, _now(at))
        )
    )


@dataclass(frozen=True, slots=True)
class AccountView:
    """How somebody signs in: ``invited_until`` is the end of a link that was not used yet."""

    login: str
    is_active: bool
    has_password: bool
    last_login_at: datetime | None
    invited_until: datetime | None


@dataclass(frozen=True, slots=True)
class RoleRow:
    """One role that holds now."""

    id: UUID
    kind: RoleKind
    org_id: UUID
    org_name: str
    valid_from: datetime


@dataclass(frozen=True, slots=True)
class FamilyRow:
    """A parent of a child, or a child of a parent, with the proof; a court's restriction is named."""

    card: PersonCard
    proof: str
    is_restricted: bool


@dataclass(frozen=True, slots=True)
class MemberView:
    """One of the people of an organisation: contacts, account, roles, class, family, who is responsible for whom."""

    card: PersonCard
    email: str
    phone: str
    account: AccountView | None
    roles: tuple[RoleRow, ...]
    admissions: tuple[tuple[str, str, int | None, str, date, UUID | None], ...]
    parents: tuple[FamilyRow, ...]
    children: tuple[FamilyRow, ...]
    staff: tuple[tuple[str, str, PersonCard], ...]
    students: int


def member_view(session: Session, person_id: UUID, orgs: Collection[UUID], at: datetime) -> MemberView:
    """Return one of the people of ``orgs``; what other organisations know about the person stays theirs.

    Raises NotFound ``people.no_person``.
    """
    card = person_card(session, person_id)
    record = session.get(IdentityRecord, card.code)
    roles = session.execute(
        sa.select(Role.id, Role.kind, Role.org_id, Organisation.name, Role.valid_from)
        .join(Organisation, Organisation.id == Role.org_id)
        .where(Role.person_id == person_id, Role.org_id.in_(orgs), _now(at))
        .order_by(Role.valid_from, Role.id)
    )
    return MemberView(
        card,
        record.email if record else "",
        record.phone if record else "",
        _account(session, person_id, at),
        tuple(RoleRow(*row) for row in roles),
        _admissions(session, person_id, orgs, day_of(session, at)),
        _family(session, at, Guardianship.adult_id, Guardianship.child_id == person_id),
        _family(session, at, Guardianship.child_id, Guardianship.adult_id == person_id),
        _staff(session, person_id, orgs, at),
        _student_count(session, person_id, orgs, at),
    )


def _account(session: Session, person_id: UUID, at: datetime) -> AccountView | None:
    row = session.scalar(sa.select(Account).where(Account.person_id == person_id))
    if row is None:
        return None
    until = session.scalar(
        sa.select(sa.func.max(Invitation.expires_at)).where(
            Invitation.account_id == row.id,
            Invitation.used_at.is_(None),
            Invitation.revoked_at.is_(None),
            Invitation.expires_at > at,
        )
    )
    return AccountView(row.login, row.is_active, bool(row.password_hash), row.last_login_at, until)


def _admissions(
    session: Session, person_id: UUID, orgs: Collection[UUID], today: date
) -> tuple[tuple[str, str, int | None, str, date, UUID | None], ...]:
    rows = session.execute(
        sa.select(
            Organisation.name,
            Admission.ground,
            Admission.grade,
            Admission.class_label,
            Admission.valid_from,
            Admission.class_id,
        )
        .join(Organisation, Organisation.id == Admission.org_id)
        .where(
            Admission.person_id == person_id,
            Admission.org_id.in_(orgs),
            sa.or_(Admission.valid_to.is_(None), Admission.valid_to >= today),
        )
        .order_by(Admission.valid_from)
    )
    return tuple(
        (name, ground.value, grade, label, start, cls) for name, ground, grade, label, start, cls in rows
    )


def _family(
    session: Session, at: datetime, other: sa.orm.InstrumentedAttribute[UUID], where: sa.ColumnElement[bool]
) -> tuple[FamilyRow, ...]:
    rows = session.execute(
        sa.select(other, Guardianship.proof, Guardianship.is_restricted).where(
            where, sa.or_(Guardianship.valid_to.is_(None), Guardianship.valid_to > at)
        )
    ).all()
    cards = person_cards(session, [person_id for person_id, _proof, _restricted in rows])
    found = [FamilyRow(cards[person_id], proof, restricted) for person_id, proof, restricted in rows]
    return tuple(sorted(found, key=lambda row: row.card.name))


def _duties(orgs: Collection[UUID], at: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(
        Assignment.org_id.in_(orgs), sa.or_(Assignment.valid_to.is_(None), Assignment.valid_to > at)
    )


def _staff(
    session: Session, person_id: UUID, orgs: Collection[UUID], at: datetime
) -> tuple[tuple[str, str, PersonCard], ...]:
    rows = session.execute(
        sa.select(Assignment.kind, Assignment.subject, Assignment.staff_id)
        .where(Assignment.student_id == person_id, _duties(orgs, at))
        .order_by(Assignment.kind, Assignment.subject)
    ).all()
    cards = person_cards(session, [staff_id for _kind, _subject, staff_id in rows])
    return tuple((kind.value, subject, cards[staff_id]) for kind, subject, staff_id in rows)


def _student_count(session: Session, person_id: UUID, orgs: Collection[UUID], at: datetime) -> int:
    count = sa.func.count(Assignment.student_id.distinct())
    return session.scalar(sa.select(count).where(Assignment.staff_id == person_id, _duties(orgs, at))) or 0


def find_member(
    session: Session, orgs: Collection[UUID], text: str, at: datetime, kind: RoleKind | None = None
) -> UUID:
    """Return the person of ``orgs`` with this code or login, with the role ``kind`` when given.

    Raises NotFound ``people.no_such_member``.
    """
    plain = text.strip()
    query = (
        sa.select(Person.id)
        .join(Role, Role.person_id == Person.id)
        .outerjoin(Account, Account.person_id == Person.id)
        .where(
            Role.org_id.in_(orgs),
            _now(at),
            sa.or_(Person.code == plain.upper(), Account.login == plain.lower()),
        )
    )
    if kind is not None:
        query = query.where(Role.kind == kind)
    found = session.scalar(query.limit(1))
    if found is None:
        raise NotFound("people.no_such_member")
    return found


def member_codes(
    session: Session, orgs: Collection[UUID], kinds: Collection[RoleKind], at: datetime
) -> list[PersonCard]:
    """Return the people who hold one of ``kinds`` in ``orgs``, by name; for choosing one of them."""
    ids = session.scalars(
        sa.select(Role.person_id).where(Role.org_id.in_(orgs), Role.kind.in_(kinds), _now(at)).distinct()
    )
    return sorted(person_cards(session, ids).values(), key=lambda card: card.name)


def logins_taken(session: Session, logins: Collection[str]) -> set[str]:
    """Return which of ``logins`` are in use."""
    return set(session.scalars(sa.select(Account.login).where(Account.login.in_(logins))))


def student_logins(session: Session, org_id: UUID, at: datetime) -> Mapping[str, UUID]:
    """Return the students of an organisation by their logins."""
    rows = session.execute(
        sa.select(Account.login, Account.person_id)
        .join(Role, Role.person_id == Account.person_id)
        .where(Role.org_id == org_id, Role.kind == RoleKind.STUDENT, _now(at))
    )
    return {login: person_id for login, person_id in rows}


def illnesses_of(session: Session, people: Iterable[UUID]) -> dict[UUID, list[tuple[date, date]]]:
    """Return the first and last days of certified illnesses, by person."""
    found: dict[UUID, list[tuple[date, date]]] = {}
    for batch in bulk_in(people):
        for person_id, start, end in session.execute(
            sa.select(Illness.person_id, Illness.starts_on, Illness.ends_on)
            .where(Illness.person_id.in_(batch))
            .order_by(Illness.starts_on)
        ):
            found.setdefault(person_id, []).append((start, end))
    return found


@dataclass(frozen=True, slots=True)
class ImportCard:
    """One table of people that was taken in."""

    id: UUID
    org_id: UUID
    name: str
    created_at: datetime
    undone_at: datetime | None
    people: int


def _cards(session: Session, where: sa.ColumnElement[bool]) -> sa.Select[PeopleImport, int]:
    count = (
        sa.select(sa.func.count())
        .where(PeopleImportRow.import_id == PeopleImport.id)
        .correlate(PeopleImport)
        .scalar_subquery()
    )
    return sa.select(PeopleImport, count).where(where).order_by(PeopleImport.created_at.desc())


def imports_of(session: Session, orgs: Collection[UUID], limit: int = 20) -> list[ImportCard]:
    """Return the newest tables that organisations took in."""
    rows = session.execute(_cards(session, PeopleImport.org_id.in_(orgs)).limit(limit))
    return [_import(row, count) for row, count in rows]


def import_card(session: Session, import_id: UUID) -> ImportCard:
    """Return one table that was taken in; raise NotFound ``people.no_import``."""
    found = session.execute(_cards(session, PeopleImport.id == import_id)).first()
    if found is None:
        raise NotFound("people.no_import")
    return _import(*found)


def _import(row: PeopleImport, count: int) -> ImportCard:
    return ImportCard(row.id, row.org_id, row.name, row.created_at, row.undone_at, count)


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """One person of a table: the line, the login if any, and whether a password was set."""

    line: int
    card: PersonCard
    login: str
    has_password: bool
    is_active: bool


def imported_rows(
    session: Session, import_id: UUID, number: int = 1, per_page: int = 50
) -> Page[ImportedRow]:
    """Return a page of the people of a table, in its order."""
    total = session.scalar(
        sa.select(sa.func.count()).select_from(PeopleImportRow).where(PeopleImportRow.import_id == import_id)
    )
    rows = session.execute(
        sa.select(
            PeopleImportRow.line,
            PeopleImportRow.person_id,
            Account.login,
            Account.password_hash,
            Account.is_active,
        )
        .outerjoin(Account, Account.person_id == PeopleImportRow.person_id)
        .where(PeopleImportRow.import_id == import_id)
        .order_by(PeopleImportRow.line)
        .limit(per_page)
        .offset((number - 1) * per_page)
    ).all()
    cards = person_cards(session, [row.person_id for row in rows])
    items = [
        ImportedRow(r.line, cards[r.person_id], r.login or "", bool(r.password_hash), bool(r.is_active))
        for r in rows
    ]
    return Page(items, number, per_page, total or 0)


@dataclass(frozen=True, slots=True)
class InvitationState:
    """Whose login a link belongs to, and why it opens nothing (empty: it does)."""

    login: str
    fault: str


def invitation_state(session: Session, token_hash: str, at: datetime) -> InvitationState:
    """Return where a link stands; raise NotFound ``people.no_invitation`` for one that never was."""
    found = session.execute(
        sa.select(Account, Invitation)
        .join(Invitation, Invitation.account_id == Account.id)
        .where(Invitation.token_hash == token_hash)
    ).first()
    if found is None:
        raise NotFound("people.no_invitation")
    account, row = found
    return InvitationState(account.login, invitation_fault(session, row, account, at))


def invitation_fault(session: Session, invitation: Invitation, account: Account, at: datetime) -> str:
    """Return why a link opens nothing, or an empty text: its time is over, or whoever made it looks after others now."""
    if invitation.revoked_at is not None and _was_given_role(
        session, account.person_id, invitation.revoked_at
    ):
        return "people.invitation_outgrown"
    is_over = invitation.used_at or invitation.revoked_at or invitation.expires_at <= at
    if is_over or not account.is_active:
        return "people.invitation_over"
    maker = invitation.created_by
    if maker is None:
        return ""
    held = held_kinds(session, maker, at)
    offices = {org_id: kinds for org_id, kinds in held.items() if rank(kinds)}
    can_sign_in = session.scalar(sa.select(Account.is_active).where(Account.person_id == maker))
    stands = can_sign_in and not why_not_managed(session, account.person_id, offices, at)
    return "" if stands else "people.invitation_outgrown"


def _was_given_role(session: Session, person_id: UUID, at: datetime) -> bool:
    """Tell whether a role was given at that very moment: it ends the links that were sent before."""
    given = sa.select(sa.exists().where(Role.person_id == person_id, Role.valid_from == at))
    return bool(session.scalar(given))


def why_not_managed(
    session: Session, person_id: UUID, offices: Mapping[UUID, Collection[RoleKind]], at: datetime
) -> str:
    """Return why whoever holds ``offices`` may not open this person's account, or nothing.

    The highest role ever held counts: one that has ended may be given again, and the account would be known already.
    """
    ever = ever_held(session, person_id)
    places = set(held_kinds(session, person_id, at))
    if not places <= set(offices):
        return "people.elsewhere_too"
    places = places or set(ever) & set(offices)
    theirs = {kind for kinds in ever.values() for kind in kinds}
    if not places or not all(may_manage(offices[org_id], theirs) for org_id in places):
        return "people.account_above"
    return ""


def person_of_role(session: Session, role_id: UUID) -> UUID:
    """Return whose role it is; raise NotFound ``people.no_role``."""
    found = session.scalar(sa.select(Role.person_id).where(Role.id == role_id))
    if found is None:
        raise NotFound("people.no_role")
    return found
