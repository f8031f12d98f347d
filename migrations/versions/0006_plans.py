"""Plans and credit."""

import sqlalchemy as sa
from alembic import op

revision = "0006_plans"
down_revision = "0005_assessment"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "conversion_policy",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("min_share", sa.Numeric(precision=7, scale=6), nullable=False),
        sa.Column("with_mark", sa.Boolean(), nullable=False),
        sa.Column(
            "rounding",
            sa.Enum(
                "none",
                "half_up",
                "down",
                name="rounding",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("five", sa.Text(), nullable=False),
        sa.Column("marks", sa.Text(), nullable=False),
        sa.Column("is_automatic", sa.Boolean(), nullable=False),
        sa.Column(
            "min_assurance",
            sa.Enum(
                "verified",
                "unverified",
                name="min_assurance",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("factors", sa.Text(), nullable=False),
        sa.Column("order_ref", sa.String(length=200), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("min_share BETWEEN 0 AND 1", name=op.f("ck_conversion_policy_min_share")),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_conversion_policy_org_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversion_policy")),
        sa.UniqueConstraint("org_id", "version", name=op.f("uq_conversion_policy_org_id_version")),
    )
    op.create_index(op.f("ix_conversion_policy_org_id"), "conversion_policy", ["org_id"], unique=False)
    op.create_table(
        "credit_commission",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("order_ref", sa.String(length=120), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_credit_commission_org_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_commission")),
    )
    op.create_index(op.f("ix_credit_commission_org_id"), "credit_commission", ["org_id"], unique=False)
    op.create_table(
        "learning_source",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("search_key", sa.String(length=400), nullable=False),
        sa.Column("website", sa.String(length=300), nullable=False),
        sa.Column("licence_no", sa.String(length=120), nullable=False),
        sa.Column(
            "licence_state",
            sa.Enum(
                "licensed",
                "unlicensed",
                "unchecked",
                name="licence_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("trust_tier", sa.Integer(), nullable=False),
        sa.Column("tier_reason", sa.String(length=400), nullable=False),
        sa.Column("former", sa.Text(), nullable=False),
        sa.Column("checked_by", sa.Uuid(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("trust_tier BETWEEN 1 AND 3", name=op.f("ck_learning_source_trust_tier")),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_learning_source_org_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learning_source")),
    )
    op.create_index(op.f("ix_learning_source_org_id"), "learning_source", ["org_id"], unique=False)
    op.create_index("ix_learning_source_search", "learning_source", ["search_key"], unique=False)
    op.create_table(
        "plan_template",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("grade", sa.Integer(), nullable=False),
        sa.Column("year", sa.String(length=9), nullable=False),
        sa.Column("curriculum_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_plan_template_org_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_template")),
    )
    op.create_index(op.f("ix_plan_template_org_id"), "plan_template", ["org_id"], unique=False)
    op.create_table(
        "credit_commission_member",
        sa.Column("commission_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("is_chair", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["commission_id"],
            ["credit_commission.id"],
            name=op.f("fk_credit_commission_member_commission_id_credit_commission"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_credit_commission_member_person_id_person")
        ),
        sa.PrimaryKeyConstraint("commission_id", "person_id", name=op.f("pk_credit_commission_member")),
    )
    op.create_table(
        "external_course",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("hours", sa.Numeric(precision=7, scale=2), nullable=False),
        sa.Column(
            "scale",
            sa.Enum(
                "points",
                "percent",
                "five",
                "pass_fail",
                name="scale",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("scale_max", sa.Numeric(precision=7, scale=2), nullable=True),
        sa.Column("is_proctored", sa.Boolean(), nullable=False),
        sa.Column("is_listed", sa.Boolean(), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("hours >= 0", name=op.f("ck_external_course_hours")),
        sa.ForeignKeyConstraint(
            ["source_id"], ["learning_source.id"], name=op.f("fk_external_course_source_id_learning_source")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_course")),
    )
    op.create_index(op.f("ix_external_course_source_id"), "external_course", ["source_id"], unique=False)
    op.create_index(
        "uq_external_course_code",
        "external_course",
        ["source_id", "code"],
        unique=True,
        sqlite_where=sa.text("code != ''"),
        postgresql_where=sa.text("code != ''"),
    )
    op.create_table(
        "network_agreement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("is_automatic", sa.Boolean(), nullable=False),
        sa.Column("subjects", sa.Text(), nullable=False),
        sa.Column("grades", sa.Text(), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_by", sa.Uuid(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_reason", sa.String(length=1000), nullable=False),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (revoked_by IS NULL)", name=op.f("ck_network_agreement_revoked")
        ),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_network_agreement_term")
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_network_agreement_org_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["learning_source.id"], name=op.f("fk_network_agreement_source_id_learning_source")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network_agreement")),
        sa.UniqueConstraint("org_id", "number", name=op.f("uq_network_agreement_org_id_number")),
    )
    op.create_index(op.f("ix_network_agreement_org_id"), "network_agreement", ["org_id"], unique=False)
    op.create_index(op.f("ix_network_agreement_source_id"), "network_agreement", ["source_id"], unique=False)
    op.create_table(
        "network_agreement_course",
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"],
            ["network_agreement.id"],
            name=op.f("fk_network_agreement_course_agreement_id_network_agreement"),
        ),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["external_course.id"],
            name=op.f("fk_network_agreement_course_course_id_external_course"),
        ),
        sa.PrimaryKeyConstraint("agreement_id", "course_id", name=op.f("pk_network_agreement_course")),
    )
    op.create_table(
        "plan",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("curriculum_id", sa.Uuid(), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "general",
                "vocational",
                "additional",
                "staff",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("basis", sa.String(length=200), nullable=False),
        sa.Column(
            "scope",
            sa.Enum("whole", "subjects", name="scope", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("subjects", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_plan_org_id_organisation")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_plan_person_id_person")),
        sa.ForeignKeyConstraint(
            ["template_id"], ["plan_template.id"], name=op.f("fk_plan_template_id_plan_template")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
    )
    op.create_index(op.f("ix_plan_org_id"), "plan", ["org_id"], unique=False)
    op.create_index(op.f("ix_plan_person_id"), "plan", ["person_id"], unique=False)
    op.create_table(
        "plan_feed",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reader_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_plan_feed_person_id_person")),
        sa.ForeignKeyConstraint(["reader_id"], ["person.id"], name=op.f("fk_plan_feed_reader_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_feed")),
        sa.UniqueConstraint("reader_id", "person_id", name=op.f("uq_plan_feed_reader_id_person_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_plan_feed_token_hash")),
    )
    op.create_table(
        "signature_anchor",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("list_file_id", sa.Uuid(), nullable=True),
        sa.Column("list_made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("list_good_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_signature_anchor_org_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signature_anchor")),
    )
    op.create_index(op.f("ix_signature_anchor_org_id"), "signature_anchor", ["org_id"], unique=False)
    op.create_table(
        "plan_proposal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "accepted",
                "declined",
                "withdrawn",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column(
            "delivery",
            sa.Enum(
                "class",
                "own_course",
                "external",
                "network",
                "home",
                name="delivery",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("external_course", sa.String(length=300), nullable=False),
        sa.Column("hours", sa.Numeric(precision=7, scale=2), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=600), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(length=600), nullable=False),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stable_key", sa.String(length=60), nullable=False),
        sa.CheckConstraint("hours > 0", name=op.f("ck_plan_proposal_hours")),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["person.id"], name=op.f("fk_plan_proposal_answered_by_person")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_proposal_plan_id_plan")),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["person.id"], name=op.f("fk_plan_proposal_proposed_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_proposal")),
    )
    op.create_index(op.f("ix_plan_proposal_plan_id"), "plan_proposal", ["plan_id"], unique=False)
    op.create_table(
        "plan_template_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("stable_key", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["template_id"],
            ["plan_template.id"],
            name=op.f("fk_plan_template_item_template_id_plan_template"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_template_item")),
        sa.UniqueConstraint(
            "template_id", "stable_key", name=op.f("uq_plan_template_item_template_id_stable_key")
        ),
    )
    op.create_table(
        "credit_case",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("stable_key", sa.String(length=80), nullable=False),
        sa.Column("item_title", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("search_key", sa.String(length=600), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "submitted",
                "verifying",
                "need_info",
                "matched",
                "assessment_required",
                "assessed",
                "auto_decidable",
                "in_commission",
                "decided",
                "effected",
                "closed",
                "withdrawn",
                "appealed",
                "suspended",
                "revoked",
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
                "draft",
                "submitted",
                "verifying",
                "need_info",
                "matched",
                "assessment_required",
                "assessed",
                "auto_decidable",
                "in_commission",
                "decided",
                "effected",
                "closed",
                "withdrawn",
                "appealed",
                "suspended",
                "revoked",
                name="state_before",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("course_id", sa.Uuid(), nullable=True),
        sa.Column("commission_id", sa.Uuid(), nullable=True),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_by", sa.Uuid(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_due_on", sa.Date(), nullable=True),
        sa.Column("question", sa.String(length=1000), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column(
            "way",
            sa.Enum(
                "attestation",
                "school_course",
                "class",
                name="way",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("way_chosen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspended_reason", sa.String(length=1000), nullable=False),
        sa.Column("suspended_by", sa.Text(), nullable=False),
        sa.Column("assessment_session_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "state NOT IN ('suspended', 'appealed') OR state_before IS NOT NULL",
            name=op.f("ck_credit_case_state_before_is_kept"),
        ),
        sa.ForeignKeyConstraint(
            ["commission_id"],
            ["credit_commission.id"],
            name=op.f("fk_credit_case_commission_id_credit_commission"),
        ),
        sa.ForeignKeyConstraint(
            ["course_id"], ["external_course.id"], name=op.f("fk_credit_case_course_id_external_course")
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_credit_case_org_id_organisation")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_credit_case_person_id_person")),
        sa.ForeignKeyConstraint(
            ["source_id"], ["learning_source.id"], name=op.f("fk_credit_case_source_id_learning_source")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_case")),
    )
    op.create_index("ix_credit_case_item", "credit_case", ["plan_id", "stable_key"], unique=False)
    op.create_index("ix_credit_case_person", "credit_case", ["person_id"], unique=False)
    op.create_index("ix_credit_case_queue", "credit_case", ["org_id", "state"], unique=False)
    op.create_table(
        "equivalence_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("search_key", sa.String(length=600), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "approved",
                "retired",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("proposed_in", sa.Uuid(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("minutes_no", sa.String(length=80), nullable=False),
        sa.Column("minutes_on", sa.Date(), nullable=True),
        sa.Column("retired_by", sa.Uuid(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_reason", sa.String(length=1000), nullable=False),
        sa.CheckConstraint(
            "(state = 'draft') = (approved_by IS NULL)", name=op.f("ck_equivalence_rule_approved")
        ),
        sa.CheckConstraint(
            "(state = 'retired') = (retired_at IS NOT NULL)", name=op.f("ck_equivalence_rule_retired")
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_equivalence_rule_org_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_in"], ["credit_case.id"], name=op.f("fk_equivalence_rule_proposed_in_credit_case")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_equivalence_rule")),
        sa.UniqueConstraint(
            "org_id", "number", "version", name=op.f("uq_equivalence_rule_org_id_number_version")
        ),
    )
    op.create_index("ix_equivalence_rule_list", "equivalence_rule", ["org_id", "state"], unique=False)
    op.create_table(
        "equivalence_rule_course",
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["external_course.id"],
            name=op.f("fk_equivalence_rule_course_course_id_external_course"),
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"],
            ["equivalence_rule.id"],
            name=op.f("fk_equivalence_rule_course_rule_id_equivalence_rule"),
        ),
        sa.PrimaryKeyConstraint("rule_id", "course_id", name=op.f("pk_equivalence_rule_course")),
    )
    op.create_index(
        op.f("ix_equivalence_rule_course_course_id"), "equivalence_rule_course", ["course_id"], unique=False
    )
    op.create_table(
        "external_outcome",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=400), nullable=False),
        sa.Column("fragment", sa.String(length=400), nullable=False),
        sa.Column("tested_by", sa.String(length=200), nullable=False),
        sa.Column("hours", sa.Numeric(precision=7, scale=2), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("outcome_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("hours >= 0", name=op.f("ck_external_outcome_hours")),
        sa.ForeignKeyConstraint(
            ["course_id"], ["external_course.id"], name=op.f("fk_external_outcome_course_id_external_course")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_outcome")),
        sa.UniqueConstraint("course_id", "position", name=op.f("uq_external_outcome_course_id_position")),
    )
    op.create_index(op.f("ix_external_outcome_course_id"), "external_outcome", ["course_id"], unique=False)
    op.create_table(
        "plan_basis_fact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("stable_key", sa.String(length=60), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "attestation",
                "credit",
                "course",
                "waiver",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("ref_kind", sa.String(length=60), nullable=False),
        sa.Column("ref_id", sa.Uuid(), nullable=False),
        sa.Column("is_passed", sa.Boolean(), nullable=False),
        sa.Column("outcomes", sa.Text(), nullable=True),
        sa.Column("mark", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(length=600), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "active",
                "suspended",
                "revoked",
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
                "active",
                "suspended",
                "revoked",
                name="state_before",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("reason", sa.String(length=600), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_plan_basis_fact_person_id_person")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_basis_fact_plan_id_plan")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_basis_fact")),
        sa.UniqueConstraint(
            "plan_id",
            "stable_key",
            "ref_kind",
            "ref_id",
            name=op.f("uq_plan_basis_fact_plan_id_stable_key_ref_kind_ref_id"),
        ),
    )
    op.create_index(op.f("ix_plan_basis_fact_person_id"), "plan_basis_fact", ["person_id"], unique=False)
    op.create_index("ix_plan_basis_fact_ref", "plan_basis_fact", ["ref_kind", "ref_id"], unique=False)
    op.create_table(
        "plan_item_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("stable_key", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_item_link_plan_id_plan")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_item_link")),
        sa.UniqueConstraint(
            "plan_id",
            "stable_key",
            "kind",
            "target_id",
            name=op.f("uq_plan_item_link_plan_id_stable_key_kind_target_id"),
        ),
    )
    op.create_index(op.f("ix_plan_item_link_plan_id"), "plan_item_link", ["plan_id"], unique=False)
    op.create_table(
        "plan_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "variant",
                "submitted",
                "returned",
                "approved",
                "active",
                "superseded",
                "completed",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("based_on_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("items_hash", sa.String(length=64), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_by", sa.Uuid(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_by", sa.Uuid(), nullable=True),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("return_reason", sa.String(length=600), nullable=False),
        sa.Column("order_no", sa.String(length=40), nullable=False),
        sa.Column("order_date", sa.Date(), nullable=True),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_items", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["based_on_id"], ["plan_version.id"], name=op.f("fk_plan_version_based_on_id_plan_version")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_version_plan_id_plan")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_version")),
        sa.UniqueConstraint("plan_id", "no", name=op.f("uq_plan_version_plan_id_no")),
    )
    op.create_index(op.f("ix_plan_version_plan_id"), "plan_version", ["plan_id"], unique=False)
    op.create_index(op.f("ix_plan_version_state"), "plan_version", ["state"], unique=False)
    op.create_index(
        "uq_plan_version_active",
        "plan_version",
        ["plan_id"],
        unique=True,
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_index(
        "uq_plan_version_open",
        "plan_version",
        ["plan_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('draft', 'submitted', 'approved')"),
        postgresql_where=sa.text("state IN ('draft', 'submitted', 'approved')"),
    )
    op.create_table(
        "credit_document",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "certificate",
                "programme",
                "other",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "evidence",
            sa.Enum(
                "certificate",
                "platform",
                "badge",
                "partner",
                "portfolio",
                "planned",
                name="evidence",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("course_id", sa.Uuid(), nullable=True),
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("origin", sa.String(length=200), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("number_key", sa.String(length=80), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "valid",
                "revoked",
                "unknown",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "holder",
            sa.Enum(
                "match",
                "other",
                "unclear",
                name="holder",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("hours", sa.Numeric(precision=7, scale=2), nullable=False),
        sa.Column("hours_drawn", sa.Numeric(precision=7, scale=2), nullable=False),
        sa.Column("raw_result", sa.String(length=80), nullable=False),
        sa.Column(
            "scale",
            sa.Enum(
                "points",
                "percent",
                "five",
                "pass_fail",
                name="scale",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("scale_max", sa.Numeric(precision=7, scale=2), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("attached_by", sa.Uuid(), nullable=False),
        sa.Column("attached_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "verification",
            sa.Enum(
                "unverified",
                "verified",
                "rejected",
                name="verification",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "method",
            sa.Enum(
                "office",
                "partner",
                "record",
                "signature",
                "platform",
                "teacher",
                name="method",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("verified_by", sa.Uuid(), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verification_note", sa.String(length=1000), nullable=False),
        sa.CheckConstraint(
            "(verification = 'unverified') = (verified_at IS NULL)", name=op.f("ck_credit_document_verified")
        ),
        sa.CheckConstraint(
            "evidence IS NULL OR course_id IS NOT NULL", name=op.f("ck_credit_document_evidence_of_a_course")
        ),
        sa.CheckConstraint(
            "hours_drawn >= 0 AND hours_drawn <= hours", name=op.f("ck_credit_document_hours_drawn")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["credit_case.id"], name=op.f("fk_credit_document_case_id_credit_case")
        ),
        sa.ForeignKeyConstraint(
            ["course_id"], ["external_course.id"], name=op.f("fk_credit_document_course_id_external_course")
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["learning_source.id"], name=op.f("fk_credit_document_source_id_learning_source")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_document")),
    )
    op.create_index("ix_credit_document_case", "credit_document", ["case_id"], unique=False)
    op.create_index(op.f("ix_credit_document_course_id"), "credit_document", ["course_id"], unique=False)
    op.create_index("ix_credit_document_number", "credit_document", ["source_id", "number_key"], unique=False)
    op.create_index(op.f("ix_credit_document_origin"), "credit_document", ["origin"], unique=False)
    op.create_index("ix_credit_document_sha256", "credit_document", ["sha256"], unique=False)
    op.create_table(
        "equivalence_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("learned_id", sa.Uuid(), nullable=True),
        sa.Column("target_outcome_id", sa.Uuid(), nullable=True),
        sa.Column("target_item_id", sa.Uuid(), nullable=True),
        sa.Column(
            "relation",
            sa.Enum(
                "exact",
                "broader",
                "narrower",
                "related",
                "none",
                name="relation",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("share", sa.Numeric(precision=7, scale=6), nullable=False),
        sa.Column("hours", sa.Numeric(precision=7, scale=2), nullable=True),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.CheckConstraint(
            "(target_outcome_id IS NULL) <> (target_item_id IS NULL)",
            name=op.f("ck_equivalence_line_one_target"),
        ),
        sa.CheckConstraint("hours IS NULL OR hours >= 0", name=op.f("ck_equivalence_line_hours")),
        sa.CheckConstraint("share BETWEEN 0 AND 1", name=op.f("ck_equivalence_line_share")),
        sa.ForeignKeyConstraint(
            ["learned_id"],
            ["external_outcome.id"],
            name=op.f("fk_equivalence_line_learned_id_external_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["equivalence_rule.id"], name=op.f("fk_equivalence_line_rule_id_equivalence_rule")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_equivalence_line")),
        sa.UniqueConstraint("rule_id", "position", name=op.f("uq_equivalence_line_rule_id_position")),
    )
    op.create_index(op.f("ix_equivalence_line_rule_id"), "equivalence_line", ["rule_id"], unique=False)
    op.create_table(
        "match_report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("algorithm", sa.String(length=40), nullable=False),
        sa.Column("input_hash", sa.String(length=64), nullable=False),
        sa.Column("inputs", sa.Text(), nullable=False),
        sa.Column("rows", sa.Text(), nullable=False),
        sa.Column("hours", sa.Numeric(precision=7, scale=2), nullable=False),
        sa.Column("hours_total", sa.Numeric(precision=7, scale=2), nullable=False),
        sa.Column("recommendation", sa.String(length=20), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["credit_case.id"], name=op.f("fk_match_report_case_id_credit_case")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_report")),
        sa.UniqueConstraint("case_id", "number", name=op.f("uq_match_report_case_id_number")),
    )
    op.create_table(
        "match_report_basis",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("basis_id", sa.Uuid(), nullable=False),
        sa.Column("basis", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["match_report.id"], name=op.f("fk_match_report_basis_report_id_match_report")
        ),
        sa.PrimaryKeyConstraint("report_id", "basis_id", name=op.f("pk_match_report_basis")),
    )
    op.create_index("ix_match_report_basis_of", "match_report_basis", ["basis_id"], unique=False)
    op.create_table(
        "plan_approval",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "guardian",
                "student",
                "director",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("item_key", sa.String(length=60), nullable=True),
        sa.Column(
            "signature_kind",
            sa.Enum(
                "simple",
                "qualified",
                "paper_scan",
                name="signature_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("signed_hash", sa.String(length=64), nullable=False),
        sa.Column("document_file_id", sa.Uuid(), nullable=True),
        sa.Column("report_file_id", sa.Uuid(), nullable=True),
        sa.Column("certificate", sa.Text(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("carried_from", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["carried_from"], ["plan_approval.id"], name=op.f("fk_plan_approval_carried_from_plan_approval")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_plan_approval_person_id_person")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["plan_version.id"], name=op.f("fk_plan_approval_version_id_plan_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_approval")),
    )
    op.create_index("ix_plan_approval_version", "plan_approval", ["version_id"], unique=False)
    op.create_table(
        "plan_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("stable_key", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("outcomes", sa.Text(), nullable=False),
        sa.Column("hours", sa.Numeric(precision=7, scale=2), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column(
            "delivery",
            sa.Enum(
                "class",
                "own_course",
                "external",
                "network",
                "home",
                name="delivery",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
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
            nullable=True,
        ),
        sa.Column("deadline", sa.Date(), nullable=True),
        sa.Column("course_id", sa.Uuid(), nullable=True),
        sa.Column("external_course", sa.String(length=300), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.String(length=600), nullable=False),
        sa.Column("curriculum_item_id", sa.Uuid(), nullable=True),
        sa.Column("prerequisites", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("base", sa.Text(), nullable=True),
        sa.CheckConstraint("hours > 0", name=op.f("ck_plan_item_hours")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["plan_version.id"], name=op.f("fk_plan_item_version_id_plan_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_item")),
        sa.UniqueConstraint("version_id", "stable_key", name=op.f("uq_plan_item_version_id_stable_key")),
    )
    op.create_index(op.f("ix_plan_item_version_id"), "plan_item", ["version_id"], unique=False)
    op.create_table(
        "credit_decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("protocol_no", sa.Integer(), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum(
                "full", "part", "none", name="verdict", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("input_hash", sa.String(length=64), nullable=False),
        sa.Column("override_reason", sa.String(length=1000), nullable=False),
        sa.Column(
            "assurance",
            sa.Enum(
                "verified",
                "unverified",
                name="assurance",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("mark", sa.Integer(), nullable=True),
        sa.Column("hours", sa.Numeric(precision=7, scale=2), nullable=False),
        sa.Column("hours_total", sa.Numeric(precision=7, scale=2), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("votes_for", sa.Integer(), nullable=False),
        sa.Column("votes_against", sa.Integer(), nullable=False),
        sa.Column("votes_abstain", sa.Integer(), nullable=False),
        sa.Column("is_automatic", sa.Boolean(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("send_by", sa.Date(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_by", sa.Uuid(), nullable=True),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "verdict <> 'none' OR (reason <> '' AND remedy <> '')", name=op.f("ck_credit_decision_refusal")
        ),
        sa.CheckConstraint("is_automatic = (decided_by IS NULL)", name=op.f("ck_credit_decision_automatic")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["credit_case.id"], name=op.f("fk_credit_decision_case_id_credit_case")
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_credit_decision_org_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["match_report.id"], name=op.f("fk_credit_decision_report_id_match_report")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_decision")),
        sa.UniqueConstraint("case_id", "round", name=op.f("uq_credit_decision_case_id_round")),
        sa.UniqueConstraint("org_id", "protocol_no", name=op.f("uq_credit_decision_org_id_protocol_no")),
    )
    op.create_table(
        "credit_vote",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column(
            "choice",
            sa.Enum(
                "for",
                "against",
                "abstain",
                name="choice",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["credit_case.id"], name=op.f("fk_credit_vote_case_id_credit_case")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["person.id"], name=op.f("fk_credit_vote_member_id_person")),
        sa.ForeignKeyConstraint(
            ["report_id"], ["match_report.id"], name=op.f("fk_credit_vote_report_id_match_report")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_vote")),
        sa.UniqueConstraint(
            "case_id", "round", "member_id", name=op.f("uq_credit_vote_case_id_round_member_id")
        ),
    )
    op.create_table(
        "credit_appeal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("filed_by", sa.Uuid(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("is_upheld", sa.Boolean(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("resolved_by", sa.Uuid(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["credit_case.id"], name=op.f("fk_credit_appeal_case_id_credit_case")
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["credit_decision.id"], name=op.f("fk_credit_appeal_decision_id_credit_decision")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_appeal")),
        sa.UniqueConstraint("decision_id", name=op.f("uq_credit_appeal_decision_id")),
    )
    op.create_index(op.f("ix_credit_appeal_case_id"), "credit_appeal", ["case_id"], unique=False)
    op.create_table(
        "credit_effect",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("stable_key", sa.String(length=80), nullable=False),
        sa.Column("outcome_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum(
                "covered",
                "partial",
                "gap",
                "unknown",
                name="verdict",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("hours", sa.Numeric(precision=7, scale=2), nullable=False),
        sa.Column("hours_total", sa.Numeric(precision=7, scale=2), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "active",
                "suspended",
                "revoked",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("hours >= 0 AND hours <= hours_total", name=op.f("ck_credit_effect_hours")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["credit_case.id"], name=op.f("fk_credit_effect_case_id_credit_case")
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["credit_decision.id"], name=op.f("fk_credit_effect_decision_id_credit_decision")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_effect")),
        sa.UniqueConstraint(
            "decision_id", "outcome_id", name=op.f("uq_credit_effect_decision_id_outcome_id")
        ),
    )
    op.create_index(op.f("ix_credit_effect_case_id"), "credit_effect", ["case_id"], unique=False)
    op.create_index("ix_credit_effect_item", "credit_effect", ["plan_id", "stable_key"], unique=False)
    op.create_table(
        "credential_issuer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("issuer_id", sa.String(length=600), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("keys", sa.Text(), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_credential_issuer_org_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential_issuer")),
    )
    op.create_index("ix_credential_issuer_org", "credential_issuer", ["org_id", "issuer_id"], unique=False)
    op.create_table(
        "partner_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_partner_key_org_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["learning_source.id"], name=op.f("fk_partner_key_source_id_learning_source")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_key")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_partner_key_token_hash")),
    )
    op.create_index(op.f("ix_partner_key_org_id"), "partner_key", ["org_id"], unique=False)
    op.create_table(
        "issuer_status_list",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issuer_row_id", sa.Uuid(), nullable=False),
        sa.Column("list_id", sa.String(length=600), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["issuer_row_id"],
            ["credential_issuer.id"],
            name=op.f("fk_issuer_status_list_issuer_row_id_credential_issuer"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issuer_status_list")),
    )
    op.create_index(
        "ix_issuer_status_list_address", "issuer_status_list", ["issuer_row_id", "list_id"], unique=False
    )
    op.create_table(
        "partner_record",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("hours", sa.Numeric(precision=7, scale=2), nullable=False),
        sa.Column("raw_result", sa.String(length=80), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("hours > 0", name=op.f("ck_partner_record_hours")),
        sa.ForeignKeyConstraint(
            ["course_id"], ["external_course.id"], name=op.f("fk_partner_record_course_id_external_course")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["partner_key.id"], name=op.f("fk_partner_record_key_id_partner_key")
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_partner_record_org_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_partner_record_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["learning_source.id"], name=op.f("fk_partner_record_source_id_learning_source")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_record")),
        sa.UniqueConstraint(
            "source_id", "org_id", "number", name=op.f("uq_partner_record_source_id_org_id_number")
        ),
    )
    op.create_index("ix_partner_record_person", "partner_record", ["person_id"], unique=False)
    op.create_table(
        "partner_confirmation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("partner", sa.String(length=200), nullable=False),
        sa.Column("question", sa.String(length=1000), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_confirmed", sa.Boolean(), nullable=True),
        sa.Column("comment", sa.String(length=1000), nullable=False),
        sa.Column("answered_by", sa.String(length=200), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (is_confirmed IS NULL)", name=op.f("ck_partner_confirmation_answered")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["credit_case.id"], name=op.f("fk_partner_confirmation_case_id_credit_case")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["credit_document.id"],
            name=op.f("fk_partner_confirmation_document_id_credit_document"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_confirmation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_partner_confirmation_token_hash")),
    )
    op.create_index(
        op.f("ix_partner_confirmation_case_id"), "partner_confirmation", ["case_id"], unique=False
    )
    op.create_index("ix_partner_confirmation_document", "partner_confirmation", ["document_id"], unique=False)
    op.create_table(
        "confirmation_look",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("confirmation_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["confirmation_id"],
            ["partner_confirmation.id"],
            name=op.f("fk_confirmation_look_confirmation_id_partner_confirmation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_confirmation_look")),
    )
    op.create_index(
        op.f("ix_confirmation_look_confirmation_id"), "confirmation_look", ["confirmation_id"], unique=False
    )
    op.create_table(
        "plan_summary",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("fact_count", sa.Integer(), nullable=False),
        sa.Column("facts_changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("achieved", sa.Integer(), nullable=False),
        sa.Column("debts", sa.Integer(), nullable=False),
        sa.Column("suspended", sa.Integer(), nullable=False),
        sa.Column("late", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_summary_plan_id_plan")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["plan_version.id"], name=op.f("fk_plan_summary_version_id_plan_version")
        ),
        sa.PrimaryKeyConstraint("plan_id", name=op.f("pk_plan_summary")),
    )
    op.create_table(
        "plan_bulk",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "template",
                "drafts",
                "recount",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("template_id", sa.Uuid(), nullable=True),
        sa.Column("template_revision", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=False),
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
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_plan_id", sa.Uuid(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_plan_bulk_created_by_person")),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_plan_bulk_org_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["template_id"], ["plan_template.id"], name=op.f("fk_plan_bulk_template_id_plan_template")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_bulk")),
    )
    op.create_index(op.f("ix_plan_bulk_org_id"), "plan_bulk", ["org_id"], unique=False)
    op.create_table(
        "plan_bulk_row",
        sa.Column("bulk_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "waiting",
                "changed",
                "unchanged",
                "left",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["bulk_id"], ["plan_bulk.id"], name=op.f("fk_plan_bulk_row_bulk_id_plan_bulk")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_bulk_row_plan_id_plan")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["plan_version.id"], name=op.f("fk_plan_bulk_row_version_id_plan_version")
        ),
        sa.PrimaryKeyConstraint("bulk_id", "number", name=op.f("pk_plan_bulk_row")),
        sa.UniqueConstraint("bulk_id", "plan_id", name=op.f("uq_plan_bulk_row_bulk_id_plan_id")),
    )
    op.create_table(
        "credit_proposal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("hours", sa.Text(), nullable=False),
        sa.Column("mark", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("voided", sa.Integer(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("mark IS NULL OR mark BETWEEN 3 AND 5", name=op.f("ck_credit_proposal_mark")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["credit_case.id"], name=op.f("fk_credit_proposal_case_id_credit_case")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["person.id"], name=op.f("fk_credit_proposal_proposed_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["match_report.id"], name=op.f("fk_credit_proposal_report_id_match_report")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_proposal")),
        sa.UniqueConstraint("case_id", "round", name=op.f("uq_credit_proposal_case_id_round")),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("credit_proposal")
    op.drop_table("plan_bulk_row")
    op.drop_index(op.f("ix_plan_bulk_org_id"), table_name="plan_bulk")
    op.drop_table("plan_bulk")
    op.drop_table("plan_summary")
    op.drop_index(op.f("ix_confirmation_look_confirmation_id"), table_name="confirmation_look")
    op.drop_table("confirmation_look")
    op.drop_index(op.f("ix_partner_confirmation_case_id"), table_name="partner_confirmation")
    op.drop_index("ix_partner_confirmation_document", table_name="partner_confirmation")
    op.drop_table("partner_confirmation")
    op.drop_index("ix_partner_record_person", table_name="partner_record")
    op.drop_table("partner_record")
    op.drop_index("ix_issuer_status_list_address", table_name="issuer_status_list")
    op.drop_table("issuer_status_list")
    op.drop_index(op.f("ix_partner_key_org_id"), table_name="partner_key")
    op.drop_table("partner_key")
    op.drop_index("ix_credential_issuer_org", table_name="credential_issuer")
    op.drop_table("credential_issuer")
    op.drop_index("ix_credit_effect_item", table_name="credit_effect")
    op.drop_index(op.f("ix_credit_effect_case_id"), table_name="credit_effect")
    op.drop_table("credit_effect")
    op.drop_index(op.f("ix_credit_appeal_case_id"), table_name="credit_appeal")
    op.drop_table("credit_appeal")
    op.drop_table("credit_vote")
    op.drop_table("credit_decision")
    op.drop_index(op.f("ix_plan_item_version_id"), table_name="plan_item")
    op.drop_table("plan_item")
    op.drop_index("ix_plan_approval_version", table_name="plan_approval")
    op.drop_table("plan_approval")
    op.drop_index("ix_match_report_basis_of", table_name="match_report_basis")
    op.drop_table("match_report_basis")
    op.drop_table("match_report")
    op.drop_index(op.f("ix_equivalence_line_rule_id"), table_name="equivalence_line")
    op.drop_table("equivalence_line")
    op.drop_index("ix_credit_document_case", table_name="credit_document")
    op.drop_index(op.f("ix_credit_document_course_id"), table_name="credit_document")
    op.drop_index("ix_credit_document_number", table_name="credit_document")
    op.drop_index(op.f("ix_credit_document_origin"), table_name="credit_document")
    op.drop_index("ix_credit_document_sha256", table_name="credit_document")
    op.drop_table("credit_document")
    op.drop_index(
        "uq_plan_version_open",
        table_name="plan_version",
        sqlite_where=sa.text("state IN ('draft', 'submitted', 'approved')"),
        postgresql_where=sa.text("state IN ('draft', 'submitted', 'approved')"),
    )
    op.drop_index(
        "uq_plan_version_active",
        table_name="plan_version",
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    )
    op.drop_index(op.f("ix_plan_version_state"), table_name="plan_version")
    op.drop_index(op.f("ix_plan_version_plan_id"), table_name="plan_version")
    op.drop_table("plan_version")
    op.drop_index(op.f("ix_plan_item_link_plan_id"), table_name="plan_item_link")
    op.drop_table("plan_item_link")
    op.drop_index("ix_plan_basis_fact_ref", table_name="plan_basis_fact")
    op.drop_index(op.f("ix_plan_basis_fact_person_id"), table_name="plan_basis_fact")
    op.drop_table("plan_basis_fact")
    op.drop_index(op.f("ix_external_outcome_course_id"), table_name="external_outcome")
    op.drop_table("external_outcome")
    op.drop_index(op.f("ix_equivalence_rule_course_course_id"), table_name="equivalence_rule_course")
    op.drop_table("equivalence_rule_course")
    op.drop_index("ix_equivalence_rule_list", table_name="equivalence_rule")
    op.drop_table("equivalence_rule")
    op.drop_index("ix_credit_case_queue", table_name="credit_case")
    op.drop_index("ix_credit_case_person", table_name="credit_case")
    op.drop_index("ix_credit_case_item", table_name="credit_case")
    op.drop_table("credit_case")
    op.drop_table("plan_template_item")
    op.drop_index(op.f("ix_plan_proposal_plan_id"), table_name="plan_proposal")
    op.drop_table("plan_proposal")
    op.drop_index(op.f("ix_signature_anchor_org_id"), table_name="signature_anchor")
    op.drop_table("signature_anchor")
    op.drop_table("plan_feed")
    op.drop_index(op.f("ix_plan_person_id"), table_name="plan")
    op.drop_index(op.f("ix_plan_org_id"), table_name="plan")
    op.drop_table("plan")
    op.drop_table("network_agreement_course")
    op.drop_index(op.f("ix_network_agreement_org_id"), table_name="network_agreement")
    op.drop_index(op.f("ix_network_agreement_source_id"), table_name="network_agreement")
    op.drop_table("network_agreement")
    op.drop_index(
        "uq_external_course_code",
        table_name="external_course",
        sqlite_where=sa.text("code != ''"),
        postgresql_where=sa.text("code != ''"),
    )
    op.drop_index(op.f("ix_external_course_source_id"), table_name="external_course")
    op.drop_table("external_course")
    op.drop_table("credit_commission_member")
    op.drop_index(op.f("ix_plan_template_org_id"), table_name="plan_template")
    op.drop_table("plan_template")
    op.drop_index("ix_learning_source_search", table_name="learning_source")
    op.drop_index(op.f("ix_learning_source_org_id"), table_name="learning_source")
    op.drop_table("learning_source")
    op.drop_index(op.f("ix_credit_commission_org_id"), table_name="credit_commission")
    op.drop_table("credit_commission")
    op.drop_index(op.f("ix_conversion_policy_org_id"), table_name="conversion_policy")
    op.drop_table("conversion_policy")
