"""Say what letters about courses say: that there is news and where, never what."""

from __future__ import annotations

from pathlib import Path

from lms.people.contracts import NoticeKind, words_of

__all__ = ["ANNOUNCED", "KINDS", "NUDGED", "PLACE_OFFERED", "WISH_ANSWERED"]

ANNOUNCED, NUDGED = "courses.announced", "courses.nudged"
PLACE_OFFERED, WISH_ANSWERED = "courses.place_offered", "courses.wish_answered"


def _l(text: str) -> str:
    """Mark a text for the catalogues; it is translated when its reader is known."""
    return text


_WORDS = words_of(Path(__file__).parent / "translations")

KINDS: tuple[NoticeKind, ...] = (
    NoticeKind(
        ANNOUNCED,
        _l("News of a course"),
        _l(
            "Good day!\n\nA teacher has written to those who take a course. Sign in to read it:\n%(link)s\n\n"
            "No more such letters: %(letters)s\n"
        ),
        _WORDS,
    ),
    NoticeKind(
        NUDGED,
        _l("A word from a teacher"),
        _l(
            "Good day!\n\nA teacher thinks of you and has left a word. Sign in to read it:\n%(link)s\n\n"
            "No more such letters: %(letters)s\n"
        ),
        _WORDS,
    ),
    NoticeKind(
        PLACE_OFFERED,
        _l("A place in a course is free for you"),
        _l(
            "Good day!\n\nA place in a course for which you wait is held for you for a few days. Sign in to take it:\n%(link)s\n\n"
            "No more such letters: %(letters)s\n"
        ),
        _WORDS,
    ),
    NoticeKind(
        WISH_ANSWERED,
        _l("Your wish for a place in a course is answered"),
        _l(
            "Good day!\n\nA teacher has answered your wish for a place in a course. Sign in to read it:\n%(link)s\n\n"
            "No more such letters: %(letters)s\n"
        ),
        _WORDS,
    ),
)
