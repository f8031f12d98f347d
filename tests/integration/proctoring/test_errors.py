"""What a school can say about the errors of its own checks, findings and reviews."""

from __future__ import annotations

import json
from uuid import UUID

import pytest
from click.testing import CliRunner
from sqlalchemy.orm import Session

from lms.core.actor import SYSTEM
from lms.core.cli import RuntimeSource
from lms.core.errors import Conflict
from lms.core.ids import new_id
from lms.people.service import consents
from lms.proctoring import queries, service
from lms.proctoring.cli import faces
from lms.proctoring.models import (
    CheckShot,
    DeclaredGroup,
    Enrolment,
    EnrolmentShot,
    IdentityCheck,
    Incident,
    ProctoringSession,
    ReviewDecision,
)
from lms.proctoring.rules.devices import device_class
from lms.proctoring.rules.rates import LEAST_TRIALS, Rate
from lms.proctoring.types import (
    CheckState,
    DeclaredKind,
    EnrolmentState,
    IdentityMethod,
    Monitoring,
    SessionOutcome,
    SessionState,
    Verdict,
)
from tests.integration.proctoring.conftest import World

PHONE = "Mozilla/5.0 (Linux; Android 14) Mobile Safari/537.36"


def a_check(
    session: Session,
    world: World,
    state: CheckState,
    outcomes: list[str],
    agent: str,
    person: UUID | None = None,
) -> None:
    row = IdentityCheck(
        entry_id=new_id(),
        person_id=person or world.id("sonya"),
        org_id=world.id("school-14"),
        method=IdentityMethod.FACE,
        state=state,
        level_required=2,
        created_at=world.clock.now(),
        device_class=device_class(agent),
    )
    session.add(row)
    session.flush()
    for no, outcome in enumerate(outcomes):
        result = {"outcome": outcome} if outcome else {}
        session.add(CheckShot(check_id=row.id, round=1, no=no, file_id=new_id(), result=result))


def a_sample(session: Session, world: World, faults: list[str], agent: str = "") -> None:
    row = Enrolment(
        person_id=world.id("sonya"),
        org_id=world.id("school-14"),
        consent_id=new_id(),
        state=EnrolmentState.FAULTY,
        verifier="cascade",
        device_class=device_class(agent),
        created_by=world.id("sonya"),
        created_at=world.clock.now(),
        computed_at=world.clock.now(),
    )
    session.add(row)
    session.flush()
    for no, fault in enumerate(faults):
        session.add(EnrolmentShot(enrolment_id=row.id, no=no, file_id=new_id(), fault=fault))


def a_sitting(
    session: Session,
    world: World,
    outcome: SessionOutcome,
    kinds: list[str],
    verdicts: list[tuple[str, Verdict]],
) -> UUID:
    now = world.clock.now()
    row = ProctoringSession(
        attempt_id=new_id(),
        entry_id=new_id(),
        exam_id=new_id(),
        person_id=world.id("sonya"),
        org_id=world.id("school-14"),
        state=SessionState.CLOSED,
        outcome=outcome,
        monitoring=Monitoring.CAMERA,
        cadence_s=5,
        verifier="cascade",
        index_weights={},
        masked_findings=[],
        nonce="",
        started_at=now,
    )
    session.add(row)
    session.flush()
    for kind in kinds:
        session.add(Incident(session_id=row.id, kind=kind, started_at=now, last_at=now, confidence=0.5))
    for login, verdict in verdicts:
        session.add(
            ReviewDecision(
                session_id=row.id,
                reviewer_id=world.id(login),
                round=1,
                verdict=verdict,
                reason="",
                is_blind=True,
                at=now,
            )
        )
    return row.id


@pytest.fixture
def report(world: World) -> queries.ErrorReport:
    yes, no = Verdict.NO_QUESTIONS, Verdict.VIOLATION
    with world.runtime.unit_of_work(SYSTEM) as uow:
        for _ in range(10):
            a_check(uow.session, world, CheckState.VERIFIED, ["match", "match", "could_not_tell"], PHONE)
        a_check(uow.session, world, CheckState.VERIFIED, ["no_match"] * 5, "Firefox")
        a_check(uow.session, world, CheckState.REFUSED, ["no_match", "match", ""], "")
        a_check(uow.session, world, CheckState.PENDING, ["could_not_tell"], PHONE)
        a_sample(uow.session, world, ["", "", "", "", "too_dark"] * 4, PHONE)
        a_sample(uow.session, world, ["", "", "", "", "too_dark"], "Firefox")
        for _ in range(15):
            a_sitting(uow.session, world, SessionOutcome.NO_QUESTIONS, ["no_face"], [("frolova", yes)])
            a_sitting(uow.session, world, SessionOutcome.NO_QUESTIONS, [], [("frolova", no), ("yudin", yes)])
        for _ in range(5):
            a_sitting(
                uow.session, world, SessionOutcome.ANNULLED, ["no_face"], [("frolova", no), ("yudin", no)]
            )
        a_sitting(uow.session, world, SessionOutcome.NONE, ["no_face", "other_person"], [])
    with world.runtime.read() as session:
        return queries.error_report(session, world.id("school-14"))


def test_the_machine_is_counted_against_what_people_decided(report: queries.ErrorReport) -> None:
    assert report.fnmr == Rate(5, 25)
    assert report.fmr == Rate(1, 2)
    assert report.fta == Rate(5, 25)
    assert report.fta_by_device == {"phone": Rate(4, 20), "computer": Rate(1, 5)}
    assert {name: found.could_not_tell for name, found in report.by_device.items()} == {
        "phone": Rate(11, 31),
        "computer": Rate(0, 5),
        "unknown": Rate(0, 2),
    }
    assert report.by_device["phone"].fnmr == Rate(0, 20)
    assert report.by_device["computer"].fnmr == Rate(5, 5)
    assert report.by_device["unknown"].fmr == Rate(1, 2)
    assert report.by_group == {}, "nobody has said anything of themselves"
    assert report.could_not_tell == Rate(11, 38)
    assert report.agreement.differ == Rate(15, 20)
    assert report.agreement.alpha == pytest.approx(1 - 0.75 / (1 - (25 * 24 + 15 * 14) / (40 * 39)))
    assert report.false_alarms == {"no_face": Rate(15, 20)}


def test_a_few_trials_are_no_rate(world: World, report: queries.ErrorReport) -> None:
    found = report.as_dict()
    assert found["fmr"] == {"share": None, "interval": None, "count": 2}
    assert found["fnmr"]["share"] == 0.2
    assert found["reviewers_agree"]["interval"][0] < found["reviewers_agree"]["alpha"] < 0, (
        "less than by chance"
    )
    assert found["by_device"]["computer"]["could_not_tell"]["share"] is None
    assert not Rate(0, LEAST_TRIALS - 1).is_told and Rate(0, LEAST_TRIALS).is_told
    with world.runtime.read() as session:
        assert queries.orgs_with_identity(session) == [world.id("school-14")]
        assert queries.error_report(session, new_id()).fnmr == Rate(0, 0)
    source = RuntimeSource(lambda: world.runtime)
    told = CliRunner().invoke(faces, ["errors"], obj=source)
    assert told.exit_code == 0, told.output
    assert (
        "false matches (people could not confirm): too few to tell (2, at least 20 are needed)" in told.output
    )
    assert "pictures of registrations, phone: 20.00%" in told.output
    assert "agreement beyond chance (Krippendorff's alpha): -0.56 (-0.85 to -0.11)" in told.output
    assert "false alarms, no_face: 75.00% (53.13% to 88.81%) of 20" in told.output
    as_json = json.loads(CliRunner().invoke(faces, ["errors", "--json"], obj=source).output)
    assert as_json[str(world.id("school-14"))].items() >= found.items()


def test_a_group_counts_from_five_people_who_declared_it_while_they_consent(world: World) -> None:
    world.record_basis()
    consent = world.consent()
    declare = [DeclaredKind.GLASSES, DeclaredKind.FEMALE]
    with world.runtime.unit_of_work(world.actor("sonya")) as uow:
        service.declare_groups(uow, declare)
    with pytest.raises(Conflict, match="no_consent"), world.runtime.unit_of_work(world.actor("timur")) as uow:
        service.declare_groups(uow, declare)

    def by_group() -> dict[str, queries.Comparing]:
        with world.runtime.read() as session:
            return dict(queries.error_report(session, world.id("school-14")).by_group)

    others = [world.id(login) for login in ("timur", "kim", "anna", "gusev")]
    with world.runtime.unit_of_work(SYSTEM) as uow:
        for person in (*others[:3], world.id("sonya")):
            a_check(uow.session, world, CheckState.VERIFIED, ["match", "no_match"], PHONE, person)
        uow.session.add_all(
            DeclaredGroup(person_id=person, kind=DeclaredKind.GLASSES, declared_at=uow.now())
            for person in others
        )
    assert by_group() == {}, "four people with pictures are too few"
    with world.runtime.unit_of_work(SYSTEM) as uow:
        a_check(uow.session, world, CheckState.VERIFIED, ["match", "could_not_tell"], "", others[3])
    with world.runtime.unit_of_work(SYSTEM) as uow:
        a_sample(uow.session, world, ["", "too_dark"], PHONE)
    with world.runtime.read() as session:
        fta = queries.error_report(session, world.id("school-14")).fta_by_group
    assert fta == {}, "pictures of one person"
    found = by_group()
    assert list(found) == [DeclaredKind.GLASSES]
    assert (found[DeclaredKind.GLASSES].fnmr, found[DeclaredKind.GLASSES].could_not_tell) == (
        Rate(4, 9),
        Rate(1, 10),
    )
    with world.runtime.unit_of_work(world.actor("anna")) as uow:
        consents.withdraw_consent(uow, consent)
    with world.runtime.read() as session:
        assert queries.declared_by(session, world.id("sonya")) == frozenset()
    assert by_group() == {}


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        (PHONE, "phone"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148", "phone"),
        ("Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) Mobile/15E148", "tablet"),
        ("Mozilla/5.0 (Linux; Android 14; SM-X710) Safari/537.36", "tablet"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "computer"),
        ("  ", "unknown"),
    ],
)
def test_of_a_device_only_its_class_is_kept(agent: str, expected: str) -> None:
    assert device_class(agent) == expected
