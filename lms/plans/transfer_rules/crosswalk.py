"""Find candidates along the edges between two frameworks of outcomes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from lms.plans.rules.matching import Candidate, Edge, Learned, MatchInputs, Proof, Target
from lms.plans.types.credit import Assurance, TransferRelation

__all__ = ["CrosswalkSource"]


class CrosswalkSource:
    """Crosswalk edges: outcomes of the course belong to a framework that is compared with the school's."""

    name = "crosswalk"
    version = 1

    def candidates(self, inputs: MatchInputs, target: Target) -> Iterator[Candidate]:
        """Yield one candidate for every edge that leads to ``target``; the least result is the school's policy."""
        for edge in inputs.edges:
            if edge.target_id == target.id:
                yield Candidate(
                    relation=edge.relation,
                    share=edge.weight,
                    min_share=inputs.min_share,
                    basis="edge",
                    basis_id=edge.id,
                    order=1,
                    learned_id=edge.learned_id,
                    note=edge.note,
                )

    def samples(self) -> tuple[MatchInputs, ...]:
        """Return inputs with which the host can try this plug-in."""
        return (
            MatchInputs(
                as_of=date(2026, 11, 6),
                is_educational=True,
                trust_tier=2,
                min_share=Decimal("0.5"),
                targets=(Target("t", "Count in the binary system", 1, Decimal(4)),),
                learned=(Learned("l", "Convert numbers", 1, Decimal(2)),),
                proof=Proof(
                    date(2026, 8, 30), Decimal(24), Decimal(0), Decimal("0.86"), "86", Assurance.VERIFIED
                ),
                edges=(Edge("e", "l", "t", TransferRelation.NARROWER, Decimal("0.5")),),
            ),
        )
