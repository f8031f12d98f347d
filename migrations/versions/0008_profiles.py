"""Profiles: evidence and levels."""

import sqlalchemy as sa
from alembic import op

revision = "0008_profiles"
down_revision = "0007_proctoring"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "outcome_evidence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("outcome_id", sa.Uuid(), nullable=False),
        sa.Column("basis_kind", sa.String(length=60), nullable=False),
        sa.Column("basis_id", sa.Uuid(), nullable=False),
        sa.Column("share", sa.Numeric(precision=7, scale=6), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "active", "suspended", name="state", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "state_before",
            sa.Enum(
                "active",
                "suspended",
                name="state_before",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_outcome_evidence_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome_evidence")),
        sa.UniqueConstraint(
            "person_id",
            "outcome_id",
            "basis_kind",
            "basis_id",
            name=op.f("uq_outcome_evidence_person_id_outcome_id_basis_kind_basis_id"),
        ),
    )
    op.create_index("ix_outcome_evidence_basis", "outcome_evidence", ["basis_kind", "basis_id"], unique=False)
    op.create_index(op.f("ix_outcome_evidence_person_id"), "outcome_evidence", ["person_id"], unique=False)
    op.create_table(
        "outcome_level",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("outcome_id", sa.Uuid(), nullable=False),
        sa.Column(
            "grade",
            sa.Enum(
                "beginning",
                "basic",
                "sure",
                "high",
                name="grade",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("share", sa.Numeric(precision=7, scale=6), nullable=True),
        sa.Column("is_suspended", sa.Boolean(), nullable=False),
        sa.Column("algorithm_version", sa.String(length=40), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_outcome_level_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome_level")),
        sa.UniqueConstraint("person_id", "outcome_id", name=op.f("uq_outcome_level_person_id_outcome_id")),
    )
    op.create_index(op.f("ix_outcome_level_person_id"), "outcome_level", ["person_id"], unique=False)
    op.create_table(
        "portfolio_work",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("description", sa.String(length=2000), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("hours", sa.Numeric(precision=7, scale=2), nullable=False),
        sa.Column("link", sa.String(length=500), nullable=False),
        sa.Column("outcomes", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "claimed",
                "verified",
                "withdrawn",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("hours > 0", name=op.f("ck_portfolio_work_hours")),
        sa.ForeignKeyConstraint(["added_by"], ["person.id"], name=op.f("fk_portfolio_work_added_by_person")),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_portfolio_work_org_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_portfolio_work_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portfolio_work")),
    )
    op.create_index(op.f("ix_portfolio_work_person_id"), "portfolio_work", ["person_id"], unique=False)
    op.create_table(
        "portfolio_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("work_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_portfolio_file_file_id_stored_file")
        ),
        sa.ForeignKeyConstraint(
            ["work_id"], ["portfolio_work.id"], name=op.f("fk_portfolio_file_work_id_portfolio_work")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portfolio_file")),
    )
    op.create_index(op.f("ix_portfolio_file_work_id"), "portfolio_file", ["work_id"], unique=False)
    op.create_table(
        "portfolio_statement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("work_id", sa.Uuid(), nullable=False),
        sa.Column(
            "act",
            sa.Enum(
                "confirm",
                "take_back",
                "withdraw",
                name="act",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("said_by", sa.Uuid(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=600), nullable=False),
        sa.ForeignKeyConstraint(
            ["said_by"], ["person.id"], name=op.f("fk_portfolio_statement_said_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["work_id"], ["portfolio_work.id"], name=op.f("fk_portfolio_statement_work_id_portfolio_work")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portfolio_statement")),
    )
    op.create_index(op.f("ix_portfolio_statement_work_id"), "portfolio_statement", ["work_id"], unique=False)


def downgrade() -> None:
    """Drop the tables."""
    op.drop_index(op.f("ix_portfolio_statement_work_id"), table_name="portfolio_statement")
    op.drop_table("portfolio_statement")
    op.drop_index(op.f("ix_portfolio_file_work_id"), table_name="portfolio_file")
    op.drop_table("portfolio_file")
    op.drop_index(op.f("ix_portfolio_work_person_id"), table_name="portfolio_work")
    op.drop_table("portfolio_work")
    op.drop_index(op.f("ix_outcome_level_person_id"), table_name="outcome_level")
    op.drop_table("outcome_level")
    op.drop_index(op.f("ix_outcome_evidence_person_id"), table_name="outcome_evidence")
    op.drop_index("ix_outcome_evidence_basis", table_name="outcome_evidence")
    op.drop_table("outcome_evidence")
