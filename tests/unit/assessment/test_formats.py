"""Questions of other systems: what is read, what comes back, and what hostile files can do (nothing)."""

from __future__ import annotations

import base64
import io
import re
import string
import time
import zipfile
from decimal import Decimal
from itertools import combinations, product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import lms.assessment.formats as package_of_formats
import lms.assessment.question_types as package_of_types
from lms.assessment.contracts import QUESTION_TYPES, QuestionType
from lms.assessment.formats import read_file, reading
from lms.assessment.formats.mapping import found_of, take
from lms.assessment.formats.text import html_of, prose_of_html
from lms.assessment.formats.values import Found, Reason, Refusal, UnreadableFile
from lms.assessment.formats.words import REASON_TEXTS, UNSAYABLE_TEXTS, reason_words
from lms.assessment.formats.writing import FORMATS, write_file
from lms.assessment.question_types import builtin
from lms.assessment.question_types.words import CONTENT_TEXTS
from lms.core.registry import Registry
from lms.core.xmltree import MAX_BYTES, parse_xml

TYPES: Registry[QuestionType] = Registry(QUESTION_TYPES)
for kind in builtin():
    TYPES.add(kind, "built in")

#: Texts as authors write them; formats fold spaces, and LaTeX delimiters of other systems become ours.
SIGNS = string.ascii_letters + string.digits + "абвгдёжАЯ .,;:!?()[]{}<>&\"'=~#%*+-_/^$№«»—²₂"
LINES = (
    st.text(SIGNS, min_size=1, max_size=40)
    .map(lambda text: " ".join(text.split()))
    .filter(lambda text: text and "$" not in text)
)
WORDS = st.lists(LINES, min_size=2, max_size=6, unique_by=lambda text: text.casefold().replace("ё", "е"))
NUMBERS = st.decimals(-1000, 1000, places=3).map(lambda number: f"{number.normalize():f}")


@st.composite
def contents(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """Draw a type and content that at least one format can say."""
    prompt, texts = draw(LINES), draw(WORDS)
    spoken = st.one_of(st.just(""), LINES)
    stem: dict[str, Any] = {"prompt": prompt, "given": draw(spoken), "explanation": draw(spoken)}
    stem["remarks"] = {worth: draw(spoken) for worth in ("right", "partial", "wrong")}
    name = draw(
        st.sampled_from(
            [
                "choice",
                "multiple_choice",
                "true_false",
                "numeric",
                "short_text",
                "matching",
                "ordering",
                "cloze",
            ]
        )
    )
    options = [
        {"id": f"o{n}", "text": text, "weight": "1" if n == 0 else "0", "feedback": draw(spoken)}
        for n, text in enumerate(texts)
    ]
    if name == "multiple_choice":
        scoring = draw(st.sampled_from(["weights", "all_or_nothing"]))
        return name, {**stem, "options": options, "scoring": scoring}
    if name == "true_false":
        return name, {**stem, "is_true": draw(st.booleans())}
    if name == "numeric":
        tolerance = draw(st.decimals(0, 5, places=2))
        return name, {**stem, "answer": draw(NUMBERS), "tolerance": str(tolerance)}
    if name == "short_text":
        shares = draw(
            st.lists(st.sampled_from(["0.5", "0.25", "1"]), min_size=len(texts), max_size=len(texts))
        )
        accepted = [
            {"text": t, "fraction": "1" if n == 0 else s}
            for n, (t, s) in enumerate(zip(texts, shares, strict=True))
        ]
        return name, {**stem, "accepted": accepted, "is_case_sensitive": draw(st.booleans())}
    if name == "matching":
        left = [{"id": f"l{n}", "text": text} for n, text in enumerate(texts)]
        right = [{"id": f"r{n}", "text": text} for n, text in enumerate(reversed(texts))]
        pairs = {row["id"]: draw(st.sampled_from(right))["id"] for row in left}
        return name, {
            **stem,
            "left": left,
            "right": right,
            "pairs": pairs,
            "shuffle_left": draw(st.booleans()),
        }
    if name == "ordering":
        scoring = draw(st.sampled_from(["exact", "places", "next", "longest_run"]))
        return name, {**stem, "options": options, "scoring": scoring}
    if name == "cloze":
        gap = {"id": "gap", "kind": "choice", "right": [texts[0]], "wrong": texts[1:]}
        typed = {"id": "typed", "kind": "text", "right": [draw(LINES)]}
        return name, {"prompt": prompt, "text": "a {gap} b {typed} c", "gaps": [gap, typed]}
    return name, {**stem, "options": options, "shuffle": draw(st.booleans())}


def checked(name: str, content: dict[str, Any]) -> dict[str, Any] | None:
    try:
        return TYPES.get(name).validate_content(content)
    except ValueError:
        return None


@pytest.mark.parametrize("style", sorted(FORMATS))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drawn=contents(), title=LINES, tags=st.lists(LINES, max_size=2, unique=True))
def test_a_question_comes_back_as_it_was_or_is_refused_by_name(
    style: str, drawn: tuple[str, dict[str, Any]], title: str, tags: list[str]
) -> None:
    content = checked(*drawn)
    if content is None:
        return
    try:
        found = found_of(drawn[0], content, TYPES, ref="q1", title=title, tags=tuple(tags))
    except Refusal:
        return
    written = write_file([found], FORMATS[style], TYPES)
    if written.refused:
        assert written.refused[0][1].code in REASON_TEXTS
        return
    (again,) = read_file(written.data).questions
    assert take(again, TYPES).content == take(found, TYPES).content
    assert (again.title, sorted(again.tags)) == (title, sorted(tags))


@pytest.mark.parametrize(
    ("style", "names"),
    [
        (
            "moodle",
            {
                "choice",
                "multiple_choice",
                "true_false",
                "numeric",
                "short_text",
                "matching",
                "ordering",
                "cloze",
                "word_bank",
                "categorise",
                "table",
                "maths",
                "essay",
                "file_upload",
                "notebook_photo",
                "oral_answer",
                "code",
                "info",
            },
        ),
        ("gift", {"choice", "multiple_choice", "true_false", "numeric", "short_text", "matching"}),
        (
            "qti3",
            {
                "choice",
                "multiple_choice",
                "true_false",
                "numeric",
                "short_text",
                "matching",
                "ordering",
                "cloze",
                "word_bank",
                "categorise",
                "table",
                "essay",
                "file_upload",
                "notebook_photo",
                "oral_answer",
                "info",
            },
        ),
    ],
)
def test_each_format_says_the_types_that_it_has(style: str, names: set[str]) -> None:
    said = set()
    for kind in TYPES:
        for sample in kind.samples():
            content = kind.validate_content(sample.content)
            try:
                found = found_of(kind.name, content, TYPES, ref="q", title=sample.title)
            except Refusal:
                continue
            if write_file([found], FORMATS[style], TYPES).count:
                said.add(kind.name)
    assert names <= said


_OPTIONS = [
    {"id": "a", "text": "2", "weight": "1"},
    {"id": "b", "text": "3", "feedback": "Это *не* {2}: ~ и # тоже."},
    {"id": "c", "text": "4", "feedback": "Слишком много"},
]
_BOTH = {"right": "Так и есть.", "wrong": "Ещё раз: 1 + 1 = ?"}
SPOKEN = {
    "choice": {"options": _OPTIONS},
    "multiple_choice": {"options": _OPTIONS, "scoring": "weights"},
    "true_false": {"is_true": False, "remarks": _BOTH},
    "short_text": {"accepted": ["два", {"text": "пара", "fraction": "0.5"}], "remarks": {**_BOTH, "partial": "Почти"}},
    "numeric": {"answer": "2", "remarks": _BOTH},
}  # fmt: skip


@pytest.mark.parametrize("style", sorted(FORMATS))
@pytest.mark.parametrize("name", SPOKEN)
def test_what_is_said_after_the_check_comes_back_and_is_told_to_such_an_answer(name: str, style: str) -> None:
    kind = TYPES.get(name)
    stem = {"prompt": "1 + 1 = ?", "explanation": "Один и один — два."}
    content = kind.validate_content({**stem, **SPOKEN[name]})
    found = found_of(name, content, TYPES, ref="q", title="Сумма")
    (again,) = read_file(write_file([found], FORMATS[style], TYPES).data).questions
    taken = take(again, TYPES)
    assert taken.content == take(found, TYPES).content
    assert (taken.changes, taken.content["explanation"]) == ((), "Один и один — два.")
    if name == "multiple_choice":
        response = kind.parse(kind.fields_for(taken.content, 1, ["b", "c"]))
        assert [*map(len, kind.mark(taken.content, 1, response).notes)] == [30, 18]
    elif name != "choice":
        answer = kind.correct_answer(taken.content)
        response = kind.parse(kind.fields_for(taken.content, 1, answer))
        assert kind.mark(taken.content, 1, response).notes == ("says:Так и есть.",)
        wrong = kind.parse(kind.fields_for(taken.content, 1, not answer if name == "true_false" else "7"))
        assert kind.mark(taken.content, 1, wrong).notes == ("says:Ещё раз: 1 + 1 = ?",)


@pytest.mark.parametrize("precision", ["figures", "decimals"])
def test_a_number_to_so_many_figures_goes_to_qti_and_comes_back(precision: str) -> None:
    rounded = {"prompt": "2 : 3 = ?", "answer": "0.667", "precision": precision, "digits": 2}
    content = TYPES.get("numeric").validate_content({**rounded, "precision_fraction": "1"})
    found = found_of("numeric", content, TYPES, ref="q", title="Доля")
    (again,) = read_file(write_file([found], FORMATS["qti3"], TYPES).data).questions
    assert take(again, TYPES).content == content


def test_a_whole_bank_in_one_file_keeps_its_order() -> None:
    content = TYPES.get("true_false").validate_content({"prompt": "2 < 3", "is_true": True})
    questions = [found_of("true_false", content, TYPES, ref=f"q{n}", title=f"T{n}") for n in range(20)]
    for style in FORMATS.values():
        again = read_file(write_file(questions, style, TYPES).data).questions
        assert [found.title for found in again] == [f"T{n}" for n in range(20)]


@given(LINES)
def test_a_text_comes_back_from_html(text: str) -> None:
    assert prose_of_html(html_of(text)).text == text


@given(st.text(st.sampled_from("<>/=\"' abpscriptimgonerrorstyle&;!-#x0\n"), max_size=200))
def test_no_markup_survives_in_any_text(source: str) -> None:
    prose = prose_of_html(f"<p>{source}</p><script>alert(1)</script><img src=x onerror=alert(1)>")
    assert "alert" not in prose.text


@given(st.binary(max_size=300))
def test_any_bytes_get_an_answer(data: bytes) -> None:
    read = read_file(data)
    assert read.questions or read.reason


@settings(deadline=None)
@given(st.text(st.sampled_from("{}=~#%->:\\\n /[]Tt1.a "), max_size=120))
def test_any_gift_is_read_or_refused_with_its_place(text: str) -> None:
    for found in read_file(text.encode()).questions:
        assert found.place.startswith("line ")
        assert (found.body is None) == (found.reason is not None)


@settings(deadline=None, max_examples=60)
@given(cut=st.integers(0, 2000), style=st.sampled_from(["moodle", "qti3"]))
def test_a_truncated_file_is_refused_with_a_reason(cut: int, style: str) -> None:
    content = TYPES.get("true_false").validate_content({"prompt": "2 < 3", "is_true": True})
    data = write_file(
        [found_of("true_false", content, TYPES, ref="q", title="T")], FORMATS[style], TYPES
    ).data
    read = read_file(data[: cut % len(data)])
    assert read.reason is not None or read.questions


BOMB = b"""<?xml version="1.0"?><!DOCTYPE quiz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<quiz><question type="truefalse"><name><text>&b;</text></name></question></quiz>"""
FETCH = b"""<!DOCTYPE quiz [<!ENTITY x SYSTEM "file:///etc/passwd">]><quiz>&x;</quiz>"""
REMOTE = b"""<!DOCTYPE quiz SYSTEM "http://example.invalid/quiz.dtd"><quiz><question type="x">&x;</question></quiz>"""


@pytest.mark.parametrize(
    ("data", "code"), [(BOMB, "file.entities"), (FETCH, "file.entities"), (REMOTE, "file.malformed")]
)
def test_entities_are_neither_expanded_nor_fetched(data: bytes, code: str) -> None:
    read = read_file(data)
    assert (read.questions, read.reason and read.reason.code) == ((), code) or all(
        "passwd" not in str(found) for found in read.questions
    )


def test_a_billion_elements_end_early() -> None:
    assert read_file(b"<quiz>" + b"<a>" * 100_000).reason == ("file.too_complex", "")
    assert read_file(b"<quiz>" + b"<a/>" * 600_000 + b"</quiz>").reason == ("file.too_complex", "")


@pytest.mark.parametrize("count", [1_001, 900_000])
def test_attributes_are_counted_like_elements(count: int) -> None:
    one = "<quiz><question " + " ".join(f"a{n}=''" for n in range(count)) + "/></quiz>"
    assert read_file(one.encode()).reason == ("file.too_complex", "")
    many = "<quiz>" + ("<a " + " ".join(f"a{n}=''" for n in range(500)) + "/>") * 1_001 + "</quiz>"
    assert read_file(many.encode()).reason == ("file.too_complex", "")


def declaring(declared: str, inside: str) -> bytes:
    return f"<!DOCTYPE quiz [<!ATTLIST x {declared}>]><quiz><question>{inside}</question></quiz>".encode()


def test_declared_attributes_are_words_and_few() -> None:
    long, many = f"a CDATA '{'A' * 1_000_000}'", " ".join(f"a{n} CDATA ''" for n in range(50_000))
    assert read_file(declaring(long, "<x/>" * 4000)).reason == ("file.entities", "")
    before = time.process_time()
    assert read_file(declaring(many, "<x/>")).reason == ("file.entities", "")
    assert time.process_time() - before < 2
    assert parse_xml(declaring("a (Yes|No) 'No'", "<x/>")).every("x")[0].attrs == {"a": "No"}


def test_the_letters_of_attributes_are_counted() -> None:
    words = " ".join(f"a{n} CDATA '{'A' * 100}'" for n in range(100))
    with pytest.raises(UnreadableFile, match="too_complex"):
        parse_xml(declaring(words, "<x/>" * 4000))


def test_a_tag_without_an_end_is_given_up_before_it_is_whole() -> None:
    assert read_file(b"<quiz a='" + b"x" * 6_000_000 + b"'/>").reason == ("file.too_complex", "")
    assert read_file(b"<item>" + b" " * 17 * 1024 * 1024 + b"</item>").reason == ("file.too_large", "")
    assert read_file(b'<quiz a="' + b"a" * 17 * 1024 * 1024).reason == ("file.too_complex", "")


@given(st.integers(0, 3), st.integers(-70, 70))
def test_where_the_pieces_of_a_file_meet_is_not_seen(pieces: int, more: int) -> None:
    text = "я" * (pieces * 32 * 1024 + more) + "<b k='v'>&lt;</b>\n<c/>" if pieces or more > 0 else "<b/>"
    root = parse_xml(f"<a>{text}</a>".encode())
    assert "".join(root.text().split()) == re.sub(r"<[^>]*>|\s", "", text).replace("&lt;", "<")


def test_a_text_with_a_nul_is_refused_in_any_encoding() -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1251"):
        read = read_file("::t:: one\0two {=a ~b}".encode(encoding))
        assert (read.questions, read.reason) == ((), ("file.unknown_format", ""))


def package(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/"), data)
    return buffer.getvalue()


def test_a_package_that_unpacks_to_gigabytes_is_not_opened() -> None:
    assert read_file(package(**{"a.xml": b"\0" * (20 * 1024 * 1024)})).reason.code == "package.bomb"  # type: ignore[union-attr]


def test_a_package_that_declares_a_gigabyte_is_not_believed() -> None:
    data = bytearray(package(**{"a.xml": b"<quiz/>"}))
    place = data.rindex(b"PK\x01\x02")
    data[place + 24 : place + 28] = (1024**3).to_bytes(4, "little")
    read = read_file(bytes(data))
    assert read.reason is not None
    assert read.reason.code.startswith("package.")


@pytest.mark.parametrize(
    "name", ["../evil.xml", "/etc/evil.xml", "C:evil.xml", "a/../../evil.xml", "..\\evil.xml"]
)
def test_no_path_leads_out_of_a_package(name: str) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, b"<quiz/>")
    assert read_file(buffer.getvalue()).reason.code == "package.path"  # type: ignore[union-attr]


def test_a_package_in_a_package_is_not_opened() -> None:
    inner = package(**{"a.xml": b"<quiz><question type='x'/></quiz>"})
    assert read_file(package(**{"inner.zip": inner})).reason == ("file.no_questions", "")


def test_a_broken_file_of_a_package_costs_none_of_the_others() -> None:
    good = write_file(
        [
            found_of(
                "true_false",
                TYPES.get("true_false").validate_content({"prompt": "2 < 3", "is_true": True}),
                TYPES,
                ref="q",
                title="T",
            )
        ],
        FORMATS["moodle"],
        TYPES,
    ).data
    found = read_file(package(**{"a.xml": b"<quiz><question>", "b.xml": good})).questions
    assert [question.reason and question.reason.code for question in found] == ["file.malformed", None]
    assert found[0].place == "a.xml: line 1"


def qti_pictures(*names: str) -> bytes:
    shown = "".join(f'<img src="{name}" alt="x"/>' for name in names)
    return (
        "<assessmentItem identifier='i' title='t'><responseDeclaration identifier='RESPONSE' cardinality='single' "
        "baseType='identifier'><correctResponse><value>A</value></correctResponse></responseDeclaration>"
        f"<itemBody><p>?{shown}</p><choiceInteraction responseIdentifier='RESPONSE' maxChoices='1'>"
        "<simpleChoice identifier='A'>a</simpleChoice><simpleChoice identifier='B'>b</simpleChoice>"
        "</choiceInteraction></itemBody><responseProcessing template='match_correct'/></assessmentItem>"
    ).encode()


def pictures_of(found: Found) -> list[bytes | None]:
    return [picture.data for picture in found.prompt.pictures]


def test_a_picture_is_unpacked_once_however_many_questions_show_it() -> None:
    files = {f"i{n}.xml": qti_pictures("p.png", "p.png") for n in range(20)}
    questions = read_file(package(**files, **{"p.png": b"picture"})).questions
    shown = [data for found in questions for data in pictures_of(found)]
    assert shown == [b"picture"] * 40
    assert len({id(data) for data in shown}) == 1
    moodle = (
        "<quiz><question type='essay'><name><text>n</text></name><questiontext format='html'><text><![CDATA["
        + "<p><img src='@@PLUGINFILE@@/p.png' alt='x'></p>" * 20
        + "]]></text><file name='p.png' encoding='base64'>cGljdHVyZQ==</file></questiontext></question></quiz>"
    )
    (found,) = read_file(moodle.encode()).questions
    assert pictures_of(found) == [b"picture"] * 20
    assert len({id(data) for data in pictures_of(found)}) == 1


def test_a_package_unpacks_no_more_pictures_than_its_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lms.assessment.formats.reading.MAX_PICTURES", 25)
    files = {f"i{n}.xml": qti_pictures(f"p{n % 3}.png") for n in range(6)}
    pictures = {f"p{n}.png": b"0123456789" for n in range(3)}
    questions = read_file(package(**files, **pictures)).questions
    refused = ("package.too_large", "")
    assert [found.reason for found in questions] == [None, None, refused, None, None, refused]


def refusal_of(found: Found) -> str:
    try:
        take(found, TYPES)
    except Refusal as refusal:
        return refusal.reason.code
    return ""


def test_ten_thousand_options_are_refused_in_words() -> None:
    gift = "Which?{=a " + " ".join(f"~b{n}" for n in range(10_000)) + "}"
    (found,) = read_file(gift.encode()).questions
    assert refusal_of(found) == "question.too_many_options"
    rows = "".join(f"<simpleChoice identifier='c{n}'>{n}</simpleChoice>" for n in range(10_000))
    item = (
        "<assessmentItem identifier='i' title='t'><responseDeclaration identifier='RESPONSE' cardinality='multiple' "
        "baseType='identifier'><correctResponse><value>c1</value></correctResponse></responseDeclaration>"
        "<outcomeDeclaration identifier='SCORE' cardinality='single' baseType='float'/><itemBody><p>?</p>"
        f"<choiceInteraction responseIdentifier='RESPONSE' maxChoices='0'>{rows}</choiceInteraction></itemBody>"
        "<responseProcessing template='match_correct'/></assessmentItem>"
    )
    (found,) = read_file(item.encode()).questions
    assert refusal_of(found) == "question.too_many_options"


def qti_choice(processing: str, *, cardinality: str = "single", mapping: str = "") -> Found:
    rows = "".join(f"<simpleChoice identifier='{name}'>{name}</simpleChoice>" for name in "ABC")
    item = (
        f"<assessmentItem identifier='i' title='t'><responseDeclaration identifier='RESPONSE' cardinality='{cardinality}' "
        f"baseType='identifier'><correctResponse><value>A</value></correctResponse>{mapping}</responseDeclaration>"
        "<outcomeDeclaration identifier='SCORE' cardinality='single' baseType='float'/><itemBody><p>?</p>"
        f"<choiceInteraction responseIdentifier='RESPONSE' maxChoices='0'>{rows}</choiceInteraction></itemBody>"
        f"<responseProcessing>{processing}</responseProcessing></assessmentItem>"
    )
    (found,) = read_file(item.encode()).questions
    return found


def test_shares_are_read_off_the_rules_of_an_item() -> None:
    rules = """<responseCondition>
      <responseIf><match><variable identifier='RESPONSE'/><baseValue baseType='identifier'>B</baseValue></match>
        <setOutcomeValue identifier='SCORE'><baseValue baseType='float'>4</baseValue></setOutcomeValue></responseIf>
      <responseElseIf><match><variable identifier='RESPONSE'/><baseValue baseType='identifier'>C</baseValue></match>
        <setOutcomeValue identifier='SCORE'><baseValue baseType='float'>1</baseValue></setOutcomeValue></responseElseIf>
    </responseCondition>"""
    found = qti_choice(rules)
    content = take(found, TYPES).content
    assert [Decimal(option["weight"]) for option in content["options"]] == [0, 1, Decimal("0.25")]


def test_an_item_that_would_be_marked_otherwise_is_refused() -> None:
    """Two points for A with B, one for any single one, none for three: no weights say that."""
    member = (
        "<member><baseValue baseType='identifier'>{0}</baseValue><variable identifier='RESPONSE'/></member>"
    )
    both = f"<and>{member.format('A')}{member.format('B')}<not>{member.format('C')}</not></and>"
    rules = f"""<responseCondition><responseIf>{both}
        <setOutcomeValue identifier='SCORE'><baseValue baseType='float'>5</baseValue></setOutcomeValue></responseIf>
      <responseElseIf>{member.format("C")}
        <setOutcomeValue identifier='SCORE'><baseValue baseType='float'>1</baseValue></setOutcomeValue></responseElseIf>
    </responseCondition>"""
    assert refusal_of(qti_choice(rules, cardinality="multiple")) == "qti.scoring"


@pytest.mark.parametrize(
    "rule",
    [
        "<randomInteger min='1' max='2'/>",
        "<customOperator class='x'/>",
        "<patternMatch pattern='(a+)+b'><variable identifier='RESPONSE'/></patternMatch>",
        "<repeat numberRepeats='999999999'><baseValue baseType='float'>1</baseValue></repeat>",
        "<power><baseValue baseType='float'>9</baseValue><baseValue baseType='float'>9e299</baseValue></power>",
    ],
)
def test_rules_that_are_random_unknown_or_endless_refuse_the_item(rule: str) -> None:
    found = qti_choice(f"<setOutcomeValue identifier='SCORE'>{rule}</setOutcomeValue>")
    assert refusal_of(found) in REASON_TEXTS


def test_every_reason_that_the_readers_give_has_words() -> None:
    sources = "\n".join(path.read_text() for path in Path(package_of_formats.__file__).parent.glob("*.py"))
    given_codes = set(re.findall(r'(?:Refusal|Reason|UnreadableFile)\(\s*"([a-z_.]+)"', sources))
    assert given_codes <= set(REASON_TEXTS)


def test_no_code_stands_in_what_people_read_of_a_file() -> None:
    of_types = "\n".join(path.read_text() for path in Path(package_of_types.__file__).parent.glob("*.py"))
    assert set(re.findall(r'"(content\.[a-z_]+)"', of_types)) <= set(CONTENT_TEXTS)
    codes = [*REASON_TEXTS, *CONTENT_TEXTS, "content.of_a_plug_in"]
    details = ["", "answers.0.text: content.no_right_option", "kind.unknown", "ValueError", "15000"]
    for code, detail in [*product(codes, details), *product(["export.unsayable"], UNSAYABLE_TEXTS)]:
        said = reason_words(Reason(code, detail))
        assert said[0].isupper() and said.endswith("."), said
        assert not re.search(r"[a-z]+\.[a-z_]+|Error\b|15000", said), said
    assert "No answer earns all points" in reason_words(Reason("content", "options: content.no_right_option"))
    assert reason_words(Reason("qti.rule_unknown", "repeat")).endswith("In the file: repeat.")


def stack(
    variables: str, answer: str, nodes: str, *, text: str = "Differentiate {@p@}: [[input:ans1]]"
) -> Found:
    document = f"""<quiz><question type="stack"><name><text>S</text></name>
      <questiontext format="html"><text><![CDATA[<p>{text}</p>]]></text></questiontext>
      <questionvariables><text>{variables}</text></questionvariables><questionsimplify>1</questionsimplify>
      <input><name>ans1</name><type>algebraic</type><tans>{answer}</tans></input>
      <prt><name>P</name><value>1</value><autosimplify>1</autosimplify>
        <feedbackvariables><text></text></feedbackvariables>{nodes}</prt>
      <qtest><testcase>1</testcase><testinput><name>ans1</name><value>{answer}</value></testinput>
        <expected><name>P</name><expectedscore>1</expectedscore></expected></qtest></question></quiz>"""
    (found,) = read_file(document.encode()).questions
    return found


def stack_node(name: str, test: str, answer: str, score: str, after: str = "-1", sans: str = "ans1") -> str:
    return f"""<node><name>{name}</name><answertest>{test}</answertest><sans>{sans}</sans><tans>{answer}</tans>
      <testoptions>x</testoptions><truescoremode>=</truescoremode><truescore>{score}</truescore>
      <truenextnode>-1</truenextnode><falsescoremode>=</falsescoremode><falsescore>0</falsescore>
      <falsenextnode>{after}</falsenextnode></node>"""


def test_a_stack_question_is_taken_over_in_one_variant_with_its_tests() -> None:
    nodes = stack_node("0", "Diff", "diff(p,x)", "1", "1") + stack_node("1", "AlgEquiv", "-diff(p,x)", "0.5")
    found = stack("n:rand(5)+2; p:n*x^3;", "diff(p,x)", nodes)
    taken = take(found, TYPES)
    rules = [(rule["test"], Decimal(rule["fraction"])) for rule in taken.content["answers"]]
    assert (taken.type, rules) == ("maths", [("Diff", 1), ("AlgEquiv", Decimal("0.5"))])
    assert "x^{3}" in found.prompt.text
    assert "{@" not in found.prompt.text
    assert len(taken.tests) == 1
    assert "changed.one_variant" in [change.code for change in taken.changes]


def test_tests_at_the_end_that_earn_nothing_are_left_out() -> None:
    nodes = stack_node("0", "Diff", "2*x", "1", "1") + stack_node(
        "1", "AlgEquiv", "0", "0", sans="diff(ans1,x)"
    )
    assert len(take(stack("p:x^2;", "2*x", nodes), TYPES).content["answers"]) == 1


def test_values_are_written_as_maxima_leaves_them() -> None:
    """A factor stays before its bracket, and an integral brings the bars of its logarithm."""
    factored = stack("p:factor(2*x+6);", "p", stack_node("0", "FacForm", "p", "1"))
    assert [rule["text"] for rule in take(factored, TYPES).content["answers"]] == ["(2*(x+3))"]
    integral = stack("p:int(1/x,x);", "p+c", stack_node("0", "Int", "p", "1"))
    (rule,) = take(integral, TYPES).content["answers"]
    assert "abs(x)" in rule["text"]


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ("p:solve(x^2=1,x);", "stack.command"),
        ('p:system("rm");', "stack.command"),
        ("p:9^9^9^9;", ""),
        ("p:(x+1)^100000; p:expand(p);", "stack."),
        ("p:((((x;", "stack.unreadable"),
    ],
)
def test_what_a_stack_question_computes_is_bounded(variables: str, code: str) -> None:
    found = stack(variables, "p", stack_node("0", "AlgEquiv", "p", "1"))
    assert found.reason is not None
    assert found.reason.code.startswith(code or "stack.")


def test_a_tree_that_branches_is_refused_by_name() -> None:
    node = stack_node("0", "AlgEquiv", "p", "0").replace("<truenextnode>-1", "<truenextnode>1")
    found = stack("p:x;", "p", node + stack_node("1", "GT", "1", "1"))
    assert found.reason == ("stack.tree_branches", "AlgEquiv")


def test_several_right_numbers_keep_each_its_own_distance() -> None:
    (found,) = read_file(b"How much? {#=3:0 =5:1}").questions
    taken = take(found, TYPES)
    cloze = TYPES.get("cloze")
    shares = {
        typed: cloze.mark(taken.content, 1, {"gap_1": typed}).fraction for typed in ("3", "3.5", "5.5", "6.5")
    }
    assert (taken.type, shares) == ("cloze", {"3": 1, "3.5": 0, "5.5": 1, "6.5": 0})
    assert write_file([found], FORMATS["moodle"], TYPES).count == 1


@pytest.mark.parametrize(
    "piece", ["<math>", "\\(", "\\[", "<a ", "<script>", "&#", "<!--", "<p><b>", "{1:SA:", "$"]
)
def test_no_text_takes_longer_than_its_length(piece: str) -> None:
    """Each of these once made a pattern look at the rest of the text for every piece: quadratic in the length."""
    for moodle in ("truefalse", "cloze"):
        document = f"""<quiz><question type="{moodle}"><name><text>n</text></name><questiontext format="html"><text>
          <![CDATA[{piece * 9_000}]]></text></questiontext></question></quiz>"""
        assert len(read_file(document.encode()).questions) == 1
    assert read_file(f"::t::{piece * 9_000}{{T}}".encode()).questions


def test_rules_that_would_run_for_hours_refuse_the_item() -> None:
    inner = "<sum>" + "<baseValue baseType='float'>1</baseValue>" * 20_000 + "</sum>"
    many = f"<setOutcomeValue identifier='SCORE'>{inner}</setOutcomeValue>" * 10
    assert refusal_of(qti_choice(many, cardinality="multiple")) in {"qti.too_long", "qti.scoring"}


def quiz_with_pictures(count: int, picture: bytes) -> bytes:
    data = base64.b64encode(picture).decode()
    return (
        "<quiz>"
        + "".join(
            f'<question type="truefalse"><name><text>N{n}</text></name><questiontext format="html">'
            f'<text><![CDATA[<p>Text {n} <img src="@@PLUGINFILE@@/a.png" alt="a"></p>]]></text>'
            f'<file name="a.png" encoding="base64">{data}</file></questiontext>'
            '<answer fraction="100"><text>true</text></answer><answer fraction="0"><text>false</text></answer>'
            "<hint><text>Think again</text></hint></question>\n"
            for n in range(count)
        )
        + "</quiz>"
    ).encode()


def test_a_large_quiz_is_read_question_by_question() -> None:
    data = quiz_with_pictures(26, bytes(500_000))
    assert len(data) > MAX_BYTES
    read = read_file(data)
    assert [found.ref for found in read.questions] == [f"N{n}" for n in range(26)]
    assert [found.place for found in read.questions[:2]] == ["line 1", "line 2"]
    assert len(pictures_of(read.questions[25])[0] or b"") == 500_000


@settings(deadline=None, max_examples=40)
@given(cut=st.integers(0, 2000), count=st.integers(0, 3))
def test_a_large_quiz_is_read_as_a_small_one_is(cut: int, count: int) -> None:
    data = quiz_with_pictures(count, b"abc")[: cut or None]
    whole = read_file(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "MAX_BYTES", 0)
        streamed = read_file(data)
    assert (streamed.questions, streamed.reason and streamed.reason.code) == (
        whole.questions,
        whole.reason and whole.reason.code,
    )


def test_a_large_file_of_another_kind_says_what_to_do() -> None:
    read = read_file(b"<assessmentItem>" + b" " * MAX_BYTES + b"</assessmentItem>")
    assert read.reason is not None
    assert read.reason.code == "file.too_large"
    assert read.place == "line 1"


def test_hints_come_with_a_question_and_go_with_it() -> None:
    (found,) = read_file(quiz_with_pictures(1, b"abc")).questions
    assert found.hints == ("Think again",)
    assert "changed.feedback" not in [change.code for change in found.changes]
    content = {**TYPES.get("true_false").samples()[0].content, "hints": ["Look at the sign", "Try x = 0"]}
    question = found_of("true_false", content, TYPES, ref="1", title="T")
    again = read_file(write_file([question], FORMATS["moodle"], TYPES).data).questions[0]
    assert take(again, TYPES).content["hints"] == content["hints"]
    assert write_file([question], FORMATS["gift"], TYPES).refused[0][1].code == "export.not_the_same"


def test_comments_of_a_stack_tree_stand_beside_its_rules() -> None:
    said = stack_node("0", "AlgEquiv", "p", "1").replace(
        "</node>", "<truefeedback><text>&lt;b&gt;Well&lt;/b&gt; done</text></truefeedback></node>"
    )
    taken = take(stack("p:x^2;", "p", said), TYPES)
    assert [rule["says"] for rule in taken.content["answers"]] == ["Well done"]
    assert "changed.feedback" not in [change.code for change in taken.changes]
    computed = said.replace("done", "{@p@}")
    assert "changed.feedback" in [
        change.code for change in take(stack("p:x^2;", "p", computed), TYPES).changes
    ]


@pytest.mark.parametrize(
    ("cardinality", "type_name"), [("single", "choice"), ("multiple", "multiple_choice")]
)
def test_a_choice_without_a_key_is_a_draft_that_nobody_can_approve_unseen(
    cardinality: str, type_name: str
) -> None:
    keyed = qti_pictures().decode().replace("cardinality='single'", f"cardinality='{cardinality}'")
    bare = re.sub("<correctResponse>.*?</correctResponse>", "", keyed)
    (found,) = read_file(package(**{"i.xml": bare.encode()})).questions
    taken = take(found, TYPES)
    assert (taken.type, taken.tests) == (type_name, ())  # without a test no question becomes ready
    assert [change.code for change in taken.changes] == ["changed.no_key"]
    (whole,) = read_file(package(**{"i.xml": keyed.encode()})).questions
    assert take(whole, TYPES).tests


def test_a_question_of_moodle_in_a_package_has_the_file_in_its_place() -> None:
    quiz = b"<quiz>\n<question type='truefalse'><questiontext><text>Yes?</text></questiontext></question>\n</quiz>"
    assert [found.place for found in read_file(package(**{"quiz.xml": quiz})).questions] == ["quiz.xml:2"]
    assert [found.place for found in read_file(quiz).questions] == ["line 2"]


def test_a_formula_that_cannot_be_read_is_told_on_import() -> None:
    quiz = (
        "<quiz><question type='truefalse'><questiontext><text>{}</text></questiontext>"
        "<answer fraction='100'><text>true</text></answer><answer fraction='0'><text>false</text></answer></question></quiz>"
    )
    for text, codes in ((r"\(\frac{1}{x\)", {"changed.formula_unreadable"}), (r"\(\frac{1}{x}\)", set())):
        found = read_file(quiz.format(text).encode()).questions[0]
        assert {change.code for change in take(found, TYPES).changes} == codes


@given(st.lists(st.integers(-3, 6), min_size=2, max_size=6), st.integers(1, 12))
def test_options_may_add_up_to_more_than_everything_as_their_mapping_has_it(
    points: list[int], bound: int
) -> None:
    """What a bounded mapping pays for each set of options, the question taken over pays."""
    assume(sum(point for point in points if point > 0) >= bound)
    rows = "".join(
        f'<qti-map-entry map-key="o{n}" mapped-value="{point}"/>' for n, point in enumerate(points)
    )
    offered = "".join(
        f'<qti-simple-choice identifier="o{n}">o{n}</qti-simple-choice>' for n, _ in enumerate(points)
    )
    item = (
        '<qti-assessment-item xmlns="http://www.imsglobal.org/xsd/imsqtiasi_v3p0" identifier="q" title="q">'
        '<qti-response-declaration identifier="RESPONSE" cardinality="multiple" base-type="identifier">'
        f'<qti-mapping lower-bound="0" upper-bound="{bound}" default-value="0">{rows}</qti-mapping>'
        '</qti-response-declaration><qti-outcome-declaration identifier="SCORE" cardinality="single" base-type="float"/>'
        '<qti-item-body><qti-choice-interaction response-identifier="RESPONSE" max-choices="0"><qti-prompt>Что?</qti-prompt>'
        f"{offered}</qti-choice-interaction></qti-item-body><qti-response-processing "
        'template="https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/map_response.xml"/></qti-assessment-item>'
    )
    (found,) = read_file(item.encode()).questions
    if found.body is None:
        assert found.reason == Reason("qti.scoring")
        return
    taken = take(found, TYPES)
    for chosen in (
        chosen for size in range(len(points) + 1) for chosen in combinations(range(len(points)), size)
    ):
        earned = max(0, min(bound, sum(points[n] for n in chosen)))
        answer = [taken.content["options"][n]["id"] for n in chosen]
        kind = TYPES.get("multiple_choice")
        got = kind.mark(taken.content, 1, kind.parse(kind.fields_for(taken.content, 1, answer)))
        assert float(got.fraction or 0) == pytest.approx(earned / bound, abs=1e-3)


SHORT = "<quiz><question type='{}'><name><text>t</text></name><questiontext><text>?</text></questiontext>{}</question></quiz>"


def answers_of(*rows: tuple[str, int], tolerance: str = "") -> str:
    within = f"<tolerance>{tolerance}</tolerance>" if tolerance else ""
    return "".join(f"<answer fraction='{share}'><text>{text}</text>{within}</answer>" for text, share in rows)


@pytest.mark.parametrize(
    ("source", "codes"),
    [
        (
            SHORT.format("shortanswer", answers_of(("not Paris", 0), ("*Paris*", 100))),
            {"changed.first_answer"},
        ),
        (SHORT.format("shortanswer", answers_of(("*a*", 50), ("cat", 100))), {"changed.first_answer"}),
        (
            SHORT.format("shortanswer", answers_of(("dog", 0), ("cat", 100), ("*", 50))),
            {"changed.first_answer"},
        ),
        (SHORT.format("shortanswer", answers_of(("dog", 0), ("cat", 100), ("c*", 50))), set()),
        (SHORT.format("shortanswer", answers_of(("cat", 100), ("c*", 50), ("*", 0))), set()),
        (
            SHORT.format("numerical", answers_of(("13", 0), ("12", 100), tolerance="2")),
            {"changed.first_answer"},
        ),
        (SHORT.format("numerical", answers_of(("20", 0), ("12", 100), tolerance="2")), set()),
        (SHORT.format("numerical", answers_of(("12", 100), ("*", 50))), {"changed.any_other_answer"}),
        ("?{=%0%not Paris =*Paris*}", {"changed.first_answer"}),
        ("?{#=%0%13:0 =12:2}", {"changed.first_answer"}),
        ("?{#=12:0 =%50%*}", {"changed.any_other_answer"}),
        (
            SHORT.format("cloze", "").replace("?<", "A {1:SHORTANSWER:%0%nota~=*a*}<"),
            {"changed.first_answer"},
        ),
        (SHORT.format("cloze", "").replace("?<", "A {1:NUMERICAL:%0%3:0~=4:2}<"), {"changed.first_answer"}),
    ],
)
def test_an_answer_that_hides_a_better_one_is_reported(source: str, codes: set[str]) -> None:
    (found,) = read_file(source.encode()).questions
    assert {change.code for change in take(found, TYPES).changes} == codes


TYPED_RULE = (
    "<assessmentItem identifier='i' title='t'><responseDeclaration identifier='V' cardinality='single' baseType='{base}'>"
    "<correctResponse><value>{key}</value></correctResponse></responseDeclaration><outcomeDeclaration identifier='SCORE' "
    "cardinality='single' baseType='float'/><itemBody><p>? <textEntryInteraction responseIdentifier='V'/></p></itemBody>"
    "<responseProcessing><responseCondition><responseIf>{rule}<setOutcomeValue identifier='SCORE'><baseValue baseType='float'>1"
    "</baseValue></setOutcomeValue></responseIf></responseCondition></responseProcessing></assessmentItem>"
)
V = "<variable identifier='V'/>"


def valued(base: str, text: str) -> str:
    return f"<baseValue baseType='{base}'>{text}</baseValue>"


@pytest.mark.parametrize(
    ("base", "key", "rule", "outcome"),
    [
        ("string", "cat", f"<stringMatch substring='true'>{V}{valued('string', 'cat')}</stringMatch>", "*cat*"),
        ("string", "cat", f"<patternMatch pattern='[Cc]at.*'>{V}</patternMatch>", "qti.pattern_forms"),
        ("string", "cat", f"<patternMatch pattern='[cC][aA].*[tT]'>{V}</patternMatch>", "ca*t"),
        ("string", "cat", f"<patternMatch pattern='cat.*'>{V}</patternMatch>", "cat*"),
        ("string", "cat", f"<patternMatch pattern='ca+t'>{V}</patternMatch>", "qti.pattern_forms"),
        ("string", "cat", f"<not><stringMatch>{V}{valued('string', 'dog')}</stringMatch></not>", "qti.open_answer"),
        ("integer", "10", f"<match><integerModulus>{V}{valued('integer', '5')}</integerModulus>{valued('integer', '0')}</match>",
         "qti.answer_computed"),
        ("integer", "5", f"<equal><product>{V}{V}</product>{valued('integer', '25')}</equal>", "qti.answer_computed"),
        ("string", "cat", f"<and><not><isNull>{V}</isNull></not><stringMatch>{V}{valued('string', 'cat')}</stringMatch></and>",
         "cat"),
    ],
)  # fmt: skip
def test_what_a_rule_lets_through_is_taken_over_or_refused(
    base: str, key: str, rule: str, outcome: str
) -> None:
    (found,) = read_file(TYPED_RULE.format(base=base, key=key, rule=rule).encode()).questions
    if found.reason is not None:
        assert found.reason.code == outcome
    else:
        assert [row["text"] for row in take(found, TYPES).content["accepted"]] == [outcome]
