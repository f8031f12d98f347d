"""Formulas in questions: between gaps, with variables, in search, in what a screen reader says, to other systems and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.assessment.formats.text import html_of, prose_of_html, prose_of_markdown, prose_of_plain
from lms.assessment.question_types.gap_texts import fill_gaps, gap_fields, gap_parts
from lms.assessment.rules.reading_order import reading_order
from lms.assessment.rules.search import words_of
from lms.assessment.rules.variants import draw, put_in
from lms.core.formulas import in_words, typeset


@pytest.mark.parametrize(
    ("text", "gaps"),
    [
        (r"Если \(x^{2} = \frac{1}{2}\), то {answer}.", ["answer"]),
        (r"\( {left} + x^{2} = 5 \)", ["left", "2"]),
        ("Цена {a}$ или {b}$", ["a", "b"]),
        (r"$\text{при}$ {a} и $\sqrt[3]{x}$", ["a"]),
    ],
)
def test_the_braces_of_a_formula_are_no_gaps(text: str, gaps: list[str]) -> None:
    assert list(gap_fields(text)) == gaps
    parts = gap_parts(text, lambda name, number: {"gap": name})
    assert [part["gap"] for part in parts if "gap" in part] == gaps
    assert "".join(part.get("text", f"{{{part.get('gap')}}}") for part in parts) == text
    assert fill_gaps(text, lambda name: f"{{{name}}}") == text


def test_a_value_in_a_formula_holds_together() -> None:
    drawn = draw([("a", "12"), ("b", "= 0.5 - 3")], [], 1)
    shown = put_in(r"\(\frac{a}{b}x^{= a*2}\) и {a}", drawn)
    assert shown == r"\(\frac{12}{−2,5}x^{24}\) и 12"
    assert in_words(shown) == "12/(−2,5)x²⁴ и 12"


def test_a_formula_is_found_however_it_was_written() -> None:
    index = set(words_of(r"Решите уравнение \(x^{2} + \frac{7}{y} = 0\)"))
    for asked in ("x^2", "x²", "$x^2$", "7/y", "уравнения"):
        assert set(words_of(asked)) <= index, asked


def test_a_screen_reader_says_formulas_in_texts_labels_and_legends() -> None:
    said = reading_order(
        f"<fieldset><legend>{typeset('Найди $x^2$')}</legend><label><input type='radio'>"
        f"<span>{typeset('$1/2$ да')}</span></label></fieldset>"
    )
    assert [(each.role, each.name) for each in said] == [("group", "Найди x²"), ("radio", "1/2 да")]


FORMULAS = st.sampled_from([r"x^2", r"\frac{1}{2}", r"\text{м/с}", r"\sqrt{2}", r"2,5", r"a<b", r"x&y"])
MARKS = st.sampled_from([("$", "$"), (r"\(", r"\)"), (r"\[", r"\]"), ("$$", "$$")])


@given(st.lists(st.tuples(st.sampled_from(["", "я", "3", "и,", "5$,", "."]), MARKS, FORMULAS), max_size=5))
def test_formulas_leave_and_come_back_as_the_same_formulas(
    made: list[tuple[str, tuple[str, str], str]],
) -> None:
    text = prose_of_plain(
        "".join(f"{before}{' ' * (o == '$')}{o}{latex}{c}" for before, (o, c), latex in made)
    ).text
    again = prose_of_html(html_of(text)).text
    assert str(typeset(again)) == str(typeset(text))
    assert prose_of_html(html_of(again)).text == again


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (r"<p>3\( x+1 \)y и \[ x \]</p>", "3x + 1y и x"),
        ("<p>5<math><mfrac><mn>1</mn><mn>2</mn></mfrac></math></p>", "51/2"),
        ("<math><mtext><script>alert(1)</script></mtext><mi>x</mi></math>", "alert(1)x"),
        (
            (
                "<math><mover><mi>a</mi><mo>→</mo></mover><mo>=</mo><mfenced open='['><mn>1</mn><mn>2</mn></mfenced>"
                "<msqrt><mi>x</mi><mo>+</mo><mn>1</mn></msqrt></math>"
            ),
            "a⃗ = [1, 2)√(x + 1)",
        ),
        (
            (
                "<math><mo>(</mo><mtable><mtr><mtd><mn>1</mn></mtd><mtd><mi>x</mi></mtd></mtr><mtr><mtd><mn>0</mn></mtd>"
                "<mtd><mn>2</mn></mtd></mtr></mtable><mo>)</mo></math>"
            ),
            "(1, x; 0, 2)",
        ),
        (r"<math alttext='\foo'><mi>x</mi></math>", r"$\foo$"),
    ],
)
def test_formulas_of_other_systems_are_shown(source: str, said: str) -> None:
    shown = prose_of_html(source).text
    assert "script" not in str(typeset(shown))
    assert in_words(shown) == said


def test_markdown_of_other_systems_keeps_its_formulas() -> None:
    assert prose_of_markdown(r"Тогда \(x^2\) и $y$").text == "Тогда $x^2$ и $y$"
