"""What people write becomes safe markup, formulas included."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.core.formulas import (
    MAX_FORMULAS,
    formula,
    formula_problem,
    in_words,
    pieces_of,
    text_lines,
    typeset,
)
from lms.core.markup import markdown

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt&colon;alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "![x](javascript:alert(1))",
    "![x](http://tracker.example/pixel.png)",
    '<a href="x" onclick="alert(1)">x</a>',
    '[x](/a "\\" onmouseover=alert(1) y=\\"")',
    "<iframe src=//evil.example></iframe>",
    "<svg><script>alert(1)</script></svg>",
    "$\\text{<img src=x onerror=alert(1)>}$",
    "$\\href{javascript:alert(1)}{x}$",
    "$x$<math><mtext><script>alert(1)</script></mtext></math>",
    "<style>body{display:none}</style>",
    "`</code><script>alert(1)</script>`",
]
TAG = re.compile(r"<(/?)([a-zA-Z][\w-]*)([^>]*)>")


def dangers(markup: str) -> list[str]:
    """Return the tags and attributes that could do something."""
    found = []
    for _slash, name, attributes in TAG.findall(markup):
        if name in {
            "script",
            "iframe",
            "img",
            "style",
            "svg",
            "object",
            "embed",
            "form",
            "input",
            "mglyph",
            "maction",
        }:
            found.append(name)
        bare = re.sub(r'"[^"]*"', '""', attributes)
        found += re.findall(r"\bon\w+\s*=|\bstyle\s*=", bare)
        found += [
            href
            for href in re.findall(r'href="([^"]*)"', attributes)
            if re.match(r"\s*(java|data|vb)", href, re.I)
        ]
    return found


@pytest.mark.parametrize("text", ATTACKS)
def test_nothing_that_runs_comes_through(text: str) -> None:
    assert dangers(str(markdown(text))) == []


@given(st.text(max_size=200), st.sampled_from(ATTACKS), st.text(max_size=50))
def test_nothing_that_runs_comes_through_anything_around_it(before: str, attack: str, after: str) -> None:
    assert dangers(str(markdown(before + attack + after))) == []


@given(st.text(alphabet="\\{}^_$abc12<>\"'& ", max_size=60))
def test_any_latex_is_shown_or_kept_as_code_and_never_falls(latex: str) -> None:
    shown = str(formula(latex, words=latex))
    assert dangers(shown) == []
    assert ("<code>" in shown) == (formula_problem(latex) is not None)


def test_a_formula_carries_its_words_and_stays_mathml() -> None:
    shown = str(formula(r"Q = cm\Delta t", is_block=True, words="ку равно цэ эм дельта тэ"))
    assert 'alttext="ку равно цэ эм дельта тэ"' in shown
    assert 'display="block"' in shown
    assert "<mi>Q</mi>" in shown


@given(st.text("abcxyz", min_size=1, max_size=9))
def test_what_a_formula_hides_is_said_nowhere(secret: str) -> None:
    for shown in (formula(rf"1+\phantom{{{secret}}}2"), typeset(rf"$1+\phantom{{{secret}}}2$")):
        assert re.findall(r'(?:alttext|aria-label)="([^"]*)"', str(shown)) == ["1 + 2"] * 2
        assert "phantom" not in shown
        assert set(re.findall(r"<m[ion]>([^<]*)</m[ion]>", str(shown))) == {"1", "+", "2"}, (
            "nor does it stand in the page"
        )


def test_a_text_of_ten_thousand_formulas_costs_no_more_than_the_first_ones() -> None:
    text = "".join(f"$x_{{{number}}}$ " for number in range(10_000))
    assert str(typeset(text)).count("<math") == MAX_FORMULAS
    assert "".join(piece if isinstance(piece, str) else piece.source for piece in pieces_of(text)) == text
    assert str(typeset("$" + "x+" * 900 + "x$ ")).count("<math") == 1
    assert str(typeset(("$" + "x+" * 900 + "x$ ") * 50)).count("<math") < 12


def test_formulas_stand_inside_text_and_money_does_not_become_one() -> None:
    assert "<math" in str(markdown("Тогда $Q = cm$."))
    assert "<math" not in str(markdown("Билет стоит 5$ или 10$."))


def test_headings_begin_below_the_pages_own() -> None:
    assert str(markdown("# Тепло")).startswith("<h2>")
    assert str(markdown("# Тепло", top_level=3)).startswith("<h3>")


def test_links_keep_safe_addresses_and_send_no_referrer() -> None:
    shown = str(markdown("[закон](https://example.org/x) и [курс](/courses)"))
    assert 'href="https://example.org/x"' in shown
    assert 'href="/courses"' in shown
    assert "noopener noreferrer" in shown


#: Pieces of which formulas are made, broken off and put together at random.
COMMANDS = r"\left \right \text \color \frac \sqrt \begin \end \over \limits \substack \genfrac \hspace \skew \multicolumn"
PIECES = st.sampled_from([*COMMANDS.split(), *"{}[]()|^_&a1 '%#~я", "{matrix}", "{cases}", r"\\"])


@pytest.mark.parametrize("broken", [r"\left", r"\text", r"\color", r"\text\multicolumn\skew1\Bigl\mathop"])
def test_a_formula_that_breaks_off_is_shown_as_it_was_written(broken: str) -> None:
    assert formula_problem(broken) is not None
    assert str(formula(broken)) == f"<code>{broken}</code>"
    assert formula(broken, is_block=True) in markdown(f"$${broken}$$")


@given(st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=12).map("".join)))
def test_any_text_is_a_formula_or_shown_as_it_was_written(latex: str) -> None:
    for is_block in (False, True):
        shown = str(formula(latex, is_block=is_block))
        assert shown.startswith(("<math", "<code>"))
    assert markdown(f"До ${latex}$ после") is not None


SAID = [
    (r"Найди \(x^2+1=0\)", "Найди x² + 1 = 0"),
    (r"\[ \frac{a+b}{2} \]", "(a + b)/2"),
    (r"$$2\frac{1}{3}$$", "2 1/3"),
    (r"$\sqrt[3]{x}$ и $\sqrt{x+1}$", "³√x и √(x + 1)"),
    (r"$\log_2 8$, $\sin x$, $f(x)=-2x$", "log₂ 8, sin x, f(x) = −2x"),
    (r"$2,5$ и $2{,}5$, но $(1,2)$", "2,5 и 2,5, но (1, 2)"),
    (r"$\begin{cases} x+1, & x>0 \\ 1, & x\le 0\end{cases}$", "{x + 1, x > 0; 1, x ≤ 0"),
    (r"$90^\circ$, $\text{H}_2\text{O}$, $5\,\text{м/с}$", "90°, H₂O, 5 м/с"),
    ("Билет стоит 5$ или 10$, чай $3, а кофе $4", "Билет стоит 5$ или 10$, чай $3, а кофе $4"),
    ("Чай $6, или 5$ кофе", "Чай $6, или 5$ кофе"),
    (r"$\foo{x}$ и \(\frac{\)", r"$\foo{x}$ и \(\frac{\)"),
]


@pytest.mark.parametrize(("text", "said"), SAID)
def test_a_formula_in_plain_text_is_named_in_words(text: str, said: str) -> None:
    assert in_words(text) == said
    shown = str(typeset(text))
    assert dangers(shown) == []
    assert ("<math" in shown) == (said != text)


HOSTILE = [
    r"\text{<script>alert(1)</script>}",
    r"\text{&lt;script&gt;}",
    r"\href{javascript:alert(1)}{x}",
    r"\style{position:fixed}{x}",
    r"\class{a\" onclick=\"alert(1)}{x}",
    r"\newcommand{\a}{\b\b}\newcommand{\b}{\c\c}\newcommand{\c}{xx}\a",
    r"\def\a{\a\a}\a",
    r"\color{red\" onload=\"alert(1)}{x}",
    "<math><mtext><script>alert(1)</script></mtext></math>",
    "<annotation-xml encoding='text/html'><img src=x onerror=alert(1)></annotation-xml>",
    "{" * 10_000 + "}" * 10_000,
    r"\sqrt{" * 300 + "}" * 300,
    r"\begin{array}{*{999999999}{c}}1\end{array}",
    "x" * 1_000_000,
]


@pytest.mark.parametrize("latex", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("marks", ["$ $", r"\( \)", r"\[ \]", "$$ $$"])
def test_no_formula_runs_grows_or_gets_lost(latex: str, marks: str) -> None:
    opening, closing = marks.split()
    for shown in (typeset(opening + latex + closing), markdown(opening + latex + closing)):
        assert dangers(str(shown)) == []
        assert len(shown) < 8 * len(latex) + 2000


@pytest.mark.parametrize(
    "layer", ["x^{%s}", "{%s}^{2}", r"\overset{%s}{x}", r"\frac{1}{%s}", r"\sqrt[%s]{x}", "x_{%s}^{2}"]
)
def test_every_part_of_a_formula_is_said_once(layer: str) -> None:
    latex = "1"
    for _ in range(24):
        latex = layer.replace("%s", latex)
    begun = time.process_time()
    in_words(f"${latex}$")
    assert time.process_time() - begun < 1, "twice a layer would be sixteen million times"


@given(st.text(alphabet="\\()[]{}$^_&x1 \n<>\"'а", max_size=80))
def test_any_plain_text_keeps_its_words(text: str) -> None:
    shown = typeset(text)
    assert dangers(str(shown)) == []
    assert in_words(text) == text or "<math" in shown
    assert sum(len(line) for line in text_lines(text)) <= len(text)
    assert typeset(shown) is shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("> [!ВАЖНО] Не трогай плитку.", '<blockquote class="note">\n<p><strong>Важно.</strong> Не трогай плитку.</p>\n</blockquote>'),
        ("> [!Note]\n> One **thing**.", '<blockquote class="note">\n<p><strong>Note.</strong> One <strong>thing</strong>.</p>\n</blockquote>'),
        ("> [!]\n> Так сказано.", "<blockquote>\n<p>[!]\nТак сказано.</p>\n</blockquote>"),
        ("> Слова", "<blockquote>\n<p>Слова</p>\n</blockquote>"),
        ("[!Важно] слова", "<p>[!Важно] слова</p>"),
        (">", "<blockquote></blockquote>"),
    ],
)  # fmt: skip
def test_a_quotation_that_names_itself_is_a_remark_of_that_name(text: str, shown: str) -> None:
    assert str(markdown(text)).strip() == shown


@given(st.text(max_size=40))
def test_nothing_in_the_name_of_a_remark_acts(name: str) -> None:
    made = str(markdown(f"> [!{name}] слова"))
    assert "<script" not in made and not re.search(r"<[^>]+\son\w+=", made)
    assert not re.search(r'class="(?!note")', made)
