"""Assessment: items, blueprints, sessions, attempts, grades, results."""

import sqlalchemy as sa
from alembic import op

revision = "0005_assessment"
down_revision = "0004_courses"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "bank",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_bank_org_id_organisation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank")),
    )
    op.create_index(op.f("ix_bank_org_id"), "bank", ["org_id"], unique=False)
    op.create_table(
        "blueprint",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_blueprint_org_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blueprint")),
    )
    op.create_index(op.f("ix_blueprint_org_id"), "blueprint", ["org_id"], unique=False)
    op.create_table(
        "mark_policy",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "scale",
            sa.Enum(
                "five",
                "pass_fail",
                "custom",
                name="scale",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("thresholds", sa.Text(), nullable=False),
        sa.Column("pass_score", sa.Numeric(precision=7, scale=6), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_mark_policy_org_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mark_policy")),
        sa.UniqueConstraint("org_id", "code", "version", name=op.f("uq_mark_policy_org_id_code_version")),
    )
    op.create_index(op.f("ix_mark_policy_org_id"), "mark_policy", ["org_id"], unique=False)
    op.create_table(
        "blueprint_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("blueprint_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("base_minutes", sa.Integer(), nullable=True),
        sa.Column("item_count", sa.Integer(), nullable=False),
        sa.Column("max_points", sa.Numeric(precision=7, scale=2), nullable=False),
        sa.Column("mark_policy_id", sa.Uuid(), nullable=False),
        sa.Column("supervision", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["blueprint_id"], ["blueprint.id"], name=op.f("fk_blueprint_version_blueprint_id_blueprint")
        ),
        sa.ForeignKeyConstraint(
            ["mark_policy_id"],
            ["mark_policy.id"],
            name=op.f("fk_blueprint_version_mark_policy_id_mark_policy"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blueprint_version")),
        sa.UniqueConstraint("blueprint_id", "number", name=op.f("uq_blueprint_version_blueprint_id_number")),
    )
    op.create_table(
        "item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("bank_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("newest_id", sa.Uuid(), nullable=True),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["bank_id"], ["bank.id"], name=op.f("fk_item_bank_id_bank")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_item_org_id_organisation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item")),
        sa.UniqueConstraint("bank_id", "number", name=op.f("uq_item_bank_id_number")),
        sa.UniqueConstraint("org_id", "place", name=op.f("uq_item_org_id_place")),
    )
    op.create_table(
        "item_term",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("term", sa.String(length=80), nullable=False),
        sa.Column("chunk", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("bits", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_item_term_org_id_organisation")
        ),
        sa.PrimaryKeyConstraint("org_id", "term", "chunk", name=op.f("pk_item_term")),
    )
    op.create_table(
        "item_enemy",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("enemy_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["enemy_id"], ["item.id"], name=op.f("fk_item_enemy_enemy_id_item")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_item_enemy_item_id_item")),
        sa.PrimaryKeyConstraint("item_id", "enemy_id", name=op.f("pk_item_enemy")),
    )
    op.create_table(
        "item_import",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bank_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("is_trial", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "running",
                "done",
                "failed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("place", sa.String(length=300), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["bank_id"], ["bank.id"], name=op.f("fk_item_import_bank_id_bank")),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_item_import_file_id_stored_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_import")),
    )
    op.create_index(op.f("ix_item_import_bank_id"), "item_import", ["bank_id"], unique=False)
    op.create_table(
        "item_media",
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_item_media_file_id_stored_file")
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_item_media_org_id_organisation")
        ),
        sa.PrimaryKeyConstraint("file_id", "org_id", name=op.f("pk_item_media")),
    )
    op.create_table(
        "item_import_row",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ref", sa.String(length=200), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("type", sa.String(length=120), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "imported",
                "changed",
                "refused",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("place", sa.String(length=300), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"], ["item_import.id"], name=op.f("fk_item_import_row_import_id_item_import")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_item_import_row_item_id_item")),
        sa.PrimaryKeyConstraint("import_id", "number", name=op.f("pk_item_import_row")),
    )
    op.create_table(
        "attestation_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "current",
                "interim",
                "final",
                "diagnostic",
                "mandatory",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("blueprint_version_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resit_no", sa.Integer(), nullable=False),
        sa.Column("resit_of", sa.Uuid(), nullable=True),
        sa.Column("venue", sa.String(length=200), nullable=False),
        sa.Column("venue_modes", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["blueprint_version_id"],
            ["blueprint_version.id"],
            name=op.f("fk_attestation_session_blueprint_version_id_blueprint_version"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_attestation_session_org_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["resit_of"],
            ["attestation_session.id"],
            name=op.f("fk_attestation_session_resit_of_attestation_session"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attestation_session")),
    )
    op.create_index(op.f("ix_attestation_session_org_id"), "attestation_session", ["org_id"], unique=False)
    op.create_table(
        "session_commission",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_session_commission_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["attestation_session.id"],
            name=op.f("fk_session_commission_session_id_attestation_session"),
        ),
        sa.PrimaryKeyConstraint("session_id", "person_id", name=op.f("pk_session_commission")),
    )
    op.create_table(
        "item_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=60), nullable=False),
        sa.Column("type_version", sa.String(length=20), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("item_tests", sa.Text(), nullable=False),
        sa.Column("outcome_ids", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("difficulty", sa.Numeric(precision=7, scale=6), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "in_review",
                "ready",
                "retired",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("review_note", sa.String(length=1000), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_item_version_item_id_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_version")),
        sa.UniqueConstraint("item_id", "number", name=op.f("uq_item_version_item_id_number")),
    )
    op.create_index(op.f("ix_item_version_content_hash"), "item_version", ["content_hash"], unique=False)
    op.create_table(
        "blueprint_item",
        sa.Column("item_version_id", sa.Uuid(), nullable=False),
        sa.Column("blueprint_version_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["blueprint_version_id"],
            ["blueprint_version.id"],
            name=op.f("fk_blueprint_item_blueprint_version_id_blueprint_version"),
        ),
        sa.ForeignKeyConstraint(
            ["item_version_id"],
            ["item_version.id"],
            name=op.f("fk_blueprint_item_item_version_id_item_version"),
        ),
        sa.PrimaryKeyConstraint("item_version_id", "blueprint_version_id", name=op.f("pk_blueprint_item")),
    )
    op.create_table(
        "entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("alias", sa.String(length=12), nullable=False),
        sa.Column(
            "ground",
            sa.Enum(
                "class",
                "home",
                "remote",
                "extern",
                "partner",
                name="ground",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "venue_mode",
            sa.Enum(
                "online",
                "school",
                "partner",
                name="venue_mode",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("admitted_by", sa.Uuid(), nullable=True),
        sa.Column("admitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_entry_person_id_person")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["attestation_session.id"], name=op.f("fk_entry_session_id_attestation_session")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry")),
        sa.UniqueConstraint("session_id", "person_id", name=op.f("uq_entry_session_id_person_id")),
    )
    op.create_index("ix_entry_person", "entry", ["person_id"], unique=False)
    op.create_table(
        "attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("blueprint_version_id", sa.Uuid(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("form_hash", sa.String(length=64), nullable=False),
        sa.Column("item_count", sa.Integer(), nullable=False),
        sa.Column("reached", sa.Integer(), nullable=False),
        sa.Column("reached_to", sa.Integer(), nullable=False),
        sa.Column("part_started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("part_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "created",
                "in_progress",
                "paused",
                "submitted",
                "expired",
                "grading",
                "graded",
                "released",
                "annulled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state_before",
            sa.Enum(
                "created",
                "in_progress",
                "paused",
                "submitted",
                "expired",
                "grading",
                "graded",
                "released",
                "annulled",
                name="state_before",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "ended_by",
            sa.Enum(
                "student",
                "expiry",
                "staff",
                name="ended_by",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("annulled_reason", sa.String(length=500), nullable=True),
        sa.Column("annulled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["blueprint_version_id"],
            ["blueprint_version.id"],
            name=op.f("fk_attempt_blueprint_version_id_blueprint_version"),
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_attempt_entry_id_entry")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_attempt_person_id_person")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["attestation_session.id"], name=op.f("fk_attempt_session_id_attestation_session")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
        sa.UniqueConstraint("entry_id", "number", name=op.f("uq_attempt_entry_id_number")),
    )
    op.create_index("ix_attempt_person", "attempt", ["person_id"], unique=False)
    op.create_index(op.f("ix_attempt_session_id"), "attempt", ["session_id"], unique=False)
    op.create_index("ix_attempt_waiting", "attempt", ["state", "deadline_at"], unique=False)
    op.create_table(
        "grant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "extra_time",
                "pause",
                "attempt",
                "window",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("granted_by", sa.Uuid(), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_grant_entry_id_entry")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grant")),
    )
    op.create_index(op.f("ix_grant_entry_id"), "grant", ["entry_id"], unique=False)
    op.create_table(
        "attempt_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("item_version_id", sa.Uuid(), nullable=False),
        sa.Column("key_version_id", sa.Uuid(), nullable=True),
        sa.Column("variant_seed", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.Numeric(precision=7, scale=2), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name=op.f("fk_attempt_item_attempt_id_attempt")
        ),
        sa.ForeignKeyConstraint(
            ["item_version_id"],
            ["item_version.id"],
            name=op.f("fk_attempt_item_item_version_id_item_version"),
        ),
        sa.ForeignKeyConstraint(
            ["key_version_id"], ["item_version.id"], name=op.f("fk_attempt_item_key_version_id_item_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt_item")),
        sa.UniqueConstraint("attempt_id", "slot", name=op.f("uq_attempt_item_attempt_id_slot")),
    )
    op.create_index(
        op.f("ix_attempt_item_item_version_id"), "attempt_item", ["item_version_id"], unique=False
    )
    op.create_table(
        "attempt_pause",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("started_by", sa.Uuid(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("max_minutes", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name=op.f("fk_attempt_pause_attempt_id_attempt")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt_pause")),
    )
    op.create_index(op.f("ix_attempt_pause_attempt_id"), "attempt_pause", ["attempt_id"], unique=False)
    op.create_table(
        "answer_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sent_sha256", sa.String(length=64), nullable=False),
        sa.Column("late_no", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name=op.f("fk_answer_file_attempt_id_attempt")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_answer_file_file_id_stored_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_file")),
    )
    op.create_index("ix_answer_file_attempt", "answer_file", ["attempt_id", "slot"], unique=False)
    op.create_table(
        "answer_markup",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("answer_file_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("strokes", sa.Text(), nullable=False),
        sa.Column("comments", sa.Text(), nullable=False),
        sa.Column("marked_by", sa.Uuid(), nullable=True),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_file_id"],
            ["answer_file.id"],
            name=op.f("fk_answer_markup_answer_file_id_answer_file"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_markup")),
        sa.UniqueConstraint("answer_file_id", "number", name=op.f("uq_answer_markup_answer_file_id_number")),
    )
    op.create_table(
        "attempt_seal",
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event_count", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.String(length=128), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name=op.f("fk_attempt_seal_attempt_id_attempt")
        ),
        sa.PrimaryKeyConstraint("attempt_id", "number", name=op.f("pk_attempt_seal")),
    )
    op.create_table(
        "late_decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("is_accepted", sa.Boolean(), nullable=False),
        sa.Column("until", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name=op.f("fk_late_decision_attempt_id_attempt")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_late_decision")),
        sa.UniqueConstraint("attempt_id", "number", name=op.f("uq_late_decision_attempt_id_number")),
    )
    op.create_table(
        "response_event",
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("op_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "answer",
                "check",
                "flag",
                "submit",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("payload_hash", sa.String(length=64), nullable=False),
        sa.Column("client_seq", sa.BigInteger(), nullable=False),
        sa.Column("tab", sa.String(length=40), nullable=False),
        sa.Column("t_client", sa.DateTime(timezone=True), nullable=True),
        sa.Column("t_server", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("late_no", sa.Integer(), nullable=True),
        sa.Column("check_no", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name=op.f("fk_response_event_attempt_id_attempt")
        ),
        sa.PrimaryKeyConstraint("attempt_id", "op_id", name=op.f("pk_response_event")),
    )
    op.create_index(
        "ix_response_event_late",
        "response_event",
        ["attempt_id", "late_no"],
        unique=False,
        sqlite_where=sa.text("late_no IS NOT NULL"),
        postgresql_where=sa.text("late_no IS NOT NULL"),
    )
    op.create_index(
        "ix_response_event_check",
        "response_event",
        ["attempt_id", "check_no"],
        unique=False,
        sqlite_where=sa.text("check_no > 0"),
        postgresql_where=sa.text("check_no > 0"),
    )
    op.create_table(
        "result",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("supersedes", sa.Uuid(), nullable=True),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.Numeric(precision=7, scale=2), nullable=False),
        sa.Column("max_points", sa.Numeric(precision=7, scale=2), nullable=False),
        sa.Column("score", sa.Numeric(precision=7, scale=6), nullable=False),
        sa.Column("mark", sa.String(length=20), nullable=False),
        sa.Column("is_passed", sa.Boolean(), nullable=False),
        sa.Column("mark_policy_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "released",
                "suspended",
                "superseded",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state_before",
            sa.Enum(
                "proposed",
                "released",
                "suspended",
                "superseded",
                name="state_before",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("suspended_reason", sa.String(length=500), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_result_attempt_id_attempt")),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_result_entry_id_entry")),
        sa.ForeignKeyConstraint(
            ["mark_policy_id"], ["mark_policy.id"], name=op.f("fk_result_mark_policy_id_mark_policy")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_result_person_id_person")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["attestation_session.id"], name=op.f("fk_result_session_id_attestation_session")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result")),
        sa.UniqueConstraint("attempt_id", "number", name=op.f("uq_result_attempt_id_number")),
    )
    op.create_index("ix_result_person", "result", ["person_id"], unique=False)
    op.create_index(op.f("ix_result_session_id"), "result", ["session_id"], unique=False)
    op.create_table(
        "grade",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("attempt_item_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("supersedes", sa.Uuid(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "right",
                "partial",
                "wrong",
                "invalid",
                "needs_marking",
                "error",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("fraction", sa.Numeric(precision=7, scale=6), nullable=True),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("rubric", sa.Text(), nullable=True),
        sa.Column(
            "source",
            sa.Enum(
                "auto",
                "human",
                "regrade",
                "appeal",
                name="source",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("grader", sa.String(length=80), nullable=False),
        sa.Column("key_version_id", sa.Uuid(), nullable=True),
        sa.Column("graded_by", sa.Uuid(), nullable=True),
        sa.Column("graded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_item_id"], ["attempt_item.id"], name=op.f("fk_grade_attempt_item_id_attempt_item")
        ),
        sa.ForeignKeyConstraint(
            ["key_version_id"], ["item_version.id"], name=op.f("fk_grade_key_version_id_item_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grade")),
        sa.UniqueConstraint("attempt_item_id", "number", name=op.f("uq_grade_attempt_item_id_number")),
    )
    op.create_table(
        "gradebook",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("mark_policy_id", sa.Uuid(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["mark_policy_id"], ["mark_policy.id"], name=op.f("fk_gradebook_mark_policy_id_mark_policy")
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_gradebook_org_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gradebook")),
    )
    op.create_index(op.f("ix_gradebook_org_id"), "gradebook", ["org_id"], unique=False)
    op.create_table(
        "gradebook_category",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("gradebook_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Numeric(precision=7, scale=2), nullable=False),
        sa.Column("drop_lowest", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["gradebook_id"], ["gradebook.id"], name=op.f("fk_gradebook_category_gradebook_id_gradebook")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gradebook_category")),
    )
    op.create_index(
        op.f("ix_gradebook_category_gradebook_id"), "gradebook_category", ["gradebook_id"], unique=False
    )
    op.create_table(
        "gradebook_seat",
        sa.Column("gradebook_id", sa.Uuid(), nullable=False),
        sa.Column("seat", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["gradebook_id"], ["gradebook.id"], name=op.f("fk_gradebook_seat_gradebook_id_gradebook")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_gradebook_seat_person_id_person")
        ),
        sa.PrimaryKeyConstraint("gradebook_id", "seat", name=op.f("pk_gradebook_seat")),
        sa.UniqueConstraint(
            "gradebook_id", "person_id", name=op.f("uq_gradebook_seat_gradebook_id_person_id")
        ),
    )
    op.create_table(
        "period_mark",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("gradebook_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("supersedes", sa.Uuid(), nullable=True),
        sa.Column("mark", sa.String(length=20), nullable=False),
        sa.Column("proposed", sa.String(length=20), nullable=False),
        sa.Column("score", sa.Numeric(precision=7, scale=6), nullable=True),
        sa.Column("mark_policy_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("given_by", sa.Uuid(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["gradebook_id"], ["gradebook.id"], name=op.f("fk_period_mark_gradebook_id_gradebook")
        ),
        sa.ForeignKeyConstraint(
            ["mark_policy_id"], ["mark_policy.id"], name=op.f("fk_period_mark_mark_policy_id_mark_policy")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_period_mark_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_period_mark")),
        sa.UniqueConstraint(
            "gradebook_id", "person_id", "number", name=op.f("uq_period_mark_gradebook_id_person_id_number")
        ),
    )
    op.create_table(
        "item_review_rule",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("needs_second", sa.Boolean(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_item_review_rule_org_id_organisation")
        ),
        sa.PrimaryKeyConstraint("org_id", name=op.f("pk_item_review_rule")),
    )
    op.create_table(
        "double_marking",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("tolerance", sa.Numeric(precision=7, scale=6), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["attestation_session.id"],
            name=op.f("fk_double_marking_session_id_attestation_session"),
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_double_marking")),
    )
    op.create_table(
        "gradebook_column",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("gradebook_id", sa.Uuid(), nullable=False),
        sa.Column("category_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Numeric(precision=7, scale=2), nullable=False),
        sa.Column("max_points", sa.Numeric(precision=7, scale=2), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["gradebook_category.id"],
            name=op.f("fk_gradebook_column_category_id_gradebook_category"),
        ),
        sa.ForeignKeyConstraint(
            ["gradebook_id"], ["gradebook.id"], name=op.f("fk_gradebook_column_gradebook_id_gradebook")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["attestation_session.id"],
            name=op.f("fk_gradebook_column_session_id_attestation_session"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gradebook_column")),
    )
    op.create_index(
        op.f("ix_gradebook_column_gradebook_id"), "gradebook_column", ["gradebook_id"], unique=False
    )
    op.create_table(
        "regrade_batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "approved",
                "dropped",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("checked", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_no", sa.Integer(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["attestation_session.id"],
            name=op.f("fk_regrade_batch_session_id_attestation_session"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_regrade_batch")),
        sa.UniqueConstraint("session_id", "decided_no", name=op.f("uq_regrade_batch_session_id_decided_no")),
    )
    op.create_table(
        "gradebook_cell",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("column_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("supersedes", sa.Uuid(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "points",
                "exempt",
                "absent",
                "blank",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("points", sa.Numeric(precision=7, scale=2), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("given_by", sa.Uuid(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["column_id"], ["gradebook_column.id"], name=op.f("fk_gradebook_cell_column_id_gradebook_column")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_gradebook_cell_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gradebook_cell")),
        sa.UniqueConstraint(
            "column_id", "person_id", "number", name=op.f("uq_gradebook_cell_column_id_person_id_number")
        ),
    )
    op.create_table(
        "appeal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("result_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "filed",
                "decided",
                "withdrawn",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("filed_by", sa.Uuid(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column(
            "decision",
            sa.Enum(
                "granted",
                "partly",
                "refused",
                name="decision",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_appeal_attempt_id_attempt")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_appeal_person_id_person")),
        sa.ForeignKeyConstraint(["result_id"], ["result.id"], name=op.f("fk_appeal_result_id_result")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["attestation_session.id"], name=op.f("fk_appeal_session_id_attestation_session")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal")),
        sa.UniqueConstraint("result_id", name=op.f("uq_appeal_result_id")),
    )
    op.create_index(op.f("ix_appeal_attempt_id"), "appeal", ["attempt_id"], unique=False)
    op.create_index(op.f("ix_appeal_session_id"), "appeal", ["session_id"], unique=False)
    op.create_table(
        "mark_opinion",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("attempt_item_id", sa.Uuid(), nullable=False),
        sa.Column("marker_id", sa.Uuid(), nullable=False),
        sa.Column("fraction", sa.Numeric(precision=7, scale=6), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("rubric", sa.Text(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_item_id"],
            ["attempt_item.id"],
            name=op.f("fk_mark_opinion_attempt_item_id_attempt_item"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mark_opinion")),
        sa.UniqueConstraint(
            "attempt_item_id", "marker_id", name=op.f("uq_mark_opinion_attempt_item_id_marker_id")
        ),
    )
    op.create_table(
        "appeal_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name=op.f("fk_appeal_file_appeal_id_appeal")),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_appeal_file_file_id_stored_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal_file")),
    )
    op.create_index(op.f("ix_appeal_file_appeal_id"), "appeal_file", ["appeal_id"], unique=False)
    op.create_table(
        "appeal_ground",
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.Column("attempt_item_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("fraction", sa.Numeric(precision=7, scale=6), nullable=True),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name=op.f("fk_appeal_ground_appeal_id_appeal")),
        sa.ForeignKeyConstraint(
            ["attempt_item_id"],
            ["attempt_item.id"],
            name=op.f("fk_appeal_ground_attempt_item_id_attempt_item"),
        ),
        sa.PrimaryKeyConstraint("appeal_id", "attempt_item_id", name=op.f("pk_appeal_ground")),
    )
    op.create_table(
        "regrade_key",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("item_version_id", sa.Uuid(), nullable=False),
        sa.Column("key_version_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["regrade_batch.id"], name=op.f("fk_regrade_key_batch_id_regrade_batch")
        ),
        sa.ForeignKeyConstraint(
            ["item_version_id"], ["item_version.id"], name=op.f("fk_regrade_key_item_version_id_item_version")
        ),
        sa.ForeignKeyConstraint(
            ["key_version_id"], ["item_version.id"], name=op.f("fk_regrade_key_key_version_id_item_version")
        ),
        sa.PrimaryKeyConstraint("batch_id", "item_version_id", name=op.f("pk_regrade_key")),
    )
    op.create_table(
        "regrade_row",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("attempt_item_id", sa.Uuid(), nullable=False),
        sa.Column("grade_id", sa.Uuid(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "right",
                "partial",
                "wrong",
                "invalid",
                "needs_marking",
                "error",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("fraction", sa.Numeric(precision=7, scale=6), nullable=True),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("grader", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_item_id"], ["attempt_item.id"], name=op.f("fk_regrade_row_attempt_item_id_attempt_item")
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["regrade_batch.id"], name=op.f("fk_regrade_row_batch_id_regrade_batch")
        ),
        sa.ForeignKeyConstraint(["grade_id"], ["grade.id"], name=op.f("fk_regrade_row_grade_id_grade")),
        sa.PrimaryKeyConstraint("batch_id", "attempt_item_id", name=op.f("pk_regrade_row")),
    )
    op.create_table(
        "waiting_mark",
        sa.Column("attempt_item_id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("grade_id", sa.Uuid(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name=op.f("fk_waiting_mark_attempt_id_attempt")
        ),
        sa.ForeignKeyConstraint(
            ["attempt_item_id"],
            ["attempt_item.id"],
            name=op.f("fk_waiting_mark_attempt_item_id_attempt_item"),
        ),
        sa.PrimaryKeyConstraint("attempt_item_id", name=op.f("pk_waiting_mark")),
    )
    op.create_index(op.f("ix_waiting_mark_attempt_id"), "waiting_mark", ["attempt_id"], unique=False)


def downgrade() -> None:
    """Drop the tables."""
    op.drop_index(op.f("ix_waiting_mark_attempt_id"), table_name="waiting_mark")
    op.drop_table("waiting_mark")
    op.drop_table("regrade_row")
    op.drop_table("regrade_key")
    op.drop_table("appeal_ground")
    op.drop_index(op.f("ix_appeal_file_appeal_id"), table_name="appeal_file")
    op.drop_table("appeal_file")
    op.drop_table("mark_opinion")
    op.drop_index(op.f("ix_appeal_session_id"), table_name="appeal")
    op.drop_index(op.f("ix_appeal_attempt_id"), table_name="appeal")
    op.drop_table("appeal")
    op.drop_table("gradebook_cell")
    op.drop_table("regrade_batch")
    op.drop_index(op.f("ix_gradebook_column_gradebook_id"), table_name="gradebook_column")
    op.drop_table("gradebook_column")
    op.drop_table("double_marking")
    op.drop_table("item_review_rule")
    op.drop_table("period_mark")
    op.drop_table("gradebook_seat")
    op.drop_index(op.f("ix_gradebook_category_gradebook_id"), table_name="gradebook_category")
    op.drop_table("gradebook_category")
    op.drop_index(op.f("ix_gradebook_org_id"), table_name="gradebook")
    op.drop_table("gradebook")
    op.drop_table("grade")
    op.drop_index(op.f("ix_result_session_id"), table_name="result")
    op.drop_index("ix_result_person", table_name="result")
    op.drop_table("result")
    op.drop_index("ix_response_event_check", table_name="response_event")
    op.drop_index("ix_response_event_late", table_name="response_event")
    op.drop_table("response_event")
    op.drop_table("late_decision")
    op.drop_table("attempt_seal")
    op.drop_table("answer_markup")
    op.drop_index("ix_answer_file_attempt", table_name="answer_file")
    op.drop_table("answer_file")
    op.drop_index(op.f("ix_attempt_pause_attempt_id"), table_name="attempt_pause")
    op.drop_table("attempt_pause")
    op.drop_index(op.f("ix_attempt_item_item_version_id"), table_name="attempt_item")
    op.drop_table("attempt_item")
    op.drop_index(op.f("ix_grant_entry_id"), table_name="grant")
    op.drop_table("grant")
    op.drop_index("ix_attempt_waiting", table_name="attempt")
    op.drop_index(op.f("ix_attempt_session_id"), table_name="attempt")
    op.drop_index("ix_attempt_person", table_name="attempt")
    op.drop_table("attempt")
    op.drop_index("ix_entry_person", table_name="entry")
    op.drop_table("entry")
    op.drop_table("blueprint_item")
    op.drop_index(op.f("ix_item_version_content_hash"), table_name="item_version")
    op.drop_table("item_version")
    op.drop_table("session_commission")
    op.drop_index(op.f("ix_attestation_session_org_id"), table_name="attestation_session")
    op.drop_table("attestation_session")
    op.drop_table("item_import_row")
    op.drop_table("item_media")
    op.drop_index(op.f("ix_item_import_bank_id"), table_name="item_import")
    op.drop_table("item_import")
    op.drop_table("item_enemy")
    op.drop_table("item_term")
    op.drop_table("item")
    op.drop_table("blueprint_version")
    op.drop_index(op.f("ix_mark_policy_org_id"), table_name="mark_policy")
    op.drop_table("mark_policy")
    op.drop_index(op.f("ix_blueprint_org_id"), table_name="blueprint")
    op.drop_table("blueprint")
    op.drop_index(op.f("ix_bank_org_id"), table_name="bank")
    op.drop_table("bank")
