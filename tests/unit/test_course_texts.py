"""What shuts people out of a text, what changed between versions, and what a file really is: without a database."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.assessment.blocks.quiz_text import read_questions, write_questions
from lms.core.sites import is_known_host
from lms.courses.blocks.base import is_address
from lms.courses.rules.accessibility import WORDS_WITHOUT_HEADING, picture_remarks, text_remarks
from lms.courses.rules.changes import ChangeKind, find_changes
from lms.courses.rules.media import looks_like


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("# Тепло\n\n## Опыт\n\n# Итог", []),
        ("# Тепло\n\n### Опыт", ["course.heading_skipped"]),
        ("## Опыт\n\n### Ход", []),
        ("### Опыт\n\nТекст\n\n# Итог", ["course.heading_skipped"]),
        ("#\n\nТекст", ["course.heading_empty"]),
        ("**Опыт первый**\n\nТекст\n\n**Опыт второй:**\n\nТекст", ["course.heading_bold"]),
        ("Это **важно** и это **тоже**.\n\n**Запомни**\n\nтекст", []),
        ("слово " * (WORDS_WITHOUT_HEADING + 1), ["course.text_long"]),
        ("# Вот\n\n" + "слово " * (WORDS_WITHOUT_HEADING + 1), []),
        ("Читай [здесь](https://a.example) дальше", ["course.link_words"]),
        ("[нажмите здесь](https://a.example)", ["course.link_words"]),
        ("[Перейти по этой ссылке](https://a.example)", ["course.link_words"]),
        ("[https://a.example](https://a.example)", ["course.link_words"]),
        ("[переход тепла](https://a.example)", []),
        ("[таблица теплоёмкостей](https://a.example)", []),
        ("| Вещество | |\n|---|---|\n| вода | 4200 |", ["course.table_head"]),
        ("| Вещество | Теплоёмкость |\n|---|---|", ["course.table_rows"]),
        ("| Вещество | Теплоёмкость |\n|---|---|\n| вода | 4200 |", []),
    ],
)
def test_what_shuts_people_out_of_a_text_is_named(text: str, codes: list[str]) -> None:
    assert text_remarks(text) == codes


@pytest.mark.parametrize(
    ("alt", "caption", "codes"),
    [
        ("Чайник на плите, из носика идёт пар", "Рисунок 1", []),
        ("IMG_2041.JPG", "", ["course.alt_file_name"]),
        ("IMG_2041", "", ["course.alt_file_name"]),
        ("Снимок экрана 2026-03-01", "", ["course.alt_file_name"]),
        ("…", "", ["course.alt_file_name"]),
        ("1 кг и 2 кг воды", "", []),
        ("Картинка с чайником", "", ["course.alt_picture_of"]),
        ("Чайник", "чайник ", ["course.alt_caption"]),
        ("Фотоэлемент в разрезе", "", []),
    ],
)
def test_a_picture_is_told_in_words_of_its_own(alt: str, caption: str, codes: list[str]) -> None:
    assert picture_remarks(alt, caption) == codes


@st.composite
def versions(draw: st.DrawFn) -> list[dict[str, Any]]:
    keys = draw(st.lists(st.integers(0, 30).map(str), unique=True, max_size=12))
    cuts = draw(st.integers(1, 4))
    return [
        {
            "key": f"s{n}",
            "title": f"Раздел {n}",
            "summary": "",
            "gate": [],
            "blocks": [
                {"key": key, "type": "text", "title": key, "content": {"markdown": key}, "alternatives": {}}
                for key in keys[n::cuts]
            ],
        }
        for n in range(cuts)
    ]


def _keys(version: list[dict[str, Any]]) -> set[str]:
    return {block["key"] for section in version for block in section["blocks"]}


@given(versions(), versions())
def test_changes_are_just_what_differs(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> None:
    assert find_changes(before, before) == []
    found = find_changes(before, after)
    by_kind = {kind: {c.block for c in found if c.kind is kind} for kind in ChangeKind}
    assert by_kind[ChangeKind.BLOCK_ADDED] == _keys(after) - _keys(before)
    assert by_kind[ChangeKind.BLOCK_REMOVED] == _keys(before) - _keys(after)
    assert not by_kind[ChangeKind.BLOCK_CHANGED]
    backwards = find_changes(after, before)
    assert {c.block for c in backwards if c.kind is ChangeKind.BLOCK_REMOVED} == by_kind[
        ChangeKind.BLOCK_ADDED
    ]
    if not found:
        assert before == after


def test_one_step_that_was_moved_is_one_change() -> None:
    one = {"key": "s", "title": "Раздел", "summary": "", "gate": []}
    blocks = [
        {"key": key, "type": "text", "title": key, "content": {}, "alternatives": {}} for key in "abcdef"
    ]
    moved = [*blocks[1:], blocks[0]]
    found = find_changes([{**one, "blocks": blocks}], [{**one, "blocks": moved}])
    assert [(c.kind, c.block) for c in found] == [(ChangeKind.BLOCK_MOVED, "a")]


@pytest.mark.parametrize(
    ("data", "media_type", "is_so"),
    [
        (b"%PDF-1.7 ...", "application/pdf", True),
        (b"MZ\x90", "application/pdf", False),
        (b"WEBVTT\n\n", "text/vtt", True),
        (b"<script>", "text/vtt", False),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", True),
        (b"\xff\xfe<svg", "image/svg+xml", False),
        (b"PK\x03\x04", "application/vnd.oasis.opendocument.text", True),
        (b"#!/bin/sh", "application/vnd.oasis.opendocument.text", False),
        (b"a;b\x00", "text/csv", False),
    ],
)
def test_bytes_have_to_be_what_their_name_says(data: bytes, media_type: str, is_so: bool) -> None:
    assert looks_like(data, media_type) is is_so


@pytest.mark.parametrize(
    ("address", "is_so"),
    [
        ("https://edsoo.ru/a", True),
        ("https://www.EDSOO.ru./a", True),
        ("https://evil-edsoo.ru", False),
        ("https://edsoo.ru.evil.example", False),
        ("https://edsoo.ru@evil.example", False),
        ("//evil.example/x", False),
        ("https://[bad", False),
        ("#part", True),
        ("mailto:kim@school.example", True),
    ],
)
def test_courses_lead_to_known_sites_only(address: str, is_so: bool) -> None:
    assert is_known_host(address, ["edsoo.ru"]) is is_so
    assert is_known_host(address, ["*"]) is (address not in {"https://[bad", "https://edsoo.ru@evil.example"})


def led_to(address: str) -> str:
    """Return the host that a browser opens: it drops signs, turns backslashes round and forgives missing slashes."""
    text = re.sub(r"[\t\n\r]", "", address.strip("".join(map(chr, range(33))))).replace("\\", "/")
    found = re.match(r"(?:https?:/*|//+)([^/?#]*)", text, re.IGNORECASE)
    return found[1].rpartition("@")[2].partition(":")[0].lower() if found else ""


PIECES = [
    "https:",
    "HTTP:",
    "javascript:",
    "/",
    "//",
    "\\",
    "@",
    "\t",
    " ",
    "\x00",
    ":80",
    ".",
    "%5C",
    "?",
    "#",
    "[::1]",
]


@given(
    st.lists(st.sampled_from([*PIECES, "evil.example", "edsoo.ru", "a", "ёж.рф"]), max_size=8).map("".join)
)
def test_no_sign_makes_a_strange_site_known(address: str) -> None:
    host = led_to(address)
    if is_known_host(address, ["edsoo.ru"]):
        assert host in {"", "edsoo.ru", "edsoo.ru."} or host.rstrip(".").endswith(".edsoo.ru")
        assert not address.startswith("javascript:")
    if is_address(address):
        assert is_known_host(address, [host.rstrip(".")])


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example\\.edsoo.ru/x",
        "/\\evil.example",
        "\\\\evil.example",
        "///evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "https://edsoo.ru\t.evil.example",
    ],
)
def test_what_browsers_read_in_another_way_is_known_nowhere(address: str) -> None:
    assert not is_known_host(address, ["edsoo.ru", "*"])
    assert not is_address(address)


def test_a_site_is_known_by_its_own_letters() -> None:
    assert is_known_host("https://xn--80a2aha.рф/a?b=c@d#e", ["рф"])
    assert is_known_host("https://Школа.рф", ["школа.рф"])


WORDS = st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=20)
QUESTIONS = st.lists(
    st.one_of(
        st.builds(lambda p, a: {"type": "numeric", "content": {"prompt": p, "answer": a}}, WORDS, WORDS),
        st.builds(
            lambda p, right, wrong, why: {
                "type": "choice",
                "content": {
                    "prompt": p,
                    "options": [{"id": "x", "text": right, "weight": "1"}, {"id": "y", "text": wrong}],
                },
                "why": why,
            },
            WORDS,
            WORDS,
            WORDS,
            WORDS,
        ),
        st.builds(lambda p: {"type": "ordering", "content": {"prompt": p, "items": [1, 2]}}, WORDS),
    ),
    max_size=5,
)


@given(QUESTIONS)
def test_the_questions_of_a_quiz_stay_what_they_were(questions: list[dict[str, Any]]) -> None:
    assert read_questions(write_questions(questions), questions) == questions


def test_the_questions_of_a_quiz_are_written_as_one_text() -> None:
    text = """? Что легче воды?
+ Лёд
- Свинец
! Потому он и плавает.

? Что плавает
в воде?
+ Лёд
+ Дерево
- Гвоздь

? 2 · 21
= 42

? Столица Бурятии
= Улан-Удэ
= Улан Удэ

? Лёд легче воды.
= верно
"""
    made = read_questions(text, ())
    assert [row["type"] for row in made] == [
        "choice",
        "multiple_choice",
        "numeric",
        "short_text",
        "true_false",
    ]
    assert made[0]["why"] == "Потому он и плавает."
    assert made[1]["content"]["prompt"] == "Что плавает\nв воде?"
    assert made[3]["content"]["accepted"] == ["Улан-Удэ", "Улан Удэ"]
    ids = [option["id"] for option in made[0]["content"]["options"]]
    assert (
        ids
        == [
            o["id"]
            for o in read_questions(text.replace("+ Лёд\n-", "+ Лёд\n- Олово\n-"), made)[0]["content"][
                "options"
            ]
        ][::2]
    )
