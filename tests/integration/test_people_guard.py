"""What the office cannot do for itself: reach children, take accounts, undo a court's restriction, lose the director."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from lms.core.actor import SYSTEM, Actor, RoleGrant
from lms.core.clock import FixedClock
from lms.core.errors import Gone, LmsError
from lms.core.runtime import Runtime
from lms.demo.cast import DemoSchool, load_cast
from lms.people import queries, service
from lms.people.models import Account, Guardianship, Role
from lms.people.types import AssignmentKind, Relation, RoleKind


@pytest.fixture
def school(runtime: Runtime, prepared_cast: None) -> DemoSchool:
    return load_cast(runtime)


def act(
    runtime: Runtime, school: DemoSchool, who: str, verb: object, *args: object, **more: object
) -> object:
    with runtime.unit_of_work(school.actor(who)) as uow:
        return verb(uow, *args, **more)  # type: ignore[operator]


def refused(
    runtime: Runtime, school: DemoSchool, who: str, verb: object, *args: object, **more: object
) -> str:
    """Return the code with which ``who`` is refused."""
    with pytest.raises(LmsError) as refusal:
        act(runtime, school, who, verb, *args, **more)
    return refusal.value.code


def give(runtime: Runtime, school: DemoSchool, who: str, kind: RoleKind) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        service.grant_role(uow, person_id=school.id(who), org_id=school.id("school-14"), kind=kind)


def end(runtime: Runtime, school: DemoSchool, who: str) -> None:
    """End every role of somebody."""
    with runtime.unit_of_work(SYSTEM) as uow:
        rows = sa.update(Role).where(Role.person_id == school.id(who), Role.valid_to.is_(None))
        uow.session.execute(rows.values(valid_to=uow.now()))


def imported_staff(runtime: Runtime, school: DemoSchool) -> tuple[UUID, list[UUID]]:
    """Take in a table of two teachers and return it with their ids."""
    text = "family_name;given_name;role;login\nПетров;Иван;teacher;petrov\nЗуев;Олег;teacher;zuev\n"
    with runtime.unit_of_work(school.actor("gromova")) as uow:
        done = service.import_people(uow, org_id=school.id("school-14"), name="люди.csv", text=text)
    with runtime.read() as session:
        ids = queries.person_ids_by_login(session)
    return done.id, [ids["petrov"], ids["zuev"]]


def test_undoing_a_table_leaves_a_director_and_oneself(runtime: Runtime, school: DemoSchool) -> None:
    table, people = imported_staff(runtime, school)
    for person_id in people:
        with runtime.unit_of_work(SYSTEM) as uow:
            service.grant_role(
                uow, person_id=person_id, org_id=school.id("school-14"), kind=RoleKind.DIRECTOR
            )
    end(runtime, school, "gromova")
    with pytest.raises(LmsError) as refusal, runtime.unit_of_work(SYSTEM) as uow:
        service.undo_import(uow, table)
    assert refusal.value.code == "people.last_director"
    with runtime.read() as session:
        directors = queries.active_directors(session, school.id("school-14"), runtime.clock.now())
    assert directors == set(people), "nothing was undone by halves"
    grant = RoleGrant("director", school.id("school-14"))
    actor = Actor("person", person_id=people[0], roles=frozenset({grant}))
    with pytest.raises(LmsError) as refusal, runtime.unit_of_work(actor) as uow:
        service.undo_import(uow, table)
    assert refusal.value.code == "people.not_oneself"


def test_nobody_gives_themselves_a_child(runtime: Runtime, school: DemoSchool) -> None:
    pair = {"child_id": school.id("lev"), "org_id": school.id("school-14")}
    own = {**pair, "adult_id": school.id("mironova"), "proof": "свидетельство"}
    assert refused(runtime, school, "mironova", service.link_guardian, **own) == "people.guardian_self"
    unproven = {**pair, "adult_id": school.id("anna"), "proof": "  "}
    assert refused(runtime, school, "mironova", service.link_guardian, **unproven) == "people.needs_proof"
    act(runtime, school, "zimina", service.link_guardian, **own)


def test_nobody_but_a_director_takes_a_class(runtime: Runtime, school: DemoSchool) -> None:
    org = school.id("school-14")
    made = act(runtime, school, "mironova", service.create_class, org_id=org, grade=9, label="9 «А»")
    lead = {"class_id": made, "kind": AssignmentKind.CLASS_TEACHER}
    for who in ("mironova", "zimina"):
        code = refused(runtime, school, who, service.add_class_staff, staff_id=school.id(who), **lead)
        assert code == "people.class_staff_self"
    for who in ("zimina", "gromova"):
        act(runtime, school, "gromova", service.add_class_staff, staff_id=school.id(who), **lead)


def test_a_parent_from_a_table_stands_on_the_table(runtime: Runtime, school: DemoSchool) -> None:
    text = "family_name;given_name;role;login;child_login\nДорохов;Антон;guardian;anton;lev\n"
    act(
        runtime,
        school,
        "mironova",
        service.import_people,
        org_id=school.id("school-14"),
        name="люди.csv",
        text=text,
    )
    with runtime.read() as session:
        adult = queries.person_ids_by_login(session)["anton"]
        proof = session.scalars(sa.select(Guardianship.proof).where(Guardianship.adult_id == adult)).one()
    assert proof.startswith("CSV ") and proof.endswith("люди.csv")


def test_a_courts_restriction_is_not_undone_by_ending_and_linking(
    runtime: Runtime, school: DemoSchool, clock: FixedClock
) -> None:
    pair = {"child_id": school.id("lev"), "adult_id": school.id("irina"), "org_id": school.id("school-14")}
    with runtime.unit_of_work(SYSTEM) as uow:
        service.restrict_guardian(uow, **pair, proof="решение суда")
    assert refused(runtime, school, "gromova", service.end_guardian, **pair) == "people.guardian_restricted"
    again = {**pair, "proof": "свидетельство"}
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(
            sa.update(Guardianship).where(Guardianship.is_restricted).values(valid_to=uow.now())
        )
    clock.advance(timedelta(days=1))
    assert refused(runtime, school, "gromova", service.link_guardian, **again) == "people.guardian_restricted"
    with runtime.unit_of_work(SYSTEM) as uow:
        service.add_guardian(uow, **again)
    with runtime.read() as session:
        now = runtime.clock.now()
        assert (
            queries.relations_to(session, school.actor("irina"), school.id("lev"), now)
            & {
                Relation.GUARDIAN_VIEW,
                Relation.GUARDIAN_SIGN,
                Relation.GUARDIAN_CONSENT,
                Relation.GUARDIAN_RECEIVE,
            }
            == set()
        )


def test_a_courts_restriction_is_lifted_by_two_people_and_leaves_its_history(
    app: Flask, runtime: Runtime, school: DemoSchool
) -> None:
    sonya, anna = school.id("sonya"), school.id("anna")
    page = f"/admin/people/{sonya}/parents/restriction"

    def sees() -> bool:
        with runtime.read() as session:
            found = queries.relations_to(session, school.actor("anna"), sonya, runtime.clock.now())
        return Relation.GUARDIAN_VIEW in found

    def key(client: FlaskClient, path: str) -> str:
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(path).text)
        assert found
        return found.group(1)

    def post(login: str, **fields: str) -> int:
        client = app.test_client()
        form = {"login": login, "password": f"marshrut-{login}", "csrf_token": key(client, "/login")}
        assert client.post("/login", data=form).status_code == 303
        token = key(client, f"{page}?adult={anna}")
        return client.post(page, data={**fields, "adult": anna, "csrf_token": token}).status_code

    assert sees()
    assert post("mironova", do="restrict", document="") == 422 and sees()
    assert post("mironova", do="restrict", document="Решение № 2-118/2026") == 303 and not sees()
    assert post("gromova", do="restrict", document="Ещё одно") == 409
    assert post("gromova", do="lift") == 409
    assert post("mironova", do="ask", document="Определение № 4") == 303 and not sees()
    assert post("mironova", do="lift") == 403 and not sees()
    assert post("gromova", do="lift") == 303 and sees()
    with runtime.read() as session:
        (row,) = queries.restrictions_of(session, sonya, anna)
    assert not row.is_standing and row.lift_document_ref == "Определение № 4"
    own = {"child_id": sonya, "adult_id": anna, "org_id": school.id("school-14")}
    with runtime.unit_of_work(SYSTEM) as uow:
        service.add_guardian(uow, **{**own, "adult_id": school.id("zimina"), "proof": "1"})
    assert (
        refused(runtime, school, "zimina", service.restrict_guardian, **own, proof="1") == "people.own_family"
    )


def test_a_link_does_not_outlive_a_promotion_nor_the_office_of_its_maker(
    runtime: Runtime, school: DemoSchool
) -> None:
    def opens(token: str) -> bool:
        try:
            with runtime.unit_of_work(SYSTEM) as uow:
                service.accept_invitation(uow, token, "a long password")
        except Gone:
            return False
        return True

    def link(who: str = "zimina") -> str:
        return act(runtime, school, who, service.invite, school.id("kim")).token  # type: ignore[attr-defined]

    assert opens(link())
    token = link()
    give(runtime, school, "kim", RoleKind.PROCTOR)
    assert not opens(token), "a role given since"
    token = link()
    with runtime.unit_of_work(SYSTEM) as uow:
        row = Role(
            person_id=school.id("kim"),
            org_id=school.id("school-14"),
            kind=RoleKind.DIRECTOR,
            valid_from=uow.now(),
        )
        uow.session.add(row)
    assert not opens(token), "the maker stands below"
    token = link("gromova")
    with runtime.unit_of_work(SYSTEM) as uow:
        closed = sa.update(Account).where(Account.person_id == school.id("gromova"))
        uow.session.execute(closed.values(is_active=False))
    assert not opens(token), "the maker's account is closed"


def test_an_account_is_judged_by_the_highest_role_ever_held(runtime: Runtime, school: DemoSchool) -> None:
    give(runtime, school, "frolova", RoleKind.DIRECTOR)
    end(runtime, school, "frolova")
    frolova = school.id("frolova")
    for verb in (service.invite, service.deactivate, service.reactivate):
        assert refused(runtime, school, "mironova", verb, frolova) == "people.account_above"
    act(runtime, school, "gromova", service.invite, frolova)
    end(runtime, school, "kim")
    act(runtime, school, "zimina", service.invite, school.id("kim"))


def test_the_office_opens_families_accounts_anew_and_staffs_only_before_they_are_used(
    runtime: Runtime, school: DemoSchool
) -> None:
    for who in ("sonya", "anna"):
        act(runtime, school, "mironova", service.invite, school.id(who))
    assert refused(runtime, school, "mironova", service.invite, school.id("kim")) == "people.staff_account"
    fresh = service.NewMember(
        school.id("school-14"), "Новикова", "Инна", login="novikova", roles=(RoleKind.TEACHER,)
    )
    person = act(runtime, school, "mironova", service.register_member, fresh)
    act(runtime, school, "mironova", service.invite, person)
    for who in ("zimina", "gromova"):
        act(runtime, school, who, service.invite, school.id("kim"))


def test_a_link_says_that_a_role_was_given_meanwhile(
    runtime: Runtime, school: DemoSchool, clock: FixedClock
) -> None:
    token = act(runtime, school, "zimina", service.invite, school.id("kim")).token  # type: ignore[attr-defined]
    clock.advance(timedelta(minutes=1))
    give(runtime, school, "kim", RoleKind.PROCTOR)
    with runtime.read() as session:
        state = queries.invitation_state(session, service.token_hash(token), clock.now())
    assert state.fault == "people.invitation_outgrown"
