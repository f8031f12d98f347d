"""Declare what plug-ins and upper floors give to letters: ways to send them, and what they say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import UUID

from babel.support import Translations

from lms.core.registry import Group
from lms.core.settings import Settings

__all__ = [
    "NOTICE_CHANNELS",
    "NOTICE_KINDS",
    "ChannelBusy",
    "ChannelRefused",
    "Letter",
    "NoticeChannel",
    "NoticeKind",
    "words_of",
]


class ChannelBusy(Exception):
    """The letter could not be sent now; it is tried again later. The text says why and names nobody."""


class ChannelRefused(Exception):
    """The letter will never be taken by this channel. The text says why and names nobody."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter, worded in its reader's language: it says that there is news and where, never what."""

    id: UUID
    email: str
    phone: str
    subject: str
    text: str


class NoticeChannel(Protocol):
    """A way to reach people who are not looking at the site."""

    name: str

    def is_on(self, settings: Settings) -> bool:
        """Tell whether the installation uses the channel; one that is not set up sends nothing."""
        ...

    def can_reach(self, letter: Letter) -> bool:
        """Tell whether the reader has left an address for this channel."""
        ...

    def send(self, settings: Settings, letter: Letter) -> None:
        """Send one letter; the same id may come twice after a crash. Raise ChannelBusy or ChannelRefused."""
        ...


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """What a kind of letter says; ``words`` translates a text of ours into a language (``ru``, ``en``)."""

    name: str
    subject: str
    text: str
    words: Callable[[str, str], str]


def words_of(folder: Path) -> Callable[[str, str], str]:
    """Return how texts are translated with the catalogues in ``folder``: (language, English text) → text."""

    def translate(language: str, text: str) -> str:
        return str(Translations.load(str(folder), [language]).ugettext(text))

    return translate


#: Ways to send letters; ``mail`` is built in.
NOTICE_CHANNELS: Group[NoticeChannel] = Group("lms.notice_channels", ("name", "is_on", "can_reach", "send"))
#: Kinds of letters; every feature brings its own.
NOTICE_KINDS: Group[NoticeKind] = Group("lms.notice_kinds", ("name", "subject", "text", "words"))
