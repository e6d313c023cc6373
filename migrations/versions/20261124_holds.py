"""Holds and contact rules.

Revision ID: 20261124_holds
Revises: 20261124_leave
Create Date: 2026-11-24 19:01:00
"""

revision = "20261124_holds"
down_revision = "20261124_leave"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
