"""Every page that somebody can reach: it answers, speaks one language, reflows, and axe finds nothing on it.

Two pages of every kind that a role reaches are read in Russian, one of them in English; the browser looks at each kind in
two of its shapes in Russian, once in English, once in the dark and once in the black-on-white scheme.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.crawl import Found, crawl, kind_of, read
from tests.fixtures.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: One person for every role of both organisations, and a guest.
VISITORS = (
    "guest", "sonya", "anna", "kim", "lebedeva", "gromova", "zimina", "orlova", "mironova", "belova", "sokolov", "gusev",
    "frolova", "admin", "timur", "ruslan", "vlasova", "petrenko", "noskova", "komarov",
)  # fmt: skip
WIDE = {"width": 1280, "height": 900}
WIDTHS = (320, 768, 1280)
#: The other schemes, each in one language; the story and the exam's own pages are seen in all of them in both.
OTHER_LOOKS = (("dark", "ru"), ("black-on-white", "en"))
#: So many pages of one kind that are built differently are looked at.
SHAPES = 2

Check = Callable[[Page], list[str]]


@dataclass
class Tour:
    """The demo school, and which kinds of pages were seen in which scheme already."""

    site: Site
    logins: dict[str, str]
    browser: Browser
    seen: set[tuple[object, ...]] = field(default_factory=set)

    def visitor(self, login: str) -> BrowserContext:
        """Return a browser context in which this person is signed in."""
        context = self.browser.new_context(viewport=WIDE, locale="ru-RU", timezone_id="Europe/Moscow")
        if login != "guest":
            page = context.new_page()
            page.goto(self.site.url + "/login")
            page.get_by_label("Логин").fill(login)
            page.get_by_label("Пароль").fill(self.logins[login])
            with page.expect_navigation():
                page.get_by_role("main").get_by_role("button", name="Войти").click()
            page.close()
        return context

    def is_new(self, how: str, found: Found, *, of_its_shape: bool) -> bool:
        """Tell whether such a page was not yet seen in this way; note that it is now.

        By its shape, a kind of page is seen up to `SHAPES` times: what is built of other parts may have other faults.
        """
        key = (how, kind_of(found.url), frozenset(found.shape) if of_its_shape else None)
        alike = sum(other[:2] == key[:2] for other in self.seen)
        is_new = key not in self.seen and alike < SHAPES
        self.seen.add(key)
        return is_new


@pytest.fixture(scope="module")
def tour(
    make_site: Callable[..., Site], demo_folder: Any, demo_logins: dict[str, str], browser: Browser
) -> Iterator[Tour]:
    """Start the demo school once for all visitors: they only look."""
    site = make_site(copy_of=demo_folder, LMS_LOG_LEVEL="warning")
    site.start()
    yield Tour(site, demo_logins, browser)
    site.stop()


def see(context: BrowserContext, base: str, *, locale: str = "ru", scheme: str = "") -> None:
    """Choose language and colours, as the settings page would."""
    reading = f"scheme={scheme}" if scheme else ""
    context.add_cookies(
        [{"name": "locale", "value": locale, "url": base}, {"name": "reading", "value": reading, "url": base}]
    )


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


def look(page: Page, url: str, how: str, accessible: Check, reflows: Check | None = None) -> list[str]:
    """Open a page and return what axe finds and what sticks out of it, be it narrow or wide."""
    page.goto(url)
    faults = [f"{how}: {fault}" for fault in accessible(page)]
    if reflows is not None:
        for width in WIDTHS:
            page.set_viewport_size({**WIDE, "width": width})
            faults += [f"{how}: {url} sticks out at {width} px: {fault}" for fault in reflows(page)]
    return faults
