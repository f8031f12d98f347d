"""Remember how each reader wants to see pages: size, scheme, spacing, pictures, letters, motion.

The same settings serve guests (a cookie) and signed-in people (their account keeps them and writes the cookie at sign-in); they
are attributes on ``<html>``, so they work without JavaScript, inside the exam too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import lru_cache
from typing import cast
from urllib.parse import parse_qsl, urlencode

from flask import Flask, current_app, g, request
from werkzeug.wrappers import Response

__all__ = [
    "CHOICES",
    "COOKIE",
    "AgreedReading",
    "ReadingPrefs",
    "agreed_reading",
    "from_mapping",
    "install_agreed",
    "install_keeper",
    "keep_chosen",
    "reading_prefs",
    "set_in_browser",
]

COOKIE = "reading"
AGREED = "marshrut.agreed_reading"
KEEPER = "marshrut.reading_keeper"
YEAR_S = 365 * 24 * 3600

CHOICES: dict[str, tuple[str, ...]] = {
    "size": ("", "125", "150", "200"),
    "scheme": ("", "light", "dark", "black-on-white", "white-on-black", "blue", "beige", "green-on-brown"),
    "leading": ("", "wide", "widest"),
    "letters": ("", "wide", "widest"),
    "font": ("", "andika", "system"),
    "images": ("", "grey", "off"),
    "motion": ("", "off"),
}


@dataclass(frozen=True, slots=True)
class ReadingPrefs:
    """One reader's settings; the empty text is the default."""

    size: str = ""
    scheme: str = ""
    leading: str = ""
    letters: str = ""
    font: str = ""
    images: str = ""
    motion: str = ""

    def to_cookie(self) -> str:
        """Return the settings that differ from the default as one cookie value."""
        return urlencode({name: value for name, value in asdict(self).items() if value})

    @property
    def is_default(self) -> bool:
        """Tell whether nothing was changed."""
        return self == ReadingPrefs()


@dataclass(frozen=True, slots=True)
class AgreedReading:
    """How pages are shown to one reader because it was agreed: size of type, one plain column, text read aloud."""

    size: str = ""
    is_simple: bool = False
    is_aloud: bool = False


def from_mapping(values: Mapping[str, str]) -> ReadingPrefs:
    """Return the settings in ``values``; what is not one of the choices is ignored."""
    known = {item.name for item in fields(ReadingPrefs)}
    return ReadingPrefs(**{k: v for k, v in values.items() if k in known and v in CHOICES[k]})


@lru_cache
def _from_cookie(sent: str) -> ReadingPrefs:
    return from_mapping(dict(parse_qsl(sent)))


def install_agreed(app: Flask, find: Callable[[str], AgreedReading]) -> None:
    """Let ``find`` say what was agreed for the present reader: on any page, in a ``lesson``, in an ``exam``.

    A size counts where the reader has chosen none.
    """
    app.extensions[AGREED] = find


def agreed_reading(activity: str) -> AgreedReading:
    """Return what was agreed for the present reader in an activity."""
    if AGREED not in current_app.extensions:
        return AgreedReading()
    return cast(AgreedReading, current_app.extensions[AGREED](activity))


def install_keeper(app: Flask, keep: Callable[[str], None]) -> None:
    """Let ``keep`` remember for the signed-in account what its owner has chosen."""
    app.extensions[KEEPER] = keep


def set_in_browser(response: Response, reading: str) -> None:
    """Put settings (as `ReadingPrefs.to_cookie` writes them) into the browser for a year."""
    is_secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    response.set_cookie(COOKIE, reading, max_age=YEAR_S, samesite="Lax", httponly=True, secure=is_secure)


def keep_chosen(response: Response, chosen: ReadingPrefs) -> None:
    """Keep a choice in this browser, and in the account of whoever is signed in."""
    set_in_browser(response, chosen.to_cookie())
    if KEEPER in current_app.extensions:
        current_app.extensions[KEEPER](chosen.to_cookie())


def reading_prefs() -> ReadingPrefs:
    """Return the present reader's settings: what was chosen, else the size that was agreed."""
    if "reading_prefs" not in g:
        chosen = _from_cookie(request.cookies.get(COOKIE, ""))
        if not chosen.size:
            size = agreed_reading("page").size
            chosen = replace(chosen, size=size if size in CHOICES["size"] else "")
        g.reading_prefs = chosen
    return cast(ReadingPrefs, g.reading_prefs)
