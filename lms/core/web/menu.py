"""Lay the main menu out so that it stands in one line, on a desk and on a phone, whoever is signed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for

from lms.core.actor import Actor
from lms.core.feature import MenuEntry

__all__ = ["Menu", "Place", "arranged", "menu_of"]

#: What fits into one line: on a desk, and on a phone together with «More».
WIDE, NARROW = 5, 4


@dataclass(frozen=True, slots=True)
class Place:
    """One place of the menu as the page shows it."""

    label: Any
    url: str
    icon: str
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Menu:
    """The menu in its parts: ``bar`` everywhere, ``wide`` where there is room, ``more`` behind a word.

    What stands in ``wide`` is repeated on a phone: under ``more`` when there is such a word, else at the page's foot.
    """

    bar: tuple[Place, ...] = ()
    wide: tuple[Place, ...] = ()
    more: tuple[Place, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether there is anything to go to."""
        return bool(self.bar)


def arranged(places: Sequence[Place]) -> Menu:
    """Return the parts of a menu: all in one bar while they fit, the rest behind «More»."""
    if len(places) <= WIDE:
        return Menu(tuple(places[:NARROW]), tuple(places[NARROW:]))
    return Menu(tuple(places[: NARROW - 1]), tuple(places[NARROW - 1 : WIDE - 1]), tuple(places[WIDE - 1 :]))


def menu_of(actor: Actor, entries: Sequence[MenuEntry]) -> Menu:
    """Return the menu of the signed-in person; the place of the present page is marked."""
    held = {role.kind for role in actor.roles}
    here, path = request.endpoint or "", request.path
    part, parts = here.split(".")[0], {entry.endpoint.split(".")[0] for entry in entries}
    if part not in parts:  # pages apart that belong to a place, as `credit_evidence` does to `credit`
        part = part.split("_")[0]
    places = []
    for entry in entries:
        if not entry.roles.isdisjoint(held):
            url = url_for(entry.endpoint)
            places.append(Place(entry.label, url, entry.icon, _is_current(entry, url, part, path)))
    return arranged(places)


def _is_current(entry: MenuEntry, url: str, part: str, path: str) -> bool:
    """Tell whether the present page is the entry's own or lies below it."""
    is_same_part = part == entry.endpoint.split(".")[0]
    return request.endpoint == entry.endpoint or (is_same_part and path.startswith(url))
