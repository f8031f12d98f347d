"""What can be had: own and outside courses side by side, what they count for, and catalogues that are brought from files."""

from __future__ import annotations

import html
import io
import json
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from lms.app import create_app
from lms.cli import main
from lms.courses import queries
from lms.courses import service as courses
from lms.courses.types import EnrolmentMode, NewBlock, NewCourse, NewSection
from lms.plans.credit_models import ExternalCourse, LearningSource
from lms.plans.pages.catalogue_words import FIELD_TEXTS, OUTCOME_TEXTS, fault_sentences
from lms.plans.plan_models import PlanItem
from lms.plans.queries import items_to_credit
from lms.plans.queries.what_if import outside_courses
from lms.plans.rules.plan_content import outcomes_from_json
from lms.plans.schemas.course_catalogue import (
    COLUMNS,
    FORMAT,
    MOST_BYTES,
    CatalogueRow,
    CourseSchema,
    OutcomeSchema,
    read_catalogue,
)
from lms.plans.service.credit.catalogues import CatalogueFate, take_catalogue
from lms.plans.types.credit import LicenceState
from tests.fixtures.credit_world import World
from tests.integration.test_course_pages import csrf

CSV = (
    "code;organisation;title;hours;subject;form;paper;adapted;summary;outcomes\n"
    "py-1;Открытая школа;Основы программирования;36,5;informatics;own_pace;of_result;without_sight keyboard_only;"
    "Для новичков;Пишет программы с циклами|12|2//Читает чужой код|6|1\n"
    "py-2;Открытая школа;<script>alert(1)</script>;10;informatics;;;;;\n"
    "py-3;Открытая школа;Без часов;много;informatics;;;;;\n"
).encode()


def taken(world: World, data: bytes) -> list[tuple[CatalogueFate, list[str]]]:
    with world.uow("mironova") as uow:
        lines = take_catalogue(uow, world.school.id("school-14"), read_catalogue(data))
    return [(line.fate, sorted(line.faults)) for line in lines]


def test_a_catalogue_is_taken_over_once_and_what_cannot_be_used_says_why(world: World) -> None:
    added, refused = (CatalogueFate.ADDED, []), (CatalogueFate.REFUSED, ["hours"])
    assert taken(world, CSV) == [added, added, refused]
    same = (CatalogueFate.SAME, [])
    assert taken(world, CSV) == [same, same, refused]
    assert taken(world, CSV.replace("Для новичков".encode(), "Для всех".encode()))[0] == (
        CatalogueFate.CHANGED,
        [],
    )
    fewer = CSV.replace("//Читает чужой код|6|1".encode(), b"")
    assert taken(world, fewer)[0] == (CatalogueFate.REFUSED, ["_row"]), "rules may name its outcomes"
    with world.runtime.read() as session:
        rows = session.scalars(sa.select(ExternalCourse).where(ExternalCourse.code != "")).all()
        assert sorted(row.code for row in rows) == ["py-1", "py-2"]
        (source,) = session.scalars(sa.select(LearningSource).where(LearningSource.name == "Открытая школа"))
        assert (source.licence_state, source.checked_at) == (LicenceState.UNCHECKED, None)
        found = outside_courses(session, world.school.id("school-14"), "программам с циклом")
        assert "Основы программирования" in {one.title for one in found}
        assert outside_courses(session, world.school.id("horizon"), "циклы") == []


def test_the_command_and_the_page_say_the_same(
    world: World, environment: dict[str, str], sign_in: Callable[[str], FlaskClient]
) -> None:
    org = str(world.school.id("school-14"))
    word = ["credit", "catalogue", "-", "--org", org, "--json"]
    tried = CliRunner(env=environment).invoke(main, [*word, "--dry-run"], input=CSV)
    assert [row["fate"] for row in json.loads(tried.stdout)] == ["added", "added", "refused"]
    assert CliRunner(env=environment).invoke(main, word, input=b"\x00\x01").exit_code == 2
    office = sign_in("mironova")
    path = "/credit/sources/catalogue"

    def sent(act: str, data: bytes) -> str:
        form = {"csrf_token": csrf(office, path), "act": act, "file": (io.BytesIO(data), "courses.csv")}
        answer = office.post(path, data=form, content_type="multipart/form-data")
        assert answer.status_code == (422 if data in {b"", b"\x00"} else 200)
        return answer.text

    looked = sent("look", CSV)
    assert "Пока ничего не перенесено" in looked
    assert "&lt;script&gt;" in looked
    assert "Число часов должно быть больше 0, не больше 2000." in looked
    assert "новых курса" in sent("take", CSV), "looking has changed nothing"
    assert "без изменений" in sent("take", CSV)
    sent("look", b"")
    sent("look", b"\x00")
    assert sign_in("kim").get(path).status_code in {403, 404}


@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(str.encode)
    | st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=6,
    ).map(lambda said: json.dumps({"format": FORMAT, "courses": [said]}).encode())
)
def test_no_file_does_anything_but_be_read_or_refused(data: bytes) -> None:
    rows: list[CatalogueRow] = []
    said = ""
    try:
        rows = read_catalogue(data)
    except ValueError as error:
        said = str(error)
    assert said in {"", "not_text", "not_json", "not_catalogue"}
    assert all(row.faults or row.values["title"] for row in rows)


def test_each_field_that_cannot_be_used_has_its_sentence(world: World) -> None:
    assert set(FIELD_TEXTS) == {*COLUMNS, "_schema"} and set(OUTCOME_TEXTS) == {
        *OutcomeSchema().fields,
        "_schema",
    }
    wrong = {name: {} for name in CourseSchema().fields} | {"outcomes": [{"level": 9}, 5]}
    (row,) = read_catalogue(json.dumps({"format": FORMAT, "courses": [wrong]}).encode())
    with create_app(runtime=world.runtime).test_request_context():
        said = fault_sentences(row.faults)
        assert len(said) == len(set(COLUMNS)) - 1 + 4, "outcomes speak for themselves"
        assert all(text.endswith((".", ":")) and " " in text for text in said)
        assert fault_sentences({"_row": ["credit.learned_gone"], "new": ["?"]})[1].endswith(".")


def test_a_file_of_gigabytes_is_not_read_through() -> None:
    with pytest.raises(ValueError, match="too_large"):
        read_catalogue(b"a" * (MOST_BYTES + 1))


def test_a_course_says_what_it_counts_for_to_the_student_and_the_family(
    world: World, sign_in: Callable[[str], FlaskClient]
) -> None:
    person, org = world.school.id("sonya"), world.school.id("school-14")
    with world.runtime.read() as session:
        asked = items_to_credit(session, person)[0]
        row = session.scalars(sa.select(PlanItem).where(PlanItem.stable_key == asked.stable_key)).first()
        assert row is not None
        outcome = outcomes_from_json(row.outcomes)[0].outcome_id
    with world.uow("kim") as uow:
        made = []
        for title, outcomes in (("Новый курс по теме", (outcome,)), ("Курс мимо плана", ())):
            new = NewCourse(org, title, "informatics", grade=8, mode=EnrolmentMode.OPEN)
            course = courses.create_course(uow, new)
            block = NewBlock("a", "text", {"markdown": "А"}, outcomes=outcomes)
            courses.add_section(uow, course, NewSection("one", "Про переменные", (block,)))
            courses.publish_course(uow, course)
            made.append(course)
    taken(world, CSV)
    sonya, anna = sign_in("sonya"), sign_in("anna")
    for client in (sonya, anna):
        page = html.unescape(client.get(f"/courses/{made[0]}").text)
        assert "Что засчитается в плане" in page
        assert f"Учит 1 результату из {len(outcomes_from_json(row.outcomes))}" in page
        assert "Ни для чего из того" in client.get(f"/courses/{made[1]}").text
    listed = html.unescape(sonya.get("/courses?counts=teaches").text)
    assert "Новый курс по теме" in listed
    assert "Курс мимо плана" not in listed
    assert "Новый курс по теме" in sonya.get("/courses?q=переменной").text
    narrowed = sonya.get("/courses?adapted=without_sight&paper=of_result").text
    assert "Основы программирования" in narrowed
    assert "Новый курс по теме" not in narrowed
    with world.runtime.read() as session:
        (outside,) = outside_courses(session, org, "основа программирования новичкам")
    keys = [str(made[0]), f"outside:{outside.id.hex}", "outside:nonsense", "x", str(made[0])]
    for client in (sonya, anna):
        page = html.unescape(client.get("/courses/compare", query_string={"c": keys}).text)
        table = page[page.index("<table") : page.index("</table>")]
        assert table.count('scope="col"') == 2
        for said in ("Про переменные", "Пишет программы с циклами", "с проверенным результатом", "36,5 час"):
            assert said in table, said
    assert "предложи изменение" in sonya.get(f"/courses/{made[0]}").text
    assert "предложите изменение" in anna.get(f"/courses/{made[0]}").text
    assert "Нужно хотя бы два курса" in sonya.get(f"/courses/compare?c={made[0]}").text
    stranger = sign_in("timur")
    assert "<table" not in stranger.get("/courses/compare", query_string={"c": keys}).text
    data = sonya.get(f"/courses/{made[0]}/about.jsonld").get_json()
    assert data["hasCourseInstance"][0]["courseMode"] == ["online", "self-paced"]
    assert data["syllabusSections"] == [{"@type": "Syllabus", "name": "Про переменные"}]
    assert len(data["teaches"]) == 1
    with world.runtime.read() as session:
        assert queries.course_card(session, made[1]).parts == ("Про переменные",)
