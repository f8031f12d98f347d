r"""Turn what people write into safe markup: Markdown with formulas, nothing else.

Formulas stand between dollar signs (``$Q = cm\Delta t$``, on a line of their own ``$$…$$``) and become MathML that
browsers show and screen readers read; the LaTeX source stays as ``alttext``. Whatever HTML comes out is cleaned once more
by an allow-list, so a mistake in a renderer cannot become a hole.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache

import nh3
from latex2mathml.converter import convert
from latex2mathml.exceptions import (
    DenominatorNotFoundError,
    DoubleSubscriptsError,
    DoubleSuperscriptsError,
    ExtraLeftOrMissingRightError,
    InvalidAlignmentError,
    InvalidStyleForGenfracError,
    InvalidWidthError,
    LimitsMustFollowMathOperatorError,
    MissingEndError,
    MissingSuperScriptOrSubscriptError,
    NoAvailableTokensError,
    NumeratorNotFoundError,
)
from markdown_it import MarkdownIt
from markupsafe import Markup
from mdit_py_plugins.dollarmath import dollarmath_plugin

__all__ = ["formula", "formula_problem", "markdown", "plain_text"]

_MATH = {
    "math", "mrow", "mi", "mn", "mo", "ms", "mtext", "mspace", "msup", "msub", "msubsup", "mfrac", "msqrt", "mroot",
    "mover", "munder", "munderover", "mtable", "mtr", "mtd", "mstyle", "mpadded", "mphantom", "mmultiscripts", "semantics",
}  # fmt: skip
_TEXT = {
    "p", "h2", "h3", "h4", "h5", "ul", "ol", "li", "strong", "em", "s", "code", "pre", "blockquote", "table", "thead",
    "tbody", "tr", "th", "td", "hr", "br", "a", "sub", "sup", "span",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "ol": {"start"},
    "th": {"scope"},
    "math": {"xmlns", "display", "alttext"},
    "mo": {
        "stretchy",
        "fence",
        "form",
        "separator",
        "lspace",
        "rspace",
        "largeop",
        "movablelimits",
        "minsize",
        "maxsize",
    },
    "mi": {"mathvariant"},
    "mspace": {"width"},
    "mstyle": {"displaystyle", "scriptlevel"},
    "mfrac": {"linethickness"},
    "mtable": {"columnalign", "rowspacing", "columnspacing"},
    "mtd": {"columnalign"},
    "mover": {"accent"},
    "munder": {"accentunder"},
}
_LATEX_FAULTS = (
    DenominatorNotFoundError,
    DoubleSubscriptsError,
    DoubleSuperscriptsError,
    ExtraLeftOrMissingRightError,
    InvalidAlignmentError,
    InvalidStyleForGenfracError,
    InvalidWidthError,
    LimitsMustFollowMathOperatorError,
    MissingEndError,
    MissingSuperScriptOrSubscriptError,
    NoAvailableTokensError,
    NumeratorNotFoundError,
    # What the converter stumbles over where a formula breaks off or nests what cannot be nested.
    AttributeError,
    IndexError,
    KeyError,
    RecursionError,
    StopIteration,
    TypeError,
    ValueError,
)
MAX_FORMULA = 2000


def _clean(markup: str) -> str:
    return nh3.clean(
        markup,
        tags=_TEXT | _MATH,
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )


def formula(latex: str, *, is_block: bool = False, words: str = "") -> Markup:
    """Return MathML for one LaTeX formula; ``words`` say it aloud (else the source does). Bad LaTeX is shown as code."""
    shown = _converted(latex, "block" if is_block else "inline")
    if not shown.startswith("<"):
        return Markup("<code>{}</code>").format(latex)
    spoken = html.escape(words or latex.strip(), quote=True)
    return Markup(_clean(shown.replace("<math ", f'<math alttext="{spoken}" ', 1)))  # noqa: S704 - cleaned


def formula_problem(latex: str) -> str | None:
    """Return why a LaTeX formula cannot be shown, or None."""
    found = _converted(latex, "inline")
    return None if found.startswith("<") else found


def _converted(latex: str, display: str) -> str:
    """Return MathML, or why there is none: any text is one or the other."""
    if not latex.strip():
        return "empty"
    if len(latex) > MAX_FORMULA:
        return "too long"
    try:
        return convert(latex.strip(), display=display)
    except _LATEX_FAULTS as error:
        return type(error).__name__


def _render_math(content: str, options: dict[str, bool]) -> str:
    return str(formula(content, is_block=options["display_mode"]))


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])
    parser.disable("image")  # pictures come as blocks: with alternative text, from the course's own media
    return parser.use(dollarmath_plugin, allow_digits=False, renderer=_render_math)


def markdown(text: str, *, top_level: int = 2) -> Markup:
    """Return the markup of a Markdown text; its first heading level becomes ``h<top_level>`` (the page owns ``h1``)."""
    parser = _parser()
    tokens = parser.parse(text)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(5, int(token.tag[1]) + top_level - 1)}"
        elif token.type == "th_open":
            token.attrs = {"scope": "col"}
    return Markup(_clean(parser.renderer.render(tokens, parser.options, {})))  # noqa: S704 - cleaned


def plain_text(text: str) -> str:
    """Return a Markdown text without marks, in one line: for summaries and search."""
    spoken = re.sub(r'<math alttext="([^"]*)".*?</math>', r"\1", str(markdown(text)), flags=re.DOTALL)
    stripped = nh3.clean(spoken, tags=set(), attributes={})
    return re.sub(r"\s+", " ", html.unescape(stripped)).strip()
