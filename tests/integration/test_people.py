"""People: guardians' rights at the moment of the act, names apart from persons, accounts from the command line."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from threading import Thread
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from lms.app import create_runtime, load_settings
from lms.core.actor import SYSTEM, Actor
from lms.core.cli import RuntimeSource
from lms.core.clock import FixedClock
from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.models import LedgerEntry
from lms.core.runtime import Runtime
from lms.core.uow import UnitOfWork
from lms.demo.cast import DemoSchool, load_cast
from lms.people import queries, service
from lms.people.cli import users
from lms.people.models import Account, IdentityRecord
from lms.people.service import consents, support
from lms.people.types import (
    AdmissionGround,
    ConsentMethod,
    ConsentPurpose,
    GuardianRight,
    MeasureCode,
    MeasureValue,
    Relation,
    StatusKind,
)


@pytest.fixture
def school(runtime: Runtime, prepared_cast: None) -> DemoSchool:
    return load_cast(runtime)


def relations(runtime: Runtime, school: DemoSchool, who: str, child: str) -> frozenset[Relation]:
    with runtime.read() as session:
        return queries.relations_to(session, school.actor(who), school.id(child), runtime.clock.now())


def test_reach_is_by_relation_and_not_by_role(runtime: Runtime, school: DemoSchool) -> None:
    assert Relation.GUARDIAN_SIGN in relations(runtime, school, "anna", "sonya")
    assert relations(runtime, school, "ruslan", "sonya") == frozenset()
    assert Relation.TEACHES in relations(runtime, school, "kim", "sonya")
    assert relations(runtime, school, "petrenko", "sonya") == frozenset()
    assert relations(runtime, school, "gromova", "sonya") == {Relation.DIRECTOR}
    assert relations(runtime, school, "vlasova", "sonya") == frozenset()


def related(runtime: Runtime, school: DemoSchool, who: str, child: str, org: str) -> frozenset[Relation]:
    with runtime.read() as session:
        at = runtime.clock.now()
        return queries.relations_in(session, school.actor(who), school.id(child), school.id(org), at)


def test_an_office_counts_only_in_the_organisation_that_keeps_the_record(
    runtime: Runtime, school: DemoSchool, clock: FixedClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        service.admit_student(
            uow,
            person_id=school.id("sonya"),
            org_id=school.id("horizon"),
            ground=AdmissionGround.EXTERN,
            grade=8,
            valid_from=clock.now().date(),
            valid_to=clock.now().date() + timedelta(days=30),
        )
    assert relations(runtime, school, "vlasova", "sonya") == {Relation.DIRECTOR}
    assert related(runtime, school, "vlasova", "sonya", "school-14") == frozenset()
    assert related(runtime, school, "gromova", "sonya", "horizon") == frozenset()
    assert related(runtime, school, "vlasova", "sonya", "horizon") == {Relation.DIRECTOR}
    assert related(runtime, school, "gromova", "sonya", "school-14") == {Relation.DIRECTOR}
    assert related(runtime, school, "anna", "sonya", "horizon") == relations(runtime, school, "anna", "sonya")
    assert Relation.TEACHES in related(runtime, school, "kim", "sonya", "school-14")
    with runtime.read() as session:
        belongs = queries.current_admission(session, school.id("sonya"), clock.now().date())
        other = queries.current_admission(
            session, school.id("sonya"), clock.now().date(), {school.id("horizon")}
        )
        assert runtime.policy.can(session, school.actor("gromova"), "profiles.view", school.id("sonya"))
        assert not runtime.policy.can(session, school.actor("vlasova"), "profiles.view", school.id("sonya"))
    assert belongs is not None and belongs.org_id == school.id("school-14")
    assert other is not None and other.ground == "extern"
    clock.advance(timedelta(days=60))
    assert related(runtime, school, "vlasova", "sonya", "horizon") == {Relation.DIRECTOR}  # its own records
    assert relations(runtime, school, "vlasova", "sonya") == frozenset()


def test_nobody_judges_about_oneself_or_the_family(runtime: Runtime, school: DemoSchool) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        sister = service.create_person(uow, family_name="Ветрова", given_name="Дина")
        service.add_guardian(
            uow,
            child_id=sister,
            adult_id=school.id("anna"),
            org_id=school.id("school-14"),
            rights=frozenset(),
        )
        service.restrict_guardian(
            uow,
            child_id=school.id("sonya"),
            adult_id=school.id("anna"),
            org_id=school.id("school-14"),
            proof="суд",
        )
    near = {school.id("sonya"): True, school.id("anna"): True, sister: True}
    apart = {school.id("kim"): False, school.id("irina"): False, school.id("lev"): False}
    with runtime.read() as session:
        for person_id, is_near in (near | apart).items():
            actor = Actor("person", person_id)
            assert queries.is_impartial(session, actor, school.id("sonya")) is not is_near
        assert queries.is_impartial(session, SYSTEM, school.id("sonya"))


def test_the_office_of_another_school_touches_no_consent(runtime: Runtime, school: DemoSchool) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        for child, home in (("sonya", "horizon"), ("timur", "school-14")):
            service.admit_student(
                uow,
                person_id=school.id(child),
                org_id=school.id(home),
                ground=AdmissionGround.PARTNER,
                grade=8,
                valid_from=date(2026, 9, 1),
            )
    with runtime.unit_of_work(school.actor("mironova")) as uow:
        consent_id = consents.prepare_consent(
            uow,
            subject_id=school.id("sonya"),
            org_id=school.id("school-14"),
            given_by=school.id("anna"),
            purpose=ConsentPurpose.BIOMETRICS,
        )
    with pytest.raises(NotFound, match="out_of_reach"), runtime.unit_of_work(school.actor("noskova")) as uow:
        consents.withdraw_consent(uow, consent_id)
    with runtime.unit_of_work(school.actor("mironova")) as uow:
        consents.withdraw_consent(uow, consent_id)


def drafted(runtime: Runtime, school: DemoSchool) -> UUID:
    with runtime.unit_of_work(school.actor("mironova")) as uow:
        return consents.prepare_consent(
            uow,
            subject_id=school.id("sonya"),
            org_id=school.id("school-14"),
            given_by=school.id("anna"),
            purpose=ConsentPurpose.BIOMETRICS,
        )


def attach(uow: UnitOfWork, consent_id: UUID) -> None:
    consents.attach_signed_consent(
        uow,
        consent_id,
        document=b"%PDF-1.4 %%EOF",
        document_name="c.pdf",
        method=ConsentMethod.PAPER_SCAN,
    )


def test_who_may_consent_is_asked_again_when_the_paper_comes(runtime: Runtime, school: DemoSchool) -> None:
    consent_id = drafted(runtime, school)
    with runtime.unit_of_work(SYSTEM) as uow:
        service.restrict_guardian(
            uow,
            child_id=school.id("sonya"),
            adult_id=school.id("anna"),
            org_id=school.id("school-14"),
            proof="суд",
        )
    with (
        pytest.raises(Conflict, match=r"people\.consent_giver"),
        runtime.unit_of_work(school.actor("mironova")) as uow,
    ):
        attach(uow, consent_id)


def test_a_consent_withdrawn_meanwhile_does_not_come_into_force(runtime: Runtime, school: DemoSchool) -> None:
    consent_id = drafted(runtime, school)
    outcome: list[str] = []

    def attach_meanwhile() -> None:
        try:
            with runtime.unit_of_work(school.actor("mironova")) as uow:
                attach(uow, consent_id)
                outcome.append("attached")
        except Conflict as refused:
            outcome.append(refused.code)

    other = Thread(target=attach_meanwhile)
    with runtime.unit_of_work(school.actor("anna")) as uow:
        consents.withdraw_consent(uow, consent_id)
        uow.session.flush()
        other.start()
        other.join(0.7)
        assert outcome == [], "the office waits for the parent"
    other.join(30)
    assert outcome == ["people.consent_state"]
    with runtime.read() as session:
        at = runtime.clock.now()
        assert queries.active_consent(session, school.id("sonya"), ConsentPurpose.BIOMETRICS, at) is None


def test_only_the_director_records_the_basis_of_biometrics(runtime: Runtime, school: DemoSchool) -> None:
    with runtime.read() as session:
        for login, may in (("gromova", True), ("admin", False), ("zimina", False), ("vlasova", False)):
            actor = school.actor(login)
            assert runtime.policy.can(session, actor, "people.record_basis", school.id("school-14")) is may


def test_a_court_restriction_hides_the_child(runtime: Runtime, school: DemoSchool) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        service.restrict_guardian(
            uow,
            child_id=school.id("sonya"),
            adult_id=school.id("anna"),
            org_id=school.id("school-14"),
            proof="суд",
        )
    assert relations(runtime, school, "anna", "sonya") == frozenset()
    with runtime.read() as session:
        assert queries.children_of(session, school.id("anna"), runtime.clock.now()) == []


def test_a_guardians_rights_end_when_the_child_is_of_age(
    runtime: Runtime, school: DemoSchool, clock: FixedClock
) -> None:
    clock.move_to(clock.now().replace(year=2030, month=4, day=16))
    assert relations(runtime, school, "anna", "sonya")
    clock.advance(timedelta(days=1))
    assert relations(runtime, school, "anna", "sonya") == frozenset()


def test_a_guardian_may_hold_only_some_rights(runtime: Runtime, school: DemoSchool) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        aunt = service.create_person(uow, family_name="Ветрова", given_name="Дина")
        service.add_guardian(
            uow,
            child_id=school.id("lev"),
            adult_id=aunt,
            org_id=school.id("school-14"),
            rights=frozenset({GuardianRight.VIEW}),
        )
    with runtime.read() as session:
        holders = queries.guardians_of(session, school.id("lev"), runtime.clock.now(), Relation.GUARDIAN_SIGN)
        viewers = queries.guardians_of(session, school.id("lev"), runtime.clock.now(), Relation.GUARDIAN_VIEW)
    assert aunt not in holders and aunt in viewers


def test_in_pseudonymous_mode_no_name_is_stored_and_the_code_is_shown(
    environment: dict[str, str], clock: FixedClock
) -> None:
    runtime = create_runtime(load_settings({**environment, "LMS_IDENTITY_STORE": "absent"}), clock=clock)
    with runtime.unit_of_work(SYSTEM) as uow:
        person_id = service.create_person(
            uow, family_name="Ветрова", given_name="Соня", birth_date=date(2012, 4, 17)
        )
    with runtime.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(IdentityRecord)) == 0
        card = queries.person_card(session, person_id)
        assert card.name == card.code
        assert queries.is_minor(session, person_id, clock.now().date())
    runtime.dispose()


def test_somebody_born_on_29_february_comes_of_age_on_1_march(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        person_id = service.create_person(uow, family_name="А", given_name="Б", birth_date=date(2012, 2, 29))
    with runtime.read() as session:
        assert queries.is_minor(session, person_id, date(2030, 2, 28))
        assert not queries.is_minor(session, person_id, date(2030, 3, 1))


def test_an_unknown_person_is_not_found(runtime: Runtime) -> None:
    with runtime.read() as session, pytest.raises(NotFound):
        queries.person_card(session, uuid4())


def test_the_command_line_makes_the_first_director(runtime: Runtime) -> None:
    source = RuntimeSource(lambda: runtime)
    words = [
        "create",
        "head",
        "--org",
        "new",
        "--role",
        "director",
        "--family-name",
        "А",
        "--given-name",
        "Б",
    ]
    done = CliRunner().invoke(users, [*words, "--password", "long enough word"], obj=source)
    assert done.exit_code == 0, done.output
    assert "director@new" in CliRunner().invoke(users, ["list"], obj=source).output
    with runtime.unit_of_work(SYSTEM) as uow:
        assert service.sign_in(uow, "head", "long enough word").epoch == 1
    assert CliRunner().invoke(users, ["switch-off", "head"], obj=source).exit_code == 0
    with pytest.raises(InvalidInput), runtime.unit_of_work(SYSTEM) as uow:
        service.sign_in(uow, "head", "long enough word")


def test_a_short_password_and_a_taken_login_are_refused(runtime: Runtime, school: DemoSchool) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        with pytest.raises(InvalidInput, match=r"people\.password_short"):
            service.create_account(uow, person_id=school.id("sonya"), login="sonya2", password="short")
        with pytest.raises(InvalidInput, match=r"people\.login_taken"):
            service.create_account(
                uow, person_id=school.id("sonya"), login="SONYA", password="long enough word"
            )


def test_passwords_are_kept_as_argon2id_hashes(runtime: Runtime, school: DemoSchool) -> None:
    with runtime.read() as session:
        hashes = session.scalars(sa.select(Account.password_hash)).all()
    assert all(h.startswith("$argon2id$") for h in hashes) and len(set(hashes)) == len(hashes)


def test_admissions_statuses_duties_and_reset_passwords_stand_in_the_chain(
    runtime: Runtime, school: DemoSchool
) -> None:
    with runtime.unit_of_work(school.actor("gromova")) as uow:
        service.reset_password(uow, "lev", "a new long password")
        service.record_status(
            uow,
            person_id=school.id("lev"),
            org_id=school.id("school-14"),
            kind=StatusKind.OVZ,
            document_ref="№ 1",
            valid_from=date(2026, 9, 1),
        )
    with runtime.read() as session:
        rows = session.scalars(sa.select(LedgerEntry).where(LedgerEntry.subject == school.id("lev"))).all()
    kinds = {row.kind: row for row in rows}
    assert kinds.keys() >= {
        "people.admission",
        "people.assignment",
        "people.status",
        "people.password_reset",
    }
    assert kinds["people.password_reset"].actor == f"person:{school.id('gromova')}"
    assert "ovz" not in str(kinds["people.status"].payload), (
        "health data does not enter what cannot be deleted"
    )


def test_a_specialist_agrees_nothing_alone_for_the_own_child(runtime: Runtime, school: DemoSchool) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        service.add_guardian(
            uow,
            child_id=school.id("sonya"),
            adult_id=school.id("orlova"),
            org_id=school.id("school-14"),
            proof="1",
        )
    with runtime.unit_of_work(school.actor("orlova")) as uow:
        plan = support.create_support_plan(
            uow,
            person_id=school.id("sonya"),
            measures=[MeasureValue(MeasureCode.EXTRA_TIME, {"minutes": 15})],
            source_ref="№ 7",
            valid_from=uow.now().date(),
        )
        assert not support.approve_support_plan(uow, support_plan_id=plan.id).is_active
        assert not support.approve_support_plan(uow, support_plan_id=plan.id).is_active


def test_a_birthday_begins_at_midnight_where_the_school_is(runtime: Runtime, clock: FixedClock) -> None:
    """Half past one in the morning in Moscow is still yesterday by UTC: who is 18 consents, and no parent does any more."""
    clock.move_to(datetime(2026, 11, 11, 22, 30, tzinfo=UTC))
    with runtime.unit_of_work(SYSTEM) as uow:
        grown, child = (
            service.create_person(uow, family_name="Зимин", given_name="Лев", birth_date=date(2008, 11, day))
            for day in (12, 13)
        )
        assert consents.may_consent(uow, grown) == [grown]
        assert consents.may_consent(uow, child) == []
