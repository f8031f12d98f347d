"""Shared passages: what is long enough is found whatever the endings, what is too short or the task's own is not."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from lms.assessment.rules.winnowing import GUARANTEED, K, compare, similar_pairs, words_of

WORDS = [
    "кровь",
    "вода",
    "ветер",
    "камень",
    "дорога",
    "город",
    "река",
    "птица",
    "сердце",
    "память",
    "книга",
    "окно",
    "дерево",
    "зима",
    "берег",
    "голос",
    "свет",
    "поле",
    "песня",
    "время",
]
TEXT = "Кровь разносит по телу кислород и питательные вещества, а забирает углекислый газ."


def of(text: str) -> list[str]:
    return [word.stem for word in words_of(text)]


def test_endings_case_yo_stress_marks_and_look_alikes_make_no_difference() -> None:
    assert of("Кислородом, ЁЛКИ") == of("кислород елка")
    assert of("ко\u0301рка") == of("корка")
    assert of("кpовь") == of("кровь")  # a Latin p inside
    assert of("кис\u00adло\u200bрод") == of("кислород")
    assert of("йод") != of("иод")
    assert of("peace") == ["peac"]  # an English word stays one


def test_places_are_those_of_the_text() -> None:
    assert [TEXT[word.start : word.end] for word in words_of(TEXT)][:3] == ["Кровь", "разносит", "по"]


def test_a_reworded_copy_is_found_with_its_passage() -> None:
    other = "Как известно, " + TEXT.replace("кислород", "кислородом").replace("Кровь", "кровью")
    (pair,) = similar_pairs({"a": TEXT, "b": other})
    assert (pair.left, pair.right, pair.shared_words) == ("a", "b", len(words_of(TEXT)))
    (passage,) = pair.passages
    assert (passage.left, passage.right) == (0, 2)


def test_the_words_of_the_task_do_not_count() -> None:
    first, second = f"{TEXT} Я думаю, это важно.", f"Мой ответ такой. {TEXT}"
    assert similar_pairs({1: first, 2: second}, TEXT) == []
    assert len(similar_pairs({1: first, 2: second})) == 1


def test_a_phrase_of_everybody_is_nobodys() -> None:
    many = {number: f"{WORDS[number]} {WORDS[-number - 1]}. {TEXT}" for number in range(9)}
    assert similar_pairs(many) == []


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(WORDS), max_size=12),
    st.lists(st.sampled_from(WORDS), max_size=12),
    st.lists(st.sampled_from(WORDS), min_size=GUARANTEED, max_size=15),
    st.lists(st.sampled_from(WORDS), max_size=12),
)
def test_whatever_is_shared_in_a_row_of_enough_words_is_found(
    before: list[str], other: list[str], shared: list[str], after: list[str]
) -> None:
    left, right = words_of(" ".join(before + shared + after)), words_of(" ".join(other + shared))
    wanted = {(len(before) + n, len(other) + n) for n in range(len(shared))}
    found = {(p.left + n, p.right + n) for p in compare(left, right) for n in range(p.count)}
    assert wanted & found


@settings(deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=20), st.lists(st.sampled_from(WORDS), max_size=20))
def test_every_passage_is_equal_words_and_no_shorter_than_k(one: list[str], two: list[str]) -> None:
    left, right = words_of(" ".join(one)), words_of(" ".join(two))
    for p in compare(left, right):
        assert p.count >= K
        assert [w.stem for w in left[p.left : p.left + p.count]] == [
            w.stem for w in right[p.right : p.right + p.count]
        ]
