"""Read about identity, sittings and reviews."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.queries.supervision import SittingFacts, sitting_facts
from lms.core.actor import Actor
from lms.core.errors import NotFound
from lms.people import queries as people
from lms.people.types import ConsentPurpose, PersonCard
from lms.proctoring.access_rules import Reach, SittingReach, is_near, may_decide
from lms.proctoring.models import (
    CheckShot,
    Enrolment,
    EnrolmentShot,
    Evidence,
    FaceTemplate,
    Frame,
    IdentityCheck,
    Incident,
    LearnerStatement,
    ProctoringSession,
    ReviewDecision,
    SessionEvent,
    SupervisionPolicyVersion,
)
from lms.proctoring.rules.identity import allowed_methods, is_settled, policy_from
from lms.proctoring.rules.index import IndexTerm, index_terms, review_index
from lms.proctoring.rules.sitting import may_annul, review_result
from lms.proctoring.types import (
    CheckState,
    EnrolmentState,
    FrameState,
    IdentityMethod,
    IdentityView,
    Monitoring,
    ReviewRow,
    SessionOutcome,
    SessionState,
    SessionView,
    SupervisionPolicy,
    TemplateState,
    Verdict,
)

__all__ = [
    "AnnulledRow",
    "CaseView",
    "CheckView",
    "EnrolmentView",
    "EvidenceView",
    "IdentityOptions",
    "PolicyView",
    "RefusalView",
    "SampleStanding",
    "SittingSummary",
    "annulled_sittings",
    "case_view",
    "check_reach",
    "check_view",
    "checks_waiting",
    "current_check",
    "effective_policy",
    "identity_for_entry",
    "identity_options",
    "latest_opinions",
    "policy_history",
    "policy_version",
    "refusals_of",
    "review_queue",
    "sample_standing",
    "samples_waiting",
    "session_for_attempt",
    "sitting_reach",
    "sittings_of",
    "vouching_waiting",
]


@dataclass(frozen=True, slots=True)
class EnrolmentView:
    """One registration of a sample as pages show it."""

    id: UUID
    state: EnrolmentState
    created_at: datetime
    faults: tuple[tuple[int, str], ...]
    shots: int
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class SampleStanding:
    """Whether a person can have a sample here, and how its registration stands."""

    org_id: UUID | None
    is_minor: bool
    has_basis: bool
    consent_id: UUID | None
    is_active: bool
    enrolment: EnrolmentView | None

    @property
    def may_register(self) -> bool:
        """Tell whether pictures may be taken: legal basis and signed consent are there."""
        return self.has_basis and self.consent_id is not None


@dataclass(frozen=True, slots=True)
class CheckView:
    """One identity check with everything its pages need; the code's hash stays out."""

    id: UUID
    entry_id: UUID
    person: PersonCard
    org_id: UUID
    title: str
    method: IdentityMethod
    state: CheckState
    level_required: int
    level_reached: int | None
    tries: int
    is_computing: bool
    outcome: str
    reason: str
    metric: str
    score: float | None
    threshold: float | None
    model: str
    liveness: str
    meeting_url: str
    code_expires_at: datetime | None
    vouched_by: PersonCard | None
    note: str
    document_ref: str
    decided_by: PersonCard | None
    decided_at: datetime | None
    created_at: datetime
    shots: tuple[UUID, ...]

    @property
    def is_settled(self) -> bool:
        """Tell whether the exam may start."""
        return is_settled(self.state)


@dataclass(frozen=True, slots=True)
class PolicyView:
    """One version of an organisation's policy: for one blueprint, or for everything."""

    version: int
    blueprint_id: UUID | None
    policy: SupervisionPolicy
    set_by: PersonCard | None
    set_at: datetime


@dataclass(frozen=True, slots=True)
class RefusalView:
    """A person could not confirm who is there: by which way, who, when, why."""

    id: UUID
    method: IdentityMethod
    decided_by: PersonCard | None
    decided_at: datetime | None
    note: str


@dataclass(frozen=True, slots=True)
class IdentityOptions:
    """What one entry asks for and offers: policy, ways, the check that was begun."""

    facts: SittingFacts
    policy: SupervisionPolicy
    methods: tuple[IdentityMethod, ...]
    check: CheckView | None
    sample: SampleStanding
    refusals: tuple[RefusalView, ...] = ()

    @property
    def is_open(self) -> bool:
        """Tell whether nothing about identity stands in the way of the exam."""
        return self.policy.level == 0 or (self.check is not None and self.check.is_settled)


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """One picture kept for people to look at."""

    id: UUID
    captured_at: datetime
    expires_at: datetime
    is_deleted: bool
    kind: str


@dataclass(frozen=True, slots=True)
class SittingSummary:
    """A sitting as its student and parents see it; the question is that of the present round of its review."""

    session: SessionView
    title: str
    question: str | None
    due_at: datetime | None
    statement: str | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class AnnulledRow:
    """One annulled sitting: whose, of what, when it was sat and annulled."""

    session_id: UUID
    person: PersonCard
    title: str
    started_at: datetime
    annulled_at: datetime | None


@dataclass(frozen=True, slots=True)
class CaseView:
    """A sitting under review. ``terms``, ``index`` and ``scores`` are empty until the reader gave an opinion."""

    session: SessionView
    title: str
    person: PersonCard
    check: CheckView | None
    refusals: tuple[RefusalView, ...]
    timeline: tuple[tuple[datetime, str, dict[str, Any]], ...]
    evidence: tuple[EvidenceView, ...]
    frames: dict[str, int]
    masked: tuple[str, ...]
    opinions: tuple[tuple[datetime, PersonCard | None, Verdict, str], ...]
    is_revealed: bool
    index: int
    terms: tuple[IndexTerm, ...]
    result: str
    annul_hindrance: str
    own_verdict: Verdict | None
    statement: LearnerStatementView | None
    earlier_statements: tuple[LearnerStatementView, ...]
    keeps_until: datetime | None


@dataclass(frozen=True, slots=True)
class LearnerStatementView:
    """What the student was asked and answered."""

    question: str
    asked_at: datetime
    due_at: datetime
    text: str | None
    answered_at: datetime | None


def sample_standing(session: Session, person_id: UUID, at: datetime) -> SampleStanding:
    """Return whether a person can have a sample, by basis and consent, and how its registration stands."""
    admission = people.current_admission(session, person_id, at.date())
    minor = people.is_minor(session, person_id, at.date())
    org_id = admission.org_id if admission else None
    basis = people.biometric_basis(session, org_id, minors=minor) if org_id else None
    consent = people.active_consent(session, person_id, ConsentPurpose.BIOMETRICS, at)
    row = session.scalar(
        sa.select(Enrolment)
        .where(Enrolment.person_id == person_id)
        .order_by(Enrolment.created_at.desc(), Enrolment.id.desc())
        .limit(1)
    )
    active = session.scalar(
        sa.select(sa.func.count()).where(
            FaceTemplate.person_id == person_id,
            FaceTemplate.state == TemplateState.ACTIVE,
            FaceTemplate.expires_at > at,
        )
    )
    return SampleStanding(
        org_id=org_id,
        is_minor=minor,
        has_basis=basis is not None,
        consent_id=consent.id if consent else None,
        is_active=bool(active) and consent is not None and basis is not None,
        enrolment=_enrolment_view(session, row) if row is not None else None,
    )


def _enrolment_view(session: Session, row: Enrolment) -> EnrolmentView:
    shots = session.scalars(
        sa.select(EnrolmentShot).where(EnrolmentShot.enrolment_id == row.id).order_by(EnrolmentShot.no)
    ).all()
    faults = tuple((shot.no, shot.fault) for shot in shots if shot.fault)
    return EnrolmentView(row.id, row.state, row.created_at, faults, len(shots), row.decided_at)


def samples_waiting(
    session: Session, actor: Actor, at: datetime
) -> list[tuple[UUID, PersonCard, datetime | None]]:
    """Return the samples that wait for the actor's approval: (registration, person, when)."""
    orgs = actor.orgs_as("registrar", "proctor")
    rows = session.execute(
        sa.select(Enrolment.id, Enrolment.person_id, Enrolment.computed_at)
        .where(Enrolment.state == EnrolmentState.TO_APPROVE, Enrolment.org_id.in_(orgs))
        .order_by(Enrolment.computed_at)
    ).all()
    mine = [row for row in rows if people.is_impartial(session, actor, row[1])]
    cards = people.person_cards(session, [person_id for _, person_id, _ in mine])
    return [(row_id, cards[person_id], when) for row_id, person_id, when in mine]


def effective_policy(
    session: Session, org_id: UUID, wanted: Mapping[str, Any], blueprint_id: UUID | None = None
) -> SupervisionPolicy:
    """Return the policy of a sitting.

    What the school set for its blueprint comes first, then what the blueprint's version asks for, then what the school
    set for everything.
    """
    if blueprint_id is not None:
        own = policy_version(session, org_id, blueprint_id)
        if own is not None:
            return own.policy
    default = policy_version(session, org_id, None)
    return policy_from(wanted, default.policy if default is not None else SupervisionPolicy())


def policy_version(session: Session, org_id: UUID, blueprint_id: UUID | None) -> PolicyView | None:
    """Return what an organisation set for a blueprint (None: for everything) and holds now, or None."""
    return next((view for view in policy_history(session, org_id) if view.blueprint_id == blueprint_id), None)


def policy_history(session: Session, org_id: UUID) -> list[PolicyView]:
    """Return every version that an organisation set, the newest first."""
    rows = session.scalars(
        sa.select(SupervisionPolicyVersion)
        .where(SupervisionPolicyVersion.org_id == org_id)
        .order_by(SupervisionPolicyVersion.version.desc())
    ).all()
    cards = people.person_cards(session, [row.set_by for row in rows])
    return [
        PolicyView(
            version=row.version,
            blueprint_id=row.blueprint_id,
            policy=SupervisionPolicy(
                row.level, row.monitoring, row.cadence_s, tuple(IdentityMethod(name) for name in row.methods)
            ),
            set_by=cards.get(row.set_by) if row.set_by else None,
            set_at=row.set_at,
        )
        for row in rows
    ]


def current_check(session: Session, entry_id: UUID) -> IdentityCheck | None:
    """Return the check that counts for an entry: the newest that no other replaced."""
    return session.scalar(
        sa.select(IdentityCheck)
        .where(IdentityCheck.entry_id == entry_id, IdentityCheck.superseded_at.is_(None))
        .order_by(IdentityCheck.created_at.desc(), IdentityCheck.id.desc())
        .limit(1)
    )


def identity_options(session: Session, entry_id: UUID, at: datetime) -> IdentityOptions:
    """Return what an entry asks for and offers; raise NotFound ``proctoring.no_entry``."""
    facts = sitting_facts(session, entry_id)
    if facts is None:
        raise NotFound("proctoring.no_entry")
    policy = effective_policy(session, facts.org_id, facts.supervision, facts.blueprint_id)
    conditions = people.conditions_for(session, facts.person_id, at.date(), activity="exam")
    sample = sample_standing(session, facts.person_id, at)
    basis = people.biometric_basis(session, facts.org_id, minors=sample.is_minor)
    refusals = refusals_of(session, entry_id)
    methods = allowed_methods(
        level=policy.level,
        face_ready=sample.is_active and basis is not None,
        camera_allowed=conditions.camera_allowed,
        named=conditions.identity_methods,
        offered=policy.methods,
        was_refused=bool(refusals),
    )
    check = current_check(session, entry_id)
    view = _check_view(session, check) if check else None
    return IdentityOptions(facts, policy, methods, view, sample, refusals)


def refusals_of(session: Session, entry_id: UUID) -> tuple[RefusalView, ...]:
    """Return how often people could not confirm the identity for an entry, the oldest first."""
    rows = session.scalars(
        sa.select(IdentityCheck)
        .where(IdentityCheck.entry_id == entry_id, IdentityCheck.state == CheckState.REFUSED)
        .order_by(IdentityCheck.decided_at)
    ).all()
    cards = people.person_cards(session, [row.decided_by for row in rows])
    return tuple(
        RefusalView(
            row.id,
            row.method,
            cards.get(row.decided_by) if row.decided_by else None,
            row.decided_at,
            row.note,
        )
        for row in rows
    )


def identity_for_entry(session: Session, entry_id: UUID) -> IdentityView | None:
    """Return the identity check that counts for an entry, or None."""
    row = current_check(session, entry_id)
    if row is None:
        return None
    return IdentityView(
        id=row.id,
        entry_id=row.entry_id,
        person_id=row.person_id,
        org_id=row.org_id,
        method=row.method,
        state=row.state,
        level=row.level_reached or 0,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        score=row.score,
        threshold=row.threshold,
        model=row.model,
        liveness=row.liveness,
    )


def check_view(session: Session, check_id: UUID) -> CheckView:
    """Return one check; raise NotFound ``proctoring.no_check``."""
    row = session.get(IdentityCheck, check_id)
    if row is None:
        raise NotFound("proctoring.no_check")
    return _check_view(session, row)


def _check_view(session: Session, row: IdentityCheck) -> CheckView:
    cards = people.person_cards(session, [row.person_id, row.decided_by, row.vouched_by])
    shots = session.execute(
        sa.select(Evidence.id)
        .join(CheckShot, CheckShot.file_id == Evidence.file_id)
        .where(CheckShot.check_id == row.id, CheckShot.round == row.tries, Evidence.deleted_at.is_(None))
        .order_by(CheckShot.no)
    ).scalars()
    return CheckView(
        id=row.id,
        entry_id=row.entry_id,
        person=cards[row.person_id],
        org_id=row.org_id,
        title=row.title,
        method=row.method,
        state=row.state,
        level_required=row.level_required,
        level_reached=row.level_reached,
        tries=row.tries,
        is_computing=row.method is IdentityMethod.FACE
        and row.state is CheckState.PENDING
        and row.shots_at is not None,
        outcome=row.outcome,
        reason=row.reason,
        metric=row.metric,
        score=row.score,
        threshold=row.threshold,
        model=row.model,
        liveness=row.liveness,
        meeting_url=row.meeting_url,
        code_expires_at=row.code_expires_at,
        vouched_by=cards.get(row.vouched_by) if row.vouched_by else None,
        note=row.note,
        document_ref=row.document_ref,
        decided_by=cards.get(row.decided_by) if row.decided_by else None,
        decided_at=row.decided_at,
        created_at=row.created_at,
        shots=tuple(shots),
    )


def checks_waiting(session: Session, actor: Actor, at: datetime) -> list[CheckView]:
    """Return the checks that wait for a decision the actor may make, oldest first."""
    rows = session.scalars(
        sa.select(IdentityCheck)
        .where(
            IdentityCheck.superseded_at.is_(None),
            IdentityCheck.state == CheckState.HUMAN_CHECK,
            IdentityCheck.method != IdentityMethod.CODE_AND_ADULT,
            IdentityCheck.org_id.in_({role.org_id for role in actor.roles}),
        )
        .order_by(IdentityCheck.created_at)
    ).all()
    return [_check_view(session, row) for row in rows if may_decide(session, actor, check_reach(row, at))]


def vouching_waiting(session: Session, actor: Actor, at: datetime) -> list[CheckView]:
    """Return the checks for which the actor, a parent or tutor, can vouch now."""
    rows = session.scalars(
        sa.select(IdentityCheck)
        .where(
            IdentityCheck.superseded_at.is_(None),
            IdentityCheck.state == CheckState.PENDING,
            IdentityCheck.method == IdentityMethod.CODE_AND_ADULT,
            IdentityCheck.org_id.in_({role.org_id for role in actor.roles}),
        )
        .order_by(IdentityCheck.created_at)
    ).all()
    return [_check_view(session, row) for row in rows if may_decide(session, actor, check_reach(row, at))]


def check_reach(row: IdentityCheck, at: datetime) -> Reach:
    """Return what the permission to decide a check looks at."""
    return Reach(row.person_id, at, row.method, row.org_id)


def session_for_attempt(session: Session, attempt_id: UUID) -> SessionView | None:
    """Return the sitting of an attempt, or None."""
    row = session.scalar(sa.select(ProctoringSession).where(ProctoringSession.attempt_id == attempt_id))
    return _session_view(row) if row is not None else None


def _session_view(row: ProctoringSession) -> SessionView:
    return SessionView(
        id=row.id,
        attempt_id=row.attempt_id,
        entry_id=row.entry_id,
        person_id=row.person_id,
        org_id=row.org_id,
        state=row.state,
        outcome=row.outcome,
        monitoring=row.monitoring,
        started_at=row.started_at,
        ended_at=row.ended_at,
    )


def sitting_reach(session: Session, session_id: UUID, at: datetime) -> SittingReach:
    """Return what the permission to review looks at; raise NotFound ``proctoring.no_session``."""
    row = session.get(ProctoringSession, session_id)
    if row is None:
        raise NotFound("proctoring.no_session")
    return SittingReach(row.id, at, row.person_id, row.org_id, row.attempt_id)


def latest_opinions(session: Session, session_id: UUID) -> dict[UUID, Verdict]:
    """Return each reviewer's newest opinion in the present round of a sitting's review."""
    rows = session.execute(
        sa.select(ReviewDecision.reviewer_id, ReviewDecision.verdict)
        .join(ProctoringSession, ProctoringSession.id == ReviewDecision.session_id)
        .where(
            ReviewDecision.session_id == session_id, ReviewDecision.round == ProctoringSession.review_round
        )
        .order_by(ReviewDecision.at, ReviewDecision.id)
    )
    return {reviewer: verdict for reviewer, verdict in rows}


def _terms(session: Session, row: ProctoringSession) -> list[IndexTerm]:
    incidents = session.execute(
        sa.select(Incident.kind, Incident.confidence).where(Incident.session_id == row.id)
    )
    return index_terms([(kind, confidence) for kind, confidence in incidents], row.index_weights)


def review_queue(
    session: Session, actor: Actor, at: datetime, *, state: SessionState = SessionState.QUEUED
) -> list[ReviewRow]:
    """Return the sittings that wait for the actor as a reviewer (or, with ``closed``, were looked at), by index and age.

    The index orders the list; its number and reasons are shown only where the actor already gave an opinion.
    """
    rows = session.scalars(
        sa.select(ProctoringSession)
        .where(
            ProctoringSession.state == state,
            ProctoringSession.monitoring == Monitoring.CAMERA,
            ProctoringSession.org_id.in_(actor.orgs_as("reviewer")),
        )
        .order_by(ProctoringSession.ended_at.desc())
        .limit(200)
    ).all()
    near = [
        r
        for r in rows
        if is_near(session, actor, SittingReach(r.id, at, r.person_id, r.org_id, r.attempt_id))
    ]
    mine = [row for row in rows if row not in near]
    cards = people.person_cards(session, [row.person_id for row in mine])
    made: list[tuple[int, datetime, ReviewRow]] = []
    for row in mine:
        terms, opinions = _terms(session, row), latest_opinions(session, row.id)
        is_revealed = bool(
            session.scalar(
                sa.select(sa.func.count()).where(
                    ReviewDecision.session_id == row.id, ReviewDecision.reviewer_id == actor.person_id
                )
            )
        )
        asked = session.scalar(
            sa.select(sa.func.count()).where(
                LearnerStatement.session_id == row.id,
                LearnerStatement.round == row.review_round,
                LearnerStatement.answered_at.is_(None),
            )
        )
        evidence = session.scalar(
            sa.select(sa.func.count()).where(Evidence.session_id == row.id, Evidence.deleted_at.is_(None))
        )
        shown = ReviewRow(
            session_id=row.id,
            person_code=cards[row.person_id].code,
            title=row.title,
            ended_at=row.ended_at,
            evidence_count=int(evidence or 0),
            opinions=len(opinions),
            is_asked=bool(asked),
            outcome=row.outcome,
            index=review_index(terms) if is_revealed else None,
            reasons=tuple(term.kind for term in terms) if is_revealed else (),
        )
        made.append((-review_index(terms), row.ended_at or row.started_at, shown))
    return [shown for _, _, shown in sorted(made, key=lambda item: item[:2])]


def annulled_sittings(session: Session, actor: Actor, at: datetime) -> list[AnnulledRow]:
    """Return the annulled sittings that the actor may make count again, the newest first."""
    rows = session.scalars(
        sa.select(ProctoringSession)
        .where(
            ProctoringSession.outcome == SessionOutcome.ANNULLED,
            ProctoringSession.org_id.in_(actor.orgs_as("director", "reviewer")),
        )
        .order_by(ProctoringSession.closed_at.desc())
    ).all()
    mine = [
        r
        for r in rows
        if not is_near(session, actor, SittingReach(r.id, at, r.person_id, r.org_id, r.attempt_id))
    ]
    cards = people.person_cards(session, [row.person_id for row in mine])
    return [
        AnnulledRow(row.id, cards[row.person_id], row.title, row.started_at, row.closed_at) for row in mine
    ]


def case_view(session: Session, session_id: UUID, viewer_id: UUID | None, at: datetime) -> CaseView:
    """Return a sitting as a reviewer sees it; index, terms and scores only after the viewer's own first opinion."""
    row = session.get(ProctoringSession, session_id)
    if row is None:
        raise NotFound("proctoring.no_session")
    latest = latest_opinions(session, row.id)
    decisions = session.scalars(
        sa.select(ReviewDecision).where(ReviewDecision.session_id == row.id).order_by(ReviewDecision.at)
    ).all()
    cards = people.person_cards(session, [row.person_id, *(d.reviewer_id for d in decisions)])
    # The student and parents see reasons as soon as any person has given an opinion, a reviewer after their own.
    is_revealed = bool(decisions) if viewer_id is None else any(d.reviewer_id == viewer_id for d in decisions)
    shown = [d for d in decisions if is_revealed or d.reviewer_id == viewer_id]
    terms = _terms(session, row)
    statement, earlier = _statements(session, row)
    check = session.get(IdentityCheck, row.check_id) if row.check_id else None
    evidence = _evidence(session, row, with_reasons=is_revealed)
    return CaseView(
        session=_session_view(row),
        title=row.title,
        person=cards[row.person_id],
        check=_check_view(session, check) if check else None,
        refusals=refusals_of(session, row.entry_id),
        timeline=_timeline(session, row, with_reasons=is_revealed),
        evidence=evidence,
        frames=_frame_counts(session, row.id),
        masked=tuple(row.masked_findings),
        opinions=tuple((d.at, cards.get(d.reviewer_id), d.verdict, d.reason) for d in shown),
        is_revealed=is_revealed,
        index=review_index(terms) if is_revealed else 0,
        terms=tuple(terms) if is_revealed else (),
        result=review_result(latest),
        annul_hindrance=may_annul(
            latest,
            statement_at=statement.answered_at if statement else None,
            due_at=statement.due_at if statement else None,
            at=at,
        ),
        own_verdict=latest.get(viewer_id) if viewer_id else None,
        statement=statement,
        earlier_statements=earlier,
        keeps_until=max((item.expires_at for item in evidence if not item.is_deleted), default=None),
    )


def _statements(
    session: Session, row: ProctoringSession
) -> tuple[LearnerStatementView | None, tuple[LearnerStatementView, ...]]:
    """Return what the student was asked in the present round, and what in earlier rounds."""
    present, earlier = None, []
    for item in session.scalars(
        sa.select(LearnerStatement)
        .where(LearnerStatement.session_id == row.id)
        .order_by(LearnerStatement.round)
    ):
        view = LearnerStatementView(item.question, item.asked_at, item.due_at, item.text, item.answered_at)
        if item.round == row.review_round:
            present = view
        else:
            earlier.append(view)
    return present, tuple(earlier)


def _frame_counts(session: Session, session_id: UUID) -> dict[str, int]:
    rows = session.execute(
        sa.select(Frame.state, sa.func.count()).where(Frame.session_id == session_id).group_by(Frame.state)
    )
    counts = {state.value: count for state, count in rows}
    counts["waiting"] = counts.get(FrameState.STORED.value, 0) + counts.get(FrameState.PROCESSING.value, 0)
    counts["all"] = sum(value for key, value in counts.items() if key != "waiting")
    return counts


def _timeline(
    session: Session, row: ProctoringSession, *, with_reasons: bool
) -> tuple[tuple[datetime, str, dict[str, Any]], ...]:
    """Return what happened, oldest first: events, and incidents as facts, never as a score.

    Without reasons an incident is only "a moment to look at".
    """
    found: list[tuple[datetime, str, dict[str, Any]]] = [(row.started_at, "started", {})]
    for event in session.scalars(sa.select(SessionEvent).where(SessionEvent.session_id == row.id)):
        found.append((event.at, f"event.{event.kind}", dict(event.detail)))
    for incident in session.scalars(sa.select(Incident).where(Incident.session_id == row.id)):
        length = round((incident.last_at - incident.started_at).total_seconds())
        kind = incident.kind if with_reasons else "hidden"
        found.append((incident.started_at, f"incident.{kind}", {"seconds": length}))
    if row.ended_at is not None:
        found.append((row.ended_at, "ended", {}))
    return tuple(sorted(found, key=lambda item: item[0]))


def _evidence(session: Session, row: ProctoringSession, *, with_reasons: bool) -> tuple[EvidenceView, ...]:
    found = session.execute(
        sa.select(Evidence, Incident.kind)
        .outerjoin(Incident, Incident.id == Evidence.incident_id)
        .where(Evidence.session_id == row.id)
        .order_by(Evidence.captured_at, Evidence.id)
    )
    return tuple(
        EvidenceView(
            item.id,
            item.captured_at,
            item.expires_at,
            item.deleted_at is not None,
            (kind or "") if with_reasons else "",
        )
        for item, kind in found
    )


def sittings_of(session: Session, person_ids: Iterable[UUID]) -> list[SittingSummary]:
    """Return the sittings of students with the questions they were asked, the newest first."""
    rows = session.execute(
        sa.select(ProctoringSession, LearnerStatement)
        .outerjoin(
            LearnerStatement,
            sa.and_(
                LearnerStatement.session_id == ProctoringSession.id,
                LearnerStatement.round == ProctoringSession.review_round,
            ),
        )
        .where(ProctoringSession.person_id.in_(list(person_ids)))
        .order_by(ProctoringSession.started_at.desc())
    )
    return [_summary(row, statement) for row, statement in rows]


def _summary(row: ProctoringSession, statement: LearnerStatement | None) -> SittingSummary:
    return SittingSummary(
        session=_session_view(row),
        title=row.title,
        question=None if statement is None else statement.question,
        due_at=None if statement is None else statement.due_at,
        statement=None if statement is None else statement.text,
        answered_at=None if statement is None else statement.answered_at,
    )
