"""Find candidates along the edges between two frameworks of outcomes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from lms.plans.rules.match_facts import Facts
from lms.plans.rules.match_inputs import Course, Edge, Evidence, Learned, MatchInputs, Source, Target
from lms.plans.rules.matching import Candidate
from lms.plans.types.credit import EvidenceKind, LicenceState, TransferRelation, Verification

__all__ = ["CrosswalkSource"]


class CrosswalkSource:
    """Crosswalk edges: outcomes of the course belong to a framework that is compared with the school's."""

    name = "crosswalk"
    version = 2

    def candidates(self, facts: Facts, target: Target) -> Iterator[Candidate]:
        """Yield one candidate for every edge and piece of evidence; the least result is the school's policy."""
        least = facts.inputs.policy.min_share
        for edge in facts.edges_for.get(target.id, ()):
            for row in facts.evidence[facts.teaches[edge.learned_id]]:
                yield Candidate(
                    relation=edge.relation,
                    share=edge.weight,
                    basis="edge",
                    basis_id=edge.id,
                    order=1,
                    supports=((row, least),),
                    learned_id=edge.learned_id,
                    note=edge.note,
                )

    def samples(self) -> tuple[MatchInputs, ...]:
        """Return inputs with which the host can try this plug-in."""
        return (
            MatchInputs(
                as_of=date(2026, 11, 6),
                targets=(Target("t", "Count in the binary system", 1, Decimal(4)),),
                sources=(Source("s", LicenceState.LICENSED, 1),),
                courses=(
                    Course("c", "s", "Numbers", Decimal(24), (Learned("l", "Convert", 1, Decimal(2)),)),
                ),
                evidence=(
                    Evidence(
                        "e",
                        "c",
                        EvidenceKind.CERTIFICATE,
                        date(2026, 8, 30),
                        Decimal(24),
                        Decimal("0.86"),
                        "86/100",
                        verification=Verification.VERIFIED,
                    ),
                ),
                edges=(Edge("e1", "l", "t", TransferRelation.NARROWER, Decimal("0.5")),),
            ),
        )
