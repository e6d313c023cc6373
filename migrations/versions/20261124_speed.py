"""speed

Revision ID: 20261124_speed
Revises: 20261124_staff
Create Date: 2026-11-24 12:30:00
"""

revision = "20261124_speed"
down_revision = "20261124_staff"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
