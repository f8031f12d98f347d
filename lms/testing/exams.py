"""Make a small school with an examination, through the services: for tests, simulators and benchmarks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from lms.assessment import service
from lms.assessment.contracts import QUESTION_TYPES, ItemTest
from lms.assessment.rules.blueprint import Plan, PlannedItem, Section
from lms.assessment.rules.items import is_right_expected, key_tests, lacks_lesser
from lms.assessment.types import MarkScale, MarkStatus, SessionKind, SignIn
from lms.core.actor import SYSTEM, Actor
from lms.core.runtime import Runtime
from lms.core.uow import UnitOfWork
from lms.people import queries as people
from lms.people import service as registry
from lms.people.types import AdmissionGround, AssignmentKind, OrganisationKind, RoleKind

__all__ = ["PASSWORD", "ExamGround", "Question", "Sitter", "make_ground"]

#: The password of everybody whom this module registers; it opens nothing but tests.
PASSWORD = "exam-ground-password"  # noqa: S105 - not a secret

#: The types of a usual examination: eight that are marked by machine (one of them from outside), and one by a person.
USUAL_TYPES = frozenset(
    {
        "choice",
        "essay",
        "gaps",
        "matching",
        "multiple_choice",
        "numeric",
        "ordering",
        "short_text",
        "true_false",
    }
)


@dataclass(frozen=True, slots=True)
class Question:
    """One question of an examination to be made: type, content, tests, points."""

    type: str
    content: dict[str, Any]
    tests: tuple[ItemTest, ...]
    points: Decimal = Decimal(1)


def _enough(uow: UnitOfWork, question: Question) -> list[ItemTest]:
    """Return a question's tests with what they lack before it can become ready."""
    kind = uow.plugins(QUESTION_TYPES).get(question.type)
    content, tests = kind.validate_content(question.content), list(question.tests)
    if not is_right_expected(kind, content, tests):
        offered = [*key_tests(kind, content), *kind.samples()[0].tests]
        tests.append(next(test for test in offered if is_right_expected(kind, content, [test])))
    return [*tests, ItemTest(None, MarkStatus.WRONG)] if lacks_lesser(kind, tests) else tests


@dataclass(frozen=True, slots=True)
class Sitter:
    """A student with a login."""

    person_id: UUID
    login: str


@dataclass(slots=True)
class ExamGround:
    """A school with a teacher, a director, a reviewer and students, on which examinations can be held."""

    runtime: Runtime
    code: str
    org_id: UUID
    teacher_id: UUID
    director_id: UUID
    reviewer_id: UUID
    students: list[Sitter] = field(default_factory=list)

    def actor(self, person_id: UUID) -> Actor:
        """Return a person as an actor with the roles held now."""
        with self.runtime.read() as session:
            roles = people.roles_of(session, person_id, self.runtime.clock.now())
        return Actor("person", person_id, None, roles)

    @property
    def teacher(self) -> Actor:
        """Return the teacher of all students."""
        return self.actor(self.teacher_id)

    @property
    def reviewer(self) -> Actor:
        """Return somebody who reviews and does not teach."""
        return self.actor(self.reviewer_id)

    def add_student(self) -> Sitter:
        """Register one more student, taught by the teacher."""
        with self.runtime.unit_of_work(SYSTEM) as uow:
            student = _student(uow, self, f"{self.code}-s{len(self.students) + 1}")
        self.students.append(student)
        return student

    def sign_in(self, student: Sitter) -> SignIn:
        """Sign a student in on a new device."""
        with self.runtime.unit_of_work(SYSTEM) as uow:
            found = registry.sign_in(uow, student.login, PASSWORD)
        return SignIn(found.person_id, found.account_id, found.session_id, found.epoch)

    def sample_questions(self) -> list[Question]:
        """Return the first sample of each of the installed question types that most examinations have."""
        kinds = self.runtime.registries.of(QUESTION_TYPES)
        samples = [(kind.name, kind.samples()[0]) for kind in kinds if kind.name in USUAL_TYPES]
        return [Question(name, sample.content, tuple(sample.tests)) for name, sample in samples]

    def write_plan(
        self,
        questions: Sequence[Question],
        *,
        minutes: int | None = 60,
        scale: MarkScale = MarkScale.FIVE,
        **plan: Any,
    ) -> UUID:
        """Write items and a plan as the teacher; return the blueprint version's id."""
        with self.runtime.unit_of_work(self.teacher) as uow:
            bank = service.create_bank(uow, org_id=self.org_id, title="Банк", subject="physics")
            items = [self._ready_item(uow, bank, number, q) for number, q in enumerate(questions, start=1)]
            sections = (Section("", tuple(items)),)
            whole = Plan(sections=sections, base_minutes=minutes, **plan)
            return service.create_blueprint(
                uow,
                org_id=self.org_id,
                title="Проверочная работа",
                subject="physics",
                plan=whole,
                mark_scale=scale,
            )

    @staticmethod
    def _ready_item(uow: UnitOfWork, bank: UUID, number: int, question: Question) -> PlannedItem:
        version = service.create_item(
            uow,
            bank,
            title=f"Вопрос {number}",
            type=question.type,
            content=question.content,
            tests=_enough(uow, question),
        )
        service.approve_item(uow, version)
        return PlannedItem(version, question.points)

    def open_session(
        self, blueprint_version_id: UUID, *, hours: float = 3, starts_in_minutes: int = -5
    ) -> UUID:
        """Open a session around now and put all students on its roster; return its id."""
        opens_at = self.runtime.clock.now() + timedelta(minutes=starts_in_minutes)
        with self.runtime.unit_of_work(self.teacher) as uow:
            session_id = service.create_session(
                uow,
                self.org_id,
                SessionKind.INTERIM,
                blueprint_version_id,
                opens_at,
                opens_at + timedelta(hours=hours),
            )
            for student in self.students:
                service.admit(uow, session_id, student.person_id, f"test:{student.login}")
        return session_id

    def start(self, session_id: UUID, student: Sitter) -> UUID:
        """Start a student's attempt as that student; return its id."""
        with self.runtime.unit_of_work(SYSTEM) as uow:
            entry = service.admit(uow, session_id, student.person_id)
        with self.runtime.unit_of_work(self.actor(student.person_id)) as uow:
            return service.start_attempt(uow, entry.id).id


def make_ground(runtime: Runtime, *, students: int = 1, code: str = "test-school") -> ExamGround:
    """Register a school with its staff and ``students`` students."""
    with runtime.unit_of_work(SYSTEM) as uow:
        org_id = registry.create_organisation(uow, code=code, name="Школа", kind=OrganisationKind.SCHOOL)
        staff = {
            kind: _person(uow, f"{code}-{kind.value}", org_id, kind)
            for kind in (RoleKind.TEACHER, RoleKind.DIRECTOR, RoleKind.REVIEWER)
        }
        service.set_review_rule(uow, org_id, needs_second=False)
    ground = ExamGround(
        runtime, code, org_id, staff[RoleKind.TEACHER], staff[RoleKind.DIRECTOR], staff[RoleKind.REVIEWER]
    )
    for _ in range(students):
        ground.add_student()
    return ground


def _person(uow: UnitOfWork, login: str, org_id: UUID, role: RoleKind) -> UUID:
    person_id = registry.create_person(uow, family_name="Тестова", given_name=login.title())
    registry.create_account(uow, person_id=person_id, login=login, password=PASSWORD)
    registry.grant_role(uow, person_id=person_id, org_id=org_id, kind=role)
    return person_id


def _student(uow: UnitOfWork, ground: ExamGround, login: str) -> Sitter:
    person_id = registry.create_person(
        uow, family_name="Ученикова", given_name=login.title(), birth_date=date(2012, 5, 1)
    )
    registry.create_account(uow, person_id=person_id, login=login, password=PASSWORD)
    registry.admit_student(
        uow,
        person_id=person_id,
        org_id=ground.org_id,
        ground=AdmissionGround.CLASS,
        grade=8,
        valid_from=uow.now().date(),
    )
    registry.assign_staff(
        uow,
        staff_id=ground.teacher_id,
        student_id=person_id,
        org_id=ground.org_id,
        kind=AssignmentKind.TEACHES,
    )
    return Sitter(person_id, login)
