"""A catalogue is narrowed down by what its courses are; nothing that was asked for is shown otherwise."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from lms.courses.rules.facets import FACETS, Wanted, facets_of, matches
from lms.courses.types import CourseCard, EnrolmentMode

CARD = CourseCard(uuid4(), uuid4(), "Курс", "physics", None, "", "ru", EnrolmentMode.OPEN, uuid4())
CARDS = st.lists(
    st.builds(
        lambda **more: replace(CARD, **more),
        subject=st.sampled_from(["physics", "maths"]),
        grade=st.sampled_from([None, 8, 9, 10]),
        language=st.sampled_from(["ru", "en"]),
        mode=st.sampled_from(EnrolmentMode),
        est_minutes=st.sampled_from([0, 60, 61, 300, 301]),
    ),
    max_size=12,
)


@given(CARDS)
def test_every_value_of_a_facet_has_a_course_and_without_a_choice_all_are_shown(
    cards: list[CourseCard],
) -> None:
    assert all(matches(card, Wanted()) for card in cards)
    for name, values in facets_of(cards).items():
        for value in values:
            chosen = [card for card in cards if matches(card, Wanted(**{name: value}))]
            assert chosen, (name, value)
            told = facets_of(chosen)[name]
            assert told == [value]
    assert list(facets_of(cards)) == list(FACETS)
    grades = facets_of(cards)["grade"]
    assert grades == sorted(grades, key=int)


@given(CARDS, st.sampled_from(["physics", "maths", "magic"]), st.sampled_from(["8", "9", "x"]))
def test_two_choices_show_what_both_show(cards: list[CourseCard], subject: str, grade: str) -> None:
    both = [card for card in cards if matches(card, Wanted(subject=subject, grade=grade))]
    assert both == [
        card
        for card in cards
        if matches(card, Wanted(subject=subject)) and matches(card, Wanted(grade=grade))
    ]
