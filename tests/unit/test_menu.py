"""The main menu stands in one line: what does not fit is one word away, and nothing is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lms.core.web.menu import NARROW, WIDE, Place, arranged


def places(count: int) -> list[Place]:
    return [Place(str(number), f"/{number}", "home") for number in range(count)]


@given(st.integers(0, 20))
def test_every_place_is_in_the_menu_once_and_in_its_order(count: int) -> None:
    menu = arranged(places(count))
    assert [*menu.bar, *menu.wide, *menu.more] == places(count)
    assert bool(menu) is (count > 0)


@given(st.integers(0, 20))
def test_neither_line_holds_more_than_fits(count: int) -> None:
    menu = arranged(places(count))
    word = 1 if menu.more else 0
    assert len(menu.bar) + len(menu.wide) + word <= WIDE
    assert len(menu.bar) + word <= NARROW


def test_one_place_never_hides_alone_behind_a_word() -> None:
    assert all(len(arranged(places(count)).more) != 1 for count in range(20))
