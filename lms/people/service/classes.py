"""Make classes, say who is in them, who leads them and who teaches them.

Whoever teaches a class stands to each of its members by an `Assignment` of its own: reach stays by relation, and ends on
the day on which the student leaves the class or the teacher stops.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.uow import UnitOfWork
from lms.people.models import Admission, Assignment, ClassStaff, StudyClass
from lms.people.queries.classes import class_members, current_admission_row
from lms.people.queries.members import kinds_in
from lms.people.types import AssignmentKind, RoleKind

__all__ = [
    "CLASS_KINDS",
    "add_class_staff",
    "close_class",
    "create_class",
    "end_class_staff",
    "join_class",
    "leave_class",
    "rename_class",
    "take_on",
]

#: How somebody stands to a whole class; the other kinds are about one student.
CLASS_KINDS = (AssignmentKind.CLASS_TEACHER, AssignmentKind.TEACHES)
_NOT_STAFF = frozenset({RoleKind.STUDENT, RoleKind.GUARDIAN})


def create_class(uow: UnitOfWork, *, org_id: UUID, grade: int, label: str) -> UUID:
    """Make a class; raise InvalidInput ``people.class_exists`` when an open one is called the same."""
    uow.require("people.classes", org_id)
    uow.lock("organisation", org_id)
    plain = _free_label(uow, org_id, label)
    row = StudyClass(org_id=org_id, grade=grade, label=plain, created_at=uow.now())
    uow.session.add(row)
    uow.session.flush()
    uow.append_ledger(f"org:{org_id}", "people.class", None, {"class": row.id, "change": "created"})
    return row.id


def _free_label(uow: UnitOfWork, org_id: UUID, label: str) -> str:
    plain = " ".join(label.split())
    taken = sa.select(StudyClass.id).where(
        StudyClass.org_id == org_id, StudyClass.label == plain, StudyClass.closed_at.is_(None)
    )
    if not plain or uow.session.scalar(taken) is not None:
        raise InvalidInput("people.class_exists", fields={"label": ["people.class_exists"]})
    return plain


def rename_class(uow: UnitOfWork, class_id: UUID, *, grade: int, label: str) -> None:
    """Give a class another name and grade, as at the beginning of a year; its members go along."""
    row = _class(uow, class_id)
    if " ".join(label.split()) != row.label:
        row.label = _free_label(uow, row.org_id, label)
    row.grade = grade
    for person_id in class_members(uow.session, class_id, uow.now()):
        _place(uow, person_id, row)
    uow.append_ledger(f"org:{row.org_id}", "people.class", None, {"class": row.id, "change": "renamed"})


def close_class(uow: UnitOfWork, class_id: UUID) -> None:
    """Close an empty class; raise Conflict ``people.class_not_empty``."""
    row = _class(uow, class_id)
    if class_members(uow.session, class_id, uow.now()):
        raise Conflict("people.class_not_empty")
    row.closed_at = row.closed_at or uow.now()
    uow.append_ledger(f"org:{row.org_id}", "people.class", None, {"class": row.id, "change": "closed"})


def join_class(uow: UnitOfWork, *, class_id: UUID, person_id: UUID) -> None:
    """Put one of the school's students into a class; out of another one if need be. Again changes nothing.

    Raises InvalidInput ``people.not_a_student`` for somebody who is not admitted to the school.
    """
    row = _class(uow, class_id)
    admission = current_admission_row(uow.session, person_id, row.org_id, uow.today())
    if admission is None:
        raise InvalidInput("people.not_a_student", fields={"person": ["people.not_a_student"]})
    if admission.class_id == class_id:
        return
    _end_duties(uow, person_id, admission.class_id)
    _place(uow, person_id, row)
    for staff in _staff(uow, class_id):
        _assign(uow, row, staff, person_id)
    payload = {"class": class_id, "from": admission.class_id}
    uow.append_ledger(f"org:{row.org_id}", "people.class_joined", person_id, payload)


def take_on(uow: UnitOfWork, *, class_id: UUID, org_id: UUID, person_id: UUID) -> tuple[int, str]:
    """Let those who lead and teach a class do so for somebody who is admitted into it; return its grade and name.

    Raises NotFound ``people.no_class`` for a class of another organisation.
    """
    row = uow.session.get(StudyClass, class_id)
    if row is None or row.org_id != org_id or row.closed_at is not None:
        raise NotFound("people.no_class")
    for staff in _staff(uow, class_id):
        _assign(uow, row, staff, person_id)
    return row.grade, row.label


def leave_class(uow: UnitOfWork, *, class_id: UUID, person_id: UUID) -> None:
    """Take a student out of a class; the student stays at the school. Raise NotFound ``people.not_in_class``."""
    row = _class(uow, class_id)
    admission = current_admission_row(uow.session, person_id, row.org_id, uow.today())
    if admission is None or admission.class_id != class_id:
        raise NotFound("people.not_in_class")
    _end_duties(uow, person_id, class_id)
    _place(uow, person_id, row, is_leaving=True)
    uow.append_ledger(f"org:{row.org_id}", "people.class_left", person_id, {"class": class_id})


def _place(uow: UnitOfWork, person_id: UUID, row: StudyClass, *, is_leaving: bool = False) -> None:
    """Write the class into the admission: a new row from today, so that it stays known who was where and when."""
    today = uow.today()
    old = current_admission_row(uow.session, person_id, row.org_id, today)
    assert old is not None
    now_in = old
    if old.valid_from < today:
        old.valid_to, until = today - timedelta(days=1), old.valid_to
        now_in = Admission(
            person_id=person_id, org_id=row.org_id, ground=old.ground, valid_from=today, valid_to=until
        )
        uow.session.add(now_in)
    now_in.grade = row.grade
    now_in.class_id = None if is_leaving else row.id
    now_in.class_label = "" if is_leaving else row.label
    uow.session.flush()


def add_class_staff(
    uow: UnitOfWork, *, class_id: UUID, staff_id: UUID, kind: AssignmentKind, subject: str = ""
) -> UUID:
    """Let a member of staff lead a class or teach it a subject, from now on, and so each of its members.

    Nobody but a director gives themselves a class. Raises InvalidInput ``people.not_staff``, ``people.class_kind``,
    ``people.needs_subject``, ``people.class_staff_self``; Conflict ``people.class_staff_already``.
    """
    row = _class(uow, class_id)
    if kind not in CLASS_KINDS:
        raise InvalidInput("people.class_kind", fields={"kind": ["people.class_kind"]})
    if kind is AssignmentKind.TEACHES and not subject:
        raise InvalidInput("people.needs_subject", fields={"subject": ["people.needs_subject"]})
    if not kinds_in(uow.session, staff_id, row.org_id, uow.now()) - _NOT_STAFF:
        raise InvalidInput("people.not_staff", fields={"person": ["people.not_staff"]})
    is_director = uow.actor.has_role("director", org_id=row.org_id)
    if staff_id == uow.actor.person_id and not is_director:
        raise InvalidInput("people.class_staff_self", fields={"staff_id": ["people.class_staff_self"]})
    plain = subject if kind is AssignmentKind.TEACHES else ""
    if any(s.staff_id == staff_id and s.kind is kind and s.subject == plain for s in _staff(uow, class_id)):
        raise Conflict("people.class_staff_already")
    staff = ClassStaff(class_id=class_id, staff_id=staff_id, kind=kind, subject=plain, valid_from=uow.now())
    uow.session.add(staff)
    uow.session.flush()
    for person_id in class_members(uow.session, class_id, uow.now()):
        _assign(uow, row, staff, person_id)
    payload = {"class": class_id, "kind": kind, "subject": plain, "change": "added"}
    uow.append_ledger(f"org:{row.org_id}", "people.class_staff", staff_id, payload)
    return staff.id


def end_class_staff(uow: UnitOfWork, class_staff_id: UUID) -> UUID:
    """End what somebody does for a class, and for its members; return the class."""
    uow.require("people.classes")
    staff = uow.session.get(ClassStaff, class_staff_id)
    if staff is None:
        raise NotFound("people.no_class_staff")
    row = _class(uow, staff.class_id)
    if staff.valid_to is None:
        staff.valid_to = uow.now()
        uow.session.execute(
            sa.update(Assignment)
            .where(
                Assignment.class_id == row.id,
                Assignment.staff_id == staff.staff_id,
                Assignment.kind == staff.kind,
                Assignment.subject == staff.subject,
                Assignment.valid_to.is_(None),
            )
            .values(valid_to=uow.now())
        )
        payload = {"class": row.id, "kind": staff.kind, "subject": staff.subject, "change": "ended"}
        uow.append_ledger(f"org:{row.org_id}", "people.class_staff", staff.staff_id, payload)
    return row.id


def _class(uow: UnitOfWork, class_id: UUID) -> StudyClass:
    uow.require("people.classes")
    row = uow.session.get(StudyClass, class_id)
    if row is None:
        raise NotFound("people.no_class")
    uow.require("people.classes", row.org_id)
    uow.lock("study_class", class_id)
    return row


def _staff(uow: UnitOfWork, class_id: UUID) -> list[ClassStaff]:
    return list(
        uow.session.scalars(
            sa.select(ClassStaff).where(ClassStaff.class_id == class_id, ClassStaff.valid_to.is_(None))
        )
    )


def _assign(uow: UnitOfWork, row: StudyClass, staff: ClassStaff, person_id: UUID) -> None:
    uow.session.add(
        Assignment(
            staff_id=staff.staff_id,
            student_id=person_id,
            org_id=row.org_id,
            kind=staff.kind,
            subject=staff.subject,
            class_id=row.id,
            valid_from=uow.now(),
        )
    )
    uow.session.flush()


def _end_duties(uow: UnitOfWork, person_id: UUID, class_id: UUID | None) -> None:
    if class_id is not None:
        uow.session.execute(
            sa.update(Assignment)
            .where(
                Assignment.student_id == person_id,
                Assignment.class_id == class_id,
                Assignment.valid_to.is_(None),
            )
            .values(valid_to=uow.now())
        )
