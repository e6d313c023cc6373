"""lists

Revision ID: 20261124_lists
Revises: 20261124
Create Date: 2026-11-24 12:30:00
"""

revision = "20261124_lists"
down_revision = "20261124"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
