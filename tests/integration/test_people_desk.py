"""The office's desk: registering, inviting, closing accounts, roles, families, tables of people, classes."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from lms.core.actor import SYSTEM
from lms.core.clock import FixedClock
from lms.core.errors import Conflict, Gone, InvalidInput, LmsError, NotFound
from lms.core.models import LedgerEntry
from lms.core.runtime import Runtime
from lms.demo.cast import DemoSchool, load_cast
from lms.people import queries, service
from lms.people.models import Account, Assignment, Invitation, Role
from lms.people.types import AssignmentKind, Relation, RoleKind


@pytest.fixture
def engine_url(sqlite_url: str) -> str:
    """Return one engine: what differs between them is told elsewhere."""
    return sqlite_url


@pytest.fixture
def school(runtime: Runtime, prepared_cast: None) -> DemoSchool:
    return load_cast(runtime)


def csrf(client: FlaskClient, path: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(path).text)
    assert found, path
    return found.group(1)


def signed_in(app: Flask, login: str, password: str = "") -> FlaskClient:
    client = app.test_client()
    form = {"login": login, "password": password or f"marshrut-{login}", "csrf_token": csrf(client, "/login")}
    assert client.post("/login", data=form).status_code == 303, login
    return client


def send(client: FlaskClient, page: str, action: str = "", /, **data: object) -> tuple[int, str, str]:
    """Send a form of ``page`` and return status, where it leads, and the text of the answer."""
    form = {"csrf_token": csrf(client, page), **data}
    answer = client.post(action or page, data=form, content_type="multipart/form-data")
    return answer.status_code, answer.headers.get("Location", ""), answer.text


def as_actor(
    runtime: Runtime, school: DemoSchool, who: str, verb: object, *args: object, **more: object
) -> object:
    with runtime.unit_of_work(school.actor(who)) as uow:
        return verb(uow, *args, **more)  # type: ignore[operator]


def code_of(school: DemoSchool, runtime: Runtime, verb: object, *args: object, **more: object) -> str:
    """Return the code with which the director of the first school is refused."""
    with pytest.raises(LmsError) as refusal:
        as_actor(runtime, school, "gromova", verb, *args, **more)
    return refusal.value.code


def role_id(runtime: Runtime, person_id: UUID, kind: RoleKind) -> UUID:
    with runtime.read() as session:
        return session.scalars(sa.select(Role.id).where(Role.person_id == person_id, Role.kind == kind)).one()


def test_a_new_student_sets_a_password_with_the_link_and_signs_in(app: Flask, school: DemoSchool) -> None:
    office = signed_in(app, "mironova")
    status, person, _text = send(
        office,
        "/admin/people/new?kind=student",
        family_name="Петров",
        given_name="Иван",
        ground="class",
        grade="8",
        login="Ivan.Petrov",
    )
    assert status == 303
    page = office.get(person).text
    link = re.search(r"/invitation/[\w-]+", page)
    assert link and "Петров Иван" in page
    assert "/invitation/" not in office.get(person).text, "the link is shown once"
    guest = app.test_client()
    assert "ivan.petrov" in guest.get(link.group()).text
    status, _where, text = send(guest, link.group(), password="a long password", again="another one")
    assert status == 422 and "a long password" not in text
    assert send(guest, link.group(), password="a long password", again="a long password")[0] == 303
    assert guest.get(link.group()).status_code == 410
    assert signed_in(app, "ivan.petrov", "a long password").get("/home").status_code == 200


def test_the_office_finds_a_student_among_the_consents(app: Flask, school: DemoSchool) -> None:
    office = signed_in(app, "mironova")
    found = office.get("/consents?q=ветр").text
    assert "Ветрова Соня" in found and "Дорохов" not in found
    assert "Никого не нашлось" in office.get("/consents?q=ыыы").text


def test_an_account_without_a_password_is_opened_by_no_password(app: Flask, school: DemoSchool) -> None:
    office = signed_in(app, "mironova")
    send(office, "/admin/people/new", family_name="Петров", given_name="Иван", login="ivan")
    for guess in ("no such account", " ", "ivan"):
        client = app.test_client()
        form = {"login": "ivan", "password": guess, "csrf_token": csrf(client, "/login")}
        assert client.post("/login", data=form).status_code == 422


def test_a_form_keeps_what_was_typed_and_a_taken_login_is_told_at_its_field(
    app: Flask, school: DemoSchool
) -> None:
    office = signed_in(app, "mironova")
    status, _where, text = send(
        office,
        "/admin/people/new?kind=staff",
        family_name="Котова",
        given_name="Ия",
        login="kim",
        roles="teacher",
    )
    assert status == 422 and 'value="Котова"' in text and 'id="f-login-error"' in text
    status, _where, text = send(
        office, "/admin/people/new?kind=parent", family_name="А", given_name="Б", child="нет"
    )
    assert status == 422 and 'id="f-child-error"' in text


def test_a_parent_is_registered_from_the_childs_page_and_may_sign(
    app: Flask, runtime: Runtime, school: DemoSchool
) -> None:
    office = signed_in(app, "mironova")
    status, person, _text = send(
        office,
        "/admin/people/new?kind=parent",
        family_name="Дорохов",
        given_name="Антон",
        child="lev",
        proof="св.",
    )
    assert status == 303
    adult = UUID(person.rsplit("/", 1)[1])
    with runtime.read() as session:
        now = runtime.clock.now()
        assert adult in queries.guardians_of(session, school.id("lev"), now, Relation.GUARDIAN_SIGN)
    lev = f"/admin/people/{school.id('lev')}"
    assert send(office, lev, f"{lev}/parents", adult="irina")[0] == 422, "she is it already"
    assert send(office, f"{lev}/parents/end?adult={adult}", f"{lev}/parents/end", adult=str(adult))[0] == 303
    with runtime.read() as session:
        assert adult not in queries.guardians_of(session, school.id("lev"), now, Relation.GUARDIAN_SIGN)


def test_another_schools_child_is_nobodys_to_link(runtime: Runtime, school: DemoSchool) -> None:
    with pytest.raises(NotFound):
        as_actor(
            runtime,
            school,
            "gromova",
            service.link_guardian,
            child_id=school.id("timur"),
            adult_id=school.id("irina"),
            org_id=school.id("school-14"),
        )


def test_a_closed_account_is_signed_out_and_opens_again(
    app: Flask, runtime: Runtime, school: DemoSchool
) -> None:
    kim, office = signed_in(app, "kim"), signed_in(app, "mironova")
    page = f"/admin/people/{school.id('kim')}"
    assert send(office, page, f"{page}/deactivate")[0] == 303
    assert kim.get("/home").status_code == 303
    assert code_of(school, runtime, service.invite, school.id("kim")) == "people.account_closed"
    assert send(office, page, f"{page}/reactivate")[0] == 303
    signed_in(app, "kim")
    with runtime.read() as session:
        kinds = session.scalars(
            sa.select(LedgerEntry.kind)
            .where(LedgerEntry.subject == school.id("kim"))
            .order_by(LedgerEntry.seq)
        ).all()
    assert {"people.account_closed", "people.account_opened"} <= set(kinds)


def test_the_last_director_stays_and_nobody_is_served_above_their_office(
    runtime: Runtime, school: DemoSchool
) -> None:
    director = role_id(runtime, school.id("gromova"), RoleKind.DIRECTOR)
    assert code_of(school, runtime, service.end_role, director) == "people.last_director"
    assert code_of(school, runtime, service.deactivate, school.id("gromova")) == "people.not_oneself"
    with pytest.raises(Conflict) as refusal:
        as_actor(runtime, school, "mironova", service.invite, school.id("gromova"))
    assert refusal.value.code == "people.account_above"
    with pytest.raises(InvalidInput) as refused:
        as_actor(
            runtime,
            school,
            "mironova",
            service.give_role,
            person_id=school.id("kim"),
            org_id=school.id("school-14"),
            kind=RoleKind.DIRECTOR,
        )
    assert refused.value.code == "people.role_above"
    second = {"person_id": school.id("zimina"), "org_id": school.id("school-14"), "kind": RoleKind.DIRECTOR}
    as_actor(runtime, school, "gromova", service.give_role, **second)
    assert as_actor(runtime, school, "gromova", service.end_role, director) == school.id("gromova")


def test_an_account_of_two_schools_is_not_closed_by_one(runtime: Runtime, school: DemoSchool) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        service.grant_role(
            uow, person_id=school.id("kim"), org_id=school.id("horizon"), kind=RoleKind.TEACHER
        )
    assert code_of(school, runtime, service.deactivate, school.id("kim")) == "people.elsewhere_too"


def test_an_old_link_ends_when_a_new_one_is_made_and_with_its_time(
    runtime: Runtime, school: DemoSchool, clock: FixedClock
) -> None:
    first = as_actor(runtime, school, "gromova", service.invite, school.id("kim"))
    second = as_actor(runtime, school, "gromova", service.invite, school.id("kim"))
    with runtime.read() as session:
        stored = session.scalars(sa.select(Invitation.token_hash)).all()
    assert second.token not in stored and len(stored) == 2  # type: ignore[attr-defined]
    for token, later in ((first.token, 0), (second.token, 15)):  # type: ignore[attr-defined]
        clock.advance(timedelta(days=later))
        with pytest.raises(Gone), runtime.unit_of_work(SYSTEM) as uow:
            service.accept_invitation(uow, token, "a long password")


TABLE = """family_name;given_name;role;login;class;child_login
Петров;Иван;student;ivan;8 «Б»;
Петрова;Мария;guardian;maria;;ivan
Зуев;Олег;teacher;kim;;
Босс;Ян;director;boss;;
"""


def test_a_table_is_checked_taken_in_invited_and_undone(
    app: Flask, runtime: Runtime, school: DemoSchool
) -> None:
    office = signed_in(app, "mironova")
    begin = "/admin/people/import"
    before = people_count(runtime)
    status, _where, report = send(office, begin, file=(BytesIO(TABLE.encode()), "люди.csv"))
    assert status == 200 and people_count(runtime) == before, "a check writes nothing"
    assert "Зуев Олег" in report and "Петров Иван" in report
    carried = re.search(r'<textarea name="table"[^>]*>\n(.*?)</textarea>', report, re.S)
    assert carried
    status, show, _text = send(office, begin, go="yes", name="люди.csv", table=carried.group(1))
    assert status == 303 and people_count(runtime) == before + 2
    page = office.get(show).text
    assert "Петров Иван" in page and "Зуев" not in page
    made = office.post(f"{show}/links", data={"csrf_token": csrf(office, show)})
    assert made.mimetype == "text/csv" and made.text.count("/invitation/") == 2
    with runtime.read() as session:
        ids = queries.person_ids_by_login(session)
        now = runtime.clock.now()
        assert queries.current_admission(session, ids["ivan"], now.date()).class_label == "8 «Б»"  # type: ignore[union-attr]
        assert queries.guardians_of(session, ids["ivan"], now, Relation.GUARDIAN_VIEW) == [ids["maria"]]
    assert send(office, f"{show}/undo")[0] == 303
    with runtime.read() as session:
        active = session.scalars(
            sa.select(Account.is_active).where(Account.login.in_(["ivan", "maria"]))
        ).all()
        assert active == [False, False]
        assert not queries.held_kinds(session, ids["ivan"], runtime.clock.now())


def people_count(runtime: Runtime) -> int:
    with runtime.read() as session:
        return session.scalars(sa.select(sa.func.count()).select_from(Role)).one()


def test_a_class_brings_its_teachers_to_its_students_and_takes_them_away(
    app: Flask, runtime: Runtime, school: DemoSchool
) -> None:
    office = signed_in(app, "mironova")
    status, page, _text = send(office, "/classes", grade="9", label="9 «А»")
    assert status == 303
    staff = {"staff_id": str(school.id("lebedeva")), "kind": "teaches", "subject": "maths"}
    assert send(office, page, f"{page}/staff", **staff)[0] == 303
    assert send(office, page, f"{page}/staff", **staff)[0] == 422, "twice"
    assert (
        send(office, page, f"{page}/staff", staff_id=str(school.id("anna")), kind="class_teacher")[0] == 422
    )
    assert Relation.TEACHES not in relations(runtime, school, "lebedeva", "lev")
    assert send(office, page, f"{page}/members", person="lev")[0] == 303
    assert Relation.TEACHES in relations(runtime, school, "lebedeva", "lev")
    with runtime.read() as session:
        today = runtime.clock.now().date()
        admission = queries.current_admission(session, school.id("lev"), today)
        assert admission is not None and (admission.class_label, admission.grade) == ("9 «А»", 9)
    assert send(office, page, f"{page}/close")[0] == 422, "somebody is in it"
    assert send(office, page, f"{page}/move", member=str(school.id("lev")), to="")[0] == 303
    assert Relation.TEACHES not in relations(runtime, school, "lebedeva", "lev")
    assert Relation.TEACHES in relations(runtime, school, "kim", "lev"), (
        "what does not follow from the class stays"
    )
    assert send(office, page, f"{page}/close")[0] == 303


def relations(runtime: Runtime, school: DemoSchool, who: str, child: str) -> frozenset[Relation]:
    with runtime.read() as session:
        return queries.relations_to(session, school.actor(who), school.id(child), runtime.clock.now())


def test_who_stops_teaching_a_class_no_longer_answers_for_it(runtime: Runtime, school: DemoSchool) -> None:
    org = school.id("school-14")
    with runtime.unit_of_work(school.actor("mironova")) as uow:
        made = service.create_class(uow, org_id=org, grade=9, label="9 «А»")
        service.join_class(uow, class_id=made, person_id=school.id("lev"))
        staff = service.add_class_staff(
            uow, class_id=made, staff_id=school.id("lebedeva"), kind=AssignmentKind.CLASS_TEACHER
        )
    assert Relation.CLASS_TEACHER in relations(runtime, school, "lebedeva", "lev")
    with runtime.unit_of_work(school.actor("mironova")) as uow:
        service.end_class_staff(uow, staff)
    assert Relation.CLASS_TEACHER not in relations(runtime, school, "lebedeva", "lev")
    with runtime.read() as session:
        kept = session.scalars(sa.select(Assignment.valid_to).where(Assignment.class_id == made)).all()
    assert kept and all(kept), "the rows stay with their end"


def test_the_list_is_searched_by_name_and_by_what_people_are(app: Flask, school: DemoSchool) -> None:
    office = signed_in(app, "mironova")
    assert "Ким Игорь" in office.get("/admin/people?q=ким").text
    parents = office.get("/admin/people?who=parents").text
    assert "Ветрова Анна" in parents and "Ким Игорь" not in parents
    assert "Асланов" not in office.get("/admin/people").text, "the other school's people"
