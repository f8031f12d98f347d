"""Writing the steps of a course in the browser: every kind by its own form, the checker, two authors, a second version."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from lms.assessment import service as assessment
from lms.assessment.models import AttestationSession
from lms.core.actor import SYSTEM
from lms.core.errors import Conflict, InvalidInput
from lms.core.models import AccessLog
from lms.core.runtime import Runtime
from lms.courses import queries, service
from lms.courses.contracts import COURSE_BLOCKS, CompletionRule, FieldKind
from lms.courses.pages import meeting as meeting_page
from lms.courses.types import EnrolmentGround, NewBlock, NewCourse, NewSection
from lms.demo.cast import DemoSchool, load_cast
from lms.people import service as people
from lms.testing.exams import ExamGround
from tests.fixtures.played import glb, h5p, scorm
from tests.fixtures.tool import OutsideTool
from tests.integration.test_course_writing import signed_in


@pytest.fixture
def engine_url(sqlite_url: str) -> str:
    """Return one engine: what differs between them is told elsewhere."""
    return sqlite_url


TEXT = {"markdown": "Текст"}


@pytest.fixture
def school(runtime: Runtime, prepared_cast: None) -> DemoSchool:
    return load_cast(runtime)


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    return {**environment, "LMS_COURSES_ALLOWED_HOSTS": "example edsoo.ru"}


@pytest.fixture
def course(runtime: Runtime, school: DemoSchool) -> UUID:
    """Begin a course of one section with one text, at a school that has registered a tool."""
    there = "https://tool.example/"
    with runtime.unit_of_work(school.actor("gromova")) as uow:
        tool = service.NewTool(
            "Опыты", there, f"{there}login", [f"{there}launch"], OutsideTool().jwks(), counts=True
        )
        service.register_tool(uow, school.id("school-14"), tool)
    with runtime.unit_of_work(school.actor("kim")) as uow:
        course = service.create_course(uow, NewCourse(school.id("school-14"), "Проба", "physics"))
        text = NewBlock("text", "text", {"markdown": "Первый шаг"}, "Начало")
        service.add_section(uow, course, NewSection("one", "Первый", (text,)))
    return course


def photo() -> bytes:
    """Return a photograph that says where and how it was taken, lying on its side."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Camera of Kim", 6
    made = io.BytesIO()
    Image.new("RGB", (40, 20), "red").save(made, "JPEG", exif=exif)
    return made.getvalue()


#: Bytes for each kind of upload, by what a form accepts.
FILES = {
    "image/*": (photo(), "IMG_1.jpg"),
    "audio/*": (b"ID3\x03 sound", "a.mp3"),
    ".vtt": (b"WEBVTT\n\n00:00.000 --> 00:01.000\nA\n", "a.vtt"),
    "video/mp4,video/webm": (b"\x00\x00\x00\x18ftypmp42", "a.mp4"),
    "": (b"%PDF-1.7", "a.pdf"),
    ".zip": (scorm({"a.html": "<p>a"}), "a.zip"),
    ".h5p": (h5p(), "a.h5p"),
    ".glb": (glb(), "a.glb"),
}


def planned_exam(runtime: Runtime, school: DemoSchool, *, starts_in_minutes: int = 60) -> UUID:
    """Plan an exam of the school; return it."""
    org, kim = school.id("school-14"), school.id("kim")
    with runtime.unit_of_work(SYSTEM) as uow:
        assessment.set_review_rule(uow, org, needs_second=False)
    ground = ExamGround(runtime, "school-14", org, kim, kim, kim)
    plan = ground.write_plan(ground.sample_questions()[:1])
    return ground.open_session(plan, starts_in_minutes=starts_in_minutes)


class Author:
    """A teacher who writes in a browser."""

    def __init__(self, app: Flask, course: UUID, login: str = "kim") -> None:
        self.client: FlaskClient = signed_in(app, login)
        self.page = f"/courses/{course}/write"
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.client.get(self.page).text)
        assert token
        self.token = {"csrf_token": token.group(1)}

    def send(self, path: str, **form: Any) -> Any:
        return self.client.post(f"{self.page}{path}", data={**self.token, **form})

    def seen(self, path: str) -> str:
        found = re.search(r'name="seen" value="(\w+)"', self.client.get(f"{self.page}{path}").text)
        assert found
        return found.group(1)

    def steps(self) -> list[str]:
        found = re.findall(r"/write/steps/([0-9a-f-]{36})", self.client.get(self.page).text)
        return list(dict.fromkeys(found))


def test_every_kind_is_written_by_its_own_form_and_shown(
    runtime: Runtime, app: Flask, school: DemoSchool, course: UUID
) -> None:
    kim, exam = Author(app, course), planned_exam(runtime, school)
    kinds = runtime.registries.of(COURSE_BLOCKS)
    choice = kim.client.get(f"{kim.page}/new-step?section=one").text
    assert "Из других систем" in choice and "Готовое интерактивное упражнение" in choice
    assert 'id="g-5"' not in choice, "a kind of our own stands among others, without a word"
    for kind in kinds:
        path = f"/new-step?section=one&type={kind.name}"
        assert path.replace("&", "&amp;") in choice
        with app.test_request_context():
            fields = kind.author_form()
        form: dict[str, Any] = kind.form_from(next(s.content for s in kind.samples() if s.is_valid))
        form = {name: value for name, value in form.items() if not name.endswith(".type")}
        for field in fields:
            if field.source:
                form[field.name] = str(exam)
            if field.kind is FieldKind.FILE:
                data, name = FILES[field.accept]
                form[field.name] = (io.BytesIO(data), name)
        empty = kim.send(path)
        assert empty.status_code == 422 and "<title>Ошибка:" in empty.text, kind.name
        made = kim.send(path, title=f"Шаг {kind.name}", est_minutes="2", **form)
        assert made.status_code == 303, (
            kind.name,
            re.findall(r"govuk-error-message[^<]*<[^<]*</[^<]*<", made.text),
        )
        shown = kim.client.get(made.headers["Location"])
        assert shown.status_code == 200 and f"Шаг {kind.name}" in shown.text
        block_id = made.headers["Location"].rsplit("/", 1)[1]
        again = f"/steps/{block_id}"
        form = {name: value for name, value in form.items() if not isinstance(value, tuple)}
        kept = re.findall(r'name="([\w.]+\.kept)" value="([^"]+)"', kim.client.get(f"{kim.page}{again}").text)
        before = content_of(runtime, course, block_id)
        sent = kim.send(again, title="Иначе", est_minutes="2", seen=kim.seen(again), **form, **dict(kept))
        assert sent.status_code == 303, kind.name
        assert content_of(runtime, course, block_id) == before, "what was not touched stays as it was"
    assert len(kim.steps()) == len(kinds.names()) + 1


def content_of(runtime: Runtime, course: UUID, block_id: str) -> dict[str, Any]:
    with runtime.read() as session:
        draft = queries.draft_version(session, course)
        assert draft is not None
        return next(dict(b.content) for s in draft.sections for b in s.blocks if str(b.id) == block_id)


def test_a_photograph_loses_what_the_camera_wrote_and_needs_its_words(
    runtime: Runtime, app: Flask, school: DemoSchool, course: UUID
) -> None:
    kim = Author(app, course)
    path = "/new-step?section=one&type=picture"
    silent = kim.send(path, media=(io.BytesIO(photo()), "IMG_1.jpg"), caption="Опыт")
    assert silent.status_code == 422 and "Опишите словами, что на рисунке" in silent.text
    kept = re.findall(r'name="media.kept" value="([^"]+)"', silent.text)
    assert kept and "Опыт" in silent.text, "neither the file nor the words have to be sent again"
    made = kim.send(path, **{"media.kept": kept[0], "alt": "Красная полоса", "caption": "Опыт"})
    assert made.status_code == 303
    picture = Image.open(io.BytesIO(kim.client.get(f"/courses/{course}/media/{kept[0]}").data))
    assert picture.size == (20, 40) and not dict(picture.getexif())
    disguised = kim.send(path, media=(io.BytesIO(b"MZ no picture"), "IMG_2.png"), alt="Полоса")
    assert disguised.status_code == 422 and "IMG_2.png" in disguised.text


def test_captions_without_a_word_are_no_captions(runtime: Runtime, school: DemoSchool, course: UUID) -> None:
    with pytest.raises(InvalidInput) as refused, runtime.unit_of_work(school.actor("kim")) as uow:
        service.add_media(uow, course, b"WEBVTT\n\nNOTE nothing yet\n", "a.vtt")
    assert refused.value.code == "course.captions_empty"


def test_nobody_overwrites_what_somebody_else_has_written(
    app: Flask, school: DemoSchool, course: UUID
) -> None:
    kim = Author(app, course)
    step = f"/steps/{kim.steps()[0]}"
    first, second = kim.seen(step), kim.seen(step)
    assert kim.send(step, title="А", markdown="Мой текст", seen=first).status_code == 303
    late = kim.send(step, title="Б", markdown="Другой текст", seen=second)
    assert late.status_code == 422
    assert "Другой текст" in late.text and "изменил кто-то другой" in late.text
    assert "Мой текст" in kim.client.get(f"{kim.page}{step}").text
    again = re.search(r'name="seen" value="(\w+)"', late.text)
    assert again
    assert kim.send(step, title="Б", markdown="Другой текст", seen=again.group(1)).status_code == 303
    section = kim.seen("/section?key=one")
    assert kim.send("/section?key=one", title="Раз", seen=section).status_code == 303
    assert kim.send("/section?key=one", title="Два", seen=section).status_code == 422
    assert kim.send(f"{step}/remove").status_code == 303
    lost = kim.send(step, title="В", markdown="Текст, который жаль", seen=again.group(1))
    assert (
        lost.status_code == 409
        and "Текст, который жаль" in lost.text
        and kim.token["csrf_token"] not in (re.findall(r"<textarea[^>]*>([^<]*)", lost.text)[0])
    )
    assert kim.client.get(f"{kim.page}{step}").status_code == 404


def test_nobody_overwrites_what_a_course_or_a_group_is_called_and_taking_out_asks(
    app: Flask, school: DemoSchool, course: UUID
) -> None:
    kim = Author(app, course)
    about = {"subject": "physics", "mode": "open", "seen": kim.seen("/about")}
    assert kim.send("/about", title="Мой курс", **about).status_code == 303
    late = kim.send("/about", title="Чужой курс", **about)
    assert late.status_code == 422 and "Чужой курс" in late.text and "изменил кто-то другой" in late.text
    assert "Мой курс" in kim.client.get(kim.page).text
    again = re.search(r'name="seen" value="(\w+)"', late.text)
    assert again
    about["seen"] = again.group(1)
    assert kim.send("/about", title="Чужой курс", **about).status_code == 303

    places = f"/courses/{course}"
    group = {"title": "Осень", "starts_on": "2026-12-01", **kim.token}
    assert kim.client.post(f"{places}/cohorts", data=group).status_code == 303
    found = re.search(r"/cohorts/([0-9a-f-]{36})", kim.client.get(f"{places}/places").text)
    assert found
    page = f"{places}/cohorts/{found.group(1)}"
    seen = re.search(r'name="seen" value="(\w+)"', kim.client.get(page).text)
    assert seen
    changed = {**group, "seen": seen.group(1)}
    assert kim.client.post(page, data={**changed, "title": "Зима"}).status_code == 303
    late = kim.client.post(page, data={**changed, "title": "Весна"})
    assert (
        late.status_code == 422 and "Весна" in late.text and "Зима" in kim.client.get(f"{places}/places").text
    )

    step = f"/steps/{kim.steps()[0]}"
    for path, action in ((f"{step}/remove", f"{step}/remove"), ("/remove?section=one", "/remove")):
        asked = kim.client.get(f"{kim.page}{path}")
        assert asked.status_code == 200 and "из черновика?" in asked.text
        mark = re.search(r'name="seen" value="(\w+)"', asked.text)
        assert mark
        title = f"Новое {path}"[:40]
        assert kim.send(step, title=title, markdown="Слова", seen=kim.seen(step)).status_code == 303
        refused = kim.send(action, section="one", seen=mark.group(1))
        assert refused.status_code in {409, 422} and title in kim.client.get(kim.page).text, (
            "news are not lost"
        )
    assert kim.client.get(f"{kim.page}/remove?section=none").status_code == 404
    assert kim.send("/remove", section="one", seen="").status_code == 303


def test_a_section_that_is_heavy_for_slow_lines_is_named_with_its_weight_and_its_time(
    app: Flask, runtime: Runtime, school: DemoSchool, course: UUID
) -> None:
    kim = Author(app, course)
    light = kim.client.get(kim.page).text
    assert "Этот раздел весит" not in light
    with runtime.unit_of_work(school.actor("kim")) as uow:
        film = service.add_media(uow, course, b"\x00\x00\x00\x18ftypmp42" + bytes(6_000_000), "a.mp4")
        seen = {"media": str(film.id), "label": "Опыт", "summary": "Запись опыта.", "is_accessible": True}
        service.add_block(uow, course, "one", NewBlock("film", "file", seen, "Запись", est_minutes=4))
    heavy = kim.client.get(kim.page).text
    weight = re.search(r"Этот раздел весит ([\d,]+).МБ", heavy)
    assert weight and 5.5 <= float(weight.group(1).replace(",", ".")) <= 6.1
    assert re.search(r"5.минут", heavy), "the time of both steps"


def test_links_lead_to_known_sites_only(app: Flask, school: DemoSchool, course: UUID) -> None:
    kim = Author(app, course)
    path, text = "/new-step?section=one&type=text", "Смотри [опыт с чайником]({})"
    strange = kim.send(path, markdown=text.format("https://elsewhere.test/x"))
    assert strange.status_code == 422 and "нельзя вести на этот сайт" in strange.text
    assert kim.send(path, markdown=text.format("https://www.edsoo.ru/x")).status_code == 303


def test_formatted_text_is_read_for_authors_only(app: Flask, school: DemoSchool, course: UUID) -> None:
    kim, address = signed_in(app, "kim"), f"/courses/{course}/write/pasted"
    assert 'data-markdown="steps"' in kim.get(f"/courses/{course}/write").text
    token = re.search(r'name="csrf-token" content="([^"]+)"', kim.get("/account").text)
    assert token
    headers = {"X-CSRFToken": token.group(1), "Accept": "application/json"}
    html = '<h1>Тень</h1><p><a href="https://edsoo.ru/1">да</a> <a href="https://bad.test/">нет</a> <img src=a alt="Лампа">'
    said = kim.post(address, json={"html": html}, headers=headers).json
    assert said["markdown"].startswith("# Тень\n\n[да](<https://edsoo.ru/1>) нет\n\n*")
    assert "Лампа" in said["markdown"] and "bad.test" in said["said"] and "Ctrl+Z" in said["said"]
    steps = kim.post(address, json={"html": html, "steps": True}, headers=headers).json
    assert steps["markdown"].startswith("## Тень")
    assert kim.post(address, json={"html": "<div>x</div>"}, headers=headers).json["markdown"] is None
    for wrong in ({}, [], {"html": 1}, {"html": "x" * 2_000_001}):
        assert kim.post(address, json=wrong, headers=headers).status_code == 422
    assert signed_in(app, "sonya").post(address, json={"html": html}).status_code in (403, 404, 409)


def test_the_checker_stops_a_publication_until_it_is_mended(
    app: Flask, school: DemoSchool, course: UUID
) -> None:
    kim = Author(app, course)
    step = f"/steps/{kim.steps()[0]}"
    bad = {"title": "Начало", "markdown": "# Тепло\n\n### Опыт\n\nЧитай [здесь](https://edsoo.ru)"}
    assert kim.send(step, seen=kim.seen(step), **bad).status_code == 303
    refused = kim.send("/publish")
    assert refused.status_code == 422
    assert "перескакивает уровень" in refused.text and "Ссылка названа" in refused.text
    assert f"{kim.page}{step}" in refused.text, "each finding leads to where it is mended"
    good = {"title": "Начало", "markdown": "# Тепло\n\n## Опыт\n\nЧитай [описание опыта](https://edsoo.ru)"}
    assert kim.send(step, seen=kim.seen(step), **good).status_code == 303
    assert kim.send("/publish").status_code == 303


def test_gates_are_set_in_words(app: Flask, school: DemoSchool, course: UUID) -> None:
    kim = Author(app, course)
    quiz = {"questions": "? 2 · 21\n= 42"}
    assert kim.send("/new-step?section=one&type=practice_quiz", **quiz).status_code == 303
    assert kim.send("", title="Второй", steps="## Дальше\nТекст").status_code == 303
    key = next(k for k in re.findall(r"section\?key=([^\"]+)", kim.client.get(kim.page).text) if k != "one")
    path = f"/section?key={key}"
    without = kim.send(path, title="Второй", seen=kim.seen(path), **{"gate.0.what": "score:one"})
    assert without.status_code == 422 and "от 1 до 100" in without.text
    gate = {"gate.0.what": "score:one", "gate.0.share": "60"}
    assert kim.send(path, title="Второй", seen=kim.seen(path), **gate).status_code == 303
    assert "хотя бы 60 баллов" in kim.client.get(kim.page).text
    back = {"gate.0.what": f"completed:{key}"}
    assert (
        kim.send("/section?key=one", title="Первый", seen=kim.seen("/section?key=one"), **back).status_code
        == 303
    )
    assert "ждут друг друга" in kim.send("/publish").text, "nobody could open either"


def test_a_gate_of_rows_asks_for_a_day_a_class_or_support_and_is_tried_with_a_students_eyes(
    runtime: Runtime, app: Flask, school: DemoSchool, course: UUID
) -> None:
    org = school.id("school-14")
    with runtime.unit_of_work(SYSTEM) as uow:
        grade_8 = people.create_class(uow, org_id=org, grade=8, label="8 проба")
        other = people.create_class(uow, org_id=org, grade=8, label="8 другой")
        people.join_class(uow, class_id=grade_8, person_id=school.id("sonya"))
        service.add_section(uow, course, NewSection("two", "Второй", (NewBlock("b", "text", TEXT),)))
        service.add_section(uow, course, NewSection("three", "Третий", (NewBlock("c", "text", TEXT),)))
    kim = Author(app, course)

    def gate(key: str, *rows: dict[str, str], **more: str) -> Any:
        path = f"/section?key={key}"
        filled = {f"gate.{n}.{name}": value for n, row in enumerate(rows) for name, value in row.items()}
        return kim.send(path, title=key, seen=kim.seen(path), **filled, **more)

    own, not_own = {"what": f"group:{grade_8}"}, {"what": f"not_group:{grade_8}"}
    assert gate("two", {"what": "since"}).status_code == 422, "a day is asked for"
    more = gate("two", own, more="yes")
    assert more.status_code == 200 and 'name="gate.2.what"' in more.text, "rows are added without a script"
    either = {"join": "or", "what": "measure:read_aloud"}
    assert gate("two", {"what": f"group:{other}"}, either).status_code == 303
    assert (
        "учится в классе 8 другой или в специальных условиях есть: чтение вслух"
        in kim.client.get(kim.page).text
    )
    assert gate("three", own, not_own).status_code == 303
    refused = kim.send("/publish").text
    assert "противоречат друг другу" in refused and "/section?key=three" in refused
    day = (runtime.clock.now() + timedelta(days=3)).date()
    assert gate("three", own, {"what": "since", "day": day.isoformat()}).status_code == 303
    eyes = f"{kim.page}/as-student?student={school.id('sonya')}"
    with runtime.read() as session:
        looks = sa.select(sa.func.count()).where(AccessLog.action == "courses.preview_as")
        before = session.scalar(looks)
        page = kim.client.get(eyes).text
        assert "этому ученику не показывается" in page and "в первый день закрыт" in page
        session.rollback()
        assert session.scalar(looks) == (before or 0) + 1
        step = re.search(r'href="([^"]+\?student=[^"]+)"', page)
        assert step and kim.client.get(step[1]).status_code == 200
        session.rollback()
        assert session.scalar(looks) == (before or 0) + 2, "her reading settings show on a step, too"
    stranger = kim.client.get(f"{kim.page}/as-student?student={school.id('anna')}")
    assert stranger.status_code in (403, 404)
    assert kim.send("/publish").status_code == 303
    with runtime.unit_of_work(school.actor("kim")) as uow:
        enrolment = service.enrol(uow, school.id("sonya"), course, EnrolmentGround.TEACHER)
        mine = queries.enrolment_of(uow.session, school.id("sonya"), course)
        view = queries.outline(uow.session, course, mine)
    assert [(each.key, each.is_open) for each in view.sections] == [("one", True), ("three", False)]
    with runtime.unit_of_work(school.actor("sonya")) as uow:
        first = service.complete_step(uow, enrolment.id, view.sections[0].steps[0].id)
        assert (first.done, first.total, first.next_block_url) == (1, 2, None)
        with pytest.raises(Conflict):
            service.complete_step(uow, enrolment.id, view.sections[1].steps[0].id)


@pytest.mark.parametrize("choice", ["stay", "move", "later"])
def test_running_students_stay_or_go_on_by_choice(
    runtime: Runtime, app: Flask, school: DemoSchool, course: UUID, choice: str
) -> None:
    kim = Author(app, course)
    assert (
        kim.send("/new-step?section=one&type=text", title="Второй шаг", markdown="Текст").status_code == 303
    )
    assert kim.send("/publish").status_code == 303
    with runtime.unit_of_work(school.actor("kim")) as uow:
        enrolment = service.enrol(uow, school.id("sonya"), course, EnrolmentGround.TEACHER).id
        old = [step.id for step in queries.outline(uow.session, course, None).steps]
    with runtime.unit_of_work(school.actor("sonya")) as uow:
        for step in old:
            service.complete_step(uow, enrolment, step) if step == old[0] else None
    assert kim.send("/draft").status_code == 303
    second = f"/steps/{kim.steps()[1]}"
    assert (
        kim.send(second, title="Второй шаг", markdown="Новый текст", seen=kim.seen(second)).status_code == 303
    )
    page = kim.client.get(kim.page).text
    assert "изменён шаг «Второй шаг»" in page and "Начало» стоит" not in page
    assert "Сейчас учится 1 ученик" in page
    assert kim.send("/publish", learners=choice).status_code == 303
    page = kim.client.get(kim.page).text
    assert "Версия 2 опубликована" in page and "Можно записывать учеников" not in page
    assert ("1 ученик учится в прежней версии" in page) == (choice != "move")
    assert ("/write/move-on" in page) == (choice != "move")
    if choice == "later":
        asked = kim.client.get(f"{kim.page}/move-on").text
        assert "Перевести 1 ученика" in asked
        assert kim.send("/move-on").status_code == 303
        assert "В прежних версиях никого нет" in kim.client.get(f"{kim.page}/move-on").text
        assert kim.send("/move-on").status_code == 303, "twice is as good as once"
    with runtime.read() as session:
        mine = queries.enrolment_of(session, school.id("sonya"), course)
        assert mine is not None
        view = queries.outline(session, course, mine)
        assert view.number == (1 if choice == "stay" else 2)
        assert [step.is_completed for step in view.steps] == [True, False]
        texts = queries.version_to_show(session, course, mine).sections[0].blocks
        assert texts[1].content["markdown"] == ("Текст" if choice == "stay" else "Новый текст")


def test_cards_come_back_later_and_are_known_once(
    runtime: Runtime, app: Flask, school: DemoSchool, course: UUID
) -> None:
    with runtime.unit_of_work(school.actor("kim")) as uow:
        cards = {"cards": [{"front": "Haus", "back": "дом"}, {"front": "Baum", "back": "дерево"}]}
        block = service.add_block(uow, course, "one", NewBlock("cards", "flashcards", cards, "Слова"))
        service.publish_course(uow, course)
        service.enrol(uow, school.id("sonya"), course, EnrolmentGround.TEACHER)
    sonya = signed_in(app, "sonya")
    path = f"/courses/{course}/steps/{block}"

    def answer(*ratings: str) -> Any:
        page = sonya.get(f"{path}?again=1").text
        names = list(dict.fromkeys(re.findall(r'name="(b\w{8}\.\w{12})"', page)))
        form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
        return sonya.post(f"{path}/answer", data={**form, **dict(zip(names, ratings, strict=False))})

    assert answer().status_code == 422, "nothing was rated"
    assert answer("good", "again").status_code == 303
    shown = sonya.get(path).text
    assert "1 из 2" in shown and "Следующее повторение" in shown
    assert "Повторять пока рано" in sonya.get(f"{path}?again=1").text, "both were seen today"
    assert answer("good", "good").status_code == 303
    assert "2 из 2" in sonya.get(path).text
    kind = runtime.registries.of(COURSE_BLOCKS).get("flashcards")
    assert kind.completion(cards) is CompletionRule.SCORE


def test_a_copy_is_a_course_of_its_own(
    runtime: Runtime, app: Flask, school: DemoSchool, course: UUID
) -> None:
    kim = Author(app, course)
    photograph = {"media": (io.BytesIO(photo()), "IMG_1.jpg"), "alt": "Красная полоса"}
    assert kim.send("/new-step?section=one&type=picture", **photograph).status_code == 303
    made = kim.send("/copy").headers["Location"]
    copy_id = UUID(made.split("/")[2])
    with runtime.read() as session:
        old, new = (queries.draft_version(session, each) for each in (course, copy_id))
        assert old is not None and new is not None and copy_id != course
        (old_media,), (new_media,) = (queries.media_of_course(session, each) for each in (course, copy_id))
        assert new.sections[0].blocks[1].content["media"] == str(new_media.id) != str(old_media.id)
        assert old.sections[0].blocks[1].content["media"] == str(old_media.id)
        assert new.sections[0].blocks[0].content == old.sections[0].blocks[0].content
    assert kim.client.get(f"/courses/{copy_id}/media/{new_media.id}").status_code == 200
    other = Author(app, copy_id)
    assert "(копия)" in other.client.get(f"{other.page}/about").text
    assert other.send("/about", title=" ", subject="physics").status_code == 422
    assert other.send("/about", title="Тени и свет", subject="physics", mode="open").status_code == 303
    assert "Тени и свет" in other.client.get(other.page).text
    assert other.send("/publish").status_code == 303
    assert "черновик 1" in kim.client.get(kim.page).text, "publishing the copy changes nothing here"


def test_the_course_page_says_whom_it_suits_and_whose_it_is(
    runtime: Runtime, app: Flask, school: DemoSchool, course: UUID
) -> None:
    kim = Author(app, course)
    path = "/new-step?section=one&type=text"
    listed = {"approval": "Приказ № 499, строка 12", "approval_on": "2024-07-18"}
    said = {"licence": "cc_by", "author": "Анна Иванова", "age": "12", "hazards": ["flashing"], **listed}
    text = {"title": "Опыт", "markdown": "Теплота $Q = cm t$", "est_minutes": "5"}
    assert kim.send(path, **text, **{**said, "age": "7"}).status_code == 422, "no such mark of age"
    for half in ("approval", "approval_on"):
        assert kim.send(path, **text, **{**said, half: ""}).status_code == 422, (
            "the order and its day, or neither"
        )
    assert kim.send(path, **text, **said).status_code == 303
    again = kim.client.get(f"{kim.page}/steps/{kim.steps()[1]}").text
    assert "Анна Иванова" in again and re.search(r'value="flashing"[^>]*checked', again)
    assert 'value="2024-07-18"' in again and "Указал(а):" in again, "who has said so is kept"
    exported = kim.send("/export", format="imscc").data
    with zipfile.ZipFile(io.BytesIO(exported)) as package:
        assert "Приказ № 499, строка 12, 2024-07-18" in package.read("imsmanifest.xml").decode()
        assert str(school.id("kim")) not in package.read("marshrut/course.json").decode()
    back = service.read_package(runtime, exported).course
    assert back is not None and [
        block.meta.approval and (block.meta.approval.reference, block.meta.approval.by)
        for item in back.sections[0].items
        for block in item.blocks
    ] == [None, ("Приказ № 499, строка 12", None)]
    assert kim.send("/publish").status_code == 303
    page = kim.client.get(f"/courses/{course}").text
    assert "можно пройти чтением" in page and "вспышки" in page and "12+" in page and "Анна Иванова" in page
    assert "федерального перечня" in page and "Приказ № 499, строка 12, 18 июля 2024" in page
    with runtime.read() as session:
        second = queries.version_to_show(session, course, None).sections[0].blocks[1].id
    assert "Приказ № 499" in kim.client.get(f"/courses/{course}/steps/{second}").text
    found = re.search(r'type="application/ld\+json" href="([^"]+)"', page)
    assert found
    answer = kim.client.get(found.group(1))
    data = answer.get_json()
    assert answer.mimetype == "application/ld+json" and data["@type"] == "Course"
    assert data["accessibilityHazard"] == ["flashing", "noMotionSimulationHazard", "noSoundHazard"]
    assert (data["accessMode"], data["accessibilityFeature"]) == (["textual"], ["MathML"])
    assert data["license"] == ["https://creativecommons.org/licenses/by/4.0/"]
    assert signed_in(app, "timur").get(found.group(1)).status_code in {403, 404}


def test_an_exam_of_elsewhere_that_stands_in_a_step_is_kept_and_nothing_is_told_of_it(
    runtime: Runtime, app: Flask, school: DemoSchool, course: UUID
) -> None:
    theirs = planned_exam(runtime, school)
    with runtime.unit_of_work(SYSTEM) as uow:
        row = uow.session.get_one(AttestationSession, theirs)
        row.org_id, row.title = school.id("horizon"), "Чужая тайна"
    kim = Author(app, course)
    for number, exam in enumerate((theirs, school.id("kim"))):
        content = {"exam": str(exam), "words": "О тепле"}
        with runtime.unit_of_work(school.actor("kim")) as uow:
            made = service.add_block(uow, course, "one", NewBlock(f"test-{number}", "graded_test", content))
        step = f"/steps/{made}"
        shown = kim.client.get(f"{kim.page}{step}").text
        assert "(экзамен другой школы)" in shown and "тайна" not in shown, "an exam and none look alike"
        assert kim.send(step, exam=str(exam), words="О свете", seen=kim.seen(step)).status_code == 303
        assert content_of(runtime, course, str(made)) == {"exam": str(exam), "words": "О свете"}
    new = kim.send("/new-step?section=one&type=graded_test", exam=str(theirs), words="О")
    assert new.status_code == 422, "nobody chooses it anew"


def test_each_section_says_how_long_and_how_heavy_it_is(
    runtime: Runtime, app: Flask, school: DemoSchool, course: UUID
) -> None:
    kim = Author(app, course)
    page = kim.client.get(kim.page).text.replace("\xa0", " ")
    assert "1 минута · 1 КБ" in page and "медленная связь" not in page
    with runtime.unit_of_work(school.actor("kim")) as uow:
        film = service.add_media(uow, course, b"%PDF-1.7" + b"\0" * 6_000_000, "a.pdf")
        said = {"media": str(film.id), "label": "Атлас", "summary": "Карты."}
        service.add_block(uow, course, "one", NewBlock("atlas", "file", said, "Атлас", est_minutes=4))
    page = kim.client.get(kim.page).text.replace("\xa0", " ")
    assert "5 минут · 5,7 МБ" in page and "выдержит медленная связь" in page


def test_authors_write_percent_days_and_choose_exams_in_words(
    runtime: Runtime, app: Flask, school: DemoSchool, course: UUID
) -> None:
    kim = Author(app, course)
    quiz, lesson, test = (
        f"/new-step?section=one&type={kind}" for kind in ("practice_quiz", "live_lesson", "graded_test")
    )
    none = kim.client.get(f"{kim.page}{test}").text
    assert "впереди нет" in none and "Адрес экзамена" not in none
    exam, over = planned_exam(runtime, school), planned_exam(runtime, school, starts_in_minutes=-600)
    offered = kim.client.get(f"{kim.page}{test}").text
    assert f'value="{exam}"' in offered and str(over) not in offered, "what is over is not offered"
    for wrong in (str(over), str(school.id("kim")), "завтра", f"/exams/{exam}"):
        assert kim.send(test, exam=wrong, words="О тепле").status_code == 422, wrong
    made = kim.send(test, exam=str(exam), words="О тепле").headers["Location"].rsplit("/", 1)[1]
    with runtime.unit_of_work(school.actor("kim")) as uow:
        assessment.cancel_session(uow, exam)
    kept = f"/steps/{made}"
    assert "(отменён)" in kim.client.get(f"{kim.page}{kept}").text, (
        "what was chosen stays, and is said to be over"
    )
    assert kim.send(kept, exam=str(exam), words="О", seen=kim.seen(kept)).status_code == 303
    none_chosen = kim.send(kept, exam="", words="О", seen=kim.seen(kept))
    assert none_chosen.status_code == 422 and "Выберите экзамен" in none_chosen.text

    question = {"questions": "? 2 · 21\n= 42"}
    for wrong in ("0.6", "0", "101", "много", "NaN"):
        refused = kim.send(quiz, pass_score=wrong, **question)
        assert (
            refused.status_code == 422
            and "от 1 до 100" in refused.text
            and f'value="{wrong}"' in refused.text
        )
    for typed, share in (("60", "0.6"), ("66,5 %", "0.665"), ("100", "1")):
        made = kim.send(quiz, pass_score=typed, **question).headers["Location"].rsplit("/", 1)[1]
        assert content_of(runtime, course, made)["pass_score"] == share
        shown = kim.client.get(f"{kim.page}/preview/{made}").text
        assert f"Достаточно {typed.removesuffix(' %').replace('.', ',')} %" in shown
        form = kim.client.get(f"{kim.page}/steps/{made}").text
        assert f'name="pass_score" type="text" value="{typed.removesuffix(" %").replace(",", ".")}"' in form

    meeting = {"minutes": "40", "address": "https://edsoo.ru/8a", "about": "Задачи", "missed": "Разбор"}
    assert 'type="datetime-local"' in kim.client.get(f"{kim.page}{lesson}").text
    for typed in ("2027-01-20T14:30", "2027-01-20T14:30:00", "20.01.2027 14:30", "2027-01-20 14:30"):
        made = kim.send(lesson, at=typed, **meeting).headers["Location"].rsplit("/", 1)[1]
        assert content_of(runtime, course, made)["at"] == "2027-01-20 14:30"
        assert 'value="2027-01-20T14:30"' in kim.client.get(f"{kim.page}/steps/{made}").text
    assert kim.send(lesson, at="20 января", **meeting).status_code == 422


def test_the_draft_of_a_published_course_is_thrown_away_and_nothing_else(
    runtime: Runtime, app: Flask, school: DemoSchool, course: UUID
) -> None:
    kim = Author(app, course)
    assert kim.client.get(f"{kim.page}/throw-away").headers["Location"].endswith("/write/delete")
    assert kim.send("/throw-away").status_code == 409, "the first draft is all there is"
    assert kim.send("/publish").status_code == 303
    assert kim.client.get(f"{kim.page}/throw-away").status_code == 404, "there is no draft"
    assert kim.send("/draft").status_code == 303
    step = f"/steps/{kim.steps()[0]}"
    seen = kim.seen("/throw-away")
    assert kim.send(step, title="Начало", markdown="Ненужное", seen=kim.seen(step)).status_code == 303
    late = kim.send("/throw-away", seen=seen)
    assert late.status_code == 409 and "кто-то изменил" in late.text, "news came in after the question"
    assert "/write/throw-away" in kim.client.get(kim.page).text
    assert kim.send("/throw-away", seen=kim.seen("/throw-away")).status_code == 303
    assert "Открыть новый черновик" in kim.client.get(kim.page).text
    lost = kim.send(step, title="Начало", markdown="Текст, который жаль", seen="x")
    assert lost.status_code == 409 and "Текст, который жаль" in lost.text, (
        "who was writing in it loses no word"
    )
    with runtime.read() as session:
        shown = queries.version_to_show(session, course, None)
        assert shown.number == 1 and shown.sections[0].blocks[0].content == {"markdown": "Первый шаг"}
    assert kim.send("/draft").status_code == 303 and "черновик 2" in kim.client.get(kim.page).text


def test_a_recording_that_browsers_do_not_play_is_refused_with_what_to_do(
    app: Flask, school: DemoSchool, course: UUID
) -> None:
    kim = Author(app, course)
    path = "/new-step?section=one&type=audio"
    for data, name in (
        (b"#!AMR\n", "voice.amr"),
        (b"\0\0\0\x18ftyp3gp4", "VOICE.3GP"),
        (b"caff", "Note.caf"),
    ):
        refused = kim.send(path, media=(io.BytesIO(data), name), transcript="Слова")
        assert refused.status_code == 422 and "MP3 или M4A" in refused.text and name in refused.text
    aac = {"media": (io.BytesIO(b"\xff\xf1\x50\x80\x2e\x7f\xfc"), "voice.aac")}
    assert kim.send(path, transcript="Слова", **aac).status_code == 303
    disguised = kim.send(path, media=(io.BytesIO(b"<script>"), "voice.aac"), transcript="Слова")
    assert disguised.status_code == 422


def test_a_live_lesson_goes_into_a_calendar_and_shows_its_recording_afterwards(
    runtime: Runtime, app: Flask, school: DemoSchool, course: UUID
) -> None:
    kim, lesson = Author(app, course), "/new-step?section=one&type=live_lesson"
    meeting = {
        "minutes": "40",
        "address": "https://edsoo.ru/8a?x=1,2;3",
        "about": "Задачи",
        "missed": "Разбор",
    }
    made = kim.send(lesson, title="Встреча, все", at="2027-01-20T14:30", **meeting).headers["Location"]
    assert ".ics" not in kim.client.get(made).text, "a draft is in nobody's calendar"
    assert kim.send("/publish").status_code == 303
    with runtime.unit_of_work(school.actor("kim")) as uow:
        service.enrol(uow, school.id("sonya"), course, EnrolmentGround.TEACHER)
        text, block = queries.version_to_show(uow.session, course, None).sections[0].blocks
        path = f"/courses/{course}/steps/{block.id}"
    sonya = signed_in(app, "sonya")
    assert f"{path}/meeting.ics" in sonya.get(path).text
    entry = sonya.get(f"{path}/meeting.ics")
    assert entry.mimetype == "text/calendar" and entry.headers["Cache-Control"] == "private, no-store"
    said = entry.text.replace("\r\n ", "")
    assert "DTSTART:20270120T113000Z" in said and "DTEND:20270120T121000Z" in said, "by the school's clock"
    assert "SUMMARY:Проба: Встреча\\, все" in said and "URL:https://edsoo.ru/8a?x=1,2;3" in said
    assert f"UID:course-{course}-{block.key}@" in said
    assert sonya.get(f"/courses/{course}/steps/{text.id}/meeting.ics").status_code == 404
    assert signed_in(app, "timur").get(f"{path}/meeting.ics").status_code == 404
    assert kim.send("/draft").status_code == 303
    step = f"/steps/{kim.steps()[1]}"
    later = {**meeting, "at": "2027-01-20T14:30", "recording": "https://edsoo.ru/8a/record"}
    assert kim.send(step, seen=kim.seen(step), **{**later, "recording": "javascript:1"}).status_code == 422
    assert kim.send(step, seen=kim.seen(step), **later).status_code == 303
    assert kim.send("/publish", learners="move").status_code == 303
    with runtime.read() as session:
        moved = queries.version_to_show(session, course, None).sections[0].blocks[1]
    assert "https://edsoo.ru/8a/record" in sonya.get(f"/courses/{course}/steps/{moved.id}").text
    assert moved.id != block.id
    again = sonya.get(f"/courses/{course}/steps/{moved.id}/meeting.ics").text.replace("\r\n ", "")
    assert re.findall("UID:.+", again) == re.findall("UID:.+", said), "a calendar keeps one entry, not two"


def test_a_live_lesson_over_the_night_of_the_clocks_lasts_as_long_as_it_says(
    runtime: Runtime, app: Flask, school: DemoSchool, course: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meeting_page, "ZoneInfo", lambda _name: ZoneInfo("Europe/Berlin"))
    meeting = {"at": "2027-03-28 01:30", "minutes": 120, "address": "https://edsoo.ru/8a"}
    words = {"about": "Задачи", "missed": "Разбор"}
    with runtime.unit_of_work(school.actor("kim")) as uow:
        service.add_block(uow, course, "one", NewBlock("night", "live_lesson", {**meeting, **words}, "Ночь"))
        service.publish_course(uow, course)
        block = queries.version_to_show(uow.session, course, None).sections[0].blocks[-1].id
    said = signed_in(app, "kim").get(f"/courses/{course}/steps/{block}/meeting.ics").text
    assert "DTSTART:20270328T003000Z" in said and "DTEND:20270328T023000Z" in said


def test_nobody_publishes_what_somebody_else_has_written_since(
    app: Flask, school: DemoSchool, course: UUID
) -> None:
    kim = Author(app, course)
    seen = kim.seen("")
    step = f"/steps/{kim.steps()[0]}"
    assert kim.send(step, title="Начало", markdown="Недописано…", seen=kim.seen(step)).status_code == 303
    late = kim.send("/publish", seen=seen)
    assert late.status_code == 422 and "черновик кто-то изменил" in late.text
    assert kim.seen("") != seen and kim.seen("") in late.text
    assert kim.send("/publish", seen=kim.seen("")).status_code == 303
