"""Referrals and visits.

Revision ID: 20261124_referrals
Revises: 20261124_complaints
Create Date: 2026-11-24 19:03:00
"""

revision = "20261124_referrals"
down_revision = "20261124_complaints"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
