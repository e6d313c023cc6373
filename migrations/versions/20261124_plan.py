"""What the outcome «asks for an agreement» asks.

Revision ID: 20261124_plan
Revises: 20261124_follow
Create Date: 2026-11-24 15:40:00
"""

revision = "20261124_plan"
down_revision = "20261124_follow"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
