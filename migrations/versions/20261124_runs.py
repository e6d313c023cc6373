"""Runs: holds that had ended before the runs wrote it down are no news to the first of them.

Revision ID: 20261124_runs
Revises: 20261124_cases
Create Date: 2026-11-24 15:40:00
"""

from alembic import op

revision = "20261124_runs"
down_revision = "20261124_cases"
branch_labels = None
depends_on = None

_ENDED = """
UPDATE hold SET expired_on = ends_on + 1
 WHERE lifted_at IS NULL AND expired_on IS NULL AND ends_on + 1 < CURRENT_DATE
"""


def upgrade() -> None:
    op.execute(_ENDED)


def downgrade() -> None:
    """The column goes with the migration that brought it."""
