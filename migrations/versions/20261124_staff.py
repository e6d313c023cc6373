"""staff

Revision ID: 20261124_staff
Revises: 20261124_contacts
Create Date: 2026-11-24 12:30:00
"""

revision = "20261124_staff"
down_revision = "20261124_contacts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
