"""Every kind of page that somebody can reach, in both languages, three schemes and at double size: axe and reflow.

A window of 1280 pixels at 200 % is 640 CSS pixels wide; each page is looked at there and, for reflow, at 320 as well. One
test a visitor: `-k anna` looks at what one role reaches, and a kind that an earlier visitor of the run saw is not looked at again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.crawl import Found, crawl
from tests.fixtures.figures import Figures
from tests.fixtures.tour import VISITORS, Check, Tour, see

WAYS = tuple(product(("ru", "en"), ("light", "dark", "black-on-white")))
DOUBLE, NARROW = 640, 320


@dataclass
class Looked:
    """What all visitors together have looked at and found."""

    kinds: int = 0
    looks: int = 0
    faults: list[str] = field(default_factory=list)
    stick_out: list[str] = field(default_factory=list)

    def add(self, other: Looked) -> None:
        """Take in what somebody else looked at."""
        self.kinds += other.kinds
        self.looks += other.looks
        self.faults += other.faults
        self.stick_out += other.stick_out


@pytest.fixture(scope="module")
def looked(figures: Figures) -> Iterator[Looked]:
    """Collect what the visitors find, and note the figures when the last one is back."""
    all_of_them = Looked()
    yield all_of_them
    figures.note("courses", "kinds of pages that somebody reaches", all_of_them.kinds, "kinds")
    figures.note("courses", "the same × languages × schemes, at 200 %", all_of_them.looks, "looks")
    figures.at_most(
        "courses", "faults that axe finds in any of these ways", len(all_of_them.faults), 0, "faults"
    )
    figures.at_most("courses", "pages that stick out at 640 or 320 px", len(all_of_them.stick_out), 0, "")


@pytest.mark.parametrize("login", VISITORS)
def test_every_kind_of_page_in_every_way(
    tour: Tour, login: str, accessibility_faults: Check, overflowing: Check, looked: Looked
) -> None:
    context = tour.visitor(login)
    page = context.new_page()
    mine = Looked()
    begun = time.monotonic()
    for found in crawl(context.request, tour.site.url, "/" if login == "guest" else "/home"):
        if not found.is_page or found.status != 200 or not tour.is_new("", found, of_its_shape=False):
            continue
        here = Looked()
        look_in_every_way(tour, context, page, found, accessibility_faults, overflowing, here)
        mine.add(here)
        wrong = here.faults + here.stick_out
        print(f"{time.monotonic() - begun:6.0f} s {login} {found.url}", *wrong, sep="\n    ", flush=True)
    context.close()
    looked.add(mine)
    if mine.faults or mine.stick_out:
        pytest.fail("\n".join(mine.faults + mine.stick_out), pytrace=False)


def look_in_every_way(
    tour: Tour,
    context: BrowserContext,
    page: Page,
    found: Found,
    accessible: Check,
    reflows: Check,
    here: Looked,
) -> None:
    """Open one page in both languages and all schemes, and note what is wrong with it."""
    here.kinds += 1
    for locale, scheme in WAYS:
        see(context, tour.site.url, locale=locale, scheme=scheme)
        page.set_viewport_size({"width": DOUBLE, "height": 900})
        page.goto(found.url)
        how = f"{locale}, {scheme}"
        here.faults += [f"{how}: {fault}" for fault in accessible(page)]
        for width in (DOUBLE, NARROW):
            page.set_viewport_size({"width": width, "height": 900})
            here.stick_out += [f"{how}, {width} px: {found.url}: {fault}" for fault in reflows(page)]
        here.looks += 1
    see(context, tour.site.url)
