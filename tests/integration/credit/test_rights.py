"""Who may do what with a case; what an attacker gets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError

from lms.core.actor import SYSTEM
from lms.core.clock import FixedClock
from lms.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from lms.core.models import AccessLog, LedgerEntry, OutboxEvent
from lms.people import queries as people_queries
from lms.people import service as people
from lms.people.models import Person
from lms.people.types import RoleKind
from lms.plans import queries, service
from lms.plans.credit_models import (
    CreditCase,
    CreditDecision,
    CreditDocument,
    CreditEffect,
    CreditVote,
    MatchReport,
)
from lms.plans.models import BasisFact
from lms.plans.service.credit import notices
from lms.plans.types import (
    BasisState,
    CaseState,
    CreditVerdict,
    DocumentKind,
    EffectState,
    LicenceState,
    Verification,
    VoteChoice,
)
from tests.fixtures.credit_world import World

FOR, AGAINST, ABSTAIN = VoteChoice.FOR, VoteChoice.AGAINST, VoteChoice.ABSTAIN


def granted(world: World) -> object:
    case_id = world.referred()
    world.voted(case_id, ("sokolov", FOR), ("dyatlov", FOR))
    with world.uow("belova") as uow:
        service.decide(uow, case_id, is_granted=True)
    return case_id


def test_a_member_votes_once(world: World) -> None:
    case_id = world.voted(world.referred(), ("sokolov", FOR))
    with pytest.raises(Conflict, match=r"credit\.voted"), world.uow("sokolov") as uow:
        service.vote(uow, case_id, choice=AGAINST, reason="On second thoughts.")
    assert world.case(case_id).tally.cast == 1


def test_the_database_itself_refuses_a_second_vote(world: World) -> None:
    case_id = world.voted(world.referred(), ("sokolov", FOR))
    with pytest.raises(IntegrityError), world.runtime.unit_of_work(SYSTEM) as uow:
        first = uow.session.scalars(sa.select(CreditVote)).one()
        uow.session.add(
            CreditVote(
                case_id=case_id,
                round=first.round,
                member_id=first.member_id,
                choice=FOR,
                report_id=first.report_id,
                at=uow.now(),
            )
        )


def test_a_vote_against_needs_a_reason(world: World) -> None:
    case_id = world.referred()
    with pytest.raises(InvalidInput, match=r"credit\.vote_reason"), world.uow("sokolov") as uow:
        service.vote(uow, case_id, choice=AGAINST)


def test_a_member_who_is_a_parent_neither_votes_nor_decides(world: World) -> None:
    case_id = world.referred()
    with world.runtime.unit_of_work(SYSTEM) as uow:
        org = world.school.id("school-14")
        for login in ("sokolov", "belova"):
            people.add_guardian(
                uow,
                child_id=world.school.id("sonya"),
                adult_id=world.school.id(login),
                org_id=org,
                proof="Свидетельство",
            )
    with pytest.raises(Forbidden, match=r"credit\.not_impartial"), world.uow("sokolov") as uow:
        service.vote(uow, case_id, choice=FOR)
    with pytest.raises(Forbidden, match=r"credit\.not_impartial"), world.uow("belova") as uow:
        service.decide(uow, case_id, is_granted=True)


def test_whoever_applied_does_not_vote(world: World) -> None:
    """A parent who sits on the commission and lost the guardianship later is still the author."""
    case_id = world.referred()
    with world.runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(
            sa.text("UPDATE credit_case SET submitted_by = :p"), {"p": _bind(uow, world.school.id("dyatlov"))}
        )
    with pytest.raises(Forbidden, match=r"credit\.not_impartial"), world.uow("dyatlov") as uow:
        service.vote(uow, case_id, choice=FOR)


def _bind(uow: object, value: object) -> object:
    dialect = uow.session.get_bind().dialect.name  # type: ignore[attr-defined]
    return value.hex if dialect == "sqlite" else value  # type: ignore[attr-defined]


def test_no_decision_without_a_quorum(world: World) -> None:
    case_id = world.voted(world.referred(), ("sokolov", FOR))
    with pytest.raises(Conflict, match=r"credit\.no_quorum") as refused, world.uow("belova") as uow:
        service.decide(uow, case_id, is_granted=True)
    assert refused.value.params == {"cast": 1, "needed": 2, "members": 3}
    assert world.case(case_id).state is CaseState.IN_COMMISSION


def test_the_chair_cannot_decide_against_the_votes(world: World) -> None:
    case_id = world.voted(world.referred(), ("sokolov", FOR), ("dyatlov", AGAINST))
    with pytest.raises(Conflict, match=r"credit\.votes_against"), world.uow("belova") as uow:
        service.decide(uow, case_id, is_granted=True)
    other = world.referred(world.applied("lev", "irina", number="М-2"))
    world.voted(other, ("sokolov", FOR), ("dyatlov", FOR))
    with pytest.raises(Conflict, match=r"credit\.votes_for"), world.uow("belova") as uow:
        service.decide(uow, other, is_granted=False, reason="No.", remedy="None.")


def test_only_the_chair_records_a_decision(world: World) -> None:
    case_id = world.voted(world.referred(), ("sokolov", FOR), ("dyatlov", FOR))
    with pytest.raises(Forbidden), world.uow("sokolov") as uow:
        service.decide(uow, case_id, is_granted=True)


def test_a_stale_report_is_neither_voted_on_nor_decided(world: World) -> None:
    case_id = world.voted(world.referred(), ("sokolov", FOR), ("dyatlov", FOR))
    with world.runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(sa.update(CreditDocument).values(hours=Decimal(10)))
    with pytest.raises(Conflict, match=r"credit\.stale_report"), world.uow("belova") as uow:
        service.vote(uow, case_id, choice=FOR)
    with pytest.raises(Conflict, match=r"credit\.stale_report"), world.uow("belova") as uow:
        service.decide(uow, case_id, is_granted=True)

    with world.uow("mironova") as uow:
        report = service.build_match_report(uow, case_id)
    assert report.hours == 10
    case = world.case(case_id)
    assert (case.round, case.tally.cast) == (2, 0), "votes belong to the report they were given on"


def test_comparing_again_without_a_change_keeps_the_report_and_the_votes(world: World) -> None:
    case_id = world.voted(world.referred(), ("sokolov", FOR))
    before = world.case(case_id)
    with world.uow("mironova") as uow:
        receipt = service.build_match_report(uow, case_id)
    after = world.case(case_id)
    assert before.report is not None
    assert receipt.report_id == before.report.id
    assert (after.round, after.tally.cast) == (1, 1)
    with world.runtime.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(MatchReport)) == 1


def test_other_hours_than_the_report_need_a_recorded_reason(world: World) -> None:
    case_id = world.voted(world.referred(), ("sokolov", FOR), ("dyatlov", FOR))
    rows = world.case(case_id).outcomes
    hours = {row.outcome_id: row.hours_total if n < 2 else Decimal(0) for n, row in enumerate(rows)}
    with pytest.raises(InvalidInput, match=r"credit\.override_needed"), world.uow("belova") as uow:
        service.decide(uow, case_id, is_granted=True, hours=hours)
    with world.uow("belova") as uow:
        receipt = service.decide(
            uow, case_id, is_granted=True, hours=hours, override_reason="The programme says otherwise."
        )
    decision = world.case(case_id).decision
    assert decision is not None
    assert (receipt.hours, decision.override_reason) == (20, "The programme says otherwise.")


@pytest.mark.parametrize(
    ("hours", "code"),
    [
        ((13, 0, 0, 0), "credit.hours_outcome"),
        ((12, 8, 4, 6), "credit.hours_certificate"),
        ((-1, 0, 0, 0), "credit.hours_"),
    ],
)
def test_hours_never_exceed_the_outcome_or_the_certificate(
    world: World, hours: tuple[int, ...], code: str
) -> None:
    case_id = world.voted(world.referred(), ("sokolov", FOR), ("dyatlov", FOR))
    rows = world.case(case_id).outcomes
    chosen = {row.outcome_id: Decimal(h) for row, h in zip(rows, hours, strict=True)}
    with pytest.raises(InvalidInput, match=code), world.uow("belova") as uow:
        service.decide(uow, case_id, is_granted=True, hours=chosen, override_reason="Because.")


def test_the_database_itself_refuses_too_many_hours(world: World) -> None:
    granted(world)
    for statement in (
        sa.update(CreditDocument).values(hours_drawn=Decimal(25)),
        sa.update(CreditEffect).values(hours=Decimal(31)),
    ):
        with pytest.raises(IntegrityError), world.runtime.unit_of_work(SYSTEM) as uow:
            uow.session.execute(statement)


def test_one_certificate_is_not_counted_twice(world: World) -> None:
    """The same number of the same source gives only the hours that are left (C2), the same item only what is open (C1)."""
    granted(world)
    case_id = world.referred(world.applied("lev", "irina", number="м-2241"))
    report = world.case(case_id).report
    assert report is not None
    assert report.hours == 2, "24 hours on the paper, 22 of them drawn before"


def test_an_item_is_credited_only_up_to_its_hours(world: World) -> None:
    granted(world)
    case_id = world.referred(world.applied(number="М-5000"))
    report = world.case(case_id).report
    assert report is not None
    hours = [row.hours for row in report.rows]
    assert hours[:2] == [0, 0] and sorted(hours[2:]) == [0, 2], "only what the first credit left open"


def test_a_refusal_has_reasons_a_remedy_and_a_clock(world: World) -> None:
    case_id = world.referred(world.applied(result="40"))
    world.voted(case_id, ("sokolov", AGAINST), ("dyatlov", AGAINST))
    with pytest.raises(InvalidInput) as refused, world.uow("belova") as uow:
        service.decide(uow, case_id, is_granted=False)
    assert set(refused.value.fields) == {"reason", "remedy"}
    with world.uow("belova") as uow:
        service.decide(
            uow, case_id, is_granted=False, reason="40 of 100, 60 needed.", remedy="Take the test again."
        )
    case = world.case(case_id)
    assert case.decision is not None
    assert (case.state, case.decision.verdict, case.decision.sent_at) == (
        CaseState.DECIDED,
        CreditVerdict.NONE,
        None,
    )
    assert case.decision.send_by.isoformat() == "2026-11-16", "three working days after Wednesday the 11th"
    with world.uow("mironova") as uow:
        assert service.mark_sent(uow, case_id).state is CaseState.CLOSED
    with pytest.raises(Conflict), world.uow("mironova") as uow:
        service.mark_sent(uow, case_id)


def test_a_decision_writes_ledger_event_and_basis_in_one_transaction(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = world.voted(world.referred(), ("sokolov", FOR), ("dyatlov", FOR))
    kept = (CreditDecision, CreditEffect, BasisFact, LedgerEntry, OutboxEvent)

    def standing() -> tuple[object, ...]:
        with world.runtime.read() as session:
            drawn = session.scalar(sa.select(sa.func.sum(CreditDocument.hours_drawn)))
            counts = [session.scalar(sa.select(sa.func.count()).select_from(table)) for table in kept]
            return (session.get_one(CreditCase, case_id).state, drawn, *counts)

    def broken(*_anything: object) -> None:
        raise RuntimeError("the last step fails")

    before = standing()
    with monkeypatch.context() as patch:
        patch.setattr(notices, "tell_family", broken)
        with pytest.raises(RuntimeError, match="last step"), world.uow("belova") as uow:
            service.decide(uow, case_id, is_granted=True)
    assert standing() == before, "all of it or nothing"
    with world.uow("belova") as uow:
        service.decide(uow, case_id, is_granted=True)
    assert all(is_more > was for is_more, was in zip(standing()[2:], before[2:], strict=True))  # type: ignore[operator]
    with world.runtime.read() as session:
        kinds = list(session.scalars(sa.select(LedgerEntry.kind)))
        assert "plans.credit_decided" in kinds
        events = session.scalars(
            sa.select(OutboxEvent.payload).where(OutboxEvent.kind == "plans.credit_decided")
        ).all()
        assert [e["case_id"] for e in events] == [str(case_id)]


def test_another_familys_case_does_not_exist(world: World) -> None:
    case_id = world.applied()
    for login in ("irina", "ruslan"):
        with pytest.raises(NotFound, match=r"auth\.out_of_reach"), world.uow(login) as uow:
            service.withdraw_case(uow, case_id)
        with pytest.raises(NotFound), world.uow(login) as uow:
            service.attach_evidence(
                uow, case_id, kind=DocumentKind.OTHER, data=b"%PDF-1.4 %%EOF", name="a.pdf"
            )
    with pytest.raises(NotFound), world.uow("anna") as uow:
        service.open_case(uow, person_id=world.school.id("lev"), plan_id=uuid4(), stable_key="x")


def test_an_office_of_another_school_does_not_reach_the_case(world: World) -> None:
    case_id = world.applied()
    with pytest.raises(NotFound), world.uow("noskova") as uow:
        service.start_verification(uow, case_id)


def test_a_commission_member_without_a_seat_is_out_of_reach(world: World) -> None:
    case_id = world.referred()
    with world.runtime.unit_of_work(SYSTEM) as uow:
        org = world.school.id("school-14")
        people.grant_role(uow, person_id=world.school.id("kim"), org_id=org, kind=RoleKind.COMMISSION_MEMBER)
    with pytest.raises(NotFound), world.uow("kim") as uow:
        service.vote(uow, case_id, choice=FOR)


def test_a_minor_reads_the_case_and_changes_nothing(world: World) -> None:
    case_id = world.applied()
    with pytest.raises(NotFound), world.uow("sonya") as uow:
        service.withdraw_case(uow, case_id)


def test_after_sending_the_family_changes_nothing_until_it_is_asked(world: World) -> None:
    case_id = world.applied()
    with pytest.raises(Conflict, match=r"credit\.not_now"), world.uow("anna") as uow:
        service.attach_evidence(uow, case_id, kind=DocumentKind.OTHER, data=b"%PDF-1.4 %%EOF", name="a.pdf")
    with world.uow("mironova") as uow:
        service.ask_family(uow, case_id, "Please add the programme of the course.")
    with world.uow("anna") as uow:
        service.attach_evidence(
            uow, case_id, kind=DocumentKind.PROGRAMME, data=b"%PDF-1.4 %%EOF", name="p.pdf"
        )
        assert service.submit_case(uow, case_id).state is CaseState.VERIFYING
    assert world.case(case_id).question == ""


def test_a_term_begins_with_the_schools_own_day_at_new_year_too(world: World, clock: FixedClock) -> None:
    clock.move_to(datetime(2026, 12, 31, 21, 30, tzinfo=UTC))  # half past midnight of the new year in Moscow
    case_id = world.applied()
    with world.runtime.read() as session:
        assert world.case(case_id).review_due_on == people_queries.working_days_after(
            session, date(2027, 1, 1), 10
        )
    with world.uow("mironova") as uow:
        service.start_verification(uow, case_id)
        service.ask_family(uow, case_id, "Which day did the course end?")
    with world.uow("anna") as uow:
        service.describe_certificate(
            uow, case_id, service.CertificateValue(date(2027, 1, 1), Decimal(36), "90")
        )
        with pytest.raises(InvalidInput, match=r"credit\.certificate"):
            service.describe_certificate(
                uow, case_id, service.CertificateValue(date(2027, 1, 2), Decimal(36), "90")
            )


def test_the_clock_stands_while_the_family_owes_an_answer(
    world: World, clock: FixedClock, sign_in: Callable[[str], FlaskClient]
) -> None:
    case_id = world.applied()
    first = world.case(case_id).review_due_on
    clock.advance(timedelta(days=2))
    with world.uow("mironova") as uow:
        service.ask_family(uow, case_id, "Which day did the course end?")
    left = world.case(case_id).days_left
    assert left
    clock.advance(timedelta(days=30))
    for login, page in (("anna", "/credit/{}"), ("mironova", "/credit/office/{}")):
        assert f"{left}" in sign_in(login).get(page.format(case_id)).text
        assert "стоит" in sign_in(login).get(page.format(case_id)).text
    with world.uow("anna") as uow:
        service.submit_case(uow, case_id)
        after = uow.now().date()
    case = world.case(case_id)
    assert case.days_left is None
    assert first is not None
    assert case.review_due_on is not None
    assert case.review_due_on > first
    with world.runtime.read() as session:
        assert people_queries.working_days_between(session, after, case.review_due_on) == left


def test_an_unlicensed_source_leads_to_attestation_only(world: World) -> None:
    with world.runtime.read() as session:
        item = queries.items_to_credit(session, world.school.id("sonya"))[0]
        sources = session.scalars(queries.sources_statement(item.org_id, "кодинг")).all()
    assert [s.licence_state for s in sources] == [LicenceState.UNLICENSED]
    with world.uow("anna") as uow:
        step = service.open_case(
            uow, person_id=item.person_id, plan_id=item.plan_id, stable_key=item.stable_key
        )
        assert service.choose_source(uow, step.case_id, sources[0].id) is LicenceState.UNLICENSED
    with pytest.raises(InvalidInput, match=r"credit\.not_educational"), world.uow("anna") as uow:
        service.submit_case(uow, step.case_id)
    with world.uow("anna") as uow:
        assert service.take_to_attestation(uow, step.case_id).state is CaseState.ASSESSMENT_REQUIRED
    with world.uow("mironova") as uow:
        service.arrange_attestation(uow, step.case_id)
    with pytest.raises(Conflict), world.uow("mironova") as uow:
        service.build_match_report(uow, step.case_id)


def test_a_licensed_source_is_not_sent_to_attestation(world: World) -> None:
    case_id = world.applied()
    with pytest.raises(Conflict, match=r"credit\.is_educational"), world.uow("mironova") as uow:
        service.take_to_attestation(uow, case_id)


def test_a_source_of_the_familys_own_waits_for_the_register(world: World) -> None:
    with world.runtime.read() as session:
        item = queries.items_to_credit(session, world.school.id("sonya"))[0]
    with world.uow("anna") as uow:
        step = service.open_case(
            uow, person_id=item.person_id, plan_id=item.plan_id, stable_key=item.stable_key
        )
        service.suggest_source(
            uow, step.case_id, name="Клуб «Робот»", website="", licence_no="", is_educational=True
        )
        service.describe_course(uow, step.case_id, title="Роботы", hours=Decimal(20))
        value = service.CertificateValue(uow.now().date(), Decimal(20), "90")
        service.describe_certificate(uow, step.case_id, value)
        service.attach_evidence(
            uow, step.case_id, kind=DocumentKind.CERTIFICATE, data=b"%PDF-1.4 %%EOF", name="c.pdf"
        )
        service.submit_case(uow, step.case_id)
    world.verified(step.case_id)
    with pytest.raises(Conflict, match=r"credit\.licence_first"), world.uow("mironova") as uow:
        service.build_match_report(uow, step.case_id)
    case = world.case(step.case_id)
    assert case.source_id is not None
    with world.uow("mironova") as uow:
        service.check_source(
            uow,
            case.source_id,
            org_id=case.org_id,
            licence_state=LicenceState.LICENSED,
            licence_no="Л035-1",
            trust_tier=3,
        )
        assert service.build_match_report(uow, step.case_id).recommendation == "look"


def test_documents_are_checked_before_the_course_is_compared(world: World) -> None:
    case_id = world.applied()
    with world.uow("mironova") as uow:
        service.start_verification(uow, case_id)
    with pytest.raises(Conflict, match=r"credit\.documents_first"), world.uow("mironova") as uow:
        service.build_match_report(uow, case_id)


def test_a_certificate_that_its_source_denies_does_not_count(world: World) -> None:
    case_id = world.verified(world.applied(), Verification.REJECTED)
    with world.uow("mironova") as uow:
        report = service.build_match_report(uow, case_id)
    assert (report.hours, report.recommendation) == (0, "refuse")
    row = world.case(case_id).outcomes[0]
    assert (row.verdict.value, row.weakest) == ("gap", "forged")


def test_a_suspended_credit_comes_back_exactly(world: World) -> None:
    case_id = granted(world)

    def situation() -> tuple[object, ...]:
        with world.runtime.read() as session:
            plan = queries.active_plan(session, world.school.id("sonya"))
            effects = session.execute(
                sa.select(CreditEffect.outcome_id, CreditEffect.hours, CreditEffect.state)
            ).all()
            assert plan is not None
            return (
                plan.items[0].status,
                sorted((str(o), h, s.value) for o, h, s in effects),
                world.case(case_id).state,
            )

    before = situation()
    with world.uow("gromova") as uow:
        service.suspend_credit(uow, case_id, "The centre says it never issued it.")
    during = situation()
    assert during != before
    assert during[0].state.value == "suspended"  # type: ignore[attr-defined]
    with world.uow("gromova") as uow:
        service.confirm_credit(uow, case_id, "It was a mistake of the centre's office.")
    assert situation() == before


def test_a_revoked_credit_frees_the_certificate_and_the_item(world: World) -> None:
    case_id = granted(world)
    with world.uow("gromova") as uow:
        service.suspend_credit(uow, case_id, "Doubts.")
        service.revoke_credit(uow, case_id, "The certificate is forged.")
    with world.runtime.read() as session:
        assert {e.state for e in session.scalars(sa.select(CreditEffect))} == {EffectState.REVOKED}
        assert session.scalar(sa.select(sa.func.sum(CreditDocument.hours_drawn))) == 0
        plan = queries.active_plan(session, world.school.id("sonya"))
        assert plan is not None
        assert {fact.state for fact in plan.items[0].facts} == {BasisState.REVOKED}
        assert plan.items[0].status.credited_hours == 0


def form_of_others(world: World, head: FlaskClient) -> None:
    """Let the head form a commission of people who have judged in nothing yet."""
    roles = {"frolova": RoleKind.COMMISSION_CHAIR, "yudin": RoleKind.COMMISSION_MEMBER}
    with world.runtime.unit_of_work(SYSTEM) as uow:
        for login, kind in {**roles, "gusev": RoleKind.COMMISSION_MEMBER}.items():
            people.grant_role(
                uow, person_id=world.school.id(login), org_id=world.school.id("school-14"), kind=kind
            )
    sent = {
        "name": "Комиссия по апелляциям",
        "order_ref": "Приказ № 77",
        "chair_id": world.school.id("frolova"),
        "member_ids": [world.school.id("yudin")],
    }
    page = head.post("/credit/commissions", data=sent)
    assert (
        page.status_code == 422 and "Приказ № 77" in page.text
    )  # two are too few, and nothing typed is lost
    sent["member_ids"] += [world.school.id("gusev")]
    assert head.post("/credit/commissions", data=sent).status_code == 303
    assert "Комиссия по апелляциям" in head.get("/credit/commissions").text


def test_an_appeal_is_answered_and_decided_by_other_people_in_a_new_round(
    world: World, sign_in: Callable[[str], FlaskClient]
) -> None:
    case_id = granted(world)
    with world.uow("anna") as uow:
        service.file_appeal(uow, case_id, "The network was taught in module 7.")
    with pytest.raises(Conflict), world.uow("anna") as uow:
        service.file_appeal(uow, case_id, "Again.")
    with world.uow("gromova") as uow:
        service.resolve_appeal(uow, case_id, is_upheld=False, answer="The commission looks at module 7.")
    case = world.case(case_id)
    assert (case.state, case.round) == (CaseState.IN_COMMISSION, 2)
    for login in ("sokolov", "belova"):
        with pytest.raises(Forbidden, match=r"credit\.judged_before"), world.uow(login) as uow:
            service.vote(uow, case_id, choice=FOR)
    assert "В этой комиссии не хватает тех" in sign_in("mironova").get(f"/credit/office/{case_id}").text
    form_of_others(world, sign_in("gromova"))
    world.voted(case_id, ("frolova", FOR), ("yudin", FOR))
    with pytest.raises(NotFound), world.uow("belova") as uow:
        service.decide(uow, case_id, is_granted=True)
    hours = {row.outcome_id: Decimal(h) for row, h in zip(case.outcomes, (12, 8, 4, 0), strict=True)}
    with world.uow("frolova") as uow:
        receipt = service.decide(uow, case_id, is_granted=True, hours=hours, override_reason="Module 7.")
    assert receipt.hours == 24
    with world.runtime.read() as session:
        plan = queries.active_plan(session, world.school.id("sonya"))
        assert plan is not None
        assert plan.items[0].status.credited_hours == 24, (
            "the new decision replaces the first, it does not add to it"
        )


def test_a_student_of_age_is_told_to_choose_and_does(
    world: World, sign_in: Callable[[str], FlaskClient]
) -> None:
    base = f"/credit/{granted(world)}"
    assert "выберут родители" in sign_in("sonya").get(base).text
    with world.runtime.unit_of_work(SYSTEM) as uow:
        uow.session.get_one(Person, world.school.id("sonya")).adult_from = uow.today()
    sonya = sign_in("sonya")
    page = sonya.get(base).text
    assert "Твой ход: выбери" in page and "выберут родители" not in page
    assert "Нужно выбрать, как закрыть остаток" in sonya.get("/home").text
    assert sonya.post(f"{base}/way", data={"way": "attestation"}).status_code == 303
    assert "Нужно выбрать, как закрыть остаток" not in sonya.get("/home").text


def test_a_small_commission_is_not_formed(world: World) -> None:
    seats = {name: world.school.id(name) for name in ("belova", "sokolov", "dyatlov", "sonya")}
    for chair, others in (
        ("sokolov", ["belova", "dyatlov"]),
        ("belova", ["sokolov", "sonya"]),
        ("belova", ["sokolov", ""]),
    ):
        with pytest.raises(InvalidInput, match=r"credit\.commission_seats"), world.uow("gromova") as uow:
            service.form_commission(
                uow,
                org_id=world.school.id("school-14"),
                name="Не те",
                order_ref="1",
                chair_id=seats[chair],
                member_ids=[seats.get(name, uuid4()) for name in others],
            )
    with pytest.raises(InvalidInput, match=r"credit\.commission_small"), world.uow("gromova") as uow:
        service.form_commission(
            uow,
            org_id=world.school.id("school-14"),
            name="Двое",
            order_ref="1",
            chair_id=world.school.id("belova"),
            member_ids=[world.school.id("sokolov")],
        )


def test_opening_a_document_leaves_a_line_in_the_access_log(world: World) -> None:
    case_id = world.applied()
    document = world.case(case_id).documents[0]
    with world.uow("mironova") as uow:
        row, data = service.open_evidence(uow, case_id, document.id)
    assert data.startswith(b"%PDF-")
    assert row.sha256 == document.sha256
    with world.runtime.read() as session:
        seen = session.scalars(sa.select(AccessLog).where(AccessLog.object_kind == "credit_document")).one()
    assert (seen.actor_person_id, seen.subject_person_id) == (
        world.school.id("mironova"),
        world.school.id("sonya"),
    )


def test_the_chain_explains_the_credit_down_to_the_report(world: World) -> None:
    from flask import Flask

    from lms.app import create_app
    from lms.core.contracts import EXPLAINERS, BasisRef

    case_id = granted(world)
    app: Flask = create_app(runtime=world.runtime)
    explainer = world.runtime.registries.of(EXPLAINERS).get("credit")
    with app.test_request_context(headers={"Cookie": "locale=en"}), world.runtime.read() as session:
        step = explainer.explain(session, BasisRef("plans.credit_case", case_id))  # type: ignore[arg-type]
        assert step is not None
        assert "22 hours of 30" in step.detail
        report = explainer.explain(session, step.rests_on[0])
        assert report is not None
        assert "outcome-match/2" in report.detail
        assert explainer.explain(session, BasisRef("plans.credit_case", uuid4())) is None
