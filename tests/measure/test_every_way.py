"""Every kind of page that somebody can reach, in both languages, three schemes and at double size: axe and reflow.

A window of 1280 pixels at 200 % is 640 CSS pixels wide; each page is looked at there and, for reflow, at 320 as well.
"""

from __future__ import annotations

from itertools import product

import pytest

from tests.browser.crawl import crawl
from tests.fixtures.figures import Figures
from tests.fixtures.tour import VISITORS, Check, Tour, see

SCHEMES = ("light", "dark", "black-on-white")
DOUBLE, NARROW = 640, 320


def test_every_kind_of_page_in_every_way(
    tour: Tour, accessibility_faults: Check, overflowing: Check, figures: Figures
) -> None:
    faults: list[str] = []
    stick_out: list[str] = []
    looks = 0
    for login in VISITORS:
        context = tour.visitor(login)
        page = context.new_page()
        for found in crawl(context.request, tour.site.url, "/" if login == "guest" else "/home"):
            see(context, tour.site.url)
            if not found.is_page or found.status != 200 or not tour.is_new("", found, of_its_shape=False):
                continue
            for locale, scheme in product(("ru", "en"), SCHEMES):
                see(context, tour.site.url, locale=locale, scheme=scheme)
                page.set_viewport_size({"width": DOUBLE, "height": 900})
                page.goto(found.url)
                how = f"{login}, {locale}, {scheme}: {found.url}"
                faults += [f"{how}: {fault}" for fault in accessibility_faults(page)]
                for width in (DOUBLE, NARROW):
                    page.set_viewport_size({"width": width, "height": 900})
                    stick_out += [f"{how}, {width} px: {fault}" for fault in overflowing(page)]
                looks += 1
            see(context, tour.site.url)
        context.close()
    figures.note("courses", "kinds of pages × languages × schemes, at 200 %", looks, "pages")
    figures.at_most("courses", "faults that axe finds in any of these ways", len(faults), 0, "")
    figures.at_most("courses", "pages that stick out at 640 or 320 px", len(stick_out), 0, "")
    if faults or stick_out:
        pytest.fail("\n".join(faults + stick_out), pytrace=False)
