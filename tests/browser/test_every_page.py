"""Every page that somebody can reach: it answers, speaks one language, reflows, and axe finds nothing on it.

Two pages of every kind that a role reaches are read in Russian, one of them in English; the browser looks at each kind in
two of its shapes in Russian, once in English, once in the dark and once in the black-on-white scheme.
"""

from __future__ import annotations

import pytest

from tests.browser.crawl import Found, crawl, kind_of, read
from tests.fixtures.tour import VISITORS, Check, Tour, look, see

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: The other schemes, each in one language; the story and the exam's own pages are seen in all of them in both.
OTHER_LOOKS = (("dark", "ru"), ("black-on-white", "en"))


@pytest.mark.parametrize("login", VISITORS)
def test_everything_in_reach_can_be_read_by_everybody(
    tour: Tour, login: str, accessibility_faults: Check, overflowing: Check
) -> None:
    context = tour.visitor(login)
    base = tour.site.url
    page = context.new_page()
    faults: list[str] = []
    in_english: set[str] = set()
    for russian in crawl(context.request, base, "/" if login == "guest" else "/home"):
        faults += html_faults(russian, "ru")
        if not russian.is_page or russian.status != 200:
            continue
        if kind_of(russian.url) not in in_english:
            in_english.add(kind_of(russian.url))
            see(context, base, locale="en")
            english = read(context.request, russian.url)
            faults += html_faults(english, "en")
            if english.title == russian.title and not is_proper_name(russian):
                faults.append(f"{russian.url}: the title is {russian.title!r} in both languages")
            if tour.is_new("en", english, of_its_shape=False):
                faults += look(page, english.url, "en", accessibility_faults, overflowing)
        see(context, base)
        if tour.is_new("ru", russian, of_its_shape=True):
            faults += look(page, russian.url, "ru", accessibility_faults, overflowing)
        for scheme, locale in OTHER_LOOKS:
            if tour.is_new(f"{scheme}, {locale}", russian, of_its_shape=False):
                see(context, base, locale=locale, scheme=scheme)
                faults += look(page, russian.url, f"{scheme}, {locale}", accessibility_faults)
        see(context, base)
    context.close()
    if faults:
        pytest.fail("\n".join(faults), pytrace=False)


def html_faults(found: Found, language: str) -> list[str]:
    """Return what is wrong with an answer, in words."""
    where = f"{found.url} (linked from {found.came_from})" if found.came_from else found.url
    if found.status != 200:
        return [f"{where}: answered {found.status}"]
    if not found.is_page:
        return []
    faults = []
    if found.language != language:
        faults.append(f"{where}: says that it is written in {found.language!r}, not {language!r}")
    if len(found.headings) != 1 or not found.headings[0].strip():
        faults.append(f"{where}: has the first headings {found.headings}")
    return faults


def is_proper_name(found: Found) -> bool:
    """Tell whether a page is named by somebody's own words (a course, a person), which nobody translates."""
    return "/courses/" in found.url
