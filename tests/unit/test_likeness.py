"""Texts that have words in common, whatever the endings: what is suggested, in which order, and that it is symmetric and fair."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lms.core.likeness import LEAST, MOST, alike_to

TAUGHT = {
    "a": "Циклы и условия в языке Python",
    "b": "Сердце и сосуды человека: движение крови",
    "c": "Обособленные определения и обстоятельства",
    "d": "Техника безопасности",
}


def test_endings_do_not_matter_and_empty_words_say_nothing() -> None:
    table = [
        ("Описывает движение крови по сосудам", ["b"]),
        ("Применяет цикл и условие при решении задач на Python", ["a"]),
        ("Обособляет определения", ["c"]),
        ("Знает и умеет применять основные", []),
        ("", []),
    ]
    for text, keys in table:
        assert [row.key for row in alike_to(text, TAUGHT)] == keys, text
    assert alike_to("Движение крови по сосудам", TAUGHT)[0].words == ("движение", "крови", "сосудам")


words = st.lists(
    st.sampled_from(
        ["кровь", "крови", "сосуд", "сосуды", "сердце", "цикл", "циклы", "язык", "hours", "loops", "loop"]
    ),
    max_size=6,
)


@given(words, st.dictionaries(st.integers(0, 30), words, max_size=8), st.randoms())
def test_the_order_of_texts_changes_nothing_and_likeness_goes_both_ways(mine, others, chance) -> None:  # type: ignore[no-untyped-def]
    text, texts = " ".join(mine), {key: " ".join(value) for key, value in others.items()}
    found = alike_to(text, texts)
    mixed = list(texts.items())
    chance.shuffle(mixed)
    assert alike_to(text, dict(mixed)) == found
    assert len(found) <= MOST and all(LEAST <= row.share <= 1 for row in found)
    for row in found:
        assert [back.share for back in alike_to(texts[row.key], {0: text})] == [row.share]
