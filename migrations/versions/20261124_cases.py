"""Cases to verify: what can be found, a death that was confirmed, and a case for each hold that runs.

Revision ID: 20261124_cases
Revises: 20261124_calendar
Create Date: 2026-11-24 15:40:00
"""

import sqlalchemy as sa
from alembic import op

revision = "20261124_cases"
down_revision = "20261124_calendar"
branch_labels = None
depends_on = None

#: Calls of the release before, whose hold still runs on the unit's day: each waits for somebody from now on.
_OPEN = """
INSERT INTO verification_case (kind, debtor_id, account_id, call_id, hold_id, opened_at, opened_by_id, due_on)
SELECT DISTINCT ON (c.id) h.reason, h.debtor_id, h.account_id, c.id, h.id, h.placed_at, c.operator_id, h.ends_on
  FROM hold h
  JOIN call c ON c.id = h.call_id
  JOIN outcome o ON o.id = c.outcome_id
 WHERE (o.code, h.reason) IN (('RPC_PAID_CLAIM', 'paid_claim'), ('RPC_HARDSHIP', 'hardship'),
                              ('RPC_NOT_DEBTOR', 'not_debtor'), ('TPC_DECEASED', 'deceased'))
   AND h.lifted_at IS NULL
   AND h.ends_on >= (CURRENT_TIMESTAMP AT TIME ZONE COALESCE(
           (SELECT s.value FROM setting_value s
             WHERE s.name = 'zone' AND s.cancelled_at IS NULL AND s.holds_from <= CURRENT_DATE
             ORDER BY s.holds_from DESC, s.id DESC LIMIT 1), 'America/Guayaquil'))::date
 ORDER BY c.id, h.id
ON CONFLICT (call_id) DO NOTHING
"""


def upgrade() -> None:
    op.add_column(
        "debtor", sa.Column("deceased_confirmed_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_check_constraint(
        op.f("ck_debtor_deceased_reported"),
        "debtor",
        "deceased_confirmed_at IS NULL OR deceased_reported_at IS NOT NULL",
    )
    op.create_check_constraint(
        op.f("ck_verification_case_finding_of_kind"),
        "verification_case",
        "finding IS NULL OR finding = 'withdrawn' OR (kind, finding) IN (('paid_claim', 'payment_found'),"
        " ('paid_claim', 'payment_not_found'), ('paid_claim', 'paid_elsewhere'),"
        " ('hardship', 'plan_proposed'), ('hardship', 'social_case'), ('hardship', 'can_pay'),"
        " ('not_debtor', 'is_holder'), ('not_debtor', 'not_holder'), ('deceased', 'died'),"
        " ('deceased', 'alive'))",
    )
    op.create_index("ix_verification_case_due_on_id", "verification_case", ["due_on", "id"])
    op.execute(_OPEN)


def downgrade() -> None:
    op.drop_index("ix_verification_case_due_on_id", "verification_case")
    op.drop_constraint("ck_verification_case_finding_of_kind", "verification_case")
    op.drop_constraint("ck_debtor_deceased_reported", "debtor")
    op.drop_column("debtor", "deceased_confirmed_at")
