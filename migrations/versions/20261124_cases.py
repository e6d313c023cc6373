"""Cases to verify.

Revision ID: 20261124_cases
Revises: 20261124_calendar
Create Date: 2026-11-24 15:40:00
"""

revision = "20261124_cases"
down_revision = "20261124_calendar"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
