"""The pending promises by the day on which their grace ends, which every load of payments asks for.

Revision ID: 20261124_promises
Revises: 20261124_plan
Create Date: 2026-11-24 15:40:00
"""

from alembic import op

revision = "20261124_promises"
down_revision = "20261124_plan"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An index over the few that are open."""
    op.create_index(
        "ix_promise_pending_check_on",
        "promise",
        ["check_on"],
        postgresql_where="state = 'pending'",
    )


def downgrade() -> None:
    """As before."""
    op.drop_index("ix_promise_pending_check_on", "promise")
