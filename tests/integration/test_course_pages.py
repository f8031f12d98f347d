"""Course pages as a browser sees them, and as somebody sees them who should not."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from lms.core.models import AccessLog
from lms.core.runtime import Runtime
from lms.courses import queries, service
from lms.courses.contracts import COURSE_BLOCKS
from lms.courses.models import BlockCompletion, CourseMedia, Enrolment
from lms.courses.types import CompletionSource, EnrolmentGround, NewBlock, NewCourse, NewSection
from lms.demo import courses as demo
from lms.demo.cast import DemoSchool, load_cast
from tests.fixtures.papers import paper_faults, paper_text
from tests.integration.test_courses import TEXT, enrol, publish, write


@pytest.fixture
def school(runtime: Runtime, prepared_cast: None) -> DemoSchool:
    made = load_cast(runtime)
    demo.build(runtime, made)
    return made


@pytest.fixture
def physics(runtime: Runtime, school: DemoSchool) -> UUID:
    return demo.course_id(runtime, school, demo.PHYSICS)


def csrf(client: FlaskClient, path: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(path).text)
    assert found
    return found.group(1)


@pytest.fixture
def sonya(app: Flask, school: DemoSchool) -> FlaskClient:
    return signed_in(app, "sonya")


def signed_in(app: Flask, login: str) -> FlaskClient:
    client = app.test_client()
    form = {"login": login, "password": f"marshrut-{login}", "csrf_token": csrf(client, "/login")}
    assert client.post("/login", data=form).status_code == 303
    return client


def steps(runtime: Runtime, course: UUID) -> dict[str, str]:
    """Return the address of each block's step by the block's key."""
    with runtime.read() as session:
        version = queries.version_to_show(session, course, None)
        return {b.key: queries.step_path(course, b.id) for s in version.sections for b in s.blocks}


def press(client: FlaskClient, path: str, follow: bool = True) -> str:
    """Press the main button of a step that asks nothing; return where one lands."""
    answer = client.post(f"{path}/done", data={"csrf_token": csrf(client, path)})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


STATES = ("false", "170", "вода станет")
RIGHT = ("Количество теплоты", "true", "84", "Медь", "Излучением")


def fill(client: FlaskClient, path: str, right: bool, answers: tuple[str, ...] = RIGHT) -> dict[str, str]:
    """Return the quiz's form filled in from the page itself."""
    page = client.get(path).text
    form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    prefix = re.findall(r'name="(b[0-9a-f]{8})\.1\.answer"', page)[0]
    wanted = answers if right else ("", "false", "1", "Вода", "")
    for number, word in enumerate(wanted, 1):
        name = f"{prefix}.{number}.answer"
        found = re.findall(rf'name="{re.escape(name)}"[^>]*value="([^"]*)"[^>]*>\s*<span>{word}', page)
        form[name] = found[0] if found and word not in {"", "true", "false"} else word
    return {name: value for name, value in form.items() if value or name == "csrf_token"}


def test_my_courses_name_the_next_step(sonya: FlaskClient) -> None:
    page = sonya.get("/courses").text
    assert "Три способа передать тепло" in page
    assert "Пройдено шагов: 2 из 11" in page
    assert "Информатика: как данные идут по сети" in page


def test_search_finds_and_says_when_it_does_not(sonya: FlaskClient) -> None:
    assert "как данные идут" in sonya.get("/courses?q=ПАКЕТЫ").text
    nothing = sonya.get("/courses?q=%3Cscript%3E")
    assert nothing.status_code == 200
    assert "ничего не нашлось" in nothing.text
    assert "<script>" not in nothing.text.split("<main", 1)[1]


def test_the_whole_physics_course_without_javascript(
    runtime: Runtime, physics: UUID, sonya: FlaskClient
) -> None:
    path = steps(runtime, physics)
    assert "Откроется, когда будет пройден раздел" in sonya.get(f"/courses/{physics}").text
    assert "пока закрыт" in sonya.get(path["film"]).text
    assert press(sonya, path["ways"]) == path["film"]
    assert "Следующий раздел открыт" in sonya.get(path["film"]).text
    for key, following in (("film", "formula-text"), ("formula-text", "example"), ("example", "quiz")):
        assert press(sonya, path[key]) == path[following]

    bad = sonya.post(f"{path['quiz']}/answer", data=fill(sonya, path["quiz"], right=False))
    assert bad.status_code == 303
    shown = sonya.get(path["quiz"]).text
    assert "Попробовать ещё раз" in shown
    assert "84 000 Дж" in shown
    assert "пока закрыт" in sonya.get(path["melting"]).text

    good = sonya.post(f"{path['quiz']}/answer", data=fill(sonya, path["quiz"] + "?again=1", right=True))
    assert good.status_code == 303
    assert "Следующий раздел открыт" in sonya.get(path["quiz"]).text
    for key in ("melting", "boiling"):
        press(sonya, path[key])
    last = sonya.post(f"{path['states-quiz']}/answer", data=fill(sonya, path["states-quiz"], True, STATES))
    assert last.status_code == 303
    assert press(sonya, path["experiment"]) == f"/courses/{physics}"
    done = sonya.get(f"/courses/{physics}").text
    assert "Курс пройден до конца" in done
    assert "Пройден " in done


def test_a_refused_answer_keeps_what_was_typed(runtime: Runtime, physics: UUID, sonya: FlaskClient) -> None:
    path = steps(runtime, physics)
    for key in ("ways", "film", "formula-text", "example"):
        press(sonya, path[key])
    form = fill(sonya, path["quiz"], right=True)
    number = next(name for name in form if name.endswith(".3.answer"))
    answer = sonya.post(f"{path['quiz']}/answer", data={**form, number: "сорок два"})
    assert answer.status_code == 422
    assert "сорок два" in answer.text
    assert "<title>Ошибка:" in answer.text


def test_a_stale_form_says_that_another_tab_was_first(
    runtime: Runtime, physics: UUID, sonya: FlaskClient
) -> None:
    path = steps(runtime, physics)
    for key in ("ways", "film", "formula-text", "example"):
        press(sonya, path[key])
    form = fill(sonya, path["quiz"], right=True)
    assert sonya.post(f"{path['quiz']}/answer", data=form).status_code == 303
    again = sonya.post(f"{path['quiz']}/answer", data=form)
    assert again.status_code == 409
    assert "в другой вкладке" in again.text


def test_a_block_in_the_middle_of_a_page_leads_to_its_page(
    runtime: Runtime, physics: UUID, sonya: FlaskClient
) -> None:
    path = steps(runtime, physics)
    answer = sonya.get(path["molecules"])
    assert (answer.status_code, answer.headers["Location"]) == (302, path["inside"])


def test_pages_offer_captions_words_and_mathml(
    runtime: Runtime, physics: UUID, app: Flask, school: DemoSchool
) -> None:
    kim, path = signed_in(app, "kim"), steps(runtime, physics)
    film = kim.get(path["film"]).text
    assert '<track kind="captions"' in film
    assert 'srclang="ru"' in film
    assert "Видео словами" in film
    assert "<math" in kim.get(path["formula-text"]).text
    picture = kim.get(path["inside"]).text
    assert 'alt="Два стакана воды.' in picture


def media(runtime: Runtime, course: UUID, kind: str) -> tuple[str, CourseMedia]:
    with runtime.read() as session:
        row = session.scalars(
            sa.select(CourseMedia).where(CourseMedia.course_id == course, CourseMedia.media_type == kind)
        ).one()
    return queries.media_path(course, str(row.id)), row


def test_video_comes_whole_in_parts_and_not_twice(
    runtime: Runtime, physics: UUID, sonya: FlaskClient
) -> None:
    url, row = media(runtime, physics, "video/webm")
    whole = sonya.get(url)
    assert (whole.status_code, len(whole.data)) == (200, row.size_bytes)
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert "private" in whole.headers["Cache-Control"]
    assert "public" not in whole.headers["Cache-Control"]
    assert "sandbox" in whole.headers["Content-Security-Policy"]
    part = sonya.get(url, headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.data) == (206, whole.data[100:200])
    assert part.headers["Content-Range"] == f"bytes 100-199/{row.size_bytes}"
    end = sonya.get(url, headers={"Range": "bytes=-10"})
    assert end.data == whole.data[-10:]
    assert sonya.get(url, headers={"Range": f"bytes={row.size_bytes + 5}-"}).status_code == 416
    kept = sonya.get(url, headers={"If-None-Match": whole.headers["ETag"]})
    assert (kept.status_code, kept.data) == (304, b"")


def test_media_are_closed_to_everybody_else(
    runtime: Runtime, physics: UUID, app: Flask, school: DemoSchool
) -> None:
    url, row = media(runtime, physics, "video/webm")
    assert app.test_client().get(url).status_code in {303, 401}
    for login in ("timur", "petrenko", "vlasova"):
        assert signed_in(app, login).get(url).status_code == 404, login
    assert signed_in(app, "anna").get(url).status_code in {403, 404}
    with runtime.read() as session:
        refused = session.scalars(
            sa.select(AccessLog.object_id).where(
                AccessLog.action == "courses.read_media", AccessLog.outcome == "refused"
            )
        ).all()
    assert refused.count(row.id) == 3


def test_media_are_not_found_under_another_course(
    runtime: Runtime, physics: UUID, school: DemoSchool, app: Flask
) -> None:
    _url, row = media(runtime, physics, "video/webm")
    with runtime.unit_of_work(school.actor("petrenko")) as uow:
        theirs = service.create_course(uow, NewCourse(school.id("horizon"), "Чужой", "physics"))
        service.add_section(uow, theirs, NewSection("a", "А", (NewBlock("t", "text", {"markdown": "А"}),)))
        service.publish_course(uow, theirs)
        service.enrol(uow, school.id("timur"), theirs, EnrolmentGround.TEACHER)
    timur = signed_in(app, "timur")
    assert timur.get(f"/courses/{theirs}").status_code == 200
    assert timur.get(queries.media_path(theirs, str(row.id))).status_code == 404


def test_a_withdrawn_student_sees_neither_steps_nor_media(
    runtime: Runtime, physics: UUID, school: DemoSchool, sonya: FlaskClient
) -> None:
    url, _row = media(runtime, physics, "video/webm")
    with runtime.read() as session:
        enrolment = queries.enrolment_of(session, school.id("sonya"), physics)
    assert enrolment is not None
    with runtime.unit_of_work(school.actor("kim")) as uow:
        service.withdraw_enrolment(uow, enrolment.id)
    assert sonya.get(url).status_code == 404
    assert sonya.get(steps(runtime, physics)["kettle"]).status_code in {403, 404}


@pytest.mark.parametrize("login", ["timur", "petrenko"])
def test_another_schools_course_does_not_exist(
    runtime: Runtime, physics: UUID, app: Flask, school: DemoSchool, login: str
) -> None:
    stranger, path = signed_in(app, login), steps(runtime, physics)["kettle"]
    for address in (
        f"/courses/{physics}",
        path,
        f"/courses/{physics}/progress",
        f"/api/v1/courses/{physics}",
    ):
        assert stranger.get(address).status_code in {403, 404}, address
    assert stranger.get(f"/courses/{physics}").status_code == 404


def test_who_is_not_enrolled_reads_the_outline_and_no_step(
    runtime: Runtime, app: Flask, school: DemoSchool
) -> None:
    biology = demo.course_id(runtime, school, demo.BIOLOGY)
    lev = signed_in(app, "lev")
    assert lev.get(f"/courses/{biology}").status_code == 200
    step = steps(runtime, biology)["plasma"]
    assert lev.get(step).status_code in {403, 404}
    assert lev.post(f"{step}/done", data={"csrf_token": csrf(lev, "/courses")}).status_code == 404
    refused = lev.post(f"/courses/{biology}/enrol", data={"csrf_token": csrf(lev, "/courses")})
    assert refused.status_code == 404


def test_a_student_takes_an_open_course(runtime: Runtime, school: DemoSchool, sonya: FlaskClient) -> None:
    network = demo.course_id(runtime, school, demo.NETWORK)
    page = f"/courses/{network}"
    answer = sonya.post(f"{page}/enrol", data={"csrf_token": csrf(sonya, page)})
    assert (answer.status_code, answer.headers["Location"]) == (303, page)
    assert "Запись готова" in sonya.get(page).text


def test_the_teacher_sees_own_students_in_words(
    runtime: Runtime, physics: UUID, app: Flask, school: DemoSchool
) -> None:
    page = signed_in(app, "kim").get(f"/courses/{physics}/progress").text
    assert "Ветрова Соня" in page
    assert "Дорохов Лев" in page
    tutor = signed_in(app, "lebedeva").get(f"/courses/{physics}/progress").text
    assert "Ветрова Соня" in tutor
    assert "Дорохов Лев" not in tutor


def test_the_teacher_pauses_resumes_and_completes(
    runtime: Runtime, physics: UUID, app: Flask, school: DemoSchool
) -> None:
    kim = signed_in(app, "kim")
    with runtime.read() as session:
        enrolment = queries.enrolment_of(session, school.id("lev"), physics)
    assert enrolment is not None
    page = f"/courses/{physics}/progress/{enrolment.id}"
    for act, words in (("pause", "Приостановлен"), ("resume", "В\u00a0работе")):
        assert kim.post(f"{page}/{act}", data={"csrf_token": csrf(kim, page)}).status_code == 303
        assert words in kim.get(page).text
    assert kim.post(f"{page}/withdraw", data={"csrf_token": csrf(kim, page)}).status_code == 303
    assert "Дорохов" not in kim.get(f"/courses/{physics}/progress").text.partition("<select")[0]
    again = {"csrf_token": csrf(kim, "/courses"), "person_id": str(school.id("lev")), "ground": "teacher"}
    assert kim.post(f"/courses/{physics}/students", data=again).status_code == 303
    with runtime.read() as session:
        enrolment = queries.enrolment_of(session, school.id("lev"), physics)
    assert enrolment is not None
    page = f"/courses/{physics}/progress/{enrolment.id}"
    empty = kim.post(f"{page}/complete", data={"csrf_token": csrf(kim, page), "reason": ""})
    assert empty.status_code == 422
    done = kim.post(f"{page}/complete", data={"csrf_token": csrf(kim, page), "reason": "Сдал устно"})
    assert done.status_code == 303
    with runtime.read() as session:
        assert session.get_one(Enrolment, enrolment.id).state.value == "completed"


def test_the_tutor_cannot_change_a_student_who_is_not_theirs(
    runtime: Runtime, physics: UUID, app: Flask, school: DemoSchool
) -> None:
    lebedeva = signed_in(app, "lebedeva")
    with runtime.read() as session:
        enrolment = queries.enrolment_of(session, school.id("lev"), physics)
    assert enrolment is not None
    page = f"/courses/{physics}/progress/{enrolment.id}"
    assert lebedeva.get(page).status_code == 404
    answer = lebedeva.post(f"{page}/pause", data={"csrf_token": csrf(lebedeva, "/courses")})
    assert answer.status_code == 404


def test_the_api_says_the_same(runtime: Runtime, physics: UUID, sonya: FlaskClient) -> None:
    (mine,) = [c for c in sonya.get("/api/v1/courses").json if c["course"]["subject"] == "physics"]
    assert mine["progress"]["done"] == 2
    outline = sonya.get(f"/api/v1/courses/{physics}").json
    assert [s["is_open"] for s in outline["sections"]] == [True, False, False]
    assert outline["sections"][2]["waits_for"] == [{"section": "heat", "kind": "score", "at_least": "0.6"}]
    waiting = outline["sections"][0]["steps"][2]["block_ids"]
    token = {"X-CSRFToken": csrf(sonya, "/courses")}
    url = f"/api/v1/courses/{physics}/blocks"
    completed = sa.select(sa.func.count()).select_from(BlockCompletion)
    with runtime.read() as session:
        before = session.scalar(completed) or 0
    for block in waiting:
        answer = sonya.post(f"{url}/{block}/complete", headers=token)
        assert answer.status_code == 200, answer.text
    assert answer.json["opened_sections"] == ["heat"]
    assert sonya.get(f"/api/v1/courses/{physics}/progress").json["done"] == 3
    closed = outline["sections"][2]["steps"][0]["block_ids"][0]
    problem = sonya.post(f"{url}/{closed}/complete", headers=token)
    assert (problem.status_code, problem.json["code"]) == (409, "course.gate_closed")
    assert sonya.post(f"{url}/{waiting[0]}/complete").status_code in {400, 409}
    with runtime.read() as session:
        assert session.scalar(completed) == before + len(waiting)


def test_content_whose_plug_in_is_gone_stays_and_is_read_only(
    runtime: Runtime, physics: UUID, sonya: FlaskClient
) -> None:
    path = steps(runtime, physics)["ways"]
    gone = runtime.registries.of(COURSE_BLOCKS)
    gone._members.pop("picture")
    page = sonya.get(path)
    assert page.status_code == 200
    assert "Три способа передать тепло" in page.text
    assert "не установлен модуль «picture»" in page.text
    assert "Прочитано, дальше" not in page.text
    refused = sonya.post(f"{path}/done", data={"csrf_token": csrf(sonya, "/courses")})
    assert refused.status_code == 404
    assert sonya.get(f"/courses/{physics}").status_code == 200


def test_the_catalogue_is_narrowed_down_by_what_courses_are(sonya: FlaskClient) -> None:
    page = sonya.get("/courses").text
    assert "Алгебра" in page and "Информатика" in page
    assert "Уточнить выбор" in page
    page = sonya.get("/courses?subject=maths&length=middle").text
    offered = page.split('id="offered"')[1]
    assert "Алгебра: квадратные" in offered and "Информатика: как данные" not in offered
    assert "ни один курс" in sonya.get("/courses?subject=maths&length=short&language=tlh").text


def test_a_lesson_fetches_one_small_script_before_it_can_be_read(
    sonya: FlaskClient, runtime: Runtime, physics: UUID
) -> None:
    lesson = next(iter(steps(runtime, physics).values()))
    text = sonya.get(lesson).text
    early = re.findall(r'<script[^>]*src="[^"]*/([\w-]+)\.[0-9a-f]{12}\.js"', text)
    late = re.findall(r'<template data-script="[^"]*/([\w-]+)\.[0-9a-f]{12}\.js"></template>', text)
    assert (early, late) == (["late"], ["app", "aloud", "study"])


def test_a_course_asks_the_database_as_often_for_twelve_sections_as_for_two(
    app: Flask, runtime: Runtime, school: DemoSchool
) -> None:
    def made(sections: int) -> UUID:
        course = write(
            runtime,
            school,
            *(
                NewSection(
                    f"s{number}",
                    "Часть",
                    tuple(NewBlock(f"t{number}-{row}", "text", TEXT) for row in range(3)),
                )
                for number in range(sections)
            ),
        )
        publish(runtime, school, course)
        enrol(runtime, school, course)
        return course

    asked: list[str] = []
    client, small, large = signed_in(app, "sonya"), made(2), made(12)
    lessons = [next(iter(steps(runtime, course).values())) for course in (small, large)]
    sa.event.listen(runtime.database.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    counts = []
    for path in (f"/courses/{small}", f"/courses/{large}", *lessons):
        assert client.get(path).status_code == 200
        asked.clear()
        client.get(path)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 10
    assert counts[2] == counts[3] <= 14


def test_a_completed_course_is_said_on_a_tagged_paper_to_those_who_may_read_it(
    app: Flask, runtime: Runtime, school: DemoSchool, physics: UUID
) -> None:
    with runtime.unit_of_work(school.actor("kim")) as uow:
        enrolment = service.enrol(uow, school.id("sonya"), physics, EnrolmentGround.TEACHER).id
    paper = f"/courses/{physics}/progress/{enrolment}/statement.pdf"
    sonya = signed_in(app, "sonya")
    assert sonya.get(paper).status_code == 404, "there is none before the course is completed"
    with runtime.unit_of_work(school.actor("kim")) as uow:
        service.complete_course(uow, enrolment, CompletionSource.TEACHER, "Показала в лаборатории")
    assert paper in sonya.get(f"/courses/{physics}").text
    for login in ("sonya", "anna", "kim"):
        given = signed_in(app, login).get(paper)
        assert given.status_code == 200 and given.mimetype == "application/pdf"
    assert paper_faults(given.data) == []
    assert "Лаборатор" not in paper_text(given.data), "the reason stays in the school"
    for login in ("lev", "irina", "petrenko"):
        assert signed_in(app, login).get(paper).status_code in {403, 404}
