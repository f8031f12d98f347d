"""Declare what others may add to plans and credit."""

from __future__ import annotations

from typing import Protocol

from lms.core.registry import Group
from lms.plans.rules.match_facts import Facts
from lms.plans.rules.match_inputs import MatchInputs, Target
from lms.plans.rules.matching import Candidate, CandidateSource

__all__ = ["TRANSFER_RULES", "Candidate", "CandidateSource", "Facts", "MatchInputs", "Target", "TransferRule"]


class TransferRule(CandidateSource, Protocol):
    """A way of finding candidates for a credit.

    Data in, data out: the host scores the candidates, gives out the hours and stores the report. The same input must
    give the same candidates; ``version`` grows whenever it would not, because reports carry it in their hash.
    """

    def samples(self) -> tuple[MatchInputs, ...]:
        """Return inputs with which the host can try the plug-in."""
        ...


#: Ways of finding candidates; built-ins: approved rules of equivalence and crosswalk edges.
TRANSFER_RULES: Group[TransferRule] = Group(
    "lms.transfer_rules", ("name", "version", "candidates", "samples")
)
