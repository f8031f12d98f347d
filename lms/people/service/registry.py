"""Register organisations, persons, roles, guardians, admissions, statuses and responsibilities."""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa

from lms.core.contracts import BasisRef
from lms.core.errors import InvalidInput
from lms.core.uow import UnitOfWork
from lms.people.models import (
    Account,
    Admission,
    Assignment,
    Guardianship,
    IdentityRecord,
    Illness,
    Invitation,
    Organisation,
    Person,
    Role,
    Status,
)
from lms.people.rules.authority import may_grant
from lms.people.service.classes import take_on
from lms.people.types import (
    AdmissionGround,
    AssignmentKind,
    GuardianRight,
    OrganisationId,
    OrganisationKind,
    PersonId,
    RoleKind,
    StatusKind,
)

__all__ = [
    "add_guardian",
    "admit_student",
    "assign_staff",
    "create_organisation",
    "create_person",
    "grant_role",
    "own_kinds",
    "record_illness",
    "record_status",
]

#: Letters and digits that nobody mistakes for one another when a code is read aloud.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def _new_code() -> str:
    body = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return f"{body[:4]}-{body[4:]}"


def create_organisation(
    uow: UnitOfWork, *, code: str, name: str, kind: OrganisationKind, parent_id: UUID | None = None
) -> OrganisationId:
    """Register an organisation; raise InvalidInput ``people.code_taken``."""
    uow.require("people.manage_organisations")
    if uow.session.scalar(sa.select(Organisation.id).where(Organisation.code == code)):
        raise InvalidInput("people.code_taken", fields={"code": ["people.code_taken"]})
    row = Organisation(code=code, name=name, kind=kind, parent_id=parent_id, created_at=uow.now())
    uow.session.add(row)
    uow.session.flush()
    return OrganisationId(row.id)


def create_person(
    uow: UnitOfWork,
    *,
    family_name: str,
    given_name: str,
    patronymic: str = "",
    birth_date: date | None = None,
    email: str = "",
    phone: str = "",
) -> PersonId:
    """Register a person; the name goes into the identity store only, and nowhere when that store is absent."""
    uow.require("people.register")
    adult_from = _eighteenth_birthday(birth_date) if birth_date else None
    person = Person(code=_new_code(), adult_from=adult_from, created_at=uow.now())
    uow.session.add(person)
    uow.session.flush()
    if uow.runtime.settings.core.identity_store == "builtin":
        uow.session.add(
            IdentityRecord(
                person_code=person.code,
                family_name=family_name,
                given_name=given_name,
                patronymic=patronymic,
                birth_date=birth_date,
                email=email,
                phone=phone,
            )
        )
        uow.session.flush()
    return PersonId(person.id)


def _eighteenth_birthday(born: date) -> date:
    """Return the day of coming of age; someone born on 29 February comes of age on 1 March."""
    try:
        return born.replace(year=born.year + 18)
    except ValueError:
        return date(born.year + 18, 3, 1)


def own_kinds(uow: UnitOfWork, org_id: UUID) -> frozenset[RoleKind]:
    """Return the actor's roles in an organisation; the system stands as high as a director."""
    if uow.actor.is_system:
        return frozenset({RoleKind.DIRECTOR})
    return frozenset(RoleKind(grant.kind) for grant in uow.actor.roles if grant.org_id == org_id)


def grant_role(uow: UnitOfWork, *, person_id: UUID, org_id: UUID, kind: RoleKind) -> None:
    """Give a person a role in an organisation from now on; giving it twice changes nothing.

    A link that was sent before opens nothing any more. Raises InvalidInput ``people.role_above`` for a role above
    the actor's own.
    """
    uow.require("people.grant_roles", org_id)
    to_self = person_id == uow.actor.person_id
    if not uow.actor.is_system and not may_grant(own_kinds(uow, org_id), kind, to_self=to_self):
        raise InvalidInput("people.role_above", fields={"roles": ["people.role_above"]})
    now = uow.now()
    held = uow.session.scalar(
        sa.select(Role.id).where(
            Role.person_id == person_id,
            Role.org_id == org_id,
            Role.kind == kind,
            sa.or_(Role.valid_to.is_(None), Role.valid_to > now),
        )
    )
    if held is None:
        uow.session.add(Role(person_id=person_id, org_id=org_id, kind=kind, valid_from=now))
        _revoke_links(uow, person_id)
        payload = {"role": kind.value, "change": "granted"}
        uow.append_ledger(f"org:{org_id}", "people.role", person_id, payload)


def _revoke_links(uow: UnitOfWork, person_id: UUID) -> None:
    """End the person's open links: they were made for somebody with less to open."""
    accounts = sa.select(Account.id).where(Account.person_id == person_id)
    uow.session.execute(
        sa.update(Invitation)
        .where(
            Invitation.account_id.in_(accounts),
            Invitation.used_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
        .values(revoked_at=uow.now())
        .execution_options(synchronize_session="fetch")
    )


def add_guardian(
    uow: UnitOfWork,
    *,
    child_id: UUID,
    adult_id: UUID,
    org_id: UUID,
    rights: frozenset[GuardianRight] = frozenset(GuardianRight),
    proof: str = "",
) -> None:
    """Record that an adult acts for a child, with what rights and on what proof."""
    uow.require("people.manage_guardians", org_id)
    uow.session.add(
        Guardianship(
            child_id=child_id,
            adult_id=adult_id,
            may_view=GuardianRight.VIEW in rights,
            may_sign=GuardianRight.SIGN in rights,
            may_consent=GuardianRight.CONSENT in rights,
            may_receive=GuardianRight.RECEIVE in rights,
            valid_from=uow.now(),
            proof=proof,
        )
    )
    grant = sa.select(Role.id).where(
        Role.person_id == adult_id, Role.kind == RoleKind.GUARDIAN, Role.org_id == org_id
    )
    if uow.session.scalar(grant) is None:
        uow.session.add(Role(person_id=adult_id, org_id=org_id, kind=RoleKind.GUARDIAN, valid_from=uow.now()))
    uow.append_ledger(
        f"org:{org_id}",
        "people.guardian",
        child_id,
        {"adult": adult_id, "rights": ",".join(sorted(right.value for right in rights))},
        [BasisRef("people.person", adult_id)],
    )


def admit_student(
    uow: UnitOfWork,
    *,
    person_id: UUID,
    org_id: UUID,
    ground: AdmissionGround,
    grade: int | None,
    valid_from: date,
    class_label: str = "",
    class_id: UUID | None = None,
    valid_to: date | None = None,
) -> None:
    """Admit a student on a ground (class, home, remote, extern, partner) and give the student's role.

    A class names the grade and itself. Raises NotFound ``people.no_class``.
    """
    uow.require("people.admit", org_id)
    if class_id is not None:
        grade, class_label = take_on(uow, class_id=class_id, org_id=org_id, person_id=person_id)
    row = Admission(
        person_id=person_id,
        org_id=org_id,
        ground=ground,
        grade=grade,
        class_label=class_label,
        class_id=class_id,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    uow.session.add(row)
    uow.session.add(Role(person_id=person_id, org_id=org_id, kind=RoleKind.STUDENT, valid_from=uow.now()))
    uow.session.flush()
    payload = {"admission": row.id, "ground": ground, "grade": grade, "from": valid_from, "to": valid_to}
    uow.append_ledger(f"org:{org_id}", "people.admission", person_id, payload)


def assign_staff(
    uow: UnitOfWork,
    *,
    staff_id: UUID,
    student_id: UUID,
    org_id: UUID,
    kind: AssignmentKind,
    subject: str = "",
) -> None:
    """Make a member of staff responsible for a student from now on."""
    uow.require("people.assign_staff", org_id)
    row = Assignment(
        staff_id=staff_id,
        student_id=student_id,
        org_id=org_id,
        kind=kind,
        subject=subject,
        valid_from=uow.now(),
    )
    uow.session.add(row)
    uow.session.flush()
    payload = {"assignment": row.id, "staff": staff_id, "kind": kind, "subject": subject}
    uow.append_ledger(f"org:{org_id}", "people.assignment", student_id, payload)


def record_status(
    uow: UnitOfWork, *, person_id: UUID, org_id: UUID, kind: StatusKind, document_ref: str, valid_from: date
) -> None:
    """Record a dated status with its document; never a diagnosis.

    The chain, which nobody can delete from, says that there is a status and from when, not which one.
    """
    uow.require("people.record_status", org_id)
    row = Status(person_id=person_id, kind=kind, document_ref=document_ref, valid_from=valid_from)
    uow.session.add(row)
    uow.session.flush()
    uow.append_ledger(f"org:{org_id}", "people.status", person_id, {"status": row.id, "from": valid_from})


def record_illness(
    uow: UnitOfWork, *, person_id: UUID, org_id: UUID, starts_on: date, ends_on: date, document_ref: str
) -> None:
    """Record the days of a certified illness with the certificate's number; never a diagnosis.

    They do not count against the time in which a re-sit may be held. Raises InvalidInput ``people.illness_days``.
    """
    uow.require("people.record_status", org_id)
    if not timedelta(0) <= ends_on - starts_on <= timedelta(days=366):
        raise InvalidInput("people.illness_days", fields={"ends_on": ["people.illness_days"]})
    row = Illness(
        person_id=person_id,
        org_id=org_id,
        starts_on=starts_on,
        ends_on=ends_on,
        document_ref=document_ref,
        recorded_by=uow.actor.person_id,
        recorded_at=uow.now(),
    )
    uow.session.add(row)
    uow.session.flush()
    uow.append_ledger(f"org:{org_id}", "people.illness", person_id, {"illness": row.id})
