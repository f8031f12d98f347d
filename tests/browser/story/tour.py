"""Look at a page of the story as others see it: in English, in the dark, in black on white. What goes on is not disturbed."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

__all__ = ["make_tour"]

SCHEMES = ("dark", "black-on-white")
#: A page changes its colours within a moment; nothing moves while axe looks.
STAND_STILL = "() => { document.documentElement.dataset.motion = 'off'; }"
WEAR = """scheme => {
  const page = document.documentElement.dataset;
  const worn = page.scheme || '';
  if (scheme) page.scheme = scheme; else delete page.scheme;
  return worn;
}"""
PICTURES = os.environ.get("STORY_PICTURES")
NARROW = {"width": 320, "height": 640}

Check = Callable[[Page], list[str]]


def make_tour(browser: Browser, base: str, accessible: Check, overflowing: Check) -> tuple[Check, Check]:
    """Return two checks of a page that somebody sees: the page in other schemes, and its English twin in all of them."""
    context = browser.new_context(viewport=NARROW)
    context.route("**/*.js", lambda route: route.abort())  # a twin only looks
    twin = context.new_page()
    twin.goto(f"{base}/accessibility")

    def in_other_colours(page: Page) -> list[str]:
        faults = []
        page.evaluate(STAND_STILL)
        own = page.evaluate(WEAR, "")
        for scheme in SCHEMES:
            page.evaluate(WEAR, scheme)
            faults += [f"{scheme}: {fault}" for fault in accessible(page)]
        page.evaluate(WEAR, own)
        return faults

    def in_english(page: Page) -> list[str]:
        answer = context.request.get(page.url, headers=english(page), max_redirects=0)
        if answer.status != 200 or "text/html" not in answer.headers.get("content-type", ""):
            return []  # the answer to a form has no address of its own
        twin.set_content(answer.text())
        assert twin.locator("html").get_attribute("lang") == "en"
        if PICTURES:
            name = re.sub(r"[0-9a-f-]{36}", "x", urlsplit(page.url).path).strip("/").replace("/", "-")
            twin.screenshot(path=Path(PICTURES) / f"en-320-{name}.png", full_page=True)
        found = accessible(twin) + in_other_colours(twin)
        found += [f"sticks out at 320 px: {fault}" for fault in overflowing(twin)]
        return [f"en: {fault}" for fault in found]

    return in_other_colours, in_english


def english(page: Page) -> dict[str, str]:
    """Return the head of a request that the reader of this page would make in English."""
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies(page.url)}
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in {**cookies, "locale": "en"}.items())}
