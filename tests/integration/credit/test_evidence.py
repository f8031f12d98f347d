"""What proves learning by itself: badges, papers seen before, a partner's word, records, results of the platform."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from lms.assessment import service as assessment
from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.models import Attempt, AttemptItem, Entry, ItemVersion, Result
from lms.assessment.queries.regrades import Change, Replay
from lms.assessment.service.marking import current_grades
from lms.assessment.service.outcome_checks import release_waiting_checks
from lms.assessment.types import Operation, OperationKind, SignIn
from lms.core import outbox
from lms.core.actor import ANONYMOUS, SYSTEM
from lms.core.clock import FixedClock
from lms.core.contracts import BasisRef
from lms.core.errors import Conflict, Gone, InvalidInput, NotFound
from lms.core.models import AccessLog
from lms.demo.credit import sonya_certificate
from lms.people import service as people
from lms.people.queries import person_card
from lms.plans import queries, service
from lms.plans.credit_models import CreditCase, CreditDocument, CreditEffect, ExternalCourse
from lms.plans.evidence_models import ConfirmationLook, PartnerRecord
from lms.plans.queries.credit_evidence import evidence_notes
from lms.plans.rules.duplicates import SameBecause
from lms.plans.service.credit import confirmations, credentials, known_results, partner_records, short_checks
from lms.plans.types import CaseState, Verification, VoteChoice
from lms.plans.types.credit import DocumentKind, DocumentStatus, EvidenceKind, VerificationMethod
from tests.fixtures.credentials import EC, ED, ISSUER, badge, jwk, sign_json, sign_jwt, status, status_list
from tests.fixtures.credit_world import World
from tests.integration.credit.test_rights import form_of_others
from tests.integration.credit.test_rules_of_the_school import state_of, whole_item_rule

Enter = Callable[[str], FlaskClient]
COURSE = "Python для начинающих"


def filled(world: World, student: str = "sonya", parent: str = "anna") -> UUID:
    """Apply up to the certificate's words; no file yet."""
    school = world.school
    with world.runtime.read() as session:
        item = queries.items_to_credit(session, school.id(student))[0]
        source = session.scalars(queries.sources_statement(school.id("school-14"), "Меридиан")).one()
        course = queries.courses_of_source(session, source.id)[0]
    with world.uow(parent) as uow:
        step = service.open_case(
            uow, person_id=school.id(student), plan_id=item.plan_id, stable_key=item.stable_key
        )
        service.choose_source(uow, step.case_id, source.id)
        service.choose_course(uow, step.case_id, course.id)
        day = uow.now().date() - timedelta(days=60)
        value = service.CertificateValue(issued_on=day, hours=course.hours, raw_result="86", number="")
        service.describe_certificate(uow, step.case_id, value)
    return step.case_id


def named(world: World, student: str = "sonya", **more: object) -> dict[str, object]:
    with world.runtime.read() as session:
        name = person_card(session, world.school.id(student)).name
    subject = badge()["credentialSubject"] | {
        "identifier": [{"identityType": "name", "identityHash": name, "hashed": False}]
    }
    return badge(credentialSubject=subject, **more)


def trusted(world: World) -> UUID:
    keys = json.dumps({"keys": [jwk(ED), jwk(EC, "k2")]})
    with world.uow("mironova") as uow:
        return credentials.trust_issuer(
            uow, org_id=world.school.id("school-14"), issuer_id=ISSUER, name="Меридиан", keys=keys
        )


def document(world: World, case_id: UUID) -> CreditDocument:
    with world.runtime.read() as session:
        return session.scalars(sa.select(CreditDocument).where(CreditDocument.case_id == case_id)).one()


def attach(world: World, case_id: UUID, data: bytes, parent: str = "anna") -> str:
    with world.uow(parent) as uow:
        return credentials.attach_credential(uow, case_id, data=data, name="badge.json").result.value


def test_a_genuine_badge_of_the_course_needs_nobody_and_a_changed_one_is_refused(world: World) -> None:
    case_id = filled(world)
    assert attach(world, case_id, sign_json(named(world))) == "unknown_issuer"
    issuer_id = trusted(world)
    assert attach(world, case_id, sign_jwt(named(world), EC, "ES256")) == "verified"
    row = document(world, case_id)
    assert (row.evidence, row.verification, row.method, row.verified_by) == (
        EvidenceKind.BADGE,
        Verification.VERIFIED,
        VerificationMethod.SIGNATURE,
        None,
    )
    forged = sign_json(named(world)).replace(b'"86"', b'"99"')
    assert attach(world, case_id, forged) == "forged"
    assert document(world, case_id).verification is Verification.REJECTED
    assert attach(world, case_id, sign_json(named(world, "lev"))) == "someone_else"
    assert document(world, case_id).verification is Verification.UNVERIFIED
    assert attach(world, case_id, sign_json(named(world, credentialStatus=status()))) == "unknown_status"
    with world.uow("anna") as uow:
        service.submit_case(uow, case_id)
    with world.uow("mironova") as uow:
        credentials.add_status_list(uow, issuer_id, status_list(7))
        assert credentials.recheck_credential(uow, case_id, row.id).result.value == "verified"
        credentials.add_status_list(uow, issuer_id, status_list(3))
        assert credentials.recheck_credential(uow, case_id, row.id).result.value == "revoked"
        credentials.distrust_issuer(uow, issuer_id)
        assert credentials.recheck_credential(uow, case_id, row.id).result.value == "unknown_issuer"


@pytest.mark.parametrize("change", ["nothing", "revoked", "distrusted"])
def test_a_badge_is_checked_once_more_as_the_application_is_handed_in(world: World, change: str) -> None:
    case_id, issuer_id = filled(world), trusted(world)
    with world.uow("mironova") as uow:
        credentials.add_status_list(uow, issuer_id, status_list(7))
    assert attach(world, case_id, sign_json(named(world, credentialStatus=status()))) == "verified"
    with world.uow("mironova") as uow:
        if change == "revoked":
            credentials.add_status_list(uow, issuer_id, status_list(3))
        elif change == "distrusted":
            credentials.distrust_issuer(uow, issuer_id)
    with world.uow("anna") as uow:
        service.submit_case(uow, case_id)
    row = document(world, case_id)
    assert (row.verification is Verification.VERIFIED) is (change == "nothing")
    assert (row.status is DocumentStatus.REVOKED) is (change == "revoked")


@pytest.mark.parametrize("has_list", [True, False])
def test_a_badge_whose_list_of_revoked_ones_nobody_has_is_never_credited_by_itself(
    world: World, has_list: bool
) -> None:
    with world.uow("gromova") as uow:
        value = service.PolicyValue(Decimal("0.5"), is_automatic=True, order_ref="№ 70")
        service.set_conversion_policy(uow, org_id=world.school.id("school-14"), value=value)
        for course in uow.session.scalars(sa.select(ExternalCourse).where(ExternalCourse.title == COURSE)):
            course.hours = Decimal(30)
    whole_item_rule(world)
    issuer_id, case_id = trusted(world), filled(world)
    if has_list:
        with world.uow("mironova") as uow:
            credentials.add_status_list(uow, issuer_id, status_list(7))
    found = attach(world, case_id, sign_json(named(world, credentialStatus=status())))
    assert found == ("verified" if has_list else "unknown_status")
    with world.uow("anna") as uow:
        state = service.submit_case(uow, case_id).state
    assert state is (CaseState.CLOSED if has_list else CaseState.SUBMITTED)


def test_a_genuine_badge_of_something_else_is_left_to_people(world: World) -> None:
    case_id = filled(world)
    trusted(world)
    other = named(world)
    other["credentialSubject"] |= {"achievement": {"name": "Вязание"}}  # type: ignore[operator]
    assert attach(world, case_id, sign_json(other)) == "verified"
    assert document(world, case_id).verification is Verification.UNVERIFIED


def test_only_the_office_trusts_and_a_list_of_somebody_else_is_refused(world: World) -> None:
    issuer_id = trusted(world)
    with pytest.raises(NotFound), world.uow("anna") as uow:
        credentials.distrust_issuer(uow, issuer_id)
    foreign = sign_json(badge(type=["VerifiableCredential"]))
    with pytest.raises(InvalidInput), world.uow("mironova") as uow:
        credentials.add_status_list(uow, issuer_id, foreign)
    changed = status_list(3).replace(b'"2026-09-01', b'"2026-09-02')
    with pytest.raises(InvalidInput, match="list_forged"), world.uow("mironova") as uow:
        credentials.add_status_list(uow, issuer_id, changed)


def test_a_paper_seen_before_is_named_to_the_office_and_to_nobody_else(world: World, sign_in: Enter) -> None:
    first = world.applied("sonya", "anna")
    second = world.applied("lev", "irina")
    with world.runtime.read() as session:
        notes = evidence_notes(session, second, world.runtime.clock.now())
    (found,) = next(iter(notes.values())).duplicates
    assert (found.case_id, found.because, found.is_same_person) == (first, SameBecause.NUMBER, False)
    number = world.case(first).number
    assert f"№ {number} другого ученика" in sign_in("mironova").get(f"/credit/office/{second}").text
    assert "другого ученика" not in sign_in("irina").get(f"/credit/{second}").text


def test_a_partner_sees_what_it_is_asked_answers_once_and_every_look_is_kept(
    world: World, sign_in: Enter, app: Flask, clock: FixedClock
) -> None:
    case_id = world.applied()
    row = document(world, case_id)
    office, base = sign_in("mironova"), f"/credit/office/{case_id}/documents/{row.id}/partner"
    asked = office.post(base, data={"partner": "Меридиан", "question": "Очно?", "days": "10"})
    assert asked.status_code == 303
    link = re.search(r"/credit/confirm/[\w-]+", office.get(base).text)
    assert link is not None
    assert link[0] not in office.get(base).text, "the link is shown once"
    partner = app.test_client()
    page = partner.get(link[0])
    assert page.headers["Cache-Control"] == "private, no-store"
    assert "Очно?" in page.text
    assert world.case(case_id).person.name in page.text
    assert "Заявления" not in page.text
    silent = partner.post(link[0], data={"answer": "no", "answered_by": "И. И. Петров"})
    assert silent.status_code == 422
    done = partner.post(
        link[0], data={"answer": "yes", "answered_by": "И. И. Петров, методист", "comment": "Очно, 24 ч."}
    )
    assert done.status_code == 303
    assert partner.get(link[0]).status_code == 410
    assert partner.post(link[0], data={"answer": "no", "answered_by": "X", "comment": "X"}).status_code == 410
    assert partner.get("/credit/confirm/nothing").status_code == 404
    row = document(world, case_id)
    assert (row.verification, row.method) == (Verification.VERIFIED, VerificationMethod.PARTNER)
    assert "методист" in row.verification_note
    with world.runtime.read() as session:
        looks = session.scalar(sa.select(sa.func.count()).select_from(ConfirmationLook))
        logged = session.scalars(sa.select(AccessLog).where(AccessLog.action == "credit.confirm")).all()
    assert looks == 1
    assert [entry.subject_person_id for entry in logged] == [world.school.id("sonya")]
    with world.uow("mironova") as uow:
        late = confirmations.ask_partner(uow, case_id, row.id, partner="Меридиан", days=1)
    clock.advance(timedelta(days=1))
    with pytest.raises(Gone, match="link_over"), world.runtime.unit_of_work(ANONYMOUS) as uow:
        confirmations.look_at_confirmation(uow, late.token)


def sent(world: World, app: Flask, token: str, **more: object):
    with world.runtime.read() as session:
        course = session.scalars(sa.select(ExternalCourse).where(ExternalCourse.title == COURSE)).first()
        assert course is not None

        code = person_card(session, world.school.id("sonya")).code
    body = {
        "student_code": code,
        "course_id": str(course.id),
        "number": "М-77",
        "issued_on": "2026-08-30",
        "hours": "24",
        "result": "86",
        **more,
    }
    client = app.test_client()
    return client.post(
        "/api/v1/credit/evidence", json=body, headers={"Authorization": f"Bearer {token}"} if token else {}
    )


def test_a_partners_system_sends_a_result_and_the_family_needs_no_certificate(
    world: World, sign_in: Enter, app: Flask
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    org = world.school.id("school-14")
    with world.runtime.read() as session:
        source = session.scalars(queries.sources_statement(org, "Меридиан")).one()
    with world.uow("mironova") as uow:
        key = partner_records.issue_partner_key(uow, org_id=org, source_id=source.id)
    assert sent(world, app, "").status_code == 409, "neither a key nor a token of a form"
    assert sent(world, app, "wrong").status_code == 401
    first, again = sent(world, app, key.token), sent(world, app, key.token)
    assert (first.status_code, first.json["is_new"], again.json["is_new"]) == (201, True, False), first.text
    assert sent(world, app, key.token, hours="48").status_code == 409
    assert sent(world, app, key.token, student_code="nobody", number="2").status_code == 404
    assert sent(world, app, key.token, result="so-so", number="2").status_code == 422
    app.config["WTF_CSRF_ENABLED"] = False
    parent = sign_in("anna")
    page = parent.get("/credit/start").text
    item = re.search(r'name="item" value="([^"]+)"', page)
    assert item is not None
    base = (
        parent.post("/credit/start", data={"person": world.school.id("sonya"), "item": item[1]})
        .headers["Location"]
        .rsplit("/", 1)[0]
    )
    choice = re.search(r'value="(record:[^"]+)"', parent.get(f"{base}/known").text)
    assert choice is not None
    assert parent.post(f"{base}/known", data={"result": choice[1]}).status_code == 303
    assert parent.post(f"{base}/check").status_code == 303
    case = world.case_at(base)
    assert case.state is CaseState.SUBMITTED
    row = document(world, case.id)
    assert (row.evidence, row.method, row.hours) == (
        EvidenceKind.PARTNER,
        VerificationMethod.RECORD,
        Decimal(24),
    )
    with pytest.raises(Conflict), world.uow("anna") as uow:
        known_results.use_known_result(uow, case.id, choice[1])
    with world.uow("mironova") as uow:
        partner_records.revoke_partner_key(uow, key.key_id)
    assert sent(world, app, key.token, number="3").status_code == 401
    with world.runtime.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(PartnerRecord)) == 1


def test_a_result_of_another_student_is_not_there(world: World, sign_in: Enter, app: Flask) -> None:
    case_id = filled(world)
    for key in ("record:01234567-89ab-7def-8123-456789abcdef", "course:x", "paper:1", ""):
        with pytest.raises(NotFound, match="no_result"), world.uow("anna") as uow:
            known_results.use_known_result(uow, case_id, key)
    with world.runtime.read() as session:
        theirs = person_card(session, world.school.id("lev")).code
        source = session.scalars(queries.sources_statement(world.school.id("school-14"), "Меридиан")).one()
    with world.uow("mironova") as uow:
        token = partner_records.issue_partner_key(
            uow, org_id=world.school.id("school-14"), source_id=source.id
        ).token
    received = sent(world, app, token, student_code=theirs)
    assert received.status_code == 201
    with world.runtime.read() as session:
        record_id = session.scalars(sa.select(PartnerRecord.id)).one()
    with pytest.raises(NotFound, match="no_result"), world.uow("anna") as uow:
        known_results.use_known_result(uow, case_id, f"record:{record_id}")
    with world.runtime.read() as session:  # the key of one school knows no student of another
        stranger = person_card(session, world.school.id("timur")).code
    assert sent(world, app, token, student_code=stranger, number="2").status_code == 404
    page = sign_in("anna").get(f"/credit/{case_id}/known")
    assert 'href="/credit" aria-current="page"' in page.text, "the menu says where one is"
    assert page.status_code == 200


def test_the_pages_say_what_a_badge_is_worth_and_keep_what_was_pasted(world: World, sign_in: Enter) -> None:
    case_id = filled(world)
    trusted(world)
    parent = sign_in("anna")
    address = f"/credit/{case_id}/credential"
    broken = parent.post(address, data={"text": "{broken"})
    assert broken.status_code == 422
    assert "{broken" in broken.text
    data = {"file": (io.BytesIO(sign_json(named(world))), "badge.json")}
    assert parent.post(address, data=data, content_type="multipart/form-data").status_code == 303
    assert "Подпись подлинная, сертификат действует" in parent.get(address).text
    assert parent.post(f"/credit/{case_id}/check").status_code == 303
    office = sign_in("mironova")
    assert "Подпись подлинная" in office.get(f"/credit/office/{case_id}").text
    assert "Меридиан" in office.get("/credit/trusted").text
    refused = office.post("/credit/trusted", data={"name": "A", "issuer_id": "did:web:a", "keys": "{}"})
    assert refused.status_code == 422
    assert parent.get("/credit/trusted").status_code in {403, 404}


def change(world: World, case_id: UUID, how: str) -> None:
    """Let the family make something else of its application."""
    with world.uow("anna") as uow:
        match how:
            case "course":
                service.describe_course(uow, case_id, title="Вязание", hours=Decimal(300))
            case "source":
                service.suggest_source(
                    uow, case_id, name="Кружок", website="", licence_no="", is_educational=True
                )
            case "words":
                day = uow.now().date()
                value = service.CertificateValue(issued_on=day, hours=Decimal(300), raw_result="100")
                service.describe_certificate(uow, case_id, value)
            case "file":
                data = sonya_certificate(uow.now().date())
                service.attach_evidence(uow, case_id, kind=DocumentKind.CERTIFICATE, data=data, name="x.pdf")
            case "removal":
                service.remove_evidence(uow, case_id, document(world, case_id).id)


@pytest.mark.parametrize("how", ["course", "source", "words", "file", "removal"])
def test_what_was_proved_is_proved_no_more_once_the_application_says_something_else(
    world: World, how: str
) -> None:
    case_id = filled(world)
    trusted(world)
    assert attach(world, case_id, sign_json(named(world))) == "verified"
    assert document(world, case_id).verification is Verification.VERIFIED
    change(world, case_id, how)
    row = document(world, case_id)
    assert (row.verification, row.method, row.origin, row.payload) == (Verification.UNVERIFIED, None, "", {})
    assert row.evidence in {None, EvidenceKind.CERTIFICATE}


def matched(world: World) -> UUID:
    case_id = world.verified(world.applied())
    with world.uow("mironova") as uow:
        service.build_match_report(uow, case_id)
    return case_id


def ask_about(world: World, outcome_id: UUID) -> None:
    """Let a teacher write a ready question about an outcome."""
    sample = world.runtime.registries.of(QUESTION_TYPES).get("choice").samples()[0]
    with world.uow("kim") as uow:
        org_id = world.school.id("school-14")
        bank = assessment.create_bank(uow, org_id=org_id, title="Информатика", subject="informatics")
        version = assessment.create_item(
            uow,
            bank,
            title=sample.title,
            type="choice",
            content=sample.content,
            tests=sample.tests,
            outcome_ids=[outcome_id],
        )
        assessment.submit_item(uow, version)
    with world.uow("zimina") as uow:
        assessment.approve_item(uow, version)


def sit(world: World, session_id: UUID, *, is_right: bool) -> None:
    """Let Sonya answer the only question of her check."""
    runtime, sonya = world.runtime, world.school.id("sonya")
    with runtime.unit_of_work(SYSTEM) as uow:
        entry = uow.session.scalars(sa.select(Entry.id).where(Entry.session_id == session_id)).one()
        found = people.sign_in(uow, "sonya", "marshrut-sonya")
    with world.uow("sonya") as uow:
        attempt_id = assessment.start_attempt(uow, entry).id
    with runtime.read() as session:
        item = session.scalars(sa.select(AttemptItem).where(AttemptItem.attempt_id == attempt_id)).one()
        version = session.get_one(ItemVersion, item.item_version_id)
    kind = runtime.registries.of(QUESTION_TYPES).get(version.type)
    right = kind.fields_for(version.content, item.variant_seed, kind.correct_answer(version.content))
    operation = Operation(
        kind=OperationKind.ANSWER,
        slot=item.slot,
        op_id=uuid4(),
        client_seq=1,
        payload={"fields": right if is_right else {}},
    )
    who = SignIn(sonya, found.account_id, found.session_id, found.epoch)
    assessment.save_operations(runtime, who, attempt_id, [operation], runtime.clock.now())
    with world.uow("sonya") as uow:
        assessment.submit_attempt(uow, attempt_id)
    outbox.drain(runtime)


@pytest.mark.parametrize("is_right", [True, False])
def test_a_short_check_of_what_is_left_is_evidence_again(
    world: World, sign_in: Enter, is_right: bool
) -> None:
    case_id = matched(world)
    before = world.case(case_id)
    left = next(row for row in before.outcomes if row.verdict != "covered")
    with pytest.raises(Conflict, match="no_questions"), world.uow("mironova") as uow:
        short_checks.ask_for_check(uow, case_id)
    desk = f"/credit/office/{case_id}"
    assert "ни по одному" in sign_in("mironova").get(desk).text
    ask_about(world, left.outcome_id)
    assert sign_in("mironova").post(f"{desk}/check").status_code == 303
    outbox.drain(world.runtime)
    with world.runtime.read() as session:
        session_id = session.get_one(CreditCase, case_id).assessment_session_id
    assert session_id is not None
    assert "Короткая проверка покажет остальное" in sign_in("anna").get(f"/credit/{case_id}").text
    sit(world, session_id, is_right=is_right)
    assert world.case(case_id).state is CaseState.ASSESSED
    with world.uow("mironova") as uow:
        service.build_match_report(uow, case_id)
    after = next(row for row in world.case(case_id).outcomes if row.outcome_id == left.outcome_id)
    assert (after.verdict == "covered", after.hours == left.hours_total) == (is_right, is_right)
    assert world.case(case_id).state is CaseState.MATCHED


def shown_by_a_check(world: World) -> tuple[UUID, UUID, UUID]:
    """Return a case whose rest a short check has shown, the outcome and the result."""
    case_id = matched(world)
    left = next(row for row in world.case(case_id).outcomes if row.verdict != "covered")
    ask_about(world, left.outcome_id)
    with world.uow("mironova") as uow:
        short_checks.ask_for_check(uow, case_id)
    outbox.drain(world.runtime)
    with world.runtime.read() as session:
        session_id = session.get_one(CreditCase, case_id).assessment_session_id
    assert session_id is not None
    sit(world, session_id, is_right=True)
    return case_id, left.outcome_id, origin_of(world, case_id)


def origin_of(world: World, case_id: UUID) -> UUID:
    """Return the result that a case's evidence came from."""
    with world.runtime.read() as session:
        (origin,) = session.scalars(
            sa.select(CreditDocument.origin).where(
                CreditDocument.case_id == case_id, CreditDocument.origin.startswith("result:")
            )
        )
    return UUID(origin.removeprefix("result:"))


def granted(world: World, case_id: UUID) -> None:
    """Let office and commission grant what was compared."""
    with world.uow("mironova") as uow:
        service.build_match_report(uow, case_id)
        service.refer_to_commission(uow, case_id)
    world.voted(case_id, ("sokolov", VoteChoice.FOR), ("dyatlov", VoteChoice.FOR))
    with world.uow("belova") as uow:
        service.decide(uow, case_id, is_granted=True)


def test_a_credit_is_suspended_with_the_result_that_proved_it_and_comes_back_with_it(world: World) -> None:
    case_id, outcome_id, result_id = shown_by_a_check(world)
    result = BasisRef("assessment.result", result_id)

    def annulled(is_back: bool = False) -> list[BasisRef]:
        with world.uow("gromova") as uow:
            act = uow.reinstate_dependents if is_back else uow.suspend_dependents
            return act(result, "The sitting is looked into.")

    def outcome() -> tuple[str, Decimal]:
        with world.uow("mironova") as uow:
            service.build_match_report(uow, case_id)
        row = next(row for row in world.case(case_id).outcomes if row.outcome_id == outcome_id)
        return row.verdict, row.hours

    proved = outcome()
    # an open case has no effects yet: its evidence only counts no longer
    assert not {ref.kind for ref in annulled()} & {"plans.credit_case", "plans.basis"}
    assert outcome() != proved
    annulled(is_back=True)
    assert outcome() == proved
    granted(world, case_id)
    before = state_of(world)
    for _ in range(2):
        touched = annulled()
        assert BasisRef("plans.credit_case", case_id) in touched
        assert {ref.kind for ref in touched} >= {"plans.credit_case", "plans.basis"}
        assert world.case(case_id).state is CaseState.SUSPENDED
        assert state_of(world) != before
        assert BasisRef("plans.credit_case", case_id) in annulled(is_back=True)
        assert state_of(world) == before


def test_nobody_lifts_a_suspension_while_the_result_behind_it_is_annulled(
    world: World, sign_in: Enter
) -> None:
    case_id, _outcome_id, result_id = shown_by_a_check(world)
    granted(world, case_id)
    before, result = state_of(world), BasisRef("assessment.result", result_id)
    lift, page = f"/credit/office/{case_id}/lift", f"/credit/office/{case_id}"
    for is_by_hand in (False, True):
        with world.uow("gromova") as uow:
            if is_by_hand:
                service.suspend_credit(uow, case_id, "Doubts of another kind.")
            uow.suspend_dependents(result, "The sitting is looked into.")
        during, head = state_of(world), sign_in("gromova")
        assert 'value="confirm"' not in head.get(page).text
        assert "снять приостановку не может никто" in head.get(page).text
        refused = head.post(lift, data={"end": "confirm", "reason": "It is all right."})
        assert refused.status_code in {409, 422} and state_of(world) == during
        with world.uow("gromova") as uow:
            uow.reinstate_dependents(result, "Nothing was found.")
        if is_by_hand:  # the head's own doubts end by the head's own hand
            assert world.case(case_id).state is CaseState.SUSPENDED
            assert head.post(lift, data={"end": "confirm", "reason": " "}).status_code == 422
            assert head.post(lift, data={"end": "confirm", "reason": "Unfounded."}).status_code == 303
        assert state_of(world) == before


def test_a_decision_that_stands_after_an_appeal_waits_for_the_result_that_was_annulled_meanwhile(
    world: World,
) -> None:
    case_id, _outcome_id, result_id = shown_by_a_check(world)
    granted(world, case_id)
    with world.uow("anna") as uow:
        service.file_appeal(uow, case_id, "A mark belongs to it.")
    with world.uow("gromova") as uow:
        uow.suspend_dependents(BasisRef("assessment.result", result_id), "The sitting is looked into.")
        service.resolve_appeal(uow, case_id, is_upheld=True, answer="Nothing was overlooked.")
    case = world.case(case_id)
    assert (case.state, case.suspended_reason) == (CaseState.SUSPENDED, "The sitting is looked into.")
    with world.uow("gromova") as uow:
        uow.reinstate_dependents(BasisRef("assessment.result", result_id), "Nothing was found.")
    case = world.case(case_id)
    assert (case.state, case.suspended_reason) == (CaseState.EFFECTED, "")
    assert {one.verification for one in case.documents} == {Verification.VERIFIED}


def test_a_commission_that_decides_anew_does_not_count_a_result_that_was_annulled_meanwhile(
    world: World, sign_in: Enter
) -> None:
    case_id, outcome_id, result_id = shown_by_a_check(world)
    granted(world, case_id)
    with world.uow("anna") as uow:
        service.file_appeal(uow, case_id, "A mark belongs to it.")
    with world.uow("gromova") as uow:
        uow.suspend_dependents(BasisRef("assessment.result", result_id), "The sitting is looked into.")
        service.resolve_appeal(uow, case_id, is_upheld=False, answer="Others decide.")
    form_of_others(world, sign_in("gromova"))
    with pytest.raises(Conflict, match=r"credit\.stale_report"), world.uow("frolova") as uow:
        service.vote(uow, case_id, choice=VoteChoice.FOR)
    with world.uow("mironova") as uow:
        service.build_match_report(uow, case_id)
    world.voted(case_id, ("frolova", VoteChoice.FOR), ("yudin", VoteChoice.FOR))
    with world.uow("frolova") as uow:
        service.decide(uow, case_id, is_granted=True)
    row = next(row for row in world.case(case_id).outcomes if row.outcome_id == outcome_id)
    assert row.hours < row.hours_total
    with world.runtime.read() as session:
        case = session.get_one(CreditCase, case_id)
        assert (case.state, case.suspended_by) == (CaseState.EFFECTED, [])
    with world.uow("gromova") as uow:
        touched = uow.reinstate_dependents(BasisRef("assessment.result", result_id), "Nothing was found.")
    assert BasisRef("plans.credit_case", case_id) not in touched, "the new decision does not rest on it"
    assert next(r for r in world.case(case_id).outcomes if r.outcome_id == outcome_id).hours == row.hours


def marked_anew(world: World, result_id: UUID, fraction: str) -> None:
    """Mark the only answer of a released work anew and let the new result count."""
    with world.runtime.read() as session:
        attempt = session.get_one(Attempt, session.get_one(Result, result_id).attempt_id)
        item_id = session.scalars(sa.select(AttemptItem.id).where(AttemptItem.attempt_id == attempt.id)).one()
        grade = current_grades(session, attempt.id)[item_id]
    change = Change(item_id, grade.id, grade.status, Decimal(fraction), (), grade.grader)
    with world.uow("kim") as uow:
        batch_id = assessment.propose_regrade(
            uow, Replay(attempt.session_id, 1, (change,)), "Ключ исправлен."
        )
    with world.uow("belova") as uow:
        assessment.approve_regrade(uow, batch_id)
    with world.runtime.unit_of_work(SYSTEM) as uow:
        release_waiting_checks(uow, short_checks.CHECK_PREFIX)
    outbox.drain(world.runtime)


def effects(world: World, case_id: UUID) -> object:
    """Return where a credit stands, what it does, and where the plan stands with it."""
    with world.runtime.read() as session:
        rows = session.execute(
            sa.select(CreditEffect.outcome_id, CreditEffect.hours, CreditEffect.state).order_by(
                CreditEffect.id
            )
        ).all()
        plan = queries.active_plan(session, world.school.id("sonya"))
        return world.case(case_id).state, rows, [item.status.state for item in plan.items]


def test_a_credit_is_looked_at_again_when_another_result_counts(world: World, sign_in: Enter) -> None:
    case_id, _outcome, first = shown_by_a_check(world)
    granted(world, case_id)
    before = effects(world, case_id)
    marked_anew(world, first, "0.75")  # shows the same: the credit stands, its evidence names the new result
    second = origin_of(world, case_id)
    assert second != first and world.case(case_id).state is not CaseState.SUSPENDED
    assert effects(world, case_id) == before
    marked_anew(world, second, "0.25")  # shows it no longer: suspended with a reason, and the office is asked
    case = world.case(case_id)
    assert case.state is CaseState.SUSPENDED and "другой результат" in case.suspended_reason
    assert effects(world, case_id) != before
    assert f"/credit/office/{case_id}" in sign_in("mironova").get("/credit/office?tab=doubts").text
    assert 'value="confirm"' in sign_in("gromova").get(f"/credit/office/{case_id}").text
    with pytest.raises(LookupError, match="undone"), world.uow("gromova") as uow:
        assert service.confirm_credit(uow, case_id, "October's work shows it.").state is CaseState.EFFECTED
        raise LookupError("undone")  # nothing was annulled: people could have said that it holds
    with world.runtime.read() as session:
        third = session.scalars(sa.select(Result.id).order_by(Result.number.desc())).first()
    assert third is not None
    marked_anew(world, third, "1")  # shows it again: everything comes back
    assert world.case(case_id).state is not CaseState.SUSPENDED and effects(world, case_id) == before


@pytest.mark.parametrize("is_right", [True, False])
def test_a_passed_attestation_of_the_platform_is_offered_as_evidence_without_a_file(
    world: World, sign_in: Enter, is_right: bool
) -> None:
    earlier = matched(world)
    left = next(row for row in world.case(earlier).outcomes if row.verdict != "covered")
    ask_about(world, left.outcome_id)
    with world.uow("mironova") as uow:
        short_checks.ask_for_check(uow, earlier)
    outbox.drain(world.runtime)
    with world.runtime.read() as session:
        session_id = session.get_one(CreditCase, earlier).assessment_session_id
    assert session_id is not None
    sit(world, session_id, is_right=is_right)
    with world.uow("anna") as uow:
        service.withdraw_case(uow, earlier)
    case_id = filled(world)
    page = sign_in("anna").get(f"/credit/{case_id}/known").text
    offered = re.findall(r'value="(result:[^"]+)"', page)
    assert bool(offered) is is_right  # what was not passed proves nothing
    if not offered:
        return
    with world.uow("anna") as uow:
        known_results.use_known_result(uow, case_id, offered[0])
        service.submit_case(uow, case_id)
    row = document(world, case_id)
    assert (row.evidence, row.method, row.verification) == (
        EvidenceKind.PLATFORM,
        VerificationMethod.PLATFORM,
        Verification.VERIFIED,
    )
    assert (row.hours, row.raw_result) == (left.hours_total, "100")
