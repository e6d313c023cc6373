"""«Reclamo» asks for the complaint; an operator's own complaints and referrals in course.

Revision ID: 20261124_outcomes
Revises: 20261124_quality
Create Date: 2026-11-24 19:05:00
"""

from alembic import op

revision = "20261124_outcomes"
down_revision = "20261124_quality"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A version of its own, as an edit on screen makes it: calls keep the one they were saved with.
    op.execute(
        """
        WITH closed AS (
            UPDATE outcome SET replaced_at = now()
             WHERE code = 'RPC_DISPUTE' AND replaced_at IS NULL AND NOT 'complaint' = ANY (asks)
            RETURNING *
        )
        INSERT INTO outcome (code, label, label_en, asks, answered, right_party, effective, promise,
                             retires_number, final, attempt, by_system, weight, position, version)
        SELECT code, label, label_en, array_prepend('complaint', asks), answered, right_party,
               effective, promise, retires_number, final, attempt, by_system, weight, position,
               version + 1
          FROM closed
        """
    )
    op.create_index(
        "ix_complaint_received_by_going",
        "complaint",
        ["received_by_id"],
        unique=False,
        postgresql_where="state IN ('received', 'routed', 'answered')",
    )
    op.create_index(
        "ix_referral_proposed_by_going",
        "referral",
        ["proposed_by_id"],
        unique=False,
        postgresql_where="state IN ('proposed', 'approved', 'assigned', 'visited')",
    )


def downgrade() -> None:
    op.drop_index("ix_referral_proposed_by_going", table_name="referral")
    op.drop_index("ix_complaint_received_by_going", table_name="complaint")
    # Calls may have been saved with it: the version stays, and asks what the earlier one did.
    op.execute(
        "UPDATE outcome SET asks = array_remove(asks, 'complaint') WHERE 'complaint' = ANY (asks)"
    )
