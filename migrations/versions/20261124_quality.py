"""Quality of attention.

Revision ID: 20261124_quality
Revises: 20261124_referrals
Create Date: 2026-11-24 19:04:00
"""

revision = "20261124_quality"
down_revision = "20261124_referrals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
