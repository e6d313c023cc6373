"""Runs.

Revision ID: 20261124_runs
Revises: 20261124_cases
Create Date: 2026-11-24 15:40:00
"""

revision = "20261124_runs"
down_revision = "20261124_cases"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
