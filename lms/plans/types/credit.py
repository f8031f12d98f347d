"""Words and values of credit transfer."""

from __future__ import annotations

from enum import StrEnum

__all__ = [
    "Assurance",
    "CaseState",
    "CreditObstacle",
    "CreditVerdict",
    "DocumentKind",
    "DocumentStatus",
    "EffectState",
    "EvidenceKind",
    "HolderMatch",
    "LicenceState",
    "MatchVerdict",
    "RemainderWay",
    "ResultScale",
    "Rounding",
    "RuleState",
    "TransferRelation",
    "Verification",
    "VerificationMethod",
    "VoteChoice",
]


class CaseState(StrEnum):
    """Where an application for credit stands (domain: CreditCase)."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    VERIFYING = "verifying"
    NEED_INFO = "need_info"
    MATCHED = "matched"
    ASSESSMENT_REQUIRED = "assessment_required"
    ASSESSED = "assessed"
    AUTO_DECIDABLE = "auto_decidable"
    IN_COMMISSION = "in_commission"
    DECIDED = "decided"
    EFFECTED = "effected"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    APPEALED = "appealed"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


class CreditObstacle(StrEnum):
    """Why nothing of a person's plan can be credited just now."""

    NO_PLAN = "no_plan"
    NO_OUTCOMES = "no_outcomes"
    NOTHING_LEFT = "nothing_left"


class LicenceState(StrEnum):
    """What is known about the right of a source to carry out educational activity."""

    LICENSED = "licensed"
    UNLICENSED = "unlicensed"
    UNCHECKED = "unchecked"


class DocumentKind(StrEnum):
    """What a document of a case is."""

    CERTIFICATE = "certificate"
    PROGRAMME = "programme"
    OTHER = "other"


class EvidenceKind(StrEnum):
    """What a piece of evidence is; the middle three come by themselves, ``planned`` is a what-if."""

    CERTIFICATE = "certificate"
    PLATFORM = "platform"
    BADGE = "badge"
    PARTNER = "partner"
    PORTFOLIO = "portfolio"
    PLANNED = "planned"


class DocumentStatus(StrEnum):
    """Whether its issuer still stands by a document; an unreachable list is unknown."""

    VALID = "valid"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


class HolderMatch(StrEnum):
    """Whether a document is about this student."""

    MATCH = "match"
    OTHER = "other"
    UNCLEAR = "unclear"


class Verification(StrEnum):
    """What the office found out about a document."""

    UNVERIFIED = "unverified"
    VERIFIED = "verified"
    REJECTED = "rejected"


class VerificationMethod(StrEnum):
    """How it was found out whether a document is what it says: by people, or by itself."""

    OFFICE = "office"
    PARTNER = "partner"
    RECORD = "record"
    SIGNATURE = "signature"
    PLATFORM = "platform"
    TEACHER = "teacher"


class Assurance(StrEnum):
    """How sure the school is of a document; a credit has the lowest of its documents (C7)."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"


class ResultScale(StrEnum):
    """How a source words its results."""

    POINTS = "points"
    PERCENT = "percent"
    FIVE = "five"
    PASS_FAIL = "pass_fail"  # noqa: S105 - a scale, not a secret


class Rounding(StrEnum):
    """How a share is rounded to whole hundredths before it is compared with a minimum."""

    NONE = "none"
    HALF_UP = "half_up"
    DOWN = "down"


class TransferRelation(StrEnum):
    """How what was learned stands to what the school asks for."""

    EXACT = "exact"
    BROADER = "broader"
    NARROWER = "narrower"
    RELATED = "related"
    NONE = "none"


class AgreementStanding(StrEnum):
    """Whether an agreement recognises a partner's result by itself; in the order of what helps most."""

    COVERS = "covers"
    BY_PEOPLE = "by_people"
    SCOPE = "scope"
    TERM = "term"
    REVOKED = "revoked"
    NONE = "none"


class MatchVerdict(StrEnum):
    """What a report says about one target outcome."""

    COVERED = "covered"
    PARTIAL = "partial"
    GAP = "gap"
    UNKNOWN = "unknown"


class RuleState(StrEnum):
    """Where a rule of equivalence stands."""

    DRAFT = "draft"
    APPROVED = "approved"
    RETIRED = "retired"


class VoteChoice(StrEnum):
    """How a member of the commission votes."""

    FOR = "for"
    AGAINST = "against"
    ABSTAIN = "abstain"


class CreditVerdict(StrEnum):
    """What the commission decided, or that the case went to attestation instead."""

    FULL = "full"
    PART = "part"
    NONE = "none"


class EffectState(StrEnum):
    """Whether the effect of a decision counts now."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


class RemainderWay(StrEnum):
    """How a family closes what was not credited."""

    ATTESTATION = "attestation"
    SCHOOL_COURSE = "school_course"
    CLASS = "class"
