"""A person who has no mouse: everything is reached by Tab, and the focus can always be seen."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

__all__ = ["Keyboard"]

MOST_TABS = 90
#: Something must be drawn around what has the focus: on itself, on the card that it stretches over, or on its label.
FOCUS = """() => {
  const e = document.activeElement;
  const drawn = (node, part) => {
    const style = getComputedStyle(node, part);
    return (style.outlineStyle !== 'none' && style.outlineWidth !== '0px') || style.boxShadow !== 'none';
  };
  const around = [e, e.parentElement, e.closest('li, label, .card'), ...(e.labels || [])].filter(Boolean);
  const next = e.nextElementSibling;
  const box = e.getBoundingClientRect();
  return {
    marked: around.some(n => drawn(n) || drawn(n, '::before') || drawn(n, '::after')) ||
      (next !== null && (drawn(next, '::before') || drawn(next))),
    inView: box.bottom > 0 && box.top < innerHeight,
  };
}"""


class Keyboard:
    """A student who has no mouse: everything is reached by Tab, and the focus can always be seen."""

    def __init__(self, page: Page) -> None:
        """Begin at the top of the page."""
        self.page = page

    def to(self, selector: str, text: str = "") -> None:
        """Press Tab until the focus is on such an element with these words, and see where it is."""
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            if self.page.evaluate(
                "([s, t]) => document.activeElement.matches(s) && "
                "(document.activeElement.innerText || '').replace(/\\s+/g, ' ').includes(t)",
                [selector, text],
            ):
                seen = self.page.evaluate(FOCUS)
                assert seen["marked"], f"the focus cannot be seen on {selector} {text!r} at {self.page.url}"
                assert seen["inView"], f"the focus is out of view on {selector} {text!r} at {self.page.url}"
                return
        pytest.fail(f"the keyboard never reaches {selector} {text!r} at {self.page.url}", pytrace=False)

    def enter(self, selector: str, text: str = "") -> None:
        """Go to a link or button and press Enter, which leads to another page."""
        self.to(selector, text)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def write(self, selector: str, text: str) -> None:
        """Go to a field and type."""
        self.to(selector)
        self.page.keyboard.type(text)

    def choose(self, selector: str, text: str) -> None:
        """Go to a group of radio buttons and press the arrow down until the one with these words is chosen."""
        self.to(selector)
        self.page.keyboard.press("Space")
        for _ in range(MOST_TABS):
            words = self.page.evaluate(
                "() => [...document.activeElement.labels].map(l => l.innerText).join(' ')"
            )
            if text in words:
                return
            self.page.keyboard.press("ArrowDown")
        pytest.fail(f"no choice {text!r} at {self.page.url}", pytrace=False)

    def pick(self, selector: str, text: str) -> None:
        """Go to a list and press the arrow down, then up, until the option with these words is chosen."""
        self.to(selector)
        for key in ("ArrowDown", "ArrowUp"):
            for _ in range(MOST_TABS):
                chosen = "() => document.activeElement.selectedOptions[0].text"
                before = self.page.evaluate(chosen)
                if text in before:
                    return
                self.page.keyboard.press(key)
                if self.page.evaluate(chosen) == before:
                    break
        pytest.fail(f"no option {text!r} at {self.page.url}", pytrace=False)

    def space(self, selector: str, text: str = "") -> None:
        """Go to a box or radio button and choose it."""
        self.to(selector, text)
        self.page.keyboard.press("Space")
