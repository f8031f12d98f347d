"""Pages and API: a family applies, bad files are told, foreigners find nothing."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale
from werkzeug.test import TestResponse

from lms.core.models import AccessLog
from lms.demo.credit import sonya_certificate
from lms.plans import credit_words, service
from lms.plans.rules.credit_states import IN_WORK, OFFICE
from lms.plans.types import CaseState, VoteChoice
from tests.fixtures.credit_world import World

SignIn = Callable[[str], FlaskClient]
FOR = VoteChoice.FOR


@pytest.fixture
def pdf() -> bytes:
    return sonya_certificate(date(2026, 8, 30))


def begun(client: FlaskClient, world: World) -> str:
    """Apply by the pages up to the documents; return the address of the case."""
    page = client.get("/credit/start").text
    item = re.search(r'name="item" value="([^"]+)"', page)
    assert item is not None
    answer = client.post("/credit/start", data={"person": world.school.id("sonya"), "item": item[1]})
    base = answer.headers["Location"].rsplit("/", 1)[0]
    listed = client.get(f"{base}/source?q=меридиан").text
    source = re.search(r'name="source_id" value="([0-9a-f-]{36})"', listed)
    assert source is not None
    assert (
        client.post(f"{base}/source", data={"source_id": source[1]}).headers["Location"].endswith("/course")
    )
    course = re.search(r'name="course" value="([0-9a-f-]{36})"', client.get(f"{base}/course").text)
    assert course is not None
    client.post(f"{base}/course", data={"course": course[1]})
    facts = {"issued_on": "2026-08-30", "hours": "24", "raw_result": "86", "number": "М-2241"}
    assert client.post(f"{base}/certificate", data=facts).status_code == 303
    return base


def upload(client: FlaskClient, base: str, data: bytes, name: str = "сертификат.pdf") -> TestResponse:
    """Send a form with a file; the body is written here, because the test client keeps big ones in files."""
    head = (
        b'--edge\r\nContent-Disposition: form-data; name="kind"\r\n\r\ncertificate\r\n--edge\r\n'
        b'Content-Disposition: form-data; name="file"; filename="'
        + name.replace('"', "%22").encode()
        + b'"\r\n\r\n'
    )
    body = head + data + b"\r\n--edge--\r\n"
    return client.post(
        f"{base}/documents",
        input_stream=io.BytesIO(body),
        content_length=len(body),
        content_type="multipart/form-data; boundary=edge",
    )


def archive() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as bundle:
        bundle.writestr("certificate.txt", "no")
    return made.getvalue()


def test_a_family_applies_page_by_page(world: World, sign_in: SignIn, pdf: bytes) -> None:
    anna = sign_in("anna")
    base = begun(anna, world)
    assert upload(anna, base, pdf).status_code == 303
    assert "22" in anna.get(f"{base}/preview").text
    assert "86 из 100" in anna.get(f"{base}/check").text
    assert anna.post(f"{base}/check").headers["Location"] == base
    assert "Школа проверяет документы" in anna.get(base).text
    assert "Тебе" not in anna.get(base).text
    assert "От тебя сейчас ничего не нужно" in sign_in("sonya").get(base).text


@pytest.mark.parametrize(
    ("data", "status", "words"),
    [
        (archive(), 422, "PDF"),
        (b"", 422, "пуст"),
        (b"%PDF-1.4 cut off in the middle", 422, "PDF"),
        (b"<script>alert(1)</script>", 422, "PDF"),
        (b"\x89PNG\r\n\x1a\n broken", 422, "PDF"),
        (b"x" * (50 * 1024 * 1024), 413, "20"),
        (b"%PDF-" + b"x" * (20 * 1024 * 1024) + b"%%EOF", 413, "20"),
    ],
    ids=["zip named pdf", "empty", "half a pdf", "html", "half a png", "50 MB", "a little over 20 MB"],
)
def test_a_wrong_file_is_told_clearly_and_nothing_typed_is_lost(
    world: World, sign_in: SignIn, data: bytes, status: int, words: str
) -> None:
    anna = sign_in("anna")
    base = begun(anna, world)
    answer = upload(anna, base, data)
    assert answer.status_code == status
    message = re.search(r'id="f-file-error">.*?</p>', answer.text, re.S)
    assert message is not None
    assert words in message[0]
    kept = anna.get(f"{base}/certificate").text
    assert 'value="86"' in kept
    assert 'value="М-2241"' in kept
    assert not world.case_at(base).documents[0].has_file


def test_a_script_in_a_file_name_stays_a_name(world: World, sign_in: SignIn, pdf: bytes) -> None:
    anna = sign_in("anna")
    base = begun(anna, world)
    upload(anna, base, pdf, '../../<img src=x onerror=alert(1)>"; x="сертификат.pdf')
    page = anna.get(f"{base}/documents").text
    assert "<img src=x" not in page
    document = world.case_at(base).documents[0]
    answer = anna.get(f"{base}/documents/{document.id}")
    assert answer.data == pdf
    assert answer.headers["Content-Type"] == "application/pdf"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "\n" not in answer.headers["Content-Disposition"]


def test_bad_facts_keep_what_was_typed(world: World, sign_in: SignIn) -> None:
    anna = sign_in("anna")
    base = begun(anna, world)
    bad = {"issued_on": "2027-08-30", "hours": "24,5", "raw_result": "101", "number": "N <b>7</b>"}
    answer = anna.post(f"{base}/certificate", data=bad)
    assert answer.status_code == 422
    assert 'value="24,5"' in answer.text
    assert "N &lt;b&gt;7&lt;/b&gt;" in answer.text
    assert answer.text.count("govuk-error-message") == 2


def test_hours_that_are_no_number_and_a_year_of_long_ago_are_refused_in_russian(
    world: World, sign_in: SignIn
) -> None:
    anna = sign_in("anna")
    base = begun(anna, world)
    bad = {"issued_on": "0202-05-20", "hours": "24", "raw_result": "90", "number": "7"}
    assert "слишком ранний год" in anna.post(f"{base}/certificate", data=bad).text
    page = anna.post(f"{base}/certificate", data={**bad, "hours": "NaN"}).text
    assert "Укажите число" in page and "numeric" not in page
    anna.post(f"{base}/withdraw")
    assert "Вы подали заявление" not in anna.get(base).text, "a draft was never sent"


def test_searching_takes_percent_signs_and_quotes_literally(world: World, sign_in: SignIn) -> None:
    anna = sign_in("anna")
    base = begun(anna, world)
    for text in ("%", "_", "' OR 1=1 --", "\\", "<script>"):
        page = anna.get(f"{base}/source", query_string={"q": text})
        assert page.status_code == 200
        assert (
            "Меридиан" not in page.text.split("<main", 1)[1].split('type="radio"', 1)[-1]
            or 'type="radio"' not in page.text
        )
        assert "<script>" not in page.text.split("<main", 1)[1]


def test_an_unlicensed_site_is_answered_in_one_sentence(world: World, sign_in: SignIn) -> None:
    anna = sign_in("anna")
    base = begun(anna, world)
    listed = anna.get(f"{base}/source?q=кодинг").text
    source = re.search(r'name="source_id" value="([0-9a-f-]{36})"', listed)
    assert source is not None
    answer = anna.post(f"{base}/source", data={"source_id": source[1]})
    page = anna.get(answer.headers["Location"]).text
    assert "нет образовательной лицензии" in page
    assert anna.post(f"{base}/unlicensed").headers["Location"] == base
    assert "школа назначает день аттестации" in anna.get(base).text


@pytest.mark.parametrize("login", ["irina", "ruslan", "noskova", "petrenko", "admin", "kim"])
def test_a_case_out_of_reach_is_not_there_and_the_attempt_is_written_down(
    world: World, sign_in: SignIn, login: str
) -> None:
    case_id = world.applied()
    document = world.case(case_id).documents[0]
    client = sign_in(login)
    for path in (
        f"/credit/{case_id}",
        f"/credit/{case_id}/documents/{document.id}",
        f"/credit/{case_id}/apply",
    ):
        assert client.get(path).status_code in {403, 404}
    assert client.get(f"/api/v1/credit/cases/{case_id}").status_code in {403, 404}
    assert client.post(f"/credit/{case_id}/withdraw").status_code in {403, 404}
    assert world.case(case_id).state is CaseState.SUBMITTED
    with world.runtime.read() as session:
        refused = session.scalars(
            sa.select(AccessLog.outcome).where(AccessLog.actor_person_id == world.school.id(login))
        ).all()
    assert "refused" in refused


def test_a_document_of_one_case_is_not_served_under_another(world: World, sign_in: SignIn) -> None:
    mine, other = world.applied(), world.applied("lev", "irina", number="М-2")
    document = world.case(other).documents[0]
    assert sign_in("anna").get(f"/credit/{mine}/documents/{document.id}").status_code == 404


def test_the_commission_votes_and_decides_on_the_pages(world: World, sign_in: SignIn) -> None:
    case_id = world.referred()
    seat = f"/credit/commission/{case_id}"
    sokolov, belova = sign_in("sokolov"), sign_in("belova")
    vote = {"choice": "for", "round": "1"}
    assert sokolov.post(f"{seat}/vote", data={**vote, "choice": "against"}).status_code == 422
    assert sokolov.post(f"{seat}/vote", data={"choice": "for"}).status_code == 422, "on what was not read"
    assert sokolov.post(f"{seat}/vote", data=vote).status_code == 303
    assert sokolov.post(f"{seat}/vote", data=vote).status_code == 409
    early = belova.post(f"{seat}/decide", data={"outcome": "report"})
    assert early.status_code == 409
    assert "1 из 3" in early.text
    assert belova.post(f"{seat}/vote", data=vote).status_code == 303
    assert belova.post(f"{seat}/decide", data={"outcome": "report"}).status_code == 303
    page = sign_in("anna").get(f"/credit/{case_id}").text
    assert "Школа зачла 22 часа из 30" in page
    assert "Осталось 8 часов" in page
    assert (
        page.index("Школа зачла")
        < page.index("Что произошло")
        < page.index("Как посчитано")
        < page.index("Сроки")
    )


def test_queues_search_page_and_say_when_they_are_empty(world: World, sign_in: SignIn) -> None:
    belova, mironova = sign_in("belova"), sign_in("mironova")
    assert "Комиссию ничего не ждёт" in belova.get("/credit/commission").text
    assert "Здесь ничего не ждёт" in mironova.get("/credit/office").text
    world.referred()
    world.applied("lev", "irina", number="М-2")
    assert "Соня Ветрова" in belova.get("/credit/commission").text
    assert "Соня Ветрова" in belova.get("/credit/commission?q=ветрова").text
    assert "ничего не нашлось" in belova.get("/credit/commission?q=дорохов").text
    assert "Лев Дорохов" in mironova.get("/credit/office?q=python").text
    assert "Лев Дорохов" in mironova.get("/credit/office?q=2").text
    assert mironova.get("/credit/office?page=99&tab=nonsense").status_code == 200


def test_the_api_shows_case_and_report_and_takes_a_vote(world: World, sign_in: SignIn) -> None:
    case_id = world.referred()
    sokolov = sign_in("sokolov")
    listed = sokolov.get("/api/v1/credit/cases").json
    assert [item["id"] for item in listed["items"]] == [str(case_id)]
    report = sokolov.get(f"/api/v1/credit/cases/{case_id}/report").json
    assert [row["hours"] for row in report["rows"]] == ["12.00", "8.00", "2.00", "0.00"]
    assert {f["code"] for f in report["rows"][2]["factors"]} == {
        "relation",
        "level",
        "result",
        "age",
        "trust",
        "assurance",
    }
    address = f"/api/v1/credit/cases/{case_id}/votes"
    vote = {"choice": "for", "round": sokolov.get(f"/api/v1/credit/cases/{case_id}").json["round"]}
    assert sokolov.post(address, json={**vote, "choice": "perhaps"}).status_code == 422
    assert sokolov.post(address, json={"choice": "for"}).status_code == 422
    stale = sokolov.post(address, json={**vote, "round": vote["round"] - 1})
    assert (stale.status_code, stale.json["code"]) == (409, "credit.proposal_changed")
    first = sokolov.post(address, json=vote)
    assert (first.status_code, first.json["cast"], first.json["has_quorum"]) == (201, 1, False)
    again = sokolov.post(address, json=vote)
    assert (again.status_code, again.json["code"]) == (409, "credit.voted")
    assert again.content_type == "application/problem+json"


def test_the_family_chooses_a_way_and_appeals_on_the_pages(world: World, sign_in: SignIn) -> None:
    case_id = world.voted(world.referred(), ("sokolov", FOR), ("dyatlov", FOR))
    with world.uow("belova") as uow:
        service.decide(uow, case_id, is_granted=True)
    anna, base = sign_in("anna"), f"/credit/{case_id}"
    assert anna.post(f"{base}/way").status_code == 422
    assert anna.post(f"{base}/way", data={"way": "attestation"}).status_code == 303
    assert anna.post(f"{base}/appeal", data={"text": ""}).status_code == 422
    assert anna.post(f"{base}/appeal", data={"text": "Не согласны."}).status_code == 303
    assert "Апелляцию рассматривают" in anna.get(base).text
    desk = f"/credit/office/{case_id}"
    gromova = sign_in("gromova")
    assert "Не согласны." in gromova.get(desk).text
    answer = gromova.post(f"{desk}/appeal", data={"outcome": "stands", "answer": "Проверили ещё раз."})
    assert answer.status_code == 303
    assert "Проверили ещё раз." in anna.get(base).text


def test_every_page_works_in_english(world: World, sign_in: SignIn) -> None:
    case_id = world.voted(world.referred(), ("sokolov", FOR), ("dyatlov", FOR))
    with world.uow("belova") as uow:
        service.decide(uow, case_id, is_granted=True)
    anna = sign_in("anna")
    anna.set_cookie("locale", "en")
    page = anna.get(f"/credit/{case_id}").text
    assert "The school credited 22 hours out of 30" in page
    assert "8 hours of 8" in page


def test_a_credit_stands_in_the_journal_with_its_mark_for_those_who_may_see_it(
    world: World, sign_in: SignIn
) -> None:
    with world.uow("gromova") as uow:
        value = service.PolicyValue(Decimal("0.5"), with_mark=True, order_ref="Приказ № 70")
        service.set_conversion_policy(uow, org_id=world.school.id("school-14"), value=value)
    case_id = world.voted(world.referred(), ("sokolov", FOR), ("dyatlov", FOR))

    def journal(login: str) -> str:
        query = "" if login == "sonya" else f"?person={world.school.id('sonya')}"
        return sign_in(login).get(f"/journal{query}").text

    assert "Зачтено из других организаций" not in journal("sonya")
    with world.uow("belova") as uow:
        service.decide(uow, case_id, is_granted=True)
    for login in ("sonya", "anna", "lebedeva"):
        page = journal(login)
        assert "Зачтено частично, отметка 5" in page, login
        assert "22 часа из 30" in page and str(case_id) in page
    assert "Зачтено частично" not in journal("kim")  # teaches physics; the case is not for every teacher
    with world.uow("gromova") as uow:
        service.suspend_credit(uow, case_id, "The centre asks for it.")
    assert "Зачёт приостановлен" in journal("anna")
    with world.uow("gromova") as uow:
        service.revoke_credit(uow, case_id, "It was another student's.")
    assert "Зачтено из других организаций" not in journal("anna")


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_case_stands_in_one_place_with_the_past_behind_it_and_the_future_ahead(
    world: World, app: Flask
) -> None:
    compared = world.referred()
    before = {state: replace(world.case(compared), state=state, decision=None) for state in OFFICE | IN_WORK}
    world.voted(compared, ("sokolov", FOR), ("dyatlov", FOR))
    with world.uow("belova") as uow:
        service.decide(uow, compared, is_granted=True)
    decided = replace(world.case(compared), way=None)
    after = {
        state: replace(decided, state=state, suspended_reason="Doubts", closed_at=decided.opened_at)
        for state in (CaseState.IN_COMMISSION, CaseState.SUSPENDED, CaseState.REVOKED, CaseState.EFFECTED)
    }
    with app.test_request_context(), force_locale("en"):
        for case in [*before.values(), *after.values()]:
            if case.state in {CaseState.SUBMITTED, CaseState.VERIFYING, CaseState.NEED_INFO}:
                case = replace(case, report=None)
            steps = [step["is"] for step in credit_words.steps_of(case, "staff")]
            order = [("done", "now", "ahead", "goal").index(one) for one in steps]
            assert order == sorted(order), (case.state, steps)
            assert steps.count("now") == (case.state is not CaseState.REVOKED), (case.state, steps)
            for step in credit_words.steps_of(case, "staff"):
                assert step["title"].startswith("Now: ") == (step["is"] == "now"), step
                assert ("will " in step["title"]) == (step["is"] in {"ahead", "goal"}), step


def test_the_desk_leads_from_its_summary_to_the_field_of_the_right_document(
    world: World, sign_in: SignIn
) -> None:
    case_id = world.applied()
    with world.uow("mironova") as uow:
        service.start_verification(uow, case_id)
    document_id = world.case(case_id).documents[0].id
    office = sign_in("mironova")
    refused = office.post(f"/credit/office/{case_id}/documents/{document_id}", data={"note": ""})
    assert refused.status_code == 422
    linked = re.findall(r'href="#(f-[\w-]+)"', refused.text)
    assert linked
    for name in linked:
        assert refused.text.count(f'id="{name}"') == 1, name
