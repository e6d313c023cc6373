"""What an answer to a complaint ruled stays in its history when it is reopened.

Revision ID: 20261124_complaints
Revises: 20261124_leave
Create Date: 2026-11-24 19:02:00
"""

import sqlalchemy as sa
from alembic import op

revision = "20261124_complaints"
down_revision = "20261124_leave"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("complaint_entry", sa.Column("ruling", sa.String(length=10), nullable=True))
    op.create_check_constraint(
        op.f("ck_complaint_entry_ruling"),
        "complaint_entry",
        "ruling IN ('founded', 'partly', 'unfounded')",
    )


def downgrade() -> None:
    op.drop_column("complaint_entry", "ruling")
