"""Agreements, cases to verify, runs of what falls due; promises withdrawn; more about means of payment.

Revision ID: 20261124_follow
Revises: 20261124_speed
Create Date: 2026-11-24 15:30:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261124_follow"
down_revision = "20261124_speed"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "followup_run",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("runs", sa.Integer(), server_default="1", nullable=False),
        sa.Column("seconds", sa.Numeric(precision=9, scale=3), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("runs > 0", name=op.f("ck_followup_run_runs_positive")),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_followup_run")),
    )
    op.create_table(
        "agreement",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("debtor_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("capital", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column(
            "rate_percent", sa.Numeric(precision=5, scale=2), server_default="0", nullable=False
        ),
        sa.Column("grace_days", sa.Integer(), nullable=False),
        sa.Column("total", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("counts_from", sa.Date(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("requested_by_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("guarantor_name", sa.String(length=160), server_default="", nullable=False),
        sa.Column(
            "guarantor_identification", sa.String(length=20), server_default="", nullable=False
        ),
        sa.Column("guarantor_phone", sa.String(length=40), server_default="", nullable=False),
        sa.Column("guarantee", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decision", sa.Text(), server_default="", nullable=False),
        sa.Column("paid", sa.Numeric(precision=12, scale=2), server_default="0", nullable=False),
        sa.Column("late", sa.Numeric(precision=12, scale=2), server_default="0", nullable=False),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("end_reason", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(decided_by_id IS NULL) = (decided_at IS NULL) AND (decided_by_id IS NOT NULL OR state IN ('draft', 'pending', 'void', 'cancelled'))",
            name=op.f("ck_agreement_decided"),
        ),
        sa.CheckConstraint(
            "(requested_by_id IS NULL) = (requested_at IS NULL) AND (requested_by_id IS NOT NULL OR state IN ('draft', 'cancelled'))",
            name=op.f("ck_agreement_requested"),
        ),
        sa.CheckConstraint("paid >= total OR state <> 'kept'", name=op.f("ck_agreement_kept_is_paid")),
        sa.CheckConstraint(
            "state IN ('draft', 'pending', 'awaiting', 'active', 'kept', 'broken', 'void', 'refused', 'cancelled')",
            name=op.f("ck_agreement_state"),
        ),
        sa.CheckConstraint(
            "capital > 0 AND total >= capital", name=op.f("ck_agreement_capital_positive")
        ),
        sa.CheckConstraint(
            "decided_by_id <> requested_by_id", name=op.f("ck_agreement_approver_is_another")
        ),
        sa.CheckConstraint("months > 0", name=op.f("ck_agreement_months_positive")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_agreement_account_id_account")
        ),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_agreement_call_id_call")),
        sa.ForeignKeyConstraint(
            ["debtor_id"], ["debtor.id"], name=op.f("fk_agreement_debtor_id_debtor")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["ab_user.id"], name=op.f("fk_agreement_decided_by_id_ab_user")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by_id"], ["ab_user.id"], name=op.f("fk_agreement_ended_by_id_ab_user")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["ab_user.id"], name=op.f("fk_agreement_made_by_id_ab_user")
        ),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["ab_user.id"], name=op.f("fk_agreement_requested_by_id_ab_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
    )
    op.create_index(op.f("ix_agreement_account_id"), "agreement", ["account_id"], unique=False)
    op.create_index(
        "ix_agreement_call_id",
        "agreement",
        ["call_id"],
        unique=False,
        postgresql_where="call_id IS NOT NULL",
    )
    op.create_index("ix_agreement_capital_id", "agreement", ["capital", "id"], unique=False)
    op.create_index(op.f("ix_agreement_debtor_id"), "agreement", ["debtor_id"], unique=False)
    op.create_index("ix_agreement_made_at_id", "agreement", ["made_at", "id"], unique=False)
    op.create_index("ix_agreement_state_id", "agreement", ["state", "id"], unique=False)
    op.create_index(
        "uq_agreement_going_on_account",
        "agreement",
        ["account_id"],
        unique=True,
        postgresql_where="state IN ('draft', 'pending', 'awaiting', 'active')",
    )

    op.create_table(
        "agreement_bill",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("agreement_id", sa.BigInteger(), nullable=False),
        sa.Column("bill_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("binds", sa.Boolean(), server_default="false", nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_agreement_bill_amount_positive")),
        sa.ForeignKeyConstraint(
            ["agreement_id"],
            ["agreement.id"],
            name=op.f("fk_agreement_bill_agreement_id_agreement"),
        ),
        sa.ForeignKeyConstraint(
            ["bill_id"], ["bill.id"], name=op.f("fk_agreement_bill_bill_id_bill")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_bill")),
        sa.UniqueConstraint(
            "agreement_id", "bill_id", name=op.f("uq_agreement_bill_agreement_id_bill_id")
        ),
    )
    op.create_index("ix_agreement_bill_bill_id", "agreement_bill", ["bill_id"], unique=False)
    op.create_index(
        "uq_agreement_bill_binding",
        "agreement_bill",
        ["bill_id"],
        unique=True,
        postgresql_where="binds",
    )

    op.create_table(
        "instalment",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("agreement_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("cumulative", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("lapses_on", sa.Date(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_instalment_amount_positive")),
        sa.CheckConstraint(
            "cumulative >= amount", name=op.f("ck_instalment_cumulative_holds_amount")
        ),
        sa.CheckConstraint("lapses_on >= due_on", name=op.f("ck_instalment_lapses_after_due")),
        sa.CheckConstraint("number >= 0", name=op.f("ck_instalment_number")),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreement.id"], name=op.f("fk_instalment_agreement_id_agreement")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instalment")),
        sa.UniqueConstraint(
            "agreement_id", "number", name=op.f("uq_instalment_agreement_id_number")
        ),
    )
    op.create_index("ix_instalment_due_on", "instalment", ["due_on"], unique=False)

    op.create_table(
        "verification_case",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("debtor_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("hold_id", sa.BigInteger(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.Column("finding", sa.String(length=20), nullable=True),
        sa.Column("finding_note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "kind IN ('paid_claim', 'hardship', 'not_debtor', 'deceased')",
            name=op.f("ck_verification_case_kind"),
        ),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (finding IS NULL)",
            name=op.f("ck_verification_case_closed_with_finding"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_verification_case_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_verification_case_call_id_call")
        ),
        sa.ForeignKeyConstraint(
            ["closed_by_id"], ["ab_user.id"], name=op.f("fk_verification_case_closed_by_id_ab_user")
        ),
        sa.ForeignKeyConstraint(
            ["debtor_id"], ["debtor.id"], name=op.f("fk_verification_case_debtor_id_debtor")
        ),
        sa.ForeignKeyConstraint(
            ["hold_id"], ["hold.id"], name=op.f("fk_verification_case_hold_id_hold")
        ),
        sa.ForeignKeyConstraint(
            ["opened_by_id"], ["ab_user.id"], name=op.f("fk_verification_case_opened_by_id_ab_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification_case")),
        sa.UniqueConstraint("call_id", name=op.f("uq_verification_case_call_id")),
    )
    op.create_index(
        op.f("ix_verification_case_account_id"), "verification_case", ["account_id"], unique=False
    )
    op.create_index(
        op.f("ix_verification_case_debtor_id"), "verification_case", ["debtor_id"], unique=False
    )
    op.create_index(
        op.f("ix_verification_case_hold_id"), "verification_case", ["hold_id"], unique=False
    )
    op.create_index(
        "ix_verification_case_open",
        "verification_case",
        ["due_on", "id"],
        unique=False,
        postgresql_where="closed_at IS NULL",
    )
    op.create_index(
        "ix_verification_case_opened_at_id", "verification_case", ["opened_at", "id"], unique=False
    )

    op.add_column(
        "account",
        sa.Column("covered", sa.Numeric(precision=12, scale=2), server_default="0", nullable=False),
    )

    op.add_column("hold", sa.Column("expired_on", sa.Date(), nullable=True))

    op.add_column(
        "payment_means",
        sa.Column("cost", sa.Numeric(precision=12, scale=2), server_default="0", nullable=False),
    )
    op.add_column(
        "payment_means",
        sa.Column("hours", sa.String(length=160), server_default="", nullable=False),
    )
    op.add_column(
        "payment_means", sa.Column("places", sa.Text(), server_default="", nullable=False)
    )
    op.add_column(
        "payment_means",
        sa.Column("reference", sa.String(length=160), server_default="", nullable=False),
    )
    op.add_column("payment_means", sa.Column("valid_from", sa.Date(), nullable=True))
    op.add_column("payment_means", sa.Column("valid_to", sa.Date(), nullable=True))

    op.add_column("promise", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("promise", sa.Column("ended_by_id", sa.Integer(), nullable=True))
    op.add_column("promise", sa.Column("end_reason", sa.Text(), server_default="", nullable=False))
    op.create_foreign_key(
        op.f("fk_promise_ended_by_id_ab_user"), "promise", "ab_user", ["ended_by_id"], ["id"]
    )
    op.drop_constraint("ck_promise_state", "promise")
    op.create_check_constraint(
        op.f("ck_promise_state"),
        "promise",
        "state IN ('pending', 'kept', 'partial', 'broken', 'replaced', 'withdrawn')",
    )
    op.create_check_constraint(
        op.f("ck_payment_means_cost_not_negative"), "payment_means", "cost >= 0"
    )
    op.create_check_constraint(
        op.f("ck_payment_means_valid_in_order"), "payment_means", "valid_to >= valid_from"
    )


def downgrade() -> None:
    op.drop_constraint("ck_payment_means_valid_in_order", "payment_means")
    op.drop_constraint("ck_payment_means_cost_not_negative", "payment_means")
    op.execute("UPDATE promise SET state = 'replaced' WHERE state = 'withdrawn'")
    op.drop_constraint("ck_promise_state", "promise")
    op.create_check_constraint(
        op.f("ck_promise_state"),
        "promise",
        "state IN ('pending', 'kept', 'partial', 'broken', 'replaced')",
    )
    op.drop_constraint(op.f("fk_promise_ended_by_id_ab_user"), "promise", type_="foreignkey")
    op.drop_column("promise", "end_reason")
    op.drop_column("promise", "ended_by_id")
    op.drop_column("promise", "ended_at")

    op.drop_column("payment_means", "valid_to")
    op.drop_column("payment_means", "valid_from")
    op.drop_column("payment_means", "reference")
    op.drop_column("payment_means", "places")
    op.drop_column("payment_means", "hours")
    op.drop_column("payment_means", "cost")

    op.drop_column("hold", "expired_on")

    op.drop_column("account", "covered")

    op.drop_index("ix_verification_case_opened_at_id", "verification_case")
    op.drop_index("ix_verification_case_open", "verification_case")
    op.drop_index(op.f("ix_verification_case_hold_id"), "verification_case")
    op.drop_index(op.f("ix_verification_case_debtor_id"), "verification_case")
    op.drop_index(op.f("ix_verification_case_account_id"), "verification_case")

    op.drop_table("verification_case")
    op.drop_index("ix_instalment_due_on", "instalment")

    op.drop_table("instalment")
    op.drop_index("uq_agreement_bill_binding", "agreement_bill")
    op.drop_index("ix_agreement_bill_bill_id", "agreement_bill")

    op.drop_table("agreement_bill")
    op.drop_index("uq_agreement_going_on_account", "agreement")
    op.drop_index("ix_agreement_state_id", "agreement")
    op.drop_index("ix_agreement_made_at_id", "agreement")
    op.drop_index(op.f("ix_agreement_debtor_id"), "agreement")
    op.drop_index("ix_agreement_capital_id", "agreement")
    op.drop_index("ix_agreement_call_id", "agreement")
    op.drop_index(op.f("ix_agreement_account_id"), "agreement")

    op.drop_table("agreement")
    op.drop_table("followup_run")
