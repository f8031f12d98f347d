"""A catalogue is narrowed down by what its courses are; nothing that was asked for is shown otherwise."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.core.stems import says
from lms.courses.rules.facets import FACETS, Wanted, adapted_for, facets_of, matches, traits_of
from lms.courses.types import ADAPTED, CourseCard, EnrolmentMode, Need

CARD = CourseCard(uuid4(), uuid4(), "Курс", "physics", None, "", "ru", EnrolmentMode.OPEN, uuid4())
CARDS = st.lists(
    st.builds(
        lambda **more: replace(CARD, **more),
        subject=st.sampled_from(["physics", "maths"]),
        grade=st.sampled_from([None, 8, 9, 10]),
        language=st.sampled_from(["ru", "en"]),
        mode=st.sampled_from(EnrolmentMode),
        est_minutes=st.sampled_from([0, 60, 61, 300, 301]),
        needs=st.sampled_from([(), ("sight",), ("hearing", "pointer")]),
    ),
    max_size=12,
)
#: What may be said of an outside course: more or less of it.
OUTSIDE = st.lists(
    st.fixed_dictionaries(
        {"subject": st.sampled_from([(), ("physics",)]), "whose": st.just(("outside",))},
        optional={
            "paper": st.sampled_from([("none",), ("of_result",)]),
            "adapted": st.just(("keyboard_only",)),
        },
    ),
    max_size=4,
)


@given(CARDS, OUTSIDE)
def test_every_value_of_a_facet_has_a_course_and_without_a_choice_all_are_shown(
    cards: list[CourseCard], outside: list[dict[str, tuple[str, ...]]]
) -> None:
    rows = [*(traits_of(card, counts="teaches" if card.grade == 8 else "") for card in cards), *outside]
    assert all(matches(row, Wanted()) for row in rows)
    for name, values in facets_of(rows).items():
        for value in values:
            chosen = [row for row in rows if matches(row, Wanted(**{name: value}))]
            assert chosen, (name, value)
            assert value in facets_of(chosen)[name]
            assert all(
                value in row.get(name, ()) or (name == "grade" and not row.get(name)) for row in chosen
            )
    assert list(facets_of(rows)) == list(FACETS)
    grades = facets_of(rows)["grade"]
    assert grades == sorted(grades, key=int)


@given(CARDS, st.sampled_from(["physics", "maths", "magic"]), st.sampled_from(["8", "9", "x"]))
def test_two_choices_show_what_both_show(cards: list[CourseCard], subject: str, grade: str) -> None:
    rows = [traits_of(card) for card in cards]
    both = [row for row in rows if matches(row, Wanted(subject=subject, grade=grade))]
    assert both == [
        row for row in rows if matches(row, Wanted(subject=subject)) and matches(row, Wanted(grade=grade))
    ]


def test_a_course_is_fit_for_those_whose_lack_none_of_its_blocks_needs() -> None:
    assert adapted_for([]) == tuple(audience.value for audience in ADAPTED)
    assert "without_sight" not in adapted_for([Need.SIGHT.value])
    assert "keyboard_only" in adapted_for([Need.SIGHT.value, Need.CAMERA.value])
    assert adapted_for([need.value for need in Need]) == ()


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ("дробями", "Обыкновенные дроби"),
        ("дробь", "Действия с дробями"),
        ("тепловое явление", "Физика: тепловые явления"),
        ("ЁЛКА", "Про елку"),
        ("уравн", "Алгебра: квадратные уравнения"),
        ("circles", "Two circles of blood"),
        ("", "Что угодно"),
    ],
)
def test_a_search_finds_a_word_in_any_form(wanted: str, text: str) -> None:
    assert says(wanted, text)


def test_a_search_finds_nothing_where_one_of_its_words_is_missing() -> None:
    assert not says("квадратные дроби", "Квадратные уравнения")
    assert not says("<script>", "Квадратные уравнения")
