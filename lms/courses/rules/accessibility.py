"""Find in a text what shuts people out: headings, links, tables, pictures. Codes of words, no judgement by taste.

Source: WCAG 2.2, 1.1.1, 1.3.1, 2.4.4, 2.4.6.
"""

from __future__ import annotations

import re
from itertools import pairwise

from lms.courses.rules.texts import TextFacts, read_text

__all__ = ["WORDS_WITHOUT_HEADING", "picture_remarks", "text_remarks"]

#: A longer text without a heading cannot be found one's way through by ear.
WORDS_WITHOUT_HEADING = 400

#: Link texts that say nothing when a screen reader lists the links of a page.
_EMPTY_WORDS = frozenset(
    [
        "здесь",
        "тут",
        "сюда",
        "ссылка",
        "нажми",
        "нажмите",
        "кликни",
        "кликните",
        "перейти",
        "перейди",
        "перейдите",
        "по",
        "на",
        "эта",
        "эту",
        "этой",
        "этот",
        "ссылке",
        "ссылку",
        "подробнее",
        "далее",
        "читать",
        "смотреть",
        "открыть",
        "here",
        "link",
        "more",
        "click",
        "read",
        "this",
        "the",
        "see",
        "go",
        "learn",
    ]
)
_FILE_NAME = re.compile(r"[^\s]+\.(jpe?g|png|webp|gif|svg|bmp)", re.IGNORECASE)
#: What cameras and screens call their pictures, and words without a letter.
_CAMERA = re.compile(
    r"(img|dsc|dscn|pict|scan|screenshot|снимок экрана|скриншот|[\W\d_])[\W\d_]*", re.IGNORECASE
)
_PICTURE_OF = re.compile(
    r"\s*(картинка|изображение|рисунок|фото(графия)?|picture|image|photo(graph)?)(\W|$)", re.IGNORECASE
)
_BOLD_LINE = re.compile(r"^\*\*[^*\n]{1,80}\*\*:?$", re.MULTILINE)


def text_remarks(markdown: str) -> list[str]:
    """Return the codes of what is wrong with the form of a Markdown text, each once."""
    facts = read_text(markdown)
    found = [
        ("course.heading_skipped", _skips(facts)),
        ("course.heading_empty", any(not words for _level, words in facts.headings)),
        ("course.heading_bold", _has_bold_headings(markdown)),
        ("course.text_long", facts.words > WORDS_WITHOUT_HEADING and not facts.headings),
        ("course.link_words", any(_says_nothing(link.words) for link in facts.links)),
        ("course.table_head", any(not all(table.head) for table in facts.tables)),
        ("course.table_rows", any(not table.rows for table in facts.tables)),
    ]
    return [code for code, is_so in found if is_so]


def _skips(facts: TextFacts) -> bool:
    """Tell whether a heading is more than one level below what stands before it: at the beginning, the highest of the text."""
    levels = [min((level for level, _words in facts.headings), default=1) - 1]
    levels += [level for level, _words in facts.headings]
    return any(after > before + 1 for before, after in pairwise(levels))


def _has_bold_headings(markdown: str) -> bool:
    """Tell whether lines of their own in bold stand where headings should: two, for one may be a remark."""
    return len(_BOLD_LINE.findall(re.sub(r"\n(?=\n)", "\n\n", markdown))) > 1


def _says_nothing(words: str) -> bool:
    plain = re.findall(r"\w+", words.casefold())
    is_address = words.startswith(("http://", "https://", "www."))
    return not plain or is_address or all(word in _EMPTY_WORDS for word in plain)


def picture_remarks(alt: str, caption: str) -> list[str]:
    """Return the codes of what is wrong with the text of a picture."""
    found = [
        (
            "course.alt_file_name",
            any(pattern.fullmatch(alt.strip()) is not None for pattern in (_FILE_NAME, _CAMERA)),
        ),
        ("course.alt_picture_of", _PICTURE_OF.match(alt) is not None),
        (
            "course.alt_caption",
            bool(caption.strip()) and alt.strip().casefold() == caption.strip().casefold(),
        ),
    ]
    return [code for code, is_so in found if is_so]
