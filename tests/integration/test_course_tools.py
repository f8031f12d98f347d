"""Tools of other makers (LTI 1.3): what they are told, what they must prove, and what their results are worth."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html import escape, unescape
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from lms.core.errors import InvalidInput
from lms.core.fetching import NotFetched
from lms.core.models import LedgerEntry
from lms.core.runtime import Runtime
from lms.courses import queries, service
from lms.courses.formats.availability import read_availability
from lms.courses.models import Block, BlockAnswer, Section, Tool, ToolVisit
from lms.courses.service.lti import NewTool
from lms.courses.types import GateCondition, NewBlock, NewCourse, NewSection
from lms.demo.cast import DemoSchool
from tests.fixtures.played import zipped
from tests.fixtures.tool import SITE, OutsideTool
from tests.integration.test_course_pages import csrf, signed_in
from tests.integration.test_courses import TEXT, blocks_of, enrol, publish, school, write

__all__ = ["school"]

ISSUER = "http://127.0.0.1:8000"
SAME = "Вода греется дольше ложки: на каждый градус ей нужно больше тепла. Налейте стакан воды и проверьте это сами."
TASK = {"address": f"{SITE}/tasks/1", "custom": {"level": "8"}, "alternative": SAME}
LTI = "https://purl.imsglobal.org/spec/lti/claim/"


@pytest.fixture
def engine_url(sqlite_url: str) -> str:
    """Return one engine: what differs between them is told elsewhere."""
    return sqlite_url


@pytest.fixture(scope="module")
def maker() -> OutsideTool:
    return OutsideTool()


def registered(runtime: Runtime, school: DemoSchool, maker: OutsideTool, **other: Any) -> UUID:
    said = {
        "name": "Опыты",
        "address": f"{SITE}/",
        "login_address": f"{SITE}/login",
        "redirects": [f"{SITE}/launch"],
        "jwks": maker.jwks(),
        **other,
    }
    with runtime.unit_of_work(school.actor("gromova")) as uow:
        made = service.register_tool(uow, school.id("school-14"), NewTool(**said))
    maker.client_id = str(made)
    return made


def taught(runtime: Runtime, school: DemoSchool, **content: Any) -> UUID:
    """Publish a course with a task at the tool, and a text after it."""
    task = NewBlock("task", "lti", {**TASK, **content}, "Опыт с водой")
    made = write(runtime, school, NewSection("one", "Первый", (task, NewBlock("end", "text", TEXT, "Конец"))))
    publish(runtime, school, made)
    return made


def opened(client: FlaskClient, maker: OutsideTool, step: str, **other: str) -> Any:
    """Go the way of a launch: from the step to the tool, which asks us who comes."""
    begun = client.get(f"{step}/launch")
    assert begun.status_code == 302
    return client.get(maker.asks(begun.headers["Location"], **other))


def token_of(page: str) -> str:
    found = re.search(r'name="id_token" value="([^"]+)"', page)
    assert found
    return unescape(found.group(1))


def key(runtime: Runtime, maker: OutsideTool, client: FlaskClient) -> dict[str, str]:
    proof = maker.proof(int(runtime.clock.now().timestamp()), f"{ISSUER}/courses/lti/token")
    answer = maker.token(client, proof)
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json['access_token']}"}


def score(subject: str, given: float | None = 8, **other: Any) -> dict[str, Any]:
    points = {} if given is None else {"scoreGiven": given, "scoreMaximum": 10}
    return {
        "userId": subject,
        "timestamp": "2026-11-11T10:00:00+00:00",
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        **points,
        **other,
    }


def test_a_tool_believes_who_comes_and_its_result_is_practice(
    runtime: Runtime, app: Flask, school: DemoSchool, maker: OutsideTool
) -> None:
    registered(runtime, school, maker)
    course = taught(runtime, school)
    enrolment, at = enrol(runtime, school, course), blocks_of(runtime, course)
    step = f"/courses/{course}/steps/{at['task']}"
    sonya, program = signed_in(app, "sonya"), app.test_client()
    assert f"{step}/launch" in sonya.get(step).text
    page = opened(sonya, maker, step)
    assert page.status_code == 200 and f"form-action 'self' {SITE}" in page.headers["Content-Security-Policy"]
    claims = maker.believes(token_of(page.text), program)
    assert claims["iss"] == ISSUER and claims[f"{LTI}target_link_uri"] == TASK["address"]
    assert claims[f"{LTI}custom"] == {"level": "8"} and claims[f"{LTI}roles"][0].endswith("#Learner")
    assert claims[f"{LTI}deployment_id"] == str(school.id("school-14"))
    assert "Соня" not in json.dumps(claims, ensure_ascii=False) and "name" not in claims
    assert str(school.id("sonya")) not in json.dumps(claims), "a number that means nothing elsewhere"
    again = maker.believes(token_of(opened(sonya, maker, step).text), program)
    assert again["sub"] == claims["sub"]

    item = claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]["lineitem"].removeprefix(ISSUER)
    headers = key(runtime, maker, program)
    assert program.get(item, headers=headers).json["resourceLinkId"] == str(at["task"])
    sent = program.post(f"{item}/scores", json=score(claims["sub"]), headers=headers)
    assert sent.status_code == 200, sent.text
    assert "пройдено, 80 %" in sonya.get(step).text
    with runtime.read() as session:
        facts = queries.block_facts(session, enrolment)
        assert not facts.completed and session.scalars(sa.select(BlockAnswer)).all() == []


def test_a_result_counts_only_where_the_school_lets_it_and_the_step_asks_for_it(
    runtime: Runtime, app: Flask, school: DemoSchool, maker: OutsideTool
) -> None:
    registered(runtime, school, maker, name="Упражнения")
    with pytest.raises(InvalidInput) as refused:
        taught(runtime, school, enough="60")
    assert refused.value.fields == {"task.enough": ["course.tool_practice"]}
    with runtime.unit_of_work(school.actor("gromova")) as uow:
        service.close_tool(uow, uow.session.scalars(sa.select(Tool.id)).one())
    registered(runtime, school, maker, counts=True, tells_names=True)
    course = taught(runtime, school, enough="60")
    enrolment, at = enrol(runtime, school, course), blocks_of(runtime, course)
    sonya, program = signed_in(app, "sonya"), app.test_client()
    page = opened(sonya, maker, f"/courses/{course}/steps/{at['task']}")
    claims = maker.believes(token_of(page.text), program)
    assert claims["given_name"] == "Соня" and "Соня Ветрова" in page.text
    headers, scores = key(runtime, maker, program), f"/courses/lti/items/{at['task']}/scores"

    def completed() -> set[UUID]:
        with runtime.read() as session:
            return set(queries.block_facts(session, enrolment).completed)

    def say(**said: Any) -> int:
        body = score(claims["sub"], **said)
        return program.post(scores, json=body, headers=headers).status_code

    assert say(given=5) == 200 and completed() == set()
    assert say(given=9, gradingProgress="Pending", timestamp="2026-11-11T10:01:00+00:00") == 200
    assert completed() == set(), "what is not marked yet does not count"
    assert say(given=70, timestamp="2026-11-11T10:02:00+00:00") == 200, "more than all points is all of them"
    assert completed() == {at["task"]}
    assert say(given=1, timestamp="2026-11-11T10:01:00+00:00") == 409, "older than what is known"
    assert say(given=70, timestamp="2026-11-11T10:02:00+00:00") == 200
    with runtime.read() as session:
        assert len(session.scalars(sa.select(BlockAnswer)).all()) == 2, "the same again is the same"


def test_what_a_tool_may_not_ask_is_refused(
    runtime: Runtime, app: Flask, school: DemoSchool, maker: OutsideTool
) -> None:
    registered(runtime, school, maker)
    course = taught(runtime, school)
    enrol(runtime, school, course)
    step = f"/courses/{course}/steps/{blocks_of(runtime, course)['task']}"
    sonya = signed_in(app, "sonya")
    for wrong in (
        {"redirect_uri": "https://elsewhere.example/launch"},
        {"redirect_uri": f"{SITE}/launch/"},
        {"client_id": str(uuid4())},
        {"login_hint": "somebody"},
        {"response_type": "code"},
        {"response_mode": "query"},
        {"scope": "profile"},
        {"nonce": ""},
        {"lti_message_hint": "never-was"},
    ):
        answer = opened(sonya, maker, step, **wrong)
        assert answer.status_code == 422 and 'name="id_token"' not in answer.text, wrong
    begun = sonya.get(f"{step}/launch").headers["Location"]
    assert signed_in(app, "timur").get(maker.asks(begun)).status_code in (403, 404)
    kim = signed_in(app, "kim").get(maker.asks(begun))
    assert kim.status_code == 422, "what begins under one sign-in ends under it"
    with runtime.read() as session:
        assert session.scalars(sa.select(ToolVisit)).all() == []
    posted = app.test_client().post(
        maker.asks(begun).split("?")[0], query_string=maker.asks(begun).split("?")[1]
    )
    assert posted.status_code == 303 and posted.headers["Location"].startswith("/courses/lti/auth?")


def test_forged_results_change_nothing(
    runtime: Runtime, app: Flask, school: DemoSchool, maker: OutsideTool
) -> None:
    tool = registered(runtime, school, maker)
    course = taught(runtime, school)
    enrol(runtime, school, course)
    block = blocks_of(runtime, course)["task"]
    sonya, program = signed_in(app, "sonya"), app.test_client()
    claims = maker.believes(token_of(opened(sonya, maker, f"/courses/{course}/steps/{block}").text), program)
    scores, now = f"/courses/lti/items/{block}/scores", int(runtime.clock.now().timestamp())
    audience, thief = f"{ISSUER}/courses/lti/token", OutsideTool()
    thief.client_id = maker.client_id
    once = maker.proof(now, audience)
    assert maker.token(program, once).status_code == 200
    for proof in (
        once,
        thief.proof(now, audience),
        maker.proof(now, "https://elsewhere.example/token"),
        maker.proof(now - 4000, audience),
        maker.proof(now, audience, exp=now + 100_000),
        maker.proof(now, audience, sub=str(uuid4())),
        maker.proof(now, audience, jti=""),
        maker.proof(now, audience).rpartition(".")[0] + ".",
        "a.b.c",
        "",
    ):
        assert maker.token(program, proof).status_code in (400, 401), proof
    headers, own = key(runtime, maker, program), score(claims["sub"])
    assert program.post(scores, json=own).status_code == 401
    assert program.post(scores, json=own, headers={"Authorization": "Bearer never-was"}).status_code == 401
    assert sonya.post(scores, json=own).status_code == 409, "a browser with a sign-in needs a form's token"
    for wrong in (
        [],
        score("somebody else"),
        score(claims["sub"], given=-1),
        score(claims["sub"], scoreMaximum=0),
        score(claims["sub"], scoreGiven="NaN"),
        score(claims["sub"], scoreGiven=True),
        score(claims["sub"], timestamp="yesterday"),
        score(claims["sub"], timestamp="2026-11-11T10:00:00"),
        score(claims["sub"], activityProgress="Won"),
    ):
        assert program.post(scores, json=wrong, headers=headers).status_code in (400, 404), wrong
    other = f"/courses/lti/items/{blocks_of(runtime, course)['end']}/scores"
    assert program.post(other, json=own, headers=headers).status_code == 404
    with runtime.unit_of_work(school.actor("gromova")) as uow:
        service.close_tool(uow, tool)
    assert program.post(scores, json=own, headers=headers).status_code == 404
    assert sonya.get(f"/courses/{course}/steps/{block}/launch").status_code == 404
    page = sonya.get(f"/courses/{course}/steps/{block}").text
    assert f"{block}/launch" not in page and "больше не пользуется" in page and "Налейте стакан воды" in page


def test_a_digital_textbook_opens_through_its_tool_and_else_as_a_link(
    runtime: Runtime, app: Flask, school: DemoSchool, maker: OutsideTool
) -> None:
    book = {
        "book": "Физика",
        "first_page": "12",
        "last_page": "14",
        "task": "Прочитай",
        "address": f"{SITE}/book/8",
    }
    page = NewBlock("book", "textbook", book, "Учебник")
    with pytest.raises(InvalidInput):
        write(runtime, school, NewSection("one", "Первый", (page,)))
    registered(runtime, school, maker)
    course = write(runtime, school, NewSection("one", "Первый", (page,)))
    publish(runtime, school, course)
    enrol(runtime, school, course)
    step = f"/courses/{course}/steps/{blocks_of(runtime, course)['book']}"
    sonya = signed_in(app, "sonya")
    assert f"{step}/launch" in sonya.get(step).text
    claims = maker.believes(token_of(opened(sonya, maker, step).text), app.test_client())
    assert claims[f"{LTI}custom"] == {"first_page": "12", "last_page": "14"}


def test_the_school_registers_and_closes_tools_and_nobody_else_does(
    runtime: Runtime, app: Flask, school: DemoSchool, maker: OutsideTool
) -> None:
    director = signed_in(app, "gromova")
    form = {
        "name": "Опыты",
        "address": f"{SITE}/",
        "login_address": f"{SITE}/login",
        "redirects": f"{SITE}/launch\n\n{SITE}/deep",
        "jwks": maker.jwks(),
        "csrf_token": csrf(director, "/courses/tools"),
    }
    for wrong in (
        {"address": "http://tool.example"},
        {"address": "javascript:alert(1)"},
        {"redirects": "https://a.example/#x"},
        {"jwks": "{}"},
        {"jwks": '{"keys": [{"kty": "oct", "k": "AA"}]}'},
        {"jwks": "", "counts": "yes"},
        {"jwks": "", "offers_choice": "yes"},
        {"keys_address": "http://127.0.0.1/keys"},
        {"name": " "},
    ):
        assert director.post("/courses/tools", data={**form, **wrong}).status_code == 422, wrong
    assert director.post("/courses/tools", data=form).status_code == 303
    page = director.get("/courses/tools").text
    with runtime.read() as session:
        tool = session.scalars(sa.select(Tool)).one()
        assert tool.redirects == [f"{SITE}/launch", f"{SITE}/deep"]
    for said in (
        str(tool.id),
        f"{ISSUER}/courses/lti/keys",
        f"{ISSUER}/courses/lti/token",
        "/courses/lti/auth",
    ):
        assert said in page
    assert "/courses/tools" in director.get("/courses").text
    kim, other = signed_in(app, "kim"), signed_in(app, "vlasova")
    assert kim.get("/courses/tools").status_code == 403
    assert str(tool.id) not in other.get("/courses/tools").text
    sent = {"csrf_token": csrf(other, "/courses/tools")}
    assert other.post(f"/courses/tools/{tool.id}/close", data=sent).status_code == 404
    assert director.post(f"/courses/tools/{tool.id}/close", data=form).status_code == 303
    with runtime.read() as session:
        assert session.get_one(Tool, tool.id).closed_at is not None
        kinds = session.scalars(sa.select(LedgerEntry.kind).order_by(LedgerEntry.seq)).all()
        assert {"courses.tool_registered", "courses.tool_closed"} <= set(kinds)


def test_a_task_is_chosen_at_the_tool_and_nobody_else_can_choose(
    runtime: Runtime, app: Flask, school: DemoSchool, maker: OutsideTool
) -> None:
    tool = registered(runtime, school, maker, offers_choice=True)
    course = write(runtime, school, NewSection("one", "Первый", (NewBlock("end", "text", TEXT, "Конец"),)))
    kim, program = signed_in(app, "kim"), app.test_client()
    form = f"/courses/{course}/write/new-step?section=one&type=lti"
    choose = f"/courses/{course}/write/choose/{tool}?section=one"
    assert escape(choose) in kim.get(form).text
    assert signed_in(app, "sonya").get(choose).status_code in (403, 404)
    assert kim.get(choose.replace("section=one", "section=none")).status_code == 404
    begun = kim.get(choose).headers["Location"]
    page = kim.get(maker.asks(begun))
    assert page.status_code == 200 and maker.target == f"{SITE}/"
    asked = maker.believes(token_of(page.text), program)
    assert asked[f"{LTI}message_type"] == "LtiDeepLinkingRequest" and "name" not in asked
    assert signed_in(app, "sonya").get(maker.asks(begun)).status_code in (403, 404)

    def chosen(answer: str) -> Any:
        # a browser sends no cookie with a form from another site
        return app.test_client().post("/courses/lti/chosen", data={"JWT": answer})

    thief = OutsideTool()
    thief.client_id = maker.client_id
    item = {"type": "ltiResourceLink"}
    other_site = [{**item, "url": "https://elsewhere.example/1"}]
    good = maker.chooses(asked, ISSUER)
    for wrong in (
        "",
        thief.chooses(asked, ISSUER),
        maker.chooses(asked, "https://elsewhere.example"),
        maker.chooses(asked, ISSUER, iss=str(uuid4())),
        maker.chooses(asked, ISSUER, nonce=""),
        maker.chooses(asked, ISSUER, exp=asked["iat"] - 900),
        maker.chooses(asked, ISSUER, azp="somebody"),
        maker.chooses(asked, ISSUER, deployment=str(uuid4())),
        maker.chooses(asked, ISSUER, kind="LtiResourceLinkRequest"),
        maker.chooses(asked, ISSUER, data="made up"),
        maker.chooses(asked, ISSUER, items=[{"type": "html", "html": "<script>"}]),
        maker.chooses(asked, ISSUER, items=[{**item, "custom": {"a": 1}}]),
        maker.chooses(asked, ISSUER, items=[item, item]),
        good[:-8] + "AAAAAAAA",
    ):
        assert chosen(wrong).status_code == 403, wrong
    assert chosen(maker.chooses(asked, ISSUER, items=other_site)).status_code == 422
    back = chosen(good)
    assert back.status_code == 303 and chosen(good).status_code == 403, "each answer is taken once"
    filled = kim.get(back.headers["Location"]).text
    assert f'value="{SITE}/tasks/7"' in filled and 'value="Опыт с водой"' in filled and "level=8" in filled
    assert f"{SITE}/tasks/7" not in signed_in(app, "gromova").get(back.headers["Location"]).text, "hers alone"
    nothing = chosen(maker.chooses(asked, ISSUER, items=[]))
    assert "ничего не выбр" in kim.get(nothing.headers["Location"]).text
    whole = chosen(maker.chooses(asked, ISSUER, items=[item])).headers["Location"]
    assert f'value="{SITE}/"' in kim.get(whole).text, "a task without an address is opened at the tool's own"


def test_a_tool_opens_in_a_frame_without_a_cookie_once_and_in_time(
    runtime: Runtime, app: Flask, school: DemoSchool, maker: OutsideTool
) -> None:
    registered(runtime, school, maker, is_framed=True)
    course = taught(runtime, school)
    enrolment, at = enrol(runtime, school, course), blocks_of(runtime, course)
    step = f"/courses/{course}/steps/{at['task']}"
    sonya, nobody = signed_in(app, "sonya"), app.test_client()
    assert f"{step}/launch/here" in sonya.get(step).text
    first = sonya.get(f"{step}/launch/here")
    assert (
        "<iframe" not in first.text
        and "Твоего имени он не узнает" in first.text
        and f'{step}/launch"' in first.text
    )
    page = sonya.get(f"{step}/launch/here?open=1")
    assert page.headers["Content-Security-Policy"].endswith(f"frame-src 'self' {SITE}")
    found = re.search(r'<iframe[^>]* src="([^"]+)" sandbox="([^"]+)"', page.text)
    assert found and "top-navigation" not in found.group(2) and f'href="{step}/launch"' in page.text
    asked = maker.asks(unescape(found.group(1)))
    for wrong in (
        {"redirect_uri": "https://elsewhere.example/"},
        {"login_hint": "x"},
        {"client_id": str(uuid4())},
    ):
        assert nobody.get(maker.asks(unescape(found.group(1)), **wrong)).status_code == 422
    answer = nobody.get(asked)
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy and f"form-action 'self' {SITE}" in policy
    claims = maker.believes(token_of(answer.text), nobody)
    assert claims[f"{LTI}launch_presentation"]["document_target"] == "iframe"
    assert nobody.get(asked).status_code == 422, "once"
    scores = f"/courses/lti/items/{at['task']}/scores"
    sent = app.test_client().post(
        scores, json=score(claims["sub"]), headers=key(runtime, maker, app.test_client())
    )
    assert sent.status_code == 200
    with runtime.read() as session:
        assert not queries.block_facts(session, enrolment).completed
    tab = sonya.get(f"{step}/launch").headers["Location"]
    assert "/login" in nobody.get(maker.asks(tab)).headers["Location"], "a tab asks for the sign-in"


def test_keys_are_fetched_follow_a_new_one_and_are_not_asked_for_all_the_time(
    runtime: Runtime, app: Flask, school: DemoSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker, program, asked = OutsideTool(), app.test_client(), list[str]()
    there = {"keys": maker.jwks()}

    def fetch(address: str) -> bytes:
        asked.append(address)
        if not there["keys"]:
            raise NotFetched("status 500")
        return there["keys"].encode()

    monkeypatch.setattr("lms.courses.service.lti.fetch_keys", fetch)
    tool = registered(runtime, school, maker, jwks="", keys_address=f"{SITE}/jwks", counts=True)
    audience = f"{ISSUER}/courses/lti/token"

    def status() -> int:
        return int(
            maker.token(program, maker.proof(int(runtime.clock.now().timestamp()), audience)).status_code
        )

    assert status() == 200 and asked == [f"{SITE}/jwks"]
    assert status() == 200 and len(asked) == 1, "known keys are not asked for again"
    maker.key, maker.kid = OutsideTool().key, "two"
    there["keys"] = maker.jwks()
    assert status() == 401 and len(asked) == 1, "not more often than each minute"
    runtime.clock.advance(timedelta(minutes=2))
    assert status() == 200 and len(asked) == 2, "a new key is looked for by its name"
    runtime.clock.advance(timedelta(hours=25))
    there["keys"] = ""
    assert status() == 200 and len(asked) == 3, "without an answer the old ones hold"
    runtime.clock.advance(timedelta(minutes=2))
    there["keys"] = "<html>"
    assert status() == 200 and len(asked) == 4
    director = signed_in(app, "gromova")
    assert f"{SITE}/jwks" in director.get("/courses/tools").text
    with runtime.unit_of_work(school.actor("gromova")) as uow:
        service.close_tool(uow, tool)
    assert status() == 401 and len(asked) == 4


def taken(runtime: Runtime, school: DemoSchool, data: bytes) -> list[tuple[str, str, list[str]]]:
    """Take a course of another system over; return what became of each item."""
    read = service.read_package(runtime, data)
    assert read.course is not None, read.reason
    with runtime.unit_of_work(school.actor("kim")) as uow:
        new = NewCourse(school.id("school-14"), "", "physics")
        made = service.import_course(uow, new, read.course, "a")
    return [(row.ref, row.status.value, [why.code for why in row.reasons]) for row in made.rows]


def task_of(rows: list[tuple[str, str, list[str]]]) -> tuple[str, str, list[str]]:
    return next(row for row in rows if row[0] == "Опыт")


CARTRIDGE_LINK = f"""<cartridge_basiclti_link xmlns:blti="b" xmlns:lticm="m"><blti:title>Опыт</blti:title>
<blti:description>{SAME}</blti:description><blti:custom><lticm:property name="level">8</lticm:property></blti:custom>
<blti:secure_launch_url>{SITE}/tasks/1</blti:secure_launch_url></cartridge_basiclti_link>"""
BACKUP_LINK = f"""<activity contextid="1"><lti id="1"><name>Опыт</name><intro>{SAME}</intro><toolurl>{SITE}/tasks/1</toolurl>
<instructorcustomparameters>level=8</instructorcustomparameters></lti></activity>"""


def cartridge() -> bytes:
    resource = '<resource identifier="r" type="imsbasiclti_xmlv1p0"><file href="link.xml"/></resource>'
    item = '<item><title>Раздел</title><item identifierref="r"><title>Опыт</title></item></item>'
    manifest = f"""<manifest><organizations><organization>{item}</organization></organizations>
<resources>{resource}</resources></manifest>"""
    return zipped({"imsmanifest.xml": manifest, "link.xml": CARTRIDGE_LINK})


def backup(availability: object, activity: str = BACKUP_LINK) -> bytes:
    """Return a backup of two sections with an activity each; the second one is opened by ``availability``."""
    page = "<activity contextid='2'><page><content>Текст урока</content></page></activity>"
    listed = "".join(
        f"<activity><moduleid>{n}</moduleid><sectionid>{n}</sectionid><modulename>{kind}</modulename>"
        f"<title>{title}</title><directory>activities/{kind}_{n}</directory></activity>"
        for n, kind, title in ((1, "page", "Урок"), (2, "lti", "Опыт"))
    )
    sections = "".join(
        f"<section><sectionid>{n}</sectionid><title>{title}</title><directory>sections/section_{n}</directory></section>"
        for n, title in ((1, "Первый"), (2, "Второй"))
    )
    contents = f"<contents><activities>{listed}</activities><sections>{sections}</sections></contents>"
    said = escape(json.dumps(availability))
    return zipped(
        {
            "moodle_backup.xml": f"<moodle_backup><information>{contents}</information></moodle_backup>",
            "sections/section_1/section.xml": "<section><number>1</number></section>",
            "sections/section_2/section.xml": (
                f"<section><number>2</number><availabilityjson>{said}</availabilityjson></section>"
            ),
            "activities/page_1/page.xml": page,
            "activities/lti_2/lti.xml": activity,
        }
    )


def test_links_of_other_systems_to_a_tool_are_taken_over_where_the_school_has_it(
    runtime: Runtime, school: DemoSchool, maker: OutsideTool
) -> None:
    both = (cartridge(), backup({"op": "&", "c": []}))
    for data in both:
        assert task_of(taken(runtime, school, data)) == ("Опыт", "refused", ["course.tool_unknown"])
    registered(runtime, school, maker)
    for data in both:
        assert task_of(taken(runtime, school, data)) == ("Опыт", "changed", ["package.no_words"])
    with runtime.read() as session:
        found = session.scalars(sa.select(Block).where(Block.type == "lti")).all()
        assert [block.content["custom"] for block in found] == [{"level": "8"}] * 2
        assert all(block.content["address"] == TASK["address"] for block in found)


SPRING = {"type": "date", "d": ">=", "t": 1804291200}
LESSON = {"type": "completion", "cm": 1, "e": 1}


@pytest.mark.parametrize(
    ("said", "gate", "codes"),
    [
        ({"op": "&", "c": [SPRING]}, ["since"], []),
        ({"op": "&", "c": [SPRING, LESSON]}, ["since", "completed"], ["availability.section"]),
        ({"op": "|", "c": [SPRING, LESSON]}, ["any"], ["availability.section"]),
        ({"op": "&", "c": [SPRING, {"type": "group", "id": 3}]}, ["since"], ["availability.partly"]),
        ({"op": "|", "c": [SPRING, {"type": "group", "id": 3}]}, [], ["availability.partly"]),
        ({"op": "!&", "c": [SPRING]}, [], ["availability.partly"]),
        ({"op": "&", "c": [{**SPRING, "d": "<"}]}, [], ["availability.partly"]),
        ({"op": "&", "c": [{**LESSON, "cm": 2}]}, [], ["availability.partly"]),
        ({"op": "&", "c": [{**LESSON, "e": 0}]}, [], ["availability.partly"]),
        ({"op": "&", "c": [SPRING] * 30}, [], ["gate.left_out"]),
        ("[", [], ["availability.partly"]),
    ],
)
def test_what_opens_a_section_of_a_backup_becomes_a_gate_or_is_told(
    said: object, gate: list[str], codes: list[str]
) -> None:
    text = said if isinstance(said, str) else json.dumps(said)
    found, reasons = read_availability(text, {"1": "section-1", "2": "section-2"}, "section-2")
    assert [t.kind.value if isinstance(t, GateCondition) else t.join.value for t in found] == gate
    assert [why.code for why in reasons] == codes


def pages(*said: tuple[str, object]) -> bytes:
    """Return a backup of one section of pages, each opened by a condition of its own (None: by nothing)."""
    listed, files = "", {}
    for number, (title, condition) in enumerate(said, 1):
        listed += (
            f"<activity><moduleid>{number}</moduleid><sectionid>1</sectionid><modulename>page</modulename>"
            f"<title>{title}</title><directory>activities/page_{number}</directory></activity>"
        )
        text = "" if condition is None else escape(json.dumps(condition))
        files[f"activities/page_{number}/module.xml"] = (
            f"<module><availability>{text}</availability></module>"
        )
        files[f"activities/page_{number}/page.xml"] = (
            f"<activity contextid='{number}'><page><content>Текст {title}</content></page></activity>"
        )
    section = "<section><sectionid>1</sectionid><title>Тема</title><directory>sections/section_1</directory></section>"
    contents = f"<contents><activities>{listed}</activities><sections>{section}</sections></contents>"
    return zipped(
        {
            "moodle_backup.xml": f"<moodle_backup><information>{contents}</information></moodle_backup>",
            "sections/section_1/section.xml": "<section><number>1</number><summary>О теме</summary></section>",
            **files,
        }
    )


def test_a_condition_of_an_activity_becomes_a_section_with_its_gate_or_is_told(
    runtime: Runtime, school: DemoSchool
) -> None:
    def after(number: int) -> dict[str, object]:
        return {"op": "&", "c": [{"type": "completion", "cm": number, "e": 1}], "showc": [True]}

    strange = {"op": "&", "c": [{"type": "profile", "sf": "email"}]}
    data = pages(("А", None), ("Б", strange), ("В", after(1)), ("Г", after(1)), ("Д", None), ("Е", after(3)))
    rows = {ref: reasons for ref, _status, reasons in taken(runtime, school, data)}
    assert rows["Б"] == ["availability.activity"] and rows["А"] == rows["Г"] == rows["Д"] == []
    assert rows["В"] == rows["Е"] == ["availability.own_section", "availability.section"]
    with runtime.read() as session:
        found = [
            (
                section.title,
                [block.title for block in section.blocks],
                [row.get("section") for row in section.gate],
            )
            for section in session.scalars(sa.select(Section).order_by(Section.position))
        ]
    assert found == [
        ("Тема", ["Тема", "А", "Б"], []),
        ("Тема: В", ["В", "Г"], ["section-1"]),
        ("Тема: Д", ["Д"], []),
        ("Тема: Е", ["Е"], ["section-1.1"]),
    ]


def test_one_condition_of_all_activities_is_the_gate_of_their_section(
    runtime: Runtime, school: DemoSchool
) -> None:
    spring = {"op": "&", "c": [SPRING]}
    taken(runtime, school, pages(("А", spring), ("Б", spring)))
    with runtime.read() as session:
        (section,) = session.scalars(sa.select(Section)).all()
        assert section.title == "Тема" and [row["kind"] for row in section.gate] == ["since"]


def test_a_gate_of_a_backup_opens_its_section(
    runtime: Runtime, school: DemoSchool, maker: OutsideTool
) -> None:
    registered(runtime, school, maker)
    rows = taken(runtime, school, backup({"op": "&", "c": [LESSON]}))
    assert task_of(rows) == ("Опыт", "changed", ["package.no_words", "availability.section"])
    with runtime.read() as session:
        section = session.scalars(sa.select(Section).where(Section.title == "Второй")).one()
        assert [(row["kind"], row["section"]) for row in section.gate] == [("completed", "section-1")]
