"""Count a commission's votes: quorum of two thirds, more than half of those who voted grants."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lms.plans.types.credit import VoteChoice

__all__ = ["Tally", "count_votes", "quorum_of"]


def quorum_of(members: int) -> int:
    """Return how many of ``members`` must vote: two thirds, rounded up."""
    return -(-2 * members // 3)


@dataclass(frozen=True, slots=True)
class Tally:
    """The votes of one round."""

    members: int
    votes_for: int
    votes_against: int
    votes_abstain: int

    @property
    def cast(self) -> int:
        """Return how many voted; an abstention counts as present."""
        return self.votes_for + self.votes_against + self.votes_abstain

    @property
    def needed(self) -> int:
        """Return the quorum."""
        return quorum_of(self.members)

    @property
    def has_quorum(self) -> bool:
        """Tell whether enough members voted."""
        return self.members > 0 and self.cast >= self.needed

    @property
    def is_granted(self) -> bool:
        """Tell whether more than half of the votes cast are in favour."""
        return self.has_quorum and 2 * self.votes_for > self.cast


def count_votes(members: int, choices: Iterable[VoteChoice]) -> Tally:
    """Count ``choices`` of a commission of ``members``."""
    votes = list(choices)
    return Tally(
        members,
        votes.count(VoteChoice.FOR),
        votes.count(VoteChoice.AGAINST),
        votes.count(VoteChoice.ABSTAIN),
    )
