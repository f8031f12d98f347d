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


def downgrade() -> None:
    """Drop the tables."""
    op.drop_index(op.f("ix_outcome_level_person_id"), table_name="outcome_level")
    op.drop_table("outcome_level")
    op.drop_index(op.f("ix_outcome_evidence_person_id"), table_name="outcome_evidence")
    op.drop_index("ix_outcome_evidence_basis", table_name="outcome_evidence")
    op.drop_table("outcome_evidence")
