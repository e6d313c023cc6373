"""Complaints.

Revision ID: 20261124_complaints
Revises: 20261124_holds
Create Date: 2026-11-24 19:02:00
"""

revision = "20261124_complaints"
down_revision = "20261124_holds"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
