"""Courses on a real database: writing, publishing, learning, gates, completion."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from lms.core.contracts import BasisRef
from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.models import OutboxEvent
from lms.core.runtime import Runtime
from lms.courses import queries, service
from lms.courses.events import CourseCompleted
from lms.courses.explain import CompletionExplainer
from lms.courses.models import Block, BlockAnswer, BlockCompletion, CompletionFact, CourseVersion, Enrolment
from lms.courses.types import (
    CompletionSource,
    EnrolmentGround,
    EnrolmentMode,
    EnrolmentState,
    GateCondition,
    GateKind,
    NewBlock,
    NewCourse,
    NewSection,
    VersionState,
)
from lms.demo.cast import DemoSchool, load_cast

QUIZ = {
    "questions": [
        {"type": "true_false", "content": {"prompt": "Лёд легче воды.", "is_true": True}},
        {"type": "true_false", "content": {"prompt": "Свинец легче воды.", "is_true": False}},
    ],
    "pass_score": "0.5",
}
TEXT = {"markdown": "Текст"}


@pytest.fixture
def school(runtime: Runtime, prepared_cast: None) -> DemoSchool:
    return load_cast(runtime)


def write(runtime: Runtime, school: DemoSchool, *sections: NewSection, mode: str = "assigned") -> UUID:
    """Write a course as its teacher and leave it a draft."""
    with runtime.unit_of_work(school.actor("kim")) as uow:
        new = NewCourse(school.id("school-14"), "Проба", "physics", mode=EnrolmentMode(mode))
        course = service.create_course(uow, new)
        for section in sections:
            service.add_section(uow, course, section)
    return course


def publish(runtime: Runtime, school: DemoSchool, course: UUID) -> str:
    with runtime.unit_of_work(school.actor("kim")) as uow:
        return service.publish_course(uow, course).content_hash


def enrol(runtime: Runtime, school: DemoSchool, course: UUID, login: str = "sonya") -> UUID:
    with runtime.unit_of_work(school.actor("kim")) as uow:
        return service.enrol(uow, school.id(login), course, EnrolmentGround.TEACHER).id


def blocks_of(runtime: Runtime, course: UUID) -> dict[str, UUID]:
    with runtime.read() as session:
        version = queries.version_to_show(session, course, None)
        return {block.key: block.id for section in version.sections for block in section.blocks}


@pytest.fixture
def course(runtime: Runtime, school: DemoSchool) -> UUID:
    """Publish a course: a page of two texts, a quiz, and a section behind a score."""
    made = write(
        runtime,
        school,
        NewSection(
            "one",
            "Первый",
            (
                NewBlock("text", "text", TEXT),
                NewBlock("more", "text", TEXT, with_previous=True),
                NewBlock("quiz", "practice_quiz", QUIZ),
            ),
        ),
        NewSection("two", "Второй", (NewBlock("end", "text", TEXT),), gate=(GateCondition("one"),)),
        NewSection(
            "three",
            "Третий",
            (NewBlock("extra", "text", {**TEXT, "explicit": True}),),
            gate=(GateCondition("one", GateKind.SCORE, Decimal("0.9")),),
        ),
    )
    publish(runtime, school, made)
    return made


def answers(block_id: UUID, first: str, second: str) -> dict[str, list[str]]:
    prefix = f"b{block_id.hex[-8:]}"
    return {f"{prefix}.1.answer": [first], f"{prefix}.2.answer": [second]}


def test_a_learner_goes_all_the_way(runtime: Runtime, school: DemoSchool, course: UUID) -> None:
    enrolment = enrol(runtime, school, course)
    blocks = blocks_of(runtime, course)
    sonya = school.actor("sonya")
    with runtime.unit_of_work(sonya) as uow:
        first = service.complete_step(uow, enrolment, blocks["text"])
    assert (first.done, first.total, first.opened_sections) == (1, 4, ())
    with runtime.unit_of_work(sonya) as uow:
        half = service.answer_block(uow, enrolment, blocks["quiz"], answers(blocks["quiz"], "true", "true"))
    assert (half.score, half.is_completed, half.opened_sections) == (Decimal("0.5"), True, ("two",))
    with runtime.unit_of_work(sonya) as uow:
        best = service.answer_block(uow, enrolment, blocks["quiz"], answers(blocks["quiz"], "true", "false"))
    assert (best.score, best.opened_sections) == (Decimal(1), ("three",))
    with runtime.unit_of_work(sonya) as uow:
        service.complete_step(uow, enrolment, blocks["end"])
    with runtime.unit_of_work(sonya) as uow:
        last = service.complete_step(uow, enrolment, blocks["extra"])
    assert last.course_completed
    assert last.next_block_url is None
    with runtime.read() as session:
        progress = queries.progress_of(session, school.id("sonya"), course)
        assert progress is not None
        assert progress.is_completed
        assert progress.completion_id is not None
        events = session.scalars(sa.select(OutboxEvent).where(OutboxEvent.kind == CourseCompleted.KIND)).all()
        assert [CourseCompleted.from_payload(e.payload).enrolment_id for e in events] == [enrolment]
        step = CompletionExplainer().explain(session, BasisRef("courses.completion", progress.completion_id))
        assert step is not None
        assert "Проба" in step.title


def test_doing_a_thing_twice_changes_nothing(runtime: Runtime, school: DemoSchool, course: UUID) -> None:
    enrolment, blocks = enrol(runtime, school, course), blocks_of(runtime, course)
    for _ in range(2):
        with runtime.unit_of_work(school.actor("sonya")) as uow:
            service.complete_block(uow, enrolment, blocks["text"])
        assert enrol(runtime, school, course) == enrolment
    with runtime.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(BlockCompletion)) == 1
        assert session.scalar(sa.select(sa.func.count()).select_from(Enrolment)) == 1


def test_progress_is_a_projection_of_the_facts(runtime: Runtime, school: DemoSchool, course: UUID) -> None:
    enrolment, blocks = enrol(runtime, school, course), blocks_of(runtime, course)
    with runtime.unit_of_work(school.actor("sonya")) as uow:
        service.complete_step(uow, enrolment, blocks["text"])
    with runtime.read() as session:
        seen = queries.progress_of(session, school.id("sonya"), course)
    with runtime.unit_of_work(school.actor("sonya")) as uow:
        facts = uow.session.scalars(sa.select(BlockCompletion)).all()
        kept = [(f.enrolment_id, f.block_id, f.rule, f.score, f.actor, f.at) for f in facts]
        uow.session.execute(sa.delete(BlockCompletion))
        names = ("enrolment_id", "block_id", "rule", "score", "actor", "at")
        uow.session.add_all([BlockCompletion(**dict(zip(names, row, strict=True))) for row in kept])
    with runtime.read() as session:
        assert queries.progress_of(session, school.id("sonya"), course) == seen


def test_a_closed_section_takes_nothing(runtime: Runtime, school: DemoSchool, course: UUID) -> None:
    enrolment, blocks = enrol(runtime, school, course), blocks_of(runtime, course)
    for act in (service.complete_block, service.complete_step, service.note_position):
        with (
            pytest.raises(Conflict, match=r"course\.gate_closed"),
            runtime.unit_of_work(school.actor("sonya")) as uow,
        ):
            act(uow, enrolment, blocks["end"])


def test_a_question_wants_an_answer(runtime: Runtime, school: DemoSchool, course: UUID) -> None:
    enrolment, blocks = enrol(runtime, school, course), blocks_of(runtime, course)
    for act in (service.complete_block, service.complete_step):
        with (
            pytest.raises(Conflict, match=r"course\.answer_needed"),
            runtime.unit_of_work(school.actor("sonya")) as uow,
        ):
            act(uow, enrolment, blocks["quiz"])
    with (
        pytest.raises(Conflict, match=r"course\.no_answer"),
        runtime.unit_of_work(school.actor("sonya")) as uow,
    ):
        service.answer_block(uow, enrolment, blocks["text"], {})


def test_an_answer_from_an_old_tab_is_refused_and_the_first_one_kept(
    runtime: Runtime, school: DemoSchool, course: UUID
) -> None:
    enrolment, blocks = enrol(runtime, school, course), blocks_of(runtime, course)
    sent = answers(blocks["quiz"], "true", "true")
    with runtime.unit_of_work(school.actor("sonya")) as uow:
        service.answer_block(uow, enrolment, blocks["quiz"], sent, try_no=1)
    with (
        pytest.raises(Conflict, match="answered_elsewhere"),
        runtime.unit_of_work(school.actor("sonya")) as uow,
    ):
        service.answer_block(uow, enrolment, blocks["quiz"], sent, try_no=1)
    with runtime.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(BlockAnswer)) == 1


def test_an_unreadable_answer_is_not_stored(runtime: Runtime, school: DemoSchool, course: UUID) -> None:
    enrolment, blocks = enrol(runtime, school, course), blocks_of(runtime, course)
    with (
        pytest.raises(InvalidInput, match="answer_invalid"),
        runtime.unit_of_work(school.actor("sonya")) as uow,
    ):
        service.answer_block(uow, enrolment, blocks["quiz"], answers(blocks["quiz"], "perhaps", "true"))
    with runtime.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(BlockAnswer)) == 0


def test_a_paused_course_waits_with_everything_in_it(
    runtime: Runtime, school: DemoSchool, course: UUID
) -> None:
    enrolment, blocks = enrol(runtime, school, course), blocks_of(runtime, course)
    with runtime.unit_of_work(school.actor("sonya")) as uow:
        service.complete_step(uow, enrolment, blocks["text"])
    with runtime.unit_of_work(school.actor("kim")) as uow:
        service.pause_enrolment(uow, enrolment)
    with pytest.raises(Conflict, match=r"course\.paused"), runtime.unit_of_work(school.actor("sonya")) as uow:
        service.complete_block(uow, enrolment, blocks["more"])
    with runtime.unit_of_work(school.actor("lebedeva")) as uow:
        assert service.resume_enrolment(uow, enrolment).state is EnrolmentState.ACTIVE
    with runtime.read() as session:
        progress = queries.progress_of(session, school.id("sonya"), course)
        assert progress is not None
        assert progress.done == 1


def test_a_teacher_completes_with_a_reason_only(runtime: Runtime, school: DemoSchool, course: UUID) -> None:
    enrolment = enrol(runtime, school, course)
    with (
        pytest.raises(InvalidInput, match="reason_missing"),
        runtime.unit_of_work(school.actor("kim")) as uow,
    ):
        service.complete_course(uow, enrolment, CompletionSource.TEACHER, "  ")
    with runtime.unit_of_work(school.actor("kim")) as uow:
        service.complete_course(uow, enrolment, CompletionSource.TEACHER, "Сдала устно")
    with pytest.raises(Conflict, match="enrolment_state"), runtime.unit_of_work(school.actor("kim")) as uow:
        service.complete_course(uow, enrolment, CompletionSource.TEACHER, "Ещё раз")
    with runtime.read() as session:
        fact = session.scalars(sa.select(CompletionFact)).one()
        assert (fact.source, fact.reason) == (CompletionSource.TEACHER, "Сдала устно")


@pytest.mark.parametrize(
    ("login", "student"),
    [
        ("petrenko", "sonya"),
        ("kim", "timur"),
        ("gusev", "sonya"),
        ("lev", "sonya"),
        ("anna", "sonya"),
        ("sonya", "sonya"),
    ],
)
def test_only_those_who_answer_for_a_student_enrol_them(
    runtime: Runtime, school: DemoSchool, course: UUID, login: str, student: str
) -> None:
    with pytest.raises(Exception, match=r"auth\."), runtime.unit_of_work(school.actor(login)) as uow:
        service.enrol(uow, school.id(student), course, EnrolmentGround.TEACHER)


def test_students_take_open_courses_of_their_own_school_themselves(
    runtime: Runtime, school: DemoSchool
) -> None:
    made = write(runtime, school, NewSection("a", "А", (NewBlock("t", "text", TEXT),)), mode="open")
    publish(runtime, school, made)
    with runtime.unit_of_work(school.actor("sonya")) as uow:
        assert service.enrol(uow, school.id("sonya"), made, EnrolmentGround.SELF).is_new
    with pytest.raises(NotFound), runtime.unit_of_work(school.actor("timur")) as uow:
        service.enrol(uow, school.id("timur"), made, EnrolmentGround.SELF)


def test_somebody_elses_enrolment_is_out_of_reach(runtime: Runtime, school: DemoSchool, course: UUID) -> None:
    enrolment, blocks = enrol(runtime, school, course), blocks_of(runtime, course)
    for login in ("lev", "timur"):
        with pytest.raises(NotFound, match="out_of_reach"), runtime.unit_of_work(school.actor(login)) as uow:
            service.complete_block(uow, enrolment, blocks["text"])


def test_a_published_version_stays_as_it_is_and_a_new_one_begins_from_it(
    runtime: Runtime, school: DemoSchool, course: UUID
) -> None:
    enrolment = enrol(runtime, school, course)
    with pytest.raises(Conflict, match="no_draft"), runtime.unit_of_work(school.actor("kim")) as uow:
        service.add_section(uow, course, NewSection("x", "Х", (NewBlock("x", "text", TEXT),)))
    with runtime.unit_of_work(school.actor("kim")) as uow:
        service.open_draft(uow, course)
        service.add_section(uow, course, NewSection("x", "Х", (NewBlock("x", "text", TEXT),)))
    second = publish(runtime, school, course)
    with runtime.read() as session:
        versions = session.scalars(sa.select(CourseVersion).order_by(CourseVersion.number)).all()
        assert [v.state for v in versions] == [VersionState.RETIRED, VersionState.PUBLISHED]
        assert versions[0].content_hash != versions[1].content_hash == second
        assert len(versions[1].sections) == len(versions[0].sections) + 1
        assert session.get_one(Enrolment, enrolment).version_id == versions[0].id


def test_the_same_content_has_the_same_hash_and_one_letter_changes_it(
    runtime: Runtime, school: DemoSchool
) -> None:
    def made(text: str) -> str:
        section = NewSection("a", "А", (NewBlock("t", "text", {"markdown": text}),))
        return publish(runtime, school, write(runtime, school, section))

    assert made("Тепло") == made("Тепло") != made("Тепла")


def test_gates_and_stuck_learners_stop_a_publication(runtime: Runtime, school: DemoSchool) -> None:
    def refusal(*sections: NewSection) -> InvalidInput:
        made = write(runtime, school, *sections)
        with pytest.raises(InvalidInput) as caught:
            publish(runtime, school, made)
        return caught.value

    def text(key: str) -> tuple[NewBlock, ...]:
        return (NewBlock(key, "text", TEXT),)

    circle = refusal(
        NewSection("a", "А", text("a"), gate=(GateCondition("b"),)),
        NewSection("b", "Б", text("b"), gate=(GateCondition("a"),)),
    )
    assert circle.code == "course.gate_cycle"
    assert refusal(NewSection("a", "А", ())).code == "course.empty"


def test_a_file_that_only_eyes_can_read_needs_an_alternative(runtime: Runtime, school: DemoSchool) -> None:
    def attempt(alternatives: dict[str, str]) -> str:
        made = write(runtime, school)
        with runtime.unit_of_work(school.actor("kim")) as uow:
            media = service.add_media(uow, made, b"%PDF-1.4 x", "table.pdf")
            file = {"media": str(media.id), "label": "Таблица", "summary": "Скан"}
            blocks = (
                NewBlock("scan", "file", file, alternatives=alternatives),
                NewBlock("words", "text", TEXT, with_previous=True),
            )
            service.add_section(uow, made, NewSection("a", "А", blocks))
        return publish(runtime, school, made)

    with pytest.raises(InvalidInput) as caught:
        attempt({})
    assert caught.value.code == "course.stuck"
    assert "without_sight: a/scan" in caught.value.params["learners"]
    assert attempt({"sight": "words"})


@pytest.mark.parametrize(
    ("block", "where"),
    [
        (NewBlock("p", "picture", {"media": "x", "alt": ""}), "p.alt"),
        (
            NewBlock("p", "picture", {"media": "0190a0a0-0000-7000-8000-00000000000f", "alt": "Чайник"}),
            "p.media",
        ),
        (NewBlock("t", "text", {"markdown": ""}), "t.markdown"),
    ],
)
def test_a_bad_block_says_what_is_missing(
    runtime: Runtime, school: DemoSchool, block: NewBlock, where: str
) -> None:
    made = write(runtime, school)
    with pytest.raises(InvalidInput) as caught, runtime.unit_of_work(school.actor("kim")) as uow:
        service.add_section(uow, made, NewSection("a", "А", (block,)))
    assert where in caught.value.fields


def test_another_courses_media_cannot_be_shown(runtime: Runtime, school: DemoSchool) -> None:
    theirs = write(runtime, school)
    with runtime.unit_of_work(school.actor("kim")) as uow:
        media = service.add_media(uow, theirs, b"<svg/>", "a.svg")
    mine = write(runtime, school)
    with pytest.raises(InvalidInput), runtime.unit_of_work(school.actor("kim")) as uow:
        block = NewBlock("p", "picture", {"media": str(media.id), "alt": "Чайник"})
        service.add_section(uow, mine, NewSection("a", "А", (block,)))


def test_media_are_what_a_browser_shows_by_itself(runtime: Runtime, school: DemoSchool) -> None:
    made = write(runtime, school)
    for name, code in (("evil.html", "course.media_type"), ("x.js", "course.media_type")):
        with pytest.raises(InvalidInput, match=code), runtime.unit_of_work(school.actor("kim")) as uow:
            service.add_media(uow, made, b"data", name)


def test_learners_go_on_where_they_stopped(runtime: Runtime, school: DemoSchool, course: UUID) -> None:
    enrolment, blocks = enrol(runtime, school, course), blocks_of(runtime, course)

    def goes_on() -> str | None:
        with runtime.read() as session:
            view = queries.progress_of(session, school.id("sonya"), course)
            return view.next_block_url if view else None

    assert goes_on() == queries.step_path(course, blocks["text"])
    with runtime.unit_of_work(school.actor("sonya")) as uow:
        service.note_position(uow, enrolment, blocks["quiz"])
    assert goes_on() == queries.step_path(course, blocks["quiz"])


def test_the_catalogue_finds_by_any_word_in_any_case(
    runtime: Runtime, school: DemoSchool, course: UUID
) -> None:
    with runtime.read() as session:
        org = [school.id("school-14")]
        assert [card.id for card in queries.catalogue(session, org, "ПРОБ")] == [course]
        assert queries.catalogue(session, org, "биология") == []
        assert queries.catalogue(session, [school.id("horizon")]) == []


def test_content_keeps_its_plug_ins_version(runtime: Runtime, school: DemoSchool, course: UUID) -> None:
    with runtime.read() as session:
        kinds: Any = session.execute(sa.select(Block.type, Block.type_version).distinct()).all()
    assert {tuple(row) for row in kinds} == {("text", "1"), ("practice_quiz", "1")}


def test_several_authors_at_once_lose_nothing_and_a_version_is_what_was_published(
    runtime: Runtime, school: DemoSchool
) -> None:
    made = write(runtime, school)
    kim = school.actor("kim")

    def add(number: int) -> UUID:
        with runtime.unit_of_work(kim) as uow:
            return service.add_section(
                uow, made, NewSection(f"s{number}", str(number), (NewBlock(f"b{number}", "text", TEXT),))
            )

    def begin(_number: int) -> str:
        try:
            with runtime.unit_of_work(kim) as uow:
                service.open_draft(uow, made)
        except Conflict as error:
            return error.code
        return "opened"

    def release(_number: int) -> str:
        try:
            return publish(runtime, school, made)
        except Conflict as error:
            return error.code

    with ThreadPoolExecutor(6) as threads:
        assert len(set(threads.map(add, range(6)))) == 6
        with runtime.read() as session:
            draft = queries.draft_version(session, made)
            assert draft is not None and [each.position for each in draft.sections] == [1, 2, 3, 4, 5, 6]
        assert list(threads.map(release, range(4))).count("course.no_draft") == 3
        assert sorted(threads.map(begin, range(4))) == ["course.has_draft"] * 3 + ["opened"]
