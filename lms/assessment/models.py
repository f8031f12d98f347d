"""Tables of assessment.

Facts that somebody's rights depend on (`ResponseEvent`, `Grade`, `Grant`, `Result`) are append-only: a correction is a
new row with a reason that supersedes the old one. Item, blueprint and policy versions never change once they are used.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lms.assessment.types import (
    AttemptState,
    EndedBy,
    GradeSource,
    GrantKind,
    ImportState,
    ImportStatus,
    ItemState,
    MarkScale,
    MarkStatus,
    OperationKind,
    ResultState,
    SessionKind,
    VenueMode,
)
from lms.core.db import Base, JsonText, Ratio, choice_column
from lms.core.ids import new_id
from lms.people.types import AdmissionGround

__all__ = [
    "Attempt",
    "AttemptItem",
    "AttemptPause",
    "AttemptSeal",
    "AttestationSession",
    "Bank",
    "Blueprint",
    "BlueprintItem",
    "BlueprintVersion",
    "Entry",
    "Grade",
    "Grant",
    "Item",
    "ItemEnemy",
    "ItemImport",
    "ItemImportRow",
    "ItemMedia",
    "ItemReviewRule",
    "ItemTerm",
    "ItemVersion",
    "LateDecision",
    "MarkPolicy",
    "ResponseEvent",
    "Result",
    "SessionCommission",
]

#: Points, exact to a hundredth.
Points = sa.Numeric(7, 2, asdecimal=True)


class Bank(Base):
    """A collection of items of one organisation and subject."""

    __tablename__ = "bank"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    title: Mapped[str] = mapped_column(sa.String(200))
    subject: Mapped[str] = mapped_column(sa.String(40))
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]


class Item(Base):
    """One question through all its versions: its number in the bank, its newest version, the terms that find it.

    ``place`` numbers the items of an organisation in the order in which they were written; searches count in places.
    """

    __tablename__ = "item"
    __table_args__ = (sa.UniqueConstraint("bank_id", "number"), sa.UniqueConstraint("org_id", "place"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    place: Mapped[int]
    bank_id: Mapped[UUID] = mapped_column(sa.ForeignKey("bank.id"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(sa.String(200))
    newest_id: Mapped[UUID | None]
    terms: Mapped[list[str]] = mapped_column(JsonText, default=list)
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]


class ItemTerm(Base):
    """Which items of an organisation have a word or property: one bit for each item's place (see `rules.search`)."""

    __tablename__ = "item_term"

    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"), primary_key=True)
    term: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    chunk: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    bits: Mapped[bytes]


class ItemEnemy(Base):
    """Two items that never stand in one form, since one gives the other away; kept in both directions."""

    __tablename__ = "item_enemy"

    item_id: Mapped[UUID] = mapped_column(sa.ForeignKey("item.id"), primary_key=True)
    enemy_id: Mapped[UUID] = mapped_column(sa.ForeignKey("item.id"), primary_key=True)


class ItemMedia(Base):
    """A picture or a recording that questions of an organisation use: its authors may see it, whatever names it."""

    __tablename__ = "item_media"

    file_id: Mapped[UUID] = mapped_column(sa.ForeignKey("stored_file.id"), primary_key=True)
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"), primary_key=True)
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]


class ItemReviewRule(Base):
    """Whether questions of an organisation become ready by somebody else than their author; heads decide.

    Without a row it is so where two people or more may do it.
    """

    __tablename__ = "item_review_rule"

    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"), primary_key=True)
    needs_second: Mapped[bool]
    set_by: Mapped[UUID | None]
    set_at: Mapped[datetime]


class ItemImport(Base):
    """A file of questions on its way into a bank; ``total`` is None until the file has been read.

    ``tries`` counts how often a worker began since the last question that was gone through.
    """

    __tablename__ = "item_import"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    bank_id: Mapped[UUID] = mapped_column(sa.ForeignKey("bank.id"), index=True)
    file_id: Mapped[UUID] = mapped_column(sa.ForeignKey("stored_file.id"))
    is_trial: Mapped[bool]
    state: Mapped[ImportState] = mapped_column(choice_column(ImportState, "state"))
    total: Mapped[int | None]
    done: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(sa.String(300), default="")
    place: Mapped[str] = mapped_column(sa.String(300), default="")
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    touched_at: Mapped[datetime]


class ItemImportRow(Base):
    """What became of one question of a file, why, and where in the file it stands."""

    __tablename__ = "item_import_row"

    import_id: Mapped[UUID] = mapped_column(sa.ForeignKey("item_import.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    ref: Mapped[str] = mapped_column(sa.String(200))
    title: Mapped[str] = mapped_column(sa.String(200), default="")
    type: Mapped[str] = mapped_column(sa.String(120))
    status: Mapped[ImportStatus] = mapped_column(choice_column(ImportStatus, "status"))
    reasons: Mapped[list[list[str]]] = mapped_column(JsonText)
    place: Mapped[str] = mapped_column(sa.String(300))
    item_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("item.id"))


class ItemVersion(Base):
    """The immutable content of an item; only its state moves."""

    __tablename__ = "item_version"
    __table_args__ = (sa.UniqueConstraint("item_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    item_id: Mapped[UUID] = mapped_column(sa.ForeignKey("item.id"))
    number: Mapped[int]
    type: Mapped[str] = mapped_column(sa.String(60))
    type_version: Mapped[str] = mapped_column(sa.String(20))
    content: Mapped[dict[str, Any]] = mapped_column(JsonText)
    content_hash: Mapped[str] = mapped_column(sa.String(64), index=True)
    item_tests: Mapped[list[dict[str, Any]]] = mapped_column(JsonText)
    outcome_ids: Mapped[list[str]] = mapped_column(JsonText)
    tags: Mapped[list[str]] = mapped_column(JsonText)
    difficulty: Mapped[Decimal | None] = mapped_column(Ratio)
    state: Mapped[ItemState] = mapped_column(choice_column(ItemState, "state"))
    review_note: Mapped[str] = mapped_column(sa.String(1000), default="")
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    ready_at: Mapped[datetime | None]


class MarkPolicy(Base):
    """A version of the rule that turns a score into a mark; ``thresholds`` are (least score, mark), best first."""

    __tablename__ = "mark_policy"
    __table_args__ = (sa.UniqueConstraint("org_id", "code", "version"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    code: Mapped[str] = mapped_column(sa.String(40))
    version: Mapped[int]
    scale: Mapped[MarkScale] = mapped_column(choice_column(MarkScale, "scale"))
    title: Mapped[str] = mapped_column(sa.String(80), default="")
    thresholds: Mapped[list[list[str]]] = mapped_column(JsonText)
    pass_score: Mapped[Decimal] = mapped_column(Ratio)
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]


class Blueprint(Base):
    """The plan of an examination through all its versions."""

    __tablename__ = "blueprint"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    title: Mapped[str] = mapped_column(sa.String(200))
    subject: Mapped[str] = mapped_column(sa.String(40))
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]


class BlueprintVersion(Base):
    """One version: its plan as a document (see `rules.blueprint.Plan`), frozen at the first attempt."""

    __tablename__ = "blueprint_version"
    __table_args__ = (sa.UniqueConstraint("blueprint_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    blueprint_id: Mapped[UUID] = mapped_column(sa.ForeignKey("blueprint.id"))
    number: Mapped[int]
    plan: Mapped[dict[str, Any]] = mapped_column(JsonText)
    content_hash: Mapped[str] = mapped_column(sa.String(64))
    base_minutes: Mapped[int | None]
    item_count: Mapped[int]
    max_points: Mapped[Decimal] = mapped_column(Points)
    mark_policy_id: Mapped[UUID] = mapped_column(sa.ForeignKey("mark_policy.id"))
    supervision: Mapped[dict[str, Any]] = mapped_column(JsonText)
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    frozen_at: Mapped[datetime | None]


class BlueprintItem(Base):
    """Which item versions a blueprint version names: answers "where is it used?" without reading plans."""

    __tablename__ = "blueprint_item"

    item_version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("item_version.id"), primary_key=True)
    blueprint_version_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("blueprint_version.id"), primary_key=True
    )


class AttestationSession(Base):
    """An occasion on which a blueprint is sat: its kind, its window, which resit of what it is."""

    __tablename__ = "attestation_session"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    kind: Mapped[SessionKind] = mapped_column(choice_column(SessionKind, "kind"))
    blueprint_version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("blueprint_version.id"))
    title: Mapped[str] = mapped_column(sa.String(200))
    subject: Mapped[str] = mapped_column(sa.String(40))
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    resit_no: Mapped[int] = mapped_column(default=0)
    resit_of: Mapped[UUID | None] = mapped_column(sa.ForeignKey("attestation_session.id"))
    venue: Mapped[str] = mapped_column(sa.String(200), default="")
    venue_modes: Mapped[list[str]] = mapped_column(JsonText, default=lambda: [VenueMode.ONLINE.value])
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]


class SessionCommission(Base):
    """Who sits on the commission before which a second resit is held."""

    __tablename__ = "session_commission"

    session_id: Mapped[UUID] = mapped_column(sa.ForeignKey("attestation_session.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)


class Entry(Base):
    """One person on the roster of a session; ``reference`` is opaque, ``alias`` stands for the name in blind marking.

    ``ground`` is what the person was admitted to the school on that day: on it rests the right to sit.
    """

    __tablename__ = "entry"
    __table_args__ = (
        sa.UniqueConstraint("session_id", "person_id"),
        sa.Index("ix_entry_person", "person_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    session_id: Mapped[UUID] = mapped_column(sa.ForeignKey("attestation_session.id"))
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    reference: Mapped[str] = mapped_column(sa.String(200), default="")
    alias: Mapped[str] = mapped_column(sa.String(12))
    ground: Mapped[AdmissionGround] = mapped_column(choice_column(AdmissionGround, "ground"))
    venue_mode: Mapped[VenueMode] = mapped_column(choice_column(VenueMode, "venue_mode"))
    admitted_by: Mapped[UUID | None]
    admitted_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class Attempt(Base):
    """One sitting of one person.

    ``deadline_at`` is the deadline as far as it is known: never later than the true one, which every slow path
    computes again (grants, pauses and conditions only move it later). ``reached`` to ``reached_to`` are the questions that can be
    answered now where there is no way back; 0 = any order. A part with a limit of its own has a clock of its own, kept
    like the deadline.
    """

    __tablename__ = "attempt"
    __table_args__ = (
        sa.UniqueConstraint("entry_id", "number"),
        sa.Index("ix_attempt_person", "person_id"),
        sa.Index("ix_attempt_waiting", "state", "deadline_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    entry_id: Mapped[UUID] = mapped_column(sa.ForeignKey("entry.id"))
    number: Mapped[int] = mapped_column(default=1)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    session_id: Mapped[UUID] = mapped_column(sa.ForeignKey("attestation_session.id"), index=True)
    blueprint_version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("blueprint_version.id"))
    seed: Mapped[int] = mapped_column(sa.BigInteger)
    form_hash: Mapped[str] = mapped_column(sa.String(64))
    item_count: Mapped[int]
    reached: Mapped[int] = mapped_column(default=0)
    reached_to: Mapped[int] = mapped_column(default=0)
    part_started_at: Mapped[datetime | None]
    part_ends_at: Mapped[datetime | None]
    state: Mapped[AttemptState] = mapped_column(choice_column(AttemptState, "state"))
    state_before: Mapped[AttemptState | None] = mapped_column(choice_column(AttemptState, "state_before"))
    revision: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime]
    deadline_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[EndedBy | None] = mapped_column(choice_column(EndedBy, "ended_by"))
    annulled_reason: Mapped[str | None] = mapped_column(sa.String(500))
    annulled_at: Mapped[datetime | None]


class AttemptItem(Base):
    """One question of one attempt: which version, which variant, in which place.

    ``key_version_id`` is the version by whose key it is marked, where a wrong key was put right after the sitting.
    """

    __tablename__ = "attempt_item"
    __table_args__ = (sa.UniqueConstraint("attempt_id", "slot"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    attempt_id: Mapped[UUID] = mapped_column(sa.ForeignKey("attempt.id"))
    slot: Mapped[int]
    item_version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("item_version.id"), index=True)
    key_version_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("item_version.id"))
    variant_seed: Mapped[int] = mapped_column(sa.BigInteger)
    points: Mapped[Decimal] = mapped_column(Points)


class AttemptPause(Base):
    """A stretch of time that does not count: an agreed rest break (up to ``max_minutes``) or a stop by staff."""

    __tablename__ = "attempt_pause"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    attempt_id: Mapped[UUID] = mapped_column(sa.ForeignKey("attempt.id"), index=True)
    reason: Mapped[str] = mapped_column(sa.String(200))
    started_by: Mapped[UUID | None]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    max_minutes: Mapped[int | None]


class ResponseEvent(Base):
    """One acknowledged operation. Append-only; the row is its own outbox row and what the receipt signs.

    ``op_id`` is the client's and unique within the attempt. The hash chain over the rows of an attempt is sealed at
    its end (`AttemptSeal`), so that a save stays one statement. What came late is numbered within the attempt, together with
    the files: a decision on it (`LateDecision`) goes by these numbers, because a clock can be set back. So are checks:
    ``check_no`` says how many of the attempt had come when this came, a check counting itself.
    """

    __tablename__ = "response_event"
    __table_args__ = (
        sa.Index(
            "ix_response_event_late",
            "attempt_id",
            "late_no",
            sqlite_where=sa.text("late_no IS NOT NULL"),
            postgresql_where=sa.text("late_no IS NOT NULL"),
        ),
        sa.Index(
            "ix_response_event_check",
            "attempt_id",
            "check_no",
            sqlite_where=sa.text("check_no > 0"),
            postgresql_where=sa.text("check_no > 0"),
        ),
    )

    attempt_id: Mapped[UUID] = mapped_column(sa.ForeignKey("attempt.id"), primary_key=True)
    op_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[OperationKind] = mapped_column(choice_column(OperationKind, "kind"))
    slot: Mapped[int]
    payload: Mapped[dict[str, Any]] = mapped_column(JsonText)
    payload_hash: Mapped[str] = mapped_column(sa.String(64))
    client_seq: Mapped[int] = mapped_column(sa.BigInteger)
    tab: Mapped[str] = mapped_column(sa.String(40))
    t_client: Mapped[datetime | None]
    t_server: Mapped[datetime]
    is_late: Mapped[bool]
    late_no: Mapped[int | None]
    check_no: Mapped[int]


class AttemptSeal(Base):
    """The signed end of an attempt's hash chain; operations that come later get another seal."""

    __tablename__ = "attempt_seal"

    attempt_id: Mapped[UUID] = mapped_column(sa.ForeignKey("attempt.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_count: Mapped[int]
    hash: Mapped[str] = mapped_column(sa.String(64))
    signature: Mapped[str] = mapped_column(sa.String(128))
    sealed_at: Mapped[datetime]


class LateDecision(Base):
    """A teacher's decision on everything that came late up to a late number. Append-only, the highest number counts."""

    __tablename__ = "late_decision"
    __table_args__ = (sa.UniqueConstraint("attempt_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    attempt_id: Mapped[UUID] = mapped_column(sa.ForeignKey("attempt.id"))
    number: Mapped[int]
    is_accepted: Mapped[bool]
    until: Mapped[int]
    reason: Mapped[str] = mapped_column(sa.String(500))
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime]


class Grade(Base):
    """One grade of one answer. Append-only: a new row supersedes the old; the highest number counts.

    ``key_version_id`` names the version whose key was used, where it is not the one that was asked.
    """

    __tablename__ = "grade"
    __table_args__ = (sa.UniqueConstraint("attempt_item_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    attempt_item_id: Mapped[UUID] = mapped_column(sa.ForeignKey("attempt_item.id"))
    number: Mapped[int]
    supersedes: Mapped[UUID | None]
    status: Mapped[MarkStatus] = mapped_column(choice_column(MarkStatus, "status"))
    fraction: Mapped[Decimal | None] = mapped_column(Ratio)
    notes: Mapped[list[str]] = mapped_column(JsonText)
    comment: Mapped[str] = mapped_column(sa.Text, default="")
    rubric: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
    source: Mapped[GradeSource] = mapped_column(choice_column(GradeSource, "source"))
    grader: Mapped[str] = mapped_column(sa.String(80))
    key_version_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("item_version.id"))
    graded_by: Mapped[UUID | None]
    graded_at: Mapped[datetime]


class Grant(Base):
    """Something granted to one person of the roster, with who and why. Append-only; it never shortens anything."""

    __tablename__ = "grant"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    entry_id: Mapped[UUID] = mapped_column(sa.ForeignKey("entry.id"), index=True)
    kind: Mapped[GrantKind] = mapped_column(choice_column(GrantKind, "kind"))
    minutes: Mapped[int] = mapped_column(sa.Integer, sa.CheckConstraint("minutes >= 0", "minutes"))
    reason: Mapped[str] = mapped_column(sa.String(500))
    granted_by: Mapped[UUID | None]
    granted_at: Mapped[datetime]


class Result(Base):
    """What an attempt came to. The numbers never change (a regrade makes a new row); only the state moves."""

    __tablename__ = "result"
    __table_args__ = (sa.UniqueConstraint("attempt_id", "number"), sa.Index("ix_result_person", "person_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    attempt_id: Mapped[UUID] = mapped_column(sa.ForeignKey("attempt.id"))
    number: Mapped[int] = mapped_column(default=1)
    supersedes: Mapped[UUID | None]
    entry_id: Mapped[UUID] = mapped_column(sa.ForeignKey("entry.id"))
    session_id: Mapped[UUID] = mapped_column(sa.ForeignKey("attestation_session.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    points: Mapped[Decimal] = mapped_column(Points)
    max_points: Mapped[Decimal] = mapped_column(Points)
    score: Mapped[Decimal] = mapped_column(Ratio)
    mark: Mapped[str] = mapped_column(sa.String(20))
    is_passed: Mapped[bool]
    mark_policy_id: Mapped[UUID] = mapped_column(sa.ForeignKey("mark_policy.id"))
    state: Mapped[ResultState] = mapped_column(choice_column(ResultState, "state"))
    state_before: Mapped[ResultState | None] = mapped_column(choice_column(ResultState, "state_before"))
    suspended_reason: Mapped[str | None] = mapped_column(sa.String(500))
    proposed_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
    released_by: Mapped[UUID | None]


class AnswerFile(Base):
    """A file that was added to an answer; the answer's fields name it by this id.

    One that came with an operation has the operation's id, and is late where that is; one that was brought later for a late
    operation has a late number of its own. ``sent_sha256`` is over the bytes as they were sent: a picture is stored cleaned,
    and the same file again has to be told from another one.
    """

    __tablename__ = "answer_file"
    __table_args__ = (sa.Index("ix_answer_file_attempt", "attempt_id", "slot"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    attempt_id: Mapped[UUID] = mapped_column(sa.ForeignKey("attempt.id"))
    slot: Mapped[int]
    file_id: Mapped[UUID] = mapped_column(sa.ForeignKey("stored_file.id"))
    name: Mapped[str] = mapped_column(sa.String(200))
    media_type: Mapped[str] = mapped_column(sa.String(80))
    size_bytes: Mapped[int]
    sent_sha256: Mapped[str] = mapped_column(sa.String(64))
    late_no: Mapped[int | None]
    created_at: Mapped[datetime]


class AnswerMarkup(Base):
    """What a marker drew and wrote on a picture of an answer; a correction is a row with the next number.

    ``strokes`` are lists of points, ``comments`` are {x, y, text}; places are percent of the picture's width and height.
    """

    __tablename__ = "answer_markup"
    __table_args__ = (sa.UniqueConstraint("answer_file_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    answer_file_id: Mapped[UUID] = mapped_column(sa.ForeignKey("answer_file.id"))
    number: Mapped[int]
    strokes: Mapped[list[Any]] = mapped_column(JsonText)
    comments: Mapped[list[Any]] = mapped_column(JsonText)
    marked_by: Mapped[UUID | None]
    marked_at: Mapped[datetime]
