"""Packages of other systems and models: what is taken in, how its files are handed out, and what its results are worth."""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
import zipfile
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from lms.cli import main
from lms.core.errors import InvalidInput
from lms.core.fetching import Fetcher, NotFetched
from lms.core.packages import Package
from lms.core.runtime import Runtime
from lms.courses import queries, service
from lms.courses.formats.players import check_played, scorm_parts, with_script
from lms.courses.offline_reading import offline_parts
from lms.courses.rules.media import GLB, H5P, SCORM
from lms.courses.rules.plays import whole_play
from lms.courses.types import ImportStatus, NewBlock, NewCourse, NewSection, PlayReport, PlayStatus
from lms.demo.cast import DemoSchool, load_cast
from tests.fixtures.played import glb, h5p, scorm, zipped
from tests.integration.test_course_pages import signed_in
from tests.integration.test_course_steps import photo
from tests.integration.test_courses import TEXT, blocks_of, enrol, publish, write

PAGE = "<!doctype html><html><head><title>Тепло</title></head><body>Тепло</body></html>"
SAME = "Вода греется дольше ложки: на каждый градус ей нужно больше тепла. Налейте стакан воды и проверьте это сами."


def swollen() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("imsmanifest.xml", "<manifest/>")
        archive.writestr("a.html", b"\0" * 30_000_000)
    return made.getvalue()


def linked() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        link = zipfile.ZipInfo("imsmanifest.xml")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    return made.getvalue()


def asking(**more: object) -> bytes:
    return glb({"asset": {"version": "2.0"}, **more})


@pytest.mark.parametrize(
    ("data", "media_type", "code"),
    [
        (zipped({"../imsmanifest.xml": "x"}), SCORM, "course.package_bad"),
        (zipped({"/etc/imsmanifest.xml": "x"}), SCORM, "course.package_bad"),
        (swollen(), SCORM, "course.package_bad"),
        (linked(), SCORM, "course.package_bad"),
        (b"PK\x03\x04 no archive", SCORM, "course.package_bad"),
        (zipped({"imsmanifest.xml": '<!DOCTYPE a [<!ENTITY b "c">]><manifest>&b;</manifest>'}), SCORM, "course.package_bad"),
        (zipped({"a.html": PAGE}), SCORM, "course.package_kind"),
        (scorm({}), SCORM, "course.package_kind"),
        (zipped({"h5p.json": "{}", "content/content.json": "{}"}), H5P, "course.package_kind"),
        (zipped({"h5p.json": "[" * 100_000, "content/content.json": "{}"}), H5P, "course.package_kind"),
        (scorm({"a.html": PAGE}), H5P, "course.package_kind"),
        (b"glTF\x02\x00\x00\x00", GLB, "course.model_bad"),
        (glb()[:-1], GLB, "course.model_bad"),
        (asking(buffers=[{"uri": "https://elsewhere.test/a.bin"}]), GLB, "course.model_outside"),
        (asking(images=[{"uri": "a.png"}]), GLB, "course.model_outside"),
        (asking(extensionsRequired=["KHR_draco_mesh_compression"]), GLB, "course.model_packed"),
    ],
)  # fmt: skip
def test_what_cannot_be_played_safely_is_refused_with_the_reason(
    data: bytes, media_type: str, code: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_played(data, media_type, "a")
    assert refused.value.code == code


def test_what_is_whole_is_taken() -> None:
    check_played(scorm({"a b.html": PAGE}), SCORM, "a")
    check_played(h5p(), H5P, "a")
    check_played(glb(), GLB, "a")
    check_played(asking(images=[{"uri": "data:image/png;base64,AA=="}]), GLB, "a")
    parts = scorm_parts(Package(scorm({"a b.html": PAGE, "c.html": PAGE}, "2004 4th Edition")))
    assert [(part.title, part.href, part.is_2004) for part in parts] == [
        ("Часть 1", "a%20b.html", True),
        ("Часть 2", "c.html", True),
    ]


@pytest.mark.parametrize(
    "page", [PAGE.encode(), b"\xef\xbb\xbf" + PAGE.encode(), b"<p>a", b"<HTML lang=ru><body>", b"", "<p>ж".encode("cp1251")]
)  # fmt: skip
def test_our_script_comes_first_and_changes_nothing_else(page: bytes) -> None:
    made = with_script(page, "/s.js")
    script = b'<script src="/s.js"></script>'
    assert made.count(script) == 1 and made.replace(script, b"") == page
    before = made.split(script)[0].lower()
    assert b"<body" not in before and (b"<!doctype" not in page.lower() or b"<!doctype" in before)


SHARES = st.none() | st.decimals(0, 1, places=4)


@given(st.dictionaries(st.sampled_from("123"), st.tuples(st.sampled_from(PlayStatus), SHARES), min_size=1))
def test_a_whole_is_never_more_than_its_parts(said: dict[str, tuple[PlayStatus, Decimal | None]]) -> None:
    parts = {key: {"status": s.value, "score": None if n is None else str(n)} for key, (s, n) in said.items()}
    status, score = whole_play(parts)
    scores = [n for _s, n in said.values() if n is not None]
    assert (score is None) == (not scores)
    assert score is None or min(scores) - Decimal("0.000001") <= score <= max(scores) + Decimal("0.000001")
    if status is PlayStatus.PASSED:
        assert all(s is PlayStatus.PASSED for s, _n in said.values())


@pytest.fixture
def engine_url(sqlite_url: str) -> str:
    """Use one engine: nothing here depends on it."""
    return sqlite_url


@pytest.fixture
def school(runtime: Runtime, prepared_cast: None) -> DemoSchool:
    return load_cast(runtime)


def packages(runtime: Runtime, school: DemoSchool) -> UUID:
    """Publish a course with a SCORM package of two parts, one that a teacher confirms, an H5P package and a model."""
    course = write(runtime, school)
    files = {
        "a.zip": scorm({"one.html": PAGE, "two.html": PAGE}, **{"own.json": '{"a": 5}'}),
        "b.h5p": h5p(),
        "c.glb": glb(),
        "p.jpg": photo(),
    }
    with runtime.unit_of_work(school.actor("kim")) as uow:
        kept = {name: service.add_media(uow, course, data, name) for name, data in files.items()}

        def block(key: str, kind: str, name: str, **more: Any) -> NewBlock:
            said = {"media": str(kept[name].id), "type": kept[name].media_type, "alternative": SAME, **more}
            return NewBlock(key, kind, said, key)

        poster = {"poster": str(kept["p.jpg"].id), "alt": "Кристалл соли"}
        blocks = (
            block("scorm", "scorm", "a.zip"),
            block("judged", "scorm", "a.zip", confirmed=True),
            block("h5p", "h5p", "b.h5p"),
            block("model", "model", "c.glb", **poster),
            NewBlock("end", "text", TEXT, "end"),
        )
        service.add_section(uow, course, NewSection("one", "Первый", blocks))
    publish(runtime, school, course)
    return course


def frame_of(page: str) -> dict[str, str]:
    found = re.search(r"<iframe ([^>]+)>", page)
    assert found, page[-2000:]
    return {name: unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', found.group(1))}


def test_a_package_runs_sealed_and_its_result_is_practice(
    runtime: Runtime, app: Flask, school: DemoSchool
) -> None:
    course = packages(runtime, school)
    enrolment, blocks = enrol(runtime, school, course), blocks_of(runtime, course)
    app.config["WTF_CSRF_ENABLED"] = False
    sonya, guest = signed_in(app, "sonya"), app.test_client()
    step = f"/courses/{course}/steps/{blocks['scorm']}"
    shown = sonya.get(step).text
    assert f"{step}/play" in shown and "Нужна сеть" in shown and "Вода греется дольше" in shown
    assert "<iframe" not in shown, "nothing runs before the click"
    page = sonya.get(f"{step}/play?part=2")
    frame = frame_of(page.text)
    assert frame["sandbox"] == "allow-scripts allow-forms allow-modals"
    texts = re.search(r'data-words="([^"]+)"', page.text)
    assert texts and json.loads(unescape(texts[1]))["kept"] == "Сохранено: {result}."
    base = frame["src"].rsplit("/", 1)[0]
    assert f"frame-src {base}/" in page.headers["Content-Security-Policy"] and frame["src"].endswith(
        "/two.html"
    )
    file = guest.get(frame["src"])
    policy = file.headers["Content-Security-Policy"]
    assert file.status_code == 200 and "players/scorm12." in file.text
    assert re.search(r"; sandbox [^;]*allow-scripts", policy) and "allow-same-origin" not in policy
    assert f"default-src {base}/ data:" in policy and "Set-Cookie" not in file.headers
    assert guest.get(f"{base}/own.json").json == {"a": 5}
    assert guest.get(f"{base}/own.json").headers["Access-Control-Allow-Origin"] == "*"
    for wrong in ("x", "%2e%2e/imsmanifest.xml", "..%2f..%2fetc/passwd"):
        assert guest.get(f"{base}/{wrong}").status_code == 404
    assert guest.get(base[:-3] + "abc/own.json").status_code == 404

    said = json.loads(frame["name"])
    assert said["state"] is None and "sonya" not in frame["name"]
    keep = f"/api/v1/courses/{course}/blocks/{blocks['scorm']}/play"
    report = {"part": 2, "status": "passed", "score": 0.8, "state": {"suspend_data": "page=3"}}
    assert sonya.post(keep, json=report).json["score"] == "0.800000"
    assert "80 %" in sonya.get(step).text
    assert json.loads(frame_of(sonya.get(f"{step}/play?part=2").text)["name"])["state"] == report["state"]
    assert json.loads(frame_of(sonya.get(f"{step}/play").text)["name"])["state"] is None
    for bad in ({"score": 2}, {"status": "won"}, {"part": 0}, {"score": "NaN"}, {"state": "x" * 200_000}):
        assert sonya.post(keep, json={**report, **bad}).status_code == 422, bad
    assert signed_in(app, "timur").post(keep, json=report).status_code in (403, 404)
    with runtime.read() as session:
        facts = queries.block_facts(session, enrolment)
        assert not facts.completed and not facts.best, (
            "what a browser says of itself completes and scores nothing"
        )
    judged = f"/api/v1/courses/{course}/blocks/{blocks['judged']}/play"
    assert sonya.post(judged, json=report).status_code == 200
    done = sonya.post(f"/courses/{course}/steps/{blocks['judged']}/done")
    with runtime.read() as session:
        assert blocks["judged"] not in queries.block_facts(session, enrolment).completed, done.status_code
    text = f"/api/v1/courses/{course}/blocks/{blocks['end']}/play"
    assert sonya.post(text, json=report).status_code == 409


def test_players_of_a_school_and_of_a_second_address(
    runtime: Runtime, school: DemoSchool, environment: dict[str, str], tmp_path: Path
) -> None:
    from lms.app import create_app, create_runtime, load_settings

    course = packages(runtime, school)
    enrol(runtime, school, course)
    blocks = blocks_of(runtime, course)
    player = tmp_path / "player.zip"
    player.write_bytes(zipped({"package/dist/main.bundle.js": "core"}))
    more = {"LMS_COURSES_PLAYER_ORIGIN": "http://play.school.test", "LMS_COURSES_H5P_PLAYER": str(player)}
    apart = create_runtime(load_settings({**environment, **more}), clock=runtime.clock)
    try:
        app = create_app(runtime=apart)
        sonya = signed_in(app, "sonya")
        guest = app.test_client()
        frame = frame_of(sonya.get(f"/courses/{course}/steps/{blocks['h5p']}/play").text)
        assert frame["src"].startswith("http://play.school.test/courses/play/")
        path = frame["src"].removeprefix("http://play.school.test")
        there = {"base_url": "http://play.school.test"}
        begun = guest.get(path, **there)
        assert "allow-same-origin" in begun.headers["Content-Security-Policy"]
        assert "main.bundle.js" in begun.text and "players/h5p." in begun.text
        assert guest.get(f"{path}~h5p/main.bundle.js", **there).text == "core"
        assert guest.get(f"{path}content/content.json", **there).json == {"words": "Готово"}
        assert "allow-same-origin" not in guest.get(path).headers["Content-Security-Policy"], (
            "never on our own address"
        )
        for page in ("/", "/login", f"/courses/{course}", "/api/v1/courses"):
            assert guest.get(page, **there).status_code in (303, 401, 404), (
                "no page of ours shares their origin"
            )
        assert guest.get("/login", **there).status_code == 404
        model = frame_of(sonya.get(f"/courses/{course}/steps/{blocks['model']}/play").text)
        place = model["src"].removeprefix("http://play.school.test")
        assert (
            "<model-viewer" in guest.get(place).text and json.loads(model["name"])["alt"] == "Кристалл соли"
        )
        assert guest.get(f"{place}model.glb").data == glb()
    finally:
        apart.dispose()


def test_without_its_player_a_package_is_told_in_words_and_a_week_leaves_it_behind(
    runtime: Runtime, app: Flask, school: DemoSchool
) -> None:
    course = packages(runtime, school)
    enrol(runtime, school, course)
    step = f"/courses/{course}/steps/{blocks_of(runtime, course)['h5p']}"
    sonya = signed_in(app, "sonya")
    page = sonya.get(f"{step}/play").text
    assert "<iframe" not in page and "нет проигрывателя" in page
    lesson = sonya.get(step).text
    assert "нет проигрывателя" in lesson and f"{step}/play" not in lesson, "no button leads to nothing"
    assert "Налейте" in lesson.split("<details")[0], "the same in words stands open"
    with runtime.read() as session:
        found = queries.enrolment_of(session, school.id("sonya"), course)
        assert found is not None
        (part,) = offline_parts(session, found, runtime.registries)
    assert part.away == ("scorm", "judged", "h5p", "model") and len(part.media) == 1, (
        "only the picture goes along"
    )


def test_one_command_fetches_the_player_and_takes_no_other_file_for_it(
    runtime: Runtime,
    app: Flask,
    school: DemoSchool,
    environment: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    course = packages(runtime, school)
    enrol(runtime, school, course)
    page = f"/courses/{course}/steps/{blocks_of(runtime, course)['h5p']}/play"
    sonya, word, asked = signed_in(app, "sonya"), ["courses", "h5p-player"], list[str]()
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as made:
        info = tarfile.TarInfo("package/dist/main.bundle.js")
        info.size = 4
        made.addfile(info, io.BytesIO(b"core"))
    data = archive.getvalue()
    file = tmp_path / "player.tgz"
    file.write_bytes(data)
    other = CliRunner(env=environment).invoke(main, [*word, "--from", str(file)])
    assert other.exit_code == 1 and "digest" in other.output and "<iframe" not in sonya.get(page).text

    def fetch(_self: Fetcher, address: str) -> bytes:
        asked.append(address)
        if address.startswith("https://shut.example"):
            raise NotFetched("status 404")
        return data

    monkeypatch.setattr(Fetcher, "fetch", fetch)
    monkeypatch.setattr("lms.courses.outside_players.H5P_SHA512", hashlib.sha512(data).hexdigest())
    shut = CliRunner(env=environment).invoke(main, [*word, "--registry", "https://shut.example"])
    assert shut.exit_code == 1 and "--from" in shut.output and "npm pack" in shut.output
    assert CliRunner(env=environment).invoke(main, word).exit_code == 0
    assert asked[1] == "https://registry.npmjs.org/h5p-standalone/-/h5p-standalone-3.8.2.tgz"
    path = frame_of(sonya.get(page).text)["src"].split("/courses/play/")[1]
    assert app.test_client().get(f"/courses/play/{path}~h5p/main.bundle.js").text == "core", (
        "without a restart"
    )


def test_packages_of_other_courses_become_steps_that_ask_for_their_words(
    runtime: Runtime, school: DemoSchool
) -> None:
    resources = "".join(
        f'<resource identifier="r{n}" type="webcontent" href="{name}"><file href="{name}"/></resource>'
        for n, name in enumerate(("task.zip", "task.h5p", "other.zip"))
    )
    items = "".join(f'<item identifierref="r{n}"><title>Задание {n}</title></item>' for n in range(3))
    manifest = (
        f"<manifest><organizations><organization><item><title>Раздел</title>{items}</item></organization>"
        f"</organizations><resources>{resources}</resources></manifest>"
    )
    data = zipped(
        {
            "imsmanifest.xml": manifest,
            "task.zip": scorm({"a.html": PAGE}),
            "task.h5p": h5p(),
            "other.zip": zipped({"a": "b"}),
        }
    )
    read = service.read_package(runtime, data)
    assert read.course is not None
    with runtime.unit_of_work(school.actor("kim")) as uow:
        made = service.import_course(
            uow, NewCourse(school.id("school-14"), "", "physics"), read.course, "a.imscc"
        )
    assert [(row.status, [why.code for why in row.reasons]) for row in made.rows] == [
        (ImportStatus.CHANGED, ["package.no_words"]),
        (ImportStatus.CHANGED, ["package.no_words"]),
        (ImportStatus.REFUSED, ["course.package_kind"]),
    ]
    with runtime.unit_of_work(school.actor("kim")) as uow, pytest.raises(InvalidInput) as refused:
        service.publish_course(uow, made.course_id)
    assert refused.value.code == "course.not_accessible"


def test_a_report_of_one_part_leaves_the_others(runtime: Runtime, school: DemoSchool) -> None:
    course = packages(runtime, school)
    enrolment, block = enrol(runtime, school, course), blocks_of(runtime, course)["scorm"]
    with runtime.unit_of_work(school.actor("sonya")) as uow:
        service.keep_play(uow, enrolment, block, PlayReport(PlayStatus.PASSED, Decimal(1), {"a": 1}, 1))
        receipt = service.keep_play(uow, enrolment, block, PlayReport(PlayStatus.BEGUN, None, {"b": 2}, 2))
        assert (receipt.status, receipt.score) == (PlayStatus.BEGUN, Decimal(1))
        kept = queries.play_of(uow.session, enrolment, block)
        assert kept is not None
        assert {part: row["state"] for part, row in kept.parts.items()} == {"1": {"a": 1}, "2": {"b": 2}}
