"""Decide what may be seen of an ended attempt, and when."""

from __future__ import annotations

from dataclasses import dataclass

from lms.assessment.types import AttemptState

__all__ = ["PARTS", "ReviewMatrix", "visible_parts"]

#: What can be shown: one's own responses, right or wrong, points and mark, comments, the key.
PARTS = ("responses", "correctness", "score", "comments", "key")


@dataclass(frozen=True, slots=True)
class ReviewMatrix:
    """The parts shown of a checked question while the work runs, after the end, after the release, after the close.

    The close is when nobody sits the form any more.
    """

    after_end: tuple[str, ...] = ("responses",)
    after_release: tuple[str, ...] = ("responses", "correctness", "score", "comments")
    after_close: tuple[str, ...] = ()
    during: tuple[str, ...] = ()

    @property
    def shows_key(self) -> bool:
        """Tell whether the right answers are shown at any time."""
        return "key" in {*self.after_end, *self.after_release, *self.after_close}

    def problems(self) -> list[str]:
        """Return the names that stand for no part."""
        return sorted({*self.during, *self.after_end, *self.after_release, *self.after_close} - set(PARTS))


def visible_parts(
    matrix: ReviewMatrix, state: AttemptState, *, is_window_closed: bool, is_practice: bool = False
) -> frozenset[str]:
    """Return what the student may see now; nothing at all while the attempt runs or when it is annulled.

    The key never shows before the window has closed for everybody: others may still be sitting the same form. Practice is
    the exception: nothing hangs on it.
    """
    if state in {AttemptState.CREATED, AttemptState.IN_PROGRESS, AttemptState.PAUSED, AttemptState.ANNULLED}:
        return frozenset()
    parts = set(matrix.after_end)
    if state is AttemptState.RELEASED:
        parts |= set(matrix.after_release)
        if is_window_closed:
            parts |= set(matrix.after_close)
    if not is_window_closed and not is_practice:
        parts.discard("key")
    return frozenset(parts)
