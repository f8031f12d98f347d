"""An author's pages: every installed type is written, tried, tested, made ready and found again."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from html import unescape
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lms.assessment import queries, service
from lms.assessment.contracts import QUESTION_TYPES, QuestionType
from lms.assessment.models import AttemptItem, ItemVersion
from lms.assessment.pages.items import PREFIX
from lms.assessment.programs.probe import Probe
from lms.assessment.queries import ItemView
from lms.assessment.queries.item_pool import item_overview
from lms.assessment.queries.item_scale import item_scale, version_scale
from lms.assessment.question_types.code import Code
from lms.assessment.rules.author_forms import posted_of
from lms.assessment.rules.blueprint import Plan, PlannedItem, Section
from lms.assessment.rules.differences import differences, pieces
from lms.assessment.rules.reading_order import Spoken, reading_order
from lms.assessment.types import ItemState, MarkScale, Operation, OperationKind
from lms.core.actor import SYSTEM
from lms.curriculum import service as curriculum
from lms.people import service as people_service
from lms.people.queries import study_forms_on
from lms.people.types import AdmissionGround
from lms.testing.exams import PASSWORD, ExamGround, make_ground

NO_SUCH_ID = UUID(int=1)


@dataclass
class Author:
    """A teacher at a browser without scripts."""

    ground: ExamGround
    client: FlaskClient
    bank: UUID

    def get(self, path: str, status: int = 200) -> str:
        reply = self.client.get(path)
        assert reply.status_code == status, path
        return reply.text

    def post(self, path: str, data: dict[str, object], status: int = 303) -> TestResponse:
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.client.get("/banks").text)
        assert found
        reply = self.client.post(path, data={**data, "csrf_token": found[1]})
        assert reply.status_code == status, (path, reply.text[-3000:] if status == 303 else "")
        return reply

    def view(self, item_id: str) -> ItemView:
        with self.ground.runtime.read() as session:
            return queries.item_view(session, UUID(item_id))

    def write(self, kind: QuestionType, title: str) -> str:
        """Write a type's example through its form; return the item's id."""
        content = kind.validate_content(kind.samples()[0].content)
        values = kind.form_from(content)
        sent = posted_of(kind.author_form(values), values)
        reply = self.post(f"/banks/{self.bank}/new/{kind.name}", {**sent, "title": title})
        return reply.headers["Location"].rsplit("/", 1)[1]


@pytest.fixture
def author(app: Flask, ground: ExamGround) -> Author:
    return signed_in(app, ground)


def signed_in(app: Flask, ground: ExamGround) -> Author:
    client = app.test_client()
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/login").text)
    assert found
    form = {"login": f"{ground.code}-teacher", "password": PASSWORD, "csrf_token": found[1]}
    assert client.post("/login", data=form).status_code == 303
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        bank = service.create_bank(uow, org_id=ground.org_id, title="Банк", subject="physics")
    return Author(ground, client, bank)


def kinds(author: Author) -> list[QuestionType]:
    return list(author.ground.runtime.registries.of(QUESTION_TYPES))


def said_on(page: str) -> str:
    """Return what the page lists as said by a screen reader."""
    return page.partition('<ol class="said')[2].partition("</ol>")[0]


def test_every_type_is_written_tried_tested_made_ready_and_found(author: Author) -> None:
    author.get(f"/banks/{author.bank}/new")
    for kind in kinds(author):
        author.get(f"/banks/{author.bank}/new/{kind.name}")
        author.get(f"/banks/{author.bank}/new/{kind.name}?example=1")
        item = author.write(kind, f"Вопрос вида {kind.name}")
        view = author.view(item)
        prompt, said = (
            " ".join(kind.player(view.content, 1)["prompt"].split()),
            said_on(author.get(f"/items/{item}")),
        )
        assert prompt in unescape(said), kind.name
        assert "state gap" not in said, kind.name
        key = kind.correct_answer(view.content)
        answer = kind.samples()[0].tests[0].answer if key is None else key
        sent = kind.fields_for(view.content, 7, answer)
        tried: dict[str, object] = {f"{PREFIX}{name}": values for name, values in sent.items()} | {
            "variant": "7"
        }
        shown = author.post(f"/items/{item}/try", {**tried, "act": "check"}, 200).text
        assert not author.view(item).tests, "a try leaves nothing behind"
        expected = kind.mark(view.content, 7, kind.parse(sent)).status
        assert f'<option value="{expected.value}" selected' in shown, kind.name
        author.post(f"/items/{item}/state", {"act": "approve"}, 422)
        author.post(f"/items/{item}/try", {**tried, "act": "keep", "status": expected.value})
        assert author.view(item).tests[0].status is expected
        if key is None:
            author.post(f"/items/{item}/try", {"act": "keep", "status": "wrong", "variant": "7"})
        else:
            assert "меньше" in unescape(author.get(f"/items/{item}")), "what is missing is said before"
            author.post(f"/items/{item}/state", {"act": "tests"})
        author.post(f"/items/{item}/state", {"act": "approve"})
        assert author.view(item).version.state is ItemState.READY, kind.name
    found = author.get(f"/banks/{author.bank}?q=вопросы+вида&state=ready")
    assert found.count('<th scope="row">') == min(len(kinds(author)), 25)


def test_what_a_program_prints_is_shown_as_text_and_its_spaces_are_kept(author: Author) -> None:
    kind = author.ground.runtime.registries.of(QUESTION_TYPES).get("code")
    item = author.write(kind, "Программа")
    program = "if True:\n    print('<script>alert(1)</script>')\n"
    page = author.post(f"/items/{item}/try", {f"{PREFIX}answer": program, "act": "check"}, 200).text
    assert "<script>alert" not in page
    assert "    print(&#39;&lt;script&gt;" in page
    printed, unable = "&lt;script&gt;alert(1)&lt;/script&gt;</p>", "Программу не удалось запустить"
    assert (unable if kind.unavailable() else printed) in page


def test_where_programs_cannot_be_run_the_author_reads_why(author: Author) -> None:
    author.ground.runtime.registries.of(QUESTION_TYPES)._members["code"] = Code(Probe("missing", math.inf))
    assert "bubblewrap" in author.get(f"/banks/{author.bank}/new/code")
    item = author.write(Code(Probe("missing", math.inf)), "Программа")
    assert "bubblewrap" in author.get(f"/items/{item}")


def test_buttons_of_the_form_keep_what_was_typed(author: Author) -> None:
    path = f"/banks/{author.bank}/new/choice"
    typed: dict[str, object] = {
        "title": "Кипение",
        "prompt": "Когда кипит вода?",
        "options.0.text": "сто",
        "options.1.text": "ноль",
        "options.is_right": "0",
        "act": "up:options:1",
    }
    page = author.post(path, typed, 200).text
    assert page.index('value="ноль"') < page.index('value="сто"')
    assert 'name="options.is_right" value="1" checked' in page
    assert "Когда кипит вода?" in page
    assert 'value="Кипение"' in page
    more = author.post(path, typed | {"act": "add:options"}, 200).text
    assert 'name="options.2.text"' in more
    shares = author.post(path, typed | {"act": "set:shares:yes"}, 200).text
    assert 'name="options.0.weight" type="text" value="100"' in shares
    assert 'value="ноль"' in shares
    wrong = author.post(path, {"title": "", "prompt": "Когда?", "options.0.text": "сто"}, 422).text
    assert "Когда?" in wrong
    assert "govuk-error-summary" in wrong


def test_two_authors_never_overwrite_each_other(author: Author) -> None:
    kind = next(kind for kind in kinds(author) if kind.name == "true_false")
    item = author.write(kind, "Вопрос")
    base = str(author.view(item).version.id)
    values = kind.form_from(author.view(item).content)
    form: dict[str, object] = {**posted_of(kind.author_form(values), values), "title": "Вопрос", "base": base}
    author.post(f"/items/{item}/edit", form | {"prompt": "Первый автор"})
    refused = author.post(f"/items/{item}/edit", form | {"prompt": "Второй автор"}, 422).text
    assert "Второй автор" in refused
    assert author.view(item).content["prompt"] == "Первый автор"
    difference = author.get(f"/items/{item}/versions/2")
    assert "<ins>" in difference
    assert "Первый" in difference
    author.post(
        f"/items/{item}/edit", form | {"prompt": "Третья мысль", "base": str(author.view(item).version.id)}
    )
    across = author.get(f"/items/{item}/versions/3?from=1")
    assert "Третья" in across
    assert "Первый" not in across
    assert 'value="1" selected' in across
    assert "версии 3 к версии 1" in author.get(f"/items/{item}/versions/1?from=3")
    author.get(f"/items/{item}/versions/3?from=9", 404)


def test_properties_enemies_review_and_return(author: Author) -> None:
    kind = next(kind for kind in kinds(author) if kind.name == "true_false")
    item, other = author.write(kind, "Один"), author.write(kind, "Два")
    typed = {"title": "Пар", "tags": "вода, лёд", "difficulty": "40", "act": "find", "q": "вытяжка"}
    page = author.post(f"/items/{item}/properties", typed, 200).text
    assert all(f'value="{text}"' in page for text in ("Пар", "вода, лёд", "40")), (
        "a search keeps what was typed"
    )
    assert author.view(item).title != "Пар"
    author.post(
        f"/items/{item}/properties", {"title": "Новое имя", "tags": "вода,  пар ", "difficulty": "62,5"}
    )
    view = author.view(item)
    assert (view.title, view.tags, str(view.difficulty)) == ("Новое имя", ("вода", "пар"), "0.625000")
    author.post(f"/items/{item}/properties", {"title": "Имя", "difficulty": "120"}, 422)
    author.post(f"/items/{item}/enemies", {"number": "2"})
    assert [enemy.title for enemy in author.view(other).enemies] == ["Новое имя"]
    author.post(f"/items/{item}/enemies", {"number": "99"}, 422)
    author.post(f"/items/{item}/enemies", {"number": "2", "act": "part"})
    assert not author.view(item).enemies
    author.post(f"/items/{item}/state", {"act": "submit"})
    author.post(f"/items/{item}/state", {"act": "return", "note": ""}, 422)
    author.post(f"/items/{item}/state", {"act": "return", "note": "Уточните."})
    assert "Уточните." in author.get(f"/items/{item}")


def test_several_questions_are_tagged_and_taken_out_of_use_at_once(app: Flask, author: Author) -> None:
    kind = next(kind for kind in kinds(author) if kind.name == "true_false")
    items = [author.write(kind, f"Вопрос {number}") for number in range(3)]
    path = f"/banks/{author.bank}/items"
    author.post(path, {"act": "tag", "tags": "вода"}, 422)
    author.post(path, {"act": "tag", "tags": "x" * 60, "chosen": items[:2]}, 422)
    author.post(path, {"act": "tag", "tags": "вода, пар", "chosen": items[:2]})
    author.post(path, {"act": "tag", "tags": "лёд", "chosen": items[:1]})
    assert [author.view(item).tags for item in items] == [("вода", "лёд", "пар"), ("вода", "пар"), ()]
    stranger = signed_in(app, make_ground(author.ground.runtime, code="several"))
    stranger.post(path, {"act": "retire", "chosen": items}, 404)
    stranger.post(f"/banks/{stranger.bank}/items", {"act": "retire", "chosen": items}, 422)
    author.post(path, {"act": "retire", "chosen": items[1:]})
    states = [author.view(item).version.state for item in items]
    assert states == [ItemState.DRAFT, ItemState.RETIRED, ItemState.RETIRED]


def test_another_school_sees_nothing(app: Flask, author: Author) -> None:
    kind = next(kind for kind in kinds(author) if kind.name == "true_false")
    item = author.write(kind, "Секретный вопрос")
    stranger = signed_in(app, make_ground(author.ground.runtime, code="other"))
    for path in (
        f"/banks/{author.bank}",
        f"/banks/{author.bank}/new",
        f"/items/{item}",
        f"/items/{item}/edit",
        f"/items/{item}/properties",
        f"/items/{item}/versions/1",
        f"/items/{NO_SUCH_ID}",
    ):
        assert "Секретный" not in stranger.get(path, 404)
    for path in ("edit", "try", "state", "properties", "enemies", "tests/1/drop"):
        stranger.post(f"/items/{item}/{path}", {"act": "retire", "title": "Чужой"}, 404)
    assert author.view(item).title == "Секретный вопрос"


def test_an_uninstalled_type_is_shown_with_what_was_written(author: Author) -> None:
    kind = next(kind for kind in kinds(author) if kind.name == "true_false")
    item = author.write(kind, "Вопрос")
    with author.ground.runtime.unit_of_work(author.ground.teacher) as uow:
        version = uow.session.get_one(ItemVersion, author.view(item).version.id)
        version.type = "gone"
    page = author.get(f"/items/{item}")
    assert "Вопрос" in page
    author.get(f"/items/{item}/edit", 404)


def test_a_screen_reader_says_names_in_order() -> None:
    markup = """<fieldset><legend>Что <b>горячее</b>?</legend><p>Подумай.</p><img src="x" alt="Две чашки">
    <label for="a">Ответ</label><input id="a" type="text"><label><input type="radio"><span>Да</span></label>
    <select aria-label="Место"><option value="">не выбрано</option><option>Первое</option></select>
    <p hidden>тайна</p><math alttext="x^2"><mi>x</mi></math><img src="y"></fieldset>"""
    assert reading_order(markup) == [
        Spoken("group", "Что горячее?"),
        Spoken("text", "Подумай."),
        Spoken("picture", "Две чашки"),
        Spoken("field", "Ответ"),
        Spoken("radio", "Да"),
        Spoken("list", "Место", ("не выбрано", "Первое")),
        Spoken("text", "x^2"),
        Spoken("picture", ""),
    ]


def test_a_picture_in_a_label_is_the_name_of_its_control() -> None:
    shown = '<span class="q__picture"><img src="a.png" alt="{0}"><span class="art-words">{0}</span></span>'
    option = '<label><input type="radio" name="a"><span>' + shown + "{1}</span></label>"
    markup = option.format("Мак", "") + option.format("Роза", "с шипами") + option.format("", "")
    assert reading_order(markup) == [
        Spoken("radio", "Мак"),
        Spoken("radio", "Роза с шипами"),
        Spoken("radio", ""),
    ]


def test_differences_name_parts_and_words() -> None:
    before = {"prompt": "Вода кипит", "options": [{"id": "a", "text": "да"}, {"id": "b", "text": "нет"}]}
    after = {"prompt": "Вода быстро кипит", "options": [{"id": "b", "text": "нет"}]}
    found = differences(before, after)
    assert [(row.path, row.before, row.after) for row in found] == [
        ("prompt", "Вода кипит", "Вода быстро кипит"),
        ("options.a.text", "да", ""),
    ]
    assert [(piece.kind, piece.text) for piece in pieces("a b", "a c")] == [
        ("same", "a "),
        ("gone", "b"),
        ("come", "c"),
    ]


def test_a_bank_is_filtered_by_an_outcome_with_all_below_it(author: Author) -> None:
    ground = author.ground
    with ground.runtime.unit_of_work(SYSTEM) as uow:
        framework = curriculum.create_framework(uow, org_id=None, code="физика", title="Физика")
        ids: dict[str, UUID] = {}
        for code, statement in (("1", "Механика"), ("1.1", "Законы Ньютона"), ("2", "Оптика")):
            above = ids.get(code.rpartition(".")[0])
            ids[code] = curriculum.add_outcome(
                uow, framework_id=framework.id, code=code, statement=statement, parent_id=above
            ).id
        curriculum.publish_framework(uow, framework_id=framework.id)
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        for number in range(27):
            content = {"prompt": "Верно?", "is_true": True}
            service.create_item(uow, author.bank, title=f"Сила {number}", type="true_false", content=content,
                                outcome_ids=[ids["1.1"]])  # fmt: skip
        service.create_item(
            uow, author.bank, title="Линза", type="true_false", content=content, outcome_ids=[ids["2"]]
        )
    address = f"/banks/{author.bank}"
    everything = author.get(address)
    assert f'value="{ids["1"]}"' in everything
    assert f'value="{ids["1.1"]}"' not in everything
    under = author.get(f"{address}?outcome={ids['1']}&type=true_false")
    assert f'value="{ids["1.1"]}"' in under
    assert "Сила 26" in under
    assert "Линза" not in under
    assert "Линза" not in author.get(f"{address}?outcome={ids['1']}&page=2")
    assert re.search(rf'href="[^"]*outcome={ids["1"]}[^"]*page=2"', under)
    assert "Линза" in (found := author.get(f"{address}?about=оптик"))
    assert "Сила" not in found
    assert 'id="f-about-error"' in author.get(f"{address}?about=ботаника")
    assert "Линза" in author.get(f"{address}?outcome=нет&q=линзы")


def test_statistics_say_how_a_question_worked(author: Author) -> None:
    ground = author.ground
    questions = [q for q in ground.sample_questions() if q.type in {"true_false", "choice"}]
    session_id = ground.open_session(ground.write_plan(questions))
    for number in range(12):
        _sit(ground, session_id, is_strong=number % 3 > 0)
    with ground.runtime.read() as session:
        version = session.query(ItemVersion).filter_by(type="true_false").one()
        overview = item_overview(session, ground.runtime.registries, version.item_id)
        (line,) = overview.plans
        found = item_scale(session, ground.runtime.registries, version.item_id, line.plan_id).figures
    assert found is not None
    assert found.figures is not None
    assert found.figures.facility == overview.whole.facility == pytest.approx(8 / 12)
    assert found.figures.point_biserial == pytest.approx(1)
    assert line.figures.discrimination == pytest.approx(found.figures.discrimination_index)
    assert [(option.chosen, option.share_of_best) for option in overview.options] == [(8, None)]
    assert "thin" in found.warnings
    assert "66,7" in author.get(f"/items/{version.item_id}/statistics")
    assert "66,67" in author.get(f"/items/{version.item_id}/statistics/{line.plan_id}")
    beside = author.get(f"/items/{version.item_id}")
    assert beside.count("66,67") == 1
    assert 'id="worked-bars"' in beside


def test_one_pupils_mark_does_not_follow_from_the_total_and_its_parts(author: Author) -> None:
    ground = author.ground
    questions = [q for q in ground.sample_questions() if q.type in {"true_false", "choice"}]
    first = ground.write_plan(questions)
    for plan_id, count in ((first, 10), (_same_questions(ground), 1)):
        session_id = ground.open_session(plan_id)
        for number in range(count):
            _sit(ground, session_id, is_strong=number % 2 > 0 or count == 1)
    with ground.runtime.read() as session:
        version = session.query(ItemVersion).filter_by(type="true_false").one()
        found = item_overview(session, ground.runtime.registries, version.item_id)
        closely = version_scale(session, ground.runtime.registries, version.item_id, 1)
    assert {(line.figures.works, line.figures.facility) for line in found.plans} == {(10, 0.5), (1, None)}
    assert (found.whole.works, found.whole.facility, found.left_out) == (10, 0.5, 1)
    assert [line.figures.works for line in found.versions] == [10]
    assert (found.answered_works, closely.works) == (10, 10)
    page = author.get(f"/items/{version.item_id}/statistics")
    assert "не вошла в эти суммы" in page


def test_a_question_is_judged_over_all_plans_and_each_version_alone(author: Author) -> None:
    ground = author.ground
    questions = [q for q in ground.sample_questions() if q.type in {"true_false", "choice"}]
    first = ground.write_plan(questions)
    second = _same_questions(ground)
    for plan_id, strong in ((first, 6), (second, 3)):
        session_id = ground.open_session(plan_id)
        for number in range(9):
            _sit(ground, session_id, is_strong=number < strong)
    with ground.runtime.read() as session:
        item_id = session.query(ItemVersion).filter_by(type="true_false").one().item_id
        found = item_overview(session, ground.runtime.registries, item_id)
        scale = version_scale(session, ground.runtime.registries, item_id, 1)
    assert (found.whole.works, found.whole.plans) == (18, 2)
    assert found.whole.facility == pytest.approx(0.5)
    assert found.whole.discrimination == pytest.approx(100)
    assert [(line.figures.works, line.figures.facility) for line in found.plans] == [(9, None), (9, None)]
    assert found.answered_works == 18
    assert (scale.works, scale.plan_title, scale.figures) == (18, "", None)
    assert scale.pooled is not None
    assert scale.pooled.discrimination_index == pytest.approx(100)
    assert {(group.kind, group.works) for group in scale.groups} == set()
    page = author.get(f"/items/{item_id}/statistics")
    assert f"/items/{item_id}/statistics/versions/1" in page
    assert "18" in author.get(f"/items/{item_id}/statistics/versions/1")
    author.get(f"/items/{item_id}/statistics/versions/2", 404)


def _same_questions(ground: ExamGround) -> UUID:
    """Write another plan with every question that there is."""
    with ground.runtime.read() as session:
        asked = session.scalars(sa.select(ItemVersion).order_by(ItemVersion.type)).all()
    plan = Plan(sections=(Section("", tuple(PlannedItem(row.id, Decimal(3)) for row in asked)),))
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        return service.create_blueprint(
            uow, org_id=ground.org_id, title="Вторая", subject="physics", plan=plan, mark_scale=MarkScale.FIVE
        )


def _sit(ground: ExamGround, session_id: UUID, *, is_strong: bool) -> None:
    student = ground.add_student()
    attempt_id = ground.start(session_id, student)
    sign_in, now = ground.sign_in(student), ground.runtime.clock.now()
    with ground.runtime.read() as session:
        items = session.query(AttemptItem).filter_by(attempt_id=attempt_id).all()
        rows = [(item, session.get_one(ItemVersion, item.item_version_id)) for item in items]
    operations = []
    for seq, (item, version) in enumerate(rows, start=1):
        kind = ground.runtime.registries.of(QUESTION_TYPES).get(version.type)
        key = kind.correct_answer(version.content)
        wrong = not key if isinstance(key, bool) else "c"
        fields = kind.fields_for(version.content, item.variant_seed, key if is_strong else wrong)
        operations.append(Operation(uuid4(), OperationKind.ANSWER, item.slot, {"fields": fields}, seq))
    operations.append(Operation(uuid4(), OperationKind.SUBMIT, 0, {}, len(rows) + 1))
    service.save_operations(ground.runtime, sign_in, attempt_id, operations, now)


def test_a_question_lies_on_a_scale_and_groups_are_compared(author: Author) -> None:
    ground = author.ground
    questions = [q for q in ground.sample_questions() if q.type in {"true_false", "choice"}]
    plan_id = ground.write_plan(questions)
    for sitting in range(2):
        session_id = ground.open_session(plan_id)
        for number in range(16):
            _sit(ground, session_id, is_strong=number % 4 > sitting)
    with ground.runtime.read() as session:
        version = session.query(ItemVersion).filter_by(type="true_false").one()
        found = item_scale(session, ground.runtime.registries, version.item_id, plan_id)
    assert found.works == 32
    assert [level.works for level in found.levels] == [12, 20]
    assert found.traces[0].shares == (0, 1)
    assert found.rasch is not None
    assert found.two_parameter is not None
    assert [(seen.share, seen.works) for seen in found.observed] == [(0, 12), (1, 20)]
    assert [(group.kind, group.works, group.others) for group in found.groups] == [("sitting", 16, 16)] * 2
    page = author.get(f"/items/{version.item_id}/statistics/{plan_id}")
    author.get(f"/items/{version.item_id}/statistics/{version.item_id}", 404)
    assert page.count('stroke-dasharray="') == len(found.traces) + 2
    assert f"/items/{version.item_id}/statistics/{plan_id}" in author.get(
        f"/items/{version.item_id}/statistics"
    )


def test_forms_of_study_are_groups_and_whoever_studies_at_home_is_not_told_apart(ground: ExamGround) -> None:
    today = ground.runtime.clock.now().date()
    grounds = list(AdmissionGround)
    with ground.runtime.unit_of_work(SYSTEM) as uow:
        people = [
            people_service.create_person(uow, family_name="Тестова", given_name=each) for each in grounds
        ]
        for person_id, each in zip(people, grounds, strict=True):
            people_service.admit_student(
                uow, person_id=person_id, org_id=ground.org_id, ground=each, grade=8, valid_from=today
            )
    with ground.runtime.read() as session:
        found = study_forms_on(session, {person: (person, today, ground.org_id) for person in people})
        before = study_forms_on(
            session, {person: (person, today - timedelta(days=1), ground.org_id) for person in people}
        )
    assert [found[person] for person in people] == [
        AdmissionGround.CLASS if each is AdmissionGround.HOME else each for each in grounds
    ]
    assert before == {}


def test_a_group_of_nine_is_not_shown(author: Author) -> None:
    ground = author.ground
    questions = [q for q in ground.sample_questions() if q.type in {"true_false", "choice"}]
    plan_id = ground.write_plan(questions)
    for works in (9, 12):
        session_id = ground.open_session(plan_id)
        for number in range(works):
            _sit(ground, session_id, is_strong=number % 2 > 0)
    with ground.runtime.read() as session:
        version = session.query(ItemVersion).filter_by(type="true_false").one()
        found = item_scale(session, ground.runtime.registries, version.item_id, plan_id)
    assert (found.groups, found.rasch) == ((), None)


def test_rows_that_are_folded_away_are_rows(author: Author) -> None:
    empty = author.get(f"/banks/{author.bank}/new/maths")
    assert 'name="reasons"' not in empty
    typed: dict[str, object] = {"act": "add:reasons", "prompt": "Реши.", "answers.0.text": "x = 2 или x = 3"}
    assert 'name="reasons.0.says"' in author.post(f"/banks/{author.bank}/new/maths", typed, 200).text
