"""Courses of other systems: every item taken over or refused with a reason, nothing hostile taken in, ours given away whole."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lms.cli import main
from lms.core.actor import SYSTEM
from lms.core.errors import Conflict
from lms.core.runtime import Runtime
from lms.courses import queries, service
from lms.courses.contracts import COURSE_BLOCKS
from lms.courses.formats.words import REASON_TEXTS
from lms.courses.models import Block, Course, CourseImport, CourseMedia
from lms.courses.queries import ImportReport
from lms.courses.service import CourseImported
from lms.courses.tasks import resume_imports
from lms.courses.types import GateCondition, ImportState, ImportStatus, NewBlock, NewCourse, NewSection
from lms.demo.cast import DemoSchool, load_cast
from lms.people.models import Role
from tests.integration.test_course_steps import photo
from tests.integration.test_course_writing import signed_in

SAMPLES = sorted(["imscc/cc2olx/main.imscc", "imscc/instructure/canvas_cartridge.imscc"]) + [
    f"mbz/moodle/{name}.mbz"
    for name in (
        "backup__moodle2__availability_26_format",
        "backup__moodle2__question_category_34_format",
        "completion__legacy_course_completion",
        "mod__quiz__moodle_28_quiz",
        "mod__quiz__moodle_42_random_question",
        "mod__quiz__random_by_tag_quiz",
    )
]


@pytest.fixture
def engine_url(sqlite_url: str) -> str:
    """Return one engine: what differs between them is told elsewhere."""
    return sqlite_url


@pytest.fixture
def school(runtime: Runtime, prepared_cast: None) -> DemoSchool:
    return load_cast(runtime)


def zipped(**files: bytes | str) -> bytes:
    """Return an archive; two underscores in a name are a slash, one before the ending a dot."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), data)
    return made.getvalue()


def taken(runtime: Runtime, school: DemoSchool, data: bytes) -> CourseImported:
    """Import a file that can be read."""
    read = service.read_package(runtime, data)
    assert read.course is not None, read
    with runtime.unit_of_work(school.actor("kim")) as uow:
        return service.import_course(
            uow, NewCourse(school.id("school-14"), "", "physics"), read.course, "file"
        )


@pytest.mark.third_party
def test_every_item_of_other_systems_packages_is_taken_over_or_refused_with_a_reason(
    runtime: Runtime, school: DemoSchool, test_data: Path
) -> None:
    for name in SAMPLES:
        made = taken(runtime, school, (test_data / "assessment" / name).read_bytes())
        assert made.rows, name
        assert all(row.ref and row.place for row in made.rows), name
        assert all(row.reasons for row in made.rows if row.status is not ImportStatus.IMPORTED), name
        with runtime.read() as session:
            draft = queries.draft_version(session, made.course_id)
            assert draft is not None
            assert any(row.status is not ImportStatus.REFUSED for row in made.rows) == bool(draft.sections), (
                name
            )


CARTRIDGE = """<manifest><metadata><lom><general><title><string>Тепло</string></title></general></lom></metadata>
<organizations><organization><item identifier="root"><item><title>Начало</title>
<item identifierref="p"><title>Страница</title></item><item identifierref="l"><title>Ссылка</title></item>
<item identifierref="f"><title>Подделка</title></item><item identifierref="q"><title>Проверь</title></item>
<item identifierref="gone"><title>Пропало</title></item></item></item></organization></organizations>
<resources><resource identifier="p" type="webcontent" href="a/p.html"><file href="a/p.html"/></resource>
<resource identifier="l" type="imswl_xmlv1p1"><file href="l.xml"/></resource>
<resource identifier="f" type="webcontent" href="f.pdf"/>
<resource identifier="q" type="imsqti_xmlv1p2/imscc_xmlv1p1/assessment"><file href="q.xml"/></resource></resources></manifest>"""
PAGE = """<h3>Опыт</h3><p>Налей <b>воды</b> <a href="https://evil.example.org">сюда</a>: \\(Q=cm\\Delta t\\)
<script>alert(1)</script><img src="../pic.jpg" alt="Стакан с водой" onerror="alert(1)"><img src="../../etc/passwd" alt="">"""
QUIZ = """<questestinterop><assessment ident="a" title="Проверь"><section ident="s"><item ident="i1" title="Один">
<itemmetadata><qtimetadata><qtimetadatafield><fieldlabel>cc_profile</fieldlabel><fieldentry>cc.multiple_choice.v0p1</fieldentry>
</qtimetadatafield></qtimetadata></itemmetadata><presentation><material><mattext>2+2?</mattext></material>
<response_lid ident="r" rcardinality="Single"><render_choice><response_label ident="x"><material><mattext>4</mattext></material>
</response_label><response_label ident="y"><material><mattext>5</mattext></material></response_label></render_choice>
</response_lid></presentation><resprocessing><outcomes><decvar maxvalue="100" minvalue="0" varname="SCORE" vartype="Decimal"/></outcomes>
<respcondition continue="No"><conditionvar><varequal respident="r">x</varequal></conditionvar>
<setvar action="Set" varname="SCORE">100</setvar></respcondition></resprocessing></item></section></assessment></questestinterop>"""
MEMBERS: dict[str, bytes | str] = {
    "imsmanifest_xml": CARTRIDGE,
    "a__p_html": PAGE,
    "pic_jpg": photo(),
    "l_xml": '<webLink><title>x</title><url href="javascript:alert(1)"/></webLink>',
    "f_pdf": b"MZ this is a program",
    "q_xml": QUIZ,
}


def test_a_cartridge_becomes_steps_and_what_cannot_be_kept_is_named(
    runtime: Runtime, school: DemoSchool
) -> None:
    made = taken(runtime, school, zipped(**MEMBERS))
    found = {row.ref: (row.status.value, [why.code for why in row.reasons]) for row in made.rows}
    assert found == {
        "Страница": ("changed", ["link.unknown", "picture.not_there"]),
        "Ссылка": ("refused", ["link.bad"]),
        "Подделка": ("refused", ["course.media_type"]),
        "Проверь": ("changed", ["quiz.practice"]),
        "i1": ("imported", []),
        "Пропало": ("refused", ["resource.none"]),
    } | ({"Один": ("imported", [])} if "Один" in {row.ref for row in made.rows} else {})
    with runtime.read() as session:
        draft = queries.draft_version(session, made.course_id)
        assert draft is not None
        (section,) = draft.sections
        assert [(block.type, block.with_previous) for block in section.blocks] == [
            ("text", False),
            ("picture", True),
            ("practice_quiz", False),
        ]
        text = section.blocks[0].content["markdown"]
        assert text == "# Опыт\n\nНалей **воды** сюда: $Q=cm\\Delta t$"
        media = session.scalars(sa.select(CourseMedia).where(CourseMedia.course_id == made.course_id)).one()
        assert media.name == "pic.jpg"


BACKUP = """<moodle_backup><information><original_course_fullname>Тепло</original_course_fullname><contents><activities>
<activity><moduleid>1</moduleid><sectionid>7</sectionid><modulename>resource</modulename><title>Таблица</title>
<directory>activities/resource_1</directory></activity>
<activity><moduleid>2</moduleid><sectionid>7</sectionid><modulename>lesson</modulename><title>Игра</title>
<directory>activities/scorm_2</directory></activity>
<activity><moduleid>3</moduleid><sectionid>8</sectionid><modulename>page</modulename><title>Бомба</title>
<directory>../../etc</directory></activity></activities>
<sections><section><sectionid>7</sectionid><title>Первая</title><directory>sections/section_7</directory></section>
<section><sectionid>8</sectionid><title>Вторая</title><directory>sections/section_8</directory></section></sections>
</contents></information></moodle_backup>"""


def test_a_backup_becomes_sections_and_files(runtime: Runtime, school: DemoSchool) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("moodle_backup.xml", BACKUP)
        archive.writestr(
            "activities/resource_1/resource.xml",
            '<activity contextid="5"><resource><name>x</name></resource></activity>',
        )
        archive.writestr(
            "files.xml",
            "<files><file><contenthash>ab12</contenthash><contextid>5</contextid><component>mod_resource</component>"
            "<filepath>/</filepath><filename>t.pdf</filename></file></files>",
        )
        archive.writestr("files/ab/ab12", b"%PDF-1.7")
    rows = taken(runtime, school, made.getvalue()).rows
    assert [(row.ref, row.status.value, [why.code for why in row.reasons]) for row in rows] == [
        ("Таблица", "changed", ["file.no_words"]),
        ("Игра", "refused", ["activity.unknown"]),
        ("Бомба", "refused", ["resource.no_file"]),
        ("Вторая", "refused", ["section.empty"]),
    ]


@pytest.fixture
def course(runtime: Runtime, school: DemoSchool) -> UUID:
    """Begin a course with one valid step of every kind, pictures and gates."""
    with runtime.unit_of_work(school.actor("gromova")) as uow:
        there = "https://tool.example/"
        tool = service.NewTool("Опыты", there, f"{there}login", [f"{there}launch"])
        service.register_tool(uow, school.id("school-14"), tool)
    with runtime.unit_of_work(school.actor("kim")) as uow:
        course = service.create_course(
            uow, NewCourse(school.id("school-14"), "Всё & ничего", "physics", "О чём", 8)
        )
        media = service.add_media(uow, course, photo(), "p.jpg")
        blocks = []
        for plugin in runtime.registries.of(COURSE_BLOCKS):
            sample = next(each for each in plugin.samples() if each.is_valid)
            links = plugin.links(sample.content)
            if not links and (plugin.name == "picture" or not plugin.media(sample.content)):
                content: dict[str, Any] = dict(sample.content)
                content |= {"media": str(media.id)} if plugin.name == "picture" else {}
                blocks.append(
                    NewBlock(plugin.name, plugin.name, content, f"Шаг <{plugin.name}>", est_minutes=3)
                )
        service.add_section(uow, course, NewSection("one", "Первый", tuple(blocks), "Сводка"))
        text = NewBlock("last", "text", {"markdown": "# Конец"}, "Конец", alternatives={"sight": "last"})
        gate = (GateCondition("one"),)
        service.add_section(uow, course, NewSection("two", "Второй", (text,), gate=gate))
    return course


def _told(b: Block, names: dict[str, str]) -> list[Any]:
    content = {key: names.get(str(value), value) for key, value in b.content.items()}
    return [
        b.key,
        b.type,
        b.title,
        b.est_minutes,
        b.with_previous,
        b.alternatives,
        b.outcomes,
        b.a11y,
        content,
    ]


def told(runtime: Runtime, course_id: UUID) -> dict[str, Any]:
    """Return all of a course that an author writes, files by their names."""
    with runtime.read() as session:
        course, draft = session.get(Course, course_id), queries.draft_version(session, course_id)
        assert course is not None
        assert draft is not None
        media = session.scalars(sa.select(CourseMedia).where(CourseMedia.course_id == course_id))
        names = {str(row.id): row.name for row in media}
        blocks = [
            [s.key, s.title, s.summary, s.gate, [_told(block, names) for block in s.blocks]]
            for s in draft.sections
        ]
        return {
            "about": (course.title, course.subject, course.grade, course.summary, course.mode),
            "in": blocks,
        }


@pytest.mark.parametrize("is_cartridge", [True, False])
def test_what_is_given_away_and_taken_back_is_the_same_course(
    runtime: Runtime, school: DemoSchool, course: UUID, is_cartridge: bool
) -> None:
    with runtime.read() as session:
        given_away = service.export_course(session, runtime, course, is_cartridge=is_cartridge)
    made = taken(runtime, school, given_away.data)
    assert {row.status for row in made.rows} == {ImportStatus.IMPORTED}
    assert told(runtime, made.course_id) == told(runtime, course)
    assert bool(given_away.left_out) == is_cartridge


def test_other_systems_find_pages_and_pictures_in_a_cartridge_of_ours(
    runtime: Runtime, school: DemoSchool, course: UUID
) -> None:
    with runtime.read() as session:
        given_away = service.export_course(session, runtime, course, is_cartridge=True)
    bare = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(given_away.data)) as ours, zipfile.ZipFile(bare, "w") as theirs:
        for info in ours.infolist():
            if info.filename != "marshrut/course.json":
                theirs.writestr(info, ours.read(info))
    read = service.read_package(runtime, bare.getvalue()).course
    assert read is not None
    assert read.title == "Всё & ничего"
    assert [section.title for section in read.sections[:2]] == ["Первый", "Второй"]
    kinds = {block.type for section in read.sections for item in section.items for block in item.blocks}
    assert {"text", "picture", "assignment"} <= kinds


MANY_RESOURCES = "".join(
    f'<resource identifier="r{n}"><file href="imsmanifest.xml"/></resource>' for n in range(5_001)
)


def many_activities() -> bytes:
    """Return a backup that names one activity over and over."""
    activity = "<activity><modulename>page</modulename><directory>a</directory></activity>"
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        listed = f"<contents><activities>{activity * 5_001}</activities></contents>"
        archive.writestr(
            "moodle_backup.xml", f"<moodle_backup><information>{listed}</information></moodle_backup>"
        )
    return made.getvalue()


def own(sections: list[Any]) -> str:
    """Return the description of a course of ours."""
    return json.dumps({"format": "marshrut-course", "version": 1, "title": "К", "sections": sections})


def test_what_a_package_of_ours_says_beyond_measure_is_left_out_and_named(
    runtime: Runtime, school: DemoSchool
) -> None:
    group: Any = {"kind": "group", "name": "нет такого"}
    deep = group
    for _number in range(6):
        deep = {"any": [deep]}
    block = {"type": "text", "content": {"markdown": "т"}, "meta": {"licence": [], "age": [], "hazards": {}}}
    gates = {"wide": [{**group, "name": f"{n}"} for n in range(25)], "deep": [deep], "fair": [group]}
    made = taken(
        runtime,
        school,
        zipped(
            marshrut__course_json=own(
                [{"key": key, "title": key, "gate": gate, "blocks": [block]} for key, gate in gates.items()]
            )
        ),
    )
    refused = {row.ref: [why.code for why in row.reasons] for row in made.rows if row.reasons}
    assert refused == {"wide": ["gate.left_out"], "deep": ["gate.left_out"]}
    with runtime.read() as session:
        draft = queries.draft_version(session, made.course_id)
        assert draft is not None
        assert [len(section.gate) for section in draft.sections] == [0, 0, 1]
        plan = queries.publish_plan(session, draft, runtime.registries)
        assert plan.faults
        assert plan.stuck == (), "who would be stuck is asked of gates that make sense only"


def test_a_file_that_is_no_course_is_refused_by_name(runtime: Runtime) -> None:
    for data, code in [
        (b"", "file.no_course"),
        (b"<manifest/>", "file.no_course"),
        (zipped(a_txt="x"), "file.no_course"),
        (zipped(imsmanifest_xml="<html/>"), "file.no_course"),
        (zipped(imsmanifest_xml="<manifest>"), "file.malformed"),
        (zipped(imsmanifest_xml='<!DOCTYPE a [<!ENTITY b "c">]><manifest>&b;</manifest>'), "file.entities"),
        (zipped(moodle_backup="x", marshrut__course_json="[" * 100_000), "file.malformed"),
        (zipped(marshrut__course_json='{"format": "marshrut-course", "version": 2}'), "file.newer"),
        (zipped(imsmanifest_xml=f"<manifest>{MANY_RESOURCES}</manifest>"), "file.too_complex"),
        (many_activities(), "file.too_complex"),
        (zipped(marshrut__course_json=own([{}] * 201)), "file.too_complex"),
        (zipped(imsmanifest_xml="<manifest/>", b_bin=b"\0" * 30_000_000), "package.bomb"),
    ]:
        read = service.read_package(runtime, data)
        assert read.reason is not None
        assert read.reason.code == code
        assert code in REASON_TEXTS


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 600) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["markdown", "media", "alt", "rows", "cards", "terms", "address", "label", "task", "questions",
                         "type", "content", "key", "title", "pass_score", "starts_at", "minutes", "latex", "words"]),
        inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_a_package_of_ours_says_it_is_taken_over_or_refused(
    runtime: Runtime, school: DemoSchool, data: st.DataObject
) -> None:
    names = [plugin.name for plugin in runtime.registries.of(COURSE_BLOCKS)]
    blocks = data.draw(
        st.lists(
            st.fixed_dictionaries(
                {"type": st.sampled_from([*names, "none", ""]), "content": JSON},
                optional={"key": st.text(max_size=70), "title": JSON, "minutes": JSON, "alternatives": JSON, "outcomes": JSON},
            ) | JSON,
            max_size=4,
        )
    )  # fmt: skip
    said = {"format": "marshrut-course", "version": 1, "title": data.draw(JSON), "media": data.draw(JSON),
            "sections": [{"blocks": blocks, "gate": data.draw(JSON), "title": data.draw(JSON)}]}  # fmt: skip
    made = taken(runtime, school, zipped(marshrut__course_json=json.dumps(said)))
    assert all(row.reasons for row in made.rows if row.status is ImportStatus.REFUSED)


def test_the_command_reports_every_item_and_a_dry_run_leaves_nothing(
    runtime: Runtime, school: DemoSchool, environment: dict[str, str], tmp_path: Path
) -> None:
    path, org = tmp_path / "тепло.imscc", str(school.id("school-14"))
    path.write_bytes(zipped(**MEMBERS))

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(main, ["courses", *arguments], env=environment)

    looked = run("import", str(path), "--org", org, "--dry-run", "--json")
    assert looked.exit_code == 0, looked.output
    with runtime.read() as session:
        before = set(session.scalars(sa.select(Course.id)))
    done = json.loads(run("import", str(path), "--org", org, "--json").output)
    assert done["items"] == json.loads(looked.output)["items"]
    assert UUID(done["course"]) not in before
    assert all(row["reason"] for row in done["items"] if row["status"] == "refused")
    written = tmp_path / "back.imscc"
    assert run("export", done["course"], str(written)).exit_code == 0
    assert zipfile.is_zipfile(written)
    path.write_bytes(b"no course")
    refused = run("import", str(path), "--org", org, "--json")
    assert refused.exit_code == 1
    assert json.loads(refused.output)["reason"].startswith("file.no_course: ")


def test_an_author_brings_a_course_looks_at_the_report_and_gives_it_away(
    app: Flask, runtime: Runtime, school: DemoSchool
) -> None:
    client = signed_in(app, "kim")
    assert "/courses/import" in client.get("/courses").text
    page = client.get("/courses/import").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token

    def send(path: str, data: bytes, **form: str) -> Any:
        sent = {"csrf_token": token[1], "file": (io.BytesIO(data), "тепло.imscc"), **form}
        return client.post(path, data=sent, content_type="multipart/form-data")

    def counted() -> int:
        with runtime.read() as session:
            return session.scalar(sa.select(sa.func.count()).select_from(Course)) or 0

    def shown(sent: Any) -> str:
        assert sent.status_code == 303
        assert "ждёт своей очереди" in client.get(sent.location).text
        runtime.jobs.run_waiting()
        return client.get(sent.location).text

    before = counted()
    assert send("/courses/import", b"").status_code == 422
    assert "Подделка" in shown(send("/courses/import", zipped(**MEMBERS), is_trial="yes"))
    for bad in (b"no course", zipped(a_txt="x")):
        assert "Не читается" in shown(send("/courses/import", bad))
    assert counted() == before
    done = send("/courses/import", zipped(**MEMBERS), subject="physics")
    assert "Закончен" in shown(done)
    report = client.get(done.location).text
    assert "Страница" in report
    assert "evil.example.org" in report
    assert "Страница" not in client.get(f"{done.location}?status=refused").text
    with runtime.read() as session:
        course = queries.course_import(session, UUID(done.location.rpartition("/")[2])).course_id
    assert str(course) in report and counted() == before + 1
    assert "/write/imported" in client.get(f"/courses/{course}/write").text
    given_away = client.post(
        f"/courses/{course}/write/export", data={"csrf_token": token[1], "format": "imscc"}
    )
    assert given_away.mimetype == "application/zip"
    assert zipfile.is_zipfile(io.BytesIO(given_away.data))
    assert done.location in client.get("/courses/import").text
    strange = signed_in(app, "sonya")
    assert strange.get(done.location).status_code in {403, 404}
    assert strange.get("/courses/import").status_code in {403, 404}


def test_an_import_that_a_worker_left_half_way_is_begun_again_and_whole_once(
    runtime: Runtime, school: DemoSchool
) -> None:
    data = zipped(**MEMBERS)
    whole = told(runtime, taken(runtime, school, data).course_id)
    with runtime.unit_of_work(school.actor("kim")) as uow:
        new = NewCourse(school.id("school-14"), "", "physics")
        import_id = service.begin_course_import(uow, new, data, "тепло")
    found = service.read_package(runtime, data).course
    assert found is not None
    with runtime.unit_of_work(SYSTEM) as uow:
        order = service.claim_course_import(uow, import_id)
        assert order is not None
        assert service.claim_course_import(uow, import_id) is None, "one worker has it"
        taker = service.start_course_import(uow, order, found)
        service.take_section(uow, order, taker, 0)
        left = uow.session.get_one(CourseImport, import_id)
        left.touched_at = uow.now() - timedelta(hours=1)
    resume_imports(runtime)
    runtime.jobs.run_waiting()
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.get_one(CourseImport, import_id).state = ImportState.RUNNING
    with pytest.raises(Conflict, match="elsewhere"), runtime.unit_of_work(SYSTEM) as uow:
        service.take_section(uow, order, taker, 0)  # the first worker was only slow
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.get_one(CourseImport, import_id).state = ImportState.DONE
    with runtime.read() as session:
        kept = queries.course_import(session, import_id)
    assert (kept.state, kept.done) == (ImportState.DONE, kept.total)
    assert kept.course_id is not None
    again = told(runtime, kept.course_id)
    assert [each[1:3] for each in again["in"]] == [each[1:3] for each in whole["in"]]
    assert [len(each[4]) for each in again["in"]] == [len(each[4]) for each in whole["in"]]


def test_an_import_acts_with_the_rights_of_now_and_a_trial_leaves_no_bytes(
    runtime: Runtime, school: DemoSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def begin(*, is_trial: bool) -> UUID:
        with runtime.unit_of_work(school.actor("kim")) as uow:
            new = NewCourse(school.id("school-14"), "", "physics")
            return service.begin_course_import(uow, new, zipped(**MEMBERS), "тепло", is_trial=is_trial)

    def kept(import_id: UUID) -> ImportReport:
        runtime.jobs.run_waiting()
        with runtime.read() as session:
            return queries.course_import(session, import_id)

    stored: list[str] = []
    put = runtime.files.put
    monkeypatch.setattr(runtime.files, "put", lambda key, data: stored.append(key) or put(key, data))
    tried = kept(begin(is_trial=True))
    assert [key for key in stored if key.startswith("media/")] == []
    done = kept(begin(is_trial=False))
    assert len([key for key in stored if key.startswith("media/")]) == 1
    assert [(r.ref, r.status, r.reasons) for r in tried.rows] == [
        (r.ref, r.status, r.reasons) for r in done.rows
    ]
    waiting = [begin(is_trial=is_trial) for is_trial in (False, True)]
    with runtime.unit_of_work(SYSTEM) as uow:
        theirs = sa.update(Role).where(Role.person_id == school.id("kim"))
        uow.session.execute(theirs.values(valid_to=uow.now() - timedelta(days=1)))
    assert [kept(import_id).state for import_id in waiting] == [ImportState.FAILED] * 2
