"""Curriculum: frameworks, outcomes, crosswalks, curricula."""

import sqlalchemy as sa
from alembic import op

revision = "0003_curriculum"
down_revision = "0002_people"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "curriculum",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("programme", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("grade", sa.Integer(), nullable=False),
        sa.Column("year", sa.String(length=9), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("draft", "approved", name="state", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("weekly_hours_max", sa.Numeric(precision=7, scale=2), nullable=False),
        sa.Column(
            "period_kind",
            sa.Enum(
                "quarter",
                "trimester",
                "half_year",
                "semester",
                "year",
                name="period_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_curriculum_org_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_curriculum")),
        sa.UniqueConstraint(
            "org_id",
            "programme",
            "grade",
            "year",
            "version",
            name=op.f("uq_curriculum_org_id_programme_grade_year_version"),
        ),
    )
    op.create_index(op.f("ix_curriculum_org_id"), "curriculum", ["org_id"], unique=False)
    op.create_table(
        "framework",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("draft", "published", name="state", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("previous_id", sa.Uuid(), nullable=True),
        sa.Column("remarks", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_framework_org_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["previous_id"], ["framework.id"], name=op.f("fk_framework_previous_id_framework")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_framework")),
        sa.UniqueConstraint("org_id", "code", "version", name=op.f("uq_framework_org_id_code_version")),
    )
    op.create_table(
        "curriculum_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("curriculum_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("hours", sa.Numeric(precision=7, scale=2), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column(
            "attestation_form",
            sa.Enum(
                "exam",
                "credit_test",
                "control_work",
                "oral",
                "project",
                "dictation",
                "current_marks",
                name="attestation_form",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("is_mandatory", sa.Boolean(), nullable=False),
        sa.CheckConstraint("hours > 0", name=op.f("ck_curriculum_item_hours")),
        sa.ForeignKeyConstraint(
            ["curriculum_id"], ["curriculum.id"], name=op.f("fk_curriculum_item_curriculum_id_curriculum")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_curriculum_item")),
    )
    op.create_index(
        op.f("ix_curriculum_item_curriculum_id"), "curriculum_item", ["curriculum_id"], unique=False
    )
    op.create_table(
        "curriculum_period",
        sa.Column("curriculum_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.CheckConstraint("ends_on > starts_on", name=op.f("ck_curriculum_period_order")),
        sa.ForeignKeyConstraint(
            ["curriculum_id"], ["curriculum.id"], name=op.f("fk_curriculum_period_curriculum_id_curriculum")
        ),
        sa.PrimaryKeyConstraint("curriculum_id", "number", name=op.f("pk_curriculum_period")),
    )
    op.create_table(
        "outcome",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("framework_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("statement", sa.String(length=2000), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["framework_id"], ["framework.id"], name=op.f("fk_outcome_framework_id_framework")
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["outcome.id"], name=op.f("fk_outcome_parent_id_outcome")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome")),
        sa.UniqueConstraint("framework_id", "code", name=op.f("uq_outcome_framework_id_code")),
        sa.UniqueConstraint("framework_id", "key", name=op.f("uq_outcome_framework_id_key")),
    )
    op.create_index(op.f("ix_outcome_framework_id"), "outcome", ["framework_id"], unique=False)
    op.create_index(op.f("ix_outcome_parent_id"), "outcome", ["parent_id"], unique=False)
    op.create_table(
        "crosswalk",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column(
            "relation",
            sa.Enum(
                "exact",
                "broader",
                "narrower",
                "related",
                name="relation",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("weight", sa.Numeric(precision=7, scale=6), nullable=False),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "approved",
                "retired",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_crosswalk_org_id_organisation")
        ),
        sa.ForeignKeyConstraint(["source_id"], ["outcome.id"], name=op.f("fk_crosswalk_source_id_outcome")),
        sa.ForeignKeyConstraint(["target_id"], ["outcome.id"], name=op.f("fk_crosswalk_target_id_outcome")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crosswalk")),
        sa.UniqueConstraint(
            "org_id", "source_id", "target_id", name=op.f("uq_crosswalk_org_id_source_id_target_id")
        ),
    )
    op.create_index(op.f("ix_crosswalk_source_id"), "crosswalk", ["source_id"], unique=False)
    op.create_index(op.f("ix_crosswalk_target_id"), "crosswalk", ["target_id"], unique=False)
    op.create_table(
        "curriculum_item_outcome",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("outcome_id", sa.Uuid(), nullable=False),
        sa.Column("hours", sa.Numeric(precision=7, scale=2), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["curriculum_item.id"],
            name=op.f("fk_curriculum_item_outcome_item_id_curriculum_item"),
        ),
        sa.ForeignKeyConstraint(
            ["outcome_id"], ["outcome.id"], name=op.f("fk_curriculum_item_outcome_outcome_id_outcome")
        ),
        sa.PrimaryKeyConstraint("item_id", "outcome_id", name=op.f("pk_curriculum_item_outcome")),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("curriculum_item_outcome")
    op.drop_index(op.f("ix_crosswalk_target_id"), table_name="crosswalk")
    op.drop_index(op.f("ix_crosswalk_source_id"), table_name="crosswalk")
    op.drop_table("crosswalk")
    op.drop_index(op.f("ix_outcome_parent_id"), table_name="outcome")
    op.drop_index(op.f("ix_outcome_framework_id"), table_name="outcome")
    op.drop_table("outcome")
    op.drop_table("curriculum_period")
    op.drop_index(op.f("ix_curriculum_item_curriculum_id"), table_name="curriculum_item")
    op.drop_table("curriculum_item")
    op.drop_table("framework")
    op.drop_index(op.f("ix_curriculum_org_id"), table_name="curriculum")
    op.drop_table("curriculum")
