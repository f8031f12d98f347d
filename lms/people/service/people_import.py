"""Take in a table of people, and undo it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.uow import UnitOfWork
from lms.people.models import Account, PeopleImport, PeopleImportRow, Role
from lms.people.queries.classes import classes_of
from lms.people.queries.members import import_card, kinds_in, logins_taken, student_logins
from lms.people.rules.authority import GIVEN_OTHERWISE, grantable, may_grant
from lms.people.rules.people_table import PeopleTable, PersonLine, read_people, with_known
from lms.people.service.accounts import ACCOUNTS, sign_out_everywhere
from lms.people.service.members import Invited, NewMember, invite, keep_a_director, register_member
from lms.people.service.registry import own_kinds
from lms.people.types import AdmissionGround, RoleKind

__all__ = ["Imported", "check_people", "import_people", "invite_imported", "undo_import"]


@dataclass(frozen=True, slots=True)
class Imported:
    """What a table became: its id, how many people came in and how many lines stayed out."""

    id: UUID
    people: int
    left_out: int


def check_people(uow: UnitOfWork, *, org_id: UUID, text: str) -> PeopleTable:
    """Return what would come of a table, line by line; nothing is written."""
    uow.require("people.import", org_id)
    table = read_people(text)
    return with_known(
        table,
        taken=logins_taken(uow.session, {line.login for line in table.lines if line.login}),
        students=student_logins(uow.session, org_id, uow.now()),
        classes=[card.label for card in classes_of(uow.session, [org_id], uow.now())],
        grantable=grantable(own_kinds(uow, org_id)),
    )


def import_people(uow: UnitOfWork, *, org_id: UUID, name: str, text: str) -> Imported:
    """Register everybody whose line is right; the other lines stay out and are counted.

    Raises InvalidInput with the code of what is wrong with the table, ``people.table_nobody``.
    """
    table = check_people(uow, org_id=org_id, text=text)
    if table.fault or not table.usable:
        raise InvalidInput(table.fault or "people.table_nobody")
    row = PeopleImport(org_id=org_id, name=name[:200], created_by=uow.actor.person_id, created_at=uow.now())
    uow.session.add(row)
    uow.session.flush()
    classes = {card.label: card.id for card in classes_of(uow.session, [org_id], uow.now())}
    children = dict(student_logins(uow.session, org_id, uow.now()))
    proof = f"CSV {uow.now():%d.%m.%Y} {name}"[:200]
    for line in sorted(table.usable, key=lambda line: line.role is not RoleKind.STUDENT):
        member = _member(org_id, line, classes.get(line.class_label), children.get(line.child_login), proof)
        person_id = register_member(uow, member)
        if line.role is RoleKind.STUDENT and line.login:
            children[line.login] = person_id
        uow.session.add(PeopleImportRow(import_id=row.id, line=line.line, person_id=person_id))
    uow.session.flush()
    payload = {"import": row.id, "people": len(table.usable)}
    uow.append_ledger(f"org:{org_id}", "people.imported", None, payload)
    return Imported(row.id, len(table.usable), len(table.lines) - len(table.usable))


def _member(
    org_id: UUID, line: PersonLine, class_id: UUID | None, child_id: UUID | None, proof: str
) -> NewMember:
    """Return who a line registers; a parent stands on the table itself as the proof."""
    is_student, is_guardian = line.role is RoleKind.STUDENT, line.role is RoleKind.GUARDIAN
    return NewMember(
        org_id=org_id,
        family_name=line.family_name,
        given_name=line.given_name,
        patronymic=line.patronymic,
        birth_date=line.birth_date,
        login=line.login,
        ground=AdmissionGround.CLASS if is_student else None,
        class_id=class_id if is_student else None,
        child_id=child_id if is_guardian else None,
        proof=proof if is_guardian else "",
        roles=() if line.role is None or is_student or is_guardian else (line.role,),
    )


def invite_imported(uow: UnitOfWork, import_id: UUID) -> list[Invited]:
    """Make a link for everybody of a table who has a login and has set no password yet."""
    card = import_card(uow.session, import_id)
    uow.require("people.import", card.org_id)
    waiting = uow.session.scalars(
        sa.select(PeopleImportRow.person_id)
        .join(Account, Account.person_id == PeopleImportRow.person_id)
        .where(PeopleImportRow.import_id == import_id, Account.password_hash == "", Account.is_active)
        .order_by(PeopleImportRow.line)
    ).all()
    return [invite(uow, person_id) for person_id in waiting]


def undo_import(uow: UnitOfWork, import_id: UUID) -> int:
    """Close the accounts and end the roles of everybody of a table; what they did stays. Return how many.

    Whoever meanwhile belongs to another organisation too keeps the account. Raises Conflict ``people.import_undone``,
    ``people.role_above``, ``people.not_oneself``, ``people.last_director``.
    """
    row = uow.session.get(PeopleImport, import_id, with_for_update=True)
    if row is None:
        raise NotFound("people.no_import")
    uow.require("people.import", row.org_id)
    if row.undone_at is not None:
        raise Conflict("people.import_undone")
    people = uow.session.scalars(
        sa.select(PeopleImportRow.person_id).where(PeopleImportRow.import_id == import_id)
    ).all()
    if uow.actor.person_id in people:
        raise Conflict("people.not_oneself")
    uow.lock("organisation", row.org_id)
    own = own_kinds(uow, row.org_id)
    for person_id in people:
        held = kinds_in(uow.session, person_id, row.org_id, uow.now()) - GIVEN_OTHERWISE
        if not all(may_grant(own, kind) for kind in held):
            raise Conflict("people.role_above")
    for person_id in people:
        keep_a_director(uow, person_id, {row.org_id})
        _withdraw(uow, person_id, row.org_id)
    row.undone_at = uow.now()
    uow.append_ledger(f"org:{row.org_id}", "people.import_undone", None, {"import": row.id})
    return len(people)


def _withdraw(uow: UnitOfWork, person_id: UUID, org_id: UUID) -> None:
    held = uow.session.scalars(
        sa.select(Role).where(Role.person_id == person_id, Role.valid_to.is_(None))
    ).all()
    if all(role.org_id == org_id for role in held):
        account = uow.session.scalar(sa.select(Account).where(Account.person_id == person_id))
        if account is not None and account.is_active:
            account.is_active = False
            sign_out_everywhere(uow, account)
            uow.append_ledger(ACCOUNTS, "people.account_closed", person_id, {"account": account.id})
    for role in held:
        if role.org_id == org_id:
            role.valid_to = uow.now()
            payload = {"role": role.kind.value, "change": "ended"}
            uow.append_ledger(f"org:{org_id}", "people.role", person_id, payload)
