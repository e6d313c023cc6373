"""What leaves the phone: complaints, referrals and visits, holds of a bill or a number; quality; uploaded files.

Revision ID: 20261124_leave
Revises: 20261124_runs
Create Date: 2026-11-24 19:00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "20261124_leave"
down_revision = "20261124_runs"
branch_labels = None
depends_on = None

#: Small catalogues that hot pages read: see `app.core.reference`.
_REMEMBERED = ("complaint_category", "enforcement_document", "criterion")


def _hold_checks(**conditions: str | None) -> None:
    """Put these CHECKs of ``hold`` in the place of those of the same names; None leaves none."""
    for name, condition in conditions.items():
        op.execute(f"ALTER TABLE hold DROP CONSTRAINT IF EXISTS ck_hold_{name}")
        if condition is not None:
            op.create_check_constraint(op.f(f"ck_hold_{name}"), "hold", condition)


def upgrade() -> None:
    op.create_table(
        "criterion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("help", sa.Text(), server_default="", nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("is_critical", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint("weight BETWEEN 1 AND 100", name=op.f("ck_criterion_weight")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_criterion")),
        sa.UniqueConstraint("name", name=op.f("uq_criterion_name")),
    )
    op.create_table(
        "enforcement_document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("is_required", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enforcement_document")),
        sa.UniqueConstraint("name", name=op.f("uq_enforcement_document_name")),
    )
    op.create_table(
        "complaint_category",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=True),
        sa.Column("business_days", sa.Integer(), nullable=False),
        sa.Column("warn_days", sa.Integer(), server_default="2", nullable=False),
        sa.Column("needs_bills", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint(
            "business_days BETWEEN 1 AND 120", name=op.f("ck_complaint_category_business_days")
        ),
        sa.CheckConstraint(
            "warn_days BETWEEN 0 AND business_days", name=op.f("ck_complaint_category_warn_days")
        ),
        sa.ForeignKeyConstraint(
            ["area_id"], ["area.id"], name=op.f("fk_complaint_category_area_id_area")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint_category")),
        sa.UniqueConstraint("name", name=op.f("uq_complaint_category_name")),
    )
    op.create_index(
        op.f("ix_complaint_category_area_id"), "complaint_category", ["area_id"], unique=False
    )

    op.create_table(
        "quality_sample",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("per_operator", sa.Integer(), nullable=False),
        sa.Column("seed", sa.String(length=32), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drawn_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_quality_sample_order")),
        sa.CheckConstraint(
            "per_operator BETWEEN 1 AND 50", name=op.f("ck_quality_sample_per_operator")
        ),
        sa.ForeignKeyConstraint(
            ["drawn_by_id"], ["ab_user.id"], name=op.f("fk_quality_sample_drawn_by_id_ab_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_sample")),
    )
    op.create_table(
        "stored_file",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("stored_as", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("media_type", sa.String(length=20), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stored_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_stored_file_size")),
        sa.ForeignKeyConstraint(
            ["stored_by_id"], ["ab_user.id"], name=op.f("fk_stored_file_stored_by_id_ab_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
        sa.UniqueConstraint("stored_as", name=op.f("uq_stored_file_stored_as")),
    )
    op.create_table(
        "worklist_push",
        sa.Column("debtor_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=10), nullable=False),
        sa.Column("pushed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "reason IN ('visited', 'answered')", name=op.f("ck_worklist_push_reason")
        ),
        sa.ForeignKeyConstraint(
            ["debtor_id"], ["debtor.id"], name=op.f("fk_worklist_push_debtor_id_debtor")
        ),
        sa.PrimaryKeyConstraint("debtor_id", "reason", name=op.f("pk_worklist_push")),
    )
    op.create_table(
        "complaint",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("debtor_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("origin", sa.String(length=10), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_by_id", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("warn_on", sa.Date(), nullable=False),
        sa.Column("routed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("ruling", sa.String(length=10), nullable=True),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.Column("reopened", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_complaint_closed")
        ),
        sa.CheckConstraint(
            "origin IN ('call', 'incoming', 'counter', 'desk')", name=op.f("ck_complaint_origin")
        ),
        sa.CheckConstraint(
            "ruling IN ('founded', 'partly', 'unfounded')", name=op.f("ck_complaint_ruling")
        ),
        sa.CheckConstraint(
            "state <> 'routed' OR area_id IS NOT NULL", name=op.f("ck_complaint_routed_to_an_area")
        ),
        sa.CheckConstraint(
            "state IN ('received', 'routed', 'answered', 'closed', 'withdrawn')",
            name=op.f("ck_complaint_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('answered', 'closed') OR (answered_at IS NOT NULL AND ruling IS NOT NULL)",
            name=op.f("ck_complaint_answered"),
        ),
        sa.CheckConstraint("due_on >= warn_on", name=op.f("ck_complaint_warns_before")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_complaint_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["ab_user.id"], name=op.f("fk_complaint_answered_by_id_ab_user")
        ),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_complaint_area_id_area")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_complaint_call_id_call")),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["complaint_category.id"],
            name=op.f("fk_complaint_category_id_complaint_category"),
        ),
        sa.ForeignKeyConstraint(
            ["closed_by_id"], ["ab_user.id"], name=op.f("fk_complaint_closed_by_id_ab_user")
        ),
        sa.ForeignKeyConstraint(
            ["debtor_id"], ["debtor.id"], name=op.f("fk_complaint_debtor_id_debtor")
        ),
        sa.ForeignKeyConstraint(
            ["received_by_id"], ["ab_user.id"], name=op.f("fk_complaint_received_by_id_ab_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint")),
    )
    op.create_index(op.f("ix_complaint_account_id"), "complaint", ["account_id"], unique=False)
    op.create_index(
        "ix_complaint_area_due_on", "complaint", ["area_id", "due_on", "id"], unique=False
    )
    op.create_index(op.f("ix_complaint_category_id"), "complaint", ["category_id"], unique=False)
    op.create_index(op.f("ix_complaint_debtor_id"), "complaint", ["debtor_id"], unique=False)
    op.create_index("ix_complaint_due_on_id", "complaint", ["due_on", "id"], unique=False)
    op.create_index(
        "ix_complaint_open",
        "complaint",
        ["due_on", "id"],
        unique=False,
        postgresql_where="state IN ('received', 'routed')",
    )
    op.create_index(
        "ix_complaint_open_area",
        "complaint",
        ["area_id", "due_on", "id"],
        unique=False,
        postgresql_where="state IN ('received', 'routed')",
    )
    op.create_index("ix_complaint_received_at_id", "complaint", ["received_at", "id"], unique=False)
    op.create_index(
        "uq_complaint_call",
        "complaint",
        ["call_id"],
        unique=True,
        postgresql_where="call_id IS NOT NULL",
    )

    op.create_table(
        "quality_review",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("sample_id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("scored_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("scored_by_id", sa.Integer(), nullable=True),
        sa.Column("score", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("feedback", sa.Text(), server_default="", nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(scored_at IS NULL) = (score IS NULL) AND (scored_at IS NULL) = (scored_by_id IS NULL)",
            name=op.f("ck_quality_review_scored"),
        ),
        sa.CheckConstraint(
            "acknowledged_at IS NULL OR scored_at IS NOT NULL",
            name=op.f("ck_quality_review_acknowledged"),
        ),
        sa.CheckConstraint("score BETWEEN 0 AND 100", name=op.f("ck_quality_review_score")),
        sa.CheckConstraint(
            "scored_by_id <> operator_id", name=op.f("ck_quality_review_scored_by_another")
        ),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_quality_review_call_id_call")
        ),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["ab_user.id"], name=op.f("fk_quality_review_operator_id_ab_user")
        ),
        sa.ForeignKeyConstraint(
            ["sample_id"],
            ["quality_sample.id"],
            name=op.f("fk_quality_review_sample_id_quality_sample"),
        ),
        sa.ForeignKeyConstraint(
            ["scored_by_id"], ["ab_user.id"], name=op.f("fk_quality_review_scored_by_id_ab_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_review")),
        sa.UniqueConstraint("call_id", name=op.f("uq_quality_review_call_id")),
    )
    op.create_index(
        "ix_quality_review_operator_scored",
        "quality_review",
        ["operator_id", "scored_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_quality_review_sample_id"), "quality_review", ["sample_id"], unique=False
    )
    op.create_index(
        "ix_quality_review_to_score",
        "quality_review",
        ["id"],
        unique=False,
        postgresql_where="scored_at IS NULL",
    )

    op.create_table(
        "complaint_bill",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("complaint_id", sa.BigInteger(), nullable=False),
        sa.Column("bill_id", sa.BigInteger(), nullable=False),
        sa.Column("hold_id", sa.BigInteger(), nullable=True),
        sa.Column("balance", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.ForeignKeyConstraint(
            ["bill_id"], ["bill.id"], name=op.f("fk_complaint_bill_bill_id_bill")
        ),
        sa.ForeignKeyConstraint(
            ["complaint_id"],
            ["complaint.id"],
            name=op.f("fk_complaint_bill_complaint_id_complaint"),
        ),
        sa.ForeignKeyConstraint(
            ["hold_id"], ["hold.id"], name=op.f("fk_complaint_bill_hold_id_hold")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint_bill")),
        sa.UniqueConstraint(
            "complaint_id", "bill_id", name=op.f("uq_complaint_bill_complaint_id_bill_id")
        ),
    )
    op.create_index(op.f("ix_complaint_bill_bill_id"), "complaint_bill", ["bill_id"], unique=False)
    op.create_index(op.f("ix_complaint_bill_hold_id"), "complaint_bill", ["hold_id"], unique=False)

    op.create_table(
        "complaint_entry",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("complaint_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("area_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "kind IN ('open', 'route', 'return', 'answer', 'reopen', 'close', 'withdraw', 'note')",
            name=op.f("ck_complaint_entry_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["area_id"], ["area.id"], name=op.f("fk_complaint_entry_area_id_area")
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["ab_user.id"], name=op.f("fk_complaint_entry_by_id_ab_user")
        ),
        sa.ForeignKeyConstraint(
            ["complaint_id"],
            ["complaint.id"],
            name=op.f("fk_complaint_entry_complaint_id_complaint"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint_entry")),
    )
    op.create_index(
        op.f("ix_complaint_entry_area_id"), "complaint_entry", ["area_id"], unique=False
    )
    op.create_index(
        "ix_complaint_entry_complaint_at", "complaint_entry", ["complaint_id", "at"], unique=False
    )

    op.create_table(
        "complaint_file",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("complaint_id", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["complaint_id"],
            ["complaint.id"],
            name=op.f("fk_complaint_file_complaint_id_complaint"),
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_complaint_file_file_id_stored_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint_file")),
        sa.UniqueConstraint(
            "complaint_id", "file_id", name=op.f("uq_complaint_file_complaint_id_file_id")
        ),
    )
    op.create_index(op.f("ix_complaint_file_file_id"), "complaint_file", ["file_id"], unique=False)

    op.create_table(
        "quality_mark",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("review_id", sa.BigInteger(), nullable=False),
        sa.Column("criterion_id", sa.Integer(), nullable=False),
        sa.Column("mark", sa.String(length=14), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("is_critical", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "mark IN ('met', 'partly', 'missed', 'not_applicable')",
            name=op.f("ck_quality_mark_mark"),
        ),
        sa.CheckConstraint("weight BETWEEN 1 AND 100", name=op.f("ck_quality_mark_weight")),
        sa.ForeignKeyConstraint(
            ["criterion_id"], ["criterion.id"], name=op.f("fk_quality_mark_criterion_id_criterion")
        ),
        sa.ForeignKeyConstraint(
            ["review_id"],
            ["quality_review.id"],
            name=op.f("fk_quality_mark_review_id_quality_review"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_mark")),
        sa.UniqueConstraint(
            "review_id", "criterion_id", name=op.f("uq_quality_mark_review_id_criterion_id")
        ),
    )
    op.create_index(
        op.f("ix_quality_mark_criterion_id"), "quality_mark", ["criterion_id"], unique=False
    )

    op.create_table(
        "referral",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("debtor_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=True),
        sa.Column("rule", sa.String(length=10), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decision", sa.Text(), server_default="", nullable=False),
        sa.Column("hold_id", sa.BigInteger(), nullable=True),
        sa.Column("assigned_to_id", sa.Integer(), nullable=True),
        sa.Column("assigned_by_id", sa.Integer(), nullable=True),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("planned_on", sa.Date(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("end_reason", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (state IN ('proposed', 'withdrawn'))",
            name=op.f("ck_referral_decided"),
        ),
        sa.CheckConstraint(
            "(ended_at IS NOT NULL) = (state IN ('refused', 'returned', 'closed', 'withdrawn'))",
            name=op.f("ck_referral_ended"),
        ),
        sa.CheckConstraint(
            "kind <> 'enforcement' OR state NOT IN ('assigned', 'visited')",
            name=op.f("ck_referral_who_is_visited"),
        ),
        sa.CheckConstraint(
            "kind IN ('not_located', 'hard', 'enforcement')", name=op.f("ck_referral_kind")
        ),
        sa.CheckConstraint(
            "rule <> '' OR proposed_by_id IS NOT NULL", name=op.f("ck_referral_proposed_by")
        ),
        sa.CheckConstraint("rule IN ('', 'no_number', 'attempts')", name=op.f("ck_referral_rule")),
        sa.CheckConstraint(
            "state IN ('proposed', 'refused', 'approved', 'assigned', 'visited', 'returned', 'closed', 'withdrawn')",
            name=op.f("ck_referral_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('assigned', 'visited') OR assigned_to_id IS NOT NULL",
            name=op.f("ck_referral_assigned"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_referral_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["assigned_by_id"], ["ab_user.id"], name=op.f("fk_referral_assigned_by_id_ab_user")
        ),
        sa.ForeignKeyConstraint(
            ["assigned_to_id"], ["ab_user.id"], name=op.f("fk_referral_assigned_to_id_ab_user")
        ),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_referral_call_id_call")),
        sa.ForeignKeyConstraint(
            ["debtor_id"], ["debtor.id"], name=op.f("fk_referral_debtor_id_debtor")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["ab_user.id"], name=op.f("fk_referral_decided_by_id_ab_user")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by_id"], ["ab_user.id"], name=op.f("fk_referral_ended_by_id_ab_user")
        ),
        sa.ForeignKeyConstraint(["hold_id"], ["hold.id"], name=op.f("fk_referral_hold_id_hold")),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["ab_user.id"], name=op.f("fk_referral_proposed_by_id_ab_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
    )
    op.create_index(op.f("ix_referral_account_id"), "referral", ["account_id"], unique=False)
    op.create_index(
        "ix_referral_assigned_to",
        "referral",
        ["assigned_to_id", "planned_on"],
        unique=False,
        postgresql_where="assigned_to_id IS NOT NULL",
    )
    op.create_index(op.f("ix_referral_debtor_id"), "referral", ["debtor_id"], unique=False)
    op.create_index(
        "ix_referral_going_state",
        "referral",
        ["state", "id"],
        unique=False,
        postgresql_where="state IN ('proposed', 'approved', 'assigned', 'visited')",
    )
    op.create_index(op.f("ix_referral_hold_id"), "referral", ["hold_id"], unique=False)
    op.create_index("ix_referral_proposed_at_id", "referral", ["proposed_at", "id"], unique=False)
    op.create_index("ix_referral_state_id", "referral", ["state", "id"], unique=False)
    op.create_index(
        "uq_referral_call",
        "referral",
        ["call_id"],
        unique=True,
        postgresql_where="call_id IS NOT NULL",
    )
    op.create_index(
        "uq_referral_going_account",
        "referral",
        ["account_id"],
        unique=True,
        postgresql_where="state IN ('proposed', 'approved', 'assigned', 'visited') AND kind = 'enforcement'",
    )
    op.create_index(
        "uq_referral_going_debtor",
        "referral",
        ["debtor_id"],
        unique=True,
        postgresql_where="state IN ('proposed', 'approved', 'assigned', 'visited') AND kind <> 'enforcement'",
    )

    op.create_table(
        "enforcement_paper",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("referral_id", sa.BigInteger(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=120), server_default="", nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["added_by_id"], ["ab_user.id"], name=op.f("fk_enforcement_paper_added_by_id_ab_user")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["enforcement_document.id"],
            name=op.f("fk_enforcement_paper_document_id_enforcement_document"),
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_enforcement_paper_file_id_stored_file")
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_enforcement_paper_referral_id_referral")
        ),
        sa.ForeignKeyConstraint(
            ["removed_by_id"],
            ["ab_user.id"],
            name=op.f("fk_enforcement_paper_removed_by_id_ab_user"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enforcement_paper")),
    )
    op.create_index(
        op.f("ix_enforcement_paper_document_id"), "enforcement_paper", ["document_id"], unique=False
    )
    op.create_index(
        op.f("ix_enforcement_paper_file_id"), "enforcement_paper", ["file_id"], unique=False
    )
    op.create_index(
        op.f("ix_enforcement_paper_referral_id"), "enforcement_paper", ["referral_id"], unique=False
    )
    op.create_index(
        "uq_enforcement_paper_standing",
        "enforcement_paper",
        ["referral_id", "document_id"],
        unique=True,
        postgresql_where="removed_at IS NULL",
    )

    op.create_table(
        "visit",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.BigInteger(), nullable=False),
        sa.Column("debtor_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("visited_by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result", sa.String(length=14), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("latitude", sa.Numeric(precision=9, scale=6), nullable=True),
        sa.Column("longitude", sa.Numeric(precision=9, scale=6), nullable=True),
        sa.Column("accuracy", sa.Integer(), nullable=True),
        sa.Column("photo_id", sa.BigInteger(), nullable=True),
        sa.Column("corrects_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "result IN ('holder', 'third_party', 'nobody', 'moved', 'vacant', 'no_such_place')",
            name=op.f("ck_visit_result"),
        ),
        sa.CheckConstraint(
            "(latitude IS NULL) = (longitude IS NULL)", name=op.f("ck_visit_whole_position")
        ),
        sa.CheckConstraint(
            "latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180",
            name=op.f("ck_visit_position"),
        ),
        sa.CheckConstraint("received_at >= at", name=op.f("ck_visit_received_after")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_visit_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["corrects_id"], ["visit.id"], name=op.f("fk_visit_corrects_id_visit")
        ),
        sa.ForeignKeyConstraint(
            ["debtor_id"], ["debtor.id"], name=op.f("fk_visit_debtor_id_debtor")
        ),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["stored_file.id"], name=op.f("fk_visit_photo_id_stored_file")
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_visit_referral_id_referral")
        ),
        sa.ForeignKeyConstraint(
            ["visited_by_id"], ["ab_user.id"], name=op.f("fk_visit_visited_by_id_ab_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
        sa.UniqueConstraint("corrects_id", name=op.f("uq_visit_corrects_id")),
        sa.UniqueConstraint("key", name=op.f("uq_visit_key")),
    )
    op.create_index(op.f("ix_visit_account_id"), "visit", ["account_id"], unique=False)
    op.create_index("ix_visit_debtor_at", "visit", ["debtor_id", "at"], unique=False)
    op.create_index(op.f("ix_visit_photo_id"), "visit", ["photo_id"], unique=False)
    op.create_index(op.f("ix_visit_referral_id"), "visit", ["referral_id"], unique=False)
    op.create_index("ix_visit_visited_by_at", "visit", ["visited_by_id", "at"], unique=False)

    op.add_column(
        "account",
        sa.Column(
            "contested", sa.Numeric(precision=12, scale=2), server_default="0", nullable=False
        ),
    )
    op.add_column("account", sa.Column("enforced_at", sa.DateTime(timezone=True), nullable=True))

    op.add_column("hold", sa.Column("bill_id", sa.BigInteger(), nullable=True))
    op.add_column("hold", sa.Column("contact_point_id", sa.BigInteger(), nullable=True))
    op.add_column("hold", sa.Column("lifted_by_id", sa.Integer(), nullable=True))
    op.add_column("hold", sa.Column("lift_reason", sa.Text(), server_default="", nullable=False))
    op.create_index(
        "ix_hold_bill_id", "hold", ["bill_id"], unique=False, postgresql_where="bill_id IS NOT NULL"
    )
    op.create_index(
        "ix_hold_contact_point_id",
        "hold",
        ["contact_point_id"],
        unique=False,
        postgresql_where="contact_point_id IS NOT NULL",
    )
    op.create_index("ix_hold_ends_on_id", "hold", ["ends_on", "id"], unique=False)
    op.create_index("ix_hold_placed_at_id", "hold", ["placed_at", "id"], unique=False)
    op.create_foreign_key(
        op.f("fk_hold_lifted_by_id_ab_user"), "hold", "ab_user", ["lifted_by_id"], ["id"]
    )
    op.create_foreign_key(op.f("fk_hold_bill_id_bill"), "hold", "bill", ["bill_id"], ["id"])
    op.create_foreign_key(
        op.f("fk_hold_contact_point_id_contact_point"),
        "hold",
        "contact_point",
        ["contact_point_id"],
        ["id"],
    )
    _hold_checks(
        scope="scope IN ('person', 'account', 'bill', 'channel', 'number')",
        account_of_scope="(scope IN ('account', 'bill')) = (account_id IS NOT NULL)",
        bill_of_scope="(scope = 'bill') = (bill_id IS NOT NULL)",
        number_of_scope="(scope = 'number') = (contact_point_id IS NOT NULL)",
    )
    for table in _REMEMBERED:
        op.execute(
            f"CREATE TRIGGER renew_reference_stamp AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION renew_reference_stamp()"
        )


def downgrade() -> None:
    """The release before this knows no hold of a bill or a number: they end, and the timeline keeps them."""
    op.drop_table("visit")
    op.drop_table("enforcement_paper")
    op.drop_table("referral")
    op.drop_table("quality_mark")
    op.drop_table("complaint_file")
    op.drop_table("complaint_entry")
    op.drop_table("complaint_bill")
    op.drop_table("quality_review")
    op.drop_table("complaint")
    op.drop_table("worklist_push")
    op.drop_table("stored_file")
    op.drop_table("quality_sample")
    op.drop_table("complaint_category")
    op.drop_table("enforcement_document")
    op.drop_table("criterion")
    op.execute("DELETE FROM hold WHERE scope IN ('bill', 'number')")
    _hold_checks(
        scope="scope IN ('person', 'account', 'channel')",
        account_of_scope="(scope = 'account') = (account_id IS NOT NULL)",
        bill_of_scope=None,
        number_of_scope=None,
    )
    op.drop_constraint(op.f("fk_hold_contact_point_id_contact_point"), "hold", type_="foreignkey")
    op.drop_constraint(op.f("fk_hold_bill_id_bill"), "hold", type_="foreignkey")
    op.drop_constraint(op.f("fk_hold_lifted_by_id_ab_user"), "hold", type_="foreignkey")
    op.drop_index("ix_hold_placed_at_id", "hold")
    op.drop_index("ix_hold_ends_on_id", "hold")
    op.drop_index(
        "ix_hold_contact_point_id", "hold", postgresql_where="contact_point_id IS NOT NULL"
    )
    op.drop_index("ix_hold_bill_id", "hold", postgresql_where="bill_id IS NOT NULL")
    op.drop_column("hold", "lift_reason")
    op.drop_column("hold", "lifted_by_id")
    op.drop_column("hold", "contact_point_id")
    op.drop_column("hold", "bill_id")
    op.drop_column("account", "enforced_at")
    op.drop_column("account", "contested")
