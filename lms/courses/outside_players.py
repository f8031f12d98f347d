"""Keep the player of H5P where pages find it: one pinned version, checked by its digest, fetched by the school itself.

It is no part of this product: h5p-standalone is under the MIT licence, and the scripts of H5P's core that are compiled into it
are under GPL-3.0. Whoever passes them on owes the sources with them, which its package does not carry; a school that fetches it
for its own use passes nothing on.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from lms.core.fetching import Fetcher
from lms.core.runtime import Runtime
from lms.courses.contracts import PlayerKind
from lms.courses.settings import CoursesSettings

__all__ = [
    "H5P_FILE",
    "REGISTRY",
    "NoPlayer",
    "fetch_player",
    "h5p_player_path",
    "has_player",
    "keep_h5p_player",
]

H5P_FILE = "h5p-standalone-3.8.2.tgz"
REGISTRY = "https://registry.npmjs.org"
#: SHA-512 of the file as the registry publishes it (its ``integrity``).
H5P_SHA512 = (
    "afb790b53cc193f75b69067eb40f570f915e4a6c8cc65ca94595ee76285e0a70"
    "bccc04f4ff336052f3b8319b596b39f07d8568f7ca3b768e6ec4b4d442bc71c2"
)
MOST_BYTES, MOST_S = 4 * 1024 * 1024, 120.0


class NoPlayer(Exception):
    """A file that is not the player, bit by bit."""


def fetch_player(registry: str) -> bytes:
    """Return the file from a registry of npm, or a mirror of one; raise NotFetched."""
    address = f"{registry.rstrip('/')}/h5p-standalone/-/{H5P_FILE}"
    return Fetcher(most_bytes=MOST_BYTES, most_s=MOST_S).fetch(address)


def keep_h5p_player(runtime: Runtime, data: bytes) -> Path:
    """Write the player into the data folder, where pages find it at once; raise NoPlayer for any other file."""
    if hashlib.sha512(data).hexdigest() != H5P_SHA512:
        raise NoPlayer
    place = _place(runtime)
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_suffix(".part")
    part.write_bytes(data)
    part.replace(place)
    return place


def h5p_player_path(runtime: Runtime) -> str:
    """Return where the player lies: the place that the setting names, else the data folder; an empty text without one."""
    named = runtime.settings.of(CoursesSettings).h5p_player
    place = _place(runtime)
    return named or (str(place) if place.is_file() else "")


def has_player(runtime: Runtime, kind: PlayerKind) -> bool:
    """Tell whether packages of a kind can be played here."""
    if kind is not PlayerKind.H5P:
        return True
    path = h5p_player_path(runtime)
    return bool(path) and Path(path).is_file()


def _place(runtime: Runtime) -> Path:
    return runtime.settings.core.data_dir / "players" / H5P_FILE
