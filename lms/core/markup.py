r"""Turn what people write into safe markup: Markdown with formulas, nothing else.

Formulas stand between dollar signs (``$Q = cm\Delta t$``, on a line of their own ``$$…$$``) or ``\(…\)`` and ``\[…\]``, and
become MathML that browsers show and screen readers read (`lms.core.formulas`). Whatever HTML comes out is cleaned once more by an
allow-list, so a mistake in a renderer cannot become a hole. A quotation that begins with ``[!Important]`` is a remark of that name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markupsafe import Markup, escape
from mdit_py_plugins.dollarmath import dollarmath_plugin

from lms.core.formulas import BRACKETS, MATH_ATTRIBUTES, MATH_TAGS, formula, formula_problem

__all__ = ["formula", "formula_problem", "markdown"]

_TEXT = {
    "p", "h2", "h3", "h4", "h5", "ul", "ol", "li", "strong", "em", "s", "code", "pre", "blockquote", "table", "thead",
    "tbody", "tr", "th", "td", "hr", "br", "a", "sub", "sup", "span",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "ol": {"start"},
    "th": {"scope"},
}


def _clean(markup: str) -> str:
    return nh3.clean(
        markup,
        tags=_TEXT | MATH_TAGS,
        attributes={tag: set(names) for tag, names in (_ATTRIBUTES | MATH_ATTRIBUTES).items()},
        allowed_classes={"blockquote": {"note"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )


def _render_math(content: str, options: dict[str, bool]) -> str:
    return str(formula(content, is_block=options["display_mode"]))


def _keep_math(content: str, options: dict[str, bool]) -> str:
    opening, closing = ("\\[", "\\]") if options["display_mode"] else ("\\(", "\\)")
    return str(escape(f"{opening}{content}{closing}"))


@lru_cache(maxsize=2)
def _parser(*, is_typeset: bool = True) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])
    parser.disable("image")  # pictures come as blocks: with alternative text, from the course's own media
    renderer = _render_math if is_typeset else _keep_math
    parser.use(dollarmath_plugin, allow_digits=False, double_inline=True, renderer=renderer)
    parser.inline.ruler.before("escape", "brackets", _brackets)
    return parser


def _brackets(state: StateInline, silent: bool) -> bool:
    r"""Take ``\(…\)`` and ``\[…\]`` as the formulas that dollar signs make."""
    found = BRACKETS.match(state.src, state.pos)
    if found is None:
        return False
    if not silent:
        is_block = found.lastgroup == "square"
        token = state.push("math_inline_double" if is_block else "math_inline", "math", 0)
        token.content = found[str(found.lastgroup)]
    state.pos = found.end()
    return True


#: How a quotation names itself a remark: a word or two between ``[!`` and ``]``, as its author writes them.
_REMARK = re.compile(r"\[!(\w[\w -]{0,29})\]\s*")


def _name_remarks(tokens: Sequence[Token]) -> None:
    """Give each quotation that names itself a remark its look, and its name in bold."""
    for place, token in enumerate(tokens):
        if token.type != "blockquote_open" or len(tokens) < place + 3 or tokens[place + 2].type != "inline":
            continue
        words = tokens[place + 2].children or []
        found = _REMARK.match(words[0].content) if words and words[0].type == "text" else None
        if found is None:
            continue
        token.attrs = {"class": "note"}
        words[0].content = words[0].content[found.end() :]
        name = Token("text", "", 0, content=f"{found[1].strip().capitalize()}.")
        named = [Token("strong_open", "strong", 1), name, Token("strong_close", "strong", -1)]
        breaks = len(words) > 1 and not words[0].content and words[1].type in {"softbreak", "hardbreak"}
        rest = words[2:] if breaks else words
        tokens[place + 2].children = [*named, Token("text", "", 0, content=" "), *rest]


def markdown(text: str, *, top_level: int = 2, is_typeset: bool = True) -> Markup:
    """Return the markup of a Markdown text; its highest headings become ``h<top_level>`` (the page owns ``h1``).

    Formulas that are not ``is_typeset`` stay LaTeX between brackets.
    """
    parser = _parser(is_typeset=is_typeset)
    tokens = parser.parse(text)
    highest = min((int(token.tag[1]) for token in tokens if token.type == "heading_open"), default=1)
    _name_remarks(tokens)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(5, int(token.tag[1]) - highest + top_level)}"
        elif token.type == "th_open":
            token.attrs = {"scope": "col"}
    return Markup(_clean(parser.renderer.render(tokens, parser.options, {})))  # noqa: S704 - cleaned
