"""Cast the demonstration schools: fictitious people, their roles, responsibilities and logins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from lms.core.actor import SYSTEM, Actor
from lms.core.runtime import Runtime
from lms.core.uow import UnitOfWork
from lms.people import queries, service
from lms.people.types import AdmissionGround, AssignmentKind, OrganisationKind, RoleKind, StatusKind

__all__ = [
    "CAST",
    "NEWCOMERS",
    "ORGANISATIONS",
    "DemoPerson",
    "DemoSchool",
    "find_school",
    "load_cast",
    "load_newcomers",
]

ORGANISATIONS = {
    "school-14": "Школа № 14",
    "horizon": "Гимназия «Горизонт»",
}


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """One fictitious person: login, name, roles in one organisation, and what the login page says of them."""

    login: str
    family: str
    given: str
    patronymic: str
    org: str
    roles: tuple[RoleKind, ...]
    title: str
    born: date | None = None

    @property
    def password(self) -> str:
        """Return the demo password; it opens nothing but the demo."""
        return f"marshrut-{self.login}"

    @property
    def name(self) -> str:
        """Return the full name."""
        return f"{self.family} {self.given} {self.patronymic}".strip()


R = RoleKind
CAST: tuple[DemoPerson, ...] = (
    DemoPerson("sonya", "Ветрова", "Соня", "Андреевна", "school-14", (), "student", date(2012, 4, 17)),
    DemoPerson("anna", "Ветрова", "Анна", "Сергеевна", "school-14", (), "guardian"),
    DemoPerson("kim", "Ким", "Игорь", "Павлович", "school-14", (R.TEACHER,), "teacher"),
    DemoPerson("lebedeva", "Лебедева", "Марина", "Сергеевна", "school-14", (R.TUTOR, R.TEACHER), "tutor"),
    DemoPerson("gromova", "Громова", "Ольга", "Николаевна", "school-14", (R.DIRECTOR,), "director"),
    DemoPerson("zimina", "Зимина", "Татьяна", "Юрьевна", "school-14", (R.DEPUTY_HEAD,), "deputy_head"),
    DemoPerson("orlova", "Орлова", "Вера", "Ильинична", "school-14", (R.SPECIALIST,), "specialist"),
    DemoPerson("mironova", "Миронова", "Ева", "Дмитриевна", "school-14", (R.REGISTRAR,), "registrar"),
    DemoPerson(
        "belova",
        "Белова",
        "Нина",
        "Петровна",
        "school-14",
        (R.COMMISSION_CHAIR, R.COMMISSION_MEMBER),
        "commission_chair",
    ),
    DemoPerson(
        "sokolov", "Соколов", "Артём", "Львович", "school-14", (R.COMMISSION_MEMBER,), "commission_member"
    ),
    DemoPerson(
        "dyatlov", "Дятлов", "Павел", "Игоревич", "school-14", (R.COMMISSION_MEMBER,), "commission_member"
    ),
    DemoPerson("gusev", "Гусев", "Олег", "Романович", "school-14", (R.PROCTOR,), "proctor"),
    DemoPerson("frolova", "Фролова", "Инна", "Викторовна", "school-14", (R.REVIEWER,), "reviewer"),
    DemoPerson("yudin", "Юдин", "Марк", "Олегович", "school-14", (R.REVIEWER,), "reviewer"),
    DemoPerson("admin", "Техник", "Семён", "Ильич", "school-14", (R.TECHNICAL_ADMIN,), "technical_admin"),
    DemoPerson("lev", "Дорохов", "Лев", "Антонович", "school-14", (), "student", date(2012, 9, 2)),
    DemoPerson("irina", "Дорохова", "Ирина", "Олеговна", "school-14", (), "guardian"),
    DemoPerson("timur", "Асланов", "Тимур", "Русланович", "horizon", (), "student", date(2012, 1, 30)),
    DemoPerson("ruslan", "Асланов", "Руслан", "Маратович", "horizon", (), "guardian"),
    DemoPerson("vlasova", "Власова", "Елена", "Аркадьевна", "horizon", (R.DIRECTOR,), "director"),
    DemoPerson("petrenko", "Петренко", "Юлия", "Андреевна", "horizon", (R.TEACHER,), "teacher"),
    DemoPerson("noskova", "Носкова", "Алла", "Витальевна", "horizon", (R.REGISTRAR, R.PROCTOR), "registrar"),
    DemoPerson("komarov", "Комаров", "Денис", "Сергеевич", "horizon", (R.REVIEWER,), "reviewer"),
    DemoPerson("ilyina", "Ильина", "Дарья", "Максимовна", "horizon", (R.REVIEWER,), "reviewer"),
)

#: A family whose affairs keep the desks busy; it joins once everything else is built.
NEWCOMERS: tuple[DemoPerson, ...] = (
    DemoPerson("mila", "Крылова", "Мила", "Денисовна", "school-14", (), "student", date(2012, 6, 11)),
    DemoPerson("denis", "Крылов", "Денис", "Юрьевич", "school-14", (), "guardian"),
)


@dataclass(frozen=True, slots=True)
class DemoSchool:
    """The cast after it was registered: ids by login or organisation code."""

    ids: dict[str, UUID]
    runtime: Runtime

    def id(self, name: str) -> UUID:
        """Return the id of a person (by login) or organisation (by code)."""
        return self.ids[name]

    def actor(self, login: str) -> Actor:
        """Return the person as an actor with the roles held now."""
        with self.runtime.read() as session:
            roles = queries.roles_of(session, self.ids[login], self.runtime.clock.now())
            account_id = queries.account_id_of(session, self.ids[login])
        return Actor("person", self.ids[login], account_id, roles, login)


def find_school(runtime: Runtime) -> DemoSchool | None:
    """Return the cast if it was registered before, else None."""
    with runtime.read() as session:
        ids = {**queries.person_ids_by_login(session), **queries.organisation_ids(session)}
    complete = all(person.login in ids for person in CAST) and all(code in ids for code in ORGANISATIONS)
    return DemoSchool(ids, runtime) if complete else None


def load_cast(runtime: Runtime) -> DemoSchool:
    """Register organisations, people, accounts, roles and relations through the services; once only."""
    existing = find_school(runtime)
    if existing is not None:
        return existing
    with runtime.unit_of_work(SYSTEM) as uow:
        ids: dict[str, UUID] = {}
        for code, name in ORGANISATIONS.items():
            ids[code] = service.create_organisation(uow, code=code, name=name, kind=OrganisationKind.SCHOOL)
        for person in CAST:
            ids[person.login] = _register(uow, person, ids[person.org])
        _relate(uow, ids)
    return DemoSchool(ids, runtime)


def load_newcomers(runtime: Runtime, school: DemoSchool) -> None:
    """Register the family that joins later, in the class of the others and with the same teacher."""
    org_id = school.id("school-14")
    with runtime.unit_of_work(SYSTEM) as uow:
        ids = {person.login: _register(uow, person, org_id) for person in NEWCOMERS}
        (joined,) = queries.classes_of(uow.session, [org_id], uow.now())
        service.admit_student(
            uow,
            person_id=ids["mila"],
            org_id=org_id,
            ground=AdmissionGround.CLASS,
            grade=8,
            class_id=joined.id,
            valid_from=uow.today(),
        )
        service.add_guardian(
            uow, child_id=ids["mila"], adult_id=ids["denis"], org_id=org_id, proof="свидетельство о рождении"
        )
        responsible = (
            ("kim", AssignmentKind.TEACHES, "physics"),
            ("kim", AssignmentKind.TEACHES, "biology"),
            ("lebedeva", AssignmentKind.TUTOR, ""),
            ("orlova", AssignmentKind.SPECIALIST, ""),
        )
        for staff, kind, subject in responsible:
            service.assign_staff(
                uow,
                staff_id=school.id(staff),
                student_id=ids["mila"],
                org_id=org_id,
                kind=kind,
                subject=subject,
            )
    school.ids.update(ids)


def _register(uow: UnitOfWork, person: DemoPerson, org_id: UUID) -> UUID:
    person_id = service.create_person(
        uow,
        family_name=person.family,
        given_name=person.given,
        patronymic=person.patronymic,
        birth_date=person.born,
    )
    service.create_account(uow, person_id=person_id, login=person.login, password=person.password)
    for role in person.roles:
        service.grant_role(uow, person_id=person_id, org_id=org_id, kind=role)
    return person_id


def _relate(uow: UnitOfWork, ids: dict[str, UUID]) -> None:
    """Admit the students and say who guards, teaches and supports them."""
    a, b = ids["school-14"], ids["horizon"]
    year_start = date(uow.now().year if uow.now().month >= 9 else uow.now().year - 1, 9, 1)
    class_id = service.create_class(uow, org_id=a, grade=8, label="8 «Б»")
    admissions = (
        ("sonya", a, AdmissionGround.HOME, class_id),
        ("lev", a, AdmissionGround.CLASS, class_id),
        ("timur", b, AdmissionGround.EXTERN, None),
    )
    for login, org, ground, in_class in admissions:
        service.admit_student(
            uow,
            person_id=ids[login],
            org_id=org,
            ground=ground,
            grade=8,
            class_id=in_class,
            valid_from=year_start,
        )
    for child, adult, org in (("sonya", "anna", a), ("lev", "irina", a), ("timur", "ruslan", b)):
        service.add_guardian(
            uow, child_id=ids[child], adult_id=ids[adult], org_id=org, proof="свидетельство о рождении"
        )
    teaches = (
        ("kim", "sonya", a, AssignmentKind.TEACHES, "physics"),
        ("kim", "sonya", a, AssignmentKind.TEACHES, "biology"),
        ("kim", "lev", a, AssignmentKind.TEACHES, "physics"),
        ("lebedeva", "sonya", a, AssignmentKind.TUTOR, ""),
        ("orlova", "sonya", a, AssignmentKind.SPECIALIST, ""),
        ("petrenko", "timur", b, AssignmentKind.TEACHES, "biology"),
    )
    for staff, student, org, kind, subject in teaches:
        service.assign_staff(
            uow, staff_id=ids[staff], student_id=ids[student], org_id=org, kind=kind, subject=subject
        )
    service.record_status(
        uow,
        person_id=ids["sonya"],
        org_id=a,
        kind=StatusKind.HOME_EDUCATION,
        document_ref="Приказ № 61 от 1 сентября",
        valid_from=year_start,
    )
