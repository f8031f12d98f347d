"""Find candidates in the approved rules of equivalence of the course."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from lms.plans.rules.matching import Candidate, Learned, MatchInputs, Proof, Rule, RuleLine, Target
from lms.plans.types.credit import Assurance, TransferRelation

__all__ = ["EquivalenceSource"]


class EquivalenceSource:
    """Approved rules: the school's experts compared this very course with the programme."""

    name = "equivalence"
    version = 1

    def candidates(self, inputs: MatchInputs, target: Target) -> Iterator[Candidate]:
        """Yield one candidate for every line of a rule that names ``target``."""
        for rule in inputs.rules:
            for line in rule.lines:
                if line.target_id == target.id:
                    yield Candidate(
                        relation=line.relation,
                        share=line.share,
                        min_share=rule.min_share,
                        basis="rule",
                        basis_id=rule.id,
                        basis_number=rule.number,
                        basis_version=rule.version,
                        order=0,
                        learned_id=line.learned_id,
                        note=line.note,
                    )

    def samples(self) -> tuple[MatchInputs, ...]:
        """Return inputs with which the host can try this plug-in."""
        line = RuleLine("l", "t", TransferRelation.EXACT, Decimal(1), "Modules 2 to 4.")
        return (
            MatchInputs(
                as_of=date(2026, 11, 6),
                is_educational=True,
                trust_tier=1,
                min_share=Decimal("0.5"),
                targets=(Target("t", "Write programs with loops", 1, Decimal(12)),),
                learned=(Learned("l", "Loops and branches", 1, Decimal(12)),),
                proof=Proof(
                    date(2026, 8, 30), Decimal(24), Decimal(0), Decimal("0.86"), "86", Assurance.VERIFIED
                ),
                rules=(Rule("r", "14", 2, Decimal("0.6"), (line,)),),
            ),
        )
