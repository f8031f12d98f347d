"""Banks of items: search in two languages, versions, states, enemies, where an item is used."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from lms.assessment import queries, service
from lms.assessment.contracts import ItemTest, MarkStatus
from lms.assessment.models import Item, ItemReviewRule, ItemTerm, ItemVersion
from lms.assessment.queries import ItemCard, ItemSearch, ItemView
from lms.assessment.rules.blueprint import Plan, PlannedItem, Section
from lms.assessment.rules.search import (
    CHUNK,
    TERMS_MAX,
    count_of,
    places_of,
    remaining,
    terms_of,
    with_bit,
    words_of,
)
from lms.assessment.types import ItemState
from lms.core.actor import SYSTEM, Actor
from lms.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from lms.core.paging import Page
from lms.core.stems import LONGEST_STEM
from lms.people.models import Account
from lms.testing.exams import ExamGround, make_ground

RIGHT = (ItemTest(True, MarkStatus.RIGHT), ItemTest(False, MarkStatus.WRONG))


@dataclass
class Shelf:
    """A bank of the ground's teacher."""

    ground: ExamGround
    bank: UUID

    def add(self, title: str, prompt: str = "Вода кипит при ста градусах.", **more: Any) -> UUID:
        with self.ground.runtime.unit_of_work(self.ground.teacher) as uow:
            content = {"prompt": prompt, "is_true": True}
            values = {"type": "true_false", "content": content, "tests": RIGHT} | more
            return service.create_item(uow, self.bank, title=title, **values)

    def do(self, name: str, *arguments: Any, **more: Any) -> Any:
        with self.ground.runtime.unit_of_work(self.ground.teacher) as uow:
            return getattr(service, name)(uow, *arguments, **more)

    def find(self, words: str = "", page: int = 1, per_page: int = 25, **asked: Any) -> Page[ItemCard]:
        with self.ground.runtime.read() as session:
            search = ItemSearch(words, self.bank, **asked)
            return queries.find_items(session, self.ground.org_id, search, page, per_page)

    def titles(self, words: str = "", **asked: Any) -> list[str]:
        return [card.title for card in self.find(words, **asked).items]

    def view(self, version_id: UUID, number: int | None = None) -> ItemView:
        with self.ground.runtime.read() as session:
            item_id = session.get_one(ItemVersion, version_id).item_id
            return queries.item_view(session, item_id, number)


@pytest.fixture
def shelf(ground: ExamGround) -> Shelf:
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        return Shelf(ground, service.create_bank(uow, org_id=ground.org_id, title="Банк", subject="physics"))


def test_words_are_found_in_any_form_and_both_languages(shelf: Shelf) -> None:
    shelf.add("Обыкновенные дроби", "Сложите **две дроби**: $\\frac12$ и $\\frac13$.")
    shelf.add("Зелёный лист", "Почему лист зелёный?")
    shelf.add("Boiling", "At which temperature does water boil?")
    assert shelf.titles("дробями") == ["Обыкновенные дроби"]
    assert shelf.titles("зеленые листья") == ["Зелёный лист"]
    assert shelf.titles("boils water") == ["Boiling"]
    shelf.add("Кровь", "Сколько живут эритроциты?")
    assert shelf.titles("эритроцит") == shelf.titles("эритроцитов") == ["Кровь"]
    assert shelf.titles("дроби листья") == []
    assert shelf.titles() == ["Кровь", "Boiling", "Зелёный лист", "Обыкновенные дроби"]


@pytest.mark.parametrize("endings", ["|а|у|ом|е|ы|ов|ам|ами|ах"])
@pytest.mark.parametrize(
    "noun",
    ["эритроцит", "лейкоцит", "тромбоцит", "гранит", "кредит", "магнит", "канал", "орган", "опыт", "феномен"],
)
def test_all_cases_of_a_noun_are_one_term(noun: str, endings: str) -> None:
    assert len(words_of(" ".join(noun + ending for ending in endings.split("|")))) == 1


def test_properties_filter_and_pages_follow_on(shelf: Shelf) -> None:
    outcome = uuid4()
    for number in range(7):
        shelf.add(f"Вопрос {number}", tags=["Дроби" if number % 2 else "степени"], difficulty=Decimal("0.9"))
    marked = shelf.add("С умением", outcome_ids=[outcome], difficulty=Decimal("0.2"))
    assert len(shelf.find(tag="дроби").items) == 3
    assert shelf.titles(outcome_ids=(uuid4(), outcome)) == shelf.titles(level="hard") == ["С умением"]
    assert shelf.titles(type="choice") == []
    first, second = shelf.find(per_page=5), shelf.find(page=2, per_page=5)
    assert (first.total, first.pages, shelf.find(page=3, per_page=5).items) == (8, 2, [])
    assert [card.ref for card in first.items + second.items] == [8, 7, 6, 5, 4, 3, 2, 1]
    shelf.do("retire_item", marked)
    assert "С умением" not in shelf.titles()
    assert shelf.titles(state="retired") == ["С умением"]
    with shelf.ground.runtime.read() as session:
        assert queries.tags_of(session, shelf.ground.org_id) == ["дроби", "степени"]


def test_the_index_holds_exactly_the_terms_of_the_newest_version(shelf: Shelf) -> None:
    first = shelf.add("Кипение", "Вода кипит.", tags=["вода"])
    shelf.do("revise_item", first, content={"prompt": "Лёд плавится.", "is_true": True}, title="Плавление")
    assert shelf.titles("вода") == ["Плавление"]  # the tag is still there
    assert shelf.titles("кипение") == []
    view = shelf.view(first)
    shelf.do(
        "describe_item", view.version.id, title="Лёд", tags=["лёд  и  снег"], outcome_ids=[], difficulty=None
    )
    assert shelf.titles("вода") == []
    assert shelf.titles(tag="лёд и снег") == ["Лёд"]
    with shelf.ground.runtime.read() as session:
        item = session.get_one(Item, view.id)
        kept = {
            row.term
            for row in session.scalars(sa.select(ItemTerm).where(ItemTerm.org_id == item.org_id))
            if places_of({row.chunk: int.from_bytes(row.bits, "little")}, 0, 9) == [item.place]
        }
        assert kept == set(item.terms)


def test_a_version_never_changes_and_nobody_overwrites_another(shelf: Shelf) -> None:
    first = shelf.add("Вопрос")
    shelf.do("approve_item", first)
    second = shelf.do("revise_item", first, content={"prompt": "Иначе", "is_true": True})
    view = shelf.view(first)
    assert [(card.number, card.state) for card in view.history] == [
        (2, ItemState.DRAFT),
        (1, ItemState.READY),
    ]
    assert shelf.view(first, 1).content["prompt"].startswith("Вода")
    assert shelf.titles(state="ready") == shelf.titles(state="draft") == ["Вопрос"]
    with pytest.raises(Conflict, match="item_newer"):
        shelf.do("revise_item", first, content={"prompt": "Третье", "is_true": True})
    same = shelf.do("revise_item", second, content={"prompt": "Иначе", "is_true": True})
    assert same == second
    with pytest.raises(NotFound):
        shelf.view(first, 9)


def test_tests_of_an_approved_item_make_a_new_draft(shelf: Shelf) -> None:
    first = shelf.add("Вопрос")
    for some, missing in ((RIGHT[:1], "item_no_lesser_test"), (RIGHT[1:], "item_no_right_test")):
        assert shelf.do("set_item_tests", first, some) == first
        with pytest.raises(InvalidInput, match=missing):
            shelf.do("approve_item", first)
        assert shelf.do("add_key_tests", first) == first, "what is missing follows from the key"
        assert {test.status for test in shelf.view(first).tests} == {MarkStatus.RIGHT, MarkStatus.WRONG}
    shelf.do("approve_item", first)
    second = shelf.do("set_item_tests", first, [*RIGHT, ItemTest(None, MarkStatus.WRONG)])
    assert second != first
    assert (len(shelf.view(first).tests), len(shelf.view(first, 1).tests)) == (3, 2)


def test_states_go_their_way_and_a_return_has_a_reason(shelf: Shelf) -> None:
    version = shelf.add("Вопрос")
    shelf.do("submit_item", version)
    with pytest.raises(InvalidInput, match="reason_missing"):
        shelf.do("return_item", version, "  ")
    shelf.do("return_item", version, "Уточните условие.")
    assert shelf.view(version).review_note == "Уточните условие."
    with pytest.raises(Conflict, match="item_state"):
        shelf.do("restore_item", version)
    shelf.do("retire_item", version)
    shelf.do("restore_item", version)
    shelf.do("approve_item", version)
    assert shelf.view(version).version.state is ItemState.READY


def test_enemies_never_stand_in_one_form(shelf: Shelf) -> None:
    one, two = shelf.add("Один"), shelf.add("Два")
    for version in (one, two):
        shelf.do("approve_item", version)
    shelf.do("make_enemies", one, 2)
    assert [enemy.title for enemy in shelf.view(two).enemies] == ["Один"]
    plan = Plan(sections=(Section("", (PlannedItem(one), PlannedItem(two))),), base_minutes=30)
    ground = shelf.ground
    with (
        pytest.raises(InvalidInput, match="enemies"),
        ground.runtime.unit_of_work(ground.teacher) as uow,
    ):
        service.create_blueprint(uow, org_id=ground.org_id, title="Работа", subject="physics", plan=plan)
    shelf.do("part_enemies", two, 1)
    shelf.do("create_blueprint", org_id=ground.org_id, title="Работа", subject="physics", plan=plan)
    assert [(use.title, use.plan_number, use.item_number) for use in shelf.view(one).uses] == [
        ("Работа", 1, 1)
    ]
    with pytest.raises(InvalidInput, match="no_enemy"):
        shelf.do("make_enemies", one, 1)


def test_a_plan_that_does_without_an_item_by_now_is_told_as_an_older_version(shelf: Shelf) -> None:
    one, two = shelf.add("Один"), shelf.add("Два")
    for version in (one, two):
        shelf.do("approve_item", version)
    both, other = (
        Plan(sections=(Section("", tuple(map(PlannedItem, versions))),), base_minutes=30)
        for versions in ((one, two), (two,))
    )
    first = shelf.do("create_blueprint", org_id=shelf.ground.org_id, title="А", subject="physics", plan=both)
    shelf.do("create_blueprint", org_id=shelf.ground.org_id, title="Б", subject="physics", plan=both)
    shelf.do("revise_blueprint", first, other)
    uses = [(use.title, use.plan_number, use.is_newest) for use in shelf.view(one).uses]
    assert uses == [("Б", 1, True), ("А", 1, False)]
    assert [use.plan_number for use in shelf.view(two).uses] == [2, 1]


def test_another_school_finds_nothing(shelf: Shelf) -> None:
    shelf.add("Наш вопрос")
    other = make_ground(shelf.ground.runtime, code="other")
    with other.runtime.read() as session:
        assert not queries.find_items(session, other.org_id, ItemSearch("вопрос")).items
        assert queries.banks_of(session, [other.org_id]) == []
        assert [(b.items, b.ready) for b in queries.banks_of(session, [shelf.ground.org_id])] == [(1, 0)]
    with (
        pytest.raises(NotFound),
        other.runtime.unit_of_work(other.teacher) as uow,
    ):
        service.rename_bank(uow, shelf.bank, title="Чужой", subject="physics")


@given(
    st.text(max_size=300),
    st.recursive(
        st.text() | st.integers() | st.none(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)
    ),
)
def test_terms_are_total_and_bounded(text: str, value: Any) -> None:
    found = terms_of(
        title=text,
        content={"value": value},
        bank_id=uuid4(),
        type_name="choice",
        states=["draft"],
        tags=[text[:40]],
        outcome_ids=[],
        difficulty=None,
    )
    assert len(found) == len(set(found)) <= TERMS_MAX
    assert all(0 < len(term) <= LONGEST_STEM for term in found)
    assert words_of(text.upper()) == words_of(text.upper().casefold())


def test_the_last_word_of_a_long_text_is_found() -> None:
    text = " ".join(f"слово{number}" for number in range(2000))
    found = terms_of(
        title="", content={"prompt": text}, bank_id=uuid4(), type_name="essay", states=["draft"], tags=[], outcome_ids=[],
        difficulty=None,
    )  # fmt: skip
    assert words_of("слово1999")[0] in found


@given(st.lists(st.sets(st.integers(0, 3 * CHUNK), max_size=40), min_size=1, max_size=4), st.integers(0, 30))
def test_bits_find_what_sets_find(sets: list[set[int]], skip: int) -> None:
    rows: dict[tuple[str, int], bytes] = {}
    for number, places in enumerate(sets):
        for place in places | {5}:
            key = (str(number), place // CHUNK)
            rows[key] = with_bit(rows.get(key, b""), place, is_on=True)
        if 5 not in places:
            rows[(str(number), 0)] = with_bit(rows[(str(number), 0)], 5, is_on=False)
    terms = [str(number) for number in range(len(sets))]
    found = remaining(terms, ((term, chunk, bits) for (term, chunk), bits in rows.items()))
    expected = sorted(set.intersection(*sets), reverse=True)
    assert count_of(found) == len(expected)
    assert places_of(found, skip, 10) == expected[skip : skip + 10]


def test_other_outcomes_of_an_approved_item_need_a_new_version(shelf: Shelf) -> None:
    first, outcome = shelf.add("Вопрос"), uuid4()
    shelf.do("approve_item", first)
    shelf.do(
        "describe_item",
        first,
        title="Вопрос",
        tags=["вода"],
        outcome_ids=[outcome],
        difficulty=Decimal("0.5"),
    )
    view = shelf.view(first)
    assert (view.version.number, view.version.state, view.outcome_ids) == (2, ItemState.DRAFT, (outcome,))
    assert shelf.view(first, 1).outcome_ids == ()
    assert shelf.titles(tag="вода") == ["Вопрос"]


def test_an_item_has_a_bounded_number_of_tests(shelf: Shelf) -> None:
    first = shelf.add("Вопрос")
    with pytest.raises(InvalidInput, match="tests_too_many"):
        shelf.do("set_item_tests", first, RIGHT * 31)


@pytest.mark.parametrize("change", ["set_item_tests", "add_key_tests", "describe_item"])
def test_who_changes_somebody_elses_draft_is_asked_as_its_author(shelf: Shelf, change: str) -> None:
    ground = shelf.ground
    head = ground.actor(ground.director_id)
    with ground.runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(sa.delete(ItemReviewRule))
    version = shelf.add("Кипение", tests=RIGHT[:1] if change == "add_key_tests" else RIGHT)
    with ground.runtime.unit_of_work(head) as uow:
        arguments: dict[str, Any] = {
            "set_item_tests": {"tests": [*RIGHT, ItemTest(None, MarkStatus.WRONG)]},
            "add_key_tests": {},
            "describe_item": {
                "title": "Кипение",
                "tags": (),
                "outcome_ids": [ground.org_id],
                "difficulty": None,
            },
        }[change]
        getattr(service, change)(uow, version, **arguments)
    newest = shelf.view(version).version
    assert (newest.number, newest.created_by) == (2, ground.director_id)
    with pytest.raises(Conflict, match="second_person"), ground.runtime.unit_of_work(head) as uow:
        service.approve_item(uow, newest.id)
    with pytest.raises(Conflict, match="second_person"):
        shelf.do("approve_item", newest.id)  # it is one's own question still, with a colleague's tests
    again = shelf.do("set_item_tests", newest.id, [ItemTest(None, MarkStatus.WRONG), *RIGHT])
    with ground.runtime.unit_of_work(head) as uow:
        service.approve_item(
            uow, again
        )  # whoever wrote none of its content, where no third person could look


def test_a_second_person_makes_questions_ready_where_two_may(shelf: Shelf) -> None:
    ground, now = shelf.ground, shelf.ground.runtime.clock.now()
    teacher, head = ground.teacher, ground.actor(ground.director_id)
    with ground.runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(sa.delete(ItemReviewRule))
    version = shelf.add("Кипение")

    def approve(actor: Actor) -> None:
        with ground.runtime.unit_of_work(actor) as uow:
            service.approve_item(uow, version)

    with pytest.raises(Conflict, match="second_person"):
        approve(teacher)
    shelf.do("submit_item", version)
    with pytest.raises(Conflict, match="second_person"):
        approve(teacher)
    with ground.runtime.read() as session:
        assert queries.review_rule(session, ground.org_id, now).people == {
            ground.teacher_id,
            ground.director_id,
        }
        for actor, can_decide in ((teacher, False), (head, True)):
            (row,) = queries.item_reviews(session, actor.person_id, [ground.org_id], now)
            assert (row.title, row.can_decide, row.author_id) == ("Кипение", can_decide, ground.teacher_id)
    approve(head)
    assert shelf.view(version).version.state is ItemState.READY
    with ground.runtime.read() as session:
        assert queries.item_reviews(session, head.person_id, [ground.org_id], now) == []
    with pytest.raises(Forbidden), ground.runtime.unit_of_work(teacher) as uow:
        service.set_review_rule(uow, ground.org_id, needs_second=False)
    with ground.runtime.unit_of_work(head) as uow:
        service.set_review_rule(uow, ground.org_id, needs_second=False)
    version = shelf.add("Плавление")
    approve(teacher)


def test_one_author_alone_needs_nobody(shelf: Shelf) -> None:
    ground = shelf.ground
    with ground.runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(sa.delete(ItemReviewRule))
        uow.session.execute(
            sa.update(Account).where(Account.person_id == ground.director_id).values(is_active=False)
        )
    shelf.do("approve_item", shelf.add("Кипение"))
