"""Read about identity: samples, ways, checks, refusals."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.queries.supervision import SittingFacts, sitting_facts
from lms.core.actor import Actor
from lms.core.db import day_of, fetch
from lms.core.errors import NotFound
from lms.core.models import StoredFile
from lms.people import queries as people
from lms.people.types import AssignmentKind, ConsentPurpose, PersonCard, Relation
from lms.proctoring.access_rules import Reach, decides
from lms.proctoring.models import (
    Challenge,
    CheckShot,
    Enrolment,
    EnrolmentShot,
    Evidence,
    FaceTemplate,
    IdentityCheck,
)
from lms.proctoring.queries.passkeys import counting_passkeys
from lms.proctoring.queries.policies import effective_policy
from lms.proctoring.rules.identity import allowed_methods, is_enough, is_settled
from lms.proctoring.types import (
    ChallengeKind,
    ChallengeOutcome,
    CheckState,
    EnrolmentState,
    IdentityMethod,
    IdentityView,
    SupervisionPolicy,
    TemplateState,
)

__all__ = [
    "CURRENT_CHECK_ID",
    "ChallengeView",
    "CheckView",
    "EnrolmentView",
    "IdentityOptions",
    "IdentityStanding",
    "RefusalView",
    "SampleStanding",
    "check_reach",
    "check_view",
    "checks_waiting",
    "current_check",
    "identity_for_entry",
    "identity_options",
    "identity_standing",
    "refusals_of",
    "sample_standing",
    "samples_ending",
    "samples_waiting",
    "vouching_waiting",
    "who_may_vouch",
    "with_sample",
]


#: Faces change, children's fast: so long before a sample ends its owner is asked to take it again.
REMIND_BEFORE = timedelta(days=30)


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
    """Whether a person can have a sample here, and how its registration stands.

    ``ages``: it ends within `REMIND_BEFORE`, so it is time to take it again. ``takes_voice``: the consent speaks of a recording.
    """

    org_id: UUID | None
    is_minor: bool
    has_basis: bool
    consent_id: UUID | None
    is_active: bool
    enrolment: EnrolmentView | None
    expires_at: datetime | None = None
    ages: bool = False
    takes_voice: bool = False

    @property
    def may_register(self) -> bool:
        """Tell whether pictures may be taken: legal basis and signed consent are there."""
        return self.has_basis and self.consent_id is not None


@dataclass(frozen=True, slots=True)
class ChallengeView:
    """Something that is asked for before the camera, or what came of it: its picture and what was measured."""

    nonce: str
    kind: ChallengeKind
    digits: str
    outcome: ChallengeOutcome
    measures: dict[str, float]
    evidence_id: UUID | None
    seconds: int | None
    made_at: datetime
    is_voice: bool


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
    signals: tuple[str, ...]
    asked: tuple[ChallengeView, ...]
    answered: tuple[ChallengeView, ...]

    @property
    def is_settled(self) -> bool:
        """Tell whether the exam may start."""
        return is_settled(self.state)


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
    """What one entry asks for and offers: policy, ways, the check that was begun.

    ``needs_sample``: the camera would be one of the ways, and only its registration is missing.
    """

    facts: SittingFacts
    policy: SupervisionPolicy
    methods: tuple[IdentityMethod, ...]
    check: CheckView | None
    sample: SampleStanding
    refusals: tuple[RefusalView, ...] = ()
    needs_sample: bool = False

    @property
    def is_open(self) -> bool:
        """Tell whether nothing about identity stands in the way of the exam."""
        check = self.check
        return self.policy.level == 0 or (
            check is not None and is_enough(check.state, check.level_reached, self.policy.level)
        )


@dataclass(frozen=True, slots=True)
class IdentityStanding:
    """Whether identity is asked for, and how far the check that counts has come (None: not begun)."""

    is_asked: bool
    state: CheckState | None
    needs_seb: bool = False
    is_enough: bool = False

    @property
    def is_open(self) -> bool:
        """Tell whether nothing about identity stands in the way of the exam."""
        return not self.is_asked or self.is_enough


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
    expires_at = session.scalar(
        sa.select(sa.func.min(FaceTemplate.expires_at)).where(
            FaceTemplate.person_id == person_id,
            FaceTemplate.state == TemplateState.ACTIVE,
            FaceTemplate.expires_at > at,
        )
    )
    is_active = expires_at is not None and consent is not None and basis is not None
    return SampleStanding(
        org_id=org_id,
        is_minor=minor,
        has_basis=basis is not None,
        consent_id=consent.id if consent else None,
        is_active=is_active,
        enrolment=_enrolment_view(session, row) if row is not None else None,
        expires_at=expires_at if is_active else None,
        ages=is_active and expires_at is not None and expires_at - at <= REMIND_BEFORE,
        takes_voice=people.may_keep_voice(session, person_id, at),
    )


def _enrolment_view(session: Session, row: Enrolment) -> EnrolmentView:
    shots = session.scalars(
        sa.select(EnrolmentShot).where(EnrolmentShot.enrolment_id == row.id).order_by(EnrolmentShot.no)
    ).all()
    faults = tuple((shot.no, shot.fault) for shot in shots if shot.fault)
    return EnrolmentView(row.id, row.state, row.created_at, faults, len(shots), row.decided_at)


_ENDING = (
    sa.select(FaceTemplate.person_id, sa.func.min(FaceTemplate.expires_at))
    .where(
        FaceTemplate.state == TemplateState.ACTIVE,
        FaceTemplate.expires_at > sa.bindparam("at"),
        FaceTemplate.expires_at <= sa.bindparam("soon"),
        ~sa.exists().where(
            Enrolment.person_id == FaceTemplate.person_id,
            Enrolment.state.in_([EnrolmentState.QUEUED, EnrolmentState.TO_APPROVE]),
        ),
    )
    .group_by(FaceTemplate.person_id)
)
_OWN_ENDING = _ENDING.where(FaceTemplate.person_id == sa.bindparam("person_id"))


def samples_ending(
    session: Session, at: datetime, person_id: UUID | None = None
) -> list[tuple[UUID, datetime]]:
    """Return whose samples end within `REMIND_BEFORE`, and when: of one person or of everybody.

    Who has sent new pictures that wait has done what is to be done.
    """
    soon = at + REMIND_BEFORE
    if person_id is None:
        rows = fetch(session, _ENDING, at=at, soon=soon)
    else:
        rows = fetch(session, _OWN_ENDING, at=at, soon=soon, person_id=person_id)
    return [(owner, ends_at) for owner, ends_at in rows]


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
    close = people.family_of(session, actor.person_id) | {actor.person_id} if actor.person_id else set()
    mine = [row for row in rows if row[1] not in close]
    cards = people.person_cards(session, [person_id for _, person_id, _ in mine])
    return [(row_id, cards[person_id], when) for row_id, person_id, when in mine]


_CURRENT_CHECK = (
    sa.select(IdentityCheck)
    .where(IdentityCheck.entry_id == sa.bindparam("entry_id"), IdentityCheck.superseded_at.is_(None))
    .order_by(IdentityCheck.created_at.desc(), IdentityCheck.id.desc())
    .limit(1)
)
#: The id alone of what `current_check` returns.
CURRENT_CHECK_ID = _CURRENT_CHECK.with_only_columns(IdentityCheck.id)


def current_check(session: Session, entry_id: UUID) -> IdentityCheck | None:
    """Return the check that counts for an entry: the newest that no other replaced."""
    return session.scalar(_CURRENT_CHECK, {"entry_id": entry_id})


_CURRENT_STATE = _CURRENT_CHECK.with_only_columns(IdentityCheck.state, IdentityCheck.level_reached)


def identity_standing(
    session: Session, entry_id: UUID, facts: SittingFacts | None = None
) -> IdentityStanding:
    """Return whether identity stands in the way of an entry's exam; nothing is asked of one that is not there.

    What the gate asks at every start: unlike `identity_options` it leaves out ways, samples and refusals. ``facts`` are
    those of the entry where they were read already.
    """
    facts = facts or sitting_facts(session, entry_id)
    if facts is None:
        return IdentityStanding(is_asked=False, state=None)
    policy = effective_policy(session, facts.org_id, facts.supervision, facts.blueprint_id)
    if policy.level == 0:
        return IdentityStanding(is_asked=False, state=None, needs_seb=policy.needs_seb)
    found = fetch(session, _CURRENT_STATE, entry_id=entry_id)
    if not found:
        return IdentityStanding(is_asked=True, state=None, needs_seb=policy.needs_seb)
    check = found[0]
    enough = is_enough(check.state, check.level_reached, policy.level)
    state = check.state if enough or not is_settled(check.state) else None
    return IdentityStanding(is_asked=True, state=state, needs_seb=policy.needs_seb, is_enough=enough)


def identity_options(session: Session, entry_id: UUID, at: datetime) -> IdentityOptions:
    """Return what an entry asks for and offers; raise NotFound ``proctoring.no_entry``."""
    facts = sitting_facts(session, entry_id)
    if facts is None:
        raise NotFound("proctoring.no_entry")
    policy = effective_policy(session, facts.org_id, facts.supervision, facts.blueprint_id)
    conditions = people.conditions_for(session, facts.person_id, day_of(session, at), activity="exam")
    sample = sample_standing(session, facts.person_id, at)
    basis = people.biometric_basis(session, facts.org_id, minors=sample.is_minor)
    refusals = refusals_of(session, entry_id)
    ways = partial(
        allowed_methods,
        level=policy.level,
        camera_allowed=conditions.camera_allowed,
        named=conditions.identity_methods,
        passkey_ready=bool(counting_passkeys(session, facts.person_id, at)),
        offered=policy.methods,
        was_refused=bool(refusals),
        adult_ready=bool(who_may_vouch(session, facts.person_id, at)),
    )
    methods = ways(face_ready=sample.is_active and basis is not None)
    needs_sample = (
        sample.may_register and not sample.is_active and IdentityMethod.FACE in ways(face_ready=True)
    )
    check = current_check(session, entry_id)
    view = _check_view(session, check) if check else None
    return IdentityOptions(facts, policy, methods, view, sample, refusals, needs_sample)


def who_may_vouch(session: Session, person_id: UUID, at: datetime) -> frozenset[UUID]:
    """Return who could vouch for a student now: guardians who may see, and tutors who are not of the family."""
    guardians = people.guardians_of(session, person_id, at, Relation.GUARDIAN_VIEW)
    staff = people.staff_of(session, person_id, at)
    tutors = {adult for kind, _, adult in staff if kind == AssignmentKind.TUTOR}
    return frozenset(guardians) | (tutors - people.family_of(session, person_id) - {person_id})


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
    asked = _challenges(session, row, range(row.tries + 1, row.tries + 2))
    return _view(row, cards, tuple(shots), asked, _challenges(session, row, range(1, row.tries + 1)))


def _view(
    row: IdentityCheck,
    cards: Mapping[UUID, PersonCard],
    shots: tuple[UUID, ...] = (),
    asked: tuple[ChallengeView, ...] = (),
    answered: tuple[ChallengeView, ...] = (),
) -> CheckView:
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
        shots=shots,
        signals=tuple(row.signals),
        asked=asked,
        answered=answered,
    )


def _challenges(session: Session, row: IdentityCheck, rounds: range) -> tuple[ChallengeView, ...]:
    """Return the tasks of some rounds in their order; one that was exchanged is nobody's business and left out."""
    if row.method is not IdentityMethod.FACE:
        return ()
    found = session.execute(
        sa.select(Challenge, Evidence.id, StoredFile.media_type)
        .outerjoin(StoredFile, StoredFile.id == Challenge.file_id)
        .outerjoin(Evidence, (Evidence.file_id == Challenge.file_id) & Evidence.deleted_at.is_(None))
        .where(
            Challenge.check_id == row.id,
            Challenge.round.in_(rounds),
            Challenge.outcome != ChallengeOutcome.EXCHANGED,
        )
        .order_by(Challenge.round, Challenge.no)
    ).all()
    return tuple(
        ChallengeView(
            task.nonce,
            task.kind,
            task.digits,
            task.outcome,
            dict(task.measures),
            evidence_id,
            round((task.answered_at - task.made_at).total_seconds()) if task.answered_at else None,
            task.made_at,
            (media_type or "").startswith("audio/"),
        )
        for task, evidence_id, media_type in found
    )


def checks_waiting(session: Session, actor: Actor, at: datetime) -> list[CheckView]:
    """Return the checks that wait for a decision the actor may make, oldest first, without their pictures."""
    return _waiting(
        session,
        actor,
        at,
        IdentityCheck.state == CheckState.HUMAN_CHECK,
        IdentityCheck.method != IdentityMethod.CODE_AND_ADULT,
    )


def vouching_waiting(session: Session, actor: Actor, at: datetime) -> list[CheckView]:
    """Return the checks for which the actor, a parent or tutor, can vouch now."""
    return _waiting(
        session,
        actor,
        at,
        IdentityCheck.state == CheckState.PENDING,
        IdentityCheck.method == IdentityMethod.CODE_AND_ADULT,
    )


def _waiting(session: Session, actor: Actor, at: datetime, *which: sa.ColumnElement[bool]) -> list[CheckView]:
    """Return the checks of the actor's organisations that the actor may decide; with a few statements, however many wait."""
    rows = session.scalars(
        sa.select(IdentityCheck)
        .where(
            IdentityCheck.superseded_at.is_(None),
            IdentityCheck.org_id.in_({role.org_id for role in actor.roles}),
            *which,
        )
        .order_by(IdentityCheck.created_at)
    ).all()
    if not rows or actor.person_id is None:
        return []
    people_of: dict[UUID, set[UUID]] = {}
    for row in rows:
        people_of.setdefault(row.org_id, set()).add(row.person_id)
    found = {
        org_id: people.relations_among(session, actor, them, org_id, at) for org_id, them in people_of.items()
    }
    close = people.family_of(session, actor.person_id) | {actor.person_id}

    def is_mine(row: IdentityCheck) -> bool:
        relations = found[row.org_id][row.person_id]
        return decides(actor, check_reach(row, at), relations, lambda: row.person_id not in close)

    mine = [row for row in rows if is_mine(row)]
    cards = people.person_cards(session, {row.person_id for row in mine})
    return [_view(row, cards) for row in mine]


def check_reach(row: IdentityCheck, at: datetime) -> Reach:
    """Return what the permission to decide a check looks at."""
    return Reach(row.person_id, at, row.method, row.org_id)


def with_sample(session: Session, person_ids: Collection[UUID], at: datetime) -> frozenset[UUID]:
    """Return those of the people who have a sample in force, so that faces are compared with it."""
    found = sa.select(FaceTemplate.person_id).where(
        FaceTemplate.person_id.in_(person_ids),
        FaceTemplate.state == TemplateState.ACTIVE,
        FaceTemplate.expires_at > at,
    )
    return frozenset(session.scalars(found))
