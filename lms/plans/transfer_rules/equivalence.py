"""Find candidates in the approved rules of equivalence of the school."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from lms.plans.rules.match_conditions import Unmet, weigh
from lms.plans.rules.match_facts import Facts
from lms.plans.rules.match_inputs import (
    Course,
    Evidence,
    Given,
    Learned,
    MatchInputs,
    Passed,
    Rule,
    Source,
    Target,
)
from lms.plans.rules.matching import Candidate
from lms.plans.types.credit import EvidenceKind, LicenceState, Verification

__all__ = ["EquivalenceSource"]


class EquivalenceSource:
    """Approved rules: the school's experts compared these very courses with the programme."""

    name = "equivalence"
    version = 3

    def candidates(self, facts: Facts, target: Target) -> Iterator[Candidate]:
        """Yield one candidate for every line of a valid rule that names ``target``, also where its condition fails."""
        for rule, given in facts.rules_for.get(target.id, ()):
            answer = weigh(facts, rule.when, target)
            is_unmet = isinstance(answer, Unmet)
            supports = () if isinstance(answer, Unmet) else answer.on
            yield Candidate(
                relation=given.relation,
                share=given.share,
                basis="rule",
                basis_id=rule.id,
                basis_number=rule.number,
                basis_version=rule.version,
                order=0,
                supports=supports,
                learned_id=given.learned_id,
                note=given.note,
                reason=answer.reason if isinstance(answer, Unmet) else "",
                missing=answer.missing if isinstance(answer, Unmet) else (),
                below=answer.below if isinstance(answer, Unmet) else (),
                replaces=frozenset() if is_unmet else frozenset(row.course_id for row, _ in supports),
            )

    def samples(self) -> tuple[MatchInputs, ...]:
        """Return inputs with which the host can try this plug-in."""
        day = date(2026, 8, 30)
        loops = Learned("l", "Loops and branches", 2, Decimal(12))
        proof = Evidence(
            "e",
            "c",
            EvidenceKind.CERTIFICATE,
            day,
            Decimal(24),
            Decimal("0.86"),
            "86/100",
            verification=Verification.VERIFIED,
        )
        return (
            MatchInputs(
                as_of=date(2026, 11, 6),
                targets=(Target("t", "Write programs with loops", 2, Decimal(12)),),
                sources=(Source("s", LicenceState.LICENSED, 1),),
                courses=(Course("c", "s", "Python", Decimal(24), (loops,)),),
                evidence=(proof,),
                rules=(
                    Rule(
                        "r", "14", 2, Passed("c", Decimal("0.6")), (Given("t", learned_id="l", note="2–4"),)
                    ),
                ),
            ),
        )
