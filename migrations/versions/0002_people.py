"""People: organisations, persons, accounts, guardians, consents, support."""

import sqlalchemy as sa
from alembic import op

revision = "0002_people"
down_revision = "0001_core"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "identity_record",
        sa.Column("person_code", sa.String(length=20), nullable=False),
        sa.Column("family_name", sa.String(length=80), nullable=False),
        sa.Column("given_name", sa.String(length=80), nullable=False),
        sa.Column("patronymic", sa.String(length=80), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("person_code", name=op.f("pk_identity_record")),
    )
    op.create_table(
        "organisation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "school",
                "founder",
                "partner",
                "platform",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["organisation.id"], name=op.f("fk_organisation_parent_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("code", name=op.f("uq_organisation_code")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("adult_from", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("code", name=op.f("uq_person_code")),
    )
    op.create_table(
        "working_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_working", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_working_day")),
    )
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("login", sa.String(length=80), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_login_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reading", sa.String(length=200), nullable=True),
        sa.Column("wants_letters", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_account_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("login", name=op.f("uq_account_login")),
        sa.UniqueConstraint("person_id", name=op.f("uq_account_person_id")),
    )
    op.create_table(
        "study_class",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("grade", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_study_class_org_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study_class")),
    )
    op.create_index(op.f("ix_study_class_org_id"), "study_class", ["org_id"], unique=False)
    op.create_table(
        "admission",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
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
        sa.Column("grade", sa.Integer(), nullable=True),
        sa.Column("class_label", sa.String(length=20), nullable=False),
        sa.Column("class_id", sa.Uuid(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["class_id"], ["study_class.id"], name=op.f("fk_admission_class_id_study_class")
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_admission_org_id_organisation")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_admission_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admission")),
    )
    op.create_index(op.f("ix_admission_class_id"), "admission", ["class_id"], unique=False)
    op.create_index(op.f("ix_admission_org_id"), "admission", ["org_id"], unique=False)
    op.create_index(op.f("ix_admission_person_id"), "admission", ["person_id"], unique=False)
    op.create_table(
        "assignment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "teaches",
                "class_teacher",
                "tutor",
                "specialist",
                "home_teacher",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("class_id", sa.Uuid(), nullable=True),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["class_id"], ["study_class.id"], name=op.f("fk_assignment_class_id_study_class")
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_assignment_org_id_organisation")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["person.id"], name=op.f("fk_assignment_staff_id_person")),
        sa.ForeignKeyConstraint(["student_id"], ["person.id"], name=op.f("fk_assignment_student_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
    )
    op.create_index("ix_assignment_staff", "assignment", ["staff_id"], unique=False)
    op.create_index("ix_assignment_student", "assignment", ["student_id"], unique=False)
    op.create_table(
        "biometric_basis",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("covers", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("document_file_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_biometric_basis_org_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_biometric_basis")),
    )
    op.create_index(op.f("ix_biometric_basis_org_id"), "biometric_basis", ["org_id"], unique=False)
    op.create_table(
        "consent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("given_by", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "biometrics",
                "personal_data",
                "recording",
                name="purpose",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("text_version", sa.String(length=40), nullable=False),
        sa.Column(
            "method",
            sa.Enum(
                "electronic",
                "qualified",
                "paper_scan",
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
                "draft",
                "active",
                "withdrawn",
                "expired",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("document_file_id", sa.Uuid(), nullable=True),
        sa.Column("signed_text_file_id", sa.Uuid(), nullable=True),
        sa.Column("report_file_id", sa.Uuid(), nullable=True),
        sa.Column("certificate", sa.Text(), nullable=True),
        sa.Column("attached_by", sa.Uuid(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["given_by"], ["person.id"], name=op.f("fk_consent_given_by_person")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_consent_org_id_organisation")),
        sa.ForeignKeyConstraint(["subject_id"], ["person.id"], name=op.f("fk_consent_subject_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index("ix_consent_subject", "consent", ["subject_id", "purpose"], unique=False)
    op.create_table(
        "guardianship",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("child_id", sa.Uuid(), nullable=False),
        sa.Column("adult_id", sa.Uuid(), nullable=False),
        sa.Column("may_view", sa.Boolean(), nullable=False),
        sa.Column("may_sign", sa.Boolean(), nullable=False),
        sa.Column("may_consent", sa.Boolean(), nullable=False),
        sa.Column("may_receive", sa.Boolean(), nullable=False),
        sa.Column("is_restricted", sa.Boolean(), nullable=False),
        sa.Column("granted_by_student", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proof", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["adult_id"], ["person.id"], name=op.f("fk_guardianship_adult_id_person")),
        sa.ForeignKeyConstraint(["child_id"], ["person.id"], name=op.f("fk_guardianship_child_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guardianship")),
    )
    op.create_index("ix_guardianship_adult", "guardianship", ["adult_id"], unique=False)
    op.create_index("ix_guardianship_child", "guardianship", ["child_id"], unique=False)
    op.create_table(
        "role",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "student",
                "guardian",
                "teacher",
                "class_teacher",
                "tutor",
                "specialist",
                "home_teacher",
                "commission_member",
                "commission_chair",
                "proctor",
                "reviewer",
                "registrar",
                "deputy_head",
                "director",
                "content_author",
                "technical_admin",
                "partner",
                "authority",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_role_org_id_organisation")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_role_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role")),
    )
    op.create_index("ix_role_org_kind", "role", ["org_id", "kind"], unique=False)
    op.create_index("ix_role_person", "role", ["person_id"], unique=False)
    op.create_table(
        "status",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "ovz",
                "disabled",
                "home_education",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("document_ref", sa.String(length=200), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_status_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status")),
    )
    op.create_index(op.f("ix_status_person_id"), "status", ["person_id"], unique=False)
    op.create_table(
        "support_plan",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("source_ref", sa.String(length=200), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("active_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_support_plan_org_id_organisation")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_support_plan_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_plan")),
        sa.UniqueConstraint("person_id", "version", name=op.f("uq_support_plan_person_id_version")),
    )
    op.create_index(op.f("ix_support_plan_person_id"), "support_plan", ["person_id"], unique=False)
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("ref_id", sa.Uuid(), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "sent",
                "failed",
                "skipped",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notice_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint(
            "person_id", "channel", "kind", "ref_id", name=op.f("uq_notice_person_id_channel_kind_ref_id")
        ),
    )
    op.create_index("ix_notice_due", "notice", ["state", "next_try_at"], unique=False)
    op.create_table(
        "account_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("device", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_session_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_session")),
    )
    op.create_index(op.f("ix_account_session_account_id"), "account_session", ["account_id"], unique=False)
    op.create_table(
        "measure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("support_plan_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "code",
            sa.Enum(
                "extra_time",
                "time_factor",
                "rest_breaks",
                "large_type",
                "simplified_layout",
                "read_aloud",
                "reader",
                "assistant",
                "no_camera",
                "identity_methods",
                "detector_mask",
                "extended_window",
                "alternative_format",
                "no_ranking",
                "screen_time",
                "no_peer_review",
                name="code",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("params", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["support_plan_id"], ["support_plan.id"], name=op.f("fk_measure_support_plan_id_support_plan")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measure")),
    )
    op.create_index(op.f("ix_measure_support_plan_id"), "measure", ["support_plan_id"], unique=False)
    op.create_table(
        "support_approval",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("support_plan_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_support_approval_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["support_plan_id"],
            ["support_plan.id"],
            name=op.f("fk_support_approval_support_plan_id_support_plan"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_approval")),
        sa.UniqueConstraint("support_plan_id", "role", name=op.f("uq_support_approval_support_plan_id_role")),
    )
    op.create_table(
        "guardian_restriction",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("child_id", sa.Uuid(), nullable=False),
        sa.Column("adult_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("document_ref", sa.String(length=200), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lift_document_ref", sa.String(length=200), nullable=False),
        sa.Column("lift_asked_by", sa.Uuid(), nullable=True),
        sa.Column("lift_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["adult_id"], ["person.id"], name=op.f("fk_guardian_restriction_adult_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["child_id"], ["person.id"], name=op.f("fk_guardian_restriction_child_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_guardian_restriction_org_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guardian_restriction")),
    )
    op.create_index(
        op.f("ix_guardian_restriction_child_id"), "guardian_restriction", ["child_id"], unique=False
    )
    op.create_table(
        "support_withdrawal",
        sa.Column("support_plan_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_support_withdrawal_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["support_plan_id"],
            ["support_plan.id"],
            name=op.f("fk_support_withdrawal_support_plan_id_support_plan"),
        ),
        sa.PrimaryKeyConstraint("support_plan_id", name=op.f("pk_support_withdrawal")),
    )
    op.create_table(
        "measure_use",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("support_plan_id", sa.Uuid(), nullable=False),
        sa.Column(
            "code",
            sa.Enum(
                "extra_time",
                "time_factor",
                "rest_breaks",
                "large_type",
                "simplified_layout",
                "read_aloud",
                "reader",
                "assistant",
                "no_camera",
                "identity_methods",
                "detector_mask",
                "extended_window",
                "alternative_format",
                "no_ranking",
                "screen_time",
                "no_peer_review",
                name="code",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("activity", sa.String(length=20), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_measure_use_person_id_person")),
        sa.ForeignKeyConstraint(
            ["support_plan_id"],
            ["support_plan.id"],
            name=op.f("fk_measure_use_support_plan_id_support_plan"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measure_use")),
        sa.UniqueConstraint(
            "support_plan_id",
            "code",
            "object_id",
            name=op.f("uq_measure_use_support_plan_id_code_object_id"),
        ),
    )
    op.create_index(op.f("ix_measure_use_person_id"), "measure_use", ["person_id"], unique=False)
    op.create_table(
        "class_staff",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("class_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "teaches",
                "class_teacher",
                "tutor",
                "specialist",
                "home_teacher",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["class_id"], ["study_class.id"], name=op.f("fk_class_staff_class_id_study_class")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["person.id"], name=op.f("fk_class_staff_staff_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_class_staff")),
    )
    op.create_index(op.f("ix_class_staff_class_id"), "class_staff", ["class_id"], unique=False)
    op.create_table(
        "illness",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("document_ref", sa.String(length=200), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_illness_org_id_organisation")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_illness_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_illness")),
    )
    op.create_index(op.f("ix_illness_person_id"), "illness", ["person_id"], unique=False)
    op.create_table(
        "invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_invitation_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    op.create_index(op.f("ix_invitation_account_id"), "invitation", ["account_id"], unique=False)
    op.create_table(
        "people_import",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisation.id"], name=op.f("fk_people_import_org_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_import")),
    )
    op.create_index(op.f("ix_people_import_org_id"), "people_import", ["org_id"], unique=False)
    op.create_table(
        "people_import_row",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["people_import.id"], name=op.f("fk_people_import_row_import_id_people_import")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_people_import_row_person_id_person")
        ),
        sa.PrimaryKeyConstraint("import_id", "line", name=op.f("pk_people_import_row")),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_index(op.f("ix_measure_use_person_id"), table_name="measure_use")
    op.drop_table("measure_use")
    op.drop_table("support_withdrawal")
    op.drop_index(op.f("ix_guardian_restriction_child_id"), table_name="guardian_restriction")
    op.drop_table("guardian_restriction")
    op.drop_table("people_import_row")
    op.drop_index(op.f("ix_people_import_org_id"), table_name="people_import")
    op.drop_table("people_import")
    op.drop_index(op.f("ix_invitation_account_id"), table_name="invitation")
    op.drop_table("invitation")
    op.drop_index(op.f("ix_illness_person_id"), table_name="illness")
    op.drop_table("illness")
    op.drop_index(op.f("ix_class_staff_class_id"), table_name="class_staff")
    op.drop_table("class_staff")
    op.drop_table("support_approval")
    op.drop_index(op.f("ix_measure_support_plan_id"), table_name="measure")
    op.drop_table("measure")
    op.drop_index(op.f("ix_account_session_account_id"), table_name="account_session")
    op.drop_table("account_session")
    op.drop_index(op.f("ix_support_plan_person_id"), table_name="support_plan")
    op.drop_table("support_plan")
    op.drop_index(op.f("ix_status_person_id"), table_name="status")
    op.drop_table("status")
    op.drop_index("ix_role_person", table_name="role")
    op.drop_index("ix_role_org_kind", table_name="role")
    op.drop_table("role")
    op.drop_index("ix_guardianship_child", table_name="guardianship")
    op.drop_index("ix_guardianship_adult", table_name="guardianship")
    op.drop_table("guardianship")
    op.drop_index("ix_consent_subject", table_name="consent")
    op.drop_table("consent")
    op.drop_index(op.f("ix_biometric_basis_org_id"), table_name="biometric_basis")
    op.drop_table("biometric_basis")
    op.drop_index("ix_assignment_student", table_name="assignment")
    op.drop_index("ix_assignment_staff", table_name="assignment")
    op.drop_table("assignment")
    op.drop_index(op.f("ix_admission_person_id"), table_name="admission")
    op.drop_index(op.f("ix_admission_org_id"), table_name="admission")
    op.drop_index(op.f("ix_admission_class_id"), table_name="admission")
    op.drop_table("admission")
    op.drop_index(op.f("ix_study_class_org_id"), table_name="study_class")
    op.drop_table("study_class")
    op.drop_index("ix_notice_due", table_name="notice")
    op.drop_table("notice")
    op.drop_table("account")
    op.drop_table("working_day")
    op.drop_table("person")
    op.drop_table("organisation")
    op.drop_table("identity_record")
