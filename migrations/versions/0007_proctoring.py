"""Proctoring: identity, monitoring, review."""

import sqlalchemy as sa
from alembic import op

revision = "0007_proctoring"
down_revision = "0006_plans"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "declared_group",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "glasses",
                "head_cover",
                "dark_skin",
                "female",
                "male",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_declared_group_person_id_person")
        ),
        sa.PrimaryKeyConstraint("person_id", "kind", name=op.f("pk_declared_group")),
    )
    op.create_table(
        "face_enrolment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "faulty",
                "to_approve",
                "approved",
                "rejected",
                "destroyed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("verifier", sa.String(length=40), nullable=False),
        sa.Column("device_class", sa.String(length=20), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fault", sa.String(length=40), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("document_ref", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_face_enrolment_org_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_face_enrolment_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_face_enrolment")),
    )
    op.create_index(op.f("ix_face_enrolment_person_id"), "face_enrolment", ["person_id"], unique=False)
    op.create_table(
        "identity_check",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column(
            "method",
            sa.Enum(
                "known_teacher",
                "face",
                "code_and_adult",
                "document_video",
                "in_person",
                "passkey",
                "passkey_and_talk",
                name="method",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "required",
                "pending",
                "verified",
                "uncertain",
                "human_check",
                "refused",
                "waived",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("level_required", sa.Integer(), nullable=False),
        sa.Column("level_reached", sa.Integer(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("shots_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("metric", sa.String(length=20), nullable=False),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("threshold", sa.Double(), nullable=True),
        sa.Column("model", sa.String(length=120), nullable=False),
        sa.Column("liveness", sa.String(length=20), nullable=False),
        sa.Column("signals", sa.Text(), nullable=False),
        sa.Column("device_class", sa.String(length=20), nullable=False),
        sa.Column("meeting_url", sa.String(length=300), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("code_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code_tries", sa.Integer(), nullable=False),
        sa.Column("vouched_by", sa.Uuid(), nullable=True),
        sa.Column("challenge", sa.String(length=64), nullable=False),
        sa.Column("challenged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("passkey_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("document_ref", sa.String(length=200), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_identity_check_org_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_identity_check_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_check")),
    )
    op.create_index("ix_identity_check_entry", "identity_check", ["entry_id", "created_at"], unique=False)
    op.create_index(op.f("ix_identity_check_person_id"), "identity_check", ["person_id"], unique=False)
    op.create_table(
        "passkey",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("challenge", sa.String(length=64), nullable=False),
        sa.Column("credential", sa.LargeBinary(), nullable=True),
        sa.Column("public_key", sa.LargeBinary(), nullable=True),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_passkey_org_id_organisation")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_passkey_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential", name=op.f("uq_passkey_credential")),
    )
    op.create_index(op.f("ix_passkey_person_id"), "passkey", ["person_id"], unique=False)
    op.create_table(
        "proctoring_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("exam_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("check_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "setup",
                "ready",
                "monitoring",
                "ended",
                "queued",
                "reviewed",
                "closed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "outcome",
            sa.Enum(
                "none",
                "no_questions",
                "annulled",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("state_before", sa.String(length=20), nullable=True),
        sa.Column("outcome_before", sa.String(length=20), nullable=True),
        sa.Column(
            "monitoring",
            sa.Enum(
                "none", "camera", name="monitoring", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("cadence_s", sa.Integer(), nullable=False),
        sa.Column("needs_seb", sa.Boolean(), nullable=False),
        sa.Column("verifier", sa.String(length=40), nullable=False),
        sa.Column("review_round", sa.Integer(), nullable=False),
        sa.Column("index_weights", sa.Text(), nullable=False),
        sa.Column("masked_findings", sa.Text(), nullable=False),
        sa.Column("next_seq", sa.Integer(), nullable=False),
        sa.Column("nonce", sa.String(length=32), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("last_frame_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_frame_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_camera_on", sa.Boolean(), nullable=False),
        sa.Column("live_frame_id", sa.Uuid(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opinion_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("events_gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("annul_reason", sa.Text(), nullable=False),
        sa.Column("reinstated_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_proctoring_session_org_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_proctoring_session_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proctoring_session")),
        sa.UniqueConstraint("attempt_id", name=op.f("uq_proctoring_session_attempt_id")),
    )
    op.create_index(op.f("ix_proctoring_session_entry_id"), "proctoring_session", ["entry_id"], unique=False)
    op.create_index(op.f("ix_proctoring_session_exam_id"), "proctoring_session", ["exam_id"], unique=False)
    op.create_index(op.f("ix_proctoring_session_org_id"), "proctoring_session", ["org_id"], unique=False)
    op.create_index(
        op.f("ix_proctoring_session_person_id"), "proctoring_session", ["person_id"], unique=False
    )
    op.create_table(
        "proctor_duty",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("exam_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_proctor_duty_org_id_organisation")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_proctor_duty_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proctor_duty")),
    )
    op.create_index("ix_proctor_duty_exam", "proctor_duty", ["exam_id", "person_id"], unique=False)
    op.create_index(op.f("ix_proctor_duty_person_id"), "proctor_duty", ["person_id"], unique=False)
    op.create_table(
        "sitting_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "student",
                "staff",
                "stopped",
                "continued",
                "extended",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["author_id"], ["person.id"], name=op.f("fk_sitting_message_author_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["proctoring_session.id"],
            name=op.f("fk_sitting_message_session_id_proctoring_session"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sitting_message")),
    )
    op.create_index("ix_sitting_message_session", "sitting_message", ["session_id", "at"], unique=False)
    op.create_table(
        "seb_waiver",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_granted", sa.Boolean(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_seb_waiver_org_id_organisation")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_seb_waiver_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seb_waiver")),
    )
    op.create_index(op.f("ix_seb_waiver_entry_id"), "seb_waiver", ["entry_id"], unique=False)
    op.create_index(op.f("ix_seb_waiver_org_id"), "seb_waiver", ["org_id"], unique=False)
    op.create_index(op.f("ix_seb_waiver_person_id"), "seb_waiver", ["person_id"], unique=False)
    op.create_table(
        "supervision_policy",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("blueprint_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column(
            "monitoring",
            sa.Enum(
                "none", "camera", name="monitoring", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("cadence_s", sa.Integer(), nullable=False),
        sa.Column("methods", sa.Text(), nullable=False),
        sa.Column("needs_seb", sa.Boolean(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_supervision_policy_org_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervision_policy")),
        sa.UniqueConstraint("org_id", "version", name=op.f("uq_supervision_policy_org_id_version")),
    )
    op.create_index(op.f("ix_supervision_policy_org_id"), "supervision_policy", ["org_id"], unique=False)
    op.create_table(
        "face_enrolment_shot",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("fault", sa.String(length=40), nullable=False),
        sa.Column("quality", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["face_enrolment.id"],
            name=op.f("fk_face_enrolment_shot_enrolment_id_face_enrolment"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_face_enrolment_shot")),
        sa.UniqueConstraint("enrolment_id", "no", name=op.f("uq_face_enrolment_shot_enrolment_id_no")),
    )
    op.create_index(
        op.f("ix_face_enrolment_shot_enrolment_id"), "face_enrolment_shot", ["enrolment_id"], unique=False
    )
    op.create_table(
        "face_template",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "active",
                "destroyed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("model_id", sa.String(length=40), nullable=False),
        sa.Column("model_version", sa.String(length=40), nullable=False),
        sa.Column("model_digest", sa.String(length=64), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["face_enrolment.id"], name=op.f("fk_face_template_enrolment_id_face_enrolment")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_face_template_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_face_template")),
    )
    op.create_index(op.f("ix_face_template_person_id"), "face_template", ["person_id"], unique=False)
    op.create_table(
        "identity_challenge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("check_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "turn_left",
                "turn_right",
                "blink",
                "approach",
                "digits",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("digits", sa.String(length=8), nullable=False),
        sa.Column("nonce", sa.String(length=32), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "waiting",
                "seen",
                "flat",
                "not_seen",
                "other_way",
                "other_face",
                "no_face",
                "for_a_person",
                "not_sent",
                "exchanged",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("measures", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["check_id"], ["identity_check.id"], name=op.f("fk_identity_challenge_check_id_identity_check")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_challenge")),
        sa.UniqueConstraint("nonce", name=op.f("uq_identity_challenge_nonce")),
    )
    op.create_index(op.f("ix_identity_challenge_check_id"), "identity_challenge", ["check_id"], unique=False)
    op.create_table(
        "identity_check_shot",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("check_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["check_id"], ["identity_check.id"], name=op.f("fk_identity_check_shot_check_id_identity_check")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_check_shot")),
        sa.UniqueConstraint("check_id", "round", "no", name=op.f("uq_identity_check_shot_check_id_round_no")),
    )
    op.create_index(
        op.f("ix_identity_check_shot_check_id"), "identity_check_shot", ["check_id"], unique=False
    )
    op.create_table(
        "learner_statement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["proctoring_session.id"],
            name=op.f("fk_learner_statement_session_id_proctoring_session"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learner_statement")),
        sa.UniqueConstraint("session_id", "round", name=op.f("uq_learner_statement_session_id_round")),
    )
    op.create_table(
        "sitting_appeal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("filed_by", sa.Uuid(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_upheld", sa.Boolean(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["filed_by"], ["person.id"], name=op.f("fk_sitting_appeal_filed_by_person")),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["proctoring_session.id"],
            name=op.f("fk_sitting_appeal_session_id_proctoring_session"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sitting_appeal")),
        sa.UniqueConstraint("session_id", "round", name=op.f("uq_sitting_appeal_session_id_round")),
    )
    op.create_table(
        "device_check",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("camera", sa.String(length=20), nullable=False),
        sa.Column("microphone", sa.String(length=20), nullable=False),
        sa.Column("storage_mb", sa.Integer(), nullable=True),
        sa.Column("reply_ms", sa.Integer(), nullable=True),
        sa.Column("upload_kb_s", sa.Integer(), nullable=True),
        sa.Column("clock_off_s", sa.Integer(), nullable=True),
        sa.Column("device_class", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_device_check_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_check")),
    )
    op.create_index("ix_device_check_entry", "device_check", ["entry_id", "at"], unique=False)
    op.create_index(op.f("ix_device_check_person_id"), "device_check", ["person_id"], unique=False)
    op.create_table(
        "proctoring_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["proctoring_session.id"],
            name=op.f("fk_proctoring_event_session_id_proctoring_session"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proctoring_event")),
    )
    op.create_index("ix_proctoring_event_session", "proctoring_event", ["session_id", "at"], unique=False)
    op.create_table(
        "proctoring_frame",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "stored",
                "processing",
                "done",
                "stale",
                "unreadable",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("facts", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["proctoring_session.id"],
            name=op.f("fk_proctoring_frame_session_id_proctoring_session"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proctoring_frame")),
        sa.UniqueConstraint("session_id", "seq", name=op.f("uq_proctoring_frame_session_id_seq")),
    )
    op.create_index("ix_proctoring_frame_sha256", "proctoring_frame", ["sha256"], unique=False)
    op.create_index("ix_proctoring_frame_state", "proctoring_frame", ["state", "received_at"], unique=False)
    op.create_table(
        "proctoring_incident",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["proctoring_session.id"],
            name=op.f("fk_proctoring_incident_session_id_proctoring_session"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proctoring_incident")),
    )
    op.create_index(
        op.f("ix_proctoring_incident_session_id"), "proctoring_incident", ["session_id"], unique=False
    )
    op.create_table(
        "review_decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("reviewer_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum(
                "no_questions",
                "ask_student",
                "second_reviewer",
                "violation",
                name="verdict",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("is_blind", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["person.id"], name=op.f("fk_review_decision_reviewer_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["proctoring_session.id"],
            name=op.f("fk_review_decision_session_id_proctoring_session"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_decision")),
    )
    op.create_index(op.f("ix_review_decision_session_id"), "review_decision", ["session_id"], unique=False)
    op.create_table(
        "proctoring_evidence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("check_id", sa.Uuid(), nullable=True),
        sa.Column("incident_id", sa.Uuid(), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["check_id"], ["identity_check.id"], name=op.f("fk_proctoring_evidence_check_id_identity_check")
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["proctoring_incident.id"],
            name=op.f("fk_proctoring_evidence_incident_id_proctoring_incident"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_proctoring_evidence_org_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_proctoring_evidence_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["proctoring_session.id"],
            name=op.f("fk_proctoring_evidence_session_id_proctoring_session"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proctoring_evidence")),
    )
    op.create_index(
        op.f("ix_proctoring_evidence_check_id"), "proctoring_evidence", ["check_id"], unique=False
    )
    op.create_index("ix_proctoring_evidence_expires", "proctoring_evidence", ["expires_at"], unique=False)
    op.create_index(op.f("ix_proctoring_evidence_file_id"), "proctoring_evidence", ["file_id"], unique=False)
    op.create_index(
        op.f("ix_proctoring_evidence_person_id"), "proctoring_evidence", ["person_id"], unique=False
    )
    op.create_index(
        op.f("ix_proctoring_evidence_session_id"), "proctoring_evidence", ["session_id"], unique=False
    )
    op.create_table(
        "proctoring_finding",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("frame_id", sa.Uuid(), nullable=True),
        sa.Column("incident_id", sa.Uuid(), nullable=True),
        sa.Column("check_name", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("since_s", sa.Double(), nullable=False),
        sa.Column("duration_s", sa.Double(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("is_masked", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["frame_id"],
            ["proctoring_frame.id"],
            name=op.f("fk_proctoring_finding_frame_id_proctoring_frame"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["proctoring_incident.id"],
            name=op.f("fk_proctoring_finding_incident_id_proctoring_incident"),
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["proctoring_session.id"],
            name=op.f("fk_proctoring_finding_session_id_proctoring_session"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proctoring_finding")),
    )
    op.create_index(
        op.f("ix_proctoring_finding_session_id"), "proctoring_finding", ["session_id"], unique=False
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_index(op.f("ix_proctoring_finding_session_id"), table_name="proctoring_finding")
    op.drop_table("proctoring_finding")
    op.drop_index(op.f("ix_proctoring_evidence_session_id"), table_name="proctoring_evidence")
    op.drop_index(op.f("ix_proctoring_evidence_person_id"), table_name="proctoring_evidence")
    op.drop_index("ix_proctoring_evidence_expires", table_name="proctoring_evidence")
    op.drop_index(op.f("ix_proctoring_evidence_check_id"), table_name="proctoring_evidence")
    op.drop_table("proctoring_evidence")
    op.drop_index(op.f("ix_review_decision_session_id"), table_name="review_decision")
    op.drop_table("review_decision")
    op.drop_index(op.f("ix_proctoring_incident_session_id"), table_name="proctoring_incident")
    op.drop_table("proctoring_incident")
    op.drop_index("ix_proctoring_frame_sha256", table_name="proctoring_frame")
    op.drop_index("ix_proctoring_frame_state", table_name="proctoring_frame")
    op.drop_table("proctoring_frame")
    op.drop_index("ix_proctoring_event_session", table_name="proctoring_event")
    op.drop_table("proctoring_event")
    op.drop_index(op.f("ix_device_check_person_id"), table_name="device_check")
    op.drop_index("ix_device_check_entry", table_name="device_check")
    op.drop_table("device_check")
    op.drop_table("sitting_appeal")
    op.drop_table("learner_statement")
    op.drop_index(op.f("ix_identity_check_shot_check_id"), table_name="identity_check_shot")
    op.drop_table("identity_check_shot")
    op.drop_index(op.f("ix_identity_challenge_check_id"), table_name="identity_challenge")
    op.drop_table("identity_challenge")
    op.drop_index(op.f("ix_face_template_person_id"), table_name="face_template")
    op.drop_table("face_template")
    op.drop_index(op.f("ix_face_enrolment_shot_enrolment_id"), table_name="face_enrolment_shot")
    op.drop_table("face_enrolment_shot")
    op.drop_index(op.f("ix_supervision_policy_org_id"), table_name="supervision_policy")
    op.drop_table("supervision_policy")
    op.drop_index("ix_sitting_message_session", table_name="sitting_message")
    op.drop_table("sitting_message")
    op.drop_index(op.f("ix_proctor_duty_person_id"), table_name="proctor_duty")
    op.drop_index("ix_proctor_duty_exam", table_name="proctor_duty")
    op.drop_table("proctor_duty")
    op.drop_index(op.f("ix_seb_waiver_person_id"), table_name="seb_waiver")
    op.drop_index(op.f("ix_seb_waiver_org_id"), table_name="seb_waiver")
    op.drop_index(op.f("ix_seb_waiver_entry_id"), table_name="seb_waiver")
    op.drop_table("seb_waiver")
    op.drop_index(op.f("ix_proctoring_session_person_id"), table_name="proctoring_session")
    op.drop_index(op.f("ix_proctoring_session_org_id"), table_name="proctoring_session")
    op.drop_index(op.f("ix_proctoring_session_exam_id"), table_name="proctoring_session")
    op.drop_index(op.f("ix_proctoring_session_entry_id"), table_name="proctoring_session")
    op.drop_table("proctoring_session")
    op.drop_index(op.f("ix_passkey_person_id"), table_name="passkey")
    op.drop_table("passkey")
    op.drop_index(op.f("ix_identity_check_person_id"), table_name="identity_check")
    op.drop_index("ix_identity_check_entry", table_name="identity_check")
    op.drop_table("identity_check")
    op.drop_index(op.f("ix_face_enrolment_person_id"), table_name="face_enrolment")
    op.drop_table("face_enrolment")
    op.drop_table("declared_group")
