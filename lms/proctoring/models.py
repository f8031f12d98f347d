"""Tables of identity checks, samples, sittings, evidence and review."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lms.core.db import Base, JsonText, choice_column
from lms.core.ids import new_id
from lms.proctoring.types import (
    ChallengeKind,
    ChallengeOutcome,
    CheckState,
    DeclaredKind,
    EnrolmentState,
    FrameState,
    IdentityMethod,
    MessageKind,
    Monitoring,
    SessionOutcome,
    SessionState,
    TemplateState,
    Verdict,
)

__all__ = [
    "Challenge",
    "CheckShot",
    "DeclaredGroup",
    "DeviceCheck",
    "Enrolment",
    "EnrolmentShot",
    "Evidence",
    "FaceTemplate",
    "FindingRow",
    "Frame",
    "IdentityCheck",
    "Incident",
    "LearnerStatement",
    "Passkey",
    "ProctorDuty",
    "ProctoringSession",
    "ReviewDecision",
    "SebWaiver",
    "SessionEvent",
    "SittingAppeal",
    "SittingMessage",
    "SupervisionPolicyVersion",
]


class SupervisionPolicyVersion(Base):
    """What an organisation asks for in its sittings, or in those of one blueprint; append-only, the newest counts."""

    __tablename__ = "supervision_policy"
    __table_args__ = (sa.UniqueConstraint("org_id", "version"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    blueprint_id: Mapped[UUID | None]
    version: Mapped[int]
    level: Mapped[int] = mapped_column(sa.CheckConstraint("level BETWEEN 0 AND 3", "level"))
    monitoring: Mapped[Monitoring] = mapped_column(choice_column(Monitoring, "monitoring"))
    cadence_s: Mapped[int]
    methods: Mapped[list[str]] = mapped_column(JsonText, default=list)
    needs_seb: Mapped[bool] = mapped_column(default=False)
    set_by: Mapped[UUID | None]
    set_at: Mapped[datetime]


class Enrolment(Base):
    """One registration of a sample: three pictures, what was wrong with them, who approved against which document."""

    __tablename__ = "face_enrolment"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    consent_id: Mapped[UUID]
    state: Mapped[EnrolmentState] = mapped_column(choice_column(EnrolmentState, "state"))
    verifier: Mapped[str] = mapped_column(sa.String(40))
    device_class: Mapped[str] = mapped_column(sa.String(20), default="unknown")
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    claims: Mapped[int] = mapped_column(default=0)
    computed_at: Mapped[datetime | None]
    fault: Mapped[str] = mapped_column(sa.String(40), default="")
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    document_ref: Mapped[str] = mapped_column(sa.String(200), default="")


class EnrolmentShot(Base):
    """One picture of a registration, encrypted; deleted as soon as the sample is approved or refused."""

    __tablename__ = "face_enrolment_shot"
    __table_args__ = (sa.UniqueConstraint("enrolment_id", "no"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    enrolment_id: Mapped[UUID] = mapped_column(sa.ForeignKey("face_enrolment.id"), index=True)
    no: Mapped[int]
    file_id: Mapped[UUID]
    fault: Mapped[str] = mapped_column(sa.String(40), default="")
    quality: Mapped[dict[str, Any]] = mapped_column(JsonText, default=dict)


class FaceTemplate(Base):
    """Numbers of a face, encrypted under the person's own key; the model that made them is named and hashed."""

    __tablename__ = "face_template"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    enrolment_id: Mapped[UUID] = mapped_column(sa.ForeignKey("face_enrolment.id"))
    consent_id: Mapped[UUID]
    state: Mapped[TemplateState] = mapped_column(choice_column(TemplateState, "state"))
    model_id: Mapped[str] = mapped_column(sa.String(40))
    model_version: Mapped[str] = mapped_column(sa.String(40))
    model_digest: Mapped[str] = mapped_column(sa.String(64))
    payload: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    destroyed_at: Mapped[datetime | None]


class IdentityCheck(Base):
    """One way chosen to confirm identity for one entry, and what people decided. Another way makes another row."""

    __tablename__ = "identity_check"
    __table_args__ = (sa.Index("ix_identity_check_entry", "entry_id", "created_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    entry_id: Mapped[UUID]
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    title: Mapped[str] = mapped_column(sa.String(200), default="")
    method: Mapped[IdentityMethod] = mapped_column(choice_column(IdentityMethod, "method"))
    state: Mapped[CheckState] = mapped_column(choice_column(CheckState, "state"))
    level_required: Mapped[int]
    level_reached: Mapped[int | None]
    tries: Mapped[int] = mapped_column(default=0)
    shots_at: Mapped[datetime | None]
    claimed_at: Mapped[datetime | None]
    claims: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[str] = mapped_column(sa.String(20), default="")
    reason: Mapped[str] = mapped_column(sa.String(40), default="")
    metric: Mapped[str] = mapped_column(sa.String(20), default="")
    score: Mapped[float | None]
    threshold: Mapped[float | None]
    model: Mapped[str] = mapped_column(sa.String(120), default="")
    liveness: Mapped[str] = mapped_column(sa.String(20), default="not_checked")
    signals: Mapped[list[str]] = mapped_column(JsonText, default=list)
    device_class: Mapped[str] = mapped_column(sa.String(20), default="unknown")
    meeting_url: Mapped[str] = mapped_column(sa.String(300), default="")
    code_hash: Mapped[str] = mapped_column(sa.String(64), default="")
    code_expires_at: Mapped[datetime | None]
    code_tries: Mapped[int] = mapped_column(default=0)
    vouched_by: Mapped[UUID | None]
    challenge: Mapped[str] = mapped_column(sa.String(64), default="")
    challenged_at: Mapped[datetime | None]
    passkey_id: Mapped[UUID | None]
    note: Mapped[str] = mapped_column(sa.String(500), default="")
    document_ref: Mapped[str] = mapped_column(sa.String(200), default="")
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]


class Passkey(Base):
    """A device that a student bound: its public half. One without ``registered_at`` was begun and not finished."""

    __tablename__ = "passkey"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    label: Mapped[str] = mapped_column(sa.String(60), default="")
    challenge: Mapped[str] = mapped_column(sa.String(64), default="")
    credential: Mapped[bytes | None] = mapped_column(sa.LargeBinary, unique=True)
    public_key: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    count: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    created_at: Mapped[datetime]
    registered_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]


class DeclaredGroup(Base):
    """What somebody said of themselves for counting the machine's errors, and for nothing else; gone with the consent."""

    __tablename__ = "declared_group"

    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    kind: Mapped[DeclaredKind] = mapped_column(choice_column(DeclaredKind, "kind"), primary_key=True)
    declared_at: Mapped[datetime]


class CheckShot(Base):
    """One picture taken to confirm identity with the camera."""

    __tablename__ = "identity_check_shot"
    __table_args__ = (sa.UniqueConstraint("check_id", "round", "no"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    check_id: Mapped[UUID] = mapped_column(sa.ForeignKey("identity_check.id"), index=True)
    round: Mapped[int]
    no: Mapped[int]
    file_id: Mapped[UUID]
    result: Mapped[dict[str, Any]] = mapped_column(JsonText, default=dict)


class Challenge(Base):
    """Something the student was asked to do for one round of pictures, what came of it, and the picture of it."""

    __tablename__ = "identity_challenge"
    __table_args__ = (sa.UniqueConstraint("nonce"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    check_id: Mapped[UUID] = mapped_column(sa.ForeignKey("identity_check.id"), index=True)
    round: Mapped[int]
    no: Mapped[int]
    kind: Mapped[ChallengeKind] = mapped_column(choice_column(ChallengeKind, "kind"))
    digits: Mapped[str] = mapped_column(sa.String(8), default="")
    nonce: Mapped[str] = mapped_column(sa.String(32))
    outcome: Mapped[ChallengeOutcome] = mapped_column(choice_column(ChallengeOutcome, "outcome"))
    measures: Mapped[dict[str, Any]] = mapped_column(JsonText, default=dict)
    file_id: Mapped[UUID | None]
    made_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]


class ProctoringSession(Base):
    """One sitting as it was watched; another machine than the attempt, which it never ends, voids or blocks."""

    __tablename__ = "proctoring_session"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    attempt_id: Mapped[UUID] = mapped_column(unique=True)
    entry_id: Mapped[UUID] = mapped_column(index=True)
    exam_id: Mapped[UUID] = mapped_column(index=True)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    check_id: Mapped[UUID | None]
    title: Mapped[str] = mapped_column(sa.String(200), default="")
    state: Mapped[SessionState] = mapped_column(choice_column(SessionState, "state"))
    outcome: Mapped[SessionOutcome] = mapped_column(choice_column(SessionOutcome, "outcome"))
    state_before: Mapped[str | None] = mapped_column(sa.String(20))
    outcome_before: Mapped[str | None] = mapped_column(sa.String(20))
    monitoring: Mapped[Monitoring] = mapped_column(choice_column(Monitoring, "monitoring"))
    cadence_s: Mapped[int]
    needs_seb: Mapped[bool] = mapped_column(default=False)
    verifier: Mapped[str] = mapped_column(sa.String(40))
    review_round: Mapped[int] = mapped_column(default=1)
    index_weights: Mapped[dict[str, Any]] = mapped_column(JsonText)
    masked_findings: Mapped[list[str]] = mapped_column(JsonText)
    next_seq: Mapped[int] = mapped_column(default=1)
    nonce: Mapped[str] = mapped_column(sa.String(32))
    device: Mapped[str] = mapped_column(sa.String(64), default="")
    last_frame_at: Mapped[datetime | None]
    next_frame_from: Mapped[datetime | None]
    is_camera_on: Mapped[bool] = mapped_column(default=False)
    live_frame_id: Mapped[UUID | None]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    review_due_at: Mapped[datetime | None]
    opinion_due_at: Mapped[datetime | None]
    events_gone_at: Mapped[datetime | None]
    annul_reason: Mapped[str] = mapped_column(sa.Text, default="")
    reinstated_at: Mapped[datetime | None]


class ProctorDuty(Base):
    """Who watches the sittings of one exam while they run; it ends when somebody else takes over."""

    __tablename__ = "proctor_duty"
    __table_args__ = (sa.Index("ix_proctor_duty_exam", "exam_id", "person_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    exam_id: Mapped[UUID]
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    set_by: Mapped[UUID | None]
    set_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SittingMessage(Base):
    """A line between a student and whoever watches, or what was done to the clock; kept with the sitting."""

    __tablename__ = "sitting_message"
    __table_args__ = (sa.Index("ix_sitting_message_session", "session_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    session_id: Mapped[UUID] = mapped_column(sa.ForeignKey("proctoring_session.id"))
    author_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    kind: Mapped[MessageKind] = mapped_column(choice_column(MessageKind, "kind"))
    text: Mapped[str] = mapped_column(sa.String(500), default="")
    minutes: Mapped[int | None]
    at: Mapped[datetime]
    answered_at: Mapped[datetime | None]


class SebWaiver(Base):
    """A student's request to sit one exam without Safe Exam Browser, and what a person decided about it."""

    __tablename__ = "seb_waiver"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    entry_id: Mapped[UUID] = mapped_column(index=True)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    title: Mapped[str] = mapped_column(sa.String(200), default="")
    words: Mapped[str] = mapped_column(sa.String(500))
    asked_at: Mapped[datetime]
    is_granted: Mapped[bool | None]
    note: Mapped[str] = mapped_column(sa.String(500), default="")
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]


class SessionEvent(Base):
    """Something that happened during a sitting: camera on, lost, resumed, stopped by the student, with its time."""

    __tablename__ = "proctoring_event"
    __table_args__ = (sa.Index("ix_proctoring_event_session", "session_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    session_id: Mapped[UUID] = mapped_column(sa.ForeignKey("proctoring_session.id"))
    kind: Mapped[str] = mapped_column(sa.String(32))
    at: Mapped[datetime]
    detail: Mapped[dict[str, Any]] = mapped_column(JsonText, default=dict)


class Frame(Base):
    """One picture of a sitting; the row and its hash stay, the bytes go as soon as nobody needs them."""

    __tablename__ = "proctoring_frame"
    __table_args__ = (
        sa.UniqueConstraint("session_id", "seq"),
        sa.Index("ix_proctoring_frame_sha256", "sha256"),
        sa.Index("ix_proctoring_frame_state", "state", "received_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    session_id: Mapped[UUID] = mapped_column(sa.ForeignKey("proctoring_session.id"))
    seq: Mapped[int]
    state: Mapped[FrameState] = mapped_column(choice_column(FrameState, "state"))
    file_id: Mapped[UUID]
    sha256: Mapped[str] = mapped_column(sa.String(64))
    received_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    claims: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]
    facts: Mapped[dict[str, Any] | None] = mapped_column(JsonText)


class FindingRow(Base):
    """One finding of one check, at one frame or from the page; masked ones are kept apart and count for nothing."""

    __tablename__ = "proctoring_finding"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    session_id: Mapped[UUID] = mapped_column(sa.ForeignKey("proctoring_session.id"), index=True)
    frame_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("proctoring_frame.id"))
    incident_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("proctoring_incident.id"))
    check_name: Mapped[str] = mapped_column(sa.String(40))
    kind: Mapped[str] = mapped_column(sa.String(40))
    confidence: Mapped[float]
    since_s: Mapped[float]
    duration_s: Mapped[float]
    detail: Mapped[dict[str, Any]] = mapped_column(JsonText, default=dict)
    is_masked: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime]


class Incident(Base):
    """Findings of one kind that follow each other: one thing for a person to look at."""

    __tablename__ = "proctoring_incident"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    session_id: Mapped[UUID] = mapped_column(sa.ForeignKey("proctoring_session.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(40))
    started_at: Mapped[datetime]
    last_at: Mapped[datetime]
    confidence: Mapped[float]
    count: Mapped[int] = mapped_column(default=1)


class Evidence(Base):
    """A picture kept for people to look at: encrypted, hashed, with a date on which it goes."""

    __tablename__ = "proctoring_evidence"
    __table_args__ = (sa.Index("ix_proctoring_evidence_expires", "expires_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    session_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("proctoring_session.id"), index=True)
    check_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("identity_check.id"), index=True)
    incident_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("proctoring_incident.id"))
    file_id: Mapped[UUID] = mapped_column(index=True)
    sha256: Mapped[str] = mapped_column(sa.String(64))
    captured_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class ReviewDecision(Base):
    """One reviewer's opinion; append-only, the newest of each reviewer in the present round counts."""

    __tablename__ = "review_decision"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    session_id: Mapped[UUID] = mapped_column(sa.ForeignKey("proctoring_session.id"), index=True)
    reviewer_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    round: Mapped[int]
    verdict: Mapped[Verdict] = mapped_column(choice_column(Verdict, "verdict"))
    reason: Mapped[str] = mapped_column(sa.Text)
    is_blind: Mapped[bool]
    at: Mapped[datetime]


class LearnerStatement(Base):
    """What the student says in one round of a sitting's review; asked for with a deadline, answered once."""

    __tablename__ = "learner_statement"
    __table_args__ = (sa.UniqueConstraint("session_id", "round"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    session_id: Mapped[UUID] = mapped_column(sa.ForeignKey("proctoring_session.id"))
    round: Mapped[int]
    question: Mapped[str] = mapped_column(sa.Text)
    asked_by: Mapped[UUID]
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    text: Mapped[str | None] = mapped_column(sa.Text)
    answered_by: Mapped[UUID | None]
    answered_at: Mapped[datetime | None]


class SittingAppeal(Base):
    """What a family says against an annulment, once each time; decided by somebody who gave no opinion on the sitting."""

    __tablename__ = "sitting_appeal"
    __table_args__ = (sa.UniqueConstraint("session_id", "round"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    session_id: Mapped[UUID] = mapped_column(sa.ForeignKey("proctoring_session.id"))
    round: Mapped[int]
    text: Mapped[str] = mapped_column(sa.Text)
    filed_by: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    filed_at: Mapped[datetime]
    answer_due_at: Mapped[datetime]
    is_upheld: Mapped[bool | None]
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]


class DeviceCheck(Base):
    """What a student's device could do when it was tried before an exam: words of the page, a help and never a hurdle."""

    __tablename__ = "device_check"
    __table_args__ = (sa.Index("ix_device_check_entry", "entry_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    entry_id: Mapped[UUID]
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    camera: Mapped[str] = mapped_column(sa.String(20))
    microphone: Mapped[str] = mapped_column(sa.String(20))
    storage_mb: Mapped[int | None]
    reply_ms: Mapped[int | None]
    upload_kb_s: Mapped[int | None]
    clock_off_s: Mapped[int | None]
    device_class: Mapped[str] = mapped_column(sa.String(20), default="unknown")
    at: Mapped[datetime]
