"""The calendar reads what is there: nothing changes. The name stays, since later steps follow it.

Revision ID: 20261124_calendar
Revises: 20261124_promises
Create Date: 2026-11-24 15:40:00
"""

revision = "20261124_calendar"
down_revision = "20261124_promises"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing to do."""


def downgrade() -> None:
    """Nothing to do."""
