"""Courses: content, enrolment, progress."""

import sqlalchemy as sa
from alembic import op

revision = "0004_courses"
down_revision = "0003_curriculum"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "course",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("grade", sa.Integer(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column(
            "mode",
            sa.Enum(
                "open",
                "request",
                "assigned",
                name="mode",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("archived_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("seats > 0", name=op.f("ck_course_seats")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_course_org_id_organisation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course")),
    )
    op.create_index("ix_course_org", "course", ["org_id"], unique=False)
    op.create_table(
        "course_import",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("is_trial", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("place", sa.String(length=300), nullable=False),
        sa.Column("rows", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed')", name=op.f("ck_course_import_state")
        ),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_course_import_course_id_course")),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_course_import_file_id_stored_file")
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_course_import_org_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_import")),
        sa.UniqueConstraint("course_id", name=op.f("uq_course_import_course_id")),
    )
    op.create_index(op.f("ix_course_import_org_id"), "course_import", ["org_id"])
    op.create_table(
        "course_media",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_course_media_course_id_course")),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_course_media_file_id_stored_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_media")),
    )
    op.create_index(op.f("ix_course_media_course_id"), "course_media", ["course_id"], unique=False)
    op.create_table(
        "course_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "published",
                "retired",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_course_version_course_id_course")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_version")),
        sa.UniqueConstraint("course_id", "number", name=op.f("uq_course_version_course_id_number")),
    )
    op.create_table(
        "course_section",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("gate", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["course_version.id"], name=op.f("fk_course_section_version_id_course_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_section")),
        sa.UniqueConstraint("version_id", "key", name=op.f("uq_course_section_version_id_key")),
        sa.UniqueConstraint("version_id", "position", name="uq_course_section_position"),
    )
    op.create_table(
        "course_cohort",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.Column(
            "afterwards",
            sa.Enum(
                "goes_on",
                "read_only",
                name="afterwards",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_course_cohort_dates")),
        sa.CheckConstraint("seats > 0", name=op.f("ck_course_cohort_seats")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_course_cohort_course_id_course")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_cohort")),
    )
    op.create_index(op.f("ix_course_cohort_course_id"), "course_cohort", ["course_id"], unique=False)
    op.create_table(
        "course_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("cohort_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "asked",
                "waiting",
                "offered",
                "taken",
                "refused",
                "lapsed",
                "withdrawn",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("note", sa.String(length=600), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offered_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.String(length=600), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state != 'offered' OR offered_until IS NOT NULL", name=op.f("ck_course_request_offered_until")
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"], name=op.f("fk_course_request_asked_by_person")),
        sa.ForeignKeyConstraint(
            ["cohort_id"], ["course_cohort.id"], name=op.f("fk_course_request_cohort_id_course_cohort")
        ),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_course_request_course_id_course")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["person.id"], name=op.f("fk_course_request_decided_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_course_request_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_request")),
    )
    op.create_index("ix_course_request_course", "course_request", ["course_id", "state"], unique=False)
    op.create_index(
        "uq_course_request_living",
        "course_request",
        ["person_id", "course_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('asked', 'waiting', 'offered')"),
        postgresql_where=sa.text("state IN ('asked', 'waiting', 'offered')"),
    )
    op.create_table(
        "enrolment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column(
            "ground",
            sa.Enum(
                "self",
                "teacher",
                "plan",
                "class",
                "network",
                "part",
                name="ground",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "active",
                "paused",
                "completed",
                "withdrawn",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("cohort_id", sa.Uuid(), nullable=True),
        sa.Column("opens_on", sa.Date(), nullable=True),
        sa.Column("more_until", sa.Date(), nullable=True),
        sa.Column("more_why", sa.String(length=300), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("came_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_block_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["cohort_id"], ["course_cohort.id"], name=op.f("fk_enrolment_cohort_id_course_cohort")
        ),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_enrolment_course_id_course")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_enrolment_person_id_person")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["course_version.id"], name=op.f("fk_enrolment_version_id_course_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment")),
    )
    op.create_index(op.f("ix_enrolment_cohort_id"), "enrolment", ["cohort_id"], unique=False)
    op.create_index("ix_enrolment_course", "enrolment", ["course_id"], unique=False)
    op.create_index(
        "uq_enrolment_living",
        "enrolment",
        ["person_id", "course_id"],
        unique=True,
        sqlite_where=sa.text("state != 'withdrawn'"),
        postgresql_where=sa.text("state != 'withdrawn'"),
    )
    op.create_table(
        "course_block",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("section_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("type", sa.String(length=60), nullable=False),
        sa.Column("type_version", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("outcomes", sa.Text(), nullable=False),
        sa.Column("est_minutes", sa.Integer(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("offline_capable", sa.Boolean(), nullable=False),
        sa.Column("a11y", sa.Text(), nullable=False),
        sa.Column("meta", sa.Text(), nullable=False),
        sa.Column("alternatives", sa.Text(), nullable=False),
        sa.Column("with_previous", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["section_id"], ["course_section.id"], name=op.f("fk_course_block_section_id_course_section")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_block")),
        sa.UniqueConstraint("section_id", "key", name="uq_course_block_key"),
        sa.UniqueConstraint("section_id", "position", name=op.f("uq_course_block_section_id_position")),
    )
    op.create_table(
        "course_completion",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "rule",
                "teacher",
                "credit",
                name="source",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_course_completion_course_id_course")
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_course_completion_enrolment_id_enrolment")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_course_completion_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["course_version.id"], name=op.f("fk_course_completion_version_id_course_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_completion")),
        sa.UniqueConstraint("enrolment_id", name=op.f("uq_course_completion_enrolment_id")),
    )
    op.create_index(
        "ix_course_completion_person", "course_completion", ["person_id", "course_id"], unique=False
    )
    op.create_table(
        "block_answer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("block_id", sa.Uuid(), nullable=False),
        sa.Column("try_no", sa.Integer(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("score", sa.Numeric(precision=7, scale=6), nullable=True),
        sa.Column("type_version", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["block_id"], ["course_block.id"], name=op.f("fk_block_answer_block_id_course_block")
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_block_answer_enrolment_id_enrolment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_block_answer")),
        sa.UniqueConstraint(
            "enrolment_id", "block_id", "try_no", name=op.f("uq_block_answer_enrolment_id_block_id_try_no")
        ),
    )
    op.create_table(
        "block_completion",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("block_id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.String(length=16), nullable=False),
        sa.Column("score", sa.Numeric(precision=7, scale=6), nullable=True),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("same_as", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "rule IN ('viewed', 'explicit', 'score', 'accepted', 'result')",
            name=op.f("ck_block_completion_rule"),
        ),
        sa.ForeignKeyConstraint(
            ["block_id"], ["course_block.id"], name=op.f("fk_block_completion_block_id_course_block")
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_block_completion_enrolment_id_enrolment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_block_completion")),
        sa.UniqueConstraint(
            "enrolment_id", "block_id", name=op.f("uq_block_completion_enrolment_id_block_id")
        ),
    )
    op.create_table(
        "course_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "announcement", "nudge", name="kind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("enrolment_id", sa.Uuid(), nullable=True),
        sa.Column("class_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["author_id"], ["person.id"], name=op.f("fk_course_message_author_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["class_id"], ["study_class.id"], name=op.f("fk_course_message_class_id_study_class")
        ),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_course_message_course_id_course")
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_course_message_enrolment_id_enrolment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_message")),
        sa.UniqueConstraint("enrolment_id", "day", name=op.f("uq_course_message_enrolment_id_day")),
    )
    op.create_index("ix_course_message_course", "course_message", ["course_id", "at"], unique=False)
    op.create_table(
        "course_operation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("op_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "done",
                "answer",
                "note",
                "question",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("block_id", sa.Uuid(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_completed", sa.Boolean(), nullable=False),
        sa.Column("score", sa.Numeric(precision=7, scale=6), nullable=True),
        sa.Column("refused", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_course_operation_enrolment_id_enrolment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_operation")),
        sa.UniqueConstraint("enrolment_id", "op_id", name=op.f("uq_course_operation_enrolment_id_op_id")),
    )
    op.create_table(
        "course_play",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("block_id", sa.Uuid(), nullable=False),
        sa.Column("parts", sa.Text(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "begun",
                "completed",
                "passed",
                "failed",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("score", sa.Numeric(precision=7, scale=6), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["block_id"], ["course_block.id"], name=op.f("fk_course_play_block_id_course_block")
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_course_play_enrolment_id_enrolment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_play")),
        sa.UniqueConstraint("enrolment_id", "block_id", name=op.f("uq_course_play_enrolment_id_block_id")),
    )
    op.create_table(
        "course_post",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("block_key", sa.String(length=60), nullable=False),
        sa.Column("class_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("by_staff", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "shown",
                "hidden",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.String(length=300), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["class_id"], ["study_class.id"], name=op.f("fk_course_post_class_id_study_class")
        ),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_course_post_course_id_course")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_course_post_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_post")),
    )
    op.create_index("ix_course_post_place", "course_post", ["course_id", "block_key", "at"], unique=False)
    op.create_table(
        "course_post_report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("why", sa.String(length=300), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_course_post_report_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["course_post.id"], name=op.f("fk_course_post_report_post_id_course_post")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_post_report")),
        sa.UniqueConstraint("post_id", "person_id", name=op.f("uq_course_post_report_post_id_person_id")),
    )
    op.create_table(
        "course_work",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("block_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "sent",
                "returned",
                "accepted",
                "taken_back",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["block_id"], ["course_block.id"], name=op.f("fk_course_work_block_id_course_block")
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_course_work_enrolment_id_enrolment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_work")),
        sa.UniqueConstraint(
            "enrolment_id", "block_id", "number", name=op.f("uq_course_work_enrolment_id_block_id_number")
        ),
    )
    op.create_index("ix_course_work_state", "course_work", ["state", "at"], unique=False)
    op.create_table(
        "course_work_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("work_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_course_work_file_file_id_stored_file")
        ),
        sa.ForeignKeyConstraint(
            ["work_id"], ["course_work.id"], name=op.f("fk_course_work_file_work_id_course_work")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_work_file")),
    )
    op.create_index(op.f("ix_course_work_file_work_id"), "course_work_file", ["work_id"], unique=False)
    op.create_table(
        "course_work_mark",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("work_file_id", sa.Uuid(), nullable=False),
        sa.Column("strokes", sa.Text(), nullable=False),
        sa.Column("comments", sa.Text(), nullable=False),
        sa.Column("marked_by", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["work_file_id"],
            ["course_work_file.id"],
            name=op.f("fk_course_work_mark_work_file_id_course_work_file"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_work_mark")),
        sa.UniqueConstraint("work_file_id", name=op.f("uq_course_work_mark_work_file_id")),
    )
    op.create_table(
        "course_peer_review",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("work_id", sa.Uuid(), nullable=False),
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "asked",
                "given",
                "released",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("rubric", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_course_peer_review_enrolment_id_enrolment")
        ),
        sa.ForeignKeyConstraint(
            ["work_id"], ["course_work.id"], name=op.f("fk_course_peer_review_work_id_course_work")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_peer_review")),
        sa.UniqueConstraint(
            "work_id", "enrolment_id", name=op.f("uq_course_peer_review_work_id_enrolment_id")
        ),
    )
    op.create_index(
        op.f("ix_course_peer_review_enrolment_id"), "course_peer_review", ["enrolment_id"], unique=False
    )
    op.create_table(
        "course_question",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("block_key", sa.String(length=60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["person.id"], name=op.f("fk_course_question_answered_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_course_question_course_id_course")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_course_question_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_question")),
    )
    op.create_index(op.f("ix_course_question_person_id"), "course_question", ["person_id"], unique=False)
    op.create_index("ix_course_question_open", "course_question", ["course_id", "answered_at"], unique=False)
    op.create_table(
        "course_note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("block_key", sa.String(length=60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_course_note_course_id_course")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_course_note_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_note")),
        sa.UniqueConstraint(
            "person_id", "course_id", "block_key", name=op.f("uq_course_note_person_id_course_id_block_key")
        ),
    )
    op.create_table(
        "study_day",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("offline_seconds", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counts_until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_study_day_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study_day")),
        sa.UniqueConstraint("person_id", "day", name=op.f("uq_study_day_person_id_day")),
    )
    op.create_table(
        "study_budget",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("grade", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_study_budget_org_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study_budget")),
        sa.UniqueConstraint("org_id", "grade", name=op.f("uq_study_budget_org_id_grade")),
    )
    op.create_table(
        "course_playback",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("block_id", sa.Uuid(), nullable=False),
        sa.Column("position_s", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["block_id"], ["course_block.id"], name=op.f("fk_course_playback_block_id_course_block")
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_course_playback_enrolment_id_enrolment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_playback")),
        sa.UniqueConstraint(
            "enrolment_id", "block_id", name=op.f("uq_course_playback_enrolment_id_block_id")
        ),
    )
    op.create_table(
        "encouragement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("is_off", sa.Boolean(), nullable=False),
        sa.Column("why", sa.String(length=300), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_encouragement_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_encouragement")),
        sa.UniqueConstraint("person_id", name=op.f("uq_encouragement_person_id")),
    )
    op.create_table(
        "course_tool",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("login_address", sa.String(length=500), nullable=False),
        sa.Column("redirects", sa.Text(), nullable=False),
        sa.Column("keys", sa.Text(), nullable=False),
        sa.Column("keys_address", sa.String(length=500), nullable=False),
        sa.Column("keys_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("keys_tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used", sa.Text(), nullable=False),
        sa.Column("tells_names", sa.Boolean(), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("is_framed", sa.Boolean(), nullable=False),
        sa.Column("offers_choice", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_course_tool_org_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_tool")),
    )
    op.create_index("ix_course_tool_org", "course_tool", ["org_id"], unique=False)
    op.create_table(
        "course_tool_visit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tool_id", sa.Uuid(), nullable=False),
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("block_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["block_id"], ["course_block.id"], name=op.f("fk_course_tool_visit_block_id_course_block")
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_course_tool_visit_enrolment_id_enrolment")
        ),
        sa.ForeignKeyConstraint(
            ["tool_id"], ["course_tool.id"], name=op.f("fk_course_tool_visit_tool_id_course_tool")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_tool_visit")),
        sa.UniqueConstraint(
            "enrolment_id", "block_id", name=op.f("uq_course_tool_visit_enrolment_id_block_id")
        ),
    )
    op.create_index("ix_course_tool_visit_block", "course_tool_visit", ["block_id", "subject"], unique=False)
    op.create_table(
        "course_upload",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("mark", sa.String(length=40), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("part_bytes", sa.Integer(), nullable=False),
        sa.Column("received_bytes", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "receiving",
                "checking",
                "done",
                "refused",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("media_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_course_upload_course_id_course")),
        sa.ForeignKeyConstraint(
            ["media_id"], ["course_media.id"], name=op.f("fk_course_upload_media_id_course_media")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_upload")),
    )
    op.create_index(op.f("ix_course_upload_course_id"), "course_upload", ["course_id"], unique=False)


def downgrade() -> None:
    """Drop the tables."""
    op.drop_index(op.f("ix_course_upload_course_id"), table_name="course_upload")
    op.drop_table("course_upload")
    op.drop_index("ix_course_tool_visit_block", table_name="course_tool_visit")
    op.drop_table("course_tool_visit")
    op.drop_index("ix_course_tool_org", table_name="course_tool")
    op.drop_table("course_tool")
    op.drop_table("encouragement")
    op.drop_table("course_playback")
    op.drop_table("study_budget")
    op.drop_table("study_day")
    op.drop_table("course_note")
    op.drop_index("ix_course_question_open", table_name="course_question")
    op.drop_index(op.f("ix_course_question_person_id"), table_name="course_question")
    op.drop_table("course_question")
    op.drop_index(op.f("ix_course_peer_review_enrolment_id"), table_name="course_peer_review")
    op.drop_table("course_peer_review")
    op.drop_table("course_work_mark")
    op.drop_index(op.f("ix_course_work_file_work_id"), table_name="course_work_file")
    op.drop_table("course_work_file")
    op.drop_index("ix_course_work_state", table_name="course_work")
    op.drop_table("course_work")
    op.drop_table("course_post_report")
    op.drop_index("ix_course_post_place", table_name="course_post")
    op.drop_table("course_post")
    op.drop_table("course_play")
    op.drop_table("course_operation")
    op.drop_index("ix_course_message_course", table_name="course_message")
    op.drop_table("course_message")
    op.drop_table("block_completion")
    op.drop_table("block_answer")
    op.drop_index("ix_course_completion_person", table_name="course_completion")
    op.drop_table("course_completion")
    op.drop_table("course_block")
    op.drop_index(
        "uq_enrolment_living",
        table_name="enrolment",
        sqlite_where=sa.text("state != 'withdrawn'"),
        postgresql_where=sa.text("state != 'withdrawn'"),
    )
    op.drop_index("ix_enrolment_course", table_name="enrolment")
    op.drop_index(op.f("ix_enrolment_cohort_id"), table_name="enrolment")
    op.drop_table("enrolment")
    op.drop_index(
        "uq_course_request_living",
        table_name="course_request",
        sqlite_where=sa.text("state IN ('asked', 'waiting', 'offered')"),
        postgresql_where=sa.text("state IN ('asked', 'waiting', 'offered')"),
    )
    op.drop_index("ix_course_request_course", table_name="course_request")
    op.drop_table("course_request")
    op.drop_index(op.f("ix_course_cohort_course_id"), table_name="course_cohort")
    op.drop_table("course_cohort")
    op.drop_table("course_section")
    op.drop_table("course_version")
    op.drop_index(op.f("ix_course_media_course_id"), table_name="course_media")
    op.drop_table("course_media")
    op.drop_index(op.f("ix_course_import_org_id"), table_name="course_import")
    op.drop_table("course_import")
    op.drop_index("ix_course_org", table_name="course")
    op.drop_table("course")
