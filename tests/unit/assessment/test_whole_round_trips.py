"""What is given away as Moodle XML or QTI 3.0 and read again is the same question, type by type."""

from __future__ import annotations

import io
import string
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from PIL import Image

import lms.core
from lms.assessment.contracts import ItemTest
from lms.assessment.formats import read_file
from lms.assessment.formats.mapping import as_imported, found_of, take
from lms.assessment.formats.values import Found, Refusal
from lms.assessment.formats.writing import FORMATS, write_file
from lms.assessment.types import MarkStatus
from tests.unit.assessment.test_formats import TYPES

HEART = (Path(lms.core.__file__).parent / "static" / "samples" / "heart.png").read_bytes()
#: What the samples of each type can be written in; a type that is missing cannot be said by any format.
SAID = {
    "moodle": {
        "Птицы и звери", "Озеро зимой", "Схема опыта", "Решение в тетради", "Стихотворение", "Разложение на множители",
        "Производная", "Растение", "Свойства воды", "Сосуды", "Путь автомобиля", "Произведение",
    },
    "qti3": {
        "Птицы и звери", "Птицы и звери с вычетом", "Озеро зимой", "Схема опыта", "Решение в тетради", "Стихотворение",
        "Левое предсердие", "Кровь с кислородом", "Свойства воды", "Вещества", "Сосуды", "Вода", "Произведение", "Растение",
    },
}  # fmt: skip
SIGNS = string.ascii_letters + string.digits + "абвгдёж .,;:!?<>&\"'=#%*+-«»—²₂"
LINES = (
    st.text(SIGNS, min_size=1, max_size=24).map(lambda text: " ".join(text.split())).filter(lambda text: text)
)
WORDS = st.lists(LINES, min_size=3, max_size=6, unique_by=lambda text: text.casefold().replace("ё", "е"))
POINTS = st.sampled_from(["1", "2", "0.5", "2.50", "10"])
SETTINGS = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def come_back(
    name: str, raw: dict[str, Any], style: str, pictures: dict[str, bytes] | None = None, **about: Any
) -> Found:
    """Return what a content is after it was written and read; it must be the same."""
    kind = TYPES.get(name)
    content = kind.validate_content(raw)
    found = found_of(name, content, TYPES, ref="q1", title="T", pictures=pictures, **about)
    written = write_file([found], FORMATS[style], TYPES)
    assert not written.refused, written.refused[0][1]
    (again,) = read_file(written.data).questions
    taken = take(again, TYPES)
    assert taken.type == name
    if name == "parametric":
        same_variants(taken.content, content)
    else:
        assert taken.content == as_imported(content, kind)
    assert sorted(shown.data or b"" for shown in taken.pictures.values()) == sorted((pictures or {}).values())
    assert not {change.code for change in taken.changes} - {"changed.rubric_added"}
    return again


def same_variants(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Check that every seed draws the same and shows and marks the same by both contents."""
    kind: Any = TYPES.get("parametric")
    for seed in range(1, 9):
        assert kind._draw(one, seed) == kind._draw(other, seed)
        (_, first), (inner, second) = kind._variant(one, seed), kind._variant(other, seed)
        assert as_imported(first, inner) == as_imported(second, inner)


@pytest.mark.parametrize("style", sorted(SAID))
def test_samples_come_back_as_they_were(style: str) -> None:
    said = set()
    for kind in TYPES:
        for sample in kind.samples():
            if sample.title in SAID[style]:
                shown = sample.content.get("picture")
                pictures = {shown["url"]: HEART} if shown else {}
                come_back(kind.name, sample.content, style, pictures, tests=sample.tests)
                said.add(sample.title)
    assert said == SAID[style]


@st.composite
def rows_with_pictures(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Draw rows of which each has a text, a picture with its words, or both."""
    rows = []
    for number, text in enumerate(draw(WORDS)):
        picture = {"url": f"/item-media/{number}", "alt": draw(LINES)}
        has = draw(st.sampled_from(["text", "picture", "both"]))
        shown = {} if has == "text" else {"picture": picture}
        rows.append({"id": f"o{number}", "text": "" if has == "picture" else text, **shown})
    return rows


@pytest.mark.parametrize("style", sorted(FORMATS))
@pytest.mark.parametrize("name", ["choice", "multiple_choice", "matching"])
@settings(SETTINGS, max_examples=15)
@given(rows=rows_with_pictures(), prompt=LINES)
def test_pictures_in_options_come_back(
    style: str, name: str, rows: list[dict[str, Any]], prompt: str
) -> None:
    content = {
        "prompt": prompt,
        "options": [{**row, "weight": str(int(not n))} for n, row in enumerate(rows)],
    }
    if name == "matching":
        right = [{"id": "x", "text": "X"}, {"id": "y", "text": "Y"}]
        content = {"prompt": prompt, "left": rows, "right": right, "pairs": {row["id"]: "y" for row in rows}}
    pictures = {row["picture"]["url"]: HEART + row["id"].encode() for row in rows if "picture" in row}
    if style != "gift":
        come_back(name, content, style, pictures)
        return
    found = found_of(
        name, TYPES.get(name).validate_content(content), TYPES, ref="q", title="T", pictures=pictures
    )
    refused = [reason.code for _, reason in write_file([found], FORMATS["gift"], TYPES).refused]
    assert refused == (["export.pictures"] if pictures else [])


@pytest.mark.parametrize("style", ["moodle", "qti3"])
@SETTINGS
@given(words=WORDS, prompt=LINES, is_once=st.booleans(), order=st.randoms())
def test_words_for_gaps_come_back(
    style: str, words: list[str], prompt: str, is_once: bool, order: Any
) -> None:
    right = words[:2] if is_once else [*words[:2], order.choice(words)]
    text = "".join(f"{word} {{n{number}}} " for number, word in enumerate(right)) + "."
    gaps = [{"id": f"n{number}", "right": word} for number, word in enumerate(right)]
    order.shuffle(gaps)
    content = {"prompt": prompt, "text": text, "gaps": gaps, "decoys": words, "is_once": is_once}
    come_back("word_bank", content, style)


@pytest.mark.parametrize("style", ["moodle", "qti3"])
@SETTINGS
@given(words=WORDS, prompt=LINES, places=st.lists(st.integers(0, 3), min_size=6, max_size=6), more=st.data())
def test_groups_come_back(style: str, words: list[str], prompt: str, places: list[int], more: Any) -> None:
    ways = ["per_item"] if style == "moodle" else ["per_item", "right_minus_wrong", "all_or_nothing"]
    groups = [
        {
            "id": f"c{n}",
            "text": f"{n} {prompt}",
            "items": [w for w, p in zip(words, places, strict=False) if p == n],
        }
        for n in range(4)
    ]
    come_back(
        "categorise",
        {"prompt": prompt, "categories": groups, "scoring": more.draw(st.sampled_from(ways))},
        style,
    )


@pytest.mark.parametrize("style", ["moodle", "qti3"])
@SETTINGS
@given(words=WORDS, prompt=LINES, more=st.data())
def test_tables_come_back(style: str, words: list[str], prompt: str, more: Any) -> None:
    columns = [f"{n} {word}" for n, word in enumerate(words[:3])]
    mode = "single" if style == "moodle" else more.draw(st.sampled_from(["single", "multiple"]))
    few = st.lists(
        st.sampled_from(columns),
        min_size=int(mode == "single"),
        max_size=1 if mode == "single" else 3,
        unique=True,
    )
    rows = [{"id": f"r{n}", "text": word, "right": more.draw(few)} for n, word in enumerate(words)]
    assume(any(row["right"] for row in rows))
    ways = ["per_row", "per_cell"] if style == "moodle" else ["per_row", "per_cell", "all_or_nothing"]
    scoring = more.draw(st.sampled_from(ways))
    if sum(len(row["right"]) for row in rows) == 1 and scoring == "per_cell":
        scoring = "all_or_nothing"  # of one right cell nothing else can be told apart
    come_back(
        "table", {"prompt": prompt, "columns": columns, "rows": rows, "mode": mode, "scoring": scoring}, style
    )


@pytest.mark.parametrize("style", ["moodle", "qti3"])
@pytest.mark.parametrize("name", ["essay", "file_upload", "notebook_photo", "oral_answer"])
@SETTINGS
@given(
    words=WORDS,
    points=st.lists(POINTS, min_size=1, max_size=3),
    least=st.integers(2, 99),
    model=st.one_of(st.just(""), LINES),
)
def test_what_a_person_marks_comes_back(
    style: str, name: str, words: list[str], points: list[str], least: int, model: str
) -> None:
    rubric = [{"title": w, "points": p} for w, p in zip(words, points, strict=False)]
    content: dict[str, Any] = {"prompt": words[0], "rubric": rubric, "model_answer": model}
    if name == "essay":
        content |= [
            {},
            {"min_words": least},
            {"max_words": least},
            {"min_words": least, "max_words": least + 9},
        ][least % 4]
    elif least % 2:
        content |= {"most": 1 + least % 20}
    come_back(name, content, style)


@pytest.mark.parametrize("style", ["moodle", "qti3"])
@SETTINGS
@given(
    words=WORDS,
    number=st.decimals(-99, 99, places=2),
    within=st.decimals(0, 3, places=2),
    points=st.integers(1, 9),
)
def test_gaps_with_numbers_come_back(
    style: str, words: list[str], number: Decimal, within: Decimal, points: int
) -> None:
    gaps = [
        {
            "id": "g1",
            "kind": "number",
            "right": [f"{number:f}"],
            "tolerance": f"{within:f}",
            "points": str(points),
        },
        {"id": "g2", "kind": "choice", "right": words[:1], "wrong": words[1:]},
    ]
    come_back("cloze", {"prompt": words[0], "text": "a {g1} b {g2} c", "gaps": gaps}, style)


@pytest.mark.parametrize("style", ["moodle", "qti3"])
@SETTINGS
@given(words=WORDS, size=st.integers(1, 100))
def test_the_width_of_a_field_comes_back(style: str, words: list[str], size: int) -> None:
    accepted = [{"text": "word " + words[0].replace("*", "x")}]
    come_back("short_text", {"prompt": words[1], "accepted": accepted, "size": size}, style)


@SETTINGS
@given(words=WORDS, kind=st.sampled_from(["text", "choice", "number"]), after=st.one_of(st.just(""), LINES))
def test_one_gap_comes_back_from_gift(words: list[str], kind: str, after: str) -> None:
    texts = [word.replace("*", "x") for word in words]
    asked: dict[str, Any] = {"right": texts[:1]} | ({"wrong": texts[1:]} if kind == "choice" else {})
    asked = {"right": ["-4.5"], "tolerance": "0.25"} if kind == "number" else asked
    gaps = [{"id": "one", "kind": kind, **asked}]
    come_back("cloze", {"prompt": words[0], "text": f"{words[1]} {{one}}{after}", "gaps": gaps}, "gift")


WILD = st.lists(
    st.sampled_from(["*", "кот", "Ёж*", "a.b", "c+d*", "(x)", "5 * 3", r"\*", "e", " и "]),
    min_size=1,
    max_size=4,
).map(lambda parts: "".join(parts).strip())


@settings(SETTINGS, max_examples=25)
@given(
    forms=st.lists(WILD, min_size=1, max_size=3, unique=True), is_cased=st.booleans(), in_gap=st.booleans()
)
def test_texts_with_stars_come_back_from_qti(forms: list[str], is_cased: bool, in_gap: bool) -> None:
    assume(all(form.replace("*", "").replace("\\", "").strip(" .,;:!?") for form in forms))
    assume(any("*" in form.replace(r"\*", "") for form in forms))
    plain = {"prompt": "?", "is_case_sensitive": is_cased}
    if in_gap:
        gaps = [{"id": "g1", "kind": "text", "right": forms}, {"id": "g2", "kind": "number", "right": ["3"]}]
        content = {**plain, "text": "a {g1} b {g2} c", "gaps": gaps}
    else:
        shares = ["1", "0.5", "0.25"]
        content = {
            **plain,
            "accepted": [{"text": f, "fraction": s} for f, s in zip(forms, shares, strict=False)],
        }
    name = "cloze" if in_gap else "short_text"
    found = found_of(name, TYPES.get(name).validate_content(content), TYPES, ref="q", title="T")
    written = write_file([found], FORMATS["qti3"], TYPES)
    for again in read_file(written.data).questions:  # one that would mark otherwise there stays out
        said = {**take(again, TYPES).content}
        assert said == as_imported(TYPES.get(name).validate_content(content), TYPES.get(name))
    apart = [form for form in forms if "*" not in form.replace(r"\*", "")]
    assert written.count or written.refused[0][1].code == "export.not_the_same", (apart, written.refused)


@SETTINGS
@given(
    names=st.lists(st.sampled_from(["л", "литр", "литра", "литров"]), min_size=1, unique=True),
    mode=st.sampled_from(["shown", "asked"]),
)
def test_other_names_of_a_unit_come_back(names: list[str], mode: str) -> None:
    unit = {"unit": names[0], "units": names[1:], "unit_mode": mode}
    come_back("numeric", {"prompt": "?", "answer": "5.25", "tolerance": "0.05", **unit}, "moodle")


SIDES = st.integers(1, 50).map(str)


@SETTINGS
@given(
    areas=st.lists(st.tuples(SIDES, SIDES, SIDES, SIDES, st.booleans()), min_size=2, max_size=7),
    words=LINES,
    sides=st.tuples(st.integers(7, 90), st.integers(7, 90)),
)
def test_places_of_a_picture_come_back(areas: list[Any], words: str, sides: tuple[int, int]) -> None:
    assume(any(area[-1] for area in areas))
    buffer = io.BytesIO()
    Image.new("RGB", sides).save(buffer, "PNG")
    rows = [
        {
            "id": f"p{n}",
            "text": f"{words} {n}",
            "x": x,
            "y": y,
            "width": width,
            "height": height,
            "is_right": is_right,
        }
        for n, (x, y, width, height, is_right) in enumerate(areas)
    ]
    shown = {"url": "/item-media/1", "alt": words}
    come_back(
        "hotspot",
        {"prompt": words, "picture": shown, "areas": rows},
        "qti3",
        {shown["url"]: buffer.getvalue()},
    )


FORMULAS = st.recursive(
    st.sampled_from(["a", "b", "2", "0.5", "pi"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda row: f"({row[0]}){row[1]}({row[2]})"),
        inner.map(lambda text: f"round(({text})/3, 2)"),
        inner.map(lambda text: f"sqrt(abs({text}))"),
        inner.map(lambda text: f"-({text})^2"),
        st.tuples(inner, inner).map(lambda row: f"max({row[0]}, sin({row[1]}), floor({row[0]}))"),
    ),
    max_leaves=5,
)


@pytest.mark.parametrize("style", ["moodle", "qti3"])
@settings(SETTINGS, max_examples=12)
@given(
    formula=FORMULAS,
    within=st.sampled_from(["0", "0.05"]),
    steps=st.sampled_from(["2..9", "0.5..2.75:0.25", "3; 5; 7,5", "-4..4:2"]),
    is_number=st.booleans(),
    says=st.sampled_from(["", "Half of {b} is {= b/2}."]),
)
def test_questions_with_variables_come_back(
    style: str, formula: str, within: str, steps: str, is_number: bool, says: str
) -> None:
    inner = {"prompt": "With {a} and {b}, {= a + b} & {other} are", "given": "so: {a}", "explanation": says}
    weighted = [{"id": "x", "text": f"{{= {formula}}}", "weight": "1"}, {"id": "y", "text": "9 {c}"}]
    more = {"answer": f"{{= {formula}}}", "tolerance": within} if is_number else {"options": weighted}
    rows = {"a": steps, "n": "1..3", "b": "[n] 4; 6; 11", "c": "= a*b - n"}
    content = {
        "type": "numeric" if is_number else "choice",
        "variables": [{"name": name, "values": values} for name, values in rows.items()],
        "conditions": ["a != 4", "a < b"],
        "content": inner | more,
    }
    come_back("parametric", content, style)


ANSWERS = st.recursive(
    st.sampled_from(["x", "y", "2", "0,5", "π", "3x", "√2"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-/^"), inner).map(lambda row: f"({row[0]}){row[1]}({row[2]})"),
        inner.map(lambda text: f"sin({text})"),
    ),
    max_leaves=6,
)


@settings(SETTINGS, max_examples=25)
@given(
    answers=st.lists(ANSWERS, min_size=1, max_size=3),
    says=st.one_of(st.just(""), LINES),
    is_maxima=st.booleans(),
)
def test_mathematical_answers_come_back(answers: list[str], says: str, is_maxima: bool) -> None:
    rows = [
        {
            "text": text,
            "test": "EqualComAss" if n else "AlgEquiv",
            "fraction": ["1", "0.5", "0"][n],
            "says": says,
        }
        for n, text in enumerate(answers)
    ]
    if len(answers) == 3 and not says:
        rows.pop()  # a test that neither earns nor says anything is no part of a question
    if is_maxima:
        rows = [{**row, "text": "2*x^2-1"} for row in rows]
    content = {
        "prompt": "?",
        "answers": rows,
        "variables": "x y",
        "notation": "maxima" if is_maxima else "school",
    }
    come_back("maths", content, "moodle")


def test_the_tests_of_a_mathematical_question_go_with_it() -> None:
    content = {
        "prompt": "?",
        "variables": "x",
        "answers": [{"text": "(x-2)(x-3)", "test": "FacForm", "option": "x"}],
    }
    tests = (
        ItemTest("(2−x)·(3−x)", MarkStatus.RIGHT),
        ItemTest("x²", MarkStatus.WRONG),
        ItemTest("(x", MarkStatus.INVALID),
        ItemTest(None, MarkStatus.WRONG),
    )
    again = take(come_back("maths", content, "moodle", tests=tests), TYPES)
    assert [(test.status, test.answer) for test in again.tests] == [
        (MarkStatus.RIGHT, "((2+(-x))*(3+(-x)))"),
        (MarkStatus.WRONG, "(x^2)"),
    ]


def test_what_a_format_cannot_say_is_named() -> None:
    both = {"prompt": "?", "answers": [{"text": "(-3; 3)"}]}
    cells = {
        "prompt": "?",
        "mode": "entries",
        "columns": ["a"],
        "rows": [{"id": "1", "text": "r", "right": ["8"]}],
    }
    found = found_of("maths", TYPES.get("maths").validate_content(both), TYPES, ref="q", title="T")
    assert write_file([found], FORMATS["moodle"], TYPES).refused[0][1] == ("export.unsayable", "(a; b)")
    gaps = [{"id": "a", "kind": "text", "right": ["x"]}, {"id": "b", "kind": "text", "right": ["y"]}]
    twice = {"prompt": "?", "text": "{a} {b}", "gaps": gaps}
    found = found_of("cloze", TYPES.get("cloze").validate_content(twice), TYPES, ref="q", title="T")
    assert write_file([found], FORMATS["gift"], TYPES).refused[0][1].code == "export.unsayable"
    with pytest.raises(Refusal, match=r"export\.unsayable"):
        found_of("table", TYPES.get("table").validate_content(cells), TYPES, ref="q", title="T")


def test_words_of_other_systems_become_a_word_bank_only_where_all_gaps_share_them() -> None:
    def read(boxes: str) -> str:
        document = (
            "<quiz><question type='ddwtos'><name><text>T</text></name><questiontext format='html'><text>"
            f"A [[1]] and [[2]].</text></questiontext>{boxes}</question></quiz>"
        )
        (found,) = read_file(document.encode()).questions
        return take(found, TYPES).type

    def box(word: str, group: str = "1", more: str = "") -> str:
        return f"<dragbox><text>{word}</text><group>{group}</group>{more}</dragbox>"

    assert read(box("a") + box("b") + box("c")) == "word_bank"
    assert read(box("a") + box("b", "2") + box("c") + box("d", "2")) == "cloze"
    assert read(box("a") + box("b", more="<infinite/>")) == "cloze"
    assert read(box("a") + box("b") + box("b")) == "cloze"


def test_a_comment_on_a_known_mistake_is_kept() -> None:
    rows = [{"text": "2x"}, {"text": "x", "fraction": "0", "says": "Twice as much."}]
    again = come_back("maths", {"prompt": "?", "answers": rows, "variables": "x"}, "moodle")
    assert take(again, TYPES).content["answers"][1]["says"] == "Twice as much."
    assert Decimal(take(again, TYPES).content["answers"][1]["fraction"]) == 0
