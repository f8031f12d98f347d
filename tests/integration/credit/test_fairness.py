"""What is verified stays what it was verified for; nobody judges the own family; hours are given once."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from threading import Thread
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from lms.core.actor import SYSTEM
from lms.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from lms.people import service as people
from lms.people.types import RoleKind
from lms.plans import service
from lms.plans.credit_models import Commission, ExternalCourse, LearningSource, MatchReport
from lms.plans.types import CaseState, LicenceState, ResultScale, Verification, VoteChoice
from tests.fixtures.credit_world import World
from tests.integration.credit.test_minutes import taught_by
from tests.integration.credit.test_rights import form_of_others

FOR = VoteChoice.FOR


def voted(world: World, case_id: UUID) -> UUID:
    return world.voted(case_id, ("sokolov", FOR), ("dyatlov", FOR))


def granted(world: World) -> UUID:
    case_id = voted(world, world.referred())
    with world.uow("belova") as uow:
        service.decide(uow, case_id, is_granted=True)
    return case_id


def asked(world: World) -> UUID:
    """Return a case whose certificate is verified and which waits for the family again."""
    case_id = world.verified(world.applied())
    with world.uow("mironova") as uow:
        service.ask_family(uow, case_id, "On which day did the course end?")
    return case_id


def another_course(world: World, case_id: UUID, scale: ResultScale = ResultScale.POINTS) -> UUID:
    case = world.case(case_id)
    assert case.source_id is not None
    with world.uow("mironova") as uow:
        return service.add_external_course(
            uow,
            case.source_id,
            org_id=case.org_id,
            title="Python: второй год",
            hours=Decimal(60),
            scale=scale,
            scale_max=Decimal(100) if scale is ResultScale.POINTS else None,
        )


def make_parent(world: World, login: str, child: str = "sonya") -> None:
    with world.runtime.unit_of_work(SYSTEM) as uow:
        org, adult = world.school.id("school-14"), world.school.id(login)
        people.add_guardian(uow, child_id=world.school.id(child), adult_id=adult, org_id=org, proof="1")


def test_another_course_is_verified_anew(world: World) -> None:
    case_id = asked(world)
    course_id = another_course(world, case_id)
    with world.uow("anna") as uow:
        service.choose_course(uow, case_id, course_id)
        service.submit_case(uow, case_id)
    assert {d.verification for d in world.case(case_id).documents} == {Verification.UNVERIFIED}
    with pytest.raises(Conflict, match=r"credit\.documents_first"), world.uow("mironova") as uow:
        service.build_match_report(uow, case_id)


def test_another_source_is_verified_anew(world: World) -> None:
    case_id = asked(world)
    with world.uow("mironova") as uow:
        other = service.add_source(
            uow,
            org_id=world.school.id("school-14"),
            name="Академия",
            licence_no="Л-1",
            licence_state=LicenceState.LICENSED,
            trust_tier=1,
            tier_reason="Common courses.",
        )
    with world.uow("anna") as uow:
        service.choose_source(uow, case_id, other)
    assert {d.verification for d in world.case(case_id).documents} == {Verification.UNVERIFIED}


def test_the_same_course_chosen_again_stays_verified(world: World) -> None:
    case_id = asked(world)
    course_id = world.case(case_id).course_id
    assert course_id is not None
    with world.uow("anna") as uow:
        service.choose_course(uow, case_id, course_id)
    assert {d.verification for d in world.case(case_id).documents} == {Verification.VERIFIED}


def test_a_course_with_another_scale_asks_for_the_result_again(world: World) -> None:
    case_id = asked(world)
    course_id = another_course(world, case_id, ResultScale.PASS_FAIL)
    with world.uow("anna") as uow:
        service.choose_course(uow, case_id, course_id)
    with pytest.raises(InvalidInput, match=r"credit\.certificate_first"), world.uow("anna") as uow:
        service.submit_case(uow, case_id)


def test_a_course_that_another_family_named_is_not_to_be_had_by_its_id(world: World) -> None:
    case_id, others = asked(world), world.applied("lev", "irina", number="М-7")
    with world.uow("mironova") as uow:
        service.start_verification(uow, others)
        service.ask_family(uow, others, "Which course?")
    with world.uow("irina") as uow:
        service.describe_course(uow, others, title="Свой курс", hours=Decimal(20))
    hidden = world.case(others).course_id
    assert hidden is not None
    with pytest.raises(NotFound, match=r"credit\.no_course"), world.uow("anna") as uow:
        service.choose_course(uow, case_id, hidden)
    with world.uow("irina") as uow:
        service.choose_course(uow, others, hidden)


def test_an_appealed_credit_cannot_be_taken_back_while_it_is_in_force(world: World) -> None:
    case_id = granted(world)
    with world.uow("anna") as uow:
        service.file_appeal(uow, case_id, "Module 7 counts too.")
    with world.uow("gromova") as uow:
        service.resolve_appeal(uow, case_id, is_upheld=False, answer="The commission looks again.")
    with pytest.raises(Conflict, match=r"credit\.not_now"), world.uow("anna") as uow:
        service.withdraw_case(uow, case_id)
    assert world.case(case_id).state is CaseState.IN_COMMISSION


def test_a_certificate_is_verified_with_its_number_or_without_one_in_words(world: World) -> None:
    case_id = world.applied(number="")
    document = world.case(case_id).documents[0].id

    def verify(**more: object) -> None:
        with world.uow("mironova") as uow:
            service.start_verification(uow, case_id)
            verdict = Verification.VERIFIED
            service.verify_evidence(uow, case_id, document, verdict=verdict, note="By telephone.", **more)

    with pytest.raises(InvalidInput, match=r"credit\.number_needed"):
        verify()
    verify(has_no_number=True)
    verify(number="М-2241")
    assert world.case(case_id).documents[0].number == "М-2241"


def test_a_paper_of_one_student_is_known_again_under_another_source(world: World) -> None:
    granted(world)
    case_id = world.applied(number="М-9")
    with world.uow("mironova") as uow:
        service.start_verification(uow, case_id)
        service.ask_family(uow, case_id, "Who issued it?")
        other = service.add_source(
            uow,
            org_id=world.school.id("school-14"),
            name="«Меридиан» онлайн",
            licence_no="Л035-01298-77/00418126",
            licence_state=LicenceState.LICENSED,
        )
    with world.uow("anna") as uow:
        service.choose_source(uow, case_id, other)
        service.describe_course(uow, case_id, title="Python", hours=Decimal(24))
        value = service.CertificateValue(uow.now().date(), Decimal(24), "86", number="м - 2241")
        service.describe_certificate(uow, case_id, value)
        service.submit_case(uow, case_id)
    world.verified(case_id)
    with world.uow("mironova") as uow:
        service.build_match_report(uow, case_id)
    assert drawn(world, case_id) == 22


def drawn(world: World, case_id: UUID) -> Decimal:
    with world.runtime.read() as session:
        report = session.scalars(sa.select(MatchReport).where(MatchReport.case_id == case_id)).one()
    return Decimal(report.inputs["evidence"][0]["drawn"])


def test_a_paper_without_a_number_is_known_again_by_student_day_and_hours(world: World) -> None:
    first = voted(world, world.referred(world.applied(number="")))
    with world.uow("belova") as uow:
        service.decide(uow, first, is_granted=True)
    again = world.referred(world.applied(number="", result="87"))
    other = world.referred(world.applied("lev", "irina", number="", result="88"))
    assert (drawn(world, again), drawn(world, other)) == (22, 0)


def test_two_decisions_at_once_do_not_draw_the_same_hours(world: World) -> None:
    first, second = world.referred(), world.referred(world.applied("lev", "irina"))
    voted(world, first)
    voted(world, second)
    outcome: list[object] = []

    def decide_second() -> None:
        try:
            with world.uow("belova") as uow:
                outcome.append(service.decide(uow, second, is_granted=True))
        except Conflict as refused:
            outcome.append(refused.code)

    other = Thread(target=decide_second)
    with world.uow("belova") as uow:
        service.decide(uow, first, is_granted=True)
        other.start()
        other.join(0.7)
        assert outcome == [], "the second waits for the first"
    other.join(30)
    assert outcome == ["credit.stale_report"]


def test_the_chair_records_no_more_hours_than_were_voted_on(world: World) -> None:
    case_id = voted(world, world.referred())
    rows = world.case(case_id).outcomes
    hours = {row.outcome_id: row.hours for row in rows}
    hours[rows[2].outcome_id] += 1
    with pytest.raises(InvalidInput, match=r"credit\.hours_voted"), world.uow("belova") as uow:
        service.decide(uow, case_id, is_granted=True, hours=hours, override_reason="Because.")


def test_nobody_works_on_a_case_of_the_own_family(world: World) -> None:
    case_id = world.applied()
    document = world.case(case_id).documents[0].id
    source_id = world.case(case_id).source_id
    assert source_id is not None
    make_parent(world, "mironova")
    make_parent(world, "gromova")
    acts = {
        "verify": lambda uow: service.verify_evidence(
            uow, case_id, document, verdict=Verification.VERIFIED, note="Mine."
        ),
        "match": lambda uow: service.build_match_report(uow, case_id),
        "refer": lambda uow: service.refer_to_commission(uow, case_id),
        "source": lambda uow: service.check_source(
            uow,
            source_id,
            org_id=world.school.id("school-14"),
            licence_state=LicenceState.LICENSED,
            licence_no="1",
            trust_tier=1,
            tier_reason="Common courses.",
        ),
    }
    for name, act in acts.items():
        with pytest.raises(Forbidden, match=r"credit\.not_impartial"), world.uow("mironova") as uow:
            act(uow)
        assert world.case(case_id).state is CaseState.SUBMITTED, name
    for end in (service.suspend_credit, service.confirm_credit, service.revoke_credit):
        with pytest.raises(Forbidden, match=r"credit\.not_impartial"), world.uow("gromova") as uow:
            end(uow, case_id, "Mine.")


def test_whoever_voted_does_not_answer_the_appeal(world: World) -> None:
    case_id = granted(world)
    with world.runtime.unit_of_work(SYSTEM) as uow:
        person, org = world.school.id("sokolov"), world.school.id("school-14")
        people.grant_role(uow, person_id=person, org_id=org, kind=RoleKind.DEPUTY_HEAD)
    with world.uow("anna") as uow:
        service.file_appeal(uow, case_id, "Module 7 counts too.")
    with pytest.raises(Conflict, match=r"credit\.not_impartial_appeal"), world.uow("sokolov") as uow:
        service.resolve_appeal(uow, case_id, is_upheld=True, answer="No.")


def test_a_second_appeal_is_for_others_than_every_earlier_round_and_never_for_the_subjects_teacher(
    world: World, sign_in: Callable[[str], FlaskClient]
) -> None:
    case_id = granted(world)
    org = world.school.id("school-14")
    with world.uow("anna") as uow:
        service.file_appeal(uow, case_id, "Module 7 counts too.")
    with world.uow("gromova") as uow:
        service.resolve_appeal(uow, case_id, is_upheld=False, answer="The commission looks again.")
    form_of_others(world, sign_in("gromova"))
    world.voted(case_id, ("frolova", FOR), ("yudin", FOR))
    with world.uow("frolova") as uow:
        service.decide(uow, case_id, is_granted=True)
    with world.runtime.unit_of_work(SYSTEM) as uow:
        for login in ("belova", "sokolov", "frolova", "yudin"):
            person = world.school.id(login)
            people.grant_role(uow, person_id=person, org_id=org, kind=RoleKind.DEPUTY_HEAD)
    with world.uow("anna") as uow:
        service.file_appeal(uow, case_id, "Module 8 counts too.")
    for login in ("belova", "sokolov", "frolova", "yudin"):
        with pytest.raises(Conflict, match=r"credit\.not_impartial_appeal"), world.uow(login) as uow:
            service.resolve_appeal(uow, case_id, is_upheld=True, answer="No.")
    taught_by(world, "zimina", "informatics")
    with pytest.raises(Forbidden, match=r"credit\.teaches"), world.uow("zimina") as uow:
        service.resolve_appeal(uow, case_id, is_upheld=True, answer="No.")
    with world.uow("gromova") as uow:
        service.resolve_appeal(uow, case_id, is_upheld=False, answer="Others look again.")
    with world.runtime.unit_of_work(SYSTEM) as uow:
        person = world.school.id("zimina")
        people.grant_role(uow, person_id=person, org_id=org, kind=RoleKind.COMMISSION_MEMBER)
    with world.uow("gromova") as uow:
        service.form_commission(
            uow,
            org_id=org,
            name="Третья",
            order_ref="Приказ № 78",
            chair_id=world.school.id("frolova"),
            member_ids=[world.school.id(login) for login in ("sokolov", "yudin", "zimina", "gusev")],
        )
    barred = {
        "sokolov": "judged_before",
        "yudin": "judged_before",
        "frolova": "judged_before",
        "zimina": "teaches",
    }
    for login, why in barred.items():
        with pytest.raises(Forbidden, match=rf"credit\.{why}"), world.uow(login) as uow:
            service.vote(uow, case_id, choice=FOR)
    world.voted(case_id, ("gusev", FOR))


def test_what_is_sent_twice_is_there_once(world: World) -> None:
    case_id = asked(world)
    org = world.school.id("school-14")

    def rows() -> tuple[int | None, ...]:
        with world.runtime.read() as session:
            tables = (LearningSource, ExternalCourse, Commission)
            return tuple(session.scalar(sa.select(sa.func.count()).select_from(t)) for t in tables)

    before, seen = rows(), []
    for _sent in range(2):
        with world.uow("anna") as uow:
            service.suggest_source(
                uow, case_id, name="Кружок", website="", licence_no="Л-9", is_educational=True
            )
            service.describe_course(uow, case_id, title="Роботы", hours=Decimal(16))
        case = world.case(case_id)
        with world.uow("mironova") as uow:
            listed = service.add_external_course(
                uow,
                case.source_id,
                org_id=org,
                title="Роботы",
                hours=Decimal(20),
                scale=ResultScale.PASS_FAIL,
                learned=[service.LearnedValue("Собирает", Decimal(20))],
            )
        with world.uow("gromova") as uow:
            formed = service.form_commission(
                uow,
                org_id=org,
                name="Новая",
                order_ref="№ 9",
                chair_id=world.school.id("belova"),
                member_ids=[world.school.id("sokolov"), world.school.id("dyatlov")],
            )
        seen.append((case.source_id, case.course_id, listed, formed))
    assert seen[0] == seen[1]
    assert rows() == (before[0] + 1, before[1] + 2, before[2] + 1)  # type: ignore[operator]
