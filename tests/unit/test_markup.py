"""What people write becomes safe markup, formulas included."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.core.markup import formula, formula_problem, markdown, plain_text

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


def test_plain_text_reads_as_one_line() -> None:
    assert plain_text("# Тепло\n\nЭто **важно**: $x^2$.") == "Тепло Это важно: x^2."


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
