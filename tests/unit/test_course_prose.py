"""HTML of other systems becomes Markdown that says the same, and nothing that acts."""

from __future__ import annotations

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from lms.core.markup import markdown
from lms.courses.formats.prose import Shown, story_of

PLAIN = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp", "Zs"]) | st.just(" "),
    max_size=40,
)
TAGS = st.sampled_from(
    ["<p>", "</p>", "<b>", "</b>", "<ul>", "<li>", "</ul>", "<table>", "<tr>", "<td>", "</table>", "<pre>", "</pre>", "<h2>", "</h2>",
     "<blockquote>", "<img src=a.png alt=A>", "<script>", "</script>", "<a href='https://x.example/'>", "</a>", "<br>", "<em>",
     "<svg onload=alert(1)>", "<iframe src=//e.example>", "<a href='javascript:alert(1)'>"]
)  # fmt: skip


@given(PLAIN.filter(lambda text: "$" not in text and "\\" not in text))
def test_a_plain_text_is_shown_as_it_was(text: str) -> None:
    parts = story_of(f"<p>{html.escape(text)}</p>", lambda _address: True).parts
    shown = "".join(str(markdown(part)) for part in parts if isinstance(part, str))
    assert " ".join(html.unescape(re.sub("<[^>]*>", "", shown)).split()) == " ".join(text.split())


@given(st.lists(TAGS | PLAIN.map(html.escape), max_size=25))
def test_whatever_a_page_is_made_of_nothing_of_it_acts(pieces: list[str]) -> None:
    for part in story_of("".join(pieces), lambda address: "x.example" in address).parts:
        assert isinstance(part, Shown) or not re.search(
            r"<(script|svg|iframe|img)|javascript:|on\w+=\"", str(markdown(part))
        )
