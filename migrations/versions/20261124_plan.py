"""«Pide convenio» asks for an agreement's terms; agreements by who asked for them.

Revision ID: 20261124_plan
Revises: 20261124_follow
Create Date: 2026-11-24 15:40:00
"""

from alembic import op

revision = "20261124_plan"
down_revision = "20261124_follow"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A version of its own, as an edit on screen makes it: calls keep the one they were saved with.
    op.execute(
        """
        WITH closed AS (
            UPDATE outcome SET replaced_at = now()
             WHERE code = 'RPC_PLAN_REQ' AND replaced_at IS NULL AND NOT 'plan' = ANY (asks)
            RETURNING *
        )
        INSERT INTO outcome (code, label, label_en, asks, answered, right_party, effective, promise,
                             retires_number, final, attempt, by_system, weight, position, version)
        SELECT code, label, label_en, array_append(array_remove(asks, 'text'), 'plan'), answered,
               right_party, effective, promise, retires_number, final, attempt, by_system, weight,
               position, version + 1
          FROM closed
        """
    )
    op.create_index(
        "ix_agreement_requested_by_id",
        "agreement",
        ["requested_by_id", "id"],
        unique=False,
        postgresql_where="requested_by_id IS NOT NULL",
    )


def downgrade() -> None:
    op.drop_index("ix_agreement_requested_by_id", table_name="agreement")
    # Calls may have been saved with it: the version stays, and asks what the earlier one did.
    op.execute(
        """
        UPDATE outcome SET asks = array_append(array_remove(asks, 'plan'), 'text')
         WHERE 'plan' = ANY (asks)
        """
    )
