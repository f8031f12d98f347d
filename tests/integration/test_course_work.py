"""Work for assignments: handed in from a telephone, returned, handed in again, accepted; and who may see it."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from itertools import product
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from lms.core.actor import SYSTEM
from lms.core.ids import new_id
from lms.core.models import AccessLog, StoredFile
from lms.core.runtime import Runtime
from lms.courses import queries, service
from lms.courses.access_rules import Look, judged_among, seen_among
from lms.courses.models import Enrolment, Work
from lms.courses.service.notices import WORK_JUDGED, WORK_SENT
from lms.courses.types import (
    CohortEnd,
    EnrolmentGround,
    EnrolmentState,
    NewBlock,
    NewCourse,
    NewSection,
    WorkState,
)
from lms.demo.cast import DemoSchool, load_cast
from lms.people.models import Assignment, Notice, Person
from lms.people.types import AssignmentKind
from tests.integration.assessment.test_hot_reads import statements
from tests.integration.test_course_steps import photo
from tests.integration.test_course_writing import signed_in


@pytest.fixture
def engine_url(postgres_url: str) -> str:
    """Return the engine on which two can be at a work in one moment."""
    return postgres_url


@pytest.fixture
def school(runtime: Runtime, prepared_cast: None) -> DemoSchool:
    return load_cast(runtime)


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    return {**environment, "LMS_MAIL_HOST": "127.0.0.1", "LMS_MAIL_SENDER": "school@example.org"}


@pytest.fixture
def course(runtime: Runtime, school: DemoSchool) -> UUID:
    """Publish a course of one assignment and let Sonya into it."""
    with runtime.unit_of_work(school.actor("kim")) as uow:
        course = service.create_course(uow, NewCourse(school.id("school-14"), "Проба", "physics"))
        task = NewBlock("task", "assignment", {"task": "Реши задачу", "criteria": "Есть чертёж"}, "Задача")
        service.add_section(uow, course, NewSection("one", "Первый", (task,)))
        service.publish_course(uow, course)
        service.enrol(uow, school.id("sonya"), course, EnrolmentGround.TEACHER)
    return course


@pytest.fixture
def step(runtime: Runtime, course: UUID) -> str:
    with runtime.read() as session:
        return queries.outline(session, course, None).steps[0].url


def send(client: FlaskClient, page: str, path: str, **form: Any) -> Any:
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(page).text)
    assert token
    return client.post(path, data={"csrf_token": token.group(1), **form})


def goes_on(runtime: Runtime, school: DemoSchool) -> str | None:
    with runtime.read() as session:
        return next(one.progress.next_block_url for one in queries.courses_of(session, school.id("sonya")))


def hand_in(client: FlaskClient, step: str, text: str, *files: tuple[bytes, str]) -> Any:
    sent = [(io.BytesIO(data), name) for data, name in files]
    return send(client, step, f"{step}/work", text=text, files=sent)


def told(runtime: Runtime, kind: str) -> dict[UUID, str]:
    """Return who waits for a letter of a kind, and where it leads."""
    with runtime.read() as session:
        rows = session.scalars(sa.select(Notice).where(Notice.kind == kind))
        return {row.person_id: row.path for row in rows}


def test_work_is_handed_in_returned_and_accepted(
    runtime: Runtime, app: Flask, school: DemoSchool, course: UUID, step: str
) -> None:
    sonya, kim = signed_in(app, "sonya"), signed_in(app, "kim")
    assert "Есть чертёж" in sonya.get(step).text and goes_on(runtime, school) == step
    assert hand_in(sonya, step, " ").status_code == 422
    wrong = hand_in(sonya, step, "Моё решение", (b"MZ", "solve.exe"))
    assert wrong.status_code == 422 and "solve.exe" in wrong.text and "Моё решение" in wrong.text
    many = [(photo(), f"{n}.jpg") for n in range(11)]
    assert hand_in(sonya, step, "", *many).status_code == 422
    assert (
        hand_in(sonya, step, "x = 5", (photo(), "page.jpg"), (b"ID3\x03 words", "say.mp3")).status_code == 303
    )
    assert "у учителя" in sonya.get(step).text
    assert goes_on(runtime, school) is None, "nothing is left to do in it"
    assert hand_in(sonya, step, "ещё").status_code == 409, "one at a time"

    assert "Ждёт 1 работа" in kim.get("/courses").text
    queue = kim.get(f"/courses/{course}/work").text
    found = re.search(rf"/courses/{course}/work/([0-9a-f-]+)", queue)
    assert found and "Задача" in queue
    page = found.group(0)
    assert told(runtime, WORK_SENT) == {school.id("kim"): page}
    assert page in kim.get("/courses/works").text and page in kim.get("/courses/works?q=ПРОБА+задача").text
    assert page not in kim.get("/courses/works?q=химия").text
    assert page not in kim.get("/courses/works?page=2").text
    assert page not in signed_in(app, "petrenko").get("/courses/works").text
    assert "Посмотреть работы по курсам" in kim.get("/home", follow_redirects=True).text
    shown = kim.get(page).text
    assert "x = 5" in shown and "<audio" in shown and "Реши задачу" in shown
    sound = re.search(r'<audio[^>]+src="([^"]+)"', shown)
    assert sound
    part = kim.get(sound.group(1), headers={"Range": "bytes=4-8"})
    assert (part.status_code, part.data) == (206, b" word"), "a telephone asks for a part before it plays"
    picture = re.search(r'<img src="(/courses/[^"]+/work-files/[^"]+)"', shown)
    assert picture
    got = kim.get(picture.group(1))
    opened = Image.open(io.BytesIO(got.data))
    assert opened.size == (20, 40) and not dict(opened.getexif()), "upright, and nothing of the camera"
    assert got.headers["Cache-Control"] == "private, no-store"
    assert send(kim, page, page, verdict="return", comment="").status_code == 422, "a word on what to do"
    assert send(kim, page, page, verdict="return", comment="Добавь проверку").status_code == 303
    assert "Добавь проверку" in sonya.get(step).text and "вернулась" in sonya.get(step).text
    assert told(runtime, WORK_JUDGED) == {school.id("sonya"): step}
    assert "вернул твою работу: Задача" in sonya.get("/home", follow_redirects=True).text
    assert page not in kim.get("/courses/works").text

    assert hand_in(sonya, step, "x = 5, проверка: 25 + 15 = 40").status_code == 303
    assert "вернул твою работу" not in sonya.get("/home", follow_redirects=True).text, (
        "another try is on its way"
    )
    second = re.search(rf"/courses/{course}/work/([0-9a-f-]+)", kim.get(f"/courses/{course}/work").text)
    assert second and second.group(0) != page
    assert send(kim, second.group(0), second.group(0), verdict="accept", comment="Верно!").status_code == 303
    assert send(kim, page, page, verdict="accept").status_code == 409, "it was judged already"
    assert "принята" in sonya.get(step).text and "Верно!" in sonya.get(step).text
    with runtime.read() as session:
        enrolment = queries.enrolment_of(session, school.id("sonya"), course)
        assert enrolment is not None and enrolment.state is EnrolmentState.COMPLETED
        stored = session.get_one(StoredFile, session.query(Work).first().files[0].file_id)
        assert stored.encrypted_for == school.id("sonya"), "it goes with the person's key"
    assert hand_in(sonya, step, "ещё раз").status_code == 409


def test_work_is_for_those_who_answer_for_the_student(
    runtime: Runtime, app: Flask, school: DemoSchool, course: UUID, step: str
) -> None:
    sonya = signed_in(app, "sonya")
    assert hand_in(sonya, step, "моё", (photo(), "page.jpg")).status_code == 303
    with runtime.read() as session:
        work = session.query(Work).one()
        page, file = f"/courses/{course}/work/{work.id}", f"/courses/{course}/work-files/{work.files[0].id}"
    assert sonya.get(page).status_code == 200 and sonya.get(file).status_code == 200
    assert send(sonya, page, page, verdict="accept").status_code in {403, 404}, (
        "nobody accepts one's own work"
    )
    for login in ("lev", "petrenko"):
        stranger = signed_in(app, login)
        assert stranger.get(page).status_code == stranger.get(file).status_code == 404
        assert hand_in_refused(stranger, step)
    send(sonya, step, f"{step}/done")
    with runtime.read() as session:
        progress = queries.progress_of(session, school.id("sonya"), course)
        assert progress is not None and progress.done == 0, "going on is not the same as being accepted"


def hand_in_refused(client: FlaskClient, step: str) -> bool:
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/courses").text)
    assert token
    answer = client.post(f"{step}/work", data={"csrf_token": token.group(1), "text": "чужое"})
    return answer.status_code in {403, 404}


def test_work_is_taken_back_until_somebody_looks_at_it(
    runtime: Runtime, app: Flask, school: DemoSchool, course: UUID, step: str
) -> None:
    sonya, kim = signed_in(app, "sonya"), signed_in(app, "kim")
    back = f"{step}/take-back"
    assert sonya.get(back).status_code == 404, "there is nothing yet"
    assert hand_in(sonya, step, "x = 4", (photo(), "page.jpg")).status_code == 303
    first = re.search(rf"/courses/{course}/work/[0-9a-f-]+", kim.get(f"/courses/{course}/work").text)
    assert first and back in sonya.get(step).text
    assert "Забрать работу назад?" in sonya.get(back).text, "it asks before"
    assert signed_in(app, "lev").get(back).status_code == 404
    assert send(sonya, back, back).status_code == 303
    shown = sonya.get(step).text
    assert "x = 4" in shown and 'name="again"' in shown and "page.jpg" in shown, "nothing is to be done twice"
    assert "у учителя" not in shown and goes_on(runtime, school) == step
    assert first.group(0) not in kim.get(f"/courses/{course}/work").text
    gone = kim.get(first.group(0)).text
    assert "забрал эту работу" in gone and "x = 4" not in gone
    with runtime.read() as session:
        taken = session.scalars(sa.select(Work)).one()
        assert taken.state is WorkState.TAKEN_BACK and taken.decided_by == school.id("sonya")
        (file,) = taken.files
        looks = session.scalars(sa.select(AccessLog.object_id).where(AccessLog.object_kind == "Work"))
        assert taken.id in set(looks), "it is written down"
    assert kim.get(f"/courses/{course}/work-files/{file.id}").status_code == 404
    assert sonya.get(f"/courses/{course}/work-files/{file.id}").status_code == 200

    assert re.search(r'name="again"[^>]*checked', shown)
    refused = hand_in(sonya, step, "x = 5", (b"PK", "a.docx"))
    assert refused.status_code == 422 and 'name="again"' in refused.text
    assert not re.search(r'name="again"[^>]*checked', refused.text), "what was unticked stays so"
    assert send(sonya, step, f"{step}/work", text="x = 5", again=str(file.id)).status_code == 303
    second = re.search(rf"/courses/{course}/work/[0-9a-f-]+", kim.get(f"/courses/{course}/work").text)
    assert second and second.group(0) != first.group(0)
    page = kim.get(second.group(0)).text
    assert "x = 5" in page and "x = 4" not in page and page.count("<img") >= 1
    assert "Забрать работу назад" not in sonya.get(step).text, "the teacher has opened it"
    assert "остаётся у учителя" in sonya.get(back).text
    assert send(sonya, step, back).status_code == 409
    assert send(kim, second.group(0), second.group(0), verdict="return", comment="Ещё раз").status_code == 303
    assert hand_in(sonya, step, "x = 6").status_code == 303
    assert send(sonya, back, back).status_code == 303
    assert "вернул твою работу" in sonya.get("/home", follow_redirects=True).text, (
        "what came back before is still to be mended"
    )


def test_no_work_is_taken_back_after_the_last_day(
    runtime: Runtime, app: Flask, school: DemoSchool, course: UUID, step: str
) -> None:
    sonya = signed_in(app, "sonya")
    assert hand_in(sonya, step, "x = 5").status_code == 303
    with runtime.unit_of_work(school.actor("kim")) as uow:
        ended = uow.today() - timedelta(days=2)
        over = service.NewCohort("Осень", ended - timedelta(days=9), ended, None, CohortEnd.READ_ONLY)
        cohort = service.open_new_cohort(uow, course, over)
        uow.session.execute(sa.update(Enrolment).values(cohort_id=cohort))
    assert "Забрать работу назад" not in sonya.get(step).text
    assert send(sonya, "/courses", f"{step}/take-back").status_code == 409
    with runtime.read() as session:
        assert session.scalars(sa.select(Work.state)).all() == [WorkState.SENT]


def test_recordings_of_old_telephones_are_taken_and_said_to_be_opened_elsewhere(
    runtime: Runtime, app: Flask, school: DemoSchool, course: UUID, step: str
) -> None:
    sonya, kim = signed_in(app, "sonya"), signed_in(app, "kim")
    sounds = (
        (b"#!AMR\n\x3c", "a.amr"),
        (b"\0\0\0\x18ftyp3gp4 samr", "b.3gp"),
        (b"\xff\xf1\x50\x80\x2e\x7f\xfc", "c.aac"),
    )
    assert hand_in(sonya, step, "", *sounds).status_code == 303
    with runtime.read() as session:
        work = session.scalars(sa.select(Work)).one()
        assert [file.media_type for file in work.files] == ["audio/amr", "audio/3gpp", "audio/aac"]
    for page in (sonya.get(step).text, kim.get(f"/courses/{course}/work/{work.id}").text):
        assert page.count("<audio") == 1 and page.count(" download>") == 2 and "не воспроизводят" in page
    whole = kim.get(f"/courses/{course}/work-files/{work.files[0].id}")
    assert whole.data == sounds[0][0] and whole.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("changed", [False, True])
def test_work_that_waits_is_judged_also_after_its_student_went_on_in_another_version(
    runtime: Runtime, app: Flask, school: DemoSchool, course: UUID, step: str, changed: bool
) -> None:
    sonya, kim = signed_in(app, "sonya"), signed_in(app, "kim")
    assert hand_in(sonya, step, "x = 5").status_code == 303
    with runtime.unit_of_work(school.actor("kim")) as uow:
        service.open_draft(uow, course)
        draft = queries.draft_version(uow.session, course)
        assert draft is not None
        if changed:
            draft.sections[0].blocks[0].content = {"task": "Реши другую задачу"}
        service.publish_course(uow, course, moves_learners=True)
        work = uow.session.scalars(sa.select(Work)).one().id
    with runtime.read() as session:
        mine = queries.enrolment_of(session, school.id("sonya"), course)
        new = queries.outline(session, course, mine).steps[0].url
    assert ("x = 5" in sonya.get(new).text) != changed, "changed steps are done again, others go on"
    page = f"/courses/{course}/work/{work}"
    assert send(kim, page, page, verdict="accept", comment="Верно").status_code == 303
    with runtime.read() as session:
        mine = queries.enrolment_of(session, school.id("sonya"), course)
        assert mine is not None
        state = EnrolmentState.ACTIVE if changed else EnrolmentState.COMPLETED
        assert session.get_one(Enrolment, mine.id).state is state


def test_work_is_judged_in_the_version_into_which_its_student_is_just_moved(
    runtime: Runtime, app: Flask, school: DemoSchool, course: UUID, step: str
) -> None:
    assert hand_in(signed_in(app, "sonya"), step, "x = 5").status_code == 303
    with runtime.unit_of_work(school.actor("kim")) as uow:
        service.open_draft(uow, course)
        work = uow.session.scalars(sa.select(Work)).one().id

    def accept() -> None:
        with runtime.unit_of_work(school.actor("kim")) as uow:
            service.judge_work(uow, work, accept=True, comment="")

    beside = Thread(target=accept)
    with runtime.unit_of_work(school.actor("kim")) as uow:
        service.publish_course(uow, course, moves_learners=True)
        beside.start()
        beside.join(0.5)  # it has read the student's version, and waits
    beside.join()
    with runtime.read() as session:
        mine = queries.enrolment_of(session, school.id("sonya"), course)
        assert mine is not None and mine.state is EnrolmentState.COMPLETED


def test_a_teacher_finds_a_work_goes_on_to_the_next_one_and_reads_that_something_was_done(
    runtime: Runtime, app: Flask, school: DemoSchool, course: UUID, step: str
) -> None:
    with runtime.unit_of_work(school.actor("kim")) as uow:
        service.enrol(uow, school.id("lev"), course, EnrolmentGround.TEACHER)
    kim, queue = signed_in(app, "kim"), f"/courses/{course}/work"
    assert kim.get(f"/courses/{course}/progress").text.count("Ещё не начат") == 2
    for login in ("sonya", "lev"):
        assert hand_in(signed_in(app, login), step, "Готово").status_code == 303
    first, second = dict.fromkeys(re.findall(rf"{queue}/[0-9a-f-]{{36}}", kim.get(queue).text))
    assert first in kim.get(f"{queue}?q=соня").text and second not in kim.get(f"{queue}?q=соня").text
    assert "Ничего не нашлось" in kim.get(f"{queue}?q=химия").text
    assert f'href="{second}"' in kim.get(first).text and f'href="{first}"' in kim.get(second).text
    assert send(kim, first, first, verdict="accept").status_code == 303
    assert "Следующая работа: Дорохов" in kim.get(first).text and "Следующая" not in kim.get(second).text
    for page in (f"/courses/{course}/progress", f"/courses/{course}/monitor"):
        assert "Ещё не начат" not in kim.get(page).text, "who has handed something in has begun"


def test_many_persons_are_asked_about_at_once_as_one_by_one(runtime: Runtime, school: DemoSchool) -> None:
    now, can = runtime.clock.now(), runtime.policy.can
    people = {school.id(login) for login in ("sonya", "lev", "timur", "kim", "anna")}
    found = set()
    with runtime.read() as session:
        for login, org in product(
            ("kim", "gromova", "petrenko", "lebedeva", "anna", "sonya", "timur"), ("school-14", "horizon")
        ):
            actor, there = school.actor(login), school.id(org)
            for code, among in (("courses.judge_work", judged_among), ("courses.see_progress", seen_among)):
                one_by_one = {each for each in people if can(session, actor, code, Look(each, there, now))}
                assert among(session, actor, there, people, now) == one_by_one, (login, org, code)
                found.add(len(one_by_one))
    assert len(found) > 2


def more_learners(
    runtime: Runtime, school: DemoSchool, course: UUID, count: int, cohort: UUID | None = None
) -> list[UUID]:
    """Let others whom Kim teaches take the course, written as the services write them; return their enrolments."""
    now = runtime.clock.now()
    with runtime.unit_of_work(SYSTEM) as uow:
        version = queries.version_to_show(uow.session, course, None).id
        people = [Person(code=f"C-{new_id().hex[-18:]}", created_at=now) for _ in range(count)]
        uow.session.add_all(people)
        uow.session.flush()
        mine = {"staff_id": school.id("kim"), "org_id": school.id("school-14"), "valid_from": now}
        same = {"version_id": version, "ground": EnrolmentGround.CLASS, "state": EnrolmentState.ACTIVE}
        same |= {"course_id": course, "cohort_id": cohort, "created_at": now, "changed_at": now}
        taken = [Enrolment(person_id=one.id, **same) for one in people]
        uow.session.add_all(
            [Assignment(student_id=one.id, kind=AssignmentKind.TEACHES, **mine) for one in people]
        )
        uow.session.add_all(taken)
        uow.session.flush()
        return [one.id for one in taken]


def test_the_queue_and_each_work_ask_the_same_whether_three_wait_or_twelve(
    runtime: Runtime, app: Flask, school: DemoSchool, course: UUID, step: str
) -> None:
    assert hand_in(signed_in(app, "sonya"), step, "Готово").status_code == 303
    kim, queue = signed_in(app, "kim"), f"/courses/{course}/work"
    (page,) = dict.fromkeys(re.findall(rf"{queue}/[0-9a-f-]{{36}}", kim.get(queue).text))
    kim.get(page)
    block, asked = UUID(step.rsplit("/", 1)[1]), []
    for more in (2, 9):
        others = more_learners(runtime, school, course, more)
        with runtime.unit_of_work(SYSTEM) as uow:
            sent = {"block_id": block, "number": 1, "state": WorkState.SENT, "at": uow.now()}
            uow.session.add_all([Work(enrolment_id=one, **sent) for one in others])
        asked.append([])
        for address in (page, queue):
            with statements(runtime) as said:
                assert kim.get(address).status_code == 200
            asked[-1].append(len(said))
    assert asked[0] == asked[1]
    assert "Следующая работа" in kim.get(page).text and kim.get(queue).text.count("Посмотреть") >= 12
