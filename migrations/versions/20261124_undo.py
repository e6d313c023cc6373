"""undo

Revision ID: 20261124_undo
Revises: 20261124_lists
Create Date: 2026-11-24 12:30:00
"""

revision = "20261124_undo"
down_revision = "20261124_lists"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
