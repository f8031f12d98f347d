"""What a word processor copies becomes clean Markdown, whatever it copies."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.core.markup import markdown
from lms.courses.formats.pasted import Pasted, as_steps, pasted
from tests.unit.test_course_prose import PLAIN

WORD = """<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style><!-- p.MsoNormal {margin:0} --></style>
<!--[if gte mso 9]><xml><o:Office/></xml><![endif]--></head><body><!--StartFragment-->
<p class=MsoTitle>Плавление<o:p></o:p></p>
<h2><b><span style='font-size:14.0pt'>Что происходит</span></b></h2>
<p class=MsoNormal>Лёд <b style='mso-bidi-font-weight:normal'>тает</b> при
0&nbsp;°C, <span style='font-style:italic'>не раньше</span>.<span style='display:none'>скрыто</span></p>
<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'><![if !supportLists]><span style='font-family:Symbol'><span
style='mso-list:Ignore'>·<span>&nbsp; </span></span></span><![endif]>Первое</p>
<p class=MsoListParagraph style='mso-list:l0 level2 lfo1'><span style='mso-list:Ignore'>o<span>&nbsp;</span></span>Внутри</p>
<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>·<span>&nbsp;</span></span>Второе</p>
<p class=MsoListParagraph style='mso-list:l1 level1 lfo2'><span style='mso-list:Ignore'>1.<span>&nbsp;</span></span>Раз</p>
<p class=MsoListParagraph style='mso-list:l1 level1 lfo2'><span style='mso-list:Ignore'>2)<span>&nbsp;</span></span>Два</p>
<table class=MsoTableGrid><tr><td><p><b>Вещество</b></p></td><td><p><b>°C</b></p></td></tr>
<tr><td><p>Лёд</p></td><td><p>0</p></td></tr></table>
<p><a href="https://known.example/x">Задачи</a> и <a href="https://evil.example/">другое</a>
<![if !vml]><img src="file:///C:/a.png" alt="Схема"><![endif]></p><!--EndFragment--></body></html>"""
FROM_WORD = """# Плавление

## Что происходит

Лёд **тает** при 0\u00a0°C, *не раньше*.

- Первое
   - Внутри
- Второе
1. Раз
2. Два

| Вещество | °C |
| --- | --- |
| Лёд | 0 |

[Задачи](<https://known.example/x>) и другое

*Нет картинки: Схема*"""
DOCS = """<meta charset='utf-8'><b style="font-weight:normal;" id="docs-internal-guid-1"><h2><span style="font-weight:400">Тема</span></h2>
<p><span style="font-weight:700;font-style:normal">Жирно</span><span style="font-weight:400"> и просто</span></p>
<ul><li><p><span>Один</span></p></li><ul><li><p><span>Внутри</span></p></li></ul><li><p><span>Два</span></p></li></ul></b>"""
OFFICE = """<h1 class="western">Тема</h1><p><font face="Liberation Serif"><b>Важно</b></font></p>
<ol><li><p>Раз</p></li><li><p>Два</p></li></ol>"""

TAGS = st.sampled_from(
    ["<p class=MsoListParagraph style='mso-list:l0 level3 lfo1'>", "<span style='mso-list:Ignore'>", "</span>", "</p>", "<b>", "</b>",
     "<h1>", "</h1>", "<table>", "<tr>", "<td>", "</table>", "<ul>", "<li>", "</ul>", "<!--[if mso]>", "<![endif]-->", "<![if !vml]>",
     "<script>alert(1)</script>", "<img src=x onerror=alert(1) alt=A>", "<a href='javascript:alert(1)'>", "</a>", "<style>", "</style>",
     "<span style='font-weight:bold'>", "<p class=MsoTitle>", "<svg onload=alert(1)>", "<br>", "<o:p>", "</o:p>"]
)  # fmt: skip


def read(text: str) -> Pasted:
    found = pasted(text, lambda address: "known.example" in address, "Нет картинки: %(words)s")
    assert found is not None
    return found


def test_three_word_processors_are_understood() -> None:
    word = read(WORD)
    assert word.markdown == FROM_WORD
    assert word.pictures == ("Схема",) and [why.code for why in word.reasons] == ["link.unknown"]
    assert read(DOCS).markdown == "# Тема\n\n**Жирно** и просто\n\n- Один\n   - Внутри\n- Два"
    assert read(OFFICE).markdown == "# Тема\n\n**Важно**\n\n1. Раз\n2. Два"


@pytest.mark.parametrize("text", ["", "просто", "<div style='color:red'><span>def x</span>: # y</div>"])
def test_what_has_no_form_is_left_to_the_browser(text: str) -> None:
    assert pasted(text, lambda _address: True) is None


def test_the_chief_headings_of_a_document_begin_the_steps_of_a_section() -> None:
    assert (
        as_steps("# Раз\n\n## Два\n\n### Три\n\n```\n# не он\n```")
        == "## Раз\n\n# Два\n\n# Три\n\n```\n# не он\n```"
    )


@given(st.lists(TAGS | PLAIN.map(html.escape), max_size=25))
def test_whatever_is_pasted_nothing_of_it_acts(pieces: list[str]) -> None:
    found = read("<p>" + "".join(pieces))
    assert not re.search(r"<(script|svg|iframe|img)|javascript:|on\w+=\"", str(markdown(found.markdown)))


@given(PLAIN.filter(lambda text: "$" not in text and "\\" not in text))
def test_the_words_of_a_paragraph_stay_what_they_were(text: str) -> None:
    said = f"<p class=MsoNormal><span style='font-family:Arial'>{html.escape(text)}</span><o:p></o:p></p>"
    shown = re.sub("<[^>]*>", "", str(markdown(read(said).markdown)))
    assert " ".join(html.unescape(shown).split()) == " ".join(text.split())
