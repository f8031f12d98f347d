"""Courses that end and courses that everybody may see: nobody loses anything, and nothing is told that should stay inside."""

from __future__ import annotations

import html
import json
import re
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from lms.core.errors import Conflict, Forbidden, NotFound
from lms.core.models import StoredFile
from lms.core.runtime import Runtime
from lms.courses import service
from lms.courses.models import Course, CourseMedia, PlaceRequest
from lms.courses.types import EnrolmentGround, NewBlock, NewCourse, NewSection, RequestState
from lms.demo.cast import DemoSchool
from tests.integration.test_course_pages import csrf, press, signed_in, steps
from tests.integration.test_courses import TEXT, course, enrol, publish, school, write

__all__ = ["course", "school"]

SECTION = NewSection(
    "one", "Первый", (NewBlock("text", "text", TEXT, "Начало"), NewBlock("end", "text", TEXT, "Конец"))
)
VTT = b"WEBVTT\n\n00:00.000 --> 00:09.000\nStart\n"


def test_a_course_in_the_archive_takes_nobody_in_and_who_is_in_it_finishes(
    app: Flask, runtime: Runtime, school: DemoSchool
) -> None:
    made = write(runtime, school, SECTION, mode="open")
    publish(runtime, school, made)
    page = f"/courses/{made}"
    enrol(runtime, school, made, "sonya")
    with runtime.unit_of_work(school.actor("kim")) as uow:
        uow.session.get_one(Course, made).seats = 1
    with runtime.unit_of_work(school.actor("lev")) as uow:
        assert service.ask_for_place(uow, made) is RequestState.WAITING
    kim = signed_in(app, "kim")
    token = {"csrf_token": csrf(kim, f"{page}/write")}
    assert kim.post(f"{page}/write/archive", data=token).status_code == 303
    assert "В архиве с" in kim.get(f"{page}/write").text
    assert page not in kim.get("/courses").text.replace(f"{page}/", "")
    assert f'href="{page}"' in kim.get("/courses?archive=1").text

    sonya, lev = signed_in(app, "sonya"), signed_in(app, "lev")
    assert page in sonya.get("/courses").text, "it stays among her own"
    assert page not in lev.get("/courses").text
    assert lev.get(f"{page}/about.jsonld").status_code == 404
    assert "Этот курс в архиве" in lev.get(page).text
    assert "Взять курс" not in lev.get(page).text
    own = {"csrf_token": csrf(lev, "/courses/time")}
    assert lev.post(f"{page}/enrol", data=own).status_code == 409
    assert lev.post(f"{page}/place", data=own).status_code == 409
    with runtime.read() as session:
        assert session.scalar(sa.select(PlaceRequest.state)) is RequestState.REFUSED
    with runtime.unit_of_work(school.actor("kim")) as uow, pytest.raises(Conflict, match=r"course\.archived"):
        service.enrol(uow, school.id("lev"), made, EnrolmentGround.TEACHER)

    for path in steps(runtime, made).values():
        press(sonya, path)
    assert "Путь пройден" in sonya.get(page).text
    with runtime.read() as session:
        assert session.scalar(sa.select(PlaceRequest.state)) is RequestState.REFUSED, "no place is offered"
    assert kim.post(f"{page}/write/restore", data=token).status_code == 303
    assert page in lev.get("/courses").text
    assert lev.post(f"{page}/place", data=own).status_code == 303


def test_a_draft_that_nobody_took_is_deleted_and_nothing_else_is(
    app: Flask, runtime: Runtime, school: DemoSchool, course: UUID
) -> None:
    draft = write(runtime, school, SECTION)
    with runtime.unit_of_work(school.actor("kim")) as uow:
        service.add_media(uow, draft, VTT, "a.vtt")
        service.begin_upload(uow, draft, "film.webm", 50_000_000, "1")
        copy = service.copy_course(uow, draft, "Копия")
    kim = signed_in(app, "kim")
    page = f"/courses/{draft}/write"
    assert "Отменить это нельзя" in kim.get(f"{page}/delete").text
    token = {"csrf_token": csrf(kim, page)}
    assert "не удаляется" in kim.get(f"/courses/{course}/write/delete").text
    assert kim.post(f"/courses/{course}/write/delete", data=token).status_code == 409
    other = signed_in(app, "lebedeva")
    assert "Удалить черновик" not in other.get(page).text, "what a colleague began is not hers to delete"
    theirs = {"csrf_token": csrf(other, page)}
    assert other.post(f"{page}/delete", data=theirs).status_code in {403, 404}
    assert kim.post(f"{page}/delete", data=token).status_code == 303
    assert kim.get(page).status_code == 404
    assert kim.get(f"/courses/{copy}/write").status_code == 200
    assert kim.get("/courses").status_code == 200
    with runtime.read() as session:
        kept = session.scalars(sa.select(CourseMedia.file_id).where(CourseMedia.course_id == copy)).all()
        ending = session.scalars(sa.select(StoredFile.id).where(StoredFile.expires_at.is_not(None))).all()
        assert not set(kept) & set(ending)
    with runtime.unit_of_work(school.actor("sonya")) as uow:
        for verb in (service.delete_course, service.archive_course, service.restore_course):
            with pytest.raises(Forbidden):
                verb(uow, course)


def test_a_draft_is_told_to_nobody_who_does_not_write_it(
    app: Flask, runtime: Runtime, school: DemoSchool
) -> None:
    draft = write(runtime, school, SECTION, mode="request")
    sonya, kim = signed_in(app, "sonya"), signed_in(app, "kim")
    assert kim.get(f"/api/v1/courses/{draft}").status_code == 200
    for address in (f"/courses/{draft}", f"/api/v1/courses/{draft}", f"/courses/public/{draft}"):
        assert sonya.get(address).status_code == 404, address
    with runtime.unit_of_work(school.actor("sonya")) as uow, pytest.raises(NotFound):
        service.ask_for_place(uow, draft)


def test_guests_and_search_machines_read_what_a_head_has_shown_them_and_no_step(
    app: Flask, runtime: Runtime, school: DemoSchool
) -> None:
    text = NewBlock("text", "text", {"markdown": "Тайна урока"}, "Имя шага")
    with runtime.unit_of_work(school.actor("kim")) as uow:
        hostile = NewCourse(
            school.id("school-14"), "</script><b>Тепло", "physics", summary="Об <i>опытах</i>"
        )
        made = service.create_course(uow, hostile)
        service.add_section(uow, made, NewSection("one", "Что такое тепло", (text,)))
        service.publish_course(uow, made)
    guest, kim, head = app.test_client(), signed_in(app, "kim"), signed_in(app, "gromova")
    page = f"/courses/public/{made}"
    assert "пока ни одна школа" in guest.get("/courses/public").text.lower()
    assert guest.get(page).status_code == 404
    write_page = f"/courses/{made}/write"
    assert "Показать всем" not in kim.get(write_page).text
    asked = {"csrf_token": csrf(kim, write_page), "show": "yes"}
    assert kim.post(f"{write_page}/public", data=asked).status_code in {403, 404}
    assert guest.get(page).status_code == 404
    asked["csrf_token"] = csrf(head, write_page)
    assert head.post(f"{write_page}/public", data=asked).status_code == 303

    for address in ("/courses/public", "/courses/public?q=тепла&subject=physics", page):
        answer = guest.get(address)
        assert answer.status_code == 200 and "noindex" not in answer.text
        found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', answer.text, re.DOTALL)
        said = json.loads(found[0])
        assert answer.text.count("<script") == answer.text.count("</script>")
        assert "<b>Тепло" not in answer.text
        for secret in ("Тайна урока", "Имя шага", "Ким", "Игорь"):
            assert secret not in html.unescape(answer.text), address
    assert said["@type"] == "Course" and said["url"].endswith(page)
    assert said["name"] == "</script><b>Тепло" and said["syllabusSections"][0]["name"] == "Что такое тепло"
    assert page in guest.get("/courses/public").text
    assert guest.get("/courses/public?q=математика").status_code == 200
    assert guest.get(f"/courses/{made}").status_code in {302, 303}
    assert "/courses/public" in guest.get("/").text
    with runtime.unit_of_work(school.actor("kim")) as uow:
        service.archive_course(uow, made)
    assert guest.get(page).status_code == 404 and page not in guest.get("/courses/public").text


def test_the_catalogue_of_staff_has_pages(
    app: Flask, runtime: Runtime, school: DemoSchool, course: UUID
) -> None:
    with runtime.unit_of_work(school.actor("kim")) as uow:
        for number in range(50):
            service.create_course(uow, NewCourse(school.id("school-14"), f"Ряд {number:02}", "physics"))
    kim = signed_in(app, "kim")
    first, second = (kim.get(f"/courses?page={number}").text for number in (1, 2))
    assert first.count("Ряд ") >= 45 and "Ряд 49" not in first and "Ряд 49" in second
