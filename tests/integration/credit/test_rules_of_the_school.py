"""What a school has written down decides: rules over several courses, agreements, policies, several documents."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask.testing import FlaskClient

from lms.cli import main
from lms.core.errors import Conflict, InvalidInput
from lms.courses import queries as course_queries
from lms.courses import service as course_service
from lms.courses.types import NewBlock, NewCourse, NewSection
from lms.people.queries import classes_of
from lms.plans import queries, service
from lms.plans.contracts import TRANSFER_RULES
from lms.plans.credit_models import (
    CreditCase,
    CreditDecision,
    CreditDocument,
    CreditEffect,
    EquivalenceRule,
    LearningSource,
    MatchReport,
)
from lms.plans.plan_models import BasisFact
from lms.plans.rules.match_inputs import MatchFactors, canonical
from lms.plans.rules.matching import match
from lms.plans.schemas.case_file import read_case, write_case
from lms.plans.service.credit.case_inputs import current_inputs
from lms.plans.types import (
    CaseState,
    EvidenceKind,
    ResultScale,
    Rounding,
    RuleState,
    Verification,
    VerificationMethod,
    VoteChoice,
)
from tests.fixtures.credit_world import World
from tests.integration.test_course_pages import csrf

PDF = b"%PDF-1.4 %%EOF"


@pytest.fixture
def engine_url(sqlite_url: str) -> str:
    """Use one engine: nothing here depends on which."""
    return sqlite_url


def targets(world: World) -> list[UUID]:
    with world.runtime.read() as session:
        item = queries.items_to_credit(session, world.school.id("sonya"))[0]
        return [target.outcome_id for target in item.targets]


def known_course(world: World, title: str) -> tuple[UUID, UUID]:
    """Put one more course of the licensed centre on the list; return its id and its only outcome's."""
    with world.uow("mironova") as uow:
        source = uow.session.scalars(sa.select(LearningSource).where(LearningSource.trust_tier == 1)).one()
        course_id = service.add_external_course(
            uow,
            source.id,
            org_id=world.school.id("school-14"),
            title=title,
            hours=Decimal(20),
            scale=ResultScale.PERCENT,
            learned=[service.LearnedValue(title, Decimal(20), 2)],
        )
        return course_id, queries.course_outcomes(uow.session, course_id)[0].id


def approved(world: World, value: service.RuleValue) -> UUID:
    with world.uow("mironova") as uow:
        rule_id = service.draft_rule(uow, org_id=world.school.id("school-14"), value=value)
    with world.uow("zimina") as uow:
        service.approve_rule(uow, rule_id, minutes_no="9", minutes_on=uow.now().date())
    return rule_id


def with_second_certificate(world: World, course_id: UUID, result: str = "90") -> UUID:
    """Let Sonya's family apply with two certificates; return the case."""
    case_id = world.applied()
    with world.uow("mironova") as uow:
        service.ask_family(uow, case_id, "Is there another certificate?")
    with world.uow("anna") as uow:
        value = service.CertificateValue(date(2026, 9, 1), Decimal(20), result, "N-7")
        service.add_certificate(uow, case_id, course_id=course_id, value=value, data=PDF, name="n.pdf")
        service.submit_case(uow, case_id)
    return case_id


def networks(world: World) -> tuple[UUID, UUID]:
    """Add a course on networks with a rule for the fourth outcome; return course and rule."""
    course_id, learned_id = known_course(world, "Сети для школьников")
    line = service.RuleLineValue(target_outcome_id=targets(world)[3], learned_id=learned_id)
    condition = service.AtLeast(1, (service.Passed(str(course_id), Decimal("0.6")),))
    value = service.RuleValue("15", condition, (line,), date(2025, 9, 1), title="Сети")
    return course_id, approved(world, value)


def report(world: World, case_id: UUID) -> MatchReport:
    with world.uow("mironova") as uow:
        service.build_match_report(uow, case_id)
    with world.runtime.read() as session:
        statement = sa.select(MatchReport).where(MatchReport.case_id == case_id)
        return session.scalars(statement.order_by(MatchReport.number.desc())).first()


def test_a_stored_case_and_its_file_give_the_same_report(world: World, environment: dict[str, str]) -> None:
    course_id, _rule = networks(world)
    with world.uow("gromova") as uow:
        value = service.PolicyValue(
            Decimal("0.55"), rounding=Rounding.HALF_UP, factors=MatchFactors(fresh_years=2)
        )
        service.set_conversion_policy(uow, org_id=world.school.id("school-14"), value=value)
    case_id = world.verified(with_second_certificate(world, course_id))
    stored = report(world, case_id)
    with world.runtime.read() as session:
        inputs = current_inputs(session, session.get_one(CreditCase, case_id), date(2026, 11, 6))
    file = json.loads(json.dumps(write_case(inputs)))
    result = match(read_case(file), list(world.runtime.registries.of(TRANSFER_RULES)))
    assert len(file["evidence"]) == len(file["rules"]) == len(file["courses"]) == 2
    assert result.input_hash == stored.input_hash
    assert canonical(result.rows) == stored.rows
    runner = CliRunner(env=environment)
    printed = runner.invoke(main, ["credit", "export", str(case_id)])
    answer = runner.invoke(main, ["credit", "match", "-", "--json"], input=printed.stdout)
    assert json.loads(answer.stdout)["input_hash"] == stored.input_hash
    assert json.loads(json.dumps(stored.inputs)) == json.loads(json.dumps(canonical(read_case(file))))


def test_taking_one_document_away_changes_exactly_the_rows_that_it_supported(world: World) -> None:
    course_id, _rule = networks(world)
    case_id = world.verified(with_second_certificate(world, course_id))
    before = {row["target_id"]: row for row in report(world, case_id).rows}
    second = next(d for d in world.case(case_id).documents if d.number == "N-7")
    supported = {
        key for key, row in before.items() for part in row["parts"] if str(second.id) in part["evidence"]
    }
    assert supported == {str(targets(world)[3])}
    with world.runtime.unit_of_work(world.school.actor("mironova")) as uow:
        uow.session.get_one(CreditDocument, second.id).removed_at = uow.now()
    after = {row["target_id"]: row for row in report(world, case_id).rows}
    assert {key for key in before if before[key] != after[key]} == supported


def test_hours_come_from_the_documents_that_the_report_names(world: World) -> None:
    course_id, rule_id = networks(world)
    case_id = world.referred(with_second_certificate(world, course_id))
    world.voted(case_id, ("sokolov", VoteChoice.FOR), ("dyatlov", VoteChoice.FOR))
    with world.uow("belova") as uow:
        receipt = service.decide(uow, case_id, is_granted=True)
    with world.runtime.read() as session:
        rows = session.scalars(sa.select(CreditDocument).where(CreditDocument.case_id == case_id)).all()
        drawn = {row.number: row.hours_drawn for row in rows}
        used = queries.cases_of_rule(session, rule_id)
    assert drawn["N-7"] == Decimal(6) and sum(drawn.values()) == receipt.hours
    assert [row.case_id for row in used] == [case_id]


def test_a_rule_retired_while_a_case_runs_stays_in_its_report_and_leaves_the_next(
    world: World, sign_in: Callable[[str], FlaskClient]
) -> None:
    course_id, rule_id = networks(world)
    case_id = world.referred(with_second_certificate(world, course_id))
    last = str(targets(world)[3])
    first = next(row for row in world.case(case_id).outcomes if str(row.outcome_id) == last)
    with world.uow("zimina") as uow:
        service.retire_rule(uow, rule_id, "The centre has changed the course.")
    assert next(row for row in world.case(case_id).outcomes if str(row.outcome_id) == last) == first
    with pytest.raises(Conflict, match=r"credit\.stale_report"), world.uow("sokolov") as uow:
        service.vote(uow, case_id, choice=VoteChoice.FOR)
    seat, desk = f"/credit/commission/{case_id}", f"/credit/office/{case_id}"
    page = sign_in("sokolov").get(seat).text
    assert "Отчёт устарел" in page and f'action="{seat}/vote"' not in page
    office = sign_in("mironova")
    assert "Сравнить заново" in office.get(desk).text
    assert office.post(f"{desk}/match").status_code == 303
    assert "Сравнить заново" not in office.get(desk).text
    assert f'action="{seat}/vote"' in sign_in("sokolov").get(seat).text
    anew = {row["target_id"]: row for row in report(world, case_id).rows}
    assert (first.verdict.value, anew[last]["verdict"]) == ("covered", "gap")
    with world.runtime.read() as session:
        rule = session.get_one(EquivalenceRule, rule_id)
        assert (rule.state, rule.retired_reason) == (RuleState.RETIRED, "The centre has changed the course.")


def test_a_rule_is_approved_by_somebody_else_with_minutes_and_fixed_from_then_on(world: World) -> None:
    course_id, learned_id = known_course(world, "Сети")
    line = service.RuleLineValue(target_outcome_id=targets(world)[3], learned_id=learned_id)
    value = service.RuleValue("16", service.Passed(str(course_id), Decimal("0.5")), (line,), date(2025, 9, 1))
    org_id = world.school.id("school-14")
    with world.uow("zimina") as uow:
        rule_id = service.draft_rule(uow, org_id=org_id, value=value)
    with pytest.raises(InvalidInput, match=r"credit\.rule_own"), world.uow("zimina") as uow:
        service.approve_rule(uow, rule_id, minutes_no="1", minutes_on=uow.now().date())
    for number, days in (("", 0), ("1", 1)):
        with pytest.raises(InvalidInput, match=r"credit\.minutes"), world.uow("gromova") as uow:
            day = uow.now().date() + timedelta(days=days)
            service.approve_rule(uow, rule_id, minutes_no=number, minutes_on=day)
    with world.uow("gromova") as uow:
        service.approve_rule(uow, rule_id, minutes_no="1", minutes_on=uow.now().date())
    with pytest.raises(Conflict, match=r"credit\.rule_fixed"), world.uow("mironova") as uow:
        service.rewrite_rule(uow, rule_id, value)
    with world.uow("mironova") as uow:
        copy_id = service.copy_rule(uow, rule_id)
        assert service.copy_rule(uow, rule_id) == copy_id
        double = service.RuleValue("17", value.condition, (line, line), date(2025, 9, 1))
        with pytest.raises(InvalidInput, match=r"credit\.rule"):
            service.draft_rule(uow, org_id=org_id, value=double)


def come_by_itself(world: World, case_id: UUID, evidence: EvidenceKind) -> None:
    """Turn Sonya's certificate into what a partner or platform has sent."""
    with world.uow("mironova") as uow:
        row = uow.session.scalars(sa.select(CreditDocument).where(CreditDocument.case_id == case_id)).one()
        row.evidence, row.method = evidence, VerificationMethod.RECORD
        row.verification, row.verified_by, row.verified_at = Verification.VERIFIED, None, uow.now()
        row.hours = Decimal(30)


def whole_item_rule(world: World) -> None:
    """Approve: whoever passed the course «Python для начинающих» has the whole module."""
    with world.runtime.read() as session:
        rule = session.scalars(
            sa.select(EquivalenceRule).where(EquivalenceRule.state == RuleState.APPROVED)
        ).one()
        course_id, rule_id = rule.courses[0].course_id, rule.id
    with world.uow("zimina") as uow:
        service.retire_rule(uow, rule_id, "A wider one takes its place.")
    lines = tuple(service.RuleLineValue(target_outcome_id=one) for one in targets(world))
    condition = service.Passed(str(course_id), Decimal("0.6"))
    approved(world, service.RuleValue("18", condition, lines[:1], date(2025, 9, 1)))
    with world.runtime.read() as session:
        item = queries.items_to_credit(session, world.school.id("sonya"))[0]
    line = service.RuleLineValue(target_item_id=item.curriculum_item_id)
    approved(world, service.RuleValue("18", condition, (line,), date(2025, 9, 1)))


def agreement(world: World, **more: object) -> UUID:
    with world.uow("gromova") as uow:
        source = uow.session.scalars(sa.select(LearningSource).where(LearningSource.trust_tier == 1)).one()
        value = service.AgreementValue(
            source.id, "С-1", date(2026, 8, 1), **{"valid_from": date(2026, 8, 1), **more}, is_automatic=True
        )
        return service.conclude_agreement(uow, org_id=world.school.id("school-14"), value=value)


def another_course(world: World) -> UUID:
    """Put another course of the partner on the list."""
    with world.uow("mironova") as uow:
        source = uow.session.scalars(sa.select(LearningSource).where(LearningSource.trust_tier == 1)).one()
        return service.add_external_course(
            uow,
            source.id,
            org_id=world.school.id("school-14"),
            title="Python: второй год",
            hours=Decimal(60),
            scale=ResultScale.PASS_FAIL,
        )


def sent(world: World, *, is_allowed: bool) -> UUID:
    """Let what the partner sent be handed in once more by the family; return the case."""
    with world.uow("gromova") as uow:
        value = service.PolicyValue(Decimal("0.5"), is_automatic=is_allowed, order_ref="Приказ № 70")
        service.set_conversion_policy(uow, org_id=world.school.id("school-14"), value=value)
    whole_item_rule(world)
    case_id = world.applied()
    with world.uow("mironova") as uow:
        service.ask_family(uow, case_id, "Is that all?")
    come_by_itself(world, case_id, EvidenceKind.PARTNER)
    with world.uow("anna") as uow:
        service.submit_case(uow, case_id)
    return case_id


def test_what_is_certain_is_credited_at_once_and_can_be_appealed(world: World) -> None:
    agreement(world, subjects=("informatics",))
    case_id = sent(world, is_allowed=True)
    case = world.case(case_id)
    assert case.state is CaseState.CLOSED and case.decision is not None
    assert case.decision.is_automatic and case.decision.decided_by is None
    assert case.decision.hours == case.decision.hours_total == Decimal(30)
    with world.uow("anna") as uow:
        service.file_appeal(uow, case_id, "We would like people to look at it.")
    with world.uow("zimina") as uow:
        service.resolve_appeal(uow, case_id, is_upheld=False, answer="They will.")
    assert world.case(case_id).state is CaseState.IN_COMMISSION


#: Agreements of another scope or term than the result of Sonya, which is of August and handed in in November.
NARROW: dict[str, dict[str, object]] = {
    "scope": {"subjects": ("physics",)},
    "grade": {"grades": (5,)},
    "early": {"valid_from": date(2026, 12, 1)},
    "late": {"valid_to": date(2026, 10, 1)},
    "earned": {"valid_from": date(2026, 10, 1)},
}


@pytest.mark.parametrize(
    "why", ["school", "scope", "grade", "course", "early", "late", "earned", "revoked", "none"]
)
def test_nothing_is_automatic_without_the_school_the_scope_and_the_agreement(
    world: World, sign_in, why: str
) -> None:
    if why == "course":
        agreement(world, course_ids=(another_course(world),))
    elif why != "none":
        agreement_id = agreement(world, **NARROW.get(why, {}))
    if why == "revoked":
        with world.uow("gromova") as uow:
            service.revoke_agreement(uow, agreement_id, "The partner has closed.")
    case_id = sent(world, is_allowed=why != "school")
    case = world.case(case_id)
    assert case.state is CaseState.VERIFYING
    said = case.agreement.standing.value if case.agreement is not None else "covers"
    expected = {
        "school": "covers",
        "grade": "scope",
        "course": "scope",
        "early": "term",
        "late": "term",
        "earned": "term",
    }
    assert said == expected.get(why, why)
    page = sign_in("anna").get(f"/credit/{case_id}").text
    assert ("сравнивают его люди" in page) == (why != "school")


def test_of_several_courses_each_counts_once(world: World) -> None:
    with world.runtime.read() as session:
        course_id = str(session.scalars(sa.select(EquivalenceRule)).first().courses[0].course_id)  # type: ignore[union-attr]
    other_id = str(another_course(world))
    strict, lenient = service.Passed(course_id, Decimal("0.8")), service.Passed(course_id, Decimal("0.5"))
    lines = (service.RuleLineValue(target_outcome_id=targets(world)[0]),)
    first_day, org_id = date(2026, 9, 1), world.school.id("school-14")
    twice = service.AtLeast(2, (strict, lenient, service.Passed(other_id, Decimal("0.5"))))
    with pytest.raises(InvalidInput) as refused, world.uow("mironova") as uow:
        service.draft_rule(uow, org_id=org_id, value=service.RuleValue("31", twice, lines, first_day))
    assert refused.value.fields == {"condition": ["credit.rule_course_twice"]}
    either = service.AtLeast(1, (strict, lenient))  # one of two ways of passing it is no double counting
    with world.uow("mironova") as uow:
        service.draft_rule(uow, org_id=org_id, value=service.RuleValue("32", either, lines, first_day))


def test_revoking_an_agreement_or_retiring_the_rule_leaves_what_was_decided(world: World) -> None:
    agreement_id = agreement(world)
    case_id = sent(world, is_allowed=True)
    before = state_of(world)
    with world.uow("gromova") as uow:
        service.revoke_agreement(uow, agreement_id, "The partner has closed.")
    with world.uow("zimina") as uow:
        in_force = sa.select(EquivalenceRule.id).where(EquivalenceRule.state == RuleState.APPROVED)
        service.retire_rule(uow, uow.session.scalars(in_force).one(), "The course has changed.")
    assert world.case(case_id).state is CaseState.CLOSED and state_of(world) == before


def state_of(world: World) -> str:
    """Return everything that a credit consists of, in one spelling; when a fact last moved is left out."""
    tables = (CreditCase, CreditDocument, CreditDecision, CreditEffect, BasisFact, MatchReport)
    with world.runtime.read() as session:
        rows = [
            {key: str(value) for key, value in row._mapping.items() if key not in {"changed_at", "reason"}}
            for table in tables
            for row in session.execute(sa.select(table.__table__).order_by(table.__table__.c.id))
        ]
        plan = queries.active_plan(session, world.school.id("sonya"))
        return json.dumps([rows, repr([item.status for item in plan.items])], ensure_ascii=False)


def test_annulling_and_reinstating_any_number_of_times_is_the_identity(world: World) -> None:
    case_id = world.referred()
    world.voted(case_id, ("sokolov", VoteChoice.FOR), ("dyatlov", VoteChoice.FOR))
    with world.uow("belova") as uow:
        service.decide(uow, case_id, is_granted=True)
    before = state_of(world)
    for _ in range(3):
        with world.uow("gromova") as uow:
            service.suspend_credit(uow, case_id, "Doubts.")
        assert state_of(world) != before
        with world.uow("gromova") as uow:
            service.confirm_credit(uow, case_id, "They were unfounded.")
        assert state_of(world) == before


def test_an_enrolment_names_an_agreement_on_record_and_shows_whether_it_still_holds(
    world: World, sign_in: Callable[[str], FlaskClient]
) -> None:
    agreement_id = agreement(world)
    runtime, school = world.runtime, world.school
    with world.uow("kim") as uow:
        course_id = course_service.create_course(uow, NewCourse(school.id("school-14"), "Сеть", "physics"))
        text = NewBlock("text", "text", {"markdown": "Тепло."})
        course_service.add_section(uow, course_id, NewSection("one", "Первый", (text,)))
        course_service.publish_course(uow, course_id)
    kim = sign_in("kim")
    page = f"/courses/{course_id}/progress"
    assert str(agreement_id) in kim.get(page).text
    form = {
        "csrf_token": csrf(kim, page),
        "person_id": str(school.id("lev")),
        "ground": "network",
        "agreement_id": str(agreement_id),
    }
    assert kim.post(f"/courses/{course_id}/students", data=form).status_code == 303
    with runtime.read() as session:
        enrolment = course_queries.enrolment_of(session, school.id("lev"), course_id)
        assert enrolment is not None and enrolment.agreement_id == agreement_id
        assert "С-1" in enrolment.reference
    assert "(действует)" in kim.get(f"{page}/{enrolment.id}").text
    with runtime.read() as session:
        (in_class, *_more) = classes_of(session, [school.id("school-14")], runtime.clock.now())
    by_class = {key: form[key] for key in ("csrf_token", "agreement_id")} | {"class_id": str(in_class.id)}
    assert kim.post(f"/courses/{course_id}/classes", data=by_class).status_code == 303
    with runtime.read() as session:
        told = course_queries.enrolment_of(session, school.id("sonya"), course_id)
        assert told is not None and (told.ground.value, told.agreement_id) == ("network", agreement_id)
    with world.uow("gromova") as uow:
        service.revoke_agreement(uow, agreement_id, "Расторгнут")
    assert "уже не действует" in kim.get(f"{page}/{enrolment.id}").text
    assert str(agreement_id) not in kim.get(page).text
    assert kim.post(f"/courses/{course_id}/classes", data=by_class).status_code == 422
